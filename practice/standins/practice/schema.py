"""Strict decoding by tables of field names and types, with the words of Kubernetes' JSON decoder."""

from collections.abc import Mapping

from practice.durations import parse_duration
from practice.yamlscalars import Value

Table = Mapping[str, Mapping[str, str]]


class DecodeError(Exception):
    """A document that does not fit its kind."""


_JSON_NAMES: dict[type, str] = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}


def decode(table: Table, kind: str, document: dict[str, Value], version: str) -> None:
    """Checks every field of a document; DecodeError names the first wrong type, or all unknown fields together."""
    unknown: list[str] = []
    body = {key: value for key, value in document.items() if key not in ("apiVersion", "kind")}
    _struct(table, kind, body, "", version, unknown)
    if unknown:
        raise DecodeError("strict decoding error: " + ", ".join(f'unknown field "{path}"' for path in unknown))


def _struct(table: Table, kind: str, value: dict[str, Value], path: str, version: str, unknown: list[str]) -> None:
    fields = table[kind]
    for key, inner in value.items():
        here = f"{path}.{key}" if path else key
        if key not in fields:
            unknown.append(here)
        elif inner is not None:
            _check(table, fields[key], inner, here, f"{kind}.{here}", version, unknown)


def _check(table: Table, type_: str, value: Value, path: str, field: str, version: str, unknown: list[str]) -> None:
    def mismatch(go_type: str) -> DecodeError:
        return DecodeError(f"json: cannot unmarshal {_JSON_NAMES[type(value)]} into Go struct field {field} of type {go_type}")

    if type_ == "any":
        return
    if type_.startswith("[]"):
        if not isinstance(value, list):
            raise mismatch(_go(type_, table, version))
        for index, item in enumerate(value):
            if item is not None:
                _check(table, type_[2:], item, f"{path}[{index}]", field, version, unknown)
    elif type_.startswith("map[string]"):
        if not isinstance(value, dict):
            raise mismatch(_go(type_, table, version))
        for key, item in value.items():
            if item is not None:
                _check(table, type_[11:], item, f"{path}.{key}", field, version, unknown)
    elif type_ in table:
        if not isinstance(value, dict):
            raise mismatch(_go(type_, table, version))
        _struct(table, type_, value, path, version, unknown)
    elif type_ == "duration":
        if not isinstance(value, str):
            raise mismatch("string")
        try:
            parse_duration(value)
        except ValueError as error:
            raise DecodeError(str(error)) from None
    elif not _fits(type_, value):
        raise mismatch({"int": "int32", "float": "float64"}.get(type_, type_))


def _fits(type_: str, value: Value) -> bool:
    if type_ == "string":
        return isinstance(value, str)
    if type_ == "bool":
        return isinstance(value, bool)
    if type_ == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _go(type_: str, table: Table, version: str) -> str:
    for prefix in ("[]", "map[string]"):
        if type_.startswith(prefix):
            return prefix + _go(type_[len(prefix) :], table, version)
    return f"{version}.{type_}" if type_ in table else type_
