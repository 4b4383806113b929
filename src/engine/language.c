#include "config.h"

#include "language.h"

#include <libsoup/soup.h>
#include <string.h>

#define MAX_TAG_LENGTH 35 /* RFC 5646, section 4.4.1 */
#define MAX_LANGUAGES 16

/* Letters first, then groups of letters and digits: anything else makes Intl throw at every use,
 * which stops Grafana at load. */
static gboolean
is_tag (const char *tag)
{
  g_auto (GStrv) parts = g_strsplit (tag, "-", -1);
  size_t         primary = strlen (parts[0] != NULL ? parts[0] : "");

  if (strlen (tag) > MAX_TAG_LENGTH || primary < 2 || primary > 3)
    return FALSE;
  for (unsigned i = 0; parts[i] != NULL; i++) {
    size_t length = strlen (parts[i]);

    /* Subtags of one letter open extensions; of these only well-formed ones are valid. */
    if (length < 2 || length > 8)
      return FALSE;
    for (size_t j = 0; j < length; j++) {
      if (!(i == 0 ? g_ascii_isalpha (parts[i][j]) : g_ascii_isalnum (parts[i][j])))
        return FALSE;
    }
  }
  return TRUE;
}

char **
shot_language_list (const char *accept_language)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GSList                  *tags = soup_header_parse_quality_list (accept_language, NULL);
  unsigned                 n = 0;

  for (GSList *link = tags; link != NULL && n < MAX_LANGUAGES; link = link->next) {
    if (!is_tag (link->data))
      continue;
    g_strv_builder_add (builder, link->data);
    n++;
  }
  soup_header_free_list (tags);
  return g_strv_builder_end (builder);
}
