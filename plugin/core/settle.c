/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "settle.h"
#include "alert.h"
#include "reader.h"
#include "record.h"
#include "view.h"

/* §1.2 */
static guint16
judge_version(const closure_facts *facts)
{
    const closure_direction *a = &facts->side[0];
    const closure_direction *b = &facts->side[1];

    if (facts->version != CLOSURE_VERSION_UNKNOWN)
        return facts->version;
    if (a->ccs_then_23 || b->ccs_then_23)
        return CLOSURE_TLS_1_3;
    if (a->ccs_then_22 || b->ccs_then_22 || a->long_alert || b->long_alert)
        return CLOSURE_TLS_UP_TO_1_2;
    if (facts->client == CLOSURE_NOBODY && !a->has_other_types && !b->has_other_types)
        return CLOSURE_TLS_1_3;
    return CLOSURE_VERSION_UNKNOWN;
}

/* So short a record can only belong to a suite with a short tag, whatever of the handshake was captured. */
static gboolean
is_short_alert_of_unknown_suite(const closure_judgement *judgement, guint64 length)
{
    return judgement->facts.version == CLOSURE_VERSION_UNKNOWN &&
           length == CLOSURE_HEADER_LENGTH + 2 + 1 + CLOSURE_SHORT_TAG;
}

/* The first of a pair may be among what was not captured. */
static gboolean
may_be_pair(const closure_direction *own)
{
    return own->tail_count == G_N_ELEMENTS(own->tail) || closure_stream_in_gap(&own->stream, own->tail[0].start - 1);
}

/*
 * A record at the tail can be an alert only in what may be TLS 1.3, with the length that the cipher suite gives it.
 * The length of an alert with JSSE's padding is that of much else: it counts only in a pair, as JSSE sends one, or in
 * response.
 */
static gboolean
tail_may_be_alert(const closure_judgement *judgement, guint side)
{
    const closure_direction *own = &judgement->facts.side[side];
    const guint64 length = own->tail[0].end - own->tail[0].start;

    if (judgement->version != CLOSURE_TLS_1_3 && judgement->version != CLOSURE_VERSION_UNKNOWN)
        return FALSE;
    if (length == closure_alert_record_length(judgement) || is_short_alert_of_unknown_suite(judgement, length))
        return TRUE;
    return length == closure_alert_record_length(judgement) + CLOSURE_USUAL_PADDING &&
           (may_be_pair(own) || own->tail[0].is_certain || closure_tail_answers(&judgement->facts, side));
}

/* Twice, since what one side's record answers may itself turn out to be none. */
static void
settle_tails(closure_judgement *judgement)
{
    for (guint i = 0; i < 2 * CLOSURE_SIDES; i++) {
        const guint side = i % CLOSURE_SIDES;

        if (!tail_may_be_alert(judgement, side))
            closure_observe_no_inference(&judgement->facts, side);
    }
}

static void
finish_reading(closure_facts *facts, guint side)
{
    closure_direction *own = &facts->side[side];
    closure_observer observer = { .facts = facts, .side = side };

    own->stream = closure_stream_copy(&own->stream);
    own->reader.handshake = NULL;
    if (own->spare != NULL)
        own->spare = g_array_ref(own->spare);
    closure_observe_segment_start(&observer, TRUE);
    closure_reader_finish(&observer);
    closure_observe_segment_end(&observer);
    closure_reader_clear(&own->reader);
    closure_observe_forget(own);
}

/* The facts as they are if nothing more of what is missing is captured. @return whether the streams are copies */
gboolean
closure_settle(const closure_connection *connection, closure_judgement *judgement)
{
    closure_facts *facts = &judgement->facts;
    const gboolean waits = closure_stream_is_waiting(&connection->facts.side[0].stream) ||
                           closure_stream_is_waiting(&connection->facts.side[1].stream);

    *facts = connection->facts;
    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        judgement->rare[side] = *facts->side[side].rare;
        facts->side[side].rare = &judgement->rare[side];
    }
    for (guint side = 0; side < CLOSURE_SIDES && waits; side++)
        finish_reading(facts, side);
    judgement->version = judge_version(facts);
    settle_tails(judgement);
    return waits;
}

/* The judgement keeps no more than what can be read without the connection, and the server's name, borrowed. */
void
closure_unsettle(const closure_connection *connection, closure_judgement *judgement, gboolean has_copies)
{
    if (judgement->facts.server_name != connection->facts.server_name)
        g_free(judgement->facts.server_name);
    judgement->facts.server_name = connection->facts.server_name;
    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        closure_stream *stream = &judgement->facts.side[side].stream;

        if (has_copies)
            closure_stream_clear(stream);
        stream->holes = NULL;
        stream->pending = NULL;
        judgement->facts.side[side].reader.handshake = NULL;
        judgement->facts.side[side].spare = NULL;
    }
}
