# SPDX-License-Identifier: MIT
# Debian's packages, for contrib/quickstart and contrib/check; sourced by bash.

# packages_missing PACKAGE[=COMMAND]...: those that are not installed. With
# =COMMAND, the command from wherever will do.
packages_missing()
{
	local entry package

	for entry in "$@"; do
		package=${entry%%=*}
		if [ "$entry" != "$package" ] &&
		    PATH=$PATH:/usr/sbin:/sbin command -v "${entry#*=}" >/dev/null; then
			continue
		fi
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -qx installed || echo "$package"
	done
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
		grep -q '^Inst collectd-core '
}

packages_ask()
{
	printf '%s An administrator must run this line, then start again:\n\n' "$1"
	shift
	printf '    apt-get install --no-install-recommends %s\n\n' "$*"
}

# packages_need LOG PACKAGE[=COMMAND]...: installs what is missing; on failure
# says what an administrator must do.
packages_need()
{
	local missing packages_log=$1
	shift

	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		echo "This is not Debian: its packages are taken for granted."
		return 0
	fi
	missing=$(packages_missing "$@" | tr '\n' ' ')
	missing=${missing% }
	if [ -z "$missing" ]; then
		return 0
	fi
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		packages_ask "Packages are missing, and there is no sudo." "$missing"
		return 1
	fi
	packages_lists_present || packages_apt update || :
	# shellcheck disable=SC2086 # a list of names
	if packages_would_start_collectd $missing; then
		packages_ask "Installing what is missing would restart the system's collectd." "$missing"
		return 1
	fi
	echo "Installing $missing"
	# shellcheck disable=SC2086
	packages_apt install --yes --no-install-recommends $missing && return 0
	# The lists may be older than what the servers still have.
	# shellcheck disable=SC2086
	packages_apt update && packages_apt install --yes --no-install-recommends $missing &&
		return 0
	tail -n 5 "$packages_log" | sed 's/^/    | /'
	packages_ask "The packages could not be installed." "$missing"
	return 1
}
