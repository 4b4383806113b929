/* plan.c: fuzzes plans
 *
 * Whoever may write a plan is trusted with much, but one that was put together by a program, or sent
 * along with an archive, is not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <string.h>

#include "error.h"
#include "plan.h"
#include "target.h"

static void
check_look (const ShotPlanLook *look)
{
  g_assert (look->ranges != NULL && look->ranges->len > 0);
  g_assert (look->is_grid == 0 || look->is_grid == 1);
  g_assert (look->is_grid == 1 || (look->width > 0 && look->height > 0));
  g_assert (look->scale > 0 && look->timezone != NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (ShotPlan) plan = shot_plan_read_text ("x.yaml", (const char *) data, size, &error);

  if (plan == NULL) {
    g_assert (g_error_matches (error, SHOT_ERROR, SHOT_ERROR_USAGE));
    g_assert (g_str_has_prefix (error->message, "x.yaml:"));
    return 0;
  }
  g_assert (error == NULL && plan->grafana != NULL && plan->dashboards->len > 0);
  check_look (&plan->look);
  for (unsigned i = 0; i < plan->dashboards->len; i++) {
    const ShotPlanDashboard *dashboard = plan->dashboards->pdata[i];
    check_look (&dashboard->look);
    for (unsigned j = 0; j < dashboard->panels->len; j++) {
      const ShotPlanPanel *panel = dashboard->panels->pdata[j];
      check_look (&panel->look);
    }
  }
  g_assert (shot_plan_get_due (plan, INT64_C (1795593600000)) >= 0);
  return 0;
}
