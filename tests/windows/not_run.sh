#!/bin/sh
# SPDX-License-Identifier: MIT
# not_run.sh CASE: says why a case of execd's tests cannot run on Windows.
echo "SKIPPED: not on Windows: $(sed -n "s/^$1: //p" "$(dirname "$0")/not_run.txt")"
exit 77
