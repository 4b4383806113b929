/* call.h: one request of the API, from its arrival to its answer
 *
 *   NEW > prepare() > WORKING > then() > ANSWERED
 *
 * A route's prepare() and then() run in the main thread, its work() in the archive's: what they
 * hand on is in the call, which one of them has at a time. Before work() the caller was identified,
 * and had the role and the anti-forgery text that the route needs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>

#include "archive.h"
#include "body.h"
#include "exchange.h"
#include "query.h"
#include "review.h"
#include "streams.h"
#include "visitor.h"

G_BEGIN_DECLS

typedef struct _ShotCall ShotCall;

#define SHOT_CALL_MAX_TIME_MS ((int64_t) 1 << 52)

enum {
  SHOT_ROUTE_OPEN = 1 << 0,    /* for everybody */
  SHOT_ROUTE_DOORMAN = 1 << 1, /* in the thread that checks passwords */
  SHOT_ROUTE_CREATED = 1 << 2, /* 201 */
  SHOT_ROUTE_ACCEPTED = 1 << 3, /* 202 */
};

typedef struct {
  const char *method;
  const char *path;  /* with {id}, {hash} or, at the end, {name} */
  ShotRole    role;
  unsigned    traits;
  gboolean (*work) (ShotCall *call, ShotArchive *archive, GError **error); /* (nullable) */
  void (*then) (ShotCall *call);    /* (nullable): ends with shot_call_finish() */
  void (*prepare) (ShotCall *call); /* (nullable) */
} ShotRoute;

extern const ShotRoute shot_routes_people[];
extern const ShotRoute shot_routes_runs[];
extern const ShotRoute shot_routes_cells[];
extern const ShotRoute shot_routes_verdicts[];
extern const ShotRoute shot_routes_plans[];
extern const ShotRoute shot_routes_report[];

struct _ShotReview {
  ShotReviewOptions options;
  ShotMount         mount;
  ShotStreams      *streams;  /* (owned) */
  unsigned          n_knocking; /* calls that wait for a password to be checked */
  unsigned          n_drawings;
  GQueue            drawings; /* (element-type ShotCall): that wait for their turn to draw */
  GQueue            reports;  /* (element-type ShotCall): that wait for the one being written */
  bool              is_reporting;
};

struct _ShotCall {
  ShotReview      *review;   /* (borrowed) */
  ShotExchange    *exchange; /* (owned): main thread only */
  const ShotRoute *route;
  ShotVisitor      visitor;
  int64_t          id;
  int64_t          last_event_id; /* below 0: not said */
  char            *name;     /* (owned) (nullable): {name} or {hash} */
  ShotQuery       *query;    /* (owned) */
  GBytes          *body;     /* (owned) */
  bool             takes_gzip;
  char            *known_tag; /* (owned) (nullable): If-None-Match */
  char            *language;  /* (owned) (nullable): Accept-Language */
  /* The answer. */
  unsigned         status;
  JsonObject      *json;  /* (owned) (nullable) */
  GBytes          *bytes; /* (owned) (nullable): instead */
  const char      *type;  /* static: of the bytes */
  GPtrArray       *headers; /* (owned) (element-type utf8): name, value, … */
  GError          *error;   /* (owned) (nullable): instead */
  bool             is_cached;
  bool             is_settled;
  bool             wants_notice; /* people are to be told */
  unsigned         retry_after_seconds; /* 0: not said */
  /* From one step to the next. */
  void          *data; /* (owned) */
  GDestroyNotify free_data;
};

/* Ends the call with what is in it, or with call->error. Main thread. */
void shot_call_finish (ShotCall *call);

/* The part of it that takes time: any step may be the last one to do it. */
void shot_call_settle (ShotCall *call);

void shot_call_free (ShotCall *call);

/* Any step. */
void shot_call_set_data (ShotCall *call, void *data, GDestroyNotify free_data);
void shot_call_take_json (ShotCall *call, JsonObject *json);
/* Takes @bytes. */
void shot_call_take_bytes (ShotCall *call, GBytes *bytes, const char *type);
/* Takes @value. */
void shot_call_add_header (ShotCall *call, const char *name, char *value);

/* ETag, and whether the client has it already: nothing else is to be done then. */
bool shot_call_has_known (ShotCall *call, const char *tag, bool is_immutable);

/* What changed in the client's language, where we have it. */
void shot_call_translate_cell (const ShotCall *call, ShotCell *cell);

/* Likewise, as shot_cell_to_json(). (transfer full) */
JsonObject *shot_call_describe_cell (const ShotCall *call, ShotCell *cell, bool is_full);

/* A number of the query; @out_number keeps what it has when it is absent. SHOT_ERROR_USAGE */
gboolean shot_call_get_number (ShotCall *call, const char *name, int64_t least, int64_t most,
                               int64_t *out_number, GError **error);

/* routes-cells.c: members filter, text, dashboard, range as texts, each nullable. */
gboolean shot_call_read_filter (const char *filter, const char *text, const char *dashboard,
                                const char *range, ShotCellFilter *out_filter, GError **error);

G_END_DECLS
