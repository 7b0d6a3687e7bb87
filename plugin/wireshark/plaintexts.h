/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * What Wireshark's TLS dissector decrypted of a frame.
 */
#ifndef CLOSURE_PLAINTEXTS_H
#define CLOSURE_PLAINTEXTS_H

#include "compat.h"

#include "core/segment.h"

/** Once, after all dissectors have registered. */
void closure_plaintexts_register(void);

/** How many records of this frame have been decrypted so far. */
guint closure_plaintexts_count(packet_info *pinfo);

/**
 * The records of this frame that were decrypted after the first @p skipped, in order.
 * @param mark   the frame's last protocol before those that can have decrypted any
 * @param count  set to how many there are
 * @return NULL if there are none. Lives as long as the frame's dissection.
 */
const closure_plaintext *closure_plaintexts_collect(packet_info *pinfo, const wmem_list_frame_t *mark, guint skipped,
                                                    guint *count);

#endif
