/* change-reason.h: what changed, in words
 *
 * The archive keeps one text, in English. Each part of it comes from one template, and names stand
 * in quotation marks that no name contains, so that the text can be taken apart and said in another
 * language. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* In the order in which parts of equal weight are named. */
typedef enum {
  SHOT_REASON_NOT_CAPTURED,
  SHOT_REASON_LOGIN,
  SHOT_REASON_GONE,
  SHOT_REASON_ERROR,
  SHOT_REASON_NO_DATA,
  SHOT_REASON_THRESHOLD,
  SHOT_REASON_LOADING,
  SHOT_REASON_SERIES_GONE,
  SHOT_REASON_ONE_SERIES_GONE,
  SHOT_REASON_ROWS_GONE,
  SHOT_REASON_ONE_ROW_GONE,
  SHOT_REASON_MEAN_FROM, /* where a ratio says nothing: from 0, from below it */
  SHOT_REASON_MEAN,
  SHOT_REASON_MEDIAN,
  SHOT_REASON_VALUE_FROM,
  SHOT_REASON_VALUE,
  SHOT_REASON_EVENTS,
  SHOT_REASON_SPREAD_FROM,
  SHOT_REASON_SPREAD,
  SHOT_REASON_POINTS,
  SHOT_REASON_SERIES_NEW,
  SHOT_REASON_ONE_SERIES_NEW,
  SHOT_REASON_ROWS_NEW,
  SHOT_REASON_ONE_ROW_NEW,
  SHOT_REASON_DATA_BACK,
  SHOT_REASON_RECOVERED,
  SHOT_REASON_PICTURE,
  SHOT_N_REASONS
} ShotReasonKind;

typedef struct {
  ShotReasonKind kind;
  double         score;
  const char    *name;     /* (borrowed) (nullable): of a series or a row */
  unsigned       n;        /* how many, or per cent */
  unsigned       n_others; /* of which the same is true */
  double         value;    /* a ratio, or the value now */
  double         before;   /* the value before */
} ShotReason;

/* One line from some parts. @before_name: "yesterday". (transfer full) */
char *shot_reason_join (const ShotReason *reasons, unsigned n_reasons, const char *before_name);

/* Texts that are none of ours come back as they are. (transfer full) */
char *shot_reason_translate (const char *text, const char *language);

G_END_DECLS
