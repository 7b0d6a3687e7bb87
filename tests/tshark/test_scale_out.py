# SPDX-License-Identifier: GPL-2.0-or-later
"""Many captures on many processors: the lines of each file, put together, are those of all in one file."""

import shutil
from collections import Counter

import pytest

import pcapng
from tshark import CAPTURES, TWO_PASSES, VERDICT_FIELDS, run, tshark

PARTS = 8
COLUMNS = ["frame.time_epoch", "ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport",
           *(f"tls_closure.{name}" for name in VERDICT_FIELDS)]
VERDICT = COLUMNS.index("tls_closure.verdict")
LINES = ["-n", *TWO_PASSES, "-Y", "tls_closure.summary", "-T", "fields",
         *(part for column in COLUMNS for part in ("-e", column))]
JOBS = {"parallel": ["parallel", "--will-cite", "-0", "-j4", "tshark", "-r", "{}", *LINES],
        "xargs": ["xargs", "-0", "-P4", "-I{}", "tshark", "-r", "{}", *LINES]}


def lines_of(path):
    """What one tshark prints of one file, sorted."""
    return sorted(tshark("-r", path, *LINES).stdout.splitlines())


@pytest.fixture(scope="module", name="whole")
def one_file(make_collection):
    """The file of all captures, and what one tshark prints of it."""
    collection = make_collection()
    return collection, lines_of(collection.path)


@pytest.fixture(scope="module", name="folder")
def folder_of_parts(whole, tmp_path_factory):
    """A folder with the same frames, the connections spread over several files."""
    collection = whole[0]
    capture = pcapng.read(collection.path)
    folder = tmp_path_factory.mktemp("parts")
    for number in range(PARTS):
        part = [frame for frame, origin in zip(capture.frames, collection.origins[1:])
                if collection.members.index(origin[0]) % PARTS == number]
        pcapng.write(folder / f"part {number}.pcapng", pcapng.Capture(part, capture.secrets))
    return folder


@pytest.fixture(scope="module", name="merged", params=JOBS)
def merged_lines(request, folder):
    """What several tsharks at a time print of the folder, sorted."""
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    names = "\0".join(str(path) for path in sorted(folder.iterdir()))
    # xargs lets lines through as they come; each is one write, shorter than a pipe's buffer.
    result = run("bash", "-c", 'printf "%s" "$0" | tr "\\n" "\\0" | "$@"', names.replace("\0", "\n"),
                 *JOBS[request.param], timeout=120)
    return sorted(result.stdout.splitlines())


def test_the_lines_of_many_files_are_those_of_one(merged, whole):
    assert len(merged) > 100
    assert merged == whole[1]


def test_the_lines_can_be_asked_as_a_table_of_a_database(merged, whole, tmp_path):
    if not shutil.which("sqlite3"):
        pytest.skip("sqlite3 is not installed")
    lines = tmp_path / "lines.tsv"
    lines.write_text("".join(f"{line}\n" for line in merged))
    columns = ", ".join(f'"{column}"' for column in COLUMNS)
    database = tmp_path / "closure.db"
    run("sqlite3", database, f"create table ends ({columns})", ".mode tabs", f".import {lines} ends")
    answer = run("sqlite3", "-separator", "\t", database,
                 'select "tls_closure.verdict", count(*) from ends group by 1').stdout.splitlines()
    expected = Counter(line.split("\t")[VERDICT] for line in whole[1])
    assert {verdict: int(count) for verdict, count in (row.split("\t") for row in answer)} == expected


def test_a_connection_that_spans_files_is_whole_again_when_they_are_merged(tmp_path):
    """As dumpcap -b writes them; each file alone knows only what it has."""
    capture = pcapng.read(CAPTURES / "server-bare-fin-tls13.pcapng")
    whole, merged = tmp_path / "whole.pcapng", tmp_path / "merged.pcapng"
    pcapng.write(whole, pcapng.Capture(capture.frames))
    ring = [tmp_path / f"ring_{number}.pcapng" for number in range(2)]
    middle = len(capture.frames) // 2
    for path, frames in zip(ring, (capture.frames[:middle], capture.frames[middle:])):
        pcapng.write(path, pcapng.Capture(frames))
    assert [line.split("\t")[VERDICT] for line in lines_of(ring[0])] == ["open"]
    run("mergecap", "-w", merged, *ring)
    assert lines_of(merged) == lines_of(whole)
