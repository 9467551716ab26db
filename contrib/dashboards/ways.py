# SPDX-License-Identifier: MIT
"""The databases that can be asked: how each one names a metric, and how it asks."""

import string

from description import COUNTERS, METRICS, SHARES, THRESHOLDS, TOP, WINDOW, Share


class Metric:
    def __init__(self, name):
        (self.instance, self.type, self.type_instance, self.measurement, self.field,
         self.prometheus, *self.factors) = METRICS[name]
        # Where there is one for each device: what that is.
        self.device = {"vscsi": "disk", "vnet": "nic"}.get(self.instance)


def times(factor, text):
    return text if factor == 1 else f"{factor:.10g} * {text}"


def summed(terms):
    """[(sign, name)] of what a share has in the place of a metric."""
    terms = terms if isinstance(terms, tuple) else (terms,)
    return [("-" if term[0] == "-" else "+", term.lstrip("-")) for term in terms]


def names_of(share):
    return [name for terms in share.over + share.under for _, name in summed(terms)]


def metric_of(name):
    """Itself, or what a share has first."""
    return Metric(names_of(SHARES[name])[0] if name in SHARES else name)


def product(way, share):
    """What a share's raw numbers have to be multiplied with to be its own."""
    factor = share.factor
    for terms in share.over:
        factor *= way.factor(Metric(summed(terms)[0][1]))
    for terms in share.under:
        factor /= way.factor(Metric(summed(terms)[0][1]))
    return factor


def quotient(share, text, join=""):
    """text(name) of each, as the share has them."""
    def term(terms):
        (_, first), *others = summed(terms)
        if not others:
            return text(first)
        return "(" + text(first) + "".join(
            f" {sign} {join}{text(name)}" for sign, name in others) + ")"
    return [f"* {join}{term(terms)}" for terms in share.over], \
        [f"/ {join}{term(terms)}" for terms in share.under]


UP = "session.up"

# More processors than that are no host, but a counter that another host has.
MANY_CORES = 4096


# Seconds of processor time that a host spends until it looks like another one: its VMs
# are read at different times, and hosts differ by weeks.
HOST_DAY = 86400


# One class for each way; how it asks, how it names.


class Way:
    def has(self, columns):
        """collectd has no texts."""
        return self.has_texts or all(how != "text" for *_, how in columns)


class Prometheus(Way):
    database, datasource = "prometheus", "prometheus"
    has_fleet, hosts_more = True, {}
    intervals, usual = "5m,15m,1h", "5m"
    pace = "The shortest one holds two scrapes, even those of every 2 minutes."

    def query(self, metric, how):
        over = self.select(metric, 'instance=~"$host"')
        factor = self.factor(metric)
        if how == "cores":
            rate = times(factor, f"rate({over}[$interval])")
            return f"{rate} < {MANY_CORES}"
        if how == "rate":
            return times(factor, f"rate({over}[$interval])")
        return times(factor, f"{how}_over_time({over}[$interval])")

    def target(self, name, metric, how):
        device = f"{{{{{self.device(metric)}}}}} " if metric.device else ""
        return {"expr": self.query(metric, how), "legendFormat":
                "{{instance}} " + device + name}

    def moves(self):
        over = self.select(Metric("session.age"), 'instance=~"$host"')
        return {"expr": f"resets({over}[$interval]) > 0", "step": "10s",
                "titleFormat": "session changed", "tagKeys": "instance",
                "textFormat": "moved, resumed, reverted or reset"}

    def hosts(self):
        up = self.select(Metric("session.up"), "")
        return {"query": f"label_values({up}, instance)", "refId": "hosts"}

    def windowed(self, name, labels="", window=f"[{WINDOW}m]", function=None):
        function = function or ("rate" if name in COUNTERS else "avg_over_time")
        return f"{function}({self.select(Metric(name), labels)}{window})"

    def record(self, name):
        device = metric_of(name).device
        return f"instance{f'_{device}' if device else ''}:" \
            f"{SHARES[name].record}{WINDOW}m"

    def share(self, name, factor, space, *window):
        share = SHARES[name]
        first, *others = sum(quotient(
            share, lambda n: self.windowed(n, *window), self.join(metric_of(name))), [])
        first = first.removeprefix(f"* {self.join(metric_of(name))}")
        return times(factor * product(self, share), space.join([first, *others]))

    def recorded(self):
        """{record: expression}"""
        space = f"\n{' ' * 10}"
        return {self.record(name): self.share(name, 1 / self.scale(name), space)
                for name in SHARES}

    def scale(self, name):
        """Percent are recorded as a ratio, as is usual."""
        return 100 if SHARES[name].record.endswith(":ratio") else 1

    def newest(self, record):
        # Between two readings that are 5 minutes apart a window can be without
        # growth for a moment.
        return f"last_over_time({record}[5m])"

    def condition(self, name, op, number):
        if op == "awaited":
            return self.awaited(name, number)
        if name in SHARES:
            newest = self.newest(self.record(name))
            return f"{times(self.scale(name), newest)} {op} {number:.10g}"
        text = self.select(Metric(name), "")
        if op == "moved":
            return f"resets({text}[1h]) > {number}"
        if op == "gone":
            # What a target's labels are, up has too.
            return (f"last_over_time({text}[{WINDOW}m] offset {number}m)\n"
                    f"{' ' * 10}and on (job, instance, cluster, site) up == 1\n"
                    f"{' ' * 10}unless last_over_time({text}[{WINDOW}m])")
        return f"{times(self.factor(Metric(name)), self.windowed(name))} " \
            f"{op} {number:.10g}"

    # The fleet.

    vm = "instance, cluster, site"
    cluster = "cluster, site"
    of_clusters = 'cluster=~"$cluster"'
    cluster_of_legend = "{{cluster}} {{site}}"
    columns_of_vm = {"instance": "VM", "cluster": "Cluster", "site": "Site"}

    def clusters(self):
        up = self.select(Metric(UP), "")
        return {"query": f"label_values({up}, cluster)", "refId": "clusters"}

    def of_vm(self, name, how):
        window = "[$window] offset $window" if how == "before" else "[$window]"
        function = {"since": "last_over_time", "last": "last_over_time",
                    "host": "last_over_time", "moves": "resets"}.get(how)
        asked = self.of_clusters, window, function
        if how == "text":
            metric = Metric(name)
            return f"max by ({self.vm}, {metric.field}) " \
                f"({self.select(metric, self.of_clusters)})"
        if how == "host":
            days = HOST_DAY / self.factor(Metric(name))
            return f"floor(max by ({self.vm}) ({self.windowed(name, *asked)}) " \
                f"/ {days:.10g})"
        if name in SHARES:
            text = self.share(name, 1, " ", *asked)
        else:
            text = times(self.factor(Metric(name)), self.windowed(name, *asked))
        return f"max by ({self.vm}) ({text})"

    def groups(self, columns, condition):
        """A query for each column; the first one's VMs are chosen."""
        asked = {heading: self.of_vm(name, how) for heading, _, name, how in columns}
        first, *others = asked.values()
        if condition:
            heading, op, number = condition
            first += f" and on ({self.vm}) {asked[heading]} {op} {number}"
        return [{"expr": expr, "format": "table", "instant": True}
                for expr in [first, *others]]

    def table(self, columns, condition):
        """A query for each column, all of the same VMs."""
        asked = {heading: self.of_vm(name, how) for heading, _, name, how in columns}
        first, *others = asked.values()
        if condition:
            heading, op, number = condition
            first += f" and {asked[heading]} {op} {number}"
        first = f"topk({TOP}, {first})"
        return [{"expr": expr, "format": "table", "instant": True} for expr in
                [first, *(f"{other} and {first}" for other in others)]]

    def names_in_table(self, columns):
        """{what Grafana calls a column of its answer: what the panel calls it}"""
        return self.columns_of_vm | {
            Metric(name).field if how == "text" else f"Value #{letter}": heading
            for letter, (heading, _, name, how) in zip(string.ascii_uppercase, columns)}

    def curve(self, legend, name, how, of_all):
        text = self.of_vm(name, how)
        if of_all == "above":
            text = f"100 * avg by ({self.cluster}) " \
                f"({text} > bool {THRESHOLDS[name][0]})"
        else:
            of_all = "avg" if of_all == "mean" else of_all
            text = f"{of_all} by ({self.cluster}) ({text})"
        return {"expr": text, "legendFormat": f"{self.cluster_of_legend} {legend}"}


class PrometheusExecd(Prometheus):
    has_texts = True
    name, title = "prometheus-execd", "vmguest (Prometheus, vmguest-execd)"
    needs = "vmguest-execd and node_exporter's textfile collector"
    has_target = True       # up is there with the VM's own labels
    has_guest = True        # node_exporter's statistics of disks are
    wait = f"instance_disk:vmguest_vscsi_await:seconds{WINDOW}m"

    def join(self, _):
        return ""

    def join_answers(self, metric):
        return f"ignoring ({metric.device}) " if metric.device else ""

    def answers(self):
        return f"{self.select(Metric(UP), '')} == 1"

    def device(self, metric):
        return metric.device

    def recorded(self):
        """And how long the guest waits, where it is known which device a disk is."""
        def growth(*names):
            return "(" + " + ".join(f"rate(node_disk_{name}_total[{WINDOW}m])"
                                    for name in names) + ")"
        # A disk whose device is renamed has two for a moment.
        return super().recorded() | {self.wait: f"\n{' ' * 10}".join([
            "max without (device) (" + growth("read_time_seconds", "write_time_seconds"),
            "/ " + growth("reads_completed", "writes_completed"),
            "* on (job, instance, cluster, site, device) group_right () "
            "vmguest_vscsi_info)"])}

    def awaited(self, name, number):
        latency = self.newest(self.record(name))
        return (f"({latency} unless {self.newest(self.wait)}\n{' ' * 12}"
                f"> {number} * {latency})")

    def select(self, metric, labels):
        return metric.prometheus + (f"{{{labels}}}" if labels else "")

    def factor(self, metric):
        return metric.factors[2]


COUNTER_TYPES = ("derive", "total_time_in_ms", "total_bytes", "total_operations",
                 "packets")


class PrometheusCollectd(Prometheus):
    name, title = "prometheus-collectd", "vmguest (Prometheus, collectd)"
    needs = "collectd's write_prometheus"
    has_target = has_guest = has_texts = False

    def join(self, metric):
        """vmguest is the VM, or the name of a device."""
        return "ignoring (type) " if metric.device else self.join_answers(metric)

    def join_answers(self, _):
        return "ignoring (vmguest, type) "

    def answers(self):
        """Its page has the reading's own time, which can be 7 minutes ago."""
        return f"last_over_time({self.select(Metric(UP), '')}[8m]) == 1"

    def select(self, metric, labels):
        kind = metric.type
        if kind == "duration":
            kind += "_seconds"
        if kind in COUNTER_TYPES:
            kind += "_total"
        own = f'vmguest=~"{metric.instance}_.*"' if metric.device \
            else f'vmguest="{metric.instance}"'
        own += f',type="{metric.type_instance}"'
        return f"collectd_vmguest_{kind}{{{own}{',' if labels else ''}{labels}}}"

    def device(self, metric):
        return "vmguest"

    def factor(self, metric):
        return metric.factors[0]


class Influx(Way):
    database, datasource = "influxdb", "influxdb"
    has_fleet, hosts_more = True, {}
    has_target = has_guest = False
    intervals, usual = "10s,30s,1m,5m,15m,1h", "30s"
    pace = "Any of them suits readings every 10 s to 5 min."

    def query(self, metric, how):
        field = self.field(metric)
        source = (f'FROM "{self.measurement(metric)}" WHERE "host" =~ /^$host$/ AND '
                  f"{self.where(metric)}$timeFilter "
                  f'GROUP BY time($interval), "host"{self.by_device(metric)} fill(none)')
        factor = self.factor(metric)
        if how in ("rate", "cores"):
            rate = times(factor, f'non_negative_derivative(max("{field}"), 1s)')
            if how == "rate":
                return f"SELECT {rate} {source}"
            return (f'SELECT "busy" FROM (SELECT {rate} AS "busy" {source}) '
                    f'WHERE "busy" < {MANY_CORES} GROUP BY "host"')
        function = {"avg": "mean"}.get(how, how)
        point = times(factor, f'{function}("{field}")')
        return f"SELECT {point} {source}"

    def target(self, name, metric, how):
        device = f"$tag_{self.device(metric)} " if metric.device else ""
        return {"query": self.query(metric, how), "rawQuery": True,
                "resultFormat": "time_series", "alias": f"$tag_host {device}{name}"}

    def by_device(self, metric):
        return f', "{self.device(metric)}"' if metric.device else ""

    def key_of(self, metric):
        return self.key + self.by_device(metric)

    def moves(self):
        metric = Metric("session.age")
        field = self.field(metric)
        return {"query":
                f'SELECT "moved" FROM (SELECT difference("{field}") AS "moved" FROM '
                f'"{self.measurement(metric)}" WHERE "host" =~ /^$host$/ AND '
                f"{self.where(metric)}$timeFilter GROUP BY \"host\") "
                'WHERE "moved" < 0',
                "rawQuery": True, "textColumn": "moved", "tagsColumn": "host",
                "textEditor": True}

    def hosts(self):
        measurement = self.measurement(Metric("session.up"))
        return f'SHOW TAG VALUES FROM "{measurement}" WITH KEY = "host"'

    def source(self, name, when):
        metric = Metric(name)
        return (f'FROM "{self.measurement(metric)}" WHERE {self.where(metric)}{when}')

    def term(self, name, letter, when, how="avg", rate=False):
        field = f'"{self.field(Metric(name))}"'
        key = self.key_of(Metric(name))
        source = f"{self.source(name, when)} GROUP BY {key}"
        if how == "moves":
            return (f'(SELECT "fall" AS "{letter}" FROM (SELECT difference({field}) AS '
                    f'"fall" {source}) WHERE "fall" < 0 GROUP BY {key})')
        if how == "text":
            return f'(SELECT {field} AS "{letter}" {source})'
        if rate:
            return (f'(SELECT non_negative_derivative({field}, 1s) AS "{letter}" '
                    f"{source})")
        if name in COUNTERS and how in ("avg", "before"):
            field = f"non_negative_difference({field})"
        # Times 1.0: integers of several sources give nothing in InfluxDB 1.
        return f'(SELECT 1.0 * {field} AS "{letter}" {source})'

    def value(self, name, letters, when, how="avg"):
        """What it is in a window, and the sources that this needs; only what is of
        one measurement can be joined so."""
        share = SHARES.get(name) or Share(None, 1, [name], [])
        # Elapsed time is of one measurement only: a growth a second is a derivative.
        if share.under == ["session.elapsed"]:
            share = share._replace(under=[])
        rate = not share.under and names_of(share)[0] in COUNTERS and how == "avg"
        letters = dict(zip(names_of(share), letters))
        function = {"since": "last", "last": "last", "moves": "count", "text": "last",
                    "host": "last"}.get(how)

        def point(name):
            usual = "sum" if name in COUNTERS and not rate else "mean"
            return f'{function or usual}("{letters[name]}")'
        over, under = quotient(share, point)
        text = " ".join([*over, *under]).removeprefix("* ")
        if how == "host":
            days = f"{HOST_DAY / self.factor(Metric(name)):.10g}"
            text = f"({text} - {text} % {days}) / {days}"
        elif how not in ("moves", "text"):
            text = times(product(self, share), text)
        return text, [self.term(name, letter, when, how, rate)
                      for name, letter in letters.items()]

    # Its value in a window, and what that is selected from: several sources, or one.

    def joined(self, name, when, chosen="", how="avg"):
        point, terms = self.value(name, string.ascii_lowercase, chosen + when, how)
        return point, f"FROM {', '.join(terms)} WHERE {when}"

    def plain(self, name, when, chosen="", how="avg"):
        metric = Metric(name)
        function = {"avg": "mean"}.get(how, how)
        return (times(self.factor(metric), f'{function}("{self.field(metric)}")'),
                self.source(name, chosen + when))

    def condition(self, name, op, number, windows):
        """One row for each VM for which it was so in every window."""
        key = self.key_of(metric_of(name))
        if op == "moved":
            metric = Metric(name)
            return (f'SELECT "moves" FROM (SELECT count("fall") AS "moves" FROM '
                    f'(SELECT difference("{self.field(metric)}") AS "fall" '
                    f"{self.source(name, 'time > now() - 60m')} GROUP BY {key}) "
                    f'WHERE "fall" < 0 GROUP BY {key}) '
                    f'WHERE "moves" > {number} GROUP BY {key}')
        select = self.joined if name in SHARES else self.plain
        point, source = select(name, f"time > now() - {windows * WINDOW}m")
        return ('SELECT "windows" FROM (SELECT count("value") AS "windows" FROM '
                f'(SELECT {point} AS "value" {source} '
                f"GROUP BY time({WINDOW}m, now()), {key} fill(none)) "
                f"""WHERE "value" {'=' if op == '==' else op} {number:.10g} """
                f'GROUP BY {key}) WHERE "windows" >= {windows} GROUP BY {key}')

    # The fleet.

    def clusters(self):
        measurement = self.measurement(Metric(UP))
        return f'SHOW TAG VALUES FROM "{measurement}" WITH KEY = "cluster"'

    def groups(self, columns, condition):
        return self.queries(columns, '"{}"', condition)

    def table(self, columns, condition):
        return self.queries(columns, f'top("{{0}}", {TOP}) AS "{{0}}"', condition)

    def queries(self, columns, first, condition):
        """One for all columns of a measurement; only the first one's VMs are chosen."""
        of_measurement = {}
        for column in columns:
            measurement = self.measurement(metric_of(column[2]))
            of_measurement.setdefault(measurement, []).append(column)
        chosen, *others = of_measurement.values()
        return [self.frame(chosen, first, condition),
                *(self.frame(other, '"{}"', None) for other in others)]

    def frame(self, columns, first, condition):
        letters, points, terms = iter(string.ascii_letters), [], []
        whole = f"{self.of_clusters}time > now() - $window"
        for heading, _, name, how in columns:
            when = whole
            if how == "before":
                when = (f"{self.of_clusters}time > now() - $window - $window AND "
                        "time <= now() - $window")
            point, sources = self.value(name, letters, when, how)
            points.append(f'{point} AS "{heading}"')
            terms += sources
        shown = [first.format(columns[0][0])] + \
            [f'"{heading}"' for heading, *_ in columns[1:]] + \
            [f'"{tag}" AS "{heading}"' for tag, heading in self.columns_of_vm.items()]
        where = ""
        if condition:
            heading, op, number = condition
            where = f""" WHERE "{heading}" {'=' if op == '==' else op} {number}"""
        # The earlier window is before that of all others.
        return {"query": f"SELECT {', '.join(shown)} FROM (SELECT {', '.join(points)} "
                f"FROM {', '.join(terms)} WHERE time > now() - $window - $window "
                f"GROUP BY {self.key}){where}",
                "rawQuery": True, "resultFormat": "table"}

    def names_in_table(self, columns):
        """The query has the panel's own names."""
        return {heading: heading for heading in
                [*self.columns_of_vm.values(), *(column[0] for column in columns)]}

    def curve(self, legend, name, how, of_all):
        # Every reading is here: the mean of a share is what its counters grew by, for
        # a tenth of the cost.
        select = self.joined if how == "moves" else self.plain
        point, source = select(name, "$timeFilter", self.of_clusters, how)
        each = (f'(SELECT {point} AS "value" {source} '
                f"GROUP BY time($window), {self.key} fill(none))")
        by = f"GROUP BY time($window){self.cluster}"
        if of_all == "above":
            # count() of nothing is 0 only where there is something else to count.
            text = ('SELECT 100 * "above" / "all" FROM (SELECT count("above") AS '
                    f'"above", count("all") AS "all" FROM (SELECT "value" AS "above" '
                    f'FROM {each} WHERE "value" > {THRESHOLDS[name][0]} '
                    f'GROUP BY {self.key}), (SELECT "value" AS "all" FROM {each} '
                    f"GROUP BY {self.key}) WHERE $timeFilter {by} fill(0)) "
                    f'WHERE "all" > 0{self.cluster.replace(",", " GROUP BY", 1)}')
        else:
            text = f'SELECT {of_all}("value") FROM {each} WHERE $timeFilter {by} ' \
                "fill(none)"
        return {"query": text, "rawQuery": True, "resultFormat": "time_series",
                "alias": f"{self.cluster_of_legend} {legend}".strip()}


class InfluxTelegraf(Influx):
    has_texts = True
    name, title = "influxdb-telegraf", "vmguest (InfluxDB, Telegraf)"
    needs = "Telegraf's execd input with vmguest-execd"
    # Tags that nobody set are empty, and one group.
    key = '"host", "cluster", "site"'
    cluster = ', "cluster", "site"'
    of_clusters = '"cluster" =~ /^$cluster$/ AND '
    cluster_of_legend = "$tag_cluster $tag_site"
    columns_of_vm = {"host": "VM", "cluster": "Cluster", "site": "Site"}

    def measurement(self, metric):
        return metric.measurement

    def field(self, metric):
        return metric.field

    def where(self, metric):
        return ""

    def device(self, metric):
        return metric.device

    def factor(self, metric):
        return metric.factors[1]


class InfluxCollectd(Influx):
    has_texts = False
    name, title = "influxdb-collectd", "vmguest (InfluxDB, collectd)"
    needs = "collectd's network plugin and InfluxDB's collectd listener"
    key = '"host"'
    # What collectd's packets have no room for cannot be chosen here.
    cluster = of_clusters = ""
    cluster_of_legend = "all"
    columns_of_vm = {"host": "VM"}

    def measurement(self, metric):
        return "vmguest_seconds" if metric.type == "duration" else "vmguest_value"

    def device(self, metric):
        return "instance"

    def field(self, metric):
        return "value"

    def where(self, metric):
        instance = f"=~ /^{metric.instance}_/" if metric.device \
            else f"= '{metric.instance}'"
        return (f"\"instance\" {instance} AND \"type\" = '{metric.type}' "
                f"AND \"type_instance\" = '{metric.type_instance}' AND ")

    def factor(self, metric):
        return metric.factors[0]


class GraphiteCollectd:
    name, title = "graphite-collectd", "vmguest (Graphite, collectd)"
    database, datasource = "graphite", "graphite"
    has_fleet = False
    hosts_more = {"regex": r"/^collectd\.([^.]+)\.vmguest-vm$/"}
    needs = 'collectd\'s write_graphite with the prefix "collectd."'
    # Graphite's own spelling: it refuses "1m".
    pace = "At least collectd's Interval: a shorter one draws nothing."
    intervals, usual = "10s,30s,1min,5min,10min,1h", "1min"

    def path(self, metric):
        device = "_*" if metric.device else ""
        return (f"collectd.$host.vmguest-{metric.instance}{device}."
                f"{metric.type}-{metric.type_instance}")

    def query(self, metric, how):
        """write_graphite sends rates of counters: nothing to differentiate."""
        text = self.path(metric)
        if how in ("rate", "cores"):
            text = f"keepLastValue({text}, 0)"
            how, function = "avg", how
        else:
            function = ""
        if metric.factors[0] != 1:
            text = f"scale({text}, {metric.factors[0]})"
        if function == "cores":
            text = f"removeAboveValue({text}, {MANY_CORES})"
        return f"summarize({text}, '$interval', '{how}')"

    def target(self, name, metric, how):
        text = f"aliasByNode({self.query(metric, how)}, 1)"
        if metric.device:
            text = f"aliasByNode({self.query(metric, how)}, 1, 2)"
            text = f"aliasSub({text}, '.vmguest-[a-z]+_', ' ')"
        return {"target": f"aliasSub({text}, '$', ' {name}')"}

    def moves(self):
        """The rates are collectd's own: it makes none across its restart."""
        return {"target": "removeBelowValue("
                f"{self.path(Metric('session.changes'))}, 0.000001)"}

    def hosts(self):
        """Of those that have vmguest, not all that collectd runs on."""
        return "expand(collectd.*.vmguest-vm)"


DASHBOARDS = [PrometheusExecd(), PrometheusCollectd(), InfluxTelegraf(),
              InfluxCollectd(), GraphiteCollectd()]
