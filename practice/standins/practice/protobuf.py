"""Reads the protobuf bodies that kubectl's typed commands send (create, drain, certificate approve …) into plain objects.

protobuf.json holds field numbers, names and types: facts from kubernetes/api (generated.proto files at 10b39a39bcee, July 2026) and
kubernetes/apimachinery at eed236ceee2c.
"""

import base64
import json
import os
import struct

from practice.durations import micro_time, rfc3339

MAGIC = b"k8s\x00"
# Fields of embedded structs: in JSON their contents stand in the outer object.
INLINE = {"localObjectReference", "volumeSource", "ephemeralContainerCommon", "ingressRuleValue", "handler", "persistentVolumeSource"}
GROUPS = {"": "core", "rbac.authorization.k8s.io": "rbac", "certificates.k8s.io": "certificates", "authentication.k8s.io": "authentication"}
GROUPS |= {"authorization.k8s.io": "authorization", "networking.k8s.io": "networking", "coordination.k8s.io": "coordination"}
GROUPS |= {"scheduling.k8s.io": "scheduling", "storage.k8s.io": "storage"}
META = {"DeleteOptions"}


class ProtobufError(Exception):
    """A body that cannot be read, or a kind without field numbers here."""


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _fields(data: bytes) -> list[tuple[int, int | bytes]]:
    found: list[tuple[int, int | bytes]] = []
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire, number = tag & 7, tag >> 3
        if wire == 0:
            value, at = _varint(data, at)
            found.append((number, value))
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            found.append((number, data[at : at + size]))
            at += size
        elif wire == 2:
            size, at = _varint(data, at)
            found.append((number, data[at : at + size]))
            at += size
        else:
            raise ProtobufError(f"wire type {wire}")
    return found


Table = dict[str, dict[int, tuple[str, str]]]


def _table() -> Table:
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "protobuf.json"), encoding="utf-8") as file:
        packed = json.load(file)
    table: Table = {}
    for message, fields in packed.items():
        table[message] = {}
        for field in fields.split():
            number, name, kind = field.split("=")
            table[message][int(number)] = (name, kind)
    return table


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _scalar(kind: str, value: int | bytes) -> object:
    if kind == "string" and isinstance(value, bytes):
        return value.decode()
    if kind == "bytes" and isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if kind == "bool":
        return bool(value)
    if kind in ("int32", "int64", "uint32") and isinstance(value, int):
        return _signed(value)
    if kind == "double" and isinstance(value, bytes):
        return struct.unpack("<d", value)[0]
    raise ProtobufError(f"type {kind}")


def _special(kind: str, data: bytes) -> object:
    values = dict(_fields(data))
    if kind in ("meta.Time", "meta.MicroTime"):
        if not values:
            return None
        seconds, nanos = values.get(1, 0), values.get(2, 0)
        assert isinstance(seconds, int) and isinstance(nanos, int)
        return micro_time(_signed(seconds) + nanos / 1e9) if kind == "meta.MicroTime" else rfc3339(_signed(seconds))
    if kind == "Quantity":
        text = values.get(1, b"")
        return text.decode() if isinstance(text, bytes) else ""
    if kind == "IntOrString":
        text = values.get(3, b"")
        number = values.get(2, 0)
        return (text.decode() if isinstance(text, bytes) else "") if values.get(1) else _signed(number if isinstance(number, int) else 0)
    raw = values.get(1, b"")
    return json.loads(raw) if isinstance(raw, bytes) and raw else None


SPECIAL = {"meta.Time", "meta.MicroTime", "Quantity", "IntOrString", "RawExtension", "meta.FieldsV1"}


def _value(table: Table, kind: str, value: int | bytes) -> object:
    if kind in SPECIAL:
        assert isinstance(value, bytes)
        return _special(kind, value)
    if "." in kind:
        assert isinstance(value, bytes)
        return _message(table, kind, value)
    return _scalar(kind, value)


def _message(table: Table, kind: str, data: bytes) -> object:
    if kind not in table:
        return {}
    known = table[kind]
    result: dict = {}
    for number, value in _fields(data):
        if number not in known:
            continue
        name, type_ = known[number]
        form, _, inner = type_.partition(":")
        if form == "map":
            assert isinstance(value, bytes)
            entry = dict(_fields(value))
            key = entry.get(1, b"")
            default: int | bytes = b"" if inner in ("string", "bytes") or "." in inner or inner in SPECIAL else 0
            result.setdefault(name, {})[key.decode() if isinstance(key, bytes) else str(key)] = _value(table, inner, entry.get(2, default))
        elif form == "list":
            result.setdefault(name, []).append(_value(table, inner, value))
        elif name in INLINE:
            found = _value(table, type_, value)
            assert isinstance(found, dict)
            result.update(found)
        else:
            found = _value(table, type_, value)
            # Go's encoder writes zero values of required fields; JSON's omitempty leaves them out.
            if found not in (None, "", {}) or (form == "string" and name in ("key", "value")):
                result[name] = found
    return result if kind.rsplit(".", 1)[1] != "ExtraValue" else result.get("items", [])


def decode(body: bytes) -> dict:
    """The object in a body of type application/vnd.kubernetes.protobuf; ProtobufError."""
    if not body.startswith(MAGIC):
        raise ProtobufError("the magic number is missing")
    envelope = dict(_fields(body[4:]))
    about, raw = envelope.get(1, b""), envelope.get(2, b"")
    assert isinstance(about, bytes) and isinstance(raw, bytes)
    named = {number: value.decode() for number, value in _fields(about) if isinstance(value, bytes)}
    api_version, kind = named.get(1, ""), named.get(2, "")
    group, _, version = api_version.rpartition("/")
    package = "meta" if kind in META else f"{GROUPS.get(group, group)}.{version}"
    table = _table()
    message = f"{package}.{kind}"
    if message not in table:
        raise ProtobufError(f"no field numbers for {message}")
    content = _message(table, message, raw)
    assert isinstance(content, dict)
    return {"apiVersion": api_version, "kind": kind} | content
