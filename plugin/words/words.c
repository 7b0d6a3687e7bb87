/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "words.h"

#include "names.h"

static const char *const verdicts[CLOSURE_VERDICTS][2] = {
    [CLOSURE_VERDICT_VIOLATION] = { "violation", "A side went on sending after its own closing alert" },
    [CLOSURE_VERDICT_FATAL_ALERT] = { "fatal-alert", "A side ended the connection with an error alert" },
    [CLOSURE_VERDICT_HANDSHAKE_CLOSED] = { "handshake-closed", "A side closed during the handshake without an alert" },
    [CLOSURE_VERDICT_TRUNCATED] = { "truncated", "A FIN without close_notify cuts a TLS record short: data is lost" },
    [CLOSURE_VERDICT_NO_CLOSE_NOTIFY] = { "no-close-notify", "A FIN without close_notify, at the end of a record" },
    [CLOSURE_VERDICT_RESET] = { "reset", "A RST without close_notify" },
    [CLOSURE_VERDICT_ORDERLY] = { "orderly", "Both sides sent close_notify" },
    [CLOSURE_VERDICT_INCOMPLETE] = { "incomplete", "What decides was not captured" },
    [CLOSURE_VERDICT_ONE_SIDED] = { "one-sided", "Only one side sent close_notify before the connection ended" },
    [CLOSURE_VERDICT_CLOSING] = { "closing", "One side sent close_notify, and the capture ends there" },
    [CLOSURE_VERDICT_OPEN] = { "open", "Nothing closed in the capture" },
};

static const char *const findings[CLOSURE_FINDINGS][2] = {
    [CLOSURE_FINDING_FIN_WITHOUT_CLOSE_NOTIFY] = { "fin_without_close_notify",
                                                   "FIN without close_notify: data may be cut off" },
    [CLOSURE_FINDING_RST_WITHOUT_CLOSE_NOTIFY] = { "rst_without_close_notify",
                                                   "RST without close_notify: data may be cut off" },
    [CLOSURE_FINDING_HANDSHAKE_CLOSED] = { "handshake_closed", "Closed during the handshake without an alert" },
    [CLOSURE_FINDING_FATAL_ALERT] = { "fatal_alert", "Error alert" },
    [CLOSURE_FINDING_DATA_AFTER_CLOSE_NOTIFY] = { "data_after_close_notify", "Records after the own close_notify" },
    [CLOSURE_FINDING_DATA_AFTER_FATAL_ALERT] = { "data_after_fatal_alert", "Records after the own error alert" },
    [CLOSURE_FINDING_DATA_AFTER_ENCRYPTED_ALERT] = { "data_after_encrypted_alert",
                                                     "Records after an own alert that cannot be read" },
    [CLOSURE_FINDING_CLOSE_NOTIFY_UNANSWERED] = { "close_notify_unanswered",
                                                  "Closed without answering the peer's close_notify" },
    [CLOSURE_FINDING_FIN_ANSWERED_WITHOUT_CLOSE_NOTIFY] = { "fin_answered_without_close_notify",
                                                            "Data after the peer's FIN, then closed without "
                                                            "close_notify" },
    [CLOSURE_FINDING_DATA_AFTER_PEER_CLOSE_NOTIFY] = { "data_after_peer_close_notify",
                                                       "Application data in answer to close_notify" },
    [CLOSURE_FINDING_RST_AFTER_CLOSE_NOTIFY] = { "rst_after_close_notify", "RST after the own close_notify" },
    [CLOSURE_FINDING_RST_AFTER_FIN] = { "rst_after_fin", "RST after the own FIN" },
    [CLOSURE_FINDING_CLEARTEXT_AFTER_CLOSE] = { "cleartext_after_close", "Clear text after the own close_notify" },
    [CLOSURE_FINDING_CLOSE_NOTIFY_IN_HANDSHAKE] = { "close_notify_in_handshake",
                                                    "close_notify before the handshake completed" },
    [CLOSURE_FINDING_END_TTL_DIFFERS] = { "end_ttl_differs",
                                          "FIN or RST with another TTL or hop limit than all segments before" },
    [CLOSURE_FINDING_CAPTURE_INCOMPLETE] = { "capture_incomplete", "How a side closed was not captured" },
    [CLOSURE_FINDING_ORDERLY] = { "orderly", "Orderly close" },
};

const char *
closure_word_verdict(closure_verdict verdict)
{
    return verdicts[verdict][0];
}

const char *
closure_meaning_of_verdict(closure_verdict verdict)
{
    return verdicts[verdict][1];
}

const char *
closure_word_finding(closure_finding_id id)
{
    return findings[id][0];
}

const char *
closure_meaning_of_finding(closure_finding_id id)
{
    return findings[id][1];
}

const char *
closure_word_truncation(closure_truncation truncation)
{
    static const char *const words[] = {
        [CLOSURE_TRUNCATION_NONE] = NULL,
        [CLOSURE_TRUNCATION_UNLIKELY] = "unlikely",
        [CLOSURE_TRUNCATION_POSSIBLE] = "possible",
        [CLOSURE_TRUNCATION_CERTAIN] = "certain",
    };
    return words[truncation];
}

const char *
closure_word_evidence(closure_evidence evidence)
{
    static const char *const words[] = {
        [CLOSURE_EVIDENCE_NONE] = NULL,
        [CLOSURE_EVIDENCE_INFERRED] = "inferred",
        [CLOSURE_EVIDENCE_ENCRYPTED] = "encrypted",
        [CLOSURE_EVIDENCE_DECRYPTED] = "decrypted",
    };
    return words[evidence];
}

const char *
closure_word_alert(closure_alert_kind kind)
{
    static const char *const words[] = {
        [CLOSURE_NO_ALERT] = NULL,
        [CLOSURE_CLOSE_NOTIFY] = "close_notify",
        [CLOSURE_ERROR_ALERT] = "fatal_alert",
        [CLOSURE_ACKNOWLEDGMENT] = "acknowledgment",
    };
    return words[kind];
}

const char *
closure_word_end(closure_end_kind kind)
{
    static const char *const words[] = {
        [CLOSURE_NO_END] = NULL,
        [CLOSURE_END_FIN] = "FIN",
        [CLOSURE_END_RST] = "RST",
    };
    return words[kind];
}

const char *
closure_word_side(const closure_judgement *judgement, guint side)
{
    if (side >= CLOSURE_SIDES)
        return NULL;
    return side == judgement->client ? "client" : "server";
}

const char *
closure_word_version(guint16 version)
{
    switch (version) {
    case CLOSURE_TLS_UP_TO_1_2:
        return "TLS <= 1.2";
    case CLOSURE_SSL_3_0:
        return "SSL 3.0";
    case CLOSURE_TLS_1_0:
        return "TLS 1.0";
    case CLOSURE_TLS_1_1:
        return "TLS 1.1";
    case CLOSURE_TLS_1_2:
        return "TLS 1.2";
    case CLOSURE_TLS_1_3:
        return "TLS 1.3";
    default:
        return "TLS";
    }
}
