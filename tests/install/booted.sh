#!/bin/bash
# SPDX-License-Identifier: MIT
# booted.sh TREE WORK DEPS: the shipped units in a Debian of this machine's release that
# was booted, by systemd itself: booted/units.sh, inside a virtual machine that is
# emulated, so no VMware guest. For contrib/check --system: takes minutes, and downloads.
set -euo pipefail
tree=$1 work=$2 qemu=$3/qemu-system
root=$work/root
conf=$root/etc/systemd/system

fail()
{
	echo "FAILED: $*"
	exit 1
}

skip()
{
	echo "SKIPPED: $*"
	exit 77
}

# run WHY-NOT COMMAND...
run()
{
	local why=$1
	shift
	"$@" >>"$work/log" 2>&1 </dev/null && return 0
	tail -n 5 "$work/log"
	skip "$why"
}

[ "$(id -u)" = 0 ] || skip "only root can make a system"
command -v debootstrap >/dev/null || skip "no debootstrap"
[ -x "$qemu/usr/bin/qemu-system-x86_64" ] || skip "qemu-system is not here"
. /etc/os-release
mkdir -p "$work/archives"
rm -rf "$root"
: >"$work/log"

echo "Building, and making the system"
cmake -S "$tree" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
	-DCMAKE_INSTALL_PREFIX=/usr >>"$work/log" 2>&1 &&
	cmake --build "$work/build" -j "$(nproc)" >>"$work/log" 2>&1 || {
	tail -n 20 "$work/log"
	fail "it does not build"
}
run "debootstrap cannot make a system here" debootstrap --variant=minbase \
	--cache-dir="$work/archives" "$VERSION_CODENAME" "$root"
cp /etc/resolv.conf "$root/etc/"
run "packages cannot be installed there" chroot "$root" \
	env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
	apt-get install -qqy --no-install-recommends systemd-sysv dbus udev \
	linux-image-cloud-amd64 initramfs-tools collectd-core prometheus-node-exporter \
	libyajl2 python3-minimal
DESTDIR=$root cmake --install "$work/build" >>"$work/log" 2>&1
chroot "$root" ldconfig
cp "$tree/contrib/dashboards/config/vmguest-graphite.service" "$conf"
cp "$tree/tests/install/booted/units.sh" "$root/root/"
cat >"$conf/units-test.service" <<-'END'
	[Unit]
	After=multi-user.target
	[Service]
	Type=oneshot
	ExecStart=/bin/sh -c '/bin/bash /root/units.sh >/dev/ttyS0 2>&1'
	ExecStopPost=/bin/systemctl --no-block poweroff
	[Install]
	WantedBy=graphical.target
END
mkdir -p "$conf/graphical.target.wants"
ln -s ../units-test.service "$conf/graphical.target.wants/"
ln -s /dev/null "$conf/serial-getty@ttyS0.service"	# the terminal is the test's
printf 'Hostname "test"\nInclude "/etc/collectd/collectd.conf.d/*.conf"\n' \
	>"$root/etc/collectd/collectd.conf"
echo vmguest-test >"$root/etc/hostname"
truncate -s 3G "$work/disk"
run "the disk cannot be made" mkfs.ext4 -q -F -d "$root" "$work/disk"

echo "Booting it, without KVM"
libraries=$(find "$qemu/" -name 'lib*.so.*' -printf '%h\n' | sort -u | paste -sd:)
status=0
# The check of the timer takes a busy machine for a broken one.
LD_LIBRARY_PATH=$libraries QEMU_MODULE_DIR=$qemu/usr/lib/x86_64-linux-gnu/qemu \
timeout 900 "$qemu/usr/bin/qemu-system-x86_64" -accel tcg -machine pc -smp 2 -m 1024 \
	-L "$qemu/usr/share/qemu" -L "$qemu/usr/share/seabios" \
	-nodefaults -display none -no-reboot -nic none -serial stdio \
	-kernel "$root"/boot/vmlinuz-* -initrd "$root"/boot/initrd.img-* \
	-drive "file=$work/disk,if=virtio,format=raw" \
	-append "root=/dev/vda rw console=ttyS0 quiet loglevel=3 no_timer_check panic=-1 systemd.show_status=no" \
	</dev/null 2>&1 | sed -u 's,\r$,,' | tee "$work/console" || status=$?
rm -f "$work/disk"
grep -qx "the units are as they should be" "$work/console" ||
	fail "the booted system ended with $status; what it said is above"
