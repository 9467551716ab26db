# SPDX-License-Identifier: MIT
"""Runs Telegraf with vmguest-execd for contrib/quickstart --telegraf, and shows what
Telegraf passed on. Without a Telegraf: what the program writes.

Nothing here asks the host: everything is read from the file that Telegraf's
outputs.file writes, and from its log.
"""
import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

MIB = 2 ** 20

AGENT = """\
[agent]
  interval = "1s"
  flush_interval = "1s"
  hostname = {host}

[[outputs.file]]
  files = [{file}]
  data_format = "influx"
"""


class Stop(Exception):
    """Ends the run, with a message for standard error if there is one."""


def say(text=""):
    print(text, flush=True)


def main():
    options = argparse.ArgumentParser()
    for name in ("build", "work", "scenario", "telegraf"):
        options.add_argument("--" + name)
    options.add_argument("--seconds", type=int)
    options = options.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    run = None
    try:
        host, command, vcpus = host_find(options)
        run = Run(options, host, command, vcpus)
        watch(run, options.seconds)
    except BrokenPipeError:     # nobody reads any more
        sys.stdout = None
    except Stop as why:
        if str(why):
            sys.exit(str(why))
    finally:
        if run:
            run.end()


def stop(number, frame):
    raise Stop("" if number == signal.SIGINT else
               f"quickstart: stopped by {signal.Signals(number).name}")


def host_find(options):
    """(name, words in front of a command, virtual CPUs): the real host where one
    answers, else the simulated one."""
    simhost = options.build + "/contrib/simhost/vmguest-simhost"
    scenario = options.scenario or "demo"
    tried = subprocess.run([simhost, "--scenario", scenario, "--", "true"],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True)
    say("== Host")
    if tried.returncode == 4:
        say("This machine is a VMware guest: the values are those of its own host.")
        return socket.gethostname(), [], None
    if tried.returncode != 0:
        raise Stop(tried.stderr.strip() + "\nquickstart: this machine is no VMware "
                   "guest, and the simulated host cannot stand in for one")
    path = scenario
    if not scenario.endswith(".json"):
        path = f"{os.path.dirname(simhost)}/scenarios/{scenario}.json"
    with open(path) as file:
        # Scenarios may hold comments, which this reader does not know.
        vcpus = re.search(r'"vcpus"\s*:\s*(\d+)', file.read())
    say("This machine is no VMware guest: everything here runs on a simulated host, "
        f'scenario\n"{os.path.basename(scenario)}". The values are invented, and '
        "stand under the host name vmguest-demo.")
    return "vmguest-demo", [simhost, "--scenario", scenario, "--"], \
        vcpus[1] if vcpus else "4"


class Run:
    """Telegraf, or the program alone, in a folder of its own."""

    def __init__(self, options, host, command, vcpus):
        self.folder = options.work + "/telegraf"
        self.lines = self.folder + "/received"
        self.log = self.folder + "/log"
        self.telegraf = options.telegraf
        self.who = "Telegraf" if self.telegraf else "vmguest-execd"
        self.program = options.build + "/contrib/execd/vmguest-execd"
        self.shipped = os.path.dirname(os.path.abspath(__file__)) + "/telegraf.conf"
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder + "/bin")
        self.program_place(vcpus)
        if self.telegraf:
            words = self.telegraf_words(host)
            output = subprocess.DEVNULL
        else:
            words = [self.folder + "/bin/vmguest-execd", "--interval", "1s",
                     "--timestamp", "--tag", "host=" + host]
            output = open(self.lines, "wb")
        say(f"\n== {self.who}")
        say(" ".join(words))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command + words, stdin=subprocess.DEVNULL, stdout=output, stderr=log,
                start_new_session=True,
                env={**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"})

    def program_place(self, vcpus):
        """Under the name that the shipped configuration calls. The simulated
        machine has virtual CPUs of its own number."""
        path = self.folder + "/bin/vmguest-execd"
        with open(path, "w") as file:
            file.write("#!/bin/sh\nexec \"" + self.program + "\" " +
                       (f"--vcpus {vcpus} " if vcpus else "") + '"$@"\n')
        os.chmod(path, 0o755)

    def telegraf_words(self, host):
        agent = self.folder + "/agent.conf"
        with open(agent, "w") as file:
            file.write(AGENT.format(host=json.dumps(host),
                                    file=json.dumps(self.lines)))
        return [self.telegraf, "--config", agent, "--config", self.shipped]

    def check(self):
        if self.process.poll() is not None:
            with open(self.log, errors="replace") as file:
                raise Stop(f"{file.read()}quickstart: {self.who} ended")

    def end(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if self.process.poll() is None:
            self.process.terminate()    # the simulated host passes it on
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


class Tail:
    """The whole lines that are new in a file."""

    def __init__(self, path):
        self.path, self.at = path, 0

    def new(self):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.at)
                text = file.read()
        except FileNotFoundError:
            return []
        whole = text.rfind(b"\n") + 1
        self.at += whole
        return text[:whole].decode(errors="replace").splitlines()


def fields_of(line):
    """(measurement, {field: text}): of lines that have no blanks in their tags."""
    key, fields = line.split(" ", 1)
    found = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|[^,\s]+)', fields)
    return key.split(",")[0], dict(found)


def number(fields, name):
    return float(fields[name].rstrip("i")) if name in fields else None


def shown(value, form):
    return "-" if value is None else form.format(value)


HEAD = f"{'time':8}  {'used':>7} {'stolen':>7} {'effective':>10} {'ballooned':>10} " \
       f"{'swapped':>9}  session"


def row(batch):
    cpu, memory = batch.get("vmguest_cpu", {}), batch.get("vmguest_memory", {})
    session = batch["vmguest_session"]

    def mib(name):
        value = number(memory, name)
        return None if value is None else value / MIB
    name = session.get("id", "no statistics").strip('"')
    return f"{time.strftime('%H:%M:%S')}  " \
           f"{shown(number(cpu, 'used_percent'), '{:.1f} %'):>7} " \
           f"{shown(number(cpu, 'stolen_percent'), '{:.1f} %'):>7} " \
           f"{shown(number(cpu, 'effective_mhz'), '{:.0f} MHz'):>10} " \
           f"{shown(mib('ballooned_bytes'), '{:.0f} MiB'):>10} " \
           f"{shown(mib('swapped_bytes'), '{:.0f} MiB'):>9}  {name}"


def first_show(run, batch, raw):
    say(f"\n== One batch, as {run.who} "
        f"{'passed it on' if run.telegraf else 'writes it'}")
    if not run.telegraf:
        say("\n".join(raw) + "\n")
        return
    for measurement, fields in batch.items():
        for field, value in fields.items():
            say(f"  {measurement + '.' + field:44} {value}")


def watch(run, seconds):
    lines, log = Tail(run.lines), Tail(run.log)
    end = time.monotonic() + seconds
    batch, raw, batches, ids, errors = {}, [], 0, [], 0
    try:
        while time.monotonic() < end:
            run.check()
            for line in log.new():
                said = re.search(r"([EWID]!) (?:\[inputs\.execd\] )?(.*)", line)
                errors += bool(said) and said[1] == "E!"
                if said and ("[inputs.execd]" in line or not run.telegraf) and \
                        not said[2].startswith("Starting process"):
                    say(f"          {said[1]} {said[2]}")
            for line in lines.new():
                measurement, fields = fields_of(line)
                batch[measurement] = fields
                raw.append(line)
                if measurement != "vmguest_session":
                    continue
                batches += 1
                # The second one has all that is to be had.
                if batches == 2:
                    first_show(run, batch, raw)
                    say("\n== As it goes on\n" + HEAD)
                if batches >= 2:
                    say(row(batch))
                if fields.get("id") and fields["id"] not in ids[-1:]:
                    ids.append(fields["id"])
                batch, raw = {}, []
            time.sleep(0.2)
    except Stop as why:
        if str(why):
            raise
        say()
    summary(run, batches, ids, errors)


def summary(run, batches, ids, errors):
    say("\n== Summary")
    say(f"{batches} batches, {max(len(ids) - 1, 0)} session changes, {errors} errors in "
        "the log")
    say(f"received   {run.lines}\nlog        {run.log}")
    if run.telegraf:
        say(f"try next   cp {run.shipped} /etc/telegraf/telegraf.d/vmguest.conf")
    say(f"read on    {os.path.abspath('README.md')}\n"
        f"           man {os.path.abspath('contrib/execd/vmguest-execd.1')}")
    if batches == 0:
        raise Stop("quickstart: nothing arrived")


if __name__ == "__main__":
    main()
