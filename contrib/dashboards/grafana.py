# SPDX-License-Identifier: MIT
"""Grafana's pages: one VM, and the fleet."""

import string

from description import FLEET, ROWS, THRESHOLDS, TOP, USUAL_WINDOW, WINDOWS
from ways import Metric


def source(way):
    return {"type": way.datasource, "uid": "${datasource}"}


def row(number, y, question):
    return {"id": number, "type": "row", "title": question, "collapsed": False,
            "panels": [], "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}}


def steps(metric):
    """Of what nobody has to watch: one."""
    return [{"color": "green", "value": None}] + \
        [{"color": color, "value": value} for value, color in
         zip(THRESHOLDS.get(metric, ()), ("orange", "red")) if value is not None]


def targets(way, queries):
    return [{"refId": letter, "datasource": source(way), **query}
            for letter, query in zip(string.ascii_uppercase, queries)]


def graph(way, number, x, y, title, description, defaults, queries):
    return {
        "id": number, "type": "timeseries", "title": title,
        "description": description, "datasource": source(way),
        "gridPos": {"x": x, "y": y, "w": 12, "h": 8},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom",
                               "showLegend": True},
                    "tooltip": {"mode": "multi", "sort": "none"}},
        "targets": targets(way, queries),
    }


def page(way, uid, title, description, more, variables, annotations, contents):
    return {
        "uid": uid, "title": title,
        "description": f"{description} Needs {way.needs}.",
        "tags": ["vmguest", "vmware"],
        "schemaVersion": 38, "version": 1, "editable": True, "graphTooltip": 1,
        **more,
        "templating": {"list": [
            {"name": "datasource", "type": "datasource", "label": "Source",
             "query": way.datasource}, *variables]},
        "annotations": {"list": annotations},
        "panels": contents,
    }


def choice(name, label, description, values, usual):
    return {"name": name, "type": "custom", "label": label,
            "description": description, "query": ",".join(values),
            "current": {"text": usual, "value": usual},
            "options": [{"text": value, "value": value, "selected": value == usual}
                        for value in values]}


# One VM.

EMPTY = "No data, which is not 0: the host does not answer or does not give this."


def panel(way, number, x, y, title, description, unit, series, more):
    custom = {"drawStyle": "line", "fillOpacity": 10, "spanNulls": False,
              "showPoints": "never"}
    if more.get("stack"):
        custom.update(fillOpacity=40, stacking={"mode": "normal", "group": "A"})
    if more.get("flag"):
        custom.update(lineInterpolation="stepAfter")
    defaults = {"unit": unit, "min": 0, "noValue": EMPTY, "custom": custom}
    if more.get("flag"):
        defaults["max"] = 1
    colors = steps(more.get("threshold"))
    if len(colors) > 1:
        defaults["thresholds"] = {"mode": "absolute", "steps": colors}
        custom["thresholdsStyle"] = {"mode": "line"}
    return graph(way, number, x, y, title, description, defaults,
                 [way.target(name, Metric(metric), how)
                  for name, metric, how in series])


def panels(way):
    made, y = [], 0
    for question, contents in ROWS:
        made.append(row(len(made) + 1, y, question))
        y += 1
        for i, content in enumerate(contents):
            made.append(panel(way, len(made) + 1, 12 * (i % 2), y + 8 * (i // 2),
                              *content))
        y += 8 * ((len(contents) + 1) // 2)
    return made


def dashboard(way):
    """It opens on the first VM: of all of them at once nobody could read a panel."""
    return page(
        way, f"vmguest-{way.name}", way.title,
        "What the VMware host does to its VMs, read from inside them.",
        {"time": {"from": "now-6h", "to": "now"}, "refresh": "30s"},
        [{"name": "host", "type": "query", "label": "VM",
          "description": "Those that sent statistics of vmguest. None: see "
                         "\"If nothing comes\" in the guide.",
          "datasource": source(way), "query": way.hosts(), **way.hosts_more,
          "refresh": 2, "sort": 1, "multi": True, "includeAll": False},
         choice("interval", "Interval", way.pace, way.intervals.split(","), way.usual)],
        [{"name": "Session changes", "enable": True, "iconColor": "purple",
          "datasource": source(way), **way.moves()}], panels(way))


# The fleet.

NOBODY = "None of the chosen clusters' VMs. If there is no value anywhere, see \"If " \
    "nothing comes\" in the guide."


def named(heading, **properties):
    """What is so of one column of a table."""
    return {"matcher": {"id": "byName", "options": heading},
            "properties": [{"id": name, "value": value}
                           for name, value in properties.items()]}


def column(heading, unit, metric, _):
    colors = steps(metric)
    more = {} if len(colors) == 1 else {
        "thresholds": {"mode": "absolute", "steps": colors},
        "custom.cellOptions": {"type": "color-text"}}
    # A column without a value is no reason to explain an empty table.
    return named(heading, unit=unit, noValue="-", decimals=1, **more)


def rows(way, number, y, title, description, columns, queries, overrides, more):
    """A table; more: what is done with its rows. Each query has a time of its own,
    which would keep its rows apart from the others' ones."""
    order = [*way.columns_of_vm.values(), *(heading for heading, *_ in columns)]
    names = way.names_in_table(columns)
    return {
        "id": number, "type": "table", "title": title, "description": description,
        "datasource": source(way),
        "gridPos": {"x": 0, "y": y, "w": 24, "h": 10},
        "fieldConfig": {
            "defaults": {"unit": "short", "noValue": NOBODY, "custom": {}},
            "overrides": overrides},
        "transformations": [
            {"id": "filterFieldsByName", "options": {
                "exclude": {"names": ["Time", "time"]}}},
            {"id": "merge", "options": {}},
            {"id": "organize", "options": {
                "indexByName": {name: order.index(heading)
                                for name, heading in names.items()},
                "renameByName": names}},
            {"id": "filterByValue", "options": {
                "type": "include", "match": "all", "filters": [
                    {"fieldName": columns[0][0],
                     "config": {"id": "isNotNull", "options": {}}}]}}, *more],
        "targets": targets(way, queries),
    }


def table(way, number, y, title, description, columns, condition):
    link = (f"/d/vmguest-{way.name}?var-datasource=${{datasource}}&"
            "var-host=${__value.raw}&${__url_time_range}")
    overrides = [named("VM", links=[{"title": "This VM's own dashboard", "url": link}]),
                 *(column(*one) for one in columns)]
    return rows(way, number, y, title, description, columns,
                way.table(columns, condition), overrides, []) | {
        "options": {"showHeader": True,
                    "sortBy": [{"displayName": columns[0][0], "desc": True}]}}


REDUCED = {"count": "{}s", "sum": "{}", "mean": "{}, mean", "max": "{}, highest",
           "uniqueValues": "Which {}s"}


def groups(way, number, y, title, description, columns, reduced, condition):
    reduced = {"VM": ("count", "uniqueValues"), **reduced}
    key, _, _, how = columns[0]
    # Hosts of two clusters can have the same number.
    keys = [key] + [heading for heading in way.columns_of_vm.values()
                    if how == "host" and heading != "VM"]
    units = {heading: unit for heading, unit, *_ in columns}
    overrides = [
        named(f"{heading} ({how})", displayName=REDUCED[how].format(heading),
              unit=units.get(heading, "short"))
        for heading, hows in reduced.items() for how in hows]
    grouped = {key: {"operation": "groupby", "aggregations": []} for key in keys} | {
        heading: {"operation": "aggregate", "aggregations": list(hows)}
        for heading, hows in reduced.items()}
    return rows(way, number, y, title, description, columns,
                way.groups(columns, condition), overrides,
                [{"id": "groupBy", "options": {"fields": grouped}}]) | {
        "options": {"showHeader": True,
                    "sortBy": [{"displayName": "VMs", "desc": True}]}}


def curves(way, number, x, y, title, description, unit, contents):
    custom = {"drawStyle": "line", "fillOpacity": 10, "spanNulls": False,
              "showPoints": "auto"}
    return graph(way, number, x, y, title, description,
                 {"unit": unit, "min": 0, "noValue": NOBODY, "custom": custom},
                 [way.curve(*one) for one in contents])


def fleet_panels(way):
    made, y = [], 0
    for question, contents in FLEET:
        made.append(row(len(made) + 1, y, question))
        y, x = y + 1, 0
        for kind, *content in contents:
            number = len(made) + 1
            if kind != "graph":
                if not way.has(content[2]):
                    continue
                y, x = y + 8 * (x > 0), 0
                kind = table if kind == "table" else groups
                made.append(kind(way, number, y, *content))
                y += 10
            else:
                made.append(curves(way, number, x, y, *content))
                y, x = (y + 8, 0) if x else (y, 12)
        y += 8 * (x > 0)
    return made


def fleet(way):
    clusters = [
        {"name": "cluster", "type": "query", "label": "Cluster",
         "description": "The tag that the agents or the server's configuration set. "
                        "Only \"All\": nothing sets it yet; see the guide.",
         "datasource": source(way), "query": way.clusters(), "refresh": 2, "sort": 1,
         "multi": True, "includeAll": True, "allValue": ".*"}]
    return page(
        way, f"vmguest-fleet-{way.name}",
        way.title.replace("vmguest", "vmguest fleet", 1),
        f"All VMs: who is starved, where memory is short, what moved. Tables show "
        f"{TOP} VMs and judge the last window.",
        {"time": {"from": "now-6h", "to": "now"}, "refresh": "5m"},
        [*(clusters if way.of_clusters else ()),
         choice("window", "Window", "What tables and points cover. A day costs a "
                "database as much as all graphs of a day.", WINDOWS, USUAL_WINDOW)],
        [], fleet_panels(way))
