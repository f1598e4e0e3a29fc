"""Image names of a Kubernetes version, as `kubeadm config images list` prints them."""

from practice.env import semver

# coredns, etcd, pause by minor: the tags of the newest patch known (minikube's constants_kubeadm_images.go, August 2026).
TAGS: dict[int, tuple[str, str, str]] = {
    37: ("v1.14.6", "3.7.0-0", "3.10.2"),
    36: ("v1.14.2", "3.6.8-0", "3.10.2"),
    35: ("v1.13.1", "3.6.6-0", "3.10.1"),
    34: ("v1.12.1", "3.6.5-0", "3.10.1"),
    33: ("v1.12.0", "3.5.24-0", "3.10"),
    32: ("v1.11.3", "3.5.24-0", "3.10"),
    31: ("v1.11.3", "3.5.24-0", "3.10"),
    30: ("v1.11.3", "3.5.15-0", "3.9"),
    29: ("v1.11.1", "3.5.16-0", "3.9"),
    28: ("v1.10.1", "3.5.15-0", "3.9"),
}
DEFAULT_REPOSITORY = "registry.k8s.io"


def tags(minor: int) -> tuple[str, str, str]:
    """coredns, etcd and pause of a minor; the nearest known one for others."""
    return TAGS[min(max(minor, min(TAGS)), max(TAGS))]


def component(repository: str, name: str, version: str) -> str:
    """An image of the release itself; + is no character for a tag."""
    return f"{repository}/{name}:{version.replace('+', '_')}"


def coredns(repository: str, tag: str) -> str:
    """The CoreDNS image: one folder deeper in the default registry only."""
    return f"{repository}/coredns/coredns:{tag}" if repository == DEFAULT_REPOSITORY else f"{repository}/coredns:{tag}"


def every(version: str, repository: str) -> list[str]:
    """All images of a control plane."""
    dns, etcd, pause = tags(semver(version)[1])
    own = [component(repository, f"kube-{name}", version) for name in ("apiserver", "controller-manager", "scheduler", "proxy")]
    return [*own, coredns(repository, dns), f"{repository}/pause:{pause}", f"{repository}/etcd:{etcd}"]
