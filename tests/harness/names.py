# SPDX-License-Identifier: MIT
"""The names, twice: as the manual page has them, and by hand with the statistic
of the wire that each one shows."""

import re

MB = 1 << 20

# Field of Influx lines, JSON and Graphite; name in Prometheus; the host's own name
# of the statistic; the factors from its unit to theirs. By hand, so that a wrong
# row in the program's table does not agree with itself.
WIRE = [
    ("vmguest_cpu.reservation_mhz", "vmguest_cpu_reservation_hertz",
     "cpuReservationMHz", 1, 10**6),
    ("vmguest_cpu.limit_mhz", "vmguest_cpu_limit_hertz", "cpuLimitMHz", 1, 10**6),
    ("vmguest_cpu.shares", "vmguest_cpu_shares", "cpuShares", 1, 1),
    ("vmguest_cpu.used_ms", "vmguest_cpu_used_seconds_total", "cpuUsedMs", 1, 0.001),
    ("vmguest_host.cpu_mhz", "vmguest_host_cpu_frequency_hertz", "hostMHz", 1, 10**6),
    ("vmguest_memory.reservation_bytes", "vmguest_memory_reservation_bytes",
     "memReservationMB", MB, MB),
    ("vmguest_memory.limit_bytes", "vmguest_memory_limit_bytes", "memLimitMB", MB, MB),
    ("vmguest_memory.mapped_bytes", "vmguest_memory_mapped_bytes",
     "memMappedMB", MB, MB),
    ("vmguest_memory.active_bytes", "vmguest_memory_active_bytes",
     "memActiveMB", MB, MB),
    ("vmguest_memory.overhead_bytes", "vmguest_memory_overhead_bytes",
     "memOverheadMB", MB, MB),
    ("vmguest_memory.ballooned_bytes", "vmguest_memory_ballooned_bytes",
     "memBalloonedMB", MB, MB),
    ("vmguest_memory.swapped_bytes", "vmguest_memory_swapped_bytes",
     "memSwappedMB", MB, MB),
    ("vmguest_memory.shared_bytes", "vmguest_memory_shared_bytes",
     "memSharedMB", MB, MB),
    ("vmguest_memory.shared_saved_bytes", "vmguest_memory_shared_saved_bytes",
     "memSharedSavedMB", MB, MB),
    ("vmguest_memory.used_bytes", "vmguest_memory_used_bytes", "memUsedMB", MB, MB),
    ("vmguest_cpu.elapsed_ms", "vmguest_elapsed_seconds_total",
     "elapsedMs", 1, 0.001),
    ("vmguest_cpu.stolen_ms", "vmguest_cpu_stolen_seconds_total",
     "cpuStolenMs", 1, 0.001),
    ("vmguest_memory.target_bytes", "vmguest_memory_target_bytes",
     "memTargetSizeMB", MB, MB),
    ("vmguest_host.cpu_cores", "vmguest_host_cpu_cores", "hostCpuNumCores", 1, 1),
    ("vmguest_host.cpu_used_ms", "vmguest_host_cpu_used_seconds_total",
     "hostCpuUsedMs", 1, 0.001),
    ("vmguest_host.memory_swapped_bytes", "vmguest_host_memory_swapped_bytes",
     "hostMemSwappedMB", MB, MB),
    ("vmguest_host.memory_shared_bytes", "vmguest_host_memory_shared_bytes",
     "hostMemSharedMB", MB, MB),
    ("vmguest_host.memory_used_bytes", "vmguest_host_memory_used_bytes",
     "hostMemUsedMB", MB, MB),
    ("vmguest_host.memory_total_bytes", "vmguest_host_memory_total_bytes",
     "hostMemPhysMB", MB, MB),
    ("vmguest_host.memory_free_bytes", "vmguest_host_memory_free_bytes",
     "hostMemPhysFreeMB", MB, MB),
    ("vmguest_host.memory_kernel_overhead_bytes",
     "vmguest_host_memory_kernel_overhead_bytes", "hostMemKernOvhdMB", MB, MB),
    ("vmguest_host.memory_mapped_bytes", "vmguest_host_memory_mapped_bytes",
     "hostMemMappedMB", MB, MB),
    ("vmguest_host.memory_unmapped_bytes", "vmguest_host_memory_unmapped_bytes",
     "hostMemUnmappedMB", MB, MB),
    ("vmguest_memory.zipped_bytes", "vmguest_memory_zipped_bytes",
     "memZippedMB", MB, MB),
    ("vmguest_memory.zip_saved_bytes", "vmguest_memory_zip_saved_bytes",
     "memZipSavedMB", MB, MB),
    ("vmguest_memory.ll_swapped_bytes", "vmguest_memory_ll_swapped_bytes",
     "memLLSwappedMB", MB, MB),
    ("vmguest_memory.swap_target_bytes", "vmguest_memory_swap_target_bytes",
     "memSwapTargetMB", MB, MB),
    ("vmguest_memory.balloon_target_bytes", "vmguest_memory_balloon_target_bytes",
     "memBalloonTargetMB", MB, MB),
    ("vmguest_memory.balloon_max_bytes", "vmguest_memory_balloon_max_bytes",
     "memBalloonMaxMB", MB, MB),
    ("vmguest_memory.shares", "vmguest_memory_shares", "memShares64", 1, 1),
]

# The same statistics in collectd, by hand as well: type and type instance, and the
# factor from the host's unit. Under vmguest-host what begins with host/.
COLLECTD = {
    "cpuReservationMHz": ("vm/frequency-cpu_reservation", 10**6),
    "cpuLimitMHz": ("vm/frequency-cpu_limit", 10**6),
    "cpuShares": ("vm/count-cpu_shares", 1),
    "cpuUsedMs": ("vm/total_time_in_ms-cpu_used", 1),
    "hostMHz": ("host/frequency-cpu", 10**6),
    "memReservationMB": ("vm/memory-reservation", MB),
    "memLimitMB": ("vm/memory-limit", MB),
    "memMappedMB": ("vm/memory-mapped", MB),
    "memActiveMB": ("vm/memory-active", MB),
    "memOverheadMB": ("vm/memory-overhead", MB),
    "memBalloonedMB": ("vm/memory-ballooned", MB),
    "memSwappedMB": ("vm/memory-swapped", MB),
    "memSharedMB": ("vm/memory-shared", MB),
    "memSharedSavedMB": ("vm/memory-shared_saved", MB),
    "memUsedMB": ("vm/memory-used", MB),
    "elapsedMs": ("vm/total_time_in_ms-elapsed", 1),
    "cpuStolenMs": ("vm/total_time_in_ms-cpu_stolen", 1),
    "memTargetSizeMB": ("vm/memory-target", MB),
    "hostCpuNumCores": ("host/count-cpu_cores", 1),
    "hostCpuUsedMs": ("host/total_time_in_ms-cpu_used", 1),
    "hostMemSwappedMB": ("host/memory-swapped", MB),
    "hostMemSharedMB": ("host/memory-shared", MB),
    "hostMemUsedMB": ("host/memory-used", MB),
    "hostMemPhysMB": ("host/memory-total", MB),
    "hostMemPhysFreeMB": ("host/memory-free", MB),
    "hostMemKernOvhdMB": ("host/memory-kernel_overhead", MB),
    "hostMemMappedMB": ("host/memory-mapped", MB),
    "hostMemUnmappedMB": ("host/memory-unmapped", MB),
    "memZippedMB": ("vm/memory-zipped", MB),
    "memZipSavedMB": ("vm/memory-zip_saved", MB),
    "memLLSwappedMB": ("vm/memory-ll_swapped", MB),
    "memSwapTargetMB": ("vm/memory-swap_target", MB),
    "memBalloonTargetMB": ("vm/memory-balloon_target", MB),
    "memBalloonMaxMB": ("vm/memory-balloon_max", MB),
    "memShares64": ("vm/count-memory_shares", 1),
}

# What is not one statistic, in both: identifier of collectd, field, and the factor
# between them.
COLLECTD_OTHERS = [
    ("vm/gauge-cpu_limited", "vmguest_cpu.limited", 1),
    ("vm/gauge-cpu_limit_binding", "vmguest_cpu.limit_binding", 1),
    ("vm/gauge-memory_limited", "vmguest_memory.limited", 1),
    ("vm/gauge-memory_limit_binding", "vmguest_memory.limit_binding", 1),
    ("vm/count-vcpus", "vmguest_cpu.vcpus", 1),
    ("vm/percent-memory_active", "vmguest_memory.active_percent", 1),
    ("vm/percent-memory_ballooned", "vmguest_memory.ballooned_percent", 1),
    ("vm/percent-memory_balloon_of_max", "vmguest_memory.balloon_of_max_percent", 1),
    ("vm/memory-reclaimed", "vmguest_memory.reclaimed_bytes", 1),
    ("vm/gauge-up", "vmguest_session.up", 1),
    ("vm/count-unavailable", "vmguest_session.unavailable", 1),
    ("vm/derive-session_changes", "vmguest_session.changes", 1),
]
COLLECTD_RATES = [
    ("vm/percent-cpu_used", "vmguest_cpu.used_percent", 1),
    ("vm/percent-cpu_stolen", "vmguest_cpu.stolen_percent", 1),
    ("vm/frequency-cpu_effective", "vmguest_cpu.effective_mhz", 10**6),
    ("vm/percent-cpu_used_of_limit", "vmguest_cpu.used_of_limit_percent", 1),
    ("vm/gauge-cpu_used_of_reservation", "vmguest_cpu.used_of_reservation_percent",
     0.01),
]

# Each statistic another number, and none of them round.
STATISTICS = {name: 1009 + 7 * i for i, (_, _, name, _, _) in enumerate(WIRE)}

# Differences of two reads: not in a first batch.
DIFFERENCES = {"used_percent", "stolen_percent", "effective_mhz",
               "used_of_limit_percent", "used_of_reservation_percent"}

# A machine on which every metric has a value.
ALL_THERE = {
    "vm": {"vcpus": 4, "memory_mb": 8192, "cpu_limit_mhz": 8000,
           "cpu_reservation_mhz": 1000, "memory_limit_mb": 6144,
           "memory_reservation_mb": 512, "resource_pool": "host/user/shop"},
    "load": [{"at": 0, "used": 0.5, "stolen": 0.1}],
}

DOWN = {"version", "changes", "up", "channel_reopens", "read_seconds"}


def documented(manual):
    """{measurement.field: (type, name in Prometheus)} of the manual page."""
    found, section = {}, None
    with open(manual) as f:
        for line in f:
            if line.startswith(".S"):
                section = re.match(r"\.Ss (vmguest_\w+)$", line)
            item = section and re.match(
                r"\.It Li (\w+) Pq (\w+) ; Li (\S+)$", line)
            if item:
                field, kind, prometheus = item.groups()
                found[f"{section[1]}.{field}"] = (
                    kind, None if prometheus == r"\(en" else prometheus)
    assert len(found) > 50, f"{manual}: only {len(found)} names were found"
    return found


def flat(batch):
    """{measurement.field: value} of a batch."""
    return {f"{measurement}.{field}": value for measurement, fields in batch.items()
            for field, value in fields.items()}


def prometheus_samples(text):
    """({name: (labels, number as text)}, {name: type}); strict about what this
    program writes: HELP, TYPE, then one sample of that name."""
    samples, types, lines = {}, {}, text.split("\n")
    assert lines.pop() == "", "half a line"
    while lines:
        help_line, type_line, sample = lines[:3]
        del lines[:3]
        name, kind = re.fullmatch(r"# TYPE (\w+) (gauge|counter)", type_line).groups()
        assert re.fullmatch(rf"# HELP {name} \S.*\S", help_line), help_line
        labels, number = re.fullmatch(rf"{name}(\{{.*\}})? (\S+)( \d+)?",
                                      sample).groups()[:2]
        assert name not in samples, f"{name} twice"
        samples[name], types[name] = (labels or "", number), kind
    return samples, types
