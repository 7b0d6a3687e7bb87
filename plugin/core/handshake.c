/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "handshake.h"

#include <string.h>

/* Type and 24-bit length of a message. */
#define MESSAGE_HEADER 4U

/* A hello with a hybrid key share has some 1 800 octets; one longer than this is not read. */
#define LONGEST_HELLO 16384

#define EXTENSION_SERVER_NAME        0
#define EXTENSION_SUPPORTED_VERSIONS 43

#define NAME_TYPE_HOST_NAME 0
#define LONGEST_HOST_NAME   255

struct closure_handshake {
    guint8 header[MESSAGE_HEADER];
    guint8 header_count;
    gboolean has_server_hello;
    guint8 last_type;
    guint32 remaining; /* octets of the message in progress */
    GByteArray *body;  /* of a hello in progress, else NULL */
    char *server_name; /* owned; NULL: none */
    closure_server_hello server_hello;
};

closure_handshake *
closure_handshake_new(void)
{
    return g_new0(closure_handshake, 1);
}

void
closure_handshake_free(closure_handshake *handshake)
{
    if (handshake == NULL)
        return;
    if (handshake->body != NULL)
        g_byte_array_unref(handshake->body);
    g_free(handshake->server_name);
    g_free(handshake);
}

const char *
closure_handshake_server_name(const closure_handshake *handshake)
{
    return handshake->server_name;
}

const closure_server_hello *
closure_handshake_server_hello(const closure_handshake *handshake)
{
    return handshake->has_server_hello ? &handshake->server_hello : NULL;
}

/* Octets not yet read of a message. Reading past the end yields 0 and leaves it broken, for one check at the end. */
struct reader {
    const guint8 *octets;
    gsize left;
    gboolean broken;
};

static const guint8 *
take(struct reader *reader, gsize count)
{
    if (reader->broken || reader->left < count) {
        reader->broken = TRUE;
        return NULL;
    }
    const guint8 *at = reader->octets;
    reader->octets += count;
    reader->left -= count;
    return at;
}

static guint16
take_number(struct reader *reader, gsize size)
{
    const guint8 *at = take(reader, size);
    if (at == NULL)
        return 0;
    return size == 1 ? at[0] : (guint16)(at[0] << 8 | at[1]);
}

static gboolean
is_tls13(guint16 version)
{
    return version == CLOSURE_TLS_1_3 || version >> 8 == 0x7f || version >> 8 == 0xfb || version >> 8 == 0x7e;
}

/* The next extension. @return FALSE at the end, or where the message is broken */
static gboolean
take_extension(struct reader *reader, guint16 *type, struct reader *body)
{
    *type = take_number(reader, 2);
    body->left = take_number(reader, 2);
    body->octets = take(reader, body->left);
    body->broken = FALSE;
    return body->octets != NULL;
}

/* RFC 8446 §4.2.1: in a ServerHello the extension holds the one version that was chosen. */
static void
read_extensions(struct reader *reader, closure_server_hello *hello)
{
    struct reader body;
    guint16 type;

    take_number(reader, 2);
    while (take_extension(reader, &type, &body)) {
        if (type != EXTENSION_SUPPORTED_VERSIONS || body.left != 2)
            continue;
        const guint16 version = take_number(&body, 2);
        hello->version = is_tls13(version) ? CLOSURE_TLS_1_3 : version;
    }
}

/* A host name goes to terminals and tables as it is: only printable ASCII is taken, and made comparable. */
static char *
copy_host_name(const guint8 *octets, gsize length)
{
    if (octets == NULL || length == 0 || length > LONGEST_HOST_NAME)
        return NULL;
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isgraph(octets[i]))
            return NULL;
    if (length > 1 && octets[length - 1] == '.')
        length--;
    return g_ascii_strdown((const char *)octets, (gssize)length);
}

/* RFC 6066 §3: a list of names, of which only the first is ever sent. */
static char *
read_server_name(struct reader *body)
{
    take_number(body, 2);
    if (take_number(body, 1) != NAME_TYPE_HOST_NAME)
        return NULL;
    const guint16 length = take_number(body, 2);

    return copy_host_name(take(body, length), length);
}

static void
read_client_hello(closure_handshake *handshake)
{
    struct reader reader = { handshake->body->data, handshake->body->len, FALSE };
    struct reader body;
    guint16 type;

    take(&reader, 2 + 32);                  /* version, random */
    take(&reader, take_number(&reader, 1)); /* session id */
    take(&reader, take_number(&reader, 2)); /* cipher suites */
    take(&reader, take_number(&reader, 1)); /* compression methods */
    take_number(&reader, 2);
    while (handshake->server_name == NULL && take_extension(&reader, &type, &body))
        if (type == EXTENSION_SERVER_NAME)
            handshake->server_name = read_server_name(&body);
}

static void
read_server_hello(closure_handshake *handshake)
{
    struct reader reader = { handshake->body->data, handshake->body->len, FALSE };
    closure_server_hello hello;

    hello.version = take_number(&reader, 2);
    take(&reader, 32); /* random */
    if (is_tls13(hello.version)) {
        /* Drafts of TLS 1.3 before 22 left out session id and compression method. */
        hello.version = CLOSURE_TLS_1_3;
        hello.cipher_suite = take_number(&reader, 2);
    } else {
        take(&reader, take_number(&reader, 1)); /* session id */
        hello.cipher_suite = take_number(&reader, 2);
        take(&reader, 1); /* compression method */
    }
    if (reader.broken)
        return;
    read_extensions(&reader, &hello);
    handshake->server_hello = hello;
    handshake->has_server_hello = TRUE;
}

static void
end_message(closure_handshake *handshake)
{
    if (handshake->body != NULL) {
        if (handshake->last_type == CLOSURE_SERVER_HELLO)
            read_server_hello(handshake);
        else
            read_client_hello(handshake);
        g_byte_array_unref(handshake->body);
        handshake->body = NULL;
    }
    handshake->header_count = 0;
}

static void
begin_message(closure_handshake *handshake)
{
    const guint8 *header = handshake->header;

    handshake->last_type = header[0];
    handshake->remaining = (guint32)header[1] << 16 | (guint32)header[2] << 8 | header[3];
    const gboolean is_hello = header[0] == CLOSURE_CLIENT_HELLO || header[0] == CLOSURE_SERVER_HELLO;

    if (is_hello && handshake->remaining <= LONGEST_HELLO)
        handshake->body = g_byte_array_new();
    if (handshake->remaining == 0)
        end_message(handshake);
}

guint8
closure_handshake_read(closure_handshake *handshake, const guint8 *octets, gsize count)
{
    while (count > 0) {
        const gboolean in_header = handshake->header_count < MESSAGE_HEADER;
        const gsize wanted = in_header ? MESSAGE_HEADER - handshake->header_count : handshake->remaining;
        const gsize taken = MIN(wanted, count);

        if (in_header) {
            memcpy(handshake->header + handshake->header_count, octets, taken);
            handshake->header_count += (guint8)taken;
            if (handshake->header_count == MESSAGE_HEADER)
                begin_message(handshake);
        } else {
            if (handshake->body != NULL)
                g_byte_array_append(handshake->body, octets, (guint)taken);
            handshake->remaining -= (guint32)taken;
            if (handshake->remaining == 0)
                end_message(handshake);
        }
        octets += taken;
        count -= taken;
    }
    return handshake->last_type;
}
