# SPDX-License-Identifier: MIT
"""From the host to the database and back: the same scenario, the same numbers at
the end of every pipeline. One case a call."""

import json
import os
import re
import socket
import subprocess
import time

import names
from arrived import (COUNTERS, EVERY, EXTENDED, INTERVAL, REFUSES, SCENARIO, SETS,
                     SHOWN, WITHIN, expect, finished, recovered)
from cases import Cases, clean, wait
from drawn import expect_pictures, expect_refusals, see
from panels import expect_answers, filled
from pipelines import (collectd, collectd_prometheus_points, graphite_fragment,
                       graphite_points, influxdb_fragment, influxdb_points,
                       prometheus_fragment, telegraf, telegraf_points, types_db)
from program import Program
from servers import Carbon, GraphiteWeb, Influxd, NodeExporter, Prometheus, ask, free_port

case = Cases()


def poll(d, what, seconds=60):
    """The points of a pipeline, once they are all there. Reading them back is
    work, so not before there can be all, and not as often as other things are
    looked at."""
    last = {}
    d.wait(lambda: recovered(d.text("log")), WITHIN)

    def done():
        last.clear()
        last.update(what())
        return finished(last)
    end = [0]

    def seldom():
        end[0] += 1
        return end[0] % 10 == 0 and done()
    d.wait(seldom, seconds)
    return last


def look(tools, guide):
    """The command by which a guide's reader looks whether something came."""
    with open(os.path.join(tools.dashboards, guide)) as f:
        text = f.read()
    [block] = re.findall(r"\*\*Look\*\*(?:.+\n)*\n((?:        .*\n)+)", text)
    return block.replace("\n        ", "\n").strip()


def expect_as_sent(d, points, slack, skipped=frozenset()):
    """Each number that arrived is one that collectd gave to its writers: csv has
    them too, to six decimals."""
    sent = {}
    for stamp, values in d.samples():
        for key, value in values.items():
            sent.setdefault(key, []).append((stamp, float(value)))
    compared = 0
    for key in EVERY - skipped:
        for t, v in points[key]:
            if t + slack >= sent[key][-1][0]:
                break           # csv's last rows are still to be written
            near = [w for s, w in sent[key] if abs(s - t) <= slack]
            assert any(abs(v - w) <= 2e-6 + 1e-6 * abs(w) for w in near), \
                f"{key} at {t} is {v}; collectd gave {near}"
            compared += 1
    assert compared > 200, compared


# Graphite.


@case
def collectd_to_graphite(tools):
    clean(tools)
    with Carbon(tools) as carbon, \
            collectd(tools, SCENARIO, graphite_fragment(tools, carbon.port),
                     interval=1, sets=SETS) as d:
        points = poll(d, lambda: graphite_points(carbon))
        expect(points, as_rates=True)
        expect_as_sent(d, points, 1, COUNTERS)
        of_devices = {key.replace(":", "_") for key in EXTENDED}
        assert set(points) == EVERY | of_devices | {"vm/uptime-session"}, \
            set(points) ^ EVERY ^ of_devices
        command = look(tools, "collectd-graphite.md")
        for old, new in (("/var/lib/graphite/whisper", f"{carbon.folder}/whisper"),
                         ("/VM/", "/testhost/"),
                         ("whisper-fetch", carbon.command("whisper-fetch"))):
            assert old in command, command
            command = command.replace(old, new)
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True,
                              env=carbon.environment(), timeout=60)
        assert re.search(r"^\d+\s+(9|10)\.\d+$", done.stdout, re.M), done
        d.stop()
        graphite_dashboard(tools, carbon)


def graphite_dashboard(tools, carbon):
    with GraphiteWeb(tools, carbon) as web:
        def asked(target):
            return web.render(filled(target["target"], host="testhost",
                                     interval="2s"), SHOWN)

        def machines():
            return json.loads(ask(f"http://127.0.0.1:{web.port}/metrics/expand",
                                  query="collectd.*"))["results"]
        # One that collectd runs on without vmguest: it is no choice.
        with socket.create_connection(("127.0.0.1", carbon.port), 5) as s:
            s.sendall(f"collectd.other.load.load 1 {int(time.time())}\n".encode())
        wait(lambda: len(machines()) == 2, why="the other machine is not there")

        def hosts(query):
            pattern = re.fullmatch(r"expand\((.*)\)", query)[1]
            return json.loads(ask(f"http://127.0.0.1:{web.port}/metrics/expand",
                                  query=pattern))["results"]
        dashboard = expect_answers(
            tools, "graphite-collectd", asked,
            lambda a: sum(len(points) for _, points in asked(a)), hosts)
        # Each interval that can be chosen is one that Graphite takes.
        target = dashboard["panels"][1]["targets"][0]["target"]
        for option in dashboard["templating"]["list"][2]["options"]:
            assert web.render(filled(target, host="{testhost,other}",
                                     interval=option["value"]), 600)
        expect_pictures(see(tools, "collectd-graphite.md", "testhost",
                            f"http://127.0.0.1:{web.port}"))


# InfluxDB.


@case
def collectd_to_influxdb(tools):
    clean(tools)
    with Influxd(tools, types_db()) as influxd, \
            collectd(tools, SCENARIO, influxdb_fragment(tools, influxd.udp),
                     sets=SETS) as d:
        points = poll(d, lambda: influxdb_points(influxd))
        expect(points)
        expect_as_sent(d, points, 0.002)
        assert set(points) == EVERY | EXTENDED | {"vm/uptime-session"}, \
            set(points) ^ EVERY ^ EXTENDED
        influxdb_look(tools, "collectd-influxdb.md", influxd, "collectd")
        influxdb_dashboard(tools, "influxdb-collectd", influxd, "collectd")
        url = f"http://127.0.0.1:{influxd.http}"
        expect_pictures(see(tools, "collectd-influxdb.md", "testhost", url))
        influxd.write("collectd", [
            "vmguest_value,host=old,instance=vm,type=gauge,type_instance=up value=1 "
            f"{int(time.time() - 7200)}000000000"])
        expect_refusals(tools, "influxdb-collectd", url, "old")


def influxdb_look(tools, guide, influxd, database):
    command = look(tools, guide)
    # What a shell makes of it.
    done = subprocess.run(["sh", "-c", 'influx() { printf "%s\\0" "$@"; }\n' + command],
                          capture_output=True, text=True, timeout=60)
    *words, asked, end = done.stdout.split("\0")
    assert words == ["-database", database, "-execute"] and not end, done
    assert "\n" not in asked, "influx takes each line for a query"
    [series] = influxd.query(database, asked)
    assert series["tags"]["host"] == "testhost", series
    assert 8 < series["values"][0][1] < 12, series


def influxdb_dashboard(tools, name, influxd, database):
    def rows(question):
        return influxd.query(database, filled(
            question, host="testhost", interval="2s",
            timeFilter=f"time > now() - {SHOWN}s"))

    def asked(target):
        return [(target["alias"].replace("$tag_host", series["tags"]["host"]),
                 series["values"]) for series in rows(target["query"])]
    expect_answers(tools, name, asked,
                   lambda a: sum(len(s["values"]) for s in rows(a["query"])),
                   lambda q: [v for s in rows(q) for v in s["values"]])


@case
def telegraf_to_influxdb(tools):
    clean(tools)
    tools.dependency("telegraf/telegraf", "telegraf")
    with Influxd(tools) as influxd, telegraf(tools, SCENARIO, influxd.http, SETS) as t:
        def there():
            assert t.process.poll() is None, t.log()
            return recovered(t.log()) and finished(telegraf_points(influxd))
        wait(there, WITHIN, "the numbers did not arrive")
        points = telegraf_points(influxd)
        expect(points)
        assert set(points) == EVERY, set(points) ^ EVERY
        causes = influxd.query("telegraf", "SELECT cause FROM vmguest_session")
        assert {v for series in causes for _, v in series["values"]} == {"disabled"}
        influxdb_look(tools, "telegraf-influxdb.md", influxd, "telegraf")
        influxdb_dashboard(tools, "influxdb-telegraf", influxd, "telegraf")
        expect_pictures(see(tools, "telegraf-influxdb.md", "testhost",
                            f"http://127.0.0.1:{influxd.http}"))


# Prometheus.


@case
def collectd_to_prometheus(tools):
    clean(tools)
    port = free_port()
    more = prometheus_fragment(tools, port)
    with Prometheus(tools, "collectd", f"127.0.0.1:{port}") as prometheus, \
            collectd(tools, SCENARIO, more, sets=SETS) as d:
        points = poll(d, lambda: collectd_prometheus_points(prometheus))
        expect(points)
        expect_as_sent(d, points, 0.002)
        assert set(points) == EVERY | EXTENDED | {"vm/uptime-session"}, \
            set(points) ^ EVERY ^ EXTENDED
        prometheus_dashboard(tools, "prometheus-collectd", prometheus, "testhost")
        expect_pictures(see(tools, "node-exporter-prometheus.md", "testhost",
                            f"http://127.0.0.1:{prometheus.port}",
                            ("prometheus-execd=", "prometheus-collectd=")))


def prometheus_dashboard(tools, name, prometheus, host):
    def asked(target):
        found = prometheus.range(filled(target["expr"], host=host, interval="2s"),
                                 SHOWN)
        return [(target["legendFormat"].replace("{{instance}}", labels["instance"]),
                 points) for labels, points in found]

    def moves(annotation):
        found = prometheus.range(filled(annotation["expr"], host=host,
                                        interval="2s"), SHOWN)
        return sum(len(points) for _, points in found)

    def hosts(query):
        function, _, label = query["query"].rstrip(")").rpartition(", ")
        match = function[len("label_values("):]
        return prometheus.ask(f"label/{label}/values", **{"match[]": match})
    expect_answers(tools, name, asked, moves, hosts)

    # promtool tried the rules; here each is evaluated by a server with its data.
    def evaluated():
        rules = [rule for group in prometheus.ask("rules")["groups"]
                 for rule in group["rules"]]
        return rules and all(rule["health"] != "unknown" for rule in rules) and rules
    rules = wait(evaluated, why="rules were not evaluated")
    wrong = [rule for rule in rules if rule["health"] != "ok"]
    assert len(rules) == 31 + 33 and not wrong, wrong
    # A minute of it is no alarm.
    alerts = [rule for rule in rules if rule["type"] == "alerting"]
    assert not [rule["name"] for rule in alerts if rule["state"] == "firing"]
    pending = {rule["name"] for rule in alerts if rule["state"] == "pending"}
    # How long it was swapped decides whether the mean is above the threshold yet.
    assert pending - {"VmguestSwappedByHost", "VmguestMemoryLimitSwaps"} == \
        {"VmguestCpuStarved", "VmguestCpuContention", "VmguestContentionBeyondStolen",
         "VmguestMemoryWait", "VmguestSwapIn"}, pending


# By hand: of the extended statistics.
EXTENDED_NAMES = re.compile(
    r"vmguest_(cpu_contention|memory_numa|memory_consumed|memory_swap_(in|out)_|"
    r"memory_overhead_swap|vscsi_|vnet_)")


def execd_prometheus_points(prometheus, names_there):
    found = {}
    for labels, values in prometheus.samples(
            '{__name__=~"vmguest_.*",__name__!~".*_info"}'):
        if EXTENDED_NAMES.match(labels["__name__"]):
            continue
        key, factor = names_there[labels["__name__"]]
        found[key] = [(t, v * factor) for t, v in values]
    return found


def prometheus_names():
    """{name: (collectd's name, factor)}, by hand as the table in names.py is."""
    found = {prometheus: (names.COLLECTD[statistic][0],
                          names.COLLECTD[statistic][1] / factor)
             for _, prometheus, statistic, _, factor in names.WIRE}
    for area, stem, kind, key, factor in (
            ("cpu", "limited", "", "vm/gauge-cpu_limited", 1),
            ("cpu", "limit_binding", "", "vm/gauge-cpu_limit_binding", 1),
            ("memory", "limited", "", "vm/gauge-memory_limited", 1),
            ("memory", "limit_binding", "", "vm/gauge-memory_limit_binding", 1),
            ("memory", "active", "_ratio", "vm/percent-memory_active", 100),
            ("memory", "ballooned", "_ratio", "vm/percent-memory_ballooned", 100),
            ("memory", "balloon_of_max", "_ratio",
             "vm/percent-memory_balloon_of_max", 100),
            ("memory", "reclaimed", "_bytes", "vm/memory-reclaimed", 1),
            ("cpu", "used", "_ratio", "vm/percent-cpu_used", 100),
            ("cpu", "stolen", "_ratio", "vm/percent-cpu_stolen", 100),
            ("cpu", "effective", "_hertz", "vm/frequency-cpu_effective", 1),
            ("cpu", "used_of_limit", "_ratio", "vm/percent-cpu_used_of_limit", 100),
            ("cpu", "used_of_reservation", "_ratio",
             "vm/gauge-cpu_used_of_reservation", 1)):
        found[f"vmguest_{area}_{stem}{kind}"] = (key, factor)
    found.update({
        "vmguest_vcpus": ("vm/count-vcpus", 1),
        "vmguest_up": ("vm/gauge-up", 1),
        "vmguest_session_changes_total": ("vm/derive-session_changes", 1),
        "vmguest_channel_reopens_total": ("vm/derive-channel_reopens", 1),
        "vmguest_unavailable_statistics": ("vm/count-unavailable", 1),
        "vmguest_read_seconds": ("vm/duration-read", 1)})
    return found


def textfile(tools, scenario):
    """vmguest-execd as the unit runs it, but more often."""
    folder = os.path.join(tools.work, "textfile")
    os.makedirs(folder)
    return Program(tools, scenario, "--vcpus", "4", "--format", "prometheus",
                   "--extended", ",".join(SETS),
                   "--interval", f"{int(1000 * INTERVAL)}ms",
                   "--output", os.path.join(folder, "vmguest.prom"),
                   stdin=subprocess.DEVNULL)


@case
def execd_to_node_exporter_to_prometheus(tools):
    clean(tools)
    there = prometheus_names()
    with NodeExporter(tools, os.path.join(tools.work, "textfile")) as exporter, \
            Prometheus(tools, "node", f"127.0.0.1:{exporter.port}") as prometheus, \
            textfile(tools, SCENARIO) as p:
        def done():
            p.check_running()
            assert p.process.poll() is None, p.log()
            return recovered(p.log()) and \
                finished(execd_prometheus_points(prometheus, there))
        wait(done, WITHIN, "the numbers did not arrive")
        points = execd_prometheus_points(prometheus, there)
        expect(points)
        assert set(points) == EVERY, set(points) ^ EVERY
        [(labels, down)] = prometheus.samples("vmguest_down_info")
        assert labels["cause"] == "disabled" and len(down) > REFUSES / 2, labels
        prometheus_dashboard(tools, "prometheus-execd", prometheus,
                             f"127.0.0.1:{exporter.port}")
        expect_pictures(see(tools, "node-exporter-prometheus.md", "127.0.0.1",
                            f"http://127.0.0.1:{prometheus.port}"))
        assert p.stop() == 0


if __name__ == "__main__":
    case.main("program", "simhost", "collectd", "plugin-dir", "helpers", "telegraf-conf",
              "manual", "dashboards", "config", "rules", "work", "deps", preload="")
