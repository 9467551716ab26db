# SPDX-License-Identifier: MIT
"""A guest: asks the library so often, for everything and for it as it is.

    asks.py LIBRARY ROUNDS [STAT...]

One JSON object a line: of each round what vmg_extended_update() brought, at the end
{stat: text} of VMGuestLib_StatGet(), null where it is refused."""
import ctypes
import json
import sys

ALL = 31
SETS = {"session": 1, "host": 2, "resources": 4, "vscsi": 8, "vnet": 16}


class Row(ctypes.Structure):
    """struct vmg_extended_stat."""
    _fields_ = [("set", ctypes.c_uint8), ("unit", ctypes.c_uint8),
                ("kind", ctypes.c_uint8), ("wire", ctypes.c_char_p),
                ("name", ctypes.c_char_p), ("what", ctypes.c_char_p)]


class Value(ctypes.Structure):
    """struct vmg_extended_value."""
    _fields_ = [("stat", ctypes.POINTER(Row)), ("session", ctypes.c_uint64),
                ("update", ctypes.c_uint64), ("number", ctypes.c_uint64),
                ("set", ctypes.c_uint8), ("unit", ctypes.c_uint8),
                ("kind", ctypes.c_uint8), ("unlimited", ctypes.c_uint8),
                ("instance", ctypes.c_char * 64), ("name", ctypes.c_char * 128),
                ("text", ctypes.c_char * 128)]


class Failure(ctypes.Structure):
    """struct vmg_failure."""
    _fields_ = [("cause", ctypes.c_int), ("host_said", ctypes.c_char * 84)]


def described(value):
    row = value.stat.contents if value.stat else None
    return {"set": value.set, "instance": value.instance.decode("latin-1"),
            "name": value.name.decode("latin-1"), "unit": value.unit,
            "kind": value.kind, "unlimited": value.unlimited, "number": value.number,
            "text": value.text.decode("latin-1"), "session": value.session,
            "metric": row.name.decode() if row and row.name else None,
            "known": row is not None}


def values(library, handle):
    value, found = Value(), []
    while library.vmg_extended_at(handle, ctypes.c_size_t(len(found)),
                                  ctypes.byref(value),
                                  ctypes.c_size_t(ctypes.sizeof(value))) == 0:
        found.append(described(value))
    return found


def causes(library, handle):
    failure, found = Failure(), {}
    for name, bit in SETS.items():
        library.vmg_extended_failure(handle, bit, ctypes.byref(failure))
        if failure.cause:
            found[name] = failure.cause
    return found


def asked(library, handle):
    session = ctypes.c_uint64()
    classic = library.VMGuestLib_UpdateInfo(handle)
    library.VMGuestLib_GetSessionId(handle, ctypes.byref(session))
    elapsed = ctypes.c_uint64()
    library.VMGuestLib_GetElapsedMs(handle, ctypes.byref(elapsed))
    error = library.vmg_extended_update(handle, ALL)
    return {"classic": classic, "session": session.value, "ms": elapsed.value,
            "error": error, "values": values(library, handle),
            "causes": causes(library, handle)}


def text(library, stat):
    reply, size = ctypes.c_char_p(), ctypes.c_size_t()
    if library.VMGuestLib_StatGet(b"text", stat.encode(), ctypes.byref(reply),
                                  ctypes.byref(size)) != 0:
        return None
    said = ctypes.string_at(reply, size.value).decode("latin-1")
    library.VMGuestLib_StatFree(reply, size)
    return said


def main(path, rounds, *stats):
    library = ctypes.CDLL(path)
    handle = ctypes.c_void_p()
    assert library.VMGuestLib_OpenHandle(ctypes.byref(handle)) == 0
    for _ in range(int(rounds)):
        print(json.dumps(asked(library, handle)))
    print(json.dumps({stat: text(library, stat) for stat in stats}))
    library.VMGuestLib_CloseHandle(handle)


if __name__ == "__main__":
    main(*sys.argv[1:])
