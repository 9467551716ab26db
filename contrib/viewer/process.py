# SPDX-License-Identifier: MIT
"""A daemon that is run for a while, and the files that it writes."""
import os
import shutil
import signal
import subprocess

from recorder import Recorder

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(Exception):
    """Ends the run: by a signal, or with a message for standard error."""


def stop(number, frame):
    raise Stop("" if number == signal.SIGINT else
               f"quickstart: stopped by {signal.Signals(number).name}")


def say(text=""):
    print(text, flush=True)


class Tail:
    """The whole lines that are new in a file."""

    def __init__(self, path):
        self.path, self.at = path, 0

    def new(self):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.at)
                text = file.read()
        except FileNotFoundError:
            return []
        whole = text.rfind(b"\n") + 1
        self.at += whole
        return text[:whole].decode(errors="replace").splitlines()


class Daemon:
    """A source of values: a daemon in a folder of its own. Each kind has a name, for
    messages, a log, and:

    start(host)   runs it, by run()
    read(values)  adds what is new
    events()      what is new in its log, in words
    files()       what it wrote, (name, path) each
    next_steps()  what the user does with it next, (name, what) each
    """

    name = log = None
    query = None    # a command that queries it while it runs on
    sample = None   # lines to show once, as they were published

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.process = self.recorder = None

    def run(self, host, words, output, error, **environment):
        """On the host, with the recorder beside it. In a session of its own: the
        terminal's signals come here, and here only; and none before process is set."""
        self.recorder = Recorder(self.options, host, self.folder)
        command = host.command + self.recorder.beside(words)
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=error,
            cwd=self.folder, env={**os.environ, **environment}, start_new_session=True,
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        with open(self.folder + "/pid", "w") as file:
            file.write(f"{self.process.pid}\n")

    def folder_make(self):
        """Anew, unless an earlier run was left running in it."""
        try:
            with open(self.folder + "/pid") as file:
                pid = int(file.read())
            running = os.path.samefile(f"/proc/{pid}/cwd", self.folder)
        except (OSError, ValueError):
            running = False
        if running:
            raise Stop(f"quickstart: the {self.name} of an earlier run is still running; "
                       f"end it: kill {pid}")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)

    def check(self):
        if self.process.poll() is None:
            return
        text = ""
        for path in (self.folder + "/output", self.log):
            if os.path.exists(path):
                with open(path, errors="replace") as file:
                    text += file.read()
        self.process = None
        raise Stop(f"{text}quickstart: {self.name} ended; see {self.folder}")

    def end(self):
        if not self.process:
            return
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        self.process.terminate()        # the simulated host passes it on
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
