#include "config.h"

#include <string.h>

#include "duration.h"
#include "error.h"
#include "job.h"
#include "nearest.h"
#include "plan-private.h"
#include "timezone.h"

#define MAX_PROBLEMS 50
#define MAX_TEXT_BYTES 4096
#define MAX_SHOWN 60
#define DAY_MS INT64_C (86400000)
#define MAX_DUE_DAYS 60
#define MAX_RETENTION_DAYS (100 * 366)

void
shot_plan_complain (ShotPlanReader *self, unsigned line, const char *format, ...)
{
  va_list arguments;

  self->n_problems++;
  if (self->n_problems > MAX_PROBLEMS)
    return;
  va_start (arguments, format);
  g_string_append_printf (self->problems, "%s%s:%u: ", self->problems->len > 0 ? "\n" : "",
                          self->name, line);
  g_string_append_vprintf (self->problems, format, arguments);
  va_end (arguments);
  if (self->n_problems == MAX_PROBLEMS)
    g_string_append (self->problems, "\nand perhaps more: put these right first");
}

static const ShotPlanKey *
find_key (const ShotPlanKey *keys, const char *name)
{
  for (; keys->name != NULL; keys++) {
    if (g_str_equal (keys->name, name))
      return keys;
  }
  return NULL;
}

static void
complain_unknown (ShotPlanReader *self, const ShotYamlNode *item, const ShotPlanKey *keys,
                  const ShotPlanKey *more)
{
  g_autoptr (GPtrArray) known = g_ptr_array_new ();

  /* What is refused anyway is no cure. */
  for (const ShotPlanKey *key = keys; key->name != NULL; key++) {
    if (key->read != shot_plan_refuse_secret)
      g_ptr_array_add (known, (void *) key->name);
  }
  for (const ShotPlanKey *key = more; key != NULL && key->name != NULL; key++)
    g_ptr_array_add (known, (void *) key->name);
  g_ptr_array_add (known, NULL);

  const char *nearest = shot_nearest_find (item->key, (const char *const *) known->pdata);
  if (nearest != NULL) {
    shot_plan_complain (self, item->line, "unknown setting \"%s\": did you mean \"%s\"?", item->key,
                        nearest);
    return;
  }
  g_autofree char *all = g_strjoinv (", ", (char **) known->pdata);
  shot_plan_complain (self, item->line, "unknown setting \"%s\": known here are %s", item->key,
                      all);
}

void
shot_plan_read_map (ShotPlanReader *self, const ShotYamlNode *node, const ShotPlanKey *keys,
                    void *target, ShotPlanLook *look)
{
  const ShotPlanKey *more = look != NULL ? shot_plan_look_keys : NULL;

  if (node->kind != SHOT_YAML_MAP) {
    shot_plan_complain (self, node->line, "want \"setting: value\" lines%s%s, not a %s",
                        node->key != NULL ? " below " : "", node->key != NULL ? node->key : "",
                        shot_yaml_node_is_null (node) ? "place without anything"
                                                      : shot_yaml_node_describe (node));
    return;
  }
  for (unsigned i = 0; i < node->items->len; i++) {
    const ShotYamlNode *item = node->items->pdata[i];
    const ShotPlanKey  *own = find_key (keys, item->key);
    const ShotPlanKey  *shared = own == NULL && more != NULL ? find_key (more, item->key) : NULL;
    if (own == NULL && shared == NULL)
      complain_unknown (self, item, keys, more);
    else if (shot_yaml_node_is_null (item))
      continue; /* As if it were not there. */
    else if (own != NULL)
      own->read (self, item, target);
    else
      shared->read (self, item, look);
  }
}

static const char *
describe_node (const ShotYamlNode *node)
{
  return node->key != NULL ? node->key : "an entry of the list";
}

const char *
shot_plan_get_text (ShotPlanReader *self, const ShotYamlNode *node)
{
  const char *what = describe_node (node);

  if (node->kind != SHOT_YAML_TEXT || node->text == NULL) {
    shot_plan_complain (self, node->line, "want one value for %s, not %s%s", what,
                        node->kind == SHOT_YAML_TEXT ? "nothing" : "a ",
                        node->kind == SHOT_YAML_TEXT ? "" : shot_yaml_node_describe (node));
    return NULL;
  }
  if (strlen (node->text) > MAX_TEXT_BYTES) {
    shot_plan_complain (self, node->line, "%s is longer than %d bytes", what, MAX_TEXT_BYTES);
    return NULL;
  }
  for (const char *at = node->text; *at != '\0'; at = g_utf8_next_char (at)) {
    if (!g_unichar_iscntrl (g_utf8_get_char (at)))
      continue;
    shot_plan_complain (self, node->line,
                        "%s has a line break or another control character in it: write one line",
                        what);
    return NULL;
  }
  return node->text;
}

void
shot_plan_read_text_into (ShotPlanReader *self, const ShotYamlNode *node, char **target)
{
  const char *text = shot_plan_get_text (self, node);

  if (text == NULL)
    return;
  if (*text == '\0') {
    shot_plan_complain (self, node->line, "%s is empty: give a value, or leave it out",
                        describe_node (node));
    return;
  }
  g_free (*target);
  *target = g_strdup (text);
}

void
shot_plan_read_path_into (ShotPlanReader *self, const ShotYamlNode *node, char **target)
{
  g_autofree char *text = NULL;

  shot_plan_read_text_into (self, node, &text);
  if (text == NULL)
    return;
  g_free (*target);
  *target = g_canonicalize_filename (text, self->folder);
}

void
shot_plan_read_list_into (ShotPlanReader *self, const ShotYamlNode *node, char ***target)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  bool                     is_list = node->kind == SHOT_YAML_LIST;
  unsigned                 n_items = is_list ? node->items->len : 1;

  if (n_items == 0) {
    shot_plan_complain (self, node->line, "%s is empty: give a value, or leave it out",
                        describe_node (node));
    return;
  }
  for (unsigned i = 0; i < n_items; i++) {
    const char *text = shot_plan_get_text (self, is_list ? node->items->pdata[i] : node);
    if (text == NULL)
      return;
    g_strv_builder_add (builder, text);
  }
  g_strfreev (*target);
  *target = g_strv_builder_end (builder);
}

int
shot_plan_get_choice (ShotPlanReader *self, const ShotYamlNode *node, const char *const *names)
{
  const char *text = shot_plan_get_text (self, node);

  if (text == NULL)
    return -1;
  for (int i = 0; names[i] != NULL; i++) {
    if (g_str_equal (names[i], text))
      return i;
  }
  const char      *nearest = shot_nearest_find (text, names);
  g_autofree char *all = g_strjoinv (", ", (char **) names);
  g_autofree char *shown = g_utf8_make_valid (text, (gssize) strnlen (text, MAX_SHOWN));
  if (nearest != NULL)
    shot_plan_complain (self, node->line, "\"%s\": did you mean \"%s\"?", shown, nearest);
  else
    shot_plan_complain (self, node->line, "\"%s\": known here are %s", shown, all);
  return -1;
}

void
shot_plan_read_zone_into (ShotPlanReader *self, const ShotYamlNode *node, char **target)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (GTimeZone) zone = NULL;
  g_autofree char      *name = NULL;
  const char           *text = shot_plan_get_text (self, node);

  if (text == NULL)
    return;
  /* "UTC+2" means two opposite things, to people and to Grafana. */
  if (strpbrk (text, "+-0123456789") == NULL || strchr (text, '/') != NULL)
    name = shot_timezone_normalize (text, &error);
  if (name != NULL)
    zone = g_time_zone_new_identifier (name);
  if (error != NULL)
    shot_plan_complain (self, node->line, "%s", error->message);
  else if (name == NULL)
    shot_plan_complain (self, node->line,
                        "the time zone is an IANA name such as Asia/Shanghai, or UTC");
  else if (zone == NULL)
    shot_plan_complain (self, node->line,
                        "the rules of time zone %s are not installed here: install tzdata", name);
  else {
    g_free (*target);
    *target = g_steal_pointer (&name);
  }
}

void
shot_plan_read_language_into (ShotPlanReader *self, const ShotYamlNode *node, char **target)
{
  g_autoptr (ShotJob) job = shot_job_new ("http://grafana.invalid/");
  g_autoptr (GError)  error = NULL;

  shot_plan_read_text_into (self, node, target);
  if (*target == NULL)
    return;
  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  job->language = g_strdup (*target);
  if (!shot_job_check (job, &error))
    shot_plan_complain (self, node->line, "%s", error->message);
}

void
shot_plan_refuse_secret (ShotPlanReader *self, const ShotYamlNode *node, void *target)
{
  const char *file = g_str_equal (node->key, "token") || g_str_equal (node->key, "apiKey")
                         ? "tokenFile"
                         : "secretFile";

  /* Plans are kept with every run and shown to whoever may look at it. */
  shot_plan_complain (self, node->line,
                      "\"%s\" is a secret and has no place in a plan: put it into a file that only "
                      "you may read and name that as \"%s\"",
                      node->key, file);
}

static void
read_title (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_text_into (reader, node, &((ShotPlan *) target)->title);
}

static void
read_address (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlan          *plan = target;
  g_autoptr (GError) error = NULL;
  const char        *text = shot_plan_get_text (reader, node);

  if (text == NULL)
    return;
  if (!shot_job_check_uri (text, &error)) {
    shot_plan_complain (reader, node->line, "%s", error->message);
    return;
  }
  if (strpbrk (text, "?#") != NULL) {
    shot_plan_complain (reader, node->line,
                        "the address of Grafana has neither \"?\" nor \"#\" in it: give what its "
                        "pages have in common, such as https://grafana.example.com");
    return;
  }
  plan->grafana = g_strdup (text);
  for (size_t length = strlen (text); length > 0 && text[length - 1] == '/'; length--)
    plan->grafana[length - 1] = '\0';
}

static void
read_token_file (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_path_into (reader, node, &((ShotPlan *) target)->token_file);
}

static void
read_ca_file (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_path_into (reader, node, &((ShotPlan *) target)->ca_file);
}

static void
read_org_id (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  const char *text = shot_plan_get_text (reader, node);
  guint64     number = 0;

  if (text == NULL)
    return;
  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT32, &number, NULL))
    shot_plan_complain (reader, node->line, "orgId is a number from 1");
  else
    ((ShotPlan *) target)->org_id = (int) number;
}

static void
read_grafana (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  static const ShotPlanKey keys[] = {
    { "address", read_address },
    { "tokenFile", read_token_file },
    { "caFile", read_ca_file },
    { "orgId", read_org_id },
    { "token", shot_plan_refuse_secret },
    { "apiKey", shot_plan_refuse_secret },
    { "password", shot_plan_refuse_secret },
    { NULL, NULL },
  };

  /* The address alone is enough where everybody may look. */
  if (node->kind == SHOT_YAML_TEXT)
    read_address (reader, node, target);
  else
    shot_plan_read_map (reader, node, keys, target, NULL);
}

static void
read_timeout (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  g_autoptr (GError) error = NULL;
  const char        *text = shot_plan_get_text (reader, node);
  int64_t            ms = 0;

  if (text == NULL)
    return;
  if (!shot_duration_parse (text, SHOT_JOB_MAX_TIMEOUT_MS, &ms, &error))
    shot_plan_complain (reader, node->line, "timeout \"%s\": %s", text, error->message);
  else
    ((ShotPlan *) target)->timeout_ms = ms;
}

/* "8h", "90m", "400 days": a whole number of one unit; 0 for anything else. */
static int64_t
parse_length_ms (const char *text, int64_t most_ms)
{
  static const struct {
    const char *names; /* apart by blanks */
    int64_t     ms;
  } units[] = {
    { "m min minute minutes", 60000 }, { "h hour hours", 3600000 },      { "d day days", DAY_MS },
    { "w week weeks", 7 * DAY_MS },    { "y year years", 365 * DAY_MS },
  };
  char *rest = NULL;

  if (!g_ascii_isdigit (*text))
    return 0;
  guint64 amount = g_ascii_strtoull (text, &rest, 10);
  while (*rest == ' ')
    rest++;
  for (size_t i = 0; i < G_N_ELEMENTS (units); i++) {
    g_auto (GStrv) names = g_strsplit (units[i].names, " ", -1);
    if (g_strv_contains ((const char *const *) names, rest))
      return amount <= (guint64) (most_ms / units[i].ms) ? (int64_t) amount * units[i].ms : 0;
  }
  return 0;
}

static void
read_cron (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlan          *plan = target;
  g_autoptr (GError) error = NULL;
  const char        *text = shot_plan_get_text (reader, node);

  if (text == NULL)
    return;
  plan->cron = shot_cron_new (text, &error);
  if (plan->cron == NULL)
    shot_plan_complain (reader, node->line, "%s", error->message);
  else
    plan->cron_text = g_strdup (text);
}

static void
read_cron_timezone (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_zone_into (reader, node, &((ShotPlan *) target)->cron_timezone);
}

static void
read_missed (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  static const char *const words[] = {
    [SHOT_MISSED_LATEST] = "latest", [SHOT_MISSED_SKIP] = "skip", NULL
  };
  int choice = shot_plan_get_choice (reader, node, words);

  if (choice >= 0)
    ((ShotPlan *) target)->missed = (ShotMissed) choice;
}

static void
read_schedule (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  static const ShotPlanKey keys[] = { { "cron", read_cron },
                                      { "timezone", read_cron_timezone },
                                      { "missed", read_missed },
                                      { NULL, NULL } };
  unsigned                 before = reader->n_problems;

  if (node->kind == SHOT_YAML_TEXT) {
    read_cron (reader, node, target);
    return;
  }
  shot_plan_read_map (reader, node, keys, target, NULL);
  if (((ShotPlan *) target)->cron == NULL && before == reader->n_problems)
    shot_plan_complain (reader, node->line, "schedule needs \"cron\", such as \"0 8 * * 1-5\"");
}

/* "18:00", "8:05" */
static bool
parse_time (const char *text, char **out_time)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", -1);
  guint64        hour = 0;
  guint64        minute = 0;

  if (g_strv_length (parts) != 2 || strlen (parts[1]) != 2 ||
      !g_ascii_string_to_unsigned (parts[0], 10, 0, 23, &hour, NULL) ||
      !g_ascii_string_to_unsigned (parts[1], 10, 0, 59, &minute, NULL))
    return false;
  *out_time = g_strdup_printf ("%02u:%02u", (unsigned) hour, (unsigned) minute);
  return true;
}

static void
read_due (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlan   *plan = target;
  const char *text = shot_plan_get_text (reader, node);

  if (text == NULL)
    return;
  if (parse_time (text, &plan->due_time))
    return;
  plan->due_ms = parse_length_ms (text, MAX_DUE_DAYS * DAY_MS);
  if (plan->due_ms == 0)
    shot_plan_complain (reader, node->line,
                        "due \"%s\": give how long after the start, such as 8h, at most %d days, "
                        "or a time of the day such as \"18:00\"",
                        text, MAX_DUE_DAYS);
}

static void
read_by (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_list_into (reader, node, &((ShotPlan *) target)->reviewers);
}

static void
read_review (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  static const ShotPlanKey keys[] = { { "due", read_due }, { "by", read_by }, { NULL, NULL } };

  shot_plan_read_map (reader, node, keys, target, NULL);
}

static void
read_retention (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlan   *plan = target;
  const char *text = shot_plan_get_text (reader, node);

  if (text == NULL || g_str_equal (text, "forever"))
    return;
  int64_t ms = parse_length_ms (text, MAX_RETENTION_DAYS * DAY_MS);
  /* What is cut short by a slip of the pen does not come back. */
  if (ms < DAY_MS)
    shot_plan_complain (reader, node->line,
                        "retention \"%s\": give days such as 400d, weeks, years, or \"forever\"",
                        text);
  else
    plan->retention_ms = ms;
}

void
shot_plan_read_tree (ShotPlanReader *reader, const ShotYamlNode *root, ShotPlan *plan)
{
  static const ShotPlanKey keys[] = {
    { "title", read_title },
    { "grafana", read_grafana },
    { "dashboards", shot_plan_read_dashboards },
    { "timeout", read_timeout },
    { "schedule", read_schedule },
    { "review", read_review },
    { "retention", read_retention },
    { "notify", shot_plan_read_notify },
    { "token", shot_plan_refuse_secret },
    { NULL, NULL },
  };

  shot_plan_read_map (reader, root, keys, plan, &plan->look);
  if (plan->grafana == NULL && reader->n_problems == 0)
    shot_plan_complain (reader, root->line,
                        "no Grafana: give its address, \"grafana: {address: https://…}\"");
  if (plan->dashboards->len == 0 && reader->n_problems == 0)
    shot_plan_complain (reader, root->line,
                        "no dashboards: name one, \"dashboards: [{uid: abc}]\"");
}
