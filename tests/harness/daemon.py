# SPDX-License-Identifier: MIT
"""Runs the real collectd with the plugin, in a folder of its own, as if it stood
on a VMware host; and reads what it published."""

import os
import re
import shutil
import signal
import socket
import subprocess

from cases import Skip, check_sanitizers, check_simhost, wait

CONFIG = """
Hostname "testhost"
Interval {interval}
ReadThreads 3
WriteThreads 1
BaseDir "{work}/var"
LoadPlugin logfile
<Plugin logfile>
  LogLevel info
  File "{work}/log"
  PrintSeverity true
</Plugin>
LoadPlugin csv
LoadPlugin unixsock
<Plugin csv>
  DataDir "{work}/csv"
</Plugin>
<Plugin unixsock>
  SocketFile "{work}/sock"
</Plugin>
{before}
PluginDir "{helpers}"
LoadPlugin notified
<Plugin notified>
  File "{work}/notified"
</Plugin>
PluginDir "{plugin_dir}"
{plugin}
"""


class Sample(dict):
    """{"vm/TYPE-INSTANCE": number as text} of one time stamp. csv cuts these to
    milliseconds: a reading that was late and the next one can have the same,
    and then what is here is a mixture, but for the counters, which are those of
    the later one."""

    def __init__(self):
        super().__init__()
        self.counts = {}

    def add(self, key, value):
        self[key] = value
        self.counts[key] = self.counts.get(key, 0) + 1

    def readings(self):
        return max(self.counts.values())


def check_collectd(tools):
    if not os.access(tools.collectd, os.X_OK):
        raise Skip("collectd is not here (Debian: collectd-core)")


class Daemon:
    """Use as a context: with Daemon(tools, scenario) as d: ..."""

    def __init__(self, tools, scenario=None, options="", plugin=None, before="",
                 interval=0.1, beside=""):
        """scenario: a name, a dictionary, or None for no host at all. beside: what a
        shell starts first, in the same machine."""
        check_collectd(tools)
        self.tools = tools
        self.work = tools.work
        self.scenario = scenario
        self.beside = beside
        if plugin is None:
            plugin = f"LoadPlugin vmguest\n<Plugin vmguest>\n{options}\n</Plugin>"
        self.config = CONFIG.format(
            work=self.work, interval=interval, plugin=plugin, before=before,
            helpers=tools.helpers, plugin_dir=tools.plugin_dir)
        self.process = None

    def __enter__(self):
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work)
        with open(f"{self.work}/conf", "w") as f:
            f.write(self.config)
        preload = ""
        if self.tools.preload:
            preload = (f"env LD_PRELOAD='{self.tools.preload}' "
                       "ASAN_OPTIONS=detect_leaks=0 ")
        command = self.tools.host(self.scenario) + [
            "sh", "-c", self.beside + f"echo $$ >'{self.work}/pid'; exec {preload}"
            f"'{self.tools.collectd}' -f -C '{self.work}/conf'"]
        self.output = open(f"{self.work}/output", "w")
        self.process = subprocess.Popen(command, stdout=self.output,
                                        stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL)
        return self

    def __exit__(self, kind, error, trace):
        try:
            self.stop()
        finally:
            self.output.close()
            if kind and kind is not Skip:
                print(self.text("log"))
                print(self.text("output"))

    def stop(self):
        """Ends the daemon as an operator would; it must end well."""
        if self.process is None:
            return
        process, self.process = self.process, None
        try:
            os.kill(int(self.text("pid")), signal.SIGTERM)
        except (ValueError, ProcessLookupError):
            pass
        try:
            status = process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("collectd did not stop within 30 s")
        if self.scenario is not None:
            check_simhost(status)
        assert status == 0, f"collectd ended with {status}"
        check_sanitizers(self.text("output"))

    # What it left behind.

    def text(self, name):
        try:
            with open(f"{self.work}/{name}", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def said(self, words):
        """The plugin's log lines with these words in them."""
        return [line for line in self.text("log").splitlines()
                if re.search(r"\] vmguest[: ]", line) and words in line]

    def notifications(self):
        return [line.split("\t") for line in self.text("notified").splitlines()]

    def samples(self, host="testhost"):
        """[(time, Sample)], by time. Without the last one, which may not be whole
        yet, or never be: a daemon that stops drops what it has not written."""
        samples = {}
        folder = f"{self.work}/csv/{host}"
        for instance in os.listdir(folder) if os.path.isdir(folder) else ():
            if not instance.startswith("vmguest-"):
                continue
            for name in os.listdir(f"{folder}/{instance}"):
                key = instance[8:] + "/" + re.sub(r"-\d{4}-\d\d-\d\d$", "", name)
                for line in self.text(f"csv/{host}/{instance}/{name}").split():
                    stamp, _, value = line.partition(",")
                    if stamp != "epoch" and value:
                        samples.setdefault(float(stamp),
                                           Sample()).add(key, value)
        return sorted(samples.items())[:-1]

    def wait(self, what, seconds=30):
        """Until what() is true; its value."""
        def done():
            value = what()
            if not value:
                self.check_running()
            return value
        return wait(done, seconds, pause=0.05)

    def check_running(self):
        if self.process.poll() is not None:
            self.stop()
            raise AssertionError("collectd ended too early")

    def wait_samples(self, count, what=lambda values: True, seconds=30):
        """Until so many samples are such."""
        return self.wait(lambda: sum(bool(what(values)) for _, values
                                     in self.samples()) >= count, seconds)

    def ask(self, command):
        """The unixsock plugin's answer, its lines but the first."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(f"{self.work}/sock")
            f = s.makefile("rw")
            f.write(command + "\n")
            f.flush()
            count = int(f.readline().split()[0])
            return [f.readline().rstrip("\n") for _ in range(max(count, 0))]
