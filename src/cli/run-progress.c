#include "config.h"

#include "run-progress.h"

#include <unistd.h>

#include "clock.h"

#define TERMINAL_MS 200
#define PLAIN_MS 10000
#define BAR_CELLS 24
#define ERASE "\r\033[K"

struct _ShotRunProgress {
  ShotInspectionProgress latest;
  bool                   is_terminal;
  bool                   is_known; /* something has been told */
  int64_t                told_ms;  /* when @latest came */
  const char            *said;     /* what it was doing when a plain line was printed last */
  unsigned               timer;
};

char *
shot_run_progress_describe_time (int64_t ms)
{
  int64_t seconds = (ms + 500) / 1000;

  if (seconds >= 3600)
    return g_strdup_printf ("%d h %d min", (int) (seconds / 3600), (int) (seconds / 60 % 60));
  if (seconds >= 60)
    return g_strdup_printf ("%d min %d s", (int) (seconds / 60), (int) (seconds % 60));
  return g_strdup_printf ("%d s", (int) seconds);
}

/* "123 of 720 cells, 3.4 per second, 2 min 10 s left" */
static char *
describe (const ShotRunProgress *self)
{
  const ShotInspectionProgress *progress = &self->latest;
  unsigned                      n_done = progress->n_captured + progress->n_failed;
  int64_t                       since_ms = shot_clock_now_ms () - self->told_ms;
  g_autoptr (GString)           text = g_string_new (NULL);

  if (progress->n_cells == 0)
    return g_strdup (progress->doing);
  g_string_append_printf (text, "%u of %u cells", n_done, progress->n_cells);
  if (progress->n_failed > 0)
    g_string_append_printf (text, ", %u failed", progress->n_failed);
  if (n_done > 0 && progress->elapsed_ms > 0)
    g_string_append_printf (text, ", %.1f per second", 1000.0 * n_done / progress->elapsed_ms);
  if (progress->left_ms >= 0 && n_done < progress->n_cells) {
    g_autofree char *left = shot_run_progress_describe_time (MAX (0, progress->left_ms - since_ms));
    g_string_append_printf (text, ", %s left", left);
  }
  if (!g_str_equal (progress->doing, "capturing"))
    g_string_append_printf (text, ", %s", progress->doing);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
draw (const ShotRunProgress *self)
{
  const ShotInspectionProgress *progress = &self->latest;
  g_autofree char              *text = describe (self);
  unsigned                      n_done = progress->n_captured + progress->n_failed;
  char                          bar[BAR_CELLS + 1];

  if (progress->n_cells == 0) {
    g_printerr (ERASE "%s...", text);
    return;
  }
  unsigned n_full = BAR_CELLS * MIN (n_done, progress->n_cells) / progress->n_cells;
  for (unsigned i = 0; i < BAR_CELLS; i++)
    bar[i] = i < n_full ? '#' : '.';
  bar[BAR_CELLS] = '\0';
  g_printerr (ERASE "[%s] %s", bar, text);
}

static void
say (ShotRunProgress *self)
{
  g_autofree char *text = describe (self);

  self->said = self->latest.doing;
  g_printerr ("panelshot: %s\n", text);
}

static gboolean
timer_cb (void *user_data)
{
  ShotRunProgress *self = user_data;

  if (!self->is_known)
    return G_SOURCE_CONTINUE;
  if (self->is_terminal)
    draw (self);
  else
    say (self);
  return G_SOURCE_CONTINUE;
}

ShotRunProgress *
shot_run_progress_start (void)
{
  ShotRunProgress *self = g_new0 (ShotRunProgress, 1);

  self->is_terminal = isatty (STDERR_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
  self->timer = g_timeout_add (self->is_terminal ? TERMINAL_MS : PLAIN_MS, timer_cb, self);
  return self;
}

void
shot_run_progress_stop (ShotRunProgress *self)
{
  if (self == NULL)
    return;
  g_source_remove (self->timer);
  if (self->is_terminal)
    g_printerr (ERASE);
  g_free (self);
}

void
shot_run_progress_update (const ShotInspectionProgress *progress, void *user_data)
{
  ShotRunProgress *self = user_data;

  self->latest = *progress;
  self->is_known = true;
  self->told_ms = shot_clock_now_ms ();
  /* What a log should have at once: that another thing is being done. */
  if (!self->is_terminal && self->said != progress->doing)
    say (self);
}
