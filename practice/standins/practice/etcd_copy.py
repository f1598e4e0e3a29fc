"""One member's objects become another's: single changes, or the whole copy."""

import json
import os
import shutil

from practice import files
from practice.api_store import POSITION, Store


def settle(folder: str) -> None:
    """Ends an exchange of copies that a power cut broke off: either the old copy is whole, or the new one."""
    new, old = folder + ".new", folder + ".old"
    if not os.path.exists(folder) and os.path.exists(new):
        os.rename(new, folder)
    for path in (new, old):
        shutil.rmtree(path, ignore_errors=True)


def take(store: Store, change: dict) -> None:
    """Does a change that a leader sends. The caller holds the lock and has seen that it is the next one."""
    if change["kind"] in ("ADDED", "MODIFIED", "DELETED"):
        group, plural, namespace, name = change["key"]
        key = (group, plural, namespace, name)
        store.put(key, change["kind"], change["object"], store.objects.get(key))
        return
    if change.get("membership") is not None:
        store.membership = change["membership"]
    store.stay(change["term"], change["revision"])


def whole(store: Store) -> dict:
    """Everything that another member needs to be like this one."""
    with store.lock:
        objects = [{"resource": [key[0], key[1]], "object": obj} for key, obj in store.objects.items()]
        return {"position": list(store.position), "membership": store.membership, "objects": json.dumps(objects)}


def replace(store: Store, copy: dict) -> None:
    """Puts a whole copy in the place of what is there; watches end, for their history has."""
    new, old = store.folder + ".new", store.folder + ".old"
    with store.lock:
        settle(store.folder)
        os.makedirs(new, mode=0o700)
        position = {"term": copy["position"][0], "revision": copy["position"][1], "membership": copy["membership"]}
        _write(os.path.join(new, POSITION), json.dumps(position))
        for saved in json.loads(copy["objects"]):
            meta = saved["object"]["metadata"]
            path = store.file((*saved["resource"], meta.get("namespace", ""), meta["name"]))
            _write(os.path.join(new, os.path.relpath(path, store.folder)), json.dumps(saved, separators=(",", ":")))
        os.sync()
        if os.path.exists(store.folder):
            os.rename(store.folder, old)
        os.rename(new, store.folder)
        os.sync()
        shutil.rmtree(old, ignore_errors=True)
        store.read_objects()
        store.events.clear()
        store.membership, store.copies = copy["membership"], store.copies + 1
        store.position = (copy["position"][0], copy["position"][1])
        store.changed.notify_all()


def _write(path: str, text: str) -> None:
    """Without a sync of its own: hundreds of them would take a slow disk half a minute."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)


def keep_vote(folder: str, term: int, voted: int) -> None:
    """What a member must not forget over a restart: it votes once in a term."""
    files.write(os.path.join(folder, "vote"), json.dumps({"term": term, "voted": voted}))


def last_vote(folder: str) -> tuple[int, int]:
    """Term and candidate of the last vote."""
    saved = json.loads(files.read_or(os.path.join(folder, "vote"), '{"term": 0, "voted": 0}'))
    return saved["term"], saved["voted"]
