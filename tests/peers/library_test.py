# SPDX-License-Identifier: MIT
"""library_test.py CASE: runs ask.c, or VMware's own programs, once on VMware's library
and once on ours, in a scenario of compare.py."""

import json
import os
import shlex
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

# Extended statistics in every encoding, of what is there and of what is not: raw-NAME.
RAW_IN = ("everything",)
ENCODINGS = ["text", "json", "xml", "yaml"]
DEVICES = {"disks": ["scsi0:0", "ide0:0", "nvme0:15"],
           "nics": ["00:0c:29:32:0a:6a", "00:50:56:9a:2b:10"]}
SETS = ["session", "host", "resources", *(f"vscsi {name}" for name in DEVICES["disks"]),
        *(f"vnet {mac}" for mac in DEVICES["nics"])]
RAW = [f"{encoding} {what}".strip() for encoding in ENCODINGS
       for what in ["", *SETS, "vscsi scsi9:9", "vnet 00:00:00:00:00:00", "nonsense"]]


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


def toolbox(ours, our_path, file):
    """VMware's program; it is shown that it runs on ours where it is to."""
    tool = next((path for path in (os.environ["PEER_DIR"] + "/usr/bin/vmware-toolbox-cmd",
                                   "/usr/bin/vmware-toolbox-cmd") if os.path.exists(path)), None)
    if not tool:
        raise Skip("vmware-toolbox-cmd is not there")
    used, _ = ours.run(file, ["ldd", tool])
    if not any(f"libguestlib.so.0 => {our_path} " in line for line in used):
        sys.exit(f"FAILED: {tool} does not run on ours: {used}")
    return tool


def wordless(lines, words):
    """The lines without a library's own words for an error."""
    for number, text in words.items():
        lines = [line.replace(text, f"<error {number}>") for line in lines]
    return lines


def programs_case(name, scenario, file):
    theirs, their_path, ours, our_path = libraries()
    tool = toolbox(ours, our_path, file)
    words = {theirs: texts(theirs, their_path, file), ours: texts(ours, our_path, file)}
    for library in (theirs, ours):      # the program itself asks CPUID
        library.env["LD_PRELOAD"] += " " + hypervisor()

    wrong = []
    for words_of_command in PROGRAMS:
        said = {}
        for library in (theirs, ours):
            lines, end = library.run(file, [tool, *words_of_command])
            said[library] = [*wordless(lines, words[library]), f"ends with {end}"]
        if said[theirs] != said[ours]:
            wrong.append(f"{' '.join(words_of_command)}\ntheirs: {said[theirs]}\n"
                         f"  ours: {said[ours]}")
    print(f"{name}: {len(PROGRAMS)} commands of vmware-toolbox-cmd")
    return wrong


def raw_said(library, words, tool, file):
    """What the program says to each of RAW, and how it ends; one host for all."""
    script = "\n".join(f"echo '== {stat}'; {shlex.quote(tool)} stat raw {stat} 2>&1; "
                       'echo "ends with $?"' for stat in RAW)
    lines, end = library.run(file, ["sh", "-c", script])
    said = {}
    for line in wordless(lines, words):
        if line.startswith("== "):
            answer = said[line[3:]] = []
        else:
            answer.append(line)
    if end or list(said) != RAW:
        sys.exit(f"FAILED: {tool} ends with {end} after: {lines[-3:]}")
    return said


def raw_case(name, scenario, file):
    theirs, their_path, ours, our_path = libraries()
    tool = toolbox(ours, our_path, file)
    words = [texts(theirs, their_path, file), texts(ours, our_path, file)]
    walked, end = ours.run(file, [sys.executable, "-B", os.environ["WALK"], our_path])
    for library in (theirs, ours):
        library.env["LD_PRELOAD"] += " " + hypervisor()
    their = raw_said(theirs, words[0], tool, file)
    our = raw_said(ours, words[1], tool, file)

    wrong = [f"{stat}\ntheirs: {their[stat]}\n  ours: {our[stat]}"
             for stat in RAW if their[stat] != our[stat]]
    given = [stat for stat in RAW if our[stat][-1] == "ends with 0"]
    if len(given) != len(ENCODINGS) * (len(SETS) + 1):
        wrong.append(f"answers are given to {given}")
    # The host's text by theirs, and what ours makes of it, line by line.
    text = [f"{what}: {line}".rstrip() for what in SETS for line in their[f"text {what}"][:-1]]
    walked = sorted((line.rstrip() for line in walked),
                    key=lambda line: SETS.index(line.split(": ")[0]))
    if text != walked or end:
        wrong.append(f"the text: {text}\n  walked: {walked}, and ends with {end}")
    print(f"{name}: {len(given)} of {len(RAW)} answers, {len(walked)} values")
    return wrong


def run(name):
    kind, _, rest = name.partition("-")
    case = {"programs": programs_case, "raw": raw_case}.get(kind, library_case)
    scenario = SCENARIOS[name if case == library_case else rest]
    file = f"{os.environ['WORK']}/{name}.json"
    with open(file, "w") as out:
        json.dump(json.loads(scenario.json()) | (DEVICES if case == raw_case else {}), out)
    wrong = case(name, scenario, file)
    for text in wrong:
        print(text)
    if wrong:
        sys.exit(f"FAILED: {len(wrong)} differences that are not known")


end(lambda: run(sys.argv[1]))
