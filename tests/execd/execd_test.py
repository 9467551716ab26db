# SPDX-License-Identifier: MIT
"""vmguest-execd by itself: when it writes, what it writes, how it ends. One case
a call."""

import array
import contextlib
import fcntl
import glob
import json
import os
import random
import re
import resource
import signal
import socket
import stat
import subprocess
import sys
import termios
import time

import line_protocol
import names
from cases import Cases, Skip, wait
from program import Program, fixed, pipe_of, run

QUIET = fixed(names.STATISTICS)
SWITCH = 'isolation.tools.guestlibGetInfo.disable = "FALSE"'

case = Cases()


@case
def each_newline_is_one_batch(tools):
    with Program(tools, "demo") as p:
        for count in range(1, 4):
            p.ask()     # and no next one before the answer is there
            batches = line_protocol.batches(p.read_batches(count))
            assert len(batches) == count, batches
            assert batches[-1]["vmguest_session"]["up"] == 1
        assert "used_percent" not in batches[0]["vmguest_cpu"]
        # A rate needs the host's clock to move on, by a millisecond.
        while count < 1000 and "used_percent" not in batches[-1]["vmguest_cpu"]:
            count += 1
            p.ask()
            batches = line_protocol.batches(p.read_batches(count))
        assert "used_percent" in batches[-1]["vmguest_cpu"]
        p.close_input()
        assert p.end() == 0


@case
def ten_thousand_newlines_at_once(tools):
    text, _ = run(tools, QUIET, "--statistic", "cpu_used", stdin=b"\n" * 10000)
    assert len(line_protocol.batches(text)) == 10000


@case
def end_of_input_ends_it_without_a_batch(tools):
    text, log = run(tools, QUIET, "--vcpus", "4", stdin=b"no newline")
    assert text == "" and log == "", (text, log)


@case
def signals_are_answered(tools):
    for spelled, number in (("usr1", signal.SIGUSR1), ("SIGUSR2", signal.SIGUSR2),
                            ("HUP", signal.SIGHUP)):
        with Program(tools, QUIET, "--signal", spelled,
                     stdin=subprocess.DEVNULL) as p:
            wait(lambda: signal_is_handled(p.pid(), number))
            for count in range(1, 4):
                p.kill(number)
                batches = line_protocol.batches(p.read_batches(count))
                assert len(batches) == count
            assert p.stop() == 0


def signal_is_handled(pid, number):
    """True once the program, not the shell before it, receives the signal."""
    with open(f"/proc/{pid}/status") as f:
        status = dict(line.split(":", 1) for line in f)
    caught = int(status["SigCgt"].strip(), 16)
    return status["Name"].strip().startswith("vmguest-exec") and \
        caught >> (number - 1) & 1


@case
def other_signals_name_the_option(tools):
    """Among them SIGHUP, of which a program would die."""
    for number, words in ((signal.SIGUSR1, "--signal usr1"),
                          (signal.SIGUSR2, "--signal usr2"),
                          (signal.SIGHUP, "--signal hup")):
        with Program(tools, QUIET) as p:
            wait(lambda: signal_is_handled(p.pid(), number))
            for _ in range(3):
                p.kill(number)
                wait(lambda: p.said(words))
            p.ask()
            p.read_batches(1)
            p.close_input()
            assert p.end() == 0
            assert len(p.said("--signal")) == 1, p.log()


@case
def the_interval_is_aligned_to_the_clock(tools):
    with Program(tools, QUIET, "--interval", "500ms", "--timestamp",
                 stdin=subprocess.DEVNULL) as p:
        text = p.read_batches(4)
        assert p.stop() == 0
    times = sorted({time for _, _, _, time in line_protocol.parse(text)})
    ticks = [t // 500_000_000 for t in times]
    assert len(ticks) == len(set(ticks)) >= 4, "two batches in one interval"
    # How late a loaded machine lets it be is nobody's promise, but not each time.
    assert min(t % 500_000_000 for t in times) < 100_000_000, times


@case
def once_is_one_batch(tools):
    text, _ = run(tools, names.ALL_THERE, "--once")
    batch, = line_protocol.batches(text)
    assert batch["vmguest_session"]["up"] == 1
    assert not names.DIFFERENCES & set(batch["vmguest_cpu"])
    _, log = run(tools, {"events": [{"at": 0, "do": "disable"}]}, "--once")
    assert "guest statistics are disabled" in log and "Retrying" not in log, log


@case
def a_closed_output_ends_every_mode(tools):
    for options in ([], ["--signal", "usr1"], ["--interval", "24h"]):
        p = Program(tools, QUIET, "--vcpus", "4", *options)
        with p:
            wait(lambda: signal_is_handled(p.pid(), signal.SIGTERM))
            p.process.stdout.close()
            assert p.end() == 0, options
            assert p.log() == "", p.log()


@case
def a_reader_that_goes_away_ends_it(tools):
    """With the next batch at the latest, and without a word."""
    for options in ["--signal", "stdin"], ["--interval", "1s"]:
        with Program(tools, QUIET, "--vcpus", "4", *options) as p:
            p.ask()
            p.read_batches(1)
            before = p.log()
            p.process.stdout.close()
            if "--interval" not in options:
                with contextlib.suppress(BrokenPipeError):  # Linux notices it by itself
                    p.ask()
            assert p.end() == 0, options
            assert p.log() == before, p.log()


@case
def an_output_that_is_closed_from_the_start_is_no_error(tools):
    for words in ("", "--once", "--interval 1s"):
        done = subprocess.run(
            f"'{tools.program}' {words} </dev/null >&-", shell=True,
            stderr=subprocess.PIPE, timeout=30)
        assert done.returncode == 0 and not done.stderr, done


@case
def hanging_up_ends_what_a_terminal_started(tools):
    """Nothing else would: its output may go elsewhere."""
    master, slave = os.openpty()
    for options in ([], ["--interval", "24h"], ["--signal", "usr1"]):
        with Program(tools, QUIET, *options, stdin=slave) as p:
            wait(lambda: signal_is_handled(p.pid(), signal.SIGHUP))
            p.kill(signal.SIGHUP)
            assert p.end() == 0, options
            assert not p.said("--signal hup"), p.log()
    os.close(master)
    os.close(slave)


@case
def a_terminal_is_told_what_is_waited_for(tools):
    master, slave = os.openpty()
    try:
        with Program(tools, QUIET, stdin=slave) as p:
            wait(lambda: p.said("waiting for newlines"))
            os.write(master, b"\n")
            p.read_batches(1)
            os.write(master, b"\x04")
            assert p.end() == 0
            assert len(p.said("waiting for newlines")) == 1
    finally:
        os.close(master)
        os.close(slave)


WRONG = [
    (["--sinal", "x"], "--signal, --interval"),
    (["words"], "words is unknown. Accepted: --signal, --interval"),
    (["-xyz"], "-x is unknown. Accepted: --signal, --interval"),
    (["--once=yes"], "--once takes no value"),
    (["--signal"], "--signal needs a value"),
    (["--signal", "usr3"], "stdin, usr1, usr2, hup, none"),
    (["--interval", "0"], "100ms to 24h"),
    (["--interval", "10x"], "ms, s, m or h"),
    (["--interval", "-1s"], "ms, s, m or h"),
    (["--interval", "99999999999999999999s"], "100ms to 24h"),
    (["--interval", "25h"], "100ms to 24h"),
    (["--once", "--interval", "1s"], "--once"),
    (["--once", "--signal", "stdin"], "--once"),
    (["--signal", "stdin", "--interval", "1s"], "--signal none"),
    (["--statistic", "cpu_usd"], "cpu_used"),
    (["--statistic", "session"], "cpu memory host vscsi vnet"),
    (["--statistic", "vscsi/"], "vscsi/DISK vnet/MAC"),
    (["--statistic", "vscsi/" + "x" * 64], "vscsi/DISK vnet/MAC"),
    (["--statistic", "cpu/0"], "vscsi/DISK vnet/MAC"),
    (["--statistic", "vscsi/scsi0:0"], "add --extended vscsi."),
    (["--statistic", "vscsi_read", "--exclude", "vnet"], "add --extended vscsi,vnet."),
    (["--statistic", "cpu_contention", "--extended", "vscsi"],
     "add --extended resources."),
    (["--extended", "disks"], "none, session, host, resources, vscsi, vnet, all"),
    (["--extended", "vscsi,,vnet"], "commas between them"),
    (["--extended", ""], '--extended "" is not possible'),
    (["--extended", "vscsi,"], "commas between them"),
    (["--tag", "uuid=x", "--format", "prometheus"], "another key"),
    (["--exclude", ""], '--exclude "" is unknown. Accepted:'),
    (["--vcpus", "0"], "1 to 4096"),
    (["--vcpus", "4097"], "1 to 4096"),
    (["--vcpus", "4x"], "1 to 4096"),
    (["--vcpus", "-4"], "1 to 4096"),
    (["--vcpus", ""], "1 to 4096"),
    (["--tag", "a"], "KEY=VALUE"),
    (["--tag", "=b"], "KEY=VALUE"),
    (["--tag", "a="], "KEY=VALUE"),
    (["--tag", "a=b\nc"], "control characters"),
    (["--tag", "a=b", "--tag", "a=c"], "once"),
    (["--tag", "a=b\\"], "backslash"),
    (["--tag", "time=b"], "InfluxDB"),
    (["--tag", "id=i-0123"], "neither a field's name"),
    (["--tag", "disk=b"], "disk, nic or device"),
    (["--tag", "name=web", "--format", "graphite"], "carbon keeps the path in name"),
    (["--tag", "job=b", "--format", "prometheus"], "le, quantile, job and instance"),
    (["--tag", "a-b=c", "--format", "prometheus"], "letters, digits"),
    (["--tag", "resource_pool=c", "--format", "prometheus"], "another key"),
    (["--tag", "a=b c", "--format", "graphite"], "blanks"),
    (["--prefix", "a"], "--format graphite"),
    (["--host", "a"], "--format graphite or putval"),
    (["--tag", "a=b", "--format", "putval"], "no tag"),
    (["--prefix", "a", "--format", "putval"], "--prefix needs --format graphite"),
    (["--prefix", "a..b", "--format", "graphite"], "single dots"),
    (["--prefix", ".", "--format", "graphite"], "single dots"),
    (["--host", "", "--format", "graphite"], "a name"),
    (["--output", "/"], "folder"),
    (["--output", ""], "a file"),
    (["--output", "-"], "leave --output out to write to standard output"),
    (["--timestamp", "--format", "prometheus", "--output", "x.prom"],
     "node_exporter"),
    (["--tag", "id=i-0123", "--format", "json"], "neither a field's name"),
]


def expect_refusal(tools, options, words):
    tools.check_formats(options)
    done = subprocess.run([tools.program, *options], timeout=30,
                          stdin=subprocess.DEVNULL, capture_output=True)
    said = done.stderr.decode()
    assert done.returncode == 2, (options, done)
    assert not done.stdout, (options, done)
    assert words in said, (options, said)
    assert all(line.startswith("E! ") for line in said.splitlines()), said


@case
def wrong_options_are_named_with_what_is_accepted(tools):
    formats = ["influx", "json", "prometheus", "graphite", "putval"]
    if tools.without_json:
        formats.remove("json")
    expect_refusal(tools, ["--format", "xml"], f"Accepted: {', '.join(formats)}.")
    for options, words in WRONG:
        expect_refusal(tools, options, words)


@case
def what_only_posix_could_name_is_refused(tools):
    expect_refusal(tools, ["--tag", b"a=\xff"], "UTF-8")
    expect_refusal(tools, ["--output", "/dev/null"], "no device")


@case
def collectds_interval_is_checked(tools):
    for text in ("", "0", "0.05", "86400.001", "-1", "1s", "nan", "inf", "1e400"):
        done = subprocess.run([tools.program, "--format", "putval"], timeout=30,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={**os.environ, "COLLECTD_INTERVAL": text})
        assert done.returncode == 2 and not done.stdout, (text, done)
        assert f"COLLECTD_INTERVAL={text} is not possible" in done.stderr, done
        assert "0.1 to 86400" in done.stderr, done


def putval_written(tools, environment, *options):
    """One batch at once, or the first by the clock, as collectd would start it."""
    words = ["env", *environment, tools.program, "--format", "putval", *options]
    with Program(tools, QUIET, *words[1:], program="env",
                 stdin=subprocess.DEVNULL) as p:
        text = p.read_batches(2, mark=b"duration-read") if "--once" not in options \
            else p.read_all()
    return set(re.findall('PUTVAL "(.*?)/vmguest.*?(interval=[0-9.]+) ', text))


@case
def collectds_own_host_and_interval_are_taken(tools):
    collectd = ["COLLECTD_HOSTNAME=web01", "COLLECTD_INTERVAL=0.125"]
    assert putval_written(tools, collectd) == {("web01", "interval=0.125")}
    assert putval_written(tools, collectd, "--host", "a", "--interval", "200ms") == \
        {("a", "interval=0.200")}
    assert putval_written(tools, [], "--once") == \
        {(socket.gethostname(), "interval=10.000")}


@case
def help_and_version_are_told(tools):
    def asked(option):
        return subprocess.run([tools.program, option], timeout=30, check=True,
                              stdin=subprocess.DEVNULL, text=True,
                              capture_output=True).stdout
    assert asked("--version") == f"vmguest-execd {tools.version}\n"
    shown = asked("--help")
    done = subprocess.run([tools.program, "--x"], capture_output=True, text=True)
    for option in done.stderr.split("Accepted: ")[1].rstrip(".\n").split(", "):
        assert option + " " in shown, option
    assert all(len(line) <= 80 for line in shown.splitlines())
    with open(tools.manual) as f:
        manual = f.read()
    for option in done.stderr.split("Accepted: ")[1].rstrip(".\n").split(", "):
        assert f"Fl -{option[2:]}" in manual, f"{option} is not in the manual page"


@case
def the_selection_is_what_was_asked_for(tools):
    def keys(*options):
        text, _ = run(tools, names.ALL_THERE, *options, stdin=b"\n")
        return set(names.flat(line_protocol.batches(text)[0]))

    session = {key for key in keys() if key.startswith("vmguest_session")}
    assert keys("--statistic", "cpu_shares") == session | {"vmguest_cpu.shares"}
    both = keys("--statistic", "cpu_shares", "--statistic", "host",
                "--exclude", "host_memory_free")
    assert "vmguest_host.memory_used_bytes" in both
    assert "vmguest_host.memory_free_bytes" not in both
    assert "vmguest_memory.used_bytes" not in both
    assert {k for k in keys("--no-host-statistics") if "host." in k} == \
        {"vmguest_host.cpu_mhz"}
    assert "vmguest_memory.reclaimed_bytes" not in keys("--no-derived")
    assert "vmguest_session.resource_pool" in keys("--resource-pool")
    assert "vmguest_session.resource_pool" not in keys()


@case
def every_statistic_has_the_hosts_number(tools):
    text, _ = run(tools, QUIET, "--once")
    got = names.flat(line_protocol.batches(text)[0])
    for field, _, statistic, factor, _ in names.WIRE:
        assert got[field] == names.STATISTICS[statistic] * factor, field
    text, _ = run(tools, QUIET, "--once", "--format", "prometheus")
    samples, _ = names.prometheus_samples(text)
    for _, name, statistic, _, factor in names.WIRE:
        wanted = names.STATISTICS[statistic]
        wanted = f"{wanted / 1000:.3f}" if factor == 0.001 else str(wanted * factor)
        assert samples[name] == ("", wanted), (name, samples[name])


# Two of each kind, the last name with what formats have to escape or replace.
DEVICES = {"disks": ["nvme0:0", "scsi0:0"],
           "nics": ["00:0c:29:32:0a:6a", "00:0C:29:32:0A:6B"]}


def of_instances(statistics):
    """The rows of names.EXTENDED, once for each disk and NIC: (tags, row, number)."""
    for row in names.EXTENDED:
        key = names.INSTANCE_KEYS.get(row[0])
        for name in DEVICES[f"{key}s"] if key else [None]:
            yield {key: name} if key else {}, row, statistics[row[1]]


@case
def every_extended_statistic_has_the_hosts_number(tools):
    scenario = fixed(names.EXTENDED_STATISTICS, **DEVICES)
    wanted = list(of_instances(names.EXTENDED_STATISTICS))

    def written(format, *options):
        return run(tools, scenario, "--once", "--extended", "all", "--format", format,
                   *options)[0]
    lines = line_protocol.parse(written("influx"))
    objects = [json.loads(line) for line in written("json").splitlines()]
    series = names.prometheus_series(written("prometheus"))
    paths = dict(line.split(" ")[:2] for line in written("graphite", "--host", "h").splitlines())
    values = dict(re.findall(r'PUTVAL "h/vmguest-(.*?)" .*:(\S+)\n',
                             written("putval", "--host", "h")))
    for tags, (area, _, key, field, prometheus, cut, factor, prometheus_factor), \
            number in wanted:
        measurement, _, field = field.partition(".")
        whole = number // cut * factor
        [fields] = [f for m, t, f, _ in lines if m == measurement and t == tags]
        assert fields[field] == whole, field
        [fields] = [o["fields"] for o in objects
                    if o["name"] == measurement and o["tags"] == tags]
        assert fields[field] == whole, field
        [(label, instance)] = tags.items() or [(None, None)]
        labels = f'{{{label}="{instance}"}}' if label else ""
        got = series[prometheus][labels]
        assert abs(float(got) - number * prometheus_factor) < 1e-6, (prometheus, got)
        folder = "." + instance.replace(":", "_") if instance else ""
        assert paths[f"h.{measurement}{folder}.{field}"] == str(whole), field
        key = f"{area}_{instance}/{key}" if instance else key
        assert float(values[key]) == whole, key


@case
def extended_sets_are_those_that_were_asked_for(tools):
    def lines(*options):
        text, log = run(tools, DEVICES, "--once", *options)
        return line_protocol.parse(text), log

    def tags(got):
        return [next(iter(t.values())) for m, t, *_ in got if t]
    classic, _ = lines()
    assert not tags(classic)
    assert not any("contention_ms" in fields for _, _, fields, _ in classic)
    got, _ = lines("--extended", "vscsi")
    assert tags(got) == DEVICES["disks"], got
    assert not any("uuid" in fields for _, _, fields, _ in got)
    got, _ = lines("--extended", "vscsi,vnet", "--exclude", "vscsi/scsi0:0",
                   "--exclude", "vnet/00:0c:29:32:0a:6b")
    assert tags(got) == ["nvme0:0", "00:0c:29:32:0a:6a"], got
    got, _ = lines("--extended", "vscsi", "--extended", "session",
                   "--statistic", "vscsi/nvme0:0")
    assert [m for m, *_ in got] == ["vmguest_vscsi", "vmguest_session"], got
    assert got[1][2]["host_version"].startswith("VMware ESX"), got
    assert got[1][2]["uuid"].startswith("42 20 6f a4"), got
    got, log = lines("--extended", "vscsi", "--statistic", "vscsi/scsi9:9")
    assert [m for m, *_ in got] == ["vmguest_session"], got


def own_card():
    """(address, name) of a network card of this machine that no other one equals."""
    cards = {}
    for link in glob.glob("/sys/class/net/*/device"):
        with open(os.path.dirname(link) + "/address") as f:
            cards.setdefault(f.read().strip(), []).append(link.split("/")[-2])
    for address, found in cards.items():
        if len(found) == 1:
            return address, found[0]
    raise Skip("no network card has an address of its own here")


@case
def a_network_card_of_the_guest_is_named(tools):
    address, name = own_card()
    machine = {"nics": [address.upper(), "00:50:56:9a:2b:10"]}

    def written(format):
        return run(tools, machine, "--once", "--extended", "vnet", "--format", format)[0]
    tags = [t for m, t, *_ in line_protocol.parse(written("influx")) if m == "vmguest_vnet"]
    assert {"nic": address.upper(), "device": name} in tags, tags
    assert {"nic": "00:50:56:9a:2b:10"} in tags, tags
    named = re.findall(r'^vmguest_vnet_info{nic="(.*)",device="(.*)"} 1$',
                       written("prometheus"), re.MULTILINE)
    assert named == [(address.upper(), name)], named


@case
def a_host_without_extended_statistics_is_said_once(tools):
    text, log = run(tools, {"host": {"sets": ["session", "host", "vscsi"]}, **DEVICES},
                    "--extended", "resources,vscsi,vnet", stdin=b"\n" * 5)
    for batch in (b for b in text.split("vmguest_session ")[1:]):
        assert "unavailable=0i" in batch, batch
    assert text.count("disk=scsi0:0 ") == 5 and "nic=" not in text, text
    assert "contention" not in text, text
    [line] = [line for line in log.splitlines() if "extended" in line]
    assert line.startswith("W! no extended statistics (resources"), line


# What a host may do to one text reply, or to all, and the sets that are then missing.
DAMAGES = [
    ({"how": "crlf"}, None),
    ({"how": "nul"}, "damaged"),
    ({"how": "twice"}, "damaged"),
    ({"how": "no_equals"}, "damaged"),
    ({"how": "huge"}, "damaged"),
    ({"how": "replace", "text": '{"num.reads": {"value": 1}}'}, "damaged"),
    ({"how": "replace", "text": ""}, "replied with nothing"),
    ({"how": "refuse", "text": "no such stat"}, 'The host said "no such stat"'),
]


@case
def damaged_extended_statistics_are_left_out_and_said(tools):
    for damage, words in DAMAGES:
        scenario = {**DEVICES, "events": [{"at": 0, "do": "damage", "for": 1000,
                                           "rpc": "stat.get", **damage}]}
        text, log = run(tools, scenario, "--once", "--extended", "all")
        got = line_protocol.parse(text)
        assert [f["up"] for _, _, f, _ in got if "up" in f] == [1], (damage, text)
        assert ("extended statistics" in log) == (words is not None), (damage, log)
        if words:
            assert words in log and not any(tags for _, tags, *_ in got), (damage, log)
        else:
            assert sum(bool(tags) for _, tags, *_ in got) == 4, (damage, text)


@case
def sixty_four_disks_and_cards_are_all_written(tools):
    disks = [f"scsi{i // 16}:{i % 16}" for i in range(64)]
    nics = [f"00:50:56:00:00:{i:02x}" for i in range(64)]
    text, log = run(tools, {"disks": disks, "nics": nics}, "--once", "--extended",
                    "vscsi,vnet")
    tags = [tags for _, tags, *_ in line_protocol.parse(text) if tags]
    assert [t["disk"] for t in tags[:64]] == sorted(disks), tags
    assert [t["nic"] for t in tags[64:]] == sorted(nics), tags
    assert "W!" not in log, log


@case
def whatever_a_disk_is_called_stays_in_its_place(tools):
    names_ = ['a"b,c=d\\e{f}', "x/y", "x_y", "ü:~^;", "end\\"]
    scenario = {"disks": names_, "nics": []}

    def written(format):
        return run(tools, scenario, "--once", "--extended", "vscsi", "--format", format)
    text, log = written("influx")
    tags = {t["disk"] for _, t, *_ in line_protocol.parse(text) if t}
    assert tags == set(names_) - {"end\\"}, tags
    assert log.count("vscsi_read of end\\ cannot be represented in the format "
                     "influx") == 1, log
    text, _ = written("json")
    objects = [json.loads(line) for line in text.splitlines()]
    assert {o["tags"]["disk"] for o in objects if o["tags"]} == set(names_)
    series = names.prometheus_series(written("prometheus")[0])
    labels = {re.fullmatch(r'\{disk="(.*)"\}', key)[1].encode().decode("unicode_escape")
              .encode("latin-1").decode() for key in
              series["vmguest_vscsi_read_bytes_total"]}
    assert labels == set(names_), labels
    text, log = written("graphite")
    disks = {line.split(".")[-2] for line in text.splitlines() if ".vmguest_vscsi." in line}
    assert disks == {"a_b_c_d_e_f_", "x_y", "_____", "end_"}, disks
    assert log.count("vscsi_read of x_y cannot be represented in the format "
                     "graphite") == 1, log
    text, log = written("putval")
    disks = set(re.findall(r'/vmguest-vscsi_(.*)/total_bytes-read"', text))
    assert disks == {'a\\"b,c=d\\\\e{f}', "x_y", "ü:~^;", "end\\\\"}, disks
    assert log.count("vscsi_read of x_y cannot be represented in the format "
                     "putval") == 1, log


@case
def names_and_types_are_those_of_the_manual(tools):
    documented = names.documented(tools.manual, extended=True)
    machine = {**names.ALL_THERE,
               "disks": [{"name": "scsi0:0", "load": [{"reads": 2000, "writes": 2000}]}],
               "nics": [{"mac": "00:50:56:00:00:01", "limit_mbps": 100}]}
    options = ["--resource-pool", "--vcpus", "4", "--extended", "all"]
    text, _ = run(tools, machine, *options, stdin=b"\n" * 200)
    for batch in line_protocol.batches(text):
        got = names.flat(batch)
        if {"vmguest_cpu.used_percent", "vmguest_vscsi.read_latency_ms",
                "vmguest_vscsi.write_latency_ms"} <= set(got):
            break
    assert set(got) == set(documented), set(got) ^ set(documented)
    for field, (kind, _) in documented.items():
        assert line_protocol.TYPES[type(got[field])] == kind, field

    with Program(tools, machine, *options, "--format", "prometheus") as p:
        for count in range(1, 200):
            p.ask()
            text = p.read_batches(count, b"\nvmguest_read_seconds ")
            batch = text[text.rindex("# HELP vmguest_cpu_reservation_hertz"):]
            if "vmguest_cpu_used_ratio" in batch and \
                    "vmguest_vscsi_read_latency_seconds" in batch and \
                    "vmguest_vscsi_write_latency_seconds" in batch:
                break
    samples, types = names.prometheus_samples(batch)
    wanted = {name for _, name in documented.values() if name}
    # What is known of this machine's own devices.
    got = set(samples) - {"vmguest_vscsi_info", "vmguest_vnet_info"}
    assert got == wanted, got ^ wanted
    for name, kind in types.items():
        assert (kind == "counter") == name.endswith("_total"), name


@case
def names_are_those_that_were_released(tools):
    documented = names.documented(tools.manual)
    for field, prometheus, *_ in names.WIRE:
        assert documented[field][1] == prometheus, field


@case
def all_formats_say_the_same(tools):
    options = ["--once", "--resource-pool", "--tag", "dc=north"]
    lines, _ = run(tools, QUIET, *options)
    lines = line_protocol.parse(lines)
    objects, _ = run(tools, QUIET, *options, "--format", "json")
    for line in objects.splitlines():
        subprocess.run([sys.executable, "-m", "json.tool"], input=line.encode(),
                       check=True, stdout=subprocess.DEVNULL)
    objects = [json.loads(line) for line in objects.splitlines()]
    assert [(o["name"], o["tags"]) for o in objects] == \
        [(name, tags) for name, tags, _, _ in lines]
    for (_, _, fields, _), o in zip(lines, objects):
        assert {k: type(v) for k, v in fields.items()} == \
            {k: type(v) for k, v in o["fields"].items()}
        fields.pop("read_seconds", None)
        o["fields"].pop("read_seconds", None)
        assert fields == o["fields"]
    graphite, _ = run(tools, QUIET, "--once", "--format", "graphite", "--prefix",
                      "servers", "--host", "a.b")
    paths = {}
    for line in graphite.splitlines():
        path, number, seconds = line.split(" ")
        assert abs(int(seconds) - time.time()) < 60, line
        assert path.startswith("servers.a_b."), line
        paths[path[len("servers.a_b."):]] = float(number)
    for name, _, fields, _ in lines:
        for field, value in fields.items():
            if type(value) is not str:
                assert paths.pop(f"{name}.{field}") == value, field
    assert set(paths) == {"vmguest_session.read_seconds"}, paths


@case
def graphite_paths_bear_the_name_of_the_machine(tools):
    text, _ = run(tools, QUIET, "--once", "--format", "graphite")
    host = "".join(c if c.isascii() and (c.isalnum() or c in "-_:") else "_"
                   for c in socket.gethostname())
    assert all(line.startswith(f"{host}.vmguest_") for line in text.splitlines())


@case
def tags_come_back_as_they_were_given(tools):
    tags = {"a b": "c,d=e", "dc": 'no"rth', "ü": "CORP\\bob", "z": "1"}
    options = [word for key, value in sorted(tags.items(), reverse=True)
               for word in ("--tag", f"{key}={value}")]
    text, _ = run(tools, QUIET, "--once", *options)
    for _, got, _, _ in line_protocol.parse(text):
        assert got == tags, got
    text, _ = run(tools, QUIET, "--once", "--format", "json", *options)
    for line in text.splitlines():
        assert json.loads(line)["tags"] == tags


@case
def hostile_pool_paths_stay_in_their_place(tools):
    scenario = {"vm": {"resource_pool": 'a b,c=d "quoted" back\\slash\u0085 ü'}}
    wanted = 'a b,c=d "quoted" back\\slash?? ü'
    text, _ = run(tools, scenario, "--once", "--resource-pool")
    session = line_protocol.parse(text)[-1][2]
    assert session["resource_pool"] == wanted, session
    text, _ = run(tools, scenario, "--once", "--resource-pool", "--format", "json")
    session = json.loads(text.splitlines()[-1])["fields"]
    assert session["resource_pool"] == wanted, session


@case
def what_influx_cannot_hold_is_left_out_and_said(tools):
    scenario = fixed({"cpuUsedMs": hex(2**63), "cpuStolenMs": hex(2**63 - 1),
                      "memShares64": hex(2**64 - 1)})
    text, log = run(tools, scenario, "--no-derived", stdin=b"\n\n\n")
    for batch in line_protocol.batches(text):
        assert "used_ms" not in batch["vmguest_cpu"]
        assert batch["vmguest_cpu"]["stolen_ms"] == 2**63 - 1
        assert "shares" not in batch["vmguest_memory"]
    left_out = [line for line in log.splitlines() if "left out" in line]
    assert len(left_out) == 2 and "cpu_used" in left_out[0], log
    text, log = run(tools, scenario, "--no-derived", "--format", "json",
                    stdin=b"\n")
    got = {o["name"]: o["fields"] for o in map(json.loads, text.splitlines())}
    assert got["vmguest_cpu"]["used_ms"] == 2**63
    assert got["vmguest_memory"]["shares"] == 2**64 - 1
    assert "left out" not in log


@case
def times_are_in_the_unit_of_the_format(tools):
    now = time.time_ns()
    text, _ = run(tools, QUIET, "--once", "--timestamp")
    times = {t for _, _, _, t in line_protocol.parse(text)}
    text, _ = run(tools, QUIET, "--once", "--timestamp", "--format", "json")
    times |= {json.loads(line)["timestamp"] for line in text.splitlines()}
    text, _ = run(tools, QUIET, "--once", "--timestamp", "--format", "prometheus")
    times |= {int(line.split()[-1]) * 10**6 for line in text.splitlines()
              if line[0] != "#"}
    assert len(times) == 3 and all(abs(t - now) < 60 * 10**9 for t in times), times


@case
def no_host_is_said_once(tools):
    text, log = run(tools, None, stdin=b"\n" * 100)
    batches = line_protocol.batches(text)
    if batches[0]["vmguest_session"]["up"] == 1:
        raise Skip("a real host answers")
    assert len(batches) == 100
    for batch in batches:
        assert list(batch) == ["vmguest_session"]
        assert set(batch["vmguest_session"]) == names.DOWN
        assert batch["vmguest_session"]["up"] == 0
    assert len(log.splitlines()) == 1, log
    assert log.startswith("W! not in a VMware VM"), log


@case
def a_disabled_host_is_said_once_and_recovers(tools):
    scenario = {"events": [{"at": 0, "do": "disable", "for": 3}]}
    with Program(tools, scenario, "--interval", "100ms",
                 stdin=subprocess.DEVNULL) as p:
        p.read_until(lambda seen: b"up=1i" in seen)
        text = p.read_batches(p.seen.count(b"vmguest_session ") + 3)
        assert p.stop() == 0
    ups = [b["vmguest_session"]["up"] for b in line_protocol.batches(text)]
    assert ups == sorted(ups) and {0, 1} == set(ups), ups
    assert len(p.said("W! ")) == 1 and SWITCH in p.said("W! ")[0], p.log()
    assert len(p.said("I! receiving statistics from the host")) == 1, p.log()


@case
def a_session_change_is_said_and_shown(tools):
    scenario = {"load": [{"at": 0, "used": 0.5}],
                "events": [{"at": 1, "do": "vmotion", "mhz": 3400}]}
    with Program(tools, scenario, "--interval", "100ms",
                 stdin=subprocess.DEVNULL) as p:
        p.read_until(lambda seen: b"changes=1i" in seen)
        text = p.read_batches(p.seen.count(b"vmguest_session ") + 3)
        assert p.stop() == 0
    batches = line_protocol.batches(text)
    before = None
    for batch in batches:
        session = batch["vmguest_session"]
        if before and session["id"] != before["id"]:
            assert session["changes"] == before["changes"] + 1
            assert not names.DIFFERENCES & set(batch["vmguest_cpu"])
            assert batch["vmguest_host"]["cpu_mhz"] == 3400
            line, = p.said("session changed")
            assert line.startswith("I! ")
            assert before["id"] in line and session["id"] in line, line
        before = session
    assert len({b["vmguest_session"]["id"] for b in batches}) == 2


def pipe_holds(fd):
    count = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return count[0]


def wait_stalled(read_end):
    """Until the pipe is as full as it gets."""
    state = {"held": -1, "since": 0}

    def stalled():
        held = pipe_holds(read_end)
        if held != state["held"]:
            state.update(held=held, since=time.monotonic())
        return held > 0 and time.monotonic() - state["since"] > 0.3
    wait(stalled, why="the pipe did not fill")


@case
def a_reader_that_stops_loses_nothing(tools):
    for name in ("influx", "json"):
        read_end, write_end = pipe_of(4096)
        with Program(tools, {}, "--format", name, stdout=write_end) as p:
            os.close(write_end)
            p.ask(300)
            p.close_input()
            wait_stalled(read_end)
            with open(read_end, encoding="utf-8") as f:
                text = f.read()
            assert p.end() == 0
        if name == "json":
            lines = [json.loads(line) for line in text.splitlines()]
            elapsed = [o["fields"]["elapsed_ms"] for o in lines
                       if o["name"] == "vmguest_cpu"]
        else:
            elapsed = [b["vmguest_cpu"]["elapsed_ms"]
                       for b in line_protocol.batches(text)]
        assert len(elapsed) == 300 and elapsed == sorted(elapsed), name


@case
def termination_never_leaves_half_a_line(tools):
    """While the reader holds it up, and at any other time."""
    moments = random.Random(4)
    for i in range(12):
        number = signal.SIGKILL if i % 4 == 3 else signal.SIGTERM
        with Program(tools, {}, "--resource-pool") as p:
            p.ask(2000)
            p.read_until(lambda seen: len(seen) > moments.randrange(300000))
            p.kill(number)
            text = p.read_all()
            status = p.end()
            assert status == (137 if number == signal.SIGKILL else 0), status
        expect_whole("influx", text)
    for name in ("influx", "prometheus", "json"):
        read_end, write_end = pipe_of(4096)
        with Program(tools, {}, "--format", name, stdout=write_end) as p:
            os.close(write_end)
            p.ask(300)
            wait_stalled(read_end)
            assert p.stop() == 0, "it does not end while nobody reads"
            with open(read_end, encoding="utf-8") as f:
                expect_whole(name, f.read())


def expect_whole(name, text):
    assert text.endswith("\n"), text[-200:]
    for line in text.splitlines():
        if name == "influx":
            line_protocol.parse_line(line)
        elif name == "json":
            json.loads(line)
        else:
            assert line[0] == "#" or line.count(" ") == 1, line


def pipe_fill(write_end):
    """So that it takes no byte more, whatever a program wrote into it before."""
    os.write(write_end, b"x" * (4096 - pipe_holds(write_end)))


@case
def a_full_log_stops_neither_data_nor_end(tools):
    """A host that moves all the time has a line for each batch."""
    moving = {"events": [{"at": at / 10, "do": "vmotion"} for at in range(1, 600)]}
    read_end, write_end = pipe_of(4096)
    with Program(tools, moving, "--interval", "100ms", stdin=subprocess.DEVNULL,
                 stderr=write_end) as p:
        p.read_batches(1)
        pipe_fill(write_end)
        os.close(write_end)
        p.read_until(lambda seen: b"changes=8i" in seen)
        text = b""
        while b" lost: standard error was full.\n" not in text:
            text += os.read(read_end, 65536)
        lost, = re.findall(rb"W! (\d+) log lines were lost: standard error was "
                           rb"full\.$", text, re.M)
        assert int(lost) >= 4, text
        # Full again, and asked to end.
        with open(read_end, "rb", buffering=0) as log:
            assert p.stop() == 0
            log.readall()


@case
def a_log_that_stays_full_does_not_hold_up_the_end(tools):
    read_end, write_end = pipe_of(4096)
    with Program(tools, QUIET, "--interval", "100ms", stdin=subprocess.DEVNULL,
                 stderr=write_end) as p:
        p.read_batches(1)
        pipe_fill(write_end)
        p.read_batches(3)
        assert p.stop() == 0
    os.close(read_end)
    os.close(write_end)


def file_of(tools, name):
    folder = os.path.join(tools.work, name)
    os.makedirs(folder, exist_ok=True)
    for old in os.listdir(folder):
        os.unlink(os.path.join(folder, old))
    return folder, os.path.join(folder, "vmguest.prom")


@case
def a_file_is_never_seen_half_written(tools):
    folder, path = file_of(tools, "whole")
    scenario = {"events": [{"at": 2, "do": "disable"}]}
    contents = set()
    with Program(tools, scenario, "--format", "prometheus", "--interval", "100ms",
                 "--output", path, stdin=subprocess.DEVNULL) as p:
        os.umask(0o077)
        wait(lambda: os.path.exists(path))
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o644

        def disabled():
            with open(path) as f:
                text = f.read()
            samples, _ = names.prometheus_samples(text)
            assert "vmguest_read_seconds" in samples, text
            contents.add(text)
            # A stale file would look healthy: it is written while down, too.
            return samples["vmguest_up"] == ("", "0")
        wait(disabled)
        assert p.stop() == 0
    assert len(contents) > 5, "the file did not change"
    assert os.listdir(folder) == ["vmguest.prom"]


@case
def a_full_disk_leaves_the_old_file(tools):
    folder, path = file_of(tools, "full")
    options = ["--format", "prometheus", "--output", path]
    run(tools, QUIET, "--once", *options)
    with open(path) as f:
        old = f.read()

    def limit():
        # The program ignores it by itself; wine, which runs that of Windows, would not.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048, resource.RLIM_INFINITY))
    _, log = run(tools, QUIET, "--once", *options, status=1, before=limit)
    assert log.count("cannot write") == 1 and path in log, log
    with Program(tools, QUIET, *options, "--interval", "100ms", before=limit,
                 stdin=subprocess.DEVNULL) as p:
        wait(lambda: p.said("cannot write"))
        time_in = time.monotonic()
        wait(lambda: time.monotonic() - time_in > 0.5)  # some batches more
        # There is room again.
        soft = subprocess.run(["prlimit", f"--pid={p.pid()}",
                               "--fsize=unlimited"], capture_output=True)
        if soft.returncode == 0:
            wait(lambda: p.said("written again"))
        else:
            with open(path) as f:
                assert f.read() == old
        assert p.stop() == 0
        assert len(p.said("cannot write")) == 1, p.log()
    assert os.listdir(folder) == ["vmguest.prom"]


@case
def a_link_stays_and_its_target_is_replaced(tools):
    folder, path = file_of(tools, "links")
    target = os.path.join(tools.work, "target.prom")
    options = ["--format", "prometheus", "--once", "--output", path]
    os.symlink(target, path)
    if os.path.exists(target):
        os.unlink(target)
    done = subprocess.run([tools.program, *options], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and "a link to a file that exists" in done.stderr
    assert not os.path.exists(target)
    with open(target, "w") as f:
        f.write("old")
    run(tools, QUIET, *options)
    assert os.readlink(path) == target and os.listdir(folder) == ["vmguest.prom"]
    with open(target) as f:
        samples, _ = names.prometheus_samples(f.read())
    assert samples["vmguest_up"] == ("", "1")


@case
def a_folder_that_is_missing_is_said(tools):
    path = os.path.join(tools.work, "missing", "vmguest.prom")
    _, log = run(tools, QUIET, "--once", "--output", path, status=1)
    assert f"cannot write {path}: No such file" in log, log


if __name__ == "__main__":
    case.main("program", "simhost", "manual", "work", "deps", "version")
