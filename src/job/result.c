#include "config.h"

#include "result.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "fields.h"

#define MAX_REDIRECTS 100
#define MAX_PICTURES (SHOT_JOB_MAX_PICTURES + SHOT_JOB_MAX_PANEL_WISHES * SHOT_JOB_MAX_PANELS)
#define MAX_DEVICE_SIDE (1 << 24)
#define MAX_VERSION INT64_C (9007199254740991) /* the largest whole number of a page */

static const char *const flag_names[SHOT_N_FLAGS] = { "stuck_count", "still_moving", "open_request",
                                                      "truncated",   "script_error", "unreported",
                                                      "incomplete",  "limit" };
static const char *const stage_names[SHOT_N_STAGES] = { "queued",   "opening",   "loading",
                                                        "settling", "capturing", "encoding" };
static const char *const path_names[SHOT_N_PATHS] = { "cold", "warm", "resident" };
static const char *const fetch_names[SHOT_N_FETCHES] = { "document", "script", "style", "font",
                                                         "image",    "json",   "other" };

typedef struct {
  void  *address;
  size_t length;
} Mapping;

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

ShotPicture *
shot_picture_new (void)
{
  ShotPicture *self = g_new0 (ShotPicture, 1);

  self->fd = -1;
  self->data_fd = -1;
  return self;
}

void
shot_picture_free (ShotPicture *self)
{
  if (self == NULL)
    return;
  close_fd (&self->fd);
  close_fd (&self->data_fd);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_pointer (&self->data, g_bytes_unref);
  g_free (self->file_name);
  shot_panel_free (self->panel);
  g_free (self);
}

bool
shot_picture_is_lost (const ShotPicture *self)
{
  return self->size_bytes == 0;
}

ShotResult *
shot_result_new (const char *id)
{
  ShotResult *self = g_new0 (ShotResult, 1);

  self->id = g_strdup (id);
  self->pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_picture_free);
  self->redirects = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
shot_result_free (ShotResult *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->last_blocker);
  g_free (self->final_uri);
  g_free (self->dashboard_uid);
  g_free (self->dashboard_title);
  g_ptr_array_unref (self->pictures);
  g_ptr_array_unref (self->redirects);
  g_free (self);
}

const char *
shot_flag_get_name (ShotFlags flag)
{
  for (int i = 0; i < SHOT_N_FLAGS; i++) {
    if ((unsigned) flag == 1u << i)
      return flag_names[i];
  }
  return "unknown";
}

const char *
shot_stage_get_name (ShotStage stage)
{
  g_return_val_if_fail (stage < SHOT_N_STAGES, "unknown");
  return stage_names[stage];
}

const char *
shot_path_get_name (ShotPath path)
{
  g_return_val_if_fail ((unsigned) path < SHOT_N_PATHS, "cold");
  return path_names[path];
}

const char *
shot_fetch_get_name (ShotFetch fetch)
{
  g_return_val_if_fail (fetch < SHOT_N_FETCHES, "other");
  return fetch_names[fetch];
}

char *
shot_flags_to_string (unsigned flags)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < SHOT_N_FLAGS; i++) {
    if (flags & (1u << i))
      g_string_append_printf (text, "%s%s", text->len > 0 ? "," : "", flag_names[i]);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
shot_result_set_dashboard (ShotResult *self, const char *uid, const char *title, int64_t version)
{
  /* Cut and cleaned as a panel's texts are. */
  g_autoptr (ShotPanel) texts = shot_panel_new (1, uid, title, NULL, NULL);

  g_free (self->dashboard_uid);
  self->dashboard_uid = *texts->key != '\0' ? g_steal_pointer (&texts->key) : NULL;
  g_free (self->dashboard_title);
  self->dashboard_title = *texts->title != '\0' ? g_steal_pointer (&texts->title) : NULL;
  self->dashboard_version = CLAMP (version, 0, MAX_VERSION);
}

static JsonObject *
picture_to_json (const ShotPicture *picture)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "kind", shot_picture_kind_get_name (picture->kind));
  json_object_set_string_member (object, "encoding", shot_encoding_get_name (picture->encoding));
  json_object_set_int_member (object, "width", picture->width);
  json_object_set_int_member (object, "height", picture->height);
  json_object_set_int_member (object, "n_pages", picture->n_pages);
  json_object_set_int_member (object, "size_bytes", (int64_t) picture->size_bytes);
  json_object_set_int_member (object, "wish", picture->wish);
  if (picture->data_bytes > 0) {
    json_object_set_int_member (object, "data_bytes", (int64_t) picture->data_bytes);
    json_object_set_boolean_member (object, "is_data_cut", picture->is_data_cut);
  }
  if (picture->panel != NULL)
    json_object_set_object_member (object, "panel", shot_panel_to_json (picture->panel));
  if (picture->file_name != NULL)
    json_object_set_string_member (object, "file_name", picture->file_name);
  return object;
}

static JsonObject *
fetched_to_json (const ShotResult *self)
{
  JsonObject *object = json_object_new ();

  for (int i = 0; i < SHOT_N_FETCHES; i++) {
    JsonObject *sum = json_object_new ();
    json_object_set_int_member (sum, "n", self->n_fetched[i]);
    json_object_set_int_member (sum, "bytes", self->fetched_bytes[i]);
    json_object_set_object_member (object, fetch_names[i], sum);
  }
  return object;
}

JsonObject *
shot_result_to_json (const ShotResult *self)
{
  JsonObject *object = json_object_new ();
  JsonObject *stages = json_object_new ();
  JsonArray  *pictures = json_array_new ();
  JsonArray  *redirects = json_array_new ();

  for (unsigned i = 0; i < self->pictures->len; i++)
    json_array_add_object_element (pictures, picture_to_json (self->pictures->pdata[i]));
  for (int i = 0; i < SHOT_N_STAGES; i++)
    json_object_set_int_member (stages, stage_names[i], self->stage_us[i]);
  for (unsigned i = 0; i < self->redirects->len; i++)
    json_array_add_string_element (redirects, self->redirects->pdata[i]);

  json_object_set_string_member (object, "id", self->id);
  json_object_set_array_member (object, "pictures", pictures);
  json_object_set_int_member (object, "flags", self->flags);
  json_object_set_object_member (object, "stage_us", stages);
  json_object_set_object_member (object, "fetched", fetched_to_json (self));
  json_object_set_string_member (object, "path", shot_path_get_name (self->path));
  json_object_set_boolean_member (object, "is_doubted", self->is_doubted);
  json_object_set_boolean_member (object, "is_reported", self->is_reported);
  if (self->last_blocker != NULL)
    json_object_set_string_member (object, "last_blocker", self->last_blocker);
  if (self->final_uri != NULL)
    json_object_set_string_member (object, "final_uri", self->final_uri);
  if (self->dashboard_uid != NULL)
    json_object_set_string_member (object, "dashboard_uid", self->dashboard_uid);
  if (self->dashboard_title != NULL)
    json_object_set_string_member (object, "dashboard_title", self->dashboard_title);
  json_object_set_int_member (object, "dashboard_version", self->dashboard_version);
  json_object_set_array_member (object, "redirects", redirects);
  return object;
}

/* Only a panel may have no picture, and then there is a reason. */
static gboolean
read_panel (ShotPicture *picture, JsonObject *element, GError **error)
{
  JsonObject *object = NULL;

  if (json_object_has_member (element, "panel")) {
    if (!shot_fields_get_object (element, "panel", &object, error))
      return FALSE;
    picture->panel = shot_panel_from_json (object, error);
    if (picture->panel == NULL)
      return FALSE;
  }
  bool has_failure = picture->panel != NULL && picture->panel->failure != NULL;
  if ((picture->size_bytes == 0) == has_failure)
    return TRUE;
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                       "malformed message: an empty picture without a reason");
  return FALSE;
}

/* Of panels alone. */
static gboolean
read_data (ShotPicture *picture, JsonObject *element, GError **error)
{
  int64_t data_bytes = 0;

  if (!json_object_has_member (element, "data_bytes"))
    return TRUE;
  if (!shot_fields_get_int (element, "data_bytes", 1, 2 * SHOT_RESULT_MAX_DATA_BYTES, &data_bytes,
                            error) ||
      !shot_fields_get_bool (element, "is_data_cut", &picture->is_data_cut, error))
    return FALSE;
  picture->data_bytes = (size_t) data_bytes;
  if (picture->panel != NULL)
    return TRUE;
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                       "malformed message: data of a picture that is no panel's");
  return FALSE;
}

static gboolean
read_picture (JsonObject *element, void *user_data, GError **error)
{
  ShotResult     *self = user_data;
  const char     *kind_name = NULL;
  const char     *encoding_name = NULL;
  const char     *file_name = NULL;
  int64_t         width = 0;
  int64_t         height = 0;
  int64_t         n_pages = 0;
  int64_t         size_bytes = 0;
  int64_t         wish = 0;
  ShotPictureKind kind;
  ShotEncoding    encoding;

  if (!shot_fields_get_string (element, "kind", false, &kind_name, error) ||
      !shot_fields_get_string (element, "encoding", false, &encoding_name, error) ||
      !shot_fields_get_string (element, "file_name", true, &file_name, error) ||
      !shot_fields_get_int (element, "width", 0, MAX_DEVICE_SIDE, &width, error) ||
      !shot_fields_get_int (element, "height", 0, MAX_DEVICE_SIDE, &height, error) ||
      !shot_fields_get_int (element, "n_pages", 0, INT32_MAX, &n_pages, error) ||
      !shot_fields_get_int (element, "wish", 0, SHOT_JOB_MAX_PICTURES - 1, &wish, error) ||
      !shot_fields_get_int (element, "size_bytes", 0, SHOT_RESULT_MAX_BYTES, &size_bytes, error))
    return FALSE;
  if (!shot_picture_kind_from_name (kind_name, &kind) ||
      !shot_encoding_from_name (encoding_name, &encoding)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                 "malformed message: there are no pictures of this kind");
    return FALSE;
  }

  ShotPicture *picture = shot_picture_new ();
  picture->kind = kind;
  picture->encoding = encoding;
  picture->file_name = g_strdup (file_name);
  picture->width = (int) width;
  picture->height = (int) height;
  picture->n_pages = (int) n_pages;
  picture->size_bytes = (size_t) size_bytes;
  picture->wish = (unsigned) wish;
  g_ptr_array_add (self->pictures, picture);
  return read_panel (picture, element, error) && read_data (picture, element, error);
}

static gboolean
read_fetched (ShotResult *self, JsonObject *object, GError **error)
{
  JsonObject *fetched = NULL;

  if (!shot_fields_get_object (object, "fetched", &fetched, error))
    return FALSE;
  for (int i = 0; i < SHOT_N_FETCHES; i++) {
    JsonObject *sum = NULL;
    int64_t     n = 0;
    if (!shot_fields_get_object (fetched, fetch_names[i], &sum, error) ||
        !shot_fields_get_int (sum, "n", 0, UINT32_MAX, &n, error) ||
        !shot_fields_get_int (sum, "bytes", 0, INT64_MAX / 16, &self->fetched_bytes[i], error))
      return FALSE;
    self->n_fetched[i] = (unsigned) n;
  }
  return TRUE;
}

static gboolean
read_path (ShotResult *self, JsonObject *object, GError **error)
{
  const char *name = NULL;

  if (!shot_fields_get_string (object, "path", false, &name, error) ||
      !shot_fields_get_bool (object, "is_doubted", &self->is_doubted, error))
    return FALSE;
  for (int i = 0; i < SHOT_N_PATHS; i++) {
    if (g_str_equal (name, path_names[i])) {
      self->path = (ShotPath) i;
      return TRUE;
    }
  }
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "“path” has no value “%s”", name);
  return FALSE;
}

static gboolean
read_dashboard (ShotResult *self, JsonObject *object, GError **error)
{
  const char *uid = NULL;
  const char *title = NULL;
  int64_t     version = 0;

  if (!shot_fields_get_string (object, "dashboard_uid", true, &uid, error) ||
      !shot_fields_get_string (object, "dashboard_title", true, &title, error) ||
      !shot_fields_get_int (object, "dashboard_version", 0, MAX_VERSION, &version, error))
    return FALSE;
  shot_result_set_dashboard (self, uid, title, version);
  return TRUE;
}

static gboolean
read_story (ShotResult *self, JsonObject *object, GError **error)
{
  JsonObject *stages = NULL;
  JsonArray  *redirects = NULL;

  if (!shot_fields_get_object (object, "stage_us", &stages, error) ||
      !shot_fields_get_array (object, "redirects", MAX_REDIRECTS, &redirects, error) ||
      !shot_fields_get_bool (object, "is_reported", &self->is_reported, error) ||
      !read_path (self, object, error) || !read_fetched (self, object, error) ||
      !read_dashboard (self, object, error))
    return FALSE;
  for (int i = 0; i < SHOT_N_STAGES; i++) {
    if (!shot_fields_get_int (stages, stage_names[i], 0, INT64_MAX / 16, &self->stage_us[i], error))
      return FALSE;
  }
  for (unsigned i = 0; i < json_array_get_length (redirects); i++) {
    const char *uri = NULL;
    if (!shot_fields_get_string_element (redirects, i, "redirects", &uri, error))
      return FALSE;
    g_ptr_array_add (self->redirects, g_strdup (uri));
  }
  return TRUE;
}

ShotResult *
shot_result_from_json (JsonObject *object, GError **error)
{
  const char *id = NULL;
  const char *last_blocker = NULL;
  const char *final_uri = NULL;
  int64_t     flags = 0;

  if (!shot_fields_get_string (object, "id", false, &id, error) ||
      !shot_fields_get_int (object, "flags", 0, UINT32_MAX, &flags, error) ||
      !shot_fields_get_string (object, "last_blocker", true, &last_blocker, error) ||
      !shot_fields_get_string (object, "final_uri", true, &final_uri, error))
    return NULL;

  g_autoptr (ShotResult) self = shot_result_new (id);
  self->flags = (unsigned) flags & ((1u << SHOT_N_FLAGS) - 1);
  self->last_blocker = g_strdup (last_blocker);
  self->final_uri = g_strdup (final_uri);
  if (!shot_fields_read_objects (object, "pictures", SHOT_JOB_MAX_PICTURES, read_picture, self,
                                 error) ||
      !read_story (self, object, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
unmap (void *data)
{
  Mapping *mapping = data;

  munmap (mapping->address, mapping->length);
  g_free (mapping);
}

/* --- pictures in parts ------------------------------------------------------------------- */

JsonArray *
shot_result_get_part (const ShotResult *self, unsigned first, unsigned n, int *out_fds,
                      unsigned *out_n_fds)
{
  JsonArray *array = json_array_new ();
  unsigned   n_fds = 0;

  for (unsigned i = first; i < first + n; i++) {
    const ShotPicture *picture = self->pictures->pdata[i];
    json_array_add_object_element (array, picture_to_json (picture));
    if (!shot_picture_is_lost (picture))
      out_fds[n_fds++] = picture->fd;
    if (picture->data_bytes > 0)
      out_fds[n_fds++] = picture->data_fd;
  }
  *out_n_fds = n_fds;
  return array;
}

static bool
is_without_fd (const ShotPicture *picture)
{
  return picture->fd < 0 && picture->bytes == NULL && !shot_picture_is_lost (picture);
}

static bool
is_without_data_fd (const ShotPicture *picture)
{
  return picture->data_fd < 0 && picture->data == NULL && picture->data_bytes > 0;
}

gboolean
shot_result_take_fds (ShotResult *self, int *fds, unsigned n_fds, GError **error)
{
  unsigned n_taken = 0;
  unsigned n_wanted = 0;

  for (unsigned i = 0; i < self->pictures->len; i++)
    n_wanted += (is_without_fd (self->pictures->pdata[i]) ? 1 : 0) +
                (is_without_data_fd (self->pictures->pdata[i]) ? 1 : 0);
  if (n_wanted != n_fds) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                 "the engine announced %u files and sent %u: try again", n_wanted, n_fds);
    return FALSE;
  }
  for (unsigned i = 0; i < self->pictures->len; i++) {
    ShotPicture *picture = self->pictures->pdata[i];
    bool         needs_data = is_without_data_fd (picture);
    if (is_without_fd (picture)) {
      picture->fd = fds[n_taken];
      fds[n_taken++] = -1;
    }
    if (needs_data) {
      picture->data_fd = fds[n_taken];
      fds[n_taken++] = -1;
    }
  }
  return TRUE;
}

/* Both descriptors are closed in the end. */
static gboolean
map_picture (ShotPicture *picture, GError **error)
{
  if (picture->fd >= 0 && (picture->bytes = shot_picture_get_bytes (picture, error)) == NULL)
    return FALSE;
  close_fd (&picture->fd);
  if (picture->data_fd >= 0 && (picture->data = shot_picture_get_data (picture, error)) == NULL)
    return FALSE;
  close_fd (&picture->data_fd);
  return TRUE;
}

static gboolean
map_all (ShotResult *self, GError **error)
{
  int64_t total_bytes = 0;

  for (unsigned i = 0; i < self->pictures->len; i++) {
    ShotPicture *picture = self->pictures->pdata[i];
    total_bytes += (int64_t) picture->size_bytes + (int64_t) picture->data_bytes;
    if (!map_picture (picture, error))
      return FALSE;
  }
  if (self->pictures->len <= MAX_PICTURES && total_bytes <= SHOT_RESULT_MAX_BYTES)
    return TRUE;
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                       "the engine made more pictures than a visit may have: ask for fewer or "
                       "smaller ones");
  return FALSE;
}

gboolean
shot_result_add_part (ShotResult *self, JsonObject *message, int *fds, unsigned n_fds,
                      GError **error)
{
  return shot_fields_read_objects (message, "pictures", SHOT_RESULT_PART, read_picture, self,
                                   error) &&
         shot_result_take_fds (self, fds, n_fds, error) && map_all (self, error);
}

static int
compare_pictures (const void *first, const void *second)
{
  const ShotPicture *a = *(ShotPicture *const *) first;
  const ShotPicture *b = *(ShotPicture *const *) second;
  unsigned           a_order = a->panel != NULL ? a->panel->order : 0;
  unsigned           b_order = b->panel != NULL ? b->panel->order : 0;

  if (a->wish != b->wish)
    return a->wish < b->wish ? -1 : 1;
  return a_order == b_order ? 0 : (a_order < b_order ? -1 : 1);
}

static gboolean
check_wishes (const ShotResult *self, const ShotJob *job, GError **error)
{
  unsigned n_answered = 0;
  unsigned last = 0;

  for (unsigned i = 0; i < self->pictures->len; i++) {
    const ShotPicture *picture = self->pictures->pdata[i];
    bool               is_another = i == 0 || picture->wish != last;
    n_answered += is_another ? 1 : 0;
    last = picture->wish;
    bool is_panel = picture->wish < job->pictures->len &&
                    ((ShotPictureWish *) job->pictures->pdata[picture->wish])->kind ==
                        SHOT_PICTURE_EACH_PANEL;
    if (picture->wish >= job->pictures->len || is_panel != (picture->panel != NULL) ||
        (!is_another && !is_panel)) {
      g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                           "the engine made pictures that nobody asked for: try again");
      return FALSE;
    }
  }
  if (n_answered == job->pictures->len)
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "the engine made %u pictures of %u: try again",
               n_answered, job->pictures->len);
  return FALSE;
}

gboolean
shot_result_merge (ShotResult *self, ShotResult *parts, const ShotJob *job, GError **error)
{
  while (parts != NULL && parts->pictures->len > 0)
    g_ptr_array_add (self->pictures, g_ptr_array_steal_index (parts->pictures, 0));
  g_ptr_array_sort (self->pictures, compare_pictures);
  return check_wishes (self, job, error);
}

/* --- reading a picture ------------------------------------------------------------------- */

static GBytes *
map (int fd, size_t size_bytes, GError **error)
{
  int         wanted = F_SEAL_SHRINK | F_SEAL_WRITE;
  int         seals = fd >= 0 ? fcntl (fd, F_GET_SEALS) : -1;
  struct stat status;

  /* A file that could still shrink would end this process when it is read. */
  if (seals < 0 || (seals & wanted) != wanted || fstat (fd, &status) != 0 || size_bytes == 0 ||
      status.st_size < (off_t) size_bytes) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                 "the engine handed over a picture that is not whole: try again");
    return NULL;
  }

  void *address = mmap (NULL, size_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  if (address == MAP_FAILED) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot map the picture: %s",
                 g_strerror (errno));
    return NULL;
  }

  Mapping *mapping = g_new0 (Mapping, 1);
  mapping->address = address;
  mapping->length = size_bytes;
  return g_bytes_new_with_free_func (address, size_bytes, unmap, mapping);
}

GBytes *
shot_picture_get_bytes (const ShotPicture *self, GError **error)
{
  return self->bytes != NULL ? g_bytes_ref (self->bytes) : map (self->fd, self->size_bytes, error);
}

GBytes *
shot_picture_get_data (const ShotPicture *self, GError **error)
{
  return self->data != NULL ? g_bytes_ref (self->data)
                            : map (self->data_fd, self->data_bytes, error);
}
