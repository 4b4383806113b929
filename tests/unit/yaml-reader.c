#include "config.h"

#include "yaml-reader.h"

#include <string.h>

#include "error.h"

/* "key@line=value" for each entry; lists are "key@line=[a|b]". */
static char *
flatten (const char *text, GError **error)
{
  g_autoptr (GPtrArray) entries = shot_yaml_read ("x.yaml", text, strlen (text), error);
  g_autoptr (GString)   out = g_string_new (NULL);

  if (entries == NULL)
    return NULL;
  for (unsigned i = 0; i < entries->len; i++) {
    const ShotYamlEntry *entry = entries->pdata[i];
    g_string_append_printf (out, "%s%s@%u=%s", i > 0 ? " " : "", entry->key, entry->line,
                            entry->is_list ? "[" : "");
    for (unsigned value = 0; value < entry->values->len; value++)
      g_string_append_printf (out, "%s%s", value > 0 ? "|" : "",
                              (char *) entry->values->pdata[value]);
    g_string_append (out, entry->is_list ? "]" : "");
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
test_good (void)
{
  static const struct {
    const char *text;
    const char *expected;
  } rows[] = {
    { "", "" },
    { "# nothing\n", "" },
    { "---\n...\n", "" },
    { "null\n", "" },
    { "a: b\n", "a@1=b" },
    { "a.b: c\n", "a.b@1=c" },
    { "a:\n  b: c\n  d:\n    e: 1\nf: 2\n", "a.b@2=c a.d.e@4=1 f@5=2" },
    { "a: {b: 1, c: [x, y]}\n", "a.b@1=1 a.c@1=[x|y]" },
    { "{\"a\":{\"b\":8081,\"c\":null,\"d\":[]}}", "a.b@1=8081 a.c@1= a.d@1=[]" },
    { "{\n\t\"a\": true\n}\n", "a@2=true" },
    { "a:\n", "a@1=" },
    { "a: ~\nb: NULL\n", "a@1= b@2=" },
    { "a: \"null\"\nb: ''\n", "a@1=null b@2=" },
    { "a: [~, x]\n", "a@1=[x]" },
    { "a:\n- 'x, y'\n- z\n", "a@1=[x, y|z]" },
    { "a: \"\\u00e9\\/\"\n", "a@1=\xc3\xa9/" },
    { "a: |\n  one\n  two\n", "a@1=one\ntwo\n" },
    { "\xef\xbb\xbf"
      "a: b\n",
      "a@1=b" },
    { "a: {}\nb: c\n", "b@2=c" },
    { "a: {b: {c: {d: {e: {f: {g: 1}}}}}}\n", "a.b.c.d.e.f.g@1=1" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char   *found = flatten (rows[i].text, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (found, ==, rows[i].expected);
  }
}

static void
test_bad (void)
{
  static const struct {
    const char *text;
    const char *expected; /* the beginning of the message */
  } rows[] = {
    { "a: b\na: c\n", "x.yaml:2: \"a\" was given in line 1 already" },
    { "a:\n  b: 1\na.b: 2\n", "x.yaml:3: \"a.b\" was given in line 2 already" },
    { "a: 1\nb: [x\n", "x.yaml:3: this is not YAML" },
    { "a: b: c\n", "x.yaml:1: this is not YAML" },
    { "a: \"\\xff\n", "x.yaml:" },
    { "\tb: c\n", "x.yaml:1: this is not YAML: lines begin with blanks, not with tabs" },
    { "a:\n\t- b\n", "x.yaml:2: this is not YAML: lines begin with blanks, not with tabs" },
    { "a: \xff\n", "x.yaml:" },
    { "a\n", "x.yaml:1: want \"setting: value\"" },
    { "- a\n", "x.yaml:1: want \"setting: value\"" },
    { "a: &x b\n", "x.yaml:1: anchors and tags" },
    { "a: &x [b]\n", "x.yaml:1: anchors and tags" },
    { "a: *x\n", "x.yaml:1: aliases" },
    { "<<: *x\n", "x.yaml:1: " },
    { "a: !!binary YQ==\n", "x.yaml:1: anchors and tags" },
    { "--- !x\na: b\n", "x.yaml:1: anchors and tags" },
    { "a: b\n---\nc: d\n", "x.yaml:2: a second document" },
    { "a: [[b]]\n", "x.yaml:1: \"a\" is a list of plain values" },
    { "a: [{b: c}]\n", "x.yaml:1: \"a\" is a list of plain values" },
    { "? [a]\n: b\n", "x.yaml:1: the name of a setting" },
    { "? {a: b}\n: b\n", "x.yaml:1: the name of a setting" },
    { "\"\": b\n", "x.yaml:1: names of settings" },
    { "\"a\\nb\": c\n", "x.yaml:1: names of settings" },
    { "a: \"b\\0c\"\n", "x.yaml:1: a value with a zero byte" },
    { "a: {b: {c: {d: {e: {f: {g: {h: {i: 1}}}}}}}}\n", "x.yaml:1: nested more than" },
    { "{{{{{{{{{{{{{{{{", "x.yaml:1: " },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char   *found = flatten (rows[i].text, &error);
    g_test_message ("row %zu", i);
    g_assert_null (found);
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_prefix (error->message, rows[i].expected));
  }
}

/* Each is refused without work that grows with what it would unfold to. */
static void
test_large (void)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (GString) list = g_string_new ("a: [");
  g_autoptr (GString) bomb = g_string_new ("a: &a [x]\n");
  g_autofree char    *deep = g_strnfill (SHOT_YAML_MAX_BYTES, '[');
  g_autofree char    *long_key = g_strnfill (SHOT_YAML_MAX_BYTES - 2, 'k');
  g_autofree char    *too_much = g_strnfill (SHOT_YAML_MAX_BYTES + 1, '#');

  for (int i = 0; i < 5000; i++) {
    g_string_append_printf (lines, "a%d: 1\n", i);
    g_string_append (list, "1,");
  }
  for (int i = 0; i < 30; i++)
    g_string_append_printf (bomb, "b%d: &b%d [*a,*a,*a,*a]\n", i, i);
  const char *const texts[] = { lines->str, list->str, bomb->str, deep, long_key, too_much };
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char   *found = flatten (texts[i], &error);
    g_assert_null (found);
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_assert_cmpuint (strlen (error->message), <, 200);
  }

  /* The largest that there may be. */
  too_much[SHOT_YAML_MAX_BYTES] = '\0';
  g_autoptr (GError) error = NULL;
  g_autofree char   *nothing = flatten (too_much, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (nothing, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/yaml/good", test_good);
  g_test_add_func ("/yaml/bad", test_bad);
  g_test_add_func ("/yaml/large", test_large);
  return g_test_run ();
}
