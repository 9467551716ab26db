/* SPDX-License-Identifier: MIT */
#include "metrics_fakelib.h"
#include "pool.h"
#include "text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

TestSuite(pool, .init = fake_init);

static struct vmg_pool pool;

Test(pool, is_the_first_text_else_the_second)
{
	fake.pool[1] = "/long";
	cr_expect(eq(str, (char *)vmg_pool_read(&pool, NULL, fake.session),
		     (char *)"/Resources/gold"));
	fake.pool[0] = NULL;
	cr_expect(eq(str, (char *)vmg_pool_read(&pool, NULL, fake.session),
		     (char *)"/long"));
	fake.pool[0] = "";
	cr_expect(eq(str, (char *)vmg_pool_read(&pool, NULL, fake.session),
		     (char *)"/long"));
	fake.pool[1] = NULL;
	cr_expect(eq(ptr, (void *)vmg_pool_read(&pool, NULL, fake.session),
		     NULL));
	vmg_pool_release(&pool);
}

Test(pool, is_read_whole_however_long)
{
	char *path = malloc(70000);

	memset(path, 'p', 69999);
	path[69999] = '\0';
	fake.pool[0] = NULL;
	fake.pool[1] = path;
	cr_expect(eq(str, (char *)vmg_pool_read(&pool, NULL, fake.session),
		     path));
	fake.pool[1] = "/short";
	cr_expect(eq(str, (char *)vmg_pool_read(&pool, NULL, fake.session),
		     (char *)"/short"));
	vmg_pool_release(&pool);
	free(path);
}

static bool no_memory;

/* Linked with --wrap=realloc. */
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size)
{
	return no_memory ? NULL : __real_realloc(p, size);
}

Test(pool, is_left_out_while_there_is_no_memory_for_it)
{
	fake.pool[0] = "/short";
	cr_expect(eq(str, (char *)vmg_pool_read(&pool, NULL, fake.session),
		     (char *)"/short"));
	fake.pool[0] = "/much/longer";
	no_memory = true;
	cr_expect(eq(ptr, (void *)vmg_pool_read(&pool, NULL, fake.session),
		     NULL));
	no_memory = false;
	cr_expect(eq(str, (char *)vmg_pool_read(&pool, NULL, fake.session),
		     (char *)"/much/longer"));
	vmg_pool_release(&pool);
}

Test(pool, of_another_session_is_not_this_ones)
{
	fake.text_session = fake.session + 1;
	cr_expect(eq(ptr, (void *)vmg_pool_read(&pool, NULL, fake.session),
		     NULL));
	vmg_pool_release(&pool);
}

Test(text, is_made_printable)
{
	static const struct {
		const char *raw, *clean;
	} cases[] = {
		{ "/a b/\"c\"\\", "/a b/\"c\"\\" },
		{ "x\ny\r\tz\x01\x7f", "x?y??z??" },
		{ "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
		  "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80" },
		{ "\xC0\x80", "??" },		/* overlong NUL */
		{ "\xE0\x80\x80", "???" },	/* overlong */
		{ "\xF0\x80\x80\x80", "????" }, /* overlong */
		{ "\xED\xA0\x80", "???" },	/* surrogate */
		{ "\xF4\x90\x80\x80", "????" }, /* beyond the last */
		{ "\xFF\xFE", "??" },		/* never in UTF-8 */
		{ "a\xC3", "a?" },		/* cut short */
		{ "a\xE2\x82", "a??" },		/* cut short */
		{ "\x80z", "?z" },		/* begins in the middle */
		{ "\xC2\x85.", "??." },		/* NEL, a control */
		{ "\xC2\xA0", "\xC2\xA0" },
	};
	char *text;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		text = strdup(cases[i].raw); /* exact size: nothing behind */
		vmg_text_clean(text);
		cr_expect(eq(str, text, (char *)cases[i].clean), "case %zu", i);
		free(text);
	}
}
