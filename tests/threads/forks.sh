#!/bin/sh
# SPDX-License-Identifier: MIT
# forks.sh SIMHOST FORKS: 77 where processes cannot be traced.
count=$(mktemp) || exit 1
trap 'rm -f "$count"' EXIT
ASAN_OPTIONS=detect_leaks=0 "$1" --count="$count" --scenario=quiet -- "$2"
status=$?
case $status in
0) ;;
3 | 4)
	echo "SKIPPED: no simulated host here"
	exit 77 ;;
*) exit $status ;;
esac
cat "$count"
grep -q '"channels_open": *0[,}]*' "$count"
