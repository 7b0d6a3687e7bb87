/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "findings.h"
#include "side.h"

void
closure_find(struct closure_view *view, closure_finding_id id, closure_severity severity, guint32 frame,
             gboolean is_settled)
{
    closure_judgement *judgement = view->judgement;
    closure_finding *finding = &judgement->findings[judgement->finding_count++];

    *finding = (closure_finding){ id, severity, (guint8)view->index, frame, is_settled };
}

static gboolean
has_closed_without_alert(const struct closure_view *view)
{
    return view->side->end_kind != CLOSURE_NO_END && view->side->alert_kind == CLOSURE_NO_ALERT;
}

/* capture_incomplete: nothing can be said of how X closed */
static gboolean
is_untold(const struct closure_view *view)
{
    const closure_side_judgement *side = view->side;

    if (!has_closed_without_alert(view))
        return FALSE;
    return side->cause == CLOSURE_CAUSE_UNKNOWN || !closure_last_record_is_known(view) ||
           (side->cause == CLOSURE_ON_ITS_OWN && side->completion == CLOSURE_COMPLETION_UNKNOWN);
}

static void
find_end_without_alert(struct closure_view *view)
{
    closure_side_judgement *side = view->side;

    if (!has_closed_without_alert(view) || side->cause != CLOSURE_ON_ITS_OWN || is_untold(view))
        return;
    if (side->completion == CLOSURE_NOT_COMPLETED) {
        closure_find(view, CLOSURE_FINDING_HANDSHAKE_CLOSED, CLOSURE_WARNING, side->end.frame,
                     !closure_may_be_filled(view));
        return;
    }
    closure_judge_truncation(view);
    closure_find(view,
                 side->end_kind == CLOSURE_END_FIN ? CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY
                                                   : CLOSURE_FINDING_RST_WITHOUT_CLOSE_NOTIFY,
                 CLOSURE_WARNING, side->end.frame, !closure_may_be_filled(view));
}

static void
find_fatal_alert(struct closure_view *view)
{
    const closure_side_judgement *side = view->side;

    if (side->alert_kind == CLOSURE_ERROR_ALERT)
        closure_find(view, CLOSURE_FINDING_FATAL_ALERT, side->alert_is_reaction ? CLOSURE_NOTE : CLOSURE_WARNING,
                     side->alert.at.frame, TRUE);
}

static gboolean
may_hide_later_alert(const struct closure_view *view)
{
    return closure_was_seen_elsewhere(view->judgement, view->index) ||
           closure_stream_has_gap(&view->own->stream, view->own->rare->harmless.end, closure_end_of_octets(view));
}

static void
find_data_after_alert(struct closure_view *view)
{
    const closure_side_judgement *side = view->side;
    const closure_direction *own = view->own;

    if (own->rare->after_alert.count > 0 && side->alert_kind == CLOSURE_CLOSE_NOTIFY && side->alert.was_read)
        closure_find(view, CLOSURE_FINDING_DATA_AFTER_CLOSE_NOTIFY, CLOSURE_WARNING, own->rare->after_alert.first.frame,
                     TRUE);
    if (own->rare->after_alert.count > 0 && side->alert_kind == CLOSURE_ERROR_ALERT)
        closure_find(view, CLOSURE_FINDING_DATA_AFTER_FATAL_ALERT, CLOSURE_WARNING, own->rare->after_alert.first.frame,
                     TRUE);
    if (own->rare->after_harmless.count > 0)
        closure_find(view, CLOSURE_FINDING_DATA_AFTER_ENCRYPTED_ALERT,
                     own->rare->alert_followed || may_hide_later_alert(view) ? CLOSURE_NOTE : CLOSURE_WARNING,
                     own->rare->after_harmless.first.frame,
                     own->rare->alert_followed || side->end_kind != CLOSURE_NO_END);
}

static gboolean
peer_reset_before(const struct closure_view *view)
{
    return view->peer->rst.at.frame != 0 && view->peer->rst.at.frame < view->side->end.frame;
}

static gboolean
closes_in_response_untold(const struct closure_view *view)
{
    return has_closed_without_alert(view) && view->side->cause == CLOSURE_IN_RESPONSE && !is_untold(view) &&
           view->side->completion == CLOSURE_COMPLETED;
}

/* A FIN of Y below its alert: what answers that FIN may know nothing of the alert. */
static gboolean
answers_fin_alone(const struct closure_view *view)
{
    return view->peer_side->ended_before_alert && !closure_acknowledges_alert(&view->side->end, view->peer_side);
}

static void
find_unanswered(struct closure_view *view)
{
    const closure_side_judgement *peer = view->peer_side;
    const gboolean was_read = peer->alert.was_read;

    if (!closes_in_response_untold(view) || peer->alert_kind != CLOSURE_CLOSE_NOTIFY || peer->alert_may_be_refusal)
        return;
    if (peer_reset_before(view) || answers_fin_alone(view))
        return;
    closure_find(view, CLOSURE_FINDING_CLOSE_NOTIFY_UNANSWERED,
                 !was_read                                   ? CLOSURE_CHAT
                 : view->own->rare->reply_to_alert.count > 0 ? CLOSURE_WARNING
                                                             : CLOSURE_NOTE,
                 view->side->end.frame, !closure_may_be_filled(view));
}

static gboolean
peer_is_untold(const struct closure_view *view)
{
    const struct closure_view peer = closure_view_of(view->judgement, view->options, CLOSURE_PEER(view->index));

    return is_untold(&peer);
}

static void
find_fin_answered(struct closure_view *view)
{
    const closure_side_judgement *peer = view->peer_side;

    if (!closes_in_response_untold(view) || peer->end_kind != CLOSURE_END_FIN || peer->alert_kind != CLOSURE_NO_ALERT)
        return;
    if (view->own->rare->reply_to_fin.count > 0 && !peer_is_untold(view))
        closure_find(view, CLOSURE_FINDING_FIN_ANSWERED_WITHOUT_CLOSE_NOTIFY, CLOSURE_WARNING, view->side->end.frame,
                     !closure_may_be_filled(view));
}

static void
find_data_after_peer_alert(struct closure_view *view)
{
    const closure_records *reply = &view->own->rare->reply_to_alert;

    if (reply->count == 0 || view->peer_side->alert_kind != CLOSURE_CLOSE_NOTIFY)
        return;
    if (closure_is_up_to_tls12(view->judgement) || view->peer->rst.at.frame > reply->first.frame)
        closure_find(view, CLOSURE_FINDING_DATA_AFTER_PEER_CLOSE_NOTIFY, CLOSURE_NOTE, reply->first.frame, TRUE);
}

static void
find_late_rst(struct closure_view *view)
{
    const closure_reset *rst = &view->own->rst;
    const gboolean lost = rst->own_unacked > 0 || rst->peer_unacked > 0;

    if (rst->at.frame == 0)
        return;
    if (view->own->fin.frame != 0) {
        if (rst->at.frame >= view->own->fin.frame)
            closure_find(view, CLOSURE_FINDING_RST_AFTER_FIN, rst->peer_unacked > 0 ? CLOSURE_NOTE : CLOSURE_CHAT,
                         rst->at.frame, TRUE);
    } else if (view->side->alert_kind == CLOSURE_CLOSE_NOTIFY && rst->number <= view->own->stream.sent) {
        /* A higher number says that something was not captured, which may have been the FIN. */
        closure_find(view, CLOSURE_FINDING_RST_AFTER_CLOSE_NOTIFY, lost ? CLOSURE_WARNING : CLOSURE_NOTE, rst->at.frame,
                     TRUE);
    }
}

/* Whether Y had sent its close_notify when X went on in clear text. */
static gboolean
followed_both(const struct closure_view *view)
{
    const closure_side_judgement *peer = view->peer_side;
    const closure_event *foreign = &view->own->rare->foreign;

    return peer->alert_kind == CLOSURE_CLOSE_NOTIFY &&
           (closure_acknowledges_alert(foreign, peer) || peer->alert.at.frame <= foreign->frame);
}

/* Whether Y's close_notify may be among what was not captured. */
static gboolean
may_have_missed_alert(const struct closure_view *view)
{
    const closure_stream *received = &view->peer->stream;

    return view->judgement->facts.client == CLOSURE_NOBODY ||
           closure_stream_has_gap(received, received->begin,
                                  closure_acknowledged_octets(&view->own->rare->foreign, view->peer));
}

static void
find_cleartext(struct closure_view *view)
{
    const closure_direction *own = view->own;
    const gboolean both = followed_both(view);

    if (own->rare->foreign.frame == 0 || own->rare->foreign_is_hello || view->side->alert_kind != CLOSURE_CLOSE_NOTIFY)
        return;
    if (!both && may_have_missed_alert(view))
        return;
    closure_find(view, CLOSURE_FINDING_CLEARTEXT_AFTER_CLOSE, both ? CLOSURE_CHAT : CLOSURE_WARNING,
                 own->rare->foreign.frame, TRUE);
}

static void
find_early_close_notify(struct closure_view *view)
{
    const closure_side_judgement *side = view->side;

    if (side->alert_kind == CLOSURE_CLOSE_NOTIFY && side->alert.was_read && side->completion == CLOSURE_NOT_COMPLETED)
        closure_find(view, CLOSURE_FINDING_CLOSE_NOTIFY_IN_HANDSHAKE, CLOSURE_NOTE, side->alert.at.frame, TRUE);
}

static void
find_incomplete(struct closure_view *view)
{
    const gboolean is_final = view->judgement->is_final;

    if (is_untold(view) && view->peer->was_captured)
        closure_find(view, CLOSURE_FINDING_CAPTURE_INCOMPLETE, CLOSURE_NOTE, view->side->end.frame, is_final);
    else if (!view->own->was_captured && closure_has_closed(view->peer_side))
        closure_find(view, CLOSURE_FINDING_CAPTURE_INCOMPLETE, CLOSURE_NOTE,
                     view->judgement->facts.last_frame_of[CLOSURE_PEER(view->index)], is_final);
}

void
closure_find_all_of_side(struct closure_view *view)
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
    if (view->own->rare->odd_ttl.frame != 0)
        closure_find(view, CLOSURE_FINDING_END_TTL_DIFFERS, CLOSURE_NOTE, view->own->rare->odd_ttl.frame, TRUE);
    find_incomplete(view);
}
