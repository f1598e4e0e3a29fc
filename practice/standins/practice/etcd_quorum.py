"""
The etcd stand-in among several members: who leads, and when a change counts as written.

As in Raft, a leader is voted for in numbered terms, by members that are not ahead of it, and a change counts once a majority
has it on its disks. Unlike there, nothing is kept to be taken back: a member that is off the leader's track gets a whole copy.
A cluster of one member has no part in any of this.
"""

import random
import secrets
import threading
import time
from collections.abc import Callable

from practice.api_errors import ApiError
from practice.api_store import Agreement, Store
from practice.etcd_copy import keep_vote, last_vote, take
from practice.etcd_link import Link
from practice.etcd_members import Member, from_json, majority, voters
from practice.etcd_peer import Peer

# So long a leader may answer without hearing from a majority: less than the time for which nobody votes against a leader heard
# from (LOYAL_SECONDS), and that is less than the silence after which a member stands itself.
LEASE_SECONDS, PATIENCE = 2.5, (4.0, 6.0)
AGREE_SECONDS, REQUEST_SECONDS = 5.0, 10.0
LOG = 1000


def timed_out() -> ApiError:
    """What an API without a quorum answers."""
    return ApiError(500, "", "etcdserver: request timed out")


class Quorum(Agreement):
    """This member's view. Its lock is never held while the store's is being waited for."""

    def __init__(self, folder: str, store: Store, me: Member, joining: bool, link: Callable[[str], Link]) -> None:
        self.folder, self.store, self.me, self.joining, self.link = folder, store, me, joining, link
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        kept, self.voted = last_vote(folder)
        self.term = max(kept, store.position[0])
        self.leader, self.ready, self.removed, self.key = 0, False, False, ""
        self.heard, self.calm, self.patience = 0.0, time.monotonic(), random.uniform(*PATIENCE)
        self.peers: dict[int, Peer] = {}
        self.links: dict[str, Link] = {}
        # Changes since the position `base`, for members that have missed a few.
        self.log: list[dict] = []
        self.base = store.position
        store.agreement = self
        if not self.alone:
            self._stand_ready()

    def _stand_ready(self) -> None:
        from practice.etcd_election import watch

        threading.Thread(target=watch, args=(self,), daemon=True).start()

    @property
    def alone(self) -> bool:
        """A cluster that never had another member."""
        return self.store.membership is None and not self.joining

    @property
    def members(self) -> list[Member]:
        """Everybody, in the order of their ids; nobody while this one waits for its first copy."""
        known = self.store.membership
        found = [from_json(one) for one in known["members"]] if known else [self.me][: not self.joining]
        return sorted(found, key=lambda member: member.ID)

    @property
    def id(self) -> int:
        """This member's."""
        return next((member.ID for member in self.members if member.peerURLs == self.me.peerURLs), self.me.ID)

    @property
    def cluster(self) -> int:
        """The cluster's; 0 while this one waits for its first copy."""
        known = self.store.membership
        return int(known["cluster"]) if known else 0 if self.joining else self.me.ID ^ 1

    def head(self) -> dict:
        """What every message begins with."""
        return {"term": self.term, "from": self.id, "cluster": self.cluster}

    def notify(self) -> None:
        """Wakes whoever waits for a change of this view."""
        with self.changed:
            self.changed.notify_all()

    def leads(self) -> bool:
        """Whether this member may answer for the cluster right now."""
        with self.lock:
            return self.alone or (self.leader == self.id and self.ready and self.near() >= majority(self.members))

    def follows(self) -> bool:
        """Whether another one does, as far as is known here."""
        return self.leader not in (0, self.id) and time.monotonic() - self.heard < PATIENCE[0]

    def near(self, seconds: float = LEASE_SECONDS) -> int:
        """How many voters the leader has heard from, itself included."""
        since = time.monotonic() - seconds
        return sum(1 for one in voters(self.members) if one.ID == self.id or (one.ID in self.peers and self.peers[one.ID].heard > since))

    def where(self, deadline: float) -> Member | None:
        """The leader, None when it is this one; waits for one until the deadline. ApiError 500."""
        with self.changed:
            while not self.removed:
                if self.leads():
                    return None
                if self.follows():
                    found = next((member for member in self.members if member.ID == self.leader), None)
                    if found is not None:
                        return found
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self.changed.wait(min(left, 0.3))
        raise timed_out()

    def link_to(self, member: Member) -> Link:
        """The connections to a member."""
        with self.lock:
            return self.links.setdefault(member.peerURLs[0], self.link(member.peerURLs[0]))

    def after(self, position: tuple[int, int] | None) -> list[dict] | None:
        """The changes that follow a position; None when it is not in the history kept here."""
        if position == self.base:
            return list(self.log)
        for index, change in enumerate(self.log):
            if (change["term"], change["revision"]) == position:
                return self.log[index + 1 :]
        return None

    def note(self, change: dict) -> None:
        """Adds to the history."""
        self.log.append(change)
        if len(self.log) > LOG:
            first = self.log.pop(0)
            self.base = (first["term"], first["revision"])

    def agree(self, change: dict) -> None:
        """Of the leader, with the store's lock held. ApiError 500 when no majority has it in time, and the leadership is lost."""
        if not self.alone:
            if not self.leads():
                raise timed_out()
            self.propose(change, AGREE_SECONDS)

    def propose(self, change: dict, seconds: float) -> None:
        """Hands a change on, and waits for a majority; ApiError 500."""
        with self.changed:
            term, before = self.term, self.store.position
            change |= {"term": term, "revision": before[1] + 1}
            members = [from_json(one) for one in (change.get("membership") or {"members": []})["members"]] or self.members
            good = self.leader == self.id and self.after(before) == []
            deadline = time.monotonic() + seconds
            if good:
                self.note(change)
            self.changed.notify_all()
            while good and not self._has_majority((term, before[1] + 1), members):
                left = deadline - time.monotonic()
                good = left > 0 and (self.leader, self.term) == (self.id, term)
                self.changed.wait(max(0.0, min(left, 1.0)))
            if not good:
                if self.log and self.log[-1] is change:
                    self.log.pop()
                # Somebody may have it: this term must not use its number for anything else.
                self.step_down(self.term)
                raise timed_out()

    def _has_majority(self, position: tuple[int, int], members: list[Member]) -> bool:
        having = [one for one in voters(members) if one.ID == self.id or (one.ID in self.peers and (self.peers[one.ID].position or (0, 0)) >= position)]
        return len(having) >= majority(members)

    def confirm(self) -> None:
        """After the change is on this disk too: a leader voted out meanwhile does not count."""
        with self.lock:
            if not self.alone and not self.removed and (self.leader, self.term) != (self.id, self.store.position[0]):
                raise timed_out()

    def restart_log(self) -> None:
        """The history begins where the store is now."""
        self.log, self.base = [], self.store.position

    def step_down(self, term: int) -> None:
        """Follows nobody yet, in that term."""
        with self.changed:
            if term > self.term:
                self.term, self.voted = term, 0
                keep_vote(self.folder, term, 0)
            for peer in self.peers.values():
                peer.stopped = True
            self.peers, self.leader, self.ready = {}, 0, False
            self.calm, self.patience = time.monotonic(), random.uniform(*PATIENCE)
            self.changed.notify_all()

    def change_members(self, members: list[Member], gone: int = 0) -> None:
        """A new list of members, by the leader; ApiError."""
        with self.store.lock:
            if self.alone:
                self._begin()
            known = self.store.membership or {}
            fresh = known | {"members": [member.shown() for member in members], "removed": known["removed"] + [gone] * bool(gone)}
            change = {"kind": "MEMBERS", "membership": fresh}
            self.agree(change)
            take(self.store, change)
            self.meet()
            self.confirm()

    def _begin(self) -> None:
        """From one member to several: what was nobody's business is written down."""
        with self.lock:
            keep_vote(self.folder, self.term, self.id)
            self.store.membership = {"cluster": secrets.randbits(63), "members": [self.me.shown()], "removed": []}
            self.store.stay(self.term, self.store.revision)
            self.voted, self.leader, self.ready = self.me.ID, self.me.ID, True
            self.restart_log()
        self._stand_ready()

    def meet(self) -> None:
        """Fits what is done here to the list of members."""
        with self.changed:
            members = {member.ID: member for member in self.members}
            if members and self.id not in members:
                self.removed = True
                self.step_down(self.term)
            if self.leader == self.id:
                for number in set(self.peers) - set(members):
                    self.peers.pop(number).stopped = True
                for number in set(members) - set(self.peers) - {self.id}:
                    self.add(members[number], None, 0.0)
            self.changed.notify_all()

    def add(self, member: Member, position: tuple[int, int] | None, heard: float) -> None:
        """Leads a member, which is thought to be at that position."""
        self.peers[member.ID] = Peer(self, member, self.link_to(member), position, heard)
        self.peers[member.ID].start()
