/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The closing of a TLS connection as a diagram: a line for each step, the client on the left, the server on the right.
 *
 *     +0 us     client <---------------- probably close_notify -- server
 *     +40.2 ms  client -- probably close_notify ----------------> server
 */
#ifndef CLOSURE_SEQUENCE_H
#define CLOSURE_SEQUENCE_H

#include "../core/judge.h"

typedef enum closure_step_kind {
    CLOSURE_STEP_ALERT,
    CLOSURE_STEP_FIN,
    CLOSURE_STEP_RST,
    CLOSURE_STEP_LATE_RECORDS, /**< TLS records after the own closing alert */
    CLOSURE_STEP_LATE_REPLY,   /**< application data in knowledge of the peer's closing alert or FIN */
    CLOSURE_STEP_CLEARTEXT,    /**< octets that are no TLS, or a new ClientHello */
} closure_step_kind;

/** One line of the diagram. */
typedef struct closure_step {
    const closure_event *at;        /**< borrowed from the judgement */
    const closure_records *records; /**< borrowed; valid with CLOSURE_STEP_LATE_... */
    closure_step_kind kind;
    guint8 side; /**< that does it */
} closure_step;

/** Each side takes each kind of step once at most. */
#define CLOSURE_STEPS_MOST (6 * CLOSURE_SIDES)

/** Lists the steps in order of capture. @return how many there are */
guint closure_sequence_list(const closure_judgement *judgement, closure_step steps[CLOSURE_STEPS_MOST]);

/**
 * Says a step as a line of the diagram, some 70 octets of ASCII. Lines are of one width unless a count is huge.
 * @param start  time of the first step
 */
void closure_say_step(const closure_judgement *judgement, const closure_step *step, gint64 start, GString *out);

#endif
