/* expand-private.h: what the steps of expanding share
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "expand.h"

G_BEGIN_DECLS

/* What Grafana calls all values of a variable at once. */
#define SHOT_EXPAND_ALL "$__all"

typedef struct {
  const ShotPlanDashboard *part;      /* (borrowed) */
  const ShotDashboard     *dashboard; /* (borrowed) */
  GHashTable              *options;   /* (borrowed) (nullable) */
  GString                 *problems;  /* (borrowed): a line each */
} ShotExpansion;

void shot_expansion_complain (ShotExpansion *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* expand-match.c */
bool shot_expand_is_like (const char *pattern, const char *text);
bool shot_expand_is_match (const ShotPanelMatch *match, const ShotDashboardPanel *panel);
/* By include and exclude of the part. */
bool shot_expand_is_wanted (const ShotPlanDashboard *part, const ShotDashboardPanel *panel);
/* The last rule's that matches, else the part's. */
const ShotPlanLook *shot_expand_get_look (const ShotPlanDashboard *part,
                                          const ShotDashboardPanel *panel);

/* expand-values.c */

/* One variable of an address. */
typedef struct {
  char  *name;
  char **values; /* (owned): SHOT_EXPAND_ALL alone is all of them */
} ShotExpandSetting;

/* The combinations of values that a look asks for: sets (element-type GPtrArray) of settings
 * (element-type ShotExpandSetting), by name; one empty set when it sets nothing. NULL after a
 * complaint. (transfer full) */
GPtrArray *shot_expand_make_sets (ShotExpansion *self, const ShotPlanLook *look);

/* What repeats by variable @name under @set: its selected values, at least one. (transfer full) */
char **shot_expand_list_selected (const ShotExpansion *self, const GPtrArray *set, const char *name);

/* {"name":["value"]} of @set, with @more (nullable) (element-type ShotExpandSetting) in place of those of
 * the same names. (transfer full) */
char *shot_expand_write_set (const GPtrArray *set, const GPtrArray *more);

/* (transfer full) */
ShotExpandSetting *shot_expand_setting_new (const char *name, const char *const *values);
GPtrArray         *shot_expand_set_new     (void);

/* @text with $name, ${name} and [[name]] replaced by the values. (transfer full) */
char *shot_expand_fill_in (const char *text, const GPtrArray *set, const GPtrArray *more);

G_END_DECLS
