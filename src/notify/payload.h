/* payload.h: a message as each chat service takes it, and what its answers mean
 *
 *   webhook   {"version": 1, "event", "text", "link", "sent", "plan", "run", "cell"}: run and cell as
 *             in the API, null when there is none
 *   dingtalk  markdown; signed in the address: timestamp (ms) and sign
 *   feishu    a card (Lark as well); signed in the body: timestamp (s) and sign
 *   wecom     markdown, at most 4096 bytes
 *   slack     blocks
 *
 * Texts stand in elements that are shown as they are; markdown has none, so what it would take for
 * markup becomes the full-width letter that looks like it. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>

#include "notice.h"
#include "secret.h"

G_BEGIN_DECLS

typedef enum {
  SHOT_SERVICE_WEBHOOK,
  SHOT_SERVICE_DINGTALK,
  SHOT_SERVICE_FEISHU,
  SHOT_SERVICE_WECOM,
  SHOT_SERVICE_SLACK,
  SHOT_N_SERVICES
} ShotService;

/* FALSE for "email" and what else there is. */
gboolean shot_service_from_name (const char *name, ShotService *out_service);

/* (transfer full): not signed yet */
JsonObject *shot_payload_new (ShotService service, const ShotMessage *message,
                              const ShotNotice *notice, int64_t now_ms);

/* The body and the address to send it to, signed for @now_ms if there is a secret. Changes @payload.
 * (transfer full) */
char *shot_payload_seal (ShotService service, JsonObject *payload, const ShotSecret *address,
                         const ShotSecret *secret, int64_t now_ms, ShotSecret **out_address);

typedef enum {
  SHOT_DELIVERY_DONE,
  SHOT_DELIVERY_LATER, /* it may go well the next time */
  SHOT_DELIVERY_REFUSED,
} ShotDelivery;

/* @body: what came back. @out_why: (transfer full), unless DONE: from a stranger, one line. */
ShotDelivery shot_payload_judge (ShotService service, unsigned status, GBytes *body,
                                 char **out_why);

G_END_DECLS
