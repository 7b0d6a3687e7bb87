/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchors.h"

#include <string.h>

static gboolean
is_called(const proto_node *node, const char *name)
{
    const field_info *info = PNODE_FINFO(node);

    return info != NULL && strcmp(info->hfinfo->abbrev, name) == 0;
}

static proto_node *
child_called(const proto_node *parent, const char *name)
{
    proto_node *child = parent->first_child;

    while (child != NULL && !is_called(child, name))
        child = child->next;
    return child;
}

static proto_node *
first_node(const closure_scene *scene)
{
    return scene->mark != NULL ? scene->mark->next : scene->tree->first_child;
}

static proto_item *
find_flag(const closure_scene *scene, const char *name)
{
    for (const proto_node *layer = first_node(scene); layer != NULL; layer = layer->next) {
        const proto_node *flags = is_called(layer, "tcp") ? child_called(layer, "tcp.flags") : NULL;
        proto_item *flag = flags != NULL ? child_called(flags, name) : NULL;

        if (flag != NULL)
            return flag;
    }
    return NULL;
}

/** TLS records of the segment and the alerts in them. */
typedef struct records {
    proto_node *first;
    proto_node *last;
    proto_node *first_alert;
    proto_node *last_alert;
} records;

static void
note_record(records *found, proto_node *record)
{
    proto_node *alert = child_called(record, "tls.alert_message");

    if (found->first == NULL)
        found->first = record;
    found->last = record;
    if (alert == NULL)
        return;
    if (found->first_alert == NULL)
        found->first_alert = alert;
    found->last_alert = alert;
}

static records
find_records(const closure_scene *scene)
{
    records found = { NULL, NULL, NULL, NULL };

    for (const proto_node *layer = first_node(scene); layer != NULL; layer = layer->next) {
        if (!is_called(layer, "tls"))
            continue;
        for (proto_node *child = layer->first_child; child != NULL; child = child->next)
            if (is_called(child, "tls.record"))
                note_record(&found, child);
    }
    return found;
}

proto_item *
closure_anchor_find(const closure_scene *scene, closure_anchor anchor)
{
    records found;

    if (scene->tree == NULL || !PTREE_DATA(scene->tree)->visible || anchor == CLOSURE_ANCHOR_NONE)
        return NULL;
    if (anchor == CLOSURE_ANCHOR_FIN)
        return find_flag(scene, "tcp.flags.fin");
    if (anchor == CLOSURE_ANCHOR_RST)
        return find_flag(scene, "tcp.flags.reset");
    found = find_records(scene);
    switch (anchor) {
    case CLOSURE_ANCHOR_FIRST_ALERT:
        return found.first_alert != NULL ? found.first_alert : found.last;
    case CLOSURE_ANCHOR_LAST_ALERT:
        return found.last_alert != NULL ? found.last_alert : found.last;
    case CLOSURE_ANCHOR_FIRST_RECORD:
        return found.first;
    default:
        return found.last;
    }
}
