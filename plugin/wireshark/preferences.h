/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * What the user can choose.
 */
#ifndef CLOSURE_PREFERENCES_H
#define CLOSURE_PREFERENCES_H

#include "compat.h"

/** Preferences; a change of any dissects the capture again. */
typedef struct closure_preferences {
    closure_bool info_column;  /**< add to the Info column */
    closure_bool infer_alerts; /**< take an inferred alert for an alert */
} closure_preferences;

/** The preferences as they are now. */
const closure_preferences *closure_preferences_now(void);

/** Once, at start. */
void closure_preferences_register(int protocol);

#endif
