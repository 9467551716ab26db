# SPDX-License-Identifier: MIT
"""What bench.py makes of odd surroundings. One case a call."""

import argparse
import os
import shutil

import bench
from cases import Cases, clean

case = Cases()


@case
def a_path_may_have_blanks(tools):
    """Also where a library is preloaded, and named in what is printed."""
    clean(tools)
    build = os.path.join(tools.work, "a: b")
    os.symlink(tools.build, build)
    b = bench.Bench(argparse.Namespace(build=build, peer=""))
    try:
        [row] = bench.start(b)
    finally:
        shutil.rmtree(b.work)
    assert len(row["ours"].samples) == 51, row


@case
def a_sample_of_zero_is_not_divided_by(tools):
    assert bench.quotients([3, 0], [2, 1]) == [1.5, 0]
    try:
        bench.quotients([1, 2], [1, 0])
    except bench.Unmeasured:
        return
    raise AssertionError("divided")


if __name__ == "__main__":
    case.main("build", "work")
