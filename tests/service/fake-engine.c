/* fake-engine.c: stands in for panelshot-engine; the address of a job says what to do with it
 *
 *   /ok            the pictures (each a PNG of one pixel, whatever it was to be)
 *   /big           8 MiB of the letter x
 *   /echo          the job's JSON in place of the picture; /env: the environment
 *   /table/NAME    a table that the page calls NAME
 *   /incomplete    a picture of what there is if that will do, else a timeout
 *   /slow/MS       /ok after so many milliseconds
 *   /stuck         nothing, until it is cancelled or its time is up
 *   /fail/CODE     fails with that code; /secret fails telling secrets
 *   /exit /kill    the engine ends with status 7, or by SIGKILL
 *   /hang          the whole engine hangs
 *   /garbage       what is no message; /nofd: a picture that is not there
 *   /orphan        starts a child that would stay behind, its pid in place of the picture
 *   /cause/NAME    fails as when that process died
 *   /fresh         likewise, unless the job wants new processes
 *   /pid           the engine's pid in place of the picture
 *   /eat/MIB       takes so much memory and keeps it
 *   /slots         tells of its slots
 *
 * With ?times=N&file=PATH it does so N times in all, whichever engine is asked, and then /ok; the
 * file holds the count.
 *
 * FAKE_ENGINE=die ends it before hello, =silent never says hello, =deaf takes no notice of jobs,
 * =mute answers no ping.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "job.h"
#include "link.h"
#include "result.h"

#define LINK_FD 3
#define BIG_BYTES (8 * 1024 * 1024)

typedef struct {
  ShotLink   *link;
  GMainLoop  *loop;
  GHashTable *visits; /* id > timer */
} Engine;

typedef struct {
  Engine  *engine;
  ShotJob *job;
  bool     is_timeout;
} Visit;

static const unsigned char pixel[] = {
  0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
  0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00,
  0x00, 0x1f, 0x15, 0xc4, 0x89, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78,
  0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0x00, 0x05, 0x00, 0x01, 0xff, 0x56, 0xc7,
  0x2f, 0x0d, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};

static void
send_message (Engine *self, const char *type, const char *id, JsonObject *rest, const int *fds,
              unsigned n_fds)
{
  json_object_set_string_member (rest, "type", type);
  if (id != NULL)
    json_object_set_string_member (rest, "id", id);
  shot_link_send (self->link, rest, fds, n_fds, NULL);
  json_object_unref (rest);
}

static ShotResult *
make_result (const char *id)
{
  ShotResult *result = shot_result_new (id);

  result->flags = SHOT_FLAG_STILL_MOVING | SHOT_FLAG_OPEN_REQUEST;
  result->stage_us[SHOT_STAGE_SETTLING] = 123400;
  result->last_blocker = g_strdup ("query A");
  result->final_uri = g_strdup ("http://grafana.example/d/x");
  g_ptr_array_add (result->redirects, g_strdup ("http://grafana.example/"));
  return result;
}

static int
make_file (const void *bytes, size_t length)
{
  int fd = memfd_create ("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (write (fd, bytes, length) != (ssize_t) length)
    abort ();
  fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return fd;
}

static ShotPicture *
make_picture (const ShotJob *job, const ShotPictureWish *wish, const void *bytes, size_t length)
{
  ShotPicture *picture = shot_picture_new ();

  picture->kind = wish->kind;
  picture->encoding = wish->encoding;
  picture->size_bytes = length;
  picture->fd = make_file (bytes, length);
  if (shot_encoding_is_image (wish->encoding)) {
    picture->width = shot_job_device_pixels (job->width, job->scale);
    picture->height = shot_job_device_pixels (wish->kind == SHOT_PICTURE_FULL_PAGE ? 1234
                                                                                   : job->height,
                                              job->scale);
  }
  picture->n_pages = wish->kind == SHOT_PICTURE_PRINT ? 2 : 0;
  return picture;
}

/* A dashboard of three panels; the second has no picture. They come in two messages, the last first.
 * Of /nopart there are none, of /badpart there is one descriptor too few. */
static void
send_panels (Engine *self, const ShotJob *job, unsigned wish, const void *bytes, size_t length)
{
  static const char *const titles[] = { "CPU 用量", "Lost", "../CPU 用量" };

  for (unsigned i = G_N_ELEMENTS (titles); i-- > 0 && !g_str_has_suffix (job->uri, "/nopart");) {
    g_autoptr (ShotResult) part = shot_result_new (job->id);
    JsonObject            *message = json_object_new ();
    int                    fds[2];
    unsigned               n_fds = 0;
    ShotPicture           *picture = make_picture (job, job->pictures->pdata[wish], bytes, length);
    picture->wish = wish;
    picture->panel = shot_panel_new (i + 1, "panel-1", titles[i], i > 0 ? "Row" : "", "stat");
    if (((ShotPictureWish *) job->pictures->pdata[wish])->wants_data && i == 0) {
      static const char data[] = "gzip of CSV";
      picture->data_fd = make_file (data, strlen (data));
      picture->data_bytes = strlen (data);
      picture->is_data_cut = true;
      shot_panel_set_status (picture->panel, "error", "no such table", "5xx: 4 is above 3");
    }
    if (i == 1) {
      picture->size_bytes = 0;
      shot_panel_set_failure (picture->panel, "the page does not show it");
    }
    g_ptr_array_add (part->pictures, picture);
    json_object_set_array_member (message, "pictures",
                                  shot_result_get_part (part, 0, 1, fds, &n_fds));
    send_message (self, "pictures", job->id, message, fds,
                  g_str_has_suffix (job->uri, "/badpart") ? 0 : n_fds);
  }
}

/* Whatever was wished for holds the same bytes. */
static void
send_result (Engine *self, const ShotJob *job, ShotResult *result, const void *bytes, size_t length)
{
  JsonObject *message = json_object_new ();
  int         fds[SHOT_JOB_MAX_PICTURES];
  unsigned    n_fds = 0;

  for (unsigned i = 0; i < job->pictures->len; i++) {
    const ShotPictureWish *wish = job->pictures->pdata[i];
    if (wish->kind == SHOT_PICTURE_EACH_PANEL) {
      send_panels (self, job, i, bytes, length);
      continue;
    }
    ShotPicture *picture = make_picture (job, wish, bytes, length);
    picture->wish = i;
    g_ptr_array_add (result->pictures, picture);
    fds[n_fds++] = picture->fd;
  }
  if (g_strrstr (job->uri, "/table/") != NULL)
    ((ShotPicture *) result->pictures->pdata[0])->file_name = g_uri_unescape_string (
        g_strrstr (job->uri, "/table/") + strlen ("/table/"), NULL);
  json_object_set_object_member (message, "result", shot_result_to_json (result));
  send_message (self, "done", job->id, message, fds,
                g_str_has_suffix (job->uri, "/nofd") ? 0 : n_fds);
}

static void
send_done (Engine *self, const ShotJob *job, const void *bytes, size_t length)
{
  g_autoptr (ShotResult) result = make_result (job->id);

  shot_result_set_dashboard (result, "abc", "Shop", 7);
  send_result (self, job, result, bytes, length);
}

static void
send_failed (Engine *self, const char *id, const char *code, const char *text)
{
  g_autoptr (ShotResult) result = make_result (id);
  JsonObject            *message = json_object_new ();

  json_object_set_string_member (message, "code", code);
  json_object_set_string_member (message, "message", text);
  json_object_set_object_member (message, "result", shot_result_to_json (result));
  send_message (self, "failed", id, message, NULL, 0);
}

static gboolean
later_cb (void *user_data)
{
  Visit *visit = user_data;

  if (visit->is_timeout)
    send_failed (visit->engine, visit->job->id, "timeout", "still waiting for query A");
  else
    send_done (visit->engine, visit->job, pixel, sizeof pixel);
  g_hash_table_remove (visit->engine->visits, visit->job->id);
  return G_SOURCE_REMOVE;
}

static void
visit_free (void *data)
{
  Visit *visit = data;

  shot_job_free (visit->job);
  g_free (visit);
}

/* Takes @job. */
static void
answer_later (Engine *self, ShotJob *job, unsigned ms, bool is_timeout)
{
  Visit *visit = g_new0 (Visit, 1);

  visit->engine = self;
  visit->job = job;
  visit->is_timeout = is_timeout;
  unsigned timer = g_timeout_add_full (G_PRIORITY_DEFAULT, ms, later_cb, visit, visit_free);
  g_hash_table_insert (self->visits, g_strdup (job->id), GUINT_TO_POINTER (timer));
}

static void
send_number (Engine *self, const ShotJob *job, int number)
{
  g_autofree char *text = g_strdup_printf ("%d", number);

  send_done (self, job, text, strlen (text));
}

static void
send_orphan (Engine *self, const ShotJob *job)
{
  pid_t pid = fork ();

  if (pid == 0) {
    close (LINK_FD);
    for (;;)
      pause ();
  }
  send_number (self, job, pid);
}

static void
send_incomplete (Engine *self, const ShotJob *job)
{
  g_autoptr (ShotResult) result = make_result (job->id);

  if (!job->is_best_effort) {
    send_failed (self, job->id, "timeout", "still waiting for query A");
    return;
  }
  result->flags |= SHOT_FLAG_INCOMPLETE;
  g_free (result->last_blocker);
  result->last_blocker = g_strdup ("query “A”\r\nSet-Cookie: x");
  send_result (self, job, result, pixel, sizeof pixel);
}

static void
end (const char *path)
{
  if (g_str_equal (path, "/exit")) {
    g_printerr ("fake engine: the last words\n");
    _exit (7);
  }
  if (g_str_equal (path, "/kill"))
    raise (SIGKILL);
  if (g_str_equal (path, "/hang")) {
    for (;;)
      pause ();
  }
}

static void
send_text (Engine *self, const ShotJob *job, JsonObject *object, const char *path)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_auto (GStrv)       environment = g_get_environ ();
  g_autofree char     *text = NULL;

  json_node_set_object (node, object);
  text = g_str_equal (path, "/env") ? g_strjoinv ("\n", environment) : json_to_string (node, FALSE);
  send_done (self, job, text, strlen (text));
}

static void
send_big (Engine *self, const ShotJob *job)
{
  g_autofree char *text = g_strnfill (BIG_BYTES, 'x');

  send_done (self, job, text, BIG_BYTES);
}

static void
send_cause (Engine *self, const ShotJob *job, const char *cause)
{
  g_autoptr (ShotResult) result = make_result (job->id);
  JsonObject            *message = json_object_new ();

  json_object_set_string_member (message, "code", "engine");
  json_object_set_string_member (message, "cause", cause);
  json_object_set_string_member (message, "message", "the process died: do nothing about it");
  json_object_set_object_member (message, "result", shot_result_to_json (result));
  send_message (self, "failed", job->id, message, NULL, 0);
}

static void
send_slots (Engine *self)
{
  JsonObject *message = json_object_new ();

  json_object_set_int_member (message, "cold", 1);
  json_object_set_int_member (message, "warm", 2);
  json_object_set_int_member (message, "resident", 3);
  json_object_set_int_member (message, "busy", 4);
  send_message (self, "slots", NULL, message, NULL, 0);
}

/* Kept to the end, like what a page that leaks has taken. */
static void
eat (unsigned mib)
{
  size_t length = (size_t) mib * 1024 * 1024;
  void  *memory = mmap (NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert_true (memory != MAP_FAILED);
  memset (memory, 1, length);
}

/* Whether the times are over for which the address asks. */
static bool
is_over (GUri *uri)
{
  const char *query = g_uri_get_query (uri);

  if (query == NULL || strstr (query, "times=") == NULL)
    return false;
  g_autoptr (GHashTable) values = g_uri_parse_params (query, -1, "&", G_URI_PARAMS_NONE, NULL);
  const char            *file = g_hash_table_lookup (values, "file");
  g_autofree char       *text = NULL;
  int                    count = g_file_get_contents (file, &text, NULL, NULL) ? atoi (text) : 0;

  if (count >= atoi (g_hash_table_lookup (values, "times")))
    return true;
  g_autofree char *next = g_strdup_printf ("%d", count + 1);
  g_assert_true (g_file_set_contents (file, next, -1, NULL));
  return false;
}

/* What has to do with processes; false when it is something else. */
static bool
take_process_job (Engine *self, const ShotJob *job, JsonObject *object, const char *path)
{
  end (path);
  if (g_str_has_prefix (path, "/cause/")) {
    send_cause (self, job, path + 7);
  } else if (g_str_equal (path, "/fresh") &&
             !json_object_get_boolean_member_with_default (object, "fresh", FALSE)) {
    send_cause (self, job, "web-process");
  } else if (g_str_equal (path, "/pid")) {
    send_number (self, job, getpid ());
  } else if (g_str_equal (path, "/garbage")) {
    send (LINK_FD, "no message", 10, 0);
  } else if (g_str_equal (path, "/orphan")) {
    send_orphan (self, job);
  } else {
    return false;
  }
  return true;
}

static void
take_job (Engine *self, JsonObject *object)
{
  g_autoptr (GError)  error = NULL;
  g_autoptr (ShotJob) job = shot_job_from_json (object, &error);
  g_assert_no_error (error);
  g_autoptr (GUri) uri = g_uri_parse (job->uri, G_URI_FLAGS_PARSE_RELAXED, NULL);
  const char      *path = is_over (uri) ? "/ok" : g_uri_get_path (uri);
  unsigned         timeout_ms = (unsigned) job->timeout_ms;

  if (take_process_job (self, job, object, path))
    return;
  if (g_str_has_prefix (path, "/eat/"))
    eat ((unsigned) atoi (path + 5));
  if (g_str_equal (path, "/slots"))
    send_slots (self);
  if (g_str_equal (path, "/echo") || g_str_equal (path, "/env"))
    send_text (self, job, object, path);
  else if (g_str_equal (path, "/big"))
    send_big (self, job);
  else if (g_str_has_prefix (path, "/slow/"))
    answer_later (self, g_steal_pointer (&job), (unsigned) atoi (path + 6), false);
  else if (g_str_equal (path, "/stuck"))
    answer_later (self, g_steal_pointer (&job), timeout_ms, true);
  else if (g_str_has_prefix (path, "/fail/"))
    send_failed (self, job->id, path + 6, "made to fail: do nothing about it");
  else if (g_str_equal (path, "/incomplete"))
    send_incomplete (self, job);
  else if (g_str_equal (path, "/secret"))
    send_failed (self, job->id, "document",
                 "http://u:hunter2@g/?auth_token=hunter2\nX: glsa_hunter2");
  else
    send_done (self, job, pixel, sizeof pixel);
}

static void
send_pong (Engine *self, int64_t n)
{
  JsonObject *message = json_object_new ();

  json_object_set_int_member (message, "n", n);
  send_message (self, "pong", NULL, message, NULL, 0);
}

static void
message_cb (JsonObject *message, int *fds, unsigned n_fds, void *user_data)
{
  Engine     *self = user_data;
  const char *type = json_object_get_string_member (message, "type");

  if (g_strcmp0 (g_getenv ("FAKE_ENGINE"), "deaf") == 0)
    return;
  if (g_str_equal (type, "job")) {
    take_job (self, json_object_get_object_member (message, "job"));
    return;
  }
  if (g_str_equal (type, "ping")) {
    if (g_strcmp0 (g_getenv ("FAKE_ENGINE"), "mute") != 0)
      send_pong (self, json_object_get_int_member (message, "n"));
    return;
  }

  const char *id = json_object_get_string_member (message, "id");
  unsigned    timer = GPOINTER_TO_UINT (g_hash_table_lookup (self->visits, id));
  if (timer == 0)
    return;
  g_source_remove (timer);
  g_hash_table_remove (self->visits, id);
  send_failed (self, id, "cancelled", "cancelled");
}

static void
closed_cb (const GError *error, void *user_data)
{
  Engine *self = user_data;

  g_main_loop_quit (self->loop);
}

int
main (int argc, char **argv)
{
  const char *mode = g_getenv ("FAKE_ENGINE");
  JsonObject *hello = json_object_new ();
  Engine      engine = { 0 };

  if (g_strcmp0 (mode, "die") == 0) {
    g_printerr ("fake engine: no display for auth_token=hunter2\n");
    return 9;
  }
  engine.loop = g_main_loop_new (NULL, FALSE);
  engine.visits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  engine.link = shot_link_new (LINK_FD, message_cb, closed_cb, &engine);
  json_object_set_string_member (hello, "webkit", "2.50.6");
  json_object_set_string_member (hello, "sandbox", "on");
  if (g_strcmp0 (mode, "silent") != 0)
    send_message (&engine, "hello", NULL, hello, NULL, 0);
  g_main_loop_run (engine.loop);
  shot_link_free (engine.link);
  g_hash_table_unref (engine.visits);
  g_main_loop_unref (engine.loop);
  return 0;
}
