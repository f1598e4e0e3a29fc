"""pods/eviction: deletes a pod unless its disruption budget forbids it.

Order, conditions and words follow Kubernetes' pkg/registry/core/pod/storage/eviction.go.
"""

from practice.api_auth import find_resource
from practice.api_errors import ApiError, bad_request, forbidden
from practice.api_selectors import by_label_selector
from practice.api_verbs import Cluster, Place
from practice.ctl_budgets import allowed_condition
from practice.durations import rfc3339

PODS = find_resource("pods")
BUDGETS = find_resource("poddisruptionbudgets", "policy")
# The subresource takes both versions of the kind, also where policy/v1beta1 is not served any more.
KINDS = (("policy/v1", "Eviction"), ("policy/v1beta1", "Eviction"))
OVER = ("Pending", "Succeeded", "Failed")


def evict(cluster: Cluster, place: Place, eviction: dict) -> dict:
    """The Status of success; ApiError 429 with the cause DisruptionBudget when a budget forbids it."""
    _check(place, eviction)
    store = cluster.store
    with store.lock:
        pod = store.get(PODS, place.namespace, place.name)
        ends = pod["metadata"].get("deletionTimestamp") or pod.get("status", {}).get("phase") in OVER
        if not ends:
            _ask_budgets(cluster, place, pod)
        cluster.delete(place, eviction.get("deleteOptions") or {})
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _check(place: Place, eviction: dict) -> None:
    kind = (eviction.get("apiVersion"), eviction.get("kind"))
    if kind not in KINDS:
        raise bad_request(f"no kind \"{kind[1]}\" is registered for version \"{kind[0]}\" in scheme: an Eviction is needed")
    meta = eviction.get("metadata") or {}
    if meta.get("name") != place.name:
        raise bad_request("name in URL does not match name in Eviction object")
    if meta.get("namespace", place.namespace) != place.namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")


def _ask_budgets(cluster: Cluster, place: Place, pod: dict) -> None:
    budgets = [budget for budget in cluster.store.list(BUDGETS, place.namespace) if pod["metadata"].get("labels") and by_label_selector(budget["spec"].get("selector"))(pod)]
    if len(budgets) > 1:
        raise ApiError(500, "", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
    for budget in budgets:
        status = budget.get("status") or {}
        if not _is_ready(pod):
            # A pod that is not healthy does not count, so its going disrupts nothing while the others are enough.
            if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
                return
            if status.get("currentHealthy", 0) >= status.get("desiredHealthy", 0) > 0:
                return
        _spend(cluster, place, budget, status)


def _is_ready(pod: dict) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions") or [])


def _spend(cluster: Cluster, place: Place, budget: dict, status: dict) -> None:
    name = budget["metadata"]["name"]
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        raise _too_many(f"The disruption budget {name} is still being processed by the server.", 10)
    if status.get("disruptionsAllowed", 0) < 0:
        raise forbidden(f'poddisruptionbudget.policy "{name}" is forbidden: pdb disruptions allowed is negative')
    if status.get("disruptionsAllowed", 0) == 0:
        raise _too_many(_why(name, status), 0)

    def spend(obj: dict) -> None:
        obj["status"]["disruptionsAllowed"] -= 1
        obj["status"]["conditions"] = [allowed_condition(obj)]
        obj["status"].setdefault("disruptedPods", {})[place.name] = rfc3339()

    if not place.dry_run:
        cluster.store.change(BUDGETS, place.namespace, name, spend)


def _why(name: str, status: dict) -> str:
    condition = next((c for c in status.get("conditions") or [] if c["type"] == "DisruptionAllowed"), {})
    told = condition.get("message") if condition.get("status") == "False" else ""
    if told and condition.get("reason") == "SyncFailed":
        return f"The disruption budget {name} does not allow evicting pods currently because it failed sync: {told}"
    desired, current = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
    if current <= desired:
        return f"The disruption budget {name} needs {desired} healthy pods and has {current} currently"
    if told:
        return f"The disruption budget {name} does not allow evicting pods currently ({condition.get('reason')}): {told}"
    return f"The disruption budget {name} does not allow evicting pods currently"


def _too_many(why: str, retry_after: int) -> ApiError:
    details: dict = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
    if retry_after:
        details["retryAfterSeconds"] = retry_after
    return ApiError(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", details)
