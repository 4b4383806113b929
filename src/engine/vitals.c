#include "config.h"

#include "vitals.h"

#include "rules.h"

typedef struct {
  ShotVitalsTold told_cb;
  void          *user_data; /* (borrowed) */
} Question;

static void
answered_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autofree Question          *question = data;
  ShotVitals                    vitals;
  g_autoptr (WebKitUserMessage) answer = webkit_web_view_send_message_to_page_finish (
      WEBKIT_WEB_VIEW (source), result, NULL);
  GVariant *told = answer != NULL ? webkit_user_message_get_parameters (answer) : NULL;

  if (told == NULL || !g_variant_is_of_type (told, G_VARIANT_TYPE ("(xx)"))) {
    question->told_cb (NULL, question->user_data);
    return;
  }
  g_variant_get (told, "(xx)", &vitals.memory_bytes, &vitals.cpu_us);
  question->told_cb (&vitals, question->user_data);
}

void
shot_vitals_ask (WebKitWebView *view, ShotVitalsTold told_cb, void *user_data)
{
  Question *question = g_new0 (Question, 1);

  question->told_cb = told_cb;
  question->user_data = user_data;
  webkit_web_view_send_message_to_page (view, webkit_user_message_new (SHOT_RULES_VITALS, NULL),
                                        NULL, answered_cb, question);
}
