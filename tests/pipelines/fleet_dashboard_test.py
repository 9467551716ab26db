# SPDX-License-Identifier: MIT
"""The fleet's dashboard over two hundred VMs of which ten are starved, each in its
own way: its queries, as Grafana would ask them, put these ten first. One case a call."""

import json
import os
import subprocess
import time

from cases import Cases, clean
from histories import MINUTES, generator, lines, vm, way_of
from servers import Influxd, Prometheus, free_port, write

case = Cases()
VMS, CLUSTERS = 200, "ab"
EVERY = 240     # seconds
WINDOW = 30     # minutes

DENIED = [
    vm(stolen=18),                                          # a busy host
    vm(stolen=9, used=39.5, limit=40),                      # its own limit
    vm(stolen=lambda t: 60 if t % 5 < 1 else 3),            # in spikes
    vm(stolen=7),
    vm(stolen=13, moved=[MINUTES - 15]),                    # on both hosts
    vm(stolen=11, restarted=[MINUTES - 12, MINUTES - 3]),   # whose agent restarts
]
SHORT = [
    vm(ballooned=40, active=58, reclaimed=3277),
    vm(swapped=1500, swap_target=2000, reclaimed=1500),
    vm(memory_limit=60, reclaimed=2600, ballooned=31),
    vm(reclaimed=1800),                                     # compressed
]
HELPED = vm(stolen=lambda t: 9 if t < MINUTES - 25 else 1, moved=[MINUTES - 25])
REFUSED = vm(up=lambda t: int(t < MINUTES - 50))


# Where they are among the others: the first one, then each nineteenth.
SOME = {"denied": (3, DENIED), "short": (10, SHORT), "helped": (14, [HELPED]),
        "refused": (16, [REFUSED, REFUSED])}
NAMES = {kind: [f"vm{first + 19 * i}" for i in range(len(some))]
         for kind, (first, some) in SOME.items()}
[HELPED_VM], LIMITED = NAMES["helped"], NAMES["denied"][1]
MOVED = {HELPED_VM, NAMES["denied"][4]}


def fleet():
    """{VM: its history}"""
    found = {f"vm{i}": vm(stolen=i % 8 / 2, used=i % 90, ballooned=i % 4,
                          reclaimed=i % 4 * 80, active=i % 50,
                          limit=100 * 5185 / 5186 if i % 3 else None)
             for i in range(VMS)}
    for kind, (_, some) in SOME.items():
        found |= dict(zip(NAMES[kind], some))
    return found


def cluster(name):
    return CLUSTERS[int(name[2:]) % len(CLUSTERS)]


def filled(text, clusters=".*"):
    for variable, value in (("$cluster", clusters), ("$window", f"{WINDOW}m"),
                            ("$timeFilter", f"time > now() - {MINUTES}m")):
        text = text.replace(variable, value)
    assert "$" not in text.replace("$/", ""), text
    return text


# What Grafana would make of the answers.


def panels(tools, name):
    path = os.path.join(tools.dashboards, f"grafana/vmguest-fleet-{name}.json")
    with open(path) as f:
        return {panel["title"]: panel for panel in json.load(f)["panels"]
                if panel["type"] != "row"}


def expect_tables(there, ask_table):
    """ask_table(panel): [{heading: value}], the first one first."""
    rows = ask_table(there["VMs with the most stolen CPU time"])
    assert {row["VM"] for row in rows[:6]} == set(NAMES["denied"]), rows[:8]
    assert len(rows) == 20 and rows[5]["Stolen"] > 5 > rows[6]["Stolen"], rows[5:7]
    by_own_limit = [row["VM"] for row in rows if (row["Limit used"] or 0) > 90
                    and row["Limit"] < 98]
    assert by_own_limit == [LIMITED], rows
    rows = ask_table(there["VMs of which the most memory is reclaimed"])
    assert {row["VM"] for row in rows[:4]} == set(NAMES["short"]), rows[:6]
    assert [row["Swapped"] for row in rows[:4]].count(0) == 3, rows[:4]
    assert [row["Limit"] for row in rows].count(None) == len(rows) - 1, rows
    rows = {row["VM"]: row for row in ask_table(there["VMs that were moved"])}
    assert set(rows) == MOVED, rows
    assert abs(rows[HELPED_VM]["Stolen since"] - 1) < 0.1 and \
        abs(rows[HELPED_VM]["Stolen before"] - 9) < 0.1 and \
        all(row["Moves"] == 1 for row in rows.values()), rows
    rows = ask_table(there["VMs whose host does not answer"])
    assert {row["VM"] for row in rows} == set(NAMES["refused"]), rows


def expect_graphs(there, clusters, ask_curves, moves):
    """ask_curves(target): {cluster: the newest value}; moves(target): of the last window
    and maybe earlier."""
    def newest(title, number=0):
        return ask_curves(there[title]["targets"][number])

    def of_clusters(count):
        """What a count of VMs is in each cluster, or in the only one there is."""
        if not clusters:
            return {"": count(fleet())}
        return {c: count([name for name in fleet() if cluster(name) == c])
                for c in CLUSTERS}
    above = {c: round(v, 3) for c, v in newest("VMs above 5 % stolen").items()}
    assert above == of_clusters(
        lambda names: round(100 * len(set(NAMES["denied"]) & set(names))
                            / len(set(names) - set(NAMES["refused"])), 3)), above
    assert newest("VMs whose host answers") == of_clusters(len)
    assert newest("VMs whose host answers", 1) == of_clusters(
        lambda names: len(set(names) - set(NAMES["refused"])))
    assert moves(there["Moves"]["targets"][0]) == len(MOVED)
    assert all(3e9 < value for value in newest("Memory reclaimed").values())
    assert sum(newest("Memory reclaimed", 1).values()) == 1500 << 20
    assert all(1 < v < 5 for v in newest("Share of memory ballooned").values())


def timed(name, there, ask, clusters):
    """What a look at the whole page costs the server, for half of the VMs and all."""
    for chosen in ("a", ".*") if clusters else (".*",):
        costs = {}
        for title, panel in there.items():
            begin = time.monotonic()
            for target in panel["targets"]:
                ask(target, chosen)
            costs[title] = 1000 * (time.monotonic() - begin)
        slowest = max(costs, key=costs.get)
        print(f"{name}, {VMS // 2 if chosen == 'a' else VMS} VMs: "
              f"{sum(costs.values()):.0f} ms in all; "
              f"{slowest}: {costs[slowest]:.0f} ms")


# Prometheus.


def openmetrics(way, generate, end):
    for name, history in fleet().items():
        labels = f'instance="{name}",cluster="{cluster(name)}",site="s",job="node"'
        series = {}     # two metrics can be one in Prometheus
        for second, reading in history(EVERY):
            for metric, value in reading.items():
                m = generate.Metric(metric)
                stamp = end - MINUTES * 60 + second
                series.setdefault(way.select(m, labels), {})[stamp] = \
                    value / way.factor(m)
        for selector, values in series.items():
            for stamp, value in values.items():
                yield f"{selector} {value!r} {stamp}\n"
    yield "# EOF\n"


def prometheus(tools, name):
    clean(tools)
    promtool = tools.dependency("prometheus/usr/bin/promtool", "promtool")
    generate = generator(tools)
    end = int(time.time())
    samples = os.path.join(tools.work, "samples")
    write(samples, "".join(openmetrics(way_of(generate, name), generate, end)))
    done = subprocess.run([promtool, "tsdb", "create-blocks-from", "openmetrics",
                           samples, f"{tools.work}/prometheus/data"],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    there = panels(tools, name)
    with Prometheus(tools, "node", f"127.0.0.1:{free_port()}") as server:
        def ask(target, clusters=".*"):
            answer = server.ask("query", query=filled(target["expr"], clusters),
                                time=end)
            return [(s["metric"], float(s["value"][1])) for s in answer["result"]]

        def ask_table(panel):
            _, organize = panel["transformations"]
            names, rows = organize["options"]["renameByName"], {}
            for target in panel["targets"]:
                for labels, value in ask(target):
                    row = rows.setdefault(labels["instance"], dict.fromkeys(
                        names.values()))
                    row.update({names[k]: v for k, v in labels.items()})
                    row[names[f"Value #{target['refId']}"]] = value
            [order] = panel["options"]["sortBy"]
            return sorted(rows.values(), key=lambda row: -row[order["displayName"]])

        def ask_curves(target):
            return {labels["cluster"]: value for labels, value in ask(target)}
        expect_tables(there, ask_table)
        expect_graphs(there, True, ask_curves,
                      lambda target: sum(ask_curves(target).values()))

        def look(target, clusters):
            if "instant" in target:
                return ask(target, clusters)
            return server.ask("query_range", query=filled(target["expr"], clusters),
                              start=end - 7200, end=end, step=60)
        timed(name, there, look, True)


@case
def the_fleet_of_prometheus_from_execd(tools):
    prometheus(tools, "prometheus-execd")


@case
def the_fleet_of_prometheus_from_collectd(tools):
    prometheus(tools, "prometheus-collectd")


# InfluxDB.


def influxdb(tools, name):
    clean(tools)
    generate = generator(tools)
    way = way_of(generate, name)
    clusters = bool(way.cluster)    # collectd's packets have no room for them
    there = panels(tools, name)
    with Influxd(tools) as server:
        server.create("fleet")
        end = int(time.time())
        for vm_name, history in fleet().items():
            server.write("fleet", lines(way, generate, history(EVERY), end, vm_name,
                                        cluster(vm_name) if clusters else ""))

        def ask(target, chosen=".*"):
            return server.query("fleet", filled(target["query"], chosen))

        def ask_table(panel):
            [target] = panel["targets"]
            return [dict(zip(series["columns"], row)) for series in ask(target)
                    for row in series["values"]]

        def ask_curves(target):
            """Of the newest part of time in which something can have happened."""
            return {series.get("tags", {}).get("cluster", ""): [
                v for t, v in series["values"] if t // 10**9 < end - 420][-1]
                for series in ask(target)}

        def moves(target):
            return sum(v for series in ask(target) for _, v in series["values"])
        expect_tables(there, ask_table)
        expect_graphs(there, clusters, ask_curves, moves)
        timed(name, there, ask, clusters)


@case
def the_fleet_of_influxdb_from_telegraf(tools):
    influxdb(tools, "influxdb-telegraf")


@case
def the_fleet_of_influxdb_from_collectd(tools):
    influxdb(tools, "influxdb-collectd")


if __name__ == "__main__":
    case.main("dashboards", "config", "rules", "work", "deps")
