#include "config.h"

#include "review-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "people.h"

#define MAX_SHOWN 300 /* bytes of an answer, which may be a picture */

#define CSV                                                                                         \
  "# frame A-series\r\ntime,series,value\r\n2026-11-25T08:00:00.000Z,\"cpu, \"\"user\"\"\",1.5\r\n" \
  "2026-11-25T08:01:00.000Z,idle,98\r\n# frame B-series\r\nhost,n\r\nweb-1,3\r\n"

static GBytes *
pack (const char *text)
{
  g_autoptr (GConverter) gzip = G_CONVERTER (
      g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));
  g_autoptr (GInputStream)  from = g_memory_input_stream_new_from_data (text, -1, NULL);
  g_autoptr (GInputStream)  stream = g_converter_input_stream_new (from, gzip);
  g_autoptr (GOutputStream) to = g_memory_output_stream_new_resizable ();
  g_autoptr (GError)        error = NULL;

  g_output_stream_splice (to, stream, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error);
  g_assert_no_error (error);
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (to));
}

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static ShotCell *
make_cell (unsigned index)
{
  static const char *const titles[] = { "CPU <script>alert(1)</script>", "Memory", "Disk ../../x" };
  ShotCell                *cell = shot_cell_new ();
  g_autofree char         *panel = g_strdup_printf ("panel-%u", index % 3 + 1);

  set (&cell->dashboard_uid, index < 4 ? "hosts" : "web");
  set (&cell->dashboard_title, index < 4 ? "Hosts" : "Web");
  set (&cell->panel_key, panel);
  set (&cell->panel_title, titles[index % 3]);
  set (&cell->panel_kind, "timeseries");
  set (&cell->range, index % 2 == 0 ? "last 1h" : "yesterday");
  set (&cell->variables, "{\"host\":[\"web 1\",\"web&2\"]}");
  cell->from_ms = 1764054000000;
  cell->to_ms = 1764057600000;
  cell->width = 1000;
  cell->height = 500;
  cell->scale = 1;
  g_free (cell->key);
  cell->key = shot_cell_make_key (cell->dashboard_uid, cell->panel_key, cell->range,
                                  cell->variables);
  return cell;
}

static ShotRun *
make_run (const char *plan, int64_t now_ms)
{
  ShotRun *run = shot_run_new ();

  set (&run->plan, plan);
  set (&run->title, "Rounds");
  set (&run->grafana, "http://grafana.example/g");
  set (&run->trigger, "cli");
  set (&run->plan_text,
       "grafana: {address: \"http://grafana.example/g\"}\ndashboards: [{uid: a}]\n");
  set (&run->reviewers, "rita");
  set (&run->timezone, "Asia/Shanghai");
  set (&run->version, SHOT_VERSION);
  run->now_ms = now_ms;
  run->started_ms = now_ms;
  run->due_ms = now_ms + 3600000;
  return run;
}

static void
capture (Review *self, ShotCell *cell, unsigned index)
{
  g_autofree char   *text = g_strdup_printf ("\x89PNG\r\n\x1a\n picture %u", index);
  g_autoptr (GBytes) picture = g_bytes_new (text, strlen (text));
  g_autoptr (GBytes) thumbnail = g_bytes_new ("RIFF\1\1\1\1WEBPVP8 ", 16);
  g_autoptr (GBytes) data = pack (CSV);
  g_autoptr (GBytes) panel = pack ("{\"id\":1,\"title\":\"CPU\"}");
  g_autoptr (GError) error = NULL;

  cell->state = index == 4 ? SHOT_CELL_FAILED : SHOT_CELL_CAPTURED;
  set (&cell->failure, index == 4 ? "the panel is not there" : NULL);
  cell->flags = index == 1 ? SHOT_CELL_FLAG_NO_DATA : 0;
  cell->picture_width = 1000;
  cell->picture_height = 500;
  if (index == 4)
    shot_archive_record_cell (self->archive, cell, NULL, NULL, NULL, NULL, &error);
  else
    shot_archive_record_cell (self->archive, cell, picture, thumbnail, data, panel, &error);
  g_assert_no_error (error);
  if (index != 0)
    return;
  cell->score = 0.1;
  set (&cell->reason, "2 series gone");
  shot_archive_set_change (self->archive, cell, &error);
  g_assert_no_error (error);
}

static void
add_run (Review *self)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);
  g_autoptr (ShotRun)   run = make_run ("daily", 1764057600000);
  g_autoptr (GError)    error = NULL;

  for (unsigned i = 0; i < N_CELLS; i++)
    g_ptr_array_add (cells, make_cell (i));
  shot_archive_begin_run (self->archive, run, cells, &error);
  g_assert_no_error (error);
  self->run_id = run->id;
  for (unsigned i = 0; i < N_CELLS; i++) {
    ShotCell *cell = cells->pdata[i];
    self->cells[i] = cell->id;
    if (i != 5)
      capture (self, cell, i);
    if (i == 0)
      self->picture = g_strdup (cell->picture);
  }
  shot_archive_finish_run (self->archive, run->id, NULL, &error);
  g_assert_no_error (error);
}

static void
add_other_run (Review *self)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);
  g_autoptr (ShotRun)   run = make_run ("weekly", 1764144000000);
  g_autoptr (GError)    error = NULL;

  g_ptr_array_add (cells, make_cell (0));
  shot_archive_begin_run (self->archive, run, cells, &error);
  g_assert_no_error (error);
  self->other_run_id = run->id;
  self->other_cell = ((ShotCell *) cells->pdata[0])->id;
  capture (self, cells->pdata[0], 6);
}

static void
add_people (Review *self)
{
  static const struct {
    const char *name;
    ShotRole    role;
  } people[] = {
    { "ada", SHOT_ROLE_ADMIN },
    { "rita", SHOT_ROLE_REVIEWER },
    { "vic", SHOT_ROLE_VIEWER },
  };
  g_autoptr (ShotSecret) password = shot_secret_new (PASSWORD);
  g_autoptr (GError)     error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (people); i++) {
    shot_people_add (self->archive, people[i].name, people[i].role, password, &error);
    g_assert_no_error (error);
  }
}

void
review_fill (Review *self, bool with_people)
{
  g_autoptr (GError) error = NULL;

  *self = (Review){ 0 };
  self->folder = g_dir_make_tmp ("review-XXXXXX", &error);
  g_assert_no_error (error);
  self->archive = shot_archive_open (self->folder, SHOT_ARCHIVE_WRITE, &error);
  g_assert_no_error (error);
  add_run (self);
  add_other_run (self);
  if (with_people)
    add_people (self);
}

void
review_start (Review *self, const char *const *arguments)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();

  g_ptr_array_add (all, (void *) "--archive");
  g_ptr_array_add (all, self->folder);
  for (; arguments != NULL && *arguments != NULL; arguments++)
    g_ptr_array_add (all, (void *) *arguments);
  g_ptr_array_add (all, NULL);
  service_start (&self->service, (const char *const *) all->pdata, NULL);
}

void
review_remove (const char *path)
{
  GDir       *dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *inside = g_build_filename (path, name, NULL);
    if (g_file_test (inside, G_FILE_TEST_IS_DIR) && !g_file_test (inside, G_FILE_TEST_IS_SYMLINK))
      review_remove (inside);
    else
      g_unlink (inside);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (path);
}

void
review_stop (Review *self)
{
  service_stop (&self->service);
  shot_archive_close (self->archive);
  review_remove (self->folder);
  g_free (self->folder);
  g_free (self->picture);
}

char *
review_expand (const Review *self, const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *at = text; *at != '\0'; at++) {
    if (*at != '$') {
      g_string_append_c (out, *at);
      continue;
    }
    at++;
    int64_t id = *at == 'R'   ? self->run_id
                 : *at == 'O' ? self->other_run_id
                 : *at == 'X' ? self->other_cell
                 : *at == 'P' ? 0
                              : self->cells[*at - '0'];
    if (*at == 'P')
      g_string_append (out, self->picture);
    else
      g_string_append_printf (out, "%" G_GINT64_FORMAT, id);
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

Answer
review_ask (Review *self, const Person *person, const char *method, const char *path,
            const char *body)
{
  g_autofree char *short_path = review_expand (self, path);
  g_autofree char *whole_path = g_strconcat (*path == '/' ? "" : "/api/v1/", short_path, NULL);
  g_autofree char *whole_body = body != NULL ? review_expand (self, body) : NULL;
  const char      *headers[5] = { NULL };
  size_t           n = 0;

  if (person != NULL && person->cookie != NULL)
    headers[n++] = person->cookie;
  if (person != NULL && person->csrf != NULL && !g_str_equal (method, "GET"))
    headers[n++] = person->csrf;
  if (person != NULL && person->token != NULL)
    headers[n++] = person->token;
  if (person != NULL && person->language != NULL)
    headers[n++] = person->language;
  return service_exchange (&self->service, method, whole_path, headers, "application/json",
                           whole_body);
}

JsonObject *
answer_parse (const Answer *answer)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (JsonNode) node = json_from_string (answer->body, &error);

  g_assert_no_error (error);
  g_assert_nonnull (node);
  return json_object_ref (json_node_get_object (node));
}

char *
answer_get_code (const Answer *answer)
{
  g_autoptr (JsonObject) object = NULL;
  JsonObject            *inner;

  if (answer->length == 0 || *answer->body != '{')
    return g_strdup ("");
  object = answer_parse (answer);
  if (!json_object_has_member (object, "error"))
    return g_strdup ("");
  inner = json_object_get_object_member (object, "error");
  g_assert_cmpuint (strlen (json_object_get_string_member (inner, "message")), >, 5);
  return g_strdup (json_object_get_string_member (inner, "code"));
}

JsonObject *
review_send (Review *self, const Person *person, unsigned status, const char *method,
             const char *path, const char *body)
{
  g_auto (Answer)  answer = review_ask (self, person, method, path, body);
  g_autofree char *shown = g_utf8_make_valid (answer.body, (gssize) MIN (answer.length, MAX_SHOWN));

  g_test_message ("%s %s: %u %s", method, path, answer.status, shown);
  g_assert_cmpuint (answer.status, ==, status);
  return answer.length > 0 ? answer_parse (&answer) : json_object_new ();
}

JsonObject *
review_get (Review *self, const Person *person, unsigned status, const char *path)
{
  return review_send (self, person, status, "GET", path, NULL);
}

void
person_sign_in (Person *self, Review *review, const char *name)
{
  g_autofree char *body = g_strdup_printf ("{\"name\":\"%s\",\"password\":\"" PASSWORD "\"}", name);
  g_auto (Answer)  answer = review_ask (review, NULL, "POST", "session", body);
  g_autoptr (JsonObject) object = NULL;
  const char            *cookie;

  g_test_message ("%s: %u %s", name, answer.status, answer.body);
  g_assert_cmpuint (answer.status, ==, 200);
  object = answer_parse (&answer);
  cookie = soup_message_headers_get_one (answer.headers, "Set-Cookie");
  g_assert_nonnull (cookie);
  person_clear (self);
  self->cookie = g_strdup_printf ("Cookie: %.*s", (int) strcspn (cookie, ";"), cookie);
  self->csrf = g_strdup_printf ("X-Panelshot-CSRF: %s",
                                json_object_get_string_member (object, "csrf"));
}

void
person_clear (Person *self)
{
  g_clear_pointer (&self->cookie, g_free);
  g_clear_pointer (&self->csrf, g_free);
  g_clear_pointer (&self->token, g_free);
}
