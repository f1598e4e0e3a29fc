"""JSON patch (RFC 6902), merge patch (RFC 7386) and strategic merge patch."""

import copy

from practice.api_errors import ApiError, bad_request

# Lists that are merged by a key of their items, and by which (patchMergeKey in the published Go types); the rest is replaced.
MERGE_KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "env": ("name",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "conditions": ("type",),
    "addresses": ("type",),
    "ownerReferences": ("uid",),
    "secrets": ("name",),
    "topologySpreadConstraints": ("topologyKey",),
    "webhooks": ("name",),
    "images": (),
}
SETS = ("finalizers",)


def merge_key(field: str, items: list) -> str:
    """The key by which a list is merged, "" when it is replaced as a whole."""
    if field == "ports":
        first = next((item for item in items if isinstance(item, dict)), {})
        return "containerPort" if "containerPort" in first else "port" if "port" in first else ""
    keys = MERGE_KEYS.get(field, ())
    fits = keys and all(isinstance(item, dict) and (keys[0] in item or "$patch" in item) for item in items)
    return keys[0] if fits else ""


def merge(target: object, patch: object) -> object:
    """Merge patch: null takes a field away, everything but objects is replaced."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def strategic(target: object, patch: object, field: str = "") -> object:
    """Strategic merge patch with its directives."""
    if isinstance(patch, list):
        return _strategic_list(target if isinstance(target, list) else [], patch, field)
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    if patch.get("$patch") == "replace":
        return {key: copy.deepcopy(value) for key, value in patch.items() if key != "$patch"}
    if patch.get("$patch") == "delete":
        return None
    result = dict(target) if isinstance(target, dict) else {}
    retained = patch.get("$retainKeys")
    if isinstance(retained, list):
        result = {key: value for key, value in result.items() if key in retained}
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            name = key.split("/", 1)[1]
            result[name] = [item for item in result.get(name) or [] if item not in value]
        elif key.startswith("$"):
            continue
        elif value is None:
            result.pop(key, None)
        else:
            merged = strategic(result.get(key), value, key)
            if merged is None:
                result.pop(key, None)
            else:
                result[key] = merged
    return result


def _strategic_list(target: list, patch: list, field: str) -> list:
    if field in SETS:
        return target + [item for item in patch if item not in target]
    key = merge_key(field, [item for item in target if isinstance(item, dict)] + [item for item in patch if isinstance(item, dict)])
    if not key or any(isinstance(item, dict) and item.get("$patch") == "replace" for item in patch):
        return [copy.deepcopy(item) for item in patch if not (isinstance(item, dict) and "$patch" in item)]
    result = [copy.deepcopy(item) for item in target]
    for item in patch:
        index = next((at for at, known in enumerate(result) if known.get(key) == item.get(key)), None)
        if item.get("$patch") == "delete":
            if index is not None:
                result.pop(index)
        elif index is None:
            result.append(strategic({}, item))
        else:
            result[index] = strategic(result[index], item)
    return result


def json_patch(target: dict, operations: object) -> dict:
    """JSON patch; ApiError 400 for nonsense, 422 when it does not apply."""
    if not isinstance(operations, list):
        raise bad_request("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    result = copy.deepcopy(target)
    for operation in operations:
        try:
            _operate(result, operation)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise ApiError(422, "Invalid", f"the server rejected our request due to an error in our request: {error}") from None
    return result


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _walk(document: object, parts: list[str]) -> object:
    for part in parts:
        if isinstance(document, list):
            document = document[int(part)]
        elif isinstance(document, dict):
            document = document[part]
        else:
            raise KeyError(part)
    return document


def _operate(document: dict, operation: dict) -> None:
    name, parts = operation["op"], _parts(operation["path"])
    if name == "test":
        if _walk(document, parts) != operation.get("value"):
            raise ValueError(f"testing value {operation['path']} failed")
        return
    if name in ("move", "copy"):
        value = copy.deepcopy(_walk(document, _parts(operation["from"])))
        if name == "move":
            _operate(document, {"op": "remove", "path": operation["from"]})
    else:
        value = copy.deepcopy(operation.get("value"))
    parent, last = _walk(document, parts[:-1]), parts[-1]
    if isinstance(parent, list):
        index = len(parent) if last == "-" else int(last)
        if name == "remove":
            parent.pop(index)
        elif name == "replace":
            parent[index] = value
        else:
            parent.insert(index, value)
    elif isinstance(parent, dict):
        if name == "remove":
            del parent[last]
        elif name == "replace" and last not in parent:
            raise KeyError(operation["path"])
        else:
            parent[last] = value
    else:
        raise KeyError(operation["path"])
