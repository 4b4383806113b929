/* request-rules.h: the defaults and limits of what a request may say
 *
 * A plain struct that configuration fills. A job copies what it takes from here, so whoever owns
 * the rules may change them in place between two requests: no render that runs notices.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "job.h"

G_BEGIN_DECLS

#define SHOT_REQUEST_RULES_MAX_BODY_BYTES (16 * 1024 * 1024)

typedef struct {
  int           default_width;  /* CSS pixels, as all sizes here */
  int           default_height;
  bool          is_tall_by_default; /* a missing height is the full page, not default_height */
  int           min_width;
  int           min_height;
  int           max_width;  /* -1: none but SHOT_JOB_MAX_SIDE */
  int           max_height; /* likewise */
  double        default_scale;
  double        max_scale; /* above it is cut to it */
  double        default_zoom;
  ShotEncoding  default_encoding; /* of /render: PNG, JPEG, WebP or PDF */
  bool          is_portrait;      /* paper, unless the request tells */
  int64_t       default_timeout_ms;
  int64_t       max_timeout_ms; /* above it, and 0 ("none"), are cut to it */
  int64_t       urgent_timeout_ms; /* requests with so much time or less go first */
  int           quiet_ms;
  ShotPatience  patience;
  bool          allow_expressions; /* wait_for=js:… */
  char         *timezone;   /* (owned) (nullable): as shot_timezone_normalize() writes it */
  char         *language;   /* (owned) (nullable): when the request brings no Accept-Language */
  char         *user_agent; /* (owned) (nullable) */
  GPtrArray    *headers;    /* (owned) (element-type ShotRulesHeader): to the page's own origin */
  bool          allow_insecure;
  char         *ca_pem;     /* (owned) (nullable) */
  ShotSecret   *client_pem; /* (owned) (nullable) */
  size_t        max_body_bytes; /* of POST /render; at most SHOT_REQUEST_RULES_MAX_BODY_BYTES */
  GPtrArray    *overrides; /* (owned) (element-type ShotRulesOverride) */
} ShotRequestRules;

typedef struct {
  char       *name;  /* (owned) */
  ShotSecret *value; /* (owned) */
} ShotRulesHeader;

/* Polling in place of the page's own report ("force polling") is patience.ignores_reports. */
void shot_request_rules_init  (ShotRequestRules *self);
void shot_request_rules_clear (ShotRequestRules *self); /* may follow itself */

void shot_request_rules_add_header (ShotRequestRules *self, const char *name, ShotSecret *value);

/* For addresses that @pattern matches, @rules (transfer full, contents and all: it is left
 * cleared) take the place of @self, max_body_bytes apart. The first that matches counts. */
void shot_request_rules_add_override (ShotRequestRules *self, GRegex *pattern,
                                      ShotRequestRules *rules);

/* @self, or what takes its place for @uri. (transfer none) */
const ShotRequestRules *shot_request_rules_find (const ShotRequestRules *self, const char *uri);

/* What does not hang on a request: user agent, headers, certificates, patience … */
void shot_request_rules_apply (const ShotRequestRules *self, ShotJob *job);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShotRequestRules, shot_request_rules_clear)

G_END_DECLS
