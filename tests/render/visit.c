/* visit.c: one job on the real engine, with all that a job can carry
 *
 *   panelshot-visit FOLDER <JSON
 *
 * The members of the JSON object take the place of a default job's. Pictures go to FOLDER/0,
 * FOLDER/1 …; standard output tells the "result" and, for a failure, its "code" and "message".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "error.h"
#include "log.h"
#include "pool.h"
#include "process.h"

typedef struct {
  GMainLoop  *loop;
  ShotPool   *pool;
  ShotResult *result;
  GError     *error;
} Visit;

static void
rendered_cb (GObject *source, GAsyncResult *async_result, void *data)
{
  Visit *visit = data;

  shot_pool_render_finish (visit->pool, async_result, &visit->result, &visit->error);
  g_main_loop_quit (visit->loop);
}

static ShotJob *
read_job (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GString)    text = g_string_new (NULL);
  g_autoptr (GError)     error = NULL;
  g_autoptr (ShotJob)    defaults = shot_job_new ("http://localhost/");
  char                   buffer[4096];

  for (ssize_t n; (n = read (STDIN_FILENO, buffer, sizeof buffer)) > 0;)
    g_string_append_len (text, buffer, n);
  json_parser_load_from_data (parser, text->str, -1, &error);
  g_assert_no_error (error);

  shot_job_add_picture (defaults, SHOT_PICTURE_VIEWPORT, NULL);
  g_autoptr (JsonObject) object = shot_job_to_json (defaults);
  JsonObject            *given = json_node_get_object (json_parser_get_root (parser));
  g_autoptr (GList)      names = json_object_get_members (given);
  for (GList *at = names; at != NULL; at = at->next)
    json_object_set_member (object, at->data, json_object_dup_member (given, at->data));

  ShotJob *job = shot_job_from_json (object, &error);
  g_assert_no_error (error);
  shot_job_check (job, &error);
  g_assert_no_error (error);
  return job;
}

static void
write_pictures (const ShotResult *result, const char *folder)
{
  for (unsigned i = 0; i < result->pictures->len; i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char   *path = g_strdup_printf ("%s/%u", folder, i);
    if (shot_picture_is_lost (result->pictures->pdata[i]))
      continue;
    g_autoptr (GBytes) bytes = shot_picture_get_bytes (result->pictures->pdata[i], &error);
    g_assert_no_error (error);
    g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                         &error);
    g_assert_no_error (error);
  }
}

static void
tell (const Visit *visit)
{
  g_autoptr (JsonNode)   root = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();

  if (visit->result != NULL)
    json_object_set_object_member (object, "result", shot_result_to_json (visit->result));
  if (visit->error != NULL) {
    ShotError code = shot_error_classify (visit->error);
    json_object_set_string_member (object, "code", shot_error_get_name (code));
    json_object_set_string_member (object, "message", visit->error->message);
  }
  json_node_set_object (root, object);
  g_autofree char *text = json_to_string (root, FALSE);
  puts (text);
}

int
main (int argc, char **argv)
{
  ShotPoolOptions options = { .max_jobs = 1, .max_queue = 1, .log_level = G_LOG_LEVEL_CRITICAL };
  Visit           visit = { 0 };

  g_assert_cmpint (argc, ==, 2);
  shot_process_prepare ();
  shot_log_init (G_LOG_LEVEL_CRITICAL, NULL);
  visit.loop = g_main_loop_new (NULL, FALSE);
  visit.pool = shot_pool_new (&options);
  shot_pool_render_async (visit.pool, read_job (), NULL, NULL, rendered_cb, &visit);
  g_main_loop_run (visit.loop);
  if (visit.error == NULL)
    write_pictures (visit.result, argv[1]);
  tell (&visit);

  shot_pool_free (visit.pool);
  shot_result_free (visit.result);
  g_clear_error (&visit.error);
  g_main_loop_unref (visit.loop);
  return 0;
}
