# SPDX-License-Identifier: GPL-2.0-or-later
"""Idle timeouts: a connection that is kept for the next request, which never comes."""

from . import peers, servers, wire
from .lab import PORT, PROGRAMS
from .registry import scenario


def go_pool(lab, address="127.0.0.1"):
    """The arguments of a Go client that keeps its connection in the pool of net/http until the server ends it."""
    return [lab.compile("peer.go"), "pool", "-ca", lab.certificate("ca.pem"), "-keylog", lab.keylog, "-address",
            f"{address}:{PORT}"]


@scenario("idle-proxy-tls13")
def idle_haproxy(lab):
    """HAProxy closes an idle TLS 1.3 connection after 60 s: close_notify, FIN; the client answers close_notify.

    The client is Go's net/http, which keeps the connection in its pool. It is 40 ms away, so its close_notify always
    meets a closed socket, which answers with a RST.
    """
    command = go_pool(lab, wire.THERE)
    wire.Wire()
    servers.haproxy(lab, "1.3", keep_alive="60s", address=wire.HERE)
    with wire.capture(lab):
        client = lab.run("client", *command, timeout=70)
    client.must_have_printed(r"200 OK\n(.*\n)*read: EOF after 60\.\d s")
    client.must_have_printed(r"close: <nil>")


@scenario("idle-proxy-tls12")
def idle_nginx(lab):
    """nginx closes an idle TLS 1.2 connection after 5 s: close_notify, FIN; Node.js answers close_notify."""
    wire.Wire()
    servers.nginx(lab, "1.2", "keepalive_timeout 5s;", address=wire.HERE)
    with wire.capture(lab):
        client = lab.run("client", "node", f"--tls-keylog={lab.keylog}", PROGRAMS / "pool.js",
                         lab.certificate("ca.pem"), wire.THERE)
    client.must_have_printed(r"status 200")
    client.must_have_printed(r"end after 5\.\d s")
    client.must_have_printed(r"closed, error: false")


@scenario("idle-node-bare-fin-tls13")
def idle_node(lab):
    """A Node.js https server closes an idle TLS 1.3 connection after 2 s by a bare FIN; Go answers close_notify."""
    command = go_pool(lab)
    lab.start_server("node", "node", PROGRAMS / "idle_server.js", lab.certificate("server.pem"),
                     lab.certificate("server.key"))
    with lab.capture():
        client = lab.run("client", *command)
    client.must_have_printed(r"200 OK\n(.*\n)*read: EOF after [2-4]\.\d s")


@scenario("idle-stunnel-reset-tls13")
def idle_stunnel(lab):
    """stunnel resets an idle TLS 1.3 connection after 2 s; openssl s_client had been waiting."""
    peers.serve_tcp(lab, peers.answers_then(peers.read_to_end), port=8080, name="backend")
    configuration = f"""
foreground = yes
pid =
syslog = no
[tls]
accept = 127.0.0.1:{PORT}
connect = 127.0.0.1:8080
cert = {lab.certificate("server.both.pem")}
TIMEOUTidle = 2
TIMEOUTclose = 0
debug = info
"""
    server = lab.start_server("stunnel", "stunnel4", lab.file("stunnel.conf", configuration))
    with lab.capture():
        client = servers.s_client(lab, "-ign_eof")
        client.wait_for("Verification: OK")
        client.type("GET /\n")
        client.must_exit(104)
    server.must_have_printed("TIMEOUTidle exceeded: sending reset")


@scenario("idle-race-tls12")
def idle_race(lab):
    """nginx closes an idle TLS 1.2 connection after 1 s; the client sends its next request before it reads that.

    The request meets a closed socket, which answers with a RST.
    """
    def ask_too_late(connection):
        peers.ask(connection)
        peers.pause(1.5)(connection)
        connection.sendall(peers.REQUEST)
        return peers.read_to_end(connection)

    servers.nginx(lab, "1.2", "keepalive_timeout 1s;")
    with lab.capture():
        client = peers.client(lab, ask_too_late, "1.2")
        client.must_report("ConnectionResetError|read 0 octets")
