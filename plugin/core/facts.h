/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * What is known of a TLS connection while its segments arrive: facts by stream position (rules §1), no judgement.
 *
 * A frame number of 0 says that the event did not happen, or was not captured.
 */
#ifndef CLOSURE_FACTS_H
#define CLOSURE_FACTS_H

#include "handshake.h"
#include "stream.h"

/** Something that one side sent. */
typedef struct closure_event {
    gint64 time;      /**< of capture, nanoseconds since the epoch */
    gint64 data_time; /**< of the last application-data record before it, either direction; CLOSURE_NO_TIME: none */
    guint64 ack;      /**< the peer's octets below are acknowledged by it, the smallest over all copies; 0: none */
    guint32 frame;    /**< that carries its last octet; 0: did not happen */
} closure_event;

/** A TLS record that is an alert, or may be one. */
typedef struct closure_alert {
    closure_event at;
    guint64 start; /**< stream positions [start, end) of the record */
    guint64 end;
    guint8 outer_type; /**< content type on the wire */
    guint8 level;      /**< as description: valid if it was read */
    guint8 description;
    guint8 was_read : 1; /**< in the clear or decrypted */
    /** Of alert's size, and nothing else can stand there (rules §1.3, a client's first record). */
    guint8 is_certain : 1;
} closure_alert;

/** Kinds of records, as a set. */
enum closure_record_kind {
    CLOSURE_KIND_HANDSHAKE = 1 << 0, /**< seen or decrypted to be a handshake message: session tickets and the like */
    CLOSURE_KIND_DATA = 1 << 1,      /**< application data: seen by its type in TLS <= 1.2, or decrypted */
    CLOSURE_KIND_UNREAD = 1 << 2,    /**< encrypted with its type (TLS 1.3) */
    CLOSURE_KIND_OTHER = 1 << 3,
};

/** Records of one side that were sent after something, or in knowledge of it. */
typedef struct closure_records {
    closure_event first;
    guint64 octets; /**< of their bodies on the wire */
    guint32 count;
    guint8 kinds; /**< set of closure_record_kind */
} closure_records;

/** Records that had the length of an alert and were none, since others followed. Only the last such length counts. */
typedef struct closure_lookalikes {
    guint64 length; /**< octets, header included */
    guint32 count;
} closure_lookalikes;

/** A RST and what stood open when it was sent (rules §1.1: here frame order decides). */
typedef struct closure_reset {
    closure_event at;
    guint64 number;       /**< its sequence number as a stream position */
    guint64 own_unacked;  /**< octets of own application data, not acknowledged by the peer before it */
    guint64 peer_unacked; /**< octets of the peer's application data, captured and not acknowledged before it */
    guint8 has_ack : 1;   /**< the ACK bit was set */
} closure_reset;

/** Application data of the main phase: after the handshake, no early data. */
typedef struct closure_data {
    closure_event last;
    guint64 first_start; /**< of the first such record; 0: none */
    guint64 first_end;
    guint64 last_start;
    guint64 last_end;
} closure_data;

/** How octets of a direction are being read. */
enum closure_reading {
    CLOSURE_READING_RECORDS, /**< the next octet is at a known place of a record */
    CLOSURE_SEEKING_RECORDS, /**< no TLS yet, or none any more, or the place in the record was lost */
};

/** A segment whose TTL or hop limit is not that of the earlier ones. */
typedef struct closure_odd_ttl {
    guint32 frame;
    guint8 ttl;
    guint8 usual;
} closure_odd_ttl;

/** The record that is being read, or was read last. */
typedef struct closure_record {
    guint64 start; /**< [start, end); end may lie above what was sent */
    guint64 end;
    guint8 type;         /**< content type on the wire; 0: no record yet */
    guint8 was_read : 1; /**< its content is known: in the clear or decrypted */
} closure_record;

/** The reader's place in the stream. */
typedef struct closure_reader {
    closure_handshake *handshake; /**< owned; NULL before the first clear-text handshake record and after the last */
    guint64 position;             /**< of the next octet that is needed */
    guint8 reading;               /**< closure_reading */
    guint8 body;                  /**< what is wanted of the body in progress, private to reader.c */
    guint8 count;                 /**< octets in header or peek */
    guint8 in_body : 1;
    guint8 header[5];
    guint8 peek[6];
} closure_reader;

/** Facts of a direction X, whose peer is Y, that few connections have: most cost no memory for them. */
typedef struct closure_rare {
    closure_alert harmless;         /**< TLS <= 1.2: first alert that was not read, and that a record of X followed */
    guint8 alert_followed : 1;      /**< a later alert of X followed the harmless one */
    closure_records after_alert;    /**< of X after X's closing alert */
    closure_records after_harmless; /**< of X after the harmless alert */
    closure_records reply_to_alert; /**< application data of X that acknowledges Y's alert or tail */
    closure_records reply_to_fin;   /**< application data of X that acknowledges Y's FIN */
    closure_event foreign;          /**< octets that are no TLS record, or a new ClientHello, after X's last record */
    guint8 foreign_is_hello : 1;
    closure_odd_ttl odd_ttl;
} closure_rare;

/** Of a direction that has none of it. */
extern const closure_rare closure_nothing_rare;

/** The facts of one direction X; its peer is Y. */
typedef struct closure_direction {
    closure_stream stream;
    closure_reader reader;
    closure_record record;
    GArray *spare; /**< of closure_plaintext, decrypted of records that wait above a hole; NULL: none. Owned */

    guint8 was_captured : 1;    /**< any segment of X */
    guint8 has_shown_tls : 1;   /**< a hello or a chain of records was read */
    guint8 sent_no_tls : 1;     /**< X's first octets are no TLS record */
    guint8 ccs : 1;             /**< X sent ChangeCipherSpec */
    guint8 ccs_then_22 : 1;     /**< and an encrypted handshake record: TLS <= 1.2 (rules §1.2) */
    guint8 ccs_then_23 : 1;     /**< and a record of type 23 with none of type 22 between: TLS 1.3 */
    guint8 long_alert : 1;      /**< X sent a record of type 21 longer than 2 octets: TLS <= 1.2 */
    guint8 has_other_types : 1; /**< X sent a record of another type than 23 */
    guint8 sent_early : 1;      /**< X sent early data (RFC 8446 §4.2.10) */
    guint8 last_message;        /**< type of the last handshake message; 0: none */
    guint8 tail_count;          /**< how many of tail there are */

    /* TCP */
    guint64 fin_position; /**< valid with fin.frame */
    closure_event fin;
    closure_reset rst;

    /* Handshake */
    guint64 finished_start; /**< of the record that begins with, or is, the Finished; 0: none */
    guint64 finished_end;
    guint64 hello_ack;  /**< what X's first clear-text handshake record acknowledged; 0: none */
    guint64 flight_ack; /**< what X's last handshake record acknowledged */

    /* Data and alerts */
    closure_data data;
    closure_alert alert;   /**< that counts as closing, as far as known without what follows */
    closure_alert tail[2]; /**< the last records, type 23 and of an alert's size, unread: newest first */
    closure_lookalikes lookalikes;
    const closure_rare *rare; /**< never NULL; closure_nothing_rare, or owned and written by closure_rare_of() */
} closure_direction;

/** The facts of a TLS connection. */
typedef struct closure_facts {
    closure_direction side[CLOSURE_SIDES];
    char *server_name;    /**< of the first ClientHello, in the clear (RFC 6066 §3); NULL: none. Owned */
    guint16 version;      /**< of the ServerHello; CLOSURE_VERSION_UNKNOWN: none read */
    guint16 cipher_suite; /**< valid with version */
    guint8 client;        /**< side, by a ClientHello or ServerHello; CLOSURE_NOBODY: no hello was captured */
    guint8 likely_client; /**< side to take for the client where no hello was captured */
    gint64 data_time;     /**< of the last application-data record so far; CLOSURE_NO_TIME: none */
    guint32 first_frame;
    guint32 last_frame;
    guint32 last_frame_of[CLOSURE_SIDES];
} closure_facts;

/** For writing; allocated on first use. */
closure_rare *closure_rare_of(closure_direction *direction);

/** Whether X, with @p event, had got Y's FIN: @p peer is Y. */
static inline gboolean
closure_acknowledges_fin(const closure_event *event, const closure_direction *peer)
{
    return peer->fin.frame != 0 && event->ack > peer->fin_position;
}

/** Whether Y acknowledged more of X, its FIN included, than was captured. */
static inline gboolean
closure_is_acked_beyond_capture(const closure_direction *direction)
{
    const guint64 fin_end = direction->fin.frame != 0 ? direction->fin_position + 1 : 0;

    return direction->stream.acked > MAX(direction->stream.sent, fin_end);
}

#endif
