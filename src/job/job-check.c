/* job-check.c: what a job may ask for */
#include "config.h"

#include "job.h"

#include <string.h>

#include "error.h"
#include "job-private.h"
#include "origin.h"
#include "panel.h"

#define MAX_HEADER_BYTES 16384
#define MAX_SHORT_BYTES 1024
#define MAX_EXPRESSION_BYTES 4096
#define MAX_CA_BYTES (64 * 1024) /* a job must fit into one message of the link */
#define MAX_CLIENT_BYTES (16 * 1024)
#define MAX_ALLOW_BYTES (16 * 1024)
#define MAX_DEVICE_SIDE 32767 /* of cairo's image surfaces */

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

static gboolean
check_box (const ShotJob *self, int width, int height, GError **error)
{
  if (width < 1 || width > SHOT_JOB_MAX_SIDE)
    return refuse (error, "width is %d: give 1 to %d", width, SHOT_JOB_MAX_SIDE);
  if (height < 1 || height > SHOT_JOB_MAX_SIDE)
    return refuse (error, "height is %d: give 1 to %d", height, SHOT_JOB_MAX_SIDE);
  if (shot_job_device_pixels (MAX (width, height), self->scale) > MAX_DEVICE_SIDE)
    return refuse (error, "%d x %d at scale %g is longer than %d pixels: ask for less", width,
                   height, self->scale, MAX_DEVICE_SIDE);

  int64_t pixels = (int64_t) shot_job_device_pixels (width, self->scale) *
                   shot_job_device_pixels (height, self->scale);
  if (pixels > self->max_pixels)
    return refuse (error,
                   "%d x %d at scale %g is %" G_GINT64_FORMAT
                   " pixels: ask for at most %" G_GINT64_FORMAT,
                   width, height, self->scale, pixels, self->max_pixels);
  return TRUE;
}

static gboolean
check_size (const ShotJob *self, GError **error)
{
  if (!(self->scale >= SHOT_JOB_MIN_SCALE && self->scale <= SHOT_JOB_MAX_SCALE))
    return refuse (error, "the scale is %g: give %g to %g", self->scale, SHOT_JOB_MIN_SCALE,
                   SHOT_JOB_MAX_SCALE);
  if (!(self->zoom >= SHOT_JOB_MIN_ZOOM && self->zoom <= SHOT_JOB_MAX_ZOOM))
    return refuse (error, "the zoom is %g: give %g to %g", self->zoom, SHOT_JOB_MIN_ZOOM,
                   SHOT_JOB_MAX_ZOOM);
  if (self->max_pixels < 1 || self->max_pixels > SHOT_JOB_MAX_PIXELS)
    return refuse (error, "the pixel limit is %" G_GINT64_FORMAT ": give 1 to %" G_GINT64_FORMAT,
                   self->max_pixels, SHOT_JOB_MAX_PIXELS);
  return check_box (self, self->width, self->height, error);
}

static gboolean
check_times (const ShotJob *self, GError **error)
{
  if (self->timeout_ms < 1 || self->timeout_ms > SHOT_JOB_MAX_TIMEOUT_MS)
    return refuse (error, "the timeout is %" G_GINT64_FORMAT " ms: give 1 ms to %d minutes",
                   self->timeout_ms, SHOT_JOB_MAX_TIMEOUT_MS / 60000);
  if (self->quiet_ms < 0 || self->quiet_ms > SHOT_JOB_MAX_QUIET_MS)
    return refuse (error, "the quiet time is %d ms: give 0 to %d", self->quiet_ms,
                   SHOT_JOB_MAX_QUIET_MS);

  const ShotPatience *patience = &self->patience;
  const int           limits[] = { patience->prior_wait_ms,     patience->limit_ms,
                                   patience->query_limit_ms,    patience->network_limit_ms,
                                   patience->mutation_limit_ms, patience->moving_ms };
  for (size_t i = 0; i < G_N_ELEMENTS (limits); i++) {
    if (limits[i] < 0 || limits[i] > SHOT_JOB_MAX_TIMEOUT_MS)
      return refuse (error, "a limit of readiness is %d ms: give 0 to %d minutes", limits[i],
                     SHOT_JOB_MAX_TIMEOUT_MS / 60000);
  }
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
  if (self->wait_expression != NULL &&
      (*self->wait_expression == '\0' || strlen (self->wait_expression) > MAX_EXPRESSION_BYTES ||
       !g_utf8_validate (self->wait_expression, -1, NULL)))
    return refuse (error, "the expression to wait for is empty or longer than %d bytes",
                   MAX_EXPRESSION_BYTES);
  if (self->user_agent != NULL &&
      (*self->user_agent == '\0' || !g_str_is_ascii (self->user_agent) ||
       !is_plain_text (self->user_agent, MAX_SHORT_BYTES)))
    return refuse (error, "the user agent is empty, too long, or not one line of ASCII");
  if (self->domain != NULL &&
      (*self->domain == '\0' || strlen (self->domain) > 255 || !has_only (self->domain, ".-_:[]")))
    return refuse (error, "the domain is no host name: give Grafana's, without scheme and port");
  if (self->ca_pem != NULL && strlen (self->ca_pem) > MAX_CA_BYTES)
    return refuse (error,
                   "the authorities take more than %d KiB: give only your own, not the system's",
                   MAX_CA_BYTES / 1024);
  if (self->ca_pem != NULL && strstr (self->ca_pem, "-----BEGIN CERTIFICATE-----") == NULL)
    return refuse (error, "the file of authorities holds no certificate: give one in PEM form");
  return TRUE;
}

static gboolean
check_secrets (const ShotJob *self, GError **error)
{
  if (self->client_pem != NULL &&
      (strlen (shot_secret_reveal (self->client_pem)) > MAX_CLIENT_BYTES ||
       strstr (shot_secret_reveal (self->client_pem), "-----BEGIN CERTIFICATE-----") == NULL ||
       strstr (shot_secret_reveal (self->client_pem), "PRIVATE KEY-----") == NULL))
    return refuse (error,
                   "the client certificate and its key must both be in PEM form, at most %d KiB",
                   MAX_CLIENT_BYTES / 1024);
  if (self->relay_uri != NULL &&
      !is_plain_text (shot_secret_reveal (self->relay_uri), MAX_SHORT_BYTES))
    return refuse (error, "the proxy's address is longer than %d bytes", MAX_SHORT_BYTES);
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
check_panel_size (const ShotJob *self, const ShotPictureWish *wish, GError **error)
{
  bool has_size = wish->width != 0 || wish->height != 0;
  int  width, height;

  if (wish->kind != SHOT_PICTURE_EACH_PANEL)
    return !has_size && !wish->is_grid
               ? TRUE
               : refuse (error, "only pictures of each panel have a size of their own");
  if (wish->is_grid && has_size)
    return refuse (error, "panels at their size in the grid have no other: leave width and height "
                          "or grid out");
  shot_job_get_panel_size (self, wish, &width, &height);
  return check_box (self, width, height, error);
}

static gboolean
check_panels (const ShotPictureWish *wish, GError **error)
{
  bool is_each = wish->kind == SHOT_PICTURE_EACH_PANEL;

  if (!is_each && (wish->wants_data || wish->panels != NULL))
    return refuse (error, "only pictures of each panel have data and a choice of panels");
  if (wish->panels == NULL)
    return TRUE;
  if (wish->panels->len < 1 || wish->panels->len > SHOT_JOB_MAX_PANELS)
    return refuse (error, "%u panels are chosen: name 1 to %d, or leave the choice out",
                   wish->panels->len, SHOT_JOB_MAX_PANELS);
  for (unsigned i = 0; i < wish->panels->len; i++) {
    const char *key = wish->panels->pdata[i];
    if (*key == '\0' || !is_plain_text (key, SHOT_JOB_MAX_PANEL_BYTES) ||
        g_utf8_strlen (key, -1) > SHOT_PANEL_MAX_KEY)
      return refuse (error, "a panel's key is empty, too long or no plain text: give one such as "
                            "panel-4");
  }
  return TRUE;
}

static gboolean
check_wish (const ShotJob *self, const ShotPictureWish *wish, GError **error)
{
  bool has_selector = wish->selector != NULL && *wish->selector != '\0';
  bool is_image = wish->kind <= SHOT_PICTURE_EACH_PANEL;

  if ((wish->kind == SHOT_PICTURE_ELEMENT) != has_selector ||
      (has_selector && !is_plain_text (wish->selector, MAX_SHORT_BYTES)))
    return refuse (error, "a picture of an element needs a CSS selector, and no other has one");
  if (is_image != shot_encoding_is_image (wish->encoding) ||
      (!is_image && wish->encoding != shot_picture_kind_get_encoding (wish->kind)))
    return refuse (error, "pages are printed as pdf, tables downloaded as csv, variables listed as "
                          "json, and pictures are png, jpeg or webp");
  if (wish->quality < 1 || wish->quality > 100)
    return refuse (error, "the quality is %d: give 1 to 100", wish->quality);
  return check_panel_size (self, wish, error) && check_panels (wish, error);
}

static gboolean
check_paper (const ShotPaper *paper, GError **error)
{
  g_autofree char *ranges = NULL;

  if (!(paper->width_in >= 1 && paper->width_in <= 200 && paper->height_in >= 1 &&
        paper->height_in <= 200))
    return refuse (error, "the paper measures %g x %g inches: give 1 to 200", paper->width_in,
                   paper->height_in);
  if (!(paper->scale >= SHOT_PAPER_MIN_SCALE && paper->scale <= SHOT_PAPER_MAX_SCALE))
    return refuse (error, "the scale on paper is %g: give %g to %g", paper->scale,
                   SHOT_PAPER_MIN_SCALE, SHOT_PAPER_MAX_SCALE);
  if (paper->page_ranges != NULL && (!shot_paper_normalize_ranges (paper->page_ranges, &ranges) ||
                                     g_strcmp0 (ranges, paper->page_ranges) != 0))
    return refuse (error, "the page ranges are not a list such as 1-3,5");
  return TRUE;
}

static gboolean
check_pictures (const ShotJob *self, GError **error)
{
  if (self->pictures->len < 1 || self->pictures->len > SHOT_JOB_MAX_PICTURES)
    return refuse (error, "%u pictures: ask for 1 to %d", self->pictures->len,
                   SHOT_JOB_MAX_PICTURES);
  unsigned n_each = 0;
  size_t   key_bytes = 0;
  for (unsigned i = 0; i < self->pictures->len; i++) {
    const ShotPictureWish *wish = self->pictures->pdata[i];
    n_each += wish->kind == SHOT_PICTURE_EACH_PANEL ? 1 : 0;
    for (unsigned j = 0; wish->panels != NULL && j < wish->panels->len; j++)
      key_bytes += strlen (wish->panels->pdata[j]) + 1;
    if (!check_wish (self, wish, error))
      return FALSE;
    if (n_each > SHOT_JOB_MAX_PANEL_WISHES)
      return refuse (error, "pictures of each panel are asked for more than %d times: ask for less",
                     SHOT_JOB_MAX_PANEL_WISHES);
    if (key_bytes > SHOT_JOB_MAX_PANEL_BYTES)
      return refuse (error, "the keys of panels take more than %d KiB: choose fewer",
                     SHOT_JOB_MAX_PANEL_BYTES / 1024);
    if (wish->kind == SHOT_PICTURE_DOWNLOAD && self->pictures->len > 1)
      return refuse (error, "a table is downloaded by a visit of its own: ask for it alone");
  }
  return check_paper (&self->paper, error);
}

static gboolean
check_lists (const ShotJob *self, GError **error)
{
  size_t allow_bytes = 0;

  if (self->headers->len > SHOT_JOB_MAX_HEADERS)
    return refuse (error, "%u headers: give at most %d", self->headers->len, SHOT_JOB_MAX_HEADERS);
  for (unsigned i = 0; i < self->headers->len; i++) {
    if (!check_header (self->headers->pdata[i], error))
      return FALSE;
  }
  for (unsigned i = 0; i < self->allow->len; i++)
    allow_bytes += strlen (self->allow->pdata[i]);
  if (self->allow->len > SHOT_JOB_MAX_ALLOW || allow_bytes > MAX_ALLOW_BYTES)
    return refuse (error, "%u allowed targets: give at most %d, of %d KiB together",
                   self->allow->len, SHOT_JOB_MAX_ALLOW, MAX_ALLOW_BYTES / 1024);
  return check_pictures (self, error);
}

gboolean
shot_job_check (const ShotJob *self, GError **error)
{
  if (*self->id == '\0' || strlen (self->id) > 64 || !has_only (self->id, "-_."))
    return refuse (error, "the job's name must be 1 to 64 letters, digits, dots and dashes");
  return shot_job_check_uri (self->uri, error) && check_size (self, error) &&
         check_times (self, error) && check_texts (self, error) && check_secrets (self, error) &&
         check_lists (self, error);
}
