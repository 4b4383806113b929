/* trace.h: the place of a request in a distributed trace, as W3C Trace Context has it
 *
 * traceparent is read strictly and tracestate checked; what is wrong counts as absent, as the
 * standard demands (https://www.w3.org/TR/trace-context/). Nothing is recorded or sent anywhere.
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct {
  char     trace_id[33]; /* "" for no trace */
  char     span_id[17];
  unsigned flags; /* of those, what may be passed on */
  char    *state; /* (owned) (nullable): tracestate as it came */
} ShotTrace;

/* @parent, @state: the headers' values, NULL when absent; several tracestate headers joined by
 * commas, several traceparent headers are none. False, and an empty trace, when there is no valid
 * parent; an invalid state is left out. */
bool shot_trace_init_from_headers (ShotTrace *self, const char *parent, const char *state);

/* A trace that starts here. */
void shot_trace_init_new (ShotTrace *self, bool is_sampled);

/* A new span in the trace of @parent. */
void shot_trace_init_child (ShotTrace *self, const ShotTrace *parent);

void shot_trace_clear (ShotTrace *self);

/* A traceparent value; NULL for no trace. (transfer full) (nullable) */
char *shot_trace_to_string (const ShotTrace *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShotTrace, shot_trace_clear)

G_END_DECLS
