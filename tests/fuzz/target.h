/* target.h: what a fuzz target is
 *
 * A target feeds arbitrary bytes to one parser and asserts what holds for every input. It keeps
 * nothing between two calls.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The name is libFuzzer's. Returns 0. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);
