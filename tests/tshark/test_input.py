# SPDX-License-Identifier: GPL-2.0-or-later
"""Traffic without TLS, and files that are no good: no finding, tshark's own messages and exit statuses."""

import subprocess

import pytest

import pcapng
from tshark import CAPTURES, FAILURE, TWO_PASSES, fields, run, tshark

IDLE = CAPTURES / "idle-proxy-tls13.pcapng"
STATISTICS = ["-z", "tls_closure,conv", "-z", "tls_closure,stat"]
RANDOM_TYPES = ["tcp", "eth", "ip", "fddi", "llc", "udp", "dns", "giop", "ncp2222", "sctp", "nbns", "usb-linux"]


@pytest.mark.parametrize("passes", [[], TWO_PASSES], ids=["one pass", "two passes"])
def test_traffic_without_tls_has_no_item_and_no_finding(passes):
    assert fields(CAPTURES / "plain-http.pcapng", *passes, names=["frame.number"]) == []


def test_frames_without_tls_among_others_have_no_item():
    assert fields(CAPTURES / "mixed.pcapng", names=["frame.number"],
                  display_filter="tls_closure && (tcp.port == 80 || tcp.port == 25)") == []


@pytest.mark.parametrize("kind", RANDOM_TYPES)
def test_random_packets_have_no_finding(kind, tmp_path):
    path = tmp_path / "random.pcap"
    run("randpkt", "-b", "400", "-c", "500", "-t", kind, path)
    # What randpkt makes may be anything, so malformed packets are no failure; a finding of ours is.
    rows = fields(path, *TWO_PASSES, names=["frame.number"], display_filter="tls_closure")
    assert rows == []


@pytest.mark.parametrize("kind", ["tcp", "ip"])
def test_random_packets_do_no_harm_in_a_full_tree(kind, tmp_path):
    path = tmp_path / "random.pcap"
    run("randpkt", "-b", "200", "-c", "500", "-t", kind, path)
    tshark("-n", "-2", "-r", path, "-V", *STATISTICS)


def test_a_file_that_does_not_exist_is_named():
    result = tshark("-r", "nowhere.pcapng", *STATISTICS, status=FAILURE)
    assert 'The file "nowhere.pcapng" doesn\'t exist.' in result.stderr
    assert result.stdout == ""


def test_a_file_that_is_no_capture_is_refused(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear engineer, this is no capture.\n" * 20)
    result = tshark("-r", path, *STATISTICS, status=FAILURE)
    assert "isn't a capture file in a format TShark understands" in result.stderr


def test_a_capture_without_frames_has_empty_statistics(tmp_path):
    path = tmp_path / "empty.pcapng"
    pcapng.write(path, pcapng.Capture())
    output = tshark("-q", "-r", path, *STATISTICS).stdout
    assert "TLS connections" in output
    assert "127.0.0.1" not in output


def test_a_capture_that_is_cut_is_analysed_as_far_as_it_goes(tmp_path):
    path = tmp_path / "cut.pcapng"
    content = IDLE.read_bytes()
    path.write_bytes(content[:len(content) * 3 // 4])
    result = tshark("-n", "-q", "-r", path, *STATISTICS, status=FAILURE)
    assert "appears to have been cut short in the middle of a packet" in result.stderr
    assert "open" in result.stdout


@pytest.mark.parametrize("kind", ["conv", "stat"])
def test_a_statistic_with_a_filter_that_is_none_is_refused(kind):
    result = tshark("-q", "-r", IDLE, "-z", f"tls_closure,{kind},no.such.field == 1", status=1)
    assert "no.such.field" in result.stderr


def test_a_statistic_that_does_not_exist_is_refused():
    result = tshark("-q", "-r", IDLE, "-z", "tls_closure,nothing", status=1)
    assert 'Invalid -z argument "tls_closure,nothing"' in result.stderr


def test_findings_do_not_change_the_exit_status():
    tshark("-r", CAPTURES / "truncated-tls13.pcapng", "-Y", "tls_closure.fin_without_close_notify", status=0)


def test_writing_a_file_does_not_need_the_plugin_and_changes_nothing(tmp_path):
    path = tmp_path / "written.pcapng"
    tshark("-r", IDLE, "-w", path)
    original, copy = pcapng.read(IDLE), pcapng.read(path)
    assert [frame.octets for frame in copy.frames] == [frame.octets for frame in original.frames]


def test_the_plugin_is_loaded_without_a_word():
    result = subprocess.run(["tshark", "-G", "plugins"], capture_output=True, text=True, check=True)
    assert "tls_closure.so" in result.stdout
    assert "tls_closure" not in result.stderr


def test_with_the_plugin_disabled_tcp_and_tls_are_dissected_all_the_same():
    lines = tshark("-n", "-r", IDLE, "--disable-protocol", "tls_closure").stdout.splitlines()
    assert len([line for line in lines if "Client Hello" in line]) == 1
    assert not [line for line in lines if "[TLS:" in line]
