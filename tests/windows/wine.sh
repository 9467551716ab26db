#!/bin/bash
# SPDX-License-Identifier: MIT
# wine.sh start|stop WORK WINE
# wine.sh run WORK WINE COMMAND ARGUMENT...: a command in which 'wine' is a program that
# runs those of Windows.
# contrib/check unpacks wine in the folder WINE, and what wine itself writes for a new user,
# some 600 MB, is made there once, in made/. All else that it writes is in WORK, but for its
# socket: nothing installed, no display. 'start' leaves a server running, outside the
# simulated host, which would wait for its end; 'stop' ends it.
#
# Each start is inside a limit of processes: where wine lacks a library that it loads for
# windows, every process starts one more that fails and does the same.
set -euo pipefail
what=$1
work=$2
wine=$3/usr/lib/wine
made=$3/made
libz=$3/usr/x86_64-w64-mingw32/lib/zlib1.dll
shift 3

# Threads count, too: eight tests at once came to 104, and with Telegraf to more than 120.
processes=400
group=vmguest-wine-$(printf %s "$work" | cksum | cut -d ' ' -f 1)

export WINELOADER=$wine/wine64 WINESERVER=$wine/wineserver64 WINEPREFIX=$work/prefix
export WINEARCH=win64
libraries=
if [ -x "$wine/wineserver32" ]; then
	# What is for 64 bits passes over these libraries.
	libraries=${wine%/wine}/i386-linux-gnu
	export LD_LIBRARY_PATH=$libraries:${wine%/usr/lib/wine}/lib/i386-linux-gnu
	export WINELOADER=$wine/wine WINESERVER=$wine/wineserver32 WINEARCH=win32
	libz=${libz/x86_64/i686}
fi
export WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' HOME=$work/home
# By it arguments become UTF-16.
export LC_ALL=C.UTF-8
# Debian's wine 10 aborts where there is a TMPDIR.
unset DISPLAY WAYLAND_DISPLAY TMPDIR

skip()
{
	echo "SKIPPED: $*"
	exit 77
}

# The folder of this process's groups whose 'pids' are counted: version 1, then 2.
groups()
{
	local path

	path=$(sed -n 's/^[0-9]*:pids://p' /proc/self/cgroup)
	if [ -n "$path" ]; then
		echo "/sys/fs/cgroup/pids$path"
	else
		echo "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)"
	fi
}

# Limits this process and its children. The limit of a user does not bind root.
limit()
{
	local folder

	if [ "$(id -u)" != 0 ]; then
		ulimit -S -u $(($(ps -L --no-headers -u "$(id -u)" | wc -l) + processes))
		return
	fi
	folder=$(groups)
	folder=${folder%/"$group"}/$group
	mkdir -p "$folder" 2>/dev/null &&
		echo $processes >"$folder/pids.max" 2>/dev/null &&
		echo $$ >"$folder/cgroup.procs" 2>/dev/null ||
		skip "the number of processes cannot be limited here (cgroup pids)"
}

# make FOLDER
make()
{
	local HOME=$1/home WINEPREFIX=$1/prefix

	rm -rf "$1"
	mkdir -p "$HOME" "$WINEPREFIX"
	"$WINESERVER" -p >"$1/log" 2>&1
	# Without the 32-bit half its status is 1.
	timeout 100 "$WINELOADER" wineboot --init >>"$1/log" 2>&1 || true
	"$WINESERVER" -k || true
	"$WINESERVER" -w
	[ -e "$WINEPREFIX/drive_c/windows/system32/kernel32.dll" ] || {
		cat "$1/log"
		exit 1
	}
	# Consoles want it, and do not look for it elsewhere.
	cp "$libz" "$WINEPREFIX/drive_c/windows/system32/"
}

# What is made becomes that of this build: links to the same files, but for those that wine
# writes again.
take()
{
	cp -al "$made/prefix" "$WINEPREFIX" 2>/dev/null || {
		rm -rf "$WINEPREFIX"
		cp -a "$made/prefix" "$WINEPREFIX"
	}
	cp --remove-destination "$made/prefix"/*.reg "$WINEPREFIX"
	find "$WINEPREFIX/drive_c/users" -type l -lname '*/home' -exec ln -sfn "$HOME" {} \;
}

case $what in
start)
	[ -x "$WINELOADER" ] || skip "wine for this machine is not here; contrib/check unpacks what there is"
	"$WINELOADER" --version >/dev/null 2>&1 || skip "this system runs no 32-bit programs"
	[ -e "$libraries/libfontconfig.so.1" ] ||
		ldconfig -p | grep libfontconfig.so.1 >/dev/null ||
		skip "wine needs libfontconfig1"
	# One that was left behind would go on without its files, and count.
	[ ! -d "$WINEPREFIX" ] || "$WINESERVER" -k || true
	rm -rf "$work"
	mkdir -p "$work/bin" "$work/home"
	printf '#!/bin/sh\nexec "$WINELOADER" "$@"\n' >"$work/bin/wine"
	chmod +x "$work/bin/wine"
	limit
	if [ ! -d "$made" ]; then
		make "$made.new"
		mv -T "$made.new" "$made"
	fi
	take
	"$WINESERVER" -p >"$work/server.log" 2>&1
	# Every test runs where people write 1,5.
	"$WINELOADER" reg add 'HKCU\Control Panel\International' /f /v sDecimal /d , \
		>"$work/start.log" 2>&1 ;;
stop)
	[ ! -d "$WINEPREFIX" ] || "$WINESERVER" -k || true
	rmdir "$(groups)/$group" 2>/dev/null || true ;;
run)
	[ -d "$WINEPREFIX" ] || skip "wine for this machine is not here"
	limit
	PATH=$work/bin:$PATH exec "$@" ;;
esac
