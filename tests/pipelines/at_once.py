# SPDX-License-Identifier: MIT
"""Runs cases at the same time, which spend theirs waiting for a host to answer again.

    at_once.py --run RESULTS CASE... -- COMMAND...     with each CASE in its place
    at_once.py --tell RESULTS CASE                     what it said and how it ended

--run is content with any end of a case but none; where all were skipped, so is it."""

import json
import os
import shutil
import subprocess
import sys
import time

SECONDS = 360
SKIP = 77


def run(results, cases, command):
    shutil.rmtree(results, ignore_errors=True)
    os.makedirs(results)
    running = {}
    for case in cases:
        with open(f"{results}/{case}.log", "w") as log:
            running[case] = subprocess.Popen(
                [word.replace("CASE", case) for word in command], stdout=log,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    begin = time.monotonic()
    missing, ends = 0, set()
    for case, process in running.items():
        try:
            status = process.wait(max(1, begin + SECONDS - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            missing += 1
            print(f"{case}: no result within {SECONDS} s")
            continue
        took = time.monotonic() - begin
        with open(f"{results}/{case}.json", "w") as f:
            json.dump(status, f)
        ends.add(status)
        print(f"{case}: status {status} after {took:.0f} s")
    return SKIP if ends == {SKIP} and not missing else int(missing > 0)


def tell(results, case):
    with open(f"{results}/{case}.log", errors="replace") as f:
        sys.stdout.write(f.read())
    with open(f"{results}/{case}.json") as f:
        status = json.load(f)
    return status if status >= 0 else 1


def main(arguments):
    what, results, *rest = arguments
    if what == "--tell":
        return tell(results, *rest)
    split = rest.index("--")
    return run(results, rest[:split], rest[split + 1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
