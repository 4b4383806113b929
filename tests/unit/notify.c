/* notify.c: what receivers are sent, and what their answers mean */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "change.h"
#include "mail.h"
#include "payload.h"

#define NOW_MS INT64_C (1769990400123) /* 2026-02-02T00:00:00.123Z */
#define HEAD "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

/* Everything that some format takes for something else. */
#define HOSTILE "<script>&amp;*b*`c`[d](http://e)#\\@all~~<at id=all></at>\n<!channel>\xe2\x80\xae"

static ShotRun *
make_run (void)
{
  ShotRun *run = shot_run_new ();

  g_free (run->name);
  run->name = g_strdup ("daily-20260202-080000");
  g_free (run->plan);
  run->plan = g_strdup ("daily");
  g_free (run->reviewers);
  run->reviewers = g_strdup ("wang, li");
  g_free (run->timezone);
  run->timezone = g_strdup ("Asia/Shanghai");
  run->id = 7;
  run->due_ms = NOW_MS + 7200000;
  run->n_cells = 120;
  run->n_failed = 2;
  run->n_flagged = 3;
  run->n_changed = 5;
  run->n_verdicts[SHOT_VERDICT_OK] = 100;
  run->n_verdicts[SHOT_VERDICT_ABNORMAL] = 1;
  run->signed_by = g_strdup ("wang");
  run->sign_comment = g_strdup (HOSTILE);
  run->head = g_strdup (HEAD);
  return run;
}

static ShotCell *
make_cell (void)
{
  ShotCell *cell = shot_cell_new ();

  g_free (cell->panel_title);
  cell->panel_title = g_strdup (HOSTILE);
  g_free (cell->dashboard_title);
  cell->dashboard_title = g_strdup ("生产总览");
  g_free (cell->range);
  cell->range = g_strdup ("last 1h");
  g_free (cell->reason);
  cell->reason = g_strdup ("3 series gone");
  cell->from_ms = NOW_MS - 3600000;
  cell->to_ms = NOW_MS;
  cell->verdict.kind = SHOT_VERDICT_ABNORMAL;
  cell->verdict.severity = SHOT_SEVERITY_HIGH;
  g_free (cell->verdict.note);
  cell->verdict.note = g_strdup (HOSTILE);
  g_free (cell->verdict.user);
  cell->verdict.user = g_strdup ("li");
  return cell;
}

static ShotMessage *
make_message (ShotNotifyEvent event, const char *language, JsonObject **out_webhook)
{
  ShotRun   *run = make_run ();
  ShotCell  *cell = make_cell ();
  bool       is_missed = event == SHOT_NOTIFY_MISSED;
  ShotNotice notice = { .event = event,
                        .plan = "daily",
                        .title = "Daily 每日",
                        .run = is_missed ? NULL : run,
                        .cell = event == SHOT_NOTIFY_ABNORMAL ? cell : NULL,
                        .link = "https://shots.example.com/review/runs/7?a=1&b=2",
                        .detail = "the server was down",
                        .timezone = "Europe/Berlin",
                        .at_ms = NOW_MS };

  ShotMessage *message = shot_message_new (&notice, language);
  if (out_webhook != NULL)
    *out_webhook = shot_payload_new (SHOT_SERVICE_WEBHOOK, message, &notice, NOW_MS);
  shot_cell_free (cell);
  shot_run_free (run);
  return message;
}

static void
check_text (ShotNotifyEvent event, const char *language, const char *wanted)
{
  g_autoptr (ShotMessage) message = make_message (event, language, NULL);
  g_autofree char        *text = shot_message_to_text (message);

  g_assert_cmpstr (text, ==, wanted);
}

/* What is hostile is one line without marks that turn it; the formats do the rest. */
#define HOSTILE_LINE "<script>&amp;*b*`c`[d](http://e)#\\@all~~<at id=all></at> <!channel>"

static void
test_messages (void)
{
  check_text (SHOT_NOTIFY_DONE, NULL,
              "Inspection done: Daily 每日\nRun: daily-20260202-080000\n"
              "Pictures: 118 of 120, 2 failed\nNoticed: 3 flagged, 5 changed\n"
              "Due: 2026-02-02 10:00 (Asia/Shanghai)\nReviewers: wang, li");
  check_text (SHOT_NOTIFY_OVERDUE, "en",
              "Review overdue: Daily 每日\nRun: daily-20260202-080000\n"
              "Review: 101 of 120 confirmed\nDue: 2026-02-02 10:00 (Asia/Shanghai)\n"
              "Reviewers: wang, li");
  check_text (SHOT_NOTIFY_ABNORMAL, "en",
              "Abnormal: Daily 每日\nRun: daily-20260202-080000\n"
              "Panel: " HOSTILE_LINE " (生产总览)\n"
              "Range: last 1h: 2026-02-02 07:00 (Asia/Shanghai) – 2026-02-02 08:00 "
              "(Asia/Shanghai)\nSeverity: high\nNote: " HOSTILE_LINE
              "\nWhat changed: 3 series gone\nBy: li");
  check_text (SHOT_NOTIFY_SIGNED, "en",
              "Signed off: Daily 每日\nRun: daily-20260202-080000\n"
              "Verdicts: 100 OK, 1 abnormal, 0 ignored, 19 open\nBy: wang\nComment: " HOSTILE_LINE
              "\nHead of the chain: " HEAD);
  check_text (SHOT_NOTIFY_MISSED, "en",
              "Inspection missed: Daily 每日\nPlanned for: 2026-02-02 01:00 (Europe/Berlin)\n"
              "Why: the server was down");
  check_text (SHOT_NOTIFY_OVERDUE, "zh-CN",
              "巡检确认已逾期\uff1aDaily 每日\n巡检\uff1adaily-20260202-080000\n"
              "确认进度\uff1a已确认 101 / 120\n截止时间\uff1a2026-02-02 10:00 (Asia/Shanghai)\n"
              "确认人\uff1awang, li");
  g_autoptr (ShotMessage) chinese = make_message (SHOT_NOTIFY_ABNORMAL, "zh-CN", NULL);
  g_autofree char        *text = shot_message_to_text (chinese);
  g_assert_nonnull (strstr (text, "严重程度\uff1a高\n"));
  g_assert_nonnull (strstr (text, "变化\uff1a少了 3 个序列\n"));
}

static void
test_links (void)
{
  static const struct {
    const char *link;
    bool        is_kept;
  } rows[] = { { "https://a.example/review/runs/1", true },
               { "http://[::1]:8081/review/", false },
               { "javascript:alert(1)", false },
               { "https://a.example/) [x](http://evil", false },
               { "https://a.example/\"><script>", false },
               { NULL, false } };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    ShotNotice notice = { .event = SHOT_NOTIFY_MISSED, .plan = "p", .link = rows[i].link };
    g_autoptr (ShotMessage) message = shot_message_new (&notice, "en");
    g_assert_cmpint (message->link != NULL, ==, rows[i].is_kept);
    for (int service = 0; service < SHOT_N_SERVICES; service++) {
      JsonObject *payload = shot_payload_new ((ShotService) service, message, &notice, NOW_MS);
      json_object_unref (payload);
    }
  }
}

/* The payload as text, with single quotes, so that tests can be read. */
static char *
seal (ShotService service, JsonObject *payload, const char *secret_text, char **out_address)
{
  g_autoptr (ShotSecret) address = shot_secret_new ("https://robot.example/send?access_token=abc");
  g_autoptr (ShotSecret) secret = secret_text != NULL ? shot_secret_new (secret_text) : NULL;
  g_autoptr (ShotSecret) sealed = NULL;
  char *body = shot_payload_seal (service, payload, address, secret, NOW_MS, &sealed);

  if (out_address != NULL)
    *out_address = g_strdup (shot_secret_reveal (sealed));
  return g_strdelimit (body, "\"", '\'');
}

static char *
make_body (ShotService service, ShotNotifyEvent event, const char *language, const char *secret,
           char **out_address)
{
  g_autoptr (ShotMessage) message = make_message (event, language, NULL);
  ShotNotice              notice = { .event = event };
  JsonObject             *payload = shot_payload_new (service, message, &notice, NOW_MS);
  char                   *body = seal (service, payload, secret, out_address);

  json_object_unref (payload);
  return body;
}

/* The signatures were made with Python's hmac. */
static void
test_dingtalk (void)
{
  g_autofree char *address = NULL, *plain_address = NULL;
  g_autofree char *body = make_body (SHOT_SERVICE_DINGTALK, SHOT_NOTIFY_MISSED, "en", "SECabc",
                                     &address);
  g_autofree char *unsigned_body = make_body (SHOT_SERVICE_DINGTALK, SHOT_NOTIFY_ABNORMAL, "en",
                                              NULL, &plain_address);

  g_assert_cmpstr (body, ==,
                   "{'msgtype':'markdown','markdown':{'title':'Inspection missed: Daily 每日',"
                   "'text':'### Inspection missed: Daily 每日\\n\\n"
                   "**Planned for**: 2026-02-02 01:00 (Europe/Berlin)\\n\\n"
                   "**Why**: the server was down\\n\\n[Open the review page]"
                   "(https://shots.example.com/review/runs/7?a=1&b=2)'}}");
  g_assert_cmpstr (address, ==,
                   "https://robot.example/send?access_token=abc&timestamp=1769990400123&sign="
                   "VsPWwGJigsRLXTfAtbxhuvGe1JOxpNTYy82sCyUWDBE%3D");
  g_assert_cmpstr (plain_address, ==, "https://robot.example/send?access_token=abc");
  g_assert_nonnull (strstr (
      unsigned_body, "**Note**: \uff1cscript\uff1e\uff06amp;\uff0ab\uff0a\uff40c\uff40\uff3bd\uff3d"
                     "(http://e)\uff03\uff3c@all\uff5e\uff5e\uff1cat id=all\uff1e\uff1c/at\uff1e "
                     "\uff1c!channel\uff1e\\n"));
}

static void
test_feishu (void)
{
  g_autofree char *address = NULL;
  g_autofree char *body = make_body (SHOT_SERVICE_FEISHU, SHOT_NOTIFY_MISSED, "en", "SECabc",
                                     &address);
  g_autofree char *hostile = make_body (SHOT_SERVICE_FEISHU, SHOT_NOTIFY_ABNORMAL, "en", NULL,
                                        NULL);

  g_assert_cmpstr (
      body, ==,
      "{'msg_type':'interactive','card':{'config':{'wide_screen_mode':true},"
      "'header':{'title':{'tag':'plain_text','content':'Inspection missed: Daily 每日'},"
      "'template':'red'},'elements':[{'tag':'div','text':{'tag':'plain_text','content':"
      "'Planned for: 2026-02-02 01:00 (Europe/Berlin)\\nWhy: the server was down'}},"
      "{'tag':'action','actions':[{'tag':'button','text':{'tag':'plain_text',"
      "'content':'Open the review page'},"
      "'url':'https://shots.example.com/review/runs/7?a=1&b=2','type':'primary'}]}]},"
      "'timestamp':'1769990400','sign':'ssCDe3keQIw82mIkR+3ksepk6MhgcRUpUqQ0dkklj+g='}");
  g_assert_cmpstr (address, ==, "https://robot.example/send?access_token=abc");
  g_assert_null (strstr (hostile, "lark_md"));
  g_assert_null (strstr (hostile, "'sign'"));
}

static void
test_wecom (void)
{
  g_autofree char *body = make_body (SHOT_SERVICE_WECOM, SHOT_NOTIFY_MISSED, "zh-CN", NULL, NULL);
  ShotRun         *run = make_run ();
  ShotNotice       notice = { .event = SHOT_NOTIFY_SIGNED, .plan = "p", .run = run };

  g_assert_cmpstr (body, ==,
                   "{'msgtype':'markdown','markdown':{'content':"
                   "'### 巡检未能执行\uff1aDaily 每日\\n"
                   "> **计划时间**\uff1a2026-02-02 01:00 (Europe/Berlin)\\n"
                   "> **原因**\uff1athe server was down\\n"
                   "[打开确认页面](https://shots.example.com/review/runs/7?a=1&b=2)'}}");
  /* However much is to be said. */
  g_autoptr (GString) note = g_string_new (NULL);
  while (note->len < 4000)
    g_string_append (note, "年<");
  g_free (run->sign_comment);
  run->sign_comment = g_strdup (note->str);
  g_free (run->signed_by);
  run->signed_by = g_strdup (note->str);
  g_free (run->name);
  run->name = g_strdup (note->str);
  g_autoptr (ShotMessage) message = shot_message_new (&notice, "zh-CN");
  JsonObject             *payload = shot_payload_new (SHOT_SERVICE_WECOM, message, &notice, NOW_MS);
  const char             *text = json_object_get_string_member (
                  json_object_get_object_member (payload, "markdown"), "content");
  g_assert_cmpuint (strlen (text), <=, 4096);
  g_assert_cmpuint (strlen (text), >, 1000);
  g_assert_nonnull (strstr (text, HEAD));
  json_object_unref (payload);
  shot_run_free (run);
}

static void
test_slack (void)
{
  g_autofree char *body = make_body (SHOT_SERVICE_SLACK, SHOT_NOTIFY_MISSED, "en", NULL, NULL);
  ShotNotice       notice = { .event = SHOT_NOTIFY_MISSED, .plan = HOSTILE };

  g_assert_cmpstr (body, ==,
                   "{'text':'Inspection missed: Daily 每日','blocks':[{'type':'header','text':"
                   "{'type':'plain_text','text':'Inspection missed: Daily 每日','emoji':false}},"
                   "{'type':'section','text':{'type':'plain_text','text':"
                   "'Planned for: 2026-02-02 01:00 (Europe/Berlin)\\nWhy: the server was down',"
                   "'emoji':false}},{'type':'actions','elements':[{'type':'button','text':"
                   "{'type':'plain_text','text':'Open the review page','emoji':false},"
                   "'url':'https://shots.example.com/review/runs/7?a=1&b=2'}]}]}");
  g_autoptr (ShotMessage) message = shot_message_new (&notice, "en");
  JsonObject             *payload = shot_payload_new (SHOT_SERVICE_SLACK, message, &notice, NOW_MS);
  g_assert_true (g_str_has_prefix (json_object_get_string_member (payload, "text"),
                                   "Inspection missed: &lt;script&gt;&amp;amp;*b*"));
  g_assert_nonnull (strstr (json_object_get_string_member (payload, "text"), "&lt;!channel&gt;"));
  json_object_unref (payload);
}

static void
test_webhook (void)
{
  JsonObject             *payload = NULL;
  g_autoptr (ShotMessage) message = make_message (SHOT_NOTIFY_ABNORMAL, "en", &payload);
  JsonObject             *missed = NULL;
  g_autoptr (ShotMessage) other = make_message (SHOT_NOTIFY_MISSED, "en", &missed);

  g_autofree char *text = shot_message_to_text (message);
  g_assert_cmpstr (json_object_get_string_member (payload, "text"), ==, text);
  g_assert_cmpint (json_object_get_int_member (payload, "version"), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (payload, "event"), ==, "abnormal");
  g_assert_cmpint (json_object_get_int_member (payload, "sent"), ==, NOW_MS);
  g_assert_cmpstr (json_object_get_string_member (payload, "link"), ==,
                   "https://shots.example.com/review/runs/7?a=1&b=2");
  JsonObject *run = json_object_get_object_member (payload, "run");
  g_assert_cmpstr (json_object_get_string_member (run, "name"), ==, "daily-20260202-080000");
  JsonObject *cell = json_object_get_object_member (payload, "cell");
  JsonObject *verdict = json_object_get_object_member (cell, "verdict");
  g_assert_cmpstr (json_object_get_string_member (verdict, "note"), ==, HOSTILE);
  JsonObject *plan = json_object_get_object_member (payload, "plan");
  g_assert_cmpstr (json_object_get_string_member (plan, "title"), ==, "Daily 每日");

  g_assert_true (g_str_has_prefix (json_object_get_string_member (missed, "text"), other->title));
  g_assert_true (json_object_get_null_member (missed, "run"));
  g_assert_true (json_object_get_null_member (missed, "cell"));
  g_assert_cmpstr (json_object_get_string_member (missed, "why"), ==, "the server was down");
  g_assert_cmpint (json_object_get_int_member (missed, "planned"), ==, NOW_MS);
  json_object_unref (payload);
  json_object_unref (missed);
}

static void
test_answers (void)
{
  static const struct {
    ShotService  service;
    unsigned     status;
    const char  *body;
    ShotDelivery delivery;
    const char  *why;
  } rows[] = {
    { SHOT_SERVICE_WEBHOOK, 204, "", SHOT_DELIVERY_DONE, NULL },
    { SHOT_SERVICE_WEBHOOK, 404, "no\nsuch", SHOT_DELIVERY_REFUSED, "it answered 404: no such" },
    { SHOT_SERVICE_WEBHOOK, 302, "", SHOT_DELIVERY_REFUSED, "it answered 302" },
    { SHOT_SERVICE_WEBHOOK, 500, "", SHOT_DELIVERY_LATER, "it answered 500" },
    { SHOT_SERVICE_SLACK, 429, "", SHOT_DELIVERY_LATER, "it answered 429" },
    { SHOT_SERVICE_SLACK, 200, "ok", SHOT_DELIVERY_DONE, NULL },
    { SHOT_SERVICE_SLACK, 200, "<html>", SHOT_DELIVERY_REFUSED,
      "the answer is not Slack's \"ok\": is the address an incoming webhook's?" },
    { SHOT_SERVICE_SLACK, 400, "invalid_blocks", SHOT_DELIVERY_REFUSED,
      "it answered 400: invalid_blocks" },
    { SHOT_SERVICE_DINGTALK, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", SHOT_DELIVERY_DONE, NULL },
    { SHOT_SERVICE_DINGTALK, 200, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}",
      SHOT_DELIVERY_REFUSED, "it answered errcode 310000: sign not match" },
    { SHOT_SERVICE_DINGTALK, 200, "{\"errcode\":130101,\"errmsg\":\"send too fast\"}",
      SHOT_DELIVERY_LATER, "it answered errcode 130101: send too fast" },
    { SHOT_SERVICE_DINGTALK, 200, "<html>", SHOT_DELIVERY_REFUSED,
      "the answer is none of dingtalk: is the address the robot's?" },
    { SHOT_SERVICE_DINGTALK, 200, "{\"errcode\":\"0\"}", SHOT_DELIVERY_REFUSED,
      "the answer is none of dingtalk: is the address the robot's?" },
    { SHOT_SERVICE_WECOM, 200, "{\"errcode\":0}", SHOT_DELIVERY_DONE, NULL },
    { SHOT_SERVICE_WECOM, 200, "{\"errcode\":93000,\"errmsg\":5}", SHOT_DELIVERY_REFUSED,
      "it answered errcode 93000" },
    { SHOT_SERVICE_WECOM, 200, "{\"errcode\":45009}", SHOT_DELIVERY_LATER,
      "it answered errcode 45009" },
    { SHOT_SERVICE_FEISHU, 200, "{\"code\":0,\"msg\":\"success\",\"data\":{}}", SHOT_DELIVERY_DONE,
      NULL },
    { SHOT_SERVICE_FEISHU, 200, "{\"StatusCode\":0,\"StatusMessage\":\"success\"}",
      SHOT_DELIVERY_DONE, NULL },
    { SHOT_SERVICE_FEISHU, 200, "{\"code\":19021,\"msg\":\"sign match fail\"}",
      SHOT_DELIVERY_REFUSED, "it answered code 19021: sign match fail" },
    { SHOT_SERVICE_FEISHU, 200, "{\"code\":11232,\"msg\":\"frequency limited\"}",
      SHOT_DELIVERY_LATER, "it answered code 11232: frequency limited" },
    { SHOT_SERVICE_FEISHU, 200, "[]", SHOT_DELIVERY_REFUSED,
      "the answer is none of feishu: is the address the robot's?" },
    { SHOT_SERVICE_FEISHU, 200, "", SHOT_DELIVERY_REFUSED,
      "the answer is none of feishu: is the address the robot's?" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GBytes) body = g_bytes_new_static (rows[i].body, strlen (rows[i].body));
    g_autofree char   *why = NULL;
    g_assert_cmpint (shot_payload_judge (rows[i].service, rows[i].status, body, &why), ==,
                     rows[i].delivery);
    g_assert_cmpstr (why, ==, rows[i].why);
  }
}

/* The part of this type, decoded. */
static char *
decode_part (const char *mail, const char *type)
{
  g_autofree char *head = g_strdup_printf ("Content-Type: %s; charset=utf-8\r\n", type);
  const char      *part = strstr (mail, head);

  g_assert_nonnull (part);
  const char      *start = strstr (part, "\r\n\r\n");
  const char      *end = strstr (start, "--panelshot-part");
  g_autofree char *text = g_strndup (start, (size_t) (end - start));
  size_t           length;
  unsigned char   *bytes = g_base64_decode (text, &length);
  char            *decoded = g_strndup ((char *) bytes, length);
  g_free (bytes);
  return decoded;
}

static void
test_mail (void)
{
  static const char *const to[] = { "a@example.com", "b@example.com", NULL };
  g_autoptr (ShotMessage)  message = make_message (SHOT_NOTIFY_ABNORMAL, "zh-CN", NULL);
  g_autofree char         *mail = shot_mail_make (message, "p@example.org", to, "id", NOW_MS);

  g_assert_true (
      g_str_has_prefix (mail, "Date: Mon, 02 Feb 2026 00:00:00 +0000\r\nFrom: p@example.org\r\n"
                              "To: a@example.com,\r\n b@example.com\r\nSubject: =?UTF-8?B?"));
  g_assert_nonnull (strstr (mail, "\r\nMessage-ID: <id@example.org>\r\n"));
  g_assert_nonnull (strstr (mail, "\r\nAuto-Submitted: auto-generated\r\n"));
  g_auto (GStrv) lines = g_strsplit (mail, "\r\n", -1);
  for (unsigned i = 0; lines[i] != NULL; i++) {
    g_assert_cmpuint (strlen (lines[i]), <=, 78);
    g_assert_null (strchr (lines[i], '\n'));
    g_assert_true (g_str_is_ascii (lines[i]));
  }
  g_autofree char *text = decode_part (mail, "text/plain");
  g_autofree char *html = decode_part (mail, "text/html");
  g_assert_nonnull (strstr (text, "备注\uff1a" HOSTILE_LINE "\n"));
  g_assert_nonnull (strstr (text, "\nhttps://shots.example.com/review/runs/7?a=1&b=2\n"));
  g_assert_null (strstr (html, "<script>"));
  g_assert_nonnull (strstr (html, "&lt;script&gt;&amp;amp;*b*"));
  g_assert_nonnull (
      strstr (html, "<a href=\"https://shots.example.com/review/runs/7?a=1&amp;b=2\">"));
}

/* A subject of any length and language is words that are decoded one by one. */
static void
test_subjects (void)
{
  static const char *const to[] = { "a@example.com", NULL };
  static const char *const titles[] = { "plain", "每日巡检", "=?UTF-8?B?eA==?=", "a\r\nBcc: x@y",
                                        "年" };

  for (size_t i = 0; i < G_N_ELEMENTS (titles); i++) {
    g_autoptr (GString) title = g_string_new (titles[i]);
    while (i == 4 && title->len < 300)
      g_string_append (title, "年a");
    ShotNotice              notice = { .event = SHOT_NOTIFY_MISSED, .plan = title->str };
    g_autoptr (ShotMessage) message = shot_message_new (&notice, "en");
    g_autofree char        *mail = shot_mail_make (message, "p@x", to, "id", NOW_MS);
    const char             *start = strstr (mail, "Subject: ") + strlen ("Subject: ");
    g_autofree char        *subject = g_strndup (start,
                                                 (size_t) (strstr (start, "\r\nMessage-ID") - start));
    g_auto (GStrv)          words = g_strsplit (subject, "\r\n ", -1);
    g_autoptr (GString)     decoded = g_string_new (NULL);

    g_assert_null (strstr (mail, "\r\nBcc"));
    for (unsigned w = 0; words[w] != NULL; w++) {
      g_assert_cmpuint (strlen (words[w]), <=, 75);
      if (!g_str_has_prefix (words[w], "=?UTF-8?B?")) {
        g_string_append (decoded, words[w]);
        continue;
      }
      size_t         length;
      unsigned char *bytes = g_base64_decode (words[w] + 10, &length);
      g_assert_true (g_utf8_validate_len ((char *) bytes, length, NULL));
      g_string_append_len (decoded, (char *) bytes, (gssize) length);
      g_free (bytes);
    }
    g_assert_cmpstr (decoded->str, ==, message->title);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notify/messages", test_messages);
  g_test_add_func ("/notify/links", test_links);
  g_test_add_func ("/notify/dingtalk", test_dingtalk);
  g_test_add_func ("/notify/feishu", test_feishu);
  g_test_add_func ("/notify/wecom", test_wecom);
  g_test_add_func ("/notify/slack", test_slack);
  g_test_add_func ("/notify/webhook", test_webhook);
  g_test_add_func ("/notify/answers", test_answers);
  g_test_add_func ("/notify/mail", test_mail);
  g_test_add_func ("/notify/subjects", test_subjects);
  return g_test_run ();
}
