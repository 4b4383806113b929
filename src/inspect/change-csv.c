#include "config.h"

#include "change-csv.h"

#include <math.h>
#include <string.h>

#define FRAME "# frame"

/* No number that a program writes is longer. */
#define MAX_NUMBER 40

void
shot_csv_init (ShotCsv *self, const char *text)
{
  memset (self, 0, sizeof *self);
  /* Excel's mark, should a file have been through it. */
  self->at = g_str_has_prefix (text, "\xef\xbb\xbf") ? text + 3 : text;
  self->text = g_string_sized_new (256);
}

void
shot_csv_clear (ShotCsv *self)
{
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
  self->text = NULL;
}

/* Copies what lies before @end, as far as a field may go. @start: where the field began. */
static void
append (ShotCsv *self, size_t start, const char *from, const char *end)
{
  size_t have = self->text->len - start;

  if (have < SHOT_CSV_MAX_FIELD)
    g_string_append_len (self->text, from,
                         (gssize) MIN ((size_t) (end - from), SHOT_CSV_MAX_FIELD - have));
}

static const char *
read_quoted (ShotCsv *self, const char *at, size_t start)
{
  for (;;) {
    const char *quote = strchr (at, '"');
    const char *end = quote != NULL ? quote : at + strlen (at);

    append (self, start, at, end);
    if (quote == NULL)
      return end;
    if (quote[1] != '"')
      return quote + 1;
    append (self, start, quote, quote + 1);
    at = quote + 2;
  }
}

/* Leaves @at behind the field, at a comma, a line end or the end. */
static const char *
read_field (ShotCsv *self, const char *at)
{
  size_t start = self->text->len;

  if (*at == '"')
    at = read_quoted (self, at + 1, start);
  const char *end = at + strcspn (at, ",\r\n");
  append (self, start, at, end);
  if (self->n_fields < SHOT_CSV_MAX_COLUMNS) {
    self->starts[self->n_fields++] = (unsigned) start;
    g_string_append_c (self->text, '\0');
  } else {
    g_string_truncate (self->text, start);
  }
  return end;
}

static void
read_frame (ShotCsv *self)
{
  const char *end = self->at + strcspn (self->at, "\r\n");
  const char *name = self->at + strlen (FRAME);

  while (name < end && *name == ' ')
    name++;
  append (self, 0, name, end);
  self->starts[0] = 0;
  self->n_fields = 1;
  self->is_frame = true;
  self->at = end;
}

bool
shot_csv_next (ShotCsv *self)
{
  self->at += strspn (self->at, "\r\n");
  g_string_truncate (self->text, 0);
  self->n_fields = 0;
  self->is_frame = false;
  if (*self->at == '\0')
    return false;
  if (g_str_has_prefix (self->at, FRAME)) {
    read_frame (self);
    return true;
  }
  const char *at = read_field (self, self->at);
  while (*at == ',')
    at = read_field (self, at + 1);
  self->at = at;
  return true;
}

const char *
shot_csv_get (const ShotCsv *self, unsigned column)
{
  return column < self->n_fields ? self->text->str + self->starts[column] : "";
}

bool
shot_csv_is_number (const char *text, double *out_value)
{
  char *end;

  if (text[0] == '\0' || strlen (text) > MAX_NUMBER || strpbrk (text, "xX ") != NULL)
    return false;
  *out_value = g_ascii_strtod (text, &end);
  return end != text && *end == '\0';
}

bool
shot_csv_is_time (const char *text)
{
  static const char pattern[] = "0000-00-00T00:00";

  for (unsigned i = 0; pattern[i] != '\0'; i++)
    if (pattern[i] == '0' ? !g_ascii_isdigit (text[i]) : text[i] != pattern[i])
      return false;
  return true;
}
