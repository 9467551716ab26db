# SPDX-License-Identifier: MIT
"""Words that are not to come back: an operator or engineer who reads English every
day must not stop at a sentence, nor at a name.

usage: words_test.py SOURCES"""

import os
import re
import shutil
import subprocess
import sys

# What was written once, and what is written instead.
WORDS = {
    r"reckon(ed|s|ing)?\b": "calculate",
    r"were not let\b|not let run\b": "ready to run but not scheduled",
    r"\bevil\b": "malicious",
    r"mend that\b": "fix the cause",
    r"too often to be said": "keeps changing",
    r"may be left out\b": "may be omitted",
    r"has no message channel free|have no channel free": "no free message channel",
    r"refuses the statistics": "guest statistics are disabled",
    r"\btold_\w+|\bsaid_\w+|\bwasted\b|\bknows_fork\b": "logged, unexpected, has_...",
    r"\benum then\b|\bTHEN_\w+": "enum outcome",
    r"\bvmg_(given|cell|sayer)\w*|\bstruct vmg_read\b": "vmg_state, vmg_stat_value",
    r"\bvmg_slot_(look|done)\b|\bvmg_handle_look\b": "lock, unlock",
    r"/\* -{3,}|^# -{4,}": "a file of its own, not a banner",
}
PATTERN = re.compile("|".join(f"(?P<w{i}>{word})" for i, word in enumerate(WORDS)),
                     re.MULTILINE)
# This list, and what quotes it.
EXEMPT = {"tests/docs/words_test.py"}


def files(sources):
    """What git tracks; without git (an archive), every file but builds."""
    if shutil.which("git"):
        git = subprocess.run(["git", "-C", sources, "ls-files"], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if git.returncode == 0:
            return git.stdout.splitlines()
    paths = []
    for folder, folders, names in os.walk(sources):
        folders[:] = [name for name in folders if name not in ("build", ".git")]
        paths += [os.path.relpath(os.path.join(folder, name), sources)
                  for name in names]
    return paths


def main(sources):
    found = []
    for path in files(sources):
        if path in EXEMPT or "/corpus/" in path:
            continue
        try:
            with open(os.path.join(sources, path), encoding="utf-8") as f:
                text = f.read()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        for match in PATTERN.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            instead = list(WORDS.values())[int(match.lastgroup[1:])]
            found.append(f"{path}:{line}: {match[0].strip()!r}; rather: {instead}")
    print("\n".join(found) or "no such word")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
