# SPDX-License-Identifier: GPL-2.0-or-later
"""Variations of a capture that change nothing of what its TLS connections did.

A variation takes a list of segments and returns a list of (segment, index of the segment that it comes from).
"""

from dataclasses import replace

from segment import ACK, FIN, MODULO, PSH, RST, SYN


def unchanged(segments):
    """The capture as it is."""
    return [(segment, index) for index, segment in enumerate(segments)]


def duplicated(segments):
    """Each frame twice, as a mirror port that sees both ways in and out captures it."""
    return [(segment, index) for index, segment in enumerate(segments) for _ in range(2)]


def repeated_later(segments):
    """Each segment with payload or FIN once more, two frames later: as a retransmission that was not needed."""
    result, pending = [], []
    for index, segment in enumerate(segments):
        result.append((segment, index))
        # Nobody retransmits after a RST, and what comes after a SYN belongs to another connection.
        if segment.flags & (RST | SYN):
            pending = []
            continue
        pending = [(wait - 1, late) for wait, late in pending]
        result += [late for wait, late in pending if wait == 0]
        pending = [(wait, late) for wait, late in pending if wait > 0]
        if segment.length:
            pending.append((2, (segment, index)))
    return result + [late for _, late in pending]


def can_be_swapped(first, second):
    """Whether the order of two neighbours says nothing.

    It does for a RST: it has no position (rules 1.1). A SYN begins a connection. Segments of the two directions
    are left alone: that the later one acknowledges the earlier one is how they were sent.
    """
    return first.direction == second.direction and not (first.flags | second.flags) & (RST | SYN)


def swapped_from(segments, start):
    """Pairs of neighbours in the other order, the first pair at START."""
    result = unchanged(segments)
    for index in range(start, len(segments) - 1, 2):
        if can_be_swapped(segments[index], segments[index + 1]):
            result[index:index + 2] = reversed(result[index:index + 2])
    return result


def swapped(segments):
    """The first and second frame in the other order, the third and fourth, and so on."""
    return swapped_from(segments, 0)


def swapped_others(segments):
    """The second and third frame in the other order, the fourth and fifth, and so on."""
    return swapped_from(segments, 1)


def split(segment, index, size):
    """A segment as two, the first with SIZE octets."""
    if size <= 0 or size >= len(segment.payload):
        return [(segment, index)]
    first = replace(segment, payload=segment.payload[:size], flags=segment.flags & ~(FIN | PSH | RST))
    second = replace(segment, payload=segment.payload[size:], seq=segment.seq + size)
    return [(first, index), (second, index)]


def split_in_half(segments):
    """Each segment with payload as two."""
    return [part for index, segment in enumerate(segments) for part in split(segment, index, len(segment.payload) // 2)]


def split_in_header(segments):
    """Each segment with payload as two, the first with three octets only: a record header is cut."""
    return [part for index, segment in enumerate(segments) for part in split(segment, index, 3)]


def split_before_end(segments):
    """Each segment with payload as two, the second with one octet only."""
    return [part for index, segment in enumerate(segments) for part in split(segment, index, len(segment.payload) - 1)]


def can_be_joined(first, second):
    """Whether one segment could have carried what two did: the same acknowledgment, one after the other."""
    return (first.direction == second.direction and first.ack == second.ack and first.payload
            and (first.seq + len(first.payload)) % MODULO == second.seq
            and not (first.flags | second.flags) & (RST | SYN) and not first.flags & FIN and second.length > 0)


def joined(segments):
    """Neighbours that one segment could have carried are one: data, alert and FIN in the extreme."""
    result = []
    for segment, index in unchanged(segments):
        if result and can_be_joined(result[-1][0], segment):
            last = result.pop()[0]
            segment = replace(segment, seq=last.seq, payload=last.payload + segment.payload,
                              flags=last.flags | segment.flags)
        result.append((segment, index))
    return result


def directions(segments):
    """For each segment the directions of itself and of its answers; used anew by a SYN with another number."""
    generation, initial = {}, {}
    for segment in segments:
        pair = frozenset([segment.direction, (segment.addresses[1], segment.ports[::-1])])
        if segment.flags & SYN and not segment.flags & ACK and initial.get(pair) != segment.seq:
            initial[pair] = segment.seq
            generation[pair] = generation.get(pair, 0) + 1
        number = generation.get(pair, 0)
        yield (segment.direction, number), ((segment.addresses[1], segment.ports[::-1]), number)


def shifted(segments, place):
    """All sequence numbers shifted so that each direction's wrap at a place: 0 is its first octet, 1 its last."""
    first, last = {}, {}
    for segment, (own, _) in zip(segments, directions(segments)):
        if not segment.flags & RST:
            first.setdefault(own, segment.seq)
            last[own] = max(last.get(own, 0), (segment.seq + segment.length - first[own]) % MODULO)
    shift = {own: MODULO - first[own] - int(last[own] * place) for own in first}
    result = []
    for (segment, index), (own, peer) in zip(unchanged(segments), directions(segments)):
        seq = (segment.seq + shift.get(own, 0)) % MODULO
        ack = (segment.ack + shift.get(peer, 0)) % MODULO if segment.flags & ACK else segment.ack
        result.append((replace(segment, seq=seq, ack=ack), index))
    return result


def wrapped_in_middle(segments):
    """Sequence numbers wrap in the middle of each direction."""
    return shifted(segments, 0.5)


def wrapped_near_end(segments):
    """Sequence numbers wrap a few octets before the last one: within the alert or the FIN, as a rule."""
    return shifted(segments, 0.99)


def with_keep_alives(segments):
    """After each segment with data, a keep-alive of its sender: the last octet once more, with another value."""
    result = []
    for segment, index in unchanged(segments):
        result.append((segment, index))
        if segment.payload and not segment.flags & (FIN | RST | SYN):
            position = segment.seq + len(segment.payload) - 1
            probe = replace(segment, seq=position % MODULO, payload=b"\xff", flags=ACK)
            result += [(probe, index), (replace(probe, payload=b""), index)]
    return result


VARIATIONS = [duplicated, repeated_later, swapped, swapped_others, split_in_half, split_in_header, split_before_end,
              joined, wrapped_in_middle, wrapped_near_end, with_keep_alives]
