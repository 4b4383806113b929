#include "config.h"

#include <glib-unix.h>
#include <poll.h>
#include <string.h>

#include "error.h"
#include "query.h"
#include "server-private.h"

#define RETRY_AFTER_SECONDS "5"
#define MAX_LOGGED_BYTES 2048

/* One /render, from its acceptance until its answer is out. */
typedef struct {
  ShotServer        *server;      /* (borrowed) */
  SoupServerMessage *message;     /* (owned) */
  char              *id;          /* (owned) */
  GCancellable      *cancellable; /* (owned) */
  GSource           *hang_up;     /* (owned) (nullable) */
  int64_t            started_us;
  bool               is_answered; /* by us; it may not be out */
  bool               is_finished; /* libsoup is done with the message */
} Request;

static void
request_free_when_done (Request *request)
{
  ShotServer *server = request->server;

  if (!request->is_answered || !request->is_finished)
    return;
  if (request->hang_up != NULL) {
    g_source_destroy (request->hang_up);
    g_source_unref (request->hang_up);
  }
  g_signal_handlers_disconnect_by_data (request->message, request);
  g_object_unref (request->message);
  g_object_unref (request->cancellable);
  g_free (request->id);
  g_free (request);
  server->unanswered--;
  shot_server_check_drained (server);
}

/* "GET /render?…" as it came, cut; the log masks what is secret in it. */
static char *
describe (SoupServerMessage *message)
{
  g_autofree char *uri = g_uri_to_string_partial (soup_server_message_get_uri (message),
                                                  G_URI_HIDE_PASSWORD);
  const char      *path = strstr (uri, "://");

  path = path != NULL ? strchr (path + 3, '/') : NULL;
  return g_strdup_printf ("%s %.*s", soup_server_message_get_method (message), MAX_LOGGED_BYTES,
                          path != NULL ? path : uri);
}

static void
log_answer (SoupServerMessage *message, const char *id, int64_t started_us,
            const ShotResult *result, const GError *error)
{
  g_autofree char    *what = describe (message);
  g_autofree char    *flags = shot_flags_to_string (result != NULL ? result->flags : 0);
  g_autoptr (GString) stages = g_string_new (NULL);

  for (int i = 0; result != NULL && i < SHOT_N_STAGES; i++)
    g_string_append_printf (stages, "%s%s:%" G_GINT64_FORMAT, i > 0 ? "," : "",
                            shot_stage_get_name (i), result->stage_us[i] / 1000);
  g_info ("id=%s %s status=%u ms=%" G_GINT64_FORMAT " stages_ms=%s flags=%s outcome=%s%s%s", id,
          what, soup_server_message_get_status (message),
          (g_get_monotonic_time () - started_us) / 1000, stages->len > 0 ? stages->str : "-",
          *flags != '\0' ? flags : "-",
          error != NULL ? shot_error_get_name (shot_error_classify (error)) : "ok",
          error != NULL ? " error: " : "", error != NULL ? error->message : "");
}

static void
set_story (SoupMessageHeaders *headers, const ShotResult *result)
{
  g_autofree char    *flags = shot_flags_to_string (result->flags);
  g_autoptr (GString) timing = g_string_new (NULL);

  for (int i = 0; i < SHOT_N_STAGES; i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd (number, sizeof number, "%.1f", (double) result->stage_us[i] / 1000);
    g_string_append_printf (timing, "%s%s;dur=%s", i > 0 ? ", " : "", shot_stage_get_name (i),
                            number);
  }
  soup_message_headers_replace (headers, "Server-Timing", timing->str);
  soup_message_headers_replace (headers, "X-Panelshot-Flags", flags);
}

static void
answer_error (ShotServer *self, SoupServerMessage *message, const GError *error)
{
  ShotError code = shot_error_classify (error);

  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  if (code == SHOT_ERROR_BUSY && soup_message_headers_get_one (headers, "Retry-After") == NULL)
    soup_message_headers_replace (headers, "Retry-After", RETRY_AFTER_SECONDS);
  g_autofree char *text = g_strdup_printf ("%s%s",
                                           code == SHOT_ERROR_TIMEOUT ? "Request timed out: " : "",
                                           error->message);
  shot_server_answer_text (self, message, (unsigned) shot_error_get_http_status (code), text);
}

static gboolean
answer_picture (SoupServerMessage *message, const ShotResult *result, GError **error)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autoptr (GBytes)  bytes = shot_picture_get_bytes (result->pictures->pdata[0], error);

  if (bytes == NULL)
    return FALSE;
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_replace (headers, "Content-Type", "image/png");
  soup_message_headers_set_content_length (headers, (goffset) g_bytes_get_size (bytes));
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), bytes);
  soup_message_body_complete (soup_server_message_get_response_body (message));
  return TRUE;
}

static void
rendered_cb (GObject *source, GAsyncResult *async_result, void *user_data)
{
  Request               *request = user_data;
  ShotServer            *server = request->server;
  SoupServerMessage     *message = request->message;
  g_autoptr (ShotResult) result = NULL;
  g_autoptr (GError)     error = NULL;

  if (shot_pool_render_finish (server->options.pool, async_result, &result, &error))
    answer_picture (message, result, &error);
  if (error != NULL)
    answer_error (server, message, error);
  if (result != NULL)
    set_story (soup_server_message_get_response_headers (message), result);
  log_answer (message, request->id, request->started_us, result, error);
  shot_health_note (server->health, error);
  request->is_answered = true;
  if (!request->is_finished)
    soup_server_message_unpause (message);
  request_free_when_done (request);
}

static void
finished_cb (SoupServerMessage *message, void *user_data)
{
  Request *request = user_data;

  request->is_finished = true;
  if (!request->is_answered)
    g_cancellable_cancel (request->cancellable);
  request_free_when_done (request);
}

static gboolean
hang_up_cb (int fd, GIOCondition condition, void *user_data)
{
  Request *request = user_data;

  if (!request->is_answered) {
    g_debug ("id=%s the client has gone", request->id);
    g_cancellable_cancel (request->cancellable);
  }
  return G_SOURCE_REMOVE;
}

/* libsoup does not look at the connection while an answer is awaited. */
static void
watch_client (Request *request)
{
  GSocket *socket = shot_clients_find_socket (request->server->clients, request->message);

  if (socket == NULL)
    return;
  request->hang_up = g_unix_fd_source_new (g_socket_get_fd (socket),
                                           G_IO_HUP | G_IO_ERR | POLLRDHUP);
  g_source_set_callback (request->hang_up, G_SOURCE_FUNC (hang_up_cb), request, NULL);
  g_source_attach (request->hang_up, NULL);
}

/* Takes @job. */
static void
start (ShotServer *self, SoupServerMessage *message, ShotJob *job, int64_t started_us)
{
  Request *request = g_new0 (Request, 1);

  request->server = self;
  request->message = g_object_ref (message);
  request->id = g_strdup (job->id);
  request->cancellable = g_cancellable_new ();
  request->started_us = started_us;
  self->unanswered++;
  g_signal_connect (message, "finished", G_CALLBACK (finished_cb), request);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "X-Request-Id",
                                request->id);
  watch_client (request);
  soup_server_message_pause (message);
  shot_pool_render_async (self->options.pool, job, request->cancellable, rendered_cb, request);
}

static gboolean
check_token (ShotServer *self, SoupMessageHeaders *headers, int *out_index, GError **error)
{
  const char *presented = soup_message_headers_get_one (headers, "X-Auth-Token");

  if (presented == NULL || presented[strspn (presented, " \t")] == '\0') {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED, "Missing X-Auth-Token header");
    return FALSE;
  }
  *out_index = shot_tokens_find (self->options.tokens, presented);
  if (*out_index < 0) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED, "Unauthorized");
    return FALSE;
  }
  return TRUE;
}

/* Room in the queue, and how often this client may ask. */
static gboolean
check_room (ShotServer *self, SoupServerMessage *message, int token_index, GError **error)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char         *tenant = soup_message_headers_get_one (headers, "X-Tenant-ID");

  if (self->drain_task != NULL) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_BUSY,
                         "the server is shutting down, try again later");
    return FALSE;
  }
  if (shot_pool_has_room (self->options.pool)) {
    unsigned wait_seconds = 0;
    if (self->quota != NULL)
      wait_seconds = shot_quota_take (self->quota, token_index, tenant, g_get_monotonic_time ());
    if (wait_seconds == 0)
      return TRUE;
    g_autofree char *text = g_strdup_printf ("%u", wait_seconds);
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After",
                                  text);
  }
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_BUSY, "server is too busy, try again later");
  return FALSE;
}

static void
add_headers (ShotServer *self, SoupMessageHeaders *headers, ShotJob *job)
{
  const char *const *names = shot_credentials_get_forwarded (self->options.credentials);

  shot_credentials_apply (self->options.credentials, job);
  for (; *names != NULL; names++) {
    const char *text = soup_message_headers_get_one (headers, *names);
    if (text == NULL || *text == '\0')
      continue;
    g_autoptr (ShotSecret) value = shot_secret_new (text);
    shot_job_add_header (job, job->uri, *names, value);
  }
}

/* In the order of the official renderer: who, what address, whether there is room, the rest. */
static ShotJob *
make_job (ShotServer *self, SoupServerMessage *message, const char *text, GError **error)
{
  SoupMessageHeaders      *headers = soup_server_message_get_request_headers (message);
  const ShotServerOptions *options = &self->options;

  int token_index = -1;
  if (!check_token (self, headers, &token_index, error))
    return NULL;

  g_autoptr (ShotQuery) query = shot_query_parse (text, error);
  if (query == NULL || !shot_query_check_url (query, error))
    return NULL;
  if (!check_room (self, message, token_index, error))
    return NULL;

  const char         *language = soup_message_headers_get_list (headers, "Accept-Language");
  g_autoptr (ShotJob) job = shot_query_make_job (query, language, options->timeout_ms, error);
  if (job == NULL)
    return NULL;
  job->allow_insecure = options->allow_insecure;
  job->ca_pem = g_strdup (self->ca_pem);
  add_headers (self, headers, job);
  if (!shot_job_check (job, error)) {
    g_prefix_error (error, "invalid request: ");
    return NULL;
  }
  return g_steal_pointer (&job);
}

void
shot_server_handle_render (ShotServer *self, SoupServerMessage *message, const char *text)
{
  int64_t            started_us = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  ShotJob           *job = make_job (self, message, text, &error);

  if (job == NULL) {
    answer_error (self, message, error);
    log_answer (message, "-", started_us, NULL, error);
    return;
  }
  start (self, message, job, started_us);
}
