/* dashboard.h: what a dashboard's JSON says about its panels and variables
 *
 * Understands the classic schema (panels, rows with panels inside, repeats) and the v2 schema
 * (elements and layouts) that Grafana 12 and later answer with. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
  char   *key;    /* (owned): "panel-4" */
  char   *title;  /* (owned): as written, variables in it as they are */
  char   *kind;   /* (owned) */
  char   *row;    /* (owned): "" or the titles of the rows around it, outermost first, " / " between */
  char   *repeat; /* (owned) (nullable): a variable that repeats it */
  char   *row_repeat; /* (owned) (nullable): one that repeats its row */
  char   *json;   /* (owned): the panel, compact */
  char   *library; /* (owned) (nullable): uid of a library panel of which no more than the name is known */
} ShotDashboardPanel;

typedef struct {
  char  *name;
  char  *kind;     /* (owned): "query", "custom", … */
  bool   is_multi;
  bool   has_all;
  bool   is_hidden;
  char **options;  /* (owned): values known from the JSON, without All; empty: Grafana must be asked */
  char **current;  /* (owned): "$__all" is All */
} ShotDashboardVariable;

typedef struct {
  char      *uid;
  char      *title;
  char      *slug;
  char      *folder; /* (owned): title, "" for none */
  char      *url;    /* (owned): path under Grafana's address, "/d/UID/slug" */
  int64_t    version;
  char     **tags;
  GPtrArray *panels;    /* (owned) (element-type ShotDashboardPanel): in the order of the page */
  GPtrArray *variables; /* (owned) (element-type ShotDashboardVariable) */
} ShotDashboard;

/* @answer: of GET /api/dashboards/uid/UID. SHOT_ERROR_DOCUMENT. (transfer full) */
ShotDashboard *shot_dashboard_parse (JsonObject *answer, GError **error);
void           shot_dashboard_free  (ShotDashboard *self); /* accepts NULL */

/* Uids of library panels of which the JSON has no more than the name: kind and repeat are theirs.
 * (transfer full) (element-type utf8) */
GPtrArray *shot_dashboard_list_library (const ShotDashboard *self);

/* @answer: of GET /api/library-elements/UID. Anything else changes nothing. */
void shot_dashboard_fill_library (ShotDashboard *self, const char *uid, JsonObject *answer);

const ShotDashboardVariable *shot_dashboard_find_variable (const ShotDashboard *self,
                                                           const char *name); /* (nullable) */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotDashboard, shot_dashboard_free)

G_END_DECLS
