/* error.h: what can go wrong, once
 *
 * One code per kind of failure. The table in error.c gives each code its HTTP status, its exit
 * status and its short name; nothing else in the tree may invent either number.
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SHOT_ERROR (shot_error_quark ())

typedef enum {
  SHOT_ERROR_USAGE,        /* bad usage, bad parameter, unwritable output */
  SHOT_ERROR_UNAUTHORIZED, /* the caller's X-Auth-Token */
  SHOT_ERROR_REFUSED,      /* address or scheme that may not be rendered */
  SHOT_ERROR_TIMEOUT,      /* the deadline; the message names the last blocker */
  SHOT_ERROR_UNREACHABLE,  /* name, connection, TLS, redirect loop */
  SHOT_ERROR_DOCUMENT,     /* document status >= 400, or not a document at all */
  SHOT_ERROR_LOGIN,        /* login page, or key or token not taken */
  SHOT_ERROR_NOT_FOUND,    /* panel or dashboard not found */
  SHOT_ERROR_SCRIPT,       /* script error at load, empty page */
  SHOT_ERROR_ENGINE,       /* engine or web process died, out of memory */
  SHOT_ERROR_BUSY,         /* queue full, or another process is at it */
  SHOT_ERROR_CONFLICT,     /* somebody else changed it first */
  SHOT_ERROR_STORAGE,      /* the archive: disk full, read-only, damaged, of a newer version */
  SHOT_ERROR_CANCELLED,    /* the client went away, or Ctrl-C */
  SHOT_N_ERRORS
} ShotError;

GQuark shot_error_quark (void);

int         shot_error_get_http_status (ShotError code);
int         shot_error_get_exit_status (ShotError code);
/* "timeout", for JSON, logs and the link. */
const char *shot_error_get_name        (ShotError code);

/* The code of any GError: its own in our domain, a fitting one for GIO's. */
ShotError shot_error_classify (const GError *error);

/* SHOT_ERROR_ENGINE when @name is not known. */
ShotError shot_error_from_name (const char *name);

G_END_DECLS
