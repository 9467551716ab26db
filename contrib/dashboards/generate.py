#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the dashboards and alerts of description.py, for each database in its own
words; --check only says whether the files are what it would write."""

import json
import os
import sys

from description import (ALERTS, COUNTERS, LEVEL, LEVELS, METRICS, ROWS, SHARES,
                         THRESHOLDS, WINDOW)

HERE = os.path.dirname(os.path.abspath(__file__))


class Metric:
    def __init__(self, name):
        (self.instance, self.type, self.type_instance, self.measurement, self.field,
         self.prometheus, *self.factors) = METRICS[name]


def times(factor, text):
    return text if factor == 1 else f"{factor:.10g} * {text}"


def product(way, factor, over, under):
    """What a share's raw numbers have to be multiplied with to be percent."""
    for name in over:
        factor *= way.factor(Metric(name))
    for name in under:
        factor /= way.factor(Metric(name))
    return factor


UP = "session.up"

# More processors than that are no host, but a counter that another host has.
MANY_CORES = 4096


# One class for each way; how it asks, how it names.


class Prometheus:
    database, datasource = "prometheus", "prometheus"
    intervals, usual = "5m,15m,1h", "5m"
    pace = "The shortest one holds two scrapes, even those of every 2 minutes."
    everyone = ".*"

    def query(self, metric, how):
        over = self.select(metric, 'instance=~"$host"')
        factor = self.factor(metric)
        if how == "cores":
            rate = times(factor, f"rate({over}[$interval])")
            return f"{rate} < {MANY_CORES}"
        if how == "rate":
            return times(factor, f"rate({over}[$interval])")
        return times(factor, f"{how}_over_time({over}[$interval])")

    def target(self, name, metric, how):
        return {"expr": self.query(metric, how), "legendFormat":
                "{{instance}} " + name}

    def moves(self):
        over = self.select(Metric("session.age"), 'instance=~"$host"')
        return {"expr": f"resets({over}[$interval]) > 0", "step": "10s",
                "titleFormat": "session changed", "tagKeys": "instance",
                "textFormat": "moved, resumed, reverted or reset"}

    def hosts(self):
        up = self.select(Metric("session.up"), "")
        return {"query": f"label_values({up}, instance)", "refId": "hosts"}

    def windowed(self, name):
        function = "rate" if name in COUNTERS else "avg_over_time"
        return f"{function}({self.select(Metric(name), '')}[{WINDOW}m])"

    def record(self, name):
        return f"instance:{SHARES[name][0]}:ratio{WINDOW}m"

    def recorded(self, name):
        """The share as a ratio, as is usual for what is recorded."""
        _, factor, over, under = SHARES[name]
        text = f"\n{' ' * 10}* {self.join}".join(map(self.windowed, over))
        text = f"\n{' ' * 10}/ {self.join}".join([text, *map(self.windowed, under)])
        return times(product(self, factor, over, under) / 100, text)

    def condition(self, name, op, number):
        if name in SHARES:
            # Between two readings that are 5 minutes apart a window can be without
            # growth for a moment.
            return f"100 * last_over_time({self.record(name)}[5m]) {op} {number}"
        text = self.select(Metric(name), "")
        if op == "moved":
            return f"resets({text}[1h]) > {number}"
        if op == "gone":
            # What a target's labels are, up has too.
            return (f"last_over_time({text}[{WINDOW}m] offset {number}m)\n"
                    f"{' ' * 10}and on (job, instance, cluster, site) up == 1\n"
                    f"{' ' * 10}unless last_over_time({text}[{WINDOW}m])")
        return f"{times(self.factor(Metric(name)), self.windowed(name))} {op} {number}"

class PrometheusExecd(Prometheus):
    name, title = "prometheus-execd", "vmguest (Prometheus, vmguest-execd)"
    needs = "vmguest-execd and node_exporter's textfile collector"
    join = ""
    has_target = True       # up is there with the VM's own labels

    def answers(self):
        return f"{self.select(Metric(UP), '')} == 1"

    def select(self, metric, labels):
        return metric.prometheus + (f"{{{labels}}}" if labels else "")

    def factor(self, metric):
        return metric.factors[2]


class PrometheusCollectd(Prometheus):
    name, title = "prometheus-collectd", "vmguest (Prometheus, collectd)"
    needs = "collectd's write_prometheus"
    join = "ignoring (vmguest, type) "
    has_target = False

    def answers(self):
        """Its page has the reading's own time, which can be 7 minutes ago."""
        return f"last_over_time({self.select(Metric(UP), '')}[8m]) == 1"

    def select(self, metric, labels):
        kind = metric.type
        if kind == "duration":
            kind += "_seconds"
        if kind in ("derive", "total_time_in_ms"):
            kind += "_total"
        own = f'vmguest="{metric.instance}",type="{metric.type_instance}"'
        return f"collectd_vmguest_{kind}{{{own}{',' if labels else ''}{labels}}}"

    def factor(self, metric):
        return metric.factors[0]


class Influx:
    database, datasource = "influxdb", "influxdb"
    intervals, usual = "10s,30s,1m,5m,15m,1h", "30s"
    pace = "Any of them suits readings every 10 s to 5 min."
    everyone = ".*"

    def query(self, metric, how):
        field = self.field(metric)
        source = (f'FROM "{self.measurement(metric)}" WHERE "host" =~ /^$host$/ AND '
                  f"{self.where(metric)}$timeFilter "
                  'GROUP BY time($interval), "host" fill(none)')
        factor = self.factor(metric)
        if how in ("rate", "cores"):
            rate = times(factor, f'non_negative_derivative(max("{field}"), 1s)')
            if how == "rate":
                return f"SELECT {rate} {source}"
            return (f'SELECT "busy" FROM (SELECT {rate} AS "busy" {source}) '
                    f'WHERE "busy" < {MANY_CORES} GROUP BY "host"')
        function = {"avg": "mean"}.get(how, how)
        point = times(factor, f'{function}("{field}")')
        return f"SELECT {point} {source}"

    def target(self, name, metric, how):
        return {"query": self.query(metric, how), "rawQuery": True,
                "resultFormat": "time_series", "alias": "$tag_host " + name}

    def moves(self):
        metric = Metric("session.age")
        field = self.field(metric)
        return {"query":
                f'SELECT "moved" FROM (SELECT difference("{field}") AS "moved" FROM '
                f'"{self.measurement(metric)}" WHERE "host" =~ /^$host$/ AND '
                f"{self.where(metric)}$timeFilter GROUP BY \"host\") "
                'WHERE "moved" < 0',
                "rawQuery": True, "textColumn": "moved", "tagsColumn": "host",
                "textEditor": True}

    def hosts(self):
        measurement = self.measurement(Metric("session.up"))
        return f'SHOW TAG VALUES FROM "{measurement}" WITH KEY = "host"'

    def source(self, name, minutes):
        metric = Metric(name)
        return (f'FROM "{self.measurement(metric)}" WHERE {self.where(metric)}'
                f"time > now() - {minutes}m")

    def term(self, name, letter, minutes):
        field = f'"{self.field(Metric(name))}"'
        if name in COUNTERS:
            field = f"non_negative_difference({field})"
        # Times 1.0: integers of several sources give nothing in InfluxDB 1.
        return (f'(SELECT 1.0 * {field} AS "{letter}" {self.source(name, minutes)} '
                f"GROUP BY {self.key})")

    def share(self, name, minutes):
        """In each window; only what is of one measurement can be joined so."""
        _, factor, over, under = SHARES[name]
        letters = dict(zip(over + under, "abcdef"))
        parts = [f'{"sum" if name in COUNTERS else "mean"}("{letter}")'
                 for name, letter in letters.items()]
        text = " / ".join([" * ".join(parts[:len(over)]), *parts[len(over):]])
        return (times(product(self, factor, over, under), text), "FROM " + ", ".join(
            self.term(name, letter, minutes) for name, letter in letters.items())
            + f" WHERE time > now() - {minutes}m")

    def condition(self, name, op, number, windows):
        """One row for each VM for which it was so in every window."""
        key, minutes = self.key, windows * WINDOW
        if op == "moved":
            metric = Metric(name)
            return (f'SELECT "moves" FROM (SELECT count("fall") AS "moves" FROM '
                    f'(SELECT difference("{self.field(metric)}") AS "fall" '
                    f"{self.source(name, 60)} GROUP BY {key}) "
                    f'WHERE "fall" < 0 GROUP BY {key}) '
                    f'WHERE "moves" > {number} GROUP BY {key}')
        if name in SHARES:
            point, source = self.share(name, minutes)
        else:
            metric = Metric(name)
            point = times(self.factor(metric), f'mean("{self.field(metric)}")')
            source = self.source(name, minutes)
        return ('SELECT "windows" FROM (SELECT count("value") AS "windows" FROM '
                f'(SELECT {point} AS "value" {source} '
                f"GROUP BY time({WINDOW}m, now()), {key} fill(none)) "
                f"""WHERE "value" {'=' if op == '==' else op} {number} """
                f'GROUP BY {key}) WHERE "windows" >= {windows} GROUP BY {key}')


class InfluxTelegraf(Influx):
    name, title = "influxdb-telegraf", "vmguest (InfluxDB, Telegraf)"
    needs = "Telegraf's execd input with vmguest-execd"
    # Tags that nobody set are empty, and one group.
    key = '"host", "cluster", "site"'

    def measurement(self, metric):
        return metric.measurement

    def field(self, metric):
        return metric.field

    def where(self, metric):
        return ""

    def factor(self, metric):
        return metric.factors[1]


class InfluxCollectd(Influx):
    name, title = "influxdb-collectd", "vmguest (InfluxDB, collectd)"
    needs = "collectd's network plugin and InfluxDB's collectd listener"
    key = '"host"'

    def measurement(self, metric):
        return "vmguest_seconds" if metric.type == "duration" else "vmguest_value"

    def field(self, metric):
        return "value"

    def where(self, metric):
        return (f"\"instance\" = '{metric.instance}' AND \"type\" = '{metric.type}' "
                f"AND \"type_instance\" = '{metric.type_instance}' AND ")

    def factor(self, metric):
        return metric.factors[0]


class GraphiteCollectd:
    name, title = "graphite-collectd", "vmguest (Graphite, collectd)"
    database, datasource = "graphite", "graphite"
    needs = 'collectd\'s write_graphite with the prefix "collectd."'
    # Graphite's own spelling: it refuses "1m".
    pace = "At least collectd's Interval: a shorter one draws nothing."
    intervals, usual = "10s,30s,1min,5min,10min,1h", "1min"
    everyone = "*"

    def path(self, metric):
        return (f"collectd.$host.vmguest-{metric.instance}."
                f"{metric.type}-{metric.type_instance}")

    def query(self, metric, how):
        """write_graphite sends rates of counters: nothing to differentiate."""
        text = self.path(metric)
        if how in ("rate", "cores"):
            text = f"keepLastValue({text}, 0)"
            how, function = "avg", how
        else:
            function = ""
        if metric.factors[0] != 1:
            text = f"scale({text}, {metric.factors[0]})"
        if function == "cores":
            text = f"removeAboveValue({text}, {MANY_CORES})"
        return f"summarize({text}, '$interval', '{how}')"

    def target(self, name, metric, how):
        return {"target": f"aliasSub(aliasByNode({self.query(metric, how)}, 1), "
                f"'$', ' {name}')"}

    def moves(self):
        """The rates are collectd's own: it makes none across its restart."""
        return {"target": "removeBelowValue("
                f"{self.path(Metric('session.changes'))}, 0.000001)"}

    def hosts(self):
        return "collectd.*"


DASHBOARDS = [PrometheusExecd(), PrometheusCollectd(), InfluxTelegraf(),
              InfluxCollectd(), GraphiteCollectd()]

# Grafana.

SOURCE = {"uid": "${datasource}"}


def panel(way, number, x, y, title, description, unit, series, more):
    custom = {"drawStyle": "line", "fillOpacity": 10, "spanNulls": False,
              "showPoints": "never"}
    if more.get("stack"):
        custom.update(fillOpacity=40, stacking={"mode": "normal", "group": "A"})
    if more.get("flag"):
        custom.update(lineInterpolation="stepAfter")
    defaults = {"unit": unit, "min": 0, "custom": custom}
    if more.get("flag"):
        defaults["max"] = 1
    steps = [{"color": "green", "value": None}]
    steps += [{"color": color, "value": value} for value, color in
              zip(THRESHOLDS.get(more.get("threshold"), ()), ("orange", "red"))
              if value is not None]
    if len(steps) > 1:
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
        custom["thresholdsStyle"] = {"mode": "line"}
    return {
        "id": number, "type": "timeseries", "title": title,
        "description": description,
        "datasource": {"type": way.datasource, **SOURCE},
        "gridPos": {"x": x, "y": y, "w": 12, "h": 8},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom",
                               "showLegend": True},
                    "tooltip": {"mode": "multi", "sort": "none"}},
        "targets": [{"refId": chr(ord("A") + i),
                     "datasource": {"type": way.datasource, **SOURCE},
                     **way.target(name, Metric(metric), how)}
                    for i, (name, metric, how) in enumerate(series)],
    }


def panels(way):
    made, y = [], 0
    for question, contents in ROWS:
        made.append({"id": len(made) + 1, "type": "row", "title": question,
                     "collapsed": False, "panels": [],
                     "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}})
        y += 1
        for i, content in enumerate(contents):
            made.append(panel(way, len(made) + 1, 12 * (i % 2), y + 8 * (i // 2),
                              *content))
        y += 8 * ((len(contents) + 1) // 2)
    return made


def dashboard(way):
    intervals, usual = way.intervals.split(","), way.usual
    return {
        "uid": "vmguest-" + way.name,
        "title": way.title,
        "description": "What the VMware host does to its VMs, read from inside them. "
                       f"Needs {way.needs}.",
        "tags": ["vmguest", "vmware"],
        "schemaVersion": 38, "version": 1, "editable": True, "graphTooltip": 1,
        "time": {"from": "now-6h", "to": "now"}, "refresh": "30s",
        "templating": {"list": [
            {"name": "datasource", "type": "datasource", "label": "Source",
             "query": way.datasource},
            {"name": "host", "type": "query", "label": "VM",
             "datasource": {"type": way.datasource, **SOURCE},
             "query": way.hosts(), "refresh": 2, "sort": 1, "multi": True,
             "includeAll": True, "allValue": way.everyone},
            {"name": "interval", "type": "custom", "label": "Interval",
             "description": way.pace, "query": way.intervals,
             "current": {"text": usual, "value": usual},
             "options": [{"text": i, "value": i, "selected": i == usual}
                         for i in intervals]},
        ]},
        "annotations": {"list": [
            {"name": "Session changes", "enable": True, "iconColor": "purple",
             "datasource": {"type": way.datasource, **SOURCE}, **way.moves()}]},
        "panels": panels(way),
    }


# Alerts.


def words(text):
    return json.dumps(text, ensure_ascii=False)


def alerts():
    """Those of description.py, each level one of its own."""
    for alert in ALERTS:
        of_level = [name for name, _, number in alert["conditions"]
                    if number is LEVEL]
        levels = THRESHOLDS[of_level[0]] if of_level else (None,)
        for threshold, severity in zip(levels, LEVELS):
            if of_level and threshold is None:
                continue
            yield {"severity": severity, **alert,
                   "summary": alert["summary"].format(threshold),
                   "conditions": [(name, op, threshold if number is LEVEL else number)
                                  for name, op, number in alert["conditions"]]}


def asks_for_gone(alert):
    return alert["conditions"][0][1] == "gone"


def rules(way):
    lines = ["# SPDX-License-Identifier: MIT",
             "# Made by generate.py of description.py. Prometheus: put it beside",
             "# prometheus.yml, and name it under rule_files there. Right for readings "
             "every",
             "# 10 s to 5 min and scrapes every 5 s to 2 min.",
             "groups:", "  - name: " + "vmguest-" + way.name.split("-")[1],
             "    rules:"]
    for name in SHARES:
        lines += [f"      - record: {way.record(name)}",
                  "        expr: >-",
                  f"          {way.recorded(name)}"]
    for alert in alerts():
        if asks_for_gone(alert) and not way.has_target:
            continue
        conditions = [way.condition(*condition) for condition in alert["conditions"]]
        if alert["conditions"][0][0] != UP:
            conditions.append(way.answers())
        lines += [f"      # {alert['reason']}",
                  f"      - alert: {alert['name']}",
                  "        expr: >-",
                  "          " + f"\n          and {way.join}".join(conditions),
                  f"        for: {WINDOW * (alert['windows'] - 1)}m",
                  "        labels:",
                  f"          severity: {alert['severity']}",
                  "        annotations:",
                  f"          summary: {words(alert['summary'])}",
                  f"          description: {words(alert['runbook'])}"]
    return "\n".join(lines) + "\n"


def influxql(way):
    lines = ["-- SPDX-License-Identifier: MIT",
             "-- Made by generate.py of description.py. An alert fires for a VM that "
             "has a row in",
             "-- the answer of each of its queries. Run them once a minute. Right for "
             "readings every",
             "-- 10 s to 5 min that arrive within 4 minutes. InfluxQL cannot find a VM "
             "that sends",
             "-- nothing any more: use the \"no data\" state of the program that runs "
             "the queries."]
    for alert in alerts():
        if asks_for_gone(alert):
            continue
        lines += ["", f"-- {alert['name']} ({alert['severity']}): "
                  f"{alert['summary']}.", f"-- Why so: {alert['reason']}",
                  f"-- What to do: {alert['runbook']}"]
        lines += [way.condition(*condition, alert["windows"]) + ";"
                  for condition in alert["conditions"]]
    return "\n".join(lines) + "\n"


def files():
    """{path: text} of everything that is generated."""
    made = {f"grafana/vmguest-{way.name}.json":
            json.dumps(dashboard(way), indent=1, ensure_ascii=False) + "\n"
            for way in DASHBOARDS}
    for way in DASHBOARDS:
        if way.database == "prometheus":
            made[f"alerts/vmguest-{way.name.split('-')[1]}.rules.yml"] = rules(way)
        elif way.database == "influxdb":
            made[f"alerts/vmguest-{way.name.split('-')[1]}.influxql"] = influxql(way)
    return made


def read(path):
    try:
        with open(path) as f:
            return f.read()
    except FileNotFoundError:
        return None


def main(arguments):
    if arguments not in ([], ["--check"]):
        print("usage: generate.py [--check]", file=sys.stderr)
        return 2
    different = [name for name, text in files().items()
                 if read(os.path.join(HERE, name)) != text]
    for name in different:
        print(name)
    if arguments:
        return int(bool(different))
    for name in different:
        os.makedirs(os.path.dirname(os.path.join(HERE, name)), exist_ok=True)
        with open(os.path.join(HERE, name), "w") as f:
            f.write(files()[name])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
