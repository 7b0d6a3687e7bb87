/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * What the facts of a TLS connection mean: how each side closed, findings (rules §2), the verdict (§3), times (§4).
 *
 * A judgement is a pure function of the facts at the time: calling it changes nothing and can be repeated.
 */
#ifndef CLOSURE_JUDGE_H
#define CLOSURE_JUDGE_H

#include "connection.h"

/** Verdicts in the order of the rules: the first that holds is the verdict. */
typedef enum closure_verdict {
    CLOSURE_VERDICT_VIOLATION,
    CLOSURE_VERDICT_FATAL_ALERT,
    CLOSURE_VERDICT_HANDSHAKE_CLOSED,
    CLOSURE_VERDICT_TRUNCATED,
    CLOSURE_VERDICT_NO_CLOSE_NOTIFY,
    CLOSURE_VERDICT_RESET,
    CLOSURE_VERDICT_ORDERLY,
    CLOSURE_VERDICT_INCOMPLETE,
    CLOSURE_VERDICT_ONE_SIDED,
    CLOSURE_VERDICT_CLOSING,
    CLOSURE_VERDICT_OPEN,
    CLOSURE_VERDICTS /**< how many there are */
} closure_verdict;

/** Could something have been cut off? Only for the verdicts truncated, no-close-notify and reset. */
typedef enum closure_truncation {
    CLOSURE_TRUNCATION_NONE, /**< the question does not arise */
    CLOSURE_TRUNCATION_UNLIKELY,
    CLOSURE_TRUNCATION_POSSIBLE,
    CLOSURE_TRUNCATION_CERTAIN,
} closure_truncation;

/** What an alert, or its absence, is known by; weakest first. */
typedef enum closure_evidence {
    CLOSURE_EVIDENCE_NONE,
    CLOSURE_EVIDENCE_INFERRED,
    CLOSURE_EVIDENCE_ENCRYPTED,
    CLOSURE_EVIDENCE_DECRYPTED,
} closure_evidence;

/** The findings of the rules' table. */
typedef enum closure_finding_id {
    CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY,
    CLOSURE_FINDING_RST_WITHOUT_CLOSE_NOTIFY,
    CLOSURE_FINDING_HANDSHAKE_CLOSED,
    CLOSURE_FINDING_FATAL_ALERT,
    CLOSURE_FINDING_DATA_AFTER_CLOSE_NOTIFY,
    CLOSURE_FINDING_DATA_AFTER_FATAL_ALERT,
    CLOSURE_FINDING_DATA_AFTER_ENCRYPTED_ALERT,
    CLOSURE_FINDING_CLOSE_NOTIFY_UNANSWERED,
    CLOSURE_FINDING_FIN_ANSWERED_WITHOUT_CLOSE_NOTIFY,
    CLOSURE_FINDING_DATA_AFTER_PEER_CLOSE_NOTIFY,
    CLOSURE_FINDING_RST_AFTER_CLOSE_NOTIFY,
    CLOSURE_FINDING_RST_AFTER_FIN,
    CLOSURE_FINDING_CLEARTEXT_AFTER_CLOSE,
    CLOSURE_FINDING_CLOSE_NOTIFY_IN_HANDSHAKE,
    CLOSURE_FINDING_END_TTL_DIFFERS,
    CLOSURE_FINDING_CAPTURE_INCOMPLETE,
    CLOSURE_FINDING_ORDERLY,
    CLOSURE_FINDINGS /**< how many there are */
} closure_finding_id;

typedef enum closure_severity {
    CLOSURE_CHAT,
    CLOSURE_NOTE,
    CLOSURE_WARNING,
} closure_severity;

typedef struct closure_finding {
    closure_finding_id id;
    closure_severity severity;
    guint8 side;         /**< X: whose act it is about */
    guint32 frame;       /**< to show it on */
    gboolean is_settled; /**< it can be told before the capture ends; see closure_judge() */
} closure_finding;

/** A closing alert, as it counts. */
typedef enum closure_alert_kind {
    CLOSURE_NO_ALERT,
    CLOSURE_CLOSE_NOTIFY,   /**< read, or taken for one */
    CLOSURE_ERROR_ALERT,    /**< read, or taken for one */
    CLOSURE_ACKNOWLEDGMENT, /**< cannot be read, and answers the peer's error alert */
} closure_alert_kind;

typedef enum closure_end_kind {
    CLOSURE_NO_END,
    CLOSURE_END_FIN,
    CLOSURE_END_RST,
} closure_end_kind;

/** Why a side closed (rules §1.5). */
typedef enum closure_cause {
    CLOSURE_NOT_CLOSED,
    CLOSURE_ON_ITS_OWN,
    CLOSURE_IN_RESPONSE,
    CLOSURE_CAUSE_UNKNOWN, /**< what it had received last was not captured */
} closure_cause;

/** Whether the handshake had completed for a side when it closed (rules §1.4). */
typedef enum closure_completion {
    CLOSURE_NOT_COMPLETED,
    CLOSURE_COMPLETED,
    CLOSURE_COMPLETION_UNKNOWN,
} closure_completion;

/** How one side closed. */
typedef struct closure_side_judgement {
    closure_alert alert; /**< A(X); valid with alert_kind */
    closure_alert_kind alert_kind;
    closure_evidence alert_evidence;
    gboolean alert_is_reaction;    /**< an error alert that answers the peer's end */
    gboolean alert_may_be_refusal; /**< more probably a refusal of the client's certificate or Finished */
    closure_end_kind end_kind;     /**< E(X) */
    closure_event end;             /**< valid with end_kind */
    gboolean ended_before_alert;   /**< E(X) is a FIN below A(X), as one that was injected */
    closure_cause cause;           /**< of its first closing event */
    closure_completion completion; /**< at its first closing event */
    gboolean cut_short;            /**< E(X) lies inside a record */
    guint64 cut_arrived;           /**< octets of that record that were sent, with its header */
    guint64 cut_announced;         /**< octets of that record by its header; 0: the header itself was cut */
    closure_evidence absence;      /**< how surely there was no alert */
    closure_truncation truncation; /**< valid with fin_ or rst_without_close_notify of this side */
    gboolean left_unanswered;      /**< the peer's last application data that it acknowledged got none in answer */
    gint64 fin_delay;              /**< close_notify to own FIN, nanoseconds; CLOSURE_NO_TIME: not both */
    guint64 at_risk;               /**< octets sent and never acknowledged; 0 while neither side has ended */
} closure_side_judgement;

/** One judgement. */
typedef struct closure_judgement {
    closure_verdict verdict;
    closure_truncation truncation;
    closure_evidence evidence;
    guint8 client;     /**< side */
    guint8 initiator;  /**< side; CLOSURE_NOBODY: none */
    gboolean crossing; /**< both sides closed on their own */
    gboolean is_final; /**< nothing that may still be captured can decide otherwise */
    guint16 version;   /**< closure_version; by what followed where no ServerHello was captured (rules §1.2) */
    closure_side_judgement side[CLOSURE_SIDES];
    closure_finding findings[2 * CLOSURE_FINDINGS];
    guint finding_count;
    guint32 last_event_frame; /**< of the last closing event; 0: none */
    gint64 idle_time;         /**< nanoseconds, as all times; CLOSURE_NO_TIME: unknown or does not apply */
    gint64 answer_time;       /**< close_notify to the peer's */
    gint64 duration;          /**< first closing event to the last */
    closure_facts facts;      /**< that it rests on, settled; they own nothing, and have no octets of the streams */
    closure_rare rare[CLOSURE_SIDES]; /**< what facts.side[].rare points to: a copy of a judgement needs this one */
} closure_judgement;

/** Preferences of the judge. */
typedef struct closure_options {
    gboolean infer_alerts;  /**< take an inferred alert for an alert; FALSE: nothing is said where it would decide */
    gboolean whole_capture; /**< all segments of the capture were fed: what is missing now will not come */
} closure_options;

/**
 * Judges what is known now. @p judgement is overwritten.
 *
 * A finding is settled if it holds as things stand. Only segments that contradict what was sent before can still
 * withdraw it, as octets after a RST do.
 */
void closure_judge(const closure_connection *connection, const closure_options *options, closure_judgement *judgement);

#endif
