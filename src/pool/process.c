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

/* What the engine, WebKit and the libraries below them read. Our own settings are not among it:
 * proxies, headers and tokens would be there for every process of a page to see. */
static bool
is_for_engine (const char *assignment)
{
  static const char *const names[] = {
    "PATH",        "HOME",         "USER",           "LOGNAME", "LANG",
    "LANGUAGE",    "TZ",           "TZDIR",          "TMPDIR",  "PANELSHOT_WEBEXT_DIR",
    "FAKE_ENGINE", "NO_AT_BRIDGE", "LP_NUM_THREADS", NULL
  };
  /* With libraries a developer looks into, too: sanitizers, the loader, malloc. */
  static const char *const prefixes[] = {
    "LC_",  "XDG_",  "DBUS_",  "WEBKIT_",     "JSC_", "G_",        "GIO_",  "GTK_",     "GDK_",
    "GSK_", "GST_",  "PANGO_", "FONTCONFIG_", "FC_",  "FREETYPE_", "MESA_", "GALLIUM_", "LIBGL_",
    "EGL_", "ASAN_", "UBSAN_", "LSAN_",       "LD_",  "MALLOC_",   "GLIBC_"
  };
  g_autofree char *name = g_strndup (assignment, strcspn (assignment, "="));

  for (size_t i = 0; i < G_N_ELEMENTS (prefixes); i++) {
    if (g_str_has_prefix (name, prefixes[i]))
      return true;
  }
  return g_strv_contains (names, name);
}

char **
shot_process_make_environment (void)
{
  g_auto (GStrv)        all = g_get_environ ();
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();

  for (char **at = all; *at != NULL; at++) {
    if (is_for_engine (*at))
      g_ptr_array_add (kept, g_strdup (*at));
  }
  g_ptr_array_add (kept, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&kept), FALSE);
}
