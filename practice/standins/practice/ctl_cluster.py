"""Housekeeping: default service accounts, root CA maps, namespaces that end, garbage, endpoints."""

from practice.api_auth import find_resource
from practice.api_bootstrap import ensure
from practice.api_selectors import by_label_selector
from practice.api_verbs import Cluster, Place
from practice.ctl_workloads import is_ready

NAMESPACES, PODS, SERVICES = find_resource("namespaces"), find_resource("pods"), find_resource("services")
ENDPOINTS, ACCOUNTS = find_resource("endpoints"), find_resource("serviceaccounts")


class Housekeeping:
    """The small controllers."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.store = cluster, cluster.store

    def run(self) -> None:
        """One round."""
        for namespace in list(self.store.list(NAMESPACES)):
            if namespace["metadata"].get("deletionTimestamp"):
                self._end_namespace(namespace["metadata"]["name"])
            else:
                ensure(self.cluster, ACCOUNTS, namespace["metadata"]["name"], "default", {})
        self._garbage()
        self._endpoints()

    def _end_namespace(self, name: str) -> None:
        left = False
        for resource in self.cluster.resources():
            if not resource.namespaced:
                continue
            for obj in list(self.store.list(resource, name)):
                left = True
                self.cluster.delete(Place(resource, name, obj["metadata"]["name"]), {})
        if not left:
            self.store.remove(NAMESPACES, "", name)

    def _garbage(self) -> None:
        every = [(resource, obj) for resource in self.cluster.resources() for obj in list(self.store.list(resource))]
        living = {obj["metadata"]["uid"] for _, obj in every}
        for resource, obj in every:
            meta = obj["metadata"]
            owners = meta.get("ownerReferences") or []
            if owners and not meta.get("deletionTimestamp") and not any(owner["uid"] in living for owner in owners):
                self.cluster.delete(Place(resource, meta.get("namespace", ""), meta["name"]), {})

    def _endpoints(self) -> None:
        for service in list(self.store.list(SERVICES)):
            meta, spec = service["metadata"], service["spec"]
            if not spec.get("selector") or spec.get("type") == "ExternalName":
                continue
            fits = by_label_selector({"matchLabels": spec["selector"]})
            pods = [pod for pod in self.store.list(PODS, meta["namespace"]) if fits(pod) and is_ready(pod) and pod["status"].get("podIP")]
            addresses = [
                {"ip": p["status"]["podIP"], "nodeName": p["spec"]["nodeName"], "targetRef": {"kind": "Pod", "name": p["metadata"]["name"], "namespace": meta["namespace"], "uid": p["metadata"]["uid"]}}
                for p in pods
            ]
            ports = [{"name": p.get("name", ""), "port": _target(p, pods), "protocol": p.get("protocol", "TCP")} for p in spec.get("ports") or []]
            subsets = [{"addresses": addresses, "ports": ports}] if addresses else []
            ensure(self.cluster, ENDPOINTS, meta["namespace"], meta["name"], {"subsets": subsets})
            found = self.store.find(ENDPOINTS, meta["namespace"], meta["name"])
            if found is not None and found.get("subsets", []) != subsets:
                found["subsets"] = subsets
                self.store.update(ENDPOINTS, found)
        for endpoints in list(self.store.list(ENDPOINTS)):
            meta = endpoints["metadata"]
            if self.store.find(SERVICES, meta["namespace"], meta["name"]) is None:
                self.store.remove(ENDPOINTS, meta["namespace"], meta["name"])


def _target(port: dict, pods: list[dict]) -> int:
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    named = [p["containerPort"] for pod in pods for c in pod["spec"]["containers"] for p in c.get("ports") or [] if p.get("name") == target]
    return int(named[0]) if named else int(port["port"])
