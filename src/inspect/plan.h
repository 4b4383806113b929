/* plan.h: what is to be looked at, when, and by whom
 *
 * Read from a YAML file; read-only from then on. What a dashboard or a panel says replaces what the
 * plan says, member by member. data/plan/plan.yaml is the commented sample, and the manual.
 *
 * Pure but for reading the file. Any thread, one at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#include "cron.h"
#include "range.h"

G_BEGIN_DECLS

#define SHOT_PLAN_DEFAULT_RANGE "last 24h"
#define SHOT_PLAN_DEFAULT_TIMEOUT_MS (2 * 60 * 1000)
#define SHOT_PLAN_MAX_NAME_BYTES 64

typedef struct {
  char *name;
  bool  is_all;       /* every value that the dashboard's variable has */
  bool  is_together;  /* all values in one picture (a multi-value variable), else a picture each */
  bool  is_general;   /* said of the whole plan: dashboards without it are not concerned */
  char **values;      /* (owned) (nullable): not with is_all */
} ShotPlanVariable;

/* What may be said for the plan, a dashboard or a panel. After shot_plan_read() all of them are
 * complete: what a panel does not say is the dashboard's, then the plan's, then the default. */
typedef struct {
  GPtrArray *ranges;    /* (owned) (nullable) (element-type ShotRange) */
  GPtrArray *variables; /* (owned) (nullable) (element-type ShotPlanVariable): merged by name */
  int        width;     /* CSS pixels; 0: not said */
  int        height;
  int        is_grid;   /* 1: the dashboard's own size; 0: not; -1: not said */
  double     scale;     /* 0: not said */
  char      *theme;     /* (owned) (nullable): the user's */
  char      *timezone;  /* (owned): an IANA name; the system's when the plan says none */
  char      *language;  /* (owned) (nullable): the renderer's */
} ShotPlanLook;

/* A panel must match all that is said. Texts match whole, case set aside; * and ? are wildcards. */
typedef struct {
  char *title; /* (owned) (nullable) */
  char *id;    /* (owned) (nullable): "4" or "panel-4", clones included */
  char *kind;  /* (owned) (nullable) */
  char *row;   /* (owned) (nullable): any of the rows around it */
} ShotPanelMatch;

/* A rule about some panels of a dashboard: panels that several rules match get the last one's. */
typedef struct {
  unsigned       line;
  ShotPanelMatch match;
  ShotPlanLook   look;
} ShotPlanPanel;

typedef struct {
  unsigned     line;    /* of the plan's file */
  char        *uid;     /* (owned) (nullable): one of these four says which */
  char        *folder;  /* (owned) (nullable): title or uid */
  char        *tag;     /* (owned) (nullable) */
  char        *search;  /* (owned) (nullable) */
  GPtrArray   *include; /* (owned) (nullable) (element-type ShotPanelMatch): NULL is all */
  GPtrArray   *exclude; /* (owned) (nullable) (element-type ShotPanelMatch) */
  GPtrArray   *panels;  /* (owned) (element-type ShotPlanPanel) */
  ShotPlanLook look;
} ShotPlanDashboard;

typedef enum {
  SHOT_MISSED_LATEST, /* after a pause of the server only the last missed time is made up for */
  SHOT_MISSED_SKIP,   /* marked as missed */
} ShotMissed;

typedef struct {
  char        *path;     /* (owned): as given */
  char        *name;     /* (owned): the file's, without folder and ".yaml" */
  char        *title;    /* (owned): the name when not said */
  char        *text;     /* (owned): the file */
  char        *grafana;  /* (owned): http(s) address without a slash at the end */
  char        *token_file; /* (owned) (nullable): relative to the plan's folder, made absolute */
  char        *ca_file;  /* (owned) (nullable): likewise */
  int          org_id;   /* 0: not said */
  GPtrArray   *dashboards; /* (owned) (element-type ShotPlanDashboard): at least one */
  ShotPlanLook look;
  int64_t      timeout_ms; /* of one visit */
  ShotCron    *cron;     /* (owned) (nullable): no schedule */
  char        *cron_text; /* (owned) (nullable) */
  char        *cron_timezone; /* (owned): the schedule's, else that of @look */
  ShotMissed   missed;
  int64_t      due_ms;   /* after the start of the run, 0: not said, or: */
  char        *due_time; /* (owned) (nullable): "18:00", of the day of the run in the plan's zone */
  int64_t      retention_ms; /* 0: for ever */
  char       **reviewers; /* (owned): names; may be empty */
  GPtrArray   *notify;    /* (owned) (element-type ShotPlanNotify) */
} ShotPlan;

/* Where to tell what. */
typedef struct {
  unsigned line;
  char    *kind;     /* (owned): webhook dingtalk feishu wecom slack email */
  char    *url_file; /* (owned) (nullable): the address is a secret: absolute path */
  char    *url;      /* (owned) (nullable): when it is none */
  char    *secret_file; /* (owned) (nullable): for signing (DingTalk, Feishu), or SMTP's password */
  char   **to;       /* (owned) (nullable): e-mail */
  char    *from;     /* (owned) (nullable) */
  char    *smtp;     /* (owned) (nullable): "smtps://host:465"; NULL is the system's sendmail */
  char    *smtp_user; /* (owned) (nullable) */
  char    *language; /* (owned) (nullable): "en" or "zh-CN" */
  unsigned on;       /* 1 << ShotNotifyEvent */
} ShotPlanNotify;

typedef enum {
  SHOT_NOTIFY_DONE,     /* a run is done */
  SHOT_NOTIFY_OVERDUE,  /* its review is overdue */
  SHOT_NOTIFY_ABNORMAL, /* a panel was found abnormal */
  SHOT_NOTIFY_SIGNED,
  SHOT_NOTIFY_MISSED,   /* a scheduled run could not be started */
  SHOT_N_NOTIFY_EVENTS
} ShotNotifyEvent;

/* SHOT_ERROR_USAGE: all mistakes, a line each, "NAME:LINE: what is wrong", with the nearest word for a
 * key that is unknown. (transfer full) */
ShotPlan *shot_plan_read      (const char *path, GError **error);
ShotPlan *shot_plan_read_text (const char *path, const char *text, size_t length, GError **error);
void      shot_plan_free      (ShotPlan *self); /* accepts NULL */

/* Of a zone that a plan names. (transfer full) */
GTimeZone *shot_plan_open_timezone (const char *name);

/* When the review of a run that started at @started_ms is due; 0: never. */
int64_t shot_plan_get_due (const ShotPlan *self, int64_t started_ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotPlan, shot_plan_free)

G_END_DECLS
