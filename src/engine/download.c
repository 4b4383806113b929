#include "config.h"

#include "download.h"

#include "error.h"
#include "filename.h"
#include "mask.h"
#include "origin.h"
#include "spool.h"

struct _ShotDownload {
  const ShotJob        *job; /* (borrowed) */
  bool                  is_wanted;
  ShotDownloadOffered   offered_cb;
  ShotDownloadDone      done_cb;
  void                 *user_data;   /* (borrowed) */
  WebKitNetworkSession *session;     /* (owned) */
  GCancellable         *cancellable; /* (owned) */

  WebKitDownload *download;     /* (owned) (nullable): the one that is received */
  bool            is_under_way; /* WebKit dies of a cancel afterwards */
  ShotSpool      *spool;        /* (owned) (nullable) */
  char           *file_name;    /* (owned) (nullable) */
};

/* Nothing more is heard of it. */
static void
stop (ShotDownload *self)
{
  if (self->download != NULL)
    g_signal_handlers_disconnect_by_data (self->download, self);
  if (self->is_under_way)
    webkit_download_cancel (self->download);
  self->is_under_way = false;
}

/* Takes both. The owner may free us in it. */
static void
finish (ShotDownload *self, ShotPicture *picture, GError *error)
{
  stop (self);
  self->done_cb (picture, error, self->user_data);
}

G_GNUC_PRINTF (3, 4)
static void
fail (ShotDownload *self, ShotError code, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  GError *error = g_error_new_valist (SHOT_ERROR, (int) code, format, arguments);
  va_end (arguments);
  finish (self, NULL, error);
}

/* --- receiving --------------------------------------------------------------------------- */

/* Blobs and data: addresses were made by the page itself. */
static bool
is_own (ShotDownload *self, const char *uri)
{
  g_autofree char *own = shot_origin_from_uri (self->job->uri);

  /* "blob:http://host/uuid" is of the frame that made it. Of what a data: address is, nobody can
   * tell, and the page may hold frames of others. */
  return shot_origin_matches (own, g_str_has_prefix (uri, "blob:") ? uri + strlen ("blob:") : uri);
}

/* FALSE after a failure: we may be gone. */
static bool
check_answer (ShotDownload *self, WebKitURIResponse *response)
{
  const char      *uri = webkit_uri_response_get_uri (response);
  const char      *type = webkit_uri_response_get_mime_type (response);
  unsigned         status = webkit_uri_response_get_status_code (response);
  g_autofree char *masked = shot_mask_uri (uri);

  if (!is_own (self, uri))
    fail (self, SHOT_ERROR_DOCUMENT, "the file comes from another origin than the page: %s",
          masked);
  else if (status >= 400)
    fail (self, SHOT_ERROR_DOCUMENT, "the file was answered with status %u (%s)", status, masked);
  else if (g_strcmp0 (type, "text/html") == 0)
    fail (self, SHOT_ERROR_DOCUMENT, "the page offers another page (%s), not a table", masked);
  else
    return true;
  return false;
}

static gboolean
decide_destination_cb (WebKitDownload *download, const char *suggested, void *data)
{
  ShotDownload *self = data;
  GError       *error = NULL;

  if (!check_answer (self, webkit_download_get_response (download)))
    return TRUE;
  self->spool = shot_spool_new (&error);
  if (self->spool == NULL) {
    finish (self, NULL, error);
    return TRUE;
  }
  self->file_name = shot_filename_clean (suggested != NULL ? suggested : "");
  webkit_download_set_destination (download, shot_spool_get_path (self->spool));
  return TRUE;
}

static void
received_cb (WebKitDownload *download, guint64 length, void *data)
{
  if (webkit_download_get_received_data_length (download) > SHOT_DOWNLOAD_MAX_BYTES)
    fail (data, SHOT_ERROR_DOCUMENT, "the file is larger than %d MiB: ask for a shorter range",
          SHOT_DOWNLOAD_MAX_BYTES >> 20);
}

static void
failed_cb (WebKitDownload *download, GError *error, void *data)
{
  ShotDownload *self = data;

  self->is_under_way = false;
  fail (self, SHOT_ERROR_UNREACHABLE, "the file could not be received: %s", error->message);
}

static void
collected_cb (GObject *source, GAsyncResult *result, void *data)
{
  ShotDownload *self = data;
  GError       *error = NULL;
  ShotPicture  *picture = shot_spool_collect_finish (result, &error);

  /* The one who cancelled has also freed us. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_error_free (error);
    return;
  }
  if (picture != NULL) {
    picture->kind = SHOT_PICTURE_DOWNLOAD;
    picture->encoding = SHOT_ENCODING_CSV;
    picture->file_name = g_steal_pointer (&self->file_name);
  }
  finish (self, picture, error);
}

static void
finished_cb (WebKitDownload *download, void *data)
{
  ShotDownload *self = data;

  self->is_under_way = false;
  if (self->spool == NULL)
    fail (self, SHOT_ERROR_ENGINE,
          "WebKit received the file before it was told where to: try again");
  else if (webkit_download_get_received_data_length (download) == 0)
    fail (self, SHOT_ERROR_DOCUMENT, "the file that the page offers is empty");
  else
    shot_spool_collect_async (self->spool, self->cancellable, collected_cb, self);
}

static void
started_cb (WebKitNetworkSession *session, WebKitDownload *download, void *data)
{
  ShotDownload *self = data;

  if (!self->is_wanted || self->download != NULL) {
    webkit_download_cancel (download);
    return;
  }
  self->download = g_object_ref (download);
  self->is_under_way = true;
  g_signal_connect (download, "decide-destination", G_CALLBACK (decide_destination_cb), self);
  g_signal_connect (download, "received-data", G_CALLBACK (received_cb), self);
  g_signal_connect (download, "failed", G_CALLBACK (failed_cb), self);
  g_signal_connect (download, "finished", G_CALLBACK (finished_cb), self);
  self->offered_cb (self->user_data);
}

/* --- life -------------------------------------------------------------------------------- */

ShotDownload *
shot_download_new (WebKitWebView *view, const ShotJob *job, ShotDownloadOffered offered_cb,
                   ShotDownloadDone done_cb, void *user_data)
{
  ShotDownload          *self = g_new0 (ShotDownload, 1);
  const ShotPictureWish *wish = job->pictures->pdata[0];

  self->job = job;
  self->offered_cb = offered_cb;
  self->is_wanted = wish->kind == SHOT_PICTURE_DOWNLOAD;
  self->done_cb = done_cb;
  self->user_data = user_data;
  self->session = g_object_ref (webkit_web_view_get_network_session (view));
  self->cancellable = g_cancellable_new ();
  g_signal_connect (self->session, "download-started", G_CALLBACK (started_cb), self);
  return self;
}

void
shot_download_free (ShotDownload *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_signal_handlers_disconnect_by_data (self->session, self);
  stop (self);
  g_clear_object (&self->download);
  shot_spool_free (self->spool);
  g_object_unref (self->session);
  g_object_unref (self->cancellable);
  g_free (self->file_name);
  g_free (self);
}
