# SPDX-License-Identifier: MIT
"""The real collectd publishes exactly what the host says. One case a call."""

import json
import math
import os
import pwd
import signal
import subprocess

import names
from cases import Cases, Skip
from daemon import Daemon
from identifiers import (ALL, DERIVED, DIFFERENCES, DOWN, HOST_COUNTER, HOST_INFO, MB,
                         PROTOCOL_2, RESTATED, SELF, UNLIMITED, UNLIMITED_CPU,
                         UNLIMITED_MEMORY, UNRESERVED, WIRE, expect_differences,
                         expect_levels, near)

SWITCH = 'isolation.tools.guestlibGetInfo.disable = "FALSE"'

case = Cases()


def is_up(values):
    return values.get("vm/gauge-up") == "1.000000"


def is_down(values):
    return values.get("vm/gauge-up") == "0.000000"


def expect_keys(values, wanted):
    if values.readings() > 1:
        return
    expect_names(values, wanted)


def expect_names(values, wanted):
    assert set(values) == set(wanted), \
        f"missing {set(wanted) - set(values)}, too many {set(values) - set(wanted)}"


def expect_down(values):
    expect_keys(values, DOWN)
    assert is_down(values)


# What each sample must be, whatever the scenario.


def expect_samples(samples, vcpus, memory_mb, absent):
    """Every identifier, every formula, and no rate across a session. The host's
    own counter, which goes on from where the new host's is, may be kept back for
    some readings after a move."""
    before = None
    kept_back = 0
    for _, values in samples:
        assert is_up(values), values
        if values.readings() > 1:
            before = values
            continue
        changed = before is None or \
            values["vm/derive-session_changes"] != before["vm/derive-session_changes"]
        kept_back = 5 if changed else kept_back - 1
        lacking = absent | (DIFFERENCES if changed else set())
        if not changed and values["vm/total_time_in_ms-elapsed"] == \
                before["vm/total_time_in_ms-elapsed"]:
            lacking = absent | DIFFERENCES
        if kept_back > 0:
            lacking = lacking | (HOST_COUNTER - set(values))
        expect_keys(values, ALL - lacking)
        if not changed:
            expect_differences(values, before, vcpus)
        expect_levels(values, vcpus, memory_mb)
        before = values


# The ready scenarios.


def scenario_load(tools, name, **changes):
    folder = os.path.join(os.path.dirname(tools.simhost), "scenarios")
    with open(os.path.join(folder, name + ".json")) as f:
        return {**json.load(f), **changes}


def expect_everywhere(samples, key, value):
    for _, values in samples:
        near(values[key], value, key)


def values_of(samples, key):
    return {float(values[key]) for _, values in samples}


def run_scenario(tools, name, until, absent, **changes):
    """All samples of a run that ends once one sample is as until() wants it."""
    scenario = scenario_load(tools, name, **changes)
    with Daemon(tools, scenario, "VCPUs 4") as d:
        d.wait_samples(8)
        d.wait(lambda: until(d.samples()))
    samples = d.samples()
    expect_samples(samples, 4, 8192, absent)
    expect_everywhere(samples, "vm/count-unavailable", 0)
    # A move in the middle of a reading costs one, and no more.
    last = samples[-1][1]
    assert int(last["vm/derive-channel_reopens"]) <= \
        int(last["vm/derive-session_changes"])
    assert len(d.said("MB, from the host")) == 1
    return d, samples


def ever(key, wanted):
    return lambda samples: any(math.isclose(float(values.get(key, "nan")), wanted)
                               for _, values in samples)


def expect_constant_load(samples, used, stolen):
    """The host's counters, to the millisecond, from its load."""
    for _, values in samples:
        elapsed = int(values["vm/total_time_in_ms-elapsed"])
        for key, load in (("cpu_used", used), ("cpu_stolen", stolen)):
            is_ = int(values["vm/total_time_in_ms-" + key])
            # both are cut to whole milliseconds
            assert load * 4 * elapsed - 1 <= is_ <= load * 4 * (elapsed + 1) + 1, \
                f"{key} {is_} after {elapsed} ms"


@case
def scenario_quiet(tools):
    _, samples = run_scenario(tools, "quiet", lambda s: len(s) > 20,
                              UNLIMITED_CPU | UNLIMITED_MEMORY | UNRESERVED)
    expect_constant_load(samples, 0.05, 0)
    for key, value in {
            "vm/count-cpu_shares": 4000, "vm/count-memory_shares": 81920,
            "vm/frequency-cpu_reservation": 0, "vm/memory-reservation": 0,
            "vm/gauge-cpu_limited": 0, "vm/gauge-cpu_limit_binding": 0,
            "vm/memory-overhead": (36 + 8192 // 128 + 8 * 4) * MB,
            "vm/memory-active": 819 * MB, "vm/memory-mapped": 6553 * MB,
            "vm/memory-ballooned": 0, "vm/memory-reclaimed": 0,
            "vm/memory-balloon_max": 5324 * MB, "vm/memory-target": 8192 * MB,
            "vm/derive-session_changes": 0, "host/frequency-cpu": 2593e6,
            "host/count-cpu_cores": 28, "host/memory-total": 262144 * MB,
            "host/memory-kernel_overhead": 262144 // 50 * MB}.items():
        expect_everywhere(samples, key, value)


@case
def scenario_starved(tools):
    _, samples = run_scenario(
        tools, "starved", lambda s: s[-1][0] - s[0][0] > 4,
        UNLIMITED_MEMORY | UNRESERVED, speed=10)
    expect_everywhere(samples, "vm/frequency-cpu_limit", 3000e6)
    expect_everywhere(samples, "vm/gauge-cpu_limited", 1)
    expect_everywhere(samples, "vm/gauge-cpu_limit_binding", 1)
    checked = 0
    for (_, before), (_, values) in zip(samples, samples[1:]):
        # The counters are whole milliseconds: not over a short time.
        if int(values["vm/total_time_in_ms-elapsed"]) - \
                int(before["vm/total_time_in_ms-elapsed"]) < 400:
            continue
        checked += 1
        # The load is always above the limit, so all of it is used.
        assert 99.5 < float(values["vm/percent-cpu_used_of_limit"]) <= 100
        assert float(values["vm/percent-cpu_stolen"]) > 30
    assert checked > 10


@case
def scenario_balloon(tools):
    _, samples = run_scenario(
        tools, "balloon",
        lambda s: ever("vm/memory-swapped", 768 * MB)(s) and
        s[-1][1].get("vm/memory-reclaimed") == "0.000000",
        UNLIMITED_CPU | UNLIMITED_MEMORY | UNRESERVED, speed=15)
    expect_constant_load(samples, 0.4, 0.02)
    for mb in (1024, 2048, 4096):
        assert ever("vm/memory-ballooned", mb * MB)(samples), mb
        assert ever("vm/memory-balloon_target", mb * MB)(samples), mb
    assert ever("vm/memory-zipped", 512 * MB)(samples)
    assert ever("vm/memory-reclaimed", (4096 + 512 + 768) * MB)(samples)
    assert max(values_of(samples, "vm/percent-memory_ballooned")) == 50


@case
def scenario_vmotion(tools):
    d, samples = run_scenario(
        tools, "vmotion",
        lambda s: int(s[-1][1].get("vm/derive-session_changes", 0)) >= 3,
        UNLIMITED_CPU | UNLIMITED_MEMORY | UNRESERVED, speed=15)
    expect_constant_load(samples, 0.5, 0.05)
    assert values_of(samples, "host/frequency-cpu") == {2593e6, 3400e6, 2100e6}
    assert values_of(samples, "host/count-cpu_cores") == {28, 16, 64}
    changes = int(samples[-1][1]["vm/derive-session_changes"])
    assert len(d.notifications()) == changes
    assert len(d.said("session changed from 0x")) == changes
    for (_, values), (_, after) in zip(samples, samples[1:]):
        fell = int(after["vm/total_time_in_ms-elapsed"]) < \
            int(values["vm/total_time_in_ms-elapsed"])
        grew = int(after["vm/derive-session_changes"]) - \
            int(values["vm/derive-session_changes"])
        assert grew == fell


@case
def scenario_demo(tools):
    _, samples = run_scenario(
        tools, "demo",
        lambda s: int(s[-1][1].get("vm/derive-session_changes", 0)) >= 2,
        UNLIMITED_MEMORY | UNRESERVED, speed=15)
    expect_everywhere(samples, "vm/frequency-cpu_limit", 8000e6)
    assert ever("vm/memory-ballooned", 2048 * MB)(samples)
    assert ever("vm/memory-swapped", 256 * MB)(samples)
    assert values_of(samples, "host/frequency-cpu") == {2593e6, 3000e6}


def run_down(tools, scenario, words):
    """Four values, one line, and the daemon runs on."""
    with Daemon(tools, scenario) as d:
        d.wait_samples(15, is_down)
    for _, values in d.samples():
        expect_down(values)
    assert len(d.said("[warning]")) == 1, d.said("")
    assert len(d.said(words)) == 1, d.said("")
    return d


@case
def scenario_desktop(tools):
    d = run_down(tools, "desktop", "Workstation, Player and Fusion")
    assert d.said(SWITCH)


@case
def scenario_disabled(tools):
    run_down(tools, "disabled", SWITCH)


@case
def no_virtual_machine(tools):
    run_down(tools, None, "not in a VMware VM")


@case
def vmport_of_qemu(tools):
    run_down(tools, {"host": {"product": "qemu"}}, "not in a VMware VM")


# Exact values.


def fixed_all(first):
    """A value of its own for every statistic."""
    fixed = {name: first + n for n, (name, _) in enumerate(WIRE.values())}
    fixed["memShares"] = 5
    return fixed


def run_fixed(tools, fixed, keys, options="", host=None, seconds=30):
    with Daemon(tools, {"fixed": fixed, "host": host or {}}, options) as d:
        d.wait_samples(3, seconds=seconds)
    for _, values in d.samples():
        expect_keys(values, keys)
        for key in set(WIRE) & set(keys):
            name, factor = WIRE[key]
            wanted = fixed[name] * factor
            if "." in values[key]:
                assert float(values[key]) == float(wanted), (key, values[key], wanted)
            else:
                assert int(values[key]) == wanted, (key, values[key], wanted)
    return d


@case
def fixed_values(tools):
    d = run_fixed(tools, fixed_all(1000), ALL - DIFFERENCES)
    for _, values in d.samples():
        assert values["vm/count-unavailable"] == "0.000000"
        assert values["vm/uptime-session"] == "1.015000", values


@case
def fixed_large_values(tools):
    """The largest that the wire and collectd can hold."""
    fixed = {name: UNLIMITED - 1 for name, _ in WIRE.values()}
    for name in ("cpuUsedMs", "cpuStolenMs", "elapsedMs"):
        fixed[name] = "0x7fffffffffffffff"
    for name in ("memTargetSizeMB", "hostMemPhysMB", "memShares64"):
        fixed[name] = "0xffffffffffffffff"
    fixed["hostCpuUsedMs"] = "0x8000000000000000"  # one more than a DERIVE holds
    with Daemon(tools, {"fixed": fixed}) as d:
        d.wait_samples(3)
    for _, values in d.samples():
        expect_keys(values, ALL - DIFFERENCES - {"host/total_time_in_ms-cpu_used"})
        assert values["vm/total_time_in_ms-cpu_used"] == str(2**63 - 1)
        assert float(values["vm/memory-target"]) == float(2**64 - 1) * MB
        assert float(values["vm/count-memory_shares"]) == float(2**64 - 1)
        assert float(values["vm/memory-limit"]) == float((UNLIMITED - 1) * MB)
        assert values["vm/percent-memory_active"] == "100.000000"  # capped
    assert len(d.said("host_cpu_used is more than collectd can hold")) == 1


@case
def fixed_zeros(tools):
    """Zero is a value; only what would be divided by it is absent."""
    fixed = {name: 0 for name, _ in WIRE.values()}
    d = run_fixed(tools, fixed, ALL - DIFFERENCES - {
        "vm/percent-memory_balloon_of_max", "vm/gauge-cpu_limit_binding"})
    assert d.samples()[-1][1]["vm/count-unavailable"] == "0.000000"


@case
def fixed_unlimited(tools):
    fixed = {**fixed_all(1000), "cpuLimitMHz": UNLIMITED, "memLimitMB": UNLIMITED}
    d = run_fixed(tools, fixed,
                  ALL - DIFFERENCES - UNLIMITED_CPU - UNLIMITED_MEMORY)
    for _, values in d.samples():
        for key in ("cpu_limited", "memory_limited", "cpu_limit_binding",
                    "memory_limit_binding", "up"):
            assert values["vm/gauge-" + key] == ("1.000000" if key == "up" else
                                                 "0.000000")
        assert values["vm/count-unavailable"] == "0.000000"


@case
def cpu_charged_beyond_the_clock(tools):
    """Real hosts charge more than elapsed: percent ends at 100, no other does."""
    with Daemon(tools, {"load": [{"at": 0, "used": 1.25, "stolen": 0}],
                        "vm": {"cpu_reservation_mhz": 1000}}, "VCPUs 4") as d:
        d.wait_samples(5, lambda values: "vm/percent-cpu_used" in values)
    expect_samples(d.samples(), 4, 8192, UNLIMITED_CPU | UNLIMITED_MEMORY)
    values = d.samples()[-1][1]
    assert values["vm/percent-cpu_used"] == "100.000000"
    assert float(values["vm/frequency-cpu_effective"]) > 4 * 2593e6 * 1.2
    assert float(values["vm/gauge-cpu_used_of_reservation"]) > 12


@case
def not_valid_statistics(tools):
    fixed = {"cpuStolenMs": None, "memZippedMB": None, "memShares": None,
             "resourcePoolPath": None, "cpuLimitMHz": 4000, "memLimitMB": 4096,
             "cpuReservationMHz": 500}
    with Daemon(tools, {"fixed": fixed}) as d:
        d.wait_samples(5)
    for _, values in d.samples()[1:]:
        expect_keys(values, ALL - {
            "vm/total_time_in_ms-cpu_stolen", "vm/percent-cpu_stolen",
            "vm/memory-zipped", "vm/memory-reclaimed"})
        assert values["vm/count-unavailable"] == "2.000000"
    lines = d.said("without a value")
    assert len(lines) == 1 and lines[0].endswith(": cpu_stolen, memory_zipped"), lines


@case
def host_information_off(tools):
    with Daemon(tools, {"host": {"host_info": False}}) as d:
        d.wait_samples(5)
    for _, values in d.samples()[1:]:
        expect_keys(values, ALL - HOST_INFO - UNLIMITED_CPU - UNLIMITED_MEMORY
                    - UNRESERVED)
        assert values["vm/count-unavailable"] == "0.000000"
    assert len(d.said("[info] vmguest: host information is off")) == 1
    assert not d.said("[warning]")


@case
def protocol_2(tools):
    with Daemon(tools, {"host": {"protocols": [2]}}) as d:
        d.wait_samples(5)
    for _, values in d.samples()[1:]:
        expect_keys(values, (PROTOCOL_2 | RESTATED | DERIVED | SELF)
                    - UNLIMITED_CPU - UNLIMITED_MEMORY - UNRESERVED
                    - {"vm/percent-cpu_stolen", "vm/memory-reclaimed",
                       "vm/percent-memory_balloon_of_max"})
        # 19, 20, 21..30, 31..36
        assert values["vm/count-unavailable"] == "18.000000"
        assert values["vm/count-memory_shares"] == "81920.000000"
    lines = d.said("not provided by this host")
    assert len(lines) == 1 and lines[0].endswith(", host_memory_unmapped")


@case
def old_hosts(tools):
    """Hosts that know 17, 25, 30 and 36 statistics."""
    for count, missing in ((17, 18), (25, 11), (30, 6), (36, 0)):
        with Daemon(tools, {"host": {"statistics": count}}) as d:
            d.wait_samples(3)
        for _, values in d.samples():
            assert float(values["vm/count-unavailable"]) == missing, count
            assert values["vm/count-memory_shares"] == "81920.000000"
        assert len(d.said("not provided by this host")) == (missing > 0)


# Options.


@case
def wrong_options(tools):
    options = """
    Statistc "cpu"
    ExtendedStatistics "disks" "vnet"
    Statistic "cpu_usedd" 12 "memory" "vscsi/scsi0:0"
    Derived maybe
    HostStatistics true false
    VCPUs 0
    VCPUs "3.5"
    <NotifySession x>
      Sub true
    </NotifySession>
    """
    with Daemon(tools, "quiet", options) as d:
        d.wait_samples(3)
    known = ("Accepted: Statistic, IgnoreSelected, Derived, HostStatistics, "
             "ExtendedStatistics, NotifySession, VCPUs.")
    for words in ("option Statistc is unknown. " + known,
                  'option ExtendedStatistics cannot be "disks". Accepted: none, '
                  "session, host, resources, vscsi, vnet, all.",
                  "option Statistic names extended statistics that are not asked "
                  "for: add ExtendedStatistics vscsi.",
                  'option Statistic cannot be "cpu_usedd". Accepted: cpu memory',
                  "option Statistic cannot be 12. Accepted: cpu memory",
                  'option Derived cannot be "maybe". Accepted: true, false.',
                  "option HostStatistics has 2 values. Accepted: true, false.",
                  "option VCPUs cannot be 0. Accepted: auto, or a whole number",
                  'option VCPUs cannot be "3.5". Accepted: auto, or a whole',
                  "option NotifySession is not a block."):
        assert len(d.said("<Plugin vmguest>: " + words)) == 1, words
    assert len(d.said("[warning]")) == 14
    # The daemon cuts long lines; the list must come through whole, in three.
    assert len(d.said(" vnet_reservation")) == 2
    assert len(d.said("and vscsi/DISK, vnet/MAC, 64 of them at most.")) == 2
    # What was right works.
    for _, values in d.samples():
        expect_keys(values, ({key for key in ALL if "memory" in key and
                              key.startswith("vm/")} | SELF) - UNLIMITED_MEMORY)


@case
def extended_values(tools):
    fixed = {**fixed_all(1000), **names.EXTENDED_STATISTICS}
    devices = {"vscsi": ["nvme0:0", "scsi0:0"],
               "vnet": ["00:0c:29:32:0a:6a", "00:0C:29:32:0A:6B"]}
    wanted = {}
    for area, statistic, key, _, _, cut, factor, _ in names.EXTENDED:
        for name in devices.get(area, [""]):
            wanted[f"{area}_{name}/{key}" if name else key] = \
                fixed[statistic] // cut * factor
    # The session's clock goes on, and nobody waits.
    rates = {"vm/percent-cpu_contention": 0, "vm/percent-cpu_contention_memory": 0}
    wanted["vm/percent-memory_numa_local"] = 100 * fixed["vm.numa.local"] / (
        fixed["vm.numa.local"] + fixed["vm.numa.remote"])
    with Daemon(tools, {"fixed": fixed, "disks": devices["vscsi"],
                        "nics": devices["vnet"]}, 'ExtendedStatistics "all"') as d:
        d.wait_samples(3)
    for number, (_, values) in enumerate(d.samples()):
        now = {**wanted, **(rates if number else {})}
        expect_keys(values, (ALL - DIFFERENCES) | set(now))
        for key, value in now.items():
            near(values[key], value, key)
        near(values["vm/count-unavailable"], 0, "unavailable")
    assert not d.said("[warning]"), d.said("[warning]")


@case
def a_disk_that_is_called_like_another_is_left_out(tools):
    with Daemon(tools, {"disks": ["x/y", "x_y"], "nics": []},
                'ExtendedStatistics "vscsi"') as d:
        d.wait_samples(3)
    [folder] = {key.split("/")[0] for _, values in d.samples() for key in values
                if key.startswith("vscsi")}
    assert folder == "vscsi_x_y"
    assert len(d.said("disk x_y is left out")) == 1
    assert len(d.said("[warning]")) == 1, d.said("[warning]")


@case
def a_disk_that_goes_and_one_that_comes(tools):
    scenario = {"disks": [{"name": "scsi0:0", "load": [{"reads": 5000, "read_ms": 2}]},
                          {"name": "nvme0:0", "plugged": False}],
                "events": [{"at": 1.5, "do": "unplug", "device": "scsi0:0"},
                           {"at": 1.5, "do": "plug", "device": "nvme0:0"}]}
    with Daemon(tools, scenario, 'ExtendedStatistics "vscsi"') as d:
        d.wait_samples(3, lambda values: "vscsi_nvme0:0/total_bytes-read" in values)
    old, new = "vscsi_scsi0:0/response_time-read", "vscsi_nvme0:0/total_bytes-read"
    samples = [values for _, values in d.samples()]
    assert any(old in values for values in samples)
    assert not any(key.startswith("vscsi_scsi0:0/") for key in samples[-1]), samples[-1]
    assert new in samples[-1] and new not in samples[0]
    for values in samples:
        assert 0.0019 < float(values.get(old, 0.002)) < 0.0021, values[old]


def selected(tools, options, seconds=30):
    with Daemon(tools, {"vm": {"cpu_limit_mhz": 4000, "memory_limit_mb": 4096,
                               "cpu_reservation_mhz": 500}}, options) as d:
        d.wait_samples(3, seconds=seconds)
    assert not d.said("[warning]"), d.said("[warning]")
    return set(d.samples()[-1][1])


@case
def selections(tools):
    cpu = {key for key in ALL if key.startswith("vm/") and
           ("-cpu_" in key or key in ("vm/count-vcpus", "vm/uptime-session",
                                      "vm/total_time_in_ms-elapsed"))}
    host = {key for key in ALL if key.startswith("host/")}
    memory = ALL - cpu - host - SELF
    for options, wanted in (
            ("", ALL),
            ('Statistic "cpu"', cpu | SELF),
            ('Statistic "memory"\nStatistic "host"', memory | host | SELF),
            ('Statistic "cpu_used"', {"vm/total_time_in_ms-cpu_used",
                                      "vm/percent-cpu_used"} | SELF),
            ('IgnoreSelected true\nStatistic "memory" "cpu_used"',
             ALL - memory - {"vm/total_time_in_ms-cpu_used", "vm/percent-cpu_used"}),
            ("Derived false", ALL - DERIVED),
            ("HostStatistics false", ALL - HOST_INFO),
            ('ExtendedStatistics "vscsi"\nStatistic "vscsi/scsi0:0"\nDerived false',
             {f"vscsi_scsi0:0/{key}" for area, _, key, *_ in names.EXTENDED
              if area == "vscsi"} | SELF),
            ('Derived "no"\nStatistic "host"', host | SELF)):
        is_ = selected(tools, options)
        assert is_ == wanted, (options, is_ ^ wanted)


@case
def vcpus_of_the_machine(tools):
    with Daemon(tools, "quiet", "VCPUs auto") as d:
        d.wait_samples(3)
    # Not the affinity of this process: what the kernel has online.
    online = os.sysconf("SC_NPROCESSORS_ONLN")
    with open("/sys/devices/system/cpu/online") as f:
        text = f.read().strip()
    counted = sum(int(part.split("-")[-1]) - int(part.split("-")[0]) + 1
                  for part in text.split(","))
    assert counted >= online >= 1
    assert float(d.samples()[-1][1]["vm/count-vcpus"]) == counted


# Changes.


@case
def recovers_by_itself(tools):
    with Daemon(tools, {"events": [{"at": 0, "do": "disable", "for": 2}]}) as d:
        d.wait_samples(3, is_up)
    states = [is_up(values) for _, values in d.samples()]
    assert not states[0] and states[-1]
    assert states == sorted(states), "goes down again"
    for _, values in d.samples():
        if is_down(values):
            expect_down(values)
    assert len(d.said(SWITCH)) == 1
    assert len(d.said("receiving statistics from the host, session 0x")) == 1
    # Asked again after 6 readings, and 12, 24 more: it comes back at one of these.
    down = sum(values.readings() for _, values in d.samples()[:states.index(True)])
    assert down in (6, 18, 42), down


@case
def session_change_is_notified(tools):
    pool = "host/user/" + "p" * 600  # too long for the short statistic
    scenario = {"vm": {"session": "0xabc", "resource_pool": pool},
                "events": [{"at": 1, "do": "vmotion"}]}
    with Daemon(tools, scenario) as d:
        d.wait(d.notifications)
        d.wait_samples(2, lambda values:
                       values.get("vm/derive-session_changes") == "1")
    assert len(d.notifications()) == 1, d.notifications()
    severity, host, plugin, instance, _, _, message, *meta = d.notifications()[0]
    meta = dict(entry.split("=", 1) for entry in meta)
    assert (severity, host, plugin, instance) == ("4", "testhost", "vmguest", "vm")
    assert meta["old_session"] == "0x0000000000000abc"
    assert len(meta["new_session"]) == 18 and meta["new_session"] != meta["old_session"]
    assert meta["resource_pool"] == pool
    assert meta["version"] == tools.version
    assert "uuid" not in meta and "host_version" not in meta
    assert meta["old_session"] in message and meta["new_session"] in message
    for (_, values), (_, after) in zip(d.samples(), d.samples()[1:]):
        if values["vm/derive-session_changes"] != after["vm/derive-session_changes"]:
            assert not DIFFERENCES & set(after)


@case
def no_rate_across_a_move(tools):
    """Also of a counter that is higher on the new host."""
    key = "host/total_time_in_ms-cpu_used"
    with Daemon(tools, {"load": [{"at": 0, "used": 0.5}],
                        "events": [{"at": at, "do": "vmotion"}
                                   for at in (3, 8, 13)]},
                "VCPUs 4",
                before="<Plugin csv>\n  StoreRates true\n</Plugin>") as d:
        d.wait(lambda: d.samples() and d.samples()[-1][0] - d.samples()[0][0] > 18)
    rates = [float(values[key]) for _, values in d.samples() if key in values]
    rates = [rate for rate in rates if not math.isnan(rate)]
    assert len(rates) > 5, rates
    assert max(rates) <= 28 * 1000 * 1.2, rates


@case
def host_and_machine_are_notified_when_asked(tools):
    with Daemon(tools, {"events": [{"at": 1, "do": "vmotion"}]},
                'ExtendedStatistics "session"') as d:
        d.wait(d.notifications)
    meta = dict(entry.split("=", 1) for entry in d.notifications()[0][7:])
    assert meta["host_version"].startswith("VMware ESX"), meta
    assert meta["uuid"].startswith("42 20 6f a4"), meta


@case
def session_change_is_not_notified_when_told(tools):
    with Daemon(tools, {"events": [{"at": 0.5, "do": "vmotion"}]},
                "NotifySession false") as d:
        d.wait_samples(2, lambda values:
                       values.get("vm/derive-session_changes") == "1")
    assert d.notifications() == []
    assert len(d.said("session changed")) == 1


@case
def lost_channel_leaves_no_gap(tools):
    scenario = {"events": [{"at": 0.5 + 0.3 * n, "do": "lose", "step": step}
                           for n, step in enumerate(("sendsize", "recvsize",
                                                     "recvstatus"))]}
    with Daemon(tools, scenario) as d:
        d.wait_samples(3, lambda values:
                       values.get("vm/derive-channel_reopens") == "3")
    assert all(is_up(values) for _, values in d.samples())
    assert not d.said("[warning]"), d.said("[warning]")


@case
def damaged_reply_is_not_used(tools):
    scenario = {"fixed": fixed_all(1000),
                "events": [{"at": 0.5, "do": "damage", "how": "truncate",
                            "bytes": 58, "for": 1}]}
    with Daemon(tools, scenario) as d:
        d.wait_samples(1, is_down)
        d.wait(lambda: is_up(d.samples()[-1][1]))
    for _, values in d.samples():
        if is_down(values):
            expect_down(values)
        else:
            expect_keys(values, ALL - DIFFERENCES)
    assert len(d.said("the host's reply is damaged")) == 1
    assert len(d.said("receiving statistics from the host")) == 2


@case
def no_channel_is_free(tools):
    """Another program holds all of them, then gives them back."""
    scenario = {"events": [{"at": 0, "do": "status", "step": "open", "bits": 0,
                            "for": 1}]}
    with Daemon(tools, scenario) as d:
        d.wait_samples(3, is_up)
    assert is_down(d.samples()[0][1])
    assert len(d.said("[warning]")) == 1, d.said("[warning]")


@case
def other_programs_hold_all_channels(tools):
    """Until they end: one that asks every second keeps its channel."""
    if not tools.program:
        raise Skip("vmguest-execd was not built")
    other = (f"env ASAN_OPTIONS=detect_leaks=0 '{tools.program}' --interval 1s "
             f">'{tools.work}/others' & echo $! >>'{tools.work}/others.pid'\n")
    with Daemon(tools, {"host": {"channels": 2}}, beside=2 * other) as d:
        d.wait(lambda: len(d.samples()) > 15 and
               all(is_down(values) for _, values in d.samples()[-15:]))
        for pid in d.text("others.pid").split():
            os.kill(int(pid), signal.SIGTERM)
        d.wait(lambda: all(is_up(values) for _, values in d.samples()[-5:]))
    for _, values in d.samples():
        if not is_up(values):
            expect_down(values)
    # While they begin, and have none yet, it may be told yes and no by turns.
    warnings = d.said("[warning]")
    assert 1 <= len(warnings) <= 4, warnings
    assert all("no free VMware message channel" in w for w in warnings)


# Files that are shipped, and other outputs.


@case
def shipped_configuration(tools):
    with open(os.path.join(tools.conf, "vmguest.conf")) as f:
        shipped = f.read()
    with Daemon(tools, "quiet", plugin=shipped) as d:
        d.wait_samples(3)
    assert not d.said("[warning]"), d.said("[warning]")
    expect_keys(d.samples()[-1][1],
                ALL - UNLIMITED_CPU - UNLIMITED_MEMORY - UNRESERVED)


@case
def shipped_thresholds(tools):
    """They warn of what they are made for, and of nothing on a quiet host."""
    with open(os.path.join(tools.conf, "vmguest-thresholds.conf")) as f:
        shipped = f.read()

    failure, warning, okay = "1", "2", "4"

    def warnings(d):
        # At first it says of each that all is well. A busy machine reads late.
        return {(n[0], n[5]) for n in d.notifications() if n[0] != okay
                and not (n[5] == "up" and "has not been updated" in n[6])}

    with Daemon(tools, "quiet", before=shipped) as d:
        d.wait_samples(10)
    assert warnings(d) == set(), d.notifications()
    with Daemon(tools, {"load": [{"at": 0, "used": 0.3, "stolen": 0.01}],
                        "events": [{"at": at, "do": "vmotion"}
                                   for at in range(2, 12, 2)]},
                "VCPUs 4", before=shipped) as d:
        d.wait(lambda: d.samples() and
               d.samples()[-1][1].get("vm/derive-session_changes") == "5")
        d.wait_samples(len(d.samples()) + 6)
    assert warnings(d) <= {(okay, "session_changes")}, d.notifications()
    with Daemon(tools, "disabled", before=shipped) as d:
        d.wait(lambda: (failure, "up") in warnings(d))
    with Daemon(tools, {"load": [{"at": 0, "used": 0.5, "stolen": 0.07,
                                  "contention": 0.08, "memory_wait": 0.02,
                                  "swap_in": 4}],
                        "events": [{"at": 0, "do": "balloon", "mb": 2048}]},
                'VCPUs 4\nExtendedStatistics "resources"', before=shipped) as d:
        d.wait(lambda: warnings(d) >= {(warning, name) for name in (
            "cpu_stolen", "memory_ballooned", "cpu_contention",
            "cpu_contention_memory", "memory_swap_in")})


@case
def unixsock_has_the_same(tools):
    fixed = fixed_all(1000)
    with Daemon(tools, {"fixed": fixed}) as d:
        d.wait_samples(3)
        listed = d.wait(lambda: [line.split(" ", 1)[1] for line in d.ask("LISTVAL")
                                 if "/vmguest-" in line])
        answers = {key: d.ask(f'GETVAL "testhost/vmguest-{key}"')
                   for key in WIRE if "total_time" not in key}
    expect_names({name.split("/vmguest-", 1)[1] for name in listed}, ALL - DIFFERENCES)
    for key, answer in answers.items():
        name, factor = WIRE[key]
        near(float(answer[0].split("=")[1]), fixed[name] * factor, key)


@case
def one_time_for_a_sample(tools):
    """All lists of a sample have one time stamp, and every sample is whole."""
    with Daemon(tools, "quiet", interval=0.05) as d:
        d.wait_samples(30)
    samples = d.samples()
    for _, values in samples[1:]:
        expect_keys(values, ALL - UNLIMITED_CPU - UNLIMITED_MEMORY - UNRESERVED)


# The program, started by collectd's own exec plugin, beside the plugin.


def ordinary_user(program):
    """collectd starts nothing as root; who can start the program instead."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    if subprocess.run(["test", "-x", program], user="nobody").returncode != 0:
        raise Skip(f"the user nobody may not start {program}")
    return "nobody"


def beside_exec(tools, scenario, options="", *more):
    """A daemon to which the program gives values as well, of the host exechost."""
    if not tools.program:
        raise Skip("vmguest-execd was not built")
    user = ordinary_user(tools.program)
    with open(f"{tools.conf}/../contrib/execd/collectd-exec.conf") as f:
        shipped = f.read()
    ending = '"nobody" "/usr/bin/vmguest-execd" "--format" "putval"\n'
    assert ending in shipped
    quoted = " ".join(f'"{word}"' for word in ("--host", "exechost", *more))
    return Daemon(tools, scenario, options, before=shipped.replace(
        ending, f'"{user}" "{tools.program}" "--format" "putval" {quoted}\n'))


def both_have(d, count, what=lambda values: True):
    return all(sum(bool(what(values)) for _, values in d.samples(host)) >= count
               for host in ("testhost", "exechost"))


@case
def exec_plugin_says_the_same(tools):
    scenario = {"fixed": fixed_all(1000), "vm": {"cpu_limit_mhz": 5000}}
    with beside_exec(tools, scenario) as d:
        d.wait(lambda: both_have(d, 3))
    theirs, ours = d.samples()[-1][1], d.samples("exechost")[-1][1]
    expect_names(ours, ALL - DIFFERENCES)
    for values in (theirs, ours):
        del values["vm/duration-read"]
    assert ours == theirs, set(ours.items()) ^ set(theirs.items())


@case
def exec_plugin_calculates_the_same(tools):
    scenario = scenario_load(tools, "starved", speed=10)
    with beside_exec(tools, scenario, "VCPUs 4", "--vcpus", "4") as d:
        d.wait(lambda: both_have(d, 20))
    for host in ("exechost", "testhost"):
        expect_samples(d.samples(host), 4, 8192, UNLIMITED_MEMORY | UNRESERVED)


@case
def exec_plugin_notifies_the_same(tools):
    scenario = {"vm": {"session": "0xabc", "resource_pool": 'a "pool\\"'},
                "events": [{"at": 3, "do": "vmotion"}]}
    with beside_exec(tools, scenario) as d:
        d.wait(lambda: len(d.notifications()) >= 2 and both_have(
            d, 6, lambda values: values.get("vm/derive-session_changes") == "1"))
    ours, theirs = sorted(d.notifications(), key=lambda n: n[1])
    assert (ours.pop(1), theirs.pop(1)) == ("exechost", "testhost")
    assert sorted(ours) == sorted(theirs)
    # The host's own counter is kept back for three intervals.
    for host in ("exechost", "testhost"):
        after = [values for _, values in d.samples(host)
                 if values["vm/derive-session_changes"] == "1"]
        lacking = [not HOST_COUNTER & set(values) for values in after]
        assert lacking[0] and not lacking[-1], lacking


@case
def first_line_has_the_version(tools):
    with Daemon(tools, "quiet") as d:
        d.wait_samples(1)
    assert f"[info] vmguest {tools.version}: " in d.said("")[0], d.said("")


if __name__ == "__main__":
    case.main("collectd", "simhost", "plugin-dir", "helpers", "conf", "work", "version",
              preload="", program="")
