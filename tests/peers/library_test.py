# SPDX-License-Identifier: MIT
"""library_test.py CASE: runs ask.c, or VMware's own programs, once on VMware's library
and once on ours, in a scenario of compare.py."""

import os
import sys

from cases import Skip, end
from compare import REFUSAL_TEXT, SCENARIOS, compare, hypervisor, libraries, texts

PROGRAMS = [["stat", *words.split()] for words in (
    "balloon", "swap", "memlimit", "memres", "cpures", "cpulimit", "sessionid", "raw",
    "raw text", "raw text session", "raw text host", "raw text resources",
    "raw text vscsi scsi0:0", "raw json session", "raw json resources", "raw xml host",
    "raw yaml resources", "raw text nonsense")]
# The scenarios that they are run in: programs-NAME.
PROGRAMS_IN = ("everything", "limits", "nothing-valid", "protocol-2", "disabled", "desktop")


def library_case(name, scenario, file):
    theirs, their_path, ours, our_path = libraries()
    theirs.env["LD_PRELOAD"] = hypervisor()
    ask = [os.environ["ASK"]]
    more = [str(scenario.seconds)] if scenario.seconds else []
    their, their_end = theirs.run(file, ask + [their_path] + more)
    our, our_end = ours.run(file, ask + [our_path] + more)

    wrong = []
    if our_end != 0:
        wrong.append(f"ours ends with {our_end} after: {our[-1:]}")
    if their_end != 0 and scenario.their_crash and their_end < 0:
        print(f"theirs ends by signal {-their_end}, as known: defect {scenario.their_crash}")
        our_part = our[:len(their)]
    else:
        if their_end != 0:
            wrong.append(f"theirs ends with {their_end} after: {their[-1:]}")
        our_part = our
    rules = scenario.allowed + [REFUSAL_TEXT]
    more_wrong, defects = compare(their, our_part, rules)
    wrong += more_wrong
    wrong += [f"ours does not say: {line}" for line in scenario.ours if line not in our]
    wrong += [f"ours wrote to an output in spite of an error: {line}"
              for line in our if "touched" in line]
    if their_end < 0 and scenario.their_crash:
        defects.add(scenario.their_crash)
    if scenario.differ and not defects - {20}:
        wrong.append("they do not differ, but this scenario is here because they should")
    print(f"{name}: {len(our)} answers; theirs is wrong by the defects "
          f"{', '.join(map(str, sorted(defects))) or '(none)'}")
    return wrong


def programs_case(name, scenario, file):
    theirs, their_path, ours, our_path = libraries()
    tool = next((path for path in (os.environ["PEER_DIR"] + "/usr/bin/vmware-toolbox-cmd",
                                   "/usr/bin/vmware-toolbox-cmd") if os.path.exists(path)), None)
    if not tool:
        raise Skip("vmware-toolbox-cmd is not there")
    used, _ = ours.run(file, ["ldd", tool])
    if not any(f"libguestlib.so.0 => {our_path} " in line for line in used):
        return [f"{tool} does not run on ours: {used}"]
    words = {theirs: texts(theirs, their_path, file), ours: texts(ours, our_path, file)}
    for library in (theirs, ours):      # the program itself asks CPUID
        library.env["LD_PRELOAD"] += " " + hypervisor()

    wrong = []
    for words_of_command in PROGRAMS:
        said = {}
        for library in (theirs, ours):
            lines, end = library.run(file, [tool, *words_of_command])
            for number, text in words[library].items():
                lines = [line.replace(text, f"<error {number}>") for line in lines]
            said[library] = [*lines, f"ends with {end}"]
        if said[theirs] != said[ours]:
            wrong.append(f"{' '.join(words_of_command)}\ntheirs: {said[theirs]}\n"
                         f"  ours: {said[ours]}")
    print(f"{name}: {len(PROGRAMS)} commands of vmware-toolbox-cmd")
    return wrong


def run(name):
    programs = name.startswith("programs-")
    scenario = SCENARIOS[name.removeprefix("programs-")]
    file = f"{os.environ['WORK']}/{name}.json"
    with open(file, "w") as out:
        out.write(scenario.json())
    wrong = (programs_case if programs else library_case)(name, scenario, file)
    for text in wrong:
        print(text)
    if wrong:
        sys.exit(f"FAILED: {len(wrong)} differences that are not known")


end(lambda: run(sys.argv[1]))
