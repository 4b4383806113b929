/* change-csv.h: the rows of a panel's data, one after the other
 *
 * RFC 4180 with either line end, and lines "# frame NAME" between tables. Whatever the bytes are,
 * reading takes time that is linear in them, and only a row's length in memory. What is beyond
 * limits is left out: columns of a row, the end of a long field. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define SHOT_CSV_MAX_COLUMNS 256
#define SHOT_CSV_MAX_FIELD 512 /* bytes */

typedef struct {
  const char *at; /* (borrowed): a place between two rows; may be kept and set back */
  GString    *text;
  unsigned    starts[SHOT_CSV_MAX_COLUMNS];
  unsigned    n_fields;
  bool        is_frame; /* the row is "# frame NAME": its one field is NAME */
} ShotCsv;

/* @text: borrowed until clear(). */
void shot_csv_init  (ShotCsv *self, const char *text);
void shot_csv_clear (ShotCsv *self);

/* False at the end. Empty lines are no rows. */
bool shot_csv_next (ShotCsv *self);

/* Of the row; "" beyond its columns. Valid until the next row. */
const char *shot_csv_get (const ShotCsv *self, unsigned column);

/* Whether the text is a number; an empty text is none. *@out_value may be NaN or infinite. */
bool shot_csv_is_number (const char *text, double *out_value);

/* Whether the text begins as RFC 3339 does. */
bool shot_csv_is_time (const char *text);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShotCsv, shot_csv_clear)

G_END_DECLS
