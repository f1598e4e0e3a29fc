"""Members of the etcd stand-in: who they are, and how many of them make a majority."""

import hashlib
from dataclasses import asdict, dataclass

from practice.env import Env

TOKEN = "etcd-cluster"  # the default of etcd's --initial-cluster-token, which kubeadm leaves alone


@dataclass(frozen=True)
class Member:
    """One member; the names of the fields are those of etcd's JSON."""

    ID: int
    name: str
    peerURLs: tuple[str, ...]
    clientURLs: tuple[str, ...]
    isLearner: bool = False

    @property
    def host(self) -> str:
        """The address that the member is reached at."""
        return self.peerURLs[0].split("://")[1].rpartition(":")[0].strip("[]")

    def shown(self) -> dict:
        """As JSON."""
        return asdict(self)


def from_json(given: dict) -> Member:
    """A member as `shown` wrote it."""
    urls = {name: tuple(given.get(name) or ()) for name in ("peerURLs", "clientURLs")}
    return Member(int(given["ID"]), given.get("name", ""), urls["peerURLs"], urls["clientURLs"], bool(given.get("isLearner")))


def member_id(peer: str, stamp: str = "") -> int:
    """etcd's id of a member (server/etcdserver/api/membership/member.go): of its peer URL, and of the time when it was added."""
    return int.from_bytes(hashlib.sha1(f"{peer}{TOKEN}{stamp}".encode(), usedforsecurity=False).digest()[:8], "big")


def own(env: Env, flags: dict[str, str]) -> Member:
    """The member of this machine, from the flags of its etcd manifest, as a cluster of its own would number it."""
    name, client = flags.get("name", "etcd"), flags.get("advertise-client-urls", f"https://127.0.0.1:{env.port(2379)}")
    known = dict(pair.split("=", 1) for pair in flags.get("initial-cluster", "").split(",") if "=" in pair)
    peer = known.get(name, f"https://127.0.0.1:{env.port(2380)}")
    return Member(member_id(peer), name, (peer,), (client,))


def voters(members: list[Member]) -> list[Member]:
    """Those whose word counts: learners only take the copy."""
    return [member for member in members if not member.isLearner]


def majority(members: list[Member]) -> int:
    """How many voters it takes."""
    return len(voters(members)) // 2 + 1
