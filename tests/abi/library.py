#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the shared library is to the program that loads it: its name, what it
needs, what it may write to."""
import re
import subprocess
import sys

library = sys.argv[1]
failures = []


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def expect(claim, why):
    if not claim:
        failures.append(why)


dynamic = run("readelf", "-dW", library)
segments = run("readelf", "-lW", library)
expect("[libvmGuestLib.so.0]" in dynamic, "the soname is not libvmGuestLib.so.0")
expect("NODELETE" in dynamic, "it may be unloaded: no -z nodelete")
expect("TEXTREL" not in dynamic, "it has text relocations")
expect(re.search(r"BIND_NOW|\bNOW\b", dynamic), "it is bound lazily")
expect("GNU_RELRO" in segments, "it has no RELRO segment")
expect(not re.search(r"GNU_STACK.*E ", segments), "its stack is executable")
expect("Verdef" not in dynamic and "VERDEF" not in dynamic, "its symbols have versions")
needed = set(re.findall(r"NEEDED.*\[(.*)\]", dynamic))
expect(needed <= {"libc.so.6", "libpthread.so.0"}, f"it needs more than libc: {needed}")

# .data and .bss: one object of ours, and what every shared object has.
furniture = {"completed.0", "__dso_handle", "__TMC_END__", "_DYNAMIC",
             "_GLOBAL_OFFSET_TABLE_"}
sections = {m[1]: m[2] for m in re.finditer(
    r"^\s*\[\s*(\d+)\]\s+(\S+)", run("readelf", "-SW", library), flags=re.M)}
writable = set()
for line in run("readelf", "-sW", library).splitlines():
    field = line.split()
    if len(field) >= 8 and field[3] == "OBJECT":
        if sections.get(field[6]) in (".data", ".bss", ".tdata", ".tbss"):
            writable.add(field[7])
expect(writable - furniture == {"process"},
       f"writable objects: {sorted(writable - furniture)}, not 'process' alone")

for failure in failures:
    print(failure)
sys.exit(bool(failures))
