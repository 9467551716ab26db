/* SPDX-License-Identifier: MIT */
/* A 32-bit guest without a C library, so that it builds wherever the compiler
 * accepts -m32. Ends with 0 when both ports gave the same reply. */

#define MAGIC 0x564d5868u

struct regs {
	unsigned ax, bx, cx, dx, si, di, bp;
};

/* Every register but the stack pointer is taken, ebp included: p is on the
 * stack meanwhile. No red zone here, so pushing is safe. */
#define EXCHANGE(p, insn)                                                     \
	__asm__ volatile("pushl %%ebp\n\tpushl %%eax\n\t"                     \
			 "movl 4(%%eax),%%ebx\n\tmovl 8(%%eax),%%ecx\n\t"     \
			 "movl 12(%%eax),%%edx\n\tmovl 16(%%eax),%%esi\n\t"   \
			 "movl 20(%%eax),%%edi\n\tmovl 24(%%eax),%%ebp\n\t"   \
			 "movl (%%eax),%%eax\n\tcld\n\t" insn "\n\t"          \
			 "xchgl %%eax,(%%esp)\n\tmovl %%ebx,4(%%eax)\n\t"     \
			 "movl %%ecx,8(%%eax)\n\tmovl %%edx,12(%%eax)\n\t"    \
			 "movl %%esi,16(%%eax)\n\tmovl %%edi,20(%%eax)\n\t"   \
			 "movl %%ebp,24(%%eax)\n\tpopl (%%eax)\n\tpopl %%ebp" \
			 : "+a"(p)                                            \
			 :                                                    \
			 : "ebx", "ecx", "edx", "esi", "edi", "memory", "cc")

void _start(void);
void *memcpy(void *to, const void *from, unsigned len);

/* Compilers call it to copy a struct. */
void *memcpy(void *to, const void *from, unsigned len)
{
	void *at = to;

	__asm__ volatile("rep movsb"
			 : "+D"(at), "+S"(from), "+c"(len)
			 :
			 : "memory");
	return to;
}

static const char request[] = "guestlib.stat.get text host";
#define REQUEST_LEN (sizeof request - 1)

static struct regs r;
static unsigned dx, high, low;
static char by_word[256], by_bulk[256];

static unsigned step(unsigned type, unsigned bx)
{
	struct regs *p = &r;

	r =
		(struct regs){ MAGIC, bx, type << 16 | 30, dx | 0x5658, high,
			       low,   0 };
	EXCHANGE(p, "inl %%dx,%%eax");
	return r.cx >> 16;
}

static int bulk_send(void)
{
	struct regs *p = &r;

	r = (struct regs){ MAGIC,	0x10000,	   REQUEST_LEN,
			   dx | 0x5659, (unsigned)request, low,
			   high };
	EXCHANGE(p, "rep outsb");
	return r.bx == 0x10000;
}

static int bulk_receive(unsigned len)
{
	struct regs *p = &r;

	r = (struct regs){ MAGIC, 0x10000,	     len, dx | 0x5659,
			   high,  (unsigned)by_bulk, low };
	EXCHANGE(p, "rep insb");
	return r.bx == 0x10000;
}

static int words_send(void)
{
	for (unsigned i = 0; i < REQUEST_LEN; i += 4) {
		unsigned word = 0;

		for (unsigned k = 0; k < 4 && i + k < REQUEST_LEN; k++)
			word |= (unsigned char)request[i + k] << (8 * k);
		if (!(step(2, word) & 1))
			return 0;
	}
	return 1;
}

static int words_receive(unsigned len)
{
	for (unsigned i = 0; i < len; i += 4) {
		if (!(step(4, 1) & 1))
			return 0;
		for (unsigned k = 0; k < 4; k++)
			by_word[i + k] = (char)(r.bx >> (8 * k));
	}
	return 1;
}

static unsigned rpc(int bulk)
{
	unsigned len;

	if (!(step(1, REQUEST_LEN) & 1) ||
	    !(bulk ? bulk_send() : words_send()) || (step(3, 0) & 3) != 3 ||
	    r.bx > 200)
		return 0;
	len = r.bx;
	if (!(bulk ? bulk_receive(len) : words_receive(len)) ||
	    !(step(5, 1) & 1))
		return 0;
	return len;
}

static int guest(void)
{
	unsigned len;

	if (!(step(0, 0xc9435052) & 1))
		return 1;
	dx = r.dx & 0xffff0000u;
	high = r.si;
	low = r.di;
	len = rpc(0);
	if (len < 10 || rpc(1) != len)
		return 2;
	for (unsigned i = 0; i < len; i++)
		if (by_word[i] != by_bulk[i])
			return 3;
	return step(6, 0) & 1 ? 0 : 4;
}

void _start(void)
{
	int status = guest();

	for (;;)
		__asm__ volatile("int $0x80" : : "a"(1), "b"(status));
}
