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

/** What is kept of a TCP connection, with TLS on it or without. */
typedef struct closure_track closure_track;

/** Caller owns the result; free it with closure_track_free(). */
closure_track *closure_track_new(void);
void closure_track_free(closure_track *track);

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

/**
 * Takes a segment, with what was decrypted of it (@p plaintexts may be NULL when @p count is 0).
 * @return whether anything of a TLS connection may be judged differently now
 */
gboolean closure_track_feed(closure_track *track, guint side, const closure_segment *segment,
                            const closure_plaintext *plaintexts, guint count);

/** Whether there is anything to judge. What may be an alert counts once something follows from which that shows. */
gboolean closure_has_begun_to_close(const closure_facts *facts);

/** The newest TLS connection that has shown itself; NULL: none. Borrowed, valid until the track is freed. */
closure_connection *closure_track_connection(const closure_track *track);

#endif
