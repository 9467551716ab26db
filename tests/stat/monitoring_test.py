# SPDX-License-Identifier: MIT
"""The configurations of contrib/stat/monitoring, with the systems they are for."""

import getpass
import json
import os
import re
import subprocess

from cases import Cases, check_simhost, wait
from vmguest_stat import DENIED, environment, main

# As many vCPUs as are online: nothing here says how many there are.
SCENARIO = {**DENIED, "vm": {"vcpus": os.cpu_count()}}

case = Cases()


def shipped(tools, name):
    """The file as shipped, but for where the program is."""
    with open(os.path.join(tools.source, "contrib/stat/monitoring", name)) as f:
        return f.read().replace("/usr/bin/vmguest-stat", tools.program)


def write(tools, name, text):
    path = os.path.join(tools.work, name)
    with open(path, "w") as f:
        f.write(text)
    return path


def surroundings(tools):
    """With the libraries of what was unpacked."""
    return environment(tools, SCENARIO, LD_LIBRARY_PATH=os.path.join(
        tools.deps, f"monitoring/usr/lib/{os.uname().machine}-linux-gnu"))


def run(tools, command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60,
                          env=surroundings(tools))
    if command[0] == tools.simhost:
        check_simhost(done.returncode)
    return done


@case
def icinga_takes_the_command(tools):
    icinga = tools.dependency("monitoring/usr/lib/icinga2/icinga2",
                              "monitoring/usr/lib/x86_64-linux-gnu/icinga2/sbin/icinga2")
    path = write(tools, "icinga2.conf", shipped(tools, "icinga2.conf") + '''
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
    done = run(tools, [icinga, "daemon", "-C", "-c", path] +
                     [f"-D{k}={v}" for k, v in defines.items()])
    assert done.returncode == 0 and "Instantiated 1 CheckCommand" in \
        done.stdout + done.stderr, done.stdout + done.stderr


@case
def zabbix_agent_has_the_line_and_the_json(tools):
    agent = tools.dependency("monitoring/usr/sbin/zabbix_agentd")
    path = write(tools, "zabbix_agentd.conf",
                       f"Server=127.0.0.1\nLogFile={tools.work}/log\n"
                       "AllowRoot=1\nTimeout=10\n" +
                       shipped(tools, "zabbix.conf"))
    done = run(tools, [*tools.host(SCENARIO), agent, "-c", path, "-t", "vmguest.check"])
    assert re.search(r"\[t\|VMGUEST WARNING - CPU denied 8.*'stolen'=8",
                     done.stdout), done.stdout + done.stderr
    done = run(tools, [*tools.host(SCENARIO), agent, "-c", path, "-t",
                      "vmguest.explain"])
    found = json.loads(re.search(r"\[t\|(.*)\]", done.stdout, re.S)[1])
    assert "stolen_percent" in found["window"]


@case
def nagios_runs_it_and_has_its_result(tools):
    nagios = tools.dependency("monitoring/usr/sbin/nagios4", "nagios")
    os.makedirs(os.path.join(tools.work, "results"))
    objects = write(tools, "objects.cfg", shipped(tools, "nagios.cfg") + '''
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
    path = write(tools, "main.cfg", f'''
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
    with open(os.path.join(tools.work, "output"), "w+") as log:
        process = subprocess.Popen([*tools.host(SCENARIO), nagios, path], stdout=log,
                                   stderr=log, env=surroundings(tools))

        def result():
            check_simhost(process.poll())
            log.seek(0)
            assert process.poll() is None, log.read()
            if not os.path.exists(status):
                return None
            with open(status) as f:
                text = f.read()
            return text if "plugin_output=VMGUEST" in text else None
        try:
            text = wait(result, 60, pause=0.1)
        finally:
            process.terminate()
            process.wait(30)
    assert re.search(r"plugin_output=VMGUEST (OK|WARNING) - ", text), text
    assert re.search(r"performance_data='stolen'=\d", text), text


@case
def local_check_and_problem_detector_have_their_grammar(tools):
    script = write(tools, "checkmk", shipped(tools, "checkmk"))
    done = run(tools, [*tools.host(SCENARIO), "sh", script])
    # https://docs.checkmk.com, "Local checks": status, name, metrics, text.
    assert re.fullmatch(r'[0-3P] ("[^"]+"|\S+) (-|\S+) .+\n', done.stdout), \
        done.stdout + done.stderr
    config = json.loads(shipped(tools, "node-problem-detector.json"))
    assert config["plugin"] == "custom"
    known = {c["type"] for c in config["conditions"]}
    for rule in config["rules"]:
        assert rule["type"] == "permanent" and rule["condition"] in known
        done = run(tools, [*tools.host(SCENARIO), rule["path"], *rule["args"]])
        assert done.returncode in (0, 1) and done.stdout.count("\n") == 1
        assert len(done.stdout) <= config["pluginConfig"]["max_output_length"]


main(case)
