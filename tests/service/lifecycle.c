#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"

#define URL "http://grafana.example/"
#define RENDER "/render?url=http%3A%2F%2Fgrafana.example%2F"

/* The whole answer on a raw connection, up to its end or @limit bytes. */
static char *
read_raw (GSocketConnection *connection)
{
  GInputStream *stream = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  char          buffer[4096] = { 0 };
  gssize        length = g_input_stream_read (stream, buffer, sizeof buffer - 1, NULL, NULL);

  return g_strndup (buffer, length > 0 ? (size_t) length : 0);
}

static void
test_busy (void)
{
  const char *const arguments[] = { "--concurrency", "1",     "--queue", "1",
                                    "--log-level",   "debug", NULL };
  Service           service;

  service_start (&service, arguments, NULL);
  g_autoptr (GSocketConnection) running = service_send_raw (&service, RENDER "slow%2F1500");
  service_wait_for_log (&service, "queued > running");
  g_autoptr (GSocketConnection) queued = service_send_raw (&service, RENDER "slow%2F100");
  for (int i = 0; i < 2; i++) {
    g_auto (Answer) answer = service_render (&service, URL "ok", "");
    if (answer.status == 200) /* the queued one was not there yet, and now we have had its place */
      continue;
    g_assert_cmpuint (answer.status, ==, 429);
    g_assert_cmpstr (answer.body, ==, "server is too busy, try again later\n");
    g_assert_cmpstr (soup_message_headers_get_one (answer.headers, "Retry-After"), ==, "5");
  }

  /* Who and where come before room, the rest after it. */
  static const struct {
    const char *path;
    const char *token;
    unsigned    status;
  } rows[] = {
    { "/render?url=file:///x&width=abc", NULL, 401 },
    { "/render?url=file:///x&width=abc", "wrong", 401 },
    { "/render", NULL, 401 },
    { "/render?url=file:///x&width=abc", TOKEN, 403 },
    { "/render?url=nothing&width=abc", TOKEN, 400 },
    { "/render?url=http://g/ok&width=abc", TOKEN, 429 },
    { "/render?width=abc", TOKEN, 429 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (Answer) answer = service_get (&service, "GET", rows[i].path, rows[i].token, NULL);
    g_test_message ("%s", rows[i].path);
    g_assert_cmpuint (answer.status, ==, rows[i].status);
  }
  g_autofree char *first = read_raw (running);
  g_autofree char *second = read_raw (queued);
  g_assert_true (g_str_has_prefix (first, "HTTP/1.1 200"));
  g_assert_true (g_str_has_prefix (second, "HTTP/1.1 200"));
  service_stop (&service);
}

/* The wait in the queue is part of the job's time. */
static void
test_queue_timeout (void)
{
  const char *const arguments[] = { "--concurrency", "1", "--log-level", "debug", NULL };
  Service           service;

  service_start (&service, arguments, NULL);
  GSocketConnection *running = service_send_raw (&service, RENDER "slow%2F3000");
  service_wait_for_log (&service, "queued > running");
  g_auto (Answer) answer = service_render (&service, URL "ok", "&timeout=500ms");
  g_assert_cmpuint (answer.status, ==, 408);
  g_assert_true (g_str_has_prefix (answer.body, "Request timed out: "));
  g_assert_nonnull (strstr (answer.body, "in the queue"));
  g_object_unref (running);
  service_stop (&service);
}

static void
test_engine_timeout (void)
{
  Service service;

  service_start (&service, NULL, NULL);
  g_auto (Answer) answer = service_render (&service, URL "stuck", "&timeout=300ms");
  g_assert_cmpuint (answer.status, ==, 408);
  g_assert_cmpstr (answer.body, ==, "Request timed out: still waiting for query A\n");
  service_stop (&service);
}

/* A client that leaves frees its place: with one place and no queue, the next gets it. */
static void
test_hang_up (void)
{
  const char *const arguments[] = { "--concurrency", "1",     "--queue", "0",
                                    "--log-level",   "debug", NULL };
  Service           service;

  service_start (&service, arguments, NULL);
  GSocketConnection *connection = service_send_raw (&service, RENDER "stuck");
  service_wait_for_log (&service, "queued > running");
  g_auto (Answer) full = service_render (&service, URL "ok", "");
  g_assert_cmpuint (full.status, ==, 429);
  g_object_unref (connection);
  service_wait_for_log (&service, "cancelling > finished");
  service_wait_for_log (&service, "outcome=cancelled");
  g_auto (Answer) answer = service_render (&service, URL "ok", "");
  g_assert_cmpuint (answer.status, ==, 200);
  service_stop (&service);
}

/* Who has closed its sending side alone looks like one who has left, and is told so. */
static void
test_half_close (void)
{
  char    text[64] = "";
  Service service;

  service_start (&service, NULL, NULL);
  g_autoptr (GSocketConnection) connection = service_send_raw (&service, RENDER "stuck");
  g_assert_true (
      g_socket_shutdown (g_socket_connection_get_socket (connection), FALSE, TRUE, NULL));
  g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                                          text, sizeof text - 1, NULL, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "HTTP/1.1 408 "));
  service_wait_for_log (&service, "outcome=cancelled");
  service_stop (&service);
}

static void
test_engine_death (void)
{
  static const struct {
    const char *path;
    const char *body;
  } rows[] = {
    { "exit", "ended with exit status 7" },
    { "kill", "was killed by signal 9" },
    { "garbage", "sent a malformed message" },
  };
  Service service;

  service_start (&service, NULL, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *url = g_strconcat (URL, rows[i].path, NULL);
    g_auto (Answer)  answer = service_render (&service, url, "");
    g_test_message ("%s: %s", rows[i].path, answer.body);
    g_assert_cmpuint (answer.status, ==, 500);
    g_assert_nonnull (strstr (answer.body, rows[i].body));
    g_assert_true (strchr (answer.body, '\n') == answer.body + answer.length - 1);
    g_auto (Answer) next = service_render (&service, URL "ok", "");
    g_assert_cmpuint (next.status, ==, 200);
  }
  service_stop (&service);
}

static void
test_engine_hang (void)
{
  Service service;

  service_start (&service, NULL, NULL);
  g_auto (Answer) answer = service_render (&service, URL "hang", "&timeout=200ms");
  g_assert_cmpuint (answer.status, ==, 408);
  g_assert_nonnull (strstr (answer.body, "did not answer"));
  g_auto (Answer) next = service_render (&service, URL "ok", "");
  g_assert_cmpuint (next.status, ==, 200);
  service_stop (&service);
}

static void
test_no_start (void)
{
  const char *const dying[] = { "FAKE_ENGINE=die", NULL };
  const char *const absent[] = { "PANELSHOT_ENGINE=/no/such/engine", NULL };
  const char *const silent[] = { "FAKE_ENGINE=silent", NULL };
  Service           service;

  service_start (&service, NULL, dying);
  g_auto (Answer) answer = service_render (&service, URL "ok", "");
  g_assert_cmpuint (answer.status, ==, 500);
  g_test_message ("%s", answer.body);
  g_assert_nonnull (strstr (answer.body, "no display for"));
  g_assert_nonnull (strstr (answer.body, "exit status 9"));
  g_assert_null (strstr (answer.body, "hunter2"));
  service_stop (&service);

  service_start (&service, NULL, absent);
  g_auto (Answer) none = service_render (&service, URL "ok", "");
  g_assert_cmpuint (none.status, ==, 500);
  g_assert_nonnull (strstr (none.body, "/no/such/engine"));
  service_stop (&service);

  service_start (&service, NULL, silent);
  g_auto (Answer) late = service_render (&service, URL "ok", "&timeout=300ms");
  g_assert_cmpuint (late.status, ==, 408);
  g_assert_nonnull (strstr (late.body, "waiting for the engine to start"));
  service_stop (&service);
}

static bool
is_alive (pid_t pid)
{
  return kill (pid, 0) == 0 || errno != ESRCH;
}

/* What a dead engine had started ends with it, and no zombie stays. */
static void
test_orphans (void)
{
  Service service;

  service_start (&service, NULL, NULL);
  g_auto (Answer) answer = service_render (&service, URL "orphan", "");
  pid_t           pid = atoi (answer.body);
  g_assert_cmpint (pid, >, 1);
  g_assert_true (is_alive (pid));
  g_auto (Answer) dead = service_render (&service, URL "kill", "");
  g_assert_cmpuint (dead.status, ==, 500);
  for (int i = 0; i < 1000 && is_alive (pid); i++)
    g_usleep (10000);
  g_assert_false (is_alive (pid));
  service_stop (&service);
}

/* Told to stop, it answers what it has, takes nothing new and leaves with 0. */
static void
test_drain (void)
{
  const char *const arguments[] = { "--log-level", "debug", NULL };
  Service           service;

  service_start (&service, arguments, NULL);
  g_autoptr (GSocketConnection) connection = service_send_raw (&service, RENDER "slow%2F800");
  service_wait_for_log (&service, "queued > running");
  g_subprocess_send_signal (service.process, SIGTERM);
  service_wait_for_log (&service, "told to stop");

  g_auto (Answer) refused = service_render (&service, URL "ok", "");
  g_assert_cmpuint (refused.status, ==, 429);
  g_assert_cmpstr (refused.body, ==, "the server is shutting down, try again later\n");
  g_autofree char *answer = read_raw (connection);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 200"));
  g_assert_true (g_subprocess_wait (service.process, NULL, NULL));
  g_autofree char *log = service_read_log (&service);
  g_assert_nonnull (strstr (log, "outcome=ok"));
  g_assert_null (strstr (log, "could not be delivered"));
  service_stop (&service);
}

static void
test_second_signal (void)
{
  const char *const arguments[] = { "--log-level", "debug", NULL };
  int64_t           started_us = g_get_monotonic_time ();
  Service           service;

  service_start (&service, arguments, NULL);
  GSocketConnection *connection = service_send_raw (&service, RENDER "stuck");
  service_wait_for_log (&service, "queued > running");
  g_subprocess_send_signal (service.process, SIGTERM);
  service_wait_for_log (&service, "told to stop");
  service_stop (&service);
  g_assert_cmpint (g_get_monotonic_time () - started_us, <, 10 * G_USEC_PER_SEC);
  g_object_unref (connection);
}

static void
test_many (void)
{
  const char *const  arguments[] = { "--concurrency", "4", "--queue", "100", NULL };
  GSocketConnection *connections[60];
  Service            service;

  service_start (&service, arguments, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (connections); i++)
    connections[i] = service_send_raw (&service, i % 3 == 0 ? RENDER "slow%2F20" : RENDER "ok");
  for (size_t i = 0; i < G_N_ELEMENTS (connections); i++) {
    g_autofree char *answer = i % 7 != 0 ? read_raw (connections[i]) : NULL;
    if (answer != NULL)
      g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 200"));
    g_object_unref (connections[i]);
  }
  service_stop (&service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lifecycle/busy", test_busy);
  g_test_add_func ("/lifecycle/queue-timeout", test_queue_timeout);
  g_test_add_func ("/lifecycle/engine-timeout", test_engine_timeout);
  g_test_add_func ("/lifecycle/hang-up", test_hang_up);
  g_test_add_func ("/lifecycle/half-close", test_half_close);
  g_test_add_func ("/lifecycle/engine-death", test_engine_death);
  g_test_add_func ("/lifecycle/engine-hang", test_engine_hang);
  g_test_add_func ("/lifecycle/no-start", test_no_start);
  g_test_add_func ("/lifecycle/orphans", test_orphans);
  g_test_add_func ("/lifecycle/drain", test_drain);
  g_test_add_func ("/lifecycle/second-signal", test_second_signal);
  g_test_add_func ("/lifecycle/many", test_many);
  return g_test_run ();
}
