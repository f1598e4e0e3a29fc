"""The static pod manifests that `kubeadm init` and the join of a control plane write."""

import ipaddress

from practice import images
from practice.env import semver
from practice.kubeadm_config import arguments
from practice.yamlout import dump



def service_addresses(subnet: str) -> tuple[str, str]:
    """The API's address and the DNS address in a service subnet (the first and the tenth)."""
    network = ipaddress.ip_network(subnet.split(",")[0])
    return str(network[1]), str(network[10])


def _pod(name: str, image: str, command: list[str], mounts: list[tuple[str, str, str]], annotation: dict[str, str]) -> str:
    volumes = [{"name": title, "hostPath": {"path": path, "type": kind}} for title, path, kind in mounts]
    container = {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "resources": {"requests": {"cpu": "100m"}},
        "volumeMounts": [{"name": title, "mountPath": path, "readOnly": name != "etcd"} for title, path, _ in mounts],
    }
    meta = {"name": name, "namespace": "kube-system", "labels": {"component": name, "tier": "control-plane"}}
    if annotation:
        meta["annotations"] = annotation
    spec = {"containers": [container], "hostNetwork": True, "priority": 2000001000, "priorityClassName": "system-node-critical", "volumes": volumes}
    spec["securityContext"] = {"seccompProfile": {"type": "RuntimeDefault"}}
    return dump({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": {}})


def _command(program: str, defaults: dict[str, str], extra: object) -> list[str]:
    merged = dict(defaults)
    merged.update(arguments(extra))
    return [program] + [f"--{name}={value}" for name, value in sorted(merged.items())]


def _volumes(component: dict) -> list[tuple[str, str, str]]:
    return [(volume["name"], volume["hostPath"], volume.get("pathType", "")) for volume in component.get("extraVolumes") or []]


def _api_flags(config: dict) -> dict[str, str]:
    init, cluster = config["init"], config["cluster"]
    networking, pki = cluster["networking"], cluster["certificatesDir"]
    return {
        "advertise-address": init["localAPIEndpoint"]["advertiseAddress"],
        "allow-privileged": "true",
        "authorization-mode": "Node,RBAC",
        "client-ca-file": f"{pki}/ca.crt",
        "enable-admission-plugins": "NodeRestriction",
        "enable-bootstrap-token-auth": "true",
        "etcd-cafile": f"{pki}/etcd/ca.crt",
        "etcd-certfile": f"{pki}/apiserver-etcd-client.crt",
        "etcd-keyfile": f"{pki}/apiserver-etcd-client.key",
        "etcd-servers": "https://127.0.0.1:2379",
        "kubelet-client-certificate": f"{pki}/apiserver-kubelet-client.crt",
        "kubelet-client-key": f"{pki}/apiserver-kubelet-client.key",
        "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
        "proxy-client-cert-file": f"{pki}/front-proxy-client.crt",
        "proxy-client-key-file": f"{pki}/front-proxy-client.key",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-client-ca-file": f"{pki}/front-proxy-ca.crt",
        "secure-port": str(init["localAPIEndpoint"]["bindPort"]),
        "service-account-issuer": f"https://kubernetes.default.svc.{networking['dnsDomain']}",
        "service-account-key-file": f"{pki}/sa.pub",
        "service-account-signing-key-file": f"{pki}/sa.key",
        "service-cluster-ip-range": networking["serviceSubnet"],
        "tls-cert-file": f"{pki}/apiserver.crt",
        "tls-private-key-file": f"{pki}/apiserver.key",
    }


def _manager_flags(config: dict) -> dict[str, str]:
    cluster = config["cluster"]
    networking, pki = cluster["networking"], cluster["certificatesDir"]
    manager = {
        "authentication-kubeconfig": "/etc/kubernetes/controller-manager.conf",
        "bind-address": "127.0.0.1",
        "client-ca-file": f"{pki}/ca.crt",
        "cluster-name": cluster["clusterName"],
        "cluster-signing-cert-file": f"{pki}/ca.crt",
        "cluster-signing-key-file": f"{pki}/ca.key",
        "controllers": "*,bootstrapsigner,tokencleaner",
        "kubeconfig": "/etc/kubernetes/controller-manager.conf",
        "leader-elect": "true",
        "root-ca-file": f"{pki}/ca.crt",
        "service-account-private-key-file": f"{pki}/sa.key",
        "use-service-account-credentials": "true",
    }
    if networking.get("podSubnet"):
        manager |= {"allocate-node-cidrs": "true", "cluster-cidr": networking["podSubnet"], "service-cluster-ip-range": networking["serviceSubnet"]}
    return manager


def peer_url(config: dict, shift: int) -> str:
    """Where the other members reach the one of this node; `shift` is that of all well-known ports."""
    return f"https://{config['init']['localAPIEndpoint']['advertiseAddress']}:{2380 + shift}"


def _etcd_flags(config: dict, shift: int, members: list[str]) -> dict[str, str]:
    init, pki = config["init"], config["cluster"]["certificatesDir"]
    address, port = init["localAPIEndpoint"]["advertiseAddress"], 2379 + shift
    existing = {"initial-cluster-state": "existing"} if members else {}
    return existing | {
        "advertise-client-urls": f"https://{address}:{port}",
        "cert-file": f"{pki}/etcd/server.crt",
        "client-cert-auth": "true",
        "data-dir": (config["cluster"]["etcd"].get("local") or {}).get("dataDir", "/var/lib/etcd"),
        "initial-cluster": ",".join(members) or f"{init['nodeRegistration']['name']}={peer_url(config, shift)}",
        "key-file": f"{pki}/etcd/server.key",
        "listen-client-urls": f"https://127.0.0.1:{port},https://{address}:{port}",
        "name": init["nodeRegistration"]["name"],
        "trusted-ca-file": f"{pki}/etcd/ca.crt",
    }


def control_plane(config: dict, shift: int, members: list[str] | None = None) -> dict[str, str]:
    """Manifest texts by file name. `members` (name=peer URL) are those of a cluster that this node's etcd joins."""
    cluster, endpoint = config["cluster"], config["init"]["localAPIEndpoint"]
    repository, version, pki = cluster["imageRepository"], cluster["kubernetesVersion"], cluster["certificatesDir"]
    certificates = [("k8s-certs", pki, "DirectoryOrCreate"), ("ca-certs", "/etc/ssl/certs", "DirectoryOrCreate")]
    scheduler = {"bind-address": "127.0.0.1", "kubeconfig": "/etc/kubernetes/scheduler.conf", "leader-elect": "true"}
    parts = {name: cluster.get(name) or {} for name in ("apiServer", "controllerManager", "scheduler")}
    files: dict[str, str] = {}
    for name, key, defaults, conf in (
        ("kube-apiserver", "apiServer", _api_flags(config), []),
        ("kube-controller-manager", "controllerManager", _manager_flags(config), [("kubeconfig", "/etc/kubernetes/controller-manager.conf", "FileOrCreate")]),
        ("kube-scheduler", "scheduler", scheduler, [("kubeconfig", "/etc/kubernetes/scheduler.conf", "FileOrCreate")]),
    ):
        mounts = (certificates if name != "kube-scheduler" else []) + conf + _volumes(parts[key])
        note = {"kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": "{advertiseAddress}:{bindPort}".format(**endpoint)} if name == "kube-apiserver" else {}
        image = images.component(repository, name, version)
        files[name + ".yaml"] = _pod(name, image, _command(name, defaults, parts[key].get("extraArgs")), mounts, note)
    etcd, store = cluster["etcd"].get("local") or {}, _etcd_flags(config, shift, members or [])
    image = f"{etcd.get('imageRepository') or repository}/etcd:{etcd.get('imageTag') or images.tags(semver(version)[1])[1]}"
    mounts = [("etcd-certs", f"{pki}/etcd", "DirectoryOrCreate"), ("etcd-data", store["data-dir"], "DirectoryOrCreate")]
    files["etcd.yaml"] = _pod("etcd", image, _command("etcd", store, etcd.get("extraArgs")), mounts, {})
    return files
