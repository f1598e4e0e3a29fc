"""kubeadm's command line. Flags of each command from the generated reference (kubernetes.io, 1.35) and K/K cmd/kubeadm/app/cmd."""

import json
import sys

from practice.env import Env, from_environment
from practice.flags import FlagError, Parsed, parse
from practice.kubeadm_errors import KubeadmError

COMMON = {"rootfs": "string", "v": "int", "help": "bool"}
PREFLIGHT = {"ignore-preflight-errors": "strings"}
INIT = {
    **{name: "string" for name in ("apiserver-advertise-address", "cert-dir", "certificate-key", "config", "control-plane-endpoint", "cri-socket")},
    **{name: "string" for name in ("feature-gates", "image-repository", "kubernetes-version", "node-name", "patches", "pod-network-cidr")},
    **{name: "string" for name in ("service-cidr", "service-dns-domain", "token")},
    **{"apiserver-bind-port": "int", "apiserver-cert-extra-sans": "strings", "skip-phases": "strings", "token-ttl": "duration"},
    **{name: "bool" for name in ("dry-run", "skip-certificate-key-print", "skip-token-print", "upload-certs")},
}
JOIN = {
    **{name: "string" for name in ("apiserver-advertise-address", "certificate-key", "config", "cri-socket", "discovery-file", "discovery-token")},
    **{name: "string" for name in ("node-name", "patches", "tls-bootstrap-token", "token")},
    **{"apiserver-bind-port": "int", "discovery-token-ca-cert-hash": "strings", "skip-phases": "strings"},
    **{name: "bool" for name in ("control-plane", "discovery-token-unsafe-skip-ca-verification", "dry-run")},
}
RESET = {
    **{name: "string" for name in ("cert-dir", "config", "cri-socket", "kubeconfig")},
    **{"cleanup-tmp-dir": "bool", "dry-run": "bool", "force": "bool", "skip-phases": "strings"},
}
TOKEN = {"kubeconfig": "string", "dry-run": "bool"}
TOKEN_CREATE = {
    **{name: "string" for name in ("certificate-key", "config", "description")},
    **{"groups": "strings", "usages": "strings", "ttl": "duration", "print-join-command": "bool"},
}
IMAGES = {"config": "string", "feature-gates": "string", "image-repository": "string", "kubernetes-version": "string", "output": "string"}
UPLOAD_CERTS = {"certificate-key": "string", "config": "string", "dry-run": "bool", "kubeconfig": "string", "skip-certificate-key-print": "bool", "upload-certs": "bool"}
CERTS = {"cert-dir": "string", "config": "string", "kubeconfig": "string"}
CHECK_EXPIRATION = {"output": "string", "show-managed-fields": "bool", "allow-missing-template-keys": "bool"}
# Flags that may stand next to --config (validation.go, isAllowedFlag), besides --skip-*.
MIXABLE = {"config", "ignore-preflight-errors", "dry-run", "kubeconfig", "node-name", "kubeconfig-dir", "upload-certs"}
MIXABLE |= {"print-join-command", "rootfs", "v", "log-file", "yes"}


def check_mixed(parsed: Parsed) -> None:
    """KubeadmError when --config is mixed with a flag whose value belongs into the file."""
    if not parsed.given("config"):
        return
    wrong = sorted(name for name in parsed.values if name not in MIXABLE and not name.startswith("skip-"))
    if wrong:
        raise KubeadmError(f"can not mix '--config' with arguments [{' '.join(wrong)}]")


def _version(env: Env, argv: list[str]) -> int:
    parsed = parse({"output": "string", **COMMON}, argv)
    form = parsed.text("output")
    info = {"major": "1", "minor": str(env.minor), "gitVersion": env.version, "gitCommit": "practice", "gitTreeState": "archive"}
    info |= {"buildDate": "2026-01-01T00:00:00Z", "goVersion": "none", "compiler": "none", "platform": "linux"}
    if form == "short":
        print(env.version)
    elif form == "json":
        print(json.dumps({"clientVersion": info}, indent=2))
    elif form == "yaml":
        from practice.yamlout import dump

        sys.stdout.write(dump({"clientVersion": info}))
    elif form == "":
        shown = ", ".join(f'{key[0].upper() + key[1:]}:"{value}"' for key, value in info.items())
        print(f"kubeadm version: &version.Info{{{shown}}}")
    else:
        raise KubeadmError(f"invalid output format: {form}")
    return 0


def _config(env: Env, argv: list[str]) -> int:
    if argv[:2] == ["images", "list"]:
        from practice import images

        parsed = parse(IMAGES | COMMON | {"kubeconfig": "string"}, argv[2:])
        check_mixed(parsed)
        version, repository = parsed.text("kubernetes-version") or env.version, parsed.text("image-repository") or images.DEFAULT_REPOSITORY
        if parsed.given("config"):
            from practice.kubeadm_init import load_config

            cluster = load_config(env, parsed)["cluster"]
            version, repository = cluster["kubernetesVersion"], cluster["imageRepository"]
        try:
            print("\n".join(images.every(version if version.startswith("v") else "v" + version, repository)))
        except ValueError:
            raise KubeadmError(f"version \"{version}\" doesn't match patterns for neither semantic version nor labels (stable, latest, ...)") from None
        return 0
    if argv[:1] == ["validate"]:
        from practice.kubeadm_config import init_configuration, join_configuration, read_documents

        parsed = parse({"config": "string", "allow-experimental-api": "bool", "kubeconfig": "string", **COMMON}, argv[1:])
        if not parsed.given("config"):
            raise KubeadmError("the --config flag is mandatory")
        documents = read_documents(env, parsed.text("config"))
        if {"InitConfiguration", "ClusterConfiguration"} & set(documents):
            init_configuration(env, documents)
        if "JoinConfiguration" in documents:
            join_configuration(env, documents)
        print("ok")
        return 0
    raise KubeadmError(f'unknown command "{" ".join(argv[:2])}" for "kubeadm config"')


def _token(env: Env, argv: list[str]) -> int:
    from practice import kubeadm_token
    from practice.kubeadm_config import random_token

    table = TOKEN | COMMON
    if argv[:1] == ["generate"]:
        parse(table, argv[1:])
        print(random_token())
        return 0
    if argv[:1] == ["create"]:
        parsed = parse(table | TOKEN_CREATE, argv[1:])
        check_mixed(parsed)
        return kubeadm_token.create(env, parsed)
    if argv[:1] == ["list"]:
        return kubeadm_token.listing(env, parse(table | {"output": "string"}, argv[1:]))
    if argv[:1] == ["delete"]:
        return kubeadm_token.delete(env, parse(table, argv[1:]))
    raise KubeadmError(f'unknown command "{" ".join(argv[:1])}" for "kubeadm token"')


def _certs(env: Env, argv: list[str]) -> int:
    from practice import kubeadm_renew
    from practice.kubeadm_upload_read import stored_config

    command, rest = (argv[0], argv[1:]) if argv else ("", [])
    if command == "check-expiration":
        # The generated reference has --output since 1.31.
        parsed = parse(CERTS | (CHECK_EXPIRATION if env.minor >= 31 else {}) | COMMON, rest)
        _no_arguments(parsed, "certs check-expiration")
        kubeadm_renew.check_expiration(env, stored_config(env, parsed, command), parsed)
        return 0
    if command == "renew":
        which = rest[0] if rest and not rest[0].startswith("-") else ""
        if not which:
            raise KubeadmError('missing subcommand; "renew" is not meant to be run on its own')
        if which not in ["all", *kubeadm_renew.names(env)]:
            raise KubeadmError(f'invalid subcommand: "{which}"')
        parsed = parse(CERTS | COMMON, rest[1:])
        _no_arguments(parsed, f"certs renew {which}")
        kubeadm_renew.renew(env, stored_config(env, parsed, command), which)
        return 0
    raise KubeadmError(f'invalid subcommand: "{command}"' if command else 'missing subcommand; "certs" is not meant to be run on its own')


def _no_arguments(parsed: Parsed, command: str) -> None:
    if parsed.args:
        raise KubeadmError(f'unknown command "{parsed.args[0]}" for "kubeadm {command}"')


def _dispatch(env: Env, argv: list[str]) -> int:
    command, rest = (argv[0], argv[1:]) if argv else ("", [])
    if command == "version":
        return _version(env, rest)
    if command == "config":
        return _config(env, rest)
    if command == "token":
        return _token(env, rest)
    if command == "certs":
        return _certs(env, rest)
    if command == "init" and rest[:1] == ["phase"]:
        from practice import kubeadm_init

        names = [word for word in rest[1:3] if not word.startswith("-")]
        parsed = parse(UPLOAD_CERTS | COMMON, rest[1 + len(names) :])
        check_mixed(parsed)
        return kubeadm_init.phase(env, parsed, names)
    if command == "init":
        parsed = parse(INIT | PREFLIGHT | COMMON, rest)
        check_mixed(parsed)
        from practice import kubeadm_init

        return kubeadm_init.init(env, parsed)
    if command == "join":
        parsed = parse(JOIN | PREFLIGHT | COMMON, rest)
        check_mixed(parsed)
        from practice import kubeadm_join

        return kubeadm_join.join(env, parsed)
    if command == "reset":
        parsed = parse(RESET | PREFLIGHT | COMMON, rest)
        check_mixed(parsed)
        from practice import kubeadm_reset

        return kubeadm_reset.reset(env, parsed)
    if command in ("", "--help", "-h", "help"):
        print("kubeadm (practice stand-in): version, config images list, config validate, init, join, reset, token, certs")
        return 0
    raise KubeadmError(f'unknown command "{command}" for "kubeadm"')


def main(argv: list[str]) -> int:
    """kubeadm's exit code: 0, 1 (general), 2 (preflight) or 3 (configuration)."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    try:
        return _dispatch(from_environment(), argv)
    except FlagError as error:
        sys.stderr.write(f"error: {error}\nTo see the stack trace of this error execute with --v=5 or higher\n")
        return 1
    except KubeadmError as error:
        sys.stderr.write(f"{error.message}\nTo see the stack trace of this error execute with --v=5 or higher\n")
        return error.code
