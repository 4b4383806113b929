#include "config.h"

#include "identity.h"

#include <string.h>

#define ADDRESS "https://g.example/grafana/d-solo/abc/shop?orgId=1&panelId=4&from=now-6h&to=now"

static ShotJob *
make_job (const char *uri)
{
  ShotJob *job = shot_job_new (uri);

  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  return job;
}

static void
assert_same (const ShotJob *job, bool session, bool shell, bool person)
{
  g_autoptr (ShotJob)      plain = make_job (ADDRESS);
  g_autoptr (ShotIdentity) a = shot_identity_new (plain);
  g_autoptr (ShotIdentity) b = shot_identity_new (job);

  g_assert_cmpint (g_str_equal (a->session, b->session), ==, session);
  g_assert_cmpint (g_str_equal (a->shell, b->shell), ==, shell);
  g_assert_cmpint (g_str_equal (a->person, b->person), ==, person);
}

static void
set_token (ShotJob *job)
{
  g_autoptr (ShotSecret) token = shot_secret_new ("Bearer hush");
  shot_job_add_header (job, job->uri, "Authorization", token);
}

static void
set_other_token (ShotJob *job)
{
  g_autoptr (ShotSecret) token = shot_secret_new ("Bearer other");
  shot_job_add_header (job, job->uri, "Authorization", token);
}

static void
set_trace (ShotJob *job)
{
  g_autoptr (ShotSecret) trace = shot_secret_new ("00-a-b-01");
  shot_job_add_header (job, job->uri, "Traceparent", trace);
}

static void
set_render_key (ShotJob *job)
{
  job->render_key = shot_secret_new ("key");
}

static void
set_domain (ShotJob *job)
{
  job->domain = g_strdup ("g.example");
}

static void
set_language (ShotJob *job)
{
  job->language = g_strdup ("zh-CN");
}

static void
set_user_agent (ShotJob *job)
{
  job->user_agent = g_strdup ("x");
}

static void
set_timezone (ShotJob *job)
{
  job->timezone = g_strdup ("Asia/Shanghai");
}

static void
set_scale (ShotJob *job)
{
  job->scale = 2;
}

static void
set_zoom (ShotJob *job)
{
  job->zoom = 1.5;
}

static void
set_size (ShotJob *job)
{
  job->width = 333;
  job->height = 77;
}

static void
set_insecure (ShotJob *job)
{
  job->allow_insecure = true;
}

static void
set_authority (ShotJob *job)
{
  job->ca_pem = g_strdup ("PEM");
}

static void
set_certificate (ShotJob *job)
{
  job->client_pem = shot_secret_new ("PEM");
}

static void
set_relay (ShotJob *job)
{
  job->relay_uri = shot_secret_new ("socks5://a:b@127.0.0.1:1");
}

/* Each thing that a job says, and what it keeps from being shared. */
static void
test_keys (void)
{
  static const struct {
    void (*set) (ShotJob *job);
    bool session, shell, person;
  } rows[] = {
    { set_token, false, true, false },      { set_trace, true, true, true },
    { set_render_key, true, true, false },  { set_domain, true, true, false },
    { set_language, true, true, false },    { set_user_agent, true, true, false },
    { set_timezone, true, false, true },    { set_scale, true, false, false },
    { set_zoom, true, true, false },        { set_size, true, true, true },
    { set_insecure, false, true, true },    { set_authority, false, true, true },
    { set_certificate, false, true, true }, { set_relay, false, true, true },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotJob) job = make_job (ADDRESS);

    g_test_message ("row %" G_GSIZE_FORMAT, i);
    rows[i].set (job);
    assert_same (job, rows[i].session, rows[i].shell, rows[i].person);
  }
}

/* Two tokens may use one session, which keeps nothing, but not one page. */
static void
test_tokens (void)
{
  g_autoptr (ShotJob) a = make_job (ADDRESS);
  g_autoptr (ShotJob) b = make_job (ADDRESS);

  set_token (a);
  set_other_token (b);
  g_autoptr (ShotIdentity) first = shot_identity_new (a);
  g_autoptr (ShotIdentity) second = shot_identity_new (b);
  g_assert_true (first->has_credential_headers);
  g_assert_cmpstr (first->session, ==, second->session);
  g_assert_cmpstr (first->person, !=, second->person);
  g_assert_null (strstr (first->person, "hush"));
}

static void
test_addresses (void)
{
  static const struct {
    const char *uri;
    bool        is_same_person;
  } rows[] = {
    { "https://g.example/grafana/d-solo/other/x?orgId=1&panelId=9&to=1&from=2", true },
    { "https://g.example/grafana/d/abc/shop?orgId=1&viewPanel=9&refresh=5s&from=1&to=2", true },
    { "https://g.example/grafana/d-solo/abc/shop?orgId=1&panelId=4&from=1", false },
    { "https://g.example/grafana/d-solo/abc/shop?orgId=1&panelId=4", false },
    { "https://g.example/grafana/d-solo/abc/shop?orgId=1&panelId=4&from=1&to=2&var-h=a", false },
    { "https://g.example/grafana/d-solo/abc/shop?orgId=1&panelId=4&from=1&to=2&time=3", false },
    { "https://g.example/grafana/d/abc/shop?orgId=1&viewPanel=9&kiosk&from=1&to=2", false },
    { "https://g.example/d-solo/abc/shop?orgId=1&panelId=4", false },
    { "https://g.example/grafana/d-solo/abc/shop?orgId=2&panelId=4", false },
    { "https://g.example/grafana/d-solo/abc/shop?orgId=1&panelId=4&theme=light", false },
    { "https://g.example/grafana/d-solo/abc/shop?orgId=1&panelId=4&auth_token=x", false },
    { "https://g.example/grafana/d-solo/abc/shop?orgId=1&panelId=4&timezone=utc", false },
    { "https://g.example/grafana/d-solo/abc/shop?panelId=4", false },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotJob) job = make_job (rows[i].uri);

    g_test_message ("%s", rows[i].uri);
    assert_same (job, true, true, rows[i].is_same_person);
  }
}

static void
test_residence (void)
{
  static const struct {
    const char     *uri;
    ShotPictureKind kind;
    bool            has_key;
    bool            can_reside;
  } rows[] = {
    { ADDRESS, SHOT_PICTURE_VIEWPORT, false, true },
    { ADDRESS, SHOT_PICTURE_ELEMENT, false, true },
    { "http://g/d/abc", SHOT_PICTURE_FULL_PAGE, false, true },
    { ADDRESS, SHOT_PICTURE_VIEWPORT, true, false },
    { ADDRESS, SHOT_PICTURE_PRINT, false, false },
    { "http://g/d-csv/abc?panelId=1", SHOT_PICTURE_DOWNLOAD, false, false },
    { "http://g/dashboards", SHOT_PICTURE_VIEWPORT, false, false },
    { "http://g/", SHOT_PICTURE_VIEWPORT, false, false },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotJob) job = shot_job_new (rows[i].uri);

    g_test_message ("row %" G_GSIZE_FORMAT, i);
    shot_job_add_picture (job, rows[i].kind, NULL);
    if (rows[i].has_key)
      set_render_key (job);
    g_autoptr (ShotIdentity) identity = shot_identity_new (job);
    g_assert_cmpint (identity->can_reside, ==, rows[i].can_reside);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identity/keys", test_keys);
  g_test_add_func ("/identity/tokens", test_tokens);
  g_test_add_func ("/identity/addresses", test_addresses);
  g_test_add_func ("/identity/residence", test_residence);
  return g_test_run ();
}
