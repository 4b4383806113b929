#include "config.h"

#include "report-text.h"

#include <stdbool.h>

static const char *const names[SHOT_N_LANGUAGES] = { "en", "zh-CN" };

static const char *const words[SHOT_N_WORDS][SHOT_N_LANGUAGES] = {
  [SHOT_WORD_REPORT] = { "Inspection report", "巡检报告" },
  [SHOT_WORD_PLAN] = { "Plan", "巡检计划" },
  [SHOT_WORD_RUN] = { "Run", "批次" },
  [SHOT_WORD_NOW] = { "As of", "基准时间" },
  [SHOT_WORD_PERIOD] = { "Period", "数据区间" },
  [SHOT_WORD_GRAFANA] = { "Grafana", "Grafana 地址" },
  [SHOT_WORD_CAPTURED_BETWEEN] = { "Captured", "截图时间" },
  [SHOT_WORD_REVIEWERS] = { "To confirm", "确认人" },
  [SHOT_WORD_DUE] = { "Due", "截止时间" },
  [SHOT_WORD_COUNTS] = { "Result", "巡检结果" },
  [SHOT_WORD_CELLS] = { "Pictures expected", "应截图数" },
  [SHOT_WORD_OPEN] = { "Not confirmed", "未确认" },
  [SHOT_WORD_FAILED] = { "Not captured", "截图失败" },
  [SHOT_WORD_FLAGGED] = { "Flagged", "有标记" },
  [SHOT_WORD_CHANGED] = { "Changed", "有变化" },
  [SHOT_WORD_SIGN_OFF] = { "Sign-off", "签核" },
  [SHOT_WORD_NOT_SIGNED] = { "Not signed off: this report may change.",
                             "尚未签核：报告内容可能变化。" },
  [SHOT_WORD_SIGNED_BY] = { "Signed off by", "签核人" },
  [SHOT_WORD_COMMENT] = { "Comment", "意见" },
  [SHOT_WORD_HEAD] = { "Chain head", "校验链头" },
  [SHOT_WORD_HEAD_HINT] = { "Keep it elsewhere: `panelshot archive verify --head` proves the archive against it.",
                            "请另行保存：可用 `panelshot archive verify --head` 据此校验整个档案。" },
  [SHOT_WORD_CONTENTS] = { "Contents", "目录" },
  [SHOT_WORD_ABNORMAL_FIRST] = { "Abnormal", "异常" },
  [SHOT_WORD_NOTHING_ABNORMAL] = { "Nothing was found abnormal.", "未发现异常。" },
  [SHOT_WORD_BY] = { "by", "确认人" },
  [SHOT_WORD_SEVERITY] = { "Severity", "严重程度" },
  [SHOT_WORD_VARIABLES] = { "Variables", "变量" },
  [SHOT_WORD_NO_PICTURE] = { "No picture", "无截图" },
  [SHOT_WORD_PRUNED] = { "The picture was removed when its retention was over.",
                         "截图已超过保留期限并被清除。" },
  [SHOT_WORD_VERSION] = { "version", "版本" },
  [SHOT_WORD_PANEL] = { "Panel", "面板" },
  [SHOT_WORD_RANGE] = { "Range", "时间范围" },
  [SHOT_WORD_VERDICT] = { "Verdict", "结论" },
  [SHOT_WORD_JUDGED_AT] = { "Confirmed at", "确认时间" },
  [SHOT_WORD_FLAGS] = { "Flags", "标记" },
  [SHOT_WORD_CHANGE] = { "Change", "变化" },
  [SHOT_WORD_PICTURE] = { "Picture", "截图" },
  [SHOT_WORD_UNTITLED] = { "(untitled)", "（无标题）" },
  [SHOT_WORD_RUN_FAILURE] = { "The run was stopped", "巡检中止" },
};

static const char *const verdicts[SHOT_N_VERDICTS][SHOT_N_LANGUAGES] = {
  [SHOT_VERDICT_NONE] = { "open", "未确认" },
  [SHOT_VERDICT_OK] = { "OK", "正常" },
  [SHOT_VERDICT_ABNORMAL] = { "abnormal", "异常" },
  [SHOT_VERDICT_IGNORED] = { "ignored", "忽略" },
};

static const char *const severities[SHOT_N_SEVERITIES][SHOT_N_LANGUAGES] = {
  [SHOT_SEVERITY_NONE] = { "not said", "未注明" },   [SHOT_SEVERITY_LOW] = { "low", "低" },
  [SHOT_SEVERITY_MEDIUM] = { "medium", "中" },       [SHOT_SEVERITY_HIGH] = { "high", "高" },
  [SHOT_SEVERITY_CRITICAL] = { "critical", "严重" },
};

static const struct {
  ShotCellFlags flag;
  const char   *texts[SHOT_N_LANGUAGES];
} flags[SHOT_N_CELL_FLAGS] = {
  { SHOT_CELL_FLAG_NO_DATA, { "no data", "无数据" } },
  { SHOT_CELL_FLAG_QUERY_ERROR, { "query error", "查询出错" } },
  { SHOT_CELL_FLAG_LOADING, { "still loading", "仍在加载" } },
  { SHOT_CELL_FLAG_LOGIN, { "login page", "登录失效" } },
  { SHOT_CELL_FLAG_GONE, { "panel gone", "面板已不存在" } },
  { SHOT_CELL_FLAG_THRESHOLD, { "beyond threshold", "超过阈值" } },
  { SHOT_CELL_FLAG_EDITED, { "dashboard edited", "仪表盘已被修改" } },
  { SHOT_CELL_FLAG_DOUBTFUL, { "doubtful", "存疑" } },
};

gboolean
shot_language_from_name (const char *name, ShotLanguage *out_language)
{
  if (name == NULL || g_ascii_strncasecmp (name, "en", 2) == 0)
    *out_language = SHOT_LANGUAGE_ENGLISH;
  else if (g_ascii_strncasecmp (name, "zh", 2) == 0)
    *out_language = SHOT_LANGUAGE_CHINESE;
  else
    return FALSE;
  return name == NULL || name[2] == '\0' || name[2] == '-' || name[2] == '_';
}

const char *
shot_language_get_name (ShotLanguage language)
{
  return names[language];
}

const char *
shot_word (ShotLanguage language, ShotWord word)
{
  return words[word][language];
}

const char *
shot_word_verdict (ShotLanguage language, ShotVerdictKind kind)
{
  return verdicts[kind][language];
}

const char *
shot_word_severity (ShotLanguage language, ShotSeverity severity)
{
  return severities[severity][language];
}

const char *
shot_word_flag (ShotLanguage language, ShotCellFlags flag)
{
  for (size_t i = 0; i < G_N_ELEMENTS (flags); i++) {
    if (flags[i].flag == flag)
      return flags[i].texts[language];
  }
  return "";
}

static GDateTime *
make_time (int64_t ms, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (ms / 1000);

  return utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
}

/* The clock's time alone when @is_short. */
static char *
format (GDateTime *time, bool is_short)
{
  bool has_seconds = g_date_time_get_second (time) != 0;

  if (is_short)
    return g_date_time_format (time, has_seconds ? "%H:%M:%S" : "%H:%M");
  return g_date_time_format (time, has_seconds ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d %H:%M");
}

char *
shot_report_format_time (int64_t ms, GTimeZone *zone)
{
  g_autoptr (GDateTime) time = ms != 0 ? make_time (ms, zone) : NULL;

  return time != NULL ? format (time, false) : g_strdup ("");
}

char *
shot_report_format_range (int64_t from_ms, int64_t to_ms, GTimeZone *zone)
{
  g_autoptr (GDateTime) from = make_time (from_ms, zone);
  g_autoptr (GDateTime) to = make_time (to_ms, zone);

  if (from == NULL || to == NULL)
    return g_strdup ("");

  bool is_one_day = g_date_time_get_year (from) == g_date_time_get_year (to) &&
                    g_date_time_get_day_of_year (from) == g_date_time_get_day_of_year (to);
  g_autofree char *begin = format (from, false);
  g_autofree char *end = format (to, is_one_day);
  return g_strdup_printf ("%s – %s %s", begin, end, g_date_time_get_timezone_abbreviation (to));
}
