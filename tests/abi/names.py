#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One set of names: published list, headers, map, table and library agree."""
import argparse
import pathlib
import re
import subprocess
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--library", required=True)
parser.add_argument("--source", required=True, type=pathlib.Path)
args = parser.parse_args()
failures = []


def expect_same(what, got, wanted):
    for name in sorted(got - wanted):
        failures.append(f"{what}: {name} is too much")
    for name in sorted(wanted - got):
        failures.append(f"{what}: {name} is missing")


def text(path):
    return (args.source / path).read_text()


def declared(header, pattern):
    code = re.sub(r"/\*.*?\*/", "", text(header), flags=re.S)
    return set(re.findall(pattern + r"(?=\()", code))


published = set(text("tests/abi/published.txt").split())
ours = declared("include/stats.h", r"\bvmg_\w+")
exported = {
    line.split()[-1]
    for line in subprocess.run(
        ["nm", "-D", "--defined-only", args.library],
        check=True, capture_output=True, text=True).stdout.splitlines()}
mapped = set(re.findall(r"^\t((?:VMGuestLib|vmg)_\w+);$",
                        text("libcore/api/libvmGuestLib.map"), flags=re.M))

expect_same("vmGuestLib.h against the published names",
            declared("include/vmGuestLib.h", r"\bVMGuestLib_\w+"), published)
expect_same("map", mapped, published | ours)
expect_same("library", exported, published | ours)

rows = re.findall(r'^VMG_STAT(_BY_HAND)?\((\d+), +(\w+),.*"(\w+)"',
                  text("libcore/stats.def"), flags=re.M)
if [int(row[1]) for row in rows] != list(range(1, len(rows) + 1)):
    failures.append("stats.def: ids are not 1, 2, 3 ... in order")
accessors = {f"VMGuestLib_Get{row[2]}" for row in rows}
accessors.discard("VMGuestLib_GetResourcePoolPathLong")  # behind ...Path
helpers = {f"VMGuestLib_{name}" for name in (
    "GetErrorText", "GetSessionId", "OpenHandle", "CloseHandle", "UpdateInfo",
    "StatGet", "StatFree")}
expect_same("accessors of the table", accessors, published - helpers)

page = text("libcore/api/libvmGuestLib.3")
short = {name.removeprefix("VMGuestLib_") for name in published}
causes = set(re.findall(r"^\t(VMG_CAUSE_\w+)", text("include/stats.h"), flags=re.M))
causes.remove("VMG_CAUSE_NONE")
extended = set(re.findall(r'^VMG_EXTENDED\(\w+, +"([\w.]+)"',
                          text("libcore/extended.def"), flags=re.M))
for name in sorted(short | ours | causes | extended | {row[3] for row in rows}):
    if not re.search(rf"{name}\b", page):
        failures.append(f"libvmGuestLib.3: {name} is missing")

for failure in failures:
    print(failure)
print(f"{len(published)} published names, {len(ours)} of our own, {len(rows)} rows")
sys.exit(bool(failures))
