"""The scheduler: pods without a node get one that they fit on, or a reason why there is none."""

from practice.api_auth import find_resource
from practice.api_verbs import Cluster
from practice.ctl_nodes import taint_tolerated
from practice.durations import rfc3339

NODES, PODS = find_resource("nodes"), find_resource("pods")


def affinity_fits(spec: dict, node: dict) -> bool:
    """Node selector and required node affinity (labels and metadata.name)."""
    labels = node["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution")
    if not affinity:
        return True
    return any(_term(term, labels, node["metadata"]["name"]) for term in affinity.get("nodeSelectorTerms") or [])


def _term(term: dict, labels: dict[str, str], name: str) -> bool:
    tests = [(expression, labels) for expression in term.get("matchExpressions") or []]
    tests += [(expression, {"metadata.name": name}) for expression in term.get("matchFields") or []]
    return bool(tests) and all(_expression(expression, values) for expression, values in tests)


def _expression(expression: dict, values: dict[str, str]) -> bool:
    key, operator, wanted = expression["key"], expression["operator"], expression.get("values") or []
    if operator in ("Exists", "DoesNotExist"):
        return (key in values) == (operator == "Exists")
    return (values.get(key) in wanted) == (operator == "In")


class Scheduler:
    """Places pods of the default scheduler."""

    def __init__(self, cluster: Cluster) -> None:
        self.store = cluster.store

    def run(self) -> None:
        """One round."""
        pods = self.store.list(PODS)
        waiting = [pod for pod in pods if not pod["spec"].get("nodeName") and not pod["metadata"].get("deletionTimestamp")]
        if not waiting:
            return
        load: dict[str, int] = {}
        for pod in pods:
            load[pod["spec"].get("nodeName", "")] = load.get(pod["spec"].get("nodeName", ""), 0) + 1
        nodes = self.store.list(NODES)
        for pod in waiting:
            self._place(pod, nodes, load)

    def _place(self, pod: dict, nodes: list[dict], load: dict[str, int]) -> None:
        spec, reasons, fitting = pod["spec"], {}, []
        for node in nodes:
            why = self._obstacle(spec, node)
            if why is None:
                fitting.append(node["metadata"]["name"])
            else:
                reasons[why] = reasons.get(why, 0) + 1
        meta = pod["metadata"]
        if fitting:
            chosen = min(fitting, key=lambda name: (load.get(name, 0), name))
            load[chosen] = load.get(chosen, 0) + 1
            self.store.change(PODS, meta["namespace"], meta["name"], lambda obj: _bind(obj, chosen))
            return
        told = ", ".join(f"{count} {why}" for why, count in sorted(reasons.items()))
        message = f"0/{len(nodes)} nodes are available: {told}." if nodes else "no nodes available to schedule pods"
        known = next((c for c in pod["status"].get("conditions") or [] if c["type"] == "PodScheduled"), {})
        if known.get("message") != message:
            condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message, "lastTransitionTime": rfc3339()}
            self.store.change(PODS, meta["namespace"], meta["name"], lambda obj: obj["status"].update({"conditions": [condition]}))

    def _obstacle(self, spec: dict, node: dict) -> str | None:
        if node["spec"].get("unschedulable") and not taint_tolerated({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}, spec.get("tolerations") or []):
            return "node(s) were unschedulable"
        for taint in node["spec"].get("taints") or []:
            if taint["effect"] != "PreferNoSchedule" and not taint_tolerated(taint, spec.get("tolerations") or []):
                value = f": {taint['value']}" if taint.get("value") else ": "
                return f"node(s) had untolerated taint {{{taint['key']}{value}}}"
        return None if affinity_fits(spec, node) else "node(s) didn't match Pod's node affinity/selector"


def _bind(pod: dict, node: str) -> None:
    pod["spec"]["nodeName"] = node
    pod["status"]["conditions"] = [{"type": "PodScheduled", "status": "True", "lastTransitionTime": rfc3339()}]
