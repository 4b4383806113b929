#include "config.h"

#include <string.h>

#include "error.h"
#include "nearest.h"
#include "range-private.h"

#define MAX_BYTES 200
#define MAX_AMOUNT 100000
#define MIN_YEAR 1970
#define MAX_YEAR 2199

/* Units as they are written, with the short one that we write ourselves first. "M" is a month, as in
 * Grafana's arithmetic; all other words are in lower case when they come here. */
static const struct {
  ShotRangeUnit unit;
  const char   *names[6];
} units[] = {
  { SHOT_UNIT_SECOND, { "s", "sec", "second", "seconds" } },
  { SHOT_UNIT_MINUTE, { "m", "min", "minute", "minutes", "mins" } },
  { SHOT_UNIT_HOUR, { "h", "hr", "hour", "hours" } },
  { SHOT_UNIT_DAY, { "d", "day", "days" } },
  { SHOT_UNIT_WEEK, { "w", "week", "weeks" } },
  { SHOT_UNIT_MONTH, { "M", "month", "months" } },
  { SHOT_UNIT_YEAR, { "y", "year", "years" } },
};

/* Phrases without a number in them. */
static const struct {
  const char   *text;
  ShotRangeKind kind;
  ShotRangeSpan span;
} phrases[] = {
  { "today", SHOT_RANGE_WHOLE, { 0, SHOT_UNIT_DAY } },
  { "yesterday", SHOT_RANGE_WHOLE, { 1, SHOT_UNIT_DAY } },
  { "day before yesterday", SHOT_RANGE_WHOLE, { 2, SHOT_UNIT_DAY } },
  { "this week", SHOT_RANGE_WHOLE, { 0, SHOT_UNIT_WEEK } },
  { "last week", SHOT_RANGE_WHOLE, { 1, SHOT_UNIT_WEEK } },
  { "this month", SHOT_RANGE_WHOLE, { 0, SHOT_UNIT_MONTH } },
  { "last month", SHOT_RANGE_WHOLE, { 1, SHOT_UNIT_MONTH } },
  { "this year", SHOT_RANGE_WHOLE, { 0, SHOT_UNIT_YEAR } },
  { "last year", SHOT_RANGE_WHOLE, { 1, SHOT_UNIT_YEAR } },
  { "today so far", SHOT_RANGE_SO_FAR, { 0, SHOT_UNIT_DAY } },
  { "this week so far", SHOT_RANGE_SO_FAR, { 0, SHOT_UNIT_WEEK } },
  { "this month so far", SHOT_RANGE_SO_FAR, { 0, SHOT_UNIT_MONTH } },
  { "this year so far", SHOT_RANGE_SO_FAR, { 0, SHOT_UNIT_YEAR } },
  { "same hour yesterday", SHOT_RANGE_SAME_HOUR, { 1, SHOT_UNIT_DAY } },
  { "same hour a week ago", SHOT_RANGE_SAME_HOUR, { 1, SHOT_UNIT_WEEK } },
};

static gboolean
fail (const char *text, GError **error)
{
  const char *known[G_N_ELEMENTS (phrases) + 1] = { NULL };

  for (size_t i = 0; i < G_N_ELEMENTS (phrases); i++)
    known[i] = phrases[i].text;
  const char      *nearest = shot_nearest_find (text, known);
  g_autofree char *shown = g_utf8_make_valid (text, (gssize) strnlen (text, MAX_BYTES));
  if (nearest != NULL)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "unknown range \"%s\": did you mean \"%s\"?",
                 shown, nearest);
  else
    g_set_error (
        error, SHOT_ERROR, SHOT_ERROR_USAGE,
        "unknown range \"%s\": write one such as \"last 6h\", \"yesterday\", \"this week so "
        "far\", \"same hour a week ago\", \"last 1h, 1w ago\", \"now-6h to now\" or "
        "\"2026-11-01 to 2026-11-08\"",
        shown);
  return FALSE;
}

static gboolean
refuse (const char *text, const char *why, GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "range \"%s\": %s", text, why);
  return FALSE;
}

/* Blanks of any kind become one space each; none at the ends. (transfer full) */
static char *
collapse (const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (; *text != '\0'; text++) {
    if (!g_ascii_isspace (*text))
      g_string_append_c (out, *text);
    else if (out->len > 0 && out->str[out->len - 1] != ' ')
      g_string_append_c (out, ' ');
  }
  if (out->len > 0 && out->str[out->len - 1] == ' ')
    g_string_truncate (out, out->len - 1);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* In lower case but for an "M" behind a number, a month. (transfer full) */
static char *
lower (const char *text)
{
  char *out = g_ascii_strdown (text, -1);

  for (size_t i = 1; *text != '\0' && text[i] != '\0'; i++) {
    bool is_alone = !g_ascii_isalnum (text[i + 1]);
    bool is_behind = g_ascii_isdigit (text[i - 1]) ||
                     (i > 1 && text[i - 1] == ' ' && g_ascii_isdigit (text[i - 2]));
    if (text[i] == 'M' && is_alone && is_behind)
      out[i] = 'M';
  }
  return out;
}

static gboolean
find_unit (const char *name, ShotRangeUnit *out_unit)
{
  for (size_t i = 0; i < G_N_ELEMENTS (units); i++) {
    for (const char *const *known = units[i].names; *known != NULL; known++) {
      if (g_str_equal (name, *known)) {
        *out_unit = units[i].unit;
        return TRUE;
      }
    }
  }
  return FALSE;
}

/* "90m", "2 weeks", "a week". */
static gboolean
parse_span (const char *text, ShotRangeSpan *out_span)
{
  size_t  digits = strspn (text, "0123456789");
  guint64 amount = 1;

  if (digits > 0) {
    g_autofree char *number = g_strndup (text, digits);
    if (!g_ascii_string_to_unsigned (number, 10, 1, MAX_AMOUNT, &amount, NULL))
      return FALSE;
    text += digits + (text[digits] == ' ' ? 1 : 0);
  } else if (g_str_has_prefix (text, "a ") || g_str_has_prefix (text, "an ")) {
    text = strchr (text, ' ') + 1;
  } else {
    return FALSE;
  }
  out_span->amount = (int) amount;
  return find_unit (text, &out_span->unit);
}

/* "1w ago" */
static gboolean
parse_ago (const char *text, ShotRangeSpan *out_span)
{
  if (!g_str_has_suffix (text, " ago"))
    return FALSE;
  g_autofree char *span = g_strndup (text, strlen (text) - strlen (" ago"));
  return parse_span (span, out_span);
}

/* "-1d/d+8h": Grafana's arithmetic behind "now". */
static gboolean
parse_steps (const char *text, ShotRangeEnd *out_end)
{
  while (*text != '\0') {
    ShotRangeStep step = { .is_rounding = *text == '/' };
    guint64       amount = 0;
    char         *rest = NULL;
    if (out_end->n_steps == SHOT_RANGE_MAX_STEPS || strchr ("+-/", *text) == NULL)
      return FALSE;
    bool is_minus = *text == '-';
    text++;
    if (!step.is_rounding) {
      if (!g_ascii_isdigit (*text))
        return FALSE;
      amount = g_ascii_strtoull (text, &rest, 10);
      text = rest;
    }
    char letter[] = { *text, '\0' };
    if (amount > MAX_AMOUNT || !find_unit (letter, &step.span.unit))
      return FALSE;
    step.span.amount = is_minus ? -(int) amount : (int) amount;
    out_end->steps[out_end->n_steps++] = step;
    text++;
  }
  return TRUE;
}

/* Digits of exactly this many places, then @mark, which is passed over. */
static gboolean
parse_number (const char **text, unsigned n_digits, char mark, int *out_number)
{
  int number = 0;

  for (unsigned i = 0; i < n_digits; i++) {
    if (!g_ascii_isdigit ((*text)[i]))
      return FALSE;
    number = number * 10 + (*text)[i] - '0';
  }
  *text += n_digits;
  if (**text != mark)
    return FALSE;
  *text += mark != '\0' ? 1 : 0;
  *out_number = number;
  return TRUE;
}

/* "2026-11-01", "2026-11-01T08:00", "2026-11-01 08:00:30" */
static gboolean
parse_wall (const char *text, ShotRangeEnd *out_end)
{
  ShotWall   *wall = &out_end->wall;
  const char *time = strpbrk (text, "Tt ");
  char        mark = time != NULL ? *time : '\0';

  out_end->is_date = time == NULL;
  if (!parse_number (&text, 4, '-', &wall->year) || !parse_number (&text, 2, '-', &wall->month) ||
      !parse_number (&text, 2, mark, &wall->day))
    return FALSE;
  if (wall->year < MIN_YEAR || wall->year > MAX_YEAR || wall->month < 1 || wall->month > 12 ||
      wall->day < 1 || wall->day > shot_wall_get_month_length (wall->year, wall->month))
    return FALSE;
  if (time == NULL)
    return TRUE;
  if (!parse_number (&text, 2, ':', &wall->hour))
    return FALSE;
  if (!parse_number (&text, 2, strlen (text) > 2 ? ':' : '\0', &wall->minute))
    return FALSE;
  if (*text != '\0' && !parse_number (&text, 2, '\0', &wall->second))
    return FALSE;
  return wall->hour <= 23 && wall->minute <= 59 && wall->second <= 59;
}

static gboolean
parse_end (const char *text, ShotRangeEnd *out_end)
{
  out_end->is_now = g_ascii_strncasecmp (text, "now", 3) == 0;
  if (!out_end->is_now)
    return parse_wall (text, out_end);
  g_auto (GStrv)   words = g_strsplit (text + 3, " ", -1);
  g_autofree char *steps = g_strjoinv ("", words);
  return parse_steps (steps, out_end);
}

/* @to: where " to " is in @text. */
static gboolean
parse_between (const char *text, const char *to, ShotRangeSpec *spec, GError **error)
{
  g_autofree char *from = g_strndup (text, (size_t) (to - text));

  spec->kind = SHOT_RANGE_BETWEEN;
  if (!parse_end (from, &spec->from) || !parse_end (to + strlen (" to "), &spec->to))
    return refuse (text,
                   "give dates such as 2026-11-01 or 2026-11-01T08:00, or arithmetic such as "
                   "now-1d/d, on both sides of \"to\"",
                   error);
  if (spec->from.is_now || spec->to.is_now)
    return TRUE;

  ShotWall begin = spec->from.wall;
  ShotWall end = spec->to.wall;
  end.day += spec->to.is_date ? 1 : 0;
  int64_t days = shot_wall_count_days (&end) - shot_wall_count_days (&begin);
  int64_t seconds = days * 86400 + (end.hour - begin.hour) * 3600 +
                    (end.minute - begin.minute) * 60 + end.second - begin.second;
  return seconds > 0 || refuse (text, "it ends before it begins: exchange the two", error);
}

static gboolean
parse_phrase (const char *text, ShotRangeSpec *spec)
{
  static const char hour[] = "same hour ";

  text += g_str_has_prefix (text, "the ") ? strlen ("the ") : 0;
  for (size_t i = 0; i < G_N_ELEMENTS (phrases); i++) {
    if (g_str_equal (text, phrases[i].text)) {
      spec->kind = phrases[i].kind;
      spec->span = phrases[i].span;
      return TRUE;
    }
  }
  if (g_str_has_prefix (text, hour)) {
    spec->kind = SHOT_RANGE_SAME_HOUR;
    return parse_ago (text + strlen (hour), &spec->span);
  }
  spec->kind = SHOT_RANGE_LAST;
  return g_str_has_prefix (text, "last ") && g_ascii_isdigit (text[strlen ("last ")]) &&
         parse_span (text + strlen ("last "), &spec->span);
}

gboolean
shot_range_parse (const char *text, ShotRangeSpec *out_spec, GError **error)
{
  g_autofree char *whole = collapse (text);
  g_autofree char *small = lower (whole);
  ShotRangeSpec    spec = { 0 };

  if (*whole == '\0' || strlen (whole) > MAX_BYTES || !g_utf8_validate (whole, -1, NULL))
    return fail (whole, error);

  /* Case has been put aside to find it, not to read it: "M" and "m" differ. */
  const char *to = strstr (small, " to ");
  if (to != NULL) {
    if (!parse_between (whole, whole + (to - small), &spec, error))
      return FALSE;
    *out_spec = spec;
    return TRUE;
  }
  if (parse_wall (whole, &spec.from) && spec.from.is_date) {
    spec.kind = SHOT_RANGE_BETWEEN;
    spec.to = spec.from;
    *out_spec = spec;
    return TRUE;
  }

  char *comma = strchr (small, ',');
  if (comma != NULL) {
    if (!parse_ago (comma + 1 + (comma[1] == ' ' ? 1 : 0), &spec.shift))
      return refuse (whole, "behind the comma stands how long ago, such as \"1w ago\"", error);
    *comma = '\0';
    g_strchomp (small);
  }
  memset (&spec.from, 0, sizeof spec.from);
  if (!parse_phrase (small, &spec))
    return fail (whole, error);
  *out_spec = spec;
  return TRUE;
}

static void
write_span (GString *out, const ShotRangeSpan *span)
{
  g_string_append_printf (out, "%d%s", span->amount, units[span->unit].names[0]);
}

static void
write_end (GString *out, const ShotRangeEnd *end)
{
  const ShotWall *wall = &end->wall;

  if (!end->is_now) {
    g_string_append_printf (out, "%04d-%02d-%02d", wall->year, wall->month, wall->day);
    if (!end->is_date)
      g_string_append_printf (out, "T%02d:%02d", wall->hour, wall->minute);
    if (!end->is_date && wall->second > 0)
      g_string_append_printf (out, ":%02d", wall->second);
    return;
  }
  g_string_append (out, "now");
  for (unsigned i = 0; i < end->n_steps; i++) {
    const ShotRangeStep *step = &end->steps[i];
    const char          *letter = units[step->span.unit].names[0];
    if (step->is_rounding)
      g_string_append_printf (out, "/%s", letter);
    else
      g_string_append_printf (out, "%+d%s", step->span.amount, letter);
  }
}

static bool
is_same_day (const ShotRangeSpec *spec)
{
  return !spec->from.is_now && !spec->to.is_now && spec->from.is_date && spec->to.is_date &&
         shot_wall_is_equal (&spec->from.wall, &spec->to.wall);
}

static void
write_phrase (GString *out, const ShotRangeSpec *spec)
{
  for (size_t i = 0; i < G_N_ELEMENTS (phrases); i++) {
    if (phrases[i].kind == spec->kind && phrases[i].span.amount == spec->span.amount &&
        phrases[i].span.unit == spec->span.unit) {
      g_string_append (out, phrases[i].text);
      return;
    }
  }
  g_string_append (out, spec->kind == SHOT_RANGE_SAME_HOUR ? "same hour " : "last ");
  write_span (out, &spec->span);
  g_string_append (out, spec->kind == SHOT_RANGE_SAME_HOUR ? " ago" : "");
}

char *
shot_range_write (const ShotRangeSpec *spec)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (spec->kind != SHOT_RANGE_BETWEEN) {
    write_phrase (out, spec);
  } else {
    write_end (out, &spec->from);
    if (!is_same_day (spec)) {
      g_string_append (out, " to ");
      write_end (out, &spec->to);
    }
  }
  if (spec->shift.amount > 0) {
    g_string_append (out, ", ");
    write_span (out, &spec->shift);
    g_string_append (out, " ago");
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}
