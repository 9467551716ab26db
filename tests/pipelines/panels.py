# SPDX-License-Identifier: MIT
"""Asks every query of every panel of a committed dashboard, as Grafana would, and
looks whether the answer can be true for the scenario."""

import json
import os
import sys

MB = 1 << 20

# Lowest and highest number that can be true at any time of the scenario, by hand.
PLAUSIBLE = {
    "cpu.stolen": (8, 12), "cpu.used": (45, 55), "cpu.effective": (4.7e9, 6.4e9),
    "cpu.used_of_limit": (58, 80), "cpu.limit": (8e9, 8e9),
    "cpu.limit_binding": (1, 1), "cpu.reservation": (1e9, 1e9),
    "cpu.shares": (4000, 4000), "cpu.vcpus": (4, 4), "session.age": (0, 300),
    "memory.ballooned_share": (0, 12.5), "memory.active_share": (25, 25),
    "memory.balloon_of_max": (0, 25), "memory.limit_binding": (1, 1),
    "memory.shares": (81920, 81920), "host.cpu": (2593e6, 3000e6),
    "host.cpu_cores": (28, 28), "host.cpu_used": (0, 28),
    "memory.ballooned": (0, 1024 * MB), "memory.swapped": (0, 256 * MB),
    "memory.zipped": (0, 128 * MB), "memory.reclaimed": (0, 1408 * MB),
    "memory.target": (1024 * MB, 8192 * MB), "memory.limit": (6144 * MB, 6144 * MB),
    "memory.used": (1024 * MB, 8192 * MB), "memory.active": (2048 * MB, 2048 * MB),
    "memory.balloon_target": (0, 4096 * MB), "memory.swap_target": (0, 1024 * MB),
    "memory.reservation": (512 * MB, 512 * MB),
    "host.memory_total": (262144 * MB, 262144 * MB),
    "host.memory_used": (65536 * MB, 262144 * MB),
    "host.memory_free": (0, 196608 * MB), "host.memory_swapped": (0, 1024 * MB),
    "session.up": (0, 1), "session.unavailable": (0, 0),
    "session.reopens": (0, 10), "session.read": (0, 1),
    "cpu.contention": (15, 19), "cpu.contention_memory": (1, 4),
    "memory.swap_in": (0, 20 * MB), "memory.swap_out": (0, 600 * MB),
    "memory.numa_local_share": (85, 95),
    "disk.read_latency": (0.003, 0.005), "disk.write_latency": (0.001, 0.003),
    # Rates of an interval that a reading was late in are no measure.
    "disk.read_operations": (0, 500), "disk.write_operations": (0, 250),
    "disk.read_bytes": (0, 500 * 8192), "disk.write_bytes": (0, 250 * 4096),
    "nic.rx_packets": (0, 800), "nic.tx_packets": (0, 500),
    "nic.rx_bytes": (0, 2 * MB), "nic.tx_bytes": (0, 2 * MB),
}


def description(tools):
    sys.path.insert(0, tools.dashboards)
    import description as found
    return found


def filled(text, **values):
    for name, value in values.items():
        text = text.replace("$" + name, value)
    # The ends of regular expressions are no variables.
    rest = text.replace("'$'", "").replace("$/", "")
    assert "$" not in rest, f"not filled in: {text}"
    return text


def expect_answers(tools, name, ask, moves, hosts):
    """ask(target): [(name, [(time, value)])] of a target of a panel; moves(target):
    how many annotations; hosts(query): the names for the variable."""
    with open(os.path.join(tools.dashboards, f"grafana/vmguest-{name}.json")) as f:
        dashboard = json.load(f)
    contents = {title: series for _, panels in description(tools).ROWS
                for title, _, _, series, _ in panels}
    asked = 0
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            continue
        for target, (legend, metric, how) in zip(
                panel["targets"], contents[panel["title"]], strict=True):
            expect_answer(panel["title"], legend, metric, how, ask(target))
            asked += 1
    assert asked == sum(map(len, contents.values())) and asked > 40, asked
    [annotation] = dashboard["annotations"]["list"]
    assert moves(annotation) >= 1, f"no annotation at the move: {annotation}"
    [variable] = [v for v in dashboard["templating"]["list"] if v["name"] == "host"]
    assert len(hosts(variable["query"])) == 1, hosts(variable["query"])
    return dashboard


def expect_answer(title, legend, metric, how, answer):
    assert len(answer) == 1, f"{title}, {legend}: {len(answer)} series"
    [(name, points)] = answer
    assert points, f"{title}, {legend}: no data"
    low, high = PLAUSIBLE[metric]
    slack = 1e-6 * (abs(high) + 1)
    wild = [v for _, v in points if not low - slack <= v <= high + slack]
    assert not wild, f"{title}, {legend}: {wild} of {len(points)} in {low}..{high}"
    if name is not None:
        assert name.endswith(" " + legend), (name, legend)
