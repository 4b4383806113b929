/* report-model.h: what a report tells about a run, in the order in which it tells it
 *
 * Read from the archive once, then read-only. Same thread as the archive that it is read from.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive.h"
#include "report-text.h"

G_BEGIN_DECLS

/* A panel with one set of variables: its ranges. */
typedef struct {
  const ShotCell *first; /* (borrowed) */
  GPtrArray      *cells; /* (owned) (element-type ShotCell, borrowed) */
} ShotReportPanel;

typedef struct {
  const ShotCell *first;  /* (borrowed) */
  unsigned        n_cells;
  unsigned        n_abnormal;
  unsigned        n_open;
  GPtrArray      *panels; /* (owned) (element-type ShotReportPanel) */
} ShotReportDashboard;

typedef struct {
  ShotRun   *run;        /* (owned) */
  GTimeZone *zone;       /* (owned): the run's */
  GPtrArray *cells;      /* (owned) (element-type ShotCell): in the plan's order */
  GPtrArray *abnormal;   /* (owned) (element-type ShotCell, borrowed): the most severe first */
  GPtrArray *dashboards; /* (owned) (element-type ShotReportDashboard) */
  int64_t    from_ms;    /* of all ranges together */
  int64_t    to_ms;
  int64_t    first_ms;   /* of the captures; 0: there is none */
  int64_t    last_ms;
} ShotReportModel;

/* (transfer full) */
ShotReportModel *shot_report_model_new  (ShotArchive *archive, int64_t run_id, GError **error);
void             shot_report_model_free (ShotReportModel *self); /* accepts NULL */

/* "0012-cpu-usage.png": of the cell's picture or, with another @suffix, its data. (transfer full) */
char *shot_report_model_make_file_name (const ShotCell *cell, const char *suffix);

/* "region=eu, host=web-1, web-2"; "" for none. (transfer full) */
char *shot_report_model_describe_variables (const ShotCell *cell);

/* Names of its flags and what they say, apart by "; "; "" for none. (transfer full) */
char *shot_report_model_describe_flags (const ShotCell *cell, ShotLanguage language);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotReportModel, shot_report_model_free)

G_END_DECLS
