# SPDX-License-Identifier: MIT
"""Every alert fires when it should, and not in what only looks like it: by promtool
and by the real InfluxDB, from the same histories. One case a call."""

import json
import os
import re
import subprocess
import sys
import time

from cases import Cases
from servers import Influxd, write

case = Cases()
MB = 1 << 20

# ---- Histories ---------------------------------------------------------------------

MINUTES = 75


def last(values, before=None):
    """A value a minute that ends in these; None is no value."""
    return [before] * (MINUTES - len(values)) + list(values)


def always(value):
    return [value] * MINUTES


def steps(every):
    """A counter that grows by one so often."""
    return [i // every for i in range(MINUTES)]


UP = always(1)
# What is so, which alert it is about, whether that one fires, the history. No other
# alert may fire in any of them but those that are named.
HISTORIES = [
    ("all is well", None, {
        "session.up": UP, "cpu.stolen": always(1), "cpu.limit_binding": always(0),
        "memory.ballooned_share": always(0), "memory.active_share": always(30),
        "memory.swapped": always(0), "memory.swap_target": always(0),
        "memory.limit_binding": always(0), "memory.reclaimed": always(0),
        "session.changes": always(0), "session.unavailable": always(0)}),
    ("the host refuses", "VmguestNoStatistics", {"session.up": last([0] * 8, 1)}),
    ("the host was away for three minutes", None, {
        "session.up": last([0, 0, 0, 1, 1, 1], 1)}),
    ("the host is away for three minutes so far", None, {
        "session.up": last([0, 0, 0], 1)}),
    ("starved", "VmguestCpuStarved", {
        "session.up": UP, "cpu.stolen": last([18] * 15, 1)}),
    ("as much as it may be", None, {"session.up": UP, "cpu.stolen": always(10)}),
    ("a backup of eight minutes", None, {
        "session.up": UP, "cpu.stolen": last([30] * 8, 1)}),
    ("the first reads after a vMotion", None, {
        "session.up": UP, "session.changes": last([1] * 4, 0),
        "cpu.stolen": last([None, 60, 25, 3], 2)}),
    ("starved on one host, and moved to a better one", None, {
        "session.up": UP, "session.changes": last([1] * 6, 0),
        "cpu.stolen": last([30] * 7 + [None, 2, 2, 2, 2, 2], 2)}),
    ("the first minutes of a VM", None, {
        "session.up": last([1] * 3), "cpu.stolen": last([40] * 3)}),
    ("at its limit", "VmguestCpuLimitReached", {
        "session.up": UP, "cpu.limit_binding": always(1),
        "cpu.used_of_limit": always(98), "cpu.stolen": always(6)}),
    ("an inert limit", None, {
        "session.up": UP, "cpu.limit_binding": always(0),
        "cpu.used_of_limit": always(97)}),
    ("unlimited", None, {"session.up": UP, "cpu.limit_binding": always(0)}),
    ("a limit that binds, and room below it", None, {
        "session.up": UP, "cpu.limit_binding": always(1),
        "cpu.used_of_limit": always(60)}),
    ("the balloon takes what is in use", "VmguestBalloonUnderPressure", {
        "session.up": UP, "memory.ballooned_share": always(35),
        "memory.active_share": always(60)}),
    ("a balloon without pressure", None, {
        "session.up": UP, "memory.ballooned_share": always(45),
        "memory.active_share": always(12)}),
    ("pressure without a balloon", None, {
        "session.up": UP, "memory.ballooned_share": always(0),
        "memory.active_share": always(95)}),
    ("swapped", "VmguestSwappedByHost", {
        "session.up": UP, "memory.swapped": always(700 * MB),
        "memory.swap_target": always(900 * MB)}),
    ("what an old shortage left behind", None, {
        "session.up": UP, "memory.swapped": always(700 * MB),
        "memory.swap_target": always(0)}),
    ("a memory limit that takes", "VmguestMemoryLimitSwaps", {
        "session.up": UP, "memory.limit_binding": always(1),
        "memory.reclaimed": always(2048 * MB)}),
    ("a memory limit that takes nothing", None, {
        "session.up": UP, "memory.limit_binding": always(1),
        "memory.reclaimed": always(0)}),
    ("memory taken without a limit", None, {
        "session.up": UP, "memory.limit_binding": always(0),
        "memory.reclaimed": always(2048 * MB)}),
    ("to and fro", "VmguestMovedOften", {
        "session.up": UP, "session.changes": steps(9)}),
    ("out and back for maintenance", None, {
        "session.up": UP, "session.changes": steps(30)}),
    ("an old host", "VmguestStatisticsMissing", {
        "session.up": UP, "session.unavailable": always(6)}),
    ("an old host for half an hour", None, {
        "session.up": UP, "session.unavailable": last([6] * 30, 0)}),
]
# What InfluxQL cannot ask.
VANISHED = [
    ("collectd ended", "VmguestGone", {
        "session.up": last([None] * 20, 1), "cpu.stolen": last([None] * 20, 40)}),
    ("a reboot", None, {"session.up": last([1] * 3 + [None] * 7 + [1] * 2, 1)}),
]
# Only where a database goes on showing what was last sent: collectd's page does, up
# to StalenessDelta.
REMEMBERED = [
    ("starved, and then the host says no more", "VmguestNoStatistics", {
        "session.up": last([0] * 20, 1), "cpu.stolen": always(40),
        "cpu.limit_binding": always(1), "cpu.used_of_limit": always(99)}),
]


def generator(tools):
    sys.path.insert(0, tools.dashboards)
    import generate
    return generate


def way_of(generate, name):
    return next(way for way in generate.DASHBOARDS if way.name == name)


@case
def every_alert_has_both_kinds_of_history(tools):
    """And a threshold's reason, a time, and what to do."""
    generate = generator(tools)
    for alert in generate.ALERTS:
        assert any(fires == alert["name"]
                   for _, fires, _ in HISTORIES + VANISHED), alert["name"]
        used = {metric for metric, *_ in alert["conditions"]} - {"session.up"}
        assert not used or any(fires is None and used <= set(history)
                               for _, fires, history in HISTORIES), alert["name"]
        for part, words in (("reason", 8), ("runbook", 25)):
            assert len(alert[part].split()) >= words, (alert["name"], part)
        assert "Verify: " in alert["runbook"], alert["name"]
        assert re.search("Ask|ask", alert["runbook"]), alert["name"]
        assert alert["minutes"] > 0 or alert["name"] == "VmguestMovedOften"


# ---- Prometheus --------------------------------------------------------------------


def promtool_test(generate, way, histories):
    """What promtool shall do, as its file has it; YAML reads JSON."""
    tests = []
    for why, fires, history in histories:
        series = [{"series": way.select(generate.Metric(metric), 'instance="vm"'),
                   "values": " ".join("_" if v is None else repr(
                       v / way.factor(generate.Metric(metric))) for v in values)}
                  for metric, values in history.items()]
        tests.append({
            "name": why, "interval": "1m", "input_series": series,
            "alert_rule_test": [
                {"eval_time": f"{MINUTES - 1}m", "alertname": alert["name"],
                 "exp_alerts": [expected(generate, way, alert)]
                 if alert["name"] == fires else []}
                for alert in generate.ALERTS]})
    return {"rule_files": [f"vmguest-{way.name.split('-')[1]}.rules.yml"],
            "evaluation_interval": "1m", "tests": tests}


def expected(generate, way, alert):
    metric, op, _ = alert["conditions"][0]
    labels = {"severity": alert["severity"], "instance": "vm"}
    selector = way.select(generate.Metric(metric), "")
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
    write(path, json.dumps(promtool_test(generate, way, HISTORIES + VANISHED + REMEMBERED)))
    for words in (["check", "rules", os.path.join(tools.work, rules)],
                  ["test", "rules", path]):
        done = subprocess.run([binary, *words], capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "SUCCESS" in done.stdout + done.stderr, done


@case
def rules_for_execd_fire_when_they_should(tools):
    promtool(tools, "prometheus-execd")


@case
def rules_for_collectd_fire_when_they_should(tools):
    promtool(tools, "prometheus-collectd")


# ---- InfluxDB ----------------------------------------------------------------------


def queries(tools, name):
    """{alert: [query]} of the file that is shipped."""
    found, alert = {}, None
    with open(os.path.join(tools.rules, f"vmguest-{name}.influxql")) as f:
        for line in f.read().splitlines():
            named = re.match(r"-- (Vmguest\w+) \(", line)
            alert = named[1] if named else alert
            if line and not line.startswith("--"):
                assert line.endswith(";"), line
                found.setdefault(alert, []).append(line[:-1])
    return found


def lines(way, generate, histories, now):
    """One point a minute, in line protocol; the history's number is the host."""
    for number, (_, _, history) in enumerate(histories):
        for metric, values in history.items():
            m = generate.Metric(metric)
            tags = dict(re.findall(r'"(\w+)" = \'(\w+)\'', way.where(m)))
            tags["host"] = f"vm{number}"
            key = ",".join([way.measurement(m)] +
                           [f"{k}={v}" for k, v in sorted(tags.items())])
            for i, value in enumerate(values):
                if value is not None:
                    at = now - 60 * (MINUTES - 1 - i)
                    yield (f"{key} {way.field(m)}="
                           f"{float(value) / way.factor(m)!r} {int(at * 1e9)}")


def influxdb(tools, name):
    generate = generator(tools)
    way = way_of(generate, f"influxdb-{name}")
    with Influxd(tools) as influxd:
        influxd.create("alerts")
        influxd.write("alerts", lines(way, generate, HISTORIES, time.time()))
        fired = {}
        for alert, asked in queries(tools, name).items():
            hosts = [{series["tags"]["host"] for series in
                      influxd.query("alerts", question)} for question in asked]
            fired[alert] = set.intersection(*hosts)
    assert set(fired) == {alert["name"] for alert in generate.ALERTS} - \
        {"VmguestGone"}, set(fired)
    for number, (why, fires, _) in enumerate(HISTORIES):
        is_ = {alert for alert, hosts in fired.items() if f"vm{number}" in hosts}
        assert is_ == ({fires} - {None}), f"{why}: {is_}, not {fires}"


@case
def queries_for_telegraf_fire_when_they_should(tools):
    influxdb(tools, "telegraf")


@case
def queries_for_collectd_fire_when_they_should(tools):
    influxdb(tools, "collectd")


if __name__ == "__main__":
    case.main("dashboards", "rules", "work", "deps")
