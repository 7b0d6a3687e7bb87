# SPDX-License-Identifier: GPL-2.0-or-later
"""What several test files share: collections of all captures, and where their closing events are."""

from collections import defaultdict

import pytest

import events
import pcapng
import permute
from collection import Collection, segments_of
from expected import MODES, WITH_KEYS, table
from tshark import CAPTURES, NAMES, TWO_PASSES, analyse, fields


@pytest.fixture(scope="session")
def captures():
    """{name: capture as read from its file}."""
    return {name: pcapng.read(CAPTURES / f"{name}.pcapng") for name in NAMES}


@pytest.fixture(scope="session")
def make_collection(captures, tmp_path_factory):
    """A function that puts all captures, varied, into one file; returns the collection."""
    directory = tmp_path_factory.mktemp("collections")
    made = {}

    def make(variation=permute.unchanged, mode=WITH_KEYS):
        key = (variation.__name__, mode)
        if key not in made:
            collection = Collection(directory / f"{variation.__name__}-{MODES.index(mode)}.pcapng")
            for name, capture in captures.items():
                collection.add(name, variation(segments_of(capture)), capture.secrets if mode == WITH_KEYS else ())
            collection.write()
            made[key] = collection
        return made[key]

    return make


@pytest.fixture(scope="session")
def connections(make_collection):
    """{capture: its TLS connections, from Wireshark's own fields}."""
    collection = make_collection()
    rows = defaultdict(list)
    for values in fields(collection.path, *TWO_PASSES, names=events.FIELDS, display_filter="tcp"):
        name, frame = collection.origins[int(values["frame.number"][0])]
        rows[name].append(events.row_of({**values, "frame.number": [str(frame)]}))
    return {name: events.connections(rows[name]) for name in NAMES}


@pytest.fixture(scope="session")
def connection_of(connections):
    """A function: the number of the TLS connection that a frame of a capture belongs to; None if to none."""
    numbers = {(name, row.frame): number for name, several in connections.items()
               for number, connection in enumerate(several) for row in connection.rows}
    return lambda name, frame: numbers.get((name, frame))


@pytest.fixture(scope="session")
def expected_findings(connections):
    """A function: the findings expected of a capture, as sorted (connection, name, severity, frame)."""

    def expect(name, mode):
        result = []
        for number, (expected, found) in enumerate(zip(table()[name], connections[name], strict=True)):
            for finding in expected.findings_in(mode):
                frame = found.find(finding.event)
                assert frame or finding.if_any, f"{name}: no frame is the {finding.event}"
                if frame:
                    result.append((number, finding.name, finding.severity, frame))
        return sorted(result)

    return expect


@pytest.fixture(scope="session")
def expected_verdicts():
    """A function: the verdict fields expected of a capture, by connection."""

    def expect(name, mode):
        return {number: connection.verdicts[mode] for number, connection in enumerate(table()[name])}

    return expect


@pytest.fixture(scope="session")
def analyse_collection(make_collection, connection_of):
    """A function: what the plugin says of all captures, varied, by capture; each is asked once."""
    known = {}

    def ask(variation, mode, *options):
        key = (variation.__name__, mode, options)
        if key not in known:
            collection = make_collection(variation, mode)
            known[key] = collection.by_member(analyse(collection.path, *options), connection_of)
        return known[key]

    return ask
