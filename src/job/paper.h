/* paper.h: what a PDF is printed on
 *
 * A plain struct inside a job. Sizes and defaults are those of the Grafana image renderer, which
 * follow Chromium's and differ from ISO 216 in the third digit.
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define SHOT_PAPER_MAX_PAGES 1000
#define SHOT_PAPER_MIN_SCALE 0.1
#define SHOT_PAPER_MAX_SCALE 2.0

typedef struct {
  double width_in;  /* portrait, inches */
  double height_in; /* portrait, inches */
  bool   is_landscape;
  bool   has_backgrounds;
  double scale;       /* of the content on the page; 1: a CSS inch is an inch */
  char  *page_ranges; /* (owned) (nullable): as shot_paper_normalize_ranges() writes it; NULL: all */
} ShotPaper;

/* A4, landscape, with backgrounds, scale 1, all pages. */
void shot_paper_init  (ShotPaper *self);
void shot_paper_clear (ShotPaper *self);

/* "a4", "Letter" …; FALSE, @self unchanged, for other names. */
gboolean shot_paper_set_format (ShotPaper *self, const char *name);

/* CSS pixels that one line of the sheet holds: the width of a view that looks like the print. */
int shot_paper_get_css_width (const ShotPaper *self);

/* "a0, a1, …", for messages. */
const char *shot_paper_list_formats (void);

/* "1, 3-5,8-" to "1,3-5,8-1000": first to last, 1 to SHOT_PAPER_MAX_PAGES; "" and blanks to NULL.
 * FALSE for what is no list of pages. @out_ranges: (transfer full) (nullable) */
gboolean shot_paper_normalize_ranges (const char *text, char **out_ranges);

G_END_DECLS
