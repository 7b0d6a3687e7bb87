/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * From records and segment ends to facts (rules §1.1 to §1.4).
 */
#ifndef CLOSURE_OBSERVE_H
#define CLOSURE_OBSERVE_H

#include "facts.h"

/** A record all of whose octets were sent, as it was read. */
typedef struct closure_sighting {
    closure_record record;
    gint64 time; /**< of the segment that carries its last octet, as ack and frame */
    guint64 ack; /**< 0: none */
    guint32 frame;
    gboolean is_clear; /**< its body was read from the wire: handshake messages, or an alert */
    guint8 level;      /**< of an alert in the clear, as description */
    guint8 description;
} closure_sighting;

/** Takes the records of one segment, and pairs them with what was decrypted of it. */
typedef struct closure_observer {
    closure_facts *facts;
    guint side;
    const closure_plaintext *plaintexts; /**< not yet paired, in stream order; borrowed */
    guint count;
    GArray *sightings; /**< of closure_sighting, waiting to be paired; NULL where nothing was decrypted. Owned */
    GArray *joined; /**< of closure_plaintext: what plaintexts points into, if anything was left over before. Owned */
} closure_observer;

/** Takes a record, in stream order. */
void closure_observe_record(closure_observer *observer, const closure_sighting *sighting);

/** Pairs what waits, and turns it into facts. */
void closure_observe_waiting(closure_observer *observer);

/** Begins a segment: what was decrypted earlier of records that wait above a hole comes behind what fills the hole. */
void closure_observe_segment_start(closure_observer *observer, gboolean fills_hole);

/** Frees what was decrypted of records that wait. */
void closure_observe_forget(closure_direction *direction);

/** Frees all of a direction's facts that were noted here, at its end. */
void closure_observe_forget_all(closure_direction *direction);

/** Ends a segment: pairs what waits, and what was decrypted late (of records of earlier segments). Frees sightings. */
void closure_observe_segment_end(closure_observer *observer);

/** Octets that are no TLS record, or a new ClientHello, after this side's last record, which was a closing alert. */
void closure_observe_foreign(closure_observer *observer, const closure_run *run, gboolean is_hello);

/** Whether both sides have sent a closing alert, or what may be one: a ClientHello would begin a new connection. */
gboolean closure_both_may_have_closed(const closure_facts *facts);

/** A FIN of @p side at the end of this segment. */
void closure_observe_fin(closure_facts *facts, guint side, const closure_segment *segment);

/** A RST of @p side. */
void closure_observe_rst(closure_facts *facts, guint side, const closure_segment *segment);

/** Where the application data of the main phase that this side has sent so far ends; 0: there is none. */
guint64 closure_data_end(const closure_facts *facts, guint side);

/** Another copy of octets, or a RST followed by more: earlier events may have acknowledged less than it seemed. */
void closure_observe_copy(closure_facts *facts, guint side, const closure_segment *segment);

/** Takes the records at the tail for application data where the version says that they can be no alerts. */
void closure_observe_no_inference(closure_facts *facts, guint side);

/** Whether the record at the tail, which must exist, acknowledges the peer's closing alert, tail or FIN. */
gboolean closure_tail_answers(const closure_facts *facts, guint side);

#endif
