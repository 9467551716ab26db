# SPDX-License-Identifier: MIT
"""All that a Python binding of VMware's library has, on the library that it finds.

binding.py WAY FOLDER SECONDS [COMMAND...]: imports vmguestlib from FOLDER, says from
which file its library is, calls every accessor in every state of a handle, with so many
seconds from one update to another, then runs the binding's own programs as a user would
type them. One line for each answer. WAY is

  as-it-is
  whole     with ctypes told that a handle is a pointer: vmguestlib 0.1.2 passes it as
            a C int, and VMware's do not always fit
  handles   only opens and closes handles, until their numbers start anew
"""
import ctypes
import os
import runpy
import sys
import time

way, folder, seconds, *commands = sys.argv[1:]
sys.path.insert(0, folder)
import vmguestlib as binding    # the folder has to come first

# 0.1.2 opens and updates where one is made; the newer one has `with` for that.
OLD = issubclass(binding.VMGuestLib, ctypes.Structure)
GETTERS = [name for name in dir(binding.VMGuestLib) if name.startswith("Get")]


def answer(call):
    try:
        return call()
    except binding.VMGuestLibException as error:
        return f"error {error.errno}: {error.message}"
    except Exception as error:      # a slip of the binding's own, the same on any library
        return f"{type(error).__name__} {error}"


def opened():
    """A handle without an update."""
    guest = binding.VMGuestLib.__new__(binding.VMGuestLib)
    if OLD:
        guest.handle = guest.OpenHandle()
    else:
        guest.__init__()
        guest.OpenHandle()
    return guest


def say(when, guest):
    for name in GETTERS:
        print(f"{when}, {name}: {answer(getattr(guest, name))}")


def life():
    guest = answer(opened)
    if isinstance(guest, str):
        print(f"OpenHandle: {guest}")
        return
    say("before an update", guest)
    print(f"UpdateInfo: {answer(guest.UpdateInfo)}")
    say("after an update", guest)
    time.sleep(float(seconds))
    print(f"UpdateInfo: {answer(guest.UpdateInfo)}")
    say("after another", guest)
    for end in "CloseHandle", "once more":
        print(f"{end}: {answer(guest.CloseHandle)}")
    print(f"UpdateInfo: {answer(guest.UpdateInfo)}")
    say("after its end", guest)


def documented():
    """As the binding's own documentation begins."""
    if OLD:
        guest = binding.VMGuestLib()
        say(f"in session {guest.sid}", guest)
        guest.CloseHandle()
    else:
        with binding.VMGuestLib() as guest:
            say("in its block", guest)
        say("after its block", guest)


def errors():
    for number, name in enumerate(binding.VMErrors):
        print(f"{name}, error {number}: {binding.VMGuestLibException(number)}")


def run(words):
    sys.argv = words.split()
    end = 0
    try:
        runpy.run_path(f"{folder}/{sys.argv[0]}", run_name="__main__")
    except SystemExit as stop:
        end = stop.code
    except binding.VMGuestLibException as error:
        end = f"error {error.errno}: {error.message}"
    print(f"{words} ends with {end}")


def handles():
    guest, count = opened(), 1
    while True:
        number = guest.handle.value
        if count % 4096 == 1 or number >= 0x7FFF0000:
            print(f"{number:#x}: {answer(guest.UpdateInfo)}, {answer(guest.GetCpuShares)}")
        closed = guest.handle
        guest.CloseHandle()
        guest.handle = closed
        if not str(answer(guest.UpdateInfo)).startswith("error 8: "):
            print(f"{number:#x} is closed, and still there")
            return
        guest, count = opened(), count + 1
        if guest.handle.value <= number:
            print(f"{count} handles, the largest {number}")
            guest.CloseHandle()
            return


with open("/proc/self/maps") as maps:
    print("library", *{os.path.realpath(line.split()[-1]) for line in maps
                       if "guestlib.so" in line.lower()})
if way == "whole":
    for name in ["UpdateInfo", "CloseHandle", *GETTERS]:
        arguments = [ctypes.c_void_p] * (2 if name.startswith("Get") else 1)
        getattr(binding.vmGuestLib, f"VMGuestLib_{name}").argtypes = arguments
if way == "handles":
    handles()
else:
    life()
    print(f"as documented: {answer(documented)}")
    errors()
    for command in commands:
        run(command)
