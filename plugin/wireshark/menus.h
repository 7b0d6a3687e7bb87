/* SPDX-License-Identifier: GPL-2.0-or-later */

/** @file
 * What the window offers for the selected frame: a conversation filter, and Tools > TLS Closure.
 */
#ifndef CLOSURE_MENUS_H
#define CLOSURE_MENUS_H

/** Once, at start. */
void closure_menus_register(int protocol);

#endif
