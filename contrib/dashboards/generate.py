#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the dashboards and alerts of description.py, for each database in its own
words; --check only says whether the files are what it would write."""

import json
import os
import string
import sys

from description import ALERTS, JUDGED, LEVEL, LEVELS, SHARES, THRESHOLDS, WINDOW
from grafana import dashboard, fleet
from thresholds import FINDINGS
from ways import DASHBOARDS, UP, Metric, metric_of

HERE = os.path.dirname(os.path.abspath(__file__))

# Alerts.


def words(text):
    return json.dumps(text, ensure_ascii=False)


def comments(alert, of_level):
    yield alert["reason"]
    if "formula" in alert:
        yield f"Formula: {alert['formula']}"
    finding = alert.get("finding") or (JUDGED[of_level[0]][0] if of_level else None)
    if finding:
        yield f"Source of the numbers: {FINDINGS[finding].source}."


def alerts():
    """Those of description.py, each level one of its own."""
    for alert in ALERTS:
        of_level = [name for name, _, number in alert["conditions"]
                    if number is LEVEL]
        levels = THRESHOLDS[of_level[0]] if of_level else (None,)
        for threshold, severity in zip(levels, LEVELS):
            if of_level and threshold is None:
                continue
            shown = threshold and f"{threshold / alert.get('shown', 1):g}"
            yield {"severity": severity, **alert,
                   "summary": alert["summary"].format(shown),
                   "comments": list(comments(alert, of_level)),
                   "conditions": [(name, op, threshold if number is LEVEL else number)
                                  for name, op, number in alert["conditions"]]}


def minutes(alert):
    """For how long what judges one window has to be so."""
    return alert.get("minutes", WINDOW * (alert["windows"] - 1))


def asked(way, alert):
    """The conditions that this database can be asked for."""
    return [condition for condition in alert["conditions"]
            if (way.has_target or condition[1] != "gone")
            and (way.has_guest or condition[1] != "awaited")]


def alerts_of(way):
    """[(alert, its conditions)]"""
    return [(alert, conditions) for alert in alerts()
            for conditions in [asked(way, alert)] if conditions]


def rules(way):
    lines = ["# SPDX-License-Identifier: MIT",
             "# Made by generate.py of description.py. Prometheus: put it beside",
             "# prometheus.yml, and name it under rule_files there. Right for readings "
             "every",
             "# 10 s to 5 min and scrapes every 5 s to 2 min.",
             "groups:", "  - name: " + "vmguest-" + way.name.split("-")[1],
             "    rules:"]
    for record, expression in way.recorded().items():
        lines += [f"      - record: {record}",
                  "        expr: >-",
                  f"          {expression}"]
    for alert, conditions in alerts_of(way):
        metric = metric_of(conditions[0][0])
        joint = f"\n          and {way.join(metric)}"
        condition = joint.join(way.condition(*one) for one in conditions)
        if conditions[0][0] != UP:
            condition += f"\n          and {way.join_answers(metric)}{way.answers()}"
        lines += [f"      # {comment}" for comment in alert["comments"]]
        lines += [f"      - alert: {alert['name']}",
                  "        expr: >-",
                  f"          {condition}",
                  f"        for: {minutes(alert)}m",
                  "        labels:",
                  f"          severity: {alert['severity']}",
                  "        annotations:",
                  f"          summary: {words(alert['summary'])}",
                  f"          description: {words(alert['runbook'])}"]
    return "\n".join(lines) + "\n"


def influxql(way):
    lines = ["-- SPDX-License-Identifier: MIT",
             "-- Made by generate.py of description.py. An alert fires for a VM, or one of "
             "its disks,",
             "-- that has a row in the answer of each of its queries. Run them once a "
             "minute. Right",
             "-- for readings every 10 s to 5 min that arrive within 4 minutes. InfluxQL "
             "cannot find a",
             "-- VM that sends nothing any more: use the \"no data\" state of the program "
             "that runs the",
             "-- queries."]
    for alert, conditions in alerts_of(way):
        lines += ["", f"-- {alert['name']} ({alert['severity']}): "
                  f"{alert['summary']}."]
        if "minutes" in alert:
            lines += [f"-- When it has been so for {alert['minutes']} minutes."]
        lines += [f"-- Why so: {alert['comments'][0]}",
                  *(f"-- {comment}" for comment in alert["comments"][1:]),
                  f"-- What to do: {alert['runbook']}"]
        lines += [way.condition(*condition, alert["windows"]) + ";"
                  for condition in conditions]
    return "\n".join(lines) + "\n"


def yaml(value, depth=0):
    """Its lines; a scalar is as in JSON, which YAML reads."""
    named = isinstance(value, dict)
    for key, part in value.items() if named else enumerate(value):
        head = "  " * depth + (f"{key}:" if named else "-")
        if isinstance(part, (dict, list)):
            yield head
            yield from yaml(part, depth + 1)
        else:
            yield f"{head} {words(part)}"


# The uid of the data source in a file for Grafana, and the one that its expressions
# have in every version.
DATASOURCE, EXPRESSION = "vmguest-influxdb", "-100"


def grafana_rule(way, alert, conditions):
    """The queries, each one's row as a number, and whether a VM has all of them."""
    queries = [way.condition(*condition, alert["windows"])
               for condition in conditions]
    asked = [{"query": query, "rawQuery": True, "resultFormat": "time_series"}
             for query in queries]
    reduced = [{"type": "reduce", "expression": letter, "reducer": "last"}
               for letter, _ in zip(string.ascii_uppercase, queries)]
    there = [f"${letter} > 0" for letter, _ in
             zip(string.ascii_uppercase[len(queries):], queries)]
    models = [*asked, *reduced, {"type": "math", "expression": " && ".join(there)}]
    data = [{"refId": letter,
             # The queries have a time of their own.
             "relativeTimeRange": {"from": 3600, "to": 0},
             "datasourceUid": DATASOURCE if "query" in model else EXPRESSION,
             "model": {"refId": letter, **model}}
            for letter, model in zip(string.ascii_uppercase, models)]
    name, severity = alert["name"], alert["severity"]
    return {"uid": f"{name}-{severity}".lower(), "title": f"{name} ({severity})",
            "condition": data[-1]["refId"], "data": data,
            # Windows are counted by the queries; a VM without a row is well.
            "for": f"{alert.get('minutes', 0)}m",
            "noDataState": "OK", "execErrState": "Error",
            "annotations": {"summary": alert["summary"],
                            "description": alert["runbook"]},
            "labels": {"severity": severity}}


def grafana_rules(way):
    group = {"orgId": 1, "name": "vmguest", "folder": "vmguest", "interval": "1m",
             "rules": [grafana_rule(way, *one) for one in alerts_of(way)]}
    return "\n".join([
        "# SPDX-License-Identifier: MIT",
        "# Made by generate.py of description.py. For Grafana 9 and later:",
        "# /etc/grafana/provisioning/alerting/. Its data source, InfluxDB with InfluxQL, "
        "has",
        f"# the uid {DATASOURCE}. Right for readings every 10 s to 5 min.",
        *yaml({"apiVersion": 1, "groups": [group]})]) + "\n"


def files():
    """{path: text} of everything that is generated."""
    pages = [dashboard(way) for way in DASHBOARDS]
    pages += [fleet(way) for way in DASHBOARDS if way.has_fleet]
    made = {f"grafana/{page['uid']}.json":
            json.dumps(page, indent=1, ensure_ascii=False) + "\n" for page in pages}
    for way in DASHBOARDS:
        if way.database == "prometheus":
            made[f"alerts/vmguest-{way.name.split('-')[1]}.rules.yml"] = rules(way)
        elif way.database == "influxdb":
            name = f"alerts/vmguest-{way.name.split('-')[1]}"
            made[f"{name}.influxql"] = influxql(way)
            made[f"{name}.grafana.yml"] = grafana_rules(way)
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
