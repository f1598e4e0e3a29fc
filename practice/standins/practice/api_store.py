"""The objects of the cluster: one file each on the machine's disk, all in memory, with a history for watches."""

import copy
import json
import os
import threading
import urllib.parse
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from practice import files
from practice.api_errors import ApiError, already_exists, not_found, stale
from practice.api_resources import Resource
from practice.durations import rfc3339

HISTORY = 2000
POSITION = "position"


@dataclass(frozen=True)
class Event:
    """One change; `before` is what a watcher with a selector needs to see an object leave it."""

    revision: int
    type: str
    group: str
    plural: str
    object: dict
    before: dict | None


Key = tuple[str, str, str, str]


class Agreement:
    """What the other members have to say to a change: nothing, while there are none."""

    def agree(self, change: dict) -> None:
        """Returns when a majority has the change on its disks; ApiError otherwise."""

    def confirm(self) -> None:
        """ApiError when another member has taken over meanwhile."""


class Store:
    """Thread safe. What it hands out are copies; what it writes is on disk before the call returns."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.objects: dict[Key, dict] = {}
        self.events: deque[Event] = deque(maxlen=HISTORY)
        self.agreement = Agreement()
        # Term of the last change, and its revision: what members compare. Set at once, so that it may be read without the lock.
        self.position = (1, 1)
        self.copies = 0
        self.membership: dict | None = None
        self._load()

    @property
    def revision(self) -> int:
        """The version of the newest change."""
        return self.position[1]

    def _load(self) -> None:
        highest = self.read_objects()
        known = files.read_or(os.path.join(self.folder, POSITION), "")
        if known:
            saved = json.loads(known)
            self.membership, self.position = saved["membership"], (saved["term"], max(saved["revision"], highest))
            return
        # Versions handed out after a crash must not repeat ones that were never written.
        self.position = (1, highest + 100 if highest else 1)

    def read_objects(self) -> int:
        """Takes the objects from the disk; the highest version among them."""
        highest = 0
        self.objects = {}
        for place, _, names in os.walk(self.folder):
            for name in names:
                if not name.endswith(".json"):
                    continue
                with open(os.path.join(place, name), encoding="utf-8") as file:
                    saved = json.load(file)
                group, plural = saved["resource"]
                meta = saved["object"]["metadata"]
                self.objects[(group, plural, meta.get("namespace", ""), meta["name"])] = saved["object"]
                highest = max(highest, int(meta["resourceVersion"]))
        return highest

    def stay(self, term: int, revision: int) -> None:
        """Moves to a position, and keeps it on the disk where several members have to know it exactly."""
        if self.membership is not None:
            text = json.dumps({"term": term, "revision": revision, "membership": self.membership})
            files.write(os.path.join(self.folder, POSITION), text)
        self.position = (term, revision)

    def file(self, key: Key) -> str:
        """Where an object is kept."""
        parts = [urllib.parse.quote(part, safe=":") or "_" for part in key]
        return os.path.join(self.folder, *parts[:3], parts[3] + ".json")

    def _key(self, resource: Resource, namespace: str, name: str) -> Key:
        return (resource.group, resource.plural, namespace if resource.namespaced else "", name)

    def _commit(self, key: Key, type_: str, obj: dict, before: dict | None) -> None:
        obj["metadata"]["resourceVersion"] = str(self.revision + 1)
        self.agreement.agree({"kind": type_, "key": list(key), "object": obj})
        self.put(key, type_, obj, before)
        self.agreement.confirm()

    def put(self, key: Key, type_: str, obj: dict, before: dict | None) -> None:
        """Writes a change that is agreed on; its version is one more than the last one's."""
        revision = self.revision + 1
        if type_ == "DELETED":
            files.remove(self.file(key))
            self.objects.pop(key, None)
            self.stay(self.position[0], revision)
        else:
            files.write(self.file(key), json.dumps({"resource": [key[0], key[1]], "object": obj}, separators=(",", ":")))
            self.objects[key] = obj
            self.position = (self.position[0], revision)
        self.events.append(Event(revision, type_, key[0], key[1], obj, before))
        self.changed.notify_all()

    def get(self, resource: Resource, namespace: str, name: str) -> dict:
        """A copy of an object; ApiError 404."""
        with self.lock:
            found = self.objects.get(self._key(resource, namespace, name))
            if found is None:
                raise not_found(resource, name)
            return copy.deepcopy(found)

    def find(self, resource: Resource, namespace: str, name: str) -> dict | None:
        """A copy of an object, or None."""
        with self.lock:
            found = self.objects.get(self._key(resource, namespace, name))
            return copy.deepcopy(found) if found is not None else None

    def list(self, resource: Resource, namespace: str = "") -> list[dict]:
        """Objects of a resource, in the order of namespace and name. Not copies: they must not be changed."""
        with self.lock:
            keys = [key for key in self.objects if key[0] == resource.group and key[1] == resource.plural and namespace in ("", key[2])]
            return [self.objects[key] for key in sorted(keys)]

    def create(self, resource: Resource, obj: dict) -> dict:
        """Adds an object with a uid and a creation time; ApiError 409 when the name is taken."""
        with self.lock:
            meta = obj["metadata"]
            key = self._key(resource, meta.get("namespace", ""), meta["name"])
            if key in self.objects:
                raise already_exists(resource, meta["name"])
            meta["uid"] = str(uuid.uuid4())
            meta["creationTimestamp"] = rfc3339()
            meta.pop("deletionTimestamp", None)
            self._commit(key, "ADDED", copy.deepcopy(obj), None)
            return copy.deepcopy(self.objects[key])

    def update(self, resource: Resource, obj: dict) -> dict:
        """Replaces an object. ApiError 409 when its resourceVersion or uid is given and not the current one."""
        with self.lock:
            meta = obj["metadata"]
            key = self._key(resource, meta.get("namespace", ""), meta["name"])
            before = self.objects.get(key)
            if before is None:
                raise not_found(resource, meta["name"])
            for mark in ("resourceVersion", "uid"):
                if meta.get(mark) and meta[mark] != before["metadata"][mark]:
                    raise stale(resource, meta["name"])
            fresh = copy.deepcopy(obj)
            for mark in ("uid", "creationTimestamp", "resourceVersion"):
                fresh["metadata"][mark] = before["metadata"][mark]
            if fresh == before:
                return copy.deepcopy(before)
            if fresh["metadata"].get("deletionTimestamp") and not fresh["metadata"].get("finalizers") and not _graceful(fresh):
                self._commit(key, "DELETED", fresh, before)
                return fresh
            self._commit(key, "MODIFIED", fresh, before)
            return copy.deepcopy(fresh)

    def change(self, resource: Resource, namespace: str, name: str, edit: Callable[[dict], None]) -> dict | None:
        """Edits the current object in one step; None when there is none."""
        with self.lock:
            found = self.find(resource, namespace, name)
            if found is None:
                return None
            edit(found)
            return self.update(resource, found)

    def remove(self, resource: Resource, namespace: str, name: str) -> dict:
        """Takes an object away at once, whatever it waits for."""
        with self.lock:
            key = self._key(resource, namespace, name)
            before = self.objects.get(key)
            if before is None:
                raise not_found(resource, name)
            gone = copy.deepcopy(before)
            self._commit(key, "DELETED", gone, before)
            return gone

    def watch(self, resource: Resource, since: int, deadline: Callable[[], float]) -> Iterator[Event | None]:
        """
        Events after a revision as they come; None about every second so that the reader can look around. ApiError 410 when
        the history ends because another member's copy has taken its place.
        """
        position, copies = since, self.copies
        while deadline() > 0:
            with self.changed:
                if self.copies != copies:
                    raise ApiError(410, "Expired", "The resourceVersion for the provided watch is too old.")
                if self.events and self.events[-1].revision > position:
                    fresh = [event for event in self.events if event.revision > position]
                    position = fresh[-1].revision
                else:
                    self.changed.wait(min(1.0, max(deadline(), 0.01)))
                    fresh = [event for event in self.events if event.revision > position]
                    position = fresh[-1].revision if fresh else position
            for event in fresh:
                if (event.group, event.plural) == (resource.group, resource.plural):
                    yield event
            yield None

    def too_old(self, revision: int) -> bool:
        """Whether the history no longer reaches back to a revision."""
        with self.lock:
            oldest = self.events[0].revision - 1 if self.events else self.revision
            return revision < min(oldest, self.revision) and revision < self.revision


def _graceful(obj: dict) -> bool:
    """Pods bound to a node go when their kubelet says so."""
    return obj.get("kind") in ("Pod", "Namespace")
