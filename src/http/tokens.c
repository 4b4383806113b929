#include "config.h"

#include "tokens.h"

#include "watched.h"

struct _ShotTokens {
  GPtrArray *fixed; /* (owned) (element-type ShotSecret) */
  GPtrArray *files; /* (owned) (element-type ShotWatched) */
};

static void
secret_unref (void *data)
{
  shot_secret_unref (data);
}

static void
watched_free (void *data)
{
  shot_watched_free (data);
}

ShotTokens *
shot_tokens_new (void)
{
  ShotTokens *self = g_new0 (ShotTokens, 1);

  self->fixed = g_ptr_array_new_with_free_func (secret_unref);
  self->files = g_ptr_array_new_with_free_func (watched_free);
  return self;
}

void
shot_tokens_free (ShotTokens *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->fixed);
  g_ptr_array_unref (self->files);
  g_free (self);
}

unsigned
shot_tokens_add_list (ShotTokens *self, const char *list)
{
  g_auto (GStrv) parts = g_strsplit_set (list, ", \t\r\n", -1);
  unsigned       count = 0;

  for (char **part = parts; *part != NULL; part++) {
    if (**part == '\0')
      continue;
    g_ptr_array_add (self->fixed, shot_secret_new (*part));
    count++;
  }
  return count;
}

gboolean
shot_tokens_add_file (ShotTokens *self, const char *path, GError **error)
{
  ShotWatched *watched = shot_watched_new (path, error);

  if (watched == NULL)
    return FALSE;
  g_ptr_array_add (self->files, watched);
  return TRUE;
}

typedef struct {
  const char *presented;
  int         next;  /* index of the token to come */
  int         found; /* -1 so far */
} Search;

/* Looks at every token even after one has matched, so that the time tells nothing. */
static void
search (Search *self, const GPtrArray *secrets)
{
  for (unsigned i = 0; i < secrets->len; i++, self->next++) {
    bool is_first = shot_secret_equal (secrets->pdata[i], self->presented) && self->found < 0;
    self->found = is_first ? self->next : self->found;
  }
}

int
shot_tokens_find (ShotTokens *self, const char *presented)
{
  Search state = { presented, 0, -1 };

  search (&state, self->fixed);
  for (unsigned i = 0; i < self->files->len; i++)
    search (&state, shot_watched_get (self->files->pdata[i]));
  return state.found;
}

bool
shot_tokens_accept (ShotTokens *self, const char *presented)
{
  return shot_tokens_find (self, presented) >= 0;
}

bool
shot_tokens_is_empty (const ShotTokens *self)
{
  return self->fixed->len + self->files->len == 0;
}

bool
shot_tokens_has_default (ShotTokens *self)
{
  return shot_tokens_accept (self, SHOT_TOKENS_DEFAULT);
}

void
shot_tokens_replace (ShotTokens *self, ShotTokens *other)
{
  ShotTokens before = *self;

  *self = *other;
  *other = before;
  shot_tokens_free (other);
}
