# SPDX-License-Identifier: MIT
"""Runs collectd with the plugin for contrib/quickstart, and shows what it writes.

Everything shown is read from the files of collectd's csv plugin and from its log:
nothing here asks the host or knows a statistic, but for the few that the summary
speaks of. Units follow collectd's types.
"""
import argparse
import collections
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AREAS = ("CPU", "memory", "host", "session")
MIB, GIB = 2 ** 20, 2 ** 30


def main():
    options = argparse.ArgumentParser()
    for name in ("build", "work", "scenario"):
        options.add_argument("--" + name)
    options.add_argument("--seconds", type=int)
    options.add_argument("--keep", action="store_true")
    options = options.parse_args()
    for number in ENDING:
        signal.signal(number, stop)
    daemon = Daemon(options)
    kept = False
    try:
        host = host_find(options)
        daemon.start(host)
        kept = watch(daemon, options) and options.keep
    except BrokenPipeError:         # nobody reads any more
        sys.stdout = None
    except Stop as why:
        if str(why):
            sys.exit(str(why))
    finally:
        if not kept:
            daemon.end()


class Stop(Exception):
    """Ends the run: by a signal, or with a message for standard error."""


def stop(number, frame):
    raise Stop("" if number == signal.SIGINT else
               f"quickstart: stopped by {signal.Signals(number).name}")


def say(text=""):
    print(text, flush=True)


# ---- the host and the daemon --------------------------------------------------

Host = collections.namedtuple("Host", "name command vcpus")


def host_find(options):
    """The real host, where one answers; else the simulated one."""
    simhost = options.build + "/contrib/simhost/vmguest-simhost"
    scenario = options.scenario or "demo"
    tried = subprocess.run([simhost, "--scenario", scenario, "--", "true"],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True)
    say("== Host")
    if tried.returncode == 4:
        if options.scenario:
            raise Stop("quickstart: this machine is a VMware guest; its own host "
                       "answers, so --scenario is of no use here")
        say("This machine is a VMware guest: the values are those of its own host.")
        return Host(socket.gethostname(), [], None)
    if tried.returncode != 0:
        raise Stop(tried.stderr.strip() + "\nquickstart: this machine is no VMware "
                   "guest, and the simulated host cannot stand in for one")
    path = scenario
    if not scenario.endswith(".json"):
        path = f"{os.path.dirname(simhost)}/scenarios/{scenario}.json"
    with open(path) as file:
        data = json.load(file)
    say("This machine is no VMware guest. collectd runs on a simulated host, "
        f'scenario "{os.path.basename(scenario)}"')
    if data.get("description"):
        say(f'({data["description"]}).')
    say("The values are invented, and stand under the host name vmguest-demo.")
    return Host("vmguest-demo", [simhost, "--scenario", scenario, "--"],
                data.get("vm", {}).get("vcpus", 4))


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Daemon:
    """collectd with the plugin, in a folder of its own."""

    def __init__(self, options):
        self.build = options.build
        self.folder = options.work + "/run"
        self.config = self.folder + "/collectd.conf"
        self.log = self.folder + "/collectd.log"
        self.csv = self.process = None

    def start(self, host):
        self.csv = f"{self.folder}/csv/{host.name}"
        self.refuse_second()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        vcpus = f"VCPUs {host.vcpus}" if host.vcpus else ""
        with open(self.config, "w") as file:
            file.write(f"""\
Hostname {quoted(host.name)}
FQDNLookup false
Interval 1
ReadThreads 1
WriteThreads 1
BaseDir {quoted(self.folder)}
PIDFile "collectd.pid"
LoadPlugin logfile
<Plugin logfile>
  File {quoted(self.log)}
  PrintSeverity true
</Plugin>
LoadPlugin csv
<Plugin csv>
  DataDir {quoted(self.folder + "/csv")}
</Plugin>
LoadPlugin unixsock
<Plugin unixsock>
  SocketFile "collectd.sock"
</Plugin>
Include "thresholds.conf"
PluginDir {quoted(self.build + "/plugin")}
LoadPlugin vmguest
<Plugin vmguest>
  {vcpus}
</Plugin>
""")
        shutil.copy("collectd.conf.d/vmguest-thresholds.conf", self.folder + "/thresholds.conf")
        collectd = shutil.which("collectd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not collectd:
            raise Stop("quickstart: collectd is not there (Debian: collectd-core)")
        # A session of its own: the terminal's signals come here, and here only;
        # and none between the start and the knowledge of it. Names of files that
        # collectd reads are relative: it cannot do with blanks in them.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        with open(self.folder + "/output", "w") as output:
            self.process = subprocess.Popen(
                host.command + [collectd, "-f", "-C", "collectd.conf"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                cwd=self.folder, start_new_session=True,
                preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        with open(self.folder + "/pid", "w") as file:
            file.write(f"{self.process.pid}\n")

    def refuse_second(self):
        """An earlier --keep may still write into the folder."""
        try:
            with open(self.folder + "/pid") as file:
                pid = int(file.read())
            running = os.path.samefile(f"/proc/{pid}/cwd", self.folder)
        except (OSError, ValueError):
            return
        if running:
            raise Stop("quickstart: the collectd of an earlier run is still there; "
                       f"end it: kill {pid}")

    def check(self):
        if self.process.poll() is not None:
            said = ""
            for name in ("/output", "/collectd.log"):
                if os.path.exists(self.folder + name):
                    with open(self.folder + name, errors="replace") as file:
                        said += file.read()
            self.process = None
            raise Stop(f"{said}quickstart: collectd ended; see {self.folder}")

    def end(self):
        if not self.process:
            return
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        self.process.terminate()        # the simulated host passes it on
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


# ---- what collectd wrote ------------------------------------------------------

class Series:
    """One value list, from its first point to the last."""

    def __init__(self, instance, name):
        self.type, _, self.what = name.partition("-")
        self.points = []
        self.read_to = {}
        host = instance == "vmguest-host"
        if host:
            self.area = "host"
        elif self.what == "elapsed" or self.what.startswith(("cpu", "vcpus")):
            self.area = "CPU"
        elif self.type == "memory" or self.what.startswith("memory"):
            self.area = "memory"
        else:
            self.area = "session"
        title = self.what
        if self.area != "session" and title != "memory":
            title = title.removeprefix(self.area.lower() + "_")
        if host and self.type == "memory":
            title = "memory_" + title
        self.title = {"duration": "duration of a read", "uptime": "age"}.get(
            self.type, title.replace("_", " "))
        if self.is_time() and not host:
            self.title += " time"
        if host and self.type == "frequency":
            self.title = "processor speed"
        if self.title == "vcpus":
            self.title = "virtual CPUs"

    def read(self, path):
        """Takes the whole lines that are new in a file."""
        with open(path) as file:
            file.seek(self.read_to.get(path, 0))
            text = file.read()
        whole = text.rfind("\n") + 1
        self.read_to[path] = self.read_to.get(path, 0) + whole
        for line in text[:whole].splitlines():
            when, _, value = line.partition(",")
            if when != "epoch":
                self.points.append((float(when), float(value)))

    def is_time(self):
        return self.type == "total_time_in_ms"

    def values(self):
        """The points as they are shown: of a time, how fast it grows."""
        if not self.is_time():
            return [value for _, value in self.points]
        return [(b - a) / (later - sooner) for (sooner, a), (later, b)
                in zip(self.points, self.points[1:]) if b >= a and later > sooner]

    def text(self, value, signed=False):
        sign = "+" if signed else ""
        size = abs(value)
        if self.type == "memory":
            if size >= GIB:
                return f"{value / GIB:{sign}.{1 if size >= 100 * GIB else 2}f} GiB"
            return f"{value / MIB:{sign}.0f} MiB"
        if self.type == "frequency":
            if size >= 1e9:
                return f"{value / 1e9:{sign}.2f} GHz"
            return f"{value / 1e6:{sign}.0f} MHz"
        if self.type == "percent":
            return f"{value:{sign}.1f} %"
        if self.is_time():
            return f"{value:{sign}.0f} ms/s"
        if self.type == "duration":
            return f"{value * 1e3:{sign}.2f} ms"
        if self.type == "uptime":
            minutes, seconds = divmod(int(size), 60)
            return f"{value:{sign}.0f} s" if signed else f"{minutes}:{seconds:02} min"
        if self.type == "gauge" and not self.what.endswith("reservation"):
            return "" if signed else "yes" if value else "no"
        if self.type == "gauge":
            return f"{value:{sign}.2f} times"
        return f"{value:{sign}.0f}"


class Values:
    """All series of one daemon."""

    def __init__(self, folder):
        self.folder = folder
        self.series = {}
        self.shown = {}

    def read(self):
        for folder, _, names in os.walk(self.folder):
            instance = os.path.basename(folder)
            for name in sorted(names):
                if not instance.startswith("vmguest-"):
                    continue
                key = f"{instance}/{name[:-len('-2000-01-01')]}"
                if key not in self.series:
                    self.series[key] = Series(instance, key.partition("/")[2])
                self.series[key].read(os.path.join(folder, name))

    def newest(self):
        return max((s.points[-1][0] for s in self.series.values() if s.points), default=0)

    def all(self, key):
        series = self.series.get("vmguest-vm/" + key) or \
            self.series.get("vmguest-host/" + key)
        return series.values() if series else []

    def last(self, key, default=0):
        values = self.all(key)
        return values[-1] if values else default

    # What a person looks at first, and all there is where the screen is small.
    LEADING = ["stolen", "used", "used of limit", "limit binding", "effective",
               "reclaimed", "ballooned", "swapped", "zipped", "target",
               "active", "processor speed", "memory free",
               "session changes", "age", "up"]

    def rank(self, item):
        title = item[1].title
        leads = title in self.LEADING
        return not leads, self.LEADING.index(title) if leads else 0, title

    def rows(self, area, leading_only=False):
        """(title, value, change since rows() was last called for the area)"""
        newest = self.newest()
        for key, series in sorted(self.series.items(), key=self.rank):
            if leading_only and series.title not in self.LEADING:
                continue
            values = series.values()
            if series.area != area or not values or series.points[-1][0] < newest - 3:
                continue
            before = self.shown.get(key, values[-1])
            change = series.text(values[-1] - before, signed=True)
            if not any(digit in change for digit in "123456789"):
                change = ""
            self.shown[key] = values[-1]
            if not key.endswith("_limited"):
                share = " share" if "percent-memory_" in key and \
                    "_of_" not in key else ""
                yield series.title + share, series.text(values[-1]), change
            elif not values[-1]:
                yield "limit", "none", ""


# ---- what happened ------------------------------------------------------------

class Events:
    """Lines for the moments that matter, from the log and from the values."""

    RISING = {
        "memory-ballooned": ("The balloon inflates: the host takes memory back",
                             "The balloon deflates: memory comes back",
                             "The balloon rests"),
        "memory-swapped": ("The host swaps this VM's memory out",
                           "The host swaps this VM's memory in again",
                           "No more swapping by the host"),
        "memory-zipped": ("The host compresses this VM's memory",
                          "The host expands this VM's memory again",
                          "No more compression by the host"),
    }

    def __init__(self, daemon, values):
        self.daemon, self.values = daemon, values
        self.log_at = 0
        self.trend = dict.fromkeys(self.RISING, 0)
        self.alarmed = set()
        self.seen = []

    def new(self):
        found = list(self.of_log()) + list(self.of_values())
        self.seen += found
        return found

    def of_log(self):
        try:
            with open(self.daemon.log, errors="replace") as file:
                file.seek(self.log_at)
                text = file.read()
        except FileNotFoundError:
            return
        whole = text.rfind("\n") + 1
        self.log_at += len(text[:whole].encode())
        for line in text[:whole].splitlines():
            line = line.partition("] ")[2]
            _, notified, rest = line.partition("Notification: severity = ")
            if notified:
                yield from self.of_notification(rest.partition(",")[0].lower(),
                                                rest.partition("message = ")[2])
            elif "vmguest: " in line and not line.startswith("[info]"):
                yield line.replace("[", "", 1).replace("]", ":", 1)

    def of_notification(self, severity, message):
        """The threshold plugin's long sentences are put short, and its first
        word on each series, that all is well, is left out."""
        told = re.search(r" type (\S+) \(instance (\S+)\): ", message)
        if not told:
            yield message if severity == "okay" else f"{severity}: {message}"
            return
        name = f"{told[1]}-{told[2]}"
        numbers = re.search(r"currently ([\d.]+\d)\. That is (above|below) the \w+ "
                            r"threshold of ([\d.]+\d)", message)
        if numbers:
            self.alarmed.add(name)
            yield (f"{severity}: {name} is {float(numbers[1]):.1f}, "
                   f"{numbers[2]} {float(numbers[3]):g}")
        elif severity != "okay":
            yield f"{severity}: {name}: {message[told.end():]}"
        elif name in self.alarmed:
            yield f"okay: {name} is within its range again"

    def of_values(self):
        for key, words in self.RISING.items():
            values = self.values.all(key)
            if len(values) < 2 or self.values.series["vmguest-vm/" + key].points[-1][0] \
                    < self.values.newest():
                continue
            step = values[-1] - values[-2]
            trend = (step > 0) - (step < 0)
            if trend != self.trend[key]:
                text = self.values.series["vmguest-vm/" + key].text
                at = values[-1] if trend == 0 else values[-2]
                yield f"{words[(trend - 1) % 3]} ({'at' if trend == 0 else 'from'} {text(at)})."
                self.trend[key] = trend


# ---- the display --------------------------------------------------------------

class Screen:
    """A table that is redrawn in place on a terminal, and printed every
    BLOCK_SECONDS elsewhere."""

    BLOCK_SECONDS = 15
    COLUMN, NARROW_COLUMN = 48, 40

    def __init__(self):
        self.terminal = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.colour = self.terminal and not os.environ.get("NO_COLOR")
        self.drawn = 0
        self.short = False  # the whole does not fit
        self.next_block = 0

    def paint(self, text, code):
        return f"\033[{code}m{text}\033[0m" if self.colour and text else text

    def groups(self, values, leading_only, column):
        """The lines of each area."""
        number = 10 if column == self.COLUMN else 9
        title_width = column - 6 - 2 * number
        for area in AREAS:
            lines = [self.paint(f"{area:<{column - 2}}", "1")]
            for title, value, change in values.rows(area, leading_only):
                lines.append(f"  {title:<{title_width}.{title_width}} "
                             f"{value:>{number}} " +
                             self.paint(f"{change:>{number}}", "36"))
            if len(lines) > 1:
                yield lines

    def layout(self, values, leading_only):
        width = shutil.get_terminal_size((100, 50)).columns if self.terminal else 100
        column = self.COLUMN if width >= 2 * self.COLUMN else self.NARROW_COLUMN
        groups = list(self.groups(values, leading_only, column))
        columns = [[] for _ in range(max(1, min(len(groups), width // column)))]
        for lines in groups:
            min(columns, key=len).extend(lines)
        tall = max(map(len, columns))
        for lines in columns:
            lines += [" " * (column - 2)] * (tall - len(lines))
        return ["  ".join(parts).rstrip() for parts in zip(*columns)]

    def table(self, values, height):
        self.short = self.short or bool(height) and \
            len(self.layout(values, False)) > height
        lines = self.layout(values, self.short and bool(height))
        if height and len(lines) > height:
            left = len(lines) - height + 1
            lines[height - 1:] = [f"  ({left} more lines do not fit on this screen)"]
        return lines

    def events_show(self, new, elapsed):
        for event in new:
            line = f"{elapsed:4.0f} s  {event}"
            self.wipe()
            say(self.paint(line, "33"))

    def wipe(self):
        if self.drawn:
            sys.stdout.write(f"\033[{self.drawn}F\033[J")
            self.drawn = 0

    def draw(self, values, elapsed, left):
        if not self.terminal:
            if elapsed < self.next_block and left > 0:
                return
            self.next_block = elapsed + self.BLOCK_SECONDS
            say("\n".join([f"---- after {elapsed:.0f} s"] + self.table(values, None)))
            return
        height = shutil.get_terminal_size((100, 24)).lines - 4
        lines = self.table(values, height)
        lines.append(f"{elapsed:.0f} s; {left:.0f} s to go, Ctrl-C ends it")
        self.wipe()
        say("\n".join(lines))
        self.drawn = len(lines)


def watch(daemon, options):
    """Shows values until the time is up. True when it came to its own end."""
    values = Values(daemon.csv)
    events = Events(daemon, values)
    screen = Screen()
    began = time.monotonic()
    say("== Values (name, value, change since before)")
    came, kept, drawn = None, True, 0
    try:
        while (elapsed := time.monotonic() - (came or began)) < options.seconds:
            daemon.check()
            values.read()
            newest = values.newest()
            if newest and came is None:
                came, elapsed = time.monotonic(), 0
            if came is None and elapsed > 30:
                raise Stop(f"quickstart: collectd published nothing for 30 s; see {daemon.log}")
            # A second reading gives the rates; a moment later it is complete.
            screen.events_show(events.new(), elapsed)
            if newest > drawn and time.time() > newest + 0.2 and elapsed > 1:
                drawn = newest
                screen.draw(values, elapsed, options.seconds - elapsed)
            time.sleep(0.1)
    except Stop as why:
        if str(why):
            raise
        kept = False
        say()
    if came:
        if not screen.terminal:
            screen.draw(values, time.monotonic() - came, 0)
        elif screen.short:
            screen.wipe()
            say("\n".join(screen.table(values, None)))
        summary(daemon, values, events, options, kept)
    return kept


# ---- the end ------------------------------------------------------------------

def diagnosis(values, events):
    """What was seen, in words; thresholds as in vmguest-thresholds.conf."""
    percent = "{:.1f} %".format
    size = Series("vmguest-vm", "memory-x").text
    speed = Series("vmguest-vm", "frequency-x").text
    up = values.all("gauge-up")
    if not any(up):
        return ["The host gave no statistics at all: see the lines above for the reason."]
    said = []
    down = len(up) - sum(map(bool, up))
    if down:
        said.append(f"For {down} of {len(up)} seconds the host gave no statistics.")
    stolen = max(values.all("percent-cpu_stolen"), default=0)
    if stolen > 5:
        said.append(f"CPU: up to {percent(stolen)} of the time the virtual CPUs were ready and "
                    "were not let run. Users feel that.")
    if any(values.all("gauge-cpu_limit_binding")):
        said.append(f"CPU: a limit of {speed(values.last('frequency-cpu_limit'))} holds this VM "
                    "below what its virtual CPUs could do; it used up to "
                    f"{percent(max(values.all('percent-cpu_used_of_limit'), default=0))} of it.")
    if any(values.all("gauge-memory_limit_binding")):
        said.append(f"Memory: a limit of {size(values.last('memory-limit'))} is below what this "
                    "VM is configured with; the rest can only come from balloon or swap.")
    ballooned = max(values.all("memory-ballooned"), default=0)
    if ballooned:
        share = max(values.all("percent-memory_ballooned"), default=0)
        said.append(f"Memory: the balloon took up to {size(ballooned)} ({percent(share)} of this "
                    "VM's memory)" + (", enough to cost its page cache." if share > 10 else "."))
    for key, words in (("memory-swapped", "moved up to {} to its own swap: slow when touched."),
                       ("memory-zipped", "compressed up to {}.")):
        worst = max(values.all(key), default=0)
        if worst:
            said.append("Memory: the host " + words.format(size(worst)))
    moves = sum("Session changed" in event for event in events.seen)
    if moves:
        speeds = values.all("frequency-cpu") or [0]
        said.append(f"Session: it changed {'once' if moves == 1 else f'{moves} times'}: a move to another "
                    "host, a resume, a revert or a reset" +
                    (f"; the host's processors went from {speed(speeds[0])} to {speed(speeds[-1])}."
                     if speeds[0] != speeds[-1] else "."))
    return said or ["Nothing held this VM back while it was watched."]


def summary(daemon, values, events, options, kept):
    say("\n== What was seen")
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 1000
    for line in diagnosis(values, events):
        say(textwrap.fill("* " + line, width, subsequent_indent="  "))
    say("\n== Files")
    say(f"values         {daemon.csv}/")
    say(f"log            {daemon.log}")
    say(f"configuration  {daemon.config}")
    if options.keep and kept:
        say("\n== Still running")
        say(f"look  collectdctl -s {shlex.quote(daemon.folder)}/collectd.sock listval")
        say(f"stop  kill {daemon.process.pid}")
    say("\n== What to do next")
    shipped = os.path.abspath("collectd.conf.d/vmguest.conf")
    say(f"install    sudo cmake --install {shlex.quote(options.build)}")
    say("configure  /etc/collectd/collectd.conf.d/vmguest.conf is then there; elsewhere copy\n"
        f"           {shipped}")
    say("           then restart collectd")
    say(f"read on    {os.path.abspath('README.md')}")


main()
