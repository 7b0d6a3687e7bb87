# SPDX-License-Identifier: GPL-2.0-or-later
"""Each capture with its frames duplicated, reordered, split, joined ...: what was done is the same, so is what is said.

Whether Wireshark decrypts then is not the plugin's doing, so each alert may be judged as with keys or as without.
"""

import pytest

import permute
from collection import Collection, segments_of
from expected import MODES, WITH_KEYS, WITHOUT_KEYS, table
from segment import FIN, RST
from tshark import NAMES, TWO_PASSES, analyse, run

each_capture = pytest.mark.parametrize("name", NAMES)
each_variation = pytest.mark.parametrize("variation", permute.VARIATIONS, ids=lambda variation: variation.__name__)
# Down to where not all of TCP's header is there.
SNAPSHOT_LENGTHS = [48, 64, 80, 96, 160, 400]
PASSES = {"one pass": [], "two passes": TWO_PASSES}


def by_connection(rows, connection):
    """The findings of one connection, without frames: the frames are others."""
    return sorted(row[:3] for row in rows if row[0] == connection)


@each_variation
@each_capture
def test_a_variation_without_keys_changes_nothing(
        name, variation, analyse_collection, expected_findings, expected_verdicts):
    analysis = analyse_collection(variation, WITHOUT_KEYS, *TWO_PASSES)[name]
    assert analysis.essence() == sorted(row[:3] for row in expected_findings(name, WITHOUT_KEYS))
    assert analysis.verdicts() == expected_verdicts(name, WITHOUT_KEYS)


@each_variation
@pytest.mark.parametrize("passes", PASSES)
@each_capture
def test_a_variation_with_keys_is_judged_as_with_them_or_in_part_as_without(
        name, passes, variation, analyse_collection, expected_findings, expected_verdicts):
    analysis = analyse_collection(variation, WITH_KEYS, *PASSES[passes])[name]
    for connection in range(len(table()[name])):
        said = set(by_connection(analysis.with_frames(), connection))
        either = [set(by_connection(expected_findings(name, mode), connection)) for mode in MODES]
        assert either[0] & either[1] <= said <= either[0] | either[1]
        verdict = analysis.verdicts().get(connection)
        if verdict or passes == "two passes":
            assert verdict[:3] in [expected_verdicts(name, mode)[connection][:3] for mode in MODES]


# A frame is dropped -------------------------------------------------------------------------------------------------


def closing_frames(name, capture, connections):
    """The frames that carry a FIN, a RST or an alert."""
    segments = segments_of(capture)
    ends = {index + 1 for index, segment in enumerate(segments) if segment.flags & (FIN | RST)}
    alerts = {row.frame for connection in connections[name] for row in connection.rows if row.has_alert}
    return sorted(ends | alerts)


@pytest.fixture(scope="module", name="dropped")
def analyses_with_a_frame_dropped(captures, connections, tmp_path_factory):
    """{(capture, dropped frame): (finding, severity) of what is said}, without keys."""
    collection = Collection(tmp_path_factory.mktemp("dropped") / "dropped.pcapng")
    for name, capture in captures.items():
        segments = permute.unchanged(segments_of(capture))
        for frame in closing_frames(name, capture, connections):
            collection.add((name, frame), [pair for pair in segments if pair[1] != frame - 1])
    collection.write()
    said = {key: set() for key in collection.members}
    for finding in analyse(collection.path, *TWO_PASSES).findings:
        said[collection.origins[finding.frame][0]].add((finding.name, finding.severity))
    return said


@each_capture
def test_without_one_of_its_closing_frames_a_capture_has_no_warning_that_it_had_not(name, dropped, expected_findings):
    known = {(finding, severity) for _, finding, severity, _ in expected_findings(name, WITHOUT_KEYS)}
    new = {frame: {row for row in said - known if row[1] == "warning"}
           for (capture, frame), said in dropped.items() if capture == name}
    assert {frame: rows for frame, rows in new.items() if rows} == {}


# Frames are cut -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", name="cut", params=SNAPSHOT_LENGTHS)
def analyses_of_cut_frames(request, make_collection, tmp_path_factory):
    """{capture: (finding, severity) of what is said}, without keys, where no frame is longer than that."""
    collection = make_collection(permute.unchanged, WITHOUT_KEYS)
    path = tmp_path_factory.mktemp("cut") / "cut.pcapng"
    run("editcap", "-s", request.param, collection.path, path)
    said = {name: set() for name in NAMES}
    for finding in analyse(path, *TWO_PASSES).findings:
        said[collection.origins[finding.frame][0]].add((finding.name, finding.severity))
    return said


@each_capture
def test_with_a_short_snapshot_length_a_capture_has_no_warning_that_it_had_not(name, cut, expected_findings):
    known = {(finding, severity) for _, finding, severity, _ in expected_findings(name, WITHOUT_KEYS)}
    assert {row for row in cut[name] - known if row[1] == "warning"} == set()
