/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The clear-text part of a TLS handshake, read as a stream of messages (RFC 8446 §4, RFC 5246 §7.4).
 */
#ifndef CLOSURE_HANDSHAKE_H
#define CLOSURE_HANDSHAKE_H

#include <glib.h>

/** Handshake message types that the analysis itself needs; any other is only passed on by its number. */
enum closure_handshake_type {
    CLOSURE_CLIENT_HELLO = 1,
    CLOSURE_SERVER_HELLO = 2,
    CLOSURE_FINISHED = 20,
};

/** Protocol versions by the number that a ServerHello settles them with; 0 is "not known". */
enum closure_version {
    CLOSURE_VERSION_UNKNOWN = 0,
    CLOSURE_TLS_UP_TO_1_2 = 1, /**< by what followed; no ServerHello was read */
    CLOSURE_SSL_3_0 = 0x0300,
    CLOSURE_TLS_1_0 = 0x0301,
    CLOSURE_TLS_1_1 = 0x0302,
    CLOSURE_TLS_1_2 = 0x0303,
    CLOSURE_TLS_1_3 = 0x0304,
};

/** What a ServerHello settles (RFC 8446 §4.1.3). */
typedef struct closure_server_hello {
    guint16 version;      /**< closure_version; drafts of TLS 1.3 count as TLS 1.3 */
    guint16 cipher_suite; /**< number in the IANA registry */
} closure_server_hello;

/** State of one direction's handshake messages between two records. Opaque; freed when the clear text ends. */
typedef struct closure_handshake closure_handshake;

/** Caller owns the result; free it with closure_handshake_free(). */
closure_handshake *closure_handshake_new(void);
void closure_handshake_free(closure_handshake *handshake);

/**
 * Reads clear-text octets of handshake records, in stream order.
 * @return the type of the last message that began in or before these octets; 0: none yet
 */
guint8 closure_handshake_read(closure_handshake *handshake, const guint8 *octets, gsize count);

/** The server_name of the first whole ClientHello (RFC 6066 §3), as a terminal may print it; NULL: none. Borrowed. */
const char *closure_handshake_server_name(const closure_handshake *handshake);

/** What the last complete ServerHello settled; NULL: none was read. Borrowed. */
const closure_server_hello *closure_handshake_server_hello(const closure_handshake *handshake);

#endif
