#include "config.h"

#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "fields.h"
#include "link.h"
#include "log.h"
#include "mask.h"
#include "process.h"

#define LINK_FD 3
#define HELLO_TIMEOUT_MS 30000
#define STOP_TIMEOUT_MS 3000
#define LATE_MESSAGES_MS 300 /* between the end of the process and that of its link */
#define MAX_LINE_BYTES 4096

struct _ShotChild {
  const ShotChildEvents *events;    /* (borrowed) */
  void                  *user_data; /* (borrowed) */
  ShotChildState         state;
  GPid                   pid;       /* also its process group */
  ShotLink              *link;      /* (owned) (nullable): NULL once closed */
  int                    stderr_fd; /* (owned): -1 once closed */
  GString               *line;      /* (owned): of stderr, not ended yet */
  char                  *last_line; /* (owned) */
  char                  *webkit;    /* (owned) (nullable) */
  char                  *sandbox;   /* (owned) (nullable) */
  unsigned               watch;
  unsigned               stderr_source;
  unsigned               timer; /* hello, then stop, then the link's end */
  bool                   has_exited;
  bool                   had_hello;
  bool                   has_broken_link; /* it sent what no engine sends */
  int                    wait_status;
};

static const char *
state_to_string (ShotChildState state)
{
  switch (state) {
  case SHOT_CHILD_STARTING:
    return "starting";
  case SHOT_CHILD_READY:
    return "ready";
  case SHOT_CHILD_STOPPING:
    return "stopping";
  case SHOT_CHILD_GONE:
    return "gone";
  }
  g_assert_not_reached ();
}

static void
set_state (ShotChild *self, ShotChildState state)
{
  g_assert (state > self->state);
  g_debug ("engine pid=%d: %s > %s", self->pid, state_to_string (self->state),
           state_to_string (state));
  self->state = state;
}

static void
clear_source (unsigned *id)
{
  if (*id != 0)
    g_source_remove (*id);
  *id = 0;
}

static void
end_line (ShotChild *self)
{
  g_autofree char *valid = g_utf8_make_valid (self->line->str, (gssize) self->line->len);
  g_autofree char *masked = shot_mask_uri (valid);
  const char      *message = NULL;

  g_string_truncate (self->line, 0);
  g_strstrip (masked);
  if (*masked == '\0')
    return;
  /* The engine has already left out what is below its level. */
  if (shot_log_relay (masked, &message)) {
    g_free (self->last_line);
    self->last_line = g_strdup (message);
    return;
  }
  g_debug ("engine pid=%d says: %s", self->pid, masked);
  g_free (self->last_line);
  self->last_line = g_steal_pointer (&masked);
}

/* Reads what is there. False at the end. */
static bool
read_stderr (ShotChild *self)
{
  char    buffer[4096];
  ssize_t length;

  while ((length = read (self->stderr_fd, buffer, sizeof buffer)) > 0) {
    for (ssize_t i = 0; i < length; i++) {
      if (buffer[i] == '\n' || self->line->len >= MAX_LINE_BYTES)
        end_line (self);
      if (buffer[i] != '\n')
        g_string_append_c (self->line, buffer[i]);
    }
  }
  return length < 0 && (errno == EAGAIN || errno == EINTR);
}

static gboolean
stderr_cb (int fd, GIOCondition condition, void *user_data)
{
  ShotChild *self = user_data;

  if (read_stderr (self))
    return G_SOURCE_CONTINUE;
  self->stderr_source = 0;
  return G_SOURCE_REMOVE;
}

static void
close_stderr (ShotChild *self)
{
  if (self->stderr_fd < 0)
    return;
  clear_source (&self->stderr_source);
  read_stderr (self);
  end_line (self);
  close (self->stderr_fd);
  self->stderr_fd = -1;
}

static void
go (ShotChild *self)
{
  clear_source (&self->timer);
  close_stderr (self);
  g_clear_pointer (&self->link, shot_link_free);
  set_state (self, SHOT_CHILD_GONE);
  self->events->gone (self, self->user_data);
}

static gboolean
go_cb (void *user_data)
{
  ShotChild *self = user_data;

  self->timer = 0;
  go (self);
  return G_SOURCE_REMOVE;
}

static gboolean
kill_cb (void *user_data)
{
  ShotChild *self = user_data;

  self->timer = 0;
  if (self->state == SHOT_CHILD_STARTING)
    g_warning ("engine pid=%d has not said hello within %d s: killed; check the display and "
               "the machine's load with `panelshot doctor`",
               self->pid, HELLO_TIMEOUT_MS / 1000);
  shot_child_kill (self);
  return G_SOURCE_REMOVE;
}

static void
arm (ShotChild *self, unsigned timeout_ms, GSourceFunc callback)
{
  clear_source (&self->timer);
  self->timer = g_timeout_add (timeout_ms, callback, self);
}

static void
exit_cb (GPid pid, int wait_status, void *user_data)
{
  ShotChild *self = user_data;

  self->watch = 0;
  self->has_exited = true;
  self->wait_status = wait_status;
  /* Whatever it had started must not go on without it. */
  kill (-pid, SIGKILL);
  /* Its last messages may still lie in the link. */
  if (self->link == NULL)
    go (self);
  else
    arm (self, LATE_MESSAGES_MS, go_cb);
}

static void
take_hello (ShotChild *self, JsonObject *message)
{
  const char *webkit = NULL;
  const char *sandbox = NULL;

  shot_fields_get_string (message, "webkit", true, &webkit, NULL);
  shot_fields_get_string (message, "sandbox", true, &sandbox, NULL);
  g_free (self->webkit);
  g_free (self->sandbox);
  self->webkit = g_strdup (webkit != NULL ? webkit : "unknown");
  self->sandbox = g_strdup (sandbox != NULL ? sandbox : "unknown");
  self->had_hello = true;
  if (self->state == SHOT_CHILD_STARTING) {
    clear_source (&self->timer);
    set_state (self, SHOT_CHILD_READY);
    g_message ("engine pid=%d is ready: WebKit %s", self->pid, self->webkit);
  }
  g_debug ("engine pid=%d: sandbox %s", self->pid, self->sandbox);
  self->events->ready (self, self->user_data);
}

static void
message_cb (JsonObject *message, int *fds, unsigned n_fds, void *user_data)
{
  ShotChild  *self = user_data;
  const char *type = NULL;

  shot_fields_get_string (message, "type", true, &type, NULL);
  /* It comes again when the engine has learnt more about itself. */
  if (self->state <= SHOT_CHILD_READY && g_strcmp0 (type, "hello") == 0 && !self->has_exited)
    take_hello (self, message);
  else if (self->had_hello)
    self->events->message (self, message, fds, n_fds, self->user_data);
  else
    shot_child_kill (self);
}

static void
closed_cb (const GError *error, void *user_data)
{
  ShotChild *self = user_data;

  self->has_broken_link = error != NULL;
  if (error != NULL)
    g_warning ("engine pid=%d: %s; it is replaced", self->pid, error->message);
  g_clear_pointer (&self->link, shot_link_free);
  if (self->has_exited) {
    go (self);
    return;
  }
  if (self->state < SHOT_CHILD_STOPPING)
    set_state (self, SHOT_CHILD_STOPPING);
  if (error != NULL)
    shot_child_kill (self);
  else
    arm (self, STOP_TIMEOUT_MS, kill_cb);
}

/* In the new process, between fork and exec: system calls only. */
static void
setup_cb (void *user_data)
{
  setsid ();
  prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  /* Too late if the parent died before that. */
  if (getppid () != GPOINTER_TO_INT (user_data))
    _exit (1);
}

/* (transfer full) */
static char **
make_arguments (const char *path, const char *const *more, GLogLevelFlags log_level)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();

  g_ptr_array_add (all, g_strdup (path));
  g_ptr_array_add (all, g_strdup_printf ("--link-fd=%d", LINK_FD));
  g_ptr_array_add (all, g_strdup_printf ("--log-level=%s", shot_log_level_to_string (log_level)));
  for (; more != NULL && *more != NULL; more++)
    g_ptr_array_add (all, g_strdup (*more));
  g_ptr_array_add (all, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&all), FALSE);
}

/* What will not get better by itself. The rest is a machine without room for another process. */
static bool
is_lasting (const GError *cause)
{
  return !g_error_matches (cause, G_SPAWN_ERROR, G_SPAWN_ERROR_FORK) &&
         !g_error_matches (cause, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED) &&
         !g_error_matches (cause, G_SPAWN_ERROR, G_SPAWN_ERROR_NOMEM);
}

static gboolean
start (ShotChild *self, char **arguments, int link_fd, int stderr_fd, bool *out_is_lasting,
       GError **error)
{
  g_auto (GStrv)     environment = shot_process_make_environment ();
  const int          targets[] = { LINK_FD };
  g_autoptr (GError) cause = NULL;

  /* stdout as well goes into the pipe: ours may be the picture. */
  if (!g_spawn_async_with_pipes_and_fds (
          NULL, (const char *const *) arguments, (const char *const *) environment,
          G_SPAWN_DO_NOT_REAP_CHILD, setup_cb, GINT_TO_POINTER ((int) getpid ()), -1, stderr_fd,
          stderr_fd, &link_fd, targets, 1, &self->pid, NULL, NULL, NULL, &cause)) {
    *out_is_lasting = is_lasting (cause);
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot start the engine %s: %s: %s",
                 arguments[0], cause->message,
                 *out_is_lasting ? "install panelshot again, or set PANELSHOT_ENGINE"
                                 : "raise the limits of processes, open files and memory");
    return FALSE;
  }
  g_debug ("engine pid=%d: started", self->pid);
  self->watch = g_child_watch_add (self->pid, exit_cb, self);
  arm (self, HELLO_TIMEOUT_MS, kill_cb);
  return TRUE;
}

ShotChild *
shot_child_spawn (const char *path, const char *const *arguments, GLogLevelFlags log_level,
                  const ShotChildEvents *events, void *user_data, bool *out_is_lasting,
                  GError **error)
{
  g_auto (GStrv) all = make_arguments (path, arguments, log_level);
  int            link_fds[2];
  int            pipe_fds[2];

  *out_is_lasting = false;
  if (!shot_link_make_pair (link_fds, error))
    return NULL;
  if (pipe2 (pipe_fds, O_CLOEXEC) != 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                 "cannot make a pipe: %s: raise the limit of open files", g_strerror (errno));
    close (link_fds[0]);
    close (link_fds[1]);
    return NULL;
  }

  ShotChild *self = g_new0 (ShotChild, 1);
  self->events = events;
  self->user_data = user_data;
  self->line = g_string_new (NULL);
  self->last_line = g_strdup ("");
  self->stderr_fd = pipe_fds[0];
  self->link = shot_link_new (link_fds[0], message_cb, closed_cb, self);
  g_unix_set_fd_nonblocking (self->stderr_fd, TRUE, NULL);
  self->stderr_source = g_unix_fd_add (self->stderr_fd, G_IO_IN | G_IO_HUP, stderr_cb, self);

  gboolean is_started = start (self, all, link_fds[1], pipe_fds[1], out_is_lasting, error);
  close (link_fds[1]);
  close (pipe_fds[1]);
  if (!is_started)
    g_clear_pointer (&self, shot_child_free);
  return self;
}

void
shot_child_free (ShotChild *self)
{
  if (self == NULL)
    return;
  clear_source (&self->timer);
  clear_source (&self->watch);
  if (self->pid != 0 && !self->has_exited) {
    kill (-self->pid, SIGKILL);
    kill (self->pid, SIGKILL);
    while (waitpid (self->pid, NULL, 0) < 0 && errno == EINTR)
      continue;
  }
  close_stderr (self);
  shot_link_free (self->link);
  g_string_free (self->line, TRUE);
  g_free (self->last_line);
  g_free (self->webkit);
  g_free (self->sandbox);
  g_free (self);
}

gboolean
shot_child_send (ShotChild *self, JsonObject *message, GError **error)
{
  if (self->link == NULL || self->state != SHOT_CHILD_READY) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "the engine is not there");
    return FALSE;
  }
  return shot_link_send (self->link, message, NULL, 0, error);
}

void
shot_child_stop (ShotChild *self)
{
  if (self->state >= SHOT_CHILD_STOPPING)
    return;
  set_state (self, SHOT_CHILD_STOPPING);
  g_clear_pointer (&self->link, shot_link_free);
  arm (self, STOP_TIMEOUT_MS, kill_cb);
}

void
shot_child_kill (ShotChild *self)
{
  if (self->state < SHOT_CHILD_STOPPING)
    set_state (self, SHOT_CHILD_STOPPING);
  if (self->has_exited)
    return;
  clear_source (&self->timer);
  /* The group exists only once the child has made it; the child always does. */
  kill (-self->pid, SIGKILL);
  kill (self->pid, SIGKILL);
}

ShotChildState
shot_child_get_state (const ShotChild *self)
{
  return self->state;
}

GPid
shot_child_get_pid (const ShotChild *self)
{
  return self->pid;
}

const char *
shot_child_get_webkit (const ShotChild *self)
{
  return self->webkit;
}

const char *
shot_child_get_sandbox (const ShotChild *self)
{
  return self->sandbox;
}

const char *
shot_child_get_last_line (const ShotChild *self)
{
  return self->last_line;
}

char *
shot_child_describe_end (const ShotChild *self)
{
  if (self->has_broken_link)
    return g_strdup ("sent a malformed message and was ended");
  if (WIFSIGNALED (self->wait_status))
    return g_strdup_printf ("was killed by signal %d (%s)", WTERMSIG (self->wait_status),
                            g_strsignal (WTERMSIG (self->wait_status)));
  return g_strdup_printf ("ended with exit status %d", WEXITSTATUS (self->wait_status));
}

gboolean
shot_child_has_failed_to_start (const ShotChild *self)
{
  return self->state == SHOT_CHILD_GONE && !self->had_hello;
}
