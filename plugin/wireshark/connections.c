/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connections.h"

#include <epan/dissectors/packet-tcp.h>
#include <string.h>

#include "plugin.h"
#include "preferences.h"

/*
 * How many TCP connections are remembered; a power of two. One that falls out of memory is found by its conversation.
 */
#define REMEMBERED 4096U

#define IPV4_LENGTH 4
#define IPV6_LENGTH 16

/** closure_ends as numbers, so that comparing them takes few instructions. */
typedef struct recent_key {
    guint64 words[2 * IPV6_LENGTH / sizeof(guint64) + 1]; /**< addresses, ports */
    guint count;                                          /**< of words that are used; 0: these ends have no key */
} recent_key;

static struct {
    recent_key key;
    closure_tcp *tcp; /**< NULL: the place is free */
} recent[REMEMBERED];

static struct {
    GPtrArray *tcps;        /* of closure_tcp, the newest by tcp.stream */
    wmem_map_t *frames;     /* number of a frame -> closure_place */
    guint32 count;          /* of TLS connections */
    closure_entry *changed; /* whose frames are to be noted; a list */
} table;

static int protocol_tcp;

static void
open_table(void)
{
    table.tcps = g_ptr_array_new();
    table.frames = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    table.count = 0;
    table.changed = NULL;
    memset(recent, 0, sizeof recent);
}

static void
close_table(void)
{
    for (guint i = 0; i < table.tcps->len; i++)
        for (closure_tcp *tcp = g_ptr_array_index(table.tcps, i); tcp != NULL; tcp = tcp->previous)
            closure_track_clear(&tcp->track);
    g_ptr_array_free(table.tcps, TRUE);
    table.tcps = NULL;
    table.frames = NULL;
    table.changed = NULL;
}

void
closure_connections_register(void)
{
    protocol_tcp = proto_get_id_by_filter_name("tcp");
    register_init_routine(open_table);
    register_cleanup_routine(close_table);
}

static void
make_key(const closure_ends *ends, recent_key *key)
{
    const address *addresses = ends->address;
    const guint64 ports = (guint64)ends->port[0] << 16 | ends->port[1];
    guint32 ipv4[CLOSURE_SIDES];

    key->count = 0;
    if (!closure_conversations_are_plain())
        return;
    /* Copies of a known length take an instruction or two. */
    if (addresses[0].type == AT_IPv4 && addresses[0].len == IPV4_LENGTH) {
        memcpy(&ipv4[0], addresses[0].data, IPV4_LENGTH);
        memcpy(&ipv4[1], addresses[1].data, IPV4_LENGTH);
        key->words[0] = (guint64)ipv4[0] << 32 | ipv4[1];
        key->words[1] = ports;
        key->count = 2;
    } else if (addresses[0].type == AT_IPv6 && addresses[0].len == IPV6_LENGTH) {
        memcpy(&key->words[0], addresses[0].data, IPV6_LENGTH);
        memcpy(&key->words[2], addresses[1].data, IPV6_LENGTH);
        key->words[4] = ports;
        key->count = 5;
    }
}

static guint
place_of(const recent_key *key)
{
    guint64 hash = 0;

    /* A product's high bits depend on all of the factor, its low bits do not: they are brought down for the next. */
    for (guint i = 0; i < key->count; i++) {
        hash = (hash ^ key->words[i]) * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    return (guint)hash % REMEMBERED;
}

static gboolean
is_same(const recent_key *a, const recent_key *b)
{
    for (guint i = 0; i < a->count; i++)
        if (a->words[i] != b->words[i])
            return FALSE;
    return a->count == b->count;
}

closure_tcp *
closure_connections_recall(const closure_ends *ends)
{
    recent_key key;
    guint place;

    make_key(ends, &key);
    place = place_of(&key);
    return key.count > 0 && is_same(&key, &recent[place].key) ? recent[place].tcp : NULL;
}

void
closure_connections_remember(const closure_ends *ends, closure_tcp *tcp)
{
    recent_key key;
    guint place;

    make_key(ends, &key);
    place = place_of(&key);
    recent[place].key = key;
    recent[place].tcp = tcp;
}

/*
 * What TCP keeps of the conversation; NULL: it is none of TCP. It numbers conversations, which serve as an index here.
 */
static const struct tcp_analysis *
analysis_of(const conversation_t *conversation)
{
    return conversation_get_proto_data(conversation, protocol_tcp);
}

closure_tcp *
closure_connections_find(const conversation_t *conversation)
{
    const struct tcp_analysis *analysis = analysis_of(conversation);

    return analysis != NULL && analysis->stream < table.tcps->len ? g_ptr_array_index(table.tcps, analysis->stream)
                                                                  : NULL;
}

closure_tcp *
closure_connections_start(const conversation_t *conversation)
{
    const struct tcp_analysis *analysis = analysis_of(conversation);
    closure_tcp *tcp;

    if (analysis == NULL)
        return NULL;
    if (analysis->stream >= table.tcps->len)
        g_ptr_array_set_size(table.tcps, (gint)analysis->stream + 1);
    tcp = wmem_new0(wmem_file_scope(), closure_tcp);
    tcp->stream = analysis->stream;
    tcp->previous = g_ptr_array_index(table.tcps, tcp->stream);
    g_ptr_array_index(table.tcps, tcp->stream) = tcp;
    return tcp;
}

static void
mark_changed(closure_entry *entry)
{
    if (entry->is_changed)
        return;
    entry->is_changed = TRUE;
    entry->next_changed = table.changed;
    table.changed = entry;
}

static void
enter(closure_tcp *tcp, closure_connection *connection)
{
    closure_entry *entry = wmem_new0(wmem_file_scope(), closure_entry);

    connection->index = table.count++;
    entry->connection = connection;
    entry->tcp = tcp;
    entry->previous = tcp->newest;
    if (tcp->newest != NULL)
        tcp->newest->next = entry;
    tcp->newest = entry;
    mark_changed(entry);
}

/** The oldest TLS connection on the track that is not in the table; NULL: none. */
static closure_connection *
oldest_unknown(const closure_tcp *tcp)
{
    const closure_connection *known = tcp->newest != NULL ? tcp->newest->connection : NULL;
    closure_connection *oldest = NULL;

    for (closure_connection *at = closure_track_connection(&tcp->track); at != NULL && at != known; at = at->previous)
        oldest = at;
    return oldest;
}

/* A copy that owns its addresses. */
static const closure_ends *
keep_ends(const closure_ends *ends)
{
    closure_ends *kept = wmem_memdup(wmem_file_scope(), ends, sizeof *ends);

    for (guint side = 0; side < CLOSURE_SIDES; side++)
        copy_address_wmem(wmem_file_scope(), &kept->address[side], &ends->address[side]);
    return kept;
}

closure_entry *
closure_connections_update(closure_tcp *tcp, const closure_ends *ends, closure_change change)
{
    closure_entry *oldest = tcp->newest;
    closure_connection *unknown;

    if (change == CLOSURE_NO_CHANGE) {
        /* Its last frame is another one now. */
        if (oldest != NULL)
            mark_changed(oldest);
        return NULL;
    }
    unknown = oldest_unknown(tcp);
    if (unknown != NULL && tcp->ends == NULL)
        tcp->ends = keep_ends(ends);
    /* The one before the newest may still be judged differently: by a late copy, or by what follows on it. */
    if (oldest != NULL && unknown == NULL && oldest->previous != NULL)
        oldest = oldest->previous;
    for (; unknown != NULL; unknown = oldest_unknown(tcp)) {
        enter(tcp, unknown);
        if (oldest == NULL)
            oldest = tcp->newest;
    }
    for (closure_entry *entry = oldest; entry != NULL; entry = entry->next)
        mark_changed(entry);
    return oldest;
}

static closure_entry *
entry_at(const closure_tcp *tcp, guint32 frame)
{
    closure_entry *entry = tcp->newest;

    while (entry != NULL && entry->connection->facts.first_frame > frame)
        entry = entry->previous;
    return entry;
}

closure_entry *
closure_connections_at(const conversation_t *conversation, guint32 frame)
{
    closure_entry *entry = NULL;

    for (const closure_tcp *tcp = closure_connections_find(conversation); tcp != NULL && entry == NULL;
         tcp = tcp->previous)
        entry = entry_at(tcp, frame);
    return entry;
}

void
closure_connections_judge(const closure_entry *entry, gboolean whole, closure_judgement *judgement)
{
    const closure_options options = {
        .infer_alerts = closure_preferences_now()->infer_alerts,
        .whole_capture = whole,
    };

    closure_judge(entry->connection, &options, judgement);
}

static void
note_frame(closure_entry *entry, guint32 frame)
{
    const gpointer key = GUINT_TO_POINTER(frame);
    closure_place *first = wmem_map_lookup(table.frames, key);
    closure_place *last = NULL;
    closure_place *place;

    if (frame == 0)
        return;
    for (closure_place *at = first; at != NULL; at = at->next) {
        if (at->entry == entry)
            return;
        last = at;
    }
    place = wmem_new0(wmem_file_scope(), closure_place);
    place->entry = entry;
    if (last != NULL)
        last->next = place;
    else
        wmem_map_insert(table.frames, key, place);
}

/* What was noted before and holds no longer does no harm: a frame is judged again when it is shown. */
static void
note_frames(closure_entry *entry)
{
    closure_judgement judgement;

    closure_connections_judge(entry, TRUE, &judgement);
    note_frame(entry, judgement.facts.last_frame);
    for (guint i = 0; i < judgement.finding_count; i++)
        note_frame(entry, judgement.findings[i].frame);
    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        const closure_direction *direction = &judgement.facts.side[side];

        if (judgement.side[side].alert_kind != CLOSURE_NO_ALERT)
            note_frame(entry, judgement.side[side].alert.at.frame);
        note_frame(entry, direction->fin.frame);
        note_frame(entry, direction->rst.at.frame);
        note_frame(entry, direction->rare->harmless.at.frame);
    }
}

const closure_place *
closure_connections_in_frame(guint32 frame)
{
    for (; table.changed != NULL; table.changed = table.changed->next_changed) {
        table.changed->is_changed = FALSE;
        note_frames(table.changed);
    }
    return wmem_map_lookup(table.frames, GUINT_TO_POINTER(frame));
}
