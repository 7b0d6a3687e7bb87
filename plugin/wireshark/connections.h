/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The connections of the capture in progress: who is on them, what was found, in which frames there is something to
 * show.
 *
 * All of it lives until the capture is closed or dissected anew, and grows in the first pass only.
 */
#ifndef CLOSURE_CONNECTIONS_H
#define CLOSURE_CONNECTIONS_H

#include "compat.h"

#include "core/judge.h"

typedef struct closure_tcp closure_tcp;
typedef struct closure_entry closure_entry;

/** Who is on a TCP connection. Its sides are ordered by address and port, whoever speaks. */
typedef struct closure_ends {
    address address[CLOSURE_SIDES]; /**< borrowed */
    guint16 port[CLOSURE_SIDES];
} closure_ends;

/** A TCP connection. Most have no TLS on them: it is kept small. */
struct closure_tcp {
    closure_track track;
    closure_entry *newest;    /**< the newest TLS connection on it; NULL: none yet */
    closure_tcp *previous;    /**< with the same tcp.stream; NULL: none */
    const closure_ends *ends; /**< NULL: no TLS on it yet */
    guint32 stream;           /**< tcp.stream */
};

/** A TLS connection. */
struct closure_entry {
    closure_connection *connection; /**< borrowed from the track */
    const closure_tcp *tcp;         /**< on which it is */
    closure_entry *previous;        /**< on the same TCP connection; NULL: none */
    closure_entry *next;
    closure_entry *next_changed; /**< in the list of those that are changed */

    guint32 reported[CLOSURE_SIDES]; /**< findings that were told in the first pass, as sets of 1 << id */
    guint8 is_changed : 1;           /**< since its frames were noted, for closure_connections_in_frame() */
    guint8 was_summed_up : 1;        /**< in the first pass */
};

/** Where there is something to show in a frame. A list. */
typedef struct closure_place {
    closure_entry *entry;
    struct closure_place *next; /**< NULL: last */
} closure_place;

/** Once, at start. */
void closure_connections_register(void);

/**
 * The TCP connection between these ends, if it is one of those that were used last; NULL: look for its conversation.
 * Saves most searches of Wireshark's table of conversations.
 */
closure_tcp *closure_connections_recall(const closure_ends *ends);

/** Has it found by closure_connections_recall(). */
void closure_connections_remember(const closure_ends *ends, closure_tcp *tcp);

/** The TCP connection that this conversation carries now; NULL: none yet. */
closure_tcp *closure_connections_find(const conversation_t *conversation);

/** Starts a TCP connection in place of the one that the conversation carried, if any. NULL: it carries no TCP. */
closure_tcp *closure_connections_start(const conversation_t *conversation);

/**
 * Takes in that the track was fed: new TLS connections are numbered and entered.
 * @param change  as the track says
 * @return the oldest TLS connection on it that may be judged differently now, as those that are next to it; NULL: none
 */
closure_entry *closure_connections_update(closure_tcp *tcp, const closure_ends *ends, closure_change change);

/** The TLS connection of this conversation to which a frame of it belongs; NULL: none. */
closure_entry *closure_connections_at(const conversation_t *conversation, guint32 frame);

/** Where there is something to show in this frame, as far as is known; NULL: nowhere. */
const closure_place *closure_connections_in_frame(guint32 frame);

/**
 * Judges by the preferences as they are now.
 * @param whole  as if nothing followed that was not captured yet
 */
void closure_connections_judge(const closure_entry *entry, gboolean whole, closure_judgement *judgement);

#endif
