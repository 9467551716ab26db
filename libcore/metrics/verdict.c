/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What does not depend on the numbers. */
struct fixed {
	const char *title, *certain, *likely, *verify, *ask;
};

#define LOOKS_SAME                                                     \
	"A limit on the resource pool above this VM, CPU affinity or " \
	"co-scheduling would look the same from inside the guest."

static const struct fixed fixed[VMG_FINDING_COUNT] = {
	[VMG_FINDING_VCPUS] = { "Used and stolen time do not fit the vCPUs",
				"the sum.",
				"more vCPUs than were counted, or a processor "
				"that runs "
				"above its nominal speed.",
				"Compare the vCPUs above with the VM's "
				"configuration; --vcpus "
				"sets them.",
				"" },
	[VMG_FINDING_CPU_LIMIT] = { "CPU held by this VM's own limit",
				    "the limit holds. Not known: whether the "
				    "host has more to "
				    "give. A move to another host does not "
				    "help while the limit "
				    "stays.",
				    "", "", "" },
	[VMG_FINDING_CPU_RESERVATION] = { "CPU reservation not met",
					  "the reservation, and that less was "
					  "received while more was "
					  "wanted.",
					  "the reservation cannot be used "
					  "where the VM runs. " LOOKS_SAME,
					  "",
					  "Ask the provider why the CPU "
					  "reservation of this VM is not "
					  "met, and for CPU Ready, Co-stop and "
					  "MLMTD of that time." },
	[VMG_FINDING_CPU_DENIED] = { "CPU denied", "the denial.",
				     "too many busy vCPUs on the "
				     "host. " LOOKS_SAME,
				     "", "" },
	[VMG_FINDING_CPU_CONTENTION] = { "CPU contention", "the waiting.",
					 "co-scheduling of many vCPUs, or "
					 "hyper-threading that is shared "
					 "with others. A limit on the resource "
					 "pool or CPU affinity "
					 "would look the same from inside the "
					 "guest.",
					 "Fewer vCPUs are scheduled more "
					 "easily, if not all are needed.",
					 "Ask the provider for Co-stop, CPU "
					 "Ready and MLMTD of this VM "
					 "at that time." },
	[VMG_FINDING_MEMORY_LIMIT] = { "Memory limit below this VM's size",
				       "memory above the limit is never backed "
				       "by the host's memory: "
				       "it is ballooned, compressed or "
				       "swapped.",
				       "", "",
				       "Ask the provider to remove the memory "
				       "limit of this VM; limits "
				       "are often left over from a template or "
				       "from before a resize." },
	[VMG_FINDING_MEMORY_RESERVATION] = { "Memory reservation not met",
					     "more memory is reclaimed than "
					     "the reservation allows.",
					     "", "",
					     "Ask the provider why the memory "
					     "reservation of this VM is not "
					     "met." },
	[VMG_FINDING_MEMORY_WAIT] = { "vCPUs wait for memory", "the waiting.",
				      "the host brings back memory that it "
				      "swapped or compressed.",
				      "",
				      "Ask the provider for the swap-in rate "
				      "of this VM and for the "
				      "memory state of its host at that time; "
				      "then for a move or a "
				      "memory reservation." },
	[VMG_FINDING_HOST_SWAP] = { "Host swaps this VM's memory",
				    "the traffic: at least this much.",
				    "not enough memory where this VM runs. A "
				    "memory limit on the "
				    "resource pool above it would look the "
				    "same from inside the "
				    "guest.",
				    "",
				    "Ask the provider for the swap-in and "
				    "swap-out rates of this VM "
				    "at that time; then for a move or a memory "
				    "reservation." },
	[VMG_FINDING_BALLOON] = { "Balloon takes memory that the guest needs",
				  "the balloon, and that the guest is short of "
				  "memory.",
				  "not enough memory where this VM runs. A "
				  "memory limit on the "
				  "resource pool above it would look the same "
				  "from inside the "
				  "guest.",
				  "Look for what needs the memory: free -m, "
				  "vmstat 1 (si, so).",
				  "Ask the provider for the ballooned memory "
				  "of this VM at that "
				  "time; then for a move or a memory "
				  "reservation." },
	[VMG_FINDING_COMPRESSION] = { "Host compresses this VM's memory",
				      "the change.",
				      "not enough memory where this VM runs: "
				      "hosts compress only when "
				      "they are about to swap.",
				      "",
				      "Ask the provider for the memory state "
				      "of the host at that "
				      "time; then for a move or a memory "
				      "reservation." },
	[VMG_FINDING_DISK] = { "Slow disk",
			       "the latency, as host and guest both measure "
			       "it.",
			       "busy storage. An I/O limit on the disk would "
			       "look the same "
			       "from inside the guest.",
			       "",
			       "Ask the provider for the device and kernel "
			       "latency of this "
			       "disk at that time, and whether it has an IOPS "
			       "limit." },
	[VMG_FINDING_NUMA] = { "Memory on another NUMA node",
			       "where the memory is.",
			       "the VM was moved between nodes, or is larger "
			       "than one.",
			       "",
			       "Ask the provider for N%L of this VM; it should "
			       "fit one node in "
			       "vCPUs and memory." },
	[VMG_FINDING_MOVES] = { "Moved or resumed often",
				"the changes of session. Not known: what each "
				"was.",
				"moves to another host. Resumes, reverts to a "
				"snapshot and "
				"resets look the same.",
				"",
				"Ask the provider for the migrations of this "
				"VM at that time." },
	[VMG_FINDING_SHARED_CORE] = { "Guest is busier than what it is charged "
				      "for",
				      "the difference.",
				      "the other thread of a core is busy as "
				      "well, or the host saves "
				      "power.",
				      "Compare the speed of a program with "
				      "that on an idle host.",
				      "Ask the provider for the power policy "
				      "of the host." },
	[VMG_FINDING_BALLOON_IDLE] = { "Balloon in memory that the guest does "
				       "not need now",
				       "the balloon.",
				       "the host needs memory and took what "
				       "was idle.",
				       "", "" },
	[VMG_FINDING_HOST_SWAP_OLD] = { "Memory in the host's swap, from an "
					"earlier shortage",
					"that nothing is moved now. Pages "
					"return when the guest "
					"touches them.",
					"", "", "" },
	[VMG_FINDING_COMPRESSION_OLD] = { "Compressed memory, from an earlier "
					  "shortage",
					  "that nothing is moved now.", "", "",
					  "" },
	[VMG_FINDING_SNAPSHOTS] = { "Message channels reopened",
				    "that the host closed them.",
				    "snapshots, as a backup takes them. The "
				    "readings in which it "
				    "happened were not judged.",
				    "", "" },
	[VMG_FINDING_CPU_LIMIT_INERT] = { "CPU limit without effect",
					  "that it is not below what the vCPUs "
					  "can use on this host.",
					  "it will hold after a resize or on a "
					  "faster host.",
					  "", "" },
	[VMG_FINDING_MEMORY_LIMIT_INERT] = { "Memory limit without effect",
					     "that it is not below the size.",
					     "it will hold when memory is "
					     "added.",
					     "", "" },
	[VMG_FINDING_HOST_INFO] = { "Host totals are hidden", "", "", "",
				    "The provider can show them: "
				    "tools.guestlib.enableHostInfo = "
				    "\"TRUE\" in the VM's configuration." },
};

/* Sentences of one text, one after the other. */
__attribute__((format(printf, 2, 3))) static void say(char text[VMG_WORDS_SIZE],
						      const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	if (len > 0 && len < VMG_WORDS_SIZE - 1)
		text[len++] = ' ';
	va_start(args, format);
	vsnprintf(text + len, VMG_WORDS_SIZE - len, format, args);
	va_end(args);
}

static double ghz(double mhz)
{
	return mhz / 1000;
}

static double percent(double share)
{
	return 100 * share;
}

const char *vmg_severity_name(enum vmg_severity severity)
{
	static const char *const names[] = { "ok", "note", "warning",
					     "critical" };

	return names[severity];
}

const char *vmg_finding_unit_name(enum vmg_finding_unit unit)
{
	switch (unit) {
	case VMG_IN_PERCENT:
		return "%";
	case VMG_IN_MIB_PER_S:
		return "MiB/s";
	case VMG_IN_MIB:
		return "MiB";
	case VMG_IN_MILLISECONDS:
		return "ms";
	case VMG_IN_A_DAY:
		return "a day";
	case VMG_IN_TIMES:
		return "times";
	case VMG_IN_FLAG:
		break;
	}
	return "";
}

void vmg_age_text(double seconds, char text[VMG_AGE_SIZE])
{
	unsigned long long s = seconds > 0 ? (unsigned long long)seconds : 0;
	unsigned long long d = s / 86400, h = s / 3600 % 24, m = s / 60 % 60;

	if (d > 0)
		snprintf(text, VMG_AGE_SIZE, "%llud %lluh %llum", d % 100000, h,
			 m);
	else if (h > 0)
		snprintf(text, VMG_AGE_SIZE, "%lluh %llum", h, m);
	else if (m > 0)
		snprintf(text, VMG_AGE_SIZE, "%llum %llus", m, s % 60);
	else
		snprintf(text, VMG_AGE_SIZE, "%llus", s);
}

/* Numbers. */

static void headline_say(const struct vmg_window *w,
			 const struct vmg_finding *f, char *text)
{
	const struct vmg_threshold *t = vmg_threshold_at(f->id);
	const char *title = fixed[f->id].title;
	double vcpu_s = w->seconds * (double)w->vcpus;

	switch (f->id) {
	case VMG_FINDING_CPU_DENIED:
		say(text,
		    "%s: %.1f %% of %llu vCPUs' time (%.0f of %.0f "
		    "vCPU-seconds).",
		    title, percent(w->stolen), (unsigned long long)w->vcpus,
		    w->stolen * vcpu_s, vcpu_s);
		break;
	case VMG_FINDING_CPU_LIMIT:
		say(text, "%s: %.2f of %.2f GHz (%llu x %.2f GHz).", title,
		    ghz(w->cpu_limit_mhz), ghz(w->usable_mhz),
		    (unsigned long long)w->vcpus, ghz((double)w->host_mhz));
		break;
	case VMG_FINDING_MEMORY_LIMIT:
		say(text, "%s: %.0f of %llu MiB.", title, w->memory_limit_mb,
		    (unsigned long long)w->memory_mb);
		break;
	case VMG_FINDING_HOST_INFO:
		say(text, "%s.", title);
		break;
	case VMG_FINDING_DISK:
		say(text, "%s %s: %.1f ms.", title, f->disk, f->value);
		break;
	case VMG_FINDING_CPU_LIMIT_INERT:
		say(text, "%s: %.2f GHz, %.0f %% of what the vCPUs can use.",
		    title, ghz(w->cpu_limit_mhz), f->value);
		break;
	case VMG_FINDING_SNAPSHOTS:
		say(text, "%s %.0f times.", title, f->value);
		break;
	default:
		say(text, "%s: %.1f %s.", title, f->value,
		    vmg_finding_unit_name(t->unit));
	}
}

static double lowest_level(const struct vmg_threshold *t)
{
	return fmin(t->note, t->warning);
}

/* No %zu: Windows' own printf() does not know it. */
static void often_say(const struct vmg_finding *f, char *text)
{
	const struct vmg_threshold *t = vmg_threshold_at(f->id);

	if (f->id == VMG_FINDING_CPU_LIMIT)
		say(text, "At %.0f %% of the limit in %u of %u readings.",
		    f->value, (unsigned)f->hits, (unsigned)f->intervals);
	else
		say(text,
		    "At or above %g %s in %u of %u readings, worst %.0f "
		    "%s%s.",
		    lowest_level(t), vmg_finding_unit_name(t->unit),
		    (unsigned)f->hits, (unsigned)f->intervals, f->worst,
		    vmg_finding_unit_name(t->unit),
		    f->since_ns == 0 ? ", already so at the start" : "");
}

static void shares_say(const struct vmg_window *w, char *text)
{
	if (isnan(w->contention))
		say(text, "Used %.0f %%.", percent(w->used));
	else
		say(text, "Used %.0f %%, contention %.1f %%.", percent(w->used),
		    percent(w->contention));
}

static bool is_of_window(enum vmg_finding_id id)
{
	return id == VMG_FINDING_MOVES || id == VMG_FINDING_SNAPSHOTS ||
	       id == VMG_FINDING_HOST_INFO ||
	       id == VMG_FINDING_CPU_LIMIT_INERT ||
	       id == VMG_FINDING_MEMORY_LIMIT_INERT;
}

static void numbers_say(const struct vmg_window *w, const struct vmg_finding *f,
			char *text)
{
	char age[VMG_AGE_SIZE];

	if (is_of_window(f->id))
		return;
	often_say(f, text);
	if (f->id == VMG_FINDING_CPU_DENIED) {
		vmg_age_text(w->session_s, age);
		if (!isnan(w->session_stolen))
			say(text,
			    "Average since this session began %s ago: %.1f %%.",
			    age, percent(w->session_stolen));
		shares_say(w, text);
	}
	if (f->id == VMG_FINDING_CPU_LIMIT)
		say(text,
		    "Denied %.1f %%, used %.1f %% of its vCPUs' time. Without "
		    "the limit it would have used about %.1f GHz.",
		    percent(w->denied), percent(w->used),
		    ghz((w->used + w->denied) * w->usable_mhz));
}

/* Causes. */

static void limit_exclude(const struct vmg_window *w, char *text)
{
	if (!w->cpu_limit_known)
		say(text, "Whether this VM has a CPU limit is not known.");
	else if (isinf(w->cpu_limit_mhz))
		say(text, "Not this VM's CPU limit: it has none.");
	else if (w->at_limit > 0)
		say(text,
		    "At least in part this VM's own CPU limit of %.2f GHz: it "
		    "held in %u of %u readings.",
		    ghz(w->cpu_limit_mhz), (unsigned)w->at_limit,
		    (unsigned)w->intervals);
	else
		say(text,
		    "Not this VM's CPU limit of %.2f GHz: it used %.2f GHz.",
		    ghz(w->cpu_limit_mhz), ghz(w->effective_mhz));
}

static void ask_say(const struct vmg_window *w, const struct vmg_finding *f,
		    char *text)
{
	double wanted = ghz((w->used + w->denied) * w->usable_mhz);

	if (f->id == VMG_FINDING_CPU_DENIED)
		say(text,
		    "Ask the provider for CPU Ready, Co-stop and MLMTD of this "
		    "VM at that time (expect %.0f ms Ready per vCPU and 20 s); "
		    "then for a move, or %.1f GHz reserved.",
		    w->stolen * 20000, wanted);
	else if (f->id == VMG_FINDING_CPU_LIMIT)
		say(text,
		    "Ask the provider to remove the CPU limit of this VM, or "
		    "to "
		    "raise it above %.1f GHz; limits are often left over from "
		    "a "
		    "template or from before a resize.",
		    wanted);
	else
		say(text, "%s", fixed[f->id].ask);
}

static void brief_say(const struct vmg_window *w, const struct vmg_finding *f,
		      char *text, size_t size)
{
	const struct vmg_threshold *t = vmg_threshold_at(f->id);

	switch (f->id) {
	case VMG_FINDING_CPU_DENIED:
		snprintf(text, size, "CPU denied %.1f %%", percent(w->stolen));
		break;
	case VMG_FINDING_CPU_LIMIT:
		snprintf(text, size, "CPU held by own limit of %.2f GHz",
			 ghz(w->cpu_limit_mhz));
		break;
	case VMG_FINDING_MEMORY_LIMIT:
		snprintf(text, size, "memory limit %.0f of %llu MiB",
			 w->memory_limit_mb, (unsigned long long)w->memory_mb);
		break;
	default:
		snprintf(text, size, "%s %.1f %s", t->name, f->value,
			 vmg_finding_unit_name(t->unit));
	}
}

void vmg_finding_words(const struct vmg_window *w, const struct vmg_finding *f,
		       struct vmg_words *words)
{
	*words = (struct vmg_words){ 0 };
	brief_say(w, f, words->brief, sizeof words->brief);
	headline_say(w, f, words->headline);
	numbers_say(w, f, words->numbers);
	if (f->id == VMG_FINDING_CPU_DENIED ||
	    f->id == VMG_FINDING_CPU_CONTENTION ||
	    f->id == VMG_FINDING_CPU_RESERVATION)
		limit_exclude(w, words->excluded);
	say(words->certain, "%s", fixed[f->id].certain);
	say(words->likely, "%s", fixed[f->id].likely);
	say(words->verify, "%s", fixed[f->id].verify);
	ask_say(w, f, words->ask);
}
