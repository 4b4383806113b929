#include "config.h"

#include "paper.h"

#include "encoding.h"

static void
test_formats (void)
{
  ShotPaper paper;

  shot_paper_init (&paper);
  g_assert_cmpfloat (paper.width_in, ==, 8.2677);
  g_assert_cmpfloat (paper.height_in, ==, 11.70);
  g_assert_true (paper.is_landscape && paper.has_backgrounds);
  g_assert_true (shot_paper_set_format (&paper, "LeDgEr"));
  g_assert_cmpfloat (paper.width_in, ==, 17);
  g_assert_false (shot_paper_set_format (&paper, "a7"));
  g_assert_false (shot_paper_set_format (&paper, ""));
  g_assert_cmpfloat (paper.width_in, ==, 17);
  g_assert_cmpint (shot_paper_get_css_width (&paper), ==, 11 * 96);
  paper.is_landscape = false;
  paper.scale = 2;
  g_assert_cmpint (shot_paper_get_css_width (&paper), ==, 17 * 96 / 2);
  shot_paper_clear (&paper);
}

static void
test_ranges (void)
{
  static const struct {
    const char *text;
    const char *ranges; /* NULL: all pages */
  } good[] = {
    { "", NULL },         { "  ", NULL },    { "1", "1" },       { " 1, 3-5 ", "1,3-5" },
    { "8-", "8-1000" },   { "-4", "1-4" },   { "2-2", "2" },     { "1 - 3", "1-3" },
    { "3,1,3", "3,1,3" }, { "-", "1-1000" }, { "1000", "1000" },
  };
  static const char *const bad[] = {
    "0", "1,", ",", "5-1", "a", "1-2-3", "1;2", "1001", "+1", "1.5", "99999999999999999999"
  };

  for (size_t i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree char *ranges = NULL;
    g_assert_true (shot_paper_normalize_ranges (good[i].text, &ranges));
    g_assert_cmpstr (ranges, ==, good[i].ranges);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    char *ranges = NULL;
    g_test_message ("%s", bad[i]);
    g_assert_false (shot_paper_normalize_ranges (bad[i], &ranges));
    g_assert_null (ranges);
  }
}

static void
test_encodings (void)
{
  ShotEncoding encoding = SHOT_N_ENCODINGS;

  g_assert_true (shot_encoding_from_name ("JPG", &encoding));
  g_assert_cmpint (encoding, ==, SHOT_ENCODING_JPEG);
  g_assert_cmpstr (shot_encoding_get_mime_type (encoding), ==, "image/jpeg");
  g_assert_true (shot_encoding_from_name ("Pdf", &encoding));
  g_assert_false (shot_encoding_is_image (encoding));
  g_assert_false (shot_encoding_from_name ("gif", &encoding));
  g_assert_cmpint (encoding, ==, SHOT_ENCODING_PDF);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/paper/formats", test_formats);
  g_test_add_func ("/paper/ranges", test_ranges);
  g_test_add_func ("/paper/encodings", test_encodings);
  return g_test_run ();
}
