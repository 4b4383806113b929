/* page-target.c: which documents a visit may open
 *
 * The relay is what keeps every request of a page, frames and redirects included, from targets
 * that may not be reached. Here the visit's own document is judged before it gets so far, for the
 * sake of a clear error; and where a job comes without a relay, frames are judged too.
 */
#include "config.h"

#include "page-private.h"

#include "mask.h"

gboolean
shot_page_may_open (ShotPage *self, const char *uri)
{
  GError *error = NULL;

  /* Others than http never leave the process, and are judged once they are there. */
  if (!g_str_has_prefix (uri, "http") || shot_allow_check_uri (self->allow, uri, &error))
    return TRUE;
  shot_page_finish (self, error);
  return FALSE;
}

gboolean
shot_page_is_refused (ShotPage *self, const char *uri, const GError *failure)
{
  /* WebKit itself refuses some addresses, 0.0.0.0 among them, and gives other reasons. */
  if (!shot_page_may_open (self, uri))
    return TRUE;
  if (!g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_PROXY_NOT_ALLOWED))
    return FALSE;

  g_autofree char *masked = shot_mask_uri (uri);
  shot_page_fail (self, SHOT_ERROR_REFUSED,
                  "%s may not be reached: the address of its host is refused; if it is meant, add "
                  "that address to target.allow (--allow)",
                  masked);
  return TRUE;
}

gboolean
shot_page_decide_navigation (ShotPage *self, WebKitNavigationPolicyDecision *decision)
{
  WebKitNavigationAction *action = webkit_navigation_policy_decision_get_navigation_action (
      decision);
  const char *uri = webkit_uri_request_get_uri (webkit_navigation_action_get_request (action));

  /* WebKit does not tell which frame it is that goes somewhere. The relay need not know. */
  if (self->job->relay_uri != NULL || !g_str_has_prefix (uri, "http") ||
      shot_allow_check_uri (self->allow, uri, NULL))
    return FALSE;
  webkit_policy_decision_ignore (WEBKIT_POLICY_DECISION (decision));
  /* There are no other frames before there is a document. */
  if (self->state == SHOT_STATE_OPENING)
    shot_page_may_open (self, uri);
  return TRUE;
}
