#include "config.h"

#include "state.h"

const char *
shot_state_to_string (ShotState state)
{
  switch (state) {
  case SHOT_STATE_NEW:
    return "new";
  case SHOT_STATE_PLACING:
    return "placing";
  case SHOT_STATE_OPENING:
    return "opening";
  case SHOT_STATE_LOADING:
    return "loading";
  case SHOT_STATE_SETTLING:
    return "settling";
  case SHOT_STATE_INSPECTING:
    return "inspecting";
  case SHOT_STATE_CAPTURING:
    return "capturing";
  case SHOT_STATE_ENCODING:
    return "encoding";
  case SHOT_STATE_DONE:
    return "done";
  case SHOT_STATE_FAILED:
    return "failed";
  }
  g_assert_not_reached ();
}

ShotStage
shot_state_get_stage (ShotState state)
{
  switch (state) {
  case SHOT_STATE_NEW:
  case SHOT_STATE_PLACING:
  case SHOT_STATE_OPENING:
    return SHOT_STAGE_OPENING;
  case SHOT_STATE_LOADING:
    return SHOT_STAGE_LOADING;
  case SHOT_STATE_SETTLING:
  case SHOT_STATE_INSPECTING:
    return SHOT_STAGE_SETTLING;
  case SHOT_STATE_CAPTURING:
    return SHOT_STAGE_CAPTURING;
  case SHOT_STATE_ENCODING:
  case SHOT_STATE_DONE:
  case SHOT_STATE_FAILED:
    return SHOT_STAGE_ENCODING;
  }
  g_assert_not_reached ();
}

/* A bit per state that may follow. */
bool
shot_state_may_follow (ShotState from, ShotState to)
{
  static const unsigned next[] = {
    [SHOT_STATE_NEW] = 1u << SHOT_STATE_PLACING,
    [SHOT_STATE_PLACING] = 1u << SHOT_STATE_OPENING,
    [SHOT_STATE_OPENING] = 1u << SHOT_STATE_LOADING | 1u << SHOT_STATE_CAPTURING |
                           1u << SHOT_STATE_PLACING,
    [SHOT_STATE_LOADING] = 1u << SHOT_STATE_SETTLING | 1u << SHOT_STATE_INSPECTING |
                           1u << SHOT_STATE_OPENING | 1u << SHOT_STATE_CAPTURING |
                           1u << SHOT_STATE_PLACING,
    [SHOT_STATE_SETTLING] = 1u << SHOT_STATE_INSPECTING | 1u << SHOT_STATE_OPENING |
                            1u << SHOT_STATE_CAPTURING | 1u << SHOT_STATE_PLACING,
    [SHOT_STATE_INSPECTING] = 1u << SHOT_STATE_CAPTURING | 1u << SHOT_STATE_SETTLING |
                              1u << SHOT_STATE_OPENING | 1u << SHOT_STATE_PLACING,
    [SHOT_STATE_CAPTURING] = 1u << SHOT_STATE_ENCODING | 1u << SHOT_STATE_SETTLING |
                             1u << SHOT_STATE_OPENING | 1u << SHOT_STATE_PLACING,
    [SHOT_STATE_ENCODING] = 1u << SHOT_STATE_SETTLING | 1u << SHOT_STATE_DONE |
                            1u << SHOT_STATE_PLACING,
    [SHOT_STATE_DONE] = 0,
    [SHOT_STATE_FAILED] = 0,
  };

  return to == SHOT_STATE_FAILED ? from != SHOT_STATE_DONE && from != SHOT_STATE_FAILED
                                 : (next[from] & 1u << to) != 0;
}
