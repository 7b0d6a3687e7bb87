# SPDX-License-Identifier: GPL-2.0-or-later
"""plugin/run, as it is used: here everything is built and installed already, so each run is a second one."""

import re
import time

import pytest

from expected import WITH_KEYS, table
from tshark import CAPTURES, run

# One after the other: all of them build in the same folder.
pytestmark = pytest.mark.xdist_group("build folder")

PROGRAM = CAPTURES.parent / "plugin" / "run"
IDLE = CAPTURES / "idle-proxy-tls13.pcapng"


def plugin_run(*arguments, status=0):
    """Run it; returns its result."""
    return run(PROGRAM, *arguments, status=status, timeout=300)


@pytest.fixture(scope="module", name="idle")
def output_for_the_idle_close():
    """What it prints without an argument, the second time."""
    plugin_run()
    return plugin_run().stdout


def test_without_an_argument_it_shows_the_idle_close(idle):
    assert idle == plugin_run(IDLE).stdout
    line, = (line for line in idle.splitlines() if re.search(r":443\b.*\borderly\b", line))
    for word in ("TLS 1.3", "server", "decrypted"):
        assert word in line
    assert "Orderly close, begun by the server" in idle


def test_it_prints_the_table_then_the_findings(idle):
    lines = idle.splitlines()
    table_line = next(number for number, line in enumerate(lines) if line.startswith("Client"))
    findings_line = next(number for number, line in enumerate(lines) if "Severity" in line)
    assert table_line < findings_line


def test_a_second_run_takes_seconds_and_installs_nothing():
    begin = time.monotonic()
    result = plugin_run()
    assert time.monotonic() - begin < 60
    assert result.stderr == ""


def test_it_prints_a_line_for_each_tls_connection():
    output = plugin_run(CAPTURES / "mixed.pcapng").stdout
    for connection in table()["mixed"]:
        assert re.search(rf"\b{connection.verdicts[WITH_KEYS][0]}\b", output)


def test_it_takes_several_captures_and_says_which_is_which():
    output = plugin_run(IDLE, CAPTURES / "truncated-tls13.pcapng").stdout
    assert output.index(IDLE.name) < output.index("orderly") < output.index("truncated-tls13.pcapng")
    assert "truncated " in output


def test_a_file_that_does_not_exist_gives_one_line():
    result = plugin_run("nowhere.pcapng", status=2)
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "nowhere.pcapng" in result.stderr


def test_a_file_that_is_no_capture_gives_one_line():
    result = plugin_run(CAPTURES / "README.md", status=2)
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "isn't a capture file" in result.stderr


def test_a_capture_without_tls_gives_one_line():
    result = plugin_run(CAPTURES / "plain-http.pcapng")
    lines = (result.stdout + result.stderr).splitlines()
    assert len(lines) == 1
    assert "no TLS connection" in lines[0]


def test_a_capture_that_is_cut_is_analysed_as_far_as_it_goes(tmp_path):
    path = tmp_path / "cut.pcapng"
    path.write_bytes(IDLE.read_bytes()[:-200])
    result = plugin_run(path, status=2)
    assert len(result.stderr.splitlines()) == 1
    assert "cut short" in result.stderr
    assert ":443" in result.stdout


def test_the_captures_that_can_be_read_are_shown_beside_one_that_cannot():
    result = plugin_run("nowhere.pcapng", IDLE, status=2)
    assert "orderly" in result.stdout


def test_a_path_with_blanks_is_taken_as_it_is(tmp_path):
    path = tmp_path / "a capture of mine.pcapng"
    path.write_bytes(IDLE.read_bytes())
    assert "orderly" in plugin_run(path).stdout


def test_help_is_given():
    assert "Usage" in plugin_run("--help").stdout
