/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "task.h"

#define WORD sizeof(long)

bool sim_task_succeeded(struct sim_task *t, const char *request, long result)
{
	if (result == 0)
		return true;
	if (errno != ESRCH && !t->failed) {
		t->failed = request;
		t->error = errno;
	}
	return false;
}

static bool address_bad(void)
{
	return errno == EFAULT || errno == EIO;
}

static bool word_read(struct sim_task *t, uint64_t addr, long *word)
{
	errno = 0;
	*word = ptrace(PTRACE_PEEKDATA, t->id, (void *)addr, NULL);
	return errno == 0 ||
	       (!address_bad() &&
		sim_task_succeeded(t, "PTRACE_PEEKDATA", -1));
}

static bool word_write(struct sim_task *t, uint64_t addr, long word)
{
	long result = ptrace(PTRACE_POKEDATA, t->id, (void *)addr,
			     (void *)word);

	return result == 0 ||
	       (!address_bad() &&
		sim_task_succeeded(t, "PTRACE_POKEDATA", result));
}

/* Of a buffer of len bytes at addr, what lies in its first aligned word. */
static size_t part_len(uint64_t addr, size_t len)
{
	size_t room = WORD - addr % WORD;

	return len < room ? len : room;
}

static bool words_read(struct sim_task *t, uint64_t addr, uint8_t *to,
		       size_t len)
{
	for (size_t n; len > 0; addr += n, to += n, len -= n) {
		size_t skip = addr % WORD;
		long word;

		n = part_len(addr, len);
		if (!word_read(t, addr - skip, &word))
			return false;
		memcpy(to, (uint8_t *)&word + skip, n);
	}
	return true;
}

/* The rest of a word that the buffer only shares is written back as it was
 * read: another thread that changes it in between loses its change. */
static bool words_write(struct sim_task *t, uint64_t addr, const uint8_t *from,
			size_t len)
{
	for (size_t n; len > 0; addr += n, from += n, len -= n) {
		size_t skip = addr % WORD;
		long word = 0;

		n = part_len(addr, len);
		if (n < WORD && !word_read(t, addr - skip, &word))
			return false;
		memcpy((uint8_t *)&word + skip, from, n);
		if (!word_write(t, addr - skip, word))
			return false;
	}
	return true;
}

/* Memory for the string forms. Container profiles forbid process_vm_readv()
 * more often than ptrace(), which moves words. */

static bool memory_read(void *ctx, uint64_t addr, void *to, size_t len)
{
	struct sim_task *t = ctx;
	struct iovec here = { to, len }, there = { (void *)addr, len };
	ssize_t n = process_vm_readv(t->id, &here, 1, &there, 1, 0);

	if (n >= 0 || errno == EFAULT)
		return n == (ssize_t)len;
	return words_read(t, addr, to, len);
}

static bool memory_write(void *ctx, uint64_t addr, const void *from, size_t len)
{
	struct sim_task *t = ctx;
	struct iovec here = { (void *)from, len },
		     there = { (void *)addr, len };
	ssize_t n = process_vm_writev(t->id, &here, 1, &there, 1, 0);

	if (n >= 0 || errno == EFAULT)
		return n == (ssize_t)len;
	return words_write(t, addr, from, len);
}

/* A 32-bit program has nothing in the upper halves; what the kernel keeps
 * there is not its own. */
static uint64_t reg_width(const struct user_regs_struct *u)
{
	return u->cs == 0x23 ? UINT32_MAX : UINT64_MAX;
}

static struct simhost_regs regs_take(const struct user_regs_struct *u)
{
	uint64_t width = reg_width(u);

	return (struct simhost_regs){
		.ax = u->rax & width,
		.bx = u->rbx & width,
		.cx = u->rcx & width,
		.dx = u->rdx & width,
		.si = u->rsi & width,
		.di = u->rdi & width,
		.bp = u->rbp & width,
	};
}

static void regs_put(struct user_regs_struct *u, const struct simhost_regs *r)
{
	u->rax = r->ax;
	u->rbx = r->bx;
	u->rcx = r->cx;
	u->rdx = r->dx;
	u->rsi = r->si;
	u->rdi = r->di;
}

bool sim_task_serve(struct sim_task *t, struct simhost *sim, double *delay)
{
	const struct simhost_memory memory = { memory_read, memory_write, t };
	struct user_regs_struct u;
	struct simhost_regs r;
	enum simhost_op op;
	uint8_t code[2];
	siginfo_t info;
	unsigned len;

	if (!sim_task_succeeded(t, "PTRACE_GETSIGINFO",
				ptrace(PTRACE_GETSIGINFO, t->id, NULL,
				       &info)) ||
	    info.si_code != SI_KERNEL ||
	    !sim_task_succeeded(t, "PTRACE_GETREGS",
				ptrace(PTRACE_GETREGS, t->id, NULL, &u)))
		return false;
	r = regs_take(&u);
	len = simhost_instruction_len(&r);
	/* By words: so memory that may only be executed can be read, too. */
	if (len == 0 || !words_read(t, u.rip, code, len) ||
	    !simhost_instruction_decode(code, len, &op))
		return false;
	*delay = simhost_exchange(sim, op, &r, &memory);
	regs_put(&u, &r);
	u.rip += len;
	return !t->failed &&
	       sim_task_succeeded(t, "PTRACE_SETREGS",
				  ptrace(PTRACE_SETREGS, t->id, NULL, &u));
}
