"""What a pod needs on its node before it can run: host paths, configuration, mount propagation."""

import os
import stat

from practice import files
from practice.client import Client, Refused
from practice.env import Env

_KINDS = {"Directory": stat.S_ISDIR, "File": stat.S_ISREG, "Socket": stat.S_ISSOCK, "CharDevice": stat.S_ISCHR, "BlockDevice": stat.S_ISBLK}
_SHOWN = {"Directory": "a directory", "File": "a file", "Socket": "a socket file", "CharDevice": "a character device", "BlockDevice": "a block device"}


def _host_path(env: Env, name: str, source: dict) -> str:
    path, kind = source["path"], source.get("type") or ""
    real = env.path(path)
    if kind in ("", "DirectoryOrCreate"):
        if not os.path.exists(real):
            os.makedirs(real, mode=0o755, exist_ok=True)
        kind = "Directory" if kind else ""
    elif kind == "FileOrCreate":
        if not os.path.exists(real):
            files.write(real, "", 0o644)
        kind = "File"
    if kind and not (os.path.exists(real) and _KINDS[kind](os.stat(real).st_mode)):
        return f'MountVolume.SetUp failed for volume "{name}" : hostPath type check failed: {path} is not {_SHOWN[kind]}'
    return ""


def volume_problem(env: Env, client: Client, pod: dict) -> str:
    """Why a volume cannot be had; "" when all can."""
    namespace = pod["metadata"]["namespace"]
    for volume in pod["spec"].get("volumes") or []:
        problem = _host_path(env, volume["name"], volume["hostPath"]) if "hostPath" in volume else ""
        for field, key, plural in (("configMap", "name", "configmaps"), ("secret", "secretName", "secrets")):
            source = volume.get(field)
            if problem or not source or source.get("optional"):
                continue
            try:
                client.get(f"/api/v1/namespaces/{namespace}/{plural}/{source[key]}")
            except Refused as error:
                problem = f'MountVolume.SetUp failed for volume "{volume["name"]}" : {error.message}'
        if problem:
            return problem
    return ""


def mount_of(env: Env, path: str) -> tuple[str, bool, bool]:
    """The mount that a path lies on: its place, whether it is shared, whether it is a slave."""
    best = ("/", False, False)
    for line in files.read_or(env.path("/proc/self/mountinfo"), "").splitlines():
        fields = line.split(" ")
        if len(fields) < 7:
            continue
        place, options = fields[4], fields[6 : fields.index("-") if "-" in fields else len(fields)]
        within = place == "/" or path == place or path.startswith(place + "/")
        if within and len(place) >= len(best[0]):
            best = (place, any(o.startswith("shared:") for o in options), any(o.startswith("master:") for o in options))
    return best


def propagation_problem(env: Env, pod: dict, container: dict) -> str:
    """Why a container's mounts cannot propagate; "" when they can (texts of containerd's pkg/oci)."""
    paths = {volume["name"]: volume["hostPath"]["path"] for volume in pod["spec"].get("volumes") or [] if "hostPath" in volume}
    for mount in container.get("volumeMounts") or []:
        wanted, path = mount.get("mountPropagation"), paths.get(mount["name"])
        if not path or wanted not in ("Bidirectional", "HostToContainer"):
            continue
        place, shared, slave = mount_of(env, path)
        lead = f'failed to generate container "{container["name"]}" spec: failed to generate spec: path "{path}" is mounted on "{place}" but it is not a '
        if wanted == "Bidirectional" and not shared:
            return lead + "shared mount"
        if wanted == "HostToContainer" and not (shared or slave):
            return lead + "shared or slave mount"
    return ""


def install_network(env: Env, pod: dict) -> None:
    """A host-network pod that mounts /etc/cni/net.d brings the network, as canal's install-cni does."""
    spec = pod["spec"]
    hosts = [(volume.get("hostPath") or {}).get("path", "").rstrip("/") for volume in spec.get("volumes") or []]
    if not spec.get("hostNetwork") or "/etc/cni/net.d" not in hosts:
        return
    owner = next((o["name"] for o in pod["metadata"].get("ownerReferences") or [] if o["kind"] == "DaemonSet"), pod["metadata"]["name"])
    path = env.path(f"/etc/cni/net.d/10-{owner}.conflist")
    text = '{\n  "cniVersion": "1.0.0",\n  "name": "' + owner + '",\n  "plugins": [{"type": "bridge", "isGateway": true}, {"type": "portmap", "capabilities": {"portMappings": true}}]\n}\n'
    if files.read_or(path, "") != text:
        files.write(path, text, 0o644)
