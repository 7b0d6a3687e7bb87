/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What users read: there is a text for everything, it is complete, and some sentences are exactly these. */

#include "cases.h"
#include "words/sequence.h"
#include "words/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void
expect_sentence(const char *text, const char *script)
{
    const gsize length = text != NULL ? strlen(text) : 0;
    const gboolean good = length > 0 && strstr(text, "(null)") == NULL && text[length - 1] != '.' && text[0] != ' ' &&
                          text[length - 1] != ' ' && strstr(text, "  ") == NULL && strstr(text, " ,") == NULL &&
                          strstr(text, "()") == NULL && strstr(text, "frame 0") == NULL && strstr(text, "..") == NULL;

    if (!good)
        print_error("script: %s\n  bad text: '%s'\n", script, text);
    assert_true(good);
}

static void
expect_said(GString *out, const char *script)
{
    expect_sentence(out->str, script);
    g_string_truncate(out, 0);
}

static void
each_side_has_its_words(const closure_judgement *judgement, const char *script, GString *out)
{
    for (guint side = 0; side < CLOSURE_SIDES; side++) {
        assert_non_null(closure_word_side(judgement, side));
        closure_say_way(judgement, side, out);
        expect_said(out, script);
        if (judgement->side[side].alert_kind != CLOSURE_NO_ALERT) {
            closure_say_alert(judgement, side, out);
            expect_said(out, script);
            closure_say_alert_short(judgement, side, out);
            expect_said(out, script);
        }
        if (judgement->facts.side[side].rare->harmless.at.frame != 0) {
            closure_say_harmless_alert(judgement, side, out);
            expect_said(out, script);
        }
    }
    assert_null(closure_word_side(judgement, CLOSURE_NOBODY));
}

static void
each_frame_has_its_info(const closure_judgement *judgement, guint frames, const char *script, GString *out)
{
    for (guint32 frame = 1; frame <= frames; frame++) {
        if (closure_say_info(judgement, frame, out))
            expect_said(out, script);
        assert_int_equal(out->len, 0);
    }
}

/* The steps are in order of capture, and their lines are of one width. */
static void
each_step_has_its_line(const closure_judgement *judgement, const char *script, GString *out)
{
    closure_step steps[CLOSURE_STEPS_MOST];
    const guint count = closure_sequence_list(judgement, steps);
    gsize width = 0;

    assert_true(count <= CLOSURE_STEPS_MOST);
    for (guint i = 0; i < count; i++) {
        assert_true(steps[i].at->frame != 0);
        assert_true(i == 0 || steps[i - 1].at->frame <= steps[i].at->frame);
        closure_say_step(judgement, &steps[i], steps[0].at->time, out);
        if (out->len == 0 || strstr(out->str, "(null)") != NULL || (width != 0 && out->len != width))
            print_error("script: %s\n  bad line: '%s'\n", script, out->str);
        assert_true(out->len > 0 && strstr(out->str, "(null)") == NULL);
        assert_true(width == 0 || out->len == width);
        width = out->len;
        g_string_truncate(out, 0);
    }
}

static void
each_judgement_has_its_words(const closure_judgement *judgement, guint frames, const char *script)
{
    GString *out = g_string_new(NULL);

    closure_say_summary(judgement, out);
    expect_said(out, script);
    each_side_has_its_words(judgement, script, out);
    for (guint i = 0; i < judgement->finding_count; i++) {
        closure_say_finding(judgement, &judgement->findings[i], out);
        expect_said(out, script);
    }
    each_frame_has_its_info(judgement, frames, script, out);
    each_step_has_its_line(judgement, script, out);
    g_string_free(out, TRUE);
}

struct watch {
    const char *script;
    gboolean no_inference;
};

static void
judge_now(const closure_track *track, guint32 frame, gpointer data)
{
    const struct watch *watch = data;
    const closure_connection *connection = closure_track_connection(track);

    for (guint whole = 0; whole < 2 && connection != NULL; whole++) {
        const closure_options options = { .infer_alerts = !watch->no_inference, .whole_capture = whole == 1 };
        closure_judgement judgement;

        closure_judge(connection, &options, &judgement);
        each_judgement_has_its_words(&judgement, frame, watch->script);
    }
}

/* After each segment, with the capture at its end or not, and with and without inferred alerts. */
static void
everything_has_a_text(void **state)
{
    (void)state;
    for (guint i = 0; rules[i] != NULL; i++) {
        for (const rule_block *block = rules[i]; block->name != NULL; block++) {
            for (gsize k = 0; k < block->count; k++) {
                for (guint no_inference = 0; no_inference < 2; no_inference++) {
                    struct watch watch = { block->cases[k].script, no_inference == 1 };
                    GPtrArray *segments = script_parse(watch.script);
                    script_outcome_free(script_run(segments, NULL, judge_now, &watch));
                    g_ptr_array_unref(segments);
                }
            }
        }
    }
}

static void
each_identifier_has_a_word_and_a_meaning(void **state)
{
    (void)state;
    for (closure_verdict verdict = 0; verdict < CLOSURE_VERDICTS; verdict++) {
        expect_sentence(closure_word_verdict(verdict), "verdicts");
        expect_sentence(closure_meaning_of_verdict(verdict), "verdicts");
    }
    for (closure_finding_id id = 0; id < CLOSURE_FINDINGS; id++) {
        expect_sentence(closure_word_finding(id), "findings");
        expect_sentence(closure_meaning_of_finding(id), "findings");
    }
    for (guint version = 0; version < 0x400; version++)
        expect_sentence(closure_word_version((guint16)version), "versions");
}

/* The identifiers are pinned: filters and scripts rely on them. */
static void
identifiers_are_pinned(void **state)
{
    static const char *const verdicts[CLOSURE_VERDICTS] = {
        "violation",  "fatal-alert", "handshake-closed", "truncated", "no-close-notify", "reset", "orderly",
        "incomplete", "one-sided",   "closing",          "open"
    };
    static const char *const findings[CLOSURE_FINDINGS] = { "fin_without_close_notify",
                                                            "rst_without_close_notify",
                                                            "handshake_closed",
                                                            "fatal_alert",
                                                            "data_after_close_notify",
                                                            "data_after_fatal_alert",
                                                            "data_after_encrypted_alert",
                                                            "close_notify_unanswered",
                                                            "fin_answered_without_close_notify",
                                                            "data_after_peer_close_notify",
                                                            "rst_after_close_notify",
                                                            "rst_after_fin",
                                                            "cleartext_after_close",
                                                            "close_notify_in_handshake",
                                                            "end_ttl_differs",
                                                            "capture_incomplete",
                                                            "orderly" };

    (void)state;
    for (guint i = 0; i < CLOSURE_VERDICTS; i++)
        assert_string_equal(closure_word_verdict(i), verdicts[i]);
    for (guint i = 0; i < CLOSURE_FINDINGS; i++)
        assert_string_equal(closure_word_finding(i), findings[i]);
}

static void
expect_time(gint64 nanoseconds, const char *expected)
{
    GString *out = g_string_new(NULL);

    closure_say_time(nanoseconds, out);
    assert_string_equal(out->str, expected);
    g_string_free(out, TRUE);
}

static void
a_span_of_time_has_a_unit_that_fits(void **state)
{
    (void)state;
    expect_time(G_GINT64_CONSTANT(60000000000), "60.0 s");
    expect_time(1500000, "1.5 ms");
    expect_time(12000, "12 us");
    GString *out = g_string_new(NULL);
    closure_say_time(0, out);
    assert_true(out->len > 0);
    g_string_truncate(out, 0);
    closure_say_time(G_MAXINT64, out);
    assert_true(out->len > 0);
    g_string_free(out, TRUE);
}

static void
expect_text(const char *script, const char *expected)
{
    GPtrArray *segments = script_parse(script);
    script_outcome *outcome = script_run(segments, NULL, NULL, NULL);
    char *texts = script_texts(outcome);
    char **lines = g_strsplit(texts, "\n", -1);
    gboolean found = FALSE;

    for (guint i = 0; lines[i] != NULL; i++)
        found |= strcmp(lines[i], expected) == 0;
    if (!found)
        print_error("script: %s\n  expected: %s\n  texts:\n%s", script, expected, texts);
    assert_true(found);
    g_strfreev(lines);
    g_free(texts);
    script_outcome_free(outcome);
    g_ptr_array_unref(segments);
}

/* The idle close of a server, in frames 30, 31 and 33. */
#define IDLE_CLOSE                                                                                                     \
    "hs13; S app(250) app(250); C; C app(100); S app(500); C; C app(100); S app(500); C; C app(100); S app(500); C; "  \
    "C app(100); S app(500); C; C app(100); S app(500); C; C app(100); S app(500); C; S; C; "                          \
    "S +60s alert13; S +0s fin; C ack(-2); C alert13; C fin; S"

static void
the_idle_close(void **state)
{
    (void)state;
    expect_text(
        IDLE_CLOSE,
        "Probably close_notify: the server closes after 60.0 s without application data; its FIN follows in frame "
        "31; the client answers with close_notify in frame 33");
    expect_text(IDLE_CLOSE, "Orderly close, begun by the server");
}

static void
the_bare_fin(void **state)
{
    (void)state;
    expect_text(
        "hs12; C app(100); S app(500); S fin; C; C fin; S",
        "The server closed (FIN) without close_notify while it was the last to send data: the client cannot know "
        "that it got everything");
}

static void
expect_in_texts(const char *script, const char *word, gboolean expected)
{
    GPtrArray *segments = script_parse(script);
    script_outcome *outcome = script_run(segments, NULL, NULL, NULL);
    char *texts = script_texts(outcome);

    if ((strstr(texts, word) != NULL) != expected)
        print_error("script: %s\n  '%s' is %s:\n%s", script, word, expected ? "missing" : "there", texts);
    assert_true((strstr(texts, word) != NULL) == expected);
    g_free(texts);
    script_outcome_free(outcome);
    g_ptr_array_unref(segments);
}

/* Rules §1.3: "an encrypted alert, taken for close_notify", not "sent close_notify"; "probably" for inferred ones. */
static void
no_text_claims_more_than_its_evidence(void **state)
{
    static const char encrypted[] = "hs12; C app(100); S app(500); C alert12; S alert12; C fin; S fin; C";
    static const char inferred[] = "hs13; C app(100); S app(500); C alert13; S alert13; C fin; S fin; C";
    static const char decrypted[] =
        "hs13; C app(100); S app(500); C alert13=alert(1,0); S alert13=alert(1,0); C fin; S fin; C";

    (void)state;
    expect_in_texts(encrypted, "taken for close_notify", TRUE);
    expect_in_texts(encrypted, "sent close_notify", FALSE);
    expect_in_texts(inferred, "robably", TRUE);
    expect_in_texts(inferred, "sent close_notify", FALSE);
    expect_in_texts(decrypted, "robably", FALSE);
    expect_in_texts(decrypted, "taken for", FALSE);
}

/* Rules §3: what TCP acknowledged may still lie unread. */
static void
no_text_takes_acknowledged_for_read(void **state)
{
    (void)state;
    for (guint i = 0; rules[i] != NULL; i++)
        for (const rule_block *block = rules[i]; block->name != NULL; block++)
            for (gsize k = 0; k < block->count; k++)
                expect_in_texts(block->cases[k].script, "was read by", FALSE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_has_a_text),
        cmocka_unit_test(each_identifier_has_a_word_and_a_meaning),
        cmocka_unit_test(identifiers_are_pinned),
        cmocka_unit_test(a_span_of_time_has_a_unit_that_fits),
        cmocka_unit_test(the_idle_close),
        cmocka_unit_test(the_bare_fin),
        cmocka_unit_test(no_text_claims_more_than_its_evidence),
        cmocka_unit_test(no_text_takes_acknowledged_for_read),
    };

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
