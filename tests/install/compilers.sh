#!/bin/bash
# SPDX-License-Identifier: MIT
# compilers.sh TREE WORK SIMHOST EXECD STAT: all of it builds without a warning by other
# compilers and with the flags of other distributions than those of the presets, and what
# is tested without daemons passes. Takes minutes; contrib/check runs it with --packages
# only.
set -euo pipefail
tree=$1 work=$2 simhost=$3 execd=$4 stat=$5
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")

fail()
{
	echo "FAILED: $*"
	tail -n 30 "$work/log"
	exit 1
}

# build NAME CMAKE-OPTION...
build()
{
	cmake -S "$tree" -B "$work/$1" -G Ninja -DVMG_WERROR=ON "${@:2}" >"$work/log" 2>&1 ||
		fail "$1: it cannot be configured"
	cmake --build "$work/$1" >"$work/log" 2>&1 || fail "$1: it does not build"
}

# build_and_test NAME CMAKE-OPTION...
build_and_test()
{
	build "$@"
	ctest --test-dir "$work/$1" -j "$(nproc)" --no-tests=error -R '^(unit|abi|simhost)\.' \
		>"$work/log" 2>&1 || fail "$1: tests fail"
	echo "$1: $(grep 'tests passed' "$work/log")"
}

rm -rf "$work"
mkdir -p "$work"
# As Ubuntu and Fedora do.
build_and_test lto -DCMAKE_BUILD_TYPE=Release \
	"-DCMAKE_C_FLAGS=-O2 -flto=auto -D_FORTIFY_SOURCE=3 -fstack-clash-protection"
if command -v clang >/dev/null; then
	build_and_test clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang
else
	echo "clang: it is not here"
fi
if command -v musl-gcc >/dev/null; then
	build musl -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=musl-gcc -DBUILD_TESTING=OFF \
		-DVMG_PLUGIN=OFF -DVMG_SIMHOST=OFF -DVMG_YAJL_SOURCE="$tree/build/deps/yajl"
	mkdir "$work/bin"
	ln -s "$work/musl/contrib/execd/vmguest-execd" "$work/musl/contrib/stat/vmguest-stat" \
		"$work/bin"
	echo "musl: $("$here/same.sh" "$simhost" "$execd" "$stat" env "PATH=$work/bin")"
else
	echo "musl: musl-gcc is not here"
fi
