"""Pods of this node: brought to Running when what they need is there, taken away when they are deleted."""

import hashlib
import ipaddress
import json

from practice import containers, files, klog
from practice.client import Client, Refused
from practice.durations import rfc3339
from practice.env import Env
from practice.kubelet_node import Node
from practice.kubelet_volumes import install_network, propagation_problem, volume_problem
from practice.static_pods import all_manifests


class Pods:
    """Everything bound to the node, and the mirrors of its static pods."""

    def __init__(self, env: Env, node: Node, folder: str) -> None:
        self.env, self.node, self.folder = env, node, folder
        self.told: set[tuple[str, str]] = set()
        self.shown = ""
        self.attempts = {(one["uid"], one["name"]): one["attempt"] for one in containers.listed(env)}

    def step(self, client: Client) -> bool:
        """One round; whether every pod is in the state that it should have."""
        found = client.get(f"/api/v1/pods?fieldSelector=spec.nodeName%3D{self.node.name}")["items"]
        running = [pod for pod in found if pod["status"].get("phase") == "Running" and not pod["metadata"].get("deletionTimestamp")]
        taken = {pod["status"].get("podIP", "") for pod in running}
        for pod in found:
            meta = pod["metadata"]
            try:
                if meta.get("deletionTimestamp"):
                    client.request("DELETE", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}", {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}})
                elif pod not in running:
                    self._start(client, pod, taken)
            except Refused as error:
                if error.reason not in ("NotFound", "Conflict"):
                    klog.error("pod_workers.go:1301", f'"Error syncing pod, skipping" err="{error}" pod="{meta["namespace"]}/{meta["name"]}"')
        self._mirrors(client, {pod["metadata"]["name"]: pod for pod in found})
        self._restart(client, running)
        self._note(running)
        return len(running) == len(found)

    def _start(self, client: Client, pod: dict, taken: set[str]) -> None:
        spec = pod["spec"]
        _, network, _ = self.node.runtime()
        problem, reason = volume_problem(self.env, client, pod), "FailedMount"
        if not problem and not spec.get("hostNetwork") and not network:
            problem, reason = "network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized", "NetworkNotReady"
        if problem:
            self._waiting(client, pod, "ContainerCreating", reason, problem)
            return
        for container in (spec.get("initContainers") or []) + spec["containers"]:
            problem = propagation_problem(self.env, pod, container)
            if problem:
                self._waiting(client, pod, "CreateContainerError", "Failed", problem, container["name"])
                return
        install_network(self.env, pod)
        address = self.node.address.split(",")[0] if spec.get("hostNetwork") else self._address(taken)
        taken.add(address)
        self._post(client, pod, self._running(pod, address))

    def _address(self, taken: set[str]) -> str:
        network = ipaddress.ip_network(self.node.pod_cidr or "10.244.255.0/24")
        return next((str(host) for host in list(network.hosts())[1:] if str(host) not in taken), "")

    def _running(self, pod: dict, address: str) -> dict:
        now = pod["status"].get("startTime") or rfc3339()
        conditions = [{"type": kind, "status": "True", "lastTransitionTime": now} for kind in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")]
        status = {"phase": "Running", "conditions": conditions, "hostIP": self.node.address.split(",")[0], "podIP": address, "podIPs": [{"ip": address}], "startTime": now, "qosClass": "BestEffort"}
        status["containerStatuses"] = [_container(pod, container, {"running": {"startedAt": now}}, True) for container in pod["spec"]["containers"]]
        if pod["spec"].get("initContainers"):
            over = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}}
            status["initContainerStatuses"] = [_container(pod, container, over, True) for container in pod["spec"]["initContainers"]]
        return status

    def _waiting(self, client: Client, pod: dict, state: str, reason: str, message: str, culprit: str = "") -> None:
        meta = pod["metadata"]
        if (meta["uid"], message) in self.told:
            return
        self.told.add((meta["uid"], message))
        klog.error("pod_workers.go:1301", f'"Error syncing pod, skipping" err="{message}" pod="{meta["namespace"]}/{meta["name"]}"')
        now = rfc3339()
        unready = [{"type": kind, "status": "False", "reason": "ContainersNotReady", "lastTransitionTime": now} for kind in ("Ready", "ContainersReady")]
        status = {"phase": "Pending", "conditions": [*unready, {"type": "PodScheduled", "status": "True", "lastTransitionTime": now}], "hostIP": self.node.address.split(",")[0], "startTime": now, "qosClass": "BestEffort"}

        def told(container: dict) -> dict:
            why = state if not culprit or container["name"] == culprit else "PodInitializing"
            return _container(pod, container, {"waiting": {"reason": why, "message": message}}, False)

        status["containerStatuses"] = [told(container) for container in pod["spec"]["containers"]]
        if pod["spec"].get("initContainers"):
            status["initContainerStatuses"] = [told(container) for container in pod["spec"]["initContainers"]]
        self._post(client, pod, status)
        about = {"apiVersion": "v1", "kind": "Pod", "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]}
        body = {"apiVersion": "v1", "kind": "Event", "metadata": {"generateName": meta["name"] + ".", "namespace": meta["namespace"]}, "involvedObject": about}
        body |= {"type": "Warning", "reason": reason, "message": message, "firstTimestamp": now, "lastTimestamp": now, "count": 1, "source": {"component": "kubelet", "host": self.node.name}}
        client.request("POST", f"/api/v1/namespaces/{meta['namespace']}/events", body)

    def _post(self, client: Client, pod: dict, status: dict) -> None:
        meta = pod["metadata"]
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]}, "spec": pod["spec"], "status": status}
        client.request("PUT", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/status", body)

    def _mirrors(self, client: Client, present: dict[str, dict]) -> None:
        wanted = {}
        for manifest in all_manifests(self.folder).values():
            wanted[f"{manifest['metadata']['name']}-{self.node.name}"] = manifest
        for name, manifest in wanted.items():
            mark = hashlib.md5(json.dumps(manifest, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
            known = present.get(name)
            notes = {"kubernetes.io/config.hash": mark, "kubernetes.io/config.mirror": mark, "kubernetes.io/config.source": "file"}
            if known is not None:
                if known["metadata"].get("annotations", {}).get("kubernetes.io/config.hash") == mark:
                    continue
                self._remove(client, known)
            namespace = manifest["metadata"].get("namespace", "default")
            meta = manifest["metadata"] | {"name": name, "namespace": namespace, "annotations": (manifest["metadata"].get("annotations") or {}) | notes}
            spec = manifest["spec"] | {"nodeName": self.node.name, "tolerations": [{"operator": "Exists", "effect": "NoExecute"}]}
            client.request("POST", f"/api/v1/namespaces/{namespace}/pods", {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})
        for name, pod in present.items():
            if "kubernetes.io/config.mirror" in (pod["metadata"].get("annotations") or {}) and name not in wanted:
                self._remove(client, pod)

    def _remove(self, client: Client, pod: dict) -> None:
        meta = pod["metadata"]
        client.request("DELETE", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}", {"gracePeriodSeconds": 0})

    def _restart(self, client: Client, running: list[dict]) -> None:
        """Containers that somebody has stopped start again: static pods and Deployments have restartPolicy Always."""
        for pod in running:
            for status in pod["status"].get("containerStatuses") or []:
                place = (pod["metadata"]["uid"], status["name"])
                old = containers.identifier(*place, self.attempts.get(place, 0))
                if containers.stopped(self.env, old):
                    self.attempts[place] = self.attempts.get(place, 0) + 1
                    status["containerID"] = f"containerd://{containers.identifier(*place, self.attempts[place])}"
                    status["restartCount"] = status.get("restartCount", 0) + 1
                    status["state"] = {"running": {"startedAt": rfc3339()}}
                    self._post(client, pod, pod["status"])
                    containers.forget_stopped(self.env, old)

    def _note(self, running: list[dict]) -> None:
        """What crictl lists."""
        rows = []
        for pod in running:
            meta = pod["metadata"]
            for container in pod["spec"]["containers"]:
                place = (meta["uid"], container["name"])
                attempt = self.attempts.get(place, 0)
                row = {"id": containers.identifier(*place, attempt), "name": container["name"], "image": container["image"]}
                rows.append(row | {"pod": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"], "attempt": attempt})
        text = json.dumps(rows)
        if text != self.shown:
            self.shown = text
            files.write(self.env.path(containers.LIST), text, 0o644)


def _container(pod: dict, container: dict, state: dict, ready: bool) -> dict:
    status = {"name": container["name"], "image": container["image"], "imageID": "", "ready": ready, "restartCount": 0, "state": state, "lastState": {}}
    if ready:
        identifier = containers.identifier(pod["metadata"]["uid"], container["name"], 0)
        status |= {"containerID": f"containerd://{identifier}", "started": "running" in state}
    return status
