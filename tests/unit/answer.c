#include "config.h"

#include "answer.h"

#include <string.h>

#include "error.h"

static JsonObject *
parse (const char *text)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);

  return json_object_ref (json_node_get_object (node));
}

static void
test_failure (void)
{
  static const struct {
    const char *text;
    ShotError   code;
    const char *message;
    bool        has_cause;
    ShotCause   cause;
  } rows[] = {
    { "{'code':'login','message':'no'}", SHOT_ERROR_LOGIN, "no", false, 0 },
    { "{'code':'engine','message':'no'}", SHOT_ERROR_ENGINE, "no", false, 0 },
    { "{'code':'engine','message':'no','cause':'web-process'}", SHOT_ERROR_ENGINE, "no", true,
      SHOT_CAUSE_WEB },
    { "{'code':'engine','message':'no','cause':'network-process'}", SHOT_ERROR_ENGINE, "no", true,
      SHOT_CAUSE_NETWORK },
    { "{'code':'engine','message':'no','cause':'weather'}", SHOT_ERROR_ENGINE, "no", false, 0 },
    { "{'code':'engine','message':'no','cause':7}", SHOT_ERROR_ENGINE, "no", false, 0 },
    { "{'code':'engine','message':'no','cause':null}", SHOT_ERROR_ENGINE, "no", false, 0 },
    /* What has an error of its own did not die. */
    { "{'code':'timeout','message':'no','cause':'web-process'}", SHOT_ERROR_TIMEOUT, "no", false,
      0 },
    { "{'code':'?','message':'a\\nb'}", SHOT_ERROR_ENGINE, "a b", false, 0 },
    { "{'message':'no'}", SHOT_ERROR_ENGINE, "the engine failed without saying why: try again",
      false, 0 },
    { "{'code':'login'}", SHOT_ERROR_ENGINE, "the engine failed without saying why: try again",
      false, 0 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char       *text = g_strdelimit (g_strdup (rows[i].text), "'", '"');
    g_autoptr (JsonObject) message = parse (text);
    bool                   has_cause = true;
    ShotCause              cause = SHOT_CAUSE_ENGINE;
    g_autoptr (GError)     error = shot_answer_read_failure (message, &has_cause, &cause);
    g_test_message ("%s", text);
    g_assert_error (error, SHOT_ERROR, (int) rows[i].code);
    g_assert_cmpstr (error->message, ==, rows[i].message);
    g_assert_true (has_cause == rows[i].has_cause);
    if (has_cause)
      g_assert_cmpint (cause, ==, rows[i].cause);
  }
}

static void
test_secret (void)
{
  g_autoptr (JsonObject) message = parse (
      "{\"code\":\"document\",\"message\":\"http://u:hunter2@g/?auth_token=hunter2\"}");
  bool               has_cause;
  ShotCause          cause;
  g_autoptr (GError) error = shot_answer_read_failure (message, &has_cause, &cause);

  g_assert_null (strstr (error->message, "hunter2"));
}

static void
test_stage (void)
{
  g_autoptr (JsonObject) good = parse ("{\"stage\":\"settling\"}");
  g_autoptr (JsonObject) unknown = parse ("{\"stage\":\"resting\"}");
  g_autoptr (JsonObject) none = parse ("{}");
  g_autoptr (JsonObject) counted = parse ("{\"stage\":\"capturing\",\"n\":3,\"of\":30}");
  g_autoptr (JsonObject) wrong = parse ("{\"stage\":\"capturing\",\"n\":-3,\"of\":30}");
  ShotAnswerStage        stage = { SHOT_STAGE_QUEUED, 0, 0 };

  g_assert_false (shot_answer_read_stage (unknown, &stage));
  g_assert_false (shot_answer_read_stage (none, &stage));
  g_assert_false (shot_answer_read_stage (wrong, &stage));
  g_assert_cmpint (stage.stage, ==, SHOT_STAGE_QUEUED);
  g_assert_true (shot_answer_read_stage (good, &stage));
  g_assert_cmpint (stage.stage, ==, SHOT_STAGE_SETTLING);
  g_assert_cmpuint (stage.n_all, ==, 0);
  g_assert_true (shot_answer_read_stage (counted, &stage));
  g_assert_cmpuint (stage.n_done, ==, 3);
  g_assert_cmpuint (stage.n_all, ==, 30);
}

/* A descriptor for each picture that is announced, no more and no fewer; none is taken else. */
static void
test_pictures (void)
{
  g_autoptr (ShotResult) result = shot_result_new ("x");
  g_autoptr (JsonObject) message = json_object_new ();
  ShotPicture           *picture = shot_picture_new ();
  int                    fds[2] = { 100000, 100001 };
  g_autoptr (GError)     error = NULL;

  picture->fd = -1;
  picture->size_bytes = 1;
  g_ptr_array_add (result->pictures, picture);
  json_object_set_object_member (message, "result", shot_result_to_json (result));
  for (unsigned n = 0; n <= 2; n += 2) {
    g_assert_null (shot_answer_read_result (message, fds, n, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE);
    g_assert_cmpint (fds[0], ==, 100000);
    g_clear_error (&error);
  }
  g_autoptr (ShotResult) read = shot_answer_read_result (message, fds, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (((ShotPicture *) read->pictures->pdata[0])->fd, ==, 100000);
  g_assert_cmpint (fds[0], ==, -1);
  g_assert_cmpint (fds[1], ==, 100001);
  ((ShotPicture *) read->pictures->pdata[0])->fd = -1;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/answer/failure", test_failure);
  g_test_add_func ("/answer/secret", test_secret);
  g_test_add_func ("/answer/stage", test_stage);
  g_test_add_func ("/answer/pictures", test_pictures);
  return g_test_run ();
}
