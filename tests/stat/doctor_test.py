# SPDX-License-Identifier: MIT
"""vmguest-stat --doctor."""

import json

from cases import Cases
from vmguest_stat import DESKTOP, DISABLED, main, run

case = Cases()


@case
def the_doctor_names_cause_and_cure(tools):
    for scenario, status, words in (
            ({"vm": {"resource_pool": "/secret/pool"}}, 0,
             "statistics: all have a value"),
            ({"host": {"host_info": False}}, 1, "enableHostInfo"),
            ({"host": {"protocols": [2]}}, 1, "too old: cpu_stolen"),
            (DISABLED, 2, 'guestlibGetInfo.disable = "FALSE"'),
            (DESKTOP, 2, "Workstation, Player and Fusion"),
            ({"host": {"product": "qemu"}}, 2, "no message service"),
            ({"events": [{"at": 0, "do": "refuse", "count": 1000}]}, 2,
             "no free VMware message channel"),
            ({"events": [{"at": 0, "do": "damage", "how": "truncate",
                          "bytes": 40, "count": 1000}]}, 2, "damaged"),
            ({"events": [{"at": 0, "do": "silent", "count": 1000}]}, 2,
             "sent no reply"),
            ({"events": [{"at": 0, "do": "checkpoint", "count": 100000}]}, 2,
             "checkpoint"),
            (None, 2, "no VMware host answers")):
        text, log = run(tools, scenario, "--doctor", status=status)
        assert words in " ".join(text.split()), (words, text)
        assert log == ""
        assert "secret" not in text
    text, _ = run(tools, DISABLED, "--doctor", "--json", status=2)
    answers = {a["question"]: a["mark"] for a in json.loads(text)}
    assert answers["host"] == "no" and answers["permissions"] == "ok"


main(case)
