/* visit.c: visits addresses with the real engine, behind a relay, for tests/render
 *
 *   visit [--allow TARGET]… [--answer ADDRESS,…]… [--proxy URI] [--no-relay] URL…
 *
 * One after the other; a line of JSON each: code ("ok" or an error's name), message, refusals.
 * With --answer, names are looked up nowhere but
 * there, see peers.h.
 */
#include "config.h"

#include "error.h"
#include "peers.h"
#include "pool.h"
#include "relay.h"

#define TIMEOUT_MS 20000

typedef struct {
  char   **allow;
  char   **answers;
  char    *proxy;
  gboolean has_no_relay;
  char   **uris;

  char      *job_id; /* (owned) */
  GMainLoop *loop;
  ShotPool  *pool;
  ShotRelay *relay;
} Program;

static void
print_refusals (JsonBuilder *builder, ShotRelay *relay, const char *job_id)
{
  json_builder_set_member_name (builder, "refusals");
  json_builder_begin_array (builder);
  if (relay != NULL) {
    g_autoptr (GPtrArray) refusals = shot_relay_take_refusals (relay, job_id);
    for (unsigned i = 0; i < refusals->len; i++)
      json_builder_add_string_value (builder, ((ShotRelayRefusal *) refusals->pdata[i])->target);
  }
  json_builder_end_array (builder);
}

static void
print_outcome (Program *self, const GError *error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "code");
  json_builder_add_string_value (builder, error != NULL
                                              ? shot_error_get_name (shot_error_classify (error))
                                              : "ok");
  json_builder_set_member_name (builder, "message");
  json_builder_add_string_value (builder, error != NULL ? error->message : "");
  print_refusals (builder, self->relay, self->job_id);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char     *text = json_to_string (root, FALSE);
  g_print ("%s\n", text);
}

static void
rendered_cb (GObject *source, GAsyncResult *async_result, void *user_data)
{
  Program               *self = user_data;
  g_autoptr (ShotResult) result = NULL;
  g_autoptr (GError)     error = NULL;

  shot_pool_render_finish (self->pool, async_result, &result, &error);
  print_outcome (self, error);
  g_main_loop_quit (self->loop);
}

static gboolean
visit (Program *self, GError **error)
{
  ShotJob *job = shot_job_new (*self->uris);

  g_free (self->job_id);
  self->job_id = g_strdup (job->id);
  job->timeout_ms = TIMEOUT_MS;
  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  for (char **target = self->allow; target != NULL && *target != NULL; target++)
    g_ptr_array_add (job->allow, g_strdup (*target));
  if (self->relay != NULL)
    job->relay_uri = shot_relay_make_uri (self->relay, job->id);
  if (!shot_job_check (job, error)) {
    shot_job_free (job);
    return FALSE;
  }
  shot_pool_render_async (self->pool, job, NULL, NULL, rendered_cb, self);
  g_main_loop_run (self->loop);
  return TRUE;
}

static ShotRelay *
make_relay (Program *self, GError **error)
{
  g_autoptr (GPtrArray)    list = g_ptr_array_new ();
  g_autoptr (TestResolver) resolver = self->answers != NULL
                                          ? test_resolver_new ((const char *const *) self->answers)
                                          : NULL;
  g_autoptr (ShotSecret)   proxy = self->proxy != NULL ? shot_secret_new (self->proxy) : NULL;

  for (char **target = self->allow; target != NULL && *target != NULL; target++)
    g_ptr_array_add (list, *target);
  g_autoptr (ShotAllow) allow = shot_allow_parse (list, error);
  if (allow == NULL)
    return NULL;
  ShotRelayOptions options = { .allow = allow, .resolver = (GResolver *) resolver, .proxy = proxy };
  return shot_relay_new (&options, error);
}

static gboolean
run (Program *self, GError **error)
{
  ShotPoolOptions options = { .max_jobs = 1, .max_queue = 1, .log_level = G_LOG_LEVEL_DEBUG };

  if (!self->has_no_relay && (self->relay = make_relay (self, error)) == NULL)
    return FALSE;
  self->loop = g_main_loop_new (NULL, FALSE);
  self->pool = shot_pool_new (&options);
  for (; self->uris != NULL && *self->uris != NULL; self->uris++) {
    g_autoptr (GError) refusal = NULL;
    if (!visit (self, &refusal))
      print_outcome (self, refusal);
  }
  shot_pool_free (self->pool);
  shot_relay_free (self->relay);
  g_main_loop_unref (self->loop);
  g_free (self->job_id);
  return TRUE;
}

int
main (int argc, char **argv)
{
  Program            self = { 0 };
  const GOptionEntry entries[] = {
    { "allow", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self.allow, "", NULL },
    { "answer", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self.answers, "", NULL },
    { "proxy", 0, 0, G_OPTION_ARG_STRING, &self.proxy, "", NULL },
    { "no-relay", 0, 0, G_OPTION_ARG_NONE, &self.has_no_relay, "", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self.uris, "", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError)         error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || !run (&self, &error)) {
    g_printerr ("visit: %s\n", error->message);
    return 1;
  }
  return 0;
}
