# SPDX-License-Identifier: MIT
"""Lines for the moments that matter, from the source's log and from the values."""

RISING = {
    "memory.ballooned.bytes": ("The balloon inflates: the host takes memory back",
                               "The balloon deflates: memory comes back",
                               "The balloon has reached its size"),
    "memory.swapped.bytes": ("The host swaps this VM's memory out",
                             "The host swaps this VM's memory in again",
                             "The host has stopped swapping"),
    "memory.zipped.bytes": ("The host compresses this VM's memory",
                            "The host expands this VM's memory again",
                            "The host has stopped compressing"),
}


class Events:
    def __init__(self, source, values):
        self.source, self.values = source, values
        self.trend = dict.fromkeys(RISING, 0)
        self.vcpus_wrong = False

    def new(self):
        return list(self.source.events()) + list(self.of_values())

    def of_values(self):
        for key, words in RISING.items():
            values = self.values.all(key)
            if len(values) < 2 or not self.values.is_current(key):
                continue
            step = values[-1] - values[-2]
            trend = (step > 0) - (step < 0)
            if trend != self.trend[key]:
                text = self.values.series[key].text
                at = values[-1] if trend == 0 else values[-2]
                yield f"{words[(trend - 1) % 3]} ({'at' if trend == 0 else 'from'} {text(at)})."
                self.trend[key] = trend
        if self.values.vcpus_wrong() and not self.vcpus_wrong:
            self.vcpus_wrong = True
            yield "The vCPU count cannot be right: used and stolen time exceed 100 %."
