/* panel-data.h: what the page hands over of its data
 *
 * The answers of data/page/panels.js to "data" and "variables"; the page may be hostile. Pure, any
 * thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* Values of variables, whole. */
#define SHOT_VARIABLES_MAX_BYTES (4 * 1024 * 1024)

typedef struct {
  unsigned index; /* in the page's list */
  GBytes  *csv;   /* (owned) (nullable): there is none */
  bool     is_cut;
} ShotPanelTable;

void shot_panel_table_free (ShotPanelTable *self); /* accepts NULL */

/* The tables of an answer, in its order: some of those that were asked for, at least one. They share
 * @answer. NULL for what is no such answer, or has a table that is too large. (transfer full)
 * (element-type ShotPanelTable) */
GPtrArray *shot_panel_data_parse (GBytes *answer);

/* The options of "data". @indexes: (element-type unsigned). (transfer full) */
char *shot_panel_data_make_options (const GArray *indexes);

/* As gzip, the same for the same bytes. (transfer full) */
GBytes *shot_panel_data_compress (GBytes *csv, GError **error);

/* {"name": {"values", "texts", "multi", "includeAll", "current"}, …} written anew, with nothing else
 * in it. NULL for what is no such text. (transfer full) */
GBytes *shot_variables_clean (const char *text);

G_END_DECLS
