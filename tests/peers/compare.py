# SPDX-License-Identifier: MIT
"""VMware's own library beside ours, on the same simulated host: the scenarios, and
how what a program prints on either of them is compared, line by line. Where they
differ, VMware's must be wrong: each such difference stands here with the number of the
defect, as they are counted below, and with what either of them says.

Defects of VMware's library (12.2.0) that show here:
  2   the 18th statistic is used without asking whether the host sent it: a crash,
      or whatever lies there
  3   what the decoder does not like, as statistics in another order, is reported as
      success, without any data
  4   the size in the reply is believed: what is missing at its end reads as 0
  11  a lost channel is reported as a refusal: NOT_ENABLED instead of OTHER
  12  a lost request of version 3 pins a handle to version 2: what is newer than that
      vanishes
  16  a reply of session 0 is reported as success, without any data
  20  StatGet hands out the host's refusal text together with an error
  22  a long resource pool path, statistic 37, is decoded and not handed out
The texts of GetErrorText are each library's own words.
"""
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field

from cases import Skip, check_simhost


@dataclass
class Allowed:
    """A difference: the defect, and regular expressions for the whole lines."""
    defect: int
    theirs: str
    ours: str


REFUSAL_TEXT = Allowed(20, r"StatGet (.*): 4 reply given size \d+",
                       r"StatGet (.*): 4 reply none size 0")


@dataclass
class Scenario:
    """What is asked, and how theirs may differ from ours."""
    host: dict = field(default_factory=dict)
    vm: dict = field(default_factory=dict)
    fixed: dict = field(default_factory=dict)
    events: list = field(default_factory=list)
    load: list = field(default_factory=list)    # and nothing is still
    seconds: int = 0            # between the two updates; events are timed from the first
    allowed: list = field(default_factory=list)
    their_crash: int = 0        # the defect that may end theirs by a signal
    ours: list = field(default_factory=list)    # what ours must say, whatever theirs
    differ: bool = False        # the allowed differences must be seen

    def json(self):
        # Nothing that moves with the clock: the two do not run at once.
        still = {"cpuUsedMs": 4242424242, "elapsedMs": 8484848484, "cpuStolenMs": 777,
                 "hostCpuUsedMs": 99999999999, "uptime": 5,
                 "num.reads": 7, "num.writes": 3, "size.reads": 114688, "size.writes": 8192,
                 "latency.reads": 1800, "latency.writes": 900,
                 "num.tx": 5, "num.rx": 9, "size.tx": 400, "size.rx": 7000}
        load = {}
        if self.load:
            still, load = {}, {"load": self.load}
        return json.dumps(load | {
            "version": 1, "start": "request", "host": self.host, "events": self.events,
            "vm": {"session": "0x8122334455667788", "resource_pool": "host/user/shop"} | self.vm,
            "fixed": still | self.fixed})


def failing(defect, theirs_update, theirs_get, ours_update, when="after an update,"):
    """Of one update that fails in ours: what either says of it and of the values."""
    return [Allowed(defect, f"UpdateInfo: {theirs_update}", f"UpdateInfo: {ours_update}"),
            Allowed(defect, rf"{when} (Get\w+.*): {theirs_get}.*", rf"{when} (Get\w+.*): 5.*")]


U32, U64 = 2 ** 32, 2 ** 64
NUMBERS = ("cpuReservationMHz cpuLimitMHz cpuShares cpuUsedMs hostMHz memReservationMB "
           "memLimitMB memShares memMappedMB memActiveMB memOverheadMB memBalloonedMB "
           "memSwappedMB memSharedMB memSharedSavedMB memUsedMB elapsedMs").split()
AT_ONCE = {"at": 0}

# One ctest entry each: CMakeLists.txt finds the names.
SCENARIOS = {
    "everything": Scenario(),
    "limits": Scenario(vm={"cpu_limit_mhz": 4000, "cpu_reservation_mhz": 500,
                           "memory_limit_mb": 6000, "memory_reservation_mb": 100}),
    "extremes": Scenario(fixed={
        "cpuLimitMHz": U32 - 1, "memMappedMB": U32 - 1, "memUsedMB": U32 // 2, "cpuShares": 0,
        "cpuUsedMs": U64 - 1, "elapsedMs": U64 // 2, "cpuStolenMs": U32, "hostMemPhysMB": U32 - 1,
        "memShares64": U64 - 1, "memShares": 0}),
    "host-info-off": Scenario(host={"host_info": False}),
    "nothing-valid": Scenario(fixed=dict.fromkeys(
        NUMBERS + ["resourcePoolPath", "cpuStolenMs", "memTargetSizeMB", "memZippedMB",
                   "memBalloonMaxMB", "memShares64"])),
    "shares-64-only": Scenario(fixed={"memShares": None, "memShares64": U32 + 5}),
    "statistics-17": Scenario(
        host={"statistics": 17}, their_crash=2,
        ours=["after an update, GetResourcePoolPath in 1024: 4 size 1024",
              "after an update, GetResourcePoolPath in 0: 4 size 0",
              "after an update, GetElapsedMs: 0 8484848484",
              "after an update, GetCpuStolenMs: 10"]),
    "statistics-18": Scenario(host={"statistics": 18}),
    "statistics-20": Scenario(host={"statistics": 20}),
    "statistics-30": Scenario(host={"statistics": 30}),
    "statistics-36": Scenario(host={"statistics": 36}),
    "statistics-37": Scenario(host={"statistics": 37}),
    "statistics-40": Scenario(host={"statistics": 40}),
    "protocol-2": Scenario(host={"protocols": [2]}),
    "protocol-2-nothing-valid": Scenario(host={"protocols": [2]}, fixed=dict.fromkeys(NUMBERS)),
    "protocol-2-low-bandwidth": Scenario(host={"protocols": [2], "high_bandwidth": False}),
    "low-bandwidth": Scenario(host={"high_bandwidth": False}),
    "no-cookies": Scenario(host={"cookies": False}),
    "path-empty": Scenario(vm={"resource_pool": ""}),
    "path-512": Scenario(vm={"resource_pool": "p" * 512}),
    "path-513": Scenario(
        vm={"resource_pool": "p" * 513}, differ=True,
        allowed=[Allowed(22, r"(after .*) GetResourcePoolPath in 1024: 4 size 1024",
                         r"(after .*) GetResourcePoolPath in 1024: 0 size 1024 \"p{513}\""),
                 Allowed(22, r"(after .*) GetResourcePoolPath in (\d): 4 size \d",
                         r"(after .*) GetResourcePoolPath in (\d): 7 size 514")]),
    "disabled": Scenario(events=[AT_ONCE | {"do": "disable"}]),
    "disabled-for-once": Scenario(events=[AT_ONCE | {"do": "disable", "for": 1}], seconds=2),
    "disabled-later": Scenario(events=[{"at": 1, "do": "disable"}], seconds=2),
    "desktop": Scenario(host={"product": "workstation"}),
    # A move draws the new session id; without cookies nothing else is drawn, so that
    # it does not depend on how many channels either of them opened.
    "move": Scenario(host={"cookies": False}, events=[{"at": 1, "do": "vmotion", "mhz": 3000, "memory_mb": 524288}],
                     seconds=2),
    "move-to-protocol-2": Scenario(
        host={"cookies": False},
        events=[{"at": 1, "do": "vmotion", "protocols": [2]}], seconds=2),
    "move-from-protocol-2": Scenario(
        host={"protocols": [2], "cookies": False},
        events=[{"at": 1, "do": "vmotion", "protocols": [2, 3]}], seconds=2),
    "checkpoint": Scenario(events=[AT_ONCE | {"do": "checkpoint", "step": "sendpayload"},
                                   AT_ONCE | {"do": "checkpoint", "step": "recvpayload"}]),
    "channel-lost-once": Scenario(events=[AT_ONCE | {"do": "lose", "step": "recvsize"}]),
    "channel-never": Scenario(
        events=[AT_ONCE | {"do": "refuse", "for": 1000}], differ=True,
        allowed=[Allowed(11, "UpdateInfo: 3", "UpdateInfo: 1"),
                 Allowed(11, r"StatGet (.*): 4 reply given size \d+",
                         r"StatGet (.*): 1 reply none size 0")]),
    "refused-once": Scenario(
        events=[AT_ONCE | {"do": "damage", "how": "refuse", "protocol": 3}], differ=True,
        allowed=[Allowed(12, r"(after .*, Get\w+): 10", r"(after .*, Get\w+): [04].*")],
        ours=["after an update, GetCpuStolenMs: 0 777"]),
    "channel-lost-twice": Scenario(
        events=[AT_ONCE | {"do": "lose", "step": "recvsize", "count": 2}], differ=True,
        allowed=failing(12, 0, r"\d+", 1) +
        [Allowed(12, r"after another, (Get\w+): 10", r"after another, (Get\w+): [04].*")]),
    # Over the bulk port, ours asks for a damaged reply once more, by words.
    "damaged-over-bulk": Scenario(
        events=[AT_ONCE | {"do": "damage", "how": "session"}], differ=True,
        allowed=[Allowed(16, r"after an update, (Get\w+)( in \d+)?: 5.*",
                         r"after an update, (Get\w+)( in \d+)?: [047].*")],
        ours=["UpdateInfo: 0", "after an update, GetCpuUsedMs: 0 4242424242"]),
    "session-0": Scenario(
        host={"high_bandwidth": False},
        events=[AT_ONCE | {"do": "damage", "how": "session"}], differ=True,
        allowed=failing(16, 0, 5, 1)),
    "out-of-order": Scenario(
        events=[AT_ONCE | {"do": "damage", "how": "order"}], differ=True,
        allowed=[Allowed(3, r"after an update, (Get\w+)( in \d+)?: 5.*",
                         r"after an update, (Get\w+)( in \d+)?: [047].*")],
        ours=["after an update, GetCpuUsedMs: 0 4242424242",
              "after an update, GetMemShares64: 0 81920"]),
    "cut-short": Scenario(
        host={"high_bandwidth": False},
        events=[AT_ONCE | {"do": "damage", "how": "truncate", "bytes": 540}], differ=True,
        allowed=failing(4, 0, r"\d+", 1)),
    "another-version": Scenario(
        host={"high_bandwidth": False},
        events=[AT_ONCE | {"do": "damage", "how": "version"}]),
}

def hypervisor():
    """The loader cuts LD_PRELOAD at blanks: a path that has none, from here."""
    return "./" + os.path.relpath(os.environ["HYPERVISOR"])


class Library:
    """Where one of the two is, and what a program needs to run on it."""

    def __init__(self, name, folders, preload):
        self.name = name
        self.env = {"LD_LIBRARY_PATH": ":".join(folders), "LD_PRELOAD": " ".join(preload),
                    "ASAN_OPTIONS": "detect_leaks=0"}

    def run(self, scenario_file, command):
        """Lines, and how it ended: 0, a status, or minus the signal."""
        done = subprocess.run(
            [os.environ["SIMHOST"], "--scenario", scenario_file, "--", "env",
             *(f"{name}={value}" for name, value in self.env.items()), *command],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        said = done.stdout.decode(errors="replace")
        sys.stderr.write(done.stderr.decode(errors="replace") if "ask" in command[0] else "")
        check_simhost(done.returncode)
        if done.returncode == 2 and not said:
            sys.exit(f"FAILED: {done.stderr.decode(errors='replace')}")
        ended = done.returncode if done.returncode < 128 else 128 - done.returncode
        if "ask" not in command[0]:
            said += done.stderr.decode(errors="replace")
        # What the host says of its vCPUs is no answer of the program.
        return [line for line in said.splitlines()
                if not line.startswith("vmguest-simhost: ")], ended


def libraries():
    deps, arch = os.environ["PEER_DIR"], os.environ["ARCH"]
    theirs = ""
    folders = [f"{root}{lib}/{arch}" for root in (deps, "") for lib in ("/usr/lib", "/lib")]
    for folder in folders:
        if os.path.exists(folder + "/libguestlib.so.0"):
            theirs = folder + "/libguestlib.so.0"
            break
    if not theirs:
        raise Skip("open-vm-tools is not there; contrib/check unpacks it in build/deps")
    folders = folders[:2] if theirs.startswith(deps) else []
    preload = [path for path in os.environ["PRELOAD"].split(":") if path]
    return (Library("theirs", folders, []), theirs,
            Library("ours", [os.environ["COMPAT"], *folders], preload),
            os.environ["COMPAT"] + "/libguestlib.so.0")


def allowed_by(rules, their, our):
    for rule in rules:
        a, b = re.fullmatch(rule.theirs, their), re.fullmatch(rule.ours, our)
        if a and b and a.groups() == b.groups():
            return rule
    return None


def compare(their, ours, rules):
    """(differences that are not allowed, defects that were seen)"""
    wrong, defects = [], set()
    for number in range(max(len(their), len(ours))):
        a = their[number] if number < len(their) else "(nothing)"
        b = ours[number] if number < len(ours) else "(nothing)"
        if a == b or a.startswith("GetErrorText") and b.startswith(a.partition(":")[0]):
            continue
        rule = allowed_by(rules, a, b)
        if rule:
            defects.add(rule.defect)
        else:
            wrong.append(f"theirs: {a}\n  ours: {b}")
    return wrong, defects


def texts(library, path, file):
    """Each error in this library's words, by its number."""
    lines, _ = library.run(file, [os.environ["ASK"], path])
    found = re.findall(r"^GetErrorText (\d+): (.*)$", "\n".join(lines), re.MULTILINE)
    return {int(number): text for number, text in found}
