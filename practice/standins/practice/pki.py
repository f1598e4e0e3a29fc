"""Keys and certificates, through the openssl program (python's library cannot sign)."""

import hashlib
import os
import subprocess
import tempfile

from practice import der, files
from practice.env import Env

# What kubeadm gives; PRACTICE_CERT_DAYS makes certificates that end soon, to see what becomes of them.
DAYS = int(os.environ.get("PRACTICE_CERT_DAYS", "365"))
CA_DAYS = 3650


# The box has no openssl.cnf, and "openssl req" insists on one.
NO_SETTINGS = {**os.environ, "OPENSSL_CONF": "/dev/null"}


class PkiError(Exception):
    """openssl refused, or a file is no certificate."""


def _run(env: Env, arguments: list[str], given: bytes = b"") -> bytes:
    try:
        done = subprocess.run([env.openssl, *arguments], input=given, capture_output=True, check=False, env=NO_SETTINGS)
    except OSError as error:
        raise PkiError(f"openssl cannot be run: {error}") from None
    if done.returncode != 0:
        raise PkiError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _key_arguments(algorithm: str) -> list[str]:
    if algorithm.startswith("RSA-"):
        return ["-newkey", f"rsa:{algorithm[4:]}"]
    curve = {"ECDSA-P384": "P-384"}.get(algorithm, "P-256")
    return ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{curve}"]


def _subject(common_name: str, organizations: list[str]) -> str:
    return "".join(f"/O={organization}" for organization in organizations) + f"/CN={common_name}"


def _settings(extensions: list[str]) -> str:
    return "[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\n[ext]\n" + "\n".join(extensions) + "\n"


def _alternatives(names: list[str]) -> str:
    shown = [("IP:" if _is_address(name) else "DNS:") + name for name in names]
    return ",".join(dict.fromkeys(shown))


def _is_address(name: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _make(env: Env, base: str, subject: str, extensions: list[str], algorithm: str, more: list[str]) -> None:
    os.makedirs(os.path.dirname(base), exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        settings, key, certificate = (os.path.join(folder, name) for name in ("req.cnf", "key", "crt"))
        files.write(settings, _settings(extensions))
        made = ["-config", settings, "-nodes", "-keyout", key, "-out", certificate, "-subj", subject, "-sha256"]
        _run(env, ["req", "-x509", "-new", *_key_arguments(algorithm), *made, *more])
        files.write(base + ".key", files.read(key), 0o600)
        files.write(base + ".crt", files.read(certificate), 0o644)


def make_ca(env: Env, base: str, common_name: str, algorithm: str) -> None:
    """A self-signed CA in BASE.crt and BASE.key."""
    extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign", "subjectKeyIdentifier=hash", f"subjectAltName=DNS:{common_name}"]
    _make(env, base, _subject(common_name, []), extensions, algorithm, ["-days", str(CA_DAYS)])


def make_signed(env: Env, base: str, ca: str, subject: tuple[str, list[str]], usage: str, names: list[str], algorithm: str) -> None:
    """A certificate in BASE.crt and BASE.key signed by CA.crt/CA.key; usage is serverAuth, clientAuth or both with a comma."""
    extensions = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature,keyEncipherment", f"extendedKeyUsage={usage}"]
    if names:
        extensions.append("subjectAltName=" + _alternatives(names))
    more = ["-CA", ca + ".crt", "-CAkey", ca + ".key", "-days", str(DAYS)]
    _make(env, base, _subject(*subject), extensions, algorithm, more)


def make_key_pair(env: Env, base: str) -> None:
    """The service account keys: BASE.key and BASE.pub."""
    key = _run(env, ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
    files.write(base + ".key", key.decode(), 0o600)
    files.write(base + ".pub", _run(env, ["pkey", "-pubout"], key).decode(), 0o600)


def make_request(env: Env, key_path: str, common_name: str, organization: str) -> bytes:
    """A new key at key_path and a certificate request for it (PEM)."""
    with tempfile.TemporaryDirectory() as folder:
        settings = os.path.join(folder, "req.cnf")
        files.write(settings, _settings([]))
        key = os.path.join(folder, "key")
        text = _run(env, ["req", "-new", *_key_arguments("ECDSA-P256"), "-nodes", "-config", settings, "-keyout", key, "-subj", _subject(common_name, [organization])])
        files.write(key_path, files.read(key), 0o600)
        return text


def request_subject(env: Env, request: bytes) -> dict[str, list[str]]:
    """Subject of a certificate request: values by CN and O."""
    shown = _run(env, ["req", "-noout", "-subject", "-nameopt", "multiline"], request).decode()
    subject: dict[str, list[str]] = {}
    for line in shown.splitlines()[1:]:
        name, _, value = line.partition("=")
        short = {"commonName": "CN", "organizationName": "O"}.get(name.strip(), name.strip())
        subject.setdefault(short, []).append(value.strip())
    return subject


def sign_request(env: Env, request: bytes, days: int) -> str:
    """The client certificate (PEM) that the cluster's CA gives for a request."""
    ca = env.path("/etc/kubernetes/pki/ca")
    with tempfile.TemporaryDirectory() as folder:
        extensions = os.path.join(folder, "ext.cnf")
        files.write(extensions, "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=clientAuth\n")
        command = ["x509", "-req", "-CA", ca + ".crt", "-CAkey", ca + ".key", "-days", str(days), "-sha256", "-extfile", extensions]
        serial = str(int.from_bytes(os.urandom(8), "big") >> 1)
        return _run(env, [*command, "-set_serial", serial], request).decode()


def describe(env: Env, certificate: str) -> tuple[tuple[str, list[str]], str, list[str]]:
    """Subject, usage and alternative names of a certificate, as `make_signed` takes them; PkiError when it is none."""
    shown = _run(env, ["x509", "-noout", "-subject", "-nameopt", "multiline", "-ext", "subjectAltName,extendedKeyUsage"], certificate.encode()).decode()
    common, organizations, usages, names = "", [], [], []
    for line in shown.splitlines():
        name, separator, value = line.partition("=")
        if separator and name.strip() == "commonName":
            common = value.strip()
        elif separator and name.strip() == "organizationName":
            organizations.append(value.strip())
        usages += [short for words, short in (("Server Authentication", "serverAuth"), ("Client Authentication", "clientAuth")) if words in line]
        for part in line.strip().split(", "):
            kind, separator, value = part.partition(":")
            if separator and kind in ("DNS", "IP Address"):
                names.append(value)
    return (common, organizations), ",".join(usages), names


def pin(certificate: str) -> str:
    """`sha256:HEX` of a certificate's public key (SubjectPublicKeyInfo)."""
    return "sha256:" + hashlib.sha256(der.public_key_info(der.from_pem(certificate))).hexdigest()


def check_pair(env: Env, base: str) -> None:
    """PkiError when BASE.key does not belong to BASE.crt."""
    of_key = _run(env, ["pkey", "-in", base + ".key", "-pubout", "-outform", "DER"])
    if der.public_key_info(der.from_pem(files.read(base + ".crt"))) != of_key:
        raise PkiError(f"failure loading {os.path.basename(base)} certificate: private key does not match the certificate")
