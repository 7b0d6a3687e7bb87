/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * libFuzzer target: the input is a list of steps, each a segment with records that a TLS connection might have, or with
 * octets of the input, at a place in the stream that may be right or wrong. All is judged and said at the end, and
 * after the segments that ask for it.
 */

#include "core/judge.h"
#include "core/record.h"
#include "words/sequence.h"
#include "words/words.h"

#include <stdlib.h>
#include <string.h>

#define MOST_STEPS 60

struct input {
    const guint8 *octets;
    gsize left;
};

struct state {
    closure_track track;
    guint32 next[CLOSURE_SIDES];
    guint32 frame;
    gint64 time;
};

static guint8
take(struct input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->octets++;
}

static void
append(GByteArray *out, const void *octets, gsize count)
{
    g_byte_array_append(out, octets, (guint)count);
}

static void
append_record(GByteArray *out, guint8 type, guint length)
{
    const guint8 header[] = { type, 3, 3, (guint8)(length >> 8), (guint8)length };
    const guint start = out->len + (guint)sizeof header;

    append(out, header, sizeof header);
    g_byte_array_set_size(out, start + length);
    memset(out->data + start, 0x9b, length);
}

static void
append_hello(GByteArray *out, guint8 type, guint16 chosen, guint16 suite)
{
    const guint start = out->len + CLOSURE_HEADER_LENGTH;
    const guint8 tail[] = { (guint8)(suite >> 8),  (guint8)suite, 0, 0, 6, 0, 43, 0, 2,
                            (guint8)(chosen >> 8), (guint8)chosen };

    append_record(out, CLOSURE_HANDSHAKE, 4 + 35 + sizeof tail);
    memset(out->data + start, 0, 4 + 35);
    out->data[start] = type;
    out->data[start + 3] = 35 + sizeof tail;
    out->data[start + 4] = out->data[start + 5] = 3;
    memcpy(out->data + start + 4 + 35, tail, sizeof tail);
}

static void
append_alert(GByteArray *out, guint8 level, guint8 description)
{
    append_record(out, CLOSURE_ALERT, 2);
    out->data[out->len - 2] = level;
    out->data[out->len - 1] = description;
}

static void
append_message(GByteArray *out, guint8 type, guint length)
{
    append_record(out, CLOSURE_HANDSHAKE, 4 + length);
    guint8 *header = out->data + out->len - 4 - length;

    header[0] = type;
    header[1] = 0;
    header[2] = (guint8)(length >> 8);
    header[3] = (guint8)length;
}

static void
append_from_input(GByteArray *out, struct input *input)
{
    const guint8 wanted = take(input);
    const gsize count = MIN(wanted, input->left);

    append(out, input->octets, count);
    input->octets += count;
    input->left -= count;
}

static void
append_something(GByteArray *out, struct input *input)
{
    const guint8 what = take(input);

    switch (what % 16) {
    case 0:
        append_hello(out, 1, 0, 0x1301);
        break;
    case 1:
        append_hello(out, 2, 0x0303, 0xc02f);
        break;
    case 2:
        append_hello(out, 2, 0x0304, what & 0x80 ? 0x1305 : 0x1301);
        break;
    case 3:
        append_record(out, CLOSURE_CHANGE_CIPHER_SPEC, 1);
        break;
    case 4:
        append_record(out, CLOSURE_HANDSHAKE, 40);
        break;
    case 5:
        append_record(out, CLOSURE_APPLICATION_DATA, 19);
        break;
    case 6:
        append_record(out, CLOSURE_APPLICATION_DATA, 53);
        break;
    case 7:
        append_record(out, CLOSURE_APPLICATION_DATA, take(input));
        break;
    case 8:
        append_record(out, CLOSURE_ALERT, 26);
        break;
    case 9:
        append_alert(out, take(input), take(input));
        break;
    case 10:
        append_alert(out, 1, 0);
        break;
    case 11:
        append_message(out, take(input), take(input));
        break;
    case 12:
        append_record(out, CLOSURE_APPLICATION_DATA, 11);
        break;
    case 13:
        append_from_input(out, input);
        break;
    case 14:
        append(out, "QUIT", 4);
        break;
    default:
        append_record(out, take(input), (guint)take(input) << 4);
    }
}

static guint
take_plaintexts(struct input *input, closure_plaintext *plaintexts, guint most)
{
    static const guint8 types[] = { CLOSURE_ALERT, CLOSURE_HANDSHAKE, CLOSURE_APPLICATION_DATA, CLOSURE_HEARTBEAT };
    const guint8 choice = take(input);
    const guint count = choice & 0x40 ? MIN(choice & 3U, most) : 0;

    for (guint i = 0; i < count; i++) {
        const guint8 kind = take(input);
        plaintexts[i].type = types[kind & 3];
        plaintexts[i].length = kind & 4 ? 2 : kind;
        plaintexts[i].level = kind & 8 ? 2 : 1;
        plaintexts[i].description = kind & 16 ? take(input) : 0;
    }
    return count;
}

/* Where the segment stands, and what it acknowledges: usually the right place. */
static closure_tcp_numbers
take_numbers(struct input *input, const struct state *state, guint side)
{
    const guint8 place = take(input);
    closure_tcp_numbers numbers = { state->next[side], state->next[CLOSURE_PEER(side)], CLOSURE_ACK };

    if (place & 0x80)
        numbers.sequence += (guint32)(gint8)take(input);
    if (place & 0x40)
        numbers.acknowledgment += (guint32)(gint8)take(input);
    if ((place & 0x30) == 0x30)
        numbers.sequence = (guint32)take(input) << 24;
    if (place & 8)
        numbers.flags |= CLOSURE_FIN;
    if ((place & 6) == 6)
        numbers.flags |= CLOSURE_RST;
    if ((place & 3) == 3)
        numbers.flags |= CLOSURE_SYN;
    if ((place & 5) == 5)
        numbers.flags &= (guint8)~CLOSURE_ACK;
    return numbers;
}

static void
must_say(GString *out)
{
    if (out->len == 0 || strstr(out->str, "(null)") != NULL)
        abort();
    g_string_truncate(out, 0);
}

static void
say_all(const closure_judgement *judgement, guint32 frames, GString *out)
{
    closure_say_summary(judgement, out);
    must_say(out);
    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        closure_say_way(judgement, side, out);
        must_say(out);
        if (judgement->side[side].alert_kind != CLOSURE_NO_ALERT) {
            closure_say_alert(judgement, side, out);
            must_say(out);
        }
        if (judgement->facts.side[side].rare->harmless.at.frame != 0) {
            closure_say_harmless_alert(judgement, side, out);
            must_say(out);
        }
    }
    for (guint i = 0; i < judgement->finding_count; i++) {
        closure_say_finding(judgement, &judgement->findings[i], out);
        must_say(out);
    }
    for (guint32 frame = 0; frame <= frames; frame++)
        if (closure_say_info(judgement, frame, out))
            must_say(out);
}

static void
say_steps(const closure_judgement *judgement, GString *out)
{
    closure_step steps[CLOSURE_STEPS_MOST];
    const guint count = closure_sequence_list(judgement, steps);

    if (count > CLOSURE_STEPS_MOST)
        abort();
    for (guint i = 0; i < count; i++) {
        closure_say_step(judgement, &steps[i], steps[0].at->time, out);
        must_say(out);
    }
}

static void
judge_all(const struct state *state)
{
    GString *out = g_string_new(NULL);

    for (const closure_connection *connection = closure_track_connection(&state->track); connection != NULL;
         connection = connection->previous) {
        for (guint choice = 0; choice < 4; choice++) {
            const closure_options options = { .infer_alerts = (choice & 1) != 0, .whole_capture = (choice & 2) != 0 };
            closure_judgement judgement;

            closure_judge(connection, &options, &judgement);
            if (judgement.verdict >= CLOSURE_VERDICTS || judgement.finding_count > G_N_ELEMENTS(judgement.findings))
                abort();
            say_all(&judgement, state->frame, out);
            say_steps(&judgement, out);
        }
    }
    g_string_free(out, TRUE);
}

static void
step(struct state *state, struct input *input)
{
    const guint8 kind = take(input);
    const guint side = kind & 1;
    GByteArray *payload = g_byte_array_new();
    closure_plaintext plaintexts[3];
    const closure_tcp_numbers numbers =
        kind & 2 ? take_numbers(input, state, side)
                 : (closure_tcp_numbers){ state->next[side], state->next[CLOSURE_PEER(side)], CLOSURE_ACK };

    for (guint i = 0; i < (kind >> 2 & 3U); i++)
        append_something(payload, input);
    const guint count = kind & 0x10 ? take_plaintexts(input, plaintexts, G_N_ELEMENTS(plaintexts)) : 0;
    const guint wanted = kind & 0x20 ? take(input) : G_MAXUINT;
    const guint captured = MIN(wanted, payload->len);
    guint8 *octets = g_memdup2(payload->data, captured);
    closure_segment segment = {
        .time = state->time += take(input) * G_GINT64_CONSTANT(10000000),
        .octets = octets,
        .length = payload->len,
        .captured = captured,
        .frame = ++state->frame,
        .ttl = kind & 0x40 ? take(input) : 64,
    };

    if (closure_track_is_other(&state->track, side, &numbers)) {
        closure_track_clear(&state->track);
        state->track = (closure_track){ 0 };
    }
    closure_track_locate(&state->track, side, &numbers, &segment);
    closure_track_feed(&state->track, side, &segment, plaintexts, count);
    if (!(numbers.flags & CLOSURE_RST))
        state->next[side] = numbers.sequence + payload->len + (numbers.flags & (CLOSURE_SYN | CLOSURE_FIN) ? 1 : 0);
    if (kind & 0x80)
        judge_all(state);
    g_free(octets);
    g_byte_array_unref(payload);
}

int LLVMFuzzerTestOneInput(const guint8 *octets, size_t count);

int
LLVMFuzzerTestOneInput(const guint8 *octets, size_t count)
{
    struct input input = { octets, count };
    struct state state = { .next = { 0xffffff00U, 1000 }, .time = 1 };

    for (guint i = 0; i < MOST_STEPS && input.left > 0; i++)
        step(&state, &input);
    judge_all(&state);
    closure_track_clear(&state.track);
    return 0;
}
