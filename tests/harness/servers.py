# SPDX-License-Identifier: MIT
"""The real servers behind collectd, Telegraf and node_exporter, each in a folder of
its own and on free ports of the loopback, with the configuration that is shipped."""

import functools
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from cases import Skip, check_simhost, wait


# Below those that the kernel gives to connections. Until its server listens a port is
# anybody's: each test has some of its own, and keeps the first of them bound, by which
# the tests that run at the same time know that they are taken.
FIRST_PORT, PORTS, TESTS = 10000, 40, 500
next_port = itertools.count()


@functools.cache
def own_ports():
    for number in range(TESTS):
        first = FIRST_PORT + (os.getpid() + number) % TESTS * PORTS
        mark = socket.socket()
        try:
            mark.bind(("127.0.0.1", first))
        except OSError:
            mark.close()
            continue
        return mark, range(first + 1, first + PORTS)
    raise AssertionError("no ports are free")


def free_port(kind=socket.SOCK_STREAM):
    _, ports = own_ports()
    for _ in ports:
        port = ports[next(next_port) % len(ports)]
        with socket.socket(type=kind) as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"none of the {ports} is free")


def free_udp_port():
    return free_port(socket.SOCK_DGRAM)


def fragment(tools, name, *changes):
    """A shipped configuration with what a test has to put elsewhere; each text
    that is replaced has to be there."""
    with open(os.path.join(tools.config, name)) as f:
        text = f.read()
    for old, new in changes:
        assert old in text, f"{name} has no {old!r}"
        text = text.replace(old, str(new))
    return text


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def ask(url, **parameters):
    """The answer's text; a refusal is an error with the server's words."""
    if parameters:
        url += "?" + urllib.parse.urlencode(parameters, doseq=True)
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as e:
        raise AssertionError(f"{url}: {e.code} {e.read()[-1500:]!r}") from None


def fetch(port, path, **parameters):
    query = urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}?{query}",
                                timeout=10) as answer:
        return answer.read().decode()


class Server:
    """A program that runs until the end of the case; its log is a file."""

    def __init__(self, tools, name, command, **more):
        self.name = name
        self.log_file = os.path.join(tools.work, name + ".log")
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, **more)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.stop()
        if kind and kind is not Skip:
            print(f"{self.name} said:\n{self.log()[-6000:]}")

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def log(self):
        with open(self.log_file, errors="replace") as f:
            return f.read()


class Real(Server):
    """A server that is there once it answers. One that does not is not left running:
    whoever makes it is not in its context yet."""

    def listen(self, answers, why):
        def there():
            assert self.process.poll() is None, self.log()
            try:
                return answers()
            except (OSError, AssertionError):
                return False
        try:
            wait(there, 60, why)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise


def connects(port):
    with socket.create_connection(("127.0.0.1", port), 5):
        return True


# Graphite.

CARBON = """
[cache]
STORAGE_DIR = {work}
LOCAL_DATA_DIR = {work}/whisper
CONF_DIR = {work}/conf
LOG_DIR = {work}/log
PID_DIR = {work}
USER =
DATABASE = whisper
ENABLE_LOGROTATION = False
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = inf
WHISPER_FALLOCATE_CREATE = False
ENABLE_TAGS = False
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {line}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = {pickle}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = {query}
"""

WEB = """
from graphite.settings import *
STORAGE_DIR = {work!r}
WHISPER_DIR = {work!r} + "/whisper"
STANDARD_DIRS = [WHISPER_DIR]
LOG_DIR = {work!r} + "/log"
INDEX_FILE = {work!r} + "/index"
SECRET_KEY = "loopback"
ALLOWED_HOSTS = ["127.0.0.1"]
CARBONLINK_HOSTS = ["127.0.0.1:{query}"]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3",
                           "NAME": {work!r} + "/graphite.db"}}}}
"""

# whisper's own reader: {metric: [(time, value)]} of all that was written.
WHISPER = """
import json, os, sys, time, whisper
top, found = sys.argv[1], {}
for folder, _, names in os.walk(top):
    for name in names:
        path = os.path.join(folder, name)
        try:
            (start, end, step), values = whisper.fetch(path, time.time() - 900)
        except (whisper.CorruptWhisperFile, OSError):
            continue    # carbon is making it
        metric = os.path.relpath(path, top)[:-4].replace("/", ".")
        found[metric] = [(start + i * step, v) for i, v in enumerate(values)
                         if v is not None]
json.dump(found, sys.stdout)
"""

DEBIAN_PYTHON = "/usr/bin/python3"   # whose packages the unpacked ones are


def shipped_schemas(tools):
    """With a second as the first time, as collectd's interval is here."""
    return fragment(tools, "carbon-storage-schemas.conf", ("10s:6h", "1s:1h"),
                    ("1m:14d", "1m:1d"), ("15m:1y", "15m:10d")) + \
        "\n[rest]\npattern = .*\nretentions = 1s:1h\n"


class Carbon(Real):
    """carbon-cache; whisper files are read back by whisper's own reader."""

    def __init__(self, tools, port=None, name="carbon", retentions=None, before=()):
        program = tools.dependency("graphite/usr/bin/carbon-cache", "carbon-cache")
        if not os.access(DEBIAN_PYTHON, os.X_OK):
            raise Skip(f"{DEBIAN_PYTHON} is not here")
        self.programs = os.path.dirname(program)
        self.packages = os.path.join(self.programs,
                                     "../lib/python3/dist-packages")
        self.folder = os.path.join(tools.work, name)
        self.port, self.query = port or free_port(), free_port()
        write(f"{self.folder}/conf/carbon.conf", CARBON.format(
            work=self.folder, line=self.port, pickle=free_port(), query=self.query))
        if retentions:
            schemas = f"[all]\npattern = .*\nretentions = {retentions}\n"
        else:
            schemas = shipped_schemas(tools)
        write(f"{self.folder}/conf/storage-schemas.conf", schemas)
        shutil.copy(os.path.join(tools.config, "carbon-storage-aggregation.conf"),
                    f"{self.folder}/conf/storage-aggregation.conf")
        os.makedirs(f"{self.folder}/log", exist_ok=True)
        # Nothing is drawn here: what draws would load the libraries of a desktop.
        write(f"{self.folder}/cairocffi.py", "")
        super().__init__(
            tools, name,
            [*before, DEBIAN_PYTHON, program, f"--config={self.folder}/conf/carbon.conf",
             f"--pidfile={self.folder}/pid", f"--logdir={self.folder}/log",
             "--nodaemon", "start"], env=self.environment())
        self.listen(lambda: connects(self.port), "carbon does not listen")

    def command(self, name):
        """A program of whisper's, as the shell has to be told."""
        return f"{DEBIAN_PYTHON} '{self.programs}/{name}'"

    def environment(self, **more):
        return {**os.environ, "PYTHONPATH": f"{self.folder}:{self.packages}", **more}

    def read(self):
        """{metric: [(time, value)]} of the files on disk."""
        done = subprocess.run(
            [DEBIAN_PYTHON, "-B", "-c", WHISPER, f"{self.folder}/whisper"],
            capture_output=True, text=True, timeout=60, env=self.environment())
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


class GraphiteWeb(Real):
    """Answers the dashboard's queries, as Grafana would ask them."""

    def __init__(self, tools, carbon):
        write(f"{carbon.folder}/vmguest_settings.py",
              WEB.format(work=carbon.folder, query=carbon.query))
        environment = carbon.environment(DJANGO_SETTINGS_MODULE="vmguest_settings")
        django = [DEBIAN_PYTHON, "-B", "-m", "django"]
        done = subprocess.run(django + ["migrate", "--run-syncdb"], timeout=100,
                              capture_output=True, text=True, env=environment)
        if "No module named" in done.stderr:
            raise Skip("graphite-web is not here")
        assert done.returncode == 0, done.stderr
        self.port = free_port()
        super().__init__(tools, "graphite-web", django + [
            "runserver", "--noreload", "--insecure", f"127.0.0.1:{self.port}"],
            env=environment)
        self.listen(lambda: connects(self.port), "graphite-web does not listen")

    def render(self, target, seconds):
        """[(name, [(time, value)])] of a target."""
        answer = ask(f"http://127.0.0.1:{self.port}/render", target=target,
                     format="json", **{"from": f"-{seconds}s"})
        return [(series["target"], [(t, v) for v, t in series["datapoints"]
                                    if v is not None])
                for series in json.loads(answer)]


# Telegraf and InfluxDB.


def telegraf_start(tools, scenario, *options, **environment):
    """The real one on a host, once it has started its program."""
    server = Server(
        tools, "telegraf",
        tools.host(scenario) + [tools.dependency("telegraf/telegraf", "telegraf"),
                                *options],
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0", **environment})

    def started():
        check_simhost(server.process.poll())
        assert server.process.poll() is None, server.log()
        return "Starting process" in server.log()
    wait(started, why="Telegraf did not start the program")
    return server


INFLUXD = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{work}/influx/meta"
[data]
  dir = "{work}/influx/data"
  wal-dir = "{work}/influx/wal"
[http]
  bind-address = "127.0.0.1:{http}"
  log-enabled = false
"""

class Influxd(Real):
    """InfluxDB 1.x, with the shipped collectd listener if it is wanted."""

    def __init__(self, tools, typesdb=None, name="influxd", http=None, udp=None):
        program = tools.dependency("influxdb/usr/bin/influxd", "influxd")
        self.http, self.udp = http or free_port(), udp or free_udp_port()
        text = INFLUXD.format(work=f"{tools.work}/{name}", http=self.http,
                              rpc=free_port())
        if typesdb:
            text += fragment(tools, "influxdb-collectd.conf",
                             ("0.0.0.0:25826", f"127.0.0.1:{self.udp}"),
                             ("/usr/share/collectd/types.db", typesdb))
        write(f"{tools.work}/{name}/conf", text)
        super().__init__(tools, name, [program, "run", "-config",
                                       f"{tools.work}/{name}/conf"])
        self.listen(lambda: fetch(self.http, "/ping") or True,
                    "influxd does not answer")

    def stop(self, number=signal.SIGKILL):
        """1.6 does not end at once when its collectd listener is on."""
        super().stop(number)

    def query(self, database, question):
        """[{name, tags, columns, values}] with times in seconds; of all series."""
        answer = json.loads(ask(f"http://127.0.0.1:{self.http}/query", db=database,
                                q=question, epoch="ns"))
        result = answer["results"][0]
        if result.get("error", "").startswith("database not found"):
            return []       # it is made by the first packet
        assert "error" not in result, (question, result)
        return result.get("series", [])

    def write(self, database, lines):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http}/write?db={database}",
            "\n".join(lines).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 204

    def create(self, database):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http}/query",
            urllib.parse.urlencode({"q": f"CREATE DATABASE {database}"}).encode(),
            method="POST")
        urllib.request.urlopen(request, timeout=20).read()


# Prometheus.


class Prometheus(Real):
    """Fetches from one target as the shipped configuration has it."""

    def __init__(self, tools, job, target):
        program = tools.dependency("prometheus/usr/bin/prometheus", "prometheus")
        self.port = free_port()
        folder = f"{tools.work}/prometheus"
        ports = {"node": "vm1.example:9100", "collectd": "vm1.example:9103"}
        changes = [(ports[job], target), ("15s", "500ms")]
        text = fragment(tools, "prometheus.yml", *changes)
        # One of the jobs only: the other one's target is not there.
        head, *jobs = text.split("  - job_name: ")
        [text] = [j for j in jobs if j.startswith(job + "\n")]
        write(f"{folder}/prometheus.yml", head + "  - job_name: " + text)
        for name in os.listdir(tools.rules) if os.path.isdir(tools.rules) else ():
            shutil.copy(os.path.join(tools.rules, name), folder)
        super().__init__(tools, "prometheus", [
            program, f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{self.port}"])
        # It finds its targets some seconds after its start.
        self.listen(lambda: self.samples("up"), "prometheus does not scrape")

    def ask(self, path, **parameters):
        answer = json.loads(ask(f"http://127.0.0.1:{self.port}/api/v1/{path}",
                                **parameters))
        assert answer["status"] == "success", answer
        return answer["data"]

    def samples(self, selector):
        """[(labels, [(time, value)])] as they were stored."""
        data = self.ask("query", query=f"{selector}[15m]")
        return [(s["metric"], [(t, float(v)) for t, v in s["values"]])
                for s in data["result"]]

    def range(self, question, seconds):
        """[(labels, [(time, value)])], one point a second."""
        now = time.time()
        data = self.ask("query_range", query=question, start=now - seconds, end=now,
                        step="1")
        return [(s["metric"], [(t, float(v)) for t, v in s["values"]])
                for s in data["result"]]


class NodeExporter(Real):
    def __init__(self, tools, folder):
        program = tools.dependency("node-exporter/usr/bin/prometheus-node-exporter",
                                   "prometheus-node-exporter", "node_exporter")
        self.port = free_port()
        super().__init__(tools, "node_exporter", [
            program, f"--web.listen-address=127.0.0.1:{self.port}",
            "--collector.disable-defaults", "--collector.textfile",
            f"--collector.textfile.directory={folder}"])
        self.listen(lambda: fetch(self.port, "/metrics"),
                    "node_exporter does not answer")
