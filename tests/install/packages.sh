#!/bin/sh
# SPDX-License-Identifier: MIT
# packages.sh TREE WORK SIMHOST VERSION [COLLECTD-OPTION...]: the source package builds
# without git, and gives itself again; the static program of it needs nothing of the
# system, and says what the other builds say.
set -eu
tree=$1 work=$2 simhost=$3 version=$4
shift 4

fail()
{
	echo "FAILED: $*"
	exit 1
}

command -v musl-gcc >/dev/null || {
	echo "SKIPPED: no musl-gcc (Debian: musl-tools)"
	exit 77
}
rm -rf "$work"
mkdir -p "$work"
"$tree/contrib/package" source
cd "$work"
package=$tree/build/packages/vmguest-$version.tar.gz
(cd "$tree/build/packages" && sha256sum -c "vmguest-$version.tar.gz.sha256")
tar -xzf "$package"

cd "vmguest-$version"
GIT_DIR=/nonexistent contrib/package source static
cmp "$package" "build/packages/vmguest-$version.tar.gz" ||
	fail "the source package of itself is another"
tar -C "$work" -xzf "build/packages/vmguest-execd-$version-linux-x86_64.tar.gz"
folder=$work/vmguest-execd-$version-linux-x86_64
program=$folder/bin/vmguest-execd
if readelf -lW "$program" | grep INTERP; then
	fail "it needs a loader"
fi
if grep -q "$work" "$program"; then
	fail "it names the folder that it was built in"
fi
[ -s "$folder/LICENSE" ] && [ -s "$folder/LICENSE.musl" ] || fail "a licence is missing"

for case in help_and_version_are_told each_newline_is_one_batch \
	every_statistic_has_the_hosts_number names_and_types_are_those_of_the_manual; do
	echo "$case"
	python3 -B "$tree/tests/execd/execd_test.py" "$case" \
		--program "$program" --simhost "$simhost" --version "$version" \
		--manual "$folder/share/man/man1/vmguest-execd.1" \
		--work "$work/$case" --deps "$work"
done
[ $# = 0 ] || python3 -B "$tree/tests/daemons/collectd_test.py" exec_plugin_says_the_same \
	--program "$program" --simhost "$simhost" --version "$version" \
	--work "$work/collectd" --conf "$tree/collectd.conf.d" "$@"
