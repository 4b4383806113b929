#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "fixture.h"

#define URL "http://grafana.example/"
#define RENDER "/render?url=http%3A%2F%2Fgrafana.example%2F"
#define HOST "Host: x\r\n"
#define GET "GET /healthz HTTP/1.1\r\n" HOST
#define N_CLIENTS 200

/* What one bad client does. */
typedef enum {
  SLOW_HEADERS,
  HALF_BODY,
  EARLY_HANG_UP,
  LONG_HEADERS,
  SILENCE,
  ENDLESS_CHUNKS,
  RESET,
  NO_READING,
  N_KINDS,
} Kind;

static int
connect_to (Service *service)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1",
                                                                              service->port);
  struct sockaddr_in         native;
  int                        fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_true (g_socket_address_to_native (address, &native, sizeof native, NULL));
  g_assert_cmpint (connect (fd, (struct sockaddr *) &native, sizeof native), ==, 0);
  return fd;
}

/* As much as the server takes. */
static void
send_bytes (int fd, const void *bytes, size_t length)
{
  const char *at = bytes;

  while (length > 0) {
    ssize_t part = send (fd, at, length, MSG_NOSIGNAL);
    if (part <= 0)
      return;
    at += part;
    length -= (size_t) part;
  }
}

static void
send_text (int fd, const char *text)
{
  send_bytes (fd, text, strlen (text));
}

/* The beginning of what the server says until it ends the connection. (transfer full) */
static char *
read_to_end (int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char                buffer[4096];
  ssize_t             length;

  while ((length = recv (fd, buffer, sizeof buffer, 0)) > 0)
    g_string_append_len (text, buffer, length);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Requests that nobody sends by accident: each gets its clear answer, and none its way. */
static void
test_odd_requests (void)
{
  static const struct {
    const char *text;
    size_t      length; /* 0: of the text */
    const char *answer; /* "" for a connection that is closed without a word */
  } rows[] = {
    { GET "\r\n", 0, "HTTP/1.1 200" },
    { "GET /healthz HTTP/1.0\r\n\r\n", 0, "HTTP/1.0 200" },
    { "GET /healthz HTTP/1.1\r\n\r\n", 0, "HTTP/1.1 400" },
    { "GET /healthz\r\n\r\n", 0, "HTTP/1.0 400" },
    { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, "HTTP/1.0 505" },
    { "GET http://x/healthz HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 200" },
    { "GET https://x/healthz HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 400" },
    { "GET ftp://x/healthz HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 400" },
    { "GET healthz HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 400" },
    { "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 404" },
    { "GET * HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 404" },
    { "CONNECT x:443 HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 405" },
    { "BREW / HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 405" },
    { "get / HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 405" },
    { "GET /a\0b HTTP/1.1\r\n" HOST "\r\n", sizeof "GET /a\0b HTTP/1.1\r\n" HOST "\r\n" - 1,
      "HTTP/1.1 400" },
    { GET "A: b\0c\r\n\r\n", sizeof GET "A: b\0c\r\n\r\n" - 1, "HTTP/1.1 400" },
    { "GET /healthz%00x HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 400" },
    { "GET /%zz HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 400" },
    { "GET /% HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 400" },
    { "GET /%ff%fe HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 404" },
    { "GET /\xff\xfe HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 404" },
    { "GET /demo/../../etc/passwd HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 404" },
    { "GET /demo/%2e%2e%2f%2e%2e/etc/passwd HTTP/1.1\r\n" HOST "\r\n", 0, "HTTP/1.1 400" },
    { GET "Host: y\r\n\r\n", 0, "HTTP/1.1 400" },
    { "GET / HTTP/1.1\r\nHost: a/b@c:99999\r\n\r\n", 0, "HTTP/1.1 400" },
    { "GET / HTTP/1.1\r\nHost: [::\r\n\r\n", 0, "HTTP/1.1 400" },
    /* Ours is the first; what else is there is not looked at. */
    { GET "\r\n" GET "\r\n" GET "\r\n", 0, "HTTP/1.1 200" },
    { GET "\r\njunk\0junk", sizeof GET "\r\njunk\0junk" - 1, "HTTP/1.1 200" },
    { GET "Content-Length: 3\r\n\r\nabc", 0, "HTTP/1.1 200" },
    { GET "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 0, "HTTP/1.1 400" },
    { GET "Content-Length: -5\r\n\r\nabc", 0, "HTTP/1.1 400" },
    { GET "Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n", 0, "HTTP/1.1 413" },
    { GET "Expect: 100-continue\r\nContent-Length: 99999999999999999999\r\n\r\n", 0,
      "HTTP/1.1 400" },
    { GET "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 0, "HTTP/1.1 413" },
    { GET "Transfer-Encoding: gzip\r\n\r\nx", 0, "HTTP/1.1 501" },
    { GET "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, "HTTP/1.1 400" },
    { GET "Content-Length: 4\r\nContent-Length: 3\r\n\r\nabc", 0, "HTTP/1.1 400" },
    { GET "Range: bytes=0-0,1-1\r\n\r\n", 0, "HTTP/1.1 200" },
    { GET "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 0, "HTTP/1.1 200" },
    /* Empty lines in front are nothing, and nothing gets past us by them. */
    { "\r\n" GET "\r\n", 0, "HTTP/1.1 200" },
    { "\n" GET "\r\n", 0, "HTTP/1.1 200" },
    { "\r\n\r\n" GET "\r\n", 0, "HTTP/1.1 200" },
    { "\r\n\r\n" GET "Host: y\r\n\r\n", 0, "HTTP/1.1 400" },
    { "\n\n" GET "Content-Length: -5\r\n\r\nabc", 0, "HTTP/1.1 400" },
    { "\r\n\r\n" GET "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0,
      "HTTP/1.1 400" },
    { "\r\n\r\n" GET "Transfer-Encoding: gzip\r\n\r\nx", 0, "HTTP/1.1 501" },
    { "\r\n\r\n\r\n\r\n\r\n", 0, "HTTP/1.1 400" },
  };
  Service service;

  service_start (&service, NULL, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    int fd = connect_to (&service);

    g_autofree char *shown = g_strescape (rows[i].text, NULL);
    g_test_message ("%s", shown);
    send_bytes (fd, rows[i].text, rows[i].length > 0 ? rows[i].length : strlen (rows[i].text));
    g_autofree char *answer = read_to_end (fd);
    close (fd);
    g_test_message ("> %s", answer);
    g_assert_true (g_str_has_prefix (answer, rows[i].answer));
    /* One request, one answer. */
    g_assert_true (g_strrstr (answer, "HTTP/1.") == answer);
  }
  service_stop (&service);
}

static void
test_long_headers (void)
{
#define TOO_LARGE "HTTP/1.1 431 Request Header Fields Too Large\r\n"
#define TOO_LONG "HTTP/1.1 414 URI Too Long\r\n"
  static const struct {
    size_t      length;
    const char *answers[2]; /* to a long header, after empty lines too; to a long request line */
  } rows[] = {
    { 60000, { "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n" } },
    { 70000, { TOO_LARGE, TOO_LONG } },
    { 20000000, { TOO_LARGE, TOO_LONG } },
  };
  Service service;

  service_start (&service, NULL, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char  *filler = g_strnfill (rows[i].length, 'a');
    g_autofree char  *header = g_strconcat (GET "A: ", filler, "\r\n\r\n", NULL);
    g_autofree char  *line = g_strconcat ("GET /healthz?", filler, " HTTP/1.1\r\n" HOST "\r\n",
                                          NULL);
    g_autofree char  *later = g_strconcat ("\r\n\r\n", header, NULL);
    const char *const texts[] = { header, line, later };

    for (size_t j = 0; j < G_N_ELEMENTS (texts); j++) {
      int fd = connect_to (&service);
      send_text (fd, texts[j]);
      g_autofree char *answer = read_to_end (fd);
      close (fd);
      g_assert_true (g_str_has_prefix (answer, rows[i].answers[j % 2]));
    }
  }
  service_stop (&service);
}

static unsigned
count_descriptors (Service *service)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/fd",
                                           g_subprocess_get_identifier (service->process));
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  unsigned         count = 0;

  g_assert_nonnull (folder);
  while (g_dir_read_name (folder) != NULL)
    count++;
  return count;
}

/* @field: of /proc/PID/status, such as "VmRSS:". */
static long
read_memory_kib (Service *service, const char *field)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/status",
                                           g_subprocess_get_identifier (service->process));
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  const char *line = strstr (text, field);
  g_assert_nonnull (line);
  return strtol (line + strlen (field), NULL, 10);
}

/* A server whose memory can be measured: a sanitised one would keep what it has freed. */
static void
start_lean (Service *service, const char *const *arguments)
{
  const char       *asan = g_getenv ("ASAN_OPTIONS");
  g_autofree char  *setting = g_strconcat ("ASAN_OPTIONS=", asan != NULL ? asan : "",
                                           ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0",
                                           NULL);
  const char *const environment[] = { setting, NULL };

  service_start (service, arguments, environment);
}

/* A bad client; -1 when it has left already. */
static int
attack (Service *service, Kind kind)
{
  static char         filler[70000];
  const struct linger at_once = { 1, 0 };
  int                 fd = connect_to (service);

  memset (filler, 'a', sizeof filler);
  switch (kind) {
  case SLOW_HEADERS:
    send_text (fd, "GET /healthz HTTP/1.1\r\nA: ");
    return fd;
  case HALF_BODY:
    send_text (fd, GET "Content-Length: 60000\r\n\r\nhalf");
    return fd;
  case ENDLESS_CHUNKS:
    send_text (fd, GET "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    return fd;
  case LONG_HEADERS:
    send_text (fd, GET "A: ");
    send_bytes (fd, filler, sizeof filler);
    return fd;
  case SILENCE:
    return fd;
  case NO_READING:
    send_text (fd, "GET " RENDER "ok HTTP/1.1\r\n" HOST "X-Auth-Token: " TOKEN "\r\n\r\n");
    return fd;
  case EARLY_HANG_UP:
    send_text (fd, "GET " RENDER "stuck HTTP/1.1\r\n" HOST "X-Auth-Token: " TOKEN "\r\n\r\n");
    break;
  case RESET:
    send_text (fd, GET);
    setsockopt (fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    break;
  case N_KINDS:
    g_assert_not_reached ();
  }
  close (fd);
  return -1;
}

/* Lets the slow ones say one more letter. Returns how many connections the server has not ended. */
static unsigned
go_on (int *fds)
{
  unsigned left = 0;
  char     buffer[4096];

  for (int i = 0; i < N_CLIENTS; i++) {
    if (fds[i] < 0)
      continue;
    if (i % N_KINDS == SLOW_HEADERS)
      send_text (fds[i], "a");
    else if (i % N_KINDS == ENDLESS_CHUNKS)
      send_text (fds[i], "1\r\na\r\n");
    ssize_t length = recv (fds[i], buffer, sizeof buffer, MSG_DONTWAIT);
    if (length == 0 || (length < 0 && errno != EAGAIN)) {
      close (fds[i]);
      fds[i] = -1;
    } else {
      left++;
    }
  }
  return left;
}

/* One render of a good client, which must not feel the others: its time is mostly that of a loaded
 * test machine, and far below the ten seconds for which the bad ones stay. */
static void
render_in_time (Service *service)
{
  int64_t         started_us = g_get_monotonic_time ();
  g_auto (Answer) answer = service_render (service, URL "slow/20", "");

  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_cmpint (g_get_monotonic_time () - started_us, <, 3 * G_USEC_PER_SEC);
}

/* Bodies that nobody wants are read, for their senders to see the answer, but never kept. */
static void
test_refused_bodies (void)
{
#define BIG "Content-Length: 67108864\r\n\r\n"
#define JSON "Content-Type: application/json\r\n"
#define WITH_TOKEN "X-Auth-Token: " TOKEN "\r\n"
  static const struct {
    const char *head;
    const char *answer;
  } rows[] = {
    { "POST /render HTTP/1.1\r\n" HOST JSON BIG, "HTTP/1.1 401" },
    { "POST /render HTTP/1.1\r\n" HOST WITH_TOKEN BIG, "HTTP/1.1 415" },
    { "POST /render HTTP/1.1\r\n" HOST WITH_TOKEN JSON BIG, "HTTP/1.1 413" },
    { "POST /healthz HTTP/1.1\r\n" HOST BIG, "HTTP/1.1 413" },
    { "POST /nowhere HTTP/1.1\r\n" HOST BIG, "HTTP/1.1 413" },
    /* libsoup refuses these, before we are asked. */
    { "POST https://x/render HTTP/1.1\r\n" HOST BIG, "HTTP/1.1 400" },
    { "POST render HTTP/1.1\r\n" HOST BIG, "HTTP/1.1 400" },
  };
  const size_t     length = 67108864;
  g_autofree char *body = g_strnfill (length, 'a');
  Service          service;

  start_lean (&service, NULL);
  render_in_time (&service);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    long peak_kib = read_memory_kib (&service, "VmHWM:");
    int  fd = connect_to (&service);
    send_text (fd, rows[i].head);
    send_bytes (fd, body, length);
    g_autofree char *answer = read_to_end (fd);
    close (fd);
    g_test_message ("%s> %s%ld > %ld KiB", rows[i].head, answer, peak_kib,
                    read_memory_kib (&service, "VmHWM:"));
    g_assert_true (g_str_has_prefix (answer, rows[i].answer));
    g_assert_cmpint (read_memory_kib (&service, "VmHWM:"), <, peak_kib + 8192);
  }
  service_stop (&service);
}

/* Two hundred bad clients at once, until the server is rid of the last, or for some renders. */
static void
besiege (Service *service, unsigned max_renders)
{
  int      fds[N_CLIENTS];
  unsigned left = 0;
  unsigned renders = 0;

  for (int i = 0; i < N_CLIENTS; i++)
    fds[i] = attack (service, (Kind) (i % N_KINDS));
  do {
    render_in_time (service);
    left = go_on (fds);
  } while (left > 0 && ++renders < max_renders);
  for (int i = 0; i < N_CLIENTS; i++) {
    if (fds[i] >= 0)
      close (fds[i]);
  }
}

static unsigned
count_in_log (Service *service, const char *text)
{
  g_autofree char *log = service_read_log (service);
  unsigned         count = 0;

  for (const char *at = strstr (log, text); at != NULL; at = strstr (at + 1, text))
    count++;
  return count;
}

/* The good client is served all the time, and nothing stays behind. */
static void
test_siege (void)
{
  const char *const arguments[] = { "--concurrency", "4", "--queue", "300", NULL };
  int64_t           started_us = g_get_monotonic_time ();
  Service           service;

  start_lean (&service, arguments);
  /* A first siege fills malloc's pools and libsoup's tables; what the second adds is a leak. */
  besiege (&service, 20);
  render_in_time (&service);
  unsigned descriptors = count_descriptors (&service);
  long     rss_kib = read_memory_kib (&service, "VmRSS:");
  besiege (&service, G_MAXUINT);
  render_in_time (&service);
  g_test_message ("descriptors %u > %u, RSS %ld > %ld KiB, %.1f s", descriptors,
                  count_descriptors (&service), rss_kib, read_memory_kib (&service, "VmRSS:"),
                  (double) (g_get_monotonic_time () - started_us) / G_USEC_PER_SEC);
  g_assert_cmpuint (count_descriptors (&service), <=, descriptors + 2);
  g_assert_cmpint (read_memory_kib (&service, "VmRSS:"), <=, rss_kib + 4096);
  g_assert_cmpuint (count_in_log (&service, "level=warning"), ==, 0);
  service_stop (&service);
}

/* Clients that leave take their renders with them within a second, those that wait included. */
static void
test_cancel (void)
{
  const char *const  arguments[] = { "--concurrency", "4",     "--queue", "100",
                                     "--log-level",   "debug", NULL };
  GSocketConnection *connections[40];
  Service            service;

  service_start (&service, arguments, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (connections); i++)
    connections[i] = service_send_raw (&service, RENDER "stuck");
  for (int i = 0; i < 1000 && count_in_log (&service, "queued > running") < 4; i++)
    g_usleep (10000);
  int64_t left_us = g_get_monotonic_time ();
  for (size_t i = 0; i < G_N_ELEMENTS (connections); i++)
    g_object_unref (connections[i]);
  while (count_in_log (&service, "outcome=cancelled") < G_N_ELEMENTS (connections)) {
    g_assert_cmpint (g_get_monotonic_time () - left_us, <, 10 * G_USEC_PER_SEC);
    g_usleep (10000);
  }
  render_in_time (&service);
  service_stop (&service);
}

/* More connections than the server may have descriptors: the idle ones make way in time, so
 * pictures and engines still get theirs. */
static void
test_descriptors (void)
{
  int           fds[300];
  struct rlimit before;
  struct rlimit low;
  Service       service;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  low = before;
  low.rlim_cur = 128;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &low), ==, 0);
  service_start (&service, NULL, NULL);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (fds); i++) {
    fds[i] = connect_to (&service);
    if (i % 50 == 0)
      render_in_time (&service);
  }
  render_in_time (&service);
  g_assert_cmpuint (count_descriptors (&service), <, 128);
  g_assert_cmpuint (count_in_log (&service, "cannot accept"), ==, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  service_stop (&service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/abuse/odd-requests", test_odd_requests);
  g_test_add_func ("/abuse/long-headers", test_long_headers);
  g_test_add_func ("/abuse/refused-bodies", test_refused_bodies);
  g_test_add_func ("/abuse/siege", test_siege);
  g_test_add_func ("/abuse/cancel", test_cancel);
  g_test_add_func ("/abuse/descriptors", test_descriptors);
  return g_test_run ();
}
