"""Nodes: pod networks, leases that ran out, taints that follow conditions, pods of nodes that are gone."""

import copy
import ipaddress
import time

from practice.api_auth import find_resource
from practice.api_verbs import Cluster
from practice.durations import from_rfc3339, rfc3339

NODES, LEASES, PODS = find_resource("nodes"), find_resource("leases", "coordination.k8s.io"), find_resource("pods")
CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")


class Nodes:
    """node-lifecycle and node-ipam controllers."""

    def __init__(self, cluster: Cluster, cidr: str, grace: float) -> None:
        self.store, self.cidr, self.grace = cluster.store, cidr, grace
        self.started = time.time()

    def run(self) -> None:
        """One round."""
        nodes = self.store.list(NODES)
        for node in nodes:
            fresh = copy.deepcopy(node)
            self._network(fresh, nodes)
            self._lease(fresh)
            self._taints(fresh)
            if fresh != node:
                self.store.update(NODES, fresh)
        self._orphans({node["metadata"]["name"] for node in nodes})

    def _network(self, node: dict, nodes: list[dict]) -> None:
        if not self.cidr or node["spec"].get("podCIDR"):
            return
        taken = {other["spec"].get("podCIDR") for other in nodes}
        for network in ipaddress.ip_network(self.cidr).subnets(new_prefix=24):
            if str(network) not in taken:
                node["spec"]["podCIDR"], node["spec"]["podCIDRs"] = str(network), [str(network)]
                return

    def _lease(self, node: dict) -> None:
        lease = self.store.find(LEASES, "kube-node-lease", node["metadata"]["name"])
        renewed = (lease or {}).get("spec", {}).get("renewTime") or node["metadata"]["creationTimestamp"]
        # Time during which this process did not run is not held against a node.
        silent = time.time() - max(from_rfc3339(renewed), self.started)
        if silent <= self.grace:
            return
        for condition in node.get("status", {}).get("conditions") or []:
            if condition["type"] in CONDITIONS and condition["status"] != "Unknown":
                condition.update({"status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status.", "lastTransitionTime": rfc3339()})

    def _taints(self, node: dict) -> None:
        ready = next((c["status"] for c in node.get("status", {}).get("conditions") or [] if c["type"] == "Ready"), "False")
        wanted = {"False": "node.kubernetes.io/not-ready", "Unknown": "node.kubernetes.io/unreachable"}.get(ready)
        kept = [t for t in node["spec"].get("taints") or [] if not t["key"].startswith("node.kubernetes.io/")]
        present = {(t["key"], t["effect"]): t for t in node["spec"].get("taints") or []}
        for key, effect in ((wanted, "NoSchedule"), (wanted, "NoExecute")):
            if key:
                kept.append(present.get((key, effect)) or {"key": key, "effect": effect, "timeAdded": rfc3339()})
        if node["spec"].get("unschedulable"):
            cordon = ("node.kubernetes.io/unschedulable", "NoSchedule")
            kept.append(present.get(cordon) or {"key": cordon[0], "effect": cordon[1], "timeAdded": rfc3339()})
        if kept:
            node["spec"]["taints"] = kept
        else:
            node["spec"].pop("taints", None)

    def _orphans(self, names: set[str]) -> None:
        for pod in list(self.store.list(PODS)):
            if pod["spec"].get("nodeName") and pod["spec"]["nodeName"] not in names:
                self.store.remove(PODS, pod["metadata"]["namespace"], pod["metadata"]["name"])
        for lease in list(self.store.list(LEASES, "kube-node-lease")):
            if lease["metadata"]["name"] not in names:
                self.store.remove(LEASES, "kube-node-lease", lease["metadata"]["name"])


def taint_tolerated(taint: dict, tolerations: list[dict]) -> bool:
    """Whether any toleration covers a taint."""
    for toleration in tolerations:
        if toleration.get("effect") and toleration["effect"] != taint["effect"]:
            continue
        if not toleration.get("key"):
            if toleration.get("operator") == "Exists":
                return True
            continue
        if toleration["key"] == taint["key"] and (toleration.get("operator") == "Exists" or toleration.get("value", "") == taint.get("value", "")):
            return True
    return False
