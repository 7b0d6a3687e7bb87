# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the frames of closing events from Wireshark's own TCP and TLS fields, without the plugin."""

from dataclasses import dataclass

from segment import ACK, FIN, RST, SYN

FIELDS = ["frame.number", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.len",
          "tls.record.content_type", "tls.record.length", "tls.alert_message.desc", "tls.handshake.type"]
CHANGE_CIPHER_SPEC, ALERT, APPLICATION_DATA = "20", "21", "23"
CLIENT_HELLO = "1"
CLOSE_NOTIFY = "0"
HARMLESS = {"90", "100"}  # user_canceled, no_renegotiation
INFERRED_LENGTHS = {"19", "11"}
HEADER = 5


@dataclass
class Row:
    """A frame: what it carries, from whom."""

    frame: int
    side: str
    ports: frozenset
    flags: int
    seq: int
    ack: int
    length: int
    records: list  # (content type, length)
    descriptions: list  # of alerts that could be read
    handshake_types: list

    @property
    def has_alert(self):
        """Whether an alert is in it, as far as it can be read."""
        return any(kind == ALERT for kind, _ in self.records)

    @property
    def record_octets(self):
        """How many of its octets belong to records that begin in it."""
        return sum(HEADER + int(length) for _, length in self.records)


def row_of(fields):
    """A row from the fields of a frame. The side of the lower port is the server's in all of our captures."""
    source, destination = int(fields["tcp.srcport"][0]), int(fields["tcp.dstport"][0])
    kinds, lengths = fields["tls.record.content_type"], fields["tls.record.length"]
    # A record that cannot be decrypted, and pretends to be application data, has no content type in TLS 1.3.
    if len(kinds) != len(lengths):
        kinds = [*kinds, *[APPLICATION_DATA] * len(lengths)][:len(lengths)]
    seq, ack, length = (int(fields[name][0]) for name in ("tcp.seq_raw", "tcp.ack_raw", "tcp.len"))
    return Row(int(fields["frame.number"][0]), "server" if source < destination else "client",
               frozenset([source, destination]), int(fields["tcp.flags"][0], 16), seq, ack, length,
               list(zip(kinds, lengths)), fields["tls.alert_message.desc"], fields["tls.handshake.type"])


class Connection:
    """The frames of one TLS connection."""

    def __init__(self):
        self.rows = []

    def of(self, side):
        """The frames of a side."""
        return [row for row in self.rows if row.side == side]

    @property
    def has_tls(self):
        """Whether it is one at all."""
        return any(row.records for row in self.rows)

    @property
    def first_record(self):
        """The frame with which TLS begins."""
        return next(row.frame for row in self.rows if row.records)

    def begins_anew(self, row):
        """Whether a frame belongs to another connection on the same ports."""
        if row.flags & SYN and not row.flags & ACK:
            return all(row.seq != other.seq for other in self.of(row.side) if other.flags & SYN)
        return CLIENT_HELLO in row.handshake_types and any(other.has_alert for other in self.rows)

    def alert_row(self, side, wanted):
        """The frame of the first alert that is wanted; if none of the side can be read, the last that may be one."""
        candidates = [row for row in self.of(side) if row.has_alert]
        readable = [row for row in candidates if row.descriptions]
        if readable:
            return next((row for row in readable if any(wanted(text) for text in row.descriptions)), None)
        like_one = [row for row in self.of(side) if row.records and row.records[-1][1] in INFERRED_LENGTHS]
        return (candidates or like_one or [None])[-1]

    def find(self, symbol):
        """The number of the frame of an event, such as "server FIN"; None if there is none."""
        if symbol == "last close":
            names = ("close_notify", "FIN", "RST")
            return max(filter(None, (self.find(f"{side} {name}") for side in ("client", "server") for name in names)))
        side, name = symbol.split(" ", 1)
        peer = name.removeprefix("data after close_notify of ")
        finders = {"FIN": self.fin, "RST": self.rst, "close_notify": self.close_notify,
                   "error alert": self.error_alert, "record after alert": self.record_after_alert,
                   "clear text": self.clear_text, "last frame": lambda side: self.of(side)[-1]}
        row = self.data_after(side, peer) if peer != name else finders[name](side)
        return row.frame if row else None

    def fin(self, side):
        """The first FIN."""
        return next((row for row in self.of(side) if row.flags & FIN), None)

    def rst(self, side):
        """The first RST."""
        return next((row for row in self.of(side) if row.flags & RST), None)

    def close_notify(self, side):
        """The first close_notify."""
        return self.alert_row(side, lambda text: text == CLOSE_NOTIFY)

    def error_alert(self, side):
        """The first error alert."""
        return self.alert_row(side, lambda text: text != CLOSE_NOTIFY and text not in HARMLESS)

    def record_after_alert(self, side):
        """The first record after the side's first alert, alerts and ChangeCipherSpec aside."""
        alert_seen = False
        for row in self.of(side):
            for kind, _ in row.records:
                if alert_seen and kind not in (ALERT, CHANGE_CIPHER_SPEC):
                    return row
                alert_seen = alert_seen or kind == ALERT
        return None

    def clear_text(self, side):
        """The first octets after the side's close_notify that are no record."""
        alert = self.close_notify(side)
        if alert.length > alert.record_octets:
            return alert
        end = alert.seq + alert.length
        return next((row for row in self.of(side) if row.length and not row.records and row.seq >= end), None)

    def data_after(self, side, peer):
        """The first application data in a segment that acknowledges the peer's close_notify."""
        alert = self.close_notify(peer)
        end = alert.seq + alert.length
        return next((row for row in self.of(side) if row.ack >= end and row.frame > alert.frame
                     and any(kind == APPLICATION_DATA for kind, _ in row.records)), None)


def connections(rows):
    """The TLS connections of a capture, in the order of their beginning."""
    current, result = {}, []
    for row in rows:
        if row.ports not in current or current[row.ports].begins_anew(row):
            current[row.ports] = Connection()
            result.append(current[row.ports])
        current[row.ports].rows.append(row)
    return sorted((connection for connection in result if connection.has_tls), key=lambda item: item.first_record)
