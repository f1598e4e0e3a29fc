"""kube-apiserver: the API, the controllers and the scheduler of the practice cluster in one process.

Started by the kubelet stand-in from /etc/kubernetes/manifests/kube-apiserver.yaml, as a static pod would be.
"""

import os
import secrets
import signal
import ssl
import sys
import threading

from practice import files, klog
from practice.api_bootstrap import bootstrap
from practice.api_http import ApiServer
from practice.api_request import Api
from practice.api_store import Store
from practice.api_verbs import Cluster
from practice.controllers import Controllers
from practice.env import Env, from_environment
from practice.etcd_copy import settle
from practice.etcd_http import ClientHandler, PeerHandler
from practice.etcd_link import Link, client_context, server_context
from practice.etcd_members import own
from practice.etcd_quorum import Quorum
from practice.listen import hold_ports
from practice.static_pods import flags_of


def _context(env: Env, flags: dict[str, str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(env.path(flags["tls-cert-file"]), env.path(flags["tls-private-key-file"]))
    context.load_verify_locations(env.path(flags["client-ca-file"]))
    context.verify_mode = ssl.CERT_OPTIONAL
    context.set_alpn_protocols(["http/1.1"])
    return context


def _key(folder: str) -> str:
    path = os.path.join(folder, "account-key")
    if not os.path.exists(path):
        files.write(path, secrets.token_hex(32), 0o600)
    return files.read(path)


def _quorum(env: Env, folder: str, store: Store, flags: dict[str, str]) -> Quorum:
    pki = _etcd_pki(env, flags)
    joining = flags.get("initial-cluster-state") == "existing" and store.membership is None

    def link(url: str) -> Link:
        return Link(url, client_context(f"{pki}/ca.crt", f"{pki}/peer.crt", f"{pki}/peer.key"))

    quorum = Quorum(folder, store, own(env, flags), joining, link)
    quorum.key = _key(folder)
    return quorum


def _etcd_pki(env: Env, flags: dict[str, str]) -> str:
    return os.path.dirname(env.path(flags.get("cert-file", "/etc/kubernetes/pki/etcd/server.crt")))


def _serve_etcd(env: Env, api: Api, flags: dict[str, str]) -> None:
    pki = _etcd_pki(env, flags)
    for port, name, handler in ((2379, "server", ClientHandler), (2380, "peer", PeerHandler)):
        server = ApiServer(("", env.port(port)), api, server_context(pki, name), handler)
        threading.Thread(target=server.serve_forever, args=(1,), daemon=True).start()


def main() -> int:
    """Serves until it is ended; 1 when the manifest or a certificate cannot be used."""
    env = from_environment()
    flags = flags_of(env.path("/etc/kubernetes/manifests/kube-apiserver.yaml"))
    manager = flags_of(env.path("/etc/kubernetes/manifests/kube-controller-manager.yaml"))
    etcd = flags_of(env.path("/etc/kubernetes/manifests/etcd.yaml"))
    folder = env.path(etcd.get("data-dir", "/var/lib/etcd")) + "/member"
    os.makedirs(folder, mode=0o700, exist_ok=True)
    port, subnet = int(flags.get("secure-port", str(env.api_port))), flags.get("service-cluster-ip-range", "10.96.0.0/12")
    settle(os.path.join(folder, "objects"))
    store = Store(os.path.join(folder, "objects"))
    cluster = Cluster(store, subnet)
    quorum = _quorum(env, folder, store, etcd)
    if quorum.alone:
        bootstrap(cluster, env)
    api = Api(env, cluster, quorum, flags.get("advertise-address", "127.0.0.1"), port)
    try:
        server = ApiServer(("", port), api, _context(env, flags))
    except OSError as error:
        klog.error("run.go:72", f'"command failed" err="failed to create listener: failed to listen on 0.0.0.0:{port}: {error}"')
        return 1
    try:
        _serve_etcd(env, api, etcd)
    except OSError as error:
        klog.error("etcd.go:404", f'"failed to start etcd" err="{error}"')
        return 1
    held = hold_ports([("127.0.0.1", env.port(known)) for known in (10257, 10259)])
    controllers = Controllers(env, cluster, manager, quorum)
    threading.Thread(target=controllers.run, daemon=True).start()

    def end(*_: object) -> None:
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    klog.info("secure_serving.go:213", f"Serving securely on [::]:{port}")
    server.serve_forever(poll_interval=1)
    del held
    return 0


if __name__ == "__main__":
    sys.exit(main())
