# SPDX-License-Identifier: MIT
"""vmguest-stat: a line a reading, and its options."""

import csv
import io
import json
import os
import re
import signal
import subprocess

from cases import Cases, check_simhost
from vmguest_stat import (DENIED, DESKTOP, DISABLED, FAST, LIMITED, QUIET, command,
                          environment, main, rows, run)

case = Cases()


@case
def the_view_fits_80_columns(tools):
    text, log = run(tools, DENIED, "0.2", "4")
    assert log == ""
    assert all(len(line) <= 80 for line in text.splitlines()), text
    title, band, names, *_ = text.splitlines()
    assert re.fullmatch(r"\S+: 4 vCPUs at 2\.59 GHz, 8192 MiB; no limits; on "
                        r"this host for .+", title), title
    assert "CPU, % of 4 vCPUs" in band and "memory, MiB" in band
    assert names.split() == ["used", "stolen", "contn", "GHz", "lim%",
                             "active", "balloon", "zip", "hswap", "swpin/s",
                             "note"]
    assert len(rows(text)) == 4
    assert rows(text)[0].split()[-1] == "avg"
    last = rows(text)[-1].split()
    assert abs(float(last[0]) - 61) < 2 and abs(float(last[1]) - 8.2) < 1, last
    assert abs(float(last[2]) - 8.2) < 1 and last[4] == "none" and last[9] == "0"
    assert last[10] == "HOST?"


@case
def one_limit_is_a_share_and_a_note(tools):
    text, _ = run(tools, LIMITED, "-c", "0.5", "3")
    last = rows(text)[-1].split()
    assert abs(float(last[4]) - 100) < 2 and last[5] == "LIMIT", text
    assert "CPU limit 3000 MHz" in text
    assert "memory, MiB" not in text


@case
def the_average_can_be_left_out(tools):
    text, _ = run(tools, QUIET, "-y", "0.2", "3")
    assert len(rows(text)) == 2 and "avg" not in text


@case
def the_host_is_shown_or_hidden(tools):
    text, _ = run(tools, QUIET, "-H", "0.2", "2")
    assert "262144" in rows(text)[0], text
    text, _ = run(tools, {"host": {"host_info": False}}, "-H")
    assert "262144" not in text and rows(text)[0].split().count("-") >= 5, text


@case
def a_move_has_a_line_of_its_own_and_no_rates(tools):
    scenario = {"load": [{"at": 0, "used": 0.4, "stolen": 0}],
                "events": [{"at": 0.5, "do": "vmotion"}]}
    text, _ = run(tools, scenario, "0.2", "6")
    at = [i for i, line in enumerate(text.splitlines())
          if line.startswith("-- ")]
    assert len(at) == 1, text
    line, after = text.splitlines()[at[0]:at[0] + 2]
    assert re.fullmatch(r"-- \d\d:\d\d:\d\d session 0x[0-9a-f]{16} -> "
                        r"0x[0-9a-f]{16}: moved or resumed", line), line
    assert after.split()[:2] == ["-", "-"], after


@case
def hosts_without_extended_statistics_have_dashes(tools):
    text, _ = run(tools, {**QUIET, "host": {"sets": [], "idle_seconds": 0}}, "-c", "-m",
                  "-x", "0.2", "2")
    last = rows(text)[-1].split()
    assert last[2] == "-" and last[9:13] == ["-"] * 4, text
    text, _ = run(tools, {"host": {"sets": ["resources"]}}, "-d", "-N", "0.2", "2")
    assert text.count("Device") == text.count("IFACE") == 2 and "scsi" not in text, text


@case
def waiting_has_rates_and_names_of_esxtop(tools):
    scenario = {**FAST, "load": [{"at": 0, "used": 0.4, "stolen": 0.02,
                                  "contention": 0.06, "memory_wait": 0.03,
                                  "numa_remote": 0.25, "swap_in": 4, "swap_out": 2}]}
    text, _ = run(tools, scenario, "-x", "0.3", "3")
    names, last = text.splitlines()[2].split(), rows(text)[-1].split()
    assert names == ["%SWPWT", "N%L", "contn", "swpin/s", "swpout/s", "note"]
    wait, local, contention, swap_in, swap_out = map(float, last[:5])
    assert abs(contention - 8) < 0.5 and abs(local - 75) < 1, text
    # Beside its own share, ten microseconds for each KB that comes back.
    assert abs(wait - 3 - 4 * 1024 * 1e-5 / 4 * 100) < 1, text
    assert abs(swap_in - 4) < 0.5 and abs(swap_out - 2) < 0.5, text
    # The average since the session began is by that clock, too: by the other one,
    # which is asked before the counters, it would be more. A millisecond between
    # counters and clock is a second of this scenario, and makes it less.
    assert 2 < float(rows(text)[0].split()[2]) < 8.6, text
    # What another group shows already is not repeated.
    text, _ = run(tools, scenario, "-c", "-m", "-x")
    assert text.count("contn") == 1 and text.count("swpin/s") == 1


@case
def memory_on_another_node_is_a_note(tools):
    for remote, note in ((0.19, "-"), (0.21, "NUMA")):
        scenario = {**FAST, "load": [{"at": 0, "used": 0.4, "stolen": 0,
                                      "numa_remote": remote}]}
        text, _ = run(tools, scenario, "0.4", "3")
        assert rows(text)[-1].split()[-1] == note, text


DEVICES = {**FAST,
           "disks": [{"name": "scsi0:0", "load": [
               {"at": 0, "reads": 40, "read_bytes": 4096, "read_ms": 2.5, "writes": 0}]},
               "nvme0:1"],
           "nics": [{"mac": "00:50:56:9a:2b:10", "load": [
               {"at": 0, "rx": 100, "rx_bytes": 1024, "tx": 50, "tx_bytes": 512}]}]}


@case
def disks_and_network_cards_have_lines_of_their_own(tools):
    text, _ = run(tools, DEVICES, "-d", "-N", "0.3", "2")
    assert all(len(line) <= 80 for line in text.splitlines()), text
    disks = [line.split() for line in text.splitlines() if line.startswith("scsi0:0")]
    assert len(disks) == 2, text
    _, reads, read_kb, read_ms, writes, written_kb, write_ms, guest = disks[-1]
    assert abs(float(reads) - 40) < 3 and abs(float(read_kb) - 160) < 12, disks
    assert abs(float(read_ms) - 2.5) < 0.1, disks
    assert (writes, written_kb, write_ms) == ("0.0", "0.0", "-"), disks
    assert len(re.findall("^nvme0:1 ", text, re.M)) == 2
    nic = [line.split() for line in text.splitlines() if line.startswith("00:50")][-1]
    for number, expected in zip(map(float, nic[1:5]), (100, 50, 100, 25)):
        assert abs(number - expected) < expected / 10, nic


@case
def a_rate_needs_the_clock_at_both_ends(tools):
    # The second session of the first reading has no "uptime" but "tptime".
    damage = {"at": 0, "do": "damage", "rpc": "stat.get", "how": "flip",
              "offset": len("1 session = 1229782938247303441\n"), "mask": 1,
              "after": 3, "count": 1}
    text, _ = run(tools, {"vm": {"session": 1229782938247303441},
                          "disks": ["scsi0:0"], "events": [damage]},
                  "-d", "--json", "0.3", "3")
    rates = [json.loads(line)["disks"][0]["reads_per_s"]
             for line in text.splitlines()]
    assert rates[:2] == [None, None] and rates[2] is not None, text


@case
def disks_and_network_cards_as_json(tools):
    text, _ = run(tools, DEVICES, "--json", "-c", "-d", "-N", "0.3", "2")
    last = json.loads(text.splitlines()[-1])
    assert [d["name"] for d in last["disks"]] == ["scsi0:0", "nvme0:1"] or \
        [d["name"] for d in last["disks"]] == ["nvme0:1", "scsi0:0"], last
    disk = next(d for d in last["disks"] if d["name"] == "scsi0:0")
    assert abs(disk["reads_per_s"] - 40) < 3 and disk["write_ms"] is None
    assert abs(last["nics"][0]["tx_kib_per_s"] - 25) < 3
    assert "used_percent" in last and "active_mib" not in last


@case
def a_move_leaves_no_rates_of_devices(tools):
    scenario = {"events": [{"at": 0.5, "do": "vmotion"}]}
    text, _ = run(tools, scenario, "-d", "0.2", "5")
    lines = text.splitlines()
    moved = next(i for i, line in enumerate(lines) if line.startswith("-- "))
    assert lines[moved + 2].split()[1:7] == ["-"] * 6, text
    assert lines[-1].split()[1] != "-", text


@case
def times_scales_and_wide_columns(tools):
    text, _ = run(tools, QUIET, "-t", "--utc", "-S", "g", "-w", "0.2", "2")
    assert "memory, GiB" in text and "target" in text
    assert re.match(r"\d\d:\d\d:\d\d ", text.splitlines()[-1])


@case
def json_is_one_object_a_reading(tools):
    text, _ = run(tools, DENIED, "--json", "0.2", "3")
    readings = [json.loads(line) for line in text.splitlines()]
    assert [r["since_session_began"] for r in readings] == [True, False, False]
    assert abs(readings[-1]["stolen_percent"] - 8.2) < 1
    assert abs(readings[-1]["contention_percent"] - 8.2) < 1
    assert readings[-1]["used_of_limit_percent"] == "none"


@case
def csv_has_a_header_and_as_many_fields(tools):
    text, _ = run(tools, DENIED, "--csv", "0.2", "3")
    table = list(csv.reader(io.StringIO(text)))
    assert len(table) == 4 and len({len(line) for line in table}) == 1, text
    assert table[0][:2] == ["time", "session"]


@case
def no_locale_changes_a_number(tools):
    text, _ = run(tools, DENIED, "--json", "-c", LC_ALL="de_DE.UTF-8",
                        LANG="de_DE.UTF-8")
    json.loads(text)
    text, _ = run(tools, DENIED, "--explain", "1", LC_ALL="de_DE.UTF-8")
    assert re.search(r"\d+ \w{3} 2\d{3} .* UTC", text), text


@case
def without_a_host_it_says_why(tools):
    text, _ = run(tools, DISABLED, status=1)
    assert 'guestlibGetInfo.disable = "FALSE"' in text
    text, _ = run(tools, DESKTOP, status=1)
    assert "Workstation" in text
    text, _ = run(tools, DISABLED, "--explain", "1", status=1)
    assert "Nothing can be said" in text
    text, _ = run(tools, DISABLED, "--json", status=1)
    assert json.loads(text)["up"] is False


@case
def a_closed_output_ends_it(tools):
    for options in ("0.1",), ("--explain=1",), ("--check",):
        process = subprocess.Popen(
            command(tools, QUIET, options), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=environment(tools, QUIET))
        process.stdout.close()
        check_simhost(process.wait(30))
        assert process.returncode == 0, options
        assert process.stderr.read() == b""
        process.stderr.close()


@case
def ctrl_c_ends_it_well(tools):
    process = subprocess.Popen(
        command(tools, QUIET, ("0.1",)), stdout=subprocess.PIPE,
        env=environment(tools, QUIET))
    if not process.stdout.readline():
        check_simhost(process.wait(30))
    os.kill(process.pid, signal.SIGTERM)    # it is passed on
    rest = process.stdout.read()
    assert process.wait(30) == 0
    process.stdout.close()
    assert rest.endswith(b"\n")


@case
def wrong_options_are_named(tools):
    for options, words in (
            (("0",), "seconds from 0.1"),
            (("-1",), "unknown"),
            (("1", "0"), "from 1"),
            (("1", "2", "3"), "too many"),
            (("nan",), "seconds from 0.1"),
            (("--vcpus", "0"), "1 to 4096"),
            (("-S", "x"), "k, m, g"),
            (("-S", ""), "k, m, g"),
            (("--color=red",), "auto, always, never"),
            (("--explain=0",), "from 1 to 86400"),
            (("--accept", "weather"), "cpu-limit"),
            (("--csv", "-d"), "--json has them"),
            (("--unknown",), "is unknown"),
            (("--json=1",), "unknown")):
        text, log = run(tools, None, *options, status=2)
        assert text == "" and words in log, (options, log)
        assert len(log.splitlines()) == 1


@case
def help_is_one_screen(tools):
    text, _ = run(tools, None, "--help")
    assert len(text.splitlines()) <= 40
    assert all(len(line) <= 80 for line in text.splitlines())
    with open(os.path.join(tools.source, "contrib/stat/vmguest-stat.1")) as f:
        manual = f.read()
    for name in set(re.findall(r"--([a-z]+)", text)):
        assert f"Fl -{name}" in manual or f" -{name}" in manual or \
            name in ("help", "version"), name


@case
def findings_are_the_same_in_manual_and_completion(tools):
    folder = os.path.join(tools.source, "contrib/stat")
    _, log = run(tools, None, "--accept", "?", status=2)
    names = re.search(r"accepted: (.*)\.", log)[1].split(", ")
    assert len(names) > 20
    with open(os.path.join(folder, "vmguest-stat.1")) as f:
        assert re.findall(r"^\.It (\S+) Ta .* Ta", f.read(), re.M) == names
    with open(os.path.join(folder, "vmguest-stat.bash")) as f:
        words = f.read().split('findings="')[1].split('"')[0].split()
    assert words == names


main(case)
