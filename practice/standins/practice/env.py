"""Where the stand-ins live: root folder, ports and version, all from the environment so that tests run unprivileged."""

import os
import re


# Plain classes here and in what kubeadm, kubelet and crictl load: dataclasses doubles the time that a small program takes to start.
class Env:
    """Paths are given as on a node ("/etc/kubernetes/…") and mapped under `root`; well-known ports are shifted."""

    def __init__(self, root: str, api_port: int, port_shift: int, version: str, openssl: str) -> None:
        self.root, self.api_port, self.port_shift, self.version, self.openssl = root, api_port, port_shift, version, openssl

    def path(self, absolute: str) -> str:
        """The real place of a path of the node."""
        if self.root == "/":
            return absolute
        return self.root + absolute

    def port(self, well_known: int) -> int:
        """The port that stands for a well-known one (the API's own port is configured, not shifted)."""
        return well_known + self.port_shift

    @property
    def minor(self) -> int:
        """Kubernetes minor of the stand-ins: 36 for v1.36.1+practice."""
        return semver(self.version)[1]


def semver(text: str) -> tuple[int, int, int]:
    """Numbers of vX.Y.Z with any suffix; ValueError when it is no such thing."""
    match = re.match(r"^v?(\d+)\.(\d+)\.(\d+)([-\w.+]*)?$", text)
    if match is None:
        raise ValueError(f"could not parse {text!r} as version")
    return int(match.group(1)), int(match.group(2)), int(match.group(3))


def from_environment() -> Env:
    """Reads PRACTICE_ROOT, PRACTICE_API_PORT, PRACTICE_PORT_SHIFT, PRACTICE_OPENSSL and the version file."""
    root = os.environ.get("PRACTICE_ROOT", "/").rstrip("/") or "/"
    prefix = "" if root == "/" else root
    with open(prefix + "/etc/practice/version", encoding="utf-8") as file:
        version = file.read().strip()
    openssl = os.environ.get("PRACTICE_OPENSSL", "")
    if not openssl:
        private = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "openssl")
        openssl = private if os.path.exists(private) else "openssl"
    return Env(
        root=root,
        api_port=int(os.environ.get("PRACTICE_API_PORT", "6443")),
        port_shift=int(os.environ.get("PRACTICE_PORT_SHIFT", "0")),
        version=version,
        openssl=openssl,
    )
