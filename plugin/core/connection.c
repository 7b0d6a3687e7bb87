/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "connection.h"

#include "reader.h"
#include "record.h"

#include <string.h>

/* Positions keep the number as their low half, and start high enough that none below the first is negative. */
#define FIRST_EPOCH (G_GUINT64_CONSTANT(1) << 32)

/* The largest window (RFC 7323 §2.3): what lies farther off belongs to another connection, or is forged. */
#define LARGEST_WINDOW (G_GUINT64_CONSTANT(1) << 30)

/* Segments of one TTL before another one says something (rules §2, end_ttl_differs). */
#define TTL_ENOUGH 2

/* Octets from the start of a connection in which a ClientHello is also looked for inside a segment. */
#define CLEAR_TEXT_SEARCHED 4096

static void
free_connections(closure_connection *connection)
{
    while (connection != NULL) {
        closure_connection *previous = connection->previous;

        for (guint side = 0; side < CLOSURE_SIDES; side++) {
            closure_stream_clear(&connection->facts.side[side].stream);
            closure_reader_clear(&connection->facts.side[side].reader);
            closure_observe_forget_all(&connection->facts.side[side]);
        }
        g_free(connection->facts.server_name);
        g_free(connection);
        connection = previous;
    }
}

void
closure_track_clear(closure_track *track)
{
    free_connections(track->connection);
    track->connection = NULL;
}

static gboolean
has_shown_tls(const closure_connection *connection)
{
    return connection->facts.side[0].has_shown_tls || connection->facts.side[1].has_shown_tls;
}

closure_connection *
closure_track_connection(const closure_track *track)
{
    return track->connection != NULL && has_shown_tls(track->connection) ? track->connection : NULL;
}

gboolean
closure_track_is_other(const closure_track *track, guint side, const closure_tcp_numbers *numbers)
{
    const guint64 known = track->begin[side] != 0 ? track->begin[side] : track->acked[side];

    return (numbers->flags & CLOSURE_SYN) && known != 0 && (guint32)known != numbers->sequence + 1;
}

static guint64
unwrap(guint32 number, guint64 near)
{
    return near == 0 ? FIRST_EPOCH | number : near + (guint64)(gint64)(gint32)(number - (guint32)near);
}

void
closure_track_locate(closure_track *track, guint side, const closure_tcp_numbers *numbers, closure_segment *segment)
{
    const guint peer = CLOSURE_PEER(side);
    const guint32 syn = numbers->flags & CLOSURE_SYN ? 1 : 0;

    segment->flags = numbers->flags;
    segment->position = unwrap(numbers->sequence + syn, MAX(track->sent[side], track->acked[side]));
    segment->ack = unwrap(numbers->acknowledgment, MAX(track->acked[peer], track->sent[peer]));
}

void
closure_track_set_likely_client(closure_track *track, guint side)
{
    if (!track->likely_client_is_sure)
        track->likely_client = (guint8)side;
}

static gboolean
is_far(guint64 position, guint64 known)
{
    return known != 0 && (position > known + LARGEST_WINDOW || position + LARGEST_WINDOW < known);
}

static void
begin_stream(closure_direction *direction, guint64 begin)
{
    const guint64 acked = direction->stream.acked;

    closure_stream_init(&direction->stream, begin);
    direction->stream.acked = acked;
    closure_reader_init(&direction->reader, begin);
}

static closure_connection *
new_connection(const closure_track *track, const guint64 *begin)
{
    closure_connection *connection = g_new0(closure_connection, 1);
    closure_facts *facts = &connection->facts;

    facts->client = CLOSURE_NOBODY;
    facts->likely_client = track->likely_client;
    facts->data_time = CLOSURE_NO_TIME;
    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        facts->side[side].rare = &closure_nothing_rare;
        begin_stream(&facts->side[side], begin[side]);
        facts->side[side].stream.acked = track->acked[side];
    }
    return connection;
}

static gboolean
is_first_octet(const closure_track *track, guint side, const closure_segment *segment)
{
    return track->saw_syn != 0 && segment->position == track->begin[side];
}

/* Where the first octet of a handshake record may stand at or behind @p offset; segment->captured: nowhere. */
static guint32
next_handshake_octet(const closure_segment *segment, guint32 offset)
{
    const guint8 *found = memchr(segment->octets + offset, CLOSURE_HANDSHAKE, segment->captured - offset);

    return found != NULL ? (guint32)(found - segment->octets) : segment->captured;
}

/* Where TLS begins in this segment; segment->captured: nowhere. A ClientHello may follow a line of a proxy protocol. */
static guint32
find_start(const closure_track *track, guint side, const closure_segment *segment)
{
    guint32 offset = 0;

    if (is_first_octet(track, side, segment)
            ? closure_header_plausible(segment->octets, MIN(segment->captured, CLOSURE_HEADER_LENGTH))
            : closure_tls_may_begin(segment->octets, segment->captured))
        return 0;
    if (segment->position > track->begin[side] + CLEAR_TEXT_SEARCHED)
        return segment->captured;
    while ((offset = next_handshake_octet(segment, offset)) < segment->captured &&
           !closure_hello_begins(segment->octets + offset, segment->captured - offset))
        offset++;
    return offset;
}

/* The first octets of a connection may arrive out of order: those above them are kept until it shows what they are. */
static gboolean
is_above_first(const closure_track *track, guint side, const closure_segment *segment)
{
    return track->saw_syn != 0 && track->sent[side] == track->begin[side] && segment->position > track->begin[side];
}

/* A FIN may be captured before the octets that it follows, or that it answers. */
static gboolean
is_early_fin(const closure_track *track, const closure_segment *segment)
{
    return segment->flags & CLOSURE_FIN && track->sent[0] == track->begin[0] && track->sent[1] == track->begin[1];
}

static void
look_for_tls(closure_track *track, guint side, const closure_segment *segment)
{
    const guint peer = CLOSURE_PEER(side);
    guint64 begin[CLOSURE_SIDES];
    guint32 offset;

    begin[side] = track->begin[side];
    begin[peer] = track->sent[peer];
    if (!is_above_first(track, side, segment) && !is_early_fin(track, segment)) {
        offset = segment->captured != 0 ? find_start(track, side, segment) : 0;
        if (offset == segment->captured)
            return;
        begin[side] = segment->position + offset;
    }
    track->connection = new_connection(track, begin);
}

static inline void
note_header(closure_track *track, guint side, const closure_segment *segment)
{
    const guint peer = CLOSURE_PEER(side);

    if (track->begin[side] == 0) {
        track->begin[side] = segment->position;
        track->sent[side] = segment->position;
    }
    if (segment->flags & CLOSURE_SYN) {
        track->saw_syn |= (guint8)(1 << side);
        track->likely_client = (guint8)(segment->flags & CLOSURE_ACK ? peer : side);
        track->likely_client_is_sure = TRUE;
    }
    if (segment->flags & CLOSURE_ACK)
        track->acked[peer] = MAX(track->acked[peer], segment->ack);
}

/* @return the TTL of all earlier segments of the side, if there were enough and this one's differs; else 0 */
static inline guint8
note_ttl(closure_track *track, guint side, const closure_segment *segment)
{
    const gboolean is_mixed = (track->ttl_mixed & 1 << side) != 0;
    const gboolean differs = track->ttl_count[side] > 0 && segment->ttl != track->ttl[side];
    const gboolean is_odd = differs && !is_mixed && track->ttl_count[side] >= TTL_ENOUGH;

    if (segment->ttl == 0)
        return 0;
    if (differs && !(segment->flags & (CLOSURE_FIN | CLOSURE_RST)))
        track->ttl_mixed |= (guint8)(1 << side);
    if (track->ttl_count[side] == 0)
        track->ttl[side] = segment->ttl;
    if (track->ttl_count[side] < TTL_ENOUGH)
        track->ttl_count[side]++;
    return is_odd ? track->ttl[side] : 0;
}

/* A keep-alive repeats the last octet, with any value (RFC 9293 §3.8.4): it must not stand for one that is missing. */
static gboolean
is_keep_alive(const closure_stream *stream, const closure_segment *segment)
{
    return segment->length == 1 && segment->position + 1 == stream->acked;
}

/* RFC 9293 §3.5.3: nothing new follows a RST that ends. */
static void
withdraw_rst(closure_direction *own, const closure_segment *segment)
{
    if (segment->flags & CLOSURE_SYN || segment->position + segment->length > own->stream.sent)
        own->rst.at.frame = 0;
}

static void
note_frame(closure_facts *facts, guint side, const closure_segment *segment)
{
    if (facts->first_frame == 0)
        facts->first_frame = segment->frame;
    facts->last_frame = facts->last_frame_of[side] = segment->frame;
}

static void
note_odd_ttl(closure_direction *own, const closure_segment *segment, guint8 usual)
{
    if (usual != 0 && segment->flags & (CLOSURE_FIN | CLOSURE_RST) && own->rare->odd_ttl.frame == 0)
        closure_rare_of(own)->odd_ttl = (closure_odd_ttl){ segment->frame, segment->ttl, usual };
}

/* @return whether a new TLS connection begins in this segment */
static gboolean
feed_payload(closure_observer *observer, const closure_segment *segment)
{
    closure_direction *own = &observer->facts->side[observer->side];

    if (segment->length == 0 || is_keep_alive(&own->stream, segment))
        return FALSE;
    closure_observe_copy(observer->facts, observer->side, segment);
    closure_stream_add(&own->stream, segment);
    if (!closure_reader_run(observer, segment))
        return FALSE;
    const closure_run hello = {
        .time = segment->time,
        .ack = segment->flags & CLOSURE_ACK ? segment->ack : 0,
        .frame = segment->frame,
    };
    closure_observe_foreign(observer, &hello, TRUE);
    return TRUE;
}

/* @return as feed_payload() */
static gboolean
feed_connection(closure_observer *observer, const closure_segment *segment)
{
    closure_facts *facts = observer->facts;
    const guint side = observer->side;
    closure_direction *own = &facts->side[side];
    closure_direction *peer = &facts->side[CLOSURE_PEER(side)];

    /* Octets between what the peer had acknowledged and this segment were sent before it, and are missing. */
    if (!own->was_captured && own->stream.begin == 0)
        begin_stream(own, own->stream.acked != 0 ? MIN(own->stream.acked, segment->position) : segment->position);
    own->was_captured = TRUE;
    if (segment->flags & CLOSURE_ACK)
        peer->stream.acked = MAX(peer->stream.acked, segment->ack);
    if (segment->flags & CLOSURE_RST) {
        closure_observe_rst(facts, side, segment);
    } else {
        withdraw_rst(own, segment);
        if (feed_payload(observer, segment))
            return TRUE;
        if (segment->flags & CLOSURE_FIN)
            closure_observe_fin(facts, side, segment);
    }
    note_frame(facts, side, segment);
    return FALSE;
}

/* The new connection begins with the hello. A ClientHello acknowledges what the server sent before, and no more. */
static void
start_successor(closure_track *track, guint side, const closure_segment *segment)
{
    closure_facts *facts = &track->connection->facts;
    const guint peer = CLOSURE_PEER(side);
    const gboolean is_client = facts->side[side].reader.peek[0] == CLOSURE_CLIENT_HELLO;
    const guint64 read = MIN(facts->side[peer].reader.position, facts->side[peer].stream.sent);
    guint64 begin[CLOSURE_SIDES];

    begin[side] = facts->side[side].record.start;
    begin[peer] = is_client && segment->flags & CLOSURE_ACK ? MAX(read, segment->ack) : read;
    closure_connection *successor = new_connection(track, begin);
    closure_reader_hand_over(&facts->side[side], &successor->facts.side[side]);
    successor->previous = track->connection;
    track->connection = successor;
}

/* The connection that the segment belongs to: octets below the newest one's are late, and of the one before it. */
static closure_connection *
connection_of(const closure_track *track, guint side, const closure_segment *segment)
{
    closure_connection *newest = track->connection;
    const gboolean is_late = newest->previous != NULL && segment->length > 0 &&
                             segment->position + segment->length <= newest->facts.side[side].stream.begin;

    return is_late ? newest->previous : newest;
}

static void
feed_all(closure_track *track, closure_connection *connection, const closure_segment *segment,
         closure_observer observer)
{
    observer.facts = &connection->facts;
    closure_observe_segment_start(&observer,
                                  segment->position <= connection->facts.side[observer.side].reader.position);
    while (feed_connection(&observer, segment) && connection == track->connection) {
        start_successor(track, observer.side, segment);
        connection = track->connection;
        observer.facts = &connection->facts;
    }
    closure_observe_segment_end(&observer);
}

/* What was watched from its start and turned out to be no TLS needs no more memory than its numbers. */
static void
drop_without_tls(closure_track *track)
{
    const closure_direction *side = track->connection->facts.side;
    const gboolean seeks =
        side[0].reader.reading == CLOSURE_SEEKING_RECORDS || side[1].reader.reading == CLOSURE_SEEKING_RECORDS;
    const gboolean ended = side[0].fin.frame != 0 && side[1].fin.frame != 0 && track->sent[0] == track->begin[0] &&
                           track->sent[1] == track->begin[1];

    if (has_shown_tls(track->connection) || !(seeks || ended))
        return;
    free_connections(track->connection);
    track->connection = NULL;
}

/* A number that changes when the connection shows more of itself. 0: it has shown no TLS. */
static guint32
stage_of(const closure_connection *connection)
{
    if (connection == NULL || !has_shown_tls(connection))
        return 0;
    const closure_facts *facts = &connection->facts;
    return 1U | (guint32)facts->side[0].has_shown_tls << 1 | (guint32)facts->side[1].has_shown_tls << 2 |
           (guint32)facts->client << 3 | (guint32)facts->side[0].was_captured << 5 |
           (guint32)facts->side[1].was_captured << 6 | (guint32)facts->version << 8;
}

static gboolean
has_begun_to_end(const closure_rare *rare)
{
    return rare->foreign.frame != 0 || rare->harmless.at.frame != 0 || rare->odd_ttl.frame != 0;
}

gboolean
closure_has_begun_to_close(const closure_facts *facts)
{
    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        const closure_direction *own = &facts->side[side];

        if (own->alert.at.frame != 0 || own->fin.frame != 0 || own->rst.at.frame != 0 ||
            (own->rare != &closure_nothing_rare && has_begun_to_end(own->rare)) ||
            (own->tail_count > 0 && own->tail[0].is_certain))
            return TRUE;
    }
    return FALSE;
}

/* Bulk data: the next octets of a record whose body the reader skips, and not its last ones. */
static gboolean
is_inside_record(const closure_direction *own, const closure_segment *segment)
{
    const closure_stream *stream = &own->stream;

    return segment->position == stream->sent && own->has_shown_tls && segment->captured == segment->length &&
           segment->length > 1 && stream->holes == NULL && stream->pending == NULL && own->spare == NULL &&
           closure_reader_skips(&own->reader, &own->record) && segment->position >= own->record.start &&
           segment->position + segment->length < own->record.end;
}

static gboolean
is_without_tls(const closure_track *track, guint side, const closure_segment *segment)
{
    return !is_above_first(track, side, segment) &&
           (segment->captured == 0 || find_start(track, side, segment) == segment->captured);
}

static void
note_progress(closure_facts *facts, guint side, const closure_segment *segment)
{
    closure_stream *own = &facts->side[side].stream;
    closure_stream *peer = &facts->side[CLOSURE_PEER(side)].stream;

    if (segment->length > 0) {
        closure_observe_copy(facts, side, segment);
        own->sent = segment->position + segment->length;
    }
    peer->acked = MAX(peer->acked, segment->ack);
    note_frame(facts, side, segment);
}

gboolean
closure_track_pass_over(closure_track *track, guint side, const closure_segment *segment)
{
    closure_connection *connection = track->connection;

    if (segment->flags != CLOSURE_ACK || track->begin[side] == 0 ||
        is_far(segment->position, MAX(track->sent[side], track->acked[side])))
        return FALSE;
    if (connection == NULL) {
        if (!is_without_tls(track, side, segment))
            return FALSE;
    } else {
        const closure_direction *own = &connection->facts.side[side];

        if (connection->previous != NULL || !own->was_captured || closure_has_begun_to_close(&connection->facts) ||
            !(segment->length == 0 || is_inside_record(own, segment)))
            return FALSE;
        note_progress(&connection->facts, side, segment);
    }
    note_header(track, side, segment);
    note_ttl(track, side, segment);
    track->sent[side] = MAX(track->sent[side], segment->position + segment->length);
    return TRUE;
}

/* What the peer sends is acknowledged, and all of it was captured: no gap can matter any more or less than before. */
static gboolean
acknowledges_what_is_known(const closure_facts *facts, guint side, const closure_segment *segment)
{
    if (segment->flags != CLOSURE_ACK || segment->length > 0 || facts->side[side].rst.at.frame != 0)
        return FALSE;
    for (guint i = 0; i < CLOSURE_SIDES; i++) {
        const closure_direction *sender = &facts->side[i];
        const closure_stream *stream = &sender->stream;
        const gboolean fin_is_above = sender->fin.frame != 0 && sender->fin_position > stream->sent;

        if (closure_stream_has_gap(stream, stream->begin, stream->sent) || fin_is_above ||
            closure_is_acked_beyond_capture(sender))
            return FALSE;
    }
    return TRUE;
}

closure_change
closure_track_feed(closure_track *track, guint side, const closure_segment *segment,
                   const closure_plaintext *plaintexts, guint count)
{
    const closure_observer observer = { .side = side, .plaintexts = plaintexts, .count = count };
    closure_connection *before;
    closure_connection *fed = NULL;
    gboolean had_begun_to_close = FALSE;
    guint32 stage;

    if (count == 0 && closure_track_pass_over(track, side, segment))
        return CLOSURE_NO_CHANGE;
    if (is_far(segment->position, MAX(track->sent[side], track->acked[side])))
        return CLOSURE_NO_CHANGE;
    note_header(track, side, segment);
    const guint8 usual_ttl = note_ttl(track, side, segment);

    if (track->connection == NULL)
        look_for_tls(track, side, segment);
    before = track->connection;
    stage = stage_of(before);
    if (before != NULL) {
        fed = connection_of(track, side, segment);
        had_begun_to_close = closure_has_begun_to_close(&fed->facts);
        note_odd_ttl(&before->facts.side[side], segment, usual_ttl);
        feed_all(track, fed, segment, observer);
        drop_without_tls(track);
    }
    if (!(segment->flags & CLOSURE_RST))
        track->sent[side] = MAX(track->sent[side], segment->position + segment->length);
    if (stage_of(track->connection) == 0)
        return CLOSURE_NO_CHANGE;
    if (track->connection != before || stage_of(before) != stage || fed != before)
        return CLOSURE_ANY_CHANGE;
    /* A RST may have been withdrawn. */
    if (!had_begun_to_close && !closure_has_begun_to_close(&before->facts))
        return CLOSURE_NO_CHANGE;
    return count == 0 && acknowledges_what_is_known(&before->facts, side, segment) ? CLOSURE_AMOUNTS_CHANGE
                                                                                   : CLOSURE_ANY_CHANGE;
}
