/* review-events.c: connections that last: pages that look on, and several requests on one */
#include "config.h"

#include <string.h>

#include "review-fixture.h"

/* A stream of events; nothing is read that nobody waits for. */
typedef struct {
  GSocketConnection *connection;
  GString           *text; /* all that has come */
} Stream;

static Review review;

static void
stream_open (Stream *self, const Person *person, const char *query, const char *header)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError)        error = NULL;
  g_autofree char          *path = review_expand (&review, query);
  g_autofree char          *head = g_strdup_printf (
               "GET /api/v1/events%s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n%s%s\r\n", path, person->cookie,
      header != NULL ? header : "", header != NULL ? "\r\n" : "");

  g_socket_client_set_timeout (client, 10);
  self->connection = g_socket_client_connect_to_host (client, "127.0.0.1",
                                                      (guint16) review.service.port, NULL, &error);
  g_assert_no_error (error);
  self->text = g_string_new (NULL);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (self->connection)), head,
                             strlen (head), NULL, NULL, &error);
  g_assert_no_error (error);
}

/* False at the stream's end. */
static bool
stream_read (Stream *self)
{
  char               chunk[4096];
  g_autoptr (GError) error = NULL;
  gssize n = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (self->connection)),
                                  chunk, sizeof chunk, NULL, &error);

  if (error != NULL)
    g_test_message ("%s", self->text->str);
  g_assert_no_error (error);
  g_string_append_len (self->text, chunk, n);
  return n > 0;
}

/* Until @text has come. Counts it as seen, with all before. */
static void
stream_expect (Stream *self, const char *text)
{
  g_autofree char *wanted = review_expand (&review, text);
  const char      *found;

  while ((found = strstr (self->text->str, wanted)) == NULL) {
    if (!stream_read (self)) {
      g_test_message ("no %s in %s", wanted, self->text->str);
      g_assert_not_reached ();
    }
  }
  g_string_erase (self->text, 0, found - self->text->str + (gssize) strlen (wanted));
}

static void
stream_close (Stream *self)
{
  g_clear_object (&self->connection);
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
  self->text = NULL;
}

static void
say (const Person *person, const char *cell, const char *verdict, unsigned revision)
{
  g_autofree char       *path = g_strdup_printf ("cells/%s/verdict", cell);
  g_autofree char       *body = g_strdup_printf ("{\"verdict\":\"%s\",\"revision\":%u}", verdict,
                                                 revision);
  g_autoptr (JsonObject) object = review_send (&review, person, 200, "PUT", path, body);
}

/* What one does the other sees, in order, and nothing of other runs. */
static void
test_two_reviewers (void)
{
  g_auto (Person) ada = { 0 };
  g_auto (Person) rita = { 0 };
  Stream          of_run = { 0 };
  Stream          of_all = { 0 };

  person_sign_in (&ada, &review, "ada");
  person_sign_in (&rita, &review, "rita");
  stream_open (&of_run, &ada, "?run=$R", NULL);
  stream_open (&of_all, &ada, "", NULL);
  stream_expect (&of_run, "text/event-stream");
  stream_expect (&of_run, "event: hello\ndata: {\"last\":");
  stream_expect (&of_all, "event: hello\n");

  say (&rita, "$X", "ok", 0);
  say (&rita, "$0", "ok", 0);
  say (&ada, "$0", "abnormal", 1);
  stream_expect (&of_all, "data: {\"run\":$O,\"cell\":$X}");
  stream_expect (&of_all, "event: verdict\ndata: {\"run\":$R,\"cell\":$0}");
  stream_expect (&of_run, "event: verdict\ndata: {\"run\":$R,\"cell\":$0}");
  stream_expect (&of_run, "event: verdict\ndata: {\"run\":$R,\"cell\":$0}");
  g_assert_null (strstr (of_run.text->str, "cell\":$X"));

  /* Another process changes the archive. */
  g_autoptr (ShotVerdict) verdict = shot_verdict_new ();
  g_autoptr (GError)      error = NULL;
  verdict->cell_id = review.cells[1];
  verdict->kind = SHOT_VERDICT_OK;
  g_free (verdict->user);
  g_free (verdict->origin);
  verdict->user = g_strdup ("cli");
  verdict->origin = g_strdup ("cli");
  shot_archive_set_verdict (review.archive, verdict, 0, &error);
  g_assert_no_error (error);
  stream_expect (&of_run, "event: verdict\ndata: {\"run\":$R,\"cell\":$1}");
  stream_close (&of_run);
  stream_close (&of_all);
}

/* What happened while the page was away comes first, once. */
static void
test_resume (void)
{
  g_auto (Person)  rita = { 0 };
  Stream           stream = { 0 };
  int64_t          last_id = shot_archive_get_last_event_id (review.archive);
  g_autofree char *header = g_strdup_printf ("Last-Event-ID: %" G_GINT64_FORMAT, last_id);
  g_autofree char *id = g_strdup_printf ("id: %" G_GINT64_FORMAT "\nevent: verdict\n", last_id + 1);
  g_autofree char *query = g_strdup_printf ("?run=$R&after=%" G_GINT64_FORMAT, last_id);

  person_sign_in (&rita, &review, "rita");
  say (&rita, "$2", "ok", 0);
  stream_open (&stream, &rita, "?run=$R", header);
  stream_expect (&stream, "event: hello\n");
  stream_expect (&stream, id);
  stream_close (&stream);
  stream_open (&stream, &rita, query, NULL);
  stream_expect (&stream, id);
  stream_close (&stream);
}

static void
test_sign_out (void)
{
  g_auto (Person) vic = { 0 };
  Stream          stream = { 0 };

  person_sign_in (&vic, &review, "vic");
  stream_open (&stream, &vic, "", NULL);
  stream_expect (&stream, "event: hello\n");
  g_auto (Answer) out = review_ask (&review, &vic, "DELETE", "session", NULL);
  g_assert_cmpuint (out.status, ==, 204);
  while (stream_read (&stream))
    continue;
  stream_close (&stream);
}

static void
test_too_many (void)
{
  g_auto (Person) vic = { 0 };
  Stream          streams[16] = { 0 };

  person_sign_in (&vic, &review, "vic");
  for (size_t i = 0; i < G_N_ELEMENTS (streams); i++) {
    stream_open (&streams[i], &vic, "", NULL);
    stream_expect (&streams[i], "event: hello\n");
  }
  g_autoptr (JsonObject) refused = review_get (&review, &vic, 429, "events");
  /* One that leaves makes room, as soon as we have noticed. */
  stream_close (&streams[0]);
  for (unsigned status = 429; status == 429;) {
    Stream stream = { 0 };
    stream_open (&stream, &vic, "", NULL);
    stream_read (&stream);
    status = strstr (stream.text->str, "429") != NULL ? 429 : 200;
    stream_close (&stream);
  }
  for (size_t i = 1; i < G_N_ELEMENTS (streams); i++)
    stream_close (&streams[i]);
}

/* ---- Several requests on one connection */

static GSocketConnection *
connect_raw (void)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError)        error = NULL;
  GSocketConnection        *connection;

  g_socket_client_set_timeout (client, 10);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) review.service.port,
                                                NULL, &error);
  g_assert_no_error (error);
  return connection;
}

static void
write_raw (GSocketConnection *connection, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), text,
                             strlen (text), NULL, NULL, &error);
  g_assert_no_error (error);
}

/* Until there are @n answers, or, with 0, until the end. (transfer full) */
static char *
read_raw (GSocketConnection *connection, unsigned n)
{
  GInputStream       *stream = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError)  error = NULL;
  char                chunk[4096];
  gssize              length;

  while ((length = g_input_stream_read (stream, chunk, sizeof chunk, NULL, &error)) > 0) {
    unsigned found = 0;
    g_string_append_len (text, chunk, length);
    for (const char *at = strstr (text->str, "}}"); at != NULL; at = strstr (at + 1, "}}"))
      found++;
    if (n > 0 && found >= n)
      break;
  }
  g_assert_no_error (error);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* All of these answers are errors, and end in "}}". */
static void
test_one_connection (void)
{
  static const char get[] = "GET /api/v1/runs HTTP/1.1\r\nHost: x\r\n\r\n";
  static const char put[] = "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                            "Content-Type: application/json\r\n\r\n{}";
  g_autoptr (GSocketConnection) connection = connect_raw ();
  g_autofree char              *both = g_strconcat (put, "\r\n", get, put, NULL);
  g_autofree char              *first = NULL;
  g_autofree char              *second = NULL;
  g_autofree char              *three = NULL;
  g_autofree char              *last = NULL;
  g_autofree char              *end = NULL;

  write_raw (connection, get);
  first = read_raw (connection, 1);
  g_assert_true (g_str_has_prefix (first, "HTTP/1.1 401 "));
  g_assert_nonnull (strstr (first, "Keep-Alive: timeout=14\r\n"));
  g_assert_null (strstr (first, "Connection: close"));
  write_raw (connection, put);
  second = read_raw (connection, 1);
  g_assert_true (g_str_has_prefix (second, "HTTP/1.1 400 "));
  /* Three in one go: each is answered, in their order, and bodies are no requests. */
  write_raw (connection, both);
  three = read_raw (connection, 3);
  g_auto (GStrv) parts = g_strsplit (three, "HTTP/1.1 ", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 4);
  g_assert_true (g_str_has_prefix (parts[1], "400 "));
  g_assert_true (g_str_has_prefix (parts[2], "401 "));
  g_assert_true (g_str_has_prefix (parts[3], "400 "));
  /* Whoever says that it is the last one is believed. */
  write_raw (connection, "GET /api/v1/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  last = read_raw (connection, 0);
  g_assert_nonnull (strstr (last, "Connection: close\r\n"));

  /* The renderer's own paths end their connections as ever. */
  g_autoptr (GSocketConnection) other = connect_raw ();
  write_raw (other, "GET /version HTTP/1.1\r\nHost: x\r\n\r\n");
  end = read_raw (other, 0);
  g_assert_nonnull (strstr (end, "Connection: close\r\n"));
}

/* What is refused before it is read ends the connection: nobody knows where the next one begins. */
static void
test_last_on_connection (void)
{
  static const char *const requests[] = {
    "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
    "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET /api/v1/runs HTTP/1.0\r\nHost: x\r\n\r\n",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (requests); i++) {
    g_autoptr (GSocketConnection) connection = connect_raw ();
    g_autofree char              *text = NULL;
    write_raw (connection, requests[i]);
    if (i == 0)
      g_socket_shutdown (g_socket_connection_get_socket (connection), FALSE, TRUE, NULL);
    text = read_raw (connection, 0);
    g_test_message ("%s", text);
    g_assert_null (strstr (text, "Keep-Alive"));
  }
}

/* The server ends within its time, and without a word on streams that were open. */
static void
test_drain (void)
{
  g_auto (Person) rita = { 0 };
  Stream          stream = { 0 };

  person_sign_in (&rita, &review, "rita");
  stream_open (&stream, &rita, "", NULL);
  stream_expect (&stream, "event: hello\n");
  int64_t start_us = g_get_monotonic_time ();
  review_stop (&review);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, 5 * G_USEC_PER_SEC);
  while (stream_read (&stream))
    continue;
  stream_close (&stream);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  review_fill (&review, true);
  review_start (&review, NULL);
  g_test_add_func ("/events/two-reviewers", test_two_reviewers);
  g_test_add_func ("/events/resume", test_resume);
  g_test_add_func ("/events/sign-out", test_sign_out);
  g_test_add_func ("/events/too-many", test_too_many);
  g_test_add_func ("/events/one-connection", test_one_connection);
  g_test_add_func ("/events/last-on-connection", test_last_on_connection);
  g_test_add_func ("/events/drain", test_drain);
  return g_test_run ();
}
