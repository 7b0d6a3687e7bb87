# SPDX-License-Identifier: GPL-2.0-or-later
"""Ends that go on after they have said that they would not, in ways that few stacks allow."""

from . import peers, servers
from .peers import ask, close_bare, pause, read_to_end
from .registry import scenario

CLOSE_NOTIFY, USER_CANCELED, INTERNAL_ERROR = "alert:1:0", "alert:1:90", "alert:2:80"


def read_late(connection, close=peers.close_tls):
    """A client that asks, reads everything only when it has arrived, and closes."""
    ask(connection)
    pause(0.7)(connection)
    report = read_to_end(connection)
    close(connection)
    return report


def gnutls_goes_on(lab, tls, *actions, handler=read_late):
    """A GnuTLS server reads the request and does the actions, while a Python client reads; returns the client."""
    server = servers.gnutls_server(lab, tls, "read", *actions)
    with lab.capture():
        client = peers.client(lab, handler, tls)
        client.report()
        server.must_exit(0)
    for action in actions:
        server.must_have_printed(f"{action}: ok")
    return client


@scenario("data-after-close-notify-tls13", tls="1.3")
def data_after_close_notify(lab, tls):
    """A GnuTLS server answers, sends close_notify, and sends more data (TLS {tls}), which Python never sees."""
    client = gnutls_goes_on(lab, tls, "send", CLOSE_NOTIFY, "pause", "send")
    client.must_report("^read 0 octets, then the end$")


@scenario("data-after-close-notify-tls12")
def data_after_close_notify_mbedtls(lab):
    """An mbedTLS server answers, sends close_notify, and sends more data (TLS 1.2), which Python never sees."""
    program = lab.compile("mbedtls_peer.c", "-lmbedtls", "-lmbedx509", "-lmbedcrypto")
    server = lab.start_server("server", program, "server", lab.certificate("server.pem"),
                              lab.certificate("server.key"), "read", "send", "close-notify", "send", "pause")
    with lab.capture():
        client = peers.client(lab, read_late, "1.2")
        client.must_report("^read 0 octets, then the end$")
        server.must_exit(0)
    server.must_have_printed("close-notify: ok\nsend: ok")


@scenario("tickets-after-close-notify-tls13")
def tickets_after_close_notify(lab):
    """A GnuTLS server answers, sends close_notify, and sends a session ticket after it (TLS 1.3)."""
    client = gnutls_goes_on(lab, "1.3", "send", CLOSE_NOTIFY, "ticket", "pause")
    client.must_report("^read 0 octets, then the end$")


@scenario("data-after-fatal-alert-tls13", tls="1.3")
@scenario("data-after-fatal-alert-tls12", tls="1.2")
def data_after_fatal_alert(lab, tls):
    """A GnuTLS server answers, sends a fatal internal_error, and sends more data (TLS {tls})."""
    client = gnutls_goes_on(lab, tls, "send", INTERNAL_ERROR, "send", "pause")
    client.must_report("ALERT_INTERNAL_ERROR")


@scenario("warning-then-data-tls12")
def warning_then_data(lab):
    """A GnuTLS server answers, sends the warning user_canceled, more data, and closes by close_notify (TLS 1.2)."""
    client = gnutls_goes_on(lab, "1.2", "send", USER_CANCELED, "send", "bye")
    client.must_report("^read 25 octets, then the end$")


@scenario("warning-then-data-bare-fin-tls12")
def warning_then_data_bare_fin(lab):
    """A GnuTLS server answers, sends the warning user_canceled, more data, and ends by a bare FIN (TLS 1.2)."""
    client = gnutls_goes_on(lab, "1.2", "send", USER_CANCELED, "send",
                            handler=lambda connection: read_late(connection, close_bare))
    client.must_report("^read 25 octets, then the end$")


@scenario("cleartext-after-one-tls12", tls="1.2")
@scenario("cleartext-after-one-tls13", tls="1.3")
def cleartext_after_one(lab, tls):
    """A GnuTLS server answers, sends close_notify (TLS {tls}), and goes on in clear text; the client did not close."""
    def read_and_leave(connection):
        ask(connection)
        pause(0.4)(connection)
        return close_bare(connection)

    server = servers.gnutls_server(lab, tls, "read", "send", "bye-write", "clear", "pause", "pause", "pause")
    with lab.capture():
        client = peers.client(lab, read_and_leave, tls)
        client.must_report("^closed")
        server.must_exit(0)
    server.must_have_printed("bye-write: ok\nclear: ok")
