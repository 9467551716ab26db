# SPDX-License-Identifier: MIT
"""vmguest-stat --explain."""

import json
import re

from cases import Cases
from vmguest_stat import DENIED, LIMITED, QUIET, main, run

case = Cases()


@case
def a_denial_is_explained(tools):
    text, _ = run(tools, DENIED, "--explain", "2", "--utc")
    flat = " ".join(text.split())
    assert "WARNING CPU denied: 8.2 % of 4 vCPUs' time" in flat, text
    assert "Not this VM's CPU limit: it has none." in flat
    assert "A limit on the resource pool above this VM" in flat
    assert re.search(r"expect 16[0-9]{2} ms Ready per vCPU and 20 s", flat)
    assert "Nothing holds" not in flat
    assert all(len(line) <= 78 for line in text.splitlines()), text


@case
def an_own_limit_is_explained_and_no_host_accused(tools):
    text, _ = run(tools, LIMITED, "--explain=2")
    flat = " ".join(text.split())
    assert "CRITICAL CPU held by this VM's own limit: 3.00 of 10.37 GHz" in flat
    assert "would have used about 5.8 GHz" in flat
    assert "CPU denied" not in flat


@case
def nothing_wrong_is_said_plainly(tools):
    text, _ = run(tools, QUIET, "--explain", "2")
    assert "OK  Nothing holds this VM back" in text
    assert "WARNING" not in text and "CRITICAL" not in text


@case
def a_young_session_has_notes_only(tools):
    text, _ = run(tools, {**DENIED, "speed": 1}, "--explain", "2")
    assert "younger than ten minutes" in text and "NOTE  CPU denied" in text
    assert "Nothing holds" not in text and "WARNING" not in text


@case
def what_is_accepted_is_shown_as_such(tools):
    text, _ = run(tools, LIMITED, "--explain", "2", "--accept",
                        "cpu-limit=it is what we pay for")
    assert "ACCEPTED  CPU held" in text and "what we pay for" in text
    text, _ = run(tools, LIMITED, "--check", "--accept", "cpu-limit")
    assert text.startswith("VMGUEST OK - "), text


@case
def the_explanation_as_json(tools):
    text, _ = run(tools, DENIED, "--explain", "2", "--json")
    found = json.loads(text)
    assert found["findings"][0]["finding"] == "cpu-denied"
    assert found["findings"][0]["severity"] == "warning"
    assert abs(found["window"]["stolen_percent"] - 8.2) < 0.2
    assert found["window"]["cpu_limit_mhz"] is None


main(case)
