/* SPDX-License-Identifier: MIT */
#ifndef VMG_THREAD_POSIX_H
#define VMG_THREAD_POSIX_H

#include <pthread.h>

struct vmg_mutex {
	pthread_mutex_t os;
};
#define VMG_MUTEX_INIT                    \
	{                                 \
		PTHREAD_MUTEX_INITIALIZER \
	}

static inline void vmg_mutex_init(struct vmg_mutex *mutex)
{
	pthread_mutex_init(&mutex->os, NULL);
}

static inline void vmg_mutex_lock(struct vmg_mutex *mutex)
{
	pthread_mutex_lock(&mutex->os);
}

static inline bool vmg_mutex_trylock(struct vmg_mutex *mutex)
{
	return pthread_mutex_trylock(&mutex->os) == 0;
}

static inline void vmg_mutex_unlock(struct vmg_mutex *mutex)
{
	pthread_mutex_unlock(&mutex->os);
}

struct vmg_thread_value {
	pthread_key_t os;
};

static inline void *vmg_thread_value_get(const struct vmg_thread_value *value)
{
	return pthread_getspecific(value->os);
}

static inline bool vmg_process_is_alone(void)
{
	return false; /* exit() leaves them running */
}

#endif
