/* SPDX-License-Identifier: MIT */
/* Prints what manuals and metrics.md say of each metric, from the tables:
 * vmg-tables metrics.md | collectd | execd | names */
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "values.h"

#define DASH "\xE2\x80\x93"
#define WIDTH 80
#define SENTENCE 256

static const char *const units[VMG_METRIC_UNIT_COUNT] = {
	[VMG_METRIC_MHZ] = "Hz",
	[VMG_METRIC_SPEED] = "Hz",
	[VMG_METRIC_MBPS] = "MBps",
	[VMG_METRIC_MB] = "bytes",
	[VMG_METRIC_KB] = "bytes",
	[VMG_METRIC_BYTES] = "bytes",
	[VMG_METRIC_COUNT] = "number",
	[VMG_METRIC_SHARE] = "percent",
	[VMG_METRIC_RATIO] = "ratio",
	[VMG_METRIC_FLAG] = "0 or 1",
	[VMG_METRIC_SECONDS] = "s",
	[VMG_METRIC_AGE] = "s",
	[VMG_METRIC_LATENCY] = "s",
	[VMG_METRIC_MS_TOTAL] = "ms",
	[VMG_METRIC_US_TOTAL] = "ms",
	[VMG_METRIC_KB_TOTAL] = "bytes",
	[VMG_METRIC_BYTES_TOTAL] = "bytes",
	[VMG_METRIC_OPERATIONS] = "operations",
	[VMG_METRIC_PACKETS] = "packets",
	[VMG_METRIC_EVENTS] = "number",
	[VMG_METRIC_TEXT] = "text",
};

static const char *const titles[VMG_AREA_COUNT] = {
	[VMG_AREA_CPU] = "Processor",
	[VMG_AREA_MEMORY] = "Memory",
	[VMG_AREA_HOST] = "The whole host",
	[VMG_AREA_VSCSI] = "Disks",
	[VMG_AREA_VNET] = "Network cards",
	[VMG_AREA_SESSION] = "Session and health",
};

/* A metric's names; "" where a format does not have it. */
struct names {
	char statistic[VMG_NAME_SIZE]; /* as options take it, or "always" */
	char folder[sizeof((struct vmg_identity *)0)->instance];
	char collectd[2 * VMG_NAME_SIZE];
	char measurement[VMG_NAME_SIZE], field[VMG_NAME_SIZE];
	char prometheus[VMG_NAME_SIZE];
};

static void names_make(const struct vmg_metric *metric, struct names *names)
{
	const char *key = vmg_area_instance_key(metric->area);
	char instance[VMG_INSTANCE_SIZE];
	struct vmg_identity id;

	*names = (struct names){ .statistic = "always" };
	if (metric->source != VMG_SOURCE_SELF &&
	    metric->source != VMG_SOURCE_GUEST)
		vmg_metric_name(metric, names->statistic);
	snprintf(instance, sizeof instance, "<%s>", key ? key : "");
	if (vmg_identity_make(metric, instance, &id)) {
		strcpy(names->folder, id.instance);
		snprintf(names->collectd, sizeof names->collectd, "%s-%s",
			 id.type, id.type_instance);
	}
	vmg_metric_measurement(metric, names->measurement);
	vmg_metric_field(metric, names->field);
	vmg_prometheus_name(metric, names->prometheus);
}

/* What it says, and the set that it must be asked for in. */
static void sentence_make(const struct vmg_metric *metric, char text[SENTENCE])
{
	char sets[VMG_SETS_SIZE];

	vmg_sets_text(metric->set, ", ", sets);
	snprintf(text, SENTENCE, "%s%s%s%s", metric->what,
		 metric->set ? " Set " : "", sets, metric->set ? "." : "");
}

/* Sentences in lines of a manual's source, each beginning with its own. */
static void paragraph(const struct vmg_metric *metric)
{
	char sentence[SENTENCE], *text = sentence;
	size_t column = 0;
	bool ended = false;

	sentence_make(metric, sentence);
	while (*text) {
		size_t len = strcspn(text, " ");

		if (column > 0 && (ended || column + 1 + len > WIDTH)) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s%.*s", column ? " " : "", (int)len,
					 text);
		ended = text[len - 1] == '.';
		text += len + strspn(text + len, " ");
	}
	putchar('\n');
}

/* One list for each plugin instance. */
static void collectd_print(void)
{
	static const char *const folders[] = { "vm", "host", "vscsi_<disk>",
					       "vnet_<nic>" };
	const struct vmg_metric *metric;
	struct names names;

	for (size_t f = 0; f < sizeof folders / sizeof folders[0]; f++) {
		bool begun = false;

		for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
			names_make(metric, &names);
			if (strcmp(names.folder, folders[f]) != 0)
				continue;
			if (!begun)
				printf(".Ss vmguest-%s\n.Bl -tag -width Ds\n",
				       folders[f]);
			begun = true;
			printf(".It Li %s Pq %s, %s\n", names.collectd,
			       units[metric->unit], names.statistic);
			paragraph(metric);
		}
		if (begun)
			puts(".El");
	}
}

static const char *type_of_field(const struct vmg_metric *metric)
{
	static const char *const types[] = {
		[VMG_NUMBER_WHOLE] = "integer",
		[VMG_NUMBER_REAL] = "float",
		[VMG_NUMBER_TEXT] = "string",
	};

	return types[vmg_metric_number(metric)];
}

/* One list for each measurement. */
static void execd_print(void)
{
	const struct vmg_metric *metric;
	char begun[VMG_NAME_SIZE] = "";
	struct names names;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		names_make(metric, &names);
		if (!names.field[0])
			continue;
		if (strcmp(begun, names.measurement) != 0) {
			printf("%s.Ss %s\n.Bl -tag -width Ds\n",
			       begun[0] ? ".El\n" : "", names.measurement);
			strcpy(begun, names.measurement);
		}
		printf(".It Li %s Pq %s ; Li %s\n", names.field,
		       type_of_field(metric),
		       names.prometheus[0] ? names.prometheus : "\\(en");
		paragraph(metric);
	}
	puts(".El");
}

static void cell(const char *before, const char *text)
{
	if (text[0])
		printf("| `%s%s` ", before, text);
	else
		printf("| " DASH " ");
}

static void markdown_print(void)
{
	const struct vmg_metric *metric;
	char measurement[VMG_NAME_SIZE + 2], sentence[SENTENCE];
	struct names names;
	int area = -1;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		names_make(metric, &names);
		if (metric->area != area) {
			area = metric->area;
			printf("%s### %s\n\n| collectd | unit | Influx, JSON | "
			       "Prometheus | what it says |\n"
			       "| --- | --- | --- | --- | --- |\n",
			       i ? "\n" : "", titles[area]);
		}
		snprintf(measurement, sizeof measurement, "%s.",
			 names.measurement);
		cell("", names.collectd);
		printf("| %s ", units[metric->unit]);
		cell(measurement, names.field);
		cell("", names.prometheus);
		sentence_make(metric, sentence);
		printf("| %s |\n", sentence);
	}
}

/* Tab-separated, for tests: what options, collectd, Influx and Prometheus call
 * it. */
static void names_print(void)
{
	const struct vmg_metric *metric;
	struct names names;

	for (size_t i = 0; (metric = vmg_metric_at(i)); i++) {
		names_make(metric, &names);
		printf("%s\t%s%s%s\t%s.%s\t%s\n", names.statistic, names.folder,
		       names.folder[0] ? "/" : "", names.collectd,
		       names.measurement, names.field, names.prometheus);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} tables[] = {
		{ "metrics.md", markdown_print },
		{ "collectd", collectd_print },
		{ "execd", execd_print },
		{ "names", names_print },
	};

	for (size_t i = 0; argc == 2 && i < sizeof tables / sizeof tables[0];
	     i++)
		if (strcmp(argv[1], tables[i].name) == 0) {
			tables[i].print();
			return 0;
		}
	fputs("usage: vmg-tables metrics.md | collectd | execd | names\n",
	      stderr);
	return 2;
}
