/* SPDX-License-Identifier: MIT */
/* Request text in, reply out, with the leading "1 " or "0 ". */
#include <string.h>

#include "object.h"

/* The rest of text behind prefix, or NULL. */
static const char *behind(const char *prefix, const uint8_t *text, size_t len,
			  size_t *rest)
{
	size_t n = strlen(prefix);

	if (len < n || memcmp(text, prefix, n) != 0)
		return NULL;
	*rest = len - n;
	return (const char *)text + n;
}

/* A decimal number and nothing else, or 0. */
static unsigned number_parse(const char *text, size_t len)
{
	unsigned n = 0;

	if (len == 0 || len > 4)
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		n = n * 10 + (unsigned)(text[i] - '0');
	}
	return n;
}

/* A version that this host does not speak. Inferred: the texts are in
 * comments of open-vm-tools only, libguestlib/vmGuestLib.c. */
static void version_refuse(const struct sim_host *host, unsigned asked,
			   struct sim_bytes *reply)
{
	unsigned highest = host->protocols & 1 << 3 ? 3 : 2;

	if (highest == 3 && asked > highest)
		sim_bytes_format(reply, "0 %u:Unsupported version", highest);
	else
		sim_bytes_text(reply, "0 Unsupported version");
}

/* What a reply of guestlib.info.get is made from. */
struct info {
	struct sim_values values;
	unsigned version, statistics;
};

static void info_add(struct sim_bytes *reply, const struct info *info,
		     const struct sim_fault *damage)
{
	sim_bytes_text(reply, "1 ");
	if (info->version == 3)
		sim_reply_v3(reply, &info->values, info->statistics, damage);
	else
		sim_reply_v2(reply, &info->values, damage);
	if (damage)
		sim_damage_bytes(damage, reply);
}

static void info_get(struct simhost *sim, unsigned version,
		     struct sim_answer *answer)
{
	const struct sim_host *host = &sim->world.host;
	struct info info = { .version = version,
			     .statistics = host->statistics };

	if (sim_world_disabled(&sim->world)) {
		sim_bytes_text(&answer->bytes,
			       "0 Disabled by the administrator");
		return;
	}
	if (version > 3 || !(host->protocols & UINT32_C(1) << version)) {
		version_refuse(host, version, &answer->bytes);
		return;
	}
	sim_world_values(&sim->world, &info.values);
	info_add(&answer->bytes, &info,
		 sim_world_fault(&sim->world, SIM_FAULT_DAMAGE, SIM_INFO_GET,
				 version));
	for (unsigned port = 0; port < SIM_PORTS; port++) {
		const struct sim_fault *damage = sim_world_damage(
			&sim->world, port, SIM_INFO_GET, version);

		answer->on_way[port].fault = damage;
		if (damage)
			info_add(&answer->on_way[port].bytes, &info, damage);
	}
}

/* All that can be asked for, in text whatever the encoding. */
static void list_add(struct simhost *sim, struct sim_bytes *reply)
{
	struct sim_world *w = &sim->world;
	char name[SIM_INSTANCE_NAME];

	w->lists++;
	for (enum sim_set set = 0; set < SIM_SET_VSCSI; set++)
		if (w->host.sets & 1u << set)
			sim_stat_list(reply, set, "");
	for (size_t i = 0; i < w->scenario->device_count; i++) {
		enum sim_set set = w->scenario->devices[i].set;

		if (w->host.sets & 1u << set && sim_world_instance(w, i, name))
			sim_stat_list(reply, set, name);
	}
}

static bool stat_add(struct simhost *sim, const char *args, size_t len,
		     struct sim_bytes *reply)
{
	struct sim_world *w = &sim->world;
	struct sim_metric_value metrics[SIM_METRICS];
	struct sim_stat_request request;
	char session[SIM_SESSION_TEXT];
	enum sim_set set;
	size_t device;

	if (!sim_stat_parse(&request, args, len))
		return false;
	if (!request.stat[0]) {
		list_add(sim, reply);
		return true;
	}
	set = sim_stat_set(&request);
	device = sim_world_device_find(w, set, request.param);
	if (set == SIM_SETS || !(w->host.sets & 1u << set) ||
	    (set >= SIM_SET_VSCSI && device == w->scenario->device_count))
		return false;
	sim_world_metrics(w, device, session, metrics);
	sim_stat_reply(reply, request.encoding, set, metrics, w->host.invented);
	return true;
}

static void stat_get(struct simhost *sim, const char *args, size_t len,
		     struct sim_answer *answer)
{
	struct sim_bytes *reply = &answer->bytes;
	const struct sim_fault *damage;

	sim_bytes_text(reply, "1 ");
	if (!stat_add(sim, args, len, reply)) {
		sim_bytes_clear(reply);
		sim_bytes_text(reply, "0 Unknown stat");
	}
	for (unsigned port = 0; port < SIM_PORTS; port++) {
		damage = sim_world_damage(&sim->world, port, SIM_STAT_GET, 0);
		answer->on_way[port].fault = damage;
		if (!damage)
			continue;
		sim_bytes_add(&answer->on_way[port].bytes, reply->at,
			      reply->len);
		sim_damage_bytes(damage, &answer->on_way[port].bytes);
	}
	damage =
		sim_world_fault(&sim->world, SIM_FAULT_DAMAGE, SIM_STAT_GET, 0);
	if (damage)
		sim_damage_bytes(damage, reply);
}

void sim_rpc(struct simhost *sim, const uint8_t *request, size_t len,
	     struct sim_answer *answer)
{
	size_t rest;
	const char *args;

	sim->counts.rpcs++;
	/* Desktop products have the channel, but not the guestlib service. */
	if (sim->world.host.product == SIM_ESX) {
		args = behind("guestlib.info.get ", request, len, &rest);
		if (args && number_parse(args, rest) > 0) {
			info_get(sim, number_parse(args, rest), answer);
			return;
		}
		args = behind("guestlib.stat.get ", request, len, &rest);
		if (args && sim->world.host.sets) {
			stat_get(sim, args, rest, answer);
			return;
		}
	}
	sim_bytes_text(&answer->bytes, "0 Unknown command");
}
