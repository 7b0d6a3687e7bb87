# SPDX-License-Identifier: GPL-2.0-or-later
"""Many captures in one file, each with addresses of its own: tshark starts once for all of them."""

import pcapng
from segment import parse, with_addresses


def own_addresses(number):
    """A function that gives each address of a capture another one, which no other capture has."""
    known = {}

    def translate(address):
        host = known.setdefault(address, len(known) + 1)
        if len(address) == 4:
            return bytes([10, number >> 8, number & 255, host])
        return b"\xfd" + bytes(11) + number.to_bytes(2, "big") + bytes([0, host])

    return translate


class Collection:
    """A file that is filled, then analysed; knows for each of its frames where it comes from."""

    def __init__(self, path):
        self.path = path
        self.members = []  # keys in the order of adding
        self.origins = [None]  # by frame number, which counts from 1: (key, frame number in the capture)
        self._capture = pcapng.Capture()

    def add(self, key, segments, secrets=()):
        """Add a capture: a list of (segment, index in the original), and its secrets."""
        translate = own_addresses(len(self.members))
        self.members.append(key)
        for segment, index in segments:
            self._capture.frames.append(with_addresses(segment, translate).to_frame())
            self.origins.append((key, index + 1))
        # The same secrets are written once, however many variations of a capture there are.
        self._capture.secrets += [secret for secret in secrets if secret not in self._capture.secrets]

    def write(self):
        """Write the file; returns its path."""
        pcapng.write(self.path, self._capture)
        return self.path

    def by_member(self, analysis, connection_of):
        """An analysis of this file as {key: analysis of that member}; CONNECTION_OF numbers the connections there."""
        return analysis.distribute(self.members, self.origins, connection_of)


def segments_of(capture):
    """The segments of a capture."""
    return [parse(frame) for frame in capture.frames]
