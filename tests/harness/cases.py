# SPDX-License-Identifier: MIT
"""A test program: its cases, one a call, and how it ends. Exit status 0 if the case
passes, 77 if it cannot be tried here, else 1."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time

SKIPPED = 77


class Skip(Exception):
    """The case cannot be tried here: why."""


def wait(what, seconds=30, why="it did not happen", pause=0.01):
    """Until what() is true; its value."""
    end = time.monotonic() + seconds
    while True:
        done = what()
        if done:
            return done
        assert time.monotonic() < end, f"not within {seconds} s: {why}"
        time.sleep(pause)


# What vmguest-simhost ends with where it cannot work.
SIMHOST_CANNOT = {3: "tracing is forbidden here", 4: "this is a VMware guest"}


def check_simhost(status):
    """Of a command that was run on it; None while it runs."""
    if status in SIMHOST_CANNOT:
        raise Skip(SIMHOST_CANNOT[status])


def check_sanitizers(log):
    """Of a program of ours that ended."""
    for finding in ("AddressSanitizer", "runtime error:", "ThreadSanitizer"):
        assert finding not in log, log


class Tools:
    """What the test was given on its command line."""

    simhost_options = ()

    def __init__(self, arguments):
        vars(self).update(vars(arguments))
        self.stop_signal = signal.Signals[arguments.stop_signal]
        os.makedirs(self.work, exist_ok=True)

    def dependency(self, *names):
        """A program that the test did not build: unpacked, or installed."""
        for name in names:
            path = os.path.join(self.deps, name)
            if os.access(path, os.X_OK):
                return path
        for folder in os.environ["PATH"].split(":") + ["/usr/sbin"]:
            for name in names:
                path = os.path.join(folder, os.path.basename(name))
                if os.access(path, os.X_OK):
                    return path
        raise Skip(f"{os.path.basename(names[-1])} is not here; contrib/check puts it in "
                   f"build/deps/{names[0].partition('/')[0]}")

    def check_formats(self, options):
        """Whether the program that is tested was built with the formats named there."""
        if self.without_json and "json" in options:
            raise Skip("vmguest-execd was built without JSON; contrib/check puts yajl's "
                       "source in build/deps/yajl")

    def host(self, scenario):
        """The words in front of a command that put it on a host."""
        if scenario is None:
            return []
        if isinstance(scenario, dict):
            name = tempfile.mktemp(".json", dir=self.work)
            with open(name, "w") as f:
                json.dump({"version": 1, **scenario}, f)
            scenario = name
        return [self.simhost, *self.simhost_options, "--scenario", scenario, "--"]


def clean(tools):
    """A folder in which no earlier run left anything."""
    shutil.rmtree(tools.work, ignore_errors=True)
    os.makedirs(tools.work)


def end(test):
    """Runs the test, and with it the program."""
    try:
        test()
    except Skip as why:
        print("SKIPPED:", *str(why).split())
        sys.exit(SKIPPED)
    sys.exit(0)


class Cases(dict):
    """Those of a file, by name; @case adds one."""

    def __call__(self, function):
        self[function.__name__] = function
        return function

    def main(self, *required, **optional):
        """Runs the one that the command line names, with the options that it gives;
        it may give some that only other files want."""
        parser = argparse.ArgumentParser(allow_abbrev=False)
        parser.add_argument("case", choices=self)
        for name in required:
            parser.add_argument("--" + name, required=True)
        for name, value in optional.items():
            parser.add_argument("--" + name.replace("_", "-"), default=value)
        # What asks a program to end: wine knows SIGINT alone, as Ctrl-C.
        parser.add_argument("--stop-signal", default="SIGTERM")
        parser.add_argument("--without-json", action="store_true")
        arguments, _ = parser.parse_known_args()
        end(lambda: self[arguments.case](Tools(arguments)))
