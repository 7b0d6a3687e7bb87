/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The statistics: a table of all TLS connections, and verdicts and findings counted.
 */
#ifndef CLOSURE_STATISTICS_H
#define CLOSURE_STATISTICS_H

#include "connections.h"

/** Once, at start. */
void closure_statistics_register(void);

/** Brings the statistics up to date with a TLS connection that may be judged differently, where they hold it. */
void closure_statistics_refresh(closure_entry *entry);

#endif
