#!/bin/sh
# SPDX-License-Identifier: MIT
# preload.sh HOST GUEST PROGRAM SCENARIO TOOL: the host inside a process that TOOL (none,
# strace or gdb) starts. PROGRAM is vmguest-execd, whose probe asks in a child.
set -u
host=$(basename "$1")
guest=$2
program=$3
export VMGUEST_SCENARIO=$4
tool=$5
out=$PWD/preload.$tool.out

# The loader splits LD_PRELOAD at blanks, which this name has none of.
cd "$(dirname "$1")" || exit 99

fail()
{
	echo "FAILED: $*"
	cat "$out"
	exit 1
}

# started COMMAND...: with the host, by the tool; its status
started()
{
	case $tool in
	none)
		LD_PRELOAD=./$host "$@" >"$out" 2>&1 ;;
	strace)
		strace -f -o "$out.trace" -E "LD_PRELOAD=./$host" "$@" >"$out" 2>&1 ;;
	gdb)
		gdb -nx -batch -ex "set breakpoint pending on" -ex "break simhost_crash" \
			-ex "handle SIGSEGV nostop noprint pass" \
			-ex "set exec-wrapper env LD_PRELOAD=./$host" \
			-ex run -ex backtrace --args "$@" >"$out" 2>&1 </dev/null
		grep -q 'exited normally' "$out" ;;
	esac
}

if [ "$tool" != none ] && ! command -v "$tool" >/dev/null; then
	echo "SKIPPED: $tool is not installed"
	exit 77
fi
case $tool in
strace) strace -o /dev/null true || status=$? ;;
gdb) gdb -nx -batch -ex run --args true 2>&1 | grep -q 'exited normally' || status=$? ;;
esac
if [ -n "${status-}" ]; then
	echo "SKIPPED: tracing is forbidden here"
	exit 77
fi
LD_PRELOAD=./$host env true || status=$?
case ${status-0} in
0) ;;
3) echo "SKIPPED: seccomp filters are not allowed here"; exit 77 ;;
4) echo "SKIPPED: this is a VMware guest"; exit 77 ;;
*) fail "true ends with $status" ;;
esac

for what in version rpc threads fork exec execthread probe; do
	started "$guest" $what || fail "$what: status $?"
done
if [ -n "$program" ]; then
	started "$program" --once || fail "$program: status $?"
	grep -q 'id="0x.*up=1i' "$out" || fail "no values"
fi

# strace around vmguest-simhost is refused, with a hint.
if [ "$tool" = strace ]; then
	strace -f -o /dev/null ./vmguest-simhost -- true >"$out" 2>&1
	[ $? = 3 ] || fail "strace around vmguest-simhost"
	grep -q 'see DEBUGGING in' "$out" || fail "no hint"
fi

# A fault of the program's own ends it as ever, and can be seen in a debugger.
started "$guest" handler && fail "a crash is no success"
if [ "$tool" = gdb ]; then
	grep -q '^#.* handler_check ' "$out" || fail "no backtrace of a crash"
fi
started "$guest" foreign && fail "a fault elsewhere is no success"
exit 0
