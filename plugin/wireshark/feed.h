/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * The dissector that stands in front of TCP: it has TCP dissect the segment, then has it analysed and presented.
 */
#ifndef CLOSURE_FEED_H
#define CLOSURE_FEED_H

/** Once, after all dissectors have registered. @param carrier  the protocol of the dissector, a part of TCP */
void closure_feed_register(int carrier);

#endif
