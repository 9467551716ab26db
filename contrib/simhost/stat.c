/* SPDX-License-Identifier: MIT */
/* Text, YAML and XML have the shapes of public samples; no public JSON reply
 * was readable: that one is Inferred. An encoding that does not exist is
 * served as text, and so is every list. */
#include <inttypes.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include "stat.h"

#define METRIC_TEXT NULL

static const struct {
	const char *name;
	const char *type; /* METRIC_TEXT: no number */
	const char *units;
} metrics[SIM_METRICS] = {
	[SIM_SESSION_ID] = { "session", METRIC_TEXT, "" },
	[SIM_UPTIME] = { "uptime", "accumulate", "us" },
	[SIM_HYPERVISOR] = { "version", METRIC_TEXT, "" },
	[SIM_PROVIDER] = { "provider", METRIC_TEXT, "" },
	[SIM_UUID_BIOS] = { "uuid.bios", METRIC_TEXT, "" },
	[SIM_PROCESSOR_MHZ] = { "host.cpu.processorMHz", "static", "MHz" },
	[SIM_CORES_PER_PACKAGE] = { "host.cpu.coresPerPkg", "static", "cores" },
	[SIM_CPU_RESERVED] = { "vm.cpu.reserved", "static", "MHz" },
	[SIM_CPU_LIMIT] = { "vm.cpu.limit", "static", "MHz" },
	[SIM_CPU_USED] = { "vm.cpu.used", "accumulate", "us" },
	[SIM_CPU_CONTENTION_CPU] = { "vm.cpu.contention.cpu", "accumulate",
				     "us" },
	[SIM_CPU_CONTENTION_MEM] = { "vm.cpu.contention.mem", "accumulate",
				     "us" },
	[SIM_NUMA_LOCAL] = { "vm.numa.local", "instant", "KB" },
	[SIM_NUMA_REMOTE] = { "vm.numa.remote", "instant", "KB" },
	[SIM_MEM_RESERVED] = { "guest.mem.reserved", "static", "KB" },
	[SIM_MEM_LIMIT] = { "guest.mem.limit", "static", "KB" },
	[SIM_MEM_MAPPED] = { "guest.mem.mapped", "instant", "KB" },
	[SIM_MEM_CONSUMED] = { "guest.mem.consumed", "instant", "KB" },
	[SIM_MEM_SWAPPED] = { "guest.mem.swapped", "instant", "KB" },
	[SIM_MEM_BALLOONED] = { "guest.mem.ballooned", "instant", "KB" },
	[SIM_MEM_SWAP_IN] = { "guest.mem.swapIn", "accumulate", "KB" },
	[SIM_MEM_SWAP_OUT] = { "guest.mem.swapOut", "accumulate", "KB" },
	[SIM_OVHD_SWAPPED] = { "ovhd.mem.swapped", "instant", "KB" },
	[SIM_OVHD_SWAP_IN] = { "ovhd.mem.swapIn", "accumulate", "KB" },
	[SIM_OVHD_SWAP_OUT] = { "ovhd.mem.swapOut", "accumulate", "KB" },
	[SIM_NUM_READS] = { "num.reads", "accumulate", "operations" },
	[SIM_NUM_WRITES] = { "num.writes", "accumulate", "operations" },
	[SIM_SIZE_READS] = { "size.reads", "accumulate", "bytes" },
	[SIM_SIZE_WRITES] = { "size.writes", "accumulate", "bytes" },
	[SIM_LATENCY_READS] = { "latency.reads", "accumulate", "us" },
	[SIM_LATENCY_WRITES] = { "latency.writes", "accumulate", "us" },
	[SIM_NUM_TX] = { "num.tx", "accumulate", "packets" },
	[SIM_SIZE_TX] = { "size.tx", "accumulate", "bytes" },
	[SIM_NUM_RX] = { "num.rx", "accumulate", "packets" },
	[SIM_SIZE_RX] = { "size.rx", "accumulate", "bytes" },
	[SIM_NET_RESERVATION] = { "reservation", "static", "MBps" },
	[SIM_NET_LIMIT] = { "limit", "static", "MBps" },
};

/* Rows first..last of the table above make one stat. */
struct range {
	const char *stat;
	enum sim_metric first, last;
};

static const struct range ranges[] = {
	{ "session", SIM_SESSION_ID, SIM_UUID_BIOS },
	{ "host", SIM_PROCESSOR_MHZ, SIM_CORES_PER_PACKAGE },
	{ "resources", SIM_CPU_RESERVED, SIM_OVHD_SWAP_OUT },
	{ "vscsi", SIM_NUM_READS, SIM_LATENCY_WRITES },
	{ "vnet", SIM_NUM_TX, SIM_NET_LIMIT },
};

enum sim_metric sim_metric_find(const char *name)
{
	enum sim_metric m = 0;

	while (m < SIM_METRICS && strcmp(metrics[m].name, name) != 0)
		m++;
	return m;
}

bool sim_metric_is_text(enum sim_metric metric)
{
	return metrics[metric].type == METRIC_TEXT;
}

/* Takes the text up to the next blank, and that blank. */
static bool word_take(const char **text, size_t *left, char *to, size_t room)
{
	const char *end = memchr(*text, ' ', *left);
	size_t len = end ? (size_t)(end - *text) : *left;

	if (len >= room)
		return false;
	memcpy(to, *text, len);
	to[len] = '\0';
	len += end != NULL;
	*text += len;
	*left -= len;
	return true;
}

bool sim_stat_parse(struct sim_stat_request *r, const char *text, size_t len)
{
	return word_take(&text, &len, r->encoding, sizeof r->encoding) &&
	       word_take(&text, &len, r->stat, sizeof r->stat) &&
	       word_take(&text, &len, r->param, sizeof r->param);
}

static void as_text(struct sim_bytes *out, const struct range *range,
		    const struct sim_metric_value *values)
{
	for (enum sim_metric m = range->first; m <= range->last; m++) {
		if (!values[m].valid)
			continue;
		sim_bytes_format(out, "%s = ", metrics[m].name);
		if (values[m].text)
			sim_bytes_text(out, values[m].text);
		else
			sim_bytes_format(out, "%" PRId64, values[m].number);
		sim_bytes_text(out, "\n");
	}
}

static void as_yaml(struct sim_bytes *out, const struct range *range,
		    const struct sim_metric_value *values)
{
	for (enum sim_metric m = range->first; m <= range->last; m++) {
		if (!values[m].valid)
			continue;
		if (values[m].text) {
			sim_bytes_format(out, "%s: \"%s\"\n", metrics[m].name,
					 values[m].text);
			continue;
		}
		sim_bytes_format(out,
				 "%s:\n    type: %s\n    units: %s\n"
				 "    value: %" PRId64 "\n",
				 metrics[m].name, metrics[m].type,
				 metrics[m].units, values[m].number);
	}
}

static void as_xml(struct sim_bytes *out, const struct range *range,
		   const struct sim_metric_value *values)
{
	sim_bytes_format(out, "<metrics session=\"%s\">\n",
			 values[SIM_SESSION_ID].text);
	for (enum sim_metric m = range->first; m <= range->last; m++) {
		if (!values[m].valid)
			continue;
		sim_bytes_format(out, "<metric name=\"%s\"", metrics[m].name);
		if (values[m].text)
			sim_bytes_format(out, ">%s", values[m].text);
		else
			sim_bytes_format(out,
					 " type=\"%s\" units=\"%s\">%" PRId64,
					 metrics[m].type, metrics[m].units,
					 values[m].number);
		sim_bytes_text(out, "</metric>\n");
	}
	sim_bytes_text(out, "</metrics>\n");
}

static void json_text(yajl_gen gen, const char *text)
{
	yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

static void json_metric(yajl_gen gen, enum sim_metric m,
			const struct sim_metric_value *value)
{
	json_text(gen, metrics[m].name);
	if (value->text) {
		json_text(gen, value->text);
		return;
	}
	if (m == SIM_UPTIME) { /* the session has no metadata */
		yajl_gen_integer(gen, value->number);
		return;
	}
	yajl_gen_map_open(gen);
	json_text(gen, "type");
	json_text(gen, metrics[m].type);
	json_text(gen, "units");
	json_text(gen, metrics[m].units);
	json_text(gen, "value");
	yajl_gen_integer(gen, value->number);
	yajl_gen_map_close(gen);
}

static void as_json(struct sim_bytes *out, const struct range *range,
		    const struct sim_metric_value *values)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	const unsigned char *json;
	size_t len;

	if (!gen) {
		out->failed = true;
		return;
	}
	yajl_gen_map_open(gen);
	for (enum sim_metric m = range->first; m <= range->last; m++)
		if (values[m].valid)
			json_metric(gen, m, &values[m]);
	yajl_gen_map_close(gen);
	yajl_gen_get_buf(gen, &json, &len);
	sim_bytes_add(out, json, len);
	sim_bytes_text(out, "\n");
	yajl_gen_free(gen);
}

/* Words without a parameter keep the blank that would precede it, as
 * real hosts print them. */
static void as_list(struct sim_bytes *out, const struct sim_devices *devices)
{
	sim_bytes_text(out, "1 session \nhost \nresources \n");
	for (size_t i = 0; i < devices->disk_count; i++)
		sim_bytes_format(out, "vscsi %s\n", devices->disks[i]);
	for (size_t i = 0; i < devices->nic_count; i++)
		sim_bytes_format(out, "vnet %s\n", devices->nics[i]);
}

static bool device_exists(const char (*names)[32], size_t count,
			  const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static const struct range *range_find(const struct sim_stat_request *r,
				      const struct sim_devices *d)
{
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		if (strcmp(ranges[i].stat, r->stat) != 0)
			continue;
		if (ranges[i].first == SIM_NUM_READS &&
		    !device_exists(d->disks, d->disk_count, r->param))
			return NULL;
		if (ranges[i].first == SIM_NUM_TX &&
		    !device_exists(d->nics, d->nic_count, r->param))
			return NULL;
		return &ranges[i];
	}
	return NULL;
}

void sim_stat_reply(struct sim_bytes *out, const struct sim_stat_request *r,
		    const struct sim_metric_value *values,
		    const struct sim_devices *devices)
{
	const struct range *range = range_find(r, devices);

	if (r->stat[0] == '\0') {
		as_list(out, devices);
		return;
	}
	if (!range) {
		sim_bytes_text(out, "0 Unknown stat");
		return;
	}
	sim_bytes_text(out, "1 ");
	if (strcmp(r->encoding, "json") == 0)
		as_json(out, range, values);
	else if (strcmp(r->encoding, "yaml") == 0)
		as_yaml(out, range, values);
	else if (strcmp(r->encoding, "xml") == 0)
		as_xml(out, range, values);
	else
		as_text(out, range, values);
}
