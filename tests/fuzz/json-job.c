/* json-job.c: fuzzes the body of POST /render
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <string.h>

#include "error.h"
#include "json-job.h"
#include "request.h"
#include "target.h"

static void
check_error (const void *result, const GError *error)
{
  g_assert ((result == NULL) == (error != NULL));
  if (error != NULL)
    g_assert (error->domain == SHOT_ERROR && strpbrk (error->message, "\r\n") == NULL &&
              strlen (error->message) < 400 && g_utf8_validate (error->message, -1, NULL));
}

static void
check_names (const ShotJsonJob *json)
{
  g_assert (json->names->len == json->pictures->len);
  for (unsigned i = 0; i < json->names->len; i++)
    g_assert (strpbrk (json->names->pdata[i], "/\\\r\n") == NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char          *text = g_memdup2 (data, size);
  g_autoptr (GError)        error = NULL;
  g_autoptr (GError)        later_error = NULL;
  g_auto (ShotRequestRules) rules;
  g_autoptr (ShotJsonJob)   json = shot_json_job_parse (text != NULL ? text : "", size, &error);

  shot_request_rules_init (&rules);
  check_error (json, error);
  if (json == NULL)
    return 0;
  check_names (json);
  if (!shot_query_check_url (json->values, NULL))
    return 0;

  g_autoptr (ShotJob) job = shot_request_make_job (json->values, SHOT_REQUEST_PICTURES, &rules,
                                                   NULL, &later_error);
  check_error (job, later_error);
  if (job == NULL)
    return 0;
  shot_json_job_add_pictures (json, job, rules.max_width, rules.max_height);
  if (!shot_job_check (job, NULL))
    return 0;

  g_autoptr (JsonObject) object = shot_job_to_json (job);
  g_autoptr (ShotJob)    back = shot_job_from_json (object, NULL);
  g_assert (back != NULL);
  return 0;
}
