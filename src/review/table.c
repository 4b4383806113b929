#include "config.h"

#include "table.h"

#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>

#include "error.h"

#define FRAME "# frame "
#define MAX_FRAMES 1000

typedef struct {
  const char *at;
  const char *end;
  unsigned    frame; /* the one that is wanted */
  unsigned    limit;
  int         n_frame; /* the one we are in */
  JsonArray  *frames;  /* (owned) */
  JsonArray  *columns; /* (owned) (nullable) */
  JsonArray  *rows;    /* (owned) */
  unsigned    total;
} Reader;

/* Behind the field's end. @out: (nullable): the text goes there. */
static const char *
read_quoted (const char *at, const char *end, GString *out)
{
  while (at < end) {
    const char *quote = memchr (at, '"', (size_t) (end - at));
    const char *stop = quote != NULL ? quote : end;
    if (out != NULL)
      g_string_append_len (out, at, stop - at);
    if (quote == NULL)
      return end;
    if (quote + 1 == end || quote[1] != '"')
      return quote + 1;
    if (out != NULL)
      g_string_append_c (out, '"');
    at = quote + 2;
  }
  return end;
}

static const char *
read_field (const char *at, const char *end, GString *out)
{
  const char *start = at;

  if (at < end && *at == '"')
    return read_quoted (at + 1, end, out);
  while (at < end && *at != ',' && *at != '\n' && *at != '\r')
    at++;
  if (out != NULL)
    g_string_append_len (out, start, at - start);
  return at;
}

/* One line. @array: (nullable): its fields go there. */
static void
read_line (Reader *self, JsonArray *array)
{
  g_autoptr (GString) field = array != NULL ? g_string_new (NULL) : NULL;

  for (;;) {
    if (field != NULL)
      g_string_truncate (field, 0);
    self->at = read_field (self->at, self->end, field);
    if (field != NULL) {
      g_autofree char *valid = g_utf8_make_valid (field->str, (gssize) field->len);
      json_array_add_string_element (array, valid);
    }
    /* What follows a closing quote by mistake belongs to nothing. */
    while (self->at < self->end && *self->at != ',' && *self->at != '\n')
      self->at++;
    if (self->at == self->end)
      return;
    if (*self->at++ == '\n')
      return;
  }
}

static bool
read_frame_line (Reader *self)
{
  size_t      left = (size_t) (self->end - self->at);
  const char *stop;

  if (left < strlen (FRAME) || memcmp (self->at, FRAME, strlen (FRAME)) != 0)
    return false;
  self->at += strlen (FRAME);
  stop = memchr (self->at, '\n', (size_t) (self->end - self->at));
  stop = stop != NULL ? stop : self->end;

  g_autofree char *name = g_utf8_make_valid (self->at, stop - self->at);
  g_strchomp (name);
  if (json_array_get_length (self->frames) < MAX_FRAMES)
    json_array_add_string_element (self->frames, name);
  self->n_frame++;
  self->at = MIN (stop + 1, self->end);
  return true;
}

static bool
is_empty_line (Reader *self)
{
  if (*self->at != '\n' && *self->at != '\r')
    return false;
  self->at++;
  return true;
}

static void
read_row (Reader *self, bool *has_header)
{
  bool is_wanted = self->n_frame == (int) self->frame;

  if (!is_wanted) {
    read_line (self, NULL);
  } else if (!*has_header) {
    self->columns = json_array_new ();
    read_line (self, self->columns);
    *has_header = true;
  } else if (self->total++ < self->limit) {
    JsonArray *row = json_array_new ();
    read_line (self, row);
    json_array_add_array_element (self->rows, row);
  } else {
    read_line (self, NULL);
  }
}

static void
read_all (Reader *self)
{
  bool has_header = false;

  while (self->at < self->end) {
    if (read_frame_line (self) || is_empty_line (self))
      continue;
    /* A single frame may come without its line. */
    if (self->n_frame < 0) {
      self->n_frame = 0;
      json_array_add_string_element (self->frames, "");
    }
    read_row (self, &has_header);
  }
}

JsonObject *
shot_table_read (const char *text, size_t length, unsigned frame, unsigned limit, GError **error)
{
  Reader      self = { .at = text,
                       .end = text + length,
                       .frame = frame,
                       .limit = limit,
                       .n_frame = -1,
                       .frames = json_array_new (),
                       .rows = json_array_new () };
  JsonObject *object;

  read_all (&self);
  if (frame > 0 && (int) frame > self.n_frame) {
    json_array_unref (self.frames);
    json_array_unref (self.rows);
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND, "the data has no frame %u", frame);
    return NULL;
  }
  object = json_object_new ();
  json_object_set_array_member (object, "columns",
                                self.columns != NULL ? self.columns : json_array_new ());
  json_object_set_array_member (object, "rows", self.rows);
  json_object_set_int_member (object, "total", self.total);
  json_object_set_array_member (object, "frames", self.frames);
  json_object_set_int_member (object, "frame", frame);
  return object;
}
