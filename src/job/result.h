/* result.h: what came back from a visit
 *
 * Filled by the engine, carried over the link (pictures as descriptors of memfds, sealed), read
 * by the command line and the HTTP layer. Also made for failed visits: then it has no picture
 * but still tells stages, redirects and the last blocker.
 *
 * Any thread, one at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "job.h"
#include "panel.h"

G_BEGIN_DECLS

typedef enum {
  SHOT_FLAG_STUCK_COUNT = 1 << 0,  /* __grafanaRunningQueryCount never came back to 0 */
  SHOT_FLAG_STILL_MOVING = 1 << 1, /* the document never stopped changing */
  SHOT_FLAG_OPEN_REQUEST = 1 << 2, /* a poll or stream was left running */
  SHOT_FLAG_TRUNCATED = 1 << 3,    /* the full page was cut at the pixel budget */
  SHOT_FLAG_SCRIPT_ERROR = 1 << 4, /* a script failed, yet the page drew something */
  SHOT_FLAG_UNREPORTED = 1 << 5,   /* Grafana said that it would report, and did not */
  SHOT_FLAG_INCOMPLETE = 1 << 6,   /* best effort, or without some panel; last_blocker says why */
  SHOT_FLAG_LIMIT = 1 << 7,        /* a limit of ShotPatience ended a wait */
  SHOT_N_FLAGS = 8
} ShotFlags;

/* Stages in the order of life; each lasts from the end of the one before. */
typedef enum {
  SHOT_STAGE_QUEUED,  /* the front's queue, engine start included */
  SHOT_STAGE_OPENING, /* until the document is committed */
  SHOT_STAGE_LOADING, /* until its load event */
  SHOT_STAGE_SETTLING,
  SHOT_STAGE_CAPTURING,
  SHOT_STAGE_ENCODING,
  SHOT_N_STAGES
} ShotStage;

/* How the engine served the visit, from the slowest to the fastest. */
typedef enum {
  SHOT_PATH_COLD,     /* a web process was started for it */
  SHOT_PATH_WARM,     /* in one that had run this origin's code */
  SHOT_PATH_RESIDENT, /* a page that was there was led to the address */
  SHOT_N_PATHS
} ShotPath;

/* Kinds of answers that a page gets. */
typedef enum {
  SHOT_FETCH_DOCUMENT,
  SHOT_FETCH_SCRIPT,
  SHOT_FETCH_STYLE,
  SHOT_FETCH_FONT,
  SHOT_FETCH_IMAGE,
  SHOT_FETCH_JSON,
  SHOT_FETCH_OTHER,
  SHOT_N_FETCHES
} ShotFetch;

/* Of all pictures of a visit together. */
#define SHOT_RESULT_MAX_BYTES INT64_C (1073741824)

/* How many go into one message of the link: names and titles of panels may be long. */
#define SHOT_RESULT_PART 24

/* Of one panel, before it is compressed. */
#define SHOT_RESULT_MAX_DATA_BYTES (8 * 1024 * 1024)

typedef struct {
  ShotPictureKind kind;
  ShotEncoding    encoding;
  unsigned        wish;   /* whose picture this is, by its place in the job */
  int             width;  /* device pixels; of PRINT and DOWNLOAD 0 */
  int             height; /* likewise */
  int             n_pages;   /* of PRINT; else 0 */
  char           *file_name; /* (owned) (nullable): DOWNLOAD: the page's, without any folder */
  ShotPanel      *panel;     /* (owned) (nullable): EACH_PANEL */
  int             fd;     /* (owned): sealed memfd with the encoded picture; -1 when closed */
  GBytes         *bytes;  /* (owned) (nullable): once mapped; the descriptor is closed then */
  size_t          size_bytes; /* 0: of a panel that has no picture, see its failure */
  int             data_fd;    /* (owned): EACH_PANEL: like @fd, what it shows as CSV in gzip */
  GBytes         *data;       /* (owned) (nullable): once mapped */
  size_t          data_bytes; /* compressed; 0: there is none */
  bool            is_data_cut; /* at a whole row, see SHOT_RESULT_MAX_DATA_BYTES */
} ShotPicture;

typedef struct {
  char      *id;                       /* (owned) */
  GPtrArray *pictures;                 /* (owned) (element-type ShotPicture) */
  unsigned   flags;                    /* ShotFlags */
  int64_t    stage_us[SHOT_N_STAGES];
  ShotPath   path;
  bool       is_doubted;               /* a resident page did not convince, so it was loaded anew */
  bool       is_reported;              /* the page said itself that it was done */
  unsigned   attempts;                 /* set by the pool: 1 is the first; 0: never sent */
  int64_t    fetched_bytes[SHOT_N_FETCHES]; /* what the page's requests brought, by kind */
  unsigned   n_fetched[SHOT_N_FETCHES];
  char      *last_blocker;             /* (owned) (nullable): masked */
  char      *final_uri;                /* (owned) (nullable): masked */
  char      *dashboard_uid;            /* (owned) (nullable): when the page tells it, with EACH_PANEL */
  char      *dashboard_title;          /* (owned) (nullable): likewise, one line of plain text */
  int64_t    dashboard_version;        /* 0: not told */
  GPtrArray *redirects;                /* (owned) (element-type utf8): masked, first to last */
} ShotResult;

ShotResult *shot_result_new  (const char *id);
void        shot_result_free (ShotResult *self); /* accepts NULL; closes descriptors */

/* Without a picture or data yet. (transfer full) */
ShotPicture *shot_picture_new  (void);
void         shot_picture_free (ShotPicture *self); /* accepts NULL; closes the descriptors */

/* Of a panel that was to be taken, and could not be. */
bool shot_picture_is_lost (const ShotPicture *self);

const char *shot_flag_get_name  (ShotFlags flag);  /* "stuck_count" */
const char *shot_stage_get_name (ShotStage stage); /* "settling" */
const char *shot_path_get_name  (ShotPath path);   /* "resident" */
const char *shot_fetch_get_name (ShotFetch fetch); /* "script" */

/* Comma-separated names, "" for none. (transfer full) */
char *shot_flags_to_string (unsigned flags);

/* Texts of a page, cut to the limits of panels. NULL or "" for what it does not tell. */
void shot_result_set_dashboard (ShotResult *self, const char *uid, const char *title,
                                int64_t version);

/* Without the descriptors: they travel beside the JSON, in the order of pictures, each one's picture
 * before its data. */
JsonObject *shot_result_to_json   (const ShotResult *self);            /* (transfer full) */
ShotResult *shot_result_from_json (JsonObject *object, GError **error); /* (transfer full) */

/* The pictures @first to @first + @n - 1 as the "pictures" of a message. Fills @out_fds, of 2 · @n,
 * with the descriptors that go beside it. (transfer full) */
JsonArray *shot_result_get_part (const ShotResult *self, unsigned first, unsigned n, int *out_fds,
                                 unsigned *out_n_fds);

/* Adds the pictures of such a message and maps them, so that no descriptor stays open. What is
 * taken of @fds becomes -1. SHOT_ERROR_ENGINE, also when there are more or larger ones than a visit
 * may have. */
gboolean shot_result_add_part (ShotResult *self, JsonObject *message, int *fds, unsigned n_fds,
                               GError **error);

/* Gives the pictures, and data, without a descriptor yet theirs, in their order; these become -1 in @fds.
 * SHOT_ERROR_ENGINE when it is another number, and none is taken. */
gboolean shot_result_take_fds (ShotResult *self, int *fds, unsigned n_fds, GError **error);

/* Moves the pictures of @parts (nullable) to @self, and puts all into the order of the job's wishes.
 * SHOT_ERROR_ENGINE when a wish has none, or one has several that may have one alone. */
gboolean shot_result_merge (ShotResult *self, ShotResult *parts, const ShotJob *job, GError **error);

/* Maps the picture; valid after the result is freed. NULL with @error. (transfer full) */
GBytes *shot_picture_get_bytes (const ShotPicture *self, GError **error);

/* Likewise of its data; only where there is some. */
GBytes *shot_picture_get_data (const ShotPicture *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotResult, shot_result_free)

G_END_DECLS
