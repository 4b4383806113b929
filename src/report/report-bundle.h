/* report-bundle.h: a report as a folder in a zip
 *
 *   report.html report.md pictures/0012-cpu.png data/0012-cpu.csv SHA256SUMS
 *
 * Same thread as the archive.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "report-model.h"

G_BEGIN_DECLS

/* The file appears whole or not at all. */
gboolean shot_report_bundle_write (const ShotReportModel *model, ShotArchive *archive,
                                   ShotLanguage language, const char *path, GError **error);

G_END_DECLS
