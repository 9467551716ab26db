# SPDX-License-Identifier: MIT
"""collectd's identifiers of what the plugin publishes: which there are, which numbers
they must have."""

import math

MB = 1 << 20
UNLIMITED = 0xFFFFFFFF

# Every identifier of the documentation: which statistic of the wire it shows, by
# the name the host calls it, and the factor to the type's unit. By hand, so that
# a wrong row in the plugin's table does not agree with itself.
WIRE = {
    "vm/frequency-cpu_reservation": ("cpuReservationMHz", 10**6),
    "vm/frequency-cpu_limit": ("cpuLimitMHz", 10**6),
    "vm/count-cpu_shares": ("cpuShares", 1),
    "vm/total_time_in_ms-cpu_used": ("cpuUsedMs", 1),
    "host/frequency-cpu": ("hostMHz", 10**6),
    "vm/memory-reservation": ("memReservationMB", MB),
    "vm/memory-limit": ("memLimitMB", MB),
    "vm/memory-mapped": ("memMappedMB", MB),
    "vm/memory-active": ("memActiveMB", MB),
    "vm/memory-overhead": ("memOverheadMB", MB),
    "vm/memory-ballooned": ("memBalloonedMB", MB),
    "vm/memory-swapped": ("memSwappedMB", MB),
    "vm/memory-shared": ("memSharedMB", MB),
    "vm/memory-shared_saved": ("memSharedSavedMB", MB),
    "vm/memory-used": ("memUsedMB", MB),
    "vm/total_time_in_ms-elapsed": ("elapsedMs", 1),
    "vm/total_time_in_ms-cpu_stolen": ("cpuStolenMs", 1),
    "vm/memory-target": ("memTargetSizeMB", MB),
    "host/count-cpu_cores": ("hostCpuNumCores", 1),
    "host/total_time_in_ms-cpu_used": ("hostCpuUsedMs", 1),
    "host/memory-swapped": ("hostMemSwappedMB", MB),
    "host/memory-shared": ("hostMemSharedMB", MB),
    "host/memory-used": ("hostMemUsedMB", MB),
    "host/memory-total": ("hostMemPhysMB", MB),
    "host/memory-free": ("hostMemPhysFreeMB", MB),
    "host/memory-kernel_overhead": ("hostMemKernOvhdMB", MB),
    "host/memory-mapped": ("hostMemMappedMB", MB),
    "host/memory-unmapped": ("hostMemUnmappedMB", MB),
    "vm/memory-zipped": ("memZippedMB", MB),
    "vm/memory-zip_saved": ("memZipSavedMB", MB),
    "vm/memory-ll_swapped": ("memLLSwappedMB", MB),
    "vm/memory-swap_target": ("memSwapTargetMB", MB),
    "vm/memory-balloon_target": ("memBalloonTargetMB", MB),
    "vm/memory-balloon_max": ("memBalloonMaxMB", MB),
    "vm/count-memory_shares": ("memShares64", 1),
}
RESTATED = {"vm/gauge-cpu_limited", "vm/gauge-memory_limited", "vm/uptime-session"}
DIFFERENCES = {
    "vm/percent-cpu_used", "vm/percent-cpu_stolen", "vm/frequency-cpu_effective",
    "vm/percent-cpu_used_of_limit", "vm/gauge-cpu_used_of_reservation",
}
DERIVED = DIFFERENCES | {
    "vm/gauge-cpu_limit_binding", "vm/gauge-memory_limit_binding",
    "vm/count-vcpus", "vm/percent-memory_active", "vm/percent-memory_ballooned",
    "vm/percent-memory_balloon_of_max", "vm/memory-reclaimed",
}
HOST_COUNTER = {"host/total_time_in_ms-cpu_used"}
DOWN = {"vm/gauge-up", "vm/derive-session_changes", "vm/derive-channel_reopens",
        "vm/duration-read"}
SELF = DOWN | {"vm/count-unavailable"}
ALL = set(WIRE) | RESTATED | DERIVED | SELF
HOST_INFO = {key for key in WIRE if key.startswith("host/")} - {"host/frequency-cpu"}
UNLIMITED_CPU = {"vm/frequency-cpu_limit", "vm/percent-cpu_used_of_limit"}
UNLIMITED_MEMORY = {"vm/memory-limit"}
UNRESERVED = {"vm/gauge-cpu_used_of_reservation"}
# What a version 2 reply holds: ids 1..17, and the pool.
PROTOCOL_2 = {key for key, (name, _) in WIRE.items()
              if name in ("cpuReservationMHz", "cpuLimitMHz", "cpuShares",
                          "cpuUsedMs", "hostMHz", "memReservationMB", "memLimitMB",
                          "memMappedMB", "memActiveMB", "memOverheadMB",
                          "memBalloonedMB", "memSwappedMB", "memSharedMB",
                          "memSharedSavedMB", "memUsedMB", "elapsedMs",
                          "memShares64")}


def near(is_, wanted, what):
    assert math.isclose(float(is_), wanted, rel_tol=1e-6, abs_tol=2e-6), \
        f"{what} is {is_}, should be {wanted}"


def expect_differences(now, before, vcpus):
    """Recomputed from the raw counters of the same two samples."""
    def grown(key):
        return float(now[key]) - float(before[key])

    elapsed = grown("vm/total_time_in_ms-elapsed")
    if elapsed <= 0:
        assert not DIFFERENCES & set(now)
        return
    used = grown("vm/total_time_in_ms-cpu_used") / elapsed
    effective = float(now["host/frequency-cpu"]) * used
    near(now["vm/percent-cpu_used"], min(100, 100 * used / vcpus), "cpu_used")
    if "vm/percent-cpu_stolen" in now:
        stolen = grown("vm/total_time_in_ms-cpu_stolen") / elapsed
        near(now["vm/percent-cpu_stolen"], min(100, 100 * stolen / vcpus),
             "cpu_stolen")
    near(now["vm/frequency-cpu_effective"], effective, "cpu_effective")
    if "vm/frequency-cpu_limit" in now:
        near(now["vm/percent-cpu_used_of_limit"],
             min(100, 100 * effective / float(now["vm/frequency-cpu_limit"])),
             "cpu_used_of_limit")
    if float(now["vm/frequency-cpu_reservation"]) > 0:
        near(now["vm/gauge-cpu_used_of_reservation"],
             effective / float(now["vm/frequency-cpu_reservation"]),
             "cpu_used_of_reservation")


def expect_levels(values, vcpus, memory_mb):
    """Of those that are there: which ones must be is another matter."""
    def of(key):
        return float(values["vm/" + key])

    size = memory_mb * MB
    near(of("percent-memory_active"), 100 * of("memory-active") / size, "active")
    near(of("percent-memory_ballooned"), 100 * of("memory-ballooned") / size,
         "ballooned")
    if "vm/memory-balloon_max" in values:
        near(of("percent-memory_balloon_of_max"),
             100 * of("memory-ballooned") / of("memory-balloon_max"),
             "balloon_of_max")
    if "vm/memory-zipped" in values:
        near(of("memory-reclaimed"), of("memory-ballooned")
             + of("memory-swapped") + of("memory-zipped"), "reclaimed")
    if {"vm/uptime-session", "vm/total_time_in_ms-elapsed"} <= set(values):
        near(of("uptime-session"), of("total_time_in_ms-elapsed") / 1000, "uptime")
    near(of("count-vcpus"), vcpus, "vcpus")
    usable = vcpus * float(values["host/frequency-cpu"])
    limit = values.get("vm/frequency-cpu_limit")
    near(of("gauge-cpu_limited"), limit is not None, "cpu_limited")
    near(of("gauge-cpu_limit_binding"),
         limit is not None and float(limit) < usable, "cpu_limit_binding")
    limit = values.get("vm/memory-limit")
    near(of("gauge-memory_limited"), limit is not None, "memory_limited")
    near(of("gauge-memory_limit_binding"),
         limit is not None and float(limit) < size, "memory_limit_binding")
