/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The tables of the statistics, and what they have in common. Each is in a file of its own.
 *
 * They are stat_tap_table_ui and no stats_tree: from one registration tshark has a -z option, and the window a dialog
 * that sorts, filters, copies and saves; cells hold any text, and rows may still change when more frames come. A
 * stats_tree counts and rates in fixed columns, and a table of conversations has fixed columns too.
 */
#ifndef CLOSURE_TABLES_H
#define CLOSURE_TABLES_H

#include "connections.h"

#include <epan/stat_tap_ui.h>

/** A statistic: what Wireshark calls, and how it is kept up to date with the TLS connections that it holds. */
typedef struct closure_table {
    stat_tap_table_ui ui; /**< but for what closure_statistics_register() sets, which is the same for all */
    /** Its columns are set. Once, at start. */
    void (*prepare)(void);
    /** Whether it holds this TLS connection. */
    gboolean (*holds)(const closure_entry *entry);
    /** Takes a TLS connection in, or brings it up to date. */
    void (*put)(const closure_entry *entry, const closure_judgement *judgement);
    /** Holds none any more, though rows may still be shown. */
    void (*forget)(void);
} closure_table;

/** -z tls_closure,conv: a row for each TLS connection. */
extern closure_table closure_table_of_connections;
/** -z tls_closure,stat: verdicts and findings, counted. */
extern closure_table closure_table_of_counts;
/** -z tls_closure,server: a row for each server, worst first. */
extern closure_table closure_table_of_servers;

/** What a table keeps of a TLS connection, in an array by number. NULL: nothing, and then the array stays as it is. */
gpointer closure_table_find(GArray *places, const closure_entry *entry);

/** The same; all zero at first, in an array that grows as needed. */
gpointer closure_table_place(GArray *places, const closure_entry *entry);

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

/** For stat_tap_init_cb: the statistic's table of that name, with no rows yet or again. */
void closure_table_open(stat_tap_table_ui *statistic, const char *name, guint columns);

/** Takes the last row out of the table. */
void closure_table_drop_last(stat_tap_table *table, closure_retired *retired);

/** Takes all rows out of the table. */
void closure_table_clear(stat_tap_table *table, closure_retired *retired);

/** When the table itself is freed. */
void closure_retired_free(closure_retired *retired);

/** An end of a TCP connection, as "192.0.2.1:443" or "[2001:db8::1]:443". Caller frees. */
char *closure_say_endpoint(const closure_tcp *tcp, guint side);

#endif
