#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the tables of metrics into the manuals and into metrics.md.

usage: generate.py VMG_TABLES [--check]

VMG_TABLES is the program built from tables.c. What stands between the marks

    begin metrics ...
    end metrics

of a file is replaced. --check changes nothing, and fails if something would."""

import difflib
import os
import re
import subprocess
import sys

SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILES = {
    "plugin/collectd-vmguest.5": "collectd",
    "contrib/execd/vmguest-execd.1": "execd",
    "contrib/docs/metrics.md": "metrics.md",
}
MARKS = re.compile(r"(^[^\n]*\bbegin metrics\b[^\n]*\n)(.*?)(^[^\n]*\bend metrics\b)",
                   re.DOTALL | re.MULTILINE)


def generated(text, table):
    """The text with the table between its marks."""
    new, count = MARKS.subn(lambda m: m[1] + table + m[3], text)
    if count != 1:
        raise SystemExit("generate.py: a file has no marks, or has them twice")
    return new


def main(tables, check=False):
    stale = []
    for path, name in FILES.items():
        table = subprocess.run([tables, name], check=True, text=True,
                               stdout=subprocess.PIPE).stdout
        with open(os.path.join(SOURCES, path)) as f:
            old = f.read()
        new = generated(old, table)
        if new == old:
            continue
        stale.append(path)
        if check:
            sys.stdout.writelines(difflib.unified_diff(
                old.splitlines(True), new.splitlines(True), path, "generated"))
        else:
            with open(os.path.join(SOURCES, path), "w") as f:
                f.write(new)
    if check and stale:
        print("Not as the tables say; the target 'docs' writes them:", *stale)
        return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--check"]):
        sys.exit("usage: generate.py VMG_TABLES [--check]")
    sys.exit(main(sys.argv[1], check=len(sys.argv) == 3))
