/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The verdict, its evidence and the truncation of a connection (rules §3). Internal to the judge.
 */
#ifndef CLOSURE_VERDICT_H
#define CLOSURE_VERDICT_H

#include "judge.h"

/** Needs the findings of both sides. */
void closure_judge_verdict(closure_judgement *judgement);

#endif
