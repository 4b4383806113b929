/* review-plans.c: a server with plans, and no Grafana that answers
 *
 * What the conductor does is tests/unit/conductor.c's; here it is asked, and what it says arrives.
 */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "review-fixture.h"

#define PLAN "grafana:\n  address: http://127.0.0.1:9\ndashboards:\n  - uid: a\n"

static Review review;
static Person ada;
static Person rita;
static char  *folder;

static void
write_plan (const char *name, const char *text)
{
  g_autofree char   *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

/* (transfer full) */
static JsonObject *
find_plan (const char *name)
{
  g_autoptr (JsonObject) answer = review_get (&review, &rita, 200, "plans");
  JsonArray             *plans = json_object_get_array_member (answer, "plans");

  for (unsigned i = 0; i < json_array_get_length (plans); i++) {
    JsonObject *plan = json_array_get_object_element (plans, i);
    if (g_str_equal (json_object_get_string_member (plan, "name"), name))
      return json_object_ref (plan);
  }
  return NULL;
}

/* Once the server has read the folder, and knows when the plan is due. (transfer full) */
static JsonObject *
find_known (const char *name)
{
  JsonObject *plan = find_plan (name);

  while (plan == NULL || json_object_get_null_member (plan, "next")) {
    g_clear_pointer (&plan, json_object_unref);
    plan = find_plan (name);
  }
  return plan;
}

/* An event stream, up to the next event of plans. */
static void
wait_for_plans (GInputStream *stream)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError)  error = NULL;
  char                chunk[1024];

  while (strstr (text->str, "event: plans") == NULL) {
    gssize n = g_input_stream_read (stream, chunk, sizeof chunk, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (n, >, 0);
    g_string_append_len (text, chunk, n);
  }
}

/* (transfer full) */
static GSocketConnection *
listen_in (void)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autofree char          *head = g_strdup_printf (
               "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n\r\n", rita.cookie);
  GSocketConnection *connection;

  g_socket_client_set_timeout (client, 10);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) review.service.port,
                                                NULL, NULL);
  g_assert_nonnull (connection);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), head,
                             strlen (head), NULL, NULL, NULL);
  return connection;
}

static void
test_list (void)
{
  g_autoptr (JsonObject) daily = find_known ("daily");
  g_autoptr (JsonObject) broken = find_plan ("broken");

  g_assert_cmpstr (json_object_get_string_member (daily, "cron"), ==, "0 8 * * *");
  g_assert_cmpint (json_object_get_int_member (daily, "next"), >, g_get_real_time () / 1000);
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (daily, "last"),
                                                  "state"),
                   ==, "done");
  g_assert_true (json_object_get_null_member (daily, "error"));
  g_assert_nonnull (strstr (json_object_get_string_member (broken, "error"), "broken.yaml:"));
  g_assert_true (json_object_get_null_member (broken, "last"));
}

static void
test_refused (void)
{
  g_autoptr (JsonObject) none = review_send (&review, &ada, 404, "POST", "runs",
                                             "{\"plan\":\"nothing\"}");
  g_autoptr (JsonObject) bad = review_send (&review, &ada, 400, "POST", "runs",
                                            "{\"plan\":\"broken\"}");
  g_autoptr (JsonObject) outside = review_send (&review, &ada, 404, "POST", "runs",
                                                "{\"plan\":\"../daily\"}");
  /* Run 2 is of a plan that the folder has not. */
  g_autoptr (JsonObject) foreign = review_send (&review, &rita, 404, "POST", "runs/$O/cells",
                                                "{\"cell\":$X,\"from\":1,\"to\":2}");
}

/* One that cannot begin tells why, where the plan stands. */
static void
test_run (void)
{
  g_autoptr (GSocketConnection) connection = listen_in ();
  GInputStream                 *stream = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_autoptr (JsonObject)        begun = review_send (&review, &ada, 202, "POST", "runs",
                                                     "{\"plan\":\"other\"}");
  bool                          is_over = false;

  g_assert_true (json_object_get_null_member (begun, "run"));
  while (!is_over) {
    wait_for_plans (stream);
    g_autoptr (JsonObject) plan = find_plan ("other");
    is_over = !json_object_get_null_member (plan, "error");
    g_assert_true (is_over || json_object_get_boolean_member (plan, "running"));
  }
}

/* What failed is asked for again by the plan that the run had, which is of another Grafana than the
 * folder's: refused while somebody listens, and nothing begins. */
static void
test_retry (void)
{
  g_autoptr (JsonObject) retried = review_send (&review, &rita, 403, "POST", "runs/$R/retry", "{}");
  g_autoptr (JsonObject) extra = review_send (&review, &rita, 403, "POST", "runs/$R/cells",
                                              "{\"cell\":$0,\"from\":1,\"to\":2,\"label\":\"x\"}");
  g_autoptr (JsonObject) plan = find_plan ("daily");
  JsonObject            *error = json_object_get_object_member (retried, "error");

  g_assert_nonnull (strstr (json_object_get_string_member (error, "message"), "another Grafana"));
  g_assert_false (json_object_get_boolean_member (plan, "running"));
}

static void
test_new_file (void)
{
  g_autoptr (GSocketConnection) connection = listen_in ();
  GInputStream                 *stream = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_autoptr (JsonObject)        plan = NULL;

  write_plan ("new.yml", PLAN);
  while (plan == NULL) {
    wait_for_plans (stream);
    plan = find_plan ("new");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("plans-XXXXXX", NULL);
  write_plan ("daily.yaml", PLAN "timezone: UTC\nschedule:\n  cron: \"0 8 * * *\"\n");
  write_plan ("other.yaml", PLAN);
  write_plan ("broken.yaml", "dashboards: 1\n");
  write_plan ("readme.txt", "no plan");
  review_fill (&review, true);
  const char *const arguments[] = { "--plans", folder, NULL };
  review_start (&review, arguments);
  person_sign_in (&ada, &review, "ada");
  person_sign_in (&rita, &review, "rita");
  g_test_add_func ("/plans/list", test_list);
  g_test_add_func ("/plans/refused", test_refused);
  g_test_add_func ("/plans/run", test_run);
  g_test_add_func ("/plans/retry", test_retry);
  g_test_add_func ("/plans/new-file", test_new_file);
  int status = g_test_run ();
  person_clear (&ada);
  person_clear (&rita);
  review_stop (&review);
  review_remove (folder);
  g_free (folder);
  return status;
}
