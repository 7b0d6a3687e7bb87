# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads expected.txt, where its form is explained."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("expected.txt")
WITH_KEYS, WITHOUT_KEYS = "with keys", "without keys"
MODES = [WITH_KEYS, WITHOUT_KEYS]


@dataclass
class ExpectedFinding:
    """A finding, and the event whose frame it stands on."""

    name: str
    severity: str
    event: str
    if_any: bool
    modes: list


@dataclass
class ExpectedConnection:
    """A TLS connection: its verdict fields by mode, its findings."""

    verdicts: dict = field(default_factory=dict)
    findings: list = field(default_factory=list)

    def findings_in(self, mode):
        """The findings with keys, or without."""
        return [finding for finding in self.findings if mode in finding.modes]


def modes_at_end(words):
    """The modes that a line is for, and the words without that."""
    text = " ".join(words)
    for mode in MODES:
        if text.endswith(" " + mode):
            return [mode], text.removesuffix(" " + mode).split(" ")
    return MODES, words


def parse_finding(line):
    """A finding from its line."""
    modes, (name, severity, *rest) = modes_at_end(line.split())
    event = " ".join(rest)
    return ExpectedFinding(name, severity, event.removesuffix(" if any"), event.endswith(" if any"), modes)


def verdict_line(words):
    """{mode: verdict fields} from the words after the capture's name."""
    modes, (verdict, truncation, initiator, *evidence) = modes_at_end(words)
    texts = {"-": ""}
    first = [texts.get(word, word) for word in (verdict, truncation, initiator)]
    return {mode: (*first, texts.get(word, word)) for mode, word in zip(MODES, evidence) if mode in modes}


@lru_cache
def table():
    """{capture: list of its connections}."""
    captures = {}
    for line in TABLE.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith(" "):
            connections[-1].findings.append(parse_finding(line))
            continue
        name, *words = re.split(r"\s+", line.strip())
        connections = captures.setdefault(name, [])
        if words == ["none"]:
            continue
        verdicts = verdict_line(words)
        # The line for the other mode, of the same connection?
        if connections and not set(verdicts) & set(connections[-1].verdicts):
            connections[-1].verdicts.update(verdicts)
        else:
            connections.append(ExpectedConnection(verdicts))
    return captures
