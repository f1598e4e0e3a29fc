"""The OpenRC side of kubeadm (cmd/kubeadm/app/util/initsystem): rc-service and rc-update."""

import shutil
import subprocess


def present() -> bool:
    """Whether an init system is found: upstream looks for openrc's program in PATH."""
    return shutil.which("openrc") is not None or shutil.which("rc-service") is not None


def _run(arguments: list[str]) -> tuple[int, str]:
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except OSError as error:
        return 127, str(error)
    return done.returncode, done.stdout + done.stderr


def exists(service: str) -> bool:
    """Whether the service is known."""
    _, output = _run(["rc-service", service, "status"])
    return "does not exist" not in output


def enabled(service: str) -> bool:
    """Whether the service is in the default runlevel."""
    code, output = _run(["rc-update", "show", "default"])
    return code == 0 and any(line.split("|")[0].strip() == service for line in output.splitlines())


def start(service: str) -> tuple[bool, str]:
    """Starts a service: success, and what was printed."""
    code, output = _run(["rc-service", service, "start"])
    return code == 0, output


def stop(service: str) -> tuple[bool, str]:
    """Stops a service."""
    code, output = _run(["rc-service", service, "stop"])
    return code == 0, output


def active(service: str) -> bool:
    """Upstream's test: anything but "stopped" and "does not exist" counts as active."""
    _, output = _run(["rc-service", service, "status"])
    return "stopped" not in output and "does not exist" not in output
