/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * Alerts: which of them close, and how long a record with one is (RFC 8446 §6, RFC 5246 §7.2).
 */
#ifndef CLOSURE_ALERT_H
#define CLOSURE_ALERT_H

#include "facts.h"

/** Octets of an AEAD tag, and of that of CCM_8 cipher suites (RFC 6655). */
#define CLOSURE_TAG       16
#define CLOSURE_SHORT_TAG 8

/** Zeros that JSSE adds to each TLS 1.3 record that is no application data (RFC 8446 §5.4). */
#define CLOSURE_USUAL_PADDING 16

/** Octets of the body of a TLS 1.3 record with an alert, without padding: level, description, content type, tag. */
guint closure_alert_body_length(guint16 version, guint16 cipher_suite);

/** Whether a record of type 23 has the length of an alert, with or without the usual padding, under some suite. */
gboolean closure_alert_sized(guint64 body_length);

/** Alert levels of TLS <= 1.2. */
enum closure_alert_level {
    CLOSURE_LEVEL_WARNING = 1,
    CLOSURE_LEVEL_FATAL = 2,
};

/** Alert descriptions that close without an error. */
enum closure_alert_description {
    CLOSURE_DESCRIPTION_CLOSE_NOTIFY = 0,
    CLOSURE_DESCRIPTION_USER_CANCELED = 90,
};

/** Octets of the tag of a record, by what the ServerHello chose; the usual one where that is not known. */
guint closure_tag_length(guint16 version, guint16 cipher_suite);

/** Whether an alert that was read closes the connection: close_notify, or an error alert (rules §1.1). */
gboolean closure_alert_closes(const closure_alert *alert, guint16 version);

#endif
