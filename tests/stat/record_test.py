# SPDX-License-Identifier: MIT
"""vmguest-stat --record, and what is explained from recordings."""

import json
import os
import re
import resource
import signal

from cases import Cases
from vmguest_stat import DENIED, DISABLED, FAST, QUIET, main, run

case = Cases()


def reading(i, session=7, up=1, stolen=0.0, every=60, **more):
    """The line of a reading, as written by hand: 4 vCPUs, 40 % used."""
    elapsed = 86400000 + i * every * 1000
    points = {"cpu_elapsed": elapsed, "cpu_used": int(elapsed * 1.6),
              "cpu_stolen": int(elapsed * 4 * stolen), "host_cpu": 2500,
              "cpu_limited": 0, "memory_limited": 0, "memory_active": 2048,
              "memory_ballooned": 0, "memory_swapped": 0, "memory_zipped": 0,
              "session_channel_reopens": 0, "host_cpu_cores": 28}
    return {"schema": 1, "time_ns": (1790000000 + i * every) * 10**9,
            "session": f"0x{session:016x}", "up": up, "vcpus": 4,
            "memory_mb": 8192, "points": points, **more}


def recording(tools, lines, name="vmguest-20260921.jsonl"):
    path = os.path.join(tools.work, name)
    with open(path, "w") as f:
        for line in lines:
            f.write(line if isinstance(line, str) else json.dumps(line) + "\n")
    return path


@case
def what_is_recorded_is_explained_alike(tools):
    folder = os.path.join(tools.work, "recordings")
    os.mkdir(folder)
    text, log = run(tools, DENIED, "--record", folder, "0.4", "4")
    assert text == "" and log == ""
    name, = os.listdir(folder)
    assert re.fullmatch(r"vmguest-\d{8}\.jsonl", name)
    with open(os.path.join(folder, name)) as f:
        lines = [json.loads(line) for line in f]
    assert len(lines) == 4 and lines[0]["schema"] == 1
    assert lines[0]["points"]["cpu_limited"] == 0
    assert "cpu_used_of_limit" not in lines[0]["points"]
    for path in folder, os.path.join(folder, name):
        text, log = run(tools, None, "--explain", "--from", path)
        assert "WARNING  CPU denied: 8.2 % of 4 vCPUs' time" in text, text
        assert log == ""


@case
def a_recording_says_whose_it_is_and_why_nothing_came(tools):
    folder = os.path.join(tools.work, "recordings")
    os.mkdir(folder)
    run(tools, DISABLED, "--record", folder, "--host", "web01", "0.1", "2")
    text, _ = run(tools, None, "--explain", "--from", folder, status=1)
    assert text.startswith("web01, "), text
    assert "2 without statistics" in text and "guestlibGetInfo.disable" in text, text
    text, _ = run(tools, None, "--explain", "--from", folder, "--host", "other",
                  status=1)
    assert text.startswith("other, "), text


SCENARIO_SPEED = 40


def scenario_recorded(tools, name, first, last):
    """A scenario as it is shipped, from one of its seconds to another: the readings, of
    a session that is a day older than it was, so that it is not young."""
    folder = os.path.join(tools.work, name)
    os.mkdir(folder)
    with open(os.path.join(tools.source, f"contrib/simhost/scenarios/{name}.json")) as f:
        scenario = json.loads(re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S))
    scenario["speed"] = SCENARIO_SPEED
    scenario.setdefault("host", {})["idle_seconds"] = 0
    count = int(last / SCENARIO_SPEED / 0.1) + 2
    run(tools, scenario, "--vcpus", str(scenario.get("vm", {}).get("vcpus", 4)),
        "--record", folder, "0.1", str(count))
    readings = []
    for line in open(os.path.join(folder, *os.listdir(folder))):
        r = json.loads(line)
        if not first * 1000 <= r["points"]["cpu_elapsed"] <= last * 1000:
            continue
        r["points"]["cpu_elapsed"] += 86400 * 1000
        r["points"]["session_uptime_us"] += 86400 * 10**6
        # This machine's own numbers have nothing to do with the scenario.
        for key in [key for key in r["points"] if key.startswith("guest_")]:
            del r["points"][key]
        readings.append(r)
    assert len(readings) >= 5, len(readings)
    return readings


def found(tools, readings, name="vmguest-20260921.jsonl"):
    """(name, severity) of each finding, worst first."""
    text, log = run(tools, None, "--explain", "--json", "--from",
                    recording(tools, readings, name))
    assert log == "", log
    return [(f["finding"], f["severity"]) for f in json.loads(text)["findings"]]


@case
def a_noisy_neighbour_is_found(tools):
    findings = found(tools, scenario_recorded(tools, "noisy-neighbour", 30, 70))
    assert findings[0] == ("cpu-denied", "critical"), findings
    assert ("cpu-contention", "critical") in findings, findings
    names = {name for name, severity in findings if severity != "note"}
    assert names <= {"cpu-denied", "cpu-contention", "host-swap", "memory-wait"}, findings


@case
def memory_on_another_node_is_found(tools):
    findings = found(tools, scenario_recorded(tools, "numa", 22, 55))
    assert findings[0] == ("numa", "warning"), findings
    assert {severity for _, severity in findings[1:]} <= {"note"}, findings


@case
def a_slow_disk_is_found_where_the_guest_agrees(tools):
    readings = scenario_recorded(tools, "slow-disk", 26, 60)
    findings = found(tools, readings)
    assert "disk" not in dict(findings), findings
    for factor, expected in ((1.1, True), (0.1, False)):
        for r in readings:
            points = r["points"]
            for disk in "scsi0:0", "scsi0:1":
                host = [points[f"vscsi_{way}_{unit}/{disk}"]
                        for unit in ("operations", "us") for way in ("read", "write")]
                points[f"guest_disk_operations/{disk}"] = host[0] + host[1]
                points[f"guest_disk_ms/{disk}"] = int((host[2] + host[3]) / 1000 * factor)
        findings = found(tools, readings, f"vmguest-2026092{expected:d}.jsonl")
        assert (findings[:1] == [("disk", "critical")]) is expected, findings
    path = os.path.join(tools.work, "vmguest-20260921.jsonl")
    text, _ = run(tools, None, "--explain", "--from", path)
    assert "CRITICAL  Slow disk scsi0:1: " in text, text


@case
def instances_and_the_uuid_are_recorded(tools):
    folder = os.path.join(tools.work, "recordings")
    os.mkdir(folder)
    uuid = "42 20 6f a4 2a 8a 54 5b-74 7a 05 5f 1f 22 d0 ce"
    run(tools, {**QUIET, "vm": {"uuid": uuid}, "nics": ["00:50:56:9a:2b:10"]},
        "--record", folder, "0.2", "3")
    with open(os.path.join(folder, *os.listdir(folder))) as f:
        last = json.loads(f.readlines()[-1])
    assert last["uuid"] == uuid and last["host_version"].startswith("VMware ESX"), last
    keys = last["points"]
    for key in ("vscsi_read_operations/scsi0:0", "vscsi_write_us/scsi0:0",
                "vscsi_read_bytes/scsi0:0", "vnet_rx_packets/00:50:56:9a:2b:10",
                "cpu_contention", "memory_swap_in", "session_uptime_us"):
        assert isinstance(keys[key], int), key
    text, _ = run(tools, None, "--explain", "--from", folder)
    assert f"BIOS UUID of this VM: {uuid}\n" in text, text
    # Only of a recording: what is shown of the machine itself holds nothing private.
    text, _ = run(tools, {**QUIET, "vm": {"uuid": uuid}}, "--explain", "1")
    assert uuid not in text, text


@case
def memory_that_came_back_is_not_excluded(tools):
    """None is reclaimed at the end, and it was no less the cause before."""
    lines = [reading(i) for i in range(20)]
    for line in lines[2:15]:
        line["points"]["memory_ballooned"] = 2048
    text, _ = run(tools, None, "--explain", "--from", recording(tools, lines))
    assert "Not the cause" not in text, text
    assert "Memory reclaimed: 0 MiB now, up to 2048 MiB before. Moves: none." in text, text


@case
def a_move_in_a_recording_mixes_nothing(tools):
    folder = os.path.join(tools.work, "recordings")
    os.mkdir(folder)
    scenario = {**FAST, "speed": 300, "load": [{"at": 0, "used": 0.4, "stolen": 0.01}],
                "events": [{"at": 350, "do": "vmotion", "mhz": 3000}]}
    run(tools, scenario, "--record", folder, "0.1", "25")
    text, log = run(tools, None, "--explain", "--json", "--from", folder)
    window = json.loads(text)["window"]
    assert log == "" and window["moves"] == 1, window
    assert abs(window["used_percent"] - 40) < 2, window
    assert abs(window["contention_percent"] - 1) < 0.5, window
    assert not [f for f in json.loads(text)["findings"] if f["severity"] != "note"], text
    text, _ = run(tools, None, "--explain", "--from", folder)
    assert "Not the cause: memory (0 MiB reclaimed). Moves: 1." in text, text


@case
def a_recording_that_was_cut_goes_on_on_a_new_line(tools):
    folder = os.path.join(tools.work, "recordings")
    os.mkdir(folder)
    run(tools, QUIET, "--record", folder, "0.1", "2")
    name, = os.listdir(folder)
    path = os.path.join(folder, name)
    os.truncate(path, os.path.getsize(path) - 20)
    run(tools, QUIET, "--record", folder, "0.1", "2")
    with open(path) as f:
        lines = f.read().splitlines()
    assert len(lines) == 4
    text, log = run(tools, None, "--explain", "--from", path)
    assert "damaged lines skipped" in log and "leaves them: 1." in log, log


@case
def only_so_many_days_are_kept(tools):
    folder = os.path.join(tools.work, "recordings")
    os.mkdir(folder)
    keep = ("vmguest-notes.jsonl", "other.jsonl", "vmguest-99991231.jsonl")
    for name in (*keep, "vmguest-20200101.jsonl"):
        with open(os.path.join(folder, name), "w"):
            pass
    run(tools, QUIET, "--record", folder, "--keep", "2d", "0.1", "1")
    names = set(os.listdir(folder))
    assert set(keep) <= names and "vmguest-20200101.jsonl" not in names


@case
def a_full_disk_costs_readings_and_no_half_line(tools):
    folder = os.path.join(tools.work, "recordings")
    os.mkdir(folder)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
    _, log = run(tools, QUIET, "--record", folder, "0.1", "6", status=1,
                       before=limit)
    assert len(log.splitlines()) == 1 and "cannot write" in log, log
    name, = os.listdir(folder)
    with open(os.path.join(folder, name)) as f:
        for line in f:
            json.loads(line)


@case
def damaged_and_newer_readings_are_named(tools):
    lines = [reading(i) for i in range(10)]
    path = recording(tools, [*lines, '{"schema": 1, "time_ns"\n', "\n", "7\n",
                             {**reading(11), "schema": 2},
                             {**reading(12), "time_ns": -1},
                             '{"schema": 1, "tim'])
    text, log = run(tools, None, "--explain", "--from", path)
    assert "OK  Nothing holds" in text, text
    text, _ = run(tools, None, "--explain", "--from",
                  recording(tools, [reading(0), reading(1)], "two.jsonl"))
    assert ": 1 reading by the host's clock" in text, text
    assert "leaves them: 5." in log and "newer version skipped: 1." in log, log
    for path, why in (("/nonexistent", "No such file"),
                      (recording(tools, [], "empty.jsonl"), "")):
        text, log = run(tools, None, "--explain", "--from", path, status=1)
        assert why in log


@case
def a_recording_has_its_worst_hours_and_moves(tools):
    lines, stolen = [], 0
    for i in range(24 * 60):
        r = reading(i, session=7 if i < 600 else 8)
        stolen += 30000 if 300 <= i < 360 else 0
        r["points"]["cpu_stolen"] = stolen
        lines.append(r)
    text, _ = run(tools, None, "--explain", "--from", recording(tools, lines),
                        "--utc")
    assert "Hours with a warning: 1 of 24. The worst:" in text, text
    assert re.search(r"21 Sep \d\d:\d\d  critical  CPU denied 12\.\d %", text)
    flat = " ".join(text.split())
    assert "back on the whole: used 40 % of its 4 vCPUs' time, 0.5 % denied; " \
        "5 % or more was denied in 60 of 1438 readings." in flat, text
    assert "\nCRITICAL  CPU denied: 12" in text
    assert len(re.findall(r"Moved or resumed: \d\d Sep", text)) == 1


main(case)
