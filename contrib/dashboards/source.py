# SPDX-License-Identifier: MIT
"""Asks a user's own server for what a VM published, by the dashboards' queries."""

import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request

from ways import DASHBOARDS, Metric

WAYS = {way.name: way for way in DASHBOARDS}
TIMEOUT = 20
NAMES_SHOWN = 20


class Trouble(Exception):
    """One line for who asked."""


def listed(names):
    """Not the names of a thousand VMs."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(sorted(names)[:NAMES_SHOWN]) + \
        (f" and {more} more" if more > 0 else "")


def regular_expression(text, quoted):
    """That text and nothing else, as Go reads it."""
    text = re.escape(text)
    return text.replace("\\", "\\\\").replace('"', '\\"') if quoted \
        else text.replace("/", "\\/")


class Source:
    def __init__(self, way, url):
        self.way, self.url = way, url.rstrip("/")

    def ask(self, path, part=None, **parameters):
        """What the server answers, a list, or that part of an object."""
        url = f"{self.url}/{path}"
        answer = self.fetch(url, parameters)
        if part and isinstance(answer, dict) and part in answer:
            return answer[part]
        if part or not isinstance(answer, list):
            raise Trouble(f"{url} answers, but not as {self.title} does")
        return answer

    def fetch(self, url, parameters):
        try:
            query = urllib.parse.urlencode(parameters)
            with urllib.request.urlopen(f"{url}?{query}", timeout=TIMEOUT) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as e:
            words = " ".join(e.read(2000).decode(errors="replace").split())
            said = re.search(r'"error": ?"((?:[^"\\]|\\.)*)"', words)
            said = f": {said[1]}" if said else \
                f"; is that {self.title}?" if e.code == 404 else ""
            raise Trouble(f"{url} refuses: {e.code} {e.reason}{said}") from None
        except urllib.error.URLError as e:
            raise Trouble(f"{self.url} does not answer: "
                          f"{getattr(e.reason, 'strerror', None) or e.reason}") \
                from None
        except (OSError, http.client.HTTPException) as e:
            words = " ".join(str(e).split()) or type(e).__name__
            raise Trouble(f"{self.url} does not answer: {words}") from None
        except ValueError:
            return None     # no JSON

    def vm(self, name):
        """The VM as this database spells it."""
        there = self.vms()
        if not there:
            raise Trouble(f"{self.url} has no statistics of vmguest, of no VM, as "
                          f"{self.way.needs} would have sent them")
        found = {name, self.spelled(name)} & set(there) or \
            {vm for vm in there if re.sub(r":\d+$", "", vm) == name}
        if len(found) != 1:
            raise Trouble(f'{self.url} does not know the VM "{name}"; it has '
                          + listed(found or there))
        return found.pop()

    def spelled(self, name):
        return name


class Graphite(Source):
    title = "Graphite"

    def vms(self):
        pattern = self.way.hosts().removeprefix("expand(").removesuffix(")")
        found = self.ask("metrics/expand", "results", query=pattern)
        return [path.split(".")[1] for path in found]

    def spelled(self, name):
        """As collectd's write_graphite does."""
        return re.sub(r"[.\s]", "_", name)

    def points(self, vm, metric, how, begin, end, step):
        # Its grammar knows ASCII without brackets: any letter in the place of another,
        # and only what is of that VM.
        text = self.way.query(Metric(metric), how)
        text = text.replace("$host", re.sub(r"[^\w-]", "?", vm, flags=re.ASCII)) \
            .replace("$interval", f"{step}s")
        answer = self.ask("render", target=text, format="json",
                          **{"from": int(begin), "until": int(end)})
        return [(t, v) for series in answer
                if f".{vm}." in series.get("tags", {}).get("name", f".{vm}.")
                for v, t in series["datapoints"] if v is not None]


class InfluxDB(Source):
    title = "InfluxDB 1.x"

    def __init__(self, way, url):
        """The path of the URL is the database, if there is one."""
        parts = urllib.parse.urlsplit(url)
        self.database = parts.path.strip("/") or way.name.partition("-")[2]
        super().__init__(way, f"{parts.scheme}://{parts.netloc}")

    def series(self, question):
        [result] = self.ask("query", "results", db=self.database, q=question,
                            epoch="ms")
        if "error" in result:
            there = [row[0] for series in self.series("SHOW DATABASES")
                     for row in series["values"]] \
                if "database not found" in result["error"] else ()
            raise Trouble(f"{self.url} says: {result['error']}"
                          + (f"; it has {listed(there)}" if there else ""))
        return result.get("series", ())

    def vms(self):
        return [name for series in self.series(self.way.hosts())
                for _, name in series["values"]]

    def points(self, vm, metric, how, begin, end, step):
        text = self.way.query(Metric(metric), how)
        text = text.replace("$host", regular_expression(vm, False)) \
            .replace("$interval", f"{step}s") \
            .replace("$timeFilter", f"time >= {int(begin)}s AND time < {int(end)}s")
        return [(t / 1000, v) for series in self.series(text)
                if series["tags"]["host"] == vm
                for t, v in series["values"] if v is not None]


class Prometheus(Source):
    title = "Prometheus"

    def vms(self):
        selector, _, label = self.way.hosts()["query"].rpartition(", ")
        selector = selector.partition("(")[2]
        return self.ask(f"api/v1/label/{label.rstrip(')')}/values", "data",
                        **{"match[]": selector})

    def points(self, vm, metric, how, begin, end, step):
        text = self.way.query(Metric(metric), how)
        text = text.replace("$host", regular_expression(vm, True)) \
            .replace("$interval", f"{step}s")
        answer = self.ask("api/v1/query_range", "data", query=text, start=begin,
                          end=end, step=step)
        # What a point tells is what was before it; elsewhere, what is behind it.
        return [(t - step, float(v)) for series in answer["result"]
                for t, v in series["values"]]


KINDS = {"graphite": Graphite, "influxdb": InfluxDB, "prometheus": Prometheus}


def source(text):
    """NAME=URL, NAME as the dashboards are called."""
    name, _, url = text.partition("=")
    try:
        parts = urllib.parse.urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and \
            parts.port is not False and name in WAYS
    except ValueError:      # a port that is none
        good = False
    if not good:
        raise Trouble(f'--from takes NAME=http://SERVER:PORT, NAME one of '
                      f'{", ".join(sorted(WAYS))}; "{text}" is not so')
    return KINDS[WAYS[name].database](WAYS[name], url)
