/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * One side X and its peer Y as every rule sees them, and what several rules ask. Internal to the judge.
 */
#ifndef CLOSURE_VIEW_H
#define CLOSURE_VIEW_H

#include "alert.h"
#include "judge.h"
#include "record.h"

/* One side X and its peer Y, as every rule sees them. */
struct closure_view {
    closure_judgement *judgement;
    const closure_options *options;
    const closure_direction *own;
    const closure_direction *peer;
    closure_side_judgement *side;
    const closure_side_judgement *peer_side;
    guint index;
};

static inline struct closure_view
closure_view_of(closure_judgement *judgement, const closure_options *options, guint side)
{
    const guint peer = CLOSURE_PEER(side);
    const struct closure_view view = {
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

static inline gboolean
closure_is_up_to_tls12(const closure_judgement *judgement)
{
    return judgement->version != CLOSURE_VERSION_UNKNOWN && judgement->version != CLOSURE_TLS_1_3;
}

/*
 * Whether a last record of an alert's size is taken for an alert. Otherwise it may be one, and nothing that rests on it
 * is said: inference is off, or not enough of the handshake was captured to know that this is TLS 1.3.
 */
static inline gboolean
closure_infers_alerts(const struct closure_view *view)
{
    return view->options->infer_alerts && view->judgement->version == CLOSURE_TLS_1_3;
}

/* Octets of a record that carries an alert in TLS 1.3, header included, padding not. */
static inline guint64
closure_alert_record_length(const closure_judgement *judgement)
{
    return CLOSURE_HEADER_LENGTH + closure_alert_body_length(judgement->version, judgement->facts.cipher_suite);
}

static inline gboolean
closure_acknowledges_alert(const closure_event *event, const closure_side_judgement *peer_side)
{
    return peer_side->alert_kind != CLOSURE_NO_ALERT && event->ack >= peer_side->alert.end;
}

/* Where the octets of Y that this acknowledges end; a FIN is none. */
static inline guint64
closure_acknowledged_octets(const closure_event *event, const closure_direction *peer)
{
    const guint64 end = closure_acknowledges_fin(event, peer) ? peer->fin_position : event->ack;

    return MAX(end, peer->stream.begin);
}

/* Whether the last octet of Y that X acknowledged is missing. */
static inline gboolean
closure_acknowledges_gap(const closure_event *event, const closure_direction *peer)
{
    return event->ack > peer->stream.begin && closure_stream_in_gap(&peer->stream, event->ack - 1);
}

/* Where X's octets end: a FIN may have been lost above, or octets sent above it (§1.1). */
static inline guint64
closure_end_of_octets(const struct closure_view *view)
{
    const guint64 sent = view->own->stream.sent;

    return view->own->fin.frame != 0 ? MAX(view->own->fin_position, sent) : sent;
}

/* Octets that are still missing may yet arrive, until the peer has acknowledged them. */
static inline gboolean
closure_may_be_filled(const struct closure_view *view)
{
    const closure_stream *stream = &view->own->stream;
    const guint64 end = closure_end_of_octets(view);

    return closure_stream_has_gap(stream, stream->begin, end) && stream->acked < end;
}

/* Its frame is 0 where X has not closed. */
static inline const closure_event *
closure_first_closing_event(const closure_side_judgement *side)
{
    return side->alert_kind != CLOSURE_NO_ALERT && !side->ended_before_alert ? &side->alert.at : &side->end;
}

static inline gboolean
closure_has_closed(const closure_side_judgement *side)
{
    return side->alert_kind != CLOSURE_NO_ALERT || side->end_kind != CLOSURE_NO_END;
}

/* Whether the peer acknowledged more of this side than was captured: it went on, and may have closed. */
static inline gboolean
closure_was_seen_elsewhere(const closure_judgement *judgement, guint side)
{
    return closure_is_acked_beyond_capture(&judgement->facts.side[side]);
}

#endif
