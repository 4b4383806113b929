/* yaml-tree.h: a YAML file as a tree that knows its lines
 *
 * JSON is YAML. What such a file has no use for and an attacker has is refused: anchors, aliases and
 * tags, more than one document, nesting beyond a few levels, files beyond 1 MiB, keys given twice,
 * keys that are more than letters, digits, "-", "_" and ".".
 *
 * Any thread; pure, but for shot_yaml_load().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define SHOT_YAML_MAX_BYTES (1024 * 1024)
#define SHOT_YAML_MAX_KEY_BYTES 200
#define SHOT_YAML_MAX_ITEMS 1000 /* of one list, or members of one map */

typedef enum {
  SHOT_YAML_TEXT,
  SHOT_YAML_LIST,
  SHOT_YAML_MAP,
} ShotYamlKind;

typedef struct {
  ShotYamlKind kind;
  unsigned     line;  /* from 1; of a map's member that of its key */
  char        *key;   /* (owned) (nullable): of a map's member */
  char        *text;  /* (owned) (nullable): of TEXT, NULL for null; overwritten when freed */
  GPtrArray   *items; /* (owned) (nullable) (element-type ShotYamlNode): of LIST and MAP */
} ShotYamlNode;

/* Always a MAP, empty for an empty file. @name stands in messages, which are SHOT_ERROR_USAGE:
 * "NAME:LINE: what is wrong". (transfer full) */
ShotYamlNode *shot_yaml_tree_read (const char *name, const char *text, size_t length,
                                   GError **error);
void          shot_yaml_node_free (ShotYamlNode *self); /* accepts NULL */

bool                shot_yaml_node_is_null (const ShotYamlNode *self);
const ShotYamlNode *shot_yaml_node_find    (const ShotYamlNode *self, const char *key); /* (nullable) */

/* "map", "list" or "text", for messages. */
const char *shot_yaml_node_describe (const ShotYamlNode *self);

/* The text of a file, or so much of it that it is refused for its size. @what: "the plan". (transfer full)
 * _USAGE. */
char *shot_yaml_load (const char *what, const char *path, size_t *out_length, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotYamlNode, shot_yaml_node_free)

G_END_DECLS
