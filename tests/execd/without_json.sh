#!/bin/sh
# SPDX-License-Identifier: MIT
# without_json.sh SOURCES WORK COMPILER GENERATOR SIMHOST VERSION HOW: a build
# without libyajl has no JSON, says so, and has all the rest. HOW it comes about:
# libyajl is "absent", or JSON is "off".
set -eu
sources=$1 work=$2 compiler=$3 generator=$4 simhost=$5 version=$6 how=$7
program=$work/build/contrib/execd/vmguest-execd

fail()
{
	echo "FAILED: $*"
	exit 1
}

rm -rf "$work"
mkdir -p "$work/none"
set -- -S "$sources" -B "$work/build" -G "$generator" \
	-DCMAKE_C_COMPILER="$compiler" -DVMG_WERROR=ON -DBUILD_TESTING=OFF \
	-DVMG_PLUGIN=OFF -DVMG_SIMHOST=OFF
case $how in
absent)	# for pkg-config, of which the build asks it
	export PKG_CONFIG_LIBDIR="$work/none" PKG_CONFIG_PATH="" ;;
off)
	set -- "$@" -DVMG_JSON=OFF ;;
esac
cmake "$@" >"$work/log" 2>&1 &&
	cmake --build "$work/build" --target vmguest-execd >>"$work/log" 2>&1 || {
	cat "$work/log"
	fail "it does not build"
}

if ldd "$program" | grep yajl; then
	fail "it is linked to libyajl"
fi
if "$program" --help | grep -i json; then
	fail "--help offers JSON"
fi
"$program" --help | grep -q "influx, prometheus, graphite, putval$" ||
	fail "--help does not list the formats"
status=0
"$program" --once --format json 2>"$work/said" || status=$?
cat "$work/said"
[ $status -eq 2 ] || fail "--format json: status $status"
grep -q "Accepted: influx, prometheus, graphite, putval; this build has no JSON: it was \
built without libyajl\.$" "$work/said" || fail "no reason was given"

for case in help_and_version_are_told each_newline_is_one_batch \
	every_statistic_has_the_hosts_number \
	names_and_types_are_those_of_the_manual \
	graphite_paths_bear_the_name_of_the_machine; do
	echo "$case"
	python3 -B "$sources/tests/execd/execd_test.py" "$case" \
		--program "$program" --simhost "$simhost" --version "$version" \
		--manual "$sources/contrib/execd/vmguest-execd.1" \
		--work "$work/$case" --deps "$work/none"
done
