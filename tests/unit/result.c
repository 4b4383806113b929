#include "config.h"

#include "result.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"

static int
make_memfd (const char *text, int seals)
{
  int fd = memfd_create ("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (ssize_t) strlen (text));
  g_assert_cmpint (fcntl (fd, F_ADD_SEALS, seals), ==, 0);
  return fd;
}

static void
test_round_trip (void)
{
  g_autoptr (ShotResult) result = shot_result_new ("ab12");
  ShotPicture           *picture = shot_picture_new ();

  picture->kind = SHOT_PICTURE_FULL_PAGE;
  picture->width = 10;
  picture->height = 20;
  picture->size_bytes = 30;
  picture->fd = -1;
  g_ptr_array_add (result->pictures, picture);
  picture->encoding = SHOT_ENCODING_CSV;
  picture->file_name = g_strdup ("数据.csv");
  result->is_reported = true;
  result->path = SHOT_PATH_RESIDENT;
  result->is_doubted = true;
  result->n_fetched[SHOT_FETCH_SCRIPT] = 3;
  result->fetched_bytes[SHOT_FETCH_SCRIPT] = 4096;
  result->flags = SHOT_FLAG_TRUNCATED | SHOT_FLAG_OPEN_REQUEST;
  result->stage_us[SHOT_STAGE_SETTLING] = 123456;
  result->last_blocker = g_strdup ("query A");
  result->final_uri = g_strdup ("http://g/login");
  g_ptr_array_add (result->redirects, g_strdup ("http://g/"));
  shot_result_set_dashboard (result, "abc", "A\nB", 7);

  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = shot_result_to_json (result);
  g_autoptr (ShotResult) copy = shot_result_from_json (object, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (copy->id, ==, "ab12");
  g_assert_cmpuint (copy->flags, ==, result->flags);
  g_assert_cmpint (copy->stage_us[SHOT_STAGE_SETTLING], ==, 123456);
  g_assert_cmpstr (copy->last_blocker, ==, "query A");
  g_assert_cmpstr (copy->final_uri, ==, "http://g/login");
  g_assert_cmpuint (copy->redirects->len, ==, 1);
  g_assert_cmpint (copy->path, ==, SHOT_PATH_RESIDENT);
  g_assert_true (copy->is_doubted);
  g_assert_cmpstr (copy->dashboard_uid, ==, "abc");
  g_assert_cmpstr (copy->dashboard_title, ==, "A B");
  g_assert_cmpint (copy->dashboard_version, ==, 7);

  const ShotPicture *other = copy->pictures->pdata[0];
  g_assert_cmpint (other->kind, ==, SHOT_PICTURE_FULL_PAGE);
  g_assert_cmpint (other->height, ==, 20);
  g_assert_cmpint (other->encoding, ==, SHOT_ENCODING_CSV);
  g_assert_cmpstr (other->file_name, ==, "数据.csv");
  g_assert_true (copy->is_reported);
  g_assert_cmpuint (copy->n_fetched[SHOT_FETCH_SCRIPT], ==, 3);
  g_assert_cmpint (copy->fetched_bytes[SHOT_FETCH_SCRIPT], ==, 4096);
  g_assert_cmpint (other->fd, ==, -1);
}

static void
test_hostile (void)
{
  static const struct {
    const char *name;
    const char *value;
  } changes[] = {
    { "id", "null" },
    { "flags", "\"x\"" },
    { "flags", "-1" },
    { "stage_us", "[]" },
    { "stage_us", "{}" },
    { "redirects", "[1]" },
    { "redirects", "[[]]" },
    { "redirects", "0" },
    { "pictures", "{}" },
    { "pictures", "[[]]" },
    { "pictures", "[{}]" },
    { "fetched", "{}" },
    { "is_reported", "1" },
    { "pictures", "[{\"kind\":\"viewport\",\"encoding\":\"gif\",\"width\":1,\"height\":1,"
                  "\"n_pages\":0,\"size_bytes\":5}]" },
    { "last_blocker", "1" },
    { "final_uri", "{}" },
    { "dashboard_version", "-1" },
    { "dashboard_version", "null" },
    { "dashboard_title", "[]" },
    { "pictures",
      "[{\"kind\":\"viewport\",\"encoding\":\"png\",\"width\":1,\"height\":1,\"wish\":0,"
      "\"n_pages\":0,\"size_bytes\":5,\"data_bytes\":5,\"is_data_cut\":false}]" },
    { "pictures", "[{\"kind\":\"viewport\",\"width\":1,\"height\":1,\"size_bytes\":0}]" },
    { "pictures", "[{\"kind\":\"viewport\",\"width\":-1,\"height\":1,\"size_bytes\":5}]" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autoptr (ShotResult) result = shot_result_new ("a");
    g_autoptr (JsonObject) object = shot_result_to_json (result);
    g_autoptr (GError)     error = NULL;
    json_object_set_member (object, changes[i].name, json_from_string (changes[i].value, NULL));
    g_test_message ("%s: %s", changes[i].name, changes[i].value);
    g_assert_null (shot_result_from_json (object, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE);
  }
}

static void
test_names (void)
{
  g_autofree char *none = shot_flags_to_string (0);
  g_autofree char *two = shot_flags_to_string (SHOT_FLAG_SCRIPT_ERROR | SHOT_FLAG_STUCK_COUNT);

  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (two, ==, "stuck_count,script_error");
  g_assert_cmpstr (shot_flag_get_name (SHOT_FLAG_STILL_MOVING), ==, "still_moving");
  g_assert_cmpstr (shot_stage_get_name (SHOT_STAGE_ENCODING), ==, "encoding");
}

static void
test_bytes (void)
{
  ShotPicture        picture = { .size_bytes = 4 };
  g_autoptr (GError) error = NULL;

  picture.fd = make_memfd ("abcd", F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  g_autoptr (GBytes) bytes = shot_picture_get_bytes (&picture, &error);
  g_assert_no_error (error);
  close (picture.fd);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "abcd", 4);
}

static void
test_bad_bytes (void)
{
  ShotPicture picture = { .size_bytes = 5, .fd = -1 };

  g_assert_null (shot_picture_get_bytes (&picture, NULL));
  /* Shorter than promised; not sealed; not a memfd. */
  picture.fd = make_memfd ("abcd", F_SEAL_SHRINK | F_SEAL_WRITE);
  g_assert_null (shot_picture_get_bytes (&picture, NULL));
  close (picture.fd);
  picture.fd = make_memfd ("abcde", F_SEAL_GROW);
  g_assert_null (shot_picture_get_bytes (&picture, NULL));
  close (picture.fd);
  picture.fd = open ("/dev/zero", O_RDONLY | O_CLOEXEC);
  g_autoptr (GError) error = NULL;
  g_assert_null (shot_picture_get_bytes (&picture, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE);
  close (picture.fd);
}

static ShotPicture *
make_panel (unsigned wish, unsigned order, const char *failure)
{
  ShotPicture *picture = shot_picture_new ();

  picture->kind = SHOT_PICTURE_EACH_PANEL;
  picture->wish = wish;
  picture->fd = failure == NULL ? make_memfd ("abcd", F_SEAL_SHRINK | F_SEAL_WRITE) : -1;
  picture->size_bytes = failure == NULL ? 4 : 0;
  picture->panel = shot_panel_new (order, "panel-4", "T", NULL, NULL);
  if (failure != NULL)
    shot_panel_set_failure (picture->panel, failure);
  return picture;
}

static void
add_data (ShotPicture *picture, const char *text)
{
  picture->data_fd = make_memfd (text, F_SEAL_SHRINK | F_SEAL_WRITE);
  picture->data_bytes = strlen (text);
  picture->is_data_cut = picture->panel->order == 1;
}

/* What the engine sends in parts is whole in the end, in the order of the wishes. */
static void
test_parts (void)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (ShotJob)    job = shot_job_new ("http://g/");
  g_autoptr (ShotResult) sent = shot_result_new ("x");
  g_autoptr (ShotResult) parts = shot_result_new ("x");
  g_autoptr (ShotResult) result = shot_result_new ("x");
  g_autoptr (JsonObject) message = json_object_new ();
  int                    fds[6];
  unsigned               n_fds = 0;

  shot_job_add_picture (job, SHOT_PICTURE_EACH_PANEL, NULL);
  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  g_ptr_array_add (sent->pictures, make_panel (0, 3, NULL));
  g_ptr_array_add (sent->pictures, make_panel (0, 1, NULL));
  g_ptr_array_add (sent->pictures, make_panel (0, 2, "gone"));
  add_data (sent->pictures->pdata[1], "data 1");
  add_data (sent->pictures->pdata[2], "data 2");
  json_object_set_array_member (message, "pictures",
                                shot_result_get_part (sent, 0, 3, fds, &n_fds));
  g_assert_cmpuint (n_fds, ==, 4);
  g_assert_true (shot_result_add_part (parts, message, fds, n_fds, &error));
  g_assert_no_error (error);
  g_assert_cmpint (fds[0], ==, -1);
  for (unsigned i = 0; i < 3; i++) {
    ((ShotPicture *) sent->pictures->pdata[i])->fd = -1;
    ((ShotPicture *) sent->pictures->pdata[i])->data_fd = -1;
  }

  ShotPicture *other = shot_picture_new ();
  other->wish = 1;
  other->fd = make_memfd ("view", F_SEAL_SHRINK | F_SEAL_WRITE);
  other->size_bytes = 4;
  g_ptr_array_add (result->pictures, other);
  g_assert_true (shot_result_merge (result, parts, job, &error));
  g_assert_cmpuint (result->pictures->len, ==, 4);
  for (unsigned i = 0; i < 3; i++) {
    const ShotPicture *picture = result->pictures->pdata[i];
    g_assert_cmpuint (picture->panel->order, ==, i + 1);
    g_assert_cmpint (picture->fd, ==, -1);
    g_assert_true (shot_picture_is_lost (picture) == (i == 1));
    g_assert_true ((picture->data_bytes > 0) == (i < 2));
    g_assert_true (picture->is_data_cut == (i == 0));
    if (i == 2)
      continue;
    g_autofree char   *wanted = g_strdup_printf ("data %u", i + 1);
    g_autoptr (GBytes) data = shot_picture_get_data (picture, &error);
    g_assert_no_error (error);
    g_assert_cmpmem (g_bytes_get_data (data, NULL), g_bytes_get_size (data), wanted, 6);
  }
  g_autoptr (GBytes) bytes = shot_picture_get_bytes (result->pictures->pdata[2], &error);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "abcd", 4);
}

static void
test_bad_parts (void)
{
  g_autoptr (ShotJob)    job = shot_job_new ("http://g/");
  g_autoptr (ShotResult) empty = shot_result_new ("x");
  g_autoptr (ShotResult) twice = shot_result_new ("x");
  g_autoptr (ShotResult) parts = shot_result_new ("x");
  g_autoptr (ShotResult) sent = shot_result_new ("x");
  g_autoptr (JsonObject) message = json_object_new ();
  g_autoptr (GError)     error = NULL;
  int                    fds[2];
  unsigned               n_fds = 0;

  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  g_assert_false (shot_result_merge (empty, NULL, job, NULL));
  for (unsigned i = 0; i < 2; i++) {
    ShotPicture *picture = shot_picture_new ();
    picture->fd = -1;
    picture->size_bytes = 1;
    g_ptr_array_add (twice->pictures, picture);
  }
  g_assert_false (shot_result_merge (twice, NULL, job, NULL));

  /* Panels nobody asked for; one descriptor too few; no reason for an empty one. */
  g_ptr_array_add (empty->pictures, make_panel (0, 1, "gone"));
  g_assert_false (shot_result_merge (empty, NULL, job, NULL));
  g_ptr_array_add (sent->pictures, make_panel (0, 1, NULL));
  JsonArray *array = shot_result_get_part (sent, 0, 1, fds, &n_fds);
  json_object_set_array_member (message, "pictures", array);
  g_assert_false (shot_result_add_part (parts, message, NULL, 0, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE);
  /* Data without a descriptor, and too much of it. */
  json_object_set_int_member (json_array_get_object_element (array, 0), "data_bytes", 5);
  json_object_set_boolean_member (json_array_get_object_element (array, 0), "is_data_cut", FALSE);
  g_assert_false (shot_result_add_part (parts, message, fds, n_fds, NULL));
  json_object_set_int_member (json_array_get_object_element (array, 0), "data_bytes",
                              3 * SHOT_RESULT_MAX_DATA_BYTES);
  g_assert_false (shot_result_add_part (parts, message, fds, n_fds, NULL));
  json_object_remove_member (json_array_get_object_element (array, 0), "data_bytes");
  json_object_set_int_member (json_array_get_object_element (array, 0), "size_bytes", 0);
  g_assert_false (shot_result_add_part (parts, message, fds, n_fds, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/result/round-trip", test_round_trip);
  g_test_add_func ("/result/hostile", test_hostile);
  g_test_add_func ("/result/names", test_names);
  g_test_add_func ("/result/bytes", test_bytes);
  g_test_add_func ("/result/bad-bytes", test_bad_bytes);
  g_test_add_func ("/result/parts", test_parts);
  g_test_add_func ("/result/bad-parts", test_bad_parts);
  return g_test_run ();
}
