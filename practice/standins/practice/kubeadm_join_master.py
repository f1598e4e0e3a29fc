"""The phases of `kubeadm join` that make a further control plane (cmd/kubeadm/app/cmd/phases/join)."""

import os

from practice import files, kubeadm_certs, kubeadm_upload, pki, preflight
from practice.client import Client, Credentials, Refused, Unreachable, read_kubeconfig
from practice.env import Env
from practice.kubeadm_config import init_configuration
from practice.kubeadm_errors import KubeadmError, in_phase
from practice.kubeadm_etcd import Etcd, EtcdFailed
from practice.kubeadm_wait import seconds, wait_api
from practice.manifests import control_plane, peer_url

MANIFESTS = "/etc/kubernetes/manifests"
COMPONENTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
KUBECONFIGS = ("admin.conf", "controller-manager.conf", "scheduler.conf")
PAIR = ((".crt", "certificate", "certificate"), (".key", "key", "private key"))
ACCOUNT = ((".key", "key", "private key"), (".pub", "key", "public key"))
# What the masters of a cluster have in common (phases/certs/certs.go, SharedCertificateExists).
SHARED = (("ca", "CA", PAIR), ("sa", "service account", ACCOUNT), ("front-proxy-ca", "front-proxy CA", PAIR), ("etcd/ca", "etcd CA", PAIR))
_DONE = """
This node has joined the cluster and a new control plane instance was created:

* Certificate signing request was sent to apiserver and approval was received.
* The Kubelet was informed of the new secure connection details.
* Control plane label and taint were applied to the new node.
* The Kubernetes control plane instances scaled up.
* A new etcd member was added to the local/stacked etcd cluster.

To start administering your cluster from this node, you need to run the following as a regular user:

\tmkdir -p $HOME/.kube
\tsudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config
\tsudo chown $(id -u):$(id -g) $HOME/.kube/config

Run 'kubectl get nodes' to see this node join the cluster.
"""


def refuse_key(join: dict) -> None:
    """KubeadmError for what the stand-in cannot do: the real program would fetch the Secret that upload-certs makes."""
    if join["controlPlane"].get("certificateKey"):
        raise KubeadmError("the practice kubeadm downloads no certificates: leave certificateKey out and put the shared ones into /etc/kubernetes/pki")


class Master:
    """The node that becomes a control plane."""

    def __init__(self, env: Env, join: dict, cluster: dict) -> None:
        self.env, self.join = env, join
        init = {"nodeRegistration": dict(join["nodeRegistration"]), "localAPIEndpoint": dict(join["controlPlane"].get("localAPIEndpoint") or {})}
        self.config = init_configuration(env, {"InitConfiguration": init | {"apiVersion": cluster["apiVersion"]}, "ClusterConfiguration": cluster})
        self.config["init"]["timeouts"] = join.get("timeouts") or {}
        self.cluster = self.config["cluster"]
        # From 1.33 on a control plane's kubelet talks to the API server beside it, which needs etcd before.
        self.local = env.minor >= 33

    def check(self, ignored: set[str]) -> None:
        """The part of preflight that needs the cluster's configuration; KubeadmError."""
        why = self._unready()
        if why:
            told = "One or more conditions for hosting a new control plane instance is not satisfied.\n\n" + why
            needed = "* The cluster has a stable controlPlaneEndpoint address.\n* The certificates that must be shared among control plane instances are provided.\n"
            raise in_phase("preflight", f"\n{told}\n\nPlease ensure that:\n{needed}\n")
        print("[preflight] Running pre-flight checks before initializing the new control plane instance", flush=True)
        preflight.run(preflight.for_init(self.env, self.config, True), ignored)
        print("[preflight] Pulling images required for setting up a Kubernetes cluster")

    def _unready(self) -> str:
        if not self.cluster.get("controlPlaneEndpoint"):
            return "unable to add a new control plane instance to a cluster that doesn't have a stable controlPlaneEndpoint address"
        found = [why for why in (self._missing(*one) for one in SHARED) if why]
        return found[0] if len(found) == 1 else "[" + ", ".join(found) + "]" if found else ""

    def _missing(self, name: str, what: str, parts: tuple[tuple[str, str, str], ...]) -> str:
        base = f"{self.cluster['certificatesDir']}/{name}"
        for suffix, kind, title in parts:
            path = base + suffix
            if not os.path.exists(self.env.path(path)):
                return f"failure loading {kind} for {what}: couldn't load the {title} file {path}: open {path}: no such file or directory"
        if parts is PAIR:
            try:
                pki.check_pair(self.env, self.env.path(base))
            except (pki.PkiError, ValueError) as error:
                return f"failure loading certificate for {what}: {error}"
        return ""

    def prepare(self) -> None:
        """control-plane-prepare: certificates, kubeconfig files, manifests of all but etcd."""
        kubeadm_certs.make_all(self.env, self.config)
        print("[kubeconfig] Generating kubeconfig files")
        kubeadm_certs.make_kubeconfigs(self.env, self.config, KUBECONFIGS)
        texts = control_plane(self.config, self.env.port_shift)
        print(f'[control-plane] Using manifest folder "{MANIFESTS}"')
        for name in COMPONENTS:
            print(f'[control-plane] Creating static Pod manifest for "{name}"')
            files.write(self.env.path(f"{MANIFESTS}/{name}.yaml"), texts[name + ".yaml"], 0o600)

    def _client(self) -> Client:
        return Client(read_kubeconfig(self.env, "/etc/kubernetes/admin.conf"))

    def _etcd(self) -> Etcd:
        return Etcd(self.env, self._client(), self.cluster["certificatesDir"], seconds(self.join, "etcdAPICall", 120))

    def check_etcd(self) -> None:
        """check-etcd: all members must be there."""
        print("[check-etcd] Checking that the etcd cluster is healthy", flush=True)
        try:
            self._etcd().check_health()
        except (EtcdFailed, Refused, Unreachable) as error:
            raise in_phase("check-etcd", f"etcd cluster is not healthy: {error}") from None

    def join_etcd(self) -> None:
        """etcd-join, or control-plane-join/etcd before 1.33: a learner that becomes a voter when it has the data."""
        phase = "etcd-join" if self.local else "control-plane-join/etcd"
        peer = peer_url(self.config, self.env.port_shift)
        os.makedirs(self.env.path(self.cluster["etcd"]["local"]["dataDir"]), mode=0o700, exist_ok=True)
        try:
            etcd = self._etcd()
            members = etcd.add(self.config["init"]["nodeRegistration"]["name"], peer)
            print("[etcd] Announced new etcd member joining to the existing etcd cluster")
            print('[etcd] Creating static Pod manifest for "etcd"', flush=True)
            text = control_plane(self.config, self.env.port_shift, members)["etcd.yaml"]
            files.write(self.env.path(f"{MANIFESTS}/etcd.yaml"), text, 0o600)
            etcd.promote(peer)
            print("[etcd] Waiting for the new etcd member to join the cluster. This can take up to 40s", flush=True)
            etcd.check_health()
        except (EtcdFailed, Refused, Unreachable) as error:
            raise in_phase(phase, f"error creating local etcd static pod manifest file: {error}") from None

    def mark(self) -> None:
        """control-plane-join/mark-control-plane."""
        try:
            kubeadm_upload.mark_control_plane(self._client(), self.config)
        except (Refused, Unreachable) as error:
            raise in_phase("control-plane-join/mark-control-plane", f"error applying control-plane label and taints: {error}") from None

    def local_server(self) -> str:
        """The API server of this node."""
        return "https://{advertiseAddress}:{bindPort}".format(**self.config["init"]["localAPIEndpoint"])

    def wait(self) -> None:
        """wait-control-plane, from 1.33 on."""
        if self.local:
            found = read_kubeconfig(self.env, "/etc/kubernetes/admin.conf")
            own = Client(Credentials(self.local_server(), found.ca, found.certificate, found.key))
            wait_api(own, seconds(self.join, "controlPlaneComponentHealthCheck", 240))

    def done(self) -> None:
        """The last words."""
        print(_DONE)
