/* renderer-private.h: what the kinds of renderers share
 *
 * A kind begins with a ShotRenderers and fills its functions. What is asked for is a ShotRendererOrder,
 * which is the task's; how it ends is a ShotShots of panels, or a GHashTable of values.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>

#include "renderer.h"

G_BEGIN_DECLS

/* Of one answer. More is a broken renderer, or none at all. */
#define SHOT_RENDERER_MAX_BYTES (512 * 1024 * 1024)
#define SHOT_RENDERER_MAX_DATA_BYTES (16 * 1024 * 1024) /* of one panel, compressed */
#define SHOT_RENDERER_MAX_VALUES 10000                  /* of one variable */
#define SHOT_RENDERER_MAX_VARIABLES 400
/* The view in which a dashboard's own sizes are measured. */
#define SHOT_RENDERER_GRID_WIDTH 1600
#define SHOT_RENDERER_GRID_HEIGHT 1000

typedef struct {
  bool        is_listing; /* values of variables are asked for, not pictures of panels */
  char       *address;    /* (owned) */
  int         width;      /* of each panel; 0: the dashboard's own */
  int         height;
  double      scale;
  char       *timezone;   /* (owned) (nullable) */
  char       *language;   /* (owned) (nullable) */
  GPtrArray  *keys;       /* (owned) (element-type utf8): "panel-4" stands for its clones, too */
  ShotSecret *token;      /* (owned) (nullable) */
  char       *ca_pem;     /* (owned) (nullable) */
  int64_t     timeout_ms;
} ShotRendererOrder;

typedef struct {
  unsigned (*get_width) (const ShotRenderers *self);
  /* Completes @task (transfer full), whose data is the order. */
  void (*render) (ShotRenderers *self, GTask *task);
  void (*free) (ShotRenderers *self);
} ShotRenderersClass;

struct _ShotRenderers {
  const ShotRenderersClass *kind;
};

/* The JSON document of names and values. SHOT_ERROR_DOCUMENT. (transfer full) */
GHashTable *shot_renderer_read_values (GBytes *json, GError **error);

/* A zip archive as POST /render answers with it: index.json, and the files that it names. Pictures are
 * looked at as far as their first bytes. SHOT_ERROR_DOCUMENT. (transfer full) */
ShotShots  *shot_renderer_read_archive (GBytes *zip, GError **error);
/* The same of an archive that has no panels but one document of values. (transfer full) */
GHashTable *shot_renderer_read_value_archive (GBytes *zip, GError **error);

/* Whether it begins as PNG does; its size in @out_width and @out_height (nullable). */
bool shot_renderer_is_png (GBytes *picture, int *out_width, int *out_height);

G_END_DECLS
