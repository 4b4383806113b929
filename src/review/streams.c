#include "config.h"

#include "streams.h"

#include <string.h>

#include "clock.h"
#include "error.h"

#define EVENTS_AT_ONCE 500
#define RETRY_MS 1000

typedef struct {
  ShotStreams  *streams;  /* (borrowed) */
  ShotExchange *exchange; /* (owned) */
  char         *user;     /* (owned) */
  int64_t       run_id;   /* 0: all */
  int64_t       last_id;  /* of the events that it has */
  int64_t       until_ms;
} Stream;

struct _ShotStreams {
  ShotArchiveWorker *archive; /* (borrowed) */
  GPtrArray         *list;    /* (owned) (element-type Stream) */
  unsigned           beat;    /* timer, while there are streams */
  bool               is_asking;
  bool               is_stale; /* something changed while we asked */
  bool               is_ended; /* no more streams */
};

static void
stream_free (void *data)
{
  Stream *stream = data;

  shot_exchange_unref (stream->exchange);
  g_free (stream->user);
  g_free (stream);
}

static void
end (Stream *stream)
{
  ShotStreams *self = stream->streams;

  shot_exchange_end (stream->exchange);
  g_ptr_array_remove_fast (self->list, stream);
}

static void
gone_cb (void *user_data)
{
  end (user_data);
}

/* @id: 0 has none. */
static void
send (Stream *stream, int64_t id, const char *event, const char *json)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (id > 0)
    g_string_append_printf (text, "id: %" G_GINT64_FORMAT "\n", id);
  g_string_append_printf (text, "event: %s\ndata: %s\n\n", event, json);
  shot_exchange_write (stream->exchange, text->str);
}

static void
send_event (Stream *stream, const ShotArchiveEvent *event)
{
  g_autofree char *json = NULL;

  stream->last_id = event->id;
  if (stream->run_id != 0 && event->run_id != stream->run_id)
    return;
  json = g_strdup_printf ("{\"run\":%" G_GINT64_FORMAT ",\"cell\":%" G_GINT64_FORMAT "}",
                          event->run_id, event->cell_id);
  send (stream, event->id, event->kind, json);
}

/* Writing may drop a stream from the list. (transfer container) */
static GPtrArray *
copy_list (const ShotStreams *self)
{
  GPtrArray *copy = g_ptr_array_sized_new (self->list->len);

  for (unsigned i = 0; i < self->list->len; i++)
    g_ptr_array_add (copy, self->list->pdata[i]);
  return copy;
}

static bool
is_there (const ShotStreams *self, const Stream *stream)
{
  return g_ptr_array_find (self->list, stream, NULL);
}

static void
send_events (ShotStreams *self, const GArray *events)
{
  g_autoptr (GPtrArray) list = copy_list (self);

  for (unsigned i = 0; i < list->len; i++) {
    Stream *stream = list->pdata[i];
    for (unsigned j = 0; j < events->len && is_there (self, stream); j++) {
      const ShotArchiveEvent *event = &g_array_index (events, ShotArchiveEvent, j);
      if (event->id > stream->last_id)
        send_event (stream, event);
    }
  }
}

/* The one that is furthest behind. */
static int64_t
get_oldest_id (const ShotStreams *self)
{
  int64_t oldest = G_MAXINT64;

  for (unsigned i = 0; i < self->list->len; i++)
    oldest = MIN (oldest, ((Stream *) self->list->pdata[i])->last_id);
  return oldest;
}

static void *
list_cb (ShotArchive *archive, void *data, GError **error)
{
  return shot_archive_list_events (archive, *(int64_t *) data, EVENTS_AT_ONCE, error);
}

static void ask (ShotStreams *self);

static void
listed_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotStreams       *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) events = shot_archive_worker_run_finish (self->archive, result, &error);

  self->is_asking = false;
  if (events == NULL) {
    g_warning ("cannot read what changed in the archive: %s", error->message);
    return;
  }
  send_events (self, events);
  if (self->is_stale || events->len == EVENTS_AT_ONCE)
    ask (self);
}

static void
ask (ShotStreams *self)
{
  int64_t after_id = get_oldest_id (self);

  self->is_stale = self->is_asking;
  if (self->is_asking || self->list->len == 0)
    return;
  self->is_asking = true;
  shot_archive_worker_run_async (self->archive, list_cb, g_memdup2 (&after_id, sizeof after_id),
                                 g_free, (GDestroyNotify) g_array_unref, listed_cb, self);
}

static void
changed_cb (void *user_data)
{
  ask (user_data);
}

/* A comment, so that proxies do not take the connection for a dead one, and we notice when it is. */
static gboolean
beat_cb (void *user_data)
{
  ShotStreams          *self = user_data;
  g_autoptr (GPtrArray) list = copy_list (self);
  int64_t               now_ms = shot_clock_now_ms ();

  for (unsigned i = 0; i < list->len; i++) {
    Stream *stream = list->pdata[i];
    if (!is_there (self, stream))
      continue;
    if (now_ms >= stream->until_ms)
      end (stream);
    else
      shot_exchange_write (stream->exchange, ": \n\n");
  }
  if (self->list->len > 0)
    return G_SOURCE_CONTINUE;
  self->beat = 0;
  return G_SOURCE_REMOVE;
}

ShotStreams *
shot_streams_new (ShotArchiveWorker *archive)
{
  ShotStreams *self = g_new0 (ShotStreams, 1);

  self->archive = archive;
  self->list = g_ptr_array_new_with_free_func (stream_free);
  shot_archive_worker_set_changed_func (archive, changed_cb, self);
  return self;
}

void
shot_streams_free (ShotStreams *self)
{
  if (self == NULL)
    return;
  shot_archive_worker_set_changed_func (self->archive, NULL, NULL);
  if (self->beat != 0)
    g_source_remove (self->beat);
  g_ptr_array_unref (self->list);
  g_free (self);
}

gboolean
shot_streams_admit (const ShotStreams *self, const char *user, GError **error)
{
  unsigned n = 0;

  for (unsigned i = 0; i < self->list->len; i++)
    n += g_str_equal (((Stream *) self->list->pdata[i])->user, user) ? 1 : 0;
  if (n < SHOT_STREAMS_MAX_OF_USER && self->list->len < SHOT_STREAMS_MAX && !self->is_ended)
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_BUSY, "too many pages look on: close some");
  return FALSE;
}

void
shot_streams_add (ShotStreams *self, ShotExchange *exchange, const char *user, int64_t run_id,
                  int64_t after_id, int64_t last_id)
{
  Stream          *stream = g_new0 (Stream, 1);
  g_autofree char *hello = g_strdup_printf (
      "retry: %d\nevent: hello\ndata: {\"last\":%" G_GINT64_FORMAT "}\n\n", RETRY_MS, last_id);

  stream->streams = self;
  stream->exchange = shot_exchange_ref (exchange);
  stream->user = g_strdup (user);
  stream->run_id = run_id;
  stream->last_id = after_id;
  stream->until_ms = shot_clock_now_ms () + SHOT_STREAMS_LIFE_MS;
  g_ptr_array_add (self->list, stream);
  if (self->beat == 0)
    self->beat = g_timeout_add (SHOT_STREAMS_BEAT_MS, beat_cb, self);
  /* nginx gathers answers unless it is told not to. */
  shot_exchange_set_header (exchange, "X-Accel-Buffering", "no");
  shot_exchange_set_header (exchange, "Cache-Control", "no-store");
  shot_exchange_begin (exchange, "text/event-stream; charset=utf-8", gone_cb, stream);
  shot_exchange_write (exchange, hello);
  if (after_id < last_id)
    ask (self);
}

void
shot_streams_tell (ShotStreams *self, const char *event, int64_t run_id, const char *json)
{
  g_autoptr (GPtrArray) list = copy_list (self);

  for (unsigned i = 0; i < list->len; i++) {
    Stream *stream = list->pdata[i];
    if (is_there (self, stream) && (run_id == 0 || stream->run_id == 0 || stream->run_id == run_id))
      send (stream, 0, event, json);
  }
}

void
shot_streams_end (ShotStreams *self, const char *user)
{
  g_autoptr (GPtrArray) list = copy_list (self);

  self->is_ended = self->is_ended || user == NULL;
  for (unsigned i = 0; i < list->len; i++) {
    Stream *stream = list->pdata[i];
    if (user == NULL || g_str_equal (stream->user, user))
      end (stream);
  }
}

JsonObject *
shot_streams_describe_progress (const ShotInspectionProgress *progress)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "run", progress->run_id);
  json_object_set_int_member (object, "visits", progress->n_visits);
  json_object_set_int_member (object, "visitsDone", progress->n_visits_done);
  json_object_set_int_member (object, "cells", progress->n_cells);
  json_object_set_int_member (object, "captured", progress->n_captured);
  json_object_set_int_member (object, "failed", progress->n_failed);
  json_object_set_int_member (object, "elapsed", progress->elapsed_ms);
  json_object_set_int_member (object, "left", progress->left_ms);
  json_object_set_string_member (object, "doing", progress->doing != NULL ? progress->doing : "");
  return object;
}
