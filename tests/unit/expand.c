#include "config.h"

#include "expand.h"

#include <string.h>

#include "error.h"
#include "grafana.h"

/* 2026-11-25 08:00 UTC, a Wednesday. */
#define NOW_MS INT64_C (1795593600000)

static ShotPlan *
read_plan (const char *dashboards)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *text = g_strdup_printf (
        "grafana: {address: \"https://g.example/sub/\", orgId: 2}\ntimezone: UTC\n%s", dashboards);
  ShotPlan *plan = shot_plan_read_text ("p.yaml", text, strlen (text), &error);

  g_assert_no_error (error);
  return plan;
}

static ShotDashboard *
parse (const char *json)
{
  g_autoptr (GError)     error = NULL;
  g_autofree char       *text = g_strdup (json);
  g_autoptr (JsonParser) parser = json_parser_new ();

  for (char *at = text; *at != '\0'; at++)
    *at = *at == '\'' ? '"' : *at;
  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  ShotDashboard *dashboard = shot_dashboard_parse (
      json_node_get_object (json_parser_get_root (parser)), &error);
  g_assert_no_error (error);
  return dashboard;
}

#define VARIABLE_HOST                                                              \
  "{'name':'host','type':'custom','query':'a,b,c','multi':true,'includeAll':true," \
  "'current':{'value':['a','b']}}"
#define VARIABLE_REGION \
  "{'name':'region','type':'query','includeAll':true,'current':{'value':'$__all'}}"
#define VARIABLE_ENV "{'name':'env','type':'custom','query':'x,y','current':{'value':'x'}}"
#define AT(y) "'gridPos':{'x':0,'y':" #y ",'w':12,'h':8}"

static const char web[] =
    "{'meta':{'slug':'web','url':'/d/u1/web'},'dashboard':{'uid':'u1','title':'Web','version':7,"
    "'templating':{'list':[" VARIABLE_HOST "," VARIABLE_REGION "," VARIABLE_ENV "]},'panels':["
    "{'id':1,'type':'timeseries','title':'CPU'," AT (
        0) "},"
           "{'id':2,'type':'stat','title':'Memory $host','repeat':'host'," AT (
               8) "},"
                  "{'id':9,'type':'row','title':'Net ${env}','collapsed':true," AT (
                      16) ",'panels':["
                          "{'id':3,'type':'table','title':'Errors'," AT (17) "}]}]}}";

/* A line per visit: "WxH@scale path?query: key range variables | …". */
static char *
show (const GPtrArray *visits)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (unsigned i = 0; i < visits->len; i++) {
    const ShotVisit *visit = visits->pdata[i];
    g_string_append_printf (out, "%dx%d@%g %s", visit->width, visit->height, visit->scale,
                            visit->address);
    for (unsigned j = 0; j < visit->cells->len; j++) {
      const ShotCell *cell = visit->cells->pdata[j];
      g_string_append_printf (out, "\n  %u %s \"%s\" [%s] %s %s", cell->position, cell->panel_key,
                              cell->panel_title, cell->row, cell->range, cell->variables);
    }
    g_string_append_c (out, '\n');
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static char *
expand (const char *plan_text, const char *json, GHashTable *options, GError **error)
{
  g_autoptr (ShotPlan)      plan = read_plan (plan_text);
  g_autoptr (ShotDashboard) dashboard = parse (json);
  g_autoptr (GPtrArray) visits = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_visit_free);

  for (unsigned i = 0; i < plan->dashboards->len; i++) {
    unsigned before = visits->len;
    if (!shot_expand_add (visits, plan, plan->dashboards->pdata[i], dashboard, options, NOW_MS,
                          error)) {
      g_assert_cmpuint (visits->len, ==, before);
      return NULL;
    }
  }
  return show (visits);
}

static void
test_plain (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *shown = expand ("ranges: [last 1h, yesterday]\ndashboards: [u1]\n", web, NULL,
                                     &error);

  g_assert_no_error (error);
  g_assert_cmpstr (
      shown, ==,
      "1000x500@1 https://g.example/sub/d/u1/web?orgId=2&from=1795590000000&to=1795593600000"
      "&timezone=utc&kiosk\n"
      "  0 panel-1 \"CPU\" [] last 1h {}\n"
      "  2 panel-2 \"Memory a\" [] last 1h {\"host\":[\"a\"]}\n"
      "  4 panel-2-clone-1 \"Memory b\" [] last 1h {\"host\":[\"b\"]}\n"
      "  6 panel-3 \"Errors\" [Net ${env}] last 1h {}\n"
      "1000x500@1 https://g.example/sub/d/u1/web?orgId=2&from=1795478400000&to=1795564799999"
      "&timezone=utc&kiosk\n"
      "  1 panel-1 \"CPU\" [] yesterday {}\n"
      "  3 panel-2 \"Memory a\" [] yesterday {\"host\":[\"a\"]}\n"
      "  5 panel-2-clone-1 \"Memory b\" [] yesterday {\"host\":[\"b\"]}\n"
      "  7 panel-3 \"Errors\" [Net ${env}] yesterday {}\n");
}

/* The cells alone: "key title [row] range variables", lines apart by "|". */
static char *
list_cells (const char *shown)
{
  g_auto (GStrv)      lines = g_strsplit (shown, "\n", -1);
  g_autoptr (GString) out = g_string_new (NULL);

  for (char **line = lines; *line != NULL; line++) {
    if (g_str_has_prefix (*line, "  "))
      g_string_append_printf (out, "%s%s", out->len > 0 ? "|" : "", *line + 2);
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* The queries behind "kiosk" and the times, and of how many cells. */
static char *
list_visits (const char *shown)
{
  g_auto (GStrv)      lines = g_strsplit (shown, "\n", -1);
  g_autoptr (GString) out = g_string_new (NULL);
  unsigned            n_cells = 0;

  for (char **line = lines; *line != NULL; line++) {
    if (g_str_has_prefix (*line, "  ")) {
      n_cells++;
      continue;
    }
    if (n_cells > 0)
      g_string_append_printf (out, " %u|", n_cells);
    n_cells = 0;
    const char *zone = strstr (*line, "&timezone=utc");
    if (zone != NULL)
      g_string_append_printf (out, "%.*s%s", (int) strcspn (*line, " "), *line,
                              zone + strlen ("&timezone=utc"));
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Asked of the page: region has x and y. */
static GHashTable *
make_options (void)
{
  GHashTable *options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                               (GDestroyNotify) g_strfreev);

  g_hash_table_insert (options, g_strdup ("region"), g_strsplit ("x y", " ", -1));
  return options;
}

static const struct {
  const char *plan;
  const char *visits; /* NULL: not looked at */
  const char *cells;  /* likewise */
} good[] = {
  /* Several values are a visit each, in the plan's order; together they are one. */
  { "variables: {env: [y, x]}\ndashboards: [{uid: u1, include: [CPU]}]\n",
    "1000x500@1&var-env=y&kiosk 1|1000x500@1&var-env=x&kiosk 1|",
    "0 panel-1 \"CPU\" [] last 24h {\"env\":[\"y\"]}|1 panel-1 \"CPU\" [] last 24h {\"env\":[\"x\"]}" },
  { "variables: {host: {values: [c, a], together: true}}\ndashboards: [u1]\n",
    "1000x500@1&var-host=c&var-host=a&kiosk 4|",
    "0 panel-1 \"CPU\" [] last 24h {\"host\":[\"c\",\"a\"]}|"
    "1 panel-2 \"Memory c\" [] last 24h {\"host\":[\"c\"]}|"
    "2 panel-2-clone-1 \"Memory a\" [] last 24h {\"host\":[\"a\"]}|"
    "3 panel-3 \"Errors\" [Net ${env}] last 24h {\"host\":[\"c\",\"a\"]}" },
  { "variables: {host: b}\ndashboards: [{uid: u1, include: [\"m*\"]}]\n",
    "1000x500@1&var-host=b&kiosk 1|", "0 panel-2 \"Memory b\" [] last 24h {\"host\":[\"b\"]}" },
  { "variables: {host: all}\ndashboards: [{uid: u1, include: [\"m*\"]}]\n",
    "1000x500@1&var-host=a&kiosk 1|1000x500@1&var-host=b&kiosk 1|1000x500@1&var-host=c&kiosk 1|",
    NULL },
  { "variables: {host: {values: all, together: true}}\ndashboards: [{uid: u1, include: [\"m*\"]}]\n",
    "1000x500@1&var-host=%24__all&kiosk 3|",
    "0 panel-2 \"Memory a\" [] last 24h {\"host\":[\"a\"]}|"
    "1 panel-2-clone-1 \"Memory b\" [] last 24h {\"host\":[\"b\"]}|"
    "2 panel-2-clone-2 \"Memory c\" [] last 24h {\"host\":[\"c\"]}" },
  /* Every combination; the names sorted, whatever the plan says first. */
  { "variables: {region: all, env: [x, y]}\ndashboards: [{uid: u1, include: [CPU]}]\n",
    "1000x500@1&var-env=x&var-region=x&kiosk 1|1000x500@1&var-env=x&var-region=y&kiosk 1|"
    "1000x500@1&var-env=y&var-region=x&kiosk 1|1000x500@1&var-env=y&var-region=y&kiosk 1|",
    NULL },
  /* What the whole plan says does not concern those without it. */
  { "variables: {cluster: [1, 2]}\ndashboards: [{uid: u1, include: [CPU]}]\n",
    "1000x500@1&kiosk 1|", "0 panel-1 \"CPU\" [] last 24h {}" },
  /* Which panels. */
  { "dashboards: [{uid: u1, include: [{row: \"net*\"}]}]\n", NULL,
    "0 panel-3 \"Errors\" [Net ${env}] last 24h {}" },
  { "dashboards: [{uid: u1, include: [{kind: stat}, {id: 3}], exclude: [{id: panel-2}]}]\n", NULL,
    "0 panel-3 \"Errors\" [Net ${env}] last 24h {}" },
  { "dashboards: [{uid: u1, include: [{kind: stat, title: CPU}, c?u]}]\n", NULL,
    "0 panel-1 \"CPU\" [] last 24h {}" },
  { "dashboards: [{uid: u1, exclude: [\"*e*\"]}]\n", NULL, "0 panel-1 \"CPU\" [] last 24h {}" },
  /* The row's title is filled in, too. */
  { "variables: {env: y}\ndashboards: [{uid: u1, include: [{id: 3}]}]\n", NULL,
    "0 panel-3 \"Errors\" [Net y] last 24h {\"env\":[\"y\"]}" },
  /* Looks of panels: the last rule counts; those that look alike share their visits. */
  { "ranges: last 1h\ntheme: dark\n"
    "dashboards:\n- uid: u1\n  panels:\n"
    "  - {kind: \"*\", size: grid}\n  - {title: CPU, ranges: [last 1h, last 6h], scale: 2}\n"
    "  - {id: 3, theme: dark}\n",
    "1000x500@2&theme=dark&kiosk 1|1000x500@2&theme=dark&kiosk 1|0x0@1&theme=dark&kiosk 2|"
    "1000x500@1&theme=dark&kiosk 1|",
    "0 panel-1 \"CPU\" [] last 1h {}|1 panel-1 \"CPU\" [] last 6h {}|"
    "2 panel-2 \"Memory a\" [] last 1h {\"host\":[\"a\"]}|"
    "3 panel-2-clone-1 \"Memory b\" [] last 1h {\"host\":[\"b\"]}|"
    "4 panel-3 \"Errors\" [Net ${env}] last 1h {}" },
  { "dashboards:\n- uid: u1\n  panels: [{title: CPU, size: 1000x500}, {id: 3, variables: {env: y}}]\n",
    "1000x500@1&kiosk 3|1000x500@1&var-env=y&kiosk 1|", NULL },
  /* A second part about the same dashboard adds what is not there yet. */
  { "dashboards:\n- {uid: u1, ranges: last 1h}\n- {uid: u1, ranges: [last 1h, last 6h]}\n",
    "1000x500@1&kiosk 4|1000x500@1&kiosk 4|", NULL },
  /* Two names for one time are two visits: none has a panel twice. */
  { "ranges: [last 1h, {name: Now, range: last 60m}]\ndashboards: [{uid: u1, include: [CPU]}]\n",
    "1000x500@1&kiosk 1|1000x500@1&kiosk 1|",
    "0 panel-1 \"CPU\" [] last 1h {}|1 panel-1 \"CPU\" [] Now {}" },
};

static void
test_good (void)
{
  g_autoptr (GHashTable) options = make_options ();

  for (size_t i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char   *shown = expand (good[i].plan, web, options, &error);
    g_assert_no_error (error);
    g_autofree char *visits = list_visits (shown);
    g_autofree char *cells = list_cells (shown);
    if ((good[i].visits == NULL || strcmp (visits, good[i].visits) == 0) &&
        (good[i].cells == NULL || strcmp (cells, good[i].cells) == 0))
      continue;
    g_test_message ("row %zu: %s\n%s\n%s", i, good[i].plan, visits, cells);
    g_test_fail ();
  }
}

/* Behind "dashboard "Web" (u1): ". */
static const struct {
  const char *plan;
  const char *message;
} bad[] = {
  { "dashboards: [{uid: u1, include: [GPU]}]\n",
    "the plan leaves none of its 3 panels: see include and exclude" },
  { "dashboards: [{uid: u1, exclude: [\"*\"]}]\n",
    "the plan leaves none of its 3 panels: see include and exclude" },
  { "dashboards: [{uid: u1, variables: {hots: a}}]\n",
    "no variable \"hots\": did you mean \"host\"?" },
  { "dashboards: [{uid: u1, variables: {cluster: a}}]\n", "no variable \"cluster\"" },
  { "dashboards: [{uid: u1, variables: {env: prod}}]\n", "variable \"env\" has no value \"prod\"" },
  { "dashboards: [{uid: u1, variables: {region: xx}}]\n",
    "variable \"region\" has no value \"xx\": did you mean \"x\"?" },
  { "dashboards: [{uid: u1, variables: {env: {values: [x, y], together: true}}}]\n",
    "variable \"env\" takes one value at a time: leave \"together\" out, then each value has its "
    "picture" },
  { "dashboards: [{uid: u1, variables: {env: {values: all, together: true}}}]\n",
    "variable \"env\" takes one value at a time: leave \"together\" out, then each value has its "
    "picture" },
  { "dashboards: [{uid: u1, ranges: [2027-01-01, now-1h to now-2h]}]\n",
    "range \"2027-01-01\": it begins after now, so there is nothing to see yet\n"
    "dashboard \"Web\" (u1): range \"now-1h to now-2h\": it ends before it begins" },
};

static void
test_bad (void)
{
  g_autoptr (GHashTable) options = make_options ();

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char   *shown = expand (bad[i].plan, web, options, &error);
    g_autofree char   *message = g_strconcat ("dashboard \"Web\" (u1): ", bad[i].message, NULL);
    g_assert_null (shown);
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_assert_cmpstr (error->message, ==, message);
  }
  g_autoptr (GError) error = NULL;
  g_assert_null (expand ("dashboards: [{uid: u1, variables: {region: all}}]\n", web, NULL, &error));
  g_assert_cmpstr (error->message, ==,
                   "dashboard \"Web\" (u1): the values of variable \"region\" are not known: name "
                   "them instead of \"all\"");
}

/* A row for each region, with a panel for each host in it, one that the row's own variable would
 * repeat, and one that nothing repeats. */
static const char rows_of_rows[] =
    "{'meta':{'slug':'r'},'dashboard':{'uid':'r1','title':'R',"
    "'templating':{'list':[" VARIABLE_HOST "," VARIABLE_REGION "]},'panels':["
    "{'id':1,'type':'stat','title':'Top'," AT (
        0) "},"
           "{'id':9,'type':'row','title':'Row $region','repeat':'region','collapsed':false," AT (
               8) "},"
                  "{'id':2,'type':'stat','title':'[[host]] of ${region:raw}','repeat':'host'," AT (
                      9) "},"
                         "{'id':3,'type':'stat','title':'$regional','repeat':'region'," AT (
                             17) "},"
                                 "{'id':10,'type':'row','title':'Last'," AT (
                                     30) "},"
                                         "{'id':4,'type':'stat','title':'End'," AT (31) "}]}}";

static void
test_repeats (void)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (GHashTable) options = make_options ();
  g_autofree char       *shown = expand ("dashboards: [r1]\n", rows_of_rows, options, &error);

  g_assert_no_error (error);
  g_autofree char *cells = list_cells (shown);
  g_assert_cmpstr (
      cells, ==,
      "0 panel-1 \"Top\" [] last 24h {}|"
      "1 panel-2 \"a of x\" [Row x] last 24h {\"host\":[\"a\"],\"region\":[\"x\"]}|"
      "2 panel-2-clone-1 \"b of x\" [Row x] last 24h {\"host\":[\"b\"],\"region\":[\"x\"]}|"
      "3 panel-3 \"$regional\" [Row x] last 24h {\"region\":[\"x\"]}|"
      "4 panel-2-clone-2 \"a of y\" [Row y] last 24h {\"host\":[\"a\"],\"region\":[\"y\"]}|"
      "5 panel-2-clone-3 \"b of y\" [Row y] last 24h {\"host\":[\"b\"],\"region\":[\"y\"]}|"
      "6 panel-3-clone-1 \"$regional\" [Row y] last 24h {\"region\":[\"y\"]}|"
      "7 panel-4 \"End\" [Last] last 24h {}");

  /* Without the answer a row stands there once, with whatever it has. */
  g_autofree char *unasked = expand ("dashboards: [{uid: r1, include: [{id: 3}]}]\n", rows_of_rows,
                                     NULL, &error);
  g_assert_no_error (error);
  g_autofree char *one = list_cells (unasked);
  g_assert_cmpstr (one, ==,
                   "0 panel-3 \"$regional\" [Row $region] last 24h {\"region\":[\"$__all\"]}");
}

static void
test_keys (void)
{
  g_autoptr (ShotPlan)      plan = read_plan ("dashboards: [u1]\n");
  g_autoptr (ShotDashboard) dashboard = parse (web);
  g_autoptr (GPtrArray) visits = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_visit_free);

  g_assert_true (
      shot_expand_add (visits, plan, plan->dashboards->pdata[0], dashboard, NULL, NOW_MS, NULL));
  const ShotVisit *visit = visits->pdata[0];
  const ShotCell  *copy = visit->cells->pdata[2];
  g_assert_cmpstr (copy->panel_key, ==, "panel-2-clone-1");
  g_assert_cmpstr (copy->key, ==, "u1/panel-2/last 24h/{\"host\":[\"b\"]}");
  g_autofree char *other = shot_expand_make_key (copy, "today");
  g_assert_cmpstr (other, ==, "u1/panel-2/today/{\"host\":[\"b\"]}");
  g_autofree char *plain = shot_expand_make_key (visit->cells->pdata[0], "today");
  g_assert_cmpstr (plain, ==, "u1/panel-1/today/{}");
  g_assert_cmpstr (copy->dashboard_uid, ==, "u1");
  g_assert_cmpstr (copy->dashboard_title, ==, "Web");
  g_assert_cmpint (copy->dashboard_version, ==, 7);
  g_assert_cmpstr (copy->panel_kind, ==, "stat");
  g_assert_cmpint (copy->to_ms, ==, NOW_MS);
  g_assert_cmpint (copy->width, ==, 1000);
  g_assert_cmpstr (copy->timezone, ==, "UTC");
  g_assert_cmpint (copy->state, ==, SHOT_CELL_PENDING);
  g_assert_true (visit->dashboard == dashboard);
  g_assert_cmpstr (visit->timezone, ==, "UTC");
  g_assert_null (visit->language);
}

static char *
join (GPtrArray *texts)
{
  g_ptr_array_add (texts, NULL);
  return g_strjoinv ("|", (char **) texts->pdata);
}

static void
test_unknown (void)
{
  static const struct {
    const char *plan;
    const char *web; /* what must be asked of either */
    const char *rows;
  } rows[] = {
    { "dashboards: [a]\n", "", "region" },
    { "dashboards: [{uid: a, include: [{id: 1}, {id: 4}]}]\n", "", "" },
    { "variables: {region: all}\ndashboards: [a]\n", "region", "region" },
    { "variables: {region: x}\ndashboards: [a]\n", "", "" },
    { "variables: {region: {values: all, together: true}}\ndashboards: [a]\n", "", "region" },
    { "variables: {host: all}\ndashboards: [{uid: a, include: [{id: 1}]}]\n", "", "" },
    { "dashboards: [{uid: a, include: [{id: 1}], panels: [{id: 1, variables: {region: all}}]}]\n",
      "region", "region" },
  };
  g_autoptr (ShotDashboard) of_web = parse (web);
  g_autoptr (ShotDashboard) of_rows = parse (rows_of_rows);

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotPlan)  plan = read_plan (rows[i].plan);
    g_autoptr (GPtrArray) a = shot_expand_list_unknown (plan, plan->dashboards->pdata[0], of_web);
    g_autoptr (GPtrArray) b = shot_expand_list_unknown (plan, plan->dashboards->pdata[0], of_rows);
    g_autofree char      *names = join (a);
    g_autofree char      *others = join (b);
    g_assert_cmpstr (names, ==, rows[i].web);
    g_assert_cmpstr (others, ==, rows[i].rows);
  }
}

static ShotFoundDashboard *
find (const char *uid, const char *title, const char *folder, const char *folder_uid,
      const char *tags)
{
  ShotFoundDashboard *found = g_new0 (ShotFoundDashboard, 1);

  found->uid = g_strdup (uid);
  found->title = g_strdup (title);
  found->folder = g_strdup (folder);
  found->folder_uid = g_strdup (folder_uid);
  found->tags = g_strsplit (tags, " ", -1);
  return found;
}

static const struct {
  const char *part;
  const char *uids; /* NULL: @message */
  const char *message;
} choices[] = {
  { "uid: aaa111", "aaa111", NULL },
  { "folder: databases", "bbb222|ccc333", NULL },
  { "folder: f-db", "bbb222|ccc333", NULL },
  { "folder: general", "aaa111", NULL },
  { "tag: daily", "aaa111|ccc333", NULL },
  { "search: sql", "bbb222|ccc333", NULL },
  { "search: nothing", NULL, "no dashboard is found by searching for \"nothing\"" },
  { "uid: aaa112", NULL,
    "no dashboard has the uid \"aaa112\": did you mean \"aaa111\" (Web servers)?" },
  { "uid: web SERVERS", NULL,
    "no dashboard has the uid \"web SERVERS\": did you mean \"aaa111\" (Web servers)?" },
  { "uid: something-else", NULL,
    "no dashboard that the token may see has the uid \"something-else\": it stands behind /d/ in the "
    "dashboard's address" },
  { "folder: Database", NULL,
    "no dashboard has the folder \"Database\": did you mean \"Databases\"?" },
  { "tag: Daily", NULL, "no dashboard has the tag \"Daily\": did you mean \"daily\"?" },
  { "tag: unheard-of", NULL, "no dashboard that the token may see has the tag \"unheard-of\"" },
};

static void
test_choose (void)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (
      (GDestroyNotify) shot_found_dashboard_free);

  g_ptr_array_add (found, find ("aaa111", "Web servers", "", "", "daily web"));
  g_ptr_array_add (found, find ("bbb222", "MySQL", "Databases", "f-db", ""));
  g_ptr_array_add (found, find ("ccc333", "PostgreSQL", "Databases", "f-db", "daily"));
  for (size_t i = 0; i < G_N_ELEMENTS (choices); i++) {
    g_autoptr (GError)    error = NULL;
    g_autofree char      *text = g_strdup_printf ("dashboards: [{%s}]\n", choices[i].part);
    g_autoptr (ShotPlan)  plan = read_plan (text);
    g_autoptr (GPtrArray) uids = shot_expand_choose (plan->dashboards->pdata[0], found, NULL,
                                                     &error);
    if (choices[i].uids == NULL) {
      g_assert_null (uids);
      g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
      g_assert_cmpstr (error->message, ==, choices[i].message);
      continue;
    }
    g_assert_no_error (error);
    g_autofree char *joined = join (uids);
    g_assert_cmpstr (joined, ==, choices[i].uids);
  }

  /* What Grafana's own search says counts, but for what the token may not see. */
  g_autoptr (ShotPlan)  plan = read_plan ("dashboards: [{search: x}]\n");
  g_autoptr (GPtrArray) by_text = g_ptr_array_new ();
  g_ptr_array_add (by_text, (void *) "zzz999");
  g_ptr_array_add (by_text, (void *) "aaa111");
  g_autoptr (GPtrArray) uids = shot_expand_choose (plan->dashboards->pdata[0], found, by_text,
                                                   NULL);
  g_autofree char      *joined = join (uids);
  g_assert_cmpstr (joined, ==, "aaa111");
}

static void
test_idle (void)
{
  g_autoptr (ShotPlan) plan = read_plan (
      "variables: {hots: a, env: x}\n"
      "dashboards: [{uid: u1, include: [CPU, CPUs, \"Mem*\"], exclude: [{id: 77}], panels: "
      "[{kind: gauge, row: Net, size: grid}]}]\n");
  g_autoptr (ShotDashboard) dashboard = parse (web);
  g_autoptr (GPtrArray)     dashboards = g_ptr_array_new ();
  g_autoptr (GPtrArray)     idle = shot_expand_list_idle (plan->dashboards->pdata[0], dashboard);
  g_autofree char          *joined = join (idle);

  g_assert_cmpstr (joined, ==,
                   "dashboard \"Web\" has no panel of title \"CPUs\": did you mean \"CPU\"?|"
                   "dashboard \"Web\" has no panel of id \"77\"|"
                   "dashboard \"Web\" has no panel of kind \"gauge\", row \"Net\"");
  g_ptr_array_add (dashboards, dashboard);
  g_autoptr (GPtrArray) variables = shot_expand_list_idle_variables (plan, dashboards);
  g_autofree char      *names = join (variables);
  g_assert_cmpstr (names, ==,
                   "no dashboard of the plan has a variable \"hots\": did you mean \"host\"?");
}

/* What strangers write in Grafana stays text. */
static void
test_hostile (void)
{
  static const char json[] =
      "{'meta':{},'dashboard':{'uid':'a/../b','title':'<script>','templating':{'list':[{'name':'x',"
      "'type':'textbox','query':''}]},'panels':[{'id':1,'type':'stat','title':'<script>$x\\n\\u202e../'}]}}";
  g_autoptr (GError) error = NULL;
  g_autofree char   *shown = expand (
        "ranges: last 1h\ndashboards: [{uid: a, variables: {x: \"a&b=c d/\\u00e9\"}}]\n", json, NULL,
        &error);

  g_assert_no_error (error);
  g_assert_nonnull (strstr (shown,
                            "https://g.example/sub/d/a%2F..%2Fb?orgId=2&from=1795590000000"
                            "&to=1795593600000&timezone=utc&var-x=a%26b%3Dc%20d%2F%C3%A9&kiosk\n"));
  g_assert_nonnull (strstr (shown, "\"<script>a&b=c d/\xc3\xa9"));
  g_assert_nonnull (strstr (shown, "{\"x\":[\"a&b=c d/\xc3\xa9\"]}"));
  g_assert_null (strstr (shown, "\xe2\x80\xae"));

  /* Nor does a pattern take long over it. */
  g_autofree char *title = g_strnfill (4000, 'a');
  g_autofree char *long_json = g_strdup_printf (
      "{'meta':{},'dashboard':{'uid':'a','title':'%s','panels':[{'id':1,'type':'stat','title':'%s'}]}}",
      title, title);
  g_autofree char *star = expand ("dashboards: [{uid: a, exclude: [\"*a*a*a*a*a*a*a*a*a*a*b\"]}]\n",
                                  long_json, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (star), <, 1000);
}

/* A dashboard of @n_panels panels. */
static char *
make_large (unsigned n_panels)
{
  g_autoptr (GString) json = g_string_new (
      "{'meta':{},'dashboard':{'uid':'l','title':'L','templating':{'list':[" VARIABLE_HOST
      "]},'panels':[");

  for (unsigned i = 0; i < n_panels; i++)
    g_string_append_printf (json, "%s{'id':%u,'type':'stat','title':'Panel %u of $host'}",
                            i > 0 ? "," : "", i + 1, i);
  g_string_append (json, "]}}");
  return g_string_free (g_steal_pointer (&json), FALSE);
}

static void
test_large (void)
{
  static const char  lots[] = "ranges: [last 1h, last 2h, last 3h, last 4h, last 5h, last 6h, last "
                              "7h, last 8h, last 9h, last 10h]\nvariables: {host: all}\n"
                              "dashboards: [l, {uid: l, ranges: last 1m}]\n";
  g_autoptr (GError) error = NULL;
  g_autofree char   *json = make_large (334);
  g_autofree char   *shown = expand (lots, json, NULL, &error);

  /* 334 panels, 3 hosts, 11 ranges. */
  g_assert_no_error (error);
  g_assert_nonnull (strstr (shown, "\n  11021 panel-334 "));
  g_assert_null (strstr (shown, "\n  11022 "));

  g_autofree char *larger = make_large (667);
  g_assert_null (expand (lots, larger, NULL, &error));
  g_assert_cmpstr (error->message, ==,
                   "dashboard \"L\" (l): with it the plan has more than 20000 pictures: leave out "
                   "panels, ranges or values, or divide the plan");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/expand/plain", test_plain);
  g_test_add_func ("/expand/good", test_good);
  g_test_add_func ("/expand/bad", test_bad);
  g_test_add_func ("/expand/repeats", test_repeats);
  g_test_add_func ("/expand/keys", test_keys);
  g_test_add_func ("/expand/unknown", test_unknown);
  g_test_add_func ("/expand/choose", test_choose);
  g_test_add_func ("/expand/idle", test_idle);
  g_test_add_func ("/expand/hostile", test_hostile);
  g_test_add_func ("/expand/large", test_large);
  return g_test_run ();
}
