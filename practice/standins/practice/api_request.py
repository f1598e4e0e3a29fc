"""From a path and a method to an answer."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from practice import api_subresources as sub
from practice.api_errors import ApiError, bad_request, no_such_path
from practice.api_eviction import evict
from practice.api_rbac import Request, User
from practice.api_resources import REVIEWS, Resource
from practice.api_selectors import Matcher, by_fields, by_labels
from practice.api_tables import table
from practice.api_verbs import Cluster, Place
from practice.env import Env
from practice.etcd_quorum import Quorum


@dataclass(frozen=True)
class Parsed:
    """A path that names a resource."""

    resource: Resource
    namespace: str
    name: str
    subresource: str


@dataclass(frozen=True)
class Answer:
    """A body, plain text, or the events of a watch."""

    code: int
    body: object = None
    text: str | None = None
    events: Iterator[dict | None] | None = None


def parse_path(cluster: Cluster, path: str) -> Parsed | None:
    """The resource that a path names; None for discovery and health; ApiError 404 when there is no such resource."""
    match = re.match(r"^/(?:api/(v1)|apis/([^/]+)/([^/]+))/(.+?)/?$", path)
    if match is None:
        return None
    group, version, rest = match.group(2) or "", match.group(1) or match.group(3), match.group(4).split("/")
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and not (not group and rest[2] in ("status", "finalize") and len(rest) == 3):
        namespace, rest = rest[1], rest[2:]
    if len(rest) > 3:
        raise no_such_path()
    plural, name, subresource = (rest + ["", ""])[:3]
    posted = REVIEWS.get((f"{group}/{version}", plural))
    if posted:
        return Parsed(Resource(group, version, plural, posted, False), "", "", "")
    for resource in cluster.resources():
        if (resource.group, resource.version, resource.plural) == (group, version, plural):
            if subresource and subresource not in resource.subresources:
                raise no_such_path()
            return Parsed(resource, namespace, name, subresource)
    raise no_such_path()


def _table_version(accept: str) -> str | None:
    for part in accept.split(","):
        if "as=Table" in part:
            return "v1beta1" if "v=v1beta1" in part else "v1"
        if part.strip().split(";")[0] in ("application/json", "*/*"):
            return None
    return None


class Api:
    """Everything that an answer depends on."""

    def __init__(self, env: Env, cluster: Cluster, quorum: Quorum, address: str, port: int) -> None:
        self.env, self.cluster, self.quorum, self.address, self.port = env, cluster, quorum, address, port

    @property
    def key(self) -> bytes:
        """The key for tokens of service accounts; that of the first member, on all."""
        return self.quorum.key.encode()

    def request(self, parsed: Parsed, method: str, query: dict[str, str]) -> Request:
        """The question for authorization."""
        verb = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "GET": "get"}[method]
        if method == "GET" and not parsed.name:
            verb = "watch" if query.get("watch") in ("true", "1") else "list"
        if method == "DELETE" and not parsed.name:
            verb = "deletecollection"
        resource = parsed.resource
        name = parsed.name
        if verb in ("list", "watch") and query.get("fieldSelector", "").startswith("metadata.name="):
            name = query["fieldSelector"].split("=", 1)[1]
        return Request(verb, resource.group, resource.plural, parsed.subresource, parsed.namespace, name)

    def answer(self, parsed: Parsed, method: str, query: dict[str, str], accept: str, body: object, kind: str, user: User, agent: str) -> Answer:
        """Does what is asked; ApiError when it cannot be done."""
        place = Place(
            parsed.resource,
            parsed.namespace,
            parsed.name,
            parsed.subresource,
            query.get("fieldManager") or ("unknown" if kind == "application/apply-patch+yaml" else agent),
            "dryRun" in query,
            query.get("force") in ("true", "1"),
        )
        if method == "GET":
            return self._read(place, query, accept)
        if method in ("POST", "PUT", "PATCH") and body is None:
            raise bad_request("the request has no body")
        if method == "POST":
            return self._post(place, body, user)
        if not place.name:
            if method == "DELETE":
                return self._delete_many(place, query, body)
            raise ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        if method == "DELETE":
            options = (body if isinstance(body, dict) else {}) | {key: query[key] for key in ("propagationPolicy",) if key in query}
            if "gracePeriodSeconds" in query:
                options["gracePeriodSeconds"] = int(query["gracePeriodSeconds"])
            return Answer(200, self.cluster.delete(place, options))
        return self._change(place, method, body, kind)

    def _change(self, place: Place, method: str, body: object, kind: str) -> Answer:
        if place.subresource == "scale":
            if method == "PATCH" and isinstance(body, dict):
                current = sub.scale(self.cluster, place, None)
                body = current | {"spec": current["spec"] | (body.get("spec") or {}), "metadata": body.get("metadata") or {}}
            if not isinstance(body, dict):
                raise bad_request("a Scale object is needed")
            return Answer(200, sub.scale(self.cluster, place, body))
        if place.subresource == "approval" and isinstance(body, dict):
            return Answer(200, sub.approve(self.cluster, place, body))
        if method == "PATCH":
            return Answer(200, self.cluster.patch(place, kind, body))
        if not isinstance(body, dict):
            raise bad_request("an object is needed")
        return Answer(200, self.cluster.replace(place, body))

    def _post(self, place: Place, body: object, user: User) -> Answer:
        if not isinstance(body, dict):
            raise bad_request("an object is needed")
        if place.resource.plural in ("selfsubjectaccessreviews", "selfsubjectreviews"):
            return Answer(201, sub.review(self.cluster, user, place.resource.plural, body))
        if place.subresource == "eviction":
            return Answer(201, evict(self.cluster, place, body))
        if place.subresource == "binding":
            return Answer(201, sub.bind(self.cluster, place, body))
        if place.subresource == "token":
            return Answer(201, sub.token(self.cluster, self.key, place, body))
        if place.name:
            raise ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        if place.resource.plural == "certificatesigningrequests":
            body.setdefault("spec", {}).update({"username": user.name, "groups": list(user.groups)})
        return Answer(201, self.cluster.create(place, body))

    def _delete_many(self, place: Place, query: dict[str, str], body: object) -> Answer:
        fits = _matcher(query)
        gone = []
        for obj in [obj for obj in self.cluster.store.list(place.resource, place.namespace) if fits(obj)]:
            meta = obj["metadata"]
            one = Place(place.resource, meta.get("namespace", ""), meta["name"], "", place.manager, place.dry_run)
            gone.append(self.cluster.delete(one, body if isinstance(body, dict) else {}))
        return Answer(200, self._list(place.resource, gone))

    def _list(self, resource: Resource, objects: list[dict]) -> dict:
        meta = {"resourceVersion": str(self.cluster.store.revision)}
        return {"kind": resource.kind + "List", "apiVersion": resource.api_version, "metadata": meta, "items": objects}

    def _read(self, place: Place, query: dict[str, str], accept: str) -> Answer:
        store, resource = self.cluster.store, place.resource
        as_table, include = _table_version(accept), query.get("includeObject", "Metadata")
        if place.name and query.get("watch") not in ("true", "1"):
            if place.subresource == "log":
                return Answer(200, text=sub.log_text(self.cluster, place))
            if place.subresource == "scale":
                return Answer(200, sub.scale(self.cluster, place, None))
            obj = store.get(resource, place.namespace, place.name)
            return Answer(200, table(resource, [obj], obj["metadata"]["resourceVersion"], as_table, include) if as_table else obj)
        fits = _matcher(query | ({"fieldSelector": f"metadata.name={place.name}"} if place.name else {}))
        if query.get("watch") in ("true", "1"):
            return Answer(200, events=self._watch(place, query, fits, as_table, include))
        with store.lock:
            found = [obj for obj in store.list(resource, place.namespace) if fits(obj)]
            if as_table:
                return Answer(200, table(resource, found, str(store.revision), as_table, include))
            return Answer(200, self._list(resource, found))

    def _watch(self, place: Place, query: dict[str, str], fits: Matcher, as_table: str | None, include: str) -> Iterator[dict | None]:
        store, resource = self.cluster.store, place.resource
        ends = time.monotonic() + float(query.get("timeoutSeconds") or 1800)
        wanted = query.get("resourceVersion") or "0"
        named = not place.namespace
        first = True

        def shown(kind: str, obj: dict) -> dict:
            nonlocal first
            if not as_table:
                return {"type": kind, "object": obj}
            made = table(resource, [obj], obj["metadata"]["resourceVersion"], as_table, include)
            if not first:
                made["columnDefinitions"] = []
            first = False
            return {"type": kind, "object": made}

        with store.lock:
            since = store.revision if wanted == "0" else int(wanted)
            present = [obj for obj in store.list(resource, place.namespace) if fits(obj)] if wanted == "0" else []
            lost = store.too_old(since)
        if lost:
            yield {"type": "ERROR", "object": ApiError(410, "Expired", f"too old resource version: {since} ({store.revision})").status()}
            return
        for obj in present:
            yield shown("ADDED", obj)
        events = store.watch(resource, since, lambda: ends - time.monotonic())
        while True:
            try:
                event = next(events)
            except StopIteration:
                return
            except ApiError as error:
                yield {"type": "ERROR", "object": error.status()}
                return
            if event is None:
                yield None
                continue
            if not named and event.object["metadata"].get("namespace") != place.namespace:
                continue
            now, before = event.type != "DELETED" and fits(event.object), event.before is not None and fits(event.before)
            if now:
                yield shown("MODIFIED" if before else "ADDED", event.object)
            elif before:
                yield shown("DELETED", event.object)


def _matcher(query: dict[str, str]) -> Matcher:
    labels, fields = by_labels(query.get("labelSelector") or ""), by_fields(query.get("fieldSelector") or "")
    return lambda obj: labels(obj) and fields(obj)
