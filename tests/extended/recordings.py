# SPDX-License-Identifier: MIT
"""What real hosts have answered, byte for byte, by public logs; each machine at one or
two moments of one session.
Sources: github.com/LazyRoy/vsockets-tools, doc/reports/v0.51/
vmhost_report.kali_linux_over_Nested_ESXi_6_over_Player7.log (ESXI_6),
src/scripts/vmhost_report_kali_mini.txt and doc/reports/vmhost_report.kalimini.txt
(EARLIER, LATER); github.com/mgm3746/krashpad, src/test/data/dataset80.txt (JVM_START,
JVM_END), which has no session."""

LIST = ("session \nhost \nresources \nvscsi ide0:0\nvnet 00:0c:29:32:0a:6a\n"
        "vnet 00:0c:29:32:0a:74\n")
ONE_CORE = "host.cpu.processorMHz = 2593\nhost.cpu.coresPerPkg = 1\n"

ESXI_6 = {
    "": LIST,
    "session": "session = -3444376601505771559\nuptime = 10777157759\n"
               "version = VMware ESX 6.0.0 build-2494585\nprovider = \n"
               "uuid.bios = 56 4d 41 c0 a9 72 3d 10-5f 84 b6 06 38 32 0a 6a\n",
    "host": ONE_CORE,
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
    "vnet 00:0c:29:32:0a:6a": "num.tx = 12345\nsize.tx = 1116059\nnum.rx = 23147\n"
                              "size.rx = 21227126\nreservation = 0\nlimit = -1\n",
    "vnet 00:0c:29:32:0a:74": "num.tx = 14\nsize.tx = 1276\nnum.rx = 0\n"
                              "size.rx = 0\nreservation = 0\nlimit = -1\n",
}

# The log does not say of which NIC; the other one is not in it.
EARLIER = {
    "": LIST,
    "session": "session = -8168698359495121639\nuptime = 6664499511\n"
               "version = VMware ESX 6.0.0 build-2494585\nprovider = \n"
               "uuid.bios = 56 4d 41 c0 a9 72 3d 10-5f 84 b6 06 38 32 0a 6a\n",
    "host": ONE_CORE,
    "resources": "vm.cpu.reserved = 0\nvm.cpu.limit = -1\n"
                 "vm.cpu.used = 835101825\nvm.cpu.contention.cpu = 85941947\n"
                 "vm.cpu.contention.mem = 0\nguest.mem.reserved = 0\n"
                 "guest.mem.limit = 3221225456\nguest.mem.mapped = 1048576\n"
                 "guest.mem.consumed = 1035848\nguest.mem.swapped = 0\n"
                 "guest.mem.ballooned = 0\nguest.mem.swapIn = 0\n"
                 "guest.mem.swapOut = 0\novhd.mem.swapped = 0\n"
                 "ovhd.mem.swapIn = 0\novhd.mem.swapOut = 0\n",
    "vscsi ide0:0": "num.reads = 1311\nnum.writes = 1556\n"
                    "size.reads = 25649152\nsize.writes = 18219008\n"
                    "latency.reads = 8747160\nlatency.writes = 1934046\n",
    "vnet 00:0c:29:32:0a:6a": "num.tx = 2170\nsize.tx = 162393\nnum.rx = 1358\n"
                              "size.rx = 160761\nreservation = 0\nlimit = -1\n",
}
LATER = {
    "": LIST,
    "session": "session = -8168698359495121639\nuptime = 38065196593\n"
               "version = VMware ESX 6.0.0 build-2494585\nprovider = \n"
               "uuid.bios = 56 4d 41 c0 a9 72 3d 10-5f 84 b6 06 38 32 0a 6a\n",
    "host": ONE_CORE,
    "resources": "vm.cpu.reserved = 0\nvm.cpu.limit = -1\n"
                 "vm.cpu.used = 2431903156\nvm.cpu.contention.cpu = 222828952\n"
                 "vm.cpu.contention.mem = 0\nguest.mem.reserved = 0\n"
                 "guest.mem.limit = 3221225456\nguest.mem.mapped = 1048576\n"
                 "guest.mem.consumed = 1039332\nguest.mem.swapped = 0\n"
                 "guest.mem.ballooned = 0\nguest.mem.swapIn = 0\n"
                 "guest.mem.swapOut = 0\novhd.mem.swapped = 0\n"
                 "ovhd.mem.swapIn = 0\novhd.mem.swapOut = 0\n",
    "vscsi ide0:0": "num.reads = 8133\nnum.writes = 4841\n"
                    "size.reads = 164761600\nsize.writes = 64409600\n"
                    "latency.reads = 36825479\nlatency.writes = 8717513\n",
    "vnet 00:0c:29:32:0a:6a": "num.tx = 7809\nsize.tx = 632511\nnum.rx = 20191\n"
                              "size.rx = 3535277\nreservation = 0\nlimit = -1\n",
}

JVM_HOST = "host.cpu.processorMHz = 2593\nhost.cpu.coresPerPkg = 14\n"
JVM_START = {
    "host": JVM_HOST,
    "resources": "vm.cpu.reserved = 0\nvm.cpu.limit = -1\n"
                 "vm.cpu.used = 2266896961455\nvm.cpu.contention.cpu = 1421378617\n"
                 "vm.cpu.contention.mem = 0\nvm.numa.local = 7354160\n"
                 "vm.numa.remote = 0\nguest.mem.reserved = 0\n"
                 "guest.mem.limit = -1\nguest.mem.mapped = 7499568\n"
                 "guest.mem.consumed = 7499568\nguest.mem.swapped = 0\n"
                 "guest.mem.ballooned = 0\nguest.mem.swapIn = 0\n"
                 "guest.mem.swapOut = 0\novhd.mem.swapped = 0\n"
                 "ovhd.mem.swapIn = 0\novhd.mem.swapOut = 0\n",
}
JVM_END = {
    "host": JVM_HOST,
    "resources": "vm.cpu.reserved = 0\nvm.cpu.limit = -1\n"
                 "vm.cpu.used = 2273262974831\nvm.cpu.contention.cpu = 1552905715\n"
                 "vm.cpu.contention.mem = 0\nvm.numa.local = 333836\n"
                 "vm.numa.remote = 11671540\nguest.mem.reserved = 0\n"
                 "guest.mem.limit = -1\nguest.mem.mapped = 12005376\n"
                 "guest.mem.consumed = 12004692\nguest.mem.swapped = 0\n"
                 "guest.mem.ballooned = 0\nguest.mem.swapIn = 0\n"
                 "guest.mem.swapOut = 0\novhd.mem.swapped = 0\n"
                 "ovhd.mem.swapIn = 0\novhd.mem.swapOut = 0\n",
}
