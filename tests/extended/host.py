# SPDX-License-Identifier: MIT
"""A second host: from public facts of the wire, without code or table of the simulated
host. It traces a program and its children and serves them both ports; of what it says
it knows nothing."""
import ctypes
import os
import signal
import struct

MAGIC, PORT, BULK_PORT = 0x564D5868, 0x5658, 0x5659
IN, OUT_STRING, IN_STRING = b"\xed", b"\xf3\x6e", b"\xf3\x6c"
GET_VERSION, GET_MEMORY, MESSAGE = 10, 20, 30
OPEN, SEND_SIZE, SEND, RECEIVE_SIZE, RECEIVE, RECEIVED, CLOSE = range(7)
SUCCESS, REPLY_WAITS, BULK = 1, 2, 0x80
CHANNELS = 8
# What a program ends with that cannot be on this host, as with vmguest-simhost.
TRACING_FORBIDDEN, REAL_HOST = 3, 4

# <sys/ptrace.h>
TRACEME, CONT, GETREGS, SETREGS, SETOPTIONS = 0, 7, 12, 13, 0x4200
FOLLOW_CHILDREN, EXIT_KILL = 0x2 | 0x4 | 0x8, 0x100000
WAIT_ALL = 0x40000000


class Registers(ctypes.Structure):
    """struct user_regs_struct of x86-64."""
    _fields_ = [(name, ctypes.c_ulonglong) for name in (
        "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs "
        "eflags rsp ss fs_base gs_base ds es fs gs").split()]


_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p,
                         ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request, task, data=None):
    return _libc.ptrace(request, task, None, data)


def _is_vmware():
    try:
        with open("/sys/class/dmi/id/sys_vendor") as f:
            return f.read().startswith("VMware")
    except OSError:
        return False


def _high(register):
    return register >> 16 & 0xFFFF


class Host:
    """answer(request) gives the reply to a request, both bytes, status included; None
    if it is lost instead, and all channels with it."""

    def __init__(self, answer, memory_mb=8192, bulk=True):
        self.answer = answer
        self.memory_mb = memory_mb
        self.bulk = BULK if bulk else 0
        self.channels = {}

    def run(self, argv, stdout=None):
        """Runs a program to its end; its exit status, or why it cannot be run."""
        if _is_vmware():    # which would answer instead, without a trap
            return REAL_HOST
        first = os.fork()
        if first == 0:
            if _ptrace(TRACEME, 0) != 0:
                os._exit(TRACING_FORBIDDEN)
            os.kill(os.getpid(), signal.SIGSTOP)
            if stdout:
                os.dup2(stdout.fileno(), 1)
            try:
                os.execvp(argv[0], argv)
            finally:
                os._exit(127)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: os.kill(first, number))
        _, status = os.waitpid(first, 0)
        if os.WIFSTOPPED(status):
            _ptrace(SETOPTIONS, first, FOLLOW_CHILDREN | EXIT_KILL)
            _ptrace(CONT, first)
            status = self._serve(first)
        return os.waitstatus_to_exitcode(status)

    def _serve(self, first):
        status = 0
        while True:
            try:
                task, ended = os.waitpid(-1, WAIT_ALL)
            except ChildProcessError:
                return status
            if os.WIFSTOPPED(ended):
                self._stopped(task, os.WSTOPSIG(ended))
            elif task == first:
                status = ended

    def _stopped(self, task, number):
        passed = number
        if number == signal.SIGSEGV and self._instruction(task):
            passed = 0
        elif number in (signal.SIGTRAP, signal.SIGSTOP):
            passed = 0
        _ptrace(CONT, task, passed)

    def _instruction(self, task):
        r = Registers()
        _ptrace(GETREGS, task, ctypes.addressof(r))
        if r.rax & 0xFFFFFFFF != MAGIC:
            return False
        with open(f"/proc/{task}/mem", "r+b", buffering=0) as memory:
            code = os.pread(memory.fileno(), 2, r.rip)
            if code[:1] == IN and r.rdx & 0xFFFF == PORT:
                self._command(r)
                r.rip += len(IN)
            elif code in (OUT_STRING, IN_STRING) and r.rdx & 0xFFFF == BULK_PORT:
                self._transfer(r, memory.fileno(), code)
                r.rip += len(code)
            else:
                return False
        _ptrace(SETREGS, task, ctypes.addressof(r))
        return True

    def _command(self, r):
        command = r.rcx & 0xFFFF
        if command == GET_VERSION:
            r.rax, r.rbx, r.rcx = 6, MAGIC, 2
        elif command == GET_MEMORY:
            r.rax = self.memory_mb
        elif command == MESSAGE:
            r.rcx = self._message(r, _high(r.rcx)) << 16
        else:
            r.rax = 0xFFFFFFFF

    def _message(self, r, step):
        if step == OPEN:
            return self._open(r)
        channel = self.channels.get(_high(r.rdx))
        if channel is None:
            return 0
        if step == SEND_SIZE:
            channel.update(request=b"", size=r.rbx & 0xFFFFFFFF)
            return SUCCESS | self.bulk
        if step == SEND:
            return self._sent(channel, struct.pack("<I", r.rbx & 0xFFFFFFFF))
        if step == RECEIVE_SIZE:
            r.rbx = len(channel["reply"])
            r.rdx = 1 << 16 | PORT
            return SUCCESS | REPLY_WAITS | self.bulk
        if step == RECEIVE:
            word, channel["reply"] = channel["reply"][:4], channel["reply"][4:]
            r.rbx = struct.unpack("<I", word.ljust(4, b"\0"))[0]
            r.rdx = 2 << 16 | PORT
        elif step == CLOSE:
            del self.channels[_high(r.rdx)]
        return SUCCESS

    def _transfer(self, r, memory, code):
        """The whole of a request or of a reply."""
        channel, count = self.channels.get(_high(r.rdx)), r.rcx
        r.rcx, status = 0, 0
        if channel and code == OUT_STRING:
            status = self._sent(channel, os.pread(memory, count, r.rsi))
        elif channel:
            os.pwrite(memory, channel["reply"][:count], r.rdi)
            status = SUCCESS
        r.rbx = status << 16

    def _open(self, r):
        free = [n for n in range(CHANNELS) if n not in self.channels]
        if not free:
            return 0
        self.channels[free[0]] = {"request": b"", "size": 0, "reply": b""}
        r.rdx, r.rsi, r.rdi = free[0] << 16 | PORT, 1, 2
        return SUCCESS

    def _sent(self, channel, part):
        channel["request"] = (channel["request"] + part)[:channel["size"]]
        if len(channel["request"]) == channel["size"]:
            reply = self.answer(channel["request"])
            if reply is None:
                self.channels.clear()
                return 0
            channel["reply"] = reply
        return SUCCESS
