#!/bin/sh
# SPDX-License-Identifier: MIT
# apart.sh COMMAND...: runs it where there is no network, and where python3 is not, as
# far as this system lets a user make such a place.
set -eu
python=$(realpath "$(command -v python3)")
apart="unshare --net --mount"
[ "$(id -u)" = 0 ] || apart="$apart --map-root-user"
if $apart mount --bind /dev/null "$python" 2>/dev/null; then
	# shellcheck disable=SC2016 # another shell's
	exec $apart sh -c 'mount --bind /dev/null "$0" && exec "$@"' "$python" "$@"
fi
echo "with network and Python, which this system does not let us leave behind"
exec "$@"
