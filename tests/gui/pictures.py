# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the README's pictures: the packet list, the packet details of an idle close, a flow graph, a table."""

import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tshark"))

import pcapng  # noqa: E402
from window import Window, wait_for  # noqa: E402

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
# A small font, so that no sentence is cut off.
COLUMNS = [("No.", "%m"), ("Time", "%t"), ("Protocol", "%p"), ("TLS verdict", "%Cus:tls_closure.verdict:0:R"),
           ("Closed by", "%Cus:tls_closure.initiator:0:R"), ("Idle time", "%Cus:tls_closure.idle_time:0:R"),
           ("Info", "%i")]
LAYOUT = ["gui.qt.font_name:DejaVu Sans Mono,8,-1,5,50,0,0,0,0,0", "gui.layout_content_3:NONE", "gui.layout_type:1",
          "gui.column.format:" + ",".join(f'"{title}","{form}"' for title, form in COLUMNS)]


def picture(path, title, width, height):
    """Stores a picture of the window with that title, in that size."""
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", title], capture_output=True, text=True,
                           check=True).stdout.split()[-1]
    subprocess.run(["xdotool", "windowsize", "--sync", found, str(width), str(height)], check=True, timeout=20)
    time.sleep(1.5)
    subprocess.run(["import", "-window", found, "-dither", "None", "-colors", "128", "-define",
                    "png:compression-level=9", f"png8:{path}"], check=True)


def unfold(window, *beginnings):
    """Unfolds the lines of the packet details that begin so, one after the other."""
    tree = window.part("tree", "Packet details")
    for beginning in beginnings:
        wait_for(lambda: next((row for row in tree.children() if row.name.startswith(beginning)), None),
                 beginning).click()
        subprocess.run(["xdotool", "key", "Right"], check=True)
        time.sleep(1)


def packet_list(folder):
    """The closing frames of connections of all kinds, in their colours."""
    with Window("-C", "TLS Closure", "-r", CAPTURES / "mixed.pcapng", config=LAYOUT) as window:
        window.wait_for_status("Packets: 116")
        window.filter("tls_closure")
        wait_for(lambda: len(window.packets()) == 17, "the closing frames")
        window.menu("View", "Packet Details")
        window.menu("View", "Resize Columns")
        picture(folder / "packet-list.png", "mixed.pcapng", 1390, 440)


@contextmanager
def idle_close(config=()):
    """The closing frames of an idle connection, without keys."""
    capture = pcapng.read(CAPTURES / "idle-proxy-tls13.pcapng")
    capture.secrets.clear()
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "idle-proxy.pcapng"
        pcapng.write(path, capture)
        with Window("-C", "TLS Closure", "-r", path, config=config) as window:
            window.wait_for_status("Packets: ")
            window.filter("tls_closure")
            wait_for(lambda: 0 < len(window.packets()) < 8, "the closing frames")
            yield window


def packet_details(folder):
    """What is said of the record with which an idle connection is closed."""
    with idle_close(config=LAYOUT) as window:
        window.go_to(next(packet["No."] for packet in window.packets() if "60.0 s idle" in packet["Info"]))
        window.menu("View", "Resize Columns")
        window.menu("View", "Collapse All")
        unfold(window, "Transport Layer Security", "TLSv1.3 Record Layer", "[TLS Closure Analysis")
        picture(folder / "packet-details.png", "idle-proxy.pcapng", 1390, 860)


def flow_graph(folder):
    """Wireshark's own flow graph of the same frames, with our words on its arrows."""
    with idle_close() as window:
        window.menu("Statistics", "Flow Graph")
        dialog = window.window("Flow")
        window.part("check box", "Limit to display filter", dialog).press()
        picture(folder / "flow-graph.png", "Flow", 1000, 380)


def connections(folder):
    """The table of connections."""
    with Window("-C", "TLS Closure", "-r", CAPTURES / "mixed.pcapng") as window:
        window.wait_for_status("Packets: 116")
        dialog = window.open(("Statistics", "TLS Closure: Connections"), "TLS Closure: Connections")
        wait_for(lambda: window.rows(dialog), "rows")
        picture(folder / "connections.png", "TLS Closure: Connections", 1390, 300)


def main():
    """Makes them all."""
    folder = Path(sys.argv[1])
    for make in (packet_list, packet_details, flow_graph, connections):
        make(folder)


if __name__ == "__main__":
    main()
