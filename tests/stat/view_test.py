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
from vmguest_stat import (DENIED, DESKTOP, DISABLED, LIMITED, QUIET, command,
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
    assert last[2] == "-" and last[4] == "none" and last[9] == "-"
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
    assert readings[-1]["contention_percent"] is None
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
    names = re.search(r"accepted are (.*)\.", log)[1].split(", ")
    assert len(names) > 20
    with open(os.path.join(folder, "vmguest-stat.1")) as f:
        assert re.findall(r"^\.It (\S+) Ta .* Ta", f.read(), re.M) == names
    with open(os.path.join(folder, "vmguest-stat.bash")) as f:
        words = f.read().split('findings="')[1].split('"')[0].split()
    assert words == names


main(case)
