/* ready.h: has this page settled?
 *
 * The rules are one table of pure functions from signals to a verdict. The page's agent
 * (data/page/agent.js) and WebKit's network signals fill the signals; nothing here waits, asks
 * the clock or knows WebKit, so every rule has its rows in tests/unit/test-ready.c.
 *
 * All times are milliseconds of one monotonic clock; 0 means "not yet" where a time can be missing.
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "result.h"

G_BEGIN_DECLS

#define SHOT_READY_STUCK_MS 3000       /* a query count above 0 with nothing behind it */
#define SHOT_READY_FIRST_QUERY_MS 3000 /* a scene without any, while nothing else is looked at */
#define SHOT_READY_MOVING_MS 2000      /* mutations after the data has settled */
#define SHOT_READY_OPEN_REQUEST_MS 5000 /* a poll or a stream */
#define SHOT_READY_BOOTING_MS 5000      /* Grafana's page without anything of Grafana's in it */
#define SHOT_READY_UNPROVEN_FACTOR 3    /* of the quiet time, while an active scene has asked for nothing */
#define SHOT_READY_UNREPORTED_MS 5000  /* a page that promised to report, and rests without doing so */
#define SHOT_READY_PROVEN_QUIET_MS 40  /* quiet time when the page itself has said that it is done */
#define SHOT_READY_FRAMES 2

typedef enum {
  SHOT_CHANNEL_SILENT,
  SHOT_CHANNEL_DONE,   /* REPORT_RENDER_COMPLETE, success: true */
  SHOT_CHANNEL_FAILED, /* success: false */
} ShotChannel;

typedef struct {
  char   *label;      /* (owned): "POST /api/ds/query", masked */
  int64_t started_ms;
  bool    is_data;    /* what panels are drawn from: never given up */
} ShotOpenRequest;

typedef struct {
  int64_t now_ms;
  int     quiet_ms; /* the option */

  ShotPatience patience; /* the job's */

  int64_t loaded_ms; /* the load event */
  int64_t disturbed_ms; /* when the engine last gave the page another size or its panels other places */
  bool    has_right_size; /* the page's viewport is the one asked for */
  bool    is_wait_for_missing; /* --wait-for was given and matches nothing yet */
  bool    is_expression_missing; /* likewise --wait-expression, and has not been true yet */

  const ShotOpenRequest *requests; /* (borrowed) */
  unsigned               n_requests;
  int64_t                network_changed_ms; /* last start or end of a request */
  int64_t work_changed_ms;    /* likewise, polls left out: what the long waits count from */

  /* As the page tells them. */
  ShotChannel channel;
  int64_t channel_done_ms; /* when it said so; 0: it did not */
  bool        will_report;     /* __grafanaRenderBindingSupported: it will use the channel */
  bool        is_booting;      /* a Grafana page that shows neither scene nor panel */
  bool        has_scene;       /* __grafanaSceneContext */
  int         query_count;     /* __grafanaRunningQueryCount; -1: undefined */
  int64_t     query_changed_ms;
  int         panels_rendered; /* window.panelsRendered; -1: undefined */
  int         panels_expected;
  int         loading_bars;
  int64_t     bars_gone_ms;    /* when the last one went; 0: never saw one */
  int         pending_fonts;
  int         pending_images;
  int         page_quiet_ms;   /* without a mutation, counted in turns of the page's own event loop */
  int         frames;          /* animation frames since the last change */
} ShotSignals;

typedef enum {
  SHOT_VERDICT_WAIT,
  SHOT_VERDICT_READY,
  SHOT_VERDICT_LATE,   /* as WAIT, but the limit of patience is over */
  SHOT_VERDICT_FAILED, /* the page reported failure */
} ShotVerdictKind;

typedef struct {
  ShotVerdictKind kind;
  unsigned        flags;      /* ShotFlags that this verdict rests on */
  int64_t         recheck_ms; /* WAIT: look again at this time even if nothing happens; 0: no need */
  char           *blocker;    /* (owned) (nullable): WAIT, LATE: what is waited for, in words */
} ShotVerdict;

/* Fills @out_verdict, which shot_verdict_clear() empties. */
void shot_ready_judge   (const ShotSignals *signals, ShotVerdict *out_verdict);
void shot_verdict_clear (ShotVerdict *self);

G_END_DECLS
