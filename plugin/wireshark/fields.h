/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The protocol's fields and subtrees, by name.
 */
#ifndef CLOSURE_FIELDS_H
#define CLOSURE_FIELDS_H

/** Fields; the name of each is its filter, tls_closure.<name>. */
typedef enum closure_field {
    CLOSURE_FIELD_CONNECTION,
    CLOSURE_FIELD_SUMMARY,
    CLOSURE_FIELD_EVENT,
    CLOSURE_FIELD_SIDE,
    CLOSURE_FIELD_VERDICT,
    CLOSURE_FIELD_TRUNCATION,
    CLOSURE_FIELD_INITIATOR,
    CLOSURE_FIELD_EVIDENCE,
    CLOSURE_FIELD_CLIENT_END,
    CLOSURE_FIELD_SERVER_END,
    CLOSURE_FIELD_CLOSE_NOTIFY_FRAME,
    CLOSURE_FIELD_PEER_CLOSE_NOTIFY_FRAME,
    CLOSURE_FIELD_FIN_FRAME,
    CLOSURE_FIELD_RST_FRAME,
    CLOSURE_FIELD_LATE_FRAME,
    CLOSURE_FIELD_IDLE_TIME,
    CLOSURE_FIELD_ANSWER_TIME,
    CLOSURE_FIELD_FIN_DELAY,
    CLOSURE_FIELD_DURATION,
    CLOSURE_FIELD_AT_RISK,
    CLOSURE_FIELD_ALERT,
    CLOSURE_FIELDS /**< how many there are */
} closure_field;

/** Subtrees. */
typedef enum closure_subtree {
    CLOSURE_SUBTREE_TOP,
    CLOSURE_SUBTREE_EVENT,
    CLOSURE_SUBTREE_ALERT,
    CLOSURE_SUBTREE_ANCHOR, /**< of another dissector's item that had none */
    CLOSURE_SUBTREES        /**< how many there are */
} closure_subtree;

/** The number of a field in Wireshark. */
int closure_field_id(closure_field field);

/** The number of a kind of subtree in Wireshark. */
int closure_subtree_id(closure_subtree subtree);

/** Once, at start. */
void closure_fields_register(int protocol);

#endif
