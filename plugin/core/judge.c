/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "judge.h"

#include "alert.h"
#include "reader.h"
#include "record.h"

#include <string.h>

/* Numbers in comments are sections of the rules, which follow RFC 8446 §6 and RFC 5246 §7.2. */

/* One side X and its peer Y, as every rule sees them. */
struct view {
    closure_judgement *judgement;
    const closure_options *options;
    const closure_direction *own;
    const closure_direction *peer;
    closure_side_judgement *side;
    const closure_side_judgement *peer_side;
    guint index;
};

static struct view
view_of(closure_judgement *judgement, const closure_options *options, guint side)
{
    const guint peer = CLOSURE_PEER(side);
    const struct view view = {
        .judgement = judgement,
        .options = options,
        .own = &judgement->facts.side[side],
        .peer = &judgement->facts.side[peer],
        .side = &judgement->side[side],
        .peer_side = &judgement->side[peer],
        .index = side,
    };
    return view;
}

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

static gboolean
is_up_to_tls12(const closure_judgement *judgement)
{
    return judgement->version != CLOSURE_VERSION_UNKNOWN && judgement->version != CLOSURE_TLS_1_3;
}

/* Octets of a record that carries an alert in TLS 1.3, header included, padding not. */
static guint64
alert_record_length(const closure_judgement *judgement)
{
    return CLOSURE_HEADER_LENGTH + closure_alert_body_length(judgement->version, judgement->facts.cipher_suite);
}

/* So short a record can only belong to a suite with a short tag, whatever of the handshake was captured. */
static gboolean
is_short_alert_of_unknown_suite(const closure_judgement *judgement, guint64 length)
{
    return judgement->facts.version == CLOSURE_VERSION_UNKNOWN &&
           length == CLOSURE_HEADER_LENGTH + 2 + 1 + CLOSURE_SHORT_TAG;
}

/* A record at the tail can be an alert only in TLS 1.3, with the length that the cipher suite gives it. The length of
 * an alert with JSSE's padding is that of much else: it counts only in a pair, as JSSE sends one, or in response. */
static gboolean
tail_may_be_alert(const closure_judgement *judgement, guint side)
{
    const closure_direction *own = &judgement->facts.side[side];
    const guint64 length = own->tail[0].end - own->tail[0].start;

    if (judgement->version != CLOSURE_TLS_1_3)
        return FALSE;
    if (length == alert_record_length(judgement) || is_short_alert_of_unknown_suite(judgement, length))
        return TRUE;
    return length == alert_record_length(judgement) + CLOSURE_USUAL_PADDING &&
           (own->tail_count == G_N_ELEMENTS(own->tail) || own->tail[0].is_certain ||
            closure_tail_answers(&judgement->facts, side));
}

/* Twice, since what one side's record answers may itself turn out to be none. */
static void
settle_tails(closure_judgement *judgement)
{
    for (guint i = 0; i < 2 * CLOSURE_SIDES; i++) {
        const guint side = i % CLOSURE_SIDES;

        if (judgement->facts.side[side].tail_count > 0 && !tail_may_be_alert(judgement, side))
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
    closure_observe_segment_start(&observer);
    closure_reader_finish(&observer);
    closure_observe_segment_end(&observer);
    closure_reader_clear(&own->reader);
    closure_observe_forget(own);
}

/* The facts as they are if nothing more of what is missing is captured. @return whether the streams are copies */
static gboolean
settle(const closure_connection *connection, closure_judgement *judgement)
{
    closure_facts *facts = &judgement->facts;
    const gboolean waits = closure_stream_is_waiting(&connection->facts.side[0].stream) ||
                           closure_stream_is_waiting(&connection->facts.side[1].stream);

    *facts = connection->facts;
    for (guint side = 0; side < CLOSURE_SIDES && waits; side++)
        finish_reading(facts, side);
    judgement->version = judge_version(facts);
    settle_tails(judgement);
    return waits;
}

/* §3, last sentence */
static guint8
judge_client(const closure_facts *facts)
{
    return facts->client != CLOSURE_NOBODY ? facts->client : facts->likely_client;
}

static gboolean
acknowledges_fin(const closure_event *event, const closure_direction *peer)
{
    return peer->fin.frame != 0 && event->ack > peer->fin_position;
}

/* §1.1: E(X) */
static void
judge_end(struct view *view)
{
    if (view->own->fin.frame != 0) {
        view->side->end_kind = CLOSURE_END_FIN;
        view->side->end = view->own->fin;
    } else if (view->own->rst.at.frame != 0) {
        view->side->end_kind = CLOSURE_END_RST;
        view->side->end = view->own->rst.at;
    }
}

/* §1.3, inferred: X or Y ended, or octets that are not of this connection follow */
static gboolean
is_tail_last(const closure_direction *own, const closure_direction *peer)
{
    return own->fin.frame != 0 || own->rst.at.frame != 0 || own->foreign.frame != 0 || peer->rst.at.frame != 0 ||
           peer->foreign_is_hello;
}

static gboolean
acknowledges_tail(const closure_event *event, const closure_direction *own)
{
    return event->frame != 0 && event->ack >= own->tail[0].end;
}

/* §1.3, inferred: when the record at the tail is taken for an alert */
static gboolean
tail_is_alert(const struct view *view)
{
    const closure_direction *own = view->own;
    const closure_direction *peer = view->peer;

    if (own->tail_count == 0)
        return FALSE;
    if (own->tail[0].is_certain || is_tail_last(own, peer))
        return TRUE;
    if (acknowledges_tail(&peer->fin, own) || acknowledges_tail(&peer->alert.at, own))
        return TRUE;
    return peer->tail_count > 0 && is_tail_last(peer, own) && acknowledges_tail(&peer->tail[0].at, own);
}

static gboolean
find_alert(struct view *view)
{
    closure_side_judgement *side = view->side;

    if (view->own->alert.at.frame != 0)
        side->alert = view->own->alert;
    else if (view->options->infer_alerts && tail_is_alert(view))
        side->alert = view->own->tail[0];
    else
        return FALSE;
    side->alert_evidence = side->alert.was_read                      ? CLOSURE_EVIDENCE_DECRYPTED
                           : side->alert.outer_type == CLOSURE_ALERT ? CLOSURE_EVIDENCE_ENCRYPTED
                                                                     : CLOSURE_EVIDENCE_INFERRED;
    return TRUE;
}

/* Where the octets of Y that this acknowledges end; a FIN is none. */
static guint64
acknowledged_octets(const closure_event *event, const closure_direction *peer)
{
    const guint64 end = acknowledges_fin(event, peer) ? peer->fin_position : event->ack;

    return MAX(end, peer->stream.begin);
}

/* §1.4, for X when it had sent the octets below @p position and acknowledged what @p event does */
static closure_completion
judge_completion(const struct view *view, guint64 position, const closure_event *event)
{
    const closure_direction *own = view->own;
    const closure_direction *peer = view->peer;
    const closure_facts *facts = &view->judgement->facts;
    const gboolean sent_finished = own->finished_end != 0 && own->finished_start < position;
    const gboolean got_finished = peer->finished_end != 0 && peer->finished_end <= event->ack;
    const gboolean is_tls13 = view->judgement->version == CLOSURE_TLS_1_3;

    if (own->data.first_end != 0 && own->data.first_start < position)
        return CLOSURE_COMPLETED;
    if (peer->data.first_end != 0 && peer->data.first_end <= event->ack)
        return CLOSURE_COMPLETED;
    if (is_tls13 && (facts->client == view->index ? sent_finished : got_finished))
        return CLOSURE_COMPLETED;
    if (sent_finished && got_finished)
        return CLOSURE_COMPLETED;
    if (closure_stream_has_gap(&own->stream, own->stream.begin, position) ||
        closure_stream_has_gap(&peer->stream, peer->stream.begin, acknowledged_octets(event, peer)))
        return CLOSURE_COMPLETION_UNKNOWN;
    return facts->client == CLOSURE_NOBODY ? CLOSURE_COMPLETED : CLOSURE_NOT_COMPLETED;
}

static gboolean
is_tls13_server(const struct view *view)
{
    return view->judgement->version == CLOSURE_TLS_1_3 && view->judgement->client != view->index;
}

/* §1.3, last paragraph: what an alert that cannot be read counts as */
static closure_alert_kind
kind_of_unread(const struct view *view)
{
    const closure_direction *own = view->own;
    const closure_event *at = &view->side->alert.at;

    if (judge_completion(view, view->side->alert.start, at) != CLOSURE_NOT_COMPLETED)
        return CLOSURE_CLOSE_NOTIFY;
    if (own->finished_end == 0 || at->ack > own->flight_ack || is_tls13_server(view))
        return CLOSURE_ERROR_ALERT;
    return CLOSURE_CLOSE_NOTIFY;
}

/* §1.3: "more probably a refusal of the client's certificate or Finished" */
static gboolean
may_be_refusal(const struct view *view)
{
    const closure_side_judgement *side = view->side;

    return side->alert_kind == CLOSURE_CLOSE_NOTIFY && !side->alert.was_read &&
           view->judgement->client != view->index && view->own->data.first_end == 0 && view->peer->finished_end != 0 &&
           side->alert.at.ack >= view->peer->finished_end;
}

static void
judge_alert(struct view *view)
{
    closure_side_judgement *side = view->side;

    if (!find_alert(view))
        return;
    if (side->alert.was_read)
        side->alert_kind =
            side->alert.description == CLOSURE_DESCRIPTION_CLOSE_NOTIFY ? CLOSURE_CLOSE_NOTIFY : CLOSURE_ERROR_ALERT;
    else
        side->alert_kind = kind_of_unread(view);
    side->alert_may_be_refusal = may_be_refusal(view);
}

static gboolean
acknowledges_alert(const closure_event *event, const closure_side_judgement *peer_side)
{
    return peer_side->alert_kind != CLOSURE_NO_ALERT && event->ack >= peer_side->alert.end;
}

/* Whether it acknowledges more of Y than was captured: the last of it may have been Y's FIN. */
static gboolean
acknowledges_unseen(const closure_event *event, const closure_direction *peer)
{
    return peer->was_captured && peer->fin.frame == 0 && event->ack > peer->stream.sent;
}

/* §1.3: an unread alert in answer to an error alert; §1.5: an error alert in answer to the peer's end */
static void
judge_answering_alert(struct view *view)
{
    closure_side_judgement *side = view->side;
    const closure_direction *peer = view->peer;

    if (side->alert_kind == CLOSURE_NO_ALERT)
        return;
    if (!side->alert.was_read && view->peer_side->alert_kind == CLOSURE_ERROR_ALERT &&
        acknowledges_alert(&side->alert.at, view->peer_side))
        side->alert_kind = CLOSURE_ACKNOWLEDGMENT;
    side->alert_is_reaction = side->alert_kind == CLOSURE_ERROR_ALERT &&
                              (acknowledges_fin(&side->alert.at, peer) || acknowledges_unseen(&side->alert.at, peer) ||
                               (peer->rst.at.frame != 0 && peer->rst.at.frame < side->alert.at.frame));
}

/* Where a RST has no ACK bit, frame order says what it answers (§1.5). */
static gboolean
follows_peer_close(const struct view *view)
{
    const guint32 frame = view->side->end.frame;
    const closure_side_judgement *peer = view->peer_side;

    if (view->side->end_kind != CLOSURE_END_RST || view->own->rst.has_ack)
        return FALSE;
    return (peer->alert_kind != CLOSURE_NO_ALERT && peer->alert.at.frame < frame) ||
           (view->peer->fin.frame != 0 && view->peer->fin.frame < frame);
}

/* Where inference is off, what answers a record that would be taken for an alert is not known to be anyone's own. */
static gboolean
answers_ignored_tail(const struct view *view, const closure_event *event)
{
    return !view->options->infer_alerts && view->peer->tail_count > 0 && event->ack >= view->peer->tail[0].end;
}

/* Whether the last octet of Y that X acknowledged is missing. */
static gboolean
acknowledges_gap(const closure_event *event, const closure_direction *peer)
{
    return event->ack > peer->stream.begin && closure_stream_in_gap(&peer->stream, event->ack - 1);
}

/* In mid-stream, what Y sent first of all was not captured. */
static gboolean
acknowledges_before_capture(const struct view *view, const closure_event *event)
{
    return view->judgement->facts.client == CLOSURE_NOBODY && event->ack != 0 && event->ack <= view->peer->stream.begin;
}

/* §1.5 */
static closure_cause
judge_cause(const struct view *view)
{
    const gboolean has_alert = view->side->alert_kind != CLOSURE_NO_ALERT;
    const closure_event *event = has_alert ? &view->side->alert.at : &view->side->end;

    if (event->frame == 0)
        return CLOSURE_NOT_CLOSED;
    if (acknowledges_alert(event, view->peer_side) || acknowledges_fin(event, view->peer))
        return CLOSURE_IN_RESPONSE;
    if (has_alert)
        return view->side->alert_is_reaction ? CLOSURE_CAUSE_UNKNOWN : CLOSURE_ON_ITS_OWN;
    if (follows_peer_close(view))
        return CLOSURE_IN_RESPONSE;
    if (answers_ignored_tail(view, event))
        return CLOSURE_CAUSE_UNKNOWN;
    if (acknowledges_gap(event, view->peer) || acknowledges_before_capture(view, event))
        return CLOSURE_CAUSE_UNKNOWN;
    return CLOSURE_ON_ITS_OWN;
}

/* Where X's octets end: a FIN may have been lost above, or octets sent above it (§1.1). */
static guint64
end_of_octets(const struct view *view)
{
    const guint64 sent = view->own->stream.sent;

    return view->own->fin.frame != 0 ? MAX(view->own->fin_position, sent) : sent;
}

static gboolean
is_header_cut(const struct view *view)
{
    const closure_reader *reader = &view->own->reader;

    return reader->reading == CLOSURE_READING_RECORDS && !reader->in_body && reader->count > 0 &&
           reader->position == end_of_octets(view);
}

static gboolean
is_body_cut(const struct view *view)
{
    const closure_reader *reader = &view->own->reader;
    const guint64 end = end_of_octets(view);

    return reader->reading == CLOSURE_READING_RECORDS && reader->in_body && view->own->record.start < end &&
           end < view->own->record.end;
}

/* Whether the record that ends at E(X), or that E(X) cuts, is known (§2, below the table). */
static gboolean
last_record_is_known(const struct view *view)
{
    const closure_direction *own = view->own;
    const guint64 end = end_of_octets(view);

    if (view->side->end_kind == CLOSURE_END_RST && own->rst.number > own->stream.sent)
        return FALSE;
    if (!view->options->infer_alerts && own->tail_count > 0)
        return FALSE;
    if (own->sent_no_tls && !own->has_shown_tls)
        return !closure_stream_has_gap(&own->stream, own->stream.begin, end);
    if (is_header_cut(view) || is_body_cut(view))
        return TRUE;
    if (own->record.type == 0)
        return end == own->stream.begin && view->judgement->facts.client != CLOSURE_NOBODY;
    return own->reader.reading == CLOSURE_READING_RECORDS && !own->reader.in_body && own->record.end == end;
}

static void
judge_cut(struct view *view)
{
    closure_side_judgement *side = view->side;
    const closure_record *record = &view->own->record;

    if (side->end_kind == CLOSURE_NO_END)
        return;
    if (is_header_cut(view)) {
        side->cut_short = TRUE;
        side->cut_arrived = view->own->reader.count;
    } else if (is_body_cut(view)) {
        side->cut_short = TRUE;
        side->cut_arrived = end_of_octets(view) - record->start;
        side->cut_announced = record->end - record->start;
    }
}

/* §3: evidence for absence */
static closure_evidence
judge_absence(const struct view *view)
{
    const closure_direction *own = view->own;
    const gboolean cut_too_long = view->side->cut_announced > alert_record_length(view->judgement);

    if (is_up_to_tls12(view->judgement) || own->record.type == 0 || own->record.was_read || cut_too_long)
        return CLOSURE_EVIDENCE_DECRYPTED;
    return CLOSURE_EVIDENCE_INFERRED;
}

static guint64
data_end_of_peer(const struct view *view)
{
    return closure_data_end(&view->judgement->facts, CLOSURE_PEER(view->index));
}

/* Whether all the application data of Y that X had acknowledged when it ended was acknowledged by X's last data. */
static gboolean
was_speaking(const struct view *view)
{
    const closure_data *own = &view->own->data;
    const guint64 received = MIN(data_end_of_peer(view), view->side->end.ack);

    return own->first_end != 0 && own->last.ack >= received;
}

/* §3: truncation */
static void
judge_truncation(struct view *view)
{
    const closure_direction *own = view->own;
    closure_side_judgement *side = view->side;
    const closure_data *sent = &view->own->data;
    const guint64 received = MIN(data_end_of_peer(view), side->end.ack);

    side->left_unanswered = received != 0 && (sent->first_end == 0 || sent->last.ack < received);
    if (side->cut_short && !closure_stream_has_gap(&own->stream, own->stream.begin, own->stream.sent))
        side->truncation = CLOSURE_TRUNCATION_CERTAIN;
    else if (side->cut_short || was_speaking(view) || side->at_risk > 0)
        side->truncation = CLOSURE_TRUNCATION_POSSIBLE;
    else
        side->truncation = CLOSURE_TRUNCATION_UNLIKELY;
}

static guint64
unacknowledged(const closure_stream *stream)
{
    const guint64 acked = MAX(stream->acked, stream->begin);

    return stream->sent > acked ? stream->sent - acked : 0;
}

static void
judge_side(struct view *view)
{
    closure_side_judgement *side = view->side;
    const closure_stream *stream = &view->own->stream;
    const gboolean has_alert = side->alert_kind != CLOSURE_NO_ALERT;
    const closure_event *event = has_alert ? &side->alert.at : &side->end;
    const gboolean has_ended = side->end_kind != CLOSURE_NO_END || view->peer_side->end_kind != CLOSURE_NO_END;

    side->cause = judge_cause(view);
    side->at_risk = has_ended ? unacknowledged(stream) : 0;
    side->fin_delay = CLOSURE_NO_TIME;
    if (side->cause == CLOSURE_NOT_CLOSED)
        return;
    side->completion = judge_completion(view, has_alert ? side->alert.start : stream->sent, event);
    judge_cut(view);
    side->absence = judge_absence(view);
    if (side->alert_kind == CLOSURE_CLOSE_NOTIFY && view->own->fin.frame != 0)
        side->fin_delay = view->own->fin.time - side->alert.at.time;
}

/* ---- §2: findings ---- */

/* Octets that are still missing may yet arrive, until the peer has acknowledged them. */
static gboolean
may_be_filled(const struct view *view)
{
    const closure_stream *stream = &view->own->stream;
    const guint64 end = end_of_octets(view);

    return closure_stream_has_gap(stream, stream->begin, end) && stream->acked < end;
}

static void
find(struct view *view, closure_finding_id id, closure_severity severity, guint32 frame, gboolean is_settled)
{
    closure_judgement *judgement = view->judgement;
    closure_finding *finding = &judgement->findings[judgement->finding_count++];

    *finding = (closure_finding){ id, severity, (guint8)view->index, frame, is_settled };
}

static gboolean
has_closed_without_alert(const struct view *view)
{
    return view->side->end_kind != CLOSURE_NO_END && view->side->alert_kind == CLOSURE_NO_ALERT;
}

/* capture_incomplete: nothing can be said of how X closed */
static gboolean
is_untold(const struct view *view)
{
    const closure_side_judgement *side = view->side;

    if (!has_closed_without_alert(view))
        return FALSE;
    return side->cause == CLOSURE_CAUSE_UNKNOWN || !last_record_is_known(view) ||
           (side->cause == CLOSURE_ON_ITS_OWN && side->completion == CLOSURE_COMPLETION_UNKNOWN);
}

static void
find_end_without_alert(struct view *view)
{
    closure_side_judgement *side = view->side;

    if (!has_closed_without_alert(view) || side->cause != CLOSURE_ON_ITS_OWN || is_untold(view))
        return;
    if (side->completion == CLOSURE_NOT_COMPLETED) {
        find(view, CLOSURE_FINDING_HANDSHAKE_CLOSED, CLOSURE_WARNING, side->end.frame, !may_be_filled(view));
        return;
    }
    judge_truncation(view);
    find(view,
         side->end_kind == CLOSURE_END_FIN ? CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY
                                           : CLOSURE_FINDING_RST_WITHOUT_CLOSE_NOTIFY,
         CLOSURE_WARNING, side->end.frame, !may_be_filled(view));
}

static void
find_fatal_alert(struct view *view)
{
    const closure_side_judgement *side = view->side;

    if (side->alert_kind == CLOSURE_ERROR_ALERT)
        find(view, CLOSURE_FINDING_FATAL_ALERT, side->alert_is_reaction ? CLOSURE_NOTE : CLOSURE_WARNING,
             side->alert.at.frame, TRUE);
}

/* Whether the peer acknowledged more of this side than was captured: it went on, and may have closed. */
static gboolean
was_seen_elsewhere(const closure_judgement *judgement, guint side)
{
    const closure_direction *direction = &judgement->facts.side[side];
    const guint64 fin_end = direction->fin.frame != 0 ? direction->fin_position + 1 : 0;

    return direction->stream.acked > MAX(direction->stream.sent, fin_end);
}

static gboolean
may_hide_later_alert(const struct view *view)
{
    return was_seen_elsewhere(view->judgement, view->index) ||
           closure_stream_has_gap(&view->own->stream, view->own->harmless.end, end_of_octets(view));
}

static void
find_data_after_alert(struct view *view)
{
    const closure_side_judgement *side = view->side;
    const closure_direction *own = view->own;

    if (own->after_alert.count > 0 && side->alert_kind == CLOSURE_CLOSE_NOTIFY && side->alert.was_read)
        find(view, CLOSURE_FINDING_DATA_AFTER_CLOSE_NOTIFY, CLOSURE_WARNING, own->after_alert.first.frame, TRUE);
    if (own->after_alert.count > 0 && side->alert_kind == CLOSURE_ERROR_ALERT)
        find(view, CLOSURE_FINDING_DATA_AFTER_FATAL_ALERT, CLOSURE_WARNING, own->after_alert.first.frame, TRUE);
    if (own->after_harmless.count > 0)
        find(view, CLOSURE_FINDING_DATA_AFTER_ENCRYPTED_ALERT,
             own->alert_followed || may_hide_later_alert(view) ? CLOSURE_NOTE : CLOSURE_WARNING,
             own->after_harmless.first.frame, own->alert_followed || side->end_kind != CLOSURE_NO_END);
}

static gboolean
peer_reset_before(const struct view *view)
{
    return view->peer->rst.at.frame != 0 && view->peer->rst.at.frame < view->side->end.frame;
}

static gboolean
closes_in_response_untold(const struct view *view)
{
    return has_closed_without_alert(view) && view->side->cause == CLOSURE_IN_RESPONSE && !is_untold(view) &&
           view->side->completion == CLOSURE_COMPLETED;
}

static void
find_unanswered(struct view *view)
{
    const closure_side_judgement *peer = view->peer_side;
    const gboolean was_read = peer->alert.was_read;

    if (!closes_in_response_untold(view) || peer->alert_kind != CLOSURE_CLOSE_NOTIFY || peer->alert_may_be_refusal)
        return;
    if (peer_reset_before(view))
        return;
    find(view, CLOSURE_FINDING_CLOSE_NOTIFY_UNANSWERED,
         !was_read                             ? CLOSURE_CHAT
         : view->own->reply_to_alert.count > 0 ? CLOSURE_WARNING
                                               : CLOSURE_NOTE,
         view->side->end.frame, !may_be_filled(view));
}

static gboolean
peer_is_untold(const struct view *view)
{
    const struct view peer = view_of(view->judgement, view->options, CLOSURE_PEER(view->index));

    return is_untold(&peer);
}

static void
find_fin_answered(struct view *view)
{
    const closure_side_judgement *peer = view->peer_side;

    if (!closes_in_response_untold(view) || peer->end_kind != CLOSURE_END_FIN || peer->alert_kind != CLOSURE_NO_ALERT)
        return;
    if (view->own->reply_to_fin.count > 0 && !peer_is_untold(view))
        find(view, CLOSURE_FINDING_FIN_ANSWERED_WITHOUT_CLOSE_NOTIFY, CLOSURE_WARNING, view->side->end.frame,
             !may_be_filled(view));
}

static void
find_data_after_peer_alert(struct view *view)
{
    const closure_records *reply = &view->own->reply_to_alert;

    if (reply->count == 0 || view->peer_side->alert_kind != CLOSURE_CLOSE_NOTIFY)
        return;
    if (is_up_to_tls12(view->judgement) || view->peer->rst.at.frame > reply->first.frame)
        find(view, CLOSURE_FINDING_DATA_AFTER_PEER_CLOSE_NOTIFY, CLOSURE_NOTE, reply->first.frame, TRUE);
}

static void
find_late_rst(struct view *view)
{
    const closure_reset *rst = &view->own->rst;
    const gboolean lost = rst->own_unacked > 0 || rst->peer_unacked > 0;

    if (rst->at.frame == 0)
        return;
    if (view->own->fin.frame != 0) {
        if (rst->at.frame >= view->own->fin.frame)
            find(view, CLOSURE_FINDING_RST_AFTER_FIN, rst->peer_unacked > 0 ? CLOSURE_NOTE : CLOSURE_CHAT,
                 rst->at.frame, TRUE);
    } else if (view->side->alert_kind == CLOSURE_CLOSE_NOTIFY && rst->number <= view->own->stream.sent) {
        /* A higher number says that something was not captured, which may have been the FIN. */
        find(view, CLOSURE_FINDING_RST_AFTER_CLOSE_NOTIFY, lost ? CLOSURE_WARNING : CLOSURE_NOTE, rst->at.frame, TRUE);
    }
}

/* Whether Y had sent its close_notify when X went on in clear text. */
static gboolean
followed_both(const struct view *view)
{
    const closure_side_judgement *peer = view->peer_side;
    const closure_event *foreign = &view->own->foreign;

    return peer->alert_kind == CLOSURE_CLOSE_NOTIFY &&
           (acknowledges_alert(foreign, peer) || peer->alert.at.frame <= foreign->frame);
}

/* Whether Y's close_notify may be among what was not captured. */
static gboolean
may_have_missed_alert(const struct view *view)
{
    const closure_stream *received = &view->peer->stream;

    return view->judgement->facts.client == CLOSURE_NOBODY ||
           closure_stream_has_gap(received, received->begin, acknowledged_octets(&view->own->foreign, view->peer));
}

static void
find_cleartext(struct view *view)
{
    const closure_direction *own = view->own;
    const gboolean both = followed_both(view);

    if (own->foreign.frame == 0 || own->foreign_is_hello || view->side->alert_kind != CLOSURE_CLOSE_NOTIFY)
        return;
    if (!both && may_have_missed_alert(view))
        return;
    find(view, CLOSURE_FINDING_CLEARTEXT_AFTER_CLOSE, both ? CLOSURE_CHAT : CLOSURE_WARNING, own->foreign.frame, TRUE);
}

static void
find_early_close_notify(struct view *view)
{
    const closure_side_judgement *side = view->side;

    if (side->alert_kind == CLOSURE_CLOSE_NOTIFY && side->alert.was_read && side->completion == CLOSURE_NOT_COMPLETED)
        find(view, CLOSURE_FINDING_CLOSE_NOTIFY_IN_HANDSHAKE, CLOSURE_NOTE, side->alert.at.frame, TRUE);
}

static gboolean
has_closed(const closure_side_judgement *side)
{
    return side->alert_kind != CLOSURE_NO_ALERT || side->end_kind != CLOSURE_NO_END;
}

static void
find_incomplete(struct view *view)
{
    const gboolean is_final = view->judgement->is_final;

    if (is_untold(view) && view->peer->was_captured)
        find(view, CLOSURE_FINDING_CAPTURE_INCOMPLETE, CLOSURE_NOTE, view->side->end.frame, is_final);
    else if (!view->own->was_captured && has_closed(view->peer_side))
        find(view, CLOSURE_FINDING_CAPTURE_INCOMPLETE, CLOSURE_NOTE,
             view->judgement->facts.last_frame_of[CLOSURE_PEER(view->index)], is_final);
}

static void
find_all_of_side(struct view *view)
{
    find_end_without_alert(view);
    find_fatal_alert(view);
    find_data_after_alert(view);
    find_unanswered(view);
    find_fin_answered(view);
    find_data_after_peer_alert(view);
    find_late_rst(view);
    find_cleartext(view);
    find_early_close_notify(view);
    if (view->own->odd_ttl.frame != 0)
        find(view, CLOSURE_FINDING_END_TTL_DIFFERS, CLOSURE_NOTE, view->own->odd_ttl.frame, TRUE);
    find_incomplete(view);
}

static const closure_finding *
finding_of(const closure_judgement *judgement, guint side, closure_finding_id id)
{
    for (guint i = 0; i < judgement->finding_count; i++) {
        const closure_finding *finding = &judgement->findings[i];
        if (finding->id == id && finding->side == side)
            return finding;
    }
    return NULL;
}

/* ---- §3: the verdict ---- */

static gboolean
is_violation_of(const closure_judgement *judgement, guint side)
{
    const closure_finding *cleartext = finding_of(judgement, side, CLOSURE_FINDING_CLEARTEXT_AFTER_CLOSE);

    return finding_of(judgement, side, CLOSURE_FINDING_DATA_AFTER_CLOSE_NOTIFY) != NULL ||
           finding_of(judgement, side, CLOSURE_FINDING_DATA_AFTER_FATAL_ALERT) != NULL ||
           (cleartext != NULL && cleartext->severity == CLOSURE_WARNING);
}

static gboolean
is_one_sided(const closure_judgement *judgement, guint side)
{
    const closure_facts *facts = &judgement->facts;
    const closure_side_judgement *peer = &judgement->side[CLOSURE_PEER(side)];

    return judgement->side[side].alert_kind == CLOSURE_CLOSE_NOTIFY &&
           (peer->end_kind != CLOSURE_NO_END || facts->side[0].rst.at.frame != 0 || facts->side[1].rst.at.frame != 0);
}

/* Whether this side alone makes the verdict hold. */
static gboolean
verdict_holds(const closure_judgement *judgement, closure_verdict verdict, guint side)
{
    const closure_side_judgement *own = &judgement->side[side];
    const closure_side_judgement *peer = &judgement->side[CLOSURE_PEER(side)];

    switch (verdict) {
    case CLOSURE_VERDICT_VIOLATION:
        return is_violation_of(judgement, side);
    case CLOSURE_VERDICT_FATAL_ALERT:
        return own->alert_kind == CLOSURE_ERROR_ALERT && !own->alert_is_reaction;
    case CLOSURE_VERDICT_HANDSHAKE_CLOSED:
        return finding_of(judgement, side, CLOSURE_FINDING_HANDSHAKE_CLOSED) != NULL;
    case CLOSURE_VERDICT_TRUNCATED:
        return finding_of(judgement, side, CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY) != NULL && own->cut_short;
    case CLOSURE_VERDICT_NO_CLOSE_NOTIFY:
        return finding_of(judgement, side, CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY) != NULL;
    case CLOSURE_VERDICT_RESET:
        return finding_of(judgement, side, CLOSURE_FINDING_RST_WITHOUT_CLOSE_NOTIFY) != NULL;
    case CLOSURE_VERDICT_ORDERLY:
        return own->alert_kind == CLOSURE_CLOSE_NOTIFY && peer->alert_kind == CLOSURE_CLOSE_NOTIFY;
    case CLOSURE_VERDICT_INCOMPLETE:
        return finding_of(judgement, side, CLOSURE_FINDING_CAPTURE_INCOMPLETE) != NULL &&
               own->alert_kind == CLOSURE_NO_ALERT;
    case CLOSURE_VERDICT_ONE_SIDED:
        return is_one_sided(judgement, side);
    case CLOSURE_VERDICT_CLOSING:
        return own->alert_kind == CLOSURE_CLOSE_NOTIFY && !was_seen_elsewhere(judgement, CLOSURE_PEER(side));
    default:
        return FALSE;
    }
}

/* The weakest of what the verdict rests on, of this side. */
static closure_evidence
evidence_of_side(const closure_judgement *judgement, guint side)
{
    const closure_side_judgement *own = &judgement->side[side];
    const closure_side_judgement *peer = &judgement->side[CLOSURE_PEER(side)];

    switch (judgement->verdict) {
    case CLOSURE_VERDICT_VIOLATION:
    case CLOSURE_VERDICT_FATAL_ALERT:
    case CLOSURE_VERDICT_ORDERLY:
    case CLOSURE_VERDICT_CLOSING:
        return own->alert_evidence;
    case CLOSURE_VERDICT_HANDSHAKE_CLOSED:
    case CLOSURE_VERDICT_TRUNCATED:
    case CLOSURE_VERDICT_NO_CLOSE_NOTIFY:
    case CLOSURE_VERDICT_RESET:
        return own->absence;
    case CLOSURE_VERDICT_ONE_SIDED:
        return peer->end_kind != CLOSURE_NO_END ? MIN(own->alert_evidence, peer->absence) : own->alert_evidence;
    default:
        return CLOSURE_EVIDENCE_NONE;
    }
}

/* The worst of the sides that closed without an alert of their own accord. */
static void
judge_connection_truncation(closure_judgement *judgement)
{
    if (judgement->verdict < CLOSURE_VERDICT_TRUNCATED || judgement->verdict > CLOSURE_VERDICT_RESET)
        return;
    judgement->truncation = MAX(judgement->side[0].truncation, judgement->side[1].truncation);
}

static void
judge_verdict(closure_judgement *judgement)
{
    gboolean holds[CLOSURE_SIDES] = { FALSE, FALSE };
    const gboolean nothing = !has_closed(&judgement->side[0]) && !has_closed(&judgement->side[1]);
    guint verdict = 0;

    for (; verdict < CLOSURE_VERDICT_OPEN && !holds[0] && !holds[1]; verdict++) {
        for (guint side = 0; side < CLOSURE_SIDES; side++)
            holds[side] = verdict_holds(judgement, (closure_verdict)verdict, side);
    }
    judgement->verdict = CLOSURE_VERDICT_OPEN;
    if (holds[0] || holds[1])
        judgement->verdict = (closure_verdict)(verdict - 1);
    else if (!nothing)
        judgement->verdict = CLOSURE_VERDICT_INCOMPLETE;
    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        if (!holds[side])
            continue;
        const closure_evidence evidence = evidence_of_side(judgement, side);
        judgement->evidence =
            judgement->evidence == CLOSURE_EVIDENCE_NONE ? evidence : MIN(judgement->evidence, evidence);
    }
    judge_connection_truncation(judgement);
}

/* ---- §1.5 initiator, §4 times ---- */

static const closure_event *
first_event_of(const closure_side_judgement *side)
{
    return side->alert_kind != CLOSURE_NO_ALERT ? &side->alert.at : &side->end;
}

static void
judge_initiator(closure_judgement *judgement)
{
    const gboolean own[CLOSURE_SIDES] = { judgement->side[0].cause == CLOSURE_ON_ITS_OWN,
                                          judgement->side[1].cause == CLOSURE_ON_ITS_OWN };
    const closure_event *first[CLOSURE_SIDES] = { first_event_of(&judgement->side[0]),
                                                  first_event_of(&judgement->side[1]) };

    judgement->crossing = own[0] && own[1];
    if (judgement->crossing)
        judgement->initiator = first[1]->frame < first[0]->frame ? 1 : 0;
    else
        judgement->initiator = own[0] ? 0 : own[1] ? 1 : CLOSURE_NOBODY;
}

static void
widen(const closure_event *event, const closure_event **first, const closure_event **last)
{
    if (event->frame == 0)
        return;
    if (*first == NULL || event->frame < (*first)->frame)
        *first = event;
    if (*last == NULL || event->frame > (*last)->frame)
        *last = event;
}

static void
judge_times(closure_judgement *judgement)
{
    const closure_side_judgement *a = &judgement->side[0];
    const closure_side_judgement *b = &judgement->side[1];
    const closure_event *first = NULL;
    const closure_event *last = NULL;

    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        if (judgement->side[side].alert_kind != CLOSURE_NO_ALERT)
            widen(&judgement->side[side].alert.at, &first, &last);
        widen(&judgement->facts.side[side].fin, &first, &last);
        widen(&judgement->facts.side[side].rst.at, &first, &last);
    }
    judgement->idle_time = judgement->duration = judgement->answer_time = CLOSURE_NO_TIME;
    if (first == NULL)
        return;
    judgement->last_event_frame = last->frame;
    judgement->duration = last->time - first->time;
    if (first->data_time != CLOSURE_NO_TIME)
        judgement->idle_time = first->time - first->data_time;
    if (a->alert_kind == CLOSURE_CLOSE_NOTIFY && b->alert_kind == CLOSURE_CLOSE_NOTIFY)
        judgement->answer_time = ABS(a->alert.at.time - b->alert.at.time);
}

/* A direction that was not captured so far will not be. */
static gboolean
has_ended_or_is_missing(const struct view *view)
{
    return view->side->end_kind != CLOSURE_NO_END || !view->own->was_captured;
}

static gboolean
judge_final(closure_judgement *judgement, const closure_options *options)
{
    const struct view a = view_of(judgement, options, 0);
    const struct view b = view_of(judgement, options, 1);
    const gboolean reset = a.own->rst.at.frame != 0 || b.own->rst.at.frame != 0;
    const gboolean ended = has_ended_or_is_missing(&a) && has_ended_or_is_missing(&b);

    if (options->whole_capture || a.own->foreign_is_hello || b.own->foreign_is_hello)
        return TRUE;
    return (reset || ended) && !may_be_filled(&a) && !may_be_filled(&b);
}

/* The judgement keeps no more than what can be read without the connection, and the server's name, borrowed. */
static void
release(const closure_connection *connection, closure_judgement *judgement, gboolean has_copies)
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

void
closure_judge(const closure_connection *connection, const closure_options *options, closure_judgement *judgement)
{
    struct view views[CLOSURE_SIDES];
    gboolean has_copies;

    memset(judgement, 0, sizeof *judgement);
    has_copies = settle(connection, judgement);
    judgement->client = judge_client(&judgement->facts);
    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        views[side] = view_of(judgement, options, side);
        judge_end(&views[side]);
        judge_alert(&views[side]);
    }
    for (guint side = 0; side < CLOSURE_SIDES; side++)
        judge_answering_alert(&views[side]);
    for (guint side = 0; side < CLOSURE_SIDES; side++)
        judge_side(&views[side]);
    judgement->is_final = judge_final(judgement, options);
    for (guint side = 0; side < CLOSURE_SIDES; side++)
        find_all_of_side(&views[side]);
    judge_verdict(judgement);
    judge_initiator(judgement);
    judge_times(judgement);
    if (judgement->verdict == CLOSURE_VERDICT_ORDERLY)
        find(&views[judgement->initiator == CLOSURE_NOBODY ? 0 : judgement->initiator], CLOSURE_FINDING_ORDERLY,
             CLOSURE_CHAT, judgement->last_event_frame, judgement->is_final);
    release(connection, judgement, has_copies);
}
