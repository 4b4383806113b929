/* serve-settings.h: the settings of `panelshot serve`
 *
 * The table of all of them, with the names that the official renderer's version 5 (dotted keys,
 * environment) and version 3 (environment, JSON) have for them; how they are read and what of
 * them cannot stand together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "allow.h"
#include "certificate.h"
#include "credentials.h"
#include "fleet.h"
#include "request-rules.h"
#include "settings.h"
#include "tokens.h"

G_BEGIN_DECLS

extern const ShotSetting shot_serve_settings_table[];

/* Flags of @argv (which are taken out of it), the environment and the file; SHOT_ERROR_USAGE when
 * one is wrong or two contradict each other. (transfer full) */
ShotSettings *shot_serve_settings_load (int *argc, char **argv, GError **error);

/* As the file and the environment are now, with the flags of @old. (transfer full) */
ShotSettings *shot_serve_settings_reload (const ShotSettings *old, GError **error);

/* What works one setting out from others, and all checks of pairs; part of _load(). */
gboolean shot_serve_settings_resolve (ShotSettings *self, GError **error);

/* The part of it that an override can break. */
gboolean shot_serve_settings_check_limits (const ShotSettings *self, GError **error);

/* The check of browser.override's row, and how its texts are shown: without values of headers. */
gboolean shot_serve_settings_check_override (const char *text, GError **error);
char    *shot_serve_settings_mask_override  (const char *text); /* (transfer full) */

/* What requests may say; each browser.override makes rules of its own, which the plain ones lack.
 * @out_rules: shot_request_rules_clear(). */
gboolean shot_serve_settings_make_rules       (const ShotSettings *self,
                                               ShotRequestRules *out_rules, GError **error);
gboolean shot_serve_settings_make_plain_rules (const ShotSettings *self,
                                               ShotRequestRules *out_rules, GError **error);
gboolean shot_serve_settings_add_overrides    (const ShotSettings *self, ShotRequestRules *rules,
                                               GError **error);

/* Whatever serve makes of its settings, the files that they name included. */
typedef struct {
  ShotTokens      *tokens;      /* (owned) */
  ShotCredentials *credentials; /* (owned) */
  ShotRequestRules rules;
  GPtrArray       *allow_texts; /* (owned) (element-type utf8) */
  ShotAllow       *allow;       /* (owned) */
  ShotCertificate *certificate; /* (owned) (nullable) */
} ShotServeParts;

/* @out_parts: shot_serve_parts_clear(). SHOT_ERROR_USAGE names the setting. */
gboolean shot_serve_settings_make_parts (const ShotSettings *self, ShotServeParts *out_parts,
                                         GError **error);
void     shot_serve_parts_clear         (ShotServeParts *self);

/* The engine's command line, and when it is replaced. (transfer full) */
char **shot_serve_settings_make_engine_arguments (const ShotSettings *self, unsigned slots);
void   shot_serve_settings_read_fleet_rules      (const ShotSettings *self,
                                                  ShotFleetRules *out_rules);

/* "KEY VALUE (ORIGIN)", for messages. (transfer full) */
char *shot_serve_settings_describe (const ShotSettings *self, const char *key);

/* Where this machine can ask the server, such as "http://127.0.0.1:8081". (transfer full) */
char *shot_serve_settings_make_uri (const ShotSettings *self);

/* Whether others than this machine can connect. */
bool shot_serve_settings_is_wide (const ShotSettings *self);

/* Prints each line as a warning, "panelshot: …", on stderr. */
void shot_serve_settings_print_notices (const ShotSettings *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShotServeParts, shot_serve_parts_clear)

G_END_DECLS
