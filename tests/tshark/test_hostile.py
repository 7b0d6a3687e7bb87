# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures made to harm: nothing breaks, no one is accused who did nothing, memory and time stay in bounds.

CLOSURE_HOSTILE multiplies the sizes: the tests are quick with 1; .ci/hostile takes 10.
"""

import itertools
import os
import subprocess
import threading

import pytest

from forge import ALERT, CLIENT, DATA, HANDSHAKE, SERVER, Connection, client_hello, close_notify, record, save
from segment import ACK, FIN, RST, SYN
from tshark import TWO_PASSES, environment, fields, tshark

FACTOR = int(os.environ.get("CLOSURE_HOSTILE", "1"))
STATISTICS = ["-z", "tls_closure,conv", "-z", "tls_closure,stat"]
# Takes the plugin out: what is left is Wireshark's own use.
WITHOUT_PLUGIN = ["-d", "ip.proto==6,tcp"]

TINY_RECORDS = 100_000 * FACTOR
CONNECTIONS = 10_000 * FACTOR
SYNS = 10_000 * FACTOR
ENDS = 50_000 * FACTOR

# Seconds: a hang, not a measure of speed.
LONGEST = 600

# What a TLS connection may cost the plugin, in octets, all that is kept for statistics and drawing included.
MOST_PER_CONNECTION = 6 * 1024


def summaries(path):
    """(verdict, truncation, initiator) of each TLS connection."""
    names = ["tls_closure.verdict", "tls_closure.truncation", "tls_closure.initiator"]
    rows = fields(path, *TWO_PASSES, names=names, display_filter="tls_closure.summary")
    return [tuple("".join(row[name]) for name in names) for row in rows]


def accusations(path):
    """The frames with a warning or an error."""
    rows = fields(path, *TWO_PASSES, names=["frame.number"],
                  display_filter='tls_closure && _ws.expert.severity >= "Warning" && _ws.expert.group == "Protocol"')
    return [int(row["frame.number"][0]) for row in rows]


def survives(path):
    """A full tree and the statistics, two passes and one."""
    for passes in ([], TWO_PASSES):
        tshark("-n", *passes, "-r", path, "-V", *STATISTICS, timeout=240)


def memory_for(path, *options):
    """Octets of memory at most, for both statistics. What takes more than linear time is not over in time."""
    command = ["tshark", "-n", "-q", "-r", str(path), *STATISTICS, *options]
    with subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as process:
        watch = threading.Timer(LONGEST, process.kill)
        watch.start()
        errors = process.stderr.read()
        watch.cancel()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, errors
    assert "Dissector bug" not in errors
    return usage.ru_maxrss * 1024


def orderly(frames, number):
    """A connection as it should be."""
    connection = Connection(frames, number)
    connection.shake_hands()
    connection.converse()
    connection.close()


@pytest.fixture(name="frames")
def list_of_frames():
    """Where connections put their segments."""
    return []


@pytest.fixture(name="connection")
def one_connection(frames):
    """A connection that has shaken hands and sent data."""
    connection = Connection(frames)
    connection.shake_hands()
    connection.converse()
    return connection


@pytest.fixture(name="path")
def file_for_frames(tmp_path):
    """Where the capture goes."""
    return tmp_path / "hostile.pcapng"


# Amounts ------------------------------------------------------------------------------------------------------------


def test_tiny_records_by_the_hundred_thousand_cost_no_memory(connection, frames, path):
    connection.send_all(SERVER, record(DATA, b"\x9b") * TINY_RECORDS)
    connection.close()
    save(path, frames)
    cost = memory_for(path) - memory_for(path, *WITHOUT_PLUGIN)
    print(f"{TINY_RECORDS} records: {cost} octets")
    assert cost < 4 << 20
    assert summaries(path) == [("orderly", "", "client")]


def test_each_of_many_connections_costs_a_bounded_amount(frames, path):
    for number in range(CONNECTIONS):
        orderly(frames, number)
    save(path, frames)
    each = (memory_for(path) - memory_for(path, *WITHOUT_PLUGIN)) / CONNECTIONS
    print(f"{CONNECTIONS} connections: {each:.0f} octets each")
    assert each < MOST_PER_CONNECTION


def test_a_flood_of_syns_is_no_tls_and_costs_little(frames, path):
    for number in range(SYNS):
        Connection(frames, number).send(CLIENT, flags=SYN)
    orderly(frames, SYNS)
    save(path, frames)
    each = (memory_for(path) - memory_for(path, *WITHOUT_PLUGIN)) / SYNS
    print(f"{SYNS} SYNs: {each:.0f} octets each")
    assert each < 1024
    assert summaries(path) == [("orderly", "", "client")]


def test_a_flood_of_resets_and_fins_after_the_close_costs_nothing_for_each(connection, frames, path):
    """The worst that one connection can do to what is kept for each frame."""
    connection.close()
    for number in range(ENDS):
        connection.send(number % 2, flags=RST if number % 4 < 2 else FIN | ACK)
    save(path, frames)
    cost = memory_for(path) - memory_for(path, *WITHOUT_PLUGIN)
    print(f"{ENDS} FINs and RSTs: {cost / ENDS:.0f} octets each")
    assert cost / ENDS < 32
    assert [verdict for verdict, _, _ in summaries(path)] == ["orderly"]


def test_a_port_that_is_used_again_and_again_has_a_verdict_each_time(frames, path):
    for turn in range(50):
        connection = Connection(frames, ports=(40000, 443))
        connection.isn = (1000 + turn * 1_000_000, 5000 + turn * 2_000_000)
        connection.shake_hands()
        connection.converse()
        connection.close()
    assert summaries(save(path, frames)) == [("orderly", "", "client")] * 50


def test_segments_of_one_octet_change_nothing(connection, frames, path):
    connection.send_all(SERVER, record(DATA, b"\x9b" * 300) * 3, size=1)
    connection.send_all(CLIENT, close_notify(), size=1)
    connection.send(CLIENT, flags=FIN | ACK)
    connection.send_all(SERVER, close_notify(), size=1)
    connection.send(SERVER, flags=FIN | ACK)
    save(path, frames)
    assert summaries(path) == [("orderly", "", "client")]
    survives(path)


# Positions ----------------------------------------------------------------------------------------------------------


def test_more_than_two_to_the_33_octets_by_position(connection, frames, path):
    for _ in range(9):
        connection.next[SERVER] += 1 << 30
        connection.send(SERVER, record(DATA, b"\x9b" * 200) * 3)
        connection.send(CLIENT)
    assert connection.next[SERVER] > 1 << 33
    connection.close()
    assert summaries(save(path, frames)) == [("orderly", "", "client")]
    survives(path)


@pytest.mark.parametrize("distance", [1 << 20, 1 << 30, -(1 << 30)])
def test_a_reset_out_of_the_window_ends_nothing(connection, frames, path, distance):
    connection.send(SERVER, flags=RST, at=connection.next[SERVER] + distance)
    connection.converse()
    connection.close()
    assert summaries(save(path, frames)) == [("orderly", "", "client")]
    assert accusations(path) == []


@pytest.mark.parametrize("distance", [1, 1 << 20, -20])
def test_a_fin_once_more_at_another_position_changes_nothing(connection, frames, path, distance):
    connection.close()
    connection.send(SERVER, flags=FIN | ACK, at=connection.next[SERVER] + distance)
    assert summaries(save(path, frames)) == [("orderly", "", "client")]
    assert accusations(path) == []


def test_octets_that_come_again_as_others_are_not_believed(connection, frames, path):
    start = connection.next[SERVER]
    connection.send(SERVER, record(DATA, b"\x9b" * 26))
    connection.send(SERVER, close_notify(), at=start)
    connection.send(CLIENT)
    connection.send(SERVER, flags=FIN | ACK)
    connection.send(CLIENT, flags=FIN | ACK)
    assert summaries(save(path, frames)) == [("no-close-notify", "possible", "server")]


# Records ------------------------------------------------------------------------------------------------------------


def test_records_of_forbidden_lengths_do_no_harm(frames, path):
    kinds, lengths = [ALERT, HANDSHAKE, DATA], [0, (1 << 14) + 2048, (1 << 14) + 2049, 65535]
    for number, (kind, length) in enumerate(itertools.product(kinds, lengths)):
        connection = Connection(frames, number)
        connection.shake_hands()
        connection.send_all(SERVER, record(kind, b"\x9b" * length))
        connection.close()
    survives(save(path, frames))
    # Behind a length that no record may have, records are found again where a segment begins with one.
    assert summaries(path) == [("orderly", "", "client")] * len(kinds) * len(lengths)
    assert accusations(path) == []


HELLOS = [
    b"\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10" + bytes(37),  # SSLv2
    record(HANDSHAKE, client_hello()[5:], version=0x0300),  # SSLv3
    record(HANDSHAKE, client_hello()[5:], version=0x7F1C),
    client_hello()[:20],
    b"\x16\x03\x01\xff\xff" + bytes(50),  # too long a record
    record(HANDSHAKE, b"\1\xff\xff\xff" + bytes(80)),  # too long a message
]


def test_strange_hellos_that_are_refused_accuse_nobody_of_more(frames, path):
    for number, hello in enumerate(HELLOS):
        connection = Connection(frames, number)
        connection.connect()
        connection.send(CLIENT, hello)
        connection.send(SERVER, record(ALERT, b"\2\x28"))
        connection.send(SERVER, flags=FIN | ACK)
        connection.send(CLIENT, flags=FIN | ACK)
    survives(save(path, frames))
    assert {verdict for verdict, _, _ in summaries(path)} <= {"fatal-alert", "handshake-closed"}


@pytest.mark.parametrize("hello, version", [
    (record(HANDSHAKE, client_hello()[5:], version=0x0300), 0x0300),
    (HELLOS[0], 0x0301),
], ids=["SSLv3", "SSLv2 hello"])
def test_what_is_older_than_tls_is_judged_alike(frames, path, hello, version):
    connection = Connection(frames)
    connection.shake_hands(hello, version)
    connection.converse()
    connection.close()
    assert summaries(save(path, frames)) == [("orderly", "", "client")]


def connected_by_proxy(frames):
    """A connection on which a proxy has answered CONNECT."""
    connection = Connection(frames, ports=(40000, 8080))
    connection.connect()
    connection.send(CLIENT, b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n")
    connection.send(SERVER, b"HTTP/1.1 200 OK\r\n\r\n")
    return connection


def test_tls_after_connect(frames, path):
    connection = connected_by_proxy(frames)
    connection.shake_hands_of_tls()
    connection.converse()
    connection.close()
    assert summaries(save(path, frames)) == [("orderly", "", "client")]


def test_something_else_than_tls_after_connect(frames, path):
    connection = connected_by_proxy(frames)
    connection.send(CLIENT, b"SSH-2.0-x\r\n")
    connection.send(SERVER, b"SSH-2.0-y\r\n" + bytes(range(256)) * 3)
    connection.send(SERVER, flags=FIN | ACK)
    connection.send(CLIENT, flags=FIN | ACK)
    assert summaries(save(path, frames)) == []
    survives(path)
