# SPDX-License-Identifier: MIT
"""What dashboards and alerts show, once for all of them; generate.py spells it for
each database. Numbers are percent, hertz, bytes and seconds in all of them."""

from collections import namedtuple

from thresholds import CONDITIONS, FINDINGS

# Thresholds.
#
# Warning and critical, for panels, alerts and collectd's thresholds alike; None: there
# is no such level. They are those of a finding of thresholds.def, in this factor.

LEVELS = ("warning", "critical")
MIB = 1 << 20
JUDGED = {
    "cpu.stolen": ("cpu-denied", 1),
    "cpu.used_of_limit": ("cpu-limit", 1),
    "cpu.contention": ("cpu-contention", 1),
    "cpu.contention_memory": ("memory-wait", 1),
    "memory.ballooned_share": ("balloon", 1),
    "memory.swap_in": ("host-swap", MIB),
    "disk.latency": ("disk", 0.001),
}


def levels(finding, factor):
    return tuple(level and level * factor
                 for level in (FINDINGS[finding].warning, FINDINGS[finding].critical))


THRESHOLDS = {metric: levels(*judged) for metric, judged in JUDGED.items()} | {
    "session.read": (CONDITIONS["READ_MS"] / 1000, None)}

# A limit in percent of what the VM could use without it: from here on it is inert.
CPU_INERT = FINDINGS["cpu-limit-inert"].note
MEMORY_INERT = FINDINGS["memory-limit-inert"].note
NUMA_LOCAL = 100 - FINDINGS["numa"].warning
BEYOND = CONDITIONS["BEYOND_LEAST"]
LEFT_OVER = CONDITIONS["LEFT_OVER_MIB"] * MIB
MOVES_AN_HOUR = CONDITIONS["MOVES_AN_HOUR"]
STOLEN, STOLEN_BADLY = THRESHOLDS["cpu.stolen"]
WAIT, WAIT_BADLY = THRESHOLDS["cpu.contention_memory"]

# What a metric is called.
#
# collectd's plugin instance, type and type instance; measurement and field of
# vmguest-execd's Influx lines; its name in Prometheus; what a number of each has to
# be multiplied with: collectd, Influx, Prometheus. vscsi and vnet: there is one for
# each disk or NIC, and its name is behind the plugin instance.

METRICS = {
    "cpu.stolen": ("vm", "percent", "cpu_stolen", "vmguest_cpu", "stolen_percent",
                   "vmguest_cpu_stolen_ratio", 1, 1, 100),
    "cpu.used": ("vm", "percent", "cpu_used", "vmguest_cpu", "used_percent",
                 "vmguest_cpu_used_ratio", 1, 1, 100),
    "cpu.effective": ("vm", "frequency", "cpu_effective", "vmguest_cpu",
                      "effective_mhz", "vmguest_cpu_effective_hertz", 1, 10**6, 1),
    "cpu.used_of_limit": ("vm", "percent", "cpu_used_of_limit", "vmguest_cpu",
                          "used_of_limit_percent", "vmguest_cpu_used_of_limit_ratio",
                          1, 1, 100),
    "cpu.limit": ("vm", "frequency", "cpu_limit", "vmguest_cpu", "limit_mhz",
                  "vmguest_cpu_limit_hertz", 1, 10**6, 1),
    "cpu.limit_binding": ("vm", "gauge", "cpu_limit_binding", "vmguest_cpu",
                          "limit_binding", "vmguest_cpu_limit_binding", 1, 1, 1),
    "cpu.reservation": ("vm", "frequency", "cpu_reservation", "vmguest_cpu",
                        "reservation_mhz", "vmguest_cpu_reservation_hertz",
                        1, 10**6, 1),
    "cpu.shares": ("vm", "count", "cpu_shares", "vmguest_cpu", "shares",
                   "vmguest_cpu_shares", 1, 1, 1),
    "cpu.vcpus": ("vm", "count", "vcpus", "vmguest_cpu", "vcpus", "vmguest_vcpus",
                  1, 1, 1),
    "session.age": ("vm", "uptime", "session", "vmguest_cpu", "elapsed_ms",
                    "vmguest_elapsed_seconds_total", 1, 0.001, 1),
    "cpu.stolen_time": ("vm", "total_time_in_ms", "cpu_stolen", "vmguest_cpu",
                        "stolen_ms", "vmguest_cpu_stolen_seconds_total",
                        0.001, 0.001, 1),
    "cpu.used_time": ("vm", "total_time_in_ms", "cpu_used", "vmguest_cpu", "used_ms",
                      "vmguest_cpu_used_seconds_total", 0.001, 0.001, 1),
    "session.elapsed": ("vm", "total_time_in_ms", "elapsed", "vmguest_cpu",
                        "elapsed_ms", "vmguest_elapsed_seconds_total",
                        0.001, 0.001, 1),
    "memory.ballooned_share": ("vm", "percent", "memory_ballooned", "vmguest_memory",
                               "ballooned_percent", "vmguest_memory_ballooned_ratio",
                               1, 1, 100),
    "memory.active_share": ("vm", "percent", "memory_active", "vmguest_memory",
                            "active_percent", "vmguest_memory_active_ratio",
                            1, 1, 100),
    "memory.balloon_of_max": ("vm", "percent", "memory_balloon_of_max",
                              "vmguest_memory", "balloon_of_max_percent",
                              "vmguest_memory_balloon_of_max_ratio", 1, 1, 100),
    "memory.limit_binding": ("vm", "gauge", "memory_limit_binding", "vmguest_memory",
                             "limit_binding", "vmguest_memory_limit_binding",
                             1, 1, 1),
    "memory.shares": ("vm", "count", "memory_shares", "vmguest_memory", "shares",
                      "vmguest_memory_shares", 1, 1, 1),
    "host.cpu": ("host", "frequency", "cpu", "vmguest_host", "cpu_mhz",
                 "vmguest_host_cpu_frequency_hertz", 1, 10**6, 1),
    "host.cpu_cores": ("host", "count", "cpu_cores", "vmguest_host", "cpu_cores",
                       "vmguest_host_cpu_cores", 1, 1, 1),
    "host.cpu_used": ("host", "total_time_in_ms", "cpu_used", "vmguest_host",
                      "cpu_used_ms", "vmguest_host_cpu_used_seconds_total",
                      0.001, 0.001, 1),
    "session.changes": ("vm", "derive", "session_changes", "vmguest_session",
                        "changes", "vmguest_session_changes_total", 1, 1, 1),
    "session.up": ("vm", "gauge", "up", "vmguest_session", "up", "vmguest_up",
                   1, 1, 1),
    "session.unavailable": ("vm", "count", "unavailable", "vmguest_session",
                            "unavailable", "vmguest_unavailable_statistics",
                            1, 1, 1),
    "session.reopens": ("vm", "derive", "channel_reopens", "vmguest_session",
                        "channel_reopens", "vmguest_channel_reopens_total", 1, 1, 1),
    "session.read": ("vm", "duration", "read", "vmguest_session", "read_seconds",
                     "vmguest_read_seconds", 1, 1, 1),
}
# Extended statistics.
for stem in ("contention", "contention_memory"):
    METRICS |= {
        f"cpu.{stem}": ("vm", "percent", f"cpu_{stem}", "vmguest_cpu",
                        f"{stem}_percent", f"vmguest_cpu_{stem}_ratio", 1, 1, 100),
        f"cpu.{stem}_time": ("vm", "total_time_in_ms", f"cpu_{stem}", "vmguest_cpu",
                             f"{stem}_ms", f"vmguest_cpu_{stem}_seconds_total",
                             0.001, 0.001, 1)}
for stem in ("swap_in", "swap_out"):
    METRICS[f"memory.{stem}"] = ("vm", "total_bytes", f"memory_{stem}",
                                 "vmguest_memory", f"{stem}_bytes",
                                 f"vmguest_memory_{stem}_bytes_total", 1, 1, 1)
METRICS["memory.numa_local_share"] = (
    "vm", "percent", "memory_numa_local", "vmguest_memory", "numa_local_percent",
    "vmguest_memory_numa_local_ratio", 1, 1, 100)
for stem, operations, size in (("read", "reads_completed", "read"),
                               ("write", "writes_completed", "written")):
    for name, kind, field, prometheus, *factors in (
            ("operations", "total_operations", "operations", f"{operations}_total",
             1, 1, 1),
            ("bytes", "total_bytes", "bytes", f"{size}_bytes_total", 1, 1, 1),
            ("time", "total_time_in_ms", "time_ms", f"{stem}_time_seconds_total",
             0.001, 0.001, 1),
            ("latency", "response_time", "latency_ms", f"{stem}_latency_seconds",
             1, 0.001, 1)):
        METRICS[f"disk.{stem}_{name}"] = (
            "vscsi", kind, stem, "vmguest_vscsi", f"{stem}_{field}",
            f"vmguest_vscsi_{prometheus}", *factors)
for stem, direction in (("rx", "receive"), ("tx", "transmit")):
    for name, kind in (("packets", "packets"), ("bytes", "total_bytes")):
        METRICS[f"nic.{stem}_{name}"] = (
            "vnet", kind, stem, "vmguest_vnet", f"{stem}_{name}",
            f"vmguest_vnet_{direction}_{name}_total", 1, 1, 1)
for stem in ("ballooned", "swapped", "zipped", "reclaimed", "target", "limit", "used",
             "active", "mapped", "overhead", "reservation", "balloon_target",
             "balloon_max", "swap_target"):
    METRICS[f"memory.{stem}"] = ("vm", "memory", stem, "vmguest_memory",
                                 f"{stem}_bytes", f"vmguest_memory_{stem}_bytes",
                                 1, 1, 1)
# Texts: a label of the metric's field in Prometheus; collectd has none.
METRICS |= {
    "session.version": ("vm", None, None, "vmguest_session", "version",
                        "vmguest_build_info", 1, 1, 1),
    "session.cause": ("vm", None, None, "vmguest_session", "cause",
                      "vmguest_down_info", 1, 1, 1),
}
for stem in ("total", "used", "free", "swapped"):
    METRICS[f"host.memory_{stem}"] = (
        "host", "memory", stem, "vmguest_host", f"memory_{stem}_bytes",
        f"vmguest_host_memory_{stem}_bytes", 1, 1, 1)

# Panels.
#
# Rows are questions. A series is its legend, its metric, and how an interval is made
# one point: avg, max or min; rate: a second's growth of a counter.

ROWS = [
    ("Is this VM being starved?", [
        ("Stolen CPU time",
         "Share of its vCPUs' time in which this VM was ready to run but not "
         f"scheduled. Above {STOLEN} % for minutes users notice it, above "
         f"{STOLEN_BADLY} % every answer is late. If the limit is nearly used up, ask "
         "for a higher limit. Otherwise ask the VMware administrator what the cause is: "
         "a busy host, a limit on the resource pool, CPU affinity and co-scheduling look "
         "the same from inside.",
         "percent", [("stolen", "cpu.stolen", "avg"),
                     ("stolen, worst", "cpu.stolen", "max")],
         {"threshold": "cpu.stolen"}),
        ("CPU used and denied",
         "Share of its vCPUs' time that this VM used, and share that it was denied. "
         "High use and nothing stolen: it is busy with its own work and gets what it "
         "asks for. Low use while stolen is high: it would use more. Use can exceed "
         "100 %, since the host charges work done for the VM to it.",
         "percent", [("used", "cpu.used", "avg"), ("stolen", "cpu.stolen", "avg")],
         {"stack": True}),
        ("Effective speed",
         "Processor speed actually received, all vCPUs together, compared with the "
         "speed of one host processor and with the limit. If the effective speed runs "
         "along the limit, the limit holds this VM back: ask for a higher one, or for "
         "its removal. No line for the limit: there is none.",
         "hertz", [("effective", "cpu.effective", "avg"),
                   ("limit", "cpu.limit", "avg"),
                   ("one host processor", "host.cpu", "avg")], {}),
        ("Limit used",
         "Effective speed as a share of the limit. Near 100 while CPU time is stolen: "
         "the limit starves this VM. No line: unlimited.",
         "percent", [("of limit", "cpu.used_of_limit", "avg")],
         {"threshold": "cpu.used_of_limit"}),
        ("Is a limit in effect?",
         "1 while a limit is below what this VM could use: for the CPU below vCPUs "
         "times the host's speed, for memory below the configured size. A limit above "
         "that has no effect. 1 is rarely intended: ask whether the limit is left over "
         "from a template.",
         "short", [("CPU", "cpu.limit_binding", "max"),
                   ("memory", "memory.limit_binding", "max")], {"flag": True}),
    ]),
    ("Is memory taken from it?", [
        ("Memory reclaimed",
         "Memory that the host reclaimed from this VM, by method. Balloon: the guest "
         "gave up what it could spare, its page cache first. Compressed and swapped: "
         "the host took pages without asking, and every access to one waits for a "
         "processor or a disk. Growing: the host is short of memory, or a limit is "
         "reached; ask which, and for a reservation.",
         "bytes", [("balloon", "memory.ballooned", "avg"),
                   ("compressed", "memory.zipped", "avg"),
                   ("swapped", "memory.swapped", "avg")], {"stack": True}),
        ("Memory target, use and limit",
         "Target is what the host wants this VM to have, used is what it has, active "
         "is what it accessed recently. A target below active: memory in use will be "
         "reclaimed and the VM will become slow. A limit below the configured size "
         "explains a balloon on a host with free memory.",
         "bytes", [("target", "memory.target", "avg"),
                   ("used", "memory.used", "avg"),
                   ("active", "memory.active", "avg"),
                   ("limit", "memory.limit", "avg")], {}),
        ("Shares of the configured memory",
         "Ballooned and active memory as shares of this VM's memory, and the balloon "
         "as a share of its maximum. Ballooned and active together near 100 %: the "
         "guest is about to swap. Balloon at its maximum: from now on the host "
         "compresses and swaps.",
         "percent", [("ballooned", "memory.ballooned_share", "avg"),
                     ("active", "memory.active_share", "avg"),
                     ("balloon of its maximum", "memory.balloon_of_max", "avg")], {}),
        ("Targets of balloon and swap",
         "What the host aims for. Targets above the actual balloon and swap: more "
         "memory will be reclaimed in the next minutes.",
         "bytes", [("balloon", "memory.ballooned", "avg"),
                   ("balloon target", "memory.balloon_target", "avg"),
                   ("swapped", "memory.swapped", "avg"),
                   ("swap target", "memory.swap_target", "avg")], {}),
    ]),
    ("Why is it slow? (extended statistics)", [
        ("Contention beside stolen",
         "Contention is the share of its vCPUs' time in which this VM wanted to run "
         f"and could not. It counts more causes than stolen: {BEYOND} % more than "
         "stolen and the cause is outside, such as co-scheduling. No line: extended "
         "statistics are not selected, or the host is older than ESXi 6.0.",
         "percent", [("contention", "cpu.contention", "avg"),
                     ("stolen", "cpu.stolen", "avg")],
         {"threshold": "cpu.contention"}),
        ("Waiting for memory",
         "Share of its vCPUs' time that waited for memory which the host had swapped "
         f"or compressed. Above {WAIT} % programs stall now and then, above "
         f"{WAIT_BADLY} % all the time. Ask the VMware administrator for memory, not for "
         "processors.",
         "percent", [("waiting", "cpu.contention_memory", "avg")],
         {"threshold": "cpu.contention_memory"}),
        ("Swap-in and swap-out",
         "Memory of this VM that its host swaps, a second. Swap-out comes first and "
         "hurts nobody; at each swap-in a program waits for a disk. Swap-in that "
         "lasts: ask for a memory reservation, or for a move to another host.",
         "Bps", [("in", "memory.swap_in", "rate"), ("out", "memory.swap_out", "rate")],
         {"threshold": "memory.swap_in"}),
        ("Memory on its own NUMA node",
         "Share of its memory that is on the node where its vCPUs run. Access to the "
         f"rest is slower. Below {NUMA_LOCAL} % for half an hour: the VM is larger "
         "than a node, or was moved between nodes; ask about its size.",
         "percent", [("local", "memory.numa_local_share", "avg")], {}),
        ("Disks: latency",
         "Mean time of an operation, as the host sees it, without the guest's own "
         "queue. High here and in iostat's await: the storage is slow; ask the VMware "
         "administrator. High in iostat only: the guest queues more than the disk "
         "can do. A disk that is idle has no line.",
         "s", [("read", "disk.read_latency", "avg"),
               ("write", "disk.write_latency", "avg")], {"threshold": "disk.latency"}),
        ("Disks: operations",
         "Operations a second of each virtual disk. A flat top with high latency: a "
         "limit on the disk's operations; ask whether it has one. A rise with the "
         "latency: the load itself is what the storage cannot do.",
         "iops", [("read", "disk.read_operations", "rate"),
                  ("write", "disk.write_operations", "rate")], {}),
        ("Disks: bytes",
         "Bytes a second of each virtual disk. Many bytes with few operations is a "
         "backup or a scan, and its latency is that of large blocks: compare with "
         "the same hour of another day before you complain.",
         "Bps", [("read", "disk.read_bytes", "rate"),
                 ("written", "disk.write_bytes", "rate")], {}),
        ("NICs: bytes",
         "Bytes a second of each virtual NIC, as the host counts them. A flat top: "
         "the limit of a port group, or of the uplink. Compare with the guest's own "
         "counters: what they have more of was lost between guest and host.",
         "Bps", [("received", "nic.rx_bytes", "rate"),
                 ("sent", "nic.tx_bytes", "rate")], {}),
        ("NICs: packets",
         "Packets a second of each virtual NIC. Many small ones cost processor time "
         "on the host, which is charged to this VM: used above 100 % comes from "
         "there.",
         "pps", [("received", "nic.rx_packets", "rate"),
                 ("sent", "nic.tx_packets", "rate")], {}),
    ]),
    ("Was it moved, and when?", [
        ("Time on this host",
         "How long this VM has been on its host without interruption. It falls to 0 "
         "at a vMotion, a resume, a revert to a snapshot and a reset; each fall is an "
         "annotation in all panels, a restart of the agent is none. Several falls an "
         "hour: the VM is migrated back and forth; ask whether the cluster is too "
         "full, or for a rule.",
         "s", [("since", "session.age", "max")], {}),
        ("Speed of the host's processors",
         "It changes when a VM is moved to a host of another model. The same share of "
         "CPU time then is a different amount of work.",
         "hertz", [("host", "host.cpu", "avg")], {}),
    ]),
    ("What is it entitled to?", [
        ("CPU reservation and limit",
         "Reservation: what the host guarantees, however busy it is. Limit: what this "
         "VM cannot exceed, however idle the host is; no line: unlimited. A "
         "reservation of 0 is common: under contention only the shares count.",
         "hertz", [("reservation", "cpu.reservation", "avg"),
                   ("limit", "cpu.limit", "avg")], {}),
        ("Memory reservation and limit",
         "The same for memory. Reserved memory is never ballooned or swapped.",
         "bytes", [("reservation", "memory.reservation", "avg"),
                   ("limit", "memory.limit", "avg")], {}),
        ("Shares and vCPUs",
         "Weights relative to the shares of other VMs; they count only under "
         "contention. Lower than those of similar VMs: this one suffers first.",
         "short", [("CPU shares", "cpu.shares", "avg"),
                   ("memory shares", "memory.shares", "avg"),
                   ("vCPUs", "cpu.vcpus", "avg")], {}),
    ]),
    ("How is the host? (where it says so)", [
        ("Host: busy processors",
         "How many of the host's cores are busy, all VMs together. Near all: this is "
         "where stolen time comes from. Empty: the host hides its own statistics, "
         "which is the default; tools.guestlib.enableHostInfo shows them. The jump of "
         "the counter at a move to another host is left out.",
         "short", [("busy", "host.cpu_used", "cores"),
                   ("cores", "host.cpu_cores", "max")], {}),
        ("Host: memory",
         "Free memory near 0, or any swap: every VM on this host is affected; only "
         "the host's administrator can help.",
         "bytes", [("total", "host.memory_total", "avg"),
                   ("used", "host.memory_used", "avg"),
                   ("free", "host.memory_free", "avg"),
                   ("swapped", "host.memory_swapped", "avg")], {}),
    ]),
    ("Is the monitoring itself healthy?", [
        ("Does the host answer?",
         "1 while the host gives its statistics. 0: the log on the VM says why, and "
         "what to change; all other panels are then empty, which is not the same as "
         "0.",
         "short", [("up", "session.up", "min")], {"flag": True}),
        ("Statistics without a value",
         "How many of the selected statistics this host does not give. Above 0: an "
         "old host; the log names them.",
         "short", [("missing", "session.unavailable", "max")], {}),
        ("Duration of a read",
         "Usually well below a millisecond. Above "
         f"{THRESHOLDS['session.read'][0]} s: the host is overloaded, or message "
         "channels are scarce.",
         "s", [("read", "session.read", "max")], {"threshold": "session.read"}),
        ("Channels reopened",
         "How often per second the message channel to the host was found lost. One at "
         "a move is normal; continually: see the VM's vmware.log.",
         "short", [("reopens", "session.reopens", "rate")], {}),
    ]),
]

# The fleet.
#
# Rows are questions here too. A table ranks VMs by its first column, and shows the TOP
# of them; a row of it can be required to have a value. A graph has one curve for each
# cluster. What is asked of a VM is a metric and how the chosen window makes it one
# value: avg: the share of SHARES, else the mean; last; before: avg, one window earlier;
# since: the share since the VM came to its host; moves: how often it left one; text;
# host: a number that is the same for all VMs of a host. Groups are a table with a row
# for each value of its first column, in which the others are reduced as said. Of a
# cluster: above: how many of its VMs are above the warning, in percent; sum, mean,
# count.

TOP = 20
WINDOWS = ("10m", "30m", "1h", "6h", "1d")
USUAL_WINDOW = "30m"

FLEET = [
    ("Who is starved, and by what?", [
        ("table", "VMs with the most stolen CPU time",
         "Limit used above 90 % and Limit below 98 %: the VM's own CPU limit denies it "
         "the time; ask for a higher one. Otherwise the cause is outside: a busy host, "
         "a limit on the resource pool, CPU affinity or co-scheduling; ask the VMware "
         "administrator. Limit is the share of the vCPUs' speed that the limit allows; "
         "no value: unlimited. Memory wait or Swap-in above 0: memory is short as "
         "well; these and Contention have values where extended statistics are "
         "selected. Click on a VM for its own dashboard.",
         [("Stolen", "percent", "cpu.stolen", "avg"),
          ("Used", "percent", "cpu.used", "avg"),
          ("Limit used", "percent", "cpu.used_of_limit", "avg"),
          ("Limit", "percent", "cpu.limit_of_whole", "avg"),
          ("Contention", "percent", "cpu.contention", "avg"),
          ("Memory wait", "percent", "cpu.contention_memory", "avg"),
          ("Swap-in", "Bps", "memory.swap_in", "avg")], None),
        ("graph", f"VMs above {STOLEN} % stolen",
         "Share of a cluster's VMs that are denied so much of their CPU time that "
         "users notice it. A few: see the table for their limits. Many at once: the "
         "cluster has too few processors for its VMs.",
         "percent", [("", "cpu.stolen", "avg", "above")]),
    ]),
    ("Who shares a host?", [
        ("groups", "VMs by host",
         "Where hosts show their own totals (tools.guestlib.enableHostInfo). No "
         "statistic names a host: Host is how many days of processor time it has spent "
         "since it was started, which all of its VMs see alike. Two VMs of a host are "
         "apart for a moment when a day is full. Much stolen on one host and little on "
         "the others: move VMs away from it.",
         [("Host", "short", "host.cpu_used", "host"),
          ("Stolen", "percent", "cpu.stolen", "avg"),
          ("Reclaimed", "bytes", "memory.reclaimed", "avg")],
         {"Stolen": ("mean", "max"), "Reclaimed": ("sum",)}, None),
    ]),
    ("Where is memory short?", [
        ("table", "VMs of which the most memory is reclaimed",
         "Much ballooned and little active: idle memory was given up, without harm. "
         "Much of both, or anything swapped while the swap target is above 0: the VM "
         "waits for memory. A limit below its size takes memory from a VM even on a "
         "host that has plenty; no value: unlimited.",
         [("Reclaimed", "bytes", "memory.reclaimed", "avg"),
          ("Ballooned", "percent", "memory.ballooned_share", "avg"),
          ("Active", "percent", "memory.active_share", "avg"),
          ("Swapped", "bytes", "memory.swapped", "avg"),
          ("Swap target", "bytes", "memory.swap_target", "avg"),
          ("Swap-in", "Bps", "memory.swap_in", "avg"),
          ("Limit", "bytes", "memory.limit", "avg")], None),
        ("graph", "Memory reclaimed",
         "Memory that hosts reclaimed from the VMs of a cluster. Ballooned is what the "
         "VMs gave up; swapped is what hosts took without asking. Swapped that grows: "
         "the cluster is short of memory.",
         "bytes", [("ballooned", "memory.ballooned", "avg", "sum"),
                   ("swapped", "memory.swapped", "avg", "sum")]),
        ("graph", "Share of memory ballooned",
         "Mean over the VMs of a cluster. Steady: idle memory of some VMs is used by "
         "others. Growing: hosts run out of free memory.",
         "percent", [("", "memory.ballooned_share", "avg", "mean")]),
    ]),
    ("What was moved, and did it help?", [
        ("graph", "Moves",
         "How often VMs left their host: vMotion, resume, revert to a snapshot, reset. "
         "Many in a cluster: maintenance, or a cluster that does not find its balance. "
         "Two moves of a VM between two readings count once.",
         "short", [("", "session.age", "moves", "sum")]),
        ("table", "VMs that were moved",
         "Stolen before is that of one window earlier, Stolen since that of the whole "
         "time on the present host. Since is lower: the move helped. The worst comes "
         "first.",
         [("Stolen since", "percent", "cpu.stolen", "since"),
          ("Stolen before", "percent", "cpu.stolen", "before"),
          ("Moves", "short", "session.age", "moves")],
         ("Moves", ">", 0)),
    ]),
    ("Is the monitoring itself healthy?", [
        ("graph", "VMs whose host answers",
         "All VMs that sent anything, and those of them whose host gives its "
         "statistics. The gap between the two: see the table. A curve that falls: VMs "
         "were removed, or their agent or its network has failed.",
         "short", [("VMs", "session.up", "last", "count"),
                   ("host answers", "session.up", "last", "sum")]),
        ("table", "VMs whose host does not answer",
         "The agent works, and the host gives it nothing; the log on the VM gives the "
         "reason and the remedy. Mean of up is above 0: it answered earlier in the "
         "window.",
         [("Up", "short", "session.up", "last"),
          ("Mean of up", "short", "session.up", "avg")],
         ("Up", "==", 0)),
        ("groups", "VMs by version",
         "Versions of vmguest, how many VMs have each, and for how many of these the "
         "host answers. collectd has no version: see its log. One version whose hosts "
         "answer less often than those of the others: report it.",
         [("Version", "short", "session.version", "text"),
          ("Host answers", "short", "session.up", "last")],
         {"Host answers": ("sum",)}, None),
        ("groups", "VMs whose host does not answer, by reason",
         "disabled: the VM's configuration forbids it; see VmguestNoStatistics. "
         "not-vm: no VMware VM, or the hypervisor's port is blocked. Other reasons are "
         "in vmguest-execd(1). collectd does not send the reason: see its log.",
         [("Reason", "short", "session.cause", "text"),
          ("Up", "short", "session.up", "last")], {}, ("Up", "==", 0)),
    ]),
]

# Alerts.
#
# Every alert judges windows of ten minutes, in which there are two readings even at
# the slowest interval, 5 minutes: one good sample ends nothing, and no sample that a
# slow scrape misses counts. A value of a window is a share: its factor times the
# product of the first metrics over that of the second ones, where a counter stands for
# its growth and everything else for its mean. A sum of metrics, or a
# difference, can take the place of a metric. What is not a share is the mean of its
# metric, or a counter's growth a second. A share is recorded as what its record's name ends in.

WINDOW = 10     # minutes
COUNTERS = {"cpu.stolen_time", "cpu.used_time", "session.elapsed",
            "cpu.contention_time", "cpu.contention_memory_time",
            "memory.swap_in", "memory.swap_out",
            "disk.read_operations", "disk.write_operations",
            "disk.read_time", "disk.write_time"}
Share = namedtuple("Share", "record factor over under")
VCPUS_TIME = ["session.elapsed", "cpu.vcpus"]
OPERATIONS = ("disk.read_operations", "disk.write_operations")
SHARES = {
    "cpu.stolen": Share("vmguest_cpu_stolen:ratio", 100,
                        ["cpu.stolen_time"], VCPUS_TIME),
    "cpu.used_of_limit": Share("vmguest_cpu_used_of_limit:ratio", 100,
                               ["cpu.used_time", "cpu.used_of_limit"],
                               [*VCPUS_TIME, "cpu.used"]),
    # Both shares are of the same speed: their quotient is the limit's own share of
    # what all vCPUs together could use.
    "cpu.limit_of_whole": Share("vmguest_cpu_limit_of_whole:ratio", 100,
                                ["cpu.used"], ["cpu.used_of_limit"]),
    "memory.limit_of_whole": Share("vmguest_memory_limit_of_whole:ratio", 1,
                                   ["memory.limit", "memory.active_share"],
                                   ["memory.active"]),
    "cpu.contention": Share("vmguest_cpu_contention:ratio", 100,
                            ["cpu.contention_time"], VCPUS_TIME),
    "cpu.contention_beyond": Share("vmguest_cpu_contention_beyond_stolen:ratio", 100,
                                   [("cpu.contention_time", "-cpu.stolen_time")],
                                   VCPUS_TIME),
    "cpu.contention_memory": Share("vmguest_cpu_contention_memory:ratio", 100,
                                   ["cpu.contention_memory_time"], VCPUS_TIME),
    "memory.swap_in": Share("vmguest_memory_swap_in:rate", 1, ["memory.swap_in"],
                            ["session.elapsed"]),
    "disk.latency": Share("vmguest_vscsi_latency:seconds", 1,
                          [("disk.read_time", "disk.write_time")], [OPERATIONS]),
    "disk.operations": Share("vmguest_vscsi_operations:rate", 1, [OPERATIONS], []),
}

# An alert fires for a VM when each of its conditions holds in so many windows one
# after the other, or in the newest one for so many minutes. Three windows: no burst
# below ten minutes fires, however high it is. All but those on session.up want the host
# to answer: what was true before it stopped is no news. LEVEL: the alert exists once for
# each level of the metric's threshold. "moved": more often than that in the last hour.
# "gone": there was a value an hour ago and there is none now, while the machine still
# answers; "awaited": the guest itself does not wait longer than so many times that (where
# the database can be asked for these two). shown: what a level is divided by in the
# summary. formula: what is judged, where that is not the metric's own sentence. finding:
# that of thresholds.def, where no level names it.

LEVEL = None

ALERTS = [
    dict(name="VmguestNoStatistics", severity="warning", windows=2,
         conditions=[("session.up", "==", 0)],
         summary="The VMware host gives no statistics",
         reason="A move or a snapshot takes seconds, and a host that refused is asked "
                "again after a minute or more: 20 minutes without one answer are "
                "neither, even with a reading every 5 minutes.",
         runbook="The host does not answer or refuses, so no other vmguest alert can "
                 "fire for this VM. Verify: the log of collectd or vmguest-execd on "
                 "the VM gives the reason, and so does the metric cause of vmguest-execd "
                 "(vmguest_down_info). If the host refuses, ask the VMware "
                 "administrator to set "
                 'isolation.tools.guestlibGetInfo.disable = "FALSE" in the VM\'s '
                 "configuration."),
    dict(name="VmguestGone", severity="warning", windows=2,
         conditions=[("session.up", "gone", 60)],
         summary="node_exporter answers, but the statistics of this VM are missing",
         reason="A restart of the service takes seconds. A VM that is down, rebooting "
                "or removed has no node_exporter that answers, and is the business of "
                "other alerts. An hour after the last value the alert ends by itself.",
         runbook="No other vmguest alert can fire for this VM. The service that "
                 "writes the statistics has ended, or its file is no longer found. "
                 "Verify on the VM: systemctl status vmguest-textfile, and "
                 "node_textfile_scrape_error. Ask whoever maintains the VM whether "
                 "the service was disabled on purpose."),
    dict(name="VmguestCpuStarved", windows=3,
         conditions=[("cpu.stolen", ">", LEVEL)],
         summary="More than {} % of its CPU time is denied to this VM",
         reason=f"From {STOLEN} % on users notice it, above {STOLEN_BADLY} % every "
                "answer is late. Three windows: bursts shorter than ten minutes, such as "
                "backups and boot storms, never fire, and starvation in spikes does.",
         runbook="The vCPUs are ready to run but not scheduled; top on the VM does "
                 "not show it. Verify: if VmguestCpuLimitReached fires too, the VM's "
                 "own CPU limit is the cause. Otherwise it cannot be told from inside "
                 "whether the host is too busy, or a limit on the resource pool, CPU "
                 "affinity or co-scheduling of many vCPUs holds the VM back: ask the "
                 "VMware administrator for the VM's ready and co-stop time and for "
                 "the limits of its resource pools."),
    dict(name="VmguestCpuLimitReached", windows=3,
         conditions=[("cpu.used_of_limit", ">", LEVEL),
                     ("cpu.stolen", ">", STOLEN),
                     ("cpu.limit_of_whole", "<", CPU_INERT)],
         summary="This VM uses more than {} % of its CPU limit, and is denied more",
         reason="A limit within 2 % of what the vCPUs can use is inert, and a limit "
                "that is used up but denies nothing does no harm.",
         runbook="The VM's own CPU limit, in MHz, holds it back. Verify: effective "
                 "speed runs along the limit. Ask the VMware administrator to remove "
                 "or raise the CPU limit; it is often left over from a template or "
                 "from a smaller VM."),
    dict(name="VmguestBalloonUnderPressure", windows=3,
         conditions=[("memory.ballooned_share", ">", LEVEL),
                     ("memory.active_share", ">", CONDITIONS["ACTIVE_LEAST"])],
         summary="The balloon takes memory that this VM needs",
         reason="A balloon in idle memory does no harm. With a tenth gone and half in "
                "use the page cache shrinks, and the guest is about to swap.",
         runbook="Memory is reclaimed from a VM that uses it. Verify: free and vmstat "
                 "on the VM, si and so above 0. If VmguestMemoryLimitSwaps fires too, "
                 "ask the VMware administrator to remove the memory limit. Otherwise "
                 "the host is short of memory, or a limit on the resource pool is "
                 "reached: ask which, and for a memory reservation of what is "
                 "active."),
    dict(name="VmguestSwappedByHost", severity="critical", windows=3,
         conditions=[("memory.swapped", ">", LEFT_OVER),
                     ("memory.swap_target", ">", 0)],
         summary="This VM's memory is swapped to disk from outside",
         reason="Each access to such a page waits for a disk. Pages that nobody "
                "touches stay swapped for days after a shortage, without harm: hence "
                "64 MiB, and only while the host still wants to swap.",
         runbook="Balloon and compression were not enough. Verify: programs stall "
                 "while the VM's own swap is quiet. If VmguestMemoryLimitSwaps fires "
                 "too, ask the VMware administrator to remove the memory limit. "
                 "Otherwise the host is short of memory, or a limit on the resource "
                 "pool is reached: ask which, at once, and for a reservation."),
    dict(name="VmguestMemoryLimitSwaps", severity="warning", windows=3,
         conditions=[("memory.limit_of_whole", "<", MEMORY_INERT),
                     ("memory.reclaimed", ">", LEFT_OVER)],
         summary="A memory limit below its size takes this VM's memory",
         reason="A limit below the configured memory makes the host take the rest, "
                "even while it has plenty free; that is hardly ever intended. Within 2 % "
                "of the configured memory it is inert.",
         runbook="The VM is configured with more memory than its limit allows. "
                 "Verify: the limit is below the configured memory, and memory is "
                 "reclaimed. Ask the VMware administrator to set the memory limit to "
                 "unlimited."),
    dict(name="VmguestCpuContention", windows=3,
         conditions=[("cpu.contention", ">", LEVEL)],
         summary="This VM waits for a processor more than {} % of its vCPUs' time",
         formula="Growth of contention over elapsed time times vCPUs. The public "
                 "script monitor-vm-cpu-contention divides by used plus contention, "
                 "which is the VM's demand: its numbers are higher.",
         reason="Contention counts more causes than stolen, hence twice the numbers. "
                "Three windows: backups and boot storms are shorter.",
         runbook="The VM wants to run and cannot. Verify: if VmguestCpuStarved fires "
                 "too, follow that one first; if VmguestContentionBeyondStolen does, "
                 "the cause is other than too few processors. Ask the VMware "
                 "administrator for the VM's ready, co-stop and overlap time, and "
                 "whether it could do with fewer vCPUs."),
    dict(name="VmguestContentionBeyondStolen", severity="info", windows=3,
         finding="cpu-contention",
         conditions=[("cpu.contention_beyond", ">", BEYOND)],
         summary=f"Contention is more than {BEYOND} % of the vCPUs' time above stolen",
         formula="Growth of contention less that of stolen, over elapsed time times "
                 "vCPUs.",
         reason="Below that it is the same time counted in another way. The "
                "difference is what this VM waits for beyond ready time: co-stop of "
                "its vCPUs, a shared core, interrupts of the host.",
         runbook="A note, of use while this VM is slow. Verify: does it have more "
                 "vCPUs than are busy at once? Ask the VMware administrator for its "
                 "co-stop time (esxtop, %CSTP), and try it with fewer vCPUs."),
    dict(name="VmguestMemoryWait", windows=3,
         conditions=[("cpu.contention_memory", ">", LEVEL)],
         summary="This VM waits for memory more than {} % of its vCPUs' time",
         formula="Growth of memory contention over elapsed time times vCPUs.",
         reason="A vCPU that waits for memory does no work. Three windows: a VM that "
                "was idle and wakes up has its pages back sooner.",
         runbook="The host swapped or compressed memory that this VM uses now. Verify: "
                 "programs stall while the VM's own swap is quiet; VmguestSwapIn says "
                 "whether it comes from disk. If VmguestMemoryLimitSwaps fires too, ask "
                 "the VMware administrator to remove the memory limit; otherwise for "
                 "more memory on the host, or a reservation."),
    dict(name="VmguestSwapIn", windows=1, minutes=5, shown=MIB,
         conditions=[("memory.swap_in", ">", LEVEL)],
         summary="The host swaps in more than {} MiB a second for this VM",
         formula="Growth of what was swapped in, a second.",
         reason="A page that comes from swap is one that a program waited for. What an "
                "old shortage left is read back once, and is less than 600 MiB in ten "
                "minutes.",
         runbook="The host has swapped out memory that this VM needs, and goes on "
                 "doing so. Verify: VmguestMemoryWait says how much it costs. If "
                 "VmguestMemoryLimitSwaps fires too, ask the VMware administrator to "
                 "remove the memory limit. Otherwise the host is short of memory, or a "
                 "limit on the resource pool is reached: ask which, at once."),
    dict(name="VmguestDiskSlow", windows=3, shown=0.001,
         conditions=[("disk.latency", ">", LEVEL),
                     ("disk.operations", ">=", CONDITIONS["DISK_RATE_LEAST"]),
                     ("disk.latency", "awaited", CONDITIONS["DISK_AWAIT_TIMES"])],
         summary="An operation of one of its disks takes more than {} ms on average",
         formula="Growth of the time of reads and writes over that of their number.",
         reason=f"The mean of fewer than {CONDITIONS['DISK_RATE_LEAST']} operations a "
                "second is chance, and a guest that waits twice as long as the host "
                "waits in its own queue. Three windows: a backup's large blocks take "
                "longer and end.",
         runbook="The storage behind this virtual disk is slow, or a limit on the "
                 "disk's operations holds it back. Verify with iostat -x on the VM: "
                 "await is below twice this latency; if not, the guest queues too "
                 "much by itself (only Prometheus with node_exporter's disk statistics "
                 "can judge that for you). Ask the VMware administrator for the "
                 "datastore's latency (esxtop, GAVG and KAVG), for snapshots, and for "
                 "limits of the disk."),
    dict(name="VmguestNumaRemote", severity="info", windows=3, finding="numa",
         conditions=[("memory.numa_local_share", "<", NUMA_LOCAL)],
         summary=f"Less than {NUMA_LOCAL} % of this VM's memory is on its NUMA node",
         formula="Mean of local over local plus remote memory.",
         reason="The host moves pages after a VM that it moved to another node; half "
                "an hour is more than that takes.",
         runbook="Access to remote memory is slower; how much depends on the load. "
                 "Verify: is the VM slow at all, and is it larger than a node? Ask the "
                 "VMware administrator for its NUMA placement (esxtop, N%L), and for a "
                 "size that fits a node."),
    dict(name="VmguestMovedOften", severity="info", windows=1,
         conditions=[("session.age", "moved", MOVES_AN_HOUR)],
         summary=f"This VM was moved more than {MOVES_AN_HOUR} times in an hour",
         reason="A balanced cluster moves a VM a few times a day; maintenance moves "
                "it twice in an hour. Counted are falls of the time on the host: a "
                "restart of the agent is not one, and two moves between two readings "
                "count once.",
         runbook="The VM is migrated back and forth, or is reset again and again. "
                 "Verify: the notifications of collectd, or the log, have the times. "
                 "Ask the VMware administrator for the cluster's migration history, "
                 "and to lower the aggressiveness of DRS."),
    dict(name="VmguestStatisticsMissing", severity="info", windows=6,
         conditions=[("session.unavailable", ">", 0)],
         summary="The host does not give all selected statistics",
         reason="A host always lacks a statistic, or never does: an hour rules out a move "
                "through an older one.",
         runbook="This host is older than the statistics, or marks them as not "
                 "valid. Verify: the log names them. Deselect them, or ask the VMware "
                 "administrator when this host will be upgraded."),
]
