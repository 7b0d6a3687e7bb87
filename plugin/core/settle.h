/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The facts as they are if nothing more of what is missing is captured. Internal to the judge.
 */
#ifndef CLOSURE_SETTLE_H
#define CLOSURE_SETTLE_H

#include "judge.h"

/**
 * Fills in the judgement's facts and version (rules §1.2): reads what waits above holes, and takes the records at the
 * tail for what they can be. @return whether the streams are copies, for closure_unsettle()
 */
gboolean closure_settle(const closure_connection *connection, closure_judgement *judgement);

/** Frees copies, and takes out of the judgement what only the connection owns. */
void closure_unsettle(const closure_connection *connection, closure_judgement *judgement, gboolean has_copies);

#endif
