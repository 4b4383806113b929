/* report-markdown.h: a report as Markdown, for wikis and tickets
 *
 * Same thread as the archive.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>

#include "report-model.h"

G_BEGIN_DECLS

/* @has_files: pictures stand beside it in "pictures/". (transfer full) */
char *shot_report_markdown_make (const ShotReportModel *model, ShotLanguage language,
                                 bool has_files);

G_END_DECLS
