/* parking.h: a resident page between two visits
 *
 * Leads the page to an address of Grafana's where no dashboard is, if the next visit does not come
 * at once: queries, refreshing and live updates end with their dashboard. Then it watches that the
 * page is silent: no request, hardly any processor time.
 *
 * Main thread only; lives no longer than the view.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <webkit/webkit.h>

G_BEGIN_DECLS

typedef struct _ShotParking ShotParking;

/* The page is not silent, or cannot even be parked: it has to go. Once; may free the parking. */
typedef void (*ShotParkingNoisy) (const char *reason, bool is_parked, void *user_data);

/* (transfer full) */
ShotParking *shot_parking_new  (WebKitWebView *view, ShotParkingNoisy noisy_cb, void *user_data);
void         shot_parking_free (ShotParking *self); /* no callback follows; accepts NULL */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotParking, shot_parking_free)

G_END_DECLS
