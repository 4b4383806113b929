#include "config.h"

#include "cron.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"
#include "wall.h"

#define MAX_BYTES 200
#define MINUTE_MS INT64_C (60000)
/* The 29th of February on a Sunday can be 40 years away, because 2100 is no leap year. */
#define MAX_YEARS 41

typedef enum {
  FIELD_MINUTE,
  FIELD_HOUR,
  FIELD_DAY,
  FIELD_MONTH,
  FIELD_WEEKDAY,
  N_FIELDS
} Field;

struct _ShotCron {
  uint64_t allowed[N_FIELDS]; /* a bit for each value */
  bool     is_star[N_FIELDS]; /* "*" or "*" with a step: restricts nothing that the others do not */
  bool     is_elapsed;        /* names every hour or steps through them */
};

static const char *const month_names[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul",
                                           "aug", "sep", "oct", "nov", "dec", NULL };
static const char *const weekday_names[] = {
  "sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL
};

static const struct {
  const char        *name;
  unsigned           least;
  unsigned           most;
  const char *const *names; /* (nullable): of the values from @least on */
} fields[N_FIELDS] = {
  [FIELD_MINUTE] = { "minute", 0, 59, NULL },
  [FIELD_HOUR] = { "hour", 0, 23, NULL },
  [FIELD_DAY] = { "day of month", 1, 31, NULL },
  [FIELD_MONTH] = { "month", 1, 12, month_names },
  [FIELD_WEEKDAY] = { "day of week", 0, 7, weekday_names },
};

static const struct {
  const char *name;
  const char *line;
} nicknames[] = {
  { "@hourly", "0 * * * *" },   { "@daily", "0 0 * * *" },   { "@midnight", "0 0 * * *" },
  { "@weekly", "0 0 * * 0" },   { "@monthly", "0 0 1 * *" }, { "@yearly", "0 0 1 1 *" },
  { "@annually", "0 0 1 1 *" },
};

static gboolean
fail_field (Field field, const char *text, const char *why, GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "the %s \"%s\" of the schedule: %s",
               fields[field].name, text, why);
  return FALSE;
}

static gboolean
fail_value (Field field, const char *text, GError **error)
{
  g_autofree char *why = g_strdup_printf (
      "give %u to %u%s, \"*\", lists (1,5), ranges (1-5) or steps (*/15)", fields[field].least,
      fields[field].most, fields[field].names != NULL ? ", names of three letters" : "");

  return fail_field (field, text, why, error);
}

static gboolean
parse_value (Field field, const char *text, unsigned *out_value)
{
  const char *const *names = fields[field].names;
  guint64            number = 0;

  for (unsigned i = 0; names != NULL && names[i] != NULL; i++) {
    if (g_ascii_strcasecmp (text, names[i]) == 0) {
      *out_value = fields[field].least + i;
      return TRUE;
    }
  }
  if (!g_ascii_string_to_unsigned (text, 10, fields[field].least, fields[field].most, &number,
                                   NULL))
    return FALSE;
  *out_value = (unsigned) number;
  return TRUE;
}

/* "*", "5", "1-5", each with a step behind it but the single value. */
static gboolean
parse_item (ShotCron *self, Field field, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 2);
  unsigned       first = fields[field].least;
  unsigned       last = fields[field].most;
  guint64        step = 1;

  if (parts[0] == NULL || *parts[0] == '\0')
    return fail_value (field, text, error);
  if (!g_str_equal (parts[0], "*")) {
    g_auto (GStrv) ends = g_strsplit (parts[0], "-", 2);
    if (!parse_value (field, ends[0], &first) ||
        (ends[1] != NULL && !parse_value (field, ends[1], &last)))
      return fail_value (field, text, error);
    if (ends[1] == NULL && parts[1] != NULL)
      return fail_field (field, text, "a step needs a range or \"*\" in front of it", error);
    if (ends[1] == NULL)
      last = first;
    /* Sunday ends a range as 7, whatever it is called. */
    if (field == FIELD_WEEKDAY && last == 0 && first > 0)
      last = 7;
  } else if (field == FIELD_WEEKDAY) {
    last = 6;
  }
  if (parts[1] != NULL && !g_ascii_string_to_unsigned (parts[1], 10, 1, 60, &step, NULL))
    return fail_field (field, text, "a step is a number from 1", error);
  if (last < first)
    return fail_field (field, text, "the range ends before it begins: write it as two", error);
  for (unsigned value = first; value <= last; value += (unsigned) step)
    self->allowed[field] |= UINT64_C (1) << value;
  return TRUE;
}

static gboolean
parse_field (ShotCron *self, Field field, const char *text, GError **error)
{
  g_auto (GStrv) items = g_strsplit (text, ",", -1);

  self->is_star[field] = *text == '*';
  for (char **item = items; *item != NULL; item++) {
    if (!parse_item (self, field, *item, error))
      return FALSE;
  }
  if (field == FIELD_WEEKDAY && (self->allowed[field] & (1 << 7)) != 0)
    self->allowed[field] |= 1;
  if (field == FIELD_HOUR)
    self->is_elapsed = strchr (text, '/') != NULL || self->is_star[field] ||
                       self->allowed[field] == (1 << 24) - 1;
  return TRUE;
}

static bool
is_allowed (const ShotCron *self, Field field, int value)
{
  return (self->allowed[field] >> value & 1) != 0;
}

/* As crontab(5) has it: two restrictions of days are alternatives. */
static bool
is_day_due (const ShotCron *self, const ShotWall *date)
{
  bool is_day = is_allowed (self, FIELD_DAY, date->day);
  bool is_weekday = is_allowed (self, FIELD_WEEKDAY, shot_wall_get_weekday (date));

  if (!is_allowed (self, FIELD_MONTH, date->month))
    return false;
  if (self->is_star[FIELD_DAY] || self->is_star[FIELD_WEEKDAY])
    return is_day && is_weekday;
  return is_day || is_weekday;
}

/* Whether there is a day at all; in these years every date falls on every day of the week. */
static bool
is_ever_due (const ShotCron *self)
{
  ShotWall date = { .year = 2000, .month = 1, .day = 1 };

  while (date.year < 2028) {
    if (is_day_due (self, &date))
      return true;
    date.day++;
    date = shot_wall_normalize (&date);
  }
  return false;
}

/* At any run of blanks. */
static char **
split_words (const char *text)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv)           parts = g_strsplit_set (text, " \t", -1);

  for (char **part = parts; *part != NULL; part++) {
    if (**part != '\0')
      g_strv_builder_add (builder, *part);
  }
  return g_strv_builder_end (builder);
}

static const char *
find_line (const char *text)
{
  for (size_t i = 0; i < G_N_ELEMENTS (nicknames); i++) {
    if (g_ascii_strcasecmp (text, nicknames[i].name) == 0)
      return nicknames[i].line;
  }
  return text;
}

ShotCron *
shot_cron_new (const char *text, GError **error)
{
  g_autofree char     *stripped = g_strstrip (g_strdup (text));
  g_autoptr (ShotCron) self = g_new0 (ShotCron, 1);

  if (strlen (stripped) > MAX_BYTES || !g_str_is_ascii (stripped) ||
      strpbrk (stripped, "\r\n") != NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the schedule is no line of five fields: write one such as \"0 8 * * 1-5\"");
    return NULL;
  }

  g_auto (GStrv) words = split_words (find_line (stripped));
  unsigned       n_words = g_strv_length (words);
  if (n_words != N_FIELDS) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the schedule \"%s\" has %u fields: give five, minute, hour, day of month, month "
                 "and day of week, such as \"0 8 * * 1-5\", or one of @hourly, @daily, @weekly, "
                 "@monthly and @yearly",
                 stripped, n_words);
    return NULL;
  }
  for (Field field = 0; field < N_FIELDS; field++) {
    if (!parse_field (self, field, words[field], error))
      return NULL;
  }
  if (!is_ever_due (self)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the schedule \"%s\" is never due: no month that it names has day of month %s",
                 stripped, words[FIELD_DAY]);
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
shot_cron_free (ShotCron *self)
{
  g_free (self);
}

/* What is looked for among the moments of one day: the first after @after, or the last from there
 * up to @until. */
typedef struct {
  int64_t after;
  int64_t until;
  bool    is_last;
  int64_t found; /* 0: none yet */
} Search;

static void
offer (Search *self, int64_t ms)
{
  if (ms <= self->after || ms > self->until)
    return;
  if (self->found == 0 || (self->is_last ? ms > self->found : ms < self->found))
    self->found = ms;
}

/* A day on which a clock is set: every reading is looked up. */
static void
search_odd_day (const ShotCron *self, const ShotWall *wall, GTimeZone *zone, Search *search)
{
  int64_t first = shot_wall_to_ms (wall, zone, SHOT_WALL_FIRST);

  if (!self->is_elapsed) {
    offer (search, first);
    return;
  }
  /* Elapsed hours: what a clock leaves out is not made up for, what it shows twice is due twice. */
  ShotWall shown = shot_wall_from_ms (first, zone);
  if (!shot_wall_is_equal (&shown, wall))
    return;
  offer (search, first);
  offer (search, shot_wall_to_ms (wall, zone, SHOT_WALL_LAST));
}

static void
search_day (const ShotCron *self, const ShotWall *date, GTimeZone *zone, Search *search)
{
  ShotWall next = *date;
  next.day++;
  int64_t begin = shot_wall_to_ms (date, zone, SHOT_WALL_FIRST);
  int64_t end = shot_wall_to_ms (&next, zone, SHOT_WALL_LAST);
  bool    is_odd = end - begin != 24 * 60 * MINUTE_MS;

  for (int hour = 0; hour < 24; hour++) {
    if (!is_allowed (self, FIELD_HOUR, hour))
      continue;
    for (int minute = 0; minute < 60; minute++) {
      if (!is_allowed (self, FIELD_MINUTE, minute))
        continue;
      ShotWall wall = *date;
      wall.hour = hour;
      wall.minute = minute;
      if (is_odd)
        search_odd_day (self, &wall, zone, search);
      else
        offer (search, begin + (hour * 60 + minute) * MINUTE_MS);
    }
  }
}

/* From the day of @start on, day by day in the direction of @step. */
static int64_t
search_days (const ShotCron *self, int64_t start, int step, GTimeZone *zone, Search *search)
{
  ShotWall now = shot_wall_from_ms (start, zone);
  /* A gap around midnight makes up for the day before. */
  ShotWall date = { .year = now.year, .month = now.month, .day = now.day - step };
  int      n_days = MAX_YEARS * 366;

  for (int i = 0; i < n_days && search->found == 0; i++) {
    date = shot_wall_normalize (&date);
    if (is_day_due (self, &date))
      search_day (self, &date, zone, search);
    /* Nothing of a day that lies a day before can be later. */
    if (search->is_last &&
        shot_wall_to_ms (&date, zone, SHOT_WALL_FIRST) + 48 * 60 * MINUTE_MS < search->after)
      break;
    date.day += step;
  }
  return search->found;
}

int64_t
shot_cron_get_next (const ShotCron *self, int64_t after_ms, GTimeZone *zone)
{
  Search search = { .after = after_ms, .until = INT64_MAX };

  return search_days (self, after_ms, 1, zone, &search);
}

int64_t
shot_cron_get_last (const ShotCron *self, int64_t after_ms, int64_t until_ms, GTimeZone *zone)
{
  Search search = { .after = after_ms, .until = until_ms, .is_last = true };

  return search_days (self, until_ms, -1, zone, &search);
}
