#include "config.h"

#include "ready.h"

#include <string.h>

/* What one rule says. It blocks when @blocker is set; @again_ms is when time alone could change
 * its mind. Flags count only when the whole verdict is READY or another rule blocks later. */
typedef struct {
  unsigned flags;
  int64_t  again_ms;
  char    *blocker;
} Answer;

/* What a rule is about, as far as patience can be lost with it. */
typedef enum {
  ABOUT_PAGE,
  ABOUT_QUERIES,
  ABOUT_NETWORK,
  ABOUT_MUTATIONS,
} About;

typedef struct {
  void (*judge) (const ShotSignals *signals, Answer *answer);
  About about;
} Rule;

static int64_t
latest (int64_t a, int64_t b)
{
  return a > b ? a : b;
}

/* A poll or a stream never ends and says nothing about the panels; a data query does, and so does
 * whatever a page waits for that has drawn nothing yet. */
static bool
is_given_up (const ShotSignals *signals, const ShotOpenRequest *request)
{
  return !request->is_data && !signals->is_booting && signals->loading_bars == 0 &&
         signals->now_ms - request->started_ms >= SHOT_READY_OPEN_REQUEST_MS;
}

static unsigned
count_blocking (const ShotSignals *signals)
{
  unsigned n = 0;

  for (unsigned i = 0; i < signals->n_requests; i++)
    n += is_given_up (signals, &signals->requests[i]) ? 0 : 1;
  return n;
}

/* When the last thing that could still bring data came to rest. */
static int64_t
data_settled_ms (const ShotSignals *signals)
{
  return latest (latest (signals->loaded_ms, signals->work_changed_ms),
                 latest (signals->query_changed_ms, signals->bars_gone_ms));
}

static void
rule_load (const ShotSignals *signals, Answer *answer)
{
  if (signals->loaded_ms == 0 && signals->channel != SHOT_CHANNEL_DONE)
    answer->blocker = g_strdup ("the document is still loading");
}

static void
rule_prior_wait (const ShotSignals *signals, Answer *answer)
{
  int64_t due_ms = signals->loaded_ms + signals->patience.prior_wait_ms;

  if (signals->patience.prior_wait_ms == 0 || (signals->loaded_ms > 0 && signals->now_ms >= due_ms))
    return;
  answer->again_ms = signals->loaded_ms > 0 ? due_ms : 0;
  answer->blocker = g_strdup ("the wait before the page is looked at");
}

static void
rule_size (const ShotSignals *signals, Answer *answer)
{
  if (!signals->has_right_size)
    answer->blocker = g_strdup ("the view has not taken its size yet");
}

static void
rule_wait_for (const ShotSignals *signals, Answer *answer)
{
  if (signals->is_wait_for_missing)
    answer->blocker = g_strdup ("nothing matches the wait-for selector yet");
}

static void
rule_expression (const ShotSignals *signals, Answer *answer)
{
  if (signals->is_expression_missing)
    answer->blocker = g_strdup ("the wait-for expression is not true yet");
}

static void
rule_requests (const ShotSignals *signals, Answer *answer)
{
  const ShotOpenRequest *named = NULL;
  unsigned               n = count_blocking (signals);

  if (n < signals->n_requests)
    answer->flags |= SHOT_FLAG_OPEN_REQUEST;
  for (unsigned i = 0; i < signals->n_requests; i++) {
    const ShotOpenRequest *request = &signals->requests[i];
    int64_t                due_ms = request->started_ms + SHOT_READY_OPEN_REQUEST_MS;

    if (is_given_up (signals, request))
      continue;
    if (named == NULL || (request->is_data && !named->is_data))
      named = request;
    if (due_ms > signals->now_ms && (answer->again_ms == 0 || due_ms < answer->again_ms))
      answer->again_ms = due_ms;
  }
  if (named != NULL)
    answer->blocker = g_strdup_printf ("%u request%s still running: %s", n, n == 1 ? "" : "s",
                                       named->label);
}

static void
rule_queries (const ShotSignals *signals, Answer *answer)
{
  bool is_proven = signals->channel == SHOT_CHANNEL_DONE &&
                   signals->query_changed_ms <= signals->channel_done_ms;

  if (signals->query_count <= 0 || is_proven)
    return;

  /* Cancelled queries can leave the count above 0 for ever. */
  int64_t idle_ms = signals->now_ms - data_settled_ms (signals);
  bool    has_evidence = count_blocking (signals) > 0 || signals->loading_bars > 0;
  if (!has_evidence && idle_ms >= SHOT_READY_STUCK_MS) {
    answer->flags |= SHOT_FLAG_STUCK_COUNT;
    return;
  }
  if (!has_evidence)
    answer->again_ms = data_settled_ms (signals) + SHOT_READY_STUCK_MS;
  answer->blocker = g_strdup_printf ("Grafana counts %d quer%s still running", signals->query_count,
                                     signals->query_count == 1 ? "y" : "ies");
}

/* The bundle has loaded but nothing of it is on the screen. On a busy machine more than the quiet
 * time can pass here without a request or a mutation. */
static void
rule_booting (const ShotSignals *signals, Answer *answer)
{
  int64_t due_ms = data_settled_ms (signals) + SHOT_READY_BOOTING_MS;

  if (!signals->is_booting || signals->channel == SHOT_CHANNEL_DONE || signals->now_ms >= due_ms)
    return;
  answer->again_ms = due_ms;
  answer->blocker = g_strdup ("Grafana has not drawn anything yet");
}

static void
rule_report (const ShotSignals *signals, Answer *answer)
{
  if (!signals->will_report || signals->channel == SHOT_CHANNEL_DONE)
    return;

  int64_t due_ms = data_settled_ms (signals) + SHOT_READY_UNREPORTED_MS;
  if (signals->now_ms >= due_ms) {
    answer->flags |= SHOT_FLAG_UNREPORTED;
    return;
  }
  answer->again_ms = due_ms;
  answer->blocker = g_strdup ("Grafana has not reported yet that it is done");
}

static void
rule_legacy_panels (const ShotSignals *signals, Answer *answer)
{
  bool is_legacy = signals->panels_rendered >= 0 ||
                   (signals->panels_expected > 0 && !signals->has_scene);

  if (!is_legacy || signals->has_scene || signals->channel == SHOT_CHANNEL_DONE ||
      signals->panels_rendered >= signals->panels_expected)
    return;
  /* Never written: the page has such class names of its own. */
  int64_t due_ms = data_settled_ms (signals) + SHOT_READY_UNREPORTED_MS;
  if (signals->panels_rendered < 0 && signals->now_ms >= due_ms) {
    answer->flags |= SHOT_FLAG_UNREPORTED;
    return;
  }
  answer->again_ms = signals->panels_rendered < 0 ? due_ms : 0;
  answer->blocker = g_strdup_printf ("%d of %d panels rendered", MAX (signals->panels_rendered, 0),
                                     signals->panels_expected);
}

static void
rule_loading_bar (const ShotSignals *signals, Answer *answer)
{
  if (signals->loading_bars > 0)
    answer->blocker = g_strdup_printf ("%d panel%s still show%s a loading bar",
                                       signals->loading_bars, signals->loading_bars == 1 ? "" : "s",
                                       signals->loading_bars == 1 ? "s" : "");
}

/* What is given up with its request, or never had one, must not wait for the deadline. */
static void
rule_fonts_and_images (const ShotSignals *signals, Answer *answer)
{
  int64_t due_ms = data_settled_ms (signals) + SHOT_READY_STUCK_MS;

  if (signals->pending_fonts == 0 && signals->pending_images == 0)
    return;
  if (signals->now_ms >= due_ms) {
    answer->flags |= SHOT_FLAG_OPEN_REQUEST;
    return;
  }
  answer->again_ms = due_ms;
  if (signals->pending_fonts > 0)
    answer->blocker = g_strdup ("fonts are still loading");
  else if (signals->pending_images > 0)
    answer->blocker = g_strdup_printf ("%d image%s still loading", signals->pending_images,
                                       signals->pending_images == 1 ? "" : "s");
}

static int
wanted_quiet_ms (const ShotSignals *signals)
{
  if (signals->channel == SHOT_CHANNEL_DONE)
    return MIN (signals->quiet_ms, SHOT_READY_PROVEN_QUIET_MS);
  if (signals->has_scene && signals->query_count < 0)
    return signals->quiet_ms * SHOT_READY_UNPROVEN_FACTOR;
  return signals->quiet_ms;
}

static void
rule_network_quiet (const ShotSignals *signals, Answer *answer)
{
  int64_t due_ms = signals->network_changed_ms + wanted_quiet_ms (signals);

  if (signals->network_changed_ms == 0 || signals->now_ms >= due_ms)
    return;
  /* A poll without a pause. */
  if (signals->now_ms >= data_settled_ms (signals) + SHOT_READY_MOVING_MS) {
    answer->flags |= SHOT_FLAG_OPEN_REQUEST;
    return;
  }
  answer->again_ms = due_ms;
  answer->blocker = g_strdup ("a request has only just ended");
}

static void
rule_document_quiet (const ShotSignals *signals, Answer *answer)
{
  bool has_own_limit = signals->patience.mutation_limit_ms > 0;
  int  moving_ms = signals->patience.moving_ms > 0 ? signals->patience.moving_ms
                                                   : SHOT_READY_MOVING_MS;

  if (signals->page_quiet_ms >= wanted_quiet_ms (signals))
    return;

  /* What moves because of us comes to rest, and must. */
  int64_t due_ms = latest (data_settled_ms (signals), signals->disturbed_ms) + moving_ms;
  if (!has_own_limit && signals->now_ms >= due_ms) {
    answer->flags |= SHOT_FLAG_STILL_MOVING;
    return;
  }
  answer->again_ms = has_own_limit ? 0 : due_ms;
  answer->blocker = g_strdup ("the document is still changing");
}

/* Where changes of the document are not looked at, time has to tell whether a scene is still to ask
 * for data, and whether the last data are on the screen. Version 5 goes by time alone. */
static void
rule_data_drawn (const ShotSignals *signals, Answer *answer)
{
  bool has_asked = !signals->has_scene || signals->query_count >= 0 ||
                   signals->channel == SHOT_CHANNEL_DONE;
  int     wait_ms = !has_asked && signals->patience.ignores_network ? SHOT_READY_FIRST_QUERY_MS
                                                                    : wanted_quiet_ms (signals);
  int64_t due_ms = data_settled_ms (signals) + wait_ms;

  if (!signals->patience.ignores_mutations || signals->now_ms >= due_ms)
    return;
  answer->again_ms = due_ms;
  answer->blocker = g_strdup (has_asked ? "the last data have only just come"
                                        : "Grafana has not asked for any data yet");
}

static void
rule_frames (const ShotSignals *signals, Answer *answer)
{
  if (signals->frames < SHOT_READY_FRAMES && signals->page_quiet_ms >= wanted_quiet_ms (signals))
    answer->blocker = g_strdup ("the last change is not painted yet");
}

/* In the order in which a reader would want the blocker named. */
static const Rule rules[] = {
  { rule_load, ABOUT_PAGE },
  { rule_prior_wait, ABOUT_PAGE },
  { rule_size, ABOUT_PAGE },
  { rule_wait_for, ABOUT_PAGE },
  { rule_expression, ABOUT_PAGE },
  { rule_requests, ABOUT_NETWORK },
  { rule_booting, ABOUT_PAGE },
  { rule_queries, ABOUT_QUERIES },
  { rule_report, ABOUT_PAGE },
  { rule_legacy_panels, ABOUT_QUERIES },
  { rule_loading_bar, ABOUT_QUERIES },
  { rule_fonts_and_images, ABOUT_NETWORK },
  { rule_network_quiet, ABOUT_NETWORK },
  { rule_document_quiet, ABOUT_MUTATIONS },
  { rule_data_drawn, ABOUT_QUERIES },
  { rule_frames, ABOUT_PAGE },
};

static bool
is_ignored (const ShotPatience *patience, About about)
{
  return (about == ABOUT_QUERIES && patience->ignores_queries) ||
         (about == ABOUT_NETWORK && patience->ignores_network) ||
         (about == ABOUT_MUTATIONS && patience->ignores_mutations);
}

/* 0: none. */
static int
get_limit_ms (const ShotPatience *patience, About about)
{
  switch (about) {
  case ABOUT_QUERIES:
    return patience->query_limit_ms;
  case ABOUT_NETWORK:
    return patience->network_limit_ms;
  case ABOUT_MUTATIONS:
    return patience->mutation_limit_ms;
  case ABOUT_PAGE:
    return 0;
  }
  g_assert_not_reached ();
}

/* The earlier of two times, of which 0 is none. */
static int64_t
earliest (int64_t a, int64_t b)
{
  return a == 0 || b == 0 ? MAX (a, b) : MIN (a, b);
}

/* Lets go of what blocks when its limit, counted from the load event, is over. */
static void
limit_answer (const ShotSignals *signals, int limit_ms, Answer *answer)
{
  int64_t due_ms = signals->loaded_ms + limit_ms;

  if (limit_ms == 0 || answer->blocker == NULL || signals->loaded_ms == 0)
    return;
  answer->again_ms = earliest (answer->again_ms, due_ms);
  if (signals->now_ms < due_ms)
    return;
  g_clear_pointer (&answer->blocker, g_free);
  answer->flags |= SHOT_FLAG_LIMIT;
}

static void
judge_by_rules (const ShotSignals *signals, ShotVerdict *verdict)
{
  for (size_t i = 0; i < G_N_ELEMENTS (rules); i++) {
    Answer answer = { 0 };

    if (is_ignored (&signals->patience, rules[i].about))
      continue;
    rules[i].judge (signals, &answer);
    limit_answer (signals, get_limit_ms (&signals->patience, rules[i].about), &answer);
    verdict->flags |= answer.flags;
    if (answer.blocker == NULL)
      continue;
    verdict->kind = SHOT_VERDICT_WAIT;
    verdict->recheck_ms = answer.again_ms;
    verdict->blocker = answer.blocker;
    return;
  }
}

void
shot_ready_judge (const ShotSignals *given, ShotVerdict *out_verdict)
{
  ShotSignals signals = *given;
  ShotVerdict verdict = { .kind = SHOT_VERDICT_READY };

  if (signals.patience.ignores_reports) {
    signals.channel = SHOT_CHANNEL_SILENT;
    signals.will_report = false;
  }
  if (signals.channel == SHOT_CHANNEL_FAILED)
    verdict.kind = SHOT_VERDICT_FAILED;
  else
    judge_by_rules (&signals, &verdict);

  int64_t late_ms = signals.loaded_ms + signals.patience.limit_ms;
  if (verdict.kind == SHOT_VERDICT_WAIT && signals.loaded_ms > 0 && signals.patience.limit_ms > 0) {
    verdict.kind = signals.now_ms >= late_ms ? SHOT_VERDICT_LATE : SHOT_VERDICT_WAIT;
    verdict.recheck_ms = earliest (verdict.recheck_ms, late_ms);
  }
  *out_verdict = verdict;
}

void
shot_verdict_clear (ShotVerdict *self)
{
  g_clear_pointer (&self->blocker, g_free);
  memset (self, 0, sizeof *self);
}
