# SPDX-License-Identifier: MIT
"""Each row of the extended statistics through the real programs, from the second host:
what comes out is what the host said, of all disks and NICs. One case a call."""
import copy
import json
import math
import os
import re
import subprocess
import sys

import expected
import line_protocol
from cases import Cases, clean, wait
from daemon import Daemon
from expected import COLLECTD, FIELD, PROMETHEUS, Point
from machine import DISKS, NICS, VERSION, number_of, requests
from program import Program, run
from servers import NodeExporter, Prometheus, telegraf_start, write

case = Cases()

SERVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "serve.py")
OPTIONS = ("--vcpus", str(expected.VCPUS), "--extended", "all")
# So that some reads and writes lie between any two readings.
FAST = {"speed": 200}


def on_second_host(tools):
    """What the harness starts on a host is started on this one: its scenarios are the
    options of a machine."""
    tools = copy.copy(tools)
    clean(tools)
    tools.host = lambda machine: [sys.executable, "-B", SERVE, json.dumps(machine), "--"]
    return tools


# What is compared: batches, each {Point: number}.

EXTENDED = [{names[form] for names in
             [*map(expected.names, expected.ROWS + expected.RATES), expected.NUMA]}
            for form in range(3)]
ELAPSED = Point("vm/total_time_in_ms-elapsed", ""), Point("vmguest_cpu.elapsed_ms", ""), \
    Point("vmguest_elapsed_seconds_total", "")


def moment(form, batch):
    """Milliseconds of the session, by the classic statistics."""
    value = float(batch[ELAPSED[form]])
    return round(value * 1000) if form == PROMETHEUS else int(value)


def expect_same(found, wanted, slack=1e-6):
    """slack: of what is calculated from differences."""
    assert found.keys() == wanted.keys(), sorted(found.keys() ^ wanted.keys())
    for point, value in wanted.items():
        assert math.isclose(float(found[point]), value, rel_tol=slack,
                            abs_tol=2e-6), (point, found[point], value)


def extended_of(form, batch):
    return {point: value for point, value in batch.items()
            if point.name in EXTENDED[form]}


def expect_every_row(form, batches):
    """Of one session, each read after the one before it."""
    before, compared = None, 0
    for batch in batches:
        ms = moment(form, batch)
        wanted = expected.levels(form, ms)
        if before and ms > before:
            wanted |= expected.rates(form, before, ms)
            compared += 1
        expect_same(extended_of(form, batch), wanted)
        before = ms
    assert compared >= 2, f"{len(batches)} batches"


# vmguest-execd, by format: text to batches.


def split(points, first):
    """Into batches, each of which begins with this point."""
    batches = []
    for point, value in points:
        if point == first:
            batches.append({})
        assert point not in batches[-1], point
        batches[-1][point] = value
    return batches


INSTANCE = {"vmguest_vscsi": "disk", "vmguest_vnet": "nic"}
FIRST = Point("vmguest_cpu.reservation_mhz", "")


def field_points(lines):
    """lines: (measurement, tags, fields) of Influx lines or of JSON."""
    for measurement, tags, fields in lines:
        instance = tags[INSTANCE[measurement]] if measurement in INSTANCE else ""
        for field, value in fields.items():
            yield Point(f"{measurement}.{field}", instance), value


def influx_batches(text):
    return split(field_points(line[:3] for line in line_protocol.parse(text)), FIRST)


def json_batches(text):
    lines = map(json.loads, text.splitlines())
    return split(field_points((line["name"], line.get("tags", {}), line["fields"])
                              for line in lines), FIRST)


LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def prometheus_points(text):
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r"(\w+)(?:{(.*)})? (\S+)", line).groups()
        labels = dict(LABEL.findall(labels or ""))
        yield Point(name, labels.get("disk", labels.get("nic", ""))), value


def prometheus_batches(text):
    points = [(point, value) for point, value in prometheus_points(text)
              if not point.name.endswith("_info")]
    return split(points, points[0][0])


def graphite_batches(text):
    """Names of series become points by the table: a path does not say where an
    instance begins."""
    paths = {}
    for row in expected.ROWS + expected.RATES:
        measurement, field = row.field.split(".")
        for instance in expected.instances(row.set):
            path = [measurement, instance.replace(":", "_"), field] if instance else \
                [measurement, field]
            paths[".".join(path)] = Point(row.field, instance)

    def points():
        for line in text.splitlines():
            path, value, _ = line.split(" ")
            path = path.removeprefix("top.testhost.")
            yield paths.get(path, Point(path, "")), value
    return split(points(), FIRST)


def collectd_point(identifier):
    """Of plugin instance and the rest."""
    instance, _, rest = identifier.partition("/")
    kind, _, name = instance.partition("_")
    return Point(f"{kind}_{{}}/{rest}" if name else identifier, name)


def putval_batches(text):
    found = []
    for line in text.splitlines():
        identifier, value = re.fullmatch(
            r'PUTVAL "?[^/]+/vmguest-([^"]+?)"? interval=\S+ [^:]+:(\S+)',
            line).groups()
        found.append((collectd_point(identifier), value))
    return split(found, found[0][0])


FORMATS = {"influx": (FIELD, influx_batches), "json": (FIELD, json_batches),
           "prometheus": (PROMETHEUS, prometheus_batches),
           "graphite": (FIELD, graphite_batches), "putval": (COLLECTD, putval_batches)}


def execd(tools, machine, count, *options):
    """(output, log) of so many readings."""
    return run(tools, machine, *OPTIONS, *options, stdin=b"\n" * count)


@case
def execd_shows_every_row_in_every_format(tools):
    tools = on_second_host(tools)
    for name, (form, batches) in FORMATS.items():
        text, log = execd(tools, FAST, 4, "--format", name, "--host", "testhost",
                          "--prefix", "top") if name == "graphite" else \
            execd(tools, FAST, 4, "--format", name)
        print(name, log)
        found = batches(text)
        assert len(found) == 4, len(found)
        expect_every_row(form, found)
        if name in ("influx", "json"):
            version = Point("vmguest_session.host_version", "")
            assert [batch[version] for batch in found] == [VERSION] * 4
        if name == "prometheus":
            assert f'vmguest_host_info{{version="{VERSION}"}} 1\n' in text


@case
def execd_mixes_no_sessions(tools):
    tools = on_second_host(tools)
    for loses in (False, True):
        machine = {**FAST, "moves": requests(), "loses_channels": loses}
        text, log = execd(tools, machine, 5 * len(requests()))
        before, sessions, dropped = (None, 0, False), set(), 0
        for batch in influx_batches(text):
            session = int(batch[Point("vmguest_session.id", "")], 16)
            number, ms = number_of(session), moment(FIELD, batch)
            found = extended_of(FIELD, batch)
            wanted = expected.levels(FIELD, ms, number)
            if before[0] == number and ms > before[1] and before[2]:
                wanted |= expected.rates(FIELD, before[1], ms, number)
            if found:
                expect_same(found, wanted)
            else:
                dropped += 1
            before = number, ms, bool(found)
            sessions.add(number)
        assert len(sessions) >= len(requests()), sessions
        assert dropped <= len(requests()), dropped
        print(dropped, log)


# collectd.


def collectd_batches(folder):
    """Of the csv plugin, by time; the last one may not be whole yet."""
    batches = {}
    for instance in os.listdir(folder) if os.path.isdir(folder) else ():
        for name in os.listdir(f"{folder}/{instance}"):
            point = collectd_point(instance.removeprefix("vmguest-") + "/" +
                                   re.sub(r"-\d{4}-\d\d-\d\d$", "", name))
            with open(f"{folder}/{instance}/{name}") as f:
                for line in f.read().split()[1:]:
                    stamp, _, value = line.partition(",")
                    if value:
                        batches.setdefault(float(stamp), {})[point] = value
    return [batch for _, batch in sorted(batches.items())][:-1]


@case
def collectd_shows_every_row(tools):
    tools = on_second_host(tools)
    with Daemon(tools, {}, f"ExtendedStatistics all\nVCPUs {expected.VCPUS}",
                interval=0.4) as d:
        folder = f"{d.work}/csv/testhost"
        d.wait(lambda: len(collectd_batches(folder)) >= 4)
        d.stop()
        expect_every_row(COLLECTD, collectd_batches(folder))


# Telegraf.

TELEGRAF = """
[agent]
  interval = "1s"
  flush_interval = "1s"
  hostname = "testhost"
  omit_hostname = true
[[outputs.file]]
  files = ["{work}/telegraf.out"]
  data_format = "influx"
"""


def telegraf_batches(tools):
    try:
        with open(os.path.join(tools.work, "telegraf.out")) as f:
            text = f.read()
    except FileNotFoundError:
        return []
    lines = [line[:3] for line in line_protocol.of_telegraf(text)]
    return split(field_points(lines), FIRST)[:-1]


@case
def telegraf_shows_every_row(tools):
    tools = on_second_host(tools)
    program = tools.dependency("telegraf/telegraf", "telegraf") and tools.program
    with open(tools.telegraf_conf) as f:
        text = f.read()
    shipped = 'command = ["vmguest-execd"]'
    assert shipped in text
    words = json.dumps([program, *OPTIONS])
    write(f"{tools.work}/conf.d/vmguest.conf", text.replace(shipped,
                                                            f"command = {words}"))
    write(f"{tools.work}/conf.d/agent.conf", TELEGRAF.format(work=tools.work))
    with telegraf_start(tools, {}, "--config-directory", f"{tools.work}/conf.d") as t:
        wait(lambda: len(telegraf_batches(tools)) >= 3, why="nothing came of Telegraf")
        assert " E! " not in t.log(), t.log()
    expect_every_row(FIELD, telegraf_batches(tools))


# Prometheus.


def scrapes(prometheus):
    """Batches by the time of the scrape."""
    batches = {}
    for labels, values in prometheus.samples('{__name__=~"vmguest_.*"}'):
        point = Point(labels["__name__"], labels.get("disk", labels.get("nic", "")))
        if not point.name.endswith("_info"):
            for stamp, value in values:
                batch = batches.setdefault(stamp, {})
                assert point not in batch, point
                batch[point] = value
    return [batch for _, batch in sorted(batches.items())]


@case
def prometheus_shows_every_row(tools):
    tools = on_second_host(tools)
    folder = os.path.join(tools.work, "textfile")
    os.makedirs(folder)
    with NodeExporter(tools, folder) as exporter, \
            Prometheus(tools, "node", f"127.0.0.1:{exporter.port}") as prometheus, \
            Program(tools, {}, *OPTIONS, "--format", "prometheus", "--interval",
                    "400ms", "--output", f"{folder}/vmguest.prom",
                    stdin=subprocess.DEVNULL) as p:
        wait(lambda: len(scrapes(prometheus)) >= 4, why="nothing came to Prometheus")
        assert p.stop() == 0
        seen = set()
        for batch in scrapes(prometheus):
            ms = moment(PROMETHEUS, batch)
            levels = expected.levels(PROMETHEUS, ms)
            found = extended_of(PROMETHEUS, batch)
            expect_same({point: found[point] for point in levels}, levels)
            # It may have missed a reading: what is calculated is near what it is at
            # all times.
            rates = {point: value for point, value in found.items()
                     if point not in levels}
            if rates:
                expect_same(rates, expected.rates(PROMETHEUS, ms, ms + 10000), 0.05)
                seen.add(ms)
        assert len(seen) >= 2, seen


if __name__ == "__main__":
    case.main("program", "collectd", "plugin-dir", "helpers", "telegraf-conf", "config",
              "rules", "work", "deps", preload="")
