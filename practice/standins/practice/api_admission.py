"""Defaults and the checks that users meet: names, kinds, namespaces, selectors, service accounts, cluster addresses."""

import base64
import ipaddress
import random
import re

from practice.api_auth import find_resource
from practice.api_errors import bad_request, forbidden, invalid, not_found
from practice.api_resources import Resource
from practice.api_store import Store

_NAME = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
_LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
_RULE = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
NAMESPACES = find_resource("namespaces")
SERVICES = find_resource("services")


def check_identity(resource: Resource, obj: dict, namespace: str, name: str) -> None:
    """The object is of the kind that the path serves, and its name and namespace are the path's."""
    if not isinstance(obj, dict) or not obj.get("kind"):
        raise bad_request("Object 'Kind' is missing in the request body")
    if obj["kind"] != resource.kind or obj.get("apiVersion") != resource.api_version:
        given = f"{obj.get('apiVersion')}, Kind={obj['kind']}"
        raise bad_request(f"{given} cannot be handled as a {resource.api_version}, Kind={resource.kind}")
    meta = obj.setdefault("metadata", {})
    if not isinstance(meta, dict):
        raise bad_request(f"{resource.kind} in version \"{resource.version}\" cannot be handled: json: cannot unmarshal into Go struct field ObjectMeta")
    if resource.namespaced:
        given = meta.setdefault("namespace", namespace)
        if given != namespace:
            raise bad_request(f"the namespace of the provided object does not match the namespace sent on the request")
    else:
        meta.pop("namespace", None)
    if name and meta.setdefault("name", name) != name:
        raise bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({name})")
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = meta["generateName"] + "".join(random.choices("bcdfghjklmnpqrstvwxz2456789", k=5))
    if not meta.get("name"):
        raise invalid(resource, "", "metadata.name", "Required value: name or generateName is required")
    if not resource.group.startswith("rbac") and not _NAME.match(meta["name"]):
        raise invalid(resource, meta["name"], "metadata.name", f'Invalid value: "{meta["name"]}": {_RULE}')


def check_namespace(store: Store, resource: Resource, obj: dict) -> None:
    """The namespace exists and is not going away."""
    if not resource.namespaced:
        return
    namespace = obj["metadata"]["namespace"]
    found = store.find(NAMESPACES, "", namespace)
    if found is None:
        raise not_found(NAMESPACES, namespace)
    if found["metadata"].get("deletionTimestamp"):
        why = f"unable to create new content in namespace {namespace} because it is being terminated"
        raise forbidden(f'{resource.qualified} "{obj["metadata"]["name"]}" is forbidden: {why}')


def _pod_spec(resource: Resource, name: str, spec: dict, field: str) -> None:
    containers = spec.get("containers")
    if not containers:
        raise invalid(resource, name, f"{field}.containers", "Required value")
    for index, container in enumerate(containers + (spec.get("initContainers") or [])):
        for needed in ("name", "image"):
            if not container.get(needed):
                raise invalid(resource, name, f"{field}.containers[{index}].{needed}", "Required value")
        container.setdefault("imagePullPolicy", "Always" if container["image"].endswith(":latest") or ":" not in container["image"].split("/")[-1] else "IfNotPresent")
        privileged = (container.get("securityContext") or {}).get("privileged")
        for at, mount in enumerate(container.get("volumeMounts") or []):
            here = f"{field}.containers[{index}].volumeMounts[{at}]"
            if mount.get("mountPropagation") == "Bidirectional" and not privileged:
                raise invalid(resource, name, here + ".mountPropagation", "Forbidden: Bidirectional mount propagation is available only to privileged containers")
            if mount.get("name") not in [volume.get("name") for volume in spec.get("volumes") or []]:
                raise invalid(resource, name, here + ".name", f'Not found: "{mount.get("name")}"')
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})


def _workload(resource: Resource, obj: dict) -> None:
    name, spec = obj["metadata"]["name"], obj.setdefault("spec", {})
    selector = spec.get("selector")
    if not selector or not (selector.get("matchLabels") or selector.get("matchExpressions")):
        raise invalid(resource, name, "spec.selector", "Required value")
    template = spec.setdefault("template", {})
    labels = template.setdefault("metadata", {}).get("labels") or {}
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        raise invalid(resource, name, "spec.template.metadata.labels", f"Invalid value: {labels}: `selector` does not match template `labels`")
    _pod_spec(resource, name, template.setdefault("spec", {}), "spec.template.spec")
    if resource.plural != "daemonsets":
        spec.setdefault("replicas", 1)
    if resource.plural == "deployments":
        spec.setdefault("strategy", {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}})
        spec.setdefault("revisionHistoryLimit", 10)
        spec.setdefault("progressDeadlineSeconds", 600)
    if resource.plural == "daemonsets":
        spec.setdefault("updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}})
        spec.setdefault("revisionHistoryLimit", 10)
    if resource.plural == "statefulsets":
        spec.setdefault("updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})


def _pod(store: Store, resource: Resource, obj: dict) -> None:
    spec = obj.setdefault("spec", {})
    meta = obj["metadata"]
    _pod_spec(resource, meta["name"], spec, "spec")
    if "kubernetes.io/config.mirror" not in (meta.get("annotations") or {}):
        account = spec.setdefault("serviceAccountName", spec.get("serviceAccount") or "default")
        if store.find(find_resource("serviceaccounts"), meta["namespace"], account) is None:
            why = f'error looking up service account {meta["namespace"]}/{account}: serviceaccount "{account}" not found'
            raise forbidden(f'pods "{meta["name"]}" is forbidden: {why}')
    tolerations = spec.setdefault("tolerations", [])
    for key in ("not-ready", "unreachable"):
        taint = f"node.kubernetes.io/{key}"
        if not any(t.get("key") in (taint, None, "") for t in tolerations):
            tolerations.append({"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})
    obj.setdefault("status", {}).setdefault("phase", "Pending")
    obj["status"].setdefault("qosClass", "BestEffort")


def _service(store: Store, subnet: str, resource: Resource, obj: dict) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    for port in spec.get("ports") or []:
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
    taken = {service.get("spec", {}).get("clusterIP") for service in store.list(SERVICES)}
    wanted = spec.get("clusterIP")
    if wanted and wanted != "None" and wanted in taken:
        raise invalid(resource, obj["metadata"]["name"], "spec.clusterIPs", f'Invalid value: ["{wanted}"]: failed to allocate IP {wanted}: provided IP is already allocated')
    if not wanted and spec["type"] != "ExternalName":
        network = ipaddress.ip_network(subnet)
        while not wanted or wanted in taken:
            wanted = str(network[random.randrange(256 if network.num_addresses > 512 else 16, min(network.num_addresses - 1, 65000))])
        spec["clusterIP"] = wanted
    if spec.get("clusterIP"):
        spec.setdefault("clusterIPs", [spec["clusterIP"]])


def _secret(resource: Resource, obj: dict) -> None:
    data = obj.get("data") or {}
    for key, value in (obj.pop("stringData", None) or {}).items():
        data[key] = base64.b64encode(str(value).encode()).decode()
    for key, value in data.items():
        try:
            base64.b64decode(value, validate=True)
        except (ValueError, TypeError):
            raise bad_request(f"Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte 0 ({key})") from None
    if data:
        obj["data"] = data
    obj.setdefault("type", "Opaque")


def _config_map(resource: Resource, obj: dict) -> None:
    for value in (obj.get("data") or {}).values():
        if not isinstance(value, str):
            shown = {bool: "bool", int: "number", float: "number"}.get(type(value), "object")
            raise bad_request(f"ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal {shown} into Go struct field ConfigMap.data of type string")


def _budget(resource: Resource, obj: dict) -> None:
    """ValidatePodDisruptionBudgetSpec (pkg/apis/policy/validation/validation.go)."""
    name, spec = obj["metadata"]["name"], obj.setdefault("spec", {})
    if "minAvailable" in spec and "maxUnavailable" in spec:
        raise invalid(resource, name, "spec", "Invalid value: minAvailable and maxUnavailable cannot be both set")
    for field in ("minAvailable", "maxUnavailable"):
        value = spec.get(field, 0)
        if isinstance(value, str) and not re.match(r"^[0-9]+%$", value):
            raise invalid(resource, name, f"spec.{field}", f'Invalid value: "{value}": a valid percent string must be a numeric string followed by an ending \'%\' (e.g. \'1%\',  or \'93%\', regex used for validation is \'[0-9]+%\')')
        if isinstance(value, str) and int(value[:-1]) > 100:
            raise invalid(resource, name, f"spec.{field}", f'Invalid value: "{value}": must not be greater than 100%')
        if isinstance(value, int) and value < 0:
            raise invalid(resource, name, f"spec.{field}", f"Invalid value: {value}: must be greater than or equal to 0")
    policy = spec.get("unhealthyPodEvictionPolicy", "AlwaysAllow")
    if policy not in ("AlwaysAllow", "IfHealthyBudget"):
        why = f'Unsupported value: "{policy}": supported values: "AlwaysAllow", "IfHealthyBudget"'
        raise invalid(resource, name, "spec.unhealthyPodEvictionPolicy", why)


def complete(store: Store, subnet: str, resource: Resource, obj: dict, before: dict | None) -> None:
    """Fills in defaults and refuses what upstream refuses, for a create (before is None) or an update."""
    if resource.custom:
        return
    if resource.plural == "pods" and before is None:
        _pod(store, resource, obj)
    elif resource.plural in ("deployments", "daemonsets", "replicasets", "statefulsets"):
        _workload(resource, obj)
        if before and before["spec"].get("selector") != obj["spec"].get("selector"):
            raise invalid(resource, obj["metadata"]["name"], "spec.selector", "Invalid value: field is immutable")
    elif resource.plural == "services":
        if before and "clusterIP" not in obj.setdefault("spec", {}):
            for field in ("clusterIP", "clusterIPs"):
                if field in before["spec"]:
                    obj["spec"][field] = before["spec"][field]
        if before is None or obj["spec"].get("clusterIP") != before["spec"].get("clusterIP"):
            _service(store, subnet, resource, obj)
    elif resource.plural == "secrets":
        _secret(resource, obj)
    elif resource.plural == "configmaps":
        _config_map(resource, obj)
    elif resource.plural == "poddisruptionbudgets":
        _budget(resource, obj)
    elif resource.plural == "namespaces":
        if not _LABEL.match(obj["metadata"]["name"]):
            raise invalid(resource, obj["metadata"]["name"], "metadata.name", f'Invalid value: "{obj["metadata"]["name"]}"')
        obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
        obj.setdefault("status", {}).setdefault("phase", "Active")
        obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]
    elif resource.plural == "customresourcedefinitions":
        names = obj.get("spec", {}).get("names", {})
        if obj["metadata"]["name"] != f"{names.get('plural')}.{obj.get('spec', {}).get('group')}":
            raise invalid(resource, obj["metadata"]["name"], "metadata.name", 'Invalid value: must be spec.names.plural+"."+spec.group')
    generation(resource, obj, before)


def generation(resource: Resource, obj: dict, before: dict | None) -> None:
    """metadata.generation counts changes of the spec."""
    if "spec" not in obj or resource.plural in ("pods", "nodes", "services", "namespaces"):
        return
    old = (before or {}).get("metadata", {}).get("generation", 0)
    obj["metadata"]["generation"] = old + 1 if before is None or before.get("spec") != obj.get("spec") else old
