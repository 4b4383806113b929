/* notice.h: what happened, in words
 *
 * A notice says what happened; a message is a notice in one language, as lines that every kind of
 * receiver can show in its own way. Its texts are plain and single lines: titles of panels and notes
 * come from strangers, and each format still has to escape them. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "plan.h"
#include "record.h"

G_BEGIN_DECLS

typedef struct {
  ShotNotifyEvent event;
  const char     *plan;   /* its name */
  const char     *title;  /* (nullable): its title */
  const ShotRun  *run;    /* NULL of MISSED only */
  const ShotCell *cell;   /* of ABNORMAL, with its verdict */
  const char     *link;   /* (nullable): http address of the review page about it */
  const char     *detail; /* (nullable): why it was MISSED */
  const char     *timezone; /* (nullable): IANA; of MISSED, else the run's */
  int64_t         at_ms;  /* when it was to start, of MISSED */
} ShotNotice;

/* How much it asks for attention. */
typedef enum {
  SHOT_MESSAGE_GOOD,
  SHOT_MESSAGE_PLAIN,
  SHOT_MESSAGE_WARNING,
  SHOT_MESSAGE_ALARM,
} ShotMessageTone;

typedef struct {
  char *label;
  char *text;
} ShotMessageLine;

typedef struct {
  ShotMessageTone tone;
  char           *title;     /* (owned) */
  GPtrArray      *lines;     /* (owned) (element-type ShotMessageLine) */
  char           *link;      /* (owned) (nullable) */
  char           *link_text; /* (owned) */
  char           *language;  /* (owned) */
} ShotMessage;

const char *shot_notify_event_get_name (ShotNotifyEvent event); /* "done", "overdue" … */

/* @language: "zh-CN", else English. (transfer full) */
ShotMessage *shot_message_new  (const ShotNotice *notice, const char *language);
void         shot_message_free (ShotMessage *self); /* accepts NULL */

/* "TITLE\nLABEL: TEXT\n…", without the link. (transfer full) */
char *shot_message_to_text (const ShotMessage *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotMessage, shot_message_free)

G_END_DECLS
