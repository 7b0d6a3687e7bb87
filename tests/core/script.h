/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * TCP connections written as scripts, for tests of the core.
 *
 * A script has events separated by ';' or line ends, numbered from 1. An event is a macro's name (see script.c: hs12,
 * hs13, ...), or one segment: its sender, C or S, and words:
 *
 *   syn fin rst noack          flags; ACK is set by default, but in the first SYN
 *   ch sh12 sh13 hrr ...       handshake messages in the clear, a record each (script.c)
 *   ccs hs(n) app(n) hb(n)     records of type 20, 22 (encrypted), 23, 24 with n octets of body
 *   alert(level,description)   in the clear; alert12: type 21, encrypted; alert13: type 23, 19 octets
 *   part(n,m) rest(k)          the first m octets of a record of type 23 with n octets of body; k octets of filling
 *   raw(text) hex(1603..)      these octets
 *   junk(n)                    n octets that are no TLS
 *   =data =hs =alert(l,d)      appended to a record: it was decrypted, and this is what it holds
 *   late_plaintext=...         of a record of an earlier segment
 *   ack(-n) ack(@n)            acknowledges all but the peer's last n segments; all that it sent up to event n
 *   lost late(n) snap(n)       not captured; captured n segments later; only n octets of its payload captured
 *   again(n)                   payload and FIN of the sender's event n once more
 *   keepalive(n) keepalive0    the octet before the next one again, with the value n; the same without payload
 *   seq(n) isn(n) ttl(n)       shifts the sequence number; begins n further on; time to live
 *   +5s +5ms                   time since the event before, else 1 ms
 */
#ifndef CLOSURE_TESTS_SCRIPT_H
#define CLOSURE_TESTS_SCRIPT_H

#include "core/connection.h"
#include "core/judge.h"

/** Sides of scripts. */
#define SCRIPT_CLIENT 0U
#define SCRIPT_SERVER 1U

/** What was decrypted, and where its record ends in the segment. */
typedef struct script_plaintext {
    closure_plaintext plaintext;
    guint32 end;
} script_plaintext;

/** A segment. Its numbers are relative to the initial sequence numbers: the first octet of a direction is 1. */
typedef struct script_segment {
    guint line; /**< number of its event; 0: inserted by a test */
    guint side;
    guint64 position;
    guint64 ack;
    gint64 time;
    guint32 captured; /**< at most octets->len */
    guint8 flags;
    guint8 ttl;
    gboolean is_retransmission;
    GByteArray *octets;
    GArray *plaintexts; /**< of script_plaintext */
} script_segment;

/** How a script is run. */
typedef struct script_options {
    guint32 initial[CLOSURE_SIDES]; /**< sequence numbers of the SYNs */
    gboolean no_inference;
    guint8 swapped; /**< 1: the client is side 1 */
} script_options;

/** What came of it. */
typedef struct script_outcome {
    GPtrArray *tracks;     /**< one per TCP connection */
    GArray *lines;         /**< of guint: event of each frame, frame 1 first */
    closure_change change; /**< by the last segment */
    script_options options;
} script_outcome;

/** Caller owns the result, of script_segment in order of capture: g_ptr_array_unref(). Aborts on a bad script. */
GPtrArray *script_parse(const char *text);

script_segment *script_segment_copy(const script_segment *segment);
void script_segment_free(gpointer segment);

/** The octets [from, to) of a segment as one of their own; its FIN goes with the last octet. */
script_segment *script_segment_slice(const script_segment *segment, guint32 from, guint32 to);

/** Called after each segment. */
typedef void (*script_watch)(const closure_track *track, guint32 frame, gpointer data);

/** Feeds the segments. Caller frees the result. */
script_outcome *script_run(const GPtrArray *segments, const script_options *options, script_watch watch, gpointer data);
void script_outcome_free(script_outcome *outcome);

/** The newest TLS connection's judgement; FALSE: there is no TLS. */
gboolean script_judge(const script_outcome *outcome, closure_judgement *judgement);

/**
 * "verdict truncation initiator evidence; finding side severity event; ...", "-" for none, findings by event and name
 * ("orderly" is of no side).
 * Several TLS connections are separated by " | ", oldest first; without TLS: "no TLS".
 * @param lines  whether to name the events
 * Caller frees the result.
 */
char *script_render(const script_outcome *outcome, gboolean lines);

/** The same for one judgement. */
void script_render_judgement(const script_outcome *outcome, const closure_judgement *judgement, gboolean lines,
                             GString *out);

/** What the newest judgement says of the sides: "C close_notify inferred FIN on-its-own completed; S ...". */
char *script_render_sides(const script_outcome *outcome);

/** Every text about every TLS connection of the outcome, a line each. Caller frees the result. */
char *script_texts(const script_outcome *outcome);

#endif
