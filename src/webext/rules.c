#include "config.h"

#include "rules.h"

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
  if (self->accept_language != NULL)
    soup_message_headers_replace (headers, "Accept-Language", self->accept_language);
}
