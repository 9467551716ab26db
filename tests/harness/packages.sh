#!/bin/bash
# SPDX-License-Identifier: MIT
# packages.sh CONTRIB WORK: contrib/packages.sh on a system that has other packages than
# the one it was written on. Nothing is installed: apt and dpkg are ours.
set -euo pipefail
contrib=$1
work=$2

fail()
{
	echo "FAILED: $*" >&2
	exit 1
}

rm -rf "$work"
mkdir -p "$work/bin"
cat >"$work/bin/apt-cache" <<-'END'
	#!/bin/sh
	for name; do
		case " $KNOWN " in
		*" $name "*) printf '%s:\n  Candidate: 1.0\n' "$name" ;;
		esac
	done
	# Somebody may have stopped reading.
	exec head -c 200000 /dev/zero
END
cat >"$work/bin/apt-get" <<-'END'
	#!/bin/sh
	case " $* " in
	*" -s "*) exit 0 ;;
	*" download "*)
		for name; do
			[ ! -e "$WORK/$name.deb" ] || cp "$WORK/$name.deb" .
		done ;;
	*) echo "$*" | sed 's/.*-qq //; s/-o [^ ]* //g' >>"$WORK/done"; exit $FAILS ;;
	esac
END
printf '#!/bin/sh\nexit 1\n' >"$work/bin/dpkg-query"
printf '#!/bin/sh\necho 0\n' >"$work/bin/id"
chmod +x "$work"/bin/*
export PATH=$work/bin:$PATH WORK=$work KNOWN='' FAILS=0

# shellcheck source=contrib/packages.sh
. "$contrib/packages.sh"
packages_lists_present() { :; }

# need STATUS INSTALLED ENTRY...: how it ends, and what apt-get installs meanwhile.
need()
{
	local status=0 is wanted=$2

	: >"$work/done"
	packages_absent=()
	packages_need "$work/log" "${@:3}" >"$work/said" || status=$?
	is=$(sed -n 's/^install --yes --no-install-recommends //p' "$work/done" | sort -u)
	[ "$status:$is" = "$1:$wanted" ] ||
		fail "${*:3}: status $status, installed '$is': $(cat "$work/said")"
}

KNOWN="one two-t64 collectd-core" FAILS=0
need 0 "one two-t64" one 'two|two-t64' sh=sh
[ ! -s "$work/log" ] || fail "$(cat "$work/log")"
need 1 "one" none one
grep -qx 'This system has no package none.' "$work/said" || fail "$(cat "$work/said")"
[ "${packages_absent[*]}" = none ] || fail "absent: ${packages_absent[*]}"
need 1 "" 'none|nowhere=nothing'
! grep -q 'apt-get' "$work/said" || fail "a line that must fail: $(cat "$work/said")"
FAILS=1
need 1 "one" none one
grep -qx ' *apt-get install --no-install-recommends one' "$work/said" ||
	fail "$(cat "$work/said")"

# Without the half of it there is no collectd; with all of it, it could be installed.
status=0
PATH=$work/bin:/bin packages_need_collectd "$work/log" >"$work/said" || status=$?
[ $status = 2 ] || fail "no collectd-dev: $status: $(cat "$work/said")"
KNOWN="collectd-core collectd-dev collectd-utils"
status=0
packages_installed() { false; }
packages_need_collectd "$work/log" >"$work/said" || status=$?
[ $status = 1 ] || fail "collectd that cannot be installed: $status"

# Where there is none, quickstart builds without the plugin and shows the program.
mkdir -p "$work/tree/contrib"
cp -r "$contrib"/{quickstart,packages.sh,simhost} "$work/tree/contrib"
for program in cmake python3 gcc pkg-config ninja; do
	printf '#!/bin/sh\necho %s "$@" >>"$WORK/run"\n' $program >"$work/bin/$program"
done
chmod +x "$work"/bin/*
mkdir "$work/lists"
sed -i "s|/var/lib/apt/lists/|$work/lists/|" "$work/tree/contrib/packages.sh"
touch "$work/lists/all_Packages"
printf '#!/bin/sh\ncase "$*" in *libc6-dev|*libyajl-dev) echo installed ;; esac\n' \
	>"$work/bin/dpkg-query"
KNOWN=collectd-utils PATH=$work/bin:/bin "$work/tree/contrib/quickstart" >"$work/said" 2>&1 ||
	fail "no collectd: $(cat "$work/said")"
grep -q 'has no package .*collectd-dev\.$' "$work/said" ||
	fail "collectd is not named: $(cat "$work/said")"
grep -q '^cmake .*-DVMG_PLUGIN=OFF' "$work/run" || fail "the plugin is built"
grep -q '^python3 .*--source execd' "$work/run" || fail "the program is not shown"
rm -r "$work/bin"/{cmake,python3,gcc,pkg-config,ninja} "$work/tree"
printf '#!/bin/sh\nexit 1\n' >"$work/bin/dpkg-query"

if ! command -v dpkg-deb >/dev/null; then
	echo "SKIPPED: dpkg-deb is not here (Debian: dpkg)"
	exit 77
fi
# What is unpacked finds its own parts.
mkdir -p "$work/tree/DEBIAN" "$work/tree/etc" "$work/tree/usr/it's lib"
printf 'Package: one\nVersion: 1\nArchitecture: all\nMaintainer: x <x@y>\nDescription: x\n' \
	>"$work/tree/DEBIAN/control"
echo inside >"$work/tree/etc/vmguest-test"
ln -s /etc/vmguest-test "$work/tree/usr/it's lib/link"
ln -s /nowhere "$work/tree/usr/dangling"
dpkg-deb --root-owner-group -b "$work/tree" "$work/one.deb" >/dev/null
KNOWN=one
packages_absent=()
packages_unpack "$work/deps" it "$work/log" 'none|one' || fail "$(cat "$work/log")"
[ "$(cat "$work/deps/it/usr/it's lib/link")" = inside ] || fail "a link leads out"
[ "$(readlink "$work/deps/it/usr/dangling")" = /nowhere ] || fail "a link has changed"
! packages_unpack "$work/deps" other "$work/log" none >"$work/said" ||
	fail "what does not exist was unpacked"
[ "${packages_absent[*]}" = "none build/deps/other" ] ||
	fail "absent: ${packages_absent[*]}"
echo "installed and named as it should be"
