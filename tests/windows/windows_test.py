# SPDX-License-Identifier: MIT
"""The Windows build: what its files are, and the library and vmguest-execd by wine on
the simulated host, beside the Linux program on the same."""

import filecmp
import glob
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request
import xml.etree.ElementTree as xml
import zipfile

import line_protocol
import names
from cases import Cases, Skip, check_simhost, clean, wait
from program import fixed, pipe_of
from servers import free_port

case = Cases()

DLL_LIMIT, PROGRAM_LIMIT = 64 * 1024, 256 * 1024
IMPORTS = {"KERNEL32.dll", "msvcrt.dll"}
HEADERS = ("vmGuestLib.h", "vmSessionId.h", "vm_basic_types.h", "stats.h")
FORMATS = ("influx", "prometheus", "graphite", "putval", "json")
TAGGED = ("influx", "json", "prometheus")

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
    # From binutils 2.41 on with ordinal and hint.
    exported = re.findall(r"^\s+\[ *\d+\](?: \+base\[ *\d+\] +[0-9a-f]+)? (\S+)$", table,
                          flags=re.M)
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
    for language in "c", "c++":
        for header in HEADERS:
            subprocess.run(
                ["clang", f"--target={tools.machine}-pc-windows-msvc",
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
    texts = {"README.txt", "LICENSE.txt", "telegraf.conf", "vmguest-task.xml",
             "windows_exporter.yml", "report.cmd"}
    wanted = {"vmguest-execd.exe", "vmGuestLib.dll", "libvmGuestLib.dll.a", *texts,
              *(f"include/{name}" for name in HEADERS)}
    assert set(held) - {"vmGuestLib.lib"} == wanted, sorted(held)
    readme = held["README.txt"].decode()
    for name in {name.partition("/")[0] for name in held} - {"README.txt"}:
        assert f"  {name} " in readme or f"  {name}\\ " in readme, name
    for name in texts:
        lines = held[name].split(b"\n")
        assert all(line.endswith(b"\r") for line in lines[:-1]) and not lines[-1], name
    for name, source in (("vmguest-execd.exe", tools.program),
                         ("vmGuestLib.dll", tools.library)):
        with open(source, "rb") as f:
            assert held[name] == f.read(), name


@case
def two_builds_give_the_same_bytes(tools):
    """In two places, one of which has a blank; a zip has the time that it was given."""
    clean(tools)
    copy = f"{tools.work}/another place"
    shutil.copytree(tools.source, copy, ignore=shutil.ignore_patterns(
        "build", ".git", "__pycache__"), symlinks=True)
    os.mkdir(f"{copy}/build")
    os.symlink(tools.deps, f"{copy}/build/deps")
    preset = os.path.basename(tools.build)
    build = f"{copy}/build/{preset}"
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}

    def cmake(*arguments):
        done = subprocess.run(["cmake", *arguments], cwd=copy, env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout

    def zipped():
        cmake("--build", build, "--target", "zip")
        path, = glob.glob(f"{build}/*.zip")
        with open(path, "rb") as f:
            return f.read()
    cmake("--preset", preset, "-G", tools.generator, "-DBUILD_TESTING=OFF")
    first = zipped()
    for name in ("libcore/vmGuestLib.dll", "libcore/vmGuestLib.lib",
                 "libcore/libvmGuestLib.dll.a", "contrib/execd/vmguest-execd.exe"):
        if os.path.exists(f"{tools.build}/{name}"):
            assert filecmp.cmp(f"{tools.build}/{name}", f"{build}/{name}", False), name
    for path in glob.glob(f"{build}/**/*.dll", recursive=True):
        os.utime(path, (1, 1))
    assert zipped() == first


def wine_command(tools, scenario, *arguments, count=True):
    host = tools.host(scenario)
    if host and count:
        host.insert(1, "--count")
    return [tools.wine, "run", tools.wine_work, tools.wine_dir, *host, "wine", *arguments]


def check_wine(status, output=""):
    """Of such a command that ended, or runs on: None."""
    if status == 77:
        raise Skip(output.partition("SKIPPED: ")[2] or
                   "wine for this machine is not here")
    check_simhost(status)


def drive(tools):
    """What C: is."""
    path = f"{tools.wine_work}/prefix/drive_c"
    if not os.path.isdir(path):
        raise Skip("wine for this machine is not here")
    return path


def wine(tools, scenario, program, *arguments, stdin=b"", status=0, **options):
    """Runs a Windows program to its end: (output, log)."""
    tools.check_formats(arguments)
    done = subprocess.run(wine_command(tools, scenario, program, *arguments),
                          input=stdin, stdout=options.pop("stdout", subprocess.PIPE),
                          stderr=subprocess.PIPE, timeout=100, **options)
    output, log = ((part or b"").decode(errors="replace")
                   for part in (done.stdout, done.stderr))
    check_wine(done.returncode, output)
    assert done.returncode == status, (done.returncode, output, log)
    return output, log


def operations(log):
    """How often the host was asked."""
    return int(re.search(r"(\d+) port operations", log).group(1))


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


# What an update calls of Windows and of the C run-time. The locks enter the kernel where
# another thread has them; the clock is read from memory.
OF_AN_UPDATE = {"AcquireSRWLockExclusive", "ReleaseSRWLockExclusive", "GetTickCount64",
                "memset", "memcpy", "memmove", "memcmp", "strlen"}
PER_UPDATE = 5      # port operations on an open channel


@case
def an_update_neither_allocates_nor_enters_the_kernel(tools):
    scenario = fixed(names.STATISTICS)
    output, log = wine(tools, scenario, f"{tools.programs}/calls.exe", tools.library)
    calls = {"first": {}, "then": {}}
    for line in output.splitlines():
        when, name, count = line.split()
        calls[when][name] = int(count)
    assert "malloc" in calls["first"], "the stubs see nothing"
    assert set(calls["then"]) <= OF_AN_UPDATE, calls["then"]
    # 100 updates, and one before them, on one channel; opening and closing it besides.
    assert 0 <= operations(log) - 101 * PER_UPDATE <= 20, log


@case
def a_debugger_that_answers_the_port_is_no_host(tools):
    wine(tools, None, f"{tools.programs}/debugger.exe", tools.library)


@case
def a_program_takes_the_library_of_its_own_folder(tools):
    """Beside another one in System32, which every other program still finds."""
    system = f"{drive(tools)}/windows/system32"
    clean(tools)
    programs = [name for name in ("beside.exe", "beside-lib.exe")
                if os.path.exists(f"{tools.programs}/{name}")]
    for folder in "with", "without":
        os.mkdir(f"{tools.work}/{folder}")
        for name in programs:
            shutil.copy(f"{tools.programs}/{name}", f"{tools.work}/{folder}")
    shutil.copy(tools.library, f"{tools.work}/with")
    shutil.copy(f"{tools.programs}/vmGuestLib.dll", system)
    scenario = fixed(names.STATISTICS)
    limit = names.STATISTICS["cpuLimitMHz"]
    for name in programs:
        output, _ = wine(tools, scenario, f"{tools.work}/with/{name}")
        assert output == f"No error, {limit} MHz\r\n", (name, output)
        output, _ = wine(tools, scenario, f"{tools.work}/without/{name}")
        assert output == "another library, 0 MHz\r\n", (name, output)
    # vmguest-execd has ours inside.
    output, _ = wine(tools, scenario, tools.program, "--once")
    assert f"limit_mhz={limit}i" in output, output


def linux(tools, scenario, *options, stdin=b""):
    done = subprocess.run([*tools.host(scenario), tools.linux_program, *options],
                          input=stdin, capture_output=True, timeout=60)
    check_simhost(done.returncode)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode(), done.stderr.decode()


def comparable(text):
    """Without what is of the run or of the machine: times, and counted processors."""
    text = re.sub(r"( interval=\S+) [0-9.]+:", r"\1 ", text)
    text = re.sub(r"((?:read_seconds|duration-read)\S*[=: ](?:interval=\S+ )?)[-+.e0-9]+",
                  r"\1T", text)
    return re.sub(r"^(\S+ \S+) \d{10}$", r"\1", text, flags=re.M)


@case
def every_format_says_what_the_linux_program_says(tools):
    scenario = fixed({**names.STATISTICS, **names.EXTENDED_STATISTICS,
                      "resourcePoolPath": "/pool/Köln"},
                     disks=["scsi0:0"], nics=["00:0c:29:32:0a:6a"])
    for name in FORMATS:
        options = ("--once", "--format", name, "--resource-pool", "--vcpus", "4",
                   "--extended", "all",
                   *(("--tag", "ort=Köln") if name in TAGGED else ("--host", "gast")))
        ours, _ = wine(tools, scenario, tools.program, *options)
        theirs, _ = linux(tools, scenario, *options)
        assert "\r" not in ours
        assert comparable(ours) == comparable(theirs), (ours, theirs)


@case
def a_damaged_reply_does_what_it_does_on_linux(tools):
    for how, more in DAMAGES:
        scenario = {**fixed(names.STATISTICS),
                    "events": [{"at": 0, "do": "damage", "how": how, "for": 100, **more}]}
        ours, log = wine(tools, scenario, tools.program, stdin=b"\n\n")
        theirs, linux_log = linux(tools, scenario, stdin=b"\n\n")
        ups = [[b["vmguest_session"]["up"] for b in line_protocol.batches(text)]
               for text in (ours, theirs)]
        assert ups[0] == ups[1] and len(ups[0]) == 2, (how, ours, theirs, log)
        warned = [[line for line in text.splitlines() if line.startswith("W! ")]
                  for text in (log, linux_log)]
        assert warned[0] == warned[1], warned


REFUSED = [
    (["--signal", "usr1"], "Windows has no signals"),
    (["--output", "NUL"], "no device"),
    (["--output", r"C:\some folder\com1"], "no device"),
    (["--output", r"C:\windows"], "folder"),
]


@case
def what_windows_cannot_do_is_refused_with_the_reason(tools):
    for options, words in REFUSED:
        output, log = wine(tools, None, tools.program, *options, status=2)
        assert words in log and not output, (options, log)


@case
def a_path_may_have_umlauts_and_blanks(tools):
    clean(tools)
    folder = f"{tools.work}/Grüße aus Köln"
    os.mkdir(folder)
    shutil.copy(tools.program, folder)
    wine(tools, fixed(names.STATISTICS), f"{folder}/vmguest-execd.exe", "--once",
         "--format", "prometheus", "--output", f"Z:{folder}/für alle.prom")
    with open(f"{folder}/für alle.prom") as f:
        assert names.prometheus_samples(f.read())[0]["vmguest_up"] == ("", "1")


@case
def a_full_standard_output_is_said(tools):
    drive(tools)    # there is no other room to say that there is none
    with open("/dev/full", "wb") as full:
        _, log = wine(tools, fixed(names.STATISTICS), tools.program, "--once", status=1,
                      stdout=full)
    assert "E! cannot write to standard output: No space left on device." in log, log


@case
def the_last_line_of_the_log_is_waited_for(tools):
    """While its reader is slow: the program is about to end."""
    read_end, write_end = pipe_of(4096)
    os.write(write_end, b"x" * 4096)
    with open(read_end, "rb") as log, subprocess.Popen(
            wine_command(tools, None, tools.program, "--once"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=write_end) as process:
        os.close(write_end)
        batch = process.stdout.readline().decode()
        text = log.read()
        check_wine(process.wait(30), batch)
    assert "up=0i" in batch, batch
    assert b"xW! not in a VMware VM" in text, text


@case
def a_file_is_whole_whenever_it_is_read(tools):
    """By a program of Windows, which keeps it open each time."""
    clean(tools)
    folder = f"{tools.work}/folder"
    os.mkdir(folder)
    path = f"Z:{folder}/vmguest.prom"
    log_path = f"{tools.work}/log"
    with open(log_path, "wb") as log:
        writer = subprocess.Popen(
            wine_command(tools, {}, tools.program, "--format", "prometheus",
                         "--interval", "100ms", "--output", path),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait(lambda: check_wine(writer.poll()) or os.path.exists(path[2:]))
        missing, _ = wine(tools, None, f"{tools.programs}/reader.exe", path,
                          "vmguest_read_seconds ")
    finally:
        writer.send_signal(signal.SIGINT)
        status = writer.wait(30)
    with open(log_path) as f:
        text = f.read()
    assert status == 0 and "E! " not in text, (status, text)
    assert int(missing) == 0, "it was away while it was replaced"
    assert os.listdir(folder) == ["vmguest.prom"]


@case
def ctrl_c_is_left_to_the_writer_of_the_input(tools):
    """A console sends it to both, and the end of the input follows."""
    drive(tools)
    with subprocess.Popen(wine_command(tools, None, tools.program), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        for count in range(2000):
            process.stdin.write(b"\n")
            process.stdin.flush()
            assert b"up=0i" in process.stdout.readline(), "it ended"
            if count == 0:
                process.send_signal(signal.SIGINT)
        process.stdin.close()
        assert process.wait(30) == 0


class Console:
    """A program that has a console to itself, as by a double click."""

    def __init__(self, tools, *options):
        self.terminal, console = os.openpty()
        self.shown = b""
        self.process = subprocess.Popen(
            wine_command(tools, None, tools.program, *options),
            stdin=console, stdout=console, stderr=console)
        os.close(console)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)

    def text(self):
        """Without what moves the cursor, and without blanks, which it skips."""
        return "".join(re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", self.shown.decode()).split())

    def read(self):
        if select.select([self.terminal], [], [], 0)[0]:
            try:
                self.shown += os.read(self.terminal, 4096)
            except OSError:     # its program closed it
                pass
        check_wine(self.process.poll())

    def shows(self, words):
        self.read()
        return words.replace(" ", "") in self.text()

    def press_return(self):
        """Before the console waits for keys it loses them."""
        os.write(self.terminal, b"\r")


@case
def a_double_click_is_told_what_it_is_for(tools):
    with Console(tools) as console:
        wait(lambda: console.shows("started by Telegraf's execd input"))
        wait(lambda: console.shows("Press Return to close this window."))
        assert console.process.poll() is None, "the window is gone before it was read"

        def closed():
            console.press_return()
            console.read()
            return console.process.poll() == 0
        wait(closed, pause=0.3)


@case
def a_console_is_told_what_is_waited_for(tools):
    with Console(tools, "--vcpus", "4") as console:
        wait(lambda: console.shows("press Return for a batch, Ctrl-Z and Return to end"))

        def answered():
            console.press_return()
            return console.shows("up=0i")
        wait(answered, pause=0.3)


@case
def the_report_has_every_way(tools):
    tools.check_formats(["json"])
    clean(tools)
    shutil.copy(tools.program, tools.work)
    shutil.copy(f"{tools.source}/contrib/packaging/windows/report.cmd", tools.work)
    wine(tools, fixed(names.STATISTICS), "cmd", "/c", f"Z:{tools.work}/report.cmd")
    with open(f"{tools.work}/report.txt", encoding="utf-8") as f:
        report = f.read()
    ended = re.findall(r"Status (\d+), wanted (\d+):", report)
    assert len(ended) == 7 and all(got == wanted for got, wanted in ended), report
    assert report.count("up=1i") == 2 and '"up":1' in report, report
    assert "\nvmguest_up 1\n" in report and "Windows has no signals" in report, report


TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


@case
def the_scheduled_task_runs_what_it_says(tools):
    """What wine can: its scheduler takes the task, which it never starts."""
    programs_prepare(tools)
    folder = f"{drive(tools)}/Program Files/windows_exporter/textfile_inputs"
    os.makedirs(folder, exist_ok=True)
    shipped = f"{tools.source}/contrib/packaging/windows/vmguest-task.xml"
    wine(tools, None, "schtasks", "/Create", "/F", "/TN", "vmguest", "/XML",
         f"Z:{shipped}")
    execute = xml.parse(shipped).find(f".//{TASK}Exec")
    command = execute.findtext(f"{TASK}Command").strip('"')
    arguments = shlex.split(execute.findtext(f"{TASK}Arguments").replace("\\", "\\\\"))
    assert arguments[2:4] == ["--interval", "15s"], arguments
    wine(tools, fixed(names.STATISTICS), command, "--once", *arguments[:2], *arguments[4:])
    with open(f"{folder}/vmguest.prom") as f:
        assert names.prometheus_samples(f.read())[0]["vmguest_up"] == ("", "1")


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


def programs_prepare(tools):
    """Puts our program where the shipped files name it."""
    folder = f"{drive(tools)}/Program Files/vmguest"
    clean(tools)
    os.makedirs(folder, exist_ok=True)
    # Other tests run it.
    aside = tempfile.mktemp(dir=folder)
    shutil.copy(tools.program, aside)
    os.replace(aside, f"{folder}/vmguest-execd.exe")


def go_prepare(tools):
    """wine 8 lacks a library of which Go's run-time wants one function."""
    path = f"{drive(tools)}/windows/system32/bcryptprimitives.dll"
    if not os.path.exists(path):
        shutil.copy(f"{tools.programs}/bcryptprimitives.dll", path)


def vmguest_metrics(port):
    """Name: what stands behind it, as windows_exporter has it now."""
    url = f"http://127.0.0.1:{port}/metrics"
    with urllib.request.urlopen(url, timeout=30) as reply:
        return dict(re.findall(r"^(vmguest_\w+)\S* (\S+)$", reply.read().decode(), re.M))


@case
def windows_exporter_reads_what_is_replaced_meanwhile(tools):
    """The real one, with the shipped configuration. A scrape that Windows refused the
    file has nothing of it; none has a part."""
    program = tools.dependency("windows-exporter/windows_exporter.exe")
    go_prepare(tools)
    folder = f"{drive(tools)}/exporter"
    clean(tools)
    os.makedirs(f"{folder}/textfile_inputs", exist_ok=True)
    shutil.copy(program, folder)
    with open(f"{tools.source}/contrib/packaging/windows/windows_exporter.yml") as f:
        shipped = f.read()
    assert '"[defaults],textfile"' in shipped
    # wine has little of what the others read.
    with open(f"{folder}/windows_exporter.yml", "w") as f:
        f.write(shipped.replace("[defaults],", ""))
    port = free_port()
    with open(f"{tools.work}/log", "wb") as log:
        programs = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                     stderr=log) for command in (
            wine_command(tools, {}, tools.program, "--format", "prometheus", "--vcpus", "4",
                         "--interval", "100ms",
                         "--output", r"C:\exporter\textfile_inputs\vmguest.prom"),
            wine_command(tools, None, f"{folder}/windows_exporter.exe",
                         r"--config.file=C:\exporter\windows_exporter.yml",
                         f"--web.listen-address=127.0.0.1:{port}"))]
    scrapes = {}

    def whole():
        for process in programs:
            check_wine(process.poll())
        try:
            found = vmguest_metrics(port)
        except urllib.error.URLError:
            return False    # it does not listen yet
        if "vmguest_cpu_used_ratio" in found:   # of two readings
            scrapes[found["vmguest_elapsed_seconds_total"]] = set(found)
        return len(scrapes) >= 10
    try:
        wait(whole)
    finally:
        for process in programs:
            process.send_signal(signal.SIGINT)
        for process in programs:
            process.wait(30)
    assert len(set(map(frozenset, scrapes.values()))) == 1, scrapes
    assert len(scrapes.popitem()[1]) > 50


class Telegraf:
    """The real one, with the shipped configuration, on the simulated host."""

    def __init__(self, tools, scenario):
        program = tools.dependency("telegraf-windows/telegraf.exe")
        go_prepare(tools)
        programs_prepare(tools)
        with open(f"{tools.work}/agent.conf", "w") as f:
            f.write(TELEGRAF_CONF.format(work=tools.work))
        with open(f"{tools.source}/contrib/packaging/windows/telegraf.conf") as f:
            shipped = f.read()
        # Nothing else is changed: tests do not wait for a minute.
        with open(f"{tools.work}/vmguest.conf", "w") as f:
            f.write(shipped.replace('restart_delay = "10s"', 'restart_delay = "1s"'))
        self.tools = tools
        with open(f"{tools.work}/log", "wb") as log:
            self.process = subprocess.Popen(
                wine_command(tools, scenario, program,
                             "--config", f"Z:{tools.work}/agent.conf",
                             "--config", f"Z:{tools.work}/vmguest.conf"),
                stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
        if kind and kind is not Skip:
            print(self.log())

    def log(self):
        with open(f"{self.tools.work}/log") as f:
            return f.read()

    def sessions(self, name, value):
        """How many batches had it."""
        return [s.get(name) for s in
                received(self.tools).get("vmguest_session", [])].count(value)

    def wait_batches(self, name, value, count=3):
        wait(lambda: check_wine(self.process.poll()) or
             self.sessions(name, value) >= count,
             seconds=60, why=f"no {count} batches with {name}={value}")

    def child(self):
        """The process that runs vmguest-execd.exe for it."""
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as f:
                    words = f.read()
                if b"vmguest\\vmguest-execd.exe" in words.split(b"\0")[0]:
                    number = int(path.split("/")[2])
                    if os.readlink(f"/proc/{number}/cwd") == os.getcwd():
                        return number
            except (FileNotFoundError, ProcessLookupError):
                continue
        return None

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(30)
        check_simhost(status)
        assert status == 0, (status, self.log())


@case
def telegraf_receives_every_field_with_the_hosts_number(tools):
    scenario = {**fixed(names.STATISTICS),
                "events": [{"at": 6, "do": "vmotion", "mhz": 3400}]}
    with Telegraf(tools, scenario) as telegraf:
        telegraf.wait_batches("changes", 1)
        telegraf.stop()
    assert " E! " not in telegraf.log(), telegraf.log()
    assert channels(telegraf.log())[2] == 0, telegraf.log()
    expected, _ = linux(tools, scenario, stdin=b"\n\n")
    got = received(tools)
    for measurement, fields in line_protocol.batches(expected)[-1].items():
        for name, value in fields.items():
            values = [sample[name] for sample in got[measurement] if name in sample]
            assert {type(v) for v in values} == {type(value)}, (measurement, name)
            if name in STEADY.get(measurement, ()):
                assert set(values) == {value}, (measurement, name, values)


@case
def telegraf_restarts_a_killed_child_and_shows_a_refusal(tools):
    scenario = {**fixed(names.STATISTICS),
                "events": [{"at": 4, "do": "disable", "for": 4}]}
    with Telegraf(tools, scenario) as telegraf:
        telegraf.wait_batches("up", 1)
        telegraf.wait_batches("up", 0)
        before = telegraf.sessions("up", 1)
        telegraf.wait_batches("up", 1, before + 3)
        os.kill(wait(telegraf.child), signal.SIGKILL)
        wait(lambda: "restarting" in telegraf.log().lower(), why="no restart is logged")
        before = telegraf.sessions("up", 1)
        telegraf.wait_batches("up", 1, before + 3)
        telegraf.stop()
    # A refusal has no numbers beside it: no more of them than there were batches.
    got = received(tools)
    assert len(got["vmguest_cpu"]) == telegraf.sessions("up", 1), got
    assert "guest statistics are disabled" in telegraf.log(), telegraf.log()


if __name__ == "__main__":
    case.main("program", "library", "programs", "source", "build", "machine", "generator",
              "objdump", "simhost", "linux-program", "wine", "wine-work", "wine-dir",
              "work", "deps", "version")
