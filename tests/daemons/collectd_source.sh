#!/bin/sh
# SPDX-License-Identifier: MIT
# collectd_source.sh WORK DEPS HEADERS CASE-OPTION...: the plugin built from collectd's own
# source, which contrib/check unpacks in DEPS, and what is said of a folder that is none.
# Of the packaged headers in HEADERS it has config.h alone, which configure makes; the
# rest of the line goes to collectd_test.py. Reads CC, GENERATOR, TREE.
set -eu
work=$1 source=$2/collectd headers=$3
shift 3

fail()
{
	echo "FAILED: $*"
	exit 1
}

# The message of a configuring that must fail.
refused()
{
	if cmake -S "$TREE" -B "$work/refused" -G "$GENERATOR" -DBUILD_TESTING=OFF \
		-DCMAKE_C_COMPILER="$CC" -DVMG_PROGRAMS=OFF -DVMG_SIMHOST=OFF \
		-DCOLLECTD_SOURCE="$work/collectd" >"$work/log" 2>&1; then
		fail "this was taken: $1"
	fi
	tr -s ' \n' '  ' <"$work/log" | grep -q "$2" || {
		cat "$work/log"
		fail "$1: not a word of '$2'"
	}
}

[ -e "$source/complete" ] || {
	echo "SKIPPED: collectd's source is not here; contrib/check puts it in build/deps/collectd"
	exit 77
}
rm -rf "$work"
mkdir -p "$work/collectd"
refused "an empty folder" "is no source tree of collectd 5: it has no src/daemon/plugin.h"
cp -r "$source/src" "$work/collectd"
refused "a tree that is not configured" "is not configured: it has no src/config.h"
cp "$headers/core/config.h" "$work/collectd/src"

cp "$work/collectd/src/daemon/plugin.h" "$work/plugin.h"
sed -i 's/plugin_get_interval/plugin_got_interval/' "$work/collectd/src/daemon/plugin.h"
refused "a plugin.h of another version" "The compiler says:.*plugin_get_interval"
mv "$work/plugin.h" "$work/collectd/src/daemon/plugin.h"

cmake -S "$TREE" -B "$work/build" -G "$GENERATOR" -DBUILD_TESTING=OFF \
	-DCMAKE_C_COMPILER="$CC" -DVMG_WERROR=ON -DVMG_PROGRAMS=OFF -DVMG_SIMHOST=OFF \
	-DCOLLECTD_SOURCE="$work/collectd" >"$work/log" 2>&1 &&
	cmake --build "$work/build" --target vmguest >>"$work/log" 2>&1 || {
	cat "$work/log"
	fail "it does not build"
}
if find "$work/build" -name '*.d' -exec grep -l "$headers" {} + ||
	{ [ -e "$work/build/.ninja_deps" ] && grep -q "$headers" "$work/build/.ninja_deps"; }
then
	fail "it was built with the packaged headers"
fi
for case in fixed_values session_change_is_notified; do
	echo "$case"
	python3 -B "$TREE/tests/daemons/collectd_test.py" "$case" \
		--plugin-dir "$work/build/plugin" --work "$work/$case" "$@"
done
