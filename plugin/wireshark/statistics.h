/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The statistics, which only read what is known of the TLS connections. Each table is in a file of its own: see
 * tables.h.
 */
#ifndef CLOSURE_STATISTICS_H
#define CLOSURE_STATISTICS_H

#include "connections.h"

/** Once, at start. */
void closure_statistics_register(void);

/** Whether a statistic holds this TLS connection. */
gboolean closure_statistics_hold(const closure_entry *entry);

/** Brings the statistics that hold this TLS connection up to date. */
void closure_statistics_refresh(const closure_entry *entry, const closure_judgement *judgement);

#endif
