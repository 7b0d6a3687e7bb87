/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "alert.h"

#include "record.h"

/* TLS_AES_128_CCM_8_SHA256; suites of TLS <= 1.2 show their alerts by the content type. */
#define SUITE_AES_128_CCM_8 0x1305

guint
closure_tag_length(guint16 version, guint16 cipher_suite)
{
    return version == CLOSURE_TLS_1_3 && cipher_suite == SUITE_AES_128_CCM_8 ? CLOSURE_SHORT_TAG : CLOSURE_TAG;
}

guint
closure_alert_body_length(guint16 version, guint16 cipher_suite)
{
    return 2 + 1 + closure_tag_length(version, cipher_suite);
}

gboolean
closure_alert_sized(guint64 body_length)
{
    const guint64 without_tag = body_length - 2 - 1;

    return without_tag == CLOSURE_TAG || without_tag == CLOSURE_SHORT_TAG ||
           without_tag == CLOSURE_TAG + CLOSURE_USUAL_PADDING ||
           without_tag == CLOSURE_SHORT_TAG + CLOSURE_USUAL_PADDING;
}

gboolean
closure_alert_closes(const closure_alert *alert, guint16 version)
{
    if (alert->description == CLOSURE_DESCRIPTION_CLOSE_NOTIFY)
        return TRUE;
    /* An alert that came as application data is one of TLS 1.3, which ignores the level (RFC 8446 §6). */
    if (version == CLOSURE_TLS_1_3 || alert->outer_type == CLOSURE_APPLICATION_DATA)
        return alert->description != CLOSURE_DESCRIPTION_USER_CANCELED;
    return alert->level == CLOSURE_LEVEL_FATAL;
}
