# SPDX-License-Identifier: MIT
"""The configurations of contrib/stat/monitoring, with the systems they are for."""

import argparse
import getpass
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import time

SKIP = 77
SIMHOST_CANNOT = 3, 4
# As many vCPUs as are online: nothing here says how many there are.
SCENARIO = {"version": 1, "speed": 1000, "host": {"idle_seconds": 0},
            "vm": {"vcpus": os.cpu_count()},
            "load": [{"at": 0, "used": 0.61, "stolen": 0.082}]}

cases = {}


class Skip(Exception):
    pass


def case(function):
    cases[function.__name__] = function
    return function


class Tools:
    def __init__(self, arguments):
        vars(self).update(vars(arguments))
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work)
        libraries = glob.glob(f"{self.deps}/monitoring/usr/lib/*-linux-gnu")
        self.environment = {**os.environ, "MP_STATE_PATH": self.work,
                            "ASAN_OPTIONS": "detect_leaks=0",
                            "LD_LIBRARY_PATH": ":".join(libraries)}

    def find(self, *names):
        for folder in (f"{self.deps}/monitoring", ""):
            for name in names:
                path = f"{folder}/usr/{name}"
                if os.access(path, os.X_OK):
                    return path
        raise Skip(f"{os.path.basename(names[0])} is not here")

    def config(self, name):
        """The file as shipped, but for where the program is."""
        with open(os.path.join(self.source, "contrib/stat/monitoring",
                               name)) as f:
            return f.read().replace("/usr/bin/vmguest-stat", self.program)

    def write(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def host(self):
        path = self.write("scenario.json", json.dumps(SCENARIO))
        return [self.simhost, "--scenario", path, "--"]

    def run(self, command):
        done = subprocess.run(command, capture_output=True, text=True,
                              timeout=60, env=self.environment)
        if done.returncode in SIMHOST_CANNOT and "simhost" in done.stderr:
            raise Skip(done.stderr.strip())
        return done


@case
def icinga_takes_the_command(tools):
    icinga = tools.find("lib/icinga2/icinga2",
                        "lib/x86_64-linux-gnu/icinga2/sbin/icinga2")
    path = tools.write("icinga2.conf", tools.config("icinga2.conf") + '''
object Host "here" { check_command = "vmguest" }
object Service "vmguest" {
	host_name = "here"
	check_command = "vmguest"
	vars.vmguest_warning = [ "stolen=5", "used=90" ]
	vars.vmguest_absent_ok = true
}
''')
    # It needs folders of its own, and drops its privileges to a user of its own.
    defines = {"DataDir": tools.work, "LogDir": tools.work,
               "CacheDir": tools.work, "SpoolDir": tools.work,
               "InitRunDir": tools.work, "RunAsUser": getpass.getuser(),
               "RunAsGroup": subprocess.check_output(
                   ["id", "-gn"], text=True).strip(),
               "ConfigDir": tools.work}
    done = tools.run([icinga, "daemon", "-C", "-c", path] +
                     [f"-D{k}={v}" for k, v in defines.items()])
    assert done.returncode == 0 and "Instantiated 1 CheckCommand" in \
        done.stdout + done.stderr, done.stdout + done.stderr


@case
def zabbix_agent_has_the_line_and_the_json(tools):
    agent = tools.find("sbin/zabbix_agentd")
    path = tools.write("zabbix_agentd.conf",
                       f"Server=127.0.0.1\nLogFile={tools.work}/log\n"
                       "AllowRoot=1\nTimeout=10\n" +
                       tools.config("zabbix.conf"))
    done = tools.run([*tools.host(), agent, "-c", path, "-t", "vmguest.check"])
    assert re.search(r"\[t\|VMGUEST WARNING - CPU denied 8.*'stolen'=8",
                     done.stdout), done.stdout + done.stderr
    done = tools.run([*tools.host(), agent, "-c", path, "-t",
                      "vmguest.explain"])
    found = json.loads(re.search(r"\[t\|(.*)\]", done.stdout, re.S)[1])
    assert "stolen_percent" in found["window"]


@case
def nagios_runs_it_and_has_its_result(tools):
    nagios = tools.find("sbin/nagios4", "sbin/nagios")
    os.makedirs(os.path.join(tools.work, "results"))
    objects = tools.write("objects.cfg", tools.config("nagios.cfg") + '''
define timeperiod {
	timeperiod_name always
	alias always
	sunday 00:00-24:00
	monday 00:00-24:00
	tuesday 00:00-24:00
	wednesday 00:00-24:00
	thursday 00:00-24:00
	friday 00:00-24:00
	saturday 00:00-24:00
}
define contact {
	contact_name nobody
	host_notifications_enabled 0
	service_notifications_enabled 0
	host_notification_period always
	service_notification_period always
	host_notification_commands check_vmguest
	service_notification_commands check_vmguest
}
define host {
	host_name here
	address 127.0.0.1
	max_check_attempts 1
	check_period always
	contacts nobody
	notification_period always
}
define service {
	host_name here
	service_description vmguest
	check_command check_vmguest!--absent=ok
	check_interval 1
	retry_interval 1
	max_check_attempts 1
	check_period always
	contacts nobody
	notification_period always
}
''')
    status = os.path.join(tools.work, "status.dat")
    user = getpass.getuser()
    group = subprocess.check_output(["id", "-gn"], text=True).strip()
    main = tools.write("main.cfg", f'''
cfg_file={objects}
log_file={tools.work}/nagios.log
status_file={status}
status_update_interval=1
check_result_path={tools.work}/results
temp_path={tools.work}
temp_file={tools.work}/nagios.tmp
lock_file={tools.work}/nagios.lock
object_cache_file={tools.work}/objects.cache
state_retention_file={tools.work}/retention.dat
command_file={tools.work}/nagios.cmd
query_socket={tools.work}/nagios.qh
check_external_commands=0
service_inter_check_delay_method=n
max_service_check_spread=1
nagios_user={user}
nagios_group={group}
''')
    log = open(os.path.join(tools.work, "output"), "w")
    process = subprocess.Popen([*tools.host(), nagios, main], stdout=log,
                               stderr=log, env=tools.environment)
    try:
        end = time.monotonic() + 60
        text = ""
        while "plugin_output=VMGUEST" not in text:
            if process.poll() is not None:
                with open(log.name) as f:
                    said = f.read()
                if process.returncode in SIMHOST_CANNOT and "simhost" in said:
                    raise Skip(said.strip())
                raise AssertionError(said)
            assert time.monotonic() < end, text
            time.sleep(0.1)
            if os.path.exists(status):
                with open(status) as f:
                    text = f.read()
    finally:
        process.terminate()
        process.wait(30)
        log.close()
    assert re.search(r"plugin_output=VMGUEST (OK|WARNING) - ", text), text
    assert re.search(r"performance_data='stolen'=\d", text), text


@case
def local_check_and_problem_detector_have_their_grammar(tools):
    script = tools.write("checkmk", tools.config("checkmk"))
    done = tools.run([*tools.host(), "sh", script])
    # https://docs.checkmk.com, "Local checks": status, name, metrics, text.
    assert re.fullmatch(r'[0-3P] ("[^"]+"|\S+) (-|\S+) .+\n', done.stdout), \
        done.stdout + done.stderr
    config = json.loads(tools.config("node-problem-detector.json"))
    assert config["plugin"] == "custom"
    known = {c["type"] for c in config["conditions"]}
    for rule in config["rules"]:
        assert rule["type"] == "permanent" and rule["condition"] in known
        done = tools.run([*tools.host(), rule["path"], *rule["args"]])
        assert done.returncode in (0, 1) and done.stdout.count("\n") == 1
        assert len(done.stdout) <= config["pluginConfig"]["max_output_length"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=cases)
    for name in "program", "simhost", "source", "work", "deps":
        parser.add_argument(f"--{name}", required=True)
    arguments = parser.parse_args()
    try:
        cases[arguments.case](Tools(arguments))
    except Skip as why:
        print(f"SKIPPED: {why}")
        return SKIP
    return 0


if __name__ == "__main__":
    sys.exit(main())
