# SPDX-License-Identifier: MIT
"""walk.py LIBRARY: prints what the library makes of the extended statistics, as
the host's text has it, "SET: NAME = VALUE"."""

import ctypes
import sys


class Value(ctypes.Structure):
    """struct vmg_extended_value of stats.h."""
    _fields_ = [("stat", ctypes.c_void_p), ("session", ctypes.c_uint64),
                ("update", ctypes.c_uint64), ("number", ctypes.c_uint64),
                ("set", ctypes.c_uint8), ("unit", ctypes.c_uint8), ("kind", ctypes.c_uint8),
                ("unlimited", ctypes.c_uint8), ("instance", ctypes.c_char * 64),
                ("name", ctypes.c_char * 128), ("text", ctypes.c_char * 128)]


TEXT = 2    # VMG_KIND_TEXT
BITS = {"session": 1, "host": 2, "resources": 4, "vscsi": 8, "vnet": 16}

library = ctypes.CDLL(sys.argv[1])
handle, value = ctypes.c_void_p(), Value()
if library.vmg_open(ctypes.byref(handle), None):
    sys.exit("no handle")
library.vmg_extended_update(handle, 31)
position = 0
while library.vmg_extended_at(handle, ctypes.c_size_t(position), ctypes.byref(value),
                              ctypes.c_size_t(ctypes.sizeof(value))) == 0:
    position += 1
    of = next(word for word, bit in BITS.items() if bit == value.set)
    what = f"{of} {value.instance.decode()}".strip()
    number = -1 if value.unlimited else value.number
    print(f"{what}: {value.name.decode()} = "
          f"{value.text.decode() if value.kind == TEXT else number}")
library.VMGuestLib_CloseHandle(handle)
