#include "config.h"

#include "paper.h"

#include <string.h>

#define MAX_RANGES 100
#define CSS_PIXELS_PER_INCH 96

static const struct {
  const char *name;
  double      width_in;
  double      height_in;
} formats[] = {
  { "a0", 33.1102, 46.80 },  { "a1", 23.39, 33.1102 }, { "a2", 16.5354, 23.39 },
  { "a3", 11.70, 16.5354 },  { "a4", 8.2677, 11.70 },  { "a5", 5.8268, 8.2677 },
  { "a6", 4.1339, 5.8268 },  { "letter", 8.5, 11.0 },  { "legal", 8.5, 14.0 },
  { "tabloid", 11.0, 17.0 }, { "ledger", 17.0, 11.0 },
};

void
shot_paper_init (ShotPaper *self)
{
  *self = (ShotPaper){ .is_landscape = true, .has_backgrounds = true, .scale = 1 };
  shot_paper_set_format (self, "a4");
}

void
shot_paper_clear (ShotPaper *self)
{
  g_clear_pointer (&self->page_ranges, g_free);
}

gboolean
shot_paper_set_format (ShotPaper *self, const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (g_ascii_strcasecmp (name, formats[i].name) == 0) {
      self->width_in = formats[i].width_in;
      self->height_in = formats[i].height_in;
      return TRUE;
    }
  }
  return FALSE;
}

int
shot_paper_get_css_width (const ShotPaper *self)
{
  double inches = self->is_landscape ? self->height_in : self->width_in;

  return (int) (inches * CSS_PIXELS_PER_INCH / self->scale + 0.5);
}

const char *
shot_paper_list_formats (void)
{
  return "a0, a1, a2, a3, a4, a5, a6, letter, legal, tabloid or ledger";
}

/* Digits only, with blanks around; @fallback for an empty text. */
static bool
read_page (const char *text, unsigned fallback, unsigned *out_page)
{
  g_autofree char *plain = g_strstrip (g_strdup (text));
  guint64          page = fallback;

  if (*plain != '\0' &&
      !g_ascii_string_to_unsigned (plain, 10, 1, SHOT_PAPER_MAX_PAGES, &page, NULL))
    return false;
  *out_page = (unsigned) page;
  return page > 0;
}

static bool
append_range (GString *ranges, const char *text)
{
  g_auto (GStrv) ends = g_strsplit (text, "-", 2);
  unsigned       first, last;

  /* A single page has no open end. */
  if (ends[0] == NULL || !read_page (ends[0], ends[1] != NULL ? 1 : 0, &first))
    return false;
  last = first;
  if (ends[1] != NULL && !read_page (ends[1], SHOT_PAPER_MAX_PAGES, &last))
    return false;
  if (last < first)
    return false;
  g_string_append_printf (ranges, first == last ? "%s%u" : "%s%u-%u", ranges->len > 0 ? "," : "",
                          first, last);
  return true;
}

gboolean
shot_paper_normalize_ranges (const char *text, char **out_ranges)
{
  g_autoptr (GString) ranges = g_string_new (NULL);
  g_auto (GStrv)      parts = NULL;

  if (text[strspn (text, " \t")] == '\0') {
    *out_ranges = NULL;
    return TRUE;
  }
  parts = g_strsplit (text, ",", MAX_RANGES + 1);
  if (g_strv_length (parts) > MAX_RANGES)
    return FALSE;
  for (char **part = parts; *part != NULL; part++) {
    if (!append_range (ranges, *part))
      return FALSE;
  }
  *out_ranges = g_string_free (g_steal_pointer (&ranges), FALSE);
  return TRUE;
}
