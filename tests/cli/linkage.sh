#!/bin/sh
# linkage.sh: no page and no toolkit can take the front down, because it has none
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/tap.sh"

run ldd "$PANELSHOT"
expect_status 0 "ldd"
for library in libgtk libgdk libwebkit libjavascriptcore libwayland; do
  expect "no $library" sh -c "! grep -qi $library '$dir/stdout'"
done
finish
