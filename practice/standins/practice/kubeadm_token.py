"""`kubeadm token list|create|delete|generate`."""

import time

from practice.api_auth import secret_value
from practice.client import Client, Refused, Unreachable, read_kubeconfig
from practice.durations import from_rfc3339, parse_duration, short_duration
from practice.env import Env
from practice.flags import Parsed
from practice.kubeadm_config import random_token
from practice.kubeadm_errors import KubeadmError, validation
from practice.kubeadm_init import join_command
from practice.kubeadm_upload import token_secret
from practice.kubeadm_validation import GROUP, TOKEN, bad

SECRETS = "/api/v1/namespaces/kube-system/secrets"


def _client(env: Env, parsed: Parsed) -> Client:
    path = parsed.text("kubeconfig", "/etc/kubernetes/admin.conf")
    try:
        return Client(read_kubeconfig(env, path))
    except OSError:
        raise KubeadmError(f"failed to load admin kubeconfig: open {path}: no such file or directory") from None


def _call(ask: object) -> dict:
    try:
        return ask()  # type: ignore[operator,no-any-return]
    except (Refused, Unreachable) as error:
        raise KubeadmError(str(error)) from None


def create(env: Env, parsed: Parsed) -> int:
    """Makes a token, a random one unless it is given."""
    token = parsed.args[0] if parsed.args else random_token()
    usages = parsed.many("usages") or ["signing", "authentication"]
    groups = parsed.many("groups") or ["system:bootstrappers:kubeadm:default-node-token"]
    problems = [] if TOKEN.match(token) else [bad("bootstrapTokens.0.token", token, "the bootstrap token is invalid")]
    if set(usages) - {"signing", "authentication"}:
        problems.append(bad("usages", usages, "invalid bootstrap token usage string, valid usage options: [authentication signing]"))
    problems += [bad("groups", groups, f'bootstrap group "{group}" is invalid') for group in groups if not GROUP.match(group)]
    if problems:
        raise validation(problems)
    client = _client(env, parsed)
    ttl = parsed.text("ttl", "24h0m0s")
    try:
        parse_duration(ttl)
    except ValueError as error:
        raise KubeadmError(f'invalid argument "{ttl}" for "--ttl" flag: {error}') from None
    secret = token_secret({"token": token, "ttl": ttl, "description": parsed.text("description"), "usages": usages, "groups": groups})
    try:
        client.request("POST", SECRETS, secret)
    except Refused as error:
        if error.reason == "AlreadyExists":
            raise KubeadmError(f'a token with id "{token.split(".")[0]}" already exists') from None
        raise KubeadmError(str(error)) from None
    except Unreachable as error:
        raise KubeadmError(str(error)) from None
    if parsed.on("print-join-command"):
        line = join_command(env, "/etc/kubernetes/pki", client.credentials.server.removeprefix("https://"), token)
        key = parsed.text("certificate-key")
        print(line + (f"--control-plane --certificate-key {key}" if key else ""))
    else:
        print(token)
    return 0


def listing(env: Env, parsed: Parsed) -> int:
    """The table of tokens."""
    client = _client(env, parsed)
    found = _call(lambda: client.get(SECRETS + "?fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken"))["items"]
    if not found:
        return 0
    rows = [("TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA GROUPS")]
    for secret in found:
        ends = secret_value(secret, "expiration")
        left = short_duration(from_rfc3339(ends) - time.time()) if ends else "<forever>"
        usages = ",".join(use for use in ("authentication", "signing") if secret_value(secret, f"usage-bootstrap-{use}") == "true")
        token = f"{secret_value(secret, 'token-id')}.{secret_value(secret, 'token-secret')}"
        rows.append((token, left, ends or "<never>", usages or "<none>", secret_value(secret, "description") or "<none>", secret_value(secret, "auth-extra-groups") or "<none>"))
    widths = [max(len(row[index]) for row in rows) + 3 for index in range(len(rows[0]))]
    for row in rows:
        print("".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    return 0


def delete(env: Env, parsed: Parsed) -> int:
    """Removes tokens by id or by the whole token."""
    if not parsed.args:
        raise KubeadmError("missing argument; 'token delete' is missing token of form \"[a-z0-9]{6}\" or \"[a-z0-9]{6}.[a-z0-9]{16}\"")
    client = _client(env, parsed)
    for given in parsed.args:
        identifier = given.split(".")[0]
        if len(identifier) != 6 or not identifier.isalnum() or ("." in given and not TOKEN.match(given)):
            raise KubeadmError(f'given token didn\'t match pattern "\\\\A([a-z0-9]{{6}})\\\\z" or "\\\\A([a-z0-9]{{6}})\\\\.([a-z0-9]{{16}})\\\\z"')
        try:
            client.request("DELETE", f"{SECRETS}/bootstrap-token-{identifier}")
        except (Refused, Unreachable) as error:
            raise KubeadmError(f'failed to delete bootstrap token "{identifier}": {error}') from None
        print(f'bootstrap token "{identifier}" deleted')
    return 0
