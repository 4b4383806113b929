#include "config.h"

#include "sheet.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* PrintContext::minimumShrinkFactor() in WebKit's Source/WebCore/page/PrintContext.h. */
#define WEBKIT_SHRINK 1.25
#define CSS_PER_INCH 96
#define POINTS_PER_INCH 72

/* WebKit cuts both sides of the layout to whole pixels. */
#define FRACTION_PX 0.25

/* A PDF ends with the place of its table of objects. */
#define MAX_TAIL_BYTES 64

static double
whole_pixels (double inches, double scale)
{
  return floor (inches * CSS_PER_INCH / scale + 0.01);
}

void
shot_sheet_plan (ShotSheet *self, const ShotPaper *paper)
{
  self->width_in = paper->is_landscape ? paper->height_in : paper->width_in;
  self->height_in = paper->is_landscape ? paper->width_in : paper->height_in;

  /* The height follows from the width by the ratio of the two. */
  double width_px = whole_pixels (self->width_in, paper->scale);
  double ratio = (whole_pixels (self->height_in, paper->scale) + FRACTION_PX) / width_px;
  double layout_in = (width_px + FRACTION_PX) / WEBKIT_SHRINK / POINTS_PER_INCH;
  self->right_in = self->width_in - layout_in;
  self->bottom_in = self->height_in - layout_in * ratio;
}

GArray *
shot_sheet_list_ranges (const char *page_ranges)
{
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (ShotSheetRange));
  bool    is_wanted[SHOT_PAPER_MAX_PAGES + 1] = { false };

  if (page_ranges == NULL) {
    const ShotSheetRange all = { .first = 0, .last = SHOT_PAPER_MAX_PAGES - 1 };
    return g_array_append_val (ranges, all);
  }
  while (*page_ranges != '\0') {
    char *rest;
    long  first = strtol (page_ranges, &rest, 10);
    long  last = *rest == '-' ? strtol (rest + 1, &rest, 10) : first;
    for (long page = MAX (first, 1); page <= MIN (last, SHOT_PAPER_MAX_PAGES); page++)
      is_wanted[page - 1] = true;
    page_ranges = *rest == ',' ? rest + 1 : "";
  }
  for (int page = 0; page < SHOT_PAPER_MAX_PAGES; page++) {
    if (!is_wanted[page])
      continue;
    ShotSheetRange range = { .first = page };
    while (is_wanted[page + 1])
      page++;
    range.last = page;
    g_array_append_val (ranges, range);
  }
  return ranges;
}

/* --- pages of a PDF ---------------------------------------------------------------------- */

/* The number behind the first @mark at or after @from; -1 without one. */
static int64_t
find_number (const char *pdf, size_t length, int64_t from, const char *mark)
{
  const char *at = from >= 0 && (size_t) from < length
                       ? memmem (pdf + from, length - (size_t) from, mark, strlen (mark))
                       : NULL;
  int64_t     number = -1;

  if (at == NULL)
    return -1;
  for (at += strlen (mark); at < pdf + length && g_ascii_isdigit (*at) && number < INT32_MAX; at++)
    number = MAX (number, 0) * 10 + (*at - '0');
  return number;
}

/* Where an object begins, by the table of them at @table. */
static int64_t
find_object (const char *pdf, size_t length, int64_t table, int64_t number)
{
  static const char first_entry[] = "0000000000 65535 f \n";
  const int64_t     entry_bytes = sizeof first_entry - 1;

  if (table < 0 || (size_t) table >= length || number < 1 || number > INT32_MAX)
    return -1;
  const char *entries = memmem (pdf + table, length - (size_t) table, first_entry,
                                (size_t) entry_bytes);
  if (entries == NULL)
    return -1;
  /* The line break before the entry is a mark as good as any. */
  int64_t at = entries - pdf + number * entry_bytes - 1;
  return find_number (pdf, length, at, "\n");
}

int
shot_sheet_count_pages (const char *pdf, size_t length)
{
  size_t  tail_bytes = MIN (length, MAX_TAIL_BYTES);
  int64_t table = find_number (pdf, length, (int64_t) (length - tail_bytes), "\nstartxref\n");
  int64_t root = find_number (pdf, length, table, "/Root ");
  int64_t catalog = find_object (pdf, length, table, root);
  int64_t tree = find_number (pdf, length, catalog, "/Pages ");
  int64_t count = find_number (pdf, length, find_object (pdf, length, table, tree), "/Count ");

  return (int) CLAMP (count, 0, INT32_MAX);
}
