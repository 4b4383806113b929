/* yaml-reader.h: a configuration file as a flat list of settings
 *
 * "server: {addr: x}" and "server.addr: x" are the same entry, "server.addr". JSON is YAML. What
 * a configuration file has no use for and an attacker has is refused: anchors, aliases and tags,
 * more than one document, nesting beyond a few levels, files beyond 1 MiB, keys given twice.
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define SHOT_YAML_MAX_BYTES (1024 * 1024)

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
