"""kubelet: registers the machine, keeps the control plane of its manifests running, acts for the pods bound to it."""

import os
import signal
import sys
import threading
import time

from practice import klog, process
from practice.client import Client, Refused, Unreachable, read_kubeconfig
from practice.env import Env, from_environment
from practice.flags import FlagError, Parsed, parse
from practice.kubelet_flags import table
from practice.kubelet_start import StartError, check, load_config

BUSY_SECONDS, IDLE_SECONDS = 1.0, 5.0


def _health(env: Env, config: dict) -> None:
    """Serves /healthz on localhost, and keeps the kubelet's own port busy."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    from practice.listen import hold_ports

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = self.path == "/healthz"
            body = b"ok" if good else b"404 page not found"
            self.send_response(200 if good else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def server_bind(self) -> None:
            import socketserver

            socketserver.TCPServer.server_bind(self)
            self.server_name, self.server_port = "kubelet", self.server_address[1]

    # With shifted ports several nodes share one machine, and the port of the cluster's configuration is another node's.
    port = env.port(10248) if env.port_shift else int(config.get("healthzPort") or 10248)
    server = Server((config.get("healthzBindAddress") or "127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hold_ports([("", env.port(10250))])


def _keep_api(env: Env, folder: str) -> None:
    # On a master that joins, etcd's manifest comes last; an API server without its etcd would only end and start again.
    wanted = all(os.path.exists(os.path.join(folder, name + ".yaml")) for name in ("kube-apiserver", "etcd"))
    running = process.api_pid(env) is not None
    if wanted and not running:
        process.start_api(env)
    elif running and not wanted:
        process.stop_api(env)


def _run(env: Env, parsed: Parsed, config: dict) -> None:
    from practice.kubelet_bootstrap import bootstrap
    from practice.kubelet_node import Node
    from practice.kubelet_pods import Pods

    folder = env.path(parsed.text("pod-manifest-path") or config.get("staticPodPath") or "/etc/kubernetes/manifests")
    kubeconfig = parsed.text("kubeconfig")
    node = Node(env, parsed, config)
    pods = Pods(env, node, folder)
    client: Client | None = None
    last, calm = "", 0
    while True:
        # Children that ended are collected here; the API is a child until the kubelet restarts.
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        _keep_api(env, folder)
        try:
            if client is None:
                if os.path.exists(env.path(kubeconfig)) or bootstrap(env, parsed.text("bootstrap-kubeconfig"), kubeconfig, node.name):
                    client = Client(read_kubeconfig(env, kubeconfig))
            if client is not None:
                node.step(client)
                calm = calm + 1 if pods.step(client) else 0
                last = ""
        except (Refused, Unreachable, OSError, ValueError) as error:
            if str(error) != last:
                klog.error("kubelet.go:3142", f'"Failed to talk to the API server" err="{error}"')
            last, calm = str(error), 0
        time.sleep(IDLE_SECONDS if calm > 10 else BUSY_SECONDS)


def main(argv: list[str]) -> int:
    """Runs in the foreground; 1 with the real program's words when it cannot start."""
    env = from_environment()
    try:
        parsed = parse(table(env.minor), argv, {"v": "v", "h": "help"})
    except FlagError as error:
        sys.stderr.write(f'E "command failed" err="failed to parse kubelet flag: {error}"\n')
        return 1
    if parsed.on("version"):
        print(f"Kubernetes {env.version}")
        return 0
    if parsed.args:
        sys.stderr.write(f'E "command failed" err="unknown command {parsed.args[0]}"\n')
        return 1
    try:
        config = load_config(env, parsed.text("config")) if parsed.given("config") else {}
        check(env, parsed, config)
        _health(env, config)
    except (StartError, OSError) as error:
        klog.error("run.go:72", f'"command failed" err="{error}"')
        return 1
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    klog.info("server.go:525", f'"Kubelet version" kubeletVersion="{env.version}"')
    _run(env, parsed, config)
    return 0
