/* mail.h: a message as e-mail
 *
 * MIME: a text and the same as HTML, UTF-8 in Base64, lines ending in CR LF. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "notice.h"

G_BEGIN_DECLS

/* @from, @to: addresses alone, as the plan checked them. @id: makes the Message-ID, unique.
 * (transfer full) */
char *shot_mail_make (const ShotMessage *message, const char *from, const char *const *to,
                      const char *id, int64_t now_ms);

G_END_DECLS
