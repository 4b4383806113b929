#include "config.h"

#include <string.h>

#include "error.h"
#include "job.h"
#include "pool.h"
#include "proxy.h"
#include "serve-settings.h"
#include "timezone.h"

#define IMPORTANT SHOT_SETTING_IMPORTANT
#define RELOADABLE SHOT_SETTING_RELOADABLE

#define MAX_BYTES 1e15
#define MAX_MIB 1048576
#define MAX_DAYS_MS (365.0 * 24 * 3600 * 1000)
#define DEFAULT_QUEUE G_STRINGIFY (SHOT_POOL_DEFAULT_QUEUE)

#define NO_CHROMIUM "panelshot has no Chromium in it: "
#define BY_EVENTS "panelshot follows the page's events and polls nothing"
#define BY_QUEUE "work is bounded by render.concurrency and render.queue"
#define NO_SPANS "no spans are exported; traceparent is taken over and passed on to Grafana"
#define AS_DEBUG "log.level debug tells every step"
#define ONE_ENGINE "every render has a session of its own in one engine"

static gboolean want (GError **error, const char *text) G_GNUC_WARN_UNUSED_RESULT;

static gboolean
want (GError **error, const char *text)
{
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE, text);
  return FALSE;
}

/* Which hosts there are is the listener's business. */
static gboolean
check_address (const char *text, GError **error)
{
  const char *colon = strrchr (text, ':');
  guint64     port = 0;

  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &port, NULL))
    return want (error, "want ADDRESS:PORT, such as 127.0.0.1:8081, [::1]:8081 or :8081");
  return TRUE;
}

static gboolean
check_timezone (const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;

  /* NULL is also the answer for "the machine's own". */
  g_free (shot_timezone_normalize (text, &cause));
  if (cause == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

/* What jobs carry has its rules in the job. */
static ShotJob *
make_job (void)
{
  ShotJob *job = shot_job_new ("http://localhost/");

  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  return job;
}

static gboolean
check_language (const char *text, GError **error)
{
  g_autoptr (ShotJob) job = make_job ();

  job->language = g_strdup (text);
  return shot_job_check (job, error);
}

static gboolean
check_header (const char *text, GError **error)
{
  g_autoptr (ShotJob) job = make_job ();
  const char         *equals = strchr (text, '=');

  if (equals == NULL)
    return want (error, "want NAME=VALUE");
  g_autofree char       *name = g_strndup (text, (size_t) (equals - text));
  g_autoptr (ShotSecret) value = shot_secret_new (equals + 1);
  shot_job_add_header (job, job->uri, name, value);
  return shot_job_check (job, error);
}

static gboolean
check_scale (const char *text, GError **error)
{
  return g_ascii_strtod (text, NULL) > 0 ? TRUE : want (error, "want a number above 0");
}

static gboolean
check_review_url (const char *text, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  const char      *scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL;

  if (uri == NULL || (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https")) ||
      g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    return want (error, "want such as https://panelshot.example");
  /* The page's addresses begin with /review/ wherever it is served. */
  if (strlen (g_uri_get_path (uri)) > 1 || g_uri_get_query (uri) != NULL ||
      g_uri_get_userinfo (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    return want (error, "want scheme, host and port alone, such as https://panelshot.example");
  return TRUE;
}

static gboolean
check_trusted (const char *text, GError **error)
{
  g_autoptr (GInetAddressMask) mask = g_inet_address_mask_new_from_string (text, NULL);

  return mask != NULL ? TRUE : want (error, "want an address or a range, such as 10.0.0.0/8");
}

const ShotSetting shot_serve_settings_table[] = {
  /* Where settings come from; not for the file itself. */
  { "config", SHOT_SETTING_FILE, .section = "Configuration file", .argument = "FILE",
    .environment = "PANELSHOT_CONFIG", .traits = IMPORTANT | SHOT_SETTING_NO_FILE,
    .help = "./panelshot.yaml, /etc/panelshot/panelshot.yaml" },

  { "server.addr", SHOT_SETTING_TEXT, .section = "Server", .names = "listen",
    .environment = "SERVER_ADDR PANELSHOT_LISTEN", .fallback = "127.0.0.1:8081",
    .argument = "ADDR:PORT", .traits = IMPORTANT, .check = check_address,
    .help = "where to listen; :8081 is every address" },
  { "server.host", SHOT_SETTING_TEXT, .names = "service.host", .environment = "HTTP_HOST",
    .argument = "HOST", .help = "the host alone, as version 3 had it; server.addr goes first" },
  { "server.port", SHOT_SETTING_INT, .names = "service.port", .environment = "HTTP_PORT",
    .argument = "PORT", .most = 65535,
    .help = "the port alone, as version 3 had it; server.addr goes first" },
  { "server.auth-token", SHOT_SETTING_SECRETS,
    .names = "auth-token server.auth-tokens server.token server.tokens service.security.authToken",
    .environment = "AUTH_TOKEN", .fallback = "-", .argument = "TOKEN",
    .traits = IMPORTANT | RELOADABLE, .help = "* who may ask: renderer_token" },
  { "server.auth-token-file", SHOT_SETTING_FILES, .names = "auth-token-file",
    .environment = "PANELSHOT_AUTH_TOKEN_FILE", .argument = "FILE",
    .traits = IMPORTANT | RELOADABLE, .help = "* one token a line, followed as it changes" },
  { "server.certificate-file", SHOT_SETTING_FILE,
    .names = "server.certificate server.cert-file server.cert service.certFile",
    .environment = "SERVER_CERTIFICATE_FILE HTTP_CERT_FILE", .argument = "FILE",
    .traits = IMPORTANT, .help = "PEM; the server speaks HTTPS then" },
  { "server.key-file", SHOT_SETTING_FILE, .names = "server.key service.certKey",
    .environment = "SERVER_KEY_FILE HTTP_CERT_KEY", .argument = "FILE", .traits = IMPORTANT,
    .help = "PEM, the certificate's private key" },
  { "server.min-tls-version", SHOT_SETTING_CHOICE, .names = "service.minTLSVersion",
    .environment = "SERVER_MIN_TLS_VERSION HTTP_MIN_TLS_VERSION", .fallback = "1.2",
    .choices = "1.0 1.1 1.2 1.3 TLSv1=1.0 TLSv1.0=1.0 TLSv1.1=1.1 TLSv1.2=1.2 TLSv1.3=1.3",
    .argument = "VERSION", .help = "the oldest TLS that callers may speak" },
  { "server.protocol", SHOT_SETTING_CHOICE, .names = "service.protocol",
    .environment = "HTTP_PROTOCOL", .choices = "http https", .argument = "NAME",
    .help = "http or https; only to be checked against server.certificate-file" },
  { "server.max-connections", SHOT_SETTING_INT, .environment = "PANELSHOT_MAX_CONNECTIONS",
    .fallback = "512", .least = 8, .most = 65536, .argument = "N",
    .help = "open at once; beyond it the longest idle one is closed" },
  { "server.self-render", SHOT_SETTING_BOOL, .environment = "PANELSHOT_SELF_RENDER",
    .fallback = "true", .help = "a tiny render at the start and after failures, for /readyz" },
  { "server.demo", SHOT_SETTING_BOOL, .names = "demo", .environment = "PANELSHOT_DEMO",
    .fallback = "false", .traits = IMPORTANT, .help = "serve sample dashboards under /demo/" },
  { "server.ready-fd", SHOT_SETTING_INT, .names = "ready-fd", .argument = "N", .least = 1,
    .most = 65535, .traits = SHOT_SETTING_NO_FILE,
    .help = "write the port to this descriptor once listening" },

  { "api.default-encoding", SHOT_SETTING_CHOICE, .section = "Requests",
    .environment = "API_DEFAULT_ENCODING", .fallback = "png",
    .choices = "png pdf jpeg webp jpg=jpeg", .argument = "NAME", .traits = IMPORTANT | RELOADABLE,
    .help = "when none is named; version 5: pdf" },
  { "api.missing-height", SHOT_SETTING_CHOICE, .environment = "PANELSHOT_API_MISSING_HEIGHT",
    .fallback = "viewport", .choices = "viewport full-page 500=viewport full=full-page",
    .argument = "WHAT", .traits = IMPORTANT | RELOADABLE, .help = "full-page as version 5 has it" },
  { "api.allow-expressions", SHOT_SETTING_BOOL, .environment = "PANELSHOT_API_ALLOW_EXPRESSIONS",
    .fallback = "false", .traits = RELOADABLE,
    .help = "wait_for may be a JavaScript expression, not only a selector" },
  { "api.max-body", SHOT_SETTING_INT, .environment = "PANELSHOT_API_MAX_BODY", .fallback = "1024",
    .least = 1, .most = 16384, .argument = "KIB", .traits = RELOADABLE,
    .help = "largest body of a request, in KiB" },
  { "api.silence-request-log-path", SHOT_SETTING_LIST,
    .environment = "API_SILENCE_REQUEST_LOG_PATH", .argument = "PATH",
    .help = "* no line in the log for requests of this path, such as /healthz" },

  { "render.concurrency", SHOT_SETTING_INT, .section = "Work",
    .names = "concurrency rendering.clustering.maxConcurrency",
    .environment = "PANELSHOT_CONCURRENCY RENDERING_CLUSTERING_MAX_CONCURRENCY", .argument = "N",
    .least = 1, .most = 64, .traits = IMPORTANT | RELOADABLE,
    .help = "renders at once (processors)" },
  { "render.queue", SHOT_SETTING_INT, .names = "queue", .environment = "PANELSHOT_QUEUE",
    .fallback = DEFAULT_QUEUE, .most = 10000, .argument = "N", .traits = IMPORTANT | RELOADABLE,
    .help = "renders that may wait" },
  { "render.timeout", SHOT_SETTING_DURATION, .names = "timeout", .environment = "PANELSHOT_TIMEOUT",
    .fallback = "60s", .least = 1, .most = SHOT_JOB_MAX_TIMEOUT_MS, .argument = "TIME",
    .traits = IMPORTANT | RELOADABLE, .help = "of requests that name none" },
  { "render.max-timeout", SHOT_SETTING_DURATION, .names = "max-timeout",
    .environment = "PANELSHOT_MAX_TIMEOUT", .fallback = "30m", .least = 1,
    .most = SHOT_JOB_MAX_TIMEOUT_MS, .argument = "TIME", .traits = RELOADABLE,
    .help = "the most that a request may ask for" },
  { "render.urgent-timeout", SHOT_SETTING_DURATION, .environment = "PANELSHOT_URGENT_TIMEOUT",
    .fallback = "30s", .most = SHOT_JOB_MAX_TIMEOUT_MS, .argument = "TIME", .traits = RELOADABLE,
    .help = "requests with this timeout or less, as of alerts, pass the others; 0: none do" },
  { "render.isolation", SHOT_SETTING_CHOICE, .environment = "PANELSHOT_ISOLATION",
    .fallback = "origin", .choices = "origin process", .argument = "HOW", .traits = RELOADABLE,
    .help = "process: every user gets a fresh web process, slower; origin: a cleaned one" },
  { "render.page-visits", SHOT_SETTING_INT, .environment = "PANELSHOT_PAGE_VISITS",
    .fallback = "200", .most = 1e6, .argument = "N", .traits = RELOADABLE,
    .help = "visits after which a page that is kept open is loaded anew; 0: none is kept" },
  { "render.page-age", SHOT_SETTING_DURATION, .environment = "PANELSHOT_PAGE_AGE",
    .fallback = "10m", .most = MAX_DAYS_MS / 365, .argument = "TIME", .traits = RELOADABLE,
    .help = "age at which a page that is kept open is loaded anew" },
  { "render.page-idle", SHOT_SETTING_DURATION, .environment = "PANELSHOT_PAGE_IDLE",
    .fallback = "2m", .most = MAX_DAYS_MS / 365, .argument = "TIME", .traits = RELOADABLE,
    .help = "how long a page is kept open without a visit" },
  { "render.page-memory", SHOT_SETTING_INT, .environment = "PANELSHOT_PAGE_MEMORY",
    .fallback = "512", .least = 64, .most = MAX_MIB, .argument = "MIB", .traits = RELOADABLE,
    .help = "a web process that takes more memory is replaced after its visit, in MiB" },
  { "render.live", SHOT_SETTING_BOOL, .environment = "PANELSHOT_LIVE", .fallback = "false",
    .traits = RELOADABLE, .help = "let pages open connections to Grafana Live" },
  { "engine.max-pages", SHOT_SETTING_INT, .environment = "PANELSHOT_ENGINE_MAX_PAGES",
    .fallback = "5000", .most = 1e9, .argument = "N", .traits = RELOADABLE,
    .help = "renders after which the engine is replaced, at no request's cost; 0: never" },
  { "engine.max-age", SHOT_SETTING_DURATION, .environment = "PANELSHOT_ENGINE_MAX_AGE",
    .fallback = "24h", .most = MAX_DAYS_MS, .argument = "TIME", .traits = RELOADABLE,
    .help = "age at which the engine is replaced, likewise; 0: never" },
  { "engine.max-memory", SHOT_SETTING_INT, .environment = "PANELSHOT_ENGINE_MAX_MEMORY",
    .fallback = "1500", .most = MAX_MIB, .argument = "MIB", .traits = RELOADABLE,
    .help = "memory of engine and pages above which it is replaced, likewise; 0: never" },
  { "engine.idle-timeout", SHOT_SETTING_DURATION, .environment = "PANELSHOT_ENGINE_IDLE_TIMEOUT",
    .fallback = "0", .most = MAX_DAYS_MS, .argument = "TIME", .traits = RELOADABLE,
    .help = "stop an engine without work after so long, start it on demand; 0: it stays" },
  { "rate-limit.requests-per-second", SHOT_SETTING_DOUBLE,
    .names = "requests-per-second service.rateLimiter.requestsPerSecond",
    .environment = "PANELSHOT_RATE_LIMIT_REQUESTS_PER_SECOND", .fallback = "0", .most = 10000,
    .argument = "N", .traits = IMPORTANT | RELOADABLE, .help = "of one client; 0 is no limit" },
  { "rate-limit.burst", SHOT_SETTING_INT, .environment = "PANELSHOT_RATE_LIMIT_BURST",
    .fallback = "10", .least = 1, .most = 10000, .argument = "N", .traits = RELOADABLE,
    .help = "requests that one client may send in one go" },
  { "rate-limit.enabled", SHOT_SETTING_BOOL, .names = "service.rateLimiter.enabled",
    .traits = RELOADABLE,
    .help = "as version 3 had it: true is 5 a second unless told otherwise, false is no limit" },
  { "rate-limit.disabled", SHOT_SETTING_BOOL, .environment = "RATE_LIMIT_DISABLED",
    .fallback = "false", .traits = RELOADABLE, .help = "as version 5 has it: true is no limit" },
  { "rate-limit.headroom", SHOT_SETTING_INT, .environment = "RATE_LIMIT_HEADROOM",
    .fallback = "33554432", .most = MAX_BYTES, .argument = "BYTES", .traits = RELOADABLE,
    .help = "memory that is to stay free beside that, in bytes" },
  { "rate-limit.min-memory-per-browser", SHOT_SETTING_INT,
    .environment = "RATE_LIMIT_MIN_MEMORY_PER_BROWSER", .fallback = "67108864", .most = MAX_BYTES,
    .argument = "BYTES", .traits = RELOADABLE,
    .help = "memory that one more render may need, in bytes" },
  { "rate-limit.max-limit", SHOT_SETTING_INT, .environment = "RATE_LIMIT_MAX_LIMIT",
    .fallback = "0", .most = 1e6, .argument = "N", .traits = RELOADABLE,
    .help = "renders at once and waiting together; 0: as the two settings say" },

  { "browser.default-width", SHOT_SETTING_INT, .section = "Pictures", .names = "rendering.width",
    .environment = "PANELSHOT_DEFAULT_WIDTH RENDERING_VIEWPORT_WIDTH", .fallback = "1000",
    .least = 1, .most = SHOT_JOB_MAX_SIDE, .argument = "N", .traits = RELOADABLE,
    .help = "of requests that name none, in CSS pixels" },
  { "browser.default-height", SHOT_SETTING_INT, .names = "rendering.height",
    .environment = "PANELSHOT_DEFAULT_HEIGHT RENDERING_VIEWPORT_HEIGHT", .fallback = "500",
    .least = 1, .most = SHOT_JOB_MAX_SIDE, .argument = "N", .traits = RELOADABLE,
    .help = "of requests that name none, in CSS pixels" },
  { "browser.min-width", SHOT_SETTING_INT, .environment = "BROWSER_MIN_WIDTH", .fallback = "1",
    .least = 1, .most = SHOT_JOB_MAX_SIDE, .argument = "N", .traits = IMPORTANT | RELOADABLE,
    .help = "the least width; version 5: 1000" },
  { "browser.min-height", SHOT_SETTING_INT, .environment = "BROWSER_MIN_HEIGHT", .fallback = "1",
    .least = 1, .most = SHOT_JOB_MAX_SIDE, .argument = "N", .traits = IMPORTANT | RELOADABLE,
    .help = "the least height; version 5: 500" },
  { "browser.max-width", SHOT_SETTING_INT, .names = "rendering.maxWidth",
    .environment = "BROWSER_MAX_WIDTH RENDERING_VIEWPORT_MAX_WIDTH", .fallback = "3000",
    .least = -1, .most = SHOT_JOB_MAX_SIDE, .argument = "N", .traits = IMPORTANT | RELOADABLE,
    .help = "the greatest width, -1 for no limit" },
  { "browser.max-height", SHOT_SETTING_INT, .names = "rendering.maxHeight",
    .environment = "BROWSER_MAX_HEIGHT RENDERING_VIEWPORT_MAX_HEIGHT", .fallback = "3000",
    .least = -1, .most = SHOT_JOB_MAX_SIDE, .argument = "N", .traits = IMPORTANT | RELOADABLE,
    .help = "the greatest height, not of full pages" },
  { "browser.page-scale-factor", SHOT_SETTING_DOUBLE, .names = "rendering.deviceScaleFactor",
    .environment = "BROWSER_PAGE_SCALE_FACTOR RENDERING_VIEWPORT_DEVICE_SCALE_FACTOR",
    .fallback = "1", .most = 100, .argument = "N", .check = check_scale, .traits = RELOADABLE,
    .help = "device pixels per CSS pixel of requests that name none" },
  { "browser.max-page-scale-factor", SHOT_SETTING_DOUBLE, .names = "rendering.maxDeviceScaleFactor",
    .environment = "BROWSER_MAX_PAGE_SCALE_FACTOR RENDERING_VIEWPORT_MAX_DEVICE_SCALE_FACTOR",
    .fallback = "4", .most = 100, .argument = "N", .check = check_scale, .traits = RELOADABLE,
    .help = "larger requests are cut to it, and to 4 in any case" },
  { "browser.page-zoom-level", SHOT_SETTING_DOUBLE, .names = "rendering.pageZoomLevel",
    .environment = "PANELSHOT_PAGE_ZOOM_LEVEL RENDERING_VIEWPORT_PAGE_ZOOM_LEVEL", .fallback = "1",
    .least = 0.25, .most = 5, .argument = "N", .traits = RELOADABLE,
    .help = "bigger or smaller text in the same picture" },
  { "browser.timezone", SHOT_SETTING_TEXT,
    .names = "browser.tz browser.time-zone rendering.timezone",
    .environment = "BROWSER_TIMEZONE BROWSER_TZ TZ", .argument = "NAME", .check = check_timezone,
    .traits = IMPORTANT | RELOADABLE, .help = "of requests without, as Asia/Shanghai" },
  { "browser.language", SHOT_SETTING_TEXT, .names = "rendering.acceptLanguage",
    .environment = "PANELSHOT_LANGUAGE RENDERING_LANGUAGE", .argument = "LIST",
    .check = check_language, .traits = RELOADABLE,
    .help = "Accept-Language of requests that name none" },
  { "browser.user-agent", SHOT_SETTING_TEXT, .environment = "BROWSER_USER_AGENT",
    .argument = "TEXT", .traits = RELOADABLE,
    .help = "what pages are told instead of WebKit's own" },
  { "browser.header", SHOT_SETTING_PAIRS, .names = "browser.headers",
    .environment = "BROWSER_HEADER", .argument = "NAME=VALUE", .check = check_header,
    .traits = RELOADABLE, .help = "* sent to the origin of every page" },
  { "browser.portrait", SHOT_SETTING_BOOL, .environment = "BROWSER_PORTRAIT", .fallback = "false",
    .traits = RELOADABLE, .help = "PDF in portrait unless the request says landscape" },
  { "browser.override", SHOT_SETTING_LINES, .names = "browser.overrides",
    .environment = "BROWSER_OVERRIDE", .argument = "REGEX=FLAGS",
    .check = shot_serve_settings_check_override, .mask = shot_serve_settings_mask_override,
    .traits = RELOADABLE, .help = "* other --browser settings for addresses that match" },

  { "browser.readiness.timeout", SHOT_SETTING_DURATION, .section = "When a page is ready",
    .environment = "BROWSER_READINESS_TIMEOUT", .fallback = "0", .most = SHOT_JOB_MAX_TIMEOUT_MS,
    .argument = "TIME", .traits = RELOADABLE,
    .help = "the most to wait for it; 0 is the timeout of the request alone" },
  { "browser.readiness.prior-wait", SHOT_SETTING_DURATION,
    .environment = "BROWSER_READINESS_PRIOR_WAIT", .fallback = "0", .most = SHOT_JOB_MAX_TIMEOUT_MS,
    .argument = "TIME", .traits = RELOADABLE,
    .help = "wait so long before looking; version 5: 1s" },
  { "browser.readiness.quiet", SHOT_SETTING_DURATION, .environment = "PANELSHOT_READINESS_QUIET",
    .fallback = "100ms", .least = 1, .most = 60000, .argument = "TIME", .traits = RELOADABLE,
    .help = "no request and no change for so long means settled" },
  { "browser.readiness.disable-query-wait", SHOT_SETTING_BOOL,
    .environment = "BROWSER_READINESS_DISABLE_QUERY_WAIT", .fallback = "false",
    .traits = RELOADABLE, .help = "do not wait for Grafana's queries" },
  { "browser.readiness.disable-network-wait", SHOT_SETTING_BOOL,
    .environment = "BROWSER_READINESS_DISABLE_NETWORK_WAIT", .fallback = "false",
    .traits = RELOADABLE, .help = "do not wait for requests" },
  { "browser.readiness.disable-dom-hashcode-wait", SHOT_SETTING_BOOL,
    .environment = "BROWSER_READINESS_DISABLE_DOM_HASHCODE_WAIT", .fallback = "false",
    .traits = RELOADABLE, .help = "do not wait until the document stops changing" },
  { "browser.readiness.give-up-on-all-queries", SHOT_SETTING_DURATION,
    .environment = "BROWSER_READINESS_GIVE_UP_ON_ALL_QUERIES", .fallback = "0",
    .most = SHOT_JOB_MAX_TIMEOUT_MS, .argument = "TIME", .traits = RELOADABLE,
    .help = "go on without queries that run longer; 0 is never" },
  { "browser.readiness.network-idle-timeout", SHOT_SETTING_DURATION,
    .environment = "BROWSER_READINESS_NETWORK_IDLE_TIMEOUT", .fallback = "0",
    .most = SHOT_JOB_MAX_TIMEOUT_MS, .argument = "TIME", .traits = RELOADABLE,
    .help = "go on without requests that run longer; 0 is never" },
  { "browser.readiness.dom-hashcode-timeout", SHOT_SETTING_DURATION,
    .environment = "BROWSER_READINESS_DOM_HASHCODE_TIMEOUT", .fallback = "0",
    .most = SHOT_JOB_MAX_TIMEOUT_MS, .argument = "TIME", .traits = RELOADABLE,
    .help = "go on with a document that changes longer; 0 is never" },
  { "browser.force-polling-mode", SHOT_SETTING_BOOL, .environment = "BROWSER_FORCE_POLLING_MODE",
    .fallback = "false", .traits = RELOADABLE,
    .help = "do not wait for the report of pages that promise one" },

  { "review.archive", SHOT_SETTING_TEXT, .section = "Inspection rounds", .names = "archive",
    .environment = "PANELSHOT_ARCHIVE", .argument = "DIR", .traits = IMPORTANT,
    .help = "keep inspections here, serve /review/ and /api/v1/" },
  { "review.plans", SHOT_SETTING_TEXT, .names = "plans", .environment = "PANELSHOT_PLANS",
    .argument = "DIR", .traits = IMPORTANT, .help = "run the plans of this folder on their times" },
  { "review.url", SHOT_SETTING_TEXT, .environment = "PANELSHOT_REVIEW_URL", .argument = "URL",
    .check = check_review_url, .help = "origin of the page as users have it, behind a proxy" },
  { "review.host", SHOT_SETTING_LIST, .environment = "PANELSHOT_REVIEW_HOST", .argument = "HOST",
    .help = "* names that the page may be asked for under (any)" },
  { "review.auth-proxy-header", SHOT_SETTING_TEXT,
    .environment = "PANELSHOT_REVIEW_AUTH_PROXY_HEADER", .argument = "NAME",
    .help = "a proxy names the user in this header, such as X-WEBAUTH-USER" },
  { "review.auth-proxy-trusted", SHOT_SETTING_LIST,
    .environment = "PANELSHOT_REVIEW_AUTH_PROXY_TRUSTED", .argument = "ADDRESS",
    .check = check_trusted, .help = "* addresses of proxies, such as 10.0.0.0/8" },
  { "review.auth-proxy-role", SHOT_SETTING_CHOICE,
    .environment = "PANELSHOT_REVIEW_AUTH_PROXY_ROLE", .fallback = "viewer",
    .choices = "none viewer reviewer admin", .argument = "ROLE",
    .help = "of users that the proxy names first; none: they must be there" },
  { "review.session-life", SHOT_SETTING_DURATION, .environment = "PANELSHOT_REVIEW_SESSION_LIFE",
    .fallback = "168h", .least = 60000, .most = MAX_DAYS_MS, .argument = "TIME",
    .help = "after so long everybody signs in again" },
  { "review.session-idle", SHOT_SETTING_DURATION, .environment = "PANELSHOT_REVIEW_SESSION_IDLE",
    .fallback = "8h", .least = 60000, .most = MAX_DAYS_MS, .argument = "TIME",
    .help = "likewise, without a request" },

  { "target.allow", SHOT_SETTING_LIST, .section = "Pages and how to reach them", .names = "allow",
    .environment = "PANELSHOT_TARGET_ALLOW", .argument = "WHAT", .traits = IMPORTANT,
    .help = "* these only: *.lan, 10.0.0.0/8, an origin" },
  { "target.token-for", SHOT_SETTING_LINES, .names = "token-for",
    .environment = "PANELSHOT_TOKEN_FOR", .argument = "ORIGIN=FILE",
    .traits = IMPORTANT | RELOADABLE, .help = "* Bearer token for pages of ORIGIN" },
  { "target.jwt-header-for", SHOT_SETTING_LINES, .names = "jwt-header-for",
    .environment = "PANELSHOT_JWT_HEADER_FOR", .argument = "ORIGIN=NAME:FILE",
    .traits = IMPORTANT | RELOADABLE, .help = "* JWT in header NAME, likewise" },
  { "target.forward-header", SHOT_SETTING_LIST, .names = "forward-header",
    .environment = "PANELSHOT_FORWARD_HEADER", .argument = "NAME", .traits = IMPORTANT | RELOADABLE,
    .help = "* pass on this header of the caller" },
  { "target.ca-file", SHOT_SETTING_FILE, .names = "ca-file", .environment = "PANELSHOT_CA_FILE",
    .argument = "FILE", .traits = IMPORTANT | RELOADABLE, .help = "PEM of your own authorities" },
  { "target.insecure", SHOT_SETTING_BOOL, .names = "allow-insecure rendering.ignoresHttpsErrors",
    .environment = "PANELSHOT_ALLOW_INSECURE IGNORE_HTTPS_ERRORS", .fallback = "false",
    .traits = IMPORTANT | RELOADABLE, .help = "accept any TLS certificate" },
  { "target.client-certificate", SHOT_SETTING_FILE, .environment = "PANELSHOT_CLIENT_CERTIFICATE",
    .argument = "FILE", .traits = RELOADABLE,
    .help = "PEM, shown to servers that ask; may hold the key as well" },
  { "target.client-key", SHOT_SETTING_FILE, .environment = "PANELSHOT_CLIENT_KEY",
    .argument = "FILE", .traits = RELOADABLE, .help = "PEM, the client certificate's private key" },
  { "target.proxy", SHOT_SETTING_TEXT, .names = "proxy",
    .environment = "PANELSHOT_PROXY HTTPS_PROXY https_proxy HTTP_PROXY http_proxy",
    .argument = "ADDRESS", .traits = IMPORTANT, .check = shot_proxy_check, .mask = shot_proxy_mask,
    .help = "http://proxy:3128 or socks5://, for pages" },
  { "target.no-proxy", SHOT_SETTING_LIST, .names = "no-proxy",
    .environment = "PANELSHOT_NO_PROXY NO_PROXY no_proxy", .argument = "HOST",
    .help = "* hosts that are reached without the proxy" },

  { "log.level", SHOT_SETTING_CHOICE, .section = "Log, metrics, traces",
    .names = "log-level service.logging.level", .environment = "LOG_LEVEL", .fallback = "info",
    .choices = "debug info message warning error warn=warning verbose=debug silly=debug http=info",
    .argument = "LEVEL", .traits = IMPORTANT | RELOADABLE, .help = "debug, info, warning, error" },
  { "log.format", SHOT_SETTING_CHOICE, .names = "log-format service.logging.console.json",
    .environment = "LOG_FORMAT", .fallback = "text",
    .choices = "text json logfmt=text true=json false=text", .argument = "FORMAT",
    .traits = IMPORTANT | RELOADABLE, .help = "text or json" },
  { "log.console-level", SHOT_SETTING_TEXT, .names = "service.logging.console.level",
    .argument = "LEVEL", .notice = "log.level is the one level there is" },
  { "log.colorize", SHOT_SETTING_BOOL, .names = "service.logging.console.colorize",
    .fallback = "false", .notice = "the log has no colours" },
  { "metrics.enabled", SHOT_SETTING_BOOL, .names = "service.metrics.enabled",
    .environment = "ENABLE_METRICS", .fallback = "true", .notice = "/metrics is always there" },
  { "metrics.collect-default-metrics", SHOT_SETTING_BOOL,
    .names = "service.metrics.collectDefaultMetrics", .fallback = "true",
    .notice = "the metrics of the process are always there" },
  { "metrics.request-duration-buckets", SHOT_SETTING_LIST,
    .names = "service.metrics.requestDurationBuckets", .argument = "N",
    .notice = "the buckets are those of version 5" },
  { "tracing.endpoint", SHOT_SETTING_TEXT, .names = "rendering.tracing.url",
    .environment = "TRACING_ENDPOINT RENDERING_TRACING_URL", .argument = "ADDRESS",
    .notice = NO_SPANS },
  { "tracing.enabled", SHOT_SETTING_BOOL, .names = "rendering.tracing.enabled", .fallback = "false",
    .notice = NO_SPANS },
  { "tracing.insecure", SHOT_SETTING_BOOL, .environment = "TRACING_INSECURE", .fallback = "false",
    .notice = NO_SPANS },
  { "tracing.header", SHOT_SETTING_PAIRS, .names = "tracing.headers",
    .environment = "TRACING_HEADER", .argument = "NAME=VALUE", .notice = NO_SPANS },
  { "tracing.compressor", SHOT_SETTING_CHOICE, .environment = "TRACING_COMPRESSOR",
    .fallback = "none", .choices = "none gzip", .argument = "NAME", .notice = NO_SPANS },
  { "tracing.timeout", SHOT_SETTING_DURATION, .environment = "TRACING_TIMEOUT", .fallback = "10s",
    .most = SHOT_JOB_MAX_TIMEOUT_MS, .argument = "TIME", .notice = NO_SPANS },
  { "tracing.trusted-certificate", SHOT_SETTING_TEXT, .names = "tracing.trusted_certificate",
    .environment = "TRACING_TRUSTED_CERTIFICATE", .argument = "FILE", .notice = NO_SPANS },
  { "tracing.client-certificate", SHOT_SETTING_TEXT, .names = "tracing.client_certificate",
    .environment = "TRACING_CLIENT_CERTIFICATE", .argument = "FILE", .notice = NO_SPANS },
  { "tracing.client-key", SHOT_SETTING_TEXT, .names = "tracing.client_key",
    .environment = "TRACING_CLIENT_KEY", .argument = "FILE", .notice = NO_SPANS },
  { "tracing.service-name", SHOT_SETTING_TEXT,
    .names = "tracing.service_name rendering.tracing.serviceName",
    .environment = "TRACING_SERVICE_NAME RENDERING_TRACING_SERVICE_NAME",
    .fallback = "grafana-image-renderer", .argument = "NAME", .notice = NO_SPANS },

  { "browser.path", SHOT_SETTING_TEXT, .section = "Accepted without effect",
    .names = "rendering.chromeBin", .environment = "BROWSER_PATH CHROME_BIN",
    .fallback = "chromium", .argument = "FILE",
    .notice = NO_CHROMIUM "PANELSHOT_ENGINE names another engine program" },
  { "browser.flag", SHOT_SETTING_LIST, .names = "browser.flags rendering.args",
    .environment = "BROWSER_FLAGS BROWSER_FLAG RENDERING_ARGS", .argument = "FLAG",
    .notice = NO_CHROMIUM "target.proxy, target.insecure, browser.user-agent and "
                          "browser.language do what flags are mostly used for" },
  { "browser.gpu", SHOT_SETTING_BOOL, .environment = "BROWSER_GPU", .fallback = "false",
    .notice = NO_CHROMIUM "pictures are drawn by the processor" },
  { "browser.sandbox", SHOT_SETTING_BOOL, .environment = "BROWSER_SANDBOX", .fallback = "true",
    .notice = "WebKit's sandbox is on wherever the system permits it; `panelshot doctor` tells" },
  { "browser.namespaced", SHOT_SETTING_BOOL, .environment = "BROWSER_NAMESPACED",
    .fallback = "false",
    .notice = "WebKit's sandbox has namespaces of its own; `panelshot doctor` tells" },
  { "browser.ws-url-read-timeout", SHOT_SETTING_DURATION,
    .environment = "BROWSER_WS_URL_READ_TIMEOUT", .fallback = "0", .most = SHOT_JOB_MAX_TIMEOUT_MS,
    .argument = "TIME",
    .notice = NO_CHROMIUM "the engine is waited for within the request's timeout" },
  { "browser.time-between-scrolls", SHOT_SETTING_DURATION,
    .environment = "BROWSER_TIME_BETWEEN_SCROLLS", .fallback = "50ms",
    .most = SHOT_JOB_MAX_TIMEOUT_MS, .argument = "TIME",
    .notice = "pages are made as tall as their content and never scrolled" },
  { "browser.readiness.iteration-interval", SHOT_SETTING_DURATION,
    .environment = "BROWSER_READINESS_ITERATION_INTERVAL", .fallback = "100ms",
    .most = SHOT_JOB_MAX_TIMEOUT_MS, .argument = "TIME",
    .notice = BY_EVENTS "; browser.readiness.quiet is nearest" },
  { "browser.readiness.wait-for-n-query-cycles", SHOT_SETTING_INT,
    .environment = "BROWSER_READINESS_WAIT_FOR_N_QUERY_CYCLES", .fallback = "1", .most = 1e6,
    .argument = "N", .notice = BY_EVENTS "; browser.readiness.quiet is nearest" },
  { "browser.readiness.give-up-on-first-query", SHOT_SETTING_DURATION,
    .environment = "BROWSER_READINESS_GIVE_UP_ON_FIRST_QUERY", .fallback = "3s",
    .most = SHOT_JOB_MAX_TIMEOUT_MS, .argument = "TIME",
    .notice = "what the page shows tells whether queries are to come" },
  { "rate-limit.min-limit", SHOT_SETTING_INT, .environment = "RATE_LIMIT_MIN_LIMIT",
    .fallback = "3", .most = 1e6, .argument = "N", .notice = BY_QUEUE },
  { "rate-limit.max-available", SHOT_SETTING_INT, .environment = "RATE_LIMIT_MAX_AVAILABLE",
    .fallback = "0", .most = MAX_BYTES, .argument = "BYTES", .notice = BY_QUEUE },
  { "rate-limit.process-tracker.decay", SHOT_SETTING_INT,
    .environment = "RATE_LIMIT_PROCESS_TRACKER_DECAY", .fallback = "5", .least = 1, .most = 1e6,
    .argument = "N", .notice = BY_QUEUE },
  { "rate-limit.process-tracker.interval", SHOT_SETTING_DURATION,
    .environment = "RATE_LIMIT_PROCESS_TRACKER_INTERVAL", .fallback = "50ms", .least = 1,
    .most = SHOT_JOB_MAX_TIMEOUT_MS, .argument = "TIME", .notice = BY_QUEUE },
  { "rate-limit.redis-host", SHOT_SETTING_TEXT, .names = "service.rateLimiter.redisHost",
    .argument = "HOST", .notice = "each server counts for itself" },
  { "rate-limit.redis-port", SHOT_SETTING_INT, .names = "service.rateLimiter.redisPort",
    .argument = "PORT", .most = 65535, .notice = "each server counts for itself" },
  { "rendering.mode", SHOT_SETTING_CHOICE, .environment = "RENDERING_MODE", .fallback = "default",
    .choices = "default reusable clustered", .argument = "NAME", .notice = ONE_ENGINE },
  { "rendering.clustering.mode", SHOT_SETTING_CHOICE, .environment = "RENDERING_CLUSTERING_MODE",
    .fallback = "browser", .choices = "browser context contextPerRenderKey", .argument = "NAME",
    .notice = ONE_ENGINE },
  { "rendering.clustering.timeout", SHOT_SETTING_DURATION,
    .environment = "RENDERING_CLUSTERING_TIMEOUT", .fallback = "30",
    .most = SHOT_JOB_MAX_TIMEOUT_MS, .argument = "TIME",
    .notice = "render.timeout and the request's own timeout count" },
  { "rendering.clustering.monitor", SHOT_SETTING_BOOL,
    .environment = "RENDERING_CLUSTERING_MONITOR", .fallback = "false",
    .notice = "/metrics tells the same" },
  { "rendering.verboseLogging", SHOT_SETTING_BOOL, .environment = "RENDERING_VERBOSE_LOGGING",
    .fallback = "false", .notice = AS_DEBUG },
  { "rendering.dumpio", SHOT_SETTING_BOOL, .environment = "RENDERING_DUMPIO", .fallback = "false",
    .notice = AS_DEBUG },
  { "rendering.timingMetrics", SHOT_SETTING_BOOL, .environment = "RENDERING_TIMING_METRICS",
    .fallback = "false", .notice = "/metrics always has the times of the stages" },
  { "rendering.headed", SHOT_SETTING_BOOL, .environment = "RENDERING_HEADED", .fallback = "false",
    .notice = "there is no window to be seen" },
  { "rendering.emulateNetworkConditions", SHOT_SETTING_BOOL,
    .environment = "RENDERING_EMULATE_NETWORK_CONDITIONS", .fallback = "false",
    .notice = NO_CHROMIUM "the network is used as it is" },
  { "rendering.networkConditions", SHOT_SETTING_TEXT, .environment = "RENDERING_NETWORK_CONDITIONS",
    .argument = "JSON", .notice = NO_CHROMIUM "the network is used as it is" },
  { "rendering.networkConditions.offline", SHOT_SETTING_BOOL, .fallback = "false",
    .notice = NO_CHROMIUM "the network is used as it is" },
  { "rendering.networkConditions.downloadThroughput", SHOT_SETTING_TEXT, .argument = "N",
    .notice = NO_CHROMIUM "the network is used as it is" },
  { "rendering.networkConditions.uploadThroughput", SHOT_SETTING_TEXT, .argument = "N",
    .notice = NO_CHROMIUM "the network is used as it is" },
  { "rendering.networkConditions.latency", SHOT_SETTING_TEXT, .argument = "N",
    .notice = NO_CHROMIUM "the network is used as it is" },
  { 0 },
};
