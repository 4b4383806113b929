#include "config.h"

#include "grafana.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <stdbool.h>
#include <string.h>

#include "error.h"

#define TOKEN "glsa_abcdefghijklmnopqrstuvwxyz012345_01234567"

/* The leak sanitizer falls over the thread-local storage of GnuTLS, which GIO loads as a module;
 * without this interception it finds its way. */
const char *__asan_default_options (void);

const char *
__asan_default_options (void)
{
  return "intercept_tls_get_addr=0";
}

/* A Grafana of the test's making: what it answers at a path, and what it was asked. */
typedef struct {
  SoupServer   *server;
  char         *address; /* with "/grafana", where it lives */
  unsigned      status;  /* of all answers, with @body; 0: as told by the path */
  const char   *body;
  const char   *location;
  unsigned      n_dashboards;
  bool          is_silent; /* answers nothing, and calls @asked */
  bool          has_no_pages;
  GCancellable *asked; /* (nullable): cancelled when something is asked */
  unsigned      n_asked;
  char         *authorization; /* (owned) (nullable): of the last request */
  char         *org_id;
  char         *query;
} Fake;

static void
answer_json (SoupServerMessage *message, unsigned status, const char *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, text,
                                    strlen (text));
}

/* Titles go against the order of uids; folders alternate. */
static void
answer_search (const Fake *fake, SoupServerMessage *message, GHashTable *query)
{
  g_autoptr (GString) text = g_string_new ("[");
  unsigned            limit = (unsigned) atoi (g_hash_table_lookup (query, "limit"));
  unsigned page = fake->has_no_pages ? 1 : (unsigned) atoi (g_hash_table_lookup (query, "page"));
  unsigned first = (page - 1) * limit;

  for (unsigned i = first; i < MIN (first + limit, fake->n_dashboards); i++)
    g_string_append_printf (
        text,
        "%s{\"type\":\"dash-db\",\"uid\":\"u%u\",\"title\":\"T%05u\",\"tags\":[\"a\",\"b\"]%s}",
        i > first ? "," : "", i, fake->n_dashboards - i,
        i % 2 == 0 ? "" : ",\"folderUid\":\"prod\",\"folderTitle\":\"生产\"");
  g_string_append (text, "]");
  answer_json (message, 200, text->str);
}

static const char V2[] =
    "{\"kind\":\"Dashboard\",\"metadata\":{\"name\":\"new\",\"generation\":4,"
    "\"annotations\":{\"grafana.app/folder\":\"prod\"}},\"spec\":{\"title\":\"New\","
    "\"elements\":{},\"layout\":{\"kind\":\"GridLayout\",\"spec\":{\"items\":[]}}}}";

static void
answer_path (const Fake *fake, SoupServerMessage *message, const char *path, GHashTable *query)
{
  if (strcmp (path, "/grafana/api/search") == 0)
    answer_search (fake, message, query);
  else if (strcmp (path, "/grafana/api/dashboards/uid/one") == 0)
    answer_json (message, 200,
                 "{\"meta\":{\"slug\":\"one\",\"folderUid\":\"prod\",\"folderTitle\":\"生产\"},"
                 "\"dashboard\":{\"uid\":\"one\",\"title\":\"One\",\"version\":3,"
                 "\"panels\":[{\"id\":1,\"type\":\"stat\",\"title\":\"S\"},"
                 "{\"id\":2,\"libraryPanel\":{\"uid\":\"l/1\",\"name\":\"L\"}},"
                 "{\"id\":3,\"libraryPanel\":{\"uid\":\"gone\",\"name\":\"G\"}}]}}");
  else if (strcmp (path, "/grafana/api/library-elements/l/1") == 0)
    answer_json (
        message, 200,
        "{\"result\":{\"uid\":\"l/1\",\"model\":{\"type\":\"gauge\",\"title\":\"Load\"}}}");
  else if (strcmp (path, "/grafana/api/dashboards/uid/new") == 0)
    answer_json (
        message, 406,
        "{\"message\":\"dashboard api version not supported, use /apis/dashboard.grafana.app/"
        "v2/namespaces/default/dashboards/new instead\"}");
  else if (strcmp (path, "/grafana/api/dashboards/uid/trap") == 0)
    answer_json (message, 406,
                 "{\"message\":\"use /apis/dashboard.grafana.app/../../admin/delete instead\"}");
  else if (strcmp (path,
                   "/grafana/apis/dashboard.grafana.app/v2/namespaces/default/dashboards/new") == 0)
    answer_json (message, 200, V2);
  else
    answer_json (message, 404, "{\"message\":\"Dashboard not found\"}");
}

static void
answer_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
           void *user_data)
{
  Fake               *fake = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  fake->n_asked++;
  g_free (fake->authorization);
  g_free (fake->org_id);
  g_free (fake->query);
  fake->authorization = g_strdup (soup_message_headers_get_one (headers, "Authorization"));
  fake->org_id = g_strdup (soup_message_headers_get_one (headers, "X-Grafana-Org-Id"));
  fake->query = g_strdup (g_uri_get_query (soup_server_message_get_uri (message)));
  if (fake->asked != NULL)
    g_cancellable_cancel (fake->asked);
  if (fake->is_silent)
    soup_server_message_pause (message);
  else if (fake->location != NULL && fake->n_asked == 1)
    soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, fake->location);
  else if (fake->status != 0)
    answer_json (message, fake->status, fake->body);
  else
    answer_path (fake, message, path, query);
}

static Fake *
fake_new_full (GTlsCertificate *certificate, SoupServerListenOptions options)
{
  Fake              *fake = g_new0 (Fake, 1);
  g_autoptr (GError) error = NULL;

  fake->server = soup_server_new ("tls-certificate", certificate, NULL);
  soup_server_add_handler (fake->server, NULL, answer_cb, fake, NULL);
  soup_server_listen_local (fake->server, 0, options, &error);
  g_assert_no_error (error);
  GSList *uris = soup_server_get_uris (fake->server);
  fake->address = g_strdup_printf ("%s://%s:%d/grafana", certificate != NULL ? "https" : "http",
                                   (options & SOUP_SERVER_LISTEN_IPV6_ONLY) != 0 ? "[::1]"
                                                                                 : "127.0.0.1",
                                   g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return fake;
}

static Fake *
fake_new (void)
{
  return fake_new_full (NULL, SOUP_SERVER_LISTEN_IPV4_ONLY);
}

static void
fake_free (Fake *fake)
{
  soup_server_disconnect (fake->server);
  g_object_unref (fake->server);
  g_free (fake->address);
  g_free (fake->authorization);
  g_free (fake->org_id);
  g_free (fake->query);
  g_free (fake);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fake, fake_free)

typedef struct {
  GMainLoop     *loop;
  GPtrArray     *found;
  ShotDashboard *dashboard;
  GError        *error;
} Answer;

static void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->found, g_ptr_array_unref);
  shot_dashboard_free (answer->dashboard);
  g_clear_error (&answer->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
found_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Answer *answer = user_data;

  answer->found = shot_grafana_search_finish (NULL, result, &answer->error);
  g_main_loop_quit (answer->loop);
}

static void
dashboard_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Answer *answer = user_data;

  answer->dashboard = shot_grafana_get_dashboard_finish (NULL, result, &answer->error);
  g_main_loop_quit (answer->loop);
}

static ShotGrafana *
client_new (const Fake *fake)
{
  g_autoptr (ShotSecret) token = shot_secret_new (TOKEN);

  return shot_grafana_new (fake->address, token, NULL, 0);
}

static void
search (ShotGrafana *grafana, const char *text, GCancellable *cancellable, Answer *out_answer)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  out_answer->loop = loop;
  if (text != NULL)
    shot_grafana_search_text_async (grafana, text, cancellable, found_cb, out_answer);
  else
    shot_grafana_search_async (grafana, cancellable, found_cb, out_answer);
  g_assert_null (out_answer->found);
  g_assert_null (out_answer->error);
  g_main_loop_run (loop);
  g_assert_true ((out_answer->found == NULL) == (out_answer->error != NULL));
}

static void
get_dashboard (ShotGrafana *grafana, const char *uid, Answer *out_answer)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  out_answer->loop = loop;
  shot_grafana_get_dashboard_async (grafana, uid, NULL, dashboard_cb, out_answer);
  g_main_loop_run (loop);
  g_assert_true ((out_answer->dashboard == NULL) == (out_answer->error != NULL));
}

static void
test_search (void)
{
  g_autoptr (Fake)        fake = fake_new ();
  g_autoptr (ShotSecret)  token = shot_secret_new (TOKEN);
  g_autofree char        *address = g_strconcat (fake->address, "//", NULL);
  g_autoptr (ShotGrafana) grafana = shot_grafana_new (address, token, NULL, 3);
  g_auto (Answer)         answer = { NULL };

  fake->n_dashboards = 2345;
  search (grafana, NULL, NULL, &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.found->len, ==, 2345);
  g_assert_cmpuint (fake->n_asked, ==, 3);
  g_assert_cmpstr (fake->authorization, ==, "Bearer " TOKEN);
  g_assert_cmpstr (fake->org_id, ==, "3");
  const ShotFoundDashboard *first = answer.found->pdata[0];
  const ShotFoundDashboard *last = answer.found->pdata[2344];
  g_assert_cmpstr (first->title, ==, "T00001");
  g_assert_cmpstr (first->uid, ==, "u2344");
  g_assert_cmpstr (first->folder, ==, "");
  g_assert_cmpstr (first->folder_uid, ==, "");
  g_assert_cmpstr (last->folder, ==, "生产");
  g_assert_cmpstr (last->folder_uid, ==, "prod");
  g_assert_cmpuint (g_strv_length (last->tags), ==, 2);
}

static void
test_search_text (void)
{
  g_autoptr (Fake)        fake = fake_new ();
  g_autoptr (ShotGrafana) grafana = client_new (fake);
  g_auto (Answer)         answer = { NULL };

  search (grafana, "a&b=节 c", NULL, &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.found->len, ==, 0);
  g_assert_nonnull (strstr (fake->query, "&query=a%26b%3D%E8%8A%82%20c"));
  g_assert_null (fake->org_id);
}

/* Grafana before it knew pages, and one with more than anybody can mean. */
static void
test_search_limits (void)
{
  g_autoptr (Fake)        fake = fake_new ();
  g_autoptr (ShotGrafana) grafana = client_new (fake);
  g_auto (Answer)         answer = { NULL };
  g_auto (Answer)         many = { NULL };

  fake->has_no_pages = true;
  fake->n_dashboards = 1000;
  search (grafana, NULL, NULL, &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.found->len, ==, 1000);
  g_assert_cmpuint (fake->n_asked, ==, 2);

  fake->has_no_pages = false;
  fake->n_dashboards = 30000;
  search (grafana, NULL, NULL, &many);
  g_assert_error (many.error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);
  g_assert_nonnull (strstr (many.error->message, "20000"));
}

static void
test_dashboard (void)
{
  g_autoptr (Fake)        fake = fake_new ();
  g_autoptr (ShotGrafana) grafana = client_new (fake);
  g_auto (Answer)         found = { NULL };
  g_auto (Answer)         one = { NULL };
  g_auto (Answer)         second = { NULL };
  g_auto (Answer)         trap = { NULL };
  g_auto (Answer)         none = { NULL };

  get_dashboard (grafana, "one", &one);
  g_assert_no_error (one.error);
  g_assert_cmpstr (one.dashboard->url, ==, "/d/one/one");
  g_assert_cmpuint (one.dashboard->panels->len, ==, 3);
  g_assert_cmpstr (((ShotDashboardPanel *) one.dashboard->panels->pdata[1])->kind, ==, "gauge");
  g_assert_cmpstr (((ShotDashboardPanel *) one.dashboard->panels->pdata[2])->title, ==, "G");

  /* Of the second schema; its folder's title is known from the search. */
  fake->n_dashboards = 2;
  search (grafana, NULL, NULL, &found);
  get_dashboard (grafana, "new", &second);
  g_assert_no_error (second.error);
  g_assert_cmpint (second.dashboard->version, ==, 4);
  g_assert_cmpstr (second.dashboard->folder, ==, "生产");

  fake->n_asked = 0;
  get_dashboard (grafana, "trap", &trap);
  g_assert_error (trap.error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);
  g_assert_cmpuint (fake->n_asked, ==, 1);

  get_dashboard (grafana, "x y?z&", &none);
  g_assert_error (none.error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (none.error->message, "x y?z&"));
}

/* What each status says, and what it says about the cure. */
static void
test_statuses (void)
{
  static const struct {
    unsigned    status;
    const char *body;
    bool        has_token;
    ShotError   code;
    const char *said;
  } rows[] = {
    { 401, "{\"message\":\"Invalid API key\"}", true, SHOT_ERROR_LOGIN, "Invalid API key" },
    { 401, "{\"message\":\"Unauthorized\"}", false, SHOT_ERROR_LOGIN, "wants a token" },
    { 403,
      "{\"accessErrorId\":\"ACE1\",\"message\":\"You'll need additional permissions to perform this "
      "action. Permissions needed: dashboards:read\",\"title\":\"Access denied\"}",
      true, SHOT_ERROR_REFUSED, "the token lacks the right dashboards:read (status 403)" },
    { 403, "{\"message\":\"x Permissions needed: folders:read, y:z\"}", true, SHOT_ERROR_REFUSED,
      "the right folders:read, y:z (" },
    { 403, "forbidden", true, SHOT_ERROR_REFUSED, "dashboards:read" },
    { 403, "", false, SHOT_ERROR_REFUSED, "not signed in" },
    { 404, "not here", true, SHOT_ERROR_DOCUMENT, "give that path, too" },
    { 429, "{\"message\":\"slow\\ndown\"}", true, SHOT_ERROR_DOCUMENT, "status 429: slow down" },
    { 500, "{\"message\":\"token glsa_abcdefghijklmnopqrstuvwxyz012345_01234567 is bad\"}", true,
      SHOT_ERROR_DOCUMENT, "status 500: token *** is bad" },
    { 503, "[[[[", true, SHOT_ERROR_DOCUMENT, "status 503" },
    { 200, "<!DOCTYPE html><title>Home</title>", true, SHOT_ERROR_DOCUMENT, "is no Grafana" },
    { 200, "{}", true, SHOT_ERROR_DOCUMENT, "is no Grafana" },
    { 200, "\"\\ud800\"", true, SHOT_ERROR_DOCUMENT, "is no Grafana" },
    { 200, "", true, SHOT_ERROR_DOCUMENT, "is no Grafana" },
    { 304, "", true, SHOT_ERROR_DOCUMENT, "status 304" },
  };
  g_autoptr (Fake)       fake = fake_new ();
  g_autoptr (ShotSecret) token = shot_secret_new (TOKEN);

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotGrafana) grafana = shot_grafana_new (fake->address,
                                                        rows[i].has_token ? token : NULL, NULL, 0);
    g_auto (Answer)         answer = { NULL };
    fake->status = rows[i].status;
    fake->body = rows[i].body;
    search (grafana, NULL, NULL, &answer);
    g_assert_error (answer.error, SHOT_ERROR, (int) rows[i].code);
    g_assert_cmpstr (strstr (answer.error->message, rows[i].said), !=, NULL);
    g_assert_null (strstr (answer.error->message, "glsa_"));
    g_assert_null (strpbrk (answer.error->message, "\r\n"));
  }
}

/* A list in place of a dashboard, and an object that is none. */
static void
test_no_dashboard (void)
{
  static const char *const bodies[] = { "[]", "{}", "{\"dashboard\":{}}", "7" };
  g_autoptr (Fake)         fake = fake_new ();
  g_autoptr (ShotGrafana)  grafana = client_new (fake);

  fake->status = 200;
  for (size_t i = 0; i < G_N_ELEMENTS (bodies); i++) {
    g_auto (Answer) answer = { NULL };
    fake->body = bodies[i];
    get_dashboard (grafana, "one", &answer);
    g_assert_error (answer.error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);
  }
}

static void
test_redirects (void)
{
  g_autoptr (Fake)        fake = fake_new ();
  g_autoptr (Fake)        other = fake_new ();
  g_autoptr (ShotGrafana) grafana = client_new (fake);
  g_auto (Answer)         near = { NULL };
  g_auto (Answer)         far = { NULL };
  g_auto (Answer)         login = { NULL };
  g_auto (Answer)         mail = { NULL };

  fake->location = "/grafana/api/dashboards/uid/one";
  get_dashboard (grafana, "moved", &near);
  g_assert_no_error (near.error);
  g_assert_cmpuint (fake->n_asked, ==, 4);
  g_assert_cmpstr (fake->authorization, ==, "Bearer " TOKEN);

  fake->n_asked = 0;
  fake->location = other->address;
  get_dashboard (grafana, "moved", &far);
  g_assert_error (far.error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);
  g_assert_nonnull (strstr (far.error->message, "leads elsewhere"));
  g_assert_cmpuint (other->n_asked, ==, 0);

  fake->n_asked = 0;
  fake->location = "mailto:x@example.invalid";
  get_dashboard (grafana, "moved", &mail);
  g_assert_error (mail.error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);

  fake->n_asked = 0;
  fake->location = "/grafana/login";
  fake->status = 200;
  fake->body = "<!DOCTYPE html>";
  get_dashboard (grafana, "one", &login);
  g_assert_error (login.error, SHOT_ERROR, SHOT_ERROR_LOGIN);
}

static void
circle_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
           void *user_data)
{
  soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, path);
}

static void
test_circle (void)
{
  g_autoptr (Fake)        fake = fake_new ();
  g_autoptr (ShotGrafana) grafana = client_new (fake);
  g_auto (Answer)         answer = { NULL };

  soup_server_add_handler (fake->server, "/grafana/api", circle_cb, NULL, NULL);
  search (grafana, NULL, NULL, &answer);
  g_assert_error (answer.error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);
  g_assert_nonnull (strstr (answer.error->message, "circle"));
}

static void
test_large (void)
{
  g_autoptr (Fake)        fake = fake_new ();
  g_autoptr (ShotGrafana) grafana = client_new (fake);
  g_auto (Answer)         answer = { NULL };
  size_t                  size = 33 * 1024 * 1024;
  g_autofree char        *text = g_malloc (size + 1);

  memset (text, ' ', size);
  text[size] = '\0';
  fake->status = 200;
  fake->body = text;
  search (grafana, NULL, NULL, &answer);
  g_assert_error (answer.error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);
  g_assert_nonnull (strstr (answer.error->message, "larger than 32 MiB"));
}

static void
test_patience (void)
{
  g_autoptr (Fake)         fake = fake_new ();
  g_autoptr (ShotGrafana)  grafana = client_new (fake);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GCancellable) early = g_cancellable_new ();
  g_auto (Answer)          late = { NULL };
  g_auto (Answer)          stopped = { NULL };
  g_auto (Answer)          never = { NULL };

  fake->is_silent = true;
  shot_grafana_set_timeout (grafana, 50);
  search (grafana, NULL, NULL, &late);
  g_assert_error (late.error, SHOT_ERROR, SHOT_ERROR_TIMEOUT);

  shot_grafana_set_timeout (grafana, 20000);
  fake->asked = cancellable;
  search (grafana, NULL, cancellable, &stopped);
  g_assert_error (stopped.error, SHOT_ERROR, SHOT_ERROR_CANCELLED);
  g_cancellable_cancel (early);
  search (grafana, NULL, early, &never);
  g_assert_error (never.error, SHOT_ERROR, SHOT_ERROR_CANCELLED);
}

static void
test_unreachable (void)
{
  g_autoptr (Fake)        fake = fake_new ();
  g_autoptr (ShotGrafana) grafana = client_new (fake);
  g_autoptr (ShotGrafana) nonsense = shot_grafana_new ("ftp://user:secretword@x", NULL, NULL, 0);
  g_auto (Answer)         gone = { NULL };
  g_auto (Answer)         none = { NULL };

  soup_server_disconnect (fake->server);
  search (grafana, NULL, NULL, &gone);
  g_assert_error (gone.error, SHOT_ERROR, SHOT_ERROR_UNREACHABLE);
  search (nonsense, NULL, NULL, &none);
  g_assert_error (none.error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_assert_null (strstr (none.error->message, "secretword"));
}

static void
test_ipv6 (void)
{
  g_autoptr (GSocket)        socket = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM,
                                                    G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GInetAddress)   loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV6);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);

  if (socket == NULL || !g_socket_bind (socket, address, FALSE, NULL)) {
    g_test_skip ("no IPv6 here");
    return;
  }
  g_autoptr (Fake)        fake = fake_new_full (NULL, SOUP_SERVER_LISTEN_IPV6_ONLY);
  g_autoptr (ShotGrafana) grafana = client_new (fake);
  g_auto (Answer)         answer = { NULL };

  fake->n_dashboards = 1;
  search (grafana, NULL, NULL, &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.found->len, ==, 1);
}

/* (transfer full): of 127.0.0.1. */
static char *
make_certificate (void)
{
  g_autofree char   *folder = g_dir_make_tmp ("grafana-XXXXXX", NULL);
  g_autofree char   *path = g_build_filename (folder, "both.pem", NULL);
  g_autofree char   *text = NULL;
  g_autoptr (GError) error = NULL;
  const char *const  argv[] = {
     "openssl", "req",   "-x509", "-newkey", "rsa:2048",
     "-nodes",  "-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1",
     "-keyout", path,    "-out",  path,      NULL
  };
  g_autoptr (GSubprocess) openssl = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                                       &error);

  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (openssl, NULL, &error));
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_unlink (path);
  g_rmdir (folder);
  return g_steal_pointer (&text);
}

static void
test_authority (void)
{
  g_autofree char            *pem = make_certificate ();
  g_autofree char            *foreign = make_certificate ();
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_pem (pem, -1, NULL);
  g_autoptr (Fake)            fake = fake_new_full (certificate,
                                                    SOUP_SERVER_LISTEN_IPV4_ONLY | SOUP_SERVER_LISTEN_HTTPS);
  g_autoptr (ShotGrafana)     trusting = shot_grafana_new (fake->address, NULL, pem, 0);
  g_autoptr (ShotGrafana)     doubting = shot_grafana_new (fake->address, NULL, NULL, 0);
  g_autoptr (ShotGrafana)     mistaken = shot_grafana_new (fake->address, NULL, foreign, 0);
  g_auto (Answer)             good = { NULL };
  g_auto (Answer)             bad = { NULL };
  g_auto (Answer)             wrong = { NULL };

  search (trusting, NULL, NULL, &good);
  g_assert_no_error (good.error);
  search (doubting, NULL, NULL, &bad);
  g_assert_error (bad.error, SHOT_ERROR, SHOT_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (bad.error->message, "as CA file"));
  search (mistaken, NULL, NULL, &wrong);
  g_assert_error (wrong.error, SHOT_ERROR, SHOT_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (wrong.error->message, "not in the CA file"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/grafana/search", test_search);
  g_test_add_func ("/grafana/search-text", test_search_text);
  g_test_add_func ("/grafana/search-limits", test_search_limits);
  g_test_add_func ("/grafana/dashboard", test_dashboard);
  g_test_add_func ("/grafana/statuses", test_statuses);
  g_test_add_func ("/grafana/no-dashboard", test_no_dashboard);
  g_test_add_func ("/grafana/redirects", test_redirects);
  g_test_add_func ("/grafana/circle", test_circle);
  g_test_add_func ("/grafana/large", test_large);
  g_test_add_func ("/grafana/patience", test_patience);
  g_test_add_func ("/grafana/unreachable", test_unreachable);
  g_test_add_func ("/grafana/ipv6", test_ipv6);
  g_test_add_func ("/grafana/authority", test_authority);
  return g_test_run ();
}
