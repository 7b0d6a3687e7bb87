# SPDX-License-Identifier: GPL-2.0-or-later
"""Each capture: verdict and findings as in expected.txt."""

import pytest

import permute
from expected import MODES, WITH_KEYS, table
from tshark import (CAPTURES, FINDINGS, NAMES, TWO_PASSES, VERDICT_FIELDS, Analysis, Finding, Summary, fields,
                    tshark)

SUMMARY_FIELDS = ["tls_closure.connection", *(f"tls_closure.{name}" for name in VERDICT_FIELDS)]
ALL_FIELDS = ["frame.number", "tls_closure.summary", *SUMMARY_FIELDS, *(f"tls_closure.{name}" for name in FINDINGS)]
PASSES = {"one pass": [], "two passes": TWO_PASSES}

each_capture = pytest.mark.parametrize("name", NAMES)
each_mode = pytest.mark.parametrize("mode", MODES)
each_finding = pytest.mark.parametrize("finding", FINDINGS)
each_number_of_passes = pytest.mark.parametrize("passes", PASSES)


def test_every_capture_is_in_the_table_and_every_line_of_the_table_is_a_capture():
    assert sorted(table()) == NAMES


def test_every_verdict_and_every_finding_at_every_severity_is_shown_by_a_capture():
    connections = [connection for capture in table().values() for connection in capture]
    verdicts = {fields[0] for connection in connections for fields in connection.verdicts.values()}
    findings = {(finding.name, finding.severity) for connection in connections for finding in connection.findings}
    assert verdicts == {"violation", "fatal-alert", "handshake-closed", "truncated", "no-close-notify", "reset",
                        "orderly", "incomplete", "one-sided", "closing", "open"}
    assert {name for name, _ in findings} == set(FINDINGS)
    assert findings >= {("fatal_alert", "note"), ("close_notify_unanswered", "chat"),
                        ("close_notify_unanswered", "warning"), ("rst_after_close_notify", "warning"),
                        ("rst_after_fin", "note"), ("cleartext_after_close", "chat"),
                        ("data_after_encrypted_alert", "note")}


@pytest.fixture(scope="module", name="printed")
def printed_fields(make_collection, connection_of):
    """A function: what tshark prints in fields of all captures in one file, by capture.

    Without a tree that is to be shown, other than JSON: only the fields asked for are there.
    """
    known = {}

    def ask(passes):
        if passes not in known:
            collection = make_collection()
            rows = fields(collection.path, *PASSES[passes], names=ALL_FIELDS)
            assert all(len(row[field]) <= 1 for row in rows for field in ALL_FIELDS if field in SUMMARY_FIELDS)
            known[passes] = collection.by_member(analysis_of(rows), connection_of)
        return known[passes]

    return ask


def analysis_of(rows):
    """The analysis in rows of fields; they do not tell the severity."""
    analysis = Analysis()
    for row in rows:
        frame, connection = int(row["frame.number"][0]), int(row["tls_closure.connection"][0])
        analysis.first_frames.setdefault(connection, frame)
        analysis.findings += [Finding(connection, finding, "", frame)
                              for finding in FINDINGS for _ in row[f"tls_closure.{finding}"]]
        if row["tls_closure.summary"]:
            values = ("".join(row[field]) for field in SUMMARY_FIELDS[1:])
            analysis.summaries.append(Summary(connection, frame, *values))
    return analysis


def without_severity(rows):
    """(connection, finding, frame) of expected findings."""
    return sorted((connection, finding, frame) for connection, finding, _, frame in rows)


@each_capture
def test_two_passes_print_one_line_for_each_tls_connection_with_its_verdict(name, printed, expected_verdicts):
    analysis = printed("two passes")[name]
    assert len(analysis.summaries) == len(analysis.verdicts())
    assert analysis.verdicts() == expected_verdicts(name, WITH_KEYS)


@each_capture
def test_one_pass_prints_no_line_that_is_wrong_and_one_for_each_connection_that_ended(
        name, printed, expected_verdicts):
    analysis = printed("one pass")[name]
    lines, expected = analysis.verdicts(), expected_verdicts(name, WITH_KEYS)
    assert len(analysis.summaries) == len(lines)
    assert lines.items() <= expected.items()
    # Whether these have come to their end cannot be known before the capture has.
    assert {expected[number][0] for number in set(expected) - set(lines)} <= {"open", "closing", "incomplete"}


@each_capture
def test_two_passes_find_each_finding_on_its_frame(name, printed, expected_findings):
    assert without_severity(printed("two passes")[name].with_frames()) == without_severity(
        expected_findings(name, WITH_KEYS))


@each_capture
def test_one_pass_finds_the_same_findings_on_the_same_frame_or_a_later_one(name, printed, expected_findings):
    expected = without_severity(expected_findings(name, WITH_KEYS))
    one_pass = without_severity(printed("one pass")[name].with_frames())
    assert [row[:2] for row in one_pass] == [row[:2] for row in expected]
    # That a frame is the last one, or has the last closing event, is not known when it comes.
    assert all(frame >= at_least or finding in ("orderly", "capture_incomplete")
               for (_, finding, frame), (_, _, at_least) in zip(one_pass, expected))


def one_capture_for_each_verdict():
    """The first of the table."""
    return sorted({connections[-1].verdicts[WITH_KEYS][0]: name
                   for name, connections in reversed(table().items()) if connections}.values())


@pytest.mark.parametrize("name", one_capture_for_each_verdict())
@each_number_of_passes
def test_a_file_by_itself_gives_the_line_of_the_table(name, passes):
    """The command that scripts use."""
    lines = tshark("-r", CAPTURES / f"{name}.pcapng", *PASSES[passes], "-Y", "tls_closure.summary", "-T", "fields",
                   *(part for field in SUMMARY_FIELDS for part in ("-e", field))).stdout.splitlines()
    expected = ["\t".join([str(number), *connection.verdicts[WITH_KEYS]])
                for number, connection in enumerate(table()[name])]
    if passes == "two passes" or expected[0].split("\t")[1] not in ("open", "closing", "incomplete"):
        assert lines == expected
    else:
        assert set(lines) <= set(expected)


def test_the_filter_for_summaries_prints_what_the_readme_says():
    lines = tshark("-2", "-r", CAPTURES / "mixed.pcapng", "-Y", "tls_closure.summary", "-T", "fields",
                   "-e", "tls_closure.connection", "-e", "tls_closure.verdict").stdout.splitlines()
    expected = [f"{number}\t{row.verdicts[WITH_KEYS][0]}" for number, row in enumerate(table()["mixed"])]
    assert sorted(lines) == expected


@each_finding
def test_the_filter_for_a_finding_finds_its_frames(finding, make_collection, connections):
    """Among all captures in one file, in one pass."""
    collection = make_collection()
    lines = tshark("-n", "-r", collection.path, "-Y", f"tls_closure.{finding}", "-T", "fields",
                   "-e", "frame.number").stdout.splitlines()
    names = {collection.origins[int(line)][0] for line in lines}
    # A finding that applies "if any" is expected only where there is such a frame.
    assert names == {name for name, rows in table().items() for row, connection in zip(rows, connections[name])
                     for item in row.findings_in(WITH_KEYS)
                     if item.name == finding and connection.find(item.event)}


@each_capture
@each_mode
@each_number_of_passes
def test_severities_verdicts_and_findings_are_the_same_among_all_captures_in_one_file(
        name, mode, passes, analyse_collection, expected_findings, expected_verdicts):
    analysis = analyse_collection(permute.unchanged, mode, *PASSES[passes])[name]
    expected = expected_findings(name, mode)
    if passes == "two passes":
        assert analysis.with_frames() == expected
        assert analysis.verdicts() == expected_verdicts(name, mode)
    else:
        assert analysis.essence() == sorted(finding[:3] for finding in expected)


@each_capture
def test_keys_never_turn_the_blame(name, expected_verdicts):
    """What the table expects with keys and without never names two initiators."""
    with_keys, without = (expected_verdicts(name, mode) for mode in MODES)
    for number, (_, _, initiator, _) in with_keys.items():
        assert without[number][2] in (initiator, "")
