#!/bin/bash
# SPDX-License-Identifier: MIT
# debs.sh TREE WORK VERSION: the Debian packages that contrib/package made, and makes once
# more elsewhere, in a minimal system of the same release: installed, also over what
# 'cmake --install' left, upgraded over a configuration that somebody edited and on a disk
# that is full, removed, purged, with nothing lost and nothing left; beside open-vm-tools.
# Takes minutes and downloads, so contrib/check runs it with --packages only.
set -euo pipefail
tree=$1 work=$2 version=$3
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
root=$work/root
conf=/etc/collectd/collectd.conf.d/vmguest.conf
mounted=()

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

# inside COMMAND...: in the system, whose root is $root.
inside()
{
	chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@" </dev/null
}

# done_quietly COMMAND...: shows what it printed if it fails.
done_quietly()
{
	"$@" >"$work/log" 2>&1 || {
		tail -n 20 "$work/log"
		return 1
	}
}

# mounts FOLDER ARGUMENT...: until the end.
mounts()
{
	mount "${@:2}" "$1"
	mounted=("$1" "${mounted[@]}")
}

unmount()
{
	[ ${#mounted[@]} = 0 ] || umount "${mounted[@]}"
	mounted=()
}
trap unmount EXIT

# files [TEST...]: every file and folder of the system, but for the package manager's
# own, of which find's tests are true.
files()
{
	(cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev \
		-o -path ./debs -o -path ./run -o -path ./tmp -o -path ./var/lib/dpkg \
		-o -path ./var/lib/apt -o -path ./var/log -o -path ./var/cache \) -prune \
		-o "$@" -print | sort)
}

# changed FOLDER SED: other packages made of these, by what sed does to their control
# file, whose configuration has a new line.
changed()
{
	local deb folder

	mkdir -p "$root/$1" "$work/$1"
	for deb in "$root"/debs/*.deb; do
		folder=$work/$1/$(basename "$deb" .deb)
		dpkg-deb -R "$deb" "$folder"
		sed -i "$2" "$folder/DEBIAN/control"
		[ ! -e "$folder$conf" ] || echo "# a newer line" >>"$folder$conf"
		dpkg-deb -b "$folder" "$root/$1" >/dev/null
	done
}

# The same from elsewhere, by somebody who lets nobody else read, without a network.
made_again()
{
	local deb

	mkdir -p "$work/elsewhere/build"
	tar -xzf "$tree/build/packages/vmguest-$version.tar.gz" -C "$work/elsewhere" \
		--strip-components=1
	chmod -R go= "$work/elsewhere"
	(cd "$work/elsewhere" && umask 077 && TZ=Pacific/Auckland \
		"$here/apart.sh" contrib/package deb)
	for deb in "$tree"/build/packages/*.deb; do
		cmp "$deb" "$work/elsewhere/build/packages/${deb##*/}" ||
			fail "${deb##*/}, made elsewhere, is another"
	done
}

system_make()
{
	. /etc/os-release
	done_quietly debootstrap --variant=minbase "$VERSION_CODENAME" "$root" ||
		skip "debootstrap cannot make a system here"
	cp /etc/resolv.conf "$root/etc/"
	echo "exit 101" >"$root/usr/sbin/policy-rc.d"	# no daemon is started
	chmod +x "$root/usr/sbin/policy-rc.d"
	mkdir "$root/debs"
	cp "$tree"/build/packages/*.deb "$root/debs"
	# What they need, and what they must live beside.
	done_quietly inside apt-get install -qqy --no-install-recommends collectd-core \
		open-vm-tools open-vm-tools-dev libyajl2 python3-minimal python3 \
		gcc libc6-dev pkg-config || skip "packages cannot be installed there"
	[ ! -e "$root/usr/bin/systemctl" ] || echo "this system has systemd"
}

# another_machine: is refused, and why is said.
another_machine()
{
	changed other 's/^Architecture: amd64/Architecture: arm64/'
	! inside sh -c 'dpkg -i /other/*_arm64.deb' >"$work/log" 2>&1 ||
		fail "packages of another machine can be installed"
	grep -m 1 "architecture (arm64) does not match" "$work/log"
	rm -r "$root/other"
}

# cmake_install PREFIX: an older version, by hand.
cmake_install()
{
	local build=$work/by-hand${1//\//-}

	done_quietly cmake -S "$tree" -B "$build" -G Ninja -DBUILD_TESTING=OFF \
		-DCMAKE_INSTALL_PREFIX="$1" -DCOLLECTD_PLUGIN_DIR=lib/collectd ||
		fail "it cannot be configured"
	done_quietly cmake --build "$build" || fail "it cannot be built"
	DESTDIR=$root done_quietly cmake --install "$build" || fail "it cannot be installed"
	inside ldconfig
}

# cmake_uninstall PREFIX
cmake_uninstall()
{
	DESTDIR=$root done_quietly cmake --build "$work/by-hand${1//\//-}" --target uninstall ||
		fail "it cannot be uninstalled"
	inside ldconfig
}

packages_install()
{
	done_quietly inside sh -c \
		'apt-get install -qqy --no-install-recommends --reinstall /debs/*.deb' ||
		fail "they cannot be installed"
}

over_what_cmake_installed()
{
	local name

	cmake_install /usr
	echo nonsense >"$root/usr/bin/vmguest-execd"	# of a version that differs
	packages_install
	for name in $names; do
		inside dpkg -V "$name" || fail "$name is not what was installed"
	done
	inside vmguest-execd --once | grep 'up=0i' || fail "execd does not run"
	# shellcheck disable=SC2086 # a list
	done_quietly inside dpkg --purge $names || fail "they cannot be purged"
	cmake_uninstall /usr
	cmake_install /usr/local
	packages_install
	grep "programs will find /usr/local/lib/libvmGuestLib.so.0 first" "$work/log" ||
		fail "nobody says that another library is found first"
	inside /usr/bin/vmguest-execd --once | grep 'up=0i' || fail "execd does not run"
	cmake_uninstall /usr/local
	# shellcheck disable=SC2086
	done_quietly inside dpkg --purge $names || fail "they cannot be purged"
}

# What autopkgtest would do, by hand: this is the clean system that it wants.
autopkgtests()
{
	local name status

	mkdir -p "$root/tmp/source/debian"
	cp -r "$tree/tests" "$root/tmp/source"
	cp -r "$tree/contrib/packaging/debian/tests" "$root/tmp/source/debian"
	for name in $(sed -n 's/^Tests: //p' "$root/tmp/source/debian/tests/control"); do
		mkdir "$root/tmp/$name"
		status=0
		inside sh -c "cd /tmp/source && AUTOPKGTEST_TMP=/tmp/$name debian/tests/$name" ||
			status=$?
		case $status in
		0) echo "autopkgtest $name: passed" ;;
		77) echo "autopkgtest $name: no simulated host here" ;;
		*) fail "autopkgtest $name ends with $status" ;;
		esac
	done
}

# The disk is full in the middle of an upgrade: what was there works, and once there is
# room, the upgrade goes on.
full_disk()
{
	local room=$work/room whole=$root

	mkdir "$room"
	mounts "$room" -t tmpfs -o size=600k tmpfs
	mkdir "$room/upper" "$room/work" "$work/full"
	mounts "$work/full" -t overlay overlay \
		-o "lowerdir=$whole,upperdir=$room/upper,workdir=$room/work"
	root=$work/full
	! inside sh -c 'dpkg --force-confold -i /newer/*.deb' >"$work/log" 2>&1 ||
		fail "there was room for the upgrade"
	grep -m 1 "No space left on device" "$work/log" || fail "why is not said: $(cat "$work/log")"
	inside vmguest-execd --once | grep 'up=0i' || fail "execd does not run on a full disk"
	grep -qx "# edited" "$root$conf" || fail "the edited configuration is lost on a full disk"
	mount -o remount,size=100m "$room"
	upgrade
	root=$whole
	umount "$work/full" "$room"
	mounted=("${mounted[@]:2}")
}

upgrade()
{
	done_quietly inside sh -c 'dpkg --force-confold -i /newer/*.deb' ||
		fail "they cannot be upgraded"
	inside dpkg-query -W -f '${Version} ${db:Status-Status}\n' vmguest |
		grep '+newer installed' || fail "they were not upgraded"
	grep -qx "# edited" "$root$conf" || fail "the edited configuration is lost"
	! grep -qx "# a newer line" "$root$conf" || fail "the configuration was overwritten"
}

[ "$(id -u)" = 0 ] || skip "only root can make a system"
command -v debootstrap >/dev/null || skip "no debootstrap"
rm -rf --one-file-system "$work"
mkdir -p "$root"
if command -v lintian >/dev/null; then
	lintian --allow-root --display-info --pedantic \
		--fail-on error,warning,info,pedantic "$tree"/build/packages/*.deb ||
		fail "lintian has something to say"
fi
made_again
system_make
names=$(cd "$root/debs" && for deb in *.deb; do echo "${deb%%_*}"; done)
mounts "$root/proc" -t proc proc
another_machine
files ! -type d >"$work/before"	# folders that cmake made may be others' by now
over_what_cmake_installed
files ! -type d | diff "$work/before" - || fail "something is left, or lost, of two versions"
files >"$work/before"

packages_install
inside vmguest-execd --once --format json | grep '"up":0' || fail "execd does not run"
inside vmguest-simhost --version
if inside find /etc/systemd/system -name 'vmguest*' | grep .; then
	fail "a unit is enabled by installing"
fi
autopkgtests
echo "# edited" >>"$root$conf"
changed newer 's/^Version: .*/&+newer/; s/\(libvmguestlib0 (= [^)]*\)/\1+newer/'
full_disk
upgrade

# shellcheck disable=SC2086 # a list
done_quietly inside dpkg --remove $names || fail "they cannot be removed"
grep -qx "# edited" "$root$conf" || fail "removing took the configuration"
# shellcheck disable=SC2086
done_quietly inside dpkg --purge $names || fail "they cannot be purged"
rm -r "$root/newer"
files | diff "$work/before" - || fail "something is left, or lost"
echo "installed, upgraded, removed and purged: $(tr '\n' ' ' <<<"$names")"
