#include "sheet.h"

#include <math.h>
#include <string.h>

/* What WebKit makes of a sheet, as read in its PrintContext and measured. */
static void
check_sheet (const ShotPaper *paper)
{
  ShotSheet sheet;

  shot_sheet_plan (&sheet, paper);
  double available_width = (sheet.width_in - sheet.right_in) * 72;
  double available_height = (sheet.height_in - sheet.bottom_in) * 72;
  double width_px = floor (available_width * 1.25);
  double height_px = floor (width_px * available_height / available_width);
  double points_per_px = sheet.width_in * 72 / width_px;

  g_assert_cmpfloat_with_epsilon (width_px, sheet.width_in * 96 / paper->scale, 1);
  g_assert_cmpfloat_with_epsilon (height_px, sheet.height_in * 96 / paper->scale, 1);
  g_assert_cmpfloat_with_epsilon (points_per_px / (0.75 * paper->scale), 1, 0.01);
}

static void
test_plan (void)
{
  static const char *const names[] = { "a0", "a4", "a6", "letter", "ledger" };
  const double             scales[] = { 0.1, 0.25, 0.5, 1, 1.5, 2 };
  ShotPaper                paper;
  ShotSheet                sheet;

  shot_paper_init (&paper);
  for (size_t i = 0; i < G_N_ELEMENTS (names) * G_N_ELEMENTS (scales) * 2; i++) {
    g_assert_true (shot_paper_set_format (&paper, names[i / 2 % G_N_ELEMENTS (names)]));
    paper.scale = scales[i / 2 / G_N_ELEMENTS (names)];
    paper.is_landscape = i % 2 == 0;
    check_sheet (&paper);
  }

  /* Whole pixels stay whole: 44 lines of 24 pixels fit on 11 inches. */
  shot_paper_set_format (&paper, "letter");
  paper.scale = 1;
  paper.is_landscape = true;
  shot_sheet_plan (&sheet, &paper);
  g_assert_cmpfloat (sheet.width_in, ==, 11);
  g_assert_cmpfloat (floor ((sheet.width_in - sheet.right_in) * 72 * 1.25), ==, 1056);
}

static void
check_ranges (const char *text, const char *expected)
{
  g_autoptr (GArray)  ranges = shot_sheet_list_ranges (text);
  g_autoptr (GString) found = g_string_new (NULL);

  for (unsigned i = 0; i < ranges->len; i++) {
    const ShotSheetRange *range = &g_array_index (ranges, ShotSheetRange, i);
    g_string_append_printf (found, "%s%d-%d", i > 0 ? " " : "", range->first, range->last);
  }
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_ranges (void)
{
  check_ranges (NULL, "0-999");
  check_ranges ("1", "0-0");
  check_ranges ("5,1-2,3", "0-2 4-4");
  check_ranges ("7,7,6-8", "5-7");
  check_ranges ("1000", "999-999");
  check_ranges ("1-1000", "0-999");
}

static const char document[] = "%PDF-1.4\n"
                               "2 0 obj\n<</Type /Catalog\n/Pages 1 0 R>>\nendobj\n"
                               "1 0 obj\n<</Type /Pages\n/Count 12\n/Kids [4 0 R]>>\nendobj\n"
                               "xref\n0 3\n0000000000 65535 f \n0000000056 00000 n \n"
                               "0000000009 00000 n \ntrailer\n<</Size 3\n/Root 2 0 R\n"
                               "/Info 3 0 R>>\nstartxref\n111\n%%EOF\n";

static void
test_count (void)
{
  size_t length = strlen (document);

  g_assert_cmpint (shot_sheet_count_pages (document, length), ==, 12);
  /* Whatever it is given, it reads no further than that. */
  size_t end = (size_t) (strstr (document, "startxref") - document);
  for (size_t i = 0; i < end; i++) {
    g_autofree char *cut = g_memdup2 (document, MAX (i, 1));
    g_assert_cmpint (shot_sheet_count_pages (cut, i), ==, 0);
  }
  for (size_t i = 0; i < length; i++) {
    g_autofree char *spoilt = g_memdup2 (document, length);
    spoilt[i] = '9';
    g_assert_cmpint (shot_sheet_count_pages (spoilt, length), >=, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sheet/plan", test_plan);
  g_test_add_func ("/sheet/ranges", test_ranges);
  g_test_add_func ("/sheet/count", test_count);
  return g_test_run ();
}
