"""Server-side apply: who owns which field, conflicts, and the removal of fields that an applier no longer sends.

Field sets have the form of managedFields' fieldsV1: nested objects with keys `f:NAME`, `k:{…}` (item of a keyed list)
and `v:…` (item of a set).
"""

import copy
import json

from practice.api_errors import ApiError
from practice.api_patch import SETS, merge_key
from practice.durations import rfc3339

UNOWNED = {"apiVersion", "kind", "status"}
UNOWNED_META = {"name", "namespace", "uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink", "deletionTimestamp"}


def field_set(value: object, field: str = "", top: bool = False) -> dict:
    """The fields of a value, down to its leaves."""
    if isinstance(value, dict):
        skip = UNOWNED if top else UNOWNED_META if field == "metadata" else set()
        fields = {f"f:{key}": field_set(inner, key) for key, inner in value.items() if key not in skip}
        # metadata of which nothing can be owned is no field.
        return {key: inner for key, inner in fields.items() if inner or not (top and key == "f:metadata")}
    if isinstance(value, list):
        key = merge_key(field, value) if value else ""
        if key:
            return {_item_key(item, key): field_set(item) | {".": {}} for item in value}
        if field in SETS:
            return {"v:" + json.dumps(item): {} for item in value}
    return {}


def _item_key(item: dict, key: str) -> str:
    named = {key: item.get(key)}
    if key in ("containerPort", "port"):
        named["protocol"] = item.get("protocol", "TCP")
    return "k:" + json.dumps(named, separators=(",", ":"), sort_keys=True)


def leaves(fields: dict, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Paths of a field set that have nothing below them."""
    found: set[tuple[str, ...]] = set()
    for key, inner in fields.items():
        if inner:
            found |= leaves(inner, (*path, key))
        else:
            found.add((*path, key))
    return found


def from_leaves(paths: set[tuple[str, ...]]) -> dict:
    """The nested form of a set of paths."""
    fields: dict = {}
    for path in sorted(paths):
        place = fields
        for part in path:
            place = place.setdefault(part, {})
    return fields


_ABSENT = object()


def at(value: object, path: tuple[str, ...], field: str = "") -> object:
    """What stands at a path, or a mark that nothing does."""
    if not path or path[0] == ".":
        return value
    head, rest = path[0], path[1:]
    if head.startswith("f:"):
        if not isinstance(value, dict) or head[2:] not in value:
            return _ABSENT
        return at(value[head[2:]], rest, head[2:])
    if isinstance(value, list):
        for item in value:
            if _same(item, head, field, value):
                return at(item, rest)
    return _ABSENT


def _same(item: object, head: str, field: str, items: list) -> bool:
    if head.startswith("v:"):
        return json.dumps(item) == head[2:]
    key = merge_key(field, items)
    return bool(key) and isinstance(item, dict) and _item_key(item, key) == head


def drop(value: object, path: tuple[str, ...], field: str = "") -> None:
    """Takes away what stands at a path, and the objects that become empty."""
    head, rest = path[0], path[1:]
    if head.startswith("f:") and isinstance(value, dict) and head[2:] in value:
        inner = value[head[2:]]
        if rest:
            drop(inner, rest, head[2:])
        if not rest or inner in ({}, []):
            del value[head[2:]]
    elif isinstance(value, list):
        for item in list(value):
            if _same(item, head, field, value):
                if not rest or rest[0] == ".":
                    value.remove(item)
                else:
                    drop(item, rest)


def merge_applied(live: object, applied: object, field: str = "") -> object:
    """The live value with what is applied laid over it."""
    if isinstance(applied, dict) and isinstance(live, dict):
        result = dict(live)
        for key, value in applied.items():
            result[key] = merge_applied(live[key], value, key) if key in live else copy.deepcopy(value)
        return result
    if isinstance(applied, list) and isinstance(live, list):
        if field in SETS:
            return live + [item for item in applied if item not in live]
        key = merge_key(field, live + applied) if applied else ""
        if key:
            known = {_item_key(item, key): item for item in live}
            fresh = {_item_key(item, key): item for item in applied}
            merged = [merge_applied(known[name], item) if name in known else copy.deepcopy(item) for name, item in fresh.items()]
            return merged + [item for name, item in known.items() if name not in fresh]
    return copy.deepcopy(applied)


def apply(live: dict, applied: dict, manager: str, force: bool) -> dict:
    """The object after an apply; ApiError 409 naming managers and fields when others own what would change."""
    entries = [dict(entry) for entry in live.get("metadata", {}).get("managedFields") or []]
    wanted = field_set(applied, top=True)
    paths = leaves(wanted)
    conflicts: dict[str, list[str]] = {}
    for entry in entries:
        if entry["manager"] == manager and entry["operation"] == "Apply":
            continue
        theirs = leaves(entry.get("fieldsV1") or {})
        lost = {path for path in paths & theirs if at(live, path) is not _ABSENT and at(live, path) != at(applied, path)}
        if lost and not force:
            conflicts[entry["manager"]] = sorted("." + ".".join(part[2:] for part in path) for path in lost if path[-1] != ".")
        entry["fieldsV1"] = from_leaves(theirs - lost)
    if conflicts:
        raise _conflict(conflicts)
    result = merge_applied(live, applied)
    assert isinstance(result, dict)
    own = next((entry for entry in entries if entry["manager"] == manager and entry["operation"] == "Apply"), None)
    others = set().union(*(leaves(entry.get("fieldsV1") or {}) for entry in entries if entry is not own))
    if own is not None:
        for path in sorted(leaves(own.get("fieldsV1") or {}) - paths - others, key=len, reverse=True):
            drop(result, path)
    entries = [entry for entry in entries if entry is not own and entry.get("fieldsV1")]
    entries.append(_entry(manager, "Apply", applied["apiVersion"], wanted))
    result["metadata"]["managedFields"] = entries
    return result


def _entry(manager: str, operation: str, api_version: str, fields: dict) -> dict:
    return {"manager": manager, "operation": operation, "apiVersion": api_version, "time": rfc3339(), "fieldsType": "FieldsV1", "fieldsV1": fields}


def updated(before: dict | None, after: dict, manager: str) -> None:
    """Notes in `after` that a manager changed what differs from `before`."""
    fields = leaves(field_set(after, top=True))
    changed = {path for path in fields if before is None or at(before, path) is _ABSENT or at(before, path) != at(after, path)}
    entries = [dict(entry) for entry in (before or {}).get("metadata", {}).get("managedFields") or []]
    own = next((entry for entry in entries if entry["manager"] == manager and entry["operation"] == "Update"), None)
    for entry in entries:
        entry["fieldsV1"] = from_leaves((leaves(entry.get("fieldsV1") or {}) - (changed if entry is not own else set())) & fields)
    mine = changed | (leaves(own["fieldsV1"]) if own else set())
    kept = [entry for entry in entries if entry is not own and entry["fieldsV1"]]
    if mine:
        kept.append(own | {"fieldsV1": from_leaves(mine)} if own and not changed else _entry(manager, "Update", after["apiVersion"], from_leaves(mine)))
    after["metadata"]["managedFields"] = kept


def _conflict(conflicts: dict[str, list[str]]) -> ApiError:
    total = sum(len(fields) for fields in conflicts.values())
    told = [f'conflict with "{manager}": {field}' for manager, fields in conflicts.items() for field in fields]
    shown = told[0] if total == 1 else "conflicts with " + ", ".join(f'"{manager}"' for manager in conflicts) + ":\n- " + "\n- ".join(
        field for fields in conflicts.values() for field in fields
    )
    causes = [{"reason": "FieldManagerConflict", "message": f'conflict with "{manager}"', "field": field} for manager, fields in conflicts.items() for field in fields]
    plural = "conflict" if total == 1 else "conflicts"
    return ApiError(409, "Conflict", f"Apply failed with {total} {plural}: {shown}", {"causes": causes})
