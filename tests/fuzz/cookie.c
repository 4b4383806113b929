/* cookie.c: fuzzes render key and domain, apart by the first line end
 *
 * What passes becomes a cookie, so it must not hold what ends a cookie or a header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <string.h>

#include "job.h"
#include "target.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char    *text = g_strndup ((const char *) data, size);
  g_auto (GStrv)      parts = g_strsplit (text, "\n", 2);
  g_autoptr (ShotJob) job = shot_job_new ("http://grafana.example/");

  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  if (parts[0] == NULL)
    return 0;
  job->render_key = shot_secret_new (parts[0]);
  job->domain = g_strdup (parts[1]);
  if (!shot_job_check (job, NULL))
    return 0;

  for (const char *at = parts[0]; *at != '\0'; at++)
    g_assert (*at > ' ' && *at < 0x7f && strchr ("\",;\\", *at) == NULL);
  g_assert (parts[1] == NULL || strpbrk (parts[1], " ;,=/\\\"\r\n\t") == NULL);
  return 0;
}
