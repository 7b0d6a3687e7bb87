# SPDX-License-Identifier: GPL-2.0-or-later
"""The other ways in which tshark shows what the plugin says: statistics, expert infos, Info column, trees."""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

import permute
from expected import MODES, WITH_KEYS, WITHOUT_KEYS, table
from forge import SERVER, Connection, client_hello, save
from segment import ACK, FIN, RST
from tshark import CAPTURES, FINDINGS, NAMES, TWO_PASSES, frames_of_json, expert_infos, first_of, read_json, tshark

IDLE = CAPTURES / "idle-proxy-tls13.pcapng"
MIXED = CAPTURES / "mixed.pcapng"
PASSES = {"one pass": [], "two passes": TWO_PASSES}
each_number_of_passes = pytest.mark.parametrize("passes", PASSES)
each_mode = pytest.mark.parametrize("mode", MODES)
each_capture = pytest.mark.parametrize("name", NAMES)


# Statistics ---------------------------------------------------------------------------------------------------------


def table_of(path, kind, *options, display_filter=""):
    """The rows of a statistic, as {heading: cell} each."""
    argument = ",".join(filter(None, ["tls_closure", kind, display_filter]))
    lines = tshark("-n", "-q", "-r", path, *options, "-z", argument).stdout.splitlines()
    rows = [[cell.strip() for cell in line.split("|")[:-1]] for line in lines if "|" in line]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def verdict_cells(row):
    """The verdict fields of a row, an empty one as in the fields."""
    return tuple(row[heading].replace("-", "") if row[heading] == "-" else row[heading]
                 for heading in ("Verdict", "Truncation", "Initiator", "Evidence"))


def expected_rows(mode):
    """The verdict fields of all connections of all captures, in the order of the collection."""
    return [connection.verdicts[mode] for name in NAMES for connection in table()[name]]


@each_mode
@each_number_of_passes
def test_conv_has_a_line_for_each_tls_connection_with_its_final_verdict(mode, passes, make_collection):
    rows = table_of(make_collection(permute.unchanged, mode).path, "conv", *PASSES[passes])
    assert [verdict_cells(row) for row in rows] == expected_rows(mode)


def test_conv_says_the_same_in_one_pass_and_in_two(make_collection):
    path = make_collection().path
    assert table_of(path, "conv") == table_of(path, "conv", *TWO_PASSES)


@pytest.mark.parametrize("display_filter", ["tls.handshake.type == 1", "tcp.flags.syn == 1 or tls.handshake"])
def test_conv_with_a_filter_that_no_closing_event_passes_has_the_final_verdict(display_filter):
    rows = table_of(MIXED, "conv", display_filter=display_filter)
    assert [verdict_cells(row) for row in rows] == [row.verdicts[WITH_KEYS] for row in table()["mixed"]]


def test_conv_with_a_filter_has_only_the_connections_with_a_frame_that_passes():
    rows = table_of(MIXED, "conv", display_filter="tcp.port == 9443")
    assert [row["Verdict"] for row in rows] == ["no-close-notify"]
    assert rows[0]["Server"] == "127.0.0.1:9443"


@each_number_of_passes
def test_a_server_whose_name_is_captured_late_has_one_row(passes, tmp_path):
    frames = []
    connection = Connection(frames)
    connection.shake_hands(client_hello(b"late.example"))
    connection.converse()
    connection.close()
    frames.insert(4, frames.pop(3))  # the ClientHello behind the server's flight
    rows = table_of(save(tmp_path / "late.pcapng", frames), "server", *PASSES[passes])
    assert [(row["Server"], row["Address"], row["orderly"]) for row in rows] == [
        ("late.example:443", "192.0.2.1:443", "1")]


@each_number_of_passes
def test_servers_are_ranked_by_what_the_whole_capture_shows(passes, tmp_path):
    frames = []
    goes_on, ends = (Connection(frames, number, (20000, port)) for number, port in enumerate((4001, 4002)))
    for connection, flag in ((goes_on, RST), (ends, FIN)):
        connection.shake_hands()
        connection.converse()
        connection.send(SERVER, flags=flag | ACK)
    goes_on.converse()  # its RST ended nothing
    goes_on.close()
    rows = table_of(save(tmp_path / "ranks.pcapng", frames), "server", *PASSES[passes])
    assert [(row["#"], row["Server"], row["Closed badly"]) for row in rows] == [
        ("1", "192.0.2.1:4002", "1"), ("2", "192.0.2.1:4001", "0")]


def test_conv_of_the_idle_close_tells_endpoints_version_and_times():
    row, = table_of(IDLE, "conv")
    assert row["Server"].endswith(":443")
    assert row["Version"] == "TLS 1.3"
    assert row["Client closed with"].startswith("close_notify")
    assert row["Server closed with"].startswith("close_notify, FIN")
    # Go reports 60.1 s since it connected; HAProxy was told to wait 60 s.
    assert 59.9 < float(row["Idle (s)"]) < 60.2
    assert 0 < float(row["Duration (s)"]) < 1


def counts(path, *options, display_filter=""):
    """{verdict or finding: count}."""
    return {row["Verdict or finding"]: int(row["Count"])
            for row in table_of(path, "stat", *options, display_filter=display_filter)}


@each_mode
@each_number_of_passes
def test_stat_counts_each_verdict_and_each_finding(mode, passes, make_collection, expected_findings):
    said = counts(make_collection(permute.unchanged, mode).path, *PASSES[passes])
    verdicts = [verdict[0] for verdict in expected_rows(mode)]
    findings = [finding for name in NAMES for _, finding, _, _ in expected_findings(name, mode)]
    assert said == {**{word: verdicts.count(word) for word in said if word not in FINDINGS},
                    **{word: findings.count(word) for word in FINDINGS}}


def test_stat_with_a_filter_that_no_closing_event_passes_counts_the_same():
    assert counts(MIXED, display_filter="tls.handshake.type == 1") == counts(MIXED)


def test_stat_with_a_filter_counts_only_what_passes():
    said = counts(MIXED, display_filter="tcp.port == 9443")
    assert {word: number for word, number in said.items() if number} == {
        "no-close-notify": 1, "fin_without_close_notify": 1, "rst_after_fin": 1}


# Expert infos -------------------------------------------------------------------------------------------------------

HEADINGS = {"Errors": "error", "Warns": "warning", "Notes": "note", "Chats": "chat"}


def expert_table(path, *options):
    """{(severity, text): count} of the plugin's expert infos in tshark -z expert."""
    severity, result = "", {}
    for line in tshark("-n", "-q", "-r", path, *options, "-z", "expert").stdout.splitlines():
        heading = re.match(r"(\w+) \(\d+\)", line)
        if heading:
            severity = HEADINGS[heading[1]]
        entry = re.match(r"\s*(\d+)\s+\w+\s+TLS Closure\s+(.*)", line)
        if entry:
            result[severity, entry[2]] = int(entry[1])
    return result


@each_number_of_passes
def test_the_list_of_expert_infos_has_what_the_trees_have(passes, make_collection):
    """No tree is asked for there: a finding must not depend on one."""
    path = make_collection().path
    text = tshark("-n", "-r", path, *PASSES[passes], "-Y", "tls_closure", "-T", "json").stdout
    in_trees = {}
    for _, layers in frames_of_json(text):
        for _, severity, message in expert_infos(layers):
            in_trees[severity, message] = in_trees.get((severity, message), 0) + 1
    assert expert_table(path, *PASSES[passes]) == in_trees


# Info column --------------------------------------------------------------------------------------------------------


def info_column(path, *options):
    """{frame: what the plugin adds to the Info column}."""
    lines = tshark("-n", "-r", path, *options).stdout.splitlines()
    additions = {int(line.split()[0]): re.search(r"\[TLS: [^]]*\]", line) for line in lines}
    return {frame: match[0] for frame, match in additions.items() if match}


@each_number_of_passes
def test_info_column_says_something_on_each_finding_at_note_or_above_and_on_nothing_else_that_can_be_read(
        passes, make_collection):
    collection = make_collection()
    text = tshark("-n", "-r", collection.path, *PASSES[passes], "-Y", "tls_closure", "-T", "json").stdout
    expected = {finding.frame for finding in read_json(text).findings if finding.severity != "chat"}
    frames = set(info_column(collection.path, *PASSES[passes]))
    assert {collection.origins[frame] for frame in expected - frames} == set()
    # The rest are alerts that Wireshark could not decrypt: of these captures and after gaps.
    unread = {"orderly-mbedtls-tls12", "orderly-nss-tls13", "postgres-tls13", "mid-stream-tls12", "mid-stream-tls13",
              "lost-request-tls13"}
    assert {collection.origins[frame][0] for frame in frames - expected} <= unread


def test_info_column_of_the_idle_close_without_keys(make_collection):
    collection = make_collection(permute.unchanged, WITHOUT_KEYS)
    # In one pass it cannot be known of the record, when it is printed, that it is the last one.
    said = {collection.origins[frame]: text for frame, text in info_column(collection.path, *TWO_PASSES).items()}
    texts = [text for (name, _), text in said.items() if name == "idle-proxy-tls13"]
    assert re.fullmatch(r"\[TLS: server closes after 60\.\d s idle\]", texts[0])


def test_a_preference_turns_the_info_column_off(make_collection):
    path = make_collection(permute.unchanged, WITHOUT_KEYS).path
    assert info_column(path)
    assert not info_column(path, "-o", "tls_closure.info_column:FALSE")


# Inferred alerts ----------------------------------------------------------------------------------------------------


def test_without_inferred_alerts_nothing_rests_on_one_and_nobody_is_accused_for_it(
        make_collection, connection_of, expected_findings):
    collection = make_collection(permute.unchanged, WITHOUT_KEYS)
    text = tshark("-n", "-2", "-r", collection.path, "-o", "tls_closure.infer_alerts:FALSE", "-Y", "tls_closure",
                  "-T", "json").stdout
    members = collection.by_member(read_json(text), connection_of)
    for name, analysis in members.items():
        known = {row[:2] for row in expected_findings(name, WITHOUT_KEYS) if row[2] == "warning"}
        assert {(row[0], row[1]) for row in analysis.with_frames() if row[2] == "warning"} <= known, name
    assert members["idle-proxy-tls13"].verdicts()[0][0] != "orderly"


# Trees --------------------------------------------------------------------------------------------------------------


@each_number_of_passes
@each_mode
def test_json_has_no_name_twice_among_the_layers_and_one_item_of_the_plugin_in_a_frame(passes, mode, make_collection):
    text = tshark("-n", "-r", make_collection(permute.unchanged, mode).path, *PASSES[passes], "-Y", "tls_closure",
                  "-T", "json").stdout
    assert json.loads(text)
    for frame, layers in frames_of_json(text):
        assert [name for name, _ in layers].count("tls_closure") == 1, frame


def pdml(path, *options):
    """The packets of tshark's PDML."""
    return ElementTree.fromstring(tshark("-n", "-2", "-r", path, *options, "-T", "pdml").stdout).findall("packet")


def test_pdml_is_well_formed_and_has_the_alerts_item_within_the_alerts_own_subtree():
    items = [(packet, parent, item) for packet in pdml(IDLE) for parent in packet.iter()
             for item in parent if item.get("name") == "tls_closure.alert"]
    assert len(items) == 2
    assert all(parent.get("name") == "tls.alert_message" for _, parent, _ in items)
    server, client = (item.get("show") for _, _, item in items)
    assert re.match(r"close_notify: the server closes after 60\.\d s without application data; its FIN follows in "
                    r"frame \d+; the client answers with close_notify in frame \d+$", server)
    assert client.startswith("close_notify: the client answers the server's close_notify in frame ")


def test_an_inferred_alert_has_its_item_within_its_tls_record(make_collection):
    collection = make_collection(permute.unchanged, WITHOUT_KEYS)
    number = min(frame for frame, origin in enumerate(collection.origins) if origin and origin[0] == IDLE.stem)
    packets = pdml(collection.path, "-Y", f"tls_closure.alert && tcp.stream eq {stream_of(collection.path, number)}")
    items = [(parent, item) for packet in packets for parent in packet.iter()
             for item in parent if item.get("name") == "tls_closure.alert"]
    assert len(items) == 2
    assert all(parent.get("name") == "tls.record" for parent, _ in items)
    assert re.match(r"Probably close_notify: the server closes after 60\.\d s without application data; its FIN "
                    r"follows in frame \d+; the client answers with close_notify in frame \d+", items[0][1].get("show"))


def stream_of(path, frame):
    """The TCP stream of a frame."""
    found = tshark("-n", "-r", path, "-Y", f"frame.number == {frame}", "-T", "fields", "-e", "tcp.stream")
    return found.stdout.strip()


def test_links_lead_to_the_frames_of_the_events(connections):
    """From the last frame of the idle close to all events of it."""
    connection, = connections[IDLE.stem]
    text = tshark("-n", "-2", "-r", IDLE, "-Y", "tls_closure.summary", "-T", "json").stdout
    (_, layers), = frames_of_json(text)
    assert int(first_of(layers, "tls_closure.close_notify_frame")) == connection.find("server close_notify")
    assert int(first_of(layers, "tls_closure.peer_close_notify_frame")) == connection.find("client close_notify")
    assert connection.find("server FIN") in [int(value) for value in values_of(layers, "tls_closure.fin_frame")]


def values_of(layers, wanted):
    """All values of the plugin's own item of that name."""
    item, = (value for name, value in layers if name == "tls_closure")
    return [value for name, value in item if name == wanted]


def test_verbose_text_has_the_protocol_item_with_verdict_and_evidence():
    text = tshark("-n", "-2", "-r", IDLE, "-Y", "tls_closure.summary", "-V").stdout
    item = text[text.index("TLS Closure Analysis"):]
    for line in ("[Verdict: orderly]", "[Initiator: server]", "[Evidence: decrypted]"):
        assert line in item
    # 4.6 writes durations in another way.
    assert re.search(r"\[Idle time: (60\.\d+ seconds|1 minute, \d+\.\d+ milliseconds)\]", item)


def test_octets_at_risk_do_not_count_the_next_tls_connection():
    """Rules 4: sent by a side and not acknowledged when the connection ended."""
    text = tshark("-n", "-2", "-r", CAPTURES / "two-tls-on-one-tcp.pcapng", "-Y", "tls_closure.summary", "-T",
                  "json").stdout
    for _, layers in frames_of_json(text):
        assert [int(value) for value in values_of(layers, "tls_closure.at_risk")] == [0, 0]
