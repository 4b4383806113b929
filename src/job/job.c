#include "config.h"

#include "job.h"

#include "origin.h"

#define MAX_FIRST_HEIGHT 900

void
shot_picture_wish_free (ShotPictureWish *self)
{
  if (self == NULL)
    return;
  g_free (self->selector);
  g_clear_pointer (&self->panels, g_ptr_array_unref);
  g_free (self);
}

void
shot_picture_wish_add_panel (ShotPictureWish *self, const char *key)
{
  if (self->panels == NULL)
    self->panels = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->panels, g_strdup (key));
}

static void
header_free (void *data)
{
  ShotJobHeader *header = data;

  g_free (header->origin);
  g_free (header->name);
  shot_secret_unref (header->value);
  g_free (header);
}

static char *
make_id (void)
{
  g_autofree char *uuid = g_uuid_string_random ();

  uuid[8] = '\0';
  return g_steal_pointer (&uuid);
}

ShotJob *
shot_job_new (const char *uri)
{
  ShotJob *self = g_new0 (ShotJob, 1);

  self->id = make_id ();
  self->uri = g_strdup (uri);
  self->width = SHOT_JOB_DEFAULT_WIDTH;
  self->height = SHOT_JOB_DEFAULT_HEIGHT;
  self->scale = 1;
  self->zoom = 1;
  self->timeout_ms = SHOT_JOB_DEFAULT_TIMEOUT_MS;
  self->quiet_ms = SHOT_JOB_DEFAULT_QUIET_MS;
  self->max_pixels = SHOT_JOB_DEFAULT_MAX_PIXELS;
  self->allow = g_ptr_array_new_with_free_func (g_free);
  shot_paper_init (&self->paper);
  self->headers = g_ptr_array_new_with_free_func (header_free);
  self->pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_picture_wish_free);
  return self;
}

void
shot_job_free (ShotJob *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->uri);
  g_free (self->timezone);
  g_free (self->language);
  g_free (self->user_agent);
  g_free (self->wait_for);
  g_free (self->wait_expression);
  shot_secret_unref (self->render_key);
  g_free (self->domain);
  g_free (self->ca_pem);
  shot_secret_unref (self->client_pem);
  shot_secret_unref (self->relay_uri);
  g_ptr_array_unref (self->allow);
  shot_paper_clear (&self->paper);
  g_ptr_array_unref (self->headers);
  g_ptr_array_unref (self->pictures);
  g_free (self);
}

static const char *const kind_names[SHOT_N_PICTURE_KINDS] = { "viewport",   "full-page", "element",
                                                              "each-panel", "print",     "download",
                                                              "variables" };

const char *
shot_picture_kind_get_name (ShotPictureKind kind)
{
  g_return_val_if_fail (kind < SHOT_N_PICTURE_KINDS, "viewport");
  return kind_names[kind];
}

gboolean
shot_picture_kind_from_name (const char *name, ShotPictureKind *out_kind)
{
  for (int i = 0; i < SHOT_N_PICTURE_KINDS; i++) {
    if (g_str_equal (name, kind_names[i])) {
      *out_kind = i;
      return TRUE;
    }
  }
  return FALSE;
}

ShotEncoding
shot_picture_kind_get_encoding (ShotPictureKind kind)
{
  switch (kind) {
  case SHOT_PICTURE_PRINT:
    return SHOT_ENCODING_PDF;
  case SHOT_PICTURE_DOWNLOAD:
    return SHOT_ENCODING_CSV;
  case SHOT_PICTURE_VARIABLES:
    return SHOT_ENCODING_JSON;
  default:
    return SHOT_ENCODING_PNG;
  }
}

ShotPictureWish *
shot_job_add_picture (ShotJob *self, ShotPictureKind kind, const char *selector)
{
  ShotPictureWish *wish = g_new0 (ShotPictureWish, 1);

  wish->kind = kind;
  wish->selector = g_strdup (selector);
  wish->encoding = shot_picture_kind_get_encoding (kind);
  wish->quality = SHOT_JOB_DEFAULT_QUALITY;
  g_ptr_array_add (self->pictures, wish);
  return wish;
}

void
shot_job_get_panel_size (const ShotJob *self, const ShotPictureWish *wish, int *out_width,
                         int *out_height)
{
  *out_width = wish->width > 0 ? wish->width : self->width;
  *out_height = wish->height > 0 ? wish->height : self->height;
}

void
shot_job_add_header (ShotJob *self, const char *uri_of_origin, const char *name, ShotSecret *value)
{
  g_autofree char *origin = shot_origin_from_uri (uri_of_origin);
  g_return_if_fail (origin != NULL);

  ShotJobHeader *header = g_new0 (ShotJobHeader, 1);
  header->origin = g_steal_pointer (&origin);
  header->name = g_strdup (name);
  header->value = shot_secret_ref (value);
  g_ptr_array_add (self->headers, header);
}

int
shot_job_first_height (int width)
{
  return CLAMP (width * 3 / 4, 1, MAX_FIRST_HEIGHT);
}

int
shot_job_device_pixels (int css_pixels, double scale)
{
  return MAX (1, (int) (css_pixels * scale + 0.5));
}
