"""`kubeadm join`: discovery with token and pin, TLS bootstrap by the kubelet; a control plane around it when asked for."""

import base64
import hmac
import os
import time

from practice import files, kubelet_env, pki, preflight
from practice.client import Client, Credentials, Refused, Unreachable, kubeconfig
from practice.cluster_info import PREFIX, detached_signature
from practice.durations import parse_duration
from practice.env import Env
from practice.flags import Parsed
from practice.kubeadm_config import join_configuration, read_documents
from practice.kubeadm_errors import KubeadmError, in_phase
from practice.kubeadm_init import check_phases
from practice.kubeadm_join_master import Master, refuse_key
from practice.kubeadm_wait import seconds, start_kubelet, stop_kubelet, wait_kubelet
from practice.yamlish import load

PHASES: dict[str, tuple[str, ...]] = {
    "preflight": (),
    "control-plane-prepare": ("download-certs", "certs", "kubeconfig", "control-plane"),
    "check-etcd": (),
    "kubelet-start": (),
    "etcd-join": (),
    "kubelet-wait-bootstrap": (),
    "control-plane-join": ("etcd", "mark-control-plane"),
    "wait-control-plane": (),
}
KUBELET_CONF, BOOTSTRAP_CONF = "/etc/kubernetes/kubelet.conf", "/etc/kubernetes/bootstrap-kubelet.conf"
RETRY_SECONDS = 5.0


def _from_flags(env: Env, parsed: Parsed) -> dict:
    version = "kubeadm.k8s.io/v1beta4" if env.minor >= 31 else "kubeadm.k8s.io/v1beta3"
    join: dict = {"apiVersion": version, "kind": "JoinConfiguration", "nodeRegistration": {}, "discovery": {}}
    if parsed.args:
        token = {"token": parsed.text("discovery-token") or parsed.text("token"), "apiServerEndpoint": parsed.args[0]}
        token["caCertHashes"] = parsed.many("discovery-token-ca-cert-hash")  # type: ignore[assignment]
        token["unsafeSkipCAVerification"] = parsed.on("discovery-token-unsafe-skip-ca-verification")  # type: ignore[assignment]
        join["discovery"] = {"bootstrapToken": token, "tlsBootstrapToken": parsed.text("tls-bootstrap-token") or parsed.text("token")}
    if parsed.given("discovery-file"):
        join["discovery"]["file"] = {"kubeConfigPath": parsed.text("discovery-file")}
    for flag, name in (("node-name", "name"), ("cri-socket", "criSocket")):
        if parsed.given(flag):
            join["nodeRegistration"][name] = parsed.text(flag)
    if parsed.on("control-plane"):
        endpoint: dict = {"advertiseAddress": parsed.text("apiserver-advertise-address")} if parsed.given("apiserver-advertise-address") else {}
        if parsed.given("apiserver-bind-port"):
            endpoint["bindPort"] = int(parsed.text("apiserver-bind-port"))
        join["controlPlane"] = {"localAPIEndpoint": endpoint, "certificateKey": parsed.text("certificate-key")}
    return {"JoinConfiguration": join}


def join(env: Env, parsed: Parsed) -> int:
    """0 when the node has joined; KubeadmError."""
    documents = read_documents(env, parsed.text("config")) if parsed.given("config") else _from_flags(env, parsed)
    config = join_configuration(env, documents)
    if parsed.given("node-name"):
        config["nodeRegistration"]["name"] = parsed.text("node-name")
    ignored = preflight.ignored_names(parsed.many("ignore-preflight-errors"), config["nodeRegistration"].get("ignorePreflightErrors") or [])
    skipped = check_phases(PHASES, parsed.many("skip-phases") or config.get("skipPhases") or [])
    wanted = config.get("controlPlane") is not None
    if wanted:
        refuse_key(config)
    if "preflight" not in skipped:
        print("[preflight] Running pre-flight checks", flush=True)
        preflight.root_only(env, ignored)
        preflight.run(preflight.for_join(env, config), ignored)
    if "file" in config["discovery"]:
        raise KubeadmError("the practice kubeadm joins by bootstrap token only, not by a discovery file")
    server, ca = discover(env, config)
    token = config["discovery"]["tlsBootstrapToken"]
    client = Client(Credentials(server, ca, token=token))
    kubelet, cluster = _cluster_configuration(client)
    master = Master(env, config, cluster) if wanted else None
    if master is not None and "preflight" not in skipped:
        master.check(ignored)
    if parsed.on("dry-run") or config.get("dryRun"):
        print("[dryrun] Finished dry-running successfully. Above are the resources that would be created")
        return 0
    if master is not None:
        _join_master(env, config, client, kubelet, master, skipped)
        return 0
    if "kubelet-start" not in skipped:
        _start(env, config, client, kubelet, str(cluster.get("clusterName") or "kubernetes"))
        _wait_bootstrap(env, config)
    print("\nThis node has joined the cluster:")
    print("* Certificate signing request was sent to apiserver and a response was received.")
    print("* The Kubelet was informed of the new secure connection details.\n")
    print("Run 'kubectl get nodes' on the control-plane to see this node join the cluster.\n")
    return 0


def _join_master(env: Env, config: dict, client: Client, kubelet: dict, master: Master, skipped: set[str]) -> None:
    steps = [("control-plane-prepare", master.prepare), ("check-etcd", master.check_etcd)]
    server = master.local_server() if master.local else client.credentials.server
    steps.append(("kubelet-start", lambda: _start(env, config, client, kubelet, master.cluster["clusterName"], server)))
    wait = ("kubelet-wait-bootstrap", lambda: _wait_bootstrap(env, config))
    steps += [("etcd-join", master.join_etcd), wait] if master.local else [wait, ("control-plane-join/etcd", master.join_etcd)]
    steps += [("control-plane-join/mark-control-plane", master.mark), ("wait-control-plane", master.wait)]
    for phase, step in steps:
        if phase not in skipped and phase.split("/")[0] not in skipped:
            step()
    master.done()


def _cluster_info(client: Client, identifier: str, deadline: float) -> dict[str, str]:
    """Data of cluster-info once it is signed for the token; KubeadmError at the deadline."""
    last = ""
    while True:
        try:
            found = client.get("/api/v1/namespaces/kube-public/configmaps/cluster-info").get("data") or {}
            if PREFIX + identifier in found:
                return dict(found)
            last = f'could not find a JWS signature in the cluster-info ConfigMap for token ID "{identifier}"'
        except (Refused, Unreachable) as error:
            last = f"failed to request the cluster-info ConfigMap: {error}"
        if time.time() + min(RETRY_SECONDS, 0.5) >= deadline:
            raise _untrusted(last)
        time.sleep(max(0.0, min(RETRY_SECONDS, deadline - time.time())))


def _untrusted(why: str) -> KubeadmError:
    return in_phase("preflight", f"couldn't validate the identity of the API Server: {why}")


def discover(env: Env, config: dict) -> tuple[str, str]:
    """Server URL and CA (PEM) of the cluster, trusted by the token's signature and the pins; KubeadmError."""
    bootstrap = config["discovery"]["bootstrapToken"]
    given = config["discovery"].get("timeout")
    limit = parse_duration(given) if given else seconds(config, "discovery", 300)
    deadline = time.time() + limit
    identifier, secret = bootstrap["token"].split(".")
    server = "https://" + bootstrap["apiServerEndpoint"]
    data = _cluster_info(Client(Credentials(server), 10), identifier, deadline)
    pins = bootstrap.get("caCertHashes") or []
    for one in pins:
        kind, _, value = one.partition(":")
        if not value:
            raise _untrusted(f'invalid discovery token CA certificate hash: invalid hash, expected "format:hex-value". Known format(s) are: sha256')
        if kind.lower() != "sha256":
            raise _untrusted(f'invalid discovery token CA certificate hash: unknown hash format "{kind}". Known format(s) are: sha256')
    text = data.get("kubeconfig", "")
    if not hmac.compare_digest(data[PREFIX + identifier], detached_signature(text, identifier, secret)):
        raise _untrusted("failed to verify JWS signature of received cluster info object, can't trust this API Server")
    document = load(text)
    assert isinstance(document, dict)
    cluster = document["clusters"][0]["cluster"]  # type: ignore[index,call-overload]
    ca = base64.b64decode(cluster["certificate-authority-data"]).decode()
    if pins:
        found = pki.pin(ca)
        if found not in [one.lower() for one in pins]:
            raise _untrusted(f'cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "{found}" are pinned')
        again = _cluster_info(Client(Credentials(server, ca), 10), identifier, time.time() + 10)
        if again.get("kubeconfig") != text:
            raise _untrusted("the second kubeconfig from the cluster-info ConfigMap (using validated TLS) was different from the first")
    return str(cluster["server"]), ca


def _cluster_configuration(client: Client) -> tuple[dict, dict]:
    print("[preflight] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"...")
    try:
        data = client.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config")["data"]
        kubelet = client.get("/api/v1/namespaces/kube-system/configmaps/kubelet-config")["data"]["kubelet"]
    except (Refused, Unreachable) as error:
        raise in_phase("preflight", f"unable to fetch the kubeadm-config ConfigMap: failed to get config map: {error}") from None
    cluster, loaded = load(data["ClusterConfiguration"]), load(kubelet)
    assert isinstance(cluster, dict) and isinstance(loaded, dict)
    return dict(loaded), dict(cluster)


def _start(env: Env, config: dict, client: Client, kubelet: dict, cluster_name: str, server: str = "") -> None:
    name = config["nodeRegistration"]["name"]
    server, ca, token = server or client.credentials.server, client.credentials.ca, client.credentials.token
    _refuse_known(client, name)
    conf = kubeconfig(cluster_name, "tls-bootstrap-token-user", Credentials(server, ca, token=token))
    files.write(env.path(BOOTSTRAP_CONF), conf, 0o600)
    ca_path = env.path(config["caCertPath"])
    if not os.path.exists(ca_path):
        files.write(ca_path, ca, 0o644)
    stop_kubelet()
    # A control plane's taints are set when it is marked.
    taints = (config["nodeRegistration"].get("taints") or []) if config.get("controlPlane") is None else []
    kubelet_env.write(env, kubelet, config["nodeRegistration"], taints)
    os.makedirs(env.path("/etc/kubernetes/manifests"), exist_ok=True)
    start_kubelet()


def _wait_bootstrap(env: Env, config: dict) -> None:
    wait_kubelet(env, seconds(config, "kubeletHealthCheck", 240), "kubelet-start")
    limit = seconds(config, "tlsBootstrap", 300)
    print("[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap", flush=True)
    deadline = time.time() + limit
    while not os.path.exists(env.path(KUBELET_CONF)):
        if time.time() > deadline:
            raise in_phase("kubelet-start", "timed out waiting for the condition")
        time.sleep(0.3)
    files.remove(env.path(BOOTSTRAP_CONF))


def _refuse_known(client: Client, name: str) -> None:
    try:
        node = client.get(f"/api/v1/nodes/{name}")
    except Refused as error:
        if error.reason == "NotFound":
            return
        raise in_phase("kubelet-start", f'cannot get Node "{name}": {error}') from None
    if any(c["type"] == "Ready" and c["status"] == "True" for c in node.get("status", {}).get("conditions") or []):
        told = f'a Node with name "{name}" and status "Ready" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node'
        raise in_phase("kubelet-start", told)
