# SPDX-License-Identifier: MIT
"""vmguest-stat beside a daemon: it records the same host, and explains it at the end."""
import os
import subprocess

# It ends with the daemon, however that ends; and by itself if the daemon stays.
BESIDE = """
setpriv --pdeathsig TERM "$0" --record recordings --vcpus "$1" 1 "$2" \
	>recordings.log 2>&1 &
shift 2
exec "$@"
"""
SPARE_SECONDS = 60

# How busy the guest is, is asked of the machine that this runs on.
ACCEPTED = "shared-core=the load is this machine's own, and not the simulated one's"


class Recorder:
    def __init__(self, options, host, folder):
        self.program = options.build + "/contrib/stat/vmguest-stat"
        self.host = host
        self.folder = folder + "/recordings"
        self.count = options.seconds + SPARE_SECONDS

    def beside(self, words):
        """The words that run the daemon and the recorder, in the folder."""
        os.makedirs(self.folder)
        return ["sh", "-c", BESIDE, self.program, str(self.host.vcpus or "auto"),
                str(self.count), *words]

    def explanation(self):
        accept = ["--accept", ACCEPTED] if self.host.command else []
        done = subprocess.run(
            [self.program, "--explain", "--from", self.folder, "--host", self.host.name,
             *accept],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return (done.stdout + done.stderr).rstrip()
