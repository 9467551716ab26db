# SPDX-License-Identifier: MIT
"""What hosts have said, by public logs: a guest gets these bytes from a host that
is not the simulated one. LIBRARY is the library that asks.
Sources: github.com/LazyRoy/vsockets-tools, doc/reports (ESXi 6.0);
github.com/mgm3746/krashpad, src/test/data/dataset80.txt (host)."""
import ctypes
import os
import sys

from host import Host

RECORDED = {
    "": "session \nhost \nresources \nvscsi ide0:0\nvnet 00:0c:29:32:0a:6a\n"
        "vnet 00:0c:29:32:0a:74\n",
    "host": "host.cpu.processorMHz = 2593\nhost.cpu.coresPerPkg = 14\n",
    "resources": "vm.cpu.reserved = 0\nvm.cpu.limit = -1\n"
                 "vm.cpu.used = 1666514554\nvm.cpu.contention.cpu = 207674224\n"
                 "vm.cpu.contention.mem = 78918342\nguest.mem.reserved = 0\n"
                 "guest.mem.limit = 3221225456\nguest.mem.mapped = 1048576\n"
                 "guest.mem.consumed = 1009556\nguest.mem.swapped = 0\n"
                 "guest.mem.ballooned = 0\nguest.mem.swapIn = 0\n"
                 "guest.mem.swapOut = 0\novhd.mem.swapped = 0\n"
                 "ovhd.mem.swapIn = 0\novhd.mem.swapOut = 0\n",
    "vscsi ide0:0": "num.reads = 4197\nnum.writes = 10161\n"
                    "size.reads = 84475904\nsize.writes = 461414400\n"
                    "latency.reads = 27897419\nlatency.writes = 25334559\n",
}


def answer(request):
    command, encoding, *stat = request.decode().split(" ")
    text = RECORDED.get(" ".join(stat).rstrip())
    if command != "guestlib.stat.get" or encoding != "text" or text is None:
        return b"0 Unknown command"
    return b"1 " + text.encode()


def ask():
    """The guest: every recording arrives as it is, and what is none does not."""
    library = ctypes.CDLL(os.environ["LIBRARY"])
    reply, size = ctypes.c_char_p(), ctypes.c_size_t()
    for stat, text in RECORDED.items():
        error = library.VMGuestLib_StatGet(b"text", stat.encode(),
                                           ctypes.byref(reply), ctypes.byref(size))
        assert error == 0, f"{stat}: {error}"
        assert reply.value.decode() == text, f"{stat}: {reply.value}"
        library.VMGuestLib_StatFree(reply, size)
    assert library.VMGuestLib_StatGet(b"text", b"vscsi ide9:9", ctypes.byref(reply),
                                      ctypes.byref(size)) == 4


if sys.argv[1:] == ["ask"]:
    ask()
else:
    status = Host(answer).run([sys.executable, "-B", __file__, "ask"])
    sys.exit(os.waitstatus_to_exitcode(status))
