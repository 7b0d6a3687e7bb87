# SPDX-License-Identifier: GPL-2.0-or-later
"""A captured frame as a TCP segment that can be changed. Checksums are left alone: tshark does not verify them."""

import struct
from dataclasses import dataclass, replace

from pcapng import Frame

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
ETHERNET = 1
ETHERNET_HEADER = 14
MODULO = 1 << 32


@dataclass(frozen=True)
class Segment:
    """A TCP segment in a frame. The headers below TCP, and TCP's options, are kept as octets."""

    time: int
    link_type: int
    link_header: bytes
    ip_header: bytes
    ports: tuple
    seq: int
    ack: int
    flags: int
    tcp_rest: bytes  # window and all that follows in the header
    payload: bytes

    @property
    def length(self):
        """How much of the sequence space it takes."""
        return len(self.payload) + bool(self.flags & SYN) + bool(self.flags & FIN)

    @property
    def addresses(self):
        """Source and destination."""
        start, size = address_place(self.ip_header)
        return self.ip_header[start:start + size], self.ip_header[start + size:start + 2 * size]

    @property
    def direction(self):
        """Something that is the same for all segments of one direction of a connection."""
        return self.addresses[0], self.ports

    def to_frame(self):
        """The frame, with the lengths put right."""
        offset = (14 + len(self.tcp_rest)) // 4
        head = struct.pack("!HHIIBB", *self.ports, self.seq % MODULO, self.ack % MODULO, offset << 4, self.flags)
        octets = head + self.tcp_rest + self.payload
        return Frame(self.time, self.link_type, self.link_header + with_length(self.ip_header, len(octets)) + octets)


def address_place(ip_header):
    """Where the source address stands in an IP header, and its size; the destination follows it."""
    return (12, 4) if ip_header[0] >> 4 == 4 else (8, 16)


def with_length(ip_header, length):
    """The IP header for a TCP segment of that length."""
    if ip_header[0] >> 4 == 4:
        return ip_header[:2] + struct.pack("!H", len(ip_header) + length) + ip_header[4:]
    return ip_header[:4] + struct.pack("!H", length) + ip_header[6:]


def parse(frame):
    """The TCP segment in a frame."""
    start = ETHERNET_HEADER if frame.link_type == ETHERNET else 0
    octets = frame.octets[start:]
    if octets[0] >> 4 == 4:
        size, total = (octets[0] & 15) * 4, struct.unpack_from("!H", octets, 2)[0]
    else:
        size, total = 40, 40 + struct.unpack_from("!H", octets, 4)[0]
    tcp = octets[size:total]
    source, destination, seq, ack, offset, flags = struct.unpack_from("!HHIIBB", tcp)
    header = (offset >> 4) * 4
    return Segment(frame.time, frame.link_type, frame.octets[:start], octets[:size], (source, destination), seq, ack,
                   flags, tcp[14:header], tcp[header:])


def with_addresses(segment, translate):
    """The segment with both addresses translated."""
    start, size = address_place(segment.ip_header)
    source, destination = (translate(address) for address in segment.addresses)
    header = segment.ip_header[:start] + source + destination + segment.ip_header[start + 2 * size:]
    return replace(segment, ip_header=header)
