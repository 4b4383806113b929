#include "config.h"

#include "rules.h"

#include <string.h>

#include "origin.h"

typedef struct {
  char *origin; /* (owned) */
  char *name;   /* (owned) */
  char *value;  /* (owned): secret */
} Header;

struct _ShotRules {
  GArray *headers;         /* (owned) (element-type Header) */
  char   *accept_language; /* (owned) (nullable) */
};

static void
header_clear (void *data)
{
  Header *header = data;

  g_free (header->origin);
  g_free (header->name);
  g_free (header->value);
}

ShotRules *
shot_rules_new (GVariant *description)
{
  ShotRules *self = g_new0 (ShotRules, 1);

  self->headers = g_array_new (FALSE, FALSE, sizeof (Header));
  g_array_set_clear_func (self->headers, header_clear);
  if (description == NULL || !g_variant_is_of_type (description, G_VARIANT_TYPE_VARDICT))
    return self;

  g_autoptr (GVariant) headers = g_variant_lookup_value (description, SHOT_RULES_HEADERS,
                                                         G_VARIANT_TYPE ("a(sss)"));
  if (headers != NULL) {
    GVariantIter iter;
    Header       header;

    g_variant_iter_init (&iter, headers);
    while (g_variant_iter_next (&iter, "(sss)", &header.origin, &header.name, &header.value))
      g_array_append_val (self->headers, header);
  }
  g_variant_lookup (description, SHOT_RULES_ACCEPT_LANGUAGE, "s", &self->accept_language);
  return self;
}

void
shot_rules_free (ShotRules *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->headers);
  g_free (self->accept_language);
  g_free (self);
}

static gboolean
is_upper_case (const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++) {
    if (!g_ascii_isupper (text[i]))
      return FALSE;
  }
  return TRUE;
}

/* "app.CVJGRGWN.js", "3012.0a1b2c3d4e5f6a7b8c9d.js", "grafana.dark.0123456789abcdef0123.css",
 * "index-5f3a9c01.js"; not "Inter-Regular.woff2", which has no digit. */
static gboolean
has_hash (const char *name)
{
  const size_t least = 8;
  const char  *end = strrchr (name, '.');
  size_t       length = 0;
  unsigned     n_digits = 0;

  for (const char *at = end; at != NULL && at > name && g_ascii_isalnum (at[-1]); at--) {
    length++;
    n_digits += g_ascii_isdigit (at[-1]) ? 1 : 0;
    if (length >= least && (at - 1 == name || at[-2] == '.' || at[-2] == '-' || at[-2] == '_'))
      return n_digits > 0 || is_upper_case (at - 1, length);
  }
  return FALSE;
}

gboolean
shot_rules_is_static (const char *uri)
{
  size_t      length = strcspn (uri, "?#");
  const char *question = uri[length] == '?' ? uri + length : NULL;

  /* A query can ask for anything. */
  if (question != NULL)
    return FALSE;
  g_autofree char *path = g_strndup (uri, length);
  const char      *slash = strrchr (path, '/');
  return slash != NULL && strstr (path, "/public/") != NULL && has_hash (slash + 1);
}

void
shot_rules_apply (ShotRules *self, const char *uri, SoupMessageHeaders *headers)
{
  for (unsigned i = 0; i < self->headers->len; i++) {
    Header *header = &g_array_index (self->headers, Header, i);

    if (shot_origin_matches (header->origin, uri))
      soup_message_headers_replace (headers, header->name, header->value);
    else if (g_strcmp0 (soup_message_headers_get_one (headers, header->name), header->value) == 0)
      soup_message_headers_remove (headers, header->name);
  }
  if (!shot_rules_is_static (uri))
    soup_message_headers_replace (headers, "Cache-Control", "no-store");
  if (self->accept_language != NULL)
    soup_message_headers_replace (headers, "Accept-Language", self->accept_language);
}
