/* page-files.c: what a visit yields beside pictures: pages on paper, and the file of the page */
#include "config.h"

#include "page-private.h"

#include "print.h"

static void
set_blocker (ShotPage *self, const char *text)
{
  g_free (self->result->last_blocker);
  self->result->last_blocker = g_strdup (text);
}

/* --- printing ---------------------------------------------------------------------------- */

/* The print is a layout of its own, so a page that moved meanwhile has not spoiled it. */
static void
printed_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  GError              *error = NULL;
  ShotPicture         *picture = shot_print_finish (result, &error);

  if (self->state != SHOT_STATE_CAPTURING) {
    shot_picture_free (picture);
    g_clear_error (&error);
  } else if (picture == NULL) {
    shot_page_finish (self, error);
  } else if (!shot_page_check_network (self)) {
    shot_picture_free (picture);
  } else {
    /* The pixels of a view are no limit for paper, but its pages have one. */
    self->is_truncated = picture->n_pages == SHOT_PAPER_MAX_PAGES;
    shot_page_start_encoding (self);
    shot_page_add_picture (self, picture);
  }
}

void
shot_page_print (ShotPage *self)
{
  set_blocker (self, "the print has not come to its end");
  shot_print_async (shot_page_get_view (self), &self->job->paper, self->inner, printed_cb,
                    g_object_ref (self));
}

/* --- the page's file --------------------------------------------------------------------- */

bool
shot_page_wants_file (ShotPage *self)
{
  const ShotPictureWish *wish = self->job->pictures->pdata[0];

  return wish->kind == SHOT_PICTURE_DOWNLOAD;
}

/* Grafana tells of no failed query here: it just never offers the file. */
void
shot_page_await_file (ShotPage *self)
{
  const char      *error = shot_watch_get_facts (self->watch)->error;
  g_autofree char *text = g_strdup_printf (
      "the page has settled but offers no file; its query may have failed%s%s",
      *error != '\0' ? ": " : "", error);

  set_blocker (self, text);
}

/* Grafana's page offers its file as soon as the data is there, long before it has settled. */
static void
offered_cb (void *data)
{
  ShotPage *self = data;

  if (self->state != SHOT_STATE_CAPTURING)
    shot_page_set_state (self, SHOT_STATE_CAPTURING);
  set_blocker (self, "the file has not come to its end");
}

static void
received_cb (ShotPicture *picture, GError *error, void *data)
{
  ShotPage *self = data;

  if (picture == NULL) {
    shot_page_finish (self, error);
    return;
  }
  /* The page may have gone on to another document in the meantime. */
  if (self->state != SHOT_STATE_CAPTURING)
    shot_page_set_state (self, SHOT_STATE_CAPTURING);
  shot_page_start_encoding (self);
  shot_page_add_picture (self, picture);
}

void
shot_page_watch_files (ShotPage *self)
{
  self->download = shot_download_new (shot_page_get_view (self), self->job, offered_cb, received_cb,
                                      self);
}
