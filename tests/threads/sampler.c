/* SPDX-License-Identifier: MIT */
/* A sampler with all extended statistics, over the library and the simulated host:
 * whatever fails in a read, no sample has a value that the host did not give, the
 * one after the next is whole again, and nothing is left behind. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "check.h"
#include "metrics.h"
#include "port.h"
#include "simulated.h"

#define ALL                                                                   \
	(VMG_SET_SESSION | VMG_SET_HOST | VMG_SET_RESOURCES | VMG_SET_VSCSI | \
	 VMG_SET_VNET)
#define SCENARIO                                                         \
	"{\"load\":[{\"used\":0.4,\"stolen\":0.1,\"contention\":0.05}]," \
	"\"disks\":[{\"name\":\"scsi0:0\",\"load\":[{\"reads\":200,"     \
	"\"read_ms\":4,\"writes\":100,\"write_ms\":2}]},\"nvme0:1\"],"   \
	"\"nics\":[\"00:50:56:9a:2b:10\"]}"

#define READS 4
#define POINTS_MAX 256

static void log_take(void *ctx, enum vmg_log_level level, const char *text)
{
	(void)ctx;
	(void)level;
	CHECK(strlen(text) < VMG_LOG_SIZE);
}

static struct vmg_sampler *sampler_begin(bool thread_handles)
{
	struct vmg_sampler_options options = {
		.vcpus = 4,
		.thread_handles = thread_handles,
		.selection.extended = ALL,
		.log = log_take,
	};

	return vmg_sampler_open(&options);
}

/* What each read gives when nothing fails. */

struct known_point {
	const struct vmg_metric *metric;
	char instance[VMG_INSTANCE_SIZE];
	double number;
};

static struct known_sample {
	struct known_point points[POINTS_MAX];
	size_t count;
} known[READS];

static struct vmg_sample read_at(struct vmg_sampler *sampler, unsigned i)
{
	struct vmg_sample sample;

	simhost_set_time(simulated, 100 + 10 * i);
	vmg_sampler_read(sampler, &sample);
	return sample;
}

static void sample_keep(struct known_sample *k, const struct vmg_sample *sample)
{
	CHECK(sample->up && sample->point_count <= POINTS_MAX);
	k->count = sample->point_count;
	for (size_t i = 0; i < k->count; i++) {
		const struct vmg_point *p = &sample->points[i];

		k->points[i] = (struct known_point){
			.metric = p->metric,
			.number = vmg_point_number(p),
		};
		strcpy(k->points[i].instance, p->instance);
	}
}

static void known_fill(void)
{
	struct vmg_sampler *sampler = sampler_begin(false);

	CHECK(sampler);
	for (unsigned i = 0; i < READS; i++) {
		struct vmg_sample sample = read_at(sampler, i);

		sample_keep(&known[i], &sample);
	}
	/* Rates as well, of every disk and card. */
	CHECK(known[0].count > 70 && known[1].count > known[0].count);
	vmg_sampler_close(sampler);
}

static const struct known_point *known_find(const struct known_sample *k,
					    const struct vmg_point *point)
{
	for (size_t i = 0; i < k->count; i++)
		if (k->points[i].metric == point->metric &&
		    strcmp(k->points[i].instance, point->instance) == 0)
			return &k->points[i];
	return NULL;
}

/* Of a memory that is the kernel's word, where the host did not say it. */
static bool has_other_memory(const struct vmg_sample *sample,
			     const struct vmg_metric *metric)
{
	return metric->area == VMG_AREA_MEMORY &&
	       metric->unit == VMG_METRIC_SHARE && sample->memory_mb != 8192;
}

/* The load is even, so that rates over a gap are what they are without one. What is
 * about the reading itself may differ. */
static void sample_check(const struct vmg_sample *sample, unsigned at)
{
	for (size_t i = 0; i < sample->point_count; i++) {
		const struct vmg_point *p = &sample->points[i];
		const struct known_point *k = known_find(&known[at], p);
		double number = vmg_point_number(p);

		if (p->metric->source == VMG_SOURCE_SELF ||
		    has_other_memory(sample, p->metric))
			continue;
		CHECK(k);
		CHECK(fabs(number - k->number) <= fabs(k->number) * 0.02);
	}
}

/* One run of four reads in which something fails. */
static void reads_check(struct vmg_sampler *sampler, void (*begin)(unsigned),
			void (*end)(void))
{
	for (unsigned i = 0; i < READS; i++) {
		struct vmg_sample sample;

		begin(i);
		sample = read_at(sampler, i);
		end();
		sample_check(&sample, i);
		if (i == READS - 1)
			CHECK(sample.up &&
			      sample.point_count == known[i].count);
	}
}

/* Allocations. */

static struct {
	bool counts; /* in the sampler's calls, and not in the host */
	bool inside; /* the host */
	unsigned at, fails;
	int blocks;
} memory;

static void host_enter(void)
{
	memory.inside = true;
}

static void host_leave(enum vmg_port port, const struct vmg_regs *asked,
		       struct vmg_regs *answer)
{
	(void)port;
	(void)asked;
	(void)answer;
	memory.inside = false;
}

static bool memory_is_ours(void)
{
	return memory.counts && !memory.inside;
}

static bool memory_fails(void)
{
	if (!memory_is_ours() || ++memory.at != memory.fails)
		return false;
	errno = ENOMEM;
	return true;
}

static void *block_counted(void *p)
{
	if (memory_is_ours() && p)
		memory.blocks++;
	return p;
}

/* Linked with --wrap for each of them. */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __real_free(void *p);
void __wrap_free(void *p);

void *__wrap_malloc(size_t size)
{
	return memory_fails() ? NULL : block_counted(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return memory_fails() ? NULL : block_counted(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t size)
{
	if (memory_fails())
		return NULL;
	return p ? __real_realloc(p, size)
		 : block_counted(__real_realloc(p, size));
}

void __wrap_free(void *p)
{
	if (memory_is_ours() && p)
		memory.blocks--;
	__real_free(p);
}

static void memory_begin(unsigned i)
{
	(void)i;
	memory.counts = true;
}

static void memory_end(void)
{
	memory.counts = false;
}

/* Every allocation of a sampler's life fails once. */
static void allocations(void)
{
	int kept = 0;

	simulated_begin(SCENARIO);
	known_fill();
	simulated_before = host_enter;
	simulated_after = host_leave;
	memory.fails = 0;
	do {
		struct vmg_sampler *sampler;

		simulated_begin(SCENARIO);
		memory.at = 0;
		memory.fails++;
		memory.blocks = 0;
		memory.counts = true;
		sampler = sampler_begin(false);
		memory.counts = false;
		if (sampler)
			reads_check(sampler, memory_begin, memory_end);
		else
			CHECK(memory.at == memory.fails);
		memory.counts = true;
		vmg_sampler_close(sampler);
		memory.counts = false;
		/* The library keeps its slots for ever, from the first time on. */
		kept += memory.blocks;
		CHECK(memory.blocks == 0 || kept == 1);
		CHECK(simulated_channels() == 0);
	} while (memory.at >= memory.fails);
	CHECK(memory.fails > 5);
	simulated_before = NULL;
	simulated_after = NULL;
}

/* Port operations. */

enum way { ZEROS, ONES, DIRT, HALF, WAYS };

static struct {
	enum way way;
	unsigned first, last; /* which exchanges of the run are hit, from 1 */
	unsigned at;
	bool stays; /* to the end of the read */
} fault;

static void exchange_spoil(enum vmg_port port, const struct vmg_regs *asked,
			   struct vmg_regs *answer)
{
	static const uint64_t dirt[WAYS] = { 0, UINT32_MAX, 0xDEADBEEF };
	const uint64_t v = dirt[fault.way];

	fault.at++;
	if (fault.at < fault.first || fault.at > fault.last)
		return;
	if (fault.way != HALF)
		*answer = (struct vmg_regs){ v, v, v, v, v, v, v };
	else if (port == VMG_PORT_READ)
		memset((void *)(uintptr_t)asked->di, 0, asked->cx / 2);
}

static void fault_begin(unsigned i)
{
	(void)i;
}

static void fault_end(void)
{
	if (fault.stays && fault.at >= fault.first)
		fault.last = 0;
}

static void exchange_fail(enum way way, unsigned first, bool stays)
{
	struct vmg_sampler *sampler;

	simulated_begin(SCENARIO);
	fault.way = way;
	fault.first = first;
	fault.last = stays ? UINT32_MAX : first;
	fault.stays = stays;
	fault.at = 0;
	simulated_after = exchange_spoil;
	sampler = sampler_begin(false);
	CHECK(sampler);
	reads_check(sampler, fault_begin, fault_end);
	simulated_after = NULL;
	vmg_sampler_close(sampler);
}

/* Every exchange of the first two reads fails in every way, once, and from there to
 * the end of the read. */
static void exchanges(void)
{
	unsigned count;

	simulated_begin(SCENARIO);
	known_fill();
	simulated_begin(SCENARIO);
	exchange_fail(ZEROS, 0, false);
	count = fault.at / READS * 2 + 8; /* the first lists what there is */
	CHECK(count > 60);
	for (enum way way = 0; way < WAYS; way++)
		for (unsigned at = 1; at <= count; at++) {
			exchange_fail(way, at, false);
			exchange_fail(way, at, true);
		}
}

/* Threads. */

#define THREADS 4
#define ROUNDS 40

static struct {
	pthread_mutex_t lock;
	struct vmg_sampler *sampler;
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void whole_expect(struct vmg_sampler *sampler)
{
	struct vmg_sample sample;
	unsigned instances = 0;

	vmg_sampler_read(sampler, &sample);
	CHECK(sample.up && sample.extended == ALL);
	for (size_t i = 0; i < sample.point_count; i++)
		instances += sample.points[i].instance[0] != '\0';
	CHECK(instances >= 2 * 6 + 5);
}

/* One sampler that goes from thread to thread, as collectd's readers have it, and
 * one of each thread's own, at the same time. */
static void *samplers_run(void *arg)
{
	struct vmg_sampler *own = sampler_begin(true);

	(void)arg;
	CHECK(own);
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&shared.lock);
		whole_expect(shared.sampler);
		pthread_mutex_unlock(&shared.lock);
		whole_expect(own);
	}
	vmg_sampler_close(own);
	return NULL;
}

static void threads(void)
{
	pthread_t ids[THREADS];

	simulated_begin(SCENARIO);
	simhost_set_time(simulated, 100);
	shared.sampler = sampler_begin(true);
	CHECK(shared.sampler);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&ids[i], NULL, samplers_run, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(ids[i], NULL) == 0);
	vmg_sampler_close(shared.sampler);
	CHECK(simulated_channels() == 0);
}

int main(int argc, char **argv)
{
	static const struct test_case cases[] = {
		{ "sampler_allocations", allocations },
		{ "sampler_exchanges", exchanges },
		{ "sampler_threads", threads },
		{ NULL, NULL },
	};

	return cases_run(cases, argc, argv);
}
