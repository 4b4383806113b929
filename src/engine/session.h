/* session.h: network sessions for slots
 *
 * Jobs without credentials in their headers get a session that keeps static files in a folder of
 * its own, from one visit to the next. WebKit notes down the headers of requests there, too, so
 * tokens get a session that keeps nothing.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <webkit/webkit.h>

#include "identity.h"
#include "job.h"

G_BEGIN_DECLS

typedef struct _ShotSession ShotSession;

/* Once, later, even if the session is freed in the meantime. */
typedef void (*ShotSessionDone) (bool is_done, void *user_data);

/* For jobs with this identity's session key. @folder: where it may make a folder. (transfer full) */
ShotSession *shot_session_new  (const char *folder, const ShotJob *job, const ShotIdentity *identity);
void         shot_session_free (ShotSession *self); /* accepts NULL */

WebKitNetworkSession *shot_session_get  (ShotSession *self); /* (transfer none) */
bool                  shot_session_fits (const ShotSession *self, const ShotIdentity *identity);

/* Sets the relay and the render key of a job. The callback comes when a request may be sent. */
void shot_session_sign_in_async (ShotSession *self, const ShotJob *job, ShotSessionDone done_cb, void *user_data);

/* Takes away all that belongs to somebody: everything but the cache of static files. Done when
 * no other call of this is under way either, so that it takes nothing from who signs in next. */
void shot_session_clear_async (ShotSession *self, ShotSessionDone done_cb, void *user_data);

/* As shot_slot_trust(). */
gboolean shot_session_trust (ShotSession *self, GTlsCertificate *certificate, const char *uri, const char *ca_pem);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotSession, shot_session_free)

G_END_DECLS
