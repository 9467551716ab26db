# SPDX-License-Identifier: MIT
"""Shows the values of this VM for contrib/quickstart, as collectd or vmguest-execd
publish them.

Nothing here asks the host: a source runs a daemon and reads what that wrote.
"""
import argparse
import signal
import sys
import time

import collectd
import execd
import process
import summary
from events import Events
from host import host_find
from process import Stop, say
from screen import Screen
from values import Values


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--source", choices=("collectd", "execd"))
    for name in ("build", "work", "scenario", "telegraf"):
        options.add_argument("--" + name)
    options.add_argument("--seconds", type=int)
    options.add_argument("--keep", action="store_true")
    options = options.parse_args()
    for number in process.ENDING:
        signal.signal(number, process.stop)
    source = {"collectd": collectd.Source, "execd": execd.Source}[options.source](options)
    kept = False
    try:
        host = host_find(options)
        source.start(host)
        kept = watch(source, options) and options.keep
    except BrokenPipeError:         # the reader has gone
        sys.stdout = None
    except Stop as why:
        if str(why):
            sys.exit(str(why))
    finally:
        if not kept:
            source.end()


def watch(source, options):
    """Shows values until the time is up. True when it came to its own end."""
    values = Values()
    events = Events(source, values)
    screen = Screen()
    began = time.monotonic()
    say("\n== Values (name, value, change since before)")
    came, kept, drawn = None, True, 0
    try:
        while (elapsed := time.monotonic() - (came or began)) < options.seconds:
            source.check()
            source.read(values)
            newest = values.newest()
            if newest and came is None:
                came, elapsed = time.monotonic(), 0
            if came is None and elapsed > 30:
                raise Stop(f"quickstart: {source.name} published nothing for 30 s; "
                           f"see {source.log}")
            if source.sample:
                say(f"\n== One batch, as {source.name} published it")
                say("\n".join(source.sample) + "\n")
                source.sample = None
            # A second reading gives the rates; a moment later it is complete.
            screen.events_show(events.new(), elapsed)
            if newest > drawn and time.time() > newest + 0.2 and elapsed > 1:
                drawn = newest
                screen.draw(values, elapsed, options.seconds - elapsed)
            time.sleep(0.1)
    except Stop as why:
        if str(why):
            raise
        kept = False
        say()
    if came:
        if not screen.terminal:
            screen.draw(values, time.monotonic() - came, 0)
        elif screen.short:
            screen.wipe()
            say("\n".join(screen.table(values, None)))
        summary.show(source, options.keep and kept)
    return kept


main()
