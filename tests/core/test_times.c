/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Times and amounts (rules §4), and what a judgement says of each side. */

#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MILLISECONDS(n) ((n)*G_GINT64_CONSTANT(1000000))

static closure_judgement
judge_with(const char *script, gboolean infer)
{
    const script_options options = { .initial = { 1000, 5000 }, .no_inference = !infer };
    GPtrArray *segments = script_parse(script);
    script_outcome *outcome = script_run(segments, &options, NULL, NULL);
    closure_judgement judgement = { 0 };

    assert_true(script_judge(outcome, &judgement));
    script_outcome_free(outcome);
    g_ptr_array_unref(segments);
    return judgement;
}

static closure_judgement
judge(const char *script)
{
    return judge_with(script, TRUE);
}

static void
expect_sides(const char *script, const char *expected)
{
    GPtrArray *segments = script_parse(script);
    script_outcome *outcome = script_run(segments, NULL, NULL, NULL);
    char *sides = script_render_sides(outcome);

    assert_string_equal(sides, expected);
    g_free(sides);
    script_outcome_free(outcome);
    g_ptr_array_unref(segments);
}

static void
idle_time_is_from_the_last_application_data_to_the_first_closing_event(void **state)
{
    (void)state;
    assert_int_equal(judge("hs12; C app(100); S app(500); C +60s alert12; S alert12; C fin; S fin").idle_time,
                     MILLISECONDS(60000));
    assert_int_equal(judge("hs13; C app(100); S app(500); S +60s alert13; S fin; C alert13; C fin").idle_time,
                     MILLISECONDS(60000));
    assert_int_equal(judge("hs12; C app(100); S app(500); C; S +5s fin; C fin").idle_time, MILLISECONDS(5001));
    assert_int_equal(judge("hs12; C app(100); S app(500); C; S +5s rst").idle_time, MILLISECONDS(5001));
    /* Neither a keep-alive nor a retransmission is application data. */
    assert_int_equal(
        judge("hs12; C app(100); S app(500); C; C +45s keepalive; S; C +15s alert12; S alert12; C fin").idle_time,
        MILLISECONDS(60002));
    assert_int_equal(judge("hs12; C app(100); S app(500); S +1s again(3); C +1s alert12; S alert12").idle_time,
                     MILLISECONDS(2000));
}

static void
idle_time_is_unknown_without_application_data(void **state)
{
    (void)state;
    assert_int_equal(judge("hs12; C +60s alert12; S alert12; C fin; S fin").idle_time, CLOSURE_NO_TIME);
    assert_int_equal(judge("tcp; C ch; S +60s fin; C fin").idle_time, CLOSURE_NO_TIME);
    assert_int_equal(judge("hs12; C app(100); S app(500)").idle_time, CLOSURE_NO_TIME);
}

static void
answer_time_is_from_close_notify_to_the_peers(void **state)
{
    (void)state;
    assert_int_equal(judge("hs12; C app(100); C alert12; S +40ms alert12; C fin; S fin").answer_time, MILLISECONDS(40));
    assert_int_equal(judge("hs13; C app(100); C alert13; C fin; S +39ms alert13; S fin").answer_time, MILLISECONDS(40));
    assert_int_equal(judge("hs12; C app(100); C alert12; S fin; C fin").answer_time, CLOSURE_NO_TIME);
    assert_int_equal(judge("hs12; C app(100); C alert12=alert(2,20); S alert12; S fin").answer_time, CLOSURE_NO_TIME);
}

static void
fin_delay_is_from_close_notify_to_the_own_fin(void **state)
{
    closure_judgement judgement = judge("hs12; C app(100); C alert12; S alert12; C +9ms fin; S +29ms fin");

    (void)state;
    assert_int_equal(judgement.side[SCRIPT_CLIENT].fin_delay, MILLISECONDS(10));
    assert_int_equal(judgement.side[SCRIPT_SERVER].fin_delay, MILLISECONDS(38));
    judgement = judge("hs12; C app(100); C alert12 fin; S alert12");
    assert_int_equal(judgement.side[SCRIPT_CLIENT].fin_delay, 0);
    assert_int_equal(judgement.side[SCRIPT_SERVER].fin_delay, CLOSURE_NO_TIME);
    judgement = judge("hs12; C app(100); C alert12; C rst");
    assert_int_equal(judgement.side[SCRIPT_CLIENT].fin_delay, CLOSURE_NO_TIME);
}

static void
duration_is_from_the_first_closing_event_to_the_last(void **state)
{
    (void)state;
    assert_int_equal(judge("hs12; C app(100); C alert12; S +10ms alert12; C +10ms fin; S +10ms fin; C +1s").duration,
                     MILLISECONDS(30));
    assert_int_equal(judge("hs12; C app(100); C fin").duration, 0);
    assert_int_equal(judge("hs12; C app(100)").duration, CLOSURE_NO_TIME);
}

static void
octets_at_risk_were_sent_and_never_acknowledged(void **state)
{
    closure_judgement judgement = judge("hs12; C app(100); S app(500); C; S app(300); S fin; C fin ack(@4)");

    (void)state;
    assert_int_equal(judgement.side[SCRIPT_SERVER].at_risk, 305);
    assert_int_equal(judgement.side[SCRIPT_CLIENT].at_risk, 0);
    judgement = judge("hs12; C app(100); S app(500); C fin; S fin; C");
    assert_int_equal(judgement.side[SCRIPT_SERVER].at_risk, 0);
    assert_int_equal(judgement.side[SCRIPT_CLIENT].at_risk, 0);
    judgement = judge("hs12; C app(100); S app(500); C fin; S app(300); C rst noack");
    assert_int_equal(judgement.side[SCRIPT_SERVER].at_risk, 305);
}

static void
a_cut_record_says_what_arrived_and_what_was_announced(void **state)
{
    closure_judgement judgement = judge("hs12; C app(100); S app(500) part(400,100); S fin; C fin");

    (void)state;
    assert_true(judgement.side[SCRIPT_SERVER].cut_short);
    assert_int_equal(judgement.side[SCRIPT_SERVER].cut_arrived, 100);
    assert_int_equal(judgement.side[SCRIPT_SERVER].cut_announced, 405);
    judgement = judge("hs12; C app(100); S app(500) part(400,3); S fin; C fin");
    assert_true(judgement.side[SCRIPT_SERVER].cut_short);
    assert_int_equal(judgement.side[SCRIPT_SERVER].cut_arrived, 3);
    assert_int_equal(judgement.side[SCRIPT_SERVER].cut_announced, 0);
    assert_false(judge("hs12; C app(100); S app(500); S fin; C fin").side[SCRIPT_SERVER].cut_short);
}

static void
records_after_the_close_are_counted(void **state)
{
    const closure_judgement judgement =
        judge("hs12; C app(100); S alert12=alert(1,0); S app(200) app(300); C; S app(50); S fin");
    const closure_records *records = &judgement.facts.side[SCRIPT_SERVER].rare->after_alert;

    (void)state;
    assert_int_equal(records->count, 3);
    assert_int_equal(records->octets, 550);
    assert_int_equal(records->kinds, CLOSURE_KIND_DATA);
}

static void
each_side_says_how_it_closed(void **state)
{
    (void)state;
    expect_sides(
        "hs12; C app(100); S app(500); C alert12; S alert12 fin; C fin",
        "C close_notify encrypted FIN on-its-own completed; S close_notify encrypted FIN in-response completed");
    expect_sides("hs13; C app(100); S app(500); C alert13; S alert13 fin; C rst",
                 "C close_notify inferred RST on-its-own completed; S close_notify inferred FIN in-response completed");
    expect_sides("tcp; C ch; S alert(2,40); S fin; C fin",
                 "C - - FIN in-response not-completed; S fatal_alert decrypted FIN on-its-own not-completed");
    expect_sides(
        "hs12; C app(100); S app(500); C alert12=alert(2,20); S alert12; S fin",
        "C fatal_alert decrypted - on-its-own completed; S acknowledgment encrypted FIN in-response completed");
    expect_sides("hs12; C app(100); S app(500) lost; C fin",
                 "C - - FIN cause-unknown completed; S - - - not-closed not-completed");
}

/* Preference: "nothing is said where it would decide". */
static void
without_inference_nothing_is_said_where_it_would_decide(void **state)
{
    closure_judgement judgement = judge_with("hs13; C app(100); S app(500); C alert13; S alert13; C fin; S fin", FALSE);

    (void)state;
    for (guint i = 0; i < judgement.finding_count; i++)
        assert_int_not_equal(judgement.findings[i].severity, CLOSURE_WARNING);
    assert_int_not_equal(judgement.verdict, CLOSURE_VERDICT_NO_CLOSE_NOTIFY);
    assert_int_not_equal(judgement.verdict, CLOSURE_VERDICT_ORDERLY);
    judgement = judge_with("hs12; C app(100); S app(500); C alert12; S alert12; C fin; S fin", FALSE);
    assert_int_equal(judgement.verdict, CLOSURE_VERDICT_ORDERLY);
    judgement = judge_with("hs13; C app(100); S app(500); C fin; S fin", FALSE);
    assert_int_equal(judgement.verdict, CLOSURE_VERDICT_NO_CLOSE_NOTIFY);
}

static void
the_version_is_told(void **state)
{
    (void)state;
    assert_int_equal(judge("tcp; C ch; S sh00").version, CLOSURE_SSL_3_0);
    assert_int_equal(judge("tcp; C ch; S sh10").version, CLOSURE_TLS_1_0);
    assert_int_equal(judge("tcp; C ch; S sh11").version, CLOSURE_TLS_1_1);
    assert_int_equal(judge("tcp; C ch; S sh12").version, CLOSURE_TLS_1_2);
    assert_int_equal(judge("tcp; C ch; S sh13").version, CLOSURE_TLS_1_3);
    assert_int_equal(judge("tcp; C ch; S hrr").version, CLOSURE_TLS_1_3);
    assert_int_equal(judge("tcp; C ch; S shdraft28").version, CLOSURE_TLS_1_3);
    assert_int_equal(judge("tcp; C ch; S shdraftfb").version, CLOSURE_TLS_1_3);
    assert_int_equal(judge("tcp; C ch; S shdraft7e").version, CLOSURE_TLS_1_3);
    assert_int_equal(judge("tcp; C ch").version, CLOSURE_VERSION_UNKNOWN);
    assert_int_equal(judge("C app(100); S app(500); C alert12").version, CLOSURE_TLS_UP_TO_1_2);
    assert_int_equal(judge("C app(100); S app(500); C hs(80)").version, CLOSURE_VERSION_UNKNOWN);
    assert_int_equal(judge("C ccs hs(40) app(100); S app(500)").version, CLOSURE_TLS_UP_TO_1_2);
}

/* Of the first TLS connection, while the capture goes on. */
static gboolean
is_final(const char *script)
{
    const closure_options options = { .infer_alerts = TRUE };
    GPtrArray *segments = script_parse(script);
    script_outcome *outcome = script_run(segments, NULL, NULL, NULL);
    const closure_connection *connection = closure_track_connection(g_ptr_array_index(outcome->tracks, 0));
    closure_judgement judgement;

    while (connection->previous != NULL)
        connection = connection->previous;
    closure_judge(connection, &options, &judgement);
    script_outcome_free(outcome);
    g_ptr_array_unref(segments);
    return judgement.is_final;
}

static void
a_judgement_is_final_when_nothing_can_change_it(void **state)
{
    (void)state;
    assert_false(is_final("hs12; C app(100); S app(500); C alert12; S alert12"));
    assert_false(is_final("hs12; C app(100); S app(500); C alert12; S alert12; C fin; S"));
    assert_false(is_final("hs12; C app(100); S app(500); S alert12; C alert12; S fin; C"));
    assert_true(is_final("hs12; C app(100); S app(500); C alert12; S alert12; C fin; S fin; C"));
    assert_true(is_final("hs12; C app(100); S app(500); C; C rst"));
    assert_true(is_final("hs12; C app(100); S app(500); C; S rst"));
    /* What is missing may still come, until it is acknowledged. */
    assert_false(is_final("hs12; C app(100); S app(500) lost; S app(300) fin; C fin ack(-2)"));
    assert_false(is_final("hs12; C app(100) lost; C app(50) fin; S fin ack(-2)"));
    assert_false(is_final("hs12; C app(100); S app(500) lost; S app(300); C ack(-2); C rst ack(-2)"));
    assert_true(is_final("hs12; C app(100); S app(500) lost; S app(300) fin; C fin"));
    /* Another TLS connection has begun, at whichever side's hello. */
    assert_true(is_final("hs12; C alert12; S alert12; C ch"));
    assert_true(is_final("hs12; S alert12; C alert12; S ch"));
    /* A direction that was not captured so far will not be. */
    assert_true(is_final("C syn; S syn lost; C; C ch; C ccs hs(40); C app(100); C fin"));
    assert_false(is_final("C syn; S syn lost; C; C ch; C ccs hs(40); C app(100); C alert12"));
}

static closure_change
change_by_last_segment_of(const char *script)
{
    GPtrArray *segments = script_parse(script);
    script_outcome *outcome = script_run(segments, NULL, NULL, NULL);
    const closure_change change = outcome->change;

    script_outcome_free(outcome);
    g_ptr_array_unref(segments);
    return change;
}

/* That no change is missed is a permutation test; that not too much is judged anew is this one. */
static void
a_segment_that_changes_little_is_told_apart(void **state)
{
    (void)state;
    assert_int_equal(change_by_last_segment_of("tcp; C ch"), CLOSURE_ANY_CHANGE);
    assert_int_equal(change_by_last_segment_of("hs12; C app(100); S app(500)"), CLOSURE_NO_CHANGE);
    assert_int_equal(change_by_last_segment_of("hs12; C app(100); S app(500); C"), CLOSURE_NO_CHANGE);
    assert_int_equal(change_by_last_segment_of("hs12; C app(100); S app(500); C alert12"), CLOSURE_ANY_CHANGE);
    assert_int_equal(change_by_last_segment_of("hs12; C app(100); S app(500); C alert12; S"), CLOSURE_AMOUNTS_CHANGE);
    assert_int_equal(change_by_last_segment_of("hs12; C app(100); S app(500); C fin; S"), CLOSURE_AMOUNTS_CHANGE);
    assert_int_equal(change_by_last_segment_of("hs12; C app(100); S app(500) lost; C alert12; S"), CLOSURE_ANY_CHANGE);
    assert_int_equal(change_by_last_segment_of("hs13; C app(100); C alert13 fin; S; C late_plaintext=alert(1,0)"),
                     CLOSURE_ANY_CHANGE);
}

static void
a_connection_has_a_first_and_a_last_frame(void **state)
{
    const closure_judgement judgement = judge("tcp; C ch; S alert(2,40) fin; C fin; S");

    (void)state;
    assert_int_equal(judgement.facts.first_frame, 4);
    assert_int_equal(judgement.facts.last_frame, 7);
    assert_int_equal(judgement.facts.last_frame_of[SCRIPT_CLIENT], 6);
    assert_int_equal(judgement.facts.last_frame_of[SCRIPT_SERVER], 7);
    assert_int_equal(judge("hs12; C alert12; S alert12; C ch; S").facts.first_frame, 12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_time_is_from_the_last_application_data_to_the_first_closing_event),
        cmocka_unit_test(idle_time_is_unknown_without_application_data),
        cmocka_unit_test(answer_time_is_from_close_notify_to_the_peers),
        cmocka_unit_test(fin_delay_is_from_close_notify_to_the_own_fin),
        cmocka_unit_test(duration_is_from_the_first_closing_event_to_the_last),
        cmocka_unit_test(octets_at_risk_were_sent_and_never_acknowledged),
        cmocka_unit_test(a_cut_record_says_what_arrived_and_what_was_announced),
        cmocka_unit_test(records_after_the_close_are_counted),
        cmocka_unit_test(each_side_says_how_it_closed),
        cmocka_unit_test(without_inference_nothing_is_said_where_it_would_decide),
        cmocka_unit_test(the_version_is_told),
        cmocka_unit_test(a_judgement_is_final_when_nothing_can_change_it),
        cmocka_unit_test(a_segment_that_changes_little_is_told_apart),
        cmocka_unit_test(a_connection_has_a_first_and_a_last_frame),
    };

    return cmocka_run_group_tests_name("times", tests, NULL, NULL);
}
