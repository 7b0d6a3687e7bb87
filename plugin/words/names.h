/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * Names of numbers in the IANA registries of TLS.
 */
#ifndef CLOSURE_NAMES_H
#define CLOSURE_NAMES_H

#include <glib.h>

/** Of an alert description: "handshake_failure", ...; "alert" for one that has no name. */
const char *closure_name_of_alert(guint8 description);

/** Of a handshake message: "ClientHello", ...; NULL for one that has no name. */
const char *closure_name_of_handshake(guint8 type);

#endif
