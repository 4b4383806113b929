#include "config.h"

#include "mail.h"

#include <stdbool.h>
#include <string.h>

#define BOUNDARY "panelshot-part"

/* RFC 2047 allows 75 characters for an encoded word: 45 bytes in Base64, and what is around them. */
#define WORD_BYTES 45

/* 57 bytes are 76 characters, as RFC 2045 allows. */
#define LINE_BYTES 57

static bool
is_plain (const char *text)
{
  for (const char *at = text; *at != '\0'; at++)
    if (*at < ' ' || *at > '~')
      return false;
  /* What looks like an encoded word would be decoded. */
  return strstr (text, "=?") == NULL && strlen (text) <= 60;
}

/* Not in the middle of a character: each word is decoded by itself. */
static void
append_subject (GString *mail, const char *text)
{
  if (is_plain (text)) {
    g_string_append (mail, text);
    return;
  }
  for (const char *at = text; *at != '\0';) {
    const char *end = at;
    while (*end != '\0' && g_utf8_next_char (end) - at <= WORD_BYTES)
      end = g_utf8_next_char (end);
    g_autofree char *word = g_base64_encode ((const unsigned char *) at, (size_t) (end - at));
    g_string_append_printf (mail, "%s=?UTF-8?B?%s?=", at == text ? "" : "\r\n ", word);
    at = end;
  }
}

static void
append_part (GString *mail, const char *type, const char *text)
{
  size_t length = strlen (text);

  g_string_append_printf (mail,
                          "--" BOUNDARY "\r\n"
                          "Content-Type: %s; charset=utf-8\r\n"
                          "Content-Transfer-Encoding: base64\r\n\r\n",
                          type);
  for (size_t at = 0; at < length; at += LINE_BYTES) {
    g_autofree char *line = g_base64_encode ((const unsigned char *) text + at,
                                             MIN (LINE_BYTES, length - at));
    g_string_append_printf (mail, "%s\r\n", line);
  }
}

static char *
make_text (const ShotMessage *message)
{
  g_autofree char *text = shot_message_to_text (message);

  return message->link != NULL
             ? g_strdup_printf ("%s\n\n%s:\n%s\n", text, message->link_text, message->link)
             : g_strdup_printf ("%s\n", text);
}

static char *
make_html (const ShotMessage *message)
{
  static const char *const colours[] = { "#1a7f4b", "#2458b3", "#b35c00", "#c4162a" };
  GString                 *html = g_string_new (NULL);
  g_autofree char         *title = g_markup_escape_text (message->title, -1);

  g_string_append_printf (html,
                          "<!doctype html>\n<html lang=\"%s\"><meta charset=\"utf-8\">\n"
                          "<body style=\"font-family:sans-serif\">\n"
                          "<h2 style=\"color:%s\">%s</h2>\n<table cellpadding=\"4\">\n",
                          message->language, colours[message->tone], title);
  for (unsigned i = 0; i < message->lines->len; i++) {
    const ShotMessageLine *line = message->lines->pdata[i];
    g_autofree char       *text = g_markup_escape_text (line->text, -1);
    g_string_append_printf (html,
                            "<tr><th align=\"left\" valign=\"top\">%s</th>"
                            "<td style=\"word-break:break-word\">%s</td></tr>\n",
                            line->label, text);
  }
  g_string_append (html, "</table>\n");
  if (message->link != NULL) {
    g_autofree char *link = g_markup_escape_text (message->link, -1);
    g_string_append_printf (html, "<p><a href=\"%s\">%s</a></p>\n", link, message->link_text);
  }
  g_string_append (html, "</body></html>\n");
  return g_string_free (html, FALSE);
}

char *
shot_mail_make (const ShotMessage *message, const char *from, const char *const *to, const char *id,
                int64_t now_ms)
{
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (now_ms / 1000);
  g_autofree char      *receivers = g_strjoinv (",\r\n ", (char **) to);
  g_autofree char      *text = make_text (message);
  g_autofree char      *html = make_html (message);
  const char           *domain = strchr (from, '@');
  GString              *mail = g_string_new (NULL);

  /* g_date_time_format() would name days in the language of the process. */
  static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
  static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
  g_string_append_printf (mail, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n",
                          days[g_date_time_get_day_of_week (now) - 1],
                          g_date_time_get_day_of_month (now),
                          months[g_date_time_get_month (now) - 1], g_date_time_get_year (now),
                          g_date_time_get_hour (now), g_date_time_get_minute (now),
                          g_date_time_get_second (now));
  g_string_append_printf (mail, "From: %s\r\nTo: %s\r\nSubject: ", from, receivers);
  append_subject (mail, message->title);
  g_string_append_printf (mail, "\r\nMessage-ID: <%s%s>\r\n", id,
                          domain != NULL ? domain : "@localhost");
  g_string_append (mail, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                         "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\r\n\r\n");
  append_part (mail, "text/plain", text);
  append_part (mail, "text/html", html);
  g_string_append (mail, "--" BOUNDARY "--\r\n");
  return g_string_free (mail, FALSE);
}
