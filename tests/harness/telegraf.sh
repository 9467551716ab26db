#!/bin/bash
# SPDX-License-Identifier: MIT
# telegraf.sh CONTRIB WORK: when Telegraf is built, by a Go that only says so.
set -euo pipefail
contrib=$1
work=$2

rm -rf "$work"
mkdir -p "$work/bin"
cat >"$work/bin/go" <<'END'
#!/bin/sh
case $1:$2 in
env:GOVERSION) echo go99.9.9 ;;
env:*) echo local ;;
install:*) echo "$*" >>"$GOBIN/builds"; : >"$GOBIN/telegraf"; chmod +x "$GOBIN/telegraf" ;;
esac
END
chmod +x "$work/bin/go"
# Where a Telegraf that is installed is not.
for name in cat chmod head mkdir sed sh sleep sort tail; do
	ln -s "$(type -P $name)" "$work/bin/$name"
done
PATH=$work/bin
# shellcheck source=contrib/execd/telegraf.sh
. "$contrib/execd/telegraf.sh"

# A caller's function is no program.
telegraf() { return 0; }

# builds COUNT WHEN
builds()
{
	local lines=()

	telegraf_get "$work/place" "$work/log"
	[ "$telegraf" = "$work/place/telegraf" ] || { echo "$2: it is $telegraf"; exit 1; }
	mapfile -t lines <"$work/place/builds"
	[ ${#lines[@]} = "$1" ] || { echo "$2: built ${#lines[@]} times"; exit 1; }
}

builds 1 "not there"
builds 1 "there"
echo "another module, other plugins" >"$work/place/built"
builds 2 "of other plugins"
builds 2 "there again"
: >"$work/bin/telegraf"
chmod +x "$work/bin/telegraf"
telegraf_get "$work/place" "$work/log"
[ "$telegraf" = "$work/bin/telegraf" ] || { echo "installed: it is $telegraf"; exit 1; }
