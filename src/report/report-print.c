#include "config.h"

#include "report-print.h"

#include <libsoup/soup.h>
#include <stdbool.h>
#include <string.h>

#include "error.h"
#include "report-resources.h"

#define TIMEOUT_MS (15 * 60 * 1000)
#define PAGE_WIDTH 794 /* CSS pixels of A4, as in report.css */
#define PAGE_HEIGHT 1123

typedef struct {
  SoupServer  *soup;     /* (owned) */
  char        *folder;   /* (owned): "/uuid/" */
  GBytes      *document; /* (owned) */
  ShotArchive *archive;  /* (borrowed) */
  ShotPool    *pool;     /* (borrowed) */
} Print;

static void
print_free (void *data)
{
  Print *self = data;

  if (self->soup != NULL)
    soup_server_disconnect (self->soup);
  g_clear_object (&self->soup);
  g_bytes_unref (self->document);
  g_free (self->folder);
  g_free (self);
}

static void
answer (SoupServerMessage *message, GBytes *bytes, const char *type)
{
  soup_server_message_set_status (message, bytes != NULL ? 200 : 404, NULL);
  if (bytes == NULL)
    return;
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Content-Type",
                                type);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), bytes);
}

static void
request_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *form,
            void *user_data)
{
  Print      *self = user_data;
  const char *name = g_str_has_prefix (path, self->folder) ? path + strlen (self->folder) : "?";

  if (*name == '\0') {
    answer (message, self->document, "text/html; charset=utf-8");
  } else if (g_str_equal (name, "paginate.js")) {
    g_autoptr (GBytes) script = g_resource_lookup_data (shot_report_get_resource (),
                                                        "/panelshot/report/paginate.js",
                                                        G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    answer (message, script, "text/javascript; charset=utf-8");
  } else if (g_str_has_prefix (name, "objects/")) {
    g_autoptr (GBytes) picture = shot_archive_get_object (self->archive, name + strlen ("objects/"),
                                                          NULL);
    answer (message, picture, "image/png");
  } else {
    answer (message, NULL, NULL);
  }
}

static char *
start_server (Print *self, GError **error)
{
  g_autofree char   *id = g_uuid_string_random ();
  g_autoptr (GError) cause = NULL;

  self->folder = g_strdup_printf ("/%s/", id);
  self->soup = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->soup, NULL, request_cb, self, NULL);
  if (!soup_server_listen_local (self->soup, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &cause)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                 "cannot listen on the loopback interface: %s", cause->message);
    return NULL;
  }
  GSList          *uris = soup_server_get_uris (self->soup);
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%d%s", g_uri_get_port (uris->data),
                                          self->folder);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return g_steal_pointer (&uri);
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

  g_autofree char *uri = start_server (self, &error);
  if (uri == NULL) {
    g_task_return_error (task, error);
    return;
  }
  shot_pool_render_async (pool, make_job (uri), NULL, cancellable, rendered_cb,
                          g_steal_pointer (&task));
}

GBytes *
shot_report_print_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
