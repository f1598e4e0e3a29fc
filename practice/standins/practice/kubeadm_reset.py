"""`kubeadm reset`."""

import os
import shutil
import sys

from practice import files, klog, preflight, process, services
from practice.env import Env
from practice.flags import Parsed
from practice.kubeadm_config import read_documents
from practice.kubeadm_errors import KubeadmError
from practice.kubeadm_init import check_phases
from practice.static_pods import flags_of

PHASES: dict[str, tuple[str, ...]] = {"preflight": (), "remove-etcd-member": (), "cleanup-node": ()}
ETCD = "/etc/kubernetes/manifests/etcd.yaml"
CALL_SECONDS = 20.0
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


def _remove_member(env: Env, parsed: Parsed, folder: str) -> None:
    """The remove-etcd-member phase: of several members the others are told; that it failed is only warned about."""
    from practice.client import Client, Refused, Unreachable, read_kubeconfig
    from practice.kubeadm_etcd import Etcd, EtcdFailed

    flags = flags_of(env.path(ETCD))
    print('[reset] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...')
    try:
        client = Client(read_kubeconfig(env, parsed.text("kubeconfig", "/etc/kubernetes/admin.conf")))
        client.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config")
    except (OSError, ValueError, Refused, Unreachable) as error:
        klog.warn("reset.go:141", f"[reset] Unable to fetch the kubeadm-config ConfigMap from cluster: failed to get config map: {error}")
        klog.warn("removeetcdmember.go:106", "[reset] No kubeadm config, using etcd pod spec to get data directory")
        return
    try:
        etcd = Etcd(env, client, folder, CALL_SECONDS)
        members = etcd.members()
        own = next((member for member in members if flags.get("advertise-client-urls", "") in member.clientURLs), None)
        if own is not None and len(members) > 1:
            etcd.remove(own)
    except (EtcdFailed, Refused, Unreachable) as error:
        told = "please manually remove this etcd member using etcdctl"
        klog.warn("removeetcdmember.go:84", f"[reset] Failed to remove etcd member: {error}, {told}")


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
    folder = parsed.text("cert-dir") or document.get("certificatesDir") or "/etc/kubernetes/pki"
    etcd = os.path.exists(env.path(ETCD))
    if etcd and "remove-etcd-member" not in skipped:
        _remove_member(env, parsed, folder)
    if "cleanup-node" in skipped:
        return 0
    print("[reset] Stopping the kubelet service")
    good, output = services.stop("kubelet") if services.present() else (False, "no init system")
    if not good:
        sys.stderr.write(f"[reset] The kubelet service could not be stopped by kubeadm: [{output.strip()}]\n")
    process.stop_api(env)
    stateful = ["/var/lib/kubelet"] + (["/var/lib/etcd"] if etcd else [])
    print(f"[reset] Deleting contents of directories: [/etc/kubernetes/manifests {stateful[0]} {folder}]")
    for path in ("/etc/kubernetes/manifests", *stateful, folder):
        _clean(env.path(path))
    print("[reset] Deleting files: [" + " ".join(f"/etc/kubernetes/{name}.conf" for name in CONFS) + "]")
    for name in CONFS:
        files.remove(env.path(f"/etc/kubernetes/{name}.conf"))
    print("\nThe reset process does not perform cleanup of CNI plugin configuration,\nnetwork filtering rules and kubeconfig files.\n")
    return 0
