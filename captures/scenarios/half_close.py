# SPDX-License-Identifier: GPL-2.0-or-later
"""One side sends close_notify and the other goes on, or never sends its own."""

from . import peers, servers
from .peers import answers_then, asks_then, close_bare, pause, read_to_end, send_close_notify
from .registry import scenario


@scenario("one-sided-nginx-tls13", tls="1.3")
@scenario("one-sided-nginx-tls12", tls="1.2")
def one_sided(lab, tls):
    """curl closes first (TLS {tls}); nginx ends without a close_notify of its own."""
    servers.nginx(lab, tls)
    with lab.capture():
        servers.curl(lab).must_have_printed("^hello$")


@scenario("one-sided-gnutls-tls12")
def one_sided_gnutls(lab):
    """A GnuTLS server answers and closes first (TLS 1.2); gnutls-cli ends without a close_notify of its own."""
    server = servers.gnutls_server(lab, "1.2", "read", "send", "bye")
    with lab.capture():
        client = servers.gnutls_client(lab)
        client.wait_for("Handshake was completed")
        client.type("GET / HTTP/1.0\n")
        client.must_exit(0)
        server.must_exit(0)
    client.must_have_printed("Peer has closed the GnuTLS connection")


@scenario("half-close-tls13", tls="1.3")
@scenario("half-close-tls12", tls="1.2")
def half_close(lab, tls):
    """A Go client asks and sends close_notify (CloseWrite, TLS {tls}); the Go server then answers and closes."""
    peer = lab.compile("peer.go")
    server = lab.start_server("server", peer, "late", "-tls", tls, "-cert", lab.certificate("server.pem"), "-key",
                              lab.certificate("server.key"))
    with lab.capture():
        client = lab.run("client", peer, "half", "-tls", tls, "-ca", lab.certificate("ca.pem"), "-keylog", lab.keylog)
        server.must_exit(0)
    server.must_have_printed("error: <nil>\nwrite: <nil>\nwrite: <nil>\nclose: <nil>")
    client.must_have_printed(r"close write: <nil>\nread 50 octets, error: <nil>\nclose: <nil>")


@scenario("half-close-bare-fin-tls13", tls="1.3")
@scenario("half-close-bare-fin-tls12", tls="1.2")
def half_close_bare_fin(lab, tls):
    """A Go client asks and sends close_notify (TLS {tls}); the Python server answers and ends by a bare FIN."""
    def answer_after_end(connection):
        read_to_end(connection)
        connection.sendall(peers.ANSWER)
        return close_bare(connection)

    peer = lab.compile("peer.go")
    with lab.capture():
        server = peers.serve(lab, answer_after_end, tls)
        client = lab.run("client", peer, "half", "-tls", tls, "-ca", lab.certificate("ca.pem"), "-keylog", lab.keylog)
        server.must_report("^closed without close_notify$")
    client.must_have_printed(r"read 25 octets, error: <nil>\nclose: <nil>")


@scenario("half-close-reset-tls13", tls="1.3")
@scenario("half-close-reset-tls12", tls="1.2")
def half_close_reset(lab, tls):
    """A Python client reads one answer, sends close_notify and closes (TLS {tls}); the server goes on: RST."""
    def go_on(connection):
        read_to_end(connection)
        pause(0.2)(connection)
        connection.sendall(peers.ANSWER)
        pause(0.2)(connection)
        connection.sendall(peers.ANSWER)

    with lab.capture():
        server = peers.serve(lab, answers_then(go_on), tls)
        client = peers.client(lab, asks_then(send_close_notify, close_bare), tls)
        client.must_report("^closed")
        server.must_report("BrokenPipeError|ConnectionResetError|SSLZeroReturnError")
