# SPDX-License-Identifier: MIT
"""The end: what it means, where it is, and what to do next."""
import os

from process import say


def show(source, runs_on):
    say("\n== What it means, by vmguest-stat --explain")
    say(source.recorder.explanation())
    say("\n== Files")
    columns_show(source.files())
    if runs_on:
        say("\n== Still running")
        say(f"query  {source.query}")
        say(f"stop   kill {source.process.pid}")
    say("\n== What to do next")
    columns_show([*source.next_steps(), ("read on", os.path.abspath("README.md"))])


def columns_show(rows):
    rows = list(rows)
    width = max(len(name) for name, _ in rows) + 2
    for name, text in rows:
        say(f"{name:{width}}{text}")
