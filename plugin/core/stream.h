/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * One direction of a TCP connection as far as it was captured: which octets are there, and their values in order.
 *
 * Octets come from the first copy that was captured (rules §1). Payload is kept only where it arrived above a hole
 * that the reader waits for, and never more than CLOSURE_STREAM_MOST octets.
 */
#ifndef CLOSURE_STREAM_H
#define CLOSURE_STREAM_H

#include "segment.h"

/** Most octets and segments that are kept above a hole, per direction. */
#define CLOSURE_STREAM_MOST          (64U * 1024U)
#define CLOSURE_STREAM_MOST_SEGMENTS 256U

/** Most holes that are told apart, per direction; beyond that the two lowest become one. */
#define CLOSURE_STREAM_MOST_HOLES 32U

/** Stream positions [start, end). */
typedef struct closure_span {
    guint64 start;
    guint64 end;
} closure_span;

typedef struct closure_stream {
    guint64 begin;      /**< position of its first octet */
    guint64 sent;       /**< end of the highest octet sent, at least begin */
    guint64 acked;      /**< highest acknowledgment by the peer; 0: none */
    closure_span lost;  /**< octets that cannot be assigned to a record; empty: start == end */
    GArray *holes;      /**< of closure_span, ascending: octets not captured; NULL: none. Owned */
    GPtrArray *pending; /**< of closure_run, in order of capture, all above the reader; NULL: none. Owned */
} closure_stream;

/** Consecutive octets of the stream, all from one captured segment. */
typedef struct closure_run {
    guint64 position;
    const guint8 *octets;
    gsize count;
    guint32 length; /**< from position to the end of the segment, captured or not */
    gint64 time;    /**< of the segment that carries them, as its ack and frame */
    guint64 ack;    /**< 0: none */
    guint32 frame;
} closure_run;

/** An empty stream that begins at @p begin. */
void closure_stream_init(closure_stream *stream, guint64 begin);

/** Frees what the stream owns. */
void closure_stream_clear(closure_stream *stream);

/** A copy that shares nothing with @p stream; clear it with closure_stream_clear(). */
closure_stream closure_stream_copy(const closure_stream *stream);

/** Notes which octets this segment brings. Payload that the reader cannot use yet is kept by closure_stream_keep(). */
void closure_stream_add(closure_stream *stream, const closure_segment *segment);

/**
 * The octets at @p position, from the oldest copy, and only as far as that is the oldest.
 * @param now  the segment in progress, newer than all that is kept; NULL: none
 * @return FALSE if the octet at @p position is not there. The run's octets are borrowed.
 */
gboolean closure_stream_read(const closure_stream *stream, const closure_segment *now, guint64 position,
                             closure_run *run);

/** Drops what is kept below @p reader, and keeps @p now if it reaches above. */
void closure_stream_keep(closure_stream *stream, const closure_segment *now, guint64 reader);

/** Cuts @p from at @p position: what is there and above goes to @p to, empty so far, with all that is kept. */
void closure_stream_divide(closure_stream *from, guint64 position, closure_stream *to);

/** Whether more is kept above a hole than it is worth to wait for. */
gboolean closure_stream_is_overfull(const closure_stream *stream);

/** Whether anything is kept above a hole. */
gboolean closure_stream_is_waiting(const closure_stream *stream);

/** The lowest position at or above @p position at which something kept begins; G_MAXUINT64: none. */
guint64 closure_stream_next_pending(const closure_stream *stream, guint64 position);

/** Notes that the octets [start, end) cannot be assigned to a record. */
void closure_stream_lose(closure_stream *stream, guint64 start, guint64 end);

/** Whether the octet at @p position was not captured or cannot be assigned to a record (rules §1.1, gaps). */
gboolean closure_stream_in_gap(const closure_stream *stream, guint64 position);

/** Whether any octet in [start, end) is in a gap. */
gboolean closure_stream_has_gap(const closure_stream *stream, guint64 start, guint64 end);

#endif
