#!/bin/sh
# SPDX-License-Identifier: MIT
# case.sh WORK COMMAND...: runs a test whose program needs wine, if wine was started.
if [ ! -d "$1/prefix" ]; then
	echo "SKIPPED: wine for this machine is not here"
	exit 77
fi
shift
exec "$@"
