"""The smallest OpenAPI v2 document that kubectl can use: which patches exist, and that they take dryRun. No schemas."""

import json

from practice.api_resources import Resource


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def _field(number: int, content: bytes | str) -> bytes:
    body = content.encode() if isinstance(content, str) else content
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def _path(resource: Resource) -> str:
    base = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
    return f"{base}/namespaces/{{namespace}}/{resource.plural}/{{name}}" if resource.namespaced else f"{base}/{resource.plural}/{{name}}"


def _kind(resource: Resource) -> dict[str, str]:
    return {"group": resource.group, "kind": resource.kind, "version": resource.version}


def as_json(resources: list[Resource], version: str) -> bytes:
    """The document as JSON."""
    parameter = {"name": "dryRun", "in": "query", "type": "string", "uniqueItems": True}
    paths = {
        _path(resource): {
            "patch": {"parameters": [parameter], "responses": {"200": {"description": "OK"}}, "x-kubernetes-group-version-kind": _kind(resource)}
        }
        for resource in resources
    }
    info = {"title": "Kubernetes", "version": version}
    return json.dumps({"swagger": "2.0", "info": info, "paths": paths, "definitions": {}}).encode()


def as_protobuf(resources: list[Resource], version: str) -> bytes:
    """The same in the protobuf form of google/gnostic's openapi.v2 (OpenAPIv2.proto), which kubectl before 1.27 asks for."""
    query = _field(2, "query") + _field(4, "dryRun") + _field(6, "string")
    parameter = _field(1, _field(2, _field(3, query)))
    paths = b""
    for resource in resources:
        kind = "".join(f'{key}: "{value}"\n' for key, value in _kind(resource).items())
        extension = _field(1, "x-kubernetes-group-version-kind") + _field(2, _field(2, kind))
        operation = _field(8, parameter) + _field(13, extension)
        paths += _field(2, _field(1, _path(resource)) + _field(2, _field(8, operation)))
    info = _field(1, "Kubernetes") + _field(2, version)
    return _field(1, "2.0") + _field(2, info) + _field(8, paths)
