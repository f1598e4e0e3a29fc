"""TLS bootstrap: a certificate for the node by a certificate signing request."""

import base64
import hashlib
import time

from practice import files, klog, pki
from practice.client import Client, Refused, Unreachable, read_kubeconfig
from practice.env import Env
from practice.yamlout import dump

CURRENT = "/var/lib/kubelet/pki/kubelet-client-current.pem"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"


def bootstrap(env: Env, bootstrap_path: str, kubeconfig_path: str, node: str) -> bool:
    """Gets a certificate and writes the kubeconfig; False when it could not be had yet."""
    try:
        credentials = read_kubeconfig(env, bootstrap_path)
    except (OSError, ValueError):
        return False
    client = Client(credentials)
    key_path = env.path("/var/lib/kubelet/pki/kubelet-client.key.tmp")
    try:
        request = pki.make_request(env, key_path, f"system:node:{node}", "system:nodes")
        name = "node-csr-" + hashlib.sha256(request).hexdigest()[:43]
        spec = {"request": base64.b64encode(request).decode(), "signerName": "kubernetes.io/kube-apiserver-client-kubelet", "usages": ["digital signature", "client auth"]}
        client.request("POST", REQUESTS, {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": name}, "spec": spec})
        certificate = _wait(client, name)
    except (Refused, Unreachable, pki.PkiError) as error:
        klog.error("bootstrap.go:266", f'"Failed while requesting a signed certificate from the control plane" err="{error}"')
        return False
    if not certificate:
        return False
    files.write(env.path(CURRENT), certificate + files.read(key_path), 0o600)
    files.remove(key_path)
    place = {"server": credentials.server, "certificate-authority-data": base64.b64encode(credentials.ca.encode()).decode()}
    context = {"cluster": "default-cluster", "namespace": "default", "user": "default-auth"}
    document = {"apiVersion": "v1", "kind": "Config", "clusters": [{"cluster": place, "name": "default-cluster"}]}
    document |= {"contexts": [{"context": context, "name": "default-context"}], "current-context": "default-context", "preferences": {}}
    document["users"] = [{"name": "default-auth", "user": {"client-certificate": CURRENT, "client-key": CURRENT}}]
    files.write(env.path(kubeconfig_path), dump(document), 0o600)
    klog.info("certificate_store.go:130", f'"Loading cert/key pair" path="{CURRENT}"')
    return True


def _wait(client: Client, name: str) -> str:
    for _ in range(60):
        status = client.get(f"{REQUESTS}/{name}").get("status") or {}
        if status.get("certificate"):
            return base64.b64decode(status["certificate"]).decode()
        time.sleep(0.25)
    return ""
