# SPDX-License-Identifier: GPL-2.0-or-later
"""Wireshark's own settings change neither verdicts nor findings."""

import ipaddress

import pytest

import permute
from expected import MODES, WITH_KEYS, WITHOUT_KEYS, table
from tshark import NAMES, TWO_PASSES, analyse

SETTINGS = {
    "TCP reassembly off": ["-o", "tcp.desegment_tcp_streams:FALSE"],
    "TLS reassembly off": ["-o", "tls.desegment_ssl_records:FALSE"],
    "TLS application data not reassembled": ["-o", "tls.desegment_ssl_application_data:FALSE"],
    "out-of-order reassembly on": ["-o", "tcp.reassemble_out_of_order:TRUE"],
    "absolute sequence numbers": ["-o", "tcp.relative_sequence_numbers:FALSE"],
    "TCP analysis off": ["-o", "tcp.analyze_sequence_numbers:FALSE"],
    "checksums verified": ["-o", "tcp.check_checksum:TRUE"],
    "subdissectors first": ["-o", "tcp.try_heuristic_first:TRUE"],
}

each_capture = pytest.mark.parametrize("name", NAMES)
each_setting = pytest.mark.parametrize("setting", SETTINGS)


@each_setting
@each_capture
def test_a_setting_changes_nothing_without_keys(
        name, setting, analyse_collection, expected_findings, expected_verdicts):
    analysis = analyse_collection(permute.unchanged, WITHOUT_KEYS, *TWO_PASSES, *SETTINGS[setting])[name]
    assert analysis.with_frames() == expected_findings(name, WITHOUT_KEYS)
    assert analysis.verdicts() == expected_verdicts(name, WITHOUT_KEYS)


@each_setting
@each_capture
def test_a_setting_with_which_wireshark_decrypts_less_leaves_what_is_said_without_keys(
        name, setting, analyse_collection, expected_findings, expected_verdicts):
    """With keys, each connection is judged as with them or as without: Wireshark may not have decrypted its alerts."""
    analysis = analyse_collection(permute.unchanged, WITH_KEYS, *TWO_PASSES, *SETTINGS[setting])[name]
    verdicts = {mode: expected_verdicts(name, mode) for mode in MODES}
    findings = {mode: expected_findings(name, mode) for mode in MODES}
    for connection in range(len(table()[name])):
        said = [row for row in analysis.with_frames() if row[0] == connection]
        assert said in [[row for row in findings[mode] if row[0] == connection] for mode in MODES]
        # The evidence may be of either kind, or a mixture.
        assert analysis.verdicts()[connection][:3] in [verdicts[mode][connection][:3] for mode in MODES]


@pytest.fixture(scope="module", name="named_hosts")
def hosts_file(make_collection, tmp_path_factory):
    """A hosts file in which each address of the collection has a name, "localhost" among them."""
    members = len(make_collection().members)
    lines = [f"{ipaddress.ip_address(0x0A000000 + number * 256 + host)} client.server.{number}.example\n"
             for number in range(members) for host in (1, 2)]
    path = tmp_path_factory.mktemp("names") / "hosts"
    path.write_text("".join(lines))
    return path


@pytest.fixture(scope="module", name="with_names")
def analysis_with_names(make_collection, named_hosts, connection_of):
    """What the plugin says with names instead of addresses and ports."""
    collection = make_collection()
    analysis = analyse(collection.path, *TWO_PASSES, "-N", "mnt", "-H", named_hosts)
    return collection.by_member(analysis, connection_of)


@each_capture
def test_name_resolution_changes_nothing(name, with_names, expected_findings, expected_verdicts):
    assert with_names[name].with_frames() == expected_findings(name, WITH_KEYS)
    assert with_names[name].verdicts() == expected_verdicts(name, WITH_KEYS)
