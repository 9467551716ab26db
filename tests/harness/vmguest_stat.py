# SPDX-License-Identifier: MIT
"""Runs vmguest-stat on the simulated host, as its users would."""

import os
import re
import subprocess

from cases import Cases, check_sanitizers, check_simhost, clean

# The host's clock is fast, so that its session is not young; its channels must
# not look unused for that.
FAST = {"speed": 1000, "host": {"idle_seconds": 0}}
QUIET = {**FAST, "load": [{"at": 0, "used": 0.4, "stolen": 0}]}
DENIED = {**FAST, "load": [{"at": 0, "used": 0.61, "stolen": 0.082}]}
LIMITED = {**FAST, "vm": {"cpu_limit_mhz": 3000},
           "load": [{"at": 0, "used": 0.555, "stolen": 0}]}
DISABLED = {"events": [{"at": 0, "do": "disable"}]}
DESKTOP = {"host": {"product": "workstation"}}

# For a check that shall not find the reading of one before.
NO_STATE = {"MP_STATE_PATH": "/nonexistent"}


def environment(tools, scenario, **more):
    """None removes a variable."""
    all = {**os.environ, "MP_STATE_PATH": tools.work, "TZ": "UTC", **more}
    if scenario is not None:    # LeakSanitizer cannot run under a tracer
        all["ASAN_OPTIONS"] = "detect_leaks=0"
    return {k: v for k, v in all.items() if v is not None}


def command(tools, scenario, options):
    vcpus = [] if scenario is None else ["--vcpus", "4"]
    return [*tools.host(scenario), tools.program, *vcpus, *options]


def run(tools, scenario, *options, status=0, before=None, **more):
    """The whole of a run: (standard output, standard error)."""
    done = subprocess.run(
        command(tools, scenario, options), capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, preexec_fn=before,
        env=environment(tools, scenario, **more))
    if "vmguest-simhost:" in done.stderr:   # a check ends with its numbers as well
        check_simhost(done.returncode)
    check_sanitizers(done.stderr)
    assert done.returncode == status, f"{options}: status {done.returncode}, " \
        f"not {status}: {done.stdout}{done.stderr}"
    return done.stdout, done.stderr


def state_file(tools):
    """Where a check keeps its reading."""
    return os.path.join(tools.work, f"vmguest-stat-{os.geteuid()}.state")


def rows(text):
    """The view's lines with numbers."""
    return [line for line in text.splitlines()
            if re.match(r" +[0-9.-]+ +[0-9.-]+ ", line)]


def main(case, *required):
    """Runs a case in a folder in which no earlier run left anything."""
    def cleanly(test):
        return lambda tools: (clean(tools), test(tools))

    Cases({name: cleanly(test) for name, test in case.items()}).main(
        "program", "simhost", "source", "work", "deps", *required)
