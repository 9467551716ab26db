# SPDX-License-Identifier: MIT
"""Runs vmguest-stat on the simulated host, as its users would."""

import argparse
import csv
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time

SKIP = 77
# What vmguest-simhost says where it cannot work.
SIMHOST_CANNOT = 3, 4

cases = {}


class Skip(Exception):
    pass


def case(function):
    cases[function.__name__] = function
    return function


class Tools:
    def __init__(self, arguments):
        vars(self).update(vars(arguments))
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work)

    def environment(self, scenario, **more):
        environment = {**os.environ, "MP_STATE_PATH": self.work, "TZ": "UTC",
                       **more}
        if scenario is not None:    # LeakSanitizer cannot run under a tracer
            environment["ASAN_OPTIONS"] = "detect_leaks=0"
        return {k: v for k, v in environment.items() if v is not None}

    def command(self, scenario, options):
        if scenario is None:
            return [self.program, *options]
        path = os.path.join(self.work, "scenario.json")
        with open(path, "w") as f:
            json.dump({"version": 1, **scenario}, f)
        return [self.simhost, "--scenario", path, "--", self.program,
                "--vcpus", "4", *options]

    def run(self, scenario, *options, status=0, before=None, **environment):
        """(standard output, standard error)."""
        done = subprocess.run(
            self.command(scenario, options), capture_output=True, text=True,
            timeout=60, stdin=subprocess.DEVNULL, preexec_fn=before,
            env=self.environment(scenario, **environment))
        if scenario is not None and done.returncode in SIMHOST_CANNOT and \
                "simhost" in done.stderr:
            raise Skip(done.stderr.strip())
        assert done.returncode == status, \
            f"{options}: status {done.returncode}, not {status}: " \
            f"{done.stdout}{done.stderr}"
        return done.stdout, done.stderr

    def state(self):
        return os.path.join(self.work, f"vmguest-stat-{os.geteuid()}.state")


# The host's clock is fast, so that its session is not young; its channels must
# not look unused for that.
FAST = {"speed": 1000, "host": {"idle_seconds": 0}}
QUIET = {**FAST, "load": [{"at": 0, "used": 0.4, "stolen": 0}]}
DENIED = {**FAST, "load": [{"at": 0, "used": 0.61, "stolen": 0.082}]}
LIMITED = {**FAST, "vm": {"cpu_limit_mhz": 3000},
           "load": [{"at": 0, "used": 0.555, "stolen": 0}]}
DISABLED = {"events": [{"at": 0, "do": "disable"}]}
DESKTOP = {"host": {"product": "workstation"}}


def rows(text):
    """The lines with numbers."""
    return [line for line in text.splitlines()
            if re.match(r" +[0-9.-]+ +[0-9.-]+ ", line)]


@case
def the_view_fits_80_columns(tools):
    text, log = tools.run(DENIED, "0.2", "4")
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
    assert last[2] == "-" and last[4] == "none" and last[9] == "-"
    assert last[10] == "HOST?"


@case
def one_limit_is_a_share_and_a_note(tools):
    text, _ = tools.run(LIMITED, "-c", "0.5", "3")
    last = rows(text)[-1].split()
    assert abs(float(last[4]) - 100) < 2 and last[5] == "LIMIT", text
    assert "CPU limit 3000 MHz" in text
    assert "memory, MiB" not in text


@case
def the_average_can_be_left_out(tools):
    text, _ = tools.run(QUIET, "-y", "0.2", "3")
    assert len(rows(text)) == 2 and "avg" not in text


@case
def the_host_is_shown_or_hidden(tools):
    text, _ = tools.run(QUIET, "-H", "0.2", "2")
    assert "262144" in rows(text)[0], text
    text, _ = tools.run({"host": {"host_info": False}}, "-H")
    assert "262144" not in text and rows(text)[0].split().count("-") >= 5, text


@case
def a_move_has_a_line_of_its_own_and_no_rates(tools):
    scenario = {"load": [{"at": 0, "used": 0.4, "stolen": 0}],
                "events": [{"at": 0.5, "do": "vmotion"}]}
    text, _ = tools.run(scenario, "0.2", "6")
    at = [i for i, line in enumerate(text.splitlines())
          if line.startswith("-- ")]
    assert len(at) == 1, text
    line, after = text.splitlines()[at[0]:at[0] + 2]
    assert re.fullmatch(r"-- \d\d:\d\d:\d\d session 0x[0-9a-f]{16} -> "
                        r"0x[0-9a-f]{16}: moved or resumed", line), line
    assert after.split()[:2] == ["-", "-"], after


@case
def times_scales_and_wide_columns(tools):
    text, _ = tools.run(QUIET, "-t", "--utc", "-S", "g", "-w", "0.2", "2")
    assert "memory, GiB" in text and "target" in text
    assert re.match(r"\d\d:\d\d:\d\d ", text.splitlines()[-1])


@case
def json_is_one_object_a_reading(tools):
    text, _ = tools.run(DENIED, "--json", "0.2", "3")
    readings = [json.loads(line) for line in text.splitlines()]
    assert [r["since_session_began"] for r in readings] == [True, False, False]
    assert abs(readings[-1]["stolen_percent"] - 8.2) < 1
    assert readings[-1]["contention_percent"] is None
    assert readings[-1]["used_of_limit_percent"] == "none"


@case
def csv_has_a_header_and_as_many_fields(tools):
    text, _ = tools.run(DENIED, "--csv", "0.2", "3")
    table = list(csv.reader(io.StringIO(text)))
    assert len(table) == 4 and len({len(line) for line in table}) == 1, text
    assert table[0][:2] == ["time", "session"]


@case
def no_locale_changes_a_number(tools):
    text, _ = tools.run(DENIED, "--json", "-c", LC_ALL="de_DE.UTF-8",
                        LANG="de_DE.UTF-8")
    json.loads(text)
    text, _ = tools.run(DENIED, "--explain", "1", LC_ALL="de_DE.UTF-8")
    assert re.search(r"\d+ \w{3} 2\d{3} .* UTC", text), text


@case
def without_a_host_it_says_why(tools):
    text, _ = tools.run(DISABLED, status=1)
    assert 'guestlibGetInfo.disable = "FALSE"' in text
    text, _ = tools.run(DESKTOP, status=1)
    assert "Workstation" in text
    text, _ = tools.run(DISABLED, "--explain", "1", status=1)
    assert "Nothing can be said" in text
    text, _ = tools.run(DISABLED, "--json", status=1)
    assert json.loads(text)["up"] is False


@case
def a_closed_output_ends_it(tools):
    for options in ("0.1",), ("--explain=1",), ("--check",):
        process = subprocess.Popen(
            tools.command(QUIET, options), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=tools.environment(QUIET))
        process.stdout.close()
        assert process.wait(30) in (0, *SIMHOST_CANNOT), options
        assert process.stderr.read() == b""
        process.stderr.close()


@case
def ctrl_c_ends_it_well(tools):
    path = os.path.join(tools.work, "pid")
    process = subprocess.Popen(
        tools.command(QUIET, ("0.1",)), stdout=subprocess.PIPE,
        env=tools.environment(QUIET))
    first = process.stdout.readline()
    if not first:
        raise Skip("the simulated host does not work here")
    os.kill(process.pid, 15)    # it is passed on
    rest = process.stdout.read()
    assert process.wait(30) == 0, path
    process.stdout.close()
    assert rest.endswith(b"\n")


@case
def wrong_options_are_named(tools):
    for options, words in (
            (("0",), "seconds from 0.1"),
            (("-1",), "not known"),
            (("1", "0"), "from 1"),
            (("1", "2", "3"), "too many"),
            (("nan",), "seconds from 0.1"),
            (("--vcpus", "0"), "1 to 4096"),
            (("-S", "x"), "k, m, g"),
            (("-S", ""), "k, m, g"),
            (("--color=red",), "auto, always, never"),
            (("--explain=0",), "from 1 to 86400"),
            (("--accept", "weather"), "cpu-limit"),
            (("-d",), "extended statistics"),
            (("--unknown",), "not known"),
            (("--json=1",), "not known")):
        text, log = tools.run(None, *options, status=2)
        assert text == "" and words in log, (options, log)
        assert len(log.splitlines()) == 1


@case
def help_is_one_screen(tools):
    text, _ = tools.run(None, "--help")
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
    _, log = tools.run(None, "--accept", "?", status=2)
    names = re.search(r"accepted are (.*)\.", log)[1].split(", ")
    assert len(names) > 20
    with open(os.path.join(folder, "vmguest-stat.1")) as f:
        assert re.findall(r"^\.It (\S+) Ta .* Ta", f.read(), re.M) == names
    with open(os.path.join(folder, "vmguest-stat.bash")) as f:
        words = f.read().split('findings="')[1].split('"')[0].split()
    assert words == names


# In words.

@case
def a_denial_is_explained(tools):
    text, _ = tools.run(DENIED, "--explain", "2", "--utc")
    flat = " ".join(text.split())
    assert "WARNING CPU denied: 8.2 % of 4 vCPUs' time" in flat, text
    assert "Not this VM's CPU limit: it has none." in flat
    assert "A limit on the resource pool above this VM" in flat
    assert re.search(r"expect 16[0-9]{2} ms Ready per vCPU and 20 s", flat)
    assert "Nothing holds" not in flat
    assert all(len(line) <= 78 for line in text.splitlines()), text


@case
def an_own_limit_is_explained_and_no_host_accused(tools):
    text, _ = tools.run(LIMITED, "--explain=2")
    flat = " ".join(text.split())
    assert "CRITICAL CPU held by this VM's own limit: 3.00 of 10.37 GHz" in flat
    assert "would have used about 5.8 GHz" in flat
    assert "CPU denied" not in flat


@case
def nothing_wrong_is_said_plainly(tools):
    text, _ = tools.run(QUIET, "--explain", "2")
    assert "OK  Nothing holds this VM back" in text
    assert "WARNING" not in text and "CRITICAL" not in text


@case
def a_young_session_has_notes_only(tools):
    text, _ = tools.run({**DENIED, "speed": 1}, "--explain", "2")
    assert "younger than ten minutes" in text and "NOTE  CPU denied" in text
    assert "Nothing holds" not in text and "WARNING" not in text


@case
def what_is_accepted_is_shown_as_such(tools):
    text, _ = tools.run(LIMITED, "--explain", "2", "--accept",
                        "cpu-limit=it is what we pay for")
    assert "ACCEPTED  CPU held" in text and "what we pay for" in text
    text, _ = tools.run(LIMITED, "--check", "--accept", "cpu-limit")
    assert text.startswith("VMGUEST OK - "), text


@case
def the_explanation_as_json(tools):
    text, _ = tools.run(DENIED, "--explain", "2", "--json")
    found = json.loads(text)
    assert found["findings"][0]["finding"] == "cpu-denied"
    assert found["findings"][0]["severity"] == "warning"
    assert abs(found["window"]["stolen_percent"] - 8.2) < 0.2
    assert found["window"]["cpu_limit_mhz"] is None


# Checks.

LINE = re.compile(r"VMGUEST (OK|WARNING|CRITICAL|UNKNOWN) - ([^|]*) \| (.*)\n")
LABELS = ["stolen", "contention", "used", "used_of_limit", "ballooned",
          "swapped", "compressed", "memory_wait"]


def checked(tools, scenario, *options, status=0, **more):
    """(text, performance data by label)."""
    output, log = tools.run(scenario, "--check", *options, status=status,
                            **more)
    assert log == ""
    line = LINE.fullmatch(output)
    assert line, output
    assert len(output.split(" | ")[0]) < 80
    assert ["OK", "WARNING", "CRITICAL", "UNKNOWN"].index(line[1]) == status
    data = re.findall(r"'([^']+)'=(\S+)", line[3])
    assert [name for name, _ in data] == LABELS, output
    return line[2], dict(data)


@case
def a_check_has_one_line_and_a_status(tools):
    text, data = checked(tools, DENIED, status=1)
    assert re.fullmatch(r"CPU denied 8\.\d % for 2 s \(warn 5\), no limit: "
                        r"host or pool", text), text
    assert re.fullmatch(r"8\.\d\d%;5;10;0", data["stolen"])
    assert data["contention"] == "U;10;20;0"
    text, _ = checked(tools, LIMITED, status=2, MP_STATE_PATH="/nonexistent")
    assert "own limit" in text
    checked(tools, QUIET, status=0, MP_STATE_PATH="/nonexistent")


def state_of_before(tools):
    """A check's state as it was five minutes ago, in the session of all runs:
    the seed gives the same."""
    checked(tools, QUIET)
    with open(tools.state()) as f:
        lines = f.read().splitlines()
    lines[1] = re.sub(r"^\d+", str(time.time_ns() - 300 * 10**9), lines[1])
    # Elapsed, used, stolen: the session had just begun.
    lines = [re.sub(r"^(0|1|2) \d+$", r"\1 0", line) for line in lines]
    return "\n".join(lines) + "\n"


@case
def the_next_check_covers_the_time_since(tools):
    state = state_of_before(tools)
    assert stat.S_IMODE(os.lstat(tools.state()).st_mode) == 0o600
    with open(tools.state(), "w") as f:
        f.write(state)
    text, _ = checked(tools, QUIET)
    assert text.endswith("for 5 min"), text


@case
def a_state_that_cannot_be_trusted_is_not_used(tools):
    good = state_of_before(tools)
    target = os.path.join(tools.work, "target")

    def link():
        with open(target, "w") as f:
            f.write(good)
        os.symlink(target, tools.state())

    def put(text, mode=0o600):
        with open(tools.state(), "w") as f:
            f.write(text)
        os.chmod(tools.state(), mode)

    for why, make in (
            ("a link", link),
            ("a folder", lambda: os.mkdir(tools.state())),
            ("a pipe", lambda: os.mkfifo(tools.state())),
            ("empty", lambda: put("")),
            ("cut", lambda: put(good[:-6])),
            ("cut behind a line", lambda: put(good[:-4])),
            ("garbage", lambda: put("\xff" * 300)),
            ("large", lambda: put(good + "x" * 10000)),
            ("another version", lambda: put(good.replace("state 1", "state 2"))),
            ("of another session", lambda: put(re.sub(
                r"(?m)^(\d+) \d+ (\d+ )", r"\1 12345 \2", good, count=1))),
            ("from the future", lambda: put(re.sub(
                r"(?m)^\d+ ", str(10**19) + " ", good, count=1))),
            ("too old", lambda: put(re.sub(
                r"(?m)^\d+ ", str(time.time_ns() - 1000 * 10**9) + " ", good,
                count=1))),
            ("writable by others", lambda: put(good, 0o666))):
        if os.path.isdir(tools.state()):
            os.rmdir(tools.state())
        elif os.path.lexists(tools.state()):
            os.unlink(tools.state())
        make()
        text, _ = checked(tools, QUIET)
        assert text.endswith("for 2 s"), (why, text)
    with open(target) as f:
        assert f.read() == good, "a link was followed"


@case
def ranges_stand_in_for_thresholds(tools):
    none = {"MP_STATE_PATH": "/nonexistent"}
    checked(tools, DENIED, "-w", "stolen=9", status=0, **none)
    checked(tools, DENIED, "-w", "stolen=3", "-c", "stolen=8", status=2, **none)
    text, data = checked(tools, QUIET, "-w", "used=@30:50", status=1, **none)
    assert "used" in text and ";@30:50;;0" in data["used"]
    for wrong in "stolen", "stolen=", "weather=5", "stolen=5:3", "stolen=x", \
            "stolen=1:2:3":
        output, log = tools.run(None, "--check", "-w", wrong, status=3)
        assert output.startswith("VMGUEST UNKNOWN - ") and log == "", wrong


@case
def no_data_is_never_critical(tools):
    text, data = checked(tools, DISABLED, status=3)
    assert "disabled" in text and data["stolen"].startswith("U;")
    checked(tools, DESKTOP, status=3)
    qemu = {"host": {"product": "qemu"}}
    checked(tools, qemu, status=3)
    checked(tools, qemu, "--absent=ok", status=0)
    checked(tools, DISABLED, "--absent=ok", status=3)


@case
def half_of_the_statistics_are_enough(tools):
    text, data = checked(tools, {**QUIET, "host": {"protocols": [2], "idle_seconds": 0}})
    assert data["stolen"].startswith("U;") and data["used"][0] != "U", data


@case
def a_move_in_the_middle_of_a_check_is_no_alarm(tools):
    scenario = {**DENIED, "speed": 1,
                "events": [{"at": 1.5, "do": "vmotion"}]}
    output, _ = tools.run(scenario, "--check")
    assert output.startswith("VMGUEST OK - "), output


@case
def checkmk_and_npd_have_their_own_lines(tools):
    output, _ = tools.run(DENIED, "--check=checkmk")
    assert re.fullmatch(r"1 VMGUEST stolen=8\.\d+;5;10\|used=\S+ CPU denied "
                        r".*\n", output), output
    output, _ = tools.run(DISABLED, "--check=checkmk")
    assert output.startswith("3 VMGUEST - guest statistics"), output
    none = {"MP_STATE_PATH": "/nonexistent"}
    output, _ = tools.run(DENIED, "--check=npd", status=1, **none)
    assert output.startswith("CPU denied") and len(output) <= 81
    tools.run(QUIET, "--check=npd", status=0, **none)
    tools.run(DISABLED, "--check=npd", status=2, **none)


# The doctor.

@case
def the_doctor_names_cause_and_cure(tools):
    for scenario, status, words in (
            ({"vm": {"resource_pool": "/secret/pool"}}, 0,
             "statistics: all have a value"),
            ({"host": {"host_info": False}}, 1, "enableHostInfo"),
            ({"host": {"protocols": [2]}}, 1, "too old: cpu_stolen"),
            (DISABLED, 2, 'guestlibGetInfo.disable = "FALSE"'),
            (DESKTOP, 2, "Workstation, Player and Fusion"),
            ({"host": {"product": "qemu"}}, 2, "no message service"),
            ({"events": [{"at": 0, "do": "refuse", "count": 1000}]}, 2,
             "no free VMware message channel"),
            ({"events": [{"at": 0, "do": "damage", "how": "truncate",
                          "bytes": 40, "count": 1000}]}, 2, "damaged"),
            ({"events": [{"at": 0, "do": "silent", "count": 1000}]}, 2,
             "sent no reply"),
            ({"events": [{"at": 0, "do": "checkpoint", "count": 100000}]}, 2,
             "checkpoint"),
            (None, 2, "no VMware host answers")):
        text, log = tools.run(scenario, "--doctor", status=status)
        assert words in " ".join(text.split()), (words, text)
        assert log == ""
        assert "secret" not in text
    text, _ = tools.run(DISABLED, "--doctor", "--json", status=2)
    answers = {a["question"]: a["mark"] for a in json.loads(text)}
    assert answers["host"] == "no" and answers["permissions"] == "ok"


# Recordings.

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
    text, log = tools.run(DENIED, "--record", folder, "0.4", "4")
    assert text == "" and log == ""
    name, = os.listdir(folder)
    assert re.fullmatch(r"vmguest-\d{8}\.jsonl", name)
    with open(os.path.join(folder, name)) as f:
        lines = [json.loads(line) for line in f]
    assert len(lines) == 4 and lines[0]["schema"] == 1
    assert lines[0]["points"]["cpu_limited"] == 0
    assert "cpu_used_of_limit" not in lines[0]["points"]
    for path in folder, os.path.join(folder, name):
        text, log = tools.run(None, "--explain", "--from", path)
        assert "WARNING  CPU denied: 8.2 % of 4 vCPUs' time" in text, text
        assert log == ""


@case
def a_recording_that_was_cut_goes_on_on_a_new_line(tools):
    folder = os.path.join(tools.work, "recordings")
    os.mkdir(folder)
    tools.run(QUIET, "--record", folder, "0.1", "2")
    name, = os.listdir(folder)
    path = os.path.join(folder, name)
    os.truncate(path, os.path.getsize(path) - 20)
    tools.run(QUIET, "--record", folder, "0.1", "2")
    with open(path) as f:
        lines = f.read().splitlines()
    assert len(lines) == 4
    text, log = tools.run(None, "--explain", "--from", path)
    assert "no reading" in log and ": 1, left out" in log, log


@case
def only_so_many_days_are_kept(tools):
    folder = os.path.join(tools.work, "recordings")
    os.mkdir(folder)
    keep = ("vmguest-notes.jsonl", "other.jsonl", "vmguest-99991231.jsonl")
    for name in (*keep, "vmguest-20200101.jsonl"):
        with open(os.path.join(folder, name), "w"):
            pass
    tools.run(QUIET, "--record", folder, "--keep", "2d", "0.1", "1")
    names = set(os.listdir(folder))
    assert set(keep) <= names and "vmguest-20200101.jsonl" not in names


@case
def a_full_disk_costs_readings_and_no_half_line(tools):
    import resource
    folder = os.path.join(tools.work, "recordings")
    os.mkdir(folder)
    import signal

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
    _, log = tools.run(QUIET, "--record", folder, "0.1", "6", status=1,
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
    text, log = tools.run(None, "--explain", "--from", path)
    assert "OK  Nothing holds" in text, text
    assert ": 5, left out" in log and "newer version's schema: 1" in log, log
    for path, why in (("/nonexistent", "No such file"),
                      (recording(tools, [], "empty.jsonl"), "")):
        text, log = tools.run(None, "--explain", "--from", path, status=1)
        assert why in log


@case
def a_recording_has_its_worst_hours_and_moves(tools):
    lines, stolen = [], 0
    for i in range(24 * 60):
        r = reading(i, session=7 if i < 600 else 8)
        stolen += 30000 if 300 <= i < 360 else 0
        r["points"]["cpu_stolen"] = stolen
        lines.append(r)
    text, _ = tools.run(None, "--explain", "--from", recording(tools, lines),
                        "--utc")
    assert "Hours with a warning: 1 of 24. The worst:" in text, text
    assert re.search(r"21 Sep \d\d:\d\d  critical  CPU denied 12\.\d %", text)
    assert "back on the whole" in text
    assert "\nCRITICAL  CPU denied: 12" in text
    assert len(re.findall(r"Moved or resumed: \d\d Sep", text)) == 1


@case
def seven_days_are_explained_in_a_second(tools):
    path = recording(tools, [reading(i) for i in range(7 * 24 * 60)])
    def seconds():
        before = os.times()
        tools.run(None, "--explain", "--from", path)
        after = os.times()
        return after.children_user - before.children_user
    # The processor's time: others may use the machine.
    assert min(seconds() for _ in range(3)) < 1


# Terminals.

def on_terminal(tools, width, scenario, *options):
    """What a terminal of so many columns shows at the end."""
    if not shutil.which("tmux"):
        raise Skip("tmux is not here")
    socket = os.path.join(tools.work, "tmux")
    command = ["tmux", "-f", "/dev/null", "-S", socket]
    done = os.path.join(tools.work, "done")
    words = " ".join(f"'{w}'" for w in tools.command(scenario, options))
    subprocess.run(
        [*command, "new-session", "-d", "-x", str(width), "-y", "12",
         f"{words}; touch '{done}'; sleep 60"],
        check=True, env=tools.environment(scenario, TMUX=None, TERM="xterm"))
    try:
        end = time.monotonic() + 30
        while not os.path.exists(done):
            assert time.monotonic() < end, "it did not end"
            time.sleep(0.05)
        return subprocess.run(
            [*command, "capture-pane", "-p", "-S", "-100"], check=True,
            capture_output=True, text=True).stdout
    finally:
        subprocess.run([*command, "kill-server"], check=False)


def lines_fit(tools, width, least):
    text = on_terminal(tools, width, QUIET, "-n", "0.2", "4")
    lines = [line for line in text.splitlines()
             if re.match(r" +[0-9.]+ +[0-9.]+", line)]
    # A line that is broken by the terminal is two: title, two of header, four.
    assert len(lines) == 4 and len(text.strip("\n").splitlines()) == 7, text
    assert all(len(line.split()) >= least for line in lines), text


@case
def lines_fit_a_terminal_of_20_columns(tools):
    lines_fit(tools, 20, 3)


@case
def lines_fit_a_terminal_of_60_columns(tools):
    lines_fit(tools, 60, 8)


@case
def lines_fit_a_terminal_of_80_columns(tools):
    lines_fit(tools, 80, 11)


@case
def lines_fit_a_terminal_of_200_columns(tools):
    lines_fit(tools, 200, 11)


@case
def the_header_comes_again_on_each_screen(tools):
    text = on_terminal(tools, 80, QUIET, "0.1", "20")
    assert text.count("swpin/s") >= 2, text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=cases)
    for name in "program", "simhost", "source", "work":
        parser.add_argument(f"--{name}", required=True)
    arguments = parser.parse_args()
    try:
        cases[arguments.case](Tools(arguments))
    except Skip as why:
        print(f"SKIPPED: {why}")
        return SKIP
    return 0


if __name__ == "__main__":
    sys.exit(main())
