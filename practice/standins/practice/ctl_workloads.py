"""DaemonSets, Deployments, ReplicaSets, StatefulSets: their pods and their status."""

import copy
import hashlib
import json
import random

from practice.api_auth import find_resource
from practice.api_errors import ApiError
from practice.api_selectors import by_label_selector
from practice.api_verbs import Cluster, Place
from practice.ctl_nodes import taint_tolerated
from practice.ctl_scheduler import affinity_fits
from practice.durations import rfc3339

PODS, NODES = find_resource("pods"), find_resource("nodes")
DAEMONS, DEPLOYMENTS = find_resource("daemonsets", "apps"), find_resource("deployments", "apps")
REPLICAS, STATEFUL = find_resource("replicasets", "apps"), find_resource("statefulsets", "apps")
# Taints that the pods of a DaemonSet tolerate by themselves (pkg/controller/daemon/util).
DAEMON_TAINTS = [("not-ready", "NoExecute"), ("unreachable", "NoExecute"), ("disk-pressure", "NoSchedule"), ("memory-pressure", "NoSchedule")]
DAEMON_TAINTS += [("pid-pressure", "NoSchedule"), ("unschedulable", "NoSchedule")]


def template_hash(template: dict) -> str:
    """A name for a pod template."""
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()
    return "".join("bcdfghjklmnpqrstvwxz2456789"[int(char, 16)] for char in digest[:10])


def is_ready(pod: dict) -> bool:
    """Whether a pod counts as available."""
    conditions = pod.get("status", {}).get("conditions") or []
    return not pod["metadata"].get("deletionTimestamp") and any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


class Workloads:
    """One controller for all kinds; each round brings every workload a step on."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.store = cluster, cluster.store

    def run(self) -> None:
        """One round."""
        owned: dict[str, list[dict]] = {}
        for pod in self.store.list(PODS):
            for owner in pod["metadata"].get("ownerReferences") or []:
                owned.setdefault(owner["uid"], []).append(pod)
        for resource, step in ((DAEMONS, self._daemon), (DEPLOYMENTS, self._deployment), (REPLICAS, self._replica), (STATEFUL, self._stateful)):
            for workload in list(self.store.list(resource)):
                if not workload["metadata"].get("deletionTimestamp"):
                    step(workload, owned.get(workload["metadata"]["uid"], []))

    def _make_pod(self, workload: dict, meta: dict, spec: dict) -> None:
        template = copy.deepcopy(workload["spec"]["template"].get("metadata") or {})
        own = workload["metadata"]
        owner = {"apiVersion": workload["apiVersion"], "kind": workload["kind"], "name": own["name"], "uid": own["uid"], "controller": True, "blockOwnerDeletion": True}
        labels = (template.get("labels") or {}) | meta.pop("labels", {})
        full = template | meta | {"labels": labels, "namespace": own["namespace"], "ownerReferences": [owner]}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": full, "spec": copy.deepcopy(spec)}
        try:
            self.cluster.create(Place(PODS, own["namespace"], "", "", "kube-controller-manager"), pod)
        except ApiError as error:
            self._failed(workload, error.message)

    def _failed(self, workload: dict, message: str) -> None:
        if workload["kind"] != "ReplicaSet":
            return
        condition = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message, "lastTransitionTime": rfc3339()}
        self._status(REPLICAS, workload, (workload.get("status") or {}) | {"conditions": [condition]})

    def _end(self, pod: dict) -> None:
        if not pod["metadata"].get("deletionTimestamp"):
            self.cluster.delete(Place(PODS, pod["metadata"]["namespace"], pod["metadata"]["name"]), {})

    def _status(self, resource: object, workload: dict, status: dict) -> None:
        meta = workload["metadata"]
        status = {"observedGeneration": meta.get("generation", 1)} | status
        before = workload.get("status") or {}
        if _steady(before) != _steady(status):
            self.store.change(resource, meta["namespace"], meta["name"], lambda obj: obj.update({"status": status}))  # type: ignore[arg-type]

    def _daemon(self, workload: dict, pods: list[dict]) -> None:
        spec = workload["spec"]["template"]["spec"]
        version = template_hash(workload["spec"]["template"])
        tolerations = list(spec.get("tolerations") or []) + [{"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": effect} for key, effect in DAEMON_TAINTS]
        if spec.get("hostNetwork"):
            tolerations.append({"key": "node.kubernetes.io/network-unavailable", "operator": "Exists", "effect": "NoSchedule"})
        tolerations.append({"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoSchedule"})
        tolerations.append({"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoSchedule"})
        by_node: dict[str, list[dict]] = {}
        for pod in pods:
            by_node.setdefault(pod["spec"].get("nodeName", ""), []).append(pod)
        wanted = {node["metadata"]["name"] for node in self.store.list(NODES) if _daemon_fits(spec, tolerations, node)}
        replacing = sum(1 for pod in pods if not is_ready(pod))
        for name in sorted(wanted):
            present = by_node.get(name, [])
            if not present:
                meta = {"generateName": workload["metadata"]["name"] + "-", "labels": {"controller-revision-hash": version}}
                self._make_pod(workload, meta, spec | {"nodeName": name, "tolerations": tolerations})
                continue
            for pod in present[1:]:
                self._end(pod)
            if present[0]["status"].get("phase") in ("Failed", "Succeeded"):
                self._end(present[0])
            outdated = present[0]["metadata"]["labels"].get("controller-revision-hash") != version
            if outdated and workload["spec"].get("updateStrategy", {}).get("type") != "OnDelete" and (not replacing or not is_ready(present[0])):
                replacing += 1
                self._end(present[0])
        for name, present in by_node.items():
            for pod in present if name not in wanted else []:
                self._end(pod)
        current = [pod for pod in pods if pod["spec"].get("nodeName") in wanted and not pod["metadata"].get("deletionTimestamp")]
        ready = sum(1 for pod in current if is_ready(pod))
        fresh = sum(1 for pod in current if pod["metadata"]["labels"].get("controller-revision-hash") == version)
        status = {"desiredNumberScheduled": len(wanted), "currentNumberScheduled": len(current), "numberReady": ready, "numberAvailable": ready}
        status |= {"numberMisscheduled": 0, "updatedNumberScheduled": fresh}
        if len(wanted) > ready:
            status["numberUnavailable"] = len(wanted) - ready
        self._status(DAEMONS, workload, status)

    def _deployment(self, workload: dict, _: list[dict]) -> None:
        meta, spec = workload["metadata"], workload["spec"]
        version = template_hash(spec["template"])
        sets = [s for s in self.store.list(REPLICAS, meta["namespace"]) if any(o["uid"] == meta["uid"] for o in s["metadata"].get("ownerReferences") or [])]
        name, wanted = f"{meta['name']}-{version}", int(spec.get("replicas", 1))
        current = next((s for s in sets if s["metadata"]["name"] == name), None)
        if current is None:
            self._make_set(workload, name, version, wanted)
            return
        if current["spec"].get("replicas") != wanted:
            self._scale(current, wanted)
        done = current.get("status", {})
        old = [s for s in sets if s is not current]
        if done.get("availableReplicas", 0) >= wanted or spec.get("strategy", {}).get("type") == "Recreate":
            for former in old:
                if former["spec"].get("replicas"):
                    self._scale(former, 0)
        total = sum(s.get("status", {}).get("replicas", 0) for s in sets)
        ready = sum(s.get("status", {}).get("readyReplicas", 0) for s in sets)
        status = {"replicas": total, "updatedReplicas": done.get("replicas", 0), "readyReplicas": ready, "availableReplicas": ready}
        if wanted > ready:
            status["unavailableReplicas"] = wanted - ready
        good = ready >= wanted - (wanted // 4)
        conditions = [
            _condition(workload, "Available", good, "MinimumReplicasAvailable" if good else "MinimumReplicasUnavailable"),
            _condition(workload, "Progressing", True, "NewReplicaSetAvailable" if done.get("availableReplicas", 0) >= wanted else "ReplicaSetUpdated"),
        ]
        self._status(DEPLOYMENTS, workload, {key: value for key, value in status.items() if value} | {"conditions": conditions})

    def _make_set(self, workload: dict, name: str, version: str, replicas: int) -> None:
        meta, spec = workload["metadata"], copy.deepcopy(workload["spec"])
        labels = {"pod-template-hash": version}
        template = spec["template"]
        template.setdefault("metadata", {})["labels"] = (template["metadata"].get("labels") or {}) | labels
        selector = copy.deepcopy(spec["selector"])
        selector["matchLabels"] = (selector.get("matchLabels") or {}) | labels
        owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": meta["name"], "uid": meta["uid"], "controller": True, "blockOwnerDeletion": True}
        own = {"name": name, "namespace": meta["namespace"], "labels": template["metadata"]["labels"], "ownerReferences": [owner]}
        body = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": own, "spec": {"replicas": replicas, "selector": selector, "template": template}}
        self.cluster.create(Place(REPLICAS, meta["namespace"], "", "", "kube-controller-manager"), body)

    def _scale(self, workload: dict, replicas: int) -> None:
        meta = workload["metadata"]

        def edit(obj: dict) -> None:
            obj["spec"]["replicas"] = replicas
            obj["metadata"]["generation"] = obj["metadata"].get("generation", 1) + 1

        self.store.change(REPLICAS, meta["namespace"], meta["name"], edit)

    def _replica(self, workload: dict, pods: list[dict]) -> None:
        wanted = int(workload["spec"].get("replicas", 1))
        fits = by_label_selector(workload["spec"].get("selector"))
        for pod in pods:
            if pod["status"].get("phase") in ("Failed", "Succeeded"):
                self._end(pod)
        living = [pod for pod in pods if fits(pod) and not pod["metadata"].get("deletionTimestamp") and pod["status"].get("phase") not in ("Failed", "Succeeded")]
        for _ in range(max(0, wanted - len(living))):
            name = workload["metadata"]["name"] + "-" + "".join(random.choices("bcdfghjklmnpqrstvwxz2456789", k=5))
            self._make_pod(workload, {"name": name}, workload["spec"]["template"]["spec"])
        living.sort(key=is_ready)
        surplus = max(0, len(living) - wanted)
        for pod in living[:surplus]:
            self._end(pod)
        living = living[surplus:]
        ready = sum(1 for pod in living if is_ready(pod))
        status = {"replicas": len(living), "fullyLabeledReplicas": len(living), "readyReplicas": ready, "availableReplicas": ready}
        if len(living) >= wanted:
            self._status(REPLICAS, workload, {key: value for key, value in status.items() if value or key == "replicas"})

    def _stateful(self, workload: dict, pods: list[dict]) -> None:
        wanted, name = int(workload["spec"].get("replicas", 1)), workload["metadata"]["name"]
        version = template_hash(workload["spec"]["template"])
        present = {pod["metadata"]["name"]: pod for pod in pods}
        for index in range(wanted):
            pod = present.get(f"{name}-{index}")
            if pod is None:
                meta = {"name": f"{name}-{index}", "labels": {"controller-revision-hash": version, "statefulset.kubernetes.io/pod-name": f"{name}-{index}"}}
                self._make_pod(workload, meta, workload["spec"]["template"]["spec"])
                break
            if not is_ready(pod):
                break
        for pod_name, pod in present.items():
            if int(pod_name.rsplit("-", 1)[1]) >= wanted:
                self._end(pod)
        ready = sum(1 for pod in pods if is_ready(pod))
        status = {"replicas": len(pods), "readyReplicas": ready, "availableReplicas": ready, "currentReplicas": len(pods), "updatedReplicas": len(pods)}
        self._status(STATEFUL, workload, status | {"currentRevision": f"{name}-{version}", "updateRevision": f"{name}-{version}"})


def _condition(workload: dict, kind: str, good: bool, reason: str) -> dict:
    status = "True" if good else "False"
    known = next((c for c in workload.get("status", {}).get("conditions") or [] if c["type"] == kind and c["status"] == status), {})
    now = rfc3339()
    return {"type": kind, "status": status, "reason": reason, "message": reason, "lastUpdateTime": now, "lastTransitionTime": known.get("lastTransitionTime", now)}


def _steady(status: dict) -> dict:
    conditions = [{key: value for key, value in c.items() if not key.endswith("Time")} for c in status.get("conditions") or []]
    return {key: value for key, value in status.items() if key != "conditions"} | {"conditions": conditions}


def _daemon_fits(spec: dict, tolerations: list[dict], node: dict) -> bool:
    hard = [taint for taint in node["spec"].get("taints") or [] if taint["effect"] in ("NoSchedule", "NoExecute")]
    return affinity_fits(spec, node) and all(taint_tolerated(taint, tolerations) for taint in hard)
