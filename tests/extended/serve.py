# SPDX-License-Identifier: MIT
"""Runs a program on the second host:  serve.py FILE -- PROGRAM...
In FILE are the options of machine.Machine, as a JSON object, or a list of recordings.
Ends as the program does."""
import json
import sys

import recordings
from host import Host
from machine import Machine, Recorded

path, dashes, *program = sys.argv[1:]
assert dashes == "--", sys.argv
with open(path) as f:
    options = json.load(f)
if isinstance(options, list):
    machine = Recorded([getattr(recordings, name) for name in options])
else:
    machine = Machine(**options)
sys.exit(Host(machine.answer).run(program))
