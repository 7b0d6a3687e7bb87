# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin in the window of the real Wireshark."""

import os
import subprocess
import time
import zipfile
from pathlib import Path

import pcapng
import pytest

from window import Window, search, table_rows, wait_for

PROJECT = Path(__file__).resolve().parents[2]
CAPTURES = PROJECT / "captures"
PROFILE = ("-C", "TLS Closure")
PROFILE_ZIP = PROJECT / "build/plugin/profile/tls-closure-profile.zip"

SERVER_CLOSES = "the server closes after 60.0 s without application data"


@pytest.fixture(scope="session")
def without_keys(tmp_path_factory):
    """The idle close, and no secrets to read it with."""
    path = tmp_path_factory.mktemp("captures") / "idle-proxy-without-keys.pcapng"
    capture = pcapng.read(CAPTURES / "idle-proxy-tls13.pcapng")
    capture.secrets.clear()
    pcapng.write(path, capture)
    return path


@pytest.fixture(scope="module")
def mixed():
    """Connections of all kinds, in the plugin's profile."""
    with Window(*PROFILE, "-r", CAPTURES / "mixed.pcapng") as window:
        window.wait_for_status("Packets: 116")
        yield window


@pytest.fixture(scope="module")
def idle():
    """The idle close with keys, in the default profile."""
    with Window("-r", CAPTURES / "idle-proxy-tls13.pcapng") as window:
        window.wait_for_status("Packets: ")
        yield window


def open_statistic(window, name):
    """Opens one of the dialogs under Statistics."""
    return window.open(("Statistics", f"TLS Closure: {name}"), f"TLS Closure: {name}")


def filter_dialog(window, dialog, text):
    """Applies the dialog's own filter."""
    window.part("text", "Display filter entry", dialog).write(text)
    window.push(dialog, "Apply")


def closing_frame(window, word):
    """The number of the first frame whose Info column has the word."""
    return int(next(packet["No."] for packet in window.packets() if word in packet["Info"]))


# What every user sees


def test_the_plugin_is_listed_in_about(idle):
    idle.menu("Help", "About Wireshark")
    about = idle.window("About Wireshark")
    names = [row[0] for tree in search(about, "tree") for row in table_rows(tree)]
    assert "tls_closure.so" in names
    idle.push(about, "OK")


def test_the_alert_of_an_idle_close_says_why_it_is_there(idle):
    idle.go_to(closing_frame(idle, "Close Notify"))
    line = idle.wait_for_detail("Closing sequence")
    assert line.startswith(f"[Closing sequence: close_notify: {SERVER_CLOSES}; its FIN follows in frame")


def test_the_closing_is_drawn_in_two_columns_with_times(idle):
    idle.go_to(closing_frame(idle, "Close Notify"))
    idle.wait_for_detail("TLS Closure Analysis: orderly")
    lines = [line.strip("[]") for line in idle.details() if line.startswith("[Frame ") and " client " in line]
    assert any("+0 us" in line and line.endswith("-- close_notify -- server") for line in lines)
    assert any("+0 us" not in line and " client -- close_notify --" in line and line.endswith("-> server")
               for line in lines)


def test_expert_information_says_that_the_close_is_in_order(idle):
    idle.menu("Analyze", "Expert Information")
    dialog = idle.window("Expert Information")
    found = wait_for(lambda: [row for row in idle.rows(dialog) if any("Orderly close" in cell for cell in row)],
                     "the finding")
    assert any("TLS Closure" in cell for cell in found[0])
    idle.close_window(dialog)


def test_without_keys_it_says_probably(without_keys):
    with Window("-r", without_keys) as window:
        window.wait_for_status("Packets: ")
        window.go_to(closing_frame(window, "[TLS: server closes after 60.0 s idle]"))
        line = window.wait_for_detail("Closing sequence")
        assert line.startswith(f"[Closing sequence: Probably close_notify: {SERVER_CLOSES}; its FIN follows in frame")


# Statistics


def test_every_connection_has_a_row(mixed):
    dialog = open_statistic(mixed, "Connections")
    verdicts = wait_for(lambda: sorted(row[6] for row in mixed.rows(dialog)), "rows")
    assert verdicts == ["fatal-alert", "no-close-notify", "no-close-notify", "open", "orderly", "reset"]
    mixed.close_window(dialog)


def test_verdicts_and_findings_are_counted(mixed):
    dialog = open_statistic(mixed, "Verdicts and Findings")
    rows = wait_for(lambda: len(mixed.rows(dialog)) > 13 and mixed.rows(dialog), "rows")
    counts = {row[2]: row[1] for row in rows}
    assert [row[2] for row in rows if row[0] == "1"] == ["fin_without_close_notify", "violation"], "the worst first"
    assert counts["no-close-notify"] == "2" and counts["truncated"] == "0"
    assert counts["fin_without_close_notify"] == "2" and counts["rst_without_close_notify"] == "1"
    mixed.close_window(dialog)


def test_servers_stand_worst_first(mixed):
    dialog = open_statistic(mixed, "Servers")
    rows = wait_for(lambda: mixed.rows(dialog), "rows")
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert [row[4] for row in rows] == ["1", "1", "1", "0"]
    assert sum(int(row[3]) for row in rows) == 6
    mixed.close_window(dialog)


@pytest.mark.parametrize("name, column", [("Connections", 6), ("Servers", 3)])
def test_a_dialog_follows_its_own_filter(mixed, name, column):
    dialog = open_statistic(mixed, name)
    wait_for(lambda: len(mixed.rows(dialog)) > 1, "all rows")
    filter_dialog(mixed, dialog, "tcp.port == 10443")
    row = wait_for(lambda: len(mixed.rows(dialog)) == 1 and mixed.rows(dialog)[0], "one row")
    assert row[column] in ("reset", "1")
    filter_dialog(mixed, dialog, "")
    wait_for(lambda: len(mixed.rows(dialog)) > 1, "all rows again")
    mixed.close_window(dialog)


def test_an_invalid_filter_in_a_dialog_does_no_harm(mixed):
    dialog = open_statistic(mixed, "Servers")
    wait_for(lambda: len(mixed.rows(dialog)) == 4, "rows")
    mixed.part("text", "Display filter entry", dialog).write("no_such_field == 1")
    wait_for(lambda: not mixed.part("push button", "Apply", dialog).is_enabled(), "no way to apply it")
    assert mixed.is_alive() and len(mixed.rows(dialog)) == 4
    mixed.close_window(dialog)


def test_two_dialogs_of_one_statistic_do_no_harm(mixed):
    first, second = (open_statistic(mixed, "Servers") for _ in range(2))
    wait_for(lambda: mixed.rows(second), "rows")
    mixed.close_window(second)
    mixed.close_window(first)
    mixed.filter("tcp")
    mixed.filter("")
    assert mixed.is_alive()


def test_without_tls_the_dialogs_are_empty():
    with Window("-r", CAPTURES / "plain-http.pcapng") as window:
        window.wait_for_status("Packets: ")
        for name in ("Connections", "Servers"):
            dialog = open_statistic(window, name)
            time.sleep(1)
            assert [row for row in window.rows(dialog) if len([cell for cell in row if cell]) > 1] == []
            window.close_window(dialog)


def test_an_unknown_filter_on_the_command_line_is_refused():
    command = ["tshark", "-q", "-r", CAPTURES / "mixed.pcapng", "-z", "tls_closure,server,no_such_field"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode > 0 and "no_such_field" in result.stderr


# The profile


def test_the_profile_has_its_columns_and_words(mixed):
    assert "Profile: TLS Closure" in mixed.status()
    reset = next(packet for packet in mixed.packets() if packet["TLS verdict"] == "reset")
    assert reset["Closed by"] == "server" and reset["Idle time"].startswith("0.2")
    assert "[TLS: server closes without close_notify]" in reset["Info"]


@pytest.mark.parametrize("name, verdicts", [
    ("Not orderly", {"no-close-notify", "reset", "fatal-alert"}),
    ("Truncated", set()),
    ("Reset", {"reset"}),
    ("Data after close", set()),
    ("Refused", {"fatal-alert"}),
])
def test_a_filter_button_shows_its_kind_of_close(mixed, name, verdicts):
    mixed.part("push button", name, mixed.part(None, "Display Filter Toolbar")).press()
    mixed.wait_for_status("Displayed: ")
    time.sleep(0.5)
    assert {packet["TLS verdict"] for packet in mixed.packets()} == verdicts
    mixed.filter("")
    wait_for(lambda: len(mixed.packets()) == 116, "all packets")


@pytest.mark.parametrize("word, rule, colour", [
    ("server closes without close_notify", "TLS closure: warning", "#FFB000"),
    ("Close Notify", "TLS closure: in order", "#BBDDF5"),
])
def test_a_closing_frame_has_the_colour_of_its_severity(mixed, word, rule, colour):
    mixed.filter("tls_closure")
    wait_for(lambda: len(mixed.packets()) == 17, "the closing frames")
    frame = closing_frame(mixed, word)
    mixed.go_to(frame)
    assert rule in mixed.wait_for_detail("Coloring Rule Name")
    assert colour in mixed.colours_of_packet(frame)
    mixed.filter("")
    wait_for(lambda: len(mixed.packets()) == 116, "all packets")


def test_the_profile_can_be_imported_on_another_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    imported = tmp_path / ".config/wireshark/profiles/TLS Closure"
    with Window("-r", CAPTURES / "mixed.pcapng") as window:
        window.wait_for_status("Packets: 116")
        profiles = window.open(("Edit", "Configuration Profiles…"), "Configuration Profiles")
        window.choose_from_button(profiles, "Import", 1)
        chooser = window.window("Select zip file for import")
        window.part("text", "File name:", chooser).write(str(PROFILE_ZIP))
        window.push(chooser, "Open")
        wait_for(lambda: any(row[0] == "TLS Closure" for row in window.rows(profiles)), "the profile")
        window.push(profiles, "OK")
        wait_for(imported.exists, "its folder")
    with zipfile.ZipFile(PROFILE_ZIP) as archive:
        for name in ("colorfilters", "dfilter_buttons", "preferences"):
            assert archive.read(f"TLS Closure/{name}") == (imported / name).read_bytes()


# Menus


def test_the_conversation_filter_shows_one_connections_closing(mixed):
    mixed.go_to(closing_frame(mixed, "server closes without close_notify"))
    mixed.menu("Analyze", "Conversation Filter", "TLS closure")
    packets = wait_for(lambda: len(mixed.packets()) < 10 and mixed.packets(), "the filter")
    assert {packet["TLS verdict"] for packet in packets} == {"no-close-notify"}
    mixed.filter("")
    wait_for(lambda: len(mixed.packets()) == 116, "all packets")


def test_the_menu_leads_to_the_frame_that_began_the_close(mixed):
    mixed.go_to(30)
    mixed.menu("Tools", "TLS Closure", "Go to the frame that began the close")
    mixed.wait_for_detail("Frame Number: 42")
    mixed.menu("Tools", "TLS Closure", "Go to the last frame of the close")
    mixed.wait_for_detail("Frame Number: 45")


@pytest.mark.parametrize("entry, count, verdicts", [
    ("Show only how this connection closed", 3, {"no-close-notify"}),
    ("Show what did not close orderly", 11, {"no-close-notify", "reset", "fatal-alert"}),
    ("Show one frame for each connection", 6, {"open", "orderly", "no-close-notify", "reset", "fatal-alert"}),
])
def test_the_menu_filters(mixed, entry, count, verdicts):
    mixed.go_to(closing_frame(mixed, "server closes without close_notify"))
    mixed.menu("Tools", "TLS Closure", entry)
    packets = wait_for(lambda: len(mixed.packets()) == count and mixed.packets(), "the filter")
    assert {packet["TLS verdict"] for packet in packets} == verdicts
    mixed.filter("")
    wait_for(lambda: len(mixed.packets()) == 116, "all packets")


def test_the_menu_does_nothing_without_a_capture():
    with Window() as window:
        for name in window.menu_names("Tools", "TLS Closure")[:3]:
            window.menu("Tools", "TLS Closure", name)
        assert window.is_alive()


def test_the_flow_graph_has_the_words_on_its_arrows(mixed, tmp_path):
    mixed.filter("tls_closure")
    mixed.wait_for_status("Displayed: 17")
    mixed.menu("Statistics", "Flow Graph")
    dialog = mixed.window("Flow")
    mixed.part("check box", "Limit to display filter", dialog).press()
    mixed.push(dialog, "Export")
    chooser = mixed.window("Save Graph As")
    mixed.choose_from_box(chooser, "ASCII")
    mixed.part("text", "File name:", chooser).write(str(tmp_path / "flow.txt"))
    mixed.push(chooser, "Save")
    graph = tmp_path / "flow.txt"
    lines = wait_for(lambda: graph.exists() and graph.read_text(), "the file").splitlines()
    arrows = [line.split("|")[2].strip() for line in lines if line.count("|") == 3]
    assert arrows.count("[TLS: server closes") == 2 and arrows.count("[TLS: client closes") == 1
    mixed.close_window(dialog)
    mixed.filter("")
    wait_for(lambda: len(mixed.packets()) == 116, "all packets")


# What changes


def test_a_preference_takes_the_words_out_of_the_info_column():
    def has_words(window):
        return any("[TLS: " in packet["Info"] for packet in window.packets())

    with Window("-r", CAPTURES / "mixed.pcapng") as window:
        wait_for(lambda: has_words(window), "words")
        window.turn_preference("TLS Closure", "Add to the Info column")
        wait_for(lambda: not has_words(window), "no words")


def serve_once(folder):
    """One TLS connection over the loopback interface, which the client closes orderly."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                    "-subj", "/CN=localhost", "-days", "2"], check=True, capture_output=True)
    server = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:9843", "-cert", certificate, "-key", key,
                               "-quiet", "-naccept", "1"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL)
    time.sleep(1)
    subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:9843"], input=b"Q\n", capture_output=True,
                   timeout=20, check=False)
    server.kill()
    server.wait()


def may_capture():
    """Whether the rights to capture were given."""
    return subprocess.run(["dumpcap", "-i", "lo", "-a", "duration:1", "-w", os.devnull], capture_output=True,
                          check=False).returncode == 0


def test_a_live_capture_is_judged_while_it_runs(tmp_path):
    if not may_capture():
        pytest.skip("no right to capture")
    with Window(*PROFILE, "-i", "lo", "-k", "-f", "tcp port 9843", config=["capture.no_extcap:TRUE"]) as window:
        wait_for(lambda: window.main.name.startswith("Capturing"), "the capture")
        time.sleep(1)
        serve_once(tmp_path)
        wait_for(lambda: any(packet["TLS verdict"] for packet in window.packets()), "a verdict")
        dialog = open_statistic(window, "Connections")
        wait_for(lambda: window.rows(dialog), "a row")
        assert window.rows(dialog)[0][1] == "127.0.0.1:9843"
