"""`kubeadm certs renew` and `kubeadm certs check-expiration`.

Names, order, words and flags: K/K cmd/kubeadm/app/cmd/certs.go and phases/certs/renewal/manager.go, the generated
reference on kubernetes.io (1.31: `--output` of check-expiration), and apis/output/v1alpha3.
"""

import base64
import json
import os
import re
import time

from practice import der, files, pki
from practice.client import read_kubeconfig
from practice.durations import rfc3339, short_duration
from practice.env import Env
from practice.flags import Parsed
from practice.kubeadm_certs import CAS, algorithm
from practice.kubeadm_errors import KubeadmError

KUBECONFIG = "certificate embedded in the kubeconfig file for the "
# CA, file below certificatesDir (or /etc/kubernetes, for a kubeconfig), and what it is, by the name in the command.
KNOWN = {
    "admin.conf": ("ca", "admin.conf", KUBECONFIG + "admin to use and for kubeadm itself"),
    "apiserver": ("ca", "apiserver", "certificate for serving the Kubernetes API"),
    "apiserver-etcd-client": ("etcd/ca", "apiserver-etcd-client", "certificate the apiserver uses to access etcd"),
    "apiserver-kubelet-client": ("ca", "apiserver-kubelet-client", "certificate for the API server to connect to kubelet"),
    "controller-manager.conf": ("ca", "controller-manager.conf", KUBECONFIG + "controller manager to use"),
    "etcd-healthcheck-client": ("etcd/ca", "etcd/healthcheck-client", "certificate for liveness probes to healthcheck etcd"),
    "etcd-peer": ("etcd/ca", "etcd/peer", "certificate for etcd nodes to communicate with each other"),
    "etcd-server": ("etcd/ca", "etcd/server", "certificate for serving etcd"),
    "front-proxy-client": ("front-proxy-ca", "front-proxy-client", "certificate for the front proxy client"),
    "scheduler.conf": ("ca", "scheduler.conf", KUBECONFIG + "scheduler manager to use"),
    "super-admin.conf": ("ca", "super-admin.conf", KUBECONFIG + "super-admin"),
}


def names(env: Env) -> list[str]:
    """What can be renewed, in the order in which it is; super-admin.conf came with 1.29."""
    return [name for name in sorted(KNOWN) if name != "super-admin.conf" or env.minor >= 29]


def _path(env: Env, folder: str, name: str) -> str:
    file = KNOWN[name][1]
    return env.path(f"/etc/kubernetes/{file}") if name.endswith(".conf") else os.path.join(folder, file + ".crt")


def _certificate(path: str) -> str:
    """The PEM text of a certificate, or of the one in a kubeconfig; empty when the file is not there."""
    text = files.read_or(path, "")
    match = re.search(r"client-certificate-data: \"?([A-Za-z0-9+/=]+)", text)
    return base64.b64decode(match.group(1)).decode() if match else text


def _external(folder: str, ca: str) -> bool:
    """A CA whose key is elsewhere; etcd's is never taken for one."""
    return ca != "etcd/ca" and os.path.exists(os.path.join(folder, ca + ".crt")) and not os.path.exists(os.path.join(folder, ca + ".key"))


def renew(env: Env, config: dict, which: str) -> None:
    """`kubeadm certs renew NAME|all`: names, subject and usages come from the certificate that is there. KubeadmError."""
    for name in names(env) if which == "all" else [which]:
        _renew_one(env, config, name)
    if which == "all":
        print("\nDone renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.")


def _renew_one(env: Env, config: dict, name: str) -> None:
    folder = env.path(config["cluster"]["certificatesDir"])
    ca, file, what = KNOWN[name]
    path, base = _path(env, folder, name), os.path.join(folder, ca)
    if not os.path.exists(path):
        print(f"MISSING! {what}")
        return
    if _external(folder, ca):
        print(f"Detected external {ca}, {what} can't be renewed")
        return
    if not os.path.exists(base + ".key"):
        raise KubeadmError(f"failure loading {ca.replace('/', '-')} certificate authority: couldn't load the private key file {base}.key: open {base}.key: no such file or directory")
    try:
        subject, usage, alternatives = pki.describe(env, _certificate(path))
        target = path + ".renewed" if name.endswith(".conf") else os.path.join(folder, file)
        pki.make_signed(env, target, base, subject, usage, alternatives, algorithm(config["cluster"]))
        if name.endswith(".conf"):
            _put_into(env, name, path, target)
    except (pki.PkiError, ValueError, KeyError) as error:
        raise KubeadmError(f"failed to load existing certificate {file}: {error}") from None
    print(f"{what} renewed")


def _put_into(env: Env, name: str, path: str, made: str) -> None:
    """The kubeconfig keeps its names and server, and gets the new pair."""
    old = read_kubeconfig(env, f"/etc/kubernetes/{name}")
    text = files.read(path)
    pair = (files.read(made + ".crt"), files.read(made + ".key"))
    for suffix in (".crt", ".key"):
        files.remove(made + suffix)
    for kind, new in zip(("certificate", "key"), pair):
        encoded = base64.b64encode(new.encode()).decode()
        text, count = re.subn(rf"(client-{kind}-data: )\"?[A-Za-z0-9+/=]+\"?", lambda found: found.group(1) + encoded, text)
        if count != 1:
            raise ValueError(f"no client-{kind}-data for {old.server}")
    files.write(path, text, 0o600)


def check_expiration(env: Env, config: dict, parsed: Parsed) -> None:
    """`kubeadm certs check-expiration [-o text|json|yaml]`; KubeadmError for another form."""
    form = parsed.text("output", "text")
    if form not in ("text", "json", "yaml"):
        raise KubeadmError(f'invalid output format {json.dumps(form)}, allowed formats: text|json|yaml (the stand-in has no templates)')
    folder = env.path(config["cluster"]["certificatesDir"])
    found = [_entry(name, _path(env, folder, name), KNOWN[name][0].replace("/", "-"), _external(folder, KNOWN[name][0])) for name in names(env)]
    authorities = [_entry(name.replace("/", "-"), os.path.join(folder, name + ".crt"), "", _external(folder, name)) for name in sorted(CAS)]
    if form == "text":
        _text(found, authorities)
        return
    document = {"kind": "CertificateExpirationInfo", "apiVersion": "output.kubeadm.k8s.io/v1alpha3", "certificates": found, "certificateAuthorities": authorities}
    if form == "json":
        print(json.dumps(document, indent=4))
        return
    from practice.yamlout import dump

    print(dump(document), end="")


def _entry(name: str, path: str, ca: str, external: bool) -> dict:
    try:
        ends = der.not_after(der.from_pem(_certificate(path)))
    except (ValueError, IndexError):
        if os.path.exists(path):
            raise KubeadmError(f"failed to load existing certificate {name}: data does not contain any valid RSA or ECDSA certificates") from None
        return {"name": name, "expirationDate": None, "residualTime": 0, "externallyManaged": external, "caName": ca, "missing": True}
    entry = {"name": name, "expirationDate": rfc3339(ends), "residualTime": int(ends - time.time()), "externallyManaged": external}
    return entry | ({"caName": ca} if ca else {}) | {"missing": False}


def _text(found: list[dict], authorities: list[dict]) -> None:
    def row(entry: dict, last: list[str]) -> list[str]:
        if entry["missing"]:
            return [f"!MISSING! {entry['name']}", "", "", *["" for _ in last]]
        ends = time.time() + entry["residualTime"]
        when = time.strftime("%b %d, %Y %H:%M UTC", time.strptime(entry["expirationDate"], "%Y-%m-%dT%H:%M:%SZ"))
        return [entry["name"], when, short_duration(ends - time.time()), *last]

    def yes(entry: dict) -> str:
        return "yes" if entry["externallyManaged"] else "no"

    first = [["CERTIFICATE", "EXPIRES", "RESIDUAL TIME", "CERTIFICATE AUTHORITY", "EXTERNALLY MANAGED"]]
    second = [["CERTIFICATE AUTHORITY", "EXPIRES", "RESIDUAL TIME", "EXTERNALLY MANAGED"]]
    first += [row(entry, [entry["caName"], yes(entry)]) for entry in found]
    second += [row(entry, [yes(entry)]) for entry in authorities]
    for rows in (first, second):
        widths = [max(len(line[index]) for line in rows) + 3 for index in range(len(rows[0]))]
        for line in rows:
            print("".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
        if rows is first:
            print()
