/* png-crew.h: the bands of a picture, made on several cores, handed out in their order
 *
 * Who asks for a band makes some as well. The helpers are threads that all crews of the process
 * share, at most three and one fewer than processors: many pictures at a time occupy no more. When
 * they are busy elsewhere, who asks makes all bands. How a picture is cut does not depend on them.
 * Bands wait to be asked for in a number that is limited.
 *
 * new(), next() and free() belong to one thread, which may be any.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "png-band.h"

G_BEGIN_DECLS

typedef struct ShotPngCrew ShotPngCrew;

/* @surface: borrowed and flushed; nobody may touch it until the crew is freed. */
ShotPngCrew *shot_png_crew_new (cairo_surface_t *surface, bool is_opaque);

/* Waits until no helper has the surface. */
void shot_png_crew_free (ShotPngCrew *self);

int shot_png_crew_get_n_bands (const ShotPngCrew *self);

/* As often as there are bands. (transfer full) */
ShotPngBand shot_png_crew_next (ShotPngCrew *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotPngCrew, shot_png_crew_free)

G_END_DECLS
