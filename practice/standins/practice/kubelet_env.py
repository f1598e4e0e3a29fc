"""What kubeadm writes for the kubelet: config.yaml and kubeadm-flags.env."""

from practice import files, images
from practice.env import Env
from practice.kubeadm_config import arguments
from practice.yamlout import dump

CONFIG, FLAGS = "/var/lib/kubelet/config.yaml", "/var/lib/kubelet/kubeadm-flags.env"


def write(env: Env, configuration: dict, registration: dict, taints: list[dict]) -> None:
    """Both files. The node's name becomes a flag only when it is not the host's own, as upstream does."""
    import socket

    print(f'[kubelet-start] Writing kubelet environment file with flags to file "{FLAGS}"')
    flags: dict[str, str] = {}
    configuration = dict(configuration)
    if env.minor >= 34:
        configuration["containerRuntimeEndpoint"] = registration["criSocket"]
    else:
        flags["container-runtime-endpoint"] = registration["criSocket"]
    if env.minor < 35:
        flags["pod-infra-container-image"] = f"{images.DEFAULT_REPOSITORY}/pause:{images.tags(env.minor)[2]}"
    if taints:
        flags["register-with-taints"] = ",".join(f"{t['key']}={t.get('value', '')}:{t['effect']}" for t in taints)
    if registration["name"] != socket.gethostname().strip().lower():
        flags["hostname-override"] = registration["name"]
    flags.update(arguments(registration.get("kubeletExtraArgs")))
    line = " ".join(f"--{name}={value}" for name, value in sorted(flags.items()))
    files.write(env.path(FLAGS), f'KUBELET_KUBEADM_ARGS="{line}"\n', 0o644)
    print(f'[kubelet-start] Writing kubelet configuration to file "{CONFIG}"')
    files.write(env.path(CONFIG), dump(configuration), 0o644)
