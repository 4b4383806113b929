#include "config.h"

#include "first-plan.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"
#include "plan.h"

#define MAX_DASHBOARDS 12

/* Dashboards as a test says them. */
typedef struct {
  ShotFoundDashboard found[MAX_DASHBOARDS];
  ShotDashboard      dashboards[MAX_DASHBOARDS];
  ShotFirstPlanEntry entries[MAX_DASHBOARDS];
  ShotFirstPlanFacts facts;
} World;

static void
add (World *world, const char *folder, const char *uid, const char *title, unsigned n_panels)
{
  unsigned i = world->facts.n_entries++;

  world->found[i] = (ShotFoundDashboard){ (char *) uid, (char *) title, (char *) folder,
                                          (char *) "", NULL };
  world->dashboards[i] = (ShotDashboard){ .uid = (char *) uid,
                                          .panels = g_ptr_array_new (),
                                          .variables = g_ptr_array_new () };
  g_ptr_array_set_size (world->dashboards[i].panels, (int) n_panels);
  world->entries[i] = (ShotFirstPlanEntry){ &world->found[i], &world->dashboards[i] };
  world->facts.entries = world->entries;
}

static void
clear (World *world)
{
  for (unsigned i = 0; i < world->facts.n_entries; i++) {
    g_ptr_array_unref (world->dashboards[i].panels);
    g_ptr_array_unref (world->dashboards[i].variables);
  }
}

static ShotPlan *
read_plan (const char *text)
{
  g_autoptr (GError) error = NULL;
  ShotPlan          *plan = shot_plan_read_text ("/plans/first.yaml", text, strlen (text), &error);

  g_assert_no_error (error);
  return plan;
}

/* The plan with every dashboard in it. */
static char *
uncomment (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "\n  # - uid:", -1);

  return g_strjoinv ("\n  - uid:", parts);
}

static void
test_plan (void)
{
  World    world = { .facts = { .grafana = "https://grafana.example:3000/x",
                                .token_file = "my token",
                                .ca_file = "/etc/ca.pem",
                                .org_id = 4 } };
  unsigned n_active = 0;

  add (&world, "", "abc-1_X", "Plain", 7);
  add (&world, "", "empty", "Nothing in it", 0);
  add (&world, "生产", "007", "Number", 1);
  add (&world, "生产", "null", "Word", 2);
  g_autofree char     *text = shot_first_plan_make (&world.facts, &n_active);
  g_autoptr (ShotPlan) plan = read_plan (text);
  g_assert_cmpuint (n_active, ==, 3);
  g_assert_cmpstr (plan->grafana, ==, "https://grafana.example:3000/x");
  g_assert_cmpstr (plan->token_file, ==, "/plans/my token");
  g_assert_cmpstr (plan->ca_file, ==, "/etc/ca.pem");
  g_assert_cmpint (plan->org_id, ==, 4);
  g_assert_cmpuint (plan->look.ranges->len, ==, 3);
  g_assert_cmpuint (plan->dashboards->len, ==, 3);
  g_assert_cmpstr (((ShotPlanDashboard *) plan->dashboards->pdata[1])->uid, ==, "007");
  g_assert_cmpstr (((ShotPlanDashboard *) plan->dashboards->pdata[2])->uid, ==, "null");
  g_assert_nonnull (strstr (text, "# Folder 生产"));
  g_assert_nonnull (strstr (text, "# In no folder"));
  g_assert_nonnull (strstr (text, "# - uid: empty"));
  g_assert_nonnull (strstr (text, "Number: 1 panel\n"));
  g_assert_nonnull (strstr (text, "Plain: 7 panels\n"));
  clear (&world);
}

/* A round of a sane size: what is too much is there, with a "#" in front. */
static void
test_size (void)
{
  World    world = { .facts = { .grafana = "http://g" } };
  unsigned n_active = 0;

  add (&world, "", "huge", "More than all", 500);
  add (&world, "", "a", "A", 1);
  g_autofree char     *one = shot_first_plan_make (&world.facts, &n_active);
  g_autoptr (ShotPlan) one_plan = read_plan (one);
  g_assert_cmpuint (n_active, ==, 1);
  g_assert_cmpuint (one_plan->dashboards->len, ==, 1);
  g_assert_null (strstr (one, "Folder"));
  clear (&world);

  World many = { .facts = { .grafana = "http://g" } };
  add (&many, "", "b", "B", 60);
  add (&many, "", "c", "C", 60);
  add (&many, "", "d", "D", 40);
  many.entries[2].dashboard = NULL;
  g_autofree char *two = shot_first_plan_make (&many.facts, &n_active);
  g_assert_cmpuint (n_active, ==, 1);
  g_assert_nonnull (strstr (two, "could not be read"));
  g_autofree char     *all = uncomment (two);
  g_autoptr (ShotPlan) all_plan = read_plan (all);
  g_assert_cmpuint (all_plan->dashboards->len, ==, 3);
  clear (&many);
}

/* Nothing that somebody called a dashboard or a folder becomes a part of the plan. */
static void
test_hostile (void)
{
  static const char *const titles[] = {
    "x\nschedule: {cron: '* * * * *'}",
    "x\r\n  - uid: evil",
    "\xe2\x80\xa8- uid: evil",
    "\xe2\x80\xaexe.lmay # {",
    "': [}, &a *a !!x %TAG",
    "\x01\x7f\xc2\x85\t",
    "\"; rm -rf /",
    "长标题长标题长标题长标题长标题长标题长标题长标题长标题长标题长标题长标题",
    NULL,
  };
  World    world = { .facts = { .grafana = "http://g" } };
  unsigned n_active = 0;

  for (unsigned i = 0; titles[i] != NULL; i++)
    add (&world, titles[i], titles[G_N_ELEMENTS (titles) - 2 - i], titles[i], 1);
  g_autofree char     *text = shot_first_plan_make (&world.facts, &n_active);
  g_autoptr (ShotPlan) plan = read_plan (text);
  /* Three of the uids are texts of one line. */
  g_assert_cmpuint (n_active, ==, 3);
  g_assert_cmpuint (plan->dashboards->len, ==, n_active);
  g_assert_null (plan->cron);
  for (unsigned i = 0; i < plan->dashboards->len; i++)
    g_assert_true (
        g_strv_contains (titles, ((ShotPlanDashboard *) plan->dashboards->pdata[i])->uid));
  clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/first-plan/plan", test_plan);
  g_test_add_func ("/first-plan/size", test_size);
  g_test_add_func ("/first-plan/hostile", test_hostile);
  return g_test_run ();
}
