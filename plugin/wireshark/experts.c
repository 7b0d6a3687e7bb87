/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "experts.h"

#include <epan/expert.h>

#include "words/words.h"

#define SEVERITIES (CLOSURE_WARNING + 1)

#define CHAT    (1 << CLOSURE_CHAT)
#define NOTE    (1 << CLOSURE_NOTE)
#define WARNING (1 << CLOSURE_WARNING)

/** What Wireshark is told of a finding. */
typedef struct finding_traits {
    int group;
    guint severities; /**< set of 1 << closure_severity: those that it can have */
} finding_traits;

static const finding_traits traits[CLOSURE_FINDINGS] = {
    [CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY] = { PI_SECURITY, WARNING },
    [CLOSURE_FINDING_RST_WITHOUT_CLOSE_NOTIFY] = { PI_SECURITY, WARNING },
    [CLOSURE_FINDING_HANDSHAKE_CLOSED] = { PI_SEQUENCE, WARNING },
    [CLOSURE_FINDING_FATAL_ALERT] = { PI_PROTOCOL, NOTE | WARNING },
    [CLOSURE_FINDING_DATA_AFTER_CLOSE_NOTIFY] = { PI_PROTOCOL, WARNING },
    [CLOSURE_FINDING_DATA_AFTER_FATAL_ALERT] = { PI_PROTOCOL, WARNING },
    [CLOSURE_FINDING_DATA_AFTER_ENCRYPTED_ALERT] = { PI_PROTOCOL, NOTE | WARNING },
    [CLOSURE_FINDING_CLOSE_NOTIFY_UNANSWERED] = { PI_SECURITY, CHAT | NOTE | WARNING },
    [CLOSURE_FINDING_FIN_ANSWERED_WITHOUT_CLOSE_NOTIFY] = { PI_SECURITY, WARNING },
    [CLOSURE_FINDING_DATA_AFTER_PEER_CLOSE_NOTIFY] = { PI_PROTOCOL, NOTE },
    [CLOSURE_FINDING_RST_AFTER_CLOSE_NOTIFY] = { PI_SEQUENCE, NOTE | WARNING },
    [CLOSURE_FINDING_RST_AFTER_FIN] = { PI_SEQUENCE, CHAT | NOTE },
    [CLOSURE_FINDING_CLEARTEXT_AFTER_CLOSE] = { PI_PROTOCOL, CHAT | WARNING },
    [CLOSURE_FINDING_CLOSE_NOTIFY_IN_HANDSHAKE] = { PI_PROTOCOL, NOTE },
    [CLOSURE_FINDING_END_TTL_DIFFERS] = { PI_SECURITY, NOTE },
    [CLOSURE_FINDING_CAPTURE_INCOMPLETE] = { PI_SEQUENCE, NOTE },
    [CLOSURE_FINDING_ORDERLY] = { PI_SEQUENCE, CHAT },
};

static const int wireshark_severity[SEVERITIES] = {
    [CLOSURE_CHAT] = PI_CHAT,
    [CLOSURE_NOTE] = PI_NOTE,
    [CLOSURE_WARNING] = PI_WARN,
};

/* An expert info has one severity in Wireshark: a finding with several is registered once for each, under one name. */
static expert_field expert_fields[CLOSURE_FINDINGS][SEVERITIES];

static void
register_finding(expert_module_t *module, closure_finding_id id, const char *name, closure_severity severity)
{
    static ei_register_info infos[CLOSURE_FINDINGS][SEVERITIES];
    ei_register_info *info = &infos[id][severity];

    *info = (ei_register_info){
        &expert_fields[id][severity],
        { name, traits[id].group, wireshark_severity[severity], closure_meaning_of_finding(id), EXPFILL },
    };
    expert_register_field_array(module, info, 1);
}

void
closure_experts_register(int protocol)
{
    expert_module_t *module = expert_register_protocol(protocol);

    for (guint id = 0; id < CLOSURE_FINDINGS; id++) {
        const char *name = wmem_strdup_printf(wmem_epan_scope(), "tls_closure.%s", closure_word_finding(id));

        for (guint severity = 0; severity < SEVERITIES; severity++)
            if (traits[id].severities & (1U << severity))
                register_finding(module, id, name, severity);
    }
}

void
closure_experts_add(packet_info *pinfo, proto_item *item, const closure_finding *finding, const char *text)
{
    expert_add_info_format(pinfo, item, &expert_fields[finding->id][finding->severity], "%s", text);
}
