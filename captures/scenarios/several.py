# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of several connections."""

import threading

from . import peers, servers
from .lab import PORT
from .peers import answers_then, ask, asks_then, close_bare, close_reset, close_tls, pause, read_to_end
from .registry import scenario
from .starttls import smtp_without_tls

OPEN_PORT, BARE_PORT, RESET_PORT, HTTP_PORT, SMTP_PORT = 8443, 9443, 10443, 80, 25


@scenario("several-orderly-tls13")
def several_orderly(lab):
    """Three Python clients ask HAProxy (TLS 1.3), two of them at the same time, and close first: nothing wrong."""
    servers.haproxy(lab)
    with lab.capture():
        first = peers.client(lab, asks_then(pause(0.2), close_tls))
        second = peers.client(lab, asks_then(close_tls))
        for client in (first, second, peers.client(lab, asks_then(close_tls))):
            client.must_report("^closed by close_notify both ways$")


@scenario("mixed")
def mixed(lab):
    """Eight connections of all kinds, two of them without TLS.

    In the order of their beginning: one that stays open (TLS 1.3); plain HTTP; Python to HAProxy, orderly (TLS 1.3);
    wget to HAProxy, a bare FIN of the client (TLS 1.3); a Python server that ends its answer by a bare FIN (TLS 1.2);
    one that resets after it (TLS 1.2); a fatal protocol_version; plain SMTP.
    """
    hold = threading.Event()
    servers.haproxy(lab)
    servers.http_server(HTTP_PORT)
    peers.serve(lab, answers_then(read_to_end), port=OPEN_PORT, name="server of the open one")
    with lab.capture(PORT, OPEN_PORT, BARE_PORT, RESET_PORT, HTTP_PORT, SMTP_PORT, until_closed=False):
        peers.client(lab, lambda connection: (ask(connection), hold.wait(peers.TIMEOUT)), port=OPEN_PORT)
        pause(0.3)(None)
        servers.curl(lab, url="http://localhost/", name="curl-http").must_have_printed("^hello$")
        peers.client(lab, asks_then(close_tls)).must_report("^closed by close_notify both ways$")
        servers.wget(lab, "-nv").must_have_printed("^hello\n")
        peers.serve(lab, answers_then(close_bare), "1.2", port=BARE_PORT, name="bare")
        servers.curl(lab, url=f"https://localhost:{BARE_PORT}/", name="curl-bare").must_have_printed("^hello$")
        peers.serve(lab, answers_then(pause(0.2), close_reset), "1.2", port=RESET_PORT, name="reset")
        reset = servers.curl(lab, url=f"https://localhost:{RESET_PORT}/", status=56, name="curl-reset")
        servers.s_client(lab, tls="1.2").must_exit(1)
        mail = peers.serve_tcp(lab, smtp_without_tls, SMTP_PORT, name="mail")
        servers.swaks(lab)
        mail.must_report("^QUIT$")
    reset.must_have_printed("Connection reset by peer")
    hold.set()
