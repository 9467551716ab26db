# SPDX-License-Identifier: MIT
"""What is generated and what is written about it: no server is needed. One case a
call."""

import copy
import http.server
import json
import os
import re
import subprocess
import sys
import threading

from cases import Cases, Skip
from schema import check

case = Cases()


def read(tools, name):
    with open(os.path.join(tools.dashboards, name)) as f:
        return f.read()


def dashboards(tools):
    folder = os.path.join(tools.dashboards, "grafana")
    found = {name: json.loads(read(tools, f"grafana/{name}"))
             for name in sorted(os.listdir(folder))}
    assert len(found) == 9, list(found)
    return found


def of_one_vm(tools):
    return {name: page for name, page in dashboards(tools).items()
            if "fleet" not in name}


@case
def generated_files_are_what_is_committed(tools):
    done = subprocess.run(
        [sys.executable, "-B", f"{tools.dashboards}/generate.py", "--check"],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, \
        f"contrib/dashboards/generate.py would change: {done.stdout}{done.stderr}"


@case
def dashboards_fit_the_schema(tools):
    schema = json.loads(read(tools, "dashboard.schema.json"))
    for name, dashboard in dashboards(tools).items():
        wrong = check(dashboard, schema)
        assert not wrong, f"{name}: {wrong}"
        numbers = [p["id"] for p in dashboard["panels"]]
        assert len(set(numbers)) == len(numbers), numbers
        expect_no_overlap(name, dashboard["panels"])
        for panel in dashboard["panels"]:
            if panel["type"] != "row":
                assert {"description", "fieldConfig", "targets"} <= set(panel), name
            if panel["type"] == "table":
                assert {"sortBy"} <= set(panel["options"]), name
    for name, dashboard in of_one_vm(tools).items():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                text = target.get("expr") or target.get("query") or target["target"]
                assert re.search(r"\$host.*\$interval", text), (name, text)


@case
def a_dashboard_opens_on_one_vm(tools):
    """Not on thousands; who has none is told why."""
    for name, dashboard in of_one_vm(tools).items():
        [host] = [v for v in dashboard["templating"]["list"] if v["name"] == "host"]
        assert not host["includeAll"] and "allValue" not in host, name
        assert "None: " in host["description"], name
    graphite = dashboards(tools)["vmguest-graphite-collectd.json"]
    [host] = [v for v in graphite["templating"]["list"] if v["name"] == "host"]
    there = ["collectd.web.vmguest-vm", "collectd.web_01.vmguest-vm"]
    assert [re.search(host["regex"][1:-1], path)[1] for path in there] == \
        ["web", "web_01"]
    assert not re.search(host["regex"][1:-1], "collectd.old.cpu-0")


@case
def the_fleet_leads_to_each_vm(tools):
    pages = dashboards(tools)
    for name, dashboard in pages.items():
        if "fleet" not in name:
            continue
        tables = [p for p in dashboard["panels"] if p["type"] == "table"
                  and "groupBy" not in {t["id"] for t in p["transformations"]}]
        for panel in tables:
            [link] = [part["value"][0]["url"]
                      for override in panel["fieldConfig"]["overrides"]
                      for part in override["properties"] if part["id"] == "links"]
            uid = re.match(r"/d/([\w-]+)\?", link)[1]
            assert f"{uid}.json" == name.replace("fleet-", "") and \
                f"{uid}.json" in pages, link
            variables = {v["name"] for v in
                         pages[f"{uid}.json"]["templating"]["list"]}
            assert set(re.findall(r"var-(\w+)=", link)) <= variables, link
            columns = {o["matcher"]["options"]
                       for o in panel["fieldConfig"]["overrides"]}
            [organize] = [t for t in panel["transformations"] if t["id"] == "organize"]
            assert columns <= set(organize["options"]["renameByName"].values()), name
        assert len(tables) == 4, name


def expect_no_overlap(name, panels):
    taken = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, f"{name}: {panel['title']} lies on another panel"
        taken |= cells


@case
def the_schema_finds_what_is_wrong(tools):
    """A schema that lets everything pass is none."""
    schema = json.loads(read(tools, "dashboard.schema.json"))
    good = next(iter(of_one_vm(tools).values()))

    def broken(change):
        one = copy.deepcopy(good)
        change(one)
        assert check(one, schema), "this was not found"
    broken(lambda d: d.pop("panels"))
    broken(lambda d: d.update(schemaVersion="38"))
    broken(lambda d: d["panels"][1].update(type="graf"))
    broken(lambda d: d["panels"][1].update(description="high is bad"))
    broken(lambda d: d["panels"][1]["targets"].clear())
    broken(lambda d: d["panels"][1]["targets"][0].update(expr="up"))
    broken(lambda d: d["panels"][1]["fieldConfig"]["defaults"].update(unit="MHz"))
    broken(lambda d: d["panels"][1]["datasource"].update(uid="my own"))
    broken(lambda d: d["templating"].update(list=d["templating"]["list"][:1]))
    broken(lambda d: d["panels"][1]["fieldConfig"]["defaults"].pop("noValue"))
    broken(lambda d: d["panels"][1]["targets"][0].update(instant="true"))
    broken(lambda d: d["panels"][0].update(id=True))


@case
def panels_are_the_same_in_all(tools):
    """In the order of the questions, with the same words and units."""
    def shape(dashboard):
        return [(p["title"], p.get("description"),
                 p.get("fieldConfig", {}).get("defaults", {}).get("unit"),
                 p["gridPos"], len(p.get("targets", ())))
                for p in dashboard["panels"]]
    pages = dashboards(tools)
    fleets = [[part[:4] for part in shape(pages[name])] for name in pages
              if "fleet" in name]
    # What collectd lacks is at the end.
    longest = max(fleets, key=len)
    assert len(fleets) == 4 and all(f == longest[:len(f)] for f in fleets)
    assert sorted(map(len, fleets))[0] == len(longest) - 2
    shapes = [shape(d) for d in of_one_vm(tools).values()]
    assert all(s == shapes[0] for s in shapes)
    questions = [title for title, words, *_ in shapes[0] if words is None]
    for question, about in zip(questions, ("starved", "taken", "slow", "moved",
                                           "entitled", "the host", "monitoring"),
                               strict=True):
        assert about in question, questions


def provisioned(tools, name):
    try:
        import yaml
    except ImportError:
        raise Skip("Python's yaml is not here (Debian: python3-yaml)") from None
    return yaml.safe_load(read(tools, f"alerts/vmguest-{name}.grafana.yml"))


@case
def grafanas_alerts_fit_the_schema(tools):
    """And ask what the tests of InfluxQL ask a real server."""
    schema = json.loads(read(tools, "alerting.schema.json"))
    for name in ("telegraf", "collectd"):
        document = provisioned(tools, name)
        wrong = check(document, schema)
        assert not wrong, f"{name}: {wrong}"
        [group] = document["groups"]
        found = {}
        for rule in group["rules"]:
            expect_rule(rule)
            severity = rule["labels"]["severity"]
            alert = re.fullmatch(rf"(\w+) \({severity}\)", rule["title"])[1]
            found[alert, severity] = [part["model"]["query"] for part in rule["data"]
                                      if "query" in part["model"]]
        wanted, alert = {}, None
        for line in read(tools, f"alerts/vmguest-{name}.influxql").splitlines():
            at = re.match(r"-- (Vmguest\w+) \((\w+)\)", line)
            alert = (at[1], at[2]) if at else alert
            if line.startswith("SELECT"):
                wanted.setdefault(alert, []).append(line.rstrip(";"))
        assert found == wanted, set(found) ^ set(wanted)
        uids = [rule["uid"] for rule in group["rules"]]
        assert len(set(uids)) == len(uids), uids


def expect_rule(rule):
    """Each query is reduced, and the condition wants all of them."""
    data = {part["refId"]: part["model"] for part in rule["data"]}
    assert list(data) == [part["model"]["refId"] for part in rule["data"]], rule
    queries = {letter for letter, model in data.items() if "query" in model}
    reduced = {letter: model["expression"] for letter, model in data.items()
               if model.get("type") == "reduce"}
    assert sorted(reduced.values()) == sorted(queries), rule
    last = data[rule["condition"]]
    assert last["type"] == "math" and \
        last["expression"] == " && ".join(f"${letter} > 0" for letter in reduced), rule
    for letter, model in data.items():
        at = next(p["datasourceUid"] for p in rule["data"] if p["refId"] == letter)
        assert (at == "-100") == ("expression" in model), rule


@case
def the_alerting_schema_finds_what_is_wrong(tools):
    schema = json.loads(read(tools, "alerting.schema.json"))
    good = provisioned(tools, "telegraf")

    def broken(change):
        one = copy.deepcopy(good)
        change(one["groups"][0], one["groups"][0]["rules"][0])
        assert check(one, schema), "this was not found"
    broken(lambda group, rule: group.pop("folder"))
    broken(lambda group, rule: group.update(interval=60))
    broken(lambda group, rule: group["rules"].clear())
    broken(lambda group, rule: rule.update(uid="x" * 41))
    broken(lambda group, rule: rule.update(noDataState="Ok"))
    broken(lambda group, rule: rule.pop("condition"))
    broken(lambda group, rule: rule.update(dashboardUId="vmguest"))
    broken(lambda group, rule: rule["data"][0].pop("datasourceUid"))
    broken(lambda group, rule: rule["data"][0]["model"].update(expr="up"))


# By hand: the finding of thresholds.def whose levels an alert has; its metric in
# collectd's thresholds; what its number is in the queries, and in the README.
JUDGED = [
    ("cpu-denied", "VmguestCpuStarved", ("percent", "cpu_stolen"), 1, "%"),
    ("cpu-limit", "VmguestCpuLimitReached", None, 1, "%"),
    ("balloon", "VmguestBalloonUnderPressure", ("percent", "memory_ballooned"), 1, "%"),
    ("cpu-contention", "VmguestCpuContention", ("percent", "cpu_contention"), 1, "%"),
    ("memory-wait", "VmguestMemoryWait", ("percent", "cpu_contention_memory"), 1, "%"),
    ("host-swap", "VmguestSwapIn", ("total_bytes", "memory_swap_in"), 1 << 20, "MiB/s"),
    ("disk", "VmguestDiskSlow", None, 0.001, "ms"),
]


def source(tools, name):
    with open(os.path.join(tools.dashboards, "../..", name)) as f:
        return f.read()


def levels(tools):
    """{finding: (warning, critical)}, not as the generator reads them."""
    text = source(tools, "libcore/metrics/thresholds.def")
    return {name: tuple(float(level) if level != "NEVER" else None for level in two)
            for name, *two in re.findall(
                r'VMG_FINDING\(\w+, "([\w-]+)", \w+, \w+, (\w+), (\w+), \w+,', text)}


def asked_numbers(tools, name):
    """{(alert, severity): {number that something is compared with}} of a file."""
    text = read(tools, f"alerts/{name}")
    found = {}
    if name.endswith("influxql"):
        parts = re.findall(r"^-- (Vmguest\w+) \((\w+)\)(.*?)(?=^-- Vmguest|\Z)", text,
                           re.M | re.S)
    else:
        parts = [(alert, severity, body) for alert, body, severity in re.findall(
            r"- alert: (\w+)(.*?)severity: (\w+)", text, re.S)]
    for alert, severity, body in parts:
        body = "\n".join(line for line in body.splitlines() if line[:2] != "--")
        found[alert, severity] = {float(n) for n in re.findall(
            r"[<>]=? ([\d.]+)\b", body)}
    return found


@case
def thresholds_are_one_table(tools):
    """Alerts, collectd's thresholds and the README have the numbers of the table; what
    Grafana asks is what the InfluxQL files ask, which is another test."""
    table = levels(tools)
    conf = source(tools, "collectd.conf.d/vmguest-thresholds.conf")
    of_collectd = {}
    for kind, block in re.findall(r'<Type "(\w+)">(.*?)</Type>', conf, re.S):
        [instance] = re.findall(r'Instance "(\w+)"', block)
        of_collectd[kind, instance] = tuple(
            next(map(float, re.findall(rf"{word} (\S+)", block)), None)
            for word in ("WarningMax", "FailureMax"))
    assert set(of_collectd) == {("gauge", "up")} | {j[2] for j in JUDGED if j[2]}
    files = [name for name in os.listdir(f"{tools.dashboards}/alerts")
             if not name.endswith("grafana.yml")]
    assert len(files) == 4, files
    for finding, alert, metric, factor, unit in JUDGED:
        wanted = tuple(level and level * factor for level in table[finding])
        if metric:
            assert of_collectd[metric] == wanted, (metric, of_collectd[metric])
        for name in files:
            asked = asked_numbers(tools, name)
            for level, severity in zip(wanted, ("warning", "critical")):
                there = asked.get((alert, severity), {None})
                assert level in there, (name, alert, severity, level, there)
        [row] = re.findall(rf"^\| `{alert}`[^|]*\|.*", read(tools, "README.md"), re.M)
        for level in table[finding]:
            assert level is None or f" {level:g} {unit}" in row, (row, level)


GUIDES = ("collectd-graphite.md", "collectd-influxdb.md", "telegraf-influxdb.md",
          "node-exporter-prometheus.md")


@case
def guides_name_what_exists(tools):
    """Files, and metrics as the database has them."""
    sys.path.insert(0, tools.dashboards)
    from description import METRICS
    prometheus = {m[5] for m in METRICS.values()}
    collectd = {f"{m[1]}-{m[2]}" for m in METRICS.values()}
    fields = {m[4] for m in METRICS.values()}
    named = set()
    for guide in GUIDES + ("README.md",):
        text = read(tools, guide)
        paths = set(re.findall(
            r"\b(?<!/etc/)((?:config|alerts|grafana)/\w[\w.-]+\w)", text))
        for path in paths:
            assert os.path.exists(os.path.join(tools.dashboards, path)), (guide, path)
        named |= paths
        for name in re.findall(r"\bvmguest_(?:cpu|memory|host|session)_\w+", text):
            assert name in prometheus, (guide, name)
        for name in re.findall(r"vmguest-(?:vm|host)[./]([a-z_]+-[a-z_]+)", text):
            assert name in collectd | {"total_time_in_ms-cpu_used"}, (guide, name)
        for name in re.findall(r"last\((\w+)\)", text):
            assert name in fields | {"value"}, (guide, name)
        if guide != "README.md":
            assert "**If nothing comes:**" in text and len(text.split()) < 420, guide
            for path in re.findall(r"\]\(([^)]*)\)", text):
                assert os.path.exists(os.path.join(tools.dashboards, path)), path
    there = {f"{folder}/{name}" for folder in ("config", "alerts", "grafana")
             for name in os.listdir(os.path.join(tools.dashboards, folder))}
    assert named == there, f"no guide names {there - named}"


ANSWERS = {     # what a server sends that is none of ours; what is said of it
    "/page": (b"HTTP/1.0 200 OK\r\n\r\n<html>", "not as"),
    "/list": (b"HTTP/1.0 200 OK\r\n\r\n[1]", "not as"),
    "/other": (b'HTTP/1.0 200 OK\r\n\r\n{"a": 1}', "not as"),
    "/half": (b"HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\n{", "does not answer"),
    "/junk": (b"junk\n\njunk", "does not answer"),
    "/gone": (b"HTTP/1.0 404 Not Found\r\n\r\n", "404 Not Found; is that"),
    "/locked": (b'HTTP/1.0 401 Unauthorized\r\n\r\n{"error":"no \\"name\\""}',
                'refuses: 401 Unauthorized: no \\"name\\"'),
    "/none": (b'HTTP/1.0 200 OK\r\n\r\n{"results": [], "data": []}', "of no VM"),
}


class Odd(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        folder = next(f for f in ANSWERS if self.path.startswith(f))
        self.wfile.write(ANSWERS[folder][0])

    def log_message(self, *_):
        pass


@case
def pictures_name_what_is_wrong_with_an_answer(tools):
    """In one line."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Odd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for folder, (_, words) in ANSWERS.items():
            for name in ("graphite-collectd", "prometheus-execd"):
                url = f"http://127.0.0.1:{server.server_port}{folder}"
                done = subprocess.run(
                    [sys.executable, "-B", f"{tools.dashboards}/pictures.py", "--from",
                     f"{name}={url}", "--host", "vm", "--out", tools.work],
                    capture_output=True, text=True, timeout=60)
                assert done.returncode == 1 and not done.stdout, (url, done)
                [line] = done.stderr.splitlines()
                assert url in line and words in line, (words, line)
        server.shutdown()


if __name__ == "__main__":
    case.main("dashboards", "config", "work")
