#include "config.h"

#include "mask.h"

#include <string.h>

#define MAX_BYTES (64 * 1024) /* twice the longest address */

/* A parameter's name when only an address can be meant: right after ?, & and the like. */
#define WEAK_NAMES "key|code|sig|auth|sid|pw|pwd|state|nonce"

/* Names that tell in any place, a log field or a cookie included. */
#define STRONG_NAMES                                                                           \
  "[\\w.\\-]{0,64}(?:token|secret|passw(?:or)?d|api[_\\-]?key|render[_\\-]?key|jwt|signature|" \
  "credential|session)[\\w.\\-]{0,64}"

/* Ends a value: blanks, double quotes and the closing quotation mark (as bytes) of messages. */
#define VALUE_CHARACTER "(?!\\xe2\\x80\\x9d)[^&#\\s\"<>]"

/* "%3F" at any depth of encoding: "%3F", "%253F", "%25253F". */
#define ENCODED "%(?:25)*"

typedef struct {
  const char *pattern;
  const char *replacement;
} Rule;

/* In this order: the user part first, or an "@" in a parameter that follows would be misread. */
static const Rule rules[] = {
  { "(://)[^/?#\\s\"<>]*@", "\\1***@" },
  { "((" ENCODED ")3A(?:\\2)2F(?:\\2)2F)"
    "(?:(?!\\2(?:2F|3F|23))[^&#\\s\"<>/?])*(?:(?:\\2)"
    "40|@)",
    "\\1***@" },
  { "((?:[?&;#]|" ENCODED "(?:3F|26|3B|23))(?:" WEAK_NAMES "|" STRONG_NAMES ")=)"
    "(?:" VALUE_CHARACTER ")*+",
    "\\1***" },
  { "((?:[?&;#]|" ENCODED "(?:3F|26|3B|23))(?:" WEAK_NAMES "|" STRONG_NAMES ")"
    "(" ENCODED ")3D)(?:(?!(?:\\2)"
    "26)" VALUE_CHARACTER ")*+",
    "\\1***" },
  { "((?:^|[\\s\"',(])(?:" STRONG_NAMES ")=)(?:" VALUE_CHARACTER ")*+", "\\1***" },
  { "\\b(Bearer|Basic)\\s+[\\w.~+/=\\-]{4,}", "\\1 ***" },
  { "gl(?:sa|c)_[\\w+/=\\-]+", "***" },
  /* Each run of word characters is entered once, at its start: pages send runs of "eyJeyJeyJ…". */
  { "(?<![\\w\\-])(?>([\\w\\-]*?)eyJ)[\\w\\-]{4,}+\\.[\\w\\-]++(?:\\.[\\w\\-]*+)?", "\\1***" },
};

static GRegex *
get_regex (size_t index)
{
  static GRegex *compiled[G_N_ELEMENTS (rules)];
  static gsize   once = 0;

  if (g_once_init_enter (&once)) {
    for (size_t i = 0; i < G_N_ELEMENTS (rules); i++) {
      /* Raw: log lines may hold anything, and bytes that are not UTF-8 would stop the match. */
      compiled[i] = g_regex_new (rules[i].pattern,
                                 G_REGEX_CASELESS | G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
      g_assert (compiled[i] != NULL);
    }
    g_once_init_leave (&once, 1);
  }
  return compiled[index];
}

/* What would take too long to look through is cut, and not in the middle of what may be a secret.
 * (transfer full) */
static char *
cut (const char *text)
{
  size_t length = strnlen (text, MAX_BYTES + 1);

  if (length <= MAX_BYTES)
    return g_strdup (text);
  for (length = MAX_BYTES; length > 0 && strchr (" \t\r\n&?#\"", text[length - 1]) == NULL;)
    length--;
  return g_strdup_printf ("%.*s…", (int) length, text);
}

char *
shot_mask_uri (const char *text)
{
  g_autofree char *masked = cut (text);

  for (size_t i = 0; i < G_N_ELEMENTS (rules); i++) {
    char *next = g_regex_replace (get_regex (i), masked, -1, 0, rules[i].replacement, 0, NULL);
    /* A text that the matcher cannot cope with may hold a secret: show none of it. */
    if (next == NULL)
      return g_strdup ("***");
    g_free (masked);
    masked = next;
  }
  return g_steal_pointer (&masked);
}

gboolean
shot_mask_is_secret_header (const char *name)
{
  static const char *const parts[] = { "auth", "cookie", "token", "secret", "key",
                                       "jwt",  "pass",   "sess",  "ticket", "credential" };
  g_autofree char         *lower = g_ascii_strdown (name, -1);

  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++) {
    if (strstr (lower, parts[i]) != NULL)
      return TRUE;
  }
  return g_str_equal (lower, "x-jwt-ttk") || g_str_equal (lower, "x-grafana-id");
}
