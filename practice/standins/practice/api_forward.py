"""Requests that another member has to answer: handed on to it with the user that was seen here, as a front proxy does."""

import time
import urllib.parse
from typing import TYPE_CHECKING

from practice.api_auth import from_certificate
from practice.api_rbac import User
from practice.etcd_link import LinkDown
from practice.etcd_quorum import REQUEST_SECONDS, timed_out

if TYPE_CHECKING:
    from practice.api_http import Handler

NOT_LEADER = 421
ANSWER_SECONDS = 8.0
USER, GROUPS = "X-Remote-User", "X-Remote-Group"


def _local(handler: "Handler") -> bool:
    """
    What needs no leader: health is each member's own, discovery is of the API server, not of etcd, and the events of a watch
    come to every copy in the same order.
    """
    url = urllib.parse.urlsplit(handler.path)
    parts = url.path.strip("/").split("/")
    if parts[0] in ("healthz", "readyz", "livez"):
        return True
    watch = handler.command == "GET" and urllib.parse.parse_qs(url.query).get("watch", ["0"])[-1] in ("true", "1")
    objects = len(parts) > {"api": 2, "apis": 3}.get(parts[0], len(parts))
    return (watch or not objects) and handler.server.api.cluster.store.membership is not None


def _headers(handler: "Handler") -> dict[str, str]:
    kept = {name: handler.headers[name] for name in ("Accept", "Content-Type", "User-Agent", "Authorization") if handler.headers[name]}
    user = from_certificate(handler.request.getpeercert() or {})
    return kept | ({USER: user.name, GROUPS: ",".join(urllib.parse.quote(group) for group in user.groups)} if user else {})


def handed_on_user(headers: dict[str, str]) -> User | None:
    """The user that another member has seen; None when it left that to us (tokens, nobody)."""
    name = headers.get(USER)
    return User(name, tuple(urllib.parse.unquote(group) for group in headers.get(GROUPS, "").split(",") if group)) if name else None


def hand_on(handler: "Handler", body: bytes) -> bool:
    """Whether the request was answered by the leader; False when it has to be answered here. ApiError 500 without a quorum."""
    quorum = handler.server.api.quorum
    if quorum.alone or _local(handler):
        return False
    deadline = time.monotonic() + REQUEST_SECONDS
    while True:
        leader = quorum.where(deadline)
        if leader is None:
            return False
        try:
            answer, content = quorum.link_to(leader).exchange(handler.command, handler.path, body or None, _headers(handler), ANSWER_SECONDS)
        except LinkDown as error:
            if error.sent and handler.command != "GET":
                raise timed_out() from None
            time.sleep(0.3)
            continue
        if answer.status == NOT_LEADER:
            time.sleep(0.3)
            continue
        handler.send(answer.status, content, answer.headers.get("Content-Type", ""), int(answer.headers.get("Retry-After") or 0))
        return True
