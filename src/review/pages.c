#include "config.h"

#include "pages.h"

#include <string.h>

#include "media-type.h"
#include "review-resources.h"

#define PREFIX "/review/"
#define ROUTE "/review/"
#define FILES "assets/"

/* All that is no file is the one page, which reads its own address. */
static const char *
get_name (const char *rest)
{
  return g_str_has_prefix (rest, FILES) ? rest + strlen (FILES) : "index.html";
}

static void
answer_missing (ShotExchange *exchange, unsigned status, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  shot_exchange_answer (exchange, status, "text/plain; charset=utf-8", bytes);
}

static bool
is_known (ShotExchange *exchange, const char *tag)
{
  const char *known = shot_exchange_get_header (exchange, "If-None-Match");

  return known != NULL && strstr (known, tag) != NULL;
}

void
shot_pages_handle (ShotExchange *exchange)
{
  const char *path = shot_exchange_get_path (exchange);
  const char *method = shot_exchange_get_method (exchange);

  shot_exchange_set_route (exchange, ROUTE);
  shot_exchange_set_header (exchange, "Cache-Control", "no-cache");
  if (!g_str_equal (method, "GET") && !g_str_equal (method, "HEAD")) {
    shot_exchange_set_header (exchange, "Allow", "GET, HEAD");
    answer_missing (exchange, 405, "Method Not Allowed: use GET or HEAD\n");
    return;
  }
  if (!g_str_has_prefix (path, PREFIX)) {
    bool is_page = g_str_equal (path, "/review");
    if (is_page)
      shot_exchange_set_header (exchange, "Location", PREFIX);
    answer_missing (exchange, is_page ? 302 : 404, is_page ? "see /review/\n" : "no such page\n");
    return;
  }

  const char        *name = get_name (path + strlen (PREFIX));
  g_autofree char   *inside = g_strconcat ("/panelshot/review/", name, NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (shot_review_get_resource (), inside,
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  if (bytes == NULL) {
    answer_missing (exchange, 404, "no such file\n");
    return;
  }
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  g_autofree char *tag = g_strdup_printf ("\"%.32s\"", sum);
  shot_exchange_set_header (exchange, "ETag", tag);
  if (is_known (exchange, tag))
    shot_exchange_answer (exchange, 304, NULL, NULL);
  else
    shot_exchange_answer (exchange, 200, shot_media_type_get (name), bytes);
}
