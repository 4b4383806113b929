/* page-resident.c: a visit to a page that is there already
 *
 * The page is led to the address, settles, and has to prove that it shows what was asked for
 * (proof.h). Whatever speaks against it, a failure included, is a doubt: then the address is
 * loaded, and what that gives is what the caller gets.
 */
#include "config.h"

#include "page-private.h"

#include "content.h"
#include "leader.h"
#include "proof.h"

/* lead.js has its own patience, which is shorter. */
#define LEAD_LIMIT_MS 2500

static void
led_cb (const char *reason, void *data)
{
  g_autoptr (ShotPage) self = data;

  if (self->state != SHOT_STATE_OPENING || !self->is_led)
    return;
  g_clear_handle_id (&self->lead_source, g_source_remove);
  if (reason != NULL) {
    shot_page_doubt (self, reason);
    return;
  }
  shot_page_note_address (self, webkit_web_view_get_uri (shot_page_get_view (self)));
  shot_watch_set_loaded (self->watch);
  shot_page_set_state (self, SHOT_STATE_LOADING);
  shot_page_set_state (self, SHOT_STATE_SETTLING);
  shot_page_advance (self);
}

static gboolean
lead_limit_cb (void *data)
{
  ShotPage *self = data;

  self->lead_source = 0;
  shot_page_doubt (self, "its process does not answer");
  return G_SOURCE_REMOVE;
}

void
shot_page_lead (ShotPage *self)
{
  self->is_led = true;
  self->lead_source = g_timeout_add (LEAD_LIMIT_MS, lead_limit_cb, self);
  shot_page_set_state (self, SHOT_STATE_OPENING);
  shot_leader_lead_async (shot_page_get_view (self), self->job, led_cb, g_object_ref (self));
}

bool
shot_page_is_doubt (ShotPage *self, const GError *error)
{
  return self->is_led && error != NULL && !shot_page_is_over (self) &&
         !g_error_matches (error, SHOT_ERROR, SHOT_ERROR_CANCELLED) &&
         !g_error_matches (error, SHOT_ERROR, SHOT_ERROR_TIMEOUT) &&
         !g_error_matches (error, SHOT_ERROR, SHOT_ERROR_ENGINE) &&
         !g_error_matches (error, SHOT_ERROR, SHOT_ERROR_USAGE);
}

/* We may be inside one of the view's own signals, so it is left later. */
static gboolean
begin_again_cb (void *data)
{
  ShotPage *self = data;

  self->must_begin_again = false;
  if (self->state == SHOT_STATE_PLACING && self->slot != NULL)
    shot_slot_begin_again (self->slot);
  return G_SOURCE_REMOVE;
}

void
shot_page_doubt (ShotPage *self, const char *reason)
{
  g_debug ("id=%s the resident page is loaded instead: %s", self->job->id, reason);
  g_clear_handle_id (&self->lead_source, g_source_remove);
  self->is_led = false;
  self->result->is_doubted = true;
  self->result->flags = 0;
  g_ptr_array_set_size (self->result->pictures, 0);
  g_ptr_array_set_size (self->result->redirects, 0);
  g_clear_pointer (&self->result->last_blocker, g_free);
  self->picture_index = 0;
  self->verdict_flags = 0;
  self->n_navigations = 0;
  self->n_resizes = 0;
  self->width = self->job->width;
  self->height = self->job->height;
  g_cancellable_cancel (self->inner);
  g_object_unref (self->inner);
  self->inner = g_cancellable_new ();
  shot_page_leave_view (self);
  self->must_begin_again = true;
  shot_page_set_state (self, SHOT_STATE_PLACING);
  g_idle_add_full (G_PRIORITY_DEFAULT, begin_again_cb, g_object_ref (self), g_object_unref);
}

static void
proven_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  g_autoptr (GError)   error = NULL;
  g_autoptr (JSCValue) value = webkit_web_view_call_async_javascript_function_finish (
      WEBKIT_WEB_VIEW (source), result, &error);

  if (self->state != SHOT_STATE_INSPECTING || !self->is_led)
    return;
  g_autofree char *text = value != NULL ? jsc_value_to_string (value) : g_strdup ("");
  const char      *doubt = shot_proof_find_doubt (text);
  if (doubt != NULL) {
    g_debug ("id=%s proof: %s", self->job->id, error != NULL ? error->message : text);
    shot_page_doubt (self, doubt);
    return;
  }
  shot_browser_note_proof (self->browser, self->job, true);
  shot_page_inspect (self);
}

void
shot_page_prove (ShotPage *self)
{
  g_autofree char *script = shot_content_load ("proof.js");
  ShotTrail        trail = { 0 };
  GVariantDict     arguments;

  shot_watch_fill_trail (self->watch, &trail);
  g_variant_dict_init (&arguments, NULL);
  g_variant_dict_insert (&arguments, "address", "s", self->job->uri);
  g_variant_dict_insert (&arguments, "key", "s", self->job->id);
  g_variant_dict_insert (&arguments, "hasFreshDashboard", "d", trail.has_dashboard ? 1.0 : 0.0);
  webkit_web_view_call_async_javascript_function (shot_page_get_view (self), script, -1,
                                                  g_variant_dict_end (&arguments), NULL, NULL,
                                                  self->inner, proven_cb, g_object_ref (self));
}

void
shot_page_note_doubt (ShotPage *self)
{
  /* Where the load failed as well, the page was right. */
  if (self->result->is_doubted)
    shot_browser_note_proof (self->browser, self->job, false);
}

ShotSlotEnd
shot_page_choose_end (ShotPage *self, const GError *error)
{
  const ShotFacts *facts = self->watch != NULL ? shot_watch_get_facts (self->watch) : NULL;

  if (g_error_matches (error, SHOT_ERROR, SHOT_ERROR_ENGINE) ||
      g_error_matches (error, SHOT_ERROR, SHOT_ERROR_TIMEOUT))
    return SHOT_SLOT_DISCARD;
  /* A page that only half convinced is not worth a second visit. */
  bool is_fine = error == NULL && facts != NULL && facts->has_scene && self->result->flags == 0;
  return is_fine ? SHOT_SLOT_KEEP : SHOT_SLOT_CLEAN;
}
