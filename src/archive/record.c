#include "config.h"

#include "record.h"

#include <string.h>

#include "json-text.h"

/* Of what is stored as JSON. */
#define MAX_DEPTH 4
#define MAX_DIGITS 18

/* A text of a struct: what it is when nothing is said. */
typedef struct {
  size_t      offset;
  const char *fallback; /* (nullable) */
} Text;

#define RUN_TEXT(field, fallback)              \
  {                                            \
    G_STRUCT_OFFSET (ShotRun, field), fallback \
  }
#define CELL_TEXT(field, fallback)              \
  {                                             \
    G_STRUCT_OFFSET (ShotCell, field), fallback \
  }

static const Text run_texts[] = {
  RUN_TEXT (name, ""),           RUN_TEXT (uid, ""),         RUN_TEXT (home_name, ""),
  RUN_TEXT (plan, ""),           RUN_TEXT (title, ""),       RUN_TEXT (plan_text, NULL),
  RUN_TEXT (grafana, ""),        RUN_TEXT (trigger, ""),     RUN_TEXT (started_by, ""),
  RUN_TEXT (reviewers, ""),      RUN_TEXT (timezone, ""),    RUN_TEXT (version, ""),
  RUN_TEXT (failure, NULL),      RUN_TEXT (signed_by, NULL), RUN_TEXT (signed_from, NULL),
  RUN_TEXT (sign_comment, NULL), RUN_TEXT (head, NULL),
};

static const Text cell_texts[] = {
  CELL_TEXT (key, ""),
  CELL_TEXT (dashboard_uid, ""),
  CELL_TEXT (dashboard_title, ""),
  CELL_TEXT (panel_key, ""),
  CELL_TEXT (panel_title, ""),
  CELL_TEXT (panel_kind, ""),
  CELL_TEXT (row, ""),
  CELL_TEXT (range, ""),
  CELL_TEXT (variables, "{}"),
  CELL_TEXT (theme, ""),
  CELL_TEXT (timezone, ""),
  CELL_TEXT (language, ""),
  CELL_TEXT (flag_detail, ""),
  CELL_TEXT (failure, NULL),
  CELL_TEXT (picture, NULL),
  CELL_TEXT (thumbnail, NULL),
  CELL_TEXT (data, NULL),
  CELL_TEXT (panel_json, NULL),
  CELL_TEXT (timings, "{}"),
  CELL_TEXT (renderer, ""),
  CELL_TEXT (added_by, NULL),
  CELL_TEXT (reason, ""),
  CELL_TEXT (verdict.note, ""),
  CELL_TEXT (verdict.user, ""),
  CELL_TEXT (verdict.origin, ""),
};

static char **
text_of (void *self, const Text *text)
{
  return G_STRUCT_MEMBER_P (self, text->offset);
}

static void
set_fallbacks (void *self, const Text *texts, size_t n)
{
  for (size_t i = 0; i < n; i++)
    *text_of (self, &texts[i]) = g_strdup (texts[i].fallback);
}

/* @self is a plain copy that still points to the original's texts. */
static void
own_texts (void *self, const Text *texts, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    char **text = text_of (self, &texts[i]);
    *text = g_strdup (*text);
  }
}

static void
free_texts (void *self, const Text *texts, size_t n)
{
  for (size_t i = 0; i < n; i++)
    g_free (*text_of (self, &texts[i]));
}

ShotRun *
shot_run_new (void)
{
  ShotRun *self = g_new0 (ShotRun, 1);

  set_fallbacks (self, run_texts, G_N_ELEMENTS (run_texts));
  return self;
}

ShotRun *
shot_run_copy (const ShotRun *self)
{
  ShotRun *copy = g_memdup2 (self, sizeof *self);

  own_texts (copy, run_texts, G_N_ELEMENTS (run_texts));
  return copy;
}

void
shot_run_free (ShotRun *self)
{
  if (self == NULL)
    return;
  free_texts (self, run_texts, G_N_ELEMENTS (run_texts));
  g_free (self);
}

ShotCell *
shot_cell_new (void)
{
  ShotCell *self = g_new0 (ShotCell, 1);

  set_fallbacks (self, cell_texts, G_N_ELEMENTS (cell_texts));
  self->scale = 1;
  self->score = -1;
  self->picture_change = -1;
  return self;
}

ShotCell *
shot_cell_copy (const ShotCell *self)
{
  ShotCell *copy = g_memdup2 (self, sizeof *self);

  own_texts (copy, cell_texts, G_N_ELEMENTS (cell_texts));
  return copy;
}

void
shot_cell_free (ShotCell *self)
{
  if (self == NULL)
    return;
  free_texts (self, cell_texts, G_N_ELEMENTS (cell_texts));
  g_free (self);
}

void
shot_verdict_clear (ShotVerdict *self)
{
  g_clear_pointer (&self->note, g_free);
  g_clear_pointer (&self->user, g_free);
  g_clear_pointer (&self->origin, g_free);
  memset (self, 0, sizeof *self);
}

ShotVerdict *
shot_verdict_new (void)
{
  ShotVerdict *self = g_new0 (ShotVerdict, 1);

  self->note = g_strdup ("");
  self->user = g_strdup ("");
  self->origin = g_strdup ("");
  return self;
}

void
shot_verdict_free (ShotVerdict *self)
{
  if (self == NULL)
    return;
  shot_verdict_clear (self);
  g_free (self);
}

static const char *const run_states[] = { "running", "done", "signed" };
static const char *const cell_states[] = { "pending", "captured", "failed", "pruned" };
static const char *const flags[] = { "no_data", "query_error", "loading", "login",
                                     "gone",    "threshold",   "edited",  "doubtful" };
static const char *const verdicts[] = { "none", "ok", "abnormal", "ignored" };
static const char *const severities[] = { "none", "low", "medium", "high", "critical" };

G_STATIC_ASSERT (G_N_ELEMENTS (run_states) == SHOT_N_RUN_STATES);
G_STATIC_ASSERT (G_N_ELEMENTS (cell_states) == SHOT_N_CELL_STATES);
G_STATIC_ASSERT (G_N_ELEMENTS (flags) == SHOT_N_CELL_FLAGS);
G_STATIC_ASSERT (G_N_ELEMENTS (verdicts) == SHOT_N_VERDICTS);
G_STATIC_ASSERT (G_N_ELEMENTS (severities) == SHOT_N_SEVERITIES);

static int
find_name (const char *const *names, size_t n, const char *name)
{
  for (size_t i = 0; i < n; i++) {
    if (g_strcmp0 (names[i], name) == 0)
      return (int) i;
  }
  return -1;
}

const char *
shot_run_state_get_name (ShotRunState state)
{
  g_return_val_if_fail (state < SHOT_N_RUN_STATES, "running");
  return run_states[state];
}

const char *
shot_cell_state_get_name (ShotCellState state)
{
  g_return_val_if_fail (state < SHOT_N_CELL_STATES, "pending");
  return cell_states[state];
}

const char *
shot_cell_flag_get_name (ShotCellFlags flag)
{
  for (size_t i = 0; i < G_N_ELEMENTS (flags); i++) {
    if (flag == 1u << i)
      return flags[i];
  }
  g_return_val_if_reached ("doubtful");
}

const char *
shot_verdict_get_name (ShotVerdictKind kind)
{
  g_return_val_if_fail (kind < SHOT_N_VERDICTS, "none");
  return verdicts[kind];
}

const char *
shot_severity_get_name (ShotSeverity severity)
{
  g_return_val_if_fail (severity < SHOT_N_SEVERITIES, "none");
  return severities[severity];
}

gboolean
shot_run_state_from_name (const char *name, ShotRunState *out_state)
{
  int found = find_name (run_states, G_N_ELEMENTS (run_states), name);

  if (found >= 0)
    *out_state = (ShotRunState) found;
  return found >= 0;
}

gboolean
shot_verdict_from_name (const char *name, ShotVerdictKind *out_kind)
{
  int found = find_name (verdicts, G_N_ELEMENTS (verdicts), name);

  if (found >= 0)
    *out_kind = (ShotVerdictKind) found;
  return found >= 0;
}

gboolean
shot_severity_from_name (const char *name, ShotSeverity *out_severity)
{
  int found = find_name (severities, G_N_ELEMENTS (severities), name);

  if (found >= 0)
    *out_severity = (ShotSeverity) found;
  return found >= 0;
}

char *
shot_cell_make_key (const char *dashboard_uid, const char *panel_key, const char *range,
                    const char *variables)
{
  return g_strdup_printf ("%s/%s/%s/%s", dashboard_uid, panel_key, range, variables);
}

JsonObject *
shot_record_parse_object (const char *text)
{
  g_autoptr (JsonNode) node = NULL;

  /* json-glib goes as deep as the text does, and the stack does not. */
  if (shot_json_text_find_fault (text, strlen (text), MAX_DEPTH, MAX_DIGITS) != NULL)
    return NULL;
  node = json_from_string (text, NULL);
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_dup_object (node) : NULL;
}
