"""Reading kubeadm's configuration: documents, API versions, strict decoding, defaults.

Unlike upstream, whose `init` and `join` only warn about unknown fields (`config validate` refuses them), the stand-in refuses
them everywhere with the same words: in practice a warning would be overlooked.
"""

import socket

from practice import files, klog, schema
from practice.env import Env, semver
from practice.images import DEFAULT_REPOSITORY
from practice.kubeadm_errors import KubeadmError, validation
from practice.kubeadm_validation import validate_init, validate_join
from practice.types_kubeadm import known
from practice.types_kubelet import KUBELET
from practice.types_kubeproxy import COMPONENT_BASE, KUBE_PROXY
from practice.yamlish import YamlError, load_all

GROUP = "kubeadm.k8s.io"
COMPONENTS = {
    "KubeletConfiguration": ("kubelet.config.k8s.io/v1beta1", KUBELET | COMPONENT_BASE),
    "KubeProxyConfiguration": ("kubeproxy.config.k8s.io/v1alpha1", KUBE_PROXY | COMPONENT_BASE),
}
# API versions that kubeadm once read, and the kubeadm that can migrate each (cmd/kubeadm/app/util/config/common.go).
OLD = {"v1alpha1": "v1.11", "v1alpha2": "v1.12", "v1alpha3": "v1.14", "v1beta1": "v1.15", "v1beta2": "v1.22"}
SOCKET = "unix:///var/run/containerd/containerd.sock"

Documents = dict[str, dict]


def check_api_version(api_version: str, minor: int) -> None:
    """KubeadmError when a kubeadm of that minor does not take the API version; a warning when it is deprecated."""
    group, _, version = api_version.partition("/")
    old = OLD | ({"v1beta3": "v1.36"} if minor >= 37 else {})
    if group == GROUP and version in old:
        move = "'kubeadm config migrate --old-config old-config-file --new-config new-config-file'"
        raise KubeadmError(
            f'your configuration file uses an old API spec: "{api_version}" (kind: ). Please use kubeadm {old[version]} instead and run {move}, '
            "which will write the new, similar spec using a newer API version."
        )
    if version == "v1beta4" and 28 <= minor < 31:
        raise KubeadmError(f'experimental API spec: "{api_version}" is not allowed. You can use the --allow-experimental-api flag if the command supports it.')
    if version == "v1beta3" and 31 <= minor < 37:
        move = "'kubeadm config migrate --old-config old-config-file --new-config new-config-file'"
        klog.warn("common.go:101", f'your configuration file uses a deprecated API spec: "{api_version}". Please use {move}, which will write the new, similar spec using a newer API version.')


def read_documents(env: Env, path: str) -> Documents:
    """Documents of a file by kind, decoded strictly; KubeadmError with kubeadm's words otherwise."""
    try:
        text = files.read(path)
    except OSError as error:
        raise KubeadmError(f'unable to read config from "{path}" : open {path}: {(error.strerror or "").lower()}') from None
    try:
        loaded = load_all(text)
    except YamlError as error:
        raise KubeadmError(f"error converting YAML to JSON: {error}") from None
    documents: Documents = {}
    for document in loaded:
        if not isinstance(document, dict) or not document.get("kind") or not document.get("apiVersion"):
            raise KubeadmError("invalid configuration for GroupVersionKind /, Kind=: kind and apiVersion is mandatory information that must be specified")
        kind, api_version = str(document["kind"]), str(document["apiVersion"])
        if kind in documents:
            raise KubeadmError(f"invalid configuration: kind {kind!r} is specified twice in YAML file")
        _decode(env, kind, api_version, document)
        documents[kind] = document
    versions = {d["apiVersion"] for kind, d in documents.items() if kind not in COMPONENTS}
    if len(versions) > 1:
        klog.warn("common.go:120", f"configuration documents of several API versions: {sorted(versions)}")
    return documents


def _decode(env: Env, kind: str, api_version: str, document: dict) -> None:
    group, _, version = api_version.partition("/")
    unknown = KubeadmError(
        f"unknown configuration APIs: []schema.GroupVersionKind{{schema.GroupVersionKind{{Group:\"{group}\", Version:\"{version}\", Kind:\"{kind}\"}}}}"
    )
    named = f'error unmarshaling configuration schema.GroupVersionKind{{Group:"{group}", Version:"{version}", Kind:"{kind}"}}: '
    if kind in COMPONENTS:
        wanted, table = COMPONENTS[kind]
        if api_version != wanted:
            raise unknown
    else:
        if group != GROUP:
            raise unknown
        check_api_version(api_version, env.minor)
        if version not in ("v1beta3", "v1beta4"):
            raise unknown
        table = known(version, env.minor)
        if kind not in table or not kind.endswith("Configuration"):
            raise unknown
    try:
        schema.decode(table, kind, document, version)
    except schema.DecodeError as error:
        raise KubeadmError(named + str(error)) from None


def arguments(given: object) -> list[tuple[str, str]]:
    """Extra arguments of either form as pairs: a map (v1beta3) or a list (v1beta4)."""
    if isinstance(given, dict):
        return [(name, str(value)) for name, value in sorted(given.items())]
    return [(str(item.get("name", "")), str(item.get("value", ""))) for item in given or []] if isinstance(given, list) else []


def default_address() -> str:
    """The address of the interface with the default route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _node_defaults(registration: dict) -> None:
    registration["name"] = registration.get("name") or socket.gethostname().strip().lower()
    registration["criSocket"] = registration.get("criSocket") or SOCKET
    if "://" not in registration["criSocket"]:
        registration["criSocket"] = "unix://" + registration["criSocket"]
    registration["imagePullPolicy"] = registration.get("imagePullPolicy") or "IfNotPresent"


def _token_defaults(token: dict) -> None:
    if "ttl" not in token and "expires" not in token:
        token["ttl"] = "24h0m0s"
    token["usages"] = token.get("usages") or ["signing", "authentication"]
    token["groups"] = token.get("groups") or ["system:bootstrappers:kubeadm:default-node-token"]


def init_configuration(env: Env, documents: Documents) -> dict:
    """The complete configuration of an init: keys init, cluster, kubelet, proxy. KubeadmError when it is not valid."""
    if "InitConfiguration" not in documents and "ClusterConfiguration" not in documents:
        raise KubeadmError("no InitConfiguration or ClusterConfiguration kind was found in the YAML file")
    init, cluster = documents.get("InitConfiguration", {}), documents.get("ClusterConfiguration", {})
    for kind in set(documents) - {"InitConfiguration", "ClusterConfiguration", *COMPONENTS}:
        klog.warn("initconfiguration.go:348", f"[config] WARNING: Ignored configuration document with GroupVersionKind {documents[kind]['apiVersion']}, Kind={kind}")
    _node_defaults(init.setdefault("nodeRegistration", {}) or {})
    endpoint = init.setdefault("localAPIEndpoint", {})
    endpoint["advertiseAddress"] = endpoint.get("advertiseAddress") or default_address()
    endpoint["bindPort"] = endpoint.get("bindPort") or env.api_port
    if not init.get("bootstrapTokens"):
        init["bootstrapTokens"] = [{"token": random_token()}]
    for token in init["bootstrapTokens"]:
        _token_defaults(token)
    _cluster_defaults(env, cluster)
    problems = validate_init(init, cluster, documents.get("KubeletConfiguration", {}), env)
    if problems:
        raise validation(problems)
    return {"init": init, "cluster": cluster, "kubelet": documents.get("KubeletConfiguration", {}), "proxy": documents.get("KubeProxyConfiguration", {})}


def _cluster_defaults(env: Env, cluster: dict) -> None:
    version = str(cluster.get("kubernetesVersion") or "stable-1")
    if version.startswith(("stable", "latest", "ci/")):
        klog.warn("version.go:109", f'could not fetch a Kubernetes version from the internet: unable to get URL "https://dl.k8s.io/release/{version}.txt"')
        klog.warn("version.go:110", f"falling back to the local client version: {env.version}")
        version = env.version
    cluster["kubernetesVersion"] = version if version.startswith("v") else "v" + version
    networking = cluster.setdefault("networking", {})
    networking["serviceSubnet"] = networking.get("serviceSubnet") or "10.96.0.0/12"
    networking["dnsDomain"] = networking.get("dnsDomain") or "cluster.local"
    cluster["imageRepository"] = cluster.get("imageRepository") or DEFAULT_REPOSITORY
    cluster["certificatesDir"] = cluster.get("certificatesDir") or "/etc/kubernetes/pki"
    cluster["clusterName"] = cluster.get("clusterName") or "kubernetes"
    etcd = cluster.setdefault("etcd", {})
    if "external" not in etcd:
        etcd.setdefault("local", {})
        etcd["local"]["dataDir"] = etcd["local"].get("dataDir") or "/var/lib/etcd"
    try:
        minor = semver(cluster["kubernetesVersion"])[1]
    except ValueError:
        raise KubeadmError(f"version \"{version}\" doesn't match patterns for neither semantic version nor labels (stable, latest, ...)") from None
    if minor < env.minor - 1:
        lowest = f"1.{env.minor - 1}.0"
        raise KubeadmError(f"this version of kubeadm only supports deploying clusters with the control plane version >= {lowest}. Current version: {cluster['kubernetesVersion']}")


def join_configuration(env: Env, documents: Documents) -> dict:
    """The complete JoinConfiguration; KubeadmError when there is none or it is not valid."""
    if "JoinConfiguration" not in documents:
        raise KubeadmError("no JoinConfiguration found in config file")
    for kind in set(documents) - {"JoinConfiguration"}:
        klog.warn("joinconfiguration.go:113", f"[config] WARNING: Ignored configuration document with GroupVersionKind {documents[kind]['apiVersion']}, Kind={kind}")
    join = documents["JoinConfiguration"]
    _node_defaults(join.setdefault("nodeRegistration", {}))
    join["caCertPath"] = join.get("caCertPath") or "/etc/kubernetes/pki/ca.crt"
    discovery = join.setdefault("discovery", {})
    if discovery.get("bootstrapToken"):
        discovery["tlsBootstrapToken"] = discovery.get("tlsBootstrapToken") or discovery["bootstrapToken"].get("token", "")
    problems = validate_join(join)
    if problems:
        raise validation(problems)
    return join


def random_token() -> str:
    """A new bootstrap token."""
    import secrets

    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(letters) for _ in range(6)) + "." + "".join(secrets.choice(letters) for _ in range(16))
