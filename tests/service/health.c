#include "config.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"

#define URL "http://grafana.example/"
#define RENDER "/render?url=http%3A%2F%2Fgrafana.example%2F"
#define DEBUG "--log-level", "debug"

static const char *const with_self_render[] = { "PANELSHOT_SELF_RENDER=true", NULL };

static void
assert_ready (Service *service)
{
  g_auto (Answer) answer = service_get (service, "GET", "/readyz", NULL, NULL);

  g_test_message ("%s", answer.body);
  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_cmpstr (answer.body, ==, "OK\n");
}

static void
assert_not_ready (Service *service, const char *reason)
{
  g_auto (Answer) ready = service_get (service, "GET", "/readyz", NULL, NULL);
  g_auto (Answer) head = service_get (service, "HEAD", "/readyz", NULL, NULL);
  g_auto (Answer) alive = service_get (service, "GET", "/healthz", NULL, NULL);

  g_assert_cmpuint (ready.status, ==, 503);
  g_assert_true (g_str_has_prefix (ready.body, reason));
  g_assert_true (strchr (ready.body, '\n') == ready.body + ready.length - 1);
  g_assert_cmpuint (head.status, ==, 503);
  g_assert_cmpuint (alive.status, ==, 200);
  g_assert_cmpstr (alive.body, ==, "OK\n");
}

/* The verbose answer. (transfer full) */
static JsonNode *
describe (Service *service, const char *path, unsigned status)
{
  g_auto (Answer)    answer = service_get (service, "GET", path, NULL, NULL);
  g_autoptr (GError) error = NULL;
  JsonNode          *node = json_from_string (answer.body, &error);

  g_test_message ("%s", answer.body);
  g_assert_no_error (error);
  g_assert_cmpuint (answer.status, ==, status);
  g_assert_cmpstr (soup_message_headers_get_content_type (answer.headers, NULL), ==,
                   "application/json");
  g_assert_null (strstr (answer.body, TOKEN));
  return node;
}

static void
test_start (void)
{
  const char *const arguments[] = { DEBUG, "--concurrency", "3", "--queue", "7", NULL };
  Service           service;

  service_start (&service, arguments, with_self_render);
  service_wait_for_log (&service, "health unknown > good");
  assert_ready (&service);

  g_autoptr (JsonNode) node = describe (&service, "/healthz?verbose", 200);
  JsonObject          *root = json_node_get_object (node);
  JsonObject          *queue = json_object_get_object_member (root, "queue");
  JsonArray           *engines = json_object_get_array_member (root, "engines");
  JsonObject          *engine = json_array_get_object_element (engines, 0);
  JsonObject          *own = json_object_get_object_member (root, "self_render");
  g_assert_true (json_object_get_boolean_member (root, "ready"));
  g_assert_false (json_object_get_boolean_member (root, "draining"));
  g_assert_cmpstr (json_object_get_string_member (root, "version"), ==, SHOT_VERSION);
  g_assert_cmpint (json_object_get_int_member (queue, "length"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (queue, "max"), ==, 7);
  g_assert_cmpint (json_object_get_int_member (queue, "urgent"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (queue, "batch"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (queue, "wait_seconds"), ==, 0);
  g_assert_false (json_object_get_boolean_member (queue, "held_back_for_memory"));
  g_assert_cmpint (json_object_get_int_member (engine, "pages"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (engine, "age_seconds"), >=, 0);
  g_assert_true (json_object_get_null_member (engine, "slots"));
  JsonObject *retries = json_object_get_object_member (root, "retries");
  JsonObject *lost = json_object_get_object_member (root, "engines_lost");
  JsonObject *replaced = json_object_get_object_member (root, "engines_replaced");
  g_assert_cmpint (json_object_get_int_member (retries, "web-process"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (lost, "hung"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (replaced, "memory"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (engine, "pid"), >, 1);
  g_assert_cmpint (json_object_get_int_member (engine, "running"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (engine, "max_jobs"), ==, 3);
  g_assert_cmpstr (json_object_get_string_member (engine, "webkit"), ==, "2.50.6");
  g_assert_cmpstr (json_object_get_string_member (own, "outcome"), ==, "ok");

  g_auto (Answer) told = service_render (&service, URL "slots", "");
  g_assert_cmpuint (told.status, ==, 200);
  g_autoptr (JsonNode) later = describe (&service, "/healthz?verbose", 200);
  engines = json_object_get_array_member (json_node_get_object (later), "engines");
  JsonObject *slots = json_object_get_object_member (json_array_get_object_element (engines, 0),
                                                     "slots");
  g_assert_cmpint (json_object_get_int_member (slots, "resident"), ==, 3);
  service_stop (&service);
}

/* Until the first render has ended nobody should be sent here. */
static void
test_not_yet (void)
{
  const char *const environment[] = { "PANELSHOT_SELF_RENDER=true", "FAKE_ENGINE=silent", NULL };
  Service           service;

  service_start (&service, NULL, environment);
  assert_not_ready (&service, "the first render has not ended yet");
  g_autoptr (JsonNode) node = describe (&service, "/readyz?verbose=1&x", 503);
  g_assert_true (json_object_get_null_member (json_node_get_object (node), "self_render"));
  service_stop (&service);
}

/* Our own render waits here for an engine that never comes. */
static void
test_room (void)
{
  const char *const environment[] = { "PANELSHOT_SELF_RENDER=true", "FAKE_ENGINE=silent",
                                      "RATE_LIMIT_MAX_LIMIT=1", NULL };
  Service           service;

  service_start (&service, NULL, environment);
  g_auto (Answer) answer = service_render (&service, URL "ok", "&timeout=1");
  g_test_message ("%s", answer.body);
  g_assert_cmpuint (answer.status, ==, 408);
  service_stop (&service);
}

/* What is wrong with a page is not wrong with the service. */
static void
test_failures (void)
{
  static const char *const of_the_page[] = { "timeout",   "unreachable", "document", "login",
                                             "not-found", "script",      "refused" };
  const char *const        arguments[] = { DEBUG, NULL };
  Service                  service;

  service_start (&service, arguments, with_self_render);
  service_wait_for_log (&service, "health unknown > good");
  for (size_t i = 0; i < G_N_ELEMENTS (of_the_page); i++) {
    g_autofree char *url = g_strconcat (URL "fail/", of_the_page[i], NULL);
    g_auto (Answer)  answer = service_render (&service, url, "");
    g_assert_cmpuint (answer.status, !=, 200);
    assert_ready (&service);
  }
  g_autofree char *before = service_read_log (&service);
  g_assert_null (strstr (before, "health good > bad"));

  /* One failure of the engine, and a page of ours shows that all is well again. */
  g_auto (Answer) dead = service_render (&service, URL "kill", "");
  g_assert_cmpuint (dead.status, ==, 500);
  service_wait_for_log (&service, "health good > bad");
  service_wait_for_log (&service, "health bad > good");
  assert_ready (&service);
  service_stop (&service);
}

/* An engine that cannot start, until it can. */
static void
test_recovery (void)
{
  const char *const arguments[] = { DEBUG, NULL };
  g_autofree char  *folder = g_dir_make_tmp ("health-XXXXXX", NULL);
  g_autofree char  *engine = g_build_filename (folder, "engine", NULL);
  g_autofree char  *setting = g_strconcat ("PANELSHOT_ENGINE=", engine, NULL);
  const char *const environment[] = { "PANELSHOT_SELF_RENDER=true", setting, NULL };
  Service           service;

  service_start (&service, arguments, environment);
  service_wait_for_log (&service, "health unknown > bad");
  assert_not_ready (&service, "the last render failed in the engine");
  g_autoptr (JsonNode) node = describe (&service, "/readyz?verbose", 503);
  JsonObject *own = json_object_get_object_member (json_node_get_object (node), "self_render");
  g_assert_cmpstr (json_object_get_string_member (own, "outcome"), ==, "engine");
  g_assert_cmpint (symlink (g_getenv ("PANELSHOT_ENGINE"), engine), ==, 0);
  service_wait_for_log (&service, "health bad > good");
  assert_ready (&service);
  service_stop (&service);
  g_unlink (engine);
  g_rmdir (folder);
}

/* Without renders of our own a failure would never be forgotten, so it does not count. */
static void
test_no_self_render (void)
{
  const char *const arguments[] = { DEBUG, NULL };
  Service           service;

  service_start (&service, arguments, NULL);
  assert_ready (&service);
  g_auto (Answer) dead = service_render (&service, URL "kill", "");
  g_assert_cmpuint (dead.status, ==, 500);
  assert_ready (&service);
  /* Its four attempts, and nothing else. */
  g_autofree char *log = service_read_log (&service);
  g_auto (GStrv)   jobs = g_strsplit (log, "queued > running", -1);
  g_assert_cmpuint (g_strv_length (jobs), ==, 5);
  service_stop (&service);
}

static void
test_queue_full (void)
{
  const char *const arguments[] = { DEBUG, "--concurrency", "1", "--queue", "0", NULL };
  Service           service;

  service_start (&service, arguments, NULL);
  GSocketConnection *connection = service_send_raw (&service, RENDER "stuck");
  service_wait_for_log (&service, "queued > running");
  assert_not_ready (&service, "the queue is full");
  g_object_unref (connection);
  service_wait_for_log (&service, "outcome=cancelled");
  assert_ready (&service);
  service_stop (&service);
}

/* While it finishes what runs it says so to load balancers, and refuses what is new. */
static void
test_drain (void)
{
  const char *const arguments[] = { DEBUG, NULL };
  char              text[512] = { 0 };
  Service           service;

  service_start (&service, arguments, NULL);
  g_autoptr (GSocketConnection) connection = service_send_raw (&service, RENDER "slow%2F1500");
  service_wait_for_log (&service, "queued > running");
  g_subprocess_send_signal (service.process, SIGTERM);
  service_wait_for_log (&service, "told to stop");
  assert_not_ready (&service, "shutting down");
  g_autoptr (JsonNode) node = describe (&service, "/healthz?verbose", 200);
  g_assert_true (json_object_get_boolean_member (json_node_get_object (node), "draining"));
  g_auto (Answer) refused = service_render (&service, URL "ok", "");
  g_assert_cmpuint (refused.status, ==, 429);
  g_assert_cmpstr (refused.body, ==, "the server is shutting down, try again later\n");
  g_assert_nonnull (soup_message_headers_get_one (refused.headers, "Retry-After"));
  g_assert_cmpstr (soup_message_headers_get_one (refused.headers, "Connection"), ==, "close");

  g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), text,
                       sizeof text - 1, NULL, NULL);
  g_assert_true (g_str_has_prefix (text, "HTTP/1.1 200 OK"));
  service_stop (&service);
}

/* A render of our own does not hold up the end. */
static void
test_drain_self_render (void)
{
  const char *const environment[] = { "PANELSHOT_SELF_RENDER=true", "FAKE_ENGINE=silent", NULL };
  int64_t           started_us = g_get_monotonic_time ();
  Service           service;

  service_start (&service, NULL, environment);
  service_stop (&service);
  g_assert_cmpint (g_get_monotonic_time () - started_us, <, 5 * G_USEC_PER_SEC);
}

/* Nor does one that its engine does not give up; told once more, the server leaves without it. */
static void
test_second_signal (void)
{
  const char *const arguments[] = { DEBUG, NULL };
  const char *const environment[] = { "PANELSHOT_SELF_RENDER=true", "FAKE_ENGINE=deaf", NULL };
  Service           service;

  service_start (&service, arguments, environment);
  service_wait_for_log (&service, "queued > running");
  g_subprocess_send_signal (service.process, SIGTERM);
  service_wait_for_log (&service, "running > cancelling");
  service_stop (&service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/health/start", test_start);
  g_test_add_func ("/health/not-yet", test_not_yet);
  g_test_add_func ("/health/failures", test_failures);
  g_test_add_func ("/health/recovery", test_recovery);
  g_test_add_func ("/health/room", test_room);
  g_test_add_func ("/health/no-self-render", test_no_self_render);
  g_test_add_func ("/health/queue-full", test_queue_full);
  g_test_add_func ("/health/drain", test_drain);
  g_test_add_func ("/health/drain-self-render", test_drain_self_render);
  g_test_add_func ("/health/second-signal", test_second_signal);
  return g_test_run ();
}
