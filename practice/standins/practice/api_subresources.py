"""scale, binding, log, approval, service account tokens, reviews."""

import copy

from practice.api_auth import account_token, find_resource
from practice.api_errors import ApiError, bad_request, no_such_path
from practice.api_rbac import Request, User, allowed
from practice.api_verbs import Cluster, Place
from practice.durations import rfc3339

PODS = find_resource("pods")


def scale_of(obj: dict) -> dict:
    """The Scale view of a workload."""
    meta = {key: obj["metadata"][key] for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")}
    labels = (obj["spec"].get("selector") or {}).get("matchLabels") or {}
    status = {"replicas": obj.get("status", {}).get("replicas", 0), "selector": ",".join(f"{key}={value}" for key, value in labels.items())}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta, "spec": {"replicas": obj["spec"].get("replicas", 0)}, "status": status}


def scale(cluster: Cluster, place: Place, wanted: dict | None) -> dict:
    """Reads or sets the number of replicas."""
    if wanted is None:
        return scale_of(cluster.store.get(place.resource, place.namespace, place.name))
    version = (wanted.get("metadata") or {}).get("resourceVersion")

    def edit(obj: dict) -> None:
        obj["spec"]["replicas"] = int(wanted.get("spec", {}).get("replicas", 0))
        obj["metadata"]["generation"] = obj["metadata"].get("generation", 0) + 1
        if version:
            obj["metadata"]["resourceVersion"] = version

    cluster.store.get(place.resource, place.namespace, place.name)
    changed = cluster.store.change(place.resource, place.namespace, place.name, edit)
    assert changed is not None
    return scale_of(changed)


def bind(cluster: Cluster, place: Place, binding: dict) -> dict:
    """Puts a pod on a node."""

    def edit(pod: dict) -> None:
        pod["spec"]["nodeName"] = binding["target"]["name"]

    cluster.store.get(PODS, place.namespace, place.name)
    cluster.store.change(PODS, place.namespace, place.name, edit)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def log_text(cluster: Cluster, place: Place) -> str:
    """What `kubectl logs` shows: stand-in pods run no container and say so."""
    pod = cluster.store.get(PODS, place.namespace, place.name)
    status = (pod.get("status", {}).get("containerStatuses") or [{}])[0]
    if not (status.get("state") or {}).get("running"):
        container = pod["spec"]["containers"][0]["name"]
        raise bad_request(f'container "{container}" in pod "{place.name}" is waiting to start: ContainerCreating')
    return f"practice cluster: pod {place.namespace}/{place.name} is a stand-in, no container runs\n"


def approve(cluster: Cluster, place: Place, request: dict) -> dict:
    """Sets the conditions of a certificate signing request."""

    def edit(obj: dict) -> None:
        obj.setdefault("status", {})["conditions"] = (request.get("status") or {}).get("conditions") or []
        for condition in obj["status"]["conditions"]:
            condition.setdefault("lastTransitionTime", rfc3339())

    cluster.store.get(place.resource, "", place.name)
    changed = cluster.store.change(place.resource, "", place.name, edit)
    assert changed is not None
    return changed


def token(cluster: Cluster, key: bytes, place: Place, request: dict) -> dict:
    """TokenRequest for a service account."""
    cluster.store.get(place.resource, place.namespace, place.name)
    seconds = int((request.get("spec") or {}).get("expirationSeconds") or 3600)
    if seconds < 600:
        raise bad_request("spec.expirationSeconds: Invalid value: may not specify a duration less than 10 minutes")
    answer = copy.deepcopy(request) | {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1"}
    import time

    answer["status"] = {"token": account_token(key, place.namespace, place.name, seconds), "expirationTimestamp": rfc3339(time.time() + seconds)}
    return answer


def review(cluster: Cluster, user: User, plural: str, body: dict) -> dict:
    """`kubectl auth can-i` and `kubectl auth whoami`."""
    if plural == "selfsubjectreviews":
        return body | {"status": {"userInfo": {"username": user.name, "groups": list(user.groups)}}}
    spec = body.get("spec") or {}
    attributes, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if attributes is None and path is None:
        raise no_such_path()
    if attributes is None:
        request = Request(verb=path.get("verb", "get"), path=path.get("path", "/"))
    else:
        fields = {name: attributes.get(name, "") for name in ("verb", "group", "resource", "subresource", "namespace", "name")}
        request = Request(**fields)
    return body | {"status": {"allowed": allowed(cluster.store, user, request)}}
