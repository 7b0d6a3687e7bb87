/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The TLS record header (RFC 8446 §5.1, RFC 5246 §6.2.1): what is one, and what only looks like one.
 */
#ifndef CLOSURE_RECORD_H
#define CLOSURE_RECORD_H

#include <glib.h>

/** Octets of a record header: content type, version, length. */
#define CLOSURE_HEADER_LENGTH 5

/** Content types of TLS records. */
enum closure_content_type {
    CLOSURE_CHANGE_CIPHER_SPEC = 20,
    CLOSURE_ALERT = 21,
    CLOSURE_HANDSHAKE = 22,
    CLOSURE_APPLICATION_DATA = 23,
    CLOSURE_HEARTBEAT = 24,
};

/** Whether the first @p count octets (0 to 5) can begin a record header of SSLv3 to TLS 1.3. */
gboolean closure_header_plausible(const guint8 *octets, gsize count);

/** Length of the record's body in octets; @p header has all CLOSURE_HEADER_LENGTH octets. */
guint16 closure_header_body_length(const guint8 *header);

/**
 * Whether a captured segment begins with a chain of record headers: two in a row, or one whose record ends where the
 * segment ends. One header alone is met by chance in other protocols.
 */
gboolean closure_chain_plausible(const guint8 *octets, gsize captured, gsize length);

/** Octets of a handshake record's body that closure_hello_plausible() looks at. */
#define CLOSURE_HELLO_PEEK 6

/**
 * Whether a handshake record of @p body_length octets, of whose body the first @p count (0 to CLOSURE_HELLO_PEEK) are
 * given, can begin with a ClientHello or ServerHello in the clear (RFC 8446 §4.1).
 */
gboolean closure_hello_plausible(const guint8 *body, gsize count, guint16 body_length);

/** Whether these captured octets can begin a handshake record with a ClientHello or ServerHello. */
gboolean closure_hello_record_plausible(const guint8 *octets, gsize count);

/** Whether the octets begin with a whole header of a handshake record and the start of a hello, as above. */
gboolean closure_hello_begins(const guint8 *octets, gsize count);

#endif
