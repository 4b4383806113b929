#include "config.h"

#include "yaml-tree.h"

#include <string.h>

#include "error.h"

/* "{key@line:value …}", "[value …]", "~" for null. */
static void
write_node (GString *out, const ShotYamlNode *node)
{
  if (node->kind == SHOT_YAML_TEXT) {
    g_string_append (out, node->text != NULL ? node->text : "~");
    return;
  }
  g_string_append_c (out, node->kind == SHOT_YAML_MAP ? '{' : '[');
  for (unsigned i = 0; i < node->items->len; i++) {
    const ShotYamlNode *item = node->items->pdata[i];
    g_assert_cmpint (item->key != NULL, ==, node->kind == SHOT_YAML_MAP);
    g_string_append (out, i > 0 ? " " : "");
    if (item->key != NULL)
      g_string_append_printf (out, "%s@%u:", item->key, item->line);
    write_node (out, item);
  }
  g_string_append_c (out, node->kind == SHOT_YAML_MAP ? '}' : ']');
}

static void
test_good (void)
{
  static const struct {
    const char *text;
    const char *expected;
  } rows[] = {
    { "", "{}" },
    { "null\n", "{}" },
    { "a: b\n", "{a@1:b}" },
    { "a:\n  - b\n  - c: 1\n    d: [x, [y]]\n  -\n", "{a@1:[b {c@3:1 d@4:[x [y]]} ~]}" },
    { "a.b: {}\nc: []\nd: ''\ne: ~\n", "{a.b@1:{} c@2:[] d@3: e@4:~}" },
    { "a: {b: 1}\nc: {b: 2}\n", "{a@1:{b@1:1} c@2:{b@2:2}}" },
    { "{\"a\": [{\"b\": null}]}", "{a@1:[{b@1:~}]}" },
    { "a: [[[[[[[x]]]]]]]\n", "{a@1:[[[[[[[x]]]]]]]}" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)       error = NULL;
    g_autoptr (GString)      out = g_string_new (NULL);
    g_autoptr (ShotYamlNode) root = shot_yaml_tree_read ("x.yaml", rows[i].text,
                                                         strlen (rows[i].text), &error);
    g_assert_no_error (error);
    write_node (out, root);
    g_assert_cmpstr (out->str, ==, rows[i].expected);
  }
}

static void
test_bad (void)
{
  static const struct {
    const char *text;
    const char *message;
  } rows[] = {
    { "a: 1\nb: 2\na: 3\n", "x.yaml:3: \"a\" was given in line 1 already: leave one of them" },
    { "a:\n- b:\n    c: 1\n    c: 2\n",
      "x.yaml:4: \"a.b.c\" was given in line 3 already: leave one of them" },
    { "- a\n", "x.yaml:1: want \"setting: value\" lines, not a list" },
    { "a\n", "x.yaml:1: want \"setting: value\" lines, not a text alone" },
    { "a: &x b\n", "x.yaml:1: anchors and tags are not taken: write the value out" },
    { "a: [&x b]\n", "x.yaml:1: anchors and tags are not taken: write the value out" },
    { "a: !!str b\n", "x.yaml:1: anchors and tags are not taken: write the value out" },
    { "a: !x [b]\n", "x.yaml:1: anchors and tags are not taken: write the value out" },
    { "a: *x\n", "x.yaml:1: aliases are not taken: write the value out" },
    { "a: 1\n---\nb: 2\n", "x.yaml:2: a second document: one file, one document" },
    { "? [a]\n: b\n", "x.yaml:1: the name of a setting is a plain word" },
    { "\"a b\": c\n", "x.yaml:1: names of settings are letters, digits, \"-\", \"_\" and \".\"" },
    { "a: \"b\\0c\"\n", "x.yaml:1: a value with a zero byte in it" },
    { "a: [[[[[[[[x]]]]]]]]\n", "x.yaml:1: nested more than 8 deep" },
    { "a: [b\n", "x.yaml:2: this is not YAML: did not find expected ',' or ']'" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (shot_yaml_tree_read ("x.yaml", rows[i].text, strlen (rows[i].text), &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_assert_cmpstr (error->message, ==, rows[i].message);
  }
}

static void
test_limits (void)
{
  static const struct {
    const char *head;
    const char *item;
    unsigned    most;
  } rows[] = {
    { "a:\n", "- x\n", SHOT_YAML_MAX_ITEMS },
    { "a:\n",
      "- [b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, b, c, d, "
      "e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z]\n",
      960 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    for (unsigned n = rows[i].most; n <= rows[i].most + 100; n += 100) {
      g_autoptr (GError)  error = NULL;
      g_autoptr (GString) text = g_string_new (rows[i].head);
      for (unsigned j = 0; j < n; j++)
        g_string_append (text, rows[i].item);
      g_autoptr (ShotYamlNode) root = shot_yaml_tree_read ("x.yaml", text->str, text->len, &error);
      g_assert_cmpint (root != NULL, ==, n == rows[i].most);
    }
  }
}

static void
test_find (void)
{
  static const char        text[] = "a: 1\nb: ~\nc: [x]\n";
  g_autoptr (ShotYamlNode) root = shot_yaml_tree_read ("x.yaml", text, strlen (text), NULL);

  g_assert_cmpstr (shot_yaml_node_find (root, "a")->text, ==, "1");
  g_assert_true (shot_yaml_node_is_null (shot_yaml_node_find (root, "b")));
  g_assert_false (shot_yaml_node_is_null (shot_yaml_node_find (root, "c")));
  g_assert_null (shot_yaml_node_find (root, "d"));
  g_assert_null (shot_yaml_node_find (shot_yaml_node_find (root, "c"), "x"));
  g_assert_cmpstr (shot_yaml_node_describe (root), ==, "map");
  g_assert_cmpstr (shot_yaml_node_describe (shot_yaml_node_find (root, "c")), ==, "list");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/yaml-tree/good", test_good);
  g_test_add_func ("/yaml-tree/bad", test_bad);
  g_test_add_func ("/yaml-tree/limits", test_limits);
  g_test_add_func ("/yaml-tree/find", test_find);
  return g_test_run ();
}
