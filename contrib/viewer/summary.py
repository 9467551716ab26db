# SPDX-License-Identifier: MIT
"""What was seen, in words; thresholds as in vmguest-thresholds.conf and, of extended
statistics, libcore/metrics/thresholds.def."""
import os
import shutil
import sys
import textwrap

from process import say
from values import text_of


DISK_SLOW_SECONDS = 0.02


def percent(value):
    return text_of("percent", value)


def size(value):
    return text_of("bytes", value)


def speed(value):
    return text_of("hertz", value)


def findings(values):
    up = values.all("session.up.flag")
    if not any(up):
        return ["The host gave no statistics: see the lines above for the reason."]
    found = []
    down = len(up) - sum(map(bool, up))
    if down:
        found.append(f"For {down} of {len(up)} readings the host gave no statistics.")
    return found + list(cpu(values)) + list(memory(values)) + list(disks(values)) + \
        list(session(values)) or \
        ["Nothing limited this VM during this time."]


def cpu(values):
    if values.vcpus_wrong():
        yield (f"CPU: the vCPU count ({values.last('CPU.vcpus.number'):.0f}) cannot be right: "
               "used and stolen time together were up to "
               f"{percent(values.cpu_percent_most())} of it. Set VCPUs in collectd's "
               "configuration, or --vcpus of vmguest-execd.")
        return
    stolen = max(values.all("CPU.stolen.percent"), default=0)
    if stolen > 5:
        yield (f"CPU: for up to {percent(stolen)} of the time the virtual CPUs were ready to "
               "run but not scheduled. Users notice that.")
    contention = max(values.all("CPU.contention.percent"), default=0)
    if contention > 10 and contention > stolen + 5:
        yield (f"CPU: for up to {percent(contention)} of the time the virtual CPUs wanted to "
               "run and could not, for want of a processor (contention).")
    waited = max(values.all("CPU.contention_memory.percent"), default=0)
    if waited > 1:
        yield (f"CPU: for up to {percent(waited)} of the time the virtual CPUs waited for "
               "memory that the host had to bring back.")
    if any(values.all("CPU.limit_binding.flag")):
        yield (f"CPU: a limit of {speed(values.last('CPU.limit.hertz'))} keeps this VM below "
               "what its virtual CPUs could do" + used_of_limit(values) + ".")


def used_of_limit(values):
    most = max(values.all("CPU.used_of_limit.percent"), default=0)
    return f"; it used up to {percent(most)} of it" if most else ""


def memory(values):
    if any(values.all("memory.limit_binding.flag")):
        yield (f"Memory: a limit of {size(values.last('memory.limit.bytes'))} is below this "
               "VM's configured memory; the rest can only come from balloon or swap.")
    ballooned = max(values.all("memory.ballooned.bytes"), default=0)
    if ballooned:
        share = max(values.all("memory.ballooned.percent"), default=0)
        yield (f"Memory: the balloon took up to {size(ballooned)} ({percent(share)} of this "
               "VM's memory)" +
               (", enough to shrink its page cache." if share > 10 else "."))
    for stem, words in (("swapped", "swapped out up to {}: slow when accessed."),
                        ("zipped", "compressed up to {}.")):
        most = max(values.all(f"memory.{stem}.bytes"), default=0)
        if most:
            yield "Memory: the host " + words.format(size(most))


def disks(values):
    for area in values.disks():
        most = {stem: max(values.all(f"{area}.{stem}.seconds"), default=0)
                for stem in ("read", "write")}
        if max(most.values()) > DISK_SLOW_SECONDS:
            yield (f"Disk {area.removeprefix('disk ')}: by the host's clock a read took up to "
                   f"{text_of('seconds', most['read'])}, a write up to "
                   f"{text_of('seconds', most['write'])}.")


def session(values):
    moves = int(values.last("session.changes.number"))
    if not moves:
        return
    speeds = values.all("host.cpu.hertz") or [0]
    yield (f"Session: it changed {'once' if moves == 1 else f'{moves} times'}: a move to "
           "another host, a resume, a revert or a reset" +
           (f"; the host's processors went from {speed(speeds[0])} to {speed(speeds[-1])}."
            if speeds[0] != speeds[-1] else "."))


def show(source, values, runs_on):
    say("\n== What was seen")
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 1000
    for line in findings(values):
        say(textwrap.fill("* " + line, width, subsequent_indent="  "))
    say("\n== Files")
    columns_show(source.files())
    if runs_on:
        say("\n== Still running")
        say(f"query  {source.query}")
        say(f"stop   kill {source.process.pid}")
    say("\n== What to do next")
    columns_show([*source.next_steps(), ("read on", os.path.abspath("README.md"))])


def columns_show(rows):
    rows = list(rows)
    width = max(len(name) for name, _ in rows) + 2
    for name, text in rows:
        say(f"{name:{width}}{text}")
