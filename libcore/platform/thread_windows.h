/* SPDX-License-Identifier: MIT */
#ifndef VMG_THREAD_WINDOWS_H
#define VMG_THREAD_WINDOWS_H

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

struct vmg_mutex {
	SRWLOCK os;
};
#define VMG_MUTEX_INIT       \
	{                    \
		SRWLOCK_INIT \
	}

static inline void vmg_mutex_init(struct vmg_mutex *mutex)
{
	InitializeSRWLock(&mutex->os);
}

static inline void vmg_mutex_lock(struct vmg_mutex *mutex)
{
	AcquireSRWLockExclusive(&mutex->os);
}

static inline bool vmg_mutex_trylock(struct vmg_mutex *mutex)
{
	return TryAcquireSRWLockExclusive(&mutex->os);
}

static inline void vmg_mutex_unlock(struct vmg_mutex *mutex)
{
	ReleaseSRWLockExclusive(&mutex->os);
}

struct vmg_thread_value {
	DWORD os;
};

static inline void *vmg_thread_value_get(const struct vmg_thread_value *value)
{
	return FlsGetValue(value->os);
}

static inline bool vmg_process_is_alone(void)
{
	/* Linked to by name it would be an import of ntdll.dll. */
	FARPROC ask = GetProcAddress(GetModuleHandleW(L"ntdll.dll"),
				     "RtlDllShutdownInProgress");

	return ask && ((BOOLEAN(NTAPI *)(VOID))(void *)ask)();
}

#endif
