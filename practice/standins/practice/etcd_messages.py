"""What a member does when another one sends it something (POST /quorum/…)."""

import os
import time

from practice import files
from practice.etcd_copy import keep_vote, replace, take
from practice.etcd_election import LOYAL_SECONDS
from practice.etcd_members import majority
from practice.etcd_quorum import Quorum


class WrongCluster(Exception):
    """The sender is of another cluster: etcd's 412."""


def answer(quorum: Quorum, path: str, message: dict) -> dict:
    """The reply to a message; WrongCluster, KeyError for a path that there is not."""
    handle = {"/quorum/beat": _beat, "/quorum/vote": _vote, "/quorum/append": _append, "/quorum/copy": _copy}[path]
    if quorum.cluster and quorum.cluster != message["cluster"]:
        raise WrongCluster("cluster ID mismatch")
    return handle(quorum, message)


def _obey(quorum: Quorum, message: dict) -> bool:
    """Follows the sender, unless its term is over."""
    with quorum.changed:
        if message["term"] < quorum.term:
            return False
        if message["term"] > quorum.term or quorum.leader != message["from"]:
            quorum.step_down(message["term"])
            quorum.leader = message["from"]
        quorum.heard = time.monotonic()
        quorum.changed.notify_all()
        return True


def _beat(quorum: Quorum, message: dict) -> dict:
    if not _obey(quorum, message):
        return {"term": quorum.term}
    # A name is told once there is a copy: with it a member counts as started.
    return {"term": quorum.term} | ({"name": quorum.me.name, "clientURLs": quorum.me.clientURLs} if quorum.members else {})


def _vote(quorum: Quorum, message: dict) -> dict:
    candidate, term = message["from"], message["term"]
    with quorum.changed:
        if candidate in (quorum.store.membership or {}).get("removed", []):
            return {"term": quorum.term, "granted": False, "removed": True}
        leading = quorum.leader == quorum.id and quorum.near() >= majority(quorum.members)
        loyal = leading or time.monotonic() - quorum.heard < LOYAL_SECONDS
        level = quorum.store.membership is not None and tuple(message["position"]) >= quorum.store.position
        if loyal or message["trial"]:
            return {"term": quorum.term, "granted": not loyal and level and term > quorum.term}
        if term > quorum.term:
            quorum.step_down(term)
        granted = level and term == quorum.term and quorum.voted in (0, candidate)
        if granted:
            quorum.voted, quorum.calm = candidate, time.monotonic()
            keep_vote(quorum.folder, term, candidate)
        return {"term": quorum.term, "granted": granted}


def _append(quorum: Quorum, message: dict) -> dict:
    store = quorum.store
    with store.lock:
        good = _obey(quorum, message) and tuple(message["before"]) == store.position
        if good:
            for change in message["changes"]:
                take(store, change)
                with quorum.lock:
                    quorum.note(change)
    quorum.meet()
    return _done(quorum, message, good)


def _copy(quorum: Quorum, message: dict) -> dict:
    with quorum.store.lock:
        good = _obey(quorum, message)
        if good:
            replace(quorum.store, message)
            files.write(os.path.join(quorum.folder, "account-key"), message["key"], 0o600)
            with quorum.lock:
                quorum.joining, quorum.key = False, message["key"]
                quorum.restart_log()
    quorum.meet()
    return _done(quorum, message, good)


def _done(quorum: Quorum, message: dict, good: bool) -> dict:
    """A vote for somebody else meanwhile was given without this change: then it does not count for the old leader."""
    with quorum.lock:
        return {"term": quorum.term, "good": good and quorum.term == message["term"], "position": list(quorum.store.position)}
