#include "config.h"

#include <glib-unix.h>
#include <poll.h>
#include <string.h>

#include "account.h"
#include "admission.h"
#include "error.h"
#include "forward.h"
#include "json-job.h"
#include "reply.h"
#include "request.h"
#include "server-private.h"
#include "tenant.h"

#define RETRY_AFTER_SECONDS 5 /* when nothing better is known */

/* One render, from its acceptance until its answer is out. */
typedef struct {
  ShotServer        *server; /* (borrowed) */
  ShotReply          reply;
  ShotAccount        account;
  SoupServerMessage *message;     /* (owned) */
  GCancellable      *cancellable; /* (owned) */
  GSource           *hang_up;     /* (owned) (nullable) */
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
  shot_reply_clear (&request->reply);
  shot_account_clear (&request->account);
  g_free (request);
  server->unanswered--;
  shot_server_check_drained (server);
}

/* The official renderer's words for what went wrong while it rendered; ours say why. */
static const char *
get_words (ShotError code, bool is_table)
{
  if (code == SHOT_ERROR_TIMEOUT)
    return is_table ? "request timed out: " : "Request timed out: ";
  if (code >= SHOT_ERROR_UNREACHABLE && code <= SHOT_ERROR_ENGINE)
    return is_table ? "CSV rendering failed: " : "Failed to render: ";
  return "";
}

/* Until there should be room again. */
static void
set_retry_after (ShotServer *self, SoupMessageHeaders *headers)
{
  unsigned seconds = self->drain_task == NULL ? shot_pool_estimate_wait_seconds (self->options.pool)
                                              : 0;
  g_autofree char *text = g_strdup_printf ("%u", seconds > 0 ? seconds : RETRY_AFTER_SECONDS);

  if (soup_message_headers_get_one (headers, "Retry-After") == NULL)
    soup_message_headers_replace (headers, "Retry-After", text);
}

static void
answer_error (ShotServer *self, SoupServerMessage *message, const GError *error, bool is_table)
{
  ShotError code = shot_error_classify (error);

  /* Several codes share a status, and programs have to tell them apart. */
  soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                "X-Panelshot-Error", shot_error_get_name (code));
  if (code == SHOT_ERROR_BUSY)
    set_retry_after (self, soup_server_message_get_response_headers (message));
  g_autofree char *text = g_strconcat (get_words (code, is_table), error->message, NULL);
  shot_server_answer_text (self, message, (unsigned) shot_error_get_http_status (code), text);
}

/* Why the relay would not connect somewhere is known to it alone. */
static void
tell_refusals (Request *request, GError **error)
{
  ShotServer *server = request->server;

  if (server->options.relay == NULL)
    return;
  g_autoptr (GPtrArray) refusals = shot_relay_take_refusals (server->options.relay,
                                                             request->account.id);
  for (unsigned i = 0; i < refusals->len; i++) {
    const ShotRelayRefusal *refusal = refusals->pdata[i];
    g_info ("id=%s refused=%s reason: %s", request->account.id, refusal->target, refusal->reason);
    if (i > 0 || !g_error_matches (*error, SHOT_ERROR, SHOT_ERROR_REFUSED))
      continue;
    g_clear_error (error);
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_REFUSED, refusal->reason);
  }
}

static void
rendered_cb (GObject *source, GAsyncResult *async_result, void *user_data)
{
  Request               *request = user_data;
  ShotServer            *server = request->server;
  SoupServerMessage     *message = request->message;
  g_autoptr (ShotResult) result = NULL;
  g_autoptr (GError)     error = NULL;

  shot_pool_render_finish (server->options.pool, async_result, &result, &error);
  tell_refusals (request, &error);
  shot_reply_write_headers (&request->reply, soup_server_message_get_response_headers (message),
                            result);
  if (error == NULL)
    shot_reply_write_pictures (&request->reply, message, result, &error);
  if (error != NULL)
    answer_error (server, message, error, request->reply.is_table);
  shot_account_close (&request->account, server, message, result, error);
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
    g_debug ("id=%s the client has gone", request->account.id);
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

static ShotPoolOrder
make_order (ShotServer *self, SoupServerMessage *message, const ShotJob *job, int token_index)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char         *tenant = soup_message_headers_get_one (headers, "X-Tenant-ID");
  bool                is_urgent = job->timeout_ms <= self->options.rules->urgent_timeout_ms;

  return (ShotPoolOrder){ .lane = is_urgent ? SHOT_LANE_URGENT : SHOT_LANE_BATCH,
                          .tenant = shot_tenant_hash (token_index, tenant) };
}

/* Takes @job and the contents of @reply and @account. */
static void
start (ShotServer *self, SoupServerMessage *message, ShotJob *job, int token_index,
       ShotReply *reply, ShotAccount *account)
{
  Request      *request = g_new0 (Request, 1);
  ShotPoolOrder order = make_order (self, message, job, token_index);

  request->server = self;
  request->reply = *reply;
  request->message = g_object_ref (message);
  request->account = *account;
  shot_account_open (&request->account, self, job);
  request->cancellable = g_cancellable_new ();
  self->unanswered++;
  g_signal_connect (message, "finished", G_CALLBACK (finished_cb), request);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "X-Request-Id",
                                request->account.id);
  watch_client (request);
  soup_server_message_pause (message);
  shot_pool_render_async (self->options.pool, job, &order, request->cancellable, rendered_cb,
                          request);
}

/* What the page may open, and by which way; all of it is checked again there. */
static void
set_way_out (ShotServer *self, ShotJob *job)
{
  const GPtrArray *texts = self->options.allow_texts;

  for (unsigned i = 0; i < texts->len; i++)
    g_ptr_array_add (job->allow, g_strdup (texts->pdata[i]));
  if (self->options.relay != NULL)
    job->relay_uri = shot_relay_make_uri (self->options.relay, job->id);
}

/* In the order of the official renderer: what address, whether there is room, the rest. Who asks
 * has been looked at. @json: NULL for a query. */
static ShotJob *
make_job (ShotServer *self, SoupServerMessage *message, int token_index, const ShotQuery *query,
          const ShotJsonJob *json, ShotRequestKind kind, GError **error)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char         *language = soup_message_headers_get_list (headers, "Accept-Language");

  if (!shot_admission_admit (self, message, token_index, query, error))
    return NULL;
  if (json != NULL && shot_query_get (query, "language") != NULL)
    language = shot_query_get (query, "language");

  g_autoptr (ShotJob) job = shot_request_make_job (query, kind, self->options.rules, language,
                                                   error);
  if (job == NULL)
    return NULL;
  if (json != NULL)
    shot_json_job_add_pictures (json, job, self->options.rules->max_width,
                                self->options.rules->max_height);
  set_way_out (self, job);
  shot_credentials_apply (self->options.credentials, job);
  shot_forward_headers (headers, shot_credentials_get_forwarded (self->options.credentials), job);
  if (!shot_job_check (job, error)) {
    g_prefix_error (error, "invalid request: ");
    return NULL;
  }
  return g_steal_pointer (&job);
}

/* Whether the caller would rather have a zip archive than the other things it accepts. */
static bool
prefers_zip (SoupMessageHeaders *headers)
{
  const char *accept = soup_message_headers_get_list (headers, "Accept");
  GSList     *types = accept != NULL ? soup_header_parse_quality_list (accept, NULL) : NULL;
  bool        is_zip = types != NULL && g_ascii_strcasecmp (types->data, "application/zip") == 0;

  soup_header_free_list (types);
  return is_zip;
}

static ShotJob *
read_get (ShotServer *self, SoupServerMessage *message, int token_index, ShotRequestKind kind,
          const char *text, ShotReply *reply, GError **error)
{
  g_autoptr (ShotQuery) query = shot_query_parse (text, error);

  if (query == NULL)
    return NULL;
  reply->is_table = kind == SHOT_REQUEST_CSV;
  if (reply->is_table)
    reply->file_path = g_strdup (shot_query_get (query, "filePath"));
  return make_job (self, message, token_index, query, NULL, kind, error);
}

static ShotJob *
read_post (ShotServer *self, SoupServerMessage *message, int token_index, ShotReply *reply,
           GError **error)
{
  g_autoptr (GBytes) body = soup_message_body_flatten (
      soup_server_message_get_request_body (message));
  size_t                  length = 0;
  const char             *text = g_bytes_get_data (body, &length);
  g_autoptr (ShotJsonJob) json = shot_json_job_parse (text != NULL ? text : "", length, error);

  if (json == NULL)
    return NULL;
  reply->names = g_ptr_array_ref (json->names);
  reply->needs_zip = json->is_archive;
  reply->prefers_zip = prefers_zip (soup_server_message_get_request_headers (message));
  return make_job (self, message, token_index, json->values, json, SHOT_REQUEST_PICTURES, error);
}

/* The answer is set, without a render: @error has the reason. */
static void
close_refused (ShotServer *self, SoupServerMessage *message, ShotAccount *account,
               const GError *error)
{
  const ShotReply nothing = { 0 };

  shot_reply_write_headers (&nothing, soup_server_message_get_response_headers (message), NULL);
  shot_account_close (account, self, message, NULL, error);
  shot_account_clear (account);
}

/* The caller's trace is told back, as those who log the answer alone would not know it. */
static void
take_trace (ShotAccount *account, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char         *parent = soup_message_headers_get_list (headers, "traceparent");
  const char         *state = soup_message_headers_get_list (headers, "tracestate");

  if (shot_trace_init_from_headers (&account->trace, parent, state))
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "traceparent",
                                  parent);
}

static void
handle (ShotServer *self, SoupServerMessage *message, ShotRequestKind kind, const char *text)
{
  ShotAccount         account;
  ShotReply           reply = { 0 };
  g_autoptr (GError)  error = NULL;
  g_autoptr (ShotJob) job = NULL;
  bool                is_post = g_str_equal (soup_server_message_get_method (message), "POST");
  int                 token_index = -1;

  shot_account_init (&account, kind == SHOT_REQUEST_CSV ? "/render/csv" : "/render");
  take_trace (&account, message);
  if (shot_admission_identify (self, message, &token_index, &error))
    job = is_post ? read_post (self, message, token_index, &reply, &error)
                  : read_get (self, message, token_index, kind, text, &reply, &error);
  if (job == NULL) {
    answer_error (self, message, error, FALSE);
    close_refused (self, message, &account, error);
    shot_reply_clear (&reply);
    return;
  }
  shot_reply_describe (&reply, job);
  start (self, message, g_steal_pointer (&job), token_index, &reply, &account);
}

void
shot_server_handle_render (ShotServer *self, SoupServerMessage *message, const char *text)
{
  handle (self, message, SHOT_REQUEST_RENDER, text);
}

void
shot_server_handle_csv (ShotServer *self, SoupServerMessage *message, const char *text)
{
  handle (self, message, SHOT_REQUEST_CSV, text);
}

/* NULL when the body may come, or why not: HTTP has statuses for that, not we. (transfer full) */
static char *
judge_body (ShotServer *self, SoupMessageHeaders *headers, unsigned *out_status)
{
  const char *type = soup_message_headers_get_content_type (headers, NULL);
  size_t      most = self->options.rules->max_body_bytes;

  *out_status = 415;
  if (type == NULL || g_ascii_strcasecmp (type, "application/json") != 0)
    return g_strdup ("Unsupported Media Type: send a job as application/json");
  *out_status = 411;
  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED)
    return g_strdup ("Length Required: send the body with a Content-Length");
  *out_status = 413;
  if ((uint64_t) soup_message_headers_get_content_length (headers) > most)
    return g_strdup_printf ("Request Entity Too Large: send at most %" G_GSIZE_FORMAT " bytes",
                            most);
  return NULL;
}

bool
shot_server_refuse_body (ShotServer *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  ShotAccount         account;
  g_autoptr (GError)  error = NULL;
  int                 token_index = -1;

  shot_account_init (&account, "/render");
  if (shot_admission_identify (self, message, &token_index, &error)) {
    unsigned         status = 0;
    g_autofree char *text = judge_body (self, headers, &status);
    if (text == NULL)
      return false;
    shot_server_answer_text (self, message, status, text);
    g_set_error_literal (&error, SHOT_ERROR, SHOT_ERROR_USAGE, text);
  } else {
    answer_error (self, message, error, FALSE);
  }
  take_trace (&account, message);
  close_refused (self, message, &account, error);
  return true;
}
