# SPDX-License-Identifier: MIT
"""What a host can do to a daemon: one row each. A row says what happens, which
numbers may come meanwhile, and which lines the log may have. faults_test.py runs each
row against each daemon that it names; another fault is another row."""

from dataclasses import dataclass, field
from math import inf

from identifiers import ALL, DERIVED, PROTOCOL_2, RESTATED, SELF
from names import STATISTICS

MINUTE = 60

# What differs from host to host, so that each number shows where it is from; all
# other statistics have a fixed value, none of them like another. The counters run.
PLACE = {"hostMHz": "mhz", "hostCpuNumCores": "cores", "hostMemPhysMB": "memory_mb"}
COUNTERS = {"cpuUsedMs", "cpuStolenMs", "elapsedMs", "hostCpuUsedMs"}
FIXED = {name: value for name, value in STATISTICS.items()
         if name not in PLACE and name not in COUNTERS}
FIXED["memShares"] = FIXED["memShares64"]   # in two widths
USED, STOLEN, HOST_LOAD, VCPUS, MEMORY_MB = 0.05, 0.02, 0.35, 4, 8192


def host(n):
    return {"mhz": 2000 + 100 * n, "cores": 8 + 2 * n, "memory_mb": 100000 + n}


def move(at, n, **more):
    """To host n, which is the one after n-1."""
    return {"at": at, "do": "vmotion", **host(n), **more}


def damage(at, how, **more):
    return {"at": at, "do": "damage", "how": how, **more}


# What of the host is not there with protocol 2, and what is computed from it.
PROTOCOL_3_ONLY = ALL - (PROTOCOL_2 | RESTATED | DERIVED | SELF) | {
    "vm/percent-cpu_stolen", "vm/memory-reclaimed", "vm/percent-memory_balloon_of_max"}
assert len(PROTOCOL_3_ONLY) == 18 + 3, PROTOCOL_3_ONLY

GIVES = "receiving statistics from the host"
REFUSES = "guest statistics are disabled for this VM"
DAMAGED = "the host's reply is damaged"
CHANGED = "session changed from"
OFTEN = "the host's answer keeps changing"


@dataclass
class Fault:
    name: str
    by: str     # whom it is tried on: collectd, execd (asked as by Telegraf), file
    events: list    # of the scenario; times are seconds of its clock
    # From, to: no number comes of what the host had in this time.
    nothing: list = field(default_factory=list)
    # From, to, identifiers: these are not there, and no others are missing.
    lacks: list = field(default_factory=list)
    # Lines of the log: words, and how often at least and at most: a machine that
    # stands still for a moment may see two of short faults as one. No others come
    # but those of a start; GIVES once, unless it stands here.
    says: dict = field(default_factory=dict)
    # How often a lost channel is opened again, if that is certain.
    reopens: dict = field(default_factory=dict)
    # Readings without numbers: at least, at most. By default none, or, if nothing
    # comes, some.
    gap: tuple = ()
    changes: int = 0    # of the session, besides those of moves
    start: dict = field(default_factory=dict)   # what is special about the first host
    interval: float = 0.05
    speed: float = 1
    slow: float = 0     # seconds that the host may make a reading take
    stopped: bool = False   # in the middle of it

    def scenario(self):
        return {"start": "request", "speed": self.speed, "seed": 11,
                "host": {"cpu_load": HOST_LOAD, **host(0), **self.start},
                "vm": {"vcpus": VCPUS, "memory_mb": MEMORY_MB},
                "load": [{"at": 0, "used": USED, "stolen": STOLEN}],
                "fixed": FIXED, "events": self.events}

    def moves(self):
        return sorted((e for e in self.events if e["do"] == "vmotion"),
                      key=lambda e: e["at"])

    def ends(self):
        """When all is as it should be."""
        return max([e["at"] for e in self.events]
                   + [end for _, end in self.nothing]
                   + [lack[1] for lack in self.lacks])

    def expected_gap(self):
        return self.gap or ((1, inf) if self.nothing else (0, 0))


# The steps of an update, and how many of each go by first, so that each event has an
# update of its own: an update takes one of each, and one more where it is asked again.
STEPS = (("sendsize", 4), ("recvsize", 9), ("recvstatus", 14), ("sendpayload", 19),
         ("recvpayload", 24))
# Where a host damages a reply of 38 statistics so that it contradicts itself.
DAMAGES = (("truncate", {"bytes": 58}), ("truncate", {"bytes": 1}),
           ("flip", {"offset": 0}), ("flip", {"offset": 17}),
           ("duplicate", {}), ("size", {"by": 5}), ("size", {"by": -40}),
           ("count", {"by": 1000}), ("session", {}), ("version", {}), ("length", {}))


EACH = MINUTE / len(DAMAGES)


def turns(count, at, **event):
    """Strikes every second chance: each event passes by one more of those that the
    ones before it left."""
    return [{"at": at, "after": n + 1, **event} for n in range(count)]


FAULTS = [
    # ---- the administrator -------------------------------------------------------
    Fault("disabled", "collectd execd file",
          [{"at": 0.3, "do": "disable"}, {"at": 1, "do": "enable"}],
          nothing=[(0.3, 1)], says={REFUSES: (1, 1), GIVES: (2, 2)}),
    Fault("disabled_again_and_again", "collectd execd",
          [{"at": 0.3 + 0.2 * n, "do": "disable", "for": 0.1} for n in range(10)],
          nothing=[(0.3 + 0.2 * n, 0.4 + 0.2 * n) for n in range(10)],
          says={REFUSES: (1, 6), GIVES: (2, 7), OFTEN: (0, 1)}),
    Fault("moved_while_disabled", "collectd execd",
          [{"at": 0.3, "do": "disable"}, move(0.5, 1), {"at": 0.8, "do": "enable"}],
          nothing=[(0.3, 0.8)],
          says={REFUSES: (1, 1), GIVES: (2, 2), CHANGED: (1, 1)}),
    Fault("yes_and_no", "collectd execd",
          turns(60, 0.1, do="damage", how="truncate", bytes=58), interval=0.02,
          start={"high_bandwidth": False},
          # 10, then one in 60 of about 130 readings
          gap=(60, 60), says={DAMAGED: (4, 8), GIVES: (5, 8), OFTEN: (1, 1)}),
    # ---- moves -------------------------------------------------------------------
    Fault("moved", "collectd execd",
          [move(0.3 + 0.3 * n, n + 1) for n in range(4)], says={CHANGED: (1, 4)},
          reopens={"execd": (1, 4)}),
    Fault("moved_in_the_middle", "collectd execd file",
          [move(0, n + 1, step=step, after=after)
           for n, (step, after) in enumerate(STEPS)],
          says={CHANGED: (5, 5)}, reopens={"collectd": (5, 5), "execd": (5, 5)}),
    # execd keeps its channel, collectd has one for each reading.
    Fault("moved_when_opening_and_closing", "collectd",
          [move(0.3, 1, step="open"), move(0.6, 2, step="close")],
          says={CHANGED: (2, 2)}, reopens={"collectd": (0, 0)}),
    Fault("moved_when_opening_again", "execd",
          [{"at": 0.3, "do": "lose"}, move(0.3, 1, step="open")],
          says={CHANGED: (1, 1)}, reopens={"execd": (1, 1)}),
    Fault("moved_in_the_middle_of_a_word", "collectd execd",
          [move(0, 1, step="sendpayload", after=5 * 5 + 3),
           move(0, 2, step="recvpayload", after=130 * 10 + 50),
           move(0, 3, step="any", after=145 * 15)],
          start={"high_bandwidth": False}, says={CHANGED: (3, 3)}),
    Fault("moved_between_two_readings", "collectd execd",
          [move(0.3, 1), move(0.301, 2)], says={CHANGED: (1, 2)}),
    # ---- channels ----------------------------------------------------------------
    Fault("channels_taken_by_others", "collectd execd file",
          [{"at": 0.3, "do": "lose"}, {"at": 0.3, "do": "refuse", "for": 0.7}],
          nothing=[(0.3, 1)],
          says={"no free VMware message channel": (1, 1), GIVES: (2, 2)}),
    Fault("channels_lost", "collectd execd",
          [{"at": 0, "do": "lose", "step": step, "after": after}
           for step, after in STEPS],
          reopens={"collectd": (5, 5), "execd": (5, 5)}),
    Fault("checkpoints", "collectd execd",
          [{"at": 0, "do": "checkpoint", "step": step, "after": 4 + 4 * n}
           for n, step in enumerate(("sendpayload", "recvpayload", "recvstatus",
                                     "sendsize", "recvsize"))],
          # A size is never asked for again: these two need another channel.
          reopens={"collectd": (2, 2), "execd": (2, 2)}),
    # ---- silence -----------------------------------------------------------------
    Fault("no_reply", "collectd execd file",
          [{"at": 0.3, "do": "silent", "for": 0.6}], nothing=[(0.3, 0.9)],
          says={"accepted the request but sent no reply": (1, 1), GIVES: (2, 2)}),
    Fault("hangs", "collectd execd file",
          [{"at": 0.3, "do": "delay", "step": "sendpayload", "seconds": 1.05,
            "count": 2}], gap=(2, 2), slow=1.05,
          says={"took longer than a second": (1, 1), GIVES: (2, 2)}),
    Fault("hangs_in_a_word", "collectd execd",
          [{"at": 0.3, "do": "delay", "step": "recvpayload", "seconds": 0.06,
            "count": 20}], start={"high_bandwidth": False}, gap=(1, 3), slow=1.2,
          says={"took longer than a second": (1, 1), GIVES: (2, 2)}),
    Fault("hangs_and_is_stopped", "collectd execd file",
          [{"at": 0.3, "do": "delay", "step": "sendpayload", "seconds": 1.05,
            "for": 60}], gap=(1, inf), slow=1.05, stopped=True,
          says={"took longer than a second": (1, 1)}),
    # ---- damage: a minute of the scenario's clock in a few seconds ---------------
    Fault("damaged_for_a_minute", "collectd execd file",
          [damage(10 + n * EACH, how, **more, **{"for": EACH})
           for n, (how, more) in enumerate(DAMAGES)], speed=40,
          nothing=[(10, 10 + MINUTE)], says={DAMAGED: (1, 1), GIVES: (2, 2)}),
    Fault("refused_in_other_words", "collectd execd",
          [damage(6, "refuse", text="No such thing", **{"for": MINUTE})], speed=60,
          nothing=[(6, 6 + MINUTE)], says={REFUSES: (1, 1), GIVES: (2, 2)}),
    Fault("enlarged", "collectd execd",
          [damage(6, "enlarge", bytes=5000, **{"for": MINUTE})], speed=60),
    Fault("a_statistic_is_gone", "collectd execd",
          [damage(6, "gap", id=31, **{"for": MINUTE})], speed=60,
          lacks=[(6, 6 + MINUTE, {"vm/memory-zipped", "vm/memory-reclaimed"})],
          says={"not provided by this host": (1, 1), "has a value again": (1, 1)}),
    Fault("a_statistic_is_not_valid", "collectd execd",
          [damage(6, "valid", id=31, value=0, **{"for": MINUTE})], speed=60,
          lacks=[(6, 6 + MINUTE, {"vm/memory-zipped", "vm/memory-reclaimed"})],
          says={"sent by this host without a value": (1, 1),
                "has a value again": (1, 1)}),
    Fault("damaged_after_a_move", "collectd execd file",
          [move(0.3, 1), damage(0.3, "truncate", bytes=58), move(0.6, 2),
           damage(0.6, "session"), move(0.9, 3), damage(0.9, "count", by=-1)],
          start={"high_bandwidth": False}, gap=(1, 3),
          says={CHANGED: (1, 3), DAMAGED: (1, 3), GIVES: (2, 4)}),
    # Over the bulk port each is asked for once more, by words.
    Fault("damaged_over_bulk", "collectd execd file",
          [damage(0.3, "truncate", bytes=58), move(0.6, 1), damage(0.9, "session")],
          says={CHANGED: (1, 1)}),
    # Which no guest can tell from a move, and back.
    Fault("a_session_of_others", "collectd execd",
          [damage(0.4, "session", value="0x77")], changes=2,
          says={CHANGED: (2, 2)}),
    # ---- protocols ---------------------------------------------------------------
    Fault("moved_to_protocol_2_and_back", "collectd execd file",
          [move(0.3, 1, protocols=[2]), move(0.8, 2, protocols=[2, 3])],
          lacks=[(0.3, 0.8, PROTOCOL_3_ONLY)],
          says={CHANGED: (2, 2), "not provided by this host": (1, 1),
                "has a value again": (1, 1)}),
    Fault("protocol_2_and_back", "collectd execd",
          [{"at": 0.3, "do": "host", "protocols": [2]},
           {"at": 0.8, "do": "host", "protocols": [2, 3]}],
          lacks=[(0.3, 0.8, PROTOCOL_3_ONLY)],
          says={"not provided by this host": (1, 1), "has a value again": (1, 1)}),
    Fault("protocol_2_then_only_3", "collectd execd",
          [{"at": 0.5, "do": "host", "protocols": [3]}], start={"protocols": [2]},
          lacks=[(0, 0.5, PROTOCOL_3_ONLY)],
          # Refused: what is switched between the questions for 3 and for 2.
          says={"not provided by this host": (1, 1), "has a value again": (1, 1),
                REFUSES: (0, 1), GIVES: (1, 2)}),
    Fault("damaged_in_both_protocols", "collectd execd",
          [{"at": 0.3, "do": "host", "protocols": [2]},
           damage(0.6, "truncate", bytes=300, **{"for": 0.3}),
           move(1.2, 1, protocols=[3]),
           damage(1.4, "truncate", bytes=300, **{"for": 0.3})],
          nothing=[(0.6, 0.9), (1.4, 1.7)], lacks=[(0.3, 1.2, PROTOCOL_3_ONLY)],
          # Refused: what is switched between the questions for 3 and for 2.
          says={"not provided by this host": (1, 1), "has a value again": (1, 1),
                CHANGED: (1, 1), DAMAGED: (1, 2), REFUSES: (0, 2), GIVES: (2, 5)}),
]

assert len({fault.name for fault in FAULTS}) == len(FAULTS)
