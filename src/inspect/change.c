#include "config.h"

#include "change.h"

#include <math.h>
#include <string.h>

#include "change-levels.h"
#include "change-picture.h"
#include "change-reason.h"

/* A reason is one line: the gravest of what there is to say. */
#define MAX_PARTS 3

/* What weighs less is noise, and not said. */
#define MIN_SCORE 0.1

/* Pictures of one panel always differ a little; from here on to the end it counts. */
#define PICTURE_NOISE 0.12
#define PICTURE_ALL 0.6

/* What the numbers do not bear out is rarely more than a shade. */
#define PICTURE_BESIDE_DATA 0.4

/* What scrolls shows other text each time. */
#define PICTURE_SCROLLS 0.5

#define ALARMS (SHOT_CELL_FLAG_LOGIN | SHOT_CELL_FLAG_GONE | SHOT_CELL_FLAG_QUERY_ERROR)

void
shot_change_clear (ShotChange *self)
{
  g_clear_pointer (&self->reason, g_free);
  self->score = self->picture_change = -1;
}

/* What the machine noticed now and not before. */
static void
compare_states (const ShotCell *now, const ShotCell *before, GArray *reasons)
{
  static const struct {
    unsigned       flag;
    ShotReasonKind kind;
    double         score;
  } rows[] = {
    { SHOT_CELL_FLAG_LOGIN, SHOT_REASON_LOGIN, 1 },
    { SHOT_CELL_FLAG_GONE, SHOT_REASON_GONE, 1 },
    { SHOT_CELL_FLAG_QUERY_ERROR, SHOT_REASON_ERROR, 1 },
    { SHOT_CELL_FLAG_NO_DATA, SHOT_REASON_NO_DATA, 1 },
    { SHOT_CELL_FLAG_THRESHOLD, SHOT_REASON_THRESHOLD, 0.8 },
    { SHOT_CELL_FLAG_LOADING, SHOT_REASON_LOADING, 0.5 },
  };

  if (now->state == SHOT_CELL_FAILED && before->state == SHOT_CELL_CAPTURED)
    shot_levels_add (reasons, (ShotReason){ .kind = SHOT_REASON_NOT_CAPTURED, .score = 1 });
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    if ((now->flags & rows[i].flag) != 0 && (before->flags & rows[i].flag) == 0)
      shot_levels_add (reasons, (ShotReason){ .kind = rows[i].kind, .score = rows[i].score });
  if ((now->flags & ALARMS) == 0 && (before->flags & ALARMS) != 0)
    shot_levels_add (reasons, (ShotReason){ .kind = SHOT_REASON_RECOVERED, .score = 0.35 });
}

/* What was just said of the state is not said of the data again. */
static bool
has_reason (const GArray *reasons, ShotReasonKind kind)
{
  for (unsigned i = 0; i < reasons->len; i++)
    if (g_array_index (reasons, ShotReason, i).kind == kind)
      return true;
  return false;
}

static void
compare_data (const ShotChangeData *now, const ShotChangeData *before, double durations,
              GArray *reasons)
{
  bool has_now = shot_change_data_has_any (now);
  bool has_before = shot_change_data_has_any (before);

  if (has_now && has_before)
    shot_levels_compare (now, before, durations, reasons);
  else if (has_now)
    shot_levels_add (reasons, (ShotReason){ .kind = SHOT_REASON_DATA_BACK, .score = 0.4 });
  else if (has_before && !has_reason (reasons, SHOT_REASON_NO_DATA))
    shot_levels_add (reasons, (ShotReason){ .kind = SHOT_REASON_NO_DATA, .score = 1 });
}

/* Below 0 when they cannot be compared. */
static double
compare_pictures (GBytes *now, GBytes *before)
{
  g_auto (ShotChangePixels) pixels_now = { 0 };
  g_auto (ShotChangePixels) pixels_before = { 0 };

  if (now == NULL || before == NULL)
    return -1;
  if (g_bytes_equal (now, before))
    return 0;
  if (!shot_change_pixels_decode (now, &pixels_now, NULL) ||
      !shot_change_pixels_decode (before, &pixels_before, NULL))
    return -1;
  g_autoptr (ShotSketch) sketch_now = shot_sketch_new (&pixels_now);
  g_autoptr (ShotSketch) sketch_before = shot_sketch_new (&pixels_before);
  return shot_sketch_compare (sketch_now, sketch_before, NULL);
}

static bool
is_scrolling (const char *kind)
{
  static const char *const kinds[] = { "logs", "alertlist", "annolist", "news", NULL };

  return kind != NULL && g_strv_contains (kinds, kind);
}

static void
weigh_picture (double change, const char *panel_kind, bool has_data, GArray *reasons)
{
  double score = CLAMP ((change - PICTURE_NOISE) / (PICTURE_ALL - PICTURE_NOISE), 0, 1);

  if (is_scrolling (panel_kind))
    score *= PICTURE_SCROLLS;
  if (has_data)
    score *= PICTURE_BESIDE_DATA;
  if (change >= 0)
    shot_levels_add (reasons, (ShotReason){ .kind = SHOT_REASON_PICTURE,
                                            .score = score,
                                            .n = (unsigned) (100 * change + 0.5) });
}

static int
compare_reasons (const void *a, const void *b)
{
  const ShotReason *left = a, *right = b;

  if (left->score > right->score || left->score < right->score)
    return left->score > right->score ? -1 : 1;
  return (int) left->kind - (int) right->kind;
}

/* The gravest decides; what else there is brings it a little nearer to 1. */
static double
sum_up (const GArray *reasons)
{
  double score = 0;

  for (unsigned i = 0; i < reasons->len; i++) {
    double part = g_array_index (reasons, ShotReason, i).score;
    score = i == 0 ? part : score + (1 - score) * part * 0.2;
  }
  return CLAMP (score, 0, 1);
}

void
shot_change_compare (const ShotCell *now, GBytes *picture_now, const char *data_now,
                     const ShotCell *before, GBytes *picture_before, const char *data_before,
                     const char *before_name, ShotChange *out_change)
{
  g_autoptr (GArray)         reasons = g_array_new (FALSE, FALSE, sizeof (ShotReason));
  g_autoptr (ShotChangeData) read_now = NULL;
  g_autoptr (ShotChangeData) read_before = NULL;
  double                     length_now = (double) (now->to_ms - now->from_ms);
  double                     length_before = (double) (before->to_ms - before->from_ms);

  compare_states (now, before, reasons);
  if (data_now != NULL && data_before != NULL) {
    read_now = shot_change_data_read (data_now);
    read_before = shot_change_data_read (data_before);
    compare_data (read_now, read_before,
                  length_now > 0 && length_before > 0 ? length_now / length_before : 1, reasons);
  }
  out_change->picture_change = compare_pictures (picture_now, picture_before);
  weigh_picture (out_change->picture_change, now->panel_kind,
                 read_now != NULL && shot_change_data_has_any (read_now), reasons);

  g_array_sort (reasons, compare_reasons);
  out_change->score = sum_up (reasons);
  unsigned n_said = 0;
  while (n_said < MIN (reasons->len, MAX_PARTS) &&
         g_array_index (reasons, ShotReason, n_said).score >= MIN_SCORE)
    n_said++;
  out_change->reason = shot_reason_join ((const ShotReason *) (const void *) reasons->data, n_said,
                                         before_name);
}

char *
shot_change_name_before (int64_t now_ms, int64_t before_ms)
{
  static const int64_t minute = 60 * 1000, hour = 60 * minute, day = 24 * hour;
  int64_t              ago = now_ms - before_ms;

  if (ago <= 0)
    return g_strdup ("last time");
  if (ABS (ago - 7 * day) <= 2 * hour)
    return g_strdup ("last week");
  if (ABS (ago - day) <= 2 * hour)
    return g_strdup ("yesterday");
  if (ago < minute + minute / 2)
    return g_strdup ("1 minute ago");
  if (ago < 90 * minute)
    return g_strdup_printf ("%d minutes ago", (int) ((ago + minute / 2) / minute));
  if (ago < 36 * hour)
    return g_strdup_printf ("%d hours ago", (int) ((ago + hour / 2) / hour));
  return g_strdup_printf ("%d days ago", (int) ((ago + day / 2) / day));
}

char *
shot_change_translate (const char *reason, const char *language)
{
  return shot_reason_translate (reason, language);
}
