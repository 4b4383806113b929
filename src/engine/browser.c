#include "config.h"

#include "browser.h"

#include "clock.h"
#include "content.h"
#include "netwatch.h"
#include "origin.h"

/* After so many failures in a row to lead a page of an origin it is not tried for so long: then it
 * may have been updated. */
#define MAX_DOUBTS 3
#define DOUBT_MS (10 * 60 * 1000)
#define MAX_DOUBTED_ORIGINS 256

typedef struct {
  unsigned n_doubts; /* in a row */
  int64_t  since_ms; /* the last */
} Doubt;

struct _ShotBrowser {
  ShotBrowserOptions       options;
  const ShotBrowserEvents *events;    /* (borrowed) */
  void                    *user_data; /* (borrowed) */
  ShotNetwatch            *netwatch;  /* (owned) */
  ShotSandbox              sandbox;
  GPtrArray               *slots;  /* (owned) (element-type ShotSlot) */
  GHashTable              *doubts; /* (owned) (element-type utf8 Doubt): by origin */
  WebKitUserContentFilter *filter; /* (owned) (nullable) */
  bool                     has_filter;
  bool                    *is_gone; /* (owned by the one who awaits the filter) (nullable) */
};

/* What the filter's compiler takes along. */
typedef struct {
  ShotBrowser *browser; /* (borrowed) */
  bool         is_gone; /* the browser, meanwhile */
} Compilation;

/* --- whose pages can be led --------------------------------------------------------------- */

static void
note_proof (ShotBrowser *self, const char *origin, bool is_proven)
{
  if (is_proven) {
    g_hash_table_remove (self->doubts, origin);
    return;
  }
  if (g_hash_table_size (self->doubts) >= MAX_DOUBTED_ORIGINS)
    g_hash_table_remove_all (self->doubts);
  Doubt *doubt = g_hash_table_lookup (self->doubts, origin);
  if (doubt == NULL) {
    doubt = g_new0 (Doubt, 1);
    g_hash_table_insert (self->doubts, g_strdup (origin), doubt);
  }
  doubt->n_doubts++;
  doubt->since_ms = shot_clock_now_ms ();
  if (doubt->n_doubts == MAX_DOUBTS)
    g_message ("pages of %s cannot be led from one address to the next, and are loaded instead",
               origin);
}

void
shot_browser_note_proof (ShotBrowser *self, const ShotJob *job, bool is_proven)
{
  g_autofree char *origin = shot_origin_from_uri (job->uri);

  if (origin != NULL)
    note_proof (self, origin, is_proven);
}

/* --- the slots' news --------------------------------------------------------------------- */

static void
slot_changed_cb (void *data)
{
  ShotBrowser     *self = data;
  ShotBrowserSlots slots = { 0 };

  for (unsigned i = 0; i < self->slots->len; i++) {
    ShotCandidate candidate;
    shot_slot_describe (self->slots->pdata[i], &candidate);
    slots.busy += candidate.is_busy;
    slots.resident += candidate.is_resident;
    slots.cold += !candidate.is_busy && !candidate.has_process;
    slots.warm += !candidate.is_busy && candidate.has_process && !candidate.is_resident;
  }
  self->events->slots_changed (&slots, self->user_data);
}

static void
process_started_cb (const char *namespace, void *data)
{
  ShotBrowser     *self = data;
  g_autofree char *own = g_file_read_link ("/proc/self/ns/mnt", NULL);
  ShotSandbox      sandbox = g_strcmp0 (own, namespace) != 0 ? SHOT_SANDBOX_ON : SHOT_SANDBOX_OFF;

  if (sandbox == self->sandbox)
    return;
  self->sandbox = sandbox;
  self->events->sandbox_changed (sandbox, self->user_data);
}

static void
network_hung_cb (void *data)
{
  ShotBrowser *self = data;

  g_warning ("WebKit's network process does not answer, and is replaced");
  shot_netwatch_kill (self->netwatch);
}

static void
stubborn_cb (const char *origin, void *data)
{
  note_proof (data, origin, false);
}

static const ShotSlotEvents slot_events = { slot_changed_cb, process_started_cb, network_hung_cb,
                                            stubborn_cb };

static ShotSlot *
add_slot (ShotBrowser *self)
{
  ShotSlot *slot = shot_slot_new (&self->options.slot, &slot_events, self);

  if (self->has_filter)
    shot_slot_set_filter (slot, self->filter);
  g_ptr_array_add (self->slots, slot);
  return slot;
}

/* --- choosing ---------------------------------------------------------------------------- */

static bool
is_doubtful (ShotBrowser *self, const char *origin)
{
  const Doubt *doubt = g_hash_table_lookup (self->doubts, origin);

  return doubt != NULL && doubt->n_doubts >= MAX_DOUBTS &&
         shot_clock_now_ms () - doubt->since_ms < DOUBT_MS;
}

ShotSlot *
shot_browser_take_slot (ShotBrowser *self, const ShotJob *job, ShotSlotReady ready_cb,
                        void *user_data)
{
  g_autofree ShotCandidate *candidates = g_new0 (ShotCandidate, self->slots->len + 1);
  ShotIdentity             *identity = shot_identity_new (job);
  const ShotChoiceRules     rules = { self->options.is_isolated, job->wants_fresh };
  ShotPath                  path = SHOT_PATH_COLD;

  identity->can_reside = identity->can_reside && !is_doubtful (self, identity->origin);
  for (unsigned i = 0; i < self->slots->len; i++)
    shot_slot_describe (self->slots->pdata[i], &candidates[i]);
  int       index = shot_choose (candidates, self->slots->len, identity, &rules, &path);
  ShotSlot *slot = index >= 0 ? self->slots->pdata[index] : add_slot (self);
  shot_slot_begin (slot, job, identity, path, ready_cb, user_data);
  return slot;
}

void
shot_browser_return_slot (ShotBrowser *self, ShotSlot *slot, ShotSlotEnd end)
{
  bool is_extra = self->slots->len > self->options.n_slots;

  shot_slot_end (slot, is_extra ? SHOT_SLOT_DISCARD : end);
  if (is_extra)
    g_ptr_array_remove (self->slots, slot);
  slot_changed_cb (self);
}

/* --- the filter -------------------------------------------------------------------------- */

static void
filter_compiled_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autofree Compilation  *compilation = data;
  g_autoptr (GError)       error = NULL;
  WebKitUserContentFilter *filter = shot_content_compile_filter_finish (result, &error);
  ShotBrowser             *self = compilation->browser;

  if (compilation->is_gone) {
    g_clear_pointer (&filter, webkit_user_content_filter_unref);
    return;
  }
  if (filter == NULL)
    g_warning ("requests that pictures do not need are let through: %s", error->message);
  self->is_gone = NULL;
  self->filter = filter;
  self->has_filter = true;
  for (unsigned i = 0; i < self->slots->len; i++)
    shot_slot_set_filter (self->slots->pdata[i], filter);
}

static void
compile_filter (ShotBrowser *self)
{
  g_autofree char *folder = g_build_filename (self->options.slot.folder, "filter", NULL);
  Compilation     *compilation = g_new0 (Compilation, 1);

  compilation->browser = self;
  self->is_gone = &compilation->is_gone;
  shot_content_compile_filter_async (folder, self->options.has_live, filter_compiled_cb,
                                     compilation);
}

/* --- life -------------------------------------------------------------------------------- */

ShotBrowser *
shot_browser_new (const ShotBrowserOptions *options, const ShotBrowserEvents *events,
                  void *user_data)
{
  static const char *const languages[] = { SHOT_CONTENT_DEFAULT_LANGUAGE, NULL };
  ShotBrowser             *self = g_new0 (ShotBrowser, 1);

  self->options = *options;
  self->events = events;
  self->user_data = user_data;
  self->netwatch = shot_netwatch_new ();
  self->slots = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_slot_free);
  self->doubts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  /* One setting for the whole process, whichever context it is called on. */
  webkit_web_context_set_preferred_languages (webkit_web_context_get_default (), languages);
  for (unsigned i = 0; i < options->n_slots; i++)
    add_slot (self);
  compile_filter (self);
  return self;
}

void
shot_browser_free (ShotBrowser *self)
{
  if (self == NULL)
    return;
  if (self->is_gone != NULL)
    *self->is_gone = true;
  g_ptr_array_unref (self->slots);
  g_hash_table_unref (self->doubts);
  g_clear_pointer (&self->filter, webkit_user_content_filter_unref);
  shot_netwatch_free (self->netwatch);
  g_free (self);
}

ShotSandbox
shot_browser_get_sandbox (ShotBrowser *self)
{
  return self->sandbox;
}

unsigned
shot_browser_count_network_deaths (ShotBrowser *self)
{
  return shot_netwatch_count_deaths (self->netwatch);
}
