# SPDX-License-Identifier: MIT
"""Runs a program on the second host:  serve.py OPTIONS -- PROGRAM...
OPTIONS are those of machine.Machine, as a JSON object. Ends as the program does."""
import json
import sys

from host import Host
from machine import Machine

options, dashes, *program = sys.argv[1:]
assert dashes == "--", sys.argv
sys.exit(Host(Machine(**json.loads(options)).answer).run(program))
