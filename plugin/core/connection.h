/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The TLS connections on one TCP connection: found, fed and kept.
 *
 * Nothing here is shared between connections.
 */
#ifndef CLOSURE_CONNECTION_H
#define CLOSURE_CONNECTION_H

#include "facts.h"

/** A TLS connection. */
typedef struct closure_connection {
    closure_facts facts;
    struct closure_connection *previous; /**< that ended before it on the same TCP connection; NULL: none. Owned */
    guint32 index;                       /**< for the owner of the track to number its connections with; 0 at first */
} closure_connection;

/** The TCP header's numbers as they stand on the wire, for closure_track_locate(). */
typedef struct closure_tcp_numbers {
    guint32 sequence;
    guint32 acknowledgment;
    guint8 flags; /**< set of closure_tcp_flag */
} closure_tcp_numbers;

/**
 * What is kept of a TCP connection, with TLS on it or without. It begins as all zero. Only its size is public: most
 * connections have no TLS on them, and this is all that they cost.
 */
typedef struct closure_track {
    closure_connection *connection; /**< the newest, which may have shown no TLS yet; NULL: none. Owned */
    guint64 begin[CLOSURE_SIDES];   /**< position of the first octet, by the SYN or else the first segment; 0: none */
    guint64 sent[CLOSURE_SIDES];    /**< end of the highest octet sent; 0: nothing captured */
    guint64 acked[CLOSURE_SIDES];   /**< highest acknowledgment of that side's octets; 0: none */
    guint8 ttl[CLOSURE_SIDES];
    guint8 ttl_count[CLOSURE_SIDES]; /**< segments of that TTL, as far as they are counted */
    guint8 ttl_mixed;                /**< set of sides, as is saw_syn */
    guint8 saw_syn;
    guint8 likely_client;
    guint8 likely_client_is_sure : 1; /**< the sender of the SYN */
} closure_track;

/** Frees what the track owns. */
void closure_track_clear(closure_track *track);

/**
 * Whether this segment belongs to another TCP connection than the track's: a SYN with another initial sequence number.
 */
gboolean closure_track_is_other(const closure_track *track, guint side, const closure_tcp_numbers *numbers);

/** Unwraps the numbers: sets position and ack of @p segment. Its flags and length must be set before. */
void closure_track_locate(closure_track *track, guint side, const closure_tcp_numbers *numbers,
                          closure_segment *segment);

/** Says which side to take for the client where neither a ClientHello nor a SYN was captured (rules §3). */
void closure_track_set_likely_client(closure_track *track, guint side);

/**
 * Takes a segment if it changes nothing but how far the two sides have got: where there is no TLS, in the middle of a
 * record, or a mere acknowledgment, before anything has closed. Nothing of it can have been decrypted.
 * @return whether it was taken; if not, it must be given to closure_track_feed()
 */
gboolean closure_track_pass_over(closure_track *track, guint side, const closure_segment *segment);

/** What may be judged differently of the TLS connections on a track after a segment. */
typedef enum closure_change {
    CLOSURE_NO_CHANGE,
    CLOSURE_AMOUNTS_CHANGE, /**< octets at risk, and how likely a truncation is */
    CLOSURE_ANY_CHANGE,
} closure_change;

/** Takes a segment, with what was decrypted of it (@p plaintexts may be NULL when @p count is 0). */
closure_change closure_track_feed(closure_track *track, guint side, const closure_segment *segment,
                                  const closure_plaintext *plaintexts, guint count);

/** Whether there is anything to judge. What may be an alert counts once something follows from which that shows. */
gboolean closure_has_begun_to_close(const closure_facts *facts);

/** The newest TLS connection that has shown itself; NULL: none. Borrowed, valid until the track is cleared. */
closure_connection *closure_track_connection(const closure_track *track);

#endif
