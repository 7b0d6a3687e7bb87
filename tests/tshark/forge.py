# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes captures that no stack would: TCP segments and TLS records, octet by octet."""

import struct

from pcapng import Capture, Frame, write
from segment import ACK, FIN, MODULO, RST, SYN

RAW_IP = 101
BEGIN = 1_700_000_000_000_000_000  # nanoseconds
MILLISECOND = 1_000_000
CLIENT, SERVER = 0, 1
ALERT, HANDSHAKE, DATA, CCS = 21, 22, 23, 20
TLS12 = 0x0303
MOST_PAYLOAD = 1400

IP = struct.Struct("!BBHHHBBH4s4s")
TCP = struct.Struct("!HHIIBBHHH")


def record(kind, body, version=TLS12):
    """A TLS record."""
    return struct.pack("!BHH", kind, version, len(body)) + body


def message(kind, body):
    """A handshake message in a record."""
    return record(HANDSHAKE, bytes([kind]) + len(body).to_bytes(3, "big") + body)


def client_hello(name=b""):
    """A ClientHello, with the server's name if there is one and else without extensions."""
    names = struct.pack("!BH", 0, len(name)) + name
    extension = struct.pack("!HHH", 0, 2 + len(names), len(names)) + names
    extensions = struct.pack("!H", len(extension)) + extension if name else b""
    return message(1, struct.pack("!H32xBHHBB", TLS12, 0, 2, 0xC02F, 1, 0) + extensions)


def server_hello(version=TLS12):
    """A ServerHello of that version, TLS 1.2 or older."""
    return message(2, struct.pack("!H32xBHB", version, 0, 0xC02F, 0))


def finish():
    """ChangeCipherSpec, Finished."""
    return record(CCS, b"\1") + record(HANDSHAKE, b"\x9b" * 40)


def close_notify():
    """An encrypted alert of TLS 1.2."""
    return record(ALERT, b"\x9b" * 26)


class Connection:
    """A TCP connection, whose segments go into a list of frames. Positions count from the SYN's number, which is 0."""

    def __init__(self, frames, number=0, ports=None):
        self.frames = frames
        self.next = [0, 0]
        self.isn = (1000, 5000)
        self.addresses = (bytes([10, number >> 16 & 255, number >> 8 & 255, number & 255]), bytes([192, 0, 2, 1]))
        self.ports = ports or (20000 + number % 40000, 443)

    def send(self, side, payload=b"", flags=ACK, at=None, ack=None):
        """A segment; AT and ACK are positions, else what follows and all that the peer sent."""
        peer = 1 - side
        position = self.next[side] if at is None else at
        acknowledged = self.next[peer] if ack is None else ack
        head = TCP.pack(self.ports[side], self.ports[peer], (self.isn[side] + position) % MODULO,
                        (self.isn[peer] + acknowledged) % MODULO if flags & ACK else 0, 0x50, flags, 65000, 0, 0)
        ip = IP.pack(0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0, self.addresses[side], self.addresses[peer])
        self.frames.append(Frame(BEGIN + len(self.frames) * MILLISECOND, RAW_IP, ip + head + payload))
        if not flags & RST:
            length = len(payload) + bool(flags & SYN) + bool(flags & FIN)
            self.next[side] = max(self.next[side], position + length)

    def send_all(self, side, octets, size=MOST_PAYLOAD):
        """Octets in as many segments as they need, each acknowledged."""
        for start in range(0, len(octets), size):
            self.send(side, octets[start:start + size])
            self.send(1 - side)

    def connect(self):
        """TCP's handshake."""
        self.send(CLIENT, flags=SYN)
        self.send(SERVER, flags=SYN | ACK)
        self.send(CLIENT)

    def shake_hands(self, hello=None, version=TLS12):
        """TCP's and TLS's."""
        self.connect()
        self.shake_hands_of_tls(hello, version)

    def shake_hands_of_tls(self, hello=None, version=TLS12):
        """TLS's alone, in that version, from that ClientHello on."""
        self.send(CLIENT, hello or client_hello())
        self.send(SERVER, server_hello(version) + message(11, bytes(200)) + message(14, b""))
        self.send(CLIENT, message(16, bytes(66)) + finish())
        self.send(SERVER, finish())

    def converse(self):
        """A request and its answer."""
        self.send(CLIENT, record(DATA, b"\x9b" * 100))
        self.send(SERVER, record(DATA, b"\x9b" * 500))
        self.send(CLIENT)

    def close(self):
        """As it should be, the client first."""
        self.send(CLIENT, close_notify(), FIN | ACK)
        self.send(SERVER, close_notify(), FIN | ACK)
        self.send(CLIENT)


def save(path, frames):
    """Write the frames into a file; returns its path."""
    write(path, Capture(frames))
    return path
