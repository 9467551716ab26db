#!/bin/bash
# SPDX-License-Identifier: MIT
# same.sh SIMHOST EXECD STAT COMMAND...: the programs that 'COMMAND... vmguest-execd' and
# 'COMMAND... vmguest-stat' run say what EXECD and STAT say of the same host, in every
# format. What no two readings share is left out.
set -euo pipefail
simhost=$1 execd=$2 stat=$3
shift 3
here=$(dirname "${BASH_SOURCE[0]}")

fail()
{
	echo "FAILED: $*"
	exit 1
}

# say COMMAND...
say()
{
	"$simhost" --scenario "$here/same.json" -- "$@" 2>/dev/null | sed -E '
		/read_seconds|duration-read/d
		s/(,"?read_seconds"?[=:])[-+.e0-9]*//
		s/"time":"[^"]*",//
		s/"contention_percent":[0-9.]*,//
		s/ [0-9]{19}$//
		s/^([^ ]+ [^ ]+) [0-9]{10}$/\1/
		s/ [0-9]{10}\.[0-9]{3}:/ N:/'
}

# same WHAT PROGRAM ARGUMENT...
same()
{
	local what=$1 program=$2 ours theirs
	shift 2

	ours=$(say "${!program}" --vcpus 4 "$@")
	theirs=$(say "${prefix[@]}" "vmguest-$program" --vcpus 4 "$@")
	[[ $ours =~ 42424\.?242|used_percent ]] ||
		fail "$what: not the host's: $ours"
	diff <(echo "$ours") <(echo "$theirs") || fail "$what: it is not the same"
}

prefix=("$@")
for format in influx json prometheus graphite putval; do
	same $format execd --once --format $format
done
same vmguest-stat stat --json 1 1
echo "the same in every format"
