/* render-options.h: the command line of `panelshot render`, and the job that it asks for
 *
 * Main thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "job.h"

G_BEGIN_DECLS

/* As GOption leaves them: texts are bytes as typed, NULL when absent. */
typedef struct {
  char    *output;             /* (owned) */
  char    *encoding;           /* (owned) */
  char    *quality;            /* (owned) */
  char    *width;              /* (owned) */
  char    *height;             /* (owned) */
  char    *selector;           /* (owned) */
  char    *scale;              /* (owned) */
  char    *zoom;               /* (owned) */
  char    *paper;              /* (owned) */
  char    *paper_scale;        /* (owned) */
  char    *page_ranges;        /* (owned) */
  char    *theme;              /* (owned) */
  char    *timezone;           /* (owned) */
  char    *language;           /* (owned) */
  char    *user_agent;         /* (owned) */
  char    *timeout;            /* (owned) */
  char    *wait_for;           /* (owned) */
  char    *wait_expression;    /* (owned) */
  char    *quiet_ms;           /* (owned) */
  char    *token_file;         /* (owned) */
  char    *jwt_file;           /* (owned) */
  char    *jwt_header;         /* (owned) */
  char    *render_key;         /* (owned) */
  char    *render_key_file;    /* (owned) */
  char    *domain;             /* (owned) */
  char    *client_certificate; /* (owned) */
  char    *client_key;         /* (owned) */
  char    *ca_file;            /* (owned) */
  char    *panels;             /* (owned) */
  char   **headers;            /* (owned) */
  gboolean full_page;
  gboolean each_panel;
  gboolean grid_size;
  gboolean panel_data;
  gboolean portrait;
  gboolean no_backgrounds;
  gboolean best_effort;
  gboolean allow_insecure;
  gboolean json;
  gboolean verbose;
  gboolean help;
} ShotRenderOptions;

/* Options are taken out of @argv, and secrets are overwritten in it: everybody on the machine can
 * list it. SHOT_ERROR_USAGE. */
gboolean shot_render_options_parse (ShotRenderOptions *self, int *argc, char ***argv,
                                    GError **error);
void     shot_render_options_clear (ShotRenderOptions *self);

/* Fits a screen. */
const char *shot_render_options_get_help (void);

/* What was asked for, or what the output's extension says. */
gboolean shot_render_options_read_encoding (const ShotRenderOptions *self,
                                            ShotEncoding *out_encoding, GError **error);

/* SHOT_ERROR_USAGE or _REFUSED. (transfer full) */
ShotJob *shot_render_options_make_job (const ShotRenderOptions *self, const char *uri,
                                       ShotEncoding encoding, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShotRenderOptions, shot_render_options_clear)

G_END_DECLS
