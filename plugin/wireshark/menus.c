/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "menus.h"

#include "connections.h"

#include <epan/conversation_filter.h>
#include <epan/epan_dissect.h>
#include <epan/plugin_if.h>

#include "words/sequence.h"

/* The TLS connection of a frame; NULL: none. */
static closure_entry *
entry_of(packet_info *pinfo)
{
    conversation_t *conversation = closure_find_conversation(pinfo);

    return conversation != NULL ? closure_connections_at(conversation, pinfo->num) : NULL;
}

/* ---- the conversation filter ---- */

static closure_bool
has_filter(packet_info *pinfo CLOSURE_FILTER_DATA)
{
    return entry_of(pinfo) != NULL;
}

/* Caller frees. */
static char *
say_filter(const closure_entry *entry)
{
    return g_strdup_printf("tls_closure.connection == %u", entry->connection->index);
}

static char *
build_filter(packet_info *pinfo CLOSURE_FILTER_DATA)
{
    const closure_entry *entry = entry_of(pinfo);

    return entry != NULL ? say_filter(entry) : NULL;
}

/* ---- the menu ---- */

static void *
entry_of_file(capture_file *file, void *data _U_)
{
    return file != NULL && file->edt != NULL ? entry_of(&file->edt->pi) : NULL;
}

/* The TLS connection of the selected frame; NULL: none. */
static closure_entry *
selected_entry(void)
{
    return plugin_if_get_capture_file(entry_of_file, NULL);
}

static void
go_to_step(gboolean is_last)
{
    const closure_entry *entry = selected_entry();
    closure_step steps[CLOSURE_STEPS_MOST];
    closure_judgement judgement;
    guint count;

    if (entry == NULL)
        return;
    closure_connections_judge(entry, TRUE, &judgement);
    count = closure_sequence_list(&judgement, steps);
    if (count > 0)
        plugin_if_goto_frame(steps[is_last ? count - 1 : 0].at->frame);
}

static void
go_to_first(ext_menubar_gui_type gui _U_, gpointer object _U_, gpointer data _U_)
{
    go_to_step(FALSE);
}

static void
go_to_last(ext_menubar_gui_type gui _U_, gpointer object _U_, gpointer data _U_)
{
    go_to_step(TRUE);
}

static void
show_connection(ext_menubar_gui_type gui _U_, gpointer object _U_, gpointer data _U_)
{
    const closure_entry *entry = selected_entry();
    char *filter;

    if (entry == NULL)
        return;
    filter = say_filter(entry);
    plugin_if_apply_filter(filter, TRUE);
    g_free(filter);
}

static void
apply_filter(ext_menubar_gui_type gui _U_, gpointer object _U_, gpointer filter)
{
    plugin_if_apply_filter(filter, TRUE);
}

static void
register_menu(int protocol)
{
    ext_menu_t *menu = ext_menubar_register_menu(protocol, "TLS Closure", TRUE);

    ext_menubar_set_parentmenu(menu, "Tools");
    ext_menubar_add_entry(menu, "Go to the frame that began the close", "Of the selected frame's TLS connection",
                          go_to_first, NULL);
    ext_menubar_add_entry(menu, "Go to the last frame of the close", "Of the selected frame's TLS connection",
                          go_to_last, NULL);
    ext_menubar_add_entry(menu, "Show only how this connection closed", "The selected frame's TLS connection",
                          show_connection, NULL);
    ext_menubar_add_separator(menu);
    ext_menubar_add_entry(menu, "Show what did not close orderly", "The closing frames of all such TLS connections",
                          apply_filter,
                          (gpointer) "tls_closure.verdict && !(tls_closure.verdict in {\"orderly\", \"open\"})");
    ext_menubar_add_entry(menu, "Show one frame for each connection", "That with the summary", apply_filter,
                          (gpointer) "tls_closure.summary");
}

void
closure_menus_register(int protocol)
{
    closure_register_conversation_filter("tls_closure", "TLS closure", has_filter, build_filter);
    register_menu(protocol);
}
