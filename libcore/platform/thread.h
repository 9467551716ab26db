/* SPDX-License-Identifier: MIT */
/* What a system gives to a program of several threads: locks, a value of each
 * thread's own, and what is called at fork() and at the end of the process. In
 * place where every accessor passes: thread_posix.h, thread_windows.h. */
#ifndef VMG_THREAD_H
#define VMG_THREAD_H

#include <stdbool.h>

/* Not recursive; holds nothing that would have to be released. A static one is
 * VMG_MUTEX_INIT. */
struct vmg_mutex;

/* Unlocks also what a thread locked that is no more: in the child of fork(). */
static inline void vmg_mutex_init(struct vmg_mutex *mutex);
static inline void vmg_mutex_lock(struct vmg_mutex *mutex);

/* False: another thread has it. Does not wait. */
static inline bool vmg_mutex_trylock(struct vmg_mutex *mutex);
static inline void vmg_mutex_unlock(struct vmg_mutex *mutex);

/* A pointer of each thread's own, NULL until it is set. */
struct vmg_thread_value;

/* end() is called by each thread that ends with a pointer set, on the pointer,
 * also after the library was closed. False: the process has no room for it. */
bool vmg_thread_value_init(struct vmg_thread_value *value, void (*end)(void *));

static inline void *vmg_thread_value_get(const struct vmg_thread_value *value);

/* False: no memory for it. */
bool vmg_thread_value_set(const struct vmg_thread_value *value, void *pointer);

/* From now on, before each fork() and after it on both sides. False: no memory
 * for it. A system without fork() has nothing to do. */
bool vmg_at_fork(void (*prepare)(void), void (*parent)(void),
		 void (*child)(void));

/* When the process ends by exit() or from main(); other threads may still run.
 * Where there is no room for it, it is not called. */
void vmg_at_exit(void (*end)(void));

/* At the end of the process: true if the system has ended all other threads,
 * perhaps with locks locked. Such a lock must not be waited for. */
static inline bool vmg_process_is_alone(void);

#ifdef _WIN32
#include "thread_windows.h"
#else
#include "thread_posix.h"
#endif

#endif
