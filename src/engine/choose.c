#include "config.h"

#include "choose.h"

/* From the worst to the best. */
typedef enum {
  RANK_NONE,
  RANK_OTHER,         /* it serves something else, and its process must go */
  RANK_OTHER_EMPTY,   /* another session, no process */
  RANK_WARM_OCCUPIED, /* the process fits, but somebody else's page is in it */
  RANK_EMPTY,         /* a process must start, and nobody loses a page */
  RANK_WARM,
  RANK_RESIDENT,
} Rank;

static bool
is_same (const char *a, const char *b)
{
  return g_str_equal (a, b);
}

static Rank
rank (const ShotCandidate *candidate, const ShotIdentity *identity, const ShotChoiceRules *rules)
{
  const ShotIdentity *last = candidate->identity;

  if (candidate->is_busy)
    return RANK_NONE;
  if (last == NULL)
    return RANK_EMPTY;
  bool has_session = is_same (last->session, identity->session);
  if (!candidate->has_process)
    return has_session ? RANK_EMPTY : RANK_OTHER_EMPTY;

  bool is_shell = has_session && is_same (last->shell, identity->shell) &&
                  is_same (last->origin, identity->origin);
  bool is_person = is_shell && is_same (last->person, identity->person);
  if (!is_shell || rules->is_fresh || (rules->is_isolated && !is_person))
    return RANK_OTHER;
  if (is_person && candidate->is_resident && identity->can_reside)
    return RANK_RESIDENT;
  return candidate->is_resident && !is_person ? RANK_WARM_OCCUPIED : RANK_WARM;
}

/* Whether of two that are equally good the first is the better one. */
static bool
is_better (Rank rank_of_both, const ShotCandidate *a, const ShotCandidate *b)
{
  bool is_taken_away = rank_of_both == RANK_OTHER || rank_of_both == RANK_WARM_OCCUPIED;

  /* Whose page is not lost goes first; then the oldest. */
  if (is_taken_away && a->is_resident != b->is_resident)
    return !a->is_resident;
  return is_taken_away ? a->used_us < b->used_us : a->used_us > b->used_us;
}

int
shot_choose (const ShotCandidate *candidates, unsigned n, const ShotIdentity *identity,
             const ShotChoiceRules *rules, ShotPath *out_path)
{
  int  best = -1;
  Rank best_rank = RANK_NONE;

  for (unsigned i = 0; i < n; i++) {
    Rank own = rank (&candidates[i], identity, rules);
    if (own > best_rank ||
        (own == best_rank && best >= 0 && is_better (own, &candidates[i], &candidates[best]))) {
      best = (int) i;
      best_rank = own;
    }
  }
  if (best < 0)
    return -1;
  bool is_warm = best_rank == RANK_WARM || best_rank == RANK_WARM_OCCUPIED;
  *out_path = best_rank == RANK_RESIDENT ? SHOT_PATH_RESIDENT
              : is_warm                  ? SHOT_PATH_WARM
                                         : SHOT_PATH_COLD;
  return best;
}
