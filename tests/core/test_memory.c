/* SPDX-License-Identifier: GPL-2.0-or-later */

/* However hostile a connection is, what is kept of it stays small, and judging it takes no more for long. */

#include "core/connection.h"
#include "core/judge.h"
#include "core/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>
#include <string.h>

/* Octets that a TCP connection with one TLS connection may keep, for what waits above holes in both directions. */
#define MOST_KEPT ((gsize)176 * 1024)

/* Octets that a TLS connection keeps when it has closed in order. */
#define MOST_AT_REST 1200

/* Octets that one more TLS connection on the same TCP connection may add when it has ended. */
#define MOST_PER_ENDED 1536

/* Octets of a TCP connection without TLS. */
#define MOST_WITHOUT_TLS 64

/* Octets that the C library and GLib may keep of what was freed. */
#define MOST_CACHED ((gsize)32 * 1024)

struct hostile {
    closure_track track;
    gsize before;
    gsize most;
    guint32 frame;
};

/* Octets allocated now. 0 under ASan, which does not tell; there only accesses and leaks are looked for. */
static gsize
allocated(void)
{
    return mallinfo2().uordblks + mallinfo2().hblkhd;
}

static void
set_up(struct hostile *hostile)
{
    memset(hostile, 0, sizeof *hostile);
    hostile->before = allocated();
}

static void
tear_down(struct hostile *hostile)
{
    closure_track_clear(&hostile->track);
    assert_true(allocated() <= hostile->before + MOST_CACHED);
    print_message("at most %" G_GSIZE_FORMAT " octets\n", hostile->most);
}

/* @p captured  octets of the payload, of @p length */
static void
send_cut(struct hostile *hostile, guint side, guint32 sequence, const guint8 *octets, guint32 length, guint32 captured,
         guint8 flags)
{
    const closure_tcp_numbers numbers = { sequence, 1, flags };
    closure_segment segment = {
        .octets = octets, .length = length, .captured = captured, .frame = ++hostile->frame, .ttl = 64
    };

    closure_track_locate(&hostile->track, side, &numbers, &segment);
    closure_track_feed(&hostile->track, side, &segment, NULL, 0);
    hostile->most = MAX(hostile->most, allocated() - MIN(hostile->before, allocated()));
}

static void
send_segment(struct hostile *hostile, guint side, guint32 sequence, const guint8 *octets, guint32 length, guint8 flags)
{
    send_cut(hostile, side, sequence, octets, length, length, flags);
}

static void
judge(const struct hostile *hostile)
{
    const closure_options options = { .infer_alerts = TRUE, .whole_capture = TRUE };
    const closure_connection *connection = closure_track_connection(&hostile->track);
    const gsize before = allocated();
    closure_judgement judgement;

    if (connection == NULL)
        return;
    closure_judge(connection, &options, &judgement);
    assert_true(allocated() <= before + 4096);
}

static void
begin(struct hostile *hostile)
{
    static const guint8 hello[] = { 22, 3, 1, 0, 46, 1, 0, 0, 42, 3, 3 };
    guint8 record[51] = { 0 };

    memcpy(record, hello, sizeof hello);
    send_segment(hostile, 0, 0, NULL, 0, CLOSURE_SYN);
    send_segment(hostile, 1, 0, NULL, 0, CLOSURE_SYN | CLOSURE_ACK);
    send_segment(hostile, 0, 1, record, sizeof record, CLOSURE_ACK);
}

static void
tiny_segments_out_of_order(void **state)
{
    struct hostile hostile;

    (void)state;
    set_up(&hostile);
    begin(&hostile);
    for (guint32 i = 0; i < 100000; i++) {
        send_segment(&hostile, 0, 100 + 2 * i, (const guint8 *)"x", 1, CLOSURE_ACK);
        send_segment(&hostile, 1, 100 + 2 * i, (const guint8 *)"x", 1, CLOSURE_ACK);
    }
    judge(&hostile);
    assert_true(hostile.most < MOST_KEPT);
    tear_down(&hostile);
}

static void
large_segments_above_a_hole(void **state)
{
    static const guint8 large[60000];
    struct hostile hostile;

    (void)state;
    set_up(&hostile);
    begin(&hostile);
    for (guint32 i = 0; i < 2000; i++) {
        send_segment(&hostile, 0, 1000 + 60000 * i, large, sizeof large, CLOSURE_ACK);
        send_segment(&hostile, 1, 1000 + 60000 * i, large, sizeof large, CLOSURE_ACK);
    }
    judge(&hostile);
    assert_true(hostile.most < MOST_KEPT);
    tear_down(&hostile);
}

/* The worst: as many octets as are kept, in as many segments, in both directions. */
static void
all_that_is_kept_above_a_hole(void **state)
{
    enum { LENGTH = 256 };
    static const guint8 octets[LENGTH];
    struct hostile hostile;

    (void)state;
    set_up(&hostile);
    begin(&hostile);
    for (guint32 i = 0; i < 2 * CLOSURE_STREAM_MOST / LENGTH; i++) {
        send_segment(&hostile, 0, 1000 + LENGTH * i, octets, LENGTH, CLOSURE_ACK);
        send_segment(&hostile, 1, 1000 + LENGTH * i, octets, LENGTH, CLOSURE_ACK);
    }
    judge(&hostile);
    if (allocated() > 0)
        assert_true(hostile.most > (gsize)2 * CLOSURE_STREAM_MOST);
    assert_true(hostile.most < MOST_KEPT);
    tear_down(&hostile);
}

/* Descending: each segment lies below all that waits. */
static void
segments_in_reverse(void **state)
{
    guint8 octets[100] = { 23, 3, 3, 0, 95 };
    struct hostile hostile;

    (void)state;
    set_up(&hostile);
    begin(&hostile);
    for (guint32 i = 20000; i > 0; i--)
        send_segment(&hostile, 0, 52 + 100 * i, octets, sizeof octets, CLOSURE_ACK);
    judge(&hostile);
    assert_true(hostile.most < MOST_KEPT);
    tear_down(&hostile);
}

static void
many_holes(void **state)
{
    guint8 octets[100] = { 23, 3, 3, 0, 95 };
    struct hostile hostile;

    (void)state;
    set_up(&hostile);
    begin(&hostile);
    for (guint32 i = 0; i < 50000; i++)
        send_segment(&hostile, 0, 52 + 200 * i, octets, sizeof octets, CLOSURE_ACK);
    judge(&hostile);
    assert_true(hostile.most < MOST_KEPT);
    tear_down(&hostile);
}

/* Nothing waits for what a short snapshot length cut off: here each record's header. */
static void
what_was_cut_off(void **state)
{
    static const guint8 octets[] = { 23, 3, 3, 0, 95 };
    struct hostile hostile;

    (void)state;
    set_up(&hostile);
    begin(&hostile);
    for (guint32 i = 0; i < 2000; i++) {
        send_cut(&hostile, 0, 52 + 100 * i, octets, 100, 3, CLOSURE_ACK);
        assert_false(closure_stream_is_waiting(&closure_track_connection(&hostile.track)->facts.side[0].stream));
    }
    judge(&hostile);
    tear_down(&hostile);
}

/* Above a hole, what shows that it is no TLS: then not even a TLS connection is kept. */
static void
no_tls_out_of_order(void **state)
{
    static const guint8 octets[1000] = { 'G', 'E', 'T' };
    struct hostile hostile;

    (void)state;
    set_up(&hostile);
    send_segment(&hostile, 0, 0, NULL, 0, CLOSURE_SYN);
    send_segment(&hostile, 1, 0, NULL, 0, CLOSURE_SYN | CLOSURE_ACK);
    send_segment(&hostile, 0, 1001, octets, sizeof octets, CLOSURE_ACK);
    assert_non_null(hostile.track.connection);
    send_segment(&hostile, 0, 1, octets, sizeof octets, CLOSURE_ACK);
    assert_null(hostile.track.connection);
    tear_down(&hostile);
}

static void
an_endless_handshake_message(void **state)
{
    guint8 octets[1000] = { 22, 3, 3, 0x03, 0xe3, 2, 0xff, 0xff, 0xff, 3, 3 };
    struct hostile hostile;

    (void)state;
    set_up(&hostile);
    begin(&hostile);
    for (guint32 i = 0; i < 20000; i++)
        send_segment(&hostile, 1, 1 + 1000 * i, octets, sizeof octets, CLOSURE_ACK);
    judge(&hostile);
    assert_true(hostile.most < MOST_KEPT);
    tear_down(&hostile);
}

static void
a_server_hello_that_never_ends(void **state)
{
    guint8 octets[16] = { 22, 3, 3, 0, 11, 2, 0, 0x1f, 0xff, 3, 3 };
    struct hostile hostile;

    (void)state;
    set_up(&hostile);
    begin(&hostile);
    for (guint32 i = 0; i < 20000; i++)
        send_segment(&hostile, 1, 1 + 16 * i, octets, sizeof octets, CLOSURE_ACK);
    judge(&hostile);
    assert_true(hostile.most < MOST_KEPT);
    tear_down(&hostile);
}

static void
records_of_an_alerts_size_without_end(void **state)
{
    guint8 octets[24] = { 23, 3, 3, 0, 19 };
    struct hostile hostile;

    (void)state;
    set_up(&hostile);
    begin(&hostile);
    for (guint32 i = 0; i < 50000; i++) {
        send_segment(&hostile, 0, 52 + 24 * i, octets, sizeof octets, CLOSURE_ACK);
        send_segment(&hostile, 1, 1 + 24 * i, octets, sizeof octets, CLOSURE_ACK);
    }
    judge(&hostile);
    assert_true(hostile.most < MOST_KEPT);
    tear_down(&hostile);
}

static void
an_orderly_close(void **state)
{
    const guint8 alert[] = { 21, 3, 3, 0, 2, 1, 0 };
    struct hostile hostile;

    (void)state;
    set_up(&hostile);
    begin(&hostile);
    send_segment(&hostile, 0, 52, alert, sizeof alert, CLOSURE_ACK | CLOSURE_FIN);
    send_segment(&hostile, 1, 1, alert, sizeof alert, CLOSURE_ACK | CLOSURE_FIN);
    judge(&hostile);
    assert_true(allocated() - hostile.before <= MOST_AT_REST);
    tear_down(&hostile);
}

/* A connection that is no TLS keeps nothing but its track. */
static void
no_tls_at_all(void **state)
{
    static const guint8 octets[1000] = { 'G', 'E', 'T' };
    struct hostile hostile;

    (void)state;
    set_up(&hostile);
    send_segment(&hostile, 0, 0, NULL, 0, CLOSURE_SYN);
    send_segment(&hostile, 1, 0, NULL, 0, CLOSURE_SYN | CLOSURE_ACK);
    for (guint32 i = 0; i < 1000; i++)
        send_segment(&hostile, 0, 1 + 2000 * i, octets, sizeof octets, CLOSURE_ACK);
    assert_null(closure_track_connection(&hostile.track));
    assert_true(sizeof hostile.track <= MOST_WITHOUT_TLS);
    assert_int_equal(allocated(), hostile.before);
    tear_down(&hostile);
}

/* ClientHello and close_notify of both sides, over and over. */
static void
many_tls_connections_on_one_tcp_connection(void **state)
{
    enum { CONNECTIONS = 5000 };
    static const guint8 hello[] = { 22, 3, 1, 0, 46, 1, 0, 0, 42, 3, 3 };
    guint8 client[51 + 7] = { 0 };
    const guint8 server[] = { 21, 3, 3, 0, 2, 1, 0 };
    struct hostile hostile;

    (void)state;
    memcpy(client, hello, sizeof hello);
    memcpy(client + 51, server, sizeof server);
    set_up(&hostile);
    send_segment(&hostile, 0, 0, NULL, 0, CLOSURE_SYN);
    send_segment(&hostile, 1, 0, NULL, 0, CLOSURE_SYN | CLOSURE_ACK);
    for (guint32 i = 0; i < CONNECTIONS; i++) {
        send_segment(&hostile, 0, 1 + (guint32)sizeof client * i, client, sizeof client, CLOSURE_ACK);
        send_segment(&hostile, 1, 1 + (guint32)sizeof server * i, server, sizeof server, CLOSURE_ACK);
    }
    judge(&hostile);
    assert_true(hostile.most < MOST_KEPT + (gsize)CONNECTIONS * MOST_PER_ENDED);
    print_message("%" G_GSIZE_FORMAT " octets for each TLS connection\n", hostile.most / CONNECTIONS);
    tear_down(&hostile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiny_segments_out_of_order),
        cmocka_unit_test(large_segments_above_a_hole),
        cmocka_unit_test(all_that_is_kept_above_a_hole),
        cmocka_unit_test(segments_in_reverse),
        cmocka_unit_test(many_holes),
        cmocka_unit_test(what_was_cut_off),
        cmocka_unit_test(no_tls_out_of_order),
        cmocka_unit_test(an_endless_handshake_message),
        cmocka_unit_test(a_server_hello_that_never_ends),
        cmocka_unit_test(records_of_an_alerts_size_without_end),
        cmocka_unit_test(an_orderly_close),
        cmocka_unit_test(no_tls_at_all),
        cmocka_unit_test(many_tls_connections_on_one_tcp_connection),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
