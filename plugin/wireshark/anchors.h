/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * Items of other dissectors that the analysis speaks about.
 */
#ifndef CLOSURE_ANCHORS_H
#define CLOSURE_ANCHORS_H

#include "scene.h"

/** What to look for in the part of the tree that belongs to the segment. */
typedef enum closure_anchor {
    CLOSURE_ANCHOR_NONE,
    CLOSURE_ANCHOR_FIN,          /**< the FIN flag */
    CLOSURE_ANCHOR_RST,          /**< the RST flag */
    CLOSURE_ANCHOR_FIRST_ALERT,  /**< the alert of the first TLS record that has one; if none has: the last record */
    CLOSURE_ANCHOR_LAST_ALERT,   /**< the alert of the last TLS record that has one; if none has: the last record */
    CLOSURE_ANCHOR_FIRST_RECORD, /**< the first TLS record */
    CLOSURE_ANCHOR_LAST_RECORD,  /**< the last TLS record */
} closure_anchor;

/** The item, if the tree is looked at and has one; else NULL. */
proto_item *closure_anchor_find(const closure_scene *scene, closure_anchor anchor);

#endif
