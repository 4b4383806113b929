#include "config.h"

#include <string.h>

#include "job.h"
#include "plan-private.h"

typedef enum {
  KIND_WEBHOOK,
  KIND_DINGTALK,
  KIND_FEISHU,
  KIND_WECOM,
  KIND_SLACK,
  KIND_EMAIL,
} Kind;

static const char *const kinds[] = { "webhook", "dingtalk", "feishu", "wecom",
                                     "slack",   "email",    NULL };
static const char *const events[] = { "done", "overdue", "abnormal", "signed", "missed", NULL };
static const char *const languages[] = { "en", "zh-CN", NULL };

/* What is told when a plan does not say: what somebody has to act on. */
#define DEFAULT_EVENTS                                                               \
  (1u << SHOT_NOTIFY_DONE | 1u << SHOT_NOTIFY_OVERDUE | 1u << SHOT_NOTIFY_ABNORMAL | \
   1u << SHOT_NOTIFY_MISSED)

void
shot_plan_notify_free (ShotPlanNotify *self)
{
  if (self == NULL)
    return;
  g_free (self->kind);
  g_free (self->url_file);
  g_free (self->url);
  g_free (self->secret_file);
  g_strfreev (self->to);
  g_free (self->from);
  g_free (self->smtp);
  g_free (self->smtp_user);
  g_free (self->language);
  g_free (self);
}

static void
read_kind (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  int kind = shot_plan_get_choice (reader, node, kinds);

  if (kind >= 0)
    ((ShotPlanNotify *) target)->kind = g_strdup (kinds[kind]);
}

static void
read_url (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlanNotify    *self = target;
  g_autoptr (GError) error = NULL;
  const char        *text = shot_plan_get_text (reader, node);

  if (text != NULL && !shot_job_check_uri (text, &error))
    shot_plan_complain (reader, node->line, "%s", error->message);
  else if (text != NULL)
    self->url = g_strdup (text);
}

static void
read_url_file (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_path_into (reader, node, &((ShotPlanNotify *) target)->url_file);
}

static void
read_secret_file (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_path_into (reader, node, &((ShotPlanNotify *) target)->secret_file);
}

/* Not the whole of RFC 5322: enough that nothing but an address reaches a program or a header. */
static bool
is_mail_address (const char *text)
{
  const char *at = strchr (text, '@');

  return at != NULL && at > text && at[1] != '\0' && strchr (at + 1, '@') == NULL &&
         strlen (text) <= 254 && *text != '-' && strpbrk (text, " \t\r\n,;:<>()[]\\\"'`|&") == NULL;
}

static void
check_address (ShotPlanReader *reader, unsigned line, const char *text)
{
  if (!is_mail_address (text))
    shot_plan_complain (reader, line,
                        "\"%s\" is no e-mail address: give one such as wang@example.com", text);
}

static void
read_to (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlanNotify *self = target;

  shot_plan_read_list_into (reader, node, &self->to);
  for (char **at = self->to; at != NULL && *at != NULL; at++)
    check_address (reader, node->line, *at);
}

static void
read_from (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlanNotify *self = target;

  shot_plan_read_text_into (reader, node, &self->from);
  if (self->from != NULL)
    check_address (reader, node->line, self->from);
}

static void
read_smtp (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlanNotify  *self = target;
  const char      *text = shot_plan_get_text (reader, node);
  g_autoptr (GUri) uri = text != NULL ? g_uri_parse (text, G_URI_FLAGS_NONE, NULL) : NULL;

  if (text == NULL)
    return;
  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0' ||
      g_uri_get_userinfo (uri) != NULL || g_uri_get_query (uri) != NULL ||
      (!g_str_equal (g_uri_get_scheme (uri), "smtp") &&
       !g_str_equal (g_uri_get_scheme (uri), "smtps")))
    shot_plan_complain (reader, node->line,
                        "the mail server is given as smtps://host:465 or smtp://host:587, its "
                        "account as \"user\" and \"secretFile\"");
  else
    self->smtp = g_strdup (text);
}

static void
read_user (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_text_into (reader, node, &((ShotPlanNotify *) target)->smtp_user);
}

static void
read_event (ShotPlanReader *reader, const ShotYamlNode *node, ShotPlanNotify *self)
{
  int event = shot_plan_get_choice (reader, node, events);

  if (event >= 0)
    self->on |= 1u << event;
}

static void
read_on (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  if (node->kind != SHOT_YAML_LIST) {
    read_event (reader, node, target);
    return;
  }
  for (unsigned i = 0; i < node->items->len; i++)
    read_event (reader, node->items->pdata[i], target);
}

static void
read_language (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  int language = shot_plan_get_choice (reader, node, languages);

  if (language >= 0)
    ((ShotPlanNotify *) target)->language = g_strdup (languages[language]);
}

static const ShotPlanKey keys[] = {
  { "kind", read_kind },
  { "url", read_url },
  { "urlFile", read_url_file },
  { "secretFile", read_secret_file },
  { "secret", shot_plan_refuse_secret },
  { "password", shot_plan_refuse_secret },
  { "token", shot_plan_refuse_secret },
  { "to", read_to },
  { "from", read_from },
  { "smtp", read_smtp },
  { "user", read_user },
  { "on", read_on },
  { "language", read_language },
  { NULL, NULL },
};

static void
check_mail (ShotPlanReader *reader, const ShotPlanNotify *self)
{
  if (self->to == NULL || *self->to == NULL)
    shot_plan_complain (reader, self->line, "email needs \"to\": whom to write to");
  if (self->url != NULL || self->url_file != NULL)
    shot_plan_complain (reader, self->line, "email has no address to call: leave \"url\" out");
  if (self->smtp == NULL && (self->smtp_user != NULL || self->secret_file != NULL))
    shot_plan_complain (reader, self->line,
                        "\"user\" and \"secretFile\" are for a mail server: give \"smtp\", too");
  else if ((self->smtp_user != NULL) != (self->secret_file != NULL))
    shot_plan_complain (reader, self->line,
                        "an account of the mail server needs both \"user\" and \"secretFile\"");
}

static void
check_call (ShotPlanReader *reader, const ShotPlanNotify *self)
{
  bool is_webhook = g_str_equal (self->kind, kinds[KIND_WEBHOOK]);
  bool has_secret = g_str_equal (self->kind, kinds[KIND_DINGTALK]) ||
                    g_str_equal (self->kind, kinds[KIND_FEISHU]);

  if (self->url != NULL && !is_webhook)
    shot_plan_complain (reader, self->line,
                        "the address of %s is a secret: put it into a file of its own and name "
                        "that as \"urlFile\"",
                        self->kind);
  else if ((self->url != NULL) == (self->url_file != NULL))
    shot_plan_complain (reader, self->line, "%s needs \"urlFile\"%s: the address to call",
                        self->kind, is_webhook ? " or \"url\", one of them" : "");
  if (self->secret_file != NULL && !has_secret)
    shot_plan_complain (reader, self->line, "%s signs nothing: leave \"secretFile\" out",
                        self->kind);
  if (self->to != NULL || self->from != NULL || self->smtp != NULL || self->smtp_user != NULL)
    shot_plan_complain (reader, self->line,
                        "\"to\", \"from\", \"smtp\" and \"user\" are for email, not for %s",
                        self->kind);
}

static void
read_one (ShotPlanReader *reader, const ShotYamlNode *node, ShotPlan *plan)
{
  ShotPlanNotify *self = g_new0 (ShotPlanNotify, 1);
  unsigned        before = reader->n_problems;

  self->line = node->line;
  g_ptr_array_add (plan->notify, self);
  shot_plan_read_map (reader, node, keys, self, NULL);
  if (before != reader->n_problems)
    return;
  if (self->on == 0)
    self->on = DEFAULT_EVENTS;
  if (self->kind == NULL)
    shot_plan_complain (reader, node->line,
                        "a notification needs \"kind\": webhook, dingtalk, feishu, wecom, slack "
                        "or email");
  else if (g_str_equal (self->kind, kinds[KIND_EMAIL]))
    check_mail (reader, self);
  else
    check_call (reader, self);
}

void
shot_plan_read_notify (ShotPlanReader *reader, const ShotYamlNode *node, void *plan)
{
  if (node->kind != SHOT_YAML_LIST) {
    read_one (reader, node, plan);
    return;
  }
  for (unsigned i = 0; i < node->items->len; i++)
    read_one (reader, node->items->pdata[i], plan);
}
