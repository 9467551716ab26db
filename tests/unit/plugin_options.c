/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "row.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static char said[8192];
static unsigned lines;

static void hear(void *ctx, enum vmg_log_level level, const char *text)
{
	size_t len = strlen(said);

	(void)ctx;
	cr_expect(eq(int, (int)level, VMG_LOG_WARNING));
	cr_expect(strncmp(text, "<Plugin vmguest>: ", 18) == 0, "%s", text);
	lines++;
	snprintf(said + len, sizeof said - len, "%s\n", text);
}

/* A block as liboconfig hands it over. */
static oconfig_value_t block_name = { .type = OCONFIG_TYPE_STRING,
				      .value.string = (char *)"vmguest" };
static oconfig_item_t items[8];
static oconfig_value_t item_values[8][4];
static oconfig_item_t block = { .key = (char *)"Plugin",
				.values = &block_name,
				.values_num = 1,
				.children = items };

static oconfig_item_t *add(const char *key)
{
	oconfig_item_t *item = &items[block.children_num];

	item->key = (char *)key;
	item->parent = &block;
	item->values = item_values[block.children_num++];
	return item;
}

static void add_text(oconfig_item_t *item, const char *text)
{
	oconfig_value_t *value = &item->values[item->values_num++];

	value->type = OCONFIG_TYPE_STRING;
	value->value.string = (char *)text;
}

static void add_number(oconfig_item_t *item, double number)
{
	oconfig_value_t *value = &item->values[item->values_num++];

	value->type = OCONFIG_TYPE_NUMBER;
	value->value.number = number;
}

static void add_boolean(oconfig_item_t *item, bool boolean)
{
	oconfig_value_t *value = &item->values[item->values_num++];

	value->type = OCONFIG_TYPE_BOOLEAN;
	value->value.boolean = boolean;
}

static struct vmg_config config;

static void block_read(void)
{
	vmg_config_read(&config, &block, hear, NULL);
}

static void setup(void)
{
	vmg_config_init(&config);
}

TestSuite(options, .init = setup);

Test(options, begins_with_everything)
{
	struct vmg_selection selection = vmg_config_selection(&config);

	block_read();
	cr_expect(config.notify_session);
	cr_expect(eq(uint, config.vcpus, 0));
	for (size_t i = 0; i < VMG_ROW_COUNT; i++)
		cr_expect(eq(int, vmg_selection_has(&selection, i),
			     i != VMG_ROW_RESOURCE_POOL &&
				     vmg_metric_at(i)->set == 0));
	cr_expect(eq(uint, lines, 0), "%s", said);
}

Test(options, takes_every_option)
{
	oconfig_item_t *statistic = add("Statistic");
	struct vmg_selection selection;

	add_text(statistic, "memory");
	add_text(statistic, "cpu_used");
	add_text(add("STATISTIC"), "cpu_stolen");
	add_boolean(add("Derived"), false);
	add_boolean(add("HostStatistics"), false);
	add_text(add("ExtendedStatistics"), "vscsi");
	add_text(&items[block.children_num - 1], "host");
	add_boolean(add("NotifySession"), false);
	add_number(add("VCPUs"), 8);
	block_read();
	cr_expect(eq(uint, lines, 0), "%s", said);
	cr_expect(not(config.notify_session));
	cr_expect(eq(uint, config.vcpus, 8));
	selection = vmg_config_selection(&config);
	cr_expect(selection.no_derived);
	cr_expect(selection.no_host);
	cr_expect(eq(uint, selection.extended, VMG_SET_VSCSI | VMG_SET_HOST));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_CPU_USED_TIME));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_CPU_STOLEN_TIME));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_MEMORY_USED));
	cr_expect(not(vmg_selection_has(&selection, VMG_ROW_CPU_SHARES)));
}

Test(options, turns_the_list_round_wherever_that_is_said)
{
	struct vmg_selection selection;

	add_boolean(add("IgnoreSelected"), true);
	add_text(add("Statistic"), "cpu");
	block_read();
	selection = vmg_config_selection(&config);
	cr_expect(not(vmg_selection_has(&selection, VMG_ROW_CPU_SHARES)));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_MEMORY_SHARES));
	cr_expect(vmg_selection_has(&selection, VMG_ROW_UP));
}

Test(options, adds_blocks_up)
{
	add_text(add("Statistic"), "cpu");
	block_read();
	block.children_num = 0;
	items[0] = (oconfig_item_t){ 0 };
	add_text(add("Statistic"), "host");
	block_read();
	cr_expect(vmg_rows_has(&config.statistics.rows,
			       vmg_metric_at(VMG_ROW_CPU_SHARES)));
	cr_expect(vmg_rows_has(&config.statistics.rows,
			       vmg_metric_at(VMG_ROW_HOST_CPU)));
}

Test(options, takes_booleans_in_words)
{
	static const struct {
		const char *text;
		bool boolean;
	} cases[] = {
		{ "true", true },   { "Yes", true }, { "ON", true },
		{ "false", false }, { "no", false }, { "Off", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		block.children_num = 0;
		items[0] = (oconfig_item_t){ 0 };
		config.derived = !cases[i].boolean;
		add_text(add("Derived"), cases[i].text);
		block_read();
		cr_expect(eq(int, config.derived, cases[i].boolean), "%s",
			  cases[i].text);
	}
	cr_expect(eq(uint, lines, 0), "%s", said);
}

Test(options, takes_vcpus_in_words)
{
	config.vcpus = 3;
	add_text(add("VCPUs"), "Auto");
	block_read();
	cr_expect(eq(uint, config.vcpus, 0));
	add_text(add("VCPUs"), "16");
	block_read();
	cr_expect(eq(uint, config.vcpus, 16));
	cr_expect(eq(uint, lines, 0), "%s", said);
}

/* The option, what is wrong with it, and what would be right. */
static void expect_complaint(const char *option, const char *wrong,
			     const char *accepted)
{
	struct vmg_config before = config;

	said[0] = '\0';
	lines = 0;
	block_read();
	cr_expect(eq(uint, lines, strcmp(option, "Statistic") ? 1 : 3), "%s",
		  said);
	cr_expect(strstr(said, option) != NULL, "%s: %s", option, said);
	cr_expect(strstr(said, wrong) != NULL, "%s: %s", wrong, said);
	cr_expect(strstr(said, accepted) != NULL, "%s: %s", accepted, said);
	cr_expect(memcmp(&before, &config, sizeof config) == 0, "%s", said);
	block.children_num = 0;
	memset(items, 0, sizeof items);
}

Test(options, names_an_unknown_option)
{
	add_text(add("Extended"), "all");
	expect_complaint("Extended", "unknown",
			 "Accepted: Statistic, IgnoreSelected, Derived, "
			 "HostStatistics, ExtendedStatistics, NotifySession, "
			 "VCPUs.");
	add("x");
	expect_complaint("option x ", "unknown", "VCPUs");
}

Test(options, names_a_wrong_boolean)
{
	static const char *const keys[] = {
		"IgnoreSelected",
		"Derived",
		"HostStatistics",
		"NotifySession",
	};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		add_text(add(keys[i]), "maybe");
		expect_complaint(keys[i], "\"maybe\"", "Accepted: true, false");
		add_number(add(keys[i]), 1);
		expect_complaint(keys[i], "cannot be 1", "true, false");
		add(keys[i]);
		expect_complaint(keys[i], "0 values", "true, false");
		add_boolean(add(keys[i]), true);
		add_boolean(&items[0], false);
		expect_complaint(keys[i], "2 values", "true, false");
	}
}

Test(options, names_a_wrong_number_of_vcpus)
{
	static const double bad[] = { 0, -1, 1.5, 4097, 1e300 };
	const char *accepted = "auto, or a whole number from 1 to 4096";

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		add_number(add("VCPUs"), bad[i]);
		expect_complaint("VCPUs", "cannot be", accepted);
	}
	add_number(add("VCPUs"), (double)NAN);
	expect_complaint("VCPUs", "cannot be", accepted);
	add_text(add("VCPUs"), "many");
	expect_complaint("VCPUs", "\"many\"", accepted);
	add_text(add("VCPUs"), "4x");
	expect_complaint("VCPUs", "\"4x\"", accepted);
	add_text(add("VCPUs"), "");
	expect_complaint("VCPUs", "\"\"", accepted);
	add_text(add("VCPUs"), "0x4");
	expect_complaint("VCPUs", "\"0x4\"", accepted);
	add_text(add("VCPUs"), " 4");
	expect_complaint("VCPUs", "\" 4\"", accepted);
	add_text(add("VCPUs"), "1e3");
	expect_complaint("VCPUs", "\"1e3\"", accepted);
	add_boolean(add("VCPUs"), true);
	expect_complaint("VCPUs", "true", accepted);
	add("VCPUs");
	expect_complaint("VCPUs", "0 values", accepted);
}

Test(options, names_a_wrong_statistic_and_keeps_the_others)
{
	oconfig_item_t *statistic = add("Statistic");

	add_text(statistic, "cpu_used");
	add_text(statistic, "cpu_usedd");
	add_text(statistic, "host");
	block_read();
	cr_expect(strstr(said, "option Statistic cannot be \"cpu_usedd\". "
			       "Accepted: cpu memory host vscsi vnet "
			       "cpu_reservation ") != NULL,
		  "%s", said);
	/* The list is whole. */
	cr_expect(strstr(said, " host_memory_unmapped ") != NULL, "%s", said);
	cr_expect(strstr(said, " vnet_reservation\n") != NULL, "%s", said);
	cr_expect(strstr(said, "and vscsi/DISK, vnet/MAC, 64 of them at "
			       "most.\n") != NULL,
		  "%s", said);
	cr_expect(vmg_rows_has(&config.statistics.rows,
			       vmg_metric_at(VMG_ROW_CPU_USED)));
	cr_expect(vmg_rows_has(&config.statistics.rows,
			       vmg_metric_at(VMG_ROW_HOST_CPU)));
}

Test(options, names_a_statistic_that_is_no_name)
{
	add_number(add("Statistic"), 4);
	expect_complaint("Statistic", "cannot be 4", "memory_ballooned");
	add_boolean(add("Statistic"), true);
	expect_complaint("Statistic", "cannot be true", "memory_ballooned");
	add("Statistic");
	expect_complaint("Statistic", "no value", "memory_ballooned");
	add_text(add("Statistic"),
		 "a name that is much longer than any statistic could ever be, "
		 "so that it must be cut for the line");
	expect_complaint("Statistic", "a name that is much",
			 "host_memory_unmapped");
}

Test(options, takes_sets_of_extended_statistics)
{
	static const struct {
		const char *text;
		unsigned sets;
	} cases[] = {
		{ "none", 0 },
		{ "session", VMG_SET_SESSION },
		{ "host", VMG_SET_HOST },
		{ "resources", VMG_SET_RESOURCES },
		{ "vscsi", VMG_SET_VSCSI },
		{ "vnet", VMG_SET_VNET },
		{ "all", 31 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		block.children_num = 0;
		items[0] = (oconfig_item_t){ 0 };
		config.extended = 0;
		add_text(add("ExtendedStatistics"), cases[i].text);
		block_read();
		cr_expect(eq(uint, config.extended, cases[i].sets), "%s",
			  cases[i].text);
	}
	cr_expect(eq(uint, lines, 0), "%s", said);
}

Test(options, names_a_wrong_set_of_extended_statistics)
{
	const char *accepted = "Accepted: none, session, host, resources, "
			       "vscsi, vnet, all.";

	add_text(add("ExtendedStatistics"), "disks");
	expect_complaint("ExtendedStatistics", "cannot be \"disks\"", accepted);
	add_text(add("ExtendedStatistics"), "");
	expect_complaint("ExtendedStatistics", "cannot be \"\"", accepted);
	add_text(add("ExtendedStatistics"), "vscsi,vnet");
	expect_complaint("ExtendedStatistics", "cannot be", accepted);
	add_boolean(add("ExtendedStatistics"), true);
	expect_complaint("ExtendedStatistics", "cannot be true", accepted);
	add("ExtendedStatistics");
	expect_complaint("ExtendedStatistics", "no value", accepted);
}

Test(options, names_the_set_of_a_statistic_that_is_not_asked_for)
{
	oconfig_item_t *statistic = add("Statistic");

	add_text(statistic, "memory");
	add_text(statistic, "vscsi/scsi0:0");
	add_text(statistic, "vnet");
	block_read();
	cr_expect(eq(uint, lines, 0), "%s", said);
	vmg_config_check(&config, hear, NULL);
	cr_expect(eq(uint, lines, 1), "%s", said);
	cr_expect(strstr(said,
			 "option Statistic names extended statistics that "
			 "are not asked for: add ExtendedStatistics "
			 "vscsi vnet.\n") != NULL,
		  "%s", said);
	config.extended = VMG_SET_VSCSI | VMG_SET_VNET;
	vmg_config_check(&config, hear, NULL);
	cr_expect(eq(uint, lines, 1), "%s", said);
}

Test(options, names_a_block_where_an_option_belongs)
{
	static oconfig_item_t child = { .key = (char *)"Name" };
	oconfig_item_t *item = add("Derived");

	item->children = &child;
	item->children_num = 1;
	expect_complaint("Derived", "not a block", "on one line");
}
