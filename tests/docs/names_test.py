# SPDX-License-Identifier: MIT
"""Names are a promise: one that has been released is neither changed nor reused.
RELEASED is written by hand and never made from the table.

usage: names_test.py VMG_TABLES"""

import subprocess
import sys

# The name for options, collectd's identifier, the field of Influx lines, the name in
# Prometheus; "-" is not offered there.
RELEASED = """
cpu_reservation  vm/frequency-cpu_reservation  vmguest_cpu.reservation_mhz  vmguest_cpu_reservation_hertz
cpu_limit  vm/frequency-cpu_limit  vmguest_cpu.limit_mhz  vmguest_cpu_limit_hertz
cpu_limited  vm/gauge-cpu_limited  vmguest_cpu.limited  vmguest_cpu_limited
cpu_shares  vm/count-cpu_shares  vmguest_cpu.shares  vmguest_cpu_shares
cpu_used  vm/total_time_in_ms-cpu_used  vmguest_cpu.used_ms  vmguest_cpu_used_seconds_total
cpu_elapsed  vm/total_time_in_ms-elapsed  vmguest_cpu.elapsed_ms  vmguest_elapsed_seconds_total
cpu_elapsed  vm/uptime-session  -  -
cpu_stolen  vm/total_time_in_ms-cpu_stolen  vmguest_cpu.stolen_ms  vmguest_cpu_stolen_seconds_total
cpu_used  vm/percent-cpu_used  vmguest_cpu.used_percent  vmguest_cpu_used_ratio
cpu_stolen  vm/percent-cpu_stolen  vmguest_cpu.stolen_percent  vmguest_cpu_stolen_ratio
cpu_effective  vm/frequency-cpu_effective  vmguest_cpu.effective_mhz  vmguest_cpu_effective_hertz
cpu_used_of_limit  vm/percent-cpu_used_of_limit  vmguest_cpu.used_of_limit_percent  vmguest_cpu_used_of_limit_ratio
cpu_used_of_reservation  vm/gauge-cpu_used_of_reservation  vmguest_cpu.used_of_reservation_percent  vmguest_cpu_used_of_reservation_ratio
cpu_limit_binding  vm/gauge-cpu_limit_binding  vmguest_cpu.limit_binding  vmguest_cpu_limit_binding
cpu_vcpus  vm/count-vcpus  vmguest_cpu.vcpus  vmguest_vcpus
memory_reservation  vm/memory-reservation  vmguest_memory.reservation_bytes  vmguest_memory_reservation_bytes
memory_limit  vm/memory-limit  vmguest_memory.limit_bytes  vmguest_memory_limit_bytes
memory_limited  vm/gauge-memory_limited  vmguest_memory.limited  vmguest_memory_limited
memory_shares  vm/count-memory_shares  vmguest_memory.shares  vmguest_memory_shares
memory_mapped  vm/memory-mapped  vmguest_memory.mapped_bytes  vmguest_memory_mapped_bytes
memory_active  vm/memory-active  vmguest_memory.active_bytes  vmguest_memory_active_bytes
memory_overhead  vm/memory-overhead  vmguest_memory.overhead_bytes  vmguest_memory_overhead_bytes
memory_ballooned  vm/memory-ballooned  vmguest_memory.ballooned_bytes  vmguest_memory_ballooned_bytes
memory_swapped  vm/memory-swapped  vmguest_memory.swapped_bytes  vmguest_memory_swapped_bytes
memory_shared  vm/memory-shared  vmguest_memory.shared_bytes  vmguest_memory_shared_bytes
memory_shared_saved  vm/memory-shared_saved  vmguest_memory.shared_saved_bytes  vmguest_memory_shared_saved_bytes
memory_used  vm/memory-used  vmguest_memory.used_bytes  vmguest_memory_used_bytes
memory_target  vm/memory-target  vmguest_memory.target_bytes  vmguest_memory_target_bytes
memory_zipped  vm/memory-zipped  vmguest_memory.zipped_bytes  vmguest_memory_zipped_bytes
memory_zip_saved  vm/memory-zip_saved  vmguest_memory.zip_saved_bytes  vmguest_memory_zip_saved_bytes
memory_ll_swapped  vm/memory-ll_swapped  vmguest_memory.ll_swapped_bytes  vmguest_memory_ll_swapped_bytes
memory_swap_target  vm/memory-swap_target  vmguest_memory.swap_target_bytes  vmguest_memory_swap_target_bytes
memory_balloon_target  vm/memory-balloon_target  vmguest_memory.balloon_target_bytes  vmguest_memory_balloon_target_bytes
memory_balloon_max  vm/memory-balloon_max  vmguest_memory.balloon_max_bytes  vmguest_memory_balloon_max_bytes
memory_active  vm/percent-memory_active  vmguest_memory.active_percent  vmguest_memory_active_ratio
memory_ballooned  vm/percent-memory_ballooned  vmguest_memory.ballooned_percent  vmguest_memory_ballooned_ratio
memory_balloon_of_max  vm/percent-memory_balloon_of_max  vmguest_memory.balloon_of_max_percent  vmguest_memory_balloon_of_max_ratio
memory_limit_binding  vm/gauge-memory_limit_binding  vmguest_memory.limit_binding  vmguest_memory_limit_binding
memory_reclaimed  vm/memory-reclaimed  vmguest_memory.reclaimed_bytes  vmguest_memory_reclaimed_bytes
host_cpu  host/frequency-cpu  vmguest_host.cpu_mhz  vmguest_host_cpu_frequency_hertz
host_cpu_cores  host/count-cpu_cores  vmguest_host.cpu_cores  vmguest_host_cpu_cores
host_cpu_used  host/total_time_in_ms-cpu_used  vmguest_host.cpu_used_ms  vmguest_host_cpu_used_seconds_total
host_memory_swapped  host/memory-swapped  vmguest_host.memory_swapped_bytes  vmguest_host_memory_swapped_bytes
host_memory_shared  host/memory-shared  vmguest_host.memory_shared_bytes  vmguest_host_memory_shared_bytes
host_memory_used  host/memory-used  vmguest_host.memory_used_bytes  vmguest_host_memory_used_bytes
host_memory_total  host/memory-total  vmguest_host.memory_total_bytes  vmguest_host_memory_total_bytes
host_memory_free  host/memory-free  vmguest_host.memory_free_bytes  vmguest_host_memory_free_bytes
host_memory_kernel_overhead  host/memory-kernel_overhead  vmguest_host.memory_kernel_overhead_bytes  vmguest_host_memory_kernel_overhead_bytes
host_memory_mapped  host/memory-mapped  vmguest_host.memory_mapped_bytes  vmguest_host_memory_mapped_bytes
host_memory_unmapped  host/memory-unmapped  vmguest_host.memory_unmapped_bytes  vmguest_host_memory_unmapped_bytes
session_resource_pool  -  vmguest_session.resource_pool  vmguest_info
always  -  vmguest_session.id  -
always  -  vmguest_session.version  vmguest_build_info
always  -  vmguest_session.cause  vmguest_down_info
always  vm/derive-session_changes  vmguest_session.changes  vmguest_session_changes_total
always  vm/gauge-up  vmguest_session.up  vmguest_up
always  vm/count-unavailable  vmguest_session.unavailable  vmguest_unavailable_statistics
always  vm/derive-channel_reopens  vmguest_session.channel_reopens  vmguest_channel_reopens_total
always  vm/duration-read  vmguest_session.read_seconds  vmguest_read_seconds
cpu_contention  vm/total_time_in_ms-cpu_contention  vmguest_cpu.contention_ms  vmguest_cpu_contention_seconds_total
cpu_contention_memory  vm/total_time_in_ms-cpu_contention_memory  vmguest_cpu.contention_memory_ms  vmguest_cpu_contention_memory_seconds_total
cpu_contention  vm/percent-cpu_contention  vmguest_cpu.contention_percent  vmguest_cpu_contention_ratio
cpu_contention_memory  vm/percent-cpu_contention_memory  vmguest_cpu.contention_memory_percent  vmguest_cpu_contention_memory_ratio
memory_numa_local  vm/memory-numa_local  vmguest_memory.numa_local_bytes  vmguest_memory_numa_local_bytes
memory_numa_remote  vm/memory-numa_remote  vmguest_memory.numa_remote_bytes  vmguest_memory_numa_remote_bytes
memory_numa_local  vm/percent-memory_numa_local  vmguest_memory.numa_local_percent  vmguest_memory_numa_local_ratio
memory_consumed  vm/memory-consumed  vmguest_memory.consumed_bytes  vmguest_memory_consumed_bytes
memory_swap_in  vm/total_bytes-memory_swap_in  vmguest_memory.swap_in_bytes  vmguest_memory_swap_in_bytes_total
memory_swap_out  vm/total_bytes-memory_swap_out  vmguest_memory.swap_out_bytes  vmguest_memory_swap_out_bytes_total
memory_overhead_swapped  vm/memory-overhead_swapped  vmguest_memory.overhead_swapped_bytes  vmguest_memory_overhead_swapped_bytes
memory_overhead_swap_in  vm/total_bytes-memory_overhead_swap_in  vmguest_memory.overhead_swap_in_bytes  vmguest_memory_overhead_swap_in_bytes_total
memory_overhead_swap_out  vm/total_bytes-memory_overhead_swap_out  vmguest_memory.overhead_swap_out_bytes  vmguest_memory_overhead_swap_out_bytes_total
host_cpu_cores_per_package  host/count-cpu_cores_per_package  vmguest_host.cpu_cores_per_package  vmguest_host_cpu_cores_per_package
session_host_version  -  vmguest_session.host_version  vmguest_host_info
session_uuid  -  vmguest_session.uuid  vmguest_vm_info
always  -  -  vmguest_vscsi_info
always  -  -  vmguest_vnet_info
vscsi_read  vscsi_<disk>/total_operations-read  vmguest_vscsi.read_operations  vmguest_vscsi_reads_completed_total
vscsi_read  vscsi_<disk>/total_bytes-read  vmguest_vscsi.read_bytes  vmguest_vscsi_read_bytes_total
vscsi_read  vscsi_<disk>/total_time_in_ms-read  vmguest_vscsi.read_time_ms  vmguest_vscsi_read_time_seconds_total
vscsi_read  vscsi_<disk>/response_time-read  vmguest_vscsi.read_latency_ms  vmguest_vscsi_read_latency_seconds
vscsi_write  vscsi_<disk>/total_operations-write  vmguest_vscsi.write_operations  vmguest_vscsi_writes_completed_total
vscsi_write  vscsi_<disk>/total_bytes-write  vmguest_vscsi.write_bytes  vmguest_vscsi_written_bytes_total
vscsi_write  vscsi_<disk>/total_time_in_ms-write  vmguest_vscsi.write_time_ms  vmguest_vscsi_write_time_seconds_total
vscsi_write  vscsi_<disk>/response_time-write  vmguest_vscsi.write_latency_ms  vmguest_vscsi_write_latency_seconds
vnet_rx  vnet_<nic>/packets-rx  vmguest_vnet.rx_packets  vmguest_vnet_receive_packets_total
vnet_rx  vnet_<nic>/total_bytes-rx  vmguest_vnet.rx_bytes  vmguest_vnet_receive_bytes_total
vnet_tx  vnet_<nic>/packets-tx  vmguest_vnet.tx_packets  vmguest_vnet_transmit_packets_total
vnet_tx  vnet_<nic>/total_bytes-tx  vmguest_vnet.tx_bytes  vmguest_vnet_transmit_bytes_total
vnet_limit  vnet_<nic>/gauge-limit_mbps  vmguest_vnet.limit_mbps  vmguest_vnet_limit_mbps
vnet_reservation  vnet_<nic>/gauge-reservation_mbps  vmguest_vnet.reservation_mbps  vmguest_vnet_reservation_mbps
"""


def table(program):
    """The rows of the program's table, each a tuple of four names."""
    text = subprocess.run([program, "names"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    rows = []
    for line in text.splitlines():
        statistic, collectd, field, prometheus = line.split("\t")
        rows.append((statistic, collectd or "-",
                     "-" if field.endswith(".") else field, prometheus or "-"))
    return rows


def main(program):
    released = [tuple(line.split()) for line in RELEASED.strip().splitlines()]
    rows = table(program)
    wrong = [f"not released, or changed: {' '.join(row)}"
             for row in rows if row not in released]
    wrong += [f"released, and gone: {' '.join(row)}"
              for row in released if row not in rows]
    for column in range(1, 4):
        names = [row[column] for row in rows if row[column] != "-"]
        wrong += [f"twice: {name}" for name in sorted(set(names))
                  if names.count(name) > 1]
    print("\n".join(wrong) or f"{len(rows)} metrics, as released")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
