/* report-text.h: the words of a report, in each of its languages
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "record.h"

G_BEGIN_DECLS

typedef enum {
  SHOT_LANGUAGE_ENGLISH,
  SHOT_LANGUAGE_CHINESE,
  SHOT_N_LANGUAGES
} ShotLanguage;

typedef enum {
  SHOT_WORD_REPORT,
  SHOT_WORD_PLAN,
  SHOT_WORD_RUN,
  SHOT_WORD_NOW,
  SHOT_WORD_PERIOD,
  SHOT_WORD_GRAFANA,
  SHOT_WORD_CAPTURED_BETWEEN,
  SHOT_WORD_REVIEWERS,
  SHOT_WORD_DUE,
  SHOT_WORD_COUNTS,
  SHOT_WORD_CELLS,
  SHOT_WORD_OPEN,
  SHOT_WORD_FAILED,
  SHOT_WORD_FLAGGED,
  SHOT_WORD_CHANGED,
  SHOT_WORD_SIGN_OFF,
  SHOT_WORD_NOT_SIGNED,
  SHOT_WORD_SIGNED_BY,
  SHOT_WORD_COMMENT,
  SHOT_WORD_HEAD,
  SHOT_WORD_HEAD_HINT,
  SHOT_WORD_CONTENTS,
  SHOT_WORD_ABNORMAL_FIRST,
  SHOT_WORD_NOTHING_ABNORMAL,
  SHOT_WORD_BY,
  SHOT_WORD_SEVERITY,
  SHOT_WORD_VARIABLES,
  SHOT_WORD_NO_PICTURE,
  SHOT_WORD_PRUNED,
  SHOT_WORD_VERSION,
  SHOT_WORD_PANEL,
  SHOT_WORD_RANGE,
  SHOT_WORD_VERDICT,
  SHOT_WORD_JUDGED_AT,
  SHOT_WORD_FLAGS,
  SHOT_WORD_CHANGE,
  SHOT_WORD_PICTURE,
  SHOT_WORD_UNTITLED,
  SHOT_WORD_RUN_FAILURE,
  SHOT_N_WORDS
} ShotWord;

/* "en", "zh-CN" and what begins with them; FALSE for others. NULL is English. */
gboolean    shot_language_from_name (const char *name, ShotLanguage *out_language);
const char *shot_language_get_name  (ShotLanguage language); /* "zh-CN", for HTML */

const char *shot_word          (ShotLanguage language, ShotWord word);
const char *shot_word_verdict  (ShotLanguage language, ShotVerdictKind kind);
const char *shot_word_severity (ShotLanguage language, ShotSeverity severity);
const char *shot_word_flag     (ShotLanguage language, ShotCellFlags flag);

/* "2026-11-25 08:00" in @zone; "" for 0. (transfer full) */
char *shot_report_format_time (int64_t ms, GTimeZone *zone);

/* "2026-11-25 08:00 – 09:00 CST"; both days when they differ, seconds when there are any.
 * (transfer full) */
char *shot_report_format_range (int64_t from_ms, int64_t to_ms, GTimeZone *zone);

G_END_DECLS
