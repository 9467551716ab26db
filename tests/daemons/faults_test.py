# SPDX-License-Identifier: MIT
"""Each fault of faults.py on each daemon: it recovers by itself, publishes nothing
wrong meanwhile, logs no more than it should. One fault and one daemon a call."""

from functools import partial

from cases import Cases
from faults import (FAULTS, FIXED, GIVES, HOST_LOAD, MEMORY_MB, STOLEN, USED, VCPUS,
                    host)
from identifiers import (DIFFERENCES, DOWN, HOST_COUNTER, MB, WIRE,
                         expect_differences, expect_levels)
from watched import WATCHED

# By a loaded machine: from an answer to its time stamp, and between two readings.
SLACK = 2
# Around a moment of the scenario, in seconds: counters are whole milliseconds.
EDGE = 0.002
RECOVERY = 40
STOP = 5    # seconds in which a daemon ends, whatever its host does


# collectd makes rates of these. Where they did not fall they are kept back for
# some readings after a change of the session.
COUNTERS = {key for key in WIRE if "total_time_in_ms" in key}


def elapsed_ms(reading):
    """Of the session, also where the counter is kept back."""
    if "vm/uptime-session" in reading.values:
        return round(reading["vm/uptime-session"] * 1000)
    return reading["vm/total_time_in_ms-elapsed"]


class Truth:
    """Judges the readings of a run one after the other."""

    def __init__(self, fault, watched):
        self.fault, self.watched = fault, watched
        self.places = {host(n)["mhz"] * 10**6: n
                       for n in range(len(fault.moves()) + 1)}
        self.starts = [0] + [e["at"] for e in fault.moves()]
        self.sessions = []      # hosts in the order in which they were seen
        self.offsets = {}       # of the machine's clock to the session's
        self.before = None      # the last reading with numbers
        self.last = None
        self.changes = self.reopens = 0
        self.down = self.mixed = 0

    def judge(self, reading):
        last, self.last = self.last, reading
        if last:
            assert reading.at - last.at <= \
                self.fault.interval + self.fault.slow + SLACK, \
                f"nothing was published for {reading.at - last.at} s"
        if reading.mixed:
            self.mixed += reading.mixed
            self.changed_at = reading.at    # perhaps
            if "host/frequency-cpu" in reading.values:
                self.before = reading
            self.changes = reading["vm/derive-session_changes"]
            return
        assert 0 <= reading["vm/duration-read"] <= self.fault.slow + SLACK + 1
        assert reading["vm/derive-channel_reopens"] >= self.reopens
        self.reopens = reading["vm/derive-channel_reopens"]
        if reading.up:
            self.judge_up(reading)
        else:
            self.judge_down(reading)

    def judge_down(self, reading):
        self.down += 1
        assert reading["vm/gauge-up"] == 0
        assert set(reading.values) == DOWN, reading.values
        assert reading["vm/derive-session_changes"] == self.changes

    def judge_up(self, reading):
        place = self.places[reading["host/frequency-cpu"]]
        moment = self.starts[place] + elapsed_ms(reading) / 1000
        self.judge_session(reading, place)
        self.judge_moment(reading, place, moment)
        self.judge_names(reading, moment)
        self.judge_numbers(reading, place)
        self.before = reading

    def judge_session(self, reading, place):
        if place not in self.sessions:
            assert not self.sessions or place > self.sessions[-1], \
                (place, self.sessions)
            self.sessions.append(place)
        assert place == self.sessions[-1], "a number of a host that was left"
        changes = reading["vm/derive-session_changes"]
        more = changes - (len(self.sessions) - 1)
        assert 0 <= more <= self.fault.changes + self.hidden(), f"{changes} changes"
        assert changes >= self.changes
        self.changed = self.before is None or changes != self.changes
        self.changes = changes

    def hidden(self):
        """Hosts that may have been seen in mixed readings alone."""
        return self.sessions[-1] - len(self.sessions) + 1 if self.mixed else 0

    def judge_moment(self, reading, place, moment):
        """From now, and from this stay: no number comes twice."""
        speed, elapsed = self.fault.speed, elapsed_ms(reading)
        late = (reading["vm/duration-read"] + SLACK) * speed
        offset = reading.at * speed - elapsed / 1000
        first = self.offsets.setdefault(place, offset)
        self.offsets[place] = min(first, offset)
        assert abs(offset - first) <= late, f"{offset - first} s old"
        begun = offset - self.offsets[self.sessions[0]] - self.starts[place] + \
            self.starts[self.sessions[0]]
        # One that waited for a step began then.
        assert abs(begun) <= late or "step" in self.fault.moves()[place - 1], \
            f"a session that began {begun} s late"
        if self.before and not self.changed and \
                reading.at - self.before.at > \
                self.fault.interval / 2 + reading["vm/duration-read"]:
            assert elapsed > elapsed_ms(self.before), \
                "the same again"
        for start, end in self.fault.nothing:
            assert not start + EDGE < moment < end - EDGE, \
                f"numbers of {moment}, when the host gave none"

    def judge_names(self, reading, moment):
        """Everything is there but what must not be."""
        lacking, either = set(), set()
        for start, end, keys in self.fault.lacks:
            if start + EDGE < moment < end - EDGE:
                lacking |= keys
            elif start - EDGE <= moment <= end + EDGE:
                either |= keys
        unavailable = {len(lacking & set(WIRE)), len((lacking | either) & set(WIRE))}
        assert reading["vm/count-unavailable"] in unavailable, reading.values
        if self.changed:
            self.changed_at = reading.at
        if self.watched.name == "collectd" and \
                reading.at - self.changed_at < 4 * self.fault.interval:
            either |= COUNTERS
        if self.watched.name == "file":     # the one before may not have been read
            either |= DIFFERENCES
        elif self.changed or elapsed_ms(reading) == elapsed_ms(self.before):
            lacking = lacking | DIFFERENCES
        elif "vm/memory-target" not in self.before.values:    # protocol 2
            lacking = lacking | {"vm/percent-cpu_stolen"}
        wanted = self.watched.keys - lacking - either
        found = set(reading.values) - (either - lacking)
        assert found == wanted, (found - wanted, wanted - found)

    def judge_numbers(self, reading, place):
        values = reading.values
        for key in set(values) & set(WIRE):
            wire, factor = WIRE[key]
            if wire in FIXED:
                assert values[key] == FIXED[wire] * factor, (key, values[key])
        there = host(place)
        if "host/count-cpu_cores" in values:
            assert values["host/count-cpu_cores"] == there["cores"]
            assert values["host/memory-total"] == there["memory_mb"] * MB
        elapsed = elapsed_ms(reading)
        for name, load in (("used", USED), ("stolen", STOLEN)):
            is_ = values.get(f"vm/total_time_in_ms-cpu_{name}")
            # Both are cut to whole milliseconds.
            assert is_ is None or load * VCPUS * elapsed - 1 <= is_ <= \
                load * VCPUS * (elapsed + 1) + 1, (name, is_, elapsed)
        expect_levels(values, VCPUS, MEMORY_MB)
        before = self.before
        if self.changed or before.mixed or self.watched.name == "file":
            return
        both = set(values) & set(before.values)
        needed = {"vm/total_time_in_ms-elapsed", "vm/total_time_in_ms-cpu_used"}
        if "vm/percent-cpu_stolen" in values:
            needed.add("vm/total_time_in_ms-cpu_stolen")
        if needed <= both:
            expect_differences(values, before.values, VCPUS)
        if HOST_COUNTER <= both:
            [key] = HOST_COUNTER
            load = HOST_LOAD * there["cores"] + USED * VCPUS
            grown = load * (elapsed - elapsed_ms(before))
            assert abs(values[key] - before[key] - grown) <= load + 1


def expect_lines(fault, watched):
    """Each line is one that the fault allows, as often as it does."""
    allowed = {GIVES: (1, 1), "configured memory: 8192 MB, from the host": (1, 1),
               **watched.own_lines, **fault.says}
    lines = watched.lines()
    for words, (least, most) in allowed.items():
        count = sum(words in line for line in lines)
        assert least <= count <= most, f"{count} times: {words}: {lines}"
    for line in lines:
        assert any(words in line for words in allowed), line


def expect_end(fault, watched, truth):
    least, most = fault.expected_gap()
    assert least - truth.mixed <= truth.down <= most, \
        f"{truth.down} readings without numbers, {truth.mixed} mixed ones"
    counts = watched.counts()
    print(f"{truth.down} readings without numbers, {counts}")
    assert counts["channels_open"] == 0, counts
    assert counts["moves"] == len(fault.moves()), counts
    least = len(truth.sessions) - 1 + fault.changes
    assert least <= truth.changes <= least + truth.hidden(), truth.changes
    least, most = fault.reopens.get(watched.name, (0, len(fault.events) + 1))
    assert least <= truth.reopens <= most, f"{truth.reopens} reopens"
    if watched.name == "file":
        assert watched.oldest <= 0.1 + fault.slow + SLACK, watched.oldest


def is_recovered(fault, watched, readings):
    """Three times in a row everything, and from after the fault."""
    def is_good(reading):
        began = fault.moves()[-1]["at"] if fault.moves() else 0
        return not reading.mixed and watched.keys <= set(reading.values) and \
            reading["host/frequency-cpu"] == host(len(fault.moves()))["mhz"] * 10**6 \
            and began + elapsed_ms(reading) / 1000 > fault.ends() and \
            reading["vm/derive-channel_reopens"] >= \
            fault.reopens.get(watched.name, (0, 0))[0]
    return len(readings) >= 3 and all(is_good(r) for r in readings[-3:])


def run(fault, kind, tools):
    """While it runs nothing is judged: what collectd wrote may not be whole yet."""
    with kind(tools, fault.scenario(), fault.interval) as watched:
        def done():
            readings = watched.readings()
            if fault.stopped:
                return any(not reading.up for reading in readings)
            return is_recovered(fault, watched, readings)
        try:
            watched.until(done, RECOVERY)
        except AssertionError:
            print([reading.values for reading in watched.readings()[-2:]])
            raise
        took = watched.stop()
        assert took <= STOP, f"took {took} s to end"
    truth = Truth(fault, watched)
    for reading in watched.readings():
        truth.judge(reading)
    expect_lines(fault, watched)
    expect_end(fault, watched, truth)


case = Cases()
for fault in FAULTS:
    for daemon in fault.by.split():
        case[f"{fault.name}.{daemon}"] = partial(run, fault, WATCHED[daemon])

if __name__ == "__main__":
    case.main("collectd", "program", "simhost", "plugin-dir", "helpers", "work",
              preload="")
