/* review.c: the API of the review page, as it is asked by those who may and those who may not */
#include "config.h"

#include <string.h>

#include "review-fixture.h"
#include "review.h"

#define JSON "application/json"

static Review review;
static Person ada;
static Person rita;
static Person vic;

static const char *
get_header (const Answer *answer, const char *name)
{
  return soup_message_headers_get_one (answer->headers, name);
}

/* ---- Who */

static void
test_session (void)
{
  g_autoptr (JsonObject) nobody = review_get (&review, NULL, 401, "session");
  g_autoptr (JsonObject) somebody = review_get (&review, &rita, 200, "session");
  JsonObject            *user = json_object_get_object_member (somebody, "user");

  g_assert_false (json_object_get_boolean_member (nobody, "setup"));
  g_assert_cmpstr (json_object_get_string_member (user, "name"), ==, "rita");
  g_assert_cmpstr (json_object_get_string_member (user, "role"), ==, "reviewer");
  g_assert_cmpstr (json_object_get_string_member (somebody, "via"), ==, "password");
  g_assert_true (g_str_has_suffix (rita.csrf, json_object_get_string_member (somebody, "csrf")));
}

static void
test_cookie (void)
{
  g_auto (Answer) answer = review_ask (&review, NULL, "POST", "session",
                                       "{\"name\":\"vic\",\"password\":\"" PASSWORD "\"}");
  const char     *cookie = get_header (&answer, "Set-Cookie");

  g_assert_nonnull (strstr (cookie, "; HttpOnly"));
  g_assert_nonnull (strstr (cookie, "; SameSite=Strict"));
  g_assert_nonnull (strstr (cookie, "; Path=/;"));
  g_assert_null (strstr (cookie, "Secure"));
  g_assert_cmpstr (get_header (&answer, "Cache-Control"), ==, "no-store");
}

static void
test_sign_out (void)
{
  g_auto (Person)        person = { 0 };
  g_autoptr (JsonObject) none = NULL;

  person_sign_in (&person, &review, "vic");
  g_autoptr (JsonObject) runs = review_get (&review, &person, 200, "runs");
  g_auto (Answer)        out = review_ask (&review, &person, "DELETE", "session", NULL);
  g_assert_cmpuint (out.status, ==, 204);
  g_assert_nonnull (strstr (get_header (&out, "Set-Cookie"), "Max-Age=0"));
  none = review_get (&review, &person, 401, "runs");
}

typedef struct {
  const char *name;
  const char *header; /* instead of the person's own X-Panelshot-CSRF, or beside it */
  const char *type;
  unsigned    status;
} Forgery;

static void
test_forgery (void)
{
  g_autofree char *origin = g_strdup_printf ("Origin: http://127.0.0.1:%u", review.service.port);
  g_autofree char *mixed = g_strconcat (origin, ".evil.example", NULL);
  const Forgery    rows[] = {
       { "none", NULL, JSON, 403 },
       { "wrong", "X-Panelshot-CSRF: 00", JSON, 403 },
       { "of another", vic.csrf, JSON, 403 },
       { "as a form", rita.csrf, "text/plain", 415 },
       { "as another form", rita.csrf, "application/x-www-form-urlencoded", 415 },
       { "right", rita.csrf, JSON, 200 },
       { "right with more", rita.csrf, "application/json; charset=utf-8", 200 },
  };
  const struct {
    const char *origin;
    unsigned    status;
  } origins[] = {
    { origin, 200 },
    { mixed, 403 },
    { "Origin: http://evil.example", 403 },
    { "Origin: null", 403 },
  };
  const char      *body = "{\"verdict\":\"none\",\"severity\":\"none\",\"revision\":0}";
  g_autofree char *path = review_expand (&review, "/api/v1/cells/$3/verdict");

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    const char *const headers[] = { rita.cookie, rows[i].header, NULL };
    g_auto (Answer) answer = service_exchange (&review.service, "PUT", path, headers, rows[i].type,
                                               "{}");
    g_test_message ("%s: %u %s", rows[i].name, answer.status, answer.body);
    g_assert_cmpuint (answer.status, ==, rows[i].status == 200 ? 400 : rows[i].status);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (origins); i++) {
    const char *const headers[] = { rita.cookie, rita.csrf, origins[i].origin, NULL };
    g_auto (Answer)   answer = service_exchange (&review.service, "PUT", path, headers, JSON, "{}");
    g_test_message ("%s: %u %s", origins[i].origin, answer.status, answer.body);
    g_assert_cmpuint (answer.status, ==, origins[i].status == 200 ? 400 : 403);
  }
  g_assert_nonnull (body);
}

static void
test_token (void)
{
  g_auto (Person)        script = { 0 };
  g_autoptr (JsonObject) made = review_send (&review, &ada, 201, "POST", "tokens",
                                             "{\"name\":\"ci\",\"role\":\"reviewer\"}");
  g_autoptr (JsonObject) session = NULL;
  g_autoptr (JsonObject) list = NULL;
  g_autoptr (JsonObject) refused = NULL;
  g_autoptr (JsonObject) gone = NULL;
  g_autofree char       *path = g_strdup_printf ("tokens/%" G_GINT64_FORMAT,
                                                 json_object_get_int_member (made, "id"));

  g_assert_true (g_str_has_prefix (json_object_get_string_member (made, "token"), "pst_"));
  script.token = g_strdup_printf ("Authorization: Bearer %s",
                                  json_object_get_string_member (made, "token"));
  session = review_get (&review, &script, 200, "session");
  g_assert_cmpstr (json_object_get_string_member (session, "via"), ==, "token");
  /* No anti-forgery text, but the same rights. */
  refused = review_send (&review, &script, 403, "POST", "tokens",
                         "{\"name\":\"more\",\"role\":\"admin\"}");
  g_autoptr (JsonObject) bad = review_send (&review, &script, 400, "PUT", "cells/$3/verdict", "{}");
  list = review_get (&review, &ada, 200, "tokens");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (list, "tokens")), ==, 1);
  g_assert_false (json_object_has_member (
      json_array_get_object_element (json_object_get_array_member (list, "tokens"), 0), "token"));

  g_auto (Answer) removed = review_ask (&review, &ada, "DELETE", path, NULL);
  g_assert_cmpuint (removed.status, ==, 204);
  gone = review_get (&review, &script, 401, "runs");
}

static void
test_people (void)
{
  g_auto (Person)        eve = { 0 };
  g_autoptr (JsonObject) made = review_send (&review, &ada, 201, "POST", "users",
                                             "{\"name\":\"eve/x\",\"role\":\"viewer\","
                                             "\"password\":\"" PASSWORD "\"}");
  g_autoptr (JsonObject) twice = review_send (&review, &ada, 409, "POST", "users",
                                              "{\"name\":\"eve/x\",\"role\":\"viewer\"}");
  g_autoptr (JsonObject) raised = NULL;
  g_autoptr (JsonObject) runs = NULL;
  g_autoptr (JsonObject) out = NULL;
  g_autoptr (JsonObject) list = NULL;

  person_sign_in (&eve, &review, "eve/x");
  raised = review_send (&review, &ada, 200, "PATCH", "users/eve%2Fx", "{\"role\":\"reviewer\"}");
  g_assert_cmpstr (json_object_get_string_member (raised, "role"), ==, "reviewer");
  /* What is refused in part is refused whole. */
  g_autoptr (JsonObject) weak = review_send (&review, &ada, 400, "PATCH", "users/eve%2Fx",
                                             "{\"role\":\"admin\",\"password\":\"short\"}");
  g_autoptr (JsonObject) session = review_get (&review, &eve, 200, "session");
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (session, "user"),
                                                  "role"),
                   ==, "reviewer");
  runs = review_get (&review, &eve, 200, "runs");
  g_autoptr (JsonObject) off = review_send (&review, &ada, 200, "PATCH", "users/eve%2Fx",
                                            "{\"disabled\":true}");
  out = review_get (&review, &eve, 401, "runs");
  list = review_get (&review, &ada, 200, "users");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (list, "users")), >=, 4);
  /* Somebody has to be left who can. */
  g_autoptr (JsonObject) last = review_send (&review, &ada, 403, "PATCH", "users/ada",
                                             "{\"role\":\"viewer\"}");
}

static void
test_password (void)
{
  g_auto (Person)        person = { 0 };
  g_autoptr (JsonObject) wrong = NULL;
  g_autoptr (JsonObject) weak = NULL;
  g_autoptr (JsonObject) old = NULL;

  person_sign_in (&person, &review, "vic");
  wrong = review_send (&review, &person, 401, "PUT", "session/password",
                       "{\"old\":\"not this one\",\"new\":\"" PASSWORD "\"}");
  weak = review_send (&review, &person, 400, "PUT", "session/password",
                      "{\"old\":\"" PASSWORD "\",\"new\":\"short\"}");
  g_auto (Answer) changed = review_ask (&review, &person, "PUT", "session/password",
                                        "{\"old\":\"" PASSWORD "\",\"new\":\"" PASSWORD "\"}");
  g_assert_cmpuint (changed.status, ==, 204);
  g_assert_nonnull (get_header (&changed, "Set-Cookie"));
  old = review_get (&review, &person, 401, "runs");
  person_sign_in (&vic, &review, "vic");
}

/* ---- What is refused, row by row */

typedef enum {
  NOBODY,
  VIC,
  RITA,
  ADA
} Who;

typedef struct {
  Who         who;
  const char *method;
  const char *path;
  const char *body;
  unsigned    status;
  const char *code;
} Row;

static const Row rows[] = {
  /* Nobody reads anything. */
  { NOBODY, "GET", "runs", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "runs/$R", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "runs/999", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "runs/$R/cells", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "cells/$0", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "cells/$0/picture", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "cells/$0/thumbnail", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "cells/$0/data", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "objects/$P", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "history?cell=$0", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "plans", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "events", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "users", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "tokens", NULL, 401, "unauthorized" },
  { NOBODY, "GET", "archive", NULL, 401, "unauthorized" },
  { NOBODY, "PUT", "cells/$0/verdict", "{\"verdict\":\"ok\",\"revision\":0}", 401, "unauthorized" },
  { NOBODY, "POST", "runs/$R/signoff", "{\"count\":0}", 401, "unauthorized" },
  { NOBODY, "POST", "session", "{\"name\":\"ada\",\"password\":\"wrong one, really\"}", 401,
    "unauthorized" },
  { NOBODY, "POST", "session", "{\"name\":\"nobody\",\"password\":\"wrong one, really\"}", 401,
    "unauthorized" },
  { NOBODY, "POST", "session", "{\"name\":\"ada\"}", 400, "usage" },
  { NOBODY, "POST", "session", "{\"name\":\"ada\",\"password\":\"x\",\"more\":1}", 400, "usage" },
  { NOBODY, "POST", "session", "[]", 400, "usage" },
  { NOBODY, "POST", "session", "", 400, "usage" },
  { NOBODY, "POST", "setup", "{\"secret\":\"x\",\"name\":\"e\",\"password\":\"" PASSWORD "\"}", 401,
    "unauthorized" },
  { NOBODY, "DELETE", "session", NULL, 401, "unauthorized" },
  /* Roles. */
  { VIC, "PUT", "cells/$0/verdict", "{\"verdict\":\"ok\",\"revision\":0}", 403, "refused" },
  { VIC, "POST", "runs/$R/verdicts", "{\"verdict\":\"ok\",\"count\":1,\"filter\":{}}", 403,
    "refused" },
  { VIC, "POST", "runs/$R/signoff", "{\"count\":0}", 403, "refused" },
  { VIC, "POST", "runs/$R/retry", "{}", 403, "refused" },
  { VIC, "POST", "runs/$R/cells", "{\"cell\":$0,\"from\":1,\"to\":2}", 403, "refused" },
  { VIC, "POST", "runs", "{\"plan\":\"daily\"}", 403, "refused" },
  { RITA, "POST", "runs", "{\"plan\":\"daily\"}", 403, "refused" },
  { RITA, "GET", "users", NULL, 403, "refused" },
  { RITA, "POST", "users", "{\"name\":\"x\",\"role\":\"admin\"}", 403, "refused" },
  { RITA, "PATCH", "users/rita", "{\"role\":\"admin\"}", 403, "refused" },
  { RITA, "GET", "tokens", NULL, 403, "refused" },
  { RITA, "POST", "tokens", "{\"name\":\"x\",\"role\":\"viewer\"}", 403, "refused" },
  { RITA, "DELETE", "tokens/1", NULL, 403, "refused" },
  /* Foreign and strange ids. */
  { VIC, "GET", "runs/999", NULL, 404, "not-found" },
  { VIC, "GET", "runs/999/cells", NULL, 404, "not-found" },
  { VIC, "GET", "runs/99999999999999999999", NULL, 404, "not-found" },
  { VIC, "GET", "runs/-1", NULL, 404, "not-found" },
  { VIC, "GET", "runs/1x", NULL, 404, "not-found" },
  { VIC, "GET", "runs/%00", NULL, 0, NULL },
  { VIC, "GET", "runs/$R/manifest", NULL, 404, "not-found" },
  { VIC, "GET", "cells/999", NULL, 404, "not-found" },
  { VIC, "GET", "cells/999/picture", NULL, 404, "not-found" },
  { VIC, "GET", "cells/999/verdicts", NULL, 404, "not-found" },
  { VIC, "GET", "cells/$4/picture", NULL, 404, "not-found" },
  { VIC, "GET", "cells/$5/thumbnail", NULL, 404, "not-found" },
  { VIC, "GET", "cells/$5/data", NULL, 404, "not-found" },
  { VIC, "GET", "cells/$5/panel", NULL, 404, "not-found" },
  { VIC, "GET", "cells/$0/difference?with=previous", NULL, 404, "not-found" },
  { VIC, "GET", "cells/$0/data?format=json&frame=7", NULL, 404, "not-found" },
  { VIC, "GET", "objects/../../archive.db", NULL, 0, NULL },
  { VIC, "GET", "objects/..%2F..%2Farchive.db", NULL, 0, NULL },
  { VIC, "GET", "objects/0000000000000000000000000000000000000000000000000000000000000000", NULL,
    404, "not-found" },
  { VIC, "GET", "history?cell=999", NULL, 404, "not-found" },
  { VIC, "GET", "events?run=999", NULL, 404, "not-found" },
  { VIC, "GET", "nowhere", NULL, 404, "not-found" },
  { RITA, "PUT", "cells/999/verdict", "{\"verdict\":\"ok\",\"revision\":0}", 404, "not-found" },
  { RITA, "POST", "runs/999/verdicts", "{\"verdict\":\"ok\",\"count\":1,\"filter\":{}}", 404,
    "not-found" },
  { RITA, "POST", "runs/999/signoff", "{\"count\":0}", 404, "not-found" },
  { RITA, "POST", "runs/999/retry", "{}", 404, "not-found" },
  { RITA, "POST", "runs/$R/cells", "{\"cell\":$X,\"from\":1,\"to\":2}", 404, "not-found" },
  { RITA, "POST", "runs/$R/cells", "{\"cell\":999,\"from\":1,\"to\":2}", 404, "not-found" },
  { ADA, "PATCH", "users/nobody", "{\"role\":\"viewer\"}", 404, "not-found" },
  { ADA, "DELETE", "tokens/999", NULL, 404, "not-found" },
  /* Without --plans nothing is captured. */
  { ADA, "POST", "runs", "{\"plan\":\"daily\"}", 404, "not-found" },
  { RITA, "POST", "runs/$R/cells", "{\"cell\":$0,\"from\":1,\"to\":2}", 404, "not-found" },
  /* Huge pages and wrong words. */
  { VIC, "GET", "runs?limit=0", NULL, 400, "usage" },
  { VIC, "GET", "runs?limit=1000", NULL, 400, "usage" },
  { VIC, "GET", "runs?limit=x", NULL, 400, "usage" },
  { VIC, "GET", "runs?before=-1", NULL, 400, "usage" },
  { VIC, "GET", "runs?state=over", NULL, 400, "usage" },
  { VIC, "GET", "runs?plan=%ff", NULL, 400, "usage" },
  { VIC, "GET", "runs/$R/cells?limit=5001", NULL, 400, "usage" },
  { VIC, "GET", "runs/$R/cells?limit=99999999999999999999", NULL, 400, "usage" },
  { VIC, "GET", "runs/$R/cells?offset=-1", NULL, 400, "usage" },
  { VIC, "GET", "runs/$R/cells?offset=1e9", NULL, 400, "usage" },
  { VIC, "GET", "runs/$R/cells?order=best", NULL, 400, "usage" },
  { VIC, "GET", "runs/$R/cells?filter=flagged,odd", NULL, 400, "usage" },
  { VIC, "GET", "cells/$0/data?format=xml", NULL, 400, "usage" },
  { VIC, "GET", "cells/$0/data?format=json&limit=1001", NULL, 400, "usage" },
  { VIC, "GET", "cells/$0/difference", NULL, 400, "usage" },
  { VIC, "GET", "cells/$0/difference?with=tomorrow", NULL, 400, "usage" },
  { VIC, "GET", "history", NULL, 400, "usage" },
  { VIC, "GET", "history?cell=$0&limit=201", NULL, 400, "usage" },
  { VIC, "GET", "events?after=x", NULL, 400, "usage" },
  { RITA, "PUT", "cells/$0/verdict", "{\"verdict\":\"fine\",\"revision\":0}", 400, "usage" },
  { RITA, "PUT", "cells/$0/verdict", "{\"verdict\":\"ok\"}", 400, "usage" },
  { RITA, "PUT", "cells/$0/verdict", "{\"verdict\":\"ok\",\"revision\":-1}", 400, "usage" },
  { RITA, "PUT", "cells/$0/verdict", "{\"verdict\":\"ok\",\"revision\":1.5}", 400, "usage" },
  { RITA, "PUT", "cells/$0/verdict", "{\"verdict\":\"ok\",\"revision\":0,\"severity\":\"high\"}",
    400, "usage" },
  { RITA, "PUT", "cells/$0/verdict", "{\"verdict\":\"ok\",\"revision\":0,\"note\":\"a\\u0007\"}",
    400, "usage" },
  { RITA, "PUT", "cells/$0/verdict", "{\"verdict\":\"ok\",\"revision\":0,\"verdict\":\"none\"}",
    400, "usage" },
  { RITA, "POST", "runs/$R/verdicts", "{\"verdict\":\"ok\",\"count\":0,\"filter\":{}}", 400,
    "usage" },
  { RITA, "POST", "runs/$R/verdicts", "{\"verdict\":\"ok\",\"count\":1,\"filter\":{\"x\":1}}", 400,
    "usage" },
  { RITA, "POST", "runs/$R/verdicts", "{\"verdict\":\"ok\",\"count\":1,\"filter\":[]}", 400,
    "usage" },
  { RITA, "POST", "runs/$R/cells", "{\"cell\":$0,\"from\":2,\"to\":2}", 400, "usage" },
  { RITA, "POST", "runs/$R/cells", "{\"cell\":$0,\"from\":1,\"to\":2,\"label\":\"a\\nb\"}", 400,
    "usage" },
  { RITA, "POST", "runs/$R/signoff", "{\"count\":0}", 400, "usage" },
  { ADA, "POST", "users", "{\"name\":\"x\",\"role\":\"king\"}", 400, "usage" },
  { ADA, "POST", "users", "{\"name\":\"\",\"role\":\"viewer\"}", 400, "usage" },
  { ADA, "POST", "users", "{\"name\":\"x\",\"role\":\"viewer\",\"password\":\"short\"}", 400,
    "usage" },
  { ADA, "POST", "users", "{\"name\":7,\"role\":\"viewer\"}", 400, "usage" },
  { ADA, "POST", "tokens", "{\"name\":\"x\",\"role\":\"viewer\",\"expires\":\"never\"}", 400,
    "usage" },
  /* What somebody else has changed. */
  { RITA, "PUT", "cells/$0/verdict", "{\"verdict\":\"ok\",\"revision\":7}", 409, "conflict" },
  { RITA, "POST", "runs/$R/verdicts", "{\"verdict\":\"ok\",\"count\":5,\"filter\":{}}", 409,
    "conflict" },
  { RITA, "POST", "runs/$R/signoff", "{\"count\":4,\"withOpen\":true}", 409, "conflict" },
  /* Methods. */
  { VIC, "POST", "archive", "{}", 405, "method" },
  { VIC, "PUT", "runs/$R", "{}", 405, "method" },
  { VIC, "DELETE", "cells/$0", NULL, 405, "method" },
  { VIC, "OPTIONS", "runs", NULL, 405, "method" },
};

static void
test_refusals (void)
{
  const Person *const people[] = { NULL, &vic, &rita, &ada };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    const Row       *row = &rows[i];
    g_auto (Answer)  answer = review_ask (&review, people[row->who], row->method, row->path,
                                          row->body);
    g_autofree char *code = row->code != NULL ? answer_get_code (&answer) : NULL;
    g_test_message ("%s %s %s: %u %s", row->method, row->path, row->body, answer.status,
                    answer.body);
    if (row->code == NULL) {
      g_assert_cmpuint (answer.status, >=, 400);
      continue;
    }
    g_assert_cmpuint (answer.status, ==, row->status);
    g_assert_cmpstr (code, ==, row->code);
    g_assert_cmpstr (get_header (&answer, "Cache-Control"), ==, "no-store");
    g_assert_cmpstr (get_header (&answer, "X-Content-Type-Options"), ==, "nosniff");
  }
}

static void
test_bodies (void)
{
  g_autofree char  *large = g_strnfill (70000, ' ');
  const char *const chunked[] = { rita.cookie, rita.csrf, SERVICE_CHUNKED, NULL };
  const char *const plain[] = { rita.cookie, rita.csrf, NULL };
  g_auto (Answer)   too_large = service_exchange (&review.service, "PUT", "/api/v1/cells/1/verdict",
                                                  plain, JSON, large);
  g_auto (Answer)   pieces = service_exchange (&review.service, "PUT", "/api/v1/cells/1/verdict",
                                               chunked, JSON, "{}");
  g_autofree char  *first = answer_get_code (&too_large);
  g_autofree char  *second = answer_get_code (&pieces);

  g_assert_cmpuint (too_large.status, ==, 413);
  g_assert_cmpstr (first, ==, "too-large");
  g_assert_cmpuint (pieces.status, ==, 411);
  g_assert_cmpstr (second, ==, "length");
}

/* ---- What is read */

static void
test_runs (void)
{
  g_autoptr (JsonObject) page = review_get (&review, &vic, 200, "runs?limit=1");
  JsonArray             *runs = json_object_get_array_member (page, "runs");
  JsonObject            *run = json_array_get_object_element (runs, 0);
  g_autofree char       *path = NULL;
  g_autoptr (JsonObject) rest = NULL;
  g_autoptr (JsonObject) whole = NULL;
  JsonObject            *facets;

  g_assert_cmpuint (json_array_get_length (runs), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (run, "plan"), ==, "weekly");
  g_assert_true (json_object_get_boolean_member (run, "interrupted"));
  g_assert_false (json_object_has_member (run, "planText"));
  path = g_strdup_printf ("runs?limit=1&before=%" G_GINT64_FORMAT,
                          json_object_get_int_member (page, "next"));
  rest = review_get (&review, &vic, 200, path);
  g_assert_true (json_object_get_null_member (rest, "next"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (rest, "runs")), ==, 1);

  whole = review_get (&review, &vic, 200, "runs/$R");
  facets = json_object_get_object_member (whole, "facets");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (facets, "dashboards")), ==,
                    2);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (facets, "ranges")), ==, 2);
  g_assert_true (json_object_get_null_member (whole, "progress"));
  g_assert_true (json_object_has_member (whole, "planText"));
  g_assert_false (json_object_get_boolean_member (whole, "interrupted"));
  g_assert_true (json_object_get_boolean_member (whole, "overdue"));
}

static void
test_cells (void)
{
  static const struct {
    const char *query;
    unsigned    n;
  } queries[] = {
    { "", 6 },
    { "?limit=2", 6 },
    { "?offset=6", 6 },
    { "?filter=unconfirmed", 6 },
    { "?filter=failed", 1 },
    { "?filter=pending", 1 },
    { "?filter=abnormal", 0 },
    { "?filter=flagged,failed", 1 },
    { "?dashboard=web", 2 },
    { "?range=yesterday", 3 },
    { "?text=memory", 2 },
    { "?text=%3Cscript%3E", 2 },
    { "?text=%25", 0 },
    { "?order=plan&dashboard=hosts&range=last+1h", 2 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (queries); i++) {
    g_autofree char       *path = g_strconcat ("runs/$R/cells", queries[i].query, NULL);
    g_autoptr (JsonObject) page = review_get (&review, &vic, 200, path);
    g_assert_cmpint (json_object_get_int_member (page, "total"), ==, queries[i].n);
  }
}

static const char *
get_reason (JsonObject *cell)
{
  return json_object_get_string_member (json_object_get_object_member (cell, "change"), "reason");
}

/* What changed is told in the client's language. */
static void
test_language (void)
{
  Person                 chinese = vic;
  g_autoptr (JsonObject) plain = review_get (&review, &vic, 200, "cells/$0");
  g_autoptr (JsonObject) told = NULL;
  g_autoptr (JsonObject) listed = NULL;

  chinese.language = "Accept-Language: zh-CN,zh;q=0.9";
  told = review_get (&review, &chinese, 200, "cells/$0");
  listed = review_get (&review, &chinese, 200, "runs/$R/cells?order=plan");
  g_assert_cmpstr (get_reason (plain), ==, "2 series gone");
  g_assert_cmpstr (get_reason (told), ==, "少了 2 个序列");
  g_assert_cmpstr (get_reason (json_array_get_object_element (
                       json_object_get_array_member (listed, "cells"), 0)),
                   ==, "少了 2 个序列");
}

static void
test_cell (void)
{
  g_autoptr (JsonObject) cell = review_get (&review, &vic, 200, "cells/$0");
  JsonObject            *run = json_object_get_object_member (cell, "run");

  g_assert_cmpstr (json_object_get_string_member (cell, "live"), ==,
                   "http://grafana.example/g/d/hosts?viewPanel=panel-1&from=1764054000000"
                   "&to=1764057600000&var-host=web%201&var-host=web%262");
  g_assert_cmpint (json_object_get_int_member (run, "id"), ==, review.run_id);
  g_assert_true (json_object_get_null_member (cell, "previousCell"));
  /* Cell 3 is panel 1 over another range. */
  JsonArray *siblings = json_object_get_array_member (cell, "siblings");
  g_assert_cmpuint (json_array_get_length (siblings), ==, 1);
  g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (siblings, 0), "id"),
                   ==, review.cells[3]);

  g_autoptr (JsonObject) history = review_get (&review, &vic, 200, "history?cell=$0");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (history, "cells")), ==, 2);
  g_assert_cmpuint (json_object_get_size (json_object_get_object_member (history, "runs")), ==, 2);
  g_autoptr (JsonObject) older = review_get (&review, &vic, 200, "history?cell=$0&before=$X");
  JsonArray             *cells = json_object_get_array_member (older, "cells");
  g_assert_cmpuint (json_array_get_length (cells), ==, 1);
  g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (cells, 0), "id"), ==,
                   review.cells[0]);
}

static Answer
ask_with (const char *path, const char *header)
{
  g_autofree char  *whole = review_expand (&review, path);
  const char *const headers[] = { vic.cookie, header, NULL };

  return service_exchange (&review.service, "GET", whole, headers, NULL, NULL);
}

static void
test_files (void)
{
  g_auto (Answer)  picture = ask_with ("/api/v1/objects/$P", NULL);
  g_auto (Answer)  of_cell = ask_with ("/api/v1/cells/$0/picture", NULL);
  g_autofree char *known = g_strdup_printf ("If-None-Match: \"%s\"", review.picture);
  g_auto (Answer)  again = ask_with ("/api/v1/objects/$P", known);
  g_auto (Answer)  small = ask_with ("/api/v1/cells/$0/thumbnail", NULL);
  g_auto (Answer)  csv = ask_with ("/api/v1/cells/$0/data", "Accept-Encoding: identity");
  g_auto (Answer)  panel = ask_with ("/api/v1/cells/$0/panel", NULL);

  g_assert_cmpuint (picture.status, ==, 200);
  g_assert_cmpstr (get_header (&picture, "Content-Type"), ==, "image/png");
  g_assert_cmpstr (get_header (&picture, "Cache-Control"), ==,
                   "private, max-age=31536000, immutable");
  g_assert_cmpmem (picture.body, picture.length, of_cell.body, of_cell.length);
  g_assert_cmpstr (get_header (&of_cell, "Cache-Control"), ==, "private, no-cache");
  g_assert_cmpuint (again.status, ==, 304);
  g_assert_cmpuint (again.length, ==, 0);
  g_assert_cmpstr (get_header (&small, "Content-Type"), ==, "image/webp");
  g_assert_cmpstr (get_header (&csv, "Content-Type"), ==, "text/csv; charset=utf-8");
  g_assert_true (g_str_has_prefix (csv.body, "# frame A-series\r\ntime,series"));
  g_assert_true (g_str_has_prefix (get_header (&csv, "Content-Disposition"),
                                   "attachment; filename=\"CPU__script_alert_1___script_-"));
  g_assert_true (g_str_has_prefix (panel.body, "{\"id\":1"));
}

static void
test_table (void)
{
  g_autoptr (JsonObject) first = review_get (&review, &vic, 200,
                                             "cells/$0/data?format=json&limit=1");
  g_autoptr (JsonObject) second = review_get (&review, &vic, 200,
                                              "cells/$0/data?format=json&frame=1");
  g_autofree char       *columns = NULL;
  g_autofree char       *rows_text = NULL;

  columns = json_to_string (json_object_get_member (first, "columns"), FALSE);
  rows_text = json_to_string (json_object_get_member (first, "rows"), FALSE);
  g_assert_cmpstr (columns, ==, "[\"time\",\"series\",\"value\"]");
  g_assert_cmpstr (rows_text, ==, "[[\"2026-11-25T08:00:00.000Z\",\"cpu, \\\"user\\\"\",\"1.5\"]]");
  g_assert_cmpint (json_object_get_int_member (first, "total"), ==, 2);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (first, "frames")), ==, 2);
  g_assert_cmpint (json_object_get_int_member (second, "total"), ==, 1);
}

/* ---- What is changed */

static int64_t
get_revision (JsonObject *cell)
{
  return json_object_get_int_member (json_object_get_object_member (cell, "verdict"), "revision");
}

static void
test_verdict (void)
{
  g_autoptr (JsonObject) cell = review_send (&review, &rita, 200, "PUT", "cells/$1/verdict",
                                             "{\"verdict\":\"abnormal\",\"severity\":\"high\","
                                             "\"note\":\"<b>\\u202e\",\"revision\":0}");
  g_autoptr (JsonObject) late = NULL;
  g_autoptr (JsonObject) list = NULL;
  JsonObject            *first;

  g_assert_cmpint (get_revision (cell), ==, 1);
  /* Another reviewer, who has not seen it yet, gets to see it. */
  late = review_send (&review, &ada, 409, "PUT", "cells/$1/verdict",
                      "{\"verdict\":\"ok\",\"revision\":0}");
  g_assert_cmpint (get_revision (json_object_get_object_member (late, "cell")), ==, 1);
  g_autoptr (JsonObject) undone = review_send (&review, &ada, 200, "PUT", "cells/$1/verdict",
                                               "{\"verdict\":\"none\",\"revision\":1}");
  g_assert_cmpint (get_revision (undone), ==, 2);
  list = review_get (&review, &vic, 200, "cells/$1/verdicts");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (list, "verdicts")), ==, 2);
  first = json_array_get_object_element (json_object_get_array_member (list, "verdicts"), 0);
  g_assert_cmpstr (json_object_get_string_member (first, "by"), ==, "rita");
  g_assert_cmpstr (json_object_get_string_member (first, "from"), ==, "127.0.0.1");
  g_assert_cmpstr (json_object_get_string_member (first, "note"), ==, "<b>\u202e");
}

static void
test_sign_off (void)
{
  g_autoptr (JsonObject) some = review_send (
      &review, &rita, 200, "POST", "runs/$R/verdicts",
      "{\"verdict\":\"ok\",\"count\":3,\"filter\":"
      "{\"filter\":\"unconfirmed\",\"range\":\"yesterday\"}}");
  g_autoptr (JsonObject) open = review_send (&review, &rita, 400, "POST", "runs/$R/signoff",
                                             "{\"count\":3}");
  g_autoptr (JsonObject) run = review_send (&review, &rita, 201, "POST", "runs/$R/signoff",
                                            "{\"count\":3,\"comment\":\"fine\",\"withOpen\":true}");
  JsonObject            *seal = json_object_get_object_member (run, "signed");

  g_assert_cmpint (json_object_get_int_member (some, "changed"), ==, 3);
  g_assert_cmpstr (json_object_get_string_member (run, "state"), ==, "signed");
  g_assert_cmpstr (json_object_get_string_member (seal, "by"), ==, "rita");
  g_assert_cmpuint (strlen (json_object_get_string_member (seal, "head")), >=, 64);
  g_autoptr (JsonObject) manifest = review_get (&review, &vic, 200, "runs/$R/manifest");
  g_autoptr (JsonObject) sealed = review_send (&review, &rita, 403, "PUT", "cells/$1/verdict",
                                               "{\"verdict\":\"ok\",\"revision\":2}");
  g_autoptr (JsonObject) again = review_send (&review, &rita, 403, "POST", "runs/$R/signoff",
                                              "{\"count\":3,\"withOpen\":true}");
  g_autoptr (JsonObject) retried = review_send (&review, &rita, 404, "POST", "runs/$R/retry", "{}");
}

/* ---- The page's files */

static void
test_pages (void)
{
  static const struct {
    const char *path;
    unsigned    status;
    const char *type;
  } files[] = {
    { "/review/", 200, "text/html; charset=utf-8" },
    { "/review/runs/1", 200, "text/html; charset=utf-8" },
    { "/review/login", 200, "text/html; charset=utf-8" },
    { "/review/assets/index.html", 200, "text/html; charset=utf-8" },
    { "/review/assets/nothing.js", 404, "text/plain; charset=utf-8" },
    { "/review/assets/../index.html", 200, "text/html; charset=utf-8" },
    { "/review", 302, "text/plain; charset=utf-8" },
    { "/reviews", 404, "text/plain; charset=utf-8" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (files); i++) {
    g_auto (Answer) answer = review_ask (&review, NULL, "GET", files[i].path, NULL);
    g_test_message ("%s: %u", files[i].path, answer.status);
    g_assert_cmpuint (answer.status, ==, files[i].status);
    g_assert_cmpstr (get_header (&answer, "Content-Type"), ==, files[i].type);
    if (!g_str_has_prefix (files[i].path, "/review/"))
      continue;
    g_assert_nonnull (
        strstr (get_header (&answer, "Content-Security-Policy"), "frame-ancestors 'none'"));
    g_assert_cmpstr (get_header (&answer, "Referrer-Policy"), ==, "no-referrer");
    g_assert_cmpstr (get_header (&answer, "Cross-Origin-Opener-Policy"), ==, "same-origin");
    g_assert_cmpstr (get_header (&answer, "Cross-Origin-Resource-Policy"), ==, "same-origin");
  }
  g_auto (Answer)   first = review_ask (&review, NULL, "GET", "/review/", NULL);
  g_autofree char  *known = g_strdup_printf ("If-None-Match: %s", get_header (&first, "ETag"));
  const char *const headers[] = { known, NULL };
  g_auto (Answer)   again = service_exchange (&review.service, "GET", "/review/", headers, NULL,
                                              NULL);
  g_auto (Answer)   posted = service_exchange (&review.service, "POST", "/review/", headers, JSON,
                                               "{}");
  g_assert_cmpuint (again.status, ==, 304);
  g_assert_cmpuint (posted.status, ==, 405);
}

/* Of few kinds, whatever is asked. */
static void
test_metrics (void)
{
  g_auto (Answer) answer = review_ask (&review, NULL, "GET", "/metrics", NULL);

  g_assert_nonnull (strstr (answer.body, "path=\"GET /api/v1/runs/{id}/cells\""));
  g_assert_nonnull (strstr (answer.body, "path=\"GET /review/\""));
  g_assert_null (strstr (answer.body, "/api/v1/runs/1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  review_fill (&review, true);
  review_start (&review, NULL);
  person_sign_in (&ada, &review, "ada");
  person_sign_in (&rita, &review, "rita");
  person_sign_in (&vic, &review, "vic");
  g_test_add_func ("/review/session", test_session);
  g_test_add_func ("/review/cookie", test_cookie);
  g_test_add_func ("/review/sign-out", test_sign_out);
  g_test_add_func ("/review/forgery", test_forgery);
  g_test_add_func ("/review/token", test_token);
  g_test_add_func ("/review/people", test_people);
  g_test_add_func ("/review/password", test_password);
  g_test_add_func ("/review/refusals", test_refusals);
  g_test_add_func ("/review/bodies", test_bodies);
  g_test_add_func ("/review/runs", test_runs);
  g_test_add_func ("/review/cells", test_cells);
  g_test_add_func ("/review/cell", test_cell);
  g_test_add_func ("/review/language", test_language);
  g_test_add_func ("/review/files", test_files);
  g_test_add_func ("/review/table", test_table);
  g_test_add_func ("/review/verdict", test_verdict);
  g_test_add_func ("/review/sign-off", test_sign_off);
  g_test_add_func ("/review/pages", test_pages);
  g_test_add_func ("/review/metrics", test_metrics);
  int status = g_test_run ();
  person_clear (&ada);
  person_clear (&rita);
  person_clear (&vic);
  review_stop (&review);
  return status;
}
