/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "names.h"

struct name {
    guint8 number;
    const char *name;
};

static const struct name alerts[] = {
    { 0, "close_notify" },
    { 10, "unexpected_message" },
    { 20, "bad_record_mac" },
    { 21, "decryption_failed" },
    { 22, "record_overflow" },
    { 30, "decompression_failure" },
    { 40, "handshake_failure" },
    { 41, "no_certificate" },
    { 42, "bad_certificate" },
    { 43, "unsupported_certificate" },
    { 44, "certificate_revoked" },
    { 45, "certificate_expired" },
    { 46, "certificate_unknown" },
    { 47, "illegal_parameter" },
    { 48, "unknown_ca" },
    { 49, "access_denied" },
    { 50, "decode_error" },
    { 51, "decrypt_error" },
    { 52, "too_many_cids_requested" },
    { 60, "export_restriction" },
    { 70, "protocol_version" },
    { 71, "insufficient_security" },
    { 80, "internal_error" },
    { 86, "inappropriate_fallback" },
    { 90, "user_canceled" },
    { 100, "no_renegotiation" },
    { 109, "missing_extension" },
    { 110, "unsupported_extension" },
    { 111, "certificate_unobtainable" },
    { 112, "unrecognized_name" },
    { 113, "bad_certificate_status_response" },
    { 114, "bad_certificate_hash_value" },
    { 115, "unknown_psk_identity" },
    { 116, "certificate_required" },
    { 117, "general_error" },
    { 120, "no_application_protocol" },
    { 121, "ech_required" },
};

static const struct name messages[] = {
    { 0, "HelloRequest" },     { 1, "ClientHello" },        { 2, "ServerHello" },
    { 4, "NewSessionTicket" }, { 5, "EndOfEarlyData" },     { 8, "EncryptedExtensions" },
    { 11, "Certificate" },     { 12, "ServerKeyExchange" }, { 13, "CertificateRequest" },
    { 14, "ServerHelloDone" }, { 15, "CertificateVerify" }, { 16, "ClientKeyExchange" },
    { 20, "Finished" },        { 21, "CertificateURL" },    { 22, "CertificateStatus" },
    { 24, "KeyUpdate" },
};

static const char *
find_name(const struct name *names, gsize count, guint8 number, const char *otherwise)
{
    for (gsize i = 0; i < count; i++)
        if (names[i].number == number)
            return names[i].name;
    return otherwise;
}

const char *
closure_name_of_alert(guint8 description)
{
    return find_name(alerts, G_N_ELEMENTS(alerts), description, "alert");
}

const char *
closure_name_of_handshake(guint8 type)
{
    return find_name(messages, G_N_ELEMENTS(messages), type, NULL);
}
