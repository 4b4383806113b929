/* report-html.h: a report as one HTML document
 *
 * Blocks of its main element that must not be torn apart, one after the other: headings, pairs of
 * pictures, articles. On paper data/report/paginate.js puts them on pages.
 *
 * Same thread as the archive.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "report-model.h"

G_BEGIN_DECLS

typedef enum {
  SHOT_PICTURES_INSIDE, /* in the document itself; see SHOT_REPORT_MAX_INSIDE */
  SHOT_PICTURES_FILES,  /* "pictures/0012-cpu.png" */
  SHOT_PICTURES_SERVED, /* "objects/HASH", for print */
} ShotReportPictures;

/* Pictures of more bytes than this in all: then those that were confirmed to be OK or ignored are put
 * into the document as thumbnails. */
#define SHOT_REPORT_MAX_INSIDE (64 * 1024 * 1024)

/* Fails as the stream or the archive does. */
gboolean shot_report_html_write (const ShotReportModel *model, ShotArchive *archive,
                                 ShotLanguage language, ShotReportPictures pictures,
                                 GOutputStream *stream, GError **error);

G_END_DECLS
