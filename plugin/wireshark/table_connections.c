/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tables.h"

#include <stdio.h>
#include <string.h>

#include "words/words.h"

enum column {
    COLUMN_CLIENT,
    COLUMN_SERVER,
    COLUMN_STREAM,
    COLUMN_VERSION,
    COLUMN_CLIENT_END,
    COLUMN_SERVER_END,
    COLUMN_VERDICT,
    COLUMN_TRUNCATION,
    COLUMN_INITIATOR,
    COLUMN_EVIDENCE,
    COLUMN_IDLE_TIME,
    COLUMN_DURATION,
    COLUMN_CLIENT_AT_RISK,
    COLUMN_SERVER_AT_RISK,
    COLUMNS
};

#define CONNECTIONS_TABLE "TLS connections"
#define WIDEST            60U

/** How a column of text is printed: as wide as its widest text. */
typedef struct column_print {
    guint width;
    char name[WIDEST + 1];
    char format[8];
} column_print;

/** Where a TLS connection stands. */
struct place {
    guint row;     /**< from 1; 0: it has none */
    guint8 client; /**< side that stands there as the client; CLOSURE_NOBODY: none yet */
};

static column_print prints[COLUMNS];
static stat_tap_table_item columns[COLUMNS];

static void free_texts(stat_tap_table_item_type *items);

static closure_retired retired = { free_texts, NULL };
static GArray *places; /* of place, by number of the TLS connection */

static void
set_width(guint column, guint width)
{
    column_print *print = &prints[column];

    print->width = MIN(width, WIDEST);
    (void)snprintf(print->format, sizeof print->format, "%%%s%us", columns[column].align == TAP_ALIGN_RIGHT ? "" : "-",
                   print->width);
    while (strlen(print->name) < print->width)
        (void)g_strlcat(print->name, " ", sizeof print->name);
}

static void
set_column(guint column, tap_alignment_type align, const char *name)
{
    column_print *print = &prints[column];

    (void)g_strlcpy(print->name, name, sizeof print->name);
    columns[column] = (stat_tap_table_item){ TABLE_ITEM_STRING, align, print->name, print->format };
    set_width(column, (guint)strlen(name));
}

static void
set_columns(void)
{
    set_column(COLUMN_CLIENT, TAP_ALIGN_LEFT, "Client");
    set_column(COLUMN_SERVER, TAP_ALIGN_LEFT, "Server");
    set_column(COLUMN_STREAM, TAP_ALIGN_RIGHT, "Stream");
    set_column(COLUMN_VERSION, TAP_ALIGN_LEFT, "Version");
    set_column(COLUMN_CLIENT_END, TAP_ALIGN_LEFT, "Client closed with");
    set_column(COLUMN_SERVER_END, TAP_ALIGN_LEFT, "Server closed with");
    set_column(COLUMN_VERDICT, TAP_ALIGN_LEFT, "Verdict");
    set_column(COLUMN_TRUNCATION, TAP_ALIGN_LEFT, "Truncation");
    set_column(COLUMN_INITIATOR, TAP_ALIGN_LEFT, "Initiator");
    set_column(COLUMN_EVIDENCE, TAP_ALIGN_LEFT, "Evidence");
    set_column(COLUMN_IDLE_TIME, TAP_ALIGN_RIGHT, "Idle (s)");
    set_column(COLUMN_DURATION, TAP_ALIGN_RIGHT, "Duration (s)");
    set_column(COLUMN_CLIENT_AT_RISK, TAP_ALIGN_RIGHT, "At risk (client)");
    set_column(COLUMN_SERVER_AT_RISK, TAP_ALIGN_RIGHT, "At risk (server)");
}

static char *
say_word(const char *word)
{
    return g_strdup(word != NULL ? word : "-");
}

static char *
say_way(const closure_judgement *judgement, guint side)
{
    GString *text = g_string_new(NULL);

    closure_say_way(judgement, side, text);
    return g_string_free(text, FALSE);
}

static char *
say_seconds(gint64 nanoseconds)
{
    return nanoseconds == CLOSURE_NO_TIME ? g_strdup("-") : g_strdup_printf("%.6f", (double)nanoseconds / 1e9);
}

static char *
say_at_risk(const closure_judgement *judgement, guint side)
{
    if (judgement->last_event_frame == 0)
        return g_strdup("-");
    return g_strdup_printf("%" G_GUINT64_FORMAT, judgement->side[side].at_risk);
}

/* ---- rows ---- */

/* Takes over the text. */
static void
set_text(stat_tap_table *table, guint row, guint column, char *text)
{
    stat_tap_table_item_type *item = stat_tap_get_field_data(table, row - 1, column);
    const guint width = (guint)strlen(text);

    g_free((char *)item->value.string_value);
    item->value.string_value = text;
    if (width > prints[column].width)
        set_width(column, width);
}

/* Whose connection the row is changes only with what is known of who the client is. */
static void
write_name(stat_tap_table *table, guint row, const closure_tcp *tcp, guint client)
{
    set_text(table, row, COLUMN_CLIENT, closure_say_endpoint(tcp, client));
    set_text(table, row, COLUMN_SERVER, closure_say_endpoint(tcp, CLOSURE_PEER(client)));
    set_text(table, row, COLUMN_STREAM, g_strdup_printf("%u", tcp->stream));
}

static void
write_close(stat_tap_table *table, guint row, const closure_judgement *judgement)
{
    const guint client = judgement->client;
    const guint server = CLOSURE_PEER(client);

    set_text(table, row, COLUMN_VERSION, say_word(closure_word_version(judgement->version)));
    set_text(table, row, COLUMN_CLIENT_END, say_way(judgement, client));
    set_text(table, row, COLUMN_SERVER_END, say_way(judgement, server));
    set_text(table, row, COLUMN_VERDICT, say_word(closure_word_verdict(judgement->verdict)));
    set_text(table, row, COLUMN_TRUNCATION, say_word(closure_word_truncation(judgement->truncation)));
    set_text(table, row, COLUMN_INITIATOR, say_word(closure_word_side(judgement, judgement->initiator)));
    set_text(table, row, COLUMN_EVIDENCE, say_word(closure_word_evidence(judgement->evidence)));
    set_text(table, row, COLUMN_IDLE_TIME, say_seconds(judgement->idle_time));
    set_text(table, row, COLUMN_DURATION, say_seconds(judgement->duration));
    set_text(table, row, COLUMN_CLIENT_AT_RISK, say_at_risk(judgement, client));
    set_text(table, row, COLUMN_SERVER_AT_RISK, say_at_risk(judgement, server));
}

static void
add_row(stat_tap_table *table, struct place *place)
{
    stat_tap_table_item_type items[COLUMNS] = { 0 };

    for (guint column = 0; column < COLUMNS; column++)
        items[column].type = TABLE_ITEM_STRING;
    stat_tap_init_table_row(table, table->num_elements, COLUMNS, items);
    place->row = table->num_elements;
    place->client = CLOSURE_NOBODY;
}

static void
free_texts(stat_tap_table_item_type *items)
{
    for (guint column = 0; column < COLUMNS; column++)
        g_free((char *)items[column].value.string_value);
}

/* ---- the statistic ---- */

static stat_tap_table *
find_table(stat_tap_table_ui *statistic)
{
    return stat_tap_find_table(statistic, CONNECTIONS_TABLE);
}

static gboolean
holds(const closure_entry *entry)
{
    const struct place *held = closure_table_find(places, entry);

    return held != NULL && held->row != 0;
}

static void
put(const closure_entry *entry, const closure_judgement *judgement)
{
    stat_tap_table *table = find_table(&closure_table_of_connections.ui);
    struct place *held = closure_table_place(places, entry);

    if (held->row == 0)
        add_row(table, held);
    if (held->client != judgement->client)
        write_name(table, held->row, entry->tcp, judgement->client);
    held->client = judgement->client;
    write_close(table, held->row, judgement);
}

static void
forget(void)
{
    g_array_set_size(places, 0);
}

static void
reset(stat_tap_table *table)
{
    closure_table_clear(table, &retired);
    forget();
}

static void
init(stat_tap_table_ui *statistic)
{
    closure_table_open(statistic, CONNECTIONS_TABLE, COLUMNS);
}

static void
free_item(stat_tap_table *table _U_, guint row, guint column, stat_tap_table_item_type *item)
{
    g_free((char *)item->value.string_value);
    item->value.string_value = NULL;
    if (row > 0 || column > 0)
        return;
    closure_retired_free(&retired);
    forget();
    set_columns();
}

static void
prepare(void)
{
    places = g_array_new(FALSE, TRUE, sizeof(struct place));
    set_columns();
}

closure_table closure_table_of_connections = {
    .ui = {
        .title = "TLS Closure: Connections",
        .cli_string = "tls_closure,conv",
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
