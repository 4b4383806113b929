#include "config.h"

#include "settings.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "error.h"

static const ShotSetting table[] = {
  { "a.text", SHOT_SETTING_TEXT, .names = "text old.text", .environment = "A_TEXT OLD_TEXT" },
  { "a.int", SHOT_SETTING_INT, .environment = "A_INT", .fallback = "5", .least = -1, .most = 9 },
  { "a.double", SHOT_SETTING_DOUBLE, .environment = "A_DOUBLE", .least = 0.5, .most = 4 },
  { "a.bool", SHOT_SETTING_BOOL, .names = "bool", .environment = "A_BOOL", .fallback = "false" },
  { "a.wait", SHOT_SETTING_DURATION, .environment = "A_WAIT", .fallback = "1m", .most = 90000 },
  { "a.time", SHOT_SETTING_DURATION, .environment = "A_TIME", .least = 1, .most = 90000 },
  { "a.choice", SHOT_SETTING_CHOICE, .environment = "A_CHOICE", .fallback = "red",
    .choices = "red green rot=red" },
  { "a.list", SHOT_SETTING_LIST, .names = "list", .environment = "A_LIST" },
  { "a.lines", SHOT_SETTING_LINES, .environment = "A_LINES" },
  { "a.file", SHOT_SETTING_FILE, .environment = "A_FILE" },
  { "a.token", SHOT_SETTING_SECRETS, .names = "token", .environment = "A_TOKEN", .fallback = "-" },
  { "a.header", SHOT_SETTING_PAIRS, .environment = "A_HEADER" },
  { "a.none", SHOT_SETTING_INT, .environment = "A_NONE", .fallback = "3", .notice = "use a.int" },
  { "a.fd", SHOT_SETTING_INT, .traits = SHOT_SETTING_NO_FILE },
  { 0 },
};

static gboolean
read_file (ShotSettings *settings, const char *text, GError **error)
{
  return shot_settings_read_text (settings, "x.yaml", text, strlen (text), error);
}

static gboolean
read_variable (ShotSettings *settings, const char *assignment, GError **error)
{
  char *environment[] = { (char *) assignment, NULL };

  return shot_settings_read_environment (settings, environment, error);
}

/* @line: words apart by blanks. @out_rest: what is left, in the same way. */
static gboolean
read_line (ShotSettings *settings, const char *line, char **out_rest, GError **error)
{
  g_auto (GStrv)    words = g_strsplit (line, " ", -1);
  int               argc = (int) g_strv_length (words);
  g_autofree char **argv = g_memdup2 (words, ((size_t) argc + 1) * sizeof *words);

  if (!shot_settings_read_arguments (settings, &argc, argv, error))
    return FALSE;
  g_assert_null (argv[argc]);
  if (out_rest != NULL)
    *out_rest = g_strjoinv (" ", argv + 1);
  return TRUE;
}

static void
test_defaults (void)
{
  g_autoptr (ShotSettings) settings = shot_settings_new (table);
  g_autofree char         *origin = shot_settings_describe_origin (settings, "a.int");

  g_assert_cmpint (shot_settings_get_int (settings, "a.int"), ==, 5);
  g_assert_cmpint (shot_settings_get_duration (settings, "a.wait"), ==, 60000);
  g_assert_cmpstr (shot_settings_get_text (settings, "a.choice"), ==, "red");
  g_assert_false (shot_settings_get_bool (settings, "a.bool"));
  g_assert_null (shot_settings_get_text (settings, "a.text"));
  g_assert_null (shot_settings_get_list (settings, "a.list")[0]);
  g_assert_false (shot_settings_is_set (settings, "a.double"));
  g_assert_true (shot_settings_is_set (settings, "a.int"));
  g_assert_cmpstr (origin, ==, "default");
}

/* Every order of reading gives the same. */
static void
test_precedence (void)
{
  for (int first = 0; first < 3; first++) {
    g_autoptr (ShotSettings) settings = shot_settings_new (table);
    for (int i = 0; i < 3; i++) {
      switch ((first + i) % 3) {
      case 0:
        g_assert_true (read_file (settings, "a: {int: 1, list: [a, b], text: f, none: 1}", NULL));
        break;
      case 1:
        g_assert_true (read_variable (settings, "A_INT=2", NULL));
        g_assert_true (read_variable (settings, "A_LIST=c,d", NULL));
        break;
      default:
        g_assert_true (read_line (settings, "x --list e --a.list=f,g", NULL, NULL));
      }
    }
    g_autofree char *list = shot_settings_show (settings, "a.list");
    g_autofree char *flag = shot_settings_describe_origin (settings, "a.list");
    g_autofree char *variable = shot_settings_describe_origin (settings, "a.int");
    g_autofree char *file = shot_settings_describe_origin (settings, "a.text");
    g_assert_cmpstr (list, ==, "[\"e\", \"f\", \"g\"]");
    g_assert_cmpint (shot_settings_get_int (settings, "a.int"), ==, 2);
    g_assert_cmpstr (shot_settings_get_text (settings, "a.text"), ==, "f");
    g_assert_cmpstr (flag, ==, "flag --list");
    g_assert_cmpstr (variable, ==, "environment A_INT");
    g_assert_cmpstr (file, ==, "file x.yaml:1");
    g_assert_cmpint (shot_settings_get_layer (settings, "a.list"), ==, SHOT_LAYER_FLAG);
  }
}

static void
test_values (void)
{
  static const struct {
    const char *assignment;
    const char *key;
    const char *expected; /* as JSON */
  } rows[] = {
    { "A_TEXT=x \"y\"\\", "a.text", "\"x \\\"y\\\"\\\\\"" },
    { "A_TEXT=", "a.text", "null" },
    { "A_TEXT=  ", "a.text", "null" },
    { "A_TEXT=http://u:hunter2@h/", "a.text", "\"http://***@h/\"" },
    { "OLD_TEXT=old", "a.text", "\"old\"" },
    { "A_INT=-1", "a.int", "-1" },
    { "A_INT=9", "a.int", "9" },
    { "A_DOUBLE=0.5", "a.double", "0.5" },
    { "A_DOUBLE=1e0", "a.double", "1" },
    { "A_BOOL=1", "a.bool", "true" },
    { "A_BOOL=t", "a.bool", "true" },
    { "A_BOOL=T", "a.bool", "true" },
    { "A_BOOL=TRUE", "a.bool", "true" },
    { "A_BOOL=True", "a.bool", "true" },
    { "A_BOOL=true", "a.bool", "true" },
    { "A_BOOL=0", "a.bool", "false" },
    { "A_BOOL=F", "a.bool", "false" },
    { "A_WAIT=30", "a.wait", "\"30\"" },
    { "A_WAIT=0", "a.wait", "\"0\"" },
    { "A_WAIT=-1s", "a.wait", "\"-1s\"" },
    { "A_CHOICE=GREEN", "a.choice", "\"green\"" },
    { "A_CHOICE=Rot", "a.choice", "\"red\"" },
    { "A_LIST= a, ,b c,", "a.list", "[\"a\", \"b c\"]" },
    { "A_LINES=a,b\nc\n", "a.lines", "[\"a,b\", \"c\"]" },
    { "A_FILE=/dev/null", "a.file", "\"/dev/null\"" },
    { "A_TOKEN=one, two\tthree", "a.token", "[\"***\", \"***\", \"***\"]" },
    { "A_HEADER=X-A=1,2, X-B=c=d", "a.header", "[\"X-A=***\", \"X-B=***\"]" },
    { "A_OTHER=x", "a.int", "5" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotSettings) settings = shot_settings_new (table);
    g_autoptr (GError)       error = NULL;
    g_assert_true (read_variable (settings, rows[i].assignment, &error));
    g_assert_no_error (error);
    g_autofree char *shown = shot_settings_show (settings, rows[i].key);
    g_test_message ("row %zu", i);
    g_assert_cmpstr (shown, ==, rows[i].expected);
  }
}

static void
test_numbers (void)
{
  g_autoptr (ShotSettings) settings = shot_settings_new (table);

  g_assert_true (
      read_line (settings, "x --a.wait -3s --a.time 100us --a.header X-A=1,2", NULL, NULL));
  g_assert_cmpint (shot_settings_get_duration (settings, "a.wait"), ==, 0);
  g_assert_true (read_line (settings, "x --a.wait 1m0.5s --a.double=2.5", NULL, NULL));
  g_assert_cmpint (shot_settings_get_duration (settings, "a.time"), ==, 1);
  g_assert_cmpint (shot_settings_get_duration (settings, "a.wait"), ==, 60500);
  g_assert_cmpfloat (fabs (shot_settings_get_double (settings, "a.double") - 2.5), <, 1e-9);
  g_assert_cmpstr (shot_secret_reveal (shot_settings_get_secrets (settings, "a.header")->pdata[0]),
                   ==, "X-A=1,2");
}

static void
test_bad_values (void)
{
  static const struct {
    const char *assignment;
    const char *expected;
  } rows[] = {
    { "A_INT=10", "A_INT \"10\": want a whole number from -1 to 9" },
    { "A_INT=-2", "A_INT \"-2\": want" },
    { "A_INT=1.5", "A_INT \"1.5\": want" },
    { "A_INT=0x1", "A_INT \"0x1\": want" },
    { "A_INT=99999999999999999999", "A_INT \"99999999999999999999\": want" },
    { "A_DOUBLE=4.01", "A_DOUBLE \"4.01\": want a number from 0.5 to 4" },
    { "A_DOUBLE=nan", "A_DOUBLE \"nan\": want" },
    { "A_DOUBLE=inf", "A_DOUBLE \"inf\": want" },
    { "A_DOUBLE=1,5", "A_DOUBLE \"1,5\": want" },
    { "A_BOOL=yes", "A_BOOL \"yes\": want true or false" },
    { "A_BOOL=tRUE", "A_BOOL \"tRUE\": want true or false" },
    { "A_WAIT=forever", "A_WAIT \"forever\": want seconds" },
    { "A_WAIT=91s", "A_WAIT \"91s\": want from 0 to 90 seconds" },
    { "A_TIME=0", "A_TIME \"0\": want from 0.001 to 90 seconds" },
    { "A_TIME=-1s", "A_TIME \"-1s\": want from" },
    { "A_CHOICE=blue", "A_CHOICE \"blue\": want one of red, green" },
    { "A_FILE=/none", "A_FILE \"/none\": No such file" },
    { "A_FILE=/", "A_FILE \"/\": this is a folder" },
    { "A_TEXT=\xff", "A_TEXT" },
    { "A_TEXT=a\nb", "A_TEXT \"a b\": want no control characters" },
    { "A_HEADER=a=b\nhunter2", "A_HEADER: want no control characters" },
    { "A_TOKEN=,", "A_TOKEN is empty" },
    { "A_HEADER=hunter2", "A_HEADER: want NAME=VALUE" },
    { "A_HEADER==hunter2", "A_HEADER: want NAME=VALUE" },
    { "A_INT=http://u:hunter2@a-host-with-a-long-name-that-is-cut.example/", "A_INT \"http://" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotSettings) settings = shot_settings_new (table);
    g_autoptr (GError)       error = NULL;
    g_test_message ("row %zu", i);
    g_assert_false (read_variable (settings, rows[i].assignment, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_prefix (error->message, rows[i].expected));
    g_assert_null (strstr (error->message, "hunter2"));
    g_assert_cmpint (shot_settings_get_int (settings, "a.int"), ==, 5);
  }
}

static void
test_arguments (void)
{
  static const struct {
    const char *line;
    const char *rest;  /* NULL: an error */
    const char *error; /* its beginning */
  } rows[] = {
    { "x", "", NULL },
    { "x y --a.int 3 z", "y z", NULL },
    { "x --bool y", "y", NULL },
    { "x --bool=false -- --a.int 3", "-- --a.int 3", NULL },
    { "x - --old.text=v", "-", NULL },
    { "x --a.int", NULL, "--a.int wants a value" },
    { "x --a.int=", NULL, "--a.int is empty" },
    { "x --token=", NULL, "--token is empty" },
    { "x --bool=maybe", NULL, "--bool \"maybe\": want" },
    { "x --a.itn=3", NULL, "unknown option \"--a.itn\": did you mean \"--a.int\"?" },
    { "x --intt=3", NULL, "unknown option \"--intt\": did you mean \"--a.int\"?" },
    { "x --frobnicate", NULL, "unknown option \"--frobnicate\": see" },
    { "x -q", NULL, "unknown option \"-q\"" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotSettings) settings = shot_settings_new (table);
    g_autoptr (GError)       error = NULL;
    g_autofree char         *rest = NULL;
    g_test_message ("%s", rows[i].line);
    gboolean is_read = read_line (settings, rows[i].line, &rest, &error);
    g_assert_cmpstr (rest, ==, rows[i].rest);
    g_assert_cmpint (is_read, ==, rows[i].error == NULL);
    if (!is_read) {
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_prefix (error->message, rows[i].error));
    }
  }
}

static void
test_files (void)
{
  static const struct {
    const char *text;
    const char *error; /* its beginning; NULL: it is good */
  } rows[] = {
    { "a:\n  int: 3\n", NULL },
    { "old: {text: x}\n", NULL },
    { "a.int: null\na.text: ''\n", NULL },
    { "a.list: x,y\n", NULL },
    { "a.token: [a, 'b c']\n", NULL },
    { "a:\n  itn: 3\n", "x.yaml:2: unknown setting \"a.itn\": did you mean \"a.int\"?" },
    { "zzzzzzzzzzzz: 3\n", "x.yaml:1: unknown setting \"zzzzzzzzzzzz\": see" },
    { "a.int.more: 3\n", "x.yaml:1: unknown setting \"a.int.more\"" },
    { "a: 3\n", "x.yaml:1: unknown setting \"a\"" },
    { "a.fd: 3\n", "x.yaml:1: unknown setting \"a.fd\"" },
    { "a.int: [3]\n", "x.yaml:1: a.int: want one value, not a list" },
    { "\na.int: x\n", "x.yaml:2: a.int \"x\": want a whole number" },
    { "a.text: x\nold.text: y\n", "x.yaml:2: \"old.text\" is the same as \"a.text\" in line 1" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotSettings) settings = shot_settings_new (table);
    g_autoptr (GError)       error = NULL;
    g_test_message ("row %zu", i);
    gboolean is_read = read_file (settings, rows[i].text, &error);
    if (rows[i].error == NULL)
      g_assert_no_error (error);
    else {
      g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_prefix (error->message, rows[i].error));
    }
    g_assert_cmpint (is_read, ==, rows[i].error == NULL);
  }
}

static void
test_paths (void)
{
  static const char *const bad[] = { "/none", "/", "/dev/zero" };
  g_autofree char         *path = g_build_filename (g_get_tmp_dir (), "settings-XXXXXX", NULL);
  g_autoptr (ShotSettings) settings = shot_settings_new (table);
  g_autoptr (GError)       cause = NULL;

  g_close (g_mkstemp (path), NULL);
  g_assert_true (g_file_set_contents (path, "a.int: 7\n", -1, NULL));
  g_assert_true (shot_settings_read_file (settings, path, &cause));
  g_assert_no_error (cause);
  g_assert_cmpint (shot_settings_get_int (settings, "a.int"), ==, 7);
  g_unlink (path);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (shot_settings_read_file (settings, bad[i], &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  }
}

static void
test_layers (void)
{
  g_autoptr (ShotSettings) settings = shot_settings_new (table);
  g_autoptr (ShotSettings) fresh = shot_settings_new (table);

  g_assert_true (read_line (settings, "x --a.int 1 --token hunter2", NULL, NULL));
  g_assert_true (read_file (settings, "a.text: old", NULL));
  shot_settings_copy_layer (fresh, settings, SHOT_LAYER_FLAG);
  g_assert_true (shot_settings_is_same (settings, fresh, "a.int"));
  g_assert_true (shot_settings_is_same (settings, fresh, "a.token"));
  g_assert_true (shot_settings_is_same (settings, fresh, "a.list"));
  g_assert_false (shot_settings_is_same (settings, fresh, "a.text"));
  g_assert_true (read_file (fresh, "a: {text: old, int: 8}", NULL));
  g_assert_true (shot_settings_is_same (settings, fresh, "a.text"));
  g_assert_cmpint (shot_settings_get_int (fresh, "a.int"), ==, 1);

  g_autoptr (ShotSettings) copy = shot_settings_copy (fresh);
  g_assert_cmpstr (shot_settings_get_text (copy, "a.text"), ==, "old");
  g_assert_true (read_line (copy, "x --token other", NULL, NULL));
  g_assert_cmpuint (shot_settings_get_secrets (fresh, "a.token")->len, ==, 1);
  g_assert_cmpuint (shot_settings_get_secrets (copy, "a.token")->len, ==, 2);
}

static void
test_notices (void)
{
  g_autoptr (ShotSettings) settings = shot_settings_new (table);
  g_auto (GStrv)           none = shot_settings_list_notices (settings);

  g_assert_cmpuint (g_strv_length (none), ==, 0);
  g_assert_true (read_variable (settings, "A_NONE=3", NULL));
  g_auto (GStrv) ordinary = shot_settings_list_notices (settings);
  g_assert_cmpuint (g_strv_length (ordinary), ==, 0);
  g_assert_true (read_variable (settings, "A_NONE=4", NULL));
  g_auto (GStrv) one = shot_settings_list_notices (settings);
  g_assert_cmpuint (g_strv_length (one), ==, 1);
  g_assert_cmpstr (one[0], ==, "A_NONE is accepted without effect: use a.int");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settings/defaults", test_defaults);
  g_test_add_func ("/settings/precedence", test_precedence);
  g_test_add_func ("/settings/values", test_values);
  g_test_add_func ("/settings/numbers", test_numbers);
  g_test_add_func ("/settings/bad-values", test_bad_values);
  g_test_add_func ("/settings/arguments", test_arguments);
  g_test_add_func ("/settings/files", test_files);
  g_test_add_func ("/settings/paths", test_paths);
  g_test_add_func ("/settings/layers", test_layers);
  g_test_add_func ("/settings/notices", test_notices);
  return g_test_run ();
}
