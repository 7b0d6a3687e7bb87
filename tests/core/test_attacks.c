/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Attacks on the analysis: somebody, the sender or one on the path, who wants a truncation to look orderly, or an
 * orderly close to look like one. Each case names the trick, and what is right. Octets come from the first copy that
 * was captured, as for nearly every receiver; what cannot be told apart without keys is said to be inferred or
 * encrypted, never decrypted.
 */
#include "cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/*
 * Without keys all of these could be genuine, and all could be forged: a record of an alert's size or type, by the
 * sender or on its way, and a FIN with octets above it. The evidence says that nobody has read the alert.
 */
static const rule_case not_told_apart_without_keys[] = {
    { "a forged last record of an alert's size, TLS 1.3",
      "hs13; C app(100); S app(500); S app(19) fin; C app(19) fin; S", "orderly - S inferred; orderly chat 5",
      "probably" },
    { "a forged record of type 21, TLS 1.2", "hs12; C app(100); S app(500); S alert12 fin; C alert12 fin; S",
      "orderly - S encrypted; orderly chat 5", "encrypted alert" },
    { "an alert hidden by padding, TLS 1.3: taken for data", "hs13; C app(100); S app(500); S app(300) fin; C fin; S",
      "no-close-notify possible S inferred; fin_without_close_notify S warning 4", "padding" },
    { "an alert behind a hole, where the reader finds records again",
      "hs12; C app(100); S app(500); S isn(3000) alert12 fin; C ack(-1)", "closing - S encrypted",
      "taken for close_notify" },
    { "an alert above a FIN: octets that were sent above it stay data",
      "hs12; C app(100); S app(500) fin; S alert12; C fin; S",
      "one-sided - S encrypted; close_notify_unanswered C chat 5", "if that was a close_notify" },
    { "an alert far beyond the window, above a FIN: which of both is forged is not known",
      "hs12; C app(100); S app(500) fin; S isn(900000) alert12; C ack(@3) fin; S", "one-sided - S encrypted", NULL },
};

static const rule_case told_apart_with_keys[] = {
    { "the forged record does not decrypt: the evidence stays inferred",
      "hs13decrypted; C app(100)=data; S app(500)=data; S app(19) fin; C app(19)=alert(1,0) fin; S",
      "orderly - S inferred; orderly chat 5", NULL },
    { "it decrypts, and is data of an alert's size",
      "hs13decrypted; C app(100)=data; S app(500)=data; S app(19)=data fin; C fin; S",
      "no-close-notify possible S decrypted; fin_without_close_notify S warning 4", NULL },
    { "an alert hidden by padding",
      "hs13decrypted; C app(100)=data; S app(500)=data; S app(300)=alert(1,0) fin; C app(300)=alert(1,0) fin; S",
      "orderly - S decrypted; orderly chat 5", NULL },
    { "a record of type 21, TLS 1.2, with a warning that closes nothing",
      "hs12decrypted; C app(100)=data; S app(500)=data; S alert12=alert(1,100) fin; C fin; S",
      "no-close-notify possible S decrypted; fin_without_close_notify S warning 4", NULL },
};

/*
 * Known without keys as well. Which of two copies the receiver took is not: it is taken to be the first. An alert in
 * the clear is what anybody on the path can make, and a receiver that decrypts refuses it.
 */
static const rule_case alerts_that_no_receiver_takes[] = {
    { "over octets that were there before", "hs12; C app(100); S app(500); S app(26) fin; S seq(-32) alert12; C fin; S",
      "no-close-notify possible S decrypted; fin_without_close_notify S warning 4", NULL },
    { "as another copy of the last record",
      "hs13; C app(100); S app(500); S app(300); S seq(-305) app(19); S fin; C fin; S",
      "no-close-notify possible S inferred; fin_without_close_notify S warning 6", NULL },
    { "over a part of the record before", "hs12; C app(100); S app(500); S seq(-26) alert12 alert12; S fin; C fin; S",
      "incomplete - S -; capture_incomplete S note 5", "cannot be told" },
    { "in the payload of a RST", "hs12; C app(100); S app(500); S rst alert12; C",
      "reset possible S decrypted; rst_without_close_notify S warning 4", NULL },
    { "in the clear after encryption began, TLS 1.2", "hs12; C app(100); S app(500); S alert(1,0) fin; C fin; S",
      "no-close-notify possible S decrypted; fin_without_close_notify S warning 4", NULL },
    { "in the clear after encryption began, TLS 1.3", "hs13; C app(100); S app(500); S alert(1,0) fin; C fin; S",
      "no-close-notify possible S inferred; fin_without_close_notify S warning 4", "padding" },
    { "in the clear, of level fatal", "hs13; C app(100); S app(500); S alert(2,40) fin; C fin; S",
      "no-close-notify possible S inferred; fin_without_close_notify S warning 4", "padding" },
    { "in the clear after encryption began: it does not hide the end that follows",
      "hs12; C app(100); S app(500); S alert(2,40); S alert12 fin; C alert12 fin; S",
      "orderly - S encrypted; orderly chat 6", NULL },
};

/* A FIN or a RST is never authenticated: only what its sender does afterwards, or another TTL, gives it away. */
static const rule_case forged_ends[] = {
    { "a RST out of the window, and the connection goes on",
      "hs12; C app(100); S rst seq(900000); S app(500); C; C alert12 fin; S alert12 fin; C",
      "orderly - C encrypted; orderly chat 7", NULL },
    { "a RST before the end, from elsewhere, and the connection goes on",
      "hs12; C app(100); S app(200); C; S rst ttl(40); S app(500); C; C alert12 fin; S alert12 fin; C",
      "orderly - C encrypted; end_ttl_differs S note 5; orderly chat 9", NULL },
    { "a RST in the place of the end, from elsewhere", "hs12; C app(100); S app(200); C; S rst ttl(40); C",
      "reset possible S decrypted; end_ttl_differs S note 5; rst_without_close_notify S warning 5", NULL },
    { "a FIN in the midst of the answer, from elsewhere, and its sender goes on",
      "hs12; C app(100); S app(200); C; S fin ttl(40); C; C fin; S seq(-1) app(500); S alert12 fin; C rst noack",
      "one-sided - S encrypted; end_ttl_differs S note 5; rst_after_fin C note 10", "its FIN was in frame" },
    { "a FIN once more, at another position",
      "hs12; C app(100); S app(200); S alert12 fin; C; C alert12 fin; S; S fin seq(5000)",
      "orderly - S encrypted; orderly chat 6", NULL },
    { "the last record cut short, then completed, then said otherwise",
      "hs12; C app(100); S part(500,200); S rest(305) alert12 fin; S seq(-337) junk(100); C alert12 fin; S",
      "orderly - S encrypted; orderly chat 6", NULL },
};

static const rule_block blocks[] = {
    RULE_BLOCK(not_told_apart_without_keys),
    RULE_BLOCK(told_apart_with_keys),
    RULE_BLOCK(alerts_that_no_receiver_takes),
    RULE_BLOCK(forged_ends),
};

static gboolean
agrees(const rule_case *one, const char *got, const char *texts)
{
    if (strcmp(got, one->expected) == 0 && (one->says == NULL || strstr(texts, one->says) != NULL))
        return TRUE;
    print_error("%s\n  script:   %s\n  expected: %s ...%s...\n  got:      %s\n%s", one->sentence, one->script,
                one->expected, one->says != NULL ? one->says : "", got, texts);
    return FALSE;
}

static gboolean
holds(const rule_case *one)
{
    const script_options options = { .initial = { 1000, 5000 } };
    GPtrArray *segments = script_parse(one->script);
    script_outcome *outcome = script_run(segments, &options, NULL, NULL);
    char *got = script_render(outcome, TRUE);
    char *texts = script_texts(outcome);
    const gboolean good = agrees(one, got, texts);

    g_free(texts);
    g_free(got);
    script_outcome_free(outcome);
    g_ptr_array_unref(segments);
    return good;
}

static void
each_trick_is_judged_right(void **state)
{
    const rule_block *block = *state;
    guint failures = 0;

    for (gsize i = 0; i < block->count; i++)
        failures += !holds(&block->cases[i]);
    assert_int_equal(failures, 0);
}

int
main(void)
{
    struct CMUnitTest tests[G_N_ELEMENTS(blocks)] = { 0 };

    for (guint i = 0; i < G_N_ELEMENTS(blocks); i++)
        tests[i] = (struct CMUnitTest){ blocks[i].name, each_trick_is_judged_right, NULL, NULL, (void *)&blocks[i] };
    return cmocka_run_group_tests_name("attacks", tests, NULL, NULL);
}
