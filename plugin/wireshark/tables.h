/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * What the tables of the statistics have in common.
 *
 * They are stat_tap_table_ui and no stats_tree: from one registration tshark has a -z option, and the window a dialog that
 * sorts, filters, copies and saves; cells hold any text, and rows may still change when more frames come. A stats_tree
 * counts and rates in fixed columns, and a table of conversations has fixed columns too.
 */
#ifndef CLOSURE_TABLES_H
#define CLOSURE_TABLES_H

#include "connections.h"

#include <epan/stat_tap_ui.h>

/** What a row's memory needs before it is freed; NULL: nothing. */
typedef void (*closure_row_free)(stat_tap_table_item_type *row);

/**
 * Rows that were taken out of a table. A window may still point to them, so they live until the table is freed.
 * Start with all zero but free_row.
 */
typedef struct closure_retired {
    closure_row_free free_row;
    GPtrArray *rows; /**< owned; NULL: none yet */
} closure_retired;

/** Takes the last row out of the table. */
void closure_table_drop_last(stat_tap_table *table, closure_retired *retired);

/** Takes all rows out of the table. */
void closure_table_clear(stat_tap_table *table, closure_retired *retired);

/** When the table itself is freed. */
void closure_retired_free(closure_retired *retired);

/** An end of a TCP connection, as "192.0.2.1:443" or "[2001:db8::1]:443". Caller frees. */
char *closure_say_endpoint(const closure_tcp *tcp, guint side);

#endif
