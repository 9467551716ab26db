# SPDX-License-Identifier: MIT
"""Who reads vmguest-execd: the real Telegraf and InfluxDB with the configuration
that is shipped, Prometheus's promtool, node_exporter; and collectd's plugin, which
says the same. One case a call."""

import configparser
import os
import re
import shlex
import shutil
import signal
import subprocess
import time

import line_protocol
import names
from cases import Cases, Skip, check_simhost, clean, wait
from program import Program, run
from servers import Influxd, Server, fetch, free_port, telegraf_start

case = Cases()


# Telegraf and InfluxDB.

TELEGRAF = """
[agent]
  interval = "1s"
  flush_interval = "1s"
  hostname = "testhost"
[[outputs.file]]
  files = ["{work}/telegraf.out"]
  data_format = "influx"
{more}
"""

INFLUXDB = """
[[outputs.influxdb]]
  urls = ["http://127.0.0.1:{http}"]
  database = "telegraf"
"""

MOVED = {**names.ALL_THERE, "events": [{"at": 6, "do": "vmotion", "mhz": 3000}]}


def telegraf(tools, scenario, more=""):
    """The real one on a host, with the shipped file and outputs for the test."""
    # The shipped file calls the program by its name.
    os.symlink(tools.program, os.path.join(tools.work, "vmguest-execd"))
    path = os.path.join(tools.work, "agent.conf")
    with open(path, "w") as f:
        f.write(TELEGRAF.format(work=tools.work, more=more))
    return telegraf_start(tools, scenario, "--config", path, "--config",
                          tools.telegraf_conf,
                          PATH=f"{tools.work}:{os.environ['PATH']}")


def received(tools):
    """What Telegraf passed on, by measurement: [fields]."""
    try:
        with open(os.path.join(tools.work, "telegraf.out")) as f:
            text = f.read()
    except FileNotFoundError:
        return {}
    found = {}
    for measurement, tags, fields, stamp in line_protocol.of_telegraf(text):
        assert tags == {"host": "testhost"}, tags
        assert abs(stamp / 10**9 - time.time()) < 120, stamp
        found.setdefault(measurement, []).append(fields)
    return found


def program_pid(tools):
    """Of the program that Telegraf runs; 0 for none."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = f.read().split(b"\0")
            with open(f"/proc/{pid}/environ", "rb") as f:
                ours = f"PATH={tools.work}:".encode() in f.read()
        except (OSError, PermissionError):
            continue
        if ours and words[0].endswith(b"vmguest-execd"):
            return int(pid)
    return 0


@case
def telegraf_receives_every_field(tools):
    """Through the shipped configuration, into a file and into InfluxDB."""
    clean(tools)
    tools.dependency("telegraf/telegraf", "telegraf")
    with Influxd(tools) as influxd:
        with telegraf(tools, MOVED, INFLUXDB.format(http=influxd.http)) as t:
            wait(lambda: moved(tools), why="no session change arrived")
            log = t.log()   # once stopped it may name the pipe that it closes itself
            t.stop(signal.SIGINT)
        assert " E! " not in log, log
        assert "I! [inputs.execd] session changed from 0x" in log, log
        everything_arrived(tools)
        database_has_it(tools, influxd)


def moved(tools):
    sessions = received(tools).get("vmguest_session", [])
    changes = [s["changes"] for s in sessions]
    return changes.count(1) >= 3 and changes.count(0) >= 3


def documented(tools):
    """Without what is off by default."""
    found = names.documented(tools.manual)
    del found["vmguest_session.resource_pool"]
    return {field: kind for field, (kind, _) in found.items()}


def everything_arrived(tools):
    got, types = received(tools), {}
    for measurement, samples in got.items():
        for fields in samples:
            for field, value in fields.items():
                kind = types.setdefault(f"{measurement}.{field}", type(value))
                assert kind is type(value), f"{field} changes its type"
    types = {field: line_protocol.TYPES[kind] for field, kind in types.items()}
    assert types == documented(tools), \
        set(types.items()) ^ set(documented(tools).items())
    assert len({s["id"] for s in got["vmguest_session"]}) == 2
    assert {s["cpu_mhz"] for s in got["vmguest_host"]} == {2593, 3000}
    # One sample a newline: all measurements are there as often.
    assert len({len(samples) for samples in got.values()}) == 1


def database_has_it(tools, influxd):
    def series(question):
        return influxd.query("telegraf", question)

    types = {f"{s['name']}.{field}": kind for s in series("SHOW FIELD KEYS")
             for field, kind in s["values"]}
    assert types == documented(tools), \
        set(types.items()) ^ set(documented(tools).items())
    ids = series("SELECT DISTINCT(id) FROM vmguest_session")[0]["values"]
    assert len(ids) == 2, ids
    count = series("SELECT COUNT(used_ms) FROM vmguest_cpu")[0]["values"][0][1]
    assert count == len(received(tools)["vmguest_cpu"]), count


@case
def telegraf_starts_a_killed_program_again(tools):
    clean(tools)
    with telegraf(tools, names.ALL_THERE) as t:
        wait(lambda: received(tools).get("vmguest_cpu"))
        os.kill(program_pid(tools), signal.SIGKILL)
        wait(lambda: "exited: signal: killed" in t.log())
        before = len(received(tools)["vmguest_cpu"])
        # The shipped file says after how long.
        wait(lambda: len(received(tools)["vmguest_cpu"]) >= before + 3)
        t.stop(signal.SIGINT)
        errors = [line for line in t.log().splitlines() if " E! " in line]
        # Of its own Telegraf says that the program ended, and at each interval
        # until it runs again that no newline could be sent.
        assert any("exited: signal: killed" in line for line in errors)
        for line in errors:
            assert "exited" in line or "Error in plugin: " in line, line
        assert program_pid(tools) == 0, "the program outlived Telegraf"


@case
def a_tag_with_the_name_of_a_field_is_not_found(tools):
    """Why vmguest-execd refuses it: InfluxDB takes it, and finds the field."""
    clean(tools)
    with Influxd(tools) as influxd:
        influxd.create("telegraf")
        text, _ = run(tools, names.ALL_THERE, "--once", "--tag", "vm=i-0123")
        wrong = text.replace("vm=i-0123", "id=i-0123").replace("vmguest_", "wrong_")
        influxd.write("telegraf", (text + wrong).splitlines())

        def found(measurement, key):
            return influxd.query(
                "telegraf", f"SELECT up FROM {measurement} WHERE \"{key}\" = 'i-0123'")
        assert found("vmguest_session", "vm")
        assert not found("wrong_session", "id")


CARBON_TAGS = """
import sys
from carbon.util import TaggedSeries
print(TaggedSeries.parse(sys.argv[1]).tags)
"""


@case
def a_tag_called_name_does_not_reach_carbon(tools):
    """Why vmguest-execd refuses it: carbon keeps the path there."""
    cache = tools.dependency("graphite/usr/bin/carbon-cache", "carbon-cache")
    packages = os.path.join(os.path.dirname(cache), "../lib/python3/dist-packages")
    done = subprocess.run(
        ["/usr/bin/python3", "-B", "-c", CARBON_TAGS,
         "vm.vmguest_cpu.used_ms;dc=north;name=web"],
        env={**os.environ, "PYTHONPATH": packages}, capture_output=True, text=True)
    if "No module named" in done.stderr:
        raise Skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    assert "north" in done.stdout and "web" not in done.stdout, done.stdout


@case
def telegraf_with_another_signal_is_told_the_option(tools):
    """A SIGHUP ends a program that does not expect it."""
    clean(tools)
    with open(tools.telegraf_conf) as f:
        text = f.read()
    wrong = tools.work + ".conf"
    with open(wrong, "w") as f:
        f.write(text.replace('signal = "STDIN"', 'signal = "SIGHUP"', 1))
    tools.telegraf_conf = wrong
    with telegraf(tools, names.ALL_THERE) as t:
        wait(lambda: re.search(r"W! \[inputs.execd\] .*--signal hup\.", t.log()))
        # Two more of them, by the clock of Telegraf's interval.
        since = time.monotonic()
        wait(lambda: time.monotonic() - since > 2.5)
        t.stop(signal.SIGINT)
        assert "exited: signal" not in t.log(), t.log()
        assert t.log().count("--signal hup") == 1, t.log()


@case
def telegraf_with_its_default_signal_is_told_the_setting(tools):
    """The configuration a user would write first. It takes a minute to be told."""
    clean(tools)
    with open(tools.telegraf_conf) as f:
        text = f.read()
    wrong = tools.work + ".conf"
    with open(wrong, "w") as f:
        f.write(text.replace('signal = "STDIN"', "", 1))
    tools.telegraf_conf = wrong
    with telegraf(tools, names.ALL_THERE) as t:
        wait(lambda: 'W! [inputs.execd] no newline came' in t.log(), 90)
        assert 'signal = "STDIN"' in t.log()
        t.stop(signal.SIGINT)
        assert not received(tools)


def scenarios(tools):
    folder = os.path.join(os.path.dirname(tools.simhost), "scenarios")
    return sorted(name[:-5] for name in os.listdir(folder))


@case
def promtool_is_content_with_every_scenario(tools):
    promtool = tools.dependency("prometheus/usr/bin/promtool", "promtool")
    seen = set()
    for name in scenarios(tools):
        text = third_batch(tools, name)
        done = subprocess.run([promtool, "check", "metrics"], input=text,
                              capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, (name, done.stdout, done.stderr)
        assert not done.stdout and not done.stderr, (name, done)
        seen |= set(names.prometheus_series(text))
    assert {"vmguest_up", "vmguest_cpu_used_ratio", "vmguest_info",
            "vmguest_host_info", "vmguest_vm_info", "vmguest_vscsi_read_latency_seconds",
            "vmguest_vnet_receive_bytes_total"} <= seen


def third_batch(tools, scenario):
    """As a textfile would have it, with labels and all there is."""
    with Program(tools, scenario, "--format", "prometheus", "--interval", "100ms",
                 "--resource-pool", "--extended", "all",
                 "--tag", 'dc=no"rth\\', "--tag", "rack=ü",
                 stdin=subprocess.DEVNULL) as p:
        end = re.compile(rb"\nvmguest_read_seconds\S* \S+\n")
        text = p.read_until(lambda seen: len(end.findall(seen)) >= 3)
        assert p.stop() == 0
    at = [m.end() for m in end.finditer(text.encode())]
    return text.encode()[at[1]:at[2]].decode()


@case
def node_exporter_shows_the_file(tools):
    """By a link in its folder, as the unit makes one."""
    exporter = tools.dependency("node-exporter/usr/bin/prometheus-node-exporter",
                                "prometheus-node-exporter", "node_exporter")
    folder = os.path.join(tools.work, "collector")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    path = os.path.join(tools.work, "vmguest.prom")
    os.symlink(path, os.path.join(folder, "vmguest.prom"))
    port = free_port()
    command = [exporter, f"--web.listen-address=127.0.0.1:{port}",
               "--collector.disable-defaults", "--collector.textfile",
               f"--collector.textfile.directory={folder}"]
    with Program(tools, names.ALL_THERE, "--format", "prometheus", "--interval",
                 "100ms", "--output", path, stdin=subprocess.DEVNULL) as p, \
            Server(tools, "node_exporter", command) as server:
        def shown():
            try:
                text = fetch(port, "/metrics")
            except OSError:
                assert server.process.poll() is None, server.log()
                return ""
            return text if "\nvmguest_cpu_used_ratio " in text else ""
        text = wait(shown)
        assert "\nvmguest_up 1\n" in text
        assert "\nnode_textfile_scrape_error 0\n" in text
        assert p.stop() == 0
        # As when the service ends and its folder with it.
        os.unlink(path)
        text = fetch(port, "/metrics")
        assert "\nvmguest_up" not in text
        assert "\nnode_textfile_scrape_error 1\n" in text


@case
def the_unit_is_sound_and_its_command_line_works(tools):
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        raise Skip("systemd-analyze is not here")
    with open(tools.unit) as f:
        text = f.read()
    path = os.path.join(tools.work, "vmguest-textfile.service")
    with open(path, "w") as f:
        f.write(text.replace("@bindir@/vmguest-execd", tools.program))
    done = subprocess.run([analyze, "verify", "--man=no", path], timeout=60,
                          capture_output=True, text=True)
    said = done.stdout + done.stderr
    if re.search("Failed to (create|initialize|set up) manager", said):
        raise Skip(said.strip())
    assert done.returncode == 0 and not said, said

    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(path)
    program, *options = shlex.split(unit["Service"]["ExecStart"])
    options.remove("$ARGUMENTS")    # empty unless configured
    at = options.index("--output") + 1
    link = shlex.split(unit["Service"]["ExecStartPre"])[-1]
    assert link.startswith(f"ln -sfn {options[at]} "), link
    assert os.path.dirname(options[at]) == \
        "/run/" + unit["Service"]["RuntimeDirectory"]
    options[at] = os.path.join(tools.work, "vmguest.prom")
    if os.path.exists(options[at]):     # of an earlier run
        os.unlink(options[at])
    interval = options.index("--interval") + 1
    options[interval] = "100ms"     # a test has no time for 15 s
    with Program(tools, names.ALL_THERE, *options, program=program,
                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as p:
        wait(lambda: os.path.exists(options[at]))

        def up():
            with open(options[at]) as f:
                samples, _ = names.prometheus_samples(f.read())
            return samples["vmguest_up"] == ("", "1")
        wait(up)
        assert p.stop() == 0


COLLECTD = """
Hostname "testhost"
Interval 0.1
BaseDir "{work}"
PIDFile "{work}/pid"
LoadPlugin csv
<Plugin csv>
  DataDir "{work}/csv"
</Plugin>
PluginDir "{plugins}"
LoadPlugin vmguest
<Plugin vmguest>
  VCPUs 4
</Plugin>
"""


def collectd_says(tools, scenario):
    """Some samples of the real collectd: {identifier: [number]}."""
    work = os.path.join(tools.work, "collectd")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    with open(f"{work}/conf", "w") as f:
        f.write(COLLECTD.format(work=work, plugins=tools.plugin_dir))
    preload = ["env", f"LD_PRELOAD={tools.preload}"] if tools.preload else []
    command = tools.host(scenario) + preload + [tools.collectd, "-f", "-C",
                                                f"{work}/conf"]
    with Server(tools, "collectd.log", command, env={
            **os.environ, "ASAN_OPTIONS": "detect_leaks=0"}) as server:
        def samples():
            check_simhost(server.process.poll())
            assert server.process.poll() is None, server.log()
            found = csv_read(f"{work}/csv/testhost")
            enough = len(found.get("vm/percent-cpu_used", [])) >= 8 \
                if "fixed" not in scenario else len(found.get("vm/gauge-up", [])) >= 4
            return found if enough else None
        return wait(samples)


def csv_read(folder):
    found = {}
    for instance in ("vm", "host"):
        try:
            names_there = os.listdir(f"{folder}/vmguest-{instance}")
        except FileNotFoundError:
            continue
        for name in names_there:
            with open(f"{folder}/vmguest-{instance}/{name}") as f:
                rows = f.read().split("\n")[1:-1]
            found[f"{instance}/{name[:-11]}"] = \
                [float(row.split(",")[1]) for row in rows]
    return found


def execd_says(tools, scenario):
    with Program(tools, scenario, "--vcpus", "4", "--interval", "100ms",
                 stdin=subprocess.DEVNULL) as p:
        text = p.read_batches(10)
        assert p.stop() == 0
    found = {}
    for batch in line_protocol.batches(text):
        for field, value in names.flat(batch).items():
            found.setdefault(field, []).append(value)
    return found


@case
def collectd_and_execd_agree(tools):
    if not tools.collectd or not tools.plugin_dir:
        raise Skip("collectd is not here, or the plugin was not built "
                   "(Debian: collectd-core collectd-dev)")
    statistics = {**names.STATISTICS, "cpuLimitMHz": 8000, "memLimitMB": 6144}
    scenario = {"vm": {"memory_mb": 8192}, "fixed": statistics}
    theirs, ours = collectd_says(tools, scenario), execd_says(tools, scenario)
    for field, _, statistic, factor, _ in names.WIRE:
        key, their_factor = names.COLLECTD[statistic]
        assert ours[field][-1] == statistics[statistic] * factor, field
        assert theirs[key][-1] == statistics[statistic] * their_factor, key
    for key, field, factor in names.COLLECTD_OTHERS:
        assert abs(theirs[key][-1] - ours[field][-1] * factor) < 2e-6, \
            (key, theirs[key], ours[field])
    # A load that does not change has the same rates whenever it is looked at, but
    # for the millisecond that is the host's smallest step.
    theirs = collectd_says(tools, names.ALL_THERE)
    ours = execd_says(tools, names.ALL_THERE)
    for key, field, factor in names.COLLECTD_RATES:
        one, other = middle(theirs[key]), middle(ours[field]) * factor
        assert abs(one - other) <= 0.05 * abs(other), (key, one, other)
    said = {key for key, *_ in names.COLLECTD_RATES + names.COLLECTD_OTHERS} | \
        {key for key, _ in names.COLLECTD.values()}
    assert set(theirs) - said == {"vm/uptime-session", "vm/derive-channel_reopens",
                                  "vm/duration-read"}, set(theirs) - said


def middle(numbers):
    return sorted(numbers)[len(numbers) // 2]


if __name__ == "__main__":
    case.main("program", "simhost", "manual", "work", "deps", "version", "telegraf-conf",
              "unit", collectd="", plugin_dir="", preload="")
