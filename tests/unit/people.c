#include "config.h"

#include "people.h"

#include <glib/gstdio.h>
#include <string.h>

#include "archive-fixture.h"
#include "error.h"

typedef struct {
  char        *folder;
  ShotArchive *archive;
} Fixture;

static void
set_up (Fixture *self, const void *data)
{
  self->folder = fixture_make_folder ();
  self->archive = fixture_open (self->folder);
}

static void
tear_down (Fixture *self, const void *data)
{
  shot_archive_close (self->archive);
  fixture_remove (self->folder);
  g_free (self->folder);
}

static void
add (Fixture *self, const char *name, ShotRole role, const char *password)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (ShotSecret) secret = password != NULL ? shot_secret_new (password) : NULL;

  shot_people_add (self->archive, name, role, secret, &error);
  g_assert_no_error (error);
}

static bool
can_sign_in (Fixture *self, const char *name, const char *password, const char *address)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (ShotSecret) secret = shot_secret_new (password);
  g_autoptr (ShotUser)   user = shot_people_check_password (self->archive, name, secret, address,
                                                            &error);

  if (user == NULL)
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED);
  return user != NULL;
}

static void
test_passwords (Fixture *self, const void *data)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (ShotSecret) brief = shot_secret_new ("too short");
  g_autoptr (ShotSecret) later = shot_secret_new ("another password");

  add (self, "Zoë", SHOT_ROLE_ADMIN, "correct horse");
  g_assert_true (can_sign_in (self, "Zoë", "correct horse", "10.0.0.1"));
  g_assert_true (can_sign_in (self, "ZOË", "correct horse", "10.0.0.1"));
  g_assert_false (can_sign_in (self, "Zoë", "correct horsf", "10.0.0.1"));
  g_assert_false (can_sign_in (self, "nobody", "correct horse", "10.0.0.1"));
  g_assert_false (shot_people_add (self->archive, "zoë", SHOT_ROLE_VIEWER, NULL, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_false (shot_people_add (self->archive, "x", SHOT_ROLE_VIEWER, brief, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_clear_error (&error);

  /* Whoever is known by a proxy's header alone has no password to guess. */
  add (self, "proxied", SHOT_ROLE_VIEWER, NULL);
  g_assert_false (can_sign_in (self, "proxied", "", "10.0.0.1"));

  g_assert_true (shot_people_set_password (self->archive, "zoë", later, &error));
  g_assert_false (can_sign_in (self, "Zoë", "correct horse", "10.0.0.1"));
  g_assert_true (can_sign_in (self, "Zoë", "another password", "10.0.0.1"));
  g_assert_cmpuint (shot_people_count (self->archive), ==, 2);
}

static void
test_stored (Fixture *self, const void *data)
{
  g_autoptr (GError)     error = NULL;
  g_autofree char       *path = g_build_filename (self->folder, "archive.db-wal", NULL);
  g_autofree char       *bytes = NULL;
  size_t                 length = 0;
  g_autoptr (ShotSecret) session = NULL;
  g_autoptr (ShotSecret) token = NULL;

  add (self, "ann", SHOT_ROLE_ADMIN, "correct horse");
  session = shot_people_open_session (self->archive, "ann", "::1", 60000, &error);
  token = shot_people_add_token (self->archive, "ci", SHOT_ROLE_VIEWER, "ann", 0, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_nonnull (memmem (bytes, length, "$argon2id$v=19$m=32768,t=3,p=1$", 31));
  g_assert_null (memmem (bytes, length, "correct horse", 13));
  g_assert_null (memmem (bytes, length, shot_secret_reveal (session), 43));
  g_assert_null (memmem (bytes, length, shot_secret_reveal (token), 47));
}

static void
test_names (Fixture *self, const void *data)
{
  static const char *const bad[] = {
    "",
    " x",
    "x ",
    "a\nb",
    "a\x1b",
    "\xff",
    ("a\xe2\x80\xae"
     "b"),
    "token:ci",
    "12345678901234567890123456789012345678901234567890123456789012345",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (shot_people_add (self->archive, bad[i], SHOT_ROLE_VIEWER, NULL, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  }
  add (self, "王小明", SHOT_ROLE_VIEWER, NULL);
  add (self, "<script>", SHOT_ROLE_VIEWER, NULL);
}

static void
test_lockout (Fixture *self, const void *data)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (ShotSecret) right = shot_secret_new ("correct horse");

  add (self, "ann", SHOT_ROLE_ADMIN, "correct horse");
  for (unsigned i = 0; i < 5; i++) {
    g_assert_cmpint (shot_people_get_lockout_ms (self->archive, "ann", "10.0.0.1"), ==, 0);
    g_assert_false (can_sign_in (self, "ann", "a wrong password", "10.0.0.1"));
  }
  /* The right password does not help, nor does another address. */
  g_assert_false (can_sign_in (self, "Ann", "correct horse", "10.0.0.2"));
  g_assert_null (shot_people_check_password (self->archive, "ann", right, "10.0.0.1", &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED);
  g_assert_nonnull (strstr (error->message, "try again in 2 seconds"));
  g_assert_cmpint (shot_people_get_lockout_ms (self->archive, "ann", "10.0.0.1"), >, 1000);
  g_assert_cmpint (shot_people_get_lockout_ms (self->archive, "bob", "10.0.0.1"), ==, 0);
}

/* A stranger who knows a name must not keep its owner out, who is at a place of theirs. */
static void
test_lockout_by_strangers (Fixture *self, const void *data)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (ShotSecret) session = NULL;

  add (self, "ann", SHOT_ROLE_ADMIN, "correct horse");
  session = shot_people_open_session (self->archive, "ann", "10.0.0.9", 60000, &error);
  g_assert_no_error (error);
  for (unsigned i = 0; i < 6; i++)
    g_assert_false (can_sign_in (self, "ann", "a wrong password", "10.0.0.1"));
  g_assert_false (can_sign_in (self, "ann", "correct horse", "10.0.0.2"));
  g_assert_cmpint (shot_people_get_lockout_ms (self->archive, "ann", "10.0.0.9"), ==, 0);
  g_assert_true (can_sign_in (self, "Ann", "correct horse", "10.0.0.9"));
  /* Which forgives the stranger nothing. */
  g_assert_cmpint (shot_people_get_lockout_ms (self->archive, "ann", "10.0.0.1"), >, 0);
  /* Nor may one guess without end there. */
  for (unsigned i = 0; i < 5; i++)
    g_assert_false (can_sign_in (self, "ann", "a wrong password", "10.0.0.9"));
  g_assert_false (can_sign_in (self, "ann", "correct horse", "10.0.0.9"));
}

static void
test_sessions (Fixture *self, const void *data)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (ShotSecret) session = NULL;
  g_autoptr (ShotSecret) other = NULL;
  g_autoptr (ShotSecret) over = NULL;
  g_autoptr (ShotSecret) guess = shot_secret_new ("guess");

  add (self, "root", SHOT_ROLE_ADMIN, NULL);
  add (self, "ann", SHOT_ROLE_REVIEWER, NULL);
  session = shot_people_open_session (self->archive, "ANN", "::1", 60000, &error);
  other = shot_people_open_session (self->archive, "ann", "::1", 60000, &error);
  over = shot_people_open_session (self->archive, "ann", "::1", -1, &error);
  g_assert_no_error (error);
  g_autoptr (ShotUser) user = shot_people_find_session (self->archive, session, 1000, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (user->name, ==, "ann");
  g_assert_cmpint (user->role, ==, SHOT_ROLE_REVIEWER);

  ShotSecret *bad[] = { guess, over };
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_null (shot_people_find_session (self->archive, bad[i], 1000, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED);
    g_clear_error (&error);
  }
  g_assert_true (shot_people_close_session (self->archive, other, &error));
  g_assert_null (shot_people_find_session (self->archive, other, 1000, NULL));

  g_assert_true (shot_people_set_disabled (self->archive, "ann", true, &error));
  g_assert_true (shot_people_set_disabled (self->archive, "ann", false, &error));
  g_assert_null (shot_people_find_session (self->archive, session, 1000, NULL));
  g_assert_null (shot_people_open_session (self->archive, "nobody", "::1", 60000, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND);
}

static void
test_last_admin (Fixture *self, const void *data)
{
  g_autoptr (GError) error = NULL;

  add (self, "root", SHOT_ROLE_ADMIN, NULL);
  add (self, "ann", SHOT_ROLE_VIEWER, NULL);
  g_assert_false (shot_people_set_role (self->archive, "root", SHOT_ROLE_VIEWER, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_false (shot_people_set_disabled (self->archive, "root", true, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_true (shot_people_set_role (self->archive, "ann", SHOT_ROLE_ADMIN, &error));
  g_assert_true (shot_people_set_role (self->archive, "root", SHOT_ROLE_VIEWER, &error));
  g_assert_false (shot_people_set_role (self->archive, "nobody", SHOT_ROLE_ADMIN, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND);
}

static void
test_tokens (Fixture *self, const void *data)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (ShotSecret) token = shot_people_add_token (self->archive, "ci", SHOT_ROLE_REVIEWER,
                                                        "root", 0, &error);
  g_autoptr (ShotSecret) over = shot_people_add_token (self->archive, "old", SHOT_ROLE_ADMIN,
                                                       "root", 1, &error);

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (shot_secret_reveal (token), "pst_"));
  g_autoptr (ShotUser) user = shot_people_find_token (self->archive, token, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (user->name, ==, "token:ci");
  g_assert_cmpint (user->role, ==, SHOT_ROLE_REVIEWER);
  g_assert_null (shot_people_find_token (self->archive, over, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED);
  g_clear_error (&error);

  g_autoptr (GPtrArray) list = shot_people_list_tokens (self->archive, &error);
  g_assert_cmpuint (list->len, ==, 2);
  const ShotToken *first = list->pdata[0];
  g_assert_cmpint (first->seen_ms, >, 0);
  g_assert_true (shot_people_remove_token (self->archive, first->id, &error));
  g_assert_null (shot_people_find_token (self->archive, token, NULL));
  g_assert_false (shot_people_remove_token (self->archive, first->id, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND);
}

static void
test_setup (Fixture *self, const void *data)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (ShotSecret) first = shot_people_make_setup_secret (self->archive, &error);
  g_autoptr (ShotSecret) second = shot_people_make_setup_secret (self->archive, &error);
  g_autoptr (ShotSecret) password = shot_secret_new ("correct horse");

  g_assert_false (shot_people_use_setup_secret (self->archive, first, "root", password, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED);
  g_clear_error (&error);
  g_assert_true (shot_people_use_setup_secret (self->archive, second, "root", password, &error));
  g_assert_no_error (error);
  g_assert_false (shot_people_use_setup_secret (self->archive, second, "eve", password, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED);
  g_clear_error (&error);
  g_assert_null (shot_people_make_setup_secret (self->archive, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT);
  g_assert_true (can_sign_in (self, "root", "correct horse", "::1"));
}

static void
add_test (const char *path, void (*run) (Fixture *self, const void *data))
{
  g_test_add (path, Fixture, NULL, set_up, run, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_test ("/people/passwords", test_passwords);
  add_test ("/people/stored", test_stored);
  add_test ("/people/names", test_names);
  add_test ("/people/lockout", test_lockout);
  add_test ("/people/lockout-by-strangers", test_lockout_by_strangers);
  add_test ("/people/sessions", test_sessions);
  add_test ("/people/last-admin", test_last_admin);
  add_test ("/people/tokens", test_tokens);
  add_test ("/people/setup", test_setup);
  return g_test_run ();
}
