/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * Where the analysis of one segment is drawn.
 */
#ifndef CLOSURE_SCENE_H
#define CLOSURE_SCENE_H

#include "compat.h"

/** A frame while one TCP segment of it is dissected. */
typedef struct closure_scene {
    packet_info *pinfo;
    proto_tree *tree;       /**< NULL: nobody looks */
    const proto_node *mark; /**< the tree's last node before the segment's own; NULL: none */
} closure_scene;

#endif
