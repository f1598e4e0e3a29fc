"""`kubeadm init` and `kubeadm init phase upload-certs`."""

import os
import secrets

from practice import files, kubeadm_addons, kubeadm_certs, kubeadm_upload, kubelet_env, pki, preflight
from practice.client import Client, Credentials, Refused, Unreachable, read_kubeconfig
from practice.env import Env
from practice.flags import Parsed
from practice.kubeadm_config import init_configuration, random_token, read_documents
from practice.kubeadm_errors import KubeadmError, in_phase
from practice.kubeadm_wait import seconds, start_kubelet, stop_kubelet, wait_api, wait_kubelet
from practice.manifests import control_plane

# Phases and their parts (kubeadm init --help; generated reference of 1.35).
PHASES: dict[str, tuple[str, ...]] = {
    "preflight": (),
    "certs": (
        *("ca", "apiserver", "apiserver-kubelet-client", "front-proxy-ca", "front-proxy-client", "etcd-ca"),
        *("etcd-server", "etcd-peer", "etcd-healthcheck-client", "apiserver-etcd-client", "sa"),
    ),
    "kubeconfig": ("admin", "super-admin", "kubelet", "controller-manager", "scheduler"),
    "etcd": ("local",),
    "control-plane": ("apiserver", "controller-manager", "scheduler"),
    "kubelet-start": (),
    "wait-control-plane": (),
    "upload-config": ("kubeadm", "kubelet"),
    "upload-certs": (),
    "mark-control-plane": (),
    "bootstrap-token": (),
    "kubelet-finalize": ("enable-client-cert-rotation", "experimental-cert-rotation"),
    "addon": ("coredns", "kube-proxy"),
    "show-join-command": (),
}


def check_phases(table: dict[str, tuple[str, ...]], names: list[str]) -> set[str]:
    """The phases to skip; KubeadmError for a name that does not exist."""
    known = set(table) | {f"{phase}/{part}" for phase, parts in table.items() for part in parts}
    for name in names:
        if name.lower() not in known:
            raise KubeadmError(f"invalid phase name: {name}")
    return {name.lower() for name in names}


def from_flags(env: Env, parsed: Parsed) -> dict:
    """The documents that stand for flags when no file is given."""
    version = "kubeadm.k8s.io/v1beta4" if env.minor >= 31 else "kubeadm.k8s.io/v1beta3"
    init: dict = {"nodeRegistration": {}, "localAPIEndpoint": {}}
    cluster: dict = {"networking": {}, "apiServer": {}}
    places = {
        "apiserver-advertise-address": (init["localAPIEndpoint"], "advertiseAddress"),
        "node-name": (init["nodeRegistration"], "name"),
        "cri-socket": (init["nodeRegistration"], "criSocket"),
        "certificate-key": (init, "certificateKey"),
        "service-cidr": (cluster["networking"], "serviceSubnet"),
        "pod-network-cidr": (cluster["networking"], "podSubnet"),
        "service-dns-domain": (cluster["networking"], "dnsDomain"),
        "kubernetes-version": (cluster, "kubernetesVersion"),
        "control-plane-endpoint": (cluster, "controlPlaneEndpoint"),
        "image-repository": (cluster, "imageRepository"),
        "cert-dir": (cluster, "certificatesDir"),
    }
    for flag, (place, name) in places.items():
        if parsed.given(flag):
            place[name] = parsed.text(flag)
    if parsed.given("apiserver-bind-port"):
        init["localAPIEndpoint"]["bindPort"] = int(parsed.text("apiserver-bind-port"))
    if parsed.given("apiserver-cert-extra-sans"):
        cluster["apiServer"]["certSANs"] = parsed.many("apiserver-cert-extra-sans")
    if parsed.given("token") or parsed.given("token-ttl"):
        init["bootstrapTokens"] = [{"token": parsed.text("token") or random_token(), "ttl": parsed.text("token-ttl", "24h0m0s")}]
    return {"InitConfiguration": init | {"apiVersion": version}, "ClusterConfiguration": cluster | {"apiVersion": version}}


def load_config(env: Env, parsed: Parsed) -> dict:
    """The configuration from --config or from flags."""
    documents = read_documents(env, parsed.text("config")) if parsed.given("config") else from_flags(env, parsed)
    config = init_configuration(env, documents)
    if parsed.given("config") and parsed.given("node-name"):
        config["init"]["nodeRegistration"]["name"] = parsed.text("node-name")
    return config


def init(env: Env, parsed: Parsed) -> int:
    """`kubeadm init`: 0, or KubeadmError."""
    config = load_config(env, parsed)
    registration = config["init"]["nodeRegistration"]
    ignored = preflight.ignored_names(parsed.many("ignore-preflight-errors"), registration.get("ignorePreflightErrors") or [])
    skipped = check_phases(PHASES, parsed.many("skip-phases") or config["init"].get("skipPhases") or [])
    print(f"[init] Using Kubernetes version: {config['cluster']['kubernetesVersion']}")
    if "external" in config["cluster"]["etcd"]:
        raise KubeadmError("the practice cluster has no external etcd")
    if "preflight" not in skipped:
        print("[preflight] Running pre-flight checks", flush=True)
        preflight.root_only(env, ignored)
        preflight.run(preflight.for_init(env, config), ignored)
        print("[preflight] Pulling images required for setting up a Kubernetes cluster")
    if parsed.on("dry-run") or config["init"].get("dryRun"):
        print("[dryrun] Finished dry-running successfully. Above are the resources that would be created")
        return 0
    if "certs" not in skipped:
        kubeadm_certs.make_all(env, config)
    if "kubeconfig" not in skipped:
        kubeadm_certs.make_kubeconfigs(env, config)
    _start(env, config, skipped)
    _fill(env, parsed, config, skipped)
    if "show-join-command" not in skipped:
        _done(env, config)
    return 0


def _start(env: Env, config: dict, skipped: set[str]) -> None:
    texts = control_plane(config, env.port_shift)
    parts = {"etcd": "etcd/local", "kube-apiserver": "control-plane/apiserver", "kube-controller-manager": "control-plane/controller-manager", "kube-scheduler": "control-plane/scheduler"}
    print('[control-plane] Using manifest folder "/etc/kubernetes/manifests"')
    for name, phase in parts.items():
        if phase not in skipped and phase.split("/")[0] not in skipped:
            print(f'[{phase.split("/")[0]}] Creating static Pod manifest for "{name}" in "/etc/kubernetes/manifests"')
            files.write(env.path(f"/etc/kubernetes/manifests/{name}.yaml"), texts[name + ".yaml"], 0o600)
    os.makedirs(env.path((config["cluster"]["etcd"].get("local") or {}).get("dataDir", "/var/lib/etcd")), mode=0o700, exist_ok=True)
    registration = config["init"]["nodeRegistration"]
    if "kubelet-start" not in skipped:
        stop_kubelet()
        kubelet_env.write(env, kubeadm_upload.kubelet_configuration(env, config), registration, registration.get("taints") or [])
        start_kubelet()
    if "wait-control-plane" not in skipped:
        print('[wait-control-plane] Waiting for the kubelet to boot up the control plane as static Pods from directory "/etc/kubernetes/manifests"', flush=True)
        wait_kubelet(env, seconds(config["init"], "kubeletHealthCheck", 240), "wait-control-plane")
        wait_api(_client(env, config, "admin.conf"), _api_limit(config))


def _api_limit(config: dict) -> float:
    from practice.durations import parse_duration

    old = (config["cluster"].get("apiServer") or {}).get("timeoutForControlPlane")
    return seconds(config["init"], "controlPlaneComponentHealthCheck", parse_duration(old) if old else 240)


def _client(env: Env, config: dict, name: str) -> Client:
    found = read_kubeconfig(env, f"/etc/kubernetes/{name}")
    if env.minor >= 37:
        # From 1.37 on init talks to its own API server, not to the shared endpoint.
        local = "https://{advertiseAddress}:{bindPort}".format(**config["init"]["localAPIEndpoint"])
        found = Credentials(local, found.ca, found.certificate, found.key)
    return Client(found)


def _fill(env: Env, parsed: Parsed, config: dict, skipped: set[str]) -> None:
    try:
        if env.minor >= 29:
            kubeadm_addons.admins(_client(env, config, "super-admin.conf"))
        client = _client(env, config, "admin.conf")
        if "upload-config" not in skipped:
            kubeadm_upload.upload_config(env, client, config)
        if "upload-certs" not in skipped and parsed.on("upload-certs"):
            key = config["init"].get("certificateKey") or secrets.token_hex(32)
            kubeadm_upload.upload_certs(client, key, env.path(config["cluster"]["certificatesDir"]))
        elif "upload-certs" not in skipped:
            print("[upload-certs] Skipping phase. Please see --upload-certs")
        if "mark-control-plane" not in skipped:
            kubeadm_upload.mark_control_plane(client, config)
        if "bootstrap-token" not in skipped:
            kubeadm_upload.bootstrap_tokens(env, client, config)
        if "addon" not in skipped and "addon/coredns" not in skipped:
            kubeadm_addons.coredns(client, config)
        if "addon" not in skipped and "addon/kube-proxy" not in skipped:
            kubeadm_addons.kube_proxy(client, config)
    except (Refused, Unreachable) as error:
        raise in_phase("upload-config", str(error)) from None


def join_command(env: Env, folder: str, endpoint: str, token: str) -> str:
    """The line that joins a node."""
    ca = pki.pin(files.read(env.path(folder + "/ca.crt")))
    return f"kubeadm join {endpoint} --token {token} --discovery-token-ca-cert-hash {ca} "


def _done(env: Env, config: dict) -> None:
    endpoint, folder = kubeadm_certs.control_plane_endpoint(config), config["cluster"]["certificatesDir"]
    ca = pki.pin(files.read(env.path(folder + "/ca.crt")))
    print("\nYour Kubernetes control-plane has initialized successfully!\n")
    print("To start using your cluster, you need to run the following as a regular user:\n")
    print("  mkdir -p $HOME/.kube\n  sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config\n  sudo chown $(id -u):$(id -g) $HOME/.kube/config\n")
    print("You should now deploy a pod network to the cluster.\n")
    print("Then you can join any number of worker nodes by running the following on each as root:\n")
    print(f"kubeadm join {endpoint} --token {config['init']['bootstrapTokens'][0]['token']} \\\n\t--discovery-token-ca-cert-hash {ca} ")


def phase(env: Env, parsed: Parsed, names: list[str]) -> int:
    """`kubeadm init phase upload-certs`; the stand-in runs no other single phase and says so."""
    name = "/".join(names)
    check_phases(PHASES, [name] if name else [])
    if name != "upload-certs":
        raise KubeadmError(f"the practice kubeadm runs no single phase but upload-certs (asked for: {name or 'none'})")
    if not parsed.on("upload-certs"):
        print("[upload-certs] Skipping phase. Please see --upload-certs")
        return 0
    if parsed.given("config"):
        key = load_config(env, parsed)["init"].get("certificateKey") or secrets.token_hex(32)
    else:
        key = parsed.text("certificate-key") or secrets.token_hex(32)
    if len(key) != 64 or any(char not in "0123456789abcdefABCDEF" for char in key):
        raise KubeadmError(f'certificateKey: Invalid value: "{key}": invalid certificate key size {len(key) // 2}, the key must be an AES key of size 32', 3)
    client = Client(read_kubeconfig(env, parsed.text("kubeconfig", "/etc/kubernetes/admin.conf")))
    try:
        kubeadm_upload.upload_certs(client, key, env.path("/etc/kubernetes/pki"))
    except (Refused, Unreachable) as error:
        raise in_phase("upload-certs", f"error uploading certs: {error}") from None
    return 0
