# SPDX-License-Identifier: GPL-2.0-or-later
"""Handshakes that do not complete, and clients that a server refuses right after."""

import socket

from . import peers, servers
from .lab import PROGRAMS
from .registry import scenario


def refuse(lab, close, tls, message):
    """A TCP server reads the ClientHello and closes; curl fails."""
    def handler(connection):
        connection.recv(4096)
        return close(connection)

    with lab.capture():
        server = peers.serve_tcp(lab, handler)
        client = servers.curl(lab, "--tlsv1.2", "--tls-max", tls, status=35)
        server.must_report("^closed")
    client.must_have_printed(message)


@scenario("refused-fin-tls13", tls="1.3")
def refused_fin(lab, tls):
    """A server reads the ClientHello (TLS {tls}) and closes by a FIN without a word; curl fails."""
    refuse(lab, peers.close_bare, tls, "SSL_ERROR_SYSCALL|unexpected eof")


@scenario("refused-reset-tls12", tls="1.2")
def refused_reset(lab, tls):
    """A server reads the ClientHello (TLS {tls}) and resets without a word; curl fails."""
    refuse(lab, peers.close_reset, tls, "Connection reset by peer")


NOT_TLS = "first record does not look like a TLS handshake"


@scenario("refused-plain-http")
def refused_plain_http(lab):
    """A Go client speaks TLS to an HTTP server without TLS, which answers 400 in clear text and closes."""
    def bad_request(connection):
        connection.recv(4096)
        # One segment for the answer and the FIN: else the client might close in between.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        return peers.close_bare(connection)

    peer = lab.compile("peer.go")
    with lab.capture():
        server = peers.serve_tcp(lab, bad_request)
        lab.run("client", peer, "ask", "-ca", lab.certificate("ca.pem"), status=1).must_have_printed(NOT_TLS)
        server.must_report("^closed")


@scenario("refused-plain-smtp")
def refused_plain_smtp(lab):
    """A Go client speaks TLS to an SMTP server without TLS, which greets in clear text; the client closes."""
    def greet(connection):
        connection.sendall(b"220 localhost ESMTP\r\n")
        return peers.read_to_end(connection)

    peer = lab.compile("peer.go")
    with lab.capture(465):
        server = peers.serve_tcp(lab, greet, 465)
        lab.run("client", peer, "ask", "-address", "127.0.0.1:465", "-ca", lab.certificate("ca.pem"),
                status=1).must_have_printed(NOT_TLS)
        server.must_report("then the end$")


@scenario("client-gives-up")
def client_gives_up(lab):
    """A server reads the ClientHello and says nothing; curl gives up after a second by a FIN."""
    def stay_silent(connection):
        connection.recv(4096)
        return peers.read_to_end(connection)

    with lab.capture():
        server = peers.serve_tcp(lab, stay_silent)
        client = servers.curl(lab, "--max-time", "1", status=28)
        server.must_report("^read 0 octets, then the end$")
    client.must_have_printed("timed out")


@scenario("alert-handshake-failure-tls12")
def alert_handshake_failure(lab):
    """openssl s_client offers one cipher suite (TLS 1.2), s_server has another only: fatal handshake_failure."""
    server = servers.s_server(lab, "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384", "-naccept", "1", tls="1.2")
    with lab.capture():
        client = servers.s_client(lab, "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", tls="1.2")
        client.must_exit(1)
    client.must_have_printed("SSL alert number 40")
    server.must_have_printed("no shared cipher")


@scenario("alert-protocol-version")
def alert_protocol_version(lab):
    """openssl s_client wants TLS 1.2 only, s_server TLS 1.3 only: fatal protocol_version."""
    server = servers.s_server(lab, "-naccept", "1", tls="1.3")
    with lab.capture():
        client = servers.s_client(lab, tls="1.2")
        client.must_exit(1)
    client.must_have_printed("SSL alert number 70")
    server.must_have_printed("unsupported protocol")


@scenario("unknown-ca-curl-tls13", tls="1.3")
@scenario("unknown-ca-curl-tls12", tls="1.2")
def unknown_authority_curl(lab, tls):
    """curl does not know the authority of HAProxy's certificate (TLS {tls}): fatal unknown_ca."""
    servers.haproxy(lab, tls)
    with lab.capture():
        client = lab.run("curl", "curl", "-sS", "-4", "https://localhost/", status=60)
    client.must_have_printed("unable to get local issuer certificate")


@scenario("bad-certificate-go-tls13")
def unknown_authority_go(lab):
    """A Go client does not know the authority of s_server's certificate (TLS 1.3): fatal bad_certificate, encrypted."""
    peer = lab.compile("peer.go")
    server = servers.s_server(lab, "-naccept", "1")
    with lab.capture():
        client = lab.run("client", peer, "ask", "-keylog", lab.keylog, status=1)
        server.must_exit(0)
    client.must_have_printed("certificate signed by unknown authority")
    server.must_have_printed("SSL alert number 42")


@scenario("certificate-required-tls13", tls="1.3", alert=116)
@scenario("certificate-required-tls12", tls="1.2", alert=40)
def certificate_missing(lab, tls, alert):
    """s_server requires a client certificate (TLS {tls}), s_client has none: fatal alert {alert} of the server."""
    server = servers.s_server(lab, "-Verify", "1", "-verify_return_error", "-CAfile", lab.certificate("ca.pem"),
                              "-naccept", "1", tls=tls)
    with lab.capture():
        client = servers.s_client(lab, "-ign_eof", tls=tls)
        client.must_exit(1)
    client.must_have_printed(f"SSL alert number {alert}")
    server.must_have_printed("peer did not return a certificate")


@scenario("client-certificate-refused-tls13", tls="1.3")
@scenario("client-certificate-refused-tls12", tls="1.2")
def certificate_refused(lab, tls):
    """s_server does not know the authority of s_client's certificate (TLS {tls}): fatal unknown_ca of the server."""
    server = servers.s_server(lab, "-Verify", "1", "-verify_return_error", "-CAfile", lab.certificate("ca.pem"),
                              "-naccept", "1", tls=tls)
    with lab.capture():
        client = servers.s_client(lab, "-ign_eof", "-cert", lab.certificate("intruder.pem"), "-key",
                                  lab.certificate("intruder.key"), tls=tls)
        client.must_exit(1)
    client.must_have_printed("SSL alert number 48")
    server.must_have_printed("certificate verify failed")


@scenario("close-notify-in-handshake")
def close_notify_in_handshake(lab):
    """A Java client closes while the server still owes its ServerHello: close_notify in the clear."""
    def stay_silent(connection):
        connection.recv(4096)
        return peers.read_to_end(connection)

    with lab.capture():
        server = peers.serve_tcp(lab, stay_silent)
        client = lab.run("client", "java", PROGRAMS / "Peer.java", lab.certificate("ca.pem"), "TLSv1.3", "stalled",
                         timeout=30)
        server.must_report("then the end$")
    client.must_have_printed("closed")
