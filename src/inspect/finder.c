#include "config.h"

#include "finder.h"

#include <string.h>

#include "error.h"
#include "run-match.h"

#define MAX_MISTAKES 50

typedef enum {
  FINDER_LISTING,   /* all dashboards of the token */
  FINDER_SEARCHING, /* those of each part's "search" */
  FINDER_CHOOSING,  /* waits for nothing */
  FINDER_ASKING,    /* for the JSON of one dashboard after the other */
  FINDER_EXPANDING, /* for the values of one dashboard's variables after the other's */
  FINDER_DONE,
} FinderState;

/* A part of the plan and one dashboard that it means. */
typedef struct {
  const ShotPlanDashboard *part;
  const ShotDashboard     *dashboard; /* (borrowed): of @dashboards */
  char                    *uid;       /* (owned) */
} Choice;

struct _ShotFinder {
  ShotFinderOptions options;
  FinderState       state;
  GTask            *task;       /* (owned) (nullable): while it runs */
  GPtrArray        *found;      /* (owned) (nullable) */
  GPtrArray        *by_text;    /* (owned): by part, the uids of its search, NULL for none */
  GPtrArray        *choices;    /* (owned) (element-type Choice) */
  GHashTable       *dashboards; /* (owned): uid -> ShotDashboard */
  GPtrArray        *visits;     /* (owned) (element-type ShotVisit) */
  GString          *mistakes;   /* (owned): a line each */
  unsigned          n_mistakes;
  unsigned          at; /* which part or choice has its turn */
};

static void advance (ShotFinder *self);

static void
choice_free (void *data)
{
  Choice *self = data;

  g_free (self->uid);
  g_free (self);
}

static void
uids_free (void *data)
{
  if (data != NULL)
    g_ptr_array_unref (data);
}

ShotFinder *
shot_finder_new (const ShotFinderOptions *options)
{
  ShotFinder *self = g_new0 (ShotFinder, 1);

  self->options = *options;
  self->by_text = g_ptr_array_new_with_free_func (uids_free);
  self->choices = g_ptr_array_new_with_free_func (choice_free);
  self->dashboards = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify) shot_dashboard_free);
  self->visits = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_visit_free);
  self->mistakes = g_string_new (NULL);
  return self;
}

void
shot_finder_free (ShotFinder *self)
{
  if (self == NULL)
    return;
  g_assert (self->task == NULL);
  g_clear_pointer (&self->found, g_ptr_array_unref);
  g_ptr_array_unref (self->by_text);
  g_ptr_array_unref (self->choices);
  g_clear_pointer (&self->visits, g_ptr_array_unref);
  g_hash_table_unref (self->dashboards);
  g_string_free (self->mistakes, TRUE);
  g_free (self);
}

const char *
shot_finder_get_doing (const ShotFinder *self)
{
  return self->state >= FINDER_EXPANDING ? "asking for variables" : "finding dashboards";
}

static void
set_state (ShotFinder *self, FinderState state)
{
  static const char *const names[] = { "listing", "searching", "choosing",
                                       "asking",  "expanding", "done" };

  g_assert (state == self->state + 1);
  g_debug ("finder %s > %s", names[self->state], names[state]);
  self->state = state;
  self->at = 0;
}

/* @error: (transfer full) */
static void
finish (ShotFinder *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  self->state = FINDER_DONE;
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_steal_pointer (&self->visits),
                           (GDestroyNotify) g_ptr_array_unref);
}

/* One that is told with the others, as those that reading the plan finds: a line each, with the
 * plan's file and line in front. @error: (transfer full) */
static void
note_mistake (ShotFinder *self, const ShotPlanDashboard *part, GError *error)
{
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);

  for (char **line = lines; *line != NULL; line++) {
    if (self->n_mistakes++ < MAX_MISTAKES)
      g_string_append_printf (self->mistakes, "%s%s:%u: %s", self->mistakes->len > 0 ? "\n" : "",
                              self->options.plan->path, part->line, *line);
  }
  g_error_free (error);
}

static const ShotPlanDashboard *
get_part (const ShotFinder *self)
{
  return self->options.plan->dashboards->pdata[self->at];
}

static bool
is_mistake (const GError *error)
{
  return g_error_matches (error, SHOT_ERROR, SHOT_ERROR_USAGE) ||
         g_error_matches (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND);
}

/* ---- Which dashboards there are */

static void
listed_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotFinder *self = user_data;
  GError     *error = NULL;

  self->found = shot_grafana_search_finish (self->options.grafana, result, &error);
  if (self->found == NULL) {
    finish (self, error);
    return;
  }
  set_state (self, FINDER_SEARCHING);
  advance (self);
}

static void
searched_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotFinder           *self = user_data;
  GError               *error = NULL;
  g_autoptr (GPtrArray) found = shot_grafana_search_finish (self->options.grafana, result, &error);

  if (found == NULL) {
    finish (self, error);
    return;
  }
  GPtrArray *uids = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; i < found->len; i++)
    g_ptr_array_add (uids, g_strdup (((ShotFoundDashboard *) found->pdata[i])->uid));
  g_ptr_array_add (self->by_text, uids);
  self->at++;
  advance (self);
}

/* FALSE when all parts have been looked at. */
static bool
search_next (ShotFinder *self)
{
  for (; self->at < self->options.plan->dashboards->len; self->at++) {
    const ShotPlanDashboard *part = get_part (self);
    if (part->search != NULL) {
      shot_grafana_search_text_async (self->options.grafana, part->search,
                                      g_task_get_cancellable (self->task), searched_cb, self);
      return true;
    }
    g_ptr_array_add (self->by_text, NULL);
  }
  return false;
}

static void
choose (ShotFinder *self)
{
  for (; self->at < self->options.plan->dashboards->len; self->at++) {
    const ShotPlanDashboard *part = get_part (self);
    GError                  *error = NULL;
    g_autoptr (GPtrArray)    uids = shot_expand_choose (part, self->found,
                                                        self->by_text->pdata[self->at], &error);
    if (uids == NULL) {
      note_mistake (self, part, error);
      continue;
    }
    for (unsigned i = 0; i < uids->len; i++) {
      Choice *choice = g_new0 (Choice, 1);
      choice->part = part;
      choice->uid = g_strdup (uids->pdata[i]);
      g_ptr_array_add (self->choices, choice);
    }
  }
}

/* ---- What they have in them */

static Choice *
get_choice (const ShotFinder *self)
{
  return self->choices->pdata[self->at];
}

static void
got_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotFinder    *self = user_data;
  GError        *error = NULL;
  ShotDashboard *dashboard = shot_grafana_get_dashboard_finish (self->options.grafana, result,
                                                                &error);

  if (dashboard != NULL) {
    g_hash_table_insert (self->dashboards, g_strdup (get_choice (self)->uid), dashboard);
    advance (self);
  } else if (is_mistake (error)) {
    note_mistake (self, get_choice (self)->part, error);
    self->at++;
    advance (self);
  } else {
    finish (self, error);
  }
}

static bool
ask_next (ShotFinder *self)
{
  for (; self->at < self->choices->len; self->at++) {
    Choice *choice = get_choice (self);
    choice->dashboard = g_hash_table_lookup (self->dashboards, choice->uid);
    if (choice->dashboard == NULL) {
      shot_grafana_get_dashboard_async (self->options.grafana, choice->uid,
                                        g_task_get_cancellable (self->task), got_cb, self);
      return true;
    }
  }
  return false;
}

/* ---- Their visits */

/* @values: (nullable) */
static void
expand (ShotFinder *self, GHashTable *values)
{
  const Choice *choice = get_choice (self);
  GError       *error = NULL;

  if (!shot_expand_add (self->visits, self->options.plan, choice->part, choice->dashboard, values,
                        self->options.now_ms, &error))
    note_mistake (self, choice->part, error);
  self->at++;
}

static void
values_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotFinder            *self = user_data;
  GError                *error = NULL;
  g_autoptr (GHashTable) values = shot_renderers_list_values_finish (self->options.renderers,
                                                                     result, &error);

  if (values == NULL) {
    g_prefix_error (&error, "cannot ask the dashboard \"%s\" for the values of its variables: ",
                    get_choice (self)->dashboard->title);
    finish (self, error);
    return;
  }
  expand (self, values);
  advance (self);
}

static void
ask_values (ShotFinder *self, const ShotDashboard *dashboard)
{
  const ShotPlan  *plan = self->options.plan;
  g_autofree char *organization = plan->org_id > 0 ? g_strdup_printf ("orgId=%d&", plan->org_id)
                                                   : g_strdup ("");
  g_autofree char *address = g_strdup_printf ("%s%s?%skiosk=true", plan->grafana, dashboard->url,
                                              organization);

  shot_renderers_list_values_async (self->options.renderers, address, self->options.token,
                                    self->options.ca_pem, plan->timeout_ms,
                                    g_task_get_cancellable (self->task), values_cb, self);
}

static bool
expand_next (ShotFinder *self)
{
  while (self->at < self->choices->len) {
    const Choice         *choice = get_choice (self);
    g_autoptr (GPtrArray) unknown = NULL;
    if (choice->dashboard != NULL)
      unknown = shot_expand_list_unknown (self->options.plan, choice->part, choice->dashboard);
    if (unknown != NULL && unknown->len > 0 && self->options.renderers != NULL) {
      ask_values (self, choice->dashboard);
      return true;
    }
    if (unknown != NULL)
      expand (self, NULL);
    else
      self->at++;
  }
  return false;
}

/* Takes out what --only does not mean, and what the plan says a second time. */
static void
sift (ShotFinder *self, GPtrArray *ordered)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (unsigned i = 0; i < self->visits->len; i++) {
    ShotVisit *visit = self->visits->pdata[i];
    for (unsigned j = 0; j < visit->cells->len;) {
      ShotCell *cell = visit->cells->pdata[j];
      if (!shot_run_match_is_wanted (cell, self->options.only) ||
          !g_hash_table_add (seen, cell->key)) {
        g_ptr_array_remove_index (visit->cells, j);
        continue;
      }
      cell->dashboard_version = visit->dashboard->version;
      g_ptr_array_add (ordered, cell);
      j++;
    }
  }
}

static GError *
complete (ShotFinder *self)
{
  g_autoptr (GPtrArray) ordered = g_ptr_array_new ();

  if (self->n_mistakes > 0)
    return g_error_new_literal (SHOT_ERROR, SHOT_ERROR_USAGE, self->mistakes->str);
  sift (self, ordered);
  if (ordered->len == 0)
    return g_error_new_literal (SHOT_ERROR, SHOT_ERROR_USAGE,
                                "there is nothing to capture: no cell of the plan is what --only "
                                "means; `panelshot inspect check` lists them");
  for (unsigned i = 0; i < self->visits->len;) {
    if (((ShotVisit *) self->visits->pdata[i])->cells->len == 0)
      g_ptr_array_remove_index (self->visits, i);
    else
      i++;
  }
  g_ptr_array_sort (ordered, shot_run_match_compare_positions);
  for (unsigned i = 0; i < ordered->len; i++)
    ((ShotCell *) ordered->pdata[i])->position = i;
  return NULL;
}

static void
advance (ShotFinder *self)
{
  switch (self->state) {
  case FINDER_LISTING:
    shot_grafana_search_async (self->options.grafana, g_task_get_cancellable (self->task),
                               listed_cb, self);
    break;
  case FINDER_SEARCHING:
    if (search_next (self))
      break;
    set_state (self, FINDER_CHOOSING);
    /* fall through */
  case FINDER_CHOOSING:
    choose (self);
    set_state (self, FINDER_ASKING);
    /* fall through */
  case FINDER_ASKING:
    if (ask_next (self))
      break;
    set_state (self, FINDER_EXPANDING);
    /* fall through */
  case FINDER_EXPANDING:
    if (expand_next (self))
      break;
    set_state (self, FINDER_DONE);
    finish (self, complete (self));
    break;
  case FINDER_DONE:
  default:
    break;
  }
}

void
shot_finder_run_async (ShotFinder *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                       void *user_data)
{
  g_return_if_fail (self->task == NULL && self->state == FINDER_LISTING);
  self->task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_check_cancellable (self->task, FALSE);
  advance (self);
}

GPtrArray *
shot_finder_run_finish (ShotFinder *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
