"""Starting the kubelet and waiting for what it brings up."""

import http.client
import time

from practice import klog, services
from practice.client import Client, Refused, Unreachable
from practice.durations import parse_duration
from practice.env import Env
from practice.kubeadm_errors import in_phase


def seconds(config: dict, name: str, otherwise: float) -> float:
    """A member of `timeouts`, in seconds."""
    given = (config.get("timeouts") or {}).get(name)
    return parse_duration(given) if given else otherwise


def stop_kubelet() -> None:
    """Stops the service as kubeadm does before it writes the kubelet's files."""
    if not services.present():
        klog.warn("kubelet.go:36", "[kubelet-start] The kubelet service could not be stopped by kubeadm. Unable to detect a supported init system!")
        return
    good, output = services.stop("kubelet")
    if not good:
        klog.warn("kubelet.go:45", f"[kubelet-start] WARNING: unable to stop the kubelet service momentarily: [{output.strip()}]")


def start_kubelet() -> None:
    """Starts the service; a failure is only warned about, what follows runs into its time limit."""
    print("[kubelet-start] Starting the kubelet")
    if not services.present():
        klog.warn("kubelet.go:66", "[kubelet-start] The kubelet service could not be started by kubeadm. Unable to detect a supported init system!")
        return
    good, output = services.start("kubelet")
    if not good:
        klog.warn("kubelet.go:75", f"[kubelet-start] WARNING: unable to start the kubelet service: [{output.strip()}]")


def _healthy(env: Env) -> str:
    url = f"http://127.0.0.1:{env.port(10248)}/healthz"
    try:
        connection = http.client.HTTPConnection("127.0.0.1", env.port(10248), timeout=2)
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
        connection.close()
        return "" if status == 200 else f"status {status}"
    except (OSError, http.client.HTTPException) as error:
        return f'failed to call HTTP GET "{url}": Get "{url}": {error}'


def wait_kubelet(env: Env, limit: float, phase: str) -> None:
    """Waits for the kubelet's health; KubeadmError after the limit."""
    shown = f"http://127.0.0.1:{env.port(10248)}/healthz"
    print(f"[kubelet-check] Waiting for a healthy kubelet at {shown}. This can take up to {int(limit)}s")
    begun = time.time()
    while True:
        why = _healthy(env)
        if not why:
            print(f"[kubelet-check] The kubelet is healthy after {time.time() - begun:.1f}s")
            return
        if time.time() - begun >= limit:
            print(f"[kubelet-check] The kubelet is not healthy after {limit:.1f}s\n")
            print("Unfortunately, an error has occurred, likely caused by:\n\t- The kubelet is not running\n\t- The kubelet is unhealthy due to a misconfiguration of the node in some way (required cgroups disabled)\n")
            message = "failed while waiting for the kubelet to start: The HTTP call equal to 'curl -sSL " + shown + f"' returned error: {why}"
            raise in_phase(phase, message)
        time.sleep(0.5)


def wait_api(client: Client, limit: float) -> None:
    """Waits until the API answers /livez; KubeadmError after the limit."""
    server = client.credentials.server
    print(f"[control-plane-check] Waiting for healthy control plane components. This can take up to {int(limit)}s")
    print(f"[control-plane-check] Checking kube-apiserver at {server}/livez")
    begun, why = time.time(), ""
    while time.time() - begun < limit:
        try:
            client.get("/livez")
        except (Refused, Unreachable) as error:
            why = str(error)
            if isinstance(error, Refused):
                break
            time.sleep(0.5)
            continue
        print(f"[control-plane-check] kube-apiserver is healthy after {time.time() - begun:.1f}s")
        return
    print(f"[control-plane-check] kube-apiserver is not healthy after {time.time() - begun:.1f}s\n")
    print("A control plane component may have crashed or exited when started by the container runtime.")
    raise in_phase("wait-control-plane", f"failed while waiting for the control plane to start: kube-apiserver check failed at {server}/livez: {why}")
