/* plan-private.h: reading a plan's tree, with every mistake noted
 *
 * A function that reads a member complains and leaves its target as it was; reading goes on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "plan.h"
#include "yaml-tree.h"

G_BEGIN_DECLS

typedef struct {
  const char *name;       /* (borrowed): of the file, for messages */
  const char *folder;     /* (borrowed): absolute: what relative paths are relative to */
  GString    *problems;   /* (owned): a line each */
  unsigned    n_problems;
  GHashTable *ranges;     /* (owned): name of a range -> its text */
} ShotPlanReader;

/* Of a member of a map; @target is the struct that the table's owner fills. Never given null. */
typedef void (*ShotPlanRead) (ShotPlanReader *reader, const ShotYamlNode *node, void *target);

/* Tables end with a row without name. */
typedef struct {
  const char  *name;
  ShotPlanRead read;
} ShotPlanKey;

void shot_plan_complain (ShotPlanReader *self, unsigned line, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* @look: (nullable): filled with what plans, dashboards and panels may all say. */
void shot_plan_read_map (ShotPlanReader *self, const ShotYamlNode *node, const ShotPlanKey *keys,
                         void *target, ShotPlanLook *look);

/* Complaint and NULL unless it is one plain line of text. (transfer none) (nullable) */
const char *shot_plan_get_text (ShotPlanReader *self, const ShotYamlNode *node);
void        shot_plan_read_text_into (ShotPlanReader *self, const ShotYamlNode *node, char **target);
/* A path, made absolute. */
void        shot_plan_read_path_into (ShotPlanReader *self, const ShotYamlNode *node, char **target);
/* A text or a list of texts. */
void        shot_plan_read_list_into (ShotPlanReader *self, const ShotYamlNode *node, char ***target);
/* One of @names, which end with NULL; complaint and -1 otherwise. */
int         shot_plan_get_choice (ShotPlanReader *self, const ShotYamlNode *node,
                                  const char *const *names);
/* A time zone that GTimeZone knows. */
void        shot_plan_read_zone_into (ShotPlanReader *self, const ShotYamlNode *node, char **target);
void        shot_plan_read_language_into (ShotPlanReader *self, const ShotYamlNode *node,
                                          char **target);
/* For secrets that stand in the plan: says where they belong. */
void        shot_plan_refuse_secret (ShotPlanReader *self, const ShotYamlNode *node, void *target);

/* plan-look.c */
extern const ShotPlanKey shot_plan_look_keys[];

void shot_plan_look_init  (ShotPlanLook *self);
void shot_plan_look_clear (ShotPlanLook *self);
/* What @self does not say becomes @outer's. */
void shot_plan_look_complete (ShotPlanLook *self, const ShotPlanLook *outer);
/* Of a complete look: whether its pictures are too large. */
void shot_plan_look_check (ShotPlanReader *reader, const ShotPlanLook *self, unsigned line);

/* plan-notify.c */
void shot_plan_read_notify (ShotPlanReader *reader, const ShotYamlNode *node, void *plan);
void shot_plan_notify_free (ShotPlanNotify *self);

/* plan-dashboard.c */
void shot_plan_read_dashboards (ShotPlanReader *reader, const ShotYamlNode *node, void *plan);
void shot_plan_dashboard_free  (ShotPlanDashboard *self);

/* plan-read.c */
void shot_plan_read_tree (ShotPlanReader *reader, const ShotYamlNode *root, ShotPlan *plan);

G_END_DECLS
