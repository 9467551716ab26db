# SPDX-License-Identifier: MIT
"""vmguest-stat on terminals."""

import os
import re
import shlex
import shutil
import subprocess

from cases import Cases, Skip, wait
from vmguest_stat import QUIET, command, environment, main, rows

case = Cases()


class Terminal:
    """tmux with vmguest-stat in it."""

    def __init__(self, tools, width, scenario, *words, height=12):
        if not shutil.which("tmux"):
            raise Skip("tmux is not here")
        self.tmux = ["tmux", "-f", "/dev/null", "-S", os.path.join(tools.work, "tmux")]
        self.done = os.path.join(tools.work, "done")
        subprocess.run(
            [*self.tmux, "new-session", "-d", "-x", str(width),
             "-y", str(height),
             f"{shlex.join(words)}; touch {shlex.quote(self.done)}; sleep 60"],
            check=True, env=environment(tools, scenario, TMUX=None, TERM="xterm"))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        subprocess.run([*self.tmux, "kill-server"], check=False)

    def text(self):
        return subprocess.run(
            [*self.tmux, "capture-pane", "-p", "-S", "-100"], check=True,
            capture_output=True, text=True).stdout

    def resize(self, width):
        subprocess.run([*self.tmux, "resize-window", "-x", str(width)], check=True)

    def end(self):
        wait(lambda: os.path.exists(self.done))


def on_terminal(tools, width, scenario, *options):
    """What a terminal of so many columns shows at the end."""
    with Terminal(tools, width, scenario, *command(tools, scenario, options)) as t:
        t.end()
        return t.text()


def lines_fit(tools, width, least):
    text = on_terminal(tools, width, QUIET, "-n", "0.2", "4")
    lines = [line for line in text.splitlines()
             if re.match(r" +[0-9.]+ +[0-9.]+", line)]
    # A line that is broken by the terminal is two: title, two of header, four.
    assert len(lines) == 4 and len(text.strip("\n").splitlines()) == 7, text
    assert all(len(line.split()) >= least for line in lines), text


@case
def lines_fit_a_terminal_of_20_columns(tools):
    lines_fit(tools, 20, 3)


@case
def lines_fit_a_terminal_of_60_columns(tools):
    lines_fit(tools, 60, 8)


@case
def lines_fit_a_terminal_of_80_columns(tools):
    lines_fit(tools, 80, 11)


@case
def lines_fit_a_terminal_of_200_columns(tools):
    lines_fit(tools, 200, 11)


@case
def the_header_comes_again_on_each_screen(tools):
    text = on_terminal(tools, 80, QUIET, "0.1", "20")
    assert text.count("swpin/s") >= 2, text


@case
def the_header_comes_again_after_a_resize(tools):
    words = command(tools, QUIET, ("0.2", "600"))
    with Terminal(tools, 80, QUIET, *words, height=60) as t:
        def header_again(count):
            at = [i for i, line in enumerate(t.text().splitlines())
                  if re.match(" +used +stolen", line)]
            return at if len(at) == count else None
        wait(lambda: len(rows(t.text())) >= 2)
        assert header_again(1), t.text()
        t.resize(30)
        wait(lambda: header_again(2))
        t.resize(90)
        # And not because the screen was full.
        assert wait(lambda: header_again(3))[-1] < 50, t.text()


@case
def watch_shows_whole_lines(tools):
    if not shutil.which("watch"):
        raise Skip("watch is not here (Debian: procps)")
    words = ["watch", "-n", "1", shlex.join(command(tools, QUIET, ("0.1", "2")))]
    with Terminal(tools, 90, QUIET, *words) as t:
        text = wait(lambda: rows(t.text()) and t.text())
        assert "swpin/s" in text and "\033" not in text, text


main(case)
