# SPDX-License-Identifier: MIT
"""vmguest-stat --doctor."""

import errno
import json
import os
import re
import shutil
import subprocess

from cases import Cases, Skip, check_simhost
from vmguest_stat import DESKTOP, DISABLED, environment, main, run

case = Cases()


def often(**event):
    return {"events": [{"at": 0, "count": 100000, **event}]}


def of_texts(**damage):
    return often(do="damage", rpc="stat.get", **damage)


# Every cause of the library that a host can bring about; status, mark and words.
SCENARIOS = {
    "NONE": ({}, 0, "ok port: answers: version 6, product 2 (ESX)"),
    "NO_MESSAGES": ({"host": {"product": "qemu"}}, 2,
                    "no message channel: not in a VMware VM: the VMware port answers"),
    "NO_CHANNEL": (often(do="refuse"), 2,
                   "no message channel: no free VMware message channel"),
    "CHANNEL_LOST": (often(do="lose", step="recvsize"), 2,
                     "no message channel: the message channel was lost"),
    "CHECKPOINT": (often(do="checkpoint"), 2,
                   "no message channel: the host is taking a checkpoint"),
    "TIMEOUT": (often(do="delay", step="sendsize", seconds=1.1), 2,
                "no message channel: the host took longer than a second"),
    "NO_REPLY": (often(do="silent"), 2,
                 "no message channel: the host accepted the request but sent no reply"),
    "UNKNOWN_COMMAND": (DESKTOP, 2, "no service: the host does not provide guest "
                        "statistics: VMware Workstation, Player and Fusion"),
    "REFUSED": (DISABLED, 2, "no service: guest statistics are disabled for this VM"),
    "DAMAGED": (often(do="damage", how="truncate", bytes=40), 2,
                "no service: the host's reply is damaged"),
    "EMPTY": (of_texts(how="replace", text=""), 0,
              "info extended statistics: no session: the host replied with nothing"),
    "CUT": ({"host": {"invented": 200}}, 0, "the host sent more, or longer names"),
    "SESSION_CHANGED": (
        {"events": [{"at": 0, "do": "vmotion", "step": "sendsize", "after": n}
                    for n in (3, 4)]}, 0,
        "info extended statistics: no session: the VM's session changed while"),
}


def doctor(tools, scenario, *words, status, **more):
    """What it says, in one line."""
    text, log = run(tools, scenario, "--doctor", *words, status=status, **more)
    assert log == "", log
    return " ".join(text.split())


# And those that it takes something else for; below.
OTHERS = {"NOT_VM", "PROBE_LIMITED", "PROBE_FORBIDDEN", "PROBE_NAMESPACE", "NO_MEMORY"}


@case
def every_cause_of_a_host_has_its_words(tools):
    with open(os.path.join(tools.source, "include/stats.h")) as f:
        causes = set(re.findall(r"^\tVMG_CAUSE_(\w+)", f.read(), re.M))
    assert causes == OTHERS | set(SCENARIOS), causes ^ (OTHERS | set(SCENARIOS))
    for cause, (scenario, status, words) in SCENARIOS.items():
        text = doctor(tools, scenario, status=status)
        assert words in text, (cause, text)


def beside(tools, scenario, *words, before=None):
    """The output of a command that ends with the doctor's."""
    done = subprocess.run(
        [*tools.host(scenario), *words, tools.program, "--vcpus", "4", "--doctor"],
        capture_output=True, text=True, timeout=60, preexec_fn=before,
        env=environment(tools, scenario or {}))
    if "vmguest-simhost:" in done.stderr:
        check_simhost(done.returncode)
    return done.returncode, " ".join(done.stdout.split())


@case
def every_cause_of_this_machine_has_its_words(tools):
    assert "no port: not in a VMware VM: no VMware host answers." in \
        doctor(tools, None, status=2)
    for error, words in ((errno.EAGAIN, "Raise the limits on processes"),
                         (errno.EPERM, "a seccomp filter forbids the clone() call")):
        status, text = beside(tools, None, tools.without_clone, str(error))
        if status == 77:
            raise Skip("system calls cannot be filtered here")
        assert status == 2 and words in text, text
    assert "no seccomp: a filter that forbids clone" in text, text


@case
def a_pid_namespace_without_a_process_has_its_words(tools):
    unshare = [shutil.which("unshare") or "", "--pid"]
    if os.geteuid() != 0:
        unshare += ["--user", "--map-root-user"]
    if not unshare[0] or subprocess.run([*unshare, "true"],
                                        capture_output=True).returncode:
        raise Skip("pid namespaces cannot be unshared here")
    status, text = beside(tools, None, *unshare)
    assert status == 2 and "has unshared its pid namespace" in text, text


@case
def no_memory_for_the_reply_has_its_words(tools):
    scenario = often(do="damage", how="enlarge", bytes=1000000)
    status, text = beside(tools, scenario, "sh", "-c", 'ulimit -d 900; exec "$@"', "sh")
    if "AddressSanitizer" in text or status > 2:
        raise Skip("this build needs more memory than that by itself")
    assert status == 2 and "no service: out of memory for the host's reply" in text, text


@case
def what_is_missing_is_partly_well(tools):
    text = doctor(tools, {"host": {"host_info": False}}, status=1)
    assert "partly statistics: sent by this host without a value: host_" in text, text
    assert "info host totals: hidden" in text and "enableHostInfo" in text, text
    text = doctor(tools, {"host": {"protocols": [2]}}, status=1)
    assert "partly protocol: version 2" in text, text
    assert "too old: cpu_stolen" in text, text
    text = doctor(tools, {"host": {"sets": ["session", "resources"]}}, status=0)
    # Not the switch of the other statistics, which is on.
    assert ("info extended statistics: session, resources, vscsi, vnet; no host: the "
            "host refuses them. The host said \"Unknown stat\".") in text, text
    text = doctor(tools, {"disks": ["scsi0:0", "d" * 64], "nics": []}, status=0)
    assert ("info extended statistics: session, host, resources, vscsi, vnet; "
            "incomplete vscsi: the host sent more, or longer names") in text, text
    text = doctor(tools, {"host": {"sets": []}}, status=0)
    assert ("info extended statistics: no session: the host does not provide them: "
            "they need ESXi 6.0 or later") in text, text


@case
def who_else_reads_is_named(tools):
    if not tools.execd:
        raise Skip("vmguest-execd was not built")
    _, text = beside(tools, {}, "sh", "-c", '"$0" --interval 60s >/dev/null & "$@"; '
                     'status=$?; kill $!; exit $status', tools.execd)
    assert "other readers:" in text and "vmguest-execd" in text, text


@case
def a_refusal_may_be_for_want_of_root(tools):
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        raise Skip("it takes root to become another user")
    other = ["setpriv", "--reuid", "65534", "--clear-groups"]
    status, text = beside(tools, DISABLED, *other)
    if not text:
        raise Skip("another user may not run what was built here")
    assert status == 2 and "try as root: guest_rpc.rpci.auth.app.APP_MONITOR" in text, text
    _, text = beside(tools, {}, *other)
    assert "ok permissions: an unprivileged user, which is enough" in text, text


@case
def nothing_private_is_in_it(tools):
    scenario = {"vm": {"resource_pool": "/secret/pool", "uuid": "5e " * 15 + "5e"}}
    for form in (), ("--json",):
        text = doctor(tools, scenario, *form, status=0)
        assert "statistics" in text
        for secret in "secret", "5e 5e", os.uname().nodename + " ":
            assert secret not in text, (secret, text)


@case
def the_same_as_json(tools):
    text, _ = run(tools, DISABLED, "--doctor", "--json", status=2)
    answers = {a["question"]: a for a in json.loads(text)}
    assert [*answers] == [
        "machine", "hypervisor", "port", "message channel", "service", "protocol",
        "statistics", "host totals", "extended statistics", "other readers",
        "permissions", "seccomp", "container", "kernel lockdown", "versions"]
    assert answers["service"]["mark"] == "no" and answers["port"]["mark"] == "ok"
    assert "version 6" in answers["port"]["answer"]


main(case, "without-clone", "execd")
