#!/bin/bash
# SPDX-License-Identifier: MIT
# packages.sh TREE WORK SIMHOST EXECD STAT VERSION [COLLECTD-OPTION...]: the source
# package builds without git, network and Python, and gives itself again; the static
# programs of it need nothing of the system, and say what the other builds say, EXECD,
# STAT and collectd's plugin.
set -euo pipefail
tree=$1 work=$2 simhost=$3 execd=$4 stat=$5 version=$6
shift 6
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")

fail()
{
	echo "FAILED: $*"
	exit 1
}

command -v musl-gcc >/dev/null || {
	echo "SKIPPED: no musl-gcc (Debian: musl-tools)"
	exit 77
}
[ -e "$tree/build/deps/yajl/complete" ] || {
	echo "SKIPPED: yajl's source is not here; contrib/check puts it in build/deps/yajl"
	exit 77
}
rm -rf "$work"
mkdir -p "$work"
"$tree/contrib/package" source static
cd "$work"
source=$tree/build/packages/vmguest-$version.tar.gz
static=$tree/build/packages/vmguest-$version-linux-x86_64.tar.gz
(cd "$tree/build/packages" && sha256sum -c "${source##*/}.sha256" "${static##*/}.sha256")
tar -xzf "$source"
chmod -R go= "vmguest-$version"

cd "vmguest-$version"
mkdir build
ln -s "$tree/build/deps" build
# By somebody far away, who lets nobody else read.
(umask 077 && TZ=Pacific/Auckland \
	"$here/apart.sh" contrib/package source static)
for package in "$source" "$static"; do
	cmp "$package" "build/packages/${package##*/}" ||
		fail "${package##*/}, made of the source package, is another"
done
! setarch i686 contrib/package static >"$work/refused" 2>&1 ||
	fail "it makes packages for another machine"
grep "this is i686" "$work/refused"

tar -C "$work" -xzf "$static"
folder=$work/vmguest-$version-linux-x86_64
for program in "$folder"/bin/*; do
	if readelf -lW "$program" | grep INTERP; then
		fail "$program needs a loader"
	fi
	if grep -q "$work" "$program"; then
		fail "$program names the folder that it was built in"
	fi
	[ -s "$folder/share/man/man1/${program##*/}.1" ] || fail "$program has no manual"
done
for licence in LICENSE LICENSE.musl LICENSE.yajl; do
	[ -s "$folder/$licence" ] || fail "$licence is missing"
done

# In a system where there is nothing else.
mkdir "$work/empty"
cp -r "$folder/bin" "$work/empty"
inside=(chroot "$work/empty")
if [ "$(id -u)" != 0 ]; then
	inside=(unshare --map-root-user --root="$work/empty")
fi
if "${inside[@]}" vmguest-execd --version; then
	"$here/same.sh" "$simhost" "$execd" "$stat" "${inside[@]}"
else
	"$here/same.sh" "$simhost" "$execd" "$stat" env "PATH=$folder/bin"
fi

for case in help_and_version_are_told each_newline_is_one_batch; do
	echo "$case"
	python3 -B "$tree/tests/execd/execd_test.py" "$case" \
		--program "$folder/bin/vmguest-execd" --simhost "$simhost" \
		--version "$version" --manual "$folder/share/man/man1/vmguest-execd.1" \
		--work "$work/$case" --deps "$work"
done
# collectd's plugin, and its exec plugin by the static program: value by value.
[ $# = 0 ] || python3 -B "$tree/tests/daemons/collectd_test.py" exec_plugin_says_the_same \
	--program "$folder/bin/vmguest-execd" --simhost "$simhost" --version "$version" \
	--work "$work/collectd" --conf "$tree/collectd.conf.d" "$@"
