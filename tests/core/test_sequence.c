/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The closing as a diagram: which steps, in which order, in which direction, with which words and times. */

#include "script.h"
#include "words/sequence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The diagram, a line each. Caller frees. */
static char *
draw(const char *script, guint8 swapped)
{
    const script_options options = { .swapped = swapped };
    GPtrArray *segments = script_parse(script);
    script_outcome *outcome = script_run(segments, &options, NULL, NULL);
    GString *out = g_string_new(NULL);
    closure_judgement judgement;
    closure_step steps[CLOSURE_STEPS_MOST];
    guint count;

    assert_true(script_judge(outcome, &judgement));
    count = closure_sequence_list(&judgement, steps);
    for (guint i = 0; i < count; i++) {
        closure_say_step(&judgement, &steps[i], steps[0].at->time, out);
        g_string_append_c(out, '\n');
    }
    script_outcome_free(outcome);
    g_ptr_array_unref(segments);
    return g_string_free(out, FALSE);
}

/* The client stands on the left, whichever side of the TCP connection it is. */
static void
expect_diagram(const char *script, const char *expected)
{
    for (guint8 swapped = 0; swapped < 2; swapped++) {
        char *diagram = draw(script, swapped);

        assert_string_equal(diagram, expected);
        g_free(diagram);
    }
}

static void
the_words_stand_at_the_tail_of_the_arrow(void **state)
{
    (void)state;
    expect_diagram("hs12; C app(100); S app(500); S alert12=alert(1,0); S fin; C alert12=alert(1,0); C +2s fin",
                   "+0 us      client <--------------------------- close_notify -- server\n"
                   "+1.0 ms    client <------------------------------------ FIN -- server\n"
                   "+2.0 ms    client -- close_notify ---------------------------> server\n"
                   "+2.0 s     client -- FIN ------------------------------------> server\n");
}

static void
an_alert_and_a_fin_in_one_segment_are_two_steps(void **state)
{
    (void)state;
    expect_diagram("hs12; C app(100); S app(500); C alert12=alert(1,0) fin; S rst",
                   "+0 us      client -- close_notify ---------------------------> server\n"
                   "+0 us      client -- FIN ------------------------------------> server\n"
                   "+1.0 ms    client <------------------------------------ RST -- server\n");
}

static void
a_guess_is_called_one(void **state)
{
    (void)state;
    expect_diagram("hs13; C app(100); S app(500); C; S +60s alert13; S fin; C fin",
                   "+0 us      client <------------------ probably close_notify -- server\n"
                   "+1.0 ms    client <------------------------------------ FIN -- server\n"
                   "+2.0 ms    client -- FIN ------------------------------------> server\n");
}

static void
late_data_is_counted(void **state)
{
    (void)state;
    /* After the own alert. */
    expect_diagram("hs12; C app(100); S app(500); C alert12=alert(1,0); C app(100) app(100); C fin; S fin",
                   "+0 us      client -- close_notify ---------------------------> server\n"
                   "+1.0 ms    client -- after its alert: 2 records, 200 octets -> server\n"
                   "+2.0 ms    client -- FIN ------------------------------------> server\n"
                   "+3.0 ms    client <------------------------------------ FIN -- server\n");
    /* In answer to the peer's alert, or FIN. */
    expect_diagram("hs12; C app(100); S app(500); C alert12=alert(1,0); S app(100) app(50)",
                   "+0 us      client -- close_notify ---------------------------> server\n"
                   "+1.0 ms    client <------- late data: 2 records, 150 octets -- server\n");
    expect_diagram("hs12; C app(100); S app(500); C fin; S app(100); S fin",
                   "+0 us      client -- FIN ------------------------------------> server\n"
                   "+1.0 ms    client <-------- late data: 1 record, 100 octets -- server\n"
                   "+2.0 ms    client <------------------------------------ FIN -- server\n");
}

static void
what_is_no_record_of_this_connection_is_told(void **state)
{
    (void)state;
    expect_diagram("hs12; C app(100); S app(500); C alert12=alert(1,0); S alert12=alert(1,0); C raw(QUIT)",
                   "+0 us      client -- close_notify ---------------------------> server\n"
                   "+1.0 ms    client <--------------------------- close_notify -- server\n"
                   "+2.0 ms    client -- no TLS any more ------------------------> server\n");
}

static void
an_error_alert_has_its_name(void **state)
{
    (void)state;
    expect_diagram("C syn; S syn; C ch; S alert(2,70) fin; C fin",
                   "+0 us      client <----------------------- protocol_version -- server\n"
                   "+0 us      client <------------------------------------ FIN -- server\n"
                   "+1.0 ms    client -- FIN ------------------------------------> server\n");
}

static void
without_an_end_there_is_no_diagram(void **state)
{
    (void)state;
    expect_diagram("hs12; C app(100); S app(500); C", "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_stand_at_the_tail_of_the_arrow),
        cmocka_unit_test(an_alert_and_a_fin_in_one_segment_are_two_steps),
        cmocka_unit_test(a_guess_is_called_one),
        cmocka_unit_test(late_data_is_counted),
        cmocka_unit_test(what_is_no_record_of_this_connection_is_told),
        cmocka_unit_test(an_error_alert_has_its_name),
        cmocka_unit_test(without_an_end_there_is_no_diagram),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
