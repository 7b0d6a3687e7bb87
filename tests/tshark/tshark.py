# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs Wireshark's programs, and reads what the plugin says from their output."""

import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
NAMES = sorted(path.stem for path in CAPTURES.glob("*.pcapng"))

FINDINGS = ["fin_without_close_notify", "rst_without_close_notify", "handshake_closed", "fatal_alert",
            "data_after_close_notify", "data_after_fatal_alert", "data_after_encrypted_alert",
            "close_notify_unanswered", "fin_answered_without_close_notify", "data_after_peer_close_notify",
            "rst_after_close_notify", "rst_after_fin", "cleartext_after_close", "close_notify_in_handshake",
            "end_ttl_differs", "capture_incomplete", "orderly"]
VERDICT_FIELDS = ["verdict", "truncation", "initiator", "evidence"]

SEVERITY = {0x200000: "chat", 0x400000: "note", 0x600000: "warning", 0x800000: "error"}
TWO_PASSES = ["-2"]


# From 4.2 on, TLS decrypts nothing more of a side once it waits for the end of a body that ends with the connection.
# Without this the captures with such a body would be judged as without keys there.
PREFERENCES = "tls.desegment_ssl_application_data: FALSE\n"


@lru_cache
def environment():
    """The environment of Wireshark's programs: preferences of the tests alone, one language, one time zone."""
    directory = Path(tempfile.mkdtemp(prefix="closure-"))
    (directory / "preferences").write_text(PREFERENCES)
    return dict(os.environ, WIRESHARK_CONFIG_DIR=str(directory), LC_ALL="C.UTF-8", TZ="UTC")


# The exit status of a program that failed: tshark's number for it differs between versions.
FAILURE = object()


def run(*command, status=0, timeout=60, **options):
    """Run a program; it must end with that status (None: any)."""
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment(),
                            timeout=timeout, check=False, stdin=options.pop("stdin", subprocess.DEVNULL), **options)
    if status is not None:
        as_expected = result.returncode != 0 if status is FAILURE else result.returncode == status
        assert as_expected, f"{command}: status {result.returncode}\n{result.stderr}"
    return result


def tshark(*arguments, **options):
    """Run tshark; a complaint of its own about a dissector is a failure."""
    result = run("tshark", *arguments, **options)
    for complaint in ("Dissector bug", "ERROR:", "CRITICAL", "Err  ", "duplicate"):
        assert complaint not in result.stderr, result.stderr
    return result


@dataclass(frozen=True, order=True)
class Finding:
    """A finding in a frame."""

    connection: int
    name: str
    severity: str
    frame: int

    @property
    def essence(self):
        """What is the same wherever it is found."""
        return self.connection, self.name, self.severity


@dataclass(frozen=True)
class Summary:
    """The verdict of a connection, and the frame that it stands on."""

    connection: int
    frame: int
    verdict: str
    truncation: str
    initiator: str
    evidence: str

    @property
    def verdict_fields(self):
        """What is the same wherever it stands."""
        return self.verdict, self.truncation, self.initiator, self.evidence


@dataclass
class Analysis:
    """What the plugin said of a capture."""

    summaries: list = field(default_factory=list)
    findings: list = field(default_factory=list)
    first_frames: dict = field(default_factory=dict)  # of each connection, the first with something to say

    def verdicts(self):
        """Verdict fields by connection."""
        return {summary.connection: summary.verdict_fields for summary in self.summaries}

    def essence(self):
        """The findings without their frames, sorted."""
        return sorted(finding.essence for finding in self.findings)

    def with_frames(self):
        """The findings, sorted, as (connection, name, severity, frame)."""
        return sorted((*finding.essence, finding.frame) for finding in self.findings)

    def distribute(self, keys, origins, connection_of):
        """The analyses of the members of a collection; frames and connections as in the members.

        ORIGINS tells of each frame the member and the frame there, CONNECTION_OF of these the TLS connection.
        """
        members = {key: Analysis() for key in keys}
        numbers, later = {}, {}
        # Descending: what is first said of a connection may stand on a frame of the next one on the same TCP.
        for number, frame in sorted(self.first_frames.items(), reverse=True):
            key = origins[frame][0]
            numbers[number] = later[key] = min(connection_of(*origins[frame]), later.get(key, len(origins)) - 1)
        for kind in ("summaries", "findings"):
            for entry in getattr(self, kind):
                key, frame = origins[entry.frame]
                changed = {**vars(entry), "frame": frame, "connection": numbers[entry.connection]}
                getattr(members[key], kind).append(type(entry)(**changed))
        return members


def pairs_within(tree):
    """All (name, value) in a JSON tree that was read as lists of pairs."""
    for name, value in tree:
        yield name, value
        if isinstance(value, list):
            yield from pairs_within(item for item in value if isinstance(item, tuple))


def first_of(tree, name, default=""):
    """The value of the first field of that name."""
    return next((value for found, value in pairs_within(tree) if found == name), default)


def frames_of_json(text):
    """(frame number, its layers as lists of pairs) of tshark's JSON. Names may be there more than once."""
    for packet in json.loads(text, object_pairs_hook=list):
        layers = first_of(packet, "layers")
        yield int(first_of(layers, "frame.number")), layers


def expert_infos(layers):
    """(name, severity, text) of each expert info of the plugin."""
    for name, value in pairs_within(layers):
        if name == "_ws.expert":
            ours = [key for key, _ in value if key.startswith("tls_closure.")]
            if ours:
                severity = SEVERITY[int(first_of(value, "_ws.expert.severity"))]
                yield ours[0].removeprefix("tls_closure."), severity, first_of(value, "_ws.expert.message")


def blocks_of(layers):
    """The items of the plugin: one for each TLS connection that has something in the frame."""
    return [value for name, value in layers if name == "tls_closure"]


def read_json(text):
    """The analysis in tshark's JSON. Frames with two TLS connections are told apart by their order."""
    analysis = Analysis()
    for frame, layers in frames_of_json(text):
        items = blocks_of(layers)
        assert len(items) == 1, f"frame {frame}: {len(items)} items of the plugin"
        connection = int(first_of(items[0], "tls_closure.connection"))
        analysis.first_frames.setdefault(connection, frame)
        analysis.findings += [Finding(connection, name, severity, frame) for name, severity, _ in expert_infos(layers)]
        if first_of(items[0], "tls_closure.summary"):
            values = [first_of(items[0], f"tls_closure.{name}") for name in VERDICT_FIELDS]
            analysis.summaries.append(Summary(connection, frame, *values))
    return analysis


def analyse(path, *options):
    """What the plugin says of a capture file, in full, by tshark's JSON."""
    names = [] if "-N" in options else ["-n"]
    return read_json(tshark("-r", path, *names, *options, "-Y", "tls_closure", "-T", "json").stdout or "[]")


def fields(path, *options, names, display_filter="tls_closure"):
    """A dictionary for each frame that the filter finds: each field as a list of its values."""
    wanted = [part for name in names for part in ("-e", name)]
    lines = tshark("-n", "-r", path, *options, "-Y", display_filter, "-T", "fields", "-E", "separator=/t",
                   "-E", "aggregator=|", *wanted).stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    return [dict(zip(names, ([value for value in cell.split("|") if value] for cell in row))) for row in rows]

