/* yaml-reader.h: a configuration file as a flat list of settings
 *
 * "server: {addr: x}" and "server.addr: x" are the same entry, "server.addr"; lists hold plain
 * values only. What yaml-tree.h refuses is refused here.
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "yaml-tree.h"

G_BEGIN_DECLS

typedef struct {
  char      *key;     /* (owned): dotted */
  unsigned   line;    /* from 1 */
  bool       is_list; /* else @values has at most one */
  GPtrArray *values;  /* (owned) (element-type utf8): none for null; overwritten when freed */
} ShotYamlEntry;

/* @name stands in messages, which are SHOT_ERROR_USAGE: "NAME:LINE: what is wrong".
 * (transfer full) (element-type ShotYamlEntry), in the order of the file. */
GPtrArray *shot_yaml_read (const char *name, const char *text, size_t length, GError **error);

G_END_DECLS
