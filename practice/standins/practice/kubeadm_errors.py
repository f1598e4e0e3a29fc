"""How kubeadm ends."""


class KubeadmError(Exception):
    """An error with kubeadm's exit code: 1 in general, 2 preflight, 3 configuration (cmd/kubeadm/app/util/error.go)."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.message, self.code = message, code


def in_phase(phase: str, message: str, code: int = 1) -> KubeadmError:
    """An error of a phase, with the prefix that kubeadm's workflow puts before it."""
    return KubeadmError(f"error execution phase {phase}: {message}", code)


def validation(problems: list[str]) -> KubeadmError:
    """Several problems of a configuration in the form of an Aggregate."""
    return KubeadmError(problems[0] if len(problems) == 1 else "[" + ", ".join(problems) + "]", 3)
