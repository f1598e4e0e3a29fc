"""The containers of this machine: listed by the kubelet, stopped by crictl. No process is behind them but the API's."""

import hashlib
import json
import os

from practice import files
from practice.env import Env

LIST = "/run/practice/containers.json"
STOPPED = "/run/practice/stopped"


def identifier(uid: str, name: str, attempt: int) -> str:
    """The id of a pod's container; each start makes a new one."""
    return hashlib.sha256(f"{uid}{name}{attempt or ''}".encode()).hexdigest()


def listed(env: Env) -> list[dict]:
    """What the kubelet wrote last: id, name, image, pod, namespace, uid, attempt."""
    try:
        found = json.loads(files.read_or(env.path(LIST), "[]"))
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def running(env: Env) -> list[dict]:
    """Those that nobody has stopped."""
    return [one for one in listed(env) if not stopped(env, one["id"])]


def labels(one: dict) -> dict[str, str]:
    """The labels that the kubelet gives its containers (K/K pkg/kubelet/types/labels.go)."""
    kubernetes = {"container.name": one["name"], "pod.name": one["pod"], "pod.namespace": one["namespace"], "pod.uid": one.get("uid", "")}
    return {f"io.kubernetes.{name}": value for name, value in kubernetes.items()}


def stopped(env: Env, container: str) -> bool:
    """Whether the container was stopped and the kubelet has not seen it."""
    return os.path.exists(env.path(f"{STOPPED}/{container}"))


def mark_stopped(env: Env, container: str) -> None:
    """Stops a container; the kubelet starts another."""
    files.write(env.path(f"{STOPPED}/{container}"), "", 0o644)


def forget_stopped(env: Env, container: str) -> None:
    """The kubelet has seen it."""
    files.remove(env.path(f"{STOPPED}/{container}"))
