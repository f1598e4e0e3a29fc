"""The add-ons of `kubeadm init`: CoreDNS and kube-proxy."""

from practice import images
from practice.api_bootstrap import subjects
from practice.client import Client
from practice.env import semver
from practice.kubeadm_upload import cluster_binding
from practice.manifests import service_addresses
from practice.yamlout import dump

_COREFILE = """.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes DOMAIN in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
"""
_SYSTEM = "/api/v1/namespaces/kube-system"
_APPS = "/apis/apps/v1/namespaces/kube-system"


def _account(client: Client, name: str) -> list[dict]:
    client.put_in(f"{_SYSTEM}/serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "kube-system"}})
    return [{"kind": "ServiceAccount", "name": name, "namespace": "kube-system"}]


def coredns(client: Client, config: dict) -> None:
    """The addon/coredns phase."""
    cluster = config["cluster"]
    dns = cluster.get("dns") or {}
    if dns.get("disabled"):
        return
    who = _account(client, "coredns")
    api = "rbac.authorization.k8s.io/v1"
    rule = {"apiGroups": [""], "resources": ["endpoints", "services", "pods", "namespaces"], "verbs": ["list", "watch"]}
    role = {"apiVersion": api, "kind": "ClusterRole", "metadata": {"name": "system:coredns"}, "rules": [rule]}
    client.put_in("/apis/rbac.authorization.k8s.io/v1/clusterroles", role)
    cluster_binding(client, "system:coredns", "system:coredns", who)
    corefile = _COREFILE.replace("DOMAIN", cluster["networking"]["dnsDomain"])
    meta = {"name": "coredns", "namespace": "kube-system"}
    client.put_in(f"{_SYSTEM}/configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"Corefile": corefile}})
    labels = {"k8s-app": "kube-dns"}
    image = images.coredns(dns.get("imageRepository") or cluster["imageRepository"], dns.get("imageTag") or images.tags(semver(cluster["kubernetesVersion"])[1])[0])
    ports = [{"containerPort": 53, "name": "dns", "protocol": "UDP"}, {"containerPort": 53, "name": "dns-tcp", "protocol": "TCP"}, {"containerPort": 9153, "name": "metrics", "protocol": "TCP"}]
    container = {"name": "coredns", "image": image, "args": ["-conf", "/etc/coredns/Corefile"], "ports": ports, "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns", "readOnly": True}]}
    spec = {
        "priorityClassName": "system-cluster-critical",
        "serviceAccountName": "coredns",
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}, {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}],
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "containers": [container],
        "dnsPolicy": "Default",
        "volumes": [{"name": "config-volume", "configMap": {"name": "coredns", "items": [{"key": "Corefile", "path": "Corefile"}]}}],
    }
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}}
    body = {"replicas": 2, "strategy": rolling, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}}
    client.put_in(f"{_APPS}/deployments", {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta | {"labels": labels}, "spec": body})
    served = [{"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53}, {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53}]
    address = service_addresses(cluster["networking"]["serviceSubnet"])[1]
    about = {"name": "kube-dns", "namespace": "kube-system", "labels": labels | {"kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": about, "spec": {"clusterIP": address, "selector": labels, "ports": served}}
    client.put_in(f"{_SYSTEM}/services", service)
    print("[addons] Applied essential addon: CoreDNS")


def kube_proxy(client: Client, config: dict) -> None:
    """The addon/kube-proxy phase."""
    cluster = config["cluster"]
    if (cluster.get("proxy") or {}).get("disabled"):
        return
    who = _account(client, "kube-proxy")
    cluster_binding(client, "kubeadm:node-proxier", "system:node-proxier", who)
    own = {"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "clusterCIDR": cluster["networking"].get("podSubnet", "")} | config["proxy"]
    meta = {"name": "kube-proxy", "namespace": "kube-system", "labels": {"app": "kube-proxy"}}
    client.put_in(f"{_SYSTEM}/configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"config.conf": dump(own)}})
    labels = {"k8s-app": "kube-proxy"}
    image = images.component(cluster["imageRepository"], "kube-proxy", cluster["kubernetesVersion"])
    mounts = [{"name": "kube-proxy", "mountPath": "/var/lib/kube-proxy"}, {"name": "lib-modules", "mountPath": "/lib/modules", "readOnly": True}]
    container = {"name": "kube-proxy", "image": image, "command": ["/usr/local/bin/kube-proxy", "--config=/var/lib/kube-proxy/config.conf"], "securityContext": {"privileged": True}, "volumeMounts": mounts}
    spec = {
        "priorityClassName": "system-node-critical",
        "serviceAccountName": "kube-proxy",
        "hostNetwork": True,
        "tolerations": [{"operator": "Exists"}],
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "containers": [container],
        "volumes": [{"name": "kube-proxy", "configMap": {"name": "kube-proxy"}}, {"name": "lib-modules", "hostPath": {"path": "/lib/modules"}}],
    }
    body = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}}
    about = {"name": "kube-proxy", "namespace": "kube-system", "labels": labels}
    client.put_in(f"{_APPS}/daemonsets", {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": about, "spec": body})
    print("[addons] Applied essential addon: kube-proxy")


def admins(client: Client) -> None:
    """What makes admin.conf work from 1.29 on: kubeadm binds its group with super-admin.conf."""
    cluster_binding(client, "kubeadm:cluster-admins", "cluster-admin", subjects("Group", ["kubeadm:cluster-admins"]))
