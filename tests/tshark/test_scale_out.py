# SPDX-License-Identifier: GPL-2.0-or-later
"""Many captures on many processors: the lines of each file, put together, are those of all in one file."""

import json
import re
import stat
from collections import Counter

import pytest

import pcapng
from tshark import CAPTURES, TWO_PASSES, VERDICT_FIELDS, run, tshark

README = CAPTURES.parent / "README.md"
PARTS = 8
COLUMNS = ["frame.time_epoch", "ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport",
           *(f"tls_closure.{name}" for name in VERDICT_FIELDS)]
VERDICT = COLUMNS.index("tls_closure.verdict")
LINES = ["-n", *TWO_PASSES, "-Y", "tls_closure.summary", "-T", "fields",
         *(part for column in COLUMNS for part in ("-e", column))]
# Another machine, as far as parallel can tell: its home is a folder of this one. SHELL is what a login there sets.
SSH = """#!/bin/sh
while [ "$1" != other.example ]; do shift; done
shift
[ "$1" != -- ] || shift
cd "$REMOTE_HOME" && SHELL=/bin/sh exec sh -c "$*"
"""


def documented(start):
    """The README's command that starts so, continuation lines and all, behind the variable that it may need."""
    text = README.read_text()
    variable = re.search(r"^lines='.*?'$", text, re.M | re.S).group()
    return f"{variable}\n" + re.search(rf"^{re.escape(start)}(.*\\\n)*.*", text, re.M).group()


def lines_of(path):
    """What one tshark prints of one file, sorted."""
    return sorted(tshark("-r", path, *LINES).stdout.splitlines())


def by_verdict(lines):
    """How many lines there are of each verdict."""
    return Counter(line.split("\t")[VERDICT] for line in lines)


@pytest.fixture(scope="module", name="whole")
def one_file(make_collection):
    """The file of all captures, and what one tshark prints of it."""
    collection = make_collection()
    return collection, lines_of(collection.path)


@pytest.fixture(scope="module", name="place")
def place_with_folder_of_parts(whole, tmp_path_factory):
    """A place with a folder of the same frames, the connections spread over several files."""
    collection = whole[0]
    capture = pcapng.read(collection.path)
    place = tmp_path_factory.mktemp("place")
    (place / "FOLDER").mkdir()
    for number in range(PARTS):
        part = [frame for frame, origin in zip(capture.frames, collection.origins[1:])
                if collection.members.index(origin[0]) % PARTS == number]
        pcapng.write(place / f"FOLDER/part {number}.pcapng", pcapng.Capture(part, capture.secrets))
    return place


def test_the_lines_of_many_files_are_those_of_one(place, whole):
    run("bash", "-ec", documented("find FOLDER -name '*.pcap*' | parallel tshark"), cwd=place, timeout=120)
    lines = sorted((place / "ends.tsv").read_text().splitlines())
    assert len(lines) > 100
    assert lines == whole[1]


def test_another_machine_says_the_same_and_keeps_nothing(place, whole, tmp_path):
    ssh, home = tmp_path / "ssh", tmp_path / "home"
    ssh.write_text(SSH)
    ssh.chmod(ssh.stat().st_mode | stat.S_IXUSR)
    home.mkdir()
    command = documented("find FOLDER -name '*.pcap*' | parallel --sshlogin").replace("HOST,HOST", "other.example")
    run("bash", "-ec", f"export PARALLEL_SSH='{ssh}' REMOTE_HOME='{home}'\n{command}", cwd=place, timeout=120)
    assert sorted((place / "ends.tsv").read_text().splitlines()) == whole[1]
    assert not [path for path in home.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["mixed", "ipv6-tls13"])
def test_parts_by_ports_hold_whole_connections(name, tmp_path):
    whole = tmp_path / "LARGE"
    pcapng.write(whole, pcapng.Capture(pcapng.read(CAPTURES / f"{name}.pcapng").frames))
    (tmp_path / "FOLDER").mkdir()
    run("bash", "-ec", documented("parallel -q tcpdump"), cwd=tmp_path)
    parts = [lines_of(part) for part in (tmp_path / "FOLDER").iterdir()]
    assert len(parts) == 4
    assert sorted(line for lines in parts for line in lines) == lines_of(whole)
    assert max(map(len, parts)) < len(lines_of(whole)) or name != "mixed"


def test_the_lines_can_be_asked_as_a_table_of_a_database(whole, tmp_path):
    (tmp_path / "ends.tsv").write_text("".join(f"{line}\n" for line in whole[1]))
    run("bash", "-ec", documented("sqlite3 ends.db 'create"), cwd=tmp_path)
    rows = run("bash", "-ec", documented("sqlite3 ends.db 'select"), cwd=tmp_path).stdout.splitlines()
    answer = Counter()
    for verdict, _, count in (row.split("|") for row in rows):
        answer[verdict] += int(count)
    assert answer == by_verdict(whole[1])


def test_the_connections_come_as_documents_of_a_search_engine(whole, tmp_path):
    (tmp_path / "FILE").symlink_to(whole[0].path)
    run("bash", "-ec", documented("tshark -n -2 -r FILE -Y tls_closure.summary -T ek"), cwd=tmp_path, timeout=120)
    lines = [json.loads(line) for line in (tmp_path / "bulk.json").read_text().splitlines()]
    assert all("index" in line for line in lines[::2])
    documents = [line["layers"] for line in lines[1::2]]
    assert all("tcp_tcp_stream" in layers["tcp"] for layers in documents)
    verdicts = Counter(layers["tls_closure"]["tls_closure_tls_closure_verdict"] for layers in documents)
    assert verdicts == by_verdict(whole[1])


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
