/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "statistics.h"

#include <stdio.h>
#include <string.h>

#include "plugin.h"
#include "servers.h"
#include "tables.h"
#include "words/words.h"

/*
 * A frame that passes the statistic's filter selects its TLS connection: from then on the statistic holds that connection,
 * and is brought up to date with all of its frames, passed or not. So a filter may name any frame of a connection, and one
 * pass is enough.
 */

/* The table of connections. */

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

static column_print prints[COLUMNS];
static stat_tap_table_item columns[COLUMNS];

static void free_texts(stat_tap_table_item_type *items);

static closure_retired retired = { free_texts, NULL };

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

/* Caller frees each. */
static void
say_row(const closure_entry *entry, const closure_judgement *judgement, char *texts[COLUMNS])
{
    const guint client = judgement->client;
    const guint server = CLOSURE_PEER(client);

    texts[COLUMN_CLIENT] = closure_say_endpoint(entry->tcp, client);
    texts[COLUMN_SERVER] = closure_say_endpoint(entry->tcp, server);
    texts[COLUMN_STREAM] = g_strdup_printf("%u", entry->tcp->stream);
    texts[COLUMN_VERSION] = say_word(closure_word_version(judgement->version));
    texts[COLUMN_CLIENT_END] = say_way(judgement, client);
    texts[COLUMN_SERVER_END] = say_way(judgement, server);
    texts[COLUMN_VERDICT] = say_word(closure_word_verdict(judgement->verdict));
    texts[COLUMN_TRUNCATION] = say_word(closure_word_truncation(judgement->truncation));
    texts[COLUMN_INITIATOR] = say_word(closure_word_side(judgement, judgement->initiator));
    texts[COLUMN_EVIDENCE] = say_word(closure_word_evidence(judgement->evidence));
    texts[COLUMN_IDLE_TIME] = say_seconds(judgement->idle_time);
    texts[COLUMN_DURATION] = say_seconds(judgement->duration);
    texts[COLUMN_CLIENT_AT_RISK] = say_at_risk(judgement, client);
    texts[COLUMN_SERVER_AT_RISK] = say_at_risk(judgement, server);
}

static void
write_row(stat_tap_table *table, guint row, const closure_entry *entry, const closure_judgement *judgement)
{
    char *texts[COLUMNS];

    say_row(entry, judgement, texts);
    for (guint column = 0; column < COLUMNS; column++) {
        stat_tap_table_item_type *item = stat_tap_get_field_data(table, row, column);

        g_free((char *)item->value.string_value);
        item->value.string_value = texts[column];
        if (strlen(texts[column]) > prints[column].width)
            set_width(column, (guint)strlen(texts[column]));
    }
}

static void
add_row(stat_tap_table *table, closure_entry *entry)
{
    stat_tap_table_item_type items[COLUMNS] = { 0 };

    for (guint column = 0; column < COLUMNS; column++)
        items[column].type = TABLE_ITEM_STRING;
    entry->row = table->num_elements + 1;
    stat_tap_init_table_row(table, entry->row - 1, COLUMNS, items);
}

static void
refresh_row(stat_tap_table *table, const closure_entry *entry)
{
    closure_judgement judgement;

    closure_connections_judge(entry, TRUE, &judgement);
    write_row(table, entry->row - 1, entry, &judgement);
}

static void
forget_rows(void)
{
    for (guint i = 0; i < closure_connections_count(); i++)
        closure_connections_get(i)->row = 0;
}

static void
reset_connections(stat_tap_table *table)
{
    closure_table_clear(table, &retired);
    forget_rows();
}

static void
free_texts(stat_tap_table_item_type *items)
{
    for (guint column = 0; column < COLUMNS; column++)
        g_free((char *)items[column].value.string_value);
}

static void
init_connections(stat_tap_table_ui *statistic)
{
    stat_tap_table *table = stat_tap_find_table(statistic, CONNECTIONS_TABLE);

    if (table != NULL)
        reset_connections(table);
    else
        stat_tap_add_table(statistic, stat_tap_init_table(CONNECTIONS_TABLE, COLUMNS, 0, NULL));
}

static void
free_connection_item(stat_tap_table *table _U_, guint row, guint column, stat_tap_table_item_type *item)
{
    g_free((char *)item->value.string_value);
    item->value.string_value = NULL;
    if (row > 0 || column > 0)
        return;
    closure_retired_free(&retired);
    forget_rows();
    set_columns();
}

/* The table of verdicts and findings. */

enum stat_column { STAT_COLUMN_RANK, STAT_COLUMN_COUNT, STAT_COLUMN_WORD, STAT_COLUMN_MEANING, STAT_COLUMNS };

#define VERDICTS_TABLE "Verdicts, by TLS connection"
#define FINDINGS_TABLE "Findings, by TLS connection and side"

static stat_tap_table_item stat_columns[STAT_COLUMNS] = {
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, " #", "%2u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Count ", "%6u" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Verdict or finding               ", "%-33s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Meaning", "%s" },
};

static void
add_to_count(stat_tap_table *table, guint row, int number)
{
    stat_tap_table_item_type *item = stat_tap_get_field_data(table, row, STAT_COLUMN_COUNT);

    item->value.uint_value += (guint)number;
}

/* Adds, or with @p sign -1 takes out, what an entry is counted with. */
static void
count_entry(stat_tap_table_ui *statistic, const closure_entry *entry, int sign)
{
    stat_tap_table *findings = stat_tap_find_table(statistic, FINDINGS_TABLE);

    add_to_count(stat_tap_find_table(statistic, VERDICTS_TABLE), entry->counted, sign);
    for (guint id = 0; id < CLOSURE_FINDINGS; id++)
        for (guint side = 0; side < CLOSURE_SIDES; side++)
            if (entry->counted_findings[side] & 1U << id)
                add_to_count(findings, id, sign);
}

static void
refresh_counts(stat_tap_table_ui *statistic, closure_entry *entry)
{
    closure_judgement judgement;

    if (entry->is_counted)
        count_entry(statistic, entry, -1);
    closure_connections_judge(entry, TRUE, &judgement);
    entry->is_counted = TRUE;
    entry->counted = (guint8)judgement.verdict;
    memset(entry->counted_findings, 0, sizeof entry->counted_findings);
    for (guint i = 0; i < judgement.finding_count; i++)
        entry->counted_findings[judgement.findings[i].side] |= 1U << judgement.findings[i].id;
    count_entry(statistic, entry, 1);
}

static void
forget_counts(void)
{
    for (guint i = 0; i < closure_connections_count(); i++)
        closure_connections_get(i)->is_counted = FALSE;
}

static void
reset_counts(stat_tap_table *table)
{
    for (guint row = 0; row < table->num_elements; row++)
        stat_tap_get_field_data(table, row, STAT_COLUMN_COUNT)->value.uint_value = 0;
    forget_counts();
}

static void
init_count_row(stat_tap_table *table, guint row, const char *word, const char *meaning)
{
    stat_tap_table_item_type items[STAT_COLUMNS] = { 0 };

    items[STAT_COLUMN_RANK].type = TABLE_ITEM_UINT;
    items[STAT_COLUMN_RANK].value.uint_value = row + 1;
    items[STAT_COLUMN_COUNT].type = TABLE_ITEM_UINT;
    items[STAT_COLUMN_WORD].type = TABLE_ITEM_STRING;
    items[STAT_COLUMN_WORD].value.string_value = word;
    items[STAT_COLUMN_MEANING].type = TABLE_ITEM_STRING;
    items[STAT_COLUMN_MEANING].value.string_value = meaning;
    stat_tap_init_table_row(table, row, STAT_COLUMNS, items);
}

static void
init_counts(stat_tap_table_ui *statistic)
{
    stat_tap_table *verdicts = stat_tap_find_table(statistic, VERDICTS_TABLE);
    stat_tap_table *findings = stat_tap_find_table(statistic, FINDINGS_TABLE);

    if (verdicts != NULL && findings != NULL) {
        reset_counts(verdicts);
        reset_counts(findings);
        return;
    }
    forget_counts();
    verdicts = stat_tap_init_table(VERDICTS_TABLE, STAT_COLUMNS, 0, NULL);
    stat_tap_add_table(statistic, verdicts);
    findings = stat_tap_init_table(FINDINGS_TABLE, STAT_COLUMNS, 0, NULL);
    stat_tap_add_table(statistic, findings);
    for (guint i = 0; i < CLOSURE_VERDICTS; i++)
        init_count_row(verdicts, i, closure_word_verdict(i), closure_meaning_of_verdict(i));
    for (guint i = 0; i < CLOSURE_FINDINGS; i++)
        init_count_row(findings, i, closure_word_finding(i), closure_meaning_of_finding(i));
}

static void
free_count_item(stat_tap_table *table _U_, guint row, guint column, stat_tap_table_item_type *item _U_)
{
    if (row == 0 && column == 0)
        forget_counts();
}

/* Both. */

static closure_entry *
selected_entry(const void *data)
{
    const closure_entry *entry = data;

    return closure_connections_get(entry->connection->index);
}

static tap_packet_status
select_for_connections(void *data, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *selected,
                       tap_flags_t flags _U_)
{
    const stat_data_t *statistic = data;
    closure_entry *entry = selected_entry(selected);
    stat_tap_table *table = stat_tap_find_table(statistic->stat_tap_data, CONNECTIONS_TABLE);

    if (entry->row != 0)
        return TAP_PACKET_DONT_REDRAW;
    add_row(table, entry);
    refresh_row(table, entry);
    return TAP_PACKET_REDRAW;
}

static tap_packet_status
select_for_counts(void *data, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *selected,
                  tap_flags_t flags _U_)
{
    const stat_data_t *statistic = data;
    closure_entry *entry = selected_entry(selected);

    if (entry->is_counted)
        return TAP_PACKET_DONT_REDRAW;
    refresh_counts(statistic->stat_tap_data, entry);
    return TAP_PACKET_REDRAW;
}

static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, TRUE } };

static stat_tap_table_ui connections_statistic = {
    REGISTER_PACKET_STAT_GROUP_UNSORTED,
    "TLS Closure: Connections",
    "tls_closure",
    "tls_closure,conv",
    init_connections,
    select_for_connections,
    reset_connections,
    free_connection_item,
    NULL,
    COLUMNS,
    columns,
    array_length(parameters),
    parameters,
    NULL,
    0,
};

static stat_tap_table_ui counts_statistic = {
    REGISTER_PACKET_STAT_GROUP_UNSORTED,
    "TLS Closure: Verdicts and Findings",
    "tls_closure",
    "tls_closure,stat",
    init_counts,
    select_for_counts,
    reset_counts,
    free_count_item,
    NULL,
    STAT_COLUMNS,
    stat_columns,
    array_length(parameters),
    parameters,
    NULL,
    0,
};

void
closure_statistics_refresh(closure_entry *entry)
{
    if (entry->row != 0)
        refresh_row(stat_tap_find_table(&connections_statistic, CONNECTIONS_TABLE), entry);
    if (entry->is_counted)
        refresh_counts(&counts_statistic, entry);
    closure_servers_refresh(entry);
}

void
closure_statistics_register(void)
{
    set_columns();
    register_stat_tap_table_ui(&connections_statistic);
    register_stat_tap_table_ui(&counts_statistic);
    closure_servers_register();
}
