# SPDX-License-Identifier: MIT
"""Every alert fires when it should, and not in what only looks like it: by promtool
and by the real InfluxDB, from the same histories. One case a call."""

import json
import os
import re
import shutil
import subprocess
import time

from cases import Cases
from histories import (MINUTES, burst, generator, last, lines, scraped, vm, way_of)
from servers import Influxd, write

case = Cases()

# What is so, which alerts fire at its end, its readings. No other alert may fire in any
# of them, and where none shall, none at any time.
STARVED = {("VmguestCpuStarved", "warning")}
STARVED_BADLY = STARVED | {("VmguestCpuStarved", "critical")}
LIMITED = {("VmguestCpuLimitReached", "warning")}
SILENT = {("VmguestNoStatistics", "warning")}
BALLOON = {("VmguestBalloonUnderPressure", "warning")}
SWAPPED = {("VmguestSwappedByHost", "critical")}
MEMORY_LIMIT = {("VmguestMemoryLimitSwaps", "warning")}
MOVED = {("VmguestMovedOften", "info")}
MISSING = {("VmguestStatisticsMissing", "info")}


def both(name):
    return {(name, "warning"), (name, "critical")}


BALLOON_BADLY = both("VmguestBalloonUnderPressure")
LIMITED_BADLY = both("VmguestCpuLimitReached")
CONTENDED = {("VmguestCpuContention", "warning")}
CONTENDED_BADLY = both("VmguestCpuContention")
BEYOND = {("VmguestContentionBeyondStolen", "info")}
WAITS, WAITS_BADLY = {("VmguestMemoryWait", "warning")}, both("VmguestMemoryWait")
SWAPS_IN, SWAPS_IN_BADLY = {("VmguestSwapIn", "warning")}, both("VmguestSwapIn")
SLOW, SLOW_BADLY = {("VmguestDiskSlow", "warning")}, both("VmguestDiskSlow")
REMOTE = {("VmguestNumaRemote", "info")}
# Disks, as vm() has them.
GOOD, IDLE = (40, 4, 5), (6, 80, 90)
HISTORIES = [
    ("all is well", set(), vm()),
    ("the host refuses", SILENT, vm(up=last(0, 31))),
    ("the host refuses from the start", SILENT, vm(up=0)),
    ("the host was away for three minutes", set(), vm(up=burst(0, 3))),
    ("the host was away for one reading", set(), vm(up=burst(0, 1))),
    ("the first minutes of a VM whose host refuses", set(),
     vm(up=0, born=MINUTES - 4)),
    ("starved", STARVED, vm(stolen=last(7, 50))),
    ("starved badly", STARVED_BADLY, vm(stolen=last(18, 50))),
    ("starved in spikes", STARVED_BADLY, vm(stolen=lambda t: 60 if t % 2 < .5 else 1)),
    ("starved, and moved to another such host", STARVED_BADLY,
     vm(stolen=last(18, 70), moved=[MINUTES - 21])),
    ("starved, and the agent was restarted", STARVED_BADLY,
     vm(stolen=last(18, 70), restarted=[MINUTES - 12, MINUTES - 3])),
    ("as much as it may be", set(), vm(stolen=5)),
    ("a backup of eight minutes", set(), vm(stolen=burst(30, 8))),
    ("a boot", set(), vm(stolen=burst(40, 4, MINUTES - 6), born=MINUTES - 6)),
    ("the first reads after a vMotion", set(),
     vm(stolen=burst(60, 1), moved=[60])),
    ("starved on one host, and moved to a better one", set(),
     vm(stolen=burst(30, 9, 51), moved=[60])),
    ("at its limit", LIMITED | STARVED, vm(stolen=6, used=37.6, limit=40)),
    ("at its limit, in spikes", LIMITED | STARVED_BADLY,
     vm(limit=40, used=lambda t: 40 if t % 5 < 4 else 30,
        stolen=lambda t: 30 if t % 5 < 4 else 0)),
    ("an inert limit", set(), vm(used=97, stolen=0, limit=100 * 5185 / 5186)),
    ("an inert limit on a busy host", STARVED, vm(used=93, stolen=6,
                                                  limit=100 * 5185 / 5186)),
    ("at its limit, and much of it", LIMITED_BADLY | STARVED,
     vm(stolen=7, used=39.7, limit=40)),
    ("a limit that the load just fits in", set(), vm(used=39, stolen=1, limit=40)),
    ("a limit that binds, and room below it", STARVED_BADLY,
     vm(used=20, stolen=12, limit=40)),
    ("a limit that is passed for a while", set(),
     vm(used=burst(60, 5, before=20), stolen=burst(12, 5), limit=40)),
    ("the balloon takes what is in use", BALLOON, vm(ballooned=12, active=60)),
    ("the balloon takes nearly all", BALLOON_BADLY, vm(ballooned=33, active=60)),
    ("a balloon without pressure", set(), vm(ballooned=45, active=12)),
    ("pressure without a balloon", set(), vm(active=95)),
    ("swapped", SWAPPED, vm(swapped=700, swap_target=900)),
    ("what an old shortage left behind, and a short fright", set(),
     vm(swapped=700, swap_target=burst(900, 3, before=0))),
    ("what an old shortage left behind", set(), vm(swapped=700)),
    ("a memory limit that takes", MEMORY_LIMIT, vm(memory_limit=70, reclaimed=2048)),
    ("a memory limit that takes nothing", set(), vm(memory_limit=70)),
    ("a memory limit 1 % below the size", set(), vm(memory_limit=99, reclaimed=2048)),
    ("memory taken without a limit", set(), vm(reclaimed=2048)),
    ("migrated back and forth", MOVED, vm(moved=range(MINUTES - 58, MINUTES, 9))),
    ("moved four times in an hour", set(), vm(moved=range(MINUTES - 52, MINUTES, 13))),
    ("out and back for maintenance", set(), vm(moved=[50, 80])),
    ("moved weeks ago, and the agent was restarted", set(),
     vm(moves_before=6, restarted=[MINUTES - 20])),
    ("an agent that is restarted again and again", set(),
     vm(moves_before=1, restarted=range(70, MINUTES, 7))),
    ("an old host", MISSING, vm(unavailable=6)),
    ("an old host for half an hour", set(), vm(unavailable=burst(6, 30, before=0))),
    ("starved, and soon removed", set(), vm(stolen=18, gone=12)),
    # Extended statistics.
    ("all is well, as they say too", set(),
     vm(contention=2, waiting=.2, swap_in=.2, local=95, disks=[GOOD, IDLE])),
    ("contended", STARVED | CONTENDED, vm(stolen=7, contention=last(11, 50, 7))),
    ("contended badly, by co-stop", CONTENDED_BADLY | BEYOND,
     vm(contention=last(25, 50))),
    ("contended in spikes", STARVED_BADLY | CONTENDED,
     vm(stolen=lambda t: 60 if t % 2 < .5 else 1,
        contention=lambda t: 60 if t % 2 < .5 else 2)),
    ("contended, moved and restarted", CONTENDED_BADLY | BEYOND,
     vm(contention=last(25, 70), moved=[MINUTES - 21], restarted=[MINUTES - 12])),
    ("contention beyond stolen", BEYOND, vm(contention=8)),
    ("as much contention as may be", set(), vm(stolen=4.8, contention=9.5)),
    ("waits for memory", WAITS, vm(contention=2, waiting=last(3, 50, 0))),
    ("waits for memory badly, in spikes", WAITS_BADLY,
     vm(contention=2, waiting=lambda t: 30 if t % 2 < .5 else 0)),
    ("swaps in", SWAPS_IN, vm(contention=2, swap_in=last(2, 50, 0))),
    ("swaps in badly, in spikes", SWAPS_IN_BADLY,
     vm(contention=2, swap_in=lambda t: 60 if t % 2 < .5 else 0)),
    ("what was left over is read back once", set(),
     vm(contention=2, swap_in=burst(2, 4, before=0))),
    ("a slow disk", SLOW, vm(contention=2, disks=[(40, last(30, 50, 5), 35), GOOD])),
    ("a slow disk, in spikes", SLOW_BADLY,
     vm(contention=2, disks=[(40, lambda t: 250 if t % 2 < .5 else 8, 80), GOOD])),
    ("a slow disk, moved and restarted", SLOW,
     vm(contention=2, disks=[(40, 30, 35)], moved=[MINUTES - 31],
        restarted=[MINUTES - 12])),
    ("a far node", REMOTE, vm(contention=2, local=last(60, 50, 95))),
    ("beyond stolen, in spikes", BEYOND,
     vm(contention=lambda t: 30 if t % 2 < .5 else 2)),
    ("another node for a while", set(),
     vm(contention=2, local=burst(20, 8, before=95))),
    ("all of it in a backup of eight minutes", set(),
     vm(stolen=burst(30, 8), contention=burst(40, 8), waiting=burst(30, 8, before=0),
        ballooned=burst(40, 8), active=60, swapped=burst(700, 8),
        swap_target=burst(900, 8, before=0), memory_limit=70, reclaimed=burst(2048, 8),
        disks=[(40, burst(90, 8, before=5), burst(95, 8, before=6))])),
    ("all of it in a boot", set(),
     vm(stolen=burst(40, 4, MINUTES - 6), contention=burst(60, 4, MINUTES - 6),
        waiting=burst(30, 4, MINUTES - 6, 0), local=burst(20, 4, MINUTES - 6, 95),
        ballooned=40, active=60, swapped=700, swap_target=900, memory_limit=70,
        reclaimed=2048, disks=[(90, burst(80, 4, MINUTES - 6), 90)],
        born=MINUTES - 6)),
    ("all of it just after a vMotion", set(),
     vm(stolen=burst(60, 1), contention=burst(70, 1), waiting=burst(50, 1, before=0),
        local=burst(20, 2, before=95), disks=[(40, burst(200, 1, before=5), 6)],
        ballooned=burst(40, 2), active=60, swapped=burst(700, 2),
        swap_target=burst(900, 2), memory_limit=70, reclaimed=burst(2048, 2),
        moved=[60])),
    ("all of it, and soon removed", set(),
     vm(stolen=18, contention=30, waiting=9, local=10, disks=[(40, 90, 90)], gone=12,
        ballooned=40, active=60, swapped=700, swap_target=900, memory_limit=70,
        reclaimed=2048)),
]
# Levels in spikes: who reads every 5 minutes has one or two of them in a window.
SPIKES = [
    ("the balloon takes it in spikes", BALLOON,
     vm(ballooned=lambda t: 28 if t % 10 < 5 else 0, active=60)),
    ("swapped in spikes", SWAPPED,
     vm(swapped=lambda t: 700 if t % 10 < 5 else 0,
        swap_target=lambda t: 900 if t % 10 < 5 else 0)),
    ("a memory limit that takes in spikes", MEMORY_LIMIT,
     vm(memory_limit=70, reclaimed=lambda t: 2048 if t % 10 < 5 else 0)),
    ("a far node, in spikes", REMOTE,
     vm(contention=2, local=lambda t: 10 if t % 10 < 5 else 95)),
]
SPIKES_SEEN = 120   # seconds
# Its guest waits in its own queue; who does not have the guest's numbers cannot see it.
QUEUES = ("a guest that queues too much", set(),
          vm(contention=2, disks=[(40, 30, 90), (40, 25, 90)]))
# Reading and scrape, in seconds.
INTERVALS = [(10, 15), (60, 60), (120, 120), (300, 120)]

# What InfluxQL cannot ask: whether the target answers.
VANISHED = [
    ("the service ended", {("VmguestGone", "warning")}, vm(gone=MINUTES - 30), vm()),
    ("a restart of the service", set(), vm(up=lambda t: None if 60 <= t < 63 else 1),
     vm()),
    ("a reboot", set(), vm(gone=MINUTES - 30), vm(up=last(0, 30))),
    ("a node that an autoscaler removed", set(), vm(gone=MINUTES - 30),
     vm(gone=MINUTES - 30)),
]
# Maintenance of host after host: a fifth of the cluster moves again and again, and each
# move takes a moment in which the host refuses or steals. That is worth a note, MOVED.
MOVES = range(MINUTES - 58, MINUTES, 9)


def since_move(t):
    return min((t - move for move in MOVES if move <= t), default=MINUTES)


CLUSTER = [vm(moved=MOVES, up=lambda t: int(since_move(t) >= 1),
              stolen=lambda t: 30 if since_move(t) < 2 else 1)] * 2 + [vm()] * 8
# Two VMs of one name in two clusters, each with half of what an alert wants.
TWINS = [
    ("balloon here, pressure there", vm(ballooned=45, active=12), vm(active=95)),
    ("limit here, denied there", vm(used=39, stolen=1, limit=40), vm(stolen=4.9)),
    ("moved two times here, three times there", vm(moved=[80, 110]),
     vm(moved=[85, 95, 115])),
]


@case
def every_alert_has_both_kinds_of_history(tools):
    """And a threshold's reason, a time, and what to do."""
    generate = generator(tools)
    fires = set.union(*[f for _, f, *_ in HISTORIES + VANISHED])
    assert fires == {(a["name"], a["severity"]) for a in generate.alerts()}
    for alert in generate.ALERTS:
        for part, words in (("reason", 8), ("runbook", 25)):
            assert len(alert[part].split()) >= words, (alert["name"], part)
        assert "Verify" in alert["runbook"], alert["name"]
        assert re.search("Ask|ask", alert["runbook"]), alert["name"]


# Prometheus.


def values(numbers):
    return " ".join("_" if v is None else repr(v) for v in numbers)


def selected(generate, way, name, device, labels):
    if name.startswith("guest."):
        kind = name.partition(".")[2].replace("_operations", "s_completed") \
            .replace("_time", "_time_seconds")
        return f'node_disk_{kind}_total{{device="{device}",{labels}}}'
    metric = generate.Metric(name)
    if not device:
        return way.select(metric, labels)
    if way.has_guest:
        return way.select(metric, f'disk="{device}",{labels}')
    return way.select(metric, labels).replace(
        f'=~"{metric.instance}_.*"', f'="{metric.instance}_{device}"')


def info(disk, numbers, labels):
    """Which device a disk is; after half of the time it has another name."""
    own, half = "sd" + "ab"[int(disk[-1])], len(numbers) // 2
    for device, there in ((own, range(half)), (own + "1", range(half, len(numbers)))):
        yield {"series": f'vmguest_vscsi_info{{disk="{disk}",device="{device}",{labels}}}',
               "values": values(1 if i in there and v is not None else None
                                for i, v in enumerate(numbers))}


def promtool_series(generate, way, readings, scrape, labels):
    # collectd's page has the time of the reading, whenever it is scraped.
    own_times = way.name.endswith("collectd")
    found = []
    for key, numbers in scraped(readings, scrape, own_times).items():
        name, _, device = key.partition("/")
        guest = name.startswith("guest.")
        if guest and not way.has_guest:
            continue
        factor = 1 if guest else way.factor(generate.Metric(name))
        for device in (device, device + "1") if guest else (device,):
            found.append({"series": selected(generate, way, name, device, labels),
                          "values": values(None if v is None else v / factor
                                           for v in numbers)})
        if name == "disk.read_time" and way.has_guest:
            found += info(device, numbers, labels)
    return found


def promtool_test(generate, way, name, scrape, vms, times):
    """vms: [(instance, cluster, which alerts fire, series)]: at each of these
    minutes, for these VMs and for no other one."""
    return {
        "name": name, "interval": f"{scrape}s",
        "input_series": [one for *_, series in vms for one in series],
        "alert_rule_test": [
            {"eval_time": f"{t}m", "alertname": wanted, "exp_alerts": [
                expected(generate, way, alert, {"instance": instance, "job": "node",
                                                "cluster": cluster})
                for alert in generate.alerts() for instance, cluster, fires, _ in vms
                if alert["name"] == wanted
                and (wanted, alert["severity"]) in fires]}
            for t in times
            for wanted in sorted({alert["name"] for alert in generate.alerts()})]}


LABELS = 'instance="{}",job="node",cluster="{}"'


def vms_of(generate, way, every, scrape):
    """All histories, as promtool_test() wants them."""
    def made(why, fires, history, cluster="a", target=None):
        labels = LABELS.format(why, cluster)
        series = promtool_series(generate, way, history(every), scrape, labels)
        if target:
            numbers = scraped(target(scrape), scrape, True)["session.up"]
            series.append({"series": f"up{{{labels}}}", "values": values(numbers)})
        return why, cluster, fires, series
    there = HISTORIES + SPIKES * (every <= SPIKES_SEEN) + [QUEUES] * way.has_guest
    for why, fires, history in there:
        yield made(why, fires, history)
    for why, fires, history, target in VANISHED if way.has_target else ():
        yield made(why, fires, history, target=target)
    for why, *twins in TWINS:
        for cluster, history in zip("ab", twins):
            yield made(why, set(), history, cluster)
    for i, history in enumerate(CLUSTER):
        yield made(f"vm{i}", MOVED if i < 2 else set(), history, "c")


def promtool_tests(generate, way):
    """What promtool shall do, as its file has it; YAML reads JSON. What must not fire
    is looked at all the time, what must at the end."""
    for every, scrape in INTERVALS:
        if way.name.endswith("collectd"):
            scrape = every
        vms = list(vms_of(generate, way, every, scrape))
        quiet = [vm for vm in vms if not vm[2]]
        yield promtool_test(generate, way, f"quiet, read every {every} s", scrape,
                            quiet, range(10, MINUTES + 1, 10))
        yield promtool_test(generate, way, f"firing, read every {every} s", scrape,
                            [vm for vm in vms if vm[2]], [MINUTES])


def expected(generate, way, alert, labels):
    name = alert["conditions"][0][0]
    labels = {"severity": alert["severity"], **labels}
    if name.startswith("disk."):
        labels |= {"disk": "scsi0:0"} if way.has_guest else \
            {"vmguest": "vscsi_scsi0:0"}
    if name not in generate.SHARES:
        selector = way.select(generate.Metric(name), "")
        labels.update(re.findall(r'(\w+)="(\w+)"', selector))
    return {"exp_labels": labels, "exp_annotations": {
        "summary": alert["summary"], "description": alert["runbook"]}}


def promtool(tools, name):
    binary = tools.dependency("prometheus/usr/bin/promtool", "promtool")
    generate = generator(tools)
    way = way_of(generate, name)
    rules = f"vmguest-{name.split('-')[1]}.rules.yml"
    with open(os.path.join(tools.rules, rules)) as f:
        write(os.path.join(tools.work, rules), f.read())
    path = os.path.join(tools.work, "test.yml")
    write(path, json.dumps({"rule_files": [rules], "evaluation_interval": "1m",
                            "tests": list(promtool_tests(generate, way))}))
    for words in (["check", "rules", os.path.join(tools.work, rules)],
                  ["test", "rules", path]):
        done = subprocess.run([binary, *words], capture_output=True, text=True,
                              timeout=150)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "SUCCESS" in done.stdout + done.stderr, done


@case
def rules_for_execd_fire_when_they_should(tools):
    promtool(tools, "prometheus-execd")


@case
def rules_for_collectd_fire_when_they_should(tools):
    promtool(tools, "prometheus-collectd")


MARKED = vm(moved=[40, 90], moves_before=3, restarted=[20, 60, 110], stolen=4)


def dashboard(tools, name):
    with open(os.path.join(tools.dashboards, f"grafana/vmguest-{name}.json")) as f:
        return json.load(f)


def intervals(dashboard):
    [variable] = [v for v in dashboard["templating"]["list"] if v["name"] == "interval"]
    return [option["value"] for option in variable["options"]]


def mark_tests(tools, generate, way):
    """At each interval that can be chosen: a mark behind each move, for as long as the
    interval, and nowhere else; and a rate."""
    page = dashboard(tools, way.name)
    [mark] = page["annotations"]["list"]
    rate = way.query(generate.Metric("cpu.stolen_time"), "rate")

    def value(query, interval, t, samples):
        query = query.replace("$host", "localhost:9100").replace("$interval", interval)
        return {"expr": query, "eval_time": t, "exp_samples": samples}
    labels = '{instance="localhost:9100", job="node", cluster="a"}'
    for scrape in (15, 60, 120):
        every = scrape if way.name.endswith("collectd") else max(scrape, 60)
        asked = []
        for interval in intervals(page):
            for minute in (22, 62, 112):    # behind a restart and no move
                if int(interval[:-1]) < 10 and interval.endswith("m"):
                    asked.append(value(mark["expr"], interval, f"{minute}m", []))
            # Its value says how often; both moves can be in an hour.
            asked += [value(f"count({mark['expr']})", interval, f"{minute}m",
                            [{"labels": "{}", "value": 1}]) for minute in (43, 93)]
            asked.append(value(f"count(round({rate}, 0.01) == bool 0.16)", interval,
                               "38m", [{"labels": "{}", "value": 1}]))
        series = promtool_series(generate, way, MARKED(every), scrape,
                                 LABELS.format("localhost:9100", "a"))
        yield {"name": f"marks, scraped every {scrape} s", "interval": f"{scrape}s",
               "input_series": series, "promql_expr_test": asked}


@case
def marks_of_prometheus_are_moves_at_any_scrape(tools):
    binary = tools.dependency("prometheus/usr/bin/promtool", "promtool")
    generate = generator(tools)
    tests = [test for name in ("prometheus-execd", "prometheus-collectd")
             for test in mark_tests(tools, generate, way_of(generate, name))]
    path = os.path.join(tools.work, "marks.yml")
    write(path, json.dumps({"rule_files": [], "evaluation_interval": "1m",
                            "tests": tests}))
    done = subprocess.run([binary, "test", "rules", path], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


# InfluxDB.


def queries(tools, name):
    """{(alert, severity): [query]} of the file that is shipped."""
    found, alert = {}, None
    with open(os.path.join(tools.rules, f"vmguest-{name}.influxql")) as f:
        for line in f.read().splitlines():
            named = re.match(r"-- (Vmguest\w+) \((\w+)\)", line)
            alert = (named[1], named[2]) if named else alert
            if line and not line.startswith("--"):
                assert line.endswith(";"), line
                found.setdefault(alert, []).append(line[:-1])
    return found


def fired(tools, influxd, name):
    """{(host, cluster): {(alert, severity)}}"""
    found = {}
    for alert, asked in queries(tools, name).items():
        # Each disk by itself.
        answers = [{tuple(sorted(series["tags"].items()))
                    for series in influxd.query("alerts", question)}
                   for question in asked]
        for tags in map(dict, set.intersection(*answers)):
            vm = tags["host"], tags.get("cluster")
            found.setdefault(vm, set()).add(alert)
    return found


def expect_marks(tools, generate, influxd, way, host):
    """One for each move, none for a restart; and rates, whatever the interval."""
    page = dashboard(tools, way.name)
    [mark] = page["annotations"]["list"]

    def asked(query, interval="30s"):
        for old, new in (("$host", host), ("$interval", interval),
                         ("$timeFilter", "time > now() - 3h")):
            query = query.replace(old, new)
        return [v for series in influxd.query("alerts", query)
                for _, v in series["values"]]
    assert len(asked(mark["query"])) == 2, asked(mark["query"])
    rate = way.query(generate.Metric("cpu.stolen_time"), "rate")
    for interval in [i for i in intervals(page) if i in ("10s", "30s", "1m", "5m")]:
        # Four vCPUs, 4 %; less where an interval has a move in it.
        rates = asked(rate, interval)
        assert rates and abs(max(rates) - 0.16) < 0.01, (interval, rates)


# No query of an alert looks further back, in seconds of a history.
OLDEST = (MINUTES - 65) * 60


def influxdb(tools, name):
    generate = generator(tools)
    way = way_of(generate, f"influxdb-{name}")
    clusters = name == "telegraf"   # collectd's packets have no room for them
    shutil.rmtree(tools.work)   # what an earlier run stored
    os.makedirs(tools.work)
    with Influxd(tools) as influxd:
        influxd.create("alerts")
        now, wanted = time.time(), {}

        def put(why, fires, history, every, earlier=0, cluster="", oldest=OLDEST):
            vm = (why.replace(" ", "-").replace(",", "") + f"-{every}-{earlier}",
                  cluster)
            cut = [(s + earlier * 60, r) for s, r in history(every)
                   if s + earlier * 60 > oldest]
            influxd.write("alerts", lines(way, generate, cut, now, *vm))
            wanted[vm if clusters else (vm[0], None)] = fires
        for every in (10, 60, 120, 300):
            for why, fires, history in HISTORIES + SPIKES * (every <= SPIKES_SEEN):
                put(why, fires, history, every)
        put(QUEUES[0], SLOW, QUEUES[2], 60)     # its own wait cannot be asked for here
        for why, fires, history in HISTORIES:
            for earlier in range(5, 70, 10) if not fires else ():
                put(why, fires, history, 60, earlier)
        for every in (10, 300):
            put("marked", set(), MARKED, every, oldest=-1)
            expect_marks(tools, generate, influxd, way, f"marked-{every}-0")
        for why, *twins in TWINS if clusters else ():
            for cluster, history in zip("ab", twins):
                put(why, set(), history, 60, cluster=cluster)
        for i, history in enumerate(CLUSTER):
            put(f"vm{i}", MOVED if i < 2 else set(), history, 60, cluster="c")
        is_ = fired(tools, influxd, name)
    assert set(queries(tools, name)) == \
        {(a["name"], a["severity"]) for a in generate.alerts()} - \
        {("VmguestGone", "warning")}
    wrong = {vm: (is_.get(vm, set()), "not", fires) for vm, fires in wanted.items()
             if is_.get(vm, set()) != fires}
    assert not wrong and set(is_) <= set(wanted), wrong


@case
def queries_for_telegraf_fire_when_they_should(tools):
    influxdb(tools, "telegraf")


@case
def queries_for_collectd_fire_when_they_should(tools):
    influxdb(tools, "collectd")


if __name__ == "__main__":
    case.main("dashboards", "rules", "work", "deps")
