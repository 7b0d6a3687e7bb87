# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections that end by a FIN without close_notify, at the end of a record or within one."""

from . import peers, relay, servers
from .peers import answers_then, asks_then, close_bare, read_to_end
from .registry import scenario


@scenario("server-bare-fin-tls13")
def server_bare_fin_curl(lab):
    """A Python server answers and closes without close_notify (TLS 1.3); curl takes that as the end."""
    with lab.capture():
        server = peers.serve(lab, answers_then(close_bare), "1.3")
        servers.curl(lab).must_have_printed("^hello$")
        server.must_report("^closed without close_notify$")


@scenario("server-bare-fin-tls12")
def server_bare_fin_openssl(lab):
    """A Python server answers and closes without close_notify (TLS 1.2); openssl s_client takes that as an error."""
    with lab.capture():
        server = peers.serve(lab, answers_then(close_bare), "1.2")
        client = servers.s_client(lab, "-ign_eof", tls="1.2")
        client.wait_for("Verification: OK")
        client.type("GET /\n")
        client.must_exit(1)
        server.must_report("^closed without close_notify$")
    client.must_have_printed("unexpected eof while reading")


def cut_by_relay(lab, tls, end):
    """A server whose answer is one large record, a relay that ends by END within it, and curl; returns curl."""
    long_answer = peers.ANSWER + b"x" * (2 * relay.CUT_OVER)

    def answer_long(connection):
        peers.answer(connection, long_answer)
        return peers.read_to_end(connection)

    peers.serve(lab, answer_long, tls, port=relay.UPSTREAM_PORT, name="origin")
    with lab.capture():
        middle = relay.start(lab, end)
        client = lab.start("curl", "curl", "-sS", "-4", "--cacert", lab.certificate("ca.pem"), "https://localhost/")
        client.status()
        middle.must_report("^cut after [0-9]+ of [0-9]+ octets$")
    return client


@scenario("truncated-tls13", tls="1.3")
@scenario("truncated-tls12", tls="1.2")
def truncated(lab, tls):
    """A TCP relay passes on half a record of the server and ends by a FIN (TLS {tls}); curl notices."""
    client = cut_by_relay(lab, tls, relay.end_with_fin)
    client.must_exit(52)
    client.must_have_printed("Empty reply from server")


@scenario("server-bare-fin-wget-tls12")
def server_bare_fin_wget(lab):
    """A Python server answers without length and closes without close_notify (TLS 1.2); wget takes that as an error."""
    with lab.capture():
        server = peers.serve(lab, answers_then(close_bare), "1.2")
        client = servers.wget(lab, status=4)
        server.must_report("^closed without close_notify$")
    client.must_have_printed("The TLS connection was non-properly terminated")


@scenario("client-bare-fin-tls13")
def client_bare_fin_wget(lab):
    """wget reads the whole answer of HAProxy and ends by a bare FIN (TLS 1.3); HAProxy answers close_notify."""
    servers.haproxy(lab)
    with lab.capture():
        servers.wget(lab, "-nv").must_have_printed("^hello\n")


@scenario("client-bare-fin-tls12")
def client_bare_fin_python(lab):
    """A Python client reads the answer and closes the socket (TLS 1.2); the strict Python server answers decode_error.

    That meets a closed socket, which answers with a RST.
    """
    with lab.capture():
        server = peers.serve(lab, answers_then(read_to_end), "1.2", strict=True)
        client = peers.client(lab, asks_then(close_bare), "1.2")
        client.must_report("^closed without close_notify$")
        server.must_report("UNEXPECTED_EOF_WHILE_READING")


@scenario("server-killed-tls13")
def server_killed(lab):
    """openssl s_server is killed in the middle of a conversation (TLS 1.3); gnutls-cli misses the close_notify."""
    server = servers.s_server(lab)
    with lab.capture():
        client = servers.gnutls_client(lab)
        client.wait_for("Handshake was completed")
        client.type("hello\n")
        server.wait_for("hello")
        server.type("welcome\n")
        client.wait_for("welcome")
        server.kill()
        client.must_exit(1)
    client.must_have_printed("The TLS connection was non-properly terminated")


@scenario("client-killed-tls12")
def client_killed(lab):
    """openssl s_client is killed while the server has the word (TLS 1.2); s_server reports an unexpected end."""
    server = servers.s_server(lab, "-naccept", "1", tls="1.2")
    with lab.capture():
        client = servers.s_client(lab, tls="1.2")
        client.wait_for("Verification: OK")
        client.type("hello\n")
        server.wait_for("hello")
        server.type("welcome\n")
        client.wait_for("welcome")
        client.kill()
        server.must_exit(0)
    server.must_have_printed("unexpected eof while reading")


@scenario("bare-fin-answered-tls13", tls="1.3")
def bare_fin_answered(lab, tls):
    """A Python client asks and sends FIN without close_notify (TLS {tls}); the server answers and does the same."""
    def ask_and_shut(connection):
        connection.sendall(peers.REQUEST)
        peers.shut_bare(connection)
        return read_to_end(connection)

    def answer_after_end(connection):
        read_to_end(connection)
        connection.sendall(peers.ANSWER)
        return close_bare(connection)

    with lab.capture():
        server = peers.serve(lab, answer_after_end, context=peers.server_context(lab, tls, tolerant=True))
        client = peers.client(lab, ask_and_shut, tls)
        client.must_report("^read 25 octets, then the end$")
        server.must_report("^closed without close_notify$")


@scenario("truncated-reset-tls13", tls="1.3")
def truncated_by_reset(lab, tls):
    """A TCP relay passes on half a record of the server and ends by a RST (TLS {tls}); curl notices."""
    client = cut_by_relay(lab, tls, relay.end_with_reset)
    client.must_exit(56)
    client.must_have_printed("Connection reset by peer")
