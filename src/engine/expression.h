/* expression.h: a JavaScript expression that the page must fulfil
 *
 * Asked of the page's own world again and again until it is true for the first time. Evaluated from
 * outside, so that no Content-Security-Policy of the page forbids it.
 *
 * Belongs to one visit; lives no longer than the view. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <webkit/webkit.h>

G_BEGIN_DECLS

typedef struct _ShotExpression ShotExpression;

typedef void (*ShotExpressionChanged) (void *user_data);

/* SHOT_ERROR_USAGE, with the place, for what is no expression. Nothing of it runs. */
gboolean shot_expression_check (const char *text, GError **error);

/* Asks nothing yet. The callback tells that it has become true. (transfer full) */
ShotExpression *shot_expression_new  (WebKitWebView *view, const char *text,
                                      ShotExpressionChanged changed_cb, void *user_data);
void            shot_expression_free (ShotExpression *self); /* no callback follows; accepts NULL */

void shot_expression_start (ShotExpression *self); /* a new document is there */
void shot_expression_stop  (ShotExpression *self); /* it goes; what it answered is forgotten */

bool shot_expression_is_true (const ShotExpression *self);

G_END_DECLS
