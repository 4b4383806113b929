/* slot.h: a network session, a web process that is kept warm, and a view
 *
 * A slot serves one visit after the other, and between them it is one of:
 *
 *   EMPTY      no process; the session may have static files in its cache
 *   WARM       a process that has run this origin's code and holds nobody's data
 *   RESIDENT   a page that can be led to the next address of the same person; it is silent
 *
 *   EMPTY, WARM, RESIDENT > PREPARING > BUSY > CLEANING > WARM
 *                                            > RESIDENT
 *                                            > EMPTY
 *
 * Of one person's visit nothing but static files (their addresses have a hash in them) is there
 * when the next person's begins: the page is gone, and cookies, storage and memory caches are
 * cleared. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <webkit/webkit.h>

#include "choose.h"
#include "geometry.h"

G_BEGIN_DECLS

typedef struct _ShotSlot ShotSlot;

typedef struct {
  const char *extension_dir;   /* (borrowed): the folder of libpanelshot-webext.so */
  const char *folder;          /* (borrowed): where sessions make folders of their own */
  unsigned    page_visits;     /* a resident page is thrown away after so many; 0: none stays */
  int64_t     page_age_ms;     /* and at this age */
  int64_t     page_idle_ms;    /* what is unused for so long is given back */
  int64_t     page_memory_bytes; /* a process that holds more ends with its visit; 0: none does */
} ShotSlotOptions;

typedef struct {
  void (*changed) (void *user_data); /* what shot_slot_describe() tells */
  void (*started) (const char *namespace, void *user_data); /* a web process; its mount namespace */
  void (*network_hung) (void *user_data); /* the network process does not answer */
  void (*stubborn) (const char *origin, void *user_data); /* a resident page cannot be led away */
} ShotSlotEvents;

typedef enum {
  SHOT_SLOT_KEEP,    /* the page may stay resident */
  SHOT_SLOT_CLEAN,   /* the process may stay */
  SHOT_SLOT_DISCARD, /* nothing of it can be relied on */
} ShotSlotEnd;

/* Tells that shot_slot_is_ready() may have changed. */
typedef void (*ShotSlotReady) (void *user_data);

/* All arguments are borrowed and outlive the slot. (transfer full) */
ShotSlot *shot_slot_new  (const ShotSlotOptions *options, const ShotSlotEvents *events, void *user_data);
void      shot_slot_free (ShotSlot *self); /* ends its web process; accepts NULL */

/* What requests are kept in the page, once that is known; @filter: (nullable). No visit begins
 * before. */
void shot_slot_set_filter (ShotSlot *self, WebKitUserContentFilter *filter);

/* @out_candidate: valid until the slot is used. */
void shot_slot_describe (const ShotSlot *self, ShotCandidate *out_candidate);

/* Begins a visit in the way that shot_choose() found. @job is borrowed until the end; @identity:
 * (transfer full). The view is there when this returns. */
void shot_slot_begin (ShotSlot *self, const ShotJob *job, ShotIdentity *identity, ShotPath path,
                      ShotSlotReady ready_cb, void *user_data);

/* The resident page is doubtful: all of it goes, and the visit begins again, WARM. */
void shot_slot_begin_again (ShotSlot *self);

/* Whether a load may begin, or a resident page be led on: it is signed in as the job wants, and the
 * view stands on the output of its scale; loading earlier would show the page a devicePixelRatio
 * of 1. */
bool shot_slot_is_ready (ShotSlot *self);

/* The visit cannot begin: the network process does not answer. Told by the same callback. */
bool shot_slot_is_stuck (const ShotSlot *self);

/* In which way the visit is served by now: shot_slot_begin_again() and a process that cannot be
 * cleaned make it slower. */
ShotPath shot_slot_get_path (const ShotSlot *self);

/* Ends the visit. The view is not to be used any more. */
void shot_slot_end (ShotSlot *self, ShotSlotEnd end);

WebKitWebView *shot_slot_get_view (ShotSlot *self); /* (transfer none): of the visit */

/* @job: for its scale and zoom. Takes effect with a resize event in the page. */
void shot_slot_resize (ShotSlot *self, const ShotJob *job, int width, int height);

const ShotGeometry *shot_slot_get_geometry (ShotSlot *self); /* (transfer none) */

/* Makes the session trust a certificate that WebKit refused, if an authority in @ca_pem vouches
 * for it and the visit has not done so for many hosts already. @ca_pem may be NULL. */
gboolean shot_slot_trust (ShotSlot *self, GTlsCertificate *certificate, const char *uri,
                          const char *ca_pem);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotSlot, shot_slot_free)

G_END_DECLS
