# SPDX-License-Identifier: MIT
"""vmguest-stat --check."""

import os
import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor

from cases import Cases
from vmguest_stat import (DENIED, DESKTOP, DISABLED, LIMITED, NO_STATE, QUIET, main,
                          run, state_file)

case = Cases()

LINE = re.compile(r"VMGUEST (OK|WARNING|CRITICAL|UNKNOWN) - ([^|]*) \| (.*)\n")
LABELS = ["stolen", "contention", "used", "used_of_limit", "ballooned",
          "swapped", "compressed", "memory_wait"]


def checked(tools, scenario, *options, status=0, **more):
    """(text, performance data by label)."""
    output, log = run(tools, scenario, "--check", *options, status=status,
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
    assert re.fullmatch(r"8\.\d\d%;10;20;0", data["contention"])
    assert data["memory_wait"] == "0.00%;1;5;0"
    text, _ = checked(tools, LIMITED, status=2, **NO_STATE)
    assert "own limit" in text
    checked(tools, QUIET, status=0, **NO_STATE)


def state_of_before(tools):
    """A check's state as it was five minutes ago, in the session of all runs:
    the seed gives the same."""
    checked(tools, QUIET)
    with open(state_file(tools)) as f:
        lines = f.read().splitlines()
    lines[1] = re.sub(r"^\d+", str(time.time_ns() - 300 * 10**9), lines[1])
    # Elapsed, used, stolen: the session had just begun.
    lines = [re.sub(r"^(0|1|2) \d+$", r"\1 0", line) for line in lines]
    return "\n".join(lines) + "\n"


@case
def the_next_check_covers_the_time_since(tools):
    state = state_of_before(tools)
    assert re.search(r"\ndisk \d+ \d+ [01] \d+ \d+ scsi0:0\nend\n", state), state
    assert stat.S_IMODE(os.lstat(state_file(tools)).st_mode) == 0o600
    with open(state_file(tools), "w") as f:
        f.write(state)
    text, _ = checked(tools, QUIET)
    assert text.endswith("for 5 min"), text


@case
def a_state_that_cannot_be_trusted_is_not_used(tools):
    good = state_of_before(tools)
    target = os.path.join(tools.work, "target")
    with open(target, "w") as f:
        f.write(good)

    def put(path, text, mode=0o600):
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)

    def aged(ns):
        return re.sub(r"(?m)^\d+ ", f"{ns} ", good, count=1)

    ways = {
        "a link": lambda path: os.symlink(target, path),
        "a folder": os.mkdir,
        "a pipe": os.mkfifo,
        "empty": lambda path: put(path, ""),
        "cut": lambda path: put(path, good[:-6]),
        "cut behind a line": lambda path: put(path, good[:-4]),
        "a disk that is none": lambda path: put(path, good.replace("disk ", "disk x ")),
        "garbage": lambda path: put(path, "\xff" * 300),
        "large": lambda path: put(path, good + "x" * 20000),
        "another version": lambda path: put(path, good.replace("state 1", "state 2")),
        "of another session": lambda path: put(path, re.sub(
            r"(?m)^(\d+) \d+ (\d+ )", r"\1 12345 \2", good, count=1)),
        "from the future": lambda path: put(path, aged(10**19)),
        "too old": lambda path: put(path, aged(time.time_ns() - 1000 * 10**9)),
        "writable by others": lambda path: put(path, good, 0o666),
        "somebody else's": lambda path: (put(path, good), os.chown(path, 65534, -1)),
        "a second name of a file": lambda path: os.link(target, path),
    }

    if os.geteuid() != 0:
        del ways["somebody else's"]

    def text_of(why):
        folder = os.path.join(tools.work, why.replace(" ", "-"))
        os.mkdir(folder)
        ways[why](os.path.join(folder, os.path.basename(state_file(tools))))
        return checked(tools, QUIET, MP_STATE_PATH=folder)[0]
    # Each takes two seconds, and waits for most of them.
    with ThreadPoolExecutor(len(ways)) as pool:
        for why, text in zip(ways, pool.map(text_of, ways)):
            assert text.endswith("for 2 s"), (why, text)
    with open(target) as f:
        assert f.read() == good, "a link was followed"


@case
def ranges_stand_in_for_thresholds(tools):
    checked(tools, DENIED, "-w", "stolen=9", status=0, **NO_STATE)
    checked(tools, DENIED, "-w", "stolen=3", "-c", "stolen=8", status=2, **NO_STATE)
    text, data = checked(tools, QUIET, "-w", "used=@30:50", status=1, **NO_STATE)
    assert "used" in text and ";@30:50;;0" in data["used"]
    for wrong in "stolen", "stolen=", "weather=5", "stolen=5:3", "stolen=x", \
            "stolen=1:2:3":
        output, log = run(tools, None, "--check", "-w", wrong, status=3)
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
    output, _ = run(tools, scenario, "--check")
    assert output.startswith("VMGUEST OK - "), output


@case
def checkmk_and_npd_have_their_own_lines(tools):
    output, _ = run(tools, DENIED, "--check=checkmk")
    assert re.fullmatch(r"1 VMGUEST stolen=8\.\d+;5;10\|contention=\S+ CPU denied "
                        r".*\n", output), output
    output, _ = run(tools, DISABLED, "--check=checkmk")
    assert output.startswith("3 VMGUEST - guest statistics"), output
    output, _ = run(tools, DENIED, "--check=npd", status=1, **NO_STATE)
    assert output.startswith("CPU denied") and len(output) <= 81
    run(tools, QUIET, "--check=npd", status=0, **NO_STATE)
    run(tools, DISABLED, "--check=npd", status=2, **NO_STATE)


main(case)
