#include "config.h"

#include "parking.h"

#include "leader.h"
#include "vitals.h"

/* A visit that follows so soon leads the page on by itself. */
#define BUSY_MS 150

/* What the page still asks for when its dashboard has gone: the code of the place it is led to. */
#define GRACE_MS 1500

/* Over this time its processor time is measured, after the grace. */
#define LISTEN_MS 5000
#define MAX_CPU_PER_MILLE 10

typedef struct {
  ShotParking *parking; /* (nullable): NULL once freed */
} Asked;

struct _ShotParking {
  WebKitWebView   *view; /* (borrowed) */
  ShotParkingNoisy noisy_cb;
  void            *user_data; /* (borrowed) */
  guint            timer;
  Asked           *asked;     /* (borrowed) (nullable): whose answer is awaited */
  int64_t          listen_us; /* since when it has to be silent; 0: not yet */
  int64_t          cpu_us;    /* at that time */
};

static Asked *
ask (ShotParking *self)
{
  self->asked = g_new0 (Asked, 1);
  self->asked->parking = self;
  return self->asked;
}

/* NULL when the parking has been freed in the meantime. */
static ShotParking *
asked_end (Asked *asked)
{
  ShotParking *self = asked->parking;

  if (self != NULL)
    self->asked = NULL;
  g_free (asked);
  return self;
}

static void
measured_cb (const ShotVitals *vitals, void *data)
{
  ShotParking *self = asked_end (data);

  if (self == NULL || vitals == NULL)
    return;
  int64_t passed_us = g_get_monotonic_time () - self->listen_us;
  if ((vitals->cpu_us - self->cpu_us) * 1000 > passed_us * MAX_CPU_PER_MILLE)
    self->noisy_cb ("it uses the processor while nobody looks", true, self->user_data);
}

static gboolean
measure_cb (void *data)
{
  ShotParking *self = data;

  self->timer = 0;
  shot_vitals_ask (self->view, measured_cb, ask (self));
  return G_SOURCE_REMOVE;
}

static void
listening_cb (const ShotVitals *vitals, void *data)
{
  ShotParking *self = asked_end (data);

  if (self == NULL || vitals == NULL)
    return;
  self->listen_us = g_get_monotonic_time ();
  self->cpu_us = vitals->cpu_us;
  self->timer = g_timeout_add (LISTEN_MS, measure_cb, self);
}

static gboolean
grace_over_cb (void *data)
{
  ShotParking *self = data;

  self->timer = 0;
  shot_vitals_ask (self->view, listening_cb, ask (self));
  return G_SOURCE_REMOVE;
}

static void
requested_cb (WebKitWebView *view, WebKitWebResource *resource, WebKitURIRequest *request,
              ShotParking *self)
{
  if (self->listen_us != 0 && g_str_has_prefix (webkit_uri_request_get_uri (request), "http"))
    self->noisy_cb ("it makes requests while nobody looks", true, self->user_data);
}

static void
parked_cb (const char *reason, void *data)
{
  ShotParking *self = asked_end (data);

  if (self == NULL)
    return;
  if (reason != NULL) {
    self->noisy_cb (reason, false, self->user_data);
    return;
  }
  self->timer = g_timeout_add (GRACE_MS, grace_over_cb, self);
}

static gboolean
park_cb (void *data)
{
  ShotParking *self = data;

  self->timer = 0;
  shot_leader_park_async (self->view, parked_cb, ask (self));
  return G_SOURCE_REMOVE;
}

ShotParking *
shot_parking_new (WebKitWebView *view, ShotParkingNoisy noisy_cb, void *user_data)
{
  ShotParking *self = g_new0 (ShotParking, 1);

  self->view = view;
  self->noisy_cb = noisy_cb;
  self->user_data = user_data;
  self->timer = g_timeout_add (BUSY_MS, park_cb, self);
  g_signal_connect (view, "resource-load-started", G_CALLBACK (requested_cb), self);
  return self;
}

void
shot_parking_free (ShotParking *self)
{
  if (self == NULL)
    return;
  if (self->asked != NULL)
    self->asked->parking = NULL;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->view, self);
  g_free (self);
}
