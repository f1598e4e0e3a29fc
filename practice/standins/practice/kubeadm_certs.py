"""Certificates, keys and kubeconfig files of a control plane, as init makes them."""

import os

from practice import files, pki
from practice.client import Credentials, kubeconfig
from practice.env import Env
from practice.kubeadm_errors import in_phase
from practice.kubeadm_validation import split_endpoint
from practice.manifests import service_addresses

BOTH = "serverAuth,clientAuth"
CAS = {"ca": "kubernetes", "front-proxy-ca": "front-proxy-ca", "etcd/ca": "etcd-ca"}


def algorithm(cluster: dict) -> str:
    """The algorithm for new keys. RSA-2048 is upstream's default; the stand-in takes P-256 then, which a slow machine makes at once."""
    chosen = str(cluster.get("encryptionAlgorithm") or "")
    return "ECDSA-P256" if chosen in ("", "RSA-2048") else chosen


def api_names(config: dict) -> list[str]:
    """Alternative names of the API's certificate."""
    init, cluster = config["init"], config["cluster"]
    domain = cluster["networking"]["dnsDomain"]
    names = [init["nodeRegistration"]["name"], "kubernetes", "kubernetes.default", "kubernetes.default.svc", f"kubernetes.default.svc.{domain}"]
    names += [service_addresses(cluster["networking"]["serviceSubnet"])[0], init["localAPIEndpoint"]["advertiseAddress"]]
    if cluster.get("controlPlaneEndpoint"):
        names.append(split_endpoint(cluster["controlPlaneEndpoint"])[0])
    return names + list((cluster.get("apiServer") or {}).get("certSANs") or [])


def leaves(config: dict) -> dict[str, tuple[str, tuple[str, list[str]], str, list[str]]]:
    """CA, subject, usage and names of every certificate below the CAs."""
    node, address = config["init"]["nodeRegistration"]["name"], config["init"]["localAPIEndpoint"]["advertiseAddress"]
    etcd, local = [node, "localhost", address, "127.0.0.1", "::1"], config["cluster"]["etcd"].get("local") or {}
    return {
        "apiserver": ("ca", ("kube-apiserver", []), "serverAuth", api_names(config)),
        "apiserver-kubelet-client": ("ca", ("kube-apiserver-kubelet-client", ["kubeadm:cluster-admins"]), "clientAuth", []),
        "front-proxy-client": ("front-proxy-ca", ("front-proxy-client", []), "clientAuth", []),
        "etcd/server": ("etcd/ca", (node, []), BOTH, etcd + (local.get("serverCertSANs") or [])),
        "etcd/peer": ("etcd/ca", (node, []), BOTH, etcd + (local.get("peerCertSANs") or [])),
        "etcd/healthcheck-client": ("etcd/ca", ("kube-etcd-healthcheck-client", []), "clientAuth", []),
        "apiserver-etcd-client": ("etcd/ca", ("kube-apiserver-etcd-client", []), "clientAuth", []),
    }


def make_all(env: Env, config: dict) -> None:
    """The certs phase: what exists is used, what is missing is made."""
    folder, kind = env.path(config["cluster"]["certificatesDir"]), algorithm(config["cluster"])
    print(f'[certs] Using certificateDir folder "{config["cluster"]["certificatesDir"]}"')
    try:
        for name, common in CAS.items():
            base = os.path.join(folder, name)
            if os.path.exists(base + ".crt"):
                if not os.path.exists(base + ".key"):
                    raise in_phase(f"certs/{name.replace('/', '-')}", f"couldn't load {base}.key: a CA without its key is not supported by the stand-in")
                pki.check_pair(env, base)
                print(f"[certs] Using existing {name} certificate authority")
                continue
            print(f'[certs] Generating "{name}" certificate and key')
            pki.make_ca(env, base, common, kind)
        for name, (ca, subject, usage, names) in leaves(config).items():
            base = os.path.join(folder, name)
            if os.path.exists(base + ".crt") and os.path.exists(base + ".key"):
                print(f"[certs] Using existing {name} certificate and key on disk")
                continue
            print(f'[certs] Generating "{name}" certificate and key')
            pki.make_signed(env, base, os.path.join(folder, ca), subject, usage, names, kind)
            if names:
                dns = [n for n in dict.fromkeys(names) if not n.replace(".", "").isdigit() and ":" not in n]
                addresses = [n for n in dict.fromkeys(names) if n not in dns]
                print(f"[certs] {name} serving cert is signed for DNS names [{' '.join(dns)}] and IPs [{' '.join(addresses)}]")
        if not os.path.exists(os.path.join(folder, "sa.key")):
            print('[certs] Generating "sa" key and public key')
            pki.make_key_pair(env, os.path.join(folder, "sa"))
    except (pki.PkiError, ValueError) as error:
        raise in_phase("certs", str(error)) from None


def control_plane_endpoint(config: dict) -> str:
    """host:port that kubeconfig files name."""
    endpoint, local = config["cluster"].get("controlPlaneEndpoint"), config["init"]["localAPIEndpoint"]
    if not endpoint:
        return f"{local['advertiseAddress']}:{local['bindPort']}"
    host, port = split_endpoint(endpoint)
    return f"{host}:{port or local['bindPort']}"


def kubeconfig_users(env: Env, config: dict) -> dict[str, tuple[str, list[str], str]]:
    """User, groups and server for each kubeconfig file of a control-plane node."""
    shared = "https://" + control_plane_endpoint(config)
    local = "https://{advertiseAddress}:{bindPort}".format(**config["init"]["localAPIEndpoint"])
    node = config["init"]["nodeRegistration"]["name"]
    users = {
        "admin.conf": ("kubernetes-admin", ["kubeadm:cluster-admins" if env.minor >= 29 else "system:masters"], shared),
        "kubelet.conf": (f"system:node:{node}", ["system:nodes"], local if env.minor >= 33 else shared),
        "controller-manager.conf": ("system:kube-controller-manager", [], local),
        "scheduler.conf": ("system:kube-scheduler", [], local),
    }
    if env.minor >= 29:
        users["super-admin.conf"] = ("kubernetes-super-admin", ["system:masters"], shared)
    return users


def write_kubeconfig(env: Env, config: dict, name: str) -> None:
    """One kubeconfig file with a fresh certificate."""
    user, groups, server = kubeconfig_users(env, config)[name]
    ca = env.path(config["cluster"]["certificatesDir"] + "/ca")
    base = env.path(f"/etc/kubernetes/.{name}")
    pki.make_signed(env, base, ca, (user, groups), "clientAuth", [], algorithm(config["cluster"]))
    credentials = Credentials(server, files.read(ca + ".crt"), files.read(base + ".crt"), files.read(base + ".key"))
    for suffix in (".crt", ".key"):
        files.remove(base + suffix)
    files.write(env.path(f"/etc/kubernetes/{name}"), kubeconfig(config["cluster"]["clusterName"], user, credentials), 0o600)


def make_kubeconfigs(env: Env, config: dict, names: tuple[str, ...] = ()) -> None:
    """The kubeconfig phase: all files, or those named."""
    print('[kubeconfig] Using kubeconfig folder "/etc/kubernetes"')
    for name in names or kubeconfig_users(env, config):
        if os.path.exists(env.path(f"/etc/kubernetes/{name}")):
            print(f'[kubeconfig] Using existing kubeconfig file: "/etc/kubernetes/{name}"')
            continue
        print(f'[kubeconfig] Writing "{name}" kubeconfig file')
        try:
            write_kubeconfig(env, config, name)
        except pki.PkiError as error:
            raise in_phase("kubeconfig", str(error)) from None
