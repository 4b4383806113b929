/* job.h: one visit to one page, and the pictures to take from it
 *
 * A plain struct, filled by the command line or the HTTP layer, checked once by
 * shot_job_check(), carried over the engine link as JSON. The owner may change it until it is
 * handed to the pool; from then on it is read-only.
 *
 * Any thread, one at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "encoding.h"
#include "paper.h"
#include "secret.h"

G_BEGIN_DECLS

#define SHOT_JOB_DEFAULT_WIDTH 1000
#define SHOT_JOB_DEFAULT_HEIGHT 500
#define SHOT_JOB_DEFAULT_TIMEOUT_MS 60000
#define SHOT_JOB_MAX_TIMEOUT_MS (30 * 60 * 1000)
#define SHOT_JOB_DEFAULT_QUIET_MS 100
#define SHOT_JOB_MAX_SIDE 16384               /* CSS pixels, before the scale */
#define SHOT_JOB_DEFAULT_MAX_PIXELS 64000000 /* device pixels of one picture */
#define SHOT_JOB_MIN_SCALE 0.1
#define SHOT_JOB_MAX_SCALE 4.0
#define SHOT_JOB_MIN_ZOOM 0.25
#define SHOT_JOB_MAX_ZOOM 5.0
#define SHOT_JOB_DEFAULT_QUALITY 85
#define SHOT_JOB_MAX_URI_BYTES 32768
#define SHOT_JOB_MAX_PICTURES 64
#define SHOT_JOB_MAX_PANELS 500    /* of a wish for each */
#define SHOT_JOB_MAX_PANEL_WISHES 4 /* for each panel, in one job */
#define SHOT_JOB_MAX_PANEL_BYTES 16384 /* of the keys of panels, in one job */

typedef enum {
  SHOT_PICTURE_VIEWPORT,
  SHOT_PICTURE_FULL_PAGE, /* the view made as tall as the content */
  SHOT_PICTURE_ELEMENT,   /* cut out of the viewport */
  SHOT_PICTURE_EACH_PANEL, /* as many pictures as the dashboard has panels */
  SHOT_PICTURE_PRINT,     /* the document on the job's paper */
  SHOT_PICTURE_DOWNLOAD,  /* the file that the page offers; the visit's only picture */
  SHOT_PICTURE_VARIABLES, /* the dashboard's variables with all their values, as JSON */
  SHOT_N_PICTURE_KINDS
} ShotPictureKind;

typedef struct {
  ShotPictureKind kind;
  char           *selector; /* (owned) (nullable): ELEMENT only */
  ShotEncoding    encoding; /* PDF goes with PRINT, CSV with DOWNLOAD, JSON with VARIABLES,
                             * images with the rest */
  int             quality;  /* 1 to 100: JPEG and WebP */
  bool            is_grid;  /* EACH_PANEL: at its size in the dashboard, else: */
  int             width;    /* EACH_PANEL: of each picture, CSS pixels; 0: the job's */
  int             height;   /* likewise */
  bool            wants_data; /* EACH_PANEL: what the page has drawn it from as well */
  GPtrArray      *panels;   /* (owned) (nullable) (element-type utf8): EACH_PANEL: of these alone, by
                             * their keys; that of a panel is that of its clones too */
} ShotPictureWish;

/* What is asked of a page before its picture is taken, beyond the rules of readiness. Limits: how
 * long a page that has loaded may hold up its picture for one reason; then it is taken, flagged. */
typedef struct {
  int  prior_wait_ms; /* after the load event, before the page is judged at all */
  int  limit_ms;      /* from the load event to READY; 0: the job's deadline alone */
  bool ignores_queries;
  bool ignores_network;
  bool ignores_mutations;
  bool ignores_reports; /* of the page's own message channel */
  int  query_limit_ms;    /* 0: none */
  int  network_limit_ms;  /* 0: none but that of ready.h for polls and streams */
  int  mutation_limit_ms; /* 0: that of ready.h */
  int  moving_ms; /* how long a document may go on changing once its data is there; 0: as in ready.h */
} ShotPatience;

/* Sent with every request of the page that goes to @origin, and with no other. */
typedef struct {
  char       *origin; /* (owned): as shot_origin_from_uri() writes it */
  char       *name;   /* (owned) */
  ShotSecret *value;  /* (owned) */
} ShotJobHeader;

typedef struct {
  char       *id;         /* (owned): names the job in logs and on the link */
  char       *uri;        /* (owned) */
  int         width;      /* CSS pixels */
  int         height;     /* CSS pixels; the first height of a full page */
  double      scale;      /* device pixels per CSS pixel */
  double      zoom;       /* of text and everything else inside the same picture */
  int64_t     timeout_ms; /* of the whole visit, encoding included */
  int         quiet_ms;   /* no request and no mutation for so long means settled */
  ShotPatience patience;
  int64_t     max_pixels; /* full pages are cut at this budget */
  char       *timezone;   /* (owned) (nullable): as shot_timezone_normalize() writes it */
  char       *language;   /* (owned) (nullable): an Accept-Language value */
  char       *user_agent; /* (owned) (nullable) */
  char       *wait_for;   /* (owned) (nullable): a CSS selector that must be there */
  char       *wait_expression; /* (owned) (nullable): JavaScript that must be truthy */
  bool        is_best_effort; /* at the deadline, the picture of what there is */
  ShotSecret *render_key; /* (owned) (nullable) */
  char       *domain;     /* (owned) (nullable): the render key cookie's */
  bool        wants_fresh; /* a web process that nobody has used: one has died over this job */
  bool        allow_insecure; /* any TLS certificate will do */
  char       *ca_pem;     /* (owned) (nullable): extra authorities, PEM text */
  ShotSecret *client_pem; /* (owned) (nullable): certificate and key for the address's origin */
  ShotSecret *relay_uri;  /* (owned) (nullable): the proxy that all requests take */
  GPtrArray  *allow;      /* (owned) (element-type utf8): documents may come from these targets
                           * only (base/allow.h); empty: from all but the refused ones */
  ShotPaper   paper;      /* of PRINT */
  GPtrArray  *headers;    /* (owned) (element-type ShotJobHeader) */
  GPtrArray  *pictures;   /* (owned) (element-type ShotPictureWish): at least one */
} ShotJob;

/* With all defaults, a fresh id and no picture wished for. (transfer full) */
ShotJob *shot_job_new  (const char *uri);
void     shot_job_free (ShotJob *self); /* accepts NULL */

const char *shot_picture_kind_get_name  (ShotPictureKind kind); /* "full-page" */
gboolean    shot_picture_kind_from_name (const char *name, ShotPictureKind *out_kind);

/* What goes with the kind: PNG for images. */
ShotEncoding shot_picture_kind_get_encoding (ShotPictureKind kind);

/* In its kind's encoding. The wish stays the job's. (transfer none) */
ShotPictureWish *shot_job_add_picture (ShotJob *self, ShotPictureKind kind, const char *selector);

void shot_picture_wish_free (ShotPictureWish *self); /* accepts NULL */

/* One more panel that is wished for. */
void shot_picture_wish_add_panel (ShotPictureWish *self, const char *key);

/* What each picture of an EACH_PANEL wish measures that is not `is_grid`, in CSS pixels. */
void shot_job_get_panel_size (const ShotJob *self, const ShotPictureWish *wish, int *out_width,
                              int *out_height);

/* @uri_of_origin: any address of the origin; must be http or https. */
void shot_job_add_header (ShotJob *self, const char *uri_of_origin, const char *name,
                          ShotSecret *value);

/* Every rule about the address, sizes, scale, header names: SHOT_ERROR_USAGE, or _REFUSED for
 * schemes and credentials in the address. The message is one line that names the cure. */
gboolean shot_job_check (const ShotJob *self, GError **error);

/* The rules about the address alone. */
gboolean shot_job_check_uri (const char *uri, GError **error);

/* W·S rounded half up, at least 1. */
int shot_job_device_pixels (int css_pixels, double scale);

/* Of the view in which a full page is first laid out: three quarters of the width, within bounds
 * that never make the job too large by themselves. */
int shot_job_first_height (int width);

JsonObject *shot_job_to_json   (const ShotJob *self);                 /* (transfer full) */
ShotJob    *shot_job_from_json (JsonObject *object, GError **error); /* (transfer full) */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotJob, shot_job_free)

G_END_DECLS
