/* page-private.h: what the files of a visit share
 *
 *   page.c           the states, the deadline, the end
 *   page-signals.c   what WebKit tells of the view
 *   page-target.c    which documents it may open
 *   page-capture.c   from a settled page to the pictures
 *   page-panels.c    likewise, to one of each panel
 *   page-data.c      what the page knows in numbers: panels' data, variables
 *   page-files.c     pages on paper, and the file that the page offers
 *   page-resident.c  visits to a page that is there already
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "allow.h"
#include "download.h"
#include "error.h"
#include "facts.h"
#include "page.h"
#include "state.h"
#include "watch.h"

G_BEGIN_DECLS

typedef struct _ShotPagePanels ShotPagePanels;

struct _ShotPage {
  GObject parent_instance;

  /* Given. */
  ShotBrowser  *browser; /* (borrowed) */
  ShotJob      *job;     /* (owned) */
  GTask        *task;    /* (owned) (nullable): until the end is reached */
  GCancellable *inner;   /* (owned): ends snapshot, script and encoder with us */
  gulong        cancel_id;
  ShotAllow    *allow; /* (owned) (nullable): what job->allow says, from the start of the visit */

  /* In progress. */
  ShotState  state;
  int64_t    state_us;
  ShotSlot  *slot;  /* (owned) (nullable) */
  ShotWatch *watch; /* (owned) (nullable): as long as the slot */
  ShotDownload *download; /* (owned) (nullable): as long as the slot */
  guint      deadline_source;
  guint      hurry_source;
  guint      lead_source;  /* while a resident page is led */
  guint      stupor_source; /* while the web process does not respond */
  bool       is_hurried; /* best effort: the deadline is near, what there is will do */
  bool       must_begin_again; /* the slot, which still has the page that is doubted */
  bool       is_led;     /* it is a resident page that was led to the address */
  unsigned   picture_index; /* in job->pictures */
  unsigned   verdict_flags;
  unsigned   n_navigations;
  unsigned   n_network_deaths; /* when the slot was ready */
  unsigned   n_resizes;
  int        width;  /* of the view, as a job has it */
  int        height; /* likewise */
  bool       is_truncated; /* the picture in progress */
  const char *cause; /* static (nullable): which process has died */
  ShotPagePanels *panels;  /* (owned) (nullable): while the wish is for each of them */

  /* Learned. */
  ShotInspection inspection;
  ShotResult    *result; /* (owned) (nullable): until it is taken */
};

/* In one of the two last states. */
bool shot_page_is_over (ShotPage *self);

WebKitWebView *shot_page_get_view (ShotPage *self); /* (transfer none) */

/* Stamps the stage that ends. */
void shot_page_set_state (ShotPage *self, ShotState state);

/* Does what the state allows by now. */
void shot_page_advance (ShotPage *self);

/* Takes @error; NULL is success. Nothing happens when the visit is over already. */
void shot_page_finish (ShotPage *self, GError *error);
void shot_page_fail   (ShotPage *self, ShotError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* The failure of a deadline: names what was waited for. */
void shot_page_time_out (ShotPage *self);

/* FALSE, and the visit has failed, when the network process that brought the document is dead: what
 * the page shows now may be what it draws without data. */
bool shot_page_check_network (ShotPage *self);

/* @verdict: shot_verdict_clear(). */
void shot_page_judge (ShotPage *self, ShotVerdict *verdict);

/* Whether a picture may be taken on this verdict: it is READY, or time is short and the view has
 * at least its size. */
bool shot_page_may_capture (ShotPage *self, const ShotVerdict *verdict);

/* Nothing is heard of the view any more. */
void shot_page_leave_view (ShotPage *self);

/* page-signals.c: once the slot is ready. */
void shot_page_connect_view (ShotPage *self);

/* page-signals.c: for the result. @uri: (nullable) */
void shot_page_note_address (ShotPage *self, const char *uri);

/* page-resident.c: from PLACING, in place of a load. */
void shot_page_lead (ShotPage *self);

/* page-resident.c: in INSPECTING; goes on to shot_page_inspect(). */
void shot_page_prove (ShotPage *self);

/* page-resident.c: whether this failure of a page that was led only means that it must be loaded. */
bool shot_page_is_doubt (ShotPage *self, const GError *error);

/* page-resident.c: back to PLACING, and the address is loaded. */
void shot_page_doubt (ShotPage *self, const char *reason);

/* page-resident.c: when a visit ends well. */
void shot_page_note_doubt (ShotPage *self);

/* page-resident.c: what the slot may keep of a visit that ends so. @error: NULL is success. */
ShotSlotEnd shot_page_choose_end (ShotPage *self, const GError *error);

/* page-target.c. FALSE: the document may not be opened, and the visit has failed. */
gboolean shot_page_may_open (ShotPage *self, const char *uri);

/* TRUE: @failure, of the document, comes of a refusal, and the visit has failed so. */
gboolean shot_page_is_refused (ShotPage *self, const char *uri, const GError *failure);

/* TRUE: it is decided. */
gboolean shot_page_decide_navigation (ShotPage *self, WebKitNavigationPolicyDecision *decision);

/* page-capture.c: in INSPECTING. */
void shot_page_inspect (ShotPage *self);

/* Gives the view this size, as a job has it. FALSE: it has it already. */
bool shot_page_resize (ShotPage *self, int width, int height);

/* page-capture.c: the page has done something since it was found ready. */
bool shot_page_has_moved (ShotPage *self);

/* page-capture.c: the view's content as tall as a job's height may be; cut to the limits. */
int shot_page_get_content_height (ShotPage *self);

/* page-capture.c: in CAPTURING, what the view shows, in pixels of the picture. NULL: there is none to
 * go on with, and the page goes its own way. (transfer full) (nullable) */
cairo_surface_t *shot_page_take_surface (ShotPage *self, GAsyncResult *result);

/* page-capture.c: the flags that the page has earned by now become the result's. */
void shot_page_add_flags (ShotPage *self);

/* page-capture.c: from CAPTURING to ENCODING, with these flags. */
void shot_page_start_encoding (ShotPage *self);

/* page-capture.c: in ENCODING, the wish is fulfilled: on to the next or to the end. */
void shot_page_end_wish (ShotPage *self);

/* page-capture.c: in ENCODING. Goes on to the next picture or to the end. Takes @picture. */
void shot_page_add_picture (ShotPage *self, ShotPicture *picture);

/* page-panels.c: in INSPECTING, as often as the page is ready. */
void shot_page_inspect_panels (ShotPage *self);

/* page-panels.c. Accepts NULL. */
void shot_page_panels_free (ShotPagePanels *panels);

/* Some pictures are made, of a number that is known: "pictures" and "progressed". Takes @part. */
void shot_page_hand_over    (ShotPage *self, ShotResult *part);
void shot_page_tell_progress (ShotPage *self, unsigned n_done, unsigned n_all);

/* page-data.c: a step of data/page/panels.js. @callback: NULL when the answer is of no interest; it gets
 * a reference to the page. */
void shot_page_run_panels (ShotPage *self, const char *step, const char *options,
                           GAsyncReadyCallback callback);

/* page-data.c: the text that a JavaScript call of @view has answered. NULL with an error, which may be
 * that it is no text. (transfer full) */
char *shot_page_take_text (GObject *view, GAsyncResult *result, GError **error);

/* page-data.c: a picture that has no pixels, but its data. (transfer full) */
void         shot_page_compress_async  (GBytes *csv, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, void *user_data);
ShotPicture *shot_page_compress_finish (GAsyncResult *result, GError **error);

/* page-data.c: in CAPTURING. */
void shot_page_list_variables (ShotPage *self);

/* page-files.c: in CAPTURING. */
void shot_page_print      (ShotPage *self);
void shot_page_await_file (ShotPage *self);

/* page-files.c: once the slot is ready. */
void shot_page_watch_files (ShotPage *self);

/* page-files.c: the job asks for the page's file and for nothing else. */
bool shot_page_wants_file (ShotPage *self);

G_END_DECLS
