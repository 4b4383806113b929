#include "config.h"

#include "payload.h"

#include <stdbool.h>
#include <string.h>

#include "json-text.h"

/* Of a line, in characters, from what is comfortable to what must fit: the head of the chain, 64, is
 * whole in any. */
static const unsigned line_limits[] = { 400, 200, 100, 66 };

/* https://developer.work.weixin.qq.com/document/path/91770 */
#define WECOM_MAX_BYTES 4096

/* https://docs.slack.dev/reference/block-kit/blocks: in characters. */
#define SLACK_MAX_HEADER 150
#define SLACK_MAX_SECTION 3000

#define MAX_ANSWER_DEPTH 16
#define MAX_DIGITS 30
#define MAX_WHY 200

static const char *const names[SHOT_N_SERVICES] = { "webhook", "dingtalk", "feishu", "wecom",
                                                    "slack" };

gboolean
shot_service_from_name (const char *name, ShotService *out_service)
{
  for (unsigned i = 0; i < SHOT_N_SERVICES; i++) {
    if (g_str_equal (name, names[i])) {
      *out_service = (ShotService) i;
      return TRUE;
    }
  }
  return FALSE;
}

/* ---- Texts */

static void
append_cut (GString *out, const char *text, unsigned most)
{
  if (g_utf8_strlen (text, -1) <= (long) most) {
    g_string_append (out, text);
    return;
  }
  g_string_append_len (out, text, g_utf8_offset_to_pointer (text, most) - text);
  g_string_append (out, "…");
}

/* What these dialects of markdown could take for markup, mentions or entities. */
static void
append_markdown (GString *out, const char *text, unsigned most)
{
  static const char special[] = "*`[]<>&\\#~";
  static const char *const wide[] = { "＊", "｀", "［", "］", "＜", "＞", "＆", "＼", "＃", "～" };
  g_autoptr (GString) cut = g_string_new (NULL);

  append_cut (cut, text, most);
  for (const char *at = cut->str; *at != '\0'; at++) {
    const char *found = strchr (special, *at);
    if (found != NULL)
      g_string_append (out, wide[found - special]);
    else
      g_string_append_c (out, *at);
  }
}

/* "LABEL: TEXT" a line. */
static char *
make_plain (const ShotMessage *message, unsigned most)
{
  GString *text = g_string_new (NULL);
  bool     is_chinese = g_str_equal (message->language, "zh-CN");

  for (unsigned i = 0; i < message->lines->len; i++) {
    const ShotMessageLine *line = message->lines->pdata[i];
    g_string_append_printf (text, "%s%s%s", i > 0 ? "\n" : "", line->label,
                            is_chinese ? "：" : ": ");
    append_cut (text, line->text, most);
  }
  return g_string_free (text, FALSE);
}

/* @break: between lines; @mark: before each. */
static char *
make_markdown (const ShotMessage *message, const char *heading, const char *mark,
               const char *line_break, unsigned most)
{
  GString *text = g_string_new (heading);
  bool     is_chinese = g_str_equal (message->language, "zh-CN");

  append_markdown (text, message->title, most);
  for (unsigned i = 0; i < message->lines->len; i++) {
    const ShotMessageLine *line = message->lines->pdata[i];
    g_string_append_printf (text, "%s%s**%s**%s", line_break, mark, line->label,
                            is_chinese ? "：" : ": ");
    append_markdown (text, line->text, most);
  }
  if (message->link != NULL)
    g_string_append_printf (text, "%s[%s](%s)", line_break, message->link_text, message->link);
  return g_string_free (text, FALSE);
}

/* ---- Payloads */

static JsonObject *
make_text (const char *type_key, const char *type, const char *text_key, const char *text)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, type_key, type);
  json_object_set_string_member (object, text_key, text);
  return object;
}

static void
set_object_or_null (JsonObject *object, const char *name, JsonObject *value)
{
  if (value != NULL)
    json_object_set_object_member (object, name, value);
  else
    json_object_set_null_member (object, name);
}

static JsonObject *
make_webhook (const ShotMessage *message, const ShotNotice *notice, int64_t now_ms)
{
  JsonObject      *object = json_object_new ();
  JsonObject      *plan = json_object_new ();
  g_autofree char *text = shot_message_to_text (message);

  json_object_set_int_member (object, "version", 1);
  json_object_set_string_member (object, "event", shot_notify_event_get_name (notice->event));
  json_object_set_int_member (object, "sent", now_ms);
  json_object_set_string_member (object, "text", text);
  json_object_set_string_member (object, "link", message->link);
  if (message->link == NULL)
    json_object_set_null_member (object, "link");
  json_object_set_string_member (plan, "name", notice->plan);
  json_object_set_string_member (plan, "title",
                                 notice->title != NULL ? notice->title : notice->plan);
  json_object_set_object_member (object, "plan", plan);
  if (notice->event == SHOT_NOTIFY_MISSED) {
    json_object_set_int_member (object, "planned", notice->at_ms);
    json_object_set_string_member (object, "why", notice->detail != NULL ? notice->detail : "");
  }
  set_object_or_null (object, "run",
                      notice->run != NULL ? shot_run_to_json (notice->run, false) : NULL);
  set_object_or_null (object, "cell",
                      notice->cell != NULL ? shot_cell_to_json (notice->cell, false) : NULL);
  return object;
}

/* https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages */
static JsonObject *
make_dingtalk (const ShotMessage *message)
{
  JsonObject      *object = json_object_new ();
  g_autofree char *text = make_markdown (message, "### ", "", "\n\n", line_limits[0]);

  json_object_set_string_member (object, "msgtype", "markdown");
  json_object_set_object_member (object, "markdown",
                                 make_text ("title", message->title, "text", text));
  return object;
}

static JsonObject *
make_wecom (const ShotMessage *message)
{
  JsonObject *object = json_object_new ();
  JsonObject *markdown = json_object_new ();
  char       *text = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (line_limits); i++) {
    g_free (text);
    text = make_markdown (message, "### ", "> ", "\n", line_limits[i]);
    if (strlen (text) <= WECOM_MAX_BYTES)
      break;
  }
  json_object_set_string_member (object, "msgtype", "markdown");
  json_object_set_string_member (markdown, "content", text);
  json_object_set_object_member (object, "markdown", markdown);
  g_free (text);
  return object;
}

static JsonObject *
make_feishu_button (const ShotMessage *message)
{
  JsonObject *action = json_object_new ();
  JsonObject *button = json_object_new ();
  JsonArray  *actions = json_array_new ();

  json_object_set_string_member (button, "tag", "button");
  json_object_set_object_member (button, "text",
                                 make_text ("tag", "plain_text", "content", message->link_text));
  json_object_set_string_member (button, "url", message->link);
  json_object_set_string_member (button, "type", "primary");
  json_array_add_object_element (actions, button);
  json_object_set_string_member (action, "tag", "action");
  json_object_set_array_member (action, "actions", actions);
  return action;
}

/* https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot */
static JsonObject *
make_feishu (const ShotMessage *message)
{
  static const char *const colours[] = { "green", "blue", "orange", "red" };
  JsonObject              *object = json_object_new ();
  JsonObject              *card = json_object_new ();
  JsonObject              *config = json_object_new ();
  JsonObject              *header = json_object_new ();
  JsonObject              *body = json_object_new ();
  JsonArray               *elements = json_array_new ();
  g_autofree char         *text = make_plain (message, line_limits[0]);

  json_object_set_boolean_member (config, "wide_screen_mode", TRUE);
  json_object_set_object_member (header, "title",
                                 make_text ("tag", "plain_text", "content", message->title));
  json_object_set_string_member (header, "template", colours[message->tone]);
  json_object_set_string_member (body, "tag", "div");
  json_object_set_object_member (body, "text", make_text ("tag", "plain_text", "content", text));
  json_array_add_object_element (elements, body);
  if (message->link != NULL)
    json_array_add_object_element (elements, make_feishu_button (message));
  json_object_set_object_member (card, "config", config);
  json_object_set_object_member (card, "header", header);
  json_object_set_array_member (card, "elements", elements);
  json_object_set_string_member (object, "msg_type", "interactive");
  json_object_set_object_member (object, "card", card);
  return object;
}

/* Slack's three signs in the text that devices show; the blocks hold plain texts. */
static char *
escape_slack (const char *text)
{
  g_autoptr (GString) out = g_string_new (text);

  g_string_replace (out, "&", "&amp;", 0);
  g_string_replace (out, "<", "&lt;", 0);
  g_string_replace (out, ">", "&gt;", 0);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static JsonObject *
make_slack_text (const char *text, unsigned most)
{
  g_autoptr (GString) cut = g_string_new (NULL);

  append_cut (cut, text, most - 1);
  JsonObject *object = make_text ("type", "plain_text", "text", cut->str);
  json_object_set_boolean_member (object, "emoji", FALSE);
  return object;
}

static JsonObject *
make_slack_block (const char *type, const char *text, unsigned most)
{
  JsonObject *block = json_object_new ();

  json_object_set_string_member (block, "type", type);
  json_object_set_object_member (block, "text", make_slack_text (text, most));
  return block;
}

static JsonObject *
make_slack (const ShotMessage *message)
{
  JsonObject      *object = json_object_new ();
  JsonArray       *blocks = json_array_new ();
  g_autofree char *fallback = escape_slack (message->title);
  g_autofree char *text = make_plain (message, line_limits[0]);

  json_array_add_object_element (blocks,
                                 make_slack_block ("header", message->title, SLACK_MAX_HEADER));
  json_array_add_object_element (blocks, make_slack_block ("section", text, SLACK_MAX_SECTION));
  if (message->link != NULL) {
    JsonObject *actions = json_object_new ();
    JsonObject *button = make_slack_block ("button", message->link_text, 75);
    JsonArray  *elements = json_array_new ();
    json_object_set_string_member (button, "url", message->link);
    json_array_add_object_element (elements, button);
    json_object_set_string_member (actions, "type", "actions");
    json_object_set_array_member (actions, "elements", elements);
    json_array_add_object_element (blocks, actions);
  }
  json_object_set_string_member (object, "text", fallback);
  json_object_set_array_member (object, "blocks", blocks);
  return object;
}

JsonObject *
shot_payload_new (ShotService service, const ShotMessage *message, const ShotNotice *notice,
                  int64_t now_ms)
{
  switch (service) {
  case SHOT_SERVICE_DINGTALK:
    return make_dingtalk (message);
  case SHOT_SERVICE_FEISHU:
    return make_feishu (message);
  case SHOT_SERVICE_WECOM:
    return make_wecom (message);
  case SHOT_SERVICE_SLACK:
    return make_slack (message);
  case SHOT_SERVICE_WEBHOOK:
  case SHOT_N_SERVICES:
  default:
    return make_webhook (message, notice, now_ms);
  }
}

/* ---- Signing */

/* Base64 of the HMAC with SHA-256. */
static char *
sign (const char *key, const char *text)
{
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, (const unsigned char *) key,
                                       strlen (key));
  uint8_t           digest[32];
  size_t            length = sizeof digest;

  g_hmac_update (hmac, (const unsigned char *) text, (gssize) strlen (text));
  g_hmac_get_digest (hmac, digest, &length);
  return g_base64_encode (digest, length);
}

/* DingTalk signs "TIMESTAMP\nSECRET" with the secret. */
static ShotSecret *
sign_address (const char *address, const char *secret, int64_t now_ms)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT "\n%s", now_ms, secret);
  g_autofree char *signature = sign (secret, text);
  g_autofree char *escaped = g_uri_escape_string (signature, NULL, FALSE);
  g_autofree char *signed_address = g_strdup_printf ("%s%stimestamp=%" G_GINT64_FORMAT "&sign=%s",
                                                     address,
                                                     strchr (address, '?') != NULL ? "&" : "?",
                                                     now_ms, escaped);

  explicit_bzero (text, strlen (text));
  ShotSecret *result = shot_secret_new (signed_address);
  explicit_bzero (signed_address, strlen (signed_address));
  return result;
}

/* Feishu signs nothing with "TIMESTAMP\nSECRET". */
static void
sign_body (JsonObject *payload, const char *secret, int64_t now_ms)
{
  g_autofree char *timestamp = g_strdup_printf ("%" G_GINT64_FORMAT, now_ms / 1000);
  g_autofree char *key = g_strdup_printf ("%s\n%s", timestamp, secret);
  g_autofree char *signature = sign (key, "");

  explicit_bzero (key, strlen (key));
  json_object_set_string_member (payload, "timestamp", timestamp);
  json_object_set_string_member (payload, "sign", signature);
}

char *
shot_payload_seal (ShotService service, JsonObject *payload, const ShotSecret *address,
                   const ShotSecret *secret, int64_t now_ms, ShotSecret **out_address)
{
  bool is_in_address = secret != NULL && service == SHOT_SERVICE_DINGTALK;

  if (secret != NULL && service == SHOT_SERVICE_FEISHU)
    sign_body (payload, shot_secret_reveal (secret), now_ms);
  *out_address = is_in_address ? sign_address (shot_secret_reveal (address),
                                               shot_secret_reveal (secret), now_ms)
                               : shot_secret_new (shot_secret_reveal (address));
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), payload);
  return json_to_string (node, FALSE);
}

/* ---- Answers */

static JsonObject *
parse (GBytes *body)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  size_t                 length;
  const char            *text = g_bytes_get_data (body, &length);

  if (length == 0 ||
      shot_json_text_find_fault (text, length, MAX_ANSWER_DEPTH, MAX_DIGITS) != NULL ||
      !json_parser_load_from_data (parser, text, (gssize) length, NULL))
    return NULL;
  JsonNode *root = json_parser_get_root (parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root)
             ? json_object_ref (json_node_get_object (root))
             : NULL;
}

/* A whole number of the answer. */
static bool
get_number (JsonObject *answer, const char *name, int64_t *out_number)
{
  JsonNode *node = json_object_get_member (answer, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_INT64)
    return false;
  *out_number = json_node_get_int (node);
  return true;
}

static char *
quote (const char *text, size_t length)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) MIN (length, 4 * MAX_WHY));
  GString         *line = g_string_new (NULL);
  unsigned         count = 0;

  for (const char *at = valid; *at != '\0' && count < MAX_WHY;
       at = g_utf8_next_char (at), count++) {
    gunichar letter = g_utf8_get_char (at);
    g_string_append_unichar (line, g_unichar_isprint (letter) ? letter : ' ');
  }
  g_strstrip (line->str);
  return g_string_free (line, FALSE);
}

/* How a service says in its JSON how it went. */
typedef struct {
  const char *code;
  const char *message;
  int64_t     later[4]; /* codes of "too often" and "busy"; ends with 0 */
} Protocol;

static const Protocol dingtalk = { "errcode", "errmsg", { -1, 130101, 130102, 0 } };
static const Protocol wecom = { "errcode", "errmsg", { -1, 45009, 45033, 0 } };
static const Protocol feishu = { "code", "msg", { 11232, 11233, 0 } };
static const Protocol feishu_old = { "StatusCode", "StatusMessage", { 11232, 11233, 0 } };

static ShotDelivery
judge_code (JsonObject *answer, const Protocol *protocol, int64_t code, char **out_why)
{
  if (code == 0)
    return SHOT_DELIVERY_DONE;
  JsonNode        *node = json_object_get_member (answer, protocol->message);
  const char      *text = node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
                             json_node_get_value_type (node) == G_TYPE_STRING
                              ? json_node_get_string (node)
                              : "";
  g_autofree char *quoted = quote (text, strlen (text));

  *out_why = g_strdup_printf ("it answered %s %" G_GINT64_FORMAT "%s%s", protocol->code, code,
                              quoted[0] != '\0' ? ": " : "", quoted);
  for (unsigned i = 0; protocol->later[i] != 0; i++)
    if (protocol->later[i] == code)
      return SHOT_DELIVERY_LATER;
  return SHOT_DELIVERY_REFUSED;
}

static ShotDelivery
judge_json (ShotService service, GBytes *body, char **out_why)
{
  JsonObject     *answer = parse (body);
  const Protocol *protocol = service == SHOT_SERVICE_DINGTALK ? &dingtalk
                             : service == SHOT_SERVICE_WECOM  ? &wecom
                                                              : &feishu;
  int64_t         code = 0;
  ShotDelivery    delivery = SHOT_DELIVERY_REFUSED;
  bool            has_code = answer != NULL && get_number (answer, protocol->code, &code);

  if (!has_code && answer != NULL && service == SHOT_SERVICE_FEISHU) {
    protocol = &feishu_old;
    has_code = get_number (answer, protocol->code, &code);
  }
  if (has_code)
    delivery = judge_code (answer, protocol, code, out_why);
  else
    *out_why = g_strdup_printf ("the answer is none of %s: is the address the robot's?",
                                names[service]);
  g_clear_pointer (&answer, json_object_unref);
  return delivery;
}

ShotDelivery
shot_payload_judge (ShotService service, unsigned status, GBytes *body, char **out_why)
{
  size_t      length;
  const char *text = g_bytes_get_data (body, &length);

  if (status < 200 || status > 299) {
    g_autofree char *quoted = quote (length > 0 ? text : "", length);
    *out_why = g_strdup_printf ("it answered %u%s%s", status, quoted[0] != '\0' ? ": " : "",
                                quoted);
    return status == 408 || status == 425 || status == 429 || status >= 500 ? SHOT_DELIVERY_LATER
                                                                            : SHOT_DELIVERY_REFUSED;
  }
  switch (service) {
  case SHOT_SERVICE_DINGTALK:
  case SHOT_SERVICE_FEISHU:
  case SHOT_SERVICE_WECOM:
    return judge_json (service, body, out_why);
  case SHOT_SERVICE_SLACK:
    if (length >= 2 && strncmp (text, "ok", 2) == 0)
      return SHOT_DELIVERY_DONE;
    *out_why = g_strdup ("the answer is not Slack's \"ok\": is the address an incoming webhook's?");
    return SHOT_DELIVERY_REFUSED;
  case SHOT_SERVICE_WEBHOOK:
  case SHOT_N_SERVICES:
  default:
    return SHOT_DELIVERY_DONE;
  }
}
