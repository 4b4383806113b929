#include "config.h"

#include "answer.h"

#include "error.h"
#include "fields.h"
#include "mask.h"

ShotResult *
shot_answer_read_result (JsonObject *message, int *fds, unsigned n_fds, GError **error)
{
  JsonObject *object = NULL;

  if (!shot_fields_get_object (message, "result", &object, error))
    return NULL;

  g_autoptr (ShotResult) result = shot_result_from_json (object, error);
  if (result == NULL)
    return NULL;
  return shot_result_take_fds (result, fds, n_fds, error) ? g_steal_pointer (&result) : NULL;
}

GError *
shot_answer_read_failure (JsonObject *message, bool *out_has_cause, ShotCause *out_cause)
{
  const char *name = NULL;
  const char *text = NULL;
  const char *cause = NULL;

  *out_has_cause = false;
  if (!shot_fields_get_string (message, "code", false, &name, NULL) ||
      !shot_fields_get_string (message, "message", false, &text, NULL))
    return g_error_new_literal (SHOT_ERROR, SHOT_ERROR_ENGINE,
                                "the engine failed without saying why: try again");

  ShotError        code = shot_error_from_name (name);
  g_autofree char *masked = shot_mask_uri (text);
  g_strdelimit (masked, "\r\n\t", ' ');
  if (code == SHOT_ERROR_ENGINE && shot_fields_get_string (message, "cause", true, &cause, NULL))
    *out_has_cause = shot_cause_from_name (cause, out_cause);
  return g_error_new_literal (SHOT_ERROR, code, masked);
}

bool
shot_answer_read_stage (JsonObject *message, ShotAnswerStage *out_stage)
{
  const char *name = NULL;
  int64_t     n_done = 0;
  int64_t     n_all = 0;

  if (!shot_fields_get_string (message, "stage", false, &name, NULL))
    return false;
  if (json_object_has_member (message, "of") &&
      (!shot_fields_get_int (message, "n", 0, UINT32_MAX, &n_done, NULL) ||
       !shot_fields_get_int (message, "of", 0, UINT32_MAX, &n_all, NULL)))
    return false;
  for (int i = 0; i < SHOT_N_STAGES; i++) {
    if (!g_str_equal (name, shot_stage_get_name (i)))
      continue;
    *out_stage = (ShotAnswerStage){ i, (unsigned) n_done, (unsigned) n_all };
    return true;
  }
  return false;
}
