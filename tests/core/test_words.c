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

/* hs12 takes frames 1 to 9, hs13 1 to 7, tcp 1 to 3. */
static const struct {
    const char *script;
    const char *sentence;
} sentences[] = {
    { "tcp; C ch; S fin; C fin; S",
      "The server closed (FIN) during the handshake, without an alert: it had sent nothing, the last it got was "
      "ClientHello" },
    { "tcp; C ch; S sh12 cert shdone; C rst",
      "The client reset the connection (RST) during the handshake, without an alert: the last it sent was "
      "ClientHello, the last it got was ServerHelloDone" },
    { "tcp; C ch; S junk(30) fin; C fin; S",
      "The server closed (FIN) during the handshake, without an alert: it had sent something that is no TLS, the last "
      "it got was ClientHello" },
    { "tcp; C ch; S alert(2,40) fin; C fin; S",
      "Error alert handshake_failure: the server closes; its FIN is in the same frame; the client sends only a FIN, in "
      "frame 6" },
    { "tcp; C ch; S alert(2,40) fin; C fin; S",
      "The server sent the error alert handshake_failure: the handshake failed" },
    { "tcp; C ch; S sh12; S cert shdone; C alert(1,0) fin; S fin; C",
      "The client sent close_notify before the handshake completed: it gave up" },
    { "hs13; C app(100); S app(500); S fin lost; C alert13=alert(2,50) fin",
      "Error alert decode_error: the client answers something of the server that was not captured; its FIN is in the "
      "same frame" },
    { "hs13; C app(100); S app(500); S fin lost; C alert13=alert(2,50) fin",
      "The client sent the error alert decode_error in answer to something of the server that was not captured" },
    { "hs12; C app(100); S app(500); C alert12=alert(2,20) fin; S fin; C",
      "The client sent the error alert bad_record_mac and gave up the connection" },
    { "hs13; C app(100); S app(500); C fin; S alert13=alert(2,50); S fin; C",
      "The server sent the error alert decode_error in reaction to the client's FIN in frame 10: the cause is there" },
    { "hs12; C app(100); S part(500,300) fin; C; C fin; S",
      "The server closed (FIN) inside a TLS record: 300 of 505 octets arrived; the rest never reached the client" },
    { "hs12; C app(100); S app(500); C; C app(10); S app(50); C fin; S fin; C",
      "The client closed (FIN) without close_notify after the server's last data; nothing that it sent seems to be cut "
      "off" },
    { "hs12; C app(100); S app(500); C; C app(100); S; S +30s rst",
      "The server reset the connection (RST) without close_notify and left the client's last request unanswered; "
      "nothing that it sent seems to be cut off" },
    { "hs12; C app(100); S app(500); C; S rst ttl(40)",
      "TTL 40, where the earlier segments of the server had 64: it may have been injected by something between" },
    { "hs12; C app(100); S app(500) lost; C; S fin; C fin; S",
      "How the server closed cannot be told: octets before its FIN were not captured" },
    { "hs13; C app(100); S app(500); S junk(700) fin; C fin; S",
      "How the server closed cannot be told: octets before its FIN belong to no known TLS record" },
    { "hs12; C app(100); S alert12=alert(1,0); S app(200)=data app(300)=data; S fin; C fin; S",
      "The server sent 2 records of application data (500 octets) after its own close_notify: the client must ignore "
      "them" },
    { "hs12; C app(100); S app(500); S alert12; S app(200); S alert12 fin; C fin; S",
      "The server sent 1 record of application data (200 octets) after an alert that cannot be read (frame 12): it was "
      "a "
      "harmless warning, since another alert follows" },
    { "hs12; C app(100); S app(500); S alert12; S app(200); S fin; C fin; S",
      "The server sent 1 record of application data (200 octets) after an alert that cannot be read (frame 12): if it "
      "was a warning, they are in order; if it was close_notify, the client must ignore them" },
    { "hs12; C app(100); S app(500); S alert12=alert(1,0); C; C fin; S fin; C",
      "The client closed (FIN) without close_notify in answer to the server's close_notify" },
    { "hs12; C app(100); S app(500); S alert12; C; C fin; S fin; C",
      "The client closed (FIN) without close_notify in answer to the server's alert, if that was a close_notify" },
    { "hs12; C app(100); S app(500); S alert12=alert(1,0); C; C app(50)=data; C fin; S fin; C",
      "The client closed (FIN) without close_notify in answer to the server's close_notify, and had still sent "
      "application data: that may be cut off unnoticed" },
    { "hs12; C app(100); S app(500); S alert12=alert(1,0); C; C app(50)=data; C fin; S fin; C",
      "The client sent 1 record of application data (50 octets) although it had got the server's close_notify in frame "
      "12; RFC 5246 says to discard what is still to be written" },
    { "hs12; C app(100); S app(500); S alert12=alert(1,0) fin; C; C app(50)=data; S rst noack",
      "The client sent 1 record of application data (50 octets) although it had got the server's close_notify in frame "
      "12; the server answered with RST: that data is lost" },
    { "hs12; C app(100); S app(500); C; C fin; S app(200); S fin; C",
      "The server sent application data after the client's FIN in frame 13, then closed (FIN) without close_notify: "
      "that "
      "data may be cut off unnoticed" },
    { "hs12; C app(100); S app(500); C; C alert12; C rst",
      "The client reset the connection after its close_notify, without FIN: what the server had not read yet may be "
      "discarded" },
    { "hs12; C app(100); S app(500) lost; C ack(-2); C alert12 ack(-2); C rst ack(-2)",
      "The client reset the connection after its close_notify, without FIN; 105 octets of its data had not been "
      "acknowledged: the server may never have got that" },
    { "hs12; C app(100); S app(500); C ack(-1) alert12; C rst ack(-1)",
      "The client reset the connection after its close_notify, without FIN; 505 octets of the server's data had not "
      "been acknowledged: lost" },
    { "hs12; C app(100); S app(500); C; C alert12 fin; S; S alert12 fin; C rst noack",
      "The client had closed (FIN) and answers what still arrives with RST: harmless, no application data is lost" },
    { "hs12; C app(100); S app(500); C; S fin; C app(100); S rst noack",
      "The server had closed (FIN) and answers what still arrives with RST: 105 octets of the client's application "
      "data "
      "had not been acknowledged: lost" },
    { "hs12; C app(100); S app(500); C alert12 fin; S alert12; S raw(hello) fin; C",
      "The server goes on in clear text after both sides closed TLS" },
    { "hs12; C app(100); S app(500); C alert12; C raw(hello) fin; S fin; C",
      "The client sent octets that are no TLS record after its close_notify, which the server had not answered" },
    { "hs12; C app(100); S app(500); S alert12=alert(1,0) fin; C alert12=alert(1,0) fin ack(-1)",
      "Orderly close, begun by both at the same time" },
    { "hs12; C app(100); S app(500); S alert12=alert(1,0) fin; C alert12=alert(1,0) fin ack(-1)",
      "close_notify: the server closes 1.0 ms after the last application data; its FIN is in the same frame; the "
      "client "
      "closes at the same time with close_notify in frame 13" },
    /* One side's alert was read, the other's was not. */
    { "hs12; C app(100); S app(500); C; S alert12=alert(1,0) fin; C alert12 fin",
      "close_notify: the server closes 2.0 ms after the last application data; its FIN is in the same frame; the "
      "client "
      "answers with encrypted alert in frame 14" },
    { "hs12; C app(100); S app(500); C; S alert12; C fin; S",
      "Only the server sent what is taken for close_notify; the client closed with FIN" },
    { "hs12; C app(100); S app(500); S app(300) lost; C fin; S fin",
      "How the client closed cannot be told: what it had received last from the server was not captured" },
    { "hs12; C app(100); S app(500); S app(300) fin; C ack(@3)",
      "The server closed (FIN) without close_notify while it was the last to send data: the client cannot know that it "
      "got everything; 305 octets were never acknowledged" },
    { "tcp; C ch; S alert(1,112); C fin; S fin; C",
      "The client closed (FIN) during the handshake, without an alert: the last it sent was ClientHello, it had got no "
      "handshake message" },
    { "hs12; C app(100); S app(500) part(500,3) fin; C; C fin; S",
      "The server closed (FIN) inside a TLS record: only 3 octets of its header arrived; the rest never reached the "
      "client" },
    { "hs12; C app(100); S app(500); C alert12=alert(2,20); S alert12; S fin; C fin; S",
      "Alert that cannot be read: the server acknowledges the client's error alert in frame 12; its FIN follows in "
      "frame 14" },
    { "hs12; C app(100); S app(500); C alert12; S fin; C rst", "way of C: encrypted alert, RST" },
    { "hs12; C app(100); S app(500); C alert12; S fin; C rst", "way of S: FIN" },
    { "hs12; C app(100); S app(500); C fin; S alert12=alert(1,0) fin; C rst noack", "way of C: FIN, RST" },
    { "hs12; C app(100); S app(500); C fin; S alert12=alert(1,0) fin; C rst noack", "way of S: close_notify, FIN" },
    { "hs12; C app(100); S app(500)", "way of C: -" },
    { "hs12; C app(100); S app(500); C +1s alert12; S alert12",
      "Encrypted alert, taken for close_notify: the client closes after 1.0 s without application data; no FIN of its "
      "own was captured; the server answers with close_notify in frame 13" },
    /* In the Info column. */
    { "hs12; C app(100); S rst ttl(40)", "server closes without close_notify; perhaps injected: other TTL" },
    { "hs12; C app(100); S part(500,300) fin; C; C fin; S", "server closes inside a record" },
    { "tcp; C ch; S fin; C fin; S", "server closes during the handshake" },
    { "tcp; C ch; S alert(1,0) fin; C fin; S", "server gives up the handshake" },
    { "tcp; C ch; S alert(2,40) fin; C fin; S", "server sends handshake_failure" },
    { "hs12; C app(100); S app(500); C; C alert12; C rst", "client resets after close_notify" },
    { "hs12; C app(100); S app(500); C; S fin; C app(100); S rst noack",
      "server resets after FIN, data of the client is lost" },
    { "hs12; C app(100); S app(500); S alert12=alert(1,0); C; C fin; S fin; C", "client does not answer close_notify" },
    { "hs12; C app(100); S app(500); C; C fin; S app(200); S fin; C",
      "server closes without close_notify after late data" },
    { "hs13; C app(100); S app(500); C; S +60s alert13; S fin; C alert13; C fin", "server closes after 60.0 s idle" },
    { "hs13; C app(100); S app(500); C; S +60s alert13; S fin; C alert13; C fin", "client answers the close" },
    { "hs12; C app(100); S app(500); C alert12=alert(2,20); S alert12; S fin; C fin; S",
      "server acknowledges the error alert" },
    { "hs12; C app(100); S alert12=alert(1,0); S app(200); S fin; C", "server sends on after its alert" },
    { "hs12; C app(100); S alert12=alert(2,20); S app(200); S fin; C", "server sends on after its alert" },
    { "hs12; C app(100); S alert12; S app(200); S fin; C", "server sends on after its alert" },
    { "hs12; C app(100); S app(500); S alert12; C app(50); C alert12; C fin; S fin; C",
      "client sends data after close_notify of the server" },
    { "hs12; C app(100); S app(500); C alert12; C raw(hello); S fin; C", "client goes on in clear text" },
    { "hs12; C app(100); S app(500) lost; S fin; C; C fin; S", "cannot tell how server closed" },
};

static void
each_sentence_says_what_happened_who_did_it_and_what_it_means(void **state)
{
    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(sentences); i++)
        expect_text(sentences[i].script, sentences[i].sentence);
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
        cmocka_unit_test(each_sentence_says_what_happened_who_did_it_and_what_it_means),
        cmocka_unit_test(no_text_claims_more_than_its_evidence),
        cmocka_unit_test(no_text_takes_acknowledged_for_read),
    };

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
