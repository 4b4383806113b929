#include "config.h"

#include "png-crew.h"

#include <stdint.h>

/* A band of fewer pixels is done before a thread has woken up; one of more takes memory. */
#define LEAST_BAND_PIXELS 240000
#define MOST_BAND_PIXELS 1000000
#define WANTED_BANDS 8

#define MOST_HELPERS 3
#define MOST_WAITING 8

/* Freed by whoever lets go last: a helper may come when all is done. */
struct ShotPngCrew {
  ShotPngPlan *plan; /* (owned); of its surface until it is over */
  int          n_bands;

  GMutex      lock; /* guards what follows */
  GCond       has_changed;
  bool        is_over;
  int         n_begun;               /* bands that are counted, or will be */
  int         n_counted;             /* when it is all, the plan has chosen */
  int         n_taken;               /* by whoever makes them */
  int         n_given;               /* to the owner */
  int         n_helping;             /* helpers at a band */
  ShotPngBand waiting[MOST_WAITING]; /* band n at n % MOST_WAITING */
  bool        is_made[MOST_WAITING];
};

static int
count_bands (int64_t n_pixels, int height)
{
  int64_t n_bands = CLAMP (n_pixels / LEAST_BAND_PIXELS, 1, WANTED_BANDS);

  n_bands = MAX (n_bands, (n_pixels + MOST_BAND_PIXELS - 1) / MOST_BAND_PIXELS);
  return (int) MIN (n_bands, height);
}

static void
clear_crew (void *data)
{
  ShotPngCrew *self = data;

  for (int i = 0; i < MOST_WAITING; i++)
    shot_png_band_clear (&self->waiting[i]);
  shot_png_plan_free (self->plan);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->has_changed);
}

static void
unref_crew (ShotPngCrew *self)
{
  g_atomic_rc_box_release_full (self, clear_crew);
}

static int
get_first_row (const ShotPngCrew *self, int n_band)
{
  return (int) ((int64_t) shot_png_plan_get_height (self->plan) * n_band / self->n_bands);
}

/* With the lock, which it opens meanwhile. */
static void
count_next_band (ShotPngCrew *self)
{
  int n = self->n_begun++;

  g_mutex_unlock (&self->lock);
  shot_png_plan_count (self->plan, get_first_row (self, n), get_first_row (self, n + 1));
  g_mutex_lock (&self->lock);
  if (self->n_counted + 1 == self->n_bands)
    shot_png_plan_choose (self->plan);
  self->n_counted++;
}

/* Likewise. */
static void
make_next_band (ShotPngCrew *self)
{
  int n = self->n_taken++;

  g_mutex_unlock (&self->lock);
  ShotPngBand band = shot_png_band_pack (self->plan, get_first_row (self, n),
                                         get_first_row (self, n + 1));
  g_mutex_lock (&self->lock);
  self->waiting[n % MOST_WAITING] = band;
  self->is_made[n % MOST_WAITING] = true;
}

/* Does something that is to be done now, or waits until something has changed. With the lock. */
static void
work_or_wait (ShotPngCrew *self)
{
  bool may_make = self->n_counted == self->n_bands && self->n_taken < self->n_bands &&
                  self->n_taken < self->n_given + MOST_WAITING;

  if (self->n_begun == self->n_bands && !may_make) {
    g_cond_wait (&self->has_changed, &self->lock);
    return;
  }
  if (self->n_begun < self->n_bands)
    count_next_band (self);
  else
    make_next_band (self);
  g_cond_broadcast (&self->has_changed);
}

static void
help_cb (void *data, void *user_data)
{
  ShotPngCrew *self = data;

  g_mutex_lock (&self->lock);
  self->n_helping++;
  while (!self->is_over && self->n_taken < self->n_bands)
    work_or_wait (self);
  self->n_helping--;
  g_cond_broadcast (&self->has_changed);
  g_mutex_unlock (&self->lock);
  unref_crew (self);
}

static int
count_helpers (void)
{
  return MIN ((int) g_get_num_processors () - 1, MOST_HELPERS);
}

static void *
create_pool (void *data)
{
  return g_thread_pool_new (help_cb, NULL, count_helpers (), FALSE, NULL);
}

/* NULL: there is one processor. Encoders called from many threads are to share one limit, so it
 * belongs to the process; once made, it never changes. */
static GThreadPool *
get_pool (void)
{
  static GOnce once = G_ONCE_INIT;

  return count_helpers () > 0 ? g_once (&once, create_pool, NULL) : NULL;
}

ShotPngCrew *
shot_png_crew_new (cairo_surface_t *surface)
{
  ShotPngCrew *self = g_atomic_rc_box_new0 (ShotPngCrew);
  int          height = cairo_image_surface_get_height (surface);

  self->plan = shot_png_plan_new (surface);
  self->n_bands = count_bands ((int64_t) cairo_image_surface_get_width (surface) * height, height);
  g_mutex_init (&self->lock);
  g_cond_init (&self->has_changed);

  GThreadPool *pool = self->n_bands > 1 ? get_pool () : NULL;
  int          n_helpers = pool != NULL ? MIN (count_helpers (), self->n_bands - 1) : 0;
  for (int i = 0; i < n_helpers; i++)
    g_thread_pool_push (pool, g_atomic_rc_box_acquire (self), NULL);

  g_mutex_lock (&self->lock);
  while (self->n_counted < self->n_bands)
    work_or_wait (self);
  g_mutex_unlock (&self->lock);
  return self;
}

void
shot_png_crew_free (ShotPngCrew *self)
{
  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->is_over = true;
  g_cond_broadcast (&self->has_changed);
  while (self->n_helping > 0)
    g_cond_wait (&self->has_changed, &self->lock);
  g_mutex_unlock (&self->lock);
  unref_crew (self);
}

bool
shot_png_crew_is_opaque (const ShotPngCrew *self)
{
  return shot_png_plan_is_opaque (self->plan);
}

int
shot_png_crew_get_n_bands (const ShotPngCrew *self)
{
  return self->n_bands;
}

ShotPngBand
shot_png_crew_next (ShotPngCrew *self)
{
  g_mutex_lock (&self->lock);
  g_assert (self->n_given < self->n_bands);
  int at = self->n_given % MOST_WAITING;
  /* If there is none to make, somebody is at the one that is wanted. */
  while (!self->is_made[at])
    work_or_wait (self);
  ShotPngBand band = self->waiting[at];
  self->waiting[at] = (ShotPngBand){ 0 };
  self->is_made[at] = false;
  self->n_given++;
  g_cond_broadcast (&self->has_changed);
  g_mutex_unlock (&self->lock);
  return band;
}
