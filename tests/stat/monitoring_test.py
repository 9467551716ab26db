# SPDX-License-Identifier: MIT
"""The configurations of contrib/stat/monitoring, with the systems they are for."""

import getpass
import glob
import json
import os
import re
import subprocess
from xml.etree import ElementTree

from cases import Cases, Skip, check_simhost, wait
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


def watched(tools, name, command, result):
    """What result() gives once it gives something, while a program runs on the host."""
    with open(os.path.join(tools.work, name + ".output"), "w+") as log:
        process = subprocess.Popen([*tools.host(SCENARIO), *command], stdout=log,
                                   stderr=log, env=surroundings(tools))

        def running():
            check_simhost(process.poll())
            log.seek(0)
            assert process.poll() is None, log.read()
            return result()
        try:
            return wait(running, 60, pause=0.1)
        finally:
            process.terminate()
            process.wait(30)


def user_and_group():
    return getpass.getuser(), subprocess.check_output(["id", "-gn"], text=True).strip()


@case
def icinga_runs_it_and_has_its_result(tools):
    # Installed, it has a wrapper of its name.
    icinga = tools.dependency(
        f"monitoring/usr/lib/{os.uname().machine}-linux-gnu/icinga2/sbin/icinga2")
    path = write(tools, "icinga2.conf", shipped(tools, "icinga2.conf") + f'''
object Host "here" {{ check_command = "vmguest" }}
object Service "vmguest" {{
	host_name = "here"
	check_command = "vmguest"
	check_interval = 1s
	vars.vmguest_warning = [ "stolen=5", "used=90" ]
	vars.vmguest_absent_ok = true
}}
object CheckerComponent "checker" {{ }}
object PerfdataWriter "results" {{
	service_perfdata_path = "{tools.work}/results"
	service_temp_path = "{tools.work}/results.new"
	host_perfdata_path = "{tools.work}/host"
	host_temp_path = "{tools.work}/host.new"
	service_format_template = "$service.state$ $service.output$ | $service.perfdata$"
	rotation_interval = 1s
}}
''')
    user, group = user_and_group()
    # It needs folders of its own, and drops its privileges to a user of its own.
    folders = [f"-D{name}={tools.work}" for name in (
        "DataDir", "LogDir", "CacheDir", "SpoolDir", "InitRunDir", "ConfigDir")]

    def result():
        for name in glob.glob(f"{tools.work}/results.*"):
            with open(name) as f:
                text = f.read()
            if text.endswith("\n"):
                return text
        return None
    text = watched(tools, "icinga", [icinga, "daemon", "-c", path, *folders,
                                     f"-DRunAsUser={user}", f"-DRunAsGroup={group}"],
                   result)
    assert re.match(r"WARNING VMGUEST WARNING - stolen 8\.\d % for .*, outside 5 +\| "
                    r"stolen=8\.\d+%;5;10;0 contention=8", text), text


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
def zabbix_template_fits_the_keys(tools):
    root = ElementTree.parse(os.path.join(
        tools.source, "contrib/stat/monitoring/zabbix_template.xml")).getroot()
    uuids = [e.text for e in root.iter("uuid")]
    assert len(set(uuids)) == len(uuids) > 10
    assert all(re.fullmatch("[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", u)
               for u in uuids), uuids
    keys = re.findall(r"^UserParameter=([^,]+),", shipped(tools, "zabbix.conf"), re.M)
    items = {item.find("key").text: item for item in root.iter("item")}
    own = [k for k, item in items.items() if item.find("type") is None]
    assert sorted(own) == sorted(keys), own
    for expression in root.iter("expression"):
        name, key = re.match(r"find\(/([^/]+)/([^,]+),,", expression.text).groups()
        assert name == root.find("templates/template/template").text and key in own
    # The numbers, as the paths find them.
    done = run(tools, [*tools.host(SCENARIO), tools.program, "--explain=1", "--json"])
    found = json.loads(done.stdout)
    for key, item in items.items():
        if item.find("master_item") is None:
            continue
        path = item.find("preprocessing/step/parameters/parameter").text
        _, *names = path.split(".")
        value = found
        for name in names:
            value = value[name]
        assert value is None or isinstance(value, (int, float)), (key, value)


@case
def zabbix_takes_the_template(tools):
    root = os.path.join(tools.deps, "zabbix-frontend/usr")
    php, extensions = (glob.glob(os.path.join(root, path))
                       for path in ("bin/php[0-9]*", "lib/php/20*"))
    if not php or not extensions:
        raise Skip("Zabbix's frontend is not here; contrib/check puts it in "
                   "build/deps/zabbix-frontend")
    words = [php[0], "-n", "-d", f"extension_dir={extensions[0]}"]
    for name in ("mbstring", "dom", "xml", "xmlreader", "xmlwriter", "simplexml",
                 "gettext", "ctype"):
        words += ["-d", f"extension={name}"]
    libraries = os.path.join(root, f"lib/{os.uname().machine}-linux-gnu")

    def taken(template):
        done = subprocess.run(
            [*words, os.path.join(tools.source, "tests/stat/zabbix_import.php"),
             os.path.join(root, "share/zabbix"), template],
            capture_output=True, text=True, timeout=60,
            env={**os.environ, "LD_LIBRARY_PATH": libraries})
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return done.returncode == 0, done.stdout

    text = shipped(tools, "zabbix_template.xml")
    well, said = taken(write(tools, "template.xml", text))
    assert well and re.match(r"taken by \d+\.\d", said), said
    for wrong in (("DEPENDENT", "DEPENDANT"), ("<key>vmguest.used</key>", ""),
                  ("<units>", "<unit>")):
        assert wrong[0] in text
        well, said = taken(write(tools, "wrong.xml", text.replace(*wrong)))
        assert not well, wrong


@case
def telegraf_runs_it_and_has_its_result(tools):
    telegraf = tools.dependency("telegraf/telegraf")
    path = write(tools, "telegraf.conf", "[agent]\n  omit_hostname = true\n"
                 '[[outputs.file]]\n  files = ["stdout"]\n' +
                 shipped(tools, "telegraf.conf"))
    done = run(tools, [*tools.host(SCENARIO), telegraf, "--once", "--config", path])
    if "undefined but requested input: exec" in done.stderr + done.stdout:
        raise Skip("this Telegraf was built without inputs.exec; contrib/check builds one")
    assert re.search(r"^nagios,perfdata=stolen,unit=% .*value=8\.", done.stdout, re.M), \
        done.stdout + done.stderr
    assert re.search(r'^nagios_state service_output="VMGUEST WARNING - CPU denied 8.*'
                     r"state=1i", done.stdout, re.M), done.stdout


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
    user, group = user_and_group()
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

    def result():
        if not os.path.exists(status):
            return None
        with open(status) as f:
            text = f.read()
        return text if "plugin_output=VMGUEST" in text else None
    text = watched(tools, "nagios", [nagios, path], result)
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
