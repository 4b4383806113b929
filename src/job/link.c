#include "config.h"

#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "error.h"

/* The parser goes down one call per level; a hostile peer must not choose how many. */
#define MAX_DEPTH 16

typedef struct {
  GBytes  *bytes;                  /* (owned) */
  int      fds[SHOT_LINK_MAX_FDS]; /* (owned) */
  unsigned n_fds;
} Outgoing;

struct _ShotLink {
  int             fd;       /* (owned): -1 once closed */
  GMainContext   *context;  /* (owned) */
  GSource        *reader;   /* (owned) (nullable) */
  GSource        *writer;   /* (owned) (nullable): while something is queued */
  GQueue          outgoing; /* (owned) (element-type Outgoing) */
  char           *buffer;   /* (owned): SHOT_LINK_MAX_BYTES and one more */
  ShotLinkMessage message_cb;
  ShotLinkClosed  closed_cb;
  void           *user_data; /* (borrowed) */
  bool            is_dispatching;
  bool            is_freed; /* by a callback, while it runs */
};

typedef enum {
  READ_MESSAGE,
  READ_NOTHING,
  READ_END,
  READ_ERROR
} ReadOutcome;

static void
outgoing_free (void *data)
{
  Outgoing *outgoing = data;

  for (unsigned i = 0; i < outgoing->n_fds; i++)
    close (outgoing->fds[i]);
  g_bytes_unref (outgoing->bytes);
  g_free (outgoing);
}

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
hang_up (ShotLink *self)
{
  drop_source (&self->reader);
  drop_source (&self->writer);
  g_queue_clear_full (&self->outgoing, outgoing_free);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

static void
destroy (ShotLink *self)
{
  hang_up (self);
  g_main_context_unref (self->context);
  g_free (self->buffer);
  g_free (self);
}

void
shot_link_free (ShotLink *self)
{
  if (self == NULL)
    return;
  if (self->is_dispatching) {
    self->is_freed = true;
    hang_up (self);
  } else {
    destroy (self);
  }
}

/* Moves the descriptors out of the control messages; all of them, whatever their number. */
static unsigned
take_fds (struct msghdr *header, int *fds)
{
  unsigned n_fds = 0;

  for (struct cmsghdr *at = CMSG_FIRSTHDR (header); at != NULL; at = CMSG_NXTHDR (header, at)) {
    if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS)
      continue;
    size_t count = (at->cmsg_len - CMSG_LEN (0)) / sizeof (int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy (&fd, CMSG_DATA (at) + i * sizeof (int), sizeof fd);
      if (n_fds < SHOT_LINK_MAX_FDS)
        fds[n_fds++] = fd;
      else
        close (fd);
    }
  }
  return n_fds;
}

static ReadOutcome
receive (ShotLink *self, size_t *out_length, int *fds, unsigned *out_n_fds, GError **error)
{
  union {
    struct cmsghdr align;
    char           bytes[CMSG_SPACE (sizeof (int) * SHOT_LINK_MAX_FDS)];
  } control;
  struct iovec  part = { .iov_base = self->buffer, .iov_len = SHOT_LINK_MAX_BYTES + 1 };
  struct msghdr header = { .msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes };
  ssize_t       length = recvmsg (self->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

  /* A peer that died with unread messages is told first by ECONNRESET, once; what it had sent
   * itself is still in the queue behind that, and then the end. */
  if (length < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET))
    return READ_NOTHING;
  if (length < 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot read the link: %s",
                 g_strerror (errno));
    return READ_ERROR;
  }
  *out_n_fds = take_fds (&header, fds);
  if (length == 0)
    return READ_END;
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || length > SHOT_LINK_MAX_BYTES) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                 "a message on the link is larger than %d bytes or %d descriptors",
                 SHOT_LINK_MAX_BYTES, SHOT_LINK_MAX_FDS);
    return READ_ERROR;
  }
  *out_length = (size_t) length;
  return READ_MESSAGE;
}

static bool
is_shallow (const char *text, size_t length)
{
  int  depth = 0;
  bool in_string = false;

  for (size_t i = 0; i < length; i++) {
    if (in_string && text[i] == '\\')
      i++;
    else if (text[i] == '"')
      in_string = !in_string;
    else if (!in_string && (text[i] == '{' || text[i] == '['))
      depth++;
    else if (!in_string && (text[i] == '}' || text[i] == ']'))
      depth--;
    if (depth > MAX_DEPTH)
      return false;
  }
  return true;
}

/* (transfer full) */
static JsonObject *
parse (const char *text, size_t length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError)     cause = NULL;

  if (!is_shallow (text, length) || memchr (text, '\0', length) != NULL ||
      !g_utf8_validate (text, (gssize) length, NULL) ||
      !json_parser_load_from_data (parser, text, (gssize) length, &cause) ||
      json_parser_get_root (parser) == NULL ||
      !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser))) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                 "a message on the link is not a JSON object");
    return NULL;
  }
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

static void
close_fds (const int *fds, unsigned n_fds)
{
  for (unsigned i = 0; i < n_fds; i++) {
    if (fds[i] >= 0)
      close (fds[i]);
  }
}

static gboolean
read_cb (int fd, GIOCondition condition, void *user_data)
{
  ShotLink              *self = user_data;
  int                    fds[SHOT_LINK_MAX_FDS];
  unsigned               n_fds = 0;
  size_t                 length = 0;
  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) message = NULL;
  ReadOutcome            outcome = receive (self, &length, fds, &n_fds, &error);

  if (outcome == READ_NOTHING)
    return G_SOURCE_CONTINUE;
  if (outcome == READ_MESSAGE)
    message = parse (self->buffer, length, &error);

  self->is_dispatching = true;
  if (message != NULL) {
    self->message_cb (message, fds, n_fds, self->user_data);
  } else {
    hang_up (self);
    self->closed_cb (error, self->user_data);
  }
  self->is_dispatching = false;
  close_fds (fds, n_fds);

  gboolean again = self->reader != NULL;
  if (self->is_freed)
    destroy (self);
  return again ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

ShotLink *
shot_link_new (int fd, ShotLinkMessage message_cb, ShotLinkClosed closed_cb, void *user_data)
{
  ShotLink *self = g_new0 (ShotLink, 1);
  int       send_bytes = 4 * SHOT_LINK_MAX_BYTES;

  /* One message must fit into the send buffer, and a system's default may be smaller. */
  if (setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes) != 0)
    g_debug ("link: cannot enlarge the send buffer: %s", g_strerror (errno));
  self->fd = fd;
  self->context = g_main_context_ref_thread_default ();
  self->buffer = g_malloc (SHOT_LINK_MAX_BYTES + 1);
  self->message_cb = message_cb;
  self->closed_cb = closed_cb;
  self->user_data = user_data;
  g_queue_init (&self->outgoing);
  self->reader = g_unix_fd_source_new (fd, G_IO_IN);
  g_source_set_callback (self->reader, G_SOURCE_FUNC (read_cb), self, NULL);
  g_source_attach (self->reader, self->context);
  return self;
}

/* 0 or an errno. */
static int
transmit (ShotLink *self, GBytes *bytes, const int *fds, unsigned n_fds)
{
  union {
    struct cmsghdr align;
    char           bytes[CMSG_SPACE (sizeof (int) * SHOT_LINK_MAX_FDS)];
  } control = { 0 };
  size_t        length = 0;
  struct iovec  part = { .iov_base = (void *) g_bytes_get_data (bytes, &length) };
  struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

  part.iov_len = length;
  if (n_fds > 0) {
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_SPACE (sizeof (int) * n_fds);
    struct cmsghdr *rights = CMSG_FIRSTHDR (&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
    memcpy (CMSG_DATA (rights), fds, sizeof (int) * n_fds);
  }
  while (sendmsg (self->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    if (errno != EINTR)
      return errno;
  }
  return 0;
}

static gboolean
write_cb (int fd, GIOCondition condition, void *user_data)
{
  ShotLink *self = user_data;

  while (!g_queue_is_empty (&self->outgoing)) {
    Outgoing *first = g_queue_peek_head (&self->outgoing);
    int       code = transmit (self, first->bytes, first->fds, first->n_fds);
    if (code == EAGAIN || code == ENOBUFS)
      return G_SOURCE_CONTINUE;
    /* A peer that is gone: the reader finds the end of the stream and tells the owner. */
    if (code != 0)
      g_debug ("link: a queued message is lost: %s", g_strerror (code));
    outgoing_free (g_queue_pop_head (&self->outgoing));
  }
  drop_source (&self->writer);
  return G_SOURCE_REMOVE;
}

static gboolean
enqueue (ShotLink *self, GBytes *bytes, const int *fds, unsigned n_fds, GError **error)
{
  Outgoing *outgoing = g_new0 (Outgoing, 1);

  outgoing->bytes = g_bytes_ref (bytes);
  for (unsigned i = 0; i < n_fds; i++) {
    int copy = fcntl (fds[i], F_DUPFD_CLOEXEC, 3);
    if (copy < 0) {
      g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot duplicate a descriptor: %s",
                   g_strerror (errno));
      outgoing_free (outgoing);
      return FALSE;
    }
    outgoing->fds[outgoing->n_fds++] = copy;
  }
  g_queue_push_tail (&self->outgoing, outgoing);
  if (self->writer == NULL) {
    self->writer = g_unix_fd_source_new (self->fd, G_IO_OUT);
    g_source_set_callback (self->writer, G_SOURCE_FUNC (write_cb), self, NULL);
    g_source_attach (self->writer, self->context);
  }
  return TRUE;
}

gboolean
shot_link_send (ShotLink *self, JsonObject *message, const int *fds, unsigned n_fds, GError **error)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);

  json_node_set_object (root, message);
  char              *text = json_to_string (root, FALSE);
  size_t             length = strlen (text);
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, length);

  if (length > SHOT_LINK_MAX_BYTES || n_fds > SHOT_LINK_MAX_FDS) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the message takes %" G_GSIZE_FORMAT " bytes, %d is the limit: "
                 "shorten the address, the headers or the authorities",
                 length, SHOT_LINK_MAX_BYTES);
    return FALSE;
  }
  if (self->fd < 0) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "the link is closed");
    return FALSE;
  }
  if (!g_queue_is_empty (&self->outgoing))
    return enqueue (self, bytes, fds, n_fds, error);

  int code = transmit (self, bytes, fds, n_fds);
  if (code == EAGAIN || code == ENOBUFS)
    return enqueue (self, bytes, fds, n_fds, error);
  if (code != 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot write to the link: %s",
                 g_strerror (code));
    return FALSE;
  }
  return TRUE;
}

gboolean
shot_link_make_pair (int out_fds[2], GError **error)
{
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, out_fds) != 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot make a socket pair: %s",
                 g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}
