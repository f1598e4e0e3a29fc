"""Discovery documents: /api, /apis, /api/v1, /apis/GROUP/VERSION, /version."""

import platform

from practice.api_errors import no_such_path
from practice.api_resources import REVIEWS, Resource
from practice.env import Env, semver

VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


def version(env: Env) -> dict:
    """The /version document."""
    major, minor, _ = semver(env.version)
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    known = {"major": str(major), "minor": str(minor), "gitVersion": env.version, "gitCommit": "practice", "gitTreeState": "archive"}
    return known | {"buildDate": "2026-01-01T00:00:00Z", "goVersion": "none", "compiler": "none", "platform": f"linux/{machine}"}


def core_versions(address: str) -> dict:
    """The /api document."""
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]}


def _group_versions(resources: list[Resource]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    known = [resource.api_version for resource in resources if resource.group] + [group_version for group_version, _ in REVIEWS]
    for group_version in known:
        group, _, version_ = group_version.partition("/")
        if version_ not in groups.setdefault(group, []):
            groups[group].append(version_)
    return groups


def _group(name: str, versions: list[str]) -> dict:
    entries = [{"groupVersion": f"{name}/{version_}", "version": version_} for version_ in versions]
    return {"name": name, "versions": entries, "preferredVersion": entries[0]}


def groups(resources: list[Resource]) -> dict:
    """The /apis document."""
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(name, versions) for name, versions in _group_versions(resources).items()]}


def group(resources: list[Resource], name: str) -> dict:
    """The /apis/GROUP document."""
    versions = _group_versions(resources).get(name)
    if versions is None:
        raise no_such_path()
    return {"kind": "APIGroup", "apiVersion": "v1"} | _group(name, versions)


def _entry(resource: Resource) -> dict:
    entry: dict = {"name": resource.plural, "singularName": resource.kind.lower(), "namespaced": resource.namespaced, "kind": resource.kind}
    entry["verbs"] = VERBS
    if resource.short:
        entry["shortNames"] = list(resource.short)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    return entry


def _sub(resource: Resource, name: str) -> dict:
    entry: dict = {"name": f"{resource.plural}/{name}", "singularName": "", "namespaced": resource.namespaced, "kind": resource.kind}
    entry["verbs"] = ["get", "patch", "update"]
    if name == "scale":
        return entry | {"group": "autoscaling", "version": "v1", "kind": "Scale"}
    if name == "eviction":
        return entry | {"group": "policy", "version": "v1", "kind": "Eviction", "verbs": ["create"]}
    if name == "token":
        return entry | {"group": "authentication.k8s.io", "version": "v1", "kind": "TokenRequest", "verbs": ["create"]}
    if name == "binding":
        return entry | {"kind": "Binding", "verbs": ["create"]}
    if name == "log":
        return entry | {"verbs": ["get"]}
    return entry


def resource_list(resources: list[Resource], group_version: str) -> dict:
    """The list of resources of a group and version; ApiError 404 when nobody serves it."""
    entries: list[dict] = []
    for resource in resources:
        if resource.api_version == group_version:
            entries.append(_entry(resource))
            entries += [_sub(resource, name) for name in resource.subresources]
    for (posted, plural), kind in REVIEWS.items():
        if posted == group_version:
            entries.append({"name": plural, "singularName": kind.lower(), "namespaced": False, "kind": kind, "verbs": ["create"]})
    if not entries:
        raise no_such_path()
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": entries}
