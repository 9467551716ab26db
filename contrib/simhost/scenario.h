/* SPDX-License-Identifier: MIT */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "device.h"
#include "fault.h"
#include "reply.h"
#include "stat.h"

#define SIM_CHANNELS_MAX 128
#define SIM_POOL_MAX 1025 /* longer than the 512 bytes of statistic 18 */
#define SIM_UNLIMITED UINT32_MAX

/* What the clock waits for. */
enum sim_start { SIM_START_PROGRAM, SIM_START_REQUEST };

enum sim_product { SIM_ESX, SIM_WORKSTATION, SIM_QEMU };

/* A host, as far as its guests notice. */
struct sim_host {
	uint32_t mhz, cores, cores_per_package;
	uint64_t memory_mb;
	bool host_info;	    /* tools.guestlib.enableHostInfo */
	uint32_t protocols; /* bit n: speaks guestlib protocol n */
	uint32_t statistics;
	bool high_bandwidth;
	uint32_t product; /* enum sim_product */
	uint32_t channels;
	bool cookies;
	double idle_seconds;	      /* 0: never */
	double cpu_load, memory_load; /* by its other VMs, of the whole host */
	uint32_t sets;		      /* bit n: answers enum sim_set n */
	uint32_t invented;	      /* metrics of each set that none knows */
	bool numa;		      /* has more than one node */
	bool new_names; /* each list has new names of disks and NICs */
	char hypervisor[128];
};

/* A virtual machine's size and what it is allowed. */
struct sim_vm {
	uint32_t vcpus;
	uint64_t memory_mb;
	uint32_t cpu_limit_mhz, cpu_reservation_mhz, cpu_shares;
	uint32_t memory_limit_mb, memory_reservation_mb;
	uint64_t memory_shares;
	uint32_t balloon_max_mb; /* SIM_UNLIMITED: as ESXi chooses, 65 % */
	uint64_t session;	 /* 0: drawn from the seed */
	char resource_pool[SIM_POOL_MAX];
	char uuid[64];
};

/* Numbers of a point of the VM's load, behind the time. */
enum sim_load {
	SIM_LOAD_USED = 1, /* shares of one vCPU ... */
	SIM_LOAD_STOLEN,
	SIM_LOAD_CONTENTION,  /* more than is stolen */
	SIM_LOAD_MEMORY_WAIT, /* more than for what is swapped in */
	SIM_LOAD_ACTIVE,      /* shares of the memory ... */
	SIM_LOAD_MAPPED,
	SIM_LOAD_NUMA_REMOTE, /* share of what is mapped */
	SIM_LOAD_SWAP_IN,     /* MB a second, beside what events swap ... */
	SIM_LOAD_SWAP_OUT,
	SIM_LOADS
};

enum sim_do {
	SIM_DO_VMOTION,
	SIM_DO_HOST,
	SIM_DO_VM,
	SIM_DO_BALLOON,
	SIM_DO_SWAP,
	SIM_DO_COMPRESS,
	SIM_DO_PLUG,
	SIM_DO_UNPLUG,
	SIM_DO_RENAME,
	SIM_DO_DISABLE,
	SIM_DO_ENABLE,
	SIM_DO_FAULT
};

struct sim_event {
	double at;
	size_t index; /* in the file, for messages */
	enum sim_do what;
	/* SIM_DO_VMOTION, _HOST, _VM: the new values. Bit n of a set is the
	 * n-th row of the key table, sim_host_keys or sim_vm_keys. */
	struct sim_host host;
	struct sim_vm vm;
	uint64_t host_set, vm_set;
	double mb, over; /* SIM_DO_BALLOON, _SWAP, _COMPRESS */
	double lasts;	 /* SIM_DO_DISABLE */
	/* SIM_DO_PLUG, _UNPLUG, _RENAME: its name in the scenario, its index,
	 * and its new name. */
	char device_name[SIM_DEVICE_NAME], to[SIM_DEVICE_NAME];
	size_t device;
	/* SIM_DO_FAULT; and SIM_DO_VMOTION, where a count of 0 is a
	 * move that waits for no step. */
	struct sim_fault fault;
};

/* A statistic that shall have this value whatever happens. */
struct sim_fixed {
	bool set, valid;
	uint64_t value;
	char text[SIM_POOL_MAX];
};

struct sim_scenario {
	char description[256];
	uint64_t seed;
	double speed, loop; /* loop 0: no */
	uint32_t start;	    /* enum sim_start */
	struct sim_host host;
	struct sim_vm vm;
	struct sim_curve load;
	struct sim_event *events; /* by time */
	size_t event_count;
	struct sim_device *devices; /* disks, then NICs */
	size_t device_count;
	struct sim_fixed fixed[SIM_STATISTICS + 1]; /* by id */
	struct sim_fixed extended[SIM_METRICS];	    /* by enum sim_metric */
};

/* NULL on mistakes, all of which are then in errors, one a line. */
struct sim_scenario *sim_scenario_read(const char *json, const char *file,
				       struct sim_bytes *errors);
void sim_scenario_free(struct sim_scenario *s);

/* Copies what the event changes. The memory of a VM never shrinks. */
void sim_event_apply(const struct sim_event *e, struct sim_host *host,
		     struct sim_vm *vm);

#endif
