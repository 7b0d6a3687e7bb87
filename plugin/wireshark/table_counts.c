/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tables.h"

#include "words/words.h"

/* The worst stand first, which their order says already; in the window the first column keeps it. */
enum column { COLUMN_RANK, COLUMN_COUNT, COLUMN_WORD, COLUMN_MEANING, COLUMNS };

#define VERDICTS_TABLE "Verdicts, by TLS connection"
#define FINDINGS_TABLE "Findings, by TLS connection and side"

/** What a TLS connection is counted with. */
typedef struct counted {
    guint32 findings[CLOSURE_SIDES]; /**< as sets of 1 << closure_finding_id */
    guint8 verdict;                  /**< closure_verdict */
    guint8 is_held;
} counted;

static GArray *held; /* of counted, by number of the TLS connection */

static stat_tap_table_item columns[COLUMNS] = {
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, " #", "%2u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Count ", "%6u" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Verdict or finding               ", "%-33s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Meaning", "%s" },
};

/* ---- counting ---- */

static counted
count_of(const closure_judgement *judgement)
{
    counted count = { .verdict = (guint8)judgement->verdict, .is_held = TRUE };

    for (guint i = 0; i < judgement->finding_count; i++)
        count.findings[judgement->findings[i].side] |= 1U << judgement->findings[i].id;
    return count;
}

static void
add_to_row(stat_tap_table *table, guint row, int number)
{
    stat_tap_get_field_data(table, row, COLUMN_COUNT)->value.uint_value += (guint)number;
}

/* Adds, or with @p sign -1 takes out. */
static void
add(stat_tap_table_ui *statistic, const counted *count, int sign)
{
    stat_tap_table *findings = stat_tap_find_table(statistic, FINDINGS_TABLE);

    add_to_row(stat_tap_find_table(statistic, VERDICTS_TABLE), count->verdict, sign);
    for (guint id = 0; id < CLOSURE_FINDINGS; id++)
        for (guint side = 0; side < CLOSURE_SIDES; side++)
            if (count->findings[side] & 1U << id)
                add_to_row(findings, id, sign);
}

static void
add_row(stat_tap_table *table, guint row, const char *word, const char *meaning)
{
    stat_tap_table_item_type items[COLUMNS] = {
        [COLUMN_RANK] = { .type = TABLE_ITEM_UINT, .value.uint_value = row + 1 },
        [COLUMN_COUNT] = { .type = TABLE_ITEM_UINT },
        [COLUMN_WORD] = { .type = TABLE_ITEM_STRING, .value.string_value = word },
        [COLUMN_MEANING] = { .type = TABLE_ITEM_STRING, .value.string_value = meaning },
    };

    stat_tap_init_table_row(table, row, COLUMNS, items);
}

/* ---- the statistic ---- */

static gboolean
holds(const closure_entry *entry)
{
    const counted *count = closure_table_find(held, entry);

    return count != NULL && count->is_held;
}

static void
put(const closure_entry *entry, const closure_judgement *judgement)
{
    stat_tap_table_ui *statistic = &closure_table_of_counts.ui;
    counted *count = closure_table_place(held, entry);

    if (count->is_held)
        add(statistic, count, -1);
    *count = count_of(judgement);
    add(statistic, count, 1);
}

static void
forget(void)
{
    g_array_set_size(held, 0);
}

static void
reset(stat_tap_table *table)
{
    for (guint row = 0; row < table->num_elements; row++)
        stat_tap_get_field_data(table, row, COLUMN_COUNT)->value.uint_value = 0;
    forget();
}

static void
init(stat_tap_table_ui *statistic)
{
    stat_tap_table *verdicts = stat_tap_find_table(statistic, VERDICTS_TABLE);
    stat_tap_table *findings = stat_tap_find_table(statistic, FINDINGS_TABLE);

    if (verdicts != NULL && findings != NULL) {
        reset(verdicts);
        reset(findings);
        return;
    }
    verdicts = stat_tap_init_table(VERDICTS_TABLE, COLUMNS, 0, NULL);
    stat_tap_add_table(statistic, verdicts);
    findings = stat_tap_init_table(FINDINGS_TABLE, COLUMNS, 0, NULL);
    stat_tap_add_table(statistic, findings);
    for (guint i = 0; i < CLOSURE_VERDICTS; i++)
        add_row(verdicts, i, closure_word_verdict(i), closure_meaning_of_verdict(i));
    for (guint i = 0; i < CLOSURE_FINDINGS; i++)
        add_row(findings, i, closure_word_finding(i), closure_meaning_of_finding(i));
}

static void
free_item(stat_tap_table *table _U_, guint row, guint column, stat_tap_table_item_type *item _U_)
{
    if (row == 0 && column == 0)
        forget();
}

static void
prepare(void)
{
    held = g_array_new(FALSE, TRUE, sizeof(counted));
}

closure_table closure_table_of_counts = {
    .ui = {
        .title = "TLS Closure: Verdicts and Findings",
        .cli_string = "tls_closure,stat",
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
