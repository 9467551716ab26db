# SPDX-License-Identifier: MIT
"""Telegraf with vmguest-execd: values from what Telegraf's outputs.file wrote, events
from its log. Without a Telegraf: what the program itself writes."""
import json
import os
import re
import shlex

import process
from process import Tail

AGENT = """\
[agent]
  interval = "1s"
  flush_interval = "1s"
  hostname = {host}

[[outputs.file]]
  files = [{file}]
  data_format = "influx"
"""

# Endings of fields, with the unit and its factor; other fields are flags or numbers.
UNITS = {"_percent": ("percent", 1), "_bytes": ("bytes", 1), "_mhz": ("hertz", 1e6),
         "_latency_ms": ("seconds", 1e-3), "_time_ms": ("ms", 1), "_ms": ("ms", 1),
         "_seconds": ("seconds", 1), "_operations": ("operations", 1)}
GROWING = re.compile(r"(read|write|swap_in|swap_out)_bytes")
FLAGS = ("limited", "limit_binding", "up")
SEVERITY = {"E": "error: ", "W": "warning: ", "I": ""}


class Source(process.Daemon):
    def __init__(self, options):
        super().__init__(options, options.work + "/telegraf")
        self.telegraf = options.telegraf
        self.name = "Telegraf" if self.telegraf else "vmguest-execd"
        self.lines = self.folder + "/received"
        self.log = self.folder + "/log"
        self.program = options.build + "/contrib/execd/vmguest-execd"
        self.shipped = os.path.abspath("contrib/execd/telegraf.conf")
        self.tail, self.log_tail = Tail(self.lines), Tail(self.log)
        self.batch, self.batches = [], 0

    def start(self, host):
        self.folder_make()
        more = ["--extended", "resources,vscsi"]
        if host.vcpus:
            more += ["--vcpus", str(host.vcpus)]
        path = os.environ["PATH"]
        if self.telegraf:
            words = self.telegraf_words(host)
            path = f"{self.program_place(more)}:{path}"
            output = os.devnull
        else:
            words = [self.program, *more, "--interval", "1s", "--timestamp",
                     "--tag", "host=" + host.name]
            output = self.lines
        process.say(f"\n== {self.name}\n{shlex.join(words)}")
        with open(output, "wb") as out, open(self.log, "wb") as log:
            self.run(host, words, out, log, PATH=path)

    def program_place(self, more):
        """A folder with the program under the name that the shipped configuration
        calls, with the sets that are shown and the number of virtual CPUs that the
        simulated machine has."""
        folder = self.folder + "/bin"
        path = folder + "/vmguest-execd"
        os.makedirs(folder)
        with open(path, "w") as file:
            file.write(f'#!/bin/sh\nexec {shlex.quote(self.program)} {" ".join(more)} "$@"\n')
        os.chmod(path, 0o755)
        return folder

    def telegraf_words(self, host):
        agent = self.folder + "/agent.conf"
        with open(agent, "w") as file:
            file.write(AGENT.format(host=json.dumps(host.name),
                                    file=json.dumps(self.lines)))
        return [self.telegraf, "--config", agent, "--config", self.shipped]

    def read(self, values):
        for line in self.tail.new():
            measurement, disk, fields, when = line_parse(line)
            for field, value in fields.items():
                values.add(*series_name(measurement, disk, field), when,
                           value * factor_of(field))
            self.batch.append(line)
            if measurement == "vmguest_session":    # the last of a batch
                self.batches += 1
                # The second one is the first that is complete.
                if self.batches == 2:
                    self.sample = self.batch
                self.batch = []

    def events(self):
        for line in self.log_tail.new():
            found = re.search(r"([EWI])! (?:\[inputs\.execd\] )?(.*)", line)
            # The rest of the log is about Telegraf itself.
            if found and ("[inputs.execd]" in line or not self.telegraf) and \
                    not found[2].startswith("Starting process"):
                text = re.sub(r"^stderr: \"?([EWI]!)? ?", "", found[2])
                yield SEVERITY[found[1]] + text[:1].upper() + text[1:]

    def files(self):
        return [("received", self.lines), ("log", self.log),
                ("recording", self.recorder.folder)]

    def next_steps(self):
        if self.telegraf:
            yield "configure", f"cp {self.shipped} /etc/telegraf/telegraf.d/vmguest.conf"
        yield "manual", f"man {os.path.abspath('contrib/execd/vmguest-execd.1')}"


def line_parse(line):
    """(measurement, disk, {field: number}, time). Fields that are texts are left out."""
    key, fields = re.split(r"(?<!\\) ", line, maxsplit=1)
    disk = re.search(r",disk=((?:\\.|[^,\\])*)", key)
    numbers = re.findall(r"(\w+)=(-?[\d.e+-]+)i?(?=[, ])", fields)
    return (key.split(",")[0], re.sub(r"\\(.)", r"\1", disk[1]) if disk else None,
            {name: float(value) for name, value in numbers},
            int(fields.rsplit(" ", 1)[1]) / 1e9)


def ending_of(field):
    return next((ending for ending in UNITS if field.endswith(ending)), "")


def factor_of(field):
    return UNITS[ending_of(field)][1] if ending_of(field) else 1


def series_name(measurement, disk, field):
    """(area, stem, unit)"""
    area = measurement.removeprefix("vmguest_")
    ending = ending_of(field)
    unit = UNITS[ending][0] if ending else "flag" if field in FLAGS else "number"
    if GROWING.search(field):
        unit = "growing bytes"
    if disk:
        area = f"disk {disk}"
    return "CPU" if area == "cpu" else area, field.removesuffix(ending), unit
