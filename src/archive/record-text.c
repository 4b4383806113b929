#include "config.h"

#include "record-text.h"

#include <string.h>

/* As json-glib writes them, which leaves all else as it is. */
static void
write_string (GString *text, const char *value)
{
  const char *start = value;
  const char *at = value;

  g_string_append_c (text, '"');
  for (; *at != '\0'; at++) {
    unsigned char byte = (unsigned char) *at;
    if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f)
      continue;
    g_string_append_len (text, start, at - start);
    if (byte == '"' || byte == '\\')
      g_string_append_printf (text, "\\%c", byte);
    else
      g_string_append_printf (text, "\\u%04x", byte);
    start = at + 1;
  }
  g_string_append_len (text, start, at - start);
  g_string_append_c (text, '"');
}

/* @name: with what stands before it: ",\"id\":". */
static void
add_text (GString *text, const char *name, const char *value)
{
  g_string_append (text, name);
  if (value != NULL)
    write_string (text, value);
  else
    g_string_append (text, "null");
}

static void
add_int (GString *text, const char *name, int64_t value)
{
  char digits[24];

  g_string_append (text, name);
  g_snprintf (digits, sizeof digits, "%" G_GINT64_FORMAT, value);
  g_string_append (text, digits);
}

static void
add_double (GString *text, const char *name, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (text, name);
  g_string_append (text, g_ascii_dtostr (digits, sizeof digits, value));
  /* As json-glib tells it from a whole number. */
  if (strpbrk (digits, ".e") == NULL)
    g_string_append (text, ".0");
}

static void
add_flags (GString *text, unsigned flags)
{
  const char *separator = "";

  g_string_append (text, ",\"flags\":[");
  for (unsigned i = 0; i < SHOT_N_CELL_FLAGS; i++) {
    if ((flags & 1u << i) == 0)
      continue;
    add_text (text, separator, shot_cell_flag_get_name (1u << i));
    separator = ",";
  }
  g_string_append_c (text, ']');
}

/* Whether it is an object that may be put there as it is. */
static bool
is_object (const char *text)
{
  g_autoptr (JsonObject) object = g_str_equal (text, "{}") ? NULL : shot_record_parse_object (text);

  return object != NULL || g_str_equal (text, "{}");
}

static void
add_verdict (GString *text, const ShotVerdict *verdict)
{
  add_text (text, ",\"verdict\":{\"kind\":", shot_verdict_get_name (verdict->kind));
  add_text (text, ",\"severity\":", shot_severity_get_name (verdict->severity));
  add_text (text, ",\"note\":", verdict->note);
  add_text (text, ",\"by\":", verdict->user);
  add_int (text, ",\"at\":", verdict->at_ms);
  add_int (text, ",\"revision\":", verdict->revision);
  g_string_append_c (text, '}');
}

static void
add_place (GString *text, const ShotCell *cell, bool has_variables)
{
  add_int (text, "{\"id\":", cell->id);
  add_int (text, ",\"run\":", cell->run_id);
  add_int (text, ",\"position\":", cell->position);
  add_text (text, ",\"key\":", cell->key);
  add_text (text, ",\"dashboard\":{\"uid\":", cell->dashboard_uid);
  add_text (text, ",\"title\":", cell->dashboard_title);
  add_int (text, ",\"version\":", cell->dashboard_version);
  add_text (text, "},\"panel\":{\"key\":", cell->panel_key);
  add_text (text, ",\"title\":", cell->panel_title);
  add_text (text, ",\"kind\":", cell->panel_kind);
  add_text (text, ",\"row\":", cell->row);
  add_text (text, "},\"range\":{\"label\":", cell->range);
  add_int (text, ",\"from\":", cell->from_ms);
  add_int (text, ",\"to\":", cell->to_ms);
  g_string_append (text, "},\"variables\":");
  g_string_append (text, has_variables ? cell->variables : "{}");
}

static void
add_cell (GString *text, const ShotCell *cell, bool has_variables)
{
  add_place (text, cell, has_variables);
  add_text (text, ",\"state\":", shot_cell_state_get_name (cell->state));
  add_flags (text, cell->flags);
  add_text (text, ",\"flagDetail\":", cell->flag_detail);
  add_text (text, ",\"failure\":", cell->failure);
  add_text (text, ",\"picture\":", cell->picture);
  add_text (text, ",\"thumbnail\":", cell->thumbnail);
  g_string_append (text, cell->data != NULL ? ",\"hasData\":true" : ",\"hasData\":false");
  add_int (text, ",\"width\":", cell->picture_width);
  add_int (text, ",\"height\":", cell->picture_height);
  add_double (text, ",\"change\":{\"score\":", cell->score);
  add_text (text, ",\"reason\":", cell->reason);
  add_double (text, ",\"picture\":", cell->picture_change);
  g_string_append_c (text, '}');
  add_verdict (text, &cell->verdict);
  add_text (text, ",\"addedBy\":", cell->added_by);
  g_string_append_c (text, '}');
}

void
shot_cells_write_json (const GPtrArray *cells, GString *text)
{
  const char *known = NULL;
  bool        is_good = false;

  g_string_append_c (text, '[');
  for (unsigned i = 0; i < cells->len; i++) {
    const ShotCell *cell = cells->pdata[i];
    /* Many in a row have the same. */
    if (known == NULL || !g_str_equal (known, cell->variables))
      is_good = is_object (cell->variables);
    known = cell->variables;
    if (i > 0)
      g_string_append_c (text, ',');
    add_cell (text, cell, is_good);
  }
  g_string_append_c (text, ']');
}
