#!/bin/bash
# SPDX-License-Identifier: MIT
# on.sh SUITE TREE WORK [CHECK-OPTION...]: both commands of the README, in a minimal
# system of that release of Debian, on a fresh clone of TREE; between them the plugin as it
# is built on this machine, in the collectd there. The last line is the one of
# contrib/check. For contrib/check --on: takes as long as contrib/check, and downloads.
set -euo pipefail
suite=$1 tree=$2 work=$3
shift 3
root=$work/$suite

fail()
{
	echo "FAILED: $*"
	exit 1
}

skip()
{
	echo "SKIPPED: $*"
	exit 77
}

# inside COMMAND...: as a newcomer's first login would run it; nothing outlives it. A
# root of its own, since some of the tests may not be done in a chroot.
inside()
{
	# shellcheck disable=SC2016 # the inner shell's
	unshare --mount --pid --fork --kill-child sh -euc '
		mount --bind "$0" "$0"
		cd "$0"
		mount -t proc proc proc
		mount --rbind /sys sys
		mount --rbind /dev dev
		pivot_root . .
		umount -l .
		exec env -i -C /srv/vmguest HOME=/root LANG=C.UTF-8 \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"' \
		"$root" "$@" </dev/null
}

[ "$(id -u)" = 0 ] || skip "only root can make a system"
command -v debootstrap >/dev/null || skip "no debootstrap"
unshare --mount --pid --fork true || skip "namespaces are not allowed"
rm -rf "$root"
mkdir -p "$root" "$work/archives"
# One that is too new for this debootstrap is made as the newest is.
script=/usr/share/debootstrap/scripts/$suite
[ -e "$script" ] || script=${script%/*}/sid
debootstrap --variant=minbase --include=ca-certificates --cache-dir="$work/archives" \
	"$suite" "$root" "" "$script" >"$work/$suite.log" 2>&1 || {
	tail -n 5 "$work/$suite.log"
	skip "debootstrap cannot make a system here"
}
# What this machine trusts, that one does.
cp /etc/resolv.conf "$root/etc/"
find /usr/local/share/ca-certificates -name '*.crt' \
	-exec cp -t "$root/usr/local/share/ca-certificates" {} + 2>/dev/null || :
git clone -q "$tree" "$root/srv/vmguest"
inside update-ca-certificates >>"$work/$suite.log" 2>&1

inside contrib/quickstart --seconds 20

there=build/quickstart/tree
if [ ! -d "$root/srv/vmguest/$there/plugin" ]; then
	echo "No plugin was built there: this machine's is not tried."
elif rm -rf "$work/here" && cmake -S "$tree" -B "$work/here" -DBUILD_TESTING=OFF -DVMG_SIMHOST=OFF \
	-DVMG_PROGRAMS=OFF -DCMAKE_BUILD_RPATH_USE_ORIGIN=ON >>"$work/$suite.log" 2>&1 &&
	cmake --build "$work/here" >>"$work/$suite.log" 2>&1
then
	cp "$work/here/plugin/vmguest.so" "$root/srv/vmguest/$there/plugin"
	cp -P "$work/here/libcore/"libvmGuestLib.so* "$root/srv/vmguest/$there/libcore"
	inside contrib/quickstart --build "$there" --seconds 5 >"$work/$suite.plugin"
	grep -E '^ .* up  +yes' "$work/$suite.plugin" || fail "this machine's plugin does not run there"
	rm -rf "$root/srv/vmguest/build"
else
	echo "This machine's plugin is not tried: it does not build."
fi
inside contrib/check "$@"
