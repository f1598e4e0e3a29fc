"""What a leader does about one of the others: shows that it lives, and hands on every change."""

import threading
import time
from typing import TYPE_CHECKING

from practice.etcd_copy import whole
from practice.etcd_link import Link, LinkDown, LinkRefused
from practice.etcd_members import Member

if TYPE_CHECKING:
    from practice.etcd_quorum import Quorum

BEAT_SECONDS = 0.8
COPY_SECONDS = 180.0


class Peer:
    """Lives as long as the leadership; two threads, for a copy that takes long must not look like a dead leader."""

    def __init__(self, quorum: "Quorum", member: Member, link: Link, position: tuple[int, int] | None, heard: float) -> None:
        self.quorum, self.member, self.link = quorum, member, link
        self.position, self.heard, self.term = position, heard, quorum.term
        self.stopped = False
        self.told: tuple[str, tuple[str, ...]] = ("", ())

    def start(self) -> None:
        """Begins both."""
        for work in (self._beat, self._feed):
            threading.Thread(target=work, daemon=True).start()

    def _beat(self) -> None:
        while not self.stopped:
            sent = time.monotonic()
            reply = self._ask("/quorum/beat", {}, 2.0)
            if reply is not None:
                self.told = (reply.get("name", ""), tuple(reply.get("clientURLs") or ()))
                self.heard = sent
                self.quorum.notify()
            time.sleep(max(0.1, BEAT_SECONDS - (time.monotonic() - sent)))

    def _feed(self) -> None:
        quorum = self.quorum
        while not self.stopped:
            with quorum.changed:
                missing = quorum.after(self.position)
                if missing == []:
                    quorum.changed.wait(1.0)
                    continue
                before = self.position
            if missing is None:
                reply = self._ask("/quorum/copy", whole(quorum.store) | {"key": quorum.key}, COPY_SECONDS)
            else:
                reply = self._ask("/quorum/append", {"before": before, "changes": missing}, 10.0)
            if reply is None:
                time.sleep(0.5)
                continue
            with quorum.changed:
                found = (reply["position"][0], reply["position"][1])
                # A member elsewhere in our history gets the rest of it; one that is off the track a whole copy.
                self.position = found if reply["good"] or quorum.after(found) is not None else None
                quorum.changed.notify_all()

    def _ask(self, path: str, message: dict, seconds: float) -> dict | None:
        try:
            reply = self.link.call(path, message | self.quorum.head() | {"term": self.term}, seconds)
        except (LinkDown, LinkRefused):
            return None
        if reply["term"] > self.term:
            self.quorum.step_down(reply["term"])
            return None
        return None if self.stopped else reply
