# SPDX-License-Identifier: MIT
"""Other people's clients of VMware's library, on it and on ours.

clients.py CASE: runs a client under the same simulated host once on either library, and
compares what it prints, line by line. CASE is one of

  python-SCENARIO  the bindings vmguestlib and vmguestlib-mod of the Python Package Index,
                   with the programs that they bring
  papi-SCENARIO    PAPI's component vmware, by its own test, which prints every event
  jvm-SCENARIO     OpenJDK, which prints of its host when asked, and when it crashes. It
                   asks CPUID first, which cannot be faked: a copy of it knows this
                   machine's hypervisor by VMware's name

What a client makes of a right answer, such as a 64-bit value in a 32-bit type, is its
own affair, and the same on both.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import compare
from cases import Skip, end
from compare import SCENARIOS, Scenario

# One ctest entry each: CMakeLists.txt finds the names.
PYTHON_IN = ("everything", "limits", "extremes", "host-info-off", "nothing-valid",
             "shares-64-only", "statistics-17", "statistics-20", "statistics-40",
             "protocol-2", "protocol-2-nothing-valid", "low-bandwidth", "disabled",
             "desktop", "moved", "rates", "handles")
PAPI_IN = ("everything", "limits", "extremes", "protocol-2", "disabled", "desktop")
JVM_IN = ("report", "desktop")

OWN = {
    "moved": Scenario(host={"cookies": False}, seconds=3, events=[
        {"at": 2, "do": "vmotion", "mhz": 3000, "memory_mb": 524288, "protocols": [2]}]),
    # 100 % of the time that passes are used, and 100 % stolen.
    "rates": Scenario(load=[{"at": 0, "used": 0.25, "stolen": 0.25}], host={"mhz": 2600}),
    "handles": Scenario(),
    "report": Scenario(fixed={"vm.cpu.used": 123456789, "vm.cpu.contention.cpu": 424242,
                              "guest.mem.swapped": 77777, "host.cpu.processorMHz": 2718}),
}
RATES = ["Processor Time: 1e+02 %", "CPU stolen time: 1e+02 %", "Effective VM Speed: 2.6e+03 MHz"]

# What theirs needs to be used by it.
BINDINGS = {"vmguestlib-0.1.2": "whole", "vmguestlib-mod-0.1.5": "as-it-is"}
PROGRAMS = ["vmguest-stats " + words for words in
            ("-a 0 1", "-c 0 2", "-m 0 1", "0 1", "--version", "--help", "soon")]


@dataclass
class Side:
    """One of the two libraries, and its words for each error."""
    library: compare.Library
    path: str
    texts: dict = field(default_factory=dict)

    def say(self, file, command):
        """(lines, how it ended), the words of errors taken out, where they are right."""
        lines, end = self.library.run(file, command)
        return [self.wordless(line) for line in lines], end

    def wordless(self, line):
        for number, text in self.texts.items():
            line = line.replace(f"error {number}: {text.encode()}", f"error {number}")
            line = line.replace(f" failed: {text}", f" failed: error {number}")
        return line


def links(folder, library):
    """A folder in which the clients find library, whatever they call it."""
    os.makedirs(folder)
    for name in "libvmGuestLib.so", "libvmGuestLib.so.0", "libguestlib.so.0", "vmGuestLib":
        os.symlink(library, f"{folder}/{name}")
    return folder


def at_once(calls):
    with ThreadPoolExecutor(len(calls)) as threads:
        return [done.result() for done in [threads.submit(call) for call in calls]]


def both(call, theirs, ours):
    return at_once([lambda: call(theirs), lambda: call(ours)])


def used(side, said):
    """What was said, less the line that says which library was used; it has to be there."""
    lines, end = said
    if f"library {os.path.realpath(side.path)}" not in lines:
        sys.exit(f"FAILED: {side.path} was not used: {lines[-20:]}")
    return [line for line in lines if not line.startswith("library ")], end


def differences(what, theirs, ours, end=0):
    """Between two (lines, end)."""
    wrong = compare.compare(theirs[0], ours[0], [])[0]
    for name, (lines, ended) in ("theirs", theirs), ("ours", ours):
        if ended != end:
            wrong.append(f"{name} ends with {ended} instead of {end} after: {lines[-3:]}")
    return [f"{what}: {text}" for text in wrong]


# Python.

def binding_say(side, file, way, folder, *more):
    command = [sys.executable, os.environ["BINDING"], way, folder]
    lines, end = used(side, side.say(file, command + [*(more or ["0"])]))
    # The time of day is no answer.
    return [line for line in lines if not re.fullmatch(r"\w{3} \w{3} .* \d{4}", line)], end


def rates(lines):
    """What a program calculates, as far as clocks that tick in milliseconds have it."""
    return [re.sub(r"\d[\d.]*", lambda number: f"{float(number[0]):.2g}", line).strip()
            for line in lines if line.startswith("    ")]


def handles_case(file, theirs, ours):
    """0.1.2 passes a handle as a C int: ours fit always, theirs by luck."""
    folder = os.environ["BINDINGS"] + "/vmguestlib-0.1.2"
    lines, end = binding_say(ours, file, "handles", folder)
    wrong = [line for line in lines if not re.match(r"0x\w+: None, 4000$", line)]
    most = re.fullmatch(r"\d+ handles, the largest (\d+)", wrong.pop() if wrong else "")
    if end or not most or not 2 ** 30 < int(most[1]) < 2 ** 31:
        wrong += [*lines[-3:], f"ends with {end}, and has not seen a handle of 31 bits"]
    print(f"{len(lines)} lines, {lines[-1]}")

    cut, whole = both(lambda side: binding_say(side, file, "as-it-is", folder), theirs, ours)
    if cut[1] < 0 and whole[1] == 0:
        print(f"theirs ends by signal {-cut[1]}: its handles do not fit here")
        return wrong
    print("theirs is in luck: its handles fit here")
    return wrong + differences("as it is", cut, whole)


def binding_case(name, scenario, file, theirs, ours, binding):
    folder = f"{os.environ['BINDINGS']}/{binding}"
    programs = ["vmguest-stats -c 1 1"] if name == "rates" else PROGRAMS
    if os.path.exists(folder + "/vmguest-example"):
        programs = [*programs, "vmguest-example"]
    their, our = both(lambda side: binding_say(
        side, file, BINDINGS[binding] if side is theirs else "as-it-is", folder,
        str(scenario.seconds), *programs), theirs, ours)
    wrong = []
    if name == "rates":
        their, our = ((rates(lines), end) for lines, end in (their, our))
        if our[0][:3] != RATES:
            wrong.append(f"{binding}: {our[0]}, and not {RATES}")
    print(f"{binding}: {len(our[0])} lines")
    return wrong + differences(binding, their, our)


def python_case(name, scenario, file, theirs, ours):
    for binding in BINDINGS:
        if not os.path.exists(f"{os.environ['BINDINGS']}/{binding}/vmguestlib.py"):
            raise Skip(f"{binding} is not there; contrib/check fetches it to build/deps")
    if name == "handles":
        return handles_case(file, theirs, ours)
    return sum(at_once([lambda binding=binding: binding_case(
        name, scenario, file, theirs, ours, binding) for binding in BINDINGS]), [])


# PAPI.

def papi_case(name, scenario, file, theirs, ours):
    program = os.environ["PAPI"]
    if not os.path.exists(program):
        raise Skip("PAPI is not there; contrib/check builds it in build/deps/papi")
    loaded, _ = ours.library.run(file, ["env", "LD_DEBUG=files", program])
    if not any("calling init: " in line and "/libvmGuestLib.so" in line for line in loaded):
        return [f"PAPI has not loaded ours: {loaded[-20:]}"]
    their, our = both(lambda side: side.say(file, [program]), theirs, ours)
    events = [line for line in our[0] if " value: " in line]
    print(f"{len(events)} events")
    gives = not scenario.events and "product" not in scenario.host
    wrong = differences("PAPI", their, our)
    return wrong if bool(events) == gives else [*wrong, f"{len(events)} events: {our[0]}"]


# OpenJDK.

SIGNATURE = b"VMwareVMware\0"


def java_copy(home, to, mine):
    """home in links, but with a libjvm.so that takes what calls itself mine for VMware."""
    os.makedirs(to)
    for entry in os.scandir(home):
        inner = f"{to}/{entry.name}"
        if entry.is_dir() and entry.name in ("bin", "lib", "server"):
            java_copy(entry.path, inner, mine)
        elif entry.name == "libjvm.so":
            with open(entry.path, "rb") as file:
                code = file.read()
            if code.count(SIGNATURE) != 1 or b"VMGuestLib_StatGet" not in code:
                raise Skip(f"{entry.path} does not look for VMware by its name")
            with open(inner, "wb") as file:
                file.write(code.replace(SIGNATURE, mine + b"\0"))
        elif entry.name in ("java", "libjli.so"):   # they look around where they are
            shutil.copy2(entry.path, inner)
        else:
            os.symlink(entry.path, inner)


def reports(said):
    """What is told of the host: when asked, and again in the crash."""
    found, inside = [], False
    for line in said[0]:
        if "virtualization detected" in line or line.startswith("vSphere "):
            inside = True
        elif line.startswith(("Steal ", "CPU:")):
            inside = False
        if inside and line:
            found.append(line)
    return found, said[1]


def jdk_home():
    """The one that is installed, or the one that contrib/check unpacked."""
    for java in [shutil.which("java"), *glob.glob(os.environ["JDK"] + "/*/bin/java")]:
        home = os.path.dirname(os.path.dirname(os.path.realpath(java))) if java else ""
        if all(os.path.exists(home + part) for part in
               ("/lib/server/libjvm.so", "/bin/javac")):
            return home
    raise Skip("there is no JDK (Debian: default-jdk-headless)")


def jvm_case(name, scenario, file, theirs, ours):
    home = jdk_home()
    mine = subprocess.run([os.environ["SIGNATURE"]], capture_output=True).stdout
    if not mine.strip(b"\0"):
        raise Skip("no hypervisor names itself here")
    work = os.path.dirname(file)
    subprocess.run([home + "/bin/javac", "-d", work, os.environ["REPORT"]], check=True,
                   capture_output=True)
    java_copy(home, work + "/java", mine)
    command = [work + "/java/bin/java", "-XX:+ExtensiveErrorReports", "-XX:+ErrorFileToStdout",
               "-XX:-CreateCoredumpOnCrash", "-cp", work, "Report"]
    for side in theirs, ours:       # the machine has its own use for that signal
        side.library.env["ASAN_OPTIONS"] += ":handle_segv=0"
    their, our = both(lambda side: reports(used(side, side.say(file, command))), theirs, ours)
    wrong = differences("OpenJDK", their, our, end=1)
    print(f"{len(our[0])} lines in two reports")
    if our[0].count("VMWare virtualization detected") != 2:
        wrong.append(f"not two reports: {our[0]}")
    for key, value in scenario.fixed.items():
        # A report has the host once, the machine as it was and as it is.
        want = 2 if key.startswith("host.") else 4
        if our[0].count(f"{key} = {value}") != want:
            wrong.append(f"{key} is not {want} times {value}: {our[0]}")
    return wrong


def run(case_name):
    client, _, name = case_name.partition("-")
    scenario = OWN.get(name) or SCENARIOS[name]
    their_library, their_path, our_library, our_path = compare.libraries()
    theirs, ours = Side(their_library, their_path), Side(our_library, our_path)
    case = {"python": python_case, "papi": papi_case, "jvm": jvm_case}[client]
    with tempfile.TemporaryDirectory(dir=os.environ["WORK"], prefix=case_name) as work:
        file = f"{work}/{name}.json"
        with open(file, "w") as out:
            out.write(scenario.json())
        env = theirs.library.env
        env["LD_PRELOAD"] = compare.hypervisor()
        env["LD_LIBRARY_PATH"] = ":".join(
            [links(work + "/theirs", their_path), env["LD_LIBRARY_PATH"]])
        for side in theirs, ours:
            side.texts = compare.texts(side.library, side.path, file)
        wrong = case(name, scenario, file, theirs, ours)
    for text in wrong:
        print(text)
    if wrong:
        sys.exit(f"FAILED: {len(wrong)} differences")


end(lambda: run(sys.argv[1]))
