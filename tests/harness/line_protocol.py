# SPDX-License-Identifier: MIT
"""InfluxDB's line protocol, read strictly: what the specification does not allow
is an error, and so is what only some readers accept."""

import re

# No leading zeros, as Telegraf has it; a sign only for what can be negative.
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)i")
FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
TIME = re.compile(r"-?(0|[1-9][0-9]*)")


class Wrong(Exception):
    pass


class Reader:
    def __init__(self, line):
        self.line = line
        self.at = 0

    def peek(self):
        return self.line[self.at] if self.at < len(self.line) else ""

    def take(self, wanted):
        if self.peek() != wanted:
            raise Wrong(f"{wanted!r} expected at {self.at} in {self.line!r}")
        self.at += 1

    def word(self, escaped, ends):
        """Up to one of ends; a backslash hides each of escaped."""
        text = ""
        while self.peek() and self.peek() not in ends:
            c = self.peek()
            self.at += 1
            if c == "\\":
                following = self.peek()
                if following in escaped and following:
                    c = following
                    self.at += 1
                elif following in ("", "\\", '"'):
                    raise Wrong(f"doubtful backslash in {self.line!r}")
            elif c in escaped or ord(c) < 32:
                raise Wrong(f"bare {c!r} in {self.line!r}")
            text += c
        if not text:
            raise Wrong(f"empty word at {self.at} in {self.line!r}")
        return text

    def string(self):
        text = ""
        self.take('"')
        while self.peek() != '"':
            c = self.peek()
            if not c:
                raise Wrong(f"endless string in {self.line!r}")
            self.at += 1
            if c == "\\":
                c = self.peek()
                if c not in ('"', "\\"):
                    raise Wrong(f"wrong escape in {self.line!r}")
                self.at += 1
            text += c
        self.take('"')
        return text

    def value(self):
        if self.peek() == '"':
            return self.string()
        start = self.at
        while self.peek() not in ("", ",", " "):
            self.at += 1
        text = self.line[start:self.at]
        if INTEGER.fullmatch(text):
            number = int(text[:-1])
            if not -2**63 <= number < 2**63:
                raise Wrong(f"{text} has more than 64 bits")
            return number
        # Without a point or an exponent it would be read as a float, but be an
        # integer to a person.
        if FLOAT.fullmatch(text) and re.search("[.eE]", text):
            return float(text)
        raise Wrong(f"{text!r} is no value")


def parse_line(line):
    """(measurement, {tag: value}, {field: value}, time or None)."""
    r = Reader(line)
    measurement = r.word(", ", ", ")
    tags, fields, time = {}, {}, None
    while r.peek() == ",":
        r.take(",")
        key = r.word(",= ", "=")
        r.take("=")
        value = r.word(",= ", ", ")
        if key in tags:
            raise Wrong(f"tag {key} twice in {line!r}")
        tags[key] = value
    if list(tags) != sorted(tags):
        raise Wrong(f"tags are not sorted in {line!r}")
    while True:
        r.take("," if fields else " ")
        key = r.word(",= ", "=")
        r.take("=")
        if key in fields:
            raise Wrong(f"field {key} twice in {line!r}")
        fields[key] = r.value()
        if r.peek() != ",":
            break
    if r.peek():
        r.take(" ")
        text = line[r.at:]
        if not TIME.fullmatch(text):
            raise Wrong(f"{text!r} is no time")
        time = int(text)
    return measurement, tags, fields, time


def parse(text):
    """All lines; each must be whole."""
    if text and not text.endswith("\n"):
        raise Wrong(f"half a line: {text[-200:]!r}")
    return [parse_line(line) for line in text.split("\n")[:-1]]


TYPES = {int: "integer", float: "float", str: "string"}


def batches(text):
    """One {measurement: fields} for each batch: vmguest_session ends it."""
    done, now = [], {}
    for measurement, _, fields, _ in parse(text):
        assert measurement not in now, f"{measurement} twice in a batch"
        now[measurement] = fields
        if measurement == "vmguest_session":
            done.append(now)
            now = {}
    assert not now, f"half a batch: {now}"
    return done


def of_telegraf(text):
    """Its file, which ends where it ends; floats that are whole have no point there."""
    whole = text[:text.rfind("\n") + 1]
    return parse(re.sub(r"=(-?\d+)(?=[, ])", r"=\1.0", whole))
