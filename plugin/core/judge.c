/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "judge.h"
#include "findings.h"
#include "settle.h"
#include "side.h"
#include "verdict.h"
#include "view.h"

#include <string.h>

/* Numbers in comments here and in the files beside are sections of the rules, after RFC 8446 §6 and RFC 5246 §7.2. */

/* §3, last sentence */
static guint8
judge_client(const closure_facts *facts)
{
    return facts->client != CLOSURE_NOBODY ? facts->client : facts->likely_client;
}

static void
judge_initiator(closure_judgement *judgement)
{
    const gboolean own[CLOSURE_SIDES] = { judgement->side[0].cause == CLOSURE_ON_ITS_OWN,
                                          judgement->side[1].cause == CLOSURE_ON_ITS_OWN };
    const closure_event *first[CLOSURE_SIDES] = { closure_first_closing_event(&judgement->side[0]),
                                                  closure_first_closing_event(&judgement->side[1]) };

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
has_ended_or_is_missing(const struct closure_view *view)
{
    return view->side->end_kind != CLOSURE_NO_END || !view->own->was_captured;
}

static gboolean
judge_final(closure_judgement *judgement, const closure_options *options)
{
    const struct closure_view a = closure_view_of(judgement, options, 0);
    const struct closure_view b = closure_view_of(judgement, options, 1);
    const gboolean reset = a.own->rst.at.frame != 0 || b.own->rst.at.frame != 0;
    const gboolean ended = has_ended_or_is_missing(&a) && has_ended_or_is_missing(&b);

    if (options->whole_capture || a.own->rare->foreign_is_hello || b.own->rare->foreign_is_hello)
        return TRUE;
    return (reset || ended) && !closure_may_be_filled(&a) && !closure_may_be_filled(&b);
}

void
closure_judge(const closure_connection *connection, const closure_options *options, closure_judgement *judgement)
{
    struct closure_view views[CLOSURE_SIDES];
    gboolean has_copies;

    memset(judgement, 0, sizeof *judgement);
    has_copies = closure_settle(connection, judgement);
    judgement->client = judge_client(&judgement->facts);
    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        views[side] = closure_view_of(judgement, options, side);
        closure_judge_end(&views[side]);
        closure_judge_alert(&views[side]);
    }
    for (guint side = 0; side < CLOSURE_SIDES; side++)
        closure_judge_answering_alert(&views[side]);
    for (guint side = 0; side < CLOSURE_SIDES; side++)
        closure_judge_side(&views[side]);
    judgement->is_final = judge_final(judgement, options);
    for (guint side = 0; side < CLOSURE_SIDES; side++)
        closure_find_all_of_side(&views[side]);
    closure_judge_verdict(judgement);
    judge_initiator(judgement);
    judge_times(judgement);
    if (judgement->verdict == CLOSURE_VERDICT_ORDERLY)
        closure_find(&views[judgement->initiator == CLOSURE_NOBODY ? 0 : judgement->initiator], CLOSURE_FINDING_ORDERLY,
                     CLOSURE_CHAT, judgement->last_event_frame, judgement->is_final);
    closure_unsettle(connection, judgement, has_copies);
}
