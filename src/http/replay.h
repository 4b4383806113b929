/* replay.h: a stream that gives back what was read from it already
 *
 * So that the head of a request can be looked at before libsoup has it. Reads first what it is
 * told, then its base; all else is the base's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* @base must be pollable; closing the new stream closes it. (transfer full) */
GIOStream *shot_replay_new (GIOStream *base, GBytes *head);

/* Ends after @n_more bytes of the base. Closing it does not close the base any more, but calls
 * @closed, once, with whether all of it was read: the base may go on then. */
void shot_replay_set_turn (GIOStream *self, uint64_t n_more,
                           void (*closed) (bool is_whole, void *user_data), void *user_data);

G_END_DECLS
