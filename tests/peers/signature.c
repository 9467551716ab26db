/* SPDX-License-Identifier: MIT */
/* Prints the twelve bytes by which this machine's hypervisor names itself. */
#include <cpuid.h>
#include <stdio.h>

int main(void)
{
	unsigned int text[3], ax, bx, cx, dx;

	__cpuid(1, ax, bx, cx, dx);
	if (!(cx >> 31))
		return 1;
	__cpuid(0x40000000, ax, text[0], text[1], text[2]);
	fwrite(text, sizeof text, 1, stdout);
	return 0;
}
