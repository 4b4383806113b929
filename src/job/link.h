/* link.h: messages between the front and an engine
 *
 * One JSON object per datagram of a SOCK_SEQPACKET pair, descriptors beside it. Message types:
 *
 *   engine -> front   hello   {webkit, sandbox, pid}          can take jobs; again when the sandbox is known
 *                     done    {id, result} + fds              a picture's, then its data's
 *                     failed  {id, code, message, result}     cause: when a process died, see retry.h
 *                     stage   {id, stage, n, of}              may be left out; for those who wait
 *                     pictures {id, pictures} + fds           parts, before done, which has the rest
 *                     pong    {n}                             answers ping
 *                     slots   {cold, warm, resident, busy}    when it changes
 *   front -> engine   job     {job}                           "fresh": by new processes only
 *                     ping    {n}                             an engine that hangs answers none
 *                     cancel  {id}                            answered by failed/cancelled
 *
 * The end of the stream is how either side learns that the other is gone. The link runs in the
 * thread-default main context of its creator; its owner may free it inside a callback.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef struct _ShotLink ShotLink;

#define SHOT_LINK_MAX_BYTES (160 * 1024)
#define SHOT_LINK_MAX_FDS 64

/* @fds: the callback's to take, set to -1 what it keeps; the rest is closed afterwards. */
typedef void (*ShotLinkMessage) (JsonObject *message, int *fds, unsigned n_fds, void *user_data);

/* Once, after the last message. @error tells a broken peer; NULL is a plain end of stream. */
typedef void (*ShotLinkClosed) (const GError *error, void *user_data);

/* Takes @fd. (transfer full) */
ShotLink *shot_link_new  (int fd, ShotLinkMessage message_cb, ShotLinkClosed closed_cb,
                          void *user_data);
void      shot_link_free (ShotLink *self); /* accepts NULL; no callback follows */

/* Queues when the peer is slow. @fds are duplicated, the caller keeps its own. Fails at once
 * for a message that is too large. */
gboolean shot_link_send (ShotLink *self, JsonObject *message, const int *fds, unsigned n_fds,
                         GError **error);

/* A connected pair, both ends close-on-exec. */
gboolean shot_link_make_pair (int out_fds[2], GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotLink, shot_link_free)

G_END_DECLS
