#include "config.h"

#include "proof.h"

#include <string.h>

#define WHOLE                                                                                     \
  "{\"begun\":true,\"uid\":true,\"address\":true,\"range\":true,\"variables\":true,\"panels\":1," \
  "\"wanted\":true,\"stale\":0,\"dashboard\":true,\"fresh\":true}"

static void
test_whole (void)
{
  g_assert_null (shot_proof_find_doubt (WHOLE));
}

/* Whatever is false, missing or of another type is a doubt. */
static void
test_doubts (void)
{
  static const char *const names[] = { "begun",  "uid",    "address", "range",     "variables",
                                       "panels", "wanted", "stale",   "dashboard", "fresh" };
  static const char *const values[] = { "false", "null", "\"true\"", "{}", "[1]", "-1" };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *name = g_strdup_printf ("\"%s\":", names[i]);
    const char      *at = strstr (WHOLE, name);
    size_t           start = (size_t) (at - WHOLE) + strlen (name);
    size_t           end = start + strcspn (&WHOLE[start], ",}");

    for (size_t j = 0; j < G_N_ELEMENTS (values); j++) {
      g_autofree char *text = g_strdup_printf ("%.*s%s%s", (int) start, WHOLE, values[j],
                                               &WHOLE[end]);
      g_test_message ("%s", text);
      g_assert_nonnull (shot_proof_find_doubt (text));
    }
    g_autofree char *without = g_strdup_printf ("%.*s\"x\":%s", (int) (start - strlen (name)),
                                                WHOLE, &WHOLE[start]);
    g_assert_nonnull (shot_proof_find_doubt (without));
  }
}

static void
test_nonsense (void)
{
  static const char *const texts[] = { "", "null", "[]", "true", "{", "{\"a\":{\"b\":1}}" };
  g_autofree char         *huge = g_strnfill (1 << 20, '{');

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_nonnull (shot_proof_find_doubt (texts[i]));
  g_assert_nonnull (shot_proof_find_doubt (huge));
}

static void
test_counts (void)
{
  static const struct {
    const char *from, *to;
  } rows[] = { { "\"panels\":1", "\"panels\":0" }, { "\"stale\":0", "\"stale\":2" } };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GString) text = g_string_new (WHOLE);
    g_string_replace (text, rows[i].from, rows[i].to, 1);
    g_assert_nonnull (shot_proof_find_doubt (text->str));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proof/whole", test_whole);
  g_test_add_func ("/proof/doubts", test_doubts);
  g_test_add_func ("/proof/nonsense", test_nonsense);
  g_test_add_func ("/proof/counts", test_counts);
  return g_test_run ();
}
