#include "config.h"

#include "archive-common.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "options.h"

void
shot_archive_command_clear (ShotArchiveCommand *self)
{
  g_free (self->folder);
}

int
shot_archive_command_parse (ShotArchiveCommand *self, const GOptionEntry *entries,
                            const char *usage, const char *tail, int least, int most, int *argc,
                            char ***argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *command = g_strconcat ("archive ", (*argv)[0], NULL);

  if (!shot_options_parse (entries, command, argc, argv, &error))
    return shot_cli_fail (error);
  if (self->help) {
    shot_options_print_help (entries, usage, tail);
    return 0;
  }
  if (*argc - 1 >= least && (most < 0 || *argc - 1 <= most))
    return -1;
  error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE, "%s: see `panelshot %s --help`",
                       *argc - 1 < least ? "something is missing" : "one word too many", command);
  return shot_cli_fail (error);
}

ShotArchive *
shot_archive_command_open (const ShotArchiveCommand *self, ShotArchiveMode mode, GError **error)
{
  g_autofree char *folder = shot_archive_folder_find (self->folder);

  return shot_archive_open (folder, mode, error);
}

char *
shot_archive_command_show_text (const char *text, unsigned columns)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString         *shown = g_string_new (NULL);
  unsigned         width = 0;

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar     c = g_utf8_get_char (at);
    GUnicodeType type = g_unichar_type (c);
    bool         is_strange = type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
                      type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
    width += g_unichar_iswide (c) ? 2 : 1;
    if (columns > 0 && width > columns - 1 && *g_utf8_next_char (at) != '\0') {
      g_string_append (shown, "…");
      break;
    }
    g_string_append_unichar (shown, is_strange ? ' ' : c);
  }
  return g_string_free (shown, FALSE);
}

char *
shot_archive_command_show_time (int64_t ms)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (ms / 1000);

  if (ms == 0 || time == NULL)
    return g_strdup ("-");
  return g_date_time_format (time, "%Y-%m-%d %H:%M");
}

void
shot_archive_command_print_json (JsonObject *object)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  g_autofree char     *text = NULL;

  json_node_take_object (root, object);
  text = json_to_string (root, TRUE);
  /* Not g_print(), which would turn what the locale lacks into question marks. */
  puts (text);
}

void
shot_archive_command_progress_cb (int64_t done, int64_t all, void *user_data)
{
  if (!isatty (STDERR_FILENO) || all <= 0)
    return;
  fprintf (stderr, "\r%s... %d %%", (const char *) user_data,
           (int) (100 * CLAMP ((double) done / (double) all, 0, 1)));
  fflush (stderr);
}

void
shot_archive_command_end_progress (void)
{
  if (isatty (STDERR_FILENO))
    fputs ("\r\033[K", stderr);
}

struct _ShotArchiveInterrupt {
  GCancellable *cancellable; /* (owned) */
  GThread      *thread;      /* (owned) */
  sigset_t      waited;
  sigset_t      before;
};

/* SIGUSR1 is how the owner ends it. */
static void *
wait_for_signal (void *user_data)
{
  ShotArchiveInterrupt *self = user_data;
  int                   which = 0;

  if (sigwait (&self->waited, &which) == 0 && which != SIGUSR1)
    g_cancellable_cancel (self->cancellable);
  return NULL;
}

ShotArchiveInterrupt *
shot_archive_interrupt_new (void)
{
  static const int      signals[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1 };
  ShotArchiveInterrupt *self = g_new0 (ShotArchiveInterrupt, 1);

  sigemptyset (&self->waited);
  for (size_t i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaddset (&self->waited, signals[i]);
  pthread_sigmask (SIG_BLOCK, &self->waited, &self->before);
  self->cancellable = g_cancellable_new ();
  self->thread = g_thread_new ("interrupt", wait_for_signal, self);
  return self;
}

void
shot_archive_interrupt_free (ShotArchiveInterrupt *self)
{
  if (self == NULL)
    return;
  /* To the process: the thread takes it, or has ended by another one and it stays blocked. */
  kill (getpid (), SIGUSR1);
  g_thread_join (self->thread);
  /* What is still pending would end the process when it is let through. */
  static const struct timespec none = { 0, 0 };
  while (sigtimedwait (&self->waited, NULL, &none) > 0)
    continue;
  pthread_sigmask (SIG_SETMASK, &self->before, NULL);
  g_object_unref (self->cancellable);
  g_free (self);
}

GCancellable *
shot_archive_interrupt_get (ShotArchiveInterrupt *self)
{
  return self->cancellable;
}
