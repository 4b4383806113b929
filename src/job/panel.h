/* panel.h: which panel of a dashboard a picture shows
 *
 * A plain struct whose texts come from a page that may be hostile: shot_panel_new() and
 * shot_panel_from_json() cut them to their limits and take out of them what is no plain text.
 *
 * Any thread, one at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define SHOT_PANEL_MAX_KEY 200   /* characters */
#define SHOT_PANEL_MAX_TITLE 200 /* likewise, of title, row, failure, message and threshold */
#define SHOT_PANEL_MAX_PLUGIN 100
#define SHOT_PANEL_MAX_GRID 100000

typedef struct {
  unsigned order;  /* in the dashboard, row by row, from 1 */
  char    *key;    /* (owned): "panel-4"; of a clone "panel-3-clone-1", or with its rows before it */
  char    *title;  /* (owned): as shown, "" for none */
  char    *row;    /* (owned): titles of the rows around it, outermost first; "" outside of rows */
  char    *plugin; /* (owned): "timeseries"; "" when the page does not say */
  int      grid_x; /* place and size in units of the dashboard's grid */
  int      grid_y;
  int      grid_width; /* 0: the layout has no such grid, or does not tell */
  int      grid_height;
  bool     is_cut_out; /* would not take the size asked for: has its own */
  char    *failure;    /* (owned) (nullable): why there is no picture of it */
  const char *status;  /* static: at the picture "ok", "no_data", "error", "loading"; "" when the
                        * page does not tell */
  char    *message;    /* (owned): of the error, or what stands there for no data; else "" */
  char    *threshold;  /* (owned): "5xx: 4.2 is above 3", of thresholds that colour it; else "" */
} ShotPanel;

/* NULL texts become "". (transfer full) */
ShotPanel *shot_panel_new  (unsigned order, const char *key, const char *title, const char *row,
                            const char *plugin);
ShotPanel *shot_panel_copy (const ShotPanel *self); /* (transfer full) */
void       shot_panel_free (ShotPanel *self); /* accepts NULL */

/* Replaces the text; its limit is the title's. */
void shot_panel_set_failure (ShotPanel *self, const char *failure);

/* Replaces all three; what is no status is none, NULL texts become "". */
void shot_panel_set_status (ShotPanel *self, const char *status, const char *message,
                            const char *threshold);

JsonObject *shot_panel_to_json   (const ShotPanel *self);                /* (transfer full) */
ShotPanel  *shot_panel_from_json (JsonObject *object, GError **error); /* (transfer full) */

/* "03-cpu-usage": the order in @n_digits or more, and of the title what a file may be called
 * everywhere: letters of any script and digits, in lower case, at most 80 bytes. Without any of
 * these the key takes its place. (transfer full) */
char *shot_panel_make_name (const ShotPanel *self, unsigned n_digits);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotPanel, shot_panel_free)

G_END_DECLS
