"""What the kubelet looks at before it starts, and dies of."""

import os
import re

from practice import cri, files, schema
from practice.env import Env
from practice.flags import Parsed
from practice.kubelet_flags import forbidden_labels
from practice.types_kubelet import KUBELET
from practice.types_kubeproxy import COMPONENT_BASE
from practice.yamlish import YamlError, load


class StartError(Exception):
    """The kubelet does not start; the text is the real one's."""


def load_config(env: Env, path: str) -> dict:
    """The KubeletConfiguration; StartError when it is missing or wrong."""
    head = f"failed to load kubelet config file, path: {path}, error: failed to load Kubelet config file {path}, error "
    real = env.path(path)
    if not os.path.exists(real):
        raise StartError(f'{head}failed to read kubelet config file "{path}", error: open {path}: no such file or directory')
    try:
        document = load(files.read(real))
    except YamlError as error:
        raise StartError(f"{head}{error}") from None
    if not isinstance(document, dict) or document.get("kind") != "KubeletConfiguration" or document.get("apiVersion") != "kubelet.config.k8s.io/v1beta1":
        raise StartError(f"{head}no kind \"KubeletConfiguration\" is registered for the version of the file")
    try:
        schema.decode(KUBELET | COMPONENT_BASE, "KubeletConfiguration", document, "v1beta1")
    except schema.DecodeError as error:
        raise StartError(head + str(error)) from None
    return dict(document)


def check(env: Env, parsed: Parsed, config: dict) -> None:
    """Everything that must hold; StartError with what does not."""
    kubeconfig, bootstrap = parsed.text("kubeconfig"), parsed.text("bootstrap-kubeconfig")
    if not kubeconfig:
        raise StartError("the practice kubelet has no standalone mode: --kubeconfig is needed")
    if not os.path.exists(env.path(kubeconfig)) and not (bootstrap and os.path.exists(env.path(bootstrap))):
        why = f"unable to load bootstrap kubeconfig: stat {bootstrap}: no such file or directory" if bootstrap else f"invalid kubeconfig: stat {kubeconfig}: no such file or directory"
        raise StartError(f"failed to run Kubelet: {why}")
    labels = dict(pair.partition("=")[::2] for pair in parsed.text("node-labels").split(",") if pair)
    wrong = forbidden_labels(labels)
    if wrong:
        raise StartError(f"failed to validate kubelet flags: unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [{' '.join(wrong)}]")
    driver = parsed.text("cgroup-driver") or config.get("cgroupDriver") or "cgroupfs"
    if driver not in ("cgroupfs", "systemd"):
        raise StartError(f'failed to validate kubelet configuration, error: invalid configuration: option cgroupDriver specified as "{driver}"')
    swaps = files.read_or(env.path("/proc/swaps"), "").splitlines()
    fails = parsed.on("fail-swap-on") if parsed.given("fail-swap-on") else config.get("failSwapOn", True) is not False
    if len(swaps) > 1 and fails:
        shown = " ".join(swaps)
        raise StartError(f"failed to run Kubelet: running with swap on is not supported, please disable swap or set --fail-swap-on flag to false. /proc/swaps contained: [{shown}]")
    _cgroups(env, config)
    endpoint = parsed.text("container-runtime-endpoint") or config.get("containerRuntimeEndpoint") or "unix:///run/containerd/containerd.sock"
    try:
        cri.ask(env, endpoint, "version")
    except cri.RuntimeDown as error:
        raise StartError(f"failed to run Kubelet: {error}") from None
    # A kubelet from 1.31 on may learn the driver from the runtime instead; the stand-in takes the file's word on every version.
    if driver == "systemd" and not os.path.isdir(env.path("/run/systemd/system")):
        raise StartError("failed to run Kubelet: Failed to start ContainerManager: systemd not running on this host, cannot use systemd cgroups manager")


def _cgroups(env: Env, config: dict) -> None:
    mounts = files.read_or(env.path("/proc/mounts"), "")
    if re.search(r" /sys/fs/cgroup cgroup2 ", mounts):
        return
    if not re.search(r" /sys/fs/cgroup/\S+ cgroup ", mounts):
        raise StartError("failed to run Kubelet: failed to get mounted cgroup subsystems: failed to find cgroup mounts")
    if config.get("failCgroupV1", env.minor >= 35):
        told = "kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported and will be removed in a future release"
        raise StartError(f"failed to run Kubelet: {told}")
