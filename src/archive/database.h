/* database.h: SQLite with GError, statements that are bound in order, transactions that roll back
 *
 * A statement is made, its parameters are bound first to last, its columns are read first to last.
 * Whatever fails on the way is told by the next step, so that no call between needs a check.
 * Statements are kept and used again. Nothing is ever put into the text of a statement but text of
 * our own.
 *
 * One thread at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct _ShotDatabase ShotDatabase;
typedef struct _ShotStatement ShotStatement;

/* @flags: SQLITE_OPEN_…; @path may be a "file:" address. (transfer full) */
ShotDatabase *shot_database_open  (const char *path, int flags, GError **error);
void          shot_database_close (ShotDatabase *self); /* accepts NULL; no statement may be left */

/* Sets SHOT_ERROR for what the handle says about its last call. Returns FALSE. */
gboolean shot_database_fail (ShotDatabase *self, const char *doing, GError **error);

/* Several statements without parameters. */
gboolean shot_database_execute (ShotDatabase *self, const char *sql, GError **error);
/* The first column of the first row; @fallback when there is none. */
gboolean shot_database_read_int (ShotDatabase *self, const char *sql, int64_t *out_value,
                                 GError **error);
int64_t  shot_database_get_last_id (ShotDatabase *self);
int      shot_database_get_changes (ShotDatabase *self); /* rows of the last statement */

/* (transfer full), never NULL. */
ShotStatement *shot_statement_new  (ShotDatabase *database, const char *sql);
void           shot_statement_free (ShotStatement *self); /* accepts NULL */

/* The next parameter. */
void shot_statement_add_int   (ShotStatement *self, int64_t value);
void shot_statement_add_real  (ShotStatement *self, double value);
void shot_statement_add_text  (ShotStatement *self, const char *text); /* NULL is NULL; copied */
void shot_statement_add_bytes (ShotStatement *self, GBytes *bytes);    /* NULL is NULL; copied */

typedef enum {
  SHOT_STEP_ROW,
  SHOT_STEP_DONE,
  SHOT_STEP_FAILED, /* with @error */
} ShotStep;

ShotStep shot_statement_step (ShotStatement *self, GError **error);
/* For what has no rows. Ready to be bound and run again. */
gboolean shot_statement_run  (ShotStatement *self, GError **error);

/* The next column of the row. */
int64_t  shot_statement_get_int   (ShotStatement *self);
double   shot_statement_get_real  (ShotStatement *self);
char    *shot_statement_get_text  (ShotStatement *self); /* (transfer full) (nullable) */
GBytes  *shot_statement_get_bytes (ShotStatement *self); /* (transfer full) (nullable) */

/* BEGIN IMMEDIATE: who begins may write. Rolled back unless committed. */
typedef struct {
  ShotDatabase *database; /* (borrowed) (nullable): none is open */
} ShotTransaction;

#define SHOT_TRANSACTION_INIT { NULL }

gboolean shot_transaction_begin  (ShotTransaction *self, ShotDatabase *database, GError **error);
gboolean shot_transaction_commit (ShotTransaction *self, GError **error);
void     shot_transaction_clear  (ShotTransaction *self);

/* Copies the whole database, as it is now, into a new file, which is on disk afterwards. Others may go
 * on writing. Leaves no file behind when it fails. */
gboolean shot_database_copy (ShotDatabase *self, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotDatabase, shot_database_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotStatement, shot_statement_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShotTransaction, shot_transaction_clear)

G_END_DECLS
