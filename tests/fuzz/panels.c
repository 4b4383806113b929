/* panels.c: fuzzes the list of panels that a page hands over, and what is made of it
 *
 * Whatever it says, the panels get places that are whole and inside their views, names that are no
 * paths, and an index that can be read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <string.h>

#include "panel-index.h"
#include "panels.h"
#include "target.h"

static void
check_plan (const ShotPanelList *list, const ShotJob *job)
{
  g_autoptr (ShotPanelPlan) plan = shot_panels_plan (list, job, job->pictures->pdata[0]);
  g_autofree char          *json = shot_panels_plan_to_json (plan);

  g_assert (plan->n_places == list->boxes->len && *json == '{');
  for (unsigned i = 0; i < plan->n_places; i++) {
    const ShotPanelPlace *place = &plan->places[i];
    if (place->width == 0)
      continue;
    g_assert (place->batch < plan->batches->len);
    const ShotPanelBatch *batch = &g_array_index (plan->batches, ShotPanelBatch, place->batch);
    g_assert (place->x >= 0 && place->y >= batch->top &&
              place->y + place->height <= batch->top + batch->height &&
              batch->height <= SHOT_GEOMETRY_MAX_SIDE);
  }
}

static void
check_names (const ShotPanelList *list)
{
  g_autoptr (ShotResult) result = shot_result_new ("fuzz");

  for (unsigned i = 0; i < list->boxes->len; i++) {
    const ShotPanelBox    *box = list->boxes->pdata[i];
    g_autoptr (JsonObject) object = shot_panel_to_json (box->panel);
    ShotPicture           *picture = shot_picture_new ();
    picture->fd = -1;
    picture->size_bytes = 1;
    picture->panel = shot_panel_from_json (object, NULL);
    g_assert (picture->panel != NULL);
    g_ptr_array_add (result->pictures, picture);
  }
  g_autoptr (GPtrArray) names = shot_panel_index_make_names (result, NULL, NULL);
  for (unsigned i = 0; i < names->len; i++)
    g_assert (strpbrk (names->pdata[i], "/\\\r\n") == NULL && *(char *) names->pdata[i] != '.' &&
              strlen (names->pdata[i]) < 200);
  g_autofree char *index = shot_panel_index_make_json (result, names);
  g_assert (g_utf8_validate (index, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char          *text = g_strndup ((const char *) data, size);
  g_autoptr (ShotPanelList) list = shot_panels_parse (text);
  g_autoptr (ShotJob)       job = shot_job_new ("http://grafana.example/");

  if (list == NULL)
    return 0;
  ShotPictureWish *wish = shot_job_add_picture (job, SHOT_PICTURE_EACH_PANEL, NULL);
  job->scale = size % 2 == 0 ? 1 : 0.37;
  check_plan (list, job);
  wish->is_grid = true;
  check_plan (list, job);
  check_names (list);
  shot_picture_wish_add_panel (wish, "panel-4");
  shot_panels_choose (list, wish->panels);
  check_plan (list, job);
  return 0;
}
