#include "config.h"

#include "process.h"

#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

void
shot_process_prepare (void)
{
  const struct rlimit none = { 0, 0 };

  if (prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
    g_debug ("process: orphans cannot be adopted here");
  if (setrlimit (RLIMIT_CORE, &none) != 0)
    g_debug ("process: core files cannot be switched off here");
}

void
shot_process_reap_orphans (const GPid *spared, unsigned n_spared)
{
  for (;;) {
    siginfo_t info = { 0 };
    /* Look first: a watched child that is reaped here would leave GLib without its status. */
    if (waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
      return;
    for (unsigned i = 0; i < n_spared; i++) {
      if (info.si_pid == spared[i])
        return;
    }
    waitid (P_PID, (id_t) info.si_pid, &info, WEXITED | WNOHANG);
  }
}

static bool
has_secret_name (const char *assignment)
{
  static const char *const parts[] = { "TOKEN",   "SECRET", "PASSWORD",   "PASSWD",    "JWT",
                                       "API_KEY", "APIKEY", "RENDER_KEY", "CREDENTIAL" };
  g_autofree char         *name = g_strndup (assignment, strcspn (assignment, "="));
  g_autofree char         *upper = g_ascii_strup (name, -1);

  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++) {
    if (strstr (upper, parts[i]) != NULL)
      return true;
  }
  return false;
}

char **
shot_process_make_environment (void)
{
  g_auto (GStrv)        all = g_get_environ ();
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();

  for (char **at = all; *at != NULL; at++) {
    if (!has_secret_name (*at))
      g_ptr_array_add (kept, g_strdup (*at));
  }
  g_ptr_array_add (kept, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&kept), FALSE);
}
