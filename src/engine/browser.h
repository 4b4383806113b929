/* browser.h: the slots, and which of them serves a job
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "slot.h"

G_BEGIN_DECLS

typedef struct _ShotBrowser ShotBrowser;

typedef enum {
  SHOT_SANDBOX_UNKNOWN, /* no web process has started yet */
  SHOT_SANDBOX_ON,
  SHOT_SANDBOX_OFF, /* user namespaces are refused here; WebKit went on without */
} ShotSandbox;

typedef struct {
  ShotSlotOptions slot;
  unsigned        n_slots;
  bool            is_isolated; /* no web process serves two persons */
  bool            has_live;    /* pages may open Grafana's live connections */
} ShotBrowserOptions;

/* How many slots are in which state; the sum is not constant. */
typedef struct {
  unsigned cold; /* without a process */
  unsigned warm;
  unsigned resident;
  unsigned busy;
} ShotBrowserSlots;

typedef struct {
  /* The first web process has said whether it is sandboxed. */
  void (*sandbox_changed) (ShotSandbox sandbox, void *user_data);
  void (*slots_changed) (const ShotBrowserSlots *slots, void *user_data);
} ShotBrowserEvents;

/* @options: copied, its texts are borrowed. @events: borrowed. (transfer full) */
ShotBrowser *shot_browser_new  (const ShotBrowserOptions *options, const ShotBrowserEvents *events, void *user_data);
void         shot_browser_free (ShotBrowser *self); /* after the last visit; accepts NULL */

ShotSandbox shot_browser_get_sandbox (ShotBrowser *self);

/* As shot_netwatch_count_deaths(). */
unsigned shot_browser_count_network_deaths (ShotBrowser *self);

/* A slot in which the job's visit has begun: see shot_slot_begin(). There always is one; beyond
 * their number one more is made for the time. shot_browser_return_slot() takes it back. */
ShotSlot *shot_browser_take_slot   (ShotBrowser *self, const ShotJob *job, ShotSlotReady ready_cb,
                                    void *user_data);
void      shot_browser_return_slot (ShotBrowser *self, ShotSlot *slot, ShotSlotEnd end);

/* A resident page of this job's origin was led to an address, and convinced or did not. Where it
 * fails again and again pages are loaded for a while: that Grafana cannot be led. */
void shot_browser_note_proof (ShotBrowser *self, const ShotJob *job, bool is_proven);

G_END_DECLS
