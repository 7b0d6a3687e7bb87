/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The findings of the rules' table (§2). Internal to the judge.
 */
#ifndef CLOSURE_FINDINGS_H
#define CLOSURE_FINDINGS_H

#include "view.h"

/** All findings about one side but orderly, which is about the connection. */
void closure_find_all_of_side(struct closure_view *view);

/** Adds one finding to the judgement. */
void closure_find(struct closure_view *view, closure_finding_id id, closure_severity severity, guint32 frame,
                  gboolean is_settled);

#endif
