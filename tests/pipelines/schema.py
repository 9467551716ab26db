# SPDX-License-Identifier: MIT
"""A JSON document against a schema: what dashboard.schema.json uses of JSON Schema.
A word that is not known here is an error: it would check nothing."""

import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool,
         "integer": int, "number": (int, float), "null": type(None)}
KNOWN = {"$comment", "$ref", "type", "enum", "required", "properties", "items",
         "additionalProperties", "minItems", "pattern", "definitions"}


def is_of(value, kind):
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, TYPES[kind])


def check(value, schema, top=None, at="$"):
    """Nothing, or what is wrong and where."""
    top = top or schema
    assert not set(schema) - KNOWN, f"unknown in the schema: {set(schema) - KNOWN}"
    if "$ref" in schema:
        return check(value, top["definitions"][schema["$ref"]], top, at)
    kinds = schema.get("type", list(TYPES))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not any(is_of(value, kind) for kind in kinds):
        return f"{at} is no {kinds}: {value!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{at} is {value!r}, none of {schema['enum']}"
    if "pattern" in schema and isinstance(value, str) and \
            not re.search(schema["pattern"], value, re.S):
        return f"{at} is not like {schema['pattern']}: {value!r}"
    if isinstance(value, dict):
        return check_object(value, schema, top, at)
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            return f"{at} has {len(value)} items"
        for i, item in enumerate(value):
            wrong = check(item, schema.get("items", {}), top, f"{at}[{i}]")
            if wrong:
                return wrong
    return None


def check_object(value, schema, top, at):
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{at} has no {name}"
    for name, part in value.items():
        if name not in known:
            if schema.get("additionalProperties", True):
                continue
            return f"{at} has an unknown {name}"
        wrong = check(part, known[name], top, f"{at}.{name}")
        if wrong:
            return wrong
    return None
