/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The connections of the capture in progress: who is on them, what was found, in which frames there is something to show.
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
    address address[CLOSURE_SIDES]; /**< borrowed from the frame */
    guint16 port[CLOSURE_SIDES];
} closure_ends;

/** A TCP connection. Most have no TLS on them: it is kept small. */
struct closure_tcp {
    closure_track *track;   /**< owned by the table */
    closure_entry *newest;  /**< the newest TLS connection on it; NULL: none yet */
    closure_tcp *previous;  /**< on the same conversation; NULL: none */
    const address *address; /**< by side; NULL: no TLS on it yet */
    guint16 port[CLOSURE_SIDES];
    guint32 stream; /**< tcp.stream */
};

/** A TLS connection. */
struct closure_entry {
    closure_connection *connection; /**< borrowed from the track */
    const closure_tcp *tcp;         /**< on which it is */
    closure_entry *previous;        /**< on the same TCP connection; NULL: none */
    closure_entry *next;

    /* What was said of it in the first pass. */
    guint32 reported[CLOSURE_SIDES]; /**< findings by side, as sets of 1 << closure_finding_id */
    gboolean was_summed_up;

    /* For closure_connections_in_frame(). */
    closure_entry *next_changed;
    gboolean is_changed; /**< since its frames were noted */

    /* What the statistics hold of it. */
    guint row;           /**< in the table of connections, from 1; 0: not in it */
    gboolean is_counted; /**< in the table of verdicts and findings, with: */
    closure_verdict counted;
    guint8 counted_findings[CLOSURE_FINDINGS];
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
 * Saves most searches of Wireshark's table of conversations. Not for a SYN, which may begin another conversation.
 */
closure_tcp *closure_connections_recall(const closure_ends *ends);

/** Has it found by closure_connections_recall(). */
void closure_connections_remember(const closure_ends *ends, closure_tcp *tcp);

/** The TCP connection that this conversation carries now; NULL: none yet. */
closure_tcp *closure_connections_find(conversation_t *conversation);

/** Starts a TCP connection in place of the one that the conversation carried, if any. */
closure_tcp *closure_connections_start(conversation_t *conversation, packet_info *pinfo, const closure_ends *ends);

/**
 * Takes in that the track was fed: new TLS connections are numbered and entered.
 * @param differs  whether anything may be judged differently now, as the track says
 * @return the oldest TLS connection on it that may be judged differently now, as those that are next to it; NULL: none
 */
closure_entry *closure_connections_update(closure_tcp *tcp, const closure_ends *ends, gboolean differs);

/** The TLS connection of this conversation to which a frame of it belongs; NULL: none. */
closure_entry *closure_connections_at(conversation_t *conversation, guint32 frame);

/** Where there is something to show in this frame, as far as is known; NULL: nowhere. */
const closure_place *closure_connections_in_frame(guint32 frame);

/**
 * Judges by the preferences as they are now.
 * @param whole  as if nothing followed that was not captured yet
 */
void closure_connections_judge(const closure_entry *entry, gboolean whole, closure_judgement *judgement);

/** How many TLS connections there are. */
guint closure_connections_count(void);

/** A TLS connection by its number, below closure_connections_count(). */
closure_entry *closure_connections_get(guint number);

#endif
