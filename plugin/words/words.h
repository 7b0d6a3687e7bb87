/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * Every word of the analysis that a user reads: in packet details, expert infos, the Info column and statistics.
 *
 * Static strings are not to be freed. Functions that write append to @p out and change nothing else.
 */
#ifndef CLOSURE_WORDS_H
#define CLOSURE_WORDS_H

#include "../core/judge.h"

/** The pinned identifiers, as filters and scripts know them: "no-close-notify", "possible", "inferred", ... */
const char *closure_word_verdict(closure_verdict verdict);
const char *closure_word_truncation(closure_truncation truncation); /**< NULL where the question does not arise */
const char *closure_word_evidence(closure_evidence evidence);       /**< NULL for none */
const char *closure_word_finding(closure_finding_id id);            /**< "fin_without_close_notify", ... */

/** "close_notify", "fatal_alert" or "acknowledgment"; NULL for none. */
const char *closure_word_alert(closure_alert_kind kind);

/** "FIN" or "RST"; NULL for none. */
const char *closure_word_end(closure_end_kind kind);

/** "client" or "server"; NULL for CLOSURE_NOBODY. */
const char *closure_word_side(const closure_judgement *judgement, guint side);

/** "TLS 1.3", ...; "TLS" where the version is not known. */
const char *closure_word_version(guint16 version);

/** One sentence without a full stop: what a finding says of any connection. */
const char *closure_meaning_of_finding(closure_finding_id id);

/** The same for a verdict. */
const char *closure_meaning_of_verdict(closure_verdict verdict);

/** The closing alert of @p side in a word or two: "close_notify", "encrypted alert", "probably close_notify", ... */
void closure_say_alert_short(const closure_judgement *judgement, guint side, GString *out);

/** How a side closed, short: "close_notify, FIN", "handshake_failure, RST", "probably close_notify"; "-" if not. */
void closure_say_way(const closure_judgement *judgement, guint side, GString *out);

/** The verdict as one sentence about this connection. */
void closure_say_summary(const closure_judgement *judgement, GString *out);

/** A finding as one or two sentences about this connection: what happened, who did it, what it means. */
void closure_say_finding(const closure_judgement *judgement, const closure_finding *finding, GString *out);

/** What the closing alert of @p side is in the closing sequence. Needs an alert of that side. */
void closure_say_alert(const closure_judgement *judgement, guint side, GString *out);

/** What a TLS <= 1.2 alert of @p side that closed nothing is. Needs facts.side[side].rare->harmless. */
void closure_say_harmless_alert(const closure_judgement *judgement, guint side, GString *out);

/**
 * What the Info column adds in @p frame, without brackets: for a finding at note or above, or an alert that cannot be
 * read but is understood. @return FALSE, with nothing appended, if there is nothing to say
 */
gboolean closure_say_info(const closure_judgement *judgement, guint32 frame, GString *out);

/** A span of time of at least 0 ns as a user reads it: "60.0 s", "1.5 ms", "12 us". */
void closure_say_time(gint64 nanoseconds, GString *out);

#endif
