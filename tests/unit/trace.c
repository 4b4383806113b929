#include "config.h"

#include "trace.h"

#include <string.h>

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"
#define PARENT "00-" TRACE "-" SPAN "-01"

static void
test_parent (void)
{
  static const struct {
    const char *text;
    const char *passed_on; /* NULL: invalid */
  } rows[] = {
    { PARENT, PARENT },
    { "00-" TRACE "-" SPAN "-00", "00-" TRACE "-" SPAN "-00" },
    { "00-" TRACE "-" SPAN "-03", "00-" TRACE "-" SPAN "-03" },
    { "00-" TRACE "-" SPAN "-ff", "00-" TRACE "-" SPAN "-03" },
    { "01-" TRACE "-" SPAN "-01", PARENT },
    { "cc-" TRACE "-" SPAN "-01-what-comes", PARENT },
    { "cc-" TRACE "-" SPAN "-01.what-comes", NULL },
    { "ff-" TRACE "-" SPAN "-01", NULL },
    { "00-" TRACE "-" SPAN "-01-", NULL },
    { "00-" TRACE "-" SPAN "-01-00", NULL },
    { PARENT "," PARENT, NULL },
    { " " PARENT, NULL },
    { PARENT " ", NULL },
    { "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01", NULL },
    { "0x-" TRACE "-" SPAN "-01", NULL },
    { "00-" TRACE "-" SPAN "-0g", NULL },
    { "00-" TRACE "_" SPAN "-01", NULL },
    { "00-" TRACE "-" SPAN "-1", NULL },
    { "00-" TRACE "-" SPAN, NULL },
    { "00-00000000000000000000000000000000-" SPAN "-01", NULL },
    { "00-" TRACE "-0000000000000000-01", NULL },
    { "00-4bf92f3577b34da6a3ce929d0e0e473-0" SPAN "-01", NULL },
    { "00-\xc3\xa9"
      "f92f3577b34da6a3ce929d0e0e4736-" SPAN "-01",
      NULL },
    { "", NULL },
    { "00", NULL },
    { NULL, NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (ShotTrace) trace;
    bool               is_valid = shot_trace_init_from_headers (&trace, rows[i].text, NULL);
    g_autofree char   *text = shot_trace_to_string (&trace);

    g_test_message ("%s", rows[i].text);
    g_assert_cmpint (is_valid, ==, rows[i].passed_on != NULL);
    g_assert_cmpstr (text, ==, rows[i].passed_on);
  }
}

static void
test_state (void)
{
  g_autofree char    *long_value = g_strnfill (256, 'v');
  g_autofree char    *long_key = g_strnfill (256, 'k');
  g_autofree char    *fits = g_strdup_printf ("a=%s,b=1", long_value);
  g_autofree char    *value_too_long = g_strdup_printf ("a=%sv", long_value);
  g_autofree char    *key_fits = g_strdup_printf ("%s=1", long_key);
  g_autofree char    *key_too_long = g_strdup_printf ("%sk=1", long_key);
  g_autofree char    *too_long = g_strdup_printf ("a=%s,b=%s", long_value, long_value);
  g_autoptr (GString) many = g_string_new ("k0=0");
  for (int i = 1; i < 32; i++)
    g_string_append_printf (many, ",k%d=%d", i, i);
  g_autofree char *too_many = g_strconcat (many->str, ",one=more", NULL);
  const struct {
    const char *text;
    bool        is_kept;
  } rows[] = {
    { "congo=t61rcWkgMzE", true },
    { "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", true },
    { "a=1, ,b=2,", true },
    { "tenant@vendor=x y", true },
    { "0a=1", true },
    { fits, true },
    { key_fits, true },
    { many->str, true },
    { value_too_long, false },
    { key_too_long, false },
    { too_long, false },
    { too_many, false },
    { "", false },
    { ",,", false },
    { "novalue", false },
    { "a=", false },
    { "=1", false },
    { "A=1", false },
    { "a b=1", false },
    { "a=1=2", false },
    { "a=\xc3\xa9", false },
    { "a=1\r\nX-Evil: 1", false },
    { NULL, false },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (ShotTrace) trace;

    g_test_message ("%s", rows[i].text);
    g_assert_true (shot_trace_init_from_headers (&trace, PARENT, rows[i].text));
    g_assert_cmpstr (trace.state, ==, rows[i].is_kept ? rows[i].text : NULL);
  }
  /* Without a parent it means nothing. */
  g_auto (ShotTrace) none;
  g_assert_false (shot_trace_init_from_headers (&none, "x", "a=1"));
  g_assert_null (none.state);
}

static void
test_child (void)
{
  g_auto (ShotTrace) parent;
  g_auto (ShotTrace) child;
  g_auto (ShotTrace) other;
  g_auto (ShotTrace) again;

  g_assert_true (shot_trace_init_from_headers (&parent, PARENT, "a=1"));
  shot_trace_init_child (&child, &parent);
  shot_trace_init_child (&other, &parent);
  g_assert_cmpstr (child.trace_id, ==, TRACE);
  g_assert_cmpstr (child.span_id, !=, SPAN);
  g_assert_cmpstr (child.span_id, !=, other.span_id);
  g_assert_cmpstr (child.state, ==, "a=1");

  g_autofree char *text = shot_trace_to_string (&child);
  g_assert_true (shot_trace_init_from_headers (&again, text, NULL));
  g_assert_cmpstr (again.span_id, ==, child.span_id);
  g_assert_cmpuint (again.flags, ==, 1);
}

static void
test_new (void)
{
  g_auto (ShotTrace) one;
  g_auto (ShotTrace) two;
  g_auto (ShotTrace) read;

  shot_trace_init_new (&one, true);
  shot_trace_init_new (&two, false);
  g_assert_cmpstr (one.trace_id, !=, two.trace_id);
  g_assert_cmpuint (one.flags & 1, ==, 1);
  g_assert_cmpuint (two.flags & 1, ==, 0);
  g_autofree char *text = shot_trace_to_string (&one);
  g_assert_true (shot_trace_init_from_headers (&read, text, NULL));
}

static void
test_none (void)
{
  g_auto (ShotTrace) none;
  g_auto (ShotTrace) child;

  g_assert_false (shot_trace_init_from_headers (&none, NULL, NULL));
  shot_trace_init_child (&child, &none);
  g_assert_null (shot_trace_to_string (&child));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trace/parent", test_parent);
  g_test_add_func ("/trace/state", test_state);
  g_test_add_func ("/trace/child", test_child);
  g_test_add_func ("/trace/new", test_new);
  g_test_add_func ("/trace/none", test_none);
  return g_test_run ();
}
