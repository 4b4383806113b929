/* job-private.h: limits that checking and reading a job share
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#define SHOT_JOB_MAX_HEADERS 32
#define SHOT_JOB_MAX_ALLOW 256
#define SHOT_JOB_MAX_QUIET_MS 60000
#define SHOT_JOB_MAX_PIXELS INT64_C (1000000000)
