# SPDX-License-Identifier: MIT
"""Each row of the extended statistics through the real programs, from the second host:
what comes out is what the host said, of all disks and NICs. One case a call."""
import copy
import json
import math
import os
import re
import string
import subprocess
import sys

import expected
import line_protocol
from cases import Cases, clean, wait
from daemon import Daemon
from expected import COLLECTD, FIELD, PROMETHEUS, Point
from machine import CLASSIC, DISKS, NICS, UUID, VERSION, number_of, requests
from program import Program, run
from servers import NodeExporter, Prometheus, telegraf_start, write

case = Cases()

SERVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "serve.py")
OPTIONS = ("--vcpus", str(expected.VCPUS), "--extended", "all")
# So that many reads and writes lie between any two readings.
FAST = {"speed": 200}


def on_second_host(tools):
    """What the harness starts on a host is started on this one: its scenarios are the
    options of a machine."""
    clean(tools)
    tools, path = copy.copy(tools), f"{tools.work}.machine"

    def host(machine):
        with open(path, "w") as f:
            json.dump(machine, f)
        return [sys.executable, "-B", SERVE, path, "--"]
    tools.host = host
    return tools


# What is compared: batches, each {Point: number}.

EXTENDED = [{spelled[form] for spelled in
             [*map(expected.spelled, expected.ROWS + expected.RATES), expected.NUMA]}
            for form in range(3)]
ELAPSED = [Point(name, "") for name in (
    "vm/total_time_in_ms-elapsed", "vmguest_cpu.elapsed_ms",
    "vmguest_elapsed_seconds_total")]


def moment(form, batch):
    """Milliseconds of the session, by the classic statistics."""
    value = float(batch[ELAPSED[form]])
    return round(value * 1000) if form == PROMETHEUS else int(value)


def expect_same(found, wanted, slack=1e-6):
    """slack: how far apart two numbers may be, as a share."""
    assert found.keys() == wanted.keys(), sorted(found.keys() ^ wanted.keys())
    for point, value in wanted.items():
        assert math.isclose(float(found[point]), value, rel_tol=slack,
                            abs_tol=2e-6), (point, found[point], value)


def extended_of(form, batch):
    return {point: value for point, value in batch.items()
            if point.name in EXTENDED[form]}


def row_set(point):
    """Of a field."""
    return next((row.set for row in expected.ROWS + expected.RATES
                 if row.field == point.name), "resources")


def expect_every_row(form, batches):
    """Of one session, each read after the one before it; None is one that is not
    known."""
    before, compared = None, 0
    for batch in batches:
        if batch is None:
            before = None
            continue
        ms = moment(form, batch)
        wanted = expected.levels(form, ms)
        if before and ms > before:
            wanted |= expected.rates(form, before, ms)
            compared += 1
        expect_same(extended_of(form, batch), wanted)
        classics = expected.classics(form, ms)
        expect_same({point: batch[point] for point in classics}, classics)
        before = ms
    assert compared >= 1, f"{len(batches)} batches"


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


def json_points(text):
    lines = map(json.loads, text.splitlines())
    return field_points((line["name"], line["tags"], line["fields"]) for line in lines)


def json_batches(text):
    return split(json_points(text), FIRST)


LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def prometheus_points(text):
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r"(\w+)(?:{(.*)})? (\S+)", line).groups()
        labels = {key: re.sub(r"\\(.)", r"\1", value)
                  for key, value in LABEL.findall(labels or "")}
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
    return run(tools, machine, "--signal", "stdin", "--vcpus", str(expected.VCPUS),
               *options, stdin=b"\n" * count)


def said(log):
    """Without what is logged of every host that answers."""
    return [line for line in log.splitlines()
            if not re.match("I! (receiving statistics|configured memory)", line)]


@case
def execd_shows_every_row_in_every_format(tools):
    tools = on_second_host(tools)
    promtool = tools.dependency("prometheus/usr/bin/promtool", "promtool")
    path = ("--prefix", "top", "--host", "testhost")
    for name, (form, batches) in FORMATS.items():
        text, log = execd(tools, FAST, 4, "--extended", "all", "--format", name,
                          *(path if name == "graphite" else ()))
        assert not said(log), (name, log)
        found = batches(text)
        assert len(found) == 4, (name, len(found))
        expect_every_row(form, found)
        if name in ("influx", "json"):
            expect_types(found[-1])
        if name == "prometheus":
            expect_prometheus(promtool, text[text.rindex("# HELP vmguest_cpu_res"):])


@case
def execd_shows_the_sets_that_are_asked_for(tools):
    tools = on_second_host(tools)
    for kind in ("host", "resources", "vscsi", "vnet"):
        text, _ = execd(tools, FAST, 2, "--extended", kind)
        before, batch = influx_batches(text)
        ms = moment(FIELD, batch)
        wanted = expected.levels(FIELD, ms) | \
            expected.rates(FIELD, moment(FIELD, before), ms)
        expect_same(extended_of(FIELD, batch), {
            point: value for point, value in wanted.items() if row_set(point) == kind})


def expect_types(batch):
    assert batch[Point("vmguest_session.host_version", "")] == VERSION
    assert batch[Point("vmguest_session.uuid", "")] == UUID
    whole = {row.field for row in expected.ROWS}
    for point, value in extended_of(FIELD, batch).items():
        assert type(value) is (int if point.name in whole else float), (point, value)


def expect_prometheus(promtool, text):
    """Of one batch."""
    done = subprocess.run([promtool, "check", "metrics"], input=text,
                          capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done
    types = dict(re.findall("^# TYPE (\\S+) (\\S+)$", text, re.M))
    for row in expected.ROWS:
        assert types[row.prometheus] == row.type, row
    gauges = [row.prometheus for row in expected.RATES] + [expected.NUMA[PROMETHEUS]]
    assert {types[name] for name in gauges} == {"gauge"}, types
    assert f'\nvmguest_host_info{{version="{VERSION}"}} 1\n' in text
    assert f'\nvmguest_vm_info{{uuid="{UUID}"}} 1\n' in text


def expect_whole_readings(form, batches, number, moves):
    """number: of a batch's session. Each has all that the host said in one session, or
    nothing of it: a reading in the middle of which the session changes has the classic
    statistics of the one before."""
    before, sessions, without = None, set(), 0
    for batch in batches:
        if batch is None:
            before = None
            continue
        session, ms = number(batch), moment(form, batch)
        found, wanted = extended_of(form, batch), expected.levels(form, ms, session)
        if before and before[0] == session and ms > before[1]:
            wanted |= expected.rates(form, before[1], ms, session)
        if found:
            expect_same(found, wanted)
        without += not found
        before = (session, ms) if found else None
        sessions.add(session)
    assert sessions == set(range(len(moves) + 1)), sessions
    assert without <= len(moves), without


@case
def execd_mixes_no_sessions(tools):
    tools = on_second_host(tools)

    def number(batch):
        return number_of(int(batch[Point("vmguest_session.id", "")], 16))
    for loses in (False, True):
        machine = {**FAST, "moves": requests(), "loses_channels": loses}
        text, _ = execd(tools, machine, 5 * len(requests()), "--extended", "all")
        expect_whole_readings(FIELD, influx_batches(text), number, requests())


# From LATER and EARLIER in recordings.py, by hand.
RECORDED = {
    "vmguest_host.cpu_cores_per_package": 1, "vmguest_cpu.contention_ms": 222828,
    "vmguest_cpu.contention_memory_ms": 0,
    "vmguest_cpu.contention_percent":
        100 * (222828952 - 85941947) / (38065196593 - 6664499511),
    "vmguest_cpu.contention_memory_percent": 0,
    "vmguest_memory.consumed_bytes": 1039332 * 1024, "vmguest_memory.swap_in_bytes": 0,
    "vmguest_memory.swap_out_bytes": 0, "vmguest_memory.overhead_swapped_bytes": 0,
    "vmguest_memory.overhead_swap_in_bytes": 0,
    "vmguest_memory.overhead_swap_out_bytes": 0, "vmguest_vscsi.read_operations": 8133,
    "vmguest_vscsi.read_bytes": 164761600, "vmguest_vscsi.read_time_ms": 36825,
    "vmguest_vscsi.read_latency_ms": (36825.479 - 8747.160) / (8133 - 1311),
    "vmguest_vscsi.write_operations": 4841, "vmguest_vscsi.write_bytes": 64409600,
    "vmguest_vscsi.write_time_ms": 8717,
    "vmguest_vscsi.write_latency_ms": (8717.513 - 1934.046) / (4841 - 1556),
    "vmguest_vnet.rx_packets": 20191, "vmguest_vnet.rx_bytes": 3535277,
    "vmguest_vnet.tx_packets": 7809, "vmguest_vnet.tx_bytes": 632511,
    "vmguest_vnet.reservation_mbps": 0,
}
RECORDED_INSTANCES = {"vmguest_vscsi": "ide0:0", "vmguest_vnet": "00:0c:29:32:0a:6a"}


@case
def execd_shows_what_real_hosts_said(tools):
    tools = on_second_host(tools)
    text, log = run(tools, ["EARLIER", "LATER"], "--vcpus", "1", "--extended", "all",
                    stdin=b"\n\n")
    expect_same(extended_of(FIELD, influx_batches(text)[1]), {
        Point(name, RECORDED_INSTANCES.get(name.partition(".")[0], "")): value
        for name, value in RECORDED.items()})
    # Of the other NIC nothing was recorded.
    [line] = said(log)
    assert line.startswith("W! extended statistics (vnet) are incomplete: "), log


# Whatever a VMX file allows in a name, and names that a path cannot tell apart.
ODD = "ide0:0 " + string.punctuation
ALIKE = ["scsi0:0", "scsi0.0", "scsi0 0"]


@case
def execd_spells_odd_names_and_many_disks(tools):
    tools = on_second_host(tools)
    promtool = tools.dependency("prometheus/usr/bin/promtool", "promtool")
    disks = [ODD, *ALIKE, *(f"scsi{n // 16}:{n % 16}" for n in range(1, 61))]
    machine = {"disks": disks, "nics": []}
    options = ("--extended", "vscsi", "--statistic", "vscsi_read")
    wanted = sorted(disks)

    def of(points):
        return sorted(point.instance for point, _ in points
                      if point.name in ("vmguest_vscsi.read_bytes",
                                        "vmguest_vscsi_read_bytes_total"))
    text, log = execd(tools, machine, 1, *options)
    assert not said(log), log
    assert of(field_points(line[:3] for line in line_protocol.parse(text))) == wanted
    text, _ = execd(tools, machine, 1, *options, "--format", "json")
    assert of(json_points(text)) == wanted
    text, _ = execd(tools, machine, 1, *options, "--format", "prometheus")
    assert of(prometheus_points(text)) == wanted
    done = subprocess.run([promtool, "check", "metrics"], input=text,
                          capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done
    # In a path only one of those that are alike has room, and the log says so.
    text, log = execd(tools, machine, 2, *options, "--format", "graphite")
    paths = re.findall(r"vmguest_vscsi\.(\S+)\.read_bytes ", text)
    assert len(paths) == 2 * (len(disks) - 2), len(paths)
    assert paths.count("scsi0_0") == 2 and all(
        re.fullmatch(r"[\w-]+", path) for path in paths), paths
    assert {line.partition(" cannot")[0] for line in said(log)} == \
        {"W! vscsi_read of scsi0.0"}, log


# What the host says instead, what is gone with it, and what the log says, once.
WRONG = [
    ({"resources": '{"vm.cpu.used": {"type": "accumulate", "value": 2}}'},
     lambda point: row_set(point) != "resources",
     r"no extended statistics \(resources\): the host's reply is damaged"),
    ({"vscsi " + DISKS[1]: None}, lambda point: point.instance != DISKS[1],
     r"extended statistics \(vscsi\) are incomplete: the host refuses them"),
    ({"vnet " + NICS[2]: ""}, lambda point: point.instance != NICS[2],
     r"extended statistics \(vnet\) are incomplete: the host replied with nothing"),
    ({"host": "".join(f"vm.x{i} = {i}\n" for i in range(70000))[:2**20 - 2]
      .rpartition("\n")[0]}, lambda point: row_set(point) != "host",
     r"extended statistics \(host\) are incomplete: "),
]


@case
def execd_leaves_out_what_is_wrong_and_says_so_once(tools):
    tools = on_second_host(tools)
    for instead, stays, words in WRONG:
        text, log = execd(tools, {**FAST, "instead": instead}, 4, "--extended", "all")
        before = None
        for batch in influx_batches(text):
            assert batch[Point("vmguest_session.up", "")] == 1
            ms = moment(FIELD, batch)
            wanted = expected.levels(FIELD, ms)
            if before:
                wanted |= expected.rates(FIELD, before, ms)
            expect_same(extended_of(FIELD, batch), {
                point: value for point, value in wanted.items() if stays(point)})
            before = ms
        warnings = [line for line in said(log) if line.startswith("W! ")]
        assert len(warnings) == 1 and re.match("W! " + words, warnings[0]), log


@case
def execd_leaves_out_sets_that_are_gone_after_a_move(tools):
    tools = on_second_host(tools)
    machine = {**FAST, "moves": [CLASSIC], "stays": 2, "lacks": ["vscsi", "resources"]}
    text, log = execd(tools, machine, 6, "--extended", "all")
    first, _, *after = influx_batches(text)
    expect_same(extended_of(FIELD, first), expected.levels(FIELD, moment(FIELD, first)))
    for batch in after:
        levels = expected.levels(FIELD, moment(FIELD, batch), 1)
        expect_same(extended_of(FIELD, batch), {
            point: value for point, value in levels.items()
            if row_set(point) in ("host", "vnet")})
    warnings = [line for line in said(log) if line.startswith("W! ")]
    assert len(warnings) == 1, log


# collectd.


def collectd_batches(d):
    """Of the csv plugin, by time. The last one may not be whole yet. A stamp may be that
    of two readings, since what the daemon is late for follows at once: None."""
    folder, batches = f"{d.work}/csv/testhost", {}
    for instance in os.listdir(folder) if os.path.isdir(folder) else ():
        for name in os.listdir(f"{folder}/{instance}"):
            point = collectd_point(instance.removeprefix("vmguest-") + "/" +
                                   re.sub(r"-\d{4}-\d\d-\d\d$", "", name))
            with open(f"{folder}/{instance}/{name}") as f:
                for line in f.read().split()[1:]:
                    stamp, _, value = line.partition(",")
                    batches.setdefault(float(stamp), []).append((point, value))
    return [dict(points) if len(dict(points)) == len(points) else None
            for _, points in sorted(batches.items())][:-1]


def collectd(tools, machine, interval):
    return Daemon(tools, machine, f"ExtendedStatistics all\nVCPUs {expected.VCPUS}",
                  interval=interval)


@case
def collectd_shows_every_row(tools):
    tools = on_second_host(tools)
    with collectd(tools, {}, 0.4) as d:
        d.wait(lambda: len(list(filter(None, collectd_batches(d)))) >= 4)
        d.stop()
        expect_every_row(COLLECTD, collectd_batches(d))


@case
def collectd_mixes_no_sessions(tools):
    tools, moves = on_second_host(tools), requests()[::3]
    changes = Point("vm/derive-session_changes", "")

    def number(batch):
        return int(batch[changes])
    with collectd(tools, {"moves": moves}, 0.1) as d:
        d.wait(lambda: [number(batch) for batch in collectd_batches(d)
                        if batch and changes in batch].count(len(moves)) >= 3)
        d.stop()
        expect_whole_readings(COLLECTD, collectd_batches(d), number, moves)


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


def with_rates(prometheus):
    """Those of different readings, which are not the first one."""
    contention = Point("vmguest_cpu_contention_ratio", "")
    batches = {moment(PROMETHEUS, batch): batch for batch in scrapes(prometheus)
               if contention in batch}
    return list(batches.values())


@case
def prometheus_shows_every_row(tools):
    tools = on_second_host(tools)
    folder = os.path.join(tools.work, "textfile")
    os.makedirs(folder)
    with NodeExporter(tools, folder) as exporter, \
            Prometheus(tools, "node", f"127.0.0.1:{exporter.port}") as prometheus, \
            Program(tools, FAST, *OPTIONS, "--format", "prometheus", "--interval",
                    "400ms", "--output", f"{folder}/vmguest.prom",
                    stdin=subprocess.DEVNULL) as p:
        wait(lambda: len(with_rates(prometheus)) >= 2, why="nothing came to Prometheus")
        assert p.stop() == 0
        for batch in with_rates(prometheus):
            ms = moment(PROMETHEUS, batch)
            levels = expected.levels(PROMETHEUS, ms) | expected.classics(PROMETHEUS, ms)
            expect_same({point: batch[point] for point in levels}, levels)
            # Of which reading before it, Prometheus may have missed: what is calculated
            # is near what it is at all times.
            rates = {point: value for point, value in
                     extended_of(PROMETHEUS, batch).items() if point not in levels}
            expect_same(rates, expected.rates(PROMETHEUS, ms, ms + 10000), 0.05)


if __name__ == "__main__":
    case.main("program", "collectd", "plugin-dir", "helpers", "telegraf-conf", "config",
              "rules", "work", "deps", preload="")
