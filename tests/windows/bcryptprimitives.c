/* SPDX-License-Identifier: MIT */
/* The one function that Go's run-time wants of a library that wine 8 lacks. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID bytes, ULONG len); /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T len);

BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T len)
{
	return SystemFunction036(bytes, (ULONG)len);
}
