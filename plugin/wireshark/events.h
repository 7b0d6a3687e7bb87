/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The closing events of a TLS connection, as they are shown.
 */
#ifndef CLOSURE_EVENTS_H
#define CLOSURE_EVENTS_H

#include "core/judge.h"
#include "fields.h"

/** Of each side an alert, a FIN and a RST. */
#define CLOSURE_EVENTS_MOST (3 * CLOSURE_SIDES)

typedef struct closure_closing_event {
    const closure_event *at; /**< borrowed from the judgement */
    const char *word;        /**< "close_notify", "FIN", ... */
    closure_field link;      /**< that leads to its frame */
    guint8 side;
    guint8 bit; /**< 1 << number of the event, for sets */
} closure_closing_event;

/** Lists the closing events in order of capture. @return how many there are */
guint closure_events_list(const closure_judgement *judgement, closure_closing_event events[CLOSURE_EVENTS_MOST]);

/** The field that leads to the closing alert of a side. */
closure_field closure_events_alert_link(const closure_judgement *judgement, guint side);

#endif
