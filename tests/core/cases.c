/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "cases.h"

const rule_block *const rules[] = { rules_of_model, rules_of_findings, rules_of_verdicts, NULL };
