/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "side.h"

#include "observe.h"

/* §1.1: E(X) */
void
closure_judge_end(struct closure_view *view)
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
    return own->fin.frame != 0 || own->rst.at.frame != 0 || own->rare->foreign.frame != 0 || peer->rst.at.frame != 0 ||
           peer->rare->foreign_is_hello;
}

static gboolean
acknowledges_tail(const closure_event *event, const closure_direction *own)
{
    return event->frame != 0 && event->ack >= own->tail[0].end;
}

/* §1.3, inferred: when the record at the tail is taken for an alert */
static gboolean
tail_is_alert(const struct closure_view *view)
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
find_alert(struct closure_view *view)
{
    closure_side_judgement *side = view->side;

    if (view->own->alert.at.frame != 0)
        side->alert = view->own->alert;
    else if (closure_infers_alerts(view) && tail_is_alert(view))
        side->alert = view->own->tail[0];
    else
        return FALSE;
    side->alert_evidence = side->alert.was_read                      ? CLOSURE_EVIDENCE_DECRYPTED
                           : side->alert.outer_type == CLOSURE_ALERT ? CLOSURE_EVIDENCE_ENCRYPTED
                                                                     : CLOSURE_EVIDENCE_INFERRED;
    return TRUE;
}

static gboolean
had_sent_finished(const closure_direction *own, guint64 position)
{
    return own->finished_end != 0 && own->finished_start < position;
}

/* §1.4, for X when it had sent the octets below @p position and acknowledged what @p event does */
static closure_completion
judge_completion(const struct closure_view *view, guint64 position, const closure_event *event)
{
    const closure_direction *own = view->own;
    const closure_direction *peer = view->peer;
    const closure_facts *facts = &view->judgement->facts;
    const gboolean sent_finished = had_sent_finished(own, position);
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
        closure_stream_has_gap(&peer->stream, peer->stream.begin, closure_acknowledged_octets(event, peer)))
        return CLOSURE_COMPLETION_UNKNOWN;
    return facts->client == CLOSURE_NOBODY ? CLOSURE_COMPLETED : CLOSURE_NOT_COMPLETED;
}

/* §1.3, last paragraph: what an alert that cannot be read counts as. Of a TLS 1.3 server no Finished is ever seen. */
static closure_alert_kind
kind_of_unread(const struct closure_view *view)
{
    const closure_direction *own = view->own;
    const closure_event *at = &view->side->alert.at;

    if (judge_completion(view, view->side->alert.start, at) != CLOSURE_NOT_COMPLETED)
        return CLOSURE_CLOSE_NOTIFY;
    if (!had_sent_finished(own, view->side->alert.start) || at->ack > own->flight_ack)
        return CLOSURE_ERROR_ALERT;
    return CLOSURE_CLOSE_NOTIFY;
}

/* §1.3: "more probably a refusal of the client's certificate or Finished" */
static gboolean
may_be_refusal(const struct closure_view *view)
{
    const closure_side_judgement *side = view->side;

    return side->alert_kind == CLOSURE_CLOSE_NOTIFY && !side->alert.was_read &&
           view->judgement->client != view->index && view->own->data.first_end == 0 && view->peer->finished_end != 0 &&
           side->alert.at.ack >= view->peer->finished_end;
}

void
closure_judge_alert(struct closure_view *view)
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
    side->ended_before_alert = view->own->fin.frame != 0 && view->own->fin_position < side->alert.end;
}

/* Whether it acknowledges more of Y than was captured: the last of it may have been Y's FIN. */
static gboolean
acknowledges_unseen(const closure_event *event, const closure_direction *peer)
{
    return peer->was_captured && peer->fin.frame == 0 && event->ack > peer->stream.sent;
}

/* §1.3: an unread alert in answer to an error alert; §1.5: an error alert in answer to the peer's end */
void
closure_judge_answering_alert(struct closure_view *view)
{
    closure_side_judgement *side = view->side;
    const closure_direction *peer = view->peer;

    if (side->alert_kind == CLOSURE_NO_ALERT)
        return;
    if (!side->alert.was_read && view->peer_side->alert_kind == CLOSURE_ERROR_ALERT &&
        closure_acknowledges_alert(&side->alert.at, view->peer_side))
        side->alert_kind = CLOSURE_ACKNOWLEDGMENT;
    side->alert_is_reaction =
        side->alert_kind == CLOSURE_ERROR_ALERT &&
        (closure_acknowledges_fin(&side->alert.at, peer) || acknowledges_unseen(&side->alert.at, peer) ||
         (peer->rst.at.frame != 0 && peer->rst.at.frame < side->alert.at.frame));
}

/* Where a RST has no ACK bit, frame order says what it answers (§1.5). */
static gboolean
follows_peer_close(const struct closure_view *view)
{
    const guint32 frame = view->side->end.frame;
    const closure_side_judgement *peer = view->peer_side;

    if (view->side->end_kind != CLOSURE_END_RST || view->own->rst.has_ack)
        return FALSE;
    return (peer->alert_kind != CLOSURE_NO_ALERT && peer->alert.at.frame < frame) ||
           (view->peer->fin.frame != 0 && view->peer->fin.frame < frame);
}

/* Where nothing is inferred, what answers a record that may be an alert is not known to be anyone's own. */
static gboolean
answers_ignored_tail(const struct closure_view *view, const closure_event *event)
{
    return !closure_infers_alerts(view) && view->peer->tail_count > 0 && event->ack >= view->peer->tail[0].end;
}

/* In mid-stream, what Y sent first of all was not captured. */
static gboolean
acknowledges_before_capture(const struct closure_view *view, const closure_event *event)
{
    return view->judgement->facts.client == CLOSURE_NOBODY && event->ack != 0 && event->ack <= view->peer->stream.begin;
}

/* §1.5 */
static closure_cause
judge_cause(const struct closure_view *view)
{
    const closure_event *event = closure_first_closing_event(view->side);
    const gboolean is_alert = event == &view->side->alert.at;

    if (event->frame == 0)
        return CLOSURE_NOT_CLOSED;
    if (closure_acknowledges_alert(event, view->peer_side) || closure_acknowledges_fin(event, view->peer))
        return CLOSURE_IN_RESPONSE;
    if (is_alert)
        return view->side->alert_is_reaction ? CLOSURE_CAUSE_UNKNOWN : CLOSURE_ON_ITS_OWN;
    if (follows_peer_close(view))
        return CLOSURE_IN_RESPONSE;
    if (answers_ignored_tail(view, event))
        return CLOSURE_CAUSE_UNKNOWN;
    if (closure_acknowledges_gap(event, view->peer) || acknowledges_before_capture(view, event))
        return CLOSURE_CAUSE_UNKNOWN;
    return CLOSURE_ON_ITS_OWN;
}

static gboolean
is_header_cut(const struct closure_view *view)
{
    const closure_reader *reader = &view->own->reader;

    return reader->reading == CLOSURE_READING_RECORDS && !reader->in_body && reader->count > 0 &&
           reader->position == closure_end_of_octets(view);
}

static gboolean
is_body_cut(const struct closure_view *view)
{
    const closure_reader *reader = &view->own->reader;
    const guint64 end = closure_end_of_octets(view);

    return reader->reading == CLOSURE_READING_RECORDS && reader->in_body && view->own->record.start < end &&
           end < view->own->record.end;
}

/* Whether the record that ends at E(X), or that E(X) cuts, is known (§2, below the table). */
gboolean
closure_last_record_is_known(const struct closure_view *view)
{
    const closure_direction *own = view->own;
    const guint64 end = closure_end_of_octets(view);

    if (view->side->end_kind == CLOSURE_END_RST && own->rst.number > own->stream.sent)
        return FALSE;
    if (!closure_infers_alerts(view) && own->tail_count > 0)
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
judge_cut(struct closure_view *view)
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
        side->cut_arrived = closure_end_of_octets(view) - record->start;
        side->cut_announced = record->end - record->start;
    }
}

/* §3: evidence for absence */
static closure_evidence
judge_absence(const struct closure_view *view)
{
    const closure_direction *own = view->own;
    const gboolean cut_too_long = view->side->cut_announced > closure_alert_record_length(view->judgement);

    if (closure_is_up_to_tls12(view->judgement) || own->record.type == 0 || own->record.was_read || cut_too_long)
        return CLOSURE_EVIDENCE_DECRYPTED;
    return CLOSURE_EVIDENCE_INFERRED;
}

static guint64
data_end_of_peer(const struct closure_view *view)
{
    return closure_data_end(&view->judgement->facts, CLOSURE_PEER(view->index));
}

/* Whether all the application data of Y that X had acknowledged when it ended was acknowledged by X's last data. */
static gboolean
was_speaking(const struct closure_view *view)
{
    const closure_data *own = &view->own->data;
    const guint64 received = MIN(data_end_of_peer(view), view->side->end.ack);

    return own->first_end != 0 && own->last.ack >= received;
}

/* §3: truncation */
void
closure_judge_truncation(struct closure_view *view)
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

void
closure_judge_side(struct closure_view *view)
{
    closure_side_judgement *side = view->side;
    const closure_stream *stream = &view->own->stream;
    const closure_event *event = closure_first_closing_event(side);
    const guint64 start = event == &side->alert.at ? side->alert.start : stream->sent;
    const gboolean has_ended = side->end_kind != CLOSURE_NO_END || view->peer_side->end_kind != CLOSURE_NO_END;

    side->cause = judge_cause(view);
    side->at_risk = has_ended ? unacknowledged(stream) : 0;
    side->fin_delay = CLOSURE_NO_TIME;
    if (side->cause == CLOSURE_NOT_CLOSED)
        return;
    side->completion = judge_completion(view, start, event);
    judge_cut(view);
    side->absence = judge_absence(view);
    if (side->alert_kind == CLOSURE_CLOSE_NOTIFY && view->own->fin.frame != 0)
        side->fin_delay = view->own->fin.time - side->alert.at.time;
}
