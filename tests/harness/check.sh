#!/bin/bash
# SPDX-License-Identifier: MIT
# check.sh CONTRIB WORK: how contrib/check counts what ctest says. Nothing is built: cmake
# and ctest are ours.
set -euo pipefail
contrib=$1
work=$2

fail()
{
	echo "FAILED: $*" >&2
	exit 1
}

rm -rf "$work"
mkdir -p "$work/bin" "$work/tests/peers"
cp -r "$contrib" "$work/contrib"
cp "$contrib/../tests/peers/clients.sh" "$work/tests/peers"
echo '#!/bin/sh' >"$work/bin/cmake"
cat >"$work/bin/ctest" <<-'END'
	#!/bin/sh
	while [ $# -gt 0 ]; do
		case $1 in
		-N) echo "Total Tests: $(grep -c '<testcase' "$JUNIT")"; exit ;;
		--output-junit) cp "$JUNIT" "$2" ;;
		esac
		shift
	done
END
chmod +x "$work"/bin/*

# said TESTS OPTION...: the last line of a run in which these tests ended so:
# run, fail, or skip:WHY.
said()
{
	local tests=$1 test
	shift

	export JUNIT=$work/junit.xml
	{
		echo '<testsuite>'
		while read -r test; do
			case $test in
			run) echo '<testcase name="t" status="run"/>' ;;
			fail) echo '<testcase name="t" status="fail"><failure/></testcase>' ;;
			skip:*)
				echo '<testcase name="t" status="notrun">'
				echo '<skipped message="SKIP_RETURN_CODE=77"/>'
				echo "<system-out>SKIPPED: ${test#skip:}</system-out></testcase>" ;;
			esac
		done <<<"$tests"
		echo '</testsuite>'
	} >"$JUNIT"
	PATH=$work/bin:$PATH "$work/contrib/check" --quick "$@" 2>&1 | tail -n 1 || :
}

# expect LINE TESTS OPTION...
expect()
{
	local is

	is=$(said "${@:2}")
	[ "$is" = "$1" ] || fail "${*:2}: $is, not: $1"
}

expect "2 passed, 0 failed" $'run\nrun'
expect "1 passed, 1 failed" $'run\nfail'
expect "1 passed, 0 failed, 1 skipped" $'run\nskip:valgrind is not here'
expect "1 passed, 1 failed" $'run\nskip:valgrind is not here' --strict
expect "1 passed, 0 failed, 1 skipped" $'run\nskip:tracing is forbidden here' --strict
expect "0 passed, 1 failed" ''
echo "counted as it should be"
