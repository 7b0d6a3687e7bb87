/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * From a stream's octets to its TLS records: only headers, and the bodies of clear-text handshake and alert records.
 */
#ifndef CLOSURE_READER_H
#define CLOSURE_READER_H

#include "observe.h"

/** Begins to read where the stream begins. */
void closure_reader_init(closure_reader *reader, guint64 position);

/** Frees what the reader owns. */
void closure_reader_clear(closure_reader *reader);

/**
 * Reads on, with the segment that has just been added to the side's stream.
 * @return whether a ClientHello that begins a new TLS connection was met; nothing behind its first octets was read
 */
gboolean closure_reader_run(closure_observer *observer, const closure_segment *now);

/** Whether nothing is wanted of this record, which is being read, before its end. */
gboolean closure_reader_skips(const closure_reader *reader, const closure_record *record);

/** Gives that ClientHello to a new connection's direction, which reads on where @p from stopped. */
void closure_reader_hand_over(closure_direction *from, closure_direction *to);

/** Reads what can be read if no hole is ever filled. For a copy of the facts, at the time of judgement. */
void closure_reader_finish(closure_observer *observer);

/** Whether these octets at a segment's start can be the start of TLS on a connection that has shown none. */
gboolean closure_tls_may_begin(const guint8 *octets, gsize captured);

#endif
