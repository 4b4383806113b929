#include "config.h"

#include "reply.h"

#include <string.h>

#include "bundle.h"
#include "disposition.h"
#include "error.h"
#include "panel-index.h"
#include "request.h"

#define DEFAULT_TABLE_NAME "data.csv"
#define SIZE_HEADER "X-Panelshot-Size"
#define MAX_MISSING_BYTES 200

void
shot_reply_clear (ShotReply *self)
{
  g_clear_pointer (&self->size, g_free);
  g_clear_pointer (&self->file_path, g_free);
  g_clear_pointer (&self->names, g_ptr_array_unref);
}

void
shot_reply_describe (ShotReply *self, const ShotJob *job)
{
  self->scale = job->scale;
  for (unsigned i = 0; i < job->pictures->len; i++) {
    const ShotPictureWish *wish = job->pictures->pdata[i];
    self->has_panels = self->has_panels || wish->kind == SHOT_PICTURE_EACH_PANEL;
  }
  if (!self->is_table)
    self->size = shot_request_describe_size (job->width, job->height, job->scale);
}

/* What was not there when the deadline came; one line of ASCII. */
static void
set_missing (SoupMessageHeaders *headers, const ShotResult *result)
{
  const char         *blocker = result->last_blocker;
  g_autoptr (GString) text = g_string_new (NULL);

  if (blocker == NULL || *blocker == '\0')
    blocker = "the page was not ready";
  for (const char *at = blocker; *at != '\0' && text->len < MAX_MISSING_BYTES;
       at = g_utf8_next_char (at))
    g_string_append_c (text, *at >= ' ' && *at < 0x7f ? *at : '?');
  soup_message_headers_replace (headers, "X-Panelshot-Missing", text->str);
}

static void
set_story (SoupMessageHeaders *headers, const ShotResult *result)
{
  g_autofree char    *flags = shot_flags_to_string (result->flags);
  g_autoptr (GString) timing = g_string_new (NULL);

  for (int i = 0; i < SHOT_N_STAGES; i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd (number, sizeof number, "%.1f", (double) result->stage_us[i] / 1000);
    g_string_append_printf (timing, "%s%s;dur=%s", i > 0 ? ", " : "", shot_stage_get_name (i),
                            number);
  }
  soup_message_headers_replace (headers, "Server-Timing", timing->str);
  soup_message_headers_replace (headers, "X-Panelshot-Flags", flags);
  soup_message_headers_replace (headers, "X-Panelshot-Path", shot_path_get_name (result->path));
  if (result->flags & SHOT_FLAG_INCOMPLETE)
    set_missing (headers, result);
  if (result->attempts > 1) {
    g_autofree char *attempts = g_strdup_printf ("%u", result->attempts);
    soup_message_headers_replace (headers, "X-Panelshot-Attempts", attempts);
  }
}

void
shot_reply_write_headers (const ShotReply *self, SoupMessageHeaders *headers,
                          const ShotResult *result)
{
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  if (self->size != NULL)
    soup_message_headers_replace (headers, SIZE_HEADER, self->size);
  if (result != NULL)
    set_story (headers, result);
}

/* Whole pages and elements measure what they measure; NULL for what has no pixels.
 * (transfer full) (nullable) */
static char *
describe_picture (const ShotReply *self, const ShotPicture *picture)
{
  if (!shot_encoding_is_image (picture->encoding))
    return NULL;
  if (picture->kind == SHOT_PICTURE_VIEWPORT)
    return g_strdup (self->size);
  return shot_request_describe_size ((int) (picture->width / self->scale + 0.5),
                                     (int) (picture->height / self->scale + 0.5), self->scale);
}

/* The caller's name, the page's, ours. (transfer full) */
static char *
name_table (const ShotReply *self, const ShotPicture *picture)
{
  const char *const sources[] = { self->file_path, picture->file_name, DEFAULT_TABLE_NAME };

  for (size_t i = 0; i < G_N_ELEMENTS (sources); i++) {
    g_autofree char *name = shot_disposition_clean_name (sources[i] != NULL ? sources[i] : "");
    if (*name == '\0')
      continue;
    return g_strconcat (name, g_str_has_suffix (name, ".csv") ? NULL : ".csv", NULL);
  }
  g_return_val_if_reached (g_strdup (DEFAULT_TABLE_NAME));
}

static void
set_body (SoupServerMessage *message, const char *type, GBytes *bytes)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  SoupMessageBody    *body = soup_server_message_get_response_body (message);

  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_replace (headers, "Content-Type", type);
  soup_message_headers_set_content_length (headers, (goffset) g_bytes_get_size (bytes));
  soup_message_body_append_bytes (body, bytes);
  soup_message_body_complete (body);
}

static gboolean
write_single (const ShotReply *self, SoupServerMessage *message, const ShotPicture *picture,
              GError **error)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autoptr (GBytes)  bytes = shot_picture_get_bytes (picture, error);
  g_autofree char    *size = describe_picture (self, picture);

  if (bytes == NULL)
    return FALSE;
  if (size != NULL)
    soup_message_headers_replace (headers, SIZE_HEADER, size);
  if (picture->encoding == SHOT_ENCODING_CSV) {
    g_autofree char *name = name_table (self, picture);
    g_autofree char *disposition = shot_disposition_format (name);
    soup_message_headers_replace (headers, "Content-Disposition", disposition);
  }
  set_body (message, shot_encoding_get_mime_type (picture->encoding), bytes);
  return TRUE;
}

/* By picture, NULL for those that there are not. @out_panel_names: of panels alone.
 * (transfer full) (element-type utf8) */
static GPtrArray *
name_files (const ShotReply *self, const ShotResult *result, GPtrArray **out_panel_names)
{
  GPtrArray            *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) taken = g_ptr_array_new ();
  g_autoptr (GPtrArray) prefixes = g_ptr_array_new ();

  for (unsigned i = 0; i < self->names->len; i++)
    g_ptr_array_add (prefixes,
                     *(char *) self->names->pdata[i] != '\0' ? self->names->pdata[i] : NULL);
  for (unsigned i = 0; i < result->pictures->len; i++) {
    const ShotPicture *picture = result->pictures->pdata[i];
    g_ptr_array_add (taken, picture->panel == NULL ? self->names->pdata[picture->wish] : NULL);
  }
  *out_panel_names = shot_panel_index_make_names (result, prefixes, taken);
  for (unsigned i = 0; i < result->pictures->len; i++)
    g_ptr_array_add (names, g_strdup (taken->pdata[i] != NULL ? taken->pdata[i]
                                                              : (*out_panel_names)->pdata[i]));
  return names;
}

/* Takes @bytes. */
static void
add_part (GPtrArray *parts, const char *name, const char *mime_type, GBytes *bytes, char *size)
{
  ShotBundlePart *part = g_new0 (ShotBundlePart, 1);

  part->file_name = g_strdup (name);
  part->mime_type = g_strdup (mime_type);
  part->size = size;
  part->bytes = bytes;
  g_ptr_array_add (parts, part);
}

/* (transfer full) (element-type ShotBundlePart), NULL with @error */
static GPtrArray *
collect_parts (const ShotReply *self, const ShotResult *result, GError **error)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (shot_bundle_part_free);
  g_autoptr (GPtrArray) panel_names = NULL;
  g_autoptr (GPtrArray) names = name_files (self, result, &panel_names);

  if (self->has_panels) {
    char *index = shot_panel_index_make_json (result, panel_names);
    add_part (parts, SHOT_PANEL_INDEX_NAME, "application/json",
              g_bytes_new_take (index, strlen (index)), NULL);
  }
  for (unsigned i = 0; i < result->pictures->len; i++) {
    const ShotPicture *picture = result->pictures->pdata[i];
    if (names->pdata[i] == NULL)
      continue;
    GBytes *bytes = shot_picture_get_bytes (picture, error);
    if (bytes == NULL)
      return NULL;
    add_part (parts, names->pdata[i], shot_encoding_get_mime_type (picture->encoding), bytes,
              describe_picture (self, picture));
    g_autofree char *data_name = shot_panel_index_make_data_name (picture, names->pdata[i]);
    if (data_name == NULL)
      continue;
    GBytes *data = shot_picture_get_data (picture, error);
    if (data == NULL)
      return NULL;
    add_part (parts, data_name, "application/gzip", data, NULL);
  }
  return g_steal_pointer (&parts);
}

static gboolean
write_zip (SoupServerMessage *message, const GPtrArray *parts, GError **error)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autoptr (GBytes)  bytes = shot_bundle_make_zip (parts, error);

  if (bytes == NULL)
    return FALSE;
  soup_message_headers_replace (headers, "Content-Disposition",
                                "attachment; filename=pictures.zip");
  set_body (message, "application/zip", bytes);
  return TRUE;
}

static void
write_multipart (SoupServerMessage *message, const GPtrArray *parts)
{
  SoupMessageHeaders   *headers = soup_server_message_get_response_headers (message);
  SoupMessageBody      *body = soup_server_message_get_response_body (message);
  g_autofree char      *boundary = g_uuid_string_random ();
  g_autofree char      *type = g_strconcat ("multipart/mixed; boundary=", boundary, NULL);
  g_autoptr (GPtrArray) pieces = shot_bundle_make_multipart (parts, boundary);
  size_t                length = 0;

  for (unsigned i = 0; i < pieces->len; i++) {
    length += g_bytes_get_size (pieces->pdata[i]);
    soup_message_body_append_bytes (body, pieces->pdata[i]);
  }
  soup_message_body_complete (body);
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_replace (headers, "Content-Type", type);
  soup_message_headers_set_content_length (headers, (goffset) length);
}

gboolean
shot_reply_write_pictures (const ShotReply *self, SoupServerMessage *message,
                           const ShotResult *result, GError **error)
{
  unsigned n_names = self->names != NULL ? self->names->len : 1;

  if (!self->has_panels && result->pictures->len != n_names) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                 "the engine made %u pictures of %u: try again", result->pictures->len, n_names);
    return FALSE;
  }
  if (n_names == 1 && !self->needs_zip && !self->has_panels)
    return write_single (self, message, result->pictures->pdata[0], error);

  g_autoptr (GPtrArray) parts = collect_parts (self, result, error);
  if (parts == NULL)
    return FALSE;
  if (self->prefers_zip || self->needs_zip)
    return write_zip (message, parts, error);
  write_multipart (message, parts);
  return TRUE;
}
