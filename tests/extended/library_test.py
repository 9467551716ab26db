# SPDX-License-Identifier: MIT
"""The library on the second host: what it says, what real hosts said, and what no host
should. One case a call."""
import json
import os
import string
import sys

import asks
import expected
import recordings
from asks import SETS
from cases import Cases, check_simhost, clean
from host import Host
from machine import (CLASSIC, LIST, NICS, NUMBERS, UUID, VERSION, Machine, Recorded,
                     known, number_of, requests, said, session_of, young)

case = Cases()

# enum vmg_cause and an error code, by hand.
REFUSED, DAMAGED, EMPTY, CUT, CHANGED = 11, 12, 15, 16, 17
OTHER = 1


def ask(tools, answer, rounds, *stats, **options):
    """([each round], {stat: text}) as the guest has them."""
    clean(tools)
    path = os.path.join(tools.work, "output")
    with open(path, "w+") as output:
        status = Host(answer, **options).run(
            [sys.executable, "-B", asks.__file__, tools.library, str(rounds), *stats],
            output)
        check_simhost(status)
        assert status == 0, status
        output.seek(0)
        *found, texts = [json.loads(line) for line in output]
    assert len(found) == rounds, found
    return found, texts


def numbers(values):
    """{(set, instance, name): value}, each once; a text, or None without a limit."""
    kinds = {bit: kind for kind, bit in SETS.items()}
    found = {}
    for v in values:
        value = None if v["unlimited"] else v["text"] or v["number"]
        key = kinds[v["set"]], v["instance"], v["name"]
        assert key not in found, key
        found[key] = value
    return found


def all_said(ms, session=0, kinds=NUMBERS):
    """What numbers() has to be of a set or more."""
    found = {}
    for kind in kinds:
        for i, instance in enumerate(expected.instances(kind)):
            for name, *_ in NUMBERS[kind]:
                value = said(kind, name, i, ms, session)
                found[kind, instance, name] = None if value < 0 else value
    return found


def session_said(ms, session=0):
    return {("session", "", "session"): str(session_of(session)),
            ("session", "", "uptime"): ms * 1000, ("session", "", "version"): VERSION,
            ("session", "", "provider"): 0, ("session", "", "uuid.bios"): UUID}


def parsed(kind, instance, text):
    """The same of a text that was recorded."""
    found = {}
    for line in text.splitlines():
        name, value = line.split(" = ")
        unit, _, _ = expected.LIBRARY[kind, name]
        if unit != expected.TEXT:
            value = int(value)
        found[kind, instance, name] = None if value == -1 else value or 0
    return found


@case
def every_row_has_its_name_unit_and_kind(tools):
    for bulk in (True, False):
        [one], _ = ask(tools, Machine().answer, 1, bulk=bulk)
        assert (one["classic"], one["error"], one["causes"]) == (0, 0, {}), one
        assert numbers(one["values"]) == all_said(one["ms"]) | session_said(one["ms"])
        kinds = {bit: kind for kind, bit in SETS.items()}
        rows = {(kinds[v["set"]], v["name"]): (v["unit"], v["kind"], v["metric"])
                for v in one["values"]}
        assert rows == expected.LIBRARY, set(rows.items()) ^ \
            set(expected.LIBRARY.items())
        assert {v["session"] for v in one["values"]} == {known(0)}


@case
def recordings_arrive_as_they_are(tools):
    jvm = {"": "host \nresources \nsession \n",
           "session": recordings.LATER["session"]}
    moments = [recordings.ESXI_6, recordings.EARLIER, recordings.LATER,
               recordings.JVM_START | jvm, recordings.JVM_END | jvm]
    rounds, texts = ask(tools, Recorded(moments).answer, len(moments),
                        *moments[-1], "vscsi ide0:0")
    assert texts.pop("vscsi ide0:0") is None
    assert texts == moments[-1]
    for one, moment in zip(rounds, moments):
        wanted = {}
        for stat, text in moment.items():
            kind, _, instance = stat.partition(" ")
            wanted |= parsed(kind, instance, text) if kind else {}
        # The log of these two does not have the second NIC, nor has the host.
        assert one["causes"] == ({"vnet": REFUSED} if moment in moments[1:3] else {})
        assert numbers(one["values"]) == wanted, numbers(one["values"])
        signed = wanted["session", "", "session"]
        assert one["values"][0]["session"] == int(signed) % 2**64


def lines(stat, more="", **instead):
    """What the machine says of a set at first, with some of its values replaced, and
    more of it."""
    text = Machine().text(stat)
    for name, value in instead.items():
        name = name.replace("_", ".")
        old = next(line for line in text.splitlines() if line.startswith(name + " = "))
        text = text.replace(old, f"{name} = {value}")
    return text + more


def without(kind, name):
    return lambda values: {key: value for key, value in values.items()
                          if key[0] != kind or name not in (None, *key[1:])}


def everything(values):
    return values


MANY = "".join(f"vm.x{i} = {i}\n" for i in range(70000))
CRLF = {stat: Machine().text(stat).replace("\n", "\r\n")
        for stat in ("", "host", "resources", "vscsi scsi0:0")}

# Why, what the host says instead, the causes, and what is left of all that it else says
# at that moment.
WRONG = [
    ("a line without =", {"resources": lines("resources", "vm.cpu.used 12\n")},
     {"resources": DAMAGED}, without("resources", None)),
    ("a NUL", {"resources": lines("resources", "vm.x = 1\0\n")},
     {"resources": DAMAGED}, without("resources", None)),
    ("a name twice", {"host": lines("host", "host.cpu.coresPerPkg = 14\n")},
     {"host": DAMAGED}, without("host", None)),
    ("JSON", {"resources": '{"vm.cpu.used": {"type": "accumulate", "value": 2}}'},
     {"resources": DAMAGED}, without("resources", None)),
    ("JSON of a disk", {"vscsi scsi0:1": '{"num.reads": {"value": 2}}\n'},
     {"vscsi": DAMAGED}, without("vscsi", "scsi0:1")),
    ("a refusal", {"host": None}, {"host": REFUSED}, without("host", None)),
    ("nothing", {"vnet " + NICS[2]: ""}, {"vnet": EMPTY}, without("vnet", NICS[2])),
    ("no last newline", {"host": lines("host").rstrip()}, {}, everything),
    ("CR LF", CRLF, {}, everything),
    ("a negative number", {"resources": lines("resources", vm_numa_local=-1)}, {},
     without("resources", "vm.numa.local")),
    ("a limit of -2", {"resources": lines("resources", vm_cpu_limit=-2)}, {},
     without("resources", "vm.cpu.limit")),
    ("65 bits", {"resources": lines("resources", vm_numa_local=2**64)}, {},
     without("resources", "vm.numa.local")),
    ("an unknown name", {"resources": lines("resources", "vm.new = 7\n")}, {},
     lambda values: values | {("resources", "", "vm.new"): 7}),
    ("no number", {"resources": lines("resources", vm_numa_local="many")}, {},
     without("resources", "vm.numa.local")),
]


class Still(Machine):
    """Each classic request is of the first moment."""

    def now(self):
        return young(self.session)


class EachInstead(Still):
    """Each reading is of another session, in which something else is said instead."""

    def __init__(self, insteads):
        super().__init__()
        self.session, self.insteads = -1, insteads

    def reply(self, request):
        if request == CLASSIC:
            self.session += 1
            self.instead = self.insteads[self.session]
        return super().reply(request)


def ask_still(tools, **options):
    [one], _ = ask(tools, Still(**options).answer, 1)
    assert (one["classic"], one["error"]) == (0, 0), one
    return one


@case
def what_is_wrong_is_left_out_and_the_rest_stays(tools):
    rounds, _ = ask(tools, EachInstead([row[1] for row in WRONG]).answer, len(WRONG))
    for session, (one, (why, instead, causes, left)) in enumerate(zip(rounds, WRONG)):
        assert (one["error"], one["causes"]) == (0, causes), (why, one)
        # What is said instead is of the first session.
        ms = young(session)
        wanted = all_said(ms, session) | session_said(ms, session)
        wanted.update((key, value) for key, value in all_said(young(0)).items()
                      if " ".join(key[:2]).rstrip() in instead)
        assert numbers(one["values"]) == left(wanted), why
        unknown = [v["unit"] for v in one["values"] if not v["known"]]
        assert unknown == [expected.UNKNOWN] * (why == "an unknown name"), why


@case
def a_mebibyte_is_cut_and_more_is_no_reply(tools):
    text = lines("resources", MANY)[:2**20 - 2].rpartition("\n")[0]
    host = EachInstead([{"resources": text}, {"resources": MANY * 2}])
    (cut, refused), _ = ask(tools, host.answer, 2)
    assert (cut["error"], cut["causes"]) == (0, {"resources": CUT}), cut["causes"]
    found = numbers(cut["values"])
    assert found.items() >= all_said(young(0)).items()
    assert len([key for key in found if key[0] == "resources"]) == 128
    assert (refused["error"], refused["causes"]) == (0, {"resources": DAMAGED})
    assert numbers(refused["values"]) == without("resources", None)(
        all_said(young(1), 1) | session_said(young(1), 1))


# Whatever a VMX file allows in a name, and what formats have a use for.
ODD = "ide0:0 " + string.punctuation


@case
def sixty_four_disks_and_an_odd_name(tools):
    disks = [f"scsi{n // 16}:{n % 16}" for n in range(63)] + [ODD]
    one = ask_still(tools, disks=disks)
    assert one["causes"] == {}, one["causes"]
    found = numbers(one["values"])
    for i, disk in enumerate(disks):
        for name, *_ in NUMBERS["vscsi"]:
            assert found["vscsi", disk, name] == said("vscsi", name, i, young(0))


@case
def no_reading_is_of_two_sessions(tools):
    for loses in (False, True):
        host = Machine(moves=requests(), loses_channels=loses)
        rounds, _ = ask(tools, host.answer, 4 * len(requests()))
        assert (host.moves, host.session) == ([], len(requests())), host.moves
        for one in rounds:
            assert (one["error"], one["causes"]) == (0, {}), one
            found = numbers(one["values"])
            session = number_of(int(found["session", "", "session"]))
            ms = found["session", "", "uptime"] // 1000
            assert found == all_said(ms, session) | session_said(ms, session)
            assert {v["session"] for v in one["values"]} == {known(session)}


@case
def a_set_that_is_gone_after_a_move_is_gone(tools):
    for lacks in (["vscsi"], ["vnet", "host"], ["resources"]):
        host = Machine(moves=[CLASSIC], stays=1, lacks=lacks)
        [first, moved, _], _ = ask(tools, host.answer, 3)
        left = [kind for kind in NUMBERS if kind not in lacks]
        for one, kinds in ((first, left), (moved, left)):
            assert one["error"] == 0, one
            ms = one["ms"] if one is moved else young(1)
            found = numbers(one["values"])
            assert found == all_said(ms, 1, kinds) | session_said(ms, 1), found
            # What is asked for by list is not missed.
            missed = {kind: REFUSED for kind in lacks if kind in ("host", "resources")}
            assert one["causes"] == missed, one["causes"]


@case
def a_session_that_never_lasts_is_no_reading(tools):
    moves = [LIST + "host"] * 2
    [one, next_one], _ = ask(tools, Machine(moves=moves, stays=0).answer, 2)
    assert (one["error"], one["values"]) == (OTHER, []), one
    assert set(one["causes"].values()) == {CHANGED}, one["causes"]
    assert (next_one["error"], next_one["causes"]) == (0, {}), next_one


if __name__ == "__main__":
    case.main("library", "work")
