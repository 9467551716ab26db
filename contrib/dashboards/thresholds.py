# SPDX-License-Identifier: MIT
"""Reads thresholds.def, the one table of what is judged, and from where on: as it is
in the sources, or installed beside this file."""

import os
import re
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDERS = (HERE, os.path.join(HERE, "../../libcore/metrics"))
STRING = r'"(?:[^"\\]|\\.)*"'

# A level that does not exist is None; seconds is a number.
Finding = namedtuple("Finding", "name unit note warning critical seconds condition "
                     "source sentence")


def text():
    path = next(path for path in (os.path.join(folder, "thresholds.def")
                                  for folder in FOLDERS) if os.path.exists(path))
    with open(path) as f:
        return re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)


def rows(macro):
    """The arguments of each, strings joined."""
    for row in re.findall(rf"^{macro}\(((?:{STRING}|[^)\"])*)\)", text(), re.M):
        arguments = re.findall(rf"(?:{STRING}|[^,\"])+", row)
        yield ["".join(part[1:-1] for part in re.findall(STRING, argument))
               or argument.strip() for argument in arguments]


def number(word):
    return None if word == "NEVER" else float(word) if "." in word else int(word)


def finding(_, name, unit, note, warning, critical, seconds, *words):
    return Finding(name, unit, *map(number, (note, warning, critical, seconds)), *words)


FINDINGS = {row[1]: finding(*row) for row in rows("VMG_FINDING")}
CONDITIONS = {name: number(word) for name, word, _ in rows("VMG_CONDITION")}
