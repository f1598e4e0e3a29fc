"""
etcd's client side, as far as kubeadm and etcdctl need it: the members (paths and JSON of etcd's own gateway, errors of
api/v3rpc/rpctypes/error.go, checks of server/etcdserver/server.go).
"""

import time

from practice.api_errors import ApiError
from practice.etcd_link import LinkDown, LinkRefused
from practice.etcd_members import Member, majority, member_id, voters
from practice.etcd_quorum import AGREE_SECONDS, Quorum

HEALTH_SECONDS = 5.0


class EtcdError(Exception):
    """An answer other than success; the code is HTTP's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


UNKNOWN, UNHEALTHY = EtcdError(404, "etcdserver: member not found"), EtcdError(503, "etcdserver: unhealthy cluster")
NOT_STARTED = EtcdError(400, "etcdserver: re-configuration failed due to not enough started members")
NOT_IN_SYNC = EtcdError(400, "etcdserver: can only promote a learner member which is in sync with leader")


def answer(quorum: Quorum, path: str, given: dict) -> dict:
    """The reply to a client's request, by the leader wherever it is; EtcdError."""
    if path == "/v3/maintenance/status":
        return {"header": _header(quorum), "leader": str(quorum.leader), "raftTerm": str(quorum.term)}
    handle = {"list": _list, "add": _add, "remove": _remove, "promote": _promote}.get(path.removeprefix("/v3/cluster/member/"))
    if handle is None:
        raise EtcdError(404, "Not Found")
    try:
        leader = quorum.where(time.monotonic() + AGREE_SECONDS)
        if leader is not None:
            return quorum.link_to(leader).call(path, given, 2 * AGREE_SECONDS)
        return {"header": _header(quorum)} | handle(quorum, given)
    except LinkRefused as error:
        raise EtcdError(error.code, error.message) from None
    except (ApiError, LinkDown):
        raise EtcdError(503, "etcdserver: request timed out") from None


def _header(quorum: Quorum) -> dict:
    return {"cluster_id": quorum.cluster, "member_id": quorum.id, "raft_term": quorum.term}


def _all(quorum: Quorum) -> dict:
    return {"members": [member.shown() for member in quorum.members]}


def _list(quorum: Quorum, given: dict) -> dict:
    return _all(quorum)


def _connected(quorum: Quorum) -> int:
    return 1 if quorum.alone else quorum.near(HEALTH_SECONDS)


def _add(quorum: Quorum, given: dict) -> dict:
    members, peers = quorum.members, tuple(given["peerURLs"])
    if not given.get("isLearner"):
        raise EtcdError(400, "the practice etcd adds learners only, as kubeadm does")
    if any(set(member.peerURLs) & set(peers) for member in members):
        raise EtcdError(400, "etcdserver: Peer URLs already exists")
    if any(member.isLearner for member in members):
        raise EtcdError(400, "etcdserver: too many learner members in cluster")
    # The new one counts as absent: a majority with it must be there without it.
    if len(voters(members)) > 1 and _connected(quorum) < (len(voters(members)) + 1) // 2 + 1:
        raise UNHEALTHY
    new = Member(member_id("".join(peers), str(int(time.time()))), "", peers, (), True)
    quorum.change_members([*members, new])
    return {"member": new.shown()} | _all(quorum)


def _named(quorum: Quorum, given: dict) -> Member:
    found = next((member for member in quorum.members if member.ID == int(given["ID"])), None)
    if found is None:
        raise UNKNOWN
    return found


def _remove(quorum: Quorum, given: dict) -> dict:
    target = _named(quorum, given)
    left = [member for member in quorum.members if member is not target and member.ID != target.ID]
    if not target.isLearner:
        if sum(1 for member in voters(left) if member.name) < majority(left):
            raise NOT_STARTED
        peer = quorum.peers.get(target.ID)
        up = target.ID == quorum.id or peer is not None and time.monotonic() - peer.heard < HEALTH_SECONDS
        total = len(voters(quorum.members))
        if up and _connected(quorum) - 1 < 1 + (total - 1) // 2:
            raise UNHEALTHY
    quorum.change_members(left, target.ID)
    return {"members": [member.shown() for member in left]}


def _promote(quorum: Quorum, given: dict) -> dict:
    target = _named(quorum, given)
    if not target.isLearner:
        raise EtcdError(400, "etcdserver: can only promote a learner member")
    peer = quorum.peers.get(target.ID)
    if peer is None or peer.position != quorum.store.position or not target.name:
        raise NOT_IN_SYNC
    full = Member(target.ID, target.name, target.peerURLs, target.clientURLs, False)
    quorum.change_members([full if member.ID == target.ID else member for member in quorum.members])
    return _all(quorum)
