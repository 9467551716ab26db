# SPDX-License-Identifier: MIT
"""The example of a session change, through a vMotion."""

import re
import subprocess

from cases import Cases, check_simhost

case = Cases()


@case
def the_example_begins_anew_after_a_move(tools):
    scenario = {"host": {"mhz": 2593}, "load": [{"at": 0, "used": 0.5}],
                "events": [{"at": 2.5, "do": "vmotion", "mhz": 3000}]}
    done = subprocess.run([*tools.host(scenario), tools.program, "6"],
                          capture_output=True, text=True, timeout=60)
    check_simhost(done.returncode)
    assert done.returncode == 0, done
    kinds = re.sub(r"used 2\.\d\d processors of (\d+) MHz", r"used \1", done.stdout)
    assert re.fullmatch("began: this host's processors have 2593 MHz\n"
                        "(used 2593\n)+"
                        "moved or resumed: this host's processors have 3000 MHz\n"
                        "(used 3000\n)+", kinds), done.stdout


@case
def the_example_says_where_it_cannot_run(tools):
    done = subprocess.run([tools.program], capture_output=True, text=True, timeout=60)
    if done.returncode == 0:
        return      # a VMware guest
    assert done.returncode == 1 and re.fullmatch("moved: .+\n", done.stderr), done


case.main("program", "simhost", "work")
