/* report.h: what a render tells besides its picture
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "result.h"

G_BEGIN_DECLS

/* One JSON object in one line: "output", "pictures", "flags", "stages" in ms, "last_blocker",
 * "missing" (what best effort did not wait for any longer), "reported" (whether the page
 * said itself that it was done), "fetched" by kind, "final_uri", "redirects"; on failure "error"
 * with code and message instead of the first two. Pictures of panels have the members of index.json
 * as well; @names: (nullable): of their files. @result and @error may be NULL. (transfer full) */
char *shot_report_make_json (const char *output, const ShotResult *result, const GPtrArray *names,
                             const GError *error);

/* One line for a person: size, time, what was odd. (transfer full) */
char *shot_report_make_line (const char *output, const ShotResult *result);

G_END_DECLS
