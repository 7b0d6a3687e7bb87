/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tables.h"

#include <epan/to_str.h>

gpointer
closure_table_find(GArray *places, const closure_entry *entry)
{
    const guint number = entry->connection->index;

    return number < places->len ? places->data + (gsize)number * g_array_get_element_size(places) : NULL;
}

gpointer
closure_table_place(GArray *places, const closure_entry *entry)
{
    const guint number = entry->connection->index;

    if (places->len <= number)
        g_array_set_size(places, number + 1);
    return closure_table_find(places, entry);
}

void
closure_table_open(stat_tap_table_ui *statistic, const char *name, guint columns)
{
    stat_tap_table *table = stat_tap_find_table(statistic, name);

    if (table != NULL)
        statistic->stat_tap_reset_table_cb(table);
    else
        stat_tap_add_table(statistic, stat_tap_init_table(name, (int)columns, 0, NULL));
}

void
closure_table_drop_last(stat_tap_table *table, closure_retired *retired)
{
    if (retired->rows == NULL)
        retired->rows = g_ptr_array_new();
    table->num_elements--;
    g_ptr_array_add(retired->rows, table->elements[table->num_elements]);
}

void
closure_table_clear(stat_tap_table *table, closure_retired *retired)
{
    while (table->num_elements > 0)
        closure_table_drop_last(table, retired);
}

void
closure_retired_free(closure_retired *retired)
{
    if (retired->rows == NULL)
        return;
    for (guint i = 0; i < retired->rows->len; i++) {
        stat_tap_table_item_type *row = g_ptr_array_index(retired->rows, i);

        if (retired->free_row != NULL)
            retired->free_row(row);
        g_free(row);
    }
    g_ptr_array_free(retired->rows, TRUE);
    retired->rows = NULL;
}

char *
closure_say_endpoint(const closure_tcp *tcp, guint side)
{
    char *text = address_to_str(NULL, &tcp->ends->address[side]);
    char *endpoint =
        g_strdup_printf(tcp->ends->address[side].type == AT_IPv6 ? "[%s]:%u" : "%s:%u", text, tcp->ends->port[side]);

    wmem_free(NULL, text);
    return endpoint;
}
