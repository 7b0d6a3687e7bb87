/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * Findings as Wireshark's expert infos.
 */
#ifndef CLOSURE_EXPERTS_H
#define CLOSURE_EXPERTS_H

#include "compat.h"

#include "core/judge.h"

/** Once, at start. */
void closure_experts_register(int protocol);

/** Adds an expert info to @p item; NULL, where there is no tree: taps get it all the same. */
void closure_experts_add(packet_info *pinfo, proto_item *item, const closure_finding *finding, const char *text);

#endif
