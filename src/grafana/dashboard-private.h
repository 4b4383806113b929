/* dashboard-private.h: what the readers of the schemas share
 *
 * Members of the wrong kind are as good as absent: a dashboard that Grafana shows is one that we
 * read, whatever else is in it. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "dashboard.h"

G_BEGIN_DECLS

/* Beyond these a dashboard is cut short; Grafana would not show it either. */
#define SHOT_DASHBOARD_MAX_PANELS 4000
#define SHOT_DASHBOARD_MAX_VARIABLES 400
#define SHOT_DASHBOARD_MAX_OPTIONS 10000
#define SHOT_DASHBOARD_MAX_NESTING 12

/* The kind of a library panel, until it is known. */
#define SHOT_DASHBOARD_REFERENCE "library-panel-ref"

/* What is around a panel. */
typedef struct {
  const char *row;    /* (borrowed): "" or titles, " / " between */
  const char *repeat; /* (borrowed) (nullable): a variable that repeats the row */
} ShotDashboardRow;

/* All of these: NULL, "", 0 or false when @object is NULL or has no such member. */
JsonObject *shot_dashboard_get_object (JsonObject *object, const char *name); /* (nullable) */
JsonArray  *shot_dashboard_get_array  (JsonObject *object, const char *name); /* (nullable) */
const char *shot_dashboard_get_text   (JsonObject *object, const char *name);
int64_t     shot_dashboard_get_int    (JsonObject *object, const char *name);
bool        shot_dashboard_get_bool   (JsonObject *object, const char *name);
/* (nullable): when it is none. */
JsonObject *shot_dashboard_get_element (JsonArray *array, unsigned i);

/* @json: compact text of the panel is made of it. @repeat: "" or a variable. (nullable): when there are
 * too many. */
ShotDashboardPanel *shot_dashboard_add_panel (ShotDashboard *self, JsonObject *json, int64_t id, const char *title,
                               const char *kind, const char *repeat, const ShotDashboardRow *row);

/* dashboard-library.c: notes that it stands for a library panel. Accepts NULL for @panel. */
void shot_dashboard_note_library (ShotDashboardPanel *panel, JsonObject *reference);

/* (transfer full): compact. */
char *shot_dashboard_make_text (JsonObject *object);

/* dashboard-classic.c, dashboard-v2.c, dashboard-variables.c */
void shot_dashboard_read_classic (ShotDashboard *self, JsonObject *dashboard);
void shot_dashboard_read_v2      (ShotDashboard *self, JsonObject *spec);
void shot_dashboard_read_variables (ShotDashboard *self, JsonArray *list, bool is_v2);

void shot_dashboard_variable_free (ShotDashboardVariable *self);

G_END_DECLS
