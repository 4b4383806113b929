/* probe.h: a page that tells what the engine can do
 *
 * Served on a loopback port under an address that cannot be guessed; its script posts its
 * findings back to it. For `panelshot doctor`.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ShotProbe ShotProbe;

/* "#done" is in the page once the findings are there. */
#define SHOT_PROBE_WAIT_FOR "#done"

typedef struct {
  char  *latin;    /* (owned) "missing", "plain" or "colour", as the next two */
  char  *chinese;  /* (owned) */
  char  *emoji;    /* (owned) */
  char  *language; /* (owned) navigator.language */
  char  *timezone; /* (owned) */
  double scale;    /* devicePixelRatio */
} ShotProbeFindings;

ShotProbe *shot_probe_new  (GError **error); /* (transfer full) */
void       shot_probe_free (ShotProbe *self); /* accepts NULL */

const char *shot_probe_get_uri (const ShotProbe *self);

/* NULL before the page has told. (transfer none) */
const ShotProbeFindings *shot_probe_get_findings (const ShotProbe *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotProbe, shot_probe_free)

G_END_DECLS
