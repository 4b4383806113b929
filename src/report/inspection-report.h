/* inspection-report.h: a run as a file for those who were not there
 *
 *   html   one file, pictures inside, opens anywhere
 *   pdf    A4 with numbered pages and contents, printed by the engine
 *   zip    HTML and Markdown beside pictures (PNG) and data (CSV), with SHA256SUMS
 *   md     text alone
 *
 * Main thread; the archive is read in another, through a connection of its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "pool.h"
#include "report-text.h"

G_BEGIN_DECLS

typedef enum {
  SHOT_REPORT_HTML,
  SHOT_REPORT_PDF,
  SHOT_REPORT_ZIP,
  SHOT_REPORT_MARKDOWN,
  SHOT_N_REPORT_FORMATS
} ShotReportFormat;

/* "html", "pdf", "zip", "md": also the ends of file names. */
const char *shot_report_format_get_name (ShotReportFormat format);
gboolean    shot_report_format_from_name (const char *name, ShotReportFormat *out_format);
const char *shot_report_format_get_mime_type (ShotReportFormat format);

typedef struct {
  const char      *archive; /* folder */
  int64_t          run_id;
  ShotReportFormat format;
  ShotLanguage     language;
  const char      *path; /* of the file, which appears whole or not at all */
  ShotPool        *pool; /* (borrowed) (nullable): of PDF; must outlive the report */
} ShotInspectionReportOptions;

/* _NOT_FOUND for the run, _STORAGE when the file cannot be written, _USAGE when a PDF would have too
 * many pages, and the errors of a render. */
void     shot_inspection_report_write_async  (const ShotInspectionReportOptions *options,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, void *user_data);
gboolean shot_inspection_report_write_finish (GAsyncResult *result, GError **error);

G_END_DECLS
