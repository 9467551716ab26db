#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws what the host did to a VM, as SVG: from what the VM's statistics are kept in,
or, for the README, from collectd with the plugin on the simulated host.

usage: pictures.py --from NAME=URL --host VM [--minutes N] [--step S] [--out DIR]
                   [PICTURE...]
       pictures.py [--build DIR] [--speed N] [--out DIR] [PICTURE...]

NAME: graphite-collectd, influxdb-collectd, influxdb-telegraf, prometheus-execd or
prometheus-collectd, as the dashboards are called; URL: the server's, such as
http://SERVER:8086; InfluxDB's can end in /DATABASE. VM: as the server knows it; the
last N minutes (60), a point every S seconds (N/2, at least 30). DIR: where the
pictures go, the current folder. Their names are starved, balloon, vmotion, slow-disk;
of several disks the last one shows the highest value.

Without --from: an hour of a simulated host in a minute. --build: where vmguest is
built (build/dev); --speed: how much faster the host's clock goes, 60; the pictures
go to pictures/ beside this file."""

import argparse
import bisect
import html
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True      # where this is installed nothing is left behind

from description import COUNTERS
from source import Trouble, source
from ways import Metric

HERE = os.path.dirname(os.path.abspath(__file__))
HOUR = 60           # minutes of a simulated run
READING = 30        # a reading every so many seconds of the host's time
GIB = 1 << 30
SIMHOST_CANNOT = 3, 4   # tracing is forbidden; a real host is there

# What is drawn.
#
# A plot: its title, its unit, what a number is divided by, its highest value in the
# run, the least one for a VM, its areas from below, its lines. A series: its metric,
# its label, its colour, and where the label stands in the run: minute, and how far
# above its edge.

BLUE, RED, ORANGE, VIOLET, GREY = \
    "#3b7dd8", "#d03b3b", "#e08a1e", "#8a4fc4", "#6b7280"

PICTURES = {
    "starved": dict(
        title="A starved VM: the host has not enough processors for it",
        question="is it starved?",
        scenario={
            "vm": {"vcpus": 4, "memory_mb": 8192},
            "load": [{"at": 0, "used": 0.55, "stolen": 0.01},
                     {"at": 900, "used": 0.60, "stolen": 0.02},
                     {"at": 1260, "used": 0.38, "stolen": 0.36},
                     {"at": 1800, "used": 0.34, "stolen": 0.42},
                     {"at": 2400, "used": 0.40, "stolen": 0.34},
                     {"at": 2700, "used": 0.66, "stolen": 0.02},
                     {"at": 3600, "used": 0.55, "stolen": 0.01}]},
        plots=[("CPU time of its {vcpus} vCPUs", "%", 1, 100, 100,
                [("cpu.used", "used", BLUE, 8, -30),
                 ("cpu.stolen", "stolen: ready to run but not scheduled", RED,
                  22, -30)], [])]),
    "balloon": dict(
        title="A balloon inflates: the host reclaims the memory of a VM of 8 GiB",
        question="is memory taken from it?",
        scenario={
            "host": {"memory_load": 0.9},
            "vm": {"vcpus": 4, "memory_mb": 8192},
            "load": [{"at": 0, "used": 0.4, "stolen": 0.02, "active": 0.45,
                      "mapped": 0.95}],
            "events": [{"at": 480, "do": "balloon", "mb": 2048, "over": 420},
                       {"at": 1200, "do": "balloon", "mb": 4608, "over": 600},
                       {"at": 1680, "do": "compress", "mb": 512, "over": 180},
                       {"at": 1860, "do": "swap", "mb": 1024, "over": 300},
                       {"at": 2700, "do": "swap", "mb": 0, "over": 300},
                       {"at": 2700, "do": "compress", "mb": 0, "over": 240},
                       {"at": 2700, "do": "balloon", "mb": 0, "over": 720}]},
        plots=[("memory reclaimed", "GiB", GIB, 8, "memory",
                [("memory.ballooned", "balloon", BLUE, 36, -40),
                 ("memory.zipped", "compressed", VIOLET, 47, 24),
                 ("memory.swapped", "swapped", RED, 37, 14)],
                [("memory.active", "active: accessed recently", GREY, 2, 8)])]),
    "vmotion": dict(
        title="A vMotion: to a faster host, on which it is not starved",
        question="was it moved, and when?",
        scenario={
            "host": {"mhz": 2200}, "vm": {"vcpus": 4, "memory_mb": 8192},
            "load": [{"at": 0, "used": 0.5, "stolen": 0.06},
                     {"at": 1490, "used": 0.62, "stolen": 0.22},
                     {"at": 1510, "used": 0.55, "stolen": 0.01},
                     {"at": 3600, "used": 0.5, "stolen": 0.01}],
            "events": [{"at": 1500, "do": "vmotion", "mhz": 3400, "cores": 32,
                        "cores_per_package": 16}]},
        plots=[("speed", "GHz", 1e9, 10, 1, [],
                [("cpu.effective", "received, all vCPUs", BLUE, 40, 8),
                 ("host.cpu", "one processor of the host", GREY, 40, 8)]),
               ("stolen", "%", 1, 30, 10, [],
                [("cpu.stolen", "ready to run but not scheduled", RED, 34, 10)]),
               ("on this host since", "min", 60, 40, "age", [],
                [("session.age", "falls to 0 when moved", VIOLET, 27, 54)])]),
    "slow-disk": dict(
        title="A slow disk: its storage is shared with a backup, and the VM waits",
        question="is a disk slow?",
        scenario={
            "vm": {"vcpus": 4, "memory_mb": 8192},
            "load": [{"at": 0, "used": 0.45, "stolen": 0.01},
                     {"at": 1200, "used": 0.45}, {"at": 1500, "used": 0.12},
                     {"at": 2400, "used": 0.12}, {"at": 2700, "used": 0.45}],
            "disks": [{"name": "scsi0:0", "load": [
                {"at": 0, "reads": 400, "read_ms": 3, "writes": 150, "write_ms": 2},
                {"at": 1200, "reads": 400, "read_ms": 3, "writes": 150, "write_ms": 2},
                {"at": 1500, "reads": 60, "read_ms": 80, "writes": 30, "write_ms": 55},
                {"at": 2400, "reads": 60, "read_ms": 80, "writes": 30, "write_ms": 55},
                {"at": 2700, "reads": 400, "read_ms": 3, "writes": 150,
                 "write_ms": 2}]}]},
        plots=[("mean latency, as the host sees it", "ms", 0.001, 100, 10, [],
                [("disk.read_latency", "reads", RED, 41, 10),
                 ("disk.write_latency", "writes", ORANGE, 41, -24)]),
               ("operations a second", "1/s", 1, 500, 10, [],
                [("disk.read_operations", "reads", BLUE, 6, -20),
                 ("disk.write_operations", "writes", GREY, 6, 8)])]),
}


def drawn(name):
    """The metrics of a picture."""
    return {key for *_, areas, lines in PICTURES[name]["plots"]
            for key, *_ in areas + lines}


class View:
    """What time is shown, and what is said of it. gap: two points of a series that
    are so many minutes apart are not joined."""

    def __init__(self, minutes, ticks, title, corner, gap):
        self.minutes, self.ticks, self.gap = minutes, ticks, gap
        self.title, self.corner = title, corner


# A simulated run.

CONF = """
Hostname "vmguest-demo"
Interval {interval}
WriteThreads 1
BaseDir "{work}"
LoadPlugin csv
<Plugin csv>
  DataDir "stdout"
  StoreRates true
</Plugin>
PluginDir "{plugins}"
LoadPlugin vmguest
<Plugin vmguest>
  VCPUs {vcpus}
  ExtendedStatistics "vscsi"
</Plugin>
"""
DEVICE = re.compile("(?<=^vscsi)_[^/]*")
PUTVAL = re.compile(r'PUTVAL [^/"]*"?[^/]+/vmguest-(\S+?)"? interval=\S+ '
                    r"([\d.]+):(\S+)")


def run(build, speed, name):
    """{metric: [(minute, value)]} of the hour."""
    scenario = PICTURES[name]["scenario"]
    found = {}
    simhost = f"{build}/contrib/simhost/vmguest-simhost"
    if not os.access(simhost, os.X_OK):
        raise Trouble(f"there is no {simhost}: --build names where vmguest is built; "
                      "--from draws what a server has")
    with tempfile.TemporaryDirectory() as work:
        with open(f"{work}/scenario.json", "w") as f:
            json.dump({"version": 1, "speed": speed, **scenario}, f)
        with open(f"{work}/conf", "w") as f:
            f.write(CONF.format(work=work, interval=READING / speed,
                                plugins=f"{build}/plugin",
                                vcpus=scenario["vm"]["vcpus"]))
        process = subprocess.Popen(
            [simhost, "-s", f"{work}/scenario.json", "--", "timeout",
             str(HOUR * 60 / speed + 1), collectd(), "-f", "-C", f"{work}/conf"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        begin = None
        for line in process.stdout:
            match = PUTVAL.match(line)
            if match and match[3] != "nan":
                at = float(match[2])
                begin = begin or at
                found.setdefault(DEVICE.sub("", match[1]), []).append(
                    ((at - begin) * speed / 60, float(match[3])))
        if process.wait() in SIMHOST_CANNOT:
            print(f"{simhost} -- true says why there is no simulated host here",
                  file=sys.stderr)
            sys.exit(process.returncode)
    if len(found.get(identifier("session.up"), ())) < HOUR:
        raise Trouble(f"{name}: collectd published nothing; is vmguest built in "
                      f"{build}?")
    # Rates are of a second, which is more of the host's time.
    return {key: [(t, v / speed if key in COUNTERS else v)
                  for t, v in found[identifier(key)] if t <= HOUR]
            for key in drawn(name) | {"session.age", "session.up"}}


def identifier(key):
    """As collectd writes it, behind "vmguest-"."""
    metric = Metric(key)
    return f"{metric.instance}/{metric.type}-{metric.type_instance}"


def collectd():
    for folder in os.environ["PATH"].split(":") + ["/usr/sbin"]:
        if os.access(os.path.join(folder, "collectd"), os.X_OK):
            return os.path.join(folder, "collectd")
    raise Trouble("collectd is not here (Debian: collectd-core)")


def run_picture(name, build, speed):
    data = run(build, speed, name)
    ticks = [(minute, f"{minute}{' min' if minute == HOUR else ''}")
             for minute in range(0, HOUR + 1, 10)]
    # Readings can be late, and no run has a gap.
    view = View(HOUR, ticks, PICTURES[name]["title"], "simulated host", HOUR)
    vcpus = PICTURES[name]["scenario"]["vm"]["vcpus"]
    return picture(view, data, [(what.format(vcpus=vcpus), unit, divided, highest,
                                 areas, lines) for what, unit, divided, highest, _,
                                areas, lines in PICTURES[name]["plots"]])


# A VM, from a server.

SECONDS = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 4 * 3600, 6 * 3600,
           12 * 3600, 86400, 2 * 86400, 7 * 86400, 14 * 86400, 30 * 86400)
MONTH = 30 * 24 * 60


class History:
    """What a server has of a VM: {metric: [(minute, value)]}, minutes since the
    beginning."""

    def __init__(self, where, vm, minutes, step):
        self.where, self.vm, self.minutes = where, where.vm(vm), minutes
        self.step = step or max(30, round(minutes * 60 / 120))
        self.end = time.time()
        self.begin = self.end - minutes * 60
        self.data = {}
        up = self.of("session.up", "min")
        if not up:
            raise Trouble(f'{where.url} has nothing of "{self.vm}" in the last '
                          f"{minutes:g} minutes; {self.newest()}")
        apart = statistics.median([b[0] - a[0] for a, b in zip(up, up[1:])] or [0])
        self.gap = 2.5 * max(apart, self.step / 60)

    def newest(self):
        end = time.time()
        some = self.where.points(self.vm, "session.up", "max",
                                 end - MONTH * 60, end, 3600)
        if not some:
            return "nor in the last 30 days"
        at = time.localtime(max(some)[0])
        return "the newest is of the hour from " + time.strftime("%Y-%m-%d %H:%M", at)

    def of(self, key, how):
        if key not in self.data:
            found = {}
            for t, v in self.where.points(self.vm, key, how, self.begin, self.end,
                                          self.step):
                found[t] = max(v, found.get(t, v))
            self.data[key] = [((t - self.begin) / 60, v)
                              for t, v in sorted(found.items())
                              if t >= self.begin - self.step and math.isfinite(v)]
        return self.data[key]

    def picture(self, name):
        for key in drawn(name):
            self.of(key, "rate" if key in COUNTERS else "avg")
        self.of("session.age", "max")
        view = View(self.minutes, self.ticks(),
                    f"{self.vm}: {PICTURES[name]['question']}",
                    f"{self.where.title}, {time.strftime('%Y-%m-%d')}", self.gap)
        return picture(view, self.data, [self.plot(*plot) for plot in
                                         PICTURES[name]["plots"]], legends=True)

    def plot(self, what, unit, divided, _, least, areas, lines):
        what = what.format(vcpus="").replace("  ", " ")
        if least == "memory":
            least = self.memory() / divided
            if least:
                unit += f" (it has {least:.3g})"
        if least == "age":
            least, oldest = 1, max((v for _, v in self.data[lines[0][0]]), default=0)
            for unit, divided in (("days", 86400), ("hours", 3600), ("min", 60)):
                if oldest >= 2 * divided:
                    break
        stacked = {}
        for key, *_ in areas:
            for t, v in self.data[key]:
                stacked[t] = stacked.get(t, 0) + v
        values = list(stacked.values()) + [v for key, *_ in lines
                                           for _, v in self.data[key]]
        most = max([v / divided for v in values] + [least])
        return what, unit, divided, round_up(most), areas, lines

    def memory(self):
        """The VM's, from what is active and which share of it that is."""
        share = dict(self.of("memory.active_share", "avg"))
        sizes = [100 * v / share[t] for t, v in self.of("memory.active", "avg")
                 if share.get(t)]
        return statistics.median(sizes) if sizes else 0

    def ticks(self):
        """The clock, at round times, not too dense."""
        every = next((s for s in SECONDS if s * 9 >= self.minutes * 60), SECONDS[-1])
        form = "%H:%M:%S" if every < 60 else "%H:%M" if every < 43200 else "%d %b"
        zone = time.localtime(self.end).tm_gmtoff
        first = math.ceil((self.begin + zone) / every) * every - zone
        return [((t - self.begin) / 60, time.strftime(form, time.localtime(t)))
                for t in range(int(first), int(self.end) + 1, every)]


def round_up(value):
    """The next number that four or two steps divide well."""
    ten = 10 ** math.floor(math.log10(value)) if value > 0 else 1
    return next(ten * n for n in (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10)
                if ten * n >= value * (1 - 1e-9)) if value > 0 else 1


# The picture.

WIDTH, LEFT, RIGHT, TOP, LEGEND = 760, 58, 16, 46, 17
WORDS = 108         # how wide "session changed" is
LATE = 1            # minutes until a value that is now can be there
PLAIN = 'font-family="DejaVu Sans, Verdana, sans-serif"'


class Plot:
    """One coordinate system: minutes and numbers to places on the picture."""

    def __init__(self, view, top, height, divided, highest):
        self.view, self.top, self.height = view, top, height
        self.divided, self.highest = divided, highest
        self.steps = 4 if height > 120 else 2

    def x(self, minute):
        minute = min(max(minute, 0), self.view.minutes)
        return LEFT + minute * (WIDTH - LEFT - RIGHT) / self.view.minutes

    def y(self, value):
        share = min(value / self.divided / self.highest, 1)
        return self.top + self.height * (1 - share)

    def path(self, points):
        """A point alone is a dot."""
        return "M" + "L".join(f"{self.x(t):.1f} {self.y(v):.1f}" for t, v in points) \
            + ("h0" if len(points) == 1 else "")


def label(plot, text, colour, minute, value, above):
    return (f'<text x="{plot.x(minute):.0f}" y="{plot.y(value) - above:.0f}" {PLAIN} '
            f'font-size="13" font-weight="bold" fill="{colour}" stroke="#ffffff" '
            f'stroke-width="3" paint-order="stroke">{html.escape(text)}</text>')


def number(value):
    digits = 2 if value < 10 else 3
    return f"{value:.{digits}g}" if value < 1000 else f"{value:.0f}"


def legend(plot, data, series):
    """Each series with what it is now, and its peak."""
    words = []
    for key, text, colour, *_ in series:
        points = data[key]
        if points:
            last, value = points[-1]
            now = number(value / plot.divided) \
                if last >= plot.view.minutes - plot.view.gap - LATE else "none now"
            most = number(max(v for _, v in points) / plot.divided)
            peak = f", peak {most}" if most != now else ""
        else:
            now, peak = "none", ""
        words.append(f'<tspan fill="{colour}">\u25a0</tspan> {html.escape(text)} '
                     f'<tspan font-weight="bold">{now}</tspan>{peak}')
    return (f'<text x="{LEFT}" y="{plot.top - 8}" {PLAIN} font-size="11" '
            f'fill="#374151">{"&#160;&#160;&#160;".join(words)}</text>')


def at_minute(points, minute):
    return min(points, key=lambda p: abs(p[0] - minute))[1]


def frame(plot, title, unit, last, above):
    for i in range(plot.steps + 1):
        value = plot.highest * i / plot.steps
        y = plot.y(value * plot.divided)
        yield (f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#d9dde3"/>'
               f'<text x="{LEFT - 6}" y="{y + 4:.1f}" {PLAIN} font-size="11" '
               f'text-anchor="end" fill="#4b5563">{value:g}</text>')
    yield (f'<text x="{LEFT}" y="{plot.top - above}" {PLAIN} font-size="12" '
           f'fill="#4b5563">{html.escape(title)}, {html.escape(unit)}</text>')
    for minute, text in plot.view.ticks if last else ():
        x = plot.x(minute)
        anchor = "end" if x > WIDTH - RIGHT - 20 else "middle"
        yield (f'<text x="{x:.0f}" y="{plot.top + plot.height + 17}" '
               f'{PLAIN} font-size="11" fill="#4b5563" text-anchor="{anchor}">'
               f"{text}</text>")


def parts(points, gap, cuts=(), there=lambda p: True):
    """Runs of points that belong together."""
    found, before = [[]], None
    for point in points:
        if before is not None and (
                point[0] - before > gap or
                bisect.bisect_right(cuts, before) < bisect.bisect_right(cuts,
                                                                        point[0])):
            found.append([])
        if there(point):
            found[-1].append(point)
        elif found[-1]:
            found.append([])
        before = point[0]
    return [part for part in found if part]


def areas(plot, data, series):
    below = {}
    for key, text, colour, *_ in series:
        tip = f"<title>{html.escape(text)}</title>"
        points = data[key]
        edge = [(t, v + below.get(t, 0)) for t, v in points]
        for part in parts(edge, plot.view.gap):
            floor = [(t, below.get(t, 0)) for t, _ in part]
            yield (f'<path d="{plot.path(part)}L{plot.path(floor[::-1])[1:]}Z" '
                   f'fill="{colour}" fill-opacity="0.55">{tip}</path>')
        values = dict(points)
        for part in parts(edge, plot.view.gap, there=lambda p: values[p[0]] > 0):
            yield (f'<path d="{plot.path(part)}" fill="none" stroke="{colour}" '
                   f'stroke-width="1.5" stroke-linecap="round">{tip}</path>')
        below.update(edge)


def lines(plot, data, series, moves):
    for key, text, colour, *_ in series:
        for part in parts(data[key], plot.view.gap, moves):
            yield (f'<path d="{plot.path(part)}" fill="none" stroke="{colour}" '
                   f'stroke-width="2" stroke-linecap="round">'
                   f"<title>{html.escape(text)}</title></path>")


def labels(plot, data, stacked, drawn):
    below = {}
    for key, text, colour, minute, above in stacked + drawn:
        points = data[key]
        if (key, text, colour, minute, above) in stacked:
            points = [(t, v + below.get(t, 0)) for t, v in points]
            below = dict(points)
        yield label(plot, text, colour, minute, at_minute(points, minute), above)


def moved(data):
    """Where the time on the host fell."""
    ages = data["session.age"]
    return [t for (_, a), (t, b) in zip(ages, ages[1:]) if b < a]


def move_labels(plot, moves):
    """Where there is room to the next one."""
    for x, end in zip(map(plot.x, moves),
                      [plot.x(t) for t in moves[1:]] + [WIDTH - RIGHT]):
        if end - x >= WORDS:
            yield (f'<text x="{x + 5:.0f}" y="{plot.top + 13}" {PLAIN} '
                   'font-size="12" fill="#8a4fc4">session changed</text>')


def refused(plot, data):
    """Where the host did not answer: empty is not 0."""
    for part in parts(data["session.up"], plot.view.gap, there=lambda p: p[1] < 1):
        x, end = plot.x(part[0][0]), plot.x(part[-1][0])
        yield (f'<path d="M{x:.1f} {plot.top}H{end:.1f}V{plot.top + plot.height}'
               f'H{x:.1f}Z" fill="#eceef1"><title>no answer</title></path>')
        if end - x > 150:       # between two lines of the grid
            y = plot.top + plot.height * (0.625 if plot.steps == 4 else 0.75) + 4
            yield (f'<text x="{(x + end) / 2:.0f}" y="{y:.0f}" {PLAIN} font-size="12" '
                   'text-anchor="middle" fill="#6b7280">the host did not answer</text>')


def picture(view, data, plots, legends=False):
    height = 190 if len(plots) == 1 else 84
    above = 6 + legends * LEGEND
    each = height + 30 + legends * LEGEND
    full = TOP + len(plots) * each + 12
    moves = moved(data)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
           f'height="{full}" viewBox="0 0 {WIDTH} {full}" role="img">'
           f"<title>{html.escape(view.title)}</title>"
           f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{full - 1}" rx="6" '
           'fill="#ffffff" stroke="#c3c8d0"/>'
           f'<text x="16" y="24" {PLAIN} font-size="15" font-weight="bold" '
           f'fill="#1f2937">{html.escape(view.title)}</text>'
           f'<text x="{WIDTH - RIGHT}" y="24" {PLAIN} font-size="11" '
           f'text-anchor="end" fill="#6b7280">{html.escape(view.corner)}</text>']
    for i, (what, unit, divided, highest, stacked, drawn) in enumerate(plots):
        plot = Plot(view, TOP + 14 + i * each + legends * LEGEND, height, divided,
                    highest)
        out += refused(plot, data)
        out += frame(plot, what, unit, i == len(plots) - 1, above)
        for t in moves:
            out.append(f'<path d="M{plot.x(t):.1f} {plot.top}v{height}" '
                       'stroke="#8a4fc4" stroke-dasharray="4 3"/>')
        out += areas(plot, data, stacked)
        out += lines(plot, data, drawn, moves)
        if legends:
            out.append(legend(plot, data, stacked + drawn))
        else:
            out += labels(plot, data, stacked, drawn)
        if i == 0:
            out += move_labels(plot, moves)
    return "\n".join(out) + "\n</svg>\n"


# The command.


def draw(out, name, make):
    begin = time.monotonic()
    text = make(name)
    path = os.path.join(out, name + ".svg")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    print(f"{path}: {len(text)} bytes, {time.monotonic() - begin:.0f} s")


def main():
    parser = argparse.ArgumentParser(
        usage=argparse.SUPPRESS, description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter, add_help=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--from", dest="source")
    parser.add_argument("--host")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--step", type=int)
    parser.add_argument("--build", default=os.path.join(HERE, "../../build/dev"))
    parser.add_argument("--speed", type=float, default=60)
    parser.add_argument("--out")
    parser.add_argument("names", nargs="*", metavar="PICTURE")
    given = parser.parse_args()
    if given.help:
        print(__doc__)
        return 0
    names = given.names or list(PICTURES)
    for name in names:
        if name not in PICTURES:
            parser.error(f"no picture {name}; there are {', '.join(PICTURES)}")
    if given.source and not given.host:
        parser.error("--from needs --host, the VM's name")
    if given.host and not given.source:
        parser.error("--host needs --from, the server")
    if not (given.minutes > 0 and (given.step is None or given.step > 0)):
        parser.error("--minutes and --step are above 0")
    out = given.out or ("." if given.source else os.path.join(HERE, "pictures"))
    os.makedirs(out, exist_ok=True)
    if given.source:
        history = History(source(given.source), given.host, given.minutes, given.step)
        for name in names:
            draw(out, name, history.picture)
        return 0
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda n: draw(out, n, lambda n: run_picture(
            n, given.build, given.speed)), names))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as why:
        sys.exit(f"pictures.py: {why}")
    except OSError as why:      # a folder that cannot be made, a full disk
        sys.exit(f"pictures.py: {why}")
