/* manual.h: help, sample file and man page, all from the table of settings
 *
 * All return new texts. (transfer full)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "settings.h"

G_BEGIN_DECLS

/* The important ones, one a line: fits a screen. */
char *shot_manual_make_help (const ShotSetting *table);

/* All of them, with every name. */
char *shot_manual_make_full_help (const ShotSetting *table);

/* A panelshot.yaml with every setting in a comment. */
char *shot_manual_make_sample (const ShotSetting *table);

/* panelshot(1) in roff. */
char *shot_manual_make_page (const ShotSetting *table);

G_END_DECLS
