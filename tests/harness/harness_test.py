# SPDX-License-Identifier: MIT
"""What other test programs rely on. One case a call."""

import os
import socket
import subprocess
import sys

from cases import Cases, Skip, check_simhost
from servers import PORTS, free_port

case = Cases()


def ended(body):
    """(exit status, output) of a program of one case with this body."""
    done = subprocess.run(
        [sys.executable, "-B", "-c",
         "from cases import *\ncase = Cases()\n@case\ndef it(tools):\n"
         f"    {body}\ncase.main('work')", "it", "--work", os.curdir, "--other=x"],
        capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout


@case
def a_case_ends_as_it_should(tools):
    os.chdir(tools.work)
    assert ended("pass") == (0, "")
    assert ended("assert False") == (1, "")
    assert ended("raise Skip('not\\n here')") == (77, "SKIPPED: not here\n")
    assert ended("wait(lambda: False, 0)") == (1, "")


@case
def simhost_that_cannot_work_skips(tools):
    for status in (None, 0, 1, 2):
        check_simhost(status)
    for status in (3, 4):
        try:
            check_simhost(status)
        except Skip:
            continue
        raise AssertionError(f"{status} is no reason to skip")


@case
def tests_have_ports_of_their_own(tools):
    """Also two whose process numbers leave the same remainder."""
    ours = {free_port() for _ in range(PORTS)}
    done = subprocess.run(
        [sys.executable, "-B", "-c",
         f"import os, servers\nos.getpid = lambda: {os.getpid()}\n"
         "print(*(servers.free_port() for _ in range(servers.PORTS)))"],
        capture_output=True, text=True, timeout=30, check=True)
    theirs = {int(port) for port in done.stdout.split()}
    assert not ours & theirs, ours & theirs
    with socket.socket() as s:
        s.bind(("127.0.0.1", min(ours)))
        assert min(ours) not in {free_port() for _ in range(PORTS)}


if __name__ == "__main__":
    case.main("work")
