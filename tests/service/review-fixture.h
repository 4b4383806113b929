/* review-fixture.h: a server with an archive in which there is something to see
 *
 * The archive has run 1 of plan "daily", done, with six cells: two dashboards, two ranges, one cell
 * that failed and one that was not captured yet; run 2 of plan "weekly" with one; and the people
 * ada (admin), rita (reviewer) and vic (viewer), whose password is PASSWORD.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>

#include "archive.h"
#include "fixture.h"

G_BEGIN_DECLS

#define PASSWORD "a long enough one"
#define N_CELLS 6

typedef struct {
  Service      service;
  char        *folder;  /* of the archive */
  ShotArchive *archive; /* a second connection, the test's own */
  int64_t      run_id;
  int64_t      cells[N_CELLS];
  int64_t      other_run_id;
  int64_t      other_cell;
  char        *picture; /* hash of cell 0's */
} Review;

/* What a browser or a script keeps. */
typedef struct {
  char *cookie; /* "Cookie: …" */
  char *csrf;   /* "X-Panelshot-CSRF: …" */
  char *token;  /* "Authorization: …" */
  const char *language; /* static (nullable): "Accept-Language: …" */
} Person;

/* Makes the archive; @with_people: else nobody is there. Starts no server. */
void review_fill (Review *self, bool with_people);
/* As service_start(), with --archive. */
void review_start (Review *self, const char *const *arguments);
void review_stop  (Review *self); /* the archive goes, too */

/* A folder with all that is in it. */
void review_remove (const char *path);

/* @person: NULL is nobody. @body: NULL sends none. In @path, $R is run 1, $O run 2, $0 to $5 its
 * cells, $X the other's, $P the picture's hash. */
Answer review_ask (Review *self, const Person *person, const char *method, const char *path,
                   const char *body);
/* The status must be @status. (transfer full) */
JsonObject *review_get (Review *self, const Person *person, unsigned status, const char *path);
JsonObject *review_send (Review *self, const Person *person, unsigned status, const char *method,
                         const char *path, const char *body);

/* Of the answer's body. (transfer full) */
JsonObject *answer_parse (const Answer *answer);
/* error.code; "" when there is none. (transfer full) */
char       *answer_get_code (const Answer *answer);

void person_sign_in (Person *self, Review *review, const char *name);
void person_clear   (Person *self);

/* $R and the like replaced. (transfer full) */
char *review_expand (const Review *self, const char *text);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Person, person_clear)

G_END_DECLS
