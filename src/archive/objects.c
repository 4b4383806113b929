#include "config.h"

#include "objects.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <gnutls/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

#define PIECE_BYTES (256 * 1024)

bool
shot_object_is_hash (const char *text)
{
  return text != NULL && strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

char *
shot_object_get_path (const char *folder, const char *hash)
{
  const char prefix[] = { hash[0], hash[1], '\0' };

  g_assert (shot_object_is_hash (hash));
  return g_build_filename (folder, "objects", prefix, hash, NULL);
}

static gboolean
fail (const char *doing, const char *path, GError **error)
{
  int         saved = errno;
  const char *cure = saved == ENOSPC || saved == EDQUOT || saved == EFBIG
                         ? ": make room, then try again; nothing is lost"
                         : "";

  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "%s \"%s\": %s%s", doing, path,
               g_strerror (saved), cure);
  return FALSE;
}

/* A new name is on disk when its folder is. */
static gboolean
sync_folder (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0 || fsync (fd) != 0) {
    fail ("cannot write", path, error);
    if (fd >= 0)
      close (fd);
    return FALSE;
  }
  close (fd);
  return TRUE;
}

static gboolean
write_all (int fd, GBytes *bytes)
{
  size_t      size = 0;
  const char *data = g_bytes_get_data (bytes, &size);

  while (size > 0) {
    ssize_t n = write (fd, data, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return FALSE;
    data += n;
    size -= (size_t) n;
  }
  return fchmod (fd, 0400) == 0 && fdatasync (fd) == 0;
}

static gboolean
write_file (const char *directory, const char *path, GBytes *bytes, GError **error)
{
  g_autofree char *temporary = g_build_filename (directory, ".new-XXXXXX", NULL);
  int              fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0600);

  if (fd < 0)
    return fail ("cannot create a file in", directory, error);
  if (!write_all (fd, bytes) || g_rename (temporary, path) != 0) {
    fail ("cannot write", path, error);
    close (fd);
    g_unlink (temporary);
    return FALSE;
  }
  close (fd);
  return sync_folder (directory, error);
}

static gboolean
store_as (const char *folder, const char *hash, GBytes *bytes, GError **error)
{
  g_autofree char *path = shot_object_get_path (folder, hash);
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *objects = g_path_get_dirname (directory);
  struct stat      status;

  if (stat (path, &status) == 0 && (size_t) status.st_size == g_bytes_get_size (bytes))
    return TRUE;
  if (g_mkdir (directory, 0700) == 0) {
    if (!sync_folder (objects, error))
      return FALSE;
  } else if (errno != EEXIST) {
    return fail ("cannot create", directory, error);
  }
  return write_file (directory, path, bytes, error);
}

char *
shot_object_store (const char *folder, GBytes *bytes, GError **error)
{
  g_autofree char *hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

  return store_as (folder, hash, bytes, error) ? g_steal_pointer (&hash) : NULL;
}

gboolean
shot_object_insert (ShotArchive *self, const char *hash, int64_t size, GError **error)
{
  g_autoptr (ShotStatement) insert = shot_statement_new (
      self->database, "INSERT INTO objects (hash, size, created_ms) VALUES (?, ?, ?)"
                      " ON CONFLICT (hash) DO UPDATE SET pruned_ms = 0, pruned_by = NULL,"
                      " pruned_rule = NULL, is_removed = 0 WHERE pruned_ms <> 0");

  shot_statement_add_text (insert, hash);
  shot_statement_add_int (insert, size);
  shot_statement_add_int (insert, shot_archive_now_ms ());
  return shot_statement_run (insert, error);
}

gboolean
shot_object_keep (ShotArchive *self, const char *hash, GBytes *bytes, GError **error)
{
  return store_as (self->folder, hash, bytes, error) &&
         shot_object_insert (self, hash, (int64_t) g_bytes_get_size (bytes), error);
}

static int
open_checked (const char *path, int64_t *out_size, GError **error)
{
  int         fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat status;

  if (fd >= 0 && fstat (fd, &status) == 0 && S_ISREG (status.st_mode)) {
    *out_size = status.st_size;
    return fd;
  }
  if (fd < 0 && errno == ENOENT)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND, "\"%s\" is missing", path);
  else
    fail ("cannot read", path, error);
  if (fd >= 0)
    close (fd);
  return -1;
}

/* GnuTLS's, which is several times as quick as GLib's: a disk delivers more than that one can take. */
static char *
hash_fd (int fd)
{
  g_autofree guint8 *piece = g_malloc (PIECE_BYTES);
  gnutls_hash_hd_t   hash = NULL;
  guint8             digest[32];
  ssize_t            n = 0;

  if (gnutls_hash_init (&hash, GNUTLS_DIG_SHA256) != 0)
    return NULL;
  while ((n = read (fd, piece, PIECE_BYTES)) > 0 || (n < 0 && errno == EINTR)) {
    if (n > 0)
      gnutls_hash (hash, piece, (size_t) n);
  }
  gnutls_hash_deinit (hash, digest);
  if (n < 0)
    return NULL;

  char *text = g_malloc (2 * sizeof digest + 1);
  for (size_t i = 0; i < sizeof digest; i++)
    g_snprintf (text + 2 * i, 3, "%02x", digest[i]);
  return text;
}

char *
shot_object_hash_file (const char *path, int64_t *out_size, GError **error)
{
  int64_t size = 0;
  int     fd = open_checked (path, &size, error);

  if (fd < 0)
    return NULL;
  posix_fadvise (fd, 0, 0, POSIX_FADV_SEQUENTIAL);

  char *hash = hash_fd (fd);
  if (hash == NULL)
    fail ("cannot read", path, error);
  else if (out_size != NULL)
    *out_size = size;
  close (fd);
  return hash;
}

/* Why a row has no file: a message for people. */
static gboolean
check_row (ShotArchive *self, const char *hash, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database, "SELECT pruned_ms, pruned_by, pruned_rule FROM objects WHERE hash = ?");

  shot_statement_add_text (query, hash);
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return FALSE;
  case SHOT_STEP_DONE:
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND, "the archive has no file %.12s", hash);
    return FALSE;
  case SHOT_STEP_ROW:
    break;
  }

  int64_t pruned_ms = shot_statement_get_int (query);
  if (pruned_ms == 0)
    return TRUE;
  g_autofree char      *by = shot_statement_get_text (query);
  g_autofree char      *rule = shot_statement_get_text (query);
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (pruned_ms / 1000);
  g_autofree char      *day = g_date_time_format (when, "%Y-%m-%d %H:%M UTC");
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND, "pruned on %s by %s: %s", day, by, rule);
  return FALSE;
}

GBytes *
shot_archive_get_object (ShotArchive *self, const char *hash, GError **error)
{
  if (!shot_object_is_hash (hash)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND, "that is no hash of a file");
    return NULL;
  }
  if (!check_row (self, hash, error))
    return NULL;

  g_autofree char *path = shot_object_get_path (self->folder, hash);
  g_autofree char *data = NULL;
  int64_t          size = 0;
  int              fd = open_checked (path, &size, error);
  size_t           done = 0;
  ssize_t          n = 1;

  if (fd < 0)
    return NULL;
  if (size > SHOT_OBJECT_MAX_BYTES) {
    close (fd);
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE,
                 "\"%s\" is larger than anything the archive stores", path);
    return NULL;
  }
  data = g_malloc ((size_t) size + 1);
  while (done < (size_t) size && (n > 0 || (n < 0 && errno == EINTR))) {
    n = read (fd, data + done, (size_t) size - done);
    done += n > 0 ? (size_t) n : 0;
  }
  close (fd);
  if (done < (size_t) size) {
    fail ("cannot read", path, error);
    return NULL;
  }
  return g_bytes_new_take (g_steal_pointer (&data), (size_t) size);
}

char *
shot_archive_find_object (ShotArchive *self, const char *hash)
{
  return shot_object_is_hash (hash) ? shot_object_get_path (self->folder, hash) : NULL;
}
