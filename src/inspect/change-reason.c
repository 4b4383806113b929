#include "config.h"

#include "change-reason.h"

#include <math.h>
#include <string.h>

/* Long enough for a series with a few labels. */
#define MAX_NAME 60

#define OPEN "“"
#define CLOSE "”"
#define SEPARATOR "; "

/* {n} a whole number, {name} a name in its marks, {more} nothing or how many others, {x} a ratio,
 * {a} and {b} values, {before} the other capture. */
static const struct {
  const char *english;
  const char *chinese;
} templates[SHOT_N_REASONS] = {
  [SHOT_REASON_NOT_CAPTURED] = { "not captured, was captured {before}",
                                 "未能截取，{before}已截取" },
  [SHOT_REASON_LOGIN] = { "login page, none {before}", "出现登录页，{before}没有" },
  [SHOT_REASON_GONE] = { "panel gone, was there {before}", "面板不存在，{before}还在" },
  [SHOT_REASON_ERROR] = { "query error, none {before}", "查询出错，{before}正常" },
  [SHOT_REASON_NO_DATA] = { "no data, had data {before}", "无数据，{before}有数据" },
  [SHOT_REASON_THRESHOLD] = { "beyond a threshold, was not {before}", "超出阈值，{before}未超出" },
  [SHOT_REASON_LOADING] = { "still loading, was done {before}", "仍在加载，{before}已加载完" },
  [SHOT_REASON_SERIES_GONE] = { "{n} series gone", "少了 {n} 个序列" },
  [SHOT_REASON_ONE_SERIES_GONE] = { "series {name} gone", "序列{name}消失" },
  [SHOT_REASON_ROWS_GONE] = { "{n} rows gone", "少了 {n} 行" },
  [SHOT_REASON_ONE_ROW_GONE] = { "row {name} gone", "行{name}消失" },
  [SHOT_REASON_MEAN_FROM] = { "mean of {name}{more} {a}, was {b} {before}",
                              "{name}{more}的均值为 {a}，{before}为 {b}" },
  [SHOT_REASON_MEAN] = { "mean of {name}{more} {x} {before}",
                         "{name}{more}的均值为{before}的 {x}" },
  [SHOT_REASON_MEDIAN] = { "median of {name}{more} {x} {before}",
                           "{name}{more}的中位数为{before}的 {x}" },
  [SHOT_REASON_VALUE_FROM] = { "{name}{more} is {a}, was {b} {before}",
                               "{name}{more}为 {a}，{before}为 {b}" },
  [SHOT_REASON_VALUE] = { "{name}{more} {x} {before}", "{name}{more}为{before}的 {x}" },
  [SHOT_REASON_EVENTS] = { "{x} the rows of {before}", "行数为{before}的 {x}" },
  [SHOT_REASON_SPREAD_FROM] = { "spread of {name}{more} {a}, was {b} {before}",
                                "{name}{more}的波动为 {a}，{before}为 {b}" },
  [SHOT_REASON_SPREAD] = { "spread of {name}{more} {x} {before}",
                           "{name}{more}的波动为{before}的 {x}" },
  [SHOT_REASON_POINTS] = { "{n} % of the points of {before}", "数据点仅为{before}的 {n}%" },
  [SHOT_REASON_SERIES_NEW] = { "{n} series new", "新增 {n} 个序列" },
  [SHOT_REASON_ONE_SERIES_NEW] = { "series {name} new", "新增序列{name}" },
  [SHOT_REASON_ROWS_NEW] = { "{n} rows new", "新增 {n} 行" },
  [SHOT_REASON_ONE_ROW_NEW] = { "row {name} new", "新增行{name}" },
  [SHOT_REASON_DATA_BACK] = { "data, had none {before}", "有数据，{before}无数据" },
  [SHOT_REASON_RECOVERED] = { "well again, was not {before}", "已恢复正常，{before}异常" },
  [SHOT_REASON_PICTURE] = { "picture differs by {n} % from {before}", "画面与{before}相差 {n}%" },
};

static const struct {
  const char *english;
  const char *chinese;
} names_before[] = {
  { "last week", "上周" },
  { "yesterday", "昨天" },
  { "the previous run", "上次巡检" },
  { "last run", "上次巡检" },
  { "last time", "上次" },
  { "{n} days ago", " {n} 天前" },
  { "{n} hours ago", " {n} 小时前" },
  { "{n} minutes ago", " {n} 分钟前" },
  { "{n} minute ago", " {n} 分钟前" },
};

/* ---- Saying it */

/* Names are hostile: no line ends, no marks of ours, nothing that turns the direction of the text. */
static void
append_name (GString *text, const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name != NULL ? name : "", -1);
  unsigned         count = 0;

  g_string_append (text, OPEN);
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar letter = g_utf8_get_char (at);
    if (++count > MAX_NAME) {
      g_string_append (text, "…");
      break;
    }
    if (letter == 0x201c || letter == 0x201d)
      g_string_append_c (text, '"');
    else if (g_unichar_type (letter) == G_UNICODE_FORMAT)
      continue;
    else if (!g_unichar_isprint (letter))
      g_string_append_c (text, ' ');
    else
      g_string_append_unichar (text, letter);
  }
  g_string_append (text, CLOSE);
}

static void
append_number (GString *text, double value)
{
  char   buffer[G_ASCII_DTOSTR_BUF_SIZE];
  double size = fabs (value);

  /* Whole numbers in full, else three digits. */
  const char *format = size >= 100 && size < 1e9 ? "%.0f" : "%.3g";
  g_string_append (text, g_ascii_formatd (buffer, sizeof buffer, format, value));
}

static void
append_ratio (GString *text, double ratio)
{
  char        buffer[G_ASCII_DTOSTR_BUF_SIZE];
  const char *format = ratio >= 9.95 ? "%.0f" : ratio >= 0.995 ? "%.1f" : "%.2g";

  g_string_append (text, ratio >= 1000 ? "over 1000"
                                       : g_ascii_formatd (buffer, sizeof buffer, format, ratio));
  g_string_append (text, "×");
}

/* The end of the placeholder that @at begins with, NULL when it begins with something else. */
static const char *
match_placeholder (const char *at, const char *name)
{
  size_t length = strlen (name);

  return at[0] == '{' && strncmp (at + 1, name, length) == 0 && at[length + 1] == '}'
             ? at + length + 2
             : NULL;
}

static void
append_more (GString *text, unsigned n_others)
{
  if (n_others > 0)
    g_string_append_printf (text, " and %u more", n_others);
}

static void
say (GString *text, const ShotReason *reason, const char *before_name)
{
  const char *at = templates[reason->kind].english;

  while (*at != '\0') {
    const char *next;

    if ((next = match_placeholder (at, "name")) != NULL)
      append_name (text, reason->name);
    else if ((next = match_placeholder (at, "more")) != NULL)
      append_more (text, reason->n_others);
    else if ((next = match_placeholder (at, "before")) != NULL)
      g_string_append (text, before_name);
    else if ((next = match_placeholder (at, "n")) != NULL)
      g_string_append_printf (text, "%u", reason->n);
    else if ((next = match_placeholder (at, "x")) != NULL)
      append_ratio (text, reason->value);
    else if ((next = match_placeholder (at, "a")) != NULL)
      append_number (text, reason->value);
    else if ((next = match_placeholder (at, "b")) != NULL)
      append_number (text, reason->before);
    else
      g_string_append_c (text, *at);
    at = next != NULL ? next : at + 1;
  }
}

char *
shot_reason_join (const ShotReason *reasons, unsigned n_reasons, const char *before_name)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; i < n_reasons; i++) {
    if (i > 0)
      g_string_append (text, SEPARATOR);
    say (text, &reasons[i], before_name);
  }
  return g_string_free (text, FALSE);
}

/* ---- Taking it apart */

typedef struct {
  const char *name;
  const char *start;
  size_t      length;
} Piece;

typedef struct {
  Piece    pieces[6];
  unsigned n_pieces;
} Pieces;

static size_t
span_digits (const char *at, const char *more)
{
  size_t length = 0;

  while (g_ascii_isdigit (at[length]) || (at[length] != '\0' && strchr (more, at[length]) != NULL))
    length++;
  return length;
}

/* How much of @text a placeholder takes; G_MAXSIZE: it does not fit. @end: of the part. */
static size_t
take (const char *name, const char *text, const char *end)
{
  const char *close;
  size_t      length;

  if (g_str_equal (name, "name")) {
    close = g_str_has_prefix (text, OPEN) ? strstr (text, CLOSE) : NULL;
    return close != NULL && close < end ? (size_t) (close - text) + strlen (CLOSE) : G_MAXSIZE;
  }
  if (g_str_equal (name, "more")) {
    if (!g_str_has_prefix (text, " and "))
      return 0;
    length = strlen (" and ") + span_digits (text + strlen (" and "), "");
    return g_str_has_prefix (text + length, " more") ? length + strlen (" more") : 0;
  }
  if (g_str_equal (name, "before"))
    return (size_t) (end - text);
  if (g_str_equal (name, "x")) {
    length = g_str_has_prefix (text, "over ") ? strlen ("over ") : 0;
    length += span_digits (text + length, ".e-+");
    return length > 0 && g_str_has_prefix (text + length, "×") ? length + strlen ("×") : G_MAXSIZE;
  }
  length = span_digits (text, g_str_equal (name, "n") ? "" : ".e-+");
  return length > 0 ? length : G_MAXSIZE;
}

static bool
match_template (const char *template, const char *text, const char *end, Pieces *pieces)
{
  static const char *const names[] = { "name", "more", "before", "n", "x", "a", "b" };

  pieces->n_pieces = 0;
  while (*template != '\0') {
    const char *next = NULL;
    unsigned    i = 0;

    while (i < G_N_ELEMENTS (names) && (next = match_placeholder (template, names[i])) == NULL)
      i++;
    if (next == NULL) {
      if (text >= end || *text++ != *template ++)
        return false;
      continue;
    }
    size_t length = take (names[i], text, end);
    if (length > (size_t) (end - text))
      return false;
    pieces->pieces[pieces->n_pieces++] = (Piece){ names[i], text, length };
    text += length;
    template = next;
  }
  return text == end;
}

static const Piece *
find_piece (const Pieces *pieces, const char *placeholder, const char **out_next)
{
  for (unsigned i = 0; i < pieces->n_pieces; i++)
    if ((*out_next = match_placeholder (placeholder, pieces->pieces[i].name)) != NULL)
      return &pieces->pieces[i];
  return NULL;
}

static void append_chinese (GString *text, const char *template, const Pieces *pieces);

static void
append_before (GString *text, const Piece *piece)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (names_before); i++) {
    Pieces pieces;
    if (match_template (names_before[i].english, piece->start, piece->start + piece->length,
                        &pieces)) {
      append_chinese (text, names_before[i].chinese, &pieces);
      return;
    }
  }
  g_string_append_len (text, piece->start, (gssize) piece->length);
}

static void
append_piece (GString *text, const Piece *piece)
{
  static const char over[] = "over ";

  if (g_str_equal (piece->name, "before")) {
    append_before (text, piece);
  } else if (g_str_equal (piece->name, "more")) {
    if (piece->length > 0)
      g_string_append_printf (
          text, "等 %u 个",
          (unsigned) MIN (G_MAXINT, g_ascii_strtoull (piece->start + strlen (" and "), NULL, 10)) +
              1);
  } else if (g_str_equal (piece->name, "x")) {
    size_t skip = g_str_has_prefix (piece->start, over) ? strlen (over) : 0;
    g_string_append_len (text, piece->start + skip, (gssize) (piece->length - skip - strlen ("×")));
    g_string_append (text, skip > 0 ? " 多倍" : " 倍");
  } else {
    g_string_append_len (text, piece->start, (gssize) piece->length);
  }
}

static void
append_chinese (GString *text, const char *template, const Pieces *pieces)
{
  while (*template != '\0') {
    const char  *next = NULL;
    const Piece *piece = find_piece (pieces, template, &next);

    if (piece != NULL) {
      append_piece (text, piece);
      template = next;
    } else {
      g_string_append_c (text, *template ++);
    }
  }
}

/* The end of the part at @text: a separator outside of marks. */
static const char *
find_end (const char *text)
{
  while (*text != '\0' && !g_str_has_prefix (text, SEPARATOR)) {
    const char *close = g_str_has_prefix (text, OPEN) ? strstr (text, CLOSE) : NULL;
    text = close != NULL ? close + strlen (CLOSE) : text + 1;
  }
  return text;
}

static bool
translate_part (GString *result, const char *text, const char *end)
{
  for (unsigned i = 0; i < SHOT_N_REASONS; i++) {
    Pieces pieces;
    if (match_template (templates[i].english, text, end, &pieces)) {
      append_chinese (result, templates[i].chinese, &pieces);
      return true;
    }
  }
  return false;
}

char *
shot_reason_translate (const char *text, const char *language)
{
  g_autoptr (GString) result = g_string_new (NULL);
  const char         *at = text;

  if (!g_str_has_prefix (language, "zh"))
    return g_strdup (text);
  while (*at != '\0') {
    const char *end = find_end (at);
    if (!translate_part (result, at, end))
      return g_strdup (text);
    at = end;
    if (*at != '\0') {
      g_string_append (result, "；");
      at += strlen (SEPARATOR);
    }
  }
  return g_string_free (g_steal_pointer (&result), FALSE);
}
