/* fields.h: members of a JSON object that another process wrote
 *
 * Each reader checks the type and the range and fails with SHOT_ERROR_ENGINE naming the member:
 * the other end of the link may be of another version, or no longer itself.
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Absent and null are NULL with no error when @optional. The text lives as long as @object. */
gboolean shot_fields_get_string (JsonObject *object, const char *name, bool optional,
                                 const char **out_text, GError **error);

gboolean shot_fields_get_int (JsonObject *object, const char *name, int64_t least, int64_t most,
                              int64_t *out_value, GError **error);

/* Finite; whole numbers will do. */
gboolean shot_fields_get_double (JsonObject *object, const char *name, double *out_value,
                                 GError **error);

gboolean shot_fields_get_bool (JsonObject *object, const char *name, bool *out_value,
                               GError **error);

/* Lives as long as @object. */
gboolean shot_fields_get_array (JsonObject *object, const char *name, unsigned most,
                                JsonArray **out_array, GError **error);
gboolean shot_fields_get_object (JsonObject *object, const char *name, JsonObject **out_object,
                                 GError **error);

/* Element @index of @array as an object; @name is the array's, for the message. */
gboolean shot_fields_get_element (JsonArray *array, unsigned index, const char *name,
                                  JsonObject **out_object, GError **error);
/* Hands each object of a list to @reader, first to last, until it fails. */
typedef gboolean (*ShotFieldsReader) (JsonObject *element, void *user_data, GError **error);
gboolean shot_fields_read_objects (JsonObject *object, const char *name, unsigned most,
                                   ShotFieldsReader reader, void *user_data, GError **error);

gboolean shot_fields_get_string_element (JsonArray *array, unsigned index, const char *name,
                                         const char **out_text, GError **error);

G_END_DECLS
