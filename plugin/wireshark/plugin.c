/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The plugin as Wireshark sees it: exported symbols, registration. */
#define WS_BUILD_DLL
#include "compat.h"

#include <epan/tap.h>

#include "connections.h"
#include "experts.h"
#include "feed.h"
#include "fields.h"
#include "menus.h"
#include "plugin.h"
#include "preferences.h"
#include "statistics.h"

WS_DLL_PUBLIC_DEF const char plugin_version[] = CLOSURE_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);

static int protocol;
static int carrier;
static int tap;

int
closure_protocol(void)
{
    return protocol;
}

int
closure_tap(void)
{
    return tap;
}

static void
register_protocol(void)
{
    protocol = proto_register_protocol("TLS Closure Analysis", "TLS Closure", "tls_closure");
    /* Stands in front of TCP as a part of TCP: with TLS Closure disabled, TCP is dissected all the same. */
    carrier = proto_register_protocol_in_name_only("TCP with TLS Closure Analysis", "TCP (TLS Closure)",
                                                   "tls_closure.tcp", proto_get_id_by_filter_name("tcp"), FT_PROTOCOL);
    tap = register_tap("tls_closure");
    closure_fields_register(protocol);
    closure_experts_register(protocol);
    closure_preferences_register(protocol);
    closure_connections_register();
    closure_statistics_register();
    closure_menus_register(protocol);
}

static void
hand_off(void)
{
    closure_feed_register(carrier);
}

void
plugin_register(void)
{
    static proto_plugin plugin = { register_protocol, hand_off };

    proto_register_plugin(&plugin);
}

#ifdef CLOSURE_PLUGIN_DESCRIPTION
WS_DLL_PUBLIC uint32_t plugin_describe(void);

uint32_t
plugin_describe(void)
{
    return CLOSURE_PLUGIN_DESCRIPTION;
}
#endif
