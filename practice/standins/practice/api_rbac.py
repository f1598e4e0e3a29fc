"""Authorization: RBAC over the stored roles and bindings, and the node authorizer's rights for kubelets."""

from collections.abc import Iterator
from dataclasses import dataclass

from practice.api_resources import BUILTIN, Resource
from practice.api_store import Store


@dataclass(frozen=True)
class User:
    """Who asks."""

    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """What is asked; for paths that are no resource only `path` and `verb` count."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))
_BY_PLURAL = {(resource.group, resource.plural): resource for resource in BUILTIN}
_RBAC = "rbac.authorization.k8s.io"


def _kind(plural: str) -> Resource:
    return _BY_PLURAL[(_RBAC, plural)]


def _subject(subject: dict, user: User) -> bool:
    if subject["kind"] == "User":
        return subject["name"] == user.name
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    return user.name == f"system:serviceaccount:{subject.get('namespace', '')}:{subject['name']}"


def _rules(store: Store, user: User, namespace: str) -> Iterator[dict]:
    bindings = [(binding, "") for binding in store.list(_kind("clusterrolebindings"))]
    if namespace:
        bindings += [(binding, namespace) for binding in store.list(_kind("rolebindings"), namespace)]
    for binding, inside in bindings:
        if not any(_subject(subject, user) for subject in binding.get("subjects") or []):
            continue
        ref = binding["roleRef"]
        plural = "clusterroles" if ref["kind"] == "ClusterRole" else "roles"
        role = store.find(_kind(plural), inside, ref["name"])
        yield from (role or {}).get("rules") or []


def _within(value: str, allowed: list[str]) -> bool:
    return "*" in allowed or value in allowed


def _path_fits(path: str, allowed: list[str]) -> bool:
    return any(path == one or one == "*" or (one.endswith("*") and path.startswith(one[:-1])) for one in allowed)


def _grants(rule: dict, request: Request) -> bool:
    if not _within(request.verb, rule.get("verbs") or []):
        return False
    if not request.resource:
        return _path_fits(request.path, rule.get("nonResourceURLs") or [])
    whole = f"{request.resource}/{request.subresource}" if request.subresource else request.resource
    resources = rule.get("resources") or []
    fits = _within(whole, resources) or (request.subresource and f"*/{request.subresource}" in resources)
    names = rule.get("resourceNames") or []
    return bool(fits) and _within(request.group, rule.get("apiGroups") or []) and (not names or request.name in names)


# What the node authorizer and the role system:node let a kubelet do (verbs by resource).
_NODE_READS = {"nodes", "pods", "services", "endpoints", "configmaps", "secrets", "serviceaccounts", "csidrivers", "csinodes", "runtimeclasses", "leases"}
_NODE_READS |= {"persistentvolumes", "persistentvolumeclaims", "certificatesigningrequests", "daemonsets", "namespaces"}
_NODE_WRITES = {"nodes", "pods", "leases", "events", "certificatesigningrequests", "csinodes"}


def _node(user: User, request: Request) -> bool:
    if "system:nodes" not in user.groups or not user.name.startswith("system:node:") or not request.resource:
        return False
    own = user.name[len("system:node:") :]
    if request.verb in ("get", "list", "watch"):
        return request.resource in _NODE_READS
    if request.resource == "nodes":
        return request.name in ("", own)
    if request.resource == "leases":
        return request.namespace == "kube-node-lease" and request.name in ("", own)
    return request.resource in _NODE_WRITES or (request.resource == "serviceaccounts" and request.subresource == "token")


def allowed(store: Store, user: User, request: Request) -> bool:
    """Whether a user may do it."""
    if "system:masters" in user.groups:
        return True
    if _node(user, request):
        return True
    return any(_grants(rule, request) for rule in _rules(store, user, request.namespace))


def refusal(user: User, request: Request) -> str:
    """The message of a 403 in Kubernetes' words."""
    if not request.resource:
        return f'forbidden: User "{user.name}" cannot {request.verb} path "{request.path}"'
    what = f"{request.resource}/{request.subresource}" if request.subresource else request.resource
    whole = f"{request.resource}.{request.group}" if request.group else request.resource
    named = f' "{request.name}"' if request.name else ""
    where = f'in the namespace "{request.namespace}"' if request.namespace else "at the cluster scope"
    return f'{whole}{named} is forbidden: User "{user.name}" cannot {request.verb} resource "{what}" in API group "{request.group}" {where}'
