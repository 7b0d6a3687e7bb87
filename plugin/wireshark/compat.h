/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * Where Wireshark 4.0, 4.4 and 4.6 differ.
 */
#ifndef CLOSURE_COMPAT_H
#define CLOSURE_COMPAT_H

#include <epan/packet.h>

#include <epan/conversation.h>
#include <epan/prefs.h>
#include <ws_version.h>

#define CLOSURE_WIRESHARK_FROM(minor)                                                                                  \
    (WIRESHARK_VERSION_MAJOR > 4 || (WIRESHARK_VERSION_MAJOR == 4 && WIRESHARK_VERSION_MINOR >= (minor)))

/** What a boolean preference is stored in. */
#if CLOSURE_WIRESHARK_FROM(4)
typedef bool closure_bool;
#else
typedef gboolean closure_bool;
#endif

/** How a plugin describes itself; before 4.4 it does not. */
#if CLOSURE_WIRESHARK_FROM(4)
#include <wsutil/plugins.h>
#define CLOSURE_PLUGIN_DESCRIPTION WS_PLUGIN_DESC_DISSECTOR
#endif

/** The TCP conversation of this packet; NULL: there is none. From 4.2 on VLANs and interfaces can be told apart. */
static inline conversation_t *
closure_find_conversation(packet_info *pinfo)
{
#if CLOSURE_WIRESHARK_FROM(6)
    return find_conversation_strat(pinfo, CONVERSATION_TCP, 0, false);
#elif CLOSURE_WIRESHARK_FROM(2)
    return find_conversation_strat(pinfo, CONVERSATION_TCP, 0);
#else
    return find_conversation_pinfo(pinfo, 0);
#endif
}

/** Whether a conversation is known by its addresses and ports alone. */
static inline gboolean
closure_conversations_are_plain(void)
{
#if CLOSURE_WIRESHARK_FROM(2)
    return prefs.conversation_deinterlacing_key == 0;
#else
    return TRUE;
#endif
}

/** The keys under which TLS keeps what it decrypted of a frame begin here: before 4.2 there is this one alone. */
#if CLOSURE_WIRESHARK_FROM(2)
#define CLOSURE_FIRST_TLS_KEY 1U
#else
#define CLOSURE_FIRST_TLS_KEY 0U
#endif

/** From 4.2 on the callbacks of a conversation filter get what was registered with them. */
#if CLOSURE_WIRESHARK_FROM(2)
#define CLOSURE_FILTER_DATA                       , void *data _U_
#define closure_register_conversation_filter(...) register_conversation_filter(__VA_ARGS__, NULL)
#else
#define CLOSURE_FILTER_DATA
#define closure_register_conversation_filter(...) register_conversation_filter(__VA_ARGS__)
#endif

/** The last such key of a frame with so many TLS layers. */
static inline guint
closure_last_tls_key(guint layers)
{
    return CLOSURE_FIRST_TLS_KEY == 0 ? 0 : layers;
}

#endif
