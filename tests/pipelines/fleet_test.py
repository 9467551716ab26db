# SPDX-License-Identifier: MIT
"""Many VMs, servers that are not there, and names that are no good. One case a call.

The fleet is not 200 traced programs: one collectd with the plugin publishes what a VM
has, and another one, which passes on what others send, is given that under 200 names
by its unixsock plugin."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

from arrived import EVERY, SCENARIO
from cases import Cases, Skip, check_simhost, clean, wait
from daemon import Daemon, check_collectd
from drawn import see
from pipelines import (collectd, collectd_prometheus_points, graphite_fragment,
                       graphite_points, influxdb_fragment, influxdb_points,
                       prometheus_fragment, telegraf, telegraf_points, types_db)
from program import Program
from servers import (Carbon, GraphiteWeb, Influxd, Prometheus, ask, free_port,
                     free_udp_port)

case = Cases()
VMS = 200
PER_VM = len(EVERY) + 1     # and how long the session has lasted, which is said twice


STEADY = {**SCENARIO, "events": []}

# Many VMs.


def published(tools):
    """What one VM publishes: {identifier: value}."""
    with collectd(tools, STEADY, "", interval=0.1, name="one") as d:
        d.wait_samples(4, lambda values: len(values) == PER_VM)
        found = [values for _, values in d.samples() if len(values) == PER_VM][-1]
    return dict(found)


SERVER = """
Hostname "server"
Interval 10
WriteThreads 1
BaseDir "{work}/server"
LoadPlugin logfile
<Plugin logfile>
  File "{work}/server.log"
</Plugin>
LoadPlugin unixsock
<Plugin unixsock>
  SocketFile "{work}/server.sock"
</Plugin>
"""


class Server(Daemon):
    """collectd without the plugin: it passes on what it is given."""

    def __init__(self, tools, more):
        super().__init__(tools, None)
        self.work = os.path.join(tools.work, "server")
        self.config = SERVER.format(work=self.work) + more

    def give(self, lines):
        """PUTVAL for each, as another collectd would send them; until the last one is
        written, for what is still queued when collectd ends is lost."""
        def there():
            return os.path.exists(f"{self.work}/server.sock")
        self.wait(there)
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(f"{self.work}/server.sock")
            f = s.makefile("rw")
            for line in lines:
                f.write(line + "\n")
                f.flush()
                answer = f.readline()
                assert answer.startswith("0 Success"), (line, answer)
            _, name, _, value = line.split()
            last = f"{float(value.partition(':')[0]):.3f} {name[1:-1]}"

            def listed():
                f.write("LISTVAL\n")
                f.flush()
                count = int(f.readline().split()[0])
                return last in [f.readline().strip() for _ in range(count)]
            self.wait(listed)


def batch(values, at):
    for vm in range(VMS):
        for key, value in values.items():
            yield f'PUTVAL "vm{vm}/vmguest-{key}" interval=10 {at}:{value}'


@case
def a_fleet_through_one_server(tools):
    clean(tools)
    values = published(tools)
    documented(tools, values)
    with Carbon(tools, retentions="1s:2m") as carbon, \
            Influxd(tools, types_db()) as influxd:
        more = graphite_fragment(tools, carbon.port) + \
            influxdb_fragment(tools, influxd.udp)
        with Server(tools, more) as d:
            now = int(time.time())
            before = cpu_seconds(d)
            for at in (now - 10, now):      # rates need two
                d.give(batch(values, at))
            cost = cpu_seconds(d) - before

            def series():
                return [s["values"][0][0] for s in influxd.query(
                    "collectd", "SHOW SERIES CARDINALITY")] == [VMS * PER_VM]

            def files():
                return sum(len(files) for _, _, files in
                           os.walk(f"{carbon.folder}/whisper"))
            wait(series, 60, "not every series reached InfluxDB")
            wait(lambda: files() == VMS * PER_VM, 60,
                 "not every metric reached carbon")
            everyone_is_there(carbon, influxd, values)
        print(f"{VMS} VMs: {VMS * PER_VM} series, {PER_VM} a VM; collectd's processor "
              f"time {1e6 * cost / (2 * VMS):.0f} us a VM and interval")


def cpu_seconds(d):
    with open(f"/proc/{d.process.pid}/stat") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def everyone_is_there(carbon, influxd, values):
    """Each VM has all of its own, and nobody else's."""
    metrics = carbon.read()
    assert len(metrics) == VMS * PER_VM
    for vm in (0, 7, VMS - 1):
        graphite = {m.split(".", 2)[2] for m in metrics
                    if m.startswith(f"collectd.vm{vm}.")}
        assert graphite == {"vmguest-" + key.replace("/", ".")
                            for key in values}, graphite
        influx = influxdb_points(influxd, f"vm{vm}")
        assert set(influx) == set(values), set(influx) ^ set(values)
        assert all(abs(influx[key][-1][1] - float(value)) <= 2e-6
                   + 1e-6 * abs(float(value)) for key, value in values.items())


def documented(tools, values):
    """What the README says of a VM's cost is so."""
    with open(os.path.join(tools.dashboards, "README.md")) as f:
        text = f.read()
    with open(os.path.join(tools.config, "carbon-storage-schemas.conf")) as f:
        [retentions] = re.findall("^retentions = (.*)", f.read(), re.M)
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 365 * 86400}

    def seconds(word):
        return int(word[:-1]) * unit[word[-1]]
    points = sum(seconds(long) // seconds(step) for step, long in
                 (part.split(":") for part in retentions.split(",")))
    # whisper: 12 bytes a point, and a header
    size = PER_VM * (12 * points + 16 + 12 * 3)
    [row] = re.findall(r"^\| collectd, everything \| (\d+) \| (\d+) MB", text, re.M)
    assert row == (str(len(values)), str(round(size / 1e6))), \
        (row, len(values), size)
    third = third_batch(tools, "influx", rb"\nvmguest_session.*\n")
    lines, fields = len(third.splitlines()), third.count(b"=")
    [row] = re.findall(r"^\| Telegraf, everything \| (\d+), with (\d+) fields", text,
                       re.M)
    assert row == (str(lines), str(fields)), (row, lines, fields)
    third = third_batch(tools, "prometheus", rb"\nvmguest_read_seconds.*\n")
    count = sum(not line.startswith(b"#") for line in third.splitlines())
    [row] = re.findall(r"^\| Prometheus, vmguest-execd \| (\d+) ", text, re.M)
    assert row == str(count), (row, count)


def third_batch(tools, format, end):
    """All that can be there is."""
    end = re.compile(end)
    with Program(tools, SCENARIO, "--format", format, "--vcpus", "4", "--interval",
                 "200ms", stdin=subprocess.DEVNULL) as p:
        p.read_until(lambda seen: len(end.findall(seen)) >= 3)
        at = [m.end() for m in end.finditer(p.seen)]
        return p.seen[at[1]:at[2]]


# Moves.

# Session changes as an agent counts them, every two seconds; None: it is restarted.
# The second restart is while the VM is moved: what nobody saw is no mark.
CHANGES = [0, 0, 1, 1, 2, None, 0, 0, 1, None, 0, 0]
MOVES_SEEN = 3


@case
def graphite_marks_moves_only(tools):
    clean(tools)
    path = os.path.join(tools.dashboards, "grafana/vmguest-graphite-collectd.json")
    with open(path) as f:
        [mark] = json.load(f)["annotations"]["list"]
    at = int(time.time()) - 3 * len(CHANGES)
    with Carbon(tools, retentions="1s:10m") as carbon:
        agents = [[]]
        for i, changes in enumerate(CHANGES):
            if changes is None:
                agents.append([])
            else:
                agents[-1] += [f'PUTVAL "vm/vmguest-vm/{what}" interval=2 '
                               f"{at + 2 * i}:{number}" for what, number in
                               (("derive-session_changes", changes), ("gauge-up", 1))]
        for lines in agents:
            with Server(tools, graphite_fragment(tools, carbon.port)) as d:
                d.give(lines)

        def seen():
            points = graphite_points(carbon, "vm")
            return len(points.get("vm/gauge-up", ())) == len(CHANGES) - 2
        wait(seen, 60, "not every reading reached carbon")
        with GraphiteWeb(tools, carbon) as web:
            [(_, points)] = web.render(mark["target"].replace("$host", "vm"), 120)
        assert len(points) == MOVES_SEEN, points


# Servers that are not there.


def resident(d):
    with open(f"/proc/{int(d.text('pid'))}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])


def expect_undisturbed(tools, d, before):
    """collectd went on reading at its pace, and does not grow."""
    if not tools.preload:   # AddressSanitizer keeps what was freed
        assert resident(d) - before < 2000, (before, resident(d))
    stamps = [stamp for stamp, _ in d.samples()]
    gaps = [b - a for a, b in zip(stamps, stamps[1:]) if b - a > 2]
    assert not gaps, f"nothing was read for {gaps} s"
    assert all(values["vm/gauge-up"] == "1.000000" for _, values in d.samples())


def wait_readings(d, count):
    seen = len(d.samples())
    d.wait_samples(seen + count)


@case
def graphite_comes_late_and_goes_away(tools):
    clean(tools)
    port = free_port()
    with collectd(tools, STEADY, graphite_fragment(tools, port), interval=0.2) as d:
        d.wait_samples(10)
        for name in ("late", "again"):
            with Carbon(tools, port, name) as carbon:
                d.wait(lambda: len(graphite_points(carbon).get("vm/gauge-up", ())) > 2,
                       60)
                carbon.stop(9)
            if name == "late":
                before = resident(d)
            wait_readings(d, 15)        # while there is no server
        expect_undisturbed(tools, d, before)
        assert "write_graphite" in d.text("log"), "collectd did not say it"


@case
def graphite_has_no_room_on_its_disk(tools):
    """No file of it may grow, so that not one metric can be kept."""
    clean(tools)
    limit = shutil.which("prlimit")
    if not limit:
        raise Skip("prlimit is not here")
    with Carbon(tools, before=[limit, "--fsize=20000"]) as carbon, \
            collectd(tools, STEADY, graphite_fragment(tools, carbon.port),
                     interval=0.2) as d:
        d.wait_samples(15)
        before = resident(d)
        wait_readings(d, 25)
        expect_undisturbed(tools, d, before)
        # One that is being made is there for a moment.
        wait(lambda: not graphite_points(carbon), 30, "there was room")
        assert carbon.process.poll() is None, carbon.log()


@case
def influxdb_comes_late_and_goes_away(tools):
    clean(tools)
    http, udp = free_port(), free_udp_port()
    with collectd(tools, STEADY, influxdb_fragment(tools, udp), interval=0.2) as d:
        d.wait_samples(10)
        for name in ("late", "again"):
            with Influxd(tools, types_db(), name, http, udp) as influxd:
                d.wait(lambda: len(influxdb_points(influxd).get("vm/gauge-up", ()))
                       > 2, 60)
            if name == "late":
                before = resident(d)
            wait_readings(d, 15)
        expect_undisturbed(tools, d, before)


@case
def telegraf_without_a_database_loses_nothing(tools):
    """It keeps what it could not send; the program behind it does not notice."""
    clean(tools)
    tools.dependency("telegraf/telegraf", "telegraf")
    tools.dependency("influxdb/usr/bin/influxd", "influxd")
    port = free_port()
    with telegraf(tools, STEADY, port) as t:
        wait(lambda: t.log().count("connection refused") >= 3,
             why="Telegraf did not try to send")
        late = time.time()
        with Influxd(tools, http=port) as influxd:
            wait(lambda: any(stamp > late + 2 for stamp, _ in
                             telegraf_points(influxd).get("vm/gauge-up", ())),
                 why="nothing arrived")
            points = telegraf_points(influxd)["vm/gauge-up"]
        assert points[0][0] < late, "what was before is lost"
        gaps = [b[0] - a[0] for a, b in zip(points, points[1:])]
        assert max(gaps) < 2, gaps
        assert "exited" not in t.log(), t.log()


# Names.


def spelled(guide, name):
    return re.sub("[. ]", "_", name) if "graphite" in guide else name


@case
def names_with_dots_blanks_and_other_letters(tools):
    """Each database gets a name that it can hold, and one VM stays one."""
    clean(tools)
    name = "web 01.köln.example"
    page = free_port()
    with Carbon(tools) as carbon, Influxd(tools, types_db()) as influxd:
        more = f'Hostname "{name}"\n' + graphite_fragment(tools, carbon.port) + \
            influxdb_fragment(tools, influxd.udp) + prometheus_fragment(tools, page)
        with collectd(tools, STEADY, more, interval=0.5) as d:
            d.wait(lambda: len(graphite_points(carbon, "web_01_köln_example")) ==
                   PER_VM and len(influxdb_points(influxd, name)) == PER_VM, 60)
            hosts = {metric.split(".")[1] for metric in carbon.read()
                     if metric.startswith("collectd.")}
            assert hosts == {"web_01_köln_example"}, hosts
            text = ask(f"http://127.0.0.1:{page}/metrics")
            assert f'type="cpu_stolen",instance="{name}"' in text, text[:2000]
            with GraphiteWeb(tools, carbon) as web, \
                    Prometheus(tools, "collectd", f"127.0.0.1:{page}") as prometheus:
                d.wait(lambda: collectd_prometheus_points(prometheus, name).get(
                    "vm/percent-cpu_used"), 60)
                for guide, url, *changes in (
                        ("collectd-graphite.md", f"http://127.0.0.1:{web.port}"),
                        ("collectd-influxdb.md", f"http://127.0.0.1:{influxd.http}"),
                        ("node-exporter-prometheus.md",
                         f"http://127.0.0.1:{prometheus.port}",
                         ("prometheus-execd=", "prometheus-collectd="))):
                    drawn = see(tools, guide, name, url, *changes)["starved"]
                    [plot] = drawn.plots
                    used = [v for part in plot.curves["used"] for _, v in part]
                    assert used and all(45 < v < 55 for v in used), (guide, used)
                    assert f"{spelled(guide, name)}: is it starved?" in drawn.texts


# Pictures.


@case
def pictures_are_drawn_from_a_run(tools):
    """In ten seconds instead of a minute; what is committed has the same parts."""
    clean(tools)
    check_collectd(tools)
    build = os.path.dirname(tools.plugin_dir)
    done = subprocess.run(
        [sys.executable, "-B", f"{tools.dashboards}/pictures.py", "--build", build,
         "--out", tools.work, "--speed", "360"],
        capture_output=True, text=True, timeout=100)
    check_simhost(done.returncode)
    assert done.returncode == 0, done.stdout + done.stderr
    pictures = os.path.join(tools.dashboards, "pictures")
    for name in ("starved.svg", "balloon.svg", "vmotion.svg", "slow-disk.svg"):
        shapes = []
        for folder in (pictures, tools.work):
            path = os.path.join(folder, name)
            assert os.path.getsize(path) < 60000, path
            root = xml.parse(path).getroot()
            tag = "{http://www.w3.org/2000/svg}"
            shapes.append(([t.text for t in root.iter(tag + "text")],
                           len(list(root.iter(tag + "path")))))
        assert shapes[0] == shapes[1], (name, shapes)
    assert sorted(os.listdir(pictures)) == ["balloon.svg", "slow-disk.svg",
                                            "starved.svg", "vmotion.svg"]


if __name__ == "__main__":
    case.main("program", "simhost", "collectd", "plugin-dir", "helpers", "telegraf-conf",
              "manual", "dashboards", "config", "rules", "work", "deps", preload="")
