/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "observe.h"

#include "alert.h"
#include "record.h"

const closure_rare closure_nothing_rare;

closure_rare *
closure_rare_of(closure_direction *direction)
{
    if (direction->rare == &closure_nothing_rare)
        direction->rare = g_new0(closure_rare, 1);
    return (closure_rare *)direction->rare;
}

static guint64
body_length(const closure_record *record)
{
    return record->end - record->start - CLOSURE_HEADER_LENGTH;
}

static closure_event
event_of(const closure_facts *facts, const closure_sighting *sighting)
{
    const closure_event event = { sighting->time, facts->data_time, sighting->ack, sighting->frame };
    return event;
}

static void
count_record(closure_records *records, const closure_event *at, guint64 octets, guint8 kind)
{
    if (records->count++ == 0)
        records->first = *at;
    records->octets += octets;
    records->kinds |= kind;
}

/* A record of the side that is neither alert nor ChangeCipherSpec: it must not follow a closing alert. */
static void
count_after_alert(closure_direction *own, const closure_event *at, guint64 octets, guint8 kind)
{
    if (own->alert.at.frame != 0)
        count_record(&closure_rare_of(own)->after_alert, at, octets, kind);
    else if (own->rare->harmless.at.frame != 0)
        count_record(&closure_rare_of(own)->after_harmless, at, octets, kind);
}

/* Where the peer's closing alert, or what may be one, ends; 0: there is none. */
static guint64
closing_alert_end(const closure_direction *side)
{
    if (side->alert.at.frame != 0)
        return side->alert.end;
    return side->tail_count > 0 ? side->tail[0].end : 0;
}

/* Application data of the main phase. */
static void
observe_data(closure_facts *facts, guint side, const closure_record *record, const closure_event *at)
{
    closure_direction *own = &facts->side[side];
    const closure_direction *peer = &facts->side[CLOSURE_PEER(side)];
    const guint64 peer_alert_end = closing_alert_end(peer);
    const guint64 octets = body_length(record);

    if (own->data.first_end == 0) {
        own->data.first_start = record->start;
        own->data.first_end = record->end;
    }
    own->data.last = *at;
    own->data.last_start = record->start;
    own->data.last_end = record->end;
    facts->data_time = MAX(facts->data_time, at->time);
    if (peer_alert_end != 0 && at->ack >= peer_alert_end)
        count_record(&closure_rare_of(own)->reply_to_alert, at, octets, CLOSURE_KIND_DATA);
    if (closure_acknowledges_fin(at, peer))
        count_record(&closure_rare_of(own)->reply_to_fin, at, octets, CLOSURE_KIND_DATA);
}

static void
observe_finished(closure_direction *own, const closure_record *record, const closure_event *at)
{
    own->finished_start = record->start;
    own->finished_end = record->end;
    own->flight_ack = at->ack;
    own->last_message = CLOSURE_FINISHED;
}

/* Early data is sent on the heels of the ClientHello: it acknowledges no more than that (RFC 8446 §2.3). */
static gboolean
is_early(const closure_facts *facts, guint side, const closure_event *at)
{
    const closure_direction *own = &facts->side[side];

    return facts->client == side && own->finished_end == 0 && own->hello_ack != 0 && at->ack <= own->hello_ack;
}

/* Whether a record of type 23 can only belong to a TLS 1.3 handshake, going by what this side sent before it. */
static gboolean
is_in_handshake(const closure_facts *facts, guint side, const closure_event *at)
{
    const closure_direction *own = &facts->side[side];
    const closure_direction *peer = &facts->side[CLOSURE_PEER(side)];

    if (facts->client == CLOSURE_NOBODY || own->finished_end != 0)
        return FALSE;
    if (facts->version != CLOSURE_VERSION_UNKNOWN && facts->version != CLOSURE_TLS_1_3)
        return FALSE;
    if (facts->client == side)
        return own->hello_ack != 0;
    return peer->finished_end == 0 || at->ack < peer->finished_end;
}

/* A record of type 23 that is no alert. @p kind is CLOSURE_KIND_UNREAD, or what was decrypted. */
static void
settle_protected(closure_facts *facts, guint side, const closure_record *record, const closure_event *at, guint8 kind)
{
    closure_direction *own = &facts->side[side];

    count_after_alert(own, at, body_length(record), kind);
    if (is_early(facts, side, at)) {
        own->sent_early = TRUE;
    } else if (kind != CLOSURE_KIND_DATA && is_in_handshake(facts, side, at)) {
        if (facts->client == side)
            observe_finished(own, record, at);
        else
            own->flight_ack = at->ack;
    } else if (kind != CLOSURE_KIND_HANDSHAKE) {
        observe_data(facts, side, record, at);
    }
}

static void
count_lookalike(closure_lookalikes *lookalikes, guint64 length)
{
    if (lookalikes->length != length)
        *lookalikes = (closure_lookalikes){ length, 0 };
    lookalikes->count++;
}

/* A record of type 23 is what its type says, but for TLS 1.3. */
static guint8
kind_of_unread(const closure_facts *facts)
{
    const gboolean may_be_tls13 = facts->version == CLOSURE_VERSION_UNKNOWN || facts->version == CLOSURE_TLS_1_3;

    return may_be_tls13 ? CLOSURE_KIND_UNREAD : CLOSURE_KIND_DATA;
}

/* What is forgotten was noted before: there is nothing to do where nothing was. */
static void
forget_reply_to_alert(closure_direction *direction)
{
    if (direction->rare->reply_to_alert.count > 0)
        closure_rare_of(direction)->reply_to_alert = (closure_records){ 0 };
}

/* Every record at the tail was no alert, since others followed it. Except one that nothing else can stand for. */
static void
settle_tail(closure_facts *facts, guint side, guint kept)
{
    closure_direction *own = &facts->side[side];
    closure_direction *peer = &facts->side[CLOSURE_PEER(side)];

    if (own->tail_count <= kept)
        return;
    while (own->tail_count > kept) {
        const closure_alert oldest = own->tail[--own->tail_count];
        const closure_record record = { oldest.start, oldest.end, CLOSURE_APPLICATION_DATA, FALSE };

        if (oldest.is_certain && own->alert.at.frame == 0) {
            own->alert = oldest;
            continue;
        }
        count_lookalike(&own->lookalikes, oldest.end - oldest.start);
        settle_protected(facts, side, &record, &oldest.at, kind_of_unread(facts));
    }
    if (own->tail_count == 0 && own->alert.at.frame == 0)
        forget_reply_to_alert(peer);
}

/* The peer's last data may acknowledge an alert or a FIN that was captured after it. */
static void
find_earlier_reply(closure_facts *facts, guint side)
{
    closure_direction *peer = &facts->side[CLOSURE_PEER(side)];
    const closure_direction *own = &facts->side[side];
    const guint64 alert_end = closing_alert_end(own);
    const closure_event *last = &peer->data.last;
    const guint64 octets = peer->data.last_end - peer->data.last_start - CLOSURE_HEADER_LENGTH;

    if (last->frame == 0)
        return;
    if (alert_end != 0 && last->ack >= alert_end && peer->rare->reply_to_alert.count == 0)
        count_record(&closure_rare_of(peer)->reply_to_alert, last, octets, CLOSURE_KIND_DATA);
    if (closure_acknowledges_fin(last, own) && peer->rare->reply_to_fin.count == 0)
        count_record(&closure_rare_of(peer)->reply_to_fin, last, octets, CLOSURE_KIND_DATA);
}

static closure_alert
alert_of(const closure_facts *facts, const closure_sighting *sighting)
{
    const closure_alert alert = {
        .at = event_of(facts, sighting),
        .start = sighting->record.start,
        .end = sighting->record.end,
        .outer_type = sighting->record.type,
    };
    return alert;
}

static void
note_alert_after_harmless(closure_direction *own)
{
    if (own->rare->harmless.at.frame != 0)
        closure_rare_of(own)->alert_followed = TRUE;
}

static void
observe_closing_alert(closure_facts *facts, guint side, const closure_alert *alert)
{
    closure_direction *own = &facts->side[side];

    note_alert_after_harmless(own);
    if (own->alert.at.frame != 0)
        return;
    own->alert = *alert;
    find_earlier_reply(facts, side);
}

static void
observe_read_alert(closure_facts *facts, guint side, closure_alert alert, guint8 level, guint8 description)
{
    alert.was_read = TRUE;
    alert.level = level;
    alert.description = description;
    if (closure_alert_closes(&alert, facts->version))
        observe_closing_alert(facts, side, &alert);
    else
        note_alert_after_harmless(&facts->side[side]);
}

/* Type 23 and of an alert's size: what it is shows when something follows, or nothing does. */
static void
observe_tail(closure_facts *facts, guint side, const closure_sighting *sighting)
{
    closure_direction *own = &facts->side[side];
    closure_alert alert = alert_of(facts, sighting);

    settle_tail(facts, side, own->tail_count > 0 && alert.end - alert.start == own->tail[0].end - own->tail[0].start);
    alert.is_certain = facts->client == side && is_in_handshake(facts, side, &alert.at) && !own->sent_early &&
                       !is_early(facts, side, &alert.at) &&
                       !closure_stream_has_gap(&own->stream, own->stream.begin, alert.start);
    own->tail[1] = own->tail[0];
    own->tail[0] = alert;
    own->tail_count++;
    find_earlier_reply(facts, side);
}

static gboolean
is_unread(const closure_alert *alert)
{
    return alert->at.frame != 0 && !alert->was_read && alert->outer_type == CLOSURE_ALERT;
}

/* TLS <= 1.2: a record follows an alert that was not read. Once the Finished was sent, that alert was a warning. */
static void
settle_unread_alert(closure_facts *facts, guint side)
{
    closure_direction *own = &facts->side[side];

    if (!is_unread(&own->alert) || (own->finished_end == 0 && facts->client != CLOSURE_NOBODY))
        return;
    if (own->rare->harmless.at.frame == 0)
        closure_rare_of(own)->harmless = own->alert;
    own->alert = (closure_alert){ 0 };
    forget_reply_to_alert(&facts->side[CLOSURE_PEER(side)]);
}

/* From here on no receiver takes what is not encrypted: an alert in the clear can only be forged. */
static gboolean
is_encrypting(const closure_direction *own)
{
    return own->finished_end != 0 || own->data.first_end != 0;
}

static void
observe_alert(closure_facts *facts, guint side, const closure_sighting *sighting, const closure_plaintext *plaintext)
{
    closure_direction *own = &facts->side[side];
    const closure_alert alert = alert_of(facts, sighting);

    if (sighting->is_clear && is_encrypting(own)) {
        /* That it can be read tells nothing of what may hide in the record before it. */
        if (sighting->record.end == own->record.end)
            own->record.was_read = FALSE;
        return;
    }
    settle_tail(facts, side, 0);
    settle_unread_alert(facts, side);
    if (plaintext != NULL)
        observe_read_alert(facts, side, alert, plaintext->level, plaintext->description);
    else if (sighting->is_clear)
        observe_read_alert(facts, side, alert, sighting->level, sighting->description);
    else
        observe_closing_alert(facts, side, &alert);
    if (!sighting->is_clear && sighting->record.type == CLOSURE_ALERT)
        own->long_alert = TRUE;
}

static void
observe_handshake(closure_facts *facts, guint side, const closure_sighting *sighting)
{
    closure_direction *own = &facts->side[side];
    const closure_event at = event_of(facts, sighting);

    count_after_alert(own, &at, body_length(&sighting->record), CLOSURE_KIND_HANDSHAKE);
    own->flight_ack = at.ack;
    if (sighting->is_clear && own->hello_ack == 0)
        own->hello_ack = at.ack;
    if (sighting->is_clear || !own->ccs)
        return;
    own->ccs_then_22 |= !own->ccs_then_23;
    if (own->finished_end == 0)
        observe_finished(own, &sighting->record, &at);
}

static guint8
kind_of_plaintext(const closure_plaintext *plaintext)
{
    switch (plaintext->type) {
    case CLOSURE_HANDSHAKE:
        return CLOSURE_KIND_HANDSHAKE;
    case CLOSURE_APPLICATION_DATA:
        return CLOSURE_KIND_DATA;
    default:
        return CLOSURE_KIND_OTHER;
    }
}

static void
observe_protected(closure_facts *facts, guint side, const closure_sighting *sighting,
                  const closure_plaintext *plaintext)
{
    const closure_event at = event_of(facts, sighting);

    if (plaintext == NULL && closure_alert_sized(body_length(&sighting->record))) {
        observe_tail(facts, side, sighting);
        return;
    }
    settle_tail(facts, side, 0);
    settle_protected(facts, side, &sighting->record, &at,
                     plaintext != NULL ? kind_of_plaintext(plaintext) : kind_of_unread(facts));
}

static void
observe(closure_facts *facts, guint side, const closure_sighting *sighting, const closure_plaintext *plaintext)
{
    closure_direction *own = &facts->side[side];
    const guint8 type = sighting->record.type;
    const closure_event at = event_of(facts, sighting);

    own->has_other_types |= type != CLOSURE_APPLICATION_DATA;
    own->ccs_then_23 |= own->ccs && !own->ccs_then_22 && type == CLOSURE_APPLICATION_DATA;
    if (plaintext != NULL && sighting->record.end == own->record.end)
        own->record.was_read = TRUE;
    if (type == CLOSURE_ALERT || (plaintext != NULL && plaintext->type == CLOSURE_ALERT)) {
        observe_alert(facts, side, sighting, plaintext);
        return;
    }
    settle_unread_alert(facts, side);
    if (type == CLOSURE_APPLICATION_DATA) {
        observe_protected(facts, side, sighting, plaintext);
        return;
    }
    settle_tail(facts, side, 0);
    if (type == CLOSURE_CHANGE_CIPHER_SPEC)
        own->ccs = TRUE;
    else if (type == CLOSURE_HANDSHAKE)
        observe_handshake(facts, side, sighting);
    else
        count_after_alert(own, &at, body_length(&sighting->record), CLOSURE_KIND_OTHER);
}

/* Whether this plaintext can be that record's. @p padding: TLS 1.3 may have made the record longer than it needs. */
static gboolean
fits(const closure_facts *facts, const closure_sighting *sighting, const closure_plaintext *plaintext, gboolean padding)
{
    const guint64 length = body_length(&sighting->record);
    const guint64 tag = closure_tag_length(facts->version, facts->cipher_suite);
    const guint64 needed = plaintext->length + 1 + tag;

    if (sighting->is_clear)
        return FALSE;
    if (sighting->record.type != CLOSURE_APPLICATION_DATA || plaintext->type == CLOSURE_APPLICATION_DATA) {
        if (facts->version != CLOSURE_TLS_1_3)
            return sighting->record.type == plaintext->type && plaintext->length <= length;
    }
    if (sighting->record.type != CLOSURE_APPLICATION_DATA)
        return FALSE;
    return length == needed || (padding && length > needed);
}

/* Alerts of two octets are taken for alerts; anything else of that type says nothing. */
static gboolean
is_usable(const closure_plaintext *plaintext)
{
    return plaintext->type != CLOSURE_ALERT || plaintext->length == 2;
}

static const closure_plaintext *
pair(closure_observer *observer, const closure_sighting *sighting, gboolean padding)
{
    for (guint i = 0; i < observer->count; i++) {
        const closure_plaintext *plaintext = &observer->plaintexts[i];

        if (!fits(observer->facts, sighting, plaintext, padding))
            continue;
        observer->plaintexts += i + 1;
        observer->count -= i + 1;
        return is_usable(plaintext) ? plaintext : NULL;
    }
    return NULL;
}

void
closure_observe_record(closure_observer *observer, const closure_sighting *sighting)
{
    if (observer->count == 0 && observer->sightings == NULL) {
        observe(observer->facts, observer->side, sighting, NULL);
        return;
    }
    if (observer->sightings == NULL)
        observer->sightings = g_array_new(FALSE, FALSE, sizeof(closure_sighting));
    g_array_append_val(observer->sightings, *sighting);
}

static guint
count_encrypted(const GArray *sightings)
{
    guint count = 0;

    for (guint i = 0; i < sightings->len; i++) {
        const closure_sighting *sighting = &g_array_index(sightings, closure_sighting, i);
        count += !sighting->is_clear && sighting->record.type != CLOSURE_CHANGE_CIPHER_SPEC;
    }
    return count;
}

void
closure_observe_waiting(closure_observer *observer)
{
    if (observer->sightings == NULL)
        return;
    /* Only where each record has its plaintext is a longer record one with padding, and not another one. */
    const gboolean padding = count_encrypted(observer->sightings) == observer->count;

    for (guint i = 0; i < observer->sightings->len; i++) {
        const closure_sighting *sighting = &g_array_index(observer->sightings, closure_sighting, i);
        const closure_plaintext *plaintext = pair(observer, sighting, padding);
        observe(observer->facts, observer->side, sighting, plaintext);
    }
    g_array_set_size(observer->sightings, 0);
}

/* The last record, or the last alert of TLS <= 1.2. */
static void
read_last_alert(closure_facts *facts, guint side, const closure_plaintext *plaintext)
{
    closure_direction *own = &facts->side[side];
    closure_alert alert;

    if (own->tail_count > 0) {
        alert = own->tail[0];
        own->tail[0] = own->tail[1];
        own->tail_count--;
        settle_tail(facts, side, 0);
    } else if (is_unread(&own->alert)) {
        alert = own->alert;
        own->alert = (closure_alert){ 0 };
    } else {
        return;
    }
    observe_read_alert(facts, side, alert, plaintext->level, plaintext->description);
}

/* An alert of TLS <= 1.2 that seemed harmless, since records follow: if it closes, they break the rules. */
static void
read_harmless_alert(closure_facts *facts, guint side, const closure_plaintext *plaintext)
{
    closure_direction *own = &facts->side[side];
    const closure_alert alert = own->rare->harmless;
    const closure_records after = own->rare->after_harmless;

    if (!is_unread(&alert) || own->rare->alert_followed)
        return;
    closure_rare_of(own)->harmless = (closure_alert){ 0 };
    closure_rare_of(own)->after_harmless = (closure_records){ 0 };
    observe_read_alert(facts, side, alert, plaintext->level, plaintext->description);
    if (own->alert.at.frame != 0)
        closure_rare_of(own)->after_alert = after;
}

/* Wireshark may decrypt records in a later frame than that of their last octet, together with all that follow. */
static void
observe_late(closure_observer *observer)
{
    const guint last = observer->count - 1;

    for (guint i = 0; i <= last; i++) {
        const closure_plaintext *plaintext = &observer->plaintexts[i];

        if (plaintext->type != CLOSURE_ALERT || plaintext->length != 2)
            continue;
        if (i == last)
            read_last_alert(observer->facts, observer->side, plaintext);
        else
            read_harmless_alert(observer->facts, observer->side, plaintext);
    }
}

void
closure_observe_segment_start(closure_observer *observer, gboolean fills_hole)
{
    closure_direction *own = &observer->facts->side[observer->side];

    if (own->spare == NULL)
        return;
    observer->joined = g_array_sized_new(FALSE, FALSE, sizeof(closure_plaintext), observer->count + own->spare->len);
    g_array_append_vals(observer->joined, own->spare->data, own->spare->len);
    g_array_insert_vals(observer->joined, fills_hole ? 0 : own->spare->len, observer->plaintexts, observer->count);
    observer->plaintexts = (const closure_plaintext *)(gconstpointer)observer->joined->data;
    observer->count = observer->joined->len;
    closure_observe_forget(own);
}

/* Records wait above a hole: what was decrypted and belongs to none so far is theirs. */
static void
keep_spare(closure_observer *observer)
{
    closure_direction *own = &observer->facts->side[observer->side];
    const guint kept = MIN(observer->count, CLOSURE_STREAM_MOST_SEGMENTS);

    own->spare = g_array_sized_new(FALSE, FALSE, sizeof(closure_plaintext), kept);
    g_array_append_vals(own->spare, observer->plaintexts, kept);
}

void
closure_observe_segment_end(closure_observer *observer)
{
    closure_observe_waiting(observer);
    if (observer->count > 0 && closure_stream_is_waiting(&observer->facts->side[observer->side].stream))
        keep_spare(observer);
    else if (observer->count > 0)
        observe_late(observer);
    if (observer->sightings != NULL)
        g_array_unref(observer->sightings);
    if (observer->joined != NULL)
        g_array_unref(observer->joined);
}

void
closure_observe_forget(closure_direction *direction)
{
    if (direction->spare != NULL)
        g_array_unref(direction->spare);
    direction->spare = NULL;
}

void
closure_observe_forget_all(closure_direction *direction)
{
    closure_observe_forget(direction);
    if (direction->rare != &closure_nothing_rare)
        g_free((closure_rare *)direction->rare);
    direction->rare = &closure_nothing_rare;
}

gboolean
closure_both_may_have_closed(const closure_facts *facts)
{
    return closing_alert_end(&facts->side[0]) != 0 && closing_alert_end(&facts->side[1]) != 0;
}

void
closure_observe_foreign(closure_observer *observer, const closure_run *run, gboolean is_hello)
{
    closure_facts *facts = observer->facts;
    closure_direction *own = &facts->side[observer->side];

    closure_observe_waiting(observer);
    if (own->rare->foreign.frame != 0)
        return;
    closure_rare_of(own)->foreign = (closure_event){ run->time, facts->data_time, run->ack, run->frame };
    closure_rare_of(own)->foreign_is_hello = is_hello;
}

void
closure_observe_fin(closure_facts *facts, guint side, const closure_segment *segment)
{
    closure_direction *own = &facts->side[side];
    const guint64 position = segment->position + segment->length;
    const guint64 ack = segment->flags & CLOSURE_ACK ? segment->ack : 0;

    if (own->fin.frame != 0 && position == own->fin_position)
        own->fin.ack = MIN(own->fin.ack, ack);
    if (own->fin.frame != 0 && position >= own->fin_position)
        return;
    own->fin_position = position;
    own->fin = (closure_event){ segment->time, facts->data_time, ack, segment->frame };
    find_earlier_reply(facts, side);
}

/* Whether the record that is still being sent is application data of the main phase. */
static gboolean
is_sending_data(const closure_facts *facts, guint side)
{
    const closure_direction *own = &facts->side[side];
    const closure_event now = { .ack = facts->side[CLOSURE_PEER(side)].stream.acked };

    return own->reader.in_body && own->record.type == CLOSURE_APPLICATION_DATA && !is_early(facts, side, &now) &&
           !is_in_handshake(facts, side, &now);
}

guint64
closure_data_end(const closure_facts *facts, guint side)
{
    const closure_direction *own = &facts->side[side];

    return is_sending_data(facts, side) ? MIN(own->stream.sent, own->record.end) : own->data.last_end;
}

/* Octets of a side's application data that the peer has not acknowledged. */
static guint64
unacked_data(const closure_facts *facts, guint side)
{
    const closure_direction *own = &facts->side[side];
    const guint64 end = closure_data_end(facts, side);
    const guint64 start = own->data.first_end != 0 ? own->data.first_start : own->record.start;
    const guint64 acked = MAX(own->stream.acked, start);

    return end > acked ? end - acked : 0;
}

void
closure_observe_rst(closure_facts *facts, guint side, const closure_segment *segment)
{
    closure_direction *own = &facts->side[side];
    const closure_direction *peer = &facts->side[CLOSURE_PEER(side)];

    if (own->rst.at.frame != 0)
        return;
    own->rst = (closure_reset){
        .at = { segment->time, facts->data_time, peer->stream.acked, segment->frame },
        .number = segment->position,
        .own_unacked = unacked_data(facts, side),
        .peer_unacked = unacked_data(facts, CLOSURE_PEER(side)),
        .has_ack = (segment->flags & CLOSURE_ACK) != 0,
    };
}

static void
lower_ack(closure_event *event, guint64 position, const closure_segment *segment)
{
    if (event->frame != 0 && position >= segment->position && position < segment->position + segment->length)
        event->ack = MIN(event->ack, segment->ack);
}

void
closure_observe_copy(closure_facts *facts, guint side, const closure_segment *segment)
{
    closure_direction *own = &facts->side[side];

    if (!(segment->flags & CLOSURE_ACK))
        return;
    lower_ack(&own->alert.at, own->alert.end - 1, segment);
    for (guint i = 0; i < own->tail_count; i++)
        lower_ack(&own->tail[i].at, own->tail[i].end - 1, segment);
}

gboolean
closure_tail_answers(const closure_facts *facts, guint side)
{
    const closure_direction *own = &facts->side[side];
    const closure_direction *peer = &facts->side[CLOSURE_PEER(side)];
    const guint64 peer_alert_end = closing_alert_end(peer);

    return closure_acknowledges_fin(&own->tail[0].at, peer) ||
           (peer_alert_end != 0 && own->tail[0].at.ack >= peer_alert_end);
}

void
closure_observe_no_inference(closure_facts *facts, guint side)
{
    settle_tail(facts, side, 0);
}
