#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define RENDER "/render?url=http%3A%2F%2Fgrafana.example%2Fok"

static void
assert_refused (const Answer *answer, int max_wait)
{
  const char *wait = soup_message_headers_get_one (answer->headers, "Retry-After");

  g_assert_cmpuint (answer->status, ==, 429);
  g_assert_cmpstr (answer->phrase, ==, "Too Many Requests");
  g_assert_cmpstr (answer->body, ==, "server is too busy, try again later\n");
  g_assert_nonnull (wait);
  g_assert_cmpint (atoi (wait), >=, 1);
  g_assert_cmpint (atoi (wait), <=, max_wait);
}

static void
test_clients (void)
{
  const char *const environment[] = { "PANELSHOT_RATE_LIMIT_REQUESTS_PER_SECOND=0.01",
                                      "PANELSHOT_RATE_LIMIT_BURST=2", "AUTH_TOKEN=" TOKEN ",other",
                                      NULL };
  Service           service;

  service_start (&service, NULL, environment);
  for (int i = 0; i < 2; i++) {
    g_auto (Answer) answer = service_get (&service, "GET", RENDER, TOKEN, NULL);
    g_assert_cmpuint (answer.status, ==, 200);
  }
  g_auto (Answer) refused = service_get (&service, "GET", RENDER, TOKEN, NULL);
  assert_refused (&refused, 100);

  /* Another tenant, another token. */
  g_auto (Answer) tenant = service_get (&service, "GET", RENDER, TOKEN, "X-Tenant-ID: a");
  g_assert_cmpuint (tenant.status, ==, 200);
  g_auto (Answer) token = service_get (&service, "GET", RENDER, "other", NULL);
  g_assert_cmpuint (token.status, ==, 200);
  g_auto (Answer) again = service_get (&service, "GET", RENDER, TOKEN, NULL);
  assert_refused (&again, 100);

  /* Who is still told first, and so is where to; what is no render is free. */
  static const struct {
    const char *path;
    const char *token;
    unsigned    status;
  } rows[] = {
    { RENDER, "wrong", 401 },
    { "/render?url=file:///x", TOKEN, 403 },
    { "/render?url=http://g/ok&width=x", TOKEN, 429 },
    { "/render/version", NULL, 200 },
    { "/version", NULL, 200 },
    { "/healthz", NULL, 200 },
    { "/readyz", NULL, 200 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (Answer) answer = service_get (&service, "GET", rows[i].path, rows[i].token, NULL);
    g_test_message ("%s", rows[i].path);
    g_assert_cmpuint (answer.status, ==, rows[i].status);
  }
  service_stop (&service);
}

/* What is refused for another reason uses nothing up. */
static void
test_refusals_are_free (void)
{
  const char *const environment[] = { "PANELSHOT_RATE_LIMIT_REQUESTS_PER_SECOND=0.01",
                                      "PANELSHOT_RATE_LIMIT_BURST=1", NULL };
  Service           service;

  service_start (&service, NULL, environment);
  for (int i = 0; i < 5; i++) {
    g_auto (Answer) scheme = service_get (&service, "GET", "/render?url=file:///x", TOKEN, NULL);
    g_assert_cmpuint (scheme.status, ==, 403);
    g_auto (Answer) stranger = service_get (&service, "GET", RENDER, "wrong", NULL);
    g_assert_cmpuint (stranger.status, ==, 401);
  }
  g_auto (Answer) answer = service_get (&service, "GET", RENDER, TOKEN, NULL);
  g_assert_cmpuint (answer.status, ==, 200);
  service_stop (&service);
}

static void
test_off (void)
{
  Service service;

  service_start (&service, NULL, NULL);
  for (int i = 0; i < 30; i++) {
    g_auto (Answer) answer = service_get (&service, "GET", RENDER, TOKEN, NULL);
    g_assert_cmpuint (answer.status, ==, 200);
  }
  service_stop (&service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/limits/clients", test_clients);
  g_test_add_func ("/limits/refusals-are-free", test_refusals_are_free);
  g_test_add_func ("/limits/off", test_off);
  return g_test_run ();
}
