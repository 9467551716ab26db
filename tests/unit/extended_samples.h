/* SPDX-License-Identifier: MIT */
/* Replies of real hosts in the text encoding, byte for byte as public logs have
 * them, and what VMware's documents print. */
#ifndef EXTENDED_SAMPLES_H
#define EXTENDED_SAMPLES_H

/* One VM on ESXi 6.0, twice in one session, the second 31400 s later. Source:
 * github.com/LazyRoy/vsockets-tools, src/scripts/vmhost_report_kali_mini.txt and
 * doc/reports/vmhost_report.kalimini.txt. */
#define SAMPLE_LIST                                                  \
	"session \nhost \nresources \nvscsi ide0:0\n"                \
	"vnet 00:0c:29:32:0a:6a\nvnet 00:0c:29:32:0a:74\n"
#define SAMPLE_SESSION                                               \
	"session = -8168698359495121639\n"                           \
	"uptime = 6664499511\n"                                      \
	"version = VMware ESX 6.0.0 build-2494585\n"                 \
	"provider = \n"                                              \
	"uuid.bios = 56 4d 41 c0 a9 72 3d 10-5f 84 b6 06 38 32 0a 6a\n"
#define SAMPLE_SESSION_LATER                                         \
	"session = -8168698359495121639\n"                           \
	"uptime = 38065196593\n"                                     \
	"version = VMware ESX 6.0.0 build-2494585\n"                 \
	"provider = \n"                                              \
	"uuid.bios = 56 4d 41 c0 a9 72 3d 10-5f 84 b6 06 38 32 0a 6a\n"
#define SAMPLE_HOST                                                  \
	"host.cpu.processorMHz = 2593\n"                             \
	"host.cpu.coresPerPkg = 1\n"
#define SAMPLE_RESOURCES                                             \
	"vm.cpu.reserved = 0\n"                                      \
	"vm.cpu.limit = -1\n"                                        \
	"vm.cpu.used = 835101825\n"                                  \
	"vm.cpu.contention.cpu = 85941947\n"                         \
	"vm.cpu.contention.mem = 0\n"                                \
	"guest.mem.reserved = 0\n"                                   \
	"guest.mem.limit = 3221225456\n"                             \
	"guest.mem.mapped = 1048576\n"                               \
	"guest.mem.consumed = 1035848\n"                             \
	"guest.mem.swapped = 0\n"                                    \
	"guest.mem.ballooned = 0\n"                                  \
	"guest.mem.swapIn = 0\n"                                     \
	"guest.mem.swapOut = 0\n"                                    \
	"ovhd.mem.swapped = 0\n"                                     \
	"ovhd.mem.swapIn = 0\n"                                      \
	"ovhd.mem.swapOut = 0\n"
#define SAMPLE_RESOURCES_LATER                                       \
	"vm.cpu.reserved = 0\n"                                      \
	"vm.cpu.limit = -1\n"                                        \
	"vm.cpu.used = 2431903156\n"                                 \
	"vm.cpu.contention.cpu = 222828952\n"                        \
	"vm.cpu.contention.mem = 0\n"                                \
	"guest.mem.reserved = 0\n"                                   \
	"guest.mem.limit = 3221225456\n"                             \
	"guest.mem.mapped = 1048576\n"                               \
	"guest.mem.consumed = 1039332\n"                             \
	"guest.mem.swapped = 0\n"                                    \
	"guest.mem.ballooned = 0\n"                                  \
	"guest.mem.swapIn = 0\n"                                     \
	"guest.mem.swapOut = 0\n"                                    \
	"ovhd.mem.swapped = 0\n"                                     \
	"ovhd.mem.swapIn = 0\n"                                      \
	"ovhd.mem.swapOut = 0\n"
#define SAMPLE_VSCSI                                                 \
	"num.reads = 1311\n"                                         \
	"num.writes = 1556\n"                                        \
	"size.reads = 25649152\n"                                    \
	"size.writes = 18219008\n"                                   \
	"latency.reads = 8747160\n"                                  \
	"latency.writes = 1934046\n"
#define SAMPLE_VSCSI_LATER                                           \
	"num.reads = 8133\n"                                         \
	"num.writes = 4841\n"                                        \
	"size.reads = 164761600\n"                                   \
	"size.writes = 64409600\n"                                   \
	"latency.reads = 36825479\n"                                 \
	"latency.writes = 8717513\n"
#define SAMPLE_VNET                                                  \
	"num.tx = 2170\n"                                            \
	"size.tx = 162393\n"                                         \
	"num.rx = 1358\n"                                            \
	"size.rx = 160761\n"                                         \
	"reservation = 0\n"                                          \
	"limit = -1\n"
#define SAMPLE_VNET_LATER                                            \
	"num.tx = 7809\n"                                            \
	"size.tx = 632511\n"                                         \
	"num.rx = 20191\n"                                           \
	"size.rx = 3535277\n"                                        \
	"reservation = 0\n"                                          \
	"limit = -1\n"

/* The same VM in another session, 10778 s old, of the classic id 0xd0331dbae294cfd9.
 * Source: github.com/LazyRoy/vsockets-tools, doc/reports/v0.51/
 * vmhost_report.kali_linux_over_Nested_ESXi_6_over_Player7.log. Its uuid.bios, the
 * last line of a session, is left out. */
#define SAMPLE_SESSION_OTHER                         \
	"session = -3444376601505771559\n"           \
	"uptime = 10777157759\n"                     \
	"version = VMware ESX 6.0.0 build-2494585\n" \
	"provider = \n"
#define SAMPLE_RESOURCES_OTHER                \
	"vm.cpu.reserved = 0\n"               \
	"vm.cpu.limit = -1\n"                 \
	"vm.cpu.used = 1666514554\n"          \
	"vm.cpu.contention.cpu = 207674224\n" \
	"vm.cpu.contention.mem = 78918342\n"  \
	"guest.mem.reserved = 0\n"            \
	"guest.mem.limit = 3221225456\n"      \
	"guest.mem.mapped = 1048576\n"        \
	"guest.mem.consumed = 1009556\n"      \
	"guest.mem.swapped = 0\n"             \
	"guest.mem.ballooned = 0\n"           \
	"guest.mem.swapIn = 0\n"              \
	"guest.mem.swapOut = 0\n"             \
	"ovhd.mem.swapped = 0\n"              \
	"ovhd.mem.swapIn = 0\n"               \
	"ovhd.mem.swapOut = 0\n"
#define SAMPLE_VSCSI_OTHER           \
	"num.reads = 4197\n"         \
	"num.writes = 10161\n"       \
	"size.reads = 84475904\n"    \
	"size.writes = 461414400\n"  \
	"latency.reads = 27897419\n" \
	"latency.writes = 25334559\n"

/* What VMware's documents print, in the programming guides of the Guest SDK: 8.0 for
 * resources, 6.0 and 8.0 for a NIC. Documents have no byte order to keep: the lines
 * are as hosts send them. */
#define SAMPLE_GUIDE_RESOURCES               \
	"vm.cpu.reserved = 4798\n"           \
	"vm.cpu.limit = 11995\n"             \
	"vm.cpu.used = 224057517\n"          \
	"vm.cpu.contention.cpu = 65606184\n" \
	"vm.cpu.contention.mem = 1488848\n"  \
	"vm.numa.local = 1837248\n"          \
	"vm.numa.remote = 0\n"               \
	"guest.mem.reserved = 204800\n"      \
	"guest.mem.limit = 1536000\n"        \
	"guest.mem.mapped = 1810144\n"       \
	"guest.mem.consumed = 1521680\n"     \
	"guest.mem.swapped = 3236\n"         \
	"guest.mem.ballooned = 27104\n"      \
	"guest.mem.swapIn = 3416\n"          \
	"guest.mem.swapOut = 6588\n"         \
	"ovhd.mem.swapped = 0\n"             \
	"ovhd.mem.swapIn = 0\n"              \
	"ovhd.mem.swapOut = 0\n"
#define SAMPLE_GUIDE_VNET     \
	"num.tx = 209\n"      \
	"size.tx = 38137\n"   \
	"num.rx = 10920\n"    \
	"size.rx = 1312789\n" \
	"reservation = 0\n"   \
	"limit = -1\n"
/* The same NIC in two other encodings, in part. */
#define SAMPLE_GUIDE_VNET_YAML   \
	"num.tx:\n"              \
	"    type: accumulate\n" \
	"    units: packets\n"   \
	"    value: 209\n"       \
	"limit:\n"               \
	"    type: static\n"     \
	"    units: MBps\n"      \
	"    value: -1\n"
#define SAMPLE_GUIDE_VNET_XML                                      \
	"<metrics session=\"4004861987670969122\">\n"              \
	"<metric name=\"num.tx\" type=\"accumulate\" "             \
	"units=\"packets\">209</metric>\n"                         \
	"<metric name=\"limit\" type=\"static\" units=\"MBps\">-1" \
	"</metric>\n"                                              \
	"</metrics>\n"

/* A session on ESXi 7.0.3. Source: github.com/vmware/open-vm-tools, issue 734. */
#define SAMPLE_SESSION_7                              \
	"session = -14796381390335328\n"              \
	"uptime = 338588675128\n"                     \
	"version = VMware ESX 7.0.3 build-23307199\n" \
	"provider = \n"                               \
	"uuid.bios = 42 20 6f a4 2a 8a 54 5b-74 7a 05 5f 1f 22 d0 ce\n"

/* A JVM's crash log, at its start and at its end. Source:
 * github.com/mgm3746/krashpad, src/test/data/dataset80.txt. */
#define SAMPLE_JVM_HOST                                              \
	"host.cpu.processorMHz = 2593\n"                             \
	"host.cpu.coresPerPkg = 14\n"
#define SAMPLE_JVM_RESOURCES                                         \
	"vm.cpu.reserved = 0\n"                                      \
	"vm.cpu.limit = -1\n"                                        \
	"vm.cpu.used = 2266896961455\n"                              \
	"vm.cpu.contention.cpu = 1421378617\n"                       \
	"vm.cpu.contention.mem = 0\n"                                \
	"vm.numa.local = 7354160\n"                                  \
	"vm.numa.remote = 0\n"                                       \
	"guest.mem.reserved = 0\n"                                   \
	"guest.mem.limit = -1\n"                                     \
	"guest.mem.mapped = 7499568\n"                               \
	"guest.mem.consumed = 7499568\n"                             \
	"guest.mem.swapped = 0\n"                                    \
	"guest.mem.ballooned = 0\n"                                  \
	"guest.mem.swapIn = 0\n"                                     \
	"guest.mem.swapOut = 0\n"                                    \
	"ovhd.mem.swapped = 0\n"                                     \
	"ovhd.mem.swapIn = 0\n"                                      \
	"ovhd.mem.swapOut = 0\n"
#define SAMPLE_JVM_RESOURCES_LATER                                   \
	"vm.cpu.reserved = 0\n"                                      \
	"vm.cpu.limit = -1\n"                                        \
	"vm.cpu.used = 2273262974831\n"                              \
	"vm.cpu.contention.cpu = 1552905715\n"                       \
	"vm.cpu.contention.mem = 0\n"                                \
	"vm.numa.local = 333836\n"                                   \
	"vm.numa.remote = 11671540\n"                                \
	"guest.mem.reserved = 0\n"                                   \
	"guest.mem.limit = -1\n"                                     \
	"guest.mem.mapped = 12005376\n"                              \
	"guest.mem.consumed = 12004692\n"                            \
	"guest.mem.swapped = 0\n"                                    \
	"guest.mem.ballooned = 0\n"                                  \
	"guest.mem.swapIn = 0\n"                                     \
	"guest.mem.swapOut = 0\n"                                    \
	"ovhd.mem.swapped = 0\n"                                     \
	"ovhd.mem.swapIn = 0\n"                                      \
	"ovhd.mem.swapOut = 0\n"

#endif
