/* conformance.c: runs the table conformance.txt, one test case for each of its sections
 *
 * The requests go out as bytes, so that nothing on our side repairs them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "fixture.h"

typedef struct {
  unsigned    status;
  char       *head; /* with a line end before every header */
  const char *body; /* within @bytes, which end in a NUL */
  size_t      body_length;
  GByteArray *bytes;
} Reply;

static void
reply_clear (Reply *self)
{
  g_free (self->head);
  g_byte_array_unref (self->bytes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reply, reply_clear)

/* The brace that closes the one at @start. */
static const char *
find_brace (const char *start)
{
  int depth = 0;

  for (const char *at = start; *at != '\0'; at++) {
    if (*at == '{')
      depth++;
    if (*at == '}' && --depth == 0)
      return at;
  }
  return NULL;
}

/* "{3*ab}" to "ababab". (transfer full) */
static char *
repeat (const char *text)
{
  g_autoptr (GString) whole = g_string_new (NULL);

  while (*text != '\0') {
    size_t      digits = *text == '{' ? strspn (text + 1, "0123456789") : 0;
    const char *end = digits > 0 && text[1 + digits] == '*' ? find_brace (text) : NULL;
    if (end == NULL) {
      g_string_append_c (whole, *text++);
      continue;
    }
    const char *start = text + digits + 2;
    for (int i = atoi (text + 1); i > 0; i--)
      g_string_append_len (whole, start, end - start);
    text = end + 1;
  }
  return g_string_free (g_steal_pointer (&whole), FALSE);
}

/* (transfer full) */
static char *
expand (const char *text)
{
  g_autofree char *repeated = repeat (text);
  g_auto (GStrv)   parts = g_strsplit (repeated, "@VERSION@", -1);
  g_autofree char *named = g_strjoinv (SHOT_VERSION, parts);

  return g_strcompress (named);
}

/* Takes "[Name: value] " from the front of @text; NULL when there is none. (transfer full) */
static char *
take_header (const char **text)
{
  const char *end = **text == '[' ? strstr (*text, "]") : NULL;

  /* "[]" is a body. */
  if (end == NULL || end == *text + 1 || !g_ascii_isalpha ((*text)[1]))
    return NULL;
  char *header = g_strndup (*text + 1, (size_t) (end - *text - 1));
  *text = end + 1;
  while (**text == ' ')
    (*text)++;
  return header;
}

/* "GET /path [Header: value] body" as it goes over the wire. (transfer full) */
static char *
make_request (const char *row)
{
  g_autofree char    *text = expand (row);
  const char         *rest = text + strcspn (text, " ") + 1;
  size_t              path_length = strcspn (rest, " ");
  g_autoptr (GString) wire = g_string_new (NULL);
  bool                has_token = false;
  bool                is_chunked = false;

  g_string_append_len (wire, text, rest - text + (gssize) path_length);
  g_string_append (wire, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
  rest += path_length;
  while (*rest == ' ')
    rest++;
  for (;;) {
    g_autofree char *header = take_header (&rest);
    if (header == NULL)
      break;
    has_token = has_token || g_str_has_prefix (header, "X-Auth-Token");
    is_chunked = is_chunked || g_str_has_prefix (header, "Transfer-Encoding");
    if (strchr (header, ':') != NULL)
      g_string_append_printf (wire, "%s\r\n", header);
  }
  if (!has_token)
    g_string_append (wire, "X-Auth-Token: " TOKEN "\r\n");
  if (!is_chunked && (*rest != '\0' || g_str_has_prefix (text, "POST")))
    g_string_append_printf (wire, "Content-Length: %" G_GSIZE_FORMAT "\r\n", strlen (rest));
  g_string_append_printf (wire, "\r\n%s", rest);
  return g_string_free (g_steal_pointer (&wire), FALSE);
}

/* Sends @wire and reads until the other side closes. It may do so before it has read all. */
static void
talk (const Service *service, const char *wire, Reply *out_reply)
{
  g_autoptr (GSocketClient)     client = g_socket_client_new ();
  g_autoptr (GError)            error = NULL;
  g_autoptr (GSocketConnection) connection = g_socket_client_connect_to_host (
      client, "127.0.0.1", (guint16) service->port, NULL, &error);
  g_assert_no_error (error);
  GIOStream *stream = G_IO_STREAM (connection);
  char       part[65536];
  gssize     n_read;

  g_output_stream_write_all (g_io_stream_get_output_stream (stream), wire, strlen (wire), NULL,
                             NULL, NULL);
  out_reply->bytes = g_byte_array_new ();
  while ((n_read = g_input_stream_read (g_io_stream_get_input_stream (stream), part, sizeof part,
                                        NULL, NULL)) > 0)
    g_byte_array_append (out_reply->bytes, (const guint8 *) part, (unsigned) n_read);
  g_byte_array_append (out_reply->bytes, (const guint8 *) "", 1);

  const char *text = (const char *) out_reply->bytes->data;
  const char *end = strstr (text, "\r\n\r\n");
  g_assert_true (g_str_has_prefix (text, "HTTP/1.1 "));
  g_assert_nonnull (end);
  out_reply->status = (unsigned) atoi (text + strlen ("HTTP/1.1 "));
  out_reply->head = g_strndup (text, (size_t) (end - text) + 2);
  out_reply->body = end + 4;
  out_reply->body_length = out_reply->bytes->len - 1 - (size_t) (out_reply->body - text);
}

/* (transfer full) (nullable) */
static char *
get_header (const Reply *reply, const char *name)
{
  g_autofree char *start = g_strdup_printf ("\r\n%s: ", name);
  const char      *found = strcasestr (reply->head, start);

  if (found == NULL)
    return NULL;
  found += strlen (start);
  return g_strndup (found, strcspn (found, "\r"));
}

static bool
meets (const Reply *reply, const char *expectation)
{
  g_autofree char *body = g_strndup (reply->body, reply->body_length);

  if (*expectation == '=')
    return g_str_equal (g_strchomp (body), expectation + 1);
  if (*expectation == '^')
    return g_str_has_prefix (reply->body, expectation + 1);
  if (*expectation == '~')
    return memmem (reply->body, reply->body_length, expectation + 1, strlen (expectation + 1));
  if (g_str_has_prefix (expectation, "!~"))
    return !memmem (reply->body, reply->body_length, expectation + 2, strlen (expectation + 2));

  g_auto (GStrv)   pair = g_strsplit (expectation, ": ", 2);
  g_autofree char *value = get_header (reply, pair[0]);
  g_assert_cmpuint (g_strv_length (pair), ==, 2);
  return g_str_equal (pair[1], "-") ? value == NULL : g_strcmp0 (value, pair[1]) == 0;
}

/* What every answer must be, whatever was asked. */
static void
check_form (const Reply *reply)
{
  g_autofree char *length = get_header (reply, "Content-Length");
  g_autofree char *type = get_header (reply, "Content-Type");

  g_assert_nonnull (length);
  if (reply->body_length > 0)
    g_assert_cmpuint (reply->body_length, ==, g_ascii_strtoull (length, NULL, 10));
  if (reply->status == 200 || reply->body_length == 0)
    return;
  /* One line of text, and a short one. */
  g_assert_cmpstr (type, ==, "text/plain; charset=utf-8");
  g_assert_true (memchr (reply->body, '\n', reply->body_length) ==
                 reply->body + reply->body_length - 1);
  g_assert_cmpuint (reply->body_length, <, 400);
  g_assert_true (g_utf8_validate (reply->body, (gssize) reply->body_length, NULL));
}

static void
run_row (const Service *service, const char *row)
{
  g_auto (Reply) reply = { 0 };
  const char    *arrow = g_strrstr (row, " -> ");
  g_assert_nonnull (arrow);
  g_autofree char *request = g_strndup (row, (size_t) (arrow - row));
  g_autofree char *wire = make_request (request);
  g_auto (GStrv)   wants = g_strsplit (arrow + 4, " | ", -1);

  g_test_message ("%s", row);
  talk (service, wire, &reply);
  if (reply.status != (unsigned) atoi (wants[0]))
    g_test_message ("%s%s", reply.head, reply.status != 200 ? reply.body : "");
  g_assert_cmpuint (reply.status, ==, (unsigned) atoi (wants[0]));
  check_form (&reply);
  for (char **want = wants + 1; *want != NULL; want++) {
    g_autofree char *expectation = expand (*want);
    if (!meets (&reply, expectation))
      g_test_message ("not met: %s\n%s%.2000s", expectation, reply.head, reply.body);
    g_assert_true (meets (&reply, expectation));
  }
}

static void
test_section (const void *data)
{
  char *const *rows = (char *const *) data;
  Service      service;

  service_start (&service, NULL, NULL);
  for (; *rows != NULL && !g_str_has_prefix (*rows, "== "); rows++) {
    if (**rows != '\0' && **rows != '#')
      run_row (&service, *rows);
  }
  service_stop (&service);
}

int
main (int argc, char **argv)
{
  g_autofree char   *text = NULL;
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  /* All rows that fail are to be seen. */
  g_test_set_nonfatal_assertions ();
  g_assert_true (g_file_get_contents (g_getenv ("CONFORMANCE"), &text, NULL, &error));
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);
  for (char **row = rows; *row != NULL; row++) {
    if (!g_str_has_prefix (*row, "== "))
      continue;
    g_autofree char *name = g_strconcat ("/conformance/", *row + 3, NULL);
    g_test_add_data_func (name, row + 1, test_section);
  }
  return g_test_run ();
}
