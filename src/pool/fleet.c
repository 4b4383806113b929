#include "config.h"

#include "fleet.h"

#include <string.h>

#include "child.h"
#include "clock.h"
#include "error.h"
#include "fields.h"
#include "paths.h"
#include "process.h"
#include "proctree.h"

#define PING_MS 5000
#define IDLE_PING_MS 15000
#define PONG_MS 12500
#define CHECK_MS 30000
/* The answer may lie unread when we were held up ourselves, so there is a second look. */
#define SECOND_LOOK 5

#define MAX_FAILED_STARTS 3
#define FAILED_STARTS_WINDOW_MS 10000
#define BACK_OFF_MS 5000
#define SPAWN_AGAIN_MS 500
#define REPLACE_AGAIN_MS 30000

struct _ShotEngine {
  ShotFleet    *fleet;   /* (borrowed) */
  ShotChild    *child;   /* (owned) */
  unsigned      n_jobs;  /* sent and not ended */
  unsigned      n_pages; /* sent since its start */
  int64_t       started_ms;
  const char   *kill_reason; /* static (nullable): why we ended it ourselves */
  bool          is_retired;  /* takes no more jobs */
  bool          is_told_to_go;
  bool          has_outlived_settings;
  bool          has_ponged; /* it knows pings at all */
  bool          is_awaited; /* a ping is not answered yet */
  unsigned      n_looks;
  int64_t       ping;
  unsigned      ping_timer;
  unsigned      idle_timer;
  bool          has_slots;
  ShotPoolSlots slots;
};

struct _ShotFleet {
  const ShotFleetEvents *events;    /* (borrowed) */
  void                  *user_data; /* (borrowed) */
  char                  *path;      /* (owned) */
  char                 **arguments; /* (owned) */
  GLogLevelFlags         log_level;
  ShotFleetRules         rules;
  ShotFleetTimes         times;
  ShotEngine            *current; /* (owned) (nullable): takes jobs, or will */
  ShotEngine            *next;    /* (owned) (nullable): starts to replace it */
  GPtrArray             *retired; /* (owned) (element-type ShotEngine, owned) */
  bool                   is_stopping;
  char                  *webkit;                /* (owned) (nullable) */
  char                  *sandbox;               /* (owned) (nullable) */
  char                  *last_line;             /* (owned) */
  int64_t  failed_starts_ms[MAX_FAILED_STARTS]; /* the last ones, latest first; 0: none */
  int64_t  replace_after_ms;                    /* the last replacement failed to start */
  unsigned back_off_timer;
  unsigned check_timer;
  unsigned ends[SHOT_POOL_N_ENDS];
  unsigned changes[SHOT_POOL_N_CHANGES];
};

static void arm_ping (ShotEngine *engine, unsigned ms);
static void arm_idle (ShotEngine *engine);

const char *
shot_pool_end_get_name (ShotPoolEnd end)
{
  static const char *const names[SHOT_POOL_N_ENDS] = { "crashed", "hung", "start" };

  g_return_val_if_fail (end < SHOT_POOL_N_ENDS, "crashed");
  return names[end];
}

const char *
shot_pool_change_get_name (ShotPoolChange change)
{
  static const char *const names[SHOT_POOL_N_CHANGES] = { "pages", "age", "memory", "idle",
                                                          "settings" };

  g_return_val_if_fail (change < SHOT_POOL_N_CHANGES, "pages");
  return names[change];
}

static void
clear_source (unsigned *id)
{
  if (*id != 0)
    g_source_remove (*id);
  *id = 0;
}

static void
engine_free (void *data)
{
  ShotEngine *engine = data;

  if (engine == NULL)
    return;
  clear_source (&engine->ping_timer);
  clear_source (&engine->idle_timer);
  shot_child_free (engine->child);
  g_free (engine);
}

static GPid
get_pid (const ShotEngine *engine)
{
  return shot_child_get_pid (engine->child);
}

/* --- retirement --------------------------------------------------------------------------- */

static void
stop_when_idle (ShotEngine *engine)
{
  if (!engine->is_retired || engine->n_jobs > 0 || engine->is_told_to_go)
    return;
  engine->is_told_to_go = true;
  clear_source (&engine->idle_timer);
  clear_source (&engine->ping_timer);
  shot_child_stop (engine->child);
}

/* Takes the engine that serves; it ends after its last job. */
static void
retire (ShotFleet *self, ShotEngine *engine)
{
  g_assert (engine == self->current);
  self->current = NULL;
  engine->is_retired = true;
  g_ptr_array_add (self->retired, engine);
  stop_when_idle (engine);
}

static ShotEngine *spawn (ShotFleet *self, bool *out_is_lasting, GError **error);

/* The engine that serves goes on until the next one is there. */
static void
replace (ShotFleet *self, ShotPoolChange change)
{
  g_autoptr (GError) error = NULL;
  bool               is_lasting = false;

  if (self->next != NULL || self->is_stopping || shot_clock_now_ms () < self->replace_after_ms)
    return;
  g_message ("engine pid=%d is to be replaced after %u pages: %s", get_pid (self->current),
             self->current->n_pages, shot_pool_change_get_name (change));
  self->next = spawn (self, &is_lasting, &error);
  if (self->next == NULL) {
    g_warning ("%s; the engine that runs stays", error->message);
    self->replace_after_ms = shot_clock_now_ms () + REPLACE_AGAIN_MS;
    return;
  }
  self->changes[change]++;
}

static bool
is_serving (const ShotEngine *engine)
{
  return engine != NULL && shot_child_get_state (engine->child) == SHOT_CHILD_READY;
}

static void
check_pages (ShotFleet *self)
{
  if (is_serving (self->current) && self->rules.max_pages > 0 &&
      self->current->n_pages >= self->rules.max_pages)
    replace (self, SHOT_POOL_CHANGE_PAGES);
}

static int64_t
measure_tree (const ShotEngine *engine)
{
  g_autoptr (GArray) tree = shot_proctree_read ("", get_pid (engine));
  int64_t            bytes = 0;

  for (unsigned i = 0; i < tree->len; i++)
    bytes += g_array_index (tree, ShotProcess, i).pss_bytes;
  return bytes;
}

static gboolean
check_cb (void *user_data)
{
  ShotFleet *self = user_data;

  if (!is_serving (self->current) || self->next != NULL)
    return G_SOURCE_CONTINUE;
  if (self->rules.max_age_ms > 0 &&
      shot_clock_now_ms () - self->current->started_ms >= self->rules.max_age_ms)
    replace (self, SHOT_POOL_CHANGE_AGE);
  else if (self->current->has_outlived_settings)
    replace (self, SHOT_POOL_CHANGE_SETTINGS);
  else if (self->rules.max_memory_bytes > 0 &&
           measure_tree (self->current) >= self->rules.max_memory_bytes)
    replace (self, SHOT_POOL_CHANGE_MEMORY);
  return G_SOURCE_CONTINUE;
}

static gboolean
idle_cb (void *user_data)
{
  ShotEngine *engine = user_data;
  ShotFleet  *self = engine->fleet;

  engine->idle_timer = 0;
  if (engine != self->current || engine->n_jobs > 0)
    return G_SOURCE_REMOVE;
  g_message ("engine pid=%d had no work: it is stopped until there is some", get_pid (engine));
  self->changes[SHOT_POOL_CHANGE_IDLE]++;
  retire (self, engine);
  return G_SOURCE_REMOVE;
}

static void
arm_idle (ShotEngine *engine)
{
  int64_t idle_ms = engine->fleet->rules.idle_ms;

  clear_source (&engine->idle_timer);
  if (idle_ms > 0 && engine->n_jobs == 0 && !engine->is_retired)
    engine->idle_timer = g_timeout_add ((unsigned) MIN (idle_ms, G_MAXINT), idle_cb, engine);
}

/* --- the watchdog ------------------------------------------------------------------------- */

static void
send_ping (ShotEngine *engine)
{
  g_autoptr (JsonObject) message = json_object_new ();

  engine->ping++;
  engine->is_awaited = true;
  engine->n_looks = 0;
  json_object_set_string_member (message, "type", "ping");
  json_object_set_int_member (message, "n", engine->ping);
  /* When it cannot be sent, the child's end tells. */
  shot_child_send (engine->child, message, NULL);
}

static gboolean
ping_cb (void *user_data)
{
  ShotEngine *engine = user_data;
  unsigned    pong_ms = engine->fleet->times.pong_ms;

  engine->ping_timer = 0;
  if (!engine->is_awaited || !engine->has_ponged) {
    send_ping (engine);
    arm_ping (engine, pong_ms);
    return G_SOURCE_REMOVE;
  }
  if (engine->n_looks++ == 0) {
    arm_ping (engine, pong_ms / SECOND_LOOK);
    return G_SOURCE_REMOVE;
  }
  g_warning ("engine pid=%d has answered nothing for %u ms: it is killed and replaced",
             get_pid (engine), pong_ms + pong_ms / SECOND_LOOK);
  shot_fleet_kill (engine, "did not answer and was restarted");
  return G_SOURCE_REMOVE;
}

static void
arm_ping (ShotEngine *engine, unsigned ms)
{
  clear_source (&engine->ping_timer);
  engine->ping_timer = g_timeout_add (ms, ping_cb, engine);
}

static void
arm_next_ping (ShotEngine *engine)
{
  const ShotFleetTimes *times = &engine->fleet->times;

  arm_ping (engine, engine->n_jobs > 0 ? times->ping_ms : times->idle_ping_ms);
}

static void
take_pong (ShotEngine *engine, JsonObject *message)
{
  int64_t n = 0;

  if (!shot_fields_get_int (message, "n", 0, INT64_MAX, &n, NULL) || n != engine->ping)
    return;
  engine->has_ponged = true;
  engine->is_awaited = false;
  if (!engine->is_told_to_go)
    arm_next_ping (engine);
}

static void
take_slots (ShotEngine *engine, JsonObject *message)
{
  int64_t cold = 0;
  int64_t warm = 0;
  int64_t resident = 0;
  int64_t busy = 0;

  if (!shot_fields_get_int (message, "cold", 0, G_MAXINT, &cold, NULL) ||
      !shot_fields_get_int (message, "warm", 0, G_MAXINT, &warm, NULL) ||
      !shot_fields_get_int (message, "resident", 0, G_MAXINT, &resident, NULL) ||
      !shot_fields_get_int (message, "busy", 0, G_MAXINT, &busy, NULL))
    return;
  engine->has_slots = true;
  engine->slots = (ShotPoolSlots){ (unsigned) cold, (unsigned) warm, (unsigned) resident,
                                   (unsigned) busy };
}

/* --- a child's events --------------------------------------------------------------------- */

static void
message_cb (ShotChild *child, JsonObject *message, int *fds, unsigned n_fds, void *user_data)
{
  ShotEngine *engine = user_data;
  ShotFleet  *self = engine->fleet;
  const char *type = NULL;

  shot_fields_get_string (message, "type", true, &type, NULL);
  if (g_strcmp0 (type, "pong") == 0)
    take_pong (engine, message);
  else if (g_strcmp0 (type, "slots") == 0)
    take_slots (engine, message);
  else
    self->events->message (engine, message, fds, n_fds, self->user_data);
}

static void
ready_cb (ShotChild *child, void *user_data)
{
  ShotEngine *engine = user_data;
  ShotFleet  *self = engine->fleet;

  g_free (self->webkit);
  g_free (self->sandbox);
  self->webkit = g_strdup (shot_child_get_webkit (child));
  self->sandbox = g_strdup (shot_child_get_sandbox (child));
  if (engine == self->next) {
    if (self->current != NULL)
      retire (self, self->current);
    self->current = g_steal_pointer (&self->next);
  }
  if (engine->ping_timer == 0 && !engine->is_retired) {
    send_ping (engine);
    arm_ping (engine, self->times.pong_ms);
    arm_idle (engine);
  }
  self->events->ready (self->user_data);
}

static gboolean
back_off_cb (void *user_data)
{
  ShotFleet *self = user_data;

  self->back_off_timer = 0;
  self->events->ready (self->user_data);
  return G_SOURCE_REMOVE;
}

/* Several starts that fail in a row will not get better by another at once. */
static void
count_failed_start (ShotFleet *self, const char *message)
{
  int64_t *at = self->failed_starts_ms;

  memmove (at + 1, at, (MAX_FAILED_STARTS - 1) * sizeof *at);
  at[0] = shot_clock_now_ms ();
  if (at[MAX_FAILED_STARTS - 1] == 0 || at[0] - at[MAX_FAILED_STARTS - 1] > FAILED_STARTS_WINDOW_MS)
    return;

  g_warning ("%s; the next try is in %d s", message, BACK_OFF_MS / 1000);
  memset (self->failed_starts_ms, 0, sizeof self->failed_starts_ms);
  clear_source (&self->back_off_timer);
  self->back_off_timer = g_timeout_add (BACK_OFF_MS, back_off_cb, self);
  self->events->unavailable (message, self->user_data);
}

/* It belongs nowhere any more; its own struct stays. */
static void
take_out (ShotFleet *self, ShotEngine *engine)
{
  unsigned index = 0;

  if (engine == self->next) {
    self->next = NULL;
    self->replace_after_ms = shot_clock_now_ms () + REPLACE_AGAIN_MS;
  } else if (engine == self->current) {
    self->current = g_steal_pointer (&self->next);
  } else if (g_ptr_array_find (self->retired, engine, &index)) {
    g_ptr_array_steal_index_fast (self->retired, index);
  }
}

static void
count_end (ShotFleet *self, const ShotEngine *engine)
{
  if (shot_child_has_failed_to_start (engine->child))
    self->ends[SHOT_POOL_END_START]++;
  else if (engine->kill_reason != NULL)
    self->ends[SHOT_POOL_END_HUNG]++;
  else if (!engine->is_told_to_go && !self->is_stopping)
    self->ends[SHOT_POOL_END_CRASHED]++;
}

static void
gone_cb (ShotChild *child, void *user_data)
{
  ShotEngine      *engine = user_data;
  ShotFleet       *self = engine->fleet;
  g_autofree char *end = shot_child_describe_end (child);
  bool             has_failed_to_start = shot_child_has_failed_to_start (child);
  bool             was_next = engine == self->next;

  g_free (self->last_line);
  self->last_line = g_strdup (shot_child_get_last_line (child));
  take_out (self, engine);
  count_end (self, engine);
  if (engine->kill_reason == NULL && !engine->is_told_to_go && !self->is_stopping)
    g_warning ("engine pid=%d %s with %u jobs in flight; the next job starts a new one",
               get_pid (engine), end, engine->n_jobs);

  const char      *words = *self->last_line != '\0' ? ", its last words: " : "";
  g_autofree char *why = g_strdup_printf (
      "the engine %s%s%s: try again, and run `panelshot doctor` if this comes back",
      engine->kill_reason != NULL ? engine->kill_reason : end, words, self->last_line);
  g_autofree char *no_start = g_strdup_printf (
      "the engine cannot start, it %s%s%s: run `panelshot doctor`", end,
      *self->last_line != '\0' ? "; it last said: " : "", self->last_line);
  shot_fleet_reap (self);
  if (has_failed_to_start && !was_next && !self->is_stopping)
    count_failed_start (self, no_start);
  self->events->gone (engine, engine->kill_reason != NULL ? SHOT_CAUSE_HUNG : SHOT_CAUSE_ENGINE,
                      why, self->user_data);
  engine_free (engine);
}

static const ShotChildEvents child_events = { ready_cb, message_cb, gone_cb };

/* --- start -------------------------------------------------------------------------------- */

static ShotEngine *
spawn (ShotFleet *self, bool *out_is_lasting, GError **error)
{
  ShotEngine *engine = g_new0 (ShotEngine, 1);

  engine->fleet = self;
  engine->started_ms = shot_clock_now_ms ();
  engine->child = shot_child_spawn (self->path, (const char *const *) self->arguments,
                                    self->log_level, &child_events, engine, out_is_lasting, error);
  if (engine->child == NULL)
    g_clear_pointer (&engine, engine_free);
  return engine;
}

void
shot_fleet_start (ShotFleet *self)
{
  g_autoptr (GError) error = NULL;
  bool               is_lasting = false;

  if (self->current != NULL || self->back_off_timer != 0 || self->is_stopping)
    return;
  self->current = spawn (self, &is_lasting, &error);
  if (self->current != NULL)
    return;
  g_free (self->last_line);
  self->last_line = g_strdup (error->message);
  g_warning ("%s", error->message);
  if (is_lasting) {
    self->events->unavailable (error->message, self->user_data);
    return;
  }
  /* The machine may have room again in a moment. */
  self->back_off_timer = g_timeout_add (SPAWN_AGAIN_MS, back_off_cb, self);
  count_failed_start (self, error->message);
}

ShotFleet *
shot_fleet_new (const ShotFleetOptions *options, const ShotFleetEvents *events, void *user_data)
{
  static const char *const none[] = { NULL };
  ShotFleet               *self = g_new0 (ShotFleet, 1);

  self->events = events;
  self->user_data = user_data;
  self->path = options->engine_path != NULL ? g_strdup (options->engine_path)
                                            : shot_paths_get_engine ();
  self->arguments = g_strdupv ((char **) (options->arguments != NULL ? options->arguments : none));
  self->log_level = options->log_level;
  self->rules = options->rules;
  self->times = options->times;
  self->times.ping_ms = self->times.ping_ms > 0 ? self->times.ping_ms : PING_MS;
  self->times.idle_ping_ms = self->times.idle_ping_ms > 0 ? self->times.idle_ping_ms : IDLE_PING_MS;
  self->times.pong_ms = self->times.pong_ms > 0 ? self->times.pong_ms : PONG_MS;
  self->last_line = g_strdup ("");
  self->retired = g_ptr_array_new_with_free_func (engine_free);
  self->check_timer = g_timeout_add (self->times.check_ms > 0 ? self->times.check_ms : CHECK_MS,
                                     check_cb, self);
  return self;
}

void
shot_fleet_free (ShotFleet *self)
{
  if (self == NULL)
    return;
  clear_source (&self->back_off_timer);
  clear_source (&self->check_timer);
  g_clear_pointer (&self->current, engine_free);
  g_clear_pointer (&self->next, engine_free);
  g_ptr_array_set_size (self->retired, 0);
  shot_fleet_reap (self);
  g_ptr_array_unref (self->retired);
  g_strfreev (self->arguments);
  g_free (self->path);
  g_free (self->webkit);
  g_free (self->sandbox);
  g_free (self->last_line);
  g_free (self);
}

void
shot_fleet_set_rules (ShotFleet *self, const ShotFleetRules *rules)
{
  self->rules = *rules;
  if (self->current != NULL && is_serving (self->current))
    arm_idle (self->current);
}

void
shot_fleet_set_log_level (ShotFleet *self, GLogLevelFlags log_level)
{
  self->log_level = log_level;
}

void
shot_fleet_set_arguments (ShotFleet *self, const char *const *arguments)
{
  if (g_strv_equal ((const char *const *) self->arguments, arguments))
    return;
  g_strfreev (self->arguments);
  self->arguments = g_strdupv ((char **) arguments);
  if (self->next != NULL)
    self->next->has_outlived_settings = true;
  if (self->current == NULL)
    return;
  self->current->has_outlived_settings = true;
  if (is_serving (self->current))
    replace (self, SHOT_POOL_CHANGE_SETTINGS);
}

/* --- jobs --------------------------------------------------------------------------------- */

ShotEngine *
shot_fleet_get_ready (const ShotFleet *self)
{
  return is_serving (self->current) ? self->current : NULL;
}

gboolean
shot_fleet_send_job (ShotFleet *self, ShotEngine *engine, JsonObject *job, GError **error)
{
  g_autoptr (JsonObject) message = json_object_new ();

  json_object_set_string_member (message, "type", "job");
  json_object_set_object_member (message, "job", json_object_ref (job));
  if (!shot_child_send (engine->child, message, error))
    return FALSE;
  engine->n_jobs++;
  engine->n_pages++;
  clear_source (&engine->idle_timer);
  /* An idle engine is asked seldom. */
  if (engine->n_jobs == 1 && !engine->is_awaited)
    arm_next_ping (engine);
  check_pages (self);
  return TRUE;
}

void
shot_fleet_send_cancel (ShotEngine *engine, const char *id)
{
  g_autoptr (JsonObject) message = json_object_new ();

  json_object_set_string_member (message, "type", "cancel");
  json_object_set_string_member (message, "id", id);
  shot_child_send (engine->child, message, NULL);
}

void
shot_fleet_end_job (ShotFleet *self, ShotEngine *engine)
{
  g_return_if_fail (engine->n_jobs > 0);
  engine->n_jobs--;
  stop_when_idle (engine);
  if (engine == self->current)
    arm_idle (engine);
}

bool
shot_engine_is_new (const ShotEngine *engine)
{
  return engine->n_pages <= 1;
}

void
shot_fleet_kill (ShotEngine *engine, const char *reason)
{
  engine->kill_reason = reason;
  shot_child_kill (engine->child);
}

/* (transfer container) */
static GPtrArray *
list_engines (const ShotFleet *self)
{
  GPtrArray *list = g_ptr_array_new ();

  if (self->current != NULL)
    g_ptr_array_add (list, self->current);
  if (self->next != NULL)
    g_ptr_array_add (list, self->next);
  g_ptr_array_extend (list, self->retired, NULL, NULL);
  return list;
}

void
shot_fleet_stop (ShotFleet *self)
{
  g_autoptr (GPtrArray) list = list_engines (self);

  self->is_stopping = true;
  for (unsigned i = 0; i < list->len; i++) {
    ShotEngine *engine = list->pdata[i];
    clear_source (&engine->ping_timer);
    clear_source (&engine->idle_timer);
    shot_child_stop (engine->child);
  }
}

void
shot_fleet_kill_all (ShotFleet *self, const char *reason)
{
  g_autoptr (GPtrArray) list = list_engines (self);

  for (unsigned i = 0; i < list->len; i++)
    shot_fleet_kill (list->pdata[i], reason);
}

bool
shot_fleet_is_empty (const ShotFleet *self)
{
  return self->current == NULL && self->next == NULL && self->retired->len == 0;
}

void
shot_fleet_reap (ShotFleet *self)
{
  g_autoptr (GPtrArray) list = list_engines (self);
  g_autofree GPid      *pids = g_new0 (GPid, list->len + 1);

  for (unsigned i = 0; i < list->len; i++)
    pids[i] = get_pid (list->pdata[i]);
  shot_process_reap_orphans (pids, list->len);
}

void
shot_fleet_get_status (const ShotFleet *self, ShotFleetStatus *out_status)
{
  g_autoptr (GPtrArray) list = list_engines (self);
  const ShotEngine     *current = self->current;

  *out_status = (ShotFleetStatus){
    .webkit = self->webkit,
    .sandbox = self->sandbox,
    .last_line = current != NULL ? shot_child_get_last_line (current->child) : self->last_line,
  };
  for (unsigned i = 0; i < MIN (list->len, SHOT_FLEET_MAX_PIDS); i++)
    out_status->pids[i] = get_pid (list->pdata[i]);
  memcpy (out_status->ends, self->ends, sizeof self->ends);
  memcpy (out_status->changes, self->changes, sizeof self->changes);
  if (current == NULL)
    return;
  out_status->pid = get_pid (current);
  out_status->pages = current->n_pages;
  out_status->age_ms = shot_clock_now_ms () - current->started_ms;
  out_status->has_slots = current->has_slots;
  out_status->slots = current->slots;
}
