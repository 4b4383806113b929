/* settings-private.h: what settings.c and the readers of its layers share
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "settings.h"

G_BEGIN_DECLS

/* The row that has @name as its key or as another of its names. (nullable) */
const ShotSetting *shot_settings_find_row (const ShotSettings *self, const char *name);

/* The name in the table that @name is most like, NULL when none is near. (transfer full) */
char *shot_settings_suggest (const ShotSettings *self, const char *name);

/* @texts: one for a plain value, any number for a list, not split any more. @origin: "--listen",
 * "SERVER_ADDR", "NAME:LINE"; with @may_add a list grows when its last value came from the same
 * layer. @shown names the setting in messages. */
gboolean shot_settings_store (ShotSettings *self, const ShotSetting *row, char **texts,
                              ShotLayer layer, const char *origin, const char *shown,
                              bool may_add, GError **error);

/* The texts that one text of the row holds. (transfer full) */
char **shot_setting_split (const ShotSetting *row, const char *text, ShotLayer layer);

bool shot_setting_is_list (const ShotSetting *row);

G_END_DECLS
