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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/expand/plain", test_plain);
  return g_test_run ();
}
