#include "config.h"

#include "report-print.h"

#include <string.h>

#include "error.h"
#include "loopback.h"
#include "media-type.h"
#include "report-resources.h"

#define TIMEOUT_MS (15 * 60 * 1000)
#define PAGE_WIDTH 794 /* CSS pixels of A4, as in report.css */
#define PAGE_HEIGHT 1123

typedef struct {
  ShotLoopback *loopback; /* (owned) */
  GBytes       *document; /* (owned) */
  ShotArchive  *archive;  /* (borrowed) */
  ShotPool     *pool;     /* (borrowed) */
} Print;

static void
print_free (void *data)
{
  Print *self = data;

  shot_loopback_free (self->loopback);
  g_bytes_unref (self->document);
  g_free (self);
}

static GBytes *
give_cb (const char *name, const char **out_type, void *user_data)
{
  Print *self = user_data;

  if (g_str_has_prefix (name, "objects/")) {
    *out_type = "image/png";
    return shot_archive_get_object (self->archive, name + strlen ("objects/"), NULL);
  }
  *out_type = shot_media_type_get (*name != '\0' ? name : "report.html");
  if (*name == '\0')
    return g_bytes_ref (self->document);
  if (g_str_equal (name, "paginate.js"))
    return g_resource_lookup_data (shot_report_get_resource (), "/panelshot/report/paginate.js",
                                   G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  return NULL;
}

static ShotJob *
make_job (const char *uri)
{
  ShotJob *job = shot_job_new (uri);

  job->width = PAGE_WIDTH;
  job->height = PAGE_HEIGHT;
  job->timeout_ms = TIMEOUT_MS;
  g_free (job->wait_for);
  job->wait_for = g_strdup ("#paginated");
  shot_paper_set_format (&job->paper, "a4");
  job->paper.is_landscape = false;
  shot_job_add_picture (job, SHOT_PICTURE_PRINT, NULL);
  return job;
}

static void
rendered_cb (GObject *source, GAsyncResult *async_result, void *user_data)
{
  g_autoptr (GTask)      task = user_data;
  Print                 *self = g_task_get_task_data (task);
  g_autoptr (ShotResult) result = NULL;
  GError                *error = NULL;
  GBytes                *bytes = NULL;

  if (shot_pool_render_finish (self->pool, async_result, &result, &error))
    bytes = shot_picture_get_bytes (result->pictures->pdata[0], &error);
  if (bytes == NULL) {
    g_prefix_error (&error, "cannot print the report: ");
    g_task_return_error (task, error);
    return;
  }
  if ((result->flags & SHOT_FLAG_TRUNCATED) != 0) {
    g_bytes_unref (bytes);
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_USAGE,
                             "the report has more than %d pages: ask for html or zip instead",
                             SHOT_PAPER_MAX_PAGES);
    return;
  }
  g_task_return_pointer (task, bytes, (GDestroyNotify) g_bytes_unref);
}

void
shot_report_print_async (GBytes *document, ShotArchive *archive, ShotPool *pool,
                         GCancellable *cancellable, GAsyncReadyCallback callback, void *user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Print            *self = g_new0 (Print, 1);
  GError           *error = NULL;

  self->document = g_bytes_ref (document);
  self->archive = archive;
  self->pool = pool;
  g_task_set_task_data (task, self, print_free);

  self->loopback = shot_loopback_new (give_cb, NULL, self, &error);
  if (self->loopback == NULL) {
    g_task_return_error (task, error);
    return;
  }
  shot_pool_render_async (pool, make_job (shot_loopback_get_uri (self->loopback)), NULL,
                          cancellable, rendered_cb, g_steal_pointer (&task));
}

GBytes *
shot_report_print_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
