#include "config.h"

#include "archive-worker.h"

#include <glib-unix.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "archive-private.h"
#include "error.h"

typedef struct {
  ShotArchiveWork work; /* (nullable): the thread ends */
  void           *data; /* (owned by destroy_data) */
  GDestroyNotify  destroy_data;
  GDestroyNotify  destroy_result;
  GTask          *task; /* (owned) (nullable) */
} Order;

struct _ShotArchiveWorker {
  GThread     *thread;   /* (owned) */
  GAsyncQueue *orders;   /* (owned) (element-type Order) */
  ShotArchive *archive;  /* (owned): the thread's */
  int          watch_fd; /* inotify; -1: nobody asked */
  GSource     *watch;    /* (owned) (nullable) */
  void (*changed) (void *user_data);
  void *changed_data;
};

static void
order_free (Order *self)
{
  if (self->destroy_data != NULL)
    self->destroy_data (self->data);
  g_clear_object (&self->task);
  g_free (self);
}

static void *
run_orders (void *user_data)
{
  ShotArchiveWorker *self = user_data;
  bool               is_over = false;

  while (!is_over) {
    Order  *order = g_async_queue_pop (self->orders);
    GError *error = NULL;
    is_over = order->work == NULL;
    if (!is_over) {
      void *result = order->work (self->archive, order->data, &error);
      /* GTask brings it to the context of whoever asked. */
      if (error != NULL)
        g_task_return_error (order->task, error);
      else
        g_task_return_pointer (order->task, result, order->destroy_result);
    }
    order_free (order);
  }
  return NULL;
}

ShotArchiveWorker *
shot_archive_worker_new (const char *folder, ShotArchiveMode mode, GError **error)
{
  /* A connection may be opened here and used there, as long as it is one at a time. */
  ShotArchive *archive = shot_archive_open (folder, mode, error);

  if (archive == NULL)
    return NULL;

  ShotArchiveWorker *self = g_new0 (ShotArchiveWorker, 1);
  self->archive = archive;
  self->watch_fd = -1;
  self->orders = g_async_queue_new ();
  self->thread = g_thread_new ("archive", run_orders, self);
  return self;
}

static void
stop_watching (ShotArchiveWorker *self)
{
  if (self->watch != NULL)
    g_source_destroy (self->watch);
  g_clear_pointer (&self->watch, g_source_unref);
  if (self->watch_fd >= 0)
    close (self->watch_fd);
  self->watch_fd = -1;
}

void
shot_archive_worker_free (ShotArchiveWorker *self)
{
  if (self == NULL)
    return;
  stop_watching (self);
  g_async_queue_push (self->orders, g_new0 (Order, 1));
  g_thread_join (self->thread);
  g_async_queue_unref (self->orders);
  shot_archive_close (self->archive);
  g_free (self);
}

void
shot_archive_worker_run_async (ShotArchiveWorker *self, ShotArchiveWork work, void *data,
                               GDestroyNotify destroy_data, GDestroyNotify destroy_result,
                               GAsyncReadyCallback callback, void *user_data)
{
  Order *order = g_new0 (Order, 1);

  g_return_if_fail (work != NULL);
  order->work = work;
  order->data = data;
  order->destroy_data = destroy_data;
  order->destroy_result = destroy_result;
  order->task = g_task_new (NULL, NULL, callback, user_data);
  g_task_set_source_tag (order->task, shot_archive_worker_run_async);
  g_async_queue_push (self->orders, order);
}

void *
shot_archive_worker_run_finish (ShotArchiveWorker *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
watch_cb (int fd, GIOCondition condition, void *user_data)
{
  ShotArchiveWorker *self = user_data;
  char               buffer[4096] __attribute__ ((aligned (__alignof__(struct inotify_event))));

  /* What they say does not matter: one call for all that has happened so far. */
  while (read (fd, buffer, sizeof buffer) > 0)
    continue;
  self->changed (self->changed_data);
  return G_SOURCE_CONTINUE;
}

void
shot_archive_worker_set_changed_func (ShotArchiveWorker *self, void (*changed) (void *user_data),
                                      void              *user_data)
{
  g_autofree char *path = shot_archive_get_path (self->archive, SHOT_ARCHIVE_CHANGED);

  stop_watching (self);
  self->changed = changed;
  self->changed_data = user_data;
  if (changed == NULL)
    return;
  self->watch_fd = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  if (self->watch_fd < 0 || inotify_add_watch (self->watch_fd, path, IN_ATTRIB | IN_MODIFY) < 0) {
    g_warning ("the review page will not see changes at once: cannot watch \"%s\": %s", path,
               g_strerror (errno));
    stop_watching (self);
    return;
  }

  /* The caller's context, which need not be the default one. */
  self->watch = g_unix_fd_source_new (self->watch_fd, G_IO_IN);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (watch_cb), self, NULL);
  g_source_attach (self->watch, g_main_context_get_thread_default ());
}
