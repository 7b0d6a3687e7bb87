/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "feed.h"

#include "compat.h"

#include <epan/dissectors/packet-ip.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/exceptions.h>
#include <epan/ipproto.h>
#include <epan/tap.h>

#include "connections.h"
#include "plaintexts.h"
#include "plugin.h"
#include "present.h"
#include "scene.h"
#include "statistics.h"

#define TCP_HEADER_LEAST 20

static dissector_handle_t next_dissector;
static const protocol_t *own_protocol;

/** A segment as it came from the network layer, before TCP dissects it. */
struct arrival {
    closure_ends ends;
    closure_tcp_numbers numbers;
    closure_segment segment;        /**< position and ack are not set before its connection is known */
    guint8 side;                    /**< that sent it */
    guint decrypted;                /**< records of the frame that belong to TCP headers before this one */
    const proto_node *mark;         /**< as in closure_scene */
    const wmem_list_frame_t *layer; /**< the frame's last protocol so far */
};

/* Reading the segment. */

static guint8
ttl_of(void *network)
{
    const ws_ip4 *ip4 = WS_IP4_PTR(network);
    const ws_ip6 *ip6 = WS_IP6_PTR(network);

    if (ip4 != NULL)
        return ip4->ip_ttl;
    return ip6 != NULL ? ip6->ip6_hop : 0;
}

static guint16
two_octets(const guint8 *octets)
{
    return (guint16)(octets[0] << 8 | octets[1]);
}

static guint32
four_octets(const guint8 *octets)
{
    return (guint32)two_octets(octets) << 16 | two_octets(octets + 2);
}

static gint64
time_of(const packet_info *pinfo)
{
    const gint64 second = G_GINT64_CONSTANT(1000000000);
    const gint64 most = G_MAXINT64 / second - 1;

    return CLAMP((gint64)pinfo->abs_ts.secs, -most, most) * second + pinfo->abs_ts.nsecs;
}

/* Which side speaks must not depend on who spoke first: of the two, the lower address and port is side 0. */
static void
read_ends(struct arrival *arrival, const packet_info *pinfo, const guint8 *header)
{
    const guint16 source = two_octets(header);
    const guint16 destination = two_octets(header + 2);
    const gint order = cmp_address(&pinfo->src, &pinfo->dst);
    const guint own = order != 0 ? order > 0 : source > destination;

    arrival->side = (guint8)own;
    arrival->ends.address[own] = pinfo->src;
    arrival->ends.address[CLOSURE_PEER(own)] = pinfo->dst;
    arrival->ends.port[own] = source;
    arrival->ends.port[CLOSURE_PEER(own)] = destination;
}

static closure_tcp_numbers
numbers_of(const guint8 *header)
{
    const guint8 flags = header[13];
    const closure_tcp_numbers numbers = {
        .sequence = four_octets(header + 4),
        .acknowledgment = four_octets(header + 8),
        .flags = (guint8)((flags & TH_FIN ? CLOSURE_FIN : 0) | (flags & TH_SYN ? CLOSURE_SYN : 0) |
                          (flags & TH_RST ? CLOSURE_RST : 0) | (flags & TH_ACK ? CLOSURE_ACK : 0)),
    };
    return numbers;
}

/* @return FALSE if its header is broken or was cut off */
static gboolean
read_segment(struct arrival *arrival, tvbuff_t *tvb, const packet_info *pinfo, void *network)
{
    const guint captured = tvb_captured_length(tvb);
    const guint length = tvb_reported_length(tvb);
    const guint8 *octets;
    guint header;

    if (captured < TCP_HEADER_LEAST)
        return FALSE;
    octets = tvb_get_ptr(tvb, 0, (gint)captured);
    header = (octets[12] >> 4) * 4U;
    if (header < TCP_HEADER_LEAST || header > length)
        return FALSE;
    read_ends(arrival, pinfo, octets);
    arrival->numbers = numbers_of(octets);
    arrival->segment = (closure_segment){
        .time = time_of(pinfo),
        .octets = octets + MIN(header, captured),
        .length = length - header,
        .captured = captured - MIN(header, captured),
        .frame = pinfo->num,
        .flags = arrival->numbers.flags,
        .ttl = ttl_of(network),
    };
    return TRUE;
}

/* Finding its connection. */

/* Headers inside the segment may have put their own addresses where Wireshark looks for a conversation. */
static conversation_t *
find_conversation_of(const struct arrival *arrival, packet_info *pinfo)
{
    const closure_ends *ends = &arrival->ends;
    const guint own = arrival->side;
    const address source = pinfo->src;
    const address destination = pinfo->dst;
    const port_type type = pinfo->ptype;
    const guint32 source_port = pinfo->srcport;
    const guint32 destination_port = pinfo->destport;
    conversation_t *conversation;

    pinfo->src = ends->address[own];
    pinfo->dst = ends->address[CLOSURE_PEER(own)];
    pinfo->ptype = PT_TCP;
    pinfo->srcport = ends->port[own];
    pinfo->destport = ends->port[CLOSURE_PEER(own)];
    conversation = closure_find_conversation(pinfo);
    pinfo->src = source;
    pinfo->dst = destination;
    pinfo->ptype = type;
    pinfo->srcport = source_port;
    pinfo->destport = destination_port;
    return conversation;
}

/* A SYN may begin another conversation between the same ends, and so may its answer where its number is another one. */
static closure_tcp *
recall_connection(const struct arrival *arrival)
{
    const guint8 flags = arrival->numbers.flags;
    closure_tcp *tcp = closure_connections_recall(&arrival->ends);

    if (tcp == NULL || !(flags & CLOSURE_SYN))
        return tcp;
    if (!(flags & CLOSURE_ACK) || closure_track_is_other(&tcp->track, arrival->side, &arrival->numbers))
        return NULL;
    return tcp;
}

static closure_tcp *
start_connection(const conversation_t *conversation, const struct arrival *arrival)
{
    closure_tcp *tcp = closure_connections_start(conversation);
    const guint own = arrival->side;
    const guint peer = CLOSURE_PEER(own);

    if (tcp != NULL)
        closure_track_set_likely_client(&tcp->track, arrival->ends.port[own] >= arrival->ends.port[peer] ? own : peer);
    return tcp;
}

/* NULL: Wireshark knows no conversation to which the segment belongs. */
static closure_tcp *
connection_of(const struct arrival *arrival, packet_info *pinfo)
{
    closure_tcp *tcp = recall_connection(arrival);
    conversation_t *conversation;

    if (tcp != NULL)
        return tcp;
    conversation = find_conversation_of(arrival, pinfo);
    if (conversation == NULL)
        return NULL;
    tcp = closure_connections_find(conversation);
    if (tcp == NULL || closure_track_is_other(&tcp->track, arrival->side, &arrival->numbers))
        tcp = start_connection(conversation, arrival);
    if (tcp != NULL)
        closure_connections_remember(&arrival->ends, tcp);
    return tcp;
}

/* The first pass: analyse. */

/* Most segments of long connections change nothing. @return whether that was all there is to do */
static gboolean
pass_over_first(struct arrival *arrival, packet_info *pinfo)
{
    closure_tcp *tcp = recall_connection(arrival);

    if (tcp == NULL)
        return FALSE;
    closure_track_locate(&tcp->track, arrival->side, &arrival->numbers, &arrival->segment);
    if (!closure_track_pass_over(&tcp->track, arrival->side, &arrival->segment))
        return FALSE;
    if (tcp->newest != NULL) {
        (void)closure_connections_update(tcp, &arrival->ends, CLOSURE_NO_CHANGE);
        tap_queue_packet(closure_tap(), pinfo, tcp->newest);
    }
    return TRUE;
}

/* The statistics take the same judgement, since whether it is final means nothing to them. */
static void
tell(const closure_scene *scene, closure_entry *entry, closure_change change)
{
    /* In the first pass amounts have been shown, or will be, with what they belong to. */
    const gboolean may_show = change == CLOSURE_ANY_CHANGE && closure_has_begun_to_close(&entry->connection->facts);
    closure_judgement judgement;

    if (!may_show && !closure_statistics_hold(entry))
        return;
    closure_connections_judge(entry, FALSE, &judgement);
    closure_statistics_refresh(entry, &judgement);
    if (may_show)
        closure_present(scene, entry, &judgement);
}

static void
analyse_first(const closure_scene *scene, struct arrival *arrival)
{
    packet_info *pinfo = scene->pinfo;
    closure_tcp *tcp = connection_of(arrival, pinfo);
    const closure_plaintext *plaintexts;
    closure_entry *entry;
    closure_change change;
    guint count;

    if (tcp == NULL)
        return;
    plaintexts = closure_plaintexts_collect(pinfo, arrival->layer, arrival->decrypted, &count);
    closure_track_locate(&tcp->track, arrival->side, &arrival->numbers, &arrival->segment);
    change = closure_track_feed(&tcp->track, arrival->side, &arrival->segment, plaintexts, count);
    for (entry = closure_connections_update(tcp, &arrival->ends, change); entry != NULL; entry = entry->next)
        tell(scene, entry, change);
    if (tcp->newest != NULL)
        tap_queue_packet(closure_tap(), pinfo, tcp->newest);
}

/* Later passes: draw what is known. */

static gboolean
is_on(const closure_entry *entry, const conversation_t *conversation)
{
    const closure_tcp *tcp = closure_connections_find(conversation);

    while (tcp != NULL && tcp != entry->tcp)
        tcp = tcp->previous;
    return tcp != NULL;
}

static void
analyse_again(const closure_scene *scene, const struct arrival *arrival)
{
    conversation_t *conversation = find_conversation_of(arrival, scene->pinfo);
    closure_judgement judgement;
    closure_entry *entry;

    if (conversation == NULL)
        return;
    for (const closure_place *at = closure_connections_in_frame(scene->pinfo->num); at != NULL; at = at->next) {
        if (!is_on(at->entry, conversation))
            continue;
        closure_connections_judge(at->entry, TRUE, &judgement);
        closure_present(scene, at->entry, &judgement);
    }
    entry = have_tap_listener(closure_tap()) ? closure_connections_at(conversation, scene->pinfo->num) : NULL;
    if (entry != NULL)
        tap_queue_packet(closure_tap(), scene->pinfo, entry);
}

/* The dissector. */

/* Whether the segment needs no look at what TCP makes of it. */
static gboolean
pass_over(struct arrival *arrival, packet_info *pinfo)
{
    if (PINFO_FD_VISITED(pinfo))
        return closure_connections_in_frame(pinfo->num) == NULL && !have_tap_listener(closure_tap());
    return pass_over_first(arrival, pinfo);
}

static void
analyse(struct arrival *arrival, packet_info *pinfo, proto_tree *tree)
{
    const closure_scene scene = { pinfo, tree, arrival->mark };

    if (PINFO_FD_VISITED(pinfo))
        analyse_again(&scene, arrival);
    else
        analyse_first(&scene, arrival);
}

/* What is on its way is thrown on: nothing that fails here may take its place. */
static void
analyse_quietly(struct arrival *arrival, packet_info *pinfo, proto_tree *tree)
{
    TRY
    {
        analyse(arrival, pinfo, tree);
    }
    CATCH_ALL
    {
    }
    ENDTRY;
}

static int
dissect_and_analyse(struct arrival *arrival, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *network)
{
    volatile int consumed = 0;

    arrival->mark = tree != NULL ? tree->last_child : NULL;
    arrival->layer = wmem_list_tail(pinfo->layers);
    /* Nothing was decrypted before the first transport header; only a tunnel has another one before this. */
    arrival->decrypted = pinfo->ptype == PT_NONE ? 0 : closure_plaintexts_count(pinfo);
    TRY
    {
        consumed = call_dissector_only(next_dissector, tvb, pinfo, tree, network);
    }
    CATCH_ALL
    {
        analyse_quietly(arrival, pinfo, tree);
        RETHROW;
    }
    ENDTRY;
    analyse(arrival, pinfo, tree);
    return consumed;
}

/* A header that an error message quotes closes nothing, and the size of a segment in fragments is not known. */
static gboolean
is_segment(const packet_info *pinfo)
{
    return proto_is_protocol_enabled(own_protocol) && !pinfo->flags.in_error_pkt && !pinfo->fragmented;
}

static int
dissect_segment(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *network)
{
    struct arrival arrival;

    if (is_segment(pinfo) && read_segment(&arrival, tvb, pinfo, network) && !pass_over(&arrival, pinfo))
        return dissect_and_analyse(&arrival, tvb, pinfo, tree, network);
    return call_dissector_only(next_dissector, tvb, pinfo, tree, network);
}

void
closure_feed_register(int carrier)
{
    next_dissector = dissector_get_uint_handle(find_dissector_table("ip.proto"), IP_PROTO_TCP);
    if (next_dissector == NULL)
        return;
    own_protocol = find_protocol_by_id(closure_protocol());
    closure_plaintexts_register();
    dissector_add_uint("ip.proto", IP_PROTO_TCP, create_dissector_handle(dissect_segment, carrier));
}
