/* panel-index.h: the pictures of a dashboard's panels as files, and the list of them
 *
 * index.json says which file shows which panel, and which panels have no picture and why.
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "result.h"

G_BEGIN_DECLS

#define SHOT_PANEL_INDEX_NAME "index.json"

/* A name of a file for each picture in the order of the result, NULL for those that are no panel's
 * or have no picture. No two are alike, nor like one of @taken (element-type utf8, NULL entries are
 * skipped) or index.json, nor their data's, upper and lower case set aside. @prefixes: (nullable) (element-type
 * utf8): by wish, what stands before the names of its panels, NULL for nothing.
 * (transfer full) (element-type utf8) */
GPtrArray *shot_panel_index_make_names (const ShotResult *result, const GPtrArray *prefixes,
                                        const GPtrArray *taken);

/* "03-cpu.csv.gz" beside "03-cpu.png". NULL when there is no data, or @name (nullable) is.
 * (transfer full) (nullable) */
char *shot_panel_index_make_data_name (const ShotPicture *picture, const char *name);

/* {"flags": […], "dashboard": {"uid", "title", "version"}, "panels": [{"picture", "file", "data",
 * "dataCut", "status", "message", "threshold", "panel", "title", "row", "kind", "grid", "cutOut",
 * "error", "width", "height", "bytes", "encoding"}, …]}, for people to read; "picture" counts the
 * job's pictures from 1. @names: as made above. (transfer full) */
char *shot_panel_index_make_json (const ShotResult *result, const GPtrArray *names);

/* Members that --json has as well, into @object. @name: (nullable): of its file. */
void shot_panel_index_describe (JsonObject *object, const ShotPicture *picture, const char *name);

/* Pictures of panels that were to be taken, and those of them that could not be. */
void shot_panel_index_count (const ShotResult *result, unsigned *out_n_panels,
                             unsigned *out_n_failed);

G_END_DECLS
