#!/bin/sh
# SPDX-License-Identifier: MIT
# manuals.sh TREE MANDOC: every manual page of the tree, without a warning.
set -eu
tree=$1
mandoc=${2:-}
if [ ! -x "$mandoc" ]; then
	echo "SKIPPED: mandoc is not installed"
	exit 77
fi
pages()
{
	find "$tree" \( -name build -o -name .git \) -prune -o \
		-type f -name '*.[1-8]' "$@"
}
if [ -z "$(pages -print)" ]; then
	echo "FAILED: there are no manual pages"
	exit 1
fi
# find's status is that of the command when it is run for all at once.
pages -print -exec "$mandoc" -Tlint -Wwarning {} +
