#include "config.h"

#include "print.h"

#include <gtk/gtk.h>

#include "error.h"
#include "sheet.h"
#include "spool.h"

/* WebKit finds printers by name, and GTK translates this one. */
#define GTK_DOMAIN "gtk40"
#define FILE_PRINTER "Print to File"

/* A document ends where its content does; below, a dark one would turn white in the middle of a
 * page. What is fixed does not make the document longer. The colour of html goes before body's, as
 * on the screen. */
#define FILL_LAST_PAGE                                                                   \
  "@media print { html::after, body::after { content: ''; position: fixed; z-index: -1;" \
  " inset: 0 0 -20000px 0; background-color: inherit; } }"

typedef struct {
  GTask                *task;      /* (owned) */
  WebKitPrintOperation *operation; /* (owned) */
  ShotSpool            *spool;     /* (owned) */
  GError               *error;     /* (owned) (nullable): what WebKit said */
} Print;

static void
print_free (Print *self)
{
  g_clear_object (&self->task);
  g_clear_object (&self->operation);
  shot_spool_free (self->spool);
  g_clear_error (&self->error);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Print, print_free)

/* --- settings ---------------------------------------------------------------------------- */

static GtkPageSetup *
make_page_setup (const ShotSheet *sheet)
{
  GtkPageSetup *setup = gtk_page_setup_new ();
  GtkPaperSize *size = gtk_paper_size_new_custom ("panelshot", "panelshot", sheet->width_in,
                                                  sheet->height_in, GTK_UNIT_INCH);

  gtk_page_setup_set_paper_size (setup, size);
  gtk_page_setup_set_top_margin (setup, 0, GTK_UNIT_INCH);
  gtk_page_setup_set_bottom_margin (setup, 0, GTK_UNIT_INCH);
  gtk_page_setup_set_left_margin (setup, 0, GTK_UNIT_INCH);
  gtk_page_setup_set_right_margin (setup, 0, GTK_UNIT_INCH);
  gtk_paper_size_free (size);
  return setup;
}

static GtkPrintSettings *
make_settings (const ShotSheet *sheet, const ShotPaper *paper, const char *path)
{
  GtkPrintSettings  *settings = gtk_print_settings_new ();
  g_autofree char   *uri = g_filename_to_uri (path, NULL, NULL);
  g_autoptr (GArray) ranges = shot_sheet_list_ranges (paper->page_ranges);

  gtk_print_settings_set_printer (settings, g_dgettext (GTK_DOMAIN, FILE_PRINTER));
  gtk_print_settings_set (settings, GTK_PRINT_SETTINGS_OUTPUT_URI, uri);
  gtk_print_settings_set (settings, GTK_PRINT_SETTINGS_OUTPUT_FILE_FORMAT, "pdf");
  gtk_print_settings_set_print_pages (settings, GTK_PRINT_PAGES_RANGES);
  G_STATIC_ASSERT (sizeof (GtkPageRange) == sizeof (ShotSheetRange));
  gtk_print_settings_set_page_ranges (settings, (GtkPageRange *) (void *) ranges->data,
                                      (int) ranges->len);
  return settings;
}

/* All of it holds for print media alone, so the page on the screen stays as it is. */
static void
prepare_view (WebKitWebView *view, const ShotSheet *sheet, const ShotPaper *paper)
{
  char             right[G_ASCII_DTOSTR_BUF_SIZE], bottom[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *css = g_strdup_printf (
      "@page { margin: 0 %sin %sin 0 !important; }" FILL_LAST_PAGE,
      g_ascii_formatd (right, sizeof right, "%.6f", sheet->right_in),
      g_ascii_formatd (bottom, sizeof bottom, "%.6f", sheet->bottom_in));
  WebKitUserStyleSheet *style = webkit_user_style_sheet_new (
      css, WEBKIT_USER_CONTENT_INJECT_TOP_FRAME, WEBKIT_USER_STYLE_LEVEL_USER, NULL, NULL);

  webkit_user_content_manager_add_style_sheet (webkit_web_view_get_user_content_manager (view),
                                               style);
  webkit_user_style_sheet_unref (style);
  webkit_settings_set_print_backgrounds (webkit_web_view_get_settings (view),
                                         paper->has_backgrounds);
}

/* --- the operation ----------------------------------------------------------------------- */

static void
collected_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (GTask) task = data;
  GError           *error = NULL;
  ShotPicture      *picture = shot_spool_collect_finish (result, &error);

  if (picture == NULL) {
    g_task_return_error (task, error);
    return;
  }
  picture->kind = SHOT_PICTURE_PRINT;
  picture->encoding = SHOT_ENCODING_PDF;

  g_autoptr (GBytes) bytes = shot_picture_get_bytes (picture, &error);
  if (bytes != NULL)
    picture->n_pages = shot_sheet_count_pages (g_bytes_get_data (bytes, NULL),
                                               g_bytes_get_size (bytes));
  if (bytes != NULL && picture->n_pages > 0) {
    g_task_return_pointer (task, picture, (GDestroyNotify) shot_picture_free);
    return;
  }
  if (error == NULL)
    error = g_error_new_literal (SHOT_ERROR, SHOT_ERROR_ENGINE,
                                 "WebKit printed a document without pages: try again");
  shot_picture_free (picture);
  g_task_return_error (task, error);
}

static void
failed_cb (WebKitPrintOperation *operation, GError *error, void *data)
{
  Print *self = data;

  if (self->error == NULL)
    self->error = g_error_copy (error);
}

/* After a failure WebKit may say so twice. */
static void
finished_cb (WebKitPrintOperation *operation, void *data)
{
  g_autoptr (Print) self = data;

  g_signal_handlers_disconnect_by_data (operation, self);
  if (g_task_return_error_if_cancelled (self->task))
    return;
  if (g_error_matches (self->error, WEBKIT_PRINT_ERROR, WEBKIT_PRINT_ERROR_INVALID_PAGE_RANGE))
    g_task_return_new_error (self->task, SHOT_ERROR, SHOT_ERROR_USAGE,
                             "none of the pages asked for is in the document: it has fewer");
  else if (self->error != NULL)
    g_task_return_new_error (self->task, SHOT_ERROR, SHOT_ERROR_ENGINE,
                             "WebKit could not print the page: %s", self->error->message);
  else
    shot_spool_collect_async (self->spool, g_task_get_cancellable (self->task), collected_cb,
                              g_object_ref (self->task));
}

void
shot_print_async (WebKitWebView *view, const ShotPaper *paper, GCancellable *cancellable,
                  GAsyncReadyCallback callback, void *user_data)
{
  Print    *self = g_new0 (Print, 1);
  GError   *error = NULL;
  ShotSheet sheet;

  self->task = g_task_new (NULL, cancellable, callback, user_data);
  self->spool = shot_spool_new (&error);
  if (self->spool == NULL) {
    g_task_return_error (self->task, error);
    print_free (self);
    return;
  }

  /* Nobody asks a print server for its printers, on this machine or another. */
  g_object_set (gtk_settings_get_default (), "gtk-print-backends", "file", NULL);
  shot_sheet_plan (&sheet, paper);
  prepare_view (view, &sheet, paper);

  g_autoptr (GtkPrintSettings) settings = make_settings (&sheet, paper,
                                                         shot_spool_get_path (self->spool));
  g_autoptr (GtkPageSetup)     setup = make_page_setup (&sheet);
  self->operation = webkit_print_operation_new (view);
  webkit_print_operation_set_print_settings (self->operation, settings);
  webkit_print_operation_set_page_setup (self->operation, setup);
  g_signal_connect (self->operation, "failed", G_CALLBACK (failed_cb), self);
  g_signal_connect (self->operation, "finished", G_CALLBACK (finished_cb), self);
  webkit_print_operation_print (self->operation);
}

ShotPicture *
shot_print_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
