#include "config.h"

#include "notifier.h"

#include <string.h>

#include "delivery.h"
#include "error.h"
#include "log.h"
#include "smtp.h"

#define TIMEOUT_MS 30000
#define MAX_CONNECTIONS 10
#define MAX_PER_SERVER 2
#define MAX_REDIRECTS 3
#define MAX_ANSWER_BYTES (64 * 1024) /* what an answer means stands at its beginning */

/* A storm of findings must not become one of memory. */
#define MAX_PENDING 500

static const unsigned default_retry_ms[] = { 2000, 15000, 60000, 300000, 900000, 0 };
const unsigned        shot_notifier_short_retry_ms[] = { 1000, 5000, 15000, 0 };

struct _ShotNotifier {
  ShotDeliveryMeans means;
  ShotWebClient    *client;   /* (owned) */
  char             *sendmail; /* (owned) (nullable) */
  char             *ca_file;  /* (owned) (nullable) */
  unsigned         *retry_ms; /* (owned) */
  unsigned          n_pending;
};

/* One call of send. */
typedef struct {
  ShotNotifier *notifier; /* (borrowed) */
  GPtrArray    *outcomes; /* (owned) (element-type ShotNotifyOutcome) */
  GPtrArray    *jobs;     /* (owned) (element-type ShotDeliveryJob): as many */
  const char   *event;    /* static */
  char         *plan;     /* (owned) */
  unsigned      n_pending;
} Batch;

static void
outcome_free (void *data)
{
  ShotNotifyOutcome *outcome = data;

  g_free (outcome->receiver);
  g_free (outcome->failure);
  g_free (outcome);
}

static void
batch_free (void *data)
{
  Batch *batch = data;

  g_ptr_array_unref (batch->jobs);
  g_clear_pointer (&batch->outcomes, g_ptr_array_unref);
  g_free (batch->plan);
  g_free (batch);
}

static unsigned *
copy_waits (const unsigned *waits)
{
  size_t n = 0;

  while (waits[n] != 0)
    n++;
  return g_memdup2 (waits, (n + 1) * sizeof *waits);
}

/* NULL without a file; FALSE when there is one and it is none. */
static gboolean
read_authorities (const char *ca_file, char **out_pem, GError **error)
{
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GError)       cause = NULL;

  *out_pem = NULL;
  if (ca_file == NULL)
    return TRUE;
  database = g_tls_file_database_new (ca_file, &cause);
  if (database != NULL && g_file_get_contents (ca_file, out_pem, NULL, &cause))
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "cannot read the CA file %s: %s", ca_file,
               cause->message);
  return FALSE;
}

static ShotWebClient *
make_client (const char *ca_pem)
{
  const ShotWebRules rules = { .ca_pem = ca_pem,
                               .max_connections = MAX_CONNECTIONS,
                               .max_per_server = MAX_PER_SERVER,
                               .max_redirects = MAX_REDIRECTS,
                               .max_bytes = MAX_ANSWER_BYTES,
                               .is_cut = true,
                               .has_proxy = true };

  return shot_web_client_new (&rules);
}

ShotNotifier *
shot_notifier_new (const ShotNotifierOptions *options, GError **error)
{
  static const ShotNotifierOptions none = { 0 };
  const ShotNotifierOptions       *wish = options != NULL ? options : &none;
  g_autofree char                 *pem = NULL;

  if (!read_authorities (wish->ca_file, &pem, error))
    return NULL;
  ShotNotifier *self = g_new0 (ShotNotifier, 1);
  self->client = make_client (pem);
  self->sendmail = g_strdup (wish->sendmail);
  self->ca_file = g_strdup (wish->ca_file);
  self->retry_ms = copy_waits (wish->retry_ms != NULL ? wish->retry_ms : default_retry_ms);
  self->means = (ShotDeliveryMeans){ .client = self->client,
                                     .sendmail = self->sendmail,
                                     .ca_file = self->ca_file,
                                     .retry_ms = self->retry_ms,
                                     .timeout_ms = wish->timeout_ms != 0 ? wish->timeout_ms
                                                                         : TIMEOUT_MS };
  shot_smtp_init ();
  return self;
}

void
shot_notifier_free (ShotNotifier *self)
{
  if (self == NULL)
    return;
  g_assert (self->n_pending == 0);
  shot_smtp_cleanup ();
  shot_web_client_free (self->client);
  g_free (self->sendmail);
  g_free (self->ca_file);
  g_free (self->retry_ms);
  g_free (self);
}

static void
log_outcome (const Batch *batch, const ShotNotifyOutcome *outcome)
{
  const ShotLogField fields[] = { SHOT_LOG_TEXT_FIELD ("event", batch->event),
                                  SHOT_LOG_TEXT_FIELD ("plan", batch->plan),
                                  SHOT_LOG_TEXT_FIELD ("receiver", outcome->receiver),
                                  SHOT_LOG_NUMBER_FIELD ("attempts", outcome->n_attempts),
                                  SHOT_LOG_TEXT_FIELD ("why", outcome->failure),
                                  { NULL } };

  shot_log_event (outcome->is_sent ? G_LOG_LEVEL_INFO : G_LOG_LEVEL_WARNING,
                  outcome->is_sent ? "notified" : "could not notify", fields);
}

static void
over_cb (ShotDeliveryJob *job, void *user_data)
{
  GTask   *task = user_data;
  Batch   *batch = g_task_get_task_data (task);
  unsigned place = 0;

  g_assert (g_ptr_array_find (batch->jobs, job, &place));
  ShotNotifyOutcome *outcome = batch->outcomes->pdata[place];
  outcome->failure = g_strdup (shot_delivery_job_get_failure (job));
  outcome->is_sent = outcome->failure == NULL;
  outcome->n_attempts = shot_delivery_job_get_n_attempts (job);
  log_outcome (batch, outcome);
  batch->notifier->n_pending--;
  if (--batch->n_pending == 0)
    g_task_return_pointer (task, g_steal_pointer (&batch->outcomes),
                           (GDestroyNotify) g_ptr_array_unref);
  g_object_unref (task);
}

static void
add_receiver (Batch *batch, const ShotPlanNotify *receiver, const ShotNotice *notice)
{
  ShotNotifyOutcome *outcome = g_new0 (ShotNotifyOutcome, 1);

  outcome->receiver = g_strdup_printf ("%s, line %u", receiver->kind, receiver->line);
  g_ptr_array_add (batch->outcomes, outcome);
  if (batch->notifier->n_pending >= MAX_PENDING) {
    outcome->failure = g_strdup_printf ("%d notifications wait already", MAX_PENDING);
    log_outcome (batch, outcome);
    g_ptr_array_add (batch->jobs, NULL);
    return;
  }
  batch->notifier->n_pending++;
  batch->n_pending++;
  g_ptr_array_add (batch->jobs, shot_delivery_job_new (&batch->notifier->means, receiver, notice));
}

void
shot_notifier_send_async (ShotNotifier *self, const GPtrArray *receivers, const ShotNotice *notice,
                          GCancellable *cancellable, GAsyncReadyCallback callback, void *user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Batch            *batch = g_new0 (Batch, 1);

  g_task_set_task_data (task, batch, batch_free);
  batch->notifier = self;
  batch->event = shot_notify_event_get_name (notice->event);
  batch->plan = g_strdup (notice->plan);
  batch->outcomes = g_ptr_array_new_with_free_func (outcome_free);
  batch->jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_delivery_job_free);
  for (unsigned i = 0; i < receivers->len; i++) {
    const ShotPlanNotify *receiver = receivers->pdata[i];
    if ((receiver->on & 1u << notice->event) != 0)
      add_receiver (batch, receiver, notice);
  }
  for (unsigned i = 0; i < batch->jobs->len; i++)
    if (batch->jobs->pdata[i] != NULL)
      shot_delivery_job_start (batch->jobs->pdata[i], cancellable, over_cb, g_object_ref (task));
  if (batch->n_pending == 0)
    g_task_return_pointer (task, g_steal_pointer (&batch->outcomes),
                           (GDestroyNotify) g_ptr_array_unref);
}

GPtrArray *
shot_notifier_send_finish (ShotNotifier *self, GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
