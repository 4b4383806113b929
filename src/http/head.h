/* head.h: whether the head of a request may be shown to libsoup
 *
 * libsoup 3.2 closes without a word on a long head, warns on a bad length, loses memory on a
 * transfer coding it does not know, and joins lines that others tell apart. So the lines are
 * judged before it has them. What they ask for is its business. Empty lines before a request are
 * passed over (RFC 9112, 2.2), and libsoup does not get to see them.
 *
 * Pure; any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SHOT_HEAD_MAX_BYTES 65000 /* libsoup's own limit is 65536 */

typedef enum {
  SHOT_HEAD_INCOMPLETE,
  SHOT_HEAD_GOOD,
  SHOT_HEAD_BAD,
} ShotHeadVerdict;

/* @text: what has come so far, not terminated; @n_judged: how much of it was INCOMPLETE the last
 * time, or 0. @out_status, @out_reason (static; "Phrase: what is wrong"): the answer to a BAD
 * one. */
ShotHeadVerdict shot_head_judge (const char *text, size_t length, size_t n_judged,
                                 unsigned *out_status, const char **out_reason);

/* How many bytes of empty lines there are before the request. */
size_t shot_head_count_empty (const char *text, size_t length);

/* Of a GOOD one: where it ends, empty lines in front included, and how long the body behind it is.
 * False when only the body itself will tell. */
bool shot_head_measure (const char *text, size_t length, size_t *out_n_head,
                        uint64_t *out_n_body);

G_END_DECLS
