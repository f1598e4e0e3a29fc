"""The kinds that the API stand-in serves. Names, verbs and short names are those of Kubernetes' discovery documents."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Resource:
    """One resource of one group and version."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    short: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    columns: tuple[tuple[str, str, str, int], ...] = field(default=())
    custom: bool = False

    @property
    def api_version(self) -> str:
        """apiVersion of its objects."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """deployments.apps, pods: the form in error messages."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


def _r(group_version: str, plural: str, kind: str, namespaced: bool, short: str = "", subresources: str = "", categories: str = "") -> Resource:
    group, _, version = group_version.rpartition("/")
    return Resource(group, version, plural, kind, namespaced, tuple(short.split()), tuple(subresources.split()), tuple(categories.split()))


BUILTIN: tuple[Resource, ...] = (
    _r("v1", "namespaces", "Namespace", False, "ns", "status finalize"),
    _r("v1", "nodes", "Node", False, "no", "status"),
    _r("v1", "pods", "Pod", True, "po", "status log eviction binding", "all"),
    _r("v1", "services", "Service", True, "svc", "status", "all"),
    _r("v1", "configmaps", "ConfigMap", True, "cm"),
    _r("v1", "secrets", "Secret", True),
    _r("v1", "serviceaccounts", "ServiceAccount", True, "sa", "token"),
    _r("v1", "events", "Event", True, "ev"),
    _r("v1", "endpoints", "Endpoints", True, "ep"),
    _r("v1", "replicationcontrollers", "ReplicationController", True, "rc", "status scale", "all"),
    _r("v1", "persistentvolumes", "PersistentVolume", False, "pv", "status"),
    _r("v1", "persistentvolumeclaims", "PersistentVolumeClaim", True, "pvc", "status"),
    _r("v1", "resourcequotas", "ResourceQuota", True, "quota", "status"),
    _r("v1", "limitranges", "LimitRange", True, "limits"),
    _r("apps/v1", "deployments", "Deployment", True, "deploy", "status scale", "all"),
    _r("apps/v1", "daemonsets", "DaemonSet", True, "ds", "status", "all"),
    _r("apps/v1", "replicasets", "ReplicaSet", True, "rs", "status scale", "all"),
    _r("apps/v1", "statefulsets", "StatefulSet", True, "sts", "status scale", "all"),
    _r("apps/v1", "controllerrevisions", "ControllerRevision", True),
    _r("batch/v1", "jobs", "Job", True, "", "status", "all"),
    _r("batch/v1", "cronjobs", "CronJob", True, "cj", "status", "all"),
    _r("rbac.authorization.k8s.io/v1", "roles", "Role", True),
    _r("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", True),
    _r("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", False),
    _r("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", False),
    _r("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", True, "pdb", "status"),
    _r("coordination.k8s.io/v1", "leases", "Lease", True),
    _r("certificates.k8s.io/v1", "certificatesigningrequests", "CertificateSigningRequest", False, "csr", "status approval"),
    _r("storage.k8s.io/v1", "storageclasses", "StorageClass", False, "sc"),
    _r("storage.k8s.io/v1", "csidrivers", "CSIDriver", False),
    _r("storage.k8s.io/v1", "csinodes", "CSINode", False),
    _r("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", False, "pc"),
    _r("node.k8s.io/v1", "runtimeclasses", "RuntimeClass", False),
    _r("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", True, "netpol"),
    _r("networking.k8s.io/v1", "ingresses", "Ingress", True, "ing", "status"),
    _r("networking.k8s.io/v1", "ingressclasses", "IngressClass", False),
    _r("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", True),
    _r("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", True, "hpa", "status", "all"),
    _r("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", False),
    _r("admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", False),
    _r("apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition", False, "crd crds", "status", "api-extensions"),
    _r("apiregistration.k8s.io/v1", "apiservices", "APIService", False, "", "status", "api-extensions"),
)

# Group, kinds that are only ever posted (kubectl auth can-i, whoami).
REVIEWS = {
    ("authorization.k8s.io/v1", "selfsubjectaccessreviews"): "SelfSubjectAccessReview",
    ("authentication.k8s.io/v1", "selfsubjectreviews"): "SelfSubjectReview",
}


def from_definition(definition: dict) -> list[Resource]:
    """The resources that a CustomResourceDefinition adds, one for each served version."""
    spec = definition.get("spec", {})
    names = spec.get("names", {})
    added: list[Resource] = []
    for version in spec.get("versions", []):
        if not version.get("served"):
            continue
        columns = tuple(
            (column["name"], column.get("type", "string"), column["jsonPath"], int(column.get("priority", 0)))
            for column in version.get("additionalPrinterColumns", [])
        )
        added.append(
            Resource(
                group=spec.get("group", ""),
                version=version.get("name", ""),
                plural=names.get("plural", ""),
                kind=names.get("kind", ""),
                namespaced=spec.get("scope") == "Namespaced",
                short=tuple(names.get("shortNames", [])),
                subresources=tuple(sorted(version.get("subresources", {}))),
                categories=tuple(names.get("categories", [])),
                columns=columns,
                custom=True,
            )
        )
    return added
