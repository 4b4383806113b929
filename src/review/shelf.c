#include "config.h"

#include "shelf.h"

#include <string.h>

#include "error.h"

struct _ShotShelf {
  char         *folder;      /* (owned) */
  GFileMonitor *monitor;     /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  GPtrArray    *plans;       /* (owned) (element-type ShotShelfPlan) */
  bool          is_reading;
  bool          is_stale; /* the folder changed while it was read */
  void (*changed) (void *user_data);
  void *user_data; /* (borrowed) */
};

static void
plan_free (void *data)
{
  ShotShelfPlan *plan = data;

  g_free (plan->name);
  g_free (plan->error);
  shot_plan_free (plan->plan);
  g_free (plan);
}

/* NULL for other files. (transfer full) */
static char *
make_name (const char *file)
{
  static const char *const endings[] = { ".yaml", ".yml" };

  for (size_t i = 0; *file != '.' && i < G_N_ELEMENTS (endings); i++) {
    if (g_str_has_suffix (file, endings[i]))
      return g_strndup (file, strlen (file) - strlen (endings[i]));
  }
  return NULL;
}

static int
compare (const void *a, const void *b)
{
  const ShotShelfPlan *const *first = a;
  const ShotShelfPlan *const *second = b;

  return strcmp ((*first)->name, (*second)->name);
}

/* (transfer full) (element-type ShotShelfPlan) */
static GPtrArray *
read_folder (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) plans = g_ptr_array_new_with_free_func (plan_free);
  g_autoptr (GError)    cause = NULL;
  GDir                 *dir = g_dir_open (folder, 0, &cause);
  const char           *file;

  if (dir == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "cannot read the plans: %s", cause->message);
    return NULL;
  }
  while ((file = g_dir_read_name (dir)) != NULL && plans->len < SHOT_SHELF_MAX) {
    g_autofree char   *path = g_build_filename (folder, file, NULL);
    g_autoptr (GError) fault = NULL;
    char              *name = make_name (file);
    if (name == NULL)
      continue;
    ShotShelfPlan *plan = g_new0 (ShotShelfPlan, 1);
    plan->name = name;
    plan->plan = shot_plan_read (path, &fault);
    plan->error = fault != NULL ? g_strdup (fault->message) : NULL;
    g_ptr_array_add (plans, plan);
  }
  g_dir_close (dir);
  g_ptr_array_sort (plans, compare);
  return g_steal_pointer (&plans);
}

static void
read_cb (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  GPtrArray         *plans = read_folder (data, &error);

  if (plans != NULL)
    g_task_return_pointer (task, plans, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void read_again (ShotShelf *self);

static void
done_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotShelf         *self = user_data;
  g_autoptr (GError) error = NULL;
  GPtrArray         *plans = g_task_propagate_pointer (G_TASK (result), &error);

  /* Then there is no shelf any more. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->is_reading = false;
  if (self->is_stale) {
    g_clear_pointer (&plans, g_ptr_array_unref);
    read_again (self);
    return;
  }
  if (plans == NULL) {
    g_warning ("%s; the plans read before stay in force", error->message);
    return;
  }
  g_ptr_array_unref (self->plans);
  self->plans = plans;
  self->changed (self->user_data);
}

static void
read_again (ShotShelf *self)
{
  g_autoptr (GTask) task = NULL;

  self->is_stale = self->is_reading;
  if (self->is_reading)
    return;
  self->is_reading = true;
  task = g_task_new (NULL, self->cancellable, done_cb, self);
  g_task_set_task_data (task, g_strdup (self->folder), g_free);
  g_task_run_in_thread (task, read_cb);
}

static void
folder_cb (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
           void *user_data)
{
  read_again (user_data);
}

ShotShelf *
shot_shelf_new (const char *folder, void (*changed) (void *user_data), void *user_data,
                GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GFile)  file = g_file_new_for_path (folder);
  ShotShelf         *self;

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "there is no folder \"%s\": create it",
                 folder);
    return NULL;
  }
  self = g_new0 (ShotShelf, 1);
  self->folder = g_strdup (folder);
  self->plans = g_ptr_array_new_with_free_func (plan_free);
  self->cancellable = g_cancellable_new ();
  self->changed = changed;
  self->user_data = user_data;
  self->monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, &cause);
  if (self->monitor != NULL)
    g_signal_connect (self->monitor, "changed", G_CALLBACK (folder_cb), self);
  else
    g_warning ("the folder of plans cannot be followed: %s", cause->message);
  read_again (self);
  return self;
}

void
shot_shelf_free (ShotShelf *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  if (self->monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->monitor, self);
  g_clear_object (&self->monitor);
  g_ptr_array_unref (self->plans);
  g_free (self->folder);
  g_free (self);
}

const GPtrArray *
shot_shelf_list (const ShotShelf *self)
{
  return self->plans;
}

const ShotShelfPlan *
shot_shelf_find (const ShotShelf *self, const char *name)
{
  for (unsigned i = 0; i < self->plans->len; i++) {
    const ShotShelfPlan *plan = self->plans->pdata[i];
    if (g_str_equal (plan->name, name))
      return plan;
  }
  return NULL;
}
