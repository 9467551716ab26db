#!/bin/sh
# SPDX-License-Identifier: MIT
# ansible.sh TREE DEPS WORK SIMHOST STAT: Ansible takes the example role, whose gate opens
# where a host answers, and nowhere else. Here, by this user, without the service.
set -eu
tree=$1 deps=$2 work=$3 simhost=$4 stat=$5
playbook=$tree/contrib/packaging/ansible/vmguest.yml

fail()
{
	cat "$work/log"
	echo "FAILED: $*"
	exit 1
}

rm -rf "$work"
mkdir -p "$work"
export PYTHONPATH="$deps/ansible/usr/lib/python3/dist-packages" PYTHONDONTWRITEBYTECODE=1
export PATH="$deps/ansible/usr/bin:$PATH" ANSIBLE_LOCALHOST_WARNING=False HOME="$work"
command -v ansible-playbook >/dev/null || {
	echo "SKIPPED: ansible-playbook is not here; contrib/check puts it in build/deps/ansible"
	exit 77
}
"$simhost" -- true 2>/dev/null || { echo "SKIPPED: no simulated host here"; exit 77; }
printf '#!/bin/sh\nexec "%s" -- "%s" "$@"\n' "$simhost" "$stat" >"$work/simulated"
chmod +x "$work/simulated"

play()
{
	ansible-playbook -i localhost, -c local -e vmguest_become=false "$@" "$playbook" \
		>"$work/log" 2>&1 </dev/null
}

play -e vmguest_stat="$work/simulated" || fail "a host answers, and the gate is closed"
if play -e vmguest_stat="$stat"; then
	fail "no host answers, and the gate is open"
fi
grep -q "no VMware host answers" "$work/log" || fail "why is not said"
play -e vmguest_stat="$stat" -e vmguest_absent_ok=true -e vmguest_service=true ||
	fail "machines without a host may be left alone"
