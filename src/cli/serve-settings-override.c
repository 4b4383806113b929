#include "config.h"

#include <string.h>

#include "error.h"
#include "serve-settings.h"

/* "EXPRESSION=--browser.SETTING=VALUE", as version 5 has it. */
typedef struct {
  GRegex *regex; /* (owned) */
  char  **words; /* (owned): an argument vector, the first of which is of no account */
} Override;

static void
override_clear (Override *self)
{
  g_clear_pointer (&self->regex, g_regex_unref);
  g_strfreev (self->words);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Override, override_clear)

static gboolean
parse (Override *self, const char *text, GError **error)
{
  const char        *equals = strstr (text, "=--");
  g_autoptr (GError) cause = NULL;

  if (equals == NULL) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                         "want EXPRESSION=--browser.SETTING=VALUE");
    return FALSE;
  }
  g_autofree char *pattern = g_strndup (text, (size_t) (equals - text));
  g_autofree char *line = g_strconcat ("override ", equals + 1, NULL);
  self->regex = g_regex_new (pattern, G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT, &cause);
  if (self->regex == NULL) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE, cause->message);
    return FALSE;
  }
  /* GLib's message would quote the whole line, which may have a secret in it. */
  if (!g_shell_parse_argv (line, NULL, &self->words, NULL)) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                         "its settings are quoted as a shell would not: close each quotation mark");
    return FALSE;
  }
  return TRUE;
}

static gboolean
apply (const Override *self, ShotSettings *settings, GError **error)
{
  int               count = (int) g_strv_length (self->words);
  g_autofree char **words = g_memdup2 (self->words, ((size_t) count + 1) * sizeof *self->words);

  if (!shot_settings_read_arguments (settings, &count, words, error))
    return FALSE;
  if (count > 1) {
    /* Perhaps the second half of a header's value, so it is not quoted. */
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                         "a word of it is no --browser.SETTING=VALUE: quote values with blanks");
    return FALSE;
  }
  return TRUE;
}

char *
shot_serve_settings_mask_override (const char *text)
{
  const char *start = strstr (text, "=--");
  const char *header = start != NULL ? strstr (start, "header") : NULL;

  if (header == NULL)
    return g_strdup (text);
  /* To the end: where a value ends is up to quotation marks that may be wrong. */
  return g_strdup_printf ("%.*s***", (int) (header + strcspn (header, "= ") + 1 - text), text);
}

gboolean
shot_serve_settings_check_override (const char *text, GError **error)
{
  g_auto (Override)        override = { 0 };
  g_autoptr (ShotSettings) settings = shot_settings_new (shot_serve_settings_table);

  if (!parse (&override, text, error) || !apply (&override, settings, error))
    return FALSE;
  for (const ShotSetting *row = shot_serve_settings_table; row->key != NULL; row++) {
    bool is_allowed = g_str_has_prefix (row->key, "browser.") &&
                      !g_str_equal (row->key, "browser.override");
    if (is_allowed || shot_settings_get_layer (settings, row->key) != SHOT_LAYER_FLAG)
      continue;
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "%s cannot be overridden: only settings that begin with \"browser.\"", row->key);
    return FALSE;
  }
  return TRUE;
}

gboolean
shot_serve_settings_add_overrides (const ShotSettings *self, ShotRequestRules *rules,
                                   GError **error)
{
  const char *const *texts = shot_settings_get_list (self, "browser.override");

  for (; *texts != NULL; texts++) {
    g_auto (Override)         override = { 0 };
    g_auto (ShotRequestRules) others = { 0 };
    g_autoptr (ShotSettings)  settings = shot_settings_copy (self);

    if (!parse (&override, *texts, error) || !apply (&override, settings, error) ||
        !shot_serve_settings_check_limits (settings, error) ||
        !shot_serve_settings_make_plain_rules (settings, &others, error)) {
      g_prefix_error (error, "browser.override: ");
      return FALSE;
    }
    shot_request_rules_add_override (rules, override.regex, &others);
  }
  return TRUE;
}
