"""`kubeadm reset`."""

import os
import shutil
import sys

from practice import files, preflight, process, services
from practice.env import Env
from practice.flags import Parsed
from practice.kubeadm_config import read_documents
from practice.kubeadm_errors import KubeadmError
from practice.kubeadm_init import check_phases

PHASES: dict[str, tuple[str, ...]] = {"preflight": (), "remove-etcd-member": (), "cleanup-node": ()}
CONFS = ("admin", "super-admin", "kubelet", "bootstrap-kubelet", "controller-manager", "scheduler")


def _clean(path: str) -> None:
    """Empties a folder; the folder stays, as with the real program."""
    if not os.path.isdir(path):
        return
    for name in os.listdir(path):
        inner = os.path.join(path, name)
        if os.path.isdir(inner) and not os.path.islink(inner):
            shutil.rmtree(inner, ignore_errors=True)
        else:
            files.remove(inner)


def reset(env: Env, parsed: Parsed) -> int:
    """0 when the node is as before init or join (network configuration and iptables rules stay)."""
    document: dict = {}
    if parsed.given("config"):
        documents = read_documents(env, parsed.text("config"))
        if "ResetConfiguration" not in documents:
            raise KubeadmError("no ResetConfiguration found in config file")
        document = documents["ResetConfiguration"]
    ignored = preflight.ignored_names(parsed.many("ignore-preflight-errors"), document.get("ignorePreflightErrors") or [])
    skipped = check_phases(PHASES, parsed.many("skip-phases") or document.get("skipPhases") or [])
    if not parsed.on("force") and not document.get("force"):
        sys.stdout.write("W [reset] WARNING: Changes made to this host by 'kubeadm init' or 'kubeadm join' will be reverted.\n[reset] Are you sure you want to proceed? [y/N]: ")
        sys.stdout.flush()
        if sys.stdin.readline().strip().lower() != "y":
            raise KubeadmError("error execution phase preflight: aborted reset operation")
    print("[preflight] Running pre-flight checks")
    preflight.root_only(env, ignored)
    if "cleanup-node" in skipped:
        return 0
    print("[reset] Stopping the kubelet service")
    good, output = services.stop("kubelet") if services.present() else (False, "no init system")
    if not good:
        sys.stderr.write(f"[reset] The kubelet service could not be stopped by kubeadm: [{output.strip()}]\n")
    process.stop_api(env)
    folder = parsed.text("cert-dir") or document.get("certificatesDir") or "/etc/kubernetes/pki"
    etcd = os.path.exists(env.path("/etc/kubernetes/manifests/etcd.yaml"))
    stateful = ["/var/lib/kubelet"] + (["/var/lib/etcd"] if etcd else [])
    print(f"[reset] Deleting contents of directories: [/etc/kubernetes/manifests {stateful[0]} {folder}]")
    for path in ("/etc/kubernetes/manifests", *stateful, folder):
        _clean(env.path(path))
    print("[reset] Deleting files: [" + " ".join(f"/etc/kubernetes/{name}.conf" for name in CONFS) + "]")
    for name in CONFS:
        files.remove(env.path(f"/etc/kubernetes/{name}.conf"))
    print("\nThe reset process does not perform cleanup of CNI plugin configuration,\nnetwork filtering rules and kubeconfig files.\n")
    return 0
