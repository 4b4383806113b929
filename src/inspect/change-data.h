/* change-data.h: what a panel's data amounts to: its series, their level and spread
 *
 * Of time series each series is one; of a table with names in it each row's numbers are; of a
 * table of events (a time in each row) and of one without names each column of numbers is. Pure,
 * any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Beyond these, series are counted and not looked at. */
#define SHOT_CHANGE_MAX_SERIES 2000

typedef struct {
  char    *name;   /* (owned) */
  GArray  *values; /* (owned): double, finite; in no order */
  double   mean;
  double   median;
  double   spread;  /* standard deviation */
  double   wobble;  /* the same, without what is rare: an outlier changes it little */
} ShotChangeSeries;

typedef struct {
  GHashTable *series;   /* (owned): name -> ShotChangeSeries */
  GHashTable *rows;     /* (owned): names of rows of tables */
  size_t      n_values; /* that are numbers */
  size_t      n_texts;  /* that are not, of tables */
  size_t      n_events; /* rows with a time and a text */
  bool        is_cut;   /* there are more series than are looked at */
} ShotChangeData;

/* Never fails: what makes no sense is no data. (transfer full) */
ShotChangeData *shot_change_data_read (const char *csv);
void            shot_change_data_free (ShotChangeData *self); /* accepts NULL */

/* Whether there is anything in it. */
bool shot_change_data_has_any (const ShotChangeData *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotChangeData, shot_change_data_free)

G_END_DECLS
