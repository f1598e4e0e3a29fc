"""The status of PodDisruptionBudgets, as pkg/controller/disruption/disruption.go of Kubernetes keeps it."""

import copy
import time

from practice.api_auth import find_resource
from practice.api_selectors import by_label_selector
from practice.api_verbs import Cluster
from practice.durations import from_rfc3339, rfc3339

PODS = find_resource("pods")
BUDGETS = find_resource("poddisruptionbudgets", "policy")
SCALED = {
    "ReplicaSet": find_resource("replicasets", "apps"),
    "Deployment": find_resource("deployments", "apps"),
    "StatefulSet": find_resource("statefulsets", "apps"),
    "ReplicationController": find_resource("replicationcontrollers"),
}
# Seconds after which an eviction that deleted nothing is forgotten.
DELETION_TIMEOUT = 120.0


class NoScale(Exception):
    """A pod's controller has no scale subresource, so the number of pods that should be there is not known."""


class Budgets:
    """The disruption controller."""

    def __init__(self, cluster: Cluster) -> None:
        self.store = cluster.store

    def run(self) -> None:
        """One round."""
        for budget in list(self.store.list(BUDGETS)):
            # An eviction must not be overtaken by a count that was made before it.
            with self.store.lock:
                current = self.store.find(BUDGETS, budget["metadata"]["namespace"], budget["metadata"]["name"])
                if current is not None:
                    self._sync(current)

    def _sync(self, budget: dict) -> None:
        before = copy.deepcopy(budget.get("status") or {})
        meta, spec = budget["metadata"], budget.get("spec", {})
        fits = by_label_selector(spec.get("selector"))
        pods = [pod for pod in self.store.list(PODS, meta["namespace"]) if fits(pod)]
        try:
            expected, desired = self._wanted(spec, pods)
        except NoScale as error:
            budget["status"] = before | {"disruptionsAllowed": 0, "observedGeneration": meta.get("generation", 1)}
            budget["status"]["conditions"] = [_condition(budget, "False", "SyncFailed", str(error))]
        else:
            disrupted = _disrupted(before.get("disruptedPods") or {}, pods)
            healthy = sum(1 for pod in pods if _counts(pod, disrupted))
            allowed = max(0, healthy - desired) if expected > 0 else 0
            status = {"currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": expected, "disruptionsAllowed": allowed}
            budget["status"] = status | {"observedGeneration": meta.get("generation", 1)} | ({"disruptedPods": disrupted} if disrupted else {})
            budget["status"]["conditions"] = [allowed_condition(budget | {"status": budget["status"] | {"conditions": before.get("conditions")}})]
        if budget["status"] != before:
            self.store.update(BUDGETS, budget)

    def _wanted(self, spec: dict, pods: list[dict]) -> tuple[int, int]:
        if "maxUnavailable" in spec:
            expected = self._scale(pods)
            return expected, max(0, expected - _amount(spec["maxUnavailable"], expected))
        if isinstance(spec.get("minAvailable"), str):
            expected = self._scale(pods)
            return expected, _amount(spec["minAvailable"], expected)
        return (len(pods), spec["minAvailable"]) if "minAvailable" in spec else (0, 0)

    def _scale(self, pods: list[dict]) -> int:
        scales: dict[str, int] = {}
        for pod in pods:
            owner = _controller(pod)
            found = None
            # A ReplicaSet of a Deployment counts as the Deployment.
            while owner is not None:
                if owner["kind"] not in SCALED:
                    raise NoScale(f"found no controllers for pod \"{pod['metadata']['name']}\": {owner['kind']} does not implement the scale subresource")
                resource = SCALED[owner["kind"]]
                found = self.store.find(resource, pod["metadata"]["namespace"], owner["name"])
                owner = _controller(found) if found is not None else None
            if found is not None:
                scales[found["metadata"]["uid"]] = int(found["spec"].get("replicas", 1))
        return sum(scales.values())


def _controller(obj: dict) -> dict | None:
    return next((owner for owner in obj["metadata"].get("ownerReferences") or [] if owner.get("controller")), None)


def _disrupted(known: dict[str, str], pods: list[dict]) -> dict[str, str]:
    living = {pod["metadata"]["name"] for pod in pods if not pod["metadata"].get("deletionTimestamp")}
    return {name: since for name, since in known.items() if name in living and from_rfc3339(since) + DELETION_TIMEOUT > time.time()}


def _counts(pod: dict, disrupted: dict[str, str]) -> bool:
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions") or [])
    return ready and not pod["metadata"].get("deletionTimestamp") and pod["metadata"]["name"] not in disrupted


def _amount(value: int | str, total: int) -> int:
    if isinstance(value, str):
        return -(-int(value[:-1]) * total // 100)
    return int(value)


def allowed_condition(budget: dict) -> dict:
    """The condition DisruptionAllowed for a budget's own disruptionsAllowed."""
    if budget["status"].get("disruptionsAllowed", 0) > 0:
        return _condition(budget, "True", "SufficientPods", "")
    return _condition(budget, "False", "InsufficientPods", "")


def _condition(budget: dict, status: str, reason: str, message: str) -> dict:
    known = next((c for c in budget["status"].get("conditions") or [] if c["status"] == status), {})
    fresh = {"type": "DisruptionAllowed", "status": status, "reason": reason, "message": message, "observedGeneration": budget["metadata"].get("generation", 1)}
    return fresh | {"lastTransitionTime": known.get("lastTransitionTime") or rfc3339()}
