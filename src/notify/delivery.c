#include "config.h"

#include "delivery.h"

#include <string.h>

#include "error.h"
#include "mail.h"
#include "mask.h"
#include "payload.h"
#include "sendmail.h"
#include "smtp.h"

/* However long a service asks to be left alone. */
#define MAX_WAIT_MS (15 * 60 * 1000)

/* A piece of an address that is shorter is a word such as "send", not a secret. */
#define MIN_SECRET 8

typedef enum {
  DELIVERY_WAITING,
  DELIVERY_SENDING,
  DELIVERY_OVER,
} DeliveryState;

struct _ShotDeliveryJob {
  DeliveryState     state;
  ShotDeliveryMeans means;
  bool              is_mail;
  ShotService       service;     /* unless a mail */
  JsonObject       *payload;     /* (owned) (nullable): of a service */
  char             *mail;        /* (owned) (nullable) */
  char             *url;         /* (owned) (nullable) */
  char             *url_file;    /* (owned) (nullable) */
  char             *secret_file; /* (owned) (nullable) */
  char             *smtp;        /* (owned) (nullable) */
  char             *smtp_user;   /* (owned) (nullable) */
  char             *from;        /* (owned) (nullable) */
  char            **to;          /* (owned) (nullable) */
  ShotSecret       *address;     /* (owned) (nullable): of this attempt */
  ShotSecret       *secret;      /* (owned) (nullable): of this attempt */
  unsigned          n_attempts;
  char             *failure; /* (owned) (nullable): of the last attempt */
  unsigned          wait_ms; /* before the next one */
  unsigned          timer;
  GCancellable     *cancellable; /* (owned) (nullable) */
  unsigned long     cancelled_id;
  ShotDeliveryOver  over;
  void             *user_data;
};

static void advance (ShotDeliveryJob *self);

/* ---- The end of an attempt */

static void
hide_piece (GString *text, const char *piece)
{
  if (strlen (piece) >= MIN_SECRET)
    g_string_replace (text, piece, "***", 0);
}

/* Answers like to repeat what they were asked. */
static char *
hide_secrets (const ShotDeliveryJob *self, const char *text)
{
  g_autoptr (GString) hidden = g_string_new (text);

  if (self->secret != NULL)
    hide_piece (hidden, shot_secret_reveal (self->secret));
  if (self->address != NULL) {
    const char      *start = strstr (shot_secret_reveal (self->address), "://");
    const char      *path = start != NULL ? strchr (start + 3, '/') : NULL;
    g_auto (GStrv)   pieces = g_strsplit_set (path != NULL ? path : "", "/?&=#", -1);
    g_autofree char *whole = g_strdup (path != NULL ? path : "");
    hide_piece (hidden, whole);
    for (unsigned i = 0; pieces[i] != NULL; i++) {
      g_autofree char *plain = g_uri_unescape_string (pieces[i], NULL);
      hide_piece (hidden, pieces[i]);
      if (plain != NULL)
        hide_piece (hidden, plain);
    }
  }
  return shot_mask_uri (hidden->str);
}

static void
set_state (ShotDeliveryJob *self, DeliveryState state)
{
  g_assert (self->state != DELIVERY_OVER);
  self->state = state;
  g_clear_pointer (&self->address, shot_secret_unref);
  g_clear_pointer (&self->secret, shot_secret_unref);
  advance (self);
}

/* @why: NULL when it went well. */
static void
end_attempt (ShotDeliveryJob *self, const char *why, bool is_for_later, unsigned wait_ms)
{
  unsigned n_retries = 0;

  g_free (self->failure);
  self->failure = why != NULL ? hide_secrets (self, why) : NULL;
  while (self->means.retry_ms[n_retries] != 0)
    n_retries++;
  bool is_stopped = g_cancellable_is_cancelled (self->cancellable);
  if (why == NULL || !is_for_later || is_stopped || self->n_attempts > n_retries) {
    set_state (self, DELIVERY_OVER);
    return;
  }
  wait_ms = MIN (MAX (self->means.retry_ms[self->n_attempts - 1], wait_ms), MAX_WAIT_MS);
  g_debug ("notification waits %u ms: %s", wait_ms, self->failure);
  self->wait_ms = wait_ms;
  set_state (self, DELIVERY_WAITING);
}

static void
end_with_error (ShotDeliveryJob *self, const GError *error)
{
  ShotError code = shot_error_classify (error);

  end_attempt (self, error->message,
               code == SHOT_ERROR_UNREACHABLE || code == SHOT_ERROR_TIMEOUT ||
                   code == SHOT_ERROR_BUSY,
               0);
}

/* ---- An attempt */

static void
called_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotDeliveryJob          *self = user_data;
  g_autoptr (GError)        error = NULL;
  g_autoptr (ShotWebAnswer) called = shot_web_client_call_finish (result, &error);
  g_autofree char          *why = NULL;

  if (called == NULL) {
    end_with_error (self, error);
    return;
  }
  ShotDelivery delivery = shot_payload_judge (self->service, called->status, called->body, &why);
  end_attempt (self, why, delivery == SHOT_DELIVERY_LATER,
               MIN (shot_web_answer_get_retry_after_s (called), MAX_WAIT_MS / 1000) * 1000);
}

static void
mailed_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotDeliveryJob   *self = user_data;
  g_autoptr (GError) error = NULL;
  bool               is_sent = self->smtp != NULL ? shot_smtp_send_finish (result, &error)
                                                  : shot_sendmail_finish (result, &error);

  if (is_sent)
    end_attempt (self, NULL, false, 0);
  else
    end_with_error (self, error);
}

static void
send_mail (ShotDeliveryJob *self)
{
  const char *const *to = (const char *const *) self->to;
  g_autofree char   *program = NULL;

  if (self->smtp != NULL) {
    ShotSmtpWish wish = { .server = self->smtp,
                          .user = self->smtp_user,
                          .password = self->secret,
                          .ca_file = self->means.ca_file,
                          .from = self->from,
                          .to = to,
                          .mail = self->mail,
                          .timeout_ms = self->means.timeout_ms };
    shot_smtp_send_async (&wish, self->cancellable, mailed_cb, self);
    return;
  }
  program = self->means.sendmail != NULL ? g_strdup (self->means.sendmail) : shot_sendmail_find ();
  if (program == NULL)
    end_attempt (self,
                 "this machine has no sendmail: install one, such as msmtp-mta, or give \"smtp\"",
                 false, 0);
  else
    shot_sendmail_async (program, self->from, to, self->mail, self->means.timeout_ms,
                         self->cancellable, mailed_cb, self);
}

static void
send_payload (ShotDeliveryJob *self)
{
  g_autoptr (ShotSecret) address = NULL;
  g_autofree char       *body = shot_payload_seal (self->service, self->payload, self->address,
                                                   self->secret, g_get_real_time () / 1000, &address);
  g_autoptr (GBytes)     bytes = g_bytes_new (body, strlen (body));
  ShotWebOrder           order = { .uri = shot_secret_reveal (address),
                                   .body = bytes,
                                   .timeout_ms = self->means.timeout_ms };

  shot_web_client_call_async (self->means.client, &order, self->cancellable, called_cb, self);
}

/* Each time anew, as somebody may have put them right. */
static gboolean
read_secrets (ShotDeliveryJob *self, GError **error)
{
  if (self->secret_file != NULL) {
    self->secret = shot_secret_read_file (self->secret_file, error);
    if (self->secret == NULL)
      return FALSE;
  }
  if (self->url_file != NULL)
    self->address = shot_secret_read_file (self->url_file, error);
  else if (!self->is_mail)
    self->address = shot_secret_new (self->url != NULL ? self->url : "");
  return self->is_mail || self->address != NULL;
}

static void
attempt (ShotDeliveryJob *self)
{
  g_autoptr (GError) error = NULL;

  self->n_attempts++;
  if (!read_secrets (self, &error))
    end_with_error (self, error);
  else if (self->is_mail)
    send_mail (self);
  else
    send_payload (self);
}

/* ---- Between attempts */

static gboolean
again_cb (void *user_data)
{
  ShotDeliveryJob *self = user_data;

  self->timer = 0;
  set_state (self, DELIVERY_SENDING);
  return G_SOURCE_REMOVE;
}

static gboolean
stopped_cb (void *user_data)
{
  ShotDeliveryJob *self = user_data;

  self->timer = 0;
  set_state (self, DELIVERY_OVER);
  return G_SOURCE_REMOVE;
}

static void
cancelled_cb (GCancellable *cancellable, void *user_data)
{
  ShotDeliveryJob *self = user_data;

  if (self->state != DELIVERY_WAITING)
    return; /* what is sending has the cancellable, too */
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->failure == NULL)
    self->failure = g_strdup ("stopped");
  self->timer = g_idle_add (stopped_cb, self);
}

static void
advance (ShotDeliveryJob *self)
{
  switch (self->state) {
  case DELIVERY_WAITING:
    self->timer = g_timeout_add (self->wait_ms, again_cb, self);
    break;
  case DELIVERY_SENDING:
    attempt (self);
    break;
  case DELIVERY_OVER:
  default:
    self->over (self, self->user_data);
    break;
  }
}

void
shot_delivery_job_start (ShotDeliveryJob *self, GCancellable *cancellable, ShotDeliveryOver over,
                         void *user_data)
{
  self->over = over;
  self->user_data = user_data;
  if (g_cancellable_is_cancelled (cancellable)) {
    self->failure = g_strdup ("stopped");
    self->timer = g_idle_add (stopped_cb, self);
    return;
  }
  self->timer = g_idle_add (again_cb, self);
  if (cancellable != NULL) {
    self->cancellable = g_object_ref (cancellable);
    self->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, NULL);
  }
}

/* ---- Life */

static char *
make_mail (const ShotMessage *message, const ShotDeliveryJob *self)
{
  g_autofree char *id = g_uuid_string_random ();

  return shot_mail_make (message, self->from, (const char *const *) self->to, id,
                         g_get_real_time () / 1000);
}

ShotDeliveryJob *
shot_delivery_job_new (const ShotDeliveryMeans *means, const ShotPlanNotify *receiver,
                       const ShotNotice *notice)
{
  ShotDeliveryJob        *self = g_new0 (ShotDeliveryJob, 1);
  g_autoptr (ShotMessage) message = shot_message_new (notice, receiver->language);

  self->means = *means;
  self->is_mail = !shot_service_from_name (receiver->kind, &self->service);
  self->url = g_strdup (receiver->url);
  self->url_file = g_strdup (receiver->url_file);
  self->secret_file = g_strdup (receiver->secret_file);
  self->smtp = g_strdup (receiver->smtp);
  self->smtp_user = g_strdup (receiver->smtp_user);
  if (self->is_mail) {
    self->from = receiver->from != NULL ? g_strdup (receiver->from)
                                        : g_strconcat ("panelshot@", g_get_host_name (), NULL);
    self->to = g_strdupv (receiver->to);
    self->mail = make_mail (message, self);
  } else {
    self->payload = shot_payload_new (self->service, message, notice, g_get_real_time () / 1000);
  }
  return self;
}

void
shot_delivery_job_free (ShotDeliveryJob *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->cancelled_id != 0)
    g_cancellable_disconnect (self->cancellable, self->cancelled_id);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->payload, json_object_unref);
  g_clear_pointer (&self->address, shot_secret_unref);
  g_clear_pointer (&self->secret, shot_secret_unref);
  g_free (self->mail);
  g_free (self->url);
  g_free (self->url_file);
  g_free (self->secret_file);
  g_free (self->smtp);
  g_free (self->smtp_user);
  g_free (self->from);
  g_strfreev (self->to);
  g_free (self->failure);
  g_free (self);
}

const char *
shot_delivery_job_get_failure (const ShotDeliveryJob *self)
{
  return self->failure;
}

unsigned
shot_delivery_job_get_n_attempts (const ShotDeliveryJob *self)
{
  return self->n_attempts;
}
