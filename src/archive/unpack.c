#include "config.h"

#include "unpack.h"

#include <string.h>
#include <zip.h>

#include "error.h"
#include "manifest.h"
#include "objects.h"

#define SUMS "SHA256SUMS"
#define SUM_DIGITS 64
#define MAX_SUMS_BYTES (512 * 1024 * 1024)
#define MAX_README_BYTES (64 * 1024)
#define OBJECTS "objects/"

typedef struct {
  zip_uint64_t index;
  zip_uint64_t size;
  char         sum[SUM_DIGITS + 1]; /* "": no line yet */
} Entry;

struct _ShotUnpack {
  zip_t      *zip;     /* (owned) */
  GHashTable *entries; /* (owned): name -> Entry */
  GHashTable *objects; /* (owned): hash -> name (borrowed from @entries) */
  unsigned    n_runs;
  int64_t     n_bytes;
};

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  /* Names are a stranger's. */
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  for (char *at = valid; *at != '\0'; at++)
    *at = g_ascii_iscntrl (*at) ? '?' : *at;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED, "the import is refused: %s", valid);
  return FALSE;
}

void
shot_unpack_free (ShotUnpack *self)
{
  if (self == NULL)
    return;
  if (self->zip != NULL)
    zip_discard (self->zip);
  g_hash_table_unref (self->objects);
  g_hash_table_unref (self->entries);
  g_free (self);
}

/* "objects/HASH.png" and the like. */
static bool
parse_object (const char *name, char *out_hash)
{
  static const char *const endings[] = { ".png", ".webp", ".csv.gz", ".json.gz" };

  if (!g_str_has_prefix (name, OBJECTS) || strlen (name) < strlen (OBJECTS) + SUM_DIGITS)
    return false;
  g_strlcpy (out_hash, name + strlen (OBJECTS), SUM_DIGITS + 1);
  for (size_t i = 0; i < G_N_ELEMENTS (endings); i++) {
    if (g_str_equal (name + strlen (OBJECTS) + SUM_DIGITS, endings[i]))
      return shot_object_is_hash (out_hash);
  }
  return false;
}

/* "runs/1/manifest.json", "runs/1/pruned.json"; the number as an export writes it. */
static unsigned
parse_run (const char *name, bool *out_is_manifest)
{
  unsigned long    number = 0;
  char            *end = NULL;
  g_autofree char *again = NULL;

  if (!g_str_has_prefix (name, "runs/"))
    return 0;
  number = strtoul (name + strlen ("runs/"), &end, 10);
  if (number == 0 || number > SHOT_UNPACK_MAX_RUNS)
    return 0;
  *out_is_manifest = g_str_equal (end, "/manifest.json");
  if (!*out_is_manifest && !g_str_equal (end, "/pruned.json"))
    return 0;
  again = g_strdup_printf ("runs/%lu%s", number, end);
  return g_str_equal (again, name) ? (unsigned) number : 0;
}

/* How large a file of that name may be; 0: an export has none such. */
static zip_uint64_t
get_most (const char *name)
{
  char hash[SUM_DIGITS + 1];
  bool is_manifest = false;

  if (g_str_equal (name, SUMS))
    return MAX_SUMS_BYTES;
  if (g_str_equal (name, "README.txt"))
    return MAX_README_BYTES;
  if (parse_object (name, hash))
    return SHOT_OBJECT_MAX_BYTES;
  return parse_run (name, &is_manifest) != 0 ? SHOT_MANIFEST_MAX_BYTES : 0;
}

static gboolean
add_entry (ShotUnpack *self, zip_uint64_t index, GError **error)
{
  zip_stat_t   status;
  zip_uint64_t most = 0;
  char         hash[SUM_DIGITS + 1];

  zip_stat_init (&status);
  if (zip_stat_index (self->zip, index, ZIP_FL_ENC_RAW, &status) != 0 || status.name == NULL ||
      (status.valid & ZIP_STAT_SIZE) == 0)
    return refuse (error, "the zip is damaged");
  most = get_most (status.name);
  if (most == 0)
    return refuse (error, "\"%.80s\" is no file of an export", status.name);
  if (status.size > most)
    return refuse (error, "\"%.80s\" is too large", status.name);
  if (g_hash_table_contains (self->entries, status.name))
    return refuse (error, "\"%.80s\" is there twice", status.name);

  Entry *entry = g_new0 (Entry, 1);
  char  *name = g_strdup (status.name);
  entry->index = index;
  entry->size = status.size;
  g_hash_table_insert (self->entries, name, entry);
  if (parse_object (name, hash)) {
    self->n_bytes += (int64_t) status.size;
    if (!g_hash_table_insert (self->objects, g_strdup (hash), name))
      return refuse (error, "object %.16s… is there twice", hash);
  }
  if (self->n_bytes > SHOT_UNPACK_MAX_BYTES)
    return refuse (error, "it is larger than 256 GiB");
  return TRUE;
}

static GBytes *
read_entry (ShotUnpack *self, const char *name, const Entry *entry, GError **error)
{
  zip_file_t      *file = zip_fopen_index (self->zip, entry->index, 0);
  g_autofree char *data = NULL;
  char             beyond = 0;
  zip_uint64_t     done = 0;
  zip_int64_t      n = 1;

  if (file != NULL)
    data = g_try_malloc (entry->size + 1);
  while (data != NULL && done < entry->size && n > 0) {
    n = zip_fread (file, data + done, entry->size - done);
    done += n > 0 ? (zip_uint64_t) n : 0;
  }
  /* Reading to the end checks the sum of the zip itself, and that it is not longer than it says. */
  bool is_whole = data != NULL && done == entry->size && zip_fread (file, &beyond, 1) == 0;
  if (file != NULL)
    zip_fclose (file);
  if (is_whole)
    return g_bytes_new_take (g_steal_pointer (&data), entry->size);
  refuse (error, "\"%.80s\" is damaged", name);
  return NULL;
}

static gboolean
read_line (ShotUnpack *self, const char *line, GError **error)
{
  Entry *entry = NULL;
  char   sum[SUM_DIGITS + 1];

  g_strlcpy (sum, line, sizeof sum);
  if (!shot_object_is_hash (sum) || strncmp (line + SUM_DIGITS, "  ", 2) != 0)
    return refuse (error, SUMS " is not what sha256sum reads");
  entry = g_hash_table_lookup (self->entries, line + SUM_DIGITS + 2);
  if (entry == NULL || *entry->sum != '\0')
    return refuse (error, "\"%.80s\" is in " SUMS " and not in the zip, or twice",
                   line + SUM_DIGITS + 2);
  g_strlcpy (entry->sum, sum, sizeof entry->sum);
  return TRUE;
}

static gboolean
read_sums (ShotUnpack *self, GError **error)
{
  Entry             *own = g_hash_table_lookup (self->entries, SUMS);
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char   *text = NULL;
  GHashTableIter     iter;
  void              *name = NULL;
  void              *entry = NULL;

  if (own == NULL)
    return refuse (error, "there is no " SUMS " in it: it is no export of an archive");
  bytes = read_entry (self, SUMS, own, error);
  if (bytes == NULL)
    return FALSE;
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  for (char *at = text; *at != '\0';) {
    char *end = strchr (at, '\n');
    if (end == NULL)
      return refuse (error, SUMS " ends within a line");
    *end = '\0';
    if (!read_line (self, at, error))
      return FALSE;
    at = end + 1;
  }

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &name, &entry)) {
    if (entry != own && *((Entry *) entry)->sum == '\0')
      return refuse (error, "\"%.80s\" is in the zip and not in " SUMS, (char *) name);
  }
  return TRUE;
}

static gboolean
count_runs (ShotUnpack *self, GError **error)
{
  GHashTableIter iter;
  void          *name = NULL;
  unsigned       n_manifests = 0;
  unsigned       last = 0;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &name, NULL)) {
    bool     is_manifest = false;
    unsigned number = parse_run (name, &is_manifest);
    n_manifests += number != 0 && is_manifest;
    last = MAX (last, number);
  }
  if (last == 0 || n_manifests != last)
    return refuse (error, "runs are missing in it");
  self->n_runs = last;
  return TRUE;
}

static gboolean
look_through (ShotUnpack *self, GError **error)
{
  zip_int64_t n = zip_get_num_entries (self->zip, 0);

  if (n > SHOT_UNPACK_MAX_FILES)
    return refuse (error, "it has more than %d files", SHOT_UNPACK_MAX_FILES);
  for (zip_int64_t i = 0; i < n; i++) {
    if (!add_entry (self, (zip_uint64_t) i, error))
      return FALSE;
  }
  return read_sums (self, error) && count_runs (self, error);
}

ShotUnpack *
shot_unpack_open (const char *path, GError **error)
{
  g_autoptr (ShotUnpack) self = g_new0 (ShotUnpack, 1);
  int                    code = 0;

  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->zip = zip_open (path, ZIP_RDONLY | ZIP_CHECKCONS, &code);
  if (self->zip == NULL) {
    zip_error_t cause;
    zip_error_init_with_code (&cause, code);
    g_set_error (error, SHOT_ERROR,
                 code == ZIP_ER_NOENT || code == ZIP_ER_OPEN || code == ZIP_ER_READ
                     ? SHOT_ERROR_USAGE
                     : SHOT_ERROR_REFUSED,
                 "cannot read \"%s\": %s", path, zip_error_strerror (&cause));
    zip_error_fini (&cause);
    return NULL;
  }
  return look_through (self, error) ? g_steal_pointer (&self) : NULL;
}

unsigned
shot_unpack_get_n_runs (const ShotUnpack *self)
{
  return self->n_runs;
}

int64_t
shot_unpack_get_n_bytes (const ShotUnpack *self)
{
  return self->n_bytes;
}

GPtrArray *
shot_unpack_list_objects (const ShotUnpack *self)
{
  GPtrArray     *list = g_ptr_array_new ();
  GHashTableIter iter;
  void          *hash = NULL;

  g_hash_table_iter_init (&iter, self->objects);
  while (g_hash_table_iter_next (&iter, &hash, NULL))
    g_ptr_array_add (list, hash);
  return list;
}

bool
shot_unpack_has (const ShotUnpack *self, const char *name)
{
  return g_hash_table_contains (self->entries, name);
}

GBytes *
shot_unpack_read (ShotUnpack *self, const char *name, GError **error)
{
  const Entry       *entry = g_hash_table_lookup (self->entries, name);
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char   *sum = NULL;

  if (entry == NULL) {
    refuse (error, "\"%.80s\" is missing", name);
    return NULL;
  }
  bytes = read_entry (self, name, entry, error);
  if (bytes == NULL)
    return NULL;
  sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  if (g_str_equal (sum, entry->sum))
    return g_steal_pointer (&bytes);
  refuse (error, "\"%.80s\" was changed after the export", name);
  return NULL;
}

bool
shot_unpack_has_object (const ShotUnpack *self, const char *hash)
{
  return g_hash_table_contains (self->objects, hash);
}

GBytes *
shot_unpack_read_object (ShotUnpack *self, const char *hash, GError **error)
{
  const char  *name = g_hash_table_lookup (self->objects, hash);
  const Entry *entry = name != NULL ? g_hash_table_lookup (self->entries, name) : NULL;

  if (entry != NULL && g_str_equal (entry->sum, hash))
    return shot_unpack_read (self, name, error);
  refuse (error, "object %.16s… was changed after the export, or is missing", hash);
  return NULL;
}
