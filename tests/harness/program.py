# SPDX-License-Identifier: MIT
"""Runs vmguest-execd on the simulated host, as its users would."""

import fcntl
import os
import select
import signal
import subprocess
import tempfile
import time

from cases import Skip, check_sanitizers, check_simhost, wait


def fixed(values=(), **more):
    """A scenario in which nothing moves but the clock."""
    return {"version": 1, "fixed": dict(values), **more}


class Program:
    """Use as a context: with Program(tools, scenario, option...) as p: ..."""

    def __init__(self, tools, scenario, *options, stdin=subprocess.PIPE,
                 stdout=subprocess.PIPE, stderr=None, before=None,
                 program=None):
        self.tools = tools
        if program is None:
            tools.check_formats(options)
        self.pid_file = tempfile.mktemp(".pid", dir=tools.work)
        self.log_file = tempfile.mktemp(".log", dir=tools.work)
        environment = dict(os.environ)
        if scenario is not None:    # LeakSanitizer cannot run under a tracer
            environment["ASAN_OPTIONS"] = "detect_leaks=0"
        with open(self.log_file, "wb") as log:
            # The tracer's child has another number than the tracer.
            self.process = subprocess.Popen(
                tools.host(scenario) +
                ["sh", "-c", 'echo $$ >"$0.new"; mv "$0.new" "$0"; exec "$@"',
                 self.pid_file, program or tools.program, *options],
                stdin=stdin, stdout=stdout, stderr=stderr or log,
                preexec_fn=before,
                env=environment)
        self.seen = b""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            try:
                self.kill(signal.SIGKILL)
                self.process.wait(5)
            except (OSError, ValueError, subprocess.TimeoutExpired):
                self.process.kill()
                self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass
        if kind and kind is not Skip:
            print(self.log())

    def pid(self):
        def read():
            try:
                with open(self.pid_file) as f:
                    return int(f.read())
            except FileNotFoundError:
                self.check_running()
                return 0
        return wait(read)

    def kill(self, number):
        os.kill(self.pid(), number)

    def check_running(self):
        check_simhost(self.process.poll())

    def log(self):
        with open(self.log_file, errors="replace") as f:
            return f.read()

    def said(self, words):
        return [line for line in self.log().splitlines() if words in line]

    def ask(self, count=1):
        self.process.stdin.write(b"\n" * count)
        self.process.stdin.flush()

    def close_input(self):
        self.process.stdin.close()

    def read_some(self, seconds=30):
        """What is there next; b"" at the end."""
        fd = self.process.stdout.fileno()
        assert select.select([fd], [], [], seconds)[0], \
            f"nothing within {seconds} s; so far: {self.seen[-300:]!r}"
        part = os.read(fd, 65536)
        self.seen += part
        return part

    def read_until(self, what, seconds=30):
        end = time.monotonic() + seconds
        while not what(self.seen):
            if not self.read_some(max(0.1, end - time.monotonic())):
                self.process.wait(10)
                self.check_running()
                raise AssertionError(f"ended early: {self.seen[-300:]!r}")
        return self.seen.decode()

    def read_batches(self, count, mark=b"vmguest_session"):
        """Until so many batches are whole."""
        def whole(text):
            last = text.rfind(mark)
            return text.count(mark) >= count and b"\n" in text[last:]
        return self.read_until(whole)

    def read_all(self):
        while self.read_some():
            pass
        return self.seen.decode()

    def end(self, seconds=30):
        """Its exit status, once it has one."""
        status = self.process.wait(seconds)
        self.check_running()
        check_sanitizers(self.log())
        return status

    def stop(self):
        self.kill(self.tools.stop_signal)
        status = self.end()
        if status != 0:
            print(f"stopped, it ended with status {status}")
        return status


def pipe_of(size):
    """A pipe with little room: (read end, write end)."""
    ends = os.pipe()
    fcntl.fcntl(ends[1], 1031, size)    # F_SETPIPE_SZ
    return ends


def run(tools, scenario, *options, stdin=b"", status=0, before=None):
    """The whole of a run: (output, log)."""
    with Program(tools, scenario, *options, before=before) as p:
        try:
            p.process.stdin.write(stdin)
            p.close_input()
        except BrokenPipeError:
            pass
        output = p.read_all()
        ended = p.end()
        assert ended == status, f"{options}: status {ended}: {p.log()}"
        return output, p.log()
