"""YAML as Kubernetes' programs write it: block style, keys in alphabetical order."""

import json
import re

from practice.yamlscalars import Value, resolve

_PLAIN = re.compile(r"^[A-Za-z0-9_./$(<=][^#\n\"\\{}\[\]]*$")


def dump(value: Value) -> str:
    """One document, with a newline at its end."""
    return "\n".join(_lines(value)) + "\n"


def _scalar(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return json.dumps(value)
    assert isinstance(value, str)
    plain = _PLAIN.match(value) and isinstance(resolve(value), str) and ": " not in value and not value.endswith((":", " "))
    return value if plain else json.dumps(value)


def _lines(value: Value) -> list[str]:
    if isinstance(value, dict) and value:
        lines: list[str] = []
        for key in sorted(value):
            lines += _entry(f"{_scalar(key)}:", value[key], "  ")
        return lines
    if isinstance(value, list) and value:
        lines = []
        for item in value:
            inner = _lines(item) if isinstance(item, (dict, list)) else [_scalar(item)]
            lines.append("- " + inner[0])
            lines += ["  " + line for line in inner[1:]]
        return lines
    if isinstance(value, dict):
        return ["{}"]
    if isinstance(value, list):
        return ["[]"]
    return [_scalar(value)]


def _entry(head: str, value: Value, step: str) -> list[str]:
    if isinstance(value, dict) and value:
        return [head] + [step + line for line in _lines(value)]
    if isinstance(value, list) and value:
        return [head] + _lines(value)
    if isinstance(value, str) and "\n" in value and value.strip("\n") and not value.startswith((" ", "\n")):
        keep = "" if value.endswith("\n") and not value.endswith("\n\n") else ("+" if value.endswith("\n") else "-")
        body = value[:-1] if value.endswith("\n") else value
        return [f"{head} |{keep}"] + [step + line if line else "" for line in body.split("\n")]
    return [f"{head} {_lines(value)[0]}"]
