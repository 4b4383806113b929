/* verify-private.h: what the parts of verify.h share
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive-private.h"
#include "verify.h"

G_BEGIN_DECLS

typedef struct {
  ShotArchive             *archive; /* (borrowed) */
  const ShotVerifyOptions *options; /* (borrowed) */
  ShotVerifyReport        *report;  /* (borrowed) */
} ShotVerify;

void shot_verify_add (ShotVerify *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* False with @error only for what stops the looking. */
gboolean shot_verify_files (ShotVerify *self, GError **error);
gboolean shot_verify_seals (ShotVerify *self, GError **error);

G_END_DECLS
