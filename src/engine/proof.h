/* proof.h: whether a page that was led to an address shows what was asked for
 *
 * The address alone proves nothing: a Grafana may change it and go on showing the old panel. So
 * each of these must be certain: the same document, the dashboard, the panel, the range, the
 * variables, that every panel's data and the dashboard itself were asked for anew and for the range as
 * it is now, and that nothing is left of an earlier visit's scene. What is not certain is loaded.
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @text: what data/page/proof.js returned. NULL when all is proven, or a static line that says
 * what is not. */
const char *shot_proof_find_doubt (const char *text);

G_END_DECLS
