# SPDX-License-Identifier: MIT
"""One scenario, and what has to stand at the end of every pipeline after it.
Names are collectd's, units Hz, bytes, percent and milliseconds, whatever the
pipeline: who reads one back translates."""

import math

import names

MB = 1 << 20

# A balloon, a move to a faster host, and a host that refuses for a minute, in which
# it also takes memory: nothing of that may show before it answers again. collectd
# and vmguest-execd ask a host that refuses after 6 readings, then 12, 24, 48.
REFUSES = 60
SCENARIO = {
    "vm": {"vcpus": 4, "memory_mb": 8192, "cpu_limit_mhz": 8000,
           "cpu_reservation_mhz": 1000, "memory_limit_mb": 6144,
           "memory_reservation_mb": 512, "balloon_max_mb": 4096},
    "load": [{"at": 0, "used": 0.5, "stolen": 0.1, "active": 0.25,
              "contention": 0.07, "memory_wait": 0.02, "numa_remote": 0.1,
              "swap_in": 2}],
    "disks": [{"name": "scsi0:0", "load": [
        {"reads": 200, "read_ms": 4, "read_bytes": 8192,
         "writes": 100, "write_ms": 2, "write_bytes": 4096}]}],
    "nics": [{"mac": "00:50:56:00:00:01", "load": [{"rx": 300, "tx": 200}]}],
    "events": [{"at": 4, "do": "balloon", "mb": 1024},
               {"at": 7, "do": "vmotion", "mhz": 3000},
               {"at": 11, "do": "disable", "for": REFUSES},
               {"at": 11.5, "do": "swap", "mb": 256},
               {"at": 11.5, "do": "compress", "mb": 128}],
}
INTERVAL = 0.5

# By hand, from the scenario.
BEFORE = {"host/frequency-cpu": 2593e6, "vm/frequency-cpu_effective": 4 * .5 * 2593e6,
          "vm/percent-cpu_used_of_limit": 100 * 4 * .5 * 2593 / 8000,
          "vm/memory-ballooned": 0}
AT_THE_END = {
    "vm/gauge-up": 1,
    "vm/derive-session_changes": 1,
    "vm/count-unavailable": 0,
    "vm/percent-cpu_used": 50,
    "vm/percent-cpu_stolen": 10,
    "vm/frequency-cpu_effective": 4 * .5 * 3000e6,
    "vm/percent-cpu_used_of_limit": 75,
    "vm/gauge-cpu_used_of_reservation": 6,
    "vm/frequency-cpu_limit": 8000e6,
    "vm/gauge-cpu_limited": 1,
    "vm/gauge-cpu_limit_binding": 1,
    "vm/frequency-cpu_reservation": 1000e6,
    "vm/count-cpu_shares": 4000,
    "vm/count-vcpus": 4,
    "host/frequency-cpu": 3000e6,
    "host/count-cpu_cores": 28,
    "host/memory-total": 262144 * MB,
    "vm/memory-ballooned": 1024 * MB,
    "vm/memory-balloon_max": 4096 * MB,
    "vm/percent-memory_ballooned": 12.5,
    "vm/percent-memory_balloon_of_max": 25,
    "vm/percent-memory_active": 25,
    "vm/memory-active": 2048 * MB,
    "vm/memory-swapped": 256 * MB,
    "vm/memory-zipped": 128 * MB,
    "vm/memory-reclaimed": 1408 * MB,
    "vm/memory-limit": 6144 * MB,
    "vm/gauge-memory_limit_binding": 1,
    "vm/memory-reservation": 512 * MB,
    "vm/count-memory_shares": 81920,
}
# The host counts whole milliseconds, and a reading can be late.
RATES = {key for key, *_ in names.COLLECTD_RATES}
COUNTERS = {"vm/total_time_in_ms-cpu_used", "vm/total_time_in_ms-cpu_stolen",
            "vm/total_time_in_ms-elapsed", "host/total_time_in_ms-cpu_used",
            "vm/derive-session_changes", "vm/derive-channel_reopens"}
WHILE_DOWN = {"vm/gauge-up", "vm/derive-session_changes", "vm/derive-channel_reopens",
              "vm/duration-read"}
EVERY = {key for key, _ in names.COLLECTD.values()} | RATES | WHILE_DOWN | \
    {key for key, *_ in names.COLLECTD_OTHERS}


# Of the sets of extended statistics that dashboards show, by hand.
SETS = ("resources", "vscsi", "vnet")
EXTENDED = {f"vm/{key}" for key in (
    "total_time_in_ms-cpu_contention", "total_time_in_ms-cpu_contention_memory",
    "percent-cpu_contention", "percent-cpu_contention_memory", "memory-numa_local",
    "memory-numa_remote", "percent-memory_numa_local", "memory-consumed",
    "total_bytes-memory_swap_in", "total_bytes-memory_swap_out",
    "memory-overhead_swapped", "total_bytes-memory_overhead_swap_in",
    "total_bytes-memory_overhead_swap_out")} | {
    f"vscsi_scsi0:0/{key}-{way}" for way in ("read", "write") for key in (
        "total_operations", "total_bytes", "total_time_in_ms", "response_time")} | {
    f"vnet_00:50:56:00:00:01/{key}-{way}" for way in ("rx", "tx")
    for key in ("packets", "total_bytes")} | {
    f"vnet_00:50:56:00:00:01/gauge-{key}_mbps" for key in ("reservation",)}


# From the start until all is over, with what a slow machine adds.
WITHIN = 200
SHOWN = 300     # seconds that hold the whole of it


def recovered(log):
    """The log of who reads: the host answered at the start, and does again."""
    return log.count("receiving statistics from the host") >= 2


def finished(points):
    """{key: [(time, value)]}: the host answers again, and what it took shows."""
    swapped = [v for _, v in points.get("vm/memory-swapped", ())]
    speed = [v for _, v in points.get("vm/frequency-cpu_effective", ())]
    return swapped[-3:] == [256 * MB] * 3 and len(speed) > 3


def near(key, is_, wanted):
    slack = 0.06 if key in RATES else 1e-6
    assert math.isclose(is_, wanted, rel_tol=slack, abs_tol=1e-6), \
        f"{key} is {is_}, should be {wanted}"


def measured(series):
    """Without those of a reading that made up for a late one: the host counts whole
    milliseconds, and some of them are no measure."""
    return [p for before, p in zip([(0, 0)] + series, series)
            if p[0] - before[0] > INTERVAL / 4]


def expect(points, every=frozenset(EVERY), as_rates=False):
    """as_rates: the way stores differences a second instead of counters."""
    points = {key: measured(series) if key in RATES else series
              for key, series in points.items()}
    missing = {key for key in every if not points.get(key)}
    assert not missing, f"never arrived: {sorted(missing)}"
    for key, value in AT_THE_END.items():
        if key in every and not (as_rates and key in COUNTERS):
            near(key, points[key][-1][1], value)
    for key, value in BEFORE.items():
        if key in every:
            near(key, points[key][0][1], value)
    expect_gap(points)
    expect_no_rate_across(points)
    expect_counters(points, every, as_rates)


def expect_gap(points):
    """While the host refused: up is 0, and nothing is invented."""
    down = [t for t, v in points["vm/gauge-up"] if v == 0]
    assert down, "the host's refusal did not arrive"
    assert {v for _, v in points["vm/gauge-up"]} == {0, 1}
    assert down[-1] - down[0] >= REFUSES - 2, down
    ups = [v for t, v in points["vm/gauge-up"] if down[0] <= t <= down[-1]]
    assert set(ups) == {0}, ups
    # It is said all the time.
    pauses = [b - a for a, b in zip(down, down[1:]) if b - a > 5]
    assert not pauses, pauses
    for key, series in points.items():
        if key in WHILE_DOWN:
            continue
        # The reading at an end of the gap can share its second.
        invented = [p for p in series if down[0] + 1 <= p[0] <= down[-1] - 1]
        assert not invented, f"{key} while the host refused: {invented}"


def expect_no_rate_across(points):
    for key, low, high in (("vm/percent-cpu_stolen", 8, 12),
                           ("vm/percent-cpu_used", 45, 55),
                           ("vm/frequency-cpu_effective", 4.7e9, 6.4e9)):
        wild = [v for _, v in points[key] if not low <= v <= high]
        assert not wild, f"{key}: {wild}"


def expect_counters(points, every, as_rates):
    if as_rates:
        changes = [v for _, v in points["vm/derive-session_changes"]]
        assert max(changes) > 0 and min(changes) >= 0, changes
        # No wild rate at the move, where the counters start again. The one of the
        # host jumps instead: it is another host's, and no session of ours.
        for key in (COUNTERS & every) - {"host/total_time_in_ms-cpu_used"}:
            assert all(0 <= v <= 40000 for _, v in points[key]), (key, points[key])
        return
    changes = {v for _, v in points["vm/derive-session_changes"]}
    assert changes == {0, 1}, changes
    elapsed = [v for _, v in points["vm/total_time_in_ms-elapsed"]]
    falls = sum(b < a for a, b in zip(elapsed, elapsed[1:]))
    assert falls == 1, f"elapsed fell {falls} times: {elapsed}"
