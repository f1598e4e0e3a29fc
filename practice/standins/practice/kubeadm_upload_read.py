"""The configuration of a running cluster, as `kubeadm certs` reads it (cmd/certs.go, getInternalCfg)."""

import sys

from practice.client import Client, Refused, Unreachable, read_kubeconfig
from practice.env import Env
from practice.flags import Parsed
from practice.kubeadm_config import init_configuration
from practice.static_pods import flags_of
from practice.yamlish import load


def stored_config(env: Env, parsed: Parsed, command: str) -> dict:
    """
    From --config when given; else ClusterConfiguration from kubeadm-config, the rest from this node's manifests; without
    an API that answers the defaults, for certificates must be renewable on a cluster that does not work.
    """
    if parsed.given("config"):
        from practice.kubeadm_init import load_config

        return _with_folder(load_config(env, parsed), parsed)
    # Words that are not the result go to stderr when the result is a document.
    out = sys.stdout if parsed.text("output", "text") == "text" else sys.stderr
    out.write(f'[{command}] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...\n')
    try:
        client = Client(read_kubeconfig(env, parsed.text("kubeconfig", "/etc/kubernetes/admin.conf")))
        data = client.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config")["data"]
    except (OSError, ValueError, Refused, Unreachable):
        out.write(f"[{command}] Error reading configuration from the Cluster. Falling back to default configuration\n\n")
        return _with_folder({"cluster": {"certificatesDir": "/etc/kubernetes/pki"}}, parsed)
    out.write(f"[{command}] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.\n\n")
    cluster = load(data["ClusterConfiguration"])
    assert isinstance(cluster, dict)
    flags = flags_of(env.path("/etc/kubernetes/manifests/kube-apiserver.yaml"))
    etcd = flags_of(env.path("/etc/kubernetes/manifests/etcd.yaml"))
    endpoint = {"advertiseAddress": flags.get("advertise-address", ""), "bindPort": int(flags.get("secure-port", "6443"))}
    init = {"apiVersion": cluster["apiVersion"], "nodeRegistration": {"name": etcd.get("name", "")}, "localAPIEndpoint": endpoint}
    return _with_folder(init_configuration(env, {"InitConfiguration": init, "ClusterConfiguration": dict(cluster)}), parsed)


def _with_folder(config: dict, parsed: Parsed) -> dict:
    if parsed.given("cert-dir"):
        config["cluster"]["certificatesDir"] = parsed.text("cert-dir")
    return config
