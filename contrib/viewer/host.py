# SPDX-License-Identifier: MIT
import collections
import json
import os
import socket
import subprocess

from process import Stop, say

# command: the words in front of a daemon's. vcpus: None where the machine has its own.
Host = collections.namedtuple("Host", "name command vcpus")


def host_find(options):
    """The real host, where one answers; else the simulated one."""
    simhost = [options.build + "/contrib/simhost/vmguest-simhost",
               "--scenario", options.scenario or "demo"]
    tried = run(simhost + ["--", "true"])
    say("== Host")
    if tried.returncode == 4:
        if options.scenario:
            raise Stop("quickstart: this machine is a VMware guest; its own host "
                       "answers, so --scenario is of no use here")
        say("This machine is a VMware guest: the values are those of its own host.")
        return Host(socket.gethostname(), [], None)
    if tried.returncode != 0:
        raise Stop(tried.stderr.strip() + "\nquickstart: this machine is not a VMware "
                   "guest, and the simulated host cannot stand in for one")
    scenario = json.loads(run(simhost + ["--check"]).stdout)
    say(f"This machine is not a VMware guest. {program_name(options)} runs on a simulated "
        f'host, scenario "{os.path.basename(simhost[-1])}"')
    if scenario["description"]:
        say(f'({scenario["description"]}).')
    say("The values are invented, and published under the host name vmguest-demo.")
    return Host("vmguest-demo", simhost + ["--"], scenario["vcpus"])


def program_name(options):
    if options.source == "collectd":
        return "collectd"
    return "Telegraf" if options.telegraf else "vmguest-execd"


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
