"""The Node object: registration, status, lease."""

import os
import platform
import re
import socket
import time

from practice import cri, files, klog
from practice.client import Client, Refused
from practice.durations import micro_time, rfc3339
from practice.env import Env
from practice.flags import Parsed
from practice.kubeadm_config import default_address
from practice.preflight import cpus

LEASE_SECONDS = 10.0
HEARTBEAT_SECONDS = 60.0
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


def taints_of(text: str) -> list[dict]:
    """Taints of --register-with-taints: key=value:effect, comma separated."""
    taints = []
    for part in text.split(","):
        match = re.match(r"^([^=:]+)(?:=([^:]*))?:(\w+)$", part)
        if match:
            taint = {"key": match.group(1), "effect": match.group(3)}
            taints.append(taint | ({"value": match.group(2)} if match.group(2) else {}))
    return taints


class Node:
    """This machine as a node."""

    def __init__(self, env: Env, parsed: Parsed, config: dict) -> None:
        self.env = env
        self.name = parsed.text("hostname-override") or socket.gethostname().strip().lower()
        self.address = parsed.text("node-ip") or default_address()
        self.endpoint = parsed.text("container-runtime-endpoint") or config.get("containerRuntimeEndpoint") or "unix:///run/containerd/containerd.sock"
        self.labels = dict(pair.partition("=")[::2] for pair in parsed.text("node-labels").split(",") if pair)
        self.taints = taints_of(parsed.text("register-with-taints")) or list(config.get("registerWithTaints") or [])
        self.max_pods = int(parsed.text("max-pods") or config.get("maxPods") or 110)
        self.registered = False
        self.posted: tuple[object, float] = (None, 0.0)
        self.leased = 0.0
        self.pod_cidr = ""

    def runtime(self) -> tuple[bool, bool, str]:
        """Runtime up, network up, version."""
        try:
            found = cri.ask(self.env, self.endpoint, "status")
        except cri.RuntimeDown:
            return False, False, ""
        states = {condition["type"]: condition["status"] for condition in found["status"]["conditions"]}
        return bool(states.get("RuntimeReady")), bool(states.get("NetworkReady")), str(found.get("version", ""))

    def step(self, client: Client) -> None:
        """Registers once, then posts status and lease when they are due."""
        if not self.registered:
            self._register(client)
        now = time.time()
        if now - self.leased >= LEASE_SECONDS:
            self._lease(client)
            self.leased = now
        status = self.status()
        key = [(c["type"], c["status"], c["message"]) for c in status["conditions"]]
        if key != self.posted[0] or now - self.posted[1] >= HEARTBEAT_SECONDS:
            self._post(client, status)
            self.posted = (key, now)

    def _register(self, client: Client) -> None:
        machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        labels = {"beta.kubernetes.io/arch": machine, "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": machine, "kubernetes.io/os": "linux"}
        labels |= {"kubernetes.io/hostname": self.name} | self.labels
        note = {"volumes.kubernetes.io/controller-managed-attach-detach": "true", "kubeadm.alpha.kubernetes.io/cri-socket": self.endpoint, "node.alpha.kubernetes.io/ttl": "0"}
        taints = [*self.taints, {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]
        meta = {"name": self.name, "labels": labels, "annotations": note}
        body = {"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": {"taints": taints}, "status": self.status()}
        klog.info("kubelet_node_status.go:75", f'"Attempting to register node" node="{self.name}"')
        try:
            client.request("POST", "/api/v1/nodes", body)
        except Refused as error:
            if error.reason != "AlreadyExists":
                raise
            client.merge(f"/api/v1/nodes/{self.name}", {"metadata": {"labels": labels}})
            self._post(client, self.status())
        self.registered = True
        klog.info("kubelet_node_status.go:78", f'"Successfully registered node" node="{self.name}"')

    def _post(self, client: Client, status: dict) -> None:
        try:
            node = client.get(f"/api/v1/nodes/{self.name}")
        except Refused as error:
            klog.error("kubelet_node_status.go:548", f'"Error updating node status, will retry" err="{error}"')
            return
        self.pod_cidr = node["spec"].get("podCIDR", "")
        before = {c["type"]: c for c in node.get("status", {}).get("conditions") or []}
        for condition in status["conditions"]:
            known = before.get(condition["type"])
            if known and known["status"] == condition["status"]:
                condition["lastTransitionTime"] = known.get("lastTransitionTime", condition["lastTransitionTime"])
        node["status"] = status
        node["metadata"].pop("resourceVersion", None)
        client.request("PUT", f"/api/v1/nodes/{self.name}/status", node)

    def _lease(self, client: Client) -> None:
        spec = {"holderIdentity": self.name, "leaseDurationSeconds": 40, "renewTime": micro_time()}
        body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": self.name, "namespace": "kube-node-lease"}, "spec": spec}
        client.put_in(LEASES, body)

    def status(self) -> dict:
        """The status as it is now."""
        up, network, version = self.runtime()
        now = rfc3339()
        problems = [] if up else ["container runtime is down"]
        if not network:
            problems.append("container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized")
        fine = {
            "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        }
        conditions = [{"type": kind, "status": "False", "reason": why, "message": text} for kind, (why, text) in fine.items()]
        ready = {"type": "Ready", "status": "False" if problems else "True", "reason": "KubeletNotReady" if problems else "KubeletReady"}
        conditions.append(ready | {"message": ", ".join(problems) or "kubelet is posting ready status"})
        for condition in conditions:
            condition |= {"lastHeartbeatTime": now, "lastTransitionTime": now}
        memory = re.search(r"^MemTotal:\s+(\d+)", files.read_or(self.env.path("/proc/meminfo"), ""), re.M)
        amounts = {"cpu": str(cpus(self.env)), "memory": f"{memory.group(1) if memory else 0}Ki", "pods": str(self.max_pods), "ephemeral-storage": self._disk()}
        addresses = [{"type": "InternalIP", "address": self.address.split(",")[0]}, {"type": "Hostname", "address": self.name}]
        return {
            "addresses": addresses,
            "allocatable": amounts,
            "capacity": dict(amounts),
            "conditions": conditions,
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": self._info(version),
        }

    def _disk(self) -> str:
        found = os.statvfs(self.env.root)
        return f"{found.f_blocks * found.f_frsize // 1024}Ki"

    def _info(self, runtime: str) -> dict:
        release = files.read_or(self.env.path("/etc/os-release"), "")
        pretty = re.search(r'^PRETTY_NAME="?([^"\n]*)', release, re.M)
        system = platform.uname()
        return {
            "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(system.machine, system.machine),
            "bootID": files.read_or(self.env.path("/proc/sys/kernel/random/boot_id"), "").strip(),
            "containerRuntimeVersion": f"containerd://{runtime.removeprefix('v')}" if runtime else "containerd://Unknown",
            "kernelVersion": system.release,
            "kubeProxyVersion": "",
            "kubeletVersion": self.env.version,
            "machineID": files.read_or(self.env.path("/etc/machine-id"), "").strip(),
            "operatingSystem": "linux",
            "osImage": pretty.group(1) if pretty else "Unknown",
            "systemUUID": files.read_or(self.env.path("/sys/class/dmi/id/product_uuid"), "").strip(),
        }
