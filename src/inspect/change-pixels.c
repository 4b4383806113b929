#include "config.h"

#include "change-pixels.h"

#include <errno.h>
#include <math.h>
#include <spng.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"

#define MAX_SIDE 65500

/* Panels have no profiles or comments worth keeping; what is not a pixel may not grow. */
#define MAX_CHUNK_BYTES (256 * 1024)

/* Between 1 (what is stored) and 2.2 (light): all the way makes dark text on white too thin. */
#define SHRINK_GAMMA 1.7f
#define LEVELS 4096

void
shot_change_pixels_clear (ShotChangePixels *self)
{
  g_clear_pointer (&self->rgb, g_free);
  self->width = self->height = 0;
}

static gboolean
refuse (int code, GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT, "cannot read the picture: %s",
               spng_strerror (code));
  return FALSE;
}

static void
flatten (const uint8_t *rgba, size_t n_pixels, uint8_t *rgb)
{
  for (size_t i = 0; i < n_pixels; i++) {
    unsigned alpha = rgba[4 * i + 3];

    for (size_t c = 0; c < 3; c++)
      rgb[3 * i + c] = (uint8_t) ((rgba[4 * i + c] * alpha + 255 * (255 - alpha) + 127) / 255);
  }
}

static gboolean
decode_body (spng_ctx *ctx, const struct spng_ihdr *header, ShotChangePixels *pixels,
             GError **error)
{
  size_t n_pixels = (size_t) header->width * header->height;
  bool   is_plain = header->color_type == SPNG_COLOR_TYPE_TRUECOLOR && header->bit_depth == 8;
  size_t length;
  int    format = is_plain ? SPNG_FMT_RGB8 : SPNG_FMT_RGBA8;

  int code = spng_decoded_image_size (ctx, format, &length);
  if (code != 0)
    return refuse (code, error);
  g_autofree uint8_t *bytes = g_try_malloc (length);
  if (bytes == NULL)
    return refuse (SPNG_EMEM, error);
  code = spng_decode_image (ctx, bytes, length, format, is_plain ? 0 : SPNG_DECODE_TRNS);
  if (code != 0)
    return refuse (code, error);
  pixels->width = (int) header->width;
  pixels->height = (int) header->height;
  if (is_plain) {
    pixels->rgb = g_steal_pointer (&bytes);
  } else {
    pixels->rgb = g_malloc (n_pixels * 3);
    flatten (bytes, n_pixels, pixels->rgb);
  }
  return TRUE;
}

gboolean
shot_change_pixels_decode (GBytes *png, ShotChangePixels *out_pixels, GError **error)
{
  size_t           length;
  const void      *bytes = g_bytes_get_data (png, &length);
  struct spng_ihdr header;
  gboolean         is_done = FALSE;

  spng_ctx *ctx = spng_ctx_new (0);
  if (ctx == NULL)
    return refuse (SPNG_EMEM, error);
  spng_set_image_limits (ctx, MAX_SIDE, MAX_SIDE);
  spng_set_chunk_limits (ctx, MAX_CHUNK_BYTES, MAX_CHUNK_BYTES);
  int code = spng_set_png_buffer (ctx, bytes, length);
  if (code == 0)
    code = spng_get_ihdr (ctx, &header);
  if (code != 0)
    refuse (code, error);
  else if ((size_t) header.width * header.height > SHOT_CHANGE_MAX_PIXELS)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT,
                 "the picture has %u×%u pixels, and at most %d million are compared", header.width,
                 header.height, SHOT_CHANGE_MAX_PIXELS / 1000000);
  else
    is_done = decode_body (ctx, &header, out_pixels, error);
  spng_ctx_free (ctx);
  return is_done;
}

void
shot_change_pixels_find_background (const ShotChangePixels *pixels, uint8_t out_background[3])
{
  g_autofree unsigned *counts = g_new0 (unsigned, 1 << 15);
  size_t               n_pixels = (size_t) pixels->width * (size_t) pixels->height;
  size_t               step = MAX (1, n_pixels / 65536);
  unsigned             best = 0;
  size_t               best_pixel = 0;

  step |= 1; /* not the columns that a grid stands in */
  for (size_t i = 0; i < n_pixels; i += step) {
    const uint8_t *rgb = pixels->rgb + 3 * i;
    unsigned       colour = (rgb[0] >> 3u) << 10u | (rgb[1] >> 3u) << 5u | rgb[2] >> 3u;
    if (++counts[colour] > best) {
      best = counts[colour];
      best_pixel = i;
    }
  }
  for (int c = 0; c < 3; c++)
    out_background[c] = pixels->rgb[3 * best_pixel + (size_t) c];
}

/* Which source pixels a target pixel covers, the first and last of them in part. */
typedef struct {
  int   first;
  int   last;
  float first_part;
  float last_part;
} Span;

static Span *
plan_spans (int from, int to)
{
  Span *spans = g_new (Span, to);

  for (int i = 0; i < to; i++) {
    double start = (double) from * i / to;
    double end = (double) from * (i + 1) / to;
    Span  *span = &spans[i];

    span->first = (int) start;
    span->last = MIN (from - 1, (int) ceil (end) - 1);
    span->first_part = (float) (MIN (end, span->first + 1) - start);
    span->last_part = span->last > span->first ? (float) (end - span->last) : 0;
  }
  return spans;
}

static float
part_of (const Span *span, int i)
{
  return i == span->first ? span->first_part : i == span->last ? span->last_part : 1;
}

/* One row of the source, made narrow, added to the sums of a target row. */
static void
add_row (const uint8_t *row, const Span *spans, int width, const float *light, float part,
         float *sums)
{
  for (int x = 0; x < width; x++) {
    const Span *span = &spans[x];
    float       colour[3] = { 0, 0, 0 };

    for (int i = span->first; i <= span->last; i++) {
      float weight = part_of (span, i);
      for (int c = 0; c < 3; c++)
        colour[c] += weight * light[row[3 * i + c]];
    }
    for (int c = 0; c < 3; c++)
      sums[3 * x + c] += part * colour[c];
  }
}

void
shot_change_pixels_shrink (const ShotChangePixels *pixels, int width, int height,
                           ShotChangePixels *out_pixels)
{
  width = CLAMP (width, 1, pixels->width);
  height = CLAMP (height, 1, pixels->height);

  g_autofree Span    *across = plan_spans (pixels->width, width);
  g_autofree Span    *down = plan_spans (pixels->height, height);
  g_autofree float   *sums = g_new (float, 3 * (size_t) width);
  g_autofree float   *light = g_new (float, 256);
  g_autofree uint8_t *stored = g_new (uint8_t, LEVELS + 1);
  uint8_t            *rgb = g_malloc (3 * (size_t) width * (size_t) height);

  for (int i = 0; i < 256; i++)
    light[i] = powf ((float) i / 255, SHRINK_GAMMA);
  for (int i = 0; i <= LEVELS; i++)
    stored[i] = (uint8_t) (powf ((float) i / LEVELS, 1 / SHRINK_GAMMA) * 255 + 0.5f);

  float scale = (float) LEVELS * (float) width * (float) height /
                ((float) pixels->width * (float) pixels->height);
  for (int y = 0; y < height; y++) {
    uint8_t *target = rgb + 3 * (size_t) width * (size_t) y;

    memset (sums, 0, 3 * (size_t) width * sizeof (float));
    for (int i = down[y].first; i <= down[y].last; i++)
      add_row (pixels->rgb + 3 * (size_t) pixels->width * (size_t) i, across, width, light,
               part_of (&down[y], i), sums);
    for (int i = 0; i < 3 * width; i++)
      target[i] = stored[CLAMP ((int) (sums[i] * scale + 0.5f), 0, LEVELS)];
  }
  out_pixels->width = width;
  out_pixels->height = height;
  out_pixels->rgb = rgb;
}

cairo_surface_t *
shot_change_pixels_to_surface (const ShotChangePixels *pixels)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, pixels->width,
                                                         pixels->height);

  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS)
    return surface;
  uint8_t *data = cairo_image_surface_get_data (surface);
  size_t   stride = (size_t) cairo_image_surface_get_stride (surface);
  for (int y = 0; y < pixels->height; y++) {
    const uint8_t *source = pixels->rgb + 3 * (size_t) pixels->width * (size_t) y;
    uint32_t      *target = (uint32_t *) (void *) (data + stride * (size_t) y);
    for (int x = 0; x < pixels->width; x++, source += 3)
      target[x] = (uint32_t) source[0] << 16 | (uint32_t) source[1] << 8 | source[2];
  }
  cairo_surface_mark_dirty (surface);
  return surface;
}

static GBytes *
read_back (int fd, size_t length, GError **error)
{
  g_autofree char *bytes = g_malloc (length);
  size_t           have = 0;

  while (have < length) {
    ssize_t count = pread (fd, bytes + have, length - have, (off_t) have);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0) {
      g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot read a picture back: %s",
                   g_strerror (errno));
      return NULL;
    }
    have += (size_t) count;
  }
  return g_bytes_new_take (g_steal_pointer (&bytes), length);
}

GBytes *
shot_change_pixels_encode (const ShotChangePixels *pixels, ShotChangeWrite write_picture,
                           GError **error)
{
  GBytes *result = NULL;
  size_t  length = 0;
  int     fd = memfd_create ("change", MFD_CLOEXEC);

  if (fd < 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "no memory for a picture: %s",
                 g_strerror (errno));
    return NULL;
  }
  cairo_surface_t *surface = shot_change_pixels_to_surface (pixels);
  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot make a picture of %d×%d: %s",
                 pixels->width, pixels->height,
                 cairo_status_to_string (cairo_surface_status (surface)));
  else if (write_picture (surface, fd, &length, error))
    result = read_back (fd, length, error);
  cairo_surface_destroy (surface);
  close (fd);
  return result;
}
