"""Manifests in /etc/kubernetes/manifests."""

import json
import os

from practice import files
from practice.yamlish import YamlError, load


def read_manifest(path: str) -> dict | None:
    """The pod of a manifest; None when there is no readable one."""
    text = files.read_or(path, "")
    if not text:
        return None
    try:
        pod = json.loads(text) if text.lstrip().startswith("{") else load(text)
    except (YamlError, ValueError):
        return None
    return pod if isinstance(pod, dict) and pod.get("kind") == "Pod" else None


def flags_of(path: str) -> dict[str, str]:
    """The long flags of the first container's command; empty when there is no manifest."""
    pod = read_manifest(path)
    if pod is None:
        return {}
    command = pod["spec"]["containers"][0].get("command") or []
    pairs = [word[2:].partition("=") for word in command if word.startswith("--")]
    return {name: value for name, _, value in pairs}


def all_manifests(folder: str) -> dict[str, dict]:
    """Pods of a manifest folder by file name; files that start with a dot are left out."""
    if not os.path.isdir(folder):
        return {}
    found: dict[str, dict] = {}
    for name in sorted(os.listdir(folder)):
        pod = None if name.startswith(".") else read_manifest(os.path.join(folder, name))
        if pod is not None:
            found[name] = pod
    return found
