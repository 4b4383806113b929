#include "config.h"

#include "trace.h"

#include <string.h>

/* "00-<32 digits>-<16 digits>-00" */
#define TRACE_AT 3
#define SPAN_AT 36
#define FLAGS_AT 53
#define PARENT_BYTES 55

/* More may be dropped, says the standard, and so may not less. */
#define MAX_STATE_BYTES 512
#define MAX_STATE_MEMBERS 32
#define MAX_KEY_BYTES 256
#define MAX_VALUE_BYTES 256

#define FLAG_SAMPLED 0x01
#define FLAG_RANDOM 0x02

static bool
is_hex (const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++) {
    if (!g_ascii_isdigit (text[i]) && !(text[i] >= 'a' && text[i] <= 'f'))
      return false;
  }
  return true;
}

static bool
is_zero (const char *text, size_t length)
{
  return strspn (text, "0") >= length;
}

static bool
is_parent (const char *text)
{
  size_t length = strlen (text);

  if (length < PARENT_BYTES || text[TRACE_AT - 1] != '-' || text[SPAN_AT - 1] != '-' ||
      text[FLAGS_AT - 1] != '-' || !is_hex (text, 2) || !is_hex (text + TRACE_AT, 32) ||
      !is_hex (text + SPAN_AT, 16) || !is_hex (text + FLAGS_AT, 2))
    return false;
  /* Later versions may add to the end; "ff" is none. */
  if (g_str_has_prefix (text, "ff") || (g_str_has_prefix (text, "00") && length > PARENT_BYTES) ||
      (length > PARENT_BYTES && text[PARENT_BYTES] != '-'))
    return false;
  return !is_zero (text + TRACE_AT, 32) && !is_zero (text + SPAN_AT, 16);
}

/* "vendor=value" or "tenant@vendor=value". */
static bool
is_member (const char *text)
{
  const char *equal = strchr (text, '=');
  size_t      key = equal != NULL ? (size_t) (equal - text) : 0;

  if (key == 0 || key > MAX_KEY_BYTES || !(g_ascii_islower (*text) || g_ascii_isdigit (*text)))
    return false;
  if (strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789_-*/@") != key)
    return false;

  const char *value = equal + 1;
  size_t      length = strlen (value);
  if (length == 0 || length > MAX_VALUE_BYTES)
    return false;
  for (size_t i = 0; i < length; i++) {
    if (value[i] < 0x20 || value[i] > 0x7e || value[i] == '=')
      return false;
  }
  return true;
}

static bool
is_state (const char *text)
{
  g_auto (GStrv) members = g_strsplit (text, ",", MAX_STATE_MEMBERS + 2);
  unsigned       count = 0;

  if (strlen (text) > MAX_STATE_BYTES)
    return false;
  for (char **member = members; *member != NULL; member++) {
    g_strstrip (*member);
    if (**member == '\0')
      continue;
    if (!is_member (*member) || ++count > MAX_STATE_MEMBERS)
      return false;
  }
  return count > 0;
}

static void
make_span_id (ShotTrace *self)
{
  do
    g_snprintf (self->span_id, sizeof self->span_id, "%08x%08x", g_random_int (), g_random_int ());
  while (is_zero (self->span_id, 16));
}

bool
shot_trace_init_from_headers (ShotTrace *self, const char *parent, const char *state)
{
  *self = (ShotTrace){ 0 };
  if (parent == NULL || !is_parent (parent))
    return false;
  memcpy (self->trace_id, parent + TRACE_AT, 32);
  memcpy (self->span_id, parent + SPAN_AT, 16);
  self->flags = (unsigned) g_ascii_strtoull (parent + FLAGS_AT, NULL, 16) &
                (FLAG_SAMPLED | FLAG_RANDOM);
  if (state != NULL && is_state (state))
    self->state = g_strdup (state);
  return true;
}

void
shot_trace_init_new (ShotTrace *self, bool is_sampled)
{
  *self = (ShotTrace){ .flags = FLAG_RANDOM | (is_sampled ? FLAG_SAMPLED : 0) };
  do
    g_snprintf (self->trace_id, sizeof self->trace_id, "%08x%08x%08x%08x", g_random_int (),
                g_random_int (), g_random_int (), g_random_int ());
  while (is_zero (self->trace_id, 32));
  make_span_id (self);
}

void
shot_trace_init_child (ShotTrace *self, const ShotTrace *parent)
{
  *self = *parent;
  self->state = g_strdup (parent->state);
  if (*self->trace_id != '\0')
    make_span_id (self);
}

void
shot_trace_clear (ShotTrace *self)
{
  g_free (self->state);
  *self = (ShotTrace){ 0 };
}

char *
shot_trace_to_string (const ShotTrace *self)
{
  if (*self->trace_id == '\0')
    return NULL;
  return g_strdup_printf ("00-%s-%s-%02x", self->trace_id, self->span_id, self->flags);
}
