#include "config.h"

#include "notice.h"

#include <stdbool.h>
#include <string.h>

#include "change.h"

/* Enough to know what is meant; the page has the rest. In characters. */
#define MAX_TITLE 120
#define MAX_LINE 400
#define MAX_LINK 2000

typedef enum {
  WORD_DONE,
  WORD_OVERDUE,
  WORD_ABNORMAL,
  WORD_SIGNED,
  WORD_MISSED,
  WORD_RUN,
  WORD_STOPPED,
  WORD_PICTURES,
  WORD_PICTURES_VALUE,
  WORD_FAILED_VALUE,
  WORD_NOTICED,
  WORD_NOTICED_VALUE,
  WORD_REVIEW,
  WORD_REVIEW_VALUE,
  WORD_DUE,
  WORD_REVIEWERS,
  WORD_PANEL,
  WORD_RANGE,
  WORD_SEVERITY,
  WORD_NOTE,
  WORD_CHANGE,
  WORD_BY,
  WORD_COMMENT,
  WORD_VERDICTS,
  WORD_VERDICTS_VALUE,
  WORD_HEAD,
  WORD_PLANNED,
  WORD_WHY,
  WORD_OPEN,
  WORD_LOW,
  WORD_MEDIUM,
  WORD_HIGH,
  WORD_CRITICAL,
  WORD_SEPARATOR,
  N_WORDS
} Word;

/* Those with numbers are formats, for the same numbers in both languages. */
static const char *const words[N_WORDS][2] = {
  [WORD_DONE] = { "Inspection done", "巡检完成" },
  [WORD_OVERDUE] = { "Review overdue", "巡检确认已逾期" },
  [WORD_ABNORMAL] = { "Abnormal", "发现异常" },
  [WORD_SIGNED] = { "Signed off", "巡检已签核" },
  [WORD_MISSED] = { "Inspection missed", "巡检未能执行" },
  [WORD_RUN] = { "Run", "巡检" },
  [WORD_STOPPED] = { "Stopped by", "中断原因" },
  [WORD_PICTURES] = { "Pictures", "截图" },
  [WORD_PICTURES_VALUE] = { "%u of %u", "%u / %u" },
  [WORD_FAILED_VALUE] = { ", %u failed", "，失败 %u" },
  [WORD_NOTICED] = { "Noticed", "提示" },
  [WORD_NOTICED_VALUE] = { "%u flagged, %u changed", "%u 个有标记，%u 个有变化" },
  [WORD_REVIEW] = { "Review", "确认进度" },
  [WORD_REVIEW_VALUE] = { "%u of %u confirmed", "已确认 %u / %u" },
  [WORD_DUE] = { "Due", "截止时间" },
  [WORD_REVIEWERS] = { "Reviewers", "确认人" },
  [WORD_PANEL] = { "Panel", "面板" },
  [WORD_RANGE] = { "Range", "时间范围" },
  [WORD_SEVERITY] = { "Severity", "严重程度" },
  [WORD_NOTE] = { "Note", "备注" },
  [WORD_CHANGE] = { "What changed", "变化" },
  [WORD_BY] = { "By", "操作人" },
  [WORD_COMMENT] = { "Comment", "意见" },
  [WORD_VERDICTS] = { "Verdicts", "结论" },
  [WORD_VERDICTS_VALUE] = { "%u OK, %u abnormal, %u ignored, %u open",
                            "正常 %u，异常 %u，忽略 %u，未确认 %u" },
  [WORD_HEAD] = { "Head of the chain", "签核链头" },
  [WORD_PLANNED] = { "Planned for", "计划时间" },
  [WORD_WHY] = { "Why", "原因" },
  [WORD_OPEN] = { "Open the review page", "打开确认页面" },
  [WORD_LOW] = { "low", "低" },
  [WORD_MEDIUM] = { "medium", "中" },
  [WORD_HIGH] = { "high", "高" },
  [WORD_CRITICAL] = { "critical", "严重" },
  [WORD_SEPARATOR] = { ": ", "：" },
};

typedef struct {
  ShotMessage      *message;
  const ShotNotice *notice;
  bool              is_chinese;
} Writer;

static const char *
say (const Writer *writer, Word word)
{
  return words[word][writer->is_chinese];
}

/* One line of at most @most characters that is UTF-8 and does not turn the text around it. */
static char *
tidy (const char *text, unsigned most)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  GString         *line = g_string_new (NULL);
  unsigned         count = 0;

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar     letter = g_utf8_get_char (at);
    GUnicodeType type = g_unichar_type (letter);
    bool         is_blank = type == G_UNICODE_CONTROL || g_unichar_isspace (letter);

    if (type == G_UNICODE_FORMAT ||
        (is_blank && (line->len == 0 || line->str[line->len - 1] == ' ')))
      continue;
    if (++count > most) {
      g_string_append (line, "…");
      break;
    }
    g_string_append_unichar (line, is_blank ? ' ' : letter);
  }
  g_strchomp (line->str);
  return g_string_free (line, FALSE);
}

static void
free_line (void *data)
{
  ShotMessageLine *line = data;

  g_free (line->label);
  g_free (line->text);
  g_free (line);
}

/* Nothing to say is no line. */
static void
add_line (Writer *writer, Word label, const char *text)
{
  g_autofree char *tidied = tidy (text, MAX_LINE);

  if (tidied[0] == '\0')
    return;
  ShotMessageLine *line = g_new0 (ShotMessageLine, 1);
  line->label = g_strdup (say (writer, label));
  line->text = g_steal_pointer (&tidied);
  g_ptr_array_add (writer->message->lines, line);
}

static char *
format_time (const Writer *writer, int64_t at_ms)
{
  const ShotNotice     *notice = writer->notice;
  const char           *name = notice->run != NULL ? notice->run->timezone : notice->timezone;
  g_autoptr (GTimeZone) zone = name != NULL && name[0] != '\0' ? g_time_zone_new_identifier (name)
                                                               : NULL;

  if (zone == NULL)
    zone = g_time_zone_new_utc ();
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (at_ms / 1000);
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  if (local == NULL)
    return g_strdup ("");
  g_autofree char *text = g_date_time_format (local, "%Y-%m-%d %H:%M");
  return g_strdup_printf ("%s (%s)", text, g_time_zone_get_identifier (zone));
}

static void
add_time (Writer *writer, Word label, int64_t at_ms)
{
  g_autofree char *text = at_ms != 0 ? format_time (writer, at_ms) : g_strdup ("");

  add_line (writer, label, text);
}

static unsigned
count_confirmed (const ShotRun *run)
{
  return run->n_verdicts[SHOT_VERDICT_OK] + run->n_verdicts[SHOT_VERDICT_ABNORMAL] +
         run->n_verdicts[SHOT_VERDICT_IGNORED];
}

/* The formats are those of the table above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void
add_pictures (Writer *writer, const ShotRun *run)
{
  unsigned            n_missing = MIN (run->n_cells, run->n_failed + run->n_pending);
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, say (writer, WORD_PICTURES_VALUE), run->n_cells - n_missing,
                          run->n_cells);
  if (run->n_failed > 0)
    g_string_append_printf (text, say (writer, WORD_FAILED_VALUE), run->n_failed);
  add_line (writer, WORD_PICTURES, text->str);
  if (run->n_flagged + run->n_changed > 0) {
    g_string_printf (text, say (writer, WORD_NOTICED_VALUE), run->n_flagged, run->n_changed);
    add_line (writer, WORD_NOTICED, text->str);
  }
}

static void
add_review (Writer *writer, const ShotRun *run)
{
  g_autofree char *text = g_strdup_printf (say (writer, WORD_REVIEW_VALUE), count_confirmed (run),
                                           run->n_cells);

  add_line (writer, WORD_REVIEW, text);
}

static void
add_verdicts (Writer *writer, const ShotRun *run)
{
  g_autofree char *text = g_strdup_printf (
      say (writer, WORD_VERDICTS_VALUE), run->n_verdicts[SHOT_VERDICT_OK],
      run->n_verdicts[SHOT_VERDICT_ABNORMAL], run->n_verdicts[SHOT_VERDICT_IGNORED],
      run->n_cells - MIN (run->n_cells, count_confirmed (run)));

  add_line (writer, WORD_VERDICTS, text);
}

#pragma GCC diagnostic pop

static void
write_done (Writer *writer)
{
  const ShotRun *run = writer->notice->run;

  writer->message->tone = run->failure != NULL ? SHOT_MESSAGE_ALARM
                          : run->n_failed > 0  ? SHOT_MESSAGE_WARNING
                          : run->n_flagged > 0 ? SHOT_MESSAGE_WARNING
                                               : SHOT_MESSAGE_GOOD;
  add_line (writer, WORD_STOPPED, run->failure);
  add_pictures (writer, run);
  add_time (writer, WORD_DUE, run->due_ms);
  add_line (writer, WORD_REVIEWERS, run->reviewers);
}

static void
write_overdue (Writer *writer)
{
  const ShotRun *run = writer->notice->run;

  writer->message->tone = SHOT_MESSAGE_WARNING;
  add_review (writer, run);
  add_time (writer, WORD_DUE, run->due_ms);
  add_line (writer, WORD_REVIEWERS, run->reviewers);
}

static void
write_abnormal (Writer *writer)
{
  static const Word severities[SHOT_N_SEVERITIES] = { [SHOT_SEVERITY_LOW] = WORD_LOW,
                                                      [SHOT_SEVERITY_MEDIUM] = WORD_MEDIUM,
                                                      [SHOT_SEVERITY_HIGH] = WORD_HIGH,
                                                      [SHOT_SEVERITY_CRITICAL] = WORD_CRITICAL };
  const ShotCell   *cell = writer->notice->cell;
  g_autofree char  *panel_title = tidy (cell->panel_title, MAX_TITLE);
  g_autofree char  *dashboard_title = tidy (cell->dashboard_title, MAX_TITLE);
  g_autofree char  *panel = g_strdup_printf ("%s (%s)", panel_title, dashboard_title);
  g_autofree char  *from = format_time (writer, cell->from_ms);
  g_autofree char  *to = format_time (writer, cell->to_ms);
  g_autofree char  *label = tidy (cell->range, MAX_TITLE);
  g_autofree char  *range = g_strdup_printf ("%s: %s – %s", label, from, to);
  g_autofree char  *change = shot_change_translate (cell->reason != NULL ? cell->reason : "",
                                                   writer->is_chinese ? "zh-CN" : "en");

  writer->message->tone = SHOT_MESSAGE_ALARM;
  add_line (writer, WORD_PANEL, panel);
  add_line (writer, WORD_RANGE, range);
  if (cell->verdict.severity != SHOT_SEVERITY_NONE)
    add_line (writer, WORD_SEVERITY, say (writer, severities[cell->verdict.severity]));
  add_line (writer, WORD_NOTE, cell->verdict.note);
  add_line (writer, WORD_CHANGE, change);
  add_line (writer, WORD_BY, cell->verdict.user);
}

static void
write_signed (Writer *writer)
{
  const ShotRun *run = writer->notice->run;

  writer->message->tone = SHOT_MESSAGE_GOOD;
  add_verdicts (writer, run);
  add_line (writer, WORD_BY, run->signed_by);
  add_line (writer, WORD_COMMENT, run->sign_comment);
  add_line (writer, WORD_HEAD, run->head);
}

static void
write_missed (Writer *writer)
{
  writer->message->tone = SHOT_MESSAGE_ALARM;
  add_time (writer, WORD_PLANNED, writer->notice->at_ms);
  add_line (writer, WORD_WHY, writer->notice->detail);
}

static const struct {
  const char *name;
  Word        title;
  void (*write) (Writer *writer);
} events[SHOT_N_NOTIFY_EVENTS] = {
  [SHOT_NOTIFY_DONE] = { "done", WORD_DONE, write_done },
  [SHOT_NOTIFY_OVERDUE] = { "overdue", WORD_OVERDUE, write_overdue },
  [SHOT_NOTIFY_ABNORMAL] = { "abnormal", WORD_ABNORMAL, write_abnormal },
  [SHOT_NOTIFY_SIGNED] = { "signed", WORD_SIGNED, write_signed },
  [SHOT_NOTIFY_MISSED] = { "missed", WORD_MISSED, write_missed },
};

const char *
shot_notify_event_get_name (ShotNotifyEvent event)
{
  return events[event].name;
}

static bool
is_link (const char *link)
{
  return link != NULL &&
         (g_str_has_prefix (link, "http://") || g_str_has_prefix (link, "https://")) &&
         strlen (link) <= MAX_LINK && g_uri_is_valid (link, G_URI_FLAGS_NONE, NULL) &&
         strpbrk (link, " \"'<>()[]|\\`\r\n") == NULL;
}

ShotMessage *
shot_message_new (const ShotNotice *notice, const char *language)
{
  g_return_val_if_fail (notice->event < SHOT_N_NOTIFY_EVENTS, NULL);
  g_return_val_if_fail (notice->event == SHOT_NOTIFY_MISSED || notice->run != NULL, NULL);
  g_return_val_if_fail (notice->event != SHOT_NOTIFY_ABNORMAL || notice->cell != NULL, NULL);

  ShotMessage     *message = g_new0 (ShotMessage, 1);
  bool             is_chinese = language != NULL && g_str_has_prefix (language, "zh");
  Writer           writer = { message, notice, is_chinese };
  bool             has_title = notice->title != NULL && notice->title[0] != '\0';
  g_autofree char *title = tidy (has_title ? notice->title : notice->plan, MAX_TITLE);

  message->lines = g_ptr_array_new_with_free_func (free_line);
  message->language = g_strdup (is_chinese ? "zh-CN" : "en");
  message->title = g_strconcat (say (&writer, events[notice->event].title),
                                say (&writer, WORD_SEPARATOR), title, NULL);
  message->link = is_link (notice->link) ? g_strdup (notice->link) : NULL;
  message->link_text = g_strdup (say (&writer, WORD_OPEN));
  if (notice->run != NULL)
    add_line (&writer, WORD_RUN, notice->run->name);
  events[notice->event].write (&writer);
  return message;
}

void
shot_message_free (ShotMessage *self)
{
  if (self == NULL)
    return;
  g_free (self->title);
  g_free (self->link);
  g_free (self->link_text);
  g_free (self->language);
  g_ptr_array_unref (self->lines);
  g_free (self);
}

char *
shot_message_to_text (const ShotMessage *self)
{
  GString    *text = g_string_new (self->title);
  const char *separator = words[WORD_SEPARATOR][g_str_equal (self->language, "zh-CN")];

  for (unsigned i = 0; i < self->lines->len; i++) {
    const ShotMessageLine *line = self->lines->pdata[i];
    g_string_append_printf (text, "\n%s%s%s", line->label, separator, line->text);
  }
  return g_string_free (text, FALSE);
}
