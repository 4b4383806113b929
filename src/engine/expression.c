#include "config.h"

#include "expression.h"

#include <jsc/jsc.h>

#include "error.h"

/* Nothing tells when a variable of the page changes. */
#define POLL_MS 50

struct _ShotExpression {
  WebKitWebView        *view;   /* (borrowed) */
  char                 *script; /* (owned) */
  ShotExpressionChanged changed_cb;
  void                 *user_data; /* (borrowed) */
  GCancellable         *asking;    /* (owned) (nullable): while an answer is awaited */
  guint                 poll_source;
  bool                  is_true;
};

/* In a line of its own: it may end in a comment. */
static char *
make_script (const char *text)
{
  return g_strdup_printf ("!!(%s\n)", text);
}

gboolean
shot_expression_check (const char *text, GError **error)
{
  g_autoptr (JSCContext)   context = jsc_context_new ();
  g_autoptr (JSCException) exception = NULL;
  g_autofree char         *script = make_script (text);

  if (jsc_context_check_syntax (context, script, -1, JSC_CHECK_SYNTAX_MODE_SCRIPT, NULL, 1,
                                &exception) == JSC_CHECK_SYNTAX_RESULT_SUCCESS)
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
               "the expression to wait for is no JavaScript expression: %s",
               exception != NULL ? jsc_exception_get_message (exception) : "it cannot be parsed");
  return FALSE;
}

static void ask (ShotExpression *self);

static gboolean
poll_cb (void *data)
{
  ShotExpression *self = data;

  self->poll_source = 0;
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
answered_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (JSCValue) value = webkit_web_view_evaluate_javascript_finish (WEBKIT_WEB_VIEW (source),
                                                                           result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  /* Any other error is the expression's own, such as a variable that is not there yet. */
  ShotExpression *self = data;
  g_clear_object (&self->asking);
  self->is_true = value != NULL && jsc_value_to_boolean (value);
  if (self->is_true)
    self->changed_cb (self->user_data);
  else
    self->poll_source = g_timeout_add (POLL_MS, poll_cb, self);
}

static void
ask (ShotExpression *self)
{
  self->asking = g_cancellable_new ();
  webkit_web_view_evaluate_javascript (self->view, self->script, -1, NULL, NULL, self->asking,
                                       answered_cb, self);
}

void
shot_expression_start (ShotExpression *self)
{
  shot_expression_stop (self);
  ask (self);
}

void
shot_expression_stop (ShotExpression *self)
{
  if (self->asking != NULL)
    g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
  g_clear_handle_id (&self->poll_source, g_source_remove);
  self->is_true = false;
}

bool
shot_expression_is_true (const ShotExpression *self)
{
  return self->is_true;
}

ShotExpression *
shot_expression_new (WebKitWebView *view, const char *text, ShotExpressionChanged changed_cb,
                     void *user_data)
{
  ShotExpression *self = g_new0 (ShotExpression, 1);

  self->view = view;
  self->script = make_script (text);
  self->changed_cb = changed_cb;
  self->user_data = user_data;
  return self;
}

void
shot_expression_free (ShotExpression *self)
{
  if (self == NULL)
    return;
  shot_expression_stop (self);
  g_free (self->script);
  g_free (self);
}
