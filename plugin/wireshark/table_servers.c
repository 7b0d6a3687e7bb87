/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tables.h"

#include <string.h>

#include "words/words.h"

/*
 * A server is named by the ClientHello's server_name where that was in the clear, else by its address; and by its port.
 * Rows stand worst first at any time, since nobody tells a statistic when its table is printed: a server whose counts
 * change moves among its neighbours. The first column holds the rank, for a window sorts by the first column.
 */

enum column {
    COLUMN_RANK,
    COLUMN_SERVER,
    COLUMN_ADDRESS,
    COLUMN_CONNECTIONS,
    COLUMN_BAD,
    COLUMN_WARNINGS,
    COLUMN_NOTES,
    COLUMN_VERDICTS, /**< the first of as many as there are verdicts */
    COLUMNS = COLUMN_VERDICTS + CLOSURE_VERDICTS,
};

#define SERVERS_TABLE    "TLS servers"
#define SEVERAL          "several"
#define WIDTH_OF_SERVER  34
#define WIDTH_OF_ADDRESS 22

/** What one TLS connection adds to its server's row. */
typedef struct share {
    struct server *server; /**< NULL: the statistic does not hold the connection */
    closure_verdict verdict;
    gboolean is_bad;
    guint8 findings[CLOSURE_WARNING + 1]; /**< by severity */
} share;

/** A row. Its texts belong to the statistic. */
struct server {
    const char *name;
    const char *address;
    guint rank; /**< from 1 */
    guint connections;
    guint bad;
    guint findings[CLOSURE_WARNING + 1];
    guint verdicts[CLOSURE_VERDICTS];
};

static struct {
    GPtrArray *servers;   /* by rank; owned */
    GHashTable *by_name;  /* the same */
    GArray *shares;       /* by number of the TLS connection */
    GStringChunk *texts;  /* rows, retired ones too, point into it */
    closure_retired rows; /* whose texts need no care */
} held;

static stat_tap_table_item columns[COLUMNS];

/* ---- the columns ---- */

static void
set_column(guint column, stat_tap_table_item_enum type, const char *name, guint width)
{
    const gboolean is_number = type == TABLE_ITEM_UINT;

    columns[column] = (stat_tap_table_item){
        type,
        is_number ? TAP_ALIGN_RIGHT : TAP_ALIGN_LEFT,
        wmem_strdup_printf(wmem_epan_scope(), is_number ? "%*s" : "%-*s", (int)width, name),
        wmem_strdup_printf(wmem_epan_scope(), is_number ? "%%%uu" : "%%-%us", MAX(width, (guint)strlen(name))),
    };
}

static void
set_columns(void)
{
    set_column(COLUMN_RANK, TABLE_ITEM_UINT, "#", 4);
    set_column(COLUMN_SERVER, TABLE_ITEM_STRING, "Server", WIDTH_OF_SERVER);
    set_column(COLUMN_ADDRESS, TABLE_ITEM_STRING, "Address", WIDTH_OF_ADDRESS);
    set_column(COLUMN_CONNECTIONS, TABLE_ITEM_UINT, "Connections", 0);
    set_column(COLUMN_BAD, TABLE_ITEM_UINT, "Closed badly", 0);
    set_column(COLUMN_WARNINGS, TABLE_ITEM_UINT, "Warnings", 0);
    set_column(COLUMN_NOTES, TABLE_ITEM_UINT, "Notes", 0);
    for (guint verdict = 0; verdict < CLOSURE_VERDICTS; verdict++)
        set_column(COLUMN_VERDICTS + verdict, TABLE_ITEM_UINT, closure_word_verdict(verdict), 0);
}

/* ---- rows ---- */

static stat_tap_table *
find_table(stat_tap_table_ui *statistic)
{
    return stat_tap_find_table(statistic, SERVERS_TABLE);
}

static void
put_number(stat_tap_table_item_type *row, guint column, guint number)
{
    row[column].type = TABLE_ITEM_UINT;
    row[column].value.uint_value = number;
}

static void
put_text(stat_tap_table_item_type *row, guint column, const char *text)
{
    row[column].type = TABLE_ITEM_STRING;
    row[column].value.string_value = text;
}

static void
write_row(stat_tap_table *table, const struct server *server)
{
    stat_tap_table_item_type row[COLUMNS] = { 0 };

    put_number(row, COLUMN_RANK, server->rank);
    put_text(row, COLUMN_SERVER, server->name);
    put_text(row, COLUMN_ADDRESS, server->address);
    put_number(row, COLUMN_CONNECTIONS, server->connections);
    put_number(row, COLUMN_BAD, server->bad);
    put_number(row, COLUMN_WARNINGS, server->findings[CLOSURE_WARNING]);
    put_number(row, COLUMN_NOTES, server->findings[CLOSURE_NOTE]);
    for (guint verdict = 0; verdict < CLOSURE_VERDICTS; verdict++)
        put_number(row, COLUMN_VERDICTS + verdict, server->verdicts[verdict]);
    stat_tap_init_table_row(table, server->rank - 1, COLUMNS, row);
}

static struct server *
at_rank(guint rank)
{
    return g_ptr_array_index(held.servers, rank - 1);
}

static void
put_at_rank(struct server *server, guint rank)
{
    server->rank = rank;
    held.servers->pdata[rank - 1] = server;
}

/* Worst first: the most connections that closed badly, then the most warnings, then the most notes. */
static gboolean
is_worse(const struct server *one, const struct server *other)
{
    if (one->bad != other->bad)
        return one->bad > other->bad;
    if (one->findings[CLOSURE_WARNING] != other->findings[CLOSURE_WARNING])
        return one->findings[CLOSURE_WARNING] > other->findings[CLOSURE_WARNING];
    return one->findings[CLOSURE_NOTE] > other->findings[CLOSURE_NOTE];
}

static void
swap(stat_tap_table *table, struct server *server, guint rank)
{
    struct server *other = at_rank(rank);

    put_at_rank(other, server->rank);
    put_at_rank(server, rank);
    write_row(table, other);
}

/* Moves a server whose counts have changed to its place. */
static void
settle(stat_tap_table *table, struct server *server)
{
    while (server->rank > 1 && is_worse(server, at_rank(server->rank - 1)))
        swap(table, server, server->rank - 1);
    while (server->rank < held.servers->len && is_worse(at_rank(server->rank + 1), server))
        swap(table, server, server->rank + 1);
    write_row(table, server);
}

/* ---- servers ---- */

static struct server *
open_server(const char *name, const char *address)
{
    struct server *opened = g_new0(struct server, 1);

    opened->name = g_string_chunk_insert_const(held.texts, name);
    opened->address = g_string_chunk_insert_const(held.texts, address);
    g_ptr_array_add(held.servers, opened);
    g_hash_table_insert(held.by_name, (gpointer)opened->name, opened);
    opened->rank = held.servers->len;
    return opened;
}

/* The last connection of it turned out to belong to another: as when its ClientHello was captured late. */
static void
close_server(stat_tap_table *table, struct server *server)
{
    while (server->rank < held.servers->len)
        swap(table, server, server->rank + 1);
    g_hash_table_remove(held.by_name, server->name);
    g_ptr_array_remove_index(held.servers, server->rank - 1);
    closure_table_drop_last(table, &held.rows);
}

static struct server *
server_of(const closure_entry *entry, const closure_judgement *judgement)
{
    const guint side = CLOSURE_PEER(judgement->client);
    const char *known = entry->connection->facts.server_name;
    char *address = closure_say_endpoint(entry->tcp, side);
    char *name = known != NULL ? g_strdup_printf("%s:%u", known, entry->tcp->ends->port[side]) : g_strdup(address);
    struct server *found = g_hash_table_lookup(held.by_name, name);

    if (found == NULL)
        found = open_server(name, address);
    else if (strcmp(found->address, address) != 0)
        found->address = SEVERAL;
    g_free(name);
    g_free(address);
    return found;
}

/* ---- counting ---- */

/* A bare end that probably lost nothing is how many clients always close: it does not count. */
static gboolean
closed_badly(const closure_judgement *judgement)
{
    switch (judgement->verdict) {
    case CLOSURE_VERDICT_VIOLATION:
    case CLOSURE_VERDICT_FATAL_ALERT:
    case CLOSURE_VERDICT_HANDSHAKE_CLOSED:
    case CLOSURE_VERDICT_TRUNCATED:
        return TRUE;
    case CLOSURE_VERDICT_NO_CLOSE_NOTIFY:
    case CLOSURE_VERDICT_RESET:
        return judgement->truncation != CLOSURE_TRUNCATION_UNLIKELY;
    default:
        return FALSE;
    }
}

static share
share_of(const closure_entry *entry, const closure_judgement *judgement)
{
    share counted = { 0 };

    counted.server = server_of(entry, judgement);
    counted.verdict = judgement->verdict;
    counted.is_bad = closed_badly(judgement);
    for (guint i = 0; i < judgement->finding_count; i++)
        counted.findings[judgement->findings[i].severity]++;
    return counted;
}

/* Adds a share to its server, or with @p sign -1 takes it out. */
static void
count(const share *counted, int sign)
{
    struct server *server = counted->server;

    server->connections += (guint)sign;
    server->bad += counted->is_bad ? (guint)sign : 0;
    server->verdicts[counted->verdict] += (guint)sign;
    for (guint severity = 0; severity <= CLOSURE_WARNING; severity++)
        server->findings[severity] += (guint)(sign * counted->findings[severity]);
}

/* ---- the statistic ---- */

static gboolean
holds(const closure_entry *entry)
{
    const share *old = closure_table_find(held.shares, entry);

    return old != NULL && old->server != NULL;
}

static void
put(const closure_entry *entry, const closure_judgement *judgement)
{
    stat_tap_table *table = find_table(&closure_table_of_servers.ui);
    share *old = closure_table_place(held.shares, entry);
    const share now = share_of(entry, judgement);
    struct server *left = old->server != now.server ? old->server : NULL;

    if (old->server != NULL)
        count(old, -1);
    count(&now, 1);
    *old = now;
    settle(table, now.server);
    if (left != NULL && left->connections == 0)
        close_server(table, left);
    else if (left != NULL)
        settle(table, left);
}

static void
forget(void)
{
    g_hash_table_remove_all(held.by_name);
    g_ptr_array_set_size(held.servers, 0);
    g_array_set_size(held.shares, 0);
}

static void
reset(stat_tap_table *table)
{
    closure_table_clear(table, &held.rows);
    forget();
}

static void
init(stat_tap_table_ui *statistic)
{
    closure_table_open(statistic, SERVERS_TABLE, COLUMNS);
}

static void
free_item(stat_tap_table *table _U_, guint row, guint column, stat_tap_table_item_type *item _U_)
{
    if (row > 0 || column > 0)
        return;
    forget();
    closure_retired_free(&held.rows);
    g_string_chunk_clear(held.texts);
}

static void
prepare(void)
{
    held.servers = g_ptr_array_new_with_free_func(g_free);
    held.by_name = g_hash_table_new(g_str_hash, g_str_equal);
    held.shares = g_array_new(FALSE, TRUE, sizeof(share));
    held.texts = g_string_chunk_new(4096);
    set_columns();
}

closure_table closure_table_of_servers = {
    .ui = {
        .title = "TLS Closure: Servers",
        .cli_string = "tls_closure,server",
        .stat_tap_init_cb = init,
        .stat_tap_reset_table_cb = reset,
        .stat_tap_free_table_item_cb = free_item,
        .nfields = COLUMNS,
        .fields = columns,
    },
    .prepare = prepare,
    .holds = holds,
    .put = put,
    .forget = forget,
};
