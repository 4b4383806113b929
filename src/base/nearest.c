#include "config.h"

#include "nearest.h"

#include <string.h>

unsigned
shot_nearest_measure (const char *a, const char *b, unsigned most)
{
  size_t               length = strlen (b);
  size_t               other = strlen (a);
  g_autofree unsigned *row = NULL;

  /* Each character more or less is a change. */
  if (MAX (length, other) - MIN (length, other) >= most)
    return most;
  row = g_new (unsigned, length + 1);
  for (size_t i = 0; i <= length; i++)
    row[i] = (unsigned) i;
  for (unsigned line = 1; *a != '\0'; a++, line++) {
    unsigned diagonal = row[0];
    row[0] = line;
    for (size_t i = 1; i <= length; i++) {
      unsigned changed = diagonal + (g_ascii_tolower (*a) != g_ascii_tolower (b[i - 1]));
      diagonal = row[i];
      row[i] = MIN (changed, MIN (row[i], row[i - 1]) + 1);
    }
  }
  return MIN (row[length], most);
}

unsigned
shot_nearest_get_limit (const char *word)
{
  return (unsigned) MAX (2, strlen (word) / 3) + 1;
}

const char *
shot_nearest_find (const char *word, const char *const *known)
{
  unsigned    nearest = shot_nearest_get_limit (word);
  const char *found = NULL;

  if (strlen (word) > SHOT_NEAREST_MAX_BYTES)
    return NULL;
  for (; *known != NULL; known++) {
    unsigned distance = shot_nearest_measure (word, *known, nearest);
    if (distance >= nearest)
      continue;
    nearest = distance;
    found = *known;
  }
  return found;
}
