# SPDX-License-Identifier: GPL-2.0-or-later
"""What Wireshark's window does: files loaded one after another, frames shown in any order, more than once."""

import random

import pytest

from expected import WITH_KEYS
from sharkd import Sharkd, findings, summary
from tshark import CAPTURES, NAMES

each_capture = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module", name="sharkd")
def one_sharkd_for_all_files():
    """The same process loads all files: what it keeps of one must not show in the next."""
    with Sharkd() as sharkd:
        yield sharkd


@each_capture
def test_frames_say_the_same_in_any_order_and_what_is_expected(
        name, sharkd, expected_findings, expected_verdicts):
    sharkd.load(CAPTURES / f"{name}.pcapng")
    frames = list(range(1, sharkd.frame_count() + 1))
    in_order = {frame: sharkd.said(frame) for frame in frames}
    shuffled = frames * 2
    random.Random(name).shuffle(shuffled)
    assert all(sharkd.said(frame) == in_order[frame] for frame in shuffled)
    found = sorted(finding for frame in frames for finding in findings(in_order[frame], frame))
    assert found == sorted((row[1], row[3]) for row in expected_findings(name, WITH_KEYS))
    summaries = [item for frame in frames for item in summary(in_order[frame]).items()]
    assert sorted(summaries) == sorted(expected_verdicts(name, WITH_KEYS).items())


def test_a_file_that_is_loaded_again_says_the_same(sharkd):
    def everything():
        sharkd.load(CAPTURES / "mixed.pcapng")
        return [sharkd.said(frame) for frame in range(1, sharkd.frame_count() + 1)]

    first = everything()
    sharkd.load(CAPTURES / "idle-proxy-tls13.pcapng")
    assert everything() == first
