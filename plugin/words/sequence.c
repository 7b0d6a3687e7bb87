/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "sequence.h"

#include "words.h"

/* Between "client " and " server": room for the longest name of an alert and for counts of records. */
#define ARROW_WIDTH 44

/* "+999.9 ms" */
#define TIME_WIDTH 9

/* ---- what happened ---- */

/* Appends what happened, if it did, keeps the order of capture; within a frame, that of appending. */
static guint
append(closure_step *steps, guint count, const closure_step *step)
{
    guint at = count;

    if (step->at->frame == 0)
        return count;
    for (; at > 0 && steps[at - 1].at->frame > step->at->frame; at--)
        steps[at] = steps[at - 1];
    steps[at] = *step;
    return count + 1;
}

/* Data that answers the peer's alert answers its FIN too: it is one step. */
static const closure_records *
late_reply(const closure_direction *direction)
{
    return direction->rare->reply_to_alert.count > 0 ? &direction->rare->reply_to_alert
                                                     : &direction->rare->reply_to_fin;
}

static guint
append_side(const closure_judgement *judgement, guint8 side, closure_step *steps, guint count)
{
    const closure_side_judgement *own = &judgement->side[side];
    const closure_side_judgement *peer = &judgement->side[CLOSURE_PEER(side)];
    const closure_direction *direction = &judgement->facts.side[side];
    const closure_records *late = &direction->rare->after_alert;
    const closure_records *reply = late_reply(direction);
    const gboolean has_closed = own->alert_kind != CLOSURE_NO_ALERT;
    const gboolean has_peer_closed = peer->alert_kind != CLOSURE_NO_ALERT || peer->end_kind == CLOSURE_END_FIN;

    if (has_closed) {
        count = append(steps, count, &(closure_step){ &own->alert.at, NULL, CLOSURE_STEP_ALERT, side });
        count = append(steps, count, &(closure_step){ &late->first, late, CLOSURE_STEP_LATE_RECORDS, side });
    }
    if (has_peer_closed)
        count = append(steps, count, &(closure_step){ &reply->first, reply, CLOSURE_STEP_LATE_REPLY, side });
    if (has_closed)
        count = append(steps, count, &(closure_step){ &direction->rare->foreign, NULL, CLOSURE_STEP_CLEARTEXT, side });
    count = append(steps, count, &(closure_step){ &direction->fin, NULL, CLOSURE_STEP_FIN, side });
    return append(steps, count, &(closure_step){ &direction->rst.at, NULL, CLOSURE_STEP_RST, side });
}

guint
closure_sequence_list(const closure_judgement *judgement, closure_step steps[CLOSURE_STEPS_MOST])
{
    guint count = 0;

    for (guint8 side = 0; side < CLOSURE_SIDES; side++)
        count = append_side(judgement, side, steps, count);
    return count;
}

/* ---- how it is drawn ---- */

static void
say_records(const closure_records *records, const char *what, GString *out)
{
    g_string_append_printf(out, "%s: %u %s, %" G_GUINT64_FORMAT " octets", what, records->count,
                           records->count == 1 ? "record" : "records", records->octets);
}

static void
say_what(const closure_judgement *judgement, const closure_step *step, GString *out)
{
    switch (step->kind) {
    case CLOSURE_STEP_ALERT:
        closure_say_alert_short(judgement, step->side, out);
        break;
    case CLOSURE_STEP_FIN:
        g_string_append(out, closure_word_end(CLOSURE_END_FIN));
        break;
    case CLOSURE_STEP_RST:
        g_string_append(out, closure_word_end(CLOSURE_END_RST));
        break;
    case CLOSURE_STEP_LATE_RECORDS:
        say_records(step->records, "after its alert", out);
        break;
    case CLOSURE_STEP_LATE_REPLY:
        say_records(step->records, "late data", out);
        break;
    default:
        g_string_append(out, judgement->facts.side[step->side].rare->foreign_is_hello ? "new ClientHello"
                                                                                      : "no TLS any more");
    }
}

static void
draw_line(GString *out, gsize length)
{
    for (gsize i = 0; i < length; i++)
        g_string_append_c(out, '-');
}

/* The words stand at the arrow's tail, so that each side has its column. */
static void
draw_arrow(gboolean to_the_right, const char *what, gsize length, GString *out)
{
    const gsize line = ARROW_WIDTH - MIN(length + 5, ARROW_WIDTH - 1);

    if (to_the_right) {
        g_string_append_printf(out, "-- %s ", what);
        draw_line(out, line);
        g_string_append_c(out, '>');
    } else {
        g_string_append_c(out, '<');
        draw_line(out, line);
        g_string_append_printf(out, " %s --", what);
    }
}

void
closure_say_step(const closure_judgement *judgement, const closure_step *step, gint64 start, GString *out)
{
    GString *words = g_string_new("+");

    closure_say_time(MAX(step->at->time - start, 0), words);
    g_string_append_printf(out, "%-*s  client ", TIME_WIDTH, words->str);
    g_string_truncate(words, 0);
    say_what(judgement, step, words);
    draw_arrow(step->side == judgement->client, words->str, words->len, out);
    g_string_append(out, " server");
    g_string_free(words, TRUE);
}
