# SPDX-License-Identifier: MIT
"""collectd with the plugin: values from the files of its csv plugin, events from its
log."""
import os
import re
import shlex
import shutil

import process
from process import Stop, Tail

# Units of collectd's types; other types are numbers.
UNITS = {"memory": "bytes", "frequency": "hertz", "percent": "percent",
         "total_time_in_ms": "ms", "duration": "seconds", "uptime": "age",
         "response_time": "seconds", "total_bytes": "growing bytes",
         "total_operations": "operations"}

CONFIG = """\
Hostname {name}
FQDNLookup false
Interval 1
ReadThreads 1
WriteThreads 1
BaseDir {folder}
PIDFile "collectd.pid"
LoadPlugin logfile
<Plugin logfile>
  File {log}
  PrintSeverity true
</Plugin>
LoadPlugin csv
<Plugin csv>
  DataDir {csv}
</Plugin>
LoadPlugin unixsock
<Plugin unixsock>
  SocketFile "collectd.sock"
</Plugin>
Include "thresholds.conf"
PluginDir {plugin}
LoadPlugin vmguest
<Plugin vmguest>
  ExtendedStatistics "resources" "vscsi"
  {vcpus}
</Plugin>
"""


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Source(process.Daemon):
    name = "collectd"

    def __init__(self, options):
        super().__init__(options, options.work + "/run")
        self.config = self.folder + "/collectd.conf"
        self.log = self.folder + "/collectd.log"
        self.query = f"collectdctl -s {shlex.quote(self.folder)}/collectd.sock listval"
        self.csv = None
        self.tails = {}
        self.log_tail = Tail(self.log)
        self.alarmed = set()

    def start(self, host):
        self.folder_make()
        self.csv = f"{self.folder}/csv/{host.name}"
        with open(self.config, "w") as file:
            file.write(CONFIG.format(
                name=quoted(host.name), folder=quoted(self.folder), log=quoted(self.log),
                csv=quoted(self.folder + "/csv"), plugin=quoted(self.options.build + "/plugin"),
                vcpus=f"VCPUs {host.vcpus}" if host.vcpus else ""))
        with open("collectd.conf.d/vmguest-thresholds.conf") as shipped, \
                open(self.folder + "/thresholds.conf", "w") as file:
            # Ten minutes would be longer than anybody watches.
            file.write(re.sub(r"Hits \d+", "Hits 1", shipped.read()))
        collectd = shutil.which("collectd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not collectd:
            raise Stop("quickstart: collectd is not installed (Debian: collectd-core)")
        # Names of files that collectd reads are relative: it does not accept blanks
        # in them.
        with open(self.folder + "/output", "w") as output:
            self.run(host, [collectd, "-f", "-C", "collectd.conf"], output, output)

    def read(self, values):
        for folder, _, names in os.walk(self.csv):
            instance = os.path.basename(folder)
            if not instance.startswith("vmguest-"):
                continue
            for name in sorted(names):
                path = os.path.join(folder, name)
                tail = self.tails.setdefault(path, Tail(path))
                series = series_name(instance, name[:-len("-2000-01-01")])
                for line in tail.new():
                    when, _, value = line.partition(",")
                    if when != "epoch":
                        values.add(*series, float(when), float(value))

    def events(self):
        for line in self.log_tail.new():
            line = line.partition("] ")[2]
            _, notified, rest = line.partition("Notification: severity = ")
            if notified:
                yield from self.notification(rest.partition(",")[0].lower(),
                                             rest.partition("message = ")[2])
            elif "vmguest: " in line and not line.startswith("[info]"):
                yield line.replace("[", "", 1).replace("]", ":", 1)

    def notification(self, severity, message):
        """The threshold plugin's long sentences are put short, and its first
        word on each series, that all is well, is left out."""
        parts = re.search(r" type (\S+) \(instance (\S+)\): ", message)
        if not parts:
            yield message if severity == "okay" else f"{severity}: {message}"
            return
        name = f"{parts[1]}-{parts[2]}"
        numbers = re.search(r"currently ([\d.]+\d)\. That is (above|below) the \w+ "
                            r"threshold of ([\d.]+\d)", message)
        if numbers:
            self.alarmed.add(name)
            yield (f"{severity}: {name} is {float(numbers[1]):.1f}, "
                   f"{numbers[2]} {float(numbers[3]):g}")
        elif severity != "okay":
            yield f"{severity}: {name}: {message[parts.end():]}"
        elif name in self.alarmed:
            yield f"okay: {name} is within its range again"

    def files(self):
        return [("values", self.csv + "/"), ("log", self.log),
                ("configuration", self.config), ("recording", self.recorder.folder)]

    def next_steps(self):
        shipped = os.path.abspath("collectd.conf.d/vmguest.conf")
        return [("install", f"sudo cmake --install {shlex.quote(self.options.build)}"),
                ("configure", "/etc/collectd/collectd.conf.d/vmguest.conf is then there; "
                 "elsewhere copy"), ("", shipped), ("", "then restart collectd")]


def series_name(instance, name):
    """(area, stem, unit) of a file in the folder of a plugin instance."""
    kind, _, stem = name.partition("-")
    unit = UNITS.get(kind, "number")
    if kind == "gauge":
        unit = "times" if stem.endswith("reservation") else "flag"
    if instance.startswith("vmguest-vscsi_"):
        return "disk " + instance.removeprefix("vmguest-vscsi_"), stem, unit
    if instance == "vmguest-host":
        return "host", ("memory_" if kind == "memory" else "") + stem, unit
    if stem == "elapsed" or stem.startswith(("cpu", "vcpus")):
        return "CPU", stem.removeprefix("cpu_"), unit
    if kind == "memory" or stem.startswith("memory"):
        return "memory", stem.removeprefix("memory_"), unit
    return "session", stem.removeprefix("session_"), unit
