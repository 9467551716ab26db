#!/bin/bash
# SPDX-License-Identifier: MIT
# rpms.sh TREE WORK SIMHOST EXECD STAT VERSION [COLLECTD-OPTION...]: the RPM packages that
# contrib/package made, in an empty root: for which systems they are, what they ask for,
# that they say what EXECD, STAT and collectd's plugin say, are upgraded over a
# configuration that somebody edited and on a disk that is full, leave nothing, and are the
# same when they are made elsewhere. By their specification the source package builds with
# the system's own compiler, too, and with less. Takes minutes; contrib/check runs it with
# --packages only.
set -euo pipefail
tree=$1 work=$2 simhost=$3 execd=$4 stat=$5 version=$6
shift 6
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
root=$work/root
conf=$root/etc/collectd.d/vmguest.conf
glibc=2.17	# RHEL 7; RHEL 8 has 2.28, SLES 15 has 2.31

fail()
{
	echo "FAILED: $*"
	exit 1
}

in_root()
{
	rpm --root "$root" --dbpath /var/lib/rpm "$@"
}

# Scripts would run what is not there, and nothing else that they need is there.
installed()
{
	in_root --noscripts --nodeps "$@"
}

# ours: the files in the root, but for rpm's own.
ours()
{
	find "$root" -path "$root/var" -prune -o ! -type d -printf '/%P\n' | sort
}

# older A B
older()
{
	[ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

# copy FOLDER: the tree as the source package has it, and what was fetched for it.
copy()
{
	mkdir -p "$1/build"
	tar -xzf "$tree/build/packages/vmguest-$version.tar.gz" -C "$1" --strip-components=1
	chmod -R go= "$1"
	ln -s "$tree/build/deps" "$1/build"
}

unmount()
{
	umount "$work/full" "$work/room" 2>/dev/null || :
}

# upgrade [OPTION]: over the configuration that somebody edited.
upgrade()
{
	installed -U "$@" "$work/newer"/build/packages/*.rpm
	grep -qx "# edited" "$conf" || fail "the edited configuration is lost"
	! grep -qx "# a newer line" "$conf" || fail "the configuration was overwritten"
	grep -qx "# a newer line" "$conf.rpmnew" || fail "the new configuration is not beside it"
	[ "$(in_root -q --qf '%{VERSION}' vmguest)" = 99.0.0 ] || fail "it was not upgraded"
}

# The disk is full, which rpm sees before, or if told not to look, in the middle of it:
# what was there works, and once there is room, the upgrade goes on.
full_disk()
{
	local whole=$root room=$work/room option

	mkdir "$room" "$work/full"
	mount -t tmpfs -o size=700k tmpfs "$room"
	mkdir "$room/upper" "$room/work"
	mount -t overlay overlay "$work/full" \
		-o "lowerdir=$whole,upperdir=$room/upper,workdir=$room/work"
	root=$work/full
	conf=$root/etc/collectd.d/vmguest.conf
	for option in "" --ignoresize; do
		# shellcheck disable=SC2086 # none at first
		! installed $option -U "$work/newer"/build/packages/*.rpm >"$work/log" 2>&1 ||
			fail "there was room for the upgrade"
		grep -m 1 -E "needs .* on the .* filesystem|unpacking of archive failed" "$work/log" ||
			fail "why is not said: $(cat "$work/log")"
		LD_LIBRARY_PATH=$root/usr/lib64 "$root/usr/bin/vmguest-execd" --once |
			grep 'up=0i' || fail "execd does not run on a full disk"
		grep -qx "# edited" "$conf" || fail "the edited configuration is lost"
	done
	mount -o remount,size=100m "$room"
	upgrade --replacepkgs	# some are there already
	! find "$root" -name '*;*' | grep . || fail "pieces are left"
	root=$whole
	conf=$root/etc/collectd.d/vmguest.conf
	unmount
}

unmount
rm -rf --one-file-system "$work"
mkdir -p "$root"
trap unmount EXIT
packages=("$tree"/build/packages/*.rpm)
for package in "${packages[@]}"; do
	(cd "${package%/*}" && sha256sum --quiet -c "${package##*/}.sha256")
done
if command -v rpmlint >/dev/null; then
	rpmlint -c "$tree/contrib/packaging/rpm/rpmlint.toml" "${packages[@]}" >"$work/rpmlint" ||
		:	# its last line says more than its status
	grep '0 errors, 0 warnings' "$work/rpmlint" || fail "rpmlint: $(cat "$work/rpmlint")"
fi

# What RHEL 8 reads, and what they ask for and offer.
for package in "${packages[@]}"; do
	form=$(rpm -qp --qf '%{PAYLOADCOMPRESSOR} %{FILEDIGESTALGO}' "$package")
	[ "$form" = "gzip 8" ] || fail "$package: $form, not gzip and SHA-256"
done
rpm -qp --requires "${packages[@]}" | sort -u >"$work/requires"
if grep -vE '^(collectd|python3|/bin/sh|/sbin/ldconfig|/usr/bin/(python3|pkg-config)|config\(.*|lib(c|m|pthread)\.so\.[0-9].*|libvmGuestLib\.so\.0\(\)\(64bit\)|libvmguestlib0 = .*|rpmlib\((CompressedFileNames|FileDigests|PayloadFilesHavePrefix)\).*)$' \
    "$work/requires"; then
	fail "they ask for more"
fi
if rpm -qp --provides "${packages[@]}" | grep -iE 'libguestlib|vmguest\.so|simhost-preload'; then
	fail "they offer what is VMware's, or nobody's"
fi
rpm -qp --scripts "${packages[@]}" | sed '/^[a-z]* \(scriptlet\|program\)/d' | sh -n ||
	fail "a script of theirs is none"
! setarch i686 rpm --root "$root" --dbpath /var/lib/rpm --noscripts --nodeps \
	-i "${packages[@]}" 2>"$work/refused" ||
	fail "they can be installed on another machine"
grep "different architecture" "$work/refused"

installed -i "${packages[@]}"
installed -V -a || fail "what is installed is not what was packed"
ours >"$work/files"
looked=0
while read -r file; do
	[ ! -L "$root$file" ] || continue
	[ "$(head -c 4 "$root$file" | tail -c 3)" = ELF ] || continue
	looked=$((looked + 1))
	newest=$(readelf -VW "$root$file" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
	older "${newest#GLIBC_}" $glibc || fail "$file wants $newest"
	elf=$(readelf -hlWd "$root$file")
	for want in 'Type: +DYN' GNU_RELRO 'FLAGS_1.*NOW'; do
		grep -qE "$want" <<<"$elf" || fail "$file: no $want"
	done
	! grep -q RPATH <<<"$elf" || fail "$file looks for libraries elsewhere"
	! grep -q "$tree" "$root$file" || fail "$file names the folder that it was built in"
done < <(grep -E '/bin/|\.so' "$work/files")
[ $looked -ge 6 ] || fail "only $looked programs and libraries"
echo "$looked programs and libraries want glibc $glibc at most"

export LD_LIBRARY_PATH=$root/usr/lib64
"$here/same.sh" "$simhost" "$execd" "$stat" env "PATH=$root/usr/bin"
[ $# = 0 ] || python3 -B "$tree/tests/daemons/collectd_test.py" exec_plugin_says_the_same \
	--program "$root/usr/bin/vmguest-execd" --simhost "$simhost" --version "$version" \
	--work "$work/collectd" --conf "$tree/collectd.conf.d" "$@" \
	--plugin-dir "$root/usr/lib64/collectd"
unset LD_LIBRARY_PATH

# The same from elsewhere; then a newer version, whose configuration has a new line.
copy "$work/newer"
(cd "$work/newer" && umask 077 && TZ=Pacific/Auckland contrib/package rpm)
for package in "${packages[@]}"; do
	cmp "$package" "$work/newer/build/packages/${package##*/}" ||
		fail "${package##*/}, made elsewhere, is another"
done
sed -i "s/^project(vmguest VERSION [0-9.]*/project(vmguest VERSION 99.0.0/" \
	"$work/newer/CMakeLists.txt"
echo "# a newer line" >>"$work/newer/collectd.conf.d/vmguest.conf"
"$work/newer/contrib/package" rpm
echo "# edited" >>"$conf"
full_disk
upgrade

in_root -qa --qf '%{NAME}\n' >"$work/names"
# shellcheck disable=SC2046 # a list
installed -e $(cat "$work/names")
grep -qx "# edited" "$conf.rpmsave" || fail "the edited configuration is lost"
rm "$conf.rpmsave" "$conf.rpmnew"
[ -z "$(ours)" ] || fail "left behind: $(ours)"

# As on RHEL 10, without collectd's headers and yajl.
rpmbuild -bb --nodeps --without plugin --without yajl --define "_topdir $work/rebuild" \
	--define "_dbpath $work/rebuild/db" --define "debug_package %{nil}" \
	--define "_sourcedir $tree/build/packages" "$tree/build/packages/vmguest.spec" \
	>"$work/rebuild.log" 2>&1 || fail "the source package does not build: $(tail "$work/rebuild.log")"
if ls "$work/rebuild/RPMS"/*/*.rpm | grep -E 'collectd|simhost'; then
	fail "it has what it was to leave out"
fi
if rpm -qp --requires "$work/rebuild/RPMS"/*/*.rpm | grep yajl; then
	fail "it wants yajl"
fi
echo "installed, upgraded and erased: $(tr '\n' ' ' <"$work/names")"
