"""Elections among etcd members: when one stands, whom it asks, and how it begins."""

import random
import threading
import time
import traceback

from practice.api_errors import ApiError
from practice.etcd_copy import keep_vote, take
from practice.etcd_link import LinkDown, LinkRefused
from practice.etcd_members import Member, majority, voters
from practice.etcd_quorum import Quorum

LOYAL_SECONDS = 3.0
GIVE_UP_SECONDS = 6.0
SETTLE_SECONDS = 600.0


def watch(quorum: Quorum) -> None:
    """Looks after the leadership until this member is removed."""
    while not quorum.removed:
        try:
            _look(quorum)
        except ApiError:
            pass  # No quorum: the next round sees it.
        except Exception:  # a bug here must not leave the cluster without a leader
            traceback.print_exc()
        time.sleep(0.2)


def _look(quorum: Quorum) -> None:
    with quorum.lock:
        leading, members = quorum.leader == quorum.id, quorum.members
        silent = time.monotonic() - max(quorum.heard, quorum.calm)
        if leading and quorum.near(GIVE_UP_SECONDS) < majority(members):
            quorum.step_down(quorum.term)
            return
        may = quorum.id in [member.ID for member in voters(members)]
    if not leading and may and (silent > quorum.patience or majority(members) == 1):
        _stand(quorum, members)
    elif leading and quorum.ready:
        _publish(quorum, members)


def _publish(quorum: Quorum, members: list[Member]) -> None:
    """A member that was added tells its name when it runs."""
    for peer in list(quorum.peers.values()):
        known = next((member for member in members if member.ID == peer.member.ID), None)
        if known is not None and peer.told[0] and (known.name, known.clientURLs) != peer.told:
            told = Member(known.ID, peer.told[0], known.peerURLs, peer.told[1], known.isLearner)
            quorum.change_members([told if member is known else member for member in members])
            return


def _stand(quorum: Quorum, members: list[Member]) -> None:
    term = quorum.term + 1
    # Asked beforehand, so that a member which nobody would elect disturbs nobody with a new term.
    if len(_poll(quorum, members, term, True)) >= majority(members):
        with quorum.lock:
            if quorum.term >= term or quorum.follows():
                return
            quorum.term, quorum.voted, quorum.leader = term, quorum.id, 0
            keep_vote(quorum.folder, term, quorum.id)
        sent = time.monotonic()
        granted = _poll(quorum, members, term, False)
        with quorum.changed:
            if len(granted) >= majority(members) and (quorum.term, quorum.leader) == (term, 0):
                quorum.leader, quorum.ready = quorum.id, False
                if quorum.after(quorum.store.position) != []:
                    quorum.restart_log()
                for member in members:
                    if member.ID != quorum.id:
                        quorum.add(member, quorum.store.position, sent if member.ID in granted else 0.0)
                threading.Thread(target=_settle, args=(quorum,), daemon=True).start()
                return
    with quorum.lock:
        quorum.calm, quorum.patience = time.monotonic(), random.uniform(0.3, 1.5)


def _settle(quorum: Quorum) -> None:
    """Brings a majority to exactly this state: only then it is the cluster's."""
    change: dict = {"kind": "NONE"}
    try:
        quorum.propose(change, SETTLE_SECONDS)
        with quorum.store.lock:
            if (quorum.leader, quorum.term) == (quorum.id, change["term"]):
                take(quorum.store, change)
    except (ApiError, OSError):
        quorum.step_down(quorum.term)
        return
    with quorum.changed:
        quorum.ready = (quorum.leader, quorum.term) == (quorum.id, change["term"])
        quorum.changed.notify_all()


def _poll(quorum: Quorum, members: list[Member], term: int, trial: bool) -> set[int]:
    """Who would vote for this member (trial), or does; itself is one. A dead machine is not waited for once they are enough."""
    granted: set[int] = {quorum.id}
    asked: list[threading.Thread] = []
    message = quorum.head() | {"term": term, "trial": trial, "position": list(quorum.store.position)}

    def ask(member: Member) -> None:
        try:
            reply = quorum.link_to(member).call("/quorum/vote", message, 2.0)
        except (LinkDown, LinkRefused):
            return
        if reply.get("removed"):
            quorum.removed = True
        if reply["term"] > quorum.term:
            quorum.step_down(reply["term"])
        elif reply["granted"]:
            granted.add(member.ID)

    for member in voters(members):
        if member.ID != quorum.id:
            asked.append(threading.Thread(target=ask, args=(member,), daemon=True))
            asked[-1].start()
    while len(granted) < majority(members) and any(thread.is_alive() for thread in asked):
        time.sleep(0.02)
    return set(granted)
