#!/bin/bash
# SPDX-License-Identifier: MIT
# i386.sh SOURCE WORK COMPILER GENERATOR SIMHOST PROGRAM: library and vmguest-execd for
# 32-bit x86 say what PROGRAM, which is for 64 bits, says of the same host. The plugin is
# compiled where collectd's headers are; there is no collectd to load it.
set -euo pipefail
source=$1
work=$2
compiler=$3
generator=$4
simhost=$5
program=$6

fail()
{
	echo "FAILED: $*" >&2
	exit 1
}

rm -rf "$work"
mkdir -p "$work"
if ! "$compiler" -m32 -x c -o "$work/empty" - <<<'#include <stdio.h>
int main(void) { return puts("") < 0; }' 2>"$work/log"; then
	echo "SKIPPED: $compiler -m32 does not link here (Debian: gcc-multilib)"
	exit 77
fi
"$work/empty" >"$work/log" 2>&1 || { echo "SKIPPED: this system runs no 32-bit programs"; exit 77; }
plugin=OFF
[ ! -e /usr/include/collectd/core/daemon/plugin.h ] || plugin=ON
cmake -S "$source" -B "$work/build" -G "$generator" -DCMAKE_C_COMPILER="$compiler" \
	-DCMAKE_C_FLAGS=-m32 -DVMG_PLUGIN=$plugin -DVMG_JSON=OFF -DVMG_SIMHOST=OFF \
	-DBUILD_TESTING=OFF -DVMG_WERROR=ON >"$work/log" 2>&1 || { cat "$work/log"; fail "configure"; }
cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; fail "build"; }

# A path that is longer than what goes by words: both ports are used.
cat >"$work/scenario.json" <<-'END'
	{ "version": 1, "fixed": { "cpuUsedMs": 4294967297,
	  "elapsedMs": 9007199254740993, "cpuStolenMs": 7, "hostCpuUsedMs": 18446744073709551614,
	  "resourcePoolPath": "/a/path/that/is/as/long/as/those/of/large/clusters/are" } }
END

# say PROGRAM: without how long the reading took.
say()
{
	"$simhost" --scenario "$work/scenario.json" -- "$1" --once --resource-pool --vcpus 4 \
		2>"$work/log" | sed 's/read_seconds=[-+.e0-9]*/read_seconds/'
}
here=$(say "$program") || { cat "$work/log"; echo 'SKIPPED: no simulated host here'; exit 77; }
there=$(say "$work/build/contrib/execd/vmguest-execd") || fail "$(cat "$work/log")"
[[ $here = *used_ms=4294967297i* ]] || fail "not the host's: $here"
[ "$here" = "$there" ] || fail "on x86_64: $here; on i386: $there"
