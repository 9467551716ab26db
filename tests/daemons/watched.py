# SPDX-License-Identifier: MIT
"""The real collectd and the real vmguest-execd behind one face: what each published,
in collectd's names and units, what it logged, how it ended, what it cost."""

import copy
import json
import os
import shutil
import signal
import subprocess
import time

import daemon
import line_protocol
import names
from cases import wait
from identifiers import ALL
from program import Program


class Reading:
    """One sample. A mixed one is several that collectd's csv plugin could not tell
    apart: only its counters can be relied on."""

    def __init__(self, at, values, mixed=0):
        self.at, self.values, self.mixed = at, values, mixed

    def __getitem__(self, key):
        return self.values[key]

    @property
    def up(self):
        return self.values["vm/gauge-up"] == 1


class Watched:
    """Use as a context. turn() is called often, and does what the daemon's
    surroundings do at their pace."""

    def __init__(self, tools, scenario):
        self.tools = copy.copy(tools)
        self.tools.simhost_options = (f"--count={tools.work}/counts",)
        self.scenario = scenario

    def counts(self):
        with open(f"{self.tools.work}/counts") as f:
            return json.load(f)

    def turn(self):
        pass

    def until(self, what, seconds=60, why="it did not happen"):
        def done():
            self.turn()
            self.check_running()
            return what()
        return wait(done, seconds, why)

    def memory(self):
        """KiB that are its own alone, and how many files are open."""
        with open(f"/proc/{self.pid()}/smaps_rollup") as f:
            rollup = dict(line.split(":", 1) for line in f.readlines()[1:])
        return (int(rollup["Private_Dirty"].split()[0]),
                len(os.listdir(f"/proc/{self.pid()}/fd")))


class Collectd(Watched):
    name = "collectd"
    keys = ALL
    own_lines = {"statistics of the VMware host": (1, 1)}

    def __init__(self, tools, scenario, interval, before=""):
        super().__init__(tools, scenario)
        self.daemon = daemon.Daemon(self.tools, scenario, "VCPUs 4", before=before,
                                    interval=interval)

    def __enter__(self):
        self.daemon.__enter__()
        return self

    def __exit__(self, *error):
        self.daemon.__exit__(*error)

    def pid(self):
        return int(self.daemon.text("pid"))

    def check_running(self):
        self.daemon.check_running()

    def readings(self):
        return [Reading(at, {key: float(value) for key, value in values.items()},
                        values.readings() if values.readings() > 1 else 0)
                for at, values in self.daemon.samples()]

    def lines(self):
        return self.daemon.said("")

    def stop(self):
        began = time.monotonic()
        self.daemon.stop()
        return time.monotonic() - began


def collectd_names():
    """Field of vmguest-execd: identifier of collectd, and the factor to its unit."""
    table = {}
    for field, _, wire, factor, _ in names.WIRE:
        key, collectds = names.COLLECTD[wire]
        table[field] = key, collectds / factor
    for key, field, factor in names.COLLECTD_OTHERS + names.COLLECTD_RATES:
        table[field] = key, factor
    table["vmguest_session.channel_reopens"] = "vm/derive-channel_reopens", 1
    table["vmguest_session.read_seconds"] = "vm/duration-read", 1
    return table


class Execd(Watched):
    """As Telegraf runs it: a newline for each batch, at its own pace, whether
    the last one was answered or not."""
    name = "execd"
    keys = ALL - {"vm/uptime-session"}
    own_lines = {}
    options = ()
    table = collectd_names()

    def __init__(self, tools, scenario, interval):
        super().__init__(tools, scenario)
        self.interval = interval
        self.found = []
        self.text = ""

    def __enter__(self):
        shutil.rmtree(self.tools.work, ignore_errors=True)
        os.makedirs(self.tools.work)
        self.program = Program(self.tools, self.scenario, "--vcpus", "4",
                               "--timestamp", *self.options, stdin=self.stdin())
        self.program.__enter__()
        os.set_blocking(self.program.process.stdout.fileno(), False)
        self.next = time.monotonic()
        return self

    def __exit__(self, *error):
        self.program.__exit__(*error)

    def stdin(self):
        return subprocess.PIPE

    def pid(self):
        return self.program.pid()

    def check_running(self):
        if self.program.process.poll() is not None:
            self.program.check_running()
            raise AssertionError(f"vmguest-execd ended: {self.lines()}")

    def turn(self):
        if self.interval is None or time.monotonic() >= self.next:
            self.next = max(self.next + (self.interval or 0),
                            time.monotonic() - 1)
            self.program.ask()
        self.take()

    def take(self):
        while True:
            try:
                part = os.read(self.program.process.stdout.fileno(), 65536)
            except BlockingIOError:
                return
            if not part:
                return
            self.text += part.decode()
            self.parse()

    def parse(self):
        """What is whole so far; the rest waits."""
        mark = self.text.rfind("vmguest_session")
        end = self.text.find("\n", mark) if mark >= 0 else -1
        if end < 0:
            return
        self.found += batches_read(self.text[:end + 1])
        self.text = self.text[end + 1:]

    def readings(self):
        return self.found

    def lines(self):
        return self.program.log().splitlines()

    def stop(self):
        began = time.monotonic()
        self.program.kill(signal.SIGTERM)
        assert self.program.end() == 0
        took = time.monotonic() - began
        self.take()
        assert not self.text, f"half a batch: {self.text!r}"
        return took


def batches_read(text):
    """Readings, one a batch: all its lines have one time."""
    found, now, times = [], {}, set()
    for measurement, _, fields, at in line_protocol.parse(text):
        times.add(at)
        for field, value in fields.items():
            if measurement == "vmguest_session" and field in ("id", "version", "cause"):
                continue
            key, factor = Execd.table[f"{measurement}.{field}"]
            assert key not in now, f"{key} twice"
            now[key] = value * factor
            if key.startswith("vm/percent-"):   # where collectd's type ends
                now[key] = min(100, now[key])
        if measurement == "vmguest_session":
            assert len(times) == 1, times
            found.append(Reading(times.pop() / 1e9, now))
            now = {}
    assert not now, "half a batch"
    return found


class File(Execd):
    """Its --output, which is read whenever somebody likes."""
    name = "file"

    def __init__(self, tools, scenario, interval):
        super().__init__(tools, scenario, interval)
        self.path = f"{self.tools.work}/vmguest.influx"
        self.options = ("--interval", "100ms", "--output", self.path)
        self.oldest = 0

    def stdin(self):
        return subprocess.DEVNULL

    def turn(self):
        try:
            with open(self.path) as f:
                text = f.read()
        except FileNotFoundError:
            return
        now = time.time()
        [reading] = batches_read(text)
        if not self.found or reading.at != self.found[-1].at:
            self.found.append(reading)
        # How old numbers are that somebody just read here as healthy.
        if reading.up:
            self.oldest = max(self.oldest, now - reading.at)


WATCHED = {kind.name: kind for kind in (Collectd, Execd, File)}
