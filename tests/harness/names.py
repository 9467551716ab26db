# SPDX-License-Identifier: MIT
"""The names, twice: as the manual page has them, and by hand with the statistic
of the wire that each one shows."""

import re

KB = 1 << 10
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

# The extended statistics, by hand likewise: the set, the host's own name, collectd's
# identifier, the field, the name in Prometheus; then how many digits are cut off in
# collectd and in the field (microseconds become whole milliseconds), the factor there,
# and the factor in Prometheus.
EXTENDED = [
    ("resources", "vm.cpu.contention.cpu", "vm/total_time_in_ms-cpu_contention",
     "vmguest_cpu.contention_ms", "vmguest_cpu_contention_seconds_total",
     1000, 1, 1e-6),
    ("resources", "vm.cpu.contention.mem", "vm/total_time_in_ms-cpu_contention_memory",
     "vmguest_cpu.contention_memory_ms",
     "vmguest_cpu_contention_memory_seconds_total", 1000, 1, 1e-6),
    ("resources", "vm.numa.local", "vm/memory-numa_local",
     "vmguest_memory.numa_local_bytes", "vmguest_memory_numa_local_bytes",
     1, KB, KB),
    ("resources", "vm.numa.remote", "vm/memory-numa_remote",
     "vmguest_memory.numa_remote_bytes", "vmguest_memory_numa_remote_bytes",
     1, KB, KB),
    ("resources", "guest.mem.consumed", "vm/memory-consumed",
     "vmguest_memory.consumed_bytes", "vmguest_memory_consumed_bytes", 1, KB, KB),
    ("resources", "guest.mem.swapIn", "vm/total_bytes-memory_swap_in",
     "vmguest_memory.swap_in_bytes", "vmguest_memory_swap_in_bytes_total",
     1, KB, KB),
    ("resources", "guest.mem.swapOut", "vm/total_bytes-memory_swap_out",
     "vmguest_memory.swap_out_bytes", "vmguest_memory_swap_out_bytes_total",
     1, KB, KB),
    ("resources", "ovhd.mem.swapped", "vm/memory-overhead_swapped",
     "vmguest_memory.overhead_swapped_bytes",
     "vmguest_memory_overhead_swapped_bytes", 1, KB, KB),
    ("resources", "ovhd.mem.swapIn", "vm/total_bytes-memory_overhead_swap_in",
     "vmguest_memory.overhead_swap_in_bytes",
     "vmguest_memory_overhead_swap_in_bytes_total", 1, KB, KB),
    ("resources", "ovhd.mem.swapOut", "vm/total_bytes-memory_overhead_swap_out",
     "vmguest_memory.overhead_swap_out_bytes",
     "vmguest_memory_overhead_swap_out_bytes_total", 1, KB, KB),
    ("host", "host.cpu.coresPerPkg", "host/count-cpu_cores_per_package",
     "vmguest_host.cpu_cores_per_package", "vmguest_host_cpu_cores_per_package",
     1, 1, 1),
    ("vscsi", "num.reads", "total_operations-read", "vmguest_vscsi.read_operations",
     "vmguest_vscsi_reads_completed_total", 1, 1, 1),
    ("vscsi", "num.writes", "total_operations-write", "vmguest_vscsi.write_operations",
     "vmguest_vscsi_writes_completed_total", 1, 1, 1),
    ("vscsi", "size.reads", "total_bytes-read", "vmguest_vscsi.read_bytes",
     "vmguest_vscsi_read_bytes_total", 1, 1, 1),
    ("vscsi", "size.writes", "total_bytes-write", "vmguest_vscsi.write_bytes",
     "vmguest_vscsi_written_bytes_total", 1, 1, 1),
    ("vscsi", "latency.reads", "total_time_in_ms-read", "vmguest_vscsi.read_time_ms",
     "vmguest_vscsi_read_time_seconds_total", 1000, 1, 1e-6),
    ("vscsi", "latency.writes", "total_time_in_ms-write",
     "vmguest_vscsi.write_time_ms", "vmguest_vscsi_write_time_seconds_total",
     1000, 1, 1e-6),
    ("vnet", "num.tx", "packets-tx", "vmguest_vnet.tx_packets",
     "vmguest_vnet_transmit_packets_total", 1, 1, 1),
    ("vnet", "num.rx", "packets-rx", "vmguest_vnet.rx_packets",
     "vmguest_vnet_receive_packets_total", 1, 1, 1),
    ("vnet", "size.tx", "total_bytes-tx", "vmguest_vnet.tx_bytes",
     "vmguest_vnet_transmit_bytes_total", 1, 1, 1),
    ("vnet", "size.rx", "total_bytes-rx", "vmguest_vnet.rx_bytes",
     "vmguest_vnet_receive_bytes_total", 1, 1, 1),
    ("vnet", "limit", "gauge-limit_mbps", "vmguest_vnet.limit_mbps",
     "vmguest_vnet_limit_mbps", 1, 1, 1),
    ("vnet", "reservation", "gauge-reservation_mbps", "vmguest_vnet.reservation_mbps",
     "vmguest_vnet_reservation_mbps", 1, 1, 1),
]

# The tag and the label of what has instances.
INSTANCE_KEYS = {"vscsi": "disk", "vnet": "nic"}

# Each statistic another number, and none of them round.
STATISTICS = {name: 1009 + 7 * i for i, (_, _, name, _, _) in enumerate(WIRE)}
EXTENDED_STATISTICS = {name: 10009007 + 7013 * i
                       for i, (_, name, *_) in enumerate(EXTENDED)}

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

DOWN = {"version", "cause", "changes", "up", "channel_reopens", "read_seconds"}


def documented(manual, extended=False):
    """{measurement.field: (type, name in Prometheus)} of the manual page, without the
    extended statistics or with them."""
    found, section, field = {}, None, None
    with open(manual) as f:
        for line in f:
            if line.startswith(".S"):
                section = re.match(r"\.Ss (vmguest_\w+)$", line)
            item = section and re.match(
                r"\.It Li (\w+) Pq (\w+) ; Li (\S+)$", line)
            if item:
                field, kind, prometheus = item.groups()
                field = f"{section[1]}.{field}"
                found[field] = (kind, None if prometheus == r"\(en" else prometheus)
            elif section and not extended and re.search(r"\bSet\b", line):
                del found[field]
    assert len(found) > 50, f"{manual}: only {len(found)} names were found"
    del found["vmguest_session.cause"]      # only while the host does not answer
    return found


def flat(batch):
    """{measurement.field: value} of a batch."""
    return {f"{measurement}.{field}": value for measurement, fields in batch.items()
            for field, value in fields.items()}


def prometheus_series(text, types=None):
    """{name: {labels: number as text}}; strict about what this program writes: HELP,
    TYPE, then the samples of that name, each once."""
    series, lines = {}, text.split("\n")
    assert lines.pop() == "", "half a line"
    while lines:
        help_line, type_line = lines[:2]
        del lines[:2]
        name, kind = re.fullmatch(r"# TYPE (\w+) (gauge|counter)", type_line).groups()
        assert re.fullmatch(rf"# HELP {name} \S.*\S", help_line), help_line
        assert name not in series, f"{name} twice"
        series[name] = {}
        if types is not None:
            types[name] = kind
        while lines and not lines[0].startswith("#"):
            labels, number = re.fullmatch(rf"{name}(\{{.*\}})? (\S+)( \d+)?",
                                          lines.pop(0)).groups()[:2]
            assert labels not in series[name], f"{name}{labels} twice"
            series[name][labels or ""] = number
        assert series[name], f"no sample of {name}"
    return series


def prometheus_samples(text):
    """({name: (labels, number as text)}, {name: type}), each with one sample."""
    types, samples = {}, {}
    for name, series in prometheus_series(text, types).items():
        [samples[name]] = series.items()
    return samples, types
