#include "config.h"

#include "pump.h"

#include <string.h>

/* One connection must not keep the others waiting. */
#define MAX_ROUNDS 8

struct _ShotPump {
  GPollableInputStream  *input;  /* (borrowed) */
  GPollableOutputStream *output; /* (borrowed) */
  const ShotPumpEvents  *events; /* (borrowed) */
  void                  *user_data;
  GSource               *source; /* (owned) (nullable): what it waits for */
  size_t                 start;  /* of what is still to be written */
  size_t                 end;
  uint8_t                bytes[SHOT_PUMP_BYTES];
};

typedef enum {
  STEP_MOVED,
  STEP_WAITS, /* the source is set */
  STEP_ENDED, /* the pump may be gone */
} Step;

static void run (ShotPump *self);

static gboolean
ready_cb (GObject *stream, void *user_data)
{
  ShotPump *self = user_data;

  g_clear_pointer (&self->source, g_source_unref);
  run (self);
  return G_SOURCE_REMOVE;
}

static Step
wait_for (ShotPump *self, GSource *source)
{
  self->source = source;
  g_source_set_callback (source, G_SOURCE_FUNC (ready_cb), self, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return STEP_WAITS;
}

static Step
end (ShotPump *self, bool is_broken)
{
  self->events->ended (is_broken, self->user_data);
  return STEP_ENDED;
}

static Step
step_read (ShotPump *self)
{
  g_autoptr (GError) error = NULL;
  gssize n = g_pollable_input_stream_read_nonblocking (self->input, self->bytes, sizeof self->bytes,
                                                       NULL, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return wait_for (self, g_pollable_input_stream_create_source (self->input, NULL));
  if (n <= 0)
    return end (self, n < 0);
  self->start = 0;
  self->end = (size_t) n;
  return STEP_MOVED;
}

static Step
step_write (ShotPump *self)
{
  g_autoptr (GError) error = NULL;
  gssize n = g_pollable_output_stream_write_nonblocking (self->output, self->bytes + self->start,
                                                         self->end - self->start, NULL, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return wait_for (self, g_pollable_output_stream_create_source (self->output, NULL));
  if (n < 0)
    return end (self, true);
  self->start += (size_t) n;
  self->events->moved ((size_t) n, self->user_data);
  return STEP_MOVED;
}

static void
run (ShotPump *self)
{
  Step step = STEP_MOVED;

  for (unsigned i = 0; i < 2 * MAX_ROUNDS && step == STEP_MOVED; i++)
    step = self->start < self->end ? step_write (self) : step_read (self);
  if (step == STEP_MOVED)
    wait_for (self, self->start < self->end
                        ? g_pollable_output_stream_create_source (self->output, NULL)
                        : g_pollable_input_stream_create_source (self->input, NULL));
}

ShotPump *
shot_pump_new (GInputStream *input, GOutputStream *output, const ShotPumpEvents *events,
               void *user_data)
{
  ShotPump *self = g_new (ShotPump, 1);

  self->input = G_POLLABLE_INPUT_STREAM (input);
  self->output = G_POLLABLE_OUTPUT_STREAM (output);
  self->events = events;
  self->user_data = user_data;
  self->source = NULL;
  self->start = 0;
  self->end = 0;
  return self;
}

void
shot_pump_start (ShotPump *self, const void *first, size_t n_first)
{
  g_return_if_fail (n_first <= sizeof self->bytes);

  if (n_first > 0)
    memcpy (self->bytes, first, n_first);
  self->end = n_first;
  wait_for (self, n_first > 0 ? g_pollable_output_stream_create_source (self->output, NULL)
                              : g_pollable_input_stream_create_source (self->input, NULL));
}

void
shot_pump_free (ShotPump *self)
{
  if (self == NULL)
    return;
  if (self->source != NULL) {
    g_source_destroy (self->source);
    g_source_unref (self->source);
  }
  g_free (self);
}
