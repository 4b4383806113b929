#include "config.h"

#include "replay.h"

#include <stdbool.h>
#include <string.h>

#define SHOT_TYPE_REPLAY_INPUT (shot_replay_input_get_type ())
G_DECLARE_FINAL_TYPE (ShotReplayInput, shot_replay_input, SHOT, REPLAY_INPUT, GFilterInputStream)

struct _ShotReplayInput {
  GFilterInputStream parent_instance;
  GBytes            *head; /* (owned) */
  size_t             position;
  bool               is_turn;
  uint64_t           n_more; /* of the base, in a turn */
};

#define SHOT_TYPE_REPLAY (shot_replay_get_type ())
G_DECLARE_FINAL_TYPE (ShotReplay, shot_replay, SHOT, REPLAY, GIOStream)

struct _ShotReplay {
  GIOStream     parent_instance;
  GIOStream    *base;  /* (owned) */
  GInputStream *input; /* (owned) */
  void (*closed) (bool is_whole, void *user_data);
  void *closed_data; /* (borrowed) */
};

static void pollable_init (GPollableInputStreamInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ShotReplayInput, shot_replay_input, G_TYPE_FILTER_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM, pollable_init))
G_DEFINE_FINAL_TYPE (ShotReplay, shot_replay, G_TYPE_IO_STREAM)

static GInputStream *
get_base (ShotReplayInput *self)
{
  return g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (self));
}

static bool
has_head (const ShotReplayInput *self)
{
  return self->position < g_bytes_get_size (self->head);
}

static gssize
take_head (ShotReplayInput *self, void *buffer, size_t count)
{
  size_t      length = 0;
  const char *bytes = g_bytes_get_data (self->head, &length);

  length = MIN (length - self->position, count);
  memcpy (buffer, bytes + self->position, length);
  self->position += length;
  return (gssize) length;
}

/* How much of the base may be read. */
static size_t
limit (const ShotReplayInput *self, size_t count)
{
  return self->is_turn ? (size_t) MIN (self->n_more, count) : count;
}

static gssize
note_read (ShotReplayInput *self, gssize length)
{
  if (self->is_turn && length > 0)
    self->n_more -= (uint64_t) length;
  return length;
}

/* What comes next is not ours. */
static bool
is_over (const ShotReplayInput *self)
{
  return self->is_turn && self->n_more == 0;
}

static gssize
input_read (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable,
            GError **error)
{
  ShotReplayInput *self = SHOT_REPLAY_INPUT (stream);

  if (has_head (self))
    return take_head (self, buffer, count);
  if (is_over (self))
    return 0;
  return note_read (self, g_input_stream_read (get_base (self), buffer, limit (self, count),
                                               cancellable, error));
}

static gssize
input_read_nonblocking (GPollableInputStream *stream, void *buffer, gsize count, GError **error)
{
  ShotReplayInput *self = SHOT_REPLAY_INPUT (stream);

  if (has_head (self))
    return take_head (self, buffer, count);
  if (is_over (self))
    return 0;
  return note_read (
      self, g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (get_base (self)),
                                                      buffer, limit (self, count), NULL, error));
}

static gboolean
input_is_readable (GPollableInputStream *stream)
{
  ShotReplayInput *self = SHOT_REPLAY_INPUT (stream);

  return has_head (self) || is_over (self) ||
         g_pollable_input_stream_is_readable (G_POLLABLE_INPUT_STREAM (get_base (self)));
}

static GSource *
input_create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  ShotReplayInput    *self = SHOT_REPLAY_INPUT (stream);
  g_autoptr (GSource) child = NULL;

  if (has_head (self) || is_over (self))
    child = g_timeout_source_new (0);
  else
    child = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (get_base (self)), NULL);
  return g_pollable_source_new_full (stream, child, cancellable);
}

static void
input_finalize (GObject *object)
{
  g_bytes_unref (SHOT_REPLAY_INPUT (object)->head);
  G_OBJECT_CLASS (shot_replay_input_parent_class)->finalize (object);
}

static void
pollable_init (GPollableInputStreamInterface *interface)
{
  interface->is_readable = input_is_readable;
  interface->create_source = input_create_source;
  interface->read_nonblocking = input_read_nonblocking;
}

static void
shot_replay_input_class_init (ShotReplayInputClass *class)
{
  G_OBJECT_CLASS (class)->finalize = input_finalize;
  G_INPUT_STREAM_CLASS (class)->read_fn = input_read;
}

static void
shot_replay_input_init (ShotReplayInput *self)
{
}

static GInputStream *
replay_get_input (GIOStream *stream)
{
  return SHOT_REPLAY (stream)->input;
}

static GOutputStream *
replay_get_output (GIOStream *stream)
{
  return g_io_stream_get_output_stream (SHOT_REPLAY (stream)->base);
}

static gboolean
replay_close (GIOStream *stream, GCancellable *cancellable, GError **error)
{
  ShotReplay            *self = SHOT_REPLAY (stream);
  const ShotReplayInput *input = SHOT_REPLAY_INPUT (self->input);
  void (*closed) (bool is_whole, void *user_data) = self->closed;

  if (closed == NULL)
    return input->is_turn || g_io_stream_close (self->base, cancellable, error);
  self->closed = NULL;
  closed (!has_head (input) && is_over (input), self->closed_data);
  return TRUE;
}

static void
replay_finalize (GObject *object)
{
  ShotReplay *self = SHOT_REPLAY (object);

  /* GIOStream closes itself before it is finalized, which needs both. */
  G_OBJECT_CLASS (shot_replay_parent_class)->finalize (object);
  g_object_unref (self->input);
  g_object_unref (self->base);
}

static void
shot_replay_class_init (ShotReplayClass *class)
{
  G_OBJECT_CLASS (class)->finalize = replay_finalize;
  G_IO_STREAM_CLASS (class)->get_input_stream = replay_get_input;
  G_IO_STREAM_CLASS (class)->get_output_stream = replay_get_output;
  G_IO_STREAM_CLASS (class)->close_fn = replay_close;
}

static void
shot_replay_init (ShotReplay *self)
{
}

GIOStream *
shot_replay_new (GIOStream *base, GBytes *head)
{
  ShotReplay      *self = g_object_new (SHOT_TYPE_REPLAY, NULL);
  ShotReplayInput *input = g_object_new (SHOT_TYPE_REPLAY_INPUT, "base-stream",
                                         g_io_stream_get_input_stream (base), "close-base-stream",
                                         FALSE, NULL);

  input->head = g_bytes_ref (head);
  self->base = g_object_ref (base);
  self->input = G_INPUT_STREAM (input);
  return G_IO_STREAM (self);
}

void
shot_replay_set_turn (GIOStream *stream, uint64_t                            n_more,
                      void (*closed) (bool is_whole, void *user_data), void *user_data)
{
  ShotReplay      *self = SHOT_REPLAY (stream);
  ShotReplayInput *input = SHOT_REPLAY_INPUT (self->input);

  input->is_turn = true;
  input->n_more = n_more;
  self->closed = closed;
  self->closed_data = user_data;
}
