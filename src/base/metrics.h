/* metrics.h: figures for Prometheus
 *
 * A registry of counters, gauges and histograms, written in the text format 0.0.4. Which there are
 * is a table of specs, fixed at the start; a metric is named by its index in that table. The table
 * is borrowed and must outlive the registry. No globals: whoever counts is handed the registry.
 *
 * Nothing that a stranger sends can make it grow without end: a label has a declared set of values,
 * or at most SHOT_METRICS_MAX_VALUES, and a metric at most SHOT_METRICS_MAX_SERIES. What is
 * beyond either counts for the label's rest value, so that sums stay true.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ShotMetrics ShotMetrics;

typedef enum {
  SHOT_METRIC_COUNTER,
  SHOT_METRIC_GAUGE,
  SHOT_METRIC_HISTOGRAM,
} ShotMetricType;

#define SHOT_METRICS_MAX_LABELS 6
#define SHOT_METRICS_MAX_VALUES 64
#define SHOT_METRICS_MAX_SERIES 500

typedef struct {
  const char *name;
  const char *rest;   /* stands for what is not declared, or does not fit any more, or is NULL */
  const char *values; /* (nullable): "GET|HEAD"; NULL: the first ones that come */
} ShotMetricLabel;

typedef struct {
  ShotMetricType  type;
  const char     *name;
  const char     *help;
  const char     *unit;   /* (nullable): the value of a label "unit" that all series have */
  ShotMetricLabel labels[SHOT_METRICS_MAX_LABELS];
  const double   *bounds; /* HISTOGRAM: upper bounds, rising; +Inf is understood */
  unsigned        n_bounds;
} ShotMetricSpec;

/* (transfer full). Counters and histograms without labels start at zero; all else appears with
 * its first value. */
ShotMetrics *shot_metrics_new  (const ShotMetricSpec *specs, unsigned n_specs);
void         shot_metrics_free (ShotMetrics *self); /* accepts NULL */

/* The values of all labels of a metric, in their order; NULL is the rest value. */
#define SHOT_LABELS(...) ((const char *const[SHOT_METRICS_MAX_LABELS]){ __VA_ARGS__ })
#define SHOT_NO_LABELS NULL

/* COUNTER or GAUGE; what is added to a counter is not negative. */
void shot_metrics_add (ShotMetrics *self, unsigned metric, double amount,
                       const char *const *values);

/* GAUGE, or a COUNTER that somebody else keeps. NAN takes the series out of the text until it is
 * set again. */
void shot_metrics_set (ShotMetrics *self, unsigned metric, double value,
                       const char *const *values);

/* HISTOGRAM. */
void shot_metrics_observe (ShotMetrics *self, unsigned metric, double value,
                           const char *const *values);

#define SHOT_METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Families in the order of the table, series in the order of their first value. (transfer full) */
char *shot_metrics_write (const ShotMetrics *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotMetrics, shot_metrics_free)

G_END_DECLS
