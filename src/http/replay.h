/* replay.h: a stream that gives back what was read from it already
 *
 * So that the head of a request can be looked at before libsoup has it. Reads first what it is
 * told, then its base; all else is the base's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @base must be pollable; closing the new stream closes it. (transfer full) */
GIOStream *shot_replay_new (GIOStream *base, GBytes *head);

G_END_DECLS
