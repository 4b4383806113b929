/* review-body.c: fuzzes the bodies of the review API
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <string.h>

#include "body.h"
#include "error.h"
#include "target.h"

#define MEMBERS "verdict severity note revision count filter password withOpen"

static void
check_error (const void *result, const GError *error)
{
  g_assert ((result == NULL) == (error != NULL));
  if (error != NULL)
    g_assert (error->domain == SHOT_ERROR && error->code == SHOT_ERROR_USAGE &&
              strlen (error->message) < 500 && g_utf8_validate (error->message, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes)     bytes = g_bytes_new (data, size);
  g_autoptr (GError)     error = NULL;
  g_autoptr (GError)     inner_error = NULL;
  g_autoptr (ShotBody)   body = shot_body_parse (bytes, MEMBERS, &error);
  g_autoptr (ShotBody)   inner = NULL;
  g_autoptr (ShotSecret) secret = NULL;
  const char            *note = NULL;
  int64_t                revision = -1;
  bool                   is_open = false;

  check_error (body, error);
  if (body == NULL)
    return 0;
  inner = shot_body_get_object (body, "filter", "filter text dashboard range", &inner_error);
  check_error (inner, inner_error);
  if (shot_body_get_text (body, "note", 20, &note, NULL) && note != NULL)
    g_assert (g_utf8_validate (note, -1, NULL) && g_utf8_strlen (note, -1) <= 20);
  if (shot_body_get_int (body, "revision", 0, 100, &revision, NULL))
    g_assert (revision >= -1 && revision <= 100);
  shot_body_get_bool (body, "withOpen", &is_open, NULL);
  shot_body_get_secret (body, "password", &secret, NULL);
  shot_body_require (body, "verdict revision", NULL);
  return 0;
}
