"""etcdctl, as it lies in etcd's container: `member list` and `member remove` (etcdctl/ctlv3, pkg/cobrautl/error.go)."""

import json
import os
import sys

from practice.env import Env
from practice.etcd_link import Link, LinkDown, LinkRefused, client_context
from practice.etcd_members import Member, from_json
from practice.flags import FlagError, Parsed, parse

FLAGS = {
    **{name: "string" for name in ("cacert", "cert", "key", "write-out", "command-timeout", "dial-timeout", "keepalive-time", "keepalive-timeout")},
    **{"endpoints": "strings", "debug": "bool", "hex": "bool", "insecure-skip-tls-verify": "bool", "insecure-transport": "bool"},
}
LIST = FLAGS | {"consistency": "string"}
BAD_ARGUMENTS, BAD_FEATURE = 128, 4
FORMATS = ("simple", "json")
CALL_SECONDS = 5.0


class Failed(Exception):
    """Ends with a code and one line."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def _command(argv: list[str]) -> tuple[list[str], Parsed]:
    try:
        parsed = parse(LIST if "list" in argv else FLAGS, argv, {"w": "write-out", "h": "help"})
    except FlagError as error:
        raise Failed(1, str(error)) from None
    words = parsed.args
    if words[:1] != ["member"]:
        raise Failed(1, f'unknown command "{(words + [""])[0]}" for "etcdctl"')
    if words[1:2] not in (["list"], ["remove"]):
        raise Failed(1, f'unknown command "{(words + [""])[1]}" for "etcdctl member"')
    if parsed.text("write-out", "simple") not in FORMATS:
        raise Failed(BAD_FEATURE, "unsupported output format")
    return words, parsed


def _context_files(env: Env, parsed: Parsed) -> list[str]:
    """Paths of --cacert, --cert and --key; the container sees kubeadm's folder pki/etcd and no other."""
    found = []
    for name in ("cacert", "cert", "key"):
        path = parsed.text(name)
        if not path and parsed.given(name):
            raise Failed(BAD_ARGUMENTS, f"empty string is passed to --{name} option")
        if not path:
            raise Failed(1, "context deadline exceeded")
        seen = os.path.normpath(path).startswith("/etc/kubernetes/pki/etcd/")
        if not seen or not os.path.exists(env.path(path)):
            raise Failed(BAD_ARGUMENTS, f"open {path}: no such file or directory")
        found.append(env.path(path))
    return found


def _call(env: Env, parsed: Parsed, path: str, given: dict) -> dict:
    try:
        context = client_context(*_context_files(env, parsed))
    except OSError as error:
        raise Failed(BAD_ARGUMENTS, str(error)) from None
    for endpoint in parsed.many("endpoints") or ["127.0.0.1:2379"]:
        url = endpoint if "://" in endpoint else f"https://{endpoint}"
        # With shifted ports etcd's well-known one is this machine's own.
        url = url.removesuffix(":2379") + f":{env.port(2379)}" if url.endswith(":2379") else url
        try:
            return Link(url, context).call(path, given, CALL_SECONDS)
        except LinkRefused as error:
            raise Failed(1, "context deadline exceeded" if "timed out" in error.message else error.message) from None
        except LinkDown:
            continue
    raise Failed(1, "context deadline exceeded")


def _row(member: Member) -> str:
    status = "started" if member.name else "unstarted"
    return ", ".join([format(member.ID, "x"), status, member.name, ",".join(member.peerURLs), ",".join(member.clientURLs), str(member.isLearner).lower()])


def _shown(answer: dict) -> str:
    members = [{key: value for key, value in member.items() if value or key == "ID"} for member in answer["members"]]
    return json.dumps({"header": answer["header"], "members": members}, separators=(",", ":"))


def _list(env: Env, parsed: Parsed, words: list[str]) -> None:
    answer = _call(env, parsed, "/v3/cluster/member/list", {"linearizable": parsed.text("consistency", "l") == "l"})
    if parsed.text("write-out") == "json":
        print(_shown(answer))
        return
    for member in answer["members"]:
        print(_row(from_json(member)))


def _remove(env: Env, parsed: Parsed, words: list[str]) -> None:
    if len(words) != 1:
        raise Failed(BAD_ARGUMENTS, "member ID is not provided")
    try:
        number = int(words[0], 16)
    except ValueError:
        told = f'strconv.ParseUint: parsing "{words[0]}": invalid syntax'
        raise Failed(BAD_ARGUMENTS, f"bad member ID arg ({told}), expecting ID in Hex") from None
    answer = _call(env, parsed, "/v3/cluster/member/remove", {"ID": number})
    if parsed.text("write-out") == "json":
        print(_shown(answer))
    else:
        print(f"Member {number:16x} removed from cluster {answer['header']['cluster_id']:16x}")


def main(env: Env, argv: list[str]) -> int:
    """etcdctl's exit code."""
    try:
        words, parsed = _command(argv)
        (_list if words[1] == "list" else _remove)(env, parsed, words[2:])
    except Failed as error:
        sys.stderr.write(f"Error: {error.message}\n")
        return error.code
    return 0
