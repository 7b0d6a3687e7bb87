# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what the plugin says of all captures in two passes, a line for each statement: to compare versions.

The arguments: the file for the captures in one, which is left there, and options for tshark.
"""

import sys
from pathlib import Path

import pcapng
import permute
from collection import Collection, segments_of
from tshark import (CAPTURES, NAMES, TWO_PASSES, VERDICT_FIELDS, blocks_of, expert_infos, first_of, frames_of_json,
                    tshark)


def all_captures(path):
    """The collection of all captures, with their secrets."""
    collection = Collection(path)
    for name in NAMES:
        capture = pcapng.read(CAPTURES / f"{name}.pcapng")
        collection.add(name, permute.unchanged(segments_of(capture)), capture.secrets)
    collection.write()
    return collection


def statements(layers):
    """The verdicts and findings of a frame, with all their words."""
    for item in blocks_of(layers):
        summary = first_of(item, "tls_closure.summary")
        if summary:
            yield [*(first_of(item, f"tls_closure.{field}") or "-" for field in VERDICT_FIELDS), summary]
    yield from map(list, expert_infos(layers))


def main():
    """All captures, in order."""
    collection = all_captures(Path(sys.argv[1]))
    output = tshark("-n", "-r", collection.path, *TWO_PASSES, *sys.argv[2:], "-Y", "tls_closure",
                    "-T", "json").stdout
    for frame, layers in frames_of_json(output):
        name, number = collection.origins[frame]
        for statement in statements(layers):
            print(name, number, *statement, sep="\t")


if __name__ == "__main__":
    main()
