#include "config.h"

#include "telemetry-private.h"

/* Those of the official renderer are to the last digit its own: they are labels. */
static const double v5_request_seconds[] = { 0.1, 0.5, 1,   3,   4,   5,   7,    9,    10,  11,
                                             15,  19,  20,  21,  24,  27,  29,   30,   31,  35,
                                             55,  95,  125, 305, 605, 905, 1205, 1800, 3600 };
static const double v5_render_seconds[] = { 0.5, 1,  3,  4,  5,  7,  9,  10, 11, 15,  19,  20,
                                            21,  24, 27, 29, 30, 31, 35, 55, 95, 125, 305, 605 };
static const double v5_browser_seconds[] = { 0.1, 0.5, 1,  3,  4,  5,  7,  9,  10, 11,  15,  19, 20,
                                             21,  24,  27, 29, 30, 31, 35, 55, 95, 125, 305, 605 };
static const double v5_action_seconds[] = { 0.01, 0.03, 0.05, 0.1, 0.3, 0.5, 1,   3,   5,  7,
                                            10,   15,   20,   30,  50,  70,  100, 150, 300 };
/* Twenty from 2 KiB to 8 MiB, each larger by the same factor. */
static const double v5_response_bytes[] = {
  2048,
  3172.8837473621106,
  4915.620739391909,
  7615.572828228863,
  11798.499635517512,
  18278.939324605126,
  28318.82299905164,
  43873.20958892349,
  67970.99299282562,
  105304.71628857437,
  163144.3470862284,
  252752.95280463732,
  391579.94924395334,
  606659.0120844822,
  939872.3240398477,
  1456106.2605183048,
  2255886.6642728266,
  3494954.166485438,
  5414591.441707588,
  8388607.999999993,
};
static const double v3_request_seconds[] = { 0.5, 1, 3, 5, 7, 10, 20, 30, 60 };
static const double v3_step_seconds[] = { 0.1, 0.3, 0.5, 1, 3, 5, 10, 20, 30 };

static const double stage_seconds[] = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                        1,     2.5,  5,     10,   30,  60 };
static const double picture_bytes[] = { 1024,    4096,    16384,    65536,   262144,
                                        1048576, 4194304, 16777216, 67108864 };

#define BOUNDS(array) .bounds = (array), .n_bounds = G_N_ELEMENTS (array)
#define HISTOGRAM(array) .type = SHOT_METRIC_HISTOGRAM, BOUNDS (array)
#define COUNTER .type = SHOT_METRIC_COUNTER
#define GAUGE .type = SHOT_METRIC_GAUGE

#define STATUS_CODES "200|400|401|403|404|405|408|411|413|415|429|499|500|502|503|504"

/* A table reads best with its rows alike. */
/* clang-format off */
#define LABEL_METHOD { "method", "other", "GET|HEAD|POST" }
#define LABEL_PATH { "path", "other", NULL } /* of routes, not of requests */
#define LABEL_STATUS { "status_code", "other", STATUS_CODES }
#define LABEL_ENCODING { "encoding", "unknown", "png|pdf|jpeg|webp|csv|json" }
#define LABEL_MODE { "mode", "unknown", "binding|legacy" }
#define LABEL_RESULT { "result", "error", "success" }
#define LABEL_ROLE { "role", "web", "front|engine" }

const ShotMetricSpec shot_telemetry_specs[N_METRICS] = {
  /* The official renderer's, generation 5. */
  [HTTP_REQUEST_DURATION] = {
    HISTOGRAM (v5_request_seconds), .name = "http_request_duration", .unit = "seconds",
    .help = "Time from a request's arrival to its answer.",
    .labels = { LABEL_METHOD, LABEL_PATH, LABEL_STATUS, LABEL_ENCODING, LABEL_MODE } },
  [HTTP_RESPONSE_SIZE] = {
    HISTOGRAM (v5_response_bytes), .name = "http_response_size", .unit = "bytes",
    .help = "Size of the bodies of answers.",
    .labels = { LABEL_METHOD, LABEL_PATH, LABEL_STATUS, LABEL_ENCODING, LABEL_MODE } },
  [HTTP_REQUESTS_IN_FLIGHT] = {
    GAUGE, .name = "http_requests_in_flight",
    .help = "Renders that were let in and are not answered yet." },
  [HTTP_AUTH_ATTEMPTS] = {
    COUNTER, .name = "http_authenticated_request_attempts_total",
    .help = "Requests that need a token, by what became of it.",
    .labels = { { "result", "other", "missing-header|invalid-token|valid-token" } } },
  [HTTP_TOKEN_USAGE] = {
    COUNTER, .name = "http_authentication_token_usage_total",
    .help = "Requests by the token they came with, as its place in the list of tokens.",
    .labels = { { "token_index", "other", NULL } } },
  [HTTP_TRUSTED_URL] = {
    COUNTER, .name = "http_trusted_url_requests_total",
    .help = "Requests by what the check of their url parameter found.",
    .labels = { { "result", "other",
                  "missing-query|invalid-url|invalid-protocol|refused-url|valid" } } },
  [HTTP_LIMITER_REQUESTS] = {
    COUNTER, .name = "http_rate_limiter_requests_total",
    .help = "Requests that asked for room, whether they got it, and why.",
    .labels = { { "result", "rejected", "accepted" },
                { "why", "other", "room|queue-full|memory|client-rate|draining" } } },
  [HTTP_LIMITER_SLOTS] = {
    GAUGE, .name = "http_rate_limiter_slots",
    .help = "Renders for which there is room at the same time, the queue included.",
    .labels = { { "type", "other", "total|free" } } },
  [HTTP_RENDER_DURATION] = {
    HISTOGRAM (v5_render_seconds), .name = "http_render_browser_request_duration",
    .unit = "seconds", .help = "Time that renders of pictures took, the queue included.",
    .labels = { LABEL_RESULT, LABEL_ENCODING, LABEL_MODE } },
  [HTTP_RENDER_CSV_DURATION] = {
    HISTOGRAM (v5_render_seconds), .name = "http_render_csv_request_duration", .unit = "seconds",
    .help = "Time that renders to CSV took, the queue included.",
    .labels = { LABEL_RESULT } },
  [BROWSER_RENDER_DURATION] = {
    HISTOGRAM (v5_browser_seconds), .name = "browser_render_duration", .unit = "seconds",
    .help = "Time in the browser of renders that succeeded." },
  [BROWSER_RENDER_CSV_DURATION] = {
    HISTOGRAM (v5_browser_seconds), .name = "browser_render_csv_duration", .unit = "seconds",
    .help = "Time in the browser of renders to CSV that succeeded." },
  [BROWSER_ACTION_DURATION] = {
    HISTOGRAM (v5_action_seconds), .name = "browser_action_duration", .unit = "seconds",
    .help = "Time in the steps of a render, under the official renderer's names for them.",
    .labels = { { "action", "other", "Navigate|waitForReady|printer.action" } } },
  [BROWSER_INSTANCES_ACTIVE] = {
    GAUGE, .name = "browser_instances_active",
    .help = "Engine processes that are alive." },
  [BROWSER_READINESS_MODE] = {
    COUNTER, .name = "browser_readiness_mode_total",
    .help = "Renders by how the page told that it was ready.",
    .labels = { LABEL_MODE } },

  /* What every Prometheus client tells of its process. */
  [PROCESS_CPU_SECONDS] = {
    COUNTER, .name = "process_cpu_seconds_total",
    .help = "Processor time of the front, user and system." },
  [PROCESS_START_TIME] = {
    GAUGE, .name = "process_start_time_seconds",
    .help = "When the front was started, since the epoch." },
  [PROCESS_VIRTUAL_BYTES] = {
    GAUGE, .name = "process_virtual_memory_bytes",
    .help = "Address space of the front." },
  [PROCESS_RESIDENT_BYTES] = {
    GAUGE, .name = "process_resident_memory_bytes",
    .help = "Resident memory of the front." },
  [PROCESS_OPEN_FDS] = {
    GAUGE, .name = "process_open_fds",
    .help = "Open descriptors of the front." },
  [PROCESS_MAX_FDS] = {
    GAUGE, .name = "process_max_fds",
    .help = "Descriptors that the front may have open." },

  /* The official renderer's, generation 3. */
  [V3_REQUEST_DURATION] = {
    HISTOGRAM (v3_request_seconds),
    .name = "grafana_image_renderer_service_http_request_duration_seconds",
    .help = "Time of requests to render, by status; 499 for clients that left.",
    .labels = { LABEL_STATUS } },
  [V3_REQUESTS_IN_FLIGHT] = {
    GAUGE, .name = "grafana_image_renderer_http_request_in_flight",
    .help = "The same as http_requests_in_flight." },
  [V3_STEP_DURATION] = {
    HISTOGRAM (v3_step_seconds), .name = "grafana_image_renderer_step_duration_seconds",
    .help = "The same as browser_action_duration, under older names.",
    .labels = { { "step", "other", "navigate|panelsRendered|screenshot" } } },
  [V3_BROWSER_INFO] = {
    GAUGE, .name = "grafana_image_renderer_browser_info",
    .help = "Always 1; version of WebKit.",
    .labels = { { "version", "unknown", NULL } } },

  /* Ours. */
  [BUILD_INFO] = {
    GAUGE, .name = "panelshot_build_info",
    .help = "Always 1; version of panelshot.",
    .labels = { { "version", "unknown", NULL } } },
  [QUEUE_DEPTH] = {
    GAUGE, .name = "panelshot_queue_depth",
    .help = "Renders that wait for a slot." },
  [QUEUE_WAIT] = {
    HISTOGRAM (stage_seconds), .name = "panelshot_queue_wait_seconds",
    .help = "Time that renders waited for a slot, the engine's start included." },
  [QUEUE_LANES] = {
    GAUGE, .name = "panelshot_queue_lane_depth",
    .help = "Renders that wait, by lane.",
    .labels = { { "lane", "other", "urgent|batch" } } },
  [QUEUE_ESTIMATE] = {
    GAUGE, .name = "panelshot_queue_wait_estimate_seconds",
    .help = "How long one more render would wait, as told in Retry-After; 0 while slots are free." },
  [SLOTS] = {
    GAUGE, .name = "panelshot_slots",
    .help = "Renders that may run at the same time." },
  [SLOTS_BUSY] = {
    GAUGE, .name = "panelshot_slots_busy",
    .help = "Renders that run." },
  [SLOT_STATES] = {
    GAUGE, .name = "panelshot_slots_by_state",
    .help = "Slots of the engine by what they hold.",
    .labels = { { "state", "other", "cold|warm|resident|busy" } } },
  [RENDERS] = {
    COUNTER, .name = "panelshot_renders_total",
    .help = "Finished renders: ok, or the kind of failure.",
    .labels = { { "outcome", "other", NULL }, LABEL_ENCODING } },
  [RETRIES] = {
    COUNTER, .name = "panelshot_retries_total",
    .help = "Attempts that were lost with their browser and made again, by what died.",
    .labels = { { "cause", "other", "engine|hung|network-process|web-process" } } },
  [RENDER_COST] = {
    GAUGE, .name = "panelshot_render_memory_bytes",
    .help = "Memory that one more render is reckoned to take; with less left it waits." },
  [FLAGS] = {
    COUNTER, .name = "panelshot_flags_total",
    .help = "Renders that were noteworthy, as X-Panelshot-Flags tells each caller.",
    .labels = { { "flag", "other", NULL } } },
  [STAGE_DURATION] = {
    HISTOGRAM (stage_seconds), .name = "panelshot_stage_duration_seconds",
    .help = "Time in the stages of a render that it reached.",
    .labels = { { "stage", "other", NULL },
                { "kind", "other", "viewport|full-page|element|each-panel|print|download|variables" } } },
  [PICTURE_BYTES] = {
    HISTOGRAM (picture_bytes), .name = "panelshot_picture_bytes",
    .help = "Size of pictures and documents.",
    .labels = { LABEL_ENCODING } },
  [FETCHES] = {
    COUNTER, .name = "panelshot_fetches_total",
    .help = "Answers that the requests of pages got, by kind.",
    .labels = { { "kind", "other", NULL } } },
  [FETCHED_BYTES] = {
    COUNTER, .name = "panelshot_fetched_bytes_total",
    .help = "What they brought.", .labels = { { "kind", "other", NULL } } },
  [ENGINE_ENDS] = {
    COUNTER, .name = "panelshot_engine_restarts_total",
    .help = "Engines that had to be replaced, and why.",
    .labels = { { "reason", "other", NULL } } },
  [ENGINE_CHANGES] = {
    COUNTER, .name = "panelshot_engine_replacements_total",
    .help = "Engines that were replaced or stopped though they worked, and why.",
    .labels = { { "reason", "other", "pages|age|memory|idle|settings" } } },
  [ENGINE_PAGES] = {
    GAUGE, .name = "panelshot_engine_pages",
    .help = "Renders that the engine was given since its start." },
  [ENGINE_AGE] = {
    GAUGE, .name = "panelshot_engine_age_seconds",
    .help = "Time since the engine's start." },
  [CGROUP_LIMIT] = {
    GAUGE, .name = "panelshot_cgroup_memory_limit_bytes",
    .help = "The strictest memory limit of the control groups; the machine's memory without one." },
  [CGROUP_CURRENT] = {
    GAUGE, .name = "panelshot_cgroup_memory_current_bytes",
    .help = "Memory of our control group, page cache included." },
  [CGROUP_AVAILABLE] = {
    GAUGE, .name = "panelshot_cgroup_memory_available_bytes",
    .help = "Memory that can still be taken, page cache that can be dropped included." },
  [PROCESSES] = {
    GAUGE, .name = "panelshot_processes",
    .help = "Our processes: the front, the engines, and WebKit's own.",
    .labels = { LABEL_ROLE } },
  [PROCESSES_PSS] = {
    GAUGE, .name = "panelshot_processes_memory_bytes",
    .help = "Their memory, what they share counted once (PSS).",
    .labels = { LABEL_ROLE } },
};
/* clang-format on */
