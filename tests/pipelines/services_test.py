# SPDX-License-Identifier: MIT
"""The shipped units, without systemd: their lines are run as it would run them. One
case a call."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import time

import names
from cases import Cases, Skip, clean, wait
from servers import Carbon, NodeExporter, Server, fetch, write

case = Cases()


class Unit:
    """A unit file in a folder that stands for /; its %n is the file's name."""

    def __init__(self, path, root):
        self.name, self.root = os.path.basename(path).removesuffix(".in"), root
        unit = configparser.RawConfigParser(strict=False)
        unit.optionxform = str
        with open(path) as f:
            # Of several files the last one is what matters here.
            unit.read_string(f.read())
        self.service = unit["Service"]
        self.environment = dict(word.split("=", 1) for word in
                                shlex.split(self.service.get("Environment", "")))

    def words(self, key):
        words = shlex.split(self.service[key].lstrip("+-"))
        return [word.replace("$$", "$").replace("%n", self.name)
                .replace("/run/vmguest", f"{self.root}/run/vmguest")
                for word in words]

    def run(self, key, **environment):
        return subprocess.run(self.words(key), env={**os.environ, **self.environment,
                                                    **environment},
                              capture_output=True, text=True, timeout=20)


def contrib(tools, *names):
    return os.path.join(os.path.dirname(tools.dashboards), *names)


# Node_exporter's textfile.

SYSTEMCTL = """#!/bin/sh
[ "$*" = "--quiet is-enabled vmguest-textfile.service" ] || exit 99
[ -e "${0%/*}/enabled" ]
"""


class Textfile:
    """The service beside the real node_exporter."""

    def __init__(self, tools):
        shutil.rmtree(tools.work)
        self.root = tools.work
        self.unit = Unit(contrib(tools, "execd/vmguest-textfile.service.in"),
                         self.root)
        self.folder = self.root + self.unit.environment["TEXTFILE_FOLDER"]
        os.makedirs(self.folder)
        self.link = f"{self.folder}/vmguest.prom"
        write(f"{self.root}/bin/systemctl", SYSTEMCTL)
        os.chmod(f"{self.root}/bin/systemctl", 0o755)

    def enabled(self, is_):
        mark = f"{self.root}/bin/enabled"
        if is_:
            write(mark, "")
        elif os.path.exists(mark):
            os.unlink(mark)

    def run(self, key, folder=None):
        return self.unit.run(key, TEXTFILE_FOLDER=folder or self.folder,
                             PATH=f"{self.root}/bin:{os.environ['PATH']}")

    def start(self):
        done = self.run("ExecStartPre")
        assert done.returncode == 0, done
        write(f"{self.root}/run/vmguest/vmguest.prom", "vmguest_up 1\n")

    def stop(self):
        """RuntimeDirectory goes before what comes after the end."""
        shutil.rmtree(f"{self.root}/run/vmguest")
        done = self.run("ExecStopPost")
        assert done.returncode == 0 and not done.stderr, done


def scrape_error(exporter):
    text = fetch(exporter.port, "/metrics")
    [error] = re.findall(r"^node_textfile_scrape_error (\d)$", text, re.M)
    return int(error), "\nvmguest_up 1\n" in text


@case
def a_disabled_textfile_service_leaves_no_error(tools):
    textfile = Textfile(tools)
    with NodeExporter(tools, textfile.folder) as exporter:
        textfile.enabled(True)
        for _ in range(2):
            textfile.start()
            assert scrape_error(exporter) == (0, True)
            textfile.stop()
            # Old numbers must not look new, and a service that ended must be seen.
            assert scrape_error(exporter) == (1, False)
        textfile.start()
        textfile.enabled(False)     # disable --now does it in this order
        textfile.stop()
        assert scrape_error(exporter) == (0, False)
        assert not os.path.lexists(textfile.link)


@case
def a_missing_folder_is_said(tools):
    textfile = Textfile(tools)
    done = textfile.run("ExecStartPre", f"{tools.work}/nowhere")
    assert done.returncode == 1, done
    assert "TEXTFILE_FOLDER" in done.stderr and "nowhere" in done.stderr, done


@case
def the_next_boot_removes_a_link_that_nobody_makes(tools):
    """The service was disabled and not stopped."""
    program = shutil.which("systemd-tmpfiles")
    if not program:
        raise Skip("systemd-tmpfiles is not here")
    textfile = Textfile(tools)
    textfile.start()
    shutil.rmtree(f"{tools.work}/run/vmguest")
    os.makedirs(f"{tools.work}/usr/lib/tmpfiles.d")
    shutil.copy(contrib(tools, "execd/vmguest-tmpfiles.conf"),
                f"{tools.work}/usr/lib/tmpfiles.d/vmguest.conf")
    command = [program, f"--root={tools.work}", "--remove", "vmguest.conf"]
    for boot, there in (([], True), (["--boot"], False)):
        done = subprocess.run(command + boot, capture_output=True, text=True,
                              timeout=20)
        assert done.returncode == 0, done
        assert os.path.lexists(textfile.link) == there, (boot, done)


@case
def uninstall_removes_the_link(tools):
    """Its own one, where the configuration says."""
    cmake = shutil.which("cmake")
    if not cmake:
        raise Skip("cmake is not here")
    root = f"{tools.work}/root"
    default = root + "/var/lib/prometheus/node-exporter"
    manifest = f"{tools.work}/manifest"

    def uninstalled(folder, target, configuration=None):
        shutil.rmtree(root, ignore_errors=True)
        os.makedirs(folder)
        os.symlink(target, f"{folder}/vmguest.prom")
        if configuration:
            write(f"{root}/etc/default/vmguest", configuration)
        write(manifest, "/usr/bin/vmguest-execd\n")
        done = subprocess.run(
            [cmake, f"-DMANIFEST={manifest}", "-P", contrib(tools, "uninstall.cmake")],
            env={**os.environ, "DESTDIR": root}, capture_output=True, text=True,
            timeout=60)
        assert done.returncode == 0, done
        return not os.path.lexists(f"{folder}/vmguest.prom")
    ours = "/run/vmguest/vmguest.prom"
    assert uninstalled(default, ours)
    assert not uninstalled(default, "/srv/vmguest.prom")
    for value in ("/srv/text files", '"/srv/text files"'):
        assert uninstalled(f"{root}/srv/text files", ours,
                           f"# ours\nTEXTFILE_FOLDER={value}\nINTERVAL=30s\n")


# Graphite without collectd.


@case
def graphite_restarts_and_the_values_go_on(tools):
    shutil.rmtree(tools.work)
    os.makedirs(tools.work)
    unit = Unit(os.path.join(tools.config, "vmguest-graphite.service"), tools.work)
    assert unit.service["Restart"] == "always"
    bash, option, line = unit.words("ExecStart")
    if not os.access(bash, os.X_OK):
        raise Skip(f"{bash} is not here")
    with Carbon(tools) as carbon:
        for old, new in (("graphite.example/2003", f"127.0.0.1/{carbon.port}"),
                         ("vmguest-execd", f"'{tools.program}'"),
                         ("--interval 1m", "--interval 1s"), ("sleep 10", "sleep 1")):
            assert old in line, (old, line)
            line = line.replace(old, new)
        with Server(tools, "loop", tools.host(names.ALL_THERE) + [bash, option, line],
                    env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}) as loop:
            expect_newer(carbon, loop, 0)
            carbon.stop()
            away = time.time()
            with Carbon(tools, carbon.port, "again") as again:
                expect_newer(again, loop, away)


def expect_newer(carbon, loop, than):
    def there():
        if loop.process.poll() in (3, 4):
            raise Skip(loop.log().strip())
        assert loop.process.poll() is None, loop.log()
        found = [points for metric, points in carbon.read().items()
                 if re.fullmatch(r"servers\.[^.]+\.vmguest_session\.up", metric)]
        return any(t > than and v == 1 for points in found for t, v in points)
    wait(there, 60, "no value arrived")


if __name__ == "__main__":
    case.main("program", "simhost", "dashboards", "config", "work", "deps", preload="")
