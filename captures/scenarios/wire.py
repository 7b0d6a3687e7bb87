# SPDX-License-Identifier: GPL-2.0-or-later
"""A path of some length between client and server, with a router on it that can drop, forge and delay.

It is a TUN interface that reflects: what the client sends to 10.9.0.2 comes back as if 10.9.0.2 had sent it to
10.9.0.1, where the server listens. To swap the two addresses keeps every checksum right. So one network namespace
is enough for two hosts, and neither the loopback's speed nor its order hides anything.
"""

import fcntl
import heapq
import os
import select
import struct
import subprocess
import threading
import time
from dataclasses import dataclass

from .lab import PORT

HERE, THERE = "10.9.0.1", "10.9.0.2"
INTERFACE = "wire0"

TUNSETIFF = 0x400454CA
IFF_TUN_WITHOUT_HEADER = 0x1001
FIN, RST, ACK = 0x01, 0x04, 0x10


def checksum(data):
    """The checksum of IP and TCP."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def is_application_data(payload, size):
    """Whether a segment is one record of application data of this size, give or take what encryption adds."""
    return payload[:1] == b"\x17" and len(payload) == 5 + int.from_bytes(payload[3:5], "big") and \
        size + 16 <= len(payload) - 5 <= size + 24


def with_ip_checksum(packet):
    """The packet with its header checksum put right."""
    header = packet[:10] + b"\0\0" + packet[12:20]
    return header[:10] + struct.pack("!H", checksum(header)) + packet[12:]


@dataclass
class Segment:
    """What a router reads in a TCP segment without options of IP."""

    packet: bytes

    def __post_init__(self):
        self.ports = struct.unpack("!HH", self.packet[20:24])
        self.sequence, self.acknowledgment = struct.unpack("!II", self.packet[24:32])
        self.flags = self.packet[33]
        self.payload = self.packet[20 + (self.packet[32] >> 4) * 4:]

    @property
    def from_server(self):
        """Whether the server has sent it."""
        return self.ports[0] == PORT

    @property
    def next_sequence(self):
        """The number of the octet that follows."""
        return (self.sequence + len(self.payload) + bool(self.flags & FIN)) & 0xFFFFFFFF

    def forged_end(self, flags, ttl):
        """A segment which pretends that the sender of this one ends the connection right after it."""
        tcp = struct.pack("!HHIIBBHHH", *self.ports, self.next_sequence, self.acknowledgment, 0x50, flags, 512, 0, 0)
        addresses = self.packet[12:20]
        pseudo = addresses + struct.pack("!BBH", 0, 6, len(tcp))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0x4242, 0x4000, ttl, 6, 0) + addresses
        return with_ip_checksum(ip + tcp)


class Wire:
    """The path. ROUTE decides, for each segment, which packets leave the router; without it, every one does."""

    def __init__(self, delay=0.02, route=None):
        self.delay = delay
        self.route = route or (lambda segment: [segment.packet])
        self.tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.tun, TUNSETIFF, struct.pack("16sH22x", INTERFACE.encode(), IFF_TUN_WITHOUT_HEADER))
        subprocess.run(["ip", "address", "add", f"{HERE}/24", "dev", INTERFACE], check=True)
        subprocess.run(["ip", "link", "set", INTERFACE, "up"], check=True)
        self.under_way = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            wait = max(0.0, self.under_way[0][0] - time.monotonic()) if self.under_way else None
            if select.select([self.tun], [], [], wait)[0]:
                self._accept(os.read(self.tun, 65536))
            while self.under_way and self.under_way[0][0] <= time.monotonic():
                os.write(self.tun, heapq.heappop(self.under_way)[2])

    def _accept(self, packet):
        """Take a packet, forward it with one hop less, and let it arrive later."""
        if packet[0] != 0x45 or packet[9] != 6:
            return
        forwarded = packet[:8] + bytes([packet[8] - 1]) + packet[9:12] + packet[16:20] + packet[12:16] + packet[20:]
        for leaving in self.route(Segment(with_ip_checksum(forwarded))):
            # The time alone may be the same twice; the count keeps the order then.
            heapq.heappush(self.under_way, (time.monotonic() + self.delay, time.monotonic_ns(), leaving))


def capture(lab, port=PORT, **options):
    """Capture on the client's side of the path: one of the two copies of each packet that pass the interface."""
    client_side = f"and ((src host {HERE} and dst port {port}) or (dst host {HERE} and src port {port}))"
    return lab.capture(port, more_filter=client_side, interface=INTERFACE, **options)
