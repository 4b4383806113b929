/* allow.c: a list of targets (lines) and, after a line with a dot alone, an address to check
 *
 * Beside not to crash, hosts must mean the same when they are read again, and nothing may be
 * allowed that a stricter list refuses.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "allow.h"
#include "target.h"

static void
check_host (const char *text)
{
  g_auto (ShotHost) host = { 0 };
  g_auto (ShotHost) again = { 0 };

  if (!shot_host_parse (text, &host, NULL))
    return;
  g_autofree char *plain = shot_host_to_text (&host);
  g_autofree char *written = strchr (plain, ':') != NULL ? g_strdup_printf ("[%s]", plain)
                                                         : g_strdup (plain);
  g_assert_true (shot_host_parse (written, &again, NULL));
  g_autofree char *second = shot_host_to_text (&again);
  g_assert_cmpstr (plain, ==, second);
}

static void
check_uri (const GPtrArray *entries, const char *uri)
{
  g_autoptr (ShotAllow) list = shot_allow_parse (entries, NULL);
  g_autoptr (ShotAllow) none = shot_allow_parse (NULL, NULL);
  g_auto (ShotEndpoint) endpoint = { 0 };
  g_autoptr (GError)    error = NULL;

  if (!shot_endpoint_parse (uri, &endpoint, &error)) {
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    g_assert_false (shot_allow_check_uri (none, uri, NULL));
    return;
  }
  if (list == NULL)
    return;
  if (shot_allow_check_unresolved (list, &endpoint.host, endpoint.port, NULL))
    g_assert_true (shot_allow_check_host (list, &endpoint.host, endpoint.port, NULL));
  if (shot_allow_check_uri (list, uri, NULL))
    g_assert_true (shot_allow_check_host (list, &endpoint.host, endpoint.port, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char      *text = g_strndup ((const char *) data, size);
  g_auto (GStrv)        lines = g_strsplit (text, "\n", -1);
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  unsigned              i;

  for (i = 0; lines[i] != NULL && !g_str_equal (lines[i], "."); i++) {
    g_ptr_array_add (entries, lines[i]);
    check_host (lines[i]);
  }
  const char *uri = lines[i] != NULL && lines[i + 1] != NULL ? lines[i + 1] : "";
  check_uri (entries, uri);
  return 0;
}
