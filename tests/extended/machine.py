# SPDX-License-Identifier: MIT
"""A virtual machine as the second host describes it. Each number is one of the host's
clock, of the session and of the instance, so that whoever knows these three knows what
the host said. Sources: those of recordings.py, VMware Guest SDK programming guide 8.0,
open-vm-tools (layout of a version 3 reply)."""
import re
import struct
import time

# The classic statistics by id, from 1 on; from what each starts, and what it grows by a
# second; those of 64 bits, and the texts.
CLASSICS = """
cpuReservationMHz cpuLimitMHz cpuShares cpuUsedMs hostMHz memReservationMB memLimitMB
memShares memMappedMB memActiveMB memOverheadMB memBalloonedMB memSwappedMB memSharedMB
memSharedSavedMB memUsedMB elapsedMs resourcePoolPath cpuStolenMs memTargetSizeMB
hostCpuNumCores hostCpuUsedMs hostMemSwappedMB hostMemSharedMB hostMemUsedMB
hostMemPhysMB hostMemPhysFreeMB hostMemKernOvhdMB hostMemMappedMB hostMemUnmappedMB
memZippedMB memZipSavedMB memLLSwappedMB memSwapTargetMB memBalloonTargetMB
memBalloonMaxMB resourcePoolPathLong memShares64""".split()
UNLIMITED = 0xFFFFFFFF
STARTS = {name: 100 + 13 * place for place, name in enumerate(CLASSICS)}
STARTS.update(cpuLimitMHz=UNLIMITED, hostMHz=2593, memLimitMB=6000)
GROWS = {"cpuUsedMs": 1731, "cpuStolenMs": 222, "hostCpuUsedMs": 9876}
WIDE = {4, 17, 19, 20, 22, 23, 24, 25, 26, 27, 28, 29, 30, 38}
TEXTS = {"resourcePoolPath": b"host/user/shop", "resourcePoolPathLong": b""}

# Of a set, in the host's order: from what each starts, and by how much it grows a
# second; a level stays where it starts.
RESOURCES = [
    ("vm.cpu.reserved", 700, 0), ("vm.cpu.limit", -1, 0),
    ("vm.cpu.used", 224057517, 1731513), ("vm.cpu.contention.cpu", 65606184, 412345),
    ("vm.cpu.contention.mem", 1488848, 87654), ("vm.numa.local", 1837248, 0),
    ("vm.numa.remote", 612416, 0), ("guest.mem.reserved", 204800, 0),
    ("guest.mem.limit", -1, 0), ("guest.mem.mapped", 1810144, 0),
    ("guest.mem.consumed", 1521680, 0), ("guest.mem.swapped", 3236, 0),
    ("guest.mem.ballooned", 27104, 0), ("guest.mem.swapIn", 3416, 517),
    ("guest.mem.swapOut", 6588, 733), ("ovhd.mem.swapped", 412, 0),
    ("ovhd.mem.swapIn", 96, 11), ("ovhd.mem.swapOut", 128, 23),
]
DISK = [
    ("num.reads", 4197, 211), ("num.writes", 10161, 97),
    ("size.reads", 84475904, 4321280), ("size.writes", 461414400, 1589248),
    ("latency.reads", 27897419, 1384567), ("latency.writes", 25334559, 242513),
]
NIC = [
    ("num.tx", 12345, 1021), ("size.tx", 1116059, 654321),
    ("num.rx", 23147, 1409), ("size.rx", 21227126, 987654),
    ("reservation", 17, 0), ("limit", 250, 0),
]
HOST = [("host.cpu.processorMHz", 2593, 0), ("host.cpu.coresPerPkg", 14, 0)]
NUMBERS = {"resources": RESOURCES, "host": HOST, "vscsi": DISK, "vnet": NIC}

VERSION = "VMware ESXi 8.0.3 build-24022510"
UUID = "56 4d 2c 53 43 56 66 8e-7c 05 fd 7e 51 1e 23 f3"
DISKS = ["scsi0:0", "scsi0:1", "sata0:0", "nvme0:0"]
NICS = ["00:0c:29:32:0a:6a", "00:0c:29:32:0a:74", "00:50:56:AB:CD:EF"]
UNLIMITED_NIC = NICS[1]

# Everything is smaller in the next session: collectd takes no counter that is not.
SESSIONS = 20


def young(session):
    """Milliseconds that a session has lasted when it is first asked for."""
    return 1000 * (SESSIONS - session)


def session_of(number):
    """Negative, as the host writes it: the number is of 64 bits without sign."""
    return -8168698359495121639 + number * 0x1000001


def known(number):
    """As the classic statistics have it."""
    return session_of(number) % 2**64


def number_of(session):
    """The other way round, from either."""
    return (session - session_of(0)) % 2**64 // 0x1000001


def said(kind, name, instance, ms, session=0):
    """What the host says after so many milliseconds of a session; None: nothing.
    instance is its place among those of its kind."""
    start, grows = {row[0]: row[1:] for row in NUMBERS[kind]}[name]
    if start < 0:
        return start
    if (kind, name) == ("vnet", "limit") and NICS[instance] == UNLIMITED_NIC:
        return -1
    number = (start * (SESSIONS - session) + grows * ms // 1000) * (1 + instance)
    return number * (1 + instance) if name.startswith("latency") else number


LIST, CLASSIC = "guestlib.stat.get text ", "guestlib.info.get 3"


def requests():
    """All that a reading takes, the one first that is made once a session."""
    return [LIST, CLASSIC, *(LIST + stat for stat in (
        "session", "host", "resources", *(f"vscsi {name}" for name in DISKS),
        *(f"vnet {name}" for name in NICS)))]


def classic(name, ms):
    """What the host says of a number of the classic statistics."""
    if name == "elapsedMs":
        return ms
    return STARTS[name] + GROWS.get(name, 0) * ms // 1000


def cell(identity, name, ms):
    head = struct.pack(">II", identity, 1)
    if name in TEXTS:
        text = TEXTS[name]
        return head + struct.pack(">I", len(text)) + text + bytes(-len(text) % 4)
    return head + struct.pack(">Q" if identity in WIDE else ">I", classic(name, ms))


def info(session, ms):
    """session: as the classic statistics have it."""
    cells = b"".join(cell(1 + place, name, ms) for place, name in enumerate(CLASSICS))
    body = struct.pack(">I", len(CLASSICS)) + cells
    return struct.pack("<IQI", 3, session, len(body)) + body


class Machine:
    """Answers requests, bytes to bytes. The clock of what it says stands still from
    one classic request to the next, and starts again with each session."""

    def __init__(self, disks=DISKS, nics=NICS, moves=(), stays=3, loses_channels=False,
                 lacks=(), speed=1, instead=None):
        """moves: requests after which there is another session, one after another, from
        the reading of each session on that stays says. Where channels are lost with it,
        so is the reply that would have come next. lacks: sets that are gone after the
        first move. speed: of its clock. instead: {set, blank, instance: text}, which is
        said instead; None is a refusal."""
        self.names = {"vscsi": list(disks), "vnet": list(nics)}
        self.moves, self.stays, self.loses_channels = list(moves), stays, loses_channels
        self.lacks, self.speed, self.instead = lacks, speed, instead or {}
        self.session, self.began, self.ms = 0, time.monotonic(), young(0)
        self.readings, self.lost = 0, False

    def now(self):
        passed = self.speed * (time.monotonic() - self.began)
        return young(self.session) + int(1000 * passed)

    def answer(self, request):
        request = request.decode("latin-1")
        if self.lost:
            self.lost = False
            return None
        reply = self.reply(request)
        if self.moves and request == self.moves[0] and (
                request == LIST or self.readings >= self.stays):
            self.move()
        return reply

    def move(self):
        self.moves.pop(0)
        self.session += 1
        self.began, self.ms, self.readings = time.monotonic(), young(self.session), 0
        self.lost = self.loses_channels

    def reply(self, request):
        if request == CLASSIC:
            self.ms = self.now()
            self.readings += 1
            return b"1 " + info(known(self.session), self.ms)
        if not request.startswith(LIST):
            return b"0 Unknown command"
        stat = request.removeprefix(LIST).rstrip()
        text = self.instead[stat] if stat in self.instead else self.text(stat)
        return b"0 Unknown stat" if text is None else b"1 " + text.encode("latin-1")

    def text(self, stat):
        kind, _, instance = stat.partition(" ")
        if self.session > 0 and kind in self.lacks:
            return None
        if stat == "":
            return "".join(f"{kind} {name}\n" for kind, names in self.listed()
                           for name in names)
        if stat == "session":
            return (f"session = {session_of(self.session)}\nuptime = {self.ms}000\n"
                    f"version = {VERSION}\nprovider = \nuuid.bios = {UUID}\n")
        if kind in self.names and instance in self.names[kind]:
            return self.lines(kind, self.names[kind].index(instance))
        if stat in ("host", "resources"):
            return self.lines(stat, 0)
        return None

    def listed(self):
        alone = {kind: [""] for kind in ("session", "host", "resources")}
        return [(kind, names) for kind, names in (alone | self.names).items()
                if self.session == 0 or kind not in self.lacks]

    def lines(self, kind, instance):
        return "".join(
            f"{name} = {said(kind, name, instance, self.ms, self.session)}\n"
            for name, *_ in NUMBERS[kind])


class Recorded:
    """Says what was recorded, of one moment after another: the next with each classic
    request, and the last one to the end."""

    def __init__(self, moments):
        self.moments, self.left = moments[-1:], list(moments)

    def answer(self, request):
        request = request.decode("latin-1")
        if request == CLASSIC:
            self.moments = self.left[:1] or self.moments
            del self.left[:1]
            session, uptime = re.match(r"session = (\S+)\nuptime = (\d+)",
                                       self.moments[0]["session"]).groups()
            return b"1 " + info(int(session) % 2**64, int(uptime) // 1000)
        text = self.moments[0].get(request.removeprefix(LIST).rstrip())
        return b"0 Unknown stat" if text is None else b"1 " + text.encode()
