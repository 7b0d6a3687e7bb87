/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The small modules on their own: record headers, handshake messages, streams, sequence numbers, alerts. */

#include "core/alert.h"
#include "core/connection.h"
#include "core/handshake.h"
#include "core/record.h"
#include "core/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* Records */

static void
a_header_has_a_type_a_version_and_a_length(void **state)
{
    guint8 header[5] = { 22, 3, 1, 0, 10 };

    (void)state;
    assert_true(closure_header_plausible(header, 5));
    assert_int_equal(closure_header_body_length(header), 10);
    for (guint type = 0; type < 256; type++) {
        header[0] = (guint8)type;
        assert_int_equal(closure_header_plausible(header, 5), type >= 20 && type <= 24);
    }
    header[0] = 23;
    for (guint minor = 0; minor < 256; minor++) {
        header[2] = (guint8)minor;
        assert_int_equal(closure_header_plausible(header, 5), minor <= 4);
    }
    header[2] = 3;
    header[1] = 2;
    assert_false(closure_header_plausible(header, 5));
}

/* RFC 5246 §6.2.3: 2^14 + 2048 octets at most. */
static void
a_body_has_at_most_18432_octets(void **state)
{
    guint8 header[5] = { 23, 3, 3, 0x48, 0x00 };

    (void)state;
    assert_true(closure_header_plausible(header, 5));
    header[4] = 1;
    assert_false(closure_header_plausible(header, 5));
    assert_true(closure_header_plausible(header, 4));
}

static void
a_part_of_a_header_is_plausible_as_far_as_it_goes(void **state)
{
    const guint8 good[] = { 21, 3, 3, 0, 2 };
    const guint8 bad[] = { 21, 4, 3, 0, 2 };
    const guint8 bad_minor[] = { 21, 3, 5, 0, 2 };

    (void)state;
    for (gsize count = 0; count <= 5; count++)
        assert_true(closure_header_plausible(good, count));
    assert_true(closure_header_plausible(bad, 1));
    for (gsize count = 2; count <= 5; count++)
        assert_false(closure_header_plausible(bad, count));
    for (gsize count = 0; count <= 5; count++)
        assert_int_equal(closure_header_plausible(bad_minor, count), count < 3);
}

static void
one_header_is_no_chain_but_two_are(void **state)
{
    const guint8 two[] = { 23, 3, 3, 0, 1, 0x55, 21, 3, 3, 0, 26 };
    const guint8 other[] = { 23, 3, 3, 0, 1, 0x55, 'x', 3, 3, 0, 26 };
    const guint8 empty[] = { 23, 3, 3, 0, 0, 23, 3, 3, 0, 0 };

    (void)state;
    assert_true(closure_chain_plausible(two, 11, 11));
    assert_true(closure_chain_plausible(two, 11, 100));
    assert_true(closure_chain_plausible(two, 6, 6));  /* ends where the segment ends */
    assert_true(closure_chain_plausible(two, 5, 6));  /* the same, cut by the snap length */
    assert_false(closure_chain_plausible(two, 6, 7)); /* not known what follows */
    assert_false(closure_chain_plausible(two, 4, 11));
    assert_false(closure_chain_plausible(other, 11, 11));
    assert_false(closure_chain_plausible(empty, 10, 10));
}

static void
a_hello_begins_with_type_length_and_version(void **state)
{
    const guint8 client[] = { 1, 0, 0, 200, 3, 3 };
    const guint8 server[] = { 2, 0, 0, 80, 3, 3 };
    const guint8 finished[] = { 20, 0, 0, 12, 3, 3 };
    const guint8 long_one[] = { 1, 1, 0, 200, 3, 3 };
    const guint8 no_version[] = { 1, 0, 0, 200, 7, 3 };
    const guint8 no_minor[] = { 1, 0, 0, 200, 3, 5 };

    (void)state;
    assert_true(closure_hello_plausible(client, 6, 204));
    assert_true(closure_hello_plausible(server, 6, 84));
    assert_false(closure_hello_plausible(finished, 6, 40));
    assert_false(closure_hello_plausible(long_one, 6, 204));
    assert_false(closure_hello_plausible(no_version, 6, 204));
    assert_false(closure_hello_plausible(client, 6, 5));
    for (gsize count = 0; count <= 6; count++)
        assert_true(closure_hello_plausible(client, count, 204));
    for (gsize count = 0; count <= 6; count++) {
        assert_int_equal(closure_hello_plausible(finished, count, 204), count < 1);
        assert_int_equal(closure_hello_plausible(long_one, count, 204), count < 2);
        assert_int_equal(closure_hello_plausible(no_version, count, 204), count < 5);
        assert_int_equal(closure_hello_plausible(no_minor, count, 204), count < 6);
    }
}

static void
a_hello_begins_with_a_header_and_the_first_octets_of_the_message(void **state)
{
    const guint8 hello[] = { 22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3 };
    const guint8 finished[] = { 22, 3, 1, 0, 200, 20, 0, 0, 196, 3, 3 };
    const guint8 data[] = { 23, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3 };

    (void)state;
    assert_true(closure_hello_begins(hello, sizeof hello));
    assert_false(closure_hello_begins(hello, sizeof hello - 1));
    assert_false(closure_hello_begins(finished, sizeof finished));
    assert_false(closure_hello_begins(data, sizeof data));
    assert_false(closure_hello_record_plausible(hello, 0));
    for (gsize count = 1; count <= sizeof hello; count++) {
        assert_true(closure_hello_record_plausible(hello, count));
        assert_false(closure_hello_record_plausible(data, count));
        assert_int_equal(closure_hello_record_plausible(finished, count), count <= 5);
    }
}

/* Handshake messages */

#define SERVER_HELLO_LENGTH (4 + 35 + 11)

/* With supported_versions, if @p chosen is not 0. */
static gsize
make_server_hello(guint8 *octets, guint16 version, guint16 suite, guint16 chosen)
{
    const guint8 tail[] = { (guint8)(suite >> 8),  (guint8)suite, 0, 0, 6, 0, 43, 0, 2,
                            (guint8)(chosen >> 8), (guint8)chosen };
    const gsize length = 35 + (chosen != 0 ? sizeof tail : 3);

    memset(octets, 0, SERVER_HELLO_LENGTH);
    octets[0] = CLOSURE_SERVER_HELLO;
    octets[3] = (guint8)length;
    octets[4] = (guint8)(version >> 8);
    octets[5] = (guint8)version;
    memcpy(octets + 4 + 35, tail, chosen != 0 ? sizeof tail : 3);
    return 4 + length;
}

static void
expect_hello(guint16 version, guint16 chosen, guint16 expected)
{
    guint8 octets[SERVER_HELLO_LENGTH];
    const gsize length = make_server_hello(octets, version, 0x1301, chosen);
    closure_handshake *handshake = closure_handshake_new();

    assert_int_equal(closure_handshake_read(handshake, octets, length), CLOSURE_SERVER_HELLO);
    assert_non_null(closure_handshake_server_hello(handshake));
    assert_int_equal(closure_handshake_server_hello(handshake)->version, expected);
    assert_int_equal(closure_handshake_server_hello(handshake)->cipher_suite, 0x1301);
    closure_handshake_free(handshake);
}

static void
the_version_is_that_of_supported_versions_or_else_the_old_one(void **state)
{
    (void)state;
    expect_hello(0x0303, 0x0304, CLOSURE_TLS_1_3);
    expect_hello(0x0303, 0, CLOSURE_TLS_1_2);
    expect_hello(0x0302, 0, CLOSURE_TLS_1_1);
    expect_hello(0x0301, 0, CLOSURE_TLS_1_0);
    expect_hello(0x0300, 0, CLOSURE_SSL_3_0);
}

static void
drafts_count_as_tls_1_3(void **state)
{
    (void)state;
    expect_hello(0x0303, 0x7f17, CLOSURE_TLS_1_3);
    expect_hello(0x0303, 0x7f1c, CLOSURE_TLS_1_3);
    expect_hello(0x0303, 0xfb1a, CLOSURE_TLS_1_3);
    expect_hello(0x0303, 0x7e01, CLOSURE_TLS_1_3);
}

static void
a_message_may_come_octet_by_octet(void **state)
{
    guint8 octets[SERVER_HELLO_LENGTH];
    const gsize length = make_server_hello(octets, 0x0303, 0x1305, 0x0304);
    closure_handshake *handshake = closure_handshake_new();

    (void)state;
    for (gsize i = 0; i < length; i++) {
        assert_null(closure_handshake_server_hello(handshake));
        assert_int_equal(closure_handshake_read(handshake, octets + i, 1), i < 3 ? 0 : CLOSURE_SERVER_HELLO);
    }
    assert_non_null(closure_handshake_server_hello(handshake));
    assert_int_equal(closure_handshake_server_hello(handshake)->cipher_suite, 0x1305);
    closure_handshake_free(handshake);
}

static void
several_messages_may_come_at_once(void **state)
{
    guint8 octets[4 + SERVER_HELLO_LENGTH + 4 + 2] = { 0 };
    closure_handshake *handshake = closure_handshake_new();

    (void)state;
    /* HelloRequest has no body. */
    const gsize length = 4 + make_server_hello(octets + 4, 0x0303, 0xc02f, 0);
    octets[length] = 14;
    assert_int_equal(closure_handshake_read(handshake, octets, length + 4), 14);
    assert_int_equal(closure_handshake_server_hello(handshake)->cipher_suite, 0xc02f);
    closure_handshake_free(handshake);
}

/* RFC 8446 §4.1.4: a HelloRetryRequest is a ServerHello, and another one follows. */
static void
the_last_server_hello_counts(void **state)
{
    guint8 octets[SERVER_HELLO_LENGTH];
    gsize length = make_server_hello(octets, 0x0303, 0x1301, 0x0304);
    closure_handshake *handshake = closure_handshake_new();

    (void)state;
    closure_handshake_read(handshake, octets, length);
    length = make_server_hello(octets, 0x0303, 0x1305, 0x0304);
    closure_handshake_read(handshake, octets, length);
    assert_int_equal(closure_handshake_server_hello(handshake)->cipher_suite, 0x1305);
    closure_handshake_free(handshake);
}

/* Each prefix that claims to be whole: read to its end, never beyond (a sanitizer watches). */
static void
a_broken_server_hello_is_not_read(void **state)
{
    guint8 octets[SERVER_HELLO_LENGTH];
    const gsize length = make_server_hello(octets, 0x0303, 0x1301, 0x0304);

    (void)state;
    for (gsize cut = 4; cut < length; cut++) {
        guint8 *part = g_memdup2(octets, cut);
        closure_handshake *handshake = closure_handshake_new();

        part[3] = (guint8)(cut - 4);
        closure_handshake_read(handshake, part, cut);
        if (cut < 4 + 2 + 32 + 1 + 2 + 1)
            assert_null(closure_handshake_server_hello(handshake));
        closure_handshake_free(handshake);
        g_free(part);
    }
}

static void
lengths_that_lie_do_no_harm(void **state)
{
    guint8 octets[SERVER_HELLO_LENGTH];

    (void)state;
    for (guint at = 1; at < SERVER_HELLO_LENGTH; at++) {
        const gsize length = make_server_hello(octets, 0x0303, 0x1301, 0x0304);
        closure_handshake *handshake = closure_handshake_new();

        octets[at] = 0xff;
        for (guint i = 0; i < 40; i++)
            closure_handshake_read(handshake, octets, length);
        closure_handshake_free(handshake);
    }
}

static void
append_number(GByteArray *octets, gsize number)
{
    const guint8 big_endian[] = { (guint8)(number >> 8), (guint8)number };

    g_byte_array_append(octets, big_endian, sizeof big_endian);
}

/* A ClientHello with server_name behind another extension. @p length: of the name, as announced */
static GByteArray *
make_client_hello(guint8 name_type, const char *name, gsize length)
{
    static const guint8 start[2 + 32 + 1] = { 3, 3 };
    static const guint8 other[] = { 0, 2, 0x13, 1, 1, 0 }; /* cipher suites, compression methods */
    const gsize size = strlen(name);
    const guint8 header[] = { CLOSURE_CLIENT_HELLO, 0, (guint8)((56 + size) >> 8), (guint8)(56 + size) };
    GByteArray *octets = g_byte_array_new();

    g_byte_array_append(octets, header, sizeof header);
    g_byte_array_append(octets, start, sizeof start);
    g_byte_array_append(octets, other, sizeof other);
    append_number(octets, 13 + size);
    append_number(octets, 23);
    append_number(octets, 0);
    append_number(octets, 0); /* server_name */
    append_number(octets, 5 + size);
    append_number(octets, 3 + size);
    g_byte_array_append(octets, &name_type, 1);
    append_number(octets, length);
    g_byte_array_append(octets, (const guint8 *)name, (guint)size);
    return octets;
}

static void
expect_server_name(guint8 name_type, const char *name, gsize length, const char *expected)
{
    GByteArray *octets = make_client_hello(name_type, name, length);
    closure_handshake *handshake = closure_handshake_new();

    assert_int_equal(closure_handshake_read(handshake, octets->data, octets->len), CLOSURE_CLIENT_HELLO);
    if (expected == NULL)
        assert_null(closure_handshake_server_name(handshake));
    else
        assert_string_equal(closure_handshake_server_name(handshake), expected);
    closure_handshake_free(handshake);
    g_byte_array_unref(octets);
}

/* It goes to terminals, and servers are counted by it. */
static void
the_server_name_is_a_host_name_that_can_be_printed_and_compared(void **state)
{
    char longest[257] = { 0 };

    (void)state;
    expect_server_name(0, "example.com", 11, "example.com");
    expect_server_name(0, "WWW.Example.COM", 15, "www.example.com");
    expect_server_name(0, "example.com.", 12, "example.com");
    expect_server_name(0, ".", 1, ".");
    expect_server_name(0, "", 0, NULL);
    expect_server_name(1, "example.com", 11, NULL);
    expect_server_name(0, "two words", 9, NULL);
    expect_server_name(0, "\033[2J", 4, NULL);
    expect_server_name(0,
                       "b\xc3\xbc"
                       "cher",
                       7, NULL);
    expect_server_name(0, "example.com", 12, NULL);
    memset(longest, 'a', 256);
    expect_server_name(0, longest, 256, NULL);
    longest[255] = '\0';
    expect_server_name(0, longest, 255, longest);
}

static void
an_endless_message_is_passed_over(void **state)
{
    const guint8 header[] = { CLOSURE_SERVER_HELLO, 0xff, 0xff, 0xff };
    guint8 body[1000] = { 0 };
    closure_handshake *handshake = closure_handshake_new();

    (void)state;
    closure_handshake_read(handshake, header, sizeof header);
    for (guint i = 0; i < 16777215 / 1000; i++)
        closure_handshake_read(handshake, body, sizeof body);
    closure_handshake_read(handshake, body, 215);
    assert_null(closure_handshake_server_hello(handshake));
    body[0] = 14;
    assert_int_equal(closure_handshake_read(handshake, body, 4), 14);
    closure_handshake_free(handshake);
}

/* Streams */

static closure_segment
segment_of(guint64 position, const char *octets, guint32 frame)
{
    const closure_segment segment = {
        .position = position,
        .octets = (const guint8 *)octets,
        .length = (guint32)strlen(octets),
        .captured = (guint32)strlen(octets),
        .frame = frame,
        .flags = CLOSURE_ACK,
    };
    return segment;
}

static void
add(closure_stream *stream, const closure_segment *segment, guint64 reader)
{
    closure_stream_add(stream, segment);
    closure_stream_keep(stream, segment, reader);
}

static void
what_is_missing_is_in_a_gap(void **state)
{
    closure_stream stream;
    const closure_segment first = segment_of(100, "abcde", 1);
    const closure_segment third = segment_of(110, "klmno", 2);
    const closure_segment second = segment_of(105, "fghij", 3);

    (void)state;
    closure_stream_init(&stream, 100);
    add(&stream, &first, 100);
    assert_false(closure_stream_has_gap(&stream, 100, 105));
    add(&stream, &third, 105);
    assert_true(closure_stream_has_gap(&stream, 100, 115));
    assert_true(closure_stream_in_gap(&stream, 105));
    assert_true(closure_stream_in_gap(&stream, 109));
    assert_false(closure_stream_in_gap(&stream, 104));
    assert_false(closure_stream_in_gap(&stream, 110));
    assert_true(closure_stream_is_waiting(&stream));
    add(&stream, &second, 105);
    assert_false(closure_stream_has_gap(&stream, 100, 115));
    assert_int_equal(stream.sent, 115);
    closure_stream_clear(&stream);
}

static void
a_hole_can_be_filled_in_parts(void **state)
{
    closure_stream stream;
    const closure_segment above = segment_of(200, "z", 1);
    const closure_segment middle = segment_of(150, "middle", 2);

    (void)state;
    closure_stream_init(&stream, 100);
    add(&stream, &above, 100);
    add(&stream, &middle, 100);
    assert_true(closure_stream_has_gap(&stream, 100, 150));
    assert_false(closure_stream_has_gap(&stream, 150, 156));
    assert_true(closure_stream_has_gap(&stream, 156, 200));
    assert_false(closure_stream_in_gap(&stream, 200));
    closure_stream_clear(&stream);
}

static void
octets_come_from_the_first_copy(void **state)
{
    closure_stream stream;
    closure_run run;
    const closure_segment first = segment_of(105, "first", 1);
    const closure_segment second = segment_of(103, "SECOND_ONE", 2);

    (void)state;
    closure_stream_init(&stream, 100);
    add(&stream, &first, 100);
    closure_stream_add(&stream, &second);
    assert_true(closure_stream_read(&stream, &second, 103, &run));
    assert_int_equal(run.count, 2);
    assert_memory_equal(run.octets, "SE", 2);
    assert_int_equal(run.frame, 2);
    assert_true(closure_stream_read(&stream, &second, 105, &run));
    assert_int_equal(run.count, 5);
    assert_memory_equal(run.octets, "first", 5);
    assert_int_equal(run.frame, 1);
    assert_true(closure_stream_read(&stream, &second, 110, &run));
    assert_memory_equal(run.octets, "ONE", 3);
    assert_false(closure_stream_read(&stream, &second, 102, &run));
    assert_false(closure_stream_read(&stream, &second, 113, &run));
    closure_stream_clear(&stream);
}

static void
what_a_snap_length_cut_off_is_a_gap(void **state)
{
    closure_stream stream;
    closure_segment cut = segment_of(100, "abcdefghij", 1);
    const closure_segment again = segment_of(104, "efg", 2);

    (void)state;
    cut.captured = 4;
    closure_stream_init(&stream, 100);
    add(&stream, &cut, 100);
    assert_false(closure_stream_has_gap(&stream, 100, 104));
    assert_true(closure_stream_has_gap(&stream, 104, 110));
    assert_int_equal(stream.sent, 110);
    add(&stream, &again, 104);
    assert_false(closure_stream_has_gap(&stream, 100, 107));
    assert_true(closure_stream_has_gap(&stream, 107, 110));
    closure_stream_clear(&stream);
}

static void
a_stream_can_be_divided(void **state)
{
    closure_stream stream;
    closure_stream above;
    const closure_segment first = segment_of(110, "first", 1);
    const closure_segment second = segment_of(120, "second", 2);
    closure_run run;

    (void)state;
    closure_stream_init(&stream, 100);
    closure_stream_init(&above, 112);
    add(&stream, &first, 100);
    add(&stream, &second, 100);
    closure_stream_divide(&stream, 112, &above);
    assert_int_equal(stream.sent, 112);
    assert_true(closure_stream_in_gap(&stream, 109));
    assert_false(closure_stream_is_waiting(&stream));
    assert_int_equal(above.sent, 126);
    assert_false(closure_stream_in_gap(&above, 112));
    assert_true(closure_stream_in_gap(&above, 119));
    assert_false(closure_stream_in_gap(&above, 120));
    assert_true(closure_stream_read(&above, NULL, 113, &run));
    assert_memory_equal(run.octets, "st", 2);
    closure_stream_clear(&stream);
    closure_stream_clear(&above);
}

static void
a_stream_says_when_it_keeps_too_much(void **state)
{
    closure_stream stream;

    (void)state;
    closure_stream_init(&stream, 100);
    for (guint i = 0; i <= CLOSURE_STREAM_MOST_SEGMENTS; i++) {
        const closure_segment segment = segment_of(102 + 2 * (guint64)i, "x", i + 1);
        add(&stream, &segment, 100);
    }
    assert_true(closure_stream_is_overfull(&stream));
    assert_true(stream.holes->len <= CLOSURE_STREAM_MOST_HOLES);
    assert_true(closure_stream_in_gap(&stream, 100));
    closure_stream_clear(&stream);
}

static void
a_copy_of_a_stream_shares_nothing(void **state)
{
    closure_stream stream;
    const closure_segment above = segment_of(105, "above", 1);
    const closure_segment below = segment_of(100, "below", 2);
    closure_run run;

    (void)state;
    closure_stream_init(&stream, 100);
    add(&stream, &above, 100);
    closure_stream copy = closure_stream_copy(&stream);
    add(&stream, &below, 100);
    closure_stream_clear(&stream);
    assert_true(closure_stream_in_gap(&copy, 100));
    assert_true(closure_stream_read(&copy, NULL, 105, &run));
    assert_memory_equal(run.octets, "above", 5);
    assert_int_equal(closure_stream_next_pending(&copy, 0), 105);
    assert_true(closure_stream_next_pending(&copy, 106) == G_MAXUINT64);
    closure_stream_clear(&copy);
}

/* Sequence numbers */

static guint64
locate(closure_track *track, guint32 sequence, guint32 length)
{
    const closure_tcp_numbers numbers = { sequence, 0, 0 };
    guint8 *octets = g_malloc0(length);
    closure_segment segment = { .length = length, .captured = length, .octets = octets, .frame = 1 };

    closure_track_locate(track, 0, &numbers, &segment);
    closure_track_feed(track, 0, &segment, NULL, 0);
    g_free(octets);
    return segment.position;
}

static void
numbers_go_on_where_they_wrap(void **state)
{
    closure_track track = { 0 };
    const guint64 first = locate(&track, 0xfffffff0U, 16);

    (void)state;
    assert_int_equal(locate(&track, 0, 10) - first, 16);
    assert_int_equal(locate(&track, 10, 10) - first, 26);
    assert_int_equal(first - locate(&track, 0xffffffe0U, 10), 16);
    closure_track_clear(&track);
}

static void
numbers_wrap_more_than_once(void **state)
{
    closure_track track = { 0 };
    const guint64 first = locate(&track, 1, 1);
    guint64 position = first;

    (void)state;
    for (guint32 i = 1; i <= 64; i++)
        position = locate(&track, 1 + i * 0x10000000U, 1);
    assert_true(position - first == G_GUINT64_CONSTANT(64) * 0x10000000U);
    closure_track_clear(&track);
}

static void
the_first_numbers_may_be_any(void **state)
{
    static const guint32 numbers[] = { 0, 1, 0x7fffffffU, 0x80000000U, 0xffffffffU };

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        closure_track track = { 0 };
        const guint64 first = locate(&track, numbers[i], 100);

        assert_int_equal((guint32)first, numbers[i]);
        assert_int_equal(locate(&track, numbers[i] + 100, 100) - first, 100);
        assert_int_equal(first - locate(&track, numbers[i] - 50, 10), 50);
        closure_track_clear(&track);
    }
}

static void
a_syn_takes_a_number(void **state)
{
    closure_track track = { 0 };
    const closure_tcp_numbers syn = { 0xffffffffU, 0, CLOSURE_SYN };
    const closure_tcp_numbers other = { 77, 0, CLOSURE_SYN };
    closure_segment segment = { .frame = 1 };

    (void)state;
    closure_track_locate(&track, 0, &syn, &segment);
    closure_track_feed(&track, 0, &segment, NULL, 0);
    assert_int_equal((guint32)segment.position, 0);
    assert_false(closure_track_is_other(&track, 0, &syn));
    assert_true(closure_track_is_other(&track, 0, &other));
    closure_track_clear(&track);
}

/* Its SYN was not captured, but what the peer acknowledged of it. */
static void
a_late_syn_agrees_with_what_was_acknowledged(void **state)
{
    closure_track track = { 0 };
    const closure_tcp_numbers first = { 10, 501, CLOSURE_ACK };
    const closure_tcp_numbers same = { 500, 11, CLOSURE_SYN | CLOSURE_ACK };
    const closure_tcp_numbers other = { 77, 11, CLOSURE_SYN | CLOSURE_ACK };
    closure_segment segment = { .frame = 1 };

    (void)state;
    closure_track_locate(&track, 0, &first, &segment);
    closure_track_feed(&track, 0, &segment, NULL, 0);
    assert_false(closure_track_is_other(&track, 1, &same));
    assert_true(closure_track_is_other(&track, 1, &other));
    closure_track_clear(&track);
}

/* Alerts */

static gboolean
closes(guint16 version, guint8 outer_type, guint8 level, guint8 description)
{
    const closure_alert alert = { .outer_type = outer_type, .level = level, .description = description };
    return closure_alert_closes(&alert, version);
}

static void
up_to_tls_1_2_warnings_close_nothing(void **state)
{
    static const guint16 versions[] = { CLOSURE_VERSION_UNKNOWN, CLOSURE_TLS_UP_TO_1_2, CLOSURE_SSL_3_0,
                                        CLOSURE_TLS_1_0,         CLOSURE_TLS_1_1,       CLOSURE_TLS_1_2 };

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(versions); i++) {
        for (guint description = 0; description < 256; description++) {
            assert_int_equal(closes(versions[i], CLOSURE_ALERT, 1, (guint8)description), description == 0);
            assert_true(closes(versions[i], CLOSURE_ALERT, 2, (guint8)description));
        }
    }
}

static void
in_tls_1_3_every_alert_but_user_canceled_closes(void **state)
{
    (void)state;
    for (guint description = 0; description < 256; description++) {
        for (guint level = 0; level < 4; level++) {
            assert_int_equal(closes(CLOSURE_TLS_1_3, CLOSURE_ALERT, (guint8)level, (guint8)description),
                             description != 90);
            assert_int_equal(closes(CLOSURE_TLS_1_3, CLOSURE_APPLICATION_DATA, (guint8)level, (guint8)description),
                             description != 90);
        }
    }
}

static void
the_tag_has_8_octets_for_ccm_8_else_16(void **state)
{
    (void)state;
    assert_int_equal(closure_tag_length(CLOSURE_TLS_1_3, 0x1305), 8);
    for (guint16 suite = 0x1301; suite <= 0x1304; suite++)
        assert_int_equal(closure_tag_length(CLOSURE_TLS_1_3, suite), 16);
    assert_int_equal(closure_tag_length(CLOSURE_VERSION_UNKNOWN, 0), 16);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_has_a_type_a_version_and_a_length),
        cmocka_unit_test(a_body_has_at_most_18432_octets),
        cmocka_unit_test(a_part_of_a_header_is_plausible_as_far_as_it_goes),
        cmocka_unit_test(one_header_is_no_chain_but_two_are),
        cmocka_unit_test(a_hello_begins_with_type_length_and_version),
        cmocka_unit_test(a_hello_begins_with_a_header_and_the_first_octets_of_the_message),
        cmocka_unit_test(the_version_is_that_of_supported_versions_or_else_the_old_one),
        cmocka_unit_test(drafts_count_as_tls_1_3),
        cmocka_unit_test(a_message_may_come_octet_by_octet),
        cmocka_unit_test(several_messages_may_come_at_once),
        cmocka_unit_test(the_last_server_hello_counts),
        cmocka_unit_test(a_broken_server_hello_is_not_read),
        cmocka_unit_test(lengths_that_lie_do_no_harm),
        cmocka_unit_test(the_server_name_is_a_host_name_that_can_be_printed_and_compared),
        cmocka_unit_test(an_endless_message_is_passed_over),
        cmocka_unit_test(what_is_missing_is_in_a_gap),
        cmocka_unit_test(a_hole_can_be_filled_in_parts),
        cmocka_unit_test(octets_come_from_the_first_copy),
        cmocka_unit_test(what_a_snap_length_cut_off_is_a_gap),
        cmocka_unit_test(a_stream_can_be_divided),
        cmocka_unit_test(a_stream_says_when_it_keeps_too_much),
        cmocka_unit_test(a_copy_of_a_stream_shares_nothing),
        cmocka_unit_test(numbers_go_on_where_they_wrap),
        cmocka_unit_test(numbers_wrap_more_than_once),
        cmocka_unit_test(the_first_numbers_may_be_any),
        cmocka_unit_test(a_syn_takes_a_number),
        cmocka_unit_test(a_late_syn_agrees_with_what_was_acknowledged),
        cmocka_unit_test(up_to_tls_1_2_warnings_close_nothing),
        cmocka_unit_test(in_tls_1_3_every_alert_but_user_canceled_closes),
        cmocka_unit_test(the_tag_has_8_octets_for_ccm_8_else_16),
    };

    return cmocka_run_group_tests_name("modules", tests, NULL, NULL);
}
