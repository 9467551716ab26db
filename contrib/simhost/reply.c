/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "reply.h"

enum kind { U32, U64, TEXT };

/* In the order of the wire. Source: open-vm-tools,
 * lib/include/guestrpc/guestlibV3.x; 39 and 40 are invented. */
static const struct {
	const char *name;
	enum kind kind;
} statistics[SIM_STATISTICS + 1] = {
	[1] = { "cpuReservationMHz", U32 },
	[2] = { "cpuLimitMHz", U32 },
	[3] = { "cpuShares", U32 },
	[4] = { "cpuUsedMs", U64 },
	[5] = { "hostMHz", U32 },
	[6] = { "memReservationMB", U32 },
	[7] = { "memLimitMB", U32 },
	[8] = { "memShares", U32 },
	[9] = { "memMappedMB", U32 },
	[10] = { "memActiveMB", U32 },
	[11] = { "memOverheadMB", U32 },
	[12] = { "memBalloonedMB", U32 },
	[13] = { "memSwappedMB", U32 },
	[14] = { "memSharedMB", U32 },
	[15] = { "memSharedSavedMB", U32 },
	[16] = { "memUsedMB", U32 },
	[17] = { "elapsedMs", U64 },
	[18] = { "resourcePoolPath", TEXT },
	[19] = { "cpuStolenMs", U64 },
	[20] = { "memTargetSizeMB", U64 },
	[21] = { "hostCpuNumCores", U32 },
	[22] = { "hostCpuUsedMs", U64 },
	[23] = { "hostMemSwappedMB", U64 },
	[24] = { "hostMemSharedMB", U64 },
	[25] = { "hostMemUsedMB", U64 },
	[26] = { "hostMemPhysMB", U64 },
	[27] = { "hostMemPhysFreeMB", U64 },
	[28] = { "hostMemKernOvhdMB", U64 },
	[29] = { "hostMemMappedMB", U64 },
	[30] = { "hostMemUnmappedMB", U64 },
	[31] = { "memZippedMB", U32 },
	[32] = { "memZipSavedMB", U32 },
	[33] = { "memLLSwappedMB", U32 },
	[34] = { "memSwapTargetMB", U32 },
	[35] = { "memBalloonTargetMB", U32 },
	[36] = { "memBalloonMaxMB", U32 },
	[37] = { "resourcePoolPathLong", TEXT },
	[38] = { "memShares64", U64 },
	[39] = { "inventedText", TEXT },
	[40] = { "inventedNumber", U64 },
};

unsigned sim_statistic_find(const char *name)
{
	for (unsigned id = 1; id <= SIM_STATISTICS; id++)
		if (strcmp(statistics[id].name, name) == 0)
			return id;
	return 0;
}

const char *sim_statistic_name(unsigned id)
{
	return id >= 1 && id <= SIM_STATISTICS ? statistics[id].name : NULL;
}

uint64_t sim_statistic_max(unsigned id)
{
	static const uint64_t max[] = {
		[U32] = UINT32_MAX, [U64] = UINT64_MAX
	};

	return statistics[id].kind == TEXT ? 0 : max[statistics[id].kind];
}

static bool damaged(const struct sim_fault *damage, enum sim_damage how)
{
	return damage && damage->how == how;
}

static void header_add(struct sim_bytes *out, uint32_t version,
		       const struct sim_values *values,
		       const struct sim_fault *damage)
{
	if (damaged(damage, SIM_VERSION))
		version = (uint32_t)damage->value;
	sim_bytes_le32(out, version);
	sim_bytes_le64(out, damaged(damage, SIM_SESSION) ? damage->value
							 : values->session);
}

static uint32_t valid_word(const struct sim_values *values, unsigned id,
			   const struct sim_fault *damage)
{
	if (damaged(damage, SIM_VALID) && damage->id == id)
		return (uint32_t)damage->value;
	return values->at[id].valid;
}

static uint64_t value_sent(const struct sim_values *values, unsigned id)
{
	return values->at[id].valid ? values->at[id].value : 0;
}

static const char *text_sent(const struct sim_values *values, unsigned id)
{
	if (!values->at[id].valid)
		return "";
	switch (id) {
	case SIM_POOL_PATH:
		return values->path;
	case SIM_POOL_PATH_LONG:
		return values->path_long;
	}
	return "a statistic of tomorrow";
}

void sim_reply_v2(struct sim_bytes *out, const struct sim_values *values,
		  const struct sim_fault *damage)
{
	const char *path = text_sent(values, SIM_POOL_PATH);
	size_t path_len = strlen(path);
	uint8_t valid;

	header_add(out, 2, values, damage);
	for (unsigned id = 1; id < SIM_POOL_PATH; id++) {
		/* The three bytes that pad are undefined: no zeros, so that
		 * no guest relies on that. */
		valid = (uint8_t)valid_word(values, id, damage);
		sim_bytes_add(out, &valid, 1);
		sim_bytes_add(out, "\xaa\xbb\xcc", 3);
		if (statistics[id].kind == U64)
			sim_bytes_le64(out, value_sent(values, id));
		else
			sim_bytes_le32(out, (uint32_t)value_sent(values, id));
	}
	valid = (uint8_t)valid_word(values, SIM_POOL_PATH, damage);
	sim_bytes_add(out, &valid, 1);
	if (path_len > 512)
		path_len = 512;
	sim_bytes_add(out, path, path_len);
	sim_bytes_zero(out, 512 - path_len);
}

static void text_add(struct sim_bytes *out, const char *text, unsigned id,
		     const struct sim_fault *damage)
{
	size_t len = strlen(text);
	bool wrong = damaged(damage, SIM_LENGTH) && damage->id == id;

	sim_bytes_be32(out, wrong ? (uint32_t)damage->value : (uint32_t)len);
	sim_bytes_add(out, text, len);
	sim_bytes_zero(out, -len % 4);
}

static void statistic_add(struct sim_bytes *out,
			  const struct sim_values *values, unsigned id,
			  const struct sim_fault *damage)
{
	sim_bytes_be32(out, id);
	sim_bytes_be32(out, valid_word(values, id, damage));
	switch (statistics[id].kind) {
	case U32:
		sim_bytes_be32(out, (uint32_t)value_sent(values, id));
		break;
	case U64:
		sim_bytes_be64(out, value_sent(values, id));
		break;
	case TEXT:
		text_add(out, text_sent(values, id), id, damage);
		break;
	}
}

/* Which statistics go out, in which order: a gap, a repetition and a wrong
 * order are made here. Returns how many; ids has room for one above count. */
static unsigned ids_choose(unsigned *ids, unsigned count,
			   const struct sim_fault *damage)
{
	unsigned n = 0;

	for (unsigned id = 1; id <= count; id++) {
		if (damaged(damage, SIM_GAP) && damage->id == id)
			continue;
		ids[n++] = id;
		if (damaged(damage, SIM_DUPLICATE) && damage->id == id)
			ids[n++] = id;
	}
	for (unsigned i = 0; damaged(damage, SIM_ORDER) && i < n / 2; i++) {
		unsigned id = ids[i];

		ids[i] = ids[n - 1 - i];
		ids[n - 1 - i] = id;
	}
	return n;
}

void sim_reply_v3(struct sim_bytes *out, const struct sim_values *values,
		  unsigned count, const struct sim_fault *damage)
{
	unsigned ids[SIM_STATISTICS + 1];
	unsigned n = ids_choose(ids, count, damage);
	struct sim_bytes xdr = { 0 };
	uint32_t announced = n, size;

	if (damaged(damage, SIM_COUNT))
		announced += (uint32_t)(int64_t)damage->by;
	sim_bytes_be32(&xdr, announced);
	for (unsigned i = 0; i < n; i++)
		statistic_add(&xdr, values, ids[i], damage);

	header_add(out, 3, values, damage);
	size = (uint32_t)xdr.len;
	if (damaged(damage, SIM_SIZE))
		size += (uint32_t)(int64_t)damage->by;
	sim_bytes_le32(out, size);
	sim_bytes_add(out, xdr.at, xdr.len);
	out->failed |= xdr.failed;
	sim_bytes_release(&xdr);
}
