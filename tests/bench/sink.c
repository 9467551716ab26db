/* SPDX-License-Identifier: MIT */
/* A plugin of collectd that makes two runs comparable: it takes all values and
 * throws them away, and, if told to, gives as many as another plugin would.
 * After some readings to warm up it takes the processor time of the whole
 * process, by blocks of readings; then it writes what it found to a file and
 * ends collectd. */
#include <daemon/collectd.h>
#include <daemon/plugin.h>

#include <sys/resource.h>

#define WARM_UP 100
#define BLOCK 1000
#define BLOCKS 5

static char file[4096];
static long values_a_read = -1; /* -1: another plugin reads */
static long reads, values;
static double began_us, used_us[BLOCKS];
static long resident[BLOCKS];

static double cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static long resident_kb(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long size = 0, pages = 0;

	if (statm) {
		if (fscanf(statm, "%ld %ld", &size, &pages) != 2)
			pages = 0;
		fclose(statm);
	}
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void finish(void)
{
	FILE *out = fopen(file, "w");

	if (out) {
		fprintf(out, "cpu_us_a_read");
		for (int i = 0; i < BLOCKS; i++)
			fprintf(out, " %.3f", used_us[i] / BLOCK);
		fprintf(out, "\nresident_kb");
		for (int i = 0; i < BLOCKS; i++)
			fprintf(out, " %ld", resident[i]);
		fprintf(out, "\nvalues_a_read %.1f\n",
			(double)values / (BLOCK * BLOCKS));
		fclose(out);
	}
	kill(getpid(), SIGTERM);
}

static void read_counted(void)
{
	long block;

	reads++;
	if (reads < WARM_UP || reads > WARM_UP + BLOCK * BLOCKS)
		return;
	if (reads == WARM_UP)
		values = 0;
	block = (reads - WARM_UP) / BLOCK;
	if ((reads - WARM_UP) % BLOCK == 0) {
		double now_us = cpu_us();

		if (block > 0) {
			used_us[block - 1] = now_us - began_us;
			resident[block - 1] = resident_kb();
		}
		began_us = cpu_us();
		if (block == BLOCKS)
			finish();
	}
}

static int sink_read(void)
{
	value_t value = { .gauge = 1 };
	value_list_t list = VALUE_LIST_INIT;

	list.values = &value;
	list.values_len = 1;
	strcpy(list.plugin, "sink");
	strcpy(list.plugin_instance, "vm");
	strcpy(list.type, "gauge");
	for (long i = 0; i < values_a_read; i++) {
		value.gauge = (gauge_t)i;
		snprintf(list.type_instance, sizeof list.type_instance,
			 "value_%ld", i);
		plugin_dispatch_values(&list);
	}
	read_counted();
	return 0;
}

static int sink_write(const data_set_t *set, const value_list_t *list,
		      user_data_t *data)
{
	(void)set;
	(void)data;
	values++;
	if (values_a_read < 0 && strcmp(list->type_instance, "up") == 0)
		read_counted();
	return 0;
}

static int sink_config(const char *key, const char *value)
{
	if (strcasecmp(key, "File") == 0)
		snprintf(file, sizeof file, "%s", value);
	else if (strcasecmp(key, "Values") == 0)
		values_a_read = atol(value);
	else
		return -1;
	return 0;
}

static int sink_init(void)
{
	if (values_a_read >= 0)
		plugin_register_read("sink", sink_read);
	return 0;
}

void module_register(void)
{
	static const char *keys[] = { "File", "Values" };

	plugin_register_config("sink", sink_config, keys, 2);
	plugin_register_init("sink", sink_init);
	plugin_register_write("sink", sink_write, NULL);
}
