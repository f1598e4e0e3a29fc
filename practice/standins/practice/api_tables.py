"""Tables for kubectl: columns and cells as upstream's printers have them (pkg/printers/internalversion)."""

import time
from collections.abc import Callable

from practice.api_resources import Resource
from practice.api_tables_pods import pod_cells
from practice.durations import from_rfc3339, short_duration

Cell = str | int | None
# Column: name, priority (1 = only with -o wide).
Columns = list[tuple[str, int]]
Cells = Callable[[dict], list[Cell]]


def age(timestamp: str | None) -> str:
    """The AGE column."""
    if not timestamp:
        return "<unknown>"
    return short_duration(time.time() - from_rfc3339(timestamp))


def _meta(obj: dict) -> dict:
    return obj.get("metadata", {})


def _name(obj: dict) -> str:
    return str(_meta(obj).get("name"))


def _age(obj: dict) -> str:
    return age(_meta(obj).get("creationTimestamp"))


def _listed(values: dict | list | None, joined: str = ",") -> str:
    if not values:
        return "<none>"
    return joined.join(f"{key}={value}" for key, value in values.items()) if isinstance(values, dict) else joined.join(values)


def _selector(selector: dict | None) -> str:
    if not selector:
        return "<none>"
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for expression in selector.get("matchExpressions") or []:
        parts.append(f"{expression['key']} {expression['operator'].lower()} ({','.join(expression.get('values') or [])})")
    return ",".join(parts) or "<none>"


def _images(spec: dict) -> tuple[str, str]:
    containers = spec.get("containers") or []
    return ",".join(c.get("name", "") for c in containers), ",".join(c.get("image", "") for c in containers)


def _node(obj: dict) -> list[Cell]:
    status = obj.get("status", {})
    ready = next((c for c in status.get("conditions") or [] if c.get("type") == "Ready"), None)
    states = ["Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"]
    if obj.get("spec", {}).get("unschedulable"):
        states.append("SchedulingDisabled")
    prefix = "node-role.kubernetes.io/"
    labels = _meta(obj).get("labels") or {}
    roles = sorted(key[len(prefix) :] for key in labels if key.startswith(prefix) and key != prefix)
    addresses = {address["type"]: address["address"] for address in status.get("addresses") or []}
    info = status.get("nodeInfo", {})
    known = [info.get(key) or "<unknown>" for key in ("osImage", "kernelVersion", "containerRuntimeVersion")]
    inside, outside = addresses.get("InternalIP", "<none>"), addresses.get("ExternalIP", "<none>")
    return [_name(obj), ",".join(states), ",".join(roles) or "<none>", _age(obj), info.get("kubeletVersion", ""), inside, outside, *known]


def _service(obj: dict) -> list[Cell]:
    spec = obj.get("spec", {})
    ports = ",".join(f"{p['port']}{':' + str(p['nodePort']) if p.get('nodePort') else ''}/{p.get('protocol', 'TCP')}" for p in spec.get("ports") or [])
    ingress = obj.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    outside = ",".join(i.get("ip") or i.get("hostname", "") for i in ingress)
    external = outside or ("<pending>" if spec.get("type") == "LoadBalancer" else ",".join(spec.get("externalIPs") or []) or "<none>")
    return [_name(obj), spec.get("type", "ClusterIP"), spec.get("clusterIP") or "<none>", external, ports or "<none>", _age(obj), _listed(spec.get("selector"))]


def _deployment(obj: dict) -> list[Cell]:
    status, spec = obj.get("status", {}), obj.get("spec", {})
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}"
    counts = [status.get("updatedReplicas", 0), status.get("availableReplicas", 0)]
    return [_name(obj), ready, *counts, _age(obj), *_images(spec.get("template", {}).get("spec", {})), _selector(spec.get("selector"))]


def _daemonset(obj: dict) -> list[Cell]:
    status, spec = obj.get("status", {}), obj.get("spec", {})
    keys = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable")
    pod = spec.get("template", {}).get("spec", {})
    counts = [status.get(key, 0) for key in keys]
    return [_name(obj), *counts, _listed(pod.get("nodeSelector")), _age(obj), *_images(pod), _selector(spec.get("selector"))]


def _replicaset(obj: dict) -> list[Cell]:
    status, spec = obj.get("status", {}), obj.get("spec", {})
    counts = [spec.get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [_name(obj), *counts, _age(obj), *_images(spec.get("template", {}).get("spec", {})), _selector(spec.get("selector"))]


def _statefulset(obj: dict) -> list[Cell]:
    status, spec = obj.get("status", {}), obj.get("spec", {})
    return [_name(obj), f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}", _age(obj), *_images(spec.get("template", {}).get("spec", {}))]


def _event(obj: dict) -> list[Cell]:
    about = obj.get("involvedObject", {})
    seen = age(obj.get("lastTimestamp") or obj.get("eventTime") or _meta(obj).get("creationTimestamp"))
    return [seen, obj.get("type"), obj.get("reason"), f"{about.get('kind', '').lower()}/{about.get('name', '')}", (obj.get("message") or "").strip()]


def _endpoints(obj: dict) -> list[Cell]:
    shown = [f"{a['ip']}:{p['port']}" for s in obj.get("subsets") or [] for a in s.get("addresses") or [] for p in s.get("ports") or []]
    more = f" + {len(shown) - 3} more..." if len(shown) > 3 else ""
    return [_name(obj), ",".join(shown[:3]) + more or "<none>", _age(obj)]


def _csr(obj: dict) -> list[Cell]:
    spec, status = obj.get("spec", {}), obj.get("status", {})
    kinds = [c["type"] for c in status.get("conditions") or []]
    condition = ",".join(kinds) or "Pending"
    if status.get("certificate"):
        condition += ",Issued"
    lasting = short_duration(spec["expirationSeconds"]) if spec.get("expirationSeconds") else "<none>"
    return [_name(obj), _age(obj), spec.get("signerName") or "<none>", spec.get("username"), lasting, condition]


def _storageclass(obj: dict) -> list[Cell]:
    default = (_meta(obj).get("annotations") or {}).get("storageclass.kubernetes.io/is-default-class") == "true"
    binding, grows = obj.get("volumeBindingMode", "Immediate"), str(bool(obj.get("allowVolumeExpansion"))).lower()
    return [_name(obj) + (" (default)" if default else ""), obj.get("provisioner"), obj.get("reclaimPolicy", "Delete"), binding, grows, _age(obj)]


def _pdb(obj: dict) -> list[Cell]:
    spec, status = obj.get("spec", {}), obj.get("status", {})
    least, most = (str(spec[key]) if key in spec else "N/A" for key in ("minAvailable", "maxUnavailable"))
    return [_name(obj), least, most, status.get("disruptionsAllowed", 0), _age(obj)]


def _binding(obj: dict) -> list[Cell]:
    ref, subjects = obj.get("roleRef", {}), obj.get("subjects") or []

    def named(kind: str) -> str:
        return ", ".join((s.get("namespace", "") + "/" if kind == "ServiceAccount" else "") + s["name"] for s in subjects if s["kind"] == kind)

    return [_name(obj), f"{ref.get('kind')}/{ref.get('name')}", _age(obj), named("User"), named("Group"), named("ServiceAccount")]


def _lease(obj: dict) -> list[Cell]:
    return [_name(obj), obj.get("spec", {}).get("holderIdentity", ""), _age(obj)]


def _apiservice(obj: dict) -> list[Cell]:
    spec = obj.get("spec", {})
    service = spec.get("service")
    available = next((c for c in obj.get("status", {}).get("conditions") or [] if c["type"] == "Available"), {"status": "True" if not service else "Unknown"})
    shown = available["status"] if available["status"] == "True" or not available.get("reason") else f"{available['status']} ({available['reason']})"
    return [_name(obj), f"{service['namespace']}/{service['name']}" if service else "Local", shown, _age(obj)]


_WORKLOAD: Columns = [("Age", 0), ("Containers", 1), ("Images", 1), ("Selector", 1)]
PRINTERS: dict[str, tuple[Columns, Cells]] = {
    "Pod": (
        [(name, 0) for name in ("Name", "Ready", "Status", "Restarts", "Age")]
        + [(name, 1) for name in ("IP", "Node", "Nominated Node", "Readiness Gates")],
        pod_cells,
    ),
    "Node": (
        [(name, 0) for name in ("Name", "Status", "Roles", "Age", "Version")]
        + [(name, 1) for name in ("Internal-IP", "External-IP", "OS-Image", "Kernel-Version", "Container-Runtime")],
        _node,
    ),
    "Service": ([(name, 0) for name in ("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age")] + [("Selector", 1)], _service),
    "Deployment": ([(name, 0) for name in ("Name", "Ready", "Up-to-date", "Available")] + _WORKLOAD, _deployment),
    "DaemonSet": (
        [(name, 0) for name in ("Name", "Desired", "Current", "Ready", "Up-to-date", "Available", "Node Selector")] + _WORKLOAD,
        _daemonset,
    ),
    "ReplicaSet": ([(name, 0) for name in ("Name", "Desired", "Current", "Ready")] + _WORKLOAD, _replicaset),
    "StatefulSet": ([("Name", 0), ("Ready", 0)] + _WORKLOAD[:3], _statefulset),
    "Namespace": ([("Name", 0), ("Status", 0), ("Age", 0)], lambda o: [_name(o), o.get("status", {}).get("phase", ""), _age(o)]),
    "ConfigMap": (
        [("Name", 0), ("Data", 0), ("Age", 0)],
        lambda o: [_name(o), len(o.get("data") or {}) + len(o.get("binaryData") or {}), _age(o)],
    ),
    "Secret": (
        [("Name", 0), ("Type", 0), ("Data", 0), ("Age", 0)],
        lambda o: [_name(o), o.get("type", "Opaque"), len(o.get("data") or {}), _age(o)],
    ),
    "ServiceAccount": ([("Name", 0), ("Secrets", 0), ("Age", 0)], lambda o: [_name(o), len(o.get("secrets") or []), _age(o)]),
    "Event": ([(name, 0) for name in ("Last Seen", "Type", "Reason", "Object", "Message")], _event),
    "Endpoints": ([("Name", 0), ("Endpoints", 0), ("Age", 0)], _endpoints),
    "CertificateSigningRequest": (
        [(name, 0) for name in ("Name", "Age", "SignerName", "Requestor", "RequestedDuration", "Condition")],
        _csr,
    ),
    "StorageClass": (
        [(name, 0) for name in ("Name", "Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age")],
        _storageclass,
    ),
    "PodDisruptionBudget": ([(name, 0) for name in ("Name", "Min Available", "Max Unavailable", "Allowed Disruptions", "Age")], _pdb),
    "Lease": ([("Name", 0), ("Holder", 0), ("Age", 0)], _lease),
    "APIService": ([(name, 0) for name in ("Name", "Service", "Available", "Age")], _apiservice),
    "CustomResourceDefinition": ([("Name", 0), ("Created At", 0)], lambda o: [_name(o), _meta(o).get("creationTimestamp")]),
    "Role": ([("Name", 0), ("Created At", 0)], lambda o: [_name(o), _meta(o).get("creationTimestamp")]),
    "ClusterRole": ([("Name", 0), ("Created At", 0)], lambda o: [_name(o), _meta(o).get("creationTimestamp")]),
    "RoleBinding": ([("Name", 0), ("Role", 0), ("Age", 0), ("Users", 1), ("Groups", 1), ("ServiceAccounts", 1)], _binding),
    "ClusterRoleBinding": ([("Name", 0), ("Role", 0), ("Age", 0), ("Users", 1), ("Groups", 1), ("ServiceAccounts", 1)], _binding),
}


def _json_path(obj: dict, path: str) -> Cell:
    value: object = obj
    for part in path.lstrip(".").replace("[", ".").replace("]", "").split("."):
        if isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, (str, int)) else None


def printer(resource: Resource) -> tuple[Columns, Cells]:
    """Columns of a resource, and how its cells are made."""
    if resource.columns:
        columns: Columns = [("Name", 0)] + [(name, priority) for name, _, _, priority in resource.columns]

        def cells(obj: dict) -> list[Cell]:
            values = [_json_path(obj, path) for _, _, path, _ in resource.columns]
            dated = [age(str(value)) if type_ == "date" and value else value for value, (_, type_, _, _) in zip(values, resource.columns)]
            return [_name(obj), *dated]

        return columns, cells
    return PRINTERS.get(resource.kind, ([("Name", 0), ("Age", 0)], lambda o: [_name(o), _age(o)]))


def table(resource: Resource, objects: list[dict], revision: str, version: str, include: str) -> dict:
    """A meta.k8s.io Table of objects; include is Metadata, Object or None as in the request."""
    columns, cells = printer(resource)
    rows = []
    for obj in objects:
        row: dict = {"cells": cells(obj)}
        if include == "Object":
            row["object"] = obj
        elif include != "None":
            row["object"] = {"kind": "PartialObjectMetadata", "apiVersion": f"meta.k8s.io/{version}", "metadata": obj.get("metadata", {})}
        rows.append(row)
    definitions = [
        {"name": name, "type": "string", "format": "name" if name == "Name" else "", "description": name, "priority": priority}
        for name, priority in columns
    ]
    return {"kind": "Table", "apiVersion": f"meta.k8s.io/{version}", "metadata": {"resourceVersion": revision}, "columnDefinitions": definitions, "rows": rows}
