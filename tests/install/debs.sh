#!/bin/bash
# SPDX-License-Identifier: MIT
# debs.sh TREE WORK: the Debian packages, as contrib/package makes them, in a minimal
# system of the same release: installed, upgraded over a configuration that somebody
# edited, removed, purged, with nothing lost and nothing left; beside open-vm-tools.
# Takes minutes and downloads, so contrib/check runs it with --packages only.
set -euo pipefail
tree=$1 work=$2
root=$work/root
conf=/etc/collectd/collectd.conf.d/vmguest.conf

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

inside()
{
	chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@" </dev/null
}

# Every file and folder of the system, but for the package manager's own.
files()
{
	(cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev \
		-o -path ./debs -o -path ./run -o -path ./tmp -o -path ./var/lib/dpkg \
		-o -path ./var/lib/apt -o -path ./var/log -o -path ./var/cache \) -prune \
		-o -print | sort)
}

# newer: a second version of the packages, whose configuration has a new line.
newer()
{
	local deb folder

	mkdir -p "$root/newer"
	for deb in "$root"/debs/*.deb; do
		folder=$work/newer/$(basename "$deb" .deb)
		mkdir -p "$work/newer"
		dpkg-deb -R "$deb" "$folder"
		sed -i 's/^Version: .*/&+newer/; s/\(libvmguestlib0 (= [^)]*\)/\1+newer/' \
			"$folder/DEBIAN/control"
		[ ! -e "$folder$conf" ] || echo "# a newer line" >>"$folder$conf"
		dpkg-deb -b "$folder" "$root/newer" >/dev/null
	done
}

[ "$(id -u)" = 0 ] || skip "only root can make a system"
command -v debootstrap >/dev/null || skip "no debootstrap"
. /etc/os-release
rm -rf "$work"
mkdir -p "$root"
"$tree/contrib/package" deb
if command -v lintian >/dev/null; then
	lintian --allow-root --display-info --pedantic \
		--fail-on error,warning,info,pedantic "$tree"/build/packages/*.deb ||
		fail "lintian has something to say"
fi
debootstrap --variant=minbase "$VERSION_CODENAME" "$root" >"$work/debootstrap.log" 2>&1 || {
	tail -n 5 "$work/debootstrap.log"
	skip "debootstrap cannot make a system here"
}
cp /etc/resolv.conf "$root/etc/"
echo "exit 101" >"$root/usr/sbin/policy-rc.d"	# no daemon is started
chmod +x "$root/usr/sbin/policy-rc.d"
mkdir "$root/debs"
cp "$tree"/build/packages/*.deb "$root/debs"

# What they need, and what they must live beside, is there before.
inside apt-get install -qqy --no-install-recommends collectd-core open-vm-tools \
	open-vm-tools-dev libyajl2 python3-minimal python3 >"$work/apt.log" 2>&1 || {
	tail -n 5 "$work/apt.log"
	skip "packages cannot be installed there"
}
files >"$work/before"

inside sh -c 'apt-get install -qqy --no-install-recommends /debs/*.deb' >"$work/apt.log" 2>&1 || {
	tail -n 20 "$work/apt.log"
	fail "they cannot be installed"
}
inside vmguest-execd --once --format json | grep '"up":0' || fail "execd does not run"
inside vmguest-simhost --version
mount -t proc proc "$root/proc"
trap 'umount "$root/proc"' EXIT
# The system's collectd, with the configuration as it is installed.
printf 'Hostname "test"\nInclude "/etc/collectd/collectd.conf.d/*.conf"\n' >"$root/tmp/conf"
inside timeout 5 collectd -f -C /tmp/conf >"$work/collectd" 2>&1 || :
grep "vmguest [0-9.]*: statistics of the VMware host" "$work/collectd" || {
	cat "$work/collectd"
	fail "collectd does not load the plugin"
}
if inside find /etc/systemd/system -name 'vmguest*' | grep .; then
	fail "a unit is enabled by installing"
fi

echo "# edited" >>"$root$conf"
newer
inside sh -c 'dpkg --force-confold -i /newer/*.deb' >"$work/dpkg.log" 2>&1 || {
	tail -n 20 "$work/dpkg.log"
	fail "they cannot be upgraded"
}
grep -qx "# edited" "$root$conf" || fail "the edited configuration is lost"
! grep -qx "# a newer line" "$root$conf" || fail "the configuration was overwritten"

names=$(cd "$root/debs" && for deb in *.deb; do echo "${deb%%_*}"; done)
# shellcheck disable=SC2086 # a list
inside dpkg --remove $names >>"$work/dpkg.log" 2>&1
grep -qx "# edited" "$root$conf" || fail "removing took the configuration"
# shellcheck disable=SC2086
inside dpkg --purge $names >>"$work/dpkg.log" 2>&1
rm -r "$root/newer"
files | diff "$work/before" - || fail "something is left, or lost"
echo "installed, upgraded, removed and purged: $(tr '\n' ' ' <<<"$names")"
