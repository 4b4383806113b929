/* manifest.h: a run as one text that proves itself
 *
 * JSON in one spelling: the same run gives the same bytes, wherever it is written. It has all that is
 * known of the run, its cells (what was captured, hashes of its files, flags) and every verdict ever
 * given. It has no number that another archive would give differently, such as ids of rows.
 *
 * A signed run's manifest also has who signed, and "previous": the head of the run that was signed
 * before it in that archive, or "". Its SHA-256 is the chain's head with this run: whoever keeps a
 * head elsewhere can prove the run and all before it, with `panelshot archive verify --head` or with
 * nothing but sha256sum. What retention removes later does not change it: a pruned cell is written as
 * captured.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive-private.h"

G_BEGIN_DECLS

#define SHOT_MANIFEST_FORMAT "panelshot-manifest-1"
#define SHOT_MANIFEST_MAX_BYTES (256 * 1024 * 1024)
#define SHOT_MANIFEST_MAX_CELLS 200000

typedef struct {
  char      *previous; /* (owned): "" for the first, and for what is not signed */
  ShotRun   *run;      /* (owned): with plan_text; ids and counts are not set */
  GPtrArray *cells;    /* (owned) (element-type ShotCell): by position; verdict is the latest one */
  GPtrArray *verdicts; /* (owned) (element-type GPtrArray of ShotVerdict): of each cell, in order */
} ShotManifest;

void shot_manifest_free (ShotManifest *self); /* accepts NULL */

/* What the rows say now. @run: of the archive, with what a signature sets. (transfer full) */
char *shot_manifest_write (ShotArchive *self, const ShotRun *run, const char *previous,
                           GError **error);
/* The same of a manifest that was read. (transfer full) */
char *shot_manifest_to_text (const ShotManifest *self);

/* A stranger's text. Anything that shot_manifest_to_text() would not write is refused, so that what
 * was read is all that there was. SHOT_ERROR_USAGE. (transfer full) */
ShotManifest *shot_manifest_read (const char *text, size_t length, GError **error);

/* Signs the run's row with what @run says and puts the seal beside it; sets its head. @is_own: part of
 * this archive's chain. Within a transaction. */
gboolean shot_manifest_seal (ShotArchive *self, ShotRun *run, const char *previous, const char *text,
                             bool is_own, GError **error);

/* For the table of seals. (transfer full); NULL with @error */
GBytes *shot_manifest_pack   (const char *text, GError **error);
char   *shot_manifest_unpack (GBytes *bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotManifest, shot_manifest_free)

G_END_DECLS
