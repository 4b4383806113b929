/* notify.c: notifications to chat services and webhooks, against servers that play them */
#include "config.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>
#include <stdbool.h>
#include <string.h>

#include "notify-fixture.h"

#define KEY "5f0a2b1c-path-of-the-robot"
#define TOKEN "1234567890abcdef-token"
#define SECRET "SEC-0123456789abcdef"

typedef struct {
  unsigned    status;
  const char *body;
  const char *location;    /* (nullable) */
  const char *retry_after; /* (nullable) */
} Reply;

/* Answers with its replies one after the other, the last one again and again. */
typedef struct {
  SoupServer        *server;
  const Reply       *replies;
  unsigned           n_replies;
  unsigned           n_calls;
  bool               is_silent;
  char              *origin;
  char              *method;
  char              *path;
  char              *query;
  char              *type;
  char              *body;
  SoupServerMessage *held; /* of a silent one */
} Robot;

static void
remember (Robot *robot, SoupServerMessage *message)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  GUri            *uri = soup_server_message_get_uri (message);
  const char      *type = soup_message_headers_get_one (
           soup_server_message_get_request_headers (message), "Content-Type");

  g_free (robot->method);
  g_free (robot->path);
  g_free (robot->query);
  g_free (robot->type);
  g_free (robot->body);
  robot->method = g_strdup (soup_server_message_get_method (message));
  robot->path = g_strdup (g_uri_get_path (uri));
  robot->query = g_strdup (g_uri_get_query (uri));
  robot->type = g_strdup (type);
  robot->body = g_strndup (body->data, (size_t) body->length);
}

static void
call_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
         void *user_data)
{
  Robot              *robot = user_data;
  const Reply        *reply = &robot->replies[MIN (robot->n_calls, robot->n_replies - 1)];
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  remember (robot, message);
  robot->n_calls++;
  if (robot->is_silent) {
    g_set_object (&robot->held, message);
    soup_server_message_pause (message);
    return;
  }
  soup_server_message_set_status (message, reply->status, NULL);
  if (reply->location != NULL)
    soup_message_headers_append (headers, "Location", reply->location);
  if (reply->retry_after != NULL)
    soup_message_headers_append (headers, "Retry-After", reply->retry_after);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, reply->body,
                                    strlen (reply->body));
}

static void
robot_start (Robot *robot, const Reply *replies, unsigned n_replies)
{
  g_autoptr (GError) error = NULL;

  memset (robot, 0, sizeof *robot);
  robot->replies = replies;
  robot->n_replies = n_replies;
  robot->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (robot->server, NULL, call_cb, robot, NULL);
  soup_server_listen_local (robot->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  GSList *uris = soup_server_get_uris (robot->server);
  robot->origin = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static void
robot_stop (Robot *robot)
{
  soup_server_disconnect (robot->server);
  g_clear_object (&robot->held);
  g_object_unref (robot->server);
  g_free (robot->origin);
  g_free (robot->method);
  g_free (robot->path);
  g_free (robot->query);
  g_free (robot->type);
  g_free (robot->body);
}

static char *
make_address (const Robot *robot)
{
  return g_strconcat (robot->origin, "/robot/" KEY "?access_token=" TOKEN, NULL);
}

static void
check_no_secrets (const char *text)
{
  g_assert_null (strstr (text, KEY));
  g_assert_null (strstr (text, TOKEN));
  g_assert_null (strstr (text, SECRET));
}

/* ---- What each service gets, and how it signs */

static char *
sign (const char *key, const char *text)
{
  g_autofree char *hex = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const unsigned char *) key,
                                                    strlen (key), text, (gssize) strlen (text));
  unsigned char    bytes[32];

  for (unsigned i = 0; i < sizeof bytes; i++)
    bytes[i] = (unsigned char) (g_ascii_xdigit_value (hex[2 * i]) * 16 +
                                g_ascii_xdigit_value (hex[2 * i + 1]));
  return g_base64_encode (bytes, sizeof bytes);
}

static void
check_is_now (const char *milliseconds)
{
  int64_t ago_ms = g_get_real_time () / 1000 - (int64_t) g_ascii_strtoull (milliseconds, NULL, 10);

  g_assert_cmpint (ABS (ago_ms), <, 60000);
}

static void
check_dingtalk (const Robot *robot, JsonObject *body)
{
  g_autoptr (GHashTable) query = soup_form_decode (robot->query);
  const char            *timestamp = g_hash_table_lookup (query, "timestamp");
  g_autofree char       *text = g_strdup_printf ("%s\n" SECRET, timestamp);
  g_autofree char       *wanted = sign (SECRET, text);

  g_assert_cmpstr (g_hash_table_lookup (query, "access_token"), ==, TOKEN);
  g_assert_cmpstr (g_hash_table_lookup (query, "sign"), ==, wanted);
  check_is_now (timestamp);
  g_assert_cmpstr (json_object_get_string_member (body, "msgtype"), ==, "markdown");
}

static void
check_feishu (const Robot *robot, JsonObject *body)
{
  const char      *timestamp = json_object_get_string_member (body, "timestamp");
  g_autofree char *key = g_strdup_printf ("%s\n" SECRET, timestamp);
  g_autofree char *wanted = sign (key, "");
  g_autofree char *milliseconds = g_strconcat (timestamp, "000", NULL);

  g_assert_cmpstr (json_object_get_string_member (body, "sign"), ==, wanted);
  check_is_now (milliseconds);
  g_assert_cmpstr (json_object_get_string_member (body, "msg_type"), ==, "interactive");
}

static void
check_wecom (const Robot *robot, JsonObject *body)
{
  g_assert_cmpstr (json_object_get_string_member (body, "msgtype"), ==, "markdown");
  g_assert_nonnull (json_object_get_object_member (body, "markdown"));
}

static void
check_slack (const Robot *robot, JsonObject *body)
{
  g_assert_cmpstr (json_object_get_string_member (body, "text"), ==, "Inspection done: Daily");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (body, "blocks")), ==, 3);
}

static void
check_webhook (const Robot *robot, JsonObject *body)
{
  g_assert_cmpstr (json_object_get_string_member (body, "event"), ==, "done");
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (body, "run"),
                                                  "name"),
                   ==, "daily-1");
}

static void
test_kinds (void)
{
  static const struct {
    const char *kind, *secret;
    Reply       reply;
    void (*check) (const Robot *robot, JsonObject *body);
  } rows[] = {
    { "dingtalk",
      SECRET,
      { 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", NULL, NULL },
      check_dingtalk },
    { "feishu", SECRET, { 200, "{\"code\":0,\"msg\":\"success\"}", NULL, NULL }, check_feishu },
    { "wecom", NULL, { 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", NULL, NULL }, check_wecom },
    { "slack", NULL, { 200, "ok", NULL, NULL }, check_slack },
    { "webhook", NULL, { 201, "thanks", NULL, NULL }, check_webhook },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    Robot  robot;
    Notify notify;
    robot_start (&robot, &rows[i].reply, 1);
    notify_open (&notify, NULL);
    g_autofree char *address = make_address (&robot);
    notify_add (&notify, rows[i].kind, address, rows[i].secret);
    notify_expect (&notify, 1, NULL);
    g_assert_cmpuint (robot.n_calls, ==, 1);
    g_assert_cmpstr (robot.method, ==, "POST");
    g_assert_cmpstr (robot.path, ==, "/robot/" KEY);
    g_assert_true (g_str_has_prefix (robot.query, "access_token=" TOKEN));
    g_assert_cmpstr (robot.type, ==, "application/json; charset=utf-8");
    g_autoptr (JsonNode) node = json_from_string (robot.body, NULL);
    rows[i].check (&robot, json_node_get_object (node));
    notify_close (&notify);
    robot_stop (&robot);
  }
}

/* ---- What goes wrong */

static void
test_retries (void)
{
  static const struct {
    Reply       replies[3];
    unsigned    n_attempts;
    const char *failure;
  } rows[] = {
    { { { 500, "", NULL, NULL }, { 200, "{\"errcode\":0}", NULL, NULL } }, 2, NULL },
    { { { 200, "{\"errcode\":130101}", NULL, NULL },
        { 503, "", NULL, NULL },
        { 200, "{\"errcode\":0}", NULL, NULL } },
      3,
      NULL },
    { { { 500, "", NULL, NULL }, { 502, "", NULL, NULL }, { 500, "broken", NULL, NULL } },
      3,
      "it answered 500: broken" },
    { { { 200, "{\"errcode\":300001,\"errmsg\":\"token is not exist\"}", NULL, NULL } },
      1,
      "it answered errcode 300001: token is not exist" },
    { { { 403, "go away " KEY " access_token=" TOKEN " " SECRET, NULL, NULL } },
      1,
      "it answered 403: go away *** ***=*** ***" },
    { { { 302, "", "/elsewhere", NULL } }, 1, "it answered 302" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    Robot    robot;
    Notify   notify;
    unsigned n_replies = 0;
    while (n_replies < 3 && rows[i].replies[n_replies].body != NULL)
      n_replies++;
    robot_start (&robot, rows[i].replies, n_replies);
    notify_open (&notify, NULL);
    g_autofree char *address = make_address (&robot);
    notify_add (&notify, "dingtalk", address, SECRET);
    notify_expect (&notify, rows[i].n_attempts, rows[i].failure);
    g_assert_cmpuint (robot.n_calls, ==, rows[i].n_attempts);
    notify_close (&notify);
    robot_stop (&robot);
  }
}

/* A service that asks for time gets it: the second attempt comes after the second it wants. */
static void
test_retry_after (void)
{
  static const Reply replies[] = { { 429, "", NULL, "1" }, { 200, "ok", NULL, NULL } };
  Robot              robot;
  Notify             notify;
  int64_t            start_us = g_get_monotonic_time ();

  robot_start (&robot, replies, 2);
  notify_open (&notify, NULL);
  g_autofree char *address = make_address (&robot);
  notify_add (&notify, "slack", address, NULL);
  notify_expect (&notify, 2, NULL);
  g_assert_cmpint (g_get_monotonic_time () - start_us, >=, 990000);
  notify_close (&notify);
  robot_stop (&robot);
}

/* Nothing of a call reaches another origin, not even its path. */
static void
test_redirects (void)
{
  static const Reply ok[] = { { 200, "ok", NULL, NULL } };
  Robot              other, robot;
  Notify             notify;

  robot_start (&other, ok, 1);
  g_autofree char *elsewhere = g_strconcat (other.origin, "/robot/" KEY, NULL);
  const unsigned   statuses[] = { 301, 302, 303, 307, 308 };
  for (size_t i = 0; i < G_N_ELEMENTS (statuses); i++) {
    const Reply away[] = { { statuses[i], "", elsewhere, NULL } };
    robot_start (&robot, away, 1);
    notify_open (&notify, NULL);
    g_autofree char *address = make_address (&robot);
    notify_add (&notify, "slack", address, NULL);
    notify_expect (&notify, 1, statuses[i] < 307 ? "it answered 30" : "where nothing is sent");
    g_assert_cmpuint (robot.n_calls, ==, 1);
    notify_close (&notify);
    robot_stop (&robot);
  }
  g_assert_cmpuint (other.n_calls, ==, 0);
  robot_stop (&other);

  const Reply within[] = { { 307, "", "/new?x=1", NULL }, { 200, "ok", NULL, NULL } };
  robot_start (&robot, within, 2);
  notify_open (&notify, NULL);
  g_autofree char *address = make_address (&robot);
  notify_add (&notify, "slack", address, NULL);
  notify_expect (&notify, 1, NULL);
  g_assert_cmpstr (robot.method, ==, "POST");
  g_assert_cmpstr (robot.path, ==, "/new");
  g_assert_nonnull (strstr (robot.body, "Inspection done"));
  notify_close (&notify);
  robot_stop (&robot);

  const Reply circle[] = { { 308, "", "/again", NULL } };
  robot_start (&robot, circle, 1);
  notify_open (&notify, NULL);
  g_autofree char *round = make_address (&robot);
  notify_add (&notify, "slack", round, NULL);
  notify_expect (&notify, 1, "lead in a circle");
  notify_close (&notify);
  robot_stop (&robot);
}

static const ShotNotifyOutcome *
get_outcome (GPtrArray *outcomes, unsigned i)
{
  return outcomes->pdata[i];
}

/* One dead receiver, one that hangs, one whose files are missing: the others are told. */
static void
test_independence (void)
{
  static const Reply        ok[] = { { 200, "ok", NULL, NULL } };
  const ShotNotifierOptions options = { .timeout_ms = 150 };
  Robot                     robot, dead, silent;
  Notify                    notify;

  robot_start (&robot, ok, 1);
  robot_start (&dead, ok, 1);
  robot_start (&silent, ok, 1);
  silent.is_silent = true;
  notify_open (&notify, &options);
  g_autofree char *address = make_address (&robot);
  g_autofree char *dead_address = make_address (&dead);
  g_autofree char *silent_address = make_address (&silent);
  robot_stop (&dead);
  notify_add (&notify, "slack", dead_address, NULL);
  notify_add (&notify, "slack", silent_address, NULL);
  ShotPlanNotify *missing = notify_add (&notify, "slack", NULL, NULL);
  missing->url_file = g_strdup ("/nonexistent/slack.url");
  ShotPlanNotify *unsigned_one = notify_add (&notify, "dingtalk", address, NULL);
  unsigned_one->secret_file = g_strdup ("/nonexistent/dingtalk.secret");
  notify_add (&notify, "slack", "no address at all", NULL);
  notify_add (&notify, "slack", address, NULL);
  ShotPlanNotify *deaf = notify_add (&notify, "slack", address, NULL);
  deaf->on = 1u << SHOT_NOTIFY_SIGNED;

  g_autoptr (GPtrArray) outcomes = notify_send (&notify, SHOT_NOTIFY_DONE, NULL);
  static const struct {
    const char *failure;
    unsigned    n_attempts;
  } wanted[] = { { "cannot reach http://127.0.0.1:", 3 }, { "did not answer in time", 3 },
                 { "/nonexistent/slack.url", 1 },         { "/nonexistent/dingtalk.secret", 1 },
                 { "is no http or https one", 1 },        { NULL, 1 } };
  g_assert_cmpuint (outcomes->len, ==, G_N_ELEMENTS (wanted));
  for (unsigned i = 0; i < outcomes->len; i++) {
    const ShotNotifyOutcome *outcome = get_outcome (outcomes, i);
    g_assert_cmpint (outcome->is_sent, ==, wanted[i].failure == NULL);
    if (wanted[i].failure != NULL) {
      g_assert_nonnull (strstr (outcome->failure, wanted[i].failure));
      check_no_secrets (outcome->failure);
    }
    g_assert_cmpuint (outcome->n_attempts, ==, wanted[i].n_attempts);
  }
  g_assert_cmpstr (get_outcome (outcomes, 3)->receiver, ==, "dingtalk, line 4");
  g_assert_cmpuint (robot.n_calls, ==, 1);
  notify_close (&notify);
  robot_stop (&robot);
  robot_stop (&silent);
}

/* An authority of one's own is known besides the system's, for an address as for mail. */
static void
test_tls (void)
{
  static const Reply          ok[] = { { 200, "ok", NULL, NULL } };
  g_autofree char            *folder = g_dir_make_tmp ("notify-tls-XXXXXX", NULL);
  g_autofree char            *path = NULL;
  g_autoptr (GTlsCertificate) certificate = notify_make_certificate (folder, &path);
  g_autofree char            *key = g_build_filename (folder, "server.key", NULL);
  g_autoptr (GError)          error = NULL;

  for (int is_known = 0; is_known < 2; is_known++) {
    const ShotNotifierOptions options = { .ca_file = is_known ? path : NULL, .timeout_ms = 10000 };
    Robot                     robot;
    Notify                    notify;
    memset (&robot, 0, sizeof robot);
    robot_start (&robot, ok, 1);
    soup_server_set_tls_certificate (robot.server, certificate);
    soup_server_listen_local (robot.server, 0,
                              SOUP_SERVER_LISTEN_IPV4_ONLY | SOUP_SERVER_LISTEN_HTTPS, &error);
    g_assert_no_error (error);
    GSList *uris = soup_server_get_uris (robot.server);
    for (GSList *at = uris; at != NULL; at = at->next)
      if (g_str_equal (g_uri_get_scheme (at->data), "https")) {
        g_free (robot.origin);
        robot.origin = g_strdup_printf ("https://127.0.0.1:%d", g_uri_get_port (at->data));
      }
    g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
    notify_open (&notify, &options);
    g_autofree char *address = make_address (&robot);
    notify_add (&notify, "slack", address, NULL);
    notify_expect (&notify, is_known ? 1 : 3, is_known ? NULL : "cannot reach https://127.0.0.1");
    g_assert_cmpuint (robot.n_calls, ==, (unsigned) is_known);
    notify_close (&notify);
    robot_stop (&robot);
  }
  g_assert_null (shot_notifier_new (&(ShotNotifierOptions){ .ca_file = key }, &error));
  g_assert_nonnull (strstr (error->message, "cannot read the CA file"));
  g_unlink (path);
  g_unlink (key);
  g_rmdir (folder);
}

typedef struct {
  const Robot  *robots[2];
  unsigned      n_rounds; /* since both were called */
  GCancellable *cancellable;
} Stop;

/* Once both were called, and the answer of the one that gave any has had time to be read. */
static gboolean
cancel_cb (void *user_data)
{
  Stop *stop = user_data;

  if (stop->robots[0]->n_calls == 0 || stop->robots[1]->n_calls == 0 || stop->n_rounds++ < 10)
    return G_SOURCE_CONTINUE;
  g_cancellable_cancel (stop->cancellable);
  return G_SOURCE_REMOVE;
}

/* Stopped while it waits, while it sends, and before it begins. */
static void
test_cancel (void)
{
  static const Reply        busy[] = { { 500, "", NULL, NULL } };
  static const unsigned     later[] = { 600000, 0 };
  const ShotNotifierOptions options = { .timeout_ms = 600000, .retry_ms = later };
  Robot                     robot, silent;
  Notify                    notify;
  g_autoptr (GCancellable)  cancellable = g_cancellable_new ();

  robot_start (&robot, busy, 1);
  robot_start (&silent, busy, 1);
  silent.is_silent = true;
  notify_open (&notify, &options);
  g_autofree char *address = make_address (&robot);
  g_autofree char *silent_address = make_address (&silent);
  notify_add (&notify, "slack", address, NULL);
  notify_add (&notify, "slack", silent_address, NULL);
  Stop stop = { .robots = { &robot, &silent }, .cancellable = cancellable };
  g_timeout_add (20, cancel_cb, &stop);
  g_autoptr (GPtrArray) outcomes = notify_send (&notify, SHOT_NOTIFY_DONE, cancellable);
  g_assert_cmpstr (get_outcome (outcomes, 0)->failure, ==, "it answered 500");
  g_assert_cmpstr (get_outcome (outcomes, 1)->failure, ==, "stopped");

  g_autoptr (GPtrArray) none = notify_send (&notify, SHOT_NOTIFY_DONE, cancellable);
  g_assert_cmpuint (none->len, ==, 2);
  g_assert_cmpstr (get_outcome (none, 0)->failure, ==, "stopped");
  g_assert_cmpuint (get_outcome (none, 0)->n_attempts, ==, 0);
  g_assert_cmpuint (robot.n_calls, ==, 1);
  notify_close (&notify);
  robot_stop (&robot);
  robot_stop (&silent);
}

static void
test_nobody (void)
{
  Notify notify;

  notify_open (&notify, NULL);
  g_autoptr (GPtrArray) outcomes = notify_send (&notify, SHOT_NOTIFY_MISSED, NULL);
  g_assert_cmpuint (outcomes->len, ==, 0);
  notify_close (&notify);
}

int
main (int argc, char **argv)
{
  static const char *const secrets[] = { KEY, TOKEN, SECRET, NULL };

  notify_catch_log ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notify/kinds", test_kinds);
  g_test_add_func ("/notify/retries", test_retries);
  g_test_add_func ("/notify/retry-after", test_retry_after);
  g_test_add_func ("/notify/redirects", test_redirects);
  g_test_add_func ("/notify/independence", test_independence);
  g_test_add_func ("/notify/tls", test_tls);
  g_test_add_func ("/notify/cancel", test_cancel);
  g_test_add_func ("/notify/nobody", test_nobody);
  int status = g_test_run ();
  notify_check_log (secrets);
  return status;
}
