"""What a real API server makes by itself at its start: namespaces, system roles, priority classes, its own service."""

import ipaddress

from practice.api_auth import find_resource
from practice.api_errors import ApiError
from practice.api_resources import Resource
from practice.api_verbs import Cluster, Place
from practice.env import Env
from practice.static_pods import flags_of

_RBAC = "rbac.authorization.k8s.io"
_EVERY = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
_READ = ["get", "list", "watch"]
_INFO = ["/healthz", "/healthz/*", "/livez", "/livez/*", "/readyz", "/readyz/*", "/version", "/version/"]
_DISCOVERY = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/", "/"]
_CSR = {"apiGroups": ["certificates.k8s.io"]}
_WORK = {"apiGroups": ["", "apps", "batch", "networking.k8s.io", "policy", "autoscaling"], "resources": ["*"]}

# Names and rules of the roles that the tool, kubeadm and its users refer to (plugin/pkg/auth/authorizer/rbac/bootstrappolicy).
ROLES: dict[str, list[dict]] = {
    "cluster-admin": [_EVERY, {"nonResourceURLs": ["*"], "verbs": ["*"]}],
    "admin": [_WORK | {"verbs": ["*"]}],
    "edit": [_WORK | {"verbs": ["*"]}],
    "view": [_WORK | {"verbs": _READ}],
    "system:public-info-viewer": [{"nonResourceURLs": _INFO, "verbs": ["get"]}],
    "system:discovery": [{"nonResourceURLs": _DISCOVERY, "verbs": ["get"]}],
    "system:basic-user": [
        {"apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], "verbs": ["create"]},
        {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"]},
    ],
    "system:node": [],
    "system:node-bootstrapper": [_CSR | {"resources": ["certificatesigningrequests"], "verbs": ["create", *_READ]}],
    "system:node-proxier": [
        {"apiGroups": [""], "resources": ["endpoints", "services", "nodes"], "verbs": _READ},
        {"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch", "update"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _READ},
    ],
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient": [
        _CSR | {"resources": ["certificatesigningrequests/nodeclient"], "verbs": ["create"]}
    ],
    "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient": [
        _CSR | {"resources": ["certificatesigningrequests/selfnodeclient"], "verbs": ["create"]}
    ],
    "system:kube-controller-manager": [_EVERY],
    "system:kube-scheduler": [{"apiGroups": ["*"], "resources": ["*"], "verbs": _READ}],
    "system:auth-delegator": [
        {"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]},
    ],
}
BINDINGS: list[tuple[str, str, str, list[str]]] = [
    ("cluster-admin", "cluster-admin", "Group", ["system:masters"]),
    ("system:public-info-viewer", "system:public-info-viewer", "Group", ["system:authenticated", "system:unauthenticated"]),
    ("system:discovery", "system:discovery", "Group", ["system:authenticated"]),
    ("system:basic-user", "system:basic-user", "Group", ["system:authenticated"]),
    ("system:kube-controller-manager", "system:kube-controller-manager", "User", ["system:kube-controller-manager"]),
    ("system:kube-scheduler", "system:kube-scheduler", "User", ["system:kube-scheduler"]),
]


def ensure(cluster: Cluster, resource: Resource, namespace: str, name: str, body: dict) -> None:
    """Makes an object unless it exists."""
    if cluster.store.find(resource, namespace, name) is not None:
        return
    meta = {"name": name} | ({"namespace": namespace} if namespace else {}) | body.get("metadata", {})
    obj = {"apiVersion": resource.api_version, "kind": resource.kind} | body | {"metadata": meta}
    try:
        cluster.create(Place(resource, namespace, "", "", "kube-apiserver"), obj)
    except ApiError as error:
        if error.reason != "AlreadyExists":
            raise


def role_ref(kind: str, name: str) -> dict:
    """A roleRef."""
    return {"apiGroup": _RBAC, "kind": kind, "name": name}


def subjects(kind: str, names: list[str]) -> list[dict]:
    """Subjects of a binding."""
    return [{"apiGroup": _RBAC, "kind": kind, "name": name} for name in names]


def bootstrap(cluster: Cluster, env: Env) -> None:
    """Makes what is missing; an API that restarts finds everything there."""
    for name in ("default", "kube-system", "kube-public", "kube-node-lease"):
        ensure(cluster, find_resource("namespaces"), "", name, {})
    roles, bindings = find_resource("clusterroles", _RBAC), find_resource("clusterrolebindings", _RBAC)
    labels = {"metadata": {"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}}
    for name, rules in ROLES.items():
        ensure(cluster, roles, "", name, labels | {"rules": rules})
    for name, role, kind, names in BINDINGS:
        ensure(cluster, bindings, "", name, labels | {"roleRef": role_ref("ClusterRole", role), "subjects": subjects(kind, names)})
    for name, value in (("system-node-critical", 2000001000), ("system-cluster-critical", 2000000000)):
        ensure(cluster, find_resource("priorityclasses", "scheduling.k8s.io"), "", name, {"value": value})
    flags = flags_of(env.path("/etc/kubernetes/manifests/kube-apiserver.yaml"))
    first = str(ipaddress.ip_network(cluster.service_subnet)[1])
    port = int(flags.get("secure-port", "6443"))
    ports = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": port}]
    own = {"labels": {"component": "apiserver", "provider": "kubernetes"}}
    ensure(cluster, find_resource("services"), "default", "kubernetes", {"metadata": own, "spec": {"type": "ClusterIP", "clusterIP": first, "ports": ports}})
    addresses = [{"ip": flags.get("advertise-address", "127.0.0.1")}]
    subsets = [{"addresses": addresses, "ports": [{"name": "https", "port": port, "protocol": "TCP"}]}]
    ensure(cluster, find_resource("endpoints"), "default", "kubernetes", {"subsets": subsets})
