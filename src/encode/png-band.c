#include "config.h"

#include "png-band.h"

#include <zlib.h>

#define LEAST_ROOM_BYTES 65536
#define MEMORY_LEVEL 8
#define ADLER_MODULUS 65521

/* See deflateTune() of zlib. */
typedef struct {
  int level, good_length, lazy, nice_length, chain;
} Effort;

/* Level 3 that does not stop at the first match of some length: what repeats on a screen is long.
 * At its speed it leaves 6 % less. */
static const Effort quick = { 3, 4, 6, 258, 8 };

/* Level 6 likewise, at about half the speed. */
static const Effort thorough = { 6, 8, 32, 258, 64 };

/* Photographs gain little from searching longer, and are what zlib's default was made for. */
static const Effort photo = { 6, 8, 16, 128, 128 };

/* Measured (tests/bench): on panels that are nearly empty, made of bars and cells, or on a slope of
 * colour, the quick search leaves more than cairo does. Most of them pack to the least, too. */
static const Effort *
choose_effort (const ShotPngPlan *plan)
{
  ShotPngCounts counts = shot_png_plan_get_counts (plan);

  if (counts.news > counts.pixels / 4)
    return &photo;
  if (counts.news * 60 < counts.pixels || counts.edges > counts.news * 4 ||
      counts.steps * 2 > counts.edges)
    return &thorough;
  return &quick;
}

/* What adler32() would give for @n_zeros bytes more. */
static unsigned
skip_zeros (unsigned adler, size_t n_zeros)
{
  uint64_t low = adler & 0xffff;
  uint64_t high = adler >> 16;

  return (unsigned) ((high + low * (n_zeros % ADLER_MODULUS)) % ADLER_MODULUS << 16 | low);
}

/* Packs what the stream has been given, into as much room as that takes. */
static bool
deflate_all (z_stream *stream, GByteArray *packed, int flush)
{
  do {
    if (stream->avail_out == 0) {
      size_t used = packed->len;

      g_byte_array_set_size (packed, (unsigned) (used * 2));
      stream->next_out = packed->data + used;
      stream->avail_out = (unsigned) used;
    }
    if (deflate (stream, flush) == Z_STREAM_ERROR)
      return false;
  } while (stream->avail_out == 0);
  return true;
}

/* Fills the window with the last bytes of @n_rows rows. */
static void
pass_rows (z_stream *stream, ShotPngFilter *filter, size_t row_bytes, int n_rows)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  size_t                 n_zeros;

  for (int i = 0; i < n_rows; i++)
    g_byte_array_append (bytes, shot_png_filter_next (filter, &n_zeros), (unsigned) row_bytes);
  unsigned n_kept = MIN (bytes->len, SHOT_PNG_WINDOW_BYTES);
  deflateSetDictionary (stream, bytes->data + bytes->len - n_kept, n_kept);
}

static bool
pack_rows (z_stream *stream, ShotPngFilter *filter, size_t row_bytes, int n_rows, ShotPngBand *band)
{
  for (int i = 0; i < n_rows; i++) {
    size_t         n_zeros;
    const uint8_t *row = shot_png_filter_next (filter, &n_zeros);

    band->adler = (unsigned) adler32 (band->adler, row, (unsigned) (row_bytes - n_zeros));
    band->adler = skip_zeros (band->adler, n_zeros);
    /* zlib reads without writing. */
    stream->next_in = (uint8_t *) row;
    stream->avail_in = (unsigned) row_bytes;
    if (!deflate_all (stream, band->packed, Z_NO_FLUSH))
      return false;
  }
  return true;
}

void
shot_png_band_clear (ShotPngBand *band)
{
  g_clear_pointer (&band->packed, g_byte_array_unref);
}

ShotPngBand
shot_png_band_pack (const ShotPngPlan *plan, int first, int end)
{
  size_t                    row_bytes = shot_png_plan_get_row_bytes (plan);
  int                       n_before = MIN (first, (int) (SHOT_PNG_WINDOW_BYTES / row_bytes) + 1);
  bool                      is_last = end == shot_png_plan_get_height (plan);
  g_autoptr (ShotPngFilter) filter = shot_png_filter_new (plan, first - n_before);
  const Effort             *effort = choose_effort (plan);
  ShotPngBand               band = { .adler = 1, .raw_bytes = row_bytes * (size_t) (end - first) };
  z_stream                  stream = { 0 };

  /* A negative size of the window: neither head nor checksum, as there is one of each for all. */
  if (deflateInit2 (&stream, effort->level, Z_DEFLATED, -MAX_WBITS, MEMORY_LEVEL,
                    Z_DEFAULT_STRATEGY) != Z_OK)
    return band;
  deflateTune (&stream, effort->good_length, effort->lazy, effort->nice_length, effort->chain);
  if (n_before > 0)
    pass_rows (&stream, filter, row_bytes, n_before);

  size_t room_bytes = MAX (LEAST_ROOM_BYTES, band.raw_bytes / 16);
  band.packed = g_byte_array_sized_new ((unsigned) room_bytes);
  g_byte_array_set_size (band.packed, (unsigned) room_bytes);
  stream.next_out = band.packed->data;
  stream.avail_out = (unsigned) room_bytes;
  bool is_packed = pack_rows (&stream, filter, row_bytes, end - first, &band) &&
                   deflate_all (&stream, band.packed, is_last ? Z_FINISH : Z_SYNC_FLUSH);
  g_byte_array_set_size (band.packed, band.packed->len - stream.avail_out);
  deflateEnd (&stream);
  if (!is_packed)
    shot_png_band_clear (&band);
  return band;
}
