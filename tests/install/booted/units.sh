#!/bin/bash
# SPDX-License-Identifier: MIT
# The units in the system that booted.sh booted; its end is the line that booted.sh looks
# for.
set -uo pipefail
service=vmguest-textfile.service
unit=/usr/lib/systemd/system/$service
textfile=/var/lib/prometheus/node-exporter/vmguest.prom
dropins=/run/systemd/system/$service.d

fail()
{
	echo "FAILED: $*"
	systemctl --no-pager --full status "$service"
	journalctl --no-pager -b -n 60 -u "vmguest*" -u collectd
	exit 1
}

# poll SECONDS COMMAND...
poll()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# What node_exporter shows, not what is in the file.
page()
{
	exec 3<>/dev/tcp/127.0.0.1/9100 &&
		printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3 && cat <&3
}

shown()
{
	page 2>/dev/null | grep -xE "$1" >/dev/null
}

# said UNIT WORDS: in its log, since the last look.
said()
{
	journalctl --no-pager -b -u "$1" --since "@$since" | grep -e "$2" >/dev/null
}

main_pid()
{
	systemctl show -P MainPID "$service"
}

moved_on()
{
	[ "$(main_pid)" != 0 ] && [ "$(main_pid)" != "$1" ]
}

refused()
{
	! systemctl start "$service"
}

case_begin()
{
	since=$(date +%s)
	echo "-- $*"
}

case_begin "the units are well-formed, and as confined as the comment says"
systemd-analyze verify --man=no "$unit" /etc/systemd/system/vmguest-graphite.service || fail "verify"
level=$(sed -n 's/^# .*systemd-analyze security.*: \([0-9]*\)\.\([0-9]\).*/\1\2/p' "$unit")
systemd-analyze security --no-pager --threshold="${level:-0}" "$service" | tail -n 1
[ "${PIPESTATUS[0]}" = 0 ] || fail "the score is above that of the unit's comment"

case_begin "where no VMware host answers, it runs and says so"
systemctl enable --now "$service" || fail "enable --now"
poll 120 shown 'vmguest_up 0' || fail "node_exporter does not show vmguest_up 0"
systemctl is-active "$service" || fail "it ended"
[ "$(systemctl show -P NRestarts "$service")" = 0 ] || fail "it was restarted"

case_begin "stopped, its file is gone; enabled, the link is not"
systemctl stop "$service" || fail "stop"
[ ! -e "$textfile" ] || fail "the file is still there"
[ -L "$textfile" ] || fail "the link of an enabled unit is gone"
poll 30 shown 'node_textfile_scrape_error 1' || fail "node_exporter does not see it"

case_begin "folder, interval and arguments come from /etc/default/vmguest"
mkdir -p "$dropins" /srv/textfile /etc/sysconfig
cat >"$dropins/simulated.conf" <<-'END'
	[Service]
	ExecStart=
	ExecStart=/usr/bin/vmguest-simhost -- /usr/bin/vmguest-execd --format prometheus \
		--interval ${INTERVAL} --output /run/vmguest/vmguest.prom $ARGUMENTS
	SystemCallFilter=
	MemoryMax=infinity
END
systemctl daemon-reload
printf '%s\n' TEXTFILE_FOLDER=/srv/textfile INTERVAL=1s 'ARGUMENTS=--tag ring=2 --no-derived' \
	>/etc/default/vmguest
systemctl start "$service" || fail "start"
poll 60 grep -sqx 'vmguest_up{ring="2"} 1' /srv/textfile/vmguest.prom ||
	fail "not in its folder: $(cat /srv/textfile/vmguest.prom)"
grep -q '^vmguest_cpu_stolen_seconds_total' /srv/textfile/vmguest.prom || fail "no value"
! grep -q 'vmguest_cpu_stolen_ratio' /srv/textfile/vmguest.prom || fail "--no-derived"
before=$(stat -Lc %Y /srv/textfile/vmguest.prom)
newer() { [ "$(stat -Lc %Y /srv/textfile/vmguest.prom)" -gt "$before" ]; }
poll 10 newer || fail "the interval is not 1s"

case_begin "killed, it comes back; restarted, it is another"
pid=$(main_pid)
systemctl kill -s KILL "$service"
poll 60 moved_on "$pid" || fail "it did not come back"
poll 60 grep -sqx 'vmguest_up{ring="2"} 1' /srv/textfile/vmguest.prom || fail "no values then"
pid=$(main_pid)
systemctl restart "$service" || fail "restart"
moved_on "$pid" || fail "restart is none"

case_begin "a missing folder fails loudly, and is found when it comes"
sed -i 's|/srv/textfile|/srv/none|' /etc/default/vmguest
systemctl stop "$service"
refused || fail "it started without its folder"
said "$service" "TEXTFILE_FOLDER in /etc/default/vmguest has to name" || fail "why is not said"
mkdir /srv/none
poll 60 grep -sqx 'vmguest_up{ring="2"} 1' /srv/none/vmguest.prom || fail "it did not try again"

case_begin "/etc/sysconfig/vmguest does the same"
systemctl stop "$service"
mv /etc/default/vmguest /etc/sysconfig/vmguest
systemctl start "$service" || fail "start"
poll 60 grep -sqx 'vmguest_up{ring="2"} 1' /srv/none/vmguest.prom || fail "not read"
rm -r /etc/sysconfig/vmguest "$dropins"
systemctl daemon-reload

case_begin "disabled and stopped, it leaves no link"
systemctl restart "$service" || fail "restart"
systemctl disable --now "$service" || fail "disable --now"
[ ! -L "$textfile" ] || fail "the link is left"

case_begin "the system's collectd has the plugin after a restart, and ends at once"
systemctl restart collectd || fail "collectd does not restart"
poll 60 said collectd 'vmguest [0-9.]*: statistics of the VMware host' || fail "no plugin"
poll 60 said collectd 'no VMware\|not a VMware\|No VMware' || fail "it does not say why there are no values"
systemctl is-active collectd || fail "collectd ended"
systemctl stop collectd || fail "stop"
[ "$(systemctl show -P Result collectd)" = success ] || fail "collectd was not stopped well"

case_begin "Graphite's unit waits for carbon, reaches it, and ends"
sed -i 's/graphite.example/127.0.0.1/; s/--interval 1m/--interval 1s/; s/sleep 10/sleep 1/' \
	/etc/systemd/system/vmguest-graphite.service
systemctl daemon-reload
systemctl start vmguest-graphite || fail "start"
poll 60 said vmguest-graphite 'Connection refused' || fail "carbon was there"
timeout 60 python3 -c '
import socket
listening = socket.create_server(("127.0.0.1", 2003))
with listening.accept()[0].makefile() as lines:
    print(next(l for l in lines if "vmguest_session.up 0" in l))' || fail "no line came"
systemctl stop vmguest-graphite || fail "stop"
[ "$(systemctl show -P Result vmguest-graphite)" = success ] || fail "it was not stopped well"
! grep -qsx vmguest-execd /proc/[0-9]*/comm || fail "a process is left"

echo "the units are as they should be"
