#include "config.h"

#include "people.h"
#include "record.h"

static void
set_text (JsonObject *object, const char *name, const char *text)
{
  if (text == NULL)
    json_object_set_null_member (object, name);
  else
    json_object_set_string_member (object, name, text);
}

/* What is stored as text; an empty object for what does not parse. */
static JsonNode *
parse_object (const char *text)
{
  JsonObject *object = shot_record_parse_object (text);
  JsonNode   *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object != NULL ? object : json_object_new ());
  return node;
}

static JsonObject *
make_counts (const ShotRun *self)
{
  JsonObject *counts = json_object_new ();
  unsigned    ok = self->n_verdicts[SHOT_VERDICT_OK];
  unsigned    abnormal = self->n_verdicts[SHOT_VERDICT_ABNORMAL];
  unsigned    ignored = self->n_verdicts[SHOT_VERDICT_IGNORED];

  json_object_set_int_member (counts, "cells", self->n_cells);
  json_object_set_int_member (counts, "pending", self->n_pending);
  json_object_set_int_member (counts, "failed", self->n_failed);
  json_object_set_int_member (counts, "flagged", self->n_flagged);
  json_object_set_int_member (counts, "changed", self->n_changed);
  json_object_set_int_member (counts, "confirmed", (int64_t) ok + abnormal + ignored);
  json_object_set_int_member (counts, "ok", ok);
  json_object_set_int_member (counts, "abnormal", abnormal);
  json_object_set_int_member (counts, "ignored", ignored);
  return counts;
}

static void
add_signed (JsonObject *object, const ShotRun *self)
{
  if (self->state != SHOT_RUN_SIGNED) {
    json_object_set_null_member (object, "signed");
    return;
  }

  JsonObject *seal = json_object_new ();
  set_text (seal, "by", self->signed_by);
  json_object_set_int_member (seal, "at", self->signed_ms);
  set_text (seal, "comment", self->sign_comment);
  set_text (seal, "head", self->head);
  json_object_set_object_member (object, "signed", seal);
}

JsonObject *
shot_run_to_json (const ShotRun *self, bool is_full)
{
  JsonObject *object = json_object_new ();
  int64_t     wall_ms = g_get_real_time () / 1000;
  bool is_overdue = self->state != SHOT_RUN_SIGNED && self->due_ms != 0 && self->due_ms < wall_ms;

  json_object_set_int_member (object, "id", self->id);
  set_text (object, "name", self->name);
  set_text (object, "plan", self->plan);
  set_text (object, "title", self->title);
  set_text (object, "state", shot_run_state_get_name (self->state));
  json_object_set_boolean_member (object, "interrupted", self->is_interrupted);
  set_text (object, "trigger", self->trigger);
  set_text (object, "startedBy", self->started_by);
  json_object_set_int_member (object, "now", self->now_ms);
  json_object_set_int_member (object, "started", self->started_ms);
  json_object_set_int_member (object, "finished", self->finished_ms);
  json_object_set_int_member (object, "due", self->due_ms);
  json_object_set_boolean_member (object, "overdue", is_overdue);
  set_text (object, "reviewers", self->reviewers);
  set_text (object, "timezone", self->timezone);
  set_text (object, "grafana", self->grafana);
  set_text (object, "version", self->version);
  set_text (object, "failure", self->failure);
  json_object_set_object_member (object, "counts", make_counts (self));
  add_signed (object, self);
  if (is_full) {
    set_text (object, "planText", self->plan_text);
    json_object_set_int_member (object, "retention", self->retention_ms);
  }
  return object;
}

static JsonObject *
make_dashboard (const ShotCell *self)
{
  JsonObject *dashboard = json_object_new ();

  set_text (dashboard, "uid", self->dashboard_uid);
  set_text (dashboard, "title", self->dashboard_title);
  json_object_set_int_member (dashboard, "version", self->dashboard_version);
  return dashboard;
}

static JsonObject *
make_panel (const ShotCell *self)
{
  JsonObject *panel = json_object_new ();

  set_text (panel, "key", self->panel_key);
  set_text (panel, "title", self->panel_title);
  set_text (panel, "kind", self->panel_kind);
  set_text (panel, "row", self->row);
  return panel;
}

static JsonObject *
make_range (const ShotCell *self)
{
  JsonObject *range = json_object_new ();

  set_text (range, "label", self->range);
  json_object_set_int_member (range, "from", self->from_ms);
  json_object_set_int_member (range, "to", self->to_ms);
  return range;
}

static JsonArray *
make_flags (unsigned flags)
{
  JsonArray *names = json_array_new ();

  for (unsigned i = 0; i < SHOT_N_CELL_FLAGS; i++) {
    if (flags & 1u << i)
      json_array_add_string_element (names, shot_cell_flag_get_name (1u << i));
  }
  return names;
}

static JsonObject *
make_change (const ShotCell *self)
{
  JsonObject *change = json_object_new ();

  json_object_set_double_member (change, "score", self->score);
  set_text (change, "reason", self->reason);
  json_object_set_double_member (change, "picture", self->picture_change);
  return change;
}

static JsonObject *
make_verdict (const ShotVerdict *self)
{
  JsonObject *verdict = json_object_new ();

  set_text (verdict, "kind", shot_verdict_get_name (self->kind));
  set_text (verdict, "severity", shot_severity_get_name (self->severity));
  set_text (verdict, "note", self->note);
  set_text (verdict, "by", self->user);
  json_object_set_int_member (verdict, "at", self->at_ms);
  json_object_set_int_member (verdict, "revision", self->revision);
  return verdict;
}

static void
add_provenance (JsonObject *object, const ShotCell *self)
{
  set_text (object, "theme", self->theme);
  set_text (object, "timezone", self->timezone);
  set_text (object, "language", self->language);
  json_object_set_double_member (object, "scale", self->scale);
  set_text (object, "data", self->data);
  set_text (object, "panelJson", self->panel_json);
  json_object_set_int_member (object, "captured", self->captured_ms);
  json_object_set_int_member (object, "duration", self->duration_ms);
  json_object_set_member (object, "timings", parse_object (self->timings));
  set_text (object, "renderer", self->renderer);
  json_object_set_int_member (object, "attempts", self->attempts);
  json_object_set_int_member (object, "previous", self->previous_id);
  json_object_set_int_member (object, "week", self->week_id);
}

JsonObject *
shot_cell_to_json (const ShotCell *self, bool is_full)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "id", self->id);
  json_object_set_int_member (object, "run", self->run_id);
  json_object_set_int_member (object, "position", self->position);
  set_text (object, "key", self->key);
  json_object_set_object_member (object, "dashboard", make_dashboard (self));
  json_object_set_object_member (object, "panel", make_panel (self));
  json_object_set_object_member (object, "range", make_range (self));
  json_object_set_member (object, "variables", parse_object (self->variables));
  set_text (object, "state", shot_cell_state_get_name (self->state));
  json_object_set_array_member (object, "flags", make_flags (self->flags));
  set_text (object, "flagDetail", self->flag_detail);
  set_text (object, "failure", self->failure);
  set_text (object, "picture", self->picture);
  set_text (object, "thumbnail", self->thumbnail);
  json_object_set_boolean_member (object, "hasData", self->data != NULL);
  json_object_set_int_member (object, "width", self->picture_width);
  json_object_set_int_member (object, "height", self->picture_height);
  json_object_set_object_member (object, "change", make_change (self));
  json_object_set_object_member (object, "verdict", make_verdict (&self->verdict));
  set_text (object, "addedBy", self->added_by);
  if (is_full)
    add_provenance (object, self);
  return object;
}

JsonObject *
shot_verdict_to_json (const ShotVerdict *self)
{
  JsonObject *verdict = make_verdict (self);

  set_text (verdict, "from", self->origin);
  return verdict;
}

JsonObject *
shot_user_to_json (const ShotUser *self)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "name", self->name);
  json_object_set_string_member (object, "role", shot_role_get_name (self->role));
  json_object_set_boolean_member (object, "disabled", self->is_disabled);
  json_object_set_boolean_member (object, "hasPassword", self->has_password);
  json_object_set_int_member (object, "created", self->created_ms);
  json_object_set_int_member (object, "seen", self->seen_ms);
  return object;
}

JsonObject *
shot_token_to_json (const ShotToken *self)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "id", self->id);
  json_object_set_string_member (object, "name", self->name);
  json_object_set_string_member (object, "role", shot_role_get_name (self->role));
  json_object_set_string_member (object, "createdBy", self->created_by);
  json_object_set_int_member (object, "created", self->created_ms);
  json_object_set_int_member (object, "seen", self->seen_ms);
  json_object_set_int_member (object, "expires", self->expires_ms);
  return object;
}
