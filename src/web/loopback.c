#include "config.h"

#include "loopback.h"

#include <libsoup/soup.h>
#include <string.h>

#include "error.h"

struct _ShotLoopback {
  SoupServer      *soup;   /* (owned) */
  char            *folder; /* (owned): "/uuid/" */
  char            *uri;    /* (owned) */
  ShotLoopbackGive give;
  ShotLoopbackTake take; /* (nullable) */
  void            *user_data;
};

static void
answer_post (ShotLoopback *self, SoupServerMessage *message, const char *name)
{
  SoupMessageBody   *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) bytes = soup_message_body_flatten (body);
  unsigned           status = self->take != NULL ? self->take (name, bytes, self->user_data) : 404;

  soup_server_message_set_status (message, status, NULL);
}

static void
answer_get (ShotLoopback *self, SoupServerMessage *message, const char *name)
{
  const char        *type = NULL;
  g_autoptr (GBytes) bytes = self->give (name, &type, self->user_data);

  soup_server_message_set_status (message, bytes != NULL ? 200 : 404, NULL);
  if (bytes == NULL)
    return;
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Content-Type",
                                type);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), bytes);
}

static void
request_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *form,
            void *user_data)
{
  ShotLoopback *self = user_data;

  if (!g_str_has_prefix (path, self->folder))
    soup_server_message_set_status (message, 404, NULL);
  else if (g_str_equal (soup_server_message_get_method (message), "GET"))
    answer_get (self, message, path + strlen (self->folder));
  else
    answer_post (self, message, path + strlen (self->folder));
}

ShotLoopback *
shot_loopback_new (ShotLoopbackGive give, ShotLoopbackTake take, void *user_data, GError **error)
{
  g_autoptr (ShotLoopback) self = g_new0 (ShotLoopback, 1);
  g_autofree char         *uuid = g_uuid_string_random ();
  g_autoptr (GError)       cause = NULL;

  self->give = give;
  self->take = take;
  self->user_data = user_data;
  self->folder = g_strdup_printf ("/%s/", uuid);
  self->soup = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->soup, NULL, request_cb, self, NULL);
  if (!soup_server_listen_local (self->soup, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &cause)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot open a port on 127.0.0.1: %s",
                 cause->message);
    return NULL;
  }

  GSList *uris = soup_server_get_uris (self->soup);
  self->uri = g_strdup_printf ("http://127.0.0.1:%d%s", g_uri_get_port (uris->data), self->folder);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return g_steal_pointer (&self);
}

void
shot_loopback_free (ShotLoopback *self)
{
  if (self == NULL)
    return;
  soup_server_disconnect (self->soup);
  g_object_unref (self->soup);
  g_free (self->folder);
  g_free (self->uri);
  g_free (self);
}

const char *
shot_loopback_get_uri (const ShotLoopback *self)
{
  return self->uri;
}
