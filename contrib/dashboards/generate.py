#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the dashboards and alerts of description.py, for each database in its own
words; --check only says whether the files are what it would write."""

import json
import os
import sys

from description import ALERTS, METRICS, ROWS

HERE = os.path.dirname(os.path.abspath(__file__))


class Metric:
    def __init__(self, name):
        (self.instance, self.type, self.type_instance, self.measurement, self.field,
         self.prometheus, *self.factors) = METRICS[name]


def times(factor, text):
    return text if factor == 1 else f"{factor} * {text}"


# More processors than that are no host, but a counter that another host has.
MANY_CORES = 4096


# ---- One class for each way; how it asks, how it names -----------------------------


class Prometheus:
    database, datasource = "prometheus", "prometheus"
    intervals = "30s,1m,5m,15m,1h"
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
        over = self.select(Metric("session.changes"), 'instance=~"$host"')
        return {"expr": f"changes({over}[$interval]) > 0", "step": "10s",
                "titleFormat": "session changed", "tagKeys": "instance",
                "textFormat": "moved, resumed, reverted or reset"}

    def hosts(self):
        up = self.select(Metric("session.up"), "")
        return {"query": f"label_values({up}, instance)", "refId": "hosts"}

    def condition(self, metric, op, number):
        text = self.select(metric, "")
        if op == "grown":
            return f"increase({text}[1h]) > {number}"
        if op == "gone":
            return f"{text} offset {number}m unless on (instance) {text}"
        return f"{times(self.factor(metric), text)} {op} {number}"


class PrometheusExecd(Prometheus):
    name, title = "prometheus-execd", "vmguest (Prometheus, vmguest-execd)"
    needs = "vmguest-execd and node_exporter's textfile collector"

    def select(self, metric, labels):
        return metric.prometheus + (f"{{{labels}}}" if labels else "")

    def factor(self, metric):
        return metric.factors[2]


class PrometheusCollectd(Prometheus):
    name, title = "prometheus-collectd", "vmguest (Prometheus, collectd)"
    needs = "collectd's write_prometheus"

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
    intervals = "10s,30s,1m,5m,15m,1h"
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
        metric = Metric("session.changes")
        field = self.field(metric)
        return {"query":
                f'SELECT "moved" FROM (SELECT difference("{field}") AS "moved" FROM '
                f'"{self.measurement(metric)}" WHERE "host" =~ /^$host$/ AND '
                f"{self.where(metric)}$timeFilter GROUP BY \"host\") "
                'WHERE "moved" > 0',
                "rawQuery": True, "textColumn": "moved", "tagsColumn": "host",
                "textEditor": True}

    def hosts(self):
        measurement = self.measurement(Metric("session.up"))
        return f'SHOW TAG VALUES FROM "{measurement}" WITH KEY = "host"'

    def condition(self, metric, op, number, minutes):
        """One row for each host for which it was so in every minute; one that was
        cut by an end of the time, or had a move in it, may be missing."""
        field = self.field(metric)
        source = (f'FROM "{self.measurement(metric)}" WHERE {self.where(metric)}'
                  "time > now() - ")
        if op == "grown":
            return (f'SELECT "grown" FROM (SELECT spread("{field}") AS "grown" '
                    f'{source}1h GROUP BY "host") '
                    f'WHERE "grown" > {number} GROUP BY "host"')
        worst = {">": "min", "<": "max", "==": "min"}[op]
        point = times(self.factor(metric), f'{worst}("{field}")')
        return ('SELECT "minutes" FROM (SELECT count("worst") AS "minutes" FROM '
                f'(SELECT {point} AS "worst" {source}{minutes}m '
                'GROUP BY time(1m), "host") '
                f"""WHERE "worst" {'>=' if op == '==' else op} {number} """
                f'GROUP BY "host") WHERE "minutes" >= {minutes} GROUP BY "host"')


class InfluxTelegraf(Influx):
    name, title = "influxdb-telegraf", "vmguest (InfluxDB, Telegraf)"
    needs = "Telegraf's execd input with vmguest-execd"

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
    intervals = "10s,30s,1min,5min,15min,1h"
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
        return {"target": "removeBelowValue("
                f"{self.path(Metric('session.changes'))}, 0.000001)"}

    def hosts(self):
        return "collectd.*"


DASHBOARDS = [PrometheusExecd(), PrometheusCollectd(), InfluxTelegraf(),
              InfluxCollectd(), GraphiteCollectd()]

# ---- Grafana -----------------------------------------------------------------------

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
    steps += [{"color": color, "value": more[level]}
              for level, color in (("warn", "orange"), ("bad", "red"))
              if level in more]
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
    intervals = way.intervals.split(",")
    usual = intervals[1]
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
             "query": way.intervals,
             "current": {"text": usual, "value": usual},
             "options": [{"text": i, "value": i, "selected": i == usual}
                         for i in intervals]},
        ]},
        "annotations": {"list": [
            {"name": "Session changes", "enable": True, "iconColor": "purple",
             "datasource": {"type": way.datasource, **SOURCE}, **way.moves()}]},
        "panels": panels(way),
    }


# ---- Alerts ------------------------------------------------------------------------

UP = "session.up"


def words(text):
    return json.dumps(text, ensure_ascii=False)


def rules(way):
    lines = ["# SPDX-License-Identifier: MIT",
             "# Made by generate.py of description.py. Prometheus: put it beside",
             "# prometheus.yml, and name it under rule_files there.",
             "groups:", "  - name: " + "vmguest-" + way.name.split("-")[1],
             "    rules:"]
    for alert in ALERTS:
        conditions = [way.condition(Metric(name), op, number)
                      for name, op, number in alert["conditions"]]
        if alert["conditions"][0][0] != UP:
            conditions.append(way.condition(Metric(UP), "==", 1))
        lines += [f"      # {alert['reason']}",
                  f"      - alert: {alert['name']}",
                  "        expr: >-",
                  "          " + "\n          and on (instance) ".join(conditions),
                  f"        for: {alert['minutes']}m",
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
             "-- the answer of each of its queries. Ask them once a minute. That "
             "nothing comes any",
             "-- more InfluxQL cannot ask: use the \"no data\" of who asks."]
    for alert in ALERTS:
        if alert["conditions"][0][1] == "gone":
            continue
        lines += ["", f"-- {alert['name']} ({alert['severity']}): "
                  f"{alert['summary']}.", f"-- Why so: {alert['reason']}",
                  f"-- What to do: {alert['runbook']}"]
        lines += [way.condition(Metric(name), op, number, alert["minutes"]) + ";"
                  for name, op, number in alert["conditions"]]
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
