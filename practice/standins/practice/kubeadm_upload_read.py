"""The configuration of a running cluster, as `kubeadm certs` reads it."""

from practice.client import Client, Refused, Unreachable, read_kubeconfig
from practice.env import Env
from practice.flags import Parsed
from practice.kubeadm_config import init_configuration
from practice.kubeadm_errors import KubeadmError
from practice.static_pods import flags_of
from practice.yamlish import load


def stored_config(env: Env, parsed: Parsed) -> dict:
    """ClusterConfiguration from kubeadm-config, the rest from this node's manifests; from --config when given."""
    if parsed.given("config"):
        from practice.kubeadm_init import load_config

        return load_config(env, parsed)
    try:
        client = Client(read_kubeconfig(env, parsed.text("kubeconfig", "/etc/kubernetes/admin.conf")))
        data = client.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config")["data"]
    except OSError:
        raise KubeadmError("failed to load admin kubeconfig: open /etc/kubernetes/admin.conf: no such file or directory") from None
    except (Refused, Unreachable) as error:
        raise KubeadmError(f"failed to get config map: {error}") from None
    cluster = load(data["ClusterConfiguration"])
    assert isinstance(cluster, dict)
    flags = flags_of(env.path("/etc/kubernetes/manifests/kube-apiserver.yaml"))
    etcd = flags_of(env.path("/etc/kubernetes/manifests/etcd.yaml"))
    endpoint = {"advertiseAddress": flags.get("advertise-address", ""), "bindPort": int(flags.get("secure-port", "6443"))}
    init = {"apiVersion": cluster["apiVersion"], "nodeRegistration": {"name": etcd.get("name", "")}, "localAPIEndpoint": endpoint}
    return init_configuration(env, {"InitConfiguration": init, "ClusterConfiguration": dict(cluster)})
