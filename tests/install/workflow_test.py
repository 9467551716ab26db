# SPDX-License-Identifier: MIT
"""The workflow that GitHub runs: its commands are there and mean what they say. What
takes long is not run again. One case a call."""

import os
import re
import shlex
import shutil
import subprocess

from cases import Cases, Skip

case = Cases()


def commands(tools, *words):
    """Those of its commands that begin with these words."""
    with open(f"{tools.tree}/.github/workflows/check.yml") as f:
        found = [shlex.split(line) for line in
                 re.findall(r"^ +- run: (.*)$", f.read(), re.M)]
    assert len(found) > 5, found
    wanted = [command for command in found if command[:len(words)] == list(words)]
    assert wanted, f"no command begins with {words}"
    return wanted


def said(tools, *command):
    done = subprocess.run(command, cwd=tools.tree, capture_output=True, text=True,
                          timeout=100)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


@case
def every_command_is_there(tools):
    known = {"apt-get", "contrib/check", "cmake", "ctest"}
    for command in commands(tools):
        assert command[0] in known, command
        if command[0] != "apt-get":
            assert shutil.which(os.path.join(tools.tree, command[0])
                                if "/" in command[0] else command[0]), command


@case
def it_installs_what_check_builds_with(tools):
    needed = set()
    for name, call in (("check", r'packages_need "\$log" ([^|]*)'),
                       ("packages.sh", r'packages_need "\$1" ([^&|]*)')):
        with open(f"{tools.tree}/contrib/{name}") as f:
            entries = re.search(call, f.read())[1]
        needed |= {entry.partition("=")[0] for entry in entries.replace("\\", "").split()}
    assert {"cmake", "libcriterion-dev", "collectd-core", "procps"} <= needed, needed
    for command in commands(tools, "apt-get", "install"):
        assert needed <= set(command), needed - set(command)
        if shutil.which("apt-get"):
            names = [word for word in command[2:] if not word.startswith("-")]
            policy = said(tools, "apt-cache", "policy", *names)
            for name in names:
                if f"{name}:\n" not in policy:
                    raise Skip(f"this system has no package {name}")


@case
def its_options_and_presets_exist(tools):
    usage = said(tools, "contrib/check", "--help")
    for command in commands(tools, "contrib/check"):
        assert all(option in usage for option in command[1:]), command
    for words in (("cmake", "--preset"), ("cmake", "--build", "--preset"),
                  ("ctest", "--preset")):
        presets = said(tools, *words[:-1], "--list-presets")
        for command in commands(tools, *words):
            assert f'"{command[len(words)]}"' in presets, command


@case
def it_configures(tools):
    for command in commands(tools, "cmake", "--preset"):
        build = os.path.join(tools.work, command[2])
        said(tools, *command, "-B", build)
        [test] = commands(tools, "ctest", "--preset", command[2])
        listed = said(tools, "ctest", "--test-dir", build, "-N", *test[3:])
        assert int(re.search(r"Total Tests: (\d+)", listed)[1]) > 100, listed
        shutil.rmtree(build)


if __name__ == "__main__":
    case.main("tree", "work")
