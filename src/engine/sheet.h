/* sheet.h: what WebKit is told so that it prints a paper as Chromium does
 *
 * WebKit lays a document out 1.25 times as wide as the paper counts points, and then draws it as
 * wide as the paper: a CSS inch would be 1.067 inches long. Its scale does not help, for it moves
 * the page breaks and not the layout. The style's page margins do: WebKit takes them off the paper
 * for the layout, but not for the drawing. So margins, mostly below 0, make the layout as large as
 * the paper is in CSS pixels, and each of these comes out at its true size.
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "paper.h"

G_BEGIN_DECLS

typedef struct {
  double width_in; /* of the paper as it lies, landscape or portrait */
  double height_in;
  double right_in; /* margins for @page */
  double bottom_in;
} ShotSheet;

typedef struct {
  int first; /* from 0 */
  int last;
} ShotSheetRange;

void shot_sheet_plan (ShotSheet *self, const ShotPaper *paper);

/* As ascending ranges that do not touch: pages come in the document's order, each once. NULL
 * @page_ranges is one range of SHOT_PAPER_MAX_PAGES. (transfer full) (element-type ShotSheetRange) */
GArray *shot_sheet_list_ranges (const char *page_ranges);

/* Pages of a document that WebKit's printer (Skia) has made; 0 for anything else. */
int shot_sheet_count_pages (const char *pdf, size_t length);

G_END_DECLS
