#include "config.h"

#include "link.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "error.h"

typedef struct {
  ShotLink  *link;
  GPtrArray *texts; /* (element-type utf8): member "text" of each message */
  int        kept_fd;
  unsigned   n_fds;
  bool       free_in_message;
  bool       free_in_closed;
  unsigned   closed;
  GError    *error;
} End;

static void
message_cb (JsonObject *message, int *fds, unsigned n_fds, void *user_data)
{
  End *end = user_data;

  g_ptr_array_add (end->texts,
                   g_strdup (json_object_get_string_member_with_default (message, "text", "")));
  end->n_fds += n_fds;
  if (n_fds > 0) {
    end->kept_fd = fds[0];
    fds[0] = -1;
  }
  if (end->free_in_message)
    g_clear_pointer (&end->link, shot_link_free);
}

static void
closed_cb (const GError *error, void *user_data)
{
  End *end = user_data;

  end->closed++;
  end->error = error != NULL ? g_error_copy (error) : NULL;
  if (end->free_in_closed)
    g_clear_pointer (&end->link, shot_link_free);
}

static void
end_init (End *end, int fd)
{
  *end = (End){ .kept_fd = -1 };
  end->texts = g_ptr_array_new_with_free_func (g_free);
  end->link = shot_link_new (fd, message_cb, closed_cb, end);
}

static void
end_clear (End *end)
{
  shot_link_free (end->link);
  g_ptr_array_unref (end->texts);
  g_clear_error (&end->error);
  if (end->kept_fd >= 0)
    close (end->kept_fd);
}

static JsonObject *
make_message (const char *text)
{
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "text", text);
  return message;
}

static void
wait_for_texts (End *end, unsigned count)
{
  while (end->texts->len < count && end->closed == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (end->texts->len, ==, count);
}

static void
wait_for_close (End *end)
{
  while (end->closed == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
make_ends (End *a, End *b)
{
  int fds[2];

  g_assert_true (shot_link_make_pair (fds, NULL));
  g_assert_true (fcntl (fds[0], F_GETFD) & FD_CLOEXEC);
  end_init (a, fds[0]);
  end_init (b, fds[1]);
}

static void
test_messages (void)
{
  End a, b;

  make_ends (&a, &b);
  for (int i = 0; i < 3; i++) {
    g_autofree char       *text = g_strdup_printf ("message %d 巡", i);
    g_autoptr (JsonObject) message = make_message (text);
    g_assert_true (shot_link_send (a.link, message, NULL, 0, NULL));
  }
  wait_for_texts (&b, 3);
  g_assert_cmpstr (b.texts->pdata[0], ==, "message 0 巡");
  g_assert_cmpstr (b.texts->pdata[2], ==, "message 2 巡");

  g_clear_pointer (&a.link, shot_link_free);
  wait_for_close (&b);
  g_assert_no_error (b.error);
  end_clear (&a);
  end_clear (&b);
}

static void
test_descriptors (void)
{
  End                    a, b;
  int                    pipes[2];
  char                   byte = 0;
  g_autoptr (JsonObject) message = make_message ("fds");

  make_ends (&a, &b);
  g_assert_cmpint (pipe2 (pipes, O_CLOEXEC), ==, 0);
  int both[] = { pipes[1], pipes[1] };
  g_assert_true (shot_link_send (a.link, message, both, 2, NULL));
  close (pipes[1]);
  wait_for_texts (&b, 1);
  g_assert_cmpuint (b.n_fds, ==, 2);
  g_assert_true (fcntl (b.kept_fd, F_GETFD) & FD_CLOEXEC);
  g_assert_cmpint (write (b.kept_fd, "x", 1), ==, 1);
  g_assert_cmpint (read (pipes[0], &byte, 1), ==, 1);
  /* The second was not kept, so it is closed: with the first, the pipe ends. */
  close (b.kept_fd);
  b.kept_fd = -1;
  g_assert_cmpint (read (pipes[0], &byte, 1), ==, 0);
  close (pipes[0]);
  end_clear (&a);
  end_clear (&b);
}

static void
test_slow_peer (void)
{
  End                    a, b;
  g_autofree char       *fill = g_strnfill (SHOT_LINK_MAX_BYTES - 100, 'a');
  g_autoptr (JsonObject) message = make_message (fill);
  int                    zero = open ("/dev/zero", O_RDONLY | O_CLOEXEC);

  make_ends (&a, &b);
  for (int i = 0; i < 40; i++)
    g_assert_true (shot_link_send (a.link, message, &zero, 1, NULL));
  close (zero);
  while (b.texts->len < 40) {
    g_main_context_iteration (NULL, TRUE);
    if (b.kept_fd >= 0)
      close (b.kept_fd);
    b.kept_fd = -1;
  }
  g_assert_cmpuint (b.n_fds, ==, 40);
  end_clear (&a);
  end_clear (&b);
}

static void
test_too_large (void)
{
  End                    a, b;
  g_autofree char       *fill = g_strnfill (SHOT_LINK_MAX_BYTES, 'a');
  g_autoptr (JsonObject) message = make_message (fill);
  g_autoptr (GError)     error = NULL;

  make_ends (&a, &b);
  g_assert_false (shot_link_send (a.link, message, NULL, 0, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  end_clear (&a);
  end_clear (&b);
}

/* What no honest peer sends ends the link with an error, never the process. */
static void
test_hostile (void)
{
  g_autofree char *huge = g_strnfill (SHOT_LINK_MAX_BYTES + 10, ' ');
  g_autofree char *deep = g_strnfill (100000, '[');
  g_autofree char *deep_objects = g_strdup (
      "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
      "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}}}}}}}}}");
  const char *rows[] = { "x",         "[]", "1",  "\"a\"",     "{", "{\"a\":\"\xff\"}",
                         "{}garbage", huge, deep, deep_objects };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    End end;
    int fds[2];
    g_assert_true (shot_link_make_pair (fds, NULL));
    end_init (&end, fds[0]);
    g_assert_cmpint (send (fds[1], rows[i], strlen (rows[i]), MSG_NOSIGNAL), >, 0);
    wait_for_close (&end);
    g_assert_error (end.error, SHOT_ERROR, SHOT_ERROR_ENGINE);
    g_assert_cmpuint (end.texts->len, ==, 0);
    close (fds[1]);
    end_clear (&end);
  }
}

/* A peer that dies with unread messages: what it had sent still arrives, then the end. */
static void
test_peer_death (void)
{
  End                    end;
  int                    fds[2];
  char                   text[] = "{\"text\":\"last words\"}";
  g_autoptr (JsonObject) message = make_message ("never read");
  g_autoptr (GError)     error = NULL;

  g_assert_true (shot_link_make_pair (fds, NULL));
  end_init (&end, fds[0]);
  g_assert_true (shot_link_send (end.link, message, NULL, 0, NULL));
  g_assert_cmpint (send (fds[1], text, strlen (text), 0), >, 0);
  close (fds[1]);
  wait_for_texts (&end, 1);
  wait_for_close (&end);
  g_assert_no_error (end.error);
  g_assert_cmpuint (end.closed, ==, 1);
  g_assert_false (shot_link_send (end.link, message, NULL, 0, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE);
  end_clear (&end);
}

static void
test_free_in_callback (void)
{
  End                    a, b;
  g_autoptr (JsonObject) message = make_message ("x");

  make_ends (&a, &b);
  b.free_in_message = true;
  a.free_in_closed = true;
  g_assert_true (shot_link_send (a.link, message, NULL, 0, NULL));
  wait_for_close (&a);
  g_assert_null (a.link);
  g_assert_null (b.link);
  g_assert_cmpuint (b.closed, ==, 0);
  end_clear (&a);
  end_clear (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/messages", test_messages);
  g_test_add_func ("/link/descriptors", test_descriptors);
  g_test_add_func ("/link/slow-peer", test_slow_peer);
  g_test_add_func ("/link/too-large", test_too_large);
  g_test_add_func ("/link/hostile", test_hostile);
  g_test_add_func ("/link/peer-death", test_peer_death);
  g_test_add_func ("/link/free-in-callback", test_free_in_callback);
  return g_test_run ();
}
