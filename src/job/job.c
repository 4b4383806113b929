#include "config.h"

#include "job.h"

#include <string.h>

#include "error.h"
#include "fields.h"
#include "origin.h"

#define MAX_PICTURES 64
#define MAX_HEADERS 32
#define MAX_HEADER_BYTES 16384
#define MAX_SHORT_BYTES 1024
#define MAX_CA_BYTES (96 * 1024) /* a job must fit into one message of the link */
#define MAX_QUIET_MS 60000
#define MAX_FIRST_HEIGHT 900
#define MAX_DEVICE_SIDE 32767 /* of cairo's image surfaces */
#define MAX_PIXELS INT64_C (1000000000)

static const char *const picture_names[] = { "viewport", "full-page", "element" };

static void
wish_free (void *data)
{
  ShotPictureWish *wish = data;

  g_free (wish->selector);
  g_free (wish);
}

static void
header_free (void *data)
{
  ShotJobHeader *header = data;

  g_free (header->origin);
  g_free (header->name);
  shot_secret_unref (header->value);
  g_free (header);
}

static char *
make_id (void)
{
  g_autofree char *uuid = g_uuid_string_random ();

  uuid[8] = '\0';
  return g_steal_pointer (&uuid);
}

ShotJob *
shot_job_new (const char *uri)
{
  ShotJob *self = g_new0 (ShotJob, 1);

  self->id = make_id ();
  self->uri = g_strdup (uri);
  self->width = SHOT_JOB_DEFAULT_WIDTH;
  self->height = SHOT_JOB_DEFAULT_HEIGHT;
  self->scale = 1;
  self->timeout_ms = SHOT_JOB_DEFAULT_TIMEOUT_MS;
  self->quiet_ms = SHOT_JOB_DEFAULT_QUIET_MS;
  self->max_pixels = SHOT_JOB_DEFAULT_MAX_PIXELS;
  self->headers = g_ptr_array_new_with_free_func (header_free);
  self->pictures = g_ptr_array_new_with_free_func (wish_free);
  return self;
}

void
shot_job_free (ShotJob *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->uri);
  g_free (self->timezone);
  g_free (self->language);
  g_free (self->wait_for);
  shot_secret_unref (self->render_key);
  g_free (self->domain);
  g_free (self->ca_pem);
  g_ptr_array_unref (self->headers);
  g_ptr_array_unref (self->pictures);
  g_free (self);
}

void
shot_job_add_picture (ShotJob *self, ShotPictureKind kind, const char *selector)
{
  ShotPictureWish *wish = g_new0 (ShotPictureWish, 1);

  wish->kind = kind;
  wish->selector = g_strdup (selector);
  g_ptr_array_add (self->pictures, wish);
}

void
shot_job_add_header (ShotJob *self, const char *uri_of_origin, const char *name, ShotSecret *value)
{
  g_autofree char *origin = shot_origin_from_uri (uri_of_origin);
  g_return_if_fail (origin != NULL);

  ShotJobHeader *header = g_new0 (ShotJobHeader, 1);
  header->origin = g_steal_pointer (&origin);
  header->name = g_strdup (name);
  header->value = shot_secret_ref (value);
  g_ptr_array_add (self->headers, header);
}

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *message = NULL;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE, message);
  return FALSE;
}

/* No control character, no broken UTF-8, @most bytes. */
static gboolean
is_plain_text (const char *text, size_t most)
{
  if (strlen (text) > most || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const char *at = text; *at != '\0'; at++) {
    if ((unsigned char) *at < 0x20 || *at == 0x7f)
      return FALSE;
  }
  return TRUE;
}

static gboolean
has_only (const char *text, const char *punctuation)
{
  for (const char *at = text; *at != '\0'; at++) {
    if (!g_ascii_isalnum (*at) && strchr (punctuation, *at) == NULL)
      return FALSE;
  }
  return TRUE;
}

gboolean
shot_job_check_uri (const char *uri, GError **error)
{
  if (uri == NULL || *uri == '\0')
    return refuse (error, "no address: give one such as https://grafana.example/d/…");
  if (strlen (uri) > SHOT_JOB_MAX_URI_BYTES)
    return refuse (error, "the address is longer than %d bytes: shorten it",
                   SHOT_JOB_MAX_URI_BYTES);
  if (!is_plain_text (uri, SHOT_JOB_MAX_URI_BYTES))
    return refuse (error,
                   "the address holds control characters or is not UTF-8: encode them as %%xx");

  g_autoptr (GUri) parsed = g_uri_parse (
      uri, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED | G_URI_FLAGS_HAS_PASSWORD, NULL);
  if (parsed == NULL)
    return refuse (error, "the address cannot be parsed: give a whole one, https://host/path");
  if (g_ascii_strcasecmp (g_uri_get_scheme (parsed), "http") != 0 &&
      g_ascii_strcasecmp (g_uri_get_scheme (parsed), "https") != 0) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
                         "only http and https addresses may be rendered: give one of these");
    return FALSE;
  }
  if (g_uri_get_userinfo (parsed) != NULL) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
                         "addresses with user:password@ are refused: "
                         "take it out and send a token or a header instead");
    return FALSE;
  }

  g_autofree char *origin = shot_origin_from_uri (uri);
  if (origin == NULL)
    return refuse (error, "the address names no host: give a whole one, https://host/path");
  return TRUE;
}

int
shot_job_first_height (int width)
{
  return CLAMP (width * 3 / 4, 1, MAX_FIRST_HEIGHT);
}

static gboolean
check_size (const ShotJob *self, GError **error)
{
  if (self->width < 1 || self->width > SHOT_JOB_MAX_SIDE)
    return refuse (error, "width is %d: give 1 to %d", self->width, SHOT_JOB_MAX_SIDE);
  if (self->height < 1 || self->height > SHOT_JOB_MAX_SIDE)
    return refuse (error, "height is %d: give 1 to %d", self->height, SHOT_JOB_MAX_SIDE);
  if (!(self->scale >= SHOT_JOB_MIN_SCALE && self->scale <= SHOT_JOB_MAX_SCALE))
    return refuse (error, "the scale is %g: give %g to %g", self->scale, SHOT_JOB_MIN_SCALE,
                   SHOT_JOB_MAX_SCALE);
  if (self->max_pixels < 1 || self->max_pixels > MAX_PIXELS)
    return refuse (error, "the pixel limit is %" G_GINT64_FORMAT ": give 1 to %" G_GINT64_FORMAT,
                   self->max_pixels, MAX_PIXELS);

  if (shot_job_device_pixels (MAX (self->width, self->height), self->scale) > MAX_DEVICE_SIDE)
    return refuse (error, "%d x %d at scale %g is longer than %d pixels: ask for less", self->width,
                   self->height, self->scale, MAX_DEVICE_SIDE);

  int64_t pixels = (int64_t) shot_job_device_pixels (self->width, self->scale) *
                   shot_job_device_pixels (self->height, self->scale);
  if (pixels > self->max_pixels)
    return refuse (error,
                   "%d x %d at scale %g is %" G_GINT64_FORMAT
                   " pixels: ask for at most %" G_GINT64_FORMAT,
                   self->width, self->height, self->scale, pixels, self->max_pixels);
  return TRUE;
}

static gboolean
check_times (const ShotJob *self, GError **error)
{
  if (self->timeout_ms < 1 || self->timeout_ms > SHOT_JOB_MAX_TIMEOUT_MS)
    return refuse (error, "the timeout is %" G_GINT64_FORMAT " ms: give 1 ms to %d minutes",
                   self->timeout_ms, SHOT_JOB_MAX_TIMEOUT_MS / 60000);
  if (self->quiet_ms < 0 || self->quiet_ms > MAX_QUIET_MS)
    return refuse (error, "the quiet time is %d ms: give 0 to %d", self->quiet_ms, MAX_QUIET_MS);
  if (self->timezone != NULL && (*self->timezone == '\0' || strlen (self->timezone) > 64 ||
                                 !has_only (self->timezone, "_+-/:")))
    return refuse (error, "the time zone has characters that no name has: give an IANA name");
  return TRUE;
}

static gboolean
check_texts (const ShotJob *self, GError **error)
{
  if (self->language != NULL &&
      (strlen (self->language) > MAX_SHORT_BYTES || !has_only (self->language, " ,;=.*-_")))
    return refuse (error,
                   "the language is no Accept-Language value: give one such as zh-CN,en;q=0.8");
  if (self->wait_for != NULL &&
      (*self->wait_for == '\0' || !is_plain_text (self->wait_for, MAX_SHORT_BYTES)))
    return refuse (error, "the selector to wait for is empty or longer than %d bytes",
                   MAX_SHORT_BYTES);
  if (self->domain != NULL &&
      (*self->domain == '\0' || strlen (self->domain) > 255 || !has_only (self->domain, ".-_:[]")))
    return refuse (error, "the domain is no host name: give Grafana's, without scheme and port");
  if (self->ca_pem != NULL && strlen (self->ca_pem) > MAX_CA_BYTES)
    return refuse (error,
                   "the authorities take more than %d KiB: give only your own, not the system's",
                   MAX_CA_BYTES / 1024);
  if (self->ca_pem != NULL && strstr (self->ca_pem, "-----BEGIN CERTIFICATE-----") == NULL)
    return refuse (error, "the file of authorities holds no certificate: give one in PEM form");
  if (self->render_key == NULL)
    return TRUE;

  /* What a cookie's value may hold: https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1 */
  const char *key = shot_secret_reveal (self->render_key);
  size_t      length = strlen (key);
  if (length == 0 || length > MAX_HEADER_BYTES || !g_str_is_ascii (key) ||
      strcspn (key, " \t\r\n\",;\\") != length || !is_plain_text (key, MAX_HEADER_BYTES))
    return refuse (error,
                   "the render key is empty, too long, or holds characters no cookie may hold");
  return TRUE;
}

static gboolean
check_header (const ShotJobHeader *header, GError **error)
{
  /* These describe the connection or the request itself; setting them breaks or forges it. */
  static const char *const forbidden[] = { "host",       "content-length", "transfer-encoding",
                                           "connection", "keep-alive",     "upgrade",
                                           "te",         "trailer",        "proxy-connection",
                                           "expect",     "origin" };
  g_autofree char         *origin = shot_origin_from_uri (header->origin);

  if (g_strcmp0 (origin, header->origin) != 0)
    return refuse (error, "a header has no origin: it is sent to one http or https origin alone");
  if (*header->name == '\0' || strlen (header->name) > 128 ||
      !has_only (header->name, "!#$%&'*+-.^_`|~"))
    return refuse (error, "a header's name is empty or has characters that no name may have: "
                          "give one such as X-JWT-Assertion");
  for (size_t i = 0; i < G_N_ELEMENTS (forbidden); i++) {
    if (g_ascii_strcasecmp (header->name, forbidden[i]) == 0)
      return refuse (error, "header %s cannot be set: leave it out", header->name);
  }

  const char *value = shot_secret_reveal (header->value);
  if (*value == '\0' || !is_plain_text (value, MAX_HEADER_BYTES))
    return refuse (error,
                   "the value of header %s is empty, longer than %d bytes or has control "
                   "characters: give one plain line",
                   header->name, MAX_HEADER_BYTES);
  return TRUE;
}

static gboolean
check_lists (const ShotJob *self, GError **error)
{
  if (self->headers->len > MAX_HEADERS)
    return refuse (error, "%u headers: give at most %d", self->headers->len, MAX_HEADERS);
  for (unsigned i = 0; i < self->headers->len; i++) {
    if (!check_header (self->headers->pdata[i], error))
      return FALSE;
  }
  if (self->pictures->len < 1 || self->pictures->len > MAX_PICTURES)
    return refuse (error, "%u pictures: ask for 1 to %d", self->pictures->len, MAX_PICTURES);
  for (unsigned i = 0; i < self->pictures->len; i++) {
    const ShotPictureWish *wish = self->pictures->pdata[i];
    bool                   has_selector = wish->selector != NULL && *wish->selector != '\0';
    if ((wish->kind == SHOT_PICTURE_ELEMENT) != has_selector ||
        (has_selector && !is_plain_text (wish->selector, MAX_SHORT_BYTES)))
      return refuse (error, "a picture of an element needs a CSS selector, and no other has one");
  }
  return TRUE;
}

gboolean
shot_job_check (const ShotJob *self, GError **error)
{
  if (*self->id == '\0' || strlen (self->id) > 64 || !has_only (self->id, "-_."))
    return refuse (error, "the job's name must be 1 to 64 letters, digits, dots and dashes");
  return shot_job_check_uri (self->uri, error) && check_size (self, error) &&
         check_times (self, error) && check_texts (self, error) && check_lists (self, error);
}

int
shot_job_device_pixels (int css_pixels, double scale)
{
  return MAX (1, (int) (css_pixels * scale + 0.5));
}

static void
set_optional (JsonObject *object, const char *name, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, name, text);
}

static JsonArray *
headers_to_json (const ShotJob *self)
{
  JsonArray *array = json_array_new ();

  for (unsigned i = 0; i < self->headers->len; i++) {
    const ShotJobHeader *header = self->headers->pdata[i];
    JsonObject          *object = json_object_new ();
    json_object_set_string_member (object, "origin", header->origin);
    json_object_set_string_member (object, "name", header->name);
    json_object_set_string_member (object, "value", shot_secret_reveal (header->value));
    json_array_add_object_element (array, object);
  }
  return array;
}

static JsonArray *
pictures_to_json (const ShotJob *self)
{
  JsonArray *array = json_array_new ();

  for (unsigned i = 0; i < self->pictures->len; i++) {
    const ShotPictureWish *wish = self->pictures->pdata[i];
    JsonObject            *object = json_object_new ();
    json_object_set_string_member (object, "kind", picture_names[wish->kind]);
    set_optional (object, "selector", wish->selector);
    json_array_add_object_element (array, object);
  }
  return array;
}

JsonObject *
shot_job_to_json (const ShotJob *self)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", self->id);
  json_object_set_string_member (object, "uri", self->uri);
  json_object_set_int_member (object, "width", self->width);
  json_object_set_int_member (object, "height", self->height);
  json_object_set_double_member (object, "scale", self->scale);
  json_object_set_int_member (object, "timeout_ms", self->timeout_ms);
  json_object_set_int_member (object, "quiet_ms", self->quiet_ms);
  json_object_set_int_member (object, "max_pixels", self->max_pixels);
  set_optional (object, "timezone", self->timezone);
  set_optional (object, "language", self->language);
  set_optional (object, "wait_for", self->wait_for);
  set_optional (object, "domain", self->domain);
  set_optional (object, "ca_pem", self->ca_pem);
  if (self->render_key != NULL)
    json_object_set_string_member (object, "render_key", shot_secret_reveal (self->render_key));
  json_object_set_boolean_member (object, "allow_insecure", self->allow_insecure);
  json_object_set_array_member (object, "headers", headers_to_json (self));
  json_object_set_array_member (object, "pictures", pictures_to_json (self));
  return object;
}

static gboolean
read_headers (ShotJob *self, JsonObject *object, GError **error)
{
  JsonArray *array = NULL;

  if (!shot_fields_get_array (object, "headers", MAX_HEADERS, &array, error))
    return FALSE;
  for (unsigned i = 0; i < json_array_get_length (array); i++) {
    JsonObject *element = NULL;
    const char *origin = NULL;
    const char *name = NULL;
    const char *value = NULL;
    if (!shot_fields_get_element (array, i, "headers", &element, error) ||
        !shot_fields_get_string (element, "origin", false, &origin, error) ||
        !shot_fields_get_string (element, "name", false, &name, error) ||
        !shot_fields_get_string (element, "value", false, &value, error))
      return FALSE;

    ShotJobHeader *header = g_new0 (ShotJobHeader, 1);
    header->origin = g_strdup (origin);
    header->name = g_strdup (name);
    header->value = shot_secret_new (value);
    g_ptr_array_add (self->headers, header);
  }
  return TRUE;
}

static gboolean
read_pictures (ShotJob *self, JsonObject *object, GError **error)
{
  JsonArray *array = NULL;

  if (!shot_fields_get_array (object, "pictures", MAX_PICTURES, &array, error))
    return FALSE;
  for (unsigned i = 0; i < json_array_get_length (array); i++) {
    JsonObject *element = NULL;
    const char *kind_name = NULL;
    const char *selector = NULL;
    unsigned    kind = 0;
    if (!shot_fields_get_element (array, i, "pictures", &element, error) ||
        !shot_fields_get_string (element, "kind", false, &kind_name, error) ||
        !shot_fields_get_string (element, "selector", true, &selector, error))
      return FALSE;
    while (kind < G_N_ELEMENTS (picture_names) && !g_str_equal (kind_name, picture_names[kind]))
      kind++;
    if (kind == G_N_ELEMENTS (picture_names)) {
      g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                   "malformed message: there are no pictures of this kind");
      return FALSE;
    }
    shot_job_add_picture (self, kind, selector);
  }
  return TRUE;
}

static gboolean
read_numbers (ShotJob *self, JsonObject *object, GError **error)
{
  int64_t width = 0;
  int64_t height = 0;
  int64_t quiet_ms = 0;

  if (!shot_fields_get_int (object, "width", 1, SHOT_JOB_MAX_SIDE, &width, error) ||
      !shot_fields_get_int (object, "height", 1, SHOT_JOB_MAX_SIDE, &height, error) ||
      !shot_fields_get_double (object, "scale", &self->scale, error) ||
      !shot_fields_get_int (object, "timeout_ms", 1, SHOT_JOB_MAX_TIMEOUT_MS, &self->timeout_ms,
                            error) ||
      !shot_fields_get_int (object, "quiet_ms", 0, MAX_QUIET_MS, &quiet_ms, error) ||
      !shot_fields_get_int (object, "max_pixels", 1, MAX_PIXELS, &self->max_pixels, error) ||
      !shot_fields_get_bool (object, "allow_insecure", &self->allow_insecure, error))
    return FALSE;
  self->width = (int) width;
  self->height = (int) height;
  self->quiet_ms = (int) quiet_ms;
  return TRUE;
}

static gboolean
read_texts (ShotJob *self, JsonObject *object, GError **error)
{
  const struct {
    const char *name;
    char      **field;
  } texts[] = {
    { "timezone", &self->timezone }, { "language", &self->language },
    { "wait_for", &self->wait_for }, { "domain", &self->domain },
    { "ca_pem", &self->ca_pem },
  };
  const char *id = NULL;
  const char *key = NULL;

  if (!shot_fields_get_string (object, "id", false, &id, error))
    return FALSE;
  g_free (self->id);
  self->id = g_strdup (id);
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    const char *text = NULL;
    if (!shot_fields_get_string (object, texts[i].name, true, &text, error))
      return FALSE;
    *texts[i].field = g_strdup (text);
  }
  if (!shot_fields_get_string (object, "render_key", true, &key, error))
    return FALSE;
  if (key != NULL)
    self->render_key = shot_secret_new (key);
  return TRUE;
}

ShotJob *
shot_job_from_json (JsonObject *object, GError **error)
{
  const char *uri = NULL;

  if (!shot_fields_get_string (object, "uri", false, &uri, error))
    return NULL;

  g_autoptr (ShotJob) self = shot_job_new (uri);
  if (!read_texts (self, object, error) || !read_numbers (self, object, error) ||
      !read_headers (self, object, error) || !read_pictures (self, object, error) ||
      !shot_job_check (self, error))
    return NULL;
  return g_steal_pointer (&self);
}
