# SPDX-License-Identifier: MIT
"""A day of the scenario's clock in three quarters of a minute, at a reading every
ten seconds of it, with each daemon: moves, balloons, switches, damage, lost channels.
Neither memory nor open files grow, no channel is left at the host, the log stays small,
and in the end all is as the host says."""

import itertools
import os
import statistics
import time

from cases import Cases
from faults import DAMAGES, host, move
from identifiers import DOWN
from watched import Collectd, Execd

case = Cases()
DAY, EVERY = 86400, 10
READINGS = DAY // EVERY
SPEED = 2000
INTERVAL = EVERY / SPEED
ROUND = 7200    # the scenario starts again; each round moves twice

# What changes by spells: at, for. In each the daemon says one line when it begins
# and one when it ends, or, what is missing, two.
SPELLS = [
    {"at": 300, "do": "disable", "for": 200},
    {"at": 900, "do": "silent", "for": 120},
    {"at": 1200, "do": "lose"}, {"at": 1200, "do": "refuse", "for": 90},
    {"at": 1500, "do": "damage", "how": "gap", "id": 31, "for": 100},
    *({"at": 1800 + 100 * n, "do": "damage", "how": how, "for": 50, **more}
      for n, (how, more) in enumerate(DAMAGES)),
    {"at": 3200, "do": "disable", "for": 700},
]
SCENARIO = {
    "start": "request", "speed": SPEED, "loop": ROUND, "host": host(0),
    "load": [{"at": 0, "used": 0.1, "stolen": 0.01},
             {"at": 3600, "used": 0.8, "stolen": 0.1},
             {"at": 7199, "used": 0.1, "stolen": 0.01}],
    "events": [
        *SPELLS,
        move(5000, 1), {"at": 5200, "do": "host", "protocols": [2]},
        {"at": 5500, "do": "host", "protocols": [2, 3]},
        {"at": 5600, "do": "host", "host_info": False},
        {"at": 5700, "do": "host", "host_info": True, "high_bandwidth": False},
        {"at": 5900, "do": "host", "high_bandwidth": True},
        move(6000, 2, step="recvpayload"), {"at": 6050, "do": "checkpoint"},
        *({"at": 6100 + 50 * n, "do": "lose", "step": step} for n, step in
          enumerate(("sendsize", "recvsize", "recvpayload", "recvstatus"))),
        {"at": 600, "do": "balloon", "mb": 4096, "over": 2000},
        {"at": 3000, "do": "swap", "mb": 512, "over": 300},
        {"at": 3400, "do": "compress", "mb": 256, "over": 100},
        {"at": 4500, "do": "swap", "mb": 0}, {"at": 4500, "do": "compress", "mb": 0},
        {"at": 6500, "do": "balloon", "mb": 0, "over": 600},
    ],
}
MOVES = 2
# Of a round: each spell as above, the moves, protocol 2 and back, host information.
LINES = 2 * len(SPELLS) + MOVES + 2 + 2

# What the memory that is the daemon's own may grow from a quarter of the day to the next,
# in KiB: a leak of 24 bytes a reading makes it 67, in each. Nothing moves there but some
# pages once, if the threads share one arena of the C library and have no caches: collectd
# has a dozen, and it takes days until each of them has filled its own.
SLACK = 16
TUNABLES = "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1"

# Of all that is published, collectd keeps what is judged here: its own csv plugin is
# the dearest part of it otherwise.
FEW = """
LoadPlugin match_regex
PostCacheChain "few"
<Chain "few">
  <Rule>
    <Match "regex">
      TypeInstance "^(up|session_changes)$"
    </Match>
    Target "write"
  </Rule>
  Target "stop"
</Chain>
"""


class Cost:
    """Memory and open files over the day."""

    def __init__(self):
        self.found = []
        self.next = 0

    def look(self, watched):
        if time.monotonic() >= self.next:
            self.next = time.monotonic() + 0.25
            self.found.append(watched.memory())

    def judge(self):
        memory = quarters([memory for memory, _ in self.found], statistics.median)
        files = quarters([files for _, files in self.found], min)
        print(f"KiB of its own in each quarter: {memory}, files: {files}")
        growth = [after - before for before, after in itertools.pairwise(memory[1:])]
        assert min(growth) <= SLACK, memory
        assert files[3] <= files[1], files


def quarters(found, what):
    size = len(found) // 4
    assert size >= 20, f"{size} looks in a quarter"
    return [what(found[n * size:(n + 1) * size]) for n in range(4)]


def expect_day(watched, ups, changes):
    counts = watched.counts()
    lines = watched.lines()
    print(f"{len(ups)} readings, {ups.count(0)} without numbers, {changes} changes, "
          f"{len(lines)} lines, {counts}")
    assert counts["channels_open"] == 0, counts
    rounds = counts["moves"] / MOVES
    assert rounds >= DAY // ROUND, counts
    # A machine that stands still for long may see two of them as one.
    assert counts["moves"] - 2 <= changes <= counts["moves"], (changes, counts)
    assert len(ups) >= READINGS
    assert 0.05 < ups.count(0) / len(ups) < 0.6
    assert len(lines) <= 10 + rounds * LINES, f"{len(lines)} lines, {LINES} a round"


@case
def collectd(tools):
    cost = Cost()
    with Collectd(tools, SCENARIO, INTERVAL, FEW) as watched:
        began = watched.until(lambda: watched.lines() and time.monotonic())
        csv = f"{watched.tools.work}/csv/testhost/vmguest-vm/"

        def read():
            try:    # midnight begins another file
                names = [n for n in os.listdir(csv) if n.startswith("gauge-up")]
            except FileNotFoundError:
                return 0
            return sum(os.path.getsize(csv + name) for name in names) \
                // len("1795633250.323,1.000000\n")

        def over():
            passed = (time.monotonic() - began) * SPEED
            cost.look(watched)
            time.sleep(0.1)
            return passed >= DAY and read() >= READINGS and is_up(watched)
        watched.until(over, 170, "the day is not over")
        watched.stop()
        notifications = watched.daemon.notifications()
    ups, changes = [], 0
    for name in sorted(os.listdir(csv)):
        with open(csv + name) as f:
            values = [line.split(",")[1] for line in f if line[0].isdigit()]
        if name.startswith("gauge-up"):
            ups += [int(float(value)) for value in values]
        else:
            changes = int(values[-1])
    expect_day(watched, ups, changes)
    assert len(notifications) == changes
    cost.judge()


def is_up(watched):
    [answer] = watched.daemon.ask('GETVAL "testhost/vmguest-vm/gauge-up"')
    return float(answer.split("=")[1]) == 1


@case
def execd(tools):
    cost = Cost()
    with Execd(tools, SCENARIO, INTERVAL) as watched:
        began = time.monotonic()
        passed = 0
        while passed < DAY or len(watched.found) < READINGS or \
                not watched.found[-1].up:
            watched.turn()
            time.sleep(INTERVAL / 4)
            passed = (time.monotonic() - began) * SPEED
            cost.look(watched)
            assert passed < 2 * DAY, f"{len(watched.found)} readings in two days"
        watched.stop()
    speeds = {host(n)["mhz"] * 10**6 for n in range(3)}
    for reading in watched.found:
        if reading.up:
            assert reading["host/frequency-cpu"] in speeds, reading.values
        else:
            assert set(reading.values) == DOWN, reading.values
    expect_day(watched, [int(reading.up) for reading in watched.found],
               watched.found[-1]["vm/derive-session_changes"])
    cost.judge()


if __name__ == "__main__":
    os.environ["GLIBC_TUNABLES"] = TUNABLES
    case.main("collectd", "program", "simhost", "plugin-dir", "helpers", "work",
              preload="")
