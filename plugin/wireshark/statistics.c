/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "statistics.h"

#include <epan/packet.h>

#include "tables.h"

/*
 * A frame that passes the statistic's filter selects its TLS connection: from then on the statistic holds that
 * connection, and is brought up to date with all of its frames, passed or not. So a filter may name any frame of a
 * connection, and one pass is enough.
 */

static closure_table *const tables[] = {
    &closure_table_of_connections,
    &closure_table_of_counts,
    &closure_table_of_servers,
};

static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, TRUE } };

static const closure_table *
table_of(const stat_tap_table_ui *statistic)
{
    guint i = 0;

    while (&tables[i]->ui != statistic)
        i++;
    return tables[i];
}

static tap_packet_status
select_connection(void *data, packet_info *pinfo _U_, epan_dissect_t *edt _U_, const void *selected,
                  tap_flags_t flags _U_)
{
    const closure_table *table = table_of(((const stat_data_t *)data)->stat_tap_data);
    const closure_entry *entry = selected;
    closure_judgement judgement;

    if (table->holds(entry))
        return TAP_PACKET_DONT_REDRAW;
    closure_connections_judge(entry, TRUE, &judgement);
    table->put(entry, &judgement);
    return TAP_PACKET_REDRAW;
}

gboolean
closure_statistics_hold(const closure_entry *entry)
{
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
        if (tables[i]->holds(entry))
            return TRUE;
    return FALSE;
}

void
closure_statistics_refresh(const closure_entry *entry, const closure_judgement *judgement)
{
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
        if (tables[i]->holds(entry))
            tables[i]->put(entry, judgement);
}

/* The numbers of TLS connections begin anew with each file. */
static void
forget_all(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
        tables[i]->forget();
}

void
closure_statistics_register(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        stat_tap_table_ui *ui = &tables[i]->ui;

        tables[i]->prepare();
        ui->group = REGISTER_PACKET_STAT_GROUP_UNSORTED;
        ui->tap_name = "tls_closure";
        ui->packet_func = select_connection;
        ui->nparams = G_N_ELEMENTS(parameters);
        ui->params = parameters;
        register_stat_tap_table_ui(ui);
    }
    register_cleanup_routine(forget_all);
}
