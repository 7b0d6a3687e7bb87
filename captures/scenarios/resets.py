# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections in which a RST plays a part."""

from . import peers, servers, wire
from .peers import answers_then, asks_then, close_bare, close_reset, pause, read_to_end
from .registry import scenario

# How Python reports a RST: while it reads, or while it waits for something to read.
RESET_SEEN = "^ConnectionResetError|^SSLEOFError: EOF occurred in violation of protocol"


@scenario("server-reset-tls13", tls="1.3")
@scenario("server-reset-tls12", tls="1.2")
def server_reset(lab, tls):
    """A Python server answers and resets (SO_LINGER 0, TLS {tls}); openssl s_client had been waiting for more."""
    with lab.capture():
        server = peers.serve(lab, answers_then(pause(0.3), close_reset), tls)
        client = servers.s_client(lab, "-ign_eof", tls=tls)
        client.wait_for("Verification: OK")
        client.type("GET /\n")
        client.must_exit(104)  # ECONNRESET
        server.must_report("^closed by a reset$")
    client.must_have_printed("^hello\n|\nhello\n")


@scenario("client-reset-tls12")
def client_reset(lab):
    """A Python client reads the answer and resets (SO_LINGER 0, TLS 1.2); the server had been waiting."""
    with lab.capture():
        server = peers.serve(lab, answers_then(read_to_end), "1.2", strict=True)
        client = peers.client(lab, asks_then(pause(0.1), close_reset), "1.2")
        client.must_report("^closed by a reset$")
        server.must_report(RESET_SEEN)


@scenario("unread-tickets-tls13")
def unread_tickets(lab):
    """A Python client sends and closes without reading (TLS 1.3): the unread session tickets turn FIN into RST."""
    def send_only(connection):
        connection.sendall(peers.REQUEST)
        pause(0.2)(connection)
        return close_bare(connection)

    with lab.capture():
        server = peers.serve(lab, read_to_end, strict=True)
        client = peers.client(lab, send_only)
        client.must_report("^closed without close_notify$")
        server.must_report(RESET_SEEN)


@scenario("unread-request-tls12")
def unread_request(lab):
    """A Python server answers the first of two requests and closes (TLS 1.2): the unread second makes it a RST."""
    def ask_twice(connection):
        connection.sendall(peers.REQUEST)
        connection.sendall(peers.REQUEST)
        pause(0.5)(connection)
        return read_to_end(connection)

    with lab.capture():
        server = peers.serve(lab, lambda connection: (pause(0.2)(connection), answers_then(close_bare)(connection))[1],
                             "1.2")
        client = peers.client(lab, ask_twice, "1.2", strict=True)
        server.must_report("^closed without close_notify$")
        client.must_report(RESET_SEEN)


def read_and_linger(connection):
    """Read to the end, and leave the socket open for a while, so that the client's RST comes before a FIN."""
    report = read_to_end(connection)
    pause(0.5)(connection)
    return report


def hasty_client(lab, *options):
    """A Go client that asks and closes without reading anything; with TLS 1.3 session tickets are left unread."""
    return [lab.compile("peer.go"), "hasty", "-ca", lab.certificate("ca.pem"), "-keylog", lab.keylog, *options]


@scenario("rst-after-close-notify-tls13")
def rst_after_close_notify(lab):
    """A Go client sends, waits, sends close_notify and closes (TLS 1.3): unread session tickets turn FIN into RST."""
    command = hasty_client(lab, "-pause", "200ms")
    with lab.capture():
        server = peers.serve(lab, read_and_linger, strict=True)
        lab.run("client", *command).must_have_printed("close: <nil>")
        server.must_report("^read 18 octets, then the end$")


@scenario("rst-after-close-notify-lost-tls13")
def rst_after_close_notify_lost(lab):
    """As rst-after-close-notify-tls13, but on a path of 40 ms and at once: what it sent is not yet acknowledged."""
    command = hasty_client(lab, "-address", f"{wire.THERE}:443")
    wire.Wire(delay=0.02)
    with wire.capture(lab):
        server = peers.serve(lab, read_and_linger, address=wire.HERE, strict=True)
        lab.run("client", *command).must_have_printed("close: <nil>")
        server.must_report("^read 18 octets, then the end$|" + RESET_SEEN)


@scenario("rst-after-fin-lost-tls13")
def rst_after_fin_lost(lab):
    """A Python server answers and ends by a bare FIN (TLS 1.3); the client asks once more and gets a RST."""
    def ask_again(connection):
        pause(0.3)(connection)
        connection.sendall(peers.REQUEST)
        pause(0.2)(connection)
        return read_to_end(connection)

    with lab.capture():
        server = peers.serve(lab, answers_then(close_bare))
        client = peers.client(lab, asks_then(ask_again), strict=True)
        server.must_report("^closed without close_notify$")
        client.must_report("UNEXPECTED_EOF_WHILE_READING|" + RESET_SEEN)
