# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads and writes pcapng files, as far as these tests need it: packets, link types, TLS secrets."""

import struct
from dataclasses import dataclass, field

SECTION, INTERFACE, PACKET, SECRETS = 0x0A0D0D0A, 1, 6, 10
TLS_KEY_LOG = 0x544C534B
RESOLUTION_OPTION = 9
NANOSECONDS = 9


@dataclass(frozen=True)
class Frame:
    """A captured frame."""

    time: int  # nanoseconds since the epoch
    link_type: int
    octets: bytes


@dataclass
class Capture:
    """What a capture file holds."""

    frames: list = field(default_factory=list)
    secrets: list = field(default_factory=list)


def padded(octets):
    """Octets, filled up to a multiple of four."""
    return octets + bytes(-len(octets) % 4)


def blocks(content):
    """(type, body) of each block of a little-endian file."""
    position = 0
    while position + 12 <= len(content):
        kind, length = struct.unpack_from("<II", content, position)
        yield kind, content[position + 8:position + length - 4]
        position += length


def ticks_per_second(options):
    """The resolution of an interface's times."""
    position = 0
    while position + 4 <= len(options):
        code, length = struct.unpack_from("<HH", options, position)
        if code == RESOLUTION_OPTION:
            return 10 ** options[position + 4]
        position += 4 + length + -length % 4
    return 10 ** 6


def read(path):
    """The capture in a file."""
    capture = Capture()
    interfaces = []
    for kind, body in blocks(path.read_bytes()):
        if kind == SECTION:
            interfaces = []
        elif kind == INTERFACE:
            interfaces.append((struct.unpack_from("<H", body)[0], ticks_per_second(body[8:])))
        elif kind == PACKET:
            interface, high, low, length = struct.unpack_from("<IIII", body)
            link_type, ticks = interfaces[interface]
            time = (high << 32 | low) * 10 ** 9 // ticks
            capture.frames.append(Frame(time, link_type, body[20:20 + length]))
        elif kind == SECRETS and struct.unpack_from("<I", body)[0] == TLS_KEY_LOG:
            capture.secrets.append(body[8:8 + struct.unpack_from("<I", body, 4)[0]])
    return capture


def block(kind, body):
    """A block, ready to be written."""
    length = struct.pack("<I", 12 + len(padded(body)))
    return struct.pack("<I", kind) + length + padded(body) + length


def interface_block(link_type):
    """An interface whose times are in nanoseconds."""
    option = struct.pack("<HHB3xHH", RESOLUTION_OPTION, 1, NANOSECONDS, 0, 0)
    return block(INTERFACE, struct.pack("<HHI", link_type, 0, 0) + option)


def packet_block(frame, interface):
    """A frame, ready to be written."""
    head = struct.pack("<IIIII", interface, frame.time >> 32, frame.time & 0xFFFFFFFF, len(frame.octets),
                       len(frame.octets))
    return block(PACKET, head + padded(frame.octets))


def write(path, capture):
    """Write the capture into a file."""
    link_types = list(dict.fromkeys(frame.link_type for frame in capture.frames)) or [1]
    parts = [block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    parts += [interface_block(link_type) for link_type in link_types]
    parts += [block(SECRETS, struct.pack("<II", TLS_KEY_LOG, len(secret)) + padded(secret))
              for secret in capture.secrets]
    parts += [packet_block(frame, link_types.index(frame.link_type)) for frame in capture.frames]
    path.write_bytes(b"".join(parts))
