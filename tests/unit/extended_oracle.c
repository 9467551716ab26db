/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "extended_oracle.h"

/* What a value may be: 'n'umber, 'l'imit, 't'ext, 'i'd, '?' anything. */
static const struct {
	const char *set, *names;
	char kind;
} kinds[] = {
	{ "session", " session ", 'i' },
	{ "session", " uptime ", 'n' },
	{ "session", " version provider uuid.bios ", 't' },
	{ "host", " host.cpu.processorMHz host.cpu.coresPerPkg ", 'n' },
	{ "resources", " vm.cpu.limit guest.mem.limit ", 'l' },
	{ "resources",
	  " vm.cpu.reserved vm.cpu.used vm.cpu.contention.cpu"
	  " vm.cpu.contention.mem vm.numa.local vm.numa.remote"
	  " guest.mem.reserved guest.mem.mapped guest.mem.consumed"
	  " guest.mem.swapped guest.mem.ballooned guest.mem.swapIn"
	  " guest.mem.swapOut ovhd.mem.swapped ovhd.mem.swapIn"
	  " ovhd.mem.swapOut ",
	  'n' },
	{ "vscsi",
	  " num.reads num.writes size.reads size.writes latency.reads"
	  " latency.writes ",
	  'n' },
	{ "vnet", " num.tx size.tx num.rx size.rx reservation ", 'n' },
	{ "vnet", " limit ", 'l' },
};

static char kind_of(const char *set, const char *name)
{
	char word[256];

	if (strlen(name) > 200 || strchr(name, ' '))
		return '?';
	strcpy(word, " ");
	strcat(word, name);
	strcat(word, " ");
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].set, set) == 0 &&
		    strstr(kinds[i].names, word))
			return kinds[i].kind;
	return '?';
}

/* Cuts the blanks off both ends, in place. */
static char *trim(char *s)
{
	size_t len;

	s += strspn(s, " \t\r");
	for (len = strlen(s); len > 0 && strchr(" \t\r", s[len - 1]); len--)
		;
	s[len] = '\0';
	return s;
}

static void value_reads(struct oracle_line *line, char kind)
{
	const char *digits = line->value + (line->value[0] == '-');
	bool is_number = *digits && digits[strspn(digits, "0123456789")] == '\0';
	bool negative = digits != line->value;
	unsigned long long n;

	line->state = '-';
	if (kind == 't' || (kind == '?' && !is_number)) {
		line->state = 't';
		return;
	}
	if (!is_number)
		return;
	errno = 0;
	n = strtoull(digits, NULL, 10);
	if (errno == ERANGE)
		return;
	if (kind == 'i') {
		if (negative && n > 9223372036854775808u)
			return;
		line->number = negative ? -n : n;
		line->state = 't';
	} else if (!negative) {
		line->number = n;
		line->state = 'n';
	} else if (kind == 'l' && n == 1) {
		line->state = 'u';
	}
}

static bool line_reads(char *text, const char *set, struct oracle_set *said)
{
	char *equals = strchr(text, '='), *name, *value;
	struct oracle_line line = { .state = '-' };
	char kind;

	if (!equals)
		return false;
	*equals = '\0';
	name = trim(text);
	value = trim(equals + 1);
	if (!*name)
		return false;
	if (strlen(name) >= sizeof line.name || said->count == ORACLE_LINES) {
		said->cut = true;
		return true;
	}
	for (size_t i = 0; i < said->count; i++)
		if (strcmp(said->line[i].name, name) == 0)
			return false;
	kind = kind_of(set, name);
	strcpy(line.name, name);
	if (strlen(value) >= sizeof line.value) {
		said->cut = true;
	} else {
		strcpy(line.value, value);
		value_reads(&line, kind);
	}
	if (kind == 'i')
		said->session = line.number;
	said->line[said->count++] = line;
	return true;
}

static bool item_reads(char *text, const char *set, struct oracle_list *said)
{
	char *name = trim(text);
	size_t word = strcspn(name, " ");

	if (name[word] == '\0' || word != strlen(set) ||
	    memcmp(name, set, word) != 0)
		return true;
	name = trim(name + word);
	if (strlen(name) >= sizeof said->name[0] ||
	    said->count == ORACLE_LINES) {
		said->cut = true;
		return true;
	}
	for (size_t i = 0; i < said->count; i++)
		if (strcmp(said->name[i], name) == 0)
			return false;
	strcpy(said->name[said->count++], name);
	return true;
}

/* Each line for one of the two; what stands behind the last LF is a line unless it
 * is nothing. */
static bool lines_read(const uint8_t *bytes, size_t len, const char *set,
		       struct oracle_set *in_set, struct oracle_list *in_list)
{
	char *text = malloc(len + 1), *at = text, *end;
	bool good = true;

	if (!text)
		abort();
	memcpy(text, bytes, len);
	text[len] = '\0';
	if (strlen(text) != len)
		good = false;
	for (; good && *at; at = end + 1) {
		end = strchr(at, '\n');
		if (end)
			*end = '\0';
		good = in_set ? line_reads(at, set, in_set) :
				item_reads(at, set, in_list);
		if (!end)
			break;
	}
	free(text);
	return good;
}

bool oracle_set_reads(const uint8_t *bytes, size_t len, const char *set,
		      struct oracle_set *said)
{
	memset(said, 0, sizeof *said);
	return lines_read(bytes, len, set, said, NULL);
}

bool oracle_list_reads(const uint8_t *bytes, size_t len, const char *set,
		       struct oracle_list *said)
{
	memset(said, 0, sizeof *said);
	return lines_read(bytes, len, set, NULL, said);
}
