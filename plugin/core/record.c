/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "record.h"

#include "handshake.h"

/* RFC 5246 §6.2.3: a ciphertext of at most 2^14 + 2048 octets. */
#define LONGEST_BODY ((1 << 14) + 2048)

guint16
closure_header_body_length(const guint8 *header)
{
    return (guint16)(header[3] << 8 | header[4]);
}

gboolean
closure_header_plausible(const guint8 *octets, gsize count)
{
    if (count > 0 && (octets[0] < CLOSURE_CHANGE_CIPHER_SPEC || octets[0] > CLOSURE_HEARTBEAT))
        return FALSE;
    if (count > 1 && octets[1] != 3)
        return FALSE;
    if (count > 2 && octets[2] > 4)
        return FALSE;
    if (count >= CLOSURE_HEADER_LENGTH && closure_header_body_length(octets) > LONGEST_BODY)
        return FALSE;
    return TRUE;
}

gboolean
closure_chain_plausible(const guint8 *octets, gsize captured, gsize length)
{
    if (captured < CLOSURE_HEADER_LENGTH || !closure_header_plausible(octets, CLOSURE_HEADER_LENGTH))
        return FALSE;
    const gsize next = CLOSURE_HEADER_LENGTH + closure_header_body_length(octets);
    if (next == CLOSURE_HEADER_LENGTH)
        return FALSE;
    if (next == length)
        return TRUE;
    return next + CLOSURE_HEADER_LENGTH <= captured && closure_header_plausible(octets + next, CLOSURE_HEADER_LENGTH);
}

gboolean
closure_hello_plausible(const guint8 *body, gsize count, guint16 body_length)
{
    if (body_length < CLOSURE_HELLO_PEEK)
        return FALSE;
    if (count > 0 && body[0] != CLOSURE_CLIENT_HELLO && body[0] != CLOSURE_SERVER_HELLO)
        return FALSE;
    if (count > 1 && body[1] != 0)
        return FALSE;
    if (count > 4 && body[4] != 3)
        return FALSE;
    if (count > 5 && body[5] > 4)
        return FALSE;
    return TRUE;
}

gboolean
closure_hello_record_plausible(const guint8 *octets, gsize count)
{
    const gsize header = MIN(count, CLOSURE_HEADER_LENGTH);

    if (count == 0 || octets[0] != CLOSURE_HANDSHAKE || !closure_header_plausible(octets, header))
        return FALSE;
    if (count <= CLOSURE_HEADER_LENGTH)
        return TRUE;
    return closure_hello_plausible(octets + CLOSURE_HEADER_LENGTH,
                                   MIN(count - CLOSURE_HEADER_LENGTH, CLOSURE_HELLO_PEEK),
                                   closure_header_body_length(octets));
}

gboolean
closure_hello_begins(const guint8 *octets, gsize count)
{
    return count >= CLOSURE_HEADER_LENGTH + CLOSURE_HELLO_PEEK && closure_hello_record_plausible(octets, count);
}
