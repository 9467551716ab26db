# SPDX-License-Identifier: MIT
import os
import shutil
import sys

from process import say
from values import AREAS


class Screen:
    """A table that is redrawn in place on a terminal, and printed every
    BLOCK_SECONDS elsewhere."""

    BLOCK_SECONDS = 15
    COLUMN, NARROW_COLUMN = 48, 40

    def __init__(self):
        self.terminal = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.colour = self.terminal and not os.environ.get("NO_COLOR")
        self.drawn = 0
        self.short = False  # the whole does not fit
        self.next_block = 0

    def paint(self, text, code):
        return f"\033[{code}m{text}\033[0m" if self.colour and text else text

    def groups(self, values, leading_only, column):
        """The lines of each area."""
        number = 10 if column == self.COLUMN else 9
        title_width = column - 6 - 2 * number
        for area in [*AREAS, *values.disks()]:
            lines = [self.paint(f"{area:<{column - 2}}", "1")]
            for title, value, change in values.rows(area, leading_only):
                lines.append(f"  {title:<{title_width}.{title_width}} "
                             f"{value:>{number}} " +
                             self.paint(f"{change:>{number}}", "36"))
            if len(lines) > 1:
                yield lines

    def layout(self, values, leading_only):
        width = shutil.get_terminal_size((100, 50)).columns if self.terminal else 100
        column = self.COLUMN if width >= 2 * self.COLUMN else self.NARROW_COLUMN
        groups = list(self.groups(values, leading_only, column))
        columns = [[] for _ in range(max(1, min(len(groups), width // column)))]
        for lines in groups:
            min(columns, key=len).extend(lines)
        tall = max(map(len, columns))
        for lines in columns:
            lines += [" " * (column - 2)] * (tall - len(lines))
        return ["  ".join(parts).rstrip() for parts in zip(*columns)]

    def table(self, values, height):
        self.short = self.short or bool(height) and \
            len(self.layout(values, False)) > height
        lines = self.layout(values, self.short and bool(height))
        if height and len(lines) > height:
            left = len(lines) - height + 1
            lines[height - 1:] = [f"  ({left} more lines do not fit on this screen)"]
        return lines

    def events_show(self, new, elapsed):
        for event in new:
            line = f"{elapsed:4.0f} s  {event}"
            self.wipe()
            say(self.paint(line, "33"))

    def wipe(self):
        if self.drawn:
            sys.stdout.write(f"\033[{self.drawn}F\033[J")
            self.drawn = 0

    def draw(self, values, elapsed, left):
        if not self.terminal:
            if elapsed < self.next_block and left > 0:
                return
            self.next_block = elapsed + self.BLOCK_SECONDS
            say("\n".join([f"---- after {elapsed:.0f} s"] + self.table(values, None)))
            return
        height = shutil.get_terminal_size((100, 24)).lines - 4
        lines = self.table(values, height)
        lines.append(f"{elapsed:.0f} s; {left:.0f} s to go, Ctrl-C ends it")
        self.wipe()
        say("\n".join(lines))
        self.drawn = len(lines)
