# SPDX-License-Identifier: GPL-2.0-or-later
"""Things that happen on the path between the two ends, see wire.py."""

from . import peers, wire
from .peers import answers_then, asks_then, close_bare, close_tls, pause, read_to_end
from .registry import scenario
from .wire import ACK, FIN, RST

FORGED_TTL = 64


class Injector:
    """A router that, after the first segment of the server that is a whole answer, forges the server's end.

    What the server sends later does not get through: the client would answer it with a RST.
    """

    def __init__(self, flags):
        self.flags = flags
        self.done = False

    def __call__(self, segment):
        if not segment.from_server:
            return [segment.packet]
        if self.done:
            return []
        if not wire.is_application_data(segment.payload, len(peers.ANSWER)):
            return [segment.packet]
        self.done = True
        return [segment.packet, segment.forged_end(self.flags, FORGED_TTL)]


@scenario("injected-fin-tls13", flags=FIN | ACK, end="FIN", tls="1.3", report="UNEXPECTED_EOF_WHILE_READING")
@scenario("injected-reset-tls12", flags=RST | ACK, end="RST", tls="1.2", report="SSLEOFError|ConnectionResetError")
def injected_end(lab, flags, end, tls, report):
    """A router forges a {end} of the server (TLS {tls}) while the server still has to send; Python notices an end."""
    def answer_twice(connection):
        peers.answer(connection)
        pause(0.5)(connection)
        connection.sendall(peers.ANSWER)
        return "sent two answers"

    wire.Wire(route=Injector(flags))
    # The server's end never gets through, so its socket stays for long: do not wait for it.
    with wire.capture(lab, until_closed=False):
        server = peers.serve(lab, answer_twice, tls, address=wire.HERE)
        client = peers.client(lab, asks_then(read_to_end), tls, address=wire.THERE, strict=True)
        client.must_report(report)
        server.must_report("^sent two answers|Error")


class DropOnce:
    """A router that loses the first FIN of the client."""

    def __init__(self):
        self.done = False

    def __call__(self, segment):
        if self.done or segment.from_server or not segment.flags & FIN:
            return [segment.packet]
        self.done = True
        return []


@scenario("lost-fin-tls13")
def lost_fin(lab):
    """The client's first FIN is lost on the way and sent again (Python, TLS 1.3); both ends close by close_notify."""
    router = DropOnce()
    wire.Wire(route=router)
    with wire.capture(lab):
        server = peers.serve(lab, answers_then(read_to_end, close_tls), address=wire.HERE)
        client = peers.client(lab, asks_then(close_tls), address=wire.THERE)
        client.must_report("^closed by close_notify both ways$")
        server.must_report("^closed by close_notify both ways$")
    lab.check(router.done, "no FIN was lost")


class SwapEnd:
    """A router that holds the server's answer back until the FIN has overtaken it."""

    def __init__(self):
        self.held = []

    def __call__(self, segment):
        if segment.from_server and wire.is_application_data(segment.payload, len(peers.ANSWER)):
            self.held = [segment.packet]
            return []
        if segment.from_server and segment.flags & FIN:
            return [segment.packet, *self.held]
        return [segment.packet]


@scenario("overtaken-fin-tls12")
def overtaken_fin(lab):
    """The server's bare FIN overtakes its answer on the way (Python, TLS 1.2); the client gets both in order."""
    wire.Wire(route=SwapEnd())
    with wire.capture(lab):
        server = peers.serve(lab, answers_then(close_bare), "1.2", address=wire.HERE)
        client = peers.client(lab, lambda connection: (connection.sendall(peers.REQUEST), read_to_end(connection),
                                                       close_bare(connection))[1], "1.2", address=wire.THERE)
        client.must_report("^read 25 octets, then the end$")
        server.must_report("^closed without close_notify$")
