# SPDX-License-Identifier: MIT
"""The Windows build: what its files are, and the library and vmguest-execd by wine on
the simulated host, beside the Linux program on the same."""

import glob
import os
import re
import shutil
import signal
import subprocess
import zipfile

import line_protocol
import names
from cases import Cases, Skip, check_simhost, clean, wait
from program import fixed

case = Cases()

DLL_LIMIT, PROGRAM_LIMIT = 64 * 1024, 256 * 1024
IMPORTS = {"KERNEL32.dll", "msvcrt.dll"}
HEADERS = ("vmGuestLib.h", "vmSessionId.h", "vm_basic_types.h", "stats.h")
FORMATS = ("influx", "prometheus", "graphite")

# How a host's reply can contradict itself, as tests/daemons/faults.py has it.
DAMAGES = (("truncate", {"bytes": 58}), ("truncate", {"bytes": 1}),
           ("flip", {"offset": 0}), ("flip", {"offset": 17}),
           ("duplicate", {}), ("size", {"by": 5}), ("size", {"by": -40}),
           ("count", {"by": 1000}), ("session", {}), ("version", {}), ("length", {}))


# Which statistics of a fixed host do not move, and that a batch has as the host has them.
STEADY = {"vmguest_memory": ("used_bytes", "mapped_bytes", "active_bytes", "shared_bytes",
                             "ballooned_bytes", "swapped_bytes", "target_bytes"),
          "vmguest_cpu": ("limit_mhz", "shares", "reservation_mhz"),
          "vmguest_host": ("memory_used_bytes", "memory_total_bytes", "cpu_cores")}


def objdump(tools, path):
    return subprocess.run([tools.objdump, "-p", path], check=True, text=True,
                          capture_output=True).stdout


def mapped(tools):
    with open(f"{tools.source}/libcore/api/libvmGuestLib.map") as f:
        return re.findall(r"^\t(\w+);$", f.read(), flags=re.M)


@case
def the_library_exports_what_the_map_says(tools):
    table = objdump(tools, tools.library).partition("[Ordinal/Name Pointer] Table")[2]
    exported = re.findall(r"^\s+\[ *\d+\] (\S+)$", table, flags=re.M)
    assert sorted(exported) == sorted(mapped(tools)), exported


@case
def nothing_has_to_come_along(tools):
    for path, limit in (tools.library, DLL_LIMIT), (tools.program, PROGRAM_LIMIT):
        text = objdump(tools, path)
        assert set(re.findall(r"DLL Name: (\S+)", text)) == IMPORTS, text
        assert os.path.getsize(path) <= limit, (path, os.path.getsize(path))


@case
def addresses_are_random_and_data_is_not_run(tools):
    wanted = {"DYNAMIC_BASE", "NX_COMPAT"}
    if "pei-x86-64" in objdump(tools, tools.library):
        wanted.add("HIGH_ENTROPY_VA")
    for path in tools.library, tools.program:
        flags = set(re.findall(r"^\s+([A-Z_]+)$", objdump(tools, path), flags=re.M))
        assert wanted <= flags, (path, flags)


@case
def the_version_is_in_the_files(tools):
    for path in tools.library, tools.program:
        with open(path, "rb") as f:
            assert tools.version.encode("utf-16-le") in f.read(), path


@case
def headers_suit_microsofts_compilers(tools):
    try:
        subprocess.run(["clang", "--version"], check=True, capture_output=True)
    except FileNotFoundError:
        raise Skip("clang is not here") from None
    for machine in "x86_64", "i686":
        for language in "c", "c++":
            for header in HEADERS:
                subprocess.run(
                    ["clang", f"--target={machine}-pc-windows-msvc",
                     "-fms-compatibility", "-fms-extensions", "-ffreestanding", "-Wall",
                     "-Wextra", "-Werror", "-fsyntax-only", "-x", language,
                     f"-I{tools.source}/include", "-include", header, "/dev/null"],
                    check=True)


@case
def the_zip_has_what_is_shipped(tools):
    subprocess.run(["cmake", "--build", tools.build, "--target", "zip"], check=True,
                   stdout=subprocess.DEVNULL)
    path, = glob.glob(f"{tools.build}/vmguest-{tools.version}-windows-*.zip")
    with zipfile.ZipFile(path) as archive:
        root = os.path.basename(path)[:-len(".zip")]
        held = {name.removeprefix(root + "/"): archive.read(name)
                for name in archive.namelist() if not name.endswith("/")}
    wanted = {"vmguest-execd.exe", "vmGuestLib.dll", "libvmGuestLib.dll.a", "README.txt",
              "LICENSE.txt", "telegraf.conf", *(f"include/{name}" for name in HEADERS)}
    assert set(held) - {"vmGuestLib.lib"} == wanted, sorted(held)
    for name in "README.txt", "LICENSE.txt", "telegraf.conf":
        lines = held[name].split(b"\n")
        assert all(line.endswith(b"\r") for line in lines[:-1]) and not lines[-1], name
    for name, source in (("vmguest-execd.exe", tools.program),
                         ("vmGuestLib.dll", tools.library)):
        with open(source, "rb") as f:
            assert held[name] == f.read(), name


def wine(tools, scenario, program, *arguments, stdin=""):
    """Runs a Windows program to its end: (output, log)."""
    host = tools.host(scenario)
    done = subprocess.run(
        [tools.wine, "run", tools.wine_work, tools.wine_dir,
         *([host[0], "--count", *host[1:]] if host else []),
         "wine", program, *arguments],
        input=stdin.encode(), capture_output=True, timeout=100)
    output, log = (part.decode(errors="replace") for part in (done.stdout, done.stderr))
    if done.returncode == 77:
        raise Skip(output.partition("SKIPPED: ")[2] or output)
    check_simhost(done.returncode)
    assert done.returncode == 0, (done.returncode, output, log)
    return output, log


def channels(log):
    """(opened, closed, left open) by the host's own count."""
    found = re.search(r"channels: (\d+) opened, \d+ refused, (\d+) closed, \d+ lost, "
                      r"(\d+) left open", log)
    return tuple(int(n) for n in found.groups())


@case
def every_function_is_found_by_its_name(tools):
    _, log = wine(tools, fixed(names.STATISTICS), f"{tools.programs}/loader.exe",
                  tools.library, *mapped(tools))
    assert channels(log) == (2, 2, 0), log


@case
def a_threads_handle_ends_with_its_thread(tools):
    _, log = wine(tools, fixed(names.STATISTICS), f"{tools.programs}/threads.exe",
                  tools.library)
    opened, closed, left_open = channels(log)
    assert opened == closed >= 84 and left_open == 0, log


@case
def the_end_of_a_busy_process_leaves_no_channel(tools):
    for _ in range(5):
        _, log = wine(tools, fixed(names.STATISTICS), f"{tools.programs}/ends.exe",
                      tools.library)
        opened, closed, left_open = channels(log)
        assert opened == closed >= 8 and left_open == 0, log


@case
def where_no_host_answers_one_exception_is_seen(tools):
    wine(tools, None, f"{tools.programs}/probe.exe", tools.library)


def linux(tools, scenario, *options, stdin=""):
    done = subprocess.run([*tools.host(scenario), tools.linux_program, *options],
                          input=stdin.encode(), capture_output=True, timeout=60)
    check_simhost(done.returncode)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode(), done.stderr.decode()


def comparable(text):
    """Without what is of the run or of the machine: times, and counted processors."""
    text = re.sub(r"(read_seconds\S*[= ])[-+.e0-9]+", r"\1T", text)
    return re.sub(r"^(\S+ \S+) \d{10}$", r"\1", text, flags=re.M)


@case
def every_format_says_what_the_linux_program_says(tools):
    scenario = fixed({**names.STATISTICS, "resourcePoolPath": "/pool/Köln"})
    for name in FORMATS:
        options = ("--once", "--format", name, "--resource-pool", "--vcpus", "4",
                   "--tag" if name != "graphite" else "--host",
                   "ort=Köln" if name != "graphite" else "gast")
        ours, _ = wine(tools, scenario, tools.program, *options)
        theirs, _ = linux(tools, scenario, *options)
        assert "\r" not in ours
        assert comparable(ours) == comparable(theirs), (ours, theirs)


@case
def a_damaged_reply_does_what_it_does_on_linux(tools):
    for how, more in DAMAGES:
        scenario = {**fixed(names.STATISTICS),
                    "events": [{"at": 0, "do": "damage", "how": how, "for": 100, **more}]}
        ours, log = wine(tools, scenario, tools.program, stdin="\n\n")
        theirs, linux_log = linux(tools, scenario, stdin="\n\n")
        ups = [[b["vmguest_session"]["up"] for b in line_protocol.batches(text)]
               for text in (ours, theirs)]
        assert ups[0] == ups[1] and len(ups[0]) == 2, (how, ours, theirs, log)
        warned = [[line for line in text.splitlines() if line.startswith("W! ")]
                  for text in (log, linux_log)]
        assert warned[0] == warned[1], warned


@case
def signals_are_refused_with_the_reason(tools):
    done = subprocess.run([tools.wine, "run", tools.wine_work, tools.wine_dir, "wine",
                           tools.program, "--signal", "usr1"],
                          capture_output=True, text=True, timeout=60)
    if done.returncode == 77:
        raise Skip(done.stdout.partition("SKIPPED: ")[2])
    assert done.returncode == 2
    assert "Windows has no signals" in done.stderr, done.stderr


TELEGRAF_CONF = """
[agent]
  interval = "500ms"
  flush_interval = "500ms"
  hostname = "testhost"
[[outputs.file]]
  files = ["Z:{work}/out"]
  data_format = "influx"
"""


def received(tools):
    """Measurements of Telegraf's file: [fields]."""
    found = {}
    if os.path.exists(f"{tools.work}/out"):
        with open(f"{tools.work}/out") as f:
            for measurement, _, fields, _ in line_protocol.of_telegraf(f.read()):
                found.setdefault(measurement, []).append(fields)
    return found


def telegraf_prepare(tools):
    """Its program, and what wine has to have for it. The shipped configuration names the
    place of ours."""
    telegraf = tools.dependency("telegraf-windows/telegraf.exe")
    drive = f"{tools.wine_work}/prefix/drive_c"
    if not os.path.isdir(drive):
        raise Skip("wine for this machine is not here")
    clean(tools)
    os.makedirs(f"{drive}/Program Files/vmguest", exist_ok=True)
    shutil.copy(tools.program, f"{drive}/Program Files/vmguest/")
    if not os.path.exists(f"{drive}/windows/system32/bcryptprimitives.dll"):
        shutil.copy(f"{tools.programs}/bcryptprimitives.dll",
                    f"{drive}/windows/system32/")
    with open(f"{tools.work}/agent.conf", "w") as f:
        f.write(TELEGRAF_CONF.format(work=tools.work))
    return telegraf


@case
def telegraf_receives_every_field_with_the_hosts_number(tools):
    telegraf = telegraf_prepare(tools)
    scenario = {**fixed(names.STATISTICS),
                "events": [{"at": 6, "do": "vmotion", "mhz": 3400}]}
    host = tools.host(scenario)
    shipped = f"{tools.source}/contrib/packaging/windows/telegraf.conf"
    with open(f"{tools.work}/log", "wb") as log:
        process = subprocess.Popen(
            [tools.wine, "run", tools.wine_work, tools.wine_dir,
             host[0], "--count", *host[1:], "wine", telegraf,
             "--config", f"Z:{tools.work}/agent.conf", "--config", f"Z:{shipped}"],
            stdout=log, stderr=log)
    try:
        wait(lambda: [s["changes"] for s in received(tools).get("vmguest_session", [])]
             .count(1) >= 3, seconds=60, why="no session change arrived")
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(30)
    with open(f"{tools.work}/log") as f:
        text = f.read()
    check_simhost(status)
    assert status == 0 and " E! " not in text, (status, text)
    assert channels(text)[2] == 0, text
    expected, _ = linux(tools, scenario, stdin="\n\n")
    got = received(tools)
    for measurement, fields in line_protocol.batches(expected)[-1].items():
        for name, value in fields.items():
            values = [sample[name] for sample in got[measurement] if name in sample]
            assert {type(v) for v in values} == {type(value)}, (measurement, name)
            if name in STEADY.get(measurement, ()):
                assert set(values) == {value}, (measurement, name, values)


if __name__ == "__main__":
    case.main("program", "library", "programs", "source", "build", "objdump", "simhost",
              "linux-program", "wine", "wine-work",
              "wine-dir", "work", "deps", "version")
