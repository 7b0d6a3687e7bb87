# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures that do not show everything, and connections that had not ended."""

import threading

from . import peers, servers
from .lab import PORT, is_established
from .peers import answers_then, ask, asks_then, close_bare, close_tls, pause, read_to_end
from .registry import scenario


def converse_until_told(lab, tls, go_on):
    """A Python client asks; when GO_ON holds, it asks again and closes by close_notify both ways. Returns both ends."""
    def server_part(connection):
        peers.answer(connection)
        peers.answer(connection)
        read_to_end(connection)
        return close_tls(connection)

    def client_part(connection):
        ask(connection)
        go_on.wait(peers.TIMEOUT)
        ask(connection)
        return close_tls(connection)

    server = peers.serve(lab, server_part, tls)
    return server, peers.client(lab, client_part, tls)


@scenario("mid-stream-tls13", tls="1.3")
@scenario("mid-stream-tls12", tls="1.2")
def mid_stream(lab, tls):
    """The capture begins when the connection (Python, TLS {tls}) is well under way; both ends send close_notify."""
    go_on = threading.Event()
    server, client = converse_until_told(lab, tls, go_on)
    pause(0.5)(None)
    with lab.capture():
        go_on.set()
        client.must_report("^closed by close_notify both ways$")
        server.must_report("^closed by close_notify both ways$")
    # Secrets are of no use without the handshake.
    lab.keep_secrets = False


@scenario("open-tls13")
def still_open(lab):
    """The capture ends while the connection (Python, TLS 1.3) stands idle."""
    hold = threading.Event()

    def ask_and_hold(connection):
        ask(connection)
        hold.wait(peers.TIMEOUT)

    peers.serve(lab, answers_then(read_to_end))
    with lab.capture(until_closed=False):
        peers.client(lab, ask_and_hold)
        pause(0.5)(None)
    lab.check(is_established(PORT), "the connection has ended")
    hold.set()


@scenario("closing-tls13", tls="1.3")
@scenario("closing-tls12", tls="1.2")
def closing(lab, tls):
    """The capture ends when the client has sent close_notify (Python, TLS {tls}) and the server is still thinking."""
    server = peers.serve(lab, answers_then(read_to_end, pause(2), close_tls), tls)
    with lab.capture(until_closed=False):
        client = peers.client(lab, asks_then(close_tls), tls)
        pause(0.7)(None)
    lab.check(server.text is None and client.text is None, "an end was done before the capture ended")
    client.must_report("^closed by close_notify both ways$")
    server.must_report("^closed by close_notify both ways$")


def server_closes_bare(lab, tls="1.3"):
    """Capture a Python server that answers and ends by a bare FIN, and a curl that takes it."""
    with lab.capture():
        peers.serve(lab, answers_then(pause(0.1), close_bare), tls)
        servers.curl(lab).must_have_printed("^hello$")


def orderly(lab, tls="1.3"):
    """Capture a Python client that closes first and a Python server that answers close_notify."""
    with lab.capture():
        server = peers.serve(lab, answers_then(read_to_end, pause(0.1), close_tls), tls)
        client = peers.client(lab, asks_then(close_tls), tls)
        client.must_report("^closed by close_notify both ways$")
        server.must_report("^closed by close_notify both ways$")


def only_frame(lab, display_filter):
    """The number of the one frame that the filter finds."""
    frames = lab.find_frames(display_filter)
    lab.check(len(frames) == 1, f"{display_filter}: {len(frames)} frames, not one")
    return frames[0]


@scenario("lost-answer-tls13")
def lost_answer(lab):
    """A server that ends by a bare FIN (Python, TLS 1.3); the frame with its answer is missing in the capture."""
    server_closes_bare(lab)
    lab.without_frames(only_frame(lab, f"tcp.srcport == {PORT} and tls.app_data"))


@scenario("lost-request-tls13")
def lost_request(lab):
    """Both ends send close_notify (Python, TLS 1.3); the frame with the client's request is missing in the capture."""
    orderly(lab)
    lab.without_frames(only_frame(lab, f"tcp.dstport == {PORT} and tls.app_data"))


@scenario("lost-close-notify-tls12")
def lost_close_notify(lab):
    """Both ends send close_notify (Python, TLS 1.2); the frame with the server's is missing in the capture."""
    orderly(lab, "1.2")
    lab.without_frames(only_frame(lab, f"tcp.srcport == {PORT} and tls.alert_message"))


@scenario("lost-end-tls13")
def lost_end(lab):
    """Both ends send close_notify (Python, TLS 1.3); all that the server sent after its answer is missing."""
    orderly(lab)
    answer = only_frame(lab, f"tcp.srcport == {PORT} and tls.app_data")
    lab.without_frames(*lab.find_frames(f"tcp.srcport == {PORT} and frame.number > {answer}"))


@scenario("lost-handshake-tls12")
def lost_handshake(lab):
    """A Python server ends by a bare FIN right after the handshake (TLS 1.2); the client's Finished is missing."""
    with lab.capture():
        server = peers.serve(lab, close_bare, "1.2")
        client = peers.client(lab, lambda connection: (read_to_end(connection), close_bare(connection))[0],
                              context=peers.client_context(lab, "1.2", tolerant=True))
        server.must_report("^closed without close_notify$")
        client.must_report("^read 0 octets, then the end$")
    lab.without_frames(only_frame(lab, f"tcp.dstport == {PORT} and tls.handshake.type == 16"))


@scenario("one-direction-tls13")
def one_direction(lab):
    """Only the server's direction was captured; it answers and ends by a bare FIN (Python, TLS 1.3)."""
    with lab.capture(more_filter=f"and src port {PORT}"):
        peers.serve(lab, answers_then(pause(0.1), close_bare))
        servers.wget(lab, status=4).must_have_printed("The TLS connection was non-properly terminated")
    # Without the ClientHello nothing can be decrypted.
    lab.keep_secrets = False


@scenario("port-reuse-tls13")
def port_reuse(lab):
    """Two TCP connections with the same addresses and ports (Python, TLS 1.3): a bare FIN, then an orderly close."""
    source_port = 40000
    with lab.capture():
        peers.serve(lab, answers_then(close_bare))
        first = peers.client(lab, asks_then(read_to_end, close_bare), source_port=source_port)
        first.report()
        server = peers.serve(lab, answers_then(read_to_end, close_tls))
        second = peers.client(lab, asks_then(close_tls), source_port=source_port)
        second.must_report("^closed by close_notify both ways$")
        server.must_report("^closed by close_notify both ways$")


@scenario("plain-http")
def plain_http(lab):
    """curl and nginx speak HTTP without TLS: nothing to judge."""
    servers.nginx(lab, protocol="")
    with lab.capture():
        servers.curl(lab, url=f"http://localhost:{PORT}/").must_have_printed("^hello$")
