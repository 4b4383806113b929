#include "config.h"

#include "admission.h"

#include <string.h>

#include "cgroup.h"
#include "error.h"
#include "tenant.h"

gboolean
shot_admission_identify (ShotServer *self, SoupServerMessage *message, int *out_token,
                         GError **error)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char         *presented = soup_message_headers_get_one (headers, "X-Auth-Token");
  ShotTelemetry      *telemetry = self->options.telemetry;

  if (presented == NULL || presented[strspn (presented, " \t")] == '\0') {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED, "Missing X-Auth-Token header");
    shot_telemetry_count_auth (telemetry, SHOT_TELEMETRY_AUTH_MISSING, 0);
    return FALSE;
  }
  *out_token = shot_tokens_find (self->options.tokens, presented);
  if (*out_token >= 0)
    return TRUE;
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED, "Unauthorized");
  shot_telemetry_count_auth (telemetry, SHOT_TELEMETRY_AUTH_INVALID, 0);
  return FALSE;
}

static gboolean
check_address (ShotServer *self, const ShotQuery *query, ShotTelemetryUrl *out_found,
               GError **error)
{
  const char        *url = shot_query_get (query, "url");
  g_autoptr (GError) cause = NULL;

  *out_found = url != NULL ? SHOT_TELEMETRY_URL_VALID : SHOT_TELEMETRY_URL_MISSING;
  if (!shot_query_check_url (query, &cause))
    *out_found = cause->code == SHOT_ERROR_REFUSED ? SHOT_TELEMETRY_URL_PROTOCOL
                                                   : SHOT_TELEMETRY_URL_INVALID;
  else if (url != NULL && !shot_allow_check_uri (self->options.allow, url, &cause))
    *out_found = SHOT_TELEMETRY_URL_REFUSED;
  if (cause == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static bool
has_memory (ShotServer *self)
{
  ShotCgroup memory;

  /* Where it cannot be told, rendering is not forbidden. */
  return self->options.min_free_bytes == 0 || !shot_cgroup_read ("", &memory, NULL) ||
         memory.available_bytes >= self->options.min_free_bytes;
}

/* @out_wait_seconds: for how long it will stay so; 0 when that is not known. */
static ShotTelemetryAdmission
judge_room (ShotServer *self, SoupServerMessage *message, int token, unsigned *out_wait_seconds)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char         *tenant = soup_message_headers_get_one (headers, "X-Tenant-ID");

  if (self->drain_task != NULL)
    return SHOT_TELEMETRY_REJECTED_DRAIN;
  if (!shot_pool_has_room_for (self->options.pool, shot_tenant_hash (token, tenant)))
    return SHOT_TELEMETRY_REJECTED_QUEUE;
  if (!has_memory (self))
    return SHOT_TELEMETRY_REJECTED_MEMORY;
  if (self->quota != NULL)
    *out_wait_seconds = shot_quota_take (self->quota, token, tenant, g_get_monotonic_time ());
  return *out_wait_seconds > 0 ? SHOT_TELEMETRY_REJECTED_CLIENT : SHOT_TELEMETRY_ACCEPTED;
}

static gboolean
check_room (ShotServer *self, SoupServerMessage *message, int token, GError **error)
{
  unsigned               wait_seconds = 0;
  ShotTelemetryAdmission verdict = judge_room (self, message, token, &wait_seconds);

  shot_telemetry_count_admission (self->options.telemetry, verdict);
  if (verdict == SHOT_TELEMETRY_ACCEPTED)
    return TRUE;
  if (wait_seconds > 0) {
    g_autofree char *text = g_strdup_printf ("%u", wait_seconds);
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After",
                                  text);
  }
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_BUSY,
                       verdict == SHOT_TELEMETRY_REJECTED_DRAIN
                           ? "the server is shutting down, try again later"
                           : "server is too busy, try again later");
  return FALSE;
}

gboolean
shot_admission_admit (ShotServer *self, SoupServerMessage *message, int token,
                      const ShotQuery *query, GError **error)
{
  ShotTelemetryUrl found;
  gboolean         is_fine = check_address (self, query, &found, error);

  shot_telemetry_count_auth (self->options.telemetry, SHOT_TELEMETRY_AUTH_VALID, (unsigned) token);
  shot_telemetry_count_url (self->options.telemetry, found);
  return is_fine && check_room (self, message, token, error);
}
