/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The statistic per server: -z tls_closure,server and Statistics > TLS Closure: Servers.
 */
#ifndef CLOSURE_SERVERS_H
#define CLOSURE_SERVERS_H

#include "connections.h"

/** Brings the table up to date with what may have changed of a TLS connection. */
void closure_servers_refresh(const closure_entry *entry);

/** Once, at start. */
void closure_servers_register(void);

#endif
