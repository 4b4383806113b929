/* routes-people.c: session, set-up, users, tokens */
#include "config.h"

#include <string.h>

#include "call.h"
#include "error.h"
#include "people.h"

#define MAX_NAME 64

static JsonObject *
describe_session (const ShotCall *call)
{
  g_autofree char *forgery = shot_visitor_make_forgery_text (&call->visitor,
                                                             call->review->options.rules);
  JsonObject      *user = json_object_new ();
  JsonObject      *object = json_object_new ();

  json_object_set_string_member (user, "name", call->visitor.user->name);
  json_object_set_string_member (user, "role", shot_role_get_name (call->visitor.user->role));
  json_object_set_object_member (object, "user", user);
  json_object_set_string_member (object, "csrf", forgery != NULL ? forgery : "");
  json_object_set_string_member (object, "via", shot_via_get_name (call->visitor.via));
  return object;
}

static gboolean
get_session (ShotCall *call, ShotArchive *archive, GError **error)
{
  JsonObject *object;

  if (shot_visitor_identify (&call->visitor, call->review->options.rules, archive, error)) {
    shot_call_take_json (call, describe_session (call));
    return TRUE;
  }
  object = json_object_new ();
  json_object_set_boolean_member (object, "setup", shot_people_count (archive) == 0);
  shot_call_take_json (call, object);
  return FALSE;
}

/* A session of @user, as the call's own from now on. */
static gboolean
open_session (ShotCall *call, ShotArchive *archive, ShotUser *user, GError **error)
{
  const ShotVisitorRules *rules = call->review->options.rules;
  ShotVisitor            *visitor = &call->visitor;
  g_autoptr (ShotSecret)  secret = shot_people_open_session (archive, user->name, visitor->origin,
                                                             rules->life_ms, error);

  if (secret == NULL)
    return FALSE;
  shot_call_add_header (call, "Set-Cookie", shot_visitor_make_cookie (visitor, rules, secret));
  shot_secret_unref (visitor->session);
  visitor->session = g_steal_pointer (&secret);
  visitor->via = SHOT_VIA_PASSWORD;
  if (visitor->user != user)
    shot_user_free (visitor->user);
  visitor->user = user;
  return TRUE;
}

static gboolean
check_password (ShotCall *call, ShotArchive *archive, const char *name, const ShotSecret *password,
                ShotUser **out_user, GError **error)
{
  const char *origin = call->visitor.origin;
  int64_t     wait_ms = shot_people_get_lockout_ms (archive, name, origin);

  if (wait_ms > 0) {
    call->retry_after_seconds = (unsigned) ((wait_ms + 999) / 1000);
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_BUSY,
                 "too many wrong passwords: try again in %u seconds", call->retry_after_seconds);
    return FALSE;
  }
  *out_user = shot_people_check_password (archive, name, password, origin, error);
  return *out_user != NULL;
}

static gboolean
sign_in (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotBody)   body = shot_body_parse (call->body, "name password", error);
  g_autoptr (ShotSecret) password = NULL;
  g_autoptr (ShotUser)   user = NULL;
  const char            *name = NULL;

  if (body == NULL || !shot_body_require (body, "name password", error) ||
      !shot_body_get_text (body, "name", MAX_NAME, &name, error) ||
      !shot_body_get_secret (body, "password", &password, error) ||
      !check_password (call, archive, name, password, &user, error) ||
      !open_session (call, archive, user, error))
    return FALSE;
  g_steal_pointer (&user);
  shot_call_take_json (call, describe_session (call));
  return TRUE;
}

static gboolean
sign_out (ShotCall *call, ShotArchive *archive, GError **error)
{
  const ShotVisitor *visitor = &call->visitor;

  if (visitor->via != SHOT_VIA_PASSWORD)
    return TRUE;
  shot_call_add_header (call, "Set-Cookie",
                        shot_visitor_make_cookie (visitor, call->review->options.rules, NULL));
  return shot_people_close_session (archive, visitor->session, error);
}

/* Pages of the user that look on come back, and are asked who they are. */
static void
end_streams (ShotCall *call)
{
  const char *name = call->visitor.user->name;

  /* As it is written, not as it was asked for. */
  if (call->json != NULL)
    name = json_object_get_string_member (call->json, "name");
  shot_streams_end (call->review->streams, name);
  shot_call_finish (call);
}

static gboolean
set_up (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotBody)   body = shot_body_parse (call->body, "secret name password", error);
  g_autoptr (ShotSecret) secret = NULL;
  g_autoptr (ShotSecret) password = NULL;
  g_autoptr (ShotUser)   user = NULL;
  const char            *name = NULL;

  if (body == NULL || !shot_body_require (body, "secret name password", error) ||
      !shot_body_get_text (body, "name", MAX_NAME, &name, error) ||
      !shot_body_get_secret (body, "secret", &secret, error) ||
      !shot_body_get_secret (body, "password", &password, error) ||
      !shot_people_use_setup_secret (archive, secret, name, password, error))
    return FALSE;
  user = shot_people_find (archive, name, error);
  if (user == NULL || !open_session (call, archive, user, error))
    return FALSE;
  g_steal_pointer (&user);
  shot_call_take_json (call, describe_session (call));
  return TRUE;
}

/* All sessions of the user end by that; this one goes on as a new one. */
static gboolean
change_password (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotBody)   body = shot_body_parse (call->body, "old new", error);
  g_autoptr (ShotSecret) old = NULL;
  g_autoptr (ShotSecret) new = NULL;
  g_autoptr (ShotUser) user = NULL;

  if (body == NULL)
    return FALSE;
  if (call->visitor.via != SHOT_VIA_PASSWORD) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED, "you did not sign in by a password");
    return FALSE;
  }
  if (!shot_body_require (body, "old new", error) ||
      !shot_body_get_secret (body, "old", &old, error) ||
      !shot_body_get_secret (body, "new", &new, error) ||
      !check_password (call, archive, call->visitor.user->name, old, &user, error) ||
      !shot_people_set_password (archive, user->name, new, error) ||
      !open_session (call, archive, user, error))
    return FALSE;
  g_steal_pointer (&user);
  return TRUE;
}

static JsonObject *
describe_user (const void *row)
{
  return shot_user_to_json (row);
}

typedef JsonObject *(*Describe) (const void *row);

/* Answers with @rows as a list of that @name. @rows: (nullable): it has failed. (transfer full) */
static gboolean
answer_list (ShotCall *call, const char *name, GPtrArray *rows, Describe describe)
{
  if (rows == NULL)
    return FALSE;

  JsonObject *object = json_object_new ();
  JsonArray  *array = json_array_new ();
  for (unsigned i = 0; i < rows->len; i++)
    json_array_add_object_element (array, describe (rows->pdata[i]));
  json_object_set_array_member (object, name, array);
  shot_call_take_json (call, object);
  g_ptr_array_unref (rows);
  return TRUE;
}

static gboolean
list_users (ShotCall *call, ShotArchive *archive, GError **error)
{
  return answer_list (call, "users", shot_people_list (archive, error), describe_user);
}

/* An absent role stays as it is. */
static gboolean
read_role (const ShotBody *body, ShotRole *role, GError **error)
{
  const char *name = NULL;

  if (!shot_body_get_text (body, "role", MAX_NAME, &name, error))
    return FALSE;
  if (name == NULL || shot_role_from_name (name, role))
    return TRUE;
  return shot_body_fail ("role", "want viewer, reviewer or admin", error);
}

static gboolean
answer_user (ShotCall *call, ShotArchive *archive, const char *name, GError **error)
{
  g_autoptr (ShotUser) user = shot_people_find (archive, name, error);

  if (user == NULL)
    return FALSE;
  shot_call_take_json (call, shot_user_to_json (user));
  return TRUE;
}

static gboolean
add_user (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotBody)   body = shot_body_parse (call->body, "name role password", error);
  g_autoptr (ShotSecret) password = NULL;
  const char            *name = NULL;
  ShotRole               role = SHOT_ROLE_VIEWER;

  return body != NULL && shot_body_require (body, "name role", error) &&
         shot_body_get_text (body, "name", MAX_NAME, &name, error) &&
         read_role (body, &role, error) &&
         shot_body_get_secret (body, "password", &password, error) &&
         shot_people_add (archive, name, role, password, error) &&
         answer_user (call, archive, name, error);
}

static gboolean
change_user (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotBody)   body = shot_body_parse (call->body, "role disabled password", error);
  g_autoptr (ShotUser)   user = NULL;
  g_autoptr (ShotSecret) password = NULL;
  ShotRole               role = SHOT_ROLE_VIEWER;
  bool                   is_disabled = false;

  if (body == NULL)
    return FALSE;
  user = shot_people_find (archive, call->name, error);
  if (user == NULL)
    return FALSE;
  role = user->role;
  is_disabled = user->is_disabled;
  if (!read_role (body, &role, error) ||
      !shot_body_get_bool (body, "disabled", &is_disabled, error) ||
      !shot_body_get_secret (body, "password", &password, error) ||
      !shot_people_change (archive, call->name, role, is_disabled, password, error))
    return FALSE;
  return answer_user (call, archive, call->name, error);
}

static JsonObject *
describe_token (const void *row)
{
  return shot_token_to_json (row);
}

static gboolean
list_tokens (ShotCall *call, ShotArchive *archive, GError **error)
{
  return answer_list (call, "tokens", shot_people_list_tokens (archive, error), describe_token);
}

/* The newest of the name is the one that was made. */
static gboolean
answer_token (ShotCall *call, ShotArchive *archive, const char *name, const ShotSecret *secret,
              GError **error)
{
  g_autoptr (GPtrArray) tokens = shot_people_list_tokens (archive, error);
  const ShotToken      *found = NULL;
  JsonObject           *object;

  if (tokens == NULL)
    return FALSE;
  for (unsigned i = 0; i < tokens->len; i++) {
    const ShotToken *token = tokens->pdata[i];
    if (g_str_equal (token->name, name) && (found == NULL || token->id > found->id))
      found = token;
  }
  object = found != NULL ? shot_token_to_json (found) : json_object_new ();
  json_object_set_string_member (object, "token", shot_secret_reveal (secret));
  shot_call_take_json (call, object);
  return TRUE;
}

static gboolean
add_token (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotBody)   body = shot_body_parse (call->body, "name role expires", error);
  g_autoptr (ShotSecret) secret = NULL;
  const char            *name = NULL;
  ShotRole               role = SHOT_ROLE_VIEWER;
  int64_t                expires_ms = 0;

  if (body == NULL || !shot_body_require (body, "name role", error) ||
      !shot_body_get_text (body, "name", MAX_NAME, &name, error) ||
      !read_role (body, &role, error) ||
      !shot_body_get_int (body, "expires", 0, SHOT_CALL_MAX_TIME_MS, &expires_ms, error))
    return FALSE;
  secret = shot_people_add_token (archive, name, role, call->visitor.user->name, expires_ms, error);
  return secret != NULL && answer_token (call, archive, name, secret, error);
}

static gboolean
remove_token (ShotCall *call, ShotArchive *archive, GError **error)
{
  return shot_people_remove_token (archive, call->id, error);
}

const ShotRoute shot_routes_people[] = {
  { "GET", "/api/v1/session", 0, SHOT_ROUTE_OPEN, get_session },
  { "POST", "/api/v1/session", 0, SHOT_ROUTE_OPEN | SHOT_ROUTE_DOORMAN, sign_in },
  { "DELETE", "/api/v1/session", SHOT_ROLE_VIEWER, 0, sign_out, end_streams },
  { "PUT", "/api/v1/session/password", SHOT_ROLE_VIEWER, SHOT_ROUTE_DOORMAN, change_password },
  { "POST", "/api/v1/setup", 0, SHOT_ROUTE_OPEN | SHOT_ROUTE_DOORMAN | SHOT_ROUTE_CREATED, set_up },
  { "GET", "/api/v1/users", SHOT_ROLE_ADMIN, 0, list_users },
  { "POST", "/api/v1/users", SHOT_ROLE_ADMIN, SHOT_ROUTE_DOORMAN | SHOT_ROUTE_CREATED, add_user },
  { "PATCH", "/api/v1/users/{name}", SHOT_ROLE_ADMIN, SHOT_ROUTE_DOORMAN, change_user,
    end_streams },
  { "GET", "/api/v1/tokens", SHOT_ROLE_ADMIN, 0, list_tokens },
  { "POST", "/api/v1/tokens", SHOT_ROLE_ADMIN, SHOT_ROUTE_CREATED, add_token },
  { "DELETE", "/api/v1/tokens/{id}", SHOT_ROLE_ADMIN, 0, remove_token },
  { NULL },
};
