/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Each rule of closing, sentence by sentence: its script has the outcome that the table says. */

#include "cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static gboolean
agrees(const char *what, const rule_case *one, const char *got, const char *expected)
{
    if (strcmp(got, expected) == 0)
        return TRUE;
    print_error("%s\n  %s\n  script:   %s\n  expected: %s\n  got:      %s\n", one->sentence, what, one->script,
                expected, got);
    return FALSE;
}

static gboolean
says(const rule_case *one, const script_outcome *outcome)
{
    char *texts = script_texts(outcome);
    const gboolean found = one->says == NULL || strstr(texts, one->says) != NULL;

    if (!found)
        print_error("%s\n  script:   %s\n  expected: ...%s...\n  texts:\n%s", one->sentence, one->script, one->says,
                    texts);
    g_free(texts);
    return found;
}

/* Whichever index the client has. */
static gboolean
holds(const rule_case *one, guint8 swapped)
{
    const script_options options = { .initial = { 1000, 5000 }, .swapped = swapped };
    GPtrArray *segments = script_parse(one->script);
    script_outcome *outcome = script_run(segments, &options, NULL, NULL);
    char *got = script_render(outcome, TRUE);
    const gboolean good = agrees(swapped ? "the client is side 1" : "the client is side 0", one, got, one->expected) &&
                          says(one, outcome);

    g_free(got);
    script_outcome_free(outcome);
    g_ptr_array_unref(segments);
    return good;
}

static void
each_case_holds(void **state)
{
    const rule_block *block = *state;
    guint failures = 0;

    for (gsize i = 0; i < block->count; i++)
        failures += !holds(&block->cases[i], 0) || !holds(&block->cases[i], 1);
    assert_int_equal(failures, 0);
}

int
main(void)
{
    GArray *tests = g_array_new(FALSE, TRUE, sizeof(struct CMUnitTest));
    guint cases = 0;

    for (guint i = 0; rules[i] != NULL; i++) {
        for (const rule_block *block = rules[i]; block->name != NULL; block++) {
            const struct CMUnitTest test = { block->name, each_case_holds, NULL, NULL, (void *)block };
            g_array_append_val(tests, test);
            cases += (guint)block->count;
        }
    }
    print_message("%u cases\n", cases);
    const int failed =
        _cmocka_run_group_tests("rules", (const struct CMUnitTest *)(gpointer)tests->data, tests->len, NULL, NULL);
    g_array_unref(tests);
    return failed;
}
