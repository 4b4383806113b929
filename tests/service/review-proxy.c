/* review-proxy.c: the first start, lockout, and users that a proxy names */
#include "config.h"

#include <string.h>

#include "review-fixture.h"

static const char *
get_text (JsonObject *object, const char *member, const char *inner)
{
  return json_object_get_string_member (json_object_get_object_member (object, member), inner);
}

/* The secret of the link that the server has printed. */
static char *
read_link (Review *review)
{
  g_autofree char *log = NULL;
  const char      *start;

  service_wait_for_log (&review->service, "/review/setup#secret=");
  log = service_read_log (&review->service);
  start = strstr (log, "#secret=") + strlen ("#secret=");
  return g_strndup (start, strcspn (start, "\n"));
}

static void
test_first_start (void)
{
  Review           review;
  g_autofree char *secret = NULL;
  g_autofree char *body = NULL;
  g_autofree char *log = NULL;

  review_fill (&review, false);
  review_start (&review, NULL);
  secret = read_link (&review);
  g_autoptr (JsonObject) nobody = review_get (&review, NULL, 401, "session");
  g_assert_true (json_object_get_boolean_member (nobody, "setup"));
  body = g_strdup_printf ("{\"secret\":\"%s\",\"name\":\"root\",\"password\":\"" PASSWORD "\"}",
                          secret);
  g_autoptr (JsonObject) wrong = review_send (&review, NULL, 401, "POST", "setup",
                                              "{\"secret\":\"x\",\"name\":\"root\",\"password\":"
                                              "\"" PASSWORD "\"}");
  g_auto (Answer)        made = review_ask (&review, NULL, "POST", "setup", body);
  g_assert_cmpuint (made.status, ==, 201);
  g_assert_nonnull (soup_message_headers_get_one (made.headers, "Set-Cookie"));
  g_autoptr (JsonObject) object = answer_parse (&made);
  g_assert_cmpstr (get_text (object, "user", "role"), ==, "admin");
  /* Once. */
  g_autoptr (JsonObject) again = review_send (&review, NULL, 401, "POST", "setup", body);
  log = service_read_log (&review.service);
  g_assert_null (strstr (strstr (log, secret) + 1, secret));
  review_stop (&review);
}

/* A link per start, as long as there is nobody; the older one is worth nothing. */
static void
test_second_start (void)
{
  Review           review;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *body = NULL;

  review_fill (&review, false);
  review_start (&review, NULL);
  first = read_link (&review);
  service_stop (&review.service);
  review_start (&review, NULL);
  second = read_link (&review);
  g_assert_cmpstr (first, !=, second);
  body = g_strdup_printf ("{\"secret\":\"%s\",\"name\":\"root\",\"password\":\"" PASSWORD "\"}",
                          first);
  g_autoptr (JsonObject) late = review_send (&review, NULL, 401, "POST", "setup", body);
  review_stop (&review);
}

static void
test_lockout (void)
{
  Review   review;
  unsigned status = 401;

  review_fill (&review, true);
  review_start (&review, NULL);
  for (int i = 0; i < 30 && status == 401; i++) {
    g_auto (Answer) answer = review_ask (&review, NULL, "POST", "session",
                                         "{\"name\":\"vic\",\"password\":\"a wrong one, again\"}");
    status = answer.status;
    if (status == 429)
      g_assert_nonnull (soup_message_headers_get_one (answer.headers, "Retry-After"));
  }
  g_assert_cmpuint (status, ==, 429);
  /* The right one does not help any more. */
  g_autoptr (JsonObject) locked = review_send (&review, NULL, 429, "POST", "session",
                                               "{\"name\":\"vic\",\"password\":\"" PASSWORD "\"}");
  review_stop (&review);
}

static Answer
ask_as (Review *review, const char *method, const char *path, const char *user, const char *more,
        const char *body)
{
  g_autofree char  *whole = review_expand (review, path);
  g_autofree char  *header = user != NULL ? g_strconcat ("X-WEBAUTH-USER: ", user, NULL) : NULL;
  const char *const headers[] = { header != NULL ? header : "X-Nothing: 1", more, NULL };

  return service_exchange (&review->service, method, whole, headers, "application/json", body);
}

static void
test_proxy (void)
{
  static const char *const arguments[] = { "--review.auth-proxy-header",
                                           "X-WEBAUTH-USER",
                                           "--review.auth-proxy-trusted",
                                           "10.0.0.0/8,127.0.0.1",
                                           "--review.auth-proxy-role",
                                           "reviewer",
                                           NULL };
  static const char        verdict[] = "{\"verdict\":\"ok\",\"revision\":0}";
  Review                   review;
  g_autofree char         *csrf = NULL;

  review_fill (&review, true);
  review_start (&review, arguments);
  /* Somebody who was never here gets the role of such users; somebody who was, his own. */
  g_auto (Answer) new_one = ask_as (&review, "GET", "/api/v1/session", "zoë", NULL, NULL);
  g_auto (Answer) old_one = ask_as (&review, "GET", "/api/v1/session", "ada", NULL, NULL);
  g_auto (Answer) nobody = ask_as (&review, "GET", "/api/v1/session", NULL, NULL, NULL);
  g_assert_cmpuint (new_one.status, ==, 200);
  g_autoptr (JsonObject) zoe = answer_parse (&new_one);
  g_autoptr (JsonObject) ada = answer_parse (&old_one);
  g_assert_cmpstr (get_text (zoe, "user", "role"), ==, "reviewer");
  g_assert_cmpstr (get_text (ada, "user", "role"), ==, "admin");
  g_assert_cmpstr (json_object_get_string_member (zoe, "via"), ==, "proxy");
  g_assert_cmpuint (nobody.status, ==, 401);

  g_auto (Answer) bare = ask_as (&review, "PUT", "/api/v1/cells/$0/verdict", "zoë", NULL, verdict);
  g_assert_cmpuint (bare.status, ==, 403);
  csrf = g_strconcat ("X-Panelshot-CSRF: ", json_object_get_string_member (ada, "csrf"), NULL);
  g_auto (Answer) foreign = ask_as (&review, "PUT", "/api/v1/cells/$0/verdict", "zoë", csrf,
                                    verdict);
  g_assert_cmpuint (foreign.status, ==, 403);
  g_free (csrf);
  csrf = g_strconcat ("X-Panelshot-CSRF: ", json_object_get_string_member (zoe, "csrf"), NULL);
  g_auto (Answer) right = ask_as (&review, "PUT", "/api/v1/cells/$0/verdict", "zoë", csrf, verdict);
  g_assert_cmpuint (right.status, ==, 200);
  review_stop (&review);
}

/* Where the verdict came from is what the last proxy of ours says, not what the client wrote. */
static void
test_forwarded (void)
{
  static const char *const arguments[] = { "--review.auth-proxy-header", "X-WEBAUTH-USER",
                                           "--review.auth-proxy-trusted", "127.0.0.0/8", NULL };
  Review                   review;

  review_fill (&review, true);
  review_start (&review, arguments);
  g_auto (Answer)        session = ask_as (&review, "GET", "/api/v1/session", "rita", NULL, NULL);
  g_autoptr (JsonObject) object = answer_parse (&session);
  g_autofree char       *csrf = g_strconcat ("X-Panelshot-CSRF: ",
                                             json_object_get_string_member (object, "csrf"), NULL);
  g_autofree char       *path = review_expand (&review, "/api/v1/cells/$0/verdict");
  const char *const      headers[] = { "X-WEBAUTH-USER: rita", csrf,
                                       "X-Forwarded-For: 6.6.6.6, 192.0.2.7, 127.0.0.9", NULL };
  g_auto (Answer) put = service_exchange (&review.service, "PUT", path, headers, "application/json",
                                          "{\"verdict\":\"ok\",\"revision\":0}");
  g_assert_cmpuint (put.status, ==, 200);
  g_auto (Answer) list = ask_as (&review, "GET", "/api/v1/cells/$0/verdicts", "rita", NULL, NULL);
  g_assert_nonnull (strstr (list.body, "\"192.0.2.7\""));
  review_stop (&review);
}

static void
test_untrusted (void)
{
  static const char *const arguments[] = { "--review.auth-proxy-header", "X-WEBAUTH-USER",
                                           "--review.auth-proxy-trusted", "10.0.0.0/8", NULL };
  Review                   review;

  review_fill (&review, true);
  review_start (&review, arguments);
  g_auto (Answer) answer = ask_as (&review, "GET", "/api/v1/session", "ada",
                                   "X-Forwarded-For: 10.0.0.1", NULL);
  g_assert_cmpuint (answer.status, ==, 401);
  review_stop (&review);
}

/* Users who are not there stay away; and a name of the server that nobody gave it. */
static void
test_strict (void)
{
  static const char *const arguments[] = { "--review.auth-proxy-header",
                                           "X-WEBAUTH-USER",
                                           "--review.auth-proxy-trusted",
                                           "127.0.0.1",
                                           "--review.auth-proxy-role",
                                           "none",
                                           "--review.host",
                                           "127.0.0.1,shots.example",
                                           "--review.url",
                                           "https://shots.example/",
                                           NULL };
  Review                   review;

  review_fill (&review, true);
  review_start (&review, arguments);
  g_auto (Answer) stranger = ask_as (&review, "GET", "/api/v1/session", "zoë", NULL, NULL);
  g_auto (Answer) known = ask_as (&review, "GET", "/api/v1/session", "vic", NULL, NULL);
  g_auto (Answer) rebound = ask_as (&review, "GET", "/api/v1/session", "vic",
                                    "Host: evil.example:8081", NULL);
  g_auto (Answer) named = ask_as (&review, "GET", "/api/v1/session", "vic", "Host: shots.example",
                                  NULL);
  g_auto (Answer) own = ask_as (&review, "PUT", "/api/v1/cells/$0/verdict", "vic",
                                "Origin: https://shots.example", "{}");
  g_assert_cmpuint (stranger.status, ==, 401);
  g_assert_cmpuint (known.status, ==, 200);
  g_assert_cmpuint (rebound.status, ==, 403);
  g_assert_cmpuint (named.status, ==, 200);
  /* The role and the text are missing, the origin is right. */
  g_assert_null (strstr (own.body, "another page"));
  review_stop (&review);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/review/first-start", test_first_start);
  g_test_add_func ("/review/second-start", test_second_start);
  g_test_add_func ("/review/lockout", test_lockout);
  g_test_add_func ("/review/proxy", test_proxy);
  g_test_add_func ("/review/forwarded", test_forwarded);
  g_test_add_func ("/review/untrusted", test_untrusted);
  g_test_add_func ("/review/strict", test_strict);
  return g_test_run ();
}
