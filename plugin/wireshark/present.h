/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * Drawing what is known of a TLS connection into a frame: packet details, expert infos, Info column.
 *
 * In the first pass a frame shows what it settles: its closing events, findings that nothing can overturn, even if they
 * belong to an earlier frame, and the verdict once it is final. Later passes show in each frame what belongs to it.
 */
#ifndef CLOSURE_PRESENT_H
#define CLOSURE_PRESENT_H

#include "connections.h"
#include "scene.h"

/** Draws what there is to show of this TLS connection in this frame, and not what was drawn into it before. */
void closure_present(const closure_scene *scene, closure_entry *entry, const closure_judgement *judgement);

#endif
