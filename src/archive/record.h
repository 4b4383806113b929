/* record.h: what the archive keeps: runs, their cells, verdicts
 *
 * Plain structs. Times are milliseconds since 1970, 0 for "not yet". Hashes are SHA-256 in lower
 * case hexadecimal and name a file of the archive (objects.h).
 *
 * A cell is one panel of one dashboard over one range with one set of variables, in one run. Its
 * key says which panel, range and variables it is, whatever the run: cells of the same key are the
 * same place at different times.
 *
 * Any thread, one at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
  SHOT_RUN_RUNNING, /* cells are being captured, or were when the run was interrupted */
  SHOT_RUN_DONE,    /* every cell was captured or failed; under review */
  SHOT_RUN_SIGNED,  /* sealed: nothing changes any more but what retention removes */
  SHOT_N_RUN_STATES
} ShotRunState;

typedef enum {
  SHOT_CELL_PENDING,
  SHOT_CELL_CAPTURED, /* there is a picture */
  SHOT_CELL_FAILED,   /* expected, and there is none: @failure says why */
  SHOT_CELL_PRUNED,   /* there was a picture: a tombstone says when it went, and by which rule */
  SHOT_N_CELL_STATES
} ShotCellState;

/* What the machine noticed. None is "ok". */
typedef enum {
  SHOT_CELL_FLAG_NO_DATA = 1 << 0,
  SHOT_CELL_FLAG_QUERY_ERROR = 1 << 1,
  SHOT_CELL_FLAG_LOADING = 1 << 2,   /* taken before the panel was done */
  SHOT_CELL_FLAG_LOGIN = 1 << 3,     /* the login page: nobody is signed in any more */
  SHOT_CELL_FLAG_GONE = 1 << 4,      /* the dashboard has no such panel any more */
  SHOT_CELL_FLAG_THRESHOLD = 1 << 5, /* a value beyond a threshold of the panel; @note_of_flags */
  SHOT_CELL_FLAG_EDITED = 1 << 6,    /* the dashboard was saved between the run's start and now */
  SHOT_CELL_FLAG_DOUBTFUL = 1 << 7,  /* a flag of the visit (see job/result.h) in @flag_detail */
  SHOT_N_CELL_FLAGS = 8
} ShotCellFlags;

typedef enum {
  SHOT_VERDICT_NONE, /* also: taken back */
  SHOT_VERDICT_OK,
  SHOT_VERDICT_ABNORMAL,
  SHOT_VERDICT_IGNORED,
  SHOT_N_VERDICTS
} ShotVerdictKind;

typedef enum {
  SHOT_SEVERITY_NONE,
  SHOT_SEVERITY_LOW,
  SHOT_SEVERITY_MEDIUM,
  SHOT_SEVERITY_HIGH,
  SHOT_SEVERITY_CRITICAL,
  SHOT_N_SEVERITIES
} ShotSeverity;

typedef struct {
  int64_t         cell_id;
  unsigned        revision; /* 1 is the cell's first; each change is one more and a row of its own */
  ShotVerdictKind kind;
  ShotSeverity    severity; /* of ABNORMAL */
  char           *note;     /* (owned): "" for none */
  char           *user;     /* (owned) */
  char           *origin;   /* (owned): address of the client, or "cli" */
  int64_t         at_ms;
} ShotVerdict;

typedef struct {
  int64_t       id;
  char         *name;  /* (owned): "daily-20261125-081500", unique, for people and addresses */
  char         *uid;   /* (owned): random, the same in every archive that the run is in */
  char         *home_name; /* (owned): its name in the archive that it was captured for */
  char         *plan;  /* (owned): the plan's name */
  char         *title; /* (owned): the plan's title */
  char         *plan_text; /* (owned) (nullable): the YAML as it was; only where said so */
  char         *grafana;   /* (owned): origin and path of Grafana, without a slash at the end */
  ShotRunState  state;
  char         *trigger; /* (owned): "cli", "schedule", "page" */
  char         *started_by; /* (owned): a user's name, or "" */
  int64_t       now_ms;  /* the frozen now */
  int64_t       started_ms;
  int64_t       finished_ms;
  int64_t       due_ms;        /* of the review; 0: none */
  char         *reviewers;     /* (owned): names apart by ", " */
  int64_t       retention_ms;  /* 0: for ever */
  char         *timezone;      /* (owned) */
  char         *version;       /* (owned): of panelshot */
  char         *failure;       /* (owned) (nullable): what stopped the run, or failed all of it */
  bool          is_interrupted; /* RUNNING, and no process holds the plan's lock */
  /* Counted, not stored. */
  unsigned      n_cells;
  unsigned      n_pending;
  unsigned      n_failed;
  unsigned      n_flagged;
  unsigned      n_changed;  /* score of at least SHOT_CHANGED_SCORE */
  unsigned      n_verdicts[SHOT_N_VERDICTS];
  /* Of SIGNED. */
  char         *signed_by;  /* (owned) (nullable) */
  char         *signed_from; /* (owned) (nullable): address of the client, or "cli" */
  char         *sign_comment; /* (owned) (nullable) */
  int64_t       signed_ms;
  char         *head;       /* (owned) (nullable): of the chain with this run; see manifest.h */
} ShotRun;

/* From here on a cell counts as changed. */
#define SHOT_CHANGED_SCORE 0.3

typedef struct {
  int64_t       id;
  int64_t       run_id;
  unsigned      position;    /* in the plan's order, from 0 */
  char         *key;         /* (owned) */
  char         *dashboard_uid; /* (owned) */
  char         *dashboard_title; /* (owned) */
  int64_t       dashboard_version; /* 0: not told */
  char         *panel_key;   /* (owned): "panel-4", "panel-4-clone-1": as in job/panel.h */
  char         *panel_title; /* (owned) */
  char         *panel_kind;  /* (owned): "timeseries" */
  char         *row;         /* (owned) */
  char         *range;       /* (owned): label of the plan, "last 1h" */
  int64_t       from_ms;
  int64_t       to_ms;
  char         *variables;   /* (owned): JSON, {"name": ["value", …]}, names sorted; "{}" for none */
  int           width;       /* asked for, CSS pixels; 0: the dashboard's own */
  int           height;
  double        scale;
  char         *theme;       /* (owned): "light", "dark" or "" for the user's */
  char         *timezone;    /* (owned) */
  char         *language;    /* (owned) */
  ShotCellState state;
  unsigned      flags;       /* ShotCellFlags */
  char         *flag_detail; /* (owned): "" or why: the query's error, "5xx 4.2 is above 3" */
  char         *failure;     /* (owned) (nullable): of FAILED */
  char         *picture;     /* (owned) (nullable): hash, PNG */
  int           picture_width;
  int           picture_height;
  char         *thumbnail;   /* (owned) (nullable): hash, WebP */
  char         *data;        /* (owned) (nullable): hash, gzip of CSV */
  char         *panel_json;  /* (owned) (nullable): hash, gzip of JSON */
  int64_t       captured_ms;
  int64_t       duration_ms; /* of the visit that it came from */
  char         *timings;     /* (owned): JSON, stages of the visit */
  char         *renderer;    /* (owned): "panelshot 5.0.0 (local)" or with an address */
  unsigned      attempts;
  char         *added_by;    /* (owned) (nullable): a reviewer who asked for one more range */
  /* What changed (inspect/change.h). */
  double        score;       /* 0 to 1; below 0: not compared */
  char         *reason;      /* (owned): "" or one line */
  double        picture_change; /* share of pixels, 0 to 1; below 0: not compared */
  int64_t       previous_id; /* 0: none */
  int64_t       week_id;     /* 0: none */
  /* The latest verdict; its revision is 0 when there is none. */
  ShotVerdict   verdict;
} ShotCell;

ShotRun  *shot_run_new   (void);           /* (transfer full); texts are "" or NULL as said above */
ShotRun  *shot_run_copy  (const ShotRun *self);
void      shot_run_free  (ShotRun *self);  /* accepts NULL */
ShotCell *shot_cell_new  (void);           /* (transfer full); not compared, no verdict */
ShotCell *shot_cell_copy (const ShotCell *self);
void      shot_cell_free (ShotCell *self); /* accepts NULL */
void      shot_verdict_clear (ShotVerdict *self);
ShotVerdict *shot_verdict_new  (void);
void         shot_verdict_free (ShotVerdict *self); /* accepts NULL */

const char *shot_run_state_get_name  (ShotRunState state);   /* "running" "done" "signed" */
const char *shot_cell_state_get_name (ShotCellState state);  /* "pending" "captured" "failed" "pruned" */
const char *shot_cell_flag_get_name  (ShotCellFlags flag);   /* "no_data", "query_error", … */
const char *shot_verdict_get_name    (ShotVerdictKind kind); /* "none" "ok" "abnormal" "ignored" */
const char *shot_severity_get_name   (ShotSeverity severity); /* "none" "low" … */
gboolean    shot_run_state_from_name  (const char *name, ShotRunState *out_state);
gboolean    shot_verdict_from_name    (const char *name, ShotVerdictKind *out_kind);
gboolean    shot_severity_from_name   (const char *name, ShotSeverity *out_severity);

/* Variables and timings, which may be a stranger's who has sent an export. (transfer full) (nullable): NULL
 * for what is no object, or deeper than ours are. */
JsonObject *shot_record_parse_object (const char *text);

/* "UID/panel-4/last 1h/{…}": which place this is, whatever the run. (transfer full) */
char *shot_cell_make_key (const char *dashboard_uid, const char *panel_key, const char *range,
                          const char *variables);

/* The JSON of the API, of `panelshot archive --json` and of exports: see data/openapi. @is_full: with
 * plan, provenance and timings, else what a list needs. (transfer full) */
JsonObject *shot_run_to_json  (const ShotRun *self, bool is_full);
JsonObject *shot_cell_to_json (const ShotCell *self, bool is_full);
JsonObject *shot_verdict_to_json (const ShotVerdict *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotRun, shot_run_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotCell, shot_cell_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotVerdict, shot_verdict_free)

G_END_DECLS
