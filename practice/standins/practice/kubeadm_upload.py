"""What `kubeadm init` puts into the new cluster: configuration, tokens, cluster-info, roles, marks on the node."""

import base64
import copy
import time

from practice import files
from practice.api_bootstrap import role_ref, subjects
from practice.client import Client, Credentials, Refused, kubeconfig
from practice.durations import parse_duration, rfc3339
from practice.env import Env
from practice.kubeadm_certs import control_plane_endpoint
from practice.manifests import service_addresses
from practice.yamlout import dump

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_NODE_TOKENS = "system:bootstrappers:kubeadm:default-node-token"


def _map(name: str, data: dict[str, str], namespace: str = "kube-system") -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


def _role(client: Client, name: str, rules: list[dict], who: list[dict], namespace: str = "kube-system") -> None:
    meta = {"name": name, "namespace": namespace}
    base = f"{_RBAC}/namespaces/{namespace}"
    api = "rbac.authorization.k8s.io/v1"
    client.put_in(f"{base}/roles", {"apiVersion": api, "kind": "Role", "metadata": dict(meta), "rules": rules})
    client.put_in(f"{base}/rolebindings", {"apiVersion": api, "kind": "RoleBinding", "metadata": dict(meta), "roleRef": role_ref("Role", name), "subjects": who})


def cluster_binding(client: Client, name: str, role: str, who: list[dict]) -> None:
    """A ClusterRoleBinding."""
    api = "rbac.authorization.k8s.io/v1"
    body = {"apiVersion": api, "kind": "ClusterRoleBinding", "metadata": {"name": name}, "roleRef": role_ref("ClusterRole", role), "subjects": who}
    client.put_in(f"{_RBAC}/clusterrolebindings", body)


def kubelet_configuration(env: Env, config: dict) -> dict:
    """The KubeletConfiguration for all nodes: kubeadm's defaults under the user's document."""
    defaults = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"cacheTTL": "0s", "enabled": True}, "x509": {"clientCAFile": "/etc/kubernetes/pki/ca.crt"}},
        "authorization": {"mode": "Webhook", "webhook": {"cacheAuthorizedTTL": "0s", "cacheUnauthorizedTTL": "0s"}},
        "cgroupDriver": "systemd",
        "clusterDNS": [service_addresses(config["cluster"]["networking"]["serviceSubnet"])[1]],
        "clusterDomain": config["cluster"]["networking"]["dnsDomain"],
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": env.port(10248),
        "rotateCertificates": True,
        "staticPodPath": "/etc/kubernetes/manifests",
    }
    if env.minor >= 34:
        defaults["containerRuntimeEndpoint"] = ""
    return defaults | {key: value for key, value in config["kubelet"].items() if value is not None}


def upload_config(env: Env, client: Client, config: dict) -> None:
    """The upload-config phase."""
    print('[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace')
    cluster = copy.deepcopy(config["cluster"])
    cluster |= {"apiVersion": "kubeadm.k8s.io/v1beta4" if env.minor >= 31 else "kubeadm.k8s.io/v1beta3", "kind": "ClusterConfiguration"}
    client.put_in("/api/v1/namespaces/kube-system/configmaps", _map("kubeadm-config", {"ClusterConfiguration": dump(cluster)}))
    who = subjects("Group", [_NODE_TOKENS, "system:nodes"])
    read = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}
    _role(client, "kubeadm:nodes-kubeadm-config", [read | {"resourceNames": ["kubeadm-config"]}], who)
    print('[kubelet] Creating a ConfigMap "kubelet-config" in namespace kube-system with the configuration for the kubelets in the cluster')
    client.put_in("/api/v1/namespaces/kube-system/configmaps", _map("kubelet-config", {"kubelet": dump(kubelet_configuration(env, config))}))
    _role(client, "kubeadm:kubelet-config", [read | {"resourceNames": ["kubelet-config"]}], who)


def upload_certs(client: Client, key: str, folder: str) -> None:
    """The upload-certs phase: the certificates as a Secret that goes away after two hours with its token."""
    from practice.kubeadm_config import random_token

    token = random_token()
    identifier = token.split(".")[0]
    secret = token_secret({"token": token, "ttl": "2h0m0s", "description": "Proxy for managing TTL for the kubeadm-certs secret", "usages": [], "groups": []})
    made = client.put_in("/api/v1/namespaces/kube-system/secrets", secret)
    owner = {"apiVersion": "v1", "kind": "Secret", "name": f"bootstrap-token-{identifier}", "uid": made["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True}
    names = ["ca.crt", "ca.key", "sa.key", "sa.pub", "front-proxy-ca.crt", "front-proxy-ca.key", "etcd/ca.crt", "etcd/ca.key"]
    data = {}
    for name in names:
        content = files.read_or(f"{folder}/{name}", "").encode()
        # Only a practice cluster may do this: the real program encrypts with AES-GCM.
        data[name.replace("/", "-")] = base64.b64encode(bytes(byte ^ mask for byte, mask in zip(content, bytes.fromhex(key) * (len(content) // 32 + 1)))).decode()
    meta = {"name": "kubeadm-certs", "namespace": "kube-system", "ownerReferences": [owner]}
    client.put_in("/api/v1/namespaces/kube-system/secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque", "data": data})
    print('[upload-certs] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace')
    print(f"[upload-certs] Using certificate key:\n{key}")


def token_secret(token: dict) -> dict:
    """The Secret of a bootstrap token."""
    identifier, secret = token["token"].split(".")
    data = {"token-id": identifier, "token-secret": secret}
    if token.get("description"):
        data["description"] = token["description"]
    seconds = parse_duration(token["ttl"]) if token.get("ttl") else 0
    if seconds:
        data["expiration"] = rfc3339(time.time() + seconds)
    elif token.get("expires"):
        data["expiration"] = token["expires"]
    for usage in token["usages"]:
        data[f"usage-bootstrap-{usage}"] = "true"
    if token["groups"]:
        data["auth-extra-groups"] = ",".join(token["groups"])
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    meta = {"name": f"bootstrap-token-{identifier}", "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "bootstrap.kubernetes.io/token", "data": encoded}


def bootstrap_tokens(env: Env, client: Client, config: dict) -> None:
    """The bootstrap-token phase: tokens, what they may do, and cluster-info for everybody."""
    print("[bootstrap-token] Configuring bootstrap tokens, cluster-info ConfigMap, RBAC Roles")
    for token in config["init"]["bootstrapTokens"]:
        client.put_in("/api/v1/namespaces/kube-system/secrets", token_secret(token))
    tokens, nodes = subjects("Group", [_NODE_TOKENS]), subjects("Group", ["system:nodes"])
    api = "rbac.authorization.k8s.io/v1"
    rule = {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}
    client.put_in(f"{_RBAC}/clusterroles", {"apiVersion": api, "kind": "ClusterRole", "metadata": {"name": "kubeadm:get-nodes"}, "rules": [rule]})
    cluster_binding(client, "kubeadm:get-nodes", "kubeadm:get-nodes", tokens)
    cluster_binding(client, "kubeadm:kubelet-bootstrap", "system:node-bootstrapper", tokens)
    signing = "system:certificates.k8s.io:certificatesigningrequests"
    cluster_binding(client, "kubeadm:node-autoapprove-bootstrap", f"{signing}:nodeclient", tokens)
    cluster_binding(client, "kubeadm:node-autoapprove-certificate-rotation", f"{signing}:selfnodeclient", nodes)
    print('[bootstrap-token] Creating the "cluster-info" ConfigMap in the "kube-public" namespace')
    ca = files.read(env.path(config["cluster"]["certificatesDir"] + "/ca.crt"))
    info = kubeconfig("", "", Credentials("https://" + control_plane_endpoint(config), ca))
    client.put_in("/api/v1/namespaces/kube-public/configmaps", _map("cluster-info", {"kubeconfig": info}, "kube-public"))
    read = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["cluster-info"], "verbs": ["get"]}
    _role(client, "kubeadm:bootstrap-signer-clusterinfo", [read], subjects("User", ["system:anonymous"]), "kube-public")


def mark_control_plane(client: Client, config: dict) -> None:
    """The mark-control-plane phase, of init and of a join; waits for the kubelet to register the node."""
    registration = config["init"]["nodeRegistration"]
    name = registration["name"]
    labels = {"node-role.kubernetes.io/control-plane": "", "node.kubernetes.io/exclude-from-external-load-balancers": ""}
    taints = registration.get("taints")
    if taints is None:
        taints = [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
    print(f"[mark-control-plane] Marking the node {name} as control-plane by adding the labels: [{' '.join(labels)}]")
    if taints:
        shown = " ".join(f"{t['key']}{'=' + t['value'] if t.get('value') else ''}:{t['effect']}" for t in taints)
        print(f"[mark-control-plane] Marking the node {name} as control-plane by adding the taints [{shown}]")
    deadline = time.time() + 120
    while True:
        try:
            node = client.get(f"/api/v1/nodes/{name}")
            known = node["spec"].get("taints") or []
            fresh = known + [t for t in taints if (t["key"], t["effect"]) not in [(k["key"], k["effect"]) for k in known]]
            client.merge(f"/api/v1/nodes/{name}", {"metadata": {"labels": labels}, "spec": {"taints": fresh or None}})
            return
        except Refused as error:
            if error.reason not in ("NotFound", "Conflict") or time.time() > deadline:
                raise
            time.sleep(0.5)
