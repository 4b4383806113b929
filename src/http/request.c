#include "config.h"

#include "request.h"

#include <math.h>
#include <string.h>

#include "duration.h"
#include "error.h"
#include "theme.h"
#include "timezone.h"

#define EXPRESSION_PREFIX "js:"
/* Go counts durations in nanoseconds, in 64 bits. */
#define MAX_GO_MS 9223372036854.0

/* A request on its way to become a job. */
typedef struct {
  const ShotQuery        *source; /* where the value at hand comes from */
  const char             *name;   /* of the value at hand */
  const ShotRequestRules *rules;
  ShotJob                *job;
  ShotRequestKind         kind;
  ShotEncoding            encoding;
  int                     quality;
  const char             *selector; /* (nullable) */
  bool                    is_tall;
  bool                    has_paper_scale;
  bool                    has_width;
} Reading;

typedef gboolean (*Reader) (Reading *self, const char *text, GError **error);

typedef enum {
  FROM_REQUEST = 1 << 0,
  FROM_TARGET = 1 << 1, /* else from the query of the address that is to be rendered */
  FOR_PAPER = 1 << 2,   /* looked at only when something is printed */
  FOR_PIXELS = 1 << 3,  /* not looked at when a table is fetched */
} Place;

typedef struct {
  const char *name;
  unsigned    place;
  Reader      reader; /* (nullable): taken as it is, or of no meaning here */
} Parameter;

static gboolean
fail (Reading *self, const char *wanted, GError **error)
{
  return shot_query_fail (self->source, self->name, wanted, error);
}

/* What Go's Atoi takes. */
static gboolean
read_whole (Reading *self, const char *text, int64_t *out_value, GError **error)
{
  const char *digits = *text == '+' && g_ascii_isdigit (text[1]) ? text + 1 : text;
  gint64      value = 0;

  if (!g_ascii_string_to_signed (digits, 10, INT64_MIN, INT64_MAX, &value, NULL))
    return fail (self, "want a whole number", error);
  *out_value = value;
  return TRUE;
}

static int
fit (int64_t value, int least, int most)
{
  int limit = most < 0 ? SHOT_JOB_MAX_SIDE : MIN (most, SHOT_JOB_MAX_SIDE);

  return (int) CLAMP (value, MIN (least, limit), limit);
}

/* Grafana writes -1 for "no width"; nothing else below 1 is a width either. */
static gboolean
read_width (Reading *self, const char *text, GError **error)
{
  const ShotRequestRules *rules = self->rules;
  int64_t                 width = 0;

  if (!read_whole (self, text, &width, error))
    return FALSE;
  self->has_width = width > 0;
  if (self->has_width)
    self->job->width = fit (width, rules->min_width, rules->max_width);
  return TRUE;
}

static gboolean
read_height (Reading *self, const char *text, GError **error)
{
  const ShotRequestRules *rules = self->rules;
  int64_t                 height = 0;

  if (!read_whole (self, text, &height, error))
    return FALSE;
  self->is_tall = height == -1;
  if (height > 0)
    self->job->height = fit (height, rules->min_height, rules->max_height);
  return TRUE;
}

/* strtod takes more than a number: "inf", "nan", "0x1p3", blanks in front. NAN for none. */
static double
parse_number (const char *text)
{
  char  *end = NULL;
  double value = g_ascii_strtod (text, &end);

  if (strspn (text, "0123456789.eE+-") != strlen (text) || end == text || *end != '\0')
    return NAN;
  return isfinite (value) ? value : NAN;
}

static gboolean
read_between (Reading *self, const char *text, double least, double most, double *out_value,
              GError **error)
{
  double value = parse_number (text);

  if (!(value >= least && value <= most)) {
    g_autofree char *wanted = g_strdup_printf ("want a number from %g to %g", least, most);
    return fail (self, wanted, error);
  }
  *out_value = value;
  return TRUE;
}

static gboolean
read_scale (Reading *self, const char *text, GError **error)
{
  double value = parse_number (text);

  if (!(value >= SHOT_JOB_MIN_SCALE)) {
    g_autofree char *wanted = g_strdup_printf ("want a number from %g to %g", SHOT_JOB_MIN_SCALE,
                                               self->rules->max_scale);
    return fail (self, wanted, error);
  }
  self->job->scale = MIN (value, MIN (self->rules->max_scale, SHOT_JOB_MAX_SCALE));
  return TRUE;
}

static gboolean
read_zoom (Reading *self, const char *text, GError **error)
{
  return read_between (self, text, SHOT_JOB_MIN_ZOOM, SHOT_JOB_MAX_ZOOM, &self->job->zoom, error);
}

static gboolean
read_encoding (Reading *self, const char *text, GError **error)
{
  g_autofree char *plain = g_strstrip (g_strdup (text));
  ShotEncoding     encoding = self->encoding;

  if (*plain == '\0')
    return TRUE;
  if (!shot_encoding_from_name (plain, &encoding) || encoding == SHOT_ENCODING_JSON ||
      (self->kind == SHOT_REQUEST_CSV) != (encoding == SHOT_ENCODING_CSV))
    return fail (self,
                 self->kind == SHOT_REQUEST_CSV
                     ? "want csv; pictures are at /render"
                     : "want png, jpeg, webp or pdf; tables are at /render/csv",
                 error);
  self->encoding = encoding;
  return TRUE;
}

static gboolean
read_quality (Reading *self, const char *text, GError **error)
{
  int64_t quality = 0;

  if (!read_whole (self, text, &quality, error))
    return FALSE;
  if (quality < 1 || quality > 100)
    return fail (self, "want a whole number from 1 to 100", error);
  self->quality = (int) quality;
  return TRUE;
}

/* 0 is "no limit" to the official renderer; here the most there is. */
static gboolean
read_timeout (Reading *self, const char *text, GError **error)
{
  int64_t most_ms = self->rules->max_timeout_ms;
  double  ms = 0;

  if (!shot_duration_read (text, &ms) || ms < 0 || ms > MAX_GO_MS)
    return fail (self, "want seconds such as 30, or a duration such as 1m30s", error);
  self->job->timeout_ms = ms > 0 && ms < (double) most_ms ? (int64_t) ceil (ms) : most_ms;
  return TRUE;
}

static gboolean
read_timezone (Reading *self, const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char   *name = shot_timezone_normalize (text, &cause);

  if (cause != NULL)
    return fail (self, "want an IANA name such as Asia/Shanghai, or UTC+hh:mm", error);
  if (name == NULL) /* "browser": ours */
    return TRUE;
  g_free (self->job->timezone);
  self->job->timezone = g_steal_pointer (&name);
  return TRUE;
}

static gboolean
read_theme (Reading *self, const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  char              *uri = shot_theme_apply (self->job->uri, text, &cause);

  if (uri == NULL)
    return fail (self, cause->message, error);
  g_free (self->job->uri);
  self->job->uri = uri;
  return TRUE;
}

static gboolean
read_selector (Reading *self, const char *text, GError **error)
{
  if (!shot_encoding_is_image (self->encoding))
    return fail (self, "want none: png, jpeg and webp are cut to an element, other kinds are not",
                 error);
  self->selector = text;
  return TRUE;
}

static gboolean
read_wait_for (Reading *self, const char *text, GError **error)
{
  if (!g_str_has_prefix (text, EXPRESSION_PREFIX)) {
    self->job->wait_for = g_strdup (text);
    return TRUE;
  }
  if (!self->rules->allow_expressions)
    return fail (self, "want a CSS selector: expressions are not allowed by the configuration",
                 error);
  self->job->wait_expression = g_strdup (text + strlen (EXPRESSION_PREFIX));
  return TRUE;
}

static gboolean
read_switch (Reading *self, const char *text, bool *out_value, GError **error)
{
  bool is_on = g_ascii_strcasecmp (text, "true") == 0 || g_str_equal (text, "1");

  if (!is_on && g_ascii_strcasecmp (text, "false") != 0 && !g_str_equal (text, "0"))
    return fail (self, "want true or false", error);
  *out_value = is_on;
  return TRUE;
}

static gboolean
read_best_effort (Reading *self, const char *text, GError **error)
{
  return read_switch (self, text, &self->job->is_best_effort, error);
}

static gboolean
read_render_key (Reading *self, const char *text, GError **error)
{
  self->job->render_key = shot_secret_new (text);
  return TRUE;
}

static gboolean
read_domain (Reading *self, const char *text, GError **error)
{
  self->job->domain = g_strdup (text);
  return TRUE;
}

static gboolean
read_polling (Reading *self, const char *text, GError **error)
{
  if (g_str_equal (text, "true"))
    self->job->patience.ignores_reports = true;
  return TRUE;
}

static gboolean
read_landscape (Reading *self, const char *text, GError **error)
{
  return read_switch (self, text, &self->job->paper.is_landscape, error);
}

static gboolean
read_format (Reading *self, const char *text, GError **error)
{
  if (shot_paper_set_format (&self->job->paper, text))
    return TRUE;

  g_autofree char *wanted = g_strconcat ("want ", shot_paper_list_formats (), NULL);
  return fail (self, wanted, error);
}

static gboolean
read_backgrounds (Reading *self, const char *text, GError **error)
{
  return read_switch (self, text, &self->job->paper.has_backgrounds, error);
}

static gboolean
read_ranges (Reading *self, const char *text, GError **error)
{
  return shot_paper_normalize_ranges (text, &self->job->paper.page_ranges) ||
         fail (self, "want a list of pages such as 1-3,5", error);
}

static gboolean
read_paper_scale (Reading *self, const char *text, GError **error)
{
  self->has_paper_scale = true;
  return read_between (self, text, SHOT_PAPER_MIN_SCALE, SHOT_PAPER_MAX_SCALE,
                       &self->job->paper.scale, error);
}

/* In the order in which they are read. "landscape" before "pdf.landscape", which has the last
 * word. What has no reader is known all the same: the address and the file name are asked for by
 * others, and a page without background is not to be had from a print. */
static const Parameter parameters[] = {
  { "url", FROM_REQUEST, NULL },
  { "encoding", FROM_REQUEST, read_encoding },
  { "quality", FROM_REQUEST | FOR_PIXELS, read_quality },
  { "width", FROM_REQUEST | FOR_PIXELS, read_width },
  { "height", FROM_REQUEST | FOR_PIXELS, read_height },
  { "deviceScaleFactor", FROM_REQUEST | FOR_PIXELS, read_scale },
  { "zoom", FROM_REQUEST | FOR_PIXELS, read_zoom },
  { "timeout", FROM_REQUEST, read_timeout },
  { "timezone", FROM_REQUEST, read_timezone },
  { "theme", FROM_REQUEST, read_theme },
  { "selector", FROM_REQUEST | FOR_PIXELS, read_selector },
  { "wait_for", FROM_REQUEST, read_wait_for },
  { "best_effort", FROM_REQUEST | FOR_PIXELS, read_best_effort },
  { "renderKey", FROM_REQUEST, read_render_key },
  { "domain", FROM_REQUEST, read_domain },
  { "filePath", FROM_REQUEST, NULL },
  { "landscape", FROM_REQUEST | FOR_PAPER, read_landscape },
  { "pdf.format", FROM_REQUEST | FROM_TARGET | FOR_PAPER, read_format },
  { "pdf.landscape", FROM_REQUEST | FROM_TARGET | FOR_PAPER, read_landscape },
  { "pdf.printBackground", FROM_REQUEST | FROM_TARGET | FOR_PAPER, read_backgrounds },
  { "pdf.pageRanges", FROM_REQUEST | FROM_TARGET | FOR_PAPER, read_ranges },
  { "pdf.scale", FROM_REQUEST | FROM_TARGET | FOR_PAPER, read_paper_scale },
  { "pdf.omitBackground", FROM_REQUEST | FROM_TARGET | FOR_PAPER, NULL },
  { "forcePollingMode", FROM_TARGET, read_polling },
};

const char *
shot_request_get_parameter (unsigned index)
{
  return index < G_N_ELEMENTS (parameters) ? parameters[index].name : NULL;
}

static gboolean
read_parameter (Reading *self, const Parameter *parameter, const ShotQuery *query,
                const ShotQuery *target, GError **error)
{
  const char *text = NULL;
  bool is_printed = self->kind == SHOT_REQUEST_PICTURES || self->encoding == SHOT_ENCODING_PDF;

  if (parameter->reader == NULL || ((parameter->place & FOR_PAPER) != 0 && !is_printed) ||
      ((parameter->place & FOR_PIXELS) != 0 && self->kind == SHOT_REQUEST_CSV))
    return TRUE;
  self->name = parameter->name;
  self->source = query;
  if (parameter->place & FROM_REQUEST)
    text = shot_query_get (query, parameter->name);
  if (text == NULL && (parameter->place & FROM_TARGET) != 0) {
    self->source = target;
    text = shot_query_get (target, parameter->name);
  }
  return text == NULL || parameter->reader (self, text, error);
}

/* "*" is what programs send that have none: any will do. */
static bool
names_language (const char *text)
{
  return text != NULL && *text != '\0' && !g_str_equal (text, "*");
}

static void
set_defaults (Reading *self, const char *language)
{
  const ShotRequestRules *rules = self->rules;
  ShotJob                *job = self->job;

  shot_request_rules_apply (rules, job);
  job->width = fit (rules->default_width, rules->min_width, rules->max_width);
  job->height = fit (rules->default_height, rules->min_height, rules->max_height);
  job->scale = rules->default_scale;
  job->zoom = rules->default_zoom;
  job->timeout_ms = rules->default_timeout_ms;
  job->timezone = g_strdup (rules->timezone);
  job->language = g_strdup (names_language (language) ? language : rules->language);
  job->paper.is_landscape = !rules->is_portrait;
  self->encoding = self->kind == SHOT_REQUEST_CSV ? SHOT_ENCODING_CSV : rules->default_encoding;
  self->quality = SHOT_JOB_DEFAULT_QUALITY;
}

static void
add_picture (Reading *self)
{
  ShotPictureKind  kind = self->encoding == SHOT_ENCODING_CSV   ? SHOT_PICTURE_DOWNLOAD
                          : self->encoding == SHOT_ENCODING_PDF ? SHOT_PICTURE_PRINT
                          : self->selector != NULL              ? SHOT_PICTURE_ELEMENT
                          : self->is_tall                       ? SHOT_PICTURE_FULL_PAGE
                                                                : SHOT_PICTURE_VIEWPORT;
  ShotPictureWish *wish = shot_job_add_picture (self->job, kind, self->selector);

  wish->encoding = self->encoding;
  wish->quality = self->quality;
}

static void
finish (Reading *self, const ShotQuery *query)
{
  const ShotRequestRules *rules = self->rules;
  ShotJob                *job = self->job;

  if (rules->is_tall_by_default && shot_query_get (query, "height") == NULL &&
      self->kind == SHOT_REQUEST_RENDER && shot_encoding_is_image (self->encoding))
    self->is_tall = true;
  if (self->is_tall)
    job->height = fit (shot_job_first_height (job->width), rules->min_height, rules->max_height);
  /* As the official renderer: more device pixels, smaller print. */
  if (!self->has_paper_scale)
    job->paper.scale = CLAMP (1 / job->scale, SHOT_PAPER_MIN_SCALE, SHOT_PAPER_MAX_SCALE);
  /* Grafana lays its panels out by the view's width, and asks for PDF without one. */
  if (self->kind == SHOT_REQUEST_RENDER && self->encoding == SHOT_ENCODING_PDF && !self->has_width)
    job->width = fit (shot_paper_get_css_width (&job->paper), rules->min_width, rules->max_width);
  if (self->kind != SHOT_REQUEST_PICTURES)
    add_picture (self);
}

ShotJob *
shot_request_make_job (const ShotQuery *query, ShotRequestKind kind, const ShotRequestRules *rules,
                       const char *language, GError **error)
{
  const char *url = shot_query_get (query, "url");

  if (url == NULL) {
    shot_query_fail_missing (query, "url", error);
    return NULL;
  }

  g_autoptr (ShotJob)   job = shot_job_new (url);
  g_autoptr (ShotQuery) target = shot_query_parse_target (url);
  Reading reading = { .rules = shot_request_rules_find (rules, url), .job = job, .kind = kind };

  set_defaults (&reading, language);
  for (size_t i = 0; i < G_N_ELEMENTS (parameters); i++) {
    if (!read_parameter (&reading, &parameters[i], query, target, error))
      return NULL;
  }
  finish (&reading, query);
  return g_steal_pointer (&job);
}

char *
shot_request_describe_size (int width, int height, double scale)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%g", scale);
  return g_strdup_printf ("%dx%d@%s", width, height, number);
}
