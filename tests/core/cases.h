/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The rules as tables: a block per rule, a script and its outcome per sentence.
 */
#ifndef CLOSURE_TESTS_CASES_H
#define CLOSURE_TESTS_CASES_H

#include "script.h"

typedef struct rule_case {
    const char *sentence;
    const char *script;
    const char *expected; /**< as script_render() writes it */
    const char *says;     /**< one of the texts contains it; NULL: any */
} rule_case;

typedef struct rule_block {
    const char *name; /**< the rule's sentence */
    const rule_case *cases;
    gsize count;
} rule_block;

#define RULE_BLOCK(name)                                                                                               \
    {                                                                                                                  \
#name, name, G_N_ELEMENTS(name)                                                                                \
    }

/** All blocks; the last one has no name. */
extern const rule_block rules_of_model[];    /* §1 */
extern const rule_block rules_of_findings[]; /* §2 */
extern const rule_block rules_of_verdicts[]; /* §3 and §5 */

/** All of these tables; the last one is NULL. */
extern const rule_block *const rules[];

#endif
