/* review-table.c: fuzzes the reading of a cell's data, which an imported archive brings along
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include "gzip.h"
#include "table.h"
#include "target.h"

#define LIMIT 5

static void
check_texts (JsonArray *array)
{
  for (unsigned i = 0; i < json_array_get_length (array); i++)
    g_assert (g_utf8_validate (json_array_get_string_element (array, i), -1, NULL));
}

static void
read_frame (const char *text, size_t length, unsigned frame)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = shot_table_read (text, length, frame, LIMIT, &error);
  JsonArray             *rows;

  g_assert ((object == NULL) == (error != NULL));
  if (object == NULL)
    return;
  rows = json_object_get_array_member (object, "rows");
  g_assert (json_array_get_length (rows) <= LIMIT);
  g_assert (json_object_get_int_member (object, "total") >= json_array_get_length (rows));
  check_texts (json_object_get_array_member (object, "columns"));
  check_texts (json_object_get_array_member (object, "frames"));
  for (unsigned i = 0; i < json_array_get_length (rows); i++)
    check_texts (json_array_get_array_element (rows, i));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GBytes) plain = shot_gzip_unpack (bytes, 1 << 20, NULL);
  g_autofree char   *exact = g_memdup2 (data, size);

  g_assert (plain == NULL || g_bytes_get_size (plain) <= 1 << 20);
  for (unsigned frame = 0; frame < 3; frame++)
    read_frame (exact != NULL ? exact : "", size, frame);
  return 0;
}
