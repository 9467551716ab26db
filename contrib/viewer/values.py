# SPDX-License-Identifier: MIT
"""Series of values, whoever published them: the only file that knows their names."""

AREAS = ("CPU", "memory", "host", "session")
MIB, GIB = 2 ** 20, 2 ** 30

# Used and stolen time are shares of the vCPUs: a little more than all is how clocks
# differ, much more is a wrong number of vCPUs.
PERCENT_POSSIBLE = 105

# What a person looks at first, and all there is where the screen is small.
LEADING = ["stolen", "contention", "memory wait", "used", "used of limit",
           "limit binding", "effective",
           "reclaimed", "ballooned", "swapped", "zipped", "target",
           "active", "processor speed", "memory free",
           "session changes", "age", "up", "read latency", "write latency"]

TITLES = {
    "session.session.age": "age",
    "session.changes.number": "session changes",
    "session.read.seconds": "duration of a read",
    "host.cpu.hertz": "processor speed",
    "CPU.vcpus.number": "virtual CPUs",
    "CPU.contention_memory.percent": "memory wait",
    "CPU.contention_memory.ms": "memory wait time",
}


# Of a disk, by stem and unit; "" is not shown.
DISK_TITLES = {
    "read.seconds": "read latency", "write.seconds": "write latency",
    "read.operations": "reads", "write.operations": "writes",
    "read.growing bytes": "read", "write.growing bytes": "written",
    "read.ms": "", "write.ms": "",
}

# Units of what only grows: it is shown by how fast.
GROWING = ("ms", "growing bytes", "operations")


class Series:
    """One value from its first point to the last."""

    def __init__(self, area, stem, unit):
        self.area, self.unit = area, unit
        self.key = f"{area}.{stem}.{unit}"
        self.points = []
        title = stem.replace("_", " ")
        if unit == "ms" and area != "host":
            title += " time"
        if unit == "percent" and area == "memory" and " of " not in title:
            title += " share"
        self.title = TITLES.get(self.key, title)
        if area.startswith("disk "):
            self.title = DISK_TITLES.get(f"{stem}.{unit}", title)

    def values(self):
        """The points as they are shown: of what only grows, how fast it does."""
        if self.unit not in GROWING:
            return [value for _, value in self.points]
        return [(b - a) / (later - sooner) for (sooner, a), (later, b)
                in zip(self.points, self.points[1:]) if b >= a and later > sooner]

    def text(self, value, signed=False):
        return text_of(self.unit, value, signed)


def text_of(unit, value, signed=False):
    sign = "+" if signed else ""
    size = abs(value)
    if unit == "bytes":
        if size >= GIB:
            return f"{value / GIB:{sign}.{1 if size >= 100 * GIB else 2}f} GiB"
        return f"{value / MIB:{sign}.0f} MiB"
    if unit == "hertz":
        if size >= 1e9:
            return f"{value / 1e9:{sign}.2f} GHz"
        return f"{value / 1e6:{sign}.0f} MHz"
    if unit == "percent":
        return f"{value:{sign}.1f} %"
    if unit == "ms":
        return f"{value:{sign}.0f} ms/s"
    if unit == "growing bytes":
        return f"{value / MIB:{sign}.1f} MiB/s"
    if unit == "operations":
        return f"{value:{sign}.0f} /s"
    if unit == "seconds":
        return f"{value * 1e3:{sign}.2f} ms"
    if unit == "age":
        minutes, seconds = divmod(int(size), 60)
        return f"{value:{sign}.0f} s" if signed else f"{minutes}:{seconds:02} min"
    if unit == "flag":
        return "" if signed else "yes" if value else "no"
    if unit == "times":
        return f"{value:{sign}.2f} times"
    return f"{value:{sign}.0f}"


class Values:
    """All series of one source."""

    def __init__(self):
        self.series = {}
        self.shown = {}

    def add(self, area, stem, unit, when, value):
        key = f"{area}.{stem}.{unit}"
        if key not in self.series:
            self.series[key] = Series(area, stem, unit)
        self.series[key].points.append((when, value))

    def disks(self):
        """Areas, one each."""
        return sorted({s.area for s in self.series.values() if s.area.startswith("disk ")})

    def newest(self):
        return max((s.points[-1][0] for s in self.series.values()), default=0)

    def all(self, key):
        return self.series[key].values() if key in self.series else []

    def is_current(self, key):
        """Telegraf stamps the lines of one reading some microseconds apart."""
        return key in self.series and self.series[key].points[-1][0] > self.newest() - 0.5

    def cpu_percent_most(self):
        """The most that used and stolen time were together, in percent of the vCPUs."""
        stolen = dict(self.series["CPU.stolen.percent"].points
                      if "CPU.stolen.percent" in self.series else [])
        used = self.series["CPU.used.percent"].points \
            if "CPU.used.percent" in self.series else []
        return max((value + stolen.get(when, 0) for when, value in used), default=0)

    def vcpus_wrong(self):
        return self.cpu_percent_most() > PERCENT_POSSIBLE

    def rows(self, area, leading_only=False):
        """(title, value, change since rows() was last called for the area)"""
        newest = self.newest()
        wrong = self.vcpus_wrong()
        for key, series in sorted(self.series.items(), key=rank):
            if leading_only and series.title not in LEADING and \
                    series.title.removesuffix(" share") not in LEADING:
                continue
            values = series.values()
            if series.area != area or not series.title or not values or \
                    series.points[-1][0] < newest - 3:
                continue
            before = self.shown.get(key, values[-1])
            self.shown[key] = values[-1]
            if key.endswith(".limited.flag"):
                if not values[-1]:
                    yield "limit", "none", ""
                continue
            if wrong and area == "CPU" and series.unit == "percent":
                yield series.title, "?", ""
                continue
            change = series.text(values[-1] - before, signed=True)
            if not any(digit in change for digit in "123456789"):
                change = ""
            yield series.title, series.text(values[-1]), change


def rank(item):
    title = item[1].title.removesuffix(" share")
    leads = title in LEADING
    return not leads, LEADING.index(title) if leads else 0, title
