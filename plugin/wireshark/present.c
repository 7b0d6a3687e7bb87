/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "present.h"

#include <epan/column-utils.h>
#include <epan/proto_data.h>
#include <string.h>

#include "anchors.h"
#include "events.h"
#include "experts.h"
#include "fields.h"
#include "plugin.h"
#include "preferences.h"
#include "words/sequence.h"
#include "words/words.h"

/** What the frame shows already. Lives as long as its dissection. */
typedef struct closure_frame {
    proto_tree *top; /**< the protocol's item; NULL: not drawn, or there is no tree */
    gboolean has_verdict;
} closure_frame;

/** What the frame shows already of one TLS connection. Lives as long as its dissection. */
typedef struct closure_drawn {
    guint32 findings[CLOSURE_SIDES]; /**< sets of 1 << closure_finding_id */
    guint8 events;                   /**< set of closure_closing_event.bit */
    gboolean has_number;
    gboolean has_summary;
    gboolean has_details;
    gboolean has_harmless;
} closure_drawn;

/** What is drawn now. */
struct view {
    const closure_scene *scene;
    closure_entry *entry;
    closure_frame *frame; /**< NULL while nothing is drawn */
    closure_drawn *drawn; /**< of the frame, or nothing_yet */
    closure_drawn nothing_yet;
    gboolean is_first_pass;
    guint32 number; /**< of the frame */
    const closure_judgement *judgement;
    closure_closing_event events[CLOSURE_EVENTS_MOST]; /**< all, in order */
    guint event_count;
    closure_step steps[CLOSURE_STEPS_MOST]; /**< all, in order */
    guint step_count;
    closure_finding findings[2 * CLOSURE_FINDINGS]; /**< to be drawn now */
    guint finding_count;
};

/* Keys of p_get_proto_data(): the frame, then each connection by its number. */
#define FRAME_KEY         0U
#define CONNECTION_KEY(n) (1U + (n))

static gpointer
data_of_frame(packet_info *pinfo, guint32 key, gsize size)
{
    gpointer data = p_get_proto_data(pinfo->pool, pinfo, closure_protocol(), key);

    if (data == NULL) {
        data = wmem_alloc0(pinfo->pool, size);
        p_add_proto_data(pinfo->pool, pinfo, closure_protocol(), key, data);
    }
    return data;
}

static const char *
pool_text(const struct view *view, GString *text)
{
    const char *copy = wmem_strdup(view->scene->pinfo->pool, text->str);

    g_string_free(text, TRUE);
    return copy;
}

/* Items. All are generated; without a tree there are none. */

static proto_tree *
top_tree(const struct view *view)
{
    closure_frame *frame = view->frame;
    proto_item *item;

    if (frame->top == NULL && view->scene->tree != NULL) {
        item =
            proto_tree_add_protocol_format(view->scene->tree, closure_protocol(), NULL, 0, 0, "TLS Closure Analysis");
        proto_item_set_generated(item);
        frame->top = proto_item_add_subtree(item, closure_subtree_id(CLOSURE_SUBTREE_TOP));
    }
    return frame->top;
}

static proto_item *
add_text(proto_tree *tree, closure_field field, const char *text)
{
    proto_item *item = NULL;

    if (text != NULL)
        item = proto_tree_add_string(tree, closure_field_id(field), NULL, 0, 0, text);
    proto_item_set_generated(item);
    return item;
}

static proto_item *
add_time(proto_tree *tree, closure_field field, gint64 time)
{
    nstime_t value;
    proto_item *item;

    if (time == CLOSURE_NO_TIME)
        return NULL;
    value.secs = (time_t)(time / G_GINT64_CONSTANT(1000000000));
    value.nsecs = (int)(time % G_GINT64_CONSTANT(1000000000));
    item = proto_tree_add_time(tree, closure_field_id(field), NULL, 0, 0, &value);
    proto_item_set_generated(item);
    return item;
}

static closure_field
link_of(const struct view *view, const closure_step *step)
{
    switch (step->kind) {
    case CLOSURE_STEP_ALERT:
        return closure_events_alert_link(view->judgement, step->side);
    case CLOSURE_STEP_FIN:
        return CLOSURE_FIELD_FIN_FRAME;
    case CLOSURE_STEP_RST:
        return CLOSURE_FIELD_RST_FRAME;
    default:
        return CLOSURE_FIELD_LATE_FRAME;
    }
}

/* A line of the diagram, which is a link to its frame. */
static void
add_step(const struct view *view, proto_tree *tree, const closure_step *step)
{
    const guint32 last_frame = view->steps[view->step_count - 1].at->frame;
    GString *line = g_string_new(NULL);
    proto_item *item;
    int digits;

    g_string_printf(line, "%u", last_frame);
    digits = (int)line->len;
    g_string_printf(line, "Frame %*u: ", digits, step->at->frame);
    closure_say_step(view->judgement, step, view->steps[0].at->time, line);
    item = proto_tree_add_uint_format(tree, closure_field_id(link_of(view, step)), NULL, 0, 0, step->at->frame, "%s",
                                      pool_text(view, line));
    proto_item_set_generated(item);
}

/* The parts of the protocol's item. */

static void
draw_number(struct view *view, proto_tree *tree)
{
    proto_item *item;

    if (view->drawn->has_number)
        return;
    view->drawn->has_number = TRUE;
    item = proto_tree_add_uint(tree, closure_field_id(CLOSURE_FIELD_CONNECTION), NULL, 0, 0,
                               view->entry->connection->index);
    proto_item_set_generated(item);
}

static gboolean
wants_summary(const struct view *view)
{
    if (view->drawn->has_summary)
        return FALSE;
    if (view->is_first_pass)
        return view->judgement->is_final && !view->entry->was_summed_up;
    return view->judgement->facts.last_frame == view->number;
}

static void
draw_summary(struct view *view, proto_tree *tree)
{
    GString *text;

    if (!wants_summary(view))
        return;
    view->drawn->has_summary = TRUE;
    if (view->is_first_pass)
        view->entry->was_summed_up = TRUE;
    if (tree == NULL)
        return;
    text = g_string_new(NULL);
    closure_say_summary(view->judgement, text);
    add_text(tree, CLOSURE_FIELD_SUMMARY, pool_text(view, text));
}

static void
draw_verdict(const struct view *view, proto_tree *tree)
{
    const closure_judgement *judgement = view->judgement;

    if (view->frame->has_verdict)
        return;
    view->frame->has_verdict = TRUE;
    add_text(tree, CLOSURE_FIELD_VERDICT, closure_word_verdict(judgement->verdict));
    add_text(tree, CLOSURE_FIELD_TRUNCATION, closure_word_truncation(judgement->truncation));
    add_text(tree, CLOSURE_FIELD_INITIATOR, closure_word_side(judgement, judgement->initiator));
    add_text(tree, CLOSURE_FIELD_EVIDENCE, closure_word_evidence(judgement->evidence));
    proto_item_append_text(view->frame->top, ": %s", closure_word_verdict(judgement->verdict));
}

static void
draw_way(const struct view *view, proto_tree *tree, guint side, closure_field field)
{
    GString *text = g_string_new(NULL);

    closure_say_way(view->judgement, side, text);
    add_text(tree, field, pool_text(view, text));
}

static void
draw_fin_delay(const struct view *view, proto_tree *tree, guint side)
{
    proto_item *item = add_time(tree, CLOSURE_FIELD_FIN_DELAY, view->judgement->side[side].fin_delay);

    proto_item_append_text(item, " (%s)", closure_word_side(view->judgement, side));
}

static void
draw_at_risk(const struct view *view, proto_tree *tree, guint side)
{
    proto_item *item;

    if (view->event_count == 0)
        return;
    item = proto_tree_add_uint64(tree, closure_field_id(CLOSURE_FIELD_AT_RISK), NULL, 0, 0,
                                 view->judgement->side[side].at_risk);
    proto_item_set_generated(item);
    proto_item_append_text(item, " (%s)", closure_word_side(view->judgement, side));
}

static void
draw_details(struct view *view, proto_tree *tree)
{
    const closure_judgement *judgement = view->judgement;
    const guint client = judgement->client;
    const guint server = CLOSURE_PEER(client);

    if (tree == NULL || view->drawn->has_details)
        return;
    view->drawn->has_details = TRUE;
    draw_way(view, tree, client, CLOSURE_FIELD_CLIENT_END);
    draw_way(view, tree, server, CLOSURE_FIELD_SERVER_END);
    for (guint i = 0; i < view->step_count; i++)
        add_step(view, tree, &view->steps[i]);
    add_time(tree, CLOSURE_FIELD_IDLE_TIME, judgement->idle_time);
    add_time(tree, CLOSURE_FIELD_ANSWER_TIME, judgement->answer_time);
    draw_fin_delay(view, tree, client);
    draw_fin_delay(view, tree, server);
    add_time(tree, CLOSURE_FIELD_DURATION, judgement->duration);
    draw_at_risk(view, tree, client);
    draw_at_risk(view, tree, server);
}

/* Alerts, in the subtree of their TLS record. */

static proto_tree *
subtree_of(proto_item *item)
{
    proto_tree *tree = proto_item_get_subtree(item);

    return tree != NULL ? tree : proto_item_add_subtree(item, closure_subtree_id(CLOSURE_SUBTREE_ANCHOR));
}

static void
draw_alert(const struct view *view, proto_item *otherwise, guint side)
{
    proto_item *record = closure_anchor_find(view->scene, CLOSURE_ANCHOR_LAST_ALERT);
    GString *text = g_string_new(NULL);
    proto_item *item;
    proto_tree *tree;

    closure_say_alert(view->judgement, side, text);
    item = add_text(subtree_of(record != NULL ? record : otherwise), CLOSURE_FIELD_ALERT, pool_text(view, text));
    tree = proto_item_add_subtree(item, closure_subtree_id(CLOSURE_SUBTREE_ALERT));
    for (guint i = 0; i < view->step_count; i++) {
        const closure_step *step = &view->steps[i];
        const gboolean is_own_fin = step->side == side && step->kind == CLOSURE_STEP_FIN;
        const gboolean is_answer = step->side != side && step->kind == CLOSURE_STEP_ALERT;

        if (is_own_fin || is_answer)
            add_step(view, tree, step);
    }
}

static gboolean
wants_harmless(const struct view *view, guint side)
{
    return view->judgement->facts.side[side].rare->harmless.at.frame == view->number && !view->drawn->has_harmless;
}

/* An alert that closed nothing. Where its record is not in the tree, nothing is said of it. */
static void
draw_harmless(struct view *view, guint side)
{
    proto_item *record = closure_anchor_find(view->scene, CLOSURE_ANCHOR_FIRST_ALERT);
    GString *text;

    view->drawn->has_harmless = TRUE;
    if (record == NULL)
        return;
    text = g_string_new(NULL);
    closure_say_harmless_alert(view->judgement, side, text);
    add_text(subtree_of(record), CLOSURE_FIELD_ALERT, pool_text(view, text));
}

/* Closing events of this frame. */

static gboolean
wants_event(const struct view *view, const closure_closing_event *event)
{
    return event->at->frame == view->number && !(view->drawn->events & event->bit);
}

static void
draw_event(const struct view *view, proto_tree *tree, const closure_closing_event *event)
{
    proto_item *item = add_text(tree, CLOSURE_FIELD_EVENT, event->word);

    proto_item_append_text(item, " (%s)", closure_word_side(view->judgement, event->side));
    add_text(proto_item_add_subtree(item, closure_subtree_id(CLOSURE_SUBTREE_EVENT)), CLOSURE_FIELD_SIDE,
             closure_word_side(view->judgement, event->side));
}

static void
draw_events(struct view *view, proto_tree *tree)
{
    for (guint i = 0; i < view->event_count; i++) {
        const closure_closing_event *event = &view->events[i];

        if (!wants_event(view, event))
            continue;
        view->drawn->events |= event->bit;
        if (tree == NULL)
            continue;
        draw_event(view, tree, event);
        if (event->at == &view->judgement->side[event->side].alert.at)
            draw_alert(view, view->frame->top, event->side);
    }
}

/* Findings. */

static gboolean
wants_finding(const struct view *view, const closure_finding *finding)
{
    const guint32 bit = 1U << finding->id;

    if (view->drawn->findings[finding->side] & bit)
        return FALSE;
    if (view->is_first_pass)
        return finding->is_settled && !(view->entry->reported[finding->side] & bit);
    return finding->frame == view->number;
}

static void
choose_findings(struct view *view)
{
    const closure_judgement *judgement = view->judgement;

    view->finding_count = 0;
    for (guint i = 0; i < judgement->finding_count; i++)
        if (wants_finding(view, &judgement->findings[i]))
            view->findings[view->finding_count++] = judgement->findings[i];
}

static closure_anchor
anchor_by_event(const struct view *view, guint side)
{
    const closure_direction *direction = &view->judgement->facts.side[side];

    if (direction->rst.at.frame == view->number)
        return CLOSURE_ANCHOR_RST;
    if (direction->fin.frame == view->number)
        return CLOSURE_ANCHOR_FIN;
    return view->judgement->side[side].alert.at.frame == view->number ? CLOSURE_ANCHOR_LAST_ALERT : CLOSURE_ANCHOR_NONE;
}

static closure_anchor
anchor_of(const struct view *view, const closure_finding *finding)
{
    if (finding->frame != view->number)
        return CLOSURE_ANCHOR_NONE;
    switch (finding->id) {
    case CLOSURE_FINDING_FATAL_ALERT:
    case CLOSURE_FINDING_CLOSE_NOTIFY_IN_HANDSHAKE:
        return CLOSURE_ANCHOR_LAST_ALERT;
    case CLOSURE_FINDING_DATA_AFTER_CLOSE_NOTIFY:
    case CLOSURE_FINDING_DATA_AFTER_FATAL_ALERT:
    case CLOSURE_FINDING_DATA_AFTER_ENCRYPTED_ALERT:
        /* What follows an alert in its own segment is not the segment's first record. */
        return anchor_by_event(view, finding->side) == CLOSURE_ANCHOR_LAST_ALERT ? CLOSURE_ANCHOR_LAST_RECORD
                                                                                 : CLOSURE_ANCHOR_FIRST_RECORD;
    case CLOSURE_FINDING_DATA_AFTER_PEER_CLOSE_NOTIFY:
        return CLOSURE_ANCHOR_FIRST_RECORD;
    case CLOSURE_FINDING_CLEARTEXT_AFTER_CLOSE:
        return CLOSURE_ANCHOR_NONE;
    default:
        return anchor_by_event(view, finding->side);
    }
}

static void
draw_finding(struct view *view, const closure_finding *finding)
{
    proto_item *item = closure_anchor_find(view->scene, anchor_of(view, finding));
    GString *text = g_string_new(NULL);

    if (finding->frame != view->number)
        g_string_append_printf(text, "Frame %u: ", finding->frame);
    closure_say_finding(view->judgement, finding, text);
    view->drawn->findings[finding->side] |= 1U << finding->id;
    if (view->is_first_pass)
        view->entry->reported[finding->side] |= 1U << finding->id;
    closure_experts_add(view->scene->pinfo, item != NULL ? item : view->frame->top, finding, pool_text(view, text));
}

static void
draw_findings(struct view *view)
{
    packet_info *pinfo = view->scene->pinfo;
    const char *current = pinfo->current_proto;

    /* The list of expert infos names the protocol that is current. */
    pinfo->current_proto = "TLS Closure";
    for (guint i = 0; i < view->finding_count; i++)
        draw_finding(view, &view->findings[i]);
    pinfo->current_proto = current;
}

/* The Info column: in front, as TCP's own analysis is, where a narrow window and the Flow Graph do not cut it off. */

/* In the first pass a finding may be told later than its frame, and then its addition says of which it is. */
static void
add_late_info(const struct view *view, const closure_finding *finding, GString *text)
{
    const guint32 no_frame = G_MAXUINT32; /* in which no alert is, that was told of already */
    closure_judgement told = *view->judgement;
    GString *late = g_string_new(NULL);

    told.findings[0] = *finding;
    told.findings[0].frame = no_frame;
    told.finding_count = 1;
    if (closure_say_info(&told, no_frame, late))
        g_string_append_printf(text, "%sframe %u: %s", text->len > 0 ? "; " : "", finding->frame, late->str);
    g_string_free(late, TRUE);
}

/* Tells of the findings that are drawn, and of no other: in the first pass they may not be settled yet. */
static void
draw_info(const struct view *view)
{
    closure_judgement told = *view->judgement;
    GString *text;

    if (!closure_preferences_now()->info_column || !col_get_writable(view->scene->pinfo->cinfo, COL_INFO))
        return;
    memcpy(told.findings, view->findings, view->finding_count * sizeof *view->findings);
    told.finding_count = view->finding_count;
    text = g_string_new(NULL);
    (void)closure_say_info(&told, view->number, text);
    for (guint i = 0; i < view->finding_count; i++)
        if (view->findings[i].frame != view->number)
            add_late_info(view, &view->findings[i], text);
    if (text->len > 0)
        col_prepend_fstr(view->scene->pinfo->cinfo, COL_INFO, "[TLS: %s] ", text->str);
    g_string_free(text, TRUE);
}

/* The whole. */

static gboolean
wants_any_event(const struct view *view)
{
    for (guint i = 0; i < view->event_count; i++)
        if (wants_event(view, &view->events[i]))
            return TRUE;
    return FALSE;
}

static void
draw_top(struct view *view)
{
    proto_tree *tree = top_tree(view);

    draw_number(view, tree);
    draw_summary(view, tree);
    if (!view->is_first_pass || view->judgement->is_final)
        draw_verdict(view, tree);
    draw_events(view, tree);
    if (!view->is_first_pass || view->judgement->is_final)
        draw_details(view, tree);
    draw_findings(view);
}

static void
open_view(struct view *view, const closure_scene *scene, closure_entry *entry, const closure_judgement *judgement)
{
    packet_info *pinfo = scene->pinfo;

    view->scene = scene;
    view->entry = entry;
    view->is_first_pass = !PINFO_FD_VISITED(pinfo);
    view->number = pinfo->num;
    view->frame = NULL;
    view->nothing_yet = (closure_drawn){ 0 };
    view->drawn = p_get_proto_data(pinfo->pool, pinfo, closure_protocol(), CONNECTION_KEY(entry->connection->index));
    if (view->drawn == NULL)
        view->drawn = &view->nothing_yet;
    view->judgement = judgement;
    view->event_count = closure_events_list(view->judgement, view->events);
    choose_findings(view);
}

/* Most frames that are judged show nothing: they cost no more than that. */
static void
begin_to_draw(struct view *view)
{
    packet_info *pinfo = view->scene->pinfo;

    view->frame = data_of_frame(pinfo, FRAME_KEY, sizeof *view->frame);
    view->drawn = data_of_frame(pinfo, CONNECTION_KEY(view->entry->connection->index), sizeof *view->drawn);
    view->step_count = closure_sequence_list(view->judgement, view->steps);
}

void
closure_present(const closure_scene *scene, closure_entry *entry, const closure_judgement *judgement)
{
    struct view view;
    gboolean has_top;

    open_view(&view, scene, entry, judgement);
    has_top = view.finding_count > 0 || wants_any_event(&view) || wants_summary(&view);
    if (!has_top && !wants_harmless(&view, 0) && !wants_harmless(&view, 1))
        return;
    begin_to_draw(&view);
    if (has_top)
        draw_top(&view);
    for (guint side = 0; side < CLOSURE_SIDES; side++)
        if (wants_harmless(&view, side))
            draw_harmless(&view, side);
    draw_info(&view);
}
