/* notify-mail.c: notifications by mail, to a program that plays sendmail and a server that plays SMTP */
#include "config.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>

#include "notify-fixture.h"

#define USER "panelshot"
#define PASSWORD "correct-horse-battery"

/* ---- sendmail */

/* A script for sendmail that writes its arguments and its input into the folder, and then does @end. */
static char *
write_sendmail (const char *folder, const char *end)
{
  char            *path = g_build_filename (folder, "sendmail", NULL);
  g_autofree char *text = g_strdup_printf (
      "#!/bin/sh\nprintf '%%s\\n' \"$@\" >'%s/arguments'\ncat >'%s/mail'\n%s\n", folder, folder,
      end);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, 0700), ==, 0);
  return path;
}

static char *
read_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char            *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
remove_folder (const char *folder)
{
  static const char *const names[] = { "sendmail", "arguments",  "mail",
                                       "once",     "server.pem", "server.key" };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    g_unlink (path);
  }
  g_rmdir (folder);
}

static ShotPlanNotify *
add_mail (Notify *notify, const char *smtp, const char *password)
{
  static const char *const to[] = { "a@example.com", "b@example.com", NULL };
  ShotPlanNotify          *receiver = notify_add (notify, "email", NULL, password);

  receiver->to = g_strdupv ((char **) to);
  receiver->from = g_strdup ("shots@example.org");
  receiver->smtp = g_strdup (smtp);
  receiver->smtp_user = password != NULL ? g_strdup (USER) : NULL;
  receiver->language = g_strdup ("zh-CN");
  return receiver;
}

static void
test_sendmail (void)
{
  static const struct {
    const char *end;
    unsigned    n_attempts;
    const char *failure;
  } rows[] = {
    { "exit 0", 1, NULL },
    { "echo 'no such user' >&2; exit 67", 1, "did not take the mail (status 67): no such user" },
    { "exit 75", 3, "(status 75)" },
    { "cd \"$(dirname \"$0\")\"; [ -e once ] || { touch once; exit 75; }", 2, NULL },
    { "kill -9 $$", 1, "(signal 9)" },
    { "exec sleep 60", 3, "in time" },
    { "sleep 2", 3, "in time" }, /* its child outlives it, with its output */
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    Notify                    notify;
    g_autofree char          *folder = g_dir_make_tmp ("sendmail-XXXXXX", NULL);
    g_autofree char          *program = write_sendmail (folder, rows[i].end);
    const ShotNotifierOptions options = { .sendmail = program, .timeout_ms = i >= 5 ? 150 : 10000 };
    notify_open (&notify, &options);
    add_mail (&notify, NULL, NULL);
    notify_expect (&notify, rows[i].n_attempts, rows[i].failure);
    g_autofree char *arguments = read_file (folder, "arguments");
    g_autofree char *mail = read_file (folder, "mail");
    g_assert_cmpstr (arguments, ==,
                     "-i\n-f\nshots@example.org\n--\na@example.com\nb@example.com\n");
    g_assert_null (strchr (mail, '\r'));
    g_assert_nonnull (strstr (mail, "\nTo: a@example.com,\n b@example.com\nSubject: =?UTF-8?B?"));
    g_assert_true (g_str_has_suffix (mail, "\n--panelshot-part--\n"));
    notify_close (&notify);
    remove_folder (folder);
  }

  const ShotNotifierOptions missing = { .sendmail = "/nonexistent/sendmail" };
  Notify                    notify;
  notify_open (&notify, &missing);
  add_mail (&notify, NULL, NULL);
  notify_expect (&notify, 1, "cannot start /nonexistent/sendmail");
  notify_close (&notify);
}

/* ---- SMTP */

typedef struct {
  const char *recipient_reply; /* (nullable) */
  bool        has_auth;
  bool        has_starttls;
  bool        is_tls;    /* from the first byte */
  bool        is_silent; /* says nothing */
} Manner;

typedef struct {
  const Manner    *manner;
  GSocketService  *service;
  unsigned         port;
  GTlsCertificate *certificate; /* (nullable) */
  GMutex           lock;
  GString         *commands; /* a line each */
  GString         *mail;
  char            *credentials;   /* (nullable): what AUTH brought, apart by '|' */
  bool             was_encrypted; /* when the mail came */
} Server;

typedef struct {
  Server           *server;
  GIOStream        *stream; /* (owned) */
  GDataInputStream *input;  /* (owned) */
  bool              is_encrypted;
} Talk;

static void
talk_over (Talk *talk, GIOStream *stream)
{
  g_clear_object (&talk->input);
  g_set_object (&talk->stream, stream);
  talk->input = g_data_input_stream_new (g_io_stream_get_input_stream (stream));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (talk->input), FALSE);
  g_data_input_stream_set_newline_type (talk->input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
}

static void
encrypt (Talk *talk)
{
  g_autoptr (GIOStream) secure = g_tls_server_connection_new (talk->stream,
                                                              talk->server->certificate, NULL);

  talk_over (talk, secure);
  talk->is_encrypted = true;
}

static void
say (Talk *talk, const char *line)
{
  g_autofree char *text = g_strconcat (line, "\r\n", NULL);

  g_output_stream_write_all (g_io_stream_get_output_stream (talk->stream), text, strlen (text),
                             NULL, NULL, NULL);
}

static char *
hear (Talk *talk)
{
  return g_data_input_stream_read_line (talk->input, NULL, NULL, NULL);
}

static void
hear_mail (Talk *talk)
{
  char *line;

  say (talk, "354 go on");
  while ((line = hear (talk)) != NULL && strcmp (line, ".") != 0) {
    g_string_append_printf (talk->server->mail, "%s\n", line);
    g_free (line);
  }
  g_free (line);
  talk->server->was_encrypted = talk->is_encrypted;
  say (talk, "250 taken");
}

static void
greet (Talk *talk)
{
  const Manner *manner = talk->server->manner;

  say (talk, "250-fake");
  if (manner->has_starttls && !talk->is_encrypted)
    say (talk, "250-STARTTLS");
  if (manner->has_auth)
    say (talk, "250-AUTH PLAIN");
  say (talk, "250 8BITMIME");
}

static void
check_password (Talk *talk, const char *base64)
{
  size_t                    length;
  g_autofree unsigned char *bytes = g_base64_decode (base64, &length);

  for (size_t i = 0; i < length; i++)
    if (bytes[i] == 0)
      bytes[i] = '|';
  g_free (talk->server->credentials);
  talk->server->credentials = g_strndup ((char *) bytes, length);
  if (g_str_equal (talk->server->credentials, "|" USER "|" PASSWORD))
    say (talk, "235 welcome");
  else
    say (talk, "535 not with this password");
}

/* False at the end. */
static bool
answer (Talk *talk, const char *line)
{
  const Manner *manner = talk->server->manner;

  if (g_str_has_prefix (line, "EHLO")) {
    greet (talk);
  } else if (g_str_has_prefix (line, "STARTTLS")) {
    say (talk, "220 go on");
    encrypt (talk);
  } else if (g_str_equal (line, "AUTH PLAIN")) {
    say (talk, "334 ");
    g_autofree char *base64 = hear (talk);
    check_password (talk, base64 != NULL ? base64 : "");
  } else if (g_str_has_prefix (line, "RCPT") && manner->recipient_reply != NULL) {
    say (talk, manner->recipient_reply);
  } else if (g_str_equal (line, "DATA")) {
    hear_mail (talk);
  } else if (g_str_equal (line, "QUIT")) {
    say (talk, "221 bye");
    return false;
  } else {
    say (talk, "250 fine");
  }
  return true;
}

static gboolean
connected_cb (GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
              void *user_data)
{
  Server *server = user_data;
  Talk    talk = { .server = server };
  bool    goes_on = true;

  g_mutex_lock (&server->lock);
  talk_over (&talk, G_IO_STREAM (connection));
  if (server->manner->is_tls)
    encrypt (&talk);
  if (!server->manner->is_silent)
    say (&talk, "220 fake");
  while (goes_on) {
    g_autofree char *line = hear (&talk);
    if (line == NULL)
      break;
    g_string_append_printf (server->commands, "%s\n", line);
    goes_on = answer (&talk, line);
  }
  g_clear_object (&talk.input);
  g_clear_object (&talk.stream);
  g_mutex_unlock (&server->lock);
  return TRUE;
}

static void
server_start (Server *server, const Manner *manner, GTlsCertificate *certificate, const char *host)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (host, 0);
  g_autoptr (GSocketAddress) bound = NULL;

  memset (server, 0, sizeof *server);
  server->manner = manner;
  server->certificate = certificate;
  server->commands = g_string_new (NULL);
  server->mail = g_string_new (NULL);
  g_mutex_init (&server->lock);
  server->service = g_threaded_socket_service_new (4);
  g_socket_listener_add_address (G_SOCKET_LISTENER (server->service), address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  server->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (server->service, "run", G_CALLBACK (connected_cb), server);
}

static void
server_stop (Server *server)
{
  g_socket_service_stop (server->service);
  g_socket_listener_close (G_SOCKET_LISTENER (server->service));
  g_mutex_lock (&server->lock); /* a talk may go on */
  g_mutex_unlock (&server->lock);
  g_object_unref (server->service);
  g_mutex_clear (&server->lock);
  g_string_free (server->commands, TRUE);
  g_string_free (server->mail, TRUE);
  g_free (server->credentials);
}

/* A talk is over when its lock is free. */
static char *
get_commands (Server *server)
{
  g_mutex_lock (&server->lock);
  char *text = g_strdup (server->commands->str);
  g_mutex_unlock (&server->lock);
  return text;
}

static char *
make_server_address (const Server *server, const char *scheme, const char *host)
{
  return g_strdup_printf ("%s://%s:%u", scheme, host, server->port);
}

static void
test_conversation (void)
{
  static const Manner manner = { .has_auth = true };
  Server              server;
  Notify              notify;

  server_start (&server, &manner, NULL, "127.0.0.1");
  notify_open (&notify, NULL);
  g_autofree char *address = make_server_address (&server, "smtp", "127.0.0.1");
  add_mail (&notify, address, PASSWORD);
  notify_expect (&notify, 1, NULL);
  g_autofree char *commands = get_commands (&server);
  const char      *after = strchr (commands, '\n') + 1;
  g_assert_true (g_str_has_prefix (commands, "EHLO "));
  g_assert_cmpstr (after, ==,
                   "AUTH PLAIN\nMAIL FROM:<shots@example.org>\nRCPT TO:<a@example.com>\n"
                   "RCPT TO:<b@example.com>\nDATA\nQUIT\n");
  g_assert_cmpstr (server.credentials, ==, "|" USER "|" PASSWORD);
  g_assert_nonnull (strstr (server.mail->str, "\nMIME-Version: 1.0\n"));
  g_assert_true (g_str_has_suffix (server.mail->str, "\n--panelshot-part--\n"));
  notify_close (&notify);
  server_stop (&server);
}

static void
test_refusals (void)
{
  static const struct {
    Manner      manner;
    const char *password;
    unsigned    n_attempts;
    const char *failure;
  } rows[] = {
    { { .recipient_reply = "550 no such user" }, NULL, 1, "550" },
    { { .recipient_reply = "451 come back later" }, NULL, 3, "451" },
    { { .has_auth = true }, "wrong-horse-battery", 1, "smtp://127.0.0.1" },
    { { .is_silent = true }, NULL, 3, "smtp://127.0.0.1" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    const ShotNotifierOptions options = { .timeout_ms = rows[i].manner.is_silent ? 150 : 10000 };
    Server                    server;
    Notify                    notify;
    server_start (&server, &rows[i].manner, NULL, "127.0.0.1");
    notify_open (&notify, &options);
    g_autofree char *address = make_server_address (&server, "smtp", "127.0.0.1");
    add_mail (&notify, address, rows[i].password);
    notify_expect (&notify, rows[i].n_attempts, rows[i].failure);
    notify_close (&notify);
    server_stop (&server);
  }
}

/* A password goes to another machine encrypted, or not at all: 127.0.0.2 is another one here. */
static void
test_no_password_in_the_clear (void)
{
  static const Manner manner = { .has_auth = true };
  Server              server;
  Notify              notify;

  server_start (&server, &manner, NULL, "127.0.0.2");
  notify_open (&notify, NULL);
  g_autofree char *address = make_server_address (&server, "smtp", "127.0.0.2");
  add_mail (&notify, address, PASSWORD);
  notify_expect (&notify, 1, "smtp://127.0.0.2");
  g_autofree char *commands = get_commands (&server);
  g_assert_null (strstr (commands, "AUTH"));
  g_assert_null (server.credentials);
  notify_close (&notify);
  server_stop (&server);
}

/* TLS from the first byte, and gone over to; an authority that is not known is refused. */
static void
test_tls (void)
{
  static const struct {
    Manner      manner;
    const char *scheme;
    bool        knows_authority;
  } rows[] = { { { .has_auth = true, .is_tls = true }, "smtps", true },
               { { .has_auth = true, .has_starttls = true }, "smtp", true },
               { { .has_auth = true, .is_tls = true }, "smtps", false },
               { { .has_auth = true, .has_starttls = true }, "smtp", false } };
  g_autofree char            *folder = g_dir_make_tmp ("smtp-XXXXXX", NULL);
  g_autofree char            *path = NULL;
  g_autoptr (GTlsCertificate) certificate = notify_make_certificate (folder, &path);

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    const ShotNotifierOptions options = { .ca_file = rows[i].knows_authority ? path : NULL,
                                          .timeout_ms = 10000 };
    Server                    server;
    Notify                    notify;
    server_start (&server, &rows[i].manner, certificate, "127.0.0.2");
    notify_open (&notify, &options);
    g_autofree char *address = make_server_address (&server, rows[i].scheme, "127.0.0.2");
    add_mail (&notify, address, PASSWORD);
    notify_expect (&notify, 1, rows[i].knows_authority ? NULL : "smtp");
    g_autofree char *commands = get_commands (&server);
    g_assert_cmpint (strstr (commands, "AUTH PLAIN") != NULL, ==, rows[i].knows_authority);
    g_assert_cmpint (server.was_encrypted, ==, rows[i].knows_authority);
    g_assert_cmpint (server.credentials != NULL, ==, rows[i].knows_authority);
    notify_close (&notify);
    server_stop (&server);
  }
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  static const char *const secrets[] = { PASSWORD, "wrong-horse-battery", NULL };

  notify_catch_log ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notify-mail/sendmail", test_sendmail);
  g_test_add_func ("/notify-mail/conversation", test_conversation);
  g_test_add_func ("/notify-mail/refusals", test_refusals);
  g_test_add_func ("/notify-mail/no-password-in-the-clear", test_no_password_in_the_clear);
  g_test_add_func ("/notify-mail/tls", test_tls);
  int status = g_test_run ();
  notify_check_log (secrets);
  return status;
}
