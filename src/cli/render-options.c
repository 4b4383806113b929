#include "config.h"

#include "render-options.h"

#include <string.h>

#include "error.h"
#include "options.h"
#include "theme.h"
#include "timezone.h"

static const char help_text[] =
    "Usage: panelshot render URL [-o FILE] [OPTIONS]      (defaults in parentheses)\n"
    "  -o, --output FILE    - is stdout; its extension is the default of --encoding\n"
    "  --encoding NAME      png, jpeg, webp, pdf, csv (png)    --quality 1-100 (85)\n"
    "  --each-panel -o DIR  a file for each panel, of --width and --height or with\n"
    "     --grid-size: the dashboard's; of --panels KEY,KEY alone; --panel-data: CSV\n"
    "Size: --width N (1000; of PDF the paper's)  --height N (500; -1: --full-page)\n"
    "  --full-page          as tall as the content\n"
    "  --selector CSS       this element alone\n"
    "  --scale 0.1-4 (1)    pixels per CSS pixel    --zoom 0.25-5 (1)  bigger text\n"
    "PDF:  --paper NAME (a4)  --portrait  --paper-scale 0.1-2 (1)  --no-backgrounds\n"
    "  --page-ranges 1-3,5\n"
    "Page: --theme light|dark  --timezone Asia/Shanghai  --language zh-CN,en;q=0.8\n"
    "  --user-agent TEXT\n"
    "Wait: --timeout TIME (60: seconds, or 1m30s)  --quiet-ms N (100: without change)\n"
    "  --wait-for SELECTOR  until it is there   --wait-expression JS  until true\n"
    "  --best-effort        at the deadline, the picture of what there is\n"
    "Sign in, at URL's origin only; also by PANELSHOT_TOKEN, _JWT, _RENDER_KEY:\n"
    "  --token-file FILE    sent as Authorization: Bearer\n"
    "  --jwt-file FILE      sent in --jwt-header NAME (X-JWT-Assertion)\n"
    "  --render-key-file FILE, --render-key KEY   cookie; its --domain HOST (URL's)\n"
    "  --header 'N: V'      any header, may be repeated\n"
    "  --client-certificate FILE, --client-key FILE   PEM\n"
    "TLS:  --ca-file FILE  PEM of your own authorities   --allow-insecure\n"
    "Tell: --json  the result as JSON   -v, --verbose  every step   -h, --help\n";

const char *
shot_render_options_get_help (void)
{
  return help_text;
}

void
shot_render_options_clear (ShotRenderOptions *self)
{
  char *const texts[] = {
    self->output,   self->encoding,           self->quality,     self->width,
    self->height,   self->selector,           self->scale,       self->zoom,
    self->paper,    self->paper_scale,        self->page_ranges, self->theme,
    self->timezone, self->language,           self->user_agent,  self->timeout,
    self->wait_for, self->wait_expression,    self->quiet_ms,    self->token_file,
    self->jwt_file, self->jwt_header,         self->render_key,  self->render_key_file,
    self->domain,   self->client_certificate, self->client_key,  self->ca_file,
    self->panels,
  };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_strfreev (self->headers);
}

/* The help is not made of this table: there are too many to have a line each. */
gboolean
shot_render_options_parse (ShotRenderOptions *o, int *argc, char ***argv, GError **error)
{
#define TEXT(long, short, field)                     \
  {                                                  \
    long, short, 0, G_OPTION_ARG_FILENAME, &o->field \
  }
#define FLAG(long, short, field)                 \
  {                                              \
    long, short, 0, G_OPTION_ARG_NONE, &o->field \
  }
  const GOptionEntry entries[] = {
    TEXT ("output", 'o', output),
    TEXT ("encoding", 0, encoding),
    TEXT ("quality", 0, quality),
    TEXT ("width", 0, width),
    TEXT ("height", 0, height),
    FLAG ("full-page", 0, full_page),
    FLAG ("each-panel", 0, each_panel),
    FLAG ("grid-size", 0, grid_size),
    TEXT ("panels", 0, panels),
    FLAG ("panel-data", 0, panel_data),
    TEXT ("selector", 0, selector),
    TEXT ("scale", 0, scale),
    TEXT ("zoom", 0, zoom),
    TEXT ("paper", 0, paper),
    FLAG ("portrait", 0, portrait),
    TEXT ("paper-scale", 0, paper_scale),
    TEXT ("page-ranges", 0, page_ranges),
    FLAG ("no-backgrounds", 0, no_backgrounds),
    TEXT ("theme", 0, theme),
    TEXT ("timezone", 0, timezone),
    TEXT ("language", 0, language),
    TEXT ("user-agent", 0, user_agent),
    TEXT ("timeout", 0, timeout),
    TEXT ("wait-for", 0, wait_for),
    TEXT ("wait-expression", 0, wait_expression),
    TEXT ("quiet-ms", 0, quiet_ms),
    FLAG ("best-effort", 0, best_effort),
    TEXT ("token-file", 0, token_file),
    TEXT ("jwt-file", 0, jwt_file),
    TEXT ("jwt-header", 0, jwt_header),
    TEXT ("render-key-file", 0, render_key_file),
    TEXT ("render-key", 0, render_key),
    TEXT ("domain", 0, domain),
    { "header", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->headers },
    TEXT ("client-certificate", 0, client_certificate),
    TEXT ("client-key", 0, client_key),
    FLAG ("allow-insecure", 0, allow_insecure),
    TEXT ("ca-file", 0, ca_file),
    FLAG ("json", 0, json),
    FLAG ("verbose", 'v', verbose),
    FLAG ("help", 'h', help),
    { NULL },
  };
#undef TEXT
#undef FLAG
  g_autofree char **original = g_memdup2 (*argv, ((size_t) *argc + 1) * sizeof **argv);
  gboolean          is_parsed = shot_options_parse (entries, "render", argc, argv, error);

  shot_options_hide (original, "--render-key");
  shot_options_hide (original, "--header");
  return is_parsed;
}

G_GNUC_PRINTF (2, 3)
static gboolean
fail (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE, message);
  return FALSE;
}

/* --- the picture ------------------------------------------------------------------------- */

/* Of what the command writes. */
static bool
find_encoding (const char *name, ShotEncoding *out_encoding)
{
  ShotEncoding encoding;

  if (!shot_encoding_from_name (name, &encoding) || encoding == SHOT_ENCODING_JSON)
    return false;
  *out_encoding = encoding;
  return true;
}

gboolean
shot_render_options_read_encoding (const ShotRenderOptions *self, ShotEncoding *out_encoding,
                                   GError **error)
{
  /* Of a folder's name the extension means nothing. */
  const char *path = self->each_panel ? NULL : self->output;
  const char *slash = path != NULL ? strrchr (path, '/') : NULL;
  const char *base = slash != NULL ? slash + 1 : path;
  const char *name = base != NULL ? strrchr (base, '.') : NULL;

  if (self->encoding != NULL)
    return find_encoding (self->encoding, out_encoding)
               ? TRUE
               : fail (error, "--encoding \"%s\": want png, jpeg, webp, pdf or csv",
                       self->encoding);
  if (name != NULL && find_encoding (name + 1, out_encoding))
    return TRUE;
  /* A slip such as .pgn, or what we do not write. A date or a number is part of the name. */
  if (name != NULL && name > base && strlen (name + 1) >= 3 && strlen (name + 1) <= 4 &&
      strspn (name + 1, G_CSET_a_2_z G_CSET_A_2_Z) == strlen (name + 1))
    return fail (error, "-o \"%s\": no encoding is called %s: give --encoding", self->output,
                 name + 1);
  *out_encoding = SHOT_ENCODING_PNG;
  return TRUE;
}

static gboolean
read_size (const ShotRenderOptions *self, bool is_full_page, ShotJob *job, GError **error)
{
  bool is_minus_one = g_strcmp0 (self->height, "-1") == 0;

  if (!shot_options_read_int ("--width", self->width, 1, SHOT_JOB_MAX_SIDE, &job->width, error))
    return FALSE;
  if (self->width == NULL &&
      ((ShotPictureWish *) job->pictures->pdata[0])->kind == SHOT_PICTURE_PRINT)
    job->width = MIN (shot_paper_get_css_width (&job->paper), SHOT_JOB_MAX_SIDE);
  if (is_full_page)
    job->height = shot_job_first_height (job->width);
  if (!is_minus_one &&
      !shot_options_read_int ("--height", self->height, 1, SHOT_JOB_MAX_SIDE, &job->height, error))
    return FALSE;
  return shot_options_read_double ("--scale", self->scale, SHOT_JOB_MIN_SCALE, SHOT_JOB_MAX_SCALE,
                                   &job->scale, error) &&
         shot_options_read_double ("--zoom", self->zoom, SHOT_JOB_MIN_ZOOM, SHOT_JOB_MAX_ZOOM,
                                   &job->zoom, error);
}

static gboolean
read_paper (const ShotRenderOptions *self, ShotPaper *paper, GError **error)
{
  if (self->paper != NULL && !shot_paper_set_format (paper, self->paper))
    return fail (error, "--paper \"%s\": want %s", self->paper, shot_paper_list_formats ());
  if (self->page_ranges != NULL &&
      !shot_paper_normalize_ranges (self->page_ranges, &paper->page_ranges))
    return fail (error, "--page-ranges \"%s\": want pages such as 1-3,5", self->page_ranges);
  paper->is_landscape = !self->portrait;
  paper->has_backgrounds = !self->no_backgrounds;
  return shot_options_read_double ("--paper-scale", self->paper_scale, SHOT_PAPER_MIN_SCALE,
                                   SHOT_PAPER_MAX_SCALE, &paper->scale, error);
}

static gboolean
check_each_panel (const ShotRenderOptions *self, bool is_image, bool is_full_page, GError **error)
{
  const char *belonging = self->grid_size        ? "--grid-size"
                          : self->panel_data     ? "--panel-data"
                          : self->panels != NULL ? "--panels"
                                                 : NULL;

  if (!self->each_panel && belonging != NULL)
    return fail (error, "%s belongs to --each-panel: give that, too", belonging);
  if (!self->each_panel)
    return TRUE;
  if (!is_image)
    return fail (error, "--each-panel makes pictures: give --encoding png, jpeg or webp");
  if (is_full_page || self->selector != NULL)
    return fail (error, "--each-panel has sizes of its own: leave out %s",
                 is_full_page ? "--full-page" : "--selector");
  if (self->grid_size && self->height != NULL)
    return fail (error, "--grid-size has heights of its own: leave out --height");
  return TRUE;
}

static gboolean
read_panels (const ShotRenderOptions *self, ShotPictureWish *wish, GError **error)
{
  g_auto (GStrv) keys = self->panels != NULL ? g_strsplit (self->panels, ",", -1) : NULL;

  wish->wants_data = self->panel_data;
  for (char **key = keys; key != NULL && *key != NULL; key++) {
    if (*g_strstrip (*key) == '\0')
      return fail (error, "--panels \"%s\": want keys such as panel-4,panel-5", self->panels);
    shot_picture_wish_add_panel (wish, *key);
  }
  return self->panels == NULL || wish->panels != NULL
             ? TRUE
             : fail (error, "--panels is empty: give keys such as panel-4,panel-5");
}

static gboolean
read_picture (const ShotRenderOptions *self, ShotEncoding encoding, ShotJob *job, GError **error)
{
  bool is_full_page = self->full_page || g_strcmp0 (self->height, "-1") == 0;
  bool is_image = shot_encoding_is_image (encoding);

  if (!check_each_panel (self, is_image, is_full_page, error))
    return FALSE;
  if (self->selector != NULL && (is_full_page || !is_image))
    return fail (error, "--selector is for a picture of one element: leave out %s",
                 is_image ? "--full-page" : "--encoding pdf and csv");

  ShotPictureKind  kind = encoding == SHOT_ENCODING_PDF   ? SHOT_PICTURE_PRINT
                          : encoding == SHOT_ENCODING_CSV ? SHOT_PICTURE_DOWNLOAD
                          : self->each_panel              ? SHOT_PICTURE_EACH_PANEL
                          : self->selector != NULL        ? SHOT_PICTURE_ELEMENT
                          : is_full_page                  ? SHOT_PICTURE_FULL_PAGE
                                                          : SHOT_PICTURE_VIEWPORT;
  ShotPictureWish *wish = shot_job_add_picture (job, kind, self->selector);
  wish->encoding = encoding;
  wish->is_grid = self->grid_size;
  return read_panels (self, wish, error) &&
         shot_options_read_int ("--quality", self->quality, 1, 100, &wish->quality, error) &&
         read_paper (self, &job->paper, error) && read_size (self, is_full_page, job, error);
}

static gboolean
read_waiting (const ShotRenderOptions *self, ShotJob *job, GError **error)
{
  job->wait_for = g_strdup (self->wait_for);
  job->wait_expression = g_strdup (self->wait_expression);
  job->is_best_effort = self->best_effort;
  return shot_options_read_int ("--quiet-ms", self->quiet_ms, 0, 60000, &job->quiet_ms, error) &&
         shot_options_read_duration ("--timeout", self->timeout, &job->timeout_ms, error);
}

/* --- the page ---------------------------------------------------------------------------- */

static gboolean
read_theme (const ShotRenderOptions *self, ShotJob *job, GError **error)
{
  g_autoptr (GError) cause = NULL;
  char              *uri = shot_theme_apply (job->uri, self->theme, &cause);

  if (uri == NULL)
    return fail (error, "--theme \"%s\": %s", self->theme, cause->message);
  g_free (job->uri);
  job->uri = uri;
  return TRUE;
}

static gboolean
read_page (const ShotRenderOptions *self, ShotJob *job, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (self->theme != NULL && !read_theme (self, job, error))
    return FALSE;
  job->timezone = shot_timezone_normalize (self->timezone, &cause);
  if (cause != NULL) {
    g_propagate_prefixed_error (error, g_steal_pointer (&cause), "--timezone: ");
    return FALSE;
  }
  job->language = g_strdup (self->language);
  job->user_agent = g_strdup (self->user_agent);
  job->allow_insecure = self->allow_insecure;
  job->ca_pem = shot_options_read_ca ("--ca-file", self->ca_file, error);
  return self->ca_file == NULL || job->ca_pem != NULL;
}

/* --- who asks ---------------------------------------------------------------------------- */

static gboolean
read_certificate (const ShotRenderOptions *self, ShotJob *job, GError **error)
{
  if (self->client_certificate == NULL)
    return self->client_key == NULL
               ? TRUE
               : fail (error, "--client-key belongs to a --client-certificate: give that, too");
  job->client_pem = shot_options_read_pair ("--client-certificate", self->client_certificate,
                                            self->client_key, error);
  return job->client_pem != NULL;
}

static gboolean
read_render_key (const ShotRenderOptions *options, ShotJob *job, GError **error)
{
  g_autoptr (GError) cause = NULL;

  job->domain = g_strdup (options->domain);
  if (options->render_key != NULL && options->render_key_file != NULL)
    return fail (error, "--render-key and --render-key-file: give one of them");
  if (options->render_key != NULL && *options->render_key == '\0')
    return fail (error, "--render-key is empty: give the key, or leave the option out");
  if (options->render_key != NULL)
    job->render_key = shot_secret_new (options->render_key);
  else
    job->render_key = shot_options_read_secret (options->render_key_file, "PANELSHOT_RENDER_KEY",
                                                &cause);
  if (cause == NULL)
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&cause), "--render-key-file: ");
  return FALSE;
}

static gboolean
read_credentials (const ShotRenderOptions *options, ShotJob *job, GError **error)
{
  const char *jwt_name = options->jwt_header != NULL ? options->jwt_header : "X-JWT-Assertion";
  g_autoptr (GError) cause = NULL;

  g_autoptr (ShotSecret) token = shot_options_read_secret (options->token_file, "PANELSHOT_TOKEN",
                                                           &cause);
  if (cause != NULL) {
    g_propagate_prefixed_error (error, g_steal_pointer (&cause), "--token-file: ");
    return FALSE;
  }
  g_autoptr (ShotSecret) jwt = shot_options_read_secret (options->jwt_file, "PANELSHOT_JWT",
                                                         &cause);
  if (cause != NULL) {
    g_propagate_prefixed_error (error, g_steal_pointer (&cause), "--jwt-file: ");
    return FALSE;
  }
  if (options->jwt_header != NULL && jwt == NULL)
    return fail (error, "--jwt-header has nothing to carry: give --jwt-file or PANELSHOT_JWT");

  if (token != NULL) {
    g_autofree char       *text = g_strconcat ("Bearer ", shot_secret_reveal (token), NULL);
    g_autoptr (ShotSecret) value = shot_secret_new (text);
    explicit_bzero (text, strlen (text));
    shot_job_add_header (job, job->uri, "Authorization", value);
  }
  if (jwt != NULL)
    shot_job_add_header (job, job->uri, jwt_name, jwt);
  return TRUE;
}

static gboolean
read_headers (const ShotRenderOptions *options, ShotJob *job, GError **error)
{
  for (char **header = options->headers; header != NULL && *header != NULL; header++) {
    char *colon = strchr (*header, ':');
    if (colon == NULL)
      return fail (error, "--header wants 'Name: value', with a colon between the two");

    g_autofree char       *name = g_strndup (*header, (size_t) (colon - *header));
    g_autofree char       *text = g_strdup (colon + 1);
    g_autoptr (ShotSecret) value = shot_secret_new (g_strstrip (text));
    explicit_bzero (*header, strlen (*header));
    shot_job_add_header (job, job->uri, g_strstrip (name), value);
  }
  return TRUE;
}

/* (transfer full) */
ShotJob *
shot_render_options_make_job (const ShotRenderOptions *self, const char *uri, ShotEncoding encoding,
                              GError **error)
{
  /* Headers belong to an origin, so the address comes first. */
  if (!shot_job_check_uri (uri, error))
    return NULL;

  g_autoptr (ShotJob) job = shot_job_new (uri);
  if (!read_picture (self, encoding, job, error) || !read_waiting (self, job, error) ||
      !read_page (self, job, error) || !read_render_key (self, job, error) ||
      !read_credentials (self, job, error) || !read_headers (self, job, error) ||
      !read_certificate (self, job, error) || !shot_job_check (job, error))
    return NULL;
  return g_steal_pointer (&job);
}
