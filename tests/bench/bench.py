# SPDX-License-Identifier: MIT
"""Measures for contrib/bench: ours beside VMware's library, by turns, in one run.

Each row is a function that returns what it found, or raises Unmeasured with the
reason; nothing is printed that was not measured."""

import argparse
import json
import os
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HOST = "in-process host (port traps served by SIGSEGV)"
CALL = "host behind a function call (no traps)"


class Unmeasured(Exception):
    pass


class Figure:
    """Samples of one side of a row, and how one of them is written."""

    def __init__(self, samples, form="{:g}", unit=""):
        self.samples = sorted(float(s) for s in samples)
        self.form, self.unit = form, unit

    @property
    def value(self):
        return statistics.median(self.samples)

    def spread(self):
        low, high = self.samples[0], self.samples[-1]
        if len(self.samples) == 1 or low == high:
            return ""
        return f"{self.form.format(low)} .. {self.form.format(high)}"

    def __str__(self):
        return (self.form.format(self.value) + " " + self.unit).strip()

    def json(self):
        return {"median": self.value, "min": self.samples[0], "max": self.samples[-1],
                "unit": self.unit, "samples": self.samples}


# Running things.

class Bench:
    def __init__(self, options):
        self.work = tempfile.mkdtemp(prefix="vmguest-bench-")
        # The loader cuts what it has to preload at blanks and colons.
        self.build = f"{self.work}/build"
        os.symlink(os.path.abspath(options.build), self.build)
        self.guest = f"{self.build}/tests/bench/bench-guest"
        self.ours = f"{self.build}/libcore/libvmGuestLib.so.0"
        self.port = f"{self.build}/tests/bench/port/libvmGuestLib.so.0"
        self.call_dir = f"{self.build}/tests/bench/call"
        self.peer_dir = self.peer = None
        if options.peer:
            self.peer_dir = f"{self.work}/peer"
            os.symlink(os.path.abspath(options.peer), self.peer_dir)
            self.peer = f"{self.peer_dir}/libguestlib.so.0"
        self.simhost = f"{self.build}/contrib/simhost/vmguest-simhost"

    def peer_needed(self):
        if not self.peer:
            raise Unmeasured("VMware's library is not here: see build/bench/log/open-vm-tools.log")
        return self.peer

    def environment(self, peer, port=True):
        """What VMware's library needs to run here: its dependencies, and to be told
        that this is VMware. Ours reads none of it."""
        env = dict(os.environ)
        if peer:
            claims = ["bench-claim", "bench-claim-port"] if port else ["bench-claim"]
            env["LD_LIBRARY_PATH"] = self.peer_dir
            env["LD_PRELOAD"] = ":".join(
                f"{self.build}/tests/bench/lib{c}.so" for c in claims)
        return env

    def run(self, command, peer=False, port=True, env=None, ok=(0,)):
        done = subprocess.run(command, capture_output=True, text=True,
                              env=env or self.environment(peer, port))
        if done.returncode not in ok:
            said = (done.stdout + done.stderr).strip().splitlines() or ["it said nothing"]
            raise Unmeasured(f"{os.path.basename(command[0])} failed "
                             f"({done.returncode}): {said[-1]}")
        return done.stdout

    def case(self, name, library, *arguments, peer=None, port=True, before=()):
        """A case of bench-guest; {name: [numbers]}."""
        peer = library == self.peer if peer is None else peer
        if before and peer:  # the tracer itself is not to be told
            env = self.environment(True, port)
            before = [*before, "env", f"LD_PRELOAD={env['LD_PRELOAD']}",
                      f"LD_LIBRARY_PATH={env['LD_LIBRARY_PATH']}"]
            peer = False
        text = self.run([*before, self.guest, name, library, *map(str, arguments)],
                        peer=peer, port=port, ok=(0, 77))
        if text.startswith("SKIPPED: "):
            raise Unmeasured(text[9:].strip())
        return {line.split()[0]: [float(v) for v in line.split()[1:]]
                for line in text.splitlines()}

    def cases(self, name, *arguments, **more):
        """Of both libraries; the peer's is None where there is no peer."""
        ours = self.case(name, self.port, *arguments, **more)
        theirs = self.case(name, self.peer, *arguments, **more) if self.peer else None
        return ours, theirs


def quotients(over, under):
    """Of samples that were taken by turns."""
    if 0 in under:
        raise Unmeasured("the clock is too coarse: a sample is 0")
    return [a / b for a, b in zip(over, under)]


def figure_of(result, name, *form):
    return Figure(result[name], *form) if result else None


# Rows.

def row(what, ours, theirs=None, goal="", met=None, method="", note=""):
    return {"what": what, "ours": ours, "theirs": theirs, "goal": goal, "met": met,
            "method": method, "note": note}


def operations(b):
    ours, theirs = b.cases("operations")
    method = f"counted by the host; {HOST}"
    for name, what, goal in (("polled", "port operations, polled", 5),
                             ("once", "port operations, one-shot", 7),
                             ("words", "port operations, polled, no bulk port", 142)):
        yield row(what, figure_of(ours, name), figure_of(theirs, name), str(goal),
                  ours[name][0] <= goal, method)


def system_calls(b):
    ours, theirs = b.cases("system-calls")
    yield row("system calls", figure_of(ours, "system_calls"),
              figure_of(theirs, "system_calls"), "0", ours["system_calls"] == [0],
              f"counted by ptrace, 100 rounds, the host's own rt_sigreturn apart; {HOST}")


def allocations(b):
    ours, theirs = b.cases("allocations")
    yield row("allocations", figure_of(ours, "allocations"), figure_of(theirs, "allocations"),
              "0", ours["allocations"] == [0],
              "malloc(), calloc(), realloc() of the program count; 100 rounds, rounded up")


LOCKS = re.compile(r"pthread_mutex|lll_(un)?lock")


def callgrind(b, library, case, function, rounds):
    """Instructions inside a function of bench-guest, by (lock operation or not), host
    and program excluded."""
    out = f"{b.work}/callgrind"
    b.run(["valgrind", "-q", "--tool=callgrind", f"--toggle-collect={function}",
           "--sigill-diagnostics=no", f"--callgrind-out-file={out}",
           b.guest, case, library, str(rounds)], peer=library == b.peer)
    counts = {"locks": 0, "rest": 0}
    for line in b.run(["callgrind_annotate", "--auto=no", "--threshold=100", out]).splitlines():
        found = re.match(r"\s*([\d,]+) \([ \d.]+%\)\s+(.*)", line)
        if not found or "PROGRAM TOTALS" in line or \
                f"[{os.path.realpath(b.guest)}]" in line:
            continue
        counts["locks" if LOCKS.search(found[2]) else "rest"] += int(found[1].replace(",", ""))
    if not counts["rest"]:
        raise Unmeasured("callgrind counted nothing")
    return counts


def instructions_of(b, library, case, function):
    """Of one round, by the difference of 100 and 200."""
    few, many = (callgrind(b, library, case, function, n) for n in (100, 200))
    apart = {k: (many[k] - few[k]) / 100 for k in few}
    return {k: Figure([v], "{:.0f}") for k, v in
            {**apart, "all": apart["locks"] + apart["rest"]}.items()}


def instructions(b):
    if not shutil.which("valgrind") or not shutil.which("callgrind_annotate"):
        raise Unmeasured("valgrind is not installed")

    def of(*what):
        return instructions_of(b, *what)

    bulk = of(b.port, "bulk-rounds", "guest_bulk_round")
    alone = of(b.port, "bulk-rounds", "guest_bulk_read")
    ours = of(b.port, "rounds", "guest_round")
    theirs = of(b.peer, "rounds", "guest_round") if b.peer else {"rest": None, "all": None}
    method = "valgrind's callgrind, by object: host and calling program excluded"
    yield row("instructions, update and bulk read", bulk["all"], theirs["all"], "2900",
              bulk["all"].value <= 2900, method + "; VMware's: update and 28 reads")
    yield row("instructions, bulk read alone", alone["all"], None, "400",
              alone["all"].value <= 400, method, "38 values; VMware's has none")
    yield row("instructions, update and 28 reads", ours["rest"], theirs["rest"], "", None,
              method, "without lock operations, which VMware's does not have")
    yield row("instructions of lock operations", ours["locks"], None, "", None,
              method + "; pthread_mutex_lock() and _unlock() in libc",
              "31 pairs in the line above: one a read, three an update")


def times(b):
    t = b.case("time", b.port, *([b.peer] if b.peer else []), peer=bool(b.peer))
    ratio = Figure(quotients(t["ours"], t["bare_5"]), "{:.3f}", "times")
    other = Figure(quotients(t["theirs"], t["bare_7"]), "{:.3f}", "times") \
        if b.peer else None
    method = f"processor time, 101 samples of 200 rounds, by turns with the bare operations; {HOST}"
    yield row("time over its bare port operations", ratio, other, "1.05",
              ratio.value <= 1.05, method)
    us = ("{:.2f}", "µs")
    yield row("time beyond its bare port operations",
              Figure([(o - x) / 1e3 for o, x in zip(t["ours"], t["bare_5"])], *us),
              Figure([(o - x) / 1e3 for o, x in zip(t["theirs"], t["bare_7"])], *us)
              if b.peer else None, "", None, method + ", subtracted",
              f"bare: {Figure(t['bare_5']).value / 1e3:.2f} µs for 5, "
              f"{Figure(t['bare_7']).value / 1e3:.2f} µs for 7")


def extended(b):
    """A reading of all extended sets: session twice, host, resources, a disk, two NICs.
    VMware's library has no more than the host's text, and asks once for the session."""
    what = "all extended sets, "
    ours, theirs = b.cases("extended")
    method = ("7 requests of ours, 6 of VMware's VMGuestLib_StatGet(), which gives the host's text; "
              f"what is listed once a minute apart; {HOST}")
    for name, words, goal in (("per_request", "port operations a request", 5),
                              ("besides", "port operations besides", 2),
                              ("allocations", "allocations", 0),
                              ("system_calls", "system calls", 0)):
        if name in ours:
            yield row(what + words, figure_of(ours, name), figure_of(theirs, name), str(goal),
                      ours[name][0] <= goal, method)
    t = b.case("extended-time", b.port, *([b.peer] if b.peer else []), peer=bool(b.peer))
    us = ("{:.1f}", "µs")
    yield row(what + "time", *(Figure([v / 1e3 for v in t[side]], *us) if side in t else None
                               for side in ("ours", "theirs")), "", None,
              "processor time, 101 samples of 200 readings, by turns, on a channel that updates "
              f"keep open: 35 port operations, VMware's 42; {HOST}")
    if not shutil.which("valgrind") or not shutil.which("callgrind_annotate"):
        raise Unmeasured("instructions: valgrind is not installed")
    ours, theirs = (instructions_of(b, library, "extended-rounds", "guest_extended")["all"]
                    if library else None for library in (b.port, b.peer))
    yield row(what + "instructions", ours, theirs, "", None,
              "valgrind's callgrind, by object: host and calling program excluded",
              "41 values read one by one in ours; VMware's has them in texts, unread")


def openings(b):
    def sample(library, megabytes, before=()):
        found = b.case("open", library, megabytes, before=before, port=False)
        return found["open"][0] / 1e6, int(found["error"][0])

    ms = ("{:.2f}", "ms")
    for where, before, wanted in (("no host here", (), 2),
                                  ("vmguest-simhost", (b.simhost, "--"), 0)):
        for megabytes in (10, 1000):
            ours, theirs = [], []
            for _ in range(9):
                for library, samples in ((b.ours, ours), (b.peer, theirs)):
                    if not library:
                        continue
                    took, error = sample(library, megabytes, before)
                    if error != wanted:
                        raise Unmeasured(f"OpenHandle gave {error} instead of {wanted}: "
                                         f"{where}, {library}")
                    samples.append(took)
            ours, theirs = Figure(ours, *ms), Figure(theirs, *ms) if theirs else None
            met = ours.value < 1 and (not theirs or ours.value <= theirs.value + 1)
            yield row(f"first handle, {megabytes} MB resident, {where}", ours, theirs,
                      "1 ms, theirs + 1 ms", met,
                      "9 processes each, by turns, clock around OpenHandle; " +
                      ("the tracing host answers, each stop costs its own 30 to 180 µs"
                       if before else "the answer is: not VMware"))


def library(b):
    def file_of(path):
        stripped = f"{b.work}/stripped"
        b.run(["strip", "-o", stripped, os.path.realpath(path)])
        return {"size": os.path.getsize(stripped) / 1024,
                "symbols": len(b.run(["nm", "-D", "--defined-only", path]).splitlines()),
                "relocations": len([l for l in b.run(["readelf", "-rW", path]).splitlines()
                                    if re.match(r"[0-9a-f]{16} ", l)])}

    ours = file_of(b.ours)
    theirs = file_of(b.peer) if b.peer else None
    yield row("library file, stripped", Figure([ours["size"]], "{:.0f}", "KB"),
              theirs and Figure([theirs["size"]], "{:.0f}", "KB"), "64 KB",
              ours["size"] < 64, "strip")
    with open("libcore/api/libvmGuestLib.map") as names:
        documented = len(re.findall(r"^\t\w+;$", names.read(), flags=re.M))
    yield row("exported symbols", Figure([ours["symbols"]]),
              theirs and Figure([theirs["symbols"]]), str(documented),
              ours["symbols"] == documented, "nm -D; the goal is the documented ones")
    yield row("relocations", Figure([ours["relocations"]]),
              theirs and Figure([theirs["relocations"]]), "", None, "readelf -r")


def start(b):
    libraries = [b.ours, *([b.peer] if b.peer else [])]
    env = b.environment(False)
    if b.peer:
        env["LD_LIBRARY_PATH"] = b.peer_dir
    text = b.run([b.guest, "start", f"{b.build}/tests/bench/bench-empty", *libraries], env=env)
    t = {line.split()[0]: [float(v) / 1e6 for v in line.split()[1:]]
         for line in text.splitlines()}
    cost = {l: Figure([x - n for x, n in zip(t[l], t["none"])], "{:.3f}", "ms")
            for l in libraries}
    yield row("start-up cost of linking it", cost[b.ours], cost.get(b.peer), "", None,
              "51 starts of an empty program by turns with and without it in LD_PRELOAD, subtracted",
              f"without: {Figure(t['none']).value:.2f} ms")


def threads(b):
    def scaling(t, name):
        return Figure(quotients(t[f"{name}_by_all"], t[f"{name}_by_one"]), "{:.2f}", "times")

    cores = len(os.sched_getaffinity(0))
    seam = b.case("threads", f"{b.call_dir}/libvmGuestLib.so.0", 4)
    theirs = b.case("threads", b.peer, 4) if b.peer else None
    bound = scaling(seam, "spin")
    for name, what, other in (("rounds", "rounds", None), ("reads", "reads alone", theirs)):
        ours = scaling(seam, name)
        yield row(f"4 threads over one, {what}", ours, other and scaling(other, name),
                  f"{bound.value:.2f}, the machine's own", ours.value >= 0.8 * bound.value,
                  f"own handles, {cores} cores; the goal is what an empty loop reached in "
                  f"the same run, {bound.spread()}; {CALL}",
                  "VMware's cannot do without traps, which wait for each other in the kernel; its "
                  "reads take no lock" if name == "rounds" else "")


def growth(b):
    ours = b.case("growth", b.port, 1000000)
    theirs = b.case("growth", b.peer, 1000000) if b.peer else None
    if theirs and "aborted" in theirs:
        note = (f"VMware's aborted (heap corrupted) after {theirs['updates'][0]:.0f} "
                f"updates, {theirs['bytes'][0]:.0f} bytes up")
    else:
        note = ""
    for name in ("bytes", "descriptors", "channels"):
        yield row(f"growth in 10^6 updates, {name}", figure_of(ours, name),
                  None if note else figure_of(theirs, name), "0", ours[name] == [0],
                  f"sessions change, the pool's path grows and shrinks; {HOST}", note)


# What a user feels.

COLLECTD = """
Hostname "bench"
FQDNLookup false
Interval 0.002
ReadThreads 1
WriteThreads 1
BaseDir "{work}"
LoadPlugin logfile
<Plugin logfile>
  LogLevel err
  File "{work}/collectd.log"
</Plugin>
PluginDir "{helpers}"
LoadPlugin sink
<Plugin sink>
  File "{work}/collectd.out"
  Values {values}
</Plugin>
{more}
"""


def collectd(b):
    program = shutil.which("collectd", path=os.environ["PATH"] + ":/usr/sbin")
    if not program or not os.path.exists(f"{b.build}/tests/bench/sink.so"):
        raise Unmeasured("collectd or the plugin is not here")

    def run(values, more=""):
        out = f"{b.work}/collectd.out"
        with open(f"{b.work}/collectd.conf", "w") as conf:
            conf.write(COLLECTD.format(work=b.work, helpers=f"{b.build}/tests/bench",
                                       values=values, more=more))
        env = b.environment(False)
        env["LD_LIBRARY_PATH"] = b.call_dir
        env["BENCH_MOVING"] = "1"
        if os.path.exists(out):
            os.remove(out)
        subprocess.run([program, "-f", "-C", f"{b.work}/collectd.conf"], env=env, timeout=90,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not os.path.exists(out):
            raise Unmeasured("collectd wrote nothing")
        with open(out) as lines:
            return {l.split()[0]: [float(v) for v in l.split()[1:]] for l in lines}

    # Each twice, by turns: 5000 reads at a time.
    runs = {"plugin": [], "dispatch": [], "idle": []}
    for _ in range(2):
        runs["plugin"].append(run(-1, f'PluginDir "{b.build}/plugin"\nLoadPlugin vmguest'))
        values = round(runs["plugin"][-1]["values_a_read"][0])
        if values < 30:
            raise Unmeasured(f"the plugin gave {values} values a read")
        runs["dispatch"].append(run(values))
        runs["idle"].append(run(0))

    def samples(kind, name):
        return [v for r in runs[kind] for v in r[name]]

    def beyond(more, less, name, *form):
        base = statistics.median(samples(less, name))
        return Figure([s - base for s in samples(more, name)], *form)

    us = ("{:.1f}", "µs")
    own = beyond("plugin", "dispatch", "cpu_us_a_read", *us)
    theirs = beyond("dispatch", "idle", "cpu_us_a_read", *us)
    yield row("collectd: the plugin's own part of a read", own, None,
              f"{theirs.value:.0f} µs, collectd's part", own.value < theirs.value,
              f"processor time of collectd, 10 000 reads 2 ms apart, {values} values each, "
              f"less the same values dispatched by a plugin that does nothing else; {CALL}",
              f"collectd's part: the latter less its empty reads, {theirs.spread()} µs")
    least = {kind: min(r["resident_kb"][-1] for r in runs[kind]) for kind in runs}
    grown = Figure([least["plugin"] - least["dispatch"]], "{:.0f}", "KB")
    yield row("collectd: resident memory more", grown, None, "1024 KB", grown.value < 1024,
              "after 5000 reads, against the same run without the plugin; the lower of two "
              "runs each, since collectd's queue of values grows while the machine is busy")


def execd(b):
    program = f"{b.build}/contrib/execd/vmguest-execd"
    if not os.path.exists(program):
        raise Unmeasured("vmguest-execd is not built")
    env = b.environment(False)
    env["LD_LIBRARY_PATH"] = b.call_dir
    env["BENCH_MOVING"] = "1"

    def batch(process):
        """Microseconds from newline to the end of what comes."""
        began = time.monotonic()
        process.stdin.write(b"\n")
        process.stdin.flush()
        took = None
        while select.select([process.stdout], [], [], 5 if took is None else 0.01)[0]:
            if not os.read(process.stdout.fileno(), 1 << 16):
                break
            took = time.monotonic() - began
        if took is None:
            raise Unmeasured("vmguest-execd gave no batch")
        return took * 1e6

    first, later, echo, resident = [], [], [], []

    def measure(*options):
        pipes = {"env": env, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE,
                 "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([program, *options], **pipes)
        cat = subprocess.Popen(["cat"], **pipes)
        try:
            time.sleep(0.1)  # it waits for the newline then
            first.append(batch(process) / 1e3)
            batch(cat)
            for _ in range(40):
                later.append(batch(process))
                echo.append(batch(cat))
            with open(f"/proc/{process.pid}/status") as status:
                resident.append(int(re.search(r"VmRSS:\s*(\d+)", status.read())[1]))
        finally:
            for each in (process, cat):
                each.stdin.close()
                each.wait(10)

    for name, goal, options in (("vmguest-execd", 100, ()),
                                ("vmguest-execd --extended all", None, ("--extended", "all"))):
        for samples in (first, later, echo, resident):
            samples.clear()
        for _ in range(5):
            measure(*options)
        memory = Figure(resident, "{:.0f}", "KB")
        yield row(f"{name}: resident memory", memory, None, "2048 KB", memory.value <= 2048,
                  f"VmRSS after 41 batches, 5 processes; {CALL}")
        begun = Figure(first, "{:.2f}", "ms")
        yield row(f"{name}: first batch", begun, None, "20 ms", begun.value < 20,
                  f"newline to the last byte, through pipes; {CALL}")
        pipe = statistics.median(echo)
        batch_time = Figure([l - pipe for l in later], "{:.0f}", "µs")
        yield row(f"{name}: later batch", batch_time, None, f"{goal} µs" if goal else "",
                  batch_time.value <= goal if goal else None,
                  f"the same, 200 batches by turns with cat, whose {pipe:.0f} µs for the "
                  f"newline are subtracted; {CALL}")


# Runs inside the tracing host: milliseconds of processor time of one process of ours,
# and of the others together, by turns; the tracer's own time is not in it.
SAMPLER = """
import os, sys
ours, tool, preload, path, *words = sys.argv[1:]
null = os.open("/dev/null", os.O_WRONLY)

def took(argv, env):
    child = os.posix_spawn(argv[0], argv, env, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"{argv} ended with {status}")
    return (usage.ru_utime + usage.ru_stime) * 1e3

theirs = {"LD_PRELOAD": preload, "LD_LIBRARY_PATH": path}
for _ in range(21):
    print(took([ours, "--once"], {}),
          sum(took([tool, "stat", word], theirs) for word in words) if tool else "")
"""


def whole_process(b):
    program = f"{b.build}/contrib/execd/vmguest-execd"
    words = "balloon swap memlimit memres cpures cpulimit sessionid speed".split()
    if not os.path.exists(program):
        raise Unmeasured("vmguest-execd is not built")
    tool = ""
    if b.peer:
        places = [p for p in (b.peer_dir.split("/usr/lib")[0] + "/usr/bin/vmware-toolbox-cmd",)
                  if os.path.exists(p)]
        if not places:
            raise Unmeasured("vmware-toolbox-cmd is not there")
        tool = places[0]
    text = b.run([b.simhost, "--", sys.executable, "-c", SAMPLER, os.path.abspath(program), tool,
                  f"{b.build}/tests/bench/libbench-claim.so", b.peer_dir, *words])
    samples = [[float(v) for v in line.split()] for line in text.splitlines()]
    ours = Figure([s[0] for s in samples], "{:.2f}", "ms")
    theirs = Figure([s[1] for s in samples], "{:.2f}", "ms") if tool else None
    yield row("processor time of a whole process, eight values", ours, theirs,
              "a hundredth of VMware's", theirs and ours.value <= theirs.value / 100,
              "vmguest-execd --once, which gives all values, beside eight calls of "
              "vmware-toolbox-cmd stat; starts included, 21 times by turns, tracing host")


def stat_program(b):
    program = f"{b.build}/contrib/stat/vmguest-stat"
    if not os.path.exists(program):
        raise Unmeasured("vmguest-stat is not built")
    return program


def spent(argv, env=None):
    """Seconds of processor time of a whole process."""
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        raise Unmeasured(f"{os.path.basename(argv[0])} ended with {status}")
    return usage.ru_utime + usage.ru_stime


def view(b):
    program = stat_program(b)
    env = {**b.environment(False), "LD_LIBRARY_PATH": b.call_dir, "BENCH_MOVING": "1"}
    start = statistics.median(spent([program, "1", "1"], env) for _ in range(9))
    share = Figure([100 * (spent([program, "1", "61"], env) - start) / 60], "{:.3f}", "%")
    yield row("vmguest-stat 1: of one processor", share, None, "0.1 %", share.value < 0.1,
              f"rusage over a minute, less the median of nine starts with one line; {CALL}")


def week(b):
    """A reading a minute of seven days, each as vmguest-stat records one."""
    program, folder = stat_program(b), f"{b.work}/recordings"
    os.mkdir(folder)
    b.run([b.simhost, "--", program, "--vcpus", "4", "--record", folder, "1", "1"])
    path = os.path.join(folder, os.listdir(folder)[0])
    with open(path) as file:
        reading = json.loads(file.readline())
    points = reading["points"]
    with open(path, "w") as file:
        for minute in range(7 * 24 * 60):
            reading["time_ns"] += 60 * 10**9
            for name, step in (("cpu_elapsed", 60000), ("cpu_used", 96000),
                               ("cpu_stolen", 24000 if minute % 1440 < 60 else 200)):
                points[name] += step
            file.write(json.dumps(reading) + "\n")
    took = Figure([spent([program, "--explain", "--from", folder]) for _ in range(5)],
                  "{:.2f}", "s")
    yield row("vmguest-stat: seven days explained", took, None, "1 s", took.value < 1,
              f"processor time of --explain --from, 10 080 readings, "
              f"{os.path.getsize(path) / 2**20:.0f} MiB, start included")


def quickstart(b):
    if not os.path.exists("contrib/quickstart"):
        raise Unmeasured("contrib/quickstart is not here")

    def run():
        began = time.monotonic()
        process = subprocess.Popen(["contrib/quickstart", "--seconds", "5"], text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        took = None
        for line in process.stdout:
            if took is None and line.startswith("---- after "):
                took = time.monotonic() - began
        if process.wait() != 0 or took is None:
            raise Unmeasured("contrib/quickstart showed no value")
        return took

    if not os.path.exists("build/quickstart/tree/plugin/vmguest.so"):
        run()
    run_twice = Figure([run(), run()], "{:.1f}", "s")
    yield row("quickstart, second run, to the first value", run_twice, None, "10 s",
              run_twice.value < 10, "clock from the command to the first table; tracing host")


ROWS = (operations, system_calls, allocations, instructions, times, extended, openings, library,
        start, threads, growth, collectd, execd, whole_process, view, week, quickstart)


# The table.

def ratio(r):
    if not r["theirs"] or not r["ours"].value or r["theirs"].value <= 0:
        return ""
    value = r["ours"].value / r["theirs"].value
    return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def verdict(r, disturbed):
    if r["met"] is False and disturbed and r["ours"].unit in ("s", "ms", "µs", "times"):
        return "NOT MET (busy)"
    return {True: "met", False: "NOT MET", None: ""}[r["met"]]


def busy():
    """A sentence where other programs were at work, else nothing."""
    load, cores = os.getloadavg()[0], len(os.sched_getaffinity(0))
    if load < cores / 2:
        return ""
    return (f"This machine was busy when the measuring began (load average {load:.1f} on {cores} "
            "cores): times, not counts, are worth less.")


def table_print(rows, reasons, disturbed):
    print(f"\n{'an update and 28 reads, unless said otherwise':47} {'ours':>12} "
          f"{'VMware’s':>12} {'ratio':>6}  goal")
    for r in rows:
        print(f"{r['what']:47} {str(r['ours']):>12} {str(r['theirs'] or '-'):>12} "
              f"{ratio(r) or '-':>6}  {r['goal']}{' ' if r['goal'] else ''}{verdict(r, disturbed)}")
        spread = " | ".join(f"{who} {f.spread()}" for who, f in
                            (("ours", r["ours"]), ("VMware's", r["theirs"]))
                            if f and f.spread())
        if spread:
            print(f"    spread: {spread}")
    print("\nHow, and what else there is to say:")
    told = set()
    for r in rows:
        if r["method"] not in told:
            print(f"  {r['what']}: {r['method']}")
        if r["note"] and r["note"] not in told:
            print(f"    {r['note']}")
        told |= {r["method"], r["note"]}
    for name, reason in reasons:
        print(f"\nNot measured: {name}: {reason}")


def json_print(rows, reasons, disturbed, seconds):
    def side(figure):
        return figure.json() if figure else None

    print(json.dumps({
        "rows": [{**r, "ours": side(r["ours"]), "theirs": side(r["theirs"]),
                  "ratio": float(ratio(r)) if ratio(r) else None} for r in rows],
        "not_measured": [{"what": n, "why": w} for n, w in reasons],
        "disturbed": disturbed or None, "seconds": round(seconds)}, indent=1, ensure_ascii=False))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--peer", default="")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
    began = time.monotonic()
    b = Bench(options)
    disturbed = busy()
    rows, reasons = [], []
    wanted = [m for m in ROWS if not options.only or
              any(word in m.__name__.replace("_", " ") for word in options.only)]
    if not wanted:
        names = ", ".join(m.__name__.replace("_", " ") for m in ROWS)
        print(f"bench: --only {options.only[0]}; accepted: a word of {names}", file=sys.stderr)
        return 2
    try:
        for measure in wanted:
            name = measure.__name__.replace("_", " ")
            print(f"   {name}", file=sys.stderr)
            try:
                rows += measure(b)
            except (Unmeasured, OSError, subprocess.TimeoutExpired) as why:
                reasons.append((name, str(why)))
    finally:
        shutil.rmtree(b.work, ignore_errors=True)
    if not b.peer:
        reasons.append(("VMware's column", "its library is not here, and could not be "
                        "downloaded: see build/bench/log/open-vm-tools.log"))
    seconds = time.monotonic() - began
    if options.json:
        json_print(rows, reasons, disturbed, seconds)
    else:
        table_print(rows, reasons, disturbed)
        if disturbed:
            print(f"\n{disturbed}")
        print(f"\n{seconds:.0f} s. A round is one update and 28 reads.")
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
