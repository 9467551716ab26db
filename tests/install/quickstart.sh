#!/bin/bash
# SPDX-License-Identifier: MIT
# quickstart.sh TREE BUILD: contrib/quickstart with a build that is there already.
set -euo pipefail
tree=$1
build=$2
here=$(dirname "${BASH_SOURCE[0]}")
out=$build/tests/install/quickstart.out
run=$build/quickstart/run
copy=$(realpath "$build")/tests/install/quickstart.tree
quickstart=("$tree/contrib/quickstart" --build "$build" --scenario "$here/quickstart.json")

fail()
{
	echo "FAILED: $*" >&2
	cat "$out" >&2
	exit 1
}

# running [FOLDER]: the daemons of this run and no others, since they work in its folder.
running()
{
	local folder=${1-$run}
	# Other processes come and go meanwhile: find's status is of no use.
	{ find /proc -maxdepth 2 -name cwd -lname "${folder//[*?[\\]/\\&}" 2>/dev/null || :; } |
		cut -d/ -f3
}

# poll SECONDS COMMAND...
poll()
{
	local tries=$(($1 * 10))
	shift
	until "$@"; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.1
	done
}

ended() { [ -z "$(running "$@")" ]; }
shown() { grep -q '^---- after' "$out"; }
expect() { grep -Eq -e "$1" "$out" || fail "not shown: $1"; }

# By what was recorded on the same host beside the daemon, until a moment ago.
explained()
{
	expect '^vmguest-demo, .*: [0-9]+ readings by the host'
	expect '^NOTE  CPU denied: 20\.[0-9] % of 3 vCPUs'
	expect '^Memory reclaimed: 1024 MiB\. Moves: 1\.'
	expect '^recording +/.*/recordings$'
}

cleanup()
{
	local pids
	pids="$(running) $(running "$copy")"
	# shellcheck disable=SC2086 # a list of numbers
	[ "$pids" = " " ] || kill -KILL $pids 2>/dev/null || :
}
trap cleanup EXIT

PATH=$PATH:/usr/sbin:/sbin
if ! command -v collectd >/dev/null; then
	echo "SKIPPED: collectd is not installed"
	exit 77
fi
status=0
"$build/contrib/simhost/vmguest-simhost" -- true || status=$?
case $status in
3) echo "SKIPPED: tracing is forbidden here"; exit 77 ;;
4) echo "SKIPPED: this is a VMware guest"; exit 77 ;;
esac

# What it does not know, it names.
for wrong in --nonsense "--seconds 4" "--seconds x" "--scenario nonsense" --scenario \
	"--build /nonsense" "--scenario /nonsense.json"; do
	status=0
	# shellcheck disable=SC2086 # an option and its value
	"$tree/contrib/quickstart" $wrong >"$out" 2>&1 || status=$?
	[ $status = 2 ] || fail "$wrong ends with $status"
	expect "^quickstart: .*${wrong%% *}"
done

# A build that is ended leaves no compiler. Nothing is compiled here, nor installed.
rm -rf "$copy"
mkdir -p "$copy/contrib" "$copy/bin"
cp "$tree/contrib/quickstart" "$tree/contrib/packages.sh" "$copy/contrib"
printf '#!/bin/sh\necho installed\n' >"$copy/bin/dpkg-query"
printf '#!/bin/sh\nsleep 600 &\ntouch compiles\nwait\n' >"$copy/bin/cmake"
chmod +x "$copy/bin/"*
for number in INT TERM HUP; do
	rm -f "$copy/compiles"
	PATH=$copy/bin:$PATH env --default-signal=INT "$copy/contrib/quickstart" \
		>"$out" 2>&1 </dev/null &
	pid=$!
	poll 30 test -e "$copy/compiles" || fail "nothing is built"
	kill -$number $pid
	poll 10 ended "$copy" || fail "left building after SIG$number: $(running "$copy")"
	status=0
	wait $pid || status=$?
	[ $status -gt 128 ] || fail "its build ends with $status after SIG$number"
done

# The whole of it, in a scenario with comments.
"${quickstart[@]}" --seconds 16 >"$out" 2>&1 </dev/null || fail "it ends with $?"
expect 'simulated host, scenario "quickstart.json"'
expect 'a balloon and a move within seconds'
expect '^CPU .*|  CPU'
expect ' stolen +20\.0 %'
expect ' used +50\.0 %'
expect ' virtual CPUs +3'
expect ' processor speed +2\.59 GHz'
expect ' balloon target +1\.00 GiB'
expect ' ballooned share +25\.0 %'
expect ' up +yes'
expect '^ +[0-9]+ s  The balloon inflates'
expect '^ +[0-9]+ s  The balloon has reached its size \(at 1\.00 GiB\)'
expect '^ +[0-9]+ s  Session changed from 0x[0-9a-f]{16} to 0x[0-9a-f]{16}'
expect '^ +[0-9]+ s  failure: percent-cpu_stolen is 20\.0, above 10'
explained
expect "^install +sudo cmake --install '?/"
expect '^ +/.*/collectd\.conf\.d/vmguest\.conf$'
expect '^read on +/.*/README\.md$'
ended || fail "left running: $(running)"
[ -s "$run/collectd.log" ] || fail "no log where it was promised"

# The same from vmguest-execd, alone and through Telegraf where it is there.
viewer()
{
	(cd "$tree" && python3 -B contrib/viewer --build "$(realpath "$build")" \
		--work "$(realpath "$build")/quickstart" --seconds "$1" --scenario "$2" \
		--source "$3" --telegraf "${4-}") >"$out" 2>&1 </dev/null ||
		fail "$3 ${4-} ends with $?"
}
telegraf=$(command -v telegraf || echo "$tree/build/deps/telegraf/telegraf")
for with in "" "$telegraf"; do
	if [ -n "$with" ] && [ ! -x "$with" ]; then
		echo "without Telegraf, which is not here"
		continue
	fi
	if [ -x "$build/contrib/execd/vmguest-execd" ]; then
		viewer 14 "$here/quickstart.json" execd "$with"
		expect 'a balloon and a move within seconds'
		expect '^vmguest_cpu,host=vmguest-demo .*used_percent='
		expect ' stolen +20\.0 %'
		expect ' virtual CPUs +3'
		expect ' ballooned share +25\.0 %'
		expect '^ +[0-9]+ s  The balloon has reached its size \(at 1\.00 GiB\)'
		expect '^ +[0-9]+ s  Session changed from 0x[0-9a-f]{16} to 0x[0-9a-f]{16}'
		explained
		ended "$build/quickstart/telegraf" || fail "left running"
	fi
done

# More than all of the vCPUs is a wrong number of them, and no number to show.
over=$(realpath "$build")/tests/install/over.json
echo '{"load": [{"used": 0.9, "stolen": 0.36}]}' >"$over"
viewer 5 "$over" collectd
expect '^NOTE  Used and stolen time do not fit the vCPUs: 126\.[0-9] %'
expect '^  stolen +\?'

# Each way to end it early leaves nothing behind.
for number in INT TERM HUP; do
	: >"$out"
	# A background job of a script ignores INT; env gives it back.
	env --default-signal=INT "${quickstart[@]}" --seconds 600 >"$out" 2>&1 </dev/null &
	pid=$!
	poll 30 shown || fail "nothing is shown"
	kill -$number $pid
	status=0
	wait $pid || status=$?
	case $number:$status in
	INT:0) expect '== What it means' ;;
	INT:* | *:0) fail "it ends with $status after SIG$number" ;;
	esac
	ended || fail "left running after SIG$number: $(running)"
done

# So does a reader that stops reading.
"${quickstart[@]}" --seconds 600 2>"$out" </dev/null | head -n 12 >/dev/null
poll 30 ended || fail "left running after its output was closed: $(running)"
[ ! -s "$out" ] || fail "a closed output is no error"

# --keep leaves it, prints how to query and how to stop it, and protects its folder.
"${quickstart[@]}" --seconds 5 --keep >"$out" 2>&1 </dev/null || fail "--keep ends with $?"
[ -n "$(running)" ] || fail "--keep left nothing running"
query=$(sed -n 's/^query  //p' "$out")
poll 10 eval "$query | grep -q vmguest-demo/vmguest-vm/gauge-up" || fail "no value: $query"
stop=$(sed -n 's/^stop   //p' "$out")
if "${quickstart[@]}" --seconds 5 >"$out" 2>&1 </dev/null; then
	fail "a second one took the folder of the first"
fi
expect "end it: $stop"
eval "$stop"
poll 20 ended || fail "left running after $stop: $(running)"
echo "quickstart: as promised"
