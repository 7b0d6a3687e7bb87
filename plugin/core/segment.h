/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * What the analysis is fed with: TCP segments by stream position, and what was decrypted of their records.
 */
#ifndef CLOSURE_SEGMENT_H
#define CLOSURE_SEGMENT_H

#include <glib.h>

/** The two directions of a TCP connection are the indices 0 and 1 of arrays of this size. */
#define CLOSURE_SIDES 2

/** The other direction. */
#define CLOSURE_PEER(side) (1U - (side))

/** "No side", where an index into such an array could stand. */
#define CLOSURE_NOBODY 2U

/** A time that is not known; any other is in nanoseconds since the epoch. */
#define CLOSURE_NO_TIME G_MININT64

/** TCP control bits (RFC 9293 §3.1) that matter here, as a set. */
enum closure_tcp_flag {
    CLOSURE_SYN = 1 << 0,
    CLOSURE_FIN = 1 << 1,
    CLOSURE_RST = 1 << 2,
    CLOSURE_ACK = 1 << 3,
};

/** One TCP segment as it was captured. */
typedef struct closure_segment {
    gint64 time;          /**< of capture, nanoseconds since the epoch */
    guint64 position;     /**< of its first octet of payload in the stream, unwrapped to 64 bits */
    guint64 ack;          /**< the peer's octets below this position are acknowledged; valid with CLOSURE_ACK */
    const guint8 *octets; /**< the payload as far as it was captured; borrowed for the call */
    guint32 length;       /**< octets of payload on the wire */
    guint32 captured;     /**< octets of payload that were captured, at most length */
    guint32 frame;        /**< number in the capture, from 1 */
    guint8 flags;         /**< set of closure_tcp_flag */
    guint8 ttl;           /**< time to live or hop limit; 0: unknown */
} closure_segment;

/** A TLS record of this segment's direction that was decrypted, in stream order (RFC 8446 §5.2, RFC 5246 §6.2.3). */
typedef struct closure_plaintext {
    guint32 length;     /**< octets of plaintext, without the inner content type and padding of TLS 1.3 */
    guint8 type;        /**< content type, in TLS 1.3 the inner one */
    guint8 level;       /**< of an alert of two octets */
    guint8 description; /**< of an alert of two octets */
} closure_plaintext;

#endif
