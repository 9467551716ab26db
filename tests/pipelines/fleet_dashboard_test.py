# SPDX-License-Identifier: MIT
"""The fleet's dashboard over two hundred VMs of which ten are starved, each in its
own way: its queries, as Grafana would ask them, put these ten first. One case a call."""

import json
import os
import statistics
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
    # A busy host, which is short of memory too.
    vm(stolen=18, contention=25, waiting=4, swap_in=3, host=1149.2, version="0.1.0"),
    vm(stolen=9, used=39.5, limit=40),                      # its own limit
    vm(stolen=lambda t: 60 if t % 5 < 1 else 3),            # in spikes
    vm(stolen=7),
    vm(stolen=13, moved=[MINUTES - 15]),                    # on both hosts
    vm(stolen=11, restarted=[MINUTES - 12, MINUTES - 3]),   # whose agent restarts
]
SHORT = [
    vm(ballooned=40, active=58, reclaimed=3277),
    vm(swapped=1500, swap_target=2000, reclaimed=1500, contention=2, swap_in=5),
    vm(memory_limit=60, reclaimed=2600, ballooned=31),
    vm(reclaimed=1800),                                     # compressed
]
HELPED = vm(stolen=lambda t: 9 if t < MINUTES - 25 else 1, moved=[MINUTES - 25])
REFUSED = [vm(up=lambda t: int(t < MINUTES - 50), version="0.1.0"),
           vm(up=lambda t: int(t < MINUTES - 50), version="0.1.0", cause="not-vm")]


# Where they are among the others: the first one, then each nineteenth.
SOME = {"denied": (3, DENIED), "short": (10, SHORT), "helped": (14, [HELPED]),
        "refused": (16, REFUSED)}
NAMES = {kind: [f"vm{first + 19 * i}" for i in range(len(some))]
         for kind, (first, some) in SOME.items()}
[HELPED_VM], LIMITED = NAMES["helped"], NAMES["denied"][1]
MOVED = {HELPED_VM, NAMES["denied"][4]}
PLAIN = {f"vm{i}": i for i in range(VMS)}
for some in NAMES.values():
    for name in some:
        del PLAIN[name]
# By hand, as fleet() has it.
HOSTS = {name: 1000 + 50 * (i % 10) for name, i in PLAIN.items() if i % 10 < 9} | \
    {NAMES["denied"][0]: 1150}
VERSIONS = {name: "0.1.0" if i % 4 else "0.0.9" for name, i in PLAIN.items()} | \
    dict.fromkeys([NAMES["denied"][0], *NAMES["refused"]], "0.1.0")
HOSTLESS = {f"vm{i}" for i in range(VMS)} - set(HOSTS)


def fleet():
    """{VM: its history}"""
    found = {f"vm{i}": vm(stolen=i % 8 / 2, used=i % 90, ballooned=i % 4,
                          reclaimed=i % 4 * 80, active=i % 50,
                          limit=100 * 5185 / 5186 if i % 3 else None,
                          # Every tenth host hides its totals.
                          host=999.2 + 50 * (i % 10) if i % 10 < 9 else None,
                          version="0.1.0" if i % 4 else "0.0.9")
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


def merged(frames):
    """Rows that agree in all columns that the frames share are one."""
    shared = set.intersection(*({key for row in frame for key in row}
                                for frame in frames))
    if len(frames) == 1:
        return frames[0]
    found = {}
    for row in (row for frame in frames for row in frame):
        found.setdefault(tuple(row.get(key) for key in sorted(shared)), {}).update(row)
    return list(found.values())


REDUCE = {"count": len, "sum": sum, "max": max, "mean": statistics.mean,
          "uniqueValues": lambda values: sorted(set(values))}


def grouped(rows, fields):
    keys = [name for name, field in fields.items() if field["operation"] == "groupby"]
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row.get(key) for key in keys), []).append(row)
    for key, some in groups.items():
        yield dict(zip(keys, key)) | {
            f"{name} ({how})": REDUCE[how](values) if values else None
            for name, field in fields.items() for how in field["aggregations"]
            for values in [[row[name] for row in some if row.get(name) is not None]]}


def table_of(panel, frames):
    """What is shown of the answers, [{column: value}] of each query."""
    options = {part["id"]: part["options"] for part in panel["transformations"]}
    unwanted = options["filterFieldsByName"]["exclude"]["names"]
    rows = merged([[{k: v for k, v in row.items() if k not in unwanted}
                    for row in frame] for frame in frames])
    names = options["organize"]["renameByName"]
    rows = [dict.fromkeys(names.values()) |
            {names.get(k, k): v for k, v in row.items()} for row in rows]
    for one in options["filterByValue"]["filters"]:
        rows = [row for row in rows if row[one["fieldName"]] is not None]
    if "groupBy" in options:
        return list(grouped(rows, options["groupBy"]["fields"]))
    [order] = panel["options"]["sortBy"]
    return sorted(rows, key=lambda row: -row[order["displayName"]])


def expect_groups(there, clusters, texts, ask_table):
    rows = ask_table(there["VMs by host"])
    of_host = {}
    for name in set(fleet()) - HOSTLESS:
        key = HOSTS[name], cluster(name) if clusters else None
        of_host.setdefault(key, set()).add(name)
    found = {(row["Host"], row.get("Cluster")): set(row["VM (uniqueValues)"])
             for row in rows}
    assert found == of_host, (found, of_host)
    [busy] = [row for row in rows if NAMES["denied"][0] in row["VM (uniqueValues)"]]
    assert abs(busy["Stolen (max)"] - 18) < 0.1 and busy["Stolen (mean)"] < 9, busy
    assert all(row["VM (count)"] == len(row["VM (uniqueValues)"]) for row in rows)
    if not texts:
        assert not {"VMs by version", "VMs whose host does not answer, by reason"} & \
            set(there)
        return
    rows = {row["Version"]: row for row in ask_table(there["VMs by version"])}
    old = [name for name in VERSIONS if VERSIONS[name] == "0.0.9"]
    assert rows["0.0.9"]["VM (count)"] == rows["0.0.9"]["Host answers (sum)"] == \
        len(old), rows
    assert rows["0.1.0"]["VM (count)"] == len(VERSIONS) - len(old) == \
        rows["0.1.0"]["Host answers (sum)"] + len(NAMES["refused"]), rows
    rows = ask_table(there["VMs whose host does not answer, by reason"])
    assert {row["Reason"]: row["VM (uniqueValues)"] for row in rows} == \
        dict(zip(("disabled", "not-vm"), ([n] for n in NAMES["refused"]))), rows


def expect_tables(there, ask_table):
    """ask_table(panel): [{heading: value}], the first one first."""
    rows = ask_table(there["VMs with the most stolen CPU time"])
    assert {row["VM"] for row in rows[:6]} == set(NAMES["denied"]), rows[:8]
    assert len(rows) == 20 and rows[5]["Stolen"] > 5 > rows[6]["Stolen"], rows[5:7]
    by_own_limit = [row["VM"] for row in rows if (row["Limit used"] or 0) > 90
                    and row["Limit"] < 98]
    assert by_own_limit == [LIMITED], rows
    [busy] = [row for row in rows if row["VM"] == NAMES["denied"][0]]
    assert [round(busy[column], 1) for column in ("Contention", "Memory wait")] == \
        [25, 4] and abs(busy["Swap-in"] / (3 << 20) - 1) < 0.05, busy
    assert all(row["Contention"] is row["Swap-in"] is None for row in rows
               if row is not busy and row["VM"] not in NAMES["short"]), rows
    rows = ask_table(there["VMs of which the most memory is reclaimed"])
    assert {row["VM"] for row in rows[:4]} == set(NAMES["short"]), rows[:6]
    assert [row["Swapped"] for row in rows[:4]].count(0) == 3, rows[:4]
    assert [row["Limit"] for row in rows].count(None) == len(rows) - 1, rows
    [swapped] = [row for row in rows if row["Swapped"]]
    assert abs(swapped["Swap-in"] / (5 << 20) - 1) < 0.05, swapped
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
                more, number = labels, value
                if isinstance(value, str):
                    if not way.has_texts:
                        continue
                    more, number = f'{labels},{m.field}="{value}"', way.factor(m)
                stamp = end - MINUTES * 60 + second
                series.setdefault(way.select(m, more), {})[stamp] = \
                    number / way.factor(m)
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
            return table_of(panel, [
                [labels | {"Time": end, f"Value #{target['refId']}": value}
                 for labels, value in ask(target)] for target in panel["targets"]])

        def ask_curves(target):
            return {labels["cluster"]: value for labels, value in ask(target)}
        expect_tables(there, ask_table)
        expect_groups(there, True, way_of(generate, name).has_texts, ask_table)
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
            return table_of(panel, [
                [dict(zip(series["columns"], row)) for series in ask(target)
                 for row in series["values"]] for target in panel["targets"]])

        def ask_curves(target):
            """Of the newest part of time in which something can have happened."""
            return {series.get("tags", {}).get("cluster", ""): [
                v for t, v in series["values"] if t // 10**9 < end - 420][-1]
                for series in ask(target)}

        def moves(target):
            return sum(v for series in ask(target) for _, v in series["values"])
        expect_tables(there, ask_table)
        expect_groups(there, clusters, way.has_texts, ask_table)
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
