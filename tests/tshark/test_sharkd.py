# SPDX-License-Identifier: GPL-2.0-or-later
"""What web front ends get: the statistics and the packet details from the real sharkd."""

import pytest

from sharkd import Sharkd
from tshark import CAPTURES


@pytest.fixture(name="server")
def sharkd():
    """A sharkd for one test."""
    with Sharkd() as process:
        yield process


def load(server, capture):
    """Loads a capture of the collection."""
    server.load(CAPTURES / f"{capture}.pcapng")


def rows(server, statistic, table=0):
    """The rows of one of the plugin's statistics."""
    taps = server.ask("tap", tap0=f"nstat:tls_closure,{statistic}")["taps"]
    return taps[0]["tables"][table]["i"]


def test_the_tables_are_there(server):
    load(server, "mixed")
    connections = rows(server, "conv")
    servers = rows(server, "server")
    verdicts = sorted(row[6] for row in connections)
    assert verdicts == ["fatal-alert", "no-close-notify", "no-close-notify", "open", "orderly", "reset"]
    assert {row[2]: row[1] for row in rows(server, "stat")}["no-close-notify"] == 2
    assert {row[2]: row[1] for row in rows(server, "stat", 1)}["fin_without_close_notify"] == 2
    assert [row[0] for row in servers] == [1, 2, 3, 4]
    assert [row[4] for row in servers] == [1, 1, 1, 0], "the worst first"
    assert sum(row[3] for row in servers) == len(connections)


def test_a_server_is_known_by_its_name_where_that_was_in_the_clear(server):
    load(server, "mixed")
    servers = rows(server, "server")
    assert {row[1] for row in servers} == {"localhost:443", "localhost:9443", "localhost:10443", "localhost:8443"}
    assert servers[0][2] == "127.0.0.1:443"


def test_the_tables_follow_the_file(server):
    load(server, "mixed")
    assert len(rows(server, "server")) == 4
    load(server, "plain-http")
    assert rows(server, "server") == rows(server, "conv") == []
    load(server, "idle-proxy-tls13")
    assert len(rows(server, "server")) == len(rows(server, "conv")) == 1


@pytest.mark.parametrize("capture, line", [
    ("data-after-close-notify-tls13", "after its alert: 1 record"),
    ("half-close-tls12", "late data: 2 records"),
    ("cleartext-after-one-tls13", "no TLS any more"),
])
def test_the_sequence_in_a_frames_details_leads_to_its_frames(server, capture, line):
    load(server, capture)
    last = next(frame for frame in range(server.frame_count(), 0, -1) if server.said(frame))
    steps = [(node["l"], node["f"], node["fnum"]) for node in server.nodes(last)
             if node["l"].startswith("Frame ") and " client " in node["l"]]
    assert len(steps) >= 3 and line in " ".join(label for label, _, _ in steps)
    for label, filter_of, frame in steps:
        assert label.startswith(f"Frame {frame}: ") and filter_of.endswith(f"_frame == {frame}")
    assert [frame for _, _, frame in steps] == sorted(frame for _, _, frame in steps)
    assert len({len(label) for label, _, _ in steps}) == 1, "two columns"
