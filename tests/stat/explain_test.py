# SPDX-License-Identifier: MIT
"""vmguest-stat --explain."""

import json
import os
import re
import shutil
import subprocess
import threading
import time

from cases import Cases, Skip, check_simhost
from vmguest_stat import DENIED, LIMITED, QUIET, environment, main, rows, run

case = Cases()


@case
def a_denial_is_explained(tools):
    text, _ = run(tools, DENIED, "--explain", "2", "--utc", TZ="Etc/GMT+5")
    assert re.search(r" to [\d:]{8} UTC: 2 readings", text), text
    flat = " ".join(text.split())
    assert "WARNING CPU denied: 8.2 % of 4 vCPUs' time" in flat, text
    assert "Not this VM's CPU limit: it has none." in flat
    assert "A limit on the resource pool above this VM" in flat
    assert re.search(r"expect 16[0-9]{2} ms Ready per vCPU and 20 s", flat)
    assert "Nothing holds" not in flat
    assert all(len(line) <= 78 for line in text.splitlines()), text


@case
def an_own_limit_is_explained_and_no_host_accused(tools):
    text, _ = run(tools, LIMITED, "--explain=2")
    flat = " ".join(text.split())
    assert "CRITICAL CPU held by this VM's own limit: 3.00 of 10.37 GHz" in flat
    assert "would have used about 5.8 GHz" in flat
    assert "CPU denied" not in flat


@case
def nothing_wrong_is_said_plainly(tools):
    text, _ = run(tools, QUIET, "--explain", "2")
    assert "OK  Nothing holds this VM back" in text
    assert "WARNING" not in text and "CRITICAL" not in text


@case
def a_young_session_has_notes_only(tools):
    text, _ = run(tools, {**DENIED, "speed": 1}, "--explain", "2")
    assert "younger than ten minutes" in text and "NOTE  CPU denied" in text
    assert "Nothing holds" not in text and "WARNING" not in text


@case
def what_is_accepted_is_shown_as_such(tools):
    text, _ = run(tools, LIMITED, "--explain", "2", "--accept",
                        "cpu-limit=it is what we pay for")
    assert "ACCEPTED  CPU held" in text and "what we pay for" in text
    text, _ = run(tools, LIMITED, "--check", "--accept", "cpu-limit")
    assert text.startswith("VMGUEST OK - "), text


@case
def the_explanation_as_json(tools):
    text, _ = run(tools, DENIED, "--explain", "2", "--json")
    found = json.loads(text)
    assert found["findings"][0]["finding"] == "cpu-denied"
    assert found["findings"][0]["severity"] == "warning"
    assert abs(found["window"]["stolen_percent"] - 8.2) < 0.2
    assert found["window"]["cpu_limit_mhz"] is None


# A machine whose disk sda is scsi0:0, put over the real one's in a mount namespace.

DISKSTATS = "   8       0 sda {:012d} 0 0 {:012d} 0 0 0 0 0 0 0\n"


def machine_make(tools):
    """Words in front of a command; the path of what is to be /proc/diskstats."""
    sys_folder, stats = (os.path.join(tools.work, name) for name in ("sys", "diskstats"))
    pci = os.path.join(sys_folder, "bus/pci/devices/0000:03:00.0")
    os.makedirs(pci)
    with open(os.path.join(pci, "class"), "w") as f:
        f.write("0x010700\n")
    os.makedirs(os.path.join(sys_folder, "block"))
    os.symlink("../devices/pci0000:00/0000:00:15.0/0000:03:00.0/host2/target2:0:0/"
               "2:0:0:0/block/sda", os.path.join(sys_folder, "block/sda"))
    with open(stats, "w") as f:
        f.write(DISKSTATS.format(0, 0))
    words = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /sys && '
             'mount --bind "$1" /proc/diskstats && shift && exec "$@"', sys_folder, stats]
    if os.geteuid() != 0 or not shutil.which("unshare") or \
            subprocess.run([*words, "true"], capture_output=True).returncode:
        raise Skip("mounts cannot be made here, which takes root")
    return words, stats


def count(stats, ms, done):
    """The guest's disk completes an operation each millisecond, each in so many."""
    began = time.monotonic()
    with open(stats, "r+") as f:
        while not done.wait(0.01):
            operations = int((time.monotonic() - began) * 1000)
            os.pwrite(f.fileno(), DISKSTATS.format(operations, operations * ms).encode(),
                      0)


@case
def a_disk_is_slow_where_the_guest_agrees(tools):
    words, stats = machine_make(tools)
    scenario = {**QUIET, "disks": [{"name": "scsi0:0", "load": [
        {"at": 0, "reads": 100, "read_ms": 80, "writes": 0}]}]}

    def output(*options):
        done = subprocess.run(
            [*tools.host(scenario), *words, tools.program, "--vcpus", "4", *options],
            capture_output=True, text=True, timeout=60, env=environment(tools, scenario))
        if "vmguest-simhost:" in done.stderr:
            check_simhost(done.returncode)
        return done.stdout

    for ms, expected, note in ((90, ["disk"], "DISK"), (3, [], "-")):
        done = threading.Event()
        thread = threading.Thread(target=count, args=(stats, ms, done))
        thread.start()
        try:
            text = output("--explain=2", "--json")
            view = output("-c", "-d", "0.8", "2")
        finally:
            done.set()
            thread.join()
        findings = [f["finding"] for f in json.loads(text)["findings"]
                    if f["severity"] != "note"]
        assert findings == expected, (ms, text)
        assert rows(view)[-1].split()[-1] == note, view
        assert re.search("^scsi0:0 .* sda$", view, re.M), view


main(case)
