#include "config.h"

#include "change-levels.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* So few values have no spread to speak of. */
#define MIN_VALUES 8

/* A spread below this share of the level is none. */
#define SPREAD_FLOOR 0.02

/* What a curve that became a line weighs, as of an exporter that is stuck. */
#define FLAT_SCORE 0.45

/* The median is named only where it says clearly more than the mean. */
#define MEDIAN_MARGIN 0.1

/* From here on a series counts as touched, when the touched ones are counted. */
#define TOUCHED 0.25

/* Names that come and go together are new names, as of pods: not nothing, and not a loss. */
#define RENAMED 0.6

/* A steady series that took a step, however small, as availability does from 99.9 to 97: worth a look,
 * and no more. Steps are measured in what it wobbles, and in this share of its level. */
#define STEP_FLOOR 0.005
#define STEP_SCORE 0.24

/* Between this and its inverse a ratio tells less than the two values. */
#define PLAIN_RATIO 1.25

#define MAX_RATIO 1e6

void
shot_levels_add (GArray *reasons, ShotReason reason)
{
  if (reason.score > 0)
    g_array_append_val (reasons, reason);
}

static double
smooth_step (double low, double high, double value)
{
  double at = CLAMP ((value - low) / (high - low), 0, 1);

  return at * at * (3 - 2 * at);
}

/* 0 up to a fifth more or less, 0.4 for twice, 0.7 for four times, 0.9 for ten times. */
static double
score_ratio (double ratio)
{
  double steps = fabs (log2 (CLAMP (ratio, 1 / MAX_RATIO, MAX_RATIO))) - 0.25;

  return steps > 0 ? 1 - exp (-0.7 * steps) : 0;
}

/* How often @before goes into @now; 0 or MAX_RATIO when that says nothing. */
static double
get_ratio (double now, double before)
{
  double low = MIN (fabs (now), fabs (before));
  double high = MAX (fabs (now), fabs (before));

  if (high <= 0)
    return 1;
  if ((now < 0) != (before < 0) || low < high / MAX_RATIO)
    return fabs (now) > fabs (before) ? MAX_RATIO : 0;
  return now / before;
}

static bool
is_telling (double ratio)
{
  return ratio > 1 / MAX_RATIO && ratio < MAX_RATIO &&
         (ratio > PLAIN_RATIO || ratio < 1 / PLAIN_RATIO);
}

/* A level that moves within what the series does all the time has not moved. */
static double
score_level (double now, double before, double wobble, bool is_short)
{
  double score = score_ratio (get_ratio (now, before));
  double distance = fabs (now / 2 - before / 2);
  double floor = STEP_FLOOR * MAX (fabs (now), fabs (before)) / 2;

  if (is_short)
    return score;
  double step = distance / MAX (wobble / 2 + floor, DBL_MIN);
  return MAX (score * smooth_step (0.5, 2, 2 * distance / MAX (wobble, DBL_MIN)),
              STEP_SCORE * smooth_step (2, 5, step));
}

typedef struct {
  double      score;
  const char *name;
  double      now;
  double      before;
  unsigned    n_touched;
} Worst;

static void
take_worse (Worst *worst, double score, const char *name, double now, double before)
{
  if (score >= TOUCHED)
    worst->n_touched++;
  if (score <= worst->score)
    return;
  worst->score = score;
  worst->name = name;
  worst->now = now;
  worst->before = before;
}

/* One of many counts, and many count more. */
static void
add_worst (GArray *reasons, const Worst *worst, unsigned n_series, ShotReasonKind kind,
           ShotReasonKind kind_from)
{
  double ratio = get_ratio (worst->now, worst->before);
  double share = (double) worst->n_touched / MAX (1, n_series);

  shot_levels_add (reasons, (ShotReason){ .kind = is_telling (ratio) ? kind : kind_from,
                                          .score = worst->score * (0.85 + 0.15 * share),
                                          .name = worst->name,
                                          .n_others = MAX (worst->n_touched, 1) - 1,
                                          .value = is_telling (ratio) ? ratio : worst->now,
                                          .before = worst->before });
}

static double
get_spread (const ShotChangeSeries *series)
{
  return MAX (series->spread, SPREAD_FLOOR * fabs (series->mean));
}

typedef struct {
  Worst    value;
  Worst    mean;
  Worst    median;
  Worst    spread;
  unsigned n_common;
} Levels;

/* Wilder than before, or a line that was a curve. */
static void
compare_spread (Levels *levels, const ShotChangeSeries *now, const ShotChangeSeries *before)
{
  double now_spread = get_spread (now), before_spread = get_spread (before);
  double relative = before_spread / MAX (fabs (before->mean), DBL_MIN);

  if (now_spread > before_spread * 1.5)
    take_worse (&levels->spread, 0.7 * score_ratio (get_ratio (now_spread, before_spread) / 1.5),
                now->name, now_spread, before_spread);
  else if (now->spread < SPREAD_FLOOR * fabs (now->mean))
    take_worse (&levels->spread, FLAT_SCORE * smooth_step (0.04, 0.12, relative), now->name,
                now->spread, before->spread);
}

static void
compare_series (Levels *levels, const ShotChangeSeries *now, const ShotChangeSeries *before)
{
  bool   is_short = MIN (now->values->len, before->values->len) < MIN_VALUES;
  double wobble = MAX (now->wobble, before->wobble);
  double mean = score_level (now->mean, before->mean, wobble, is_short);
  double median = score_level (now->median, before->median, wobble, is_short);

  levels->n_common++;
  if (now->values->len == 1 && before->values->len == 1) {
    take_worse (&levels->value, mean, now->name, now->mean, before->mean);
    return;
  }
  if (median <= mean + MEDIAN_MARGIN)
    take_worse (&levels->mean, mean, now->name, now->mean, before->mean);
  else
    take_worse (&levels->median, median, now->name, now->median, before->median);
  /* What moved the level moves the spread with it. */
  if (!is_short && MAX (mean, median) < TOUCHED)
    compare_spread (levels, now, before);
}

static unsigned
count_gone (GHashTable *from, GHashTable *in, const char **out_name)
{
  GHashTableIter iter;
  void          *name;
  unsigned       count = 0;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &name, NULL)) {
    if (g_hash_table_contains (in, name))
      continue;
    /* The order of a hash table is not for the eye. */
    if (count == 0 || strcmp (name, *out_name) < 0)
      *out_name = name;
    count++;
  }
  return count;
}

static void
add_names (GHashTable *now, GHashTable *before, ShotReasonKind gone_kind, ShotReasonKind one_gone,
           ShotReasonKind new_kind, ShotReasonKind one_new, GArray *reasons)
{
  const char *name_gone = NULL, *name_new = NULL;
  unsigned    n_gone = count_gone (before, now, &name_gone);
  unsigned    n_new = count_gone (now, before, &name_new);
  unsigned    n_before = MAX (1, g_hash_table_size (before));
  unsigned    n_now = MAX (1, g_hash_table_size (now));
  /* Losses that are not made up for by new names. */
  double lost = n_gone > n_new ? (double) (n_gone - n_new) / n_gone : 0;
  double weight = RENAMED + (1 - RENAMED) * lost;

  if (n_gone > 0)
    shot_levels_add (reasons, (ShotReason){ .kind = n_gone > 1 ? gone_kind : one_gone,
                                            .score = weight * (0.45 + 0.55 * n_gone / n_before),
                                            .name = name_gone,
                                            .n = n_gone });
  if (n_new > 0)
    shot_levels_add (reasons, (ShotReason){ .kind = n_new > 1 ? new_kind : one_new,
                                            .score = 0.2 + 0.3 * n_new / n_now,
                                            .name = name_new,
                                            .n = n_new });
}

/* Of some events there are always some more or fewer: the root of their number. */
static void
compare_events (double now, double before, double durations, GArray *reasons)
{
  double expected = before * durations;
  double distance = fabs (now - expected) / sqrt (now + expected + 1);

  if (before > 0)
    shot_levels_add (reasons, (ShotReason){ .kind = SHOT_REASON_EVENTS,
                                            .score = 0.9 * score_ratio (get_ratio (now, expected)) *
                                                     smooth_step (2, 5, distance),
                                            .value = now / expected });
}

/* A range with holes, where the one before had none. */
static void
compare_points (const ShotChangeData *now, const ShotChangeData *before, double durations,
                GArray *reasons)
{
  double n_now = (double) now->n_values / MAX (1, g_hash_table_size (now->series));
  double n_before = (double) before->n_values / MAX (1, g_hash_table_size (before->series));
  double share = n_before > 0 ? n_now / n_before / durations : 1;

  if (n_before >= MIN_VALUES && now->n_events == 0 && before->n_events == 0)
    shot_levels_add (reasons, (ShotReason){ .kind = SHOT_REASON_POINTS,
                                            .score = 0.8 * smooth_step (0.15, 0.9, 1 - share),
                                            .n = (unsigned) (100 * CLAMP (share, 0, 1)) });
}

void
shot_levels_compare (const ShotChangeData *now, const ShotChangeData *before, double durations,
                     GArray *reasons)
{
  Levels         levels = { 0 };
  GHashTableIter iter;
  void          *name, *series;

  g_hash_table_iter_init (&iter, now->series);
  while (g_hash_table_iter_next (&iter, &name, &series)) {
    const ShotChangeSeries *other = g_hash_table_lookup (before->series, name);
    if (other != NULL)
      compare_series (&levels, series, other);
  }
  add_worst (reasons, &levels.value, levels.n_common, SHOT_REASON_VALUE, SHOT_REASON_VALUE_FROM);
  add_worst (reasons, &levels.mean, levels.n_common, SHOT_REASON_MEAN, SHOT_REASON_MEAN_FROM);
  add_worst (reasons, &levels.median, levels.n_common, SHOT_REASON_MEDIAN, SHOT_REASON_MEAN_FROM);
  add_worst (reasons, &levels.spread, levels.n_common, SHOT_REASON_SPREAD, SHOT_REASON_SPREAD_FROM);

  /* A row that goes takes its numbers with it, which are series of their own. */
  if (g_hash_table_size (now->rows) > 0 || g_hash_table_size (before->rows) > 0)
    add_names (now->rows, before->rows, SHOT_REASON_ROWS_GONE, SHOT_REASON_ONE_ROW_GONE,
               SHOT_REASON_ROWS_NEW, SHOT_REASON_ONE_ROW_NEW, reasons);
  else
    add_names (now->series, before->series, SHOT_REASON_SERIES_GONE, SHOT_REASON_ONE_SERIES_GONE,
               SHOT_REASON_SERIES_NEW, SHOT_REASON_ONE_SERIES_NEW, reasons);
  compare_events ((double) now->n_events, (double) before->n_events, durations, reasons);
  compare_points (now, before, durations, reasons);
}
