#include "config.h"

#include "plan.h"

#include <glib/gstdio.h>
#include <string.h>

#include "error.h"
#include "job.h"

#define HEAD "grafana: {address: https://g.example}\n"
#define UID "dashboards: [{uid: a}]\n"

static ShotPlan *
read_text (const char *text)
{
  g_autoptr (GError) error = NULL;
  ShotPlan *plan = shot_plan_read_text ("/srv/plans/daily.yaml", text, strlen (text), &error);

  g_assert_no_error (error);
  return plan;
}

static const char *
join_ranges (const ShotPlanLook *look, GString *text)
{
  g_string_truncate (text, 0);
  for (unsigned i = 0; i < look->ranges->len; i++) {
    const ShotRange *range = look->ranges->pdata[i];
    g_string_append_printf (text, "%s%s", i > 0 ? "|" : "", range->label);
  }
  return text->str;
}

/* "name=a,b" or "name=all", "+" behind those that are together, "*" behind general ones. */
static const char *
join_variables (const ShotPlanLook *look, GString *text)
{
  g_string_truncate (text, 0);
  for (unsigned i = 0; look->variables != NULL && i < look->variables->len; i++) {
    const ShotPlanVariable *variable = look->variables->pdata[i];
    g_autofree char        *values = variable->is_all ? g_strdup ("all")
                                                      : g_strjoinv (",", variable->values);
    g_assert_cmpint (variable->is_all, ==, variable->values == NULL);
    g_string_append_printf (text, "%s%s=%s%s%s", i > 0 ? " " : "", variable->name, values,
                            variable->is_together ? "+" : "", variable->is_general ? "*" : "");
  }
  return text->str;
}

/* The manual is a plan. */
static void
test_sample (void)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (GString)  text = g_string_new (NULL);
  g_autoptr (ShotPlan) plan = shot_plan_read (SHOT_TEST_PLAN, &error);
  g_autofree char     *folder = g_path_get_dirname (SHOT_TEST_PLAN);
  g_autofree char     *token = g_build_filename (folder, "grafana.token", NULL);

  g_assert_no_error (error);
  g_assert_cmpstr (plan->name, ==, "plan");
  g_assert_cmpstr (plan->title, ==, "Daily inspection");
  g_assert_cmpstr (plan->grafana, ==, "https://grafana.example.com");
  g_assert_cmpstr (plan->token_file, ==, token);
  g_assert_cmpint (plan->org_id, ==, 1);
  g_assert_cmpint (plan->timeout_ms, ==, 120000);
  g_assert_cmpstr (plan->cron_text, ==, "0 8 * * 1-5");
  g_assert_cmpint (plan->missed, ==, SHOT_MISSED_LATEST);
  g_assert_cmpint (plan->due_ms, ==, 8 * 3600000);
  g_assert_cmpint (plan->retention_ms, ==, INT64_C (400) * 86400000);
  g_assert_cmpstr (plan->reviewers[1], ==, "li");
  g_assert_cmpstr (join_ranges (&plan->look, text), ==,
                   "last 1h|yesterday|last 1h, 1w ago|Weekend");
  g_assert_cmpstr (join_variables (&plan->look, text), ==,
                   "host=web-1,web-2* region=all* env=production,staging+*");
  g_assert_cmpuint (plan->dashboards->len, ==, 4);
  g_assert_cmpuint (plan->notify->len, ==, 3);

  const ShotPlanDashboard *first = plan->dashboards->pdata[0];
  const ShotPlanPanel     *cpu = first->panels->pdata[0];
  const ShotPlanPanel     *other = first->panels->pdata[1];
  g_assert_cmpuint (first->include->len, ==, 3);
  g_assert_cmpuint (first->exclude->len, ==, 2);
  g_assert_cmpuint (cpu->look.ranges->len, ==, 6);
  g_assert_cmpint (cpu->look.width, ==, 1600);
  g_assert_cmpstr (cpu->look.theme, ==, "light");
  g_assert_cmpint (other->look.is_grid, ==, 1);
  g_assert_cmpint (other->look.width, ==, 0);
  g_assert_cmpstr (join_ranges (&other->look, text), ==, "today");

  const ShotPlanDashboard *folder_part = plan->dashboards->pdata[1];
  g_assert_cmpstr (join_variables (&folder_part->look, text), ==,
                   "host=db-1 region=all* env=production,staging+*");

  const ShotPlanNotify *mail = plan->notify->pdata[2];
  g_assert_cmpstr (mail->to[0], ==, "oncall@example.com");
  g_assert_cmpuint (mail->on, ==, 1 << SHOT_NOTIFY_OVERDUE);
}

static void
test_defaults (void)
{
  g_autoptr (ShotPlan)     plan = read_text (HEAD "dashboards:\n  - abc\n");
  const ShotPlanDashboard *part = plan->dashboards->pdata[0];
  g_autoptr (GString)      text = g_string_new (NULL);

  g_assert_cmpstr (plan->name, ==, "daily");
  g_assert_cmpstr (plan->title, ==, "daily");
  g_assert_null (plan->token_file);
  g_assert_null (plan->cron);
  g_assert_cmpint (plan->retention_ms, ==, 0);
  g_assert_cmpuint (g_strv_length (plan->reviewers), ==, 0);
  g_assert_cmpint (shot_plan_get_due (plan, 1000), ==, 0);
  g_assert_cmpstr (part->uid, ==, "abc");
  g_assert_cmpuint (part->line, ==, 3);
  g_assert_cmpstr (join_ranges (&part->look, text), ==, SHOT_PLAN_DEFAULT_RANGE);
  g_assert_cmpint (part->look.width, ==, SHOT_JOB_DEFAULT_WIDTH);
  g_assert_cmpint (part->look.height, ==, SHOT_JOB_DEFAULT_HEIGHT);
  g_assert_cmpint (part->look.is_grid, ==, 0);
  g_assert_cmpfloat (part->look.scale, ==, 1);
  g_assert_null (part->look.theme);
  g_assert_nonnull (part->look.timezone);
  g_assert_cmpstr (plan->cron_timezone, ==, plan->look.timezone);
}

/* The inner replaces the outer, member by member. */
static void
test_merged (void)
{
  g_autoptr (ShotPlan) plan = read_text (
      HEAD "size: 800x400\nscale: 2\ntheme: dark\ntimezone: Asia/Shanghai\n"
           "ranges: [last 1h, today]\nvariables: {a: 1, b: [2, 3]}\n"
           "dashboards:\n"
           "- uid: x\n"
           "  size: grid\n"
           "  variables: {b: all}\n"
           "  panels:\n"
           "  - {title: One, ranges: yesterday, variables: {c: {values: all, together: true}}}\n"
           "  - {id: panel-4, size: 300 x 200, scale: 1, theme: light, timezone: UTC}\n"
           "- {tag: y, language: de}\n");
  const ShotPlanDashboard *x = plan->dashboards->pdata[0];
  const ShotPlanDashboard *y = plan->dashboards->pdata[1];
  const ShotPlanPanel     *one = x->panels->pdata[0];
  const ShotPlanPanel     *four = x->panels->pdata[1];
  g_autoptr (GString)      text = g_string_new (NULL);

  g_assert_cmpstr (join_ranges (&x->look, text), ==, "last 1h|today");
  g_assert_cmpstr (join_variables (&x->look, text), ==, "b=all a=1*");
  g_assert_cmpint (x->look.is_grid, ==, 1);
  g_assert_cmpfloat (x->look.scale, ==, 2);
  g_assert_cmpstr (join_ranges (&one->look, text), ==, "yesterday");
  g_assert_cmpstr (join_variables (&one->look, text), ==, "c=all+ b=all a=1*");
  g_assert_cmpint (one->look.is_grid, ==, 1);
  g_assert_cmpstr (one->look.theme, ==, "dark");
  g_assert_cmpint (four->look.is_grid, ==, 0);
  g_assert_cmpint (four->look.width, ==, 300);
  g_assert_cmpint (four->look.height, ==, 200);
  g_assert_cmpfloat (four->look.scale, ==, 1);
  g_assert_cmpstr (four->look.theme, ==, "light");
  g_assert_cmpstr (four->look.timezone, ==, "UTC");
  g_assert_cmpint (y->look.width, ==, 800);
  g_assert_cmpstr (y->look.language, ==, "de");
  g_assert_cmpstr (y->look.timezone, ==, "Asia/Shanghai");
  g_assert_null (plan->look.language);
}

/* A plan behind HEAD, and the message, without the file's name, lines apart by "|". */
static const struct {
  const char *text;
  const char *message;
} mistakes[] = {
  { "", "1: no dashboards: name one, \"dashboards: [{uid: abc}]\"" },
  { "dashboards: []\n", "1: no dashboards: name one, \"dashboards: [{uid: abc}]\"" },
  { "dashboards: abc\n", "2: dashboards is a list, each with a \"-\", such as \"- uid: abc\"" },
  { UID "rnages: [last 1h]\n", "3: unknown setting \"rnages\": did you mean \"ranges\"?" },
  { UID "ranges: [lst 1h, yesterdy]\nsize: big\nscale: 9\n",
    "3: unknown range \"lst 1h\": write one such as \"last 6h\", \"yesterday\", \"this week so "
    "far\", \"same hour a week ago\", \"last 1h, 1w ago\", \"now-6h to now\" or \"2026-11-01 to "
    "2026-11-08\"|"
    "3: unknown range \"yesterdy\": did you mean \"yesterday\"?|"
    "4: the size is \"big\": give width and height of a picture such as 1000x500, at most 16384 "
    "each, or \"grid\" for that of the dashboard|"
    "5: the scale is \"9\": give 0.1 to 4" },
  { UID "ranges: []\n", "3: \"ranges\" is empty: name one such as \"last 1h\", or leave it out" },
  { UID "ranges: [{name: x}]\n",
    "3: a range with a name needs \"range\", such as {name: Weekend, range: 2026-11-21 to "
    "2026-11-22}" },
  { UID "ranges: [today, today]\n", "3: the range \"today\" stands here twice: leave one of them" },
  { "ranges: [{name: x, range: today}]\ndashboards:\n- uid: a\n  ranges:\n  - {name: x, range: "
    "yesterday}\n",
    "6: the name \"x\" is \"today\" elsewhere in the plan: give each range a name of its own" },
  { UID "ranges: 2026-11-08 to 2026-11-01\n",
    "3: range \"2026-11-08 to 2026-11-01\": it ends before it begins: exchange the two" },
  { UID "timezone: Asia/Shangai\nlanguage: \"de\\u0007\"\n",
    "3: unknown time zone \"Asia/Shangai\": give an IANA name such as Asia/Shanghai, or UTC+hh:mm|"
    "4: language has a line break or another control character in it: write one line" },
  { UID "timezone: UTC+2\n", "3: the time zone is an IANA name such as Asia/Shanghai, or UTC" },
  { UID "timezone: browser\n", "3: the time zone is an IANA name such as Asia/Shanghai, or UTC" },
  { UID "language: <de>\n",
    "3: the language is no Accept-Language value: give one such as zh-CN,en;q=0.8" },
  { UID "theme: a b\n", "3: want the name of a theme of Grafana such as light or dark" },
  { UID "size: 0x500\n",
    "3: the size is \"0x500\": give width and height of a picture such as 1000x500, at most 16384 "
    "each, or \"grid\" for that of the dashboard" },
  { "dashboards:\n- uid: a\n  size: 16000x16000\n",
    "3: 16000 x 16000 at scale 1 is 256000000 pixels: ask for at most 64000000" },
  { "dashboards:\n- uid: a\n  panels: [{id: 1, size: 8000x4000, scale: 2}]\n",
    "4: 8000 x 4000 at scale 2 is 128000000 pixels: ask for at most 64000000" },
  { UID "timeout: 31m\n", "3: timeout \"31m\": the most is 1800 seconds" },
  { UID "schedule: {cron: \"0 8 30 2 *\", timezone: Mars, missed: never}\n",
    "3: the schedule \"0 8 30 2 *\" is never due: no month that it names has day of month 30|"
    "3: unknown time zone \"Mars\": give an IANA name such as Asia/Shanghai, or UTC+hh:mm|"
    "3: \"never\": known here are latest, skip" },
  { UID "schedule: \"0 8 * *\"\n",
    "3: the schedule \"0 8 * *\" has 4 fields: give five, minute, hour, day of month, month and "
    "day of week, such as \"0 8 * * 1-5\", or one of @hourly, @daily, @weekly, @monthly and "
    "@yearly" },
  { UID "schedule: {missed: skip}\n", "3: schedule needs \"cron\", such as \"0 8 * * 1-5\"" },
  { UID "review: {due: 8 parsecs, by: [a, [b]]}\n",
    "3: due \"8 parsecs\": give how long after the start, such as 8h, at most 60 days, or a time "
    "of the day such as \"18:00\"|"
    "3: want one value for an entry of the list, not a list" },
  { UID "review: {due: 24:00}\n",
    "3: due \"24:00\": give how long after the start, such as 8h, at most 60 days, or a time of "
    "the day such as \"18:00\"" },
  { UID "retention: 12h\n",
    "3: retention \"12h\": give days such as 400d, weeks, years, or \"forever\"" },
  { UID "retention: 101y\n",
    "3: retention \"101y\": give days such as 400d, weeks, years, or \"forever\"" },
  { UID "variables: [a]\n", "3: \"variables\" is a list: write \"name: value\" lines below it" },
  { UID "variables: {a: , b: [], c: {together: true}, d: {vlaues: 1}, e: [1, 1]}\n",
    "3: want one value for a, not nothing|"
    "3: b is empty: give a value, or leave it out|"
    "3: the variable \"c\" has no value: give one, a list, or \"all\"|"
    "3: unknown setting \"vlaues\": did you mean \"values\"?|"
    "3: the value \"1\" stands here twice: leave one" },
  { "dashboards:\n- {}\n- {uid: a, tag: b}\n- {uid: a, folder: }\n- uid: [a]\n- - a\n",
    "3: say which dashboards by one of uid, folder, tag and search|"
    "4: say which dashboards by one of uid, folder, tag and search, not by several|"
    "6: want one value for uid, not a list|"
    "7: want \"setting: value\" lines, not a list" },
  { "dashboards:\n- uid: a\n  include: [{}, {id: x}]\n  exclude: []\n  panels: [a, {ranges: today}]\n"
    "  panel: 1\n",
    "4: say which panels: title, id, kind or row|"
    "4: \"x\" is no panel's id: give a number such as 4|"
    "5: exclude is empty: name panels, or leave it out|"
    "6: a rule for panels says which and what, such as {title: \"CPU*\", ranges: [last 1h]}|"
    "6: say which panels: title, id, kind or row|"
    "7: unknown setting \"panel\": did you mean \"panels\"?" },
  { UID "token: abc\n",
    "3: \"token\" is a secret and has no place in a plan: put it into a file that only you may "
    "read and name that as \"tokenFile\"" },
  { UID "notify: [{kind: feishu, secret: abc}]\n",
    "3: \"secret\" is a secret and has no place in a plan: put it into a file that only you may "
    "read and name that as \"secretFile\"" },
  { UID
    "notify:\n- {kind: fieshu}\n- {url: \"https://x.example\"}\n- {kind: slack, url: "
    "\"https://x.example\"}\n- {kind: webhook}\n- {kind: email}\n- {kind: slack, urlFile: a, to: "
    "a@b.c}\n",
    "4: \"fieshu\": did you mean \"feishu\"?|"
    "5: a notification needs \"kind\": webhook, dingtalk, feishu, wecom, slack or email|"
    "6: the address of slack is a secret: put it into a file of its own and name that as "
    "\"urlFile\"|"
    "7: webhook needs \"urlFile\" or \"url\", one of them: the address to call|"
    "8: email needs \"to\": whom to write to|"
    "9: \"to\", \"from\", \"smtp\" and \"user\" are for email, not for slack" },
  { UID "notify: {kind: email, to: [\"a@b.c\", \"-f x\"], smtp: \"http://x\", on: [done, doen]}\n",
    "3: \"-f x\" is no e-mail address: give one such as wang@example.com|"
    "3: the mail server is given as smtps://host:465 or smtp://host:587, its account as \"user\" "
    "and \"secretFile\"|"
    "3: \"doen\": did you mean \"done\"?" },
  { UID "notify: {kind: email, to: a@b.c, user: x}\n",
    "3: \"user\" and \"secretFile\" are for a mail server: give \"smtp\", too" },
  { UID "title: [a]\ntitle: b\n", "4: \"title\" was given in line 3 already: leave one of them" },
  { UID "title: &x a\n", "3: anchors and tags are not taken: write the value out" },
  { "dashboards: [{uid: a, panels: [{title: b}]}]\n",
    "2: this rule changes nothing: to capture these panels alone, write \"include\" for \"panels\"" },
  { "dashboards: [\n", "3: this is not YAML: did not find expected node content" },
};

static void
test_mistakes (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (mistakes); i++) {
    g_autoptr (GError)   error = NULL;
    g_autofree char     *text = g_strconcat (HEAD, mistakes[i].text, NULL);
    g_autoptr (ShotPlan) plan = shot_plan_read_text ("daily.yaml", text, strlen (text), &error);
    g_autoptr (GString)  message = g_string_new (NULL);
    g_assert_null (plan);
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
      g_assert_true (g_str_has_prefix (*line, "daily.yaml:"));
      g_string_append_printf (message, "%s%s", line != lines ? "|" : "",
                              *line + strlen ("daily.yaml:"));
    }
    if (strcmp (message->str, mistakes[i].message) == 0)
      continue;
    g_test_message ("row %zu:\n%s\ninstead of\n%s", i, message->str, mistakes[i].message);
    g_test_fail ();
  }
}

static void
test_addresses (void)
{
  static const struct {
    const char *grafana;
    const char *address; /* NULL: refused */
    const char *message;
  } rows[] = {
    { "https://g.example", "https://g.example", NULL },
    { "{address: \"https://g.example/sub///\"}", "https://g.example/sub", NULL },
    { "{address: \"ftp://g.example\"}", NULL, "p.yaml:1: " },
    { "{address: \"https://u:p@g.example\"}", NULL, "p.yaml:1: " },
    { "{address: \"https://g.example/?orgId=1\"}", NULL, "neither \"?\" nor \"#\"" },
    { "{adress: \"https://g.example\"}", NULL, "did you mean \"address\"?" },
    { "{tokenFile: x}", NULL, "no Grafana: give its address" },
    { "{address: \"https://g.example\", orgId: 0}", NULL, "orgId is a number from 1" },
    { "{address: \"https://g.example\", token: glsa_x}", NULL, "name that as \"tokenFile\"" },
    { "[]", NULL, "want \"setting: value\" lines below grafana, not a list" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)   error = NULL;
    g_autofree char     *text = g_strdup_printf ("grafana: %s\n" UID, rows[i].grafana);
    g_autoptr (ShotPlan) plan = shot_plan_read_text ("p.yaml", text, strlen (text), &error);
    if (rows[i].address != NULL) {
      g_assert_no_error (error);
      g_assert_cmpstr (plan->grafana, ==, rows[i].address);
      continue;
    }
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_assert_nonnull (strstr (error->message, rows[i].message));
    g_assert_null (strstr (error->message, "glsa_x"));
  }
}

static void
test_paths (void)
{
  g_autoptr (ShotPlan) plan = read_text (
      "grafana: {address: https://g.example, tokenFile: ../tokens/a, caFile: /etc/ca.pem}\n" UID
      "notify: {kind: slack, urlFile: slack.url}\n");
  const ShotPlanNotify *slack = plan->notify->pdata[0];

  g_assert_cmpstr (plan->token_file, ==, "/srv/tokens/a");
  g_assert_cmpstr (plan->ca_file, ==, "/etc/ca.pem");
  g_assert_cmpstr (slack->url_file, ==, "/srv/plans/slack.url");
  g_assert_cmpuint (slack->on, ==,
                    1 << SHOT_NOTIFY_DONE | 1 << SHOT_NOTIFY_OVERDUE | 1 << SHOT_NOTIFY_ABNORMAL |
                        1 << SHOT_NOTIFY_MISSED);
}

static void
test_names (void)
{
  static const struct {
    const char *path;
    const char *name; /* NULL: refused */
  } rows[] = {
    { "daily.yaml", "daily" },
    { "/a/b/daily.v2.yml", "daily.v2" },
    { "plan", "plan" },
    { "\xe5\xb7\xa1\xe6\xa3\x80.yaml", "\xe5\xb7\xa1\xe6\xa3\x80" },
    { "...yaml", NULL },
    { ".yaml", NULL },
    { "a<b>.yaml", NULL },
    { "a\nb.yaml", NULL },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.yaml", NULL },
  };
  static const char text[] = HEAD UID;

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)   error = NULL;
    g_autoptr (ShotPlan) plan = shot_plan_read_text (rows[i].path, text, strlen (text), &error);
    g_assert_cmpstr (plan != NULL ? plan->name : NULL, ==, rows[i].name);
    if (rows[i].name == NULL)
      g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  }
}

static void
test_due (void)
{
  static const struct {
    const char *due;
    int64_t     started_s;
    int64_t     due_s;
  } rows[] = {
    { "8h", 1795593600, 1795593600 + 8 * 3600 },
    { "90m", 1795593600, 1795593600 + 90 * 60 },
    { "2 days", 1795593600, 1795593600 + 2 * 86400 },
    /* 09:00 in Berlin: the same day; at 18:00 and later the next. */
    { "18:00", 1795593600, 1795593600 + 9 * 3600 },
    { "\"9:00\"", 1795593600, 1795593600 + 24 * 3600 },
    { "\"08:30\"", 1795593600, 1795593600 + 24 * 3600 - 1800 },
    /* 2026-03-28 12:00: a clock is set forward in between. */
    { "\"09:00\"", 1774695600, 1774695600 + 20 * 3600 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char     *text = g_strdup_printf (HEAD UID
                                                 "timezone: Europe/Berlin\nreview: {due: %s}\n",
                                                 rows[i].due);
    g_autoptr (ShotPlan) plan = read_text (text);
    g_assert_cmpint (shot_plan_get_due (plan, rows[i].started_s * 1000), ==, rows[i].due_s * 1000);
  }
}

static void
test_files (void)
{
  g_autoptr (GError)   error = NULL;
  g_autofree char     *folder = g_dir_make_tmp ("plan-XXXXXX", NULL);
  g_autofree char     *path = g_build_filename (folder, "p.yaml", NULL);
  g_autoptr (ShotPlan) plan = shot_plan_read (path, &error);

  g_assert_null (plan);
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_assert_nonnull (strstr (error->message, "cannot read the plan: "));
  g_clear_error (&error);
  plan = shot_plan_read ("/dev/zero", &error);
  g_assert_null (plan);
  g_assert_nonnull (strstr (error->message, "larger than 1024 KiB"));
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* However wrong a plan is, what is said of it fits a screen or two. */
static void
test_many_mistakes (void)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (GString)  text = g_string_new (HEAD UID);
  g_autoptr (ShotPlan) plan = NULL;

  for (int i = 0; i < 900; i++)
    g_string_append_printf (text, "wrong%d: x\n", i);
  plan = shot_plan_read_text ("p.yaml", text->str, text->len, &error);
  g_assert_null (plan);
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 51);
  g_assert_cmpstr (lines[50], ==, "and perhaps more: put these right first");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/sample", test_sample);
  g_test_add_func ("/plan/defaults", test_defaults);
  g_test_add_func ("/plan/merged", test_merged);
  g_test_add_func ("/plan/mistakes", test_mistakes);
  g_test_add_func ("/plan/addresses", test_addresses);
  g_test_add_func ("/plan/paths", test_paths);
  g_test_add_func ("/plan/names", test_names);
  g_test_add_func ("/plan/due", test_due);
  g_test_add_func ("/plan/files", test_files);
  g_test_add_func ("/plan/many-mistakes", test_many_mistakes);
  return g_test_run ();
}
