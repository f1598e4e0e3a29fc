"""The cells of a pod in kubectl's table."""

import time

from practice.durations import from_rfc3339, short_duration


def _container_reason(status: dict) -> str:
    state = status.get("state") or {}
    waiting, terminated = state.get("waiting"), state.get("terminated")
    if waiting and waiting.get("reason"):
        return str(waiting["reason"])
    if terminated:
        return str(terminated.get("reason") or f"ExitCode:{terminated.get('exitCode', 0)}")
    return ""


def _init_reason(pod: dict) -> str:
    total = len(pod.get("spec", {}).get("initContainers") or [])
    for index, status in enumerate(pod.get("status", {}).get("initContainerStatuses") or []):
        state = status.get("state") or {}
        if (state.get("terminated") or {}).get("exitCode") == 0:
            continue
        reason = _container_reason(status)
        return f"Init:{reason}" if reason and reason != "PodInitializing" else f"Init:{index}/{total}"
    return ""


def pod_status(pod: dict) -> str:
    """The STATUS column."""
    status = pod.get("status", {})
    reason = status.get("reason") or status.get("phase") or "Unknown"
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            reason = "SchedulingGated"
    initialising = _init_reason(pod)
    if initialising:
        reason = initialising
    else:
        for container in reversed(status.get("containerStatuses") or []):
            reason = _container_reason(container) or reason
    if pod.get("metadata", {}).get("deletionTimestamp"):
        return "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    return str(reason)


def pod_cells(pod: dict) -> list[str | int | None]:
    """Name, ready, status, restarts, age; wide: IP, node, nominated node, readiness gates."""
    meta, status, spec = pod.get("metadata", {}), pod.get("status", {}), pod.get("spec", {})
    containers = status.get("containerStatuses") or []
    ready = sum(1 for container in containers if container.get("ready"))
    restarts = sum(container.get("restartCount", 0) for container in containers)
    created = meta.get("creationTimestamp")
    age = short_duration(time.time() - from_rfc3339(created)) if created else "<unknown>"
    gates = spec.get("readinessGates") or []
    return [
        meta.get("name"),
        f"{ready}/{len(spec.get('containers') or [])}",
        pod_status(pod),
        str(restarts),
        age,
        status.get("podIP") or "<none>",
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        f"0/{len(gates)}" if gates else "<none>",
    ]
