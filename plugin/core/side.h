/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * How one side closed and why (rules §1). Internal to the judge; the steps are to be taken in this order, each for
 * both sides before the next.
 */
#ifndef CLOSURE_SIDE_H
#define CLOSURE_SIDE_H

#include "view.h"

/** E(X), the transport end (§1.1). */
void closure_judge_end(struct closure_view *view);

/** A(X), the closing alert, and what an unread one counts as (§1.3). */
void closure_judge_alert(struct closure_view *view);

/** Alerts that only answer the peer's alert or end (§1.3, §1.5). */
void closure_judge_answering_alert(struct closure_view *view);

/** Cause, completion of the handshake, cut records, evidence of absence (§1.4, §1.5, §3). */
void closure_judge_side(struct closure_view *view);

/** Truncation (§3), for a side that ended on its own without an alert. */
void closure_judge_truncation(struct closure_view *view);

/** Whether the record that ends at E(X), or that E(X) cuts, is known (§2, below the table). */
gboolean closure_last_record_is_known(const struct closure_view *view);

#endif
