/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "events.h"

#include "words/words.h"

closure_field
closure_events_alert_link(const closure_judgement *judgement, guint side)
{
    const guint first = judgement->initiator != CLOSURE_NOBODY ? judgement->initiator : judgement->client;

    return side == first ? CLOSURE_FIELD_CLOSE_NOTIFY_FRAME : CLOSURE_FIELD_PEER_CLOSE_NOTIFY_FRAME;
}

/* Appends if the event happened; keeps the order of capture, in a frame that of appending. */
static guint
append(closure_closing_event *events, guint count, closure_closing_event event)
{
    guint at = count;

    if (event.at->frame == 0)
        return count;
    for (; at > 0 && events[at - 1].at->frame > event.at->frame; at--)
        events[at] = events[at - 1];
    events[at] = event;
    return count + 1;
}

guint
closure_events_list(const closure_judgement *judgement, closure_closing_event events[CLOSURE_EVENTS_MOST])
{
    guint count = 0;

    for (guint8 side = 0; side < CLOSURE_SIDES; side++) {
        const closure_side_judgement *own = &judgement->side[side];
        const closure_direction *direction = &judgement->facts.side[side];
        const guint8 bit = (guint8)(1 << 3 * side);

        if (own->alert_kind != CLOSURE_NO_ALERT)
            count = append(events, count,
                           (closure_closing_event){ &own->alert.at, closure_word_alert(own->alert_kind),
                                                    closure_events_alert_link(judgement, side), side, bit });
        count = append(events, count,
                       (closure_closing_event){ &direction->fin, closure_word_end(CLOSURE_END_FIN),
                                                CLOSURE_FIELD_FIN_FRAME, side, (guint8)(bit << 1) });
        count = append(events, count,
                       (closure_closing_event){ &direction->rst.at, closure_word_end(CLOSURE_END_RST),
                                                CLOSURE_FIELD_RST_FRAME, side, (guint8)(bit << 2) });
    }
    return count;
}
