# SPDX-License-Identifier: MIT
"""seccomp_filter.py PROFILE FILE: the filter that a container runtime makes of that
profile, for x86-64 and a container without capabilities. Needs libseccomp's Python."""

import json
import sys

import seccomp

ARCHITECTURES = {"amd64", "x86", "x32"}
COMPARISONS = {"SCMP_CMP_EQ": seccomp.EQ, "SCMP_CMP_NE": seccomp.NE,
               "SCMP_CMP_MASKED_EQ": seccomp.MASKED_EQ}


def applies(rule):
    wanted, unwanted = rule.get("includes") or {}, rule.get("excludes") or {}
    if wanted.get("caps"):
        return False
    if "arches" in wanted and not ARCHITECTURES & set(wanted["arches"]):
        return False
    return not ARCHITECTURES & set(unwanted.get("arches") or ())


def action(rule, default):
    if rule["action"] == "SCMP_ACT_ALLOW":
        return seccomp.ALLOW
    assert rule["action"] == "SCMP_ACT_ERRNO", rule["action"]
    return seccomp.ERRNO(rule.get("errnoRet", default))


def argument(a):
    comparison = COMPARISONS[a["op"]]
    if comparison == seccomp.MASKED_EQ:
        return seccomp.Arg(a["index"], comparison, a["value"], a["valueTwo"])
    return seccomp.Arg(a["index"], comparison, a["value"])


def main(profile, path):
    with open(profile) as f:
        profile = json.load(f)
    default = profile.get("defaultErrnoRet", 1)
    made = seccomp.SyscallFilter(seccomp.ERRNO(default))
    for rule in filter(applies, profile["syscalls"]):
        does = action(rule, default)
        if does == seccomp.ERRNO(default):
            continue    # as everything that no rule names
        for name in rule["names"]:
            try:
                made.add_rule(does, name, *map(argument, rule.get("args") or ()))
            except RuntimeError:
                pass    # a call that this machine, or this libseccomp, has not
    with open(path, "wb") as out:
        made.export_bpf(out)


main(*sys.argv[1:])
