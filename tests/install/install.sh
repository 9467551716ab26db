#!/bin/bash
# SPDX-License-Identifier: MIT
# What somebody can do with an installed copy: install.sh CLAIM, in the
# environment that CMakeLists.txt sets. Exit status 77: cannot be tried here.
#
# The claim "copy" makes two copies that the others use:
#   $DEST   by DESTDIR, for the prefix "/opt/vm guest"
#   $OTHER  to a prefix given when installing
set -euo pipefail
shopt -s nullglob

WORK=$BUILD_DIR/tests/install/work
STAGE=$WORK/stage
PREFIX="/opt/vm guest"
DEST=$STAGE$PREFIX
OTHER="$WORK/other prefix"

fail()
{
	echo "FAILED: $*" >&2
	exit 1
}

skip()
{
	echo "SKIPPED: $*"
	exit 77
}

# The file that 'uninstall' goes by may be of an installation that somebody
# uses; it is put back whatever happens.
manifest=$BUILD_DIR/install_manifest.txt
manifest_keep()
{
	rm -f "$WORK/manifest"
	[ ! -e "$manifest" ] || mv "$manifest" "$WORK/manifest"
	trap manifest_restore EXIT
}

manifest_restore()
{
	rm -f "$manifest"
	[ ! -e "$WORK/manifest" ] || mv "$WORK/manifest" "$manifest"
}

sanitize=()
if [ -n "$SANITIZE" ]; then
	sanitize=("-fsanitize=$SANITIZE")
fi
# LeakSanitizer cannot work beside a tracer.
export ASAN_OPTIONS=detect_leaks=0

# LD_PRELOAD for a program of others that loads a sanitized library.
sanitizer_preload()
{
	case $SANITIZE in
	*address*)
		echo "$($CC -print-file-name=libasan.so) $($CC -print-file-name=libubsan.so)" ;;
	*thread*)
		$CC -print-file-name=libtsan.so ;;
	esac
}

# expect_values WHAT COMMAND...: the program says so outside a VM, and prints the
# scenario's values inside the installed simulated host.
expect_values()
{
	local what=$1 said status=0 simhost=$OTHER/$BINDIR/vmguest-simhost
	shift

	if [ -x "$simhost" ]; then
		said=$("$simhost" --scenario "$SOURCES/fixed.json" -- "$@") || status=$?
		case $status in
		0)
			[ "$said" = "host 2593 MHz, used 4242424242 ms" ] ||
				fail "$what under the simulated host says: $said" ;;
		3) skip "tracing is forbidden here" ;;
		4) skip "this is a VMware guest" ;;
		*) fail "$what under the simulated host ends with $status: $said" ;;
		esac
	fi
	said=$("$@") || fail "$what ends with $?"
	[ "$said" = NOT_RUNNING_IN_VM ] || fail "$what outside a VM says: $said"
	echo "$what: as expected"
}

claim_copy()
{
	local foreign

	rm -rf "$WORK"
	mkdir -p "$WORK"
	manifest_keep
	DESTDIR=$STAGE cmake --install "$BUILD_DIR" --prefix "$PREFIX"
	cmake --install "$BUILD_DIR" --prefix "$OTHER"

	[ -e "$DEST/$LIBDIR/libvmGuestLib.so.0" ] || fail "no library in $DEST"
	[ -e "$OTHER/$LIBDIR/libvmGuestLib.so.0" ] || fail "no library in $OTHER"
	foreign=$(cd "$STAGE" && find . ! -type d ! -path ".$PREFIX/*")
	[ -z "$foreign" ] || fail "outside the prefix: $foreign"
	foreign=$(cd "$WORK" && find . -mindepth 1 -maxdepth 1 \
		! -name stage ! -name "other prefix" ! -name manifest)
	[ -z "$foreign" ] || fail "outside the prefixes: $foreign"
	# Both are one and the same but for the folder that programs look in.
	diff <(cd "$DEST" && find . | sort) <(cd "$OTHER" && find . | sort) ||
		fail "the two copies have different files"
	! grep -rlF -e "$BUILD_DIR" -e "$WORK" "$OTHER/$LIBDIR/pkgconfig" \
		"$OTHER/$LIBDIR/cmake" "$OTHER/include" ||
		fail "a folder of the build is named in an installed text"
}

claim_headers()
{
	local header name

	for header in "$OTHER"/include/vmguest/*.h; do
		name=${header##*/}
		printf '#include "%s"\n#include "%s"\n' "$name" "$name" >"$WORK/alone.c"
		cp "$WORK/alone.c" "$WORK/alone.cc"
		for std in c11 gnu17; do
			"$CC" -std=$std -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
				-I"$OTHER/include/vmguest" "$WORK/alone.c" ||
				fail "$name alone, in $std"
		done
		for std in c++17 gnu++20; do
			"$CXX" -std=$std -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
				-I"$OTHER/include/vmguest" "$WORK/alone.cc" ||
				fail "$name alone, in $std"
		done
		echo "$name: compiles alone"
	done
	[ -n "$name" ] || fail "no headers are installed"
}

# The path of the build tree's libraries must not help: only what is asked for.
claim_pkg_config()
{
	local copy flags

	for copy in "$DEST" "$OTHER"; do
		export PKG_CONFIG_PATH=$copy/$LIBDIR/pkgconfig
		[ "$(pkg-config --modversion vmguest)" = "$VERSION" ] ||
			fail "vmguest.pc says version $(pkg-config --modversion vmguest)"
		# pkg-config quotes blanks for a shell.
		eval "flags=($(pkg-config --cflags --libs vmguest))"
		"$CC" -std=c11 -Wall -Wextra -Wpedantic -Werror "${sanitize[@]}" \
			-o "$WORK/caller-c" "$SOURCES/caller.c" "${flags[@]}"
		"$CXX" -std=c++17 -Wall -Wextra -Wpedantic -Werror "${sanitize[@]}" \
			-o "$WORK/caller-cxx" "$SOURCES/caller.cc" "${flags[@]}"
		export LD_LIBRARY_PATH=$copy/$LIBDIR
		expect_values "C by pkg-config, $copy" "$WORK/caller-c"
		expect_values "C++ by pkg-config, $copy" "$WORK/caller-cxx"
		unset LD_LIBRARY_PATH
	done
}

claim_find_package()
{
	local copy build

	for copy in "$DEST" "$OTHER"; do
		build=$WORK/consumer
		rm -rf "$build"
		cmake -S "$SOURCES/consumer" -B "$build" -G "$GENERATOR" \
			-DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
			-DCMAKE_C_FLAGS="${sanitize[*]}" \
			-DCMAKE_CXX_FLAGS="${sanitize[*]}" \
			-DCMAKE_PREFIX_PATH="$copy" -DSOURCES="$SOURCES"
		cmake --build "$build"
		expect_values "C by find_package, $copy" "$build/caller-c"
		expect_values "C++ by find_package, $copy" "$build/caller-cxx"
	done
}

# A program linked to VMware's library, by any of its names.
claim_compat()
{
	local name copy stand_in=$WORK/stand-in preload

	for name in libguestlib.so.0 libvmGuestLib.so libvmGuestLib.so.0 vmGuestLib; do
		rm -rf "$stand_in"
		mkdir "$stand_in"
		"$CC" -shared -fPIC -Wl,-soname,$name -I"$OTHER/include/vmguest" \
			-o "$stand_in/$name" "$SOURCES/stand-in.c"
		"$CC" -I"$OTHER/include/vmguest" -o "$WORK/caller-compat" \
			"$SOURCES/caller.c" "$stand_in/$name"
		if LD_LIBRARY_PATH=$stand_in "$WORK/caller-compat" 2>/dev/null; then
			fail "the program does not need $name"
		fi
		preload=$(sanitizer_preload)
		for copy in "$DEST" "$OTHER"; do
			[ "$(readlink "$copy/$LIBDIR/vmguest/compat/$name")" = \
				../../libvmGuestLib.so.0 ] ||
				fail "$name of $copy is no relative link to the library"
			expect_values "linked to $name, $copy" \
				env "LD_LIBRARY_PATH=$copy/$LIBDIR/vmguest/compat" \
				"LD_PRELOAD=$preload" "$WORK/caller-compat"
		done
	done
}

# collectd loads the plugin from the prefix, and the plugin finds its library.
claim_plugin()
{
	local plugin=$OTHER/$PLUGIN_DIR/vmguest.so run=$WORK/collectd values

	[ "$PLUGIN" = ON ] || skip "built without the plugin (Debian: collectd-core collectd-dev)"
	PATH=$PATH:/usr/sbin:/sbin
	command -v collectd >/dev/null || skip "collectd is not installed"
	[ -f "$plugin" ] || fail "$plugin is not installed"
	rm -rf "$run"
	mkdir "$run"
	cat >"$run/collectd.conf" <<-END
		Hostname "installed"
		Interval 1
		BaseDir "$run"
		LoadPlugin logfile
		<Plugin logfile>
		  File "$run/log"
		</Plugin>
		LoadPlugin csv
		<Plugin csv>
		  DataDir "$run/csv"
		</Plugin>
		PluginDir "$OTHER/$PLUGIN_DIR"
		LoadPlugin vmguest
	END
	# collectd cannot do with a blank in the name of its configuration.
	cd "$run"
	env LD_PRELOAD="$(sanitizer_preload)" \
		collectd -f -C collectd.conf -P pid >out 2>&1 &
	pid=$! # global: the trap works after this function
	trap 'kill $pid 2>/dev/null && wait $pid || :' EXIT
	for _ in {1..300}; do
		values=("$run"/csv/installed/vmguest-vm/gauge-up-*)
		if [ ${#values[@]} -gt 0 ] && [ "$(wc -l <"${values[0]}")" -gt 1 ]; then
			grep -qF "$OTHER/$LIBDIR/libvmGuestLib.so.0" "/proc/$pid/maps" ||
				fail "the plugin uses another library than the installed one"
			echo "collectd publishes gauge-up from $plugin"
			return
		fi
		kill -0 $pid 2>/dev/null || break
		sleep 0.1
	done
	cat "$run/out" "$run/log" >&2
	fail "collectd publishes nothing"
}

# All that the guides name is beside them, and what draws works from there.
claim_dashboards()
{
	local copy file name said there=$OTHER/$DATADIR/vmguest/dashboards

	for copy in "$DEST/$DATADIR/vmguest/dashboards" "$there"; do
		for name in grafana alerts config pictures; do
			diff -r "$DASHBOARDS/$name" "$copy/$name" ||
				fail "$copy/$name is not what is in the sources"
		done
		for file in "$DASHBOARDS"/*.md; do
			cmp "$file" "$copy/${file##*/}" || fail "no ${file##*/} in $copy"
		done
		while read -r name; do
			[ -e "$copy/$name" ] || fail "a guide names $name, which $copy lacks"
		done < <(grep -hoP '(?<!/)\b(grafana|alerts|config|pictures)/\w[a-zA-Z0-9_.-]+\w' \
			"$copy"/*.md | sort -u)
	done
	# As by root: what is imported could be compiled beside it.
	said=$(env -u PYTHONDONTWRITEBYTECODE -u PYTHONPYCACHEPREFIX \
		"$there/pictures.py" --from graphite-collectd=http://127.0.0.1:1 \
		--host vm 2>&1) && fail "pictures.py draws from a server that is not there"
	[ "$said" = "pictures.py: http://127.0.0.1:1 does not answer: Connection refused" ] ||
		fail "pictures.py says: $said"
	said=$("$there/pictures.py" --help)
	[[ $said == *--from* ]] || fail "pictures.py has no help"
	[ -z "$(find "$there" -name __pycache__)" ] || fail "pictures.py leaves files behind"
}

claim_uninstall()
{
	local left root="$WORK/vmguest/third prefix"

	rm -rf "$WORK/vmguest"
	mkdir "$WORK/vmguest"
	manifest_keep
	cmake --install "$BUILD_DIR" --prefix "$root" >/dev/null
	mkdir -p "$root/include/other"
	touch "$root/include/other/kept.h"
	cmake --build "$BUILD_DIR" --target uninstall
	left=$(find "$root" ! -type d)
	[ "$left" = "$root/include/other/kept.h" ] || fail "left behind: $left"
	left=$(find "$root" -name 'vmguest*')
	[ -z "$left" ] || fail "left behind: $left"
	[ -d "$root/$LIBDIR" ] || fail "a folder that may be others' is gone"

	# A configuration that somebody changed is theirs.
	cmake --install "$BUILD_DIR" --prefix "$root" >/dev/null
	left=$(find "$root" -name vmguest-thresholds.conf)
	[ -z "$left" ] || echo "# ours" >>"$left"
	cmake --build "$BUILD_DIR" --target uninstall >/dev/null
	[ -z "$left" ] || [ "$(find "$root" ! -type d ! -name kept.h)" = "$left" ] ||
		fail "a changed configuration is not kept"
	rm -rf "$WORK/vmguest"

	DESTDIR=$WORK/third cmake --install "$BUILD_DIR" --prefix "$PREFIX" >/dev/null
	DESTDIR=$WORK/third cmake --build "$BUILD_DIR" --target uninstall >/dev/null
	left=$(find "$WORK/third" ! -type d)
	[ -z "$left" ] || fail "left behind: $left"
	rm -rf "$WORK/third"
}

# As people call folders; what no build can do is refused before it begins.
claim_odd_path()
{
	local tree="$WORK/it's (50%) new & old" refused="$WORK/a #1" said path

	rm -rf "$tree" "$refused"
	mkdir "$tree" "$refused"
	for path in CMakeLists.txt CMakePresets.json LICENSE README.md include libcore \
		plugin contrib collectd.conf.d; do
		cp -r "$TREE/$path" "$tree"
	done
	cp "$tree/CMakeLists.txt" "$refused"
	said=$(cmake -S "$refused" -B "$refused/build" -G "$GENERATOR" 2>&1) &&
		fail "a path with a # is not refused"
	[[ $said == *"CMake cannot build in a path with a '#'"* ]] || fail "it says: $said"
	cmake -S "$tree" -B "$tree/build" -G "$GENERATOR" -DCMAKE_C_COMPILER="$CC" \
		-DVMG_PLUGIN="$PLUGIN" -DVMG_SIMHOST=OFF -DBUILD_TESTING=OFF
	cmake --build "$tree/build" --parallel 2
	cmake --install "$tree/build" --prefix "$tree/installed"
	LD_LIBRARY_PATH=$tree/installed/$LIBDIR/vmguest/compat \
		"$tree/installed/$BINDIR/vmguest-execd" --version
	cmake --build "$tree/build" --target uninstall
	path=$(find "$tree/installed" ! -type d)
	[ -z "$path" ] || fail "left behind: $path"
	rm -rf "$tree" "$refused"
}

# The oldest CMake that the presets name, where contrib/check has unpacked it.
claim_oldest_cmake()
{
	local cmake=$DEPS/cmake/cmake/data/bin/cmake build=$WORK/oldest

	[ -x "$cmake" ] || skip "CMake 3.22 is not here; contrib/check fetches it"
	rm -rf "$build"
	(cd "$TREE" && "$cmake" --preset dev -B "$build" -G "$GENERATOR" \
		-DCMAKE_C_COMPILER="$CC" -DVMG_PLUGIN="$PLUGIN")
	"$cmake" --build "$build" --parallel 2 --target vmGuestLib
	"${cmake%cmake}ctest" --test-dir "$build" -N | grep 'Total Tests: [1-9]' >/dev/null ||
		fail "it finds no tests"
	rm -rf "$build"
}

claim_"$1"
