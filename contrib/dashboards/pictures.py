#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the README's pictures from a real run: collectd with the plugin, on the
simulated host, an hour in a minute.

usage: pictures.py [--build DIR] [--out DIR] [--speed N] [NAME...]

DIR: where vmguest is built (build/dev), where the pictures go (pictures/ beside
this file). N: how much faster the host's clock goes, 60. Without names all
pictures, at the same time."""

import argparse
import html
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
MINUTES = 60
READING = 30        # a reading every so many seconds of the host's time
GIB = 1 << 30
SIMHOST_CANNOT = 3, 4   # tracing is forbidden; a real host is there

# ---- What is drawn -----------------------------------------------------------------
#
# A plot: its title, its unit, what a number is divided by, its highest value, its
# areas from below, its lines. A series: its identifier, its label, its colour, and
# where the label stands: minute, and how far above its edge.

BLUE, RED, ORANGE, VIOLET, GREY = \
    "#3b7dd8", "#d03b3b", "#e08a1e", "#8a4fc4", "#6b7280"

PICTURES = {
    "starved": (
        {"vm": {"vcpus": 4, "memory_mb": 8192},
         "load": [{"at": 0, "used": 0.55, "stolen": 0.01},
                  {"at": 900, "used": 0.60, "stolen": 0.02},
                  {"at": 1260, "used": 0.38, "stolen": 0.36},
                  {"at": 1800, "used": 0.34, "stolen": 0.42},
                  {"at": 2400, "used": 0.40, "stolen": 0.34},
                  {"at": 2700, "used": 0.66, "stolen": 0.02},
                  {"at": 3600, "used": 0.55, "stolen": 0.01}]},
        "A starved VM: the host gives others the processors that it wants",
        [("CPU time of its 4 vCPUs", "%", 1, 100,
          [("vm/percent-cpu_used", "used", BLUE, 8, -30),
           ("vm/percent-cpu_stolen", "stolen: ready to run, and not let", RED,
            22, -30)], [])]),
    "balloon": (
        {"host": {"memory_load": 0.9},
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
        "A balloon inflates: the host takes back the memory of a VM of 8 GiB",
        [("memory taken back", "GiB", GIB, 8,
          [("vm/memory-ballooned", "balloon", BLUE, 36, -40),
           ("vm/memory-zipped", "compressed", VIOLET, 47, 24),
           ("vm/memory-swapped", "swapped", RED, 37, 14)],
          [("vm/memory-active", "active: in use lately", GREY, 2, 8)])]),
    "vmotion": (
        {"host": {"mhz": 2200}, "vm": {"vcpus": 4, "memory_mb": 8192},
         "load": [{"at": 0, "used": 0.5, "stolen": 0.06},
                  {"at": 1490, "used": 0.62, "stolen": 0.22},
                  {"at": 1510, "used": 0.55, "stolen": 0.01},
                  {"at": 3600, "used": 0.5, "stolen": 0.01}],
         "events": [{"at": 1500, "do": "vmotion", "mhz": 3400, "cores": 32,
                     "cores_per_package": 16}]},
        "A vMotion: to a faster host, on which it is not starved",
        [("speed", "GHz", 1e9, 10, [],
          [("vm/frequency-cpu_effective", "received, all vCPUs", BLUE, 40, 8),
           ("host/frequency-cpu", "one processor of the host", GREY, 40, 8)]),
         ("stolen", "%", 1, 30, [],
          [("vm/percent-cpu_stolen", "ready to run, and not let", RED, 34, 10)]),
         ("on this host since", "min", 60, 40, [],
          [("vm/uptime-session", "falls to 0 when moved", VIOLET, 27, 54)])]),
}

# ---- The run -----------------------------------------------------------------------

CONF = """
Hostname "vmguest-demo"
Interval {interval}
WriteThreads 1
BaseDir "{work}"
LoadPlugin csv
<Plugin csv>
  DataDir "stdout"
</Plugin>
PluginDir "{plugins}"
LoadPlugin vmguest
<Plugin vmguest>
  VCPUs {vcpus}
</Plugin>
"""
PUTVAL = re.compile(r'PUTVAL [^/"]*"?[^/]+/vmguest-(\S+?)"? interval=\S+ '
                    r"([\d.]+):(\S+)")


def run(build, speed, name):
    """{identifier: [(minute, value)]} of the hour."""
    scenario = PICTURES[name][0]
    found = {}
    with tempfile.TemporaryDirectory() as work:
        with open(f"{work}/scenario.json", "w") as f:
            json.dump({"version": 1, "speed": speed, **scenario}, f)
        with open(f"{work}/conf", "w") as f:
            f.write(CONF.format(work=work, interval=READING / speed,
                                plugins=f"{build}/plugin",
                                vcpus=scenario["vm"]["vcpus"]))
        process = subprocess.Popen(
            [f"{build}/contrib/simhost/vmguest-simhost", "-s",
             f"{work}/scenario.json", "--", "timeout", str(MINUTES * 60 / speed + 1),
             collectd(), "-f", "-C", f"{work}/conf"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        begin = None
        for line in process.stdout:
            match = PUTVAL.match(line)
            if match and match[3] != "nan":
                at = float(match[2])
                begin = begin or at
                found.setdefault(match[1], []).append(
                    ((at - begin) * speed / 60, float(match[3])))
        if process.wait() in SIMHOST_CANNOT:
            print(f"{build}/contrib/simhost/vmguest-simhost -- true says why there is "
                  "no simulated host here", file=sys.stderr)
            sys.exit(process.returncode)
    if len(found.get("vm/gauge-up", ())) < MINUTES:
        sys.exit(f"{name}: collectd published nothing; is vmguest built in {build}?")
    return {key: [p for p in points if p[0] <= MINUTES]
            for key, points in found.items()}


def collectd():
    for folder in os.environ["PATH"].split(":") + ["/usr/sbin"]:
        if os.access(os.path.join(folder, "collectd"), os.X_OK):
            return os.path.join(folder, "collectd")
    sys.exit("collectd is not here (Debian: collectd-core)")


# ---- The picture -------------------------------------------------------------------

WIDTH, LEFT, RIGHT, TOP = 760, 58, 16, 46
PLAIN = 'font-family="DejaVu Sans, Verdana, sans-serif"'


class Plot:
    """One coordinate system: minutes and numbers to places on the picture."""

    def __init__(self, top, height, divided, highest):
        self.top, self.height = top, height
        self.divided, self.highest = divided, highest

    def x(self, minute):
        return LEFT + minute * (WIDTH - LEFT - RIGHT) / MINUTES

    def y(self, value):
        share = min(value / self.divided / self.highest, 1)
        return self.top + self.height * (1 - share)

    def path(self, points):
        return "L".join(f"{self.x(t):.1f} {self.y(v):.1f}" for t, v in points)


def label(plot, text, colour, minute, value, above):
    return (f'<text x="{plot.x(minute):.0f}" y="{plot.y(value) - above:.0f}" {PLAIN} '
            f'font-size="13" font-weight="bold" fill="{colour}" stroke="#ffffff" '
            f'stroke-width="3" paint-order="stroke">{html.escape(text)}</text>')


def at_minute(points, minute):
    return min(points, key=lambda p: abs(p[0] - minute))[1]


def frame(plot, title, unit, last):
    steps = 4 if plot.height > 120 else 2
    for i in range(steps + 1):
        value = plot.highest * i / steps
        y = plot.y(value * plot.divided)
        yield (f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#d9dde3"/>'
               f'<text x="{LEFT - 6}" y="{y + 4:.1f}" {PLAIN} font-size="11" '
               f'text-anchor="end" fill="#4b5563">{value:g}</text>')
    yield (f'<text x="{LEFT}" y="{plot.top - 6}" {PLAIN} font-size="12" '
           f'fill="#4b5563">{html.escape(title)}, {html.escape(unit)}</text>')
    for minute in range(0, MINUTES + 1, 10) if last else ():
        yield (f'<text x="{plot.x(minute):.0f}" y="{plot.top + plot.height + 17}" '
               f'{PLAIN} font-size="11" fill="#4b5563" '
               f"""text-anchor="{'end' if minute == MINUTES else 'middle'}">"""
               f"{minute}{' min' if minute == MINUTES else ''}</text>")


def areas(plot, data, series):
    below = {}
    for key, text, colour, minute, above in series:
        points = data[key]
        edge = [(t, v + below.get(t, 0)) for t, v in points]
        floor = [(t, below.get(t, 0)) for t, v in points]
        yield (f'<path d="M{plot.path(edge)}L{plot.path(floor[::-1])}Z" '
               f'fill="{colour}" fill-opacity="0.55"/>')
        some = [e for e, (_, v) in zip(edge, points) if v > 0]
        yield (f'<path d="M{plot.path(some)}" fill="none" stroke="{colour}" '
               'stroke-width="1.5"/>')
        yield label(plot, text, colour, minute, at_minute(edge, minute), above)
        below = dict(edge)


def lines(plot, data, series, moves):
    for key, text, colour, minute, above in series:
        parts, before = [[]], None
        for t, v in data[key]:
            if before is not None and any(before < m <= t for m in moves):
                parts.append([])
            parts[-1].append((t, v))
            before = t
        for part in filter(None, parts):
            yield (f'<path d="M{plot.path(part)}" fill="none" stroke="{colour}" '
                   'stroke-width="2"/>')
        yield label(plot, text, colour, minute, at_minute(data[key], minute), above)


def moved(data):
    changes = data["vm/derive-session_changes"]
    return [t for (_, a), (t, b) in zip(changes, changes[1:]) if b > a]


def picture(name, data):
    _, title, plots = PICTURES[name]
    height = 190 if len(plots) == 1 else 84
    full = TOP + len(plots) * (height + 30) + 12
    moves = moved(data)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
           f'height="{full}" viewBox="0 0 {WIDTH} {full}" role="img">'
           f"<title>{html.escape(title)}</title>"
           f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{full - 1}" rx="6" '
           'fill="#ffffff" stroke="#c3c8d0"/>'
           f'<text x="16" y="24" {PLAIN} font-size="15" font-weight="bold" '
           f'fill="#1f2937">{html.escape(title)}</text>'
           f'<text x="{WIDTH - RIGHT}" y="24" {PLAIN} font-size="11" '
           'text-anchor="end" fill="#6b7280">simulated host</text>']
    for i, (what, unit, divided, highest, stacked, drawn) in enumerate(plots):
        plot = Plot(TOP + 14 + i * (height + 30), height, divided, highest)
        out += frame(plot, what, unit, i == len(plots) - 1)
        for t in moves:
            out.append(f'<path d="M{plot.x(t):.1f} {plot.top}v{height}" '
                       'stroke="#8a4fc4" stroke-dasharray="4 3"/>')
        out += areas(plot, data, stacked)
        out += lines(plot, data, drawn, moves)
        if i == 0:
            out += [f'<text x="{plot.x(t) + 5:.0f}" y="{plot.top + 13}" {PLAIN} '
                    'font-size="12" fill="#8a4fc4">session changed</text>'
                    for t in moves]
    return "\n".join(out) + "\n</svg>\n"


def draw(build, out, speed, name):
    begin = time.monotonic()
    text = picture(name, run(build, speed, name))
    path = os.path.join(out, name + ".svg")
    with open(path, "w") as f:
        f.write(text)
    print(f"{path}: {len(text)} bytes, {time.monotonic() - begin:.0f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.
                                     RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(HERE, "../../build/dev"))
    parser.add_argument("--out", default=os.path.join(HERE, "pictures"))
    parser.add_argument("--speed", type=float, default=60)
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    names = arguments.names or list(PICTURES)
    for name in names:
        if name not in PICTURES:
            parser.error(f"no picture {name}; there are {', '.join(PICTURES)}")
    os.makedirs(arguments.out, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda n: draw(arguments.build, arguments.out,
                                     arguments.speed, n), names))


if __name__ == "__main__":
    main()
