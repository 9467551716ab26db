/* SPDX-License-Identifier: MIT */
/* Text, YAML and XML have the shapes of public samples; no public JSON reply
 * was readable: that one is Inferred. An encoding that does not exist is
 * served as text, and so is every list. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
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

const char *const sim_set_names[] = { "session", "host", "resources",
				      "vscsi",	 "vnet", NULL };

/* Rows first..last of the table above make one set. */
static const struct {
	enum sim_metric first, last;
} sets[SIM_SETS] = {
	[SIM_SET_SESSION] = { SIM_SESSION_ID, SIM_UUID_BIOS },
	[SIM_SET_HOST] = { SIM_PROCESSOR_MHZ, SIM_CORES_PER_PACKAGE },
	[SIM_SET_RESOURCES] = { SIM_CPU_RESERVED, SIM_OVHD_SWAP_OUT },
	[SIM_SET_VSCSI] = { SIM_NUM_READS, SIM_LATENCY_WRITES },
	[SIM_SET_VNET] = { SIM_NUM_TX, SIM_NET_LIMIT },
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

void sim_metric_set(struct sim_metric_value *to, enum sim_metric metric,
		    double number)
{
	double most = (double)(INT64_MAX / 2);

	to[metric] = (struct sim_metric_value){
		true, (int64_t)floor(fmin(number, most) + 1e-6), NULL
	};
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

enum sim_set sim_stat_set(const struct sim_stat_request *r)
{
	enum sim_set set = 0;

	while (set < SIM_SETS && strcmp(sim_set_names[set], r->stat) != 0)
		set++;
	return set;
}

/* Words without a parameter keep the blank that would precede it, as
 * real hosts print them. */
void sim_stat_list(struct sim_bytes *out, enum sim_set set, const char *name)
{
	sim_bytes_format(out, "%s %s\n", sim_set_names[set], name);
}

/* A metric on its way into a reply. */
struct item {
	const char *name, *type, *units;
	struct sim_metric_value value;
	bool plain; /* it has no metadata in JSON */
};

struct writer {
	struct sim_bytes *out;
	const char *session;
	yajl_gen json;
};

static void text_add(struct writer *w, const struct item *item)
{
	sim_bytes_format(w->out, "%s = ", item->name);
	if (item->value.text)
		sim_bytes_text(w->out, item->value.text);
	else
		sim_bytes_format(w->out, "%" PRId64, item->value.number);
	sim_bytes_text(w->out, "\n");
}

static void yaml_add(struct writer *w, const struct item *item)
{
	if (item->value.text)
		sim_bytes_format(w->out, "%s: \"%s\"\n", item->name,
				 item->value.text);
	else
		sim_bytes_format(w->out,
				 "%s:\n    type: %s\n    units: %s\n"
				 "    value: %" PRId64 "\n",
				 item->name, item->type, item->units,
				 item->value.number);
}

static void xml_begin(struct writer *w)
{
	sim_bytes_format(w->out, "<metrics session=\"%s\">\n", w->session);
}

static void xml_add(struct writer *w, const struct item *item)
{
	sim_bytes_format(w->out, "<metric name=\"%s\"", item->name);
	if (item->value.text)
		sim_bytes_format(w->out, ">%s", item->value.text);
	else
		sim_bytes_format(w->out, " type=\"%s\" units=\"%s\">%" PRId64,
				 item->type, item->units, item->value.number);
	sim_bytes_text(w->out, "</metric>\n");
}

static void xml_end(struct writer *w)
{
	sim_bytes_text(w->out, "</metrics>\n");
}

static void json_text(yajl_gen gen, const char *text)
{
	yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

static void json_begin(struct writer *w)
{
	w->json = yajl_gen_alloc(NULL);
	if (w->json)
		yajl_gen_map_open(w->json);
	else
		w->out->failed = true;
}

static void json_add(struct writer *w, const struct item *item)
{
	if (!w->json)
		return;
	json_text(w->json, item->name);
	if (item->value.text) {
		json_text(w->json, item->value.text);
		return;
	}
	if (item->plain) {
		yajl_gen_integer(w->json, item->value.number);
		return;
	}
	yajl_gen_map_open(w->json);
	json_text(w->json, "type");
	json_text(w->json, item->type);
	json_text(w->json, "units");
	json_text(w->json, item->units);
	json_text(w->json, "value");
	yajl_gen_integer(w->json, item->value.number);
	yajl_gen_map_close(w->json);
}

static void json_end(struct writer *w)
{
	const unsigned char *json;
	size_t len;

	if (!w->json)
		return;
	yajl_gen_map_close(w->json);
	yajl_gen_get_buf(w->json, &json, &len);
	sim_bytes_add(w->out, json, len);
	sim_bytes_text(w->out, "\n");
	yajl_gen_free(w->json);
}

struct encoding {
	const char *name;
	void (*begin)(struct writer *w); /* may be NULL */
	void (*add)(struct writer *w, const struct item *item);
	void (*end)(struct writer *w); /* may be NULL */
};

static const struct encoding encodings[] = {
	{ "json", json_begin, json_add, json_end },
	{ "yaml", NULL, yaml_add, NULL },
	{ "xml", xml_begin, xml_add, xml_end },
	{ "text", NULL, text_add, NULL }, /* and whatever else is asked for */
};

static const struct encoding *encoding_find(const char *name)
{
	const struct encoding *e = encodings;

	while (e->add != text_add && strcmp(e->name, name) != 0)
		e++;
	return e;
}

static void invented_add(const struct encoding *e, struct writer *w, uint32_t n)
{
	char name[32];
	struct item item = {
		name, "instant", "furlongs", { true, n, NULL }, 0
	};

	snprintf(name, sizeof name, "invented.%" PRIu32, n);
	e->add(w, &item);
}

void sim_stat_reply(struct sim_bytes *out, const char *encoding,
		    enum sim_set set, const struct sim_metric_value *values,
		    uint32_t invented)
{
	const struct encoding *e = encoding_find(encoding);
	struct writer w = { out, values[SIM_SESSION_ID].text, NULL };

	if (e->begin)
		e->begin(&w);
	for (enum sim_metric m = sets[set].first; m <= sets[set].last; m++) {
		struct item item = { metrics[m].name, metrics[m].type,
				     metrics[m].units, values[m],
				     /* the session has no metadata */
				     set == SIM_SET_SESSION };

		if (values[m].valid)
			e->add(&w, &item);
	}
	for (uint32_t n = 1; n <= invented; n++)
		invented_add(e, &w, n);
	if (e->end)
		e->end(&w);
}
