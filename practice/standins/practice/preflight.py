"""kubeadm's preflight checks; names and texts from cmd/kubeadm/app/preflight/checks.go and checks_linux.go."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable

from practice import cri, files, services
from practice.env import Env, semver
from practice.kubeadm_errors import KubeadmError, in_phase
from practice.listen import port_free

MIN_CPUS, MIN_MEMORY_MB = 2, 1700


class Result:
    """What a check found."""

    def __init__(self, warnings: list[str] | None = None, errors: list[str] | None = None) -> None:
        self.warnings, self.errors = warnings or [], errors or []


Check = tuple[str, Callable[[], Result]]


def _dashed(path: str) -> str:
    return path.replace("/", "-")


def cpus(env: Env) -> int:
    """Processors as the kernel lists them."""
    return len(re.findall(r"^processor\s*:", files.read_or(env.path("/proc/cpuinfo"), ""), re.M))


def memory_mb(env: Env) -> int:
    """Memory as the kernel reports it, in MiB."""
    match = re.search(r"^MemTotal:\s+(\d+) kB", files.read_or(env.path("/proc/meminfo"), ""), re.M)
    return int(match.group(1)) // 1024 if match else 0


class Checks:
    """The checks of one node."""

    def __init__(self, env: Env, registration: dict, version: str) -> None:
        self.env, self.registration, self.version = env, registration, version

    def port(self, port: int) -> Check:
        """A port nobody listens on."""
        return f"Port-{port}", lambda: Result(errors=[] if port_free(port) else [f"Port {port} is in use"])

    def absent(self, path: str) -> Check:
        """A file that must not exist yet."""
        return f"FileAvailable-{_dashed(path)}", lambda: Result(errors=[f"{path} already exists"] if os.path.exists(self.env.path(path)) else [])

    def empty(self, path: str) -> Check:
        """A folder that is absent or empty."""

        def look() -> Result:
            real = self.env.path(path)
            return Result(errors=[f"{path} is not empty"] if os.path.isdir(real) and os.listdir(real) else [])

        return f"DirAvailable-{_dashed(path)}", look

    def contains_one(self, path: str) -> Check:
        """A kernel setting that is 1."""

        def look() -> Result:
            real = self.env.path(path)
            if not os.path.exists(real):
                return Result(errors=[f"{path} does not exist"])
            return Result(errors=[] if files.read(real)[:1] == "1" else [f"{path} contents are not set to 1"])

        return f"FileContent-{_dashed(path)}", look

    def program(self, name: str, needed: bool) -> Check:
        """A program in PATH."""

        def look() -> Result:
            missing = [] if shutil.which(name) else [f"{name} not found in system path"]
            return Result(errors=missing) if needed else Result(warnings=missing)

        return f"FileExisting-{name}", look

    def runtime(self) -> Check:
        """The container runtime answers."""

        def look() -> Result:
            try:
                cri.ask(self.env, self.registration["criSocket"], "version")
            except cri.RuntimeDown as error:
                lead = "could not connect to the container runtime: failed to create new CRI runtime service: " if self.env.minor >= 31 else "container runtime is not running: output: "
                return Result(errors=[lead + str(error)])
            return Result()

        return "CRI", look

    def swap(self) -> Check:
        """Swap is only warned about; it is the kubelet that refuses it."""

        def look() -> Result:
            lines = files.read_or(self.env.path("/proc/swaps"), "").splitlines()
            text = "swap is supported for cgroup v2 only. The kubelet must be properly configured to use swap. Please refer to https://kubernetes.io/docs/concepts/architecture/nodes/#swap-memory, or disable swap on the node"
            return Result(warnings=[text] if len(lines) > 1 else [])

        return "Swap", look

    def hostname(self) -> Check:
        """The node's name resolves."""

        def look() -> Result:
            name = self.registration["name"]
            try:
                socket.getaddrinfo(name, None)
            except OSError:
                return Result(warnings=[f'hostname "{name}" could not be reached', f'hostname "{name}": lookup {name}: no such host'])
            return Result()

        return "Hostname", look

    def service(self) -> Check:
        """The kubelet is a service of the default runlevel."""

        def look() -> Result:
            if not services.present():
                return Result(warnings=["no supported init system detected, skipping checking for services"])
            if not services.exists("kubelet"):
                return Result(warnings=["kubelet service does not exist"])
            told = "kubelet service is not enabled, please run 'rc-update add kubelet default'"
            return Result(warnings=[] if services.enabled("kubelet") else [told])

        return "Service-Kubelet", look

    def kubelet_version(self) -> Check:
        """The kubelet is not newer than the control plane."""

        def look() -> Result:
            try:
                shown = subprocess.run(["kubelet", "--version"], capture_output=True, text=True, check=False).stdout
                found = semver(shown.strip().removeprefix("Kubernetes "))
            except (OSError, ValueError) as error:
                return Result(errors=[f"couldn't get kubelet version: cannot execute 'kubelet --version': {error}"])
            if self.version and found[:2] > semver(self.version)[:2]:
                texts = (".".join(map(str, found)), ".".join(map(str, semver(self.version))))
                why = "the kubelet version is higher than the control plane version. This is not a supported version skew and may lead to a malfunctional cluster."
                return Result(errors=[f'{why} Kubelet version: "{texts[0]}" Control plane version: "{texts[1]}"'])
            return Result()

        return "KubeletVersion", look

    def system(self) -> Check:
        """cgroups: version 1 is a warning, and an error from 1.35 on (k8s.io/system-validators)."""

        def look() -> Result:
            mounts = files.read_or(self.env.path("/proc/mounts"), "")
            second = re.search(r" /sys/fs/cgroup cgroup2 ", mounts) is not None
            first = re.search(r" /sys/fs/cgroup/\S+ cgroup ", mounts) is not None
            if second or not first:
                return Result()
            told = "cgroups v1 support is deprecated and will be removed in a future release. Please migrate to cgroups v2. To explicitly enable cgroups v1 support for kubelet v1.35 or newer, you must set the kubelet configuration option 'FailCgroupV1' to 'false'."
            return Result(errors=[told]) if self.env.minor >= 35 else Result(warnings=[told])

        return "SystemVerification", look

    def newer(self) -> Check:
        """A control plane newer than kubeadm is only warned about."""

        def look() -> Result:
            minor = semver(self.version)[1]
            told = "Kubernetes version is greater than kubeadm version. Please consider to upgrade kubeadm."
            shown = f"{told} Kubernetes version: {self.version.removeprefix('v')}. Kubeadm version: 1.{self.env.minor}.x"
            return Result(warnings=[shown] if minor > self.env.minor else [])

        return "KubernetesVersion", look

    def resources(self) -> list[Check]:
        """CPUs and memory of a control-plane node."""

        def count() -> Result:
            found = cpus(self.env)
            return Result(errors=[f"the number of available CPUs {found} is less than the required {MIN_CPUS}"] if found < MIN_CPUS else [])

        def memory() -> Result:
            found = memory_mb(self.env)
            return Result(errors=[f"the system RAM ({found} MB) is less than the minimum {MIN_MEMORY_MB} MB"] if found < MIN_MEMORY_MB else [])

        return [("NumCPU", count), ("Mem", memory)]

    def common(self) -> list[Check]:
        """Checks of every node."""
        checks = [self.runtime(), self.swap()]
        if self.env.minor <= 30:
            checks.append(self.program("crictl", True))
        if not self.version and self.env.minor < 32 or self.version and semver(self.version)[1] < 32:
            checks.append(self.program("conntrack", True))
        checks += [self.program(name, True) for name in ("ip", "iptables", "mount", "nsenter")]
        checks += [self.program(name, False) for name in ("ebtables", "ethtool", "socat", "tc", "touch")]
        return checks + [self.system(), self.hostname(), self.kubelet_version(), self.service(), self.port(self.env.port(10250))]

    def kernel(self) -> list[Check]:
        """Kernel settings for IPv4; older kubeadm also wants bridged packets filtered."""
        checks = [self.contains_one("/proc/sys/net/ipv4/ip_forward")]
        if self.env.minor <= 29:
            checks.insert(0, self.contains_one("/proc/sys/net/bridge/bridge-nf-call-iptables"))
        return checks


def for_init(env: Env, config: dict, further: bool = False) -> list[Check]:
    """The checks of `kubeadm init`, and of the join of a further control plane, whose common ones have been done."""
    init, cluster = config["init"], config["cluster"]
    checks = Checks(env, init["nodeRegistration"], cluster["kubernetesVersion"])
    every = [*checks.resources(), checks.newer(), checks.port(init["localAPIEndpoint"]["bindPort"])]
    every += [checks.port(env.port(10259)), checks.port(env.port(10257))]
    every += [checks.absent(f"/etc/kubernetes/manifests/{name}.yaml") for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")]
    if not further:
        every += checks.common() + checks.kernel()
    if "local" in cluster["etcd"]:
        every += [checks.port(env.port(2379)), checks.port(env.port(2380)), checks.empty(cluster["etcd"]["local"]["dataDir"])]
    return every


def for_join(env: Env, join: dict) -> list[Check]:
    """The checks of `kubeadm join`."""
    checks = Checks(env, join["nodeRegistration"], "")
    every = [checks.absent("/etc/kubernetes/kubelet.conf"), checks.absent("/etc/kubernetes/bootstrap-kubelet.conf"), *checks.common()]
    if join.get("controlPlane") is None:
        every.append(checks.absent(join["caCertPath"]))
    # Upstream looks at ip_forward only when the endpoint is an address; a name (as ours) passes unseen there, but not here.
    return every + checks.kernel()


def root_only(env: Env, ignored: set[str]) -> None:
    """Only root may go on; a root prefix (tests) counts as root."""
    fine = env.root != "/" or os.geteuid() == 0
    run([("IsPrivilegedUser", lambda: Result(errors=[] if fine else ["user is not running as root"]))], ignored)


def ignored_names(from_flag: list[str], from_file: list[str]) -> set[str]:
    """The checks whose errors are only warnings; KubeadmError when 'all' is mixed with names."""
    names = {name.lower() for name in [*from_flag, *from_file]}
    if "all" in names and len(names) > 1:
        shown = ",".join(sorted(names))
        raise KubeadmError(f"ignore-preflight-errors: Invalid value: \"{shown}\": don't specify individual checks if 'all' is used", 3)
    return names


def run(checks: list[Check], ignored: set[str]) -> None:
    """Runs all checks and prints warnings; KubeadmError with code 2 for what is left."""
    failed = ""
    for name, look in checks:
        result = look()
        if "all" in ignored or name.lower() in ignored:
            result = Result(warnings=result.warnings + result.errors)
        for warning in result.warnings:
            sys.stderr.write(f"\t[WARNING {name}]: {warning}\n")
        failed += "".join(f"\t[ERROR {name}]: {error}\n" for error in result.errors)
    sys.stderr.flush()
    if failed:
        hint = "[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`"
        raise in_phase("preflight", f"[preflight] Some fatal errors occurred:\n{failed}{hint}", 2)
