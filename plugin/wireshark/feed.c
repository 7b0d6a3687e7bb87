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

/** A segment as it came from the network layer, before anything in it was dissected. */
typedef struct arrival {
    tvbuff_t *tvb;
    address source;
    address destination;
    const proto_node *mark;         /**< as in closure_scene */
    const wmem_list_frame_t *layer; /**< the frame's last protocol so far */
    guint decrypted;                /**< records of the frame that belong to TCP headers before this one */
    guint8 ttl;                     /**< 0: unknown */
} arrival;

/** What the TCP header says. */
typedef struct header {
    closure_tcp_numbers numbers;
    guint16 source;
    guint16 destination;
    guint length; /**< in octets */
    guint8 side;  /**< that sent it */
} header;

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

/* Which side speaks must not depend on who spoke first: of the two, the lower address and port is side 0. */
static guint8
side_of(const arrival *segment, guint16 source, guint16 destination)
{
    const gint order = cmp_address(&segment->source, &segment->destination);

    if (order != 0)
        return order > 0;
    return source > destination;
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

static gboolean
read_header(const arrival *segment, header *header)
{
    const guint8 *octets;
    guint16 flags;

    if (tvb_captured_length(segment->tvb) < TCP_HEADER_LEAST)
        return FALSE;
    octets = tvb_get_ptr(segment->tvb, 0, TCP_HEADER_LEAST);
    header->source = two_octets(octets);
    header->destination = two_octets(octets + 2);
    header->numbers.sequence = four_octets(octets + 4);
    header->numbers.acknowledgment = four_octets(octets + 8);
    flags = two_octets(octets + 12);
    header->length = (flags >> 12) * 4U;
    header->numbers.flags = (guint8)((flags & TH_FIN ? CLOSURE_FIN : 0) | (flags & TH_SYN ? CLOSURE_SYN : 0) |
                                     (flags & TH_RST ? CLOSURE_RST : 0) | (flags & TH_ACK ? CLOSURE_ACK : 0));
    header->side = side_of(segment, header->source, header->destination);
    return header->length >= TCP_HEADER_LEAST && header->length <= tvb_reported_length(segment->tvb);
}

static gint64
time_of(const packet_info *pinfo)
{
    const gint64 second = G_GINT64_CONSTANT(1000000000);
    const gint64 most = G_MAXINT64 / second - 1;

    return CLAMP((gint64)pinfo->abs_ts.secs, -most, most) * second + pinfo->abs_ts.nsecs;
}

static closure_segment
segment_of(const arrival *arrival, const packet_info *pinfo, const header *header)
{
    const guint captured = tvb_captured_length(arrival->tvb);
    closure_segment segment = {
        .time = time_of(pinfo),
        .frame = pinfo->num,
        .flags = header->numbers.flags,
        .ttl = arrival->ttl,
        .length = tvb_reported_length(arrival->tvb) - header->length,
    };

    if (captured > header->length) {
        segment.captured = captured - header->length;
        segment.octets = tvb_get_ptr(arrival->tvb, (gint)header->length, (gint)segment.captured);
    }
    return segment;
}

/* Finding its connection. */

/* Headers inside the segment may have put their own addresses where Wireshark looks for a conversation. */
static conversation_t *
find_conversation_of(const arrival *segment, packet_info *pinfo, const header *header)
{
    const address source = pinfo->src;
    const address destination = pinfo->dst;
    const port_type type = pinfo->ptype;
    const guint32 source_port = pinfo->srcport;
    const guint32 destination_port = pinfo->destport;
    conversation_t *conversation;

    pinfo->src = segment->source;
    pinfo->dst = segment->destination;
    pinfo->ptype = PT_TCP;
    pinfo->srcport = header->source;
    pinfo->destport = header->destination;
    conversation = closure_find_conversation(pinfo);
    pinfo->src = source;
    pinfo->dst = destination;
    pinfo->ptype = type;
    pinfo->srcport = source_port;
    pinfo->destport = destination_port;
    return conversation;
}

static closure_ends
ends_of(const arrival *segment, const header *header)
{
    const guint own = header->side;
    closure_ends ends;

    ends.address[own] = segment->source;
    ends.address[CLOSURE_PEER(own)] = segment->destination;
    ends.port[own] = header->source;
    ends.port[CLOSURE_PEER(own)] = header->destination;
    return ends;
}

static closure_tcp *
start_connection(conversation_t *conversation, packet_info *pinfo, const closure_ends *ends, const header *header)
{
    const guint own = header->side;
    closure_tcp *tcp = closure_connections_start(conversation, pinfo, ends);

    closure_track_set_likely_client(tcp->track, header->source >= header->destination ? own : CLOSURE_PEER(own));
    return tcp;
}

/* NULL: Wireshark knows no conversation to which the segment belongs. */
static closure_tcp *
connection_of(const arrival *segment, packet_info *pinfo, const closure_ends *ends, const header *header)
{
    closure_tcp *tcp = header->numbers.flags & CLOSURE_SYN ? NULL : closure_connections_recall(ends);
    conversation_t *conversation;

    if (tcp != NULL)
        return tcp;
    conversation = find_conversation_of(segment, pinfo, header);
    if (conversation == NULL)
        return NULL;
    tcp = closure_connections_find(conversation);
    if (tcp == NULL || closure_track_is_other(tcp->track, header->side, &header->numbers))
        tcp = start_connection(conversation, pinfo, ends, header);
    closure_connections_remember(ends, tcp);
    return tcp;
}

/* The first pass: analyse. */

static void
analyse_first(const closure_scene *scene, const arrival *arrival, const header *header)
{
    packet_info *pinfo = scene->pinfo;
    const closure_ends ends = ends_of(arrival, header);
    closure_tcp *tcp = connection_of(arrival, pinfo, &ends, header);
    closure_segment segment = segment_of(arrival, pinfo, header);
    closure_entry *entry;
    const closure_plaintext *plaintexts;
    guint count;
    gboolean differs;

    if (tcp == NULL)
        return;
    plaintexts = closure_plaintexts_collect(pinfo, arrival->layer, arrival->decrypted, &count);
    closure_track_locate(tcp->track, header->side, &header->numbers, &segment);
    differs = closure_track_feed(tcp->track, header->side, &segment, plaintexts, count);
    for (entry = closure_connections_update(tcp, &ends, differs); entry != NULL; entry = entry->next) {
        closure_statistics_refresh(entry);
        closure_present(scene, entry);
    }
    if (tcp->newest != NULL)
        tap_queue_packet(closure_tap(), pinfo, tcp->newest);
}

/* Later passes: draw what is known. */

static gboolean
is_on(const closure_entry *entry, conversation_t *conversation)
{
    const closure_tcp *tcp = closure_connections_find(conversation);

    while (tcp != NULL && tcp != entry->tcp)
        tcp = tcp->previous;
    return tcp != NULL;
}

static void
analyse_again(const closure_scene *scene, const arrival *segment, const header *header)
{
    const closure_place *place = closure_connections_in_frame(scene->pinfo->num);
    const gboolean is_tapped = have_tap_listener(closure_tap());
    conversation_t *conversation;
    closure_entry *entry;

    if (place == NULL && !is_tapped)
        return;
    conversation = find_conversation_of(segment, scene->pinfo, header);
    if (conversation == NULL)
        return;
    for (; place != NULL; place = place->next)
        if (is_on(place->entry, conversation))
            closure_present(scene, place->entry);
    entry = is_tapped ? closure_connections_at(conversation, scene->pinfo->num) : NULL;
    if (entry != NULL)
        tap_queue_packet(closure_tap(), scene->pinfo, entry);
}

/* The dissector. */

static void
analyse(const arrival *segment, packet_info *pinfo, proto_tree *tree)
{
    const closure_scene scene = { pinfo, tree, segment->mark };
    header header;

    if (!read_header(segment, &header))
        return;
    if (PINFO_FD_VISITED(pinfo))
        analyse_again(&scene, segment, &header);
    else
        analyse_first(&scene, segment, &header);
}

/* What is on its way is thrown on: nothing that fails here may take its place. */
static void
analyse_quietly(const arrival *segment, packet_info *pinfo, proto_tree *tree)
{
    TRY
    {
        analyse(segment, pinfo, tree);
    }
    CATCH_ALL
    {
    }
    ENDTRY;
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
    volatile int consumed = 0;
    arrival segment;

    if (!is_segment(pinfo))
        return call_dissector_only(next_dissector, tvb, pinfo, tree, network);
    segment = (arrival){
        .tvb = tvb,
        .source = pinfo->src,
        .destination = pinfo->dst,
        .mark = tree != NULL ? tree->last_child : NULL,
        .layer = wmem_list_tail(pinfo->layers),
        /* Nothing was decrypted before the first transport header; only a tunnel has another one before this. */
        .decrypted = pinfo->ptype == PT_NONE ? 0 : closure_plaintexts_count(pinfo),
        .ttl = ttl_of(network),
    };
    TRY
    {
        consumed = call_dissector_only(next_dissector, tvb, pinfo, tree, network);
    }
    CATCH_ALL
    {
        analyse_quietly(&segment, pinfo, tree);
        RETHROW;
    }
    ENDTRY;
    analyse(&segment, pinfo, tree);
    return consumed;
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
