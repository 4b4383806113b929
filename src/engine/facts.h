/* facts.h: what the scripts in data/page tell about a page
 *
 * Both kinds come as JSON from a page that may be hostile: whatever is missing or of the wrong type
 * keeps its default, and numbers are clamped. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "job.h"
#include "ready.h"

G_BEGIN_DECLS

/* The name under which agent.js finds its script message handler. */
#define SHOT_AGENT_HANDLER "panelshot"

/* Longer reports are no agent's. */
#define SHOT_FACTS_MAX_BYTES 16384

/* From agent.js, many times a visit. */
typedef struct {
  ShotChannel channel;
  bool        has_scene;
  bool        is_booting;
  bool        will_report;
  bool        is_wait_for_missing;
  bool        is_wait_for_wrong; /* not a CSS selector */
  int         query_count;
  int         panels_rendered;
  int         panels_expected;
  int         loading_bars;
  int         pending_fonts;
  int         pending_images;
  int         quiet_ms;
  int         frames;
  int         width;  /* of the page's viewport, CSS pixels */
  int         height; /* likewise */
  char       *error;       /* (owned): first script error, "" for none */
  char       *failed_file; /* (owned): first script file that did not load, "" for none */
} ShotFacts;

void shot_facts_init  (ShotFacts *self);
void shot_facts_clear (ShotFacts *self);

/* FALSE, @self unchanged, when @text is no flat JSON object or does not hold @key, which the agent
 * was given and other frames of the page do not know. */
gboolean shot_facts_parse (ShotFacts *self, const char *text, const char *key);

/* The object in a text from a page; NULL when it is no flat JSON object, or too long. (transfer
 * none): the parser's */
JsonObject *shot_facts_parse_object (JsonParser *parser, const char *text);

/* From inspect.js, once the page has settled. */
typedef struct {
  int   content_height; /* CSS pixels */
  bool  is_blank;
  bool  is_login_form;
  bool  has_panels;
  char *not_found;        /* (owned): the page's own words, "" when it shows something else */
  char *authenticated_by; /* (owned) (nullable): Grafana's word; NULL when it does not say */
  bool  has_bad_selector; /* what was asked for is not a CSS selector; nothing else is known then */
  bool  has_element;      /* the element asked for is there; its box in the view, CSS pixels: */
  int   x, y, width, height;
} ShotInspection;

void     shot_inspection_clear (ShotInspection *self);
gboolean shot_inspection_parse (ShotInspection *self, const char *text);

/* What an answer of this type is counted as; @mime_type may be NULL. */
ShotFetch shot_facts_classify (const char *mime_type);

/* What the engine saw of the network on the way. */
typedef struct {
  const char *asked_uri;
  const char *final_uri;
  bool        has_render_key;
  bool        is_dashboard_missing; /* Grafana's API answered 404 for it */
  const char *refused_uri;          /* (nullable): a data request that was answered 401 */
  bool        has_dashboard;        /* Grafana's API answered 200 for one */
} ShotTrail;

/* Whether a picture of this page may be handed out. SHOT_ERROR_LOGIN, _NOT_FOUND or _SCRIPT. */
gboolean shot_facts_check (const ShotFacts *facts, const ShotInspection *inspection,
                           const ShotTrail *trail, GError **error);

/* The part that holds for an address alone, as soon as it is known: SHOT_ERROR_LOGIN for a sign-in
 * page, and for one on another host, where a sign-in is the usual reason. */
gboolean shot_facts_check_address (const char *asked_uri, const char *final_uri, GError **error);

G_END_DECLS
