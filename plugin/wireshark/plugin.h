/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The numbers by which Wireshark knows the plugin.
 */
#ifndef CLOSURE_PLUGIN_H
#define CLOSURE_PLUGIN_H

/** The protocol "TLS Closure Analysis", filter tls_closure. */
int closure_protocol(void);

/** The tap "tls_closure"; its data is the closure_entry of a TLS connection to which the frame belongs. */
int closure_tap(void);

#endif
