#include "config.h"

#include <string.h>

#include "error.h"
#include "expand-private.h"
#include "grafana.h"
#include "nearest.h"

/* Dashboards in no folder are those of "General". */
#define NO_FOLDER "General"

static bool
is_alike (const char *a, const char *b)
{
  g_autofree char *left = g_utf8_casefold (a, -1);
  g_autofree char *right = g_utf8_casefold (b, -1);

  return g_str_equal (left, right);
}

static bool
has_text (const char *title, const char *words)
{
  g_autofree char *folded_title = g_utf8_casefold (title, -1);
  g_autofree char *folded_words = g_utf8_casefold (words, -1);

  return strstr (folded_title, folded_words) != NULL;
}

static bool
is_named (const GPtrArray *uids, const char *uid)
{
  for (unsigned i = 0; i < uids->len; i++) {
    if (g_str_equal (uids->pdata[i], uid))
      return true;
  }
  return false;
}

static bool
is_chosen (const ShotPlanDashboard *part, const ShotFoundDashboard *dashboard,
           const GPtrArray *by_text)
{
  if (part->uid != NULL)
    return g_str_equal (part->uid, dashboard->uid);
  if (part->tag != NULL)
    return g_strv_contains ((const char *const *) dashboard->tags, part->tag);
  if (part->folder != NULL) {
    const char *title = *dashboard->folder != '\0' ? dashboard->folder : NO_FOLDER;
    return is_alike (part->folder, title) || g_str_equal (part->folder, dashboard->folder_uid);
  }
  return by_text != NULL ? is_named (by_text, dashboard->uid)
                         : has_text (dashboard->title, part->search);
}

/* A title where a uid belongs is a mistake of its own. */
static gboolean
fail_uid (const char *uid, const GPtrArray *found, GError **error)
{
  g_autoptr (GPtrArray)     words = g_ptr_array_new ();
  const ShotFoundDashboard *meant = NULL;

  for (unsigned i = 0; i < found->len; i++) {
    const ShotFoundDashboard *dashboard = found->pdata[i];
    g_ptr_array_add (words, dashboard->uid);
    if (is_alike (uid, dashboard->title))
      meant = dashboard;
  }
  g_ptr_array_add (words, NULL);
  const char *nearest = shot_nearest_find (uid, (const char *const *) words->pdata);
  for (unsigned i = 0; i < found->len && meant == NULL && nearest != NULL; i++) {
    const ShotFoundDashboard *dashboard = found->pdata[i];
    if (g_str_equal (dashboard->uid, nearest))
      meant = dashboard;
  }
  if (meant != NULL)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "no dashboard has the uid \"%s\": did you mean \"%s\" (%s)?", uid, meant->uid,
                 meant->title);
  else
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "no dashboard that the token may see has the uid \"%s\": it stands behind /d/ in "
                 "the dashboard's address",
                 uid);
  return FALSE;
}

static gboolean
fail_group (const char *what, const char *wanted, GPtrArray *words, GError **error)
{
  g_ptr_array_add (words, NULL);

  const char *nearest = shot_nearest_find (wanted, (const char *const *) words->pdata);
  if (nearest != NULL)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "no dashboard has the %s \"%s\": did you mean \"%s\"?", what, wanted, nearest);
  else
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "no dashboard that the token may see has the %s \"%s\"", what, wanted);
  return FALSE;
}

static gboolean
fail_choice (const ShotPlanDashboard *part, const GPtrArray *found, GError **error)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  if (part->uid != NULL)
    return fail_uid (part->uid, found, error);
  if (part->search != NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "no dashboard is found by searching for \"%s\"", part->search);
    return FALSE;
  }
  for (unsigned i = 0; i < found->len; i++) {
    const ShotFoundDashboard *dashboard = found->pdata[i];
    if (part->folder != NULL)
      g_ptr_array_add (words, dashboard->folder);
    for (char **tag = dashboard->tags; part->tag != NULL && *tag != NULL; tag++)
      g_ptr_array_add (words, *tag);
  }
  return part->folder != NULL ? fail_group ("folder", part->folder, words, error)
                              : fail_group ("tag", part->tag, words, error);
}

GPtrArray *
shot_expand_choose (const ShotPlanDashboard *part, const GPtrArray *found, const GPtrArray *by_text,
                    GError **error)
{
  g_autoptr (GPtrArray) uids = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; i < found->len; i++) {
    const ShotFoundDashboard *dashboard = found->pdata[i];
    if (is_chosen (part, dashboard, by_text))
      g_ptr_array_add (uids, g_strdup (dashboard->uid));
  }
  if (uids->len == 0 && !fail_choice (part, found, error))
    return NULL;
  return g_steal_pointer (&uids);
}
