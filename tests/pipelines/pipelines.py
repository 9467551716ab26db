# SPDX-License-Identifier: MIT
"""The ways from a daemon to a database: what is shipped to configure them, and what
arrived, by collectd's identifiers."""

import copy
import json
import os
import re
import subprocess

import names
from arrived import INTERVAL
from cases import Skip
from daemon import Daemon
from servers import fragment, telegraf_start, write


def collectd(tools, scenario, more, interval=INTERVAL, name="collectd", sets=()):
    """The real one with the plugin, and what is given of configuration; sets: of
    extended statistics."""
    own = copy.copy(tools)
    own.work = os.path.join(tools.work, name)
    options = "".join(f'\nExtendedStatistics "{one}"' for one in sets)
    return Daemon(own, scenario, "VCPUs 4" + options, before=more, interval=interval)


def graphite_fragment(tools, port):
    return fragment(tools, "collectd-graphite.conf",
                    ("graphite.example", "127.0.0.1"), ('"2003"', f'"{port}"'),
                    ("FlushInterval 10", "FlushInterval 1"))


def graphite_points(carbon, host="testhost"):
    found = {}
    for metric, points in carbon.read().items():
        top, name, instance, *rest = metric.split(".")
        if (top, name) == ("collectd", host) and len(rest) == 1:
            key = f"{instance.partition('-')[2]}/{rest[0]}"
            found[key] = points
    return found


def influxdb_fragment(tools, port):
    return fragment(tools, "collectd-influxdb.conf",
                    ("influxdb.example", "127.0.0.1"), ('"25826"', f'"{port}"'),
                    ("FlushInterval 10", "FlushInterval 1"))


def types_db():
    path = "/usr/share/collectd/types.db"
    if not os.path.exists(path):
        raise Skip(f"{path} is not here (Debian: collectd-core)")
    return path


def influxdb_points(influxd, host="testhost"):
    found = {}
    for series in influxd.query(
            "collectd", "SELECT value FROM /vmguest_.*/ WHERE host = "
            f"'{host}' GROUP BY instance, type, type_instance"):
        tags = series["tags"]
        key = f"{tags['instance']}/{tags['type']}-{tags['type_instance']}"
        found[key] = [(t / 1e9, v) for t, v in series["values"]]
    return found


AGENT = """
[agent]
  interval = "{interval}s"
  flush_interval = "1s"
  hostname = "testhost"
"""


def telegraf(tools, scenario, http, sets=()):
    """The real one, with the files that are shipped for it."""
    folder = os.path.join(tools.work, "telegraf.d")
    write(f"{folder}/agent.conf", AGENT.format(interval=INTERVAL))
    with open(tools.telegraf_conf) as f:
        text = f.read()
    assert 'command = ["vmguest-execd"]' in text
    write(f"{folder}/vmguest.conf", text.replace(
        'command = ["vmguest-execd"]',
        "command = " + json.dumps([tools.program, "--vcpus", "4",
                                   *(f"--extended={one}" for one in sets)])))
    write(f"{folder}/influxdb.conf", fragment(
        tools, "telegraf-influxdb.conf",
        ("influxdb.example:8086", f"127.0.0.1:{http}")))
    return telegraf_start(tools, scenario, "--config-directory", folder)


# By hand: where a field of vmguest-execd is found by collectd's name, and its factor.
FIELDS = {field: (names.COLLECTD[statistic][0],
                  names.COLLECTD[statistic][1] / factor)
          for field, _, statistic, factor, _ in names.WIRE}
FIELDS.update({field: (key, 1 / factor)
               for key, field, factor in names.COLLECTD_OTHERS})
FIELDS.update({field: (key, factor) for key, field, factor in names.COLLECTD_RATES})
FIELDS.update({"vmguest_session.channel_reopens": ("vm/derive-channel_reopens", 1),
               "vmguest_session.read_seconds": ("vm/duration-read", 1)})


def telegraf_points(influxd):
    found = {}
    for series in influxd.query(
            "telegraf", "SELECT * FROM /vmguest_.*/ WHERE host = 'testhost'"):
        for row in series["values"]:
            for column, value in zip(series["columns"][1:], row[1:]):
                key, factor = FIELDS.get(f"{series['name']}.{column}", (None, 0))
                if key and value is not None:
                    found.setdefault(key, []).append((row[0] / 1e9, value * factor))
    return found


def prometheus_fragment(tools, port):
    """And the libraries that collectd's plugin needs."""
    folder = os.path.join(tools.deps, "write-prometheus/usr/lib")
    libraries = [os.path.join(folder, name) for name in
                 (os.listdir(folder) if os.path.isdir(folder) else ())]
    plugin = "/usr/lib/collectd/write_prometheus.so"
    if not os.path.exists(plugin):
        raise Skip(f"{plugin} is not here (Debian: collectd-core)")
    os.environ["LD_LIBRARY_PATH"] = ":".join(libraries)
    done = subprocess.run(["ldd", plugin], capture_output=True, text=True)
    if "libmicrohttpd.so.12 => not found" in done.stdout:
        raise Skip("libmicrohttpd.so.12 is not here; contrib/check puts it in "
                   "build/deps/write-prometheus")
    return fragment(tools, "collectd-prometheus.conf",
                    ("0.0.0.0", "127.0.0.1"), ('"9103"', f'"{port}"'),
                    ("StalenessDelta 30", "StalenessDelta 1.5"))


def collectd_prometheus_points(prometheus, host="testhost"):
    found = {}
    for labels, values in prometheus.samples(
            f'{{__name__=~"collectd_vmguest_.*",instance="{host}"}}'):
        kind = labels["__name__"][len("collectd_vmguest_"):]
        kind = re.sub("_total$|_seconds$", "", kind)
        found[f"{labels['vmguest']}/{kind}-{labels['type']}"] = values
    return found
