/* people.h: who may do what
 *
 * Users with a role and an argon2id hash, sessions, tokens for scripts, one-time set-up links. All
 * of it is in the archive's database; secrets are stored as hashes. Same thread rule as archive.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive.h"
#include "secret.h"

G_BEGIN_DECLS

/* Each may do what those before it may. */
typedef enum {
  SHOT_ROLE_VIEWER,
  SHOT_ROLE_REVIEWER, /* verdicts, sign-off, captures */
  SHOT_ROLE_ADMIN,    /* people, tokens, runs of plans */
  SHOT_N_ROLES
} ShotRole;

typedef struct {
  char    *name; /* (owned) */
  ShotRole role;
  bool     has_password; /* false: known by a proxy's header alone */
  bool     is_disabled;
  int64_t  created_ms;
  int64_t  seen_ms;
} ShotUser;

void shot_user_free (ShotUser *self); /* accepts NULL */
const char *shot_role_get_name  (ShotRole role); /* "viewer" */
gboolean    shot_role_from_name (const char *name, ShotRole *out_role);

unsigned   shot_people_count (ShotArchive *archive); /* users that are not disabled */
/* (transfer full) (element-type ShotUser), by name */
GPtrArray *shot_people_list  (ShotArchive *archive, GError **error);
ShotUser  *shot_people_find  (ShotArchive *archive, const char *name, GError **error); /* _NOT_FOUND */

/* Names: 1 to 64 characters, no control characters. Passwords: 10 to 1024 bytes. @password NULL: none.
 * _CONFLICT when the name is taken. */
gboolean shot_people_add (ShotArchive *archive, const char *name, ShotRole role,
                          const ShotSecret *password, GError **error);
/* The last admin stays one. Ends the sessions of whoever is disabled or gets a new password. */
gboolean shot_people_set_role     (ShotArchive *archive, const char *name, ShotRole role, GError **error);
gboolean shot_people_set_disabled (ShotArchive *archive, const char *name, bool is_disabled, GError **error);
gboolean shot_people_set_password (ShotArchive *archive, const char *name, const ShotSecret *password,
                                   GError **error);

/* All three, or nothing. @password: (nullable): it stays. */
gboolean shot_people_change       (ShotArchive *archive, const char *name, ShotRole role,
                                   bool is_disabled, const ShotSecret *password, GError **error);

/* Slow on purpose: not in the main thread. _UNAUTHORIZED for a wrong name or password alike, and
 * during a lock-out after repeated failures of the name or the address (the message says how long).
 * Failures elsewhere do not lock a name out where it has a session. */
ShotUser *shot_people_check_password (ShotArchive *archive, const char *name,
                                      const ShotSecret *password, const char *address,
                                      GError **error);

/* How long neither a name nor an address may try again: for Retry-After. 0: they may. */
int64_t shot_people_get_lockout_ms (ShotArchive *archive, const char *name, const char *address);

/* A session: (transfer full) random text for the cookie; the archive keeps its hash. */
ShotSecret *shot_people_open_session  (ShotArchive *archive, const char *user, const char *address,
                                       int64_t life_ms, GError **error);
/* _UNAUTHORIZED when unknown, over or idle for too long. */
ShotUser   *shot_people_find_session  (ShotArchive *archive, const ShotSecret *secret,
                                       int64_t idle_ms, GError **error);
gboolean    shot_people_close_session (ShotArchive *archive, const ShotSecret *secret, GError **error);

typedef struct {
  int64_t  id;
  char    *name; /* (owned): what it is for */
  ShotRole role;
  char    *created_by; /* (owned) */
  int64_t  created_ms;
  int64_t  seen_ms;
  int64_t  expires_ms; /* 0: never */
} ShotToken;

void        shot_token_free (ShotToken *self); /* accepts NULL */
ShotSecret *shot_people_add_token    (ShotArchive *archive, const char *name, ShotRole role,
                                      const char *created_by, int64_t expires_ms, GError **error);
GPtrArray  *shot_people_list_tokens  (ShotArchive *archive, GError **error);
gboolean    shot_people_remove_token (ShotArchive *archive, int64_t id, GError **error);
/* The token as a user of its role whose name is "token:NAME". _UNAUTHORIZED */
ShotUser   *shot_people_find_token   (ShotArchive *archive, const ShotSecret *secret, GError **error);

/* One-time link of the first start: valid until the first admin is there, or a newer one is made. */
ShotSecret *shot_people_make_setup_secret (ShotArchive *archive, GError **error);
gboolean    shot_people_use_setup_secret  (ShotArchive *archive, const ShotSecret *secret,
                                           const char *name, const ShotSecret *password,
                                           GError **error);

/* As in the API and in `panelshot archive --json`. (transfer full) */
JsonObject *shot_user_to_json  (const ShotUser *self);
JsonObject *shot_token_to_json (const ShotToken *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotUser, shot_user_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotToken, shot_token_free)

G_END_DECLS
