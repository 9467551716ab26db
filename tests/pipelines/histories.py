# SPDX-License-Identifier: MIT
"""What a VM's readings are in two hours, by what happens to it."""

import collections
import os
import re
import sys

MB = 1 << 20

MINUTES = 130
SESSION = 3600 * 24 * 40    # seconds; how old it is at first


def last(value, minutes, before=1):
    return lambda t: value if t >= MINUTES - minutes else before


def burst(value, minutes, at=60, before=1):
    return lambda t: value if at <= t < at + minutes else before


def at(value, t):
    return value(t) if callable(value) else value


def vm(stolen=1, used=30, limit=None, ballooned=0, active=30, swapped=0, swap_target=0,
       memory_limit=None, reclaimed=0, up=1, unavailable=0, moved=(), moves_before=0,
       restarted=(), born=0, gone=MINUTES, contention=None, waiting=0, swap_in=0,
       local=100, disks=(), host=None, version=None, cause="disabled"):
    """What a VM's readings are in that time: a function that gives {metric: value} of
    each reading, for an interval in seconds: [(second, {...})]. Numbers, or functions
    of the minute: percent of all vCPUs' time, of what they could use (limit), of the
    configured 8 GiB (memory); minutes at which it was moved, its agent was restarted,
    it came and went. With contention it has extended statistics: percent like stolen
    (waiting for memory), MiB a second (swap_in), percent of its memory (local); of
    each disk, operations a second, the host's and the guest's milliseconds for each.
    host: what its host has worked when all begins, in days of processor time; version:
    of vmguest, so that texts are sent."""
    def grow(counters, t):
        counters["cpu.stolen_time"] += 10 * 4 * at(stolen, t) / 100
        counters["cpu.used_time"] += 10 * 4 * at(used, t) / 100
        if contention is None:
            return
        counters["cpu.contention_time"] += 10 * 4 * at(contention, t) / 100
        counters["cpu.contention_memory_time"] += 10 * 4 * at(waiting, t) / 100
        counters["memory.swap_in"] += 10 * at(swap_in, t) * MB
        for i, (operations, latency, await_) in enumerate(disks):
            for way in ("read", "write"):
                number = 5 * at(operations, t)
                name = f"disk.{way}_{{}}/scsi0:{i}"
                counters[name.format("operations")] += number
                counters[name.format("time")] += number * at(latency, t) / 1000
                counters[f"guest.{way}_operations/sd{'ab'[i]}"] += number
                counters[f"guest.{way}_time/sd{'ab'[i]}"] += \
                    number * at(await_, t) / 1000

    def readings(every):
        found, changes, begin, before = [], moves_before, -SESSION, None
        counters = collections.defaultdict(lambda: 40000.0)
        moves, restarts = list(moved), list(restarted)
        for second in range(0, MINUTES * 60 + 1, 10):
            t = second / 60
            if moves and t >= moves[0]:
                moves.pop(0)
                begin, before, changes = second, None, changes + 1
                # The guest's own go on.
                counters.update({name: 0.0 for name in counters
                                 if not name.startswith("guest.")})
            if restarts and t >= restarts[0]:
                restarts.pop(0)
                before, changes = None, 0
            grow(counters, t)
            if second % every or not born <= t < gone:
                continue
            reading = {"session.up": at(up, t), "session.changes": changes}
            if version:
                reading["session.version"] = version
                if not at(up, t):
                    reading["session.cause"] = cause
            if at(up, t):
                if host is not None:
                    reading["host.cpu_used"] = host * 86400 + 14 * second
                # The host counts whole milliseconds.
                now = {"session.elapsed": second - begin + 10,
                       **{name: round(v, 3) for name, v in counters.items()}}
                reading |= {
                    **now, "session.age": now["session.elapsed"], "cpu.vcpus": 4,
                    "session.unavailable": at(unavailable, t),
                    "memory.ballooned_share": at(ballooned, t),
                    "memory.ballooned": at(ballooned, t) * 8192 * MB / 100,
                    "memory.active_share": at(active, t),
                    "memory.active": at(active, t) * 8192 * MB / 100,
                    "memory.swapped": at(swapped, t) * MB,
                    "memory.swap_target": at(swap_target, t) * MB,
                    "memory.reclaimed": at(reclaimed, t) * MB,
                    "memory.limit_binding": int((memory_limit or 100) < 100),
                    "cpu.limit_binding": int((limit or 100) < 100)}
                if contention is not None:
                    reading["memory.numa_local_share"] = at(local, t)
                if memory_limit:
                    reading["memory.limit"] = memory_limit * 8192 * MB / 100
                if before:
                    passed = now["session.elapsed"] - before["session.elapsed"]
                    for share in ("stolen", "used"):
                        grown = now[f"cpu.{share}_time"] - before[f"cpu.{share}_time"]
                        reading[f"cpu.{share}"] = 100 * grown / passed / 4
                    if limit:
                        reading["cpu.used_of_limit"] = reading["cpu.used"] * 100 / limit
                before = now
            else:
                before = None
            found.append((second, reading))
        return found
    return readings


def scraped(readings, scrape, own_times):
    """{metric: [value]} of each scrape: the reading before it, or none."""
    metrics = {metric for _, reading in readings for metric in reading}
    found = {metric: [] for metric in metrics}
    by_time = dict(readings)
    every = readings[1][0] - readings[0][0] if len(readings) > 1 else scrape
    for second in range(0, MINUTES * 60 + 1, scrape):
        newest = by_time.get(second if own_times else second - second % every, {})
        for metric in metrics:
            found[metric].append(newest.get(metric))
    return found


def generator(tools):
    sys.path.insert(0, tools.dashboards)
    import generate
    return generate


def way_of(generate, name):
    return next(way for way in generate.DASHBOARDS if way.name == name)


# In line protocol the last readings are still on their way.
LATE = 90


def tags(way, metric, device):
    """What tells a disk from the others."""
    found = dict(re.findall(r'"(\w+)" = \'(\w+)\'', way.where(metric)))
    if device:
        column = way.device(metric)
        found[column] = f"{metric.instance}_{device}" if column == "instance" else device
    return found


def lines(way, generate, readings, end, host, cluster):
    for second, reading in readings:
        if second > MINUTES * 60 - LATE:
            continue
        for name, value in reading.items():
            if value is None or name.startswith("guest."):
                continue
            name, _, device = name.partition("/")
            m = generate.Metric(name)
            if isinstance(value, str) and not way.has_texts:
                continue
            with_tags = {**tags(way, m, device), "host": host}
            if cluster:
                with_tags["cluster"] = cluster
            key = ",".join([way.measurement(m)] +
                           [f"{k}={v}" for k, v in sorted(with_tags.items())])
            stamp = int((end - MINUTES * 60 + second) * 1e9)
            yield f"{key} {way.field(m)}={number(way, m, value)} {stamp}"


def number(way, metric, value):
    """An integer is one in InfluxDB too, as vmguest-execd writes it."""
    if isinstance(value, str):
        return f'"{value}"'
    whole = way.name.endswith("telegraf") and not metric.field.endswith("percent")
    value = value / way.factor(metric)
    return f"{round(value)}i" if whole else repr(float(value))
