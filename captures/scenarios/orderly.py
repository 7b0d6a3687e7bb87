# SPDX-License-Identifier: GPL-2.0-or-later
"""Both sides send close_notify."""

import threading

from . import peers, servers, wire
from .lab import PORT, PROGRAMS
from .peers import answers_then, asks_then, close_bare, close_tls, pause, read_to_end
from .registry import scenario


@scenario("orderly-client-first-tls13")
def client_first_curl(lab):
    """curl reads the answer of HAProxy (TLS 1.3, 40 ms away): close_notify, FIN; HAProxy's close_notify gets a RST.

    The distance sees to it that curl has closed its socket before that arrives.
    """
    wire.Wire(delay=0.02)
    servers.haproxy(lab, address=wire.HERE)
    with wire.capture(lab):
        servers.curl(lab, url=f"https://{wire.THERE}/").must_have_printed("^hello$")


def quit_s_client(lab, tls, client_options=(), server_options=()):
    """openssl s_client says hello to s_server and quits: its close_notify comes first."""
    server = servers.s_server(lab, "-naccept", "1", *server_options, tls=tls)
    with lab.capture():
        client = servers.s_client(lab, *client_options, tls=tls)
        client.wait_for("Verification: OK")
        client.type("hello\n")
        server.wait_for("hello")
        client.type("Q\n")
        client.must_exit(0)
        server.must_exit(0)
    client.must_have_printed("DONE")
    server.must_have_printed("DONE")
    return client


@scenario("orderly-client-first-tls12", tls="1.2")
def client_first_openssl(lab, tls):
    """openssl s_client quits and closes first (TLS {tls}); s_server answers close_notify."""
    quit_s_client(lab, tls)


@scenario("orderly-tls10", tls="1.0")
def old_versions(lab, tls):
    """openssl s_client quits and closes first (TLS {tls}); s_server answers close_notify."""
    weak = ["-cipher", "DEFAULT@SECLEVEL=0"]
    client = quit_s_client(lab, tls, weak, weak)
    client.must_have_printed(rf"Protocol version: TLSv1(\.{tls[-1]})?\n")


@scenario("ccm8-tls13", tls="1.3", option="-ciphersuites", suite="TLS_AES_128_CCM_8_SHA256")
@scenario("ccm8-tls12", tls="1.2", option="-cipher", suite="ECDHE-ECDSA-AES128-CCM8@SECLEVEL=0")
def short_tag(lab, tls, option, suite):
    """openssl s_client quits and closes first, with a suite whose tag is of 8 octets (TLS {tls})."""
    # In TLS 1.3 the security level comes with the other list of suites.
    options = [option, suite] + (["-cipher", "DEFAULT@SECLEVEL=0"] if tls == "1.3" else [])
    client = quit_s_client(lab, tls, options, options)
    client.must_have_printed("Ciphersuite: .*CCM_?8")


@scenario("orderly-server-first-tls13")
def server_first_go(lab):
    """A Go server answers and closes first (TLS 1.3); curl reads to the end and answers close_notify."""
    peer = lab.compile("peer.go")
    wire.Wire()
    server = lab.start_server("server", peer, "serve", "-address", f"{wire.HERE}:{PORT}", "-cert",
                              lab.certificate("server.pem"), "-key", lab.certificate("server.key"))
    with wire.capture(lab):
        servers.curl(lab, url=f"https://{wire.THERE}/").must_have_printed("^hello$")
        server.must_exit(0)
    server.must_have_printed("close: <nil>")


@scenario("orderly-server-first-tls12")
def server_first_gnutls(lab):
    """A GnuTLS server answers and closes first (gnutls_bye both ways, TLS 1.2); curl answers close_notify."""
    server = servers.gnutls_server(lab, "1.2", "read", "send", "bye")
    with lab.capture():
        servers.curl(lab).must_have_printed("^hello$")
        server.must_exit(0)
    server.must_have_printed("bye: ok")


@scenario("crossing-tls13", tls="1.3")
def crossing(lab, tls):
    """Both ends close at the same moment, 40 ms away (Python, TLS {tls}); neither has seen the other do it."""
    wire.Wire(delay=0.02)
    moment = threading.Barrier(2)

    def close_at_the_moment(connection):
        pause(0.2)(connection)
        moment.wait()
        return close_tls(connection)

    with wire.capture(lab):
        server = peers.serve(lab, answers_then(close_at_the_moment), tls, address=wire.HERE)
        client = peers.client(lab, asks_then(close_at_the_moment), tls, address=wire.THERE)
        client.must_report("^closed by close_notify both ways$")
        server.must_report("^closed by close_notify both ways$")


@scenario("orderly-java-tls13")
def java(lab):
    """A Java client closes first: user_canceled, close_notify, FIN (TLS 1.3); Python answers close_notify."""
    with lab.capture():
        server = peers.serve(lab, answers_then(read_to_end, close_tls))
        client = lab.run("client", "java", PROGRAMS / "Peer.java", lab.certificate("ca.pem"), "TLSv1.3", "ask",
                         timeout=30)
        server.must_report("^closed by close_notify both ways$")
    client.must_have_printed(r"read \d+ octets\nclosed")


@scenario("orderly-nss-tls13")
def nss(lab):
    """NSS at both ends (tstclnt and selfserv, TLS 1.3): the server answers and closes first."""
    database = servers.nss_database(lab)
    lab.start_server("selfserv", "selfserv", "-d", database, "-n", "localhost", "-p", str(PORT), "-V", "tls1.3:tls1.3")
    request = lab.file("request", "GET / HTTP/1.0\r\n\r\n")
    wire.Wire()
    with wire.capture(lab):
        client = lab.run("tstclnt", "tstclnt", "-h", wire.THERE, "-p", str(PORT), "-d", database, "-4",
                         "-V", "tls1.3:tls1.3", "-A", request)
    client.must_have_printed("HTTP/1.0 200 OK")


@scenario("orderly-mbedtls-tls12")
def mbedtls(lab):
    """mbedTLS at both ends (TLS 1.2): the server answers and closes first, the client answers close_notify."""
    program = lab.compile("mbedtls_peer.c", "-lmbedtls", "-lmbedx509", "-lmbedcrypto")
    server = lab.start_server("server", program, "server", lab.certificate("server.pem"),
                              lab.certificate("server.key"), "read", "send", "close-notify", "read")
    with lab.capture():
        client = lab.run("client", program, "client", lab.certificate("ca.pem"), "-", "send", "read", "read",
                         "close-notify")
        server.must_exit(0)
    client.must_have_printed("read: ok\nread: -0x7880\nclose-notify: ok")  # MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY
    server.must_have_printed("close-notify: ok")


@scenario("ipv6-tls13")
def ipv6(lab):
    """A Python client and HAProxy over IPv6 (TLS 1.3): the client closes first, HAProxy answers close_notify."""
    servers.haproxy(lab, address="[::1]")
    with lab.capture():
        client = peers.client(lab, asks_then(close_tls), address="::1")
        client.must_report("^closed by close_notify both ways$")


@scenario("early-data-tls13")
def early_data(lab):
    """openssl s_client resumes a session and sends early data (TLS 1.3), then closes first; s_server answers."""
    server = servers.s_server(lab, "-early_data")
    session = lab.directory / "session.pem"
    first = servers.s_client(lab, "-sess_out", session, name="first")
    first.wait_for("Verification: OK")
    first.type("hello\n")
    server.wait_for("hello")
    server.type("welcome\n")  # after the session tickets, so the client has them when it has read this
    first.wait_for("welcome")
    first.type("Q\n")
    first.must_exit(0)
    with lab.capture():
        second = servers.s_client(lab, "-sess_in", session, "-early_data", lab.file("early", "early request\n"),
                                  name="second")
        server.wait_for("early request")
        second.wait_for("CONNECTION ESTABLISHED")
        second.type("Q\n")
        second.must_exit(0)
    server.must_have_printed("Early data received")


@scenario("client-certificate-tls13", tls="1.3")
def client_certificate(lab, tls):
    """nginx asks for a client certificate (TLS {tls}), curl has a good one; curl closes first, nginx just ends."""
    servers.nginx(lab, tls, f"ssl_client_certificate {lab.certificate('ca.pem')}; ssl_verify_client on;")
    with lab.capture():
        client = servers.curl(lab, "--cert", lab.certificate("client.pem"), "--key", lab.certificate("client.key"))
    client.must_have_printed("^hello$")


@scenario("late-close-notify-tls12")
def late_close_notify(lab):
    """A Python server answers and closes the socket right after its close_notify; the client's comes later (TLS 1.2).

    It meets a closed socket, which answers with a RST: harmless.
    """
    with lab.capture():
        server = peers.serve(lab, answers_then(peers.send_close_notify, close_bare), "1.2")
        client = peers.client(lab, asks_then(pause(0.3), read_to_end, close_tls), "1.2")
        server.must_report("^closed")
        client.must_report("^closed by close_notify both ways$")


def shake_hands_again(connection, context, **role):
    """Close TLS by close_notify both ways, then start TLS anew on the same socket."""
    plain = connection.unwrap()
    return context.wrap_socket(plain, **role)


@scenario("two-tls-on-one-tcp", tls="1.3")
def two_on_one(lab, tls):
    """Two TLS connections ({tls}), one after the other, on one TCP connection; both end by close_notify both ways."""
    def server_part(connection):
        peers.answer(connection)
        read_to_end(connection)
        second = shake_hands_again(connection, peers.server_context(lab, tls), server_side=True)
        peers.answer(second)
        read_to_end(second)
        return close_tls(second)

    def client_part(connection):
        peers.ask(connection)
        second = shake_hands_again(connection, peers.client_context(lab, tls), server_hostname="localhost")
        peers.ask(second)
        return close_tls(second)

    with lab.capture():
        server = peers.serve(lab, server_part, tls)
        client = peers.client(lab, client_part, tls)
        client.must_report("^closed by close_notify both ways$")
        server.must_report("^closed by close_notify both ways$")


@scenario("cleartext-after-both-tls12")
def cleartext_after_both(lab):
    """Both ends close TLS 1.2 by close_notify and go on in clear text on the same TCP connection."""
    def server_part(connection):
        peers.answer(connection)
        read_to_end(connection)
        plain = connection.unwrap()
        request = plain.recv(4096)
        plain.sendall(b"220 now in the clear\r\n")
        plain.close()
        return request.decode()

    def client_part(connection):
        peers.ask(connection)
        plain = connection.unwrap()
        plain.sendall(b"HELO localhost\r\n")
        reply = plain.recv(4096)
        plain.close()
        return reply.decode()

    with lab.capture():
        server = peers.serve(lab, server_part, "1.2")
        client = peers.client(lab, client_part, "1.2")
        client.must_report("^220 now in the clear")
        server.must_report("^HELO localhost")
