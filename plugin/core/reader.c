/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "reader.h"

#include "alert.h"
#include "record.h"

#include <string.h>

/* What is wanted of the body of the record in progress. */
enum body {
    BODY_SKIP,  /* nothing: the reader waits at its end */
    BODY_WAIT,  /* nothing but that it is there: what may be an alert is worth waiting for its plaintext */
    BODY_PEEK,  /* the first octets of a handshake record, to tell clear text from ciphertext */
    BODY_CLEAR, /* handshake messages */
    BODY_ALERT, /* level and description */
};

/* Content type and version: without a length, yet with little that looks like it by chance. */
#define HEADER_ENOUGH 3

/* One call's view of the side that is being read. */
struct reading {
    closure_observer *observer;
    closure_direction *own;
    closure_reader *reader;
    const closure_segment *now; /* NULL: only what is kept */
    gboolean begins_anew;       /* a ClientHello that begins a new TLS connection was met: read no further */
};

static struct reading
begin(closure_observer *observer, const closure_segment *now)
{
    closure_direction *own = &observer->facts->side[observer->side];
    const struct reading reading = { observer, own, &own->reader, now, FALSE };
    return reading;
}

void
closure_reader_init(closure_reader *reader, guint64 position)
{
    memset(reader, 0, sizeof *reader);
    reader->position = position;
    reader->reading = CLOSURE_READING_RECORDS;
}

void
closure_reader_clear(closure_reader *reader)
{
    closure_handshake_free(reader->handshake);
    reader->handshake = NULL;
}

static gboolean
octets_at(const struct reading *reading, guint64 position, closure_run *run)
{
    return closure_stream_read(&reading->own->stream, reading->now, position, run);
}

static void
read_records_from(struct reading *reading, guint64 position)
{
    closure_span *lost = &reading->own->stream.lost;

    if (lost->end == G_MAXUINT64)
        lost->end = position;
    reading->reader->reading = CLOSURE_READING_RECORDS;
    reading->reader->position = position;
    reading->reader->in_body = FALSE;
    reading->reader->count = 0;
}

static gboolean
has_closed(const struct reading *reading)
{
    closure_observe_waiting(reading->observer);
    return reading->own->alert.at.frame != 0 || reading->own->tail_count > 0;
}

static void
seek_from(struct reading *reading, guint64 position)
{
    reading->reader->reading = CLOSURE_SEEKING_RECORDS;
    reading->reader->position = position;
    reading->reader->in_body = FALSE;
    reading->reader->count = 0;
}

/* No record begins at @p start: before TLS, after its end, or because the place in the stream was lost. */
static void
stop_reading(struct reading *reading, guint64 start)
{
    closure_direction *own = reading->own;
    closure_run run;

    if (!own->has_shown_tls)
        own->sent_no_tls = TRUE;
    else if (has_closed(reading) && octets_at(reading, start, &run))
        closure_observe_foreign(reading->observer, &run, FALSE);
    else
        closure_stream_lose(&own->stream, start, G_MAXUINT64);
    seek_from(reading, start);
}

static gboolean
chain_begins_at(const struct reading *reading, guint64 position)
{
    closure_run run;

    return octets_at(reading, position, &run) && closure_chain_plausible(run.octets, run.count, run.length);
}

static gboolean
peer_has_shown_tls(const struct reading *reading)
{
    return reading->observer->facts->side[CLOSURE_PEER(reading->observer->side)].has_shown_tls;
}

static enum body
body_wanted(guint8 type, guint16 length)
{
    switch (type) {
    case CLOSURE_HANDSHAKE:
        return length > 0 ? BODY_PEEK : BODY_SKIP;
    case CLOSURE_ALERT:
        return length == 2 ? BODY_ALERT : BODY_WAIT;
    case CLOSURE_APPLICATION_DATA:
        return closure_alert_sized(length) ? BODY_WAIT : BODY_SKIP;
    default:
        return BODY_SKIP;
    }
}

/* The header is complete: open its record, unless that would be the first sign of TLS and too weak a one. */
static void
open_record(struct reading *reading)
{
    closure_reader *reader = reading->reader;
    closure_direction *own = reading->own;
    const guint64 start = reader->position - CLOSURE_HEADER_LENGTH;
    const guint16 length = closure_header_body_length(reader->header);
    const guint8 type = reader->header[0];

    /* A first header may look like one by chance; a second one where the first says does not. */
    own->has_shown_tls |= own->record.type != 0 || peer_has_shown_tls(reading) || chain_begins_at(reading, start);
    own->record = (closure_record){ .start = start, .end = reader->position + length, .type = type };
    reader->in_body = TRUE;
    reader->count = 0;
    reader->body = (guint8)body_wanted(type, length);
}

/* @return whether anything was there to read */
static gboolean
read_header(struct reading *reading)
{
    closure_reader *reader = reading->reader;
    closure_run run;

    if (!octets_at(reading, reader->position, &run))
        return FALSE;
    const gsize taken = MIN(run.count, (gsize)(CLOSURE_HEADER_LENGTH - reader->count));

    memcpy(reader->header + reader->count, run.octets, taken);
    reader->count += (guint8)taken;
    reader->position += taken;
    if (!closure_header_plausible(reader->header, reader->count))
        stop_reading(reading, reader->position - reader->count);
    else if (reader->count == CLOSURE_HEADER_LENGTH)
        open_record(reading);
    return TRUE;
}

static void
read_handshake(struct reading *reading, const guint8 *octets, gsize count)
{
    closure_reader *reader = reading->reader;
    closure_facts *facts = reading->observer->facts;

    if (reader->handshake == NULL)
        reader->handshake = closure_handshake_new();
    reading->own->last_message = closure_handshake_read(reader->handshake, octets, count);

    const char *name = closure_handshake_server_name(reader->handshake);
    if (name != NULL && facts->server_name == NULL)
        facts->server_name = g_strdup(name);
    const closure_server_hello *hello = closure_handshake_server_hello(reader->handshake);
    if (hello != NULL) {
        facts->version = hello->version;
        facts->cipher_suite = hello->cipher_suite;
    }
}

static void
note_hello(struct reading *reading)
{
    closure_facts *facts = reading->observer->facts;
    const guint8 side = (guint8)reading->observer->side;

    reading->own->has_shown_tls = TRUE;
    if (facts->client == CLOSURE_NOBODY)
        facts->client = reading->reader->peek[0] == CLOSURE_CLIENT_HELLO ? side : (guint8)CLOSURE_PEER(side);
}

/* Before a hello that acknowledges octets of the peer which are missing, the peer may well have closed. */
static gboolean
peer_may_have_closed(const struct reading *reading)
{
    const closure_facts *facts = reading->observer->facts;
    const closure_stream *received = &facts->side[CLOSURE_PEER(reading->observer->side)].stream;
    closure_run run;

    if (closure_both_may_have_closed(facts))
        return TRUE;
    return octets_at(reading, reading->reader->position - 1, &run) && run.ack > received->begin &&
           (closure_stream_in_gap(received, run.ack - 1) || closure_stream_is_waiting(received));
}

/* Everything of the connection is encrypted by now: a hello in the clear can only be another connection's. */
static gboolean
is_past_handshake(const closure_direction *own)
{
    return own->finished_end != 0 || own->data.first_end != 0 || own->ccs_then_23;
}

/* Enough of a handshake record's body is there to say what it is. */
static void
judge_peek(struct reading *reading)
{
    closure_reader *reader = reading->reader;
    closure_direction *own = reading->own;
    const guint64 length = own->record.end - own->record.start - CLOSURE_HEADER_LENGTH;
    const gboolean is_hello = closure_hello_plausible(reader->peek, reader->count, (guint16)length);

    if (is_hello)
        closure_observe_waiting(reading->observer);
    if (is_hello && (is_past_handshake(own) || (has_closed(reading) && peer_may_have_closed(reading)))) {
        reading->begins_anew = TRUE;
        return;
    }
    if (is_hello)
        note_hello(reading);
    reader->body = is_hello || reader->handshake != NULL ? BODY_CLEAR : BODY_SKIP;
    if (reader->body == BODY_CLEAR)
        read_handshake(reading, reader->peek, reader->count);
}

static gsize
peek_wanted(const struct reading *reading)
{
    const guint64 length = reading->own->record.end - reading->own->record.start - CLOSURE_HEADER_LENGTH;

    return (gsize)MIN(length, sizeof reading->reader->peek);
}

static void
read_peek(struct reading *reading, const closure_run *run)
{
    closure_reader *reader = reading->reader;
    const gsize taken = MIN(peek_wanted(reading) - reader->count, run->count);

    memcpy(reader->peek + reader->count, run->octets, taken);
    reader->count += (guint8)taken;
    reader->position += taken;
}

/* One step through the body. @return whether there was one */
static gboolean
step_through_body(struct reading *reading)
{
    closure_reader *reader = reading->reader;
    closure_run run;

    if (reader->body == BODY_SKIP) {
        reader->position = reading->own->record.end;
        return TRUE;
    }
    if (reader->body == BODY_PEEK && reader->count == peek_wanted(reading)) {
        judge_peek(reading);
        return !reading->begins_anew;
    }
    if (!octets_at(reading, reader->position, &run))
        return FALSE;
    if (reader->body == BODY_CLEAR || reader->body == BODY_WAIT) {
        const gsize taken = (gsize)MIN(run.count, reading->own->record.end - reader->position);

        if (reader->body == BODY_CLEAR)
            read_handshake(reading, run.octets, taken);
        reader->position += taken;
    } else {
        read_peek(reading, &run);
    }
    return TRUE;
}

/* @return whether nothing more is wanted of the body */
static gboolean
read_body(struct reading *reading)
{
    const closure_reader *reader = reading->reader;

    while (reader->in_body && (reader->position < reading->own->record.end || reader->body == BODY_PEEK)) {
        if (!step_through_body(reading))
            return FALSE;
    }
    return TRUE;
}

/* The segment that carries the record's last octet; where that was not captured, the next one above it. */
static gboolean
find_carrier(const struct reading *reading, closure_run *run)
{
    const guint64 end = reading->own->record.end;
    const closure_segment *now = reading->now;

    if (octets_at(reading, end - 1, run))
        return TRUE;
    const guint64 next = closure_stream_next_pending(&reading->own->stream, end);
    if (next != G_MAXUINT64 && octets_at(reading, next, run))
        return TRUE;
    if (now == NULL)
        return FALSE;
    *run = (closure_run){ .time = now->time, .ack = now->flags & CLOSURE_ACK ? now->ack : 0, .frame = now->frame };
    return TRUE;
}

static gboolean
is_clear_alert(const closure_record *record)
{
    return record->type == CLOSURE_ALERT && record->end - record->start == CLOSURE_HEADER_LENGTH + 2;
}

/* @return whether the record was complete */
static gboolean
close_record(struct reading *reading)
{
    closure_reader *reader = reading->reader;
    closure_direction *own = reading->own;
    closure_run carrier;

    if (own->stream.sent < own->record.end || !find_carrier(reading, &carrier))
        return FALSE;
    const gboolean is_clear = reader->body == BODY_CLEAR || reader->body == BODY_ALERT;
    const closure_sighting sighting = {
        .record = own->record,
        .time = carrier.time,
        .ack = carrier.ack,
        .frame = carrier.frame,
        .is_clear = is_clear,
        .level = reader->peek[0],
        .description = reader->peek[1],
    };

    own->record.was_read = is_clear;
    reader->in_body = FALSE;
    reader->count = 0;
    /* Behind it handshake records are encrypted; a second hello begins anew. */
    if (own->record.type == CLOSURE_CHANGE_CIPHER_SPEC)
        closure_reader_clear(reader);
    if (is_clear_alert(&own->record) && !is_clear) {
        /* A snapshot length cut off what it says. */
        own->record = (closure_record){ 0 };
        return TRUE;
    }
    closure_observe_record(reading->observer, &sighting);
    return TRUE;
}

static void
advance(struct reading *reading)
{
    gboolean goes_on = TRUE;

    while (goes_on && !reading->begins_anew && reading->reader->reading == CLOSURE_READING_RECORDS) {
        if (!reading->reader->in_body)
            goes_on = read_header(reading);
        else
            goes_on = read_body(reading) && (!reading->reader->in_body || close_record(reading));
    }
}

gboolean
closure_reader_skips(const closure_reader *reader, const closure_record *record)
{
    return reader->reading == CLOSURE_READING_RECORDS && reader->in_body && reader->body == BODY_SKIP &&
           reader->position == record->end;
}

void
closure_reader_hand_over(closure_direction *from, closure_direction *to)
{
    to->reader = from->reader;
    to->reader.handshake = NULL;
    to->record = from->record;
    closure_stream_divide(&from->stream, from->record.start, &to->stream);
    if (from->fin.frame != 0 && from->fin_position >= from->record.start) {
        to->fin = from->fin;
        to->fin_position = from->fin_position;
        from->fin = (closure_event){ 0 };
    }
    from->reader.reading = CLOSURE_SEEKING_RECORDS;
}

gboolean
closure_tls_may_begin(const guint8 *octets, gsize captured)
{
    if (captured < HEADER_ENOUGH)
        return closure_hello_record_plausible(octets, captured);
    return closure_header_plausible(octets, MIN(captured, CLOSURE_HEADER_LENGTH));
}

/* Whether TLS begins, or can be picked up again, where a segment, or what was kept of it, begins. */
static gboolean
can_pick_up(const struct reading *reading, const closure_run *run)
{
    if (reading->own->has_shown_tls && has_closed(reading))
        return closure_hello_begins(run->octets, run->count);
    return closure_tls_may_begin(run->octets, run->count);
}

static void
seek_in_segment(struct reading *reading)
{
    closure_run run;
    const closure_segment *now = reading->now;

    if (now == NULL || now->position < reading->reader->position || !octets_at(reading, now->position, &run))
        return;
    if (can_pick_up(reading, &run))
        read_records_from(reading, run.position);
}

/* Waits no longer for the octets that are needed next. */
static void
give_up_hole(struct reading *reading)
{
    closure_reader *reader = reading->reader;
    closure_run run;
    guint64 next;

    if (reader->in_body) {
        closure_reader_clear(reader);
        reader->body = BODY_SKIP;
        return;
    }
    next = reader->position;
    closure_stream_lose(&reading->own->stream, next - reader->count, G_MAXUINT64);
    seek_from(reading, next - reader->count);
    while ((next = closure_stream_next_pending(&reading->own->stream, next)) != G_MAXUINT64) {
        if (octets_at(reading, next, &run) && can_pick_up(reading, &run)) {
            read_records_from(reading, next);
            return;
        }
        next++;
    }
}

/* Octets that a short snapshot length cut off are not worth waiting for: they were never captured in any copy. */
static gboolean
needs_octet_cut_off(const struct reading *reading)
{
    const guint64 needed = reading->reader->position;
    const closure_segment *now = reading->now;

    return reading->reader->reading == CLOSURE_READING_RECORDS && now != NULL && now->captured < now->length &&
           needed >= now->position + now->captured && needed < now->position + now->length;
}

static void
keep(struct reading *reading)
{
    const gboolean is_reading = reading->reader->reading == CLOSURE_READING_RECORDS;
    const guint64 needed = is_reading ? reading->reader->position : G_MAXUINT64;

    closure_stream_keep(&reading->own->stream, reading->now, needed);
    reading->now = NULL;
}

gboolean
closure_reader_run(closure_observer *observer, const closure_segment *now)
{
    struct reading reading = begin(observer, now);

    if (reading.reader->reading == CLOSURE_SEEKING_RECORDS)
        seek_in_segment(&reading);
    advance(&reading);
    while (!reading.begins_anew && needs_octet_cut_off(&reading)) {
        give_up_hole(&reading);
        advance(&reading);
    }
    if (reading.begins_anew)
        return TRUE;
    keep(&reading);
    while (!reading.begins_anew && closure_stream_is_overfull(&reading.own->stream)) {
        give_up_hole(&reading);
        advance(&reading);
        keep(&reading);
    }
    return reading.begins_anew;
}

void
closure_reader_finish(closure_observer *observer)
{
    struct reading reading = begin(observer, NULL);

    while (!reading.begins_anew && closure_stream_is_waiting(&reading.own->stream)) {
        give_up_hole(&reading);
        advance(&reading);
        keep(&reading);
    }
}
