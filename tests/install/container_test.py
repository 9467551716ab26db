# SPDX-License-Identifier: MIT
"""The container image, as it is built from its Containerfile, and the manifests. One case
a call. The image's root is run as a runtime would under the manifest's restrictions."""

import glob
import json
import os
import re
import subprocess

import yaml
from cases import Cases, Skip, clean, wait
from servers import NodeExporter, Server, fetch, write

case = Cases()

KUBERNETES = "1.25", "1.29", "1.33", "1.37"
SCENARIO = {"speed": 50, "host": {"idle_seconds": 0}, "vm": {"vcpus": os.cpu_count()}}
# prctl(2), as /proc/PID/status has it.
SECCOMP_FILTER = "2"


def contrib(tools, *path):
    return os.path.join(tools.source, "contrib", *path)


def manifests(tools):
    """Each object of each manifest."""
    for path in sorted(glob.glob(contrib(tools, "packaging/container/*.yaml"))):
        with open(path) as f:
            yield from yaml.safe_load_all(f)


def pods(tools):
    for thing in manifests(tools):
        if thing["kind"] == "DaemonSet":
            yield thing["spec"]["template"]["spec"]


def container_find(tools, name):
    """The container of that name, and what its pod is allowed."""
    for pod in pods(tools):
        for container in pod["containers"]:
            if container["name"] == name:
                return container, pod["securityContext"]
    raise AssertionError(f"no manifest has a container {name}")


@case
def manifests_are_those_of_kubernetes(tools):
    folder = f"{tools.deps}/kubernetes"
    if not os.path.exists(f"{folder}/complete"):
        raise Skip("kubernetes-validate is not here; contrib/check puts it in "
                   "build/deps/kubernetes")
    paths = glob.glob(contrib(tools, "packaging/container/*.yaml"))
    for version in KUBERNETES:
        done = subprocess.run(
            ["python3", "-m", "kubernetes_validate", "--strict", "-k", version, *paths],
            env={**os.environ, "PYTHONPATH": folder}, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count(" passed ") == len(list(manifests(tools))), done.stdout


@case
def pods_are_restricted(tools):
    """All that the Pod Security Standard "restricted" asks, and a read-only root."""
    for pod in pods(tools):
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), pod
        assert {kind for volume in pod["volumes"] for kind in set(volume) - {"name"}} <= {
            "configMap", "emptyDir"}, pod["volumes"]
        context = pod["securityContext"]
        assert context["runAsNonRoot"] is True and context["runAsUser"] > 0, context
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, context
        for container in pod["containers"]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, container["name"]
            assert context["capabilities"] == {"drop": ["ALL"]}, container["name"]
            assert context["readOnlyRootFilesystem"] is True, container["name"]
            assert "hostPort" not in str(container.get("ports")), container["name"]


def npd_rule(tools):
    with open(contrib(tools, "stat/monitoring/node-problem-detector.json")) as f:
        return json.load(f)["rules"][0]


@case
def the_check_is_where_its_configuration_has_it(tools):
    program = npd_rule(tools)["path"]
    with open(contrib(tools,
                      "packaging/container/node-problem-detector.Containerfile")) as f:
        _, source, folder = re.search(r"^(COPY) (\S+) (\S+)$", f.read(), re.M).groups()
    assert folder + os.path.basename(source) == program


# Running the image.

class Image:
    """What buildah makes of the Containerfile, with its layers unpacked in root."""

    def __init__(self, tools):
        buildah = tools.dependency("containers/usr/bin/buildah", "buildah")
        self.root = f"{tools.work}/root"
        os.makedirs(self.root)
        image, storage = f"{tools.work}/image", f"{tools.work}/storage"
        write(f"{tools.work}/storage.conf",
              f'[storage]\ndriver = "vfs"\ngraphroot = "{storage}"\n'
              f'runroot = "{storage}/run"\n')
        write(f"{tools.work}/policy.json",
              '{"default": [{"type": "insecureAcceptAnything"}]}')
        folders = glob.glob(tools.context)
        if len(folders) != 1:
            raise Skip("no static program is here, which the test packages makes with "
                       "build/deps/yajl")
        for command in (["build", "--isolation", "chroot", "--tag", "vmguest", "--file",
                         contrib(tools, "packaging/container/Containerfile"), folders[0]],
                        ["push", "vmguest", f"dir:{image}"]):
            done = subprocess.run(
                [buildah, "--signature-policy", f"{tools.work}/policy.json", *command],
                env={**os.environ, **libraries(tools),
                     "CONTAINERS_STORAGE_CONF": f"{tools.work}/storage.conf"},
                capture_output=True, text=True)
            if "unshare" in done.stderr or "Operation not permitted" in done.stderr:
                raise Skip("images cannot be built here by this user")
            assert done.returncode == 0, done.stderr
        with open(f"{image}/manifest.json") as f:
            manifest = json.load(f)
        with open(f"{image}/{digest(manifest['config'])}") as f:
            self.config = json.load(f)["config"]
        for layer in manifest["layers"]:
            subprocess.run(["tar", "-xzf", f"{image}/{digest(layer)}", "-C", self.root],
                           check=True)


def digest(blob):
    return blob["digest"].removeprefix("sha256:")


def libraries(tools):
    return {"LD_LIBRARY_PATH": f"{tools.deps}/containers/usr/lib/x86_64-linux-gnu"}


def runtime_filter(tools):
    """The seccomp filter that a runtime makes of its default profile for a container
    without capabilities on this machine, as a file that bwrap takes."""
    profile = f"{tools.deps}/containers/usr/share/containers/seccomp.json"
    script = os.path.join(os.path.dirname(__file__), "seccomp_filter.py")
    path = f"{tools.work}/filter"
    packages = f"{tools.deps}/containers/usr/lib/python3/dist-packages"
    if not os.path.exists(profile) or not os.path.exists(packages):
        raise Skip("a runtime's seccomp profile is not here; contrib/check puts it in "
                   "build/deps/containers")
    subprocess.run(["python3", "-B", script, profile, path], check=True,
                   env={**os.environ, **libraries(tools), "PYTHONPATH": packages})
    return open(path, "rb")


class Container:
    """A command in the image's root, as confined as the manifest says."""

    def __init__(self, tools, image, options, name="vmguest", program=None):
        container, pod = container_find(tools, name)
        bwrap = tools.dependency("containers/usr/bin/bwrap", "bwrap")
        security = container["securityContext"]
        mounts = [m["mountPath"] for m in container["volumeMounts"]]
        self.folders = {path: f"{tools.work}{path}" for path in mounts}
        for path, folder in self.folders.items():
            os.makedirs(folder)
            os.chmod(folder, 0o777)
            os.makedirs(image.root + path)
        uid, gid = image.config["User"].split(":")
        assert (int(uid), int(gid)) == (pod["runAsUser"], pod["runAsGroup"]), uid
        assert security["readOnlyRootFilesystem"]
        assert not security["allowPrivilegeEscalation"]   # bwrap has no other way
        self.filter = runtime_filter(tools)
        self.command = [
            bwrap, "--unshare-all", "--die-with-parent", "--clearenv",
            "--uid", uid, "--gid", gid, "--ro-bind", image.root, "/",
            *(word for path, folder in self.folders.items()
              for word in ("--bind", folder, path)),
            "--proc", "/proc", "--ro-bind", "/sys", "/sys",
            "--seccomp", str(self.filter.fileno()),
            *(word for what in security["capabilities"]["drop"]
              for word in ("--cap-drop", what)),
            *(word for variable in container["env"] if "value" in variable
              for word in ("--setenv", variable["name"], variable["value"])),
            "--", *(program or image.config["Entrypoint"]), *options]
        for path in ("/proc", "/sys"):
            os.makedirs(image.root + path)

    def run(self, tools, scenario):
        done = subprocess.run([*tools.host(scenario), *self.command],
                              pass_fds=[self.filter.fileno()], capture_output=True,
                              text=True, timeout=60)
        check(tools, done.returncode, done.stderr)
        return done


def check(tools, status, log):
    if "amespace" in log or "setting up uid map" in log:
        raise Skip("namespaces are not allowed here")
    if status in (3, 4) and "simhost" in log:
        raise Skip("no simulated host here")


def untimed(lines):
    return re.sub(r"read_seconds=\S+", "read_seconds", lines)


# A host whose numbers never change.
FIXED = {"fixed": {"cpuUsedMs": 4294967297, "elapsedMs": 9007199254740993,
                   "cpuStolenMs": 18446744073709551, "hostCpuUsedMs": 72057594037927937}}


@case
def the_image_says_what_the_program_says(tools):
    clean(tools)
    image = Image(tools)
    options = ["--once", "--vcpus", "4", "--tag", "host=here"]
    there = Container(tools, image, options).run(tools, FIXED)
    assert there.returncode == 0 and "used_ms=4294967297i" in there.stdout, there
    here = subprocess.run([*tools.host(FIXED), tools.program, *options],
                          capture_output=True, text=True, timeout=60)
    assert untimed(there.stdout) == untimed(here.stdout), there.stdout + here.stdout


@case
def the_daemonset_runs_and_its_file_is_served(tools):
    clean(tools)
    image = Image(tools)
    container, _ = container_find(tools, "vmguest")
    options = [word.replace("$(NODE_NAME)", "node-1").replace("15s", "1s")
               for word in container["args"]]
    assert "--tag=node=node-1" in options and "--interval=1s" in options, options
    box = Container(tools, image, options)
    (textfile,) = box.folders.values()
    with NodeExporter(tools, textfile) as exporter, Server(
            tools, "container", [*tools.host(SCENARIO), *box.command],
            pass_fds=[box.filter.fileno()]) as server:

        def up():
            if server.process.poll() is not None:
                check(tools, server.process.returncode, server.log())
                raise AssertionError(server.log())
            return re.search(r'^vmguest_up\{node="node-1"\} 1$',
                             fetch(exporter.port, "/metrics"), re.M)

        wait(up, 60, "node_exporter does not show it")
        page = fetch(exporter.port, "/metrics")
        assert "vmguest_cpu_stolen_seconds_total" in page, page
        assert f'node_textfile_mtime_seconds{{file="{textfile}/vmguest.prom"}}' in page, page
        status = confined(server.process.pid, image.config["Entrypoint"][0])
        assert status["NoNewPrivs"] == "1", status
        assert status["Seccomp"] == SECCOMP_FILTER, status
        for which in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
            assert int(status[which], 16) == 0, status


@case
def the_check_of_node_problem_detector_runs(tools):
    """In this image: that of node-problem-detector is not here."""
    clean(tools)
    box = Container(tools, Image(tools), npd_rule(tools)["args"], "node-problem-detector",
                    ["/bin/vmguest-stat"])
    state = box.folders["/state"]
    busy = {**SCENARIO, "load": [{"used": 0.6, "stolen": 0.3}]}
    done = box.run(tools, busy)
    assert done.returncode in (0, 1) and "denied 30.0 %" in done.stdout, done
    assert os.listdir(state), "no reading is kept for the next check"


def confined(parent, program):
    """/proc/PID/status of the program below that process."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                command = f.read().split(b"\0")
            with open(f"/proc/{pid}/status") as f:
                status = dict(line.split(":\t", 1) for line in f.read().splitlines())
        except (OSError, ValueError):
            continue
        if command[0].decode() == program and descends(pid, parent):
            return {key: value.strip() for key, value in status.items()}
    raise AssertionError(f"no {program} runs")


def descends(pid, parent):
    while int(pid) > 1:
        if int(pid) == parent:
            return True
        with open(f"/proc/{pid}/stat") as f:
            pid = f.read().rpartition(")")[2].split()[1]
    return False


if __name__ == "__main__":
    case.main("source", "deps", "work", "simhost", "program", "context")
