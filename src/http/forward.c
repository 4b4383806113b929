#include "config.h"

#include "forward.h"

#include "trace.h"

/* What the server is configured to send has precedence. */
static void
forward (SoupMessageHeaders *headers, const char *name, ShotJob *job)
{
  const char *text = soup_message_headers_get_list (headers, name);

  if (text == NULL || *text == '\0')
    return;
  for (unsigned i = 0; i < job->headers->len; i++) {
    const ShotJobHeader *header = job->headers->pdata[i];
    if (g_ascii_strcasecmp (header->name, name) == 0)
      return;
  }
  g_autoptr (ShotSecret) value = shot_secret_new (text);
  shot_job_add_header (job, job->uri, name, value);
}

/* The caller's trace goes on in the page's own origin; what is no trace goes nowhere. */
static void
forward_trace (SoupMessageHeaders *headers, ShotJob *job)
{
  const char        *parent = soup_message_headers_get_list (headers, "traceparent");
  const char        *state = soup_message_headers_get_list (headers, "tracestate");
  g_auto (ShotTrace) trace = { 0 };

  if (!shot_trace_init_from_headers (&trace, parent, state))
    return;
  forward (headers, "traceparent", job);
  if (trace.state != NULL)
    forward (headers, "tracestate", job);
}

void
shot_forward_headers (SoupMessageHeaders *headers, const char *const *names, ShotJob *job)
{
  for (; *names != NULL; names++)
    forward (headers, *names, job);
  /* Newer Grafanas send this in place of a render key and rely on its being passed on. */
  forward (headers, "X-Access-Token", job);
  forward_trace (headers, job);
}
