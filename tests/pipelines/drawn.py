# SPDX-License-Identifier: MIT
"""Reads a picture of pictures.py back: its curves as numbers, by the axes that it
shows, and looks whether they are those of the scenario."""

import os
import re
import statistics
import subprocess
import sys
import xml.etree.ElementTree as xml

from arrived import REFUSES, SHOWN

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = ("starved", "balloon", "vmotion", "slow-disk")
STEP = 2
RATE = 0.15     # how far a reading that was late can be off, in a point of four


def see(tools, guide, vm, url, *changes):
    """The pictures that a guide's reader gets: {name: Picture}. The guide's command,
    with their server, their VM, and times that fit a scenario of a minute."""
    with open(os.path.join(tools.dashboards, guide)) as f:
        text = f.read()
    [command] = re.findall(r"^ +(python3 pictures\.py --from (?:.*\\\n)*.*)$", text,
                           re.M)
    folder = os.path.join(tools.work, "pictures")
    [server] = re.findall(r"http://\S+", command)
    for old, new in ((server, url), ("--host VM", f"--host '{vm}'"),
                     ("--minutes 10", f"--minutes {SHOWN / 60:g} --step {STEP}"),
                     ("python3", f"'{sys.executable}' -B"), *changes):
        assert old in command, (old, command)
        command = command.replace(old, new)
    done = subprocess.run(["sh", "-c", f"{command} --out '{folder}'"], text=True,
                          capture_output=True, cwd=tools.dashboards, timeout=120)
    assert done.returncode == 0 and not done.stderr, (command, done)
    return {name: Picture(f"{folder}/{name}.svg") for name in PICTURES}


def expect_refusals(tools, name, url, old):
    """What cannot be drawn is one line that says why. old: a VM whose last value is
    of two hours ago."""
    def said(source, vm):
        done = subprocess.run(
            [sys.executable, "-B", f"{tools.dashboards}/pictures.py", "--from",
             source, "--host", vm, "--out", f"{tools.work}/none"], text=True,
            capture_output=True, timeout=120)
        assert done.returncode == 1 and not done.stdout, (source, vm, done)
        [line] = done.stderr.splitlines()
        return line

    line = said(f"{name}={url}", "nobody")
    assert '"nobody"' in line and "testhost" in line and old in line, line
    line = said(f"{name}={url}", old)
    assert f'nothing of "{old}" in the last 60 minutes' in line and \
        "the newest is of the hour from" in line, line
    line = said(f"{name}={url}/elsewhere", "testhost")
    assert "elsewhere" in line and "it has" in line and "collectd" in line, line
    line = said("influxdb-telegraf=" + url + "/collectd", "testhost")
    assert "of no VM" in line, line
    line = said("prometheus-execd=" + url, "testhost")
    assert url in line and "404" in line, line
    line = said(f"{name}=http://127.0.0.1:1", "testhost")
    assert "http://127.0.0.1:1 does not answer" in line, line
    line = said("influx=" + url, "testhost")
    assert '"influx=' in line and name in line, line


class Plot:
    def __init__(self):
        self.rows = []      # (number, place) of the grid
        self.curves = {}    # {title: [[(x, y)] of each part]}

    def value(self, y):
        (low, at), (high, top) = self.rows[0], self.rows[-1]
        return low + (high - low) * (at - y) / (at - top)


class Picture:
    """plots: [Plot]; refused: [(begin, end)]; moves: [time]; times in seconds of
    the day."""

    def __init__(self, path):
        root = xml.parse(path).getroot()
        self.texts = ["".join(t.itertext()) for t in root.iter(SVG + "text")]
        self.plots, columns, bands, moves = [], [], [], []
        for element in root:
            text = "".join(element.itertext()).strip()
            if element.tag == SVG + "text":
                clock = re.fullmatch(r"(\d\d):(\d\d)(?::(\d\d))?", text)
                if clock:
                    seconds = sum(int(part or 0) * unit for part, unit in
                                  zip(clock.groups(), (3600, 60, 1)))
                    columns.append((float(element.get("x")), seconds))
                elif element.get("text-anchor") == "end" and \
                        re.fullmatch(r"[\d.]+", text):
                    if float(text) == 0:
                        self.plots.append(Plot())
                    # The line that it belongs to is just before it.
                    self.plots[-1].rows.append((float(text), grid))
            elif element.tag == SVG + "path":
                way = element.get("d")
                numbers = [float(n) for n in re.findall(r"-?[\d.]+", way)]
                if text == "no answer":
                    bands.append((numbers[0], numbers[2]))
                elif element.get("stroke-dasharray"):
                    moves.append(numbers[0])
                elif not text:
                    grid = numbers[1]
                elif element.get("fill") == "none":
                    points = numbers[:-1] if way.endswith("h0") else numbers
                    self.plots[-1].curves.setdefault(text, []).append(
                        list(zip(points[::2], points[1::2])))
        assert len(columns) >= 2, self.texts
        (left, begin), (right, end) = columns[0], columns[-1]

        def at(x):
            return begin + (x - left) * ((end - begin) % 86400) / (right - left)
        self.refused = [(at(a), at(b)) for a, b in bands]
        self.moves = [at(x) for x in moves]
        for plot in self.plots:
            plot.curves = {title: [[(at(x), plot.value(y)) for x, y in part]
                                   for part in found]
                           for title, found in plot.curves.items()}


def expect_pictures(pictures):
    starved, balloon, vmotion, disk = (pictures[name] for name in PICTURES)
    for picture, count in ((starved, 1), (balloon, 1), (vmotion, 3), (disk, 2)):
        assert len(picture.plots) == count, picture.texts
        for plot in picture.plots:
            expect_gap(picture, plot)
        # One move, a line in each plot.
        assert len(picture.moves) == count and \
            max(picture.moves) - min(picture.moves) < 1, picture.moves
        assert picture.moves[0] < picture.refused[0][0]

    [plot] = starved.plots
    expect(plot, "used", 50, 50, RATE)
    expect(plot, "stolen: ready to run but not scheduled", 60, 60, RATE)     # on the other
    assert plot.rows[-1][0] == 100, plot.rows
    [plot] = balloon.plots
    expect(plot, "balloon", 0, 1)
    expect(plot, "compressed", 1.125, 1.125)
    expect(plot, "swapped", 1.375, 1.375)
    expect(plot, "active: accessed recently", 2, 2)
    assert plot.rows[-1][0] == 8 and any("it has 8" in text for text in
                                         balloon.texts), balloon.texts
    speed, stolen, age = vmotion.plots
    expect(speed, "received, all vCPUs", 4 * .5 * 2.593, 6, RATE)
    expect(speed, "one processor of the host", 2.593, 3)
    assert speed.rows[-1][0] in (6, 8), speed.rows
    expect(stolen, "ready to run but not scheduled", 10, 10, RATE)
    [curve] = age.curves.values()
    points = [p for part in curve for p in part]
    falls = [b[0] for a, b in zip(points, points[1:]) if b[1] < a[1]]
    assert len(falls) == 1 and abs(falls[0] - vmotion.moves[0]) <= STEP, falls
    latency, operations = disk.plots
    expect(latency, "reads", 4, 4, RATE)
    expect(latency, "writes", 2, 2, RATE)
    for title, rate in (("reads", 200), ("writes", 100)):
        values = [v for part in operations.curves[title] for _, v in part]
        # The rate of an interval in which a reading was late is no measure.
        assert abs(statistics.median(values) - rate) < 0.3 * rate, (title, values)


def expect(plot, title, low, last, slack=0.01):
    """How a curve ends; it begins at low, and is nowhere outside of the two."""
    points = [v for part in plot.curves[title] for _, v in part]
    slack = slack * last + 0.02
    assert abs(points[-1] - last) <= slack, (title, points)
    assert all(low - slack <= v <= last + slack for v in points), (title, points)
    assert not low or abs(points[0] - low) <= slack, (title, points)


def expect_gap(picture, plot):
    """Where the host refused it says so, and no curve goes on."""
    bands = {(round(a), round(b)) for a, b in picture.refused}
    assert len(bands) == 1, picture.refused
    [(begin, end)] = bands
    assert end - begin >= REFUSES - 2 * STEP, bands
    for title, curve in plot.curves.items():
        for part in curve:
            assert part[-1][0] <= begin + 2 * STEP or part[0][0] >= end - 2 * STEP, \
                (title, part[0], part[-1], begin, end)
