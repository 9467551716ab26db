# SPDX-License-Identifier: MIT
"""A host that knows texts and nothing else: from public facts of the wire, without
code or table of the simulated host. It traces a program and its children, and serves
them the low-bandwidth port alone."""
import ctypes
import os
import signal
import struct

MAGIC, PORT = 0x564D5868, 0x5658
IN = b"\xed"
GET_VERSION, MESSAGE = 10, 30
OPEN, SEND_SIZE, SEND, RECEIVE_SIZE, RECEIVE, RECEIVED, CLOSE = range(7)
SUCCESS, REPLY_WAITS = 1, 2
CHANNELS = 8

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


def _high(register):
    return register >> 16 & 0xFFFF


class Host:
    """answer(request) gives the reply to a request, both bytes, status included."""

    def __init__(self, answer):
        self.answer = answer
        self.channels = {}

    def run(self, argv):
        """Runs a program to its end; returns its wait status, which is that of a
        test that is skipped where tracing is forbidden."""
        first = os.fork()
        if first == 0:
            if _ptrace(TRACEME, 0) != 0:
                print("SKIPPED: tracing is forbidden here", flush=True)
                os._exit(77)
            os.kill(os.getpid(), signal.SIGSTOP)
            os.execvp(argv[0], argv)
        _, status = os.waitpid(first, 0)
        if not os.WIFSTOPPED(status):
            return status
        _ptrace(SETOPTIONS, first, FOLLOW_CHILDREN | EXIT_KILL)
        _ptrace(CONT, first)
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
        if r.rax & 0xFFFFFFFF != MAGIC or r.rdx & 0xFFFF != PORT:
            return False
        with open(f"/proc/{task}/mem", "rb", buffering=0) as memory:
            if os.pread(memory.fileno(), 1, r.rip) != IN:
                return False
        self._command(r)
        r.rip += len(IN)
        _ptrace(SETREGS, task, ctypes.addressof(r))
        return True

    def _command(self, r):
        command = r.rcx & 0xFFFF
        if command == GET_VERSION:
            r.rax, r.rbx, r.rcx = 6, MAGIC, 2
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
        elif step == SEND:
            self._send(channel, r.rbx & 0xFFFFFFFF)
        elif step == RECEIVE_SIZE:
            r.rbx = len(channel["reply"])
            r.rdx = 1 << 16 | PORT
            return SUCCESS | REPLY_WAITS
        elif step == RECEIVE:
            word, channel["reply"] = channel["reply"][:4], channel["reply"][4:]
            r.rbx = struct.unpack("<I", word.ljust(4, b"\0"))[0]
            r.rdx = 2 << 16 | PORT
        elif step == CLOSE:
            del self.channels[_high(r.rdx)]
        return SUCCESS

    def _open(self, r):
        free = [n for n in range(CHANNELS) if n not in self.channels]
        if not free:
            return 0
        self.channels[free[0]] = {"request": b"", "size": 0, "reply": b""}
        r.rdx, r.rsi, r.rdi = free[0] << 16 | PORT, 1, 2
        return SUCCESS

    def _send(self, channel, word):
        sent = channel["request"] + struct.pack("<I", word)
        channel["request"] = sent[:channel["size"]]
        if len(channel["request"]) == channel["size"]:
            channel["reply"] = self.answer(channel["request"])
