#include "config.h"

#include "tokens.h"

#include <glib/gstdio.h>
#include <string.h>

#include "credentials.h"
#include "error.h"

static char *
write_file (const char *text)
{
  char *path = NULL;
  int   fd = g_file_open_tmp ("tokens-XXXXXX", &path, NULL);

  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static void
test_list (void)
{
  g_autoptr (ShotTokens) tokens = shot_tokens_new ();

  g_assert_true (shot_tokens_is_empty (tokens));
  g_assert_false (shot_tokens_accept (tokens, ""));
  g_assert_false (shot_tokens_accept (tokens, "a"));
  g_assert_cmpuint (shot_tokens_add_list (tokens, " , ,,"), ==, 0);
  g_assert_cmpuint (shot_tokens_add_list (tokens, "a,b c\td"), ==, 4);
  for (const char *token = "abcd"; *token != '\0'; token++) {
    char text[] = { *token, '\0' };
    g_assert_true (shot_tokens_accept (tokens, text));
  }
  g_assert_false (shot_tokens_accept (tokens, "A"));
  g_assert_false (shot_tokens_accept (tokens, "a,b"));
  g_assert_false (shot_tokens_accept (tokens, ""));
  g_assert_false (shot_tokens_has_default (tokens));
  g_assert_cmpuint (shot_tokens_add_list (tokens, "-"), ==, 1);
  g_assert_true (shot_tokens_has_default (tokens));
}

static void
test_file (void)
{
  g_autofree char       *path = write_file ("one\n\n  two \r\n");
  g_autoptr (ShotTokens) tokens = shot_tokens_new ();
  g_autoptr (GError)     error = NULL;

  g_assert_true (shot_tokens_add_file (tokens, path, &error));
  g_assert_no_error (error);
  g_assert_true (shot_tokens_accept (tokens, "one"));
  g_assert_true (shot_tokens_accept (tokens, "two"));

  g_assert_true (g_file_set_contents (path, "three\n", -1, NULL));
  g_assert_true (shot_tokens_accept (tokens, "three"));
  g_assert_false (shot_tokens_accept (tokens, "one"));

  /* The last good version holds while the file is away. */
  g_unlink (path);
  g_assert_true (shot_tokens_accept (tokens, "three"));
  g_assert_true (shot_tokens_accept (tokens, "three"));
  g_assert_false (shot_tokens_add_file (tokens, path, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
}

/* Which one it was, for metrics; the first of two that are the same. */
static void
test_find (void)
{
  g_autofree char       *path = write_file ("three\nfour\n");
  g_autoptr (ShotTokens) tokens = shot_tokens_new ();

  g_assert_true (shot_tokens_add_file (tokens, path, NULL));
  shot_tokens_add_list (tokens, "zero,one,zero");
  g_assert_cmpint (shot_tokens_find (tokens, "zero"), ==, 0);
  g_assert_cmpint (shot_tokens_find (tokens, "one"), ==, 1);
  g_assert_cmpint (shot_tokens_find (tokens, "three"), ==, 3);
  g_assert_cmpint (shot_tokens_find (tokens, "four"), ==, 4);
  g_assert_cmpint (shot_tokens_find (tokens, "five"), ==, -1);
  g_assert_cmpint (shot_tokens_find (tokens, ""), ==, -1);
  g_unlink (path);
}

static void
test_replace (void)
{
  g_autofree char       *path = write_file ("old-of-file\n");
  g_autoptr (ShotTokens) tokens = shot_tokens_new ();
  ShotTokens            *next = shot_tokens_new ();

  g_assert_true (shot_tokens_add_file (tokens, path, NULL));
  shot_tokens_add_list (tokens, "old,both");
  shot_tokens_add_list (next, "both,new");
  shot_tokens_replace (tokens, next);
  g_assert_false (shot_tokens_accept (tokens, "old"));
  g_assert_false (shot_tokens_accept (tokens, "old-of-file"));
  g_assert_true (shot_tokens_accept (tokens, "both"));
  g_assert_true (shot_tokens_accept (tokens, "new"));
  g_unlink (path);
}

static void
test_rules (void)
{
  g_autofree char *path = write_file ("value\n");
  g_autofree char *good = g_strconcat ("https://Grafana.example=", path, NULL);
  g_autofree char *good_jwt = g_strconcat ("https://grafana.example:443/x=X-JWT:", path, NULL);
  g_autofree char *bad_origin = g_strconcat ("grafana.example=", path, NULL);
  g_autofree char *bad_name = g_strconcat ("https://g=a b:", path, NULL);
  g_autofree char *no_name = g_strconcat ("https://g=:", path, NULL);
  g_autoptr (ShotCredentials) credentials = shot_credentials_new ();

  g_assert_true (shot_credentials_add_token_rule (credentials, good, NULL));
  g_assert_true (shot_credentials_add_jwt_rule (credentials, good_jwt, NULL));
  g_assert_false (shot_credentials_add_token_rule (credentials, "https://g", NULL));
  g_assert_false (shot_credentials_add_token_rule (credentials, "https://g=", NULL));
  g_assert_false (shot_credentials_add_token_rule (credentials, "https://g=/none", NULL));
  g_assert_false (shot_credentials_add_token_rule (credentials, bad_origin, NULL));
  g_assert_false (shot_credentials_add_jwt_rule (credentials, bad_name, NULL));
  g_assert_false (shot_credentials_add_jwt_rule (credentials, no_name, NULL));
  g_assert_false (shot_credentials_add_forwarded (credentials, "a\r\nb", NULL));
  g_assert_false (shot_credentials_add_forwarded (credentials, "", NULL));
  g_assert_true (shot_credentials_add_forwarded (credentials, "X-Access-Token", NULL));
  g_assert_cmpstr (shot_credentials_get_forwarded (credentials)[0], ==, "X-Access-Token");
  g_assert_null (shot_credentials_get_forwarded (credentials)[1]);

  g_autoptr (ShotJob) ours = shot_job_new ("https://grafana.example/d/x");
  shot_credentials_apply (credentials, ours);
  g_assert_cmpuint (ours->headers->len, ==, 2);
  const ShotJobHeader *header = ours->headers->pdata[0];
  g_assert_true (shot_secret_equal (header->value, "Bearer value"));
  header = ours->headers->pdata[1];
  g_assert_cmpstr (header->name, ==, "X-JWT");
  g_assert_true (shot_secret_equal (header->value, "value"));

  g_autoptr (ShotJob) other = shot_job_new ("http://grafana.example/d/x");
  shot_credentials_apply (credentials, other);
  g_assert_cmpuint (other->headers->len, ==, 0);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* The warning about a file that is away belongs to it. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_test_add_func ("/tokens/list", test_list);
  g_test_add_func ("/tokens/file", test_file);
  g_test_add_func ("/tokens/find", test_find);
  g_test_add_func ("/tokens/replace", test_replace);
  g_test_add_func ("/tokens/rules", test_rules);
  return g_test_run ();
}
