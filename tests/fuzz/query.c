/* query.c: fuzzes what comes after "?" of /render and /render/csv
 *
 * The first byte chooses the route and the rules. Whatever is accepted must be a job that the
 * engine's end of the link accepts as well, and a name that cannot leave its header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <string.h>

#include "disposition.h"
#include "error.h"
#include "request.h"
#include "target.h"

static void
check_job (const ShotJob *job)
{
  g_autoptr (JsonObject) object = shot_job_to_json (job);
  g_autoptr (ShotJob)    back = shot_job_from_json (object, NULL);

  g_assert (back != NULL);
  g_assert (job->width >= 1 && job->width <= SHOT_JOB_MAX_SIDE);
  g_assert (job->height >= 1 && job->height <= SHOT_JOB_MAX_SIDE);
}

static void
check_name (const ShotQuery *query)
{
  const char *path = shot_query_get (query, "filePath");

  if (path == NULL)
    return;
  g_autofree char *name = shot_disposition_clean_name (path);
  g_autofree char *text = shot_disposition_format (name);
  g_assert (strpbrk (name, "/\\\r\n") == NULL);
  g_assert (g_str_is_ascii (text) && strpbrk (text, "\r\n") == NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < 1)
    return 0;

  g_autofree char          *text = g_strndup ((const char *) data + 1, size - 1);
  g_autoptr (GError)        error = NULL;
  g_autoptr (ShotQuery)     query = shot_query_parse (text, &error);
  g_auto (ShotRequestRules) rules;

  shot_request_rules_init (&rules);
  rules.allow_expressions = (data[0] & 2) != 0;
  rules.is_tall_by_default = (data[0] & 4) != 0;
  if (data[0] & 8)
    rules.default_encoding = SHOT_ENCODING_PDF;
  if (query == NULL) {
    g_assert (error->domain == SHOT_ERROR);
    return 0;
  }
  check_name (query);
  if (!shot_query_check_url (query, NULL))
    return 0;

  g_autoptr (ShotJob) job = shot_request_make_job (
      query, data[0] & 1 ? SHOT_REQUEST_CSV : SHOT_REQUEST_RENDER, &rules, NULL, &error);
  g_assert ((job == NULL) == (error != NULL));
  if (error != NULL)
    g_assert (error->domain == SHOT_ERROR && strchr (error->message, '\n') == NULL);
  else if (shot_job_check (job, NULL))
    check_job (job);
  return 0;
}
