# SPDX-License-Identifier: MIT
"""What has to be published of each number that the host says, by hand, so that no table
of the programs agrees with itself."""
import collections

import machine
import names

MHZ, COUNT, TEXT, US, KB, BYTES, MBPS, UNKNOWN = 0, 3, 4, 5, 6, 7, 8, 9
GAUGE, COUNTER, A_TEXT = 0, 1, 2

# What the library has of each: unit and kind as stats.h numbers them, and the metric
# that shows it.
LIBRARY = {
    ("session", "session"): (TEXT, A_TEXT, None),
    ("session", "uptime"): (US, COUNTER, None),
    ("session", "version"): (TEXT, A_TEXT, "session_host_version"),
    ("session", "provider"): (TEXT, A_TEXT, None),
    ("session", "uuid.bios"): (TEXT, A_TEXT, "session_uuid"),
    ("host", "host.cpu.processorMHz"): (MHZ, GAUGE, None),
    ("host", "host.cpu.coresPerPkg"): (COUNT, GAUGE, "host_cpu_cores_per_package"),
    ("resources", "vm.cpu.reserved"): (MHZ, GAUGE, None),
    ("resources", "vm.cpu.limit"): (MHZ, GAUGE, None),
    ("resources", "vm.cpu.used"): (US, COUNTER, None),
    ("resources", "vm.cpu.contention.cpu"): (US, COUNTER, "cpu_contention"),
    ("resources", "vm.cpu.contention.mem"): (US, COUNTER, "cpu_contention_memory"),
    ("resources", "vm.numa.local"): (KB, GAUGE, "memory_numa_local"),
    ("resources", "vm.numa.remote"): (KB, GAUGE, "memory_numa_remote"),
    ("resources", "guest.mem.reserved"): (KB, GAUGE, None),
    ("resources", "guest.mem.limit"): (KB, GAUGE, None),
    ("resources", "guest.mem.mapped"): (KB, GAUGE, None),
    ("resources", "guest.mem.consumed"): (KB, GAUGE, "memory_consumed"),
    ("resources", "guest.mem.swapped"): (KB, GAUGE, None),
    ("resources", "guest.mem.ballooned"): (KB, GAUGE, None),
    ("resources", "guest.mem.swapIn"): (KB, COUNTER, "memory_swap_in"),
    ("resources", "guest.mem.swapOut"): (KB, COUNTER, "memory_swap_out"),
    ("resources", "ovhd.mem.swapped"): (KB, GAUGE, "memory_overhead_swapped"),
    ("resources", "ovhd.mem.swapIn"): (KB, COUNTER, "memory_overhead_swap_in"),
    ("resources", "ovhd.mem.swapOut"): (KB, COUNTER, "memory_overhead_swap_out"),
    ("vscsi", "num.reads"): (COUNT, COUNTER, "vscsi_read"),
    ("vscsi", "num.writes"): (COUNT, COUNTER, "vscsi_write"),
    ("vscsi", "size.reads"): (BYTES, COUNTER, "vscsi_read"),
    ("vscsi", "size.writes"): (BYTES, COUNTER, "vscsi_write"),
    ("vscsi", "latency.reads"): (US, COUNTER, "vscsi_read"),
    ("vscsi", "latency.writes"): (US, COUNTER, "vscsi_write"),
    ("vnet", "num.tx"): (COUNT, COUNTER, "vnet_tx"),
    ("vnet", "size.tx"): (BYTES, COUNTER, "vnet_tx"),
    ("vnet", "num.rx"): (COUNT, COUNTER, "vnet_rx"),
    ("vnet", "size.rx"): (BYTES, COUNTER, "vnet_rx"),
    ("vnet", "reservation"): (MBPS, GAUGE, "vnet_reservation"),
    ("vnet", "limit"): (MBPS, GAUGE, "vnet_limit"),
}

# How a number of the host is written: in collectd, in Influx lines, JSON and Graphite,
# in Prometheus.
WAYS = {
    US: (lambda n: n // 1000, lambda n: n // 1000, lambda n: n / 1e6),
    KB: (lambda n: n * 1024,) * 3,
    BYTES: (lambda n: n,) * 3,
    COUNT: (lambda n: n,) * 3,
    MBPS: (lambda n: n,) * 3,
}

# collectd: behind vmguest-, where {} is the instance, with type and type instance.
# Prometheus: its name and its type.
Row = collections.namedtuple("Row", "set name unit collectd field prometheus type")
ROWS = [Row(*row) for row in (
    ("host", "host.cpu.coresPerPkg", COUNT, "host/count-cpu_cores_per_package",
     "vmguest_host.cpu_cores_per_package", "vmguest_host_cpu_cores_per_package",
     "gauge"),
    ("resources", "vm.cpu.contention.cpu", US, "vm/total_time_in_ms-cpu_contention",
     "vmguest_cpu.contention_ms", "vmguest_cpu_contention_seconds_total", "counter"),
    ("resources", "vm.cpu.contention.mem", US,
     "vm/total_time_in_ms-cpu_contention_memory", "vmguest_cpu.contention_memory_ms",
     "vmguest_cpu_contention_memory_seconds_total", "counter"),
    ("resources", "vm.numa.local", KB, "vm/memory-numa_local",
     "vmguest_memory.numa_local_bytes", "vmguest_memory_numa_local_bytes", "gauge"),
    ("resources", "vm.numa.remote", KB, "vm/memory-numa_remote",
     "vmguest_memory.numa_remote_bytes", "vmguest_memory_numa_remote_bytes", "gauge"),
    ("resources", "guest.mem.consumed", KB, "vm/memory-consumed",
     "vmguest_memory.consumed_bytes", "vmguest_memory_consumed_bytes", "gauge"),
    ("resources", "guest.mem.swapIn", KB, "vm/total_bytes-memory_swap_in",
     "vmguest_memory.swap_in_bytes", "vmguest_memory_swap_in_bytes_total", "counter"),
    ("resources", "guest.mem.swapOut", KB, "vm/total_bytes-memory_swap_out",
     "vmguest_memory.swap_out_bytes", "vmguest_memory_swap_out_bytes_total", "counter"),
    ("resources", "ovhd.mem.swapped", KB, "vm/memory-overhead_swapped",
     "vmguest_memory.overhead_swapped_bytes", "vmguest_memory_overhead_swapped_bytes",
     "gauge"),
    ("resources", "ovhd.mem.swapIn", KB, "vm/total_bytes-memory_overhead_swap_in",
     "vmguest_memory.overhead_swap_in_bytes",
     "vmguest_memory_overhead_swap_in_bytes_total", "counter"),
    ("resources", "ovhd.mem.swapOut", KB, "vm/total_bytes-memory_overhead_swap_out",
     "vmguest_memory.overhead_swap_out_bytes",
     "vmguest_memory_overhead_swap_out_bytes_total", "counter"),
    ("vscsi", "num.reads", COUNT, "vscsi_{}/total_operations-read",
     "vmguest_vscsi.read_operations", "vmguest_vscsi_reads_completed_total", "counter"),
    ("vscsi", "num.writes", COUNT, "vscsi_{}/total_operations-write",
     "vmguest_vscsi.write_operations", "vmguest_vscsi_writes_completed_total",
     "counter"),
    ("vscsi", "size.reads", BYTES, "vscsi_{}/total_bytes-read",
     "vmguest_vscsi.read_bytes", "vmguest_vscsi_read_bytes_total", "counter"),
    ("vscsi", "size.writes", BYTES, "vscsi_{}/total_bytes-write",
     "vmguest_vscsi.write_bytes", "vmguest_vscsi_written_bytes_total", "counter"),
    ("vscsi", "latency.reads", US, "vscsi_{}/total_time_in_ms-read",
     "vmguest_vscsi.read_time_ms", "vmguest_vscsi_read_time_seconds_total", "counter"),
    ("vscsi", "latency.writes", US, "vscsi_{}/total_time_in_ms-write",
     "vmguest_vscsi.write_time_ms", "vmguest_vscsi_write_time_seconds_total",
     "counter"),
    ("vnet", "num.rx", COUNT, "vnet_{}/packets-rx", "vmguest_vnet.rx_packets",
     "vmguest_vnet_receive_packets_total", "counter"),
    ("vnet", "num.tx", COUNT, "vnet_{}/packets-tx", "vmguest_vnet.tx_packets",
     "vmguest_vnet_transmit_packets_total", "counter"),
    ("vnet", "size.rx", BYTES, "vnet_{}/total_bytes-rx", "vmguest_vnet.rx_bytes",
     "vmguest_vnet_receive_bytes_total", "counter"),
    ("vnet", "size.tx", BYTES, "vnet_{}/total_bytes-tx", "vmguest_vnet.tx_bytes",
     "vmguest_vnet_transmit_bytes_total", "counter"),
    ("vnet", "limit", MBPS, "vnet_{}/gauge-limit_mbps", "vmguest_vnet.limit_mbps",
     "vmguest_vnet_limit_mbps", "gauge"),
    ("vnet", "reservation", MBPS, "vnet_{}/gauge-reservation_mbps",
     "vmguest_vnet.reservation_mbps", "vmguest_vnet_reservation_mbps", "gauge"),
)]

# Calculated from what the host said at two moments (a level from the later one): the
# factor from a share, or from seconds, to collectd's number and to Influx's.
Rate = collections.namedtuple("Rate", "set name by collectd field prometheus "
                              "collectd_factor field_factor")
VCPUS = 4
RATES = [Rate(*row) for row in (
    ("resources", "vm.cpu.contention.cpu", None, "vm/percent-cpu_contention",
     "vmguest_cpu.contention_percent", "vmguest_cpu_contention_ratio", 100, 100),
    ("resources", "vm.cpu.contention.mem", None, "vm/percent-cpu_contention_memory",
     "vmguest_cpu.contention_memory_percent", "vmguest_cpu_contention_memory_ratio",
     100, 100),
    ("vscsi", "latency.reads", "num.reads", "vscsi_{}/response_time-read",
     "vmguest_vscsi.read_latency_ms", "vmguest_vscsi_read_latency_seconds", 1, 1000),
    ("vscsi", "latency.writes", "num.writes", "vscsi_{}/response_time-write",
     "vmguest_vscsi.write_latency_ms", "vmguest_vscsi_write_latency_seconds", 1, 1000),
)]
NUMA = ("vm/percent-memory_numa_local", "vmguest_memory.numa_local_percent",
        "vmguest_memory_numa_local_ratio")

# A point: the name of a series without its instance, and the instance.
Point = collections.namedtuple("Point", "name instance")
COLLECTD, FIELD, PROMETHEUS = range(3)


def spelled(row):
    return row.collectd, row.field, row.prometheus


def instances(kind):
    return {"vscsi": machine.DISKS, "vnet": machine.NICS}.get(kind, [""])


def levels(form, ms, session=0):
    """{Point: number} of what the host says at one moment."""
    found = {Point(NUMA[form], ""): (75, 75, 0.75)[form]}
    for row in ROWS:
        for i, instance in enumerate(instances(row.set)):
            number = machine.said(row.set, row.name, i, ms, session)
            if number >= 0:
                found[Point(spelled(row)[form], instance)] = WAYS[row.unit][form](number)
    return found


def classics(form, ms):
    """The same of the classic statistics, which the harness has names of."""
    found = {}
    for field, prometheus, name, field_factor, prometheus_factor in names.WIRE:
        collectd, collectd_factor = names.COLLECTD[name]
        factor = (collectd_factor, field_factor, prometheus_factor)[form]
        number = machine.classic(name, ms)
        if number != machine.UNLIMITED:
            found[Point((collectd, field, prometheus)[form], "")] = number * factor
    return found


def rates(form, before, ms, session=0):
    """{Point: number} of what can be calculated from two moments of a session."""
    found = {}

    def grown(kind, name, i):
        return machine.said(kind, name, i, ms, session) - \
            machine.said(kind, name, i, before, session)
    for row in RATES:
        factor = (row.collectd_factor, row.field_factor, 1)[form]
        for i, instance in enumerate(instances(row.set)):
            if row.by is None:
                value = grown(row.set, row.name, i) / (ms - before) / 1000 / VCPUS
            elif grown(row.set, row.by, i) > 0:
                value = grown(row.set, row.name, i) / grown(row.set, row.by, i) / 1e6
            else:
                continue
            found[Point(spelled(row)[form], instance)] = value * factor
    return found
