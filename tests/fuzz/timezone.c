/* timezone.c: fuzzes names of time zones
 *
 * What passes becomes part of a path here and is handed to WebKit there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <string.h>

#include "error.h"
#include "job.h"
#include "target.h"
#include "timezone.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char    *text = g_strndup ((const char *) data, size);
  g_autoptr (GError)  error = NULL;
  g_autofree char    *name = shot_timezone_normalize (text, &error);
  g_autoptr (ShotJob) job = shot_job_new ("http://grafana.example/");

  g_assert (name == NULL || error == NULL);
  if (error != NULL)
    g_assert (error->domain == SHOT_ERROR && error->code == SHOT_ERROR_USAGE);
  if (name == NULL)
    return 0;
  g_assert (strstr (name, "..") == NULL && *name != '/');
  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  job->timezone = g_strdup (name);
  g_assert (shot_job_check (job, NULL));
  return 0;
}
