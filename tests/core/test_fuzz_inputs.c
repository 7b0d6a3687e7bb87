/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The inputs that libFuzzer begins with, and those with which it once found something. */

#include <glib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int LLVMFuzzerTestOneInput(const guint8 *octets, size_t count);

static void
each_input_is_judged(void **state)
{
    char *text = NULL;
    guint tried = 0;

    (void)state;
    assert_true(g_file_get_contents(CLOSURE_FUZZ_INPUTS, &text, NULL, NULL));
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        gsize count;

        if (**line == '#' || **line == '\0')
            continue;
        guint8 *octets = g_base64_decode(*line, &count);
        LLVMFuzzerTestOneInput(octets, count);
        g_free(octets);
        tried++;
    }
    assert_true(tried > 100);
    g_strfreev(lines);
    g_free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_input_is_judged) };

    return cmocka_run_group_tests_name("fuzz_inputs", tests, NULL, NULL);
}
