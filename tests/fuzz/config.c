/* config.c: fuzzes the reader of configuration files, and everything that is made from one
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include "serve-settings.h"
#include "target.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static ShotSettings     *defaults;
  g_autoptr (ShotSettings) settings = NULL;
  g_autoptr (GError)       error = NULL;

  if (defaults == NULL)
    defaults = shot_settings_new (shot_serve_settings_table);
  settings = shot_settings_copy (defaults);

  if (!shot_settings_read_text (settings, "x.yaml", (const char *) data, size, &error) ||
      !shot_serve_settings_resolve (settings, &error)) {
    g_assert_nonnull (error);
    return 0;
  }

  g_auto (ShotRequestRules) rules = { 0 };
  g_autofree char          *uri = shot_serve_settings_make_uri (settings);
  g_auto (GStrv)            notices = shot_settings_list_notices (settings);
  if (!shot_serve_settings_make_rules (settings, &rules, &error))
    g_assert_nonnull (error);
  g_assert_true (uri != NULL && notices != NULL);
  for (const ShotSetting *row = shot_serve_settings_table; row->key != NULL; row++) {
    g_autofree char *shown = shot_settings_show (settings, row->key);
    g_autofree char *origin = shot_settings_describe_origin (settings, row->key);
    g_assert_true (shown != NULL && origin != NULL);
  }
  return 0;
}
