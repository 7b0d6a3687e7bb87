# SPDX-License-Identifier: GPL-2.0-or-later
"""One process that reads a thousand files, with another preference each time, grows no more than without the plugin."""

import ctypes
import os
import re
from pathlib import Path

import pytest

from sharkd import Sharkd
from tshark import CAPTURES, run

LOADS, SETTLED = 1000, 200
FILES = [CAPTURES / f"{name}.pcapng" for name in ("mixed", "postgres-tls13", "two-tls-on-one-tcp")]
# Octets for each load. One with two or three TLS connections that are not given back costs more.
TOLERANCE = 3 * 1024

# Wireshark 4.0 reads these tables anew for each file and keeps all of them: 11 MB each time, in which ours were lost.
TABLES = [path for path in map(Path("/usr/share/wireshark").joinpath, ("manuf", "services", "enterprises.tsv"))
          if path.exists()]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="hides files from sharkd, as only root can")


class LeanSharkd(Sharkd):
    """A sharkd that finds some files empty."""

    def __init__(self, hidden):
        super().__init__("unshare", "--mount", "bash", "-c",
                         'for file; do mount --bind /dev/null "$file"; done; exec sharkd -', "bash", *hidden)

    def memory(self):
        """Octets that are its own."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) * 1024


@pytest.fixture(name="small_pages", autouse=True)
def no_huge_pages():
    """Memory in steps of 4 KiB: one of 2 MiB would look like growth. What this process starts has it from here."""
    PR_SET_THP_DISABLE = 41  # pylint: disable=invalid-name
    ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)


@pytest.fixture(name="plugin")
def plugin_file():
    """Where the plugin is installed."""
    line, = (line for line in run("tshark", "-G", "plugins").stdout.splitlines() if line.startswith("tls_closure.so"))
    return line.split("\t")[-1]


def read_again_and_again(hidden, preference, statistic):
    """Octets that a sharkd grows by with each load; and what the statistic's first row was each time."""
    before, rows = 0, []
    with LeanSharkd(hidden) as server:
        for number in range(LOADS):
            server.ask("setconf", name=preference, value=("FALSE", "TRUE")[number % 2])
            server.load(FILES[number % len(FILES)])
            table = server.ask("tap", tap0=f"nstat:{statistic}")["taps"][0]["tables"][0]
            rows.append(next(iter(table["i"]), None))
            if number == SETTLED:
                before = server.memory()
        return (server.memory() - before) / (LOADS - SETTLED), rows


def test_reading_files_and_changing_preferences_leaves_nothing_behind(plugin):
    growth, rows = read_again_and_again(TABLES, "tls_closure.infer_alerts", "tls_closure,conv")
    plain, _ = read_again_and_again([*TABLES, plugin], "tls.ignore_ssl_mac_failed", "dhcp,stat")
    print(f"{growth:.0f} octets for each load, {plain:.0f} without the plugin")
    assert {row[6] for row in rows[1::len(FILES)]} == {"orderly", "incomplete"}, "the preference has an effect"
    assert growth - plain < TOLERANCE
