#include "config.h"

#include "head.h"

#include <stdbool.h>
#include <string.h>

#define MAX_LENGTH_DIGITS 18
#define MAX_EMPTY_BYTES 8
#define END_BYTES 3 /* of "\n\r\n" */

typedef struct {
  const char *start;
  size_t      length;
} Span;

/* What counts in a head, as far as it is read. */
typedef struct {
  unsigned    hosts;
  unsigned    lengths;
  unsigned    codings;
  uint64_t    n_body;
  unsigned    status; /* 0: nothing wrong so far */
  const char *reason; /* static */
} Head;

static ShotHeadVerdict
refuse (unsigned status, const char *reason, unsigned *out_status, const char **out_reason)
{
  *out_status = status;
  *out_reason = reason;
  return SHOT_HEAD_BAD;
}

static void
complain (Head *head, unsigned status, const char *reason)
{
  if (head->status != 0)
    return;
  head->status = status;
  head->reason = reason;
}

/* After the empty line; NULL when it is not there yet. */
static const char *
find_end (const char *text, size_t length)
{
  const char *end = text + length;

  for (const char *at = memchr (text, '\n', length); at != NULL;
       at = memchr (at + 1, '\n', (size_t) (end - at - 1))) {
    if (end - at >= 2 && at[1] == '\n')
      return at + 2;
    if (end - at >= 3 && at[1] == '\r' && at[2] == '\n')
      return at + 3;
  }
  return NULL;
}

static bool
is_name (Span name, const char *wanted)
{
  return name.length == strlen (wanted) &&
         g_ascii_strncasecmp (name.start, wanted, name.length) == 0;
}

static Span
strip (const char *start, const char *end)
{
  while (start < end && (*start == ' ' || *start == '\t'))
    start++;
  while (end > start && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
    end--;
  return (Span){ start, (size_t) (end - start) };
}

static bool
is_number (Span value)
{
  for (size_t i = 0; i < value.length; i++) {
    if (!g_ascii_isdigit (value.start[i]))
      return false;
  }
  return value.length > 0 && value.length <= MAX_LENGTH_DIGITS;
}

static void
read_header (Head *head, Span name, Span value)
{
  if (is_name (name, "Host")) {
    head->hosts++;
  } else if (is_name (name, "Content-Length")) {
    head->lengths++;
    head->n_body = g_ascii_strtoull (value.start, NULL, 10);
    if (!is_number (value))
      complain (head, 400, "Bad Request: Content-Length is no number");
  } else if (is_name (name, "Transfer-Encoding")) {
    head->codings++;
    if (!is_name (value, "chunked"))
      complain (head, 501, "Not Implemented: the only Transfer-Encoding is chunked");
  }
}

static void
read_line (Head *head, const char *start, const char *end)
{
  const char *colon = memchr (start, ':', (size_t) (end - start));

  if (*start == ' ' || *start == '\t') {
    complain (head, 400, "Bad Request: a header goes on over a second line");
    return;
  }
  if (colon == NULL || colon == start || colon[-1] == ' ' || colon[-1] == '\t') {
    complain (head, 400, "Bad Request: a header is no \"Name: value\"");
    return;
  }
  read_header (head, (Span){ start, (size_t) (colon - start) }, strip (colon + 1, end));
}

/* @at: after the request line; @end: before the empty line. */
static void
read_lines (Head *head, const char *at, const char *end)
{
  while (at < end) {
    const char *line_end = memchr (at, '\n', (size_t) (end - at));

    if (line_end == NULL)
      line_end = end;
    read_line (head, at, line_end);
    at = line_end + 1;
  }
  /* Two servers that take different ones of them would see different requests. */
  if (head->hosts > 1 || head->lengths > 1 || head->codings > 1 ||
      (head->lengths > 0 && head->codings > 0))
    complain (head, 400, "Bad Request: Host, Content-Length or Transfer-Encoding is there twice");
}

static bool
has_strange_bytes (const char *text, const char *end)
{
  for (const char *at = text; at < end; at++) {
    if (*at == '\0' || (*at == '\r' && at[1] != '\n'))
      return true;
  }
  return false;
}

size_t
shot_head_count_empty (const char *text, size_t length)
{
  size_t count = 0;

  for (;;) {
    if (count < length && text[count] == '\n')
      count++;
    else if (length - count >= 2 && text[count] == '\r' && text[count + 1] == '\n')
      count += 2;
    else
      return count;
  }
}

ShotHeadVerdict
shot_head_judge (const char *text, size_t length, size_t n_judged, unsigned *out_status,
                 const char **out_reason)
{
  size_t n_empty = shot_head_count_empty (text, length);

  if (n_empty > MAX_EMPTY_BYTES)
    return refuse (400, "Bad Request: empty lines in place of a request", out_status, out_reason);

  /* The line end of the last time may have been the one before the empty line. */
  size_t      start = MAX (n_empty, n_judged - MIN (n_judged, END_BYTES));
  size_t      known = MIN (length, SHOT_HEAD_MAX_BYTES);
  const char *end = start < known ? find_end (text + start, known - start) : NULL;
  Head        head = { 0 };

  if (end == NULL && length < SHOT_HEAD_MAX_BYTES)
    return SHOT_HEAD_INCOMPLETE;
  if (end == NULL && memchr (text + n_empty, '\n', length - n_empty) == NULL)
    return refuse (414, "URI Too Long: the whole head may have 65000 bytes", out_status,
                   out_reason);
  if (end == NULL)
    return refuse (431, "Request Header Fields Too Large: the whole head may have 65000 bytes",
                   out_status, out_reason);
  if (has_strange_bytes (text + n_empty, end))
    return refuse (400, "Bad Request: NUL or a lone carriage return in the head", out_status,
                   out_reason);

  const char *empty = end[-2] == '\r' ? end - 2 : end - 1;
  const char *line_end = memchr (text + n_empty, '\n', (size_t) (end - text) - n_empty);
  read_lines (&head, line_end + 1, empty);
  if (head.status != 0)
    return refuse (head.status, head.reason, out_status, out_reason);
  return SHOT_HEAD_GOOD;
}

bool
shot_head_measure (const char *text, size_t length, size_t *out_n_head, uint64_t *out_n_body)
{
  size_t      n_empty = shot_head_count_empty (text, length);
  const char *end = find_end (text + n_empty, length - n_empty);
  Head        head = { 0 };

  if (end == NULL)
    return false;

  const char *empty = end[-2] == '\r' ? end - 2 : end - 1;
  const char *line_end = memchr (text + n_empty, '\n', (size_t) (end - text) - n_empty);
  read_lines (&head, line_end + 1, empty);
  *out_n_head = (size_t) (end - text);
  *out_n_body = head.n_body;
  return head.status == 0 && head.codings == 0;
}
